//! One input into one record: what was due is caught up with, the input is taken, and everything that follows from it
//! happens, at the instant of the input.
//!
//! | in this order | at |
//! |---|---|
//! | waits that are over, times that recur, dates, silence, what sales gave back, ranks and segments that time alone changes | the instants at which they fall due |
//! | the input becomes facts | now |
//! | ranks and segments; goals and exits; waits that are met; enrolment; steps | now |
//! | the gate, the greatest priority first | now |
//!
//! Facts that a step changes are followed like those of an input. Time never runs back: an input before the last one
//! counts as coming with it.

mod answer;
mod take;
mod upkeep;
mod view;
mod wakeup;

use indexmap::IndexMap;

use crate::base::diagnostic::Diagnostic;
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::capture::Suppression;
use crate::expr::Derived;
use crate::lead::activity::Activity;
use crate::lead::enrolment::{Enrolment, NurturingState, Touch};
use crate::lead::facts::Facts;
use crate::lead::record::{CampaignMembership, Lead, Standing};
use crate::lead::value::Value;
use crate::nurturing::calendar::DAY;
use crate::nurturing::compile::Nurturing;
use crate::nurturing::effect::Effect;
use crate::nurturing::input::{Change, ChangeKind, Input, Outcome};
use crate::nurturing::trigger::Event;

pub(super) use view::View;
pub(crate) use wakeup::Awaited;

/// What reads leads and derives scores, ranks and segments: the engine.
pub(crate) trait Assessor {
    fn read<'l>(&'l self, lead: &'l Lead) -> Result<Box<dyn Reading + 'l>, Error>;
}

/// A lead that was read.
pub(crate) trait Reading {
    fn facts(&self) -> &Facts<'_>;
    /// Scores, ranks and segments of a lead that held some ranks before.
    fn derive(&self, standing: &IndexMap<String, Standing>, at: Instant) -> Result<Box<dyn Findings>, Error>;
    /// The first instant after one and up to another at which something turns, if nothing happens.
    fn next_turn(&self, awaited: &Awaited<'_>, after: i64, until: i64) -> Result<Option<Instant>, Error>;
}

/// Scores, ranks and segments as of an instant.
pub(crate) trait Findings: Derived {
    /// Since when the lead holds its rank on a card.
    fn since(&self, card: usize) -> Option<Instant>;
}

/// Inputs are remembered for 30 days.
const REMEMBERED: i64 = 30 * DAY;
/// Instants that one call catches up with: more than a year of hours.
const MAX_CATCH_UP: usize = 10_000;
/// Rounds of facts changed by steps within one instant.
const MAX_ROUNDS: usize = 100;

/// One call.
pub(super) struct Run<'p> {
    pub(super) nurturing: &'p Nurturing,
    host: &'p dyn Assessor,
    pub(super) list: Option<&'p Suppression>,
    /// The instant that is being lived through.
    pub(super) clock: i64,
    /// The instant of the input, up to which time is caught up with.
    now: i64,
    pub(super) enrolments: Vec<Enrolment>,
    pub(super) touches: Vec<Touch>,
    pub(super) state: NurturingState,
    /// The ranks that the lead held when it was last looked at.
    standing: IndexMap<String, Standing>,
    /// Facts that steps change.
    pub(super) mutations: Vec<(By, Mutation)>,
    pub(super) changes: Vec<Change>,
    pub(super) effects: Vec<Effect>,
    warnings: Vec<Diagnostic>,
}

/// The scenario and step that change facts; nobody for what comes from outside.
pub(super) type By = Option<(String, String)>;

/// A change of facts.
pub(super) enum Mutation {
    Fields(Vec<(String, Value)>),
    Campaign(CampaignMembership),
    Activity(Activity),
}

/// Takes an input.
pub(crate) fn process(
    nurturing: &Nurturing,
    host: &dyn Assessor,
    list: Option<&Suppression>,
    mut lead: Lead,
    input: &Input,
    at: Instant,
) -> Result<Outcome, Error> {
    let state = lead.nurturing.take().unwrap_or_default();
    let now = state.checked.map_or(at, |checked| checked.max(at)).micros();
    let mut checked = state.checked.map_or(now, Instant::micros);
    let mut run = Run {
        nurturing,
        host,
        list,
        clock: checked,
        now,
        enrolments: std::mem::take(&mut lead.enrolments),
        touches: std::mem::take(&mut lead.touches),
        state,
        standing: std::mem::take(&mut lead.standing),
        mutations: Vec::new(),
        changes: Vec::new(),
        effects: Vec::new(),
        warnings: Vec::new(),
    };
    run.migrate();
    for _ in 0..MAX_CATCH_UP {
        let Some(due) = run.upcoming(&lead, checked, false).filter(|due| *due <= now) else { break };
        run.clock = due.max(checked);
        let mut events = run.timed(&lead, checked, run.clock);
        events.extend(run.returned(&lead));
        run.state.review = run.live(&mut lead, events, false, false)?;
        checked = run.clock;
    }
    run.clock = now;
    let known = run.state.review.take().filter(|known| known.micros() > now);
    let mut events = run.returned(&lead);
    let input = run.take(&mut lead, input)?;
    let new = input.is_some() || !events.is_empty();
    events.extend(input.unwrap_or_default());
    let review = run.live(&mut lead, events, new, true)?;

    run.forget();
    run.state.checked = Instant::from_micros(now);
    // Where nothing happened, whoever looks early is told the same instant.
    let known = known.filter(|_| !new && run.changes.is_empty());
    run.state.review = known.into_iter().chain(review).min();
    let next_wakeup = run.upcoming(&lead, now, true).and_then(Instant::from_micros);
    lead.enrolments = run.enrolments;
    lead.touches = run.touches;
    lead.standing = run.standing;
    lead.nurturing = Some(run.state);
    Ok(Outcome { lead, changes: run.changes, effects: run.effects, next_wakeup, warnings: run.warnings })
}

