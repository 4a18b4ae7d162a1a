//! `ikusei`: see `README.md` beside it.

mod args;
mod check;
mod diff;
mod explain;
mod import;
mod input;
mod sarif;
mod schema;
mod simulate;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Command, What};

/// What a call came to: what goes to standard output, and whether something stands against it.
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) against: bool,
}

/// Why a call cannot be carried out.
pub(crate) type Failure = pipeline::problem::Failure;

const AGAINST: u8 = 1;
const REFUSED: u8 = 2;

fn main() -> ExitCode {
    let answer = match Command::parse().what {
        What::Check(args) => check::run(&args),
        What::Diff(args) => diff::run(&args),
        What::Simulate(args) => simulate::run(&args),
        What::Explain(args) => explain::run(&args),
        What::Import(args) => import::run(&args),
        What::Schema(args) => schema::run(&args),
    };
    match answer {
        Ok(answer) => {
            let mut out = std::io::stdout().lock();
            match out.write_all(answer.text.as_bytes()).and_then(|()| out.flush()) {
                // Whoever reads the output may stop early, as `head` does.
                Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => ExitCode::from(REFUSED),
                _ if answer.against => ExitCode::from(AGAINST),
                _ => ExitCode::SUCCESS,
            }
        }
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            ExitCode::from(REFUSED)
        }
    }
}

/// One JSON document, as it is kept in files.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value);
    text.map(|text| text + "\n").map_err(|error| Failure::new(error.to_string()))
}
