//! The facade's part for identity resolution and consent: what is decided about records where they are kept.

use serde::{Deserialize, Serialize};

use super::{Record, envelope, read};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::time::Instant;
use crate::capture::{ConsentEvent, Suppression, Tombstone};
use crate::engine::Engine;
use crate::lead::model::Identity;
use crate::lead::record::{Lead, LeadIdentity};

pub(super) const METHODS: [&str; 9] =
    ["match", "merge", "unmerge", "dedupe", "accounts", "consent", "may_send", "forget", "forgotten"];

/// The envelope of a method of this file; `None` for another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    Some(match method {
        "match" => envelope(match_leads(engine, args)),
        "merge" => envelope(merge(engine, args)),
        "unmerge" => envelope(unmerge(engine, args)),
        "dedupe" => envelope(dedupe(engine, args)),
        "accounts" => envelope(accounts(engine, args)),
        "consent" => envelope(consent(engine, args)),
        "may_send" => envelope(may_send(engine, args)),
        "forget" => envelope(forget(engine, args)),
        "forgotten" => envelope(forgotten(engine, args)),
        _ => return None,
    })
}

/// Both records of a merge that was undone.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Unmerged {
    /// The record that had taken the other in.
    lead: Lead,
    /// The record that had been merged in.
    taken_out: Lead,
}

/// Which rows of a table are one.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Duplicates {
    /// Ids that are one person or company, those of a cluster together, in the order of the rows.
    clusters: Vec<Vec<String>>,
    /// Pairs that somebody should look at.
    review: Vec<ReviewPair>,
    /// How many pairs were compared.
    compared: u64,
}

/// Two rows that may be one.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct ReviewPair {
    /// Id of the one.
    first: String,
    /// Id of the other.
    second: String,
    /// How alike they are, between 0 and 1.
    similarity: Points,
}

fn match_leads(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        a: Record,
        b: Record,
    }

    let args: Args = read(args)?;
    Ok(engine.match_leads(args.a.lead()?, args.b.lead()?))
}

fn merge(engine: &Engine, args: &str) -> Result<Lead, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        a: Record,
        b: Record,
        at: Instant,
    }

    let args: Args = read(args)?;
    engine.merge(args.a.lead()?, args.b.lead()?, args.at)
}

fn unmerge(engine: &Engine, args: &str) -> Result<Unmerged, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        id: String,
    }

    let args: Args = read(args)?;
    let (lead, taken_out) = engine.unmerge(args.lead.lead()?, &args.id)?;
    Ok(Unmerged { lead, taken_out })
}

fn dedupe(engine: &Engine, args: &str) -> Result<Duplicates, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        level: Identity,
        columns: Vec<String>,
        ids: Vec<String>,
        /// For each id, a value for each column.
        rows: Vec<Vec<Option<String>>>,
    }

    let args: Args = read(args)?;
    if args.ids.len() != args.rows.len() || args.rows.iter().any(|row| row.len() != args.columns.len()) {
        let message = "`rows` does not have a row for each id, with a value for each column";
        return Err(Error::call(
            Diagnostic::error(Code::BadCall, message).with_help("give null where a value is not known"),
        ));
    }
    let columns: Vec<&str> = args.columns.iter().map(String::as_str).collect();
    let mut batch = engine.dedupe(args.level, &columns)?;
    for row in &args.rows {
        batch.push(row.iter().map(Option::as_deref));
    }
    let found = batch.finish();
    let id = |row: u32| {
        let index = usize::try_from(row).unwrap_or(usize::MAX);
        args.ids.get(index).cloned().unwrap_or_else(|| row.to_string())
    };
    Ok(Duplicates {
        clusters: found.clusters.iter().map(|rows| rows.iter().map(|row| id(*row)).collect()).collect(),
        review: found
            .review
            .iter()
            .map(|pair| ReviewPair {
                first: id(pair.first),
                second: id(pair.second),
                similarity: pair.similarity,
            })
            .collect(),
        compared: found.compared,
    })
}

fn accounts(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        leads: Vec<Record>,
    }

    let args: Args = read(args)?;
    let leads = args.leads.iter().map(Record::lead).collect::<Result<Vec<_>, _>>()?;
    Ok(engine.accounts(leads))
}

fn consent(engine: &Engine, args: &str) -> Result<Lead, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        event: ConsentEvent,
    }

    let args: Args = read(args)?;
    Ok(engine.consent(args.lead.lead()?, &args.event))
}

fn may_send(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        channel: String,
        #[serde(default)]
        purpose: Option<String>,
        #[serde(default)]
        address: Option<String>,
        #[serde(default)]
        suppression: Vec<String>,
    }

    let args: Args = read(args)?;
    let list = Suppression::new(args.suppression.iter().map(String::as_str));
    Ok(engine.may_send(
        args.lead.lead()?,
        &args.channel,
        args.purpose.as_deref(),
        args.address.as_deref(),
        Some(&list),
    ))
}

fn forget(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        lead: Record,
        at: Instant,
    }

    let args: Args = read(args)?;
    Ok(engine.forget(args.lead.lead()?, args.at))
}

fn forgotten(engine: &Engine, args: &str) -> Result<Option<String>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        tombstones: Vec<Tombstone>,
        #[serde(default)]
        id: Option<String>,
        #[serde(default)]
        identities: Vec<LeadIdentity>,
    }

    let args: Args = read(args)?;
    let found = engine.forgotten(&args.tombstones, args.id.as_deref(), &args.identities);
    Ok(found.map(|stone| stone.id.clone()))
}
