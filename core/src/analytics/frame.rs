//! Tables that come in: a list of rows, or an object of columns.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::table::Cell;

/// A table that came in; every column is as long as the table is high.
#[derive(Debug, Clone, Default)]
pub(crate) struct Frame {
    columns: Vec<(String, Vec<Cell>)>,
    height: usize,
}

impl Frame {
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

impl<'de> Deserialize<'de> for Frame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FrameVisitor;

        impl<'de> Visitor<'de> for FrameVisitor {
            type Value = Frame;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table: a list of rows, or an object of columns")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Frame, A::Error> {
                let mut frame = Frame::default();
                while rows.next_element_seed(Row(&mut frame))?.is_some() {
                    frame.end_row();
                }
                Ok(frame.level())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Frame, A::Error> {
                let mut frame = Frame::default();
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

        struct Row<'f>(&'f mut Frame);

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

        deserializer.deserialize_any(FrameVisitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Frame {
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
