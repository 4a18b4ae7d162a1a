//! The time zones of the IANA database: from the tables of a crate, or from the platform.

use super::time::ZoneError;

#[cfg(not(feature = "zones"))]
pub(crate) use platform::Named;
#[cfg(feature = "zones")]
pub(crate) use tables::Named;

/// The time zones of a platform, for builds without tables of their own. Zones go by numbers of the platform's choice.
///
/// ```
/// use ikusei::PlatformZones;
/// // Knows one zone only, in which it is always nine hours later than in UTC.
/// const SEOUL: PlatformZones = PlatformZones {
///     find: |name| (name == "Asia/Seoul").then_some(0),
///     name: |_| "Asia/Seoul".to_owned(),
///     offset: |_, _| 9 * 3_600,
/// };
/// ikusei::use_platform_zones(SEOUL);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct PlatformZones {
    /// The number of a zone, by its name in the IANA database; the same one whenever it is asked again.
    pub find: fn(name: &str) -> Option<u32>,
    /// The name that a number was given for.
    pub name: fn(zone: u32) -> String,
    /// Seconds east of UTC at an instant, in seconds since 1970.
    pub offset: fn(zone: u32, seconds: i64) -> i32,
}

/// Hands in the platform's time zones, for builds without the feature `zones`; those with it ignore them.
///
/// The tables are some 140 KB of gzip, and every browser has them behind `Intl.DateTimeFormat`. Like the feature that
/// they stand for they are part of the build: handed in once, before anything else, and never changed.
pub fn use_platform_zones(zones: PlatformZones) {
    #[cfg(not(feature = "zones"))]
    platform::ZONES.get_or_init(|| zones);
    #[cfg(feature = "zones")]
    let _ = zones;
}

/// The first and the last instant at which clocks show a time, given as local microseconds: two where they are set
/// back. For a time that they skip, the instant at which they skip.
fn instants(local: i64, offset: &dyn Fn(i64) -> i32) -> (i64, i64) {
    const DAY: i64 = 86_400_000_000;
    let offset = |micros: i64| i64::from(offset(micros.div_euclid(1_000_000))) * 1_000_000;
    // The offsets of the days around: between them lies at most one change.
    let (before, after) = (local - offset(local - DAY), local - offset(local + DAY));
    let shows = |at: &i64| at + offset(*at) == local;
    let found = [before, after].into_iter().filter(shows);
    if let (Some(first), Some(last)) = (found.clone().min(), found.max()) {
        return (first, last);
    }
    // INVARIANT: no zone is a day and three hours from UTC, so the skip lies in between.
    let (mut before, mut after) = (local - 97_200_000_000, local + 97_200_000_000);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if middle + offset(middle) < local { before = middle } else { after = middle }
    }
    (after, after)
}

#[cfg(feature = "zones")]
mod tables {
    use chrono::{DateTime, Offset, TimeZone};

    use super::ZoneError;

    /// A zone by its tables.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Named(chrono_tz::Tz);

    impl Named {
        pub(crate) fn find(name: &str) -> Result<Self, ZoneError> {
            name.parse().map(Self).map_err(|_| ZoneError::Unknown)
        }

        pub(crate) fn name(self) -> String {
            self.0.name().to_owned()
        }

        /// Seconds east of UTC at an instant, in seconds since 1970.
        pub(crate) fn offset(self, seconds: i64) -> i32 {
            let utc = DateTime::from_timestamp(seconds, 0).unwrap_or_default().naive_utc();
            self.0.offset_from_utc_datetime(&utc).fix().local_minus_utc()
        }

        /// The first and the last instant at which its clocks show a time: see `Zone::instants`.
        pub(crate) fn instants(self, local: i64) -> (i64, i64) {
            super::instants(local, &|seconds| self.offset(seconds))
        }
    }
}

#[cfg(not(feature = "zones"))]
mod platform {
    use std::sync::OnceLock;

    use super::{PlatformZones, ZoneError};

    pub(super) static ZONES: OnceLock<PlatformZones> = OnceLock::new();

    /// A zone by the platform's number.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub(crate) struct Named(u32);

    impl Named {
        pub(crate) fn find(name: &str) -> Result<Self, ZoneError> {
            let zones = ZONES.get().ok_or(ZoneError::NotInThisBuild)?;
            (zones.find)(name).map(Self).ok_or(ZoneError::Unknown)
        }

        pub(crate) fn name(self) -> String {
            ZONES.get().map_or_else(String::new, |zones| (zones.name)(self.0))
        }

        /// Seconds east of UTC at an instant, in seconds since 1970.
        pub(crate) fn offset(self, seconds: i64) -> i32 {
            ZONES.get().map_or(0, |zones| (zones.offset)(self.0, seconds))
        }

        /// The first and the last instant at which its clocks show a time: see `Zone::instants`.
        pub(crate) fn instants(self, local: i64) -> (i64, i64) {
            super::instants(local, &|seconds| self.offset(seconds))
        }
    }
}

#[cfg(all(test, feature = "zones"))]
mod tests {
    use chrono::{DateTime, LocalResult, TimeZone};

    use super::*;

    #[test]
    fn instants_are_those_of_the_tables() {
        let mut twice = 0;
        for name in [
            "Europe/Berlin",
            "America/New_York",
            "Australia/Lord_Howe",
            "America/St_Johns",
            "Africa/Casablanca",
        ] {
            let zone: chrono_tz::Tz = name.parse().unwrap();
            let named = Named::find(name).unwrap();
            // Every quarter of an hour of ten years.
            for local in (1_420_070_400..1_735_689_600).step_by(900) {
                let naive = DateTime::from_timestamp(local, 0).unwrap().naive_utc();
                let local = local * 1_000_000;
                match zone.from_local_datetime(&naive) {
                    LocalResult::Single(at) => {
                        assert_eq!(named.instants(local), (at.timestamp_micros(), at.timestamp_micros()));
                    }
                    LocalResult::Ambiguous(a, b) => {
                        twice += 1;
                        assert_eq!(named.instants(local), (a.timestamp_micros(), b.timestamp_micros()));
                    }
                    LocalResult::None => {
                        let (at, last) = named.instants(local);
                        assert_eq!(at, last);
                        let shown =
                            |at: i64| at + i64::from(named.offset(at.div_euclid(1_000_000))) * 1_000_000;
                        assert!(shown(at - 1) < local && shown(at) > local, "{name} {local}");
                    }
                }
            }
        }
        assert!(twice > 100);
    }
}
