//! Fit rules of one field, fused: one look-up per field instead of one evaluation per rule.
//!
//! A rule is fused if it looks at one field only, and only by comparing it with constants: then its points are
//! the same for all values between two neighbouring constants. Each table cell is filled by running the very
//! rules on a representative value, so a table cannot disagree with the rules it stands for.

use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Included};

use crate::expr::{Comparison, Constant, Frame, Node, NodeKind, Reads};
use crate::lead::facts::{Cell, Facts, Text};
use crate::lead::model::{FieldType, Model};
use crate::lead::record::Lead;
use crate::scoring::account::Sums;
use crate::scoring::compile::{By, Card, PointsForm, Rule};

/// The fused rules of all scorecards.
#[derive(Debug)]
pub(crate) struct Fused {
    columns: Box<[Column]>,
    /// Per card, per rule: whether a column stands for it.
    covered: Box<[Box<[bool]>]>,
}

/// All fused rules of one field.
#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) field: usize,
    pub(crate) lookup: Lookup,
    /// What to add; cell 0 is for an empty field.
    pub(crate) cells: Box<[Box<[Add]>]>,
}

/// From a value to its cell.
#[derive(Debug)]
pub(crate) enum Lookup {
    /// By symbol; symbol 0 is any text that the playbook does not name.
    Texts(Box<[u32]>),
    /// By the number of bounds at or below the value's [`key`], from cell 1 on.
    Numbers(Box<[i64]>),
    /// Cell 1 for false, cell 2 for true.
    Bools,
}

/// Points for one account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Add {
    pub(crate) account: usize,
    pub(crate) plus: i64,
    pub(crate) minus: i64,
}

impl Fused {
    pub(crate) fn new(model: &mut Model, cards: &[Card]) -> Self {
        let mut covered: Box<[Box<[bool]>]> =
            cards.iter().map(|card| vec![false; card.rules.len()].into_boxed_slice()).collect();
        let mut drafts: Vec<Option<Draft<'_>>> = Vec::new();
        drafts.resize_with(model.fields().len(), || None);
        for (card, flags) in cards.iter().zip(&mut covered) {
            for (rule, flag) in card.rules.iter().zip(flags.iter_mut()) {
                let Some((field, constants)) = single_field(model, rule) else { continue };
                let draft = drafts.get_mut(field).map(|draft| draft.get_or_insert_with(Draft::default));
                if let Some(draft) = draft {
                    draft.rules.push(rule);
                    draft.constants.merge(constants);
                    *flag = true;
                }
            }
        }
        for draft in drafts.iter().flatten() {
            for text in &draft.constants.texts {
                model.intern(text);
            }
        }
        let model = &*model;
        let columns = drafts
            .iter()
            .enumerate()
            .filter_map(|(field, draft)| draft.as_ref().map(|draft| draft.column(model, field)))
            .collect();
        Self { columns, covered }
    }

    /// Adds the points of all fused rules.
    pub(crate) fn apply(&self, facts: &Facts<'_>, accounts: &mut [Sums]) {
        for column in &self.columns {
            for add in column.cell(facts.field(column.field)) {
                if let Some(sums) = accounts.get_mut(add.account) {
                    sums.fit_plus = sums.fit_plus.saturating_add(add.plus);
                    sums.fit_minus = sums.fit_minus.saturating_add(add.minus);
                }
            }
        }
    }

    #[cfg(any(feature = "arrow", feature = "trust"))]
    pub(crate) fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether a column stands for the rule.
    pub(crate) fn covers(&self, card: usize, rule: usize) -> bool {
        self.covered.get(card).and_then(|rules| rules.get(rule)).copied().unwrap_or(false)
    }
}

impl Column {
    fn cell(&self, value: &Cell<'_>) -> &[Add] {
        let index = match (&self.lookup, value) {
            (Lookup::Texts(cells), Cell::Text(text)) => {
                cells.get(text.symbol as usize).or_else(|| cells.first()).map_or(0, |cell| *cell as usize)
            }
            (Lookup::Numbers(bounds), Cell::Int(number) | Cell::Time(number)) => {
                1 + bounds.partition_point(|bound| bound <= number)
            }
            (Lookup::Numbers(bounds), Cell::Float(number)) => {
                let key = key(*number);
                1 + bounds.partition_point(|bound| *bound <= key)
            }
            (Lookup::Bools, Cell::Bool(value)) => 1 + usize::from(*value),
            _ => 0,
        };
        self.cells.get(index).map_or(&[], |adds| adds)
    }
}

