//! Portions of a table on disk, and their parts put into order again.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Lines, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::Failure;

/// As many files as may be open at once on every system.
const MOST: u64 = 200;

/// Files of JSON lines, each with the entries of some keys, in the order in which they came.
pub(super) struct Portions {
    folder: PathBuf,
    files: Vec<BufWriter<File>>,
}

impl Portions {
    /// Makes so many, or as many as may be.
    pub(super) fn create(folder: &Path, count: u64) -> Result<Self, Failure> {
        std::fs::create_dir_all(folder).map_err(|error| Failure::io(folder, "make", &error))?;
        let file = |index| {
            let path = folder.join(format!("{index}.jsonl"));
            let file = File::create(&path).map_err(|error| Failure::io(&path, "write", &error))?;
            Ok(BufWriter::new(file))
        };
        let files = (0..count.clamp(1, MOST)).map(file).collect::<Result<_, Failure>>()?;
        Ok(Self { folder: folder.to_owned(), files })
    }

    pub(super) fn count(&self) -> usize {
        self.files.len()
    }

    /// Adds an entry to the portion of its key.
    pub(super) fn add<T: Serialize>(&mut self, key: &str, entry: &T) -> Result<(), Failure> {
        // FNV-1a: the same portions on every machine.
        let hash = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let count = self.files.len() as u64;
        let index = usize::try_from(hash % count.max(1)).unwrap_or(0);
        let failed = |error: &std::io::Error| Failure::io(&self.folder, "write into", error);
        let text = serde_json::to_string(entry).map_err(|error| Failure::new(error.to_string()))?;
        if let Some(file) = self.files.get_mut(index) {
            writeln!(file, "{text}").map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// Every entry of a portion.
    pub(super) fn each<T: DeserializeOwned>(
        &mut self,
        index: usize,
        mut take: impl FnMut(T) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let path = self.folder.join(format!("{index}.jsonl"));
        let failed = |error: &std::io::Error| Failure::io(&path, "read", error);
        if let Some(file) = self.files.get_mut(index) {
            file.flush().map_err(|error| failed(&error))?;
        }
        let file = File::open(&path).map_err(|error| failed(&error))?;
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|error| failed(&error))?;
            take(serde_json::from_str(&line).map_err(|error| Failure::new(error.to_string()))?)?;
        }
        std::fs::remove_file(&path).map_err(|error| failed(&error))
    }

    /// A new part beside a portion.
    pub(super) fn part(&self, index: usize, what: &str) -> Result<Part, Failure> {
        let path = self.folder.join(format!("{index}.{what}"));
        let file = File::create(&path).map_err(|error| Failure::io(&path, "write", &error))?;
        Ok(Part { path, file: Some(BufWriter::new(file)) })
    }
}

/// Texts by line of the table, in that order.
pub(super) struct Part {
    path: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Part {
    /// Adds the text of a line; it has no line break.
    pub(super) fn add(&mut self, line: u64, text: &str) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::io(&self.path, "write", &error);
        self.file.as_mut().map_or(Ok(()), |file| writeln!(file, "{line}\t{text}").map_err(failed))
    }

    fn close(&mut self) -> Result<Lines<BufReader<File>>, Failure> {
        let failed = |error: std::io::Error| Failure::io(&self.path, "read", &error);
        if let Some(mut file) = self.file.take() {
            file.flush().map_err(failed)?;
        }
        Ok(BufReader::new(File::open(&self.path).map_err(failed)?).lines())
    }
}

/// The texts of all parts, in the order of the table.
pub(super) fn in_order(
    parts: &mut [Part],
    path: &Path,
    header: &str,
    mut write: impl FnMut(&str, &mut String) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::io(path, "write", &error);
    let mut readers = parts.iter_mut().map(Part::close).collect::<Result<Vec<_>, _>>()?;
    let mut heap = BinaryHeap::new();
    let next = |reader: &mut Lines<BufReader<File>>, index: usize| -> Result<_, Failure> {
        let Some(line) = reader.next() else { return Ok(None) };
        let line = line.map_err(failed)?;
        let Some((number, text)) = line.split_once('\t') else { return Ok(None) };
        Ok(Some(Reverse((number.parse::<u64>().unwrap_or(u64::MAX), index, text.to_owned()))))
    };
    for (index, reader) in readers.iter_mut().enumerate() {
        heap.extend(next(reader, index)?);
    }
    let mut out = BufWriter::new(File::create(path).map_err(failed)?);
    out.write_all(header.as_bytes()).map_err(failed)?;
    let mut text = String::new();
    while let Some(Reverse((_, index, line))) = heap.pop() {
        text.clear();
        write(&line, &mut text)?;
        out.write_all(text.as_bytes()).map_err(failed)?;
        if let Some(reader) = readers.get_mut(index) {
            heap.extend(next(reader, index)?);
        }
    }
    out.flush().map_err(failed)
}
