//! Rules of other systems as a playbook, with a list of what could not be carried over.
//!
//! Nothing is guessed: a rule of which a part cannot be carried stays behind as a whole, with its place, the reason and
//! what to do. What is carried gives the same answer; `docs/migration.md` says what each system's words become.

mod draft;
mod gorules;
mod hubspot;
mod json_rules;
mod properties;
mod zoho;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::text::pointer_escape;
use draft::Draft;

/// A system whose rules can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum System {
    /// Zoho CRM: the answer of its scoring rules API.
    Zoho,
    /// HubSpot: criteria of a score, as filters of its lists; definitions of properties, as its settings export them as a
    /// table (CSV) or its API answers them.
    Hubspot,
    /// GoRules: a decision model (JDM) with decision tables.
    Gorules,
    /// json-rules-engine: a rule, or a list of them.
    JsonRulesEngine,
}

/// A playbook made of another system's rules.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Imported {
    /// The text of the playbook: JSON, which is YAML as well. It is read without a problem.
    pub playbook: String,
    /// What became of each part that was carried: its place there, and the place in the playbook.
    pub carried: Vec<Carried>,
    /// What could not be carried.
    pub left: Vec<Left>,
    /// What fields are called there, by their names in the playbook, where that differs.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, String>,
}

/// A part that was carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Carried {
    /// JSON Pointer into what was imported; of a table, into its rows by name.
    pub from: String,
    /// The line, of a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// JSON Pointer into the playbook.
    pub to: String,
}

/// A part that could not be carried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Left {
    /// JSON Pointer into what was imported; of a table, into its rows by name.
    pub path: String,
    /// The line, of a table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// Why.
    pub why: String,
    /// What to do.
    pub help: String,
}

/// Makes a playbook of another system's rules.
///
/// # Errors
/// `IK0601` for a text that is neither JSON nor, of HubSpot, a table of properties, or not of that system.
///
/// ```
/// use ikusei::Playbook;
/// use ikusei::migration::{System, import};
/// let rules = r#"[{ "conditions": { "all": [{ "fact": "employees", "operator": "greaterThanInclusive", "value": 300 }] },
///     "event": { "type": "large", "params": { "points": 25 } } }]"#;
/// let imported = import(System::JsonRulesEngine, rules)?;
/// assert!(imported.left.is_empty() && imported.playbook.contains("employees >= 300"));
/// assert!(Playbook::parse(&imported.playbook).is_ok());
/// # Ok::<(), ikusei::Error>(())
/// ```
pub fn import(system: System, text: &str) -> Result<Imported, Error> {
    let mut draft = Draft::default();
    if system == System::Hubspot && !text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '['])
    {
        properties::table(text, &mut draft).map_err(refuse)?;
        return draft.finish();
    }
    let document: Value = serde_json::from_str(text).map_err(|error| refuse(error.to_string()))?;
    let known = match system {
        System::Zoho => zoho::read(&document, &mut draft),
        System::Hubspot => hubspot::read(&document, &mut draft),
        System::Gorules => gorules::read(&document, &mut draft),
        System::JsonRulesEngine => json_rules::read(&document, &mut draft),
    };
    match known {
        Some(()) => draft.finish(),
        None => Err(refuse("it does not have the form that this system exports".to_owned())),
    }
}

fn refuse(message: String) -> Error {
    let diagnostic = Diagnostic::error(Code::BadCall, format!("rules that cannot be imported: {message}"));
    Error::call(diagnostic.with_help("give what the system exports; `docs/migration.md` shows it"))
}

/// Where a part stands in what is imported.
#[derive(Debug, Clone)]
struct Place {
    path: String,
    line: Option<u64>,
}

impl Place {
    fn path(path: impl Into<String>) -> Self {
        Self { path: path.into(), line: None }
    }

    /// A row of a table.
    fn row(name: &str, line: u64) -> Self {
        Self { path: format!("/{}", pointer_escape(name)), line: Some(line) }
    }

    /// A part of what stands there, whether it is written out or not.
    fn part(&self, key: &str) -> Self {
        Self { path: format!("{}/{key}", self.path), line: self.line }
    }
}

/// Why a part stays behind, and what to do.
#[derive(Debug, Clone)]
struct Reason {
    why: String,
    help: String,
}

fn because(why: impl Into<String>, help: impl Into<String>) -> Reason {
    Reason { why: why.into(), help: help.into() }
}
