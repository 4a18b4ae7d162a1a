//! Typed arguments, read by `serde`: for what only full builds can do.

use serde::{Deserialize, Deserializer};

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::wording::Wording;
use crate::lead::read;
use crate::lead::record::Lead;
use crate::lead::value::Value;

/// Reads arguments.
pub(super) fn read<'a, T: Deserialize<'a>>(args: &'a str) -> Result<T, Error> {
    serde_json::from_str(args).map_err(|error| {
        let wording = Wording::of(&error.to_string());
        let message = format!("arguments that the call does not take: {}", wording.message);
        let help = "the documentation of `api` lists what each method takes";
        Error::call(wording.remedied(Diagnostic::error(Code::BadCall, message), help))
    })
}

/// A lead inside arguments: its own problems stay its own.
pub(super) struct Record(Result<Lead, Error>);

impl Record {
    pub(super) fn lead(&self) -> Result<&Lead, Error> {
        self.0.as_ref().map_err(Clone::clone)
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(read::lead(Value::deserialize(deserializer)?)))
    }
}
