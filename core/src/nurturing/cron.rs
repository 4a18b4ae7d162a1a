//! Recurring times as cron writes them: minute, hour, day of the month, month, day of the week.

use chrono::{Datelike, NaiveDate};

use crate::base::time::Zone;
use crate::nurturing::calendar::{DAY, MINUTE, date_of, last_day_of_month};

/// A recurring local time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cron {
    minutes: u64,
    hours: u64,
    days: u64,
    /// `L`: the last day of the month.
    last_day: bool,
    months: u64,
    /// From Sunday, which is 0.
    weekdays: u64,
    any_day: bool,
    any_weekday: bool,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Beyond this many days nothing comes any more: 29 February recurs within eight years.
const HORIZON_DAYS: i64 = 366 * 9;

impl Cron {
    /// Reads five fields; nothing if they are not well-formed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else { return None };
        let mut last_day = false;
        let mut rest = Vec::new();
        for part in days.split(',') {
            if part.eq_ignore_ascii_case("l") {
                last_day = true;
            } else {
                rest.push(part);
            }
        }
        let days_mask = if rest.is_empty() { 0 } else { mask(&rest.join(","), 1, 31, &[])? };
        let weekday_mask = mask(weekdays, 0, 7, &WEEKDAYS)?;
        Some(Self {
            minutes: mask(minutes, 0, 59, &[])?,
            hours: mask(hours, 0, 23, &[])?,
            days: days_mask,
            last_day,
            months: mask(months, 1, 12, &MONTHS)?,
            // 7 is Sunday as well.
            weekdays: (weekday_mask | weekday_mask >> 7) & 0x7f,
            any_day: days.starts_with('*'),
            any_weekday: weekdays.starts_with('*'),
        })
    }

    /// The first time after an instant. A time that the clock skips comes when it skips; one that it shows twice
    /// comes once, the first time.
    pub(crate) fn next(&self, zone: Zone, after: i64) -> Option<i64> {
        let today = zone.local_micros(after).div_euclid(DAY);
        for day in today - 1..today + HORIZON_DAYS {
            if !self.takes(date_of(day)?) {
                continue;
            }
            for hour in (0..24).filter(|hour| self.hours >> hour & 1 == 1) {
                for minute in (0..60).filter(|minute| self.minutes >> minute & 1 == 1) {
                    let local = day * DAY + (hour * 60 + minute) * MINUTE;
                    let (first, _) = zone.instants(local);
                    if first > after {
                        return Some(first);
                    }
                }
            }
        }
        None
    }

    /// Where both the day of the month and that of the week are limited, either will do.
    fn takes(&self, date: NaiveDate) -> bool {
        if self.months >> date.month() & 1 == 0 {
            return false;
        }
        let by_day =
            self.days >> date.day() & 1 == 1 || self.last_day && date.day() == last_day_of_month(date);
        let by_weekday = self.weekdays >> date.weekday().num_days_from_sunday() & 1 == 1;
        match (self.any_day, self.any_weekday) {
            (true, true) => true,
            (true, false) => by_weekday,
            (false, true) => by_day,
            (false, false) => by_day || by_weekday,
        }
    }
}

/// The numbers of one field: `*`, `5`, `1-5`, `*/15`, `1-30/2`, `mon,fri`.
fn mask(field: &str, least: u32, most: u32, names: &[&str]) -> Option<u64> {
    let number = |text: &str| -> Option<u32> {
        let named = names.iter().position(|name| text.eq_ignore_ascii_case(name));
        let value = match named {
            Some(index) => u32::try_from(index).ok()? + least,
            None if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok()?,
            None => return None,
        };
        (least..=most).contains(&value).then_some(value)
    };
    let mut bits = 0_u64;
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse::<u32>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (number(from)?, number(to)?),
            None if part.contains('/') => (number(range)?, most),
            None => (number(range)?, number(range)?),
        };
        if from > to {
            return None;
        }
        let mut value = from;
        while value <= to {
            bits |= 1 << value;
            value += step;
        }
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Instant;

    fn times(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let (cron, zone) = (Cron::parse(cron).unwrap(), Zone::parse(zone).unwrap());
        let mut at = after.parse::<Instant>().unwrap().micros();
        let mut found = Vec::new();
        for _ in 0..count {
            at = cron.next(zone, at).unwrap();
            found.push(Instant::from_micros(at).unwrap().to_string());
        }
        found
    }

    #[test]
    fn fields_are_read() {
        for good in
            ["* * * * *", "*/15 9-18 1,15,L jan-mar mon-fri", "0 0 29 2 *", "0 9 * * 7", "5/20 0 * * SUN"]
        {
            assert!(Cron::parse(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "* * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "*/0 * * * *",
            "9-5 * * * *",
            "a * * * *",
            "-1 * * * *",
        ] {
            assert!(Cron::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn times_recur() {
        assert_eq!(
            times("0 9 * * mon", "Asia/Tokyo", "2026-05-01T00:00:00Z", 2),
            ["2026-05-04T00:00:00Z", "2026-05-11T00:00:00Z"]
        );
        assert_eq!(
            times("0 0 L * *", "UTC", "2027-12-31T00:00:00Z", 2),
            ["2028-01-31T00:00:00Z", "2028-02-29T00:00:00Z"]
        );
        assert_eq!(times("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1), ["2104-02-29T00:00:00Z"]);
        // Either the thirteenth or a Friday.
        assert_eq!(
            times("0 0 13 * fri", "UTC", "2026-05-08T00:00:00Z", 2),
            ["2026-05-13T00:00:00Z", "2026-05-15T00:00:00Z"]
        );
    }

    #[cfg(feature = "zones")]
    #[test]
    fn clocks_that_are_changed() {
        // 02:30 does not exist on 8 March 2026: it comes when the clock skips.
        assert_eq!(
            times("30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", 2),
            ["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"]
        );
        // 01:30 comes twice on 1 November 2026, and counts once.
        assert_eq!(
            times("30 1 * * *", "America/New_York", "2026-11-01T00:00:00Z", 2),
            ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
        );
    }
}
