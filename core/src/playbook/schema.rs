//! JSON Schema of the playbook, from the types: what editors complete and check with.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The schema of a document of type `T`, with what the document layer adds: `extends` and `overlays`.
///
/// A document that extends another, and an overlay, may be partial: there no key is required, `null` removes a
/// key and `remove: true` an item. For these the definitions are written a second time, relaxed.
pub(crate) fn of<T: JsonSchema>() -> Value {
    let root = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value();
    let Value::Object(mut root) = root else { return root };
    let Some(Value::Object(mut defs)) = root.remove("$defs").or_else(|| Some(json!({}))) else {
        return json!({});
    };
    let mut schema = Map::new();
    for key in ["$schema", "title", "description"] {
        schema.extend(root.remove(key).map(|value| (key.to_owned(), value)));
    }
    let partial = Partial::of(&defs);
    let definitions: Map<String, Value> = defs
        .iter()
        .filter(|(name, _)| partial.0.contains(name.as_str()))
        .map(|(name, definition)| (format!("{name}{SUFFIX}"), partial.relaxed(definition)))
        .collect();
    let overlay = partial.relaxed(&Value::Object(root.clone()));
    let mut extending = overlay.clone();
    add_document_keys(&mut root);
    if let Value::Object(extending) = &mut extending {
        add_document_keys(extending);
        extending.insert("required".to_owned(), json!(["extends"]));
    }
    defs.extend(definitions);
    defs.insert("Whole".to_owned(), Value::Object(root));
    defs.insert("Extending".to_owned(), extending);
    defs.insert("Overlay".to_owned(), overlay);
    defs.sort_keys();
    schema.insert("if".to_owned(), json!({ "type": "object", "required": ["extends"] }));
    schema.insert("then".to_owned(), json!({ "$ref": "#/$defs/Extending" }));
    schema.insert("else".to_owned(), json!({ "$ref": "#/$defs/Whole" }));
    schema.insert("$defs".to_owned(), Value::Object(defs));
    Value::Object(schema)
}

fn add_document_keys(document: &mut Map<String, Value>) {
    if let Some(Value::Object(properties)) = document.get_mut("properties") {
        properties.insert(
            "extends".to_owned(),
            json!({
                "description": "name of the document, or names of the documents, that this one is laid over",
                "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" } }]
            }),
        );
        properties.insert(
            "overlays".to_owned(),
            json!({
                "description": "partial documents by id, laid over this one where the caller asks for them",
                "type": "object",
                "additionalProperties": { "$ref": "#/$defs/Overlay" }
            }),
        );
    }
}

/// The suffix of relaxed definitions.
const SUFFIX: &str = "Partial";

/// The definitions that differ when they are relaxed: those with keys, and those that refer to one.
struct Partial(BTreeSet<String>);

impl Partial {
    fn of(defs: &Map<String, Value>) -> Self {
        let texts: Vec<(&String, String)> =
            defs.iter().map(|(name, schema)| (name, schema.to_string())).collect();
        let mut names = BTreeSet::new();
        loop {
            let known = names.len();
            for (name, text) in &texts {
                let refers = |other: &String| text.contains(&format!("\"#/$defs/{other}\""));
                if text.contains("\"properties\":") || names.iter().any(refers) {
                    names.insert((*name).clone());
                }
            }
            if names.len() == known {
                return Self(names);
            }
        }
    }

    /// The schema of a part of a document: no key required, `null` for every key, `remove` beside every `id`.
    fn relaxed(&self, schema: &Value) -> Value {
        let Value::Object(schema) = schema else { return schema.clone() };
        let mut relaxed = Map::new();
        for (key, value) in schema {
            let value = match (key.as_str(), value) {
                ("required", _) => continue,
                ("$ref", Value::String(target)) => {
                    let name = target.trim_start_matches("#/$defs/");
                    let suffix = if self.0.contains(name) { SUFFIX } else { "" };
                    Value::String(format!("{target}{suffix}"))
                }
                ("properties", Value::Object(properties)) => self.keys(properties),
                ("additionalProperties", Value::Object(_)) => self.removable(value),
                ("items", _) => self.relaxed(value),
                ("anyOf" | "oneOf" | "allOf", Value::Array(forms)) => {
                    forms.iter().map(|form| self.form(form)).collect()
                }
                _ => value.clone(),
            };
            relaxed.insert(key.clone(), value);
        }
        Value::Object(relaxed)
    }

