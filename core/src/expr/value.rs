//! Values while an expression is evaluated, and how they compare.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::rc::Rc;

use super::node::Constant;
use crate::base::time::Instant;
use crate::lead::facts::{Cell, Fact, Text};
use crate::lead::value::Value as Loose;

/// A value. Texts and lists of the lead and of the expression are borrowed.
#[derive(Debug, Clone)]
pub(crate) enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'a, str>),
    /// Microseconds since 1970.
    Time(i64),
    /// Microseconds.
    Duration(i64),
    List(List<'a>),
    Map(Rc<[(Value<'a>, Value<'a>)]>),
    Activity(&'a Fact<'a>),
}

/// A list, wherever its items are.
#[derive(Debug, Clone)]
pub(crate) enum List<'a> {
    Set(&'a [Text<'a>]),
    Constants(&'a [Constant]),
    Owned(Rc<[Value<'a>]>),
}

/// A number that an expression gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Double(f64),
}

impl<'a> Value<'a> {
    pub(super) const fn text(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    pub(super) fn list(items: Vec<Value<'a>>) -> Self {
        Self::List(List::Owned(items.into()))
    }

    pub(super) fn of_cell(cell: &'a Cell<'a>) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Bool(value) => Self::Bool(*value),
            Cell::Int(value) => Self::Int(*value),
            Cell::Float(value) => Self::Double(*value),
            Cell::Text(text) => Self::text(text.text),
            Cell::Time(micros) => Self::Time(*micros),
            Cell::Set(items) => Self::List(List::Set(items)),
        }
    }

    pub(super) fn of_constant(constant: &'a Constant) -> Self {
        match constant {
            Constant::Null => Self::Null,
            Constant::Bool(value) => Self::Bool(*value),
            Constant::Int(value) => Self::Int(*value),
            Constant::Double(value) => Self::Double(*value),
            Constant::Text(text) => Self::text(text),
            Constant::Time(micros) => Self::Time(*micros),
            Constant::Duration(micros) => Self::Duration(*micros),
            Constant::List(items) => Self::List(List::Constants(items)),
        }
    }

    /// An undeclared value of the record: a scalar, or null where a playbook does not look inside.
    pub(super) fn of_loose(value: &'a Loose) -> Self {
        match value {
            Loose::Bool(value) => Self::Bool(*value),
            Loose::Int(value) => Self::Int(*value),
            Loose::Float(value) => Self::Double(*value),
            Loose::Text(text) => Self::text(text),
            _ => Self::Null,
        }
    }

    /// The same as a constant, where there is one.
    pub(super) fn to_constant(&self) -> Option<Constant> {
        Some(match self {
            Self::Null => Constant::Null,
            Self::Bool(value) => Constant::Bool(*value),
            Self::Int(value) => Constant::Int(*value),
            Self::Double(value) => Constant::Double(*value),
            Self::Text(text) => Constant::Text(text.as_ref().into()),
            Self::Time(micros) => Constant::Time(*micros),
            Self::Duration(micros) => Constant::Duration(*micros),
            Self::List(list) => {
                Constant::List(list.iter().map(|item| item.to_constant()).collect::<Option<_>>()?)
            }
            Self::Map(_) | Self::Activity(_) => return None,
        })
    }

    /// As plain data, for explanations: instants and durations as text, an activity as its id.
    pub(crate) fn to_plain(&self) -> Loose {
        match self {
            Self::Null => Loose::Null,
            Self::Bool(value) => Loose::Bool(*value),
            Self::Int(value) => Loose::Int(*value),
            Self::Double(value) if value.is_finite() => Loose::Float(*value),
            Self::Double(value) => Loose::Text(value.to_string()),
            Self::Text(text) => Loose::Text(text.clone().into_owned()),
            Self::Time(micros) => {
                Instant::from_micros(*micros).map_or(Loose::Null, |instant| Loose::Text(instant.to_string()))
            }
            Self::Duration(micros) => Loose::Text(super::convert::duration_text(*micros)),
            Self::List(list) => Loose::List(list.iter().map(|item| item.to_plain()).collect()),
            Self::Map(entries) => Loose::Object(
                entries
                    .iter()
                    .map(|(key, value)| {
                        let key = match key.to_plain() {
                            Loose::Text(text) => text,
                            Loose::Int(value) => value.to_string(),
                            Loose::Bool(value) => value.to_string(),
                            other => other.kind().to_owned(),
                        };
                        (key, value.to_plain())
                    })
                    .collect(),
            ),
            Self::Activity(fact) => Loose::Text(fact.record.id.clone()),
        }
    }

    pub(crate) const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Equality across types: null only with null, numbers by their value, others only within a type.
    pub(super) fn equals(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Self::Null, Value::Null) => true,
            (Self::List(a), Value::List(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.equals(&b))
            }
            (Self::Map(a), Value::Map(b)) => {
                a.len() == b.len()
                    && a.iter().all(|(key, value)| lookup(b, key).is_some_and(|other| value.equals(other)))
            }
            (Self::Activity(a), Value::Activity(b)) => a.record.id == b.record.id,
            _ => self.order(other).is_some_and(Ordering::is_eq),
        }
    }

    /// Order within a type, and between whole and other numbers by their exact values; none between others.
    pub(super) fn order(&self, other: &Value<'_>) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Value::Bool(b)) => Some(a.cmp(b)),
            (Self::Int(a), Value::Int(b)) => Some(a.cmp(b)),
            (Self::Double(a), Value::Double(b)) => a.partial_cmp(b),
            (Self::Int(a), Value::Double(b)) => exact(*a, *b),
            (Self::Double(a), Value::Int(b)) => exact(*b, *a).map(Ordering::reverse),
            (Self::Text(a), Value::Text(b)) => Some(a.as_ref().cmp(b.as_ref())),
            (Self::Time(a), Value::Time(b)) | (Self::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

/// The value under a key.
pub(super) fn lookup<'v, 'a>(
    entries: &'v [(Value<'a>, Value<'a>)],
    key: &Value<'_>,
) -> Option<&'v Value<'a>> {
    entries.iter().find(|(known, _)| known.equals(key)).map(|(_, value)| value)
}

/// Compares without rounding the whole number to a float.
fn exact(int: i64, double: f64) -> Option<Ordering> {
    const TWO_63: f64 = 9_223_372_036_854_775_808.0;
    if double.is_nan() {
        return None;
    }
    if double >= TWO_63 {
        return Some(Ordering::Less);
    }
    if double < -TWO_63 {
        return Some(Ordering::Greater);
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and within the range of i64")]
    let whole = double.trunc() as i64;
    Some(int.cmp(&whole).then_with(|| 0.0_f64.partial_cmp(&double.fract()).unwrap_or(Ordering::Equal)))
}

impl<'a> List<'a> {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Set(items) => items.len(),
            Self::Constants(items) => items.len(),
            Self::Owned(items) => items.len(),
        }
    }

    pub(crate) fn get(&self, index: usize) -> Option<Value<'a>> {
        match self {
            Self::Set(items) => items.get(index).map(|text| Value::text(text.text)),
            Self::Constants(items) => items.get(index).map(Value::of_constant),
            Self::Owned(items) => items.get(index).cloned(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Value<'a>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}
