//! Activities from a CSV file or from JSON lines.
//!
//! Columns of the CSV: `lead`, `kind` and `at` are needed; `id`, `recorded_at`, `trust` and `campaign` are
//! known; every other column is a property. Without an id every row is an activity of its own. A JSON line is
//! an activity as the record holds it, with the lead's id under `lead`.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use ikusei::Map;
use ikusei::{Activity, ActivityPolicy, FieldType, Instant, Trust, Value};

use super::convert::Converter;
use super::encoding::{EncodingChoice, survey};
use super::leads::Mapping;
use super::table::{Row, Table};
use crate::problem::{Column, Failure, Rejected};

/// Reads activities one row at a time.
pub struct ActivityReader {
    source: Source,
    kinds: Map<String, ActivityPolicy>,
    converter: Converter,
}

/// An activity and where it came from.
#[derive(Debug, Clone)]
pub struct ReadActivity {
    /// Line of its row.
    pub line: u64,
    /// Its row, for a later rejection.
    pub row: Vec<String>,
    /// The id of the lead.
    pub lead: String,
    /// The record.
    pub activity: Activity,
}

enum Source {
    Csv { table: Box<Table>, known: [Option<usize>; KNOWN.len()], properties: Vec<usize> },
    Lines { reader: BufReader<File>, name: String, line: u64, bytes: u64, position: u64 },
}

const KNOWN: [&str; 7] = ["lead", "kind", "at", "id", "recorded_at", "trust", "campaign"];

/// Longer lines are refused: no file can exhaust the memory.
const LONGEST_LINE: u64 = 1 << 20;

impl ActivityReader {
    /// Opens a file: JSON lines if its name ends in `.jsonl`, `.ndjson` or `.json`, CSV otherwise.
    ///
    /// # Errors
    /// If the file or its header cannot be read, or if a column that is needed or named is not there.
    pub fn open(
        path: &Path,
        delimiter: u8,
        choice: EncodingChoice,
        kinds: &Map<String, ActivityPolicy>,
        mapping: &Mapping,
        converter: Converter,
    ) -> Result<Self, Failure> {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        let source = if ["jsonl", "ndjson", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        {
            let file = File::open(path).map_err(|error| Failure::io(path, "read", &error))?;
            let bytes = survey(path, EncodingChoice::Utf8)?.bytes;
            let name = path.display().to_string();
            Source::Lines { reader: BufReader::new(file), name, line: 0, bytes, position: 0 }
        } else {
            Self::columns(Table::open(path, delimiter, choice)?, mapping)?
        };
        Ok(Self { source, kinds: kinds.clone(), converter })
    }

    fn columns(table: Table, mapping: &Mapping) -> Result<Source, Failure> {
        let header = table.header();
        let columns = || header.join(", ");
        for (name, column) in mapping {
            let fault = if !KNOWN.contains(&name.as_str()) {
                format!("`{name}` is none of {}", KNOWN.join(", "))
            } else if !header.contains(column) {
                format!("no column `{column}`; the columns are: {}", columns())
            } else {
                continue;
            };
            return Err(Failure::new(format!("{}:1: --map-activity {name}={column}: {fault}", table.name())));
        }
        let known = KNOWN.map(|name| {
            let wanted = mapping.get(name).map_or(name, String::as_str);
            header.iter().position(|column| column == wanted)
        });
        for (name, found) in KNOWN.iter().zip(known).take(3) {
            if found.is_none() {
                return Err(Failure::new(format!(
                    "{}:1: no column `{name}`; name it with --map-activity {name}=COLUMN (the columns are: {})",
                    table.name(),
                    columns()
                )));
            }
        }
        let properties = (0..header.len()).filter(|index| !known.contains(&Some(*index))).collect();
        Ok(Source::Csv { table: Box::new(table), known, properties })
    }

    /// Length of the file in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        match &self.source {
            Source::Csv { table, .. } => table.bytes(),
            Source::Lines { bytes, .. } => *bytes,
        }
    }

    /// How many bytes are read.
    #[must_use]
    pub fn position(&self) -> u64 {
        match &self.source {
            Source::Csv { table, .. } => table.position(),
            Source::Lines { position, .. } => *position,
        }
    }

    /// A rejection of an activity that was read.
    #[must_use]
    pub fn reject(
        &self,
        read: ReadActivity,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Rejected {
        match &self.source {
            Source::Csv { table, .. } => table.reject(read.line, None, message, help, read.row),
            Source::Lines { name, .. } => Rejected {
                file: name.clone(),
                line: read.line,
                column: None,
                message: message.into(),
                help: help.into(),
                row: read.row,
            },
        }
    }

    /// The next activity, or why its row cannot be used; `None` at the end.
    ///
    /// # Errors
    /// If the file cannot be read any further.
    pub fn next_activity(&mut self) -> Result<Option<Result<ReadActivity, Rejected>>, Failure> {
        match &mut self.source {
            Source::Csv { table, known, properties } => {
                let Some(row) = table.next_row()? else { return Ok(None) };
                Ok(Some(
                    row.and_then(|row| from_row(table, known, properties, &self.kinds, &self.converter, row)),
                ))
            }
            Source::Lines { reader, name, line, position, .. } => loop {
                let mut bytes = Vec::new();
                let read = reader
                    .by_ref()
                    .take(LONGEST_LINE)
                    .read_until(b'\n', &mut bytes)
                    .map_err(|error| Failure::new(format!("cannot read `{name}`: {error}")))?;
                if read == 0 {
                    return Ok(None);
                }
                *line += 1;
                *position += read as u64;
                let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes).trim_ascii();
                if !text.is_empty() {
                    return Ok(Some(from_line(name, *line, text, &self.kinds, &self.converter)));
                }
            },
        }
    }
}

