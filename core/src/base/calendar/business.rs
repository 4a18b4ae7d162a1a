//! Business time: working hours, holidays and absences in a time zone, and sums in them.

use std::sync::Arc;

use super::{DAY, Holidays, MINUTE, weekday};
use crate::base::duration::Duration;
use crate::base::time::Zone;

/// Days looked at before a calendar is taken for one that never opens: ten years.
const HORIZON: i64 = 3_660;

/// For each day of the week from Monday, stretches of work in minutes of the local day, in order and apart.
pub(crate) type Week = [Box<[(i64, i64)]>; 7];

/// When somebody works. Days are numbered from 1970-01-01; instants are microseconds since then.
#[derive(Debug, Clone)]
pub(crate) struct Calendar {
    pub(crate) zone: Zone,
    pub(crate) week: Arc<Week>,
    /// Local days without work.
    pub(crate) holidays: Holidays,
    /// Absences, from and until (excluded), in order of their beginning.
    pub(crate) away: Box<[(i64, i64)]>,
}

impl Calendar {
    /// Whether somebody is absent at an instant; an hour without work is no absence.
    pub(crate) fn is_away(&self, at: i64) -> bool {
        self.away.iter().any(|(from, until)| (*from..*until).contains(&at))
    }

    /// The local day of an instant.
    pub(crate) fn day_of(&self, at: i64) -> i64 {
        self.zone.local_micros(at).div_euclid(DAY)
    }

    /// `from` plus business time. Whole days of the duration are working days: the same time of the day, so many
    /// working days on. What is left is spent in working hours. From outside working hours it counts from the next
    /// opening. A calendar that never opens counts elapsed time.
    pub(crate) fn add(&self, from: i64, duration: Duration) -> i64 {
        self.try_add(from, duration).unwrap_or_else(|| from.saturating_add(duration.micros()))
    }

    fn try_add(&self, from: i64, duration: Duration) -> Option<i64> {
        let (days, rest) = (duration.seconds() / 86_400, duration.seconds() % 86_400);
        let mut at = self.next_open(from)?;
        if days > 0 {
            let local = self.zone.local_micros(at);
            let (day, time) = (local.div_euclid(DAY), local.rem_euclid(DAY));
            let (mut number, mut open) = (day, Vec::new());
            for _ in 0..days {
                (number, open) = self.next_working_day(number)?;
            }
            let wanted = self.zone.instants(number * DAY + time).0;
            // Within that day: the wanted time, or the next one at which work goes on, or the end of the day.
            let later = open.iter().find(|(_, end)| wanted <= *end).map(|(start, _)| wanted.max(*start));
            at = later.or_else(|| open.last().map(|(_, end)| *end))?;
        }
        let mut left = rest * 1_000_000;
        if left == 0 {
            return Some(at);
        }
        let first = self.day_of(at);
        for day in first..=first + HORIZON {
            for (start, end) in self.open(day) {
                let start = start.max(at);
                if end <= start {
                    continue;
                }
                if left <= end - start {
                    return Some(start + left);
                }
                left -= end - start;
            }
        }
        None
    }

    /// The first instant from `at` on that lies in working hours.
    pub(crate) fn next_open(&self, at: i64) -> Option<i64> {
        let first = self.day_of(at);
        (first..=first + HORIZON)
            .find_map(|day| self.open(day).iter().find(|(_, end)| at < *end).map(|(start, _)| at.max(*start)))
    }

    /// The first day after one on which work goes on, and when.
    fn next_working_day(&self, day: i64) -> Option<(i64, Vec<(i64, i64)>)> {
        let mut ahead = (day + 1..=day + HORIZON).map(|day| (day, self.open(day)));
        ahead.find(|(_, open)| !open.is_empty())
    }

