//! What there is to say about a table besides its result.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::base::diagnostic::{Code, Diagnostic};

/// What was found while a table was read and assessed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TableReport {
    /// How many rows were assessed.
    pub rows: usize,
    /// Columns of fields that something in question looks at and that the table lacks: read as empty.
    pub missing: Vec<String>,
    /// Columns that nothing in question looks at.
    pub extra: Vec<String>,
    /// Expressions that failed on some row, and gave nothing there: each once.
    pub warnings: Vec<Diagnostic>,
    /// Rows that could not be assessed, where the options let them pass: how many.
    pub bad_rows: usize,
    /// The problems of those rows, in their order: the first hundred.
    pub problems: Vec<Diagnostic>,
}

/// Problems of rows that are kept and shown.
const SHOWN: usize = 100;

/// What one part of the work found; parts are merged in the order of their rows.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    warnings: BTreeMap<(Option<String>, String), Diagnostic>,
    pub(crate) problems: Vec<Diagnostic>,
    pub(crate) bad_rows: usize,
    pub(crate) scratch: Vec<Diagnostic>,
}

impl Findings {
    /// Takes the warnings that an evaluation left in `scratch`.
    pub(crate) fn settle(&mut self) {
        for warning in self.scratch.drain(..) {
            self.warnings.entry((warning.path.clone(), warning.message.clone())).or_insert(warning);
        }
    }

    pub(crate) fn problem(&mut self, problem: impl FnOnce() -> Diagnostic) {
        if self.problems.len() < SHOWN {
            self.problems.push(problem());
        }
    }

    pub(crate) fn merge(&mut self, later: Findings) {
        for (key, warning) in later.warnings {
            self.warnings.entry(key).or_insert(warning);
        }
        self.bad_rows += later.bad_rows;
        let room = SHOWN.saturating_sub(self.problems.len());
        self.problems.extend(later.problems.into_iter().take(room));
    }

    /// The diagnostics of a refused batch.
    pub(crate) fn refusal(mut self) -> Vec<Diagnostic> {
        if self.bad_rows > self.problems.len() {
            let more = self.bad_rows - self.problems.len();
            let message = format!("{more} more rows cannot be assessed");
            self.problems
                .push(Diagnostic::error(Code::FieldType, message).with_help("the first hundred are shown"));
        }
        self.problems
    }
}

impl TableReport {
    pub(crate) fn absorb(&mut self, rows: usize, findings: Findings) {
        self.rows += rows;
        self.bad_rows += findings.bad_rows;
        let room = SHOWN.saturating_sub(self.problems.len());
        self.problems.extend(findings.problems.into_iter().take(room));
        for warning in findings.warnings.into_values() {
            if !self
                .warnings
                .iter()
                .any(|known| known.path == warning.path && known.message == warning.message)
            {
                self.warnings.push(warning);
            }
        }
        self.warnings.sort_by(|a, b| (&a.path, &a.message).cmp(&(&b.path, &b.message)));
    }
}
