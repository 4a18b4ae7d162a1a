//! Kernels: what turns a column's values into the numbers of cells, and cells into points.

pub(crate) mod atoms;
pub(crate) mod automaton;
pub(crate) mod bits;
pub(crate) mod bounds;
pub(crate) mod memo;
mod part;
pub(crate) mod sums;
mod symbols;
pub(crate) mod thresholds;
pub(crate) mod views;
