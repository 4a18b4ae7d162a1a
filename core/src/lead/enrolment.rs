//! What nurturing remembers in the record: passages through scenarios, touches, and what was seen last.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::base::time::Instant;

/// A lead's passage through a scenario: the present one, or the last.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Enrolment {
    /// The scenario.
    pub scenario: String,
    /// The version of the scenario that it follows.
    pub version: u32,
    /// The version that it began, where it was moved to another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<u32>,
    /// Which passage of this lead through this scenario, from 1.
    pub number: u32,
    /// Since when.
    pub since: Instant,
    /// What enrolled it.
    pub because: String,
    /// How it stands.
    pub status: EnrolmentStatus,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Instant>,
    /// The step at which it stands, or stood last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Since when it stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arrived: Option<Instant>,
    /// When it goes on by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Instant>,
    /// The ways that it took, by step that divides: the arm of a split, the number of a branch's arm or `otherwise`,
    /// `then` or `timed_out` of a wait, `attended`, `absent` or `full` of an invitation.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub arms: IndexMap<String, String>,
}

/// How an enrolment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EnrolmentStatus {
    /// Under way.
    Active,
    /// Through all its steps.
    Done,
    /// Its goal was reached.
    Goal,
    /// It left before its end.
    Exited,
    /// It went on in another scenario.
    Moved,
    /// It was held out for comparison.
    HeldOut,
    /// Another scenario of its group took its place.
    Displaced,
}

/// Something that was to reach the lead from outside: a message, a call, an invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Touch {
    /// The id of the effect.
    pub effect: String,
    /// When.
    pub at: Instant,
    /// By which channel.
    pub channel: String,
    /// Its class.
    pub class: String,
    /// The template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The scenario that wanted it.
    pub scenario: String,
    /// Which passage through it.
    pub enrolment: u32,
    /// Which step of it.
    pub step: String,
    /// Which try of this step, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub occurrence: u32,
    /// What became of it.
    #[serde(default, skip_serializing_if = "TouchStatus::is_made")]
    pub status: TouchStatus,
}

/// What became of a touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TouchStatus {
    /// Given to the host; it said nothing yet.
    #[default]
    Made,
    /// It arrived.
    Delivered,
    /// It did not arrive, and may another time.
    Failed,
    /// It did not arrive, and will not.
    Bounced,
    /// It was not sent: no seat, no line, no wish.
    Refused,
}

impl TouchStatus {
    const fn is_made(&self) -> bool {
        matches!(self, Self::Made)
    }

    /// Whether limits on touches count it.
    #[cfg(feature = "nurturing")]
    pub(crate) const fn counts(self) -> bool {
        matches!(self, Self::Made | Self::Delivered)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// What was seen last, so that only changes trigger.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NurturingState {
    /// Up to when time was followed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked: Option<Instant>,
    /// What held then: segments and thresholds that triggers look at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<String>,
    /// When time alone next changes what is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Instant>,
    /// Inputs that were taken lately, so that none is taken twice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<TakenInput>,
    /// Messages that are to be tried again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retries: Vec<Retry>,
}

/// An input that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TakenInput {
    /// The host's id of it.
    pub id: String,
    /// When it was taken.
    pub at: Instant,
}

/// A message that is to be tried again, or by another channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// The scenario.
    pub scenario: String,
    /// The version whose step it is.
    pub version: u32,
    /// The version that was begun, which ids are made of.
    pub began: u32,
    /// Which passage.
    pub enrolment: u32,
    /// Which step.
    pub step: String,
    /// Which try, from 0.
    pub occurrence: u32,
    /// Which template: 0 for the step's own, then those to fall back to.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub choice: u32,
    /// Since when it is wanted.
    pub arrived: Instant,
    /// When it is tried.
    pub due: Instant,
}
