//! Weight of evidence: how much more often a value is met among won leads than among lost ones.

use crate::analytics::statistics::logistic::Row;
use crate::analytics::statistics::{normal_quantile, normal_tail, ratio, real};

/// What the leads say of one value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    pub(super) leads: u64,
    pub(super) won: u64,
    pub(super) level: f64,
    pub(super) woe: f64,
    pub(super) low: f64,
    pub(super) high: f64,
    /// The chance of a change at least this large between the earlier and the later half where nothing changed.
    pub(super) drift: Option<f64>,
}

/// Won and lost leads with a value.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    won: u64,
    lost: u64,
}

/// Weighs every bin.
pub(super) fn weigh(
    rows: &[Row],
    won: &[bool],
    times: &[Option<i64>],
    bins: usize,
    level: f64,
) -> Vec<Evidence> {
    let z = normal_quantile(0.5 + level / 2.0);
    let mut known: Vec<i64> = times.iter().flatten().copied().collect();
    known.sort_unstable();
    let middle = known.get(known.len() / 2).copied();
    let whole = |_: usize| true;
    let half = |later: bool| {
        move |lead: usize| {
            times.get(lead).copied().flatten().zip(middle).is_some_and(|(at, middle)| (at >= middle) == later)
        }
    };
    let (all, total) = count(rows, won, bins, whole);
    let (early, early_total) = count(rows, won, bins, half(false));
    let (late, late_total) = count(rows, won, bins, half(true));
    let of = |index: usize| {
        let at = |counts: &[Count]| counts.get(index).copied().unwrap_or_default();
        let here = at(&all);
        let (woe, error) = evidence(here, total);
        let ((before, one), (after, two)) =
            (evidence(at(&early), early_total), evidence(at(&late), late_total));
        let enough = at(&early).won + at(&early).lost >= 30 && at(&late).won + at(&late).lost >= 30;
        let apart = ratio(after - before, libm::sqrt(one * one + two * two)).filter(|_| enough);
        Evidence {
            leads: here.won + here.lost,
            won: here.won,
            level,
            woe,
            low: woe - z * error,
            high: woe + z * error,
            drift: apart.map(|z| (2.0 * normal_tail(z.abs())).min(1.0)),
        }
    };
    (0..bins).map(of).collect()
}

fn count(rows: &[Row], won: &[bool], bins: usize, belongs: impl Fn(usize) -> bool) -> (Vec<Count>, Count) {
    let (mut counts, mut total) = (vec![Count::default(); bins], Count::default());
    for (_, (row, won)) in rows.iter().zip(won).enumerate().filter(|(lead, _)| belongs(*lead)) {
        let add = |count: &mut Count| {
            if *won {
                count.won += 1;
            } else {
                count.lost += 1;
            }
        };
        add(&mut total);
        for (bin, _) in row {
            if let Some(count) = counts.get_mut(*bin) {
                add(count);
            }
        }
    }
    (counts, total)
}

/// The logarithm of the value's part among won leads by that among lost ones, with its standard error; half a lead is
/// added to every count, so that none is impossible.
fn evidence(here: Count, total: Count) -> (f64, f64) {
    let half = |count: u64| real(count) + 0.5;
    let (won, lost) = (half(here.won), half(here.lost));
    let (all_won, all_lost) = (half(total.won), half(total.lost));
    let woe = libm::log((won / all_won) / (lost / all_lost));
    let variance = 1.0 / won - 1.0 / all_won + 1.0 / lost - 1.0 / all_lost;
    (woe, libm::sqrt(variance.max(0.0)))
}
