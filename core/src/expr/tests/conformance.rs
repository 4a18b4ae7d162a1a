//! The public conformance cases of CEL, as far as they lie in the subset.
//!
//! A case is left out only by a rule about a feature (`left_out`), and the number of cases per reason is asserted
//! as well as the number of those that pass: neither a failure nor a broken reader can hide.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::map::Map;

use super::super::*;
use super::textproto::{Field, Message, read};
use crate::lead::model::FieldPolicy;
use crate::lead::record::Lead;
use crate::lead::value::Value as Plain;

const FILES: [&str; 13] = [
    "basic",
    "comparisons",
    "conversions",
    "fields",
    "fp_math",
    "integer_math",
    "lists",
    "logic",
    "macros",
    "macros2",
    "parse",
    "string",
    "timestamps",
];

#[test]
fn public_cases_of_the_subset_pass() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/cel");
    if !folder.is_dir() {
        println!("skipped: the conformance cases are not there ({})", folder.display());
        return;
    }
    let (mut passed, mut failures) = (0, Vec::new());
    let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
    for file in FILES {
        let text = std::fs::read_to_string(folder.join(format!("{file}.textproto"))).unwrap();
        let document = read(&text);
        for section in document.all("section") {
            for case in section.all("test") {
                let name = format!("{file}/{}/{}", section.text("name"), case.text("name"));
                match run(case) {
                    Outcome::Passed => passed += 1,
                    Outcome::LeftOut(reason) => *left_out.entry(reason).or_default() += 1,
                    Outcome::Failed(why) => {
                        failures.push(format!("{name}: {}\n    {why}", case.text("expr")))
                    }
                }
            }
        }
    }
    println!("{passed} passed; left out: {left_out:#?}");
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
    let counted: Vec<(&str, usize)> =
        left_out.iter().map(|(reason, count)| (reason.as_str(), *count)).collect();
    assert_eq!((passed, counted), (PASSED, LEFT_OUT.to_vec()));
}

/// How many cases pass, of the 1,219 that there are.
const PASSED: usize = 702;

/// How many are left out, by reason; `IK0209` is the answer of the compiler itself.
const LEFT_OUT: [(&str, usize); 19] = [
    ("IK0209, `all` with two variables is not part of the expressions here", 10),
    ("IK0209, `existsOne` is not part of the expressions here", 9),
    ("IK0209, `exists` with two variables is not part of the expressions here", 11),
    ("IK0209, `transformList` is not part of the expressions here", 8),
    ("IK0209, `transformMap` is not part of the expressions here", 8),
    ("IK0209, `type` is not part of the expressions here", 5),
    ("IK0209, `uint` is not part of the expressions here", 3),
    ("IK0209, byte strings are not part of the expressions here", 27),
    ("IK0209, unsigned numbers are not part of the expressions here", 145),
    ("asks for evaluation of what the checker refuses", 25),
    ("binds a name to a map, a message or mixed values", 12),
    ("binds a name with dots", 5),
    ("durations beyond 292 years: no overflow here", 2),
    ("finer than microseconds", 6),
    ("gives an unsigned number or bytes", 103),
    ("orders null: false here, where CEL fails", 5),
    ("protobuf messages", 101),
    ("rounds a whole number before comparing it with a float: compared exactly here", 8),
    ("types as values", 24),
];

enum Outcome {
    Passed,
    LeftOut(String),
    Failed(String),
}

