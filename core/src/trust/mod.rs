//! What makes a playbook and its decisions worth trusting: when they changed, when they will, and why.

mod causes;
mod change;
mod owners;
mod receipt;
mod timeline;
mod why;
mod words;

pub use change::{
    Accountable, Known, OwnerChange, RankChange, ScoreChange, Sentences, TimedCause, TimedChange, Timeline,
};
pub use receipt::{Receipt, ReceiptCheck, ReceiptDifference};
pub use why::{
    ActivityCost, ActivityInfluence, DecisionFact, FieldCost, FieldInfluence, Influence, Obstacle, Shortfall,
    SuggestedStep, Way, WhatWould, WhatWouldOptions, Why, WhyNot, WhyNotOptions,
};
