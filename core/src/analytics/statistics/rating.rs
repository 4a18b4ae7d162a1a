//! How well a score tells those who convert from those who do not.

use super::{Interval, Sum, normal_quantile, ratio, size};

/// The area under the ROC curve with the interval of DeLong (1988), ties counting half; none where one of the two
/// kinds is missing. Rounding apart it is exact: a count of pairs.
pub(crate) fn auc(scored: &[(f64, bool)], level: f64) -> Option<Interval> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let won = sorted.iter().filter(|(_, won)| *won).count();
    let lost = sorted.len() - won;
    if won == 0 || lost == 0 {
        return None;
    }
    let (w, l) = (size(won), size(lost));
    // For each of a kind, the part of the other kind that it beats.
    let (mut won_below, mut lost_below) = (0_usize, 0_usize);
    let (mut sum, mut won_squares, mut lost_squares) = (Sum::default(), Sum::default(), Sum::default());
    let mut groups = Vec::new();
    for group in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let here = group.iter().filter(|(_, won)| *won).count();
        let there = group.len() - here;
        let beats = (size(lost_below) + size(there) / 2.0) / l;
        let beaten = 1.0 - (size(won_below) + size(here) / 2.0) / w;
        sum.add(size(here) * beats);
        groups.push((here, beats, there, beaten));
        won_below += here;
        lost_below += there;
    }
    let area = sum.value() / w;
    for (here, beats, there, beaten) in groups {
        won_squares.add(size(here) * (beats - area) * (beats - area));
        lost_squares.add(size(there) * (beaten - area) * (beaten - area));
    }
    let part = |squares: f64, count: usize| {
        if count > 1 { squares / size(count - 1) / size(count) } else { f64::NAN }
    };
    let spread = libm::sqrt(part(won_squares.value(), won) + part(lost_squares.value(), lost));
    let half = normal_quantile(0.5 + level / 2.0) * spread;
    let (low, high) =
        if half.is_finite() { ((area - half).max(0.0), (area + half).min(1.0)) } else { (0.0, 1.0) };
    Some(Interval { value: area, low, high })
}

/// The mean squared distance between chance and outcome (Brier 1950); none without data.
pub(crate) fn brier(chances: &[(f64, bool)]) -> Option<f64> {
    let off = |(chance, won): &(f64, bool)| {
        let miss = chance - if *won { 1.0 } else { 0.0 };
        miss * miss
    };
    ratio(chances.iter().map(off).collect::<Sum>().value(), size(chances.len()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::near;
    use super::*;

    #[test]
    fn the_area_counts_pairs() {
        let scored = [(0.1, false), (0.4, false), (0.35, true), (0.8, true)];
        near(auc(&scored, 0.95).unwrap().value, 0.75, 1e-15);
        let ties = [(1.0, false), (1.0, true), (1.0, false), (2.0, true)];
        near(auc(&ties, 0.95).unwrap().value, 0.75, 1e-15);
        assert_eq!(auc(&[(1.0, true)], 0.95), None);
        assert_eq!(auc(&[], 0.95), None);
        near(brier(&[(0.9, true), (0.2, false)]).unwrap(), (0.01 + 0.04) / 2.0, 1e-15);
        assert_eq!(brier(&[]), None);
    }
}
