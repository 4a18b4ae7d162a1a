//! Scenarios that send a lead round and round without a wait.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sets::{ALL, NONE};
use crate::expr::Program;
use crate::lead::record::Lead;
use crate::nurturing::TriggerPolicy;
use crate::nurturing::compile::Scenario;
use crate::nurturing::flow::{Flow, NodeKind};
use crate::scoring::compile::escape;
use crate::trust::lint::arrivals::places;
use crate::trust::lint::space::Space;
use crate::trust::lint::{LintExample, Linter};

/// Scenarios with more ways through them, or more ways round, are passed over.
const MOST_WAYS: usize = 1_000;

/// A condition, and whether it holds of those who go a way.
type Ask<'p> = (&'p Program, bool);

/// A way from one scenario into another that takes no time.
struct Way<'p> {
    to: usize,
    path: String,
    /// What is asked on the way, up to where a step changes facts: what is asked after it is not known here.
    asks: Vec<Ask<'p>>,
    changes: bool,
}

/// Where somebody stands who goes through a scenario.
struct Walk<'p> {
    node: Option<usize>,
    asks: Vec<Ask<'p>>,
    changes: bool,
}

/// A way round that somebody can go.
struct Round {
    /// The scenarios on it, each with the number of its way.
    steps: Vec<(usize, usize)>,
    /// A lead that goes it, where what is asked does not change on the way.
    example: Option<LintExample>,
}

/// A way round that is begun.
#[derive(Clone)]
struct Begun {
    /// The scenarios on it, each with the number of its way.
    steps: Vec<(usize, usize)>,
    /// Who can be on it, as far as that is known.
    who: u32,
    /// Whether facts have changed since.
    changed: bool,
}

impl<'p> Linter<'p> {
    pub(super) fn loops(&mut self) {
        let scenarios = &self.compiled.nurturing.scenarios;
        let ways: Vec<Vec<Way<'p>>> = scenarios.iter().map(|scenario| self.ways(scenario)).collect();
        // Each scenario is told of once, with the shortest way round.
        let mut told = vec![false; scenarios.len()];
        for start in 0..scenarios.len() {
            if told.get(start).copied().unwrap_or(true) {
                continue;
            }
            let Some(Round { steps: round, example }) = self.round(&ways, start) else { continue };
            let mut words = Vec::new();
            for number in round.iter().map(|(number, _)| *number).chain([start]) {
                if let (Some(scenario), Some(told)) = (scenarios.get(number), told.get_mut(number)) {
                    *told = true;
                    words.push(format!("`{}`", scenario.name));
                }
            }
            let Some(way) = round.first().and_then(|(_, way)| ways.get(start)?.get(*way)) else { continue };
            let message = format!(
                "scenarios send a lead round without a wait, and lose it there: {}",
                words.join(" -> ")
            );
            let diagnostic = Diagnostic::warning(Code::LoopWithoutWait, message)
                .at(way.path.clone())
                .with_help("put a wait on the way: at most once in an instant a lead comes into a scenario");
            self.find(diagnostic, example);
        }
    }

