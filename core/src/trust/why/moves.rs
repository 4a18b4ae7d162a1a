//! What can be influenced: the activities and field values that may change a decision, each with its cost.

use std::collections::{BTreeMap, BTreeSet};

use super::alike::Slot;
use super::influence::{ActivityCost, ActivityInfluence, FieldCost, FieldInfluence, Influence, ONE};
use super::subject::Subject;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::suggest::nearest;
use crate::expr::{Constant, Function, Node, NodeKind, Property, comparison, samples};
use crate::lead::activity::Activity;
use crate::lead::facts::{Cell, Facts, cell, expected};
use crate::lead::model::{ActivityPolicy, FieldPolicy, FieldType};
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::scoring::compile::{By, PointsForm, Rule};

/// One thing that can be brought about.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) change: Change,
    pub(super) cost: Points,
    /// What it is ordered by where costs are equal.
    pub(super) name: String,
}

#[derive(Debug, Clone)]
pub(super) enum Change {
    Set(usize, Value),
    /// An item more in a set.
    Add(usize, String),
    Do(Activity),
}

/// Everything that can be brought about.
pub(super) struct Menu {
    /// Fields in the order of the playbook, then activities.
    pub(super) moves: Vec<Move>,
    /// Whether every value that the playbook tells apart is among them.
    pub(super) complete: bool,
}

/// Of one kind of activity at most so many combinations of properties are tried.
const MOST_COMBINATIONS: usize = 256;

impl Subject<'_, '_> {
    pub(super) fn menu(&self, influence: Option<&Influence>) -> Result<Menu, Error> {
        let cook = Cook::new(self);
        let mut menu = Menu { moves: Vec::new(), complete: true };
        match influence {
            None => cook.everything(&mut menu),
            Some(influence) => cook.named(influence, &mut menu)?,
        }
        Ok(menu)
    }
}

/// Makes the menu.
struct Cook<'s, 'p, 'l> {
    subject: &'s Subject<'p, 'l>,
    constants: BTreeMap<Slot, Vec<Constant>>,
}

impl<'s, 'p, 'l> Cook<'s, 'p, 'l> {
    fn new(subject: &'s Subject<'p, 'l>) -> Self {
        let mut cook = Self { subject, constants: BTreeMap::new() };
        for program in subject.conditions() {
            cook.collect(program.root());
        }
        for rule in subject.rules() {
            if let Some(when) = &rule.when {
                cook.collect(when.root());
            }
            cook.collect_points(rule);
        }
        cook
    }

