//! Campaigns as a playbook plans them.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{self, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::base::duration::Duration;
use crate::base::money::Money;

/// A costed initiative with period, audience, budget and goals. Leads may be in many.
///
/// ```yaml
/// campaigns:
///   expo-2026:
///     label: 展示会 2026
///     channels: [event]
///     period: [2026-04-08, 2026-04-10]
///     budget: { 2026-04: { booth: 2000000 JPY, travel: 400000 JPY } }
///     statuses: [invited, visited]
///     goals:
///       visits: { on: booth_visit, target: 120 }
///       won: { deal: won, target: 3 }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CampaignPolicy {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The campaign that it is a part of: what it costs and brings counts there as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The channels that it uses, such as `event` or `search`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// Its first and its last day, in the playbook's time zone; the first alone for one without end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 2)))]
    pub period: Vec<String>,
    /// Whom it is for: a segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// What it is for: values by product, region, brand or whatever else the house is cut by.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub scope: IndexMap<String, Vec<String>>,
    /// What it may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<BudgetPolicy>,
    /// Where its members can stand, such as `invited`, `registered`, `attended`; anything, if none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<String>,
    /// Its conversion points by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub goals: IndexMap<String, GoalPolicy>,
    /// When to speak up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alerts: Option<CampaignAlerts>,
}

/// A budget: one amount, or amounts by month (`2026-04`), and within a month by kind of cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum BudgetPolicy {
    /// For the whole of it.
    Total(Money),
    /// By month, as `YYYY-MM`.
    Months(IndexMap<String, MonthBudget>),
}

/// The budget of one month: one amount, or amounts by kind of cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum MonthBudget {
    /// For the whole month.
    Total(Money),
    /// By kind, such as `booth`, `media`, `print`.
    Kinds(IndexMap<String, Money>),
}

/// A conversion point: what a lead of the campaign does, or comes to be. Give `on` or `deal`, or `when` alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GoalPolicy {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The kind of activity that reaches it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<String>,
    /// The stage of a deal that reaches it, such as `opened` or `won`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deal: Option<String>,
    /// With `on`, which of these activities; alone, what must hold of the lead, such as `rank.overall == "A"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// How many leads should reach it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<u32>,
}

/// When a campaign speaks up. Parts are of one: 0.8 is 80 %.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CampaignAlerts {
    /// The part of the budget from which on it is nearly spent; 0.8 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spent: Option<f64>,
    /// How far money or goals may be from where the calendar is; 0.25 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pace: Option<f64>,
    /// How long before its end it says so; `7d` if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<Duration>,
}

impl<'de> Deserialize<'de> for BudgetPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Amounts {
            what: "an amount such as `3000000 JPY`, or amounts by month such as `{ 2026-04: 500000 JPY }`",
            one: Self::Total,
            several: Self::Months,
        })
    }
}

impl<'de> Deserialize<'de> for MonthBudget {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Amounts {
            what: "an amount such as `500000 JPY`, or amounts by kind such as `{ booth: 400000 JPY }`",
            one: Self::Total,
            several: Self::Kinds,
        })
    }
}

/// Reads one amount, or a map of what is amounts in turn.
struct Amounts<T, S> {
    what: &'static str,
    one: fn(Money) -> T,
    several: fn(IndexMap<String, S>) -> T,
}

impl<'de, T, S: Deserialize<'de>> Visitor<'de> for Amounts<T, S> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Money::deserialize(text.into_deserializer()).map(self.one)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<T, A::Error> {
        let mut several = IndexMap::new();
        while let Some((key, value)) = entries.next_entry()? {
            several.insert(key, value);
        }
        Ok((self.several)(several))
    }
}
