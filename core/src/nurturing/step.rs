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
use crate::lead::enrolment::{Enrolment, EnrolmentStatus};
use crate::lead::record::CampaignMembership;
use crate::nurturing::effect::{HandOverIntent, Intent, NotifyIntent, Origin};
use crate::nurturing::flow::{Flow, Node, NodeKind, Split, Wait};
use crate::nurturing::input::ChangeKind;
use crate::nurturing::process::{Mutation, Run, View};
use crate::nurturing::trigger::Event;

/// The way past a branch of which no arm holds.
pub(super) const OTHERWISE: &str = "otherwise";

impl<'p> Run<'p> {
    /// The flow that an enrolment follows and the node at which it stands; nothing where the playbook lost them.
    pub(super) fn node(&self, own: &Enrolment) -> Option<(&'p Flow, usize)> {
        let nurturing = self.nurturing;
        let scenario = nurturing.scenarios.iter().find(|scenario| scenario.name == own.scenario)?;
        let flow = scenario.flow(own.version)?;
        Some((flow, flow.find(own.step.as_ref()?)?))
    }

    pub(super) fn at(&self, index: usize) -> Option<(&'p Flow, usize)> {
        self.enrolments
            .get(index)
            .filter(|own| own.status == EnrolmentStatus::Active)
            .and_then(|own| self.node(own))
    }

    pub(super) fn priority(&self, scenario: &str) -> (Reverse<i32>, usize) {
        let position = self.nurturing.position(scenario).unwrap_or(usize::MAX);
        (Reverse(self.nurturing.scenarios.get(position).map_or(0, |scenario| scenario.priority)), position)
    }

    pub(super) fn end(&mut self, index: usize, status: EnrolmentStatus) {
        let at = self.instant();
        let Some(own) = self.enrolments.get_mut(index) else { return };
        own.status = status;
        own.ended = Some(at);
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
                    self.waited(index, &node.id, wait, wait.ways().0);
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
    pub(super) fn leave(&mut self, view: &View<'_>, index: usize) -> Result<bool, Error> {
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
            let Some(node) = flow.nodes.get(node) else { continue };
            let NodeKind::Wait(wait) = &node.kind else { continue };
            if let Some((target, way)) = self.met(view, index, wait, events, full)? {
                self.waited(index, &node.id, wait, way);
                self.goes_to(view, index, target)?;
            }
        }
        Ok(())
    }

    /// Where a wait leads that has come to its end by what happened, and the word for that way.
    fn met(
        &mut self,
        view: &View<'_>,
        index: usize,
        wait: &Wait,
        events: &[Event],
        full: bool,
    ) -> Result<Option<(Option<usize>, &'static str)>, Error> {
        let met = (wait.met, wait.ways().0);
        let Some(own) = self.enrolments.get(index) else { return Ok(None) };
        let (name, number) = (own.scenario.clone(), own.number);
        for event in events {
            match (event, &wait.activity, &wait.refused) {
                (Event::Activity(id), Some(wanted), _) if self.is_match(view, wanted, id, &name)? => {
                    return Ok(Some(met));
                }
                (Event::NoSeat { scenario, enrolment, step }, _, Some((invited, full)))
                    if *scenario == name && *enrolment == number && step == invited =>
                {
                    return Ok(Some((*full, "full")));
                }
                _ => {}
            }
        }
        match &wait.until {
            Some(until) if full && self.test(view, until, None, &name)? => Ok(Some(met)),
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
                self.waited(index, &node.id, wait, wait.ways().1);
                return self.goes_to(view, index, wait.timed_out);
            }
            NodeKind::Branch(arms) => {
                for (number, (when, target)) in arms.iter().enumerate() {
                    let taken = match when {
                        None => true,
                        Some(when) => self.test(view, when, None, &own.scenario)?,
                    };
                    if taken {
                        self.took(index, &node.id, &number.to_string());
                        return self.goes_to(view, index, *target);
                    }
                }
                self.took(index, &node.id, OTHERWISE);
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
        self.took(index, &node.id, name);
        match arm {
            Some((.., target)) => self.goes_to(view, index, *target),
            None => {
                self.end(index, EnrolmentStatus::HeldOut);
                Ok(())
            }
        }
    }

    /// Remembers the way that an enrolment took where a step divides.
    fn took(&mut self, index: usize, step: &str, way: &str) {
        if let Some(own) = self.enrolments.get_mut(index) {
            own.arms.insert(step.to_owned(), way.to_owned());
        }
    }

    fn waited(&mut self, index: usize, step: &str, wait: &Wait, way: &str) {
        if wait.divides() {
            self.took(index, step, way);
        }
    }
}

impl Wait {
    /// Whether it matters how it ends.
    pub(super) fn divides(&self) -> bool {
        self.met != self.timed_out || self.refused.as_ref().is_some_and(|(_, full)| *full != self.met)
    }

    /// Its ways by name: what was waited for came, and its time was over.
    pub(super) const fn ways(&self) -> (&'static str, &'static str) {
        if self.refused.is_some() { ("attended", "absent") } else { ("then", "timed_out") }
    }

    /// Whether it ends by itself.
    fn is_timed(&self) -> bool {
        self.length.is_some() || self.calendar.is_timed()
    }
}

pub(super) fn origin<'a>(lead: &'a str, own: &'a Enrolment, step: &'a str, occurrence: u32) -> Origin<'a> {
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
