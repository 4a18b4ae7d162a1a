//! The facade of drawings and simulations.

use indexmap::IndexMap;
use serde::Deserialize;

use super::{Record, envelope, read};
use crate::base::error::Error;
use crate::engine::Engine;
use crate::explain::Language;
use crate::nurturing::{DiagramFormat, StepCounts};
use crate::simulation::{LeadSimulation, Simulated, Simulation};

pub(super) const METHODS: [&str; 4] = ["diagram", "step_counts", "simulate_lead", "simulate"];

/// The envelope of a method of this room; `None` for a method of another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    Some(match method {
        "diagram" => envelope(diagram(engine, args)),
        "step_counts" => envelope(step_counts(engine, args)),
        "simulate_lead" => envelope(simulate_lead(engine, args)),
        "simulate" => envelope(simulate(engine, args)),
        _ => return None,
    })
}

fn diagram(engine: &Engine, args: &str) -> Result<String, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        scenario: String,
        #[serde(default)]
        format: DiagramFormat,
        #[serde(default)]
        language: Language,
        #[serde(default)]
        counts: IndexMap<String, StepCounts>,
    }

    let args: Args = read(args)?;
    engine.diagram(&args.scenario, args.format, args.language, args.counts.get(&args.scenario))
}

fn step_counts(engine: &Engine, args: &str) -> Result<IndexMap<String, StepCounts>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        leads: Vec<Record>,
    }

    let args: Args = read(args)?;
    let leads = args.leads.iter().map(Record::lead).collect::<Result<Vec<_>, _>>()?;
    Ok(engine.step_counts(leads))
}

fn simulate_lead(engine: &Engine, args: &str) -> Result<LeadSimulation, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        simulation: Simulation,
    }

    let args: Args = read(args)?;
    engine.simulate_lead(args.lead.into_lead()?, &args.simulation)
}

fn simulate(engine: &Engine, args: &str) -> Result<Simulated, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        leads: Vec<Record>,
        simulation: Simulation,
    }

    let args: Args = read(args)?;
    let leads = args.leads.into_iter().map(Record::into_lead).collect::<Result<Vec<_>, _>>()?;
    engine.simulate(leads, &args.simulation, None)
}