/// A number that orders as the finite float does; both zeros have the same.
pub(crate) fn key(number: f64) -> i64 {
    let bits = (number + 0.0).to_bits().cast_signed();
    if bits < 0 { bits ^ i64::MAX } else { bits }
}

pub(crate) fn from_key(key: i64) -> f64 {
    f64::from_bits((if key < 0 { key ^ i64::MAX } else { key }).cast_unsigned())
}

/// A column in the making.
#[derive(Default)]
struct Draft<'r> {
    rules: Vec<&'r Rule>,
    constants: Constants,
}

/// What a column's rules compare with.
#[derive(Default)]
struct Constants {
    texts: BTreeSet<Box<str>>,
    /// Bounds at which something may change, as keys of the field's type.
    bounds: BTreeSet<i64>,
}

impl Constants {
    fn merge(&mut self, other: Constants) {
        self.texts.extend(other.texts);
        self.bounds.extend(other.bounds);
    }

    /// The bounds around a number: cells that turn out equal are merged later, so too many do no harm.
    fn around(&mut self, key: i64) {
        self.bounds.extend([key.saturating_sub(1), key, key.saturating_add(1), key.saturating_add(2)]);
    }

    fn constant(&mut self, constant: &Constant, field_type: FieldType) -> bool {
        match (constant, field_type) {
            (Constant::Null, _) | (Constant::Bool(_), FieldType::Boolean) => {}
            (
                Constant::Text(text),
                FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url,
            ) => {
                self.texts.insert(text.clone());
            }
            (Constant::Int(number), FieldType::Integer) => self.around(*number),
            #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and so do the bounds")]
            (Constant::Double(number), FieldType::Integer) => self.around(number.floor() as i64),
            #[expect(
                clippy::cast_precision_loss,
                reason = "the bounds on both sides of the nearest float are taken"
            )]
            (Constant::Int(number), FieldType::Number) => self.around(key(*number as f64)),
            (Constant::Double(number), FieldType::Number) if number.is_finite() => self.around(key(*number)),
            (Constant::Time(micros), FieldType::Date | FieldType::Timestamp) => self.around(*micros),
            _ => return false,
        }
        true
    }
}

/// The one field that a fit rule looks at and the constants that it compares with, if that is all it does.
fn single_field(model: &Model, rule: &Rule) -> Option<(usize, Constants)> {
    if rule.on.is_some() {
        return None;
    }
    let mut fields = BTreeSet::new();
    if let Some(when) = &rule.when {
        let reads = when.reads();
        fields.extend(reads.fields.iter().copied());
        if (Reads { fields: BTreeSet::new(), ..reads.clone() }) != Reads::default() {
            return None;
        }
    }
    let by = match &rule.points {
        PointsForm::Fixed(_) => None,
        PointsForm::Table { by: By::Field(field), .. } | PointsForm::Bands { by: By::Field(field), .. } => {
            Some(*field)
        }
        _ => return None,
    };
    fields.extend(by);
    let mut fields = fields.into_iter();
    let (Some(field), None) = (fields.next(), fields.next()) else { return None };
    let field_type = model.field_at(field)?.1.kind;
    if field_type == FieldType::Set {
        return None;
    }
    let mut constants = Constants::default();
    if let Some(when) = &rule.when
        && !constants_of(when.root(), field_type, &mut constants)
    {
        return None;
    }
    match &rule.points {
        PointsForm::Table { texts, .. } => {
            for text in texts.keys() {
                if let Ok(number) = text.parse()
                    && field_type == FieldType::Integer
                {
                    constants.around(number);
                }
                constants.texts.insert(text.clone());
            }
        }
        PointsForm::Bands { bands, .. } => {
            for band in bands {
                if field_type == FieldType::Integer {
                    constants.around(band.bound.millionths().div_euclid(1_000_000));
                } else {
                    constants.around(key(band.bound_float));
                }
            }
        }
        _ => {}
    }
    Some((field, constants))
}

/// Collects the constants of a condition; false if it does anything but compare the field with constants.
fn constants_of(node: &Node, field_type: FieldType, constants: &mut Constants) -> bool {
    let text = matches!(field_type, FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url);
    match &node.kind {
        NodeKind::Const(Constant::Bool(_) | Constant::Null) | NodeKind::Field(_) => true,
        NodeKind::Not(of) => constants_of(of, field_type, constants),
        NodeKind::All(parts) | NodeKind::Any(parts) => {
            parts.iter().all(|part| constants_of(part, field_type, constants))
        }
        NodeKind::Compare(comparison, left, right) => {
            let ordered = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
            // Texts are known by symbol, which has no order.
            matches!(left.kind, NodeKind::Field(_))
                && !(text && ordered)
                && right.constant().is_some_and(|constant| constants.constant(constant, field_type))
        }
        NodeKind::InConstants(item, list) => {
            matches!(item.kind, NodeKind::Field(_))
                && list.items.iter().all(|constant| constants.constant(constant, field_type))
        }
        _ => false,
    }
}

