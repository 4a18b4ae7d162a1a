//! SARIF 2.1.0, for code scanning.

use std::collections::BTreeSet;

use ikusei::{Affects, ChangePlace, PlaybookChange};
use serde_json::{Value, json};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A log of one run.
pub(crate) fn log(results: Vec<Value>) -> Value {
    let ids: BTreeSet<&str> = results.iter().filter_map(|result| result.get("ruleId")?.as_str()).collect();
    let rules: Vec<Value> = ids.into_iter().map(|id| json!({ "id": id })).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "ikusei",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://github.com/ikusei/ikusei",
                "rules": rules,
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

/// A diagnostic as data.
pub(crate) fn of_diagnostic(diagnostic: &Value, file: &str) -> Value {
    let level = match diagnostic["severity"].as_str() {
        Some("error") => "error",
        Some("warning") => "warning",
        _ => "note",
    };
    let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let help = diagnostic["help"].as_str().map(|help| format!("; {help}")).unwrap_or_default();
    let place = |of: &Value| location(of.get("span"), of["path"].as_str().unwrap_or(""), file);
    let mut result = json!({
        "ruleId": diagnostic["code"],
        "level": level,
        "message": { "text": format!("{}{help}", said(&diagnostic["message"])) },
        "locations": [place(diagnostic)],
    });
    let related = diagnostic["related"].as_array().into_iter().flatten().map(|related| {
        let mut place = place(related);
        put(&mut place, "message", json!({ "text": related["message"] }));
        place
    });
    let related: Vec<Value> = related.collect();
    if !related.is_empty() {
        put(&mut result, "relatedLocations", Value::Array(related));
    }
    result
}

/// A change, at its place in the playbook that is to come, or else in the one that is there.
pub(crate) fn of_change(change: &PlaybookChange, words: &str, files: (&str, &str)) -> Value {
    let (place, file) = match (&change.after, &change.before) {
        (Some(after), _) => (Some(after), files.1),
        (None, before) => (before.as_ref(), files.0),
    };
    let at = |place: &ChangePlace| {
        let span = place.span.as_ref().and_then(|span| serde_json::to_value(span).ok());
        location(span.as_ref(), &place.path, file)
    };
    let affects = serde_json::to_value(change.affects).unwrap_or_default();
    json!({
        "ruleId": format!("diff/{}", affects.as_str().unwrap_or("change")),
        "level": if change.affects == Affects::Nothing { "none" } else { "note" },
        "message": { "text": words },
        "locations": place.map(at).into_iter().collect::<Vec<_>>(),
    })
}

fn location(span: Option<&Value>, path: &str, file: &str) -> Value {
    let span = span.filter(|span| span.is_object());
    let file = span.and_then(|span| span["file"].as_str()).unwrap_or(file);
    let mut physical = json!({ "artifactLocation": { "uri": uri(file) } });
    if let Some(span) = span {
        put(&mut physical, "region", json!({ "startLine": span["line"], "startColumn": span["column"] }));
    }
    let mut place = json!({ "physicalLocation": physical });
    if !path.is_empty() {
        put(&mut place, "logicalLocations", json!([{ "fullyQualifiedName": path }]));
    }
    place
}

fn put(object: &mut Value, key: &str, value: Value) {
    if let Some(entries) = object.as_object_mut() {
        entries.insert(key.to_owned(), value);
    }
}

/// A path as a relative or absolute reference.
fn uri(path: &str) -> String {
    let mut out = String::new();
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/' | b':') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
