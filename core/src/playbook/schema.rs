//! JSON Schema of the playbook, from the types: what editors complete and check with.

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
    let mut partial = Map::new();
    for (name, definition) in &defs {
        partial.insert(format!("{name}{PARTIAL}"), relaxed(definition));
    }
    let overlay = relaxed(&Value::Object(root.clone()));
    let mut extending = overlay.clone();
    add_document_keys(&mut root);
    if let Value::Object(extending) = &mut extending {
        add_document_keys(extending);
        extending.insert("required".to_owned(), json!(["extends"]));
    }
    defs.extend(partial);
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

/// The suffix of relaxed definitions.
const PARTIAL: &str = "Partial";

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

/// The schema of a part of a document: no key required, `null` for every key, `remove` beside every `id`.
fn relaxed(schema: &Value) -> Value {
    let Value::Object(schema) = schema else { return schema.clone() };
    let mut relaxed_schema = Map::new();
    for (key, value) in schema {
        let value = match (key.as_str(), value) {
            ("required", _) => continue,
            ("$ref", Value::String(target)) => Value::String(format!("{target}{PARTIAL}")),
            ("properties", Value::Object(properties)) => {
                let mut properties: Map<String, Value> =
                    properties.iter().map(|(name, property)| (name.clone(), removable(property))).collect();
                if let Some(id) = schema.get("properties").and_then(|properties| properties.get("id")) {
                    properties.insert("id".to_owned(), id.clone());
                    properties.insert(
                        "remove".to_owned(),
                        json!({ "description": "takes the item with this id out", "const": true }),
                    );
                }
                Value::Object(properties)
            }
            ("additionalProperties", Value::Object(_)) => removable(value),
            ("items", _) => relaxed(value),
            ("anyOf" | "oneOf" | "allOf", Value::Array(choices)) => choices.iter().map(choice).collect(),
            _ => value.clone(),
        };
        relaxed_schema.insert(key.clone(), value);
    }
    Value::Object(relaxed_schema)
}

/// One of several forms: its required key is what tells it from the others.
fn choice(schema: &Value) -> Value {
    let mut form = relaxed(schema);
    if let (Value::Object(form), Some(required)) = (&mut form, schema.get("required")) {
        form.insert("required".to_owned(), required.clone());
    }
    form
}

fn removable(schema: &Value) -> Value {
    json!({ "anyOf": [relaxed(schema), { "type": "null" }] })
}
