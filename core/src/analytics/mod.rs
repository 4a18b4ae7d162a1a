//! What worked, what it cost, what to change next: tables in, tidy tables out, honest about uncertainty.
//!
//! Every analysis is a pure function that gives an [`Analysis`]: tables, figures, and notes that say in words what
//! the numbers cannot bear. Floats exist only here, and only with algorithms that give the same digits everywhere
//! (`libm`, sums in the order of the rows); money and credits stay decimal and add up exactly.

pub(crate) mod attribution;
mod chart;
pub(crate) mod cut;
pub(crate) mod frame;
pub(crate) mod funnel;
pub(crate) mod lift;
pub(crate) mod reader;
pub(crate) mod returns;
pub(crate) mod share;
pub(crate) mod statistics;
pub(crate) mod table;

/// Tells a generator of schemas what analyses are asked.
#[cfg(feature = "schema")]
pub(crate) fn add_requests(generator: &mut schemars::SchemaGenerator) {
    generator.subschema_for::<attribution::Request>();
    generator.subschema_for::<funnel::Request>();
    generator.subschema_for::<lift::Request>();
    generator.subschema_for::<returns::Request>();
}

pub use table::{Analysis, Cell, Column, ColumnKind, Label, Note, NoteKind, Plot, PlotKind, Table};
