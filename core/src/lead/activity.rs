//! One thing that a lead did.

use crate::base::map::Map;
use serde::{Deserialize, Serialize};

use crate::base::time::Instant;
use crate::lead::value::Value;

/// One thing that a lead did, never changed once recorded.
///
/// ```
/// use ikusei::{Activity, Trust};
/// let activity = Activity::new("evt-1", "page_view", "2026-05-01T09:00:00+09:00".parse()?)
///     .with_property("url", "/pricing");
/// assert_eq!(activity.trust, Trust::Human);
/// assert_eq!(activity.recorded_at(), activity.at);
/// # Ok::<(), ikusei::ParseInstantError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// Unique within the lead; the provider's event id where there is one, so that a second delivery is known.
    pub id: String,
    /// One of the playbook's `activities`; others are kept and not looked at.
    pub kind: String,
    /// When it happened.
    pub at: Instant,
    /// When we learnt of it; when it happened, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recorded_at: Option<Instant>,
    /// What the kind declares, and whatever else the host keeps.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub properties: Map<String, Value>,
    /// The campaign that brought it about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<String>,
    /// Whether a person did it.
    #[serde(default, skip_serializing_if = "Trust::is_human")]
    pub trust: Trust,
    /// Who says so: the id of a rule of the playbook's `trust`, `provider` or `host`. Absent where nobody judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_by: Option<String>,
}

/// Whether a person did it, or a mail scanner, or nobody knows. Only a person's activities score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Trust {
    /// A person.
    #[default]
    Human,
    /// A machine, such as a mail scanner that opens every link.
    Machine,
    /// Not known.
    Unsure,
}

impl Trust {
    fn is_human(&self) -> bool {
        *self == Self::Human
    }
}

impl Activity {
    /// A person's activity without properties, recorded when it happened.
    #[must_use]
    pub fn new(id: impl Into<String>, kind: impl Into<String>, at: Instant) -> Self {
        Self {
            id: id.into(),
            kind: kind.into(),
            at,
            recorded_at: None,
            properties: Map::new(),
            campaign: None,
            trust: Trust::Human,
            trust_by: None,
        }
    }

    /// The same with one property more.
    #[must_use]
    pub fn with_property(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.properties.insert(name.into(), value.into());
        self
    }

    /// When we learnt of it.
    #[must_use]
    pub fn recorded_at(&self) -> Instant {
        self.recorded_at.unwrap_or(self.at)
    }
}
