//! Scenarios: who enters, what happens, when it is over, and what becomes of the leads of earlier versions.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::base::duration::Duration;
use crate::nurturing::policy::{StepPolicy, TriggerPolicy};

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
