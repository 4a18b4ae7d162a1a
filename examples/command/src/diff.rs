//! `ikusei diff`: what a change of a playbook changes, and what becomes of leads.

use ikusei::analytics::Cell;
use ikusei::{CompareOptions, PlaybookDiff, Roster, Sentences};

use crate::args::{Diff, Form, Tongue};
use crate::input::{LeadFile, Shape};
use crate::{Answer, Failure, input, sarif};

pub(crate) fn run(args: &Diff) -> Result<Answer, Failure> {
    let before = input::playbook(&args.before, &args.with)?;
    let after = input::playbook(&args.after, &args.with)?;
    let diff = match &args.leads {
        None => before.diff(&after),
        Some(path) => {
            let shape = Shape::of(&[&before, &after]);
            let leads = LeadFile::open(path, args.activities.as_ref(), &args.map, &shape)?;
            let failed = leads.failure();
            let mut options = CompareOptions::default();
            options.limit = Some(args.limit);
            options.weeks = args.weeks;
            if let Some(path) = &args.roster {
                let roster = Roster::from_json(&input::text(path)?);
                options.roster = Some(roster.map_err(|error| Failure::new(error.to_string()))?);
            }
            let diff = before.diff_with_leads(&after, leads, input::now(args.at), &options);
            if let Some(failure) = failed.borrow_mut().take() {
                return Err(failure);
            }
            diff.map_err(|error| Failure::new(error.to_string()))?
        }
    };
    let against = args.deny_results && diff.affects_results
        || args.deny_moved.is_some_and(|most| moved(&diff).is_some_and(|moved| moved > most));
    let words = |sentences: &Sentences| match args.lang {
        Tongue::En => sentences.en.clone(),
        Tongue::Ja => sentences.ja.clone(),
    };
    let text = match args.format {
        Form::Human | Form::Markdown => words(&diff.markdown),
        Form::Json => crate::json(&diff)?,
        Form::Sarif => {
            let files = (args.before.display().to_string(), args.after.display().to_string());
            let files = (files.0.as_str(), files.1.as_str());
            let results =
                diff.changes.iter().map(|change| sarif::of_change(change, &words(&change.words), files));
            crate::json(&sarif::log(results.collect()))?
        }
    };
    Ok(Answer { text, against })
}

/// How many percent of the leads come to another rank.
fn moved(diff: &PlaybookDiff) -> Option<f64> {
    let figures = &diff.leads.as_ref()?.figures;
    let number = |name: &str| figures.get(name).and_then(Cell::as_f64);
    let (all, moved) = (number("leads")?, number("moved")?);
    (all > 0.0).then(|| moved * 100.0 / all)
}
