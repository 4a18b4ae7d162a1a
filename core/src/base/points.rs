//! Points: fixed-point numbers with six decimals, so that sums do not depend on their order.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::wire::{Reader, Wire};

/// A number of points, held as whole millionths in an `i64`.
///
/// The range is plus or minus nine thousand million points, so that every value survives a JSON number in
/// every language. Arithmetic is checked: what does not fit is an error, never a wrap.
///
/// ```
/// use ikusei::Points;
/// let points: Points = "12.5".parse()?;
/// assert_eq!(points.millionths(), 12_500_000);
/// assert_eq!(points.to_string(), "12.5");
/// assert!("0.1234567".parse::<Points>().is_err(), "at most six decimals");
/// # Ok::<(), ikusei::ParsePointsError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Points(i64);

/// Why a text is not a number of points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParsePointsError {
    /// Not a decimal number.
    Malformed,
    /// More than six decimals.
    TooPrecise,
    /// Beyond [`Points::MAX`].
    OutOfRange,
}

/// Millionths in one point.
pub(crate) const MILLION: i64 = 1_000_000;

impl Points {
    /// No points.
    pub const ZERO: Points = Points(0);
    /// The largest number of points.
    pub const MAX: Points = Points(9_000_000_000 * MILLION);
    /// The smallest number of points.
    pub const MIN: Points = Points(-9_000_000_000 * MILLION);

    /// From whole millionths; `None` beyond the range.
    #[must_use]
    pub const fn from_millionths(millionths: i64) -> Option<Self> {
        if millionths > Self::MAX.0 || millionths < Self::MIN.0 { None } else { Some(Self(millionths)) }
    }

    pub(crate) fn from_wide(millionths: i128) -> Option<Self> {
        i64::try_from(millionths).ok().and_then(Self::from_millionths)
    }

    /// From a whole number of points; `None` beyond the range.
    #[must_use]
    pub const fn from_whole(points: i64) -> Option<Self> {
        match points.checked_mul(MILLION) {
            Some(millionths) => Self::from_millionths(millionths),
            None => None,
        }
    }

    /// From a floating-point number, rounded once to millionths, half away from zero; `None` beyond the range
    /// and for what is not a number.
    #[must_use]
    pub fn from_f64(number: f64) -> Option<Self> {
        let millionths = (number * 1_000_000.0).round();
        if millionths.is_nan() || millionths.abs() > 9e15 {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "whole and within plus or minus 9e15")]
        Self::from_millionths(millionths as i64)
    }

    /// The whole millionths.
    #[must_use]
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// The number of points as a float: for charts and statistics, never for decisions.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "within 2^53")]
        let wide = self.0 as f64;
        wide / 1_000_000.0
    }

    /// The sum, or `None` beyond the range.
    #[must_use]
    pub const fn checked_add(self, other: Points) -> Option<Points> {
        match self.0.checked_add(other.0) {
            Some(sum) => Self::from_millionths(sum),
            None => None,
        }
    }

    /// The difference, or `None` beyond the range.
    #[must_use]
    pub const fn checked_sub(self, other: Points) -> Option<Points> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Self::from_millionths(difference),
            None => None,
        }
    }

    /// These points at a weight in millionths: `points * weight / 1_000_000`, rounded half away from zero.
    ///
    /// A weight lies between nothing and one million, so the result cannot leave the range.
    #[must_use]
    pub(crate) fn weighted(self, weight: u32) -> Points {
        if i64::from(weight) == MILLION {
            return self;
        }
        // Most products fit 64 bits, where dividing by a constant is a multiplication.
        if let Some(product) = self.0.checked_mul(i64::from(weight)) {
            let half = if product < 0 { -(MILLION / 2) } else { MILLION / 2 };
            if let Some(product) = product.checked_add(half) {
                return Points(product / MILLION);
            }
        }
        Self::from_wide(divide_rounded(i128::from(self.0) * i128::from(weight), i128::from(MILLION)))
            .unwrap_or(self)
    }

    /// True below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The number without its sign.
    #[must_use]
    pub const fn abs(self) -> Points {
        Points(self.0.abs())
    }
}

impl std::ops::Neg for Points {
    type Output = Points;

    fn neg(self) -> Points {
        // INVARIANT: the range is symmetric, so a negation stays in it.
        Points(-self.0)
    }
}

/// `numerator / denominator` rounded half away from zero; the denominator is positive.
pub(crate) fn divide_rounded(numerator: i128, denominator: i128) -> i128 {
    let half = denominator / 2;
    if numerator >= 0 { (numerator + half) / denominator } else { (numerator - half) / denominator }
}

