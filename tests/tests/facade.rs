//! What only a binding's author can do wrong: the public faces of the other languages have no words for it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what cannot be set up fails the test")]

use ikusei::{Engine, Playbook, api};
use serde_json::{Value, json};

fn engine() -> Engine {
    Playbook::parse("ikusei: 1\nname: t\nfields: { n: { type: integer } }").unwrap().compile().unwrap()
}

fn refusal(method: &str, args: &Value) -> Value {
    let envelope: Value =
        serde_json::from_str(&api::call_engine(&engine(), method, &args.to_string())).unwrap();
    let error = &envelope["error"];
    assert_eq!(error["kind"], "call");
    assert_eq!(error["diagnostics"].as_array().unwrap().len(), 1);
    error["diagnostics"][0].clone()
}

#[test]
fn a_method_that_an_engine_does_not_have() {
    assert_eq!(
        refusal("asses", &json!({})),
        json!({
            "code": "IK0601",
            "severity": "error",
            "message": "an engine has no method `asses`",
            "help": "did you mean `assess`?",
            "suggestion": { "replace_with": "assess" },
        })
    );
}

#[test]
fn an_argument_that_is_missing() {
    assert_eq!(
        refusal("assess", &json!({ "lead": { "id": "a" } })),
        json!({
            "code": "IK0601",
            "severity": "error",
            "message": "arguments that the call does not take: missing key `at`",
            "help": "add `at`",
        })
    );
}

#[test]
fn an_argument_that_the_method_does_not_take() {
    let args = json!({ "lead": { "id": "a" }, "at": "2026-06-01T00:00:00Z", "legder": true });
    assert_eq!(
        refusal("assess", &args),
        json!({
            "code": "IK0601",
            "severity": "error",
            "message": "arguments that the call does not take: unknown key `legder`",
            "help": "did you mean `ledger`?",
            "suggestion": { "replace_with": "ledger" },
        })
    );
    let args = json!({ "lead": { "id": "a" }, "at": "2026-06-01T00:00:00Z", "colour": true });
    let help = "the documentation of `api` lists what each method takes";
    assert_eq!(refusal("assess", &args)["help"], help);
}

#[test]
fn a_table_with_a_row_missing_and_a_capture_of_nothing() {
    let args = json!({ "level": "company", "columns": ["n"], "ids": ["1"], "rows": [] });
    let message = "`rows` does not have a row for each id, with a value for each column";
    assert_eq!(refusal("dedupe", &args)["message"], message);
    let args = json!({ "mapping": "m", "at": "2026-06-01T00:00:00Z" });
    assert_eq!(refusal("capture", &args)["message"], "a capture takes one of `text`, `payload` and `row`");
    let args = json!({ "lead": { "id": "a" }, "trust": "machine" });
    assert_eq!(refusal("reclassify", &args)["message"], "`activities` and `trust` go together");
}
