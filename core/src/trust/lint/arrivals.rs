//! Where the steps of a scenario stand, by their ids, and which of them leads come to from another version.

use crate::nurturing::{BranchArm, ScenarioPolicy, StepPolicy};
use crate::scoring::compile::escape;

/// The ids of steps with their places. The wait for attendance stands where its invitation does.
pub(super) fn places(steps: &[StepPolicy], path: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    list(steps, path, "", &mut found);
    found
}

/// The places of the steps that leads of other versions go on at.
pub(super) fn arrivals(scenario: &ScenarioPolicy, path: &str) -> Vec<String> {
    let wanted: Vec<&String> = scenario.migrate.values().flat_map(|steps| steps.values()).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let places = places(&scenario.steps, path).into_iter();
    places.filter(|(id, _)| wanted.contains(&id)).map(|(_, place)| place).collect()
}

/// The lists of steps inside of a step, with their places.
pub(super) fn blocks<'p>(step: &'p StepPolicy, at: &str) -> Vec<(&'p [StepPolicy], String)> {
    match step {
        StepPolicy::Wait(wait) => vec![
            (&wait.then[..], format!("{at}/wait/then")),
            (&wait.timed_out[..], format!("{at}/wait/timed_out")),
        ],
        StepPolicy::Invite(invite) => vec![
            (&invite.attended[..], format!("{at}/invite/attended")),
            (&invite.absent[..], format!("{at}/invite/absent")),
            (&invite.full[..], format!("{at}/invite/full")),
        ],
        StepPolicy::Branch(arms) => {
            let arm =
                |(index, arm): (usize, &'p BranchArm)| (&arm.steps[..], format!("{at}/branch/{index}/steps"));
            arms.iter().enumerate().map(arm).collect()
        }
        StepPolicy::Split(split) => {
            let arms = split.arms.iter();
            arms.map(|(name, arm)| (&arm.steps[..], format!("{at}/split/arms/{}/steps", escape(name))))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn list(steps: &[StepPolicy], path: &str, prefix: &str, found: &mut Vec<(String, String)>) {
    for (index, step) in steps.iter().enumerate() {
        let at = format!("{path}/{index}");
        let id = own(step).unwrap_or_else(|| format!("{prefix}{index}"));
        if matches!(step, StepPolicy::Invite(_)) {
            found.push((format!("{id}.attendance"), at.clone()));
        }
        for ((inner, path), name) in blocks(step, &at).into_iter().zip(names(step)) {
            list(inner, &path, &format!("{id}.{name}."), found);
        }
        found.push((id, at));
    }
}

/// What ids call the lists inside of a step, in the order of [`blocks`].
fn names(step: &StepPolicy) -> Vec<String> {
    let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    match step {
        StepPolicy::Wait(_) => named(&["then", "timed_out"]),
        StepPolicy::Invite(_) => named(&["attended", "absent", "full"]),
        StepPolicy::Branch(arms) => (0..arms.len()).map(|index| index.to_string()).collect(),
        StepPolicy::Split(split) => split.arms.keys().cloned().collect(),
        _ => Vec::new(),
    }
}

fn own(step: &StepPolicy) -> Option<String> {
    match step {
        StepPolicy::Send(step) => step.id.clone(),
        StepPolicy::Call(step) => step.id.clone(),
        StepPolicy::Invite(step) => step.id.clone(),
        StepPolicy::Notify(step) => step.id.clone(),
        StepPolicy::Wait(step) => step.id.clone(),
        StepPolicy::Branch(_) => None,
        StepPolicy::Split(step) => step.id.clone(),
        StepPolicy::Update(step) => step.id.clone(),
        StepPolicy::Campaign(step) => step.id.clone(),
        StepPolicy::Adjust(step) => step.id.clone(),
        StepPolicy::HandOver(step) => step.id.clone(),
        StepPolicy::Move(step) => step.id.clone(),
        StepPolicy::Exit(step) => step.id.clone(),
    }
}
