//! The facade of receipts: of assessments, and of whatever else decides about a lead at an instant.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Record, call_engine, envelope, read};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::lead::record::Lead;
use crate::trust::{ASSESS, Known, Question, Receipt};

pub(super) const METHODS: [&str; 2] = ["receipt", "verify_receipt"];

/// The methods besides `assess` of which there are receipts.
const DECISIONS: [&str; 8] =
    ["route", "follow_up", "respond", "process", "why", "why_not", "what_would", "next_change"];

/// The envelope of a method of this room; `None` for a method of another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    Some(match method {
        "receipt" => receipt(engine, args).unwrap_or_else(refused),
        "verify_receipt" => verify_receipt(engine, args).unwrap_or_else(refused),
        _ => return None,
    })
}

/// Those that can go by what is known now.
const HINDSIGHT: [&str; 3] = ["why", "why_not", "what_would"];

/// Why there is no receipt: an error, or the envelope of the call that would have been in it.
enum Refused {
    Error(Error),
    Envelope(String),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

fn refused(refused: Refused) -> String {
    match refused {
        Refused::Error(error) => super::refuse(&error),
        Refused::Envelope(text) => text,
    }
}

fn receipt(engine: &Engine, args: &str) -> Result<String, Refused> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        at: Instant,
        #[serde(default)]
        known: Known,
        #[serde(default)]
        call: Option<String>,
        #[serde(default)]
        arguments: Map<String, Value>,
    }

    let args: Args = read(args)?;
    let call = args.call.as_deref().unwrap_or(ASSESS);
    Ok(envelope(Ok(make(engine, call, args.lead.lead()?, args.at, args.known, &args.arguments)?)))
}

fn verify_receipt(engine: &Engine, args: &str) -> Result<String, Refused> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        receipt: Receipt,
        #[serde(default)]
        arguments: Map<String, Value>,
    }

    let Args { lead, receipt, arguments } = read(args)?;
    receipt.check_format()?;
    let now = make(engine, &receipt.call, lead.lead()?, receipt.at, receipt.known, &arguments)?;
    Ok(envelope(Ok(receipt.compare(&now))))
}

fn make(
    engine: &Engine,
    call: &str,
    lead: &Lead,
    at: Instant,
    known: Known,
    arguments: &Map<String, Value>,
) -> Result<Receipt, Refused> {
    let bad = |message: String, help: &str| Diagnostic::error(Code::BadCall, message).with_help(help);
    if let Some(name) = arguments.keys().find(|name| ["lead", "at", "known"].contains(&name.as_str())) {
        let message = format!("`{name}` stands twice");
        return Err(Error::call(bad(message, "give it once, beside `arguments`").at("/arguments")).into());
    }
    if call == ASSESS {
        if let Some(name) = arguments.keys().next() {
            let message = format!("a receipt of `{ASSESS}` takes no argument `{name}`");
            return Err(Error::call(bad(message, "take it out").at("/arguments")).into());
        }
        return Ok(engine.receipt(lead, at, known)?);
    }
    if !DECISIONS.contains(&call) {
        let diagnostic =
            bad(format!("there are no receipts of `{call}`"), "name a method that decides about a lead");
        return Err(Error::call(diagnostic.at("/call").did_you_mean(nearest(call, DECISIONS))).into());
    }
    let mut given = arguments.clone();
    // INVARIANT: string keys and finite numbers only, so serialisation cannot fail.
    given.insert("lead".to_owned(), serde_json::to_value(lead).unwrap_or_default());
    let mut parts: BTreeMap<String, Value> = given.clone().into_iter().collect();
    given.insert("at".to_owned(), json!(at));
    if HINDSIGHT.contains(&call) {
        given.insert("known".to_owned(), json!(known));
    } else if known == Known::Now {
        let message = format!("`{call}` goes by what was known then");
        return Err(Error::call(bad(message, "leave `known` out").at("/known")).into());
    }
    let text = call_engine(engine, call, &Value::Object(given).to_string());
    let mut answer: Value = serde_json::from_str(&text).unwrap_or_default();
    let Some(decision) = answer.get_mut("ok").map(Value::take) else { return Err(Refused::Envelope(text)) };
    parts.retain(|_, part| !part.is_null());
    let question = Question { call, lead: &lead.id, at, known };
    Ok(engine.receipt_of(&question, &parts, &decision))
}
