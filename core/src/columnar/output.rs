//! The columns that come out: written in place, block by block.

use std::sync::Arc;

use arrow_array::builder::BooleanBufferBuilder;
use arrow_array::types::Int16Type;
use arrow_array::{
    ArrayRef, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int16Array, Int64Array,
    ListArray, StringArray,
};
use arrow_buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow_schema::{DataType, Field};

use crate::base::points::Points;
use crate::columnar::kernels::thresholds::UNRANKED;
use crate::columnar::ledger;
use crate::columnar::options::{Figures, PointsColumns, SegmentColumns, TableOptions};
use crate::columnar::plan::Scope;
use crate::columnar::run::FIGURES;
use crate::playbook::compile::Compiled;
use crate::scoring::Entry;
use crate::scoring::evaluate::probability;
use crate::scoring::policy::ProbabilityPolicy;

/// Names of the figures, in their order.
const NAMES: [&str; FIGURES] = ["fit_plus", "fit_minus", "engagement_plus", "engagement_minus", "total"];

/// The figures that only activities give points to.
const ENGAGED: [usize; 2] = [2, 3];

/// Everything that is written, for all rows.
pub(crate) struct Output {
    cards: Vec<CardOutput>,
    segments: Vec<Vec<bool>>,
    bad: Vec<bool>,
    ranked: bool,
    explained: bool,
}

struct CardOutput {
    /// None where all of them are zero.
    figures: Vec<(usize, Option<Numbers>)>,
    probability: Option<(ProbabilityPolicy, Vec<f64>)>,
    ranks: Vec<i16>,
    ledgers: Vec<Vec<Entry>>,
}

pub(super) enum Numbers {
    Floats(Vec<f64>),
    Millionths(Vec<i64>),
    Decimals(Vec<i128>),
}

/// The part of the output that belongs to one block.
pub(crate) struct Slots<'o> {
    cards: Vec<CardSlots<'o>>,
    segments: Vec<&'o mut [bool]>,
    bad: &'o mut [bool],
}

