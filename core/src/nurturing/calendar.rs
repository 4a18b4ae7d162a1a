//! Hours, days and holidays: when something is open, and when it opens next.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::base::time::Zone;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days([bool; 7]);

/// Days on which offices are closed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holidays {
    pub(crate) japan: bool,
    /// Days since 1970.
    pub(crate) dates: BTreeSet<i64>,
}

/// Hours of days.
#[derive(Debug, Clone)]
pub(crate) struct Hours {
    pub(crate) from: TimeOfDay,
    pub(crate) to: TimeOfDay,
    pub(crate) days: Days,
    /// Whether holidays are among the days.
    pub(crate) holidays: bool,
}

/// Hours in which nobody is contacted.
#[derive(Debug, Clone)]
pub(crate) struct Quiet {
    pub(crate) from: TimeOfDay,
    pub(crate) to: TimeOfDay,
    /// Whole days.
    pub(crate) days: Days,
    /// Whether holidays are among them.
    pub(crate) holidays: bool,
}

/// What a moment is held to: open if it is in the window and not in the quiet hours.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'a> {
    pub(crate) holidays: &'a Holidays,
    pub(crate) quiet: Option<(&'a Quiet, Zone)>,
    pub(crate) window: Option<(&'a Hours, Zone)>,
}

/// What closes a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    Quiet,
    Window,
}

/// Boundaries that are looked at before it is said that something never opens: years of days.
const MAX_BOUNDARIES: usize = 5_000;

impl Opening<'_> {
    /// What closes an instant; nothing if it is open.
    pub(crate) fn closed(&self, at: i64) -> Option<Closed> {
        if let Some((quiet, zone)) = self.quiet
            && quiet.holds(self.holidays, zone.local_micros(at))
        {
            return Some(Closed::Quiet);
        }
        match self.window {
            Some((hours, zone)) if !hours.hold(self.holidays, zone.local_micros(at)) => Some(Closed::Window),
            _ => None,
        }
    }

    /// The first open instant from this one on; none if it never opens.
    pub(crate) fn next_open(&self, at: i64) -> Option<i64> {
        self.first(at, |opening, at| opening.closed(at).is_none())
    }

    /// The first closed instant from this one on; none if it never closes.
    pub(crate) fn next_closed(&self, at: i64) -> Option<i64> {
        self.first(at, |opening, at| opening.closed(at).is_some())
    }

    /// What is open changes only where a clock shows one of the boundaries: nothing in between is looked at.
    fn first(&self, mut at: i64, wanted: impl Fn(&Self, i64) -> bool) -> Option<i64> {
        for _ in 0..MAX_BOUNDARIES {
            if wanted(self, at) {
                return Some(at);
            }
            at = self.next_boundary(at)?;
        }
        None
    }

    fn next_boundary(&self, at: i64) -> Option<i64> {
        let quiet = self.quiet.map(|(quiet, zone)| (quiet.from, quiet.to, zone));
        let window = self.window.map(|(hours, zone)| (hours.from, hours.to, zone));
        let mut next: Option<i64> = None;
        for (from, to, zone) in quiet.into_iter().chain(window) {
            let today = zone.local_micros(at).div_euclid(DAY);
            // A clock may be set back or forth by up to a day.
            for day in today - 1..=today + 2 {
                for minutes in [0, from.minutes, to.minutes] {
                    let (first, last) = zone.instants(day * DAY + i64::from(minutes) * MINUTE);
                    for instant in [first, last] {
                        if instant > at && next.is_none_or(|next| instant < next) {
                            next = Some(instant);
                        }
                    }
                }
            }
        }
        next
    }
}

impl Quiet {
    fn holds(&self, holidays: &Holidays, local: i64) -> bool {
        let (day, minute) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (from, to) = (self.from.micros(), self.to.micros());
        let hour = if from <= to { from <= minute && minute < to } else { from <= minute || minute < to };
        hour || self.days.has(day) || self.holidays && holidays.has(day)
    }
}

impl Hours {
    fn hold(&self, holidays: &Holidays, local: i64) -> bool {
        let (day, minute) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (from, to) = (self.from.micros(), self.to.micros());
        let opens = |day: i64| self.days.has(day) && (self.holidays || !holidays.has(day));
        if from < to {
            opens(day) && from <= minute && minute < to
        } else {
            // Over midnight: it belongs to the day on which it began.
            opens(day) && from <= minute || opens(day - 1) && minute < to
        }
    }
}

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
        usize::try_from((day + 3).rem_euclid(7)).ok().and_then(|index| self.0.get(index)).copied()
            == Some(true)
    }
}

