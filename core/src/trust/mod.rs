//! What makes a playbook and its decisions worth trusting: when they changed, when they will, and why; and what a
//! playbook says and cannot mean.

mod causes;
mod change;
mod lint;
mod timeline;
mod words;

pub use change::{Known, RankChange, ScoreChange, Sentences, TimedCause, TimedChange, Timeline};
pub use lint::{Lint, LintExample, LintFinding, LintOptions, OverlapRelation, ScoreRange, SegmentOverlap};
