//! Effects: intents that the host carries out, each with an id that is the same whenever the same input is replayed.

use serde::Serialize;

use crate::base::hash::hex_digest;
use crate::base::time::Instant;
use crate::nurturing::gate::Passed;

/// Something that the host is to do, once: carry it out, then answer with an `ack`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Effect {
    /// Made of lead, scenario, version, enrolment, step and occurrence: replaying gives the same, so the host can
    /// tell what it did already.
    pub id: String,
    /// When it was decided.
    pub at: Instant,
    /// The lead.
    pub lead: String,
    /// The scenario.
    pub scenario: String,
    /// Its version.
    pub version: u32,
    /// Which passage of the lead through the scenario, from 1.
    pub enrolment: u32,
    /// The step.
    pub step: String,
    /// Which try of the step, from 0.
    pub occurrence: u32,
    /// What to do.
    #[serde(rename = "do")]
    pub intent: Intent,
}

/// What an effect asks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Intent {
    /// Send a message.
    Send(SendIntent),
    /// Have somebody call.
    Call(CallIntent),
    /// Invite.
    Invite(InviteIntent),
    /// Tell somebody on the inside.
    Notify(NotifyIntent),
    /// Hand the lead over: give it to `route`.
    HandOver(HandOverIntent),
}

/// A message to send.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SendIntent {
    /// The template.
    pub template: String,
    /// Its version, where it has versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What the gate said.
    pub gate: Passed,
}

/// A call to make.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CallIntent {
    /// Who calls.
    pub queue: String,
    /// What they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// What the gate said.
    pub gate: Passed,
}

/// An invitation to send.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct InviteIntent {
    /// The seminar.
    pub event: String,
    /// How many seats there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// The template.
    pub template: String,
    /// Its version, where it has versions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What the gate said.
    pub gate: Passed,
}

/// A word to somebody on the inside.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct NotifyIntent {
    /// Whom.
    pub to: String,
    /// What.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A lead to hand over.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct HandOverIntent {
    /// The routing policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// Where an effect comes from: what its id is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'a> {
    pub(crate) lead: &'a str,
    pub(crate) scenario: &'a str,
    /// The version that was begun: a passage that is moved to another version keeps its ids.
    pub(crate) began: u32,
    pub(crate) version: u32,
    pub(crate) enrolment: u32,
    pub(crate) step: &'a str,
    pub(crate) occurrence: u32,
}

impl Origin<'_> {
    /// 128 bits of SHA-256, as hexadecimal digits.
    pub(crate) fn id(&self) -> String {
        let (began, enrolment, occurrence) =
            (self.began.to_string(), self.enrolment.to_string(), self.occurrence.to_string());
        let mut bytes = Vec::with_capacity(128);
        for part in [self.lead, self.scenario, &began, &enrolment, self.step, &occurrence] {
            // Lengths keep neighbours apart.
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        let mut id = hex_digest(&bytes);
        id.truncate(32);
        id
    }

    pub(crate) fn effect(&self, at: Instant, intent: Intent) -> Effect {
        Effect {
            id: self.id(),
            at,
            lead: self.lead.to_owned(),
            scenario: self.scenario.to_owned(),
            version: self.version,
            enrolment: self.enrolment,
            step: self.step.to_owned(),
            occurrence: self.occurrence,
            intent,
        }
    }
}

impl Intent {
    const fn word(&self) -> &'static str {
        match self {
            Self::Send(_) => "send",
            Self::Call(_) => "call",
            Self::Invite(_) => "invite",
            Self::Notify(_) => "notify",
            Self::HandOver(_) => "hand_over",
        }
    }

    /// What the gate said, of intents that reach the lead.
    #[must_use]
    pub const fn gate(&self) -> Option<&Passed> {
        match self {
            Self::Send(send) => Some(&send.gate),
            Self::Call(call) => Some(&call.gate),
            Self::Invite(invite) => Some(&invite.gate),
            Self::Notify(_) | Self::HandOver(_) => None,
        }
    }

    pub(crate) fn template(&self) -> Option<&str> {
        match self {
            Self::Send(send) => Some(&send.template),
            Self::Invite(invite) => Some(&invite.template),
            _ => None,
        }
    }
}

impl Effect {
    /// As a CloudEvent, whose source is the playbook.
    #[must_use]
    pub fn to_cloud_event(&self, playbook: &str) -> CloudEvent {
        CloudEvent {
            specversion: "1.0".to_owned(),
            id: self.id.clone(),
            source: format!("/ikusei/{playbook}"),
            kind: format!("ikusei.effect.{}", self.intent.word()),
            subject: self.lead.clone(),
            time: self.at,
            datacontenttype: "application/json".to_owned(),
            data: self.clone(),
        }
    }
}

/// An effect in the envelope of CloudEvents, version 1.0, JSON format.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CloudEvent {
    /// `1.0`.
    pub specversion: String,
    /// The effect's id.
    pub id: String,
    /// `/ikusei/` and the name of the playbook.
    pub source: String,
    /// `ikusei.effect.` and what is to be done.
    #[serde(rename = "type")]
    pub kind: String,
    /// The lead.
    pub subject: String,
    /// When it was decided.
    pub time: Instant,
    /// `application/json`.
    pub datacontenttype: String,
    /// The effect.
    pub data: Effect,
}
