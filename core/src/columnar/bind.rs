//! Finding the columns of a batch and binding them to what the playbook declares.

use std::borrow::Cow;
use std::collections::BTreeSet;

use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::nearest;
use crate::columnar::source::{Form, Mismatch, Source};
use crate::lead::facts::Cell;
use crate::lead::model::{FieldType, Model};
use crate::scoring::compile::escape;

/// A column by its name, found in a batch.
pub(crate) struct Finder<'b> {
    batch: &'b RecordBatch,
    /// What the table is: `leads` or `activities`.
    table: &'static str,
    used: BTreeSet<usize>,
    pub(crate) missing: BTreeSet<String>,
    pub(crate) problems: Vec<Diagnostic>,
}

/// Ids: texts, or whole numbers that stand for their decimal digits.
#[derive(Debug, Clone)]
pub(crate) struct Ids<'b> {
    pub(crate) column: usize,
    pub(crate) source: Source<'b>,
    pub(crate) numbers: bool,
}

impl<'b> Finder<'b> {
    pub(crate) fn new(batch: &'b RecordBatch, table: &'static str) -> Self {
        Self { batch, table, used: BTreeSet::new(), missing: BTreeSet::new(), problems: Vec::new() }
    }

    pub(crate) fn has(&self, column: &str) -> bool {
        self.position(column).is_some()
    }

    fn position(&self, column: &str) -> Option<usize> {
        self.batch.schema_ref().fields().iter().position(|field| field.name() == column)
    }

    fn array(&mut self, column: &str) -> Option<(usize, &'b dyn Array)> {
        let index = self.position(column)?;
        self.used.insert(index);
        Some((index, self.batch.columns().get(index)?.as_ref()))
    }

    /// Says that a column that the result depends on is not there.
    fn absent(&mut self, column: &str, what: &str, help: &str) {
        let schema = self.batch.schema_ref();
        let near = nearest(column, schema.fields().iter().map(|field| field.name().as_str()));
        let message = format!("the table of {} has no column `{column}`, {what}", self.table);
        self.problems.push(
            Diagnostic::error(Code::TableColumn, message)
                .at(format!("/{}", escape(column)))
                .with_help(help)
                .did_you_mean(near),
        );
    }

    /// The column of a field or property; without it the field is empty everywhere.
    pub(crate) fn field(&mut self, name: &str, column: &str, kind: FieldType) -> Option<Source<'b>> {
        let Some((_, array)) = self.array(column) else {
            self.missing.insert(column.to_owned());
            return None;
        };
        match Source::bind(array, kind) {
            Ok(source) => Some(source),
            Err(mismatch) => {
                self.problems.push(mismatched(column, name, kind, array.data_type(), mismatch));
                None
            }
        }
    }

    /// A column that has to be there.
    pub(crate) fn required(&mut self, what: &str, column: &str, kind: FieldType) -> Option<Source<'b>> {
        if self.position(column).is_none() {
            self.absent(column, &format!("which should hold {what}"), "name the column in the options");
            return None;
        }
        self.field(what, column, kind)
    }

    /// A column that may be absent without anybody being told.
    pub(crate) fn optional(&mut self, what: &str, column: &str, kind: FieldType) -> Option<Source<'b>> {
        self.position(column)?;
        self.field(what, column, kind)
    }

    /// A column that is only compared with itself: nobody is told where it is absent or of another type.
    pub(crate) fn peek(&self, column: &str, kind: FieldType) -> Option<Source<'b>> {
        let array = self.batch.columns().get(self.position(column)?)?;
        Source::bind(array.as_ref(), kind).ok()
    }

    /// An entry of the lead's source: a text, a number or a boolean.
    pub(crate) fn loose(&mut self, column: &str) -> Option<Source<'b>> {
        let Some((_, array)) = self.array(column) else {
            self.missing.insert(column.to_owned());
            return None;
        };
        let kinds = [FieldType::Text, FieldType::Boolean, FieldType::Integer, FieldType::Number];
        let integer = array.data_type().is_integer();
        let fits = |kind: &FieldType| integer || *kind != FieldType::Integer;
        let bound = kinds.into_iter().filter(fits).find_map(|kind| Source::bind(array, kind).ok());
        if bound.is_none() {
            let data_type = array.data_type();
            self.problems.push(mismatched(column, column, FieldType::Text, data_type, Mismatch::Type));
        }
        bound
    }

    pub(crate) fn ids(&mut self, column: &str, what: &str) -> Option<Ids<'b>> {
        let Some((index, array)) = self.array(column) else {
            self.absent(column, &format!("which should hold {what}"), "name the column in the options");
            return None;
        };
        for (kind, numbers) in [(FieldType::Text, false), (FieldType::Integer, true)] {
            let source = Source::bind(array, kind);
            if let Ok(source) = source
                && !matches!(source.form(), Form::Number(_, reading) if *reading != super::source::Reading::Plain)
            {
                return Some(Ids { column: index, source, numbers });
            }
        }
        let message = format!("column `{column}` should hold {what}, and is {}", array.data_type());
        self.problems.push(
            Diagnostic::error(Code::TableType, message)
                .at(format!("/{}", escape(column)))
                .with_help("ids are texts or whole numbers: convert the column"),
        );
        None
    }

    /// Columns that were not asked for.
    pub(crate) fn extra(&self) -> Vec<String> {
        let fields = self.batch.schema_ref().fields().iter().enumerate();
        fields
            .filter(|(index, _)| !self.used.contains(index))
            .map(|(_, field)| field.name().clone())
            .collect()
    }
}

impl Ids<'_> {
    /// The id of a row, unless it is empty.
    pub(crate) fn text(&self, model: &Model, row: usize) -> Option<Cow<'_, str>> {
        if self.numbers {
            match self.source.cell(model, row) {
                Ok(Cell::Int(number)) => Some(Cow::Owned(number.to_string())),
                _ => None,
            }
        } else {
            self.source.text(row).map(Cow::Borrowed)
        }
    }
}

fn mismatched(
    column: &str,
    field: &str,
    kind: FieldType,
    data_type: &DataType,
    mismatch: Mismatch,
) -> Diagnostic {
    let (expected, help) = match kind {
        FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => {
            ("texts", "convert the column to a string type, plain or dictionary")
        }
        FieldType::Integer => ("whole numbers", "convert the column to an integer type"),
        FieldType::Number => ("numbers", "convert the column to a numeric type"),
        FieldType::Boolean => ("true or false", "convert the column to a boolean type"),
        FieldType::Date => ("dates", "convert the column to a date type, or to texts such as `2026-05-01`"),
        FieldType::Timestamp => {
            ("instants with zone", "convert the column to a timestamp type with a time zone")
        }
        FieldType::Set => ("lists of texts", "convert the column to a list of strings"),
    };
    let message = format!("column `{column}` should hold {expected} for `{field}`, and is {data_type}");
    let help = match mismatch {
        Mismatch::Type => help,
        Mismatch::NaiveInstant => {
            "the times have no zone, so nobody knows when they were: attach the zone they were written in, \
             such as by `dt.replace_time_zone(\"Asia/Tokyo\")` in Polars or `dt.tz_localize(\"Asia/Tokyo\")` in pandas"
        }
        Mismatch::ZonedDate => {
            "the calendar date of an instant depends on the zone: convert the column to a date in the zone that you mean"
        }
    };
    Diagnostic::error(Code::TableType, message).at(format!("/{}", escape(column))).with_help(help)
}
