//! Ranks: what a score means, who works it and how, and what keeps it from flapping.

pub(crate) mod compile;
pub(crate) mod decide;
#[cfg(feature = "nurturing")]
mod foresee;
pub(crate) mod policy;

pub(crate) use decide::Outcome;
pub use decide::{Cause, Disqualified, RankDecision};
pub use policy::{
    DisqualifyPolicy, GradePolicy, Handler, Handling, HandlingPolicy, HandlingWord, How, KeepPolicy,
    LevelPolicy, MatrixPolicy, RankPolicy,
};
