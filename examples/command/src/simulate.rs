//! `ikusei simulate`: the weeks to come.

use std::fmt::Write as _;

use ikusei::analytics::{Cell, Table};
use ikusei::{Instant, ResponseModel, Simulation};
use serde_json::json;

use crate::args::{Form, Simulate, Tongue};
use crate::input::{LeadFile, Shape};
use crate::{Answer, Failure, input};

const WEEK: i64 = 7 * 86_400_000_000;

pub(crate) fn run(args: &Simulate) -> Result<Answer, Failure> {
    let playbook = input::playbook(&args.playbook, &args.with)?;
    let shape = Shape::of(&[&playbook]);
    let mut leads =
        LeadFile::open(&args.leads.leads, args.leads.activities.as_ref(), &args.leads.map, &shape)?;
    let all: Vec<_> = leads.by_ref().collect();
    if let Some(failure) = leads.failure().borrow_mut().take() {
        return Err(failure);
    }
    let from = input::now(args.from);
    let to = i64::from(args.weeks).checked_mul(WEEK).and_then(|weeks| from.micros().checked_add(weeks));
    let to = to.and_then(Instant::from_micros);
    let to =
        to.ok_or_else(|| Failure::new(format!("{} weeks from {from} are beyond all time", args.weeks)))?;
    let model: Option<ResponseModel> = match &args.model {
        Some(path) => {
            let model = serde_json::from_str(&input::text(path)?);
            Some(model.map_err(|error| Failure::new(format!("`{}`: {error}", path.display())))?)
        }
        None => None,
    };
    let asked = json!({ "from": from, "to": to, "per": "week", "model": model });
    let simulation: Simulation =
        serde_json::from_value(asked).map_err(|error| Failure::new(error.to_string()))?;
    let engine = playbook.compile().map_err(|error| Failure::new(error.to_string()))?;
    let found = engine.simulate(all, &simulation, None).map_err(|error| Failure::new(error.to_string()))?;
    let text = match args.format {
        Form::Json => crate::json(&found)?,
        Form::Sarif => {
            return Err(Failure::new("a simulation has no findings: take `human`, `markdown` or `json`"));
        }
        Form::Human | Form::Markdown => {
            let mut out = String::new();
            for note in &found.analysis.notes {
                let text = if args.lang == Tongue::Ja { &note.text.ja } else { &note.text.en };
                let _ = writeln!(out, "> {text}\n");
            }
            for table in found.analysis.tables.iter().filter(|table| !table.rows.is_empty()) {
                tabled(table, args.lang, &mut out);
            }
            out
        }
    };
    Ok(Answer { text, against: false })
}

/// A table as Markdown.
fn tabled(table: &Table, tongue: Tongue, out: &mut String) {
    let said = |label: &ikusei::analytics::Label| {
        if tongue == Tongue::Ja { label.ja.clone() } else { label.en.clone() }
    };
    let heads: Vec<String> = table.columns.iter().map(|column| said(&column.label)).collect();
    // Writing to a string cannot fail.
    let _ = write!(
        out,
        "### {}\n\n| {} |\n|{}\n",
        said(&table.title),
        heads.join(" | "),
        "---|".repeat(heads.len())
    );
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(cell).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out.push('\n');
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Flag(flag) => flag.to_string(),
        Cell::Whole(whole) => whole.to_string(),
        Cell::Number(number) => format!("{number:.3}"),
        Cell::Decimal(decimal) => decimal.to_string(),
        Cell::Text(text) => text.replace(['|', '\n', '\r'], " "),
        _ => String::new(),
    }
}
