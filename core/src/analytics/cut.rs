//! Cutting leads into groups by the values of columns.

use std::collections::HashMap;

use super::reader::{Reader, text};
use super::rows::Rows;

/// Leads that share a value, or all of them.
pub(crate) struct Group {
    /// The column that they are cut by; `all` for everybody.
    pub(crate) cut: String,
    /// The value that they share; none where the cell is empty, and for everybody.
    pub(crate) value: Option<String>,
    /// Their rows.
    pub(crate) rows: Vec<usize>,
}

/// Everybody, then for each column its values, the most frequent first, equal ones by name, empty ones last.
pub(crate) fn groups(frame: &Rows, reader: &mut Reader<'_>, by: &[String]) -> Vec<Group> {
    let mut found = vec![Group { cut: "all".to_owned(), value: None, rows: (0..frame.height()).collect() }];
    for column in by {
        let mut values: HashMap<Option<String>, Vec<usize>> = HashMap::new();
        for (row, value) in reader.texts(column).into_iter().enumerate() {
            values.entry(value).or_default().push(row);
        }
        let mut cut: Vec<Group> =
            values.into_iter().map(|(value, rows)| Group { cut: column.clone(), value, rows }).collect();
        // The map's own order must not show.
        cut.sort_by(|a, b| {
            let key = |group: &Group| (group.value.is_none(), std::cmp::Reverse(group.rows.len()));
            key(a).cmp(&key(b)).then_with(|| a.value.cmp(&b.value))
        });
        found.extend(cut);
    }
    found
}

/// Rows of several tables that share their values of some columns.
pub(crate) struct Branch {
    /// The values, in the order of the columns.
    pub(crate) values: Vec<Option<String>>,
    /// For each table its rows.
    pub(crate) rows: Vec<Vec<usize>>,
}

/// Rows by the first columns of `by`, as many as `depth`: every row of every table is in one branch.
pub(crate) fn level(tables: &[(&Rows, usize)], by: &[String], depth: usize) -> Vec<Branch> {
    let cell = |frame: &Rows, column: &str, row: usize| {
        frame.column(column).and_then(|cells| cells.get(row)).and_then(text)
    };
    let mut index: HashMap<Vec<Option<String>>, usize> = HashMap::new();
    let mut branches: Vec<Branch> = Vec::new();
    for (table, (frame, height)) in tables.iter().enumerate() {
        for row in 0..*height {
            let values: Vec<Option<String>> =
                by.iter().take(depth).map(|column| cell(frame, column, row)).collect();
            let next = branches.len();
            let at = *index.entry(values.clone()).or_insert(next);
            if at == next {
                branches.push(Branch { values, rows: vec![Vec::new(); tables.len()] });
            }
            if let Some(rows) = branches.get_mut(at).and_then(|branch| branch.rows.get_mut(table)) {
                rows.push(row);
            }
        }
    }
    branches.sort_by(|a, b| a.values.cmp(&b.values));
    branches
}
