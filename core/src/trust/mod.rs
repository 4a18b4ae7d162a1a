//! What makes a playbook and its decisions worth trusting: when they changed, when they will, and why.

mod causes;
mod change;
mod timeline;
mod words;

pub use change::{Known, RankChange, ScoreChange, Sentences, TimedCause, TimedChange, Timeline};
