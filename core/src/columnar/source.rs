//! A column of a batch, read as the type that a field or a property declares.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{Array, BooleanArray, LargeStringArray, PrimitiveArray, StringArray, StringViewArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, TimeUnit};

use crate::base::time::{Instant, date_micros};
use crate::lead::facts::{Cell, Text};
use crate::lead::model::{FieldType, Model};
use crate::scoring::fuse::key;

/// A column and how it is read.
#[derive(Debug, Clone)]
pub(crate) struct Source<'b> {
    array: &'b dyn Array,
    form: Form<'b>,
}

/// The shapes that a column has for its reader. Every number has one: a whole number, a float, microseconds.
#[derive(Debug, Clone)]
pub(crate) enum Form<'b> {
    Null,
    Bool(&'b BooleanArray),
    Number(Number<'b>, Reading),
    Text(Texts<'b>, Reading),
    Dictionary(Codes<'b>, Box<Source<'b>>),
    List(Lists<'b>, Box<Source<'b>>),
}

/// How the values of an array become those of the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// As they are.
    Plain,
    /// Whole numbers from floats and decimals.
    Whole,
    /// Floats from whole numbers and decimals.
    Float,
    /// Microseconds: so many of the array's units make one, or so many microseconds make one unit.
    Micros { times: i64, per: i64 },
    /// Midnight of the day: so many of the array's units make a day.
    Day { units: i64 },
    /// `2026-05-01`
    DateText,
    /// RFC 3339
    InstantText,
}

/// The years that instants have, in days and in microseconds.
const DAYS: std::ops::Range<i32> = -719_528..2_932_897;
const FIRST_MICROS: i64 = -62_167_219_200_000_000;
const END_MICROS: i64 = 253_402_300_800_000_000;

/// A value that is not of the field's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

macro_rules! forms {
    ($name:ident { $($variant:ident($type:ty),)+ }) => {
        #[derive(Debug, Clone, Copy)]
        pub(crate) enum $name<'b> { $($variant(&'b PrimitiveArray<$type>),)+ }

        impl<'b> $name<'b> {
            fn of(array: &'b dyn Array) -> Option<Self> {
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
    keys: Keys<'b>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum Lists<'b> {
    Small(&'b arrow_array::ListArray),
    Large(&'b arrow_array::LargeListArray),
    Fixed(&'b arrow_array::FixedSizeListArray),
}

impl<'b> Source<'b> {
    /// The column as values of a field type, or what the field needs instead.
    pub(crate) fn bind(array: &'b dyn Array, kind: FieldType) -> Result<Self, Mismatch> {
        let form = match array.data_type() {
            DataType::Null => Form::Null,
            DataType::Dictionary(..) => {
                let (keys, values) = dictionary(array).ok_or(Mismatch::Type)?;
                Form::Dictionary(Codes { keys }, Box::new(Source::bind(values, kind)?))
            }
            data_type => match kind {
                FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => {
                    Form::Text(Texts::of(array).ok_or(Mismatch::Type)?, Reading::Plain)
                }
                FieldType::Boolean => Form::Bool(array.as_boolean_opt().ok_or(Mismatch::Type)?),
                FieldType::Integer | FieldType::Number => {
                    let number = Number::of(array).ok_or(Mismatch::Type)?;
                    let reading = match data_type {
                        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => {
                            return Err(Mismatch::Type);
                        }
                        _ if kind == FieldType::Number => Reading::Float,
                        data_type if data_type.is_integer() => Reading::Plain,
                        _ => Reading::Whole,
                    };
                    Form::Number(number, reading)
                }
                FieldType::Date => match data_type {
                    DataType::Date32 => number(array, Reading::Day { units: 1 })?,
                    DataType::Date64 => number(array, Reading::Day { units: 86_400_000 })?,
                    DataType::Timestamp(unit, None) => {
                        number(array, Reading::Day { units: 86_400 * per_second(*unit) })?
                    }
                    DataType::Timestamp(_, Some(_)) => return Err(Mismatch::ZonedDate),
                    _ => Form::Text(Texts::of(array).ok_or(Mismatch::Type)?, Reading::DateText),
                },
                FieldType::Timestamp => match data_type {
                    DataType::Timestamp(unit, Some(_)) => {
                        let units = per_second(*unit);
                        let reading = if units > 1_000_000 {
                            Reading::Micros { times: 1, per: units / 1_000_000 }
                        } else {
                            Reading::Micros { times: 1_000_000 / units, per: 1 }
                        };
                        number(array, reading)?
                    }
                    DataType::Timestamp(_, None) => return Err(Mismatch::NaiveInstant),
                    _ => Form::Text(Texts::of(array).ok_or(Mismatch::Type)?, Reading::InstantText),
                },
                FieldType::Set => {
                    let (lists, items) = lists(array).ok_or(Mismatch::Type)?;
                    Form::List(lists, Box::new(Source::bind(items, FieldType::Text)?))
                }
            },
        };
        Ok(Self { array, form })
    }

    pub(crate) fn form(&self) -> &Form<'b> {
        &self.form
    }

    pub(crate) fn len(&self) -> usize {
        self.array.len()
    }

    pub(crate) fn nulls(&self) -> Option<&'b NullBuffer> {
        self.array.nulls()
    }

    pub(crate) fn may_be_null(&self) -> bool {
        match &self.form {
            Form::Null => true,
            Form::Dictionary(_, values) => self.array.null_count() > 0 || values.may_be_null(),
            _ => self.array.null_count() > 0,
        }
    }

    pub(crate) fn is_null(&self, row: usize) -> bool {
        match &self.form {
            Form::Null => true,
            // A key may point to an empty value.
            Form::Dictionary(codes, values) => self.array.is_null(row) || values.is_null(codes.value(row)),
            _ => self.array.is_null(row),
        }
    }

    /// The cell of a row.
    pub(crate) fn cell(&self, model: &Model, row: usize) -> Result<Cell<'b>, Unreadable> {
        if self.is_null(row) {
            return Ok(Cell::Null);
        }
        match &self.form {
            Form::Null => Ok(Cell::Null),
            Form::Bool(array) => Ok(Cell::Bool(array.value(row))),
            Form::Number(number, Reading::Float) => Ok(number.float(row)?.map_or(Cell::Null, Cell::Float)),
            Form::Number(number, Reading::Plain | Reading::Whole) => {
                Ok(number.whole(row)?.map_or(Cell::Null, Cell::Int))
            }
            Form::Number(number, reading) => Ok(Cell::Time(time(number.raw(row), *reading)?)),
            Form::Text(texts, Reading::DateText) => {
                date_micros(texts.value(row)).map(Cell::Time).ok_or(Unreadable)
            }
            Form::Text(texts, Reading::InstantText) => {
                let instant = texts.value(row).parse::<Instant>().map_err(|_| Unreadable)?;
                Ok(Cell::Time(instant.micros()))
            }
            Form::Text(texts, _) => {
                let text = texts.value(row);
                Ok(Cell::Text(Text { text, symbol: model.symbol(text) }))
            }
            Form::Dictionary(codes, values) => values.cell(model, codes.value(row)),
            Form::List(lists, items) => {
                let range = lists.range(row);
                let mut set = Vec::with_capacity(range.len());
                for index in range {
                    match items.cell(model, index)? {
                        Cell::Text(text) => set.push(text),
                        _ => return Err(Unreadable),
                    }
                }
                Ok(Cell::Set(set.into_boxed_slice()))
            }
        }
    }

    /// The instant of a row, of a column of texts that say one.
    pub(crate) fn time(&self, row: usize) -> Option<i64> {
        match &self.form {
            Form::Text(texts, Reading::DateText) => date_micros(texts.value(row)),
            Form::Text(texts, Reading::InstantText) => {
                texts.value(row).parse::<Instant>().ok().map(Instant::micros)
            }
            _ => None,
        }
    }

    /// The text of a row, of a column of texts.
    pub(crate) fn text(&self, row: usize) -> Option<&'b str> {
        if self.is_null(row) {
            return None;
        }
        match &self.form {
            Form::Text(texts, _) => Some(texts.value(row)),
            Form::Dictionary(codes, values) => values.text(codes.value(row)),
            _ => None,
        }
    }
}

/// Why a column does not hold a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mismatch {
    Type,
    /// An instant without zone, for a timestamp.
    NaiveInstant,
    /// An instant with zone, for a date.
    ZonedDate,
}

