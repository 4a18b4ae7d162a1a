//! The state as a table: every value as the engine reads it, in one type per column whatever it came in.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, LargeListBuilder, LargeStringBuilder,
    TimestampMicrosecondBuilder,
};
use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow_schema::{Field, Schema};

use super::looks::Fate;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::columnar::activities::{Bound, Log};
use crate::columnar::bind::Ids;
use crate::columnar::options::ActivityColumns;
use crate::columnar::source::Source;
use crate::lead::facts::Cell;
use crate::lead::model::{FieldType, Model};
use crate::scoring::compile::escape;

/// A row that stays.
pub(super) struct Row<'r> {
    bound: &'r Bound<'r>,
    row: usize,
    /// The number of its kind; none where it cannot be read: such a row says whose it is, and has no time.
    kind: Option<usize>,
}

/// What a column is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Text,
    Day,
    Time,
    Whole,
    Number,
    Boolean,
    Texts,
}

/// A column that is being written.
enum Writer {
    Text(LargeStringBuilder),
    Day(Date32Builder),
    Time(TimestampMicrosecondBuilder),
    Whole(Int64Builder),
    Number(Float64Builder),
    Boolean(BooleanBuilder),
    Texts(LargeListBuilder<LargeStringBuilder>),
}

/// A column of properties.
struct Properties<'c> {
    name: &'c str,
    /// Per kind: where it declares the property, and as what.
    places: Vec<Option<(usize, Form)>>,
}

impl<'r> Row<'r> {
    /// The rows that stay, in the order in which they came.
    pub(super) fn kept(model: &Model, log: &'r Log<'r>, fates: &[Vec<Fate>]) -> Vec<Self> {
        let mut kept = Vec::new();
        for ((batch, bound), fates) in log.bound.iter().enumerate().zip(fates) {
            for (row, _) in fates.iter().enumerate().filter(|(_, fate)| **fate == Fate::Kept) {
                let bad = log.bad_rows.contains(&(batch, row));
                let kind = bound.kind.text(row).and_then(|kind| model.activity(kind));
                kept.push(Self { bound, row, kind: kind.map(|(kind, _)| kind).filter(|_| !bad) });
            }
        }
        kept
    }

    fn cell(&self, model: &Model, source: Option<&'r Source<'r>>) -> Cell<'r> {
        let source = source.filter(|_| self.kind.is_some());
        source.and_then(|source| source.cell(model, self.row).ok()).unwrap_or(Cell::Null)
    }
}

