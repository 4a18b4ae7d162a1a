//! Decision diagrams over variables with few values each: whole sets of leads as one object.
//!
//! A set is a graph that asks one variable after another, in a fixed order; equal parts are shared, so that equal
//! sets have equal numbers. What is asked of such sets here takes time by the size of the graphs, not by the number
//! of combinations.

use std::collections::HashMap;

/// The empty set, and the set of everything.
pub(crate) const NONE: u32 = 0;
pub(crate) const ALL: u32 = 1;

/// All sets over the same variables.
pub(crate) struct Diagrams {
    /// For each node the variable that it asks and, for each value, the node that comes next.
    nodes: Vec<(usize, Box<[u32]>)>,
    known: HashMap<(usize, Box<[u32]>), u32>,
    both: HashMap<(u32, u32), u32>,
    inverse: HashMap<u32, u32>,
    /// How many values each variable has.
    sizes: Vec<usize>,
    /// Children of nodes that may still be looked at.
    budget: u64,
}

impl Diagrams {
    #[cfg(any(feature = "routing", test))]
    pub(crate) fn new(sizes: Vec<usize>) -> Self {
        Self::within(sizes, u64::MAX)
    }

    /// With a bound on the work. Once it is spent, [`Diagrams::is_spent`] says so and no set means anything.
    pub(crate) fn within(sizes: Vec<usize>, budget: u64) -> Self {
        let end = (usize::MAX, Box::default());
        Self {
            nodes: vec![end.clone(), end],
            known: HashMap::new(),
            both: HashMap::new(),
            inverse: HashMap::new(),
            sizes,
            budget,
        }
    }

    /// Whether the work was more than allowed.
    #[cfg(feature = "trust")]
    pub(crate) const fn is_spent(&self) -> bool {
        self.budget == 0
    }

    /// Takes work from the budget; false if there is none left.
    fn spend(&mut self, work: usize) -> bool {
        self.budget = self.budget.saturating_sub(u64::try_from(work.max(1)).unwrap_or(u64::MAX));
        self.budget > 0
    }

    /// The set in which a variable has one of the values that hold.
    pub(crate) fn values(&mut self, variable: usize, holds: impl Fn(usize) -> bool) -> u32 {
        let size = self.sizes.get(variable).copied().unwrap_or(0);
        self.spend(size);
        let children = (0..size).map(|value| u32::from(holds(value))).collect();
        self.node(variable, children)
    }

    pub(crate) fn and(&mut self, a: u32, b: u32) -> u32 {
        match (a.min(b), a.max(b)) {
            (NONE, _) => NONE,
            (ALL, other) => other,
            (same, other) if same == other => same,
            pair => {
                if let Some(found) = self.both.get(&pair) {
                    return *found;
                }
                let (left, right) = (self.variable(pair.0), self.variable(pair.1));
                let variable = left.min(right);
                let size = self.sizes.get(variable).copied().unwrap_or(0);
                if !self.spend(size) {
                    return NONE;
                }
                let mut children = Vec::with_capacity(size);
                for value in 0..size {
                    let (a, b) = (self.child(pair.0, variable, value), self.child(pair.1, variable, value));
                    children.push(self.and(a, b));
                }
                let node = self.node(variable, children.into_boxed_slice());
                self.both.insert(pair, node);
                node
            }
        }
    }

    pub(crate) fn not(&mut self, set: u32) -> u32 {
        if set <= ALL {
            return 1 - set;
        }
        if let Some(found) = self.inverse.get(&set) {
            return *found;
        }
        let (variable, children) = self.at(set);
        let children: Vec<u32> = children.to_vec();
        if !self.spend(children.len()) {
            return NONE;
        }
        let children = children.into_iter().map(|child| self.not(child)).collect();
        let node = self.node(variable, children);
        self.inverse.insert(set, node);
        self.inverse.insert(node, set);
        node
    }

    pub(crate) fn or(&mut self, a: u32, b: u32) -> u32 {
        let (a, b) = (self.not(a), self.not(b));
        let neither = self.and(a, b);
        self.not(neither)
    }

    pub(crate) fn minus(&mut self, a: u32, b: u32) -> u32 {
        let b = self.not(b);
        self.and(a, b)
    }

    /// One element: the variables that matter, with their values. None of the empty set.
    pub(crate) fn example(&self, set: u32) -> Option<Vec<(usize, usize)>> {
        let mut picked = Vec::new();
        let mut node = set;
        while node != ALL {
            let (variable, children) = self.at(node);
            // INVARIANT: a node whose children are all empty is the empty set itself, and shared as such.
            let value = children.iter().position(|child| *child != NONE)?;
            picked.push((variable, value));
            node = *children.get(value)?;
        }
        Some(picked)
    }

    fn node(&mut self, variable: usize, children: Box<[u32]>) -> u32 {
        let first = children.first().copied().unwrap_or(NONE);
        if children.iter().all(|child| *child == first) {
            return first;
        }
        let key = (variable, children);
        if let Some(found) = self.known.get(&key) {
            return *found;
        }
        let number = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(key.clone());
        self.known.insert(key, number);
        number
    }

    fn at(&self, node: u32) -> (usize, &[u32]) {
        let found = usize::try_from(node).ok().and_then(|node| self.nodes.get(node));
        found.map_or((usize::MAX, &[]), |(variable, children)| (*variable, children))
    }

    fn variable(&self, node: u32) -> usize {
        self.at(node).0
    }

    /// Where a node goes for a value of a variable that it may not ask.
    fn child(&self, node: u32, variable: usize, value: usize) -> u32 {
        let (own, children) = self.at(node);
        if own == variable { children.get(value).copied().unwrap_or(NONE) } else { node }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_behave_as_sets() {
        let mut sets = Diagrams::new(vec![3, 2]);
        let (a, b) = (sets.values(0, |value| value == 1), sets.values(1, |value| value == 0));
        let both = sets.and(a, b);
        assert_eq!(sets.example(both), Some(vec![(0, 1), (1, 0)]));
        let either = sets.or(a, b);
        assert_eq!(sets.minus(both, either), NONE);
        let (not_a, not_b) = (sets.not(a), sets.not(b));
        let neither = sets.and(not_a, not_b);
        assert_eq!(sets.or(either, neither), ALL);
        assert_eq!(sets.example(NONE), None);
    }
}