impl Holidays {
    pub(crate) fn has(&self, day: i64) -> bool {
        self.dates.contains(&day) || self.japan && date_of(day).is_some_and(is_japanese_holiday)
    }

    /// Neither a weekend nor a holiday.
    pub(crate) fn is_business_day(&self, day: i64) -> bool {
        (day + 3).rem_euclid(7) < 5 && !self.has(day)
    }
}

/// What a wait is for, after its length of time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Calendar {
    pub(crate) business_days: Option<u32>,
    pub(crate) day: Option<u32>,
    pub(crate) days: Option<Days>,
    pub(crate) at: Option<TimeOfDay>,
}

impl Calendar {
    pub(crate) fn is_timed(&self) -> bool {
        self.business_days.is_some() || self.day.is_some() || self.days.is_some() || self.at.is_some()
    }

    /// The instant that is waited for, from an instant on; the instant itself where nothing is asked.
    pub(crate) fn target(&self, holidays: &Holidays, zone: Zone, from: i64) -> Option<i64> {
        let local = zone.local_micros(from);
        let (mut day, minute) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        if !self.is_timed() {
            return Some(from);
        }
        for _ in 0..self.business_days.unwrap_or(0) {
            day += 1;
            while !holidays.is_business_day(day) {
                day += 1;
            }
        }
        // With a day of the week or month and no time, the day begins at midnight, unless it is today already.
        let time = match self.at {
            Some(at) => at.micros(),
            None if self.day.is_none() && self.days.is_none() => minute,
            None => 0,
        };
        let takes = |day: i64| {
            let of_month = self.day.is_none_or(|wanted| {
                date_of(day).is_some_and(|date| date.day() == wanted.min(last_day_of_month(date)))
            });
            of_month && self.days.is_none_or(|days| days.has(day))
        };
        for day in day..day + 366 * 8 {
            if !takes(day) {
                continue;
            }
            let (first, last) = zone.instants(day * DAY + time);
            if first >= from {
                return Some(first);
            }
            if last >= from {
                return Some(last);
            }
            if self.at.is_none() && zone.local_micros(from).div_euclid(DAY) == day {
                return Some(from);
            }
        }
        None
    }
}

impl TimeOfDay {
    /// From minutes after midnight; none beyond `24:00`.
    #[must_use]
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes > 1_440 { None } else { Some(Self { minutes }) }
    }

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

/// The date of a day counted from 1970-01-01.
pub(crate) fn date_of(day: i64) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(1970, 1, 1)?.checked_add_signed(chrono::TimeDelta::try_days(day)?)
}

pub(crate) fn last_day_of_month(date: NaiveDate) -> u32 {
    let (year, month) =
        if date.month() == 12 { (date.year() + 1, 1) } else { (date.year(), date.month() + 1) };
    NaiveDate::from_ymd_opt(year, month, 1).and_then(|next| next.pred_opt()).map_or(31, |last| last.day())
}

/// The national holidays of Japan, by the law as it stands since 2007 (with the moves of 2019 to 2021); the
/// equinoxes by the formula of the Almanac, which holds until 2099.
fn is_japanese_holiday(date: NaiveDate) -> bool {
    if is_named(date) {
        return true;
    }
    let Some(before) = date.pred_opt() else { return false };
    // The first day after a holiday on a Sunday that is none itself.
    let mut sunday = before;
    while is_named(sunday) {
        if sunday.weekday() == chrono::Weekday::Sun {
            return true;
        }
        let Some(earlier) = sunday.pred_opt() else { break };
        sunday = earlier;
    }
    // A day between two holidays.
    is_named(before) && date.succ_opt().is_some_and(is_named)
}

