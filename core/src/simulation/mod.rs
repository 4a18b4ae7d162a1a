//! Simulation: the same engine under a clock that is not the wall's.
//!
//! `request` is what is asked: a stretch of time, what happens to leads by itself, and how they answer. `model` makes
//! answers of it, by a hash and never by chance; `life` lives through the time of one lead; `tally` counts what comes of
//! many, `report` makes tables of it.

mod life;
mod model;
mod report;
mod request;
mod run;
mod tally;

pub use request::{
    EffectWord, HistoryEntry, ReactionPolicy, ResponseModel, ResponsePolicy, Simulation, SimulationPeriod,
};
pub use run::{LeadSimulation, Simulated, SimulatedStep};

/// Tells a generator of schemas what simulations are asked.
#[cfg(feature = "schema")]
pub(crate) fn add_requests(generator: &mut schemars::SchemaGenerator) {
    generator.subschema_for::<Simulation>();
}
