//! Arrays by their types, and how one value of each is read.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, LargeStringArray, PrimitiveArray, StringArray, StringViewArray};

use super::{DAYS, END_MICROS, FIRST_MICROS, Reading, Unreadable};
use crate::base::time::Instant;

macro_rules! forms {
    ($name:ident { $($variant:ident($type:ty),)+ }) => {
        #[derive(Debug, Clone, Copy)]
        pub(crate) enum $name<'b> { $($variant(&'b PrimitiveArray<$type>),)+ }

        impl<'b> $name<'b> {
            pub(super) fn of(array: &'b dyn Array) -> Option<Self> {
                $(if let Some(array) = array.as_primitive_opt::<$type>() {
                    return Some(Self::$variant(array));
                })+
                None
            }
        }
    };
}

forms!(Number {
    I8(Int8Type), I16(Int16Type), I32(Int32Type), I64(Int64Type),
    U8(UInt8Type), U16(UInt16Type), U32(UInt32Type), U64(UInt64Type),
    F16(Float16Type), F32(Float32Type), F64(Float64Type),
    D32(Decimal32Type), D64(Decimal64Type), D128(Decimal128Type), D256(Decimal256Type),
    Date32(Date32Type), Date64(Date64Type),
    Seconds(TimestampSecondType), Millis(TimestampMillisecondType),
    Micros(TimestampMicrosecondType), Nanos(TimestampNanosecondType),
});

forms!(Keys {
    I8(Int8Type), I16(Int16Type), I32(Int32Type), I64(Int64Type),
    U8(UInt8Type), U16(UInt16Type), U32(UInt32Type), U64(UInt64Type),
});

