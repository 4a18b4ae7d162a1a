//! The facade of templates.

use indexmap::IndexMap;
use serde::Deserialize;

use super::{Record, envelope, read};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::engine::templates::{Message, no_message};
use crate::lead::value::Value;
use crate::nurturing::Rendered;
use crate::nurturing::template::Sent;

pub(super) const METHODS: [&str; 2] = ["preview", "render"];

/// The envelope of a method of this room; `None` for a method of another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    Some(match method {
        "preview" => envelope(preview(engine, args)),
        "render" => envelope(render(engine, args)),
        _ => return None,
    })
}

fn preview(engine: &Engine, args: &str) -> Result<Rendered, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        template: String,
        #[serde(default)]
        version: Option<String>,
        lead: Record,
        at: Instant,
        #[serde(default)]
        values: IndexMap<String, Value>,
    }

    let args: Args = read(args)?;
    engine.preview(&args.template, args.version.as_deref(), args.lead.lead()?, args.at, &args.values)
}

fn render(engine: &Engine, args: &str) -> Result<Rendered, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        effect: Effect,
        lead: Record,
        #[serde(default)]
        values: IndexMap<String, Value>,
    }

    /// Of an effect as it came from an outcome, what a message is made of.
    #[derive(Deserialize)]
    struct Effect {
        id: String,
        at: Instant,
        lead: String,
        scenario: String,
        step: String,
        #[serde(rename = "do")]
        intent: Intent,
    }

    #[derive(Deserialize)]
    struct Intent {
        #[serde(default)]
        send: Option<Named>,
        #[serde(default)]
        invite: Option<Named>,
    }

    #[derive(Deserialize)]
    struct Named {
        template: String,
        #[serde(default)]
        version: Option<String>,
    }

    let Args { effect, lead, values } = read(args)?;
    let named = effect.intent.send.or(effect.intent.invite).ok_or_else(no_message)?;
    let message = Message {
        template: &named.template,
        version: named.version.as_deref(),
        lead: Some(&effect.lead),
        at: effect.at,
        sent: Some(Sent { id: &effect.id, scenario: &effect.scenario, step: &effect.step }),
    };
    engine.message(&message, lead.lead()?, &values)
}
