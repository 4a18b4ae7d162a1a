//! Cutting leads into groups by the values of columns.

use std::collections::HashMap;

use super::frame::Frame;
use super::reader::{Reader, text};

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
pub(crate) fn groups(frame: &Frame, reader: &mut Reader<'_>, by: &[String]) -> Vec<Group> {
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

/// Groups along several columns at once, level by level: everybody, by the first column, by the first two, and so on.
/// Each has its values; the groups of a level have every row exactly once.
pub(crate) fn levels(
    tables: &[(&Frame, usize)],
    by: &[String],
) -> Vec<Vec<(Vec<Option<String>>, Vec<Vec<usize>>)>> {
    let cell = |frame: &Frame, column: &str, row: usize| {
        frame.column(column).and_then(|cells| cells.get(row)).and_then(text)
    };
    (0..=by.len())
        .map(|depth| {
            let mut index: HashMap<Vec<Option<String>>, usize> = HashMap::new();
            let mut level: Vec<(Vec<Option<String>>, Vec<Vec<usize>>)> = Vec::new();
            for (table, (frame, height)) in tables.iter().enumerate() {
                for row in 0..*height {
                    let key: Vec<Option<String>> =
                        by.iter().take(depth).map(|column| cell(frame, column, row)).collect();
                    let next = level.len();
                    let at = *index.entry(key.clone()).or_insert(next);
                    if at == next {
                        level.push((key, vec![Vec::new(); tables.len()]));
                    }
                    if let Some(rows) = level.get_mut(at).and_then(|(_, tables)| tables.get_mut(table)) {
                        rows.push(row);
                    }
                }
            }
            level.sort_by(|a, b| a.0.cmp(&b.0));
            level
        })
        .collect()
}
