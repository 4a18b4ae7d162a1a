//! Lint: what a playbook says and cannot mean.

mod conditions;
mod domain;
mod ranges;
mod rules;

use indexmap::IndexMap;
use serde::Serialize;

use crate::base::diagnostic::Diagnostic;
use crate::base::points::Points;
use crate::lead::record::Lead;
use crate::playbook::compile::Compiled;
use crate::playbook::{Document, Playbook};

/// What [`Playbook::lint`] found.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Lint {
    /// What is probably not meant: of fields first, then of scorecards, then of segments.
    pub findings: Vec<Finding>,
    /// For every scorecard, between what its total can be. No lead goes beyond; not every number between is reached.
    pub ranges: IndexMap<String, ScoreRange>,
}

/// Something that a playbook says and probably does not mean.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Finding {
    /// What, where, and what to do about it: a warning with a code of its own.
    pub diagnostic: Diagnostic,
    /// A lead that shows it, where one can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Lead>,
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

impl Playbook {
    /// What the playbook says and probably does not mean: ranks that cannot be reached, conditions that hold always or
    /// never, limits that never bind and the like, each with its code, its place and what to do. Nothing is assessed.
    ///
    /// Sound: what is said to be impossible is impossible, for leads whose fields hold only the `values` that they
    /// declare, where they declare any. Not complete: what looks at history, time or scores may be anything.
    ///
    /// ```
    /// let playbook = ikusei::Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// fields: { size: { type: integer } }
    /// scorecards:
    ///   overall:
    ///     rules: [{ id: big, when: 'size >= 300', points: 25 }]
    ///     ranks: [{ rank: A, at_least: 80 }, { rank: B }]
    /// "#)?;
    /// let lint = playbook.lint();
    /// assert_eq!(lint.findings[0].diagnostic.message, "rank `A` needs 80 points, and no lead has more than 25");
    /// # Ok::<(), ikusei::Error>(())
    /// ```
    #[must_use]
    pub fn lint(&self) -> Lint {
        examine(self.document(), self.compiled())
    }
}

pub(crate) fn examine(document: &Document, compiled: &Compiled) -> Lint {
    let mut linter = Linter { document, compiled, findings: Vec::new() };
    linter.fields();
    linter.conditions();
    linter.rules();
    let ranges = linter.ranges();
    linter.segments();
    let places: Vec<&str> = vec!["/fields", "/scorecards", "/segments"];
    let place = |finding: &Finding| {
        let path = finding.diagnostic.path.as_deref().unwrap_or_default();
        places.iter().position(|start| path.starts_with(start))
    };
    linter.findings.sort_by_key(place);
    Lint { findings: linter.findings, ranges }
}

struct Linter<'p> {
    document: &'p Document,
    compiled: &'p Compiled,
    findings: Vec<Finding>,
}

impl Linter<'_> {
    fn find(&mut self, diagnostic: Diagnostic, example: Option<Lead>) {
        self.findings.push(Finding { diagnostic, example });
    }
}
