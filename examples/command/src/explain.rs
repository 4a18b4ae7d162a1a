//! `ikusei explain`: what a playbook says of leads, and why.

use std::io::Write as _;

use ikusei::Language;

use crate::args::{Explain, Form};
use crate::input::{LeadFile, Shape};
use crate::{Answer, Failure, input};

pub(crate) fn run(args: &Explain) -> Result<Answer, Failure> {
    let playbook = input::playbook(&args.playbook, &args.with)?;
    let engine = playbook.compile().map_err(|error| Failure::new(error.to_string()))?;
    let shape = Shape::of(&[&playbook]);
    let mut leads =
        LeadFile::open(&args.leads.leads, args.leads.activities.as_ref(), &args.leads.map, &shape)?;
    let at = input::now(args.at);
    let mut told = String::new();
    let mut assessments = Vec::new();
    let mut missing: Vec<&String> = args.lead.iter().collect();
    for lead in leads.by_ref() {
        if !args.lead.is_empty() && !args.lead.contains(&lead.id) {
            continue;
        }
        missing.retain(|id| **id != lead.id);
        match engine.assess(&lead, at) {
            Ok(found) if args.format == Form::Json => assessments.push(found),
            Ok(found) => {
                told.push_str(&format!("{}\n{}\n", lead.id, found.explain(Language::from(args.lang))));
            }
            Err(error) => {
                let _ = writeln!(std::io::stderr(), "left out: {}: {error}", lead.id);
            }
        }
    }
    if let Some(failure) = leads.failure().borrow_mut().take() {
        return Err(failure);
    }
    if let Some(id) = missing.first() {
        return Err(Failure::new(format!("no lead `{id}` in `{}`", args.leads.leads.display())));
    }
    let text = match args.format {
        Form::Json => crate::json(&assessments)?,
        Form::Sarif => return Err(Failure::new("an explanation has no findings: take `human` or `json`")),
        Form::Human | Form::Markdown => told,
    };
    Ok(Answer { text, against: false })
}
