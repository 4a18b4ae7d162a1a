//! What lists filter and sort by, derived from a record.

use ikusei::{Engine, Instant, Lead, Value};
use serde::Serialize;

use crate::problem::Problem;

/// The columns beside a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) name: String,
    pub(crate) company: String,
    /// Name, company and mail address in lower case.
    pub(crate) search: String,
    pub(crate) rank: String,
    pub(crate) points: i64,
    /// Names of segments, each with a space before and behind it.
    pub(crate) segments: String,
    pub(crate) owner: String,
    pub(crate) seen: Option<i64>,
}

impl Summary {
    pub(crate) fn of(engine: &Engine, lead: &Lead, at: Instant) -> Result<Self, Problem> {
        let found = engine.prepare(lead)?.assess(at, ikusei::Detail::Figures)?;
        let [name, company, email] = ["name", "company", "email"].map(|field| text(lead, field));
        let open = lead.assignments.iter().filter(|known| known.state.is_open());
        Ok(Self {
            search: format!("{name} {company} {email}").to_lowercase(),
            name: if name.is_empty() { email } else { name },
            company,
            rank: found.rank.clone().unwrap_or_default(),
            points: found.scores.values().next().map_or(0, |sheet| sheet.total.millionths()),
            segments: format!(" {} ", found.segments.join(" ")),
            owner: open.map(|known| known.owner.clone()).next().unwrap_or_default(),
            seen: lead.activities().iter().map(|activity| activity.at.micros()).max(),
        })
    }
}

/// A field as text; empty where it is.
pub(crate) fn text(lead: &Lead, field: &str) -> String {
    match lead.fields.get(field) {
        Some(Value::Text(text)) => text.clone(),
        _ => String::new(),
    }
}

/// The word by which the library writes a variant.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}
