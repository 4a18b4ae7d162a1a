//! JSON Schema of the lead record and of the results, from the types: what other languages' types are made of.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use crate::api::{Duplicates, ReadCard, TablePlan, Unmerged};
use crate::assessment::Assessment;
use crate::base::diagnostic::Diagnostic;
#[cfg(feature = "routing")]
use crate::brief::Brief;
use crate::capture::{
    Account, Applied, Captured, Cleaner, Cleansed, Cleansing, Match, Permission, Tombstone,
};
use crate::columnar::{StateReport, TableOptions, TableReport};
#[cfg(feature = "routing")]
use crate::engine::{Rebalanced, Routed};
use crate::lead::record::Lead;
use crate::nurturing::{CloudEvent, Outcome};
#[cfg(feature = "routing")]
use crate::routing::Verification;
use crate::segment::{Members, Membership};
use crate::trust::{
    Lint, PlaybookDiff, Receipt, ReceiptCheck, TimedChange, Timeline, WhatWould, Why, WhyNot,
};

/// The schema of a lead record.
///
/// ```
/// assert_eq!(ikusei::lead_schema()["title"], "Lead");
/// ```
#[must_use]
pub fn lead_schema() -> Value {
    let mut schema = generator().into_root_schema_for::<Lead>().to_value();
    tidy(&mut schema);
    schema
}

/// The schema of what an engine answers: its `$defs` hold every type of result.
///
/// ```
/// assert!(ikusei::results_schema()["$defs"]["Assessment"].is_object());
/// ```
#[must_use]
pub fn results_schema() -> Value {
    fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
        generator.subschema_for::<T>();
    }

    let mut generator = generator();
    add::<Assessment>(&mut generator);
    add::<Membership>(&mut generator);
    add::<Members>(&mut generator);
    #[cfg(feature = "routing")]
    {
        add::<Routed>(&mut generator);
        add::<Verification>(&mut generator);
        add::<Rebalanced>(&mut generator);
        add::<Brief>(&mut generator);
    }
    add::<Diagnostic>(&mut generator);
    add::<Captured>(&mut generator);
    add::<Applied>(&mut generator);
    add::<Cleansed>(&mut generator);
    add::<Cleaner>(&mut generator);
    add::<Cleansing>(&mut generator);
    add::<Match>(&mut generator);
    add::<Unmerged>(&mut generator);
    add::<Duplicates>(&mut generator);
    add::<Account>(&mut generator);
    add::<Permission>(&mut generator);
    add::<Tombstone>(&mut generator);
    add::<ReadCard>(&mut generator);
    add::<Outcome>(&mut generator);
    add::<CloudEvent>(&mut generator);
    #[cfg(feature = "templates")]
    add::<crate::nurturing::Rendered>(&mut generator);
    #[cfg(feature = "simulation")]
    {
        add::<crate::nurturing::DiagramFormat>(&mut generator);
        add::<crate::nurturing::StepCounts>(&mut generator);
        add::<crate::simulation::LeadSimulation>(&mut generator);
        add::<crate::simulation::Simulated>(&mut generator);
    }
    add::<Timeline>(&mut generator);
    add::<TimedChange>(&mut generator);
    add::<Why>(&mut generator);
    add::<WhyNot>(&mut generator);
    add::<WhatWould>(&mut generator);
    add::<Receipt>(&mut generator);
    add::<ReceiptCheck>(&mut generator);
    add::<PlaybookDiff>(&mut generator);
    add::<crate::migration::Imported>(&mut generator);
    add::<Lint>(&mut generator);
    #[cfg(feature = "analytics")]
    add::<crate::analytics::Analysis>(&mut generator);
    add::<TableReport>(&mut generator);
    add::<StateReport>(&mut generator);
    add::<TablePlan>(&mut generator);
    let definitions = generator.take_definitions(true);
    let mut schema =
        json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": definitions });
    tidy(&mut schema);
    schema
}

/// The schema of what analyses and tables are asked: its `$defs` hold the arguments of each.
///
/// ```
/// assert!(ikusei::requests_schema()["$defs"]["AttributionRequest"].is_object());
/// ```
#[cfg(feature = "analytics")]
#[must_use]
pub fn requests_schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    crate::analytics::add_requests(&mut generator);
    #[cfg(feature = "simulation")]
    crate::simulation::add_requests(&mut generator);
    generator.subschema_for::<crate::trust::WhyNotOptions>();
    generator.subschema_for::<crate::trust::WhatWouldOptions>();
    generator.subschema_for::<crate::trust::CompareOptions>();
    generator.subschema_for::<TableOptions>();
    let definitions = generator.take_definitions(true);
    let mut schema =
        json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": definitions });
    tidy(&mut schema);
    schema
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().for_serialize().into_generator()
}

/// Descriptions are the documentation of Rust types: without the examples, which are in Rust, and without links.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(text) if key == "description" => *text = prose(text),
                    _ => tidy(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
}

