//! How common names are in a table, and with them the question whether two records agree by chance: a 佐藤 健 of one
//! 日本システム may well be another one's, a 勅使河原 of a company that nobody else names is not.
//!
//! Counted is not how often a value comes, for then a person who is there ten times would look common, but with how
//! many different others: the companies of a name, the names of a company.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::compile::Comparison;
use super::dedupe::Texts;
use super::likeness;
use super::policy::Likeness;
use crate::base::parallel;
use crate::base::points::MILLION;

/// A table of fewer persons says little of how common a name is: it counts as a part of one with so many.
const LEAST_PERSONS: u64 = 10_000;

/// How widely each value of a table is spread.
#[derive(Debug)]
pub(crate) struct Frequencies {
    persons: u64,
    /// By row: with how many companies, or other common values, its name comes.
    names: Vec<u32>,
    /// By comparison and row: with how many names the value comes; empty where the comparison is not counted.
    others: Vec<Vec<u32>>,
}

impl Frequencies {
    /// Counts a table; `None` if it has no names, or nothing beside them, so that no chance can be told.
    pub(crate) fn count(comparisons: &[Comparison], texts: &[Texts], rows: u32) -> Option<Self> {
        let all: Vec<u32> = (0..rows).collect();
        let by = |by: Likeness| comparisons.iter().position(|comparison| comparison.by == by);
        by(Likeness::Name)?;
        let order = [Likeness::Company, Likeness::Domain, Likeness::Phone, Likeness::Exact, Likeness::Text];
        let partner = order.into_iter().find_map(by)?;
        let column = |index: usize| {
            let texts = texts.get(index);
            parallel::map(&all, |row| texts.map_or(0, |texts| hash([likeness::core(texts.get(*row))])))
        };
        let name_columns: Vec<&Texts> = comparisons
            .iter()
            .zip(texts)
            .filter(|(comparison, _)| comparison.by == Likeness::Name)
            .map(|(_, texts)| texts)
            .collect();
        let names = parallel::map(&all, |row| hash(name_columns.iter().map(|texts| texts.get(*row))));
        let (of_names, persons) = spread(&names, &column(partner));
        let others = comparisons
            .iter()
            .enumerate()
            .map(|(index, comparison)| match comparison.by {
                // What is left of a mail address repeats the name.
                Likeness::Name | Likeness::Email => Vec::new(),
                _ => spread(&column(index), &names).0,
            })
            .collect();
        Some(Self { persons, names: of_names, others })
    }

    /// How widely the names of two rows are spread, beside what they have in common themselves.
    pub(crate) fn of_names(&self, a: u32, b: u32) -> u64 {
        wider(&self.names, a, b)
    }

    /// How widely the values of two rows are spread; `None` where the comparison is not counted.
    pub(crate) fn of(&self, comparison: usize, a: u32, b: u32) -> Option<u64> {
        self.others.get(comparison).filter(|spread| !spread.is_empty()).map(|spread| wider(spread, a, b))
    }

    /// How many strangers are to be expected who agree in both, in millionths.
    pub(crate) fn strangers(&self, names: u64, others: u64) -> u64 {
        let million = MILLION.unsigned_abs();
        names.saturating_mul(others).saturating_mul(million) / self.persons.max(LEAST_PERSONS)
    }
}

fn wider(spread: &[u32], a: u32, b: u32) -> u64 {
    let of = |row: u32| usize::try_from(row).ok().and_then(|row| spread.get(row)).copied().unwrap_or(1);
    u64::from(of(a).max(of(b)).saturating_sub(1))
}

/// For each row, with how many of `beside` its value comes, at least with one; and the sum over all values.
fn spread(values: &[u64], beside: &[u64]) -> (Vec<u32>, u64) {
    let mut keyed: Vec<(u64, u64, u32)> =
        (0..).zip(values.iter().zip(beside)).map(|(row, (value, beside))| (*value, *beside, row)).collect();
    parallel::sort(&mut keyed);
    let mut out = vec![1; values.len()];
    let mut sum = 0;
    for same in keyed.chunk_by(|(a, _, _), (b, _, _)| a == b) {
        if same.first().is_some_and(|(value, _, _)| *value == NOTHING) {
            continue;
        }
        let different = same
            .chunk_by(|(_, a, _), (_, b, _)| a == b)
            .filter(|part| part.first().is_some_and(|first| first.1 != NOTHING));
        let count = u32::try_from(different.count()).unwrap_or(u32::MAX).max(1);
        sum += u64::from(count);
        for (_, _, row) in same {
            if let Some(slot) = usize::try_from(*row).ok().and_then(|row| out.get_mut(row)) {
                *slot = count;
            }
        }
    }
    (out, sum)
}

/// Where there is no value.
const NOTHING: u64 = 0;

/// A number for some texts, [`NOTHING`] where all are empty. It never leaves this file: only whether two are equal counts.
fn hash<'t>(texts: impl IntoIterator<Item = &'t str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let mut empty = true;
    for text in texts {
        empty &= text.is_empty();
        text.hash(&mut hasher);
    }
    if empty { NOTHING } else { hasher.finish().max(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_counted_by_what_they_come_with() {
        // 1 comes with 7 three times and with 8; a row without a value counts nothing.
        let (spread, sum) = spread(&[1, 1, 1, 1, 2, 0], &[7, 7, 8, 7, 0, 9]);
        assert_eq!(spread, [2, 2, 2, 2, 1, 1]);
        assert_eq!(sum, 3);
    }
}
