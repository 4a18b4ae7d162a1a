//! Instants, zones and calendar periods. There is no clock here: instants come in as arguments.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, SecondsFormat, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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
    /// 1970-01-01T00:00:00Z.
    pub(crate) const EPOCH: Instant = Instant(0);

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

    /// The last instant that there is.
    #[cfg(any(feature = "nurturing", feature = "trust"))]
    pub(crate) const LAST: Instant = Instant(RANGE.end - 1);

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
        match DateTime::parse_from_rfc3339(text) {
            Ok(datetime) => {
                Self::from_micros(datetime.timestamp_micros()).ok_or(ParseInstantError::Malformed)
            }
            Err(_) if DateTime::parse_from_rfc3339(&format!("{text}Z")).is_ok() => {
                Err(ParseInstantError::NoZone)
            }
            Err(_) => Err(ParseInstantError::Malformed),
        }
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_datetime().to_rfc3339_opts(SecondsFormat::AutoSi, true))
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
    if text.len() != 10 {
        return None;
    }
    let digits = |range: std::ops::Range<usize>| {
        text.get(range).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let (year, month, day) = (digits(0..4)?, digits(5..7)?, digits(8..10)?);
    if text.get(4..5)? != "-" || text.get(7..8)? != "-" {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)?;
    let micros = date.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros();
    RANGE.contains(&micros).then_some(micros)
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

    /// The first and the last instant at which a clock on the wall shows a time, given as local microseconds: two
    /// where it is set back. For a time that it skips, the instant at which it skips.
    #[cfg(any(feature = "analytics", feature = "nurturing", feature = "routing"))]
    pub(crate) fn instants(self, local: i64) -> (i64, i64) {
        match self {
            Self::Fixed(seconds) => {
                let at = local.saturating_sub(i64::from(seconds) * 1_000_000);
                (at, at)
            }
            #[cfg(feature = "zones")]
            Self::Named(zone) => {
                use chrono::{LocalResult, TimeZone};
                let naive = DateTime::from_timestamp_micros(local).unwrap_or_default().naive_utc();
                match zone.from_local_datetime(&naive) {
                    LocalResult::Single(at) => (at.timestamp_micros(), at.timestamp_micros()),
                    LocalResult::Ambiguous(a, b) => {
                        let (a, b) = (a.timestamp_micros(), b.timestamp_micros());
                        (a.min(b), a.max(b))
                    }
                    LocalResult::None => {
                        // INVARIANT: no zone is a day and three hours from UTC, so the skip lies in between.
                        let (mut before, mut after) = (local - 97_200_000_000, local + 97_200_000_000);
                        while after - before > 1 {
                            let middle = before + (after - before) / 2;
                            if self.local_micros(middle) < local { before = middle } else { after = middle }
                        }
                        (after, after)
                    }
                }
            }
        }
    }

    /// An instant on a clock of this zone, to the minute: `2026-05-01 09:00`.
    pub(crate) fn written(self, instant: Instant) -> String {
        let local = Instant::from_micros(self.local_micros(instant.micros())).unwrap_or(instant);
        let (date, time) = (local.to_datetime().date_naive(), local.to_datetime().time());
        format!("{date} {:02}:{:02}", time.hour(), time.minute())
    }

    /// A number that is the same for two instants just if they fall into the same period of this zone.
    /// Weeks begin on Monday (ISO 8601).
    pub(crate) fn period(self, micros: i64, period: Period) -> i64 {
        use chrono::Datelike;
        let local = self.local_micros(micros);
        let day = local.div_euclid(86_400_000_000);
        match period {
            Period::Hour => local.div_euclid(3_600_000_000),
            Period::Day => day,
            // 1970-01-01 was a Thursday: three days after a Monday.
            Period::Week => (day + 3).div_euclid(7),
            Period::Month => {
                let date = DateTime::from_timestamp_micros(local).unwrap_or_default();
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
        for odd in ["2026-5-1", "2026- 5- 1", "+2026-5-01", "2026-05-0a", "２０２６-5", "2026/05/01"] {
            assert_eq!(date_micros(odd), None, "{odd}");
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
