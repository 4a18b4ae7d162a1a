//! `report.csv`: what became of every row.

use ikusei::{Cleansed, Value};
use indexmap::IndexMap;

use crate::problem::Failure;

/// What became of a row.
pub(super) struct Line<'l> {
    pub(super) outcome: &'l str,
    pub(super) lead: &'l str,
    pub(super) changes: &'l str,
    pub(super) problems: &'l str,
}

impl Line<'_> {
    /// As JSON, which has no line breaks.
    pub(super) fn to_text(&self, line: u64) -> Result<String, Failure> {
        let cells = [&line.to_string(), self.outcome, self.lead, self.changes, self.problems];
        serde_json::to_string(&cells).map_err(|error| Failure::new(error.to_string()))
    }
}

/// The header, as CSV.
pub(super) fn header() -> Result<String, Failure> {
    csv_line(["line", "outcome", "lead", "cleaned", "problems"].iter())
}

/// A line's cells from JSON to CSV, safe for a spreadsheet.
pub(super) fn write(text: &str, out: &mut String) -> Result<(), Failure> {
    let cells: Vec<String> = serde_json::from_str(text).map_err(|error| Failure::new(error.to_string()))?;
    out.push_str(&csv_line(cells.iter())?);
    Ok(())
}

fn csv_line<T: AsRef<str>>(cells: impl Iterator<Item = T>) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for cell in cells {
        writer
            .write_field(ikusei::safe_cell(cell.as_ref()).as_ref())
            .map_err(|error| Failure::new(error.to_string()))?;
    }
    writer.write_record(None::<&[u8]>).map_err(|error| Failure::new(error.to_string()))?;
    let bytes = writer.into_inner().map_err(|error| Failure::new(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| Failure::new(error.to_string()))
}

/// What cleansing did: `phone: 03(1234)5678 -> +81312345678 (e164)`, and what it refused.
pub(super) fn changes(changes: &IndexMap<String, Cleansed>) -> String {
    let changed = changes.iter().filter(|(_, change)| change.is_changed());
    let each = changed.map(|(field, change)| match &change.problem {
        Some(problem) => format!("{field}: {}", problem.message),
        None => format!(
            "{field}: {} -> {} ({})",
            plain(&change.raw),
            plain(&change.value),
            change.rules.join(", ")
        ),
    });
    each.collect::<Vec<_>>().join("; ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Null => "nothing".to_owned(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}
