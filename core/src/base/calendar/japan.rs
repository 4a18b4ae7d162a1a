//! The national holidays of Japan, by the Act on National Holidays and its changes, for 1970 to 2100.
//!
//! A rule of a screenful, since no crate fits: the maintained one asks for a newer compiler than this workspace, the
//! others are tables that end, or are not maintained. The equinoxes follow the approximation of the Almanac; each is
//! announced in February of the year before, so a later one is a forecast.

use chrono::{Datelike, NaiveDate, Weekday};

/// What single laws made a holiday for once, or moved: the funeral, the enthronements and a wedding of the Imperial
/// house, and the games of Tokyo.
const ONCE: [(i32, u32, u32); 11] = [
    (1989, 2, 24),
    (1990, 11, 12),
    (1993, 6, 9),
    (2019, 5, 1),
    (2019, 10, 22),
    (2020, 7, 23),
    (2020, 7, 24),
    (2020, 8, 10),
    (2021, 7, 22),
    (2021, 7, 23),
    (2021, 8, 8),
];

/// Whether a date is a national holiday, a substitute for one, or a day between two.
pub(super) fn is_holiday(date: NaiveDate) -> bool {
    is_named(date) || is_substitute(date) || is_between(date)
}

/// Since 1973-04-12 the day after a holiday on a Sunday; since 2007 the first one after it that is no holiday itself.
fn is_substitute(date: NaiveDate) -> bool {
    if (date.year(), date.ordinal()) < (1973, 102) {
        return false;
    }
    let mut before = date.pred_opt();
    while let Some(named) = before.filter(|before| is_named(*before)) {
        if named.weekday() == Weekday::Sun {
            return true;
        }
        before = named.pred_opt().filter(|_| date.year() >= 2007);
    }
    false
}

/// Since 1985-12-27 a day between two holidays; before 2007 not on a Sunday.
fn is_between(date: NaiveDate) -> bool {
    let law = date.year() >= 2007 || date.year() >= 1986 && date.weekday() != Weekday::Sun;
    law && date.pred_opt().is_some_and(is_named) && date.succ_opt().is_some_and(is_named)
}

/// Whether the law names the date.
fn is_named(date: NaiveDate) -> bool {
    let (year, month, day) = (date.year(), date.month(), date.day());
    if ONCE.contains(&(year, month, day)) {
        return true;
    }
    let monday = |week: u32| date.weekday() == Weekday::Mon && (day - 1) / 7 + 1 == week;
    match month {
        1 => day == 1 || if year >= 2000 { monday(2) } else { day == 15 },
        2 => day == 11 || year >= 2020 && day == 23,
        3 => day == equinox(year, [20_835_700, 20_843_100, 21_851_000]),
        4 => day == 29,
        5 => day == 3 || day == 5 || year >= 2007 && day == 4,
        7 => match year {
            2020 | 2021 => false,
            2003.. => monday(3),
            1996.. => day == 20,
            _ => false,
        },
        8 => year >= 2016 && !matches!(year, 2020 | 2021) && day == 11,
        9 => {
            day == equinox(year, [23_258_800, 23_248_800, 24_248_800])
                || if year >= 2003 { monday(3) } else { day == 15 }
        }
        10 => match year {
            2020 | 2021 => false,
            2000.. => monday(2),
            _ => day == 10,
        },
        11 => day == 3 || day == 23,
        12 => (1989..=2018).contains(&year) && day == 23,
        _ => false,
    }
}

