//! Statistics with the same digits on every machine: transcendental functions from `libm`, sums in a fixed order.

pub(crate) mod distribution;
pub(crate) mod interval;
pub(crate) mod logistic;
pub(crate) mod rating;
pub(crate) mod survival;

pub(crate) use distribution::{chi_square_tail, normal_quantile, normal_tail};
pub(crate) use interval::{Interval, difference, wilson};

/// A count as a float; counts are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
pub(crate) const fn real(count: u64) -> f64 {
    count as f64
}

/// A length as a float.
#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
pub(crate) const fn size(length: usize) -> f64 {
    length as f64
}

/// A sum with little rounding (Neumaier 1974), always in the order given.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    pub(crate) fn add(&mut self, number: f64) {
        let next = self.sum + number;
        self.lost += if self.sum.abs() >= number.abs() {
            (self.sum - next) + number
        } else {
            (number - next) + self.sum
        };
        self.sum = next;
    }

    pub(crate) fn value(self) -> f64 {
        self.sum + self.lost
    }
}

impl FromIterator<f64> for Sum {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        let mut sum = Self::default();
        numbers.into_iter().for_each(|number| sum.add(number));
        sum
    }
}

/// One divided by the other; nothing where there is nothing to divide by.
pub(crate) fn ratio(part: f64, whole: f64) -> Option<f64> {
    (whole.abs() > 0.0).then(|| part / whole).filter(|ratio| ratio.is_finite())
}

/// A quantile of sorted numbers, by linear interpolation (type 7 of Hyndman and Fan 1996, as pandas has it).
pub(crate) fn quantile(sorted: &[f64], at: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = size(last) * at.clamp(0.0, 1.0);
    let below = place.floor();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the last index"
    )]
    let index = below as usize;
    let low = *sorted.get(index)?;
    let high = sorted.get(index + 1).copied().unwrap_or(low);
    Some(low + (high - low) * (place - below))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn near(found: f64, wanted: f64, tolerance: f64) {
        let off = (found - wanted).abs();
        assert!(off <= tolerance * wanted.abs().max(1.0), "{found} instead of {wanted}");
    }

    #[test]
    fn sums_keep_what_is_small() {
        let sum: Sum = [1.0, 1e100, 1.0, -1e100].into_iter().collect();
        near(sum.value(), 2.0, 0.0);
    }

    #[test]
    fn quantiles_are_those_of_pandas() {
        let days = [1.0, 2.0, 4.0, 8.0];
        for (at, wanted) in [(0.0, 1.0), (0.25, 1.75), (0.5, 3.0), (0.9, 6.8), (1.0, 8.0)] {
            near(quantile(&days, at).unwrap(), wanted, 1e-15);
        }
        assert_eq!(quantile(&[], 0.5), None);
    }
}
