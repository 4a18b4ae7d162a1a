//! What worked, what it cost, what to change next: tables in, tidy tables out, honest about uncertainty.
//!
//! Every analysis is a pure function that gives an [`Analysis`]: tables, figures, and notes that say in words what
//! the numbers cannot bear. Floats exist only here, and only with algorithms that give the same digits everywhere
//! (`libm`, sums in the order of the rows); money and credits stay decimal and add up exactly.

#[cfg(feature = "arrow")]
mod arrow;
pub(crate) mod attribution;
pub(crate) mod calibration;
mod campaigns;
mod chart;
pub(crate) mod cut;
pub(crate) mod frequency;
pub(crate) mod funnel;
pub(crate) mod iceberg;
pub(crate) mod learn;
pub(crate) mod lift;
pub(crate) mod presence;
pub(crate) mod reader;
pub(crate) mod retrospective;
pub(crate) mod returns;
pub(crate) mod rows;
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
    generator.subschema_for::<ScoreLiftOptions>();
    generator.subschema_for::<BacktestOptions>();
}

pub use attribution::{
    Coded as CodedJourneys, Model as AttributionModel, Request as AttributionRequest,
    Weights as AttributionWeights, attribute,
};
pub use calibration::{Request as CalibrationRequest, calibrate};
pub use frequency::{Request as FrequencyRequest, frequency};
pub use funnel::{Request as FunnelRequest, funnel};
pub use iceberg::{Request as IcebergRequest, iceberg};
pub use learn::{Request as LearnRequest, Share as RankShare, learn};
pub use lift::{Request as LiftRequest, lift};
pub use presence::{Request as PresenceRequest, presence};
pub use retrospective::{Request as RetrospectiveRequest, retrospect};
pub use returns::{Request as ReturnsRequest, returns};
pub use rows::Rows;
pub use scored::{BacktestOptions, ScoreLiftOptions};
#[cfg(feature = "trust")]
pub(crate) use scored::{RuleGap, decimal, rule_gaps};
pub use table::{Analysis, Cell, Column, ColumnKind, Label, Note, NoteKind, Plot, PlotKind, Table};
pub use versions::{Request as VersionsRequest, versions};
