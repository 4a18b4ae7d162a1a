//! What a simulation is asked: from when to when, what happens by itself, and how leads answer.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::base::duration::Duration;
use crate::base::time::Instant;
use crate::capture::ConsentChange;
use crate::lead::value::Value;
use crate::nurturing::Input;

/// A stretch of time to be lived through.
///
/// Activities of a record that were recorded after `from` happen when they were recorded: a history is replayed.
///
/// ```
/// use ikusei::Simulation;
/// let simulation: Simulation = serde_json::from_str(r#"{
///     "from": "2026-05-01T00:00:00+09:00", "to": "2026-08-01T00:00:00+09:00",
///     "model": { "responses": [{ "channel": "email", "delivered": 0.98, "bounced": 0.02,
///         "reactions": [{ "activity": "email_open", "chance": 0.3, "after": "1h", "up_to": "2d" }] }] }
/// }"#)?;
/// assert!(simulation.history.is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Simulation {
    /// When it begins.
    pub from: Instant,
    /// The last instant that is lived through.
    pub to: Instant,
    /// What happens to leads besides: inputs at their instants.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryEntry>,
    /// How leads answer what reaches them; without one nobody answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<ResponseModel>,
    /// The length of the periods that the tables of a simulation count by.
    #[serde(default)]
    pub per: SimulationPeriod,
    /// Addresses, numbers and domains to which nothing is sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suppression: Vec<String>,
}

/// Periods of the playbook's zone that tables count by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SimulationPeriod {
    /// Days.
    #[default]
    Day,
    /// Weeks, by their Mondays.
    Week,
    /// Months, by their first days.
    Month,
}

/// Something that happens to a lead by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HistoryEntry {
    /// The lead; where one lead is simulated it may be absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<String>,
    /// When.
    pub at: Instant,
    /// What.
    pub input: Input,
}

/// How leads answer: for each effect the first response that fits.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResponseModel {
    /// Another seed gives other answers; the same seed the same, in every language.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seed: String,
    /// In this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub responses: Vec<ResponsePolicy>,
}

/// What comes of an effect. Every condition that is given must fit.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ResponsePolicy {
    /// What the effect asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<EffectWord>,
    /// Its template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// The version of its template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The channel that it goes by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Who is to call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<String>,
    /// The seminar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<String>,
    /// The scenario.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// The step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// A condition on the lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The chance that it arrives, from 0 to 1: whatever the other three leave, if absent. What all four leave is never
    /// answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivered: Option<f64>,
    /// The chance that it does not arrive, and may another time.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub failed: f64,
    /// The chance that it does not arrive, and will not.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bounced: f64,
    /// The chance that it is not carried out: no seat, no line.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refused: f64,
    /// How long it takes until that is known, at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Duration>,
    /// And at most: evenly spread between both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Duration>,
    /// What leads do once it arrived, each by itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<ReactionPolicy>,
}

/// What a lead may do. Give one of `activity`, `deal`, `set` and `consent`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ReactionPolicy {
    /// The chance, from 0 to 1.
    #[serde(default = "certain")]
    pub chance: f64,
    /// How long after what it reacts to, at least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Duration>,
    /// And at most: evenly spread between both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Duration>,
    /// It does this: a kind of activity, such as an opening, a click, a reply, an attendance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    /// The properties of that activity.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub properties: IndexMap<String, Value>,
    /// A deal comes to this stage: it converts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal: Option<String>,
    /// It tells these fields.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub set: IndexMap<String, Value>,
    /// What it allows on the effect's channel changes: `deny` is an unsubscription.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentChange>,
    /// What it may do then, with times counted from there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<ReactionPolicy>,
}

/// What an effect asks for, as a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EffectWord {
    /// A message.
    Send,
    /// A call.
    Call,
    /// An invitation.
    Invite,
    /// A word to somebody on the inside.
    Notify,
    /// A hand-over.
    HandOver,
}

const fn certain() -> f64 {
    1.0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(chance: &f64) -> bool {
    chance.abs() <= 0.0
}
