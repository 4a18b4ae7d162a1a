//! Texts into durations and instants, and values between types: what `duration(...)`, `int(...)` and so on do.

use std::fmt::Write as _;

use super::node::TimePart;
use super::value::Value;
use crate::base::float;
use crate::base::time::{Instant, Zone, date_micros};

const SECOND: i64 = 1_000_000;

/// The first instant of year 1 and the last one of year 9999: the range of timestamps in CEL.
const FIRST: i64 = -62_135_596_800 * SECOND;
const LAST: i64 = 253_402_300_800 * SECOND - 1;

/// The longest duration of CEL, some ten thousand years.
const LONGEST: i64 = 315_576_000_000 * SECOND;

pub(super) fn time_in_range(micros: i64) -> Option<i64> {
    (FIRST..=LAST).contains(&micros).then_some(micros)
}

pub(super) fn duration_in_range(micros: i64) -> Option<i64> {
    (-LONGEST..=LONGEST).contains(&micros).then_some(micros)
}

pub(super) fn timestamp(text: &str) -> Option<i64> {
    text.parse::<Instant>().ok().and_then(|instant| time_in_range(instant.micros()))
}

pub(super) fn date(text: &str) -> Option<i64> {
    date_micros(text).and_then(time_in_range)
}

/// `30d`, `72h30m`, `1.5h`, `-90s`, `250ms`: numbers with units, in microseconds. Finer digits are cut off.
pub(super) fn duration(text: &str) -> Option<i64> {
    const UNITS: [(&str, i128); 9] = [
        ("ms", 1_000_000),
        ("us", 1_000),
        ("µs", 1_000),
        ("ns", 1),
        ("w", 604_800_000_000_000),
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
    ];
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() || rest.len() > 100 {
        return None;
    }
    let mut nanos: i128 = 0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at_checked(end)?;
        let (unit, size) = UNITS.iter().find(|(unit, _)| tail.starts_with(unit))?;
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || whole.len() > 18 || fraction.contains('.') {
            return None;
        }
        // At most 18 digits times a unit below 1e15: far from the end of an i128.
        let mut part = if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()? } * size;
        let mut place = *size;
        for digit in fraction.bytes() {
            place /= 10;
            part += i128::from(digit - b'0') * place;
        }
        nanos += part;
        rest = tail.get(unit.len()..)?;
    }
    i64::try_from(sign * nanos / 1_000).ok().and_then(duration_in_range)
}

/// Seconds with as many decimals as there are, as CEL writes durations: `3600s`, `-0.25s`.
pub(super) fn duration_text(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let magnitude = micros.unsigned_abs();
    let (seconds, rest) = (magnitude / SECOND.unsigned_abs(), magnitude % SECOND.unsigned_abs());
    let mut text = format!("{sign}{seconds}");
    if rest != 0 {
        let decimals = format!("{rest:06}");
        let _ = write!(text, ".{}", decimals.trim_end_matches('0'));
    }
    text.push('s');
    text
}

/// A whole number; nothing for what is beyond the range or not a number.
pub(super) fn int(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Int(value) => Some(*value),
        Value::Double(value) => {
            let inside = *value > -9_223_372_036_854_775_808.0 && *value < 9_223_372_036_854_775_808.0;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "cut off towards zero, within the range of i64"
            )]
            inside.then_some(*value as i64)
        }
        Value::Text(text) => text.parse().ok(),
        Value::Time(micros) => Some(micros.div_euclid(SECOND)),
        Value::Duration(micros) => Some(micros / SECOND),
        _ => None,
    }
}

/// A number; nothing for what is not one.
pub(super) fn double(value: &Value<'_>) -> Option<f64> {
    match value {
        #[expect(clippy::cast_precision_loss, reason = "what was asked for: the nearest float")]
        Value::Int(value) => Some(*value as f64),
        Value::Double(value) => Some(*value),
        Value::Text(text) => float::parse(text),
        _ => None,
    }
}

pub(super) fn text(value: &Value<'_>) -> Option<String> {
    Some(match value {
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Double(value) => double_text(*value),
        Value::Text(text) => text.clone().into_owned(),
        Value::Time(micros) => Instant::from_micros(*micros)?.to_string(),
        Value::Duration(micros) => duration_text(*micros),
        _ => return None,
    })
}

/// As few digits as tell it from every other number; with an exponent where the plain form would be long.
fn double_text(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e21).contains(&size) { format!("{value:e}") } else { value.to_string() }
}

pub(super) fn bool(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::Text(text) => match text.as_ref() {
            "true" | "True" | "TRUE" | "t" | "1" => Some(true),
            "false" | "False" | "FALSE" | "f" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A part of an instant on a clock of the zone; months, days of the month, the week and the year count from 0
/// as in CEL, `getDate` from 1.
pub(super) fn part(micros: i64, zone: Zone, part: TimePart) -> Option<i64> {
    use chrono::{DateTime, Datelike, Timelike};
    let local = DateTime::from_timestamp_micros(zone.local_micros(micros))?;
    let number = match part {
        TimePart::FullYear => return Some(i64::from(local.year())),
        TimePart::Month => local.month0(),
        TimePart::DayOfMonth => local.day0(),
        TimePart::Date => local.day(),
        TimePart::DayOfWeek => local.weekday().num_days_from_sunday(),
        TimePart::DayOfYear => local.ordinal0(),
        TimePart::Hours => local.hour(),
        TimePart::Minutes => local.minute(),
        TimePart::Seconds => local.second(),
        TimePart::Milliseconds => local.timestamp_subsec_millis(),
    };
    Some(i64::from(number))
}

/// The same of a duration: all of it in hours, minutes or seconds; for milliseconds those of the last second.
pub(super) fn duration_part(micros: i64, part: TimePart) -> Option<i64> {
    Some(match part {
        TimePart::Hours => micros / (3_600 * SECOND),
        TimePart::Minutes => micros / (60 * SECOND),
        TimePart::Seconds => micros / SECOND,
        TimePart::Milliseconds => micros % SECOND / 1_000,
        _ => return None,
    })
}
