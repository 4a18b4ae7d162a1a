//! What a caller says of what can be influenced, and at what cost.

use indexmap::IndexMap;
use serde::Deserialize;

use crate::base::points::Points;
use crate::lead::value::Value;

/// What can be influenced; with it nothing else.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Influence {
    /// Fields that can be given another value, or a set another item.
    #[serde(default)]
    pub fields: Vec<FieldInfluence>,
    /// Activities that can be brought about.
    #[serde(default)]
    pub activities: Vec<ActivityInfluence>,
}

/// A field that can be influenced: its name, or more.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum FieldInfluence {
    /// At a cost of 1, to any value that the playbook tells apart.
    Name(String),
    /// At a cost, or to some values only.
    Full(FieldCost),
}

/// What it costs to give a field another value.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FieldCost {
    /// The field.
    pub field: String,
    /// What it costs; 1 where absent.
    #[serde(default = "one")]
    pub cost: Points,
    /// The values that it can be given; where there are none, those that the playbook tells apart.
    #[serde(default)]
    pub values: Vec<Value>,
}

/// An activity that can be brought about: its kind, or more.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum ActivityInfluence {
    /// At a cost of 1, with any properties that the playbook tells apart.
    Kind(String),
    /// At a cost, or with certain properties.
    Full(ActivityCost),
}

/// What it costs to bring an activity about.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ActivityCost {
    /// The kind.
    pub kind: String,
    /// What it costs; 1 where absent.
    #[serde(default = "one")]
    pub cost: Points,
    /// Its properties; where absent, any that the playbook tells apart.
    #[serde(default)]
    pub properties: Option<IndexMap<String, Value>>,
    /// The campaign that would bring it about.
    #[serde(default)]
    pub campaign: Option<String>,
}

pub(super) const ONE: Points = match Points::from_whole(1) {
    Some(one) => one,
    None => Points::ZERO,
};

fn one() -> Points {
    ONE
}
