//! `ikusei check`: what is wrong with playbooks, and what they say and probably do not mean.

use std::fmt::Write as _;
use std::path::Path;

use ikusei::{Error, Playbook};
use serde_json::{Value, json};

use crate::args::{Check, Form};
use crate::{Answer, Failure, input, sarif};

/// A playbook's file with what was found in it; findings are diagnostics as data.
struct Checked<'a> {
    path: &'a Path,
    /// None where it is refused.
    playbook: Option<Playbook>,
    found: Vec<Value>,
}

pub(crate) fn run(args: &Check) -> Result<Answer, Failure> {
    let mut all = Vec::new();
    for path in &args.playbooks {
        let (playbook, found) = match input::open(path, &args.with)? {
            Ok(playbook) => {
                let found = lint(&playbook, &args.allow);
                (Some(playbook), found)
            }
            // What refuses a playbook is no matter of taste: nothing is left out.
            Err(error) => (None, data(&error)),
        };
        all.push(Checked { path, playbook, found });
    }
    let denied = |found: &Value| rank(found) <= args.deny.rank();
    let against = all.iter().flat_map(|checked| &checked.found).any(denied);
    let text = match args.format {
        Form::Human | Form::Markdown => human(&all),
        Form::Json => {
            let playbooks = all.iter().map(|checked| {
                json!({
                    "file": checked.path.display().to_string(),
                    "name": checked.playbook.as_ref().map(Playbook::name),
                    "fingerprint": checked.playbook.as_ref().map(Playbook::fingerprint),
                    "diagnostics": checked.found,
                })
            });
            crate::json(&json!({ "playbooks": playbooks.collect::<Vec<_>>() }))?
        }
        Form::Sarif => {
            let of = |checked: &Checked<'_>| {
                let file = checked.path.display().to_string();
                checked.found.iter().map(|found| sarif::of_diagnostic(found, &file)).collect::<Vec<_>>()
            };
            crate::json(&sarif::log(all.iter().flat_map(of).collect()))?
        }
    };
    Ok(Answer { text, against })
}

/// The problems of an error, as data.
pub(crate) fn data(error: &Error) -> Vec<Value> {
    error.diagnostics().iter().filter_map(|diagnostic| serde_json::to_value(diagnostic).ok()).collect()
}

/// What lint finds, but for the codes that are allowed.
fn lint(playbook: &Playbook, allow: &[String]) -> Vec<Value> {
    let findings = playbook.lint().findings;
    let found = findings.iter().filter_map(|finding| serde_json::to_value(finding).ok());
    found.filter(|finding| !allow.iter().any(|code| finding["code"] == **code)).collect()
}

/// 0 for errors, 1 for warnings, 2 for notes.
fn rank(diagnostic: &Value) -> u8 {
    match diagnostic["severity"].as_str() {
        Some("error") => 0,
        Some("warning") => 1,
        _ => 2,
    }
}

fn human(all: &[Checked<'_>]) -> String {
    let mut out = String::new();
    for Checked { path, playbook, found } in all {
        for diagnostic in found {
            out.push_str(&line(diagnostic));
            out.push('\n');
        }
        let path = path.display();
        // Writing to a string cannot fail.
        let _ = match (playbook, found.len()) {
            (Some(playbook), 0) => writeln!(out, "{path}: `{}` is fine", playbook.name()),
            (Some(_), 1) => writeln!(out, "{path}: 1 finding"),
            (Some(_), count) => writeln!(out, "{path}: {count} findings"),
            (None, 1) => writeln!(out, "{path}: refused, 1 problem"),
            (None, count) => writeln!(out, "{path}: refused, {count} problems"),
        };
    }
    out
}

/// `playbook.yaml:12:3: error IK0102: unknown key `feilds``, where, and what to do.
pub(crate) fn line(diagnostic: &Value) -> String {
    let mut out = String::new();
    let said = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if let Some(span) = diagnostic.get("span").filter(|span| span.is_object()) {
        let _ = write!(out, "{}:{}:{}: ", said(&span["file"]), span["line"], span["column"]);
    }
    let (severity, code) = (said(&diagnostic["severity"]), said(&diagnostic["code"]));
    let _ = write!(out, "{severity} {code}: {}", said(&diagnostic["message"]));
    if let Some(path) = diagnostic["path"].as_str().filter(|path| !path.is_empty()) {
        let _ = write!(out, "\n  at {path}");
    }
    if let Some(help) = diagnostic["help"].as_str() {
        let _ = write!(out, "\n  help: {help}");
    }
    out
}
