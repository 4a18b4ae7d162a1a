//! The document as a tree: what was written, and where.

use std::fmt::Write as _;

use crate::base::hash::hex_digest;

/// A value of the document with its place in the text.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) place: Place,
}

/// What a node is. Numbers keep the text they were written in.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Number(Box<str>),
    Text(Box<str>),
    List(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
}

/// A key of a mapping with its place.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) text: Box<str>,
    pub(crate) place: Place,
}

/// A stretch of one of the texts, in bytes. Lines and columns are counted only when somebody asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Place {
    pub(crate) file: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The limits on one text: far beyond any playbook, far below what hurts.
pub(crate) const MAX_BYTES: usize = 4 << 20;
pub(crate) const MAX_NODES: usize = 500_000;
pub(crate) const MAX_DEPTH: usize = 64;

impl Node {
    /// The value under a key, if this is a mapping that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|(_, value)| value)
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&(Key, Node)> {
        self.entries().iter().find(|(name, _)| *name.text == *key)
    }

    /// The entries of a mapping; none of anything else.
    pub(crate) fn entries(&self) -> &[(Key, Node)] {
        match &self.kind {
            Kind::Mapping(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Removes an entry of a mapping and hands it over.
    pub(crate) fn take(&mut self, key: &str) -> Option<(Key, Node)> {
        let Kind::Mapping(entries) = &mut self.kind else { return None };
        let index = entries.iter().position(|(name, _)| *name.text == *key)?;
        Some(entries.remove(index))
    }

    /// The child that a step of a pointer leads to, with its key in a mapping and its number among its siblings.
    pub(crate) fn child(&self, step: &str) -> Option<(usize, Option<&Key>, &Node)> {
        match &self.kind {
            Kind::Mapping(entries) => {
                let index = entries.iter().position(|(name, _)| *name.text == *step)?;
                entries.get(index).map(|(name, value)| (index, Some(name), value))
            }
            Kind::List(items) => {
                let index = step.parse().ok()?;
                items.get(index).map(|item| (index, None, item))
            }
            _ => None,
        }
    }

    /// What it is, for messages: `a list`, `the text `abc``.
    pub(crate) fn describe(&self) -> String {
        match &self.kind {
            Kind::Null => "nothing".to_owned(),
            Kind::Bool(value) => format!("`{value}`"),
            Kind::Number(text) => format!("the number `{text}`"),
            Kind::Text(text) => format!("the text `{}`", clip(text)),
            Kind::List(_) => "a list".to_owned(),
            Kind::Mapping(_) => "a mapping".to_owned(),
        }
    }
}

/// The number that a text spells; `None` if it is not finite.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Big(u64),
    Float(f64),
}

impl Number {
    /// Reads the numbers of JSON and of YAML's core schema. A whole number is the same however it was written.
    pub(crate) fn read(text: &str) -> Option<Number> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let radix = |prefix: &str, radix| {
            digits.strip_prefix(prefix).map(|digits| u64::from_str_radix(digits, radix).ok())
        };
        if let Some(number) = radix("0x", 16).or_else(|| radix("0o", 8)) {
            return number.map(|number| i64::try_from(number).map_or(Number::Big(number), Number::Int));
        }
        if let Ok(number) = digits.parse() {
            return Some(Number::Int(number));
        }
        if let Ok(number) = digits.parse() {
            return Some(Number::Big(number));
        }
        let float: f64 = digits.parse().ok()?;
        if float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0 {
            #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
            return Some(Number::Int(float as i64));
        }
        float.is_finite().then_some(Number::Float(float))
    }
}

/// The document as JSON without layout, comments or styles: keys in the order of the document, because the
/// order of mappings is meaning in places (the first scorecard is the main one), numbers in their shortest form.
/// Whole numbers among keys come first, rising, as in every object of JavaScript: they are values looked up, in any
/// order.
pub(crate) fn canonical_json(node: &Node) -> String {
    let mut out = String::new();
    write_json(node, &mut out);
    out
}

/// `sha256:` and the digest of the canonical JSON: the same for every spelling of one playbook.
pub(crate) fn fingerprint(node: &Node) -> String {
    format!("sha256:{}", hex_digest(canonical_json(node).as_bytes()))
}

fn write_json(node: &Node, out: &mut String) {
    match &node.kind {
        Kind::Null => out.push_str("null"),
        Kind::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Kind::Number(text) => {
            // Writing to a string cannot fail.
            let _ = match Number::read(text) {
                Some(Number::Int(number)) => write!(out, "{number}"),
                Some(Number::Big(number)) => write!(out, "{number}"),
                Some(Number::Float(number)) => write!(out, "{number:?}"),
                None => out.write_str(text),
            };
        }
        Kind::Text(text) => write_text(text, out),
        Kind::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Kind::Mapping(entries) => {
            out.push('{');
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| whole_number(&key.text).map_or((1, 0), |number| (0, number)));
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write_text(&key.text, out);
                out.push(':');
                write_json(value, out);
            }
            out.push('}');
        }
    }
}

/// The number that a key is, if JavaScript takes it for an index.
fn whole_number(key: &str) -> Option<u32> {
    key.parse().ok().filter(|number: &u32| *number < u32::MAX && number.to_string() == key)
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Appends one step to a JSON Pointer.
pub(crate) fn push_step(path: &mut String, step: &str) {
    path.push('/');
    for c in step.chars() {
        match c {
            '~' => path.push_str("~0"),
            '/' => path.push_str("~1"),
            c => path.push(c),
        }
    }
}

/// The steps of a JSON Pointer.
pub(crate) fn steps(path: &str) -> impl Iterator<Item = String> {
    path.split('/').skip(1).map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// At most forty characters, so that a message stays a line.
pub(crate) fn clip(text: &str) -> String {
    let line = text.lines().next().unwrap_or("");
    match line.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or(line)),
        None if line.len() < text.trim_end().len() => format!("{line}…"),
        None => line.to_owned(),
    }
}