fn prose(text: &str) -> String {
    let text = text.split("```").next().unwrap_or_default().trim_end();
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        plain.push_str(before);
        let Some((label, after)) = link.split_once(']') else {
            plain.push('[');
            rest = link;
            continue;
        };
        plain.push_str(label);
        rest = match after.strip_prefix('(').and_then(|target| target.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    plain + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "analytics")]
    #[test]
    fn the_shipped_schemas_are_those_of_the_types() {
        let shipped =
            [("lead", lead_schema()), ("results", results_schema()), ("requests", requests_schema())];
        for (file, schema) in shipped {
            let path = format!("{}/../schema/{file}.schema.json", env!("CARGO_MANIFEST_DIR"));
            let text = format!("{}\n", serde_json::to_string_pretty(&schema).unwrap());
            if std::env::var_os("IKUSEI_WRITE").is_some_and(|value| value == "1") {
                std::fs::write(&path, &text).unwrap();
            }
            let shipped = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(
                shipped == text,
                "the types changed: run this test with IKUSEI_WRITE=1 and commit {path}"
            );
        }
    }

    #[test]
    fn records_that_are_read_are_valid() {
        let validator = jsonschema::validator_for(&lead_schema()).unwrap();
        let full = json!({
            "id": "lead-1", "fields": { "industry": "製造業", "tags": ["a"], "size": 3, "more": { "x": null } },
            "identities": [{ "kind": "email", "value": "a@example.com", "verified": true }],
            "source": { "channel": "seminar" },
            "consent": { "email": { "status": "granted", "at": "2026-05-01T00:00:00Z" } },
            "activities": [{ "id": "e", "kind": "page_view", "at": "2026-05-01T00:00:00Z", "trust": "machine" }],
            "campaigns": [{ "campaign": "spring", "status": "invited", "at": "2026-05-01T00:00:00Z" }],
            "deals": [{ "id": "d", "stage": "won", "amount": "1 JPY", "at": "2026-05-01T00:00:00Z" }],
            "standing": { "overall": { "rank": "A", "since": "2026-05-01T00:00:00Z" } }
        });
        for (lead, valid) in [
            (full, true),
            (json!({ "id": "lead-1" }), true),
            (json!({ "fields": {} }), false),
            (json!({ "id": "lead-1", "feilds": {} }), false),
            (json!({ "id": "lead-1", "activities": [{ "id": "e", "at": "2026-05-01T00:00:00Z" }] }), false),
            (json!({ "id": "lead-1", "consent": { "email": { "status": "yes" } } }), false),
        ] {
            assert_eq!(Lead::from_json(&lead.to_string()).is_ok(), valid, "{lead}");
            assert_eq!(validator.is_valid(&lead), valid, "{lead}");
        }
    }

    #[test]
    fn results_are_valid() {
        let playbook = r#"{"ikusei": 1, "name": "demo", "fields": {"size": {"type": "integer"}},
            "activities": {"visit": {}},
            "scorecards": {"overall": {
                "rules": [{"id": "big", "when": "size >= 300", "points": 25}, {"id": "v", "on": "visit", "points": 5, "cap": 5}],
                "ranks": [{"rank": "A", "at_least": 20, "handling": "sales"}, {"rank": "C"}]}},
            "segments": {"hot": "rank.overall == \"A\" && size > 1", "odd": "1 / size > 0"}}"#;
        let engine = crate::Playbook::parse(playbook).unwrap().compile().unwrap();
        let lead = r#"{"id": "l", "fields": {"size": 0}, "activities": [
            {"id": "a", "kind": "visit", "at": "2026-05-01T00:00:00Z"}, {"id": "b", "kind": "visit", "at": "2026-05-01T00:00:00Z"}]}"#;
        let (lead, at) =
            (Lead::from_json(lead).unwrap(), "2026-05-02T00:00:00Z".parse::<crate::Instant>().unwrap());
        let valid = |name: &str, value: Value| {
            let mut schema = results_schema();
            schema["$ref"] = json!(format!("#/$defs/{name}"));
            let problems: Vec<_> = jsonschema::validator_for(&schema)
                .unwrap()
                .iter_errors(&value)
                .map(|error| error.to_string())
                .collect();
            assert!(problems.is_empty(), "{value}: {problems:?}");
        };
        let assessment = engine.assess(&lead, at).unwrap();
        assert!(!assessment.warnings.is_empty(), "a warning is among what is checked");
        valid("Assessment", serde_json::to_value(&assessment).unwrap());
        for membership in engine.prepare(&lead).unwrap().memberships(at).unwrap() {
            valid("Membership", serde_json::to_value(&membership).unwrap());
        }
        valid("Members", serde_json::to_value(engine.members("hot", [&lead], at).unwrap()).unwrap());
        let error = crate::Playbook::parse("{ikusei: 1, name: demo, feilds: {}}").unwrap_err();
        for diagnostic in error.diagnostics() {
            valid("Diagnostic", serde_json::to_value(diagnostic).unwrap());
        }
    }
}
