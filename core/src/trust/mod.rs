//! What makes a playbook and its decisions worth trusting: when they changed, when they will, and why; and what a
//! playbook says and cannot mean.

mod causes;
mod change;
mod diff;
mod lint;
mod owners;
mod receipt;
mod timeline;
mod why;
mod words;

pub use change::{
    Accountable, Known, OwnerChange, RankChange, ScoreChange, Sentences, TimedCause, TimedChange, Timeline,
};
#[cfg(feature = "analytics")]
pub use diff::CompareOptions;
pub use diff::{Affects, ChangePlace, ChangedPart, DiffKind, DiffSide, PlaybookChange, PlaybookDiff};
pub use lint::{Lint, LintExample, LintFinding, LintOptions, OverlapRelation, ScoreRange, SegmentOverlap};
pub(crate) use receipt::{ASSESS, Question};
pub use receipt::{Receipt, ReceiptCheck, ReceiptDifference};
pub use why::{
    ActivityCost, ActivityInfluence, DecisionFact, FieldCost, FieldInfluence, Influence, Obstacle, Shortfall,
    SuggestedStep, Way, WhatWould, WhatWouldOptions, Why, WhyNot, WhyNotOptions,
};
