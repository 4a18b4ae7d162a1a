//! How many leads came by each step, from what their records say.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::lead::enrolment::{Enrolment, EnrolmentStatus};
use crate::lead::record::Lead;
use crate::nurturing::compile::{Nurturing, Scenario};
use crate::nurturing::flow::{Flow, NodeKind};
use crate::nurturing::step::OTHERWISE;

/// How many leads came by each step of a scenario: of each lead its present passage, or its last.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StepCounts {
    /// The version whose steps they are.
    pub version: u32,
    /// Passages through this version, by how they stand.
    pub passages: Passages,
    /// Passages through other versions, which are not counted below.
    pub other_versions: u64,
    /// The steps in the order of the scenario; each of them is there.
    pub steps: IndexMap<String, StepCount>,
}

/// Passages by how they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Passages {
    /// All of them.
    pub all: u64,
    /// Under way.
    pub active: u64,
    /// Through all steps.
    pub done: u64,
    /// Their goal was reached.
    pub goal: u64,
    /// They left before the end.
    pub exited: u64,
    /// They went on in another scenario.
    pub moved: u64,
    /// They were held out for comparison.
    pub held_out: u64,
    /// Another scenario of the group took their place.
    pub displaced: u64,
}

/// How many leads came by a step: `entered` is `waiting` and `left` together.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StepCount {
    /// Came to it.
    pub entered: u64,
    /// Stand there now.
    pub waiting: u64,
    /// Do not stand there any more.
    pub left: u64,
    /// Of those that left it, left the scenario there.
    pub ended: u64,
    /// Where the step divides: how many took which way, by its name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub ways: IndexMap<String, u64>,
}

/// The steps that one passage came by, as numbers of nodes, each with the way that was taken there.
type Walk<'a> = Vec<(usize, Option<&'a str>)>;

/// Counts leads, by scenario.
pub(crate) fn count<'l>(
    nurturing: &Nurturing,
    leads: impl IntoIterator<Item = &'l Lead>,
) -> IndexMap<String, StepCounts> {
    let empty = nurturing.scenarios.iter().map(|scenario| (scenario.name.clone(), StepCounts::of(scenario)));
    let mut counts: IndexMap<String, StepCounts> = empty.collect();
    for own in leads.into_iter().flat_map(|lead| &lead.enrolments) {
        let scenario = nurturing.scenarios.iter().find(|scenario| scenario.name == own.scenario);
        if let (Some(scenario), Some(counts)) = (scenario, counts.get_mut(&own.scenario)) {
            counts.add(scenario, own, own.status);
        }
    }
    counts
}

impl StepCounts {
    /// None yet.
    pub(crate) fn of(scenario: &Scenario) -> Self {
        let mut steps = IndexMap::new();
        for node in scenario.flow.order() {
            if let Some(node) = scenario.flow.nodes.get(node) {
                let ways = ways(&node.kind).into_iter().map(|way| (way, 0)).collect();
                steps.insert(node.id.clone(), StepCount { ways, ..StepCount::default() });
            }
        }
        Self { version: scenario.version, steps, ..Self::default() }
    }

    /// One passage more, which stands as `status` says.
    pub(crate) fn add(&mut self, scenario: &Scenario, own: &Enrolment, status: EnrolmentStatus) {
        if own.version != scenario.version {
            self.other_versions += 1;
            return;
        }
        self.passages.add(status);
        let walk = scenario.flow.walk(own);
        let last = walk.len().checked_sub(1);
        for (place, (node, way)) in walk.iter().enumerate() {
            let id = scenario.flow.nodes.get(*node).map(|node| &node.id);
            let Some(count) = id.and_then(|id| self.steps.get_mut(id)) else { continue };
            count.entered += 1;
            if let Some(way) = way {
                *count.ways.entry((*way).to_owned()).or_default() += 1;
            }
            match (Some(place) == last, status) {
                (true, EnrolmentStatus::Active) => count.waiting += 1,
                (true, EnrolmentStatus::Done) | (false, _) => count.left += 1,
                (true, _) => {
                    count.left += 1;
                    count.ended += 1;
                }
            }
        }
    }

    /// Both together.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.passages.merge(&other.passages);
        self.other_versions += other.other_versions;
        for (id, more) in &other.steps {
            let count = self.steps.entry(id.clone()).or_default();
            count.entered += more.entered;
            count.waiting += more.waiting;
            count.left += more.left;
            count.ended += more.ended;
            for (way, more) in &more.ways {
                *count.ways.entry(way.clone()).or_default() += more;
            }
        }
    }
}

