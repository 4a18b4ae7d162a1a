//! The clock of a hand-over: what happens at each step, and that somebody is in charge after every one of them.
//!
//! | state | what happens | what becomes of it |
//! |---|---|---|
//! | - | handed over | `offered` to the owner |
//! | offered | accept | `accepted`; the first touch is still due |
//! | offered, accepted | touch | `touched`; nothing is due any more |
//! | offered, accepted | refuse | `offered` to another of the team, else the manager, else the queue |
//! | offered, accepted | a deadline goes by | the next of the policy's steps; after the last, the owner is reminded |
//! | offered, accepted, touched | the owner leaves | `offered` to another, likewise |
//! | offered, accepted, touched | recycle | `recycled`, with the scenario that takes it |
//! | offered, accepted, touched | close | `closed` |
//! | recycled, closed | anything | refused: route the lead again |

use serde::Deserialize;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::duration::Duration;
use crate::base::suggest::nearest;
use crate::base::time::Instant;
use crate::lead::assignment::{
    Assignment, AssignmentEvent, AssignmentEventKind as Kind, AssignmentState as State, Due, SilenceStep,
    Words,
};
use crate::lead::record::Lead;
use crate::routing::compile::{Policy, Rule};
use crate::routing::decide::{Choice, Desk, RoutingStep, View};

/// What an owner says of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Response {
    /// It is taken on.
    Accept,
    /// The lead has been called, written to or visited.
    Touch,
    /// Somebody else should do it.
    Refuse {
        /// Why.
        reason: String,
    },
    /// It is not for sales now: one of the playbook's `recycle`, or any other word.
    Recycle {
        /// Why: `not_now`, `no_budget`, `wrong_person`, `lost`.
        reason: String,
    },
    /// Nothing is left to do: won, or otherwise done.
    Close {
        /// What came of it.
        #[serde(default)]
        reason: Option<String>,
    },
}

/// What a call works on.
pub(crate) struct Case<'c, 'd, 'r> {
    pub(crate) desk: &'d mut Desk<'r>,
    pub(crate) policy: &'r Policy,
    pub(crate) view: View<'c>,
    pub(crate) at: Instant,
    pub(crate) steps: Vec<RoutingStep>,
    pub(crate) warnings: Vec<Diagnostic>,
}

impl<'r> Case<'_, '_, 'r> {
    /// A new assignment, and whom to tell of it.
    pub(crate) fn hand_over(
        &mut self,
        choice: &Choice<'r>,
        number: usize,
        lead: &[Assignment],
    ) -> Assignment {
        let record = self.view.frame.facts.lead;
        let about = self.view.about;
        let mut id = format!("{}:{}", record.id, self.policy.name);
        if let Some(about) = about {
            id = format!("{id}:{about}");
        }
        let informed = self.desk.informed(&self.view, self.policy, choice, lead, &mut self.warnings);
        let team = choice.team.and_then(|team| self.desk.routing.teams.get(team));
        let mut assignment = Assignment {
            id: format!("{id}:{number}"),
            policy: self.policy.name.clone(),
            about: about.map(str::to_owned),
            rule: choice.rule.map_or_else(|| "queue".to_owned(), |rule| rule.id.clone()),
            owner: String::new(),
            team: team.map(|team| team.name.clone()),
            informed,
            reason: choice.reason.clone(),
            state: State::Offered,
            at: self.at,
            accept_by: None,
            first_touch_by: None,
            due: None,
            silences: 0,
            history: Vec::with_capacity(2),
        };
        self.offer(&mut assignment, choice.owner, Kind::Assigned, None);
        let told: Vec<RoutingStep> = assignment
            .informed
            .iter()
            .enumerate()
            .map(|(index, informed)| RoutingStep {
                id: format!("{}/0/informed/{index}", assignment.id),
                kind: "informed",
                assignment: assignment.id.clone(),
                member: informed.member.clone(),
                team: informed.team.clone(),
                message: informed.reason.clone(),
            })
            .collect();
        self.steps.extend(told);
        assignment
    }

