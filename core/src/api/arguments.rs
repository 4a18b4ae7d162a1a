//! The arguments of the methods that every build has, taken by hand: what `serde` writes for them a page would have to load.

use crate::assessment::Detail;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::map::Map;
use crate::base::suggest::nearest;
use crate::base::time::{Instant, ParseInstantError};
use crate::base::wording::remedy;
use crate::lead::read;
use crate::lead::record::Lead;
use crate::lead::value::Value;

/// The arguments of a call, taken one after the other.
pub(super) struct Arguments(Map<String, Value>);

impl Arguments {
    /// Reads arguments; those that the call does not take are refused.
    pub(super) fn read(args: &str, known: &[&str]) -> Result<Self, Error> {
        let object = match read::parse(args) {
            Ok(Value::Object(object)) => object,
            Ok(other) => return Err(bad(&format!("expected an object, found {}", other.kind()))),
            Err((message, _)) => return Err(bad(&message)),
        };
        if let Some(key) = object.keys().find(|key| !known.contains(&key.as_str())) {
            let diagnostic = bad_call(&format!("unknown key `{key}`"));
            return Err(Error::call(diagnostic.did_you_mean(nearest(key, known.iter().copied()))));
        }
        Ok(Self(object))
    }

    /// The value of an argument; null counts as absent.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.get_mut(name).map(std::mem::take).filter(|value| *value != Value::Null)
    }

    pub(super) fn needed(&mut self, name: &str) -> Result<Value, Error> {
        self.take(name).ok_or_else(|| {
            Error::call(bad_call(&format!("missing key `{name}`")).with_help(format!("add `{name}`")))
        })
    }

    pub(super) fn maybe_text(&mut self, name: &str) -> Result<Option<String>, Error> {
        self.take(name).map(|value| text(name, value)).transpose()
    }

    pub(super) fn text(&mut self, name: &str) -> Result<String, Error> {
        text(name, self.needed(name)?)
    }

    pub(super) fn flag(&mut self, name: &str, default: bool) -> Result<bool, Error> {
        match self.take(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(wrong(name, "true or false", &other)),
        }
    }

    pub(super) fn detail(&mut self, default: bool) -> Result<Detail, Error> {
        Ok(if self.flag("ledger", default)? { Detail::Ledger } else { Detail::Figures })
    }

    pub(super) fn at(&mut self) -> Result<Instant, Error> {
        let text = self.text("at")?;
        text.parse().map_err(|error: ParseInstantError| {
            let told = format!("`{text}` is {error}");
            match remedy(&told) {
                Some((message, help)) => Error::call(bad_call(message).with_help(help)),
                None => bad(&told),
            }
        })
    }

    /// A lead's own problems stay its own.
    pub(super) fn lead(&mut self) -> Result<Lead, Error> {
        read::lead(self.needed("lead")?)
    }

    pub(super) fn leads(&mut self) -> Result<impl Iterator<Item = Result<Lead, Error>> + use<>, Error> {
        Ok(list("leads", self.needed("leads")?)?.into_iter().map(read::lead))
    }
}

fn text(name: &str, value: Value) -> Result<String, Error> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(wrong(name, "a text", &other)),
    }
}

fn list(name: &str, value: Value) -> Result<Vec<Value>, Error> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(wrong(name, "a list", &other)),
    }
}

fn wrong(name: &str, expected: &str, found: &Value) -> Error {
    bad(&format!("`{name}` takes {expected}, and not {}", found.kind()))
}

pub(super) fn bad(message: &str) -> Error {
    Error::call(bad_call(message))
}

fn bad_call(message: &str) -> Diagnostic {
    Diagnostic::error(Code::BadCall, format!("arguments that the call does not take: {message}"))
        .with_help("the documentation of `api` lists what each method takes")
}
