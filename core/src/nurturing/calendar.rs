//! What a wait is for, after its length of time: a business day, a day of the week or month, a time of day.

use chrono::Datelike;

pub(crate) use crate::base::calendar::{
    Closed, DAY, Days, Holidays, MINUTE, Opening, Stretch as Hours, Stretch as Quiet, date_of,
    last_day_of_month,
};
pub(crate) use crate::base::calendar::{TimeOfDay, Weekday};
use crate::base::time::Zone;

/// Days that are looked at: any day of the month and week comes within fewer.
const DAYS_AHEAD: usize = 2_928;

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
        for day in (day..).take(DAYS_AHEAD) {
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

#[cfg(all(test, feature = "holidays"))]
mod tests {
    use super::*;
    use crate::base::time::Instant;

    #[test]
    fn waits_have_their_targets() {
        let holidays = Holidays::of(&["JP"]);
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
}
