//! Intervals for parts of a whole, and for differences between them.

use super::{normal_quantile, real};

/// A figure between its lower and upper end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Interval {
    pub(crate) value: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// The interval of Wilson (1927) for `part` of `whole`; none where there is no whole.
pub(crate) fn wilson(part: u64, whole: u64, level: f64) -> Option<Interval> {
    if whole == 0 {
        return None;
    }
    rate_wilson(real(part) / real(whole), real(whole), level)
}

/// The same for a rate that was weighed, `whole` being the effective size.
pub(crate) fn rate_wilson(p: f64, whole: f64, level: f64) -> Option<Interval> {
    if whole <= 0.0 {
        return None;
    }
    let z = normal_quantile(0.5 + level / 2.0);
    let z2 = z * z;
    let middle = (p + z2 / (2.0 * whole)) / (1.0 + z2 / whole);
    let half = z / (1.0 + z2 / whole) * libm::sqrt(p * (1.0 - p) / whole + z2 / (4.0 * whole * whole));
    // None and all are exact ends, which rounding must not move.
    let low = if p <= 0.0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if p >= 1.0 { 1.0 } else { (middle + half).min(1.0) };
    Some(Interval { value: p, low, high })
}

/// The difference of two parts, second minus first, with the interval of Newcombe (1998, method 10).
pub(crate) fn difference(first: Interval, second: Interval) -> Interval {
    let below = |a: f64, b: f64| libm::sqrt(a * a + b * b);
    let value = second.value - first.value;
    Interval {
        value,
        low: value - below(second.value - second.low, first.high - first.value),
        high: value + below(second.high - second.value, first.value - first.low),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::near;
    use super::*;

    #[test]
    fn wilsons_interval_is_that_of_newcombes_table() {
        // Newcombe (1998), table I: 15 of 148.
        let some = wilson(15, 148, 0.95).unwrap();
        near(some.low, 0.0624, 5e-5);
        near(some.high, 0.1605, 5e-5);
        assert_eq!(wilson(0, 0, 0.95), None);
        near(wilson(0, 10, 0.95).unwrap().low, 0.0, 0.0);
        near(wilson(10, 10, 0.95).unwrap().high, 1.0, 0.0);
    }

    #[test]
    fn newcombes_interval_is_that_of_his_paper() {
        // Newcombe (1998), table II, case (a): 56/70 - 48/80.
        let found = difference(wilson(48, 80, 0.95).unwrap(), wilson(56, 70, 0.95).unwrap());
        near(found.value, 0.2, 1e-15);
        near(found.low, 0.0524, 5e-5);
        near(found.high, 0.3339, 5e-5);
    }
}
