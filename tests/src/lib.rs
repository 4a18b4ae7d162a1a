//! Conformance cases: how a file of `tests/vectors` reads, and what its calls mean in Rust.
//!
//! The other languages' runners give the same calls to their own public faces; see `tests/vectors/README.md`.

pub mod generate;

use std::path::{Path, PathBuf};

use ikusei::api;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// One file: a playbook, and what is asked of it.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case shows.
    pub name: String,
    /// The playbook: an object, or YAML or JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook: Option<Value>,
    /// Or the file that holds it, from the root of the repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub playbook_file: Option<String>,
    /// The texts that `extends` may name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub library: Option<Value>,
    /// The overlays to lay over the playbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlays: Option<Value>,
    /// Whether the slim browser build can run it, by the image that the full one makes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slim: Option<bool>,
    /// The only step, where there is one.
    #[serde(flatten)]
    pub step: Step,
    /// The steps, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
}

/// One call, and what must come of it.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Step {
    /// The call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<String>,
    /// Its arguments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Value>,
    /// What it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Value>,
    /// Or what it is refused with: kind, code and diagnostics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Value>,
}

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Case {
    /// The steps, whether there is one or several.
    pub fn steps_mut(&mut self) -> impl Iterator<Item = &mut Step> {
        let only = if self.steps.is_empty() { Some(&mut self.step) } else { None };
        only.into_iter().chain(&mut self.steps)
    }

    /// The arguments that open its playbook.
    ///
    /// # Errors
    /// If the case names no playbook, or a file that cannot be read.
    pub fn playbook_args(&self) -> Result<String, String> {
        let text = match (&self.playbook, &self.playbook_file) {
            (Some(Value::String(text)), None) => text.clone(),
            (Some(object), None) => object.to_string(),
            (None, Some(file)) => {
                std::fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))?
            }
            _ => return Err("give either `playbook` or `playbook_file`".to_owned()),
        };
        let mut args = Map::from_iter([("text".to_owned(), Value::String(text))]);
        for (name, value) in [("library", &self.library), ("overlays", &self.overlays)] {
            if let Some(value) = value {
                args.insert(name.to_owned(), value.clone());
            }
        }
        Ok(Value::Object(args).to_string())
    }
}

/// Makes a call: `Ok` holds what `expect` must be, `Err` what `error` must be.
///
/// # Errors
/// What the engine refuses.
pub fn call(playbook_args: &str, call: &str, args: &Value) -> Result<Value, Value> {
    let playbook = api::open_playbook(playbook_args).map_err(|envelope| refusal(&envelope))?;
    let args_text = args.to_string();
    match call {
        "parse" => Ok(json!({ "name": playbook.name(), "fingerprint": playbook.fingerprint() })),
        "for_browser" => {
            let cut = api::cut_for_browser(&playbook, &args_text).map_err(|envelope| refusal(&envelope))?;
            Ok(parse(&cut.to_json()))
        }
        _ => {
            let engine = api::compile(&playbook).map_err(|envelope| refusal(&envelope))?;
            let mut answer = opened(&api::call_engine(&engine, call, &args_text))?;
            // Of a refusal inside an answer, too, the case holds what every language can say.
            for item in answer.as_array_mut().into_iter().flatten() {
                if let Some(error) = item.get_mut("error") {
                    *error = without_message(error.take());
                }
            }
            Ok(answer)
        }
    }
}

fn opened(envelope: &str) -> Result<Value, Value> {
    match parse(envelope) {
        Value::Object(mut content) if content.contains_key("ok") => {
            Ok(content.remove("ok").unwrap_or_default())
        }
        _ => Err(refusal(envelope)),
    }
}

fn refusal(envelope: &str) -> Value {
    without_message(parse(envelope).get_mut("error").map(Value::take).unwrap_or_default())
}

/// The message repeats the diagnostics.
fn without_message(mut error: Value) -> Value {
    if let Some(error) = error.as_object_mut() {
        error.shift_remove("message");
    }
    error
}

fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_default()
}
