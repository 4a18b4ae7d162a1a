//! Tables that come in: a list of rows, or an object of columns.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::table::Cell;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;

/// A table that comes in: of one's own structs, of columns, or (with the feature `arrow`) of record batches.
///
/// ```
/// use ikusei::analytics::{FunnelRequest, Rows, funnel};
///
/// #[derive(serde::Serialize)]
/// struct Lead { entered: &'static str, won: Option<&'static str> }
///
/// let leads = [
///     Lead { entered: "2026-05-01", won: Some("2026-05-15") },
///     Lead { entered: "2026-05-02", won: None },
/// ];
/// let found = funnel(&FunnelRequest {
///     leads: Rows::of(&leads)?,
///     stages: vec!["entered".to_owned(), "won".to_owned()],
///     ..FunnelRequest::default()
/// })?;
/// assert_eq!(found.tables[0].get(1, "rate").and_then(|rate| rate.as_f64()), Some(0.5));
/// # Ok::<(), ikusei::Error>(())
/// ```
// INVARIANT: every column is as long as the table is high.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    columns: Vec<(String, Vec<Cell>)>,
    height: usize,
}

impl Rows {
    /// The rows of structs or maps, a column for every name.
    ///
    /// # Errors
    /// `IK1001` for a row that is no struct or map, or holds more than texts, numbers, booleans and nothing.
    pub fn of<R: Serialize>(rows: &[R]) -> Result<Self, Error> {
        let told = |error: serde_json::Error| {
            let diagnostic = Diagnostic::error(Code::BadTable, format!("rows that make no table: {error}"));
            Error::call(diagnostic.with_help("give structs or maps of texts, numbers and booleans"))
        };
        serde_json::from_str(&serde_json::to_string(rows).map_err(told)?).map_err(told)
    }

    /// The same with one more column.
    ///
    /// # Errors
    /// `IK1001` if it is not as long as the others.
    pub fn with_column(mut self, name: impl Into<String>, cells: Vec<Cell>) -> Result<Self, Error> {
        let name = name.into();
        if !self.columns.is_empty() && cells.len() != self.height {
            let message =
                format!("the column `{name}` has {} cells, the others {}", cells.len(), self.height);
            let diagnostic = Diagnostic::error(Code::BadTable, message);
            return Err(Error::call(diagnostic.with_help("give every column a cell for every row")));
        }
        self.height = cells.len();
        self.columns.retain(|(known, _)| *known != name);
        self.columns.push((name, cells));
        Ok(self)
    }

    pub(crate) fn height(&self) -> usize {
        self.height
    }

    pub(crate) fn column(&self, name: &str) -> Option<&[Cell]> {
        self.columns.iter().find(|(held, _)| held == name).map(|(_, cells)| cells.as_slice())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// Fills the empty cells of a column; makes the column where there is none.
    pub(crate) fn fill(&mut self, name: &str, value: impl Fn(usize) -> Cell) {
        let at = self.columns.iter().position(|(held, _)| held == name).unwrap_or_else(|| {
            self.columns.push((name.to_owned(), vec![Cell::Empty; self.height]));
            self.columns.len() - 1
        });
        for (row, cell) in self.columns.get_mut(at).into_iter().flat_map(|(_, cells)| cells).enumerate() {
            let empty = matches!(cell, Cell::Empty) || matches!(cell, Cell::Text(text) if text.is_empty());
            if empty {
                *cell = value(row);
            }
        }
    }

    /// Puts a value into the row that is being read; `hint` is where the column was in the row before.
    fn put(&mut self, hint: usize, name: &str, cell: Cell) {
        let at = match self.columns.get(hint) {
            Some((held, _)) if held == name => hint,
            _ => self.columns.iter().position(|(held, _)| held == name).unwrap_or_else(|| {
                self.columns.push((name.to_owned(), Vec::new()));
                self.columns.len() - 1
            }),
        };
        if let Some((_, cells)) = self.columns.get_mut(at) {
            // The last of two values with one name, as in JSON everywhere.
            cells.resize(self.height, Cell::Empty);
            cells.push(cell);
        }
    }

    fn end_row(&mut self) {
        self.height += 1;
    }

    fn level(mut self) -> Self {
        let height = self.height;
        self.columns.iter_mut().for_each(|(_, cells)| cells.resize(height, Cell::Empty));
        self
    }
}

/// As an object of columns, which reads as the same table.
impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.columns.iter().map(|(name, cells)| (name, cells)))
    }
}

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RowsVisitor;

        impl<'de> Visitor<'de> for RowsVisitor {
            type Value = Rows;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table: a list of rows, or an object of columns")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Rows, A::Error> {
                let mut frame = Rows::default();
                while rows.next_element_seed(Row(&mut frame))?.is_some() {
                    frame.end_row();
                }
                Ok(frame.level())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rows, A::Error> {
                let mut frame = Rows::default();
                while let Some((name, cells)) = map.next_entry::<String, Vec<Cell>>()? {
                    if frame.columns.first().is_some_and(|(_, first)| first.len() != cells.len()) {
                        let told = format_args!("the column `{name}` is not as long as the first one");
                        return Err(de::Error::custom(told));
                    }
                    frame.height = cells.len();
                    frame.columns.push((name, cells));
                }
                Ok(frame)
            }
        }

        struct Row<'f>(&'f mut Rows);

        impl<'de> DeserializeSeed<'de> for Row<'_> {
            type Value = ();

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_map(self)
            }
        }

        impl<'de> Visitor<'de> for Row<'_> {
            type Value = ();

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a row: an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
                let mut hint = 0;
                while let Some(name) = map.next_key::<std::borrow::Cow<'_, str>>()? {
                    self.0.put(hint, &name, map.next_value()?);
                    hint += 1;
                }
                Ok(())
            }
        }

        deserializer.deserialize_any(RowsVisitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Rows {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rows".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let cell = generator.subschema_for::<Cell>();
        schemars::json_schema!({
            "anyOf": [
                { "type": "array", "items": { "type": "object", "additionalProperties": cell } },
                { "type": "object", "additionalProperties": { "type": "array", "items": cell } }
            ],
            "description": "A table: a list of rows, or an object of columns."
        })
    }
}
