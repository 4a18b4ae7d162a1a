//! How an enrolment moves from step to step.
//!
//! | at a | it goes on | to |
//! |---|---|---|
//! | `send`, `call`, `invite` | when the gate has decided: passed, refused or dropped | the next step |
//! | `wait` | when its condition holds or its activity comes | `then`, and the next step |
//! | `wait` | when its time is over | `timed_out`, and the next step |
//! | `branch`, `split` | at once | the arm taken, and the next step; a held-out lead to the end |
//! | `notify`, `hand_over`, `update`, `campaign`, `adjust` | at once | the next step |
//! | `move`, `exit` | at once | the end |
//!
//! After the last step it is done.

use std::cmp::Reverse;

use crate::base::error::Error;
use crate::base::hash::bucket;
use crate::base::time::Instant;
use crate::lead::activity::Activity;
use crate::lead::enrolment::{Enrolment, EnrolmentStatus, Retry, Touch, TouchStatus};
use crate::lead::record::CampaignMembership;
use crate::nurturing::effect::{
    CallIntent, HandOverIntent, Intent, InviteIntent, NotifyIntent, Origin, SendIntent,
};
use crate::nurturing::flow::{Flow, Node, NodeKind, Send, Split, Wait};
use crate::nurturing::gate::{Hold, Passed, Request, Verdict};
use crate::nurturing::input::ChangeKind;
use crate::nurturing::process::{Mutation, Run, View};
use crate::nurturing::trigger::Event;

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

impl<'p> Run<'p> {
    /// The flow that an enrolment follows and the node at which it stands; nothing where the playbook lost them.
    pub(super) fn node(&self, own: &Enrolment) -> Option<(&'p Flow, usize)> {
        let nurturing = self.nurturing;
        let scenario = nurturing.scenarios.iter().find(|scenario| scenario.name == own.scenario)?;
        let flow = scenario.flow(own.version)?;
        Some((flow, flow.find(own.step.as_ref()?)?))
    }

    fn at(&self, index: usize) -> Option<(&'p Flow, usize)> {
        self.enrolments
            .get(index)
            .filter(|own| own.status == EnrolmentStatus::Active)
            .and_then(|own| self.node(own))
    }

    fn priority(&self, scenario: &str) -> (Reverse<i32>, usize) {
        let position = self.nurturing.position(scenario).unwrap_or(usize::MAX);
        (Reverse(self.nurturing.scenarios.get(position).map_or(0, |scenario| scenario.priority)), position)
    }

    pub(super) fn end(&mut self, index: usize, status: EnrolmentStatus) {
        let at = self.instant();
        let Some(own) = self.enrolments.get_mut(index) else { return };
        own.status = status;
        own.ended = Some(at);
        own.step = None;
        own.arrived = None;
        own.due = None;
        let (scenario, number) = (own.scenario.clone(), own.number);
        if status != EnrolmentStatus::Done {
            self.state.retries.retain(|retry| retry.scenario != scenario || retry.enrolment != number);
        }
        self.log(Some(&scenario), None, ChangeKind::Ended(status));
    }

    /// Puts an enrolment before a node, or ends it.
    pub(super) fn goes_to(
        &mut self,
        view: &View<'_>,
        index: usize,
        target: Option<usize>,
    ) -> Result<(), Error> {
        let (clock, now) = (self.clock, self.instant());
        let nurturing = self.nurturing;
        let Some(own) = self.enrolments.get(index) else { return Ok(()) };
        let flow = nurturing
            .scenarios
            .iter()
            .find(|scenario| scenario.name == own.scenario)
            .and_then(|scenario| scenario.flow(own.version));
        let name = own.scenario.clone();
        let Some(node) = flow.zip(target).and_then(|(flow, target)| flow.nodes.get(target)) else {
            self.end(index, EnrolmentStatus::Done);
            return Ok(());
        };
        let due = match &node.kind {
            NodeKind::Wait(wait) => {
                if let Some(until) = &wait.until
                    && self.test(view, until, None, &name)?
                {
                    return self.goes_to(view, index, wait.met);
                }
                wait.is_timed().then(|| {
                    let from = clock.saturating_add(wait.length.map_or(0, |length| length.micros()));
                    let zone = nurturing.contact.zone_of(view.lead);
                    // A time that never comes is not waited for.
                    wait.calendar.target(&nurturing.contact.holidays, zone, from).unwrap_or(clock)
                })
            }
            _ => Some(clock),
        };
        if let Some(own) = self.enrolments.get_mut(index) {
            own.step = Some(node.id.clone());
            own.arrived = Some(now);
            own.due = due.and_then(Instant::from_micros);
        }
        Ok(())
    }

