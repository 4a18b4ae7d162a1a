//! Instants, zones and calendar periods. There is no clock here: instants come in as arguments.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::wire::{Reader, Wire, wire_enum, write_text};

/// A point in time, to the microsecond, between the years 0 and 9999.
///
/// Read from RFC 3339 text with an offset, or from a `chrono::DateTime`; written in UTC. Finer digits than
/// microseconds are cut off.
///
/// ```
/// use ikusei::Instant;
/// let at: Instant = "2026-05-01T09:00:00+09:00".parse()?;
/// assert_eq!(at.to_string(), "2026-05-01T00:00:00Z");
/// assert!("2026-05-01T09:00:00".parse::<Instant>().is_err(), "a zone is required");
/// # Ok::<(), ikusei::ParseInstantError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

/// Why a text is not an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseInstantError {
    /// Not a date and time of RFC 3339.
    Malformed,
    /// A date and time without a zone.
    NoZone,
}

/// Microseconds since 1970 of the first instant of year 0 and of the first one of year 10,000.
const RANGE: std::ops::Range<i64> = -62_167_219_200_000_000..253_402_300_800_000_000;

impl Instant {
    /// From microseconds since 1970-01-01T00:00:00Z; `None` outside the years 0 to 9999.
    #[must_use]
    pub fn from_micros(micros: i64) -> Option<Self> {
        RANGE.contains(&micros).then_some(Self(micros))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The same instant for `chrono`.
    #[must_use]
    pub fn to_datetime(self) -> DateTime<Utc> {
        // INVARIANT: the range above lies within that of chrono.
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }
}

impl From<DateTime<Utc>> for Instant {
    fn from(datetime: DateTime<Utc>) -> Self {
        Self(datetime.timestamp_micros().clamp(RANGE.start, RANGE.end - 1))
    }
}

impl FromStr for Instant {
    type Err = ParseInstantError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (local, zone) = date_time(text).ok_or(ParseInstantError::Malformed)?;
        if zone.is_empty() {
            return Err(ParseInstantError::NoZone);
        }
        let offset = match zone {
            "Z" | "z" => 0,
            _ if zone.len() == 6 && zone.contains(':') => {
                fixed_offset(zone).ok_or(ParseInstantError::Malformed)?
            }
            _ => return Err(ParseInstantError::Malformed),
        };
        Self::from_micros(local - i64::from(offset) * 1_000_000).ok_or(ParseInstantError::Malformed)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = civil(self.0);
        let (year, month, day) = (date.year(), date.month(), date.day());
        let (seconds, micros) = (time / 1_000_000, time % 1_000_000);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        match micros {
            0 => f.write_str("Z"),
            _ if micros % 1_000 == 0 => write!(f, ".{:03}Z", micros / 1_000),
            _ => write!(f, ".{micros:06}Z"),
        }
    }
}

impl fmt::Display for ParseInstantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Malformed => {
                "not an instant: write date, time and zone, such as `2026-05-01T09:00:00+09:00`"
            }
            Self::NoZone => "an instant without a zone: add one, such as `+09:00` or `Z`",
        })
    }
}

impl std::error::Error for ParseInstantError {}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InstantVisitor;

        impl de::Visitor<'_> for InstantVisitor {
            type Value = Instant;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an instant as RFC 3339 text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Instant, E> {
                text.parse().map_err(|error| E::custom(format_args!("`{text}` is {error}")))
            }
        }

        deserializer.deserialize_str(InstantVisitor)
    }
}

/// Midnight UTC of a calendar date written `YYYY-MM-DD`, which is how dates take part in expressions.
pub(crate) fn date_micros(text: &str) -> Option<i64> {
    let (micros, rest) = date(text)?;
    rest.is_empty().then_some(micros)
}

/// Date and time of RFC 3339 as microseconds of a wall clock that shows UTC, and the text that is left: the zone.
fn date_time(text: &str) -> Option<(i64, &str)> {
    let (date, rest) = date(text)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (hour, rest) = digits(rest, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, mut rest) = digits(rest.strip_prefix(':')?, 2)?;
    // The second 60 is a leap second: the first one of the next minute, as everywhere without leap seconds.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut micros = 0;
    if let Some(fraction) = rest.strip_prefix('.') {
        let end = fraction.find(|c: char| !c.is_ascii_digit()).unwrap_or(fraction.len());
        let (figures, after) = fraction.split_at_checked(end)?;
        if figures.is_empty() {
            return None;
        }
        let padded = figures.bytes().chain(std::iter::repeat(b'0')).take(6);
        micros = padded.fold(0, |micros, digit| micros * 10 + i64::from(digit - b'0'));
        rest = after;
    }
    Some((date + ((hour * 60 + minute) * 60 + second) * 1_000_000 + micros, rest))
}

/// `YYYY-MM-DD` at the beginning of a text as microseconds, and the rest of the text.
fn date(text: &str) -> Option<(i64, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (year, month, day) =
        (i32::try_from(year).ok()?, u32::try_from(month).ok()?, u32::try_from(day).ok()?);
    let days = NaiveDate::from_ymd_opt(year, month, day)?.num_days_from_ce() - UNIX_EPOCH_DAY;
    Some((i64::from(days) * DAY_MICROS, rest))
}