fn number(array: &dyn Array, reading: Reading) -> Result<Form<'_>, Mismatch> {
    Ok(Form::Number(Number::of(array).ok_or(Mismatch::Type)?, reading))
}

const fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

fn dictionary(array: &dyn Array) -> Option<(Keys<'_>, &dyn Array)> {
    let dictionary = array.as_any_dictionary_opt()?;
    Some((Keys::of(dictionary.keys())?, dictionary.values().as_ref()))
}

fn lists(array: &dyn Array) -> Option<(Lists<'_>, &dyn Array)> {
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
    fn of(array: &'b dyn Array) -> Option<Self> {
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

impl Codes<'_> {
    /// The place in the dictionary; any place for an empty row.
    pub(crate) fn value(&self, row: usize) -> usize {
        macro_rules! place {
            ($array:expr) => {
                usize::try_from($array.value(row)).unwrap_or(0)
            };
        }
        match self.keys {
            Keys::I8(array) => place!(array),
            Keys::I16(array) => place!(array),
            Keys::I32(array) => place!(array),
            Keys::I64(array) => place!(array),
            Keys::U8(array) => place!(array),
            Keys::U16(array) => place!(array),
            Keys::U32(array) => place!(array),
            Keys::U64(array) => place!(array),
        }
    }

    /// Places in the dictionary of some rows, from one column into another through a table; any cell for empty
    /// rows.
    pub(crate) fn look_up(&self, start: usize, table: &[u32], out: &mut [u32]) {
        macro_rules! fill {
            ($array:expr) => {{
                let keys = $array.values().get(start..).unwrap_or(&[]);
                for (slot, key) in out.iter_mut().zip(keys) {
                    let place = usize::try_from(*key).unwrap_or(usize::MAX);
                    *slot = table.get(place).copied().unwrap_or(0);
                }
            }};
        }
        match self.keys {
            Keys::I8(array) => fill!(array),
            Keys::I16(array) => fill!(array),
            Keys::I32(array) => fill!(array),
            Keys::I64(array) => fill!(array),
            Keys::U8(array) => fill!(array),
            Keys::U16(array) => fill!(array),
            Keys::U32(array) => fill!(array),
            Keys::U64(array) => fill!(array),
        }
    }
}

impl Lists<'_> {
    fn range(&self, row: usize) -> std::ops::Range<usize> {
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
pub(crate) fn time(raw: i64, reading: Reading) -> Result<i64, Unreadable> {
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
    fn decimal(&self, row: usize) -> String {
        match self {
            Self::D32(array) => array.value_as_string(row),
            Self::D64(array) => array.value_as_string(row),
            Self::D128(array) => array.value_as_string(row),
            Self::D256(array) => array.value_as_string(row),
            _ => String::new(),
        }
    }

    /// The stored integer of whole numbers, dates and instants.
    fn raw(&self, row: usize) -> i64 {
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

impl<'b> Source<'b> {
    /// Which rows of a block hold a value: 1, or 0 for empty ones.
    pub(crate) fn validity(&self, start: usize, out: &mut [u8]) {
        match (&self.form, self.nulls()) {
            (Form::Null, _) => out.fill(0),
            (_, None) => out.fill(1),
            (_, Some(nulls)) => {
                let bits = nulls.inner().slice(start, out.len());
                for (word, slots) in bits.bit_chunks().iter_padded().zip(out.chunks_mut(64)) {
                    for (bit, slot) in slots.iter_mut().enumerate() {
                        *slot = u8::from(word >> bit & 1 == 1);
                    }
                }
            }
        }
        if let Form::Dictionary(codes, values) = &self.form
            && values.may_be_null()
        {
            for (offset, slot) in out.iter_mut().enumerate().filter(|(_, slot)| **slot == 1) {
                *slot = u8::from(!values.is_null(codes.value(start + offset)));
            }
        }
    }

    /// The numbers of a block, ordered as their values are: whole numbers and microseconds as they are, floats by
    /// their [`key`]. What does not hold a number loses its mark in `valid`.
    pub(crate) fn keys(&self, start: usize, out: &mut [i64], valid: &mut [u8]) {
        let Form::Number(number, reading) = &self.form else {
            valid.fill(0);
            return;
        };
        macro_rules! each {
            ($array:expr, $value:ident => $key:expr) => {
                for (slot, value) in out.iter_mut().zip($array.values().get(start..).unwrap_or(&[])) {
                    let $value = *value;
                    *slot = $key;
                }
            };
        }
        macro_rules! each_float {
            ($array:expr, $value:ident => $float:expr) => {
                let values = $array.values().get(start..).unwrap_or(&[]);
                for ((slot, mark), value) in out.iter_mut().zip(valid.iter_mut()).zip(values) {
                    let $value = *value;
                    let float: f64 = $float;
                    *slot = key(float);
                    *mark &= u8::from(float.is_finite());
                }
            };
        }
        #[expect(clippy::cast_precision_loss, reason = "a number field is a float: as in JSON")]
        match (number, reading) {
            (Number::I8(array), Reading::Plain) => each!(array, value => value.into()),
            (Number::I16(array), Reading::Plain) => each!(array, value => value.into()),
            (Number::I32(array), Reading::Plain) => each!(array, value => value.into()),
            (Number::I64(array), Reading::Plain) => each!(array, value => value),
            (Number::U8(array), Reading::Plain) => each!(array, value => value.into()),
            (Number::U16(array), Reading::Plain) => each!(array, value => value.into()),
            (Number::U32(array), Reading::Plain) => each!(array, value => value.into()),
            (Number::I8(array), Reading::Float) => each!(array, value => key(value.into())),
            (Number::I16(array), Reading::Float) => each!(array, value => key(value.into())),
            (Number::I32(array), Reading::Float) => each!(array, value => key(value.into())),
            (Number::I64(array), Reading::Float) => each!(array, value => key(value as f64)),
            (Number::U8(array), Reading::Float) => each!(array, value => key(value.into())),
            (Number::U16(array), Reading::Float) => each!(array, value => key(value.into())),
            (Number::U32(array), Reading::Float) => each!(array, value => key(value.into())),
            (Number::U64(array), Reading::Float) => each!(array, value => key(value as f64)),
            (Number::Micros(array), Reading::Micros { .. }) => {
                let values = array.values().get(start..).unwrap_or(&[]);
                for ((slot, mark), value) in out.iter_mut().zip(valid.iter_mut()).zip(values) {
                    *slot = *value;
                    *mark &= u8::from((*value >= FIRST_MICROS) & (*value < END_MICROS));
                }
            }
            (Number::Date32(array), Reading::Day { .. }) => {
                let values = array.values().get(start..).unwrap_or(&[]);
                for ((slot, mark), value) in out.iter_mut().zip(valid.iter_mut()).zip(values) {
                    *slot = i64::from(*value).wrapping_mul(86_400_000_000);
                    *mark &= u8::from(DAYS.contains(value));
                }
            }
            (Number::F32(array), Reading::Float) => {
                each_float!(array, value => value.into());
            }
            (Number::F64(array), Reading::Float) => {
                each_float!(array, value => value);
            }
            (_, reading) => {
                for (offset, (slot, mark)) in out.iter_mut().zip(valid.iter_mut()).enumerate() {
                    if *mark == 0 {
                        continue;
                    }
                    let row = start + offset;
                    let value = match reading {
                        Reading::Plain | Reading::Whole => number.whole(row),
                        Reading::Float => number.float(row).map(|float| float.map(key)),
                        reading => time(number.raw(row), *reading).map(Some),
                    };
                    match value {
                        Ok(Some(value)) => *slot = value,
                        _ => *mark = 0,
                    }
                }
            }
        }
    }

    /// Whether a value of the column may turn out not to be of the field's type.
    pub(crate) fn fallible(&self) -> bool {
        match &self.form {
            Form::Null | Form::Bool(_) | Form::Text(_, Reading::Plain) => false,
            Form::Number(number, reading) => match (number, reading) {
                (Number::U64(_), Reading::Plain) => true,
                (Number::F16(_) | Number::F32(_) | Number::F64(_), _) => true,
                (Number::D32(_) | Number::D64(_) | Number::D128(_) | Number::D256(_), _) => true,
                (_, reading) => !matches!(reading, Reading::Plain | Reading::Float),
            },
            Form::Text(..) | Form::List(..) => true,
            Form::Dictionary(_, values) => values.fallible(),
        }
    }

    /// A value as somebody would write it, for messages.
    pub(crate) fn shown(&self, row: usize) -> String {
        match &self.form {
            Form::Dictionary(codes, values) => values.shown(codes.value(row)),
            Form::Text(texts, _) => {
                let text = texts.value(row);
                let short: String = text.chars().take(40).collect();
                let more = if short.len() < text.len() { "..." } else { "" };
                format!("the text `{short}{more}`")
            }
            Form::Number(number, _) => match number {
                Number::F16(array) => format!("`{}`", array.value(row)),
                Number::F32(array) => format!("`{}`", array.value(row)),
                Number::F64(array) => format!("`{}`", array.value(row)),
                Number::U64(array) => format!("`{}`", array.value(row)),
                Number::D32(_) | Number::D64(_) | Number::D128(_) | Number::D256(_) => {
                    format!("`{}`", number.decimal(row))
                }
                other => format!("`{}` of its unit", other.raw(row)),
            },
            Form::List(..) => "a list with an empty item".to_owned(),
            Form::Null | Form::Bool(_) => "of another type".to_owned(),
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
