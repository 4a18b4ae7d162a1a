//! A stand-in for a required value that is absent, so that decoding goes on to the next absent one.

use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{Deserializer, IntoDeserializer, Visitor};

use super::failure::Failure;

/// Gives every type its emptiest value. What takes none of these fails, and is not reported.
pub(super) struct Fill;

macro_rules! fill {
    ($($name:ident => $visit:ident($($value:expr)?),)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            visitor.$visit($($value)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for Fill {
    type Error = Failure;

    fill! {
        deserialize_any => visit_i64(0),
        deserialize_bool => visit_bool(false),
        deserialize_str => visit_str(""),
        deserialize_string => visit_str(""),
        deserialize_f64 => visit_f64(0.0),
        deserialize_unit => visit_unit(),
        deserialize_ignored_any => visit_unit(),
        deserialize_seq => visit_seq(SeqDeserializer::new(std::iter::empty::<u8>())),
        deserialize_map => visit_map(MapDeserializer::new(std::iter::empty::<(u8, u8)>())),
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.deserialize_map(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let first: StrDeserializer<'_, Failure> = variants.first().copied().unwrap_or("").into_deserializer();
        visitor.visit_enum(first)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 char bytes byte_buf unit_struct tuple tuple_struct identifier
    }
}
