//! Who is in charge of a lead, and everything that happened on the way: facts that the record keeps.

use serde::{Deserialize, Serialize};

use crate::base::time::Instant;

/// One hand-over of a lead to sales: exactly one accountable owner, others informed, a clock that runs.
///
/// A lead that is handed over separately for several products has one of these for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// Unique: the lead, the policy, what it is about, and which one it is.
    pub id: String,
    /// The policy that decided.
    pub policy: String,
    /// The product or solution that is handed over, where the policy separates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The rule that decided; `queue` where none did.
    pub rule: String,
    /// The one member who is accountable.
    pub owner: String,
    /// The team that the owner is chosen from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Who knows of it without being accountable, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub informed: Vec<Informed>,
    /// Why this owner.
    pub reason: Words,
    /// How far it has come.
    pub state: AssignmentState,
    /// When the present owner became accountable.
    pub at: Instant,
    /// By when the owner accepts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept_by: Option<Instant>,
    /// By when the owner has been in touch with the lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_touch_by: Option<Instant>,
    /// When something happens if nobody does anything, and what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Due>,
    /// How many deadlines went by in silence.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub silences: u32,
    /// Every step, the first one first.
    pub history: Vec<AssignmentEvent>,
}

/// Somebody who knows of a hand-over without being accountable for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Informed {
    /// The team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// The member: of a team its manager, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// Why.
    pub reason: Words,
}

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// In English.
    pub en: String,
    /// 日本語
    pub ja: String,
}

/// How far a hand-over has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AssignmentState {
    /// The owner has been told.
    Offered,
    /// The owner has accepted.
    Accepted,
    /// The owner has been in touch with the lead.
    Touched,
    /// Sales gave it back.
    Recycled,
    /// Done.
    Closed,
}

/// What happens next if nobody does anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Due {
    /// When.
    pub at: Instant,
    /// What.
    pub step: SilenceStep,
}

/// What is done about silence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SilenceStep {
    /// The owner is told again.
    Remind,
    /// Another member of the team becomes accountable; the manager where there is none.
    Reassign,
    /// The manager becomes accountable; the owner of the queue where there is none.
    Escalate,
    /// The owner of the policy's queue becomes accountable.
    Queue,
}

/// One step of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AssignmentEvent {
    /// When.
    pub at: Instant,
    /// What.
    pub kind: AssignmentEventKind,
    /// Who was accountable after it.
    pub member: String,
    /// Why: the words of who refused or returned it, or of the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The scenario that a returned lead goes to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// Until when that scenario leaves the lead alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Instant>,
}

/// What a step was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum AssignmentEventKind {
    /// The first owner was made accountable.
    Assigned,
    /// The owner accepted.
    Accepted,
    /// The owner was in touch with the lead.
    Touched,
    /// The owner refused; the next step names another.
    Refused,
    /// The owner was told again.
    Reminded,
    /// Another member of the team became accountable.
    Reassigned,
    /// A manager became accountable.
    Escalated,
    /// The owner of the queue became accountable.
    Queued,
    /// Sales gave the lead back.
    Recycled,
    /// Done.
    Closed,
}

impl AssignmentState {
    /// Whether somebody is accountable for what is still to be done.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Offered | Self::Accepted | Self::Touched)
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
