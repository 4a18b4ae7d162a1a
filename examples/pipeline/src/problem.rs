//! What is wrong with the input, in words that say where and what to do.

use std::fmt;
use std::fs::File;
use std::path::Path;

/// A row that cannot be used. It is reported, counted and written to `rejected.csv`; the run goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The file as the user named it.
    pub file: String,
    /// Line on which the row begins, from 1.
    pub line: u64,
    /// The column, where one is to blame.
    pub column: Option<Column>,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// The row as it was read.
    pub row: Vec<String>,
}

/// A column of a file: its number, from 1, and what its header calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Number, from 1.
    pub number: usize,
    /// Header.
    pub name: String,
}

impl fmt::Display for Rejected {
    /// One line: `leads.csv:12: column 8 "employees": "many" is not a whole number; write digits`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if let Some(column) = &self.column {
            write!(f, "column {} `{}`: ", column.number, column.name)?;
        }
        write!(f, "{}; {}", self.message, self.help)
    }
}

/// Why the run cannot go on: a file, a header, a flag or the playbook.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// From a text that says where, what and what to do, one problem a line.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// From the system's refusal to read or write a file.
    #[must_use]
    pub fn io(path: &Path, doing: &str, error: &std::io::Error) -> Self {
        Self(format!("cannot {doing} `{}`: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Collects rejected rows: all of them in `rejected.csv`, the first few on the terminal.
pub struct Rejections {
    file: Option<csv::Writer<File>>,
    path: std::path::PathBuf,
    first: Vec<Rejected>,
    count: u64,
}

/// How many rejected rows the terminal shows.
const SHOWN: usize = 10;

impl Rejections {
    /// Writes to `rejected.csv` in `folder`, which is made when the first row is rejected.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { file: None, path: folder.join("rejected.csv"), first: Vec::new(), count: 0 }
    }

    /// Takes one row.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn add(&mut self, rejected: Rejected) -> Result<(), Failure> {
        let failed = |error: csv::Error, path: &Path| {
            Failure::new(format!("cannot write `{}`: {error}", path.display()))
        };
        let writer = match &mut self.file {
            Some(writer) => writer,
            None => {
                let mut writer = csv::WriterBuilder::new()
                    .flexible(true)
                    .from_path(&self.path)
                    .map_err(|error| failed(error, &self.path))?;
                writer
                    .write_record(["file", "line", "column", "reason", "what to do", "row"])
                    .map_err(|error| failed(error, &self.path))?;
                self.file.insert(writer)
            }
        };
        let line = rejected.line.to_string();
        let column = rejected.column.as_ref().map_or("", |column| column.name.as_str());
        let fixed = [&rejected.file, line.as_str(), column, &rejected.message, &rejected.help];
        let cells = fixed.into_iter().chain(rejected.row.iter().map(String::as_str));
        writer
            .write_record(cells.map(|cell| crate::scores::harmless(cell).into_owned()))
            .map_err(|error| failed(error, &self.path))?;
        self.count += 1;
        if self.first.len() < SHOWN {
            self.first.push(rejected);
        }
        Ok(())
    }

    /// Ends the file, or removes one that an earlier run left, and gives the first rows and the count.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(self) -> Result<(Vec<Rejected>, u64), Failure> {
        match self.file {
            Some(mut writer) => {
                writer.flush().map_err(|error| Failure::io(&self.path, "write", &error))?;
            }
            None if self.path.exists() => {
                std::fs::remove_file(&self.path)
                    .map_err(|error| Failure::io(&self.path, "remove", &error))?;
            }
            None => {}
        }
        Ok((self.first, self.count))
    }
}
