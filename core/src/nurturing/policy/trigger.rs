//! What enrols a lead.

use serde::{Deserialize, Serialize};

use crate::base::duration::Duration;
use crate::base::points::Points;
use crate::nurturing::calendar::TimeOfDay;

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
