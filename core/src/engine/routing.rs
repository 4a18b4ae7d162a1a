//! The engine hands leads over: it reads lead and roster, and calls the room.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Derivation, Engine, Prepared};
use crate::assessment::Detail;
use crate::base::diagnostic::Diagnostic;
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::expr::{Derived, Frame};
use crate::lead::account::CompanyAccount;
use crate::lead::assignment::Assignment;
use crate::lead::facts::{Cell, Facts};
use crate::lead::record::Lead;
use crate::routing::compile::{Policy, Routing};
use crate::routing::decide::{Considered, Desk, RoutingStep, View};
use crate::routing::people::{AccountKey, People, account_key};
use crate::routing::roster::Roster;
use crate::routing::sla::{Case, Response, no_assignment, nobody};
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

/// A desk where leads are handed out one after another: the roster is read once.
#[derive(Debug)]
pub struct Router<'e> {
    engine: &'e Engine,
    desk: Desk<'e>,
    options: RouteOptions,
    policy: &'e Policy,
    asks_keys: bool,
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
        let mut routed = router.route(lead, at)?;
        routed.roster = Some(router.close());
        Ok(routed)
    }

    /// A desk for many leads: the same owners as one by one.
    ///
    /// # Errors
    /// `IK0602` for a roster that cannot be worked with, `IK0601` for a policy that does not exist.
    pub fn router(&self, roster: &Roster, options: &RouteOptions) -> Result<Router<'_>, Error> {
        let routing = self.routing();
        let policy = routing.policy(options.policy.as_deref()).map_err(Error::call)?;
        let desk = Desk::open(routing, roster, self.compiled.zone)?;
        let asks_keys = routing.asks_keys || !roster.accounts.is_empty();
        Ok(Router { engine: self, desk, options: options.clone(), policy, asks_keys })
    }

    /// What has come due on a lead's assignments: reminders, reassignments, escalations; and open work of members
    /// who have left goes to others; of two that a merge of records brought together, the older stays. Each call takes one step of each assignment; ask again at `next_wakeup`.
    ///
    /// # Errors
    /// As [`Engine::route`].
    pub fn follow_up(&self, lead: &Lead, roster: &Roster, at: impl Into<Instant>) -> Result<Routed, Error> {
        let open = || lead.assignments.iter().filter(|known| known.state.is_open());
        self.on_assignments(lead, roster, at.into(), None, |case, assignment| {
            // Two records that were one lead all along: whoever had it first keeps it.
            let same =
                |known: &&Assignment| known.policy == assignment.policy && known.about == assignment.about;
            let first = open().filter(same).min_by_key(|known| (known.at, &known.id));
            match first {
                Some(first) if first.id != assignment.id && assignment.state.is_open() => {
                    let reason = Some(format!("merged: `{}` is accountable", first.owner));
                    case.respond(assignment, &Response::Close { reason })
                }
                _ => case.follow_up(assignment),
            }
        })
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
        if !lead.assignments.iter().any(|known| known.id == assignment) {
            return Err(Error::call(no_assignment(lead, assignment)));
        }
        self.on_assignments(lead, roster, at.into(), Some(assignment), |case, assignment| {
            case.respond(assignment, response)
        })
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

    fn on_assignments(
        &self,
        lead: &Lead,
        roster: &Roster,
        at: Instant,
        only: Option<&str>,
        run: impl Fn(&mut Case<'_, '_, '_>, &mut Assignment) -> Result<(), Diagnostic>,
    ) -> Result<Routed, Error> {
        let options = RouteOptions::default();
        let routing = self.routing();
        let mut desk = Desk::open(routing, roster, self.compiled.zone)?;
        let prepared = self.prepare(lead)?;
        let asks_keys = routing.asks_keys || !roster.accounts.is_empty();
        let mut whole = Whole::read(prepared, &desk, &options, asks_keys, at)?;
        let mut assignments = lead.assignments.clone();
        let (mut steps, mut warnings) = (Vec::new(), Vec::new());
        for assignment in assignments.iter_mut().filter(|known| only.is_none_or(|only| only == known.id)) {
            let policy = routing.policy(Some(&assignment.policy)).map_err(Error::call)?;
            let about = assignment.about.clone();
            whole.narrow(policy, about.as_deref());
            let view = whole.view(at, about.as_deref());
            let mut case =
                Case { desk: &mut desk, policy, view, at, steps: Vec::new(), warnings: Vec::new() };
            run(&mut case, assignment).map_err(Error::evaluation_or_call)?;
            steps.append(&mut case.steps);
            warnings.append(&mut case.warnings);
        }
        Ok(Routed {
            lead: lead.id.clone(),
            next_wakeup: next_wakeup(&assignments),
            assignments,
            steps,
            roster: Some(desk.close()),
            considered: Vec::new(),
            warnings,
        })
    }
}

impl Router<'_> {
    /// Hands one lead over. The result has no roster: [`Router::close`] gives the one after all leads.
    ///
    /// # Errors
    /// As [`Engine::route`].
    pub fn route(&mut self, lead: &Lead, at: impl Into<Instant>) -> Result<Routed, Error> {
        let at = at.into();
        let prepared = self.engine.prepare(lead)?;
        let mut whole = Whole::read(prepared, &self.desk, &self.options, self.asks_keys, at)?;
        let abouts = whole.abouts(self.policy);
        let mut assignments = lead.assignments.clone();
        let (mut steps, mut considered, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
        for about in abouts {
            let about = about.as_deref();
            let same =
                |known: &&Assignment| known.policy == self.policy.name && known.about.as_deref() == about;
            if assignments.iter().any(|known| same(&known) && known.state.is_open()) {
                continue;
            }
            let number = assignments.iter().filter(same).count() + 1;
            whole.narrow(self.policy, about);
            let view = whole.view(at, about);
            let mut notes = Vec::new();
            let explained = self.options.explain.then_some(&mut notes);
            let choice = self.desk.choose(&view, self.policy, &lead.assignments, explained, &mut warnings);
            for note in &mut notes {
                note.about = about.map(str::to_owned);
            }
            considered.append(&mut notes);
            let Some(choice) = choice else { return Err(Error::evaluation(nobody(self.policy))) };
            let mut case = Case {
                desk: &mut self.desk,
                policy: self.policy,
                view,
                at,
                steps: Vec::new(),
                warnings: Vec::new(),
            };
            assignments.push(case.hand_over(&choice, number, &lead.assignments));
            steps.append(&mut case.steps);
            warnings.append(&mut case.warnings);
        }
        warnings.extend(std::mem::take(&mut whole.derivation.warnings));
        Ok(Routed {
            lead: lead.id.clone(),
            next_wakeup: next_wakeup(&assignments),
            assignments,
            steps,
            roster: None,
            considered,
            warnings,
        })
    }

    /// The roster after all leads.
    #[must_use]
    pub fn close(self) -> Roster {
        self.desk.close()
    }
}

fn next_wakeup(assignments: &[Assignment]) -> Option<Instant> {
    assignments
        .iter()
        .filter(|known| known.state.is_open())
        .filter_map(|known| known.due)
        .map(|due| due.at)
        .min()
}

/// A lead with all that routing asks of it.
struct Whole<'l> {
    facts: Facts<'l>,
    /// What the field holds that the policy separates by, while one of its values stands in for it.
    held: Option<(usize, Cell<'l>)>,
    derivation: Derivation,
    keys: Vec<String>,
}

impl<'l> Whole<'l> {
    fn read(
        prepared: Prepared<'l>,
        desk: &Desk<'_>,
        options: &RouteOptions,
        asks_keys: bool,
        at: Instant,
    ) -> Result<Self, Error> {
        let mut derivation = if desk.routing.asks_derived {
            prepared.derive(at, Detail::Figures)?
        } else {
            Derivation::default()
        };
        let facts = prepared.facts;
        let mut keys = Vec::new();
        if asks_keys {
            keys.extend(facts.lead.identities.iter().map(|known| account_key(AccountKey::Id, &known.value)));
            let text = |field: &usize| match facts.field(*field) {
                Cell::Text(text) => Some(text.text),
                _ => None,
            };
            let names = desk.routing.company_fields.iter().filter_map(text);
            keys.extend(names.map(|name| account_key(AccountKey::Name, name)));
            let domains = desk.routing.domain_fields.iter().filter_map(text).filter_map(domain);
            keys.extend(domains.map(|domain| account_key(AccountKey::Domain, domain)));
        }
        derivation.account = match &options.account {
            Some(account) => Some(desk.people.with_owner(account.clone())),
            None if asks_keys => desk.people.account(keys.iter()),
            None => None,
        };
        if let (Some(account), true) = (&derivation.account, asks_keys) {
            let ids = std::iter::once(&account.id).chain(&account.parent);
            keys.extend(ids.map(|id| account_key(AccountKey::Id, id)));
            keys.extend(account.names.iter().map(|name| account_key(AccountKey::Name, name)));
        }
        Ok(Self { facts, held: None, derivation, keys })
    }

    /// What is handed over one by one: the values of the policy's field, or the lead as a whole.
    fn abouts(&self, policy: &Policy) -> Vec<Option<String>> {
        let values = policy.separate.map(|field| self.facts.field(field));
        let mut abouts: Vec<Option<String>> = Vec::new();
        if let Some(Cell::Set(items)) = values {
            for item in items {
                if !abouts.iter().any(|known| known.as_deref() == Some(item.text)) {
                    abouts.push(Some(item.text.to_owned()));
                }
            }
        }
        if abouts.is_empty() {
            abouts.push(None);
        }
        abouts
    }

    /// Looks at the lead as far as one of these values goes.
    fn narrow(&mut self, policy: &Policy, about: Option<&str>) {
        if let Some((field, cell)) = self.held.take() {
            self.put(field, cell);
        }
        if let (Some(field), Some(about)) = (policy.separate, about) {
            let cell = self.facts.field(field).clone();
            if let Cell::Set(items) = &cell {
                let one = items.iter().find(|item| item.text == about).copied();
                self.put(field, Cell::Set(one.into_iter().collect()));
                self.held = Some((field, cell));
            }
        }
    }

    fn view<'w>(&'w self, at: Instant, about: Option<&'w str>) -> View<'w> {
        let derived: &dyn Derived = &self.derivation;
        View {
            frame: Frame { facts: &self.facts, at: at.micros(), activity: None, derived: Some(derived) },
            account: self.derivation.account.as_ref(),
            keys: &self.keys,
            about,
        }
    }

    fn put(&mut self, field: usize, cell: Cell<'l>) {
        if let Some(slot) = self.facts.fields.get_mut(field) {
            *slot = cell;
        }
    }
}

/// The domain of a mail address or a web address.
fn domain(text: &str) -> Option<&str> {
    if let Some((_, domain)) = text.rsplit_once('@') {
        return Some(domain);
    }
    let host = text.split_once("://").map_or(text, |(_, rest)| rest).split(['/', ':', '?']).next()?;
    Some(host.strip_prefix("www.").unwrap_or(host)).filter(|host| !host.is_empty())
}
