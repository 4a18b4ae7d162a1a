//! Conditions on activities, taken apart into questions to one property each.

use std::collections::BTreeMap;

use crate::columnar::fit::is_text;
use crate::columnar::kernels::atoms::{Atoms, Tree};
use crate::columnar::kernels::automaton::Automaton;
use crate::expr::{Frame, Node, NodeKind, Property, holds};
use crate::lead::activity::Activity;
use crate::lead::facts::{Cell, Cells, Fact, Facts};
use crate::lead::model::Model;
use crate::lead::record::Lead;
use crate::scoring::compile::Rule;

/// A part of a condition: the property that it asks, a kind and place that declares it, and the part.
pub(super) type Part<'r> = (String, (usize, usize), &'r Node);

/// The parts of a rule's condition, each with the one property that it asks, if there is no more to it.
pub(super) fn conjuncts<'r>(model: &Model, rule: &'r Rule) -> Option<Vec<Part<'r>>> {
    let Some(when) = &rule.when else { return Some(Vec::new()) };
    let root = when.root();
    let parts: Vec<&Node> = match &root.kind {
        NodeKind::All(parts) => parts.iter().collect(),
        _ => vec![root],
    };
    let of = |node: &'r Node| {
        let place = property_in(node)?;
        let (_, policy) = model.activity_at(place.0)?;
        let (name, kind) = policy.properties.get_index(place.1)?;
        is_text(*kind).then(|| (name.clone(), place, node))
    };
    parts.into_iter().map(of).collect()
}

/// The first property of the rule's activity that a condition looks at.
pub(super) fn property_in(node: &Node) -> Option<(usize, usize)> {
    if let NodeKind::Property(of, Property::Declared(places)) = &node.kind
        && matches!(of.kind, NodeKind::Activity)
    {
        return places.first().copied();
    }
    node.children().into_iter().find_map(property_in)
}

pub(super) fn declares(model: &Model, kind: usize, name: &str) -> bool {
    model.activity_at(kind).is_some_and(|(_, policy)| policy.properties.contains_key(name))
}

/// Per property: its questions, what each rule asks, the rules that hold where it is empty, and a place of it.
pub(super) type Drafts = BTreeMap<String, (Atoms, Vec<(usize, Tree)>, u64, (usize, usize))>;

/// Takes the parts of a condition apart into questions; false if one asks what no automaton answers.
pub(super) fn draft(model: &Model, parts: &[Part<'_>], line: usize, drafts: &mut Drafts) -> bool {
    for (name, place, node) in parts {
        let subject = |node: &Node| match &node.kind {
            NodeKind::Property(of, Property::Declared(places)) if matches!(of.kind, NodeKind::Activity) => {
                places
                    .first()
                    .and_then(|(kind, place)| {
                        let (_, policy) = model.activity_at(*kind)?;
                        policy.properties.get_index(*place)
                    })
                    .is_some_and(|(of, _)| of == name)
            }
            _ => false,
        };
        let (atoms, whens, empty, _) =
            drafts.entry(name.clone()).or_insert_with(|| (Atoms::default(), Vec::new(), 0, *place));
        let Some(tree) = atoms.tree(node, &subject) else { return false };
        if Automaton::new(atoms).is_none() {
            return false;
        }
        // Two parts may ask one property: both have to hold where it is empty.
        let before = whens.iter().any(|(of, _)| *of == line);
        if holds_empty(model, node) && (!before || *empty >> line & 1 == 1) {
            *empty |= 1 << line;
        } else {
            *empty &= !(1 << line);
        }
        whens.push((line, tree));
    }
    true
}

/// Whether a part of a condition holds for an activity whose properties are all empty.
pub(super) fn holds_empty(model: &Model, node: &Node) -> bool {
    let Some((kind, _)) = property_in(node) else { return false };
    let Some((name, policy)) = model.activity_at(kind) else { return false };
    let record = Activity::new("", name, chrono::DateTime::UNIX_EPOCH.into());
    let properties = Cells::Many(vec![Cell::Null; policy.properties.len()].into_boxed_slice());
    let fact = Fact { kind, at: 0, known_at: 0, human: true, properties, record: &record };
    let lead = Lead::new("");
    let facts = Facts::assemble(model, &lead, Box::default(), Vec::new());
    let frame = Frame { facts: &facts, at: 0, activity: Some(&fact), derived: None };
    holds(node, &frame)
}