    /// The ways out of a scenario into others that take no time.
    fn ways(&self, scenario: &'p Scenario) -> Vec<Way<'p>> {
        let base = format!("/scenarios/{}", escape(&scenario.name));
        let flow = &scenario.flow;
        let mut asks: Vec<Ask<'p>> = Vec::new();
        asks.extend(scenario.scope.iter().map(|scope| (scope, true)));
        asks.extend(flow.goal.iter().map(|goal| (goal, false)));
        let mut ways = Vec::new();
        for (index, exit) in flow.exits.iter().enumerate() {
            if let Some(to) = exit.to {
                let asks = asks.iter().copied().chain([(&exit.when, true)]).collect();
                ways.push(Way { to, path: format!("{base}/exit/{index}/to"), asks, changes: false });
            }
            asks.push((&exit.when, false));
        }
        let Some(policy) = self.document.scenarios.get(&scenario.name) else { return ways };
        let places = places(&policy.steps, &format!("{base}/steps"));
        let mut walks = vec![Walk { node: flow.entry, asks, changes: false }];
        let mut seen = 0;
        while let Some(walk) = walks.pop() {
            seen += 1;
            if seen > MOST_WAYS {
                return Vec::new();
            }
            self.walk(flow, walk, &places, &mut walks, &mut ways);
        }
        // What was put off last was looked at first.
        ways.sort_by(|a, b| a.path.cmp(&b.path));
        ways
    }

    /// One step: the ways that it opens, and where it leads to without a wait.
    fn walk(
        &self,
        flow: &'p Flow,
        walk: Walk<'p>,
        places: &[(String, String)],
        walks: &mut Vec<Walk<'p>>,
        ways: &mut Vec<Way<'p>>,
    ) {
        let Some(node) = walk.node.and_then(|node| flow.nodes.get(node)) else { return };
        let Walk { asks, changes, .. } = walk;
        let place = || {
            let known = places.iter().find(|(id, _)| *id == node.id);
            known.map_or("", |(_, path)| path.as_str())
        };
        let further = |target: Option<usize>, more: &[Ask<'p>], changes: bool| {
            let mut asks = asks.clone();
            if !changes {
                asks.extend(more);
            }
            Walk { node: target, asks, changes }
        };
        match &node.kind {
            NodeKind::Wait(_) | NodeKind::Exit => {}
            NodeKind::Move(to) => {
                ways.push(Way { to: *to, path: format!("{}/move/to", place()), asks, changes });
            }
            NodeKind::Branch(arms) => {
                let mut others: Vec<Ask<'p>> = Vec::new();
                for (when, target) in arms {
                    let Some(when) = when else {
                        walks.push(further(*target, &others, changes));
                        return;
                    };
                    let taken: Vec<Ask<'p>> = others.iter().copied().chain([(when, true)]).collect();
                    walks.push(further(*target, &taken, changes));
                    others.push((when, false));
                }
                walks.push(further(node.next, &others, changes));
            }
            NodeKind::Split(split) => {
                let taken = split.arms.iter().filter(|(_, share, _)| *share > 0);
                walks.extend(taken.map(|(.., target)| further(*target, &[], changes)));
            }
            NodeKind::Adjust { kind, .. } => {
                for to in self.enrolled_by(kind) {
                    let path = format!("{}/adjust/activity", place());
                    ways.push(Way { to, path, asks: asks.clone(), changes: true });
                }
                walks.push(further(node.next, &[], true));
            }
            NodeKind::Update(_) | NodeKind::Campaign { .. } => walks.push(further(node.next, &[], true)),
            // The gate may let a message through at once.
            NodeKind::Send(_)
            | NodeKind::Call(_)
            | NodeKind::Invite(_)
            | NodeKind::Notify { .. }
            | NodeKind::HandOver { .. } => walks.push(further(node.next, &[], changes)),
        }
    }

    /// The scenarios that an activity of a kind enrols in.
    fn enrolled_by(&self, kind: &str) -> Vec<usize> {
        let enrols = |trigger: &TriggerPolicy| matches!(trigger, TriggerPolicy::Activity(activity) if activity.kind == kind && self.may_come(activity));
        let scenarios = self.document.scenarios.iter();
        let enrolled = scenarios.filter(|(_, scenario)| scenario.enrol.iter().any(enrols));
        enrolled.filter_map(|(name, _)| self.compiled.nurturing.position(name)).collect()
    }

    /// The shortest way from a scenario back to itself that somebody can go.
    fn round(&self, ways: &[Vec<Way<'p>>], start: usize) -> Option<Round> {
        if !leads_back(ways, start) {
            return None;
        }
        let programs: Vec<&Program> =
            ways.iter().flatten().flat_map(|way| &way.asks).map(|(program, _)| *program).collect();
        let domain = self.domain(&[]);
        let mut space = Space::new(&domain, &programs, &[]);
        let mut queue = vec![Begun { steps: Vec::new(), who: ALL, changed: false }];
        let mut next = 0;
        while let Some(Begun { steps, who, changed }) = queue.get(next).cloned() {
            next += 1;
            let at = match steps.last() {
                None => start,
                Some((from, way)) => ways.get(*from)?.get(*way)?.to,
            };
            for (number, way) in ways.get(at)?.iter().enumerate() {
                let mut left = who;
                for (program, holds) in way.asks.iter().filter(|_| !changed) {
                    let yes = space.truth(program).yes;
                    left = if *holds { space.sets.and(left, yes) } else { space.sets.minus(left, yes) };
                }
                if left == NONE || !space.is_known() || queue.len() > MOST_WAYS {
                    continue;
                }
                let mut longer = steps.clone();
                longer.push((at, number));
                if way.to == start {
                    let asked = |step: &(usize, usize)| ways.get(step.0)?.get(step.1);
                    let asks: Vec<Ask<'p>> =
                        longer.iter().filter_map(asked).flat_map(|way| way.asks.iter().copied()).collect();
                    let goes = |lead: &Lead| {
                        asks.iter().all(|(program, wanted)| self.holds(program, &[], lead) == *wanted)
                    };
                    let known = !changed && !way.changes;
                    let example = if known { self.example(&mut space, left, &goes) } else { None };
                    return Some(Round { steps: longer, example });
                }
                if !longer.iter().any(|(known, _)| *known == way.to) {
                    queue.push(Begun { steps: longer, who: left, changed: changed || way.changes });
                }
            }
        }
        None
    }
}

/// Whether ways lead from a scenario back to itself, whatever is asked on them.
fn leads_back(ways: &[Vec<Way<'_>>], start: usize) -> bool {
    let mut seen = vec![false; ways.len()];
    let mut open = vec![start];
    while let Some(from) = open.pop() {
        for way in ways.get(from).into_iter().flatten() {
            if way.to == start {
                return true;
            }
            if let Some(flag) = seen.get_mut(way.to).filter(|flag| !**flag) {
                *flag = true;
                open.push(way.to);
            }
        }
    }
    false
}
