//! When something falls due, and when time alone changes what is waited for.

use indexmap::IndexMap;

use crate::base::error::Error;
use crate::base::time::Instant;
use crate::expr::{Derived, Frame, Program, Stretch};
use crate::lead::enrolment::EnrolmentStatus;
use crate::lead::record::{Lead, Standing};
use crate::nurturing::compile::{Level, Nurturing};
use crate::nurturing::flow::NodeKind;
use crate::nurturing::process::{Run, View};

impl<'p> Run<'p> {
    /// When something falls due after an instant; with `gates`, what waits at the gate too.
    pub(super) fn upcoming(&self, lead: &Lead, after: i64, gates: bool) -> Option<i64> {
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
        if let Some(at) = self.next_return(lead, after) {
            consider(at);
        }
        if let Some(review) = self.state.review {
            consider(review.micros());
        }
        next
    }

    /// Goals, exits and waits that may come to hold, if time alone may turn one of them or set off a trigger.
    pub(super) fn watched(&self, lead: &Lead) -> Option<Vec<&'p Program>> {
        let nurturing = self.nurturing;
        let triggers = nurturing.scenarios.iter().any(|scenario| scenario.derived && self.may_come(scenario));
        let mut conditions: Vec<&Program> = Vec::new();
        for own in self.enrolments.iter().filter(|own| own.status == EnrolmentStatus::Active) {
            let Some((flow, node)) = self.node(own) else { continue };
            let until = match flow.nodes.get(node).map(|node| &node.kind) {
                Some(NodeKind::Wait(wait)) => wait.until.as_ref(),
                _ => None,
            };
            conditions.extend(flow.goal.iter().chain(flow.exits.iter().map(|exit| &exit.when)).chain(until));
        }
        // An activity that is yet to come is something that time brings.
        let ahead = || {
            let known = lead.activities().iter().map(|activity| activity.at.max(activity.recorded_at()));
            known.max().is_some_and(|last| last.micros() > self.clock)
        };
        let turns = triggers && nurturing.timed
            || conditions.iter().any(|condition| nurturing.turns(condition))
            || (triggers || !conditions.is_empty()) && ahead();
        turns.then_some(conditions)
    }

    /// The first instant from now on at which time alone turns something that is waited for, as far as this call goes:
    /// up to its input, or after it up to whatever falls due first.
    pub(super) fn review(&mut self, view: &View<'_>, gates: bool) -> Result<Option<Instant>, Error> {
        let Some(conditions) = self.watched(view.lead) else { return Ok(None) };
        let until = if gates {
            // What is forgotten no longer sets a date.
            self.forget();
            self.upcoming(view.lead, self.now, false).unwrap_or(i64::MAX)
        } else {
            self.now
        };
        let awaited = Awaited::new(self.nurturing, &self.state.marks, &self.standing, conditions);
        view.reading()?.next_turn(&awaited, self.clock, until)
    }
}

/// How everything stands that is waited for.
pub(crate) struct Awaited<'w> {
    nurturing: &'w Nurturing,
    /// Levels that hold.
    marks: &'w [String],
    /// The ranks that the lead holds.
    pub(crate) standing: &'w IndexMap<String, Standing>,
    /// Goals, exits and waits, none of which holds.
    pub(crate) conditions: Vec<&'w Program>,
}

impl<'w> Awaited<'w> {
    pub(crate) fn new(
        nurturing: &'w Nurturing,
        marks: &'w [String],
        standing: &'w IndexMap<String, Standing>,
        conditions: Vec<&'w Program>,
    ) -> Self {
        Self { nurturing, marks, standing, conditions }
    }

    /// Whether something stands otherwise.
    pub(crate) fn turned(&self, frame: &Frame<'_>, derived: &dyn Derived) -> bool {
        let levels = &self.nurturing.levels;
        self.ranks().any(|(card, known)| known != derived.rank(card))
            || levels.iter().any(|level| level.holds(derived) != self.is_marked(level))
            || self.conditions.iter().any(|condition| condition.test(frame).unwrap_or(false))
    }

    /// Whether something may stand otherwise at an instant of a stretch.
    pub(crate) fn may_turn(&self, stretch: &Stretch<'_>) -> bool {
        let (levels, outlook) = (&self.nurturing.levels, stretch.outlook);
        self.ranks().any(|(card, known)| outlook.rank(card) != Some(known))
            || levels.iter().any(|level| level.foresee(outlook) != Some(self.is_marked(level)))
            || self.conditions.iter().any(|condition| condition.foresee(stretch) != Some(false))
    }

    fn ranks(&self) -> impl Iterator<Item = (usize, Option<&str>)> {
        let known = |name: &String| self.standing.get(name).and_then(|standing| standing.rank.as_deref());
        self.nurturing.cards.iter().enumerate().map(move |(card, name)| (card, known(name)))
    }

    fn is_marked(&self, level: &Level) -> bool {
        self.marks.binary_search(&level.key).is_ok()
    }
}
