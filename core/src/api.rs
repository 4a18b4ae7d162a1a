//! One facade of text for the bindings: JSON in, an envelope of JSON out.
//!
//! An envelope is `{"ok": ...}`, or `{"error": {"kind", "code", "message", "diagnostics"}}`. Unknown methods and
//! unknown or missing arguments are errors, so a binding cannot silently ask for something else than it meant.
//!
//! ```
//! use ikusei::api;
//! let playbook = api::open_playbook(r#"{"text": "ikusei: 1\nname: demo"}"#).unwrap();
//! let engine = playbook.compile()?;
//! let envelope = api::call_engine(&engine, "assess", r#"{"lead": {"id": "lead-1"}, "at": "2026-05-01T00:00:00Z"}"#);
//! assert!(envelope.starts_with(r#"{"ok":{"lead":"lead-1""#));
//! # Ok::<(), ikusei::Error>(())
//! ```

use serde::Serialize;

use crate::assessment::{Assessment, Detail};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::map::Map;
use crate::base::suggest::nearest;
use crate::base::time::{Instant, ParseInstantError};
use crate::engine::Engine;
use crate::explain::Language;
use crate::lead::read;
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::playbook::{Playbook, Source};
use crate::segment::{Members, Membership};

/// Opens a playbook from `{"text", "name"?, "library"?, "overlays"?}`; the error is an envelope.
///
/// # Errors
/// The envelope of whatever [`Playbook::open`] refuses, or `IK0601` for arguments that it does not take.
pub fn open_playbook(args: &str) -> Result<Playbook, String> {
    let (text, name, library, overlays) = (|| {
        let mut args = Arguments::read(args, &["text", "name", "library", "overlays"])?;
        Ok((args.text("text")?, args.maybe_text("name")?, args.library("library")?, args.texts("overlays")?))
    })()
    .map_err(|error| refuse(&error))?;
    let library: Vec<(&str, &str)> =
        library.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let overlays: Vec<&str> = overlays.iter().map(String::as_str).collect();
    let source = Source { text: &text, name: name.as_deref(), library: &library, overlays: &overlays };
    Playbook::open(&source).map_err(|error| refuse(&error))
}

/// Compiles a playbook; the error is an envelope.
///
/// # Errors
/// The envelope of whatever [`Playbook::compile`] refuses.
pub fn compile(playbook: &Playbook) -> Result<Engine, String> {
    playbook.compile().map_err(|error| refuse(&error))
}

/// Opens the image of a playbook from `{"text"}`; the error is an envelope.
///
/// # Errors
/// The envelope of whatever [`Engine::from_image`] refuses, or `IK0601` for arguments that it does not take.
pub fn open_image(args: &str) -> Result<Engine, String> {
    let text = Arguments::read(args, &["text"]).and_then(|mut args| args.text("text"));
    let text = text.map_err(|error| refuse(&error))?;
    Engine::from_image(&text).map_err(|error| refuse(&error))
}

/// Reads a lead record; the error is an envelope.
///
/// # Errors
/// The envelope of whatever [`Lead::from_json`] refuses.
pub fn open_lead(json: &str) -> Result<Lead, String> {
    Lead::from_json(json).map_err(|error| refuse(&error))
}

/// Cuts a playbook for the browser by `{"scorecards", "segments"?}`; the error is an envelope.
///
/// # Errors
/// The envelope of whatever [`Playbook::for_browser`] refuses, or `IK0601` for arguments that it does not take.
pub fn cut_for_browser(playbook: &Playbook, args: &str) -> Result<Playbook, String> {
    let (cards, segments) = Arguments::read(args, &["scorecards", "segments"])
        .and_then(|mut args| Ok((args.needed_texts("scorecards")?, args.texts("segments")?)))
        .map_err(|error| refuse(&error))?;
    let cards: Vec<&str> = cards.iter().map(String::as_str).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    playbook.for_browser(&cards, &segments).map_err(|error| refuse(&error))
}