/// So many digits at the beginning of a text.
fn digits(text: &str, count: usize) -> Option<(i64, &str)> {
    let (digits, rest) = text.split_at_checked(count)?;
    let number = digits
        .bytes()
        .try_fold(0, |number, byte| byte.is_ascii_digit().then(|| number * 10 + i64::from(byte - b'0')))?;
    Some((number, rest))
}

const DAY_MICROS: i64 = 86_400_000_000;

/// 1970-01-01 in days of the common era.
const UNIX_EPOCH_DAY: i32 = 719_163;

/// Date and microseconds of the day.
fn civil(micros: i64) -> (NaiveDate, i64) {
    let day = i32::try_from(micros.div_euclid(DAY_MICROS)).unwrap_or(0).saturating_add(UNIX_EPOCH_DAY);
    (NaiveDate::from_num_days_from_ce_opt(day).unwrap_or_default(), micros.rem_euclid(DAY_MICROS))
}

/// A time zone of the playbook: where its days begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Zone {
    /// A fixed distance from UTC, in seconds. Asia/Tokyo is one (since 1951), so the slim browser build has it.
    Fixed(i32),
    /// A zone of the IANA database.
    #[cfg(feature = "zones")]
    Named(chrono_tz::Tz),
}

/// Why a zone name cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ZoneError {
    /// No such zone.
    #[cfg_attr(
        not(feature = "zones"),
        expect(dead_code, reason = "without the database every other name is unknown to the build")
    )]
    Unknown,
    /// This build has no zone database.
    #[cfg_attr(
        feature = "zones",
        expect(dead_code, reason = "with the database no name is unknown to the build")
    )]
    NotInThisBuild,
}

/// A calendar period that limits how often a rule counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Period {
    Hour,
    Day,
    Week,
    Month,
    Ever,
}

impl Zone {
    pub(crate) const UTC: Zone = Zone::Fixed(0);

    pub(crate) fn parse(name: &str) -> Result<Self, ZoneError> {
        match name {
            "UTC" | "Etc/UTC" | "Z" => return Ok(Self::UTC),
            "Asia/Tokyo" | "Japan" => return Ok(Self::Fixed(9 * 3_600)),
            _ => {}
        }
        if let Some(seconds) = fixed_offset(name) {
            return Ok(Self::Fixed(seconds));
        }
        #[cfg(feature = "zones")]
        return name.parse().map(Self::Named).map_err(|_| ZoneError::Unknown);
        #[cfg(not(feature = "zones"))]
        return Err(ZoneError::NotInThisBuild);
    }

