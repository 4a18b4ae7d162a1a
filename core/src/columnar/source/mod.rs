//! A column of a batch, read as the type that a field or a property declares.

mod arrays;

use arrow_array::cast::AsArray;
use arrow_array::{Array, BooleanArray};
use arrow_buffer::NullBuffer;
use arrow_schema::{DataType, TimeUnit};

use crate::base::time::{Instant, date_micros};
use crate::columnar::kernels::bits::unpack;
use crate::lead::facts::{Cell, Text};
use crate::lead::model::{FieldType, Model};
use crate::scoring::fuse::key;

pub(crate) use arrays::{Codes, Lists, Number, Texts};
use arrays::{dictionary, lists, time};

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
pub(crate) const DAYS: std::ops::Range<i32> = -719_528..2_932_897;
pub(crate) const FIRST_MICROS: i64 = -62_167_219_200_000_000;
pub(crate) const END_MICROS: i64 = 253_402_300_800_000_000;

/// A value that is not of the field's type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

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

    /// Marks the rows of a block that are empty themselves, whatever their dictionary holds: 0 for those.
    pub(crate) fn own_marks(&self, start: usize, cells: &mut [u32], marks: &mut [u8]) {
        let Some(nulls) = self.nulls().filter(|nulls| nulls.null_count() > 0) else { return };
        unpack(nulls.inner(), start, marks);
        for (cell, mark) in cells.iter_mut().zip(marks) {
            *cell &= 0_u32.wrapping_sub(u32::from(*mark));
        }
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

    /// The number of a row in decimal digits, exactly; of a column of numbers.
    #[cfg(feature = "analytics")]
    pub(crate) fn digits(&self, row: usize) -> Option<String> {
        if self.is_null(row) {
            return None;
        }
        match &self.form {
            Form::Number(number, _) => Some(number.decimal(row)),
            Form::Dictionary(codes, values) => values.digits(codes.value(row)),
            _ => None,
        }
    }

    /// The values of a column of microseconds, none of them empty.
    pub(crate) fn micros(&self) -> Option<&[i64]> {
        match &self.form {
            Form::Number(Number::Micros(array), Reading::Micros { .. }) if self.nulls().is_none() => {
                Some(array.values())
            }
            _ => None,
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

impl<'b> Source<'b> {
    /// Which rows of a block hold a value: 1, or 0 for empty ones.
    pub(crate) fn validity(&self, start: usize, out: &mut [u8]) {
        match (&self.form, self.nulls()) {
            (Form::Null, _) => out.fill(0),
            (_, None) => out.fill(1),
            (_, Some(nulls)) => unpack(nulls.inner(), start, out),
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