/// Calls a method of an engine.
///
/// | method | arguments | result |
/// |---|---|---|
/// | `assess` | `lead`, `at`, `ledger` (true) | an [`Assessment`](crate::Assessment) |
/// | `assess_many` | `leads`, `at`, `ledger` (false) | for each lead, an envelope of its own |
/// | `explain` | `lead`, `at`, `language` (`en`) | text |
/// | `memberships` | `lead`, `at` | for each segment a [`Membership`](crate::Membership) |
/// | `members` | `segment`, `leads`, `at` | [`Members`](crate::Members) |
#[must_use]
pub fn call_engine(engine: &Engine, method: &str, args: &str) -> String {
    match method {
        "assess" => envelope(assess(engine, args)),
        "assess_many" => assess_many(engine, args),
        "explain" => envelope(explain(engine, args)),
        "memberships" => envelope(memberships(engine, args)),
        "members" => envelope(members(engine, args)),
        _ => {
            let known = nearest(method, ["assess", "assess_many", "explain", "memberships", "members"]);
            let diagnostic = Diagnostic::error(Code::BadCall, format!("an engine has no method `{method}`"));
            refuse(&Error::call(
                diagnostic.with_help("the documentation of `api` lists them").did_you_mean(known),
            ))
        }
    }
}

/// The error as an envelope.
#[must_use]
pub fn refuse(error: &Error) -> String {
    #[derive(Serialize)]
    struct Refusal<'a> {
        kind: &'a str,
        code: Code,
        message: String,
        diagnostics: &'a [Diagnostic],
    }

    #[derive(Serialize)]
    struct Envelope<'a> {
        error: Refusal<'a>,
    }

    to_text(&Envelope {
        error: Refusal {
            kind: error.kind(),
            code: error.code(),
            message: error.to_string(),
            diagnostics: error.diagnostics(),
        },
    })
}

fn envelope<T: Serialize>(result: Result<T, Error>) -> String {
    #[derive(Serialize)]
    struct Envelope<T> {
        ok: T,
    }

    match result {
        Ok(ok) => to_text(&Envelope { ok }),
        Err(error) => refuse(&error),
    }
}

fn to_text<T: Serialize>(value: &T) -> String {
    // INVARIANT: string keys and finite numbers only, so serialisation cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// The arguments of a call, taken one after the other.
struct Arguments(Map<String, Value>);

impl Arguments {
    /// Reads arguments; those that the call does not take are refused.
    fn read(args: &str, known: &[&str]) -> Result<Self, Error> {
        let object = match read::parse(args) {
            Ok(Value::Object(object)) => object,
            Ok(other) => return Err(bad(&format!("expected an object, found {}", other.kind()))),
            Err(message) => return Err(bad(&message)),
        };
        if let Some(key) = object.keys().find(|key| !known.contains(&key.as_str())) {
            let diagnostic = bad_call(&format!("unknown argument `{key}`"));
            return Err(Error::call(diagnostic.did_you_mean(nearest(key, known.iter().copied()))));
        }
        Ok(Self(object))
    }

    /// The value of an argument; null counts as absent.
    fn take(&mut self, name: &str) -> Option<Value> {
        self.0.get_mut(name).map(std::mem::take).filter(|value| *value != Value::Null)
    }

    fn needed(&mut self, name: &str) -> Result<Value, Error> {
        self.take(name).ok_or_else(|| bad(&format!("missing argument `{name}`")))
    }

    fn maybe_text(&mut self, name: &str) -> Result<Option<String>, Error> {
        self.take(name).map(|value| text(name, value)).transpose()
    }

    fn text(&mut self, name: &str) -> Result<String, Error> {
        text(name, self.needed(name)?)
    }

    fn needed_texts(&mut self, name: &str) -> Result<Vec<String>, Error> {
        let items = list(name, self.needed(name)?)?;
        items.into_iter().map(|item| text(name, item)).collect()
    }

    fn texts(&mut self, name: &str) -> Result<Vec<String>, Error> {
        let items = self.take(name).map_or(Ok(Vec::new()), |value| list(name, value))?;
        items.into_iter().map(|item| text(name, item)).collect()
    }

    fn library(&mut self, name: &str) -> Result<Vec<(String, String)>, Error> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Value::Object(texts)) => {
                texts.into_iter().map(|(key, value)| Ok((key, text(name, value)?))).collect()
            }
            Some(other) => Err(wrong(name, "an object of texts", &other)),
        }
    }

    fn flag(&mut self, name: &str, default: bool) -> Result<bool, Error> {
        match self.take(name) {
            None => Ok(default),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(wrong(name, "true or false", &other)),
        }
    }

    fn detail(&mut self, default: bool) -> Result<Detail, Error> {
        Ok(if self.flag("ledger", default)? { Detail::Ledger } else { Detail::Figures })
    }

    fn at(&mut self) -> Result<Instant, Error> {
        let text = self.text("at")?;
        text.parse().map_err(|error: ParseInstantError| bad(&format!("`{text}` is {error}")))
    }

    /// A lead's own problems stay its own.
    fn lead(&mut self) -> Result<Lead, Error> {
        read::lead(self.needed("lead")?)
    }

    fn leads(&mut self) -> Result<impl Iterator<Item = Result<Lead, Error>> + use<>, Error> {
        Ok(list("leads", self.needed("leads")?)?.into_iter().map(read::lead))
    }
}

