//! Which values of a field or property a playbook cannot tell apart.

use super::moves::text;
use super::subject::Subject;
use crate::expr::{Frame, Node, NodeKind, Program, Property, outcome};
use crate::lead::activity::Activity;
use crate::lead::facts::Facts;
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::scoring::compile::{By, PointsForm, Rule};

/// Where a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    Field(usize),
    /// Kind and place.
    Property(usize, usize),
    /// The campaign of an activity.
    Campaign,
}

impl Subject<'_, '_> {
    /// What every condition and every number of points that looks at a place makes of a value. Two values with one
    /// sign are alike wherever they stand.
    pub(super) fn sign(&self, slot: Slot, value: &Value) -> Vec<String> {
        let mut lead = Lead::new("sample");
        let mut activity = None;
        let model = &self.prepared.engine.compiled.model;
        match slot {
            Slot::Field(field) => {
                if let Some((name, _)) = model.field_at(field) {
                    lead.fields.insert(name.to_owned(), value.clone());
                }
            }
            Slot::Property(kind, place) => {
                let named = model.activity_at(kind);
                let property = named.and_then(|(_, policy)| policy.properties.get_index(place));
                if let (Some((kind, _)), Some((property, _))) = (named, property) {
                    let made = Activity::new("", kind, self.at);
                    activity = Some(made.with_property(property.clone(), value.clone()));
                }
            }
            Slot::Campaign => {}
        }
        let activity = activity.unwrap_or_else(|| Activity::new("", "", self.at));
        lead.swap_activities(vec![activity]);
        let Ok(facts) = Facts::read(model, &lead) else { return vec![text(value)] };
        let frame =
            Frame { facts: &facts, at: self.at.micros(), activity: facts.all().first(), derived: None };
        let mut sign = Vec::new();
        let own = format!("{value:?}");
        let look = |program: &Program, condition: bool, sign: &mut Vec<String>| {
            told(program.root(), condition, slot, &frame, &own, sign);
        };
        for program in self.conditions() {
            look(program, true, &mut sign);
        }
        for rule in self.rules() {
            if let Some(when) = &rule.when {
                look(when, true, &mut sign);
            }
            match &rule.points {
                PointsForm::Expression(program) => look(program, false, &mut sign),
                PointsForm::Table { by, .. }
                | PointsForm::Bands { by, .. }
                | PointsForm::Times { by, .. }
                    if goes_by(by, slot) =>
                {
                    look_points(rule, &frame, &mut sign);
                }
                _ => {}
            }
        }
        sign
    }
}

fn goes_by(by: &By, slot: Slot) -> bool {
    match (by, slot) {
        (By::Field(field), Slot::Field(own)) => *field == own,
        (By::Property(slots), Slot::Property(kind, place)) => slots.contains(&(kind, Some(place))),
        _ => false,
    }
}

fn look_points(rule: &Rule, frame: &Frame<'_>, sign: &mut Vec<String>) {
    let points = rule.points_at(frame).map_or_else(|_| String::new(), |points| points.to_string());
    sign.push(points);
}

/// What the parts of an expression that look at a place make of its value. A part that looks at something else besides
/// may make anything of it: there every value has a sign of its own.
fn told(node: &Node, condition: bool, slot: Slot, frame: &Frame<'_>, own: &str, sign: &mut Vec<String>) {
    if !looks_at(node, slot) {
        return;
    }
    match &node.kind {
        NodeKind::All(parts) | NodeKind::Any(parts) => {
            parts.iter().for_each(|part| told(part, true, slot, frame, own, sign));
        }
        NodeKind::Not(of) => told(of, true, slot, frame, own, sign),
        _ if only(node, slot) => sign.push(outcome(node, condition, frame)),
        _ => sign.push(own.to_owned()),
    }
}

fn looks_at(node: &Node, slot: Slot) -> bool {
    is(node, slot) || node.children().into_iter().any(|child| looks_at(child, slot))
}

fn is(node: &Node, slot: Slot) -> bool {
    match (&node.kind, slot) {
        (NodeKind::Field(field), Slot::Field(own)) => *field == own,
        (NodeKind::Property(_, Property::Declared(places)), Slot::Property(kind, place)) => {
            places.contains(&(kind, place))
        }
        (NodeKind::Property(_, Property::Campaign), Slot::Campaign) => true,
        _ => false,
    }
}

/// Whether a part looks at nothing but a place, and at the instant.
fn only(node: &Node, slot: Slot) -> bool {
    match &node.kind {
        NodeKind::Property(of, _) => is(node, slot) && matches!(of.kind, NodeKind::Activity),
        NodeKind::Field(_) => is(node, slot),
        NodeKind::Const(_) | NodeKind::Now => true,
        NodeKind::LeadId
        | NodeKind::Activity
        | NodeKind::Local(_)
        | NodeKind::Source(_)
        | NodeKind::Consent(_)
        | NodeKind::Account(_)
        | NodeKind::Figure(..)
        | NodeKind::Rank(_)
        | NodeKind::InSegment(_)
        | NodeKind::Seen(..)
        | NodeKind::Count(..)
        | NodeKind::Last(_)
        | NodeKind::Activities(_)
        | NodeKind::Macro(_) => false,
        _ => node.children().into_iter().all(|child| only(child, slot)),
    }
}
