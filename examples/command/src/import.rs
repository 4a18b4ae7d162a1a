//! `ikusei import`: rules of another system as a playbook.

use std::io::Write as _;

use ikusei::migration::{System, import};

use crate::args::{Form, Import, Origin};
use crate::{Answer, Failure, input};

pub(crate) fn run(args: &Import) -> Result<Answer, Failure> {
    let system = match args.system {
        Origin::Zoho => System::Zoho,
        Origin::Hubspot => System::Hubspot,
        Origin::Gorules => System::Gorules,
        Origin::JsonRulesEngine => System::JsonRulesEngine,
    };
    let found = import(system, &input::text(&args.file)?).map_err(|error| Failure::new(error.to_string()))?;
    let against = args.deny_left && !found.left.is_empty();
    let text = match args.format {
        Form::Json => crate::json(&found)?,
        Form::Sarif => return Err(Failure::new("an import has no findings: take `human` or `json`")),
        Form::Human | Form::Markdown => {
            let mut errors = std::io::stderr().lock();
            let _ = writeln!(errors, "{} parts carried over, {} left", found.carried.len(), found.left.len());
            for left in &found.left {
                let line = left.line.map(|line| format!(":{line}:")).unwrap_or_default();
                let file = args.file.display();
                let _ = writeln!(errors, "left: {file}{line}{}: {}; {}", left.path, left.why, left.help);
            }
            found.playbook
        }
    };
    Ok(Answer { text, against })
}
