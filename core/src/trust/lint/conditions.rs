//! Conditions that hold for every lead, for none, or for leads that they do not mean.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sets::{ALL, NONE};
use crate::expr::{Constant, Node, NodeKind, Program};
use crate::trust::lint::Linter;
use crate::trust::lint::places::Place;
use crate::trust::lint::space::Space;

impl Linter<'_> {
    pub(super) fn conditions(&mut self) {
        for place in self.places() {
            self.condition(&place);
        }
    }

    fn condition(&mut self, place: &Place) {
        let program = &place.program;
        let domain = self.domain(&place.kinds);
        let mut space = Space::new(&domain, &[program], &[]);
        let truth = space.truth(program);
        if !space.is_known() {
            return;
        }
        let what = &place.what;
        if truth.yes == NONE {
            if place.lists {
                return;
            }
            let apart = apart(&mut space, program);
            let diagnostic = match apart {
                Some((a, b)) => {
                    let name = |number: usize| {
                        let segment = self.compiled.segments.segments.get(number);
                        segment.map_or("", |segment| segment.name.as_str())
                    };
                    let (a, b) = (name(a), name(b));
                    Diagnostic::warning(
                        Code::DisjointSegments,
                        format!("the condition of {what} asks for segments `{a}` and `{b}`, which no lead can be in at once"),
                    )
                    .with_help("ask for one of them, join them by `||`, or change one segment's condition")
                }
                None => {
                    Diagnostic::warning(Code::NeverTrue, format!("the condition of {what} holds for no lead"))
                        .with_help("change the condition, or remove what it stands for")
                }
            };
            drop(space);
            self.find(diagnostic.at(place.path.clone()), None);
            return;
        }
        if truth.yes == ALL {
            let literal = matches!(program.root().constant(), Some(Constant::Bool(true)));
            if place.lists || literal && place.asked_for {
                return;
            }
            let check = |lead: &crate::lead::record::Lead| self.holds(program, &place.kinds, lead);
            let example = self.example(&mut space, ALL, &check);
            let diagnostic = Diagnostic::warning(
                Code::AlwaysTrue,
                format!("the condition of {what} holds for every lead"),
            )
            .at(place.path.clone())
            .with_help("leave the condition out, or change it to what it should ask");
            self.find(diagnostic, example);
            return;
        }
        if !place.selects {
            return;
        }
        let mut found = Vec::new();
        for field in program.negated() {
            let Some((name, _)) = self.compiled.model.field_at(field) else { continue };
            let empty = space.empty(field);
            let matched = space.sets.and(truth.yes, empty);
            let check = |lead: &crate::lead::record::Lead| self.holds(program, &place.kinds, lead);
            let Some(example) = self.example(&mut space, matched, &check) else { continue };
            let diagnostic = Diagnostic::note(
                Code::MatchesEmpty,
                format!("the condition of {what} holds for leads whose `{name}` is empty"),
            )
            .at(place.path.clone())
            .with_help(format!(
                "add `has({name}) &&` if they are not meant, or `{name} == null ||` if they are"
            ));
            found.push((diagnostic, example));
        }
        for (diagnostic, example) in found {
            self.find(diagnostic, Some(example));
        }
    }
}

/// Two segments that a condition asks for together, and that no lead can be in at once.
fn apart(space: &mut Space<'_>, program: &Program) -> Option<(usize, usize)> {
    let NodeKind::All(parts) = &program.root().kind else { return None };
    let segment = |node: &Node| match node.kind {
        NodeKind::InSegment(number) => Some(number),
        _ => None,
    };
    let named: Vec<usize> = parts.iter().filter_map(segment).collect();
    for (index, a) in named.iter().enumerate() {
        for b in named.iter().skip(index + 1) {
            let (first, second) = (space.segment(*a).yes, space.segment(*b).yes);
            if first != NONE && second != NONE && space.sets.and(first, second) == NONE && space.is_known() {
                return Some((*a, *b));
            }
        }
    }
    None
}
