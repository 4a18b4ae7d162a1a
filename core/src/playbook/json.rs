//! JSON text to the tree. Slices of the source (`RawValue`) give the places that `serde_json` does not tell.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::node::{Key, Kind, MAX_DEPTH, MAX_NODES, Node, Place};
use crate::base::{Code, Diagnostic};

/// A problem with the text, and where.
pub(crate) type Problem = (Diagnostic, Place);

/// Reads one JSON document; `offset` is added to every place.
pub(crate) fn parse(text: &str, file: usize, offset: usize) -> Result<Node, Problem> {
    let mut reader = Reader { text, file, offset, nodes: 0 };
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
        let at = byte_of(text, error.line(), error.column());
        let place = Place { file, start: offset + at, end: offset + at };
        (Diagnostic::error(Code::Syntax, plain(&error.to_string())), place)
    })?;
    reader.node(raw, 0)
}

struct Reader<'a> {
    text: &'a str,
    file: usize,
    offset: usize,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn node(&mut self, raw: &'a RawValue, depth: usize) -> Result<Node, Problem> {
        let source = raw.get();
        let place = self.place(source);
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err((limit(depth > MAX_DEPTH), place));
        }
        // The document was read once as a whole, so no part of it can fail now, except numbers and surrogates.
        let bad =
            |error: serde_json::Error| (Diagnostic::error(Code::Syntax, plain(&error.to_string())), place);
        let kind = match source.as_bytes().first() {
            Some(b'{') => {
                let Entries(raws) = serde_json::from_str(source).map_err(bad)?;
                let mut entries = Vec::with_capacity(raws.len());
                for (key, value) in raws {
                    let place = self.place(key.get());
                    let text: String = serde_json::from_str(key.get()).map_err(bad)?;
                    entries.push((Key { text: text.into(), place }, self.node(value, depth + 1)?));
                }
                Kind::Mapping(entries)
            }
            Some(b'[') => {
                let raws: Vec<&RawValue> = serde_json::from_str(source).map_err(bad)?;
                let items: Result<_, _> = raws.into_iter().map(|item| self.node(item, depth + 1)).collect();
                Kind::List(items?)
            }
            Some(b'"') => Kind::Text(serde_json::from_str::<String>(source).map_err(bad)?.into()),
            Some(b't') => Kind::Bool(true),
            Some(b'f') => Kind::Bool(false),
            Some(b'n') => Kind::Null,
            _ => Kind::Number(source.into()),
        };
        Ok(Node { kind, place })
    }

    fn place(&self, part: &str) -> Place {
        // A raw value is a slice of the text, so the distance between their first bytes is its place.
        let start = self.offset + part.as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        Place { file: self.file, start, end: start + part.len() }
    }
}

/// The diagnostic for a text beyond the limits.
pub(crate) fn limit(depth: bool) -> Diagnostic {
    if depth {
        Diagnostic::error(Code::DocumentLimit, format!("more than {MAX_DEPTH} levels deep"))
            .with_help("flatten the document")
    } else {
        Diagnostic::error(Code::DocumentLimit, format!("more than {MAX_NODES} values"))
            .with_help("split the playbook, or name fewer values in it")
    }
}

/// All entries of an object in order, duplicates included.
struct Entries<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Entries<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<'de>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

/// The message of `serde_json` without its place.
fn plain(message: &str) -> String {
    message.split(" at line ").next().unwrap_or(message).to_lowercase()
}

/// The byte that a line and a column in bytes, both from 1, stand for.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::super::node::canonical_json;
    use super::super::source::{Source, Tree};

    fn read(text: &str) -> (Option<String>, Vec<String>) {
        let (tree, problems) = Tree::parse(&Source { text, ..Source::default() });
        let json = tree.map(|tree| canonical_json(&tree.root));
        (json, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn json_is_read_with_places_in_every_build() {
        let text = "\u{feff}{\r\n\t\"会社\": [1e2, -0.50, \"\\ud83d\\ude00\\/\"],\r\n\t\"a\": {\"b\": null}, \"a\": 1}";
        let (json, problems) = read(text);
        assert_eq!(json.as_deref(), Some("{\"会社\":[100,-0.5,\"😀/\"],\"a\":{\"b\":null}}"));
        let duplicate = "line 3, column 20: duplicate key `a` (IK0103); remove one of them, or rename it";
        assert_eq!(problems, [duplicate]);
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        assert_eq!(read(&nested(64)).1, [""; 0]);
        assert!(read(&nested(65)).1[0].contains("IK0107"));
        assert!(!read(&nested(100_000)).1.is_empty());
    }

    #[cfg(not(feature = "yaml"))]
    #[test]
    fn broken_texts_are_refused_with_a_place() {
        assert_eq!(read("{\"会\": 1\n\"社\": 2}").1, ["line 2, column 1: expected `,` or `}` (IK0101)"]);
        assert_eq!(read("a: 1").1, ["line 1, column 1: expected value (IK0101); this build reads JSON only"]);
        assert_eq!(read("{\"a\": 1} 2").1, ["line 1, column 10: trailing characters (IK0101)"]);
        assert!(read("{\"a\": \"\\ud800\"}").1[0].contains("IK0101"));
    }
}
