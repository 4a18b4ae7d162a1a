//! Conditions that hold for every lead, for none, or for leads that they do not mean.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::expr::Program;
use crate::scoring::compile::escape;
use crate::trust::lint::Linter;
use crate::trust::lint::domain::verdict;

/// A condition and where it stands.
struct Place<'p> {
    program: &'p Program,
    path: String,
    /// Whose condition it is.
    what: String,
    /// Whether lists may make it mean less: a segment with `include` or `exclude`.
    lists: bool,
}

impl Linter<'_> {
    pub(super) fn conditions(&mut self) {
        let compiled = self.compiled;
        for place in places(compiled) {
            let found = verdict(compiled, place.program, None);
            let what = &place.what;
            if found.never && !place.lists {
                let message = format!("the condition of {what} holds for no lead");
                let diagnostic = Diagnostic::warning(Code::NeverTrue, message)
                    .at(place.path)
                    .with_help("change the condition, or remove what it stands for");
                self.find(diagnostic, None);
            } else if found.always && !place.lists {
                let message = format!("the condition of {what} holds for every lead");
                let diagnostic = Diagnostic::warning(Code::AlwaysTrue, message)
                    .at(place.path)
                    .with_help("leave the condition out, or change it to what it should ask");
                self.find(diagnostic, found.yes);
            } else if !found.never {
                self.empty(&place);
            }
        }
    }

    /// Negations that leads match by having nothing in a field.
    fn empty(&mut self, place: &Place<'_>) {
        for field in place.program.negated() {
            let Some((name, _)) = self.compiled.model.field_at(field) else { continue };
            let Some(example) = verdict(self.compiled, place.program, Some(field)).yes else { continue };
            let message = format!("the condition of {} holds for leads whose `{name}` is empty", place.what);
            let diagnostic =
                Diagnostic::warning(Code::MatchesEmpty, message).at(place.path.clone()).with_help(format!(
                    "add `has({name}) &&` if they are not meant, or `{name} == null ||` if they are"
                ));
            self.find(diagnostic, Some(example));
        }
    }

    /// Segments that are one.
    pub(super) fn segments(&mut self) {
        let segments = &self.compiled.segments.segments;
        for (number, segment) in segments.iter().enumerate() {
            let Some(when) = segment.when.as_ref().filter(|_| segment.include.is_empty()) else { continue };
            let same = segments.iter().take(number).find(|other| {
                other.include.is_empty()
                    && other.exclude == segment.exclude
                    && other.when.as_ref().is_some_and(|other| other.source().trim() == when.source().trim())
            });
            if let Some(same) = same {
                let message = format!("segment `{}` always has the members of `{}`", segment.name, same.name);
                let diagnostic = Diagnostic::warning(Code::SameSegment, message)
                    .at(format!("/segments/{}", escape(&segment.name)))
                    .with_help("remove one of them, or change its condition")
                    .with_related("the other one is here", format!("/segments/{}", escape(&same.name)));
                let example = verdict(self.compiled, when, None).yes;
                self.find(diagnostic, example);
            }
        }
    }
}

/// Every condition but those of ranks, which are part of what a rank can be reached by.
fn places(compiled: &crate::playbook::compile::Compiled) -> Vec<Place<'_>> {
    let mut places = Vec::new();
    for (card, scored) in compiled.cards.iter().zip(&compiled.scoring.cards) {
        for rule in &scored.rules {
            if let Some(program) = &rule.when {
                let (path, what) = (format!("{}/when", rule.path), format!("rule `{}`", rule.id));
                places.push(Place { program, path, what, lists: false });
            }
        }
        for (index, rule) in card.qualification.disqualify.iter().enumerate() {
            let path = format!("{}/disqualify/{index}/when", card.qualification.path);
            let what = format!("the disqualification `{}`", rule.id);
            places.push(Place { program: &rule.when, path, what, lists: false });
        }
    }
    for segment in &compiled.segments.segments {
        if let Some(program) = &segment.when {
            let path = format!("/segments/{}", escape(&segment.name));
            let lists = !segment.include.is_empty() || !segment.exclude.is_empty();
            places.push(Place { program, path, what: format!("segment `{}`", segment.name), lists });
        }
    }
    places
}
