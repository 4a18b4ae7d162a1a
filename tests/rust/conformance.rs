//! Runs the conformance vectors in `tests/vectors` (its README says what they look like): one test per file.
//!
//! `IKUSEI_WRITE=1` rewrites the expectations of failing files. What it wrote is read before it is committed.

mod compare;
mod vector;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ikusei::Code;
use libtest_mimic::{Arguments, Failed, Trial};

use vector::Vector;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut files = Vec::new();
    let mut trials = Vec::new();
    if let Err(error) = find(&root, &mut files) {
        trials.push(Trial::test("files", move || Err(Failed::from(error))));
    }
    files.sort();
    let ran = Arc::new(AtomicUsize::new(0));
    for file in &files {
        let (file, root, ran) = (file.clone(), root.clone(), Arc::clone(&ran));
        let name = file.strip_prefix(&root).unwrap_or(&file).with_extension("").display().to_string();
        trials.push(Trial::test(name, move || {
            ran.fetch_add(1, Ordering::Relaxed);
            vector::run(&root, &file).map_err(Failed::from)
        }));
    }
    let listed = files.clone();
    trials.push(Trial::test("a_changed_digit_fails", move || spoilt(&listed).map_err(Failed::from)));
    let listed = files.clone();
    trials.push(Trial::test("every_code_has_a_vector", move || every_code(&listed).map_err(Failed::from)));

    let whole =
        arguments.filter.is_none() && arguments.skip.is_empty() && !arguments.list && !arguments.ignored;
    let conclusion = libtest_mimic::run(&arguments, trials);
    let ran = ran.load(Ordering::Relaxed);
    if whole && (ran != files.len() || files.is_empty()) {
        let message = format!("{ran} vectors ran of {} found in {}", files.len(), root.display());
        return complain(&message);
    }
    conclusion.exit_code()
}

#[expect(clippy::print_stderr, reason = "a test runner speaks to whoever started it")]
fn complain(message: &str) -> ExitCode {
    eprintln!("{message}");
    ExitCode::FAILURE
}

/// Every `.json` file below a folder.
fn find(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), String> {
    let unreadable = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}

/// One digit of an expectation, changed: the runner must tell, whatever the file.
fn spoilt(files: &[PathBuf]) -> Result<(), String> {
    let mut changed = 0;
    for file in files {
        changed += vector::spoilt(file)?;
    }
    if changed < files.len() / 2 { Err(format!("only {changed} expectations have a digit")) } else { Ok(()) }
}

/// Codes that no vector can raise.
const NOT_RAISED: [Code; 3] = [
    // Only a build without `regex` or `zones` leaves anything out.
    Code::NotInThisBuild,
    // Tables are Arrow, not JSON: the tests of `columnar` raise these.
    Code::TableColumn,
    Code::TableType,
];

/// Every other code is in the error or the warnings of some vector.
fn every_code(files: &[PathBuf]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for file in files {
        for step in Vector::read(file)?.steps {
            step.codes(&mut seen);
        }
    }
    let missing: Vec<String> = Code::ALL
        .iter()
        .filter(|code| !NOT_RAISED.contains(code) && !seen.contains(code.as_str()))
        .map(|code| format!("{code} ({})", code.meaning()))
        .collect();
    let raised: Vec<&str> =
        NOT_RAISED.iter().map(|code| code.as_str()).filter(|code| seen.contains(*code)).collect();
    if missing.is_empty() && raised.is_empty() {
        return Ok(());
    }
    Err(format!("no vector raises {}; raised after all: {}", missing.join(", "), raised.join(", ")))
}