/// The table of these rows.
pub(super) fn table(
    model: &Model,
    columns: &ActivityColumns,
    log: &Log<'_>,
    rows: &[Row<'_>],
) -> Result<RecordBatch, Error> {
    let mut written: Vec<(&str, ArrayRef)> = Vec::new();
    let has = |of: fn(&Bound<'_>) -> bool| log.bound.iter().any(of);
    written.push((&columns.lead, ids(model, log, rows, |bound| Some(&bound.lead))));
    if has(|bound| bound.id.is_some()) {
        written.push((&columns.id, ids(model, log, rows, |bound| bound.id.as_ref())));
    }
    let mut kinds = LargeStringBuilder::new();
    // A row that cannot be read is found again by its kind without a time.
    rows.iter().for_each(|row| kinds.append_value(row.bound.kind.text(row.row).unwrap_or_default()));
    written.push((&columns.kind, Arc::new(kinds.finish())));
    written.push((&columns.at, column(model, rows, Form::Time, |bound| Some(&bound.at))));
    if has(|bound| bound.recorded_at.is_some()) {
        let times = column(model, rows, Form::Time, |bound| bound.recorded_at.as_ref());
        written.push((&columns.recorded_at, times));
    }
    if has(|bound| bound.campaign.is_some()) {
        let texts = column(model, rows, Form::Text, |bound| bound.campaign.as_ref());
        written.push((&columns.campaign, texts));
    }
    for properties in Properties::of(model, columns, log) {
        if written.iter().all(|(name, _)| *name != properties.name) {
            written.push((properties.name, properties.write(model, rows)?));
        }
    }
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = written
        .into_iter()
        .map(|(name, array)| (Field::new(name, array.data_type().clone(), true), array))
        .unzip();
    let count = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &count).map_err(|error| {
        let message = format!("the state is no record batch: {error}");
        Error::call(Diagnostic::error(Code::BadCall, message).with_help("two columns may have one name"))
    })
}

/// A column that every kind has.
fn column(
    model: &Model,
    rows: &[Row<'_>],
    form: Form,
    of: impl for<'b> Fn(&'b Bound<'b>) -> Option<&'b Source<'b>>,
) -> ArrayRef {
    let mut writer = Writer::new(form);
    for row in rows {
        if !writer.append(&row.cell(model, of(row.bound)), form) {
            // INVARIANT: such a column is read as one type, which its form holds.
            writer.append(&Cell::Null, form);
        }
    }
    writer.finish()
}

/// A column of ids: whole numbers where all tables have such, texts otherwise.
fn ids<'r>(
    model: &Model,
    log: &Log<'_>,
    rows: &[Row<'r>],
    of: impl for<'b> Fn(&'b Bound<'b>) -> Option<&'b Ids<'b>>,
) -> ArrayRef {
    let mut numbers = log.bound.iter().filter(|bound| bound.rows > 0).filter_map(&of).map(|ids| ids.numbers);
    if numbers.next().is_some_and(|first| first && numbers.all(|numbers| numbers)) {
        let mut builder = Int64Builder::new();
        for row in rows {
            let cell = of(row.bound).map(|ids| ids.source.cell(model, row.row));
            builder.append_option(match cell {
                Some(Ok(Cell::Int(number))) => Some(number),
                _ => None,
            });
        }
        return Arc::new(builder.finish());
    }
    let mut builder = LargeStringBuilder::new();
    rows.iter().for_each(|row| builder.append_option(of(row.bound).and_then(|ids| ids.text(model, row.row))));
    Arc::new(builder.finish())
}

impl<'c> Properties<'c> {
    /// The columns of declared properties that some batch has, in the order of the playbook.
    fn of(model: &'c Model, columns: &'c ActivityColumns, log: &Log<'_>) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for (kind, (_, policy)) in model.activities().enumerate() {
            for (place, (property, field_type)) in policy.properties.iter().enumerate() {
                if log.bound.iter().all(|bound| bound.property((kind, place)).is_none()) {
                    continue;
                }
                let name = columns.property(property);
                let at = found.iter().position(|known| known.name == name).unwrap_or(found.len());
                if at == found.len() {
                    found.push(Self { name, places: vec![None; model.activities().len()] });
                }
                let slot = found.get_mut(at).and_then(|column| column.places.get_mut(kind));
                // Of two properties of a kind in one column, both say the same.
                if let Some(slot) = slot.filter(|slot| slot.is_none()) {
                    *slot = Some((place, Form::of(*field_type)));
                }
            }
        }
        found
    }

    fn write(&self, model: &Model, rows: &[Row<'_>]) -> Result<ArrayRef, Error> {
        let form = self.form(model, rows).ok_or_else(|| unfit(self.name))?;
        let mut writer = Writer::new(form);
        for row in rows {
            let (cell, own) = self.cell(model, row).unwrap_or((Cell::Null, form));
            if !writer.append(&cell, own) {
                return Err(unfit(self.name));
            }
        }
        Ok(writer.finish())
    }

    /// One form for what kinds declare as different types, if there is one that says all there is.
    fn form(&self, model: &Model, rows: &[Row<'_>]) -> Option<Form> {
        let declared: BTreeSet<Form> = self.places.iter().flatten().map(|(_, form)| *form).collect();
        let used = if declared.len() == 1 {
            declared.clone()
        } else {
            let held = rows.iter().filter_map(|row| self.cell(model, row));
            held.filter(|(cell, _)| *cell != Cell::Null).map(|(_, own)| own).collect()
        };
        let mut forms = used.iter();
        match (forms.next().or(declared.first())?, forms.next_back()) {
            (one, None) => Some(*one),
            (_, Some(last)) if *last <= Form::Time => Some(Form::Text),
            (Form::Whole, Some(Form::Number)) => Some(Form::Number),
            _ => None,
        }
    }

    /// What a row holds, and as what its kind declares it.
    fn cell<'r>(&self, model: &Model, row: &Row<'r>) -> Option<(Cell<'r>, Form)> {
        let kind = row.kind?;
        let (place, form) = self.places.get(kind).copied().flatten()?;
        Some((row.cell(model, row.bound.property((kind, place))), form))
    }
}

impl Form {
    const fn of(field_type: FieldType) -> Self {
        match field_type {
            FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => Self::Text,
            FieldType::Integer => Self::Whole,
            FieldType::Number => Self::Number,
            FieldType::Boolean => Self::Boolean,
            FieldType::Date => Self::Day,
            FieldType::Timestamp => Self::Time,
            FieldType::Set => Self::Texts,
        }
    }
}

impl Writer {
    fn new(form: Form) -> Self {
        match form {
            Form::Text => Self::Text(LargeStringBuilder::new()),
            Form::Day => Self::Day(Date32Builder::new()),
            Form::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Form::Whole => Self::Whole(Int64Builder::new()),
            Form::Number => Self::Number(Float64Builder::new()),
            Form::Boolean => Self::Boolean(BooleanBuilder::new()),
            Form::Texts => Self::Texts(LargeListBuilder::new(LargeStringBuilder::new())),
        }
    }

    /// Writes a cell that was declared as `own`; false where the column does not hold it exactly.
    fn append(&mut self, cell: &Cell<'_>, own: Form) -> bool {
        match (self, cell) {
            (Self::Text(to), Cell::Null) => to.append_null(),
            (Self::Day(to), Cell::Null) => to.append_null(),
            (Self::Time(to), Cell::Null) => to.append_null(),
            (Self::Whole(to), Cell::Null) => to.append_null(),
            (Self::Number(to), Cell::Null) => to.append_null(),
            (Self::Boolean(to), Cell::Null) => to.append_null(),
            (Self::Texts(to), Cell::Null) => to.append_null(),
            (Self::Text(to), Cell::Text(text)) => to.append_value(text.text),
            (Self::Text(to), Cell::Time(micros)) => {
                let Some(mut text) = Instant::from_micros(*micros).map(|instant| instant.to_string()) else {
                    return false;
                };
                if own == Form::Day {
                    text.truncate("2026-05-01".len());
                }
                to.append_value(text);
            }
            (Self::Day(to), Cell::Time(micros)) => {
                let Ok(day) = i32::try_from(micros.div_euclid(86_400_000_000)) else { return false };
                to.append_value(day);
            }
            (Self::Time(to), Cell::Time(micros)) => to.append_value(*micros),
            (Self::Whole(to), Cell::Int(number)) => to.append_value(*number),
            (Self::Number(to), Cell::Float(number)) => to.append_value(*number),
            #[expect(clippy::cast_precision_loss, reason = "whole numbers within 2^53 are floats")]
            (Self::Number(to), Cell::Int(number)) if number.unsigned_abs() <= 1 << 53 => {
                to.append_value(*number as f64);
            }
            (Self::Boolean(to), Cell::Bool(value)) => to.append_value(*value),
            (Self::Texts(to), Cell::Set(items)) => to.append_value(items.iter().map(|item| Some(item.text))),
            _ => return false,
        }
        true
    }

    fn finish(self) -> ArrayRef {
        match self {
            Self::Text(mut of) => Arc::new(of.finish()),
            Self::Day(mut of) => Arc::new(of.finish()),
            Self::Time(mut of) => Arc::new(of.finish()),
            Self::Whole(mut of) => Arc::new(of.finish()),
            Self::Number(mut of) => Arc::new(of.finish()),
            Self::Boolean(mut of) => Arc::new(of.finish()),
            Self::Texts(mut of) => Arc::new(of.finish()),
        }
    }
}

fn unfit(column: &str) -> Error {
    let message = format!("column `{column}` holds properties of kinds whose types no one column can hold");
    Error::lead(vec![
        Diagnostic::error(Code::TableType, message)
            .at(format!("/{}", escape(column)))
            .with_help("give the properties columns of their own, or declare them as one type"),
    ])
}
