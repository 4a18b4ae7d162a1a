//! The removal effect of a channel: what part of the conversions an absorbing Markov chain loses without it.
//!
//! Exact: the chain is reduced state by state until only its start is left (Grassmann, Taksar and Heyman 1985), which
//! adds and divides but never subtracts, so no digits are lost. Nothing is simulated.

use std::collections::HashMap;

use super::journeys::{Journey, Journeys};
use crate::analytics::statistics::real;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;

/// What the chain says.
#[derive(Debug, Clone)]
pub(super) struct Removal {
    /// The chance of conversion with every channel.
    pub(super) base: f64,
    /// For each channel, the part of it that goes away with the channel.
    pub(super) effects: Vec<f64>,
    /// The effects as parts of their sum.
    pub(super) shares: Vec<f64>,
}

/// More states than this would take minutes.
const MOST: usize = 2_000;

/// Counted steps between states: to a conversion, to none, and to each state; the start is the first state.
struct Chain {
    rows: Vec<Vec<f64>>,
    /// The channel that a state has come to.
    channel: Vec<Option<usize>>,
}

/// Where a row keeps conversions and their absence, before the states.
const CONVERTED: usize = 0;
const LOST: usize = 1;
const STATES: usize = 2;

pub(super) fn removal(journeys: &Journeys, order: u32) -> Result<Removal, Error> {
    let chain = Chain::count(journeys, order)?;
    let base = chain.chance(None);
    let effect = |channel: usize| if base > 0.0 { 1.0 - chain.chance(Some(channel)) / base } else { 0.0 };
    let effects: Vec<f64> = (0..journeys.channels.len()).map(effect).map(|effect| effect.max(0.0)).collect();
    let sum: f64 = effects.iter().sum();
    let shares = effects.iter().map(|effect| if sum > 0.0 { effect / sum } else { 0.0 }).collect();
    Ok(Removal { base, effects, shares })
}

/// The states of a chain of an order above one: the last channels that were touched.
#[derive(Default)]
struct Seen {
    // Looked up, never walked through.
    index: HashMap<u128, usize>,
    channel: Vec<Option<usize>>,
}

impl Chain {
    fn count(journeys: &Journeys, order: u32) -> Result<Self, Error> {
        if order == 1 {
            return Self::first_order(journeys);
        }
        let kept = u128::MAX >> (128 - 32 * order.min(4));
        let mut seen = Seen { channel: vec![None], ..Seen::default() };
        let mut steps: HashMap<(usize, usize), u64> = HashMap::new();
        let mut ends: HashMap<usize, (u64, u64)> = HashMap::new();
        for journey in journeys.iter() {
            let times = journey.conversions + journey.nulls;
            let (mut key, mut from) = (0_u128, 0);
            for touch in journey.touches {
                key = ((key << 32) | u128::from(*touch + 1)) & kept;
                let next = seen.channel.len();
                let to = *seen.index.entry(key).or_insert(next);
                if to == next {
                    seen.channel.push(usize::try_from(*touch).ok());
                }
                *steps.entry((from, to)).or_default() += times;
                from = to;
            }
            let end = ends.entry(from).or_default();
            *end = (end.0 + journey.conversions, end.1 + journey.nulls);
        }
        check(seen.channel.len())?;
        let mut rows = vec![vec![0.0; STATES + seen.channel.len()]; seen.channel.len()];
        // Each cell is set once, so the order of the map does not matter.
        for ((from, to), count) in steps {
            set(&mut rows, from, STATES + to, real(count));
        }
        for (from, (converted, lost)) in ends {
            set(&mut rows, from, CONVERTED, real(converted));
            set(&mut rows, from, LOST, real(lost));
        }
        Ok(Self { rows, channel: seen.channel })
    }

    /// States are channels: nothing to look up.
    fn first_order(journeys: &Journeys) -> Result<Self, Error> {
        let n = journeys.channels.len() + 1;
        check(n)?;
        let mut counts = vec![0_u64; n * (STATES + n)];
        let mut step = |from: usize, to: usize, times: u64| {
            if let Some(count) = counts.get_mut(from * (STATES + n) + to) {
                *count += times;
            }
        };
        for Journey { touches, conversions, nulls, .. } in journeys.iter() {
            let mut from = 0;
            for touch in touches {
                let to = usize::try_from(*touch).unwrap_or(0) + 1;
                step(from, STATES + to, conversions + nulls);
                from = to;
            }
            step(from, CONVERTED, conversions);
            step(from, LOST, nulls);
        }
        let rows = counts
            .chunks_exact(STATES + n)
            .map(|row| row.iter().map(|count| real(*count)).collect())
            .collect();
        Ok(Self { rows, channel: std::iter::once(None).chain((1..n).map(|state| Some(state - 1))).collect() })
    }

    /// The chance of conversion from the start, every visit to a channel lost if one is removed.
    fn chance(&self, removed: Option<usize>) -> f64 {
        let gone: Vec<bool> =
            self.channel.iter().map(|channel| removed.is_some() && *channel == removed).collect();
        let mut rows = self.rows.clone();
        if removed.is_some() {
            for row in &mut rows {
                let states = row.iter_mut().skip(STATES).zip(&gone).filter(|(_, gone)| **gone);
                let lost: f64 = states.map(|(cell, _)| std::mem::take(cell)).sum();
                if let Some(cell) = row.get_mut(LOST) {
                    *cell += lost;
                }
            }
        }
        // The last state goes: whoever stepped to it now steps to where it led.
        while rows.len() > 1 {
            let Some(pivot) = rows.pop() else { break };
            let state = STATES + rows.len();
            let out: f64 = pivot.iter().take(state).sum();
            if out <= 0.0 {
                continue;
            }
            for row in &mut rows {
                let into = row.get(state).copied().unwrap_or(0.0);
                if into > 0.0 {
                    let part = into / out;
                    row.iter_mut().zip(&pivot).take(state).for_each(|(cell, step)| *cell += part * step);
                }
            }
        }
        let start = rows.first().map_or(&[][..], Vec::as_slice);
        let (converted, lost) =
            (start.get(CONVERTED).copied().unwrap_or(0.0), start.get(LOST).copied().unwrap_or(0.0));
        if converted + lost > 0.0 { converted / (converted + lost) } else { 0.0 }
    }
}

fn set(rows: &mut [Vec<f64>], from: usize, to: usize, count: f64) {
    if let Some(cell) = rows.get_mut(from).and_then(|row| row.get_mut(to)) {
        *cell = count;
    }
}

fn check(states: usize) -> Result<(), Error> {
    if states <= MOST {
        return Ok(());
    }
    let message = format!("a chain of {states} states, more than {MOST}");
    let help = "lower `order`, or put channels together";
    Err(Error::call(Diagnostic::error(Code::CannotTell, message).at("/order").with_help(help)))
}
