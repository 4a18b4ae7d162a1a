//! Values of fields that stand for all others, and leads made of them.

use std::collections::BTreeSet;

use crate::base::time::Instant;
use crate::expr::{Compared, Constant, Frame, Look, Possible, Program};
use crate::lead::facts::Facts;
use crate::lead::model::{FieldType, Model};
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::playbook::compile::Compiled;
use crate::scoring::fuse::{from_key, key};

/// At most so many leads are tried for one condition; of the fields with the most values less is known then.
const MOST_LEADS: usize = 1_024;

/// What all leads together say of a condition.
pub(super) struct Verdict {
    /// A lead for which it holds, whatever else is true of it.
    pub(super) yes: Option<Lead>,
    /// That no lead is such that it holds.
    pub(super) never: bool,
    /// That it holds for every lead.
    pub(super) always: bool,
}

/// The fields of which every value is tried: booleans, and texts that declare their values.
pub(super) fn finite(model: &Model) -> BTreeSet<usize> {
    let fields = model.fields().enumerate();
    let finite = fields.filter(|(_, (_, policy))| {
        policy.kind == FieldType::Boolean || policy.kind != FieldType::Set && !policy.values.is_empty()
    });
    finite.map(|(number, _)| number).collect()
}

/// Tries a condition on leads that stand for all others. With `empty` only on leads whose that field is empty.
pub(super) fn verdict(compiled: &Compiled, program: &Program, empty: Option<usize>) -> Verdict {
    let model = &compiled.model;
    let finite = finite(model);
    let mut compared = Compared::new();
    add(compiled, program, &finite, &mut compared, &mut BTreeSet::new());
    let mut columns: Vec<(usize, Vec<Value>)> = compared
        .iter()
        .map(|(field, constants)| {
            let values =
                if empty == Some(*field) { vec![Value::Null] } else { values(model, *field, constants) };
            (*field, values)
        })
        .collect();
    columns.sort_by_key(|(_, values)| values.len());
    let mut leads = 1_usize;
    columns.retain(|(_, values)| {
        let more = leads.saturating_mul(values.len());
        let fits = more <= MOST_LEADS;
        if fits {
            leads = more;
        }
        fits
    });
    let known: BTreeSet<usize> = columns.iter().map(|(field, _)| *field).collect();
    let mut verdict = Verdict { yes: None, never: true, always: true };
    for number in 0..leads {
        let lead = lead(model, &columns, number);
        let Ok(facts) = Facts::read(model, &lead) else { continue };
        let possible = possible(compiled, program, &facts, &known, &finite, 0);
        verdict.never &= possible == Possible::No;
        verdict.always &= possible == Possible::Yes;
        if possible == Possible::Yes && verdict.yes.is_none() {
            verdict.yes = Some(lead);
        }
    }
    verdict
}

/// The constants of a condition and of the segments that it names.
fn add(
    compiled: &Compiled,
    program: &Program,
    finite: &BTreeSet<usize>,
    compared: &mut Compared,
    seen: &mut BTreeSet<usize>,
) {
    program.compared(finite, compared);
    for segment in &program.reads().segments {
        let named = compiled.segments.segments.get(*segment);
        if let Some(when) = named.and_then(|named| named.when.as_ref())
            && seen.insert(*segment)
        {
            add(compiled, when, finite, compared, seen);
        }
    }
}

/// Segments that name each other stand this deep at most; deeper ones may be anything.
const DEEPEST: usize = 16;

fn possible(
    compiled: &Compiled,
    program: &Program,
    facts: &Facts<'_>,
    known: &BTreeSet<usize>,
    finite: &BTreeSet<usize>,
    depth: usize,
) -> Possible {
    let segment = |number: usize| match compiled.segments.segments.get(number) {
        Some(segment) if segment.include.is_empty() && segment.exclude.is_empty() && depth < DEEPEST => {
            segment
                .when
                .as_ref()
                .map_or(Possible::No, |when| possible(compiled, when, facts, known, finite, depth + 1))
        }
        _ => Possible::Either,
    };
    let frame = Frame { facts, at: 0, activity: None, derived: None };
    program.possible(&Look { frame, known, finite, segment: &segment })
}