fn is_named(date: NaiveDate) -> bool {
    let (year, month, day) = (date.year(), date.month(), date.day());
    let monday = |week: u32| date.weekday() == chrono::Weekday::Mon && (day - 1) / 7 + 1 == week;
    let equinox = |base: i64| {
        let years = i64::from(year) - 1980;
        let found = (base + 242_194 * years - years.div_euclid(4) * 1_000_000).div_euclid(1_000_000);
        i64::from(day) == found
    };
    match (year, month, day) {
        // The games of Tokyo moved three holidays; the succession to the throne added three.
        (2020, 7, 23 | 24) | (2020, 8, 10) | (2021, 7, 22 | 23) | (2021, 8, 8) => return true,
        (2019, 5, 1) | (2019, 10, 22) => return true,
        (2020 | 2021, 7 | 8, _) | (2020 | 2021, 10, _) => return false,
        _ => {}
    }
    match month {
        1 => day == 1 || monday(2),
        2 => day == 11 || year >= 2020 && day == 23,
        3 => equinox(20_843_100),
        4 => day == 29,
        5 => (3..=5).contains(&day),
        7 => monday(3),
        8 => year >= 2016 && day == 11,
        9 => monday(3) || equinox(23_248_800),
        10 => monday(2),
        11 => day == 3 || day == 23,
        12 => year <= 2018 && day == 23,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Instant;

    #[test]
    fn times_of_day_read_and_print() {
        for good in ["00:00", "09:30", "24:00"] {
            assert_eq!(good.parse::<TimeOfDay>().map(|time| time.to_string()), Ok(good.to_owned()));
        }
        for bad in ["9:30", "24:01", "12:60", "1230", "", "+9:30", "09:3０"] {
            assert!(bad.parse::<TimeOfDay>().is_err(), "{bad}");
        }
    }

    /// The Cabinet Office's list: <https://www8.cao.go.jp/chosei/shukujitsu/gaiyou.html>.
    #[test]
    fn holidays_of_japan() {
        let listed = |year: i32, days: &[(u32, u32)]| {
            let mut found = Vec::new();
            for date in NaiveDate::from_ymd_opt(year, 1, 1)
                .unwrap()
                .iter_days()
                .take_while(|date| date.year() == year)
            {
                if is_japanese_holiday(date) {
                    found.push((date.month(), date.day()));
                }
            }
            assert_eq!(found, days, "{year}");
        };
        listed(
            2009,
            &[
                (1, 1),
                (1, 12),
                (2, 11),
                (3, 20),
                (4, 29),
                (5, 3),
                (5, 4),
                (5, 5),
                (5, 6),
                (7, 20),
                (9, 21),
                (9, 22),
                (9, 23),
                (10, 12),
                (11, 3),
                (11, 23),
                (12, 23),
            ],
        );
        listed(
            2019,
            &[
                (1, 1),
                (1, 14),
                (2, 11),
                (3, 21),
                (4, 29),
                (4, 30),
                (5, 1),
                (5, 2),
                (5, 3),
                (5, 4),
                (5, 5),
                (5, 6),
                (7, 15),
                (8, 11),
                (8, 12),
                (9, 16),
                (9, 23),
                (10, 14),
                (10, 22),
                (11, 3),
                (11, 4),
                (11, 23),
            ],
        );
        listed(
            2020,
            &[
                (1, 1),
                (1, 13),
                (2, 11),
                (2, 23),
                (2, 24),
                (3, 20),
                (4, 29),
                (5, 3),
                (5, 4),
                (5, 5),
                (5, 6),
                (7, 23),
                (7, 24),
                (8, 10),
                (9, 21),
                (9, 22),
                (11, 3),
                (11, 23),
            ],
        );
        listed(
            2021,
            &[
                (1, 1),
                (1, 11),
                (2, 11),
                (2, 23),
                (3, 20),
                (4, 29),
                (5, 3),
                (5, 4),
                (5, 5),
                (7, 22),
                (7, 23),
                (8, 8),
                (8, 9),
                (9, 20),
                (9, 23),
                (11, 3),
                (11, 23),
            ],
        );
        listed(
            2026,
            &[
                (1, 1),
                (1, 12),
                (2, 11),
                (2, 23),
                (3, 20),
                (4, 29),
                (5, 3),
                (5, 4),
                (5, 5),
                (5, 6),
                (7, 20),
                (8, 11),
                (9, 21),
                (9, 22),
                (9, 23),
                (10, 12),
                (11, 3),
                (11, 23),
            ],
        );
        listed(
            2027,
            &[
                (1, 1),
                (1, 11),
                (2, 11),
                (2, 23),
                (3, 21),
                (3, 22),
                (4, 29),
                (5, 3),
                (5, 4),
                (5, 5),
                (7, 19),
                (8, 11),
                (9, 20),
                (9, 23),
                (10, 11),
                (11, 3),
                (11, 23),
            ],
        );
    }

    #[test]
    fn waits_have_their_targets() {
        let holidays = Holidays { japan: true, dates: BTreeSet::new() };
        let zone = Zone::parse("Asia/Tokyo").unwrap();
        let target = |calendar: Calendar, from: &str| {
            let from = from.parse::<Instant>().unwrap().micros();
            Instant::from_micros(calendar.target(&holidays, zone, from).unwrap()).unwrap().to_string()
        };
        let nine = "09:00".parse::<TimeOfDay>().ok();
        // From the Friday before Golden Week: 4, 5 and 6 May 2026 are holidays.
        let business = Calendar { business_days: Some(1), at: nine, ..Calendar::default() };
        assert_eq!(target(business, "2026-05-01T12:00:00+09:00"), "2026-05-07T00:00:00Z");
        let last = Calendar { day: Some(31), at: nine, ..Calendar::default() };
        assert_eq!(target(last.clone(), "2026-02-01T12:00:00+09:00"), "2026-02-28T00:00:00Z");
        assert_eq!(target(last, "2026-02-28T12:00:00+09:00"), "2026-03-31T00:00:00Z");
        let monday = Calendar { days: Some(Days::of(&[Weekday::Mon])), at: nine, ..Calendar::default() };
        assert_eq!(target(monday.clone(), "2026-05-04T09:00:00+09:00"), "2026-05-04T00:00:00Z");
        assert_eq!(target(monday, "2026-05-04T09:00:01+09:00"), "2026-05-11T00:00:00Z");
        assert_eq!(target(Calendar::default(), "2026-05-04T09:00:01+09:00"), "2026-05-04T00:00:01Z");
    }

    /// Every hour of two years, against a look at every quarter of an hour.
    #[cfg(feature = "zones")]
    #[test]
    fn every_hour_of_two_years_opens_when_it_should() {
        const QUARTER: i64 = 15 * MINUTE;
        let time = |text: &str| text.parse::<TimeOfDay>().unwrap();
        let holidays = Holidays { japan: true, dates: BTreeSet::from([14_976]) };
        let night =
            Quiet { from: time("20:00"), to: time("08:00"), days: Days::of(&[Weekday::Sun]), holidays: true };
        let small_hours =
            Quiet { from: time("23:00"), to: time("02:30"), days: Days::of(&[]), holidays: false };
        let office = Hours { from: time("01:15"), to: time("17:30"), days: Days::ALL, holidays: true };
        let late = Hours {
            from: time("22:00"),
            to: time("01:30"),
            days: Days::of(&[Weekday::Sat, Weekday::Thu]),
            holidays: false,
        };
        let year = |year: i32| {
            NaiveDate::from_ymd_opt(year, 1, 1)
                .unwrap()
                .and_hms_opt(0, 0, 0)
                .unwrap()
                .and_utc()
                .timestamp_micros()
        };
        for (name, from) in [
            ("Asia/Tokyo", 2026),
            ("America/New_York", 2026),
            ("Australia/Lord_Howe", 2026),
            ("Pacific/Apia", 2011),
        ] {
            let zone = Zone::parse(name).unwrap();
            for (quiet, window) in
                [(Some(&night), None), (Some(&small_hours), Some(&office)), (None, Some(&late))]
            {
                let opening = Opening {
                    holidays: &holidays,
                    quiet: quiet.map(|quiet| (quiet, zone)),
                    window: window.map(|window| (window, zone)),
                };
                // Backwards, so that the brute answer is the last open quarter seen.
                let (start, end) = (year(from), year(from + 2));
                let mut opens = opening.next_open(end).unwrap();
                let mut closes = opening.next_closed(end).unwrap();
                let mut at = end;
                while at > start {
                    at -= QUARTER;
                    if opening.closed(at).is_none() {
                        opens = at
                    } else {
                        closes = at
                    }
                    if at.rem_euclid(4 * QUARTER) == 0 {
                        let told = |at: i64| Instant::from_micros(at).unwrap();
                        assert_eq!(opening.next_open(at), Some(opens), "{name} opens after {}", told(at));
                        assert_eq!(opening.next_closed(at), Some(closes), "{name} closes after {}", told(at));
                    }
                }
            }
        }
    }
}
