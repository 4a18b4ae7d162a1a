//! Scorecards: rules turn what a lead is and did into points, every one of them in a ledger.

pub(crate) mod account;
pub(crate) mod compile;
pub(crate) mod decay;
pub(crate) mod evaluate;
#[cfg(feature = "nurturing")]
pub(crate) mod foresee;
mod forms;
pub(crate) mod fuse;
pub(crate) mod policy;
pub(crate) mod sheet;
mod tracks;

pub use policy::{
    About, DecayPolicy, GroupPolicy, OneOrMany, PerPolicy, PeriodName, PointsBy, PointsPolicy,
    ProbabilityPolicy, RulePolicy,
};
pub use sheet::{Entry, EntryActivity, EntryKind, ScoreSheet, Side};