    /// What has come due by now: at most one step, so that a late call does not skip anybody's turn.
    pub(crate) fn follow_up(&mut self, assignment: &mut Assignment) -> Result<(), Diagnostic> {
        if !assignment.state.is_open() {
            return Ok(());
        }
        if self.desk.people.active(&assignment.owner).is_none() {
            let reason = format!("`{}` does not work here any more", assignment.owner);
            return self.replace(assignment, reason);
        }
        let Some(due) = assignment.due.filter(|due| due.at <= self.at) else { return Ok(()) };
        assignment.silences = assignment.silences.saturating_add(1);
        let waiting = if assignment.state == State::Offered { "not accepted" } else { "no first touch" };
        let reason = format!("{waiting} by {}", due.at);
        match self.successor(assignment, due.step) {
            Some((owner, kind)) => self.offer(assignment, owner, kind, Some(reason)),
            None => self.remind(assignment, reason),
        }
        Ok(())
    }

    /// What an owner says.
    pub(crate) fn respond(
        &mut self,
        assignment: &mut Assignment,
        response: &Response,
    ) -> Result<(), Diagnostic> {
        if !assignment.state.is_open() {
            let message = format!("the assignment `{}` is over", assignment.id);
            return Err(Diagnostic::error(Code::BadCall, message).with_help("route the lead again"));
        }
        match response {
            Response::Accept if assignment.state == State::Offered => {
                assignment.state = State::Accepted;
                self.record(assignment, Kind::Accepted, None);
                self.clock(assignment);
            }
            Response::Touch if assignment.state != State::Touched => {
                assignment.state = State::Touched;
                self.record(assignment, Kind::Touched, None);
                self.clock(assignment);
            }
            // Said twice, heard once.
            Response::Accept | Response::Touch => {}
            Response::Refuse { .. } if assignment.state == State::Touched => {
                let message = format!("the owner of `{}` is in touch with the lead already", assignment.id);
                return Err(Diagnostic::error(Code::BadCall, message)
                    .with_help("give it back by `recycle`, or close it"));
            }
            Response::Refuse { reason } => {
                self.record(assignment, Kind::Refused, Some(reason.clone()));
                return self.replace(assignment, format!("refused: {reason}"));
            }
            Response::Recycle { reason } => {
                let known = self.desk.routing.recycle.get(reason);
                let otherwise = self.policy.sla.as_ref().and_then(|sla| sla.recycle.clone());
                let scenario = known.map_or(otherwise, |known| known.scenario.clone());
                let rest = known.and_then(|known| known.cool_down);
                assignment.state = State::Recycled;
                self.record(assignment, Kind::Recycled, Some(reason.clone()));
                if let Some(event) = assignment.history.last_mut() {
                    event.scenario = scenario;
                    event.not_before = rest.and_then(|rest| {
                        Instant::from_micros(self.at.micros().saturating_add(rest.micros()))
                    });
                }
                self.desk.give_up(&assignment.owner);
                self.clock(assignment);
            }
            Response::Close { reason } => {
                assignment.state = State::Closed;
                self.record(assignment, Kind::Closed, reason.clone());
                self.desk.give_up(&assignment.owner);
                self.clock(assignment);
            }
        }
        Ok(())
    }

    /// Another owner at once: of the team, else the manager, else the queue, else whomever the policy gives now.
    fn replace(&mut self, assignment: &mut Assignment, reason: String) -> Result<(), Diagnostic> {
        if let Some((owner, kind)) = self.successor(assignment, SilenceStep::Reassign) {
            self.offer(assignment, owner, kind, Some(reason));
            return Ok(());
        }
        let lead = &self.view.frame.facts.lead.assignments;
        let choice = self.desk.choose(&self.view, self.policy, lead, None, &mut self.warnings);
        match choice {
            Some(choice) => {
                assignment.rule = choice.rule.map_or_else(|| "queue".to_owned(), |rule| rule.id.clone());
                let team = choice.team.and_then(|team| self.desk.routing.teams.get(team));
                assignment.team = team.map(|team| team.name.clone());
                assignment.reason = choice.reason;
                self.offer(assignment, choice.owner, Kind::Reassigned, Some(reason));
                Ok(())
            }
            None => Err(nobody(self.policy)),
        }
    }

