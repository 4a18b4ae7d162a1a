//! What an author writes about ranks.

use std::fmt;

use crate::base::map::Map;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::base::duration::Duration;
use crate::base::points::Points;

/// One rank. Ranks stand best first, and a lead gets the first that holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RankPolicy {
    /// Its name: `A`, `B`, `C`, or any other.
    pub rank: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The least total that it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Points>,
    /// A condition that must hold as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// What keeps a lead in the rank when it would fall.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<KeepPolicy>,
    /// Who works it, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handling: Option<HandlingPolicy>,
}

/// What keeps a lead in a rank when it would fall to a lower one. Rising is never delayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct KeepPolicy {
    /// It leaves only when the total is below `at_least` minus this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<Points>,
    /// It stays at least this long.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub dwell: Option<Duration>,
}

/// Who works a rank and how: `sales`, `marketing`, `automated`, or both told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum HandlingPolicy {
    /// In a word.
    Word(HandlingWord),
    /// Told apart.
    Full(Handling),
}

/// Handling in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum HandlingWord {
    /// Sales, with high touch.
    Sales,
    /// Marketing, with high touch.
    Marketing,
    /// Marketing, automated.
    Automated,
}

/// Who works a rank, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Handling {
    /// Who.
    pub by: Handler,
    /// How.
    pub how: How,
}

/// Who works a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Handler {
    /// Sales.
    Sales,
    /// Marketing.
    Marketing,
}

/// How a rank is worked: for effect (people) or for efficiency (machines).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum How {
    /// By people: calls, visits.
    HighTouch,
    /// By scenarios and mail.
    Automated,
}

/// Ranks by two grades instead of one threshold: how well the lead fits, and how engaged it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MatrixPolicy {
    /// Grades of fit (plus and minus together), best first; the last takes everything else.
    pub fit: Vec<GradePolicy>,
    /// Levels of engagement (plus and minus together), best first; the last takes everything else.
    pub engagement: Vec<LevelPolicy>,
    /// For every grade, the rank at every level.
    pub ranks: Map<String, Map<String, String>>,
}

/// A grade of fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct GradePolicy {
    /// Its name.
    pub grade: String,
    /// The least fit that it takes; absent for the last grade.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Points>,
}

/// A level of engagement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LevelPolicy {
    /// Its name.
    pub level: String,
    /// The least engagement that it takes; absent for the last level.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Points>,
}

/// A condition under which a lead gets no rank at all, whatever its score: a competitor, a student.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DisqualifyPolicy {
    /// Unique within the scorecard.
    pub id: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The condition.
    pub when: String,
}

impl HandlingPolicy {
    /// Who and how, the words resolved.
    #[must_use]
    pub const fn resolve(self) -> Handling {
        match self {
            Self::Full(handling) => handling,
            Self::Word(HandlingWord::Sales) => Handling { by: Handler::Sales, how: How::HighTouch },
            Self::Word(HandlingWord::Marketing) => Handling { by: Handler::Marketing, how: How::HighTouch },
            Self::Word(HandlingWord::Automated) => Handling { by: Handler::Marketing, how: How::Automated },
        }
    }
}

impl<'de> Deserialize<'de> for HandlingPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HandlingVisitor;

        impl<'de> Visitor<'de> for HandlingVisitor {
            type Value = HandlingPolicy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`sales`, `marketing`, `automated`, or a mapping with `by` and `how`")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<HandlingPolicy, E> {
                HandlingWord::deserialize(StrDeserializer::new(word)).map(HandlingPolicy::Word)
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<HandlingPolicy, A::Error> {
                Handling::deserialize(MapAccessDeserializer::new(entries)).map(HandlingPolicy::Full)
            }
        }

        deserializer.deserialize_any(HandlingVisitor)
    }
}
