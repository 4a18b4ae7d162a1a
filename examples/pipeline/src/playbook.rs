//! The playbook from its files, and what is wrong with it by file, line and column.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use ikusei::{Diagnostic, Playbook, Severity, Source};

use crate::problem::Failure;

/// Where a file of the bundled sample lies.
#[must_use]
pub fn bundled(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Reads the playbook from the first file; the others are documents that it may extend, by file name without
/// ending. Without files it is the bundled one.
///
/// # Errors
/// If a file cannot be read, or the playbook is refused: every problem on a line with its place, and what to do
/// below it.
pub fn load(files: &[PathBuf], overlays: &[String]) -> Result<Playbook, Failure> {
    let bundled = [bundled("playbook.yaml")];
    let files = if files.is_empty() { &bundled } else { files };
    let mut texts = Vec::new();
    for path in files {
        let bytes = std::fs::read(path).map_err(|error| Failure::io(path, "read", &error))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::new(format!("`{}` is not UTF-8 text; save it as UTF-8", path.display())))?;
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        texts.push((path.display().to_string(), stem, text));
    }
    let Some(((main, _, text), others)) = texts.split_first() else {
        return Err(Failure::new("no playbook"));
    };
    let library: Vec<(&str, &str)> =
        others.iter().map(|(_, stem, text)| (stem.as_str(), text.as_str())).collect();
    let overlays: Vec<&str> = overlays.iter().map(String::as_str).collect();
    let source = Source { text, name: Some(main), library: &library, overlays: &overlays };
    Playbook::open(&source).map_err(|error| {
        let file = |name: Option<&str>| match name {
            // A library document goes by its stem: show the file that was named.
            Some(name) => {
                others.iter().find(|(_, stem, _)| stem == name).map_or(name, |(path, _, _)| path).to_owned()
            }
            None => main.clone(),
        };
        let mut out = format!(
            "the playbook is refused: {} in it",
            crate::input::table::counted(error.diagnostics().len(), "problem")
        );
        for diagnostic in error.diagnostics() {
            let _ = write!(
                out,
                "\n{}",
                shown(diagnostic, file(diagnostic.span.as_ref().and_then(|span| span.file.as_deref())))
            );
        }
        Failure::new(out)
    })
}

fn shown(diagnostic: &Diagnostic, file: String) -> String {
    let mut out = file;
    if let Some(span) = &diagnostic.span {
        let _ = write!(out, ":{}:{}", span.line, span.column);
    }
    let severity = if diagnostic.severity == Severity::Warning { "warning" } else { "error" };
    let _ = write!(out, ": {severity} {}: {}", diagnostic.code, diagnostic.message);
    if let Some(path) = diagnostic.path.as_deref().filter(|path| !path.is_empty()) {
        let _ = write!(out, "\n  at {path}");
    }
    if let Some(help) = &diagnostic.help {
        let _ = write!(out, "\n  help: {help}");
    }
    out
}
