//! Days on which offices are closed.

use std::collections::BTreeSet;

use super::DAY;
#[cfg(feature = "holidays")]
use super::{date_of, japan};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::nearest;
use crate::base::time::date_micros;

/// Days on which offices are closed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Holidays {
    /// Whether the national holidays of Japan are among them.
    #[cfg(feature = "holidays")]
    japan: bool,
    /// Days since 1970.
    dates: BTreeSet<i64>,
}

impl Holidays {
    /// Adds a date such as `2026-12-30`, or the holidays of a country by its code; the problem is told under a code of
    /// the caller's.
    pub(crate) fn add(&mut self, entry: &str, code: Code) -> Result<(), Diagnostic> {
        if let Some(micros) = date_micros(entry) {
            self.dates.insert(micros.div_euclid(DAY));
            return Ok(());
        }
        if entry == "JP" {
            return self.add_japan();
        }
        let message = format!("`{entry}` is neither a date nor a known calendar");
        Err(Diagnostic::error(code, message)
            .with_help("write dates such as `2026-12-30`, or `JP` for the holidays of Japan")
            .did_you_mean(nearest(entry, ["JP"])))
    }

    fn add_japan(&mut self) -> Result<(), Diagnostic> {
        #[cfg(feature = "holidays")]
        {
            self.japan = true;
            Ok(())
        }
        #[cfg(not(feature = "holidays"))]
        Err(Diagnostic::error(Code::NotInThisBuild, "this build has no calendar of Japan")
            .with_help("list the dates, or take a build with the feature `holidays`"))
    }

    /// Adds those of another calendar.
    #[cfg(feature = "routing")]
    pub(crate) fn extend(&mut self, other: &Self) {
        #[cfg(feature = "holidays")]
        {
            self.japan |= other.japan;
        }
        self.dates.extend(&other.dates);
    }

    pub(crate) fn has(&self, day: i64) -> bool {
        #[cfg(feature = "holidays")]
        if self.japan && date_of(day).is_some_and(japan::is_holiday) {
            return true;
        }
        self.dates.contains(&day)
    }

    /// Neither a weekend nor a holiday.
    #[cfg(feature = "nurturing")]
    pub(crate) fn is_business_day(&self, day: i64) -> bool {
        super::weekday(day) < 5 && !self.has(day)
    }

    #[cfg(test)]
    pub(crate) fn of(entries: &[&str]) -> Self {
        let mut holidays = Self::default();
        entries.iter().for_each(|entry| holidays.add(entry, Code::BadScalar).unwrap());
        holidays
    }
}