fn text(name: &str, value: Value) -> Result<String, Error> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(wrong(name, "a text", &other)),
    }
}

fn list(name: &str, value: Value) -> Result<Vec<Value>, Error> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(wrong(name, "a list", &other)),
    }
}

fn wrong(name: &str, expected: &str, found: &Value) -> Error {
    bad(&format!("`{name}` takes {expected}, and not {}", found.kind()))
}

fn bad(message: &str) -> Error {
    Error::call(bad_call(message))
}

fn bad_call(message: &str) -> Diagnostic {
    Diagnostic::error(Code::BadCall, format!("arguments that the call does not take: {message}"))
        .with_help("the documentation of `api` lists what each method takes")
}

fn assess(engine: &Engine, args: &str) -> Result<Assessment, Error> {
    let mut args = Arguments::read(args, &["lead", "at", "ledger"])?;
    let (at, detail) = (args.at()?, args.detail(true)?);
    engine.prepare(&args.lead()?)?.assess(at, detail)
}

fn assess_many(engine: &Engine, args: &str) -> String {
    let assess_all = || {
        let mut args = Arguments::read(args, &["leads", "at", "ledger"])?;
        let (at, detail) = (args.at()?, args.detail(false)?);
        let mut out = String::from("{\"ok\":[");
        for (index, lead) in args.leads()?.enumerate() {
            if index > 0 {
                out.push(',');
            }
            let one = lead.and_then(|lead| engine.prepare(&lead)?.assess(at, detail));
            out.push_str(&envelope(one));
        }
        out.push_str("]}");
        Ok(out)
    };
    assess_all().unwrap_or_else(|error| refuse(&error))
}

fn explain(engine: &Engine, args: &str) -> Result<String, Error> {
    let mut args = Arguments::read(args, &["lead", "at", "language"])?;
    let at = args.at()?;
    let language = match args.maybe_text("language")?.as_deref() {
        None | Some("en") => Language::English,
        Some("ja") => Language::Japanese,
        Some(other) => return Err(bad(&format!("unknown language `{other}`: there are `en` and `ja`"))),
    };
    Ok(engine.assess(&args.lead()?, at)?.explain(language))
}

fn memberships(engine: &Engine, args: &str) -> Result<Vec<Membership>, Error> {
    let mut args = Arguments::read(args, &["lead", "at"])?;
    let at = args.at()?;
    engine.prepare(&args.lead()?)?.memberships(at)
}

fn members(engine: &Engine, args: &str) -> Result<Members, Error> {
    let mut args = Arguments::read(args, &["segment", "leads", "at"])?;
    let (segment, at) = (args.text("segment")?, args.at()?);
    let leads = args.leads()?.collect::<Result<Vec<_>, _>>()?;
    engine.members(&segment, &leads, at)
}
