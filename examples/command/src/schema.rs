//! `ikusei schema`: what editors complete and check playbooks by.

use crate::args::Schema;
use crate::{Answer, Failure, input};

const HINT: &str = "# yaml-language-server: $schema=";

pub(crate) fn run(args: &Schema) -> Result<Answer, Failure> {
    if args.playbooks.is_empty() {
        return Ok(Answer { text: crate::json(&ikusei::playbook_schema())?, against: false });
    }
    let mut told = String::new();
    for path in &args.playbooks {
        let text = input::text(path)?;
        if text.trim_start().starts_with('{') {
            return Err(Failure::new(format!(
                "`{}` is JSON, which has no comments: name the schema in the editor's settings",
                path.display()
            )));
        }
        let hint = format!("{HINT}{}", args.url);
        let (first, rest) = text.split_once('\n').unwrap_or((text.as_str(), ""));
        let with = if first.trim_end() == hint {
            told.push_str(&format!("{}: has it already\n", path.display()));
            continue;
        } else if first.starts_with(HINT) {
            format!("{hint}\n{rest}")
        } else {
            format!("{hint}\n{text}")
        };
        std::fs::write(path, with).map_err(|error| Failure::io(path, "write", &error))?;
        told.push_str(&format!("{}: {hint}\n", path.display()));
    }
    Ok(Answer { text: told, against: false })
}
