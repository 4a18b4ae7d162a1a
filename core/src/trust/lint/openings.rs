//! The ways through the steps of a scenario that somebody can go.

use std::collections::HashMap;

use crate::base::sets::{ALL, NONE};
use crate::expr::Program;
use crate::nurturing::compile::{Match, Scenario};
use crate::nurturing::flow::{Flow, NodeKind, Wait};
use crate::trust::lint::Linter;
use crate::trust::lint::places::kinds;
use crate::trust::lint::space::Space;

/// Where each step leads to, by the number of its node.
pub(super) struct Openings {
    /// The steps that leads come to.
    pub(super) reached: Vec<bool>,
    /// The arms of branches that somebody takes, and at the end the way past them.
    arms: HashMap<usize, Vec<bool>>,
    /// Of waits, whether they end by what is waited for, and whether by time.
    waits: HashMap<usize, (bool, bool)>,
}

impl Openings {
    /// The steps after a branch.
    pub(super) fn taken<'a>(
        &'a self,
        number: usize,
        arms: &'a [(Option<Program>, Option<usize>)],
        next: Option<usize>,
    ) -> impl Iterator<Item = Option<usize>> + 'a {
        let open = self.arms.get(&number);
        let targets = arms.iter().map(|(_, target)| *target).chain([next]).enumerate();
        let is_open = move |index: usize| open.and_then(|open| open.get(index)).copied().unwrap_or(true);
        targets.filter(move |(index, _)| is_open(*index)).map(|(_, target)| target)
    }

    /// Whether a wait ends by what is waited for, and whether by time.
    pub(super) fn ends(&self, number: usize) -> (bool, bool) {
        self.waits.get(&number).copied().unwrap_or((true, true))
    }
}

impl Linter<'_> {
    pub(super) fn openings(&self, scenario: &Scenario) -> Openings {
        let flow = &scenario.flow;
        let mut openings =
            Openings { reached: vec![false; flow.nodes.len()], arms: HashMap::new(), waits: HashMap::new() };
        for (number, node) in flow.nodes.iter().enumerate() {
            match &node.kind {
                NodeKind::Branch(arms) => {
                    openings.arms.insert(number, self.open_arms(arms));
                }
                NodeKind::Wait(wait) => {
                    openings.waits.insert(number, self.wait_ends(wait));
                }
                _ => {}
            }
        }
        let arrivals = scenario.migrate.iter().flat_map(|(_, steps)| steps.values());
        let mut open: Vec<usize> = flow.entry.into_iter().collect();
        open.extend(arrivals.filter_map(|id| flow.find(id)));
        while let Some(number) = open.pop() {
            if let Some(flag) = openings.reached.get_mut(number).filter(|flag| !**flag) {
                *flag = true;
                open.extend(openings.after(flow, number));
            }
        }
        openings
    }

    fn open_arms(&self, arms: &[(Option<Program>, Option<usize>)]) -> Vec<bool> {
        let programs: Vec<&Program> = arms.iter().filter_map(|(when, _)| when.as_ref()).collect();
        let domain = self.domain(&[]);
        let mut space = Space::new(&domain, &programs, &[]);
        let mut taken = NONE;
        let mut open = Vec::with_capacity(arms.len() + 1);
        for (when, _) in arms {
            let set = when.as_ref().map_or(ALL, |when| space.truth(when).yes);
            open.push(space.sets.minus(set, taken) != NONE);
            taken = space.sets.or(taken, set);
        }
        open.push(taken != ALL);
        if space.is_known() { open } else { vec![true; arms.len() + 1] }
    }

    fn wait_ends(&self, wait: &Wait) -> (bool, bool) {
        let (never, always) = wait.until.as_ref().map_or((true, false), |until| self.ends(until));
        let comes = wait.activity.as_ref().is_some_and(|wanted| self.can_come(wanted));
        let timed = wait.length.is_some() || wait.calendar.is_timed();
        (!never || comes, timed && !always)
    }

    /// Whether there can be such an activity.
    fn can_come(&self, wanted: &Match) -> bool {
        let Some(when) = &wanted.when else { return true };
        let kinds = kinds(&self.compiled.model, &wanted.name);
        let domain = self.domain(&kinds);
        let mut space = Space::new(&domain, &[when], &[]);
        space.truth(when).yes != NONE || !space.is_known()
    }
}

impl Openings {
    /// The steps that follow one.
    fn after(&self, flow: &Flow, number: usize) -> Vec<usize> {
        let Some(node) = flow.nodes.get(number) else { return Vec::new() };
        let targets: Vec<Option<usize>> = match &node.kind {
            NodeKind::Branch(arms) => self.taken(number, arms, node.next).collect(),
            NodeKind::Split(split) => {
                let taken = split.arms.iter().filter(|(_, share, _)| *share > 0);
                taken.map(|(.., target)| *target).collect()
            }
            NodeKind::Wait(wait) => {
                let (met, timed) = self.ends(number);
                let mut targets = Vec::new();
                targets.extend(met.then_some(wait.met));
                targets.extend(timed.then_some(wait.timed_out));
                targets.extend(wait.refused.as_ref().map(|(_, full)| *full));
                targets
            }
            NodeKind::Move(_) | NodeKind::Exit => Vec::new(),
            _ => vec![node.next],
        };
        targets.into_iter().flatten().collect()
    }
}
