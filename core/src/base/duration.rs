//! Lengths of elapsed time as authors write them: `30d`, `4h`, `1d12h`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::wire::{Reader, Wire};

/// A length of elapsed time, never negative: a day is 86,400 seconds, whatever the calendar says.
///
/// Written as whole numbers with units, largest first: `w`, `d`, `h`, `m`, `s`.
///
/// ```
/// use ikusei::Duration;
/// let duration: Duration = "1d12h".parse()?;
/// assert_eq!(duration.seconds(), 129_600);
/// assert_eq!(duration.to_string(), "1d12h");
/// # Ok::<(), ikusei::ParseDurationError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Duration {
    seconds: i64,
}

/// Why a text is not a duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseDurationError;

/// Units, largest first, with their seconds.
const UNITS: [(char, i64); 5] = [('w', 604_800), ('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// A thousand years: beyond any use, and far from the end of an `i64` of microseconds.
const MAX_SECONDS: i64 = 1_000 * 366 * 86_400;

impl Duration {
    /// One day of 86,400 seconds.
    pub const DAY: Duration = Duration { seconds: 86_400 };

    /// From seconds; `None` if negative or beyond a thousand years.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Option<Self> {
        if seconds < 0 || seconds > MAX_SECONDS { None } else { Some(Self { seconds }) }
    }

    /// Whole seconds.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.seconds
    }

    /// Whole microseconds, the unit that instants are compared in.
    #[must_use]
    pub const fn micros(self) -> i64 {
        // INVARIANT: at most a thousand years, so 3.2e16.
        self.seconds * 1_000_000
    }
}

impl FromStr for Duration {
    type Err = ParseDurationError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut rest = text;
        let mut seconds: i64 = 0;
        let mut units = UNITS.iter();
        if rest.is_empty() {
            return Err(ParseDurationError);
        }
        while !rest.is_empty() {
            let end = rest.find(|c: char| !c.is_ascii_digit()).ok_or(ParseDurationError)?;
            let (digits, tail) = rest.split_at_checked(end).ok_or(ParseDurationError)?;
            let unit = tail.chars().next().ok_or(ParseDurationError)?;
            // Searching on in the same iterator keeps the units in falling order, each once.
            let (_, size) = units.find(|(name, _)| *name == unit).ok_or(ParseDurationError)?;
            let count: i64 = digits.parse().map_err(|_| ParseDurationError)?;
            seconds = count
                .checked_mul(*size)
                .and_then(|part| seconds.checked_add(part))
                .filter(|sum| *sum <= MAX_SECONDS)
                .ok_or(ParseDurationError)?;
            rest = tail.get(unit.len_utf8()..).unwrap_or("");
        }
        Ok(Self { seconds })
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.seconds == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.seconds;
        // Weeks are read but not written: `30d` should not come back as `4w2d`.
        for (unit, size) in UNITS.iter().skip(1) {
            if rest >= *size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

impl fmt::Display for ParseDurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a duration: write whole numbers with units, largest first, such as `30d`, `4h` or `1d12h`",
        )
    }
}

impl std::error::Error for ParseDurationError {}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| de::Error::custom(format_args!("`{text}` is {ParseDurationError}")))
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Duration {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string", "pattern": "^(?=.)([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$",
            "description": "elapsed time: whole numbers with units, largest first, such as `30d`, `4h` or `1d12h`"
        })
    }
}

impl Wire for Duration {
    fn write(&self, out: &mut String) {
        self.seconds.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        Self::from_seconds(from.number()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print() {
        let seconds = |text: &str| text.parse::<Duration>().map(Duration::seconds);
        assert_eq!(seconds("90d"), Ok(90 * 86_400));
        assert_eq!(seconds("2w"), Ok(14 * 86_400));
        assert_eq!(seconds("1h30m"), Ok(5_400));
        assert_eq!("4w2d".parse::<Duration>().map(|d| d.to_string()), Ok("30d".to_owned()));
        assert_eq!(Duration::from_seconds(0).map(|d| d.to_string()), Some("0s".to_owned()));
        for bad in
            ["", "d", "1", "1x", "1h1d", "1d1d", "-1d", "1.5d", "9999999999999999999d", "400000d", "１d"]
        {
            assert_eq!(seconds(bad), Err(ParseDurationError), "{bad}");
        }
    }
}
