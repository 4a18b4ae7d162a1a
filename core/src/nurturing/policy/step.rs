//! The steps of a scenario.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::base::duration::Duration;
use crate::lead::value::Value;
use crate::nurturing::calendar::{TimeOfDay, Weekday};
use crate::nurturing::policy::ActivityMatch;

/// One step of a scenario.
///
/// A step's id is its place: `2` is the third step, `2.0.1` the second step of the first arm of the third one. Give an
/// `id` to steps that a later version may move.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StepPolicy {
    /// Send a message.
    Send(SendStep),
    /// Have somebody call.
    Call(CallStep),
    /// Invite to a seminar or webinar.
    Invite(InviteStep),
    /// Tell somebody on the inside.
    Notify(NotifyStep),
    /// Wait.
    Wait(WaitStep),
    /// Take the first arm whose condition holds.
    Branch(Vec<BranchArm>),
    /// Divide leads by chance.
    Split(SplitStep),
    /// Set fields.
    Update(UpdateStep),
    /// Make it a member of a campaign.
    Campaign(CampaignStep),
    /// Record an activity, which rules score: points by hand that the ledger shows.
    Adjust(AdjustStep),
    /// Hand it over to whoever routing finds.
    HandOver(HandOverStep),
    /// Go on in another scenario.
    Move(MoveStep),
    /// Leave.
    Exit(ExitStep),
}

/// Send a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SendStep {
    /// The step's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The template.
    pub template: String,
    /// Shares of its versions; the first version alone, if absent.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub version: IndexMap<String, u32>,
    /// Templates that are tried in this order where the message is refused or not delivered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallback: Vec<String>,
    /// What is done where delivery fails for the moment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<RetryPolicy>,
    /// Hours in which it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowPolicy>,
    /// After how long a message that had to wait is dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Duration>,
}

/// How a failed delivery is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RetryPolicy {
    /// How often.
    pub times: u32,
    /// How long after the failure.
    pub after: Duration,
}

/// Hours of days, in the recipient's zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WindowPolicy {
    /// When it opens.
    pub from: TimeOfDay,
    /// When it closes; before `from`, it closes the next day.
    pub to: TimeOfDay,
    /// The days on which it opens; all, if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Weekday>,
    /// Whether it opens on holidays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub holidays: bool,
}

/// Have somebody call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CallStep {
    /// The step's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Who calls.
    pub queue: String,
    /// What they say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// The class: `sales` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The purpose for which consent is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Hours in which the task is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowPolicy>,
    /// After how long a task that had to wait is dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Duration>,
}

/// Invite to a seminar or webinar.
///
/// The host knows the seats: it answers the effect with `refused` where there is none left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct InviteStep {
    /// The step's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The seminar.
    pub event: String,
    /// The template of the invitation.
    pub template: String,
    /// How many seats there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// Hours in which it is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<WindowPolicy>,
    /// After how long an invitation that had to wait is dropped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Duration>,
    /// What shows that the lead was there, and how long that is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attendance: Option<AttendancePolicy>,
    /// What follows if it was.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attended: Vec<StepPolicy>,
    /// What follows if it was not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<StepPolicy>,
    /// What follows if there was no seat.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub full: Vec<StepPolicy>,
}

/// What shows that a lead was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AttendancePolicy {
    /// The activity.
    pub activity: ActivityMatch,
    /// How long after the invitation it is waited for.
    pub within: Duration,
}

/// Tell somebody on the inside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NotifyStep {
    /// The step's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whom: a member, a team, a queue.
    pub to: String,
    /// What.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Wait: for a length of time, until a time, until something happens; whatever comes first.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WaitStep {
    /// The step's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// At most so long, in elapsed time.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub length: Option<Duration>,
    /// Or so many business days: neither a weekend nor a holiday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business_days: Option<u32>,
    /// And then until the next such day of the month; the last day of a month that is too short.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<u32>,
    /// And then until the next such day of the week.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Weekday>,
    /// And then until the next such time of day, in the recipient's zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<TimeOfDay>,
    /// Until this holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Until the lead does this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<ActivityMatch>,
    /// What follows if `until` or `activity` came in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<StepPolicy>,
    /// What follows if the time was over first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timed_out: Vec<StepPolicy>,
}

/// One arm of a branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BranchArm {
    /// The condition; an arm without one takes all that are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Its steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepPolicy>,
}

/// Divide leads by chance: by a hash of the lead's id, the same in every language and for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SplitStep {
    /// The step's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The arms by name.
    pub arms: IndexMap<String, SplitArm>,
    /// The share that is held out: it leaves the scenario, for comparison.
    #[serde(default, skip_serializing_if = "is_none_held_out")]
    pub holdout: u32,
    /// What the hash is salted with; scenario and step, if absent. Equal salts divide alike.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_none_held_out(share: &u32) -> bool {
    *share == 0
}

/// One arm of a split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SplitArm {
    /// Its share of all shares.
    pub share: u32,
    /// Its steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepPolicy>,
}

/// Set fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct UpdateStep {
    /// The step's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Values by field; null empties one.
    pub set: IndexMap<String, Value>,
}

/// Make a lead a member of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CampaignStep {
    /// The step's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The campaign.
    pub campaign: String,
    /// Its status there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// Record an activity, which rules score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AdjustStep {
    /// The step's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The kind of activity.
    pub activity: String,
    /// Its properties.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub properties: IndexMap<String, Value>,
}

/// Hand a lead over.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HandOverStep {
    /// The step's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The routing policy that finds the owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// Go on in another scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MoveStep {
    /// The step's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The scenario.
    pub to: String,
}

/// Leave the scenario.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExitStep {
    /// The step's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}
