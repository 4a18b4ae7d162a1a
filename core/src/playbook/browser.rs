//! Cutting a playbook to what a page may see.

use std::collections::BTreeSet;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::capture::{CapturePolicy, PlaceFields};
use crate::expr::Program;
use crate::playbook::Playbook;
use crate::playbook::compile::Compiled;
use crate::playbook::document::Document;
use crate::scoring::compile::{By, PointsForm, Rule};

/// Keeps the named scorecards, segments and captures with all that they look at, and reads the rest as a new playbook:
/// so nothing can be kept that refers to what was cut.
pub(super) fn cut(
    document: &Document,
    compiled: &Compiled,
    scorecards: &[&str],
    segments: &[&str],
    captures: &[&str],
) -> Result<Playbook, Error> {
    known(scorecards, document.scorecards.keys(), "scorecard")?;
    known(segments, document.segments.keys(), "segment")?;
    known(captures, document.capture.keys(), "capture")?;
    let mut reads = Reads::default();
    for (card, rules) in compiled.cards.iter().zip(&compiled.scoring.cards) {
        if !scorecards.contains(&card.name.as_str()) {
            continue;
        }
        for rule in &rules.rules {
            reads.rule(rule);
        }
        let ranks = card.qualification.ranks.iter().filter_map(|rank| rank.when.as_ref());
        let disqualify = card.qualification.disqualify.iter().map(|rule| &rule.when);
        ranks.chain(disqualify).for_each(|program| reads.program(program));
    }
    for segment in
        compiled.segments.segments.iter().filter(|segment| segments.contains(&segment.name.as_str()))
    {
        let sort = segment.sort.as_ref().map(|sort| &sort.by);
        segment.when.iter().chain(sort).for_each(|program| reads.program(program));
    }
    let mut cut = document.clone();
    cut.capture.retain(|name, _| captures.contains(&name.as_str()));
    cut.capture.values().for_each(|mapping| reads.mapping(document, mapping));
    // Records are compared, merged and judged on the server.
    cut.identity = None;
    cut.trust = None;
    cut.contact_policy = None;
    cut.templates.clear();
    cut.scenarios.clear();
    cut.campaigns.clear();
    let mut number = 0..;
    cut.fields.retain(|_, _| number.next().is_some_and(|index| reads.fields.contains(&index)));
    let mut number = 0..;
    cut.activities.retain(|_, _| number.next().is_some_and(|index| reads.kinds.contains(&index)));
    cut.scorecards.retain(|name, _| scorecards.contains(&name.as_str()));
    cut.segments.retain(|name, _| segments.contains(&name.as_str()));
    cut.cleansing = cut.cleansing.filter(|_| !captures.is_empty()).map(|mut cleansing| {
        let kept = |name: &String| cut.fields.contains_key(name);
        cleansing.fields.retain(|name, _| kept(name));
        cleansing.places = cleansing.places.map(|places| PlaceFields {
            address: places.address.filter(kept),
            postal_code: places.postal_code.filter(kept),
            prefecture: places.prefecture.filter(kept),
            city: places.city.filter(kept),
        });
        cleansing
    });
    cut.routing = None;
    Playbook::parse(&serde_json::to_string(&cut).unwrap_or_default()).map_err(|error| without_spans(&error))
}

fn known<'n>(names: &[&str], all: impl Iterator<Item = &'n String> + Clone, what: &str) -> Result<(), Error> {
    for name in names {
        if !all.clone().any(|known| known == name) {
            let near = nearest(name, all.map(String::as_str));
            let diagnostic = Diagnostic::error(Code::BadCall, format!("no {what} is called `{name}`"));
            return Err(Error::call(
                diagnostic.with_help(format!("name one of the playbook's {what}s")).did_you_mean(near),
            ));
        }
    }
    Ok(())
}

/// The text of the cut playbook is nobody's: a place in it says nothing.
fn without_spans(error: &Error) -> Error {
    let bare = |diagnostic: &Diagnostic| {
        let mut diagnostic = diagnostic.clone();
        diagnostic.span = None;
        diagnostic.related.iter_mut().for_each(|related| related.span = None);
        diagnostic
    };
    Error::playbook(error.diagnostics().iter().map(bare).collect())
}

/// Fields and kinds of activities that are looked at.
#[derive(Default)]
struct Reads {
    fields: BTreeSet<usize>,
    kinds: BTreeSet<usize>,
}

impl Reads {
    /// What a mapping fills: fields, and the kinds of activities that its keys and values name.
    fn mapping(&mut self, document: &Document, mapping: &CapturePolicy) {
        self.fields.extend(mapping.fields.keys().filter_map(|name| document.fields.get_index_of(name)));
        for (name, activity) in &mapping.activities {
            match &activity.kind {
                None => self.kinds.extend(document.activities.get_index_of(name)),
                Some(kind) => {
                    let text = serde_json::to_string(kind).unwrap_or_default();
                    let named =
                        |kind: &String| serde_json::to_string(kind).is_ok_and(|kind| text.contains(&kind));
                    let kinds = document.activities.keys().enumerate();
                    self.kinds.extend(kinds.filter(|(_, kind)| named(kind)).map(|(index, _)| index));
                }
            }
        }
    }

    fn program(&mut self, program: &Program) {
        self.fields.extend(program.reads().fields.iter().copied());
        self.kinds.extend(program.reads().kinds.iter().copied());
    }

    fn rule(&mut self, rule: &Rule) {
        rule.when.iter().for_each(|when| self.program(when));
        if let Some(on) = &rule.on {
            self.kinds.extend(on.kinds.iter().copied());
        }
        match &rule.points {
            PointsForm::Table { by: By::Field(field), .. }
            | PointsForm::Bands { by: By::Field(field), .. }
            | PointsForm::Times { by: By::Field(field), .. } => {
                self.fields.insert(*field);
            }
            PointsForm::Expression(program) => self.program(program),
            _ => {}
        }
    }
}
