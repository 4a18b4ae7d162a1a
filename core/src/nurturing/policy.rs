//! What an author writes about nurturing: scenarios, templates, and when a lead may be contacted.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::base::duration::Duration;
use crate::base::points::Points;
use crate::lead::value::Value;
use crate::nurturing::calendar::{TimeOfDay, Weekday};

/// When leads may be contacted, and how often: what the gate holds every outgoing touch to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ContactPolicy {
    /// The field that holds the recipient's time zone; where it is empty or unknown, the playbook's zone counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone_field: Option<String>,
    /// When nobody is contacted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietPolicy>,
    /// Holidays: dates such as `2026-12-30`, and `JP` for the national holidays of Japan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// How many touches there may be within a length of time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub at_most: Vec<CapPolicy>,
    /// What a class of messages needs. `marketing`, `sales` and `transactional` are there without being declared.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub classes: IndexMap<String, ClassPolicy>,
    /// What a channel needs.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub channels: IndexMap<String, ChannelPolicy>,
    /// After how long a message that had to wait is dropped, unless its step says otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Duration>,
}

/// Hours and days on which nobody is contacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QuietPolicy {
    /// When quiet begins each day.
    pub from: TimeOfDay,
    /// When it ends; before `from`, it ends the next day.
    pub to: TimeOfDay,
    /// Whose time counts.
    #[serde(default)]
    pub zone: ZoneOf,
    /// Days of the week that are quiet as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub days: Vec<Weekday>,
    /// Whether holidays are quiet as a whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub holidays: bool,
}

/// Whose time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ZoneOf {
    /// The recipient's, where it is known, else the playbook's.
    #[default]
    Recipient,
    /// The playbook's.
    Playbook,
}

/// A limit on touches in any stretch of time of a length.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CapPolicy {
    /// How many.
    pub n: u32,
    /// In how long a time, in elapsed time.
    pub per: Duration,
    /// The class that it limits; all that are capped, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// The channel that it limits; all, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

/// What a class of messages needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ClassPolicy {
    /// What the lead must have said.
    #[serde(default)]
    pub consent: ConsentNeed,
    /// Whether it waits for quiet hours to end.
    #[serde(default = "yes")]
    pub quiet: bool,
    /// Whether limits without a class count it.
    #[serde(default = "yes")]
    pub capped: bool,
}

const fn yes() -> bool {
    true
}

/// What a lead must have said before it is contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConsentNeed {
    /// Yes.
    #[default]
    Granted,
    /// Anything but no.
    NotDenied,
    /// Nothing: only an address that does not work or is on the suppression list stops it.
    Nothing,
}

/// What a channel needs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ChannelPolicy {
    /// The field with the address. For `email` the first field of type `email`, for `phone` and `sms` the first of
    /// type `phone`, if absent; other channels need none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The channel whose consent counts; this one, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<String>,
}

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TemplatePolicy {
    /// The channel that it goes by: `email`, `sms`, `line`.
    pub channel: String,
    /// Its class: `marketing` if absent.
    #[serde(default = "marketing", skip_serializing_if = "is_marketing")]
    pub class: String,
    /// The purpose for which consent is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Where people file it: `seminars/2026`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// What it says, by version; the first is sent unless a step says otherwise.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub versions: IndexMap<String, BodyPolicy>,
}

fn marketing() -> String {
    "marketing".to_owned()
}

fn is_marketing(class: &str) -> bool {
    class == "marketing"
}

/// What one version of a message says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BodyPolicy {
    /// The subject line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What mail programs show beside the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preheader: Option<String>,
    /// The body as plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The body as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
}

/// A nurturing flow: who enters, what happens step by step, and when it is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScenarioPolicy {
    /// Its version, raised with every change: a lead stays on the version that it began.
    #[serde(default = "one")]
    pub version: u32,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Which goes first where several want the same slot: the greatest.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
    /// Scenarios of one group exclude each other; one of a greater priority takes the other's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Which leads it is for: product, region, brand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// What enrols a lead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enrol: Vec<TriggerPolicy>,
    /// Whether a lead may come again.
    #[serde(default, skip_serializing_if = "AgainPolicy::is_never")]
    pub again: AgainPolicy,
    /// What it is for: once this holds, it is over, and reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// When a lead leaves, and where to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exit: Vec<LeavePolicy>,
    /// What happens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepPolicy>,
    /// Earlier versions by number, for the leads that began them.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub earlier: IndexMap<String, EarlierPolicy>,
    /// For leads of an earlier version by number: which of its steps continue at which step of this version.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub migrate: IndexMap<String, IndexMap<String, String>>,
}

const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(number: &i32) -> bool {
    *number == 0
}

/// An earlier version of a scenario.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EarlierPolicy {
    /// Its goal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<String>,
    /// When a lead left it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exit: Vec<LeavePolicy>,
    /// Its steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepPolicy>,
}

/// When a lead leaves a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LeavePolicy {
    /// The condition.
    pub when: String,
    /// The scenario that it goes on to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
}

/// Whether a lead may be enrolled in a scenario again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum AgainPolicy {
    /// No.
    #[default]
    Never,
    /// As soon as it is over.
    Always,
    /// So long after it was over.
    After(Duration),
}

impl AgainPolicy {
    const fn is_never(&self) -> bool {
        matches!(self, Self::Never)
    }
}

/// What enrols a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TriggerPolicy {
    /// The lead did something.
    Activity(ActivityMatch),
    /// It came into a segment.
    SegmentEntered(String),
    /// It left a segment.
    SegmentLeft(String),
    /// Its rank changed.
    Rank(RankTrigger),
    /// A total came to a threshold.
    Score(ScoreTrigger),
    /// The calendar.
    Schedule(ScheduleTrigger),
    /// A date of the lead.
    Date(DateTrigger),
    /// Neither touch nor reply for a time.
    Dormant(DormantTrigger),
    /// A deal came to a stage.
    Deal(DealTrigger),
    /// The lead became a member of a campaign, or its status there changed.
    Campaign(CampaignTrigger),
    /// The host, by hand.
    Manual,
}

/// An activity that a person did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ActivityMatch {
    /// Its kind.
    pub kind: String,
    /// A condition on it, as `activity`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
}

/// A change of rank.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RankTrigger {
    /// The scorecard; the main one, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// The new rank is one of these; any, if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// The old rank was one of these; any or none, if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub from: Vec<String>,
}

/// A total that comes to a threshold. Give one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScoreTrigger {
    /// The scorecard; the main one, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// From below to this or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Points>,
    /// From this or more to below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Points>,
}

/// A recurring time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScheduleTrigger {
    /// Minute, hour, day of the month (`L` is the last), month, day of the week: `0 9 * * mon`.
    pub cron: String,
    /// The zone; the playbook's, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

/// A number of days before or after a date of the lead. Give one of `before` and `after`, or none for the day itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DateTrigger {
    /// The field: a date or a timestamp.
    pub field: String,
    /// Calendar days before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u32>,
    /// Calendar days after.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<u32>,
    /// At what time of that day, in the playbook's zone: 09:00 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<TimeOfDay>,
}

/// Silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DormantTrigger {
    /// For how long there was neither an activity nor a touch.
    #[serde(rename = "for")]
    pub length: Duration,
    /// The kinds of activities that count as a sign of life; then touches do not. All and touches, if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
}

/// A deal that came to a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DealTrigger {
    /// The stage: `lost`.
    pub stage: String,
}

/// A part in a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CampaignTrigger {
    /// The campaign.
    pub campaign: String,
    /// The status; any, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

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
