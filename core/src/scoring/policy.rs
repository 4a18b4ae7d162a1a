//! What an author writes about scoring.

use std::fmt;

use crate::base::map::Map;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::base::duration::Duration;
use crate::base::points::Points;

/// One rule: points for what a lead is (without `on`) or for each thing it did (with `on`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RulePolicy {
    /// Unique within the scorecard; ledgers and overlays name the rule by it.
    pub id: String,
    /// What people call it, in explanations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The kind or kinds of activity that it counts. Without it the rule is about fit, and counts once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<OneOrMany>,
    /// The condition; always, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// How many points.
    pub points: PointsPolicy,
    /// The most points that the rule gives in all (or takes, if they are negative). Needs `on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<Points>,
    /// How long an activity counts: while its age is below this. Needs `on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Duration>,
    /// How an activity's points fade with its age. Needs `on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decay: Option<DecayPolicy>,
    /// How many activities count per calendar period of the playbook's time zone. Needs `on`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per: Option<PerPolicy>,
    /// The group whose limits the rule shares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

/// One name or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum OneOrMany {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl OneOrMany {
    /// The names.
    #[must_use]
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

/// How many points a rule gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum PointsPolicy {
    /// A fixed number.
    Fixed(Points),
    /// By the value of a field or property.
    By(Box<PointsBy>),
    /// An expression whose value is the number; an empty one gives none.
    Expression(String),
}

/// Points by the value of a field, or of the activity's property (`activity.seconds`). Give one of `table`,
/// `bands` and `times`. An empty field gives none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PointsBy {
    /// The field, or `activity.` and the property.
    pub by: String,
    /// Points per value. A set gives the sum over its distinct values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<Map<String, Points>>,
    /// Points per band of a number; each key is the lowest value of its band.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bands: Option<Map<String, Points>>,
    /// Points per unit of a number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<Points>,
    /// Points for a value that is not in the table, or below every band.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Points>,
    /// The fewest points that `times` gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Points>,
    /// The most points that `times` gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Points>,
}

/// How an activity's points fade with its age, counted in whole elapsed steps. Give one of `half_life`,
/// `linear`, and `every` with `by`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DecayPolicy {
    /// Half of the points are left after this time, a quarter after twice as long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub half_life: Option<Duration>,
    /// The points fall evenly and are gone after this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linear: Option<Duration>,
    /// After each such time ...
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<Duration>,
    /// ... this share of what is left is lost, such as `50%`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// How often the points are reckoned anew: every `1d` if absent. Not with `every`, which is its own step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Duration>,
}

/// How many activities count per period: `day` for one, `{ day: 3 }` for three. The earliest ones count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum PerPolicy {
    /// One per period.
    One(PeriodName),
    /// A number per period: one entry.
    Several(Map<PeriodName, u32>),
}

/// A calendar period. Weeks begin on Monday; `ever` is the whole history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PeriodName {
    /// From a full hour to the next.
    Hour,
    /// From midnight to midnight.
    Day,
    /// From Monday to Sunday.
    Week,
    /// From the first to the last of a month.
    Month,
    /// All of the history.
    Ever,
}

/// Limits on the sum of several rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GroupPolicy {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The least that the rules give together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Points>,
    /// The most that the rules give together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Points>,
}

/// What a scorecard is about, so that one lead has a rank per product: give one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum About {
    /// An interest.
    Interest(String),
    /// A product.
    Product(String),
    /// A solution.
    Solution(String),
}

/// A logistic reading of the total: `1 / (1 + exp(-(intercept + per_point * total)))`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProbabilityPolicy {
    /// The log-odds at a total of zero.
    pub intercept: f64,
    /// The log-odds that each point adds.
    pub per_point: f64,
}

impl AsRef<str> for PeriodName {
    fn as_ref(&self) -> &str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Ever => "ever",
        }
    }
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamesVisitor;

        impl<'de> Visitor<'de> for NamesVisitor {
            type Value = OneOrMany;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name or a list of names")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<OneOrMany, E> {
                Ok(OneOrMany::One(name.to_owned()))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut items: A) -> Result<OneOrMany, A::Error> {
                let mut names = Vec::new();
                while let Some(name) = items.next_element()? {
                    names.push(name);
                }
                Ok(OneOrMany::Many(names))
            }
        }

        deserializer.deserialize_any(NamesVisitor)
    }
}

impl<'de> Deserialize<'de> for PointsPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PointsPolicyVisitor;

        impl<'de> Visitor<'de> for PointsPolicyVisitor {
            type Value = PointsPolicy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number of points, an expression or a mapping with `by`")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<PointsPolicy, E> {
                fixed(de::value::I64Deserializer::new(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<PointsPolicy, E> {
                fixed(de::value::U64Deserializer::new(number))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<PointsPolicy, E> {
                fixed(de::value::F64Deserializer::new(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<PointsPolicy, E> {
                Ok(PointsPolicy::Expression(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<PointsPolicy, A::Error> {
                PointsBy::deserialize(MapAccessDeserializer::new(entries))
                    .map(|by| PointsPolicy::By(Box::new(by)))
            }
        }

        fn fixed<'de, D: Deserializer<'de>>(number: D) -> Result<PointsPolicy, D::Error> {
            Points::deserialize(number).map(PointsPolicy::Fixed)
        }

        deserializer.deserialize_any(PointsPolicyVisitor)
    }
}

impl<'de> Deserialize<'de> for PerPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PerVisitor;

        impl<'de> Visitor<'de> for PerVisitor {
            type Value = PerPolicy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a period such as `day`, or a period with a number such as `{ day: 3 }`")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<PerPolicy, E> {
                PeriodName::deserialize(de::value::StrDeserializer::new(name)).map(PerPolicy::One)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<PerPolicy, A::Error> {
                let mut several = Map::new();
                while let Some((period, number)) = entries.next_entry()? {
                    several.insert(period, number);
                }
                Ok(PerPolicy::Several(several))
            }
        }

        deserializer.deserialize_any(PerVisitor)
    }
}
