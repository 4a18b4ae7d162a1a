//! Rows as leads: for whatever is evaluated row by row.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::time::Instant;
use crate::columnar::activities::{self, ActivityTable};
use crate::columnar::bind::{Finder, Ids};
use crate::columnar::keys::NONE;
use crate::columnar::options::TableOptions;
use crate::columnar::plan::Needs;
use crate::columnar::source::{Form, Source};
use crate::lead::activity::Activity;
use crate::lead::facts::{Cell, Facts};
use crate::lead::model::{FieldType, Model};
use crate::lead::record::{Consent, ConsentStatus, Lead, Standing};
use crate::lead::value::Value;
use crate::playbook::compile::Compiled;
use crate::scoring::compile::escape;

/// A batch of leads, bound.
pub(crate) struct Table<'b> {
    pub(crate) rows: usize,
    pub(crate) ids: Ids<'b>,
    /// Per field of the playbook; none for those that nothing looks at, or that the table lacks.
    pub(crate) fields: Vec<Option<Source<'b>>>,
    pub(crate) source: BTreeMap<Box<str>, Source<'b>>,
    pub(crate) consent: BTreeMap<Box<str>, Source<'b>>,
    /// Per card: rank and since when.
    pub(crate) standing: Vec<Option<(Source<'b>, Source<'b>)>>,
}

/// What history a row has.
#[derive(Clone, Copy)]
pub(crate) struct History<'t> {
    pub(crate) table: &'t ActivityTable,
    pub(crate) bound: &'t [activities::Bound<'t>],
}

impl<'b> Table<'b> {
    pub(crate) fn bind(
        compiled: &Compiled,
        batch: &'b RecordBatch,
        options: &TableOptions,
        fields: impl Fn(usize) -> bool,
        needs: &Needs,
        finder: &mut Finder<'b>,
    ) -> Option<Self> {
        let ids = finder.ids(&options.id, "the ids of leads");
        let mut bound = Vec::with_capacity(compiled.model.fields().len());
        for (index, (name, policy)) in compiled.model.fields().enumerate() {
            let column = options.column(name);
            if fields(index) {
                bound.push(finder.field(name, column, policy.kind));
            } else {
                bound.push(None);
            }
        }
        let mut entries = |prefix: &str, key: &str, loose: bool| {
            let name = format!("{prefix}.{key}");
            let column = options.columns.get(&name).unwrap_or(&name);
            if loose { finder.loose(column) } else { finder.field(&name, column, FieldType::Text) }
        };
        let mut source = BTreeMap::new();
        for key in &needs.source {
            source.extend(entries("source", key, true).map(|source| (key.clone(), source)));
        }
        let mut consent = BTreeMap::new();
        for key in &needs.consent {
            consent.extend(entries("consent", key, false).map(|source| (key.clone(), source)));
        }
        let mut standing = Vec::with_capacity(compiled.cards.len());
        for card in &compiled.cards {
            standing.push(options.standing.get(&card.name).and_then(|columns| {
                let rank = finder.required("the rank that a lead holds", &columns.rank, FieldType::Text);
                let since =
                    finder.required("since when a lead holds its rank", &columns.since, FieldType::Timestamp);
                Some((rank?, since?))
            }));
        }
        Some(Self { rows: batch.num_rows(), ids: ids?, fields: bound, source, consent, standing })
    }

    /// Says of every row of a block that cannot be read why, first column first.
    pub(crate) fn check(
        &self,
        compiled: &Compiled,
        options: &TableOptions,
        first_row: usize,
        start: usize,
        bad: &mut [bool],
        mut problem: impl FnMut(Diagnostic),
    ) {
        let model = &compiled.model;
        let mut refuse = |offset: usize, column: &str, message: String, help: &str| {
            let row = start + offset;
            let code = Code::FieldType;
            let shown = first_row + row;
            let path = format!("/{}/{shown}", escape(column));
            let of = self.ids.text(model, row).map_or(String::new(), |id| format!(", lead `{id}`"));
            let message = format!("row {shown}{of}: {message}");
            problem(Diagnostic::error(code, message).at(path).with_help(help));
        };
        let ids = if self.ids.source.may_be_null() { bad.len() } else { 0 };
        for (offset, flag) in bad.iter_mut().enumerate().take(ids) {
            if self.ids.source.is_null(start + offset) {
                *flag = true;
                refuse(offset, &options.id, "the lead has no id".to_owned(), "give every lead an id");
            }
        }
        for (source, (name, policy)) in self.fields.iter().zip(model.fields()) {
            let Some(source) = source.as_ref().filter(|source| source.fallible()) else { continue };
            source.unreadable(model, start, bad.len(), |offset| {
                if let Some(flag) = bad.get_mut(offset) {
                    *flag = true;
                }
                let expected = crate::lead::facts::expected(policy.kind);
                let message =
                    format!("field `{name}` should be {expected}, and is {}", source.shown(start + offset));
                let help = "correct the value, or make it empty where it is not known";
                refuse(offset, options.column(name), message, help);
            });
        }
        for (since, card) in self.standing.iter().zip(&compiled.cards) {
            let Some((_, since)) = since.as_ref().filter(|(_, since)| since.fallible()) else { continue };
            since.unreadable(model, start, bad.len(), |offset| {
                if let Some(flag) = bad.get_mut(offset) {
                    *flag = true;
                }
                let message = format!("the standing on `{}` has no instant that can be read", card.name);
                refuse(offset, &card.name, message, "correct the value, or make it empty");
            });
        }
        for (channel, source) in &self.consent {
            for (offset, flag) in bad.iter_mut().enumerate() {
                if source.text(start + offset).is_some_and(|text| status(text).is_none()) {
                    *flag = true;
                    let message = format!(
                        "consent for `{channel}` is {}, which is none that there is",
                        source.shown(start + offset)
                    );
                    let help = "write `granted`, `denied`, `pending` or `unknown`";
                    refuse(offset, &format!("consent.{channel}"), message, help);
                }
            }
        }
    }

