//! The engine hands leads over: it reads lead and roster, and calls the room.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Engine;
use super::router::Router;
use crate::base::diagnostic::Diagnostic;
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::lead::account::CompanyAccount;
use crate::lead::assignment::Assignment;
use crate::lead::record::Lead;
use crate::routing::compile::{Policy, Routing};
use crate::routing::decide::{Considered, RoutingStep};
use crate::routing::people::People;
use crate::routing::roster::Roster;
use crate::routing::sla::Response;
use crate::routing::verify::{Verification, verify};

/// What handing over comes to: the lead's assignments as its record should hold them, the roster as the host should
/// keep it, and whom to tell.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Routed {
    /// The lead's id.
    pub lead: String,
    /// All assignments of the lead, those of the past included: they replace the record's.
    pub assignments: Vec<Assignment>,
    /// What happened now, and whom to tell.
    pub steps: Vec<RoutingStep>,
    /// When to ask again by `follow_up`, if nothing happens before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_wakeup: Option<Instant>,
    /// The roster after it; absent in a batch, which has one for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub roster: Option<Roster>,
    /// The rules that were looked at, up to the one that decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub considered: Vec<Considered>,
    /// Conditions that failed on this lead, and so did not hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Diagnostic>,
}

impl Routed {
    /// With the roster that the host should keep.
    fn closing(mut self, router: Router<'_>) -> Self {
        self.roster = Some(router.close());
        self
    }
}

/// How to hand over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RouteOptions {
    /// The policy; the first of the playbook if none is named.
    pub policy: Option<String>,
    /// The company's account, where the host knows it already; otherwise the roster's accounts are searched.
    pub account: Option<CompanyAccount>,
    /// Whether to say which rules and members were looked at.
    pub explain: bool,
}

/// The work of everybody before and after a change.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Rebalanced {
    /// How many leads were looked at.
    pub leads: u64,
    /// How many of them would have another owner, or a first one.
    pub moved: u64,
    /// How many nobody would be accountable for.
    pub unowned: u64,
    /// Assignments of each member.
    pub members: BTreeMap<String, Share>,
    /// Assignments of each team.
    pub teams: BTreeMap<String, Share>,
}

/// A share of the work: open assignments as the records have them, and as they would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Share {
    /// Now.
    pub before: u64,
    /// After the change.
    pub after: u64,
}

