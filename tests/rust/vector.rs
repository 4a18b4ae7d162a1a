//! One file of vectors: reading, running, and writing what was found.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ikusei::{Playbook, api};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::compare::difference;

/// A file of vectors; `known_keys` refuses what is not here.
#[derive(Deserialize)]
struct File {
    name: String,
    playbook: Option<Lines>,
    playbook_file: Option<String>,
    /// What diagnostics call the playbook's text.
    file: Option<String>,
    #[serde(default)]
    library: Map<String, Value>,
    #[serde(default)]
    overlays: Vec<String>,
    steps: Option<Vec<Step>>,
    #[serde(flatten)]
    only: Option<Step>,
}

/// A text, or its lines.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    Text(String),
    Several(Vec<String>),
    /// Data, as its JSON text.
    Data(Map<String, Value>),
}

/// One call and what comes of it.
#[derive(Deserialize)]
pub(crate) struct Step {
    call: String,
    #[serde(default)]
    args: Map<String, Value>,
    /// Null is an answer too: that there is none.
    #[serde(default, deserialize_with = "present")]
    expect: Option<Value>,
    error: Option<Value>,
    /// The text under each diagnostic of the error.
    underlined: Option<Vec<Option<String>>>,
}

/// A file of vectors, with its steps.
pub(crate) struct Vector {
    source: Map<String, Value>,
    playbook: Option<String>,
    library: Map<String, Value>,
    overlays: Vec<String>,
    file: Option<String>,
    pub(crate) steps: Vec<Step>,
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Lines {
    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Several(lines) => lines.join("\n"),
            Self::Data(data) => Value::Object(data).to_string(),
        }
    }
}

