//! Values that stand for all others: what conditions compare a part of a lead with, and what lies between and around.

use super::node::{Comparison, Constant, Node, NodeKind};
#[cfg(feature = "routing")]
use crate::lead::facts::{Cell, Text};
use crate::lead::model::FieldType;
use crate::lead::value::Value;

/// A value that stands for all on which conditions agree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Sample {
    #[cfg(feature = "routing")]
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Time(i64),
}

/// What a condition without parts compares, and with which constants; none where it does anything else.
pub(crate) fn comparison(node: &Node) -> Option<(&Node, &[Constant])> {
    match &node.kind {
        NodeKind::Compare(sign, left, right) => {
            let constant = right.constant()?;
            let ordered = !matches!(sign, Comparison::Equal | Comparison::NotEqual);
            let texts = matches!(constant, Constant::Text(_) | Constant::List(_));
            (!(ordered && texts)).then(|| (left.as_ref(), std::slice::from_ref(constant)))
        }
        NodeKind::InConstants(item, constants) => Some((item, &constants.items)),
        _ => None,
    }
}

/// Values that stand for all others (but empty) of what is compared with these constants, those that conditions name
/// first. `declared` are the values that its declaration lists.
pub(crate) fn samples(constants: &[Constant], kind: Option<FieldType>, declared: &[String]) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    let mut numbers: Vec<f64> = Vec::new();
    for constant in constants {
        match constant {
            Constant::Bool(value) => samples.push(Sample::Bool(*value)),
            Constant::Text(text) => samples.push(Sample::Text(text.as_ref().to_owned())),
            #[expect(
                clippy::cast_precision_loss,
                reason = "cells for an example; the neighbours are tried as well"
            )]
            Constant::Int(value) => numbers.push(*value as f64),
            Constant::Double(value) if value.is_finite() => numbers.push(*value),
            Constant::Time(micros) => {
                let step = if kind == Some(FieldType::Date) { 86_400_000_000 } else { 1 };
                let around = [*micros, micros.saturating_add(step), micros.saturating_sub(step)];
                samples.extend(around.map(Sample::Time));
            }
            _ => {}
        }
    }
    samples.extend(between(&mut numbers, kind));
    match kind {
        Some(FieldType::Boolean) => samples.extend([Sample::Bool(true), Sample::Bool(false)]),
        Some(FieldType::Integer | FieldType::Number | FieldType::Date | FieldType::Timestamp) => {}
        _ => samples.push(Sample::Text(other(&samples, declared))),
    }
    let mut apart: Vec<Sample> = Vec::with_capacity(samples.len());
    for sample in samples {
        if !apart.contains(&sample) {
            apart.push(sample);
        }
    }
    apart
}

/// A text that no condition names; a declared one, if there is one.
fn other(samples: &[Sample], declared: &[String]) -> String {
    let named =
        |text: &str| samples.iter().any(|sample| matches!(sample, Sample::Text(known) if known == text));
    if let Some(value) = declared.iter().find(|value| !named(value)) {
        return value.clone();
    }
    let mut other = "other".to_owned();
    while named(&other) {
        other.push('-');
    }
    other
}

/// Numbers that stand for the constants and for what lies between and around them.
fn between(numbers: &mut Vec<f64>, kind: Option<FieldType>) -> Vec<Sample> {
    numbers.sort_by(f64::total_cmp);
    numbers.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let mut samples = Vec::new();
    if kind == Some(FieldType::Integer) {
        for number in numbers {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a number beyond i64 is as far out as its end"
            )]
            let (floor, ceil) = (number.floor() as i64, number.ceil() as i64);
            let around = [floor, ceil, floor.saturating_add(1), floor.saturating_sub(1)];
            samples.extend(around.map(Sample::Int));
        }
        return samples;
    }
    for (index, number) in numbers.iter().enumerate() {
        samples.push(Sample::Double(*number));
        let next = numbers.get(index + 1).map_or(number + 1.0, |next| number + (next - number) / 2.0);
        samples.push(Sample::Double(next));
    }
    if let Some(first) = numbers.first() {
        samples.push(Sample::Double(first - 1.0));
    }
    samples
}

impl Sample {
    #[cfg(feature = "routing")]
    pub(crate) fn as_cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Bool(value) => Cell::Bool(*value),
            Self::Int(value) => Cell::Int(*value),
            Self::Double(value) => Cell::Float(*value),
            Self::Text(text) => Cell::Text(Text { text, symbol: 0 }),
            Self::Time(micros) => Cell::Time(*micros),
        }
    }

    pub(crate) fn to_value(&self) -> Value {
        match self {
            #[cfg(feature = "routing")]
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

    /// As a field or property of a record holds it: a date without its time.
    pub(crate) fn to_field(&self, kind: Option<FieldType>) -> Value {
        match (self.to_value(), kind) {
            (Value::Text(text), Some(FieldType::Date)) => Value::Text(text.chars().take(10).collect()),
            (value, _) => value,
        }
    }
}
