//! Who is one among a million rows. Rows that share a block key, or stand near each other in sort order, are
//! compared; what is the same is joined. Memory grows with the rows: the normal texts, and a few numbers a row.

use std::collections::HashMap;

use serde::Serialize;

use super::compile::{Comparison, Resolver};
use super::frequency::Frequencies;
use super::likeness;
use super::matching::{Tally, Verdict, is_key};
use super::pairs::Work;
use super::policy::Likeness;
use crate::base::parallel;
use crate::base::points::{MILLION, Points};
use crate::capture::cleanse::compile::Cleansers;
use crate::lead::value::Value;

/// How many values are remembered with their normal texts.
const MEMORY: usize = 65_536;

/// How many rows are brought into normal form at once.
const TOGETHER: usize = 8_192;

/// From how alike values agree, so that the chance of it counts.
const AGREES: u32 = 600_000;

/// A mail address that differs from another one of its domain by a slip of the finger.
const SLIP: u32 = 800_000;

/// Where more strangers than this, in millionths, would agree by chance, agreement needs somebody who looks.
const DOUBTFUL: u64 = 50_000;

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
    /// By comparison, the values of the last rows, as they came.
    waiting: Vec<Vec<Option<String>>>,
    /// By comparison, values seen lately and their normal texts: columns repeat themselves.
    memory: Vec<HashMap<String, Option<String>>>,
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
pub(crate) struct Texts {
    text: String,
    ends: Vec<usize>,
}

impl Texts {
    fn push(&mut self, text: Option<&str>) {
        self.text.push_str(text.unwrap_or_default());
        self.ends.push(self.text.len());
    }

    /// The text of a row; empty where there is none.
    pub(crate) fn get(&self, row: u32) -> &str {
        let Ok(row) = usize::try_from(row) else { return "" };
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(row).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }
}

impl Dedupe {
    pub(crate) fn new(cleansers: Cleansers, resolver: Resolver, columns: &[&str]) -> Self {
        let position =
            |name: &&str| resolver.comparisons.iter().position(|comparison| comparison.field == *name);
        let columns = columns.iter().map(position).collect();
        let texts = resolver.comparisons.iter().map(|_| Texts::default()).collect();
        let waiting = vec![Vec::new(); resolver.comparisons.len()];
        let memory = vec![HashMap::new(); resolver.comparisons.len()];
        Self { cleansers, resolver, columns, texts, rows: 0, waiting, memory }
    }

    /// Adds a row: one value for each column, in their order. Gives its number.
    pub fn push<'v>(&mut self, values: impl IntoIterator<Item = Option<&'v str>>) -> u32 {
        let row = self.rows;
        for waiting in &mut self.waiting {
            waiting.push(None);
        }
        for (value, comparison) in values.into_iter().zip(&self.columns) {
            let slot = comparison.and_then(|index| self.waiting.get_mut(index)?.last_mut());
            if let (Some(value), Some(slot)) = (value, slot) {
                *slot = Some(value.to_owned());
            }
        }
        self.rows = self.rows.saturating_add(1);
        if self.waiting.first().is_some_and(|waiting| waiting.len() >= TOGETHER) {
            self.normalize();
        }
        row
    }

    /// Brings what waits into normal form.
    fn normalize(&mut self) {
        let columns = self.resolver.comparisons.iter().zip(&mut self.waiting).zip(&mut self.memory);
        for (((comparison, waiting), memory), texts) in columns.zip(&mut self.texts) {
            let by = comparison.by;
            // Names, mail addresses and telephone numbers hardly repeat.
            let repeats = !matches!(by, Likeness::Email | Likeness::Phone | Likeness::Name);
            let raw = std::mem::take(waiting);
            let normal = parallel::map(&raw, |value| {
                let value = value.as_ref()?;
                match memory.get(value) {
                    Some(known) => known.clone(),
                    None => likeness::normal(&self.cleansers, by, &Value::Text(value.clone())),
                }
            });
            for (value, normal) in raw.into_iter().zip(normal) {
                texts.push(normal.as_deref());
                if let Some(value) = value.filter(|_| repeats) {
                    if memory.len() >= MEMORY {
                        memory.clear();
                    }
                    memory.insert(value, normal);
                }
            }
        }
    }

    /// Compares the rows and joins those that are one.
    #[must_use]
    pub fn finish(mut self) -> Duplicates {
        self.normalize();
        self.memory.clear();
        let table = Table {
            frequencies: Frequencies::count(&self.resolver.comparisons, &self.texts, self.rows),
            resolver: self.resolver,
            texts: self.texts,
            rows: self.rows,
        };
        let mut work = Work::new(&table);
        for (index, comparison) in table.resolver.comparisons.iter().enumerate() {
            work.blocks_of(index, comparison);
        }
        for (major, minor) in table.orders() {
            work.neighbours(major, minor);
        }
        work.into_duplicates()
    }
}

/// The whole table in normal form.
pub(crate) struct Table {
    pub(crate) resolver: Resolver,
    pub(crate) texts: Vec<Texts>,
    pub(crate) rows: u32,
    frequencies: Option<Frequencies>,
}

impl Table {
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

    /// The first column of names.
    pub(crate) fn names(&self) -> Option<&Texts> {
        let by_name = |comparison: &Comparison| comparison.by == Likeness::Name;
        self.texts.get(self.resolver.comparisons.iter().position(by_name)?)
    }

    /// Verdict and similarity of two rows.
    pub(crate) fn compare(&self, (a, b): (u32, u32)) -> (Verdict, i64) {
        let mut tally = Tally::default();
        let mut name = false;
        // The least common of what the rows have in common beside the name.
        let mut others: Option<u64> = None;
        for (index, (comparison, texts)) in self.resolver.comparisons.iter().zip(&self.texts).enumerate() {
            let (left, right) = (texts.get(a), texts.get(b));
            if left.is_empty() || right.is_empty() {
                continue;
            }
            let found = likeness::compare(comparison.by, left, right);
            let key = comparison.key && is_key(comparison.by, left);
            tally.add(comparison.weight, found, key);
            if found.0 < AGREES {
                continue;
            }
            match comparison.by {
                Likeness::Name => name = true,
                Likeness::Email if found.0 >= SLIP => others = Some(0),
                _ => {
                    let spread = self.frequencies.as_ref().and_then(|known| known.of(index, a, b));
                    others = match (others, spread) {
                        (Some(least), Some(spread)) => Some(least.min(spread)),
                        (least, spread) => least.or(spread),
                    };
                }
            }
        }
        let (verdict, similarity) = tally.verdict(&self.resolver);
        let (Some(frequencies), Some(others), true) = (&self.frequencies, others, name && !tally.by_key())
        else {
            return (verdict, similarity);
        };
        let strangers = frequencies.strangers(frequencies.of_names(a, b), others);
        let most = if strangers > MILLION.unsigned_abs() {
            Verdict::Different
        } else if strangers > DOUBTFUL {
            Verdict::Review
        } else {
            Verdict::Same
        };
        (verdict.min(most), similarity)
    }
}