impl Engine {
    /// Hands a lead over: exactly one accountable owner for it, or one for each product where the policy separates.
    ///
    /// A lead that is in somebody's hands already stays there: routing twice gives the same owner and nothing to do.
    /// Nothing is sent and nothing is stored: a call whose result is thrown away was a dry run.
    ///
    /// # Errors
    /// `IK0402` as [`Engine::assess`], `IK0602` for a roster that cannot be worked with, `IK0601` for a policy that
    /// does not exist, `IK0504` if nobody would be accountable.
    ///
    /// ```
    /// use ikusei::{Lead, Playbook, Roster, RouteOptions};
    ///
    /// let engine = Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// fields: { prefecture: { type: text } }
    /// routing:
    ///   teams: { east: { cut: area, covers: 'prefecture == "東京都"' } }
    ///   policies: { default: { accountable: [{ to: area }], queue: { owner: mori } } }
    /// "#)?.compile()?;
    /// let roster = Roster::from_json(r#"{"members": [{"id": "sato", "teams": ["east"]}, {"id": "mori"}]}"#)?;
    /// let at = "2026-11-20T10:00:00+09:00".parse::<ikusei::Instant>()?;
    /// let routed = engine.route(&Lead::new("l").with_field("prefecture", "東京都"), &roster, at, &RouteOptions::default())?;
    /// assert_eq!(routed.assignments[0].owner, "sato");
    /// let routed = engine.route(&Lead::new("l").with_field("prefecture", "沖縄県"), &roster, at, &RouteOptions::default())?;
    /// assert_eq!(routed.assignments[0].owner, "mori");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn route(
        &self,
        lead: &Lead,
        roster: &Roster,
        at: impl Into<Instant>,
        options: &RouteOptions,
    ) -> Result<Routed, Error> {
        let mut router = self.router(roster, options)?;
        let routed = router.route(lead, at)?;
        Ok(routed.closing(router))
    }

    /// A desk that stays open, for many leads: the same owners as one by one.
    ///
    /// # Errors
    /// `IK0602` for a roster that cannot be worked with, `IK0601` for a policy that does not exist.
    pub fn router(&self, roster: &Roster, options: &RouteOptions) -> Result<Router<'_>, Error> {
        self.routing().policy(options.policy.as_deref()).map_err(Error::call)?;
        Router::open(self, roster, options)
    }

    /// What has come due on a lead's assignments: reminders, reassignments, escalations; and open work of members
    /// who have left goes to others; of two that a merge of records brought together, the older stays. Each call takes one step of each assignment; ask again at `next_wakeup`.
    ///
    /// # Errors
    /// As [`Engine::route`].
    pub fn follow_up(&self, lead: &Lead, roster: &Roster, at: impl Into<Instant>) -> Result<Routed, Error> {
        let mut router = Router::open(self, roster, &RouteOptions::default())?;
        let routed = router.follow_up(lead, at)?;
        Ok(routed.closing(router))
    }

    /// What an owner says of an assignment, and what becomes of it.
    ///
    /// # Errors
    /// `IK0601` if the lead has no such assignment or it is over; otherwise as [`Engine::route`].
    ///
    /// ```
    /// use ikusei::{Lead, Playbook, Response, Roster, RouteOptions};
    /// # let engine = Playbook::parse("{ikusei: 1, name: demo, routing: {policies: {default: {queue: {owner: mori}, sla: {accept: 4h}}}}}")?.compile()?;
    /// let roster = Roster::from_json(r#"{"members": [{"id": "mori"}]}"#)?;
    /// let at = "2026-11-20T10:00:00Z".parse::<ikusei::Instant>()?;
    /// let mut lead = Lead::new("lead-1");
    /// let routed = engine.route(&lead, &roster, at, &RouteOptions::default())?;
    /// lead.assignments = routed.assignments;
    /// let routed = engine.respond(&lead, &routed.roster.unwrap_or_default(), "lead-1:default:1", &Response::Accept, at)?;
    /// assert!(routed.next_wakeup.is_none(), "accepted in time");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn respond(
        &self,
        lead: &Lead,
        roster: &Roster,
        assignment: &str,
        response: &Response,
        at: impl Into<Instant>,
    ) -> Result<Routed, Error> {
        let mut router = Router::open(self, roster, &RouteOptions::default())?;
        let routed = router.respond(lead, assignment, response, at)?;
        Ok(routed.closing(router))
    }

    /// Proves the policies against a roster: that every lead there can be has exactly one accountable team with
    /// somebody active behind it, or a queue with an owner; else with an example of each lead that has not.
    ///
    /// All policies, or the one that is named. It looks at what conditions name: see [`Verification::combinations`].
    ///
    /// # Errors
    /// `IK0602` for a roster that cannot be worked with, `IK0601` for a policy that does not exist.
    ///
    /// ```
    /// use ikusei::{FindingKind, Playbook, Roster};
    /// # let engine = Playbook::parse(r#"
    /// # ikusei: 1
    /// # name: demo
    /// # fields: { prefecture: { type: text } }
    /// # routing:
    /// #   teams: { east: { cut: area, covers: 'prefecture == "東京都"' } }
    /// #   policies: { default: { accountable: [{ to: area }] } }
    /// # "#)?.compile()?;
    /// let roster = Roster::from_json(r#"{"members": [{"id": "sato", "teams": ["east"]}, {"id": "mori", "teams": ["east"]}]}"#)?;
    /// let found = engine.verify(&roster, None)?;
    /// assert!(!found.holds);
    /// assert_eq!(found.findings[0].kind, FindingKind::Gap);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn verify(&self, roster: &Roster, policy: Option<&str>) -> Result<Verification, Error> {
        let compiled = &self.compiled;
        let routing = self.routing();
        let policies: Vec<&Policy> = match policy {
            Some(name) => vec![routing.policy(Some(name)).map_err(Error::call)?],
            None => routing.policies.iter().collect(),
        };
        let people = People::read(roster, routing, compiled.zone)?;
        let cards: Vec<(&str, Vec<&str>)> = compiled
            .cards
            .iter()
            .map(|card| {
                let ranks = card.qualification.ranks.iter().map(|rank| rank.name.as_str());
                (card.name.as_str(), ranks.collect())
            })
            .collect();
        Ok(verify(&compiled.model, routing, &people, &cards, &policies))
    }

    /// What a policy would do to the work of everybody: all leads handed over anew, as if nobody had them yet.
    /// Nothing is changed by it. Leads that nobody would be accountable for are counted.
    ///
    /// # Errors
    /// As [`Engine::route`] for the roster and the policy, and for the first lead that cannot be read.
    pub fn rebalance<'l>(
        &self,
        leads: impl IntoIterator<Item = &'l Lead>,
        roster: &Roster,
        at: impl Into<Instant>,
        options: &RouteOptions,
    ) -> Result<Rebalanced, Error> {
        let at = at.into();
        let mut empty = roster.clone();
        empty.load.clear();
        empty.balances.clear();
        let mut router = self.router(&empty, options)?;
        let mut found = Rebalanced::default();
        for lead in leads {
            let mut bare = lead.clone();
            bare.assignments.clear();
            found.leads += 1;
            let before = lead.assignments.iter().filter(|known| known.state.is_open());
            let mut owners: Vec<&str> = Vec::new();
            for assignment in before {
                owners.push(&assignment.owner);
                found.members.entry(assignment.owner.clone()).or_default().before += 1;
                if let Some(team) = &assignment.team {
                    found.teams.entry(team.clone()).or_default().before += 1;
                }
            }
            match router.route(&bare, at) {
                Ok(routed) => {
                    let mut moves = owners.is_empty();
                    for assignment in &routed.assignments {
                        moves |= !owners.contains(&assignment.owner.as_str());
                        found.members.entry(assignment.owner.clone()).or_default().after += 1;
                        if let Some(team) = &assignment.team {
                            found.teams.entry(team.clone()).or_default().after += 1;
                        }
                    }
                    found.moved += u64::from(moves);
                }
                Err(error) if error.is_evaluation() => found.unowned += 1,
                Err(error) => return Err(error),
            }
        }
        Ok(found)
    }

    fn routing(&self) -> &Routing {
        &self.compiled.routing
    }
}
