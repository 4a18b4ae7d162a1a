//! The facade of timelines and changes.

use serde::{Deserialize, Serialize};

use super::{Record, envelope, read};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::trust::{Known, examine};

pub(super) const METHODS: [&str; 3] = ["timeline", "next_change", "lint"];

/// The envelope of a method of this room; `None` for a method of another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    Some(match method {
        "timeline" => envelope(timeline(engine, args)),
        "next_change" => envelope(next_change(engine, args)),
        "lint" => envelope(lint(engine, args)),
        _ => return None,
    })
}

fn timeline(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        from: Instant,
        to: Instant,
        #[serde(default)]
        known: Known,
    }

    let args: Args = read(args)?;
    engine.timeline(args.lead.lead()?, args.from, args.to, args.known)
}

fn next_change(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        at: Instant,
        #[serde(default)]
        until: Option<Instant>,
    }

    let args: Args = read(args)?;
    engine.next_change(args.lead.lead()?, args.at, args.until)
}

fn lint(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {}

    let Args {} = read(args)?;
    Ok(examine(&engine.document, &engine.compiled))
}