    /// The stretches of a local day in which work goes on, as instants.
    fn open(&self, day: i64) -> Vec<(i64, i64)> {
        if self.holidays.has(day) {
            return Vec::new();
        }
        let Some(hours) = self.week.get(weekday(day)) else { return Vec::new() };
        let instant = |minutes: &i64| self.zone.instants(day * DAY + minutes * MINUTE).0;
        let mut open: Vec<(i64, i64)> = hours.iter().map(|(from, to)| (instant(from), instant(to))).collect();
        for (from, until) in &self.away {
            open = open
                .into_iter()
                .flat_map(|(start, end)| [(start, end.min(*from)), (start.max(*until), end)])
                .filter(|(start, end)| start < end)
                .collect();
        }
        open
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Instant;

    fn calendar(zone: &str, holidays: &[&str], away: &[(&str, &str)]) -> Calendar {
        let hours: Box<[(i64, i64)]> = [(9 * 60, 12 * 60), (13 * 60, 18 * 60)].into();
        let none: Box<[(i64, i64)]> = [].into();
        Calendar {
            zone: Zone::parse(zone).unwrap(),
            week: Arc::new([
                hours.clone(),
                hours.clone(),
                hours.clone(),
                hours.clone(),
                hours,
                none.clone(),
                none,
            ]),
            holidays: Holidays::of(holidays),
            away: away.iter().map(|(from, until)| (micros(from), micros(until))).collect(),
        }
    }

    fn micros(text: &str) -> i64 {
        text.parse::<Instant>().unwrap().micros()
    }

    fn after(calendar: &Calendar, from: &str, duration: &str) -> String {
        let end = calendar.add(micros(from), duration.parse().unwrap());
        Instant::from_micros(end).unwrap().to_string()
    }

    #[test]
    fn tokyo() {
        // 2026-11-20 is a Friday; Monday the 23rd is a holiday.
        let tokyo = calendar("Asia/Tokyo", &["2026-11-23"], &[]);
        for (from, duration, end) in [
            // Friday 10:00 + 2h = 12:00, before lunch.
            ("2026-11-20T10:00:00+09:00", "2h", "2026-11-20T03:00:00Z"),
            // Friday 10:00 + 4h: two before lunch, two after = 15:00.
            ("2026-11-20T10:00:00+09:00", "4h", "2026-11-20T06:00:00Z"),
            // Friday 16:00 + 4h: two until 18:00, and two on Tuesday = 11:00.
            ("2026-11-20T16:00:00+09:00", "4h", "2026-11-24T02:00:00Z"),
            // Saturday noon + 1h counts from Tuesday 9:00.
            ("2026-11-21T12:00:00+09:00", "1h", "2026-11-24T01:00:00Z"),
            // Friday 16:00 + 1d: Tuesday 16:00; + 2d12h... twelve hours are a day and a half of work.
            ("2026-11-20T16:00:00+09:00", "1d", "2026-11-24T07:00:00Z"),
            // Tuesday 16:00, then 2 h until 18:00, 8 h on Wednesday, 2 h on Thursday = 11:00.
            ("2026-11-20T16:00:00+09:00", "1d12h", "2026-11-26T02:00:00Z"),
            // From the evening: the next opening, then a day on.
            ("2026-11-20T20:00:00+09:00", "1d", "2026-11-25T00:00:00Z"),
            // In the lunch break: from 13:00.
            ("2026-11-20T12:30:00+09:00", "30m", "2026-11-20T04:30:00Z"),
            ("2026-11-20T10:00:00+09:00", "0s", "2026-11-20T01:00:00Z"),
        ] {
            assert_eq!(after(&tokyo, from, duration), end, "{from} + {duration}");
        }
        // Away all Tuesday: 4h from Friday 16:00 end on Wednesday at 11:00.
        let away = [("2026-11-24T00:00:00+09:00", "2026-11-25T00:00:00+09:00")];
        let tokyo = calendar("Asia/Tokyo", &["2026-11-23"], &away);
        assert_eq!(after(&tokyo, "2026-11-20T16:00:00+09:00", "4h"), "2026-11-25T02:00:00Z");
        assert!(tokyo.is_away(micros("2026-11-24T10:00:00+09:00")));
        assert!(!tokyo.is_away(micros("2026-11-25T00:00:00+09:00")));
    }

    #[cfg(feature = "zones")]
    #[test]
    fn new_york_over_the_change_of_clocks() {
        // Clocks go forward on Sunday 2026-03-08 and back on Sunday 2026-11-01.
        let new_york = calendar("America/New_York", &["2026-11-26"], &[]);
        for (from, duration, end) in [
            // Friday 17:00 EST + 2h: one hour, then Monday 10:00 EDT.
            ("2026-03-06T22:00:00Z", "2h", "2026-03-09T14:00:00Z"),
            // Friday 17:00 EST + 1d is Monday 17:00 EDT: 71 hours.
            ("2026-03-06T22:00:00Z", "1d", "2026-03-09T21:00:00Z"),
            // Friday 17:00 EDT + 2h: Monday 10:00 EST.
            ("2026-10-30T21:00:00Z", "2h", "2026-11-02T15:00:00Z"),
            // Wednesday 15:00 EST + 1d over Thanksgiving is Friday 15:00.
            ("2026-11-25T20:00:00Z", "1d", "2026-11-27T20:00:00Z"),
        ] {
            assert_eq!(after(&new_york, from, duration), end, "{from} + {duration}");
        }
    }

    #[test]
    fn a_calendar_that_never_opens_counts_elapsed_time() {
        let mut closed = calendar("UTC", &[], &[]);
        closed.week = Default::default();
        assert_eq!(after(&closed, "2026-11-20T10:00:00Z", "4h"), "2026-11-20T14:00:00Z");
    }
}
