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

mod arguments;
mod capture;
mod intake;
mod typed;

#[cfg(feature = "schema")]
pub(crate) use capture::{Duplicates, Unmerged};
#[cfg(feature = "schema")]
pub(crate) use intake::ReadCard;

use serde::{Deserialize, Serialize};

use crate::assessment::Assessment;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::map::Map;
use crate::base::suggest::nearest;
use crate::engine::Engine;
use crate::explain::Language;
use crate::lead::record::Lead;
use crate::playbook::{Playbook, Source};
use crate::segment::{Members, Membership};
use arguments::{Arguments, bad};
use typed::read;

/// Opens a playbook from `{"text", "name"?, "library"?, "overlays"?}`; the error is an envelope.
///
/// # Errors
/// The envelope of whatever [`Playbook::open`] refuses, or `IK0601` for arguments that it does not take.
pub fn open_playbook(args: &str) -> Result<Playbook, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        text: String,
        #[serde(default)]
        name: Option<String>,
        #[serde(default)]
        library: Map<String, String>,
        #[serde(default)]
        overlays: Vec<String>,
    }

    let args: Args = read(args).map_err(|error| refuse(&error))?;
    let library: Vec<(&str, &str)> =
        args.library.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let overlays: Vec<&str> = args.overlays.iter().map(String::as_str).collect();
    let source =
        Source { text: &args.text, name: args.name.as_deref(), library: &library, overlays: &overlays };
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

/// Reads a lead record that is data: problems have their paths only, as its text is nobody's. The error is an
/// envelope.
///
/// # Errors
/// The envelope of `IK0401` or `IK0403`, as [`Lead::from_json`] has them.
pub fn open_lead(json: &str) -> Result<Lead, String> {
    Lead::from_data(json).map_err(|error| refuse(&error))
}

/// Reads a lead record from the text of its owner's document: problems have their places in it. The error is an
/// envelope.
///
/// # Errors
/// The envelope of whatever [`Lead::from_json`] refuses.
pub fn parse_lead(json: &str) -> Result<Lead, String> {
    Lead::from_json(json).map_err(|error| refuse(&error))
}

/// Cuts a playbook for the browser by `{"scorecards", "segments"?, "captures"?}`; the error is an envelope.
///
/// # Errors
/// The envelope of whatever [`Playbook::for_browser`] refuses, or `IK0601` for arguments that it does not take.
pub fn cut_for_browser(playbook: &Playbook, args: &str) -> Result<Playbook, String> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        scorecards: Vec<String>,
        #[serde(default)]
        segments: Vec<String>,
        #[serde(default)]
        captures: Vec<String>,
    }

    let args: Args = read(args).map_err(|error| refuse(&error))?;
    let cards: Vec<&str> = args.scorecards.iter().map(String::as_str).collect();
    let segments: Vec<&str> = args.segments.iter().map(String::as_str).collect();
    let captures: Vec<&str> = args.captures.iter().map(String::as_str).collect();
    playbook.for_browser(&cards, &segments, &captures).map_err(|error| refuse(&error))
}