    fn keys(&self, properties: &Map<String, Value>) -> Value {
        let mut keys: Map<String, Value> =
            properties.iter().map(|(name, property)| (name.clone(), self.removable(property))).collect();
        if let Some(id) = properties.get("id") {
            keys.insert("id".to_owned(), id.clone());
            let remove = json!({ "description": "takes the item with this id out", "const": true });
            keys.insert("remove".to_owned(), remove);
        }
        Value::Object(keys)
    }

    /// One of several forms: its required key is what tells it from the others.
    fn form(&self, schema: &Value) -> Value {
        let mut form = self.relaxed(schema);
        if let (Value::Object(form), Some(required)) = (&mut form, schema.get("required")) {
            form.insert("required".to_owned(), required.clone());
        }
        form
    }

    fn removable(&self, schema: &Value) -> Value {
        let relaxed = self.relaxed(schema);
        let null = |schema: &Value| schema == "null" || schema.get("type").is_some_and(|kind| kind == "null");
        let nullable = ["type", "anyOf"].iter().any(|key| {
            relaxed.get(key).and_then(Value::as_array).is_some_and(|choices| choices.iter().any(null))
        });
        if nullable { relaxed } else { json!({ "anyOf": [relaxed, { "type": "null" }] }) }
    }
}

#[cfg(test)]
#[cfg(feature = "yaml")]
mod tests {
    use std::fmt::Write as _;

    use super::super::node::canonical_json;
    use super::super::tests::{Document as Small, tree};
    use super::super::{Document, playbook_schema};
    use super::*;

    /// Bodies that are read and validated otherwise than said; shape only, not what they mean.
    fn disagreements<T: serde::de::DeserializeOwned + JsonSchema>(bodies: &[(&str, bool)]) -> String {
        let validator = jsonschema::validator_for(&of::<T>()).unwrap();
        let mut wrong = String::new();
        for (body, good) in bodies {
            let mut tree = tree(&format!("ikusei: 1\nname: a\n{body}"));
            let value: Value = serde_json::from_str(&canonical_json(&tree.root)).unwrap();
            let (decodes, validates) = (tree.decode::<T>().1.is_empty(), validator.is_valid(&value));
            if (decodes, validates) != (*good, *good) {
                let _ = writeln!(wrong, "{body}: decodes {decodes}, validates {validates}");
            }
        }
        wrong
    }

    #[test]
    fn the_schema_of_playbooks_agrees_with_reading_them() {
        let card = |body: &str| format!("scorecards: {{ overall: {{ {body} }} }}");
        let good = [
            "rules: [{ id: a, points: 1 }, { id: b, points: 'size * 2', on: [x, y], per: { day: 3 }, within: 90d }]",
            "rules: [{ id: a, points: { by: size, bands: { '50': 10 }, default: -1.5 } }]",
            "rules: [{ id: a, points: 1, on: x, decay: { half_life: 30d }, cap: 30, group: g, per: week }]",
            "about: { product: p }, groups: { g: { max: 30 } }, min: -10, max: 100, hot: [A]",
            "ranks: [{ rank: A, at_least: 80, keep: { margin: 10, for: 3d }, handling: sales }]",
            "ranks: [{ rank: B, handling: { by: sales, how: high_touch } }]",
            "matrix: { fit: [{ grade: g }], engagement: [{ level: l, at_least: 1 }], ranks: { g: { l: A } } }",
            "probability: { intercept: -4, per_point: 0.05 }, disqualify: [{ id: a, when: x }]",
        ];
        let bad = [
            "rules: [{ id: a }]",
            "rules: [{ id: a, points: [1] }]",
            "rules: [{ id: a, points: { bands: {} } }]",
            "rules: [{ id: a, points: { by: size, bans: {} } }]",
            "rules: [{ id: a, points: 1, on: 5 }]",
            "rules: [{ id: a, points: 1, per: fortnight }]",
            "rules: [{ id: a, points: 1, per: { day: -1 } }]",
            "rules: [{ id: a, points: 1, decay: 30d }]",
            "rules: [{ id: a, points: 1, within: 30 }]",
            "about: p",
            "about: { product: p, interest: q }",
            "groups: { g: 30 }",
            "hot: A",
            "ranks: [{ at_least: 80 }]",
            "ranks: [{ rank: A, handling: robots }]",
            "ranks: [{ rank: A, handling: { by: sales } }]",
            "ranks: [{ rank: A, keep: { for: 3 } }]",
            "matrix: { fit: [], engagement: [] }",
            "probability: { intercept: x, per_point: 1 }",
        ];
        let mut bodies: Vec<(String, bool)> = good.iter().map(|body| (card(body), true)).collect();
        bodies.extend(bad.iter().map(|body| (card(body), false)));
        let bodies: Vec<(&str, bool)> = bodies.iter().map(|(body, good)| (body.as_str(), *good)).collect();
        assert_eq!(disagreements::<Document>(&bodies), "");
        let others = [
            ("timezone: Asia/Tokyo", true),
            ("segments: { a: 'x == 1' }", true),
            ("segments: { a: { when: x, include: [l], order: { ascending: y }, limit: 5 } }", true),
            ("segments: { a: [x] }", false),
            ("segments: { a: { order: up } }", false),
            ("segments: { a: { limit: -1 } }", false),
            ("timezone: 9", false),
        ];
        assert_eq!(disagreements::<Document>(&others), "");
    }

