//! The facade of why, why not, and what would.

use serde::{Deserialize, Serialize};

use super::{Record, envelope, read};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::trust::{Influence, Known, WhatWouldOptions, WhyNotOptions};

pub(super) const METHODS: [&str; 3] = ["why", "why_not", "what_would"];

/// The envelope of a method of this room; `None` for a method of another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    Some(match method {
        "why" => envelope(why(engine, args)),
        "why_not" => envelope(why_not(engine, args)),
        "what_would" => envelope(what_would(engine, args)),
        _ => return None,
    })
}

fn why(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        at: Instant,
        #[serde(default)]
        scorecard: Option<String>,
        #[serde(default)]
        known: Known,
    }

    let args: Args = read(args)?;
    engine.why(args.lead.lead()?, args.at, args.scorecard.as_deref(), args.known)
}

fn why_not(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        at: Instant,
        #[serde(default)]
        scorecard: Option<String>,
        #[serde(default)]
        rank: Option<String>,
        #[serde(default)]
        known: Known,
    }

    let args: Args = read(args)?;
    let options = WhyNotOptions { scorecard: args.scorecard, rank: args.rank, known: args.known };
    engine.why_not(args.lead.lead()?, args.at, &options)
}

fn what_would(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        at: Instant,
        #[serde(default)]
        scorecard: Option<String>,
        #[serde(default)]
        rank: Option<String>,
        #[serde(default)]
        known: Known,
        #[serde(default)]
        influence: Option<Influence>,
        #[serde(default)]
        size: Option<usize>,
        #[serde(default)]
        most: Option<usize>,
    }

    let args: Args = read(args)?;
    let options = WhatWouldOptions {
        scorecard: args.scorecard,
        rank: args.rank,
        known: args.known,
        influence: args.influence,
        size: args.size,
        most: args.most,
    };
    engine.what_would(args.lead.lead()?, args.at, &options)
}
