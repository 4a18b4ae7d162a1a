//! Cleansing: values as people type them become values that compare. Nothing is lost: the raw value stays beside
//! the clean one, with the rules that changed it by name.

pub(crate) mod company;
pub(crate) mod compile;
pub(crate) mod date;
pub(crate) mod email;
pub(crate) mod null;
pub(crate) mod number;
pub(crate) mod phone;
pub(crate) mod place;
pub(crate) mod policy;
pub(crate) mod postal;
pub(crate) mod text;

#[cfg(test)]
mod tests;

use crate::base::map::Map;
use serde::Serialize;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::lead::value::Value;

/// A value before and after cleansing.
///
/// Cleansing a clean value again changes nothing.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Cleansed {
    /// The clean value; null where the raw one says nothing or was refused.
    pub value: Value,
    /// As it came.
    pub raw: Value,
    /// The rules that changed something, in the order in which they did: `width`, `spaces`, `disguised_null`...
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<&'static str>,
    /// What else the value told: `extension` of a telephone number, `key`, `form` and `branch` of a company,
    /// `prefecture` and `city` of an address.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub parts: Map<&'static str, String>,
    /// How sure the reading is, in millionths; absent where it is certain.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u32>,
    /// Why the value was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Diagnostic>,
}

/// All fields of a record, cleansed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Cleansing {
    /// The fields, clean, in their order; fields that were derived from an address or a postal code come last.
    pub fields: Map<String, Value>,
    /// What was changed, derived or refused, or tells more than its value (`parts`), by field.
    pub changes: Map<String, Cleansed>,
}

impl Cleansed {
    /// A value that is still to be looked at.
    pub(crate) fn start(raw: &Value) -> Self {
        Self {
            value: raw.clone(),
            raw: raw.clone(),
            rules: Vec::new(),
            parts: Map::new(),
            confidence: None,
            problem: None,
        }
    }

    pub(crate) fn of_text(raw: &str) -> Self {
        Self::start(&Value::Text(raw.to_owned()))
    }

    /// The clean value, where it is a text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// True if cleansing changed, derived or refused anything.
    #[must_use]
    pub fn is_changed(&self) -> bool {
        self.value != self.raw || self.problem.is_some()
    }

    /// One step: names the rule if it changed the text.
    pub(crate) fn step(&mut self, rule: &'static str, next: String) {
        if self.text() != Some(next.as_str()) {
            self.value = Value::Text(next);
            self.rule(rule);
        }
    }

    pub(crate) fn rule(&mut self, rule: &'static str) {
        if !self.rules.contains(&rule) {
            self.rules.push(rule);
        }
    }

    pub(crate) fn part(&mut self, name: &'static str, value: impl Into<String>) {
        self.parts.insert(name, value.into());
    }

    /// The lower of the present confidence and this one, in millionths.
    pub(crate) fn doubt(&mut self, confidence: u32) {
        self.confidence = Some(self.confidence.map_or(confidence, |known| known.min(confidence)));
    }

    /// Refuses the value: what cannot be right is no fact.
    pub(crate) fn refuse(mut self, what: &str, help: &str) -> Self {
        let shown: String = match &self.raw {
            Value::Text(text) => text.chars().take(40).collect(),
            other => other.kind().to_owned(),
        };
        self.problem =
            Some(Diagnostic::warning(Code::NotCleansed, format!("`{shown}` is not {what}")).with_help(help));
        self.value = Value::Null;
        self.confidence = None;
        self.parts = Map::new();
        self
    }
}