    /// The lead of a row without activities: what conditions ask of the record itself, and fields if ledgers are to
    /// show them.
    pub(crate) fn lead(&self, model: &Model, row: usize, fields: bool) -> Lead {
        let mut lead = Lead::new(self.ids.text(model, row).unwrap_or_default());
        for (source, (name, policy)) in self.fields.iter().zip(model.fields()).filter(|_| fields) {
            if let Some(Ok(cell)) = source.as_ref().map(|source| source.cell(model, row)) {
                let mut value = plain(&cell);
                if let (Value::Text(text), FieldType::Date) = (&mut value, policy.kind) {
                    text.truncate("2026-05-01".len());
                }
                lead.fields.insert(name.to_owned(), value);
            }
        }
        for (key, source) in &self.source {
            if let Ok(cell) = source.cell(model, row) {
                lead.source.insert(key.to_string(), plain(&cell));
            }
        }
        for (channel, source) in &self.consent {
            if let Some(status) = source.text(row).and_then(status) {
                lead.consent.insert(channel.to_string(), Consent { status, ..Consent::default() });
            }
        }
        lead
    }

    /// The standing that a row holds on a card.
    pub(crate) fn standing(&self, model: &Model, card: usize, row: usize) -> Option<Standing> {
        let (rank, since) = self.standing.get(card)?.as_ref()?;
        let Ok(Cell::Time(micros)) = since.cell(model, row) else { return None };
        Some(Standing { rank: rank.text(row).map(str::to_owned), since: Instant::from_micros(micros)? })
    }

    /// A lead's records of activities, those of the kinds that are looked at one by one.
    pub(crate) fn records<'t>(
        model: &Model,
        history: History<'t>,
        key: u32,
    ) -> Vec<(&'t activities::Bound<'t>, usize, usize, Activity)> {
        if key == NONE {
            return Vec::new();
        }
        let mut records = Vec::new();
        for (batch, row) in history.table.places(key) {
            let Some(bound) = history.bound.get(*batch as usize) else { continue };
            let ordinal = u64::from(*batch) << 32 | u64::from(*row);
            if let Some((kind, record)) = bound.record(model, *row as usize, ordinal) {
                records.push((bound, *row as usize, kind, record));
            }
        }
        records
    }

    /// The facts of a row: cells of the fields that are bound, and the given records.
    pub(crate) fn facts<'a>(
        &'a self,
        model: &Model,
        row: usize,
        fields: &std::collections::BTreeSet<usize>,
        lead: &'a Lead,
        records: &'a [(&'a activities::Bound<'a>, usize, usize, Activity)],
    ) -> Facts<'a> {
        let mut cells = vec![Cell::Null; self.fields.len()];
        for field in fields {
            if let (Some(slot), Some(Some(source))) = (cells.get_mut(*field), self.fields.get(*field)) {
                *slot = source.cell(model, row).unwrap_or(Cell::Null);
            }
        }
        let activities =
            records.iter().map(|(bound, row, kind, record)| bound.fact(model, *row, *kind, record)).collect();
        Facts::assemble(model, lead, cells.into_boxed_slice(), activities)
    }
}

fn status(text: &str) -> Option<ConsentStatus> {
    Some(match text {
        "granted" => ConsentStatus::Granted,
        "denied" => ConsentStatus::Denied,
        "pending" => ConsentStatus::Pending,
        "unknown" => ConsentStatus::Unknown,
        _ => return None,
    })
}

/// A cell as the record holds it, whole floats as whole numbers: as JSON is read.
pub(crate) fn plain(cell: &Cell<'_>) -> Value {
    match cell {
        Cell::Null => Value::Null,
        Cell::Bool(value) => Value::Bool(*value),
        Cell::Int(value) => Value::Int(*value),
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        Cell::Float(value) if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 => {
            Value::Int(*value as i64)
        }
        Cell::Float(value) => Value::Float(*value),
        Cell::Text(text) => Value::Text(text.text.to_owned()),
        Cell::Time(micros) => {
            Instant::from_micros(*micros).map_or(Value::Null, |instant| Value::Text(instant.to_string()))
        }
        Cell::Set(items) => Value::List(items.iter().map(|item| Value::Text(item.text.to_owned())).collect()),
    }
}

impl Source<'_> {
    /// Calls back for every row of a block that holds something that is not of the field's type.
    pub(crate) fn unreadable(&self, model: &Model, start: usize, rows: usize, mut found: impl FnMut(usize)) {
        if self.surely_readable(start, rows) {
            return;
        }
        for offset in 0..rows {
            if self.cell(model, start + offset).is_err() {
                found(offset);
            }
        }
    }

    /// A quick look that finds most blocks to be in order.
    fn surely_readable(&self, start: usize, rows: usize) -> bool {
        match self.form() {
            Form::Number(number, reading) => number.surely_readable(*reading, start, rows),
            _ => false,
        }
    }
}
