//! What an author writes about segments.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A segment: a condition in a word, or with lists, order and limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum SegmentPolicy {
    /// The condition alone.
    Condition(String),
    /// The whole of it.
    Full(SegmentRules),
}

/// A segment in full. A lead on the `exclude` list is never in it; one on the `include` list always is
/// otherwise; any other is if the condition holds. Without a condition only the list counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SegmentRules {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The condition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Ids of leads that are in it whatever the condition says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Ids of leads that are never in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// How a list of its members is sorted; leads that are equal, or empty there, come last, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderPolicy>,
    /// How many members a list of them has at most: the first ones of its order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

/// What members are sorted by: an expression that gives a number, a text or an instant. Give one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OrderPolicy {
    /// The least first.
    Ascending(String),
    /// The greatest first.
    Descending(String),
}

impl SegmentPolicy {
    /// The segment in full.
    #[must_use]
    pub fn rules(&self) -> SegmentRules {
        match self {
            Self::Condition(when) => SegmentRules { when: Some(when.clone()), ..SegmentRules::default() },
            Self::Full(rules) => rules.clone(),
        }
    }
}

impl<'de> Deserialize<'de> for SegmentPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SegmentVisitor;

        impl<'de> Visitor<'de> for SegmentVisitor {
            type Value = SegmentPolicy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a condition, or a mapping with `when`")
            }

            fn visit_str<E: de::Error>(self, when: &str) -> Result<SegmentPolicy, E> {
                Ok(SegmentPolicy::Condition(when.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<SegmentPolicy, A::Error> {
                SegmentRules::deserialize(MapAccessDeserializer::new(entries)).map(SegmentPolicy::Full)
            }
        }

        deserializer.deserialize_any(SegmentVisitor)
    }
}
