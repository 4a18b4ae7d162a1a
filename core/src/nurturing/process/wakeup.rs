//! When something falls due, and when time alone changes what is waited for.

use crate::base::error::Error;
use crate::base::time::Instant;
use crate::expr::{Frame, Program};
use crate::lead::enrolment::EnrolmentStatus;
use crate::lead::facts::Facts;
use crate::lead::record::Lead;
use crate::nurturing::flow::NodeKind;
use crate::nurturing::process::{Findings, Run, View};

/// Instants at which scores moved but nothing that is waited for turned, before it is said when to look on.
const LOOKS: usize = 100;

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

    /// The first instant from now on, up to `until`, at which time alone turns something that is waited for.
    pub(super) fn review(&self, lead: &Lead, until: i64) -> Result<Option<Instant>, Error> {
        let Some(conditions) = self.watched(lead) else { return Ok(None) };
        let view = View::new(self.host, lead, self.clock);
        let reading = view.reading()?;
        let mut course = reading.ahead(self.instant(), &conditions)?;
        let mut last = None;
        for _ in 0..LOOKS {
            let Some((at, findings)) = course.next(until)? else { return Ok(None) };
            if self.turned(lead, reading.facts(), at, findings, &conditions) {
                return Ok(Some(at));
            }
            last = Some(at);
        }
        Ok(last)
    }

    /// Whether something stands otherwise than it was seen last, or a condition holds.
    fn turned(
        &self,
        lead: &Lead,
        facts: &Facts<'_>,
        at: Instant,
        findings: &dyn Findings,
        conditions: &[&Program],
    ) -> bool {
        let rank = |(card, name): (usize, &String)| {
            let known = lead.standing.get(name).and_then(|standing| standing.rank.as_deref());
            known != findings.rank(card)
        };
        let frame = Frame { facts, at: at.micros(), activity: None, derived: Some(findings) };
        self.nurturing.cards.iter().enumerate().any(rank)
            || self
                .nurturing
                .levels
                .iter()
                .any(|level| level.holds(findings) != self.state.marks.binary_search(&level.key).is_ok())
            || conditions.iter().any(|condition| condition.test(&frame).unwrap_or(false))
    }
}
