//! Rows of a CSV file with the lines they begin on, decoded cell by cell.

use std::fs::File;
use std::path::Path;

use encoding_rs::Encoding;

use super::encoding::{self, EncodingChoice, survey};
use crate::problem::{Column, Failure, Rejected};

/// An open CSV file: its header and its rows, one at a time.
pub struct Table {
    reader: csv::Reader<File>,
    record: csv::ByteRecord,
    name: String,
    header: Vec<String>,
    encoding: &'static Encoding,
    bytes: u64,
    ends_with_newline: bool,
}

/// One row: as many cells as the header has.
#[derive(Debug, Clone)]
pub struct Row {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

impl Table {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// If the file cannot be read, has no header, or its header is not in the chosen encoding, has an empty or
    /// a repeated name.
    pub fn open(path: &Path, delimiter: u8, choice: EncodingChoice) -> Result<Self, Failure> {
        let survey = survey(path, choice)?;
        let file = File::open(path).map_err(|error| Failure::io(path, "read", &error))?;
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            // One terminator, so that lines are counted exactly; the other half of CR LF is cut off below.
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(file);
        let mut table = Self {
            reader,
            record: csv::ByteRecord::new(),
            name: path.display().to_string(),
            header: Vec::new(),
            encoding: survey.encoding,
            bytes: survey.bytes,
            ends_with_newline: survey.ends_with_newline,
        };
        let name = table.name.clone();
        let line = table
            .advance()?
            .ok_or_else(|| Failure::new(format!("{name}:1: no header; name the columns in the first row")))?;
        let cells = table.decode(line).map_err(|rejected| Failure::new(rejected.to_string()))?;
        table.header = cells.into_iter().map(|cell| cell.trim().to_owned()).collect();
        let mut seen = std::collections::HashMap::new();
        for (index, column) in table.header.iter().enumerate() {
            let number = index + 1;
            if column.is_empty() && number < table.header.len() {
                return Err(Failure::new(format!(
                    "{name}:{line}: column {number} of the header is empty; name every column"
                )));
            }
            if let Some(first) = seen.insert(column, number) {
                return Err(Failure::new(format!(
                    "{name}:{line}: columns {first} and {number} are both called `{column}`; give each its own name"
                )));
            }
        }
        Ok(table)
    }

    /// The names of the columns.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The file as the user named it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Length of the file in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// How many bytes are read.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    /// The next row, or why it cannot be used; `None` at the end.
    ///
    /// # Errors
    /// If the file cannot be read any further.
    pub fn next_row(&mut self) -> Result<Option<Result<Row, Rejected>>, Failure> {
        let Some(line) = self.advance()? else { return Ok(None) };
        Ok(Some(self.decode(line).and_then(|cells| {
            if cells.len() == self.header.len() {
                return Ok(Row { line, cells });
            }
            let message =
                format!("{} where the header has {}", counted(cells.len(), "cell"), self.header.len());
            let help = if cells.len() == 1 {
                "check the delimiter (--delimiter) and the quotes"
            } else {
                "check for a missing or an extra delimiter or quote in this row"
            };
            Err(self.reject(line, None, message, help, cells))
        })))
    }

    /// A rejection of a row of this file.
    #[must_use]
    pub fn reject(
        &self,
        line: u64,
        column: Option<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
        row: Vec<String>,
    ) -> Rejected {
        let column = column.map(|index| Column {
            number: index + 1,
            name: self.header.get(index).cloned().unwrap_or_default(),
        });
        Rejected { file: self.name.clone(), line, column, message: message.into(), help: help.into(), row }
    }

    /// Reads the next record that is not blank; gives its line.
    fn advance(&mut self) -> Result<Option<u64>, Failure> {
        loop {
            let more = self
                .reader
                .read_byte_record(&mut self.record)
                .map_err(|error| Failure::new(format!("cannot read `{}`: {error}", self.name)))?;
            if !more {
                return Ok(None);
            }
            let blank =
                self.record.len() == 1 && self.record.get(0).is_some_and(|cell| cell.trim_ascii().is_empty());
            if !blank {
                break;
            }
        }
        // The reader's own line of a record is that of the blank lines before it: count back from its end.
        let end = self.reader.position();
        let last = end.byte() >= self.bytes && !self.ends_with_newline;
        let inner: usize =
            self.record.iter().map(|cell| cell.iter().filter(|byte| **byte == b'\n').count()).sum();
        Ok(Some(end.line().saturating_sub(inner as u64 + u64::from(!last)).max(1)))
    }