fn from_row(
    table: &Table,
    known: &[Option<usize>; KNOWN.len()],
    properties: &[usize],
    kinds: &Map<String, ActivityPolicy>,
    converter: &Converter,
    row: Row,
) -> Result<ReadActivity, Rejected> {
    let Row { line, cells } = row;
    let of = |column: Option<usize>| column.and_then(|index| cells.get(index)).map_or("", |cell| cell.trim());
    let [lead_at, kind_at, at_at, id_at, recorded_at, trust_at, campaign_at] = *known;
    let refuse = |column: Option<usize>, message: String, help: &str| {
        table.reject(line, column, message, help, cells.clone())
    };
    let needed = |column: Option<usize>, what: &str| match of(column) {
        "" => Err(refuse(column, format!("the activity has no {what}"), "fill the cell in")),
        text => Ok(text.to_owned()),
    };
    let instant = |column: Option<usize>| {
        converter.instant(of(column)).map_err(|(message, help)| refuse(column, message, help))
    };
    let lead = needed(lead_at, "lead")?;
    let kind = needed(kind_at, "kind")?;
    needed(at_at, "instant")?;
    let id = match of(id_at) {
        "" => format!("line-{line}"),
        id => id.to_owned(),
    };
    let mut activity = Activity::new(id, kind, instant(at_at)?);
    if !of(recorded_at).is_empty() {
        activity.recorded_at = Some(instant(recorded_at)?);
    }
    activity.trust = trust(of(trust_at))
        .ok_or_else(|| refuse(trust_at, format!("`{}` is not a trust", of(trust_at)), TRUST_HELP))?;
    if !of(campaign_at).is_empty() {
        activity.campaign = Some(of(campaign_at).to_owned());
    }
    let declared = kinds.get(&activity.kind).map(|policy| &policy.properties);
    for index in properties {
        let Some(name) = table.header().get(*index) else { continue };
        // A property that the kind does not declare is kept as text; the playbook does not look at it.
        let kind = declared.and_then(|declared| declared.get(name)).copied().unwrap_or(FieldType::Text);
        match converter.value(of(Some(*index)), kind) {
            Ok(Some(value)) => {
                activity.properties.insert(name.clone(), value);
            }
            Ok(None) => {}
            Err((message, help)) => return Err(refuse(Some(*index), message, help)),
        }
    }
    Ok(ReadActivity { line, lead, activity, row: cells })
}