#[derive(Debug, Clone, Copy)]
pub(crate) enum Texts<'b> {
    Small(&'b StringArray),
    Large(&'b LargeStringArray),
    View(&'b StringViewArray),
}

/// Keys of a dictionary, and what they point into.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Codes<'b> {
    pub(super) keys: Keys<'b>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Lists<'b> {
    Small(&'b arrow_array::ListArray),
    Large(&'b arrow_array::LargeListArray),
    Fixed(&'b arrow_array::FixedSizeListArray),
}

pub(super) fn dictionary(array: &dyn Array) -> Option<(Keys<'_>, &dyn Array)> {
    let dictionary = array.as_any_dictionary_opt()?;
    Some((Keys::of(dictionary.keys())?, dictionary.values().as_ref()))
}

pub(super) fn lists(array: &dyn Array) -> Option<(Lists<'_>, &dyn Array)> {
    if let Some(lists) = array.as_list_opt::<i32>() {
        return Some((Lists::Small(lists), lists.values().as_ref()));
    }
    if let Some(lists) = array.as_list_opt::<i64>() {
        return Some((Lists::Large(lists), lists.values().as_ref()));
    }
    let lists = array.as_fixed_size_list_opt()?;
    Some((Lists::Fixed(lists), lists.values().as_ref()))
}

impl<'b> Texts<'b> {
    pub(super) fn of(array: &'b dyn Array) -> Option<Self> {
        if let Some(array) = array.as_string_opt::<i32>() {
            return Some(Self::Small(array));
        }
        if let Some(array) = array.as_string_opt::<i64>() {
            return Some(Self::Large(array));
        }
        array.as_string_view_opt().map(Self::View)
    }

    pub(crate) fn value(&self, row: usize) -> &'b str {
        match self {
            Self::Small(array) => array.value(row),
            Self::Large(array) => array.value(row),
            Self::View(array) => array.value(row),
        }
    }

    /// The texts of some rows, counted from `start`.
    pub(crate) fn rows(&self, start: usize, rows: &[u16], out: &mut [&'b str]) {
        macro_rules! fill {
            ($array:expr) => {
                for (slot, row) in out.iter_mut().zip(rows) {
                    *slot = $array.value(start + usize::from(*row));
                }
            };
        }
        match self {
            Self::Small(array) => fill!(array),
            Self::Large(array) => fill!(array),
            Self::View(array) => fill!(array),
        }
    }

    /// The texts of some rows, whatever stands there for empty ones.
    pub(crate) fn block(&self, start: usize, out: &mut [&'b str]) {
        macro_rules! fill {
            ($array:expr) => {
                for (offset, slot) in out.iter_mut().enumerate() {
                    *slot = $array.value(start + offset);
                }
            };
        }
        match self {
            Self::Small(array) => fill!(array),
            Self::Large(array) => fill!(array),
            Self::View(array) => fill!(array),
        }
    }
}

/// Does something with the array of keys, of whatever type they are.
macro_rules! with_keys {
    ($keys:expr, $array:ident => $work:expr) => {
        match $keys {
            Keys::I8($array) => $work,
            Keys::I16($array) => $work,
            Keys::I32($array) => $work,
            Keys::I64($array) => $work,
            Keys::U8($array) => $work,
            Keys::U16($array) => $work,
            Keys::U32($array) => $work,
            Keys::U64($array) => $work,
        }
    };
}

/// A key as a place; none of a negative one, as empty rows may have.
#[inline(always)]
fn place(key: impl TryInto<usize>) -> Option<usize> {
    key.try_into().ok()
}

impl Codes<'_> {
    /// The place in the dictionary; any place for an empty row.
    pub(crate) fn value(&self, row: usize) -> usize {
        with_keys!(self.keys, array => place(array.value(row)).unwrap_or(0))
    }

    /// Places in the dictionary of some rows, from one column into another through a table; any cell for empty
    /// rows.
    pub(crate) fn look_up<T: Copy + Default>(&self, start: usize, table: &[T], out: &mut [T]) {
        with_keys!(self.keys, array => {
            let keys = array.values().get(start..).unwrap_or(&[]);
            for (slot, key) in out.iter_mut().zip(keys) {
                *slot = place(*key).and_then(|place| table.get(place)).copied().unwrap_or_default();
            }
        });
    }

    /// The same for some rows, counted from `start`.
    pub(crate) fn look_up_rows<T: Copy + Default>(
        &self,
        start: usize,
        rows: &[u16],
        table: &[T],
        out: &mut [T],
    ) {
        with_keys!(self.keys, array => {
            let keys = array.values().get(start..).unwrap_or(&[]);
            for (slot, row) in out.iter_mut().zip(rows) {
                let key = keys.get(usize::from(*row)).copied().unwrap_or_default();
                *slot = place(key).and_then(|place| table.get(place)).copied().unwrap_or_default();
            }
        });
    }
}

impl Lists<'_> {
    pub(super) fn range(&self, row: usize) -> std::ops::Range<usize> {
        macro_rules! range {
            ($lists:expr) => {{
                let offsets = $lists.value_offsets();
                let place = |row: usize| {
                    offsets.get(row).and_then(|offset| usize::try_from(*offset).ok()).unwrap_or(0)
                };
                place(row)..place(row + 1)
            }};
        }
        match self {
            Self::Small(lists) => range!(lists),
            Self::Large(lists) => range!(lists),
            Self::Fixed(lists) => {
                let start = usize::try_from(lists.value_offset(row)).unwrap_or(0);
                start..start + usize::try_from(lists.value_length()).unwrap_or(0)
            }
        }
    }
}

/// A whole number from a float, as JSON reads one: whole and within 2^53.
fn whole(number: f64) -> Result<Option<i64>, Unreadable> {
    if number.is_nan() {
        return Ok(None);
    }
    if number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0 {
        #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
        return Ok(Some(number as i64));
    }
    Err(Unreadable)
}

/// A float as a field's value. Tables of pandas and others write an empty number as "not a number".
fn finite(number: f64) -> Result<Option<f64>, Unreadable> {
    match number {
        number if number.is_nan() => Ok(None),
        number if number.is_finite() => Ok(Some(number)),
        _ => Err(Unreadable),
    }
}

/// Microseconds since 1970 within the years that instants have.
pub(super) fn time(raw: i64, reading: Reading) -> Result<i64, Unreadable> {
    let micros = match reading {
        Reading::Micros { times, per } => raw.checked_mul(times).map(|raw| raw.div_euclid(per)),
        Reading::Day { units } => raw.div_euclid(units).checked_mul(86_400_000_000),
        _ => None,
    };
    micros.and_then(Instant::from_micros).map(Instant::micros).ok_or(Unreadable)
}

impl Number<'_> {
    /// The number as a whole one; none for what stands for an empty value.
    pub(crate) fn whole(&self, row: usize) -> Result<Option<i64>, Unreadable> {
        match self {
            Self::U64(array) => i64::try_from(array.value(row)).map(Some).map_err(|_| Unreadable),
            Self::F16(array) => whole(array.value(row).to_f64()),
            Self::F32(array) => whole(f64::from(array.value(row))),
            Self::F64(array) => whole(array.value(row)),
            Self::D32(_) | Self::D64(_) | Self::D128(_) | Self::D256(_) => {
                let text = self.decimal(row);
                let (digits, decimals) = text.split_once('.').unwrap_or((&text, ""));
                if decimals.bytes().any(|digit| digit != b'0') {
                    return Err(Unreadable);
                }
                digits.parse().map(Some).map_err(|_| Unreadable)
            }
            _ => Ok(Some(self.raw(row))),
        }
    }

    /// The number as a float; none for what stands for an empty value.
    pub(crate) fn float(&self, row: usize) -> Result<Option<f64>, Unreadable> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "a number field is a float: as in JSON")]
            Self::U64(array) => Ok(Some(array.value(row) as f64)),
            Self::F16(array) => finite(array.value(row).to_f64()),
            Self::F32(array) => finite(f64::from(array.value(row))),
            Self::F64(array) => finite(array.value(row)),
            Self::D32(_) | Self::D64(_) | Self::D128(_) | Self::D256(_) => {
                let text = self.decimal(row);
                text.parse().map_err(|_| Unreadable).and_then(finite)
            }
            #[expect(clippy::cast_precision_loss, reason = "a number field is a float: as in JSON")]
            _ => Ok(Some(self.raw(row) as f64)),
        }
    }

    /// A decimal as text: exact, whatever its width.
    pub(super) fn decimal(&self, row: usize) -> String {
        match self {
            Self::D32(array) => array.value_as_string(row),
            Self::D64(array) => array.value_as_string(row),
            Self::D128(array) => array.value_as_string(row),
            Self::D256(array) => array.value_as_string(row),
            _ => String::new(),
        }
    }

    /// The stored integer of whole numbers, dates and instants.
    pub(super) fn raw(&self, row: usize) -> i64 {
        match self {
            Self::I8(array) => array.value(row).into(),
            Self::I16(array) => array.value(row).into(),
            Self::I32(array) => array.value(row).into(),
            Self::I64(array) => array.value(row),
            Self::U8(array) => array.value(row).into(),
            Self::U16(array) => array.value(row).into(),
            Self::U32(array) => array.value(row).into(),
            Self::U64(array) => array.value(row).cast_signed(),
            Self::Date32(array) => array.value(row).into(),
            Self::Date64(array) => array.value(row),
            Self::Seconds(array) => array.value(row),
            Self::Millis(array) => array.value(row),
            Self::Micros(array) => array.value(row),
            Self::Nanos(array) => array.value(row),
            Self::F16(_) | Self::F32(_) | Self::F64(_) => 0,
            Self::D32(_) | Self::D64(_) | Self::D128(_) | Self::D256(_) => 0,
        }
    }
}

impl Number<'_> {
    /// Whether a quick look finds every number of a block readable, those under empty rows included.
    pub(crate) fn surely_readable(&self, reading: Reading, start: usize, rows: usize) -> bool {
        match (self, reading) {
            (Self::F64(array), Reading::Float) => {
                let values = array.values().get(start..start + rows).unwrap_or(&[]);
                values.iter().fold(true, |all, value| all & !value.is_infinite())
            }
            (Self::Date32(array), Reading::Day { .. }) => {
                let values = array.values().get(start..start + rows).unwrap_or(&[]);
                values.iter().fold(true, |all, value| all & DAYS.contains(value))
            }
            (Self::Micros(array), Reading::Micros { .. }) => {
                let values = array.values().get(start..start + rows).unwrap_or(&[]);
                values.iter().fold(true, |all, value| all & (*value >= FIRST_MICROS) & (*value < END_MICROS))
            }
            _ => false,
        }
    }
}
