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

#[cfg(feature = "analytics")]
mod analytics;
mod brief;
mod capture;
#[cfg(feature = "trust")]
mod diff;
#[cfg(feature = "identity")]
mod identity;
#[cfg(feature = "analytics")]
mod insight;
mod intake;
#[cfg(feature = "trust")]
mod lint;
#[cfg(feature = "migration")]
mod migrate;
#[cfg(feature = "nurturing")]
mod nurturing;
mod packed;
mod plain;
#[cfg(feature = "trust")]
mod receipt;
#[cfg(feature = "routing")]
mod routing;
#[cfg(feature = "simulation")]
mod simulation;
#[cfg(feature = "arrow")]
mod tables;
#[cfg(feature = "templates")]
mod templates;
#[cfg(feature = "trust")]
mod trust;
#[cfg(feature = "trust")]
mod why;

#[cfg(feature = "schema")]
pub(crate) use identity::{Duplicates, Unmerged};
#[cfg(feature = "schema")]
pub(crate) use intake::ReadCard;
#[cfg(feature = "schema")]
pub(crate) use tables::TablePlan;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize, Serializer};

use crate::assessment::{Assessment, Detail};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::base::time::Instant;
use crate::base::wording::Wording;
use crate::engine::Engine;
#[cfg(feature = "trust")]
use crate::engine::Prepared;
use crate::explain::Language;
use crate::lead::record::{Lead, record_diagnostic};
use crate::playbook::{Playbook, Source};
#[cfg(feature = "trust")]
use crate::trust::Known;

pub use crate::lead::facts::Single;
#[cfg(feature = "analytics")]
pub use analytics::call_analytics;
pub use brief::{Frames, assess_in_brief};
#[cfg(feature = "trust")]
pub use diff::diff_playbooks;
#[cfg(feature = "migration")]
pub use migrate::migrate;
pub use packed::{assess_one_packed, assess_packed, field_names};
pub use plain::PlainLead;
#[cfg(feature = "arrow")]
pub use tables::table_arguments;
#[cfg(feature = "ipc")]
pub use tables::{assess_ipc, state_ipc};

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
        library: IndexMap<String, String>,
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

