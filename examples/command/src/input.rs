//! Playbooks and leads from files.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use ikusei::{Activity, ActivityPolicy, Error, FieldPolicy, Instant, Lead, Playbook, Source};
use indexmap::IndexMap;
use pipeline::input::activities::ActivityReader;
use pipeline::input::convert::Converter;
use pipeline::input::encoding::EncodingChoice;
use pipeline::input::leads::{LeadReader, Mapping};
use pipeline::problem::Rejected;

use crate::Failure;
use crate::args::With;

/// The text of a file.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::io(path, "read", &error))?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("`{}` is not UTF-8 text; save it as UTF-8", path.display())))
}

/// A playbook, or everything that is wrong with it.
pub(crate) fn open(path: &Path, with: &With) -> Result<Result<Playbook, Error>, Failure> {
    let main = text(path)?;
    let mut library = Vec::new();
    for path in &with.with {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        library.push((stem, text(path)?));
    }
    let library: Vec<(&str, &str)> =
        library.iter().map(|(stem, text)| (stem.as_str(), text.as_str())).collect();
    let overlays: Vec<&str> = with.overlay.iter().map(String::as_str).collect();
    let name = path.display().to_string();
    let source = Source { text: &main, name: Some(&name), library: &library, overlays: &overlays };
    Ok(Playbook::open(&source))
}

/// A playbook; whatever is wrong with it ends the call.
pub(crate) fn playbook(path: &Path, with: &With) -> Result<Playbook, Failure> {
    open(path, with)?.map_err(|error| {
        let lines = crate::check::data(&error);
        let lines = lines.iter().map(crate::check::line);
        let lines: Vec<String> = std::iter::once("the playbook is refused".to_owned()).chain(lines).collect();
        Failure::new(lines.join("\n"))
    })
}

/// What a playbook says in its own words of an instant.
pub(crate) fn now(given: Option<Instant>) -> Instant {
    given.unwrap_or_else(|| Instant::from(chrono::Utc::now()))
}

/// What fields and kinds of activities there may be, to read tables by.
pub(crate) struct Shape {
    fields: IndexMap<String, FieldPolicy>,
    activities: IndexMap<String, ActivityPolicy>,
}

impl Shape {
    /// Of several playbooks: what the last one says counts.
    pub(crate) fn of(playbooks: &[&Playbook]) -> Self {
        let mut shape = Self { fields: IndexMap::new(), activities: IndexMap::new() };
        for playbook in playbooks {
            let fields = playbook.fields().iter().map(|(name, policy)| (name.clone(), policy.clone()));
            shape.fields.extend(fields);
            let kinds = playbook.activities().iter().map(|(name, policy)| (name.clone(), policy.clone()));
            shape.activities.extend(kinds);
        }
        shape
    }
}

/// Leads one after another. Records that cannot be used are told on standard error and left out; what ends the reading
/// is kept until somebody asks.
pub(crate) struct LeadFile {
    source: Records,
    name: String,
    line: u64,
    pub(crate) left_out: u64,
    failed: Rc<RefCell<Option<Failure>>>,
}

enum Records {
    Listed(std::vec::IntoIter<serde_json::Value>),
    Lines(BufReader<File>),
    Table(Box<LeadReader>, HashMap<String, Vec<Activity>>),
}

impl LeadFile {
    pub(crate) fn open(
        path: &Path,
        activities: Option<&PathBuf>,
        map: &[(String, String)],
        shape: &Shape,
    ) -> Result<Self, Failure> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let source = match ending.as_deref() {
            Some("json") => {
                let wrong = |what: &str| Failure::new(format!("`{}`: {what}", path.display()));
                match serde_json::from_str(&text(path)?).map_err(|error| wrong(&error.to_string()))? {
                    serde_json::Value::Array(records) => Records::Listed(records.into_iter()),
                    record @ serde_json::Value::Object(_) => Records::Listed(vec![record].into_iter()),
                    _ => return Err(wrong("a list of lead records is expected, or one record")),
                }
            }
            Some("jsonl" | "ndjson") => Records::Lines(BufReader::new(
                File::open(path).map_err(|error| Failure::io(path, "read", &error))?,
            )),
            _ => {
                let mapping: Mapping = map.iter().cloned().collect();
                let (comma, choice) = (b',', EncodingChoice::default());
                let reader =
                    LeadReader::open(path, comma, choice, &shape.fields, &mapping, Converter::default())?;
                let done = activities.map(|path| behaviour(path, shape)).transpose()?;
                Records::Table(Box::new(reader), done.unwrap_or_default())
            }
        };
        if activities.is_some() && !matches!(source, Records::Table(..)) {
            return Err(Failure::new(
                "--activities goes with a .csv of leads: other records hold their own activities",
            ));
        }
        let name = path.display().to_string();
        Ok(Self { source, name, line: 0, left_out: 0, failed: Rc::default() })
    }

    /// What ended the reading before its time, once it is over.
    pub(crate) fn failure(&self) -> Rc<RefCell<Option<Failure>>> {
        Rc::clone(&self.failed)
    }

    fn read(&mut self) -> Result<Option<Result<Lead, String>>, Failure> {
        match &mut self.source {
            Records::Listed(records) => {
                self.line += 1;
                let place = format!("{}: record {}", self.name, self.line);
                Ok(records.next().map(|record| lead(&record.to_string(), &place)))
            }
            Records::Lines(reader) => loop {
                let mut text = String::new();
                let read = reader.read_line(&mut text);
                let path = Path::new(&self.name);
                if read.map_err(|error| Failure::io(path, "read", &error))? == 0 {
                    return Ok(None);
                }
                self.line += 1;
                if !text.trim().is_empty() {
                    return Ok(Some(lead(&text, &format!("{}:{}", self.name, self.line))));
                }
            },
            Records::Table(reader, done) => Ok(reader.next_lead()?.map(|row| {
                let told = |rejected: Rejected| rejected.to_string();
                let mut found = row.map_err(told)?.lead;
                for activity in done.remove(&found.id).unwrap_or_default() {
                    found.record(activity).map_err(|error| error.to_string())?;
                }
                Ok(found)
            })),
        }
    }
}

impl Iterator for LeadFile {
    type Item = Lead;

    fn next(&mut self) -> Option<Lead> {
        loop {
            match self.read() {
                Ok(None) => return None,
                Ok(Some(Ok(lead))) => return Some(lead),
                Ok(Some(Err(told))) => {
                    self.left_out += 1;
                    let _ = writeln!(std::io::stderr(), "left out: {told}");
                }
                Err(failure) => {
                    *self.failed.borrow_mut() = Some(failure);
                    return None;
                }
            }
        }
    }
}

fn lead(text: &str, place: &str) -> Result<Lead, String> {
    Lead::from_json(text).map_err(|error| format!("{place}: {error}"))
}

/// What leads did, by lead.
fn behaviour(path: &Path, shape: &Shape) -> Result<HashMap<String, Vec<Activity>>, Failure> {
    let (comma, choice) = (b',', EncodingChoice::default());
    let mapping = Mapping::default();
    let mut reader =
        ActivityReader::open(path, comma, choice, &shape.activities, &mapping, Converter::default())?;
    let mut found: HashMap<String, Vec<Activity>> = HashMap::new();
    while let Some(row) = reader.next_activity()? {
        match row {
            Ok(read) => found.entry(read.lead).or_default().push(read.activity),
            Err(rejected) => {
                let _ = writeln!(std::io::stderr(), "left out: {rejected}");
            }
        }
    }
    Ok(found)
}