    fn model(&self) -> &'p crate::lead::model::Model {
        &self.subject.prepared.engine.compiled.model
    }

    /// Fields of which nothing is known, sets, and every kind of activity that counts.
    fn everything(&self, menu: &mut Menu) {
        for field in &self.subject.reads.fields {
            let Some((_, policy)) = self.model().field_at(*field) else { continue };
            let open =
                *self.subject.prepared.facts.field(*field) == Cell::Null || policy.kind == FieldType::Set;
            if open && policy.identity.is_none() {
                self.field(*field, policy, ONE, menu);
            }
        }
        for kind in &self.subject.reads.kinds {
            self.activity(*kind, ONE, None, menu);
        }
    }

    fn named(&self, influence: &Influence, menu: &mut Menu) -> Result<(), Error> {
        let mut problems = Vec::new();
        let fields = influence.fields.iter().map(|field| match field {
            FieldInfluence::Name(name) => FieldCost { field: name.clone(), cost: ONE, values: Vec::new() },
            FieldInfluence::Full(full) => full.clone(),
        });
        for (number, asked) in fields.enumerate() {
            let path = format!("/influence/fields/{number}");
            let Some((field, policy)) = self.model().field(&asked.field) else {
                let known = nearest(&asked.field, self.model().fields().map(|(name, _)| name));
                let message = format!("no field is called `{}`", asked.field);
                problems.push(
                    bad(message, &path).with_help("name one of the playbook's `fields`").did_you_mean(known),
                );
                continue;
            };
            check_cost(asked.cost, &path, &mut problems);
            for value in &asked.values {
                if cell(self.model(), value, policy.kind).is_err() {
                    let message =
                        format!("a value of field `{}` should be {}", asked.field, expected(policy.kind));
                    problems.push(
                        bad(message, &path).with_help("give values of the type that the playbook declares"),
                    );
                }
                let name = format!("{} {}", asked.field, text(value));
                menu.moves.push(Move { change: Change::Set(field, value.clone()), cost: asked.cost, name });
            }
            if asked.values.is_empty() {
                self.field(field, policy, asked.cost, menu);
            }
        }
        let activities = influence.activities.iter().map(|activity| match activity {
            ActivityInfluence::Kind(kind) => {
                ActivityCost { kind: kind.clone(), cost: ONE, properties: None, campaign: None }
            }
            ActivityInfluence::Full(full) => full.clone(),
        });
        for (number, asked) in activities.enumerate() {
            let path = format!("/influence/activities/{number}");
            let Some((kind, _)) = self.model().activity(&asked.kind) else {
                let known = nearest(&asked.kind, self.model().activities().map(|(name, _)| name));
                let message = format!("no activity is called `{}`", asked.kind);
                problems.push(
                    bad(message, &path)
                        .with_help("name one of the playbook's `activities`")
                        .did_you_mean(known),
                );
                continue;
            };
            check_cost(asked.cost, &path, &mut problems);
            match &asked.properties {
                None => self.activity(kind, asked.cost, asked.campaign.as_deref(), menu),
                Some(properties) => {
                    let mut activity = Activity::new("", asked.kind.clone(), self.subject.at);
                    activity.properties.clone_from(properties);
                    activity.campaign.clone_from(&asked.campaign);
                    if let Err(error) = self.check(&activity) {
                        problems.extend(error.diagnostics().iter().map(|told| {
                            let message = told.message.replace(" of activity ``", "");
                            let help = told.help.clone().unwrap_or_default();
                            bad(message, &path).with_help(help)
                        }));
                    }
                    push_activity(activity, asked.cost, menu);
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(Error::calls(problems)) }
    }

    /// Every other value of a field that the playbook tells apart; of a set every item that it has not.
    fn field(&self, field: usize, policy: &FieldPolicy, cost: Points, menu: &mut Menu) {
        let slot = Slot::Field(field);
        let Some(constants) = self.constants.get(&slot) else { return };
        let Some((name, _)) = self.model().field_at(field) else { return };
        if policy.kind == FieldType::Set {
            let held = match self.subject.prepared.facts.field(field) {
                Cell::Set(items) => items.iter().map(|item| item.text).collect(),
                _ => BTreeSet::new(),
            };
            let mut seen = held;
            for constant in constants {
                if let Constant::Text(item) = constant
                    && seen.insert(item)
                {
                    let name = format!("{name} {item}");
                    menu.moves.push(Move { change: Change::Add(field, item.to_string()), cost, name });
                }
            }
            return;
        }
        let now = self.subject.prepared.facts.lead.fields.get(name).cloned().unwrap_or_default();
        let mut seen = vec![self.subject.sign(slot, &now)];
        for sample in samples(constants, Some(policy.kind), &policy.values) {
            let value = tidy(sample.to_field(Some(policy.kind)));
            let sign = self.subject.sign(slot, &value);
            if value != now && !seen.contains(&sign) {
                seen.push(sign);
                let name = format!("{name} {}", text(&value));
                menu.moves.push(Move { change: Change::Set(field, value), cost, name });
            }
        }
    }

    /// An activity of a kind with every combination of properties that the playbook tells apart.
    fn activity(&self, kind: usize, cost: Points, campaign: Option<&str>, menu: &mut Menu) {
        let Some((name, policy)) = self.model().activity_at(kind) else { return };
        let mut plain = Activity::new("", name, self.subject.at);
        plain.campaign = campaign.map(str::to_owned);
        let mut made = vec![plain];
        for (place, (property, field_type)) in policy.properties.iter().enumerate() {
            let slot = Slot::Property(kind, place);
            let Some(constants) = self.constants.get(&slot) else { continue };
            let values = self.values(slot, constants, *field_type);
            vary(&mut made, &values, menu, |activity, value| {
                activity.properties.insert(property.clone(), value.clone());
            });
        }
        if let Some(constants) = self.constants.get(&Slot::Campaign).filter(|_| campaign.is_none()) {
            let campaigns: Vec<Value> = constants.iter().filter_map(constant_text).map(Value::Text).collect();
            vary(&mut made, &campaigns, menu, |activity, value| {
                if let Value::Text(campaign) = value {
                    activity.campaign = Some(campaign.clone());
                }
            });
        }
        for activity in made {
            push_activity(activity, cost, menu);
        }
    }

    /// Values of a property other than none.
    fn values(&self, slot: Slot, constants: &[Constant], field_type: FieldType) -> Vec<Value> {
        if field_type == FieldType::Set {
            let items: BTreeSet<String> = constants.iter().filter_map(constant_text).collect();
            return items.into_iter().map(|item| Value::List(vec![Value::Text(item)])).collect();
        }
        let mut seen = vec![self.subject.sign(slot, &Value::Null)];
        let mut values = Vec::new();
        for sample in samples(constants, Some(field_type), &[]) {
            let value = tidy(sample.to_field(Some(field_type)));
            let sign = self.subject.sign(slot, &value);
            if !seen.contains(&sign) {
                seen.push(sign);
                values.push(value);
            }
        }
        values
    }

    /// Whether an activity can be read as one of the lead's.
    fn check(&self, activity: &Activity) -> Result<(), Error> {
        let mut lead = Lead::new("sample");
        lead.swap_activities(vec![activity.clone()]);
        Facts::read(self.model(), &lead).map(|_| ())
    }

    fn collect(&mut self, node: &Node) {
        if let Some((what, constants)) = comparison(node) {
            self.add(what, constants);
        }
        match &node.kind {
            NodeKind::Test(_, of, what) => {
                if let Some(constant) = what.constant() {
                    self.add(of, std::slice::from_ref(constant));
                }
            }
            NodeKind::In(item, list) => {
                if let Some(constant) = item.constant() {
                    self.add(list, std::slice::from_ref(constant));
                }
            }
            _ => self.add(node, &[]),
        }
        for child in node.children() {
            self.collect(child);
        }
    }

    fn collect_points(&mut self, rule: &Rule) {
        let (by, constants): (_, Vec<Constant>) = match &rule.points {
            PointsForm::Expression(program) => return self.collect(program.root()),
            PointsForm::Fixed(_) => return,
            PointsForm::Table { by, texts, .. } => {
                let mut keys: Vec<&str> = texts.keys().map(AsRef::as_ref).collect();
                keys.sort_unstable();
                (by, keys.into_iter().map(|key| Constant::Text(key.into())).collect())
            }
            PointsForm::Bands { by, bands, .. } => {
                (by, bands.iter().map(|band| Constant::Double(band.bound_float)).collect())
            }
            // Where a limit ends, more of it is not worth more.
            PointsForm::Times { by, times, min, max } => {
                let ends = [min, max].into_iter().flatten().filter(|_| *times != Points::ZERO);
                (by, ends.map(|end| Constant::Double(end.to_f64() / times.to_f64())).collect())
            }
        };
        match by {
            By::Field(field) => self.put(Slot::Field(*field), &constants),
            By::Property(slots) => {
                for (kind, place) in slots {
                    if let Some(place) = place {
                        self.put(Slot::Property(*kind, *place), &constants);
                    }
                }
            }
        }
    }

    /// Notes that a part of an expression is compared with constants.
    fn add(&mut self, what: &Node, constants: &[Constant]) {
        match &what.kind {
            NodeKind::Field(field) => self.put(Slot::Field(*field), constants),
            NodeKind::Property(_, Property::Declared(places)) => {
                for (kind, place) in places {
                    self.put(Slot::Property(*kind, *place), constants);
                }
            }
            NodeKind::Property(_, Property::Campaign) => self.put(Slot::Campaign, constants),
            // An age is told by when it began.
            NodeKind::Call(Function::Age, arguments) => {
                let began: Vec<Constant> = constants
                    .iter()
                    .filter_map(|constant| match constant {
                        Constant::Duration(age) => Some(self.subject.at.micros().saturating_sub(*age)),
                        _ => None,
                    })
                    .map(Constant::Time)
                    .collect();
                if let Some(of) = arguments.first() {
                    self.add(of, &began);
                }
            }
            NodeKind::Call(
                Function::Normalize
                | Function::LowerAscii
                | Function::UpperAscii
                | Function::Trim
                | Function::Dyn,
                arguments,
            ) => {
                if let Some(of) = arguments.first() {
                    self.add(of, constants);
                }
            }
            _ => {}
        }
    }

    fn put(&mut self, slot: Slot, constants: &[Constant]) {
        // What a table looks up is a text; the field may hold something else.
        let kind = match slot {
            Slot::Field(field) => self.model().field_at(field).map(|(_, policy)| policy.kind),
            Slot::Property(kind, place) => {
                self.model().activity_at(kind).and_then(|(_, policy)| property(policy, place))
            }
            Slot::Campaign => None,
        };
        let known = self.constants.entry(slot).or_default();
        for constant in constants {
            let constant = match (constant, kind) {
                (Constant::Text(key), Some(FieldType::Integer)) => match key.parse() {
                    Ok(number) => Constant::Int(number),
                    Err(_) => continue,
                },
                (Constant::Text(key), Some(FieldType::Boolean)) => Constant::Bool(key.as_ref() == "true"),
                (other, _) => other.clone(),
            };
            if !known.contains(&constant) {
                known.push(constant);
            }
        }
    }
}

fn property(policy: &ActivityPolicy, place: usize) -> Option<FieldType> {
    policy.properties.get_index(place).map(|(_, kind)| *kind)
}

fn constant_text(constant: &Constant) -> Option<String> {
    match constant {
        Constant::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

fn bad(message: String, path: &str) -> Diagnostic {
    Diagnostic::error(Code::BadCall, message).at(path)
}

fn check_cost(cost: Points, path: &str, problems: &mut Vec<Diagnostic>) {
    if cost.is_negative() {
        let message = format!("a cost of {cost} is below zero");
        problems.push(bad(message, path).with_help("give what it costs in any unit, zero at least"));
    }
}

/// Every activity as it is, and with each of the values.
fn vary(made: &mut Vec<Activity>, values: &[Value], menu: &mut Menu, set: impl Fn(&mut Activity, &Value)) {
    if made.len().saturating_mul(values.len() + 1) > MOST_COMBINATIONS {
        menu.complete = false;
        return;
    }
    let before = made.clone();
    for value in values {
        made.extend(before.iter().cloned().map(|mut activity| {
            set(&mut activity, value);
            activity
        }));
    }
}

fn push_activity(activity: Activity, cost: Points, menu: &mut Menu) {
    let properties = activity.properties.iter().map(|(name, value)| format!(" {name} {}", text(value)));
    let campaign = activity.campaign.iter().map(|campaign| format!(" {campaign}"));
    let name: String = std::iter::once(activity.kind.clone()).chain(properties).chain(campaign).collect();
    menu.moves.push(Move { change: Change::Do(activity), cost, name });
}

pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        // INVARIANT: string keys and finite numbers only, so serialisation cannot fail.
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

/// A whole number as one, as every record holds it.
fn tidy(value: Value) -> Value {
    match value {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        Value::Float(number) if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 => {
            Value::Int(number as i64)
        }
        other => other,
    }
}