    #[test]
    fn the_schema_accepts_and_refuses_what_reading_does() {
        let bodies = [
            ("", true),
            ("fields: { a: { type: text, label: x, values: [b], identity: company } }", true),
            ("fields: { a: { type: txt } }", false),
            ("fields: { a: {} }", false),
            ("fields: { a: { type: text, more: 1 } }", false),
            ("fields: [a]", false),
            ("feilds: {}", false),
            ("activities: { a: { channel: web, properties: { b: integer } } }", true),
            ("activities: { a: { properties: { b: whole } } }", false),
            ("activities: { a: null }", false),
            (
                "rules: [{ id: a, points: -1.5, within: 1d12h, budget: 10.50 JPY, share: 255, weight: 2, when: ~ }]",
                true,
            ),
            ("rules: [{ id: a, points: 1, share: 3.0 }]", true),
            ("rules: [{ id: a, points: 1, share: 3.5 }]", false),
            ("rules: [{ id: a, points: 1, share: 256 }]", false),
            ("rules: [{ id: a, points: 1, share: -1 }]", false),
            ("rules: [{ id: a, points: '1' }]", false),
            ("rules: [{ id: a, points: 10000000000 }]", false),
            ("rules: [{ id: a, points: 1, within: 12 }]", false),
            ("rules: [{ id: a, points: 1, within: 1h1d }]", false),
            ("rules: [{ id: a, points: 1, budget: 10 }]", false),
            ("rules: [{ id: a, points: 1, weight: x }]", false),
            ("rules: [{ id: a, points: 1, period: [a, b] }]", true),
            ("rules: [{ id: a, points: 1, period: [a] }]", false),
            ("rules: [{ id: a, points: 1, period: [a, b, c] }]", false),
            ("rules: [{ points: 1 }]", false),
            ("rules: { id: a }", false),
            ("steps: [stop, send: { template: a }, wait: { until: b }]", true),
            ("steps: [send]", false),
            ("steps: [halt]", false),
            ("steps: [{}]", false),
            ("steps: [{ send: { template: a }, wait: { until: b } }]", false),
            ("steps: [send: { template: 5 }]", false),
        ];
        assert_eq!(disagreements::<Small>(&bodies), "");
    }

    #[test]
    fn partial_documents_are_checked_too() {
        // Overlays and extending documents are partial; their trees do not keep these keys, so they are checked as JSON.
        let validator = jsonschema::validator_for(&of::<Small>()).unwrap();
        let accepts = |value: Value| validator.is_valid(&value);
        let rules = json!([{ "id": "a", "remove": true }, { "id": "b", "within": "3d" }, { "id": "c", "when": null }]);
        assert!(accepts(
            json!({ "extends": ["x"], "rules": rules, "fields": { "a": null, "b": { "label": "c" } } })
        ));
        assert!(accepts(json!({ "ikusei": 1, "name": "a", "overlays": { "o": { "rules": rules } } })));
        assert!(!accepts(json!({ "extends": "x", "rules": [{ "id": "a", "pionts": 1 }] })));
        assert!(!accepts(json!({ "extends": 5 })));
        assert!(!accepts(json!({ "name": "a" })));
        assert!(!accepts(json!({ "ikusei": 1, "name": "a", "rules": rules })));
        assert!(!accepts(json!({ "ikusei": 1, "name": "a", "overlays": { "o": { "extends": "x" } } })));
        assert!(!accepts(json!({ "ikusei": 1, "name": "a", "overlays": { "o": { "steps": ["halt"] } } })));
    }

    #[test]
    fn the_shipped_schema_is_that_of_the_types() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../schema/playbook.schema.json");
        let text = format!("{}\n", serde_json::to_string_pretty(&playbook_schema()).unwrap());
        if std::env::var_os("IKUSEI_WRITE").is_some_and(|value| value == "1") {
            std::fs::write(path, &text).unwrap();
        }
        let shipped = std::fs::read_to_string(path).unwrap_or_default();
        assert!(shipped == text, "the types changed: run this test with IKUSEI_WRITE=1 and commit {path}");
    }
}
