//! Decay as a table of integer weights: no floating point, so every platform reckons the same.

use std::sync::LazyLock;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::duration::Duration;
use crate::base::points::{MILLION, divide_rounded};
use crate::scoring::policy::DecayPolicy;

/// Weights in millionths by whole elapsed steps, none above the one before it; beyond the table nothing is left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decay {
    /// Microseconds in one step.
    step: i64,
    weights: Box<[u32]>,
}

/// The weight of an activity that does not fade.
pub(crate) const FULL: u32 = 1_000_000;

/// More steps than this are refused: the step is too short for the time it covers.
const MAX_STEPS: i64 = 100_000;

impl Decay {
    /// The table of a policy. `within` bounds its length: older activities do not count at all.
    pub(crate) fn compile(
        policy: &DecayPolicy,
        within: Option<Duration>,
        path: &str,
    ) -> Result<Self, Vec<Diagnostic>> {
        let shape = Shape::of(policy).map_err(|diagnostic| vec![diagnostic.at(path)])?;
        let step = match shape {
            Shape::Every(every, _) => every,
            Shape::HalfLife(_) | Shape::Linear(_) => policy.step.unwrap_or(Duration::DAY),
        };
        if step.seconds() == 0 {
            return Err(vec![
                bad("a step of decay cannot be nothing")
                    .with_help("give a time above zero, such as `1d`")
                    .at(path),
            ]);
        }
        let whole = |time: Duration| {
            time.seconds() / step.seconds() + i64::from(time.seconds() % step.seconds() != 0)
        };
        // A half-life's weight is below half a millionth, and so zero, from the 21st half-life on.
        let natural = match shape {
            Shape::HalfLife(half_life) => whole(half_life).saturating_mul(22),
            Shape::Linear(linear) => whole(linear),
            Shape::Every(..) => MAX_STEPS,
        };
        let steps = within.map_or(natural, |within| natural.min(whole(within)));
        if steps > MAX_STEPS {
            let help = format!("use a longer `step`: at most {MAX_STEPS} steps fit");
            return Err(vec![
                bad("the step is too short for the time that the decay covers").with_help(help).at(path),
            ]);
        }
        let mut weights = Vec::new();
        let mut left = ONE;
        for number in 0..steps {
            let weight = match shape {
                Shape::HalfLife(half_life) => half_life_weight(number, step, half_life),
                Shape::Linear(linear) => {
                    let gone = number.saturating_mul(step.seconds()).min(linear.seconds());
                    let rest = i128::from(linear.seconds() - gone);
                    divide_rounded(rest * i128::from(MILLION), i128::from(linear.seconds()))
                }
                Shape::Every(_, loss) => {
                    let weight = divide_rounded(left, ONE / i128::from(MILLION));
                    left = divide_rounded(left * i128::from(MILLION - loss), i128::from(MILLION));
                    weight
                }
            };
            if weight == 0 {
                break;
            }
            let before = weights.last().copied().unwrap_or(FULL);
            weights.push(before.min(u32::try_from(weight).unwrap_or(0)));
        }
        Ok(Self { step: step.micros(), weights: weights.into_boxed_slice() })
    }

    /// The weight in millionths at an age in microseconds.
    pub(crate) fn weight(&self, age: i64) -> u32 {
        usize::try_from(age / self.step).ok().and_then(|index| self.weights.get(index)).copied().unwrap_or(0)
    }

    /// How long one step is, in microseconds: a weight holds for all of it.
    #[cfg(feature = "arrow")]
    pub(crate) fn step(&self) -> i64 {
        self.step
    }

    /// The age in microseconds at which the next step begins; none when all are done.
    #[cfg(any(feature = "nurturing", feature = "trust"))]
    pub(crate) fn next_step(&self, age: i64) -> Option<i64> {
        let next = (age / self.step).saturating_add(1).saturating_mul(self.step);
        (next <= self.end()).then_some(next)
    }

    /// The age in microseconds from which nothing is left.
    pub(crate) fn end(&self) -> i64 {
        i64::try_from(self.weights.len()).unwrap_or(i64::MAX).saturating_mul(self.step)
    }
}

/// The three forms of decay.
#[derive(Clone, Copy)]
enum Shape {
    HalfLife(Duration),
    Linear(Duration),
    /// Each such time loses so many millionths of what is left.
    Every(Duration, i64),
}

impl Shape {
    fn of(policy: &DecayPolicy) -> Result<Self, Diagnostic> {
        let shape = match (policy.half_life, policy.linear, policy.every, &policy.by) {
            (Some(half_life), None, None, None) => Self::HalfLife(half_life),
            (None, Some(linear), None, None) => Self::Linear(linear),
            (None, None, Some(every), Some(by)) => {
                if policy.step.is_some() {
                    return Err(bad("`step` does not go with `every`, which is its own step")
                        .with_help("leave `step` out"));
                }
                let loss = percentage(by).ok_or_else(|| {
                    Diagnostic::error(Code::BadScalar, format!("`{by}` is not a share to lose"))
                        .with_help("write a percentage above 0% and up to 100%, such as `50%`")
                })?;
                Self::Every(every, loss)
            }
            _ => {
                return Err(bad("a decay takes one form")
                    .with_help("give `half_life: 30d`, or `linear: 90d`, or `every: 30d` with `by: 50%`"));
            }
        };
        match shape {
            Self::HalfLife(time) | Self::Linear(time) | Self::Every(time, _) if time.seconds() == 0 => {
                Err(bad("a decay over no time leaves nothing").with_help("give a time above zero"))
            }
            shape => Ok(shape),
        }
    }
}

