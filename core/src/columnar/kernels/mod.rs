//! Kernels: what turns a column's values into the numbers of cells.

pub(crate) mod atoms;
pub(crate) mod automaton;
mod part;