impl Vector {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let said = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let text = std::fs::read_to_string(path).map_err(|error| said(&error))?;
        let source: Map<String, Value> = serde_json::from_str(&text).map_err(|error| said(&error))?;
        known_keys(&source).map_err(|error| said(&error))?;
        let file: File =
            serde_json::from_value(Value::Object(source.clone())).map_err(|error| said(&error))?;
        if file.name.is_empty() {
            return Err(said(&"the vector has no name"));
        }
        let steps = match (file.steps, file.only) {
            (Some(steps), None) if !steps.is_empty() => steps,
            (None, Some(step)) => vec![step],
            _ => return Err(said(&"a vector has one `call`, or `steps`")),
        };
        for step in &steps {
            if step.expect.is_some() == step.error.is_some() {
                return Err(said(&"a step has one of `expect` and `error`"));
            }
        }
        let playbook = match (file.playbook, file.playbook_file) {
            (Some(lines), None) => Some(lines.text()),
            (None, Some(name)) => Some(
                std::fs::read_to_string(root().join(&name))
                    .map_err(|error| said(&format!("{name}: {error}")))?,
            ),
            (None, None) => None,
            _ => return Err(said(&"a vector has one of `playbook` and `playbook_file`")),
        };
        let library = file.library.into_iter().map(|(name, text)| Ok((name, Value::String(lines(text)?))));
        let library = library.collect::<Result<_, String>>().map_err(|error| said(&error))?;
        Ok(Self { source, playbook, library, overlays: file.overlays, file: file.file, steps })
    }

    /// The playbook, or the envelope that refuses it.
    fn open(&self) -> Result<Playbook, String> {
        let mut args = json!({
            "text": self.playbook.as_deref().unwrap_or(""),
            "library": self.library,
            "overlays": self.overlays,
        });
        if let (Some(name), Some(args)) = (&self.file, args.as_object_mut()) {
            args.insert("name".to_owned(), json!(name));
        }
        api::open_playbook(&args.to_string())
    }

    /// The envelope that a step gives, without the messages of errors: they repeat the diagnostics.
    fn call(&self, step: &Step) -> Result<Value, String> {
        let mut envelope = self.answer(step)?;
        let inner = envelope.get_mut("ok").and_then(Value::as_array_mut);
        inner.into_iter().flatten().for_each(strip_message);
        strip_message(&mut envelope);
        Ok(envelope)
    }

    fn answer(&self, step: &Step) -> Result<Value, String> {
        let args = Value::Object(step.args.clone()).to_string();
        if let Some(method) = step.call.strip_prefix("analytics.") {
            return to_value(&api::call_analytics(method, &args));
        }
        let outcome: Result<Value, String> = match step.call.as_str() {
            "lead" => {
                let lead = step.args.get("lead").ok_or("`lead` takes a `lead`")?;
                let lead = match lead {
                    Value::Object(_) => api::open_lead(&lead.to_string()),
                    _ => api::parse_lead(&lines(lead.clone())?),
                };
                lead.and_then(|lead| to_value(&lead.to_json()))
            }
            "parse" => self
                .open()
                .map(|playbook| json!({ "name": playbook.name(), "fingerprint": playbook.fingerprint() })),
            "for_browser" => self
                .open()
                .and_then(|playbook| api::cut_for_browser(&playbook, &args))
                .and_then(|cut| to_value(&cut.to_json())),
            "diff" => {
                let mut args = step.args.clone();
                let other = lines(args.shift_remove("other").ok_or("`diff` takes `other`")?)?;
                let other = api::open_playbook(&json!({ "text": other }).to_string());
                let args = Value::Object(args).to_string();
                match (self.open(), other) {
                    (Ok(before), Ok(after)) => return to_value(&api::diff_playbooks(&before, &after, &args)),
                    (Err(envelope), _) | (_, Err(envelope)) => Err(envelope),
                }
            }
            method => match self.open().and_then(|playbook| api::compile(&playbook)) {
                Ok(engine) => return to_value(&api::call_engine(&engine, method, &args)),
                Err(envelope) => Err(envelope),
            },
        };
        match outcome {
            Ok(ok) => Ok(json!({ "ok": ok })),
            Err(envelope) => to_value(&envelope),
        }
    }

    fn text_of(&self, file: Option<&Value>) -> Option<&str> {
        match file.and_then(Value::as_str) {
            Some(name) if self.file.as_deref() != Some(name) => self.library.get(name)?.as_str(),
            _ => self.playbook.as_deref(),
        }
    }

    /// The texts under the diagnostics of an error.
    fn underlined(&self, error: &Value) -> Vec<Option<String>> {
        let under = |diagnostic: &Value| {
            let span = diagnostic.get("span")?;
            let at = |key: &str| usize::try_from(span.get(key)?.as_u64()?).ok();
            let text = self.text_of(span.get("file"))?;
            text.get(at("start")?..at("end")?).map(str::to_owned)
        };
        error.get("diagnostics").and_then(Value::as_array).into_iter().flatten().map(under).collect()
    }
}

impl Step {
    /// The codes of its error and of the warnings that it expects.
    pub(crate) fn codes(&self, codes: &mut BTreeSet<String>) {
        collect_codes(self.error.as_ref().unwrap_or(&Value::Null), codes);
        collect_codes(self.expect.as_ref().unwrap_or(&Value::Null), codes);
    }
}

fn collect_codes(value: &Value, codes: &mut BTreeSet<String>) {
    match value {
        Value::Object(entries) => {
            if let (Some(Value::String(code)), true) = (entries.get("code"), entries.contains_key("severity"))
            {
                codes.insert(code.clone());
            }
            entries.values().for_each(|value| collect_codes(value, codes));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_codes(item, codes)),
        _ => {}
    }
}

/// A typing error in a key would leave something unchecked.
fn known_keys(source: &Map<String, Value>) -> Result<(), String> {
    const FILE: [&str; 8] =
        ["slim", "name", "playbook", "playbook_file", "file", "library", "overlays", "steps"];
    const STEP: [&str; 6] = ["call", "args", "expect", "error", "underlined", "note"];
    let check = |map: &Map<String, Value>, known: &[&[&str]]| {
        let stranger = map.keys().find(|key| !known.iter().any(|list| list.contains(&key.as_str())));
        stranger.map_or(Ok(()), |key| Err(format!("a vector has no key `{key}`")))
    };
    check(source, &[&FILE, &STEP])?;
    let steps = source.get("steps").and_then(Value::as_array).into_iter().flatten();
    steps.filter_map(Value::as_object).try_for_each(|step| check(step, &[&STEP]))
}

