//! A lead read against a model: typed cells by number instead of names and loose values.
//!
//! Reading checks every declared field and property once, so that everything after it works on types it can
//! rely on. Texts are borrowed from the record.

use std::ops::Deref;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::{Instant, date_micros};
use crate::lead::activity::{Activity, Trust};
use crate::lead::model::{ActivityPolicy, FieldType, Model};
use crate::lead::record::Lead;
use crate::lead::value::{Value, whole};

/// A typed value of a field or a property.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Text<'a>),
    /// Microseconds since 1970, for instants and (at midnight UTC) for dates.
    Time(i64),
    Set(Box<[Text<'a>]>),
}

/// A text and the number by which the playbook knows it; 0 for a text that the playbook does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Text<'a> {
    pub(crate) text: &'a str,
    pub(crate) symbol: u32,
}

/// One activity of a declared kind.
#[derive(Debug, Clone)]
pub(crate) struct Fact<'a> {
    /// Number of the kind.
    pub(crate) kind: usize,
    /// Microseconds since 1970.
    pub(crate) at: i64,
    /// When it counts from: the later of when it happened and when it was recorded.
    pub(crate) known_at: i64,
    pub(crate) human: bool,
    /// One cell per declared property of the kind, in order.
    pub(crate) properties: Cells<'a>,
    pub(crate) record: &'a Activity,
}

