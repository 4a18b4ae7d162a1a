//! A table of any length into lead records: cleansed, one record per person, with a report of every row.
//!
//! Memory does not grow with the table. Rows are read one at a time and laid aside by whom they concern, in as many
//! portions as the table is long; then one portion after the other becomes records; at last the portions are put into
//! the order of the table again.

mod portions;
mod report;

use std::path::{Path, PathBuf};

use clap::Parser;
use ikusei::{CapturedPerson, Engine, Instant, Lead, Payload};
use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::input::encoding::EncodingChoice;
use crate::input::table::Table;
use crate::playbook;
use crate::problem::Failure;
use crate::run::progress;
use portions::{Part, Portions, in_order};
use report::Line;

/// Reads a table of leads through a capture of the playbook; writes leads.jsonl and report.csv.
#[derive(Debug, Clone, Parser)]
#[command(name = "import", version)]
pub struct Args {
    /// The playbook (YAML or JSON); further ones are documents that it may extend, by file name without ending
    #[arg(long, value_name = "FILE", required = true)]
    pub playbook: Vec<PathBuf>,
    /// The playbook's capture that reads the rows (`from: csv`)
    #[arg(long, value_name = "NAME")]
    pub capture: String,
    /// The table, as CSV with a header
    #[arg(long, value_name = "FILE")]
    pub table: PathBuf,
    /// When the rows are taken to have come in, such as 2026-06-01T09:00:00+09:00
    #[arg(long, value_name = "INSTANT", value_parser = crate::args::instant)]
    pub at: Instant,
    /// Folder for leads.jsonl and report.csv
    #[arg(long, value_name = "FOLDER", default_value = "out")]
    pub out: PathBuf,
    /// What stands between the cells: one character, or `tab`
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = crate::args::delimiter)]
    pub delimiter: u8,
    /// Encoding of the table
    #[arg(long, value_enum, default_value_t)]
    pub encoding: EncodingChoice,
    /// How much of the table is held at once, in KiB
    #[arg(long, value_name = "KIB", default_value_t = 1024)]
    pub portion: u64,
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows of the table.
    pub rows: u64,
    /// Rows that became a record.
    pub new: u64,
    /// Rows that went into a record that an earlier row had made.
    pub merged: u64,
    /// Rows that could not be used.
    pub refused: u64,
    /// Rows in which cleansing changed or refused a value.
    pub cleaned: u64,
}

/// A row, laid aside until its portion is worked on.
#[derive(Serialize, Deserialize)]
struct Waiting {
    line: u64,
    key: String,
    person: Option<CapturedPerson>,
    changes: String,
    problems: String,
}

/// Imports a table.
///
/// # Errors
/// If the playbook is refused, has no such capture, or a file cannot be read or written.
pub fn run(args: &Args) -> Result<Totals, Failure> {
    let opened = playbook::load(&args.playbook, &[])?;
    let engine = opened.compile().map_err(|error| Failure::new(error.to_string()))?;
    std::fs::create_dir_all(&args.out).map_err(|error| Failure::io(&args.out, "make", &error))?;
    let folder = args.out.join("portions");
    let totals = import(args, &engine, &folder);
    // Also after a failure: what was laid aside is of no use to anybody.
    let cleared = std::fs::remove_dir_all(&folder).map_err(|error| Failure::io(&folder, "remove", &error));
    let totals = totals?;
    cleared.map(|()| totals)
}

fn import(args: &Args, engine: &Engine, folder: &Path) -> Result<Totals, Failure> {
    let mut portions = lay_aside(args, engine, folder)?;
    let bar = progress(portions.count() as u64, "records");
    let mut totals = Totals::default();
    let (mut leads, mut lines) = (Vec::new(), Vec::new());
    for index in 0..portions.count() {
        let (records, report) = work(engine, &mut portions, index, &mut totals)?;
        leads.push(records);
        lines.push(report);
        bar.inc(1);
    }
    bar.finish_and_clear();
    in_order(&mut leads, &args.out.join("leads.jsonl"), "", |text, out| {
        out.push_str(text);
        out.push('\n');
        Ok(())
    })?;
    in_order(&mut lines, &args.out.join("report.csv"), &report::header()?, report::write)?;
    Ok(totals)
}

/// Every row into the portion of the person whom it concerns.
fn lay_aside(args: &Args, engine: &Engine, folder: &Path) -> Result<Portions, Failure> {
    let mut table = Table::open(&args.table, args.delimiter, args.encoding)?;
    let mut portions = Portions::create(folder, table.bytes() / (args.portion.max(1) * 1024) + 1)?;
    let header: Vec<String> = table.header().to_vec();
    let bar = progress(table.bytes(), "rows");
    while let Some(row) = table.next_row()? {
        let waiting = match row {
            Ok(row) => {
                let payload =
                    Payload::row(header.iter().map(String::as_str), row.cells.iter().map(String::as_str));
                let captured = engine.capture(&args.capture, &payload, args.at);
                waiting(row.line, captured.map_err(|error| Failure::new(error.to_string()))?)
            }
            Err(rejected) => Waiting {
                line: rejected.line,
                key: rejected.line.to_string(),
                person: None,
                changes: String::new(),
                problems: format!("{}; {}", rejected.message, rejected.help),
            },
        };
        portions.add(&waiting.key, &waiting)?;
        bar.set_position(table.position());
    }
    bar.finish_and_clear();
    Ok(portions)
}

fn waiting(line: u64, captured: ikusei::Captured) -> Waiting {
    let mut problems: Vec<String> = captured.problems.iter().map(|problem| problem.message.clone()).collect();
    // A row is of one person.
    let mut person = captured.people.into_iter().next();
    let identity = person.as_ref().and_then(|person| person.identities.first());
    let key = identity.map(|identity| format!("{}\n{}", identity.kind, identity.value));
    if key.is_none() {
        person = None;
        if problems.is_empty() {
            problems.push("nothing says whom the row concerns".to_owned());
        }
    }
    let changes = person.as_mut().map_or_else(String::new, |person| {
        let text = report::changes(&person.changes);
        person.changes.clear();
        text
    });
    Waiting {
        line,
        key: key.unwrap_or_else(|| line.to_string()),
        person,
        changes,
        problems: problems.join("; "),
    }
}

/// One portion into records, and a line of the report for each of its rows.
fn work(
    engine: &Engine,
    portions: &mut Portions,
    index: usize,
    totals: &mut Totals,
) -> Result<(Part, Part), Failure> {
    let mut leads: IndexMap<String, (u64, Lead)> = IndexMap::new();
    let mut report = portions.part(index, "report")?;
    portions.each(index, |waiting: Waiting| {
        totals.rows += 1;
        totals.cleaned += u64::from(!waiting.changes.is_empty());
        let (outcome, lead) = match &waiting.person {
            None => {
                totals.refused += 1;
                ("refused", String::new())
            }
            Some(person) => {
                let mut outcome = "merged";
                let (_, lead) = leads.entry(waiting.key).or_insert_with(|| {
                    outcome = "new";
                    (waiting.line, Lead::new(format!("row-{}", waiting.line)))
                });
                engine.apply(lead, person);
                totals.new += u64::from(outcome == "new");
                totals.merged += u64::from(outcome == "merged");
                (outcome, lead.id.clone())
            }
        };
        let line = Line { outcome, lead: &lead, changes: &waiting.changes, problems: &waiting.problems };
        report.add(waiting.line, &line.to_text(waiting.line)?)
    })?;
    let mut records = portions.part(index, "leads")?;
    for (line, lead) in leads.values() {
        records.add(*line, &lead.to_json())?;
    }
    Ok((records, report))
}
