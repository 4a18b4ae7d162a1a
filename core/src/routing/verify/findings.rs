//! What the verifier says.

use serde::Serialize;

use crate::lead::assignment::Words;
use crate::lead::record::Lead;

/// What the verifier says of the policies.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Verification {
    /// Whether every lead has exactly one accountable team with somebody active behind it, or a queue with an owner.
    pub holds: bool,
    /// What is wrong or odd, errors first.
    pub findings: Vec<Finding>,
    /// How many combinations of cells that is a proof for, over all policies; 2^53 stands for as many or more.
    pub combinations: u64,
}

/// Something wrong or odd in a policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// Whether it breaks the promise; others are worth a look.
    pub error: bool,
    /// The policy.
    pub policy: String,
    /// The rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The teams.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// In a sentence.
    pub message: Words,
    /// A lead that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
}

/// What kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// Leads for which nobody is accountable.
    Gap,
    /// Leads that two teams of one cut cover, neither before the other.
    Tie,
    /// A rule or a team that no lead ever comes to.
    Unreachable,
    /// A rule whose leads are all taken by rules before it.
    Shadowed,
    /// A team without an active member that leads come to.
    EmptyPool,
    /// A team with one active member that leads come to.
    SinglePoint,
    /// Leads that only the queue takes.
    QueueOnly,
}

/// A lead as an example: what is not said of it does not matter.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Example {
    /// The record, with the fields that matter.
    pub lead: Lead,
    /// What else must be so, as conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
}
