//! Days on which offices are closed.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate};

use super::date_of;

/// Days on which offices are closed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holidays {
    pub(crate) japan: bool,
    /// Days since 1970.
    pub(crate) dates: BTreeSet<i64>,
}

impl Holidays {
    pub(crate) fn has(&self, day: i64) -> bool {
        self.dates.contains(&day) || self.japan && date_of(day).is_some_and(is_japanese_holiday)
    }

    /// Neither a weekend nor a holiday.
    #[cfg(feature = "nurturing")]
    pub(crate) fn is_business_day(&self, day: i64) -> bool {
        super::weekday(day) < 5 && !self.has(day)
    }
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
}
