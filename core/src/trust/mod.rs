//! What makes a playbook and its decisions worth trusting: when they changed, when they will, and why.

mod causes;
mod change;
mod lint;
mod moments;
mod timeline;
mod words;

pub use change::{Known, RankChange, ScoreChange, Sentences, TimedCause, TimedChange, Timeline};
pub(crate) use lint::examine;
pub use lint::{Finding, Lint, ScoreRange};