    /// Who is accountable after a step, and what the step is called; nobody else if there is none to be found.
    fn successor(&mut self, assignment: &Assignment, step: SilenceStep) -> Option<(usize, Kind)> {
        let order: &[SilenceStep] = match step {
            SilenceStep::Remind => &[],
            SilenceStep::Reassign => &[SilenceStep::Reassign, SilenceStep::Escalate, SilenceStep::Queue],
            SilenceStep::Escalate => &[SilenceStep::Escalate, SilenceStep::Queue],
            SilenceStep::Queue => &[SilenceStep::Queue, SilenceStep::Escalate],
        };
        let mut tried: Vec<usize> =
            assignment.history.iter().filter_map(|event| self.desk.people.number(&event.member)).collect();
        tried.extend(self.desk.people.number(&assignment.owner));
        order.iter().find_map(|step| match step {
            SilenceStep::Remind => None,
            SilenceStep::Reassign => {
                self.colleague(assignment, &tried).map(|owner| (owner, Kind::Reassigned))
            }
            SilenceStep::Escalate => self.manager(assignment, &tried).map(|owner| (owner, Kind::Escalated)),
            SilenceStep::Queue => self.queue(assignment).map(|owner| (owner, Kind::Queued)),
        })
    }

    fn colleague(&mut self, assignment: &Assignment, tried: &[usize]) -> Option<usize> {
        let team = self.desk.routing.team(assignment.team.as_deref()?)?;
        let rule: &Rule = self.policy.rules.iter().find(|rule| rule.id == assignment.rule)?;
        self.desk.pick(team, rule, &self.view, tried, None)
    }

    /// Whoever leads the team and has not had the lead yet, going up; of a lead without a team, of the owner's teams.
    fn manager(&self, assignment: &Assignment, tried: &[usize]) -> Option<usize> {
        let routing = self.desk.routing;
        let owner = self.desk.people.number(&assignment.owner);
        let own = assignment.team.as_deref().and_then(|name| routing.team(name));
        let of_owner = owner.into_iter().flat_map(|owner| {
            let pools = self.desk.people.pools.iter().enumerate();
            pools.filter(move |(_, pool)| own.is_none() && pool.contains(&owner)).map(|(team, _)| team)
        });
        let mut teams: Vec<usize> = own.into_iter().chain(of_owner).collect();
        // Who is in a team and in one above it answers to the nearer manager first.
        let height = |team: &usize| routing.teams.get(*team).map_or(0, |team| team.above.len());
        teams.sort_by_key(|team| std::cmp::Reverse(height(team)));
        let upwards = teams.into_iter().flat_map(|team| {
            let above = routing.teams.get(team).map(|team| team.above.iter().copied());
            std::iter::once(team).chain(above.into_iter().flatten())
        });
        upwards
            .filter_map(|team| self.desk.people.active(routing.teams.get(team)?.manager.as_deref()?))
            .filter_map(|manager| self.desk.people.there(manager, self.at.micros()))
            .find(|manager| !tried.contains(manager))
    }

    fn queue(&self, assignment: &Assignment) -> Option<usize> {
        let owner = &self.policy.queue.as_ref()?.owner;
        let active = self.desk.people.active(owner);
        let number = self.desk.people.number(owner);
        let there = number.and_then(|number| self.desk.people.there(number, self.at.micros()));
        there
            .or(active)
            .filter(|number| self.desk.person(*number).is_some_and(|person| person.id != assignment.owner))
    }

    /// Makes somebody accountable, from now on and with a clock of his own.
    fn offer(&mut self, assignment: &mut Assignment, owner: usize, kind: Kind, reason: Option<String>) {
        let Some(person) = self.desk.person(owner) else { return };
        let id = person.id.clone();
        let calendar = &person.calendar;
        let by = |duration: Option<Duration>| {
            duration.and_then(|duration| Instant::from_micros(calendar.add(self.at.micros(), duration)))
        };
        let sla = self.policy.sla.as_ref();
        assignment.accept_by = by(sla.and_then(|sla| sla.accept));
        assignment.first_touch_by = by(sla.and_then(|sla| sla.first_touch));
        if !assignment.owner.is_empty() {
            let before = std::mem::take(&mut assignment.owner);
            self.desk.give_up(&before);
        }
        self.desk.take(owner, self.at.micros());
        assignment.owner = id;
        assignment.at = self.at;
        assignment.state = State::Offered;
        // An owner has no say in `informed`: who becomes accountable is no longer only informed.
        assignment.informed.retain(|informed| {
            informed.team.is_some() || informed.member.as_ref() != Some(&assignment.owner)
        });
        self.record(assignment, kind, reason);
        self.clock(assignment);
    }

