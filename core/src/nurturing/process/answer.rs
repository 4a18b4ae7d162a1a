//! What became of touches.

use crate::base::time::Instant;
use crate::capture::consent;
use crate::capture::{ConsentChange, ConsentEvent};
use crate::lead::activity::Trust;
use crate::lead::enrolment::{EnrolmentStatus, Retry, Touch, TouchStatus};
use crate::lead::record::Lead;
use crate::nurturing::flow::NodeKind;
use crate::nurturing::input::{Ack, AckStatus, ChangeKind};
use crate::nurturing::process::Run;
use crate::nurturing::trigger::Event;

impl Run<'_> {
    /// What became of a touch. An answer that was given before, or that no touch waits for, changes nothing.
    pub(super) fn answer(&mut self, lead: &mut Lead, ack: &Ack) -> Option<Vec<Event>> {
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
    pub(super) fn try_again(&mut self, touch: &Touch, status: TouchStatus) {
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
}
