//! Normal, beta and chi-square distributions.

/// The chance that a standard normal number exceeds `z`.
pub(crate) fn normal_tail(z: f64) -> f64 {
    0.5 * libm::erfc(z / std::f64::consts::SQRT_2)
}

/// The number that a standard normal one stays below with chance `p`: algorithm AS 241 (PPND16) of Wichura, Applied
/// Statistics 37 (1988), good to about 16 digits.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    let poly = |numbers: &[f64], x: f64| numbers.iter().rev().fold(0.0, |sum, number| sum * x + number);
    if p <= 0.0 || p >= 1.0 || p.is_nan() {
        return if p <= 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * poly(&A, r) / poly(&B, r);
    }
    let r = libm::sqrt(-libm::log(if q < 0.0 { p } else { 1.0 - p }));
    let z =
        if r <= 5.0 { poly(&C, r - 1.6) / poly(&D, r - 1.6) } else { poly(&E, r - 5.0) / poly(&F, r - 5.0) };
    if q < 0.0 { -z } else { z }
}

const A: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const B: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_659_7e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_854e3,
];
const C: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const D: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const E: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const F: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

/// The logarithm of the beta function.
pub(crate) fn log_beta(a: f64, b: f64) -> f64 {
    libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b)
}

/// The chance that a beta number of parameters `a` and `b` stays below `x`: the regularised incomplete beta function
/// by its continued fraction (DLMF 8.17.22, evaluated after Lentz).
pub(crate) fn beta_below(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = libm::exp(a * libm::log(x) + b * libm::log1p(-x) - log_beta(a, b));
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    }
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    let least = |number: f64| if number.abs() < 1e-300 { 1e-300 } else { number };
    let mut c = 1.0;
    let mut d = 1.0 / least(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for step in 1..20_000_u32 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / least(1.0 + term * d);
            c = least(1.0 + term / c);
            fraction *= c * d;
            change = c * d;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

/// The chance that one beta number exceeds all others: by Simpson's rule over the range where it can be.
pub(crate) fn best_of_betas(parameters: &[(f64, f64)]) -> Vec<f64> {
    // Even steps in the quantile-like variable between the far ends of all of them.
    let end = |(a, b): &(f64, f64)| {
        let mean = a / (a + b);
        let spread = libm::sqrt(a * b / ((a + b) * (a + b) * (a + b + 1.0)));
        ((mean - 12.0 * spread).max(0.0), (mean + 12.0 * spread).min(1.0))
    };
    let chance = |index: usize, (a, b): &(f64, f64)| {
        let (low, high) = end(&(*a, *b));
        let scale = log_beta(*a, *b);
        let steps = 2_000_u32;
        let width = (high - low) / f64::from(steps);
        let mut sum = super::Sum::default();
        for step in 0..=steps {
            let x = low + width * f64::from(step);
            if x <= 0.0 || x >= 1.0 {
                continue;
            }
            let density = libm::exp((a - 1.0) * libm::log(x) + (b - 1.0) * libm::log1p(-x) - scale);
            let others = parameters.iter().enumerate().filter(|(other, _)| *other != index);
            let beaten: f64 = others.map(|(_, (a, b))| beta_below(x, *a, *b)).product();
            let weight = if step == 0 || step == steps {
                1.0
            } else if step % 2 == 1 {
                4.0
            } else {
                2.0
            };
            sum.add(weight * density * beaten);
        }
        sum.value() * width / 3.0
    };
    let chances: Vec<f64> = parameters.iter().enumerate().map(|(index, beta)| chance(index, beta)).collect();
    let total: f64 = chances.iter().sum();
    if total > 0.0 { chances.iter().map(|chance| chance / total).collect() } else { chances }
}

/// The chance that a chi-square number of so many degrees of freedom exceeds `x`: the incomplete gamma function by
/// its series or continued fraction (DLMF 8.11.4 and 8.9.2).
pub(crate) fn chi_square_tail(x: f64, freedom: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let (a, x) = (freedom / 2.0, x / 2.0);
    let front = libm::exp(a * libm::log(x) - x - libm::lgamma(a));
    if x < a + 1.0 {
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        while term > sum * 1e-17 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        return 1.0 - front * sum;
    }
    let (mut b, mut c) = (x + 1.0 - a, 1e300);
    let mut d = 1.0 / b;
    let mut fraction = d;
    for step in 1..10_000_u32 {
        let i = f64::from(step);
        let term = -i * (i - a);
        b += 2.0;
        d = 1.0 / (term * d + b);
        c = b + term / c;
        fraction *= c * d;
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front * fraction
}

#[cfg(test)]
mod tests {
    use super::super::tests::near;
    use super::*;

    #[test]
    fn normal_numbers_are_those_of_scipy() {
        near(normal_quantile(0.975), 1.959_963_984_540_054, 1e-15);
        near(normal_quantile(0.5), 0.0, 0.0);
        near(normal_quantile(1e-10), -6.361_340_902_404_056, 1e-14);
        near(normal_tail(1.959_963_984_540_054), 0.025, 1e-15);
        near(normal_quantile(0.999), 3.090_232_306_167_813_6, 1e-15);
    }

    #[test]
    fn beta_numbers_are_those_of_closed_forms() {
        // Parameters 1 and 1: the even distribution; 2 and 1: a square; 2 and 2: 3 x^2 - 2 x^3.
        near(beta_below(0.3, 1.0, 1.0), 0.3, 1e-14);
        near(beta_below(0.3, 2.0, 1.0), 0.09, 1e-14);
        near(beta_below(0.3, 2.0, 2.0), 3.0 * 0.09 - 2.0 * 0.027, 1e-14);
        near(beta_below(0.3, 5.0, 3.0) + beta_below(0.7, 3.0, 5.0), 1.0, 1e-14);
    }

    #[test]
    fn the_best_of_two_betas_is_evan_millers_sum() {
        // P(B > A) = sum over i < b's successes of B(a1 + i, b1 + b2) / ((b2 + i) B(1 + i, b2) B(a1, b1)).
        let ((a1, b1), (a2, b2)) = ((13.0, 89.0), (21.0, 81.0));
        let terms = (0..21_u32).map(|i| {
            let i = f64::from(i);
            libm::exp(
                log_beta(a1 + i, b1 + b2) - libm::log(b2 + i) - log_beta(1.0 + i, b2) - log_beta(a1, b1),
            )
        });
        let wanted: f64 = terms.sum();
        let chances = best_of_betas(&[(a1, b1), (a2, b2)]);
        near(chances[1], wanted, 1e-9);
        near(chances[0], 1.0 - wanted, 1e-9);
    }

    #[test]
    fn chi_square_tails_are_those_of_closed_forms() {
        near(chi_square_tail(3.841_458_820_694_124, 1.0), 0.05, 1e-13);
        // Two degrees of freedom: an exponential.
        near(chi_square_tail(5.0, 2.0), libm::exp(-2.5), 1e-14);
        near(chi_square_tail(0.5, 2.0), libm::exp(-0.25), 1e-14);
    }
}
