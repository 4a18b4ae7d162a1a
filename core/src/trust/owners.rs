//! Who was accountable when: the record's assignments, read at an instant.

use crate::base::time::Instant;
use crate::lead::assignment::{Assignment, AssignmentEvent, AssignmentEventKind};
use crate::lead::record::Lead;
use crate::trust::change::{Accountable, OwnerChange, TimedCause};

/// Who is accountable at an instant, in the order in which it was first handed over.
pub(super) fn owners(lead: &Lead, at: Instant) -> Vec<Accountable> {
    let mut found: Vec<(&Assignment, Option<String>)> = Vec::new();
    for assignment in &lead.assignments {
        let Some(event) = past(assignment, at).last() else { continue };
        let over = matches!(event.kind, AssignmentEventKind::Recycled | AssignmentEventKind::Closed);
        let owner = (!over).then(|| event.member.clone());
        let same = |known: &&mut (&Assignment, Option<String>)| {
            known.0.policy == assignment.policy && known.0.about == assignment.about
        };
        match found.iter_mut().find(same) {
            // Handed over anew: what became of it before is past.
            Some(known) => known.1 = owner,
            None => found.push((assignment, owner)),
        }
    }
    let accountable = |(assignment, owner): (&Assignment, Option<String>)| {
        let (policy, about) = (assignment.policy.clone(), assignment.about.clone());
        Some(Accountable { policy, about, owner: owner? })
    };
    found.into_iter().filter_map(accountable).collect()
}

/// What is different between two instants.
pub(super) fn changes(before: &[Accountable], after: &[Accountable]) -> Vec<OwnerChange> {
    let same = |a: &Accountable, b: &Accountable| a.policy == b.policy && a.about == b.about;
    let change = |one: &Accountable, from: Option<&Accountable>, to: Option<&Accountable>| OwnerChange {
        policy: one.policy.clone(),
        about: one.about.clone(),
        from: from.map(|known| known.owner.clone()),
        to: to.map(|known| known.owner.clone()),
    };
    let gone = before.iter().map(|old| change(old, Some(old), after.iter().find(|new| same(old, new))));
    let new = after.iter().filter(|new| !before.iter().any(|old| same(old, new)));
    let new = new.map(|new| change(new, None, Some(new)));
    gone.chain(new).filter(|change| change.from != change.to).collect()
}

/// The first step of a hand-over after an instant.
pub(super) fn next_step(lead: &Lead, at: Instant) -> Option<Instant> {
    let events = lead.assignments.iter().flat_map(|assignment| &assignment.history);
    events.map(|event| event.at).filter(|step| *step > at).min()
}

/// The steps at an instant of the hand-overs that changed.
pub(super) fn causes(lead: &Lead, at: Instant, changed: &[OwnerChange], causes: &mut Vec<TimedCause>) {
    for assignment in &lead.assignments {
        let of =
            |change: &OwnerChange| change.policy == assignment.policy && change.about == assignment.about;
        if !changed.iter().any(of) {
            continue;
        }
        for event in assignment.history.iter().filter(|event| event.at == at) {
            let (id, reason) = (assignment.id.clone(), event.reason.clone());
            causes.push(TimedCause::HandOver { id, kind: event.kind, reason });
        }
    }
}

fn past(assignment: &Assignment, at: Instant) -> impl Iterator<Item = &AssignmentEvent> {
    assignment.history.iter().filter(move |event| event.at <= at)
}
