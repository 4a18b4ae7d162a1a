//! The nurturing room's part of the facade.

use serde::Deserialize;

use super::{Record, envelope, read};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::capture::Suppression;
use crate::engine::Engine;
use crate::nurturing::{CloudEvent, Input, Outcome};

pub(super) const METHODS: [&str; 2] = ["process", "effect_events"];

/// The envelope of a method of this room; `None` for a method of another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    Some(match method {
        "process" => envelope(process(engine, args)),
        "effect_events" => envelope(effect_events(engine, args)),
        _ => return None,
    })
}

fn process(engine: &Engine, args: &str) -> Result<Outcome, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        input: Input,
        at: Instant,
        #[serde(default)]
        suppression: Vec<String>,
    }

    let args: Args = read(args)?;
    let list = Suppression::new(args.suppression.iter().map(String::as_str));
    engine.process_with(args.lead.into_lead()?, &args.input, args.at, Some(&list))
}

fn effect_events(engine: &Engine, args: &str) -> Result<Vec<CloudEvent>, Error> {
    let outcome = process(engine, args)?;
    Ok(engine.cloud_events(&outcome.effects))
}
