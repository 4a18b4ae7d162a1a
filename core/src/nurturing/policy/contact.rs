//! When a lead may be contacted, and how often.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::base::duration::Duration;
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
