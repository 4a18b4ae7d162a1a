//! Routing over the facade.

use serde::de::Deserializer;
use serde::{Deserialize, Serialize, Serializer};

use super::{Envelope, Record, read};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::brief::{Brief, BriefOptions};
use crate::engine::{Engine, Rebalanced, RouteOptions, Routed};
use crate::explain::Language;
use crate::lead::account::CompanyAccount;
use crate::routing::roster::{Roster, roster_diagnostic};
use crate::routing::{Response, Verification};

/// The methods of this part, and what runs them.
pub(super) const METHODS: [&str; 7] =
    ["route", "route_many", "follow_up", "respond", "verify", "rebalance", "brief"];

/// A roster inside arguments: its own problems stay its own.
pub(super) struct Team(Result<Roster, String>);

impl<'de> Deserialize<'de> for Team {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&serde_json::value::RawValue>::deserialize(deserializer)?;
        Ok(Self(serde_json::from_str(raw.get()).map_err(|error| error.to_string())))
    }
}

impl Team {
    pub(super) fn roster(&self) -> Result<&Roster, Error> {
        self.0.as_ref().map_err(|message| Error::call(roster_diagnostic(message)))
    }
}

/// Reads the arguments of a method; those after the semicolon may be absent.
macro_rules! arguments {
    ($text:expr; $($name:ident: $kind:ty),+ $(; $($option:ident: $of:ty),+)?) => {{
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Args {
            $($name: $kind,)+
            $($(#[serde(default)] $option: $of,)+)?
        }

        read::<Args>($text)?
    }};
}

pub(super) fn route(engine: &Engine, args: &str) -> Result<Routed, Error> {
    let args = arguments!(args; lead: Record, roster: Team, at: Instant; policy: Option<String>, account: Option<CompanyAccount>, explain: Option<bool>);
    let options =
        RouteOptions { policy: args.policy, account: args.account, explain: args.explain.unwrap_or(true) };
    engine.route(args.lead.lead()?, args.roster.roster()?, args.at, &options)
}

/// For each lead an envelope of its own, and the roster after all of them.
#[derive(Serialize)]
pub(super) struct Many {
    #[serde(serialize_with = "envelopes")]
    results: Vec<Result<Routed, Error>>,
    roster: Roster,
}

fn envelopes<S: Serializer>(results: &[Result<Routed, Error>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(results.iter().map(Envelope::from))
}

pub(super) fn route_many(engine: &Engine, args: &str) -> Result<Many, Error> {
    let args = arguments!(args; leads: Vec<Record>, roster: Team, at: Instant; policy: Option<String>, explain: bool);
    let options = RouteOptions { policy: args.policy, account: None, explain: args.explain };
    let mut router = engine.router(args.roster.roster()?, &options)?;
    let results = args.leads.iter().map(|record| router.route(record.lead()?, args.at)).collect();
    Ok(Many { results, roster: router.close() })
}

pub(super) fn follow_up(engine: &Engine, args: &str) -> Result<Routed, Error> {
    let args = arguments!(args; lead: Record, roster: Team, at: Instant);
    engine.follow_up(args.lead.lead()?, args.roster.roster()?, args.at)
}

pub(super) fn respond(engine: &Engine, args: &str) -> Result<Routed, Error> {
    let args =
        arguments!(args; lead: Record, roster: Team, assignment: String, response: Response, at: Instant);
    engine.respond(args.lead.lead()?, args.roster.roster()?, &args.assignment, &args.response, args.at)
}

pub(super) fn verify(engine: &Engine, args: &str) -> Result<Verification, Error> {
    let args = arguments!(args; roster: Team; policy: Option<String>);
    engine.verify(args.roster.roster()?, args.policy.as_deref())
}

pub(super) fn rebalance(engine: &Engine, args: &str) -> Result<Rebalanced, Error> {
    let args = arguments!(args; leads: Vec<Record>, roster: Team, at: Instant; policy: Option<String>);
    let leads = args.leads.iter().map(Record::lead).collect::<Result<Vec<_>, _>>()?;
    let options = RouteOptions { policy: args.policy, ..RouteOptions::default() };
    engine.rebalance(leads, args.roster.roster()?, args.at, &options)
}

pub(super) fn brief(engine: &Engine, args: &str) -> Result<Brief, Error> {
    let args = arguments!(args; lead: Record, at: Instant; assignment: Option<String>,
        account: Option<CompanyAccount>, others: Vec<Record>, language: Language);
    let others = args.others.into_iter().map(Record::into_lead).collect::<Result<Vec<_>, _>>()?;
    let options = BriefOptions {
        assignment: args.assignment.as_deref(),
        account: args.account.as_ref(),
        others: &others,
        language: args.language,
    };
    engine.brief(args.lead.lead()?, args.at, &options)
}
