//! The models that share each journey's conversions by themselves.

use super::Credit;
use super::journeys::{Journey, Journeys};
use super::request::{Model, Options};
use crate::analytics::statistics::{real, size};

/// The credits of every model that looks at one journey at a time.
pub(super) fn credits(journeys: &Journeys, options: &Options) -> Vec<Credit> {
    let direct: Vec<bool> =
        journeys.channels.iter().map(|channel| options.direct.contains(channel)).collect();
    let lone =
        |model: &&Model| **model != Model::Markov && (**model != Model::TimeDecay || journeys.ages.is_some());
    options.models.iter().filter(lone).map(|model| credit(*model, journeys, options, &direct)).collect()
}

fn credit(model: Model, journeys: &Journeys, options: &Options, direct: &[bool]) -> Credit {
    let n = journeys.channels.len();
    let mut credit = Credit { model, conversions: vec![0.0; n], value: vec![0.0; n] };
    let mut weights = Vec::new();
    for journey in journeys.iter().filter(|journey| journey.conversions > 0) {
        weigh(model, &journey, options, direct, &mut weights);
        let sum: f64 = weights.iter().sum();
        let (conversions, value) = (real(journey.conversions) / sum, journey.value / sum);
        for (touch, weight) in journey.touches.iter().zip(&weights) {
            let Ok(touch) = usize::try_from(*touch) else { continue };
            if let (Some(count), Some(worth)) =
                (credit.conversions.get_mut(touch), credit.value.get_mut(touch))
            {
                *count += conversions * weight;
                *worth += value * weight;
            }
        }
    }
    credit
}

/// The weight of every touch of a journey, in any unit, their sum above zero.
fn weigh(model: Model, journey: &Journey<'_>, options: &Options, direct: &[bool], weights: &mut Vec<f64>) {
    let n = journey.touches.len();
    weights.clear();
    weights.resize(n, 0.0);
    let mut give = |position: usize, weight: f64| {
        if let Some(held) = weights.get_mut(position) {
            *held += weight;
        }
    };
    let last = n.saturating_sub(1);
    match model {
        Model::First => give(0, 1.0),
        Model::Last => give(last, 1.0),
        Model::LastNonDirect => {
            let known = |touch: &u32| {
                usize::try_from(*touch).ok().and_then(|touch| direct.get(touch)) == Some(&false)
            };
            // A journey of nothing but direct visits is the last visit's.
            give(journey.touches.iter().rposition(known).unwrap_or(last), 1.0);
        }
        Model::Linear | Model::Markov => weights.fill(1.0),
        Model::U => positions(n, None, [0.4, 0.2, 0.4, 0.0], weights),
        Model::W => {
            let middle = journey.milestone.unwrap_or(n / 2);
            positions(n, (n > 2).then_some(middle), [0.3, 0.1, 0.3, 0.3], weights);
        }
        Model::Custom => {
            if let Some(own) = &options.weights {
                positions(n, journey.milestone, [own.first, own.middle, own.last, own.milestone], weights);
            }
        }
        Model::TimeDecay => {
            // By the youngest touch, so that old journeys do not vanish into zero.
            let youngest = journey.ages.iter().copied().fold(f64::INFINITY, f64::min);
            for (weight, age) in weights.iter_mut().zip(journey.ages) {
                *weight = libm::exp2(-(age - youngest) / options.half_life);
            }
        }
        Model::Shapley => {
            // The value of a set of channels is what the journeys within it brought; its Shapley value shares each
            // journey equally among its distinct channels.
            let mut seen: Vec<u32> = Vec::with_capacity(n);
            for (position, touch) in journey.touches.iter().enumerate() {
                if !seen.contains(touch) {
                    seen.push(*touch);
                    give(position, 1.0);
                }
            }
        }
    }
}

/// Weights of the first, each middle one's part of a whole, the last, and a milestone between them. What a short
/// journey has no touch for is shared by the touches it has, in proportion; equally where they would get nothing.
fn positions(n: usize, milestone: Option<usize>, [first, middle, last, key]: [f64; 4], weights: &mut [f64]) {
    let end = n.saturating_sub(1);
    let inner = n.saturating_sub(2) - usize::from(milestone.is_some_and(|at| at > 0 && at < end));
    for (position, weight) in weights.iter_mut().enumerate() {
        if milestone == Some(position) {
            *weight += key;
        }
        if position == 0 {
            *weight += first;
        }
        if position == end {
            *weight += last;
        }
        if position > 0 && position < end && milestone != Some(position) {
            *weight += middle / size(inner.max(1));
        }
    }
    if weights.iter().sum::<f64>() <= 0.0 {
        weights.fill(1.0);
    }
}
