//! From the tree to typed structs, with every problem collected.
//!
//! `serde` stops at its first error. So each error says where it arose, the value at fault is taken out of
//! sight, and the rest is decoded again, until nothing new comes up.

macro_rules! numbers {
    ($($name:ident)*) => {$(
        fn $name<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.number(visitor)
        }
    )*};
}

mod key;

use std::collections::HashSet;

use serde::de::value::StrDeserializer;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor,
};

use key::{Choice, KeyDe};

use super::failure::Failure;
use super::fill::Fill;
use super::json::Problem;
use super::node::{Key, Kind, Node, Number, push_step};
use crate::base::Code;

/// Past these, a document is not nearly right: the rest would only bury what matters.
const MAX_PROBLEMS: usize = 100;
const MAX_ATTEMPTS: usize = 1_000;

/// What became of a tree.
pub(super) struct Decoded<T> {
    /// The typed form: of the whole tree or, with problems, of what is left without the values at fault;
    /// nothing if too little is left.
    pub(super) value: Option<T>,
    /// What is wrong, in the order found.
    pub(super) problems: Vec<Problem>,
    /// Paths of the list items that the typed form lacks.
    pub(super) left_out: Vec<String>,
}

/// Reads the typed form.
pub(super) fn decode<T: DeserializeOwned>(root: &Node) -> Decoded<T> {
    let mut value = None;
    let mut view = View::default();
    let (complete, problems) = collect(root, &mut view, &mut |view| {
        value = None;
        value = Some(T::deserialize(NodeDe { node: root, key: None, path: &Path::Root, view })?);
        Ok(())
    });
    let mut left_out = Vec::new();
    if !view.hidden.is_empty() {
        hidden_items(root, &mut String::new(), &view, &mut left_out);
    }
    Decoded { value: value.filter(|_| complete), problems, left_out }
}

fn hidden_items(node: &Node, path: &mut String, view: &View, found: &mut Vec<String>) {
    let length = path.len();
    for (index, item) in node.items().iter().enumerate() {
        push_step(path, &index.to_string());
        if view.hidden.contains(&std::ptr::from_ref(item)) {
            found.push(path.clone());
        }
        hidden_items(item, path, view, found);
        path.truncate(length);
    }
    for (key, value) in node.entries() {
        push_step(path, &key.text);
        hidden_items(value, path, view, found);
        path.truncate(length);
    }
}

/// What the next attempt sees of the tree.
#[derive(Default)]
pub(super) struct View {
    /// Values at fault.
    hidden: HashSet<*const Node>,
    /// Required keys that are absent and stood in for, so that the next absent key comes up.
    filled: Vec<(*const Node, &'static str)>,
}

/// Attempts until one succeeds; false if none can.
fn collect(
    root: &Node,
    view: &mut View,
    attempt: &mut dyn FnMut(&View) -> Result<(), Failure>,
) -> (bool, Vec<Problem>) {
    let mut problems: Vec<Problem> = Vec::new();
    for _ in 0..MAX_ATTEMPTS {
        let Err(failure) = attempt(view) else {
            if view.filled.is_empty() {
                return (true, problems);
            }
            // Everything is known now; what was completed with stand-ins must not be taken for real.
            let filled = std::mem::take(&mut view.filled);
            view.hidden.extend(filled.into_iter().map(|(node, _)| node));
            if view.hidden.contains(&std::ptr::from_ref(root)) {
                break;
            }
            continue;
        };
        let failure = failure.at(root, None, &Path::Root);
        let (diagnostic, place, origin) = failure.into_parts();
        let Some(node) = origin.node else { break };
        if let Some(field) = origin.missing {
            let path = diagnostic.path.as_deref().unwrap_or("");
            let known = origin.has_key || suggested(&problems, path, field);
            if view.filled.contains(&(node, field)) {
                break;
            }
            view.filled.push((node, field));
            if known {
                continue;
            }
        } else {
            if !view.hidden.insert(node) || node == std::ptr::from_ref(root) {
                if !origin.secondary {
                    problems.push((diagnostic, place));
                }
                break;
            }
            // A value that lost a part for a known reason is not to blame for what it lacks.
            view.filled.retain(|(filled, _)| *filled != node);
            if origin.secondary {
                continue;
            }
        }
        problems.push((diagnostic, place));
        if problems.len() >= MAX_PROBLEMS {
            break;
        }
    }
    (false, problems)
}

/// True if an unknown key of this mapping was found to be the absent one misspelt.
fn suggested(problems: &[Problem], mapping: &str, field: &str) -> bool {
    problems.iter().any(|(problem, _)| {
        problem.code == Code::UnknownKey
            && problem.suggestion.as_ref().is_some_and(|suggestion| suggestion.replace_with == field)
            && problem
                .path
                .as_deref()
                .and_then(|path| path.rsplit_once('/'))
                .is_some_and(|(up, _)| up == mapping)
    })
}

/// Where a deserializer is, as a list on the stack: made into text only for an error.
pub(super) enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl Path<'_> {
    pub(super) fn pointer(&self) -> String {
        match self {
            Path::Root => String::new(),
            Path::Key(up, key) => {
                let mut path = up.pointer();
                push_step(&mut path, key);
                path
            }
            Path::Item(up, index) => format!("{}/{index}", up.pointer()),
        }
    }
}

