//! Writes generated playbooks and leads with what Rust answers, for the other languages to answer alike.
//!
//! `cargo run -p ikusei-tests --bin generate -- FILE COUNT [FIRST_SEED]`: a line is a case in the form of
//! `tests/vectors`. The same arguments give the same bytes.

use std::fs::File;
use std::io::{self, BufWriter, Write};

use ikusei::api;
use ikusei_tests::generate::{Case, case};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

fn main() -> Result<(), String> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{text}: {error}"));
    let (file, count, first) = match arguments.as_slice() {
        [file, count] => (file, number(count)?, 0),
        [file, count, first] => (file, number(count)?, number(first)?),
        _ => return Err("generate FILE COUNT [FIRST_SEED]".to_owned()),
    };
    let told = |error: io::Error| format!("{file}: {error}");
    let mut out = BufWriter::new(File::create(file).map_err(told)?);
    for seed in first..first.saturating_add(count) {
        let line = vector(seed, &case(seed)).map_err(|problem| format!("seed {seed}: {problem}"))?;
        writeln!(out, "{line}").map_err(told)?;
    }
    out.flush().map_err(told)
}

/// A case with every question that the faces have, and the answers.
fn vector(seed: u64, case: &Case) -> Result<String, String> {
    let name = format!("seed {seed}");
    let playbook = api::open_playbook(&json!({ "text": case.playbook }).to_string())?;
    let engine = api::compile(&playbook)?;
    let leads = case.leads.iter().map(|lead| held_everywhere(lead)).collect::<Result<Vec<_>, _>>()?;
    let known = json!({ "name": playbook.name(), "fingerprint": playbook.fingerprint() });
    let mut steps = vec![step("parse", &json!({}), &format!("{{\"ok\":{known}}}"))?];
    let mut ask = |method: &str, mut args: Value| {
        if let Some(args) = args.as_object_mut() {
            args.insert("at".to_owned(), json!(case.at));
        }
        steps.push(step(method, &args, &api::call_engine(&engine, method, &args.to_string()))?);
        Ok::<_, String>(())
    };
    for (lead, language) in leads.iter().zip(["en", "ja"].iter().cycle()) {
        ask("assess", json!({ "lead": lead }))?;
        ask("memberships", json!({ "lead": lead }))?;
        ask("explain", json!({ "lead": lead, "language": language }))?;
    }
    ask("assess_many", json!({ "leads": leads }))?;
    let document: Value = serde_json::from_str(&case.playbook).map_err(|error| error.to_string())?;
    for segment in document.get("segments").and_then(Value::as_object).into_iter().flat_map(|all| all.keys())
    {
        ask("members", json!({ "segment": segment, "leads": leads }))?;
    }
    // As text and as data in turns: keys of data may come in another order.
    let playbook =
        if seed.is_multiple_of(2) { json!(case.playbook).to_string() } else { case.playbook.clone() };
    Ok(format!("{{\"name\":\"{name}\",\"playbook\":{playbook},\"steps\":[{}]}}", steps.join(",")))
}

/// A step as JSON text; the answer is taken over byte by byte, for no number to be read and written again.
fn step(call: &str, args: &Value, envelope: &str) -> Result<String, String> {
    let envelope: Envelope<'_> = serde_json::from_str(envelope).map_err(|error| error.to_string())?;
    let (key, answer) = match (call, envelope) {
        ("assess_many", Envelope::Ok(answers)) => {
            let each: Vec<&RawValue> =
                serde_json::from_str(answers.get()).map_err(|error| error.to_string())?;
            let each: Result<Vec<String>, String> =
                each.into_iter().map(|one| without_message(one.get())).collect();
            ("expect", format!("[{}]", each?.join(",")))
        }
        (_, Envelope::Ok(answer)) => ("expect", answer.get().to_owned()),
        (_, Envelope::Error(error)) => ("error", json!(error).to_string()),
    };
    Ok(format!("{{\"call\":\"{call}\",\"args\":{args},\"{key}\":{answer}}}"))
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Envelope<'a> {
    #[serde(borrow)]
    Ok(&'a RawValue),
    Error(Refusal),
}

/// What a vector says of an error: not its message.
#[derive(Deserialize, Serialize)]
struct Refusal {
    kind: String,
    code: String,
    diagnostics: Vec<Value>,
}

fn without_message(envelope: &str) -> Result<String, String> {
    match serde_json::from_str(envelope).map_err(|error| error.to_string())? {
        Envelope::Ok(_) => Ok(envelope.to_owned()),
        Envelope::Error(error) => Ok(json!({ "error": error }).to_string()),
    }
}

/// The record, its whole numbers within what every language can hold exactly.
fn held_everywhere(lead: &str) -> Result<Value, String> {
    const MOST: i64 = 9_007_199_254_740_991;
    fn walk(value: &mut Value) {
        match value {
            Value::Number(number) => {
                if let Some(whole) = number.as_i64() {
                    *value = json!(whole.clamp(-MOST, MOST));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(walk),
            Value::Object(entries) => entries.values_mut().for_each(walk),
            _ => {}
        }
    }
    let mut lead = serde_json::from_str(lead).map_err(|error| error.to_string())?;
    walk(&mut lead);
    Ok(lead)
}
