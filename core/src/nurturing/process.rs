//! One input into one record: what was due is caught up with, the input is taken, and everything that follows from it
//! happens, at the instant of the input.
//!
//! | in this order | at |
//! |---|---|
//! | waits that are over, times that recur, dates, silence, the daily review | the instants at which they fall due |
//! | the input becomes facts | now |
//! | ranks and segments; goals and exits; waits that are met; enrolment; steps | now |
//! | the gate, the greatest priority first | now |
//!
//! Facts that a step changes are followed like those of an input. Time never runs back: an input before the last one
//! counts as coming with it. What time alone changes (decay, windows, `now`) is looked at with every input, and at
//! the beginning of each day of the playbook's zone.

use std::cell::OnceCell;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::base::text::pointer_escape;
use crate::base::time::Instant;
use crate::capture::consent;
use crate::capture::{ConsentChange, ConsentEvent, Suppression};
use crate::expr::{Derived, Frame, Program};
use crate::lead::activity::{Activity, Trust};
use crate::lead::enrolment::{
    Enrolment, EnrolmentStatus, NurturingState, Retry, TakenInput, Touch, TouchStatus,
};
use crate::lead::facts::{Fact, Facts};
use crate::lead::record::{CampaignMembership, Lead, Standing};
use crate::lead::value::Value;
use crate::nurturing::calendar::DAY;
use crate::nurturing::compile::{Nurturing, Varying};
use crate::nurturing::effect::Effect;
use crate::nurturing::flow::NodeKind;
use crate::nurturing::input::{Ack, AckStatus, Change, ChangeKind, Input, Outcome};
use crate::nurturing::trigger::Event;

/// What reads leads and derives scores, ranks and segments: the engine.
pub(crate) trait Assessor {
    fn read<'l>(&'l self, lead: &'l Lead) -> Result<Box<dyn Reading + 'l>, Error>;
}

/// A lead that was read.
pub(crate) trait Reading {
    fn facts(&self) -> &Facts<'_>;
    fn derive(&self, at: Instant) -> Result<Box<dyn Findings>, Error>;
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
    pub(super) enrolments: Vec<Enrolment>,
    pub(super) touches: Vec<Touch>,
    pub(super) state: NurturingState,
    /// Ranks to be remembered.
    standing: Vec<(usize, Standing)>,
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

/// The lead as it stands in one round, read and derived when first asked for.
pub(super) struct View<'v> {
    host: &'v dyn Assessor,
    pub(super) lead: &'v Lead,
    clock: i64,
    reading: OnceCell<Box<dyn Reading + 'v>>,
    findings: OnceCell<Box<dyn Findings>>,
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
        enrolments: std::mem::take(&mut lead.enrolments),
        touches: std::mem::take(&mut lead.touches),
        state,
        standing: Vec::new(),
        mutations: Vec::new(),
        changes: Vec::new(),
        effects: Vec::new(),
        warnings: Vec::new(),
    };
    run.migrate();
    for _ in 0..MAX_CATCH_UP {
        let Some(due) = run.upcoming(&lead, checked, false).filter(|due| *due <= now) else { break };
        run.clock = due.max(checked);
        let events = run.timed(&lead, checked, run.clock);
        let review = run.review(&lead, checked) == Some(run.clock);
        run.settle(&mut lead, events, review, false)?;
        checked = run.clock;
    }
    run.clock = now;
    let events = run.take(&mut lead, input)?;
    let new = events.is_some();
    run.settle(&mut lead, events.unwrap_or_default(), new, true)?;

    run.forget();
    run.state.checked = Instant::from_micros(now);
    let next_wakeup = run.upcoming(&lead, now, true).and_then(Instant::from_micros);
    lead.enrolments = run.enrolments;
    lead.touches = run.touches;
    lead.nurturing = Some(run.state);
    Ok(Outcome { lead, changes: run.changes, effects: run.effects, next_wakeup, warnings: run.warnings })
}