/// A node, to be read into whatever the type asks for.
#[derive(Clone, Copy)]
struct NodeDe<'de, 'p> {
    node: &'de Node,
    key: Option<&'de Key>,
    path: &'p Path<'p>,
    view: &'p View,
}

impl<'de, 'p> NodeDe<'de, 'p> {
    fn locate(self, failure: Failure) -> Failure {
        let mut failure = failure.at(self.node, self.key, self.path);
        if failure.is_at(self.node) && self.lost_a_part() {
            failure.secondary();
        }
        failure
    }

    fn lost_a_part(self) -> bool {
        let hidden = |node: &Node| self.view.hidden.contains(&std::ptr::from_ref(node));
        !self.view.hidden.is_empty()
            && (self.node.items().iter().any(hidden)
                || self.node.entries().iter().any(|(_, value)| hidden(value)))
    }

    fn wrong(self, expected: &str) -> Failure {
        self.locate(Failure::wrong_kind(expected, &self.node.describe()))
    }

    fn visit_list<V: Visitor<'de>>(self, items: &'de [Node], visitor: V) -> Result<V::Value, Failure> {
        let mut access = Items { items: items.iter().enumerate(), of: self };
        let value = visitor.visit_seq(&mut access)?;
        access.used_up(items.len())?;
        Ok(value)
    }

    fn visit_mapping<V: Visitor<'de>>(
        self,
        entries: &'de [(Key, Node)],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let filled = self.filled();
        visitor.visit_map(Entries { entries: entries.iter(), filled, value: Next::None, of: self })
    }

    fn filled(self) -> Vec<&'static str> {
        let filled = self.view.filled.iter().filter(|(node, _)| *node == std::ptr::from_ref(self.node));
        filled.map(|(_, field)| *field).collect()
    }

    fn told(self, failure: Failure) -> Failure {
        self.locate(failure.found(self.node))
    }

    /// What `serde` says where a visitor does not take a kind of value at all.
    fn unexpected(self, expected: &dyn Expected) -> Failure {
        let found = match &self.node.kind {
            Kind::Null => Unexpected::Unit,
            Kind::Bool(value) => Unexpected::Bool(*value),
            Kind::Number(text) => match Number::read(text) {
                Some(Number::Int(number)) => Unexpected::Signed(number),
                Some(Number::Big(number)) => Unexpected::Unsigned(number),
                Some(Number::Float(number)) => Unexpected::Float(number),
                None => return self.told(Failure::bad_number(text)),
            },
            Kind::Text(text) => Unexpected::Str(text),
            Kind::List(_) => Unexpected::Seq,
            Kind::Mapping(_) => Unexpected::Map,
        };
        self.told(de::Error::invalid_type(found, expected))
    }

    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        let Kind::Number(text) = &self.node.kind else { return Err(self.unexpected(&visitor)) };
        match Number::read(text) {
            Some(Number::Int(number)) => visitor.visit_i64(number),
            Some(Number::Big(number)) => visitor.visit_u64(number),
            Some(Number::Float(number)) => visitor.visit_f64(number),
            None => Err(Failure::bad_number(text)),
        }
        .map_err(|failure| self.told(failure))
    }

    fn any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.kind {
            Kind::Null => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Number(_) => self.number(visitor),
            Kind::Text(text) => visitor.visit_str(text),
            Kind::List(items) => self.visit_list(items, visitor),
            Kind::Mapping(entries) => self.visit_mapping(entries, visitor),
        }
    }
}

