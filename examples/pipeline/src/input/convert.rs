//! From the text of a cell to a value of the declared type, by stated rules.
//!
//! - An empty cell (white space counts as empty) is an absent value.
//! - Full-width digits, signs and commas are read as plain ones, and white space around a value is cut off.
//! - A comma is read as a separator of thousands only where it separates groups of three: `1,200` is 1200,
//!   `1,2` is refused.
//! - Nothing is rounded or guessed: `12.5` is not a whole number, and an instant needs a zone.

use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone};
use ikusei::{FieldType, Instant, Value};
use unicode_normalization::UnicodeNormalization;

/// How dates and times are written where they are not written the usual way.
#[derive(Debug, Clone, Default)]
pub struct Converter {
    /// A `strftime` pattern for dates and times, such as `%d-%m-%Y`, tried before the usual ways.
    pub date_format: Option<String>,
    /// The zone of times that do not name theirs.
    pub zone: Option<FixedOffset>,
}

/// Why a cell is not a value of its type: what is wrong, and what to do.
pub type Refusal = (String, &'static str);

impl Converter {
    /// The value of a cell, or `None` for an empty one.
    ///
    /// # Errors
    /// If the text is not a value of the type.
    ///
    /// ```
    /// use ikusei::{FieldType, Value};
    /// let converter = pipeline::input::convert::Converter::default();
    /// assert_eq!(converter.value("１,２００", FieldType::Integer), Ok(Some(Value::Int(1200))));
    /// assert_eq!(converter.value(" ", FieldType::Integer), Ok(None));
    /// assert!(converter.value("about 300", FieldType::Integer).is_err());
    /// ```
    pub fn value(&self, cell: &str, kind: FieldType) -> Result<Option<Value>, Refusal> {
        let text = cell.trim();
        if text.is_empty() {
            return Ok(None);
        }
        match kind {
            FieldType::Integer => whole(text),
            FieldType::Number => number(text),
            FieldType::Boolean => boolean(text),
            FieldType::Date => self
                .date(text)
                .map(|date| Value::Text(date.format("%Y-%m-%d").to_string()))
                .ok_or_else(|| {
                    (
                        format!("`{text}` is not a date"),
                        "write it as 2026-05-01, 2026/5/1 or 2026年5月1日, or name the pattern with --date-format",
                    )
                }),
            FieldType::Timestamp => self.instant(text).map(|at| Value::Text(at.to_string())),
            FieldType::Set => Ok(Value::List(
                text.split([';', '；', '|', '、'])
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(Value::from)
                    .collect(),
            )),
            _ => Ok(Value::from(text)),
        }
        .map(Some)
    }

    /// The instant of a cell: date, time and zone, or one of the ways that [`Converter`] is told of.
    ///
    /// # Errors
    /// If the text is not an instant, or names no zone and none is set.
    pub fn instant(&self, cell: &str) -> Result<Instant, Refusal> {
        let text = cell.trim();
        if let Ok(at) = text.parse() {
            return Ok(at);
        }
        let Some(local) = self.local(text) else {
            return Err((
                format!("`{text}` is not an instant"),
                "write date, time and zone, such as 2026-05-01T09:00:00+09:00, or name the pattern with --date-format",
            ));
        };
        let Some(zone) = self.zone else {
            return Err((
                format!("`{text}` does not say in which zone"),
                "add the zone, such as +09:00, or name that of the whole file with --zone",
            ));
        };
        let at: Option<DateTime<FixedOffset>> = zone.from_local_datetime(&local).single();
        at.map(|at| Instant::from(at.to_utc()))
            .ok_or_else(|| (format!("`{text}` is out of range"), "write a year between 0 and 9999"))
    }

    fn date(&self, text: &str) -> Option<NaiveDate> {
        let text: String = text.nfkc().collect();
        let formats = self.date_format.as_deref().into_iter().chain(["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日"]);
        formats
            .filter_map(|format| {
                NaiveDate::parse_from_str(&text, format)
                    .or_else(|_| NaiveDateTime::parse_from_str(&text, format).map(|at| at.date()))
                    .ok()
            })
            .find(|date| (0..=9999).contains(&chrono::Datelike::year(date)))
    }

    fn local(&self, text: &str) -> Option<NaiveDateTime> {
        let usual = [
            "%Y-%m-%dT%H:%M:%S%.f",
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%d %H:%M",
            "%Y/%m/%d %H:%M:%S",
            "%Y/%m/%d %H:%M",
        ];
        let mut formats = self.date_format.as_deref().into_iter().chain(usual);
        formats
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .or_else(|| self.date(text).map(|date| date.and_time(NaiveTime::MIN)))
    }
}

fn whole(text: &str) -> Result<Value, Refusal> {
    let refused = || (format!("`{text}` is not a whole number"), "write digits only, such as 1200");
    digits(text)
        .filter(|plain| !plain.contains('.'))
        .and_then(|plain| plain.parse().ok())
        .map(Value::Int)
        .ok_or_else(refused)
}

fn number(text: &str) -> Result<Value, Refusal> {
    let refused = || (format!("`{text}` is not a number"), "write digits and a decimal point, such as 12.5");
    let plain = digits(text).ok_or_else(refused)?;
    // A whole number is the same value however it was written, as in JSON.
    serde_json::from_str(plain.strip_prefix('+').unwrap_or(&plain)).or_else(|_| {
        plain.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::Float).ok_or_else(refused)
    })
}

