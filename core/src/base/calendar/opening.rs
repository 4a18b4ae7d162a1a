//! Hours and days that open or close something, and when it opens or closes next.

use super::{DAY, Days, Holidays, MINUTE, TimeOfDay};
use crate::base::time::Zone;

/// Hours of days.
#[derive(Debug, Clone)]
pub(crate) struct Stretch {
    pub(crate) from: TimeOfDay,
    /// Until when; before `from`, until the next day.
    pub(crate) to: TimeOfDay,
    pub(crate) days: Days,
    /// Whether holidays are among the days.
    pub(crate) holidays: bool,
}

/// What a moment is held to: open if it is in the window and not in the quiet hours.
#[derive(Clone, Copy)]
pub(crate) struct Opening<'a> {
    pub(crate) holidays: &'a Holidays,
    /// Hours of every day, and whole days, that are closed.
    pub(crate) quiet: Option<(&'a Stretch, Zone)>,
    /// Hours of some days that are open.
    pub(crate) window: Option<(&'a Stretch, Zone)>,
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
            && quiet.closes(self.holidays, zone.local_micros(at))
        {
            return Some(Closed::Quiet);
        }
        match self.window {
            Some((hours, zone)) if !hours.opens(self.holidays, zone.local_micros(at)) => Some(Closed::Window),
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
        let mut next: Option<i64> = None;
        for (hours, zone) in self.quiet.into_iter().chain(self.window) {
            let today = zone.local_micros(at).div_euclid(DAY);
            // A clock may be set back or forth by up to a day.
            for day in today - 1..=today + 2 {
                for minutes in [0, hours.from.minutes, hours.to.minutes] {
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

impl Stretch {
    /// As quiet hours: these hours of every day, and its days as a whole.
    fn closes(&self, holidays: &Holidays, local: i64) -> bool {
        let (day, minute) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (from, to) = (self.from.micros(), self.to.micros());
        let hour = if from <= to { from <= minute && minute < to } else { from <= minute || minute < to };
        hour || self.days.has(day) || self.holidays && holidays.has(day)
    }

    /// As opening hours: these hours of its days.
    fn opens(&self, holidays: &Holidays, local: i64) -> bool {
        let (day, minute) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (from, to) = (self.from.micros(), self.to.micros());
        let open = |day: i64| self.days.has(day) && (self.holidays || !holidays.has(day));
        if from < to {
            open(day) && from <= minute && minute < to
        } else {
            // Over midnight: it belongs to the day on which it began.
            open(day) && from <= minute || open(day - 1) && minute < to
        }
    }
}

#[cfg(all(test, feature = "zones", feature = "holidays"))]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::base::calendar::Weekday;
    use crate::base::time::Instant;

    /// Every hour of two years, against a look at every quarter of an hour.
    #[test]
    fn every_hour_of_two_years_opens_when_it_should() {
        const QUARTER: i64 = 15 * MINUTE;
        let time = |text: &str| text.parse::<TimeOfDay>().unwrap();
        let holidays = Holidays::of(&["JP", "2011-01-02"]);
        let night = Stretch {
            from: time("20:00"),
            to: time("08:00"),
            days: Days::of(&[Weekday::Sun]),
            holidays: true,
        };
        let small_hours =
            Stretch { from: time("23:00"), to: time("02:30"), days: Days::of(&[]), holidays: false };
        let office = Stretch { from: time("01:15"), to: time("17:30"), days: Days::ALL, holidays: true };
        let late = Stretch {
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