struct CardSlots<'o> {
    figures: Vec<(usize, NumberSlots<'o>)>,
    probability: Option<(ProbabilityPolicy, &'o mut [f64])>,
    ranks: &'o mut [i16],
    ledgers: &'o mut [Vec<Entry>],
}

enum NumberSlots<'o> {
    Floats(&'o mut [f64]),
    Millionths(&'o mut [i64]),
    Decimals(&'o mut [i128]),
}

impl Output {
    /// Room for so many rows; `history` says that leads may have been engaged.
    pub(crate) fn new(
        compiled: &Compiled,
        scope: &Scope,
        options: &TableOptions,
        rows: usize,
        history: bool,
    ) -> Self {
        let figures = match options.figures {
            Figures::Five => 0..FIGURES,
            Figures::TotalOnly => FIGURES - 1..FIGURES,
            Figures::Absent => 0..0,
        };
        let numbers = || match options.points {
            PointsColumns::Floats => Numbers::Floats(Vec::with_capacity(rows)),
            PointsColumns::Millionths => Numbers::Millionths(Vec::with_capacity(rows)),
            PointsColumns::Decimals => Numbers::Decimals(Vec::with_capacity(rows)),
        };
        let card = |card: &usize| {
            let policy = compiled.scoring.cards.get(*card);
            let limited = policy.is_none_or(|card| {
                !card.groups.is_empty() || card.limits.min.is_some() || card.limits.max.is_some()
            });
            let written = |figure: usize| history || limited || !ENGAGED.contains(&figure);
            let policy = policy.and_then(|card| card.probability);
            CardOutput {
                figures: figures.clone().map(|figure| (figure, written(figure).then(numbers))).collect(),
                probability: policy
                    .filter(|_| options.figures != Figures::Absent)
                    .map(|policy| (policy, Vec::with_capacity(rows))),
                ranks: Vec::with_capacity(if options.ranks { rows } else { 0 }),
                ledgers: Vec::with_capacity(if scope.ledger { rows } else { 0 }),
            }
        };
        let segments = if scope.segments { compiled.segments.segments.len() } else { 0 };
        Self {
            cards: scope.written.iter().map(card).collect(),
            segments: (0..segments).map(|_| Vec::with_capacity(rows)).collect(),
            bad: Vec::with_capacity(rows),
            ranked: options.ranks,
            explained: scope.ledger,
        }
    }

    /// The next rows, cut into pieces. Whoever takes them block by block has them cleared in the cache.
    pub(crate) fn more(&mut self, rows: usize, size: usize) -> Vec<Slots<'_>> {
        let size = size.max(1);
        let mut pieces: Vec<Slots<'_>> = added(&mut self.bad, rows, false)
            .chunks_mut(size)
            .map(|bad| Slots { cards: Vec::new(), segments: Vec::new(), bad })
            .collect();
        let (ranked, explained) = (if self.ranked { rows } else { 0 }, if self.explained { rows } else { 0 });
        for card in &mut self.cards {
            let mut ranks = added(&mut card.ranks, ranked, UNRANKED).chunks_mut(size);
            let mut ledgers = added(&mut card.ledgers, explained, Vec::new()).chunks_mut(size);
            let mut probability = card
                .probability
                .as_mut()
                .map(|(policy, all)| (*policy, added(all, rows, 0.0).chunks_mut(size)));
            for piece in &mut pieces {
                piece.cards.push(CardSlots {
                    figures: Vec::with_capacity(FIGURES),
                    probability: probability
                        .as_mut()
                        .and_then(|(policy, chunks)| Some((*policy, chunks.next()?))),
                    ranks: ranks.next().unwrap_or_default(),
                    ledgers: ledgers.next().unwrap_or_default(),
                });
            }
            macro_rules! hand_out {
                ($figure:expr, $all:expr, $slots:ident) => {
                    let all = added($all, rows, Default::default());
                    for (piece, chunk) in pieces.iter_mut().zip(all.chunks_mut(size)) {
                        if let Some(card) = piece.cards.last_mut() {
                            card.figures.push((*$figure, NumberSlots::$slots(chunk)));
                        }
                    }
                };
            }
            for (figure, numbers) in &mut card.figures {
                match numbers {
                    Some(Numbers::Floats(all)) => {
                        hand_out!(figure, all, Floats);
                    }
                    Some(Numbers::Millionths(all)) => {
                        hand_out!(figure, all, Millionths);
                    }
                    Some(Numbers::Decimals(all)) => {
                        hand_out!(figure, all, Decimals);
                    }
                    None => {}
                }
            }
        }
        for segment in &mut self.segments {
            for (piece, chunk) in pieces.iter_mut().zip(added(segment, rows, false).chunks_mut(size)) {
                piece.segments.push(chunk);
            }
        }
        pieces
    }

    /// The columns in their order, with what they are called.
    pub(crate) fn columns(
        self,
        compiled: &Compiled,
        scope: &Scope,
        options: &TableOptions,
    ) -> Vec<(Field, ArrayRef)> {
        let nulls = self.bad.contains(&true).then(|| NullBuffer::from_iter(self.bad.iter().map(|bad| !bad)));
        let mut columns = Vec::new();
        let mut push = |name: String, array: ArrayRef, nullable: bool| {
            columns.push((Field::new(name, array.data_type().clone(), nullable), array));
        };
        let rows = self.bad.len();
        let mut zeros = None;
        for (card, output) in scope.written.iter().zip(self.cards) {
            let Some(policy) = compiled.cards.get(*card) else { continue };
            for (figure, numbers) in output.figures {
                let name = format!("{}.{}", policy.name, NAMES.get(figure).copied().unwrap_or_default());
                let array = match numbers {
                    Some(numbers) => numbers.array(nulls.clone()),
                    None => {
                        let make = || Numbers::of(options.points, vec![0; rows]).array(nulls.clone());
                        Arc::clone(zeros.get_or_insert_with(make))
                    }
                };
                push(name, array, true);
            }
            if let Some((_, values)) = output.probability {
                let array = Float64Array::new(values.into(), nulls.clone());
                push(format!("{}.probability", policy.name), Arc::new(array), true);
            }
            if options.ranks {
                let names = policy.qualification.ranks.iter().map(|rank| rank.name.as_str());
                let array = ranks(output.ranks, &self.bad, StringArray::from_iter_values(names));
                push(format!("{}.rank", policy.name), array, true);
            }
            if let Some(name) = ledger::name(options.ledger) {
                let array = ledger::column(output.ledgers, options, nulls.clone());
                push(format!("{}.{name}", policy.name), array, true);
            }
        }
        if scope.segments {
            let names: Vec<&str> =
                compiled.segments.segments.iter().map(|segment| segment.name.as_str()).collect();
            match options.segments {
                SegmentColumns::Absent => {}
                SegmentColumns::Booleans => {
                    for (name, members) in names.iter().zip(&self.segments) {
                        let mut bits = BooleanBufferBuilder::new(members.len());
                        members.iter().for_each(|member| bits.append(*member));
                        let array = BooleanArray::new(bits.finish(), nulls.clone());
                        push(format!("segment.{name}"), Arc::new(array), true);
                    }
                }
                SegmentColumns::List => {
                    push("segments".to_owned(), segment_list(&names, &self.segments, &self.bad, nulls), true);
                }
            }
        }
        columns
    }
}

/// So many more elements of a column.
fn added<T: Clone>(all: &mut Vec<T>, rows: usize, empty: T) -> &mut [T] {
    let before = all.len();
    all.resize(before + rows, empty);
    all.get_mut(before..).unwrap_or(&mut [])
}

impl Numbers {
    pub(super) fn of(points: PointsColumns, millionths: Vec<i64>) -> Self {
        match points {
            PointsColumns::Floats => Self::Floats(millionths.into_iter().map(points_float).collect()),
            PointsColumns::Millionths => Self::Millionths(millionths),
            PointsColumns::Decimals => Self::Decimals(millionths.into_iter().map(i128::from).collect()),
        }
    }

    pub(super) fn array(self, nulls: Option<NullBuffer>) -> ArrayRef {
        match self {
            Self::Floats(values) => Arc::new(Float64Array::new(values.into(), nulls)),
            Self::Millionths(values) => Arc::new(Int64Array::new(values.into(), nulls)),
            Self::Decimals(values) => {
                let array = Decimal128Array::new(values.into(), nulls);
                // INVARIANT: sixteen digits hold every number of points; the width is valid for the type.
                let array = array.with_precision_and_scale(16, 6);
                array.map_or_else(|_| Arc::new(Int64Array::new_null(0)) as ArrayRef, |array| Arc::new(array))
            }
        }
    }
}

fn ranks(keys: Vec<i16>, bad: &[bool], names: StringArray) -> ArrayRef {
    let known = keys.iter().zip(bad).map(|(key, bad)| *key != UNRANKED && !bad);
    let unranked = keys.iter().fold(false, |any, key| any | (*key == UNRANKED));
    let all = !unranked && !bad.iter().fold(false, |any, bad| any | bad);
    let nulls = (!all).then(|| NullBuffer::from_iter(known));
    let keys: Vec<i16> = if all { keys } else { keys.into_iter().map(|key| key.max(0)).collect() };
    let keys = Int16Array::new(keys.into(), nulls);
    let rows = keys.len();
    let names = Arc::new(names);
    // INVARIANT: every key that is not null is the number of a rank.
    DictionaryArray::<Int16Type>::try_new(keys, names.clone()).map_or_else(
        |_| Arc::new(StringArray::new_null(rows)) as ArrayRef,
        |array| Arc::new(array) as ArrayRef,
    )
}

fn segment_list(names: &[&str], segments: &[Vec<bool>], bad: &[bool], nulls: Option<NullBuffer>) -> ArrayRef {
    let mut offsets: Vec<i32> = Vec::with_capacity(bad.len() + 1);
    offsets.push(0);
    let mut keys: Vec<i16> = Vec::new();
    for (row, bad) in bad.iter().enumerate() {
        if !bad {
            for (index, members) in (0_i16..).zip(segments) {
                if members.get(row).copied().unwrap_or(false) {
                    keys.push(index);
                }
            }
        }
        offsets.push(i32::try_from(keys.len()).unwrap_or(i32::MAX));
    }
    let values: Arc<StringArray> = Arc::new(
        keys.iter()
            .filter_map(|key| names.get(usize::try_from(*key).ok()?))
            .map(|name| Some(*name))
            .collect(),
    );
    let field = Arc::new(Field::new("item", DataType::Utf8, false));
    Arc::new(ListArray::new(field, OffsetBuffer::new(ScalarBuffer::from(offsets)), values, nulls))
}

/// As [`points_float`] says each, by operations that processors do several at a time: a number below 2^51 fits into
/// the last bits of a float near 2^52.
fn points_floats(millionths: &[i64], out: &mut [f64]) {
    const NEAR: f64 = 6_755_399_441_055_744.0;
    let small = |value: &i64| value.wrapping_add(1 << 51).cast_unsigned() >> 52;
    if millionths.iter().fold(0, |all, value| all | small(value)) > 0 {
        out.iter_mut().zip(millionths).for_each(|(slot, value)| *slot = points_float(*value));
        return;
    }
    for (slot, value) in out.iter_mut().zip(millionths) {
        let near = NEAR.to_bits().wrapping_add(value.cast_unsigned());
        *slot = (f64::from_bits(near) - NEAR) / 1_000_000.0;
    }
}

fn points_float(millionths: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "points are within 2^53 millionths")]
    let wide = millionths as f64;
    wide / 1_000_000.0
}

