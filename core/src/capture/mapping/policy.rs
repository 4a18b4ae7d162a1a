//! What an author writes about captures: which part of a payload becomes what.

use std::fmt;

use crate::base::map::Map;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::capture::cleanse::policy::Cleaner;
use crate::lead::value::Value;

/// A mapping: how payloads of one kind become facts.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CapturePolicy {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How payloads are written; JSON if absent.
    #[serde(default, skip_serializing_if = "PayloadFormat::is_json")]
    pub from: PayloadFormat,
    /// Where the payload proper is inside its envelope; a text there is read as JSON. What has no envelope is
    /// the payload itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unwrap: Option<Paths>,
    /// The list whose items concern one person each; a payload that is a list needs none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Paths>,
    /// The items that are looked at; all, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The playbook's fields, each with where its value comes from.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Pick>,
    /// Keys that identify the person, besides the fields that the playbook declares as such.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub identities: Map<String, Pick>,
    /// Hidden form fields, by the name they get in `source`: form, campaign, priority.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub hidden: Map<String, Pick>,
    /// How the lead was acquired, by the name it gets in `source`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub source: Map<String, Pick>,
    /// The pages that tell it: search keyword, UTM parameters and click ids are read out of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acquisition: Option<AcquisitionPolicy>,
    /// What the person did. The key is the kind of activity, unless `kind` says otherwise.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub activities: Map<String, ActivityMapping>,
    /// What the person allows or refuses, by channel.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub consent: Map<String, ConsentMapping>,
}

/// How a payload is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PayloadFormat {
    /// JSON text.
    #[default]
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// A row of a table, with its header.
    Csv,
}

impl PayloadFormat {
    fn is_json(&self) -> bool {
        *self == Self::Json
    }
}

/// Pages that tell how a lead was acquired.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AcquisitionPolicy {
    /// The address of the page that was landed on, with its query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<Pick>,
    /// The address of the page before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub referrer: Option<Pick>,
}

/// One activity, or one for every item of a list.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ActivityMapping {
    /// The list whose items are one activity each. Paths within are those of the item; `../` leads out of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub each: Option<Paths>,
    /// The items that are activities; all, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// The kind: one of the playbook's `activities`, or where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Pick>,
    /// The provider's event id. Without one, an id is made from the content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Pick>,
    /// When it happened; when it was captured, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Pick>,
    /// The campaign that brought it about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Pick>,
    /// Whether a person did it: `human`, `machine`, `unsure`, or true for a machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<Pick>,
    /// What it carries.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Pick>,
    /// What the person allows or refuses by it, by channel; a machine refuses nothing.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub consent: Map<String, ConsentMapping>,
}

/// What a person allows or refuses on a channel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConsentMapping {
    /// What happened: `grant`, `request`, `confirm`, `deny`, `bounce`, `complaint`, `recover`, or true and false for
    /// granting and denying. Nothing, where it is empty.
    pub event: Pick,
    /// The purpose, where it is not the whole channel: a newsletter, a group of mails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Pick>,
    /// On what ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<Pick>,
}

/// Where a value comes from: a path (`/email`), an expression (`payload.first + payload.last`), or both with
/// what is done to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Pick {
    /// A path, which begins with `/` or `../`, or an expression.
    Short(String),
    /// In full.
    Full(Box<PickRules>),
}

/// Where a value comes from and what is done to it, in the order of the keys. Give one of `from`, `value` and
/// `expression`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PickRules {
    /// The condition under which there is a value at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// A path, or several: the first that leads to a value counts, or all of them with `join`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Paths>,
    /// A constant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<serde_json::Value>"))]
    pub value: Option<Value>,
    /// An expression over `payload`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
    /// Values that count as none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// Cuts a text into a list at this separator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<String>,
    /// The item of a list, from 0; from the end, if negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub take: Option<i32>,
    /// Makes one text of a list, or of all that `from` names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join: Option<String>,
    /// What stands for what. A value that is not named here is a problem, unless `otherwise` takes it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[cfg_attr(feature = "schema", schemars(with = "Map<String, serde_json::Value>"))]
    pub values: Map<String, Value>,
    /// What becomes of a value that `values` does not name: `keep` leaves it, `drop` makes it empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Otherwise>,
    /// The format it is written in: a date, money, a number in any digits.
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    pub cleaner: Option<Cleaner>,
    /// A number that counts from 1970, as an instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unix: Option<UnixUnit>,
    /// The value where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<serde_json::Value>"))]
    pub default: Option<Value>,
}

/// What becomes of a value that a table does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Otherwise {
    /// It stays.
    Keep,
    /// It is empty.
    Drop,
}

/// What a number since 1970 counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum UnixUnit {
    /// Seconds, decimals included.
    Seconds,
    /// Milliseconds.
    Milliseconds,
}

/// One path or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Paths {
    /// One.
    One(String),
    /// Several: the first that leads somewhere.
    Many(Vec<String>),
}

impl Paths {
    /// The paths.
    #[must_use]
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(path) => std::slice::from_ref(path),
            Self::Many(paths) => paths,
        }
    }
}

impl Pick {
    /// In full: a short form that begins like a path is one.
    #[must_use]
    pub fn rules(&self) -> PickRules {
        match self {
            Self::Short(text) if is_path(text) => {
                PickRules { from: Some(Paths::One(text.clone())), ..PickRules::default() }
            }
            Self::Short(text) => PickRules { expression: Some(text.clone()), ..PickRules::default() },
            Self::Full(rules) => (**rules).clone(),
        }
    }
}

/// Whether a text is meant as a path.
pub(super) fn is_path(text: &str) -> bool {
    text.is_empty() || text.starts_with('/') || text.starts_with("../") || text == ".."
}

impl<'de> Deserialize<'de> for Pick {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PickVisitor;

        impl<'de> Visitor<'de> for PickVisitor {
            type Value = Pick;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path, an expression, or a mapping with `from`, `value` or `expression`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Pick, E> {
                Ok(Pick::Short(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Pick, A::Error> {
                PickRules::deserialize(MapAccessDeserializer::new(entries))
                    .map(|rules| Pick::Full(Box::new(rules)))
            }
        }

        deserializer.deserialize_any(PickVisitor)
    }
}

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PathsVisitor;

        impl<'de> Visitor<'de> for PathsVisitor {
            type Value = Paths;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a path or a list of paths")
            }

            fn visit_str<E: de::Error>(self, path: &str) -> Result<Paths, E> {
                Ok(Paths::One(path.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, paths: A) -> Result<Paths, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(paths)).map(Paths::Many)
            }
        }

        deserializer.deserialize_any(PathsVisitor)
    }
}