fn lines(value: Value) -> Result<String, String> {
    serde_json::from_value::<Lines>(value)
        .map(Lines::text)
        .map_err(|_| "a text, or a list of lines".to_owned())
}

fn strip_message(envelope: &mut Value) {
    if let Some(error) = envelope.get_mut("error").and_then(Value::as_object_mut) {
        error.shift_remove("message");
    }
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn to_value(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("not JSON: {error}: {text}"))
}

/// Runs a file; with `IKUSEI_WRITE` a failing one is rewritten.
pub(crate) fn run(root: &Path, path: &Path) -> Result<(), String> {
    let vector = Vector::read(path)?;
    let mut found = Vec::new();
    let mut failures = Vec::new();
    for (index, step) in vector.steps.iter().enumerate() {
        let envelope = vector.call(step)?;
        if let Err(failure) = check(&vector, step, &envelope) {
            failures.push(format!("step {index} ({}): {failure}", step.call));
        }
        found.push(envelope);
    }
    if failures.is_empty() {
        return Ok(());
    }
    // What a released format said it says for ever.
    let frozen = path.components().any(|part| part.as_os_str() == "frozen");
    if !frozen && std::env::var_os("IKUSEI_WRITE").is_some_and(|value| value == "1") {
        write(&vector, path, &found)?;
        let name = path.strip_prefix(root).unwrap_or(path).display();
        return Err(format!("{name} is rewritten: read what changed\n{}", failures.join("\n")));
    }
    Err(failures.join("\n"))
}

/// That the runner can fail: every step of a file, with one digit of its expectation changed, must be told.
/// Gives how many steps had a digit.
pub(crate) fn spoilt(path: &Path) -> Result<usize, String> {
    let mut vector = Vector::read(path)?;
    let mut steps = std::mem::take(&mut vector.steps);
    let mut changed = 0;
    for (index, step) in steps.iter_mut().enumerate() {
        let wanted = step.expect.as_mut().or(step.error.as_mut());
        if wanted.is_some_and(change_digit) {
            changed += 1;
            if check(&vector, step, &vector.call(step)?).is_ok() {
                return Err(format!("{}: step {index} passes with another digit", path.display()));
            }
        }
    }
    Ok(changed)
}

/// Changes the last digit of the first value that has one.
fn change_digit(value: &mut Value) -> bool {
    let other = |text: &str| {
        let at = text.rfind(|letter: char| letter.is_ascii_digit())?;
        let digit = if text[at..].starts_with('9') { "8" } else { "9" };
        Some(format!("{}{digit}{}", &text[..at], &text[at + 1..]))
    };
    let changed = match &*value {
        Value::Number(number) => other(&number.to_string()).and_then(|text| serde_json::from_str(&text).ok()),
        Value::String(text) => other(text).map(Value::String),
        _ => None,
    };
    if let Some(changed) = changed {
        *value = changed;
        return true;
    }
    match value {
        Value::Array(items) => items.iter_mut().any(change_digit),
        Value::Object(entries) => entries.values_mut().any(change_digit),
        _ => false,
    }
}

fn check(vector: &Vector, step: &Step, envelope: &Value) -> Result<(), String> {
    let expected = match (&step.expect, &step.error) {
        (Some(ok), _) => json!({ "ok": ok }),
        (_, error) => json!({ "error": error }),
    };
    if let Some(difference) = difference(&expected, envelope) {
        return Err(difference);
    }
    if let Some(error) = envelope.get("error") {
        let found = vector.underlined(error);
        let expected = step.underlined.clone().unwrap_or_else(|| found.clone());
        if expected != found {
            return Err(format!("underlined:\n  expected {expected:?}\n  found    {found:?}"));
        }
        if step.underlined.is_none() && found.iter().any(Option::is_some) {
            return Err(format!("`underlined` is missing: {found:?}"));
        }
    }
    match (&step.expect, step.call.as_str()) {
        (Some(assessment), "assess") => laws(vector, step, assessment),
        _ => Ok(()),
    }
}