fn lead(model: &Model, columns: &[(usize, Vec<Value>)], mut number: usize) -> Lead {
    let mut lead = Lead::new("example");
    for (field, values) in columns {
        let value = values.get(number % values.len().max(1)).cloned().unwrap_or_default();
        number /= values.len().max(1);
        if let Some((name, _)) = model.field_at(*field)
            && value != Value::Null
        {
            lead.fields.insert(name.to_owned(), value);
        }
    }
    lead
}

/// Values of a field that stand for all others where it is compared with these constants, the telling ones first.
fn values(model: &Model, field: usize, constants: &[Constant]) -> Vec<Value> {
    let Some((_, policy)) = model.field_at(field) else { return vec![Value::Null] };
    let mut values = match policy.kind {
        FieldType::Boolean => vec![Value::Bool(true), Value::Bool(false)],
        FieldType::Integer => {
            let bounds = constants.iter().filter_map(|constant| match constant {
                Constant::Int(number) => Some(*number),
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "the cast saturates, and so do the bounds"
                )]
                Constant::Double(number) => Some(number.floor() as i64),
                _ => None,
            });
            around(bounds).into_iter().map(Value::Int).collect()
        }
        FieldType::Number => {
            let bounds = constants.iter().filter_map(|constant| match constant {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "the floats on both sides of the nearest are taken"
                )]
                Constant::Int(number) => Some(key(*number as f64)),
                Constant::Double(number) if number.is_finite() => Some(key(*number)),
                _ => None,
            });
            let floats = around(bounds).into_iter().map(from_key).filter(|number| number.is_finite());
            floats.map(Value::Float).collect()
        }
        FieldType::Date => {
            let days = constants.iter().filter_map(micros).map(|micros| micros.div_euclid(DAY));
            around(days).into_iter().filter_map(|day| Some(Value::Text(day_text(day)?))).collect()
        }
        FieldType::Timestamp => {
            let instants = around(constants.iter().filter_map(micros)).into_iter();
            instants.filter_map(|at| Some(Value::Text(Instant::from_micros(at)?.to_string()))).collect()
        }
        FieldType::Set => sets(constants),
        _ if !policy.values.is_empty() => policy.values.iter().cloned().map(Value::Text).collect(),
        _ => {
            let mut texts: Vec<String> = constants.iter().filter_map(text).collect();
            let after: Vec<String> = texts.iter().map(|text| format!("{text}\u{0}")).collect();
            texts.push("another text".to_owned());
            texts.push(String::new());
            texts.extend(after);
            texts.dedup();
            texts.into_iter().map(Value::Text).collect()
        }
    };
    values.push(Value::Null);
    values
}

const DAY: i64 = 86_400_000_000;

fn micros(constant: &Constant) -> Option<i64> {
    match constant {
        Constant::Time(micros) => Some(*micros),
        _ => None,
    }
}

fn text(constant: &Constant) -> Option<String> {
    match constant {
        Constant::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

/// The bounds themselves and their neighbours: between two bounds all numbers are alike.
fn around(bounds: impl Iterator<Item = i64>) -> Vec<i64> {
    let mut all = BTreeSet::new();
    for bound in bounds {
        all.extend([bound.saturating_sub(1), bound, bound.saturating_add(1), bound.saturating_add(2)]);
    }
    if all.is_empty() {
        all.insert(1);
    }
    all.into_iter().collect()
}

fn day_text(day: i64) -> Option<String> {
    let at = Instant::from_micros(day.checked_mul(DAY)?)?;
    at.to_string().get(..10).map(str::to_owned)
}

/// Every set of the constants, with and without another item; where they are too many, none, each and all.
fn sets(constants: &[Constant]) -> Vec<Value> {
    let items: BTreeSet<String> = constants.iter().filter_map(text).collect();
    let items: Vec<String> = items.into_iter().chain(["another item".to_owned()]).collect();
    let list = |chosen: Vec<&String>| Value::List(chosen.into_iter().cloned().map(Value::Text).collect());
    let sets = 1_u32.checked_shl(u32::try_from(items.len()).unwrap_or(u32::MAX)).filter(|_| items.len() <= 6);
    match sets {
        Some(sets) => {
            let chosen = |set: u32| items.iter().enumerate().filter(move |(at, _)| set >> at & 1 == 1);
            (0..sets).rev().map(|set| list(chosen(set).map(|(_, item)| item).collect())).collect()
        }
        // Too many to try: the caller drops a column of this length.
        None => vec![Value::Null; MOST_LEADS + 1],
    }
}
