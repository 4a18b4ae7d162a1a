//! What stands for itself: the keys of a mapping, and the word or the one key that chooses among several.

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};

use super::super::failure::Failure;
use super::super::node::{Key, Kind, Node, Number};
use super::{NodeDe, Path};

/// A key: a text, or the number that it spells where a number is asked for.
#[derive(Clone, Copy)]
pub(super) struct KeyDe<'de, 'p> {
    pub(super) key: &'de Key,
    pub(super) value: &'de Node,
    pub(super) path: &'p Path<'p>,
}

impl KeyDe<'_, '_> {
    pub(super) fn locate(self, failure: Failure) -> Failure {
        failure.at_key(self.key, self.value, self.path)
    }

    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match Number::read(&self.key.text) {
            Some(Number::Int(number)) => visitor.visit_i64(number),
            Some(Number::Big(number)) => visitor.visit_u64(number),
            Some(Number::Float(number)) => visitor.visit_f64(number),
            None => visitor.visit_str(&self.key.text),
        }
        .map_err(|failure| self.locate(failure))
    }
}

impl<'de> Deserializer<'de> for KeyDe<'de, '_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_str(&self.key.text).map_err(|failure| self.locate(failure))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let name: StrDeserializer<'_, Failure> = (*self.key.text).into_deserializer();
        visitor.visit_enum(name).map_err(|failure| self.locate(failure))
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    serde::forward_to_deserialize_any! {
        bool i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct
        identifier ignored_any
    }
}

/// One of several: a word, or a mapping of one key.
#[derive(Clone, Copy)]
pub(super) struct Choice<'de, 'p> {
    pub(super) name: &'de str,
    pub(super) key: Option<&'de Key>,
    pub(super) value: Option<&'de Node>,
    pub(super) of: NodeDe<'de, 'p>,
}

impl<'de> Choice<'de, '_> {
    /// Runs with the deserializer of what the choice carries.
    fn carried<T>(self, run: impl FnOnce(NodeDe<'de, '_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let Some(node) = self.value else {
            return Err(self.of.locate(Failure::needs_value(self.name)));
        };
        let path = Path::Key(self.of.path, self.name);
        let value = NodeDe { node, key: self.key, path: &path, view: self.of.view };
        run(value).map_err(|failure| value.locate(failure))
    }
}

impl<'de, 'p> de::EnumAccess<'de> for Choice<'de, 'p> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Failure> {
        let name: StrDeserializer<'_, Failure> = self.name.into_deserializer();
        let variant = seed.deserialize(name).map_err(|failure| match (self.key, self.value) {
            (Some(key), Some(value)) => failure.at_key(key, value, &Path::Key(self.of.path, &key.text)),
            _ => self.of.locate(failure),
        })?;
        Ok((variant, self))
    }
}

impl<'de> de::VariantAccess<'de> for Choice<'de, '_> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        match self.value {
            None | Some(Node { kind: Kind::Null, .. }) => Ok(()),
            Some(_) => self.carried(|value| Err(value.locate(Failure::takes_nothing(self.name)))),
        }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Failure> {
        self.carried(|value| seed.deserialize(value))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Failure> {
        self.carried(|value| value.deserialize_any(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.carried(|value| value.deserialize_struct("", fields, visitor))
    }
}