/// Calls a method of an engine.
///
/// | method | arguments | result |
/// |---|---|---|
/// | `assess` | `lead`, `at`, `ledger` (true) | an [`Assessment`] |
/// | `assess_many` | `leads`, `at`, `ledger` (false) | for each lead, an envelope of its own |
/// | `explain` | `lead`, `at`, `language` (`en`) | text |
/// | `memberships` | `lead`, `at` | for each segment a [`Membership`] |
/// | `members` | `segment`, `leads`, `at` | [`Members`] |
/// | `cleanse` | `fields`, `postal_codes`? (`{"1000001": ["東京都", "千代田区"]}`) | a [`Cleansing`](crate::Cleansing) |
/// | `cleanse_value` | `cleaner`, `value` | a [`Cleansed`](crate::Cleansed) |
/// | `match` | `a`, `b` | a [`Match`](crate::Match) |
/// | `merge` | `a`, `b`, `at` | the lead `a` with `b` merged into it |
/// | `unmerge` | `lead`, `id` | `{"lead", "taken_out"}`: both leads as they were |
/// | `dedupe` | `level` (`person`, `company`), `columns`, `ids`, `rows` | `{"clusters", "review", "compared"}` by id |
/// | `accounts` | `leads` | a list of [`Account`](crate::Account) |
/// | `consent` | `lead`, `event` (a [`ConsentEvent`](crate::ConsentEvent)) | the lead after it |
/// | `may_send` | `lead`, `channel`, `purpose`?, `address`?, `suppression`? (addresses and domains) | a [`Permission`](crate::Permission) |
/// | `forget` | `lead`, `at` | a [`Tombstone`](crate::Tombstone) |
/// | `capture` | `mapping`, `at`, and one of `text`, `payload`, `row` (`{"header": [], "cells": []}`) | [`Captured`](crate::Captured) |
/// | `apply` | `lead`, `person` (one of the people of a capture) | [`Applied`](crate::Applied) and the new `lead` |
/// | `reclassify` | `lead`; or with `activities` and `trust`, by the host's own judgement | `lead`, `reclassified` |
/// | `read_vcards` | `text` | list of cards |
/// | `read_card_lines` | `lines` | a card |
/// | `safe_cells` | `cells` | the same, safe for a spreadsheet |
#[must_use]
pub fn call_engine(engine: &Engine, method: &str, args: &str) -> String {
    let answer = page(engine, method, args)
        .or_else(|| capture::call(engine, method, args))
        .or_else(|| intake::call(engine, method, args));
    answer.unwrap_or_else(|| {
        let known = nearest(method, PAGE.into_iter().chain(capture::METHODS).chain(intake::METHODS));
        let diagnostic = Diagnostic::error(Code::BadCall, format!("an engine has no method `{method}`"));
        refuse(&Error::call(
            diagnostic.with_help("the documentation of `api` lists them").did_you_mean(known),
        ))
    })
}

/// Calls one of the methods that the engine of an image has: the first five of [`call_engine`]. What else there is
/// stays out of a build that calls nothing but this.
#[must_use]
pub fn call_page(engine: &Engine, method: &str, args: &str) -> String {
    page(engine, method, args).unwrap_or_else(|| {
        let message = format!("this build leaves out the method `{method}`, if there is one");
        let help = "an image assesses leads: use the full build for everything else";
        refuse(&Error::call(Diagnostic::error(Code::NotInThisBuild, message).with_help(help)))
    })
}

const PAGE: [&str; 5] = ["assess", "assess_many", "explain", "memberships", "members"];

fn page(engine: &Engine, method: &str, args: &str) -> Option<String> {
    Some(match method {
        "assess" => envelope(assess(engine, args)),
        "assess_many" => assess_many(engine, args).unwrap_or_else(|error| refuse(&error)),
        "explain" => envelope(explain(engine, args)),
        "memberships" => envelope(memberships(engine, args)),
        "members" => envelope(members(engine, args)),
        _ => return None,
    })
}

/// The error as an envelope.
#[must_use]
pub fn refuse(error: &Error) -> String {
    envelope::<()>(Err(error.clone()))
}

/// What a call came to.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Envelope<'a, T> {
    Ok(T),
    Error(Refusal<'a>),
}

#[derive(Serialize)]
struct Refusal<'a> {
    kind: &'a str,
    code: Code,
    message: String,
    diagnostics: &'a [Diagnostic],
}

impl<'a, T> From<&'a Result<T, Error>> for Envelope<'a, &'a T> {
    fn from(result: &'a Result<T, Error>) -> Self {
        result.as_ref().map_or_else(
            |error| {
                Self::Error(Refusal {
                    kind: error.kind(),
                    code: error.code(),
                    message: error.to_string(),
                    diagnostics: error.diagnostics(),
                })
            },
            Self::Ok,
        )
    }
}

fn envelope<T: Serialize>(result: Result<T, Error>) -> String {
    to_text(&Envelope::from(&result))
}

fn to_text<T: Serialize>(value: &T) -> String {
    // INVARIANT: string keys and finite numbers only, so serialisation cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

fn assess(engine: &Engine, args: &str) -> Result<Assessment, Error> {
    let mut args = Arguments::read(args, &["lead", "at", "ledger"])?;
    let (at, detail) = (args.at()?, args.detail(true)?);
    engine.prepare(&args.lead()?)?.assess(at, detail)
}

fn assess_many(engine: &Engine, args: &str) -> Result<String, Error> {
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