impl Passages {
    fn add(&mut self, status: EnrolmentStatus) {
        self.all += 1;
        match status {
            EnrolmentStatus::Active => self.active += 1,
            EnrolmentStatus::Done => self.done += 1,
            EnrolmentStatus::Goal => self.goal += 1,
            EnrolmentStatus::Exited => self.exited += 1,
            EnrolmentStatus::Moved => self.moved += 1,
            EnrolmentStatus::HeldOut => self.held_out += 1,
            EnrolmentStatus::Displaced => self.displaced += 1,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.all += other.all;
        self.active += other.active;
        self.done += other.done;
        self.goal += other.goal;
        self.exited += other.exited;
        self.moved += other.moved;
        self.held_out += other.held_out;
        self.displaced += other.displaced;
    }
}

impl Flow {
    /// Every step that can be come to, each after those that lead to it, first arms first.
    fn order(&self) -> Vec<usize> {
        let mut seen = vec![false; self.nodes.len()];
        let mut stack: Vec<(usize, bool)> = self.entry.into_iter().map(|entry| (entry, false)).collect();
        let mut found = Vec::new();
        while let Some((node, through)) = stack.pop() {
            if through {
                found.push(node);
                continue;
            }
            match seen.get_mut(node) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            stack.push((node, true));
            stack.extend(self.targets(node).into_iter().map(|target| (target, false)));
        }
        found.reverse();
        found
    }

    /// Where a step may lead, in the order of its ways.
    fn targets(&self, index: usize) -> Vec<usize> {
        let Some(node) = self.nodes.get(index) else { return Vec::new() };
        match &node.kind {
            NodeKind::Branch(arms) => {
                arms.iter().filter_map(|(_, target)| *target).chain(node.next).collect()
            }
            NodeKind::Split(split) => split.arms.iter().filter_map(|(.., target)| *target).collect(),
            NodeKind::Wait(wait) => {
                let full = wait.refused.as_ref().and_then(|(_, full)| *full);
                wait.met.into_iter().chain(wait.timed_out).chain(full).collect()
            }
            NodeKind::Move(_) | NodeKind::Exit => Vec::new(),
            _ => node.next.into_iter().collect(),
        }
    }

    /// The steps that a passage came by. Of one that was moved here from another version only the step at which it
    /// stands: where it came by before is not known.
    fn walk<'a>(&self, own: &'a Enrolment) -> Walk<'a> {
        let stands = own.step.as_deref().and_then(|step| self.find(step));
        let mut walk = Walk::new();
        let mut next = if own.began.is_some() { None } else { self.entry };
        while let Some(index) = next.filter(|_| walk.len() < self.nodes.len()) {
            let Some(node) = self.nodes.get(index) else { break };
            let way = own.arms.get(&node.id).map(String::as_str);
            walk.push((index, way));
            // Through all steps means through the last one too.
            if Some(index) == stands && own.status != EnrolmentStatus::Done {
                return walk;
            }
            next = self.after(index, way);
        }
        if let Some(stands) = stands
            && !walk.iter().any(|(node, _)| *node == stands)
        {
            // Through all steps means by one of the ways past the last one too.
            let done = own.status == EnrolmentStatus::Done;
            let way = own.step.as_deref().filter(|_| done).and_then(|step| own.arms.get(step));
            walk.push((stands, way.map(String::as_str)));
        }
        walk
    }

    fn after(&self, index: usize, way: Option<&str>) -> Option<usize> {
        let node = self.nodes.get(index)?;
        match &node.kind {
            NodeKind::Branch(arms) => match way? {
                OTHERWISE => node.next,
                number => arms.get(number.parse::<usize>().ok()?)?.1,
            },
            NodeKind::Split(split) => split.arms.iter().find(|(name, ..)| Some(name.as_str()) == way)?.2,
            NodeKind::Wait(wait) if wait.divides() => {
                let (met, timed_out) = wait.ways();
                match way? {
                    way if way == met => wait.met,
                    way if way == timed_out => wait.timed_out,
                    _ => wait.refused.as_ref()?.1,
                }
            }
            NodeKind::Move(_) | NodeKind::Exit => None,
            _ => node.next,
        }
    }
}

/// The names of the ways past a step that divides.
fn ways(kind: &NodeKind) -> Vec<String> {
    match kind {
        NodeKind::Branch(arms) => {
            let all = arms.last().is_some_and(|(when, _)| when.is_none());
            let numbers = (0..arms.len()).map(|number| number.to_string());
            numbers.chain((!all).then(|| OTHERWISE.to_owned())).collect()
        }
        NodeKind::Split(split) => {
            let arms = split.arms.iter().map(|(name, ..)| name.clone());
            arms.chain((split.holdout > 0).then(|| "holdout".to_owned())).collect()
        }
        NodeKind::Wait(wait) if wait.divides() => {
            let (met, timed_out) = wait.ways();
            let full = wait.refused.as_ref().map(|_| "full".to_owned());
            [met.to_owned(), timed_out.to_owned()].into_iter().chain(full).collect()
        }
        _ => Vec::new(),
    }
}