impl Slots<'_> {
    pub(crate) fn rows(&self) -> usize {
        self.bad.len()
    }

    pub(crate) fn bad(&mut self, bad: &[bool]) {
        self.bad.copy_from_slice(bad);
    }

    /// Writes the figures of the card that is written in this place.
    pub(crate) fn figures(&mut self, place: usize, figures: [&mut [i64]; FIGURES]) {
        let Some(card) = self.cards.get_mut(place) else { return };
        for (number, slots) in &mut card.figures {
            let Some(values) = figures.get(*number) else { continue };
            match slots {
                NumberSlots::Floats(slots) => points_floats(values, slots),
                NumberSlots::Millionths(slots) => {
                    slots.iter_mut().zip(values.iter()).for_each(|(slot, value)| *slot = *value);
                }
                NumberSlots::Decimals(slots) => {
                    slots.iter_mut().zip(values.iter()).for_each(|(slot, value)| *slot = (*value).into());
                }
            }
        }
        if let (Some((policy, slots)), Some(totals)) = (&mut card.probability, figures.last()) {
            for (slot, total) in slots.iter_mut().zip(totals.iter()) {
                *slot = probability(*policy, Points::from_millionths(*total).unwrap_or_default());
            }
        }
    }

    pub(crate) fn ranks(&mut self, place: usize, ranks: &[i16]) {
        if let Some(card) = self.cards.get_mut(place) {
            card.ranks.iter_mut().zip(ranks).for_each(|(slot, rank)| *slot = *rank);
        }
    }

    pub(crate) fn ledger(&mut self, place: usize, row: usize, ledger: Vec<Entry>) {
        if let Some(slot) = self.cards.get_mut(place).and_then(|card| card.ledgers.get_mut(row)) {
            *slot = ledger;
        }
    }

    pub(crate) fn members(&mut self, index: usize, members: &[bool]) {
        if let Some(slots) = self.segments.get_mut(index) {
            slots.iter_mut().zip(members).for_each(|(slot, member)| *slot = *member);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn many_floats_are_each_their_points(
            mut values in prop::collection::vec(prop_oneof![-9_i64..9, any::<i32>().prop_map(i64::from), -2_251_799_813_685_248_i64..2_251_799_813_685_248], 0..50),
            large in prop::option::of(-9_000_000_000_000_000_i64..=9_000_000_000_000_000),
        ) {
            values.extend(large);
            let mut out = vec![1.0; values.len()];
            points_floats(&values, &mut out);
            for (value, float) in values.iter().zip(out) {
                prop_assert_eq!(float.to_bits(), points_float(*value).to_bits());
            }
        }
    }
}
