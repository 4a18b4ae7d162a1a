//! `import`: a table of leads into records, with a report of every row; see the README.

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use pipeline::import::{Args, run};
use pipeline::summary::{thousands, visible};

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(totals) => {
            let counts = [
                ("rows", totals.rows),
                ("new leads", totals.new),
                ("merged into one of them", totals.merged),
                ("refused", totals.refused),
                ("cleaned", totals.cleaned),
            ];
            let mut out = std::io::stdout().lock();
            for (what, count) in counts {
                let _ = writeln!(out, "{:>12} {what}", thousands(count));
            }
            if let Some(peak) = peak() {
                let _ = writeln!(out, "{:>12} KiB of memory at most", thousands(peak));
            }
            for file in ["leads.jsonl", "report.csv"] {
                let _ = writeln!(out, "→ {}", args.out.join(file).display());
            }
            ExitCode::SUCCESS
        }
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "error: {}", visible(&failure.to_string()));
            ExitCode::FAILURE
        }
    }
}

/// The most memory that this process has held, in KiB, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
