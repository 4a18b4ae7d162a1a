//! The house: which room may import which. Imports run downwards only.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

/// Rooms from the cellar up; those of one row may import each other.
const ROWS: &[&[&str]] = &[
    &["base"],
    &["lead"],
    &["expr"],
    &["capture"],
    &["scoring"],
    &["qualification"],
    &["segment"],
    &["nurturing", "routing", "campaign"],
    &["playbook"],
    &["engine", "assessment", "explain", "brief", "columnar"],
    &["analytics"],
    &["trust", "simulation", "migration"],
    &["api", "schema"],
];

/// Rooms that do not know each other, though their rows would allow it: the engine passes what one says to the other.
const STRANGERS: [(&str, &str); 6] = [
    ("routing", "nurturing"),
    ("nurturing", "routing"),
    ("routing", "scoring"),
    ("routing", "qualification"),
    ("routing", "segment"),
    ("segment", "routing"),
];

#[test]
fn imports_run_downwards_only() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for file in files(&source) {
        let inside = file.strip_prefix(&source).unwrap();
        let room = inside.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned();
        if room == "lib" {
            continue;
        }
        let here = row(&room).unwrap_or_else(|| panic!("room `{room}` has no place in the house"));
        for name in imports(&fs::read_to_string(&file).unwrap()) {
            let there = row(&name).unwrap_or_else(|| panic!("{}: no room `{name}`", inside.display()));
            assert!(
                !STRANGERS.contains(&(room.as_str(), name.as_str())),
                "{} imports `{name}`",
                inside.display()
            );
            assert!(there <= here, "{} imports `{name}`, which is above it", inside.display());
            seen += 1;
        }
    }
    assert!(seen > 100, "only {seen} imports were found");
}

fn row(room: &str) -> Option<usize> {
    ROWS.iter().position(|rooms| rooms.contains(&room))
}

/// The modules that follow `crate::`; what is named from the root of the crate is no room.
fn imports(text: &str) -> Vec<String> {
    let names = text.split("crate::").skip(1).filter_map(|rest| {
        let (name, _) = rest.split_once("::")?;
        name.chars().all(|c| c.is_ascii_lowercase() || c == '_').then(|| name.to_owned())
    });
    names.collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
