//! Passages of earlier versions, and what may be forgotten.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::text::pointer_escape;
use crate::lead::enrolment::{EnrolmentStatus, Touch};
use crate::nurturing::input::ChangeKind;
use crate::nurturing::process::{REMEMBERED, Run};

impl Run<'_> {
    /// Passages of earlier versions go on at the steps that the author names.
    pub(super) fn migrate(&mut self) {
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
    pub(super) fn forget(&mut self) {
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
}
