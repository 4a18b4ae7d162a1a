//! What worked, what it cost, what to change next: tables in, tidy tables out, honest about uncertainty.
//!
//! Every analysis is a pure function that gives an [`Analysis`]: tables, figures, and notes that say in words what
//! the numbers cannot bear. Floats exist only here, and only with algorithms that give the same digits everywhere
//! (`libm`, sums in the order of the rows); money and credits stay decimal and add up exactly.

pub(crate) mod attribution;
pub(crate) mod calibration;
mod campaigns;
mod chart;
pub(crate) mod cut;
pub(crate) mod frame;
pub(crate) mod frequency;
pub(crate) mod funnel;
pub(crate) mod iceberg;
pub(crate) mod learn;
pub(crate) mod lift;
pub(crate) mod presence;
pub(crate) mod reader;
pub(crate) mod retrospective;
pub(crate) mod returns;
pub(crate) mod scored;
pub(crate) mod share;
pub(crate) mod statistics;
pub(crate) mod table;
pub(crate) mod versions;

/// Tells a generator of schemas what analyses are asked.
#[cfg(feature = "schema")]
pub(crate) fn add_requests(generator: &mut schemars::SchemaGenerator) {
    generator.subschema_for::<attribution::Request>();
    generator.subschema_for::<calibration::Request>();
    generator.subschema_for::<frequency::Request>();
    generator.subschema_for::<funnel::Request>();
    generator.subschema_for::<iceberg::Request>();
    generator.subschema_for::<learn::Request>();
    generator.subschema_for::<lift::Request>();
    generator.subschema_for::<presence::Request>();
    generator.subschema_for::<retrospective::Request>();
    generator.subschema_for::<returns::Request>();
    generator.subschema_for::<versions::Request>();
    generator.subschema_for::<scored::lift::Options>();
    generator.subschema_for::<scored::backtest::Options>();
}

pub use table::{Analysis, Cell, Column, ColumnKind, Label, Note, NoteKind, Plot, PlotKind, Table};
