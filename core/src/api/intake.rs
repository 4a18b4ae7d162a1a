//! The facade's part for what comes in: payloads, records, trust, cards.

use serde::{Deserialize, Serialize};

use super::envelope;
use super::typed::{Record, read};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::capture::{Applied, Captured, CapturedPerson, Payload, Reclassified};
use crate::engine::Engine;
use crate::lead::activity::Trust;
use crate::lead::record::Lead;
use crate::lead::value::Value;

pub(super) const METHODS: [&str; 6] =
    ["capture", "apply", "reclassify", "read_vcards", "read_card_lines", "safe_cells"];

/// The envelope of a method of this file; `None` for another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    Some(match method {
        "capture" => envelope(capture(engine, args)),
        "apply" => envelope(apply(engine, args)),
        "reclassify" => envelope(reclassify(engine, args)),
        "read_vcards" => envelope(vcards(args)),
        "read_card_lines" => envelope(card_lines(args)),
        "safe_cells" => envelope(safe_cells(args)),
        _ => return None,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CaptureArgs {
    mapping: String,
    at: Instant,
    /// The body as it came in.
    #[serde(default)]
    text: Option<String>,
    /// The body, read already.
    #[serde(default)]
    payload: Option<Value>,
    /// A row of a table.
    #[serde(default)]
    row: Option<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    header: Vec<String>,
    cells: Vec<String>,
}

fn capture(engine: &Engine, args: &str) -> Result<Captured, Error> {
    let args: CaptureArgs = read(args)?;
    let payload = match (args.text, args.payload, args.row) {
        (Some(text), None, None) => engine.payload(&args.mapping, &text)?,
        (None, Some(payload), None) => Payload::from(payload),
        (None, None, Some(row)) => {
            Payload::row(row.header.iter().map(String::as_str), row.cells.iter().map(String::as_str))
        }
        _ => {
            let diagnostic =
                Diagnostic::error(Code::BadCall, "a capture takes one of `text`, `payload` and `row`");
            return Err(Error::call(diagnostic.with_help("give the body as it came in as `text`")));
        }
    };
    engine.capture(&args.mapping, &payload, args.at)
}

#[derive(Serialize)]
struct Judged<T> {
    lead: Lead,
    #[serde(flatten)]
    result: T,
}

fn apply(engine: &Engine, args: &str) -> Result<Judged<Applied>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        person: CapturedPerson,
    }

    let args: Args = read(args)?;
    let mut lead = args.lead.lead()?.clone();
    let result = engine.apply(&mut lead, &args.person);
    Ok(Judged { lead, result })
}

fn reclassify(engine: &Engine, args: &str) -> Result<Judged<Reclassification>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        /// These activities by the host's own judgement; without them all by the playbook's rules.
        #[serde(default)]
        activities: Option<Vec<String>>,
        #[serde(default)]
        trust: Option<Trust>,
    }

    let args: Args = read(args)?;
    let mut lead = args.lead.lead()?.clone();
    let reclassified = match (args.activities, args.trust) {
        (None, None) => engine.reclassify(&mut lead),
        (Some(ids), Some(trust)) => {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            lead.reclassify(&ids, trust)
        }
        _ => {
            let diagnostic = Diagnostic::error(Code::BadCall, "`activities` and `trust` go together");
            return Err(Error::call(
                diagnostic.with_help("give both, or neither to go by the playbook's rules"),
            ));
        }
    };
    Ok(Judged { lead, result: Reclassification { reclassified } })
}

#[derive(Serialize)]
struct Reclassification {
    reclassified: Vec<Reclassified>,
}

fn safe_cells(args: &str) -> Result<Vec<String>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        cells: Vec<String>,
    }

    let args: Args = read(args)?;
    Ok(args.cells.iter().map(|cell| crate::capture::safe_cell(cell).into_owned()).collect())
}

/// A business card, read.
#[cfg(feature = "cards")]
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Card"))]
pub(crate) struct ReadCard {
    #[serde(flatten)]
    card: crate::capture::Card,
    /// The best of each field, as a payload for the mapping `card`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::base::map::Map<String, Value>"))]
    payload: Value,
}

#[cfg(feature = "cards")]
impl From<crate::capture::Card> for ReadCard {
    fn from(card: crate::capture::Card) -> Self {
        Self { payload: card.payload().value().clone(), card }
    }
}

#[cfg(feature = "cards")]
fn vcards(args: &str) -> Result<Vec<ReadCard>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        text: String,
    }

    let args: Args = read(args)?;
    Ok(crate::capture::Card::of_vcards(&args.text).into_iter().map(ReadCard::from).collect())
}

#[cfg(feature = "cards")]
fn card_lines(args: &str) -> Result<ReadCard, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lines: Vec<String>,
    }

    let args: Args = read(args)?;
    Ok(crate::capture::Card::of_lines(args.lines.iter().map(String::as_str)).into())
}

#[cfg(not(feature = "cards"))]
fn vcards(_: &str) -> Result<(), Error> {
    Err(no_cards())
}

#[cfg(not(feature = "cards"))]
fn card_lines(_: &str) -> Result<(), Error> {
    Err(no_cards())
}

#[cfg(not(feature = "cards"))]
fn no_cards() -> Error {
    let diagnostic = Diagnostic::error(Code::NotInThisBuild, "this build reads no business cards");
    Error::call(diagnostic.with_help("use a build with the feature `cards`"))
}