impl Draft<'_> {
    fn column(&self, model: &Model, field: usize) -> Column {
        let field_type = model.field_at(field).map_or(FieldType::Text, |(_, policy)| policy.kind);
        let mut probe = Probe::new(model, field);
        let empty = self.adds(&mut probe, Cell::Null);
        match field_type {
            FieldType::Boolean => {
                let cells = [
                    empty,
                    self.adds(&mut probe, Cell::Bool(false)),
                    self.adds(&mut probe, Cell::Bool(true)),
                ];
                Column { field, lookup: Lookup::Bools, cells: cells.into() }
            }
            FieldType::Integer | FieldType::Number | FieldType::Date | FieldType::Timestamp => {
                let cell = |key: i64| match field_type {
                    FieldType::Integer => Cell::Int(key),
                    FieldType::Number => Cell::Float(from_key(key)),
                    _ => Cell::Time(key),
                };
                let (least, most) = match field_type {
                    FieldType::Number => (key(f64::MIN), key(f64::MAX)),
                    _ => (i64::MIN, i64::MAX),
                };
                let mut cells = vec![empty, self.adds(&mut probe, cell(least))];
                let mut bounds = Vec::new();
                for bound in self.constants.bounds.range((Excluded(least), Included(most))).copied() {
                    let adds = self.adds(&mut probe, cell(bound));
                    if cells.last() != Some(&adds) {
                        cells.push(adds);
                        bounds.push(bound);
                    }
                }
                Column {
                    field,
                    lookup: Lookup::Numbers(bounds.into_boxed_slice()),
                    cells: cells.into_boxed_slice(),
                }
            }
            _ => {
                // A text that is longer than any that the rules name is none of them.
                let longest = self.constants.texts.iter().map(|text| text.len()).max().unwrap_or(0);
                let other = "\u{0}".repeat(longest + 1);
                let of = |text| Cell::Text(Text { text, symbol: 0 });
                let mut cells = vec![empty, self.adds(&mut probe, of(&other))];
                let mut by_symbol = vec![1_u32; model.symbol_count()];
                for text in &self.constants.texts {
                    let adds = self.adds(&mut probe, of(text));
                    let index =
                        cells.iter().skip(1).position(|cell| *cell == adds).map(|at| at + 1).unwrap_or_else(
                            || {
                                cells.push(adds);
                                cells.len() - 1
                            },
                        );
                    if let Some(slot) = by_symbol.get_mut(model.symbol(text) as usize) {
                        *slot = u32::try_from(index).unwrap_or(0);
                    }
                }
                Column {
                    field,
                    lookup: Lookup::Texts(by_symbol.into_boxed_slice()),
                    cells: cells.into_boxed_slice(),
                }
            }
        }
    }

    /// What all rules of the column add for one value, per account.
    fn adds(&self, probe: &mut Probe<'_>, value: Cell<'_>) -> Box<[Add]> {
        let mut adds: Vec<Add> = Vec::new();
        for rule in &self.rules {
            // A comparison with constants, fixed points, a table and bands cannot fail.
            let points = probe.points(rule, &value).millionths();
            if points == 0 {
                continue;
            }
            let (plus, minus) = (points.max(0), points.min(0));
            match adds.iter_mut().find(|add| add.account == rule.account) {
                Some(add) => {
                    add.plus = add.plus.saturating_add(plus);
                    add.minus = add.minus.saturating_add(minus);
                }
                None => adds.push(Add { account: rule.account, plus, minus }),
            }
        }
        adds.into_boxed_slice()
    }
}

/// Runs rules on a lead that has nothing but one field.
struct Probe<'m> {
    model: &'m Model,
    field: usize,
    lead: Lead,
}

impl<'m> Probe<'m> {
    fn new(model: &'m Model, field: usize) -> Self {
        Self { model, field, lead: Lead::new("") }
    }

    fn points(&self, rule: &Rule, value: &Cell<'_>) -> crate::Points {
        let facts = Facts::of_field(self.model, &self.lead, self.field, value.clone());
        let frame = Frame { facts: &facts, at: 0, activity: None, derived: None };
        rule.value(&frame).unwrap_or_default()
    }
}
