//! What sales gave back comes to the scenario that its hand-over names, when its rest is over.

use crate::lead::assignment::AssignmentEventKind;
use crate::lead::record::Lead;
use crate::nurturing::calendar::DAY;
use crate::nurturing::process::Run;
use crate::nurturing::trigger::Event;

/// How long after its time it is still taken up: as long as inputs are remembered, so that none comes twice.
const LATEST: i64 = 30 * DAY;

impl Run<'_> {
    /// What comes back now, each hand-over once.
    pub(super) fn returned(&mut self, lead: &Lead) -> Vec<Event> {
        let due = |at: i64| at <= self.clock && at > self.clock - LATEST;
        let mut found = self.returns(lead);
        found.retain(|(_, at, _)| due(*at));
        found.retain(|(.., id)| self.is_new(Some(id)));
        found.into_iter().map(|(scenario, ..)| Event::Time(scenario, "recycled")).collect()
    }

    /// When the next comes back after an instant.
    pub(super) fn next_return(&self, lead: &Lead, after: i64) -> Option<i64> {
        self.returns(lead).into_iter().map(|(_, at, _)| at).filter(|at| *at > after).min()
    }

    /// The scenario of each hand-over that was given back, when it begins, and the id of that order; nothing while
    /// sales has the lead again.
    fn returns(&self, lead: &Lead) -> Vec<(usize, i64, String)> {
        if lead.assignments.iter().any(|known| known.state.is_open()) {
            return Vec::new();
        }
        let last = lead.assignments.iter().enumerate().filter(|(index, known)| {
            let mut later = lead.assignments.iter().skip(index + 1);
            !later.any(|later| (&later.policy, &later.about) == (&known.policy, &known.about))
        });
        last.filter_map(|(_, known)| {
            let back = known.history.last().filter(|event| event.kind == AssignmentEventKind::Recycled)?;
            let scenario = self.nurturing.position(back.scenario.as_deref()?)?;
            Some((scenario, back.not_before.unwrap_or(back.at).micros(), format!("recycled/{}", known.id)))
        })
        .collect()
    }
}
