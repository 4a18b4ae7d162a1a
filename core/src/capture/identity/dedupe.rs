//! Who is one among a million rows. Rows that share a block key, or stand near each other in sort order, are
//! compared; what is the same is joined. Memory grows with the rows: the normal texts, and a few numbers a row.

use std::collections::HashMap;

use serde::Serialize;

use super::compile::{Comparison, Resolver};
use super::likeness;
use super::matching::{Tally, Verdict, is_key};
use super::policy::Likeness;
use crate::base::points::Points;
use crate::capture::cleanse::compile::Cleansers;
use crate::capture::cleanse::email;
use crate::lead::value::Value;

/// Rows that are compared with their neighbours in sort order, and with others of a block that is larger.
const WINDOW: usize = 8;

/// Blocks up to this size are compared whole.
const BLOCK: usize = 24;

/// A batch of rows to be told apart. Made by [`Engine::dedupe`](crate::Engine::dedupe).
#[derive(Debug)]
pub struct Dedupe {
    cleansers: Cleansers,
    resolver: Resolver,
    /// For each column, the comparison that it serves.
    columns: Box<[Option<usize>]>,
    /// One column of normal texts for each comparison.
    texts: Vec<Texts>,
    rows: u32,
    /// Values seen lately and their normal texts: columns repeat themselves.
    memory: HashMap<(usize, String), Option<String>>,
}

/// Which rows are one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Duplicates {
    /// Rows by number, from 0, that are one person or company: each cluster in order, the clusters by their first.
    pub clusters: Vec<Vec<u32>>,
    /// Pairs of rows that somebody should look at, by their numbers.
    pub review: Vec<ReviewPair>,
    /// How many pairs were compared.
    pub compared: u64,
}

/// Two rows that may be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReviewPair {
    /// The one.
    pub first: u32,
    /// The other.
    pub second: u32,
    /// How alike they are, between 0 and 1.
    pub similarity: Points,
}

/// Texts of one column, end to end.
#[derive(Debug, Default)]
struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: Option<&str>) {
        self.text.push_str(text.unwrap_or_default());
        self.ends.push(self.text.len());
    }

    /// The text of a row; empty where there is none.
    fn get(&self, row: u32) -> &str {
        let Ok(row) = usize::try_from(row) else { return "" };
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(row).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }
}

/// How many values are remembered with their normal texts.
const MEMORY: usize = 65_536;

impl Dedupe {
    pub(crate) fn new(cleansers: Cleansers, resolver: Resolver, columns: &[&str]) -> Self {
        let position =
            |name: &&str| resolver.comparisons.iter().position(|comparison| comparison.field == *name);
        let columns = columns.iter().map(position).collect();
        let texts = resolver.comparisons.iter().map(|_| Texts::default()).collect();
        Self { cleansers, resolver, columns, texts, rows: 0, memory: HashMap::new() }
    }

    /// Adds a row: one value for each column, in their order. Gives its number.
    pub fn push<'v>(&mut self, values: impl IntoIterator<Item = Option<&'v str>>) -> u32 {
        let row = self.rows;
        let mut normal: Vec<Option<String>> = vec![None; self.texts.len()];
        for (value, comparison) in values.into_iter().zip(self.columns.clone()) {
            let (Some(value), Some(index)) = (value, comparison) else { continue };
            if let Some(slot) = normal.get_mut(index) {
                *slot = self.normal(index, value);
            }
        }
        for (texts, normal) in self.texts.iter_mut().zip(&normal) {
            texts.push(normal.as_deref());
        }
        self.rows = self.rows.saturating_add(1);
        row
    }

    fn normal(&mut self, index: usize, value: &str) -> Option<String> {
        let by = self.resolver.comparisons.get(index)?.by;
        let compute = || likeness::normal(&self.cleansers, by, &Value::Text(value.to_owned()));
        // Mail addresses and telephone numbers hardly repeat.
        if matches!(by, Likeness::Email | Likeness::Phone | Likeness::Name) {
            return compute();
        }
        let key = (index, value.to_owned());
        if let Some(known) = self.memory.get(&key) {
            return known.clone();
        }
        let normal = compute();
        if self.memory.len() >= MEMORY {
            self.memory.clear();
        }
        self.memory.insert(key, normal.clone());
        normal
    }

    /// Compares the rows and joins those that are one.
    #[must_use]
    pub fn finish(self) -> Duplicates {
        let mut work = Work { table: &self, sets: Sets::new(self.rows), review: Vec::new(), compared: 0 };
        for (index, comparison) in self.resolver.comparisons.iter().enumerate() {
            work.blocks_of(index, comparison);
        }
        for (major, minor) in self.orders() {
            work.neighbours(major, minor);
        }
        work.into_duplicates()
    }

    /// Pairs of columns by which rows are sorted: first one, then the other.
    fn orders(&self) -> Vec<(usize, Option<usize>)> {
        let of = |wanted: Likeness| {
            self.resolver
                .comparisons
                .iter()
                .enumerate()
                .filter(move |(_, comparison)| comparison.by == wanted)
                .map(|(index, _)| index)
        };
        let names: Vec<usize> = of(Likeness::Name).collect();
        let companies: Vec<usize> = of(Likeness::Company).collect();
        let mut orders = Vec::new();
        match (names.first(), companies.first()) {
            (Some(name), Some(company)) => {
                orders.push((*company, Some(*name)));
                orders.push((*name, Some(*company)));
            }
            (Some(name), None) => orders.push((*name, names.get(1).copied())),
            (None, Some(company)) => orders.push((*company, None)),
            (None, None) => orders.extend(of(Likeness::Text).map(|text| (text, None))),
        }
        orders
    }

    /// Verdict and similarity of two rows.
    fn compare(&self, a: u32, b: u32) -> (Verdict, i64) {
        let mut tally = Tally::default();
        for (comparison, texts) in self.resolver.comparisons.iter().zip(&self.texts) {
            let (left, right) = (texts.get(a), texts.get(b));
            if left.is_empty() || right.is_empty() {
                continue;
            }
            let found = likeness::compare(comparison.by, left, right);
            let key = comparison.key && is_key(comparison.by, left);
            tally.add(comparison.weight, found, key);
        }
        tally.verdict(&self.resolver)
    }
}