fn bad(message: &str) -> Diagnostic {
    Diagnostic::error(Code::KeyCombination, message)
}

/// `12.5%` as millionths; above nothing and at most the whole.
fn percentage(text: &str) -> Option<i64> {
    let hundredths: crate::Points = text.strip_suffix('%')?.trim_end().parse().ok()?;
    // Points count in millionths; a percent is a hundredth.
    let millionths = hundredths.millionths() / 100;
    (hundredths.millionths() % 100 == 0 && millionths > 0 && millionths <= MILLION).then_some(millionths)
}

/// Stepwise decay keeps eighteen digits between its steps and rounds each weight once.
const ONE: i128 = 1_000_000_000_000_000_000;

/// `2^-(number * step / half_life)` in millionths, rounded half away from zero.
fn half_life_weight(number: i64, step: Duration, half_life: Duration) -> i128 {
    let elapsed = i128::from(number) * i128::from(step.seconds());
    let half_life = i128::from(half_life.seconds());
    let (halvings, rest) = (elapsed / half_life, elapsed % half_life);
    if halvings > 40 {
        return 0;
    }
    // The fraction of a halving, in units of 2^-62.
    let fraction = (rest << SCALE) / half_life;
    let mut power: u128 = 1 << SCALE;
    for (bit, root) in (0..SCALE).rev().zip(*ROOTS) {
        if fraction >> bit & 1 == 1 {
            power = (power * root) >> SCALE;
        }
    }
    let scaled = i128::try_from(power).unwrap_or(0) * i128::from(MILLION);
    divide_rounded(scaled, 1_i128 << (i128::from(SCALE) + halvings))
}

/// `2^-(2^-k)` for k = 1, 2, ... in units of 2^-62: each the square root of the one before. They take longer than all weights.
static ROOTS: LazyLock<[u128; SCALE as usize]> = LazyLock::new(|| {
    let mut root: u128 = 1 << (SCALE - 1);
    std::array::from_fn(|_| {
        root = (root << SCALE).isqrt();
        root
    })
});

/// Binary digits behind the point.
const SCALE: u32 = 62;

#[cfg(test)]
mod tests {
    use super::*;

    fn table(policy: &str, within: Option<&str>) -> Result<Decay, Vec<Diagnostic>> {
        let policy: DecayPolicy = serde_json::from_str(policy).unwrap();
        Decay::compile(&policy, within.map(|text| text.parse().unwrap()), "/decay")
    }

    #[test]
    fn half_lives_match_the_formula_to_the_last_millionth() {
        let decay = table(r#"{"half_life":"30d"}"#, None).unwrap();
        for (policy, step, half_life) in [
            (r#"{"half_life":"30d"}"#, 24.0, 720.0),
            (r#"{"half_life":"9h","step":"1h"}"#, 1.0, 9.0),
            (r#"{"half_life":"7d","step":"5h"}"#, 5.0, 168.0),
            (r#"{"half_life":"1d","step":"3d"}"#, 72.0, 24.0),
        ] {
            for (number, weight) in table(policy, None).unwrap().weights.iter().enumerate() {
                let expected = (1e6 * (-(number as f64) * step / half_life).exp2()).round();
                assert_eq!(weight.to_string(), expected.to_string(), "{policy}: step {number}");
            }
        }
        assert_eq!(decay.weight(30 * 86_400_000_000), 500_000);
        assert_eq!(decay.weight(30 * 86_400_000_000 - 1), decay.weights[29]);
        assert!((600..=660).contains(&decay.weights.len()));
    }

    #[test]
    fn linear_reaches_zero_at_its_end() {
        let decay = table(r#"{"linear":"4d"}"#, None).unwrap();
        assert_eq!(*decay.weights, [1_000_000, 750_000, 500_000, 250_000]);
        assert_eq!(decay.end(), 4 * 86_400_000_000);
        assert_eq!(table(r#"{"linear":"36h"}"#, None).unwrap().weights.as_ref(), [1_000_000, 333_333]);
    }

    #[test]
    fn steps_lose_a_share_of_what_is_left() {
        let decay = table(r#"{"every":"30d","by":"50%"}"#, Some("90d")).unwrap();
        assert_eq!(*decay.weights, [1_000_000, 500_000, 250_000]);
        let thirds = table(r#"{"every":"1d","by":"33.3333%"}"#, Some("3d")).unwrap();
        assert_eq!(*thirds.weights, [1_000_000, 666_667, 444_445]);
        assert_eq!(table(r#"{"every":"7d","by":"100%"}"#, None).unwrap().weights.as_ref(), [1_000_000]);
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [
            r#"{}"#,
            r#"{"half_life":"30d","linear":"3d"}"#,
            r#"{"half_life":"0s"}"#,
            r#"{"linear":"0s"}"#,
            r#"{"every":"30d"}"#,
            r#"{"every":"30d","by":"0%"}"#,
            r#"{"every":"30d","by":"101%"}"#,
            r#"{"every":"30d","by":"half"}"#,
            r#"{"every":"30d","by":"50%","step":"1d"}"#,
            r#"{"half_life":"30d","step":"0s"}"#,
            r#"{"half_life":"365d","step":"1s"}"#,
        ] {
            assert!(table(bad, None).is_err(), "{bad}");
        }
    }
}
