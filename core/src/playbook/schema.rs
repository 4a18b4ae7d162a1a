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