/// What holds of every assessment: the ledger adds up to the figures; the path that keeps no ledger, and a batch
/// of several leads, say the same.
fn laws(vector: &Vector, step: &Step, assessment: &Value) -> Result<(), String> {
    let mut bare = assessment.clone();
    for (card, sheet) in bare.get_mut("scores").and_then(Value::as_object_mut).into_iter().flatten() {
        let Some(sheet) = sheet.as_object_mut() else { continue };
        let mut sums: [(&str, i64); 4] =
            [("fit_plus", 0), ("fit_minus", 0), ("engagement_plus", 0), ("engagement_minus", 0)];
        if let Some(ledger) = sheet.remove("ledger") {
            for entry in ledger.as_array().into_iter().flatten() {
                let side = entry.get("side").and_then(Value::as_str).unwrap_or("");
                for (_, sum) in sums.iter_mut().filter(|(name, _)| *name == side) {
                    *sum += millionths(entry.get("points"));
                }
            }
            for (side, sum) in sums {
                let figure = millionths(sheet.get(side));
                if figure != sum {
                    return Err(format!(
                        "`{card}`: the ledger adds up to {sum} millionths of {side}, not {figure}"
                    ));
                }
            }
        }
        let total: i64 = sums.iter().map(|(side, _)| millionths(sheet.get(*side))).sum();
        if total != millionths(sheet.get("total")) {
            return Err(format!("`{card}`: the four figures add up to {total} millionths"));
        }
    }
    let engine = vector.open().and_then(|playbook| api::compile(&playbook))?;
    let mut args = step.args.clone();
    args.insert("ledger".to_owned(), Value::Bool(false));
    let figures = to_value(&api::call_engine(&engine, "assess", &Value::Object(args.clone()).to_string()))?;
    if let Some(difference) = difference(&json!({ "ok": bare }), &figures) {
        return Err(format!("without a ledger, {difference}"));
    }
    let lead = args.remove("lead").unwrap_or_default();
    args.insert("leads".to_owned(), json!([{ "id": "before" }, lead, { "id": "after" }]));
    let batch = to_value(&api::call_engine(&engine, "assess_many", &Value::Object(args).to_string()))?;
    let row = batch.pointer("/ok/1").cloned().unwrap_or_default();
    match difference(&figures, &row) {
        Some(difference) => Err(format!("in a batch, {difference}")),
        None => Ok(()),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "points are within 2^53 millionths")]
fn millionths(number: Option<&Value>) -> i64 {
    (number.and_then(Value::as_f64).unwrap_or(f64::NAN) * 1e6).round() as i64
}

/// Puts what was found in place of what was expected.
fn write(vector: &Vector, path: &Path, found: &[Value]) -> Result<(), String> {
    let mut source = vector.source.clone();
    let fill = |step: &mut Map<String, Value>, envelope: &Value| {
        for key in ["expect", "error", "underlined"] {
            step.shift_remove(key);
        }
        if let Some(ok) = envelope.get("ok") {
            step.insert("expect".to_owned(), ok.clone());
        }
        if let Some(error) = envelope.get("error") {
            step.insert("error".to_owned(), error.clone());
            let underlined = vector.underlined(error);
            if underlined.iter().any(Option::is_some) {
                step.insert("underlined".to_owned(), json!(underlined));
            }
        }
    };
    match source.get_mut("steps").and_then(Value::as_array_mut) {
        Some(steps) => {
            for (step, envelope) in steps.iter_mut().filter_map(Value::as_object_mut).zip(found) {
                fill(step, envelope);
            }
        }
        None => {
            if let Some(envelope) = found.first() {
                fill(&mut source, envelope);
            }
        }
    }
    let text = serde_json::to_string_pretty(&source).map_err(|error| error.to_string())?;
    std::fs::write(path, text + "\n").map_err(|error| format!("{}: {error}", path.display()))
}
