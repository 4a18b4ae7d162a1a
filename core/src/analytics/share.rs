//! Sharing a whole so that the parts add up to it exactly.

use rust_decimal::Decimal;

/// Shares `total` units by weight: whole units, by the method of largest remainders, which add up to the total.
/// Ties go to the first. Where no weight is above zero, nobody gets anything.
pub(crate) fn apportion(weights: &[f64], total: i128) -> Vec<i128> {
    let greatest = weights.iter().copied().filter(|weight| weight.is_finite()).fold(0.0, f64::max);
    // Weights as whole numbers of 2^50ths of the greatest (of 2^30ths where the total has very many digits, so that
    // products fit): from here on everything is exact.
    let fine = if total.unsigned_abs() < 1 << 76 { FINE } else { COARSE };
    let scaled: Vec<i128> = weights
        .iter()
        .map(|weight| if greatest > 0.0 && *weight > 0.0 { whole(weight / greatest * fine) } else { 0 })
        .collect();
    let sum: i128 = scaled.iter().sum();
    if sum == 0 {
        return vec![0; weights.len()];
    }
    // INVARIANT: below 2^126: a total is the mantissa of a decimal, below 2^96.
    let split = |part: &i128| {
        let product = part.saturating_mul(total);
        (product.div_euclid(sum), product.rem_euclid(sum))
    };
    let (mut parts, rests): (Vec<i128>, Vec<i128>) = scaled.iter().map(split).unzip();
    let mut order: Vec<usize> = (0..rests.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(rests.get(*index).copied().unwrap_or(0)));
    let left = total - parts.iter().sum::<i128>();
    for index in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        if let Some(part) = parts.get_mut(index) {
            *part += 1;
        }
    }
    parts
}

const FINE: f64 = 1_125_899_906_842_624.0;
const COARSE: f64 = 1_073_741_824.0;

#[expect(clippy::cast_possible_truncation, reason = "at most 2^50")]
fn whole(number: f64) -> i128 {
    number.round() as i128
}

/// Shares a decimal amount by weight, to so many digits behind the point, exactly.
pub(crate) fn share(weights: &[f64], total: Decimal, digits: u32) -> Vec<Decimal> {
    let digits = digits.max(total.normalize().scale()).min(28);
    let mut exact = total;
    exact.rescale(digits);
    let digits = exact.scale();
    apportion(weights, exact.mantissa())
        .into_iter()
        .map(|units| Decimal::try_from_i128_with_scale(units, digits).unwrap_or_default())
        .collect()
}

/// The digits behind the point that amounts of a currency have (ISO 4217).
pub(crate) fn minor_digits(currency: Option<&str>) -> u32 {
    match currency {
        Some("JPY" | "KRW" | "VND" | "CLP" | "ISK" | "PYG" | "UGX" | "XAF" | "XOF" | "XPF") => 0,
        Some("BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND") => 3,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thirds_of_a_yen_go_to_the_first() {
        assert_eq!(apportion(&[1.0, 1.0, 1.0], 100), [34, 33, 33]);
        assert_eq!(apportion(&[0.0, 0.0], 5), [0, 0]);
        assert_eq!(apportion(&[], 5), Vec::<i128>::new());
        assert_eq!(
            share(&[2.0, 1.0], "10".parse().unwrap(), 2),
            ["6.67".parse().unwrap(), "3.33".parse().unwrap()]
        );
    }

    proptest! {
        #[test]
        fn parts_add_up(weights in prop::collection::vec(0.0_f64..1e9, 1..40), total in -1_000_000_000_000_i64..1_000_000_000_000) {
            let parts = apportion(&weights, i128::from(total));
            let wanted = if weights.iter().any(|weight| *weight > 0.0) { i128::from(total) } else { 0 };
            prop_assert_eq!(parts.iter().sum::<i128>(), wanted);
            let sum: f64 = weights.iter().sum();
            for (part, weight) in parts.iter().zip(&weights) {
                if sum > 0.0 {
                    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
                    let fair = weight / sum * total as f64;
                    #[expect(clippy::cast_precision_loss, reason = "below 2^53")]
                    let off = (*part as f64 - fair).abs();
                    prop_assert!(off <= 1.0 + fair.abs() * 1e-12 + 1e-2, "{part} for {fair}");
                }
            }
        }
    }
}
