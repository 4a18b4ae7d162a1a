//! A lead read against a model: typed cells by number instead of names and loose values.
//!
//! Reading checks every declared field and property once, so that everything after it works on types it can
//! rely on. Texts are borrowed from the record.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::{Instant, date_micros};
use crate::lead::activity::{Activity, Trust};
use crate::lead::model::{FieldType, Model};
use crate::lead::record::Lead;
use crate::lead::value::Value;

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
    pub(crate) properties: Box<[Cell<'a>]>,
    pub(crate) record: &'a Activity,
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
        let fields = model
            .fields()
            .map(|(name, policy)| match lead.fields.get(name) {
                None => Cell::Null,
                Some(value) => cell(model, value, policy.kind).unwrap_or_else(|expected| {
                    problems.push(mismatch(
                        &format!("/fields/{name}"),
                        &format!("field `{name}`"),
                        expected,
                        value,
                    ));
                    Cell::Null
                }),
            })
            .collect();

        let mut activities = Vec::with_capacity(lead.activities().len());
        for (index, record) in lead.activities().iter().enumerate() {
            let Some((kind, policy)) = model.activity(&record.kind) else { continue };
            let properties = policy
                .properties
                .iter()
                .map(|(name, field_type)| match record.properties.get(name) {
                    None => Cell::Null,
                    Some(value) => cell(model, value, *field_type).unwrap_or_else(|expected| {
                        let path = format!("/activities/{index}/properties/{name}");
                        let what = format!("property `{name}` of activity `{}`", record.id);
                        problems.push(mismatch(&path, &what, expected, value));
                        Cell::Null
                    }),
                })
                .collect();
            let at = record.at.micros();
            activities.push(Fact {
                kind,
                at,
                known_at: at.max(record.recorded_at().micros()),
                human: record.trust == Trust::Human,
                properties,
                record,
            });
        }
        if !problems.is_empty() {
            return Err(Error::lead(problems));
        }
        activities.sort_unstable_by(|a, b| {
            (a.kind, a.at, a.record.id.as_str()).cmp(&(b.kind, b.at, b.record.id.as_str()))
        });
        let ends = (0..model.activities().len())
            .map(|kind| activities.partition_point(|fact| fact.kind <= kind))
            .collect();
        Ok(Self { lead, fields, activities, ends })
    }

    /// A lead that has nothing but one field.
    pub(crate) fn of_field(model: &Model, lead: &'a Lead, field: usize, value: Cell<'a>) -> Self {
        let mut fields = vec![Cell::Null; model.fields().len()];
        if let Some(slot) = fields.get_mut(field) {
            *slot = value;
        }
        let ends = vec![0; model.activities().len()].into_boxed_slice();
        Self { lead, fields: fields.into_boxed_slice(), activities: Vec::new(), ends }
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

    /// The activities of one kind by time, those not yet known at `at` included.
    pub(crate) fn of_kind(&self, kind: usize) -> &[Fact<'a>] {
        let end = self.ends.get(kind).copied().unwrap_or(0);
        let start = kind.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.activities.get(start..end).unwrap_or(&[])
    }

    /// The cell of a field; a field that does not exist is empty.
    pub(crate) fn field(&self, index: usize) -> &Cell<'a> {
        self.fields.get(index).unwrap_or(&Cell::Null)
    }
}

/// The cell of a value, or what was expected instead.
fn cell<'a>(model: &Model, value: &'a Value, kind: FieldType) -> Result<Cell<'a>, &'static str> {
    let text = |text: &'a str| Text { text, symbol: model.symbol(text) };
    Ok(match (kind, value) {
        (_, Value::Null) => Cell::Null,
        (FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url, Value::Text(value)) => {
            Cell::Text(text(value))
        }
        (FieldType::Integer, Value::Int(value)) => Cell::Int(*value),
        #[expect(clippy::cast_precision_loss, reason = "a number field is a float: as in JSON")]
        (FieldType::Number, Value::Int(value)) => Cell::Float(*value as f64),
        (FieldType::Number, Value::Float(value)) => Cell::Float(*value),
        (FieldType::Boolean, Value::Bool(value)) => Cell::Bool(*value),
        (FieldType::Date, Value::Text(value)) => Cell::Time(date_micros(value).ok_or(expected(kind))?),
        (FieldType::Timestamp, Value::Text(value)) => {
            Cell::Time(value.parse::<Instant>().map_err(|_| expected(kind))?.micros())
        }
        (FieldType::Set, Value::List(items)) => {
            let mut set = Vec::with_capacity(items.len());
            for item in items {
                match item {
                    Value::Text(item) => set.push(text(item)),
                    _ => return Err(expected(kind)),
                }
            }
            Cell::Set(set.into_boxed_slice())
        }
        _ => return Err(expected(kind)),
    })
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