impl fmt::Display for Points {
    /// As few decimals as the value needs: `20`, `12.5`, `-0.000001`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        let million = MILLION.unsigned_abs();
        let (whole, rest) = (magnitude / million, magnitude % million);
        let text = if rest == 0 {
            format!("{sign}{whole}")
        } else {
            let decimals = format!("{rest:06}");
            format!("{sign}{whole}.{}", decimals.trim_end_matches('0'))
        };
        f.write_str(&text)
    }
}

impl FromStr for Points {
    type Err = ParsePointsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, text.get(1..).unwrap_or("")),
            Some(b'+') => (false, text.get(1..).unwrap_or("")),
            _ => (false, text),
        };
        let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
        let decimals = decimals.trim_end_matches('0');
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if (whole.is_empty() && decimals.is_empty()) || !all_digits(whole) || !all_digits(decimals) {
            return Err(ParsePointsError::Malformed);
        }
        if decimals.len() > 6 {
            return Err(ParsePointsError::TooPrecise);
        }
        let mut magnitude: i128 = 0;
        for byte in whole.bytes().chain(decimals.bytes().chain(std::iter::repeat(b'0')).take(6)) {
            magnitude = magnitude * 10 + i128::from(byte - b'0');
            if magnitude > i128::from(Self::MAX.0) {
                return Err(ParsePointsError::OutOfRange);
            }
        }
        Self::from_wide(if negative { -magnitude } else { magnitude }).ok_or(ParsePointsError::OutOfRange)
    }
}

impl fmt::Display for ParsePointsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => "not a number of points",
            Self::TooPrecise => "points take at most six decimals",
            Self::OutOfRange => "points lie between -9000000000 and 9000000000",
        })
    }
}

impl std::error::Error for ParsePointsError {}

impl Serialize for Points {
    /// A JSON number: whole where it is whole, so that `20` stays `20`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % MILLION == 0 {
            serializer.serialize_i64(self.0 / MILLION)
        } else {
            serializer.serialize_f64(self.to_f64())
        }
    }
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PointsVisitor)
    }
}

struct PointsVisitor;

impl Visitor<'_> for PointsVisitor {
    type Value = Points;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of points")
    }

    fn visit_i64<E: de::Error>(self, whole: i64) -> Result<Points, E> {
        Points::from_whole(whole).ok_or_else(|| E::custom(ParsePointsError::OutOfRange))
    }

    fn visit_u64<E: de::Error>(self, whole: u64) -> Result<Points, E> {
        let points = i64::try_from(whole).ok().and_then(Points::from_whole);
        points.ok_or_else(|| E::custom(ParsePointsError::OutOfRange))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Points, E> {
        // The shortest decimal that reads back as this float is what the author wrote.
        number.to_string().parse().map_err(E::custom)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Points {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Points".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "number", "minimum": -9_000_000_000_i64, "maximum": 9_000_000_000_i64,
            "description": "points, with at most six decimals"
        })
    }
}

impl Wire for Points {
    fn write(&self, out: &mut String) {
        self.0.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Self::from_millionths(from.number()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_round_trips_and_limits_hold() {
        for text in ["0", "20", "12.5", "-0.000001", "9000000000", "-9000000000"] {
            assert_eq!(text.parse::<Points>().map(|points| points.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(".5".parse::<Points>().map(Points::millionths), Ok(500_000));
        assert_eq!("+1.500000000".parse::<Points>().map(Points::millionths), Ok(1_500_000));
        assert_eq!("1.2345678".parse::<Points>(), Err(ParsePointsError::TooPrecise));
        assert_eq!("9000000000.000001".parse::<Points>(), Err(ParsePointsError::OutOfRange));
        assert_eq!("1".repeat(400).parse::<Points>(), Err(ParsePointsError::OutOfRange));
        for bad in ["", "-", ".", "1e3", "１", "0x1", "1 ", "--1"] {
            assert_eq!(bad.parse::<Points>(), Err(ParsePointsError::Malformed), "{bad}");
        }
    }

    #[test]
    fn weights_round_half_away_from_zero() {
        let half = Points(1).weighted(500_000);
        assert_eq!((half, Points(-1).weighted(500_000)), (Points(1), Points(-1)));
        assert_eq!(Points(1).weighted(499_999), Points::ZERO);
        assert_eq!(Points(10 * MILLION).weighted(707_107), Points(7_071_070));
    }

    #[test]
    fn floats_enter_by_one_rounding() {
        assert_eq!(Points::from_f64(0.1), Some(Points(100_000)));
        assert_eq!(Points::from_f64(-2.5e-7), Some(Points(0)));
        assert_eq!(Points::from_f64(f64::NAN), None);
        assert_eq!(Points::from_f64(1e10), None);
    }
}