/// The cells of an activity: most have few, which need no memory of their own.
#[derive(Debug, Clone)]
pub(crate) enum Cells<'a> {
    None,
    One([Cell<'a>; 1]),
    Two([Cell<'a>; 2]),
    Many(Box<[Cell<'a>]>),
}

/// A lead read against a model.
#[derive(Debug, Clone)]
pub(crate) struct Facts<'a> {
    pub(crate) lead: &'a Lead,
    /// One cell per declared field, in order.
    pub(crate) fields: Box<[Cell<'a>]>,
    /// Activities of declared kinds, by kind, then by time, then by id: whatever order the record had.
    activities: Vec<Fact<'a>>,
    /// Where each kind's activities end; kind `k` begins where `k - 1` ends.
    ends: Box<[usize]>,
}

impl<'a> Facts<'a> {
    /// Reads a lead; all mismatches are reported at once.
    pub(crate) fn read(model: &Model, lead: &'a Lead) -> Result<Self, Error> {
        let mut problems = Vec::new();
        let fields = fields(model, lead, &mut problems);
        // Records are read one after the other, as they lie in memory, and put in order afterwards.
        let records = lead.activities();
        let mut facts = Vec::with_capacity(records.len());
        let mut order = Vec::with_capacity(records.len());
        let mut ends = vec![0; model.activities().len()].into_boxed_slice();
        for (index, record) in records.iter().enumerate() {
            let Some((kind, policy)) = model.activity(&record.kind) else { continue };
            let at = record.at.micros();
            let properties = properties(model, policy, index, record, &mut problems);
            if let Some(count) = ends.get_mut(kind) {
                *count += 1;
            }
            order.push(Place::new(kind, at, facts.len()));
            facts.push(Some(Fact {
                kind,
                at,
                known_at: at.max(record.recorded_at().micros()),
                human: record.trust == Trust::Human,
                properties,
                record,
            }));
        }
        if !problems.is_empty() {
            return Err(Error::lead(problems));
        }
        order.sort_unstable();
        let id = |place: &Place| facts.get(place.index())?.as_ref().map(|fact| fact.record.id.as_str());
        for tied in order.chunk_by_mut(|a, b| a.same_time(*b)).filter(|tied| tied.len() > 1) {
            tied.sort_unstable_by_key(id);
        }
        let mut activities = Vec::with_capacity(order.len());
        activities.extend(order.iter().filter_map(|place| facts.get_mut(place.index())?.take()));
        let mut end = 0;
        for count in &mut ends {
            end += *count;
            *count = end;
        }
        Ok(Self { lead, fields, activities, ends })
    }

    /// A lead that has nothing but one field.
    pub(crate) fn of_field(model: &Model, lead: &'a Lead, field: usize, value: Cell<'a>) -> Self {
        let mut fields = vec![Cell::Null; model.fields().len()];
        if let Some(slot) = fields.get_mut(field) {
            *slot = value;
        }
        Self::of_fields(model, lead, fields.into_boxed_slice())
    }

    /// A lead that has nothing but its id, which `lead` holds, and these cells, one per declared field.
    pub(crate) fn of_fields(model: &Model, lead: &'a Lead, fields: Box<[Cell<'a>]>) -> Self {
        let ends = vec![0; model.activities().len()].into_boxed_slice();
        Self { lead, fields, activities: Vec::new(), ends }
    }

    /// From cells that were read elsewhere, and activities in any order.
    #[cfg(feature = "arrow")]
    pub(crate) fn assemble(
        model: &Model,
        lead: &'a Lead,
        fields: Box<[Cell<'a>]>,
        mut activities: Vec<Fact<'a>>,
    ) -> Self {
        activities.sort_unstable_by(|a, b| {
            (a.kind, a.at, a.record.id.as_str()).cmp(&(b.kind, b.at, b.record.id.as_str()))
        });
        let ends = (0..model.activities().len())
            .map(|kind| activities.partition_point(|fact| fact.kind <= kind))
            .collect();
        Self { lead, fields, activities, ends }
    }

    /// The same with hindsight: what was learnt later counts from when it happened.
    #[cfg(feature = "trust")]
    pub(crate) fn in_hindsight(mut self) -> Self {
        self.activities.iter_mut().for_each(|fact| fact.known_at = fact.at);
        self
    }

    /// The same without what was not known by then.
    #[cfg(feature = "trust")]
    pub(crate) fn known_by(mut self, at: i64) -> Self {
        self.activities.retain(|fact| fact.known_at <= at);
        self.ends = (0..self.ends.len())
            .map(|kind| self.activities.partition_point(|fact| fact.kind <= kind))
            .collect();
        self
    }

    /// Another lead in its place: other cells in some fields, only some of the activities, and others besides.
    #[cfg(feature = "trust")]
    pub(crate) fn changed<'b>(
        &self,
        lead: &'b Lead,
        fields: &[(usize, Cell<'b>)],
        keep: impl Fn(&Fact<'_>) -> bool,
        more: &[Fact<'b>],
    ) -> Facts<'b>
    where
        'a: 'b,
    {
        let mut cells: Box<[Cell<'b>]> = self.fields.clone();
        for (field, cell) in fields {
            if let Some(slot) = cells.get_mut(*field) {
                *slot = cell.clone();
            }
        }
        let kept = self.activities.iter().filter(|fact| keep(fact));
        let mut activities: Vec<Fact<'b>> = kept.chain(more).cloned().collect();
        activities.sort_by(|a, b| (a.kind, a.at, &a.record.id).cmp(&(b.kind, b.at, &b.record.id)));
        let ends =
            (0..self.ends.len()).map(|kind| activities.partition_point(|fact| fact.kind <= kind)).collect();
        Facts { lead, fields: cells, activities, ends }
    }

    /// Every activity of a declared kind, by kind, then by time.
    #[cfg(any(feature = "nurturing", feature = "trust"))]
    pub(crate) fn all(&self) -> &[Fact<'a>] {
        &self.activities
    }

    /// The activities of one kind by time, those not yet known at `at` included.
    pub(crate) fn of_kind(&self, kind: usize) -> &[Fact<'a>] {
        let end = self.ends.get(kind).copied().unwrap_or(0);
        let start = kind.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.activities.get(start..end).unwrap_or(&[])
    }

    /// How many activities there are.
    pub(crate) fn history(&self) -> usize {
        self.activities.len()
    }

    /// The activity with an id, if it is of a declared kind.
    #[cfg(any(feature = "analytics", feature = "nurturing"))]
    pub(crate) fn find(&self, id: &str) -> Option<&Fact<'a>> {
        self.activities.iter().find(|fact| fact.record.id == id)
    }

    /// The cell of a field; a field that does not exist is empty.
    pub(crate) fn field(&self, index: usize) -> &Cell<'a> {
        self.fields.get(index).unwrap_or(&Cell::Null)
    }
}

/// The cells of the declared fields.
fn fields<'a>(model: &Model, lead: &'a Lead, problems: &mut Vec<Diagnostic>) -> Box<[Cell<'a>]> {
    let mut cells = vec![Cell::Null; model.fields().len()].into_boxed_slice();
    let mut misfits = Vec::new();
    for (name, value) in &lead.fields {
        let Some((index, policy)) = model.field(name) else { continue };
        match (cell(model, value, policy.kind), cells.get_mut(index)) {
            (Ok(cell), Some(slot)) => *slot = cell,
            (Err(expected), _) => {
                let (path, what) = (format!("/fields/{name}"), format!("field `{name}`"));
                misfits.push((index, mismatch(&path, &what, expected, value)));
            }
            (Ok(_), None) => {}
        }
    }
    misfits.sort_by_key(|(index, _)| *index);
    problems.extend(misfits.into_iter().map(|(_, problem)| problem));
    cells
}

/// The cells of the properties that an activity's kind declares.
fn properties<'a>(
    model: &Model,
    policy: &ActivityPolicy,
    index: usize,
    record: &'a Activity,
    problems: &mut Vec<Diagnostic>,
) -> Cells<'a> {
    let property = |(place, (name, field_type)): (usize, (&String, &FieldType))| {
        // Most records have their properties in the order of the declaration.
        let value = match record.properties.get_index(place) {
            Some((known, value)) if known == name => Some(value),
            _ => record.properties.get(name),
        };
        value.map_or(Cell::Null, |value| {
            cell(model, value, *field_type).unwrap_or_else(|expected| {
                let path = format!("/activities/{index}/properties/{name}");
                let what = format!("property `{name}` of activity `{}`", record.id);
                problems.push(mismatch(&path, &what, expected, value));
                Cell::Null
            })
        })
    };
    let mut cells = policy.properties.iter().enumerate().map(property);
    let mut next = || cells.next().unwrap_or(Cell::Null);
    match policy.properties.len() {
        0 => Cells::None,
        1 => Cells::One([next()]),
        2 => Cells::Two([next(), next()]),
        _ => cells.collect(),
    }
}

/// Kind, time and place in a list of an activity, as one number to sort by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place(u128);

impl Place {
    /// INVARIANT: no memory holds 2^32 activities or kinds of them.
    fn new(kind: usize, at: i64, index: usize) -> Self {
        let at = at.cast_unsigned() ^ (1 << 63);
        Self((kind as u128) << 96 | u128::from(at) << 32 | index as u128)
    }

    fn index(self) -> usize {
        usize::try_from(self.0 & u128::from(u32::MAX)).unwrap_or(usize::MAX)
    }

    fn same_time(self, other: Self) -> bool {
        self.0 >> 32 == other.0 >> 32
    }
}

impl<'a> Deref for Cells<'a> {
    type Target = [Cell<'a>];

    fn deref(&self) -> &[Cell<'a>] {
        match self {
            Self::None => &[],
            Self::One(cells) => cells,
            Self::Two(cells) => cells,
            Self::Many(cells) => cells,
        }
    }
}

impl<'a> FromIterator<Cell<'a>> for Cells<'a> {
    fn from_iter<I: IntoIterator<Item = Cell<'a>>>(cells: I) -> Self {
        Self::Many(cells.into_iter().collect())
    }
}

/// The cell of a value, or what was expected instead.
pub(crate) fn cell<'a>(model: &Model, value: &'a Value, kind: FieldType) -> Result<Cell<'a>, &'static str> {
    let single = match value {
        Value::Null => Single::Null,
        Value::Bool(value) => Single::Bool(*value),
        Value::Int(value) => Single::Int(*value),
        Value::Float(value) => Single::Float(*value),
        Value::Text(value) => Single::Text(value),
        Value::List(items) if kind == FieldType::Set => {
            let mut set = Vec::with_capacity(items.len());
            for item in items {
                match item {
                    Value::Text(text) => set.push(Text { text, symbol: model.symbol(text) }),
                    _ => return Err(expected(kind)),
                }
            }
            return Ok(Cell::Set(set.into_boxed_slice()));
        }
        Value::List(_) | Value::Object(_) => return Err(expected(kind)),
    };
    single.cell(model, kind).ok_or_else(|| expected(kind))
}

/// A value that is neither a list nor an object, as it came.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Single<'a> {
    /// Empty.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Another number: finite, and not a whole one within 2^53.
    Float(f64),
    /// A text.
    Text(&'a str),
}

impl<'a> Single<'a> {
    /// A number; `None` where it is not finite.
    #[must_use]
    pub fn number(value: f64) -> Option<Self> {
        value.is_finite().then(|| whole(value).map_or(Self::Float(value), Self::Int))
    }

    /// Its cell, if it is of the type.
    pub(crate) fn cell(self, model: &Model, kind: FieldType) -> Option<Cell<'a>> {
        Some(match (kind, self) {
            (_, Self::Null) => Cell::Null,
            (FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url, Self::Text(text)) => {
                Cell::Text(Text { text, symbol: model.symbol(text) })
            }
            (FieldType::Integer, Self::Int(value)) => Cell::Int(value),
            #[expect(clippy::cast_precision_loss, reason = "a number field is a float: as in JSON")]
            (FieldType::Number, Self::Int(value)) => Cell::Float(value as f64),
            (FieldType::Number, Self::Float(value)) => Cell::Float(value),
            (FieldType::Boolean, Self::Bool(value)) => Cell::Bool(value),
            (FieldType::Date, Self::Text(text)) => Cell::Time(date_micros(text)?),
            (FieldType::Timestamp, Self::Text(text)) => Cell::Time(text.parse::<Instant>().ok()?.micros()),
            _ => return None,
        })
    }
}

pub(crate) fn expected(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => "a text",
        FieldType::Integer => "a whole number",
        FieldType::Number => "a number",
        FieldType::Boolean => "true or false",
        FieldType::Date => "a date such as `2026-05-01`",
        FieldType::Timestamp => "an instant with zone such as `2026-05-01T09:00:00+09:00`",
        FieldType::Set => "a list of texts",
    }
}

fn mismatch(path: &str, what: &str, expected: &str, value: &Value) -> Diagnostic {
    let found = match value {
        Value::Text(text) => {
            let short: String = text.chars().take(40).collect();
            let more = if short.len() < text.len() { "..." } else { "" };
            format!("the text `{short}{more}`")
        }
        other => other.kind().to_owned(),
    };
    Diagnostic::error(Code::FieldType, format!("{what} should be {expected}, and is {found}"))
        .at(path)
        .with_help(format!("give {expected}, or null where the value is not known"))
}