    /// Ends enrolments whose goal or exit condition holds.
    pub(super) fn leave_all(&mut self, view: &View<'_>) -> Result<(), Error> {
        for index in 0..self.enrolments.len() {
            self.leave(view, index)?;
        }
        Ok(())
    }

    /// True if it left.
    fn leave(&mut self, view: &View<'_>, index: usize) -> Result<bool, Error> {
        let Some((flow, _)) = self.at(index) else { return Ok(false) };
        if flow.goal.is_none() && flow.exits.is_empty() {
            return Ok(false);
        }
        let name = self.enrolments.get(index).map(|own| own.scenario.clone()).unwrap_or_default();
        if let Some(goal) = &flow.goal
            && self.test(view, goal, None, &name)?
        {
            self.end(index, EnrolmentStatus::Goal);
            return Ok(true);
        }
        for exit in &flow.exits {
            if self.test(view, &exit.when, None, &name)? {
                let status = if exit.to.is_some() { EnrolmentStatus::Moved } else { EnrolmentStatus::Exited };
                self.end(index, status);
                if let Some(to) = exit.to {
                    self.admit(view, to, format!("moved from {name}"), true)?;
                }
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Lets waits end whose activity has come or whose condition holds.
    pub(super) fn meet(&mut self, view: &View<'_>, events: &[Event], full: bool) -> Result<(), Error> {
        for index in 0..self.enrolments.len() {
            let Some((flow, node)) = self.at(index) else { continue };
            let Some(NodeKind::Wait(wait)) = flow.nodes.get(node).map(|node| &node.kind) else { continue };
            if let Some(target) = self.met(view, index, wait, events, full)? {
                self.goes_to(view, index, target)?;
            }
        }
        Ok(())
    }

    /// Where a wait leads that has come to its end by what happened.
    fn met(
        &mut self,
        view: &View<'_>,
        index: usize,
        wait: &Wait,
        events: &[Event],
        full: bool,
    ) -> Result<Option<Option<usize>>, Error> {
        let Some(own) = self.enrolments.get(index) else { return Ok(None) };
        let (name, number) = (own.scenario.clone(), own.number);
        for event in events {
            match (event, &wait.activity, &wait.refused) {
                (Event::Activity(id), Some(wanted), _) if self.is_match(view, wanted, id, &name)? => {
                    return Ok(Some(wait.met));
                }
                (Event::NoSeat { scenario, enrolment, step }, _, Some((invited, full)))
                    if *scenario == name && *enrolment == number && step == invited =>
                {
                    return Ok(Some(*full));
                }
                _ => {}
            }
        }
        match &wait.until {
            Some(until) if full && self.test(view, until, None, &name)? => Ok(Some(wait.met)),
            _ => Ok(None),
        }
    }

    /// Moves every enrolment on that needs nobody's leave; stops where a step changes facts.
    pub(super) fn moves(&mut self, view: &View<'_>) -> Result<(), Error> {
        loop {
            let due = |own: &Enrolment| own.due.is_some_and(|due| due.micros() <= self.clock);
            let ready = self.enrolments.iter().enumerate().filter(|(_, own)| {
                own.status == EnrolmentStatus::Active
                    && due(own)
                    && self.node(own).is_some_and(|(flow, node)| {
                        flow.nodes.get(node).is_some_and(|node| !node.kind.is_gated())
                    })
            });
            let first = ready.min_by_key(|(_, own)| self.priority(&own.scenario)).map(|(index, _)| index);
            let Some(index) = first else { return Ok(()) };
            self.step(view, index)?;
            if !self.mutations.is_empty() {
                return Ok(());
            }
        }
    }

    /// One step that needs nobody's leave.
    fn step(&mut self, view: &View<'_>, index: usize) -> Result<(), Error> {
        let Some((flow, position)) = self.at(index) else { return Ok(()) };
        let Some(node) = flow.nodes.get(position) else { return Ok(()) };
        let Some(own) = self.enrolments.get(index).cloned() else { return Ok(()) };
        let origin = origin(&view.lead.id, &own, &node.id, 0);
        let by = || Some((own.scenario.clone(), node.id.clone()));
        match &node.kind {
            NodeKind::Wait(wait) => {
                if self.leave(view, index)? {
                    return Ok(());
                }
                return self.goes_to(view, index, wait.timed_out);
            }
            NodeKind::Branch(arms) => {
                for (when, target) in arms {
                    let taken = match when {
                        None => true,
                        Some(when) => self.test(view, when, None, &own.scenario)?,
                    };
                    if taken {
                        return self.goes_to(view, index, *target);
                    }
                }
            }
            NodeKind::Split(split) => return self.split(view, index, &own, node, split),
            NodeKind::Notify { to, text } => {
                let intent = Intent::Notify(NotifyIntent { to: to.clone(), text: text.clone() });
                self.effects.push(origin.effect(self.instant(), intent));
            }
            NodeKind::HandOver { policy } => {
                let intent = Intent::HandOver(HandOverIntent { policy: policy.clone() });
                self.effects.push(origin.effect(self.instant(), intent));
            }
            NodeKind::Update(set) => {
                let fields = set.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
                self.mutations.push((by(), Mutation::Fields(fields)));
            }
            NodeKind::Campaign { campaign, status } => {
                let membership = CampaignMembership {
                    campaign: campaign.clone(),
                    status: status.clone(),
                    at: self.instant(),
                    before: Vec::new(),
                };
                self.mutations.push((by(), Mutation::Campaign(membership)));
            }
            NodeKind::Adjust { kind, properties } => {
                let mut activity = Activity::new(origin.id(), kind, self.instant());
                activity.properties.clone_from(properties);
                self.mutations.push((by(), Mutation::Activity(activity)));
            }
            NodeKind::Move(to) => {
                self.end(index, EnrolmentStatus::Moved);
                return self.admit(view, *to, format!("moved from {}", own.scenario), true);
            }
            NodeKind::Exit => {
                self.end(index, EnrolmentStatus::Exited);
                return Ok(());
            }
            NodeKind::Send(_) | NodeKind::Call(_) | NodeKind::Invite(_) => return Ok(()),
        }
        self.goes_to(view, index, node.next)
    }

    fn split(
        &mut self,
        view: &View<'_>,
        index: usize,
        own: &Enrolment,
        node: &Node,
        split: &Split,
    ) -> Result<(), Error> {
        let total = split.arms.iter().map(|(_, share, _)| *share).sum::<u32>() + split.holdout;
        let place = bucket(&salted(split.salt.as_deref(), own, &node.id, &view.lead.id), total);
        let mut end = 0;
        let arm = split.arms.iter().find(|(_, share, _)| {
            end += share;
            place < end
        });
        let name = arm.map_or("holdout", |(name, ..)| name.as_str());
        self.log(Some(&own.scenario), Some(&node.id), ChangeKind::Arm(name.to_owned()));
        if let Some(own) = self.enrolments.get_mut(index) {
            own.arms.insert(node.id.clone(), name.to_owned());
        }
        match arm {
            Some((.., target)) => self.goes_to(view, index, *target),
            None => {
                self.end(index, EnrolmentStatus::HeldOut);
                Ok(())
            }
        }
    }

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
        match self.ask(view, node, origin, 0, arrived) {
            Asked::Held(until, because) => {
                let until = Instant::from_micros(until);
                if own.due != until
                    && let (Some(until), Some(own)) = (until, self.enrolments.get_mut(index))
                {
                    own.due = Some(until);
                    let name = own.scenario.clone();
                    self.log(Some(&name), Some(&node.id), ChangeKind::Held { until, because });
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
        match self.ask(view, node, origin, choice, retry.arrived.micros()) {
            Asked::Held(until, because) => {
                if let Some(until) = Instant::from_micros(until).filter(|until| *until != retry.due) {
                    if let Some(retry) = self.state.retries.get_mut(index) {
                        retry.due = until;
                    }
                    self.log(Some(&retry.scenario), Some(&retry.step), ChangeKind::Held { until, because });
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
                };
                self.ask_gate(view, origin, request, None, |gate| {
                    Intent::Call(CallIntent { queue: call.queue.clone(), script: call.script.clone(), gate })
                })
            }
            NodeKind::Invite(invite) => {
                let Some(template) = self.nurturing.templates.get(&invite.template) else {
                    return Asked::Over;
                };
                let request = Request {
                    channel: &template.channel,
                    class: &template.class,
                    purpose: template.purpose.as_deref(),
                    window: invite.window.as_ref(),
                    arrived,
                    deadline: invite.deadline,
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
            let request = Request {
                channel: &template.channel,
                class: &template.class,
                purpose: template.purpose.as_deref(),
                window: send.window.as_ref(),
                arrived,
                deadline: send.deadline,
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

impl Wait {
    /// Whether it ends by itself.
    fn is_timed(&self) -> bool {
        self.length.is_some() || self.calendar.is_timed()
    }
}

fn origin<'a>(lead: &'a str, own: &'a Enrolment, step: &'a str, occurrence: u32) -> Origin<'a> {
    Origin {
        lead,
        scenario: &own.scenario,
        began: own.began.unwrap_or(own.version),
        version: own.version,
        enrolment: own.number,
        step,
        occurrence,
    }
}

/// What a split is decided by.
fn salted<'a>(salt: Option<&'a str>, own: &'a Enrolment, step: &'a str, lead: &'a str) -> Vec<&'a str> {
    match salt {
        Some(salt) => vec![salt, lead],
        None => vec![&own.scenario, step, lead],
    }
}