/// Reads a lead record that its owner holds as data, not as text: no place in the text is told. The error is an
/// envelope.
///
/// # Errors
/// The envelope of whatever [`Lead::from_json`] refuses.
pub fn open_lead(json: &str) -> Result<Lead, String> {
    match serde_json::from_str::<Record>(json) {
        Ok(Record(Ok(lead))) => Ok(lead),
        Ok(record) => record.lead().cloned().map_err(|error| refuse(&error)),
        Err(_) => Lead::from_json(json).map_err(|error| refuse(&error)),
    }
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
/// | `assess` | `lead`, `at`, `ledger` (true), `known` (`then`) | an [`Assessment`] |
/// | `assess_many` | `leads`, `at`, `ledger` (false), `known` (`then`) | for each lead, an envelope of its own |
/// | `assess_many_in_brief` | `leads`, `at` | the same without ledgers, as [`assess_in_brief`] has one: `at`, `frames`, `rows` |
/// | `explain` | `lead`, `at`, `language` (`en`), `known` (`then`) | text |
/// | `memberships` | `lead`, `at` | for each segment a [`Membership`](crate::Membership) |
/// | `members` | `segment`, `leads`, `at` | [`Members`](crate::Members) |
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
/// | `forgotten` | `tombstones`, `id`?, `identities`? (of an event) | the id of the one that it is about, or null |
/// | `capture` | `mapping`, `at`, and one of `text`, `payload`, `row` (`{"header": [], "cells": []}`) | [`Captured`](crate::Captured) |
/// | `apply` | `lead`, `person` (one of the people of a capture) | [`Applied`](crate::Applied) and the new `lead` |
/// | `reclassify` | `lead`; or with `activities` and `trust`, by the host's own judgement | `lead`, `reclassified` |
/// | `read_vcards` | `text` | list of cards |
/// | `read_card_lines` | `lines` | a card |
/// | `process` | `lead`, `input` (an [`Input`](crate::Input)), `at`, `suppression`? | an [`Outcome`](crate::Outcome) |
/// | `effect_events` | as `process` | its effects as CloudEvents |
/// | `preview` | `template`, `version`?, `lead`, `at`, `values`? | [`Rendered`](crate::Rendered) |
/// | `render` | `effect` (of an outcome), `lead`, `values`? | [`Rendered`](crate::Rendered) |
/// | `diagram` | `scenario`, `format` (`svg`; `mermaid`, `graphviz`), `language` (`en`), `counts`? (of `step_counts`) | text |
/// | `step_counts` | `leads` | by scenario, [`StepCounts`](crate::StepCounts) |
/// | `simulate_lead` | `lead`, `simulation` (a [`Simulation`](crate::Simulation)) | a [`LeadSimulation`](crate::LeadSimulation) |
/// | `simulate` | `leads`, `simulation` | [`Simulated`](crate::Simulated) |
/// | `safe_cells` | `cells` | the same, safe for a spreadsheet |
/// | `timeline` | `lead`, `from`, `to`, `known` (`then`) | a [`Timeline`](crate::Timeline) |
/// | `campaigns` | `leads`, `at`, `spend`? (a table) | an [`Analysis`](crate::analytics::Analysis) |
/// | `score_lift` | `leads`, `at`, `options`? | an [`Analysis`](crate::analytics::Analysis) |
/// | `backtest` | `candidate` (the text of a playbook), `leads`, `from`, `to`, `options`? | an [`Analysis`](crate::analytics::Analysis) |
/// | `next_change` | `lead`, `at`, `until` (none) | a [`TimedChange`](crate::TimedChange), or null |
/// | `why` | `lead`, `at`, `scorecard`?, `known` (`then`) | a `Why` |
/// | `why_not` | `lead`, `at`, `scorecard`?, `rank`?, `known` (`then`) | a `WhyNot` |
/// | `what_would` | `lead`, `at`, and what is in `WhatWouldOptions` | a `WhatWould` |
/// | `receipt` | `lead`, `at`, `known` (`then`), `call` (`assess`), `arguments`? (the others of that call) | a `Receipt` |
/// | `verify_receipt` | `lead`, `receipt`, `arguments`? | a `ReceiptCheck` |
/// | `lint` | `disable` (codes, none), `severity` (the mildest: `note`) | the [`Lint`](crate::Lint) of its playbook |
/// | `route` | `lead`, `roster`, `at`, `policy`?, `account`?, `explain` (true) | a `Routed` |
/// | `route_many` | `leads`, `roster`, `at`, `policy`?, `explain` (false) | `results`: for each lead an envelope with a `Routed`; `roster` |
/// | `follow_up` | `lead`, `roster`, `at` | a `Routed` |
/// | `verify` | `roster`, `policy`? | a `Verification` |
/// | `rebalance` | `leads`, `roster`, `at`, `policy`? | a `Rebalanced` |
/// | `brief` | `lead`, `at`, `assignment`?, `account`?, `others`? (leads of the company), `language` (`en`) | a `Brief` |
/// | `respond` | `lead`, `roster`, `assignment`, `response`, `at` | a `Routed` |
/// | `plan` | `options`? (of tables) | how tables are assessed: `text` and `steps` |
///
/// `campaigns`, `score_lift` and `backtest` are those of the feature `analytics`; `timeline`, `next_change`, `why` to
/// `verify_receipt`, `known` and `lint` those of `trust`; `match` to `forgotten` those of `identity`; `process` and `effect_events` those of `nurturing`; `preview` and `render` those of `templates`; `diagram`,
/// `step_counts`, `simulate_lead` and `simulate` those of `simulation`; `route` to
/// `respond` those of `routing`; `plan` that of `arrow`.
#[must_use]
pub fn call_engine(engine: &Engine, method: &str, args: &str) -> String {
    match method {
        "assess" => envelope(assess(engine, args)),
        "assess_many" => envelope(assess_many(engine, args)),
        "assess_many_in_brief" => envelope(brief::assess_many(engine, args)),
        "explain" => envelope(explain(engine, args)),
        "memberships" => envelope(memberships(engine, args)),
        "members" => envelope(members(engine, args)),
        #[cfg(feature = "routing")]
        "route" => envelope(routing::route(engine, args)),
        #[cfg(feature = "routing")]
        "route_many" => envelope(routing::route_many(engine, args)),
        #[cfg(feature = "routing")]
        "follow_up" => envelope(routing::follow_up(engine, args)),
        #[cfg(feature = "routing")]
        "respond" => envelope(routing::respond(engine, args)),
        #[cfg(feature = "routing")]
        "verify" => envelope(routing::verify(engine, args)),
        #[cfg(feature = "routing")]
        "rebalance" => envelope(routing::rebalance(engine, args)),
        #[cfg(feature = "routing")]
        "brief" => envelope(routing::brief(engine, args)),
        _ => {
            let answer = capture::call(engine, method, args).or_else(|| intake::call(engine, method, args));
            #[cfg(feature = "identity")]
            let answer = answer.or_else(|| identity::call(engine, method, args));
            #[cfg(feature = "nurturing")]
            let answer = answer.or_else(|| nurturing::call(engine, method, args));
            #[cfg(feature = "templates")]
            let answer = answer.or_else(|| templates::call(engine, method, args));
            #[cfg(feature = "trust")]
            let answer = answer
                .or_else(|| trust::call(engine, method, args))
                .or_else(|| why::call(engine, method, args))
                .or_else(|| receipt::call(engine, method, args))
                .or_else(|| lint::call(engine, method, args));
            #[cfg(feature = "analytics")]
            let answer = answer.or_else(|| insight::call(engine, method, args));
            #[cfg(feature = "simulation")]
            let answer = answer.or_else(|| simulation::call(engine, method, args));
            #[cfg(feature = "arrow")]
            let answer = answer.or_else(|| tables::call(engine, method, args));
            if let Some(answer) = answer {
                return answer;
            }
            #[cfg(feature = "routing")]
            let more = routing::METHODS;
            #[cfg(not(feature = "routing"))]
            let more: [&str; 0] = [];
            let own = ["assess", "assess_many", "assess_many_in_brief", "explain", "memberships", "members"];
            let known = own.into_iter().chain(capture::METHODS);
            #[cfg(feature = "identity")]
            let known = known.chain(identity::METHODS);
            let known = known.chain(intake::METHODS).chain(more);
            #[cfg(feature = "nurturing")]
            let known = known.chain(nurturing::METHODS);
            #[cfg(feature = "templates")]
            let known = known.chain(templates::METHODS);
            #[cfg(feature = "trust")]
            let known =
                known.chain(trust::METHODS).chain(why::METHODS).chain(receipt::METHODS).chain(lint::METHODS);
            #[cfg(feature = "analytics")]
            let known = known.chain(insight::METHODS);
            #[cfg(feature = "simulation")]
            let known = known.chain(simulation::METHODS);
            #[cfg(feature = "arrow")]
            let known = known.chain(tables::METHODS);
            let known = nearest(method, known);
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

impl<'a, T> Envelope<'a, T> {
    fn refusal(error: &'a Error) -> Self {
        Self::Error(Refusal {
            kind: error.kind(),
            code: error.code(),
            message: error.to_string(),
            diagnostics: error.diagnostics(),
        })
    }
}

impl<'a, T> From<&'a Result<T, Error>> for Envelope<'a, &'a T> {
    fn from(result: &'a Result<T, Error>) -> Self {
        result.as_ref().map_or_else(Self::refusal, Self::Ok)
    }
}

fn envelope<T: Serialize>(result: Result<T, Error>) -> String {
    to_text(&Envelope::from(&result))
}

fn to_text<T: Serialize>(value: &T) -> String {
    // INVARIANT: string keys and finite numbers only, so serialisation cannot fail.
    serde_json::to_string(value).unwrap_or_default()
}

/// Reads arguments. A lead among them that is malformed is told as a lead's problem, not as the call's.
fn read<'a, T: Deserialize<'a>>(args: &'a str) -> Result<T, Error> {
    serde_json::from_str(args).map_err(|error| {
        let wording = Wording::of(&error.to_string());
        let message = format!("arguments that the call does not take: {}", wording.message);
        let help = "the documentation of `api` lists what each method takes";
        Error::call(wording.remedied(Diagnostic::error(Code::BadCall, message), help))
    })
}

/// A lead inside arguments: its own problems stay its own.
struct Record(Result<Lead, String>);

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(raw.get()).map_err(|error| {
            let full = error.to_string();
            full.split(" at line ").next().unwrap_or(&full).to_owned()
        })))
    }
}

