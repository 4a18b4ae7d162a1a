//! A desk that stays open: the roster is read once, and each lead costs what it asks for.

use super::routing::{RouteOptions, Routed};
use super::{Derivation, Engine, Prepared};
use crate::assessment::Detail;
use crate::base::diagnostic::Diagnostic;
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::expr::{Derived, Frame};
use crate::lead::assignment::Assignment;
use crate::lead::facts::{Cell, Facts};
use crate::lead::record::Lead;
use crate::routing::compile::Policy;
use crate::routing::decide::{Desk, View};
use crate::routing::people::{AccountKey, account_key};
use crate::routing::roster::{Roster, RosterChange};
use crate::routing::sla::{Case, Response, no_assignment, nobody};

/// A desk where leads are handed out one after another: the roster is read once, and a lead costs microseconds.
///
/// A host that hands out leads one by one keeps it open, and stores after each lead what [`Router::change`] gives:
/// only if the stored revision is still the one before it. If another process was faster, it reads the roster again,
/// opens another desk, and routes again.
///
/// ```
/// use ikusei::{Lead, Playbook, Roster, RouteOptions};
/// # let engine = Playbook::parse("{ikusei: 1, name: demo, routing: {policies: {default: {queue: {owner: mori}}}}}")?.compile()?;
/// let mut stored = Roster::from_json(r#"{"members": [{"id": "mori"}]}"#)?;
/// let at = "2026-11-20T10:00:00Z".parse::<ikusei::Instant>()?;
/// let mut router = engine.router(&stored, &RouteOptions::default())?;
/// for id in ["lead-1", "lead-2"] {
///     assert_eq!(router.route(&Lead::new(id), at)?.assignments[0].owner, "mori");
///     let change = router.change().ok_or("a lead was booked")?;
///     // UPDATE roster SET revision = :after WHERE revision = :before, and one row for each counter.
///     assert_eq!((stored.revision + 1, change.load["mori"].open), (change.revision, change.load["mori"].open));
///     stored.apply(&change);
/// }
/// assert_eq!(stored, router.close());
/// assert_eq!((stored.revision, stored.load["mori"].open), (2, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Router<'e> {
    engine: &'e Engine,
    desk: Desk<'e>,
    options: RouteOptions,
    asks_keys: bool,
}

impl<'e> Router<'e> {
    /// A desk over a roster.
    pub(super) fn open(engine: &'e Engine, roster: &Roster, options: &RouteOptions) -> Result<Self, Error> {
        let routing = &engine.compiled.routing;
        let desk = Desk::open(routing, roster, engine.compiled.zone)?;
        let asks_keys = routing.asks_keys || !roster.accounts.is_empty();
        Ok(Self { engine, desk, options: options.clone(), asks_keys })
    }

    /// Hands one lead over. The result has no roster: [`Router::change`] tells what became of it.
    ///
    /// # Errors
    /// As [`Engine::route`].
    pub fn route(&mut self, lead: &Lead, at: impl Into<Instant>) -> Result<Routed, Error> {
        let at = at.into();
        let policy = self.desk.routing.policy(self.options.policy.as_deref()).map_err(Error::call)?;
        let prepared = self.engine.prepare(lead)?;
        let mut whole = Whole::read(prepared, &self.desk, &self.options, self.asks_keys, at)?;
        let abouts = whole.abouts(policy);
        let mut assignments = lead.assignments.clone();
        let (mut steps, mut considered, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
        for about in abouts {
            let about = about.as_deref();
            let same = |known: &&Assignment| known.policy == policy.name && known.about.as_deref() == about;
            if assignments.iter().any(|known| same(&known) && known.state.is_open()) {
                continue;
            }
            let number = assignments.iter().filter(same).count() + 1;
            whole.narrow(policy, about);
            let view = whole.view(at, about);
            let mut notes = Vec::new();
            let explained = self.options.explain.then_some(&mut notes);
            let choice = self.desk.choose(&view, policy, &lead.assignments, explained, &mut warnings);
            for note in &mut notes {
                note.about = about.map(str::to_owned);
            }
            considered.append(&mut notes);
            let Some(choice) = choice else { return Err(Error::evaluation(nobody(policy))) };
            let mut case =
                Case { desk: &mut self.desk, policy, view, at, steps: Vec::new(), warnings: Vec::new() };
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

    /// What has come due on a lead's assignments, as [`Engine::follow_up`].
    ///
    /// # Errors
    /// As [`Engine::follow_up`].
    pub fn follow_up(&mut self, lead: &Lead, at: impl Into<Instant>) -> Result<Routed, Error> {
        let open = || lead.assignments.iter().filter(|known| known.state.is_open());
        self.on_assignments(lead, at.into(), None, |case, assignment| {
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

    /// What an owner says of an assignment, as [`Engine::respond`].
    ///
    /// # Errors
    /// As [`Engine::respond`].
    pub fn respond(
        &mut self,
        lead: &Lead,
        assignment: &str,
        response: &Response,
        at: impl Into<Instant>,
    ) -> Result<Routed, Error> {
        if !lead.assignments.iter().any(|known| known.id == assignment) {
            return Err(Error::call(no_assignment(lead, assignment)));
        }
        self.on_assignments(lead, at.into(), Some(assignment), |case, assignment| {
            case.respond(assignment, response)
        })
    }

    /// What the calls since the last change did to the roster, whose revision rises by one; `None` if they did nothing.
    pub fn change(&mut self) -> Option<RosterChange> {
        self.desk.change()
    }

    /// The roster after all calls; its revision is one higher if there was a change that [`Router::change`] has not
    /// given yet.
    #[must_use]
    pub fn close(self) -> Roster {
        self.desk.close()
    }

    fn on_assignments(
        &mut self,
        lead: &Lead,
        at: Instant,
        only: Option<&str>,
        run: impl Fn(&mut Case<'_, '_, '_>, &mut Assignment) -> Result<(), Diagnostic>,
    ) -> Result<Routed, Error> {
        let prepared = self.engine.prepare(lead)?;
        let mut whole = Whole::read(prepared, &self.desk, &self.options, self.asks_keys, at)?;
        let mut assignments = lead.assignments.clone();
        let (mut steps, mut warnings) = (Vec::new(), Vec::new());
        for assignment in assignments.iter_mut().filter(|known| only.is_none_or(|only| only == known.id)) {
            let policy = self.desk.routing.policy(Some(&assignment.policy)).map_err(Error::call)?;
            let about = assignment.about.clone();
            whole.narrow(policy, about.as_deref());
            let view = whole.view(at, about.as_deref());
            let mut case =
                Case { desk: &mut self.desk, policy, view, at, steps: Vec::new(), warnings: Vec::new() };
            run(&mut case, assignment).map_err(Error::evaluation_or_call)?;
            steps.append(&mut case.steps);
            warnings.append(&mut case.warnings);
        }
        Ok(Routed {
            lead: lead.id.clone(),
            next_wakeup: next_wakeup(&assignments),
            assignments,
            steps,
            roster: None,
            considered: Vec::new(),
            warnings,
        })
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
