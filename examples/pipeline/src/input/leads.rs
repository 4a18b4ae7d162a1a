//! Leads from a CSV file: which column holds which field, and the records.

use std::collections::HashMap;
use std::path::Path;

use ikusei::{FieldPolicy, FieldType, Lead};
use indexmap::IndexMap;

use super::convert::Converter;
use super::encoding::EncodingChoice;
use super::table::{Row, Table};
use crate::problem::{Failure, Rejected};

/// `field=column` as the user writes it.
pub type Mapping = IndexMap<String, String>;

/// Reads leads one row at a time.
pub struct LeadReader {
    table: Table,
    id: IdColumn,
    fields: Vec<FieldColumn>,
    outcome: Option<(usize, String)>,
    converter: Converter,
    seen: HashMap<String, u64>,
    unused: Vec<String>,
    unfilled: Vec<String>,
}

/// A lead and where it came from.
#[derive(Debug, Clone)]
pub struct ReadLead {
    /// Line of its row.
    pub line: u64,
    /// Its row, for a later rejection.
    pub row: Vec<String>,
    /// The record.
    pub lead: Lead,
    /// Whether the outcome that was asked for holds.
    pub outcome: bool,
}

struct FieldColumn {
    column: usize,
    field: String,
    kind: FieldType,
}

enum IdColumn {
    Column(usize),
    /// The line number stands for the id.
    Line,
}

impl LeadReader {
    /// Opens a file and finds its columns: a field is in the column that `mapping` names, or else in the one
    /// that has its name, or else in the one that has its label. `id` may be mapped to `@line`, for files
    /// whose rows have no id.
    ///
    /// # Errors
    /// If the file or its header cannot be read, or if a column that is needed or named is not there.
    pub fn open(
        path: &Path,
        delimiter: u8,
        choice: EncodingChoice,
        fields: &ikusei::Map<String, FieldPolicy>,
        mapping: &Mapping,
        converter: Converter,
    ) -> Result<Self, Failure> {
        let table = Table::open(path, delimiter, choice)?;
        for name in mapping.keys() {
            if name != "id" && !fields.contains_key(name) {
                let known: Vec<&str> = fields.keys().map(String::as_str).collect();
                return Err(Failure::new(format!(
                    "--map {name}=…: the playbook has no field `{name}`; it has {}",
                    known.join(", ")
                )));
            }
        }
        let column = |name: &str| table.header().iter().position(|header| header == name);
        let named = |field: &str, wanted: &str| {
            column(wanted).ok_or_else(|| no_column(&table, &format!("--map {field}={wanted}"), wanted))
        };
        let id = match mapping.get("id").map(String::as_str) {
            Some("@line") => IdColumn::Line,
            Some(wanted) => IdColumn::Column(named("id", wanted)?),
            None => match column("id").or_else(|| column("lead_id")) {
                Some(index) => IdColumn::Column(index),
                None => {
                    return Err(Failure::new(format!(
                        "{}:1: no column `id`; name it with --map id=COLUMN, or take the line number with \
                         --map id=@line (the columns are: {})",
                        table.name(),
                        table.header().join(", ")
                    )));
                }
            },
        };
        let mut columns = Vec::new();
        let mut unfilled = Vec::new();
        for (field, policy) in fields {
            let found = match mapping.get(field) {
                Some(wanted) => Some(named(field, wanted)?),
                None => column(field).or_else(|| policy.label.as_deref().and_then(column)),
            };
            match found {
                Some(column) => {
                    columns.push(FieldColumn { column, field: field.clone(), kind: policy.kind });
                }
                None => unfilled.push(field.clone()),
            }
        }
        let taken = |index: usize| {
            columns.iter().any(|column| column.column == index)
                || matches!(id, IdColumn::Column(column) if column == index)
        };
        let unused = table
            .header()
            .iter()
            .enumerate()
            .filter(|(index, name)| !name.is_empty() && !taken(*index))
            .map(|(_, name)| name.clone())
            .collect();
        Ok(Self {
            table,
            id,
            fields: columns,
            outcome: None,
            converter,
            seen: HashMap::new(),
            unused,
            unfilled,
        })
    }

    /// Also notes for every lead whether a column holds a value: what became of it, never an input to scores.
    ///
    /// # Errors
    /// If there is no such column, or if it fills a field of the playbook.
    pub fn watch(&mut self, column: &str, value: &str) -> Result<(), Failure> {
        let index = self
            .table
            .header()
            .iter()
            .position(|header| header == column)
            .ok_or_else(|| no_column(&self.table, &format!("--outcome {column}={value}"), column))?;
        if let Some(field) = self.fields.iter().find(|field| field.column == index) {
            return Err(Failure::new(format!(
                "--outcome {column}={value}: the column fills the field `{}`, so the score would know the outcome; \
                 take it out of the playbook",
                field.field
            )));
        }
        self.outcome = Some((index, value.to_owned()));
        Ok(())
    }

    /// Columns that no field takes.
    #[must_use]
    pub fn unused(&self) -> &[String] {
        &self.unused
    }

    /// Fields that no column fills.
    #[must_use]
    pub fn unfilled(&self) -> &[String] {
        &self.unfilled
    }

    /// The open file.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The next lead, or why its row cannot be used; `None` at the end.
    ///
    /// # Errors
    /// If the file cannot be read any further.
    pub fn next_lead(&mut self) -> Result<Option<Result<ReadLead, Rejected>>, Failure> {
        let Some(row) = self.table.next_row()? else { return Ok(None) };
        Ok(Some(row.and_then(|row| self.lead(row))))
    }

    fn lead(&mut self, row: Row) -> Result<ReadLead, Rejected> {
        let Row { line, cells } = row;
        let (column, id) = match self.id {
            IdColumn::Line => (None, format!("line-{line}")),
            IdColumn::Column(index) => {
                (Some(index), cells.get(index).map_or("", |cell| cell.trim()).to_owned())
            }
        };
        if id.is_empty() {
            return Err(self.table.reject(
                line,
                column,
                "the lead has no id",
                "give every lead its own id",
                cells,
            ));
        }
        if let Some(first) = self.seen.get(&id) {
            let message = format!("the id `{id}` was used on line {first} already");
            return Err(self.table.reject(line, column, message, "give every lead its own id", cells));
        }
        let mut lead = Lead::new(id.clone());
        for field in &self.fields {
            let cell = cells.get(field.column).map_or("", String::as_str);
            match self.converter.value(cell, field.kind) {
                Ok(Some(value)) => {
                    lead.fields.insert(field.field.clone(), value);
                }
                Ok(None) => {}
                Err((message, help)) => {
                    return Err(self.table.reject(line, Some(field.column), message, help, cells));
                }
            }
        }
        let outcome = self
            .outcome
            .as_ref()
            .is_some_and(|(index, wanted)| cells.get(*index).is_some_and(|cell| cell.trim() == wanted));
        self.seen.insert(id, line);
        Ok(ReadLead { line, row: cells, lead, outcome })
    }
}

fn no_column(table: &Table, flag: &str, wanted: &str) -> Failure {
    Failure::new(format!(
        "{}:1: no column `{wanted}` for {flag}; the columns are: {}",
        table.name(),
        table.header().join(", ")
    ))
}
