//! Every file of `tests/vectors` as a test of its own, through the Rust engine.
//!
//! `IKUSEI_WRITE=1 cargo test -p ikusei-tests` writes what the engine says into the files: read the difference before
//! committing it. No other runner writes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use ikusei_tests::{Case, call, root};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

fn main() -> ExitCode {
    let folder = root().join("tests/vectors");
    let mut files = Vec::new();
    collect(&folder, &mut files);
    files.sort();
    let write = std::env::var_os("IKUSEI_WRITE").is_some();
    let trials: Vec<Trial> = files
        .iter()
        .map(|file| {
            let name = file.strip_prefix(&folder).unwrap_or(file).display().to_string();
            let file = file.clone();
            Trial::test(name, move || run(&file, write))
        })
        .chain([Trial::test("every case is run", {
            let count = files.len();
            move || if count > 0 { Ok(()) } else { Err("no case found".into()) }
        })])
        .collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
}

fn run(file: &Path, write: bool) -> Result<(), Failed> {
    let mut case: Case = serde_json::from_str(&fs::read_to_string(file)?)?;
    let playbook = case.playbook_args()?;
    for (index, step) in case.steps_mut().enumerate() {
        let name = step.call.as_deref().ok_or("a step without `call`")?;
        let args = step.args.clone().unwrap_or_else(|| json!({}));
        let found = call(&playbook, name, &args);
        if write {
            (step.expect, step.error) = match found {
                Ok(value) => (Some(value), None),
                Err(error) => (None, Some(error)),
            };
            continue;
        }
        let (found, wanted) = (
            side(found.as_ref().ok(), found.as_ref().err()),
            side(step.expect.as_ref(), step.error.as_ref()),
        );
        if found != wanted {
            return Err(format!("step {index}, {name}:\n  found    {found}\n  expected {wanted}").into());
        }
    }
    if write {
        fs::write(file, format!("{}\n", serde_json::to_string_pretty(&case)?))?;
    }
    Ok(())
}

fn side(expect: Option<&Value>, error: Option<&Value>) -> Value {
    match error {
        Some(error) => json!({ "error": error }),
        None => json!({ "expect": expect }),
    }
}
