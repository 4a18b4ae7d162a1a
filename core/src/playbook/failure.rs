//! What `serde` says of a value, in the words of the people who write playbooks.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::decode::{Path, one_of};
use super::node::{Key, Kind, Node, Number, Place, clip};
use crate::base::suggest::nearest;
use crate::base::{Code, Diagnostic};

/// One problem of a value, and what to leave out to go on without it.
#[derive(Debug)]
pub(super) struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    diagnostic: Diagnostic,
    /// What was expected, as long as it is not known what was found.
    expected: Option<String>,
    place: Place,
    origin: Origin,
}

/// Where a failure arose.
#[derive(Debug, Default)]
pub(super) struct Origin {
    /// The value at fault; for an absent key, the mapping that lacks it.
    pub(super) node: Option<*const Node>,
    /// The required key that is absent.
    pub(super) missing: Option<&'static str>,
    /// Whether the key is there after all, with a value at fault.
    pub(super) has_key: bool,
    /// A consequence of what is already known: not to be reported.
    pub(super) secondary: bool,
}

impl Failure {
    fn new(diagnostic: Diagnostic) -> Self {
        let origin = Origin::default();
        Self(Box::new(Inner { diagnostic, expected: None, place: Place::default(), origin }))
    }

    pub(super) fn wrong_kind(expected: &str, found: &str) -> Self {
        Self::new(Diagnostic::error(Code::WrongKind, format!("expected {expected}, found {found}")))
    }

    pub(super) fn bad_number(text: &str) -> Self {
        Self::new(Diagnostic::error(Code::BadScalar, format!("the number `{}` cannot be held", clip(text))))
    }

    pub(super) fn one_key(keys: usize, choices: &[&str]) -> Self {
        let message = format!("expected one key, found {}", counted(keys, "key"));
        Self::new(Diagnostic::error(Code::WrongKind, message).with_help(format!("write {}", one_of(choices))))
    }

    pub(super) fn too_many(taken: usize, found: usize) -> Self {
        Self::wrong_kind(&format!("a list of {}", counted(taken, "item")), &counted(found, "item"))
    }

    pub(super) fn needs_value(name: &str) -> Self {
        let message = format!("`{name}` needs a value");
        Self::new(Diagnostic::error(Code::WrongKind, message).with_help(format!("write `{name}: ...`")))
    }

    pub(super) fn takes_nothing(name: &str) -> Self {
        let message = format!("`{name}` takes no value");
        Self::new(Diagnostic::error(Code::WrongKind, message).with_help(format!("write `{name}` alone")))
    }

    /// At this node, unless a deeper one has been named already.
    pub(super) fn at(mut self, node: &Node, key: Option<&Key>, path: &Path<'_>) -> Self {
        let inner = &mut *self.0;
        if inner.origin.node.is_none() {
            inner.origin.node = Some(std::ptr::from_ref(node));
            inner.origin.has_key = inner.origin.missing.is_some_and(|missing| node.get(missing).is_some());
            inner.diagnostic.path = Some(path.pointer());
            inner.place = match (&node.kind, key) {
                (Kind::Mapping(_) | Kind::List(_) | Kind::Null, Some(key)) => key.place,
                _ => node.place,
            };
        }
        self
    }

    /// At a key, unless a deeper place has been named already; its value is left out with it.
    pub(super) fn at_key(mut self, key: &Key, value: &Node, path: &Path<'_>) -> Self {
        let inner = &mut *self.0;
        if inner.origin.node.is_none() {
            inner.origin.node = Some(std::ptr::from_ref(value));
            inner.diagnostic.path = Some(path.pointer());
            inner.place = key.place;
        }
        self
    }

    pub(super) fn is_at(&self, node: &Node) -> bool {
        self.0.origin.node == Some(std::ptr::from_ref(node))
    }

    pub(super) fn secondary(&mut self) {
        self.0.origin.secondary = true;
    }

    /// The value as it was written is named, not what became of it, and the usual slips get their remedy.
    pub(super) fn found(mut self, node: &Node) -> Self {
        let inner = &mut *self.0;
        if inner.origin.node.is_some() {
            return self;
        }
        if let Some(expected) = inner.expected.take() {
            inner.diagnostic.message = format!("expected {expected}, found {}", node.describe());
            let help = match &node.kind {
                Kind::Number(_) | Kind::Bool(_) if expected == "a text" => Some("put it in quotes"),
                Kind::Text(text) if expected.contains("number") && Number::read(text).is_some() => {
                    Some("write it without quotes")
                }
                Kind::Null | Kind::Mapping(_) => None,
                _ if expected == "a list" => Some("write a list, even of one: `[...]`"),
                _ => None,
            };
            inner.diagnostic.help = help.map(str::to_owned);
        }
        self
    }