/// The day of an equinox, from where it lies in millionths of a day until 1979, until 2099, and after that.
fn equinox(year: i32, [before, now, after]: [i64; 3]) -> u32 {
    let years = i64::from(year) - 1980;
    let (base, leaps) = match year {
        // Until 1979 leap years are counted from 1983, and towards zero.
        ..1980 => (before, (years - 3) / 4),
        1980..2100 => (now, years.div_euclid(4)),
        _ => (after, years.div_euclid(4)),
    };
    u32::try_from((base + 242_194 * years - leaps * 1_000_000).div_euclid(1_000_000)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Cabinet Office's list: <https://www8.cao.go.jp/chosei/shukujitsu/gaiyou.html>.
    #[test]
    fn holidays_of_japan() {
        let listed = |year: i32, days: &str| {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            let dates = first.iter_days().take_while(|date| date.year() == year);
            let found: Vec<_> = dates
                .filter(|date| is_holiday(*date))
                .map(|date| format!("{}/{}", date.month(), date.day()))
                .collect();
            assert_eq!(found.join(" "), days, "{year}");
        };
        listed(2009, "1/1 1/12 2/11 3/20 4/29 5/3 5/4 5/5 5/6 7/20 9/21 9/22 9/23 10/12 11/3 11/23 12/23");
        listed(
            2019,
            "1/1 1/14 2/11 3/21 4/29 4/30 5/1 5/2 5/3 5/4 5/5 5/6 7/15 8/11 8/12 9/16 9/23 10/14 10/22 11/3 11/4 11/23",
        );
        listed(2020, "1/1 1/13 2/11 2/23 2/24 3/20 4/29 5/3 5/4 5/5 5/6 7/23 7/24 8/10 9/21 9/22 11/3 11/23");
        listed(2021, "1/1 1/11 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/22 7/23 8/8 8/9 9/20 9/23 11/3 11/23");
        listed(
            2026,
            "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23",
        );
        listed(2027, "1/1 1/11 2/11 2/23 3/21 3/22 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/23 10/11 11/3 11/23");
        listed(1970, "1/1 1/15 2/11 3/21 4/29 5/3 5/5 9/15 9/23 10/10 11/3 11/23");
        listed(1973, "1/1 1/15 2/11 3/21 4/29 4/30 5/3 5/5 9/15 9/23 9/24 10/10 11/3 11/23");
        listed(1986, "1/1 1/15 2/11 3/21 4/29 5/3 5/5 9/15 9/23 10/10 11/3 11/23 11/24");
        listed(1988, "1/1 1/15 2/11 3/20 3/21 4/29 5/3 5/4 5/5 9/15 9/23 10/10 11/3 11/23");
        listed(1989, "1/1 1/2 1/15 1/16 2/11 2/24 3/21 4/29 5/3 5/4 5/5 9/15 9/23 10/10 11/3 11/23 12/23");
        listed(
            1990,
            "1/1 1/15 2/11 2/12 3/21 4/29 4/30 5/3 5/4 5/5 9/15 9/23 9/24 10/10 11/3 11/12 11/23 12/23 12/24",
        );
        listed(1993, "1/1 1/15 2/11 3/20 4/29 5/3 5/4 5/5 6/9 9/15 9/23 10/10 10/11 11/3 11/23 12/23");
        listed(
            1996,
            "1/1 1/15 2/11 2/12 3/20 4/29 5/3 5/4 5/5 5/6 7/20 9/15 9/16 9/23 10/10 11/3 11/4 11/23 12/23",
        );
        listed(2000, "1/1 1/10 2/11 3/20 4/29 5/3 5/4 5/5 7/20 9/15 9/23 10/9 11/3 11/23 12/23");
        listed(2003, "1/1 1/13 2/11 3/21 4/29 5/3 5/5 7/21 9/15 9/23 10/13 11/3 11/23 11/24 12/23");
        listed(
            2007,
            "1/1 1/8 2/11 2/12 3/21 4/29 4/30 5/3 5/4 5/5 7/16 9/17 9/23 9/24 10/8 11/3 11/23 12/23 12/24",
        );
        listed(2032, "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 7/19 8/11 9/20 9/21 9/22 10/11 11/3 11/23");
        listed(
            2099,
            "1/1 1/12 2/11 2/23 3/20 4/29 5/3 5/4 5/5 5/6 7/20 8/11 9/21 9/22 9/23 10/12 11/3 11/23",
        );
    }
}