    fn remind(&mut self, assignment: &mut Assignment, reason: String) {
        self.record(assignment, Kind::Reminded, Some(reason));
        let sla = self.policy.sla.as_ref();
        let grace = sla.and_then(|sla| sla.grace.or(sla.accept).or(sla.first_touch)).unwrap_or(Duration::DAY);
        let owner = self.desk.people.number(&assignment.owner).and_then(|owner| self.desk.person(owner));
        let at = self.at.micros();
        let until = owner.map_or(at.saturating_add(grace.micros()), |owner| owner.calendar.add(at, grace));
        assignment.due = Instant::from_micros(until).map(|at| Due { at, step: self.step(assignment) });
    }

    /// Sets what is due next.
    fn clock(&self, assignment: &mut Assignment) {
        let at = match assignment.state {
            State::Offered => assignment.accept_by.or(assignment.first_touch_by),
            State::Accepted => assignment.first_touch_by,
            _ => None,
        };
        assignment.due = at.map(|at| Due { at, step: self.step(assignment) });
    }

    /// What is done about the next silence.
    fn step(&self, assignment: &Assignment) -> SilenceStep {
        let then = self.policy.sla.as_ref().map_or(&[][..], |sla| &sla.then);
        let number = usize::try_from(assignment.silences).unwrap_or(usize::MAX);
        then.get(number).copied().unwrap_or(SilenceStep::Remind)
    }

    fn record(&mut self, assignment: &mut Assignment, kind: Kind, reason: Option<String>) {
        let number = assignment.history.len();
        let owner = self.desk.people.number(&assignment.owner);
        let name = owner.map_or(assignment.owner.as_str(), |owner| self.desk.name(owner));
        let (word, message) = message(kind, name, assignment, reason.as_deref());
        self.steps.push(RoutingStep {
            id: format!("{}/{number}", assignment.id),
            kind: word,
            assignment: assignment.id.clone(),
            member: Some(assignment.owner.clone()),
            team: None,
            message,
        });
        assignment.history.push(AssignmentEvent {
            at: self.at,
            kind,
            member: assignment.owner.clone(),
            reason,
            scenario: None,
            not_before: None,
        });
    }
}

/// The refusal of a call that names an assignment which the lead has not.
pub(crate) fn no_assignment(lead: &Lead, name: &str) -> Diagnostic {
    let known = nearest(name, lead.assignments.iter().map(|known| known.id.as_str()));
    Diagnostic::error(Code::BadCall, format!("the lead has no assignment `{name}`"))
        .with_help("name one of the record's `assignments`")
        .did_you_mean(known)
}

pub(crate) fn nobody(policy: &Policy) -> Diagnostic {
    Diagnostic::error(
        Code::NobodyAccountable,
        format!("policy `{}` makes nobody accountable for this lead", policy.name),
    )
    .with_help(
        "add a rule for it, members to the teams, or a `queue` with an owner; `verify` shows every such lead",
    )
}

fn message(kind: Kind, name: &str, assignment: &Assignment, reason: Option<&str>) -> (&'static str, Words) {
    let why = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    let why_ja = reason.map(|reason| format!("（{reason}）")).unwrap_or_default();
    let (word, en, ja) = match kind {
        Kind::Assigned => {
            return ("assigned", assignment.reason.clone());
        }
        Kind::Accepted => ("accepted", "has accepted the lead", "が対応を承諾"),
        Kind::Touched => ("touched", "has been in touch with the lead", "が初回接触済み"),
        Kind::Refused => ("refused", "has refused the lead", "が辞退"),
        Kind::Reminded => ("reminded", "is reminded", "に再通知"),
        Kind::Reassigned => ("reassigned", "is accountable now", "に再割り当て"),
        Kind::Escalated => ("escalated", "is accountable now, as manager", "（上長）にエスカレーション"),
        Kind::Queued => ("queued", "is accountable now, for the queue", "（キュー責任者）に移管"),
        Kind::Recycled => ("recycled", "has given the lead back", "がマーケティングへ差し戻し"),
        Kind::Closed => ("closed", "has closed the lead", "が完了"),
    };
    (word, Words::new(format!("{name} {en}{why}"), format!("{name}{ja}{why_ja}")))
}
