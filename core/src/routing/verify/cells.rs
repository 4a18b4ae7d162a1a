//! Cells: the values of one part of a lead on which all conditions agree, each with one value that stands for it.

use super::{Example, Verifier};
use crate::base::points::Points;
use crate::expr::{AccountPart, Constant, Derived, Figure, Frame, Node, Sample, holds, samples};
use crate::lead::account::CompanyAccount;
use crate::lead::facts::{Cell, Facts};
use crate::lead::model::FieldType;
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
        let declared = match &variable.key {
            Key::Field(field) => self.model.field_at(*field).map(|(_, field)| field.values.as_slice()),
            _ => None,
        };
        let mut cells = samples(&variable.constants, kind, declared.unwrap_or_default());
        if !matches!(variable.key, Key::Figure(..)) {
            cells.push(Sample::Null);
        }
        cells
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
                    let kind = self.model.field_at(*number).map(|(_, field)| field.kind);
                    lead.fields.insert(field(number).to_owned(), cell.to_field(kind));
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
                Key::Rank(number) => given.push(format!("rank[\"{}\"] == {}", card(number), written(cell))),
                Key::Figure(number, figure) => {
                    let name =
                        Figure::ALL.iter().find(|(_, known)| known == figure).map_or("", |(name, _)| name);
                    given.push(format!("scores[\"{}\"].{name} == {}", card(number), written(cell)));
                }
                Key::Account(part) => {
                    let name =
                        AccountPart::ALL.iter().find(|(_, known)| known == part).map_or("", |(name, _)| name);
                    given.push(format!("account.{name} == {}", written(cell)));
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

/// As an expression writes it.
fn written(cell: &Sample) -> String {
    match cell.to_value() {
        Value::Text(text) => format!("\"{text}\""),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        _ => String::new(),
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
