//! Payloads as they come in: JSON, form posts and rows of tables become one kind of value.

use std::borrow::Cow;

use crate::base::map::Map;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::lead::value::Value;

/// The longest payload that is read, in bytes: more than any provider sends at once.
const MAX_BYTES: usize = 32 * 1024 * 1024;

/// A payload, read and ready to be captured.
///
/// Whatever is in it stays data: a key such as `__proto__` is a key like any other, a lone surrogate becomes
/// U+FFFD, and bytes that are not UTF-8 do too.
///
/// ```
/// use ikusei::{Payload, Value};
/// let payload = Payload::form("email=taro%40example.co.jp&interest=a&interest=b");
/// let Value::Object(fields) = payload.value() else { panic!("a form is an object") };
/// assert_eq!(fields["email"], Value::from("taro@example.co.jp"));
/// assert_eq!(fields["interest"], Value::List(vec!["a".into(), "b".into()]));
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Payload(Value);

impl Payload {
    /// Reads JSON text.
    ///
    /// # Errors
    /// `IK0701` if it is not JSON, longer than 32 MiB, or more than 127 levels deep.
    pub fn json(text: &str) -> Result<Self, Error> {
        if text.len() > MAX_BYTES {
            let diagnostic = Diagnostic::error(Code::BadPayload, "a payload of more than 32 MiB");
            return Err(Error::call(diagnostic.with_help("deliver it in parts")));
        }
        let text = mend_surrogates(text.trim_start_matches('\u{feff}'));
        serde_json::from_str(&text).map(Self).map_err(|error| {
            let full = error.to_string();
            let message = full.split(" at line ").next().unwrap_or(&full);
            let place = format!("line {}, column {}", error.line(), error.column());
            let message = format!("a payload that is not JSON: {message}, at {place}");
            let diagnostic = Diagnostic::error(Code::BadPayload, message);
            Error::call(diagnostic.with_help("deliver the body as the provider sent it"))
        })
    }

    /// Reads JSON from bytes; what is not UTF-8 among them becomes U+FFFD.
    ///
    /// # Errors
    /// As [`Payload::json`].
    pub fn json_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::json(&String::from_utf8_lossy(bytes))
    }

    /// Reads a form post (`application/x-www-form-urlencoded`); a name that comes several times holds a list.
    #[must_use]
    pub fn form(text: &str) -> Self {
        let pairs = text.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (form_text(name), form_text(value))
        });
        Self::of_pairs(pairs)
    }

    /// A row of a table with its header. Cells beyond the header are left out, and so are columns without a name;
    /// a column name that comes several times holds a list.
    ///
    /// ```
    /// use ikusei::{Payload, Value};
    /// let row = Payload::row(["会社名", "Email"], ["アクメ", "taro@example.co.jp"]);
    /// let Value::Object(cells) = row.value() else { panic!("a row is an object") };
    /// assert_eq!(cells["会社名"], Value::from("アクメ"));
    /// ```
    #[must_use]
    pub fn row<'a>(
        header: impl IntoIterator<Item = &'a str>,
        cells: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let names = header.into_iter().map(|name| name.trim_start_matches('\u{feff}').trim());
        let pairs = names.zip(cells).filter(|(name, _)| !name.is_empty());
        Self::of_pairs(pairs.map(|(name, cell)| (name.to_owned(), cell.to_owned())))
    }

    fn of_pairs(pairs: impl Iterator<Item = (String, String)>) -> Self {
        let mut object: Map<String, Value> = Map::new();
        for (name, value) in pairs {
            let value = Value::Text(value);
            match object.get_mut(&name) {
                Some(Value::List(values)) => values.push(value),
                Some(first) => *first = Value::List(vec![std::mem::take(first), value]),
                None => {
                    object.insert(name, value);
                }
            }
        }
        Self(Value::Object(object))
    }

    /// What was read.
    #[must_use]
    pub fn value(&self) -> &Value {
        &self.0
    }
}

impl From<Value> for Payload {
    fn from(value: Value) -> Self {
        Self(value)
    }
}

/// A cell as a spreadsheet may read it: what begins like a formula (`=`, `+`, `-`, `@`, a tab or a line break) gets
/// an apostrophe before it, unless it is a plain number.
///
/// ```
/// assert_eq!(ikusei::safe_cell("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")");
/// assert_eq!(ikusei::safe_cell("-12.5"), "-12.5");
/// assert_eq!(ikusei::safe_cell("株式会社アクメ"), "株式会社アクメ");
/// ```
#[must_use]
pub fn safe_cell(text: &str) -> Cow<'_, str> {
    // A spreadsheet looks past blanks and takes full-width signs for plain ones.
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}' | '\0');
    let begins = text.trim_start_matches(blank).chars().next();
    let risky = matches!(begins, Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '−'))
        || text.starts_with(['\t', '\r', '\n']);
    let number = text.strip_prefix(['-', '+']).is_some_and(|digits| {
        digits.starts_with(|c: char| c.is_ascii_digit())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
    });
    if risky && !number { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Percent decoding with `+` as space; what is malformed stays as it is.
pub(super) fn form_text(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut ahead = rest.clone();
                let digits = (ahead.next().and_then(hex), ahead.next().and_then(hex));
                if let (Some(high), Some(low)) = digits {
                    bytes.push(high << 4 | low);
                    rest = ahead;
                } else {
                    bytes.push(b'%');
                }
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// JSON text in which every escape of half a surrogate pair is that of U+FFFD.
fn mend_surrogates(text: &str) -> Cow<'_, str> {
    if !text.contains("\\ud") && !text.contains("\\uD") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, tail) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let (length, lone) = match unit(tail) {
            Some(0xD800..=0xDBFF) => match tail.get(6..).and_then(unit) {
                Some(0xDC00..=0xDFFF) => (12, false),
                _ => (6, true),
            },
            Some(0xDC00..=0xDFFF) => (6, true),
            Some(_) => (6, false),
            // Any other escape: the character behind the backslash belongs to it.
            None => (1 + tail.chars().nth(1).map_or(0, char::len_utf8), false),
        };
        let (escape, after) = tail.split_at_checked(length).unwrap_or((tail, ""));
        out.push_str(if lone { "\\ufffd" } else { escape });
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The number of a `\uXXXX` that the text begins with.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then(|| u32::from_str_radix(digits, 16).ok())
        .flatten()
}
