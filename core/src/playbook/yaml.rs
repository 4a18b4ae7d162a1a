//! YAML 1.2 text to the tree, through the events of `saphyr-parser`.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::json::{Problem, limit};
use super::node::{Key, Kind, MAX_DEPTH, MAX_NODES, Node, Number, Place};
use crate::base::{Code, Diagnostic};

/// Aliases in one text: enough for any playbook.
const MAX_ALIASES: usize = 1_000;

/// Reads one YAML document; `offset` is added to every place.
pub(crate) fn parse(text: &str, file: usize, offset: usize) -> Result<Node, Problem> {
    let mut builder = Builder {
        bytes: Bytes::new(text),
        text,
        file,
        offset,
        stack: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        nodes: 0,
        aliases: 0,
    };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = builder.offset + builder.bytes.of(error.marker().index());
            (syntax(error.info()), Place { file, start: at, end: at })
        })?;
        builder.event(event, span)?;
    }
    let empty = Place { file, start: offset, end: offset };
    Ok(builder.root.unwrap_or(Node { kind: Kind::Null, place: empty }))
}

/// Builds the tree with a stack of its own, so that depth costs no native stack.
struct Builder<'a> {
    text: &'a str,
    file: usize,
    offset: usize,
    bytes: Bytes,
    stack: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Anchored>,
    nodes: usize,
    aliases: usize,
}

/// A list or a mapping that is being read.
struct Open {
    kind: Kind,
    key: Option<Key>,
    start: Place,
    anchor: usize,
    nodes_before: usize,
    height: usize,
}

/// What an anchor stands for, and its size.
struct Anchored {
    node: Node,
    nodes: usize,
    height: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Problem> {
        let place = self.place(span);
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                let message = "a second document in one text";
                Err((
                    Diagnostic::error(Code::Syntax, message)
                        .with_help("keep one document per text, and name others under `extends`"),
                    place,
                ))
            }
            Event::Scalar(text, style, anchor, tag) => {
                no_tag(tag.is_some(), place)?;
                let kind =
                    if style == ScalarStyle::Plain { resolve(&text) } else { Kind::Text((*text).into()) };
                self.count(1, 0, place)?;
                let place = if anchor == 0 { place } else { self.without_anchor(place) };
                self.close(Node { kind, place }, anchor, 1, 0, style == ScalarStyle::Plain)
            }
            Event::SequenceStart(anchor, tag) => {
                no_tag(tag.is_some(), place)?;
                self.open(Kind::List(Vec::new()), anchor, place)
            }
            Event::MappingStart(anchor, tag) => {
                no_tag(tag.is_some(), place)?;
                self.open(Kind::Mapping(Vec::new()), anchor, place)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.stack.pop() else { return Ok(()) };
                let end = self.last_end(&open, place);
                let node = Node { kind: open.kind, place: Place { end, ..open.start } };
                let nodes = self.nodes - open.nodes_before;
                self.close(node, open.anchor, nodes, open.height, false)
            }
            Event::Alias(anchor) => {
                self.aliases += 1;
                if self.aliases > MAX_ALIASES {
                    let message = format!("more than {MAX_ALIASES} aliases");
                    return Err((Diagnostic::error(Code::DocumentLimit, message), place));
                }
                let Some(anchored) = self.anchors.get(&anchor) else {
                    let message = "an alias inside the value that it stands for";
                    return Err((Diagnostic::error(Code::Syntax, message), place));
                };
                let (nodes, height) = (anchored.nodes, anchored.height);
                // Checked before anything is copied: the copies of copies would double with every line.
                self.count(nodes, height, place)?;
                let Some(node) = self.anchors.get(&anchor).map(|anchored| anchored.node.clone()) else {
                    return Ok(());
                };
                self.close(node, 0, nodes, height, false)
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, kind: Kind, anchor: usize, start: Place) -> Result<(), Problem> {
        let nodes_before = self.nodes;
        self.count(1, 0, start)?;
        self.stack.push(Open { kind, key: None, start, anchor, nodes_before, height: 0 });
        Ok(())
    }

    fn count(&mut self, nodes: usize, height: usize, place: Place) -> Result<(), Problem> {
        self.nodes += nodes;
        let deep = self.stack.len() + height > MAX_DEPTH;
        if deep || self.nodes > MAX_NODES { Err((limit(deep), place)) } else { Ok(()) }
    }