impl Run<'_> {
    /// Lets everything happen that follows at this instant; facts that steps change are followed in further rounds.
    fn settle(
        &mut self,
        lead: &mut Lead,
        mut events: Vec<Event>,
        mut full: bool,
        gates: bool,
    ) -> Result<(), Error> {
        for _ in 0..MAX_ROUNDS {
            let view = View {
                host: self.host,
                lead,
                clock: self.clock,
                reading: OnceCell::new(),
                findings: OnceCell::new(),
            };
            self.round(&view, events, full, gates)?;
            drop(view);
            for (card, standing) in std::mem::take(&mut self.standing) {
                if let Some(name) = self.nurturing.cards.get(card) {
                    lead.standing.insert(name.clone(), standing);
                }
            }
            if self.mutations.is_empty() {
                return Ok(());
            }
            events = self.apply(lead);
            full = true;
        }
        Ok(())
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
        let findings = view.findings()?;
        for (card, name) in nurturing.cards.iter().enumerate() {
            let rank = findings.rank(card);
            let known = view.lead.standing.get(name);
            let before = known.and_then(|standing| standing.rank.as_deref());
            if let Some(since) = findings.since(card)
                && known.is_none_or(|known| known.since != since || known.rank.as_deref() != rank)
            {
                self.standing.push((card, Standing { rank: rank.map(str::to_owned), since }));
            }
            if before != rank {
                let (from, to) = (before.map(str::to_owned), rank.map(str::to_owned));
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

    /// The input as facts, and what it sets off; nothing where it was taken before.
    fn take(&mut self, lead: &mut Lead, input: &Input) -> Result<Option<Vec<Event>>, Error> {
        let now = self.instant();
        Ok(Some(match input {
            Input::Tick => return Ok(None),
            Input::Activity(activity) => {
                if lead.activities().iter().any(|known| known.id == activity.id) {
                    return Ok(None);
                }
                let mut activity = activity.clone();
                if activity.recorded_at.is_none() && activity.at < now {
                    activity.recorded_at = Some(now);
                }
                let event = (activity.trust == Trust::Human).then(|| Event::Activity(activity.id.clone()));
                lead.activities_mut().push(activity);
                event.into_iter().collect()
            }
            Input::Patch(patch) => {
                if !self.is_new(patch.id.as_ref()) {
                    return Ok(None);
                }
                let fields = patch.fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
                self.mutations.push((None, Mutation::Fields(fields)));
                self.apply(lead)
            }
            Input::Deal(deal) => {
                match lead.deals.iter_mut().find(|known| known.id == deal.id) {
                    Some(known) if known.at > deal.at || *known == *deal => return Ok(None),
                    Some(known) if known.at == deal.at && known.stage == deal.stage => {
                        *known = deal.clone();
                        return Ok(None);
                    }
                    Some(known) => *known = deal.clone(),
                    None => lead.deals.push(deal.clone()),
                }
                vec![Event::Deal(deal.stage.clone())]
            }
            Input::Campaign(membership) => {
                self.mutations.push((None, Mutation::Campaign(membership.clone())));
                let events = self.apply(lead);
                if events.is_empty() {
                    return Ok(None);
                }
                events
            }
            Input::Consent(event) => {
                if !consent::apply(lead, event) {
                    return Ok(None);
                }
                Vec::new()
            }
            Input::Ack(ack) => return Ok(self.answer(lead, ack)),
            Input::Enrol(manual) => {
                let scenario = self.scenario(&manual.scenario)?;
                if !self.is_new(manual.id.as_ref()) {
                    return Ok(None);
                }
                vec![Event::Manual(scenario)]
            }
            Input::Leave(manual) => {
                self.scenario(&manual.scenario)?;
                if !self.is_new(manual.id.as_ref()) {
                    return Ok(None);
                }
                if let Some(index) = self.active(&manual.scenario) {
                    self.end(index, EnrolmentStatus::Exited);
                }
                Vec::new()
            }
        }))
    }

    fn scenario(&self, name: &str) -> Result<usize, Error> {
        self.nurturing.position(name).ok_or_else(|| {
            let known = nearest(name, self.nurturing.scenarios.iter().map(|scenario| scenario.name.as_str()));
            let diagnostic = Diagnostic::error(Code::BadCall, format!("no scenario is called `{name}`"));
            Error::call(diagnostic.with_help("name one of the playbook's `scenarios`").did_you_mean(known))
        })
    }

    /// Whether an input was not taken before; it is remembered. One without an id always is new.
    fn is_new(&mut self, id: Option<&String>) -> bool {
        let Some(id) = id else { return true };
        if self.state.inputs.iter().any(|taken| taken.id == *id) {
            return false;
        }
        let at = self.instant();
        self.state.inputs.push(TakenInput { id: id.clone(), at });
        true
    }

    /// Changes of facts, made; what they set off.
    fn apply(&mut self, lead: &mut Lead) -> Vec<Event> {
        let mut events = Vec::new();
        for (by, mutation) in std::mem::take(&mut self.mutations) {
            let (scenario, step) =
                by.as_ref().map_or((None, None), |(scenario, step)| (Some(scenario), Some(step)));
            let (scenario, step) = (scenario.map(String::as_str), step.map(String::as_str));
            match mutation {
                Mutation::Fields(fields) => {
                    let mut changed = Vec::new();
                    for (name, value) in fields {
                        if lead.fields.get(&name).unwrap_or(&Value::Null) == &value {
                            continue;
                        }
                        changed.push(name.clone());
                        if value == Value::Null {
                            lead.fields.shift_remove(&name);
                        } else {
                            lead.fields.insert(name, value);
                        }
                    }
                    if !changed.is_empty() {
                        self.log(scenario, step, ChangeKind::Updated(changed));
                    }
                }
                Mutation::Campaign(membership) => {
                    let known = lead.campaigns.iter_mut().find(|known| known.campaign == membership.campaign);
                    let news = match known {
                        Some(known) => known.move_to(membership.status.as_deref(), membership.at),
                        None => {
                            lead.campaigns.push(membership.clone());
                            true
                        }
                    };
                    if !news {
                        continue;
                    }
                    self.log(scenario, step, ChangeKind::Joined(membership.campaign.clone()));
                    events.push(Event::Campaign(membership.campaign, membership.status));
                }
                Mutation::Activity(activity) => {
                    if lead.activities().iter().any(|known| known.id == activity.id) {
                        continue;
                    }
                    self.log(scenario, step, ChangeKind::Recorded(activity.kind.clone()));
                    events.push(Event::Activity(activity.id.clone()));
                    lead.activities_mut().push(activity);
                }
            }
        }
        events
    }

    /// What became of a touch. An answer that was given before, or that no touch waits for, changes nothing.
    fn answer(&mut self, lead: &mut Lead, ack: &Ack) -> Option<Vec<Event>> {
        let touch = self.touches.iter_mut().find(|touch| touch.effect == ack.effect)?;
        let status = match ack.status {
            AckStatus::Delivered => TouchStatus::Delivered,
            AckStatus::Failed => TouchStatus::Failed,
            AckStatus::Bounced => TouchStatus::Bounced,
            AckStatus::Refused => TouchStatus::Refused,
        };
        // Mail may come back after it was taken for delivered.
        let late = touch.status == TouchStatus::Delivered && status == TouchStatus::Bounced;
        if touch.status != TouchStatus::Made && !late {
            return None;
        }
        touch.status = status;
        let touch = touch.clone();
        self.log(
            Some(&touch.scenario),
            Some(&touch.step),
            ChangeKind::Touched { effect: touch.effect.clone(), status },
        );
        if status == TouchStatus::Delivered {
            return Some(Vec::new());
        }
        if status == TouchStatus::Bounced {
            let event = ConsentEvent {
                channel: touch.channel.clone(),
                purpose: None,
                event: ConsentChange::Bounce,
                at: self.instant(),
                basis: None,
                trust: Trust::Human,
            };
            consent::apply(lead, &event);
        }
        self.try_again(&touch, status);
        if status == TouchStatus::Refused {
            return Some(vec![Event::NoSeat {
                scenario: touch.scenario,
                enrolment: touch.enrolment,
                step: touch.step,
            }]);
        }
        Some(Vec::new())
    }

    /// The same again, or the next template, where the step says so and its passage is not broken off.
    fn try_again(&mut self, touch: &Touch, status: TouchStatus) {
        let Some(own) = self.enrolments.iter().find(|own| {
            own.scenario == touch.scenario
                && own.number == touch.enrolment
                && matches!(own.status, EnrolmentStatus::Active | EnrolmentStatus::Done)
        }) else {
            return;
        };
        let (version, began) = (own.version, own.began.unwrap_or(own.version));
        let Some(flow) = self.nurturing.position(&touch.scenario).and_then(|index| {
            self.nurturing.scenarios.get(index).and_then(|scenario| scenario.flow(version))
        }) else {
            return;
        };
        let Some(NodeKind::Send(send)) =
            flow.find(&touch.step).and_then(|index| flow.nodes.get(index)).map(|node| &node.kind)
        else {
            return;
        };
        let own_template = |name: &String| touch.template.as_ref() == Some(name);
        let Some(choice) = send.templates.iter().position(own_template) else { return };
        let failures = self
            .touches
            .iter()
            .filter(|other| {
                other.scenario == touch.scenario
                    && other.enrolment == touch.enrolment
                    && other.step == touch.step
                    && other.template == touch.template
                    && other.status == TouchStatus::Failed
            })
            .count();
        let again = send.retry.filter(|retry| {
            status == TouchStatus::Failed
                && u32::try_from(failures).is_ok_and(|failures| failures <= retry.times)
        });
        let (choice, due) = match again {
            Some(retry) => (choice, self.clock + retry.after.micros()),
            None if choice + 1 < send.templates.len() => (choice + 1, self.clock),
            None => return,
        };
        let Some(due) = Instant::from_micros(due) else { return };
        self.state.retries.push(Retry {
            scenario: touch.scenario.clone(),
            version,
            began,
            enrolment: touch.enrolment,
            step: touch.step.clone(),
            occurrence: touch.occurrence + 1,
            choice: u32::try_from(choice).unwrap_or(u32::MAX),
            arrived: due,
            due,
        });
    }

    /// Passages of earlier versions go on at the steps that the author names.
    fn migrate(&mut self) {
        for index in 0..self.enrolments.len() {
            let Some(own) =
                self.enrolments.get_mut(index).filter(|own| own.status == EnrolmentStatus::Active)
            else {
                continue;
            };
            let Some(scenario) = self.nurturing.scenarios.iter().find(|known| known.name == own.scenario)
            else {
                continue;
            };
            let steps =
                scenario.migrate.iter().find(|(version, _)| *version == own.version).map(|(_, steps)| steps);
            if let Some(to) = steps.and_then(|steps| steps.get(own.step.as_ref()?)) {
                let from = own.version;
                own.began.get_or_insert(from);
                own.version = scenario.version;
                own.step = Some(to.clone());
                let name = own.scenario.clone();
                let to = to.clone();
                self.log(Some(&name), Some(&to), ChangeKind::Migrated { from });
            }
            if self.enrolments.get(index).is_some_and(|own| self.node(own).is_none()) {
                self.stranded(index);
            }
        }
    }

    /// What the playbook has lost waits, and is told.
    fn stranded(&mut self, index: usize) {
        let Some(own) = self.enrolments.get(index) else { return };
        let step = own.step.as_deref().unwrap_or_default();
        let message = format!(
            "step `{step}` of version {} of scenario `{}` is not in the playbook",
            own.version, own.scenario
        );
        if !self.warnings.iter().any(|known| known.message == message) {
            self.warnings.push(
                Diagnostic::warning(Code::Stranded, message)
                    .at(format!("/scenarios/{}", pointer_escape(&own.scenario)))
                    .with_help(
                        "keep the version under `earlier`, or say under `migrate` where its leads go on",
                    ),
            );
        }
    }

    /// What is of no use any more: touches that no limit counts and no passage needs, inputs that came long ago.
    fn forget(&mut self) {
        let now = self.clock;
        self.state.inputs.retain(|taken| taken.at.micros() + REMEMBERED > now);
        let counted =
            self.nurturing.contact.caps.iter().map(|cap| cap.per.micros()).max().unwrap_or(0).max(REMEMBERED);
        let enrolments = &self.enrolments;
        let active = |touch: &Touch| {
            enrolments.iter().any(|own| {
                own.scenario == touch.scenario
                    && own.number == touch.enrolment
                    && own.status == EnrolmentStatus::Active
            })
        };
        self.touches.retain(|touch| touch.at.micros() + counted > now || active(touch));
    }

    /// When something falls due after an instant; with `gates`, what waits at the gate too.
    fn upcoming(&self, lead: &Lead, after: i64, gates: bool) -> Option<i64> {
        let mut next: Option<i64> = None;
        let mut consider = |at: i64| {
            if next.is_none_or(|next| at < next) {
                next = Some(at);
            }
        };
        for own in self.enrolments.iter().filter(|own| own.status == EnrolmentStatus::Active) {
            if let (Some(due), Some((flow, node))) = (own.due, self.node(own))
                && (gates || !flow.nodes.get(node).is_some_and(|node| node.kind.is_gated()))
            {
                consider(due.micros());
            }
        }
        if gates {
            self.state.retries.iter().for_each(|retry| consider(retry.due.micros()));
        }
        if let Some(at) = self.next_timed(lead, after) {
            consider(at);
        }
        if let Some(at) = self.review(lead, after) {
            consider(at);
        }
        next
    }

    /// The beginning of the next day after an instant, if time alone may change something then.
    fn review(&self, lead: &Lead, after: i64) -> Option<i64> {
        let mut varying = Varying::default();
        if self.nurturing.triggers_vary != Varying::default()
            && self.nurturing.scenarios.iter().any(|scenario| self.may_come(scenario))
        {
            varying = varying.and(self.nurturing.triggers_vary);
        }
        for own in self.enrolments.iter().filter(|own| own.status == EnrolmentStatus::Active) {
            if let Some((flow, node)) = self.node(own) {
                varying = varying.and(flow.leaves_vary);
                if let Some(NodeKind::Wait(wait)) = flow.nodes.get(node).map(|node| &node.kind) {
                    varying = varying.and(wait.varies);
                }
            }
        }
        if varying == Varying::default() {
            return None;
        }
        let zone = self.nurturing.contact.zone;
        let day = zone.local_micros(after).div_euclid(DAY);
        // What changed today is looked at when the day is over, even if it will not change any more.
        let today = zone.instants(day * DAY).0.min(after);
        let young = |activity: &Activity| {
            activity.at.max(activity.recorded_at()).micros().saturating_add(varying.after_activity) >= today
        };
        if !varying.always && !lead.activities().iter().any(young) {
            return None;
        }
        // A day that the clock skips begins with the next.
        (1..4).map(|ahead| zone.instants((day + ahead) * DAY).0).find(|at| *at > after)
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

    /// Whether a condition holds. One that fails does not, and is told.
    pub(super) fn test(
        &mut self,
        view: &View<'_>,
        program: &Program,
        activity: Option<&str>,
        scenario: &str,
    ) -> Result<bool, Error> {
        let frame = view.frame()?;
        let fact = activity.and_then(|id| view.fact(id, &frame));
        match program.test(&Frame { activity: fact, ..frame }) {
            Ok(holds) => Ok(holds),
            Err(failure) => {
                let message =
                    format!("a condition of scenario `{scenario}` does not hold here: {}", failure.message);
                self.warnings.push(
                    Diagnostic::warning(Code::ExprFailed, message)
                        .at(format!("/scenarios/{}", pointer_escape(scenario)))
                        .with_help(
                            "guard the expression, so that it holds for every value that the fields can have",
                        ),
                );
                Ok(false)
            }
        }
    }
}

impl View<'_> {
    fn reading(&self) -> Result<&dyn Reading, Error> {
        if self.reading.get().is_none() {
            let read = self.host.read(self.lead)?;
            let _ = self.reading.set(read);
        }
        // INVARIANT: set just above.
        self.reading.get().map(|reading| &**reading as &dyn Reading).ok_or_else(lost)
    }

    pub(super) fn findings(&self) -> Result<&dyn Findings, Error> {
        if self.findings.get().is_none() {
            let at = Instant::from_micros(self.clock).unwrap_or(Instant::EPOCH);
            let _ = self.findings.set(self.reading()?.derive(at)?);
        }
        self.findings.get().map(|findings| &**findings).ok_or_else(lost)
    }

    fn frame(&self) -> Result<Frame<'_>, Error> {
        let facts = self.reading()?.facts();
        let findings = self.findings()?;
        Ok(Frame { facts, at: self.clock, activity: None, derived: Some(findings) })
    }

    /// The activity of an id, as a condition sees it.
    fn fact<'f>(&self, id: &str, frame: &Frame<'f>) -> Option<&'f Fact<'f>> {
        frame.facts.find(id)
    }

    pub(super) fn activity(&self, id: &str) -> Option<&Activity> {
        self.lead.activities().iter().rev().find(|activity| activity.id == id)
    }
}

fn lost() -> Error {
    Error::call(Diagnostic::error(Code::BadCall, "a lead that was read is gone"))
}