impl Record {
    #[cfg(any(feature = "analytics", feature = "nurturing", feature = "routing"))]
    fn into_lead(self) -> Result<Lead, Error> {
        self.0.map_err(|message| Error::lead(vec![record_diagnostic(&message, "")]))
    }

    fn lead(&self) -> Result<&Lead, Error> {
        self.0.as_ref().map_err(|message| Error::lead(vec![record_diagnostic(message, "")]))
    }
}

#[cfg(feature = "trust")]
fn as_known(prepared: Prepared<'_>, known: Known) -> Prepared<'_> {
    if known == Known::Now { prepared.in_hindsight() } else { prepared }
}

fn detail(ledger: bool) -> Detail {
    if ledger { Detail::Ledger } else { Detail::Figures }
}

fn assess(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        at: Instant,
        #[serde(default)]
        ledger: Option<bool>,
        #[cfg(feature = "trust")]
        #[serde(default)]
        known: Known,
    }

    let args: Args = read(args)?;
    let prepared = engine.prepare(args.lead.lead()?)?;
    #[cfg(feature = "trust")]
    let prepared = as_known(prepared, args.known);
    prepared.assess(args.at, detail(args.ledger.unwrap_or(true)))
}

fn assess_many(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        leads: Vec<Record>,
        at: Instant,
        #[serde(default)]
        ledger: bool,
        #[cfg(feature = "trust")]
        #[serde(default)]
        known: Known,
    }

    /// For each lead an envelope of its own.
    struct Answers(Vec<Result<Assessment, Error>>);

    impl Serialize for Answers {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_seq(self.0.iter().map(Envelope::from))
        }
    }

    let args: Args = read(args)?;
    let one = |record: &Record| {
        let prepared = engine.prepare(record.lead()?)?;
        #[cfg(feature = "trust")]
        let prepared = as_known(prepared, args.known);
        prepared.assess(args.at, detail(args.ledger))
    };
    Ok(Answers(args.leads.iter().map(one).collect()))
}

fn explain(engine: &Engine, args: &str) -> Result<String, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        at: Instant,
        #[serde(default)]
        language: Language,
        #[cfg(feature = "trust")]
        #[serde(default)]
        known: Known,
    }

    let args: Args = read(args)?;
    let prepared = engine.prepare(args.lead.lead()?)?;
    #[cfg(feature = "trust")]
    let prepared = as_known(prepared, args.known);
    Ok(prepared.assess(args.at, Detail::Ledger)?.explain(args.language))
}

fn memberships(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        at: Instant,
    }

    let args: Args = read(args)?;
    engine.prepare(args.lead.lead()?)?.memberships(args.at)
}

fn members(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        segment: String,
        leads: Vec<Record>,
        at: Instant,
    }

    let args: Args = read(args)?;
    let leads = args.leads.iter().map(Record::lead).collect::<Result<Vec<_>, _>>()?;
    engine.members(&args.segment, leads, args.at)
}
