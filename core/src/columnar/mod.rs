//! Whole tables: Arrow record batches in, Arrow record batches out, with the same answer to the bit as one lead
//! at a time.
//!
//! A table of leads has a column per field and a column of ids; a table of activities has a column each for lead,
//! kind and time, and one per property. Strings may be plain, large, views or dictionaries; numbers of any width,
//! decimals too; instants need a zone. Empty values are nulls; "not a number" in a column of floats counts as
//! empty, as tables of pandas mean it. A value that its field cannot hold (300.5 in a field of whole numbers, an
//! infinite number) makes the row bad: [`BadRows`] says what then.
//!
//! Rules are not run one by one. All rules of one field become one table, and a column is passed over once: see
//! [`Engine::plan`](crate::Engine).

mod activities;
mod assess;
mod behaviour;
mod bind;
mod explain;
mod fit;
#[cfg(feature = "ipc")]
mod ipc;
mod kernels;
mod keys;
mod ledger;
mod options;
mod output;
mod plan;
mod report;
mod rows;
mod run;
mod source;
mod state;
#[cfg(test)]
mod tests;
mod twins;

pub use activities::ActivityTable;
pub use assess::{Activities, TableAssessment, TableStream};
pub use explain::{PlanStep, TablePlan};
pub use options::{
    ActivityColumns, BadRows, Figures, LedgerColumns, PointsColumns, SegmentColumns, StandingColumns,
    TableOptions,
};
pub(crate) use plan::Kernels;
pub use report::TableReport;
#[cfg(feature = "analytics")]
pub(crate) use source::Source;
pub use state::{ActivityState, StateReport};