    pub(super) fn into_parts(self) -> (Diagnostic, Place, Origin) {
        let Inner { diagnostic, place, origin, .. } = *self.0;
        (diagnostic, place, origin)
    }
}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(message: T) -> Self {
        let text = message.to_string();
        // The types of this crate put the remedy after a colon.
        let (message, help) = match text.split_once(": write ") {
            Some((message, help)) => (message, Some(format!("write {help}"))),
            None => (text.as_str(), None),
        };
        let mut diagnostic = Diagnostic::error(Code::BadScalar, message);
        diagnostic.help = help;
        Self::new(diagnostic)
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = plain(&expected.to_string());
        let mut failure = Self::wrong_kind(&expected, &found(unexpected));
        failure.0.expected = Some(expected);
        failure
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let message = format!("expected {}, found {}", plain(&expected.to_string()), found(unexpected));
        Self::new(Diagnostic::error(Code::BadScalar, message))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::wrong_kind(&plain(&expected.to_string()), &counted(length, "item"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown(Code::UnknownChoice, format!("unknown choice `{}`", clip(variant)), variant, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::unknown(Code::UnknownKey, format!("unknown key `{}`", clip(field)), field, expected)
    }

    fn missing_field(field: &'static str) -> Self {
        let mut failure = Self::new(Diagnostic::error(Code::MissingKey, format!("missing key `{field}`")));
        failure.0.diagnostic.help = Some(format!("add `{field}: ...`"));
        failure.0.origin.missing = Some(field);
        failure
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(Diagnostic::error(Code::DuplicateKey, format!("duplicate key `{field}`")))
    }
}

impl Failure {
    fn unknown(code: Code, message: String, word: &str, choices: &'static [&'static str]) -> Self {
        let near = nearest(word, choices.iter().copied());
        let mut diagnostic = Diagnostic::error(code, message).did_you_mean(near);
        if near.is_none() && !choices.is_empty() {
            diagnostic.help = Some(format!("write {}", one_of(choices)));
        }
        Self::new(diagnostic)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.diagnostic.message)
    }
}

impl std::error::Error for Failure {}

/// What a visitor expects, without the names of Rust types.
fn plain(expected: &str) -> String {
    match expected {
        "a string" | "string" | "str" | "a borrowed string" => "a text",
        "a map" => "a mapping",
        "a sequence" => "a list",
        "a boolean" | "bool" => "`true` or `false`",
        "unit" => "nothing",
        "i64" | "i128" => "a whole number",
        "u64" | "usize" | "u128" => "a whole number, zero or more",
        "u8" => "a whole number between 0 and 255",
        "u16" => "a whole number between 0 and 65535",
        "u32" => "a whole number between 0 and 4294967295",
        "i8" => "a whole number between -128 and 127",
        "i16" => "a whole number between -32768 and 32767",
        "i32" => "a whole number between -2147483648 and 2147483647",
        "f64" | "f32" => "a number",
        _ => match expected.split_once(' ') {
            Some(("struct", _)) => "a mapping",
            Some(("enum", _)) => "one of the choices",
            Some(("a", rest)) if rest.starts_with("tuple of size ") => {
                return format!("a list of {} items", rest.trim_start_matches("tuple of size "));
            }
            Some(("an", rest)) if rest.starts_with("array of length ") => {
                return format!("a list of {} items", rest.trim_start_matches("array of length "));
            }
            _ => expected,
        },
    }
    .to_owned()
}

fn found(unexpected: Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(number) => format!("the number `{number}`"),
        Unexpected::Signed(number) => format!("the number `{number}`"),
        Unexpected::Float(number) => format!("the number `{number}`"),
        Unexpected::Str(text) => format!("the text `{}`", clip(text)),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        other => other.to_string(),
    }
}

/// `1 item`, `3 items`, `no item`.
fn counted(count: usize, what: &str) -> String {
    match count {
        0 => format!("no {what}"),
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}
