//! What lint finds, and what it knows besides.

use indexmap::IndexMap;
use serde::Serialize;

use crate::base::diagnostic::{Code, Diagnostic, Severity};
use crate::base::points::Points;
use crate::base::time::Instant;
use crate::lead::record::Lead;

/// What [`Playbook::lint`](crate::Playbook::lint) found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Lint {
    /// What is probably not meant, in the order of the document.
    pub findings: Vec<LintFinding>,
    /// For every scorecard, between what its total can be. No lead goes beyond; not every number between is reached.
    pub ranges: IndexMap<String, ScoreRange>,
    /// Segments of which no lead can be in both, or every member of one is in the other. Lists of ids are left aside.
    pub overlaps: Vec<SegmentOverlap>,
    /// For every scenario, how many messages it can send one lead within seven days, were there no contact policy:
    /// mails, invitations and calls.
    pub messages: IndexMap<String, u32>,
}

/// Something that a playbook says and probably does not mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LintFinding {
    /// What, where, how bad, and in `help` what to do about it.
    #[serde(flatten)]
    pub diagnostic: Diagnostic,
    /// A lead that shows it, where one can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<LintExample>,
}

/// A lead that shows a finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LintExample {
    /// The record; what it does not say does not matter.
    pub lead: Lead,
    /// The instant to assess it at.
    pub at: Instant,
}

/// The least and the most that a total can be; absent where there is no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ScoreRange {
    /// The least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min: Option<Points>,
    /// The most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max: Option<Points>,
}

/// How the members of two segments lie to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SegmentOverlap {
    /// One.
    pub a: String,
    /// The other.
    pub b: String,
    /// How.
    pub relation: OverlapRelation,
}

/// How the members of one segment lie to those of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum OverlapRelation {
    /// No lead can be in both.
    Disjoint,
    /// Every member of `a` is in `b`.
    Within,
    /// They always have the same members.
    Same,
}

/// What [`Playbook::lint_with`](crate::Playbook::lint_with) leaves out.
///
/// ```
/// use ikusei::{Code, LintOptions, Severity};
/// let options = LintOptions::default().without(Code::UnusedField).at_least(Severity::Warning);
/// assert_eq!(options.disable, [Code::UnusedField]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LintOptions {
    /// Codes of findings that are not wanted.
    pub disable: Vec<Code>,
    /// The mildest severity that is told: everything, if it is a note.
    pub severity: Severity,
}

impl Default for LintOptions {
    fn default() -> Self {
        Self { disable: Vec::new(), severity: Severity::Note }
    }
}

impl LintOptions {
    /// The same without the findings of a code.
    #[must_use]
    pub fn without(mut self, code: Code) -> Self {
        self.disable.push(code);
        self
    }

    /// The same with no finding milder than this.
    #[must_use]
    pub const fn at_least(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub(super) fn takes(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.severity <= self.severity && !self.disable.contains(&diagnostic.code)
    }
}
