//! Operators and functions of values: the same for constants at compile time and for a lead.

use std::borrow::Cow;

use super::ast::Extent;
use super::convert;
use super::eval::{Evaluated, Failure};
use super::node::{Arithmetic, Function};
use super::value::Value;
use crate::base::text::normalize_text;

/// An operator between two values.
pub(super) fn arithmetic<'a>(
    operator: Arithmetic,
    left: &Value<'a>,
    right: &Value<'a>,
    extent: Extent,
) -> Evaluated<Value<'a>> {
    use Arithmetic::{Add, Divide, Multiply, Remainder, Subtract};
    let time = |micros: Option<i64>| micros.and_then(convert::time_in_range).map(Value::Time);
    let duration = |micros: Option<i64>| micros.and_then(convert::duration_in_range).map(Value::Duration);
    let result = match (operator, left, right) {
        (_, Value::Null, _) | (_, _, Value::Null) => Some(Value::Null),
        (Divide | Remainder, Value::Int(_), Value::Int(0)) => {
            return Err(Failure::new("division by zero", extent));
        }
        (operator, Value::Int(a), Value::Int(b)) => match operator {
            Add => a.checked_add(*b),
            Subtract => a.checked_sub(*b),
            Multiply => a.checked_mul(*b),
            Divide => a.checked_div(*b),
            Remainder => a.checked_rem(*b),
        }
        .map(Value::Int),
        (Add, Value::Double(a), Value::Double(b)) => Some(Value::Double(a + b)),
        (Subtract, Value::Double(a), Value::Double(b)) => Some(Value::Double(a - b)),
        (Multiply, Value::Double(a), Value::Double(b)) => Some(Value::Double(a * b)),
        (Divide, Value::Double(a), Value::Double(b)) => Some(Value::Double(a / b)),
        (Add, Value::Text(a), Value::Text(b)) => Some(Value::Text(Cow::Owned(format!("{a}{b}")))),
        (Add, Value::List(a), Value::List(b)) => Some(Value::list(a.iter().chain(b.iter()).collect())),
        (Add, Value::Time(a), Value::Duration(b)) | (Add, Value::Duration(a), Value::Time(b)) => {
            time(a.checked_add(*b))
        }
        (Subtract, Value::Time(a), Value::Duration(b)) => time(a.checked_sub(*b)),
        (Subtract, Value::Time(a), Value::Time(b)) => duration(a.checked_sub(*b)),
        (Add, Value::Duration(a), Value::Duration(b)) => duration(a.checked_add(*b)),
        (Subtract, Value::Duration(a), Value::Duration(b)) => duration(a.checked_sub(*b)),
        _ => {
            return Err(Failure::new(
                "no such overload: the operator does not take values of these types",
                extent,
            ));
        }
    };
    result.ok_or_else(|| overflow(extent))
}

/// A function of one value; `at` is absent where it is applied to constants at compile time.
pub(super) fn call<'a>(
    function: Function,
    value: Value<'a>,
    at: Option<i64>,
    extent: Extent,
) -> Evaluated<Value<'a>> {
    if value.is_null() {
        return Ok(Value::Null);
    }
    let result = match (function, &value) {
        (Function::Dyn, _) => return Ok(value),
        (Function::Size, value) => {
            let size = match value {
                Value::Text(text) => Some(text.chars().count()),
                Value::List(list) => Some(list.len()),
                Value::Map(entries) => Some(entries.len()),
                _ => None,
            };
            size.and_then(|size| i64::try_from(size).ok()).map(Value::Int)
        }
        (Function::Int, value) => convert::int(value).map(Value::Int),
        (Function::Double, value) => convert::double(value).map(Value::Double),
        (Function::String, Value::Text(_)) => return Ok(value),
        (Function::String, value) => convert::text(value).map(|text| Value::Text(Cow::Owned(text))),
        (Function::Bool, value) => convert::bool(value).map(Value::Bool),
        (Function::Duration, Value::Text(text)) => convert::duration(text).map(Value::Duration),
        (Function::Duration, Value::Duration(_)) | (Function::Timestamp, Value::Time(_)) => return Ok(value),
        (Function::Timestamp, Value::Text(text)) => convert::timestamp(text).map(Value::Time),
        (Function::Timestamp, Value::Int(seconds)) => {
            seconds.checked_mul(1_000_000).and_then(convert::time_in_range).map(Value::Time)
        }
        (Function::Date, Value::Text(text)) => convert::date(text).map(Value::Time),
        (Function::Age, Value::Time(micros)) => at
            .and_then(|at| at.checked_sub(*micros))
            .and_then(convert::duration_in_range)
            .map(Value::Duration),
        (Function::Normalize, Value::Text(text)) => Some(Value::Text(Cow::Owned(normalize_text(text)))),
        (Function::LowerAscii, Value::Text(text)) => Some(Value::Text(Cow::Owned(text.to_ascii_lowercase()))),
        (Function::UpperAscii, Value::Text(text)) => Some(Value::Text(Cow::Owned(text.to_ascii_uppercase()))),
        (Function::Trim, Value::Text(text)) => Some(match text {
            Cow::Borrowed(text) => Value::text(text.trim()),
            Cow::Owned(text) => Value::Text(Cow::Owned(text.trim().to_owned())),
        }),
        _ => None,
    };
    result.ok_or_else(|| {
        let message = match function {
            Function::Duration => "not a duration, such as `30d` or `1h30m`, within its range",
            Function::Timestamp => "not a timestamp, such as `2026-05-01T09:00:00+09:00`, within its range",
            Function::Date => "not a date, such as `2026-05-01`",
            Function::Int | Function::Double | Function::Bool | Function::String => {
                "a value that cannot be converted: of another form, or out of range"
            }
            _ => "no such overload: the function does not take a value of this type",
        };
        Failure::new(message, extent)
    })
}

pub(super) fn overflow(extent: Extent) -> Failure {
    Failure::new("overflow: the result is beyond the range", extent)
}
