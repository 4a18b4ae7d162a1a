//! When something falls due.

use crate::lead::activity::Activity;
use crate::lead::enrolment::EnrolmentStatus;
use crate::lead::record::Lead;
use crate::nurturing::calendar::DAY;
use crate::nurturing::compile::Varying;
use crate::nurturing::flow::NodeKind;
use crate::nurturing::process::Run;

impl Run<'_> {
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
        if let Some(at) = self.review(lead, after) {
            consider(at);
        }
        next
    }

    /// The beginning of the next day after an instant, if time alone may change something then.
    pub(super) fn review(&self, lead: &Lead, after: i64) -> Option<i64> {
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
}