impl<'de> Deserializer<'de> for NodeDe<'de, '_> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.any(visitor).map_err(|failure| self.told(failure))
    }

    // Where a type says what it takes, no code is made for the other kinds: in hundreds of types it would be half of
    // a browser's build.
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.kind {
            Kind::Bool(value) => visitor.visit_bool(*value).map_err(|failure| self.told(failure)),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.kind {
            Kind::Text(text) => visitor.visit_str(text).map_err(|failure| self.told(failure)),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.kind {
            Kind::List(items) => self.visit_list(items, visitor).map_err(|failure| self.told(failure)),
            _ => Err(self.unexpected(&visitor)),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.kind {
            Kind::Mapping(entries) => {
                self.visit_mapping(entries, visitor).map_err(|failure| self.told(failure))
            }
            _ => Err(self.unexpected(&visitor)),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.node.kind {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
        .map_err(|failure| self.locate(failure))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self).map_err(|failure| self.locate(failure))
    }

    // Only a mapping makes a struct: derived visitors would take a list for its fields in order.
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        match &self.node.kind {
            Kind::Mapping(_) => self.deserialize_map(visitor),
            _ => Err(self.wrong("a mapping")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        let access = match &self.node.kind {
            Kind::Text(text) => Choice { name: text, key: None, value: None, of: self },
            Kind::Mapping(entries) => match entries.as_slice() {
                [(key, value)] if !self.view.hidden.contains(&std::ptr::from_ref(value)) => {
                    Choice { name: &key.text, key: Some(key), value: Some(value), of: self }
                }
                _ => return Err(self.locate(Failure::one_key(entries.len(), variants))),
            },
            _ => {
                let failure = Failure::wrong_kind(&one_of(variants), &self.node.describe());
                return Err(self.locate(failure));
            }
        };
        visitor.visit_enum(access).map_err(|failure| self.locate(failure))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple_struct identifier
    }
}

/// ``one of `a`, `b` or `c` ``, at most twelve.
pub(super) fn one_of(choices: &[&str]) -> String {
    const SHOWN: usize = 12;
    let mut list = String::new();
    for (index, choice) in choices.iter().take(SHOWN).enumerate() {
        list.push_str(match index {
            0 => "",
            _ if index + 1 == choices.len() => " or ",
            _ => ", ",
        });
        list.push('`');
        list.push_str(choice);
        list.push('`');
    }
    match choices.len() {
        0 | 1 => list,
        SHOWN.. if choices.len() > SHOWN => format!("one of {list} and others"),
        _ => format!("one of {list}"),
    }
}

struct Items<'de, 'p> {
    items: std::iter::Enumerate<std::slice::Iter<'de, Node>>,
    of: NodeDe<'de, 'p>,
}

impl Items<'_, '_> {
    /// Visitors of tuples take what they need and leave the rest.
    fn used_up(self, found: usize) -> Result<(), Failure> {
        let hidden = &self.of.view.hidden;
        match self.items.filter(|(_, item)| !hidden.contains(&std::ptr::from_ref(*item))).count() {
            0 => Ok(()),
            rest => Err(Failure::too_many(found - rest, found)),
        }
    }
}

impl<'de> de::SeqAccess<'de> for Items<'de, '_> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Failure> {
        let view = self.of.view;
        let Some((index, node)) =
            self.items.find(|(_, item)| !view.hidden.contains(&std::ptr::from_ref(*item)))
        else {
            return Ok(None);
        };
        let item = NodeDe { node, key: None, path: &Path::Item(self.of.path, index), view };
        seed.deserialize(item).map(Some).map_err(|failure| item.locate(failure))
    }
}

struct Entries<'de, 'p> {
    entries: std::slice::Iter<'de, (Key, Node)>,
    filled: Vec<&'static str>,
    value: Next<'de>,
    of: NodeDe<'de, 'p>,
}

enum Next<'de> {
    None,
    Value(&'de Key, &'de Node),
    Fill,
}

impl<'de> de::MapAccess<'de> for Entries<'de, '_> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Failure> {
        let view = self.of.view;
        if let Some((key, value)) =
            self.entries.find(|(_, value)| !view.hidden.contains(&std::ptr::from_ref(value)))
        {
            self.value = Next::Value(key, value);
            let de = KeyDe { key, value, path: &Path::Key(self.of.path, &key.text) };
            return seed.deserialize(de).map(Some).map_err(|failure| de.locate(failure));
        }
        let Some(field) = self.filled.pop() else { return Ok(None) };
        self.value = Next::Fill;
        let name: StrDeserializer<'_, Failure> = field.into_deserializer();
        seed.deserialize(name).map(Some)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        match std::mem::replace(&mut self.value, Next::None) {
            Next::Value(key, node) => {
                let path = Path::Key(self.of.path, &key.text);
                let value = NodeDe { node, key: Some(key), path: &path, view: self.of.view };
                seed.deserialize(value).map_err(|failure| value.locate(failure))
            }
            Next::Fill => seed.deserialize(Fill).map_err(|failure| {
                let mut failure = failure.at(self.of.node, self.of.key, self.of.path);
                failure.secondary();
                failure
            }),
            Next::None => Err(de::Error::custom("a value before its key")),
        }
    }
}