    /// A node is complete: it becomes a key, a value, an item or the root.
    fn close(
        &mut self,
        node: Node,
        anchor: usize,
        nodes: usize,
        height: usize,
        plain: bool,
    ) -> Result<(), Problem> {
        if anchor != 0 {
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes, height });
        }
        let Some(open) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.height = open.height.max(height + 1);
        match &mut open.kind {
            Kind::List(items) => items.push(node),
            Kind::Mapping(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => open.key = Some(key(node, plain)?),
            },
            _ => {}
        }
        Ok(())
    }

    /// Blocks end where their last entry ends: the parser itself reports the start of what follows.
    fn last_end(&self, open: &Open, end: Place) -> usize {
        let last = match &open.kind {
            Kind::List(items) => items.last(),
            Kind::Mapping(entries) => entries.last().map(|(_, value)| value),
            _ => None,
        };
        let opening = self.text.get(open.start.start - self.offset..open.start.end - self.offset);
        let flow = opening.is_some_and(|opening| opening.trim_end().ends_with(['{', '[']));
        match last {
            _ if flow => end.end,
            Some(last) if last.place.file == self.file => last.place.end.max(open.start.start),
            _ => open.start.end,
        }
    }

    /// The parser counts the anchor as part of the scalar.
    fn without_anchor(&self, place: Place) -> Place {
        let source = self.text.get(place.start - self.offset..place.end - self.offset).unwrap_or("");
        let value = match source.split_once(char::is_whitespace) {
            Some((anchor, value)) if anchor.starts_with('&') => value.trim_start(),
            _ => source,
        };
        Place { start: place.end - value.len(), ..place }
    }

    fn place(&self, span: Span) -> Place {
        let start = self.offset + self.bytes.of(span.start.index());
        let end = self.offset + self.bytes.of(span.end.index());
        Place { file: self.file, start, end: end.max(start) }
    }
}

/// The parser's message in the manner of the house, with a remedy where the usual cause is known.
fn syntax(info: &str) -> Diagnostic {
    let message = info.trim_end_matches('.').to_lowercase().replace('\'', "`");
    let (message, help) = match message.as_str() {
        "simple key expected" | "simple key expect `:`" | "could not find expected `:`" => {
            ("expected `:` after a key".to_owned(), Some("write `key: value`, with a space after the colon"))
        }
        "mapping values are not allowed in this context" => {
            let help = "indent keys of one mapping alike, and put a text that holds `: ` in quotes";
            ("a `:` where no key can stand".to_owned(), Some(help))
        }
        _ if message.starts_with("tabs disallowed") => {
            ("a tab in the indentation".to_owned(), Some("indent with spaces"))
        }
        _ => (message, None),
    };
    let mut diagnostic = Diagnostic::error(Code::Syntax, message);
    diagnostic.help = help.map(str::to_owned);
    diagnostic
}

fn no_tag(tagged: bool, place: Place) -> Result<(), Problem> {
    if tagged {
        let diagnostic = Diagnostic::error(Code::Syntax, "tags are not part of a playbook")
            .with_help("remove the tag; put a value in quotes to make it a text");
        return Err((diagnostic, place));
    }
    Ok(())
}

fn key(node: Node, plain: bool) -> Result<Key, Problem> {
    let place = node.place;
    let source = match node.kind {
        Kind::Text(text) if plain && *text == *"<<" => {
            let diagnostic = Diagnostic::error(Code::Syntax, "merge keys are not part of YAML 1.2")
                .with_help("write the keys out, or use an alias for the whole value");
            return Err((diagnostic, place));
        }
        Kind::Text(text) | Kind::Number(text) => text,
        Kind::Bool(value) => if value { "true" } else { "false" }.into(),
        Kind::Null | Kind::List(_) | Kind::Mapping(_) => {
            let message = format!("expected a text as key, found {}", node.describe());
            return Err((Diagnostic::error(Code::WrongKind, message), place));
        }
    };
    Ok(Key { text: source, place })
}

/// What a scalar without quotes stands for in YAML's core schema.
fn resolve(text: &str) -> Kind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ if is_number(text) && Number::read(text).is_some() => Kind::Number(text.into()),
        _ => Kind::Text(text.into()),
    }
}

fn is_number(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    }
    // What is left after these letters are excluded, Rust and the core schema read alike.
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
}

/// From characters, which the parser counts, to bytes: every 64th character is marked.
struct Bytes {
    marks: Vec<usize>,
    text: Box<str>,
}

impl Bytes {
    fn new(text: &str) -> Self {
        let marks = text.char_indices().step_by(64).map(|(byte, _)| byte).collect();
        Self { marks, text: text.into() }
    }

    fn of(&self, index: usize) -> usize {
        let Some(mark) = self.marks.get(index / 64) else { return self.text.len() };
        let rest = self.text.get(*mark..).unwrap_or("");
        rest.char_indices().nth(index % 64).map_or(self.text.len(), |(byte, _)| mark + byte)
    }
}