/// Plain digits with an optional sign and point; `None` if there is anything else, or a comma in a wrong place.
fn digits(text: &str) -> Option<String> {
    let text: String = text.nfkc().map(|c| if c == '\u{2212}' { '-' } else { c }).collect();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(&text);
    let (front, back) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = front.split(',');
    let first = groups.next()?;
    let grouped = front.contains(',');
    if !is_digits(first)
        || (grouped && first.len() > 3)
        || !groups.all(|group| group.len() == 3 && is_digits(group))
        || !is_digits(back)
    {
        return None;
    }
    Some(text.replace(',', ""))
}

fn boolean(text: &str) -> Result<Value, Refusal> {
    match text.nfkc().collect::<String>().to_lowercase().as_str() {
        "true" | "yes" | "1" | "はい" | "有" => Ok(Value::Bool(true)),
        "false" | "no" | "0" | "いいえ" | "無" => Ok(Value::Bool(false)),
        _ => Err((
            format!("`{text}` is neither true nor false"),
            "write true or false, yes or no, 1 or 0, はい or いいえ, 有 or 無",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(cell: &str, kind: FieldType) -> Option<Value> {
        Converter::default().value(cell, kind).unwrap()
    }

    fn refused(cell: &str, kind: FieldType) -> String {
        Converter::default().value(cell, kind).unwrap_err().0
    }

    #[test]
    fn numbers_are_read_by_the_stated_rules_or_refused() {
        for (cell, value) in [
            ("1200", 1200),
            ("1,200", 1200),
            ("１２００", 1200),
            ("−5", -5),
            ("+7", 7),
            ("12,345,678", 12_345_678),
        ] {
            assert_eq!(plain(cell, FieldType::Integer), Some(Value::Int(value)), "{cell}");
        }
        for cell in ["1,2", "1234,567", "12.5", "1e3", "300名", "--5", ",100", "99999999999999999999"] {
            assert_eq!(refused(cell, FieldType::Integer), format!("`{cell}` is not a whole number"));
        }
        assert_eq!(plain("1,200.5", FieldType::Number), Some(Value::Float(1200.5)));
        assert_eq!(plain("300.0", FieldType::Number), Some(Value::Int(300)));
        assert_eq!(plain("007", FieldType::Number), Some(Value::Float(7.0)));
        assert_eq!(refused("1.2.3", FieldType::Number), "`1.2.3` is not a number");
        assert_eq!(refused(".5", FieldType::Number), "`.5` is not a number");
    }

    #[test]
    fn dates_and_instants_in_the_ways_people_write_them() {
        for cell in ["2026-05-01", "2026/5/1", "2026年5月1日", "２０２６/05/01"] {
            assert_eq!(plain(cell, FieldType::Date), Some(Value::from("2026-05-01")), "{cell}");
        }
        assert_eq!(refused("2026-02-30", FieldType::Date), "`2026-02-30` is not a date");
        let told =
            Converter { date_format: Some("%d-%m-%Y".to_owned()), zone: FixedOffset::east_opt(9 * 3_600) };
        assert_eq!(told.value("01-02-2018", FieldType::Date), Ok(Some(Value::from("2018-02-01"))));
        assert_eq!(told.instant("2026-05-01 09:00").unwrap().to_string(), "2026-05-01T00:00:00Z");
        assert_eq!(told.instant("01-05-2026").unwrap().to_string(), "2026-04-30T15:00:00Z");
        assert!(refused("2026-05-01 09:00", FieldType::Timestamp).contains("does not say in which zone"));
        assert!(refused("soon", FieldType::Timestamp).contains("not an instant"));
    }

    #[test]
    fn other_types() {
        assert_eq!(plain("はい", FieldType::Boolean), Some(Value::Bool(true)));
        assert_eq!(plain("NO", FieldType::Boolean), Some(Value::Bool(false)));
        assert!(refused("maybe", FieldType::Boolean).contains("neither true nor false"));
        let set = Value::List(vec![Value::from("product-a"), Value::from("product-b")]);
        assert_eq!(plain("product-a; product-b;", FieldType::Set), Some(set));
        assert_eq!(plain("  製造業 ", FieldType::Text), Some(Value::from("製造業")));
        assert_eq!(plain("\u{3000}", FieldType::Text), None);
    }
}
