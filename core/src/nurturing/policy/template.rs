//! Messages.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::nurturing::template::MissingPolicy;

/// A message to be sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TemplatePolicy {
    /// The channel that it goes by: `email`, `sms`, `line`.
    pub channel: String,
    /// Its class: `marketing` if absent.
    #[serde(default = "marketing", skip_serializing_if = "is_marketing")]
    pub class: String,
    /// The purpose for which consent is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Where people file it: `seminars/2026`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Merge fields that the host gives with the call, besides those that every template knows: `coupon`, `seat_url`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// What is done where a merge field has no value: `lead.company: { default: お客様 }`. Refused, if absent.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub missing: IndexMap<String, MissingPolicy>,
    /// What it says, by version; the first is sent unless a step says otherwise.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub versions: IndexMap<String, BodyPolicy>,
}

fn marketing() -> String {
    "marketing".to_owned()
}

fn is_marketing(class: &str) -> bool {
    class == "marketing"
}

/// What one version of a message says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BodyPolicy {
    /// The subject line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What mail programs show beside the subject.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preheader: Option<String>,
    /// The body as plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The body as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
}