    /// Local microseconds: what a clock on the wall shows, counted as if it were UTC.
    pub(crate) fn local_micros(self, micros: i64) -> i64 {
        let offset = match self {
            Self::Fixed(seconds) => i64::from(seconds),
            #[cfg(feature = "zones")]
            Self::Named(zone) => {
                use chrono::{Offset, TimeZone};
                let utc = DateTime::from_timestamp_micros(micros).unwrap_or_default().naive_utc();
                i64::from(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
            }
        };
        micros.saturating_add(offset * 1_000_000)
    }

    /// A number that is the same for two instants just if they fall into the same period of this zone.
    /// Weeks begin on Monday (ISO 8601).
    pub(crate) fn period(self, micros: i64, period: Period) -> i64 {
        let local = self.local_micros(micros);
        let day = local.div_euclid(DAY_MICROS);
        match period {
            Period::Hour => local.div_euclid(3_600_000_000),
            Period::Day => day,
            // 1970-01-01 was a Thursday: three days after a Monday.
            Period::Week => (day + 3).div_euclid(7),
            Period::Month => {
                let (date, _) = civil(local);
                i64::from(date.year()) * 12 + i64::from(date.month0())
            }
            Period::Ever => 0,
        }
    }
}

/// `+09:00` or `-0330` as seconds east of UTC.
fn fixed_offset(name: &str) -> Option<i32> {
    let (sign, rest) = match name.as_bytes().first()? {
        b'+' => (1, name.get(1..)?),
        b'-' => (-1, name.get(1..)?),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').or_else(|| rest.split_at_checked(2))?;
    if hours.len() != 2 || minutes.len() != 2 || !rest.bytes().all(|b| b.is_ascii_digit() || b == b':') {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Instant {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Instant".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time", "description": "an instant: RFC 3339 with a zone" })
    }
}

wire_enum!(Period { 0 => Hour, 1 => Day, 2 => Week, 3 => Month, 4 => Ever });

impl Wire for Zone {
    /// Its name, or its distance from UTC in seconds.
    fn write(&self, out: &mut String) {
        match self {
            Self::Fixed(seconds) => write_text(&seconds.to_string(), out),
            #[cfg(feature = "zones")]
            Self::Named(zone) => write_text(zone.name(), out),
        }
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let name = from.text()?;
        if let Ok(seconds) = name.parse() {
            return Some(Self::Fixed(seconds));
        }
        match Self::parse(name) {
            Ok(zone) => Some(zone),
            Err(_) => from.left_out(&format!("the time zone `{name}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn micros(text: &str) -> i64 {
        text.parse::<Instant>().unwrap().micros()
    }

    #[test]
    fn instants_read_and_print() {
        assert_eq!(
            "2026-05-01T09:00:00.1234567+09:00".parse::<Instant>().unwrap().to_string(),
            "2026-05-01T00:00:00.123456Z"
        );
        assert_eq!("2026-05-01T09:00:00".parse::<Instant>(), Err(ParseInstantError::NoZone));
        assert_eq!("2026-05-01".parse::<Instant>(), Err(ParseInstantError::Malformed));
        assert_eq!("yesterday".parse::<Instant>(), Err(ParseInstantError::Malformed));
        assert_eq!(date_micros("2026-05-01"), Some(micros("2026-05-01T00:00:00Z")));
        assert_eq!(date_micros("2026-02-30"), None);
        assert_eq!(date_micros("2026-5-1"), None);
        assert_eq!(date_micros("2026-05-01T00:00:00Z"), None);
    }

    /// The reader and the writer are ours for the browser's sake; `chrono` says what is right.
    #[test]
    fn texts_mean_what_chrono_says() {
        for text in [
            "2026-05-01T09:00:00+09:00",
            "2026-05-01t09:00:00.5z",
            "2026-05-01 09:00:00.123456789-00:00",
            "2024-02-29T23:59:60Z",
            "2023-02-29T00:00:00Z",
            "0000-01-01T00:00:00+23:59",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            "9999-12-31T23:59:59-00:01",
            "2026-05-01T24:00:00Z",
            "2026-05-01T09:60:00Z",
            "2026-05-01T09:00:61Z",
            "2026-05-01T09:00:00.Z",
            "2026-05-01T09:00:00+0900",
            "2026-05-01T09:00:00+09:60",
            "2026-05-01T09:00:00 +09:00",
            "2026-05-01T09:00Z",
            "2026-13-01T09:00:00Z",
            "+2026-05-01T09:00:00Z",
            "2026-05-01T09:00:00ZZ",
            "２０２６-05-01T09:00:00Z",
            "2026-05-01T09:00:00＋09:00",
            "",
        ] {
            let theirs = DateTime::parse_from_rfc3339(text).ok();
            let theirs = theirs.and_then(|datetime| Instant::from_micros(datetime.timestamp_micros()));
            assert_eq!(text.parse::<Instant>().ok(), theirs, "{text}");
        }
        let format = |at: Instant| at.to_datetime().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        let step = 7_777_777_777_777_i64;
        for micros in (RANGE.start..RANGE.end).step_by(usize::try_from(step).unwrap()) {
            for micros in [micros, micros - micros % 1_000, micros - micros % 1_000_000] {
                let Some(at) = Instant::from_micros(micros) else { continue };
                assert_eq!(at.to_string(), format(at));
                assert_eq!(at.to_string().parse(), Ok(at));
            }
        }
    }

    #[test]
    fn days_begin_in_the_zone() {
        let tokyo = Zone::parse("Asia/Tokyo").unwrap();
        let (before, after) = (micros("2026-05-01T14:59:59Z"), micros("2026-05-01T15:00:00Z"));
        assert_ne!(tokyo.period(before, Period::Day), tokyo.period(after, Period::Day));
        assert_eq!(Zone::UTC.period(before, Period::Day), Zone::UTC.period(after, Period::Day));
        assert_eq!(Zone::parse("+09:00"), Ok(tokyo));
        assert_eq!(Zone::parse("-0330"), Ok(Zone::Fixed(-12_600)));
        let (sunday, monday) = (micros("2026-05-03T12:00:00Z"), micros("2026-05-04T12:00:00Z"));
        assert_ne!(Zone::UTC.period(sunday, Period::Week), Zone::UTC.period(monday, Period::Week));
        assert_eq!(
            Zone::UTC.period(monday, Period::Week),
            Zone::UTC.period(micros("2026-05-10T23:59:59Z"), Period::Week)
        );
        assert_ne!(
            tokyo.period(micros("2026-04-30T14:59:59Z"), Period::Month),
            tokyo.period(micros("2026-04-30T15:00:00Z"), Period::Month)
        );
    }

    #[cfg(feature = "zones")]
    #[test]
    fn named_zones_know_daylight_saving() {
        let zone = Zone::parse("America/New_York").unwrap();
        assert_eq!(zone.local_micros(micros("2026-07-01T04:00:00Z")), micros("2026-07-01T00:00:00Z"));
        assert_eq!(zone.local_micros(micros("2026-01-01T05:00:00Z")), micros("2026-01-01T00:00:00Z"));
        assert_eq!(Zone::parse("Asia/Tokio"), Err(ZoneError::Unknown));
    }
}
