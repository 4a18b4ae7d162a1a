//! Columns as bins: every value, or every band of numbers, is a position.

use std::collections::BTreeMap;

use crate::analytics::reader::Reader;
use crate::analytics::rows::Rows;
use crate::analytics::statistics::{quantile, size};
use crate::analytics::table::Cell;

/// A column that is learnt from.
pub(super) struct Feature {
    pub(super) name: String,
    pub(super) bins: Vec<Bin>,
    /// For each row the position of its bin among those of all features; none where its value is too rare.
    places: Vec<Option<usize>>,
}

/// A value, or a band of numbers.
pub(super) struct Bin {
    /// The value; none for empty cells.
    pub(super) label: Option<String>,
    pub(super) from: Option<f64>,
    pub(super) below: Option<f64>,
}

impl Feature {
    pub(super) fn bin(&self, row: usize) -> Option<usize> {
        self.places.get(row).copied().flatten()
    }
}

/// Cuts columns into bins by the rows that are learnt from; values of fewer than `support` of them have none.
pub(super) fn features(
    frame: &Rows,
    reader: &mut Reader<'_>,
    names: &[String],
    bands: usize,
    support: usize,
    kept: impl Fn(&usize) -> bool,
) -> Vec<Feature> {
    let mut first = 0;
    let mut found = Vec::new();
    for name in names {
        // The reader tells a column that is missing.
        let texts = reader.texts(name);
        let cells = frame.column(name).unwrap_or(&[]);
        let (bins, of): (Vec<Bin>, Vec<Option<usize>>) = match numbers(cells) {
            Some(numbers) => banded(&numbers, bands, &kept),
            None => valued(&texts),
        };
        let mut counts = vec![0_usize; bins.len()];
        for (_, bin) in of.iter().enumerate().filter(|(row, _)| kept(row)) {
            if let Some(count) = bin.and_then(|bin| counts.get_mut(bin)) {
                *count += 1;
            }
        }
        // Bins that are too rare go; those that stay move together.
        let mut moved = Vec::with_capacity(bins.len());
        let mut next = 0;
        let mut stay = Vec::new();
        for (bin, count) in bins.into_iter().zip(&counts) {
            let enough = *count >= support.max(1);
            moved.push(enough.then_some(first + next));
            if enough {
                next += 1;
                stay.push(bin);
            }
        }
        let places =
            of.into_iter().map(|bin| bin.and_then(|bin| moved.get(bin).copied().flatten())).collect();
        first += next;
        found.push(Feature { name: name.clone(), bins: stay, places });
    }
    found
}

/// The numbers of a column that holds nothing else, and more than a handful of them.
fn numbers(cells: &[Cell]) -> Option<Vec<Option<f64>>> {
    let number = |cell: &Cell| match cell {
        Cell::Empty => Some(None),
        Cell::Whole(_) | Cell::Number(_) | Cell::Decimal(_) => Some(cell.as_f64()),
        _ => None,
    };
    let numbers: Vec<Option<f64>> = cells.iter().map(number).collect::<Option<_>>()?;
    let mut distinct: Vec<f64> = numbers.iter().flatten().copied().collect();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup_by(|a, b| a.total_cmp(b).is_eq());
    (distinct.len() > 10).then_some(numbers)
}

fn valued(texts: &[Option<String>]) -> (Vec<Bin>, Vec<Option<usize>>) {
    let mut index: BTreeMap<Option<&str>, usize> = texts.iter().map(|text| (text.as_deref(), 0)).collect();
    for (place, value) in index.values_mut().enumerate() {
        *value = place;
    }
    let of = texts.iter().map(|text| index.get(&text.as_deref()).copied()).collect();
    let bin = |label: &Option<&str>| Bin { label: label.map(str::to_owned), from: None, below: None };
    (index.keys().map(bin).collect(), of)
}

fn banded(
    numbers: &[Option<f64>],
    bands: usize,
    kept: &impl Fn(&usize) -> bool,
) -> (Vec<Bin>, Vec<Option<usize>>) {
    let learnt = numbers.iter().enumerate().filter(|(row, _)| kept(row));
    let mut sorted: Vec<f64> = learnt.filter_map(|(_, number)| *number).collect();
    sorted.sort_by(f64::total_cmp);
    let mut edges: Vec<f64> =
        (1..bands).filter_map(|band| quantile(&sorted, size(band) / size(bands))).collect();
    edges.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let shown = |from: Option<f64>, below: Option<f64>| match (from, below) {
        (Some(from), Some(below)) => format!("{from} to below {below}"),
        (Some(from), None) => format!("{from} or more"),
        (None, Some(below)) => format!("below {below}"),
        (None, None) => "any".to_owned(),
    };
    let mut bins: Vec<Bin> = (0..=edges.len())
        .map(|band| {
            let (from, below) =
                (band.checked_sub(1).and_then(|at| edges.get(at)).copied(), edges.get(band).copied());
            Bin { label: Some(shown(from, below)), from, below }
        })
        .collect();
    let none = bins.len();
    bins.push(Bin { label: None, from: None, below: None });
    let place = |number: &Option<f64>| {
        Some(number.map_or(none, |number| edges.partition_point(|edge| *edge <= number)))
    };
    (bins, numbers.iter().map(place).collect())
}
