//! Reads plain Python data without making text of it: `dict`, `list`, `tuple`, `str`, numbers, booleans and `None`
//! themselves. Whatever else there is, subclasses included, is refused here, and goes by text.

use std::fmt;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

/// Why something was refused; nobody reads it, for text says it better.
#[derive(Debug)]
pub(crate) struct Refused;

/// Reads a value from plain Python data.
pub(crate) fn read<T: serde::de::DeserializeOwned>(value: &Bound<'_, PyAny>) -> Option<T> {
    T::deserialize(Plain(value)).ok()
}

#[derive(Clone, Copy)]
struct Plain<'a, 'py>(&'a Bound<'py, PyAny>);

impl<'de> Deserializer<'de> for Plain<'_, '_> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        let Self(value) = self;
        if let Ok(text) = value.cast_exact::<PyString>() {
            visitor.visit_str(text.to_str()?)
        } else if value.is_none() {
            visitor.visit_unit()
        } else if let Ok(number) = value.cast_exact::<PyInt>() {
            visitor.visit_i64(number.extract()?)
        } else if let Ok(number) = value.cast_exact::<PyFloat>() {
            visitor.visit_f64(number.value())
        } else if let Ok(truth) = value.cast_exact::<PyBool>() {
            visitor.visit_bool(truth.is_true())
        } else if let Ok(entries) = value.cast_exact::<PyDict>() {
            visitor.visit_map(Entries { entries: entries.iter(), value: None })
        } else if let Ok(list) = value.cast_exact::<PyList>() {
            visitor.visit_seq(Items(list.iter()))
        } else if let Ok(tuple) = value.cast_exact::<PyTuple>() {
            visitor.visit_seq(Items(tuple.iter()))
        } else {
            Err(Refused)
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        if self.0.is_none() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let text = self.0.cast_exact::<PyString>().map_err(|_| Refused)?;
        let word: StrDeserializer<'_, Refused> = text.to_str()?.into_deserializer();
        visitor.visit_enum(word)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

struct Entries<'py, I> {
    entries: I,
    value: Option<Bound<'py, PyAny>>,
}

impl<'de, 'py, I: Iterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>> MapAccess<'de>
    for Entries<'py, I>
{
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Refused> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        self.value = Some(value);
        let key = key.cast_exact::<PyString>().map_err(|_| Refused)?;
        let key: StrDeserializer<'_, Refused> = key.to_str()?.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        let value = self.value.take().ok_or(Refused)?;
        seed.deserialize(Plain(&value))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.size_hint().0)
    }
}

struct Items<I>(I);

impl<'de, 'py, I: Iterator<Item = Bound<'py, PyAny>>> SeqAccess<'de> for Items<I> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Refused> {
        self.0.next().map(|item| seed.deserialize(Plain(&item))).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.size_hint().0)
    }
}

impl Error for Refused {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("refused")
    }
}

impl std::error::Error for Refused {}

impl From<PyErr> for Refused {
    fn from(_: PyErr) -> Self {
        Self
    }
}
