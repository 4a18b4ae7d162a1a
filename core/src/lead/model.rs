//! What the playbook declares about leads: fields and kinds of activities, with their types.

use crate::base::map::Map;
use serde::{Deserialize, Serialize};

use crate::base::wire::{wire_enum, wire_struct};
use crate::lead::symbols::Symbols;

/// A field of the lead, as the playbook declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FieldPolicy {
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// What people call it, in charts and explanations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The values that the playbook may name. Others in the data are accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Whether it identifies a person or a company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
}

/// What a field or a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum FieldType {
    /// Any text.
    Text,
    /// A mail address; a text in expressions.
    Email,
    /// A telephone number; a text in expressions.
    Phone,
    /// A web address; a text in expressions.
    Url,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// True or false.
    Boolean,
    /// A calendar date, `2026-05-01`; midnight UTC in expressions.
    Date,
    /// An instant with zone, `2026-05-01T09:00:00+09:00`.
    Timestamp,
    /// Several texts.
    Set,
}

/// Whom a field identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Identity {
    /// One person.
    #[default]
    Person,
    /// One company.
    Company,
}

/// A kind of activity, as the playbook declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ActivityPolicy {
    /// The channel it comes in by: `web`, `email`, `seminar`, `phone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it carries.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, FieldType>,
}

/// The declarations, numbered: what expressions compile against and what records are read with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Model {
    fields: Map<String, FieldPolicy>,
    activities: Map<String, ActivityPolicy>,
    /// Texts that the playbook names, each with its symbol (from 1): a text of a lead is hashed once and then
    /// compared by number. Symbol 0 is any other text.
    symbols: Symbols,
}

impl Model {
    pub(crate) fn new(fields: &Map<String, FieldPolicy>, activities: &Map<String, ActivityPolicy>) -> Self {
        Self { fields: fields.clone(), activities: activities.clone(), symbols: Symbols::default() }
    }

    /// The declared fields in order; a field's number is its place here.
    pub(crate) fn fields(&self) -> impl ExactSizeIterator<Item = (&str, &FieldPolicy)> {
        self.fields.iter().map(|(name, policy)| (name.as_str(), policy))
    }

    pub(crate) fn field(&self, name: &str) -> Option<(usize, &FieldPolicy)> {
        self.fields.get_full(name).map(|(index, _, policy)| (index, policy))
    }

    pub(crate) fn field_at(&self, index: usize) -> Option<(&str, &FieldPolicy)> {
        self.fields.get_index(index).map(|(name, policy)| (name.as_str(), policy))
    }

    /// The declared kinds in order; a kind's number is its place here.
    pub(crate) fn activities(&self) -> impl ExactSizeIterator<Item = (&str, &ActivityPolicy)> {
        self.activities.iter().map(|(name, policy)| (name.as_str(), policy))
    }

    pub(crate) fn activity(&self, name: &str) -> Option<(usize, &ActivityPolicy)> {
        self.activities.get_full(name).map(|(index, _, policy)| (index, policy))
    }

    pub(crate) fn activity_at(&self, index: usize) -> Option<(&str, &ActivityPolicy)> {
        self.activities.get_index(index).map(|(name, policy)| (name.as_str(), policy))
    }

    /// The symbol of a text, given one if it has none yet.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        self.symbols.intern(text)
    }

    /// The symbol of a text, or 0.
    pub(crate) fn symbol(&self, text: &str) -> u32 {
        self.symbols.symbol(text)
    }

    /// How many symbols there are, symbol 0 included: the length of a table indexed by symbol.
    pub(crate) fn symbol_count(&self) -> usize {
        self.symbols.count()
    }
}

wire_struct!(FieldPolicy { kind, label, values, identity });
wire_struct!(ActivityPolicy { channel, label, properties });
wire_struct!(Model { fields, activities, symbols });
wire_enum!(Identity { 0 => Person, 1 => Company });
wire_enum!(FieldType {
    0 => Text, 1 => Email, 2 => Phone, 3 => Url, 4 => Integer, 5 => Number, 6 => Boolean, 7 => Date,
    8 => Timestamp, 9 => Set,
});
