//! The facade of analyses that need a playbook: campaigns, where scores come from, backtests.

use serde::{Deserialize, Serialize};

use super::{Record, envelope, read};
use crate::analytics::Rows;
use crate::analytics::{BacktestOptions, ScoreLiftOptions};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::lead::record::Lead;
use crate::playbook::{Playbook, Source};

pub(super) const METHODS: [&str; 3] = ["campaigns", "score_lift", "backtest"];

/// The envelope of a method of this room; `None` for a method of another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    Some(match method {
        "campaigns" => envelope(campaigns(engine, args)),
        "score_lift" => envelope(score_lift(engine, args)),
        "backtest" => envelope(run_backtest(engine, args)),
        _ => return None,
    })
}

fn leads(records: Vec<Record>) -> Result<Vec<Lead>, Error> {
    records.into_iter().map(Record::into_lead).collect()
}

fn campaigns(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        leads: Vec<Record>,
        at: Instant,
        #[serde(default)]
        spend: Rows,
    }

    let args: Args = read(args)?;
    engine.campaigns(&leads(args.leads)?, &args.spend, args.at)
}

fn score_lift(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        leads: Vec<Record>,
        at: Instant,
        #[serde(default)]
        options: ScoreLiftOptions,
    }

    let args: Args = read(args)?;
    engine.score_lift(&leads(args.leads)?, args.at, &args.options)
}

fn run_backtest(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        candidate: String,
        leads: Vec<Record>,
        from: Instant,
        to: Instant,
        #[serde(default)]
        options: BacktestOptions,
    }

    let args: Args = read(args)?;
    let source = Source { text: &args.candidate, name: Some("candidate"), ..Source::default() };
    let candidate = Playbook::open(&source)?.compile()?;
    engine.backtest(&candidate, &leads(args.leads)?, (args.from, args.to), &args.options)
}
