//! Which rows are compared, and what comes of it.

use std::collections::HashMap;

use super::compile::Comparison;
use super::dedupe::{Duplicates, ReviewPair, Table};
use super::matching::Verdict;
use super::policy::Likeness;
use super::sets::Sets;
use crate::base::parallel;
use crate::base::points::Points;
use crate::capture::cleanse::email;

/// With how many neighbours in sort order rows are compared, and within blocks that are larger than [`BLOCK`].
const WINDOW: usize = 6;

/// Blocks up to this size are compared whole.
const BLOCK: usize = 24;

/// How many pairs are compared at once.
const TOGETHER: usize = 65_536;

/// A table on its way to [`Duplicates`].
pub(crate) struct Work<'t> {
    table: &'t Table,
    sets: Sets,
    /// Pairs that are to be compared.
    waiting: Vec<(u32, u32)>,
    review: Vec<(u32, u32, i64)>,
    compared: u64,
}

impl<'t> Work<'t> {
    pub(crate) fn new(table: &'t Table) -> Self {
        Self { table, sets: Sets::new(table.rows), waiting: Vec::new(), review: Vec::new(), compared: 0 }
    }

    /// Rows with equal texts in a column, or with mailboxes of one name.
    pub(crate) fn blocks_of(&mut self, index: usize, comparison: &Comparison) {
        let Some(texts) = self.table.texts.get(index) else { return };
        let rows = 0..self.table.rows;
        match comparison.by {
            Likeness::Email => {
                self.blocks(rows.clone().map(|row| (texts.get(row), row)));
                let local = |row| {
                    let (local, _) = email::split(texts.get(row))?;
                    (local.len() >= 5 && !email::is_role(local)).then_some((local, row))
                };
                self.blocks(rows.filter_map(local));
            }
            Likeness::Phone | Likeness::Domain => self.blocks(rows.map(|row| (texts.get(row), row))),
            Likeness::Name | Likeness::Company | Likeness::Text => {}
            Likeness::Exact if comparison.key => self.blocks(rows.map(|row| (texts.get(row), row))),
            Likeness::Exact => {}
        }
    }

    fn blocks<'k>(&mut self, keyed: impl Iterator<Item = (&'k str, u32)>)
    where
        't: 'k,
    {
        let names = self.table.names();
        // Within a block by name, so that those of a large one who may be one stand near each other.
        let mut keyed: Vec<((&str, &str), u32)> = keyed
            .filter(|(key, _)| !key.is_empty())
            .map(|(key, row)| ((key, names.map_or("", |names| names.get(row))), row))
            .collect();
        parallel::sort(&mut keyed);
        for block in keyed.chunk_by(|((a, _), _), ((b, _), _)| a == b) {
            let width = if block.len() <= BLOCK { BLOCK } else { WINDOW };
            self.slide(block, width);
        }
    }

    /// Rows that stand near each other when sorted by two columns.
    pub(crate) fn neighbours(&mut self, major: usize, minor: Option<usize>) {
        let Some(first) = self.table.texts.get(major) else { return };
        let second = minor.and_then(|minor| self.table.texts.get(minor));
        let mut keyed: Vec<((&str, &str), u32)> = (0..self.table.rows)
            .map(|row| ((first.get(row), second.map_or("", |texts| texts.get(row))), row))
            .filter(|((key, _), _)| !key.is_empty())
            .collect();
        parallel::sort(&mut keyed);
        self.slide(&keyed, WINDOW);
    }

    fn slide<K>(&mut self, sorted: &[(K, u32)], width: usize) {
        for (at, (_, row)) in sorted.iter().enumerate() {
            for (_, other) in sorted.iter().skip(at + 1).take(width) {
                self.pair(*row, *other);
            }
        }
    }

    fn pair(&mut self, a: u32, b: u32) {
        if self.sets.root(a) == self.sets.root(b) {
            return;
        }
        self.waiting.push((a.min(b), a.max(b)));
        if self.waiting.len() >= TOGETHER {
            self.compare();
        }
    }

    /// Compares what waits.
    fn compare(&mut self) {
        let table = self.table;
        let verdicts = parallel::map(&self.waiting, |pair| table.compare(*pair));
        for ((a, b), (verdict, similarity)) in self.waiting.drain(..).zip(verdicts) {
            self.compared += 1;
            match verdict {
                Verdict::Same => self.sets.join(a, b),
                Verdict::Review => self.review.push((a, b, similarity)),
                Verdict::Different => {}
            }
        }
    }

    pub(crate) fn into_duplicates(mut self) -> Duplicates {
        self.compare();
        let mut clusters: HashMap<u32, Vec<u32>> = HashMap::new();
        for row in 0..self.table.rows {
            let root = self.sets.root(row);
            if self.sets.size(root) > 1 {
                clusters.entry(root).or_default().push(row);
            }
        }
        let mut clusters: Vec<Vec<u32>> = clusters.into_values().collect();
        clusters.sort_unstable();
        let mut review = std::mem::take(&mut self.review);
        review.sort_unstable();
        review.dedup();
        review.retain(|(a, b, _)| self.sets.root(*a) != self.sets.root(*b));
        let review = review
            .into_iter()
            .map(|(first, second, similarity)| ReviewPair {
                first,
                second,
                similarity: Points::from_millionths(similarity).unwrap_or(Points::ZERO),
            })
            .collect();
        Duplicates { clusters, review, compared: self.compared }
    }
}