struct Work<'t> {
    table: &'t Dedupe,
    sets: Sets,
    review: Vec<(u32, u32, i64)>,
    compared: u64,
}

impl Work<'_> {
    /// Rows with equal texts in a column, or with mailboxes of one name.
    fn blocks_of(&mut self, index: usize, comparison: &Comparison) {
        let Some(texts) = self.table.texts.get(index) else { return };
        let rows = 0..self.table.rows;
        match comparison.by {
            Likeness::Email => {
                self.blocks(rows.clone().map(|row| (texts.get(row), row)).collect());
                let local = |row| {
                    let (local, _) = email::split(texts.get(row))?;
                    (local.len() >= 5 && !email::is_role(local)).then_some((local, row))
                };
                self.blocks(rows.filter_map(local).collect());
            }
            Likeness::Phone | Likeness::Domain => {
                self.blocks(rows.map(|row| (texts.get(row), row)).collect())
            }
            Likeness::Name | Likeness::Company | Likeness::Text => {}
            Likeness::Exact if comparison.key => self.blocks(rows.map(|row| (texts.get(row), row)).collect()),
            Likeness::Exact => {}
        }
    }

    fn blocks(&mut self, mut keyed: Vec<(&str, u32)>) {
        keyed.retain(|(key, _)| !key.is_empty());
        keyed.sort_unstable();
        for block in keyed.chunk_by(|(a, _), (b, _)| a == b) {
            let width = if block.len() <= BLOCK { BLOCK } else { WINDOW };
            self.slide(block, width);
        }
    }

    /// Rows that stand near each other when sorted by two columns.
    fn neighbours(&mut self, major: usize, minor: Option<usize>) {
        let Some(first) = self.table.texts.get(major) else { return };
        let second = minor.and_then(|minor| self.table.texts.get(minor));
        let mut keyed: Vec<((&str, &str), u32)> = (0..self.table.rows)
            .map(|row| ((first.get(row), second.map_or("", |texts| texts.get(row))), row))
            .filter(|((key, _), _)| !key.is_empty())
            .collect();
        keyed.sort_unstable();
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
        self.compared += 1;
        match self.table.compare(a, b) {
            (Verdict::Same, _) => self.sets.join(a, b),
            (Verdict::Review, similarity) => self.review.push((a.min(b), a.max(b), similarity)),
            (Verdict::Different, _) => {}
        }
    }

    fn into_duplicates(mut self) -> Duplicates {
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

/// Disjoint sets of rows. The least row of a set is its root, so that results do not depend on the order of joins.
struct Sets {
    parents: Vec<u32>,
    sizes: Vec<u32>,
}

impl Sets {
    fn new(rows: u32) -> Self {
        Self { parents: (0..rows).collect(), sizes: vec![1; usize::try_from(rows).unwrap_or(0)] }
    }

    fn parent(&self, row: u32) -> u32 {
        usize::try_from(row).ok().and_then(|row| self.parents.get(row)).copied().unwrap_or(row)
    }

    fn root(&mut self, row: u32) -> u32 {
        let mut at = row;
        loop {
            let parent = self.parent(at);
            if parent == at {
                return at;
            }
            // Halving the path keeps later searches short.
            let above = self.parent(parent);
            if let Some(slot) = usize::try_from(at).ok().and_then(|at| self.parents.get_mut(at)) {
                *slot = above;
            }
            at = above;
        }
    }

    fn size(&self, root: u32) -> u32 {
        usize::try_from(root).ok().and_then(|root| self.sizes.get(root)).copied().unwrap_or(1)
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return;
        }
        let (low, high) = (a.min(b), a.max(b));
        let sum = self.size(low).saturating_add(self.size(high));
        let index = |row: u32| usize::try_from(row).ok();
        if let Some(slot) = index(high).and_then(|high| self.parents.get_mut(high)) {
            *slot = low;
        }
        if let Some(slot) = index(low).and_then(|low| self.sizes.get_mut(low)) {
            *slot = sum;
        }
    }
}
