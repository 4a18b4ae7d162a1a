//! What a capture gives: facts per person, ready to be put into records.

use crate::base::map::Map;
use serde::{Deserialize, Serialize};

use crate::base::diagnostic::Diagnostic;
use crate::base::time::Instant;
use crate::capture::cleanse::Cleansed;
use crate::capture::consent::ConsentChange;
use crate::lead::activity::Activity;
use crate::lead::record::LeadIdentity;
use crate::lead::value::Value;

/// What a payload says, per person.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Captured {
    /// The mapping that read it.
    pub mapping: String,
    /// When it was captured.
    pub at: Instant,
    /// The people it concerns, in the order of the payload, each once.
    pub people: Vec<CapturedPerson>,
    /// What could not be used, with its place in the payload; everything else was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Diagnostic>,
}

/// What a payload says of one person.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct CapturedPerson {
    /// Keys to find the record by, the best first; empty if the payload names nobody.
    #[serde(default)]
    pub identities: Vec<LeadIdentity>,
    /// Fields of the playbook, cleansed; nothing empty among them.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
    /// What cleansing changed or refused, by field.
    #[serde(default, skip_deserializing, skip_serializing_if = "Map::is_empty")]
    pub changes: Map<String, Cleansed>,
    /// How the person came by: for the record if it has no source yet, and on every activity.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub source: Map<String, Value>,
    /// What the person did.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<Activity>,
    /// What the person allows or refuses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consent: Vec<CapturedConsent>,
}

/// Something that changes what a person allows, and the activity by which it happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CapturedConsent {
    /// The channel.
    pub channel: String,
    /// The purpose, where it is not the whole channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What happened.
    pub event: ConsentChange,
    /// When.
    pub at: Instant,
    /// On what ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// The activity by which it happened; where that turns out to be a machine's, nothing was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
}
