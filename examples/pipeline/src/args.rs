//! The flags.

use std::path::PathBuf;

use chrono::FixedOffset;
use chrono::format::{Item, StrftimeItems};
use clap::Parser;
use ikusei::Instant;

use crate::input::encoding::EncodingChoice;
use crate::words::Language;

/// Scores, ranks and segments leads by a playbook, with reasons, and writes scores.csv and report.html.
///
/// Without --leads it runs on the bundled sample: an invented company's leads and what they did.
#[derive(Debug, Clone, Parser)]
#[command(name = "pipeline", version)]
pub struct Args {
    /// The playbook (YAML or JSON); further ones are documents that it may extend, by file name without ending
    #[arg(long, value_name = "FILE")]
    pub playbook: Vec<PathBuf>,
    /// An overlay of the playbook to lay over it; may be repeated, the last one wins
    #[arg(long, value_name = "ID")]
    pub overlay: Vec<String>,
    /// Leads as CSV, one a row, headed by the names or labels of the playbook's fields
    #[arg(long, value_name = "FILE")]
    pub leads: Option<PathBuf>,
    /// What they did, as CSV with at least lead, kind and at, or as JSON lines (.jsonl, .ndjson, .json)
    #[arg(long, value_name = "FILE", requires = "leads")]
    pub activities: Option<PathBuf>,
    /// Score as of this instant, such as 2026-06-01T09:00:00+09:00 [default: now; for the sample, its own]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub as_of: Option<Instant>,
    /// Folder for scores.csv, report.html and rejected.csv
    #[arg(long, value_name = "FOLDER", default_value = "out")]
    pub out: PathBuf,
    /// The column of the leads that holds a field, or `id`; `id=@line` takes line numbers for ids
    #[arg(long, value_name = "FIELD=COLUMN", value_parser = pair)]
    pub map: Vec<(String, String)>,
    /// The column of the activities that holds lead, kind, at, id, `recorded_at`, trust or campaign
    #[arg(long, value_name = "NAME=COLUMN", value_parser = pair)]
    pub map_activity: Vec<(String, String)>,
    /// What became of a lead, to count conversion by rank; the column must fill no field
    #[arg(long, value_name = "COLUMN=VALUE", value_parser = pair)]
    pub outcome: Option<(String, String)>,
    /// What stands between the cells of the CSV files: one character, or `tab`
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = delimiter)]
    pub delimiter: u8,
    /// Encoding of the CSV files
    #[arg(long, value_enum, default_value_t)]
    pub encoding: EncodingChoice,
    /// How the files write dates and times, such as %d-%m-%Y, where not as 2026-05-01
    #[arg(long, value_name = "PATTERN", value_parser = pattern)]
    pub date_format: Option<String>,
    /// Zone of times that do not name theirs, such as +09:00
    #[arg(long, value_name = "OFFSET", allow_hyphen_values = true)]
    pub zone: Option<FixedOffset>,
    /// How many of the hottest leads to explain
    #[arg(long, value_name = "NUMBER", default_value_t = 5)]
    pub top: usize,
    /// Language of tables, reasons and report
    #[arg(long, value_enum, default_value_t)]
    pub lang: Language,
}

pub(crate) fn instant(text: &str) -> Result<Instant, String> {
    text.parse().map_err(|error: ikusei::ParseInstantError| error.to_string())
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, column)) if !name.is_empty() && !column.is_empty() => {
            Ok((name.to_owned(), column.to_owned()))
        }
        _ => Err("write two names with `=` between them".to_owned()),
    }
}

fn pattern(text: &str) -> Result<String, String> {
    if StrftimeItems::new(text).any(|item| item == Item::Error) {
        return Err("not a pattern; write such as %d-%m-%Y or %Y/%m/%d %H:%M".to_owned());
    }
    Ok(text.to_owned())
}

pub(crate) fn delimiter(text: &str) -> Result<u8, String> {
    match text.as_bytes() {
        _ if text.eq_ignore_ascii_case("tab") || text == "\\t" => Ok(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'"' | b'\n' | b'\r') => Ok(*byte),
        _ => Err("write one plain character, or `tab`".to_owned()),
    }
}
