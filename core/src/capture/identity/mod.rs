//! Identity resolution: which records are one person and which are one company, and how they become one record.

pub(crate) mod compile;
pub(crate) mod dedupe;
mod frequency;
pub(crate) mod group;
pub(crate) mod likeness;
pub(crate) mod matching;
pub(crate) mod merge;
mod pairs;
pub(crate) mod policy;
mod sets;

#[cfg(test)]
mod tests;
