//! What comes in, and what comes of it.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::base::diagnostic::Diagnostic;
use crate::base::time::Instant;
use crate::capture::ConsentEvent;
use crate::lead::activity::Activity;
use crate::lead::enrolment::{EnrolmentStatus, TouchStatus};
use crate::lead::record::{CampaignMembership, Deal, Lead};
use crate::lead::value::Value;
use crate::nurturing::effect::Effect;
use crate::nurturing::gate::{Hold, Refusal};

/// Something that happened to a lead, or to its clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Input {
    /// It did something. One whose id is in the record changes nothing.
    Activity(Activity),
    /// What is known of it changed.
    Patch(Patch),
    /// The host carried out an effect, or could not.
    Ack(Ack),
    /// A deal came to a stage. One older than what is known of the deal changes nothing.
    Deal(Deal),
    /// Its part in a campaign. One older than what is known of it changes nothing.
    Campaign(CampaignMembership),
    /// What it allows changed.
    Consent(ConsentEvent),
    /// Enrol it by hand.
    Enrol(Manual),
    /// Take it out of a scenario by hand.
    Leave(Manual),
    /// Nothing but time.
    Tick,
}

/// New values of fields.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Patch {
    /// The host's id of the change: a change with an id that came in the last 30 days changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Values by field; null empties one.
    pub fields: IndexMap<String, Value>,
}

/// What became of an effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ack {
    /// Its id.
    pub effect: String,
    /// What became of it.
    pub status: AckStatus,
}

/// What became of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AckStatus {
    /// It arrived.
    Delivered,
    /// It did not arrive, and may another time: the step's `retry`, then its `fallback`.
    Failed,
    /// The address does not work: the channel is suppressed, the step's `fallback` is tried.
    Bounced,
    /// It was not sent: no seat, no line. The step's `fallback`, or the invitation's `full`.
    Refused,
}

/// A scenario by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Manual {
    /// The scenario.
    pub scenario: String,
    /// The host's id of the order: an order with an id that came in the last 30 days changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// What came of an input.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Outcome {
    /// The record to store.
    pub lead: Lead,
    /// What happened, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// What the host is to do, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// When to call again with `tick`, if nothing comes in before: nothing would happen an instant earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_wakeup: Option<Instant>,
    /// Conditions that failed on this lead, and enrolments that the playbook lost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Diagnostic>,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Change {
    /// When.
    pub at: Instant,
    /// In which scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// At which step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// What.
    pub what: ChangeKind,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// The rank on a scorecard changed.
    Rank {
        /// The scorecard.
        card: String,
        /// The old rank.
        from: Option<String>,
        /// The new one.
        to: Option<String>,
    },
    /// The lead was enrolled.
    Enrolled {
        /// The version.
        version: u32,
        /// Which passage.
        number: u32,
        /// What enrolled it.
        because: String,
    },
    /// It was not enrolled, though it was asked for.
    NotEnrolled(NotEnrolled),
    /// It took an arm of a split.
    Arm(String),
    /// A touch waits.
    Held {
        /// Until when.
        until: Instant,
        /// What for.
        because: Hold,
    },
    /// A touch is not made.
    Refused {
        /// Why.
        because: Refusal,
        /// The template.
        #[serde(skip_serializing_if = "Option::is_none")]
        template: Option<String>,
    },
    /// A touch is left out: its message needs what the lead does not have, and its template says to skip it.
    Skipped {
        /// The template.
        template: String,
        /// The merge fields.
        missing: Vec<String>,
    },
    /// A touch waited too long.
    Dropped,
    /// Fields were set.
    Updated(Vec<String>),
    /// It became a member of a campaign.
    Joined(String),
    /// An activity was recorded.
    Recorded(String),
    /// An effect was answered.
    Touched {
        /// The effect.
        effect: String,
        /// What became of it.
        status: TouchStatus,
    },
    /// It went on at a step of another version.
    Migrated {
        /// The version that it leaves.
        from: u32,
    },
    /// It is over.
    Ended(EnrolmentStatus),
}

/// Why a lead was not enrolled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NotEnrolled {
    /// It is in the scenario.
    Already,
    /// It was, and does not come again, or not yet.
    Again,
    /// It is in another scenario of the group.
    Group,
    /// The scenario is not for it.
    Scope,
}