    fn decode(&self, line: u64) -> Result<Vec<String>, Rejected> {
        let mut cells = Vec::with_capacity(self.record.len());
        let count = self.record.len();
        let mut broken = None;
        for (index, bytes) in self.record.iter().enumerate() {
            let bytes = if index == 0 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
            let bytes = if index + 1 == count { bytes.strip_suffix(b"\r").unwrap_or(bytes) } else { bytes };
            let (text, bad) = self.encoding.decode_without_bom_handling(bytes);
            if bad && broken.is_none() {
                broken = Some(index);
            }
            cells.push(text.into_owned());
        }
        match broken {
            None => Ok(cells),
            Some(index) => Err(self.reject(
                line,
                Some(index),
                format!("not {} text", self.encoding.name()),
                encoding::help(self.encoding),
                cells,
            )),
        }
    }
}

/// `1 cell`, `2 cells`.
#[must_use]
pub fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(name: &str, bytes: &[u8], choice: EncodingChoice) -> Vec<Result<(u64, Vec<String>), String>> {
        let path = std::env::temp_dir().join(format!("pipeline-table-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        let mut table = Table::open(&path, b',', choice).unwrap();
        let mut out = Vec::new();
        while let Some(row) = table.next_row().unwrap() {
            out.push(row.map(|row| (row.line, row.cells)).map_err(|bad| bad.to_string()));
        }
        std::fs::remove_file(path).unwrap();
        out
    }

    fn lines(rows: &[Result<(u64, Vec<String>), String>]) -> Vec<u64> {
        rows.iter().map(|row| row.as_ref().unwrap().0).collect()
    }

    #[test]
    fn lines_are_those_an_editor_shows() {
        let plain = rows("lf", b"a,b\n1,2\n\n\n3,\"x\ny\"\n5,6", EncodingChoice::Auto);
        assert_eq!(lines(&plain), [2, 5, 7]);
        let windows = rows("crlf", b"a,b\r\n1,2\r\n\r\n3,\"x\r\ny\"\r\n5,6\r\n", EncodingChoice::Auto);
        assert_eq!(lines(&windows), [2, 4, 6]);
        assert_eq!(windows[0].as_ref().unwrap().1, ["1", "2"]);
    }

    #[test]
    fn japanese_is_read_in_either_encoding() {
        let text = "会社名,表\nソフト,能\n";
        let marked = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
        let (shift_jis, _, bad) = encoding_rs::SHIFT_JIS.encode(text);
        assert!(!bad);
        for (name, bytes) in [("utf8", text.as_bytes()), ("bom", &marked), ("sjis", &shift_jis)] {
            let read = rows(name, bytes, EncodingChoice::Auto);
            assert_eq!(read, [Ok((2, vec!["ソフト".to_owned(), "能".to_owned()]))], "{name}");
        }
    }

    #[test]
    fn one_broken_row_does_not_spoil_the_others() {
        let read = rows(
            "broken",
            "name,b\n青葉,1\n\u{0}\n".replace('\u{0}', "x,y,z").as_bytes(),
            EncodingChoice::Auto,
        );
        assert!(read[0].is_ok());
        assert!(read[1].as_ref().unwrap_err().contains(":3: 3 cells where the header has 2"), "{read:?}");
        let bytes = [b"name,b\n\xe9\x9d\x92,1\nab\xff,2\n".as_slice()].concat();
        let read = rows("byte", &bytes, EncodingChoice::Auto);
        assert_eq!(read[0], Ok((2, vec!["青".to_owned(), "1".to_owned()])));
        assert!(read[1].as_ref().unwrap_err().contains(":3: column 1 `name`: not UTF-8 text"), "{read:?}");
    }
}
