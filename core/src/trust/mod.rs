//! What makes a playbook and its decisions worth trusting: when they changed, when they will, and why.

mod causes;
mod change;
mod diff;
mod timeline;
mod words;

pub use change::{Known, RankChange, ScoreChange, Sentences, TimedCause, TimedChange, Timeline};
#[cfg(feature = "analytics")]
pub use diff::CompareOptions;
pub use diff::{Affects, ChangePlace, ChangedPart, DiffKind, DiffSide, PlaybookChange, PlaybookDiff};
