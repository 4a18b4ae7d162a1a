//! Between which bounds numbers lie, in the types in which columns come: comparisons of whole blocks, which the
//! processor does several at a time.

use crate::columnar::source::{DAYS, Form, Number, Reading, Source};
use crate::scoring::fuse::from_key;

/// Bounds in ascending order.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// As the keys of values: floats by their key, instants by their microseconds.
    keys: Box<[i64]>,
    floats: Box<[f64]>,
    whole: Box<[i32]>,
    days: Box<[i32]>,
}

/// So many bounds are searched rather than all compared.
const MANY: usize = 24;
const DAY: i64 = 86_400_000_000;

impl Bounds {
    pub(crate) fn new(keys: &[i64]) -> Self {
        // What no number of the type reaches is left out, and what each reaches stays.
        let narrow = |key: i64| (key <= i64::from(i32::MAX)).then(|| i32::try_from(key).unwrap_or(i32::MIN));
        let day = |key: i64| narrow(key.div_euclid(DAY) + i64::from(key.rem_euclid(DAY) > 0));
        let float = |key: i64| match from_key(key) {
            float if !float.is_nan() => float,
            _ if key < 0 => f64::NEG_INFINITY,
            _ => f64::INFINITY,
        };
        Self {
            keys: keys.into(),
            floats: keys.iter().map(|key| float(*key)).collect(),
            whole: keys.iter().filter_map(|key| narrow(*key)).collect(),
            days: keys.iter().filter_map(|key| day(*key)).collect(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The cell of one key.
    pub(crate) fn cell(&self, key: i64) -> u32 {
        let below = self.keys.partition_point(|bound| *bound <= key);
        u32::try_from(below).map_or(0, |below| below + 1)
    }

    /// The cells of the numbers of a block: 1 and the bounds at or below. What does not hold a number loses its
    /// mark in `valid`, and has cell 0.
    pub(crate) fn cells(
        &self,
        source: &Source<'_>,
        start: usize,
        keys: &mut [i64],
        valid: &mut [u8],
        cells: &mut [u32],
    ) {
        macro_rules! values {
            ($array:expr) => {
                $array.values().get(start..start + cells.len()).unwrap_or(&[])
            };
        }
        match source.form() {
            Form::Number(Number::F64(array), Reading::Float) => {
                let values = values!(array);
                for (mark, value) in valid.iter_mut().zip(values) {
                    *mark &= u8::from(value.is_finite());
                }
                count(values, &self.floats, cells);
            }
            Form::Number(Number::I32(array), Reading::Plain) => count(values!(array), &self.whole, cells),
            Form::Number(Number::I64(array), Reading::Plain) => count(values!(array), &self.keys, cells),
            Form::Number(Number::Date32(array), Reading::Day { .. }) => {
                let values = values!(array);
                for (mark, value) in valid.iter_mut().zip(values) {
                    *mark &= u8::from(DAYS.contains(value));
                }
                count(values, &self.days, cells);
            }
            _ => {
                source.keys(start, keys, valid);
                count(keys, &self.keys, cells);
            }
        }
        for (cell, mark) in cells.iter_mut().zip(valid) {
            *cell &= 0_u32.wrapping_sub(u32::from(*mark));
        }
    }
}

/// 1 and how many bounds are at or below, for each value.
fn count<T: Copy + PartialOrd>(values: &[T], bounds: &[T], cells: &mut [u32]) {
    if bounds.len() > MANY {
        for (cell, value) in cells.iter_mut().zip(values) {
            *cell =
                u32::try_from(bounds.partition_point(|bound| bound <= value)).map_or(0, |below| below + 1);
        }
        return;
    }
    cells.fill(1);
    for few in bounds.chunks(4) {
        match few {
            [a, b, c, d] => each(values, cells, |value| {
                let (left, right) = (at(*a, value) + at(*b, value), at(*c, value) + at(*d, value));
                left + right
            }),
            [a, b, c] => each(values, cells, |value| at(*a, value) + at(*b, value) + at(*c, value)),
            [a, b] => each(values, cells, |value| at(*a, value) + at(*b, value)),
            [a] => each(values, cells, |value| at(*a, value)),
            _ => {}
        }
    }
}

#[inline(always)]
fn at<T: PartialOrd>(bound: T, value: T) -> u32 {
    u32::from(bound <= value)
}

#[inline(always)]
fn each<T: Copy>(values: &[T], cells: &mut [u32], more: impl Fn(T) -> u32) {
    for (cell, value) in cells.iter_mut().zip(values) {
        *cell += more(*value);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::lead::model::FieldType;
    use crate::scoring::fuse::key;
    use arrow_array::{ArrayRef, Date32Array, Float64Array, Int16Array, Int32Array, Int64Array};
    use proptest::prelude::*;

    fn cells(bounds: &[i64], array: &ArrayRef, kind: FieldType) -> Vec<u32> {
        let source = Source::bind(array.as_ref(), kind).unwrap();
        let rows = array.len();
        let (mut keys, mut valid, mut cells) = (vec![0; rows], vec![1; rows], vec![7; rows]);
        source.validity(0, &mut valid);
        Bounds::new(bounds).cells(&source, 0, &mut keys, &mut valid, &mut cells);
        cells
    }

    fn wanted(bounds: &[i64], keys: impl Iterator<Item = Option<i64>>) -> Vec<u32> {
        let cell =
            |key: i64| 1 + u32::try_from(bounds.iter().filter(|bound| **bound <= key).count()).unwrap();
        keys.map(|key| key.map_or(0, cell)).collect()
    }

    /// Numbers that lie close together, and the ends of all ranges.
    fn number() -> impl Strategy<Value = i64> {
        prop_oneof![
            -5_i64..5,
            Just(i64::MAX),
            Just(i64::MIN),
            (-2_i64..3).prop_map(|near| i64::from(i32::MAX) + near),
            (-2_i64..3).prop_map(|near| i64::from(i32::MIN) + near),
            any::<i64>(),
        ]
    }

    fn float() -> impl Strategy<Value = f64> {
        prop_oneof![
            Just(0.0),
            Just(-0.0),
            Just(f64::MAX),
            Just(f64::MIN),
            Just(f64::MIN_POSITIVE),
            Just(-1.5),
            Just(f64::NAN),
            Just(f64::INFINITY),
            Just(f64::NEG_INFINITY),
            -2.0..2.0,
            any::<f64>(),
        ]
    }

    proptest! {
        #[test]
        fn whole_numbers_fall_between_their_bounds(
            mut bounds in prop::collection::vec(number(), 0..40),
            values in prop::collection::vec(prop::option::of(number()), 0..80),
        ) {
            bounds.sort_unstable();
            bounds.dedup();
            let array: ArrayRef = Arc::new(Int64Array::from(values.clone()));
            prop_assert_eq!(cells(&bounds, &array, FieldType::Integer), wanted(&bounds, values.iter().copied()));
            let small: Vec<Option<i32>> =
                values.iter().map(|value| value.and_then(|value| i32::try_from(value).ok())).collect();
            let array: ArrayRef = Arc::new(Int32Array::from(small.clone()));
            let keys = small.iter().map(|value| value.map(i64::from));
            prop_assert_eq!(cells(&bounds, &array, FieldType::Integer), wanted(&bounds, keys));
            let small: Vec<Option<i16>> =
                values.iter().map(|value| value.and_then(|value| i16::try_from(value).ok())).collect();
            let array: ArrayRef = Arc::new(Int16Array::from(small.clone()));
            let keys = small.iter().map(|value| value.map(i64::from));
            prop_assert_eq!(cells(&bounds, &array, FieldType::Integer), wanted(&bounds, keys));
        }

        #[test]
        fn floats_fall_between_their_bounds(
            bounds in prop::collection::vec((float(), 0_i64..2), 0..40),
            mut more in prop::collection::vec(number(), 0..4),
            values in prop::collection::vec(prop::option::of(float()), 0..80),
        ) {
            let finite = bounds.iter().filter(|(float, _)| float.is_finite());
            let mut bounds: Vec<i64> = finite.map(|(float, above)| key(*float) + above).collect();
            bounds.append(&mut more);
            bounds.sort_unstable();
            bounds.dedup();
            let array: ArrayRef = Arc::new(Float64Array::from(values.clone()));
            let keys = values.iter().map(|value| value.filter(|value| value.is_finite()).map(key));
            prop_assert_eq!(cells(&bounds, &array, FieldType::Number), wanted(&bounds, keys));
        }

        #[test]
        fn days_fall_between_their_bounds(
            bounds in prop::collection::vec((-3_i64..3, -1_i64..2), 0..40),
            mut more in prop::collection::vec(number(), 0..4),
            values in prop::collection::vec(prop::option::of(prop_oneof![-4_i32..4, any::<i32>(), -720_000..3_000_000]), 0..80),
        ) {
            let mut bounds: Vec<i64> = bounds.iter().map(|(day, near)| day * DAY + near).collect();
            bounds.append(&mut more);
            bounds.sort_unstable();
            bounds.dedup();
            let array: ArrayRef = Arc::new(Date32Array::from(values.clone()));
            let of = |day: i32| DAYS.contains(&day).then(|| i64::from(day) * DAY);
            let keys = values.iter().map(|value| value.and_then(of));
            prop_assert_eq!(cells(&bounds, &array, FieldType::Date), wanted(&bounds, keys));
        }
    }
}