fn run(case: &Message) -> Outcome {
    let source = case.text("expr");
    if let Some(reason) = left_out(case, &source) {
        return Outcome::LeftOut(reason.to_owned());
    }
    let mut fields: Map<String, FieldPolicy> = Map::new();
    let mut lead = Lead::new("case");
    for binding in case.all("bindings") {
        let name = binding.text("key");
        let Some(value) = binding.message("value").and_then(|outer| outer.message("value")) else {
            return Outcome::LeftOut("binds a name to something other than a value".to_owned());
        };
        let (kind, value) = match bound(value) {
            Some(bound) => bound,
            None => return Outcome::LeftOut("binds a name to a map, a message or mixed values".to_owned()),
        };
        fields.insert(name.clone(), serde_json::from_str(&format!(r#"{{ "type": "{kind}" }}"#)).unwrap());
        lead.fields.insert(name, value);
    }
    let model = Model::new(&fields, &Map::new());
    let env = Env::new(&model);
    let wants_error = case.message("eval_error").is_some();
    let program = match Program::compile(&source, &env, Expected::Any) {
        Ok(program) => program,
        Err(problems) => {
            let all = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            let refused = problems.iter().find(|problem| problem.code == Code::NotInSubset);
            return if let Some(refused) = refused {
                Outcome::LeftOut(format!("IK0209, {}", refused.message))
            } else if wants_error {
                Outcome::Passed
            } else if case.text("disable_check") == "true" {
                Outcome::LeftOut("asks for evaluation of what the checker refuses".to_owned())
            } else if !case.text("container").is_empty() {
                Outcome::LeftOut("looks names up in a namespace".to_owned())
            } else {
                Outcome::Failed(all)
            };
        }
    };
    let facts = Facts::read(&model, &lead).unwrap();
    let frame = Frame { facts: &facts, at: 0, activity: None, derived: None };
    match program.value(&frame) {
        Err(_) if wants_error => Outcome::Passed,
        Err(failure) => Outcome::Failed(failure.message.into_owned()),
        Ok(value) if wants_error => Outcome::Failed(format!("should fail, and gives {value:?}")),
        Ok(value) => {
            let yes = Message::bool_value(true);
            let expected = case.message("value").unwrap_or(&yes);
            if equals(expected, &value) {
                Outcome::Passed
            } else {
                Outcome::Failed(format!("gives {value:?} instead of {expected:?}"))
            }
        }
    }
}

/// The reason why a case is not for this subset, by the features that it uses.
fn left_out(case: &Message, source: &str) -> Option<&'static str> {
    let has = |what: &str| source.contains(what);
    let whole = format!("{case:?}");
    let result = case.message("value").map(|value| format!("{value:?}")).unwrap_or_default();
    let wants_error = case.message("eval_error").is_some();
    if case.all("bindings").any(|binding| binding.text("key").contains('.')) {
        return Some("binds a name with dots");
    }
    if wants_error && has("null") && [" < ", " > ", " <= ", " >= "].iter().any(|sign| has(sign)) {
        return Some("orders null: false here, where CEL fails");
    }
    if has("9223372036854775807") && has("9223372036854775808.0") {
        return Some("rounds a whole number before comparing it with a float: compared exactly here");
    }
    if has("ns')") || has(".999999999") {
        return Some("finer than microseconds");
    }
    if wants_error && has("0001-01-01") && has("9999-12-31") {
        return Some("durations beyond 292 years: no overflow here");
    }
    if has("TestAllTypes") || has("google.protobuf") || whole.contains("message_type") && !has("duration(") {
        return Some("protobuf messages");
    }
    if result.contains("type_value") {
        return Some("types as values");
    }
    if result.contains("uint64_value") || result.contains("bytes_value") {
        return Some("gives an unsigned number or bytes");
    }
    if case.message("typed_result").is_some() || case.text("check_only") == "true" {
        return Some("asks for the type that another checker deduces");
    }
    None
}

fn bound(value: &Message) -> Option<(&'static str, Plain)> {
    let (name, field) = value.fields.first()?;
    let Field::Scalar(text) = field else { return None };
    Some(match name.as_str() {
        "int64_value" => ("integer", Plain::Int(text.parse().ok()?)),
        "double_value" => ("number", Plain::Float(text.parse().ok()?)),
        "string_value" => ("text", Plain::Text(text.clone())),
        "bool_value" => ("boolean", Plain::Bool(text == "true")),
        _ => return None,
    })
}

fn equals(expected: &Message, actual: &Value<'_>) -> bool {
    let Some((name, field)) = expected.fields.first() else { return false };
    match (name.as_str(), field, actual) {
        ("null_value", _, Value::Null) => true,
        ("bool_value", Field::Scalar(text), Value::Bool(value)) => *text == value.to_string(),
        ("int64_value", Field::Scalar(text), Value::Int(value)) => *text == value.to_string(),
        ("double_value", Field::Scalar(text), Value::Double(value)) => {
            let wanted: f64 = text.parse().unwrap();
            wanted.partial_cmp(value).is_none_or(|order| order.is_eq()) && wanted.is_nan() == value.is_nan()
        }
        ("string_value", Field::Scalar(text), Value::Text(value)) => text == value.as_ref(),
        ("list_value", Field::Message(list), Value::List(items)) => {
            let wanted: Vec<&Message> = list.all("values").collect();
            wanted.len() == items.len() && wanted.iter().zip(items.iter()).all(|(a, b)| equals(a, &b))
        }
        ("map_value", Field::Message(map), Value::Map(entries)) => {
            let wanted: Vec<&Message> = map.all("entries").collect();
            wanted.len() == entries.len()
                && wanted.iter().all(|entry| {
                    let (key, value) = (entry.message("key").unwrap(), entry.message("value").unwrap());
                    entries.iter().any(|(k, v)| equals(key, k) && equals(value, v))
                })
        }
        ("object_value", Field::Message(any), actual) => {
            let Some((name, Field::Message(parts))) = any.fields.first() else { return false };
            let number = |key: &str| parts.text(key).parse::<i64>().unwrap_or(0);
            let micros = number("seconds") * 1_000_000 + number("nanos") / 1_000;
            match actual {
                Value::Time(actual) => name.ends_with("Timestamp") && *actual == micros,
                Value::Duration(actual) => name.ends_with("Duration") && *actual == micros,
                _ => false,
            }
        }
        _ => false,
    }
}
