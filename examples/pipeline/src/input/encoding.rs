//! In which encoding a file is written: UTF-8, or the Shift_JIS that spreadsheets in Japan still save.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use encoding_rs::{Encoding, SHIFT_JIS, UTF_8};

use crate::problem::Failure;

/// What the user says about the encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum EncodingChoice {
    /// Look at the file.
    #[default]
    Auto,
    /// UTF-8, with or without a byte order mark.
    #[value(name = "utf-8")]
    Utf8,
    /// Shift_JIS as Windows writes it (code page 932).
    #[value(name = "shift_jis", alias = "cp932", alias = "sjis")]
    ShiftJis,
}

/// What one look over a file says.
#[derive(Debug, Clone, Copy)]
pub struct Survey {
    /// How to decode it.
    pub encoding: &'static Encoding,
    /// Its length in bytes.
    pub bytes: u64,
    /// Whether its last line ends.
    pub ends_with_newline: bool,
}

/// Reads a file once from end to end and decides on its encoding.
///
/// Shift_JIS is chosen if more lines are broken as UTF-8 than are Japanese as UTF-8: text in Shift_JIS is
/// hardly ever well-formed UTF-8, so a single broken row does not turn the others into nonsense.
///
/// # Errors
/// If the file cannot be read, or is UTF-16.
pub fn survey(path: &Path, choice: EncodingChoice) -> Result<Survey, Failure> {
    let failed = |error: &std::io::Error| Failure::io(path, "read", error);
    let mut reader = BufReader::with_capacity(1 << 16, File::open(path).map_err(|error| failed(&error))?);
    let start = reader.fill_buf().map_err(|error| failed(&error))?;
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Err(Failure::new(format!(
            "`{}` is UTF-16; save it as UTF-8 (in Excel: CSV UTF-8)",
            path.display()
        )));
    }
    let (mut bytes, mut broken, mut sound, mut ends_with_newline) = (0, 0_u64, 0_u64, false);
    let mut line = Vec::new();
    loop {
        line.clear();
        // A line is read in pieces of at most a mebibyte, so that no file can exhaust the memory.
        let read =
            (&mut reader).take(1 << 20).read_until(b'\n', &mut line).map_err(|error| failed(&error))?;
        if read == 0 {
            break;
        }
        bytes += read as u64;
        ends_with_newline = line.ends_with(b"\n");
        if !line.is_ascii() {
            match std::str::from_utf8(&line) {
                Ok(_) => sound += 1,
                Err(_) => broken += 1,
            }
        }
    }
    let encoding = match choice {
        EncodingChoice::Utf8 => UTF_8,
        EncodingChoice::ShiftJis => SHIFT_JIS,
        EncodingChoice::Auto if broken > sound => SHIFT_JIS,
        EncodingChoice::Auto => UTF_8,
    };
    Ok(Survey { encoding, bytes, ends_with_newline })
}

/// What to do about a text that is not in the encoding that was chosen.
#[must_use]
pub fn help(encoding: &'static Encoding) -> &'static str {
    if encoding == UTF_8 {
        "save the file as UTF-8, or name its encoding with --encoding shift_jis"
    } else {
        "name the encoding with --encoding utf-8, or save the file as UTF-8"
    }
}
