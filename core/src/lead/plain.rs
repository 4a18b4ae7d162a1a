//! The quick way from JSON text to facts, for a lead that has nothing but its id and fields: no record is made, and
//! texts are borrowed from the document. Whatever is out of the ordinary is refused without a reason; the record's own
//! reading says it.

use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};

use crate::lead::facts::{Cell, Text, scalar};
use crate::lead::model::{FieldType, Model};
use crate::lead::value::{Value, number};

/// A lead that is its id and its fields.
pub(crate) struct Plain<'a> {
    pub(crate) id: String,
    /// One cell per declared field, in order.
    pub(crate) cells: Box<[Cell<'a>]>,
}

impl<'a> Plain<'a> {
    /// Reads the text; `None` for a lead that has more, is malformed, or has a value of another type than declared.
    pub(crate) fn read(model: &Model, text: &'a str) -> Option<Self> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let plain = Document(model).deserialize(&mut deserializer).ok()?;
        deserializer.end().ok()?;
        Some(plain)
    }
}

struct Document<'m>(&'m Model);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = Plain<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Plain<'de>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = Plain<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a lead")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Plain<'de>, A::Error> {
        let (mut id, mut cells) = (None, None);
        while let Some(key) = entries.next_key::<&str>()? {
            match key {
                "id" if id.is_none() => id = Some(entries.next_value::<String>()?),
                "fields" if cells.is_none() => cells = Some(entries.next_value_seed(Fields(self.0))?),
                _ => return Err(out_of_the_ordinary()),
            }
        }
        let empty = || vec![Cell::Null; self.0.fields().len()].into_boxed_slice();
        Ok(Plain { id: id.ok_or_else(out_of_the_ordinary)?, cells: cells.unwrap_or_else(empty) })
    }
}

struct Fields<'m>(&'m Model);

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = Box<[Cell<'de>]>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = Box<[Cell<'de>]>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let model = self.0;
        let mut cells = vec![Cell::Null; model.fields().len()].into_boxed_slice();
        let mut place = 0;
        while let Some(name) = entries.next_key::<&str>()? {
            // Most records have their fields in the order of the declaration.
            let here = model.field_at(place).filter(|(known, _)| *known == name);
            let found = here.map(|(_, policy)| (place, policy)).or_else(|| model.field(name));
            let Some((index, policy)) = found else {
                entries.next_value::<Value>()?;
                continue;
            };
            let cell = entries.next_value_seed(Scalar { model, kind: policy.kind })?;
            if let Some(slot) = cells.get_mut(index) {
                *slot = cell;
            }
            place = index + 1;
        }
        Ok(cells)
    }
}

/// Reads a value of a declared field.
struct Scalar<'m> {
    model: &'m Model,
    kind: FieldType,
}

impl Scalar<'_> {
    fn cell<'a, E: Error>(&self, value: Cell<'a>) -> Result<Cell<'a>, E> {
        scalar(value, self.kind).ok_or_else(out_of_the_ordinary)
    }
}

impl<'de> DeserializeSeed<'de> for Scalar<'_> {
    type Value = Cell<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Cell<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Scalar<'_> {
    type Value = Cell<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a single value")
    }

    fn visit_unit<E: Error>(self) -> Result<Cell<'de>, E> {
        Ok(Cell::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Cell<'de>, E> {
        self.cell(Cell::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Cell<'de>, E> {
        self.cell(Cell::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Cell<'de>, E> {
        self.cell(Cell::Int(i64::try_from(value).map_err(|_| out_of_the_ordinary())?))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Cell<'de>, E> {
        match number(value) {
            Some(Value::Int(whole)) => self.cell(Cell::Int(whole)),
            Some(Value::Float(value)) => self.cell(Cell::Float(value)),
            _ => Err(out_of_the_ordinary()),
        }
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Cell<'de>, E> {
        self.cell(Cell::Text(Text { text, symbol: self.model.symbol(text) }))
    }
}

fn out_of_the_ordinary<E: Error>() -> E {
    E::custom("out of the ordinary")
}

#[cfg(test)]
mod tests {
    use crate::lead::facts::Facts;
    use crate::lead::plain::Plain;
    use crate::lead::record::Lead;
    use crate::playbook::Playbook;

    const FIELDS: &str = r#"{ "name": { "type": "text" }, "size": { "type": "integer" }, "rate": { "type": "number" },
        "known": { "type": "boolean" }, "since": { "type": "date" }, "seen": { "type": "timestamp" },
        "tags": { "type": "set" } }"#;

    #[test]
    fn what_is_read_quickly_is_what_the_record_says() {
        let playbook = format!(r#"{{ "ikusei": 1, "name": "demo", "fields": {FIELDS} }}"#);
        let engine = Playbook::parse(&playbook).unwrap().compile().unwrap();
        let model = &engine.compiled.model;
        for (fields, quick) in [
            (r#"{ "name": "東京", "size": 300, "rate": 0.5, "known": true }"#, true),
            (
                r#"{ "size": 300.0, "rate": 3, "since": "2026-05-01", "seen": "2026-05-01T09:00:00+09:00" }"#,
                true,
            ),
            (r#"{ "rate": 1e300, "other": { "x": [1] }, "name": null, "size": -1 }"#, true),
            (r#"{ "rate": 1, "rate": 2, "size": 9007199254740992.0 }"#, true),
            (
                r#"{ "name": "a
b" }"#,
                false,
            ),
            (r#"{ "tags": ["a"] }"#, false),
            (r#"{ "size": 0.5 }"#, false),
            (r#"{ "size": 18446744073709551615 }"#, false),
            (r#"{ "since": "2026-02-30" }"#, false),
            (r#"{ "name": 1 }"#, false),
            (r#"{ "other": { "x": 1, "x": 2 } }"#, false),
        ] {
            let text = format!(r#"{{ "id": "l", "fields": {fields} }}"#);
            let plain = Plain::read(model, &text);
            assert_eq!(plain.is_some(), quick, "{text}");
            if let Some(plain) = plain {
                let lead = Lead::from_json(&text).unwrap();
                let facts = Facts::read(model, &lead).unwrap();
                assert_eq!((plain.id.as_str(), &plain.cells), ("l", &facts.fields), "{text}");
            }
        }
    }

    #[test]
    fn whatever_has_more_is_not_read_quickly() {
        let engine = Playbook::parse(r#"{ "ikusei": 1, "name": "demo" }"#).unwrap().compile().unwrap();
        let model = &engine.compiled.model;
        assert!(Plain::read(model, r#"{ "fields": {}, "id": "l" }"#).is_some());
        for text in [
            "{}",
            r#"{ "id": 1 }"#,
            r#"{ "id": "l", "id": "m" }"#,
            r#"{ "id": "l", "fields": null }"#,
            r#"{ "id": "l", "activities": [] }"#,
            r#"{ "id": "l", "feilds": {} }"#,
            r#"{ "id": "l" } x"#,
        ] {
            assert!(Plain::read(model, text).is_none(), "{text}");
        }
    }
}
