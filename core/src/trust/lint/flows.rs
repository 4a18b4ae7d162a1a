//! Scenarios that send a lead round and round without a wait.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::nurturing::{StepPolicy, TriggerPolicy};
use crate::scoring::compile::escape;
use crate::trust::lint::Linter;
use crate::trust::lint::steps::blocks;

/// A way from one scenario into another that takes no time.
struct Way<'p> {
    to: &'p str,
    path: String,
}

impl<'p> Linter<'p> {
    pub(super) fn loops(&mut self) {
        let document = self.document;
        let names: Vec<&str> = document.scenarios.keys().map(String::as_str).collect();
        let mut ways: Vec<Vec<Way<'p>>> = Vec::with_capacity(names.len());
        for (name, scenario) in &document.scenarios {
            let base = format!("/scenarios/{}", escape(name));
            let mut own = Vec::new();
            self.at_once(&scenario.steps, &format!("{base}/steps"), &mut own);
            for (index, exit) in scenario.exit.iter().enumerate() {
                if let Some(to) = &exit.to {
                    own.push(Way { to, path: format!("{base}/exit/{index}/to") });
                }
            }
            ways.push(own);
        }
        // Each scenario is told of once, with the shortest way round.
        let mut told = vec![false; names.len()];
        for start in 0..names.len() {
            if told.get(start).copied().unwrap_or(true) {
                continue;
            }
            let Some(round) = round(&ways, &names, start) else { continue };
            let mut words = Vec::new();
            for number in &round {
                if let (Some(name), Some(told)) = (names.get(*number), told.get_mut(*number)) {
                    *told = true;
                    words.push(format!("`{name}`"));
                }
            }
            let next = round.get(1).copied().unwrap_or(start);
            let way =
                ways.get(start).and_then(|ways| ways.iter().find(|way| names.get(next) == Some(&way.to)));
            let Some(way) = way else { continue };
            words.extend(names.get(start).map(|name| format!("`{name}`")));
            let message = format!(
                "scenarios send a lead round without a wait, and lose it there: {}",
                words.join(" -> ")
            );
            let diagnostic = Diagnostic::warning(Code::LoopWithoutWait, message)
                .at(way.path.clone())
                .with_help("put a wait on the way: at most once in an instant a lead comes into a scenario");
            self.find(diagnostic, None);
        }
    }

    /// Adds the ways into scenarios that steps take without a wait; false if a wait comes before their end.
    fn at_once(&self, steps: &'p [StepPolicy], path: &str, ways: &mut Vec<Way<'p>>) -> bool {
        for (index, step) in steps.iter().enumerate() {
            let at = format!("{path}/{index}");
            let goes_on = match step {
                StepPolicy::Move(to) => {
                    ways.push(Way { to: &to.to, path: format!("{at}/move/to") });
                    false
                }
                StepPolicy::Exit(_) | StepPolicy::Wait(_) => false,
                // The gate may let a message through at once.
                StepPolicy::Invite(invite) => invite.attendance.is_none(),
                StepPolicy::Branch(arms) => {
                    let mut any = arms.iter().all(|arm| arm.when.is_some());
                    for (steps, path) in blocks(step, &at) {
                        any |= self.at_once(steps, &path, ways);
                    }
                    any
                }
                StepPolicy::Split(split) => {
                    let mut any = false;
                    for ((steps, path), arm) in blocks(step, &at).into_iter().zip(split.arms.values()) {
                        any |= arm.share > 0 && self.at_once(steps, &path, ways);
                    }
                    any
                }
                StepPolicy::Adjust(adjust) => {
                    ways.extend(self.enrolled_by(&adjust.activity, &format!("{at}/adjust/activity")));
                    true
                }
                _ => true,
            };
            if !goes_on {
                return false;
            }
        }
        true
    }

    /// The scenarios that an activity of a kind enrols in.
    fn enrolled_by(&self, kind: &str, path: &str) -> Vec<Way<'p>> {
        let document = self.document;
        let enrols = |trigger: &TriggerPolicy| matches!(trigger, TriggerPolicy::Activity(activity) if activity.kind == kind && self.may_come(activity));
        let scenarios = document.scenarios.iter().filter(|(_, scenario)| scenario.enrol.iter().any(enrols));
        scenarios.map(|(name, _)| Way { to: name, path: path.to_owned() }).collect()
    }
}

/// The shortest way from a scenario back to itself, as the numbers of the scenarios on it.
fn round(ways: &[Vec<Way<'_>>], names: &[&str], start: usize) -> Option<Vec<usize>> {
    let mut queue = vec![vec![start]];
    let mut seen = vec![false; names.len()];
    let mut next = 0;
    while let Some(path) = queue.get(next).cloned() {
        next += 1;
        let last = path.last().copied()?;
        for way in ways.get(last).into_iter().flatten() {
            let Some(to) = names.iter().position(|name| *name == way.to) else { continue };
            if to == start {
                return Some(path);
            }
            if let Some(flag) = seen.get_mut(to).filter(|flag| !**flag) {
                *flag = true;
                let mut longer = path.clone();
                longer.push(to);
                queue.push(longer);
            }
        }
    }
    None
}
