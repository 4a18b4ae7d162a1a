//! Days, times of day and holidays as a calendar on the wall has them; with `opening` when leads may be contacted, and
//! with `business` when somebody works.

#[cfg(feature = "routing")]
pub(crate) mod business;
mod holidays;
#[cfg(feature = "holidays")]
mod japan;
#[cfg(feature = "nurturing")]
mod opening;

use std::fmt;
use std::str::FromStr;

#[cfg(any(feature = "nurturing", feature = "holidays"))]
use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub(crate) use holidays::Holidays;
#[cfg(feature = "nurturing")]
pub(crate) use opening::{Closed, Opening, Stretch};

/// Microseconds.
pub(crate) const MINUTE: i64 = 60_000_000;
/// Microseconds.
pub(crate) const DAY: i64 = 86_400_000_000;

/// A time of day as a clock on the wall shows it, from `00:00` to `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeOfDay {
    minutes: u16,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday.
    Mon,
    /// Tuesday.
    Tue,
    /// Wednesday.
    Wed,
    /// Thursday.
    Thu,
    /// Friday.
    Fri,
    /// Saturday.
    Sat,
    /// Sunday.
    Sun,
}

/// Days of the week, Monday first.
#[cfg(feature = "nurturing")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days([bool; 7]);

#[cfg(feature = "nurturing")]
impl Days {
    pub(crate) const ALL: Days = Days([true; 7]);

    pub(crate) fn of(days: &[Weekday]) -> Self {
        let mut mask = [false; 7];
        for day in days {
            if let Some(slot) = mask.get_mut(*day as usize) {
                *slot = true;
            }
        }
        Self(mask)
    }

    /// Whether a day, counted from 1970-01-01, is one of them.
    pub(crate) fn has(self, day: i64) -> bool {
        self.0.get(weekday(day)) == Some(&true)
    }
}

impl TimeOfDay {
    /// From minutes after midnight; none beyond `24:00`.
    #[must_use]
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes > 1_440 { None } else { Some(Self { minutes }) }
    }

    /// Minutes after midnight.
    #[cfg(feature = "routing")]
    pub(crate) fn minutes(self) -> i64 {
        i64::from(self.minutes)
    }

    #[cfg(feature = "nurturing")]
    pub(crate) fn micros(self) -> i64 {
        i64::from(self.minutes) * MINUTE
    }
}

impl FromStr for TimeOfDay {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (hours, minutes) = text.split_once(':').ok_or(())?;
        let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(hours) || !digits(minutes) {
            return Err(());
        }
        let (hours, minutes): (u16, u16) = (hours.parse().map_err(|_| ())?, minutes.parse().map_err(|_| ())?);
        if minutes > 59 {
            return Err(());
        }
        Self::from_minutes(hours * 60 + minutes).ok_or(())
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TimeVisitor;

        impl de::Visitor<'_> for TimeVisitor {
            type Value = TimeOfDay;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a time of day such as `09:30`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<TimeOfDay, E> {
                text.parse().map_err(|()| {
                    E::custom(format_args!(
                        "`{text}` is not a time of day: write hours and minutes, such as `09:30`"
                    ))
                })
            }
        }

        deserializer.deserialize_str(TimeVisitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TimeOfDay {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
            "description": "a time of day such as `09:30`, up to `24:00`"
        })
    }
}

/// The day of the week of a day counted from 1970-01-01, from 0 for Monday.
pub(crate) fn weekday(day: i64) -> usize {
    // 1970-01-01 was a Thursday: three days after a Monday.
    usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0)
}

/// The date of a day counted from 1970-01-01.
#[cfg(any(feature = "nurturing", feature = "holidays"))]
pub(crate) fn date_of(day: i64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_signed(chrono::TimeDelta::try_days(day)?)
}

#[cfg(feature = "nurturing")]
pub(crate) fn last_day_of_month(date: NaiveDate) -> u32 {
    u32::from(chrono::Datelike::num_days_in_month(&date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_read_and_print() {
        for good in ["00:00", "09:30", "24:00"] {
            assert_eq!(good.parse::<TimeOfDay>().map(|time| time.to_string()), Ok(good.to_owned()));
        }
        for bad in ["9:30", "24:01", "12:60", "1230", "", "+9:30", "09:3０"] {
            assert!(bad.parse::<TimeOfDay>().is_err(), "{bad}");
        }
    }
}
