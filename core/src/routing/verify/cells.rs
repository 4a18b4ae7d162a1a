//! Cells: the values of one part of a lead on which all conditions agree, each with one value that stands for it.

use super::{Example, Verifier};
use crate::base::points::Points;
use crate::expr::{AccountPart, Constant, Derived, Figure, Frame, Node, holds};
use crate::lead::account::CompanyAccount;
use crate::lead::facts::{Cell, Facts, Text};
use crate::lead::model::{FieldType, Model};
use crate::lead::record::Lead;
use crate::lead::value::Value;

/// What conditions look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Field(usize),
    /// Whether a set holds a text.
    Has(usize, Box<str>),
    Rank(usize),
    Figure(usize, Figure),
    Account(AccountPart),
    Source(Box<str>),
    /// Whether a team names the company.
    Named(usize),
    /// A condition that is not looked into, by its text.
    Opaque(Box<str>),
}

/// A value that stands for a cell.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sample {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Time(i64),
}

pub(super) struct Variable {
    pub(super) key: Key,
    /// Constants that it is compared with.
    pub(super) constants: Vec<Constant>,
    pub(super) cells: Vec<Sample>,
}

impl Verifier<'_> {
    /// Values that stand for the cells of a variable, those that conditions name first and empty last.
    pub(super) fn cells(&self, number: usize) -> Vec<Sample> {
        let Some(variable) = self.variables.get(number) else { return Vec::new() };
        let kind = match &variable.key {
            Key::Has(..) | Key::Named(_) | Key::Opaque(_) => {
                return vec![Sample::Bool(true), Sample::Bool(false)];
            }
            Key::Account(AccountPart::Customer) => return vec![Sample::Bool(true), Sample::Bool(false)],
            Key::Rank(card) => {
                let ranks = self.cards.get(*card).map(|(_, ranks)| ranks.as_slice()).unwrap_or_default();
                let cells = ranks.iter().map(|rank| Sample::Text((*rank).to_owned()));
                return cells.chain([Sample::Null]).collect();
            }
            Key::Field(field) => self.model.field_at(*field).map(|(_, field)| field.kind),
            Key::Figure(..) => Some(FieldType::Number),
            Key::Account(_) | Key::Source(_) => None,
        };
        let mut cells: Vec<Sample> = Vec::new();
        let mut numbers: Vec<f64> = Vec::new();
        for constant in &variable.constants {
            match constant {
                Constant::Bool(value) => cells.push(Sample::Bool(*value)),
                Constant::Text(text) => cells.push(Sample::Text(text.as_ref().to_owned())),
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "cells for an example; the neighbours are tried as well"
                )]
                Constant::Int(value) => numbers.push(*value as f64),
                Constant::Double(value) if value.is_finite() => numbers.push(*value),
                Constant::Time(micros) => {
                    let step = if kind == Some(FieldType::Date) { 86_400_000_000 } else { 1 };
                    let around = [*micros, micros.saturating_add(step), micros.saturating_sub(step)];
                    cells.extend(around.map(Sample::Time));
                }
                _ => {}
            }
        }
        cells.extend(between(&mut numbers, kind));
        match kind {
            Some(FieldType::Boolean) => cells.extend([Sample::Bool(true), Sample::Bool(false)]),
            Some(FieldType::Integer | FieldType::Number | FieldType::Date | FieldType::Timestamp) => {}
            _ => cells.push(Sample::Text(self.other(&cells, &variable.key))),
        }
        if !matches!(variable.key, Key::Figure(..)) {
            cells.push(Sample::Null);
        }
        cells.dedup();
        let mut apart: Vec<Sample> = Vec::with_capacity(cells.len());
        for cell in cells {
            if !apart.contains(&cell) {
                apart.push(cell);
            }
        }
        apart
    }

    /// A text that no condition names; one that the field declares, if there is one.
    fn other(&self, cells: &[Sample], key: &Key) -> String {
        let named =
            |text: &str| cells.iter().any(|cell| matches!(cell, Sample::Text(known) if known == text));
        if let Key::Field(field) = key
            && let Some((_, field)) = self.model.field_at(*field)
            && let Some(value) = field.values.iter().find(|value| !named(value))
        {
            return value.clone();
        }
        let mut other = "other".to_owned();
        while named(&other) {
            other.push('-');
        }
        other
    }

    /// Whether a condition without parts holds for a value.
    pub(super) fn holds(&self, key: &Key, cell: &Sample, node: &Node) -> bool {
        let mut lead = Lead::new("example");
        let mut given = Given::default();
        let field = match key {
            Key::Field(field) => Some((*field, cell.as_cell())),
            Key::Source(key) => {
                lead.source.insert(key.as_ref().to_owned(), cell.to_value());
                None
            }
            _ => {
                given.set(key, cell);
                None
            }
        };
        let (field, value) = field.unwrap_or((usize::MAX, Cell::Null));
        let facts = Facts::of_field(self.model, &lead, field, value);
        let derived: &dyn Derived = &given;
        holds(node, &Frame { facts: &facts, at: 0, activity: None, derived: Some(derived) })
    }

    /// A lead of a set.
    pub(super) fn example(&self, set: u32) -> Option<Example> {
        let mut lead = Lead::new("example");
        let mut given = Vec::new();
        for (number, value) in self.sets.example(set)? {
            let variable = self.variables.get(number)?;
            let cell = variable.cells.get(value)?;
            let holds = value == 0;
            let field = |field: &usize| self.model.field_at(*field).map_or("", |(name, _)| name);
            let card = |card: &usize| self.cards.get(*card).map_or("", |(name, _)| *name);
            match &variable.key {
                Key::Field(number) => {
                    lead.fields.insert(field(number).to_owned(), cell.to_field(self.model, *number));
                }
                Key::Has(number, text) => {
                    let entry =
                        lead.fields.entry(field(number).to_owned()).or_insert(Value::List(Vec::new()));
                    if let (Value::List(items), true) = (entry, holds) {
                        items.push(Value::Text(text.as_ref().to_owned()));
                    }
                }
                Key::Source(key) => {
                    lead.source.insert(key.as_ref().to_owned(), cell.to_value());
                }
                Key::Rank(number) => given.push(format!("rank[\"{}\"] == {}", card(number), cell.text())),
                Key::Figure(number, figure) => {
                    let name =
                        Figure::ALL.iter().find(|(_, known)| known == figure).map_or("", |(name, _)| name);
                    given.push(format!("scores[\"{}\"].{name} == {}", card(number), cell.text()));
                }
                Key::Account(part) => {
                    let name =
                        AccountPart::ALL.iter().find(|(_, known)| known == part).map_or("", |(name, _)| name);
                    given.push(format!("account.{name} == {}", cell.text()));
                }
                Key::Named(team) => {
                    let name = self.routing.teams.get(*team).map_or("", |team| team.name.as_str());
                    let word = if holds { "is" } else { "is not" };
                    given.push(format!("the company {word} among the accounts of `{name}`"));
                }
                Key::Opaque(text) if holds => given.push(text.as_ref().to_owned()),
                Key::Opaque(text) => given.push(format!("!({text})")),
            }
        }
        Some(Example { lead, given })
    }
}

