//! How touches ask the gate, and what it lets through becomes an effect.

use crate::base::error::Error;
use crate::base::hash::bucket;
use crate::base::time::Instant;
use crate::lead::enrolment::{EnrolmentStatus, Retry, Touch, TouchStatus};
use crate::nurturing::effect::{CallIntent, Intent, InviteIntent, Origin, SendIntent};
use crate::nurturing::flow::{Node, NodeKind, Send};
use crate::nurturing::gate::{Hold, Passed, Request, Verdict};
use crate::nurturing::input::ChangeKind;
use crate::nurturing::process::{Run, View};
use crate::nurturing::step::origin;

/// What came of asking the gate for a step.
enum Asked {
    Made,
    Held(i64, Hold),
    /// Refused or dropped: told already.
    Over,
}

/// Who asks.
#[derive(Clone, Copy)]
enum Candidate {
    Enrolment(usize),
    Retry(usize),
}

impl Run<'_> {
    /// Lets whoever wants to touch the lead ask the gate, the greatest priority first. True if anything moved.
    pub(super) fn arbitrate(&mut self, view: &View<'_>, full: bool) -> Result<bool, Error> {
        let clock = self.clock;
        let asks = |due: Option<Instant>| full || due.is_some_and(|due| due.micros() <= clock);
        let mut candidates = Vec::new();
        for (index, own) in self.enrolments.iter().enumerate() {
            let gated = own.status == EnrolmentStatus::Active
                && asks(own.due)
                && self.node(own).is_some_and(|(flow, node)| {
                    flow.nodes.get(node).is_some_and(|node| node.kind.is_gated())
                });
            if gated {
                candidates.push((self.priority(&own.scenario), own.arrived, 1, Candidate::Enrolment(index)));
            }
        }
        for (index, retry) in self.state.retries.iter().enumerate() {
            // One that is to be tried later is not due, whatever comes in.
            if asks(Some(retry.due)) && retry.arrived.micros() <= clock {
                candidates.push((
                    self.priority(&retry.scenario),
                    Some(retry.arrived),
                    0,
                    Candidate::Retry(index),
                ));
            }
        }
        candidates.sort_by_key(|(priority, arrived, kind, _)| (*priority, *arrived, *kind));
        let mut moved = false;
        let mut over = Vec::new();
        for (.., candidate) in candidates {
            match candidate {
                Candidate::Enrolment(index) => {
                    if self.leave(view, index)? {
                        moved = true;
                        continue;
                    }
                    moved |= self.ask_enrolment(view, index)?;
                }
                Candidate::Retry(index) => {
                    if self.ask_retry(view, index) {
                        over.push(index);
                    }
                }
            }
        }
        over.sort_unstable();
        for index in over.into_iter().rev() {
            if index < self.state.retries.len() {
                self.state.retries.remove(index);
            }
        }
        Ok(moved)
    }

    fn ask_enrolment(&mut self, view: &View<'_>, index: usize) -> Result<bool, Error> {
        let Some((flow, position)) = self.at(index) else { return Ok(false) };
        let Some(node) = flow.nodes.get(position) else { return Ok(false) };
        let Some(own) = self.enrolments.get(index).cloned() else { return Ok(false) };
        let arrived = own.arrived.map_or(self.clock, Instant::micros);
        let origin = origin(&view.lead.id, &own, &node.id, 0);
        let told = self.changes.len();
        match self.ask(view, node, origin, 0, arrived) {
            Asked::Held(until, because) => {
                let until = Instant::from_micros(until);
                if own.due != until
                    && let (Some(until), Some(own)) = (until, self.enrolments.get_mut(index))
                {
                    own.due = Some(until);
                    let name = own.scenario.clone();
                    self.log(Some(&name), Some(&node.id), ChangeKind::Held { until, because });
                } else {
                    // What was refused on the way to the same answer was told with it.
                    self.changes.truncate(told);
                }
                Ok(false)
            }
            Asked::Made | Asked::Over => {
                self.goes_to(view, index, node.next)?;
                Ok(true)
            }
        }
    }

    /// True if it is over, one way or the other.
    fn ask_retry(&mut self, view: &View<'_>, index: usize) -> bool {
        let nurturing = self.nurturing;
        let Some(retry) = self.state.retries.get(index).cloned() else { return false };
        let scenario = nurturing.scenarios.iter().find(|scenario| scenario.name == retry.scenario);
        let flow = scenario.and_then(|scenario| scenario.flow(retry.version));
        let Some(node) = flow.and_then(|flow| flow.nodes.get(flow.find(&retry.step)?)) else { return true };
        let Retry { began, version, enrolment, occurrence, .. } = retry;
        let origin = Origin {
            lead: &view.lead.id,
            scenario: &retry.scenario,
            began,
            version,
            enrolment,
            step: &retry.step,
            occurrence,
        };
        let choice = usize::try_from(retry.choice).unwrap_or(usize::MAX);
        let told = self.changes.len();
        match self.ask(view, node, origin, choice, retry.arrived.micros()) {
            Asked::Held(until, because) => {
                if let Some(until) = Instant::from_micros(until).filter(|until| *until != retry.due) {
                    if let Some(retry) = self.state.retries.get_mut(index) {
                        retry.due = until;
                    }
                    self.log(Some(&retry.scenario), Some(&retry.step), ChangeKind::Held { until, because });
                } else {
                    self.changes.truncate(told);
                }
                false
            }
            Asked::Made | Asked::Over => true,
        }
    }

    fn ask(
        &mut self,
        view: &View<'_>,
        node: &Node,
        origin: Origin<'_>,
        choice: usize,
        arrived: i64,
    ) -> Asked {
        match &node.kind {
            NodeKind::Send(send) => self.ask_send(view, send, origin, choice, arrived),
            NodeKind::Call(call) => {
                let request = Request {
                    channel: "phone",
                    class: &call.class,
                    purpose: call.purpose.as_deref(),
                    window: call.window.as_ref(),
                    arrived,
                    deadline: call.deadline,
                    lacking: None,
                };
                self.ask_gate(view, origin, request, None, |gate| {
                    Intent::Call(CallIntent { queue: call.queue.clone(), script: call.script.clone(), gate })
                })
            }
            NodeKind::Invite(invite) => {
                let Some(template) = self.nurturing.templates.get(&invite.template) else {
                    return Asked::Over;
                };
                let lacking = self.nurturing.messages.lacking(&invite.template, None, view.lead);
                let request = Request {
                    channel: &template.channel,
                    class: &template.class,
                    purpose: template.purpose.as_deref(),
                    window: invite.window.as_ref(),
                    arrived,
                    deadline: invite.deadline,
                    lacking: lacking.as_ref(),
                };
                self.ask_gate(view, origin, request, Some(&invite.template), |gate| {
                    Intent::Invite(InviteIntent {
                        event: invite.event.clone(),
                        capacity: invite.capacity,
                        template: invite.template.clone(),
                        version: template.versions.keys().next().cloned(),
                        gate,
                    })
                })
            }
            _ => Asked::Over,
        }
    }

    /// The template of this choice, or the next that is not refused.
    fn ask_send(
        &mut self,
        view: &View<'_>,
        send: &Send,
        origin: Origin<'_>,
        choice: usize,
        arrived: i64,
    ) -> Asked {
        let nurturing = self.nurturing;
        for (index, name) in send.templates.iter().enumerate().skip(choice) {
            let Some(template) = nurturing.templates.get(name) else { continue };
            let version = if index == 0 && !send.shares.is_empty() {
                let total = send.shares.iter().map(|(_, share)| *share).sum();
                let place = bucket(&[origin.scenario, origin.step, "version", origin.lead], total);
                let mut end = 0;
                let arm = send.shares.iter().find(|(_, share)| {
                    end += share;
                    place < end
                });
                arm.map(|(name, _)| name.clone())
            } else {
                template.versions.keys().next().cloned()
            };
            let lacking = nurturing.messages.lacking(name, version.as_deref(), view.lead);
            let request = Request {
                channel: &template.channel,
                class: &template.class,
                purpose: template.purpose.as_deref(),
                window: send.window.as_ref(),
                arrived,
                deadline: send.deadline,
                lacking: lacking.as_ref(),
            };
            let last = index + 1 == send.templates.len();
            let before = self.changes.len();
            let asked = self.ask_gate(view, origin, request, Some(name), |gate| {
                Intent::Send(SendIntent { template: name.clone(), version, gate })
            });
            let refused = matches!(
                self.changes.get(before).map(|change| &change.what),
                Some(ChangeKind::Refused { .. })
            );
            if !refused || last {
                return asked;
            }
        }
        Asked::Over
    }

    /// Asks the gate; what it lets through becomes an effect.
    fn ask_gate(
        &mut self,
        view: &View<'_>,
        origin: Origin<'_>,
        request: Request<'_>,
        template: Option<&String>,
        intent: impl FnOnce(Passed) -> Intent,
    ) -> Asked {
        let contact = &self.nurturing.contact;
        match contact.ask(view.lead, &self.touches, self.list, &request, self.clock) {
            Verdict::Held(until, because) => Asked::Held(until, because),
            Verdict::Refused(because) => {
                let what = ChangeKind::Refused { because, template: template.cloned() };
                self.log(Some(origin.scenario), Some(origin.step), what);
                Asked::Over
            }
            Verdict::Skipped(missing) => {
                let what = ChangeKind::Skipped { template: template.cloned().unwrap_or_default(), missing };
                self.log(Some(origin.scenario), Some(origin.step), what);
                Asked::Over
            }
            Verdict::Dropped => {
                self.log(Some(origin.scenario), Some(origin.step), ChangeKind::Dropped);
                Asked::Over
            }
            Verdict::Passed(passed) => {
                let effect = origin.effect(self.instant(), intent(passed));
                // A passage that was moved to another version may come by a step again: it is not touched twice.
                if self.touches.iter().any(|touch| touch.effect == effect.id) {
                    return Asked::Over;
                }
                self.touches.push(Touch {
                    effect: effect.id.clone(),
                    at: effect.at,
                    channel: request.channel.to_owned(),
                    class: request.class.to_owned(),
                    template: effect.intent.template().map(str::to_owned),
                    scenario: origin.scenario.to_owned(),
                    enrolment: origin.enrolment,
                    step: origin.step.to_owned(),
                    occurrence: origin.occurrence,
                    status: TouchStatus::Made,
                });
                self.effects.push(effect);
                Asked::Made
            }
        }
    }
}
