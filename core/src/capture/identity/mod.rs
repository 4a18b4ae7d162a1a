//! Identity resolution: which records are one person and which are one company, and how they become one record.

pub(crate) mod compile;
pub(crate) mod dedupe;
pub(crate) mod group;
pub(crate) mod likeness;
pub(crate) mod matching;
pub(crate) mod merge;
pub(crate) mod policy;

#[cfg(test)]
mod tests;