/// Numbers that stand for the constants and for what lies between and around them.
fn between(numbers: &mut Vec<f64>, kind: Option<FieldType>) -> Vec<Sample> {
    numbers.sort_by(f64::total_cmp);
    numbers.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let mut cells = Vec::new();
    if kind == Some(FieldType::Integer) {
        for number in numbers {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a number beyond i64 is as far out as its end"
            )]
            let (floor, ceil) = (number.floor() as i64, number.ceil() as i64);
            let around = [floor, ceil, floor.saturating_add(1), floor.saturating_sub(1)];
            cells.extend(around.map(Sample::Int));
        }
        return cells;
    }
    for (index, number) in numbers.iter().enumerate() {
        cells.push(Sample::Double(*number));
        let next = numbers.get(index + 1).map_or(number + 1.0, |next| number + (next - number) / 2.0);
        cells.push(Sample::Double(next));
    }
    if let Some(first) = numbers.first() {
        cells.push(Sample::Double(first - 1.0));
    }
    cells
}

impl Sample {
    fn as_cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Bool(value) => Cell::Bool(*value),
            Self::Int(value) => Cell::Int(*value),
            Self::Double(value) => Cell::Float(*value),
            Self::Text(text) => Cell::Text(Text { text, symbol: 0 }),
            Self::Time(micros) => Cell::Time(*micros),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Double(value) => Value::Float(*value),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Time(micros) => {
                let instant = crate::base::time::Instant::from_micros(*micros);
                instant.map_or(Value::Null, |instant| Value::Text(instant.to_string()))
            }
        }
    }

    /// As the field of a record: a date without its time.
    fn to_field(&self, model: &Model, field: usize) -> Value {
        match (self.to_value(), model.field_at(field).map(|(_, field)| field.kind)) {
            (Value::Text(text), Some(FieldType::Date)) => Value::Text(text.chars().take(10).collect()),
            (value, _) => value,
        }
    }

    fn text(&self) -> String {
        match self.to_value() {
            Value::Text(text) => format!("\"{text}\""),
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            _ => String::new(),
        }
    }
}

/// One thing that is known besides the record.
#[derive(Default)]
struct Given {
    rank: Option<String>,
    figure: Points,
    account: Option<CompanyAccount>,
}

impl Given {
    fn set(&mut self, key: &Key, cell: &Sample) {
        let text = match cell {
            Sample::Text(text) => Some(text.clone()),
            _ => None,
        };
        match (key, cell) {
            (Key::Rank(_), _) => self.rank = text,
            (Key::Figure(..), Sample::Double(value)) => {
                self.figure = Points::from_f64(*value).unwrap_or(Points::ZERO);
            }
            (Key::Account(part), _) => {
                let none = CompanyAccount::default();
                self.account = match part {
                    AccountPart::Id => text.map(|id| CompanyAccount { id, ..none }),
                    AccountPart::Owner => Some(CompanyAccount { owner: text, ..none }),
                    AccountPart::Parent => Some(CompanyAccount { parent: text, ..none }),
                    AccountPart::Customer => {
                        Some(CompanyAccount { customer: *cell == Sample::Bool(true), ..none })
                    }
                };
            }
            _ => {}
        }
    }
}

impl Derived for Given {
    fn figure(&self, _card: usize, _figure: Figure) -> Points {
        self.figure
    }

    fn rank(&self, _card: usize) -> Option<&str> {
        self.rank.as_deref()
    }

    fn in_segment(&self, _segment: usize) -> bool {
        false
    }

    fn account(&self) -> Option<&CompanyAccount> {
        self.account.as_ref()
    }
}
