//! `pipeline`: see `README.md` beside it.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use pipeline::args::Args;
use pipeline::run::{Outcome, run};
use pipeline::summary::{thousands, visible};

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(outcome) => match print(&args, &outcome) {
            Ok(()) => ExitCode::SUCCESS,
            // Whoever reads the output may stop early, as `head` does.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        },
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn print(args: &Args, outcome: &Outcome) -> std::io::Result<()> {
    let mut errors = std::io::stderr().lock();
    for rejected in &outcome.rejected {
        writeln!(errors, "rejected: {}", visible(&rejected.to_string()))?;
    }
    let more = outcome.summary.rejected.saturating_sub(outcome.rejected.len() as u64);
    if more > 0 {
        writeln!(
            errors,
            "rejected: {} more rows, see {}",
            thousands(more),
            args.out.join("rejected.csv").display()
        )?;
    }
    for note in &outcome.summary.notes {
        writeln!(errors, "note: {}", visible(&note.text(args.lang)))?;
    }
    let mut out = std::io::stdout().lock();
    write!(out, "{}", outcome.summary.to_text(args.lang))?;
    writeln!(out)?;
    for path in &outcome.written {
        writeln!(out, "→ {}", path.display())?;
    }
    out.flush()
}