impl Run<'_> {
    /// Lets everything happen that follows at this instant; where time alone may have changed what is waited for,
    /// that is looked at even if there is nothing new. Gives the next instant at which time alone turns something.
    fn live(
        &mut self,
        lead: &mut Lead,
        mut events: Vec<Event>,
        new: bool,
        gates: bool,
    ) -> Result<Option<Instant>, Error> {
        if !new {
            self.settle(lead, std::mem::take(&mut events), false, gates, |_, _| Ok(None))?;
            if self.watched(lead).is_none() {
                return Ok(None);
            }
        }
        self.settle(lead, events, true, gates, |run, view| run.review(view, gates))
    }

    /// Lets everything happen that follows of events; facts that steps change are followed in further rounds. `then`
    /// looks at the lead as it stands in the end.
    fn settle(
        &mut self,
        lead: &mut Lead,
        mut events: Vec<Event>,
        mut full: bool,
        gates: bool,
        then: impl FnOnce(&mut Self, &View<'_>) -> Result<Option<Instant>, Error>,
    ) -> Result<Option<Instant>, Error> {
        for _ in 0..MAX_ROUNDS {
            let view = View::new(self.host, lead, self.clock);
            self.round(&view, events, full, gates)?;
            if self.mutations.is_empty() {
                return then(self, &view);
            }
            drop(view);
            events = self.apply(lead);
            full = true;
        }
        then(self, &View::new(self.host, lead, self.clock))
    }

    fn round(
        &mut self,
        view: &View<'_>,
        mut events: Vec<Event>,
        full: bool,
        gates: bool,
    ) -> Result<(), Error> {
        if full {
            self.edges(view, &mut events)?;
            self.leave_all(view)?;
        }
        self.meet(view, &events, full)?;
        self.enrol(view, &events)?;
        loop {
            self.moves(view)?;
            if !self.mutations.is_empty() || !gates || !self.arbitrate(view, full)? {
                return Ok(());
            }
        }
    }

    /// Ranks and levels that changed since they were last looked at.
    fn edges(&mut self, view: &View<'_>, events: &mut Vec<Event>) -> Result<(), Error> {
        let nurturing = self.nurturing;
        if nurturing.cards.is_empty() && nurturing.levels.is_empty() || nurturing.scenarios.is_empty() {
            return Ok(());
        }
        let findings = view.findings(&self.standing)?;
        for (card, name) in nurturing.cards.iter().enumerate() {
            let rank = findings.rank(card);
            let known = self.standing.get(name);
            let before = known.and_then(|standing| standing.rank.clone());
            if let Some(since) = findings.since(card)
                && known.is_none_or(|known| known.since != since || known.rank.as_deref() != rank)
            {
                self.standing.insert(name.clone(), Standing { rank: rank.map(str::to_owned), since });
            }
            if before.as_deref() != rank {
                let (from, to) = (before, rank.map(str::to_owned));
                events.push(Event::Rank { card, from: from.clone(), to: to.clone() });
                self.log(None, None, ChangeKind::Rank { card: name.clone(), from, to });
            }
        }
        for (index, level) in nurturing.levels.iter().enumerate() {
            let holds = level.holds(findings);
            let position = self.state.marks.binary_search(&level.key);
            match (holds, position) {
                (true, Err(position)) => {
                    self.state.marks.insert(position, level.key.clone());
                    events.push(Event::Level(index, true));
                }
                (false, Ok(position)) => {
                    self.state.marks.remove(position);
                    events.push(Event::Level(index, false));
                }
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn instant(&self) -> Instant {
        // INVARIANT: the clock is that of an input, or falls due within its range.
        Instant::from_micros(self.clock).unwrap_or(Instant::EPOCH)
    }

    pub(super) fn log(&mut self, scenario: Option<&str>, step: Option<&str>, what: ChangeKind) {
        let at = self.instant();
        self.changes.push(Change {
            at,
            scenario: scenario.map(str::to_owned),
            step: step.map(str::to_owned),
            what,
        });
    }
}
