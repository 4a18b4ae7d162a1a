//! Analyses of what the engine itself says of leads: where scores come from, and what another playbook would say.

mod backtest;
mod gap;
mod lift;
mod precedes;
mod replay;

pub use backtest::Options as BacktestOptions;
#[cfg(feature = "trust")]
pub(crate) use gap::{RuleGap, rule_gaps};
pub use lift::Options as ScoreLiftOptions;
use rust_decimal::Decimal;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::suggest::nearest;
use crate::engine::Engine;
use crate::lead::record::{Deal, Lead};

/// The number of a scorecard; the first if none is named.
fn card(engine: &Engine, name: Option<&str>) -> Result<usize, Error> {
    let cards = &engine.compiled.cards;
    match name {
        None if cards.is_empty() => {
            let diagnostic = Diagnostic::error(Code::BadCall, "the playbook has no scorecard");
            Err(Error::call(diagnostic.with_help("give it one under `scorecards`")))
        }
        None => Ok(0),
        Some(name) => cards.iter().position(|card| card.name == name).ok_or_else(|| {
            let near = nearest(name, cards.iter().map(|card| card.name.as_str()));
            let diagnostic = Diagnostic::error(Code::BadCall, format!("no scorecard is called `{name}`"));
            Error::call(diagnostic.with_help("name one of the playbook's `scorecards`").did_you_mean(near))
        }),
    }
}

/// Points as an exact number.
pub(crate) fn decimal(points: i128) -> Decimal {
    Decimal::try_from_i128_with_scale(points, 6).unwrap_or_default().normalize()
}

fn wide(points: Points) -> i128 {
    i128::from(points.millionths())
}

/// The first deal of a lead at a stage.
fn first_deal<'l>(lead: &'l Lead, stage: &str) -> Option<&'l Deal> {
    lead.deals.iter().filter(|deal| deal.stage == stage).min_by_key(|deal| deal.at)
}