fn from_line(
    file: &str,
    line: u64,
    text: &[u8],
    kinds: &Map<String, ActivityPolicy>,
    converter: &Converter,
) -> Result<ReadActivity, Rejected> {
    let row = || vec![String::from_utf8_lossy(text).into_owned()];
    let refuse = |column: Option<Column>, message: String, help: &str| Rejected {
        file: file.to_owned(),
        line,
        column,
        message,
        help: help.to_owned(),
        row: row(),
    };
    let mut object: Map<String, Value> = serde_json::from_slice(text).map_err(|error| {
        let full = error.to_string();
        let message = full.split(" at line ").next().unwrap_or(&full).to_owned();
        let column = Column { number: error.column(), name: "JSON".to_owned() };
        refuse(Some(column), message, "write one JSON object a line, with lead, kind and at")
    })?;
    let mut text_of = |name: &str, needed: bool| match object.remove(name) {
        Some(Value::Text(text)) if !text.trim().is_empty() || !needed => Ok(Some(text)),
        None | Some(Value::Null) if !needed => Ok(None),
        None | Some(Value::Null | Value::Text(_)) => {
            Err(refuse(None, format!("the activity has no `{name}`"), "add it, as a text"))
        }
        Some(other) => {
            Err(refuse(None, format!("`{name}` is {}, not a text", other.kind()), "write it as a text"))
        }
    };
    let lead = text_of("lead", true)?.unwrap_or_default();
    let kind = text_of("kind", true)?.unwrap_or_default();
    let instant = |text: &str| converter.instant(text).map_err(|(message, help)| refuse(None, message, help));
    let at: Instant = instant(&text_of("at", true)?.unwrap_or_default())?;
    let id = text_of("id", false)?.unwrap_or_else(|| format!("line-{line}"));
    let mut activity = Activity::new(id, kind, at);
    if let Some(recorded) = text_of("recorded_at", false)? {
        activity.recorded_at = Some(instant(&recorded)?);
    }
    let word = text_of("trust", false)?.unwrap_or_default();
    activity.trust =
        trust(&word).ok_or_else(|| refuse(None, format!("`{word}` is not a trust"), TRUST_HELP))?;
    activity.campaign = text_of("campaign", false)?;
    match object.remove("properties") {
        Some(Value::Object(properties)) => activity.properties = properties,
        None | Some(Value::Null) => {}
        Some(other) => {
            let message = format!("`properties` is {}, not an object", other.kind());
            return Err(refuse(None, message, "write {\"name\": value, …}"));
        }
    }
    if let Some(unknown) = object.keys().next() {
        let help = format!("known are {} and properties; put others into properties", KNOWN.join(", "));
        return Err(refuse(None, format!("unknown key `{unknown}`"), &help));
    }
    if let Some(declared) = kinds.get(&activity.kind).map(|policy| &policy.properties) {
        for (name, kind) in declared {
            let text = match activity.properties.get(name) {
                Some(Value::Text(text)) => text,
                _ => continue,
            };
            // A text where the playbook wants a number is read as in CSV; what is not a text is the engine's to judge.
            match converter.value(text, *kind) {
                Ok(Some(value)) => {
                    activity.properties.insert(name.clone(), value);
                }
                Ok(None) => {
                    activity.properties.remove(name);
                }
                Err((message, help)) => return Err(refuse(None, format!("`{name}`: {message}"), help)),
            }
        }
    }
    Ok(ReadActivity { line, lead, activity, row: row() })
}

const TRUST_HELP: &str = "write human, machine or unsure, or leave it empty for human";

fn trust(word: &str) -> Option<Trust> {
    match word {
        "" | "human" => Some(Trust::Human),
        "machine" => Some(Trust::Machine),
        "unsure" => Some(Trust::Unsure),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> Vec<Result<ReadActivity, String>> {
        let path = std::env::temp_dir().join(format!("pipeline-activities-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        let kinds: Map<String, ActivityPolicy> = serde_json::from_str(
            r#"{ "page_view": { "properties": { "url": "text", "seconds": "integer" } } }"#,
        )
        .unwrap();
        let mut reader = ActivityReader::open(
            &path,
            b',',
            EncodingChoice::Auto,
            &kinds,
            &Mapping::new(),
            Converter::default(),
        )
        .unwrap();
        let mut out = Vec::new();
        while let Some(row) = reader.next_activity().unwrap() {
            out.push(row.map_err(|bad| bad.to_string()));
        }
        std::fs::remove_file(path).unwrap();
        out
    }

    #[test]
    fn csv_and_json_lines_give_the_same_activities() {
        let table = read(
            "same.csv",
            "lead,kind,at,id,trust,url,seconds,note\nL1,page_view,2026-05-01T00:00:00Z,e1,machine,/pricing,\"1,200\",\n",
        );
        let lines = read(
            "same.jsonl",
            "\n{\"lead\":\"L1\",\"kind\":\"page_view\",\"at\":\"2026-05-01T09:00:00+09:00\",\"id\":\"e1\",\
             \"trust\":\"machine\",\"properties\":{\"url\":\"/pricing\",\"seconds\":1200}}\n",
        );
        assert_eq!(table[0].as_ref().unwrap().activity, lines[0].as_ref().unwrap().activity);
        assert_eq!((table[0].as_ref().unwrap().line, lines[0].as_ref().unwrap().line), (2, 2));
    }

    #[test]
    fn bad_rows_say_where_and_why() {
        let table = read(
            "bad.csv",
            "lead,kind,at,seconds\nL1,page_view,yesterday,\nL1,page_view,2026-05-01T00:00:00Z,long\n,call,x,\n",
        );
        let why: Vec<&str> = table.iter().map(|row| row.as_ref().unwrap_err().as_str()).collect();
        assert!(why[0].contains(":2: column 3 `at`: `yesterday` is not an instant; write"), "{why:?}");
        assert!(why[1].contains(":3: column 4 `seconds`: `long` is not a whole number"), "{why:?}");
        assert!(why[2].contains(":4: column 1 `lead`: the activity has no lead"), "{why:?}");
        let lines = read("bad.jsonl", "{\"lead\":\"L1\",\n{\"lead\":\"L1\",\"kind\":\"call\",\"when\":1}\n");
        let why: Vec<&str> = lines.iter().map(|row| row.as_ref().unwrap_err().as_str()).collect();
        assert!(why[0].contains(":1: column 13 `JSON`: EOF"), "{why:?}");
        assert!(why[1].contains(":2: the activity has no `at`"), "{why:?}");
    }
}
