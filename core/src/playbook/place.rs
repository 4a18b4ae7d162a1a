//! From a JSON Pointer, or a stretch within a scalar, to the place in the text.

use super::node::{Key, Kind, Node, Place, steps};
use crate::base::{Code, Diagnostic, Span};

/// A text with its name.
#[derive(Debug, Clone)]
pub(crate) struct File {
    pub(crate) name: Option<String>,
    pub(crate) text: String,
}

/// Fills in the spans of a diagnostic that has paths only, or a span in bytes within a scalar (line 0).
pub(super) fn locate(root: &Node, files: &[File], diagnostic: &mut Diagnostic) {
    let at_key = matches!(diagnostic.code, Code::UnknownKey | Code::DuplicateKey);
    let open = |span: &Option<Span>| span.as_ref().is_none_or(|span| span.line == 0);
    let within = |span: &Option<Span>| span.as_ref().map(|span| (span.start, span.end));
    if let Some(path) = diagnostic.path.as_ref().filter(|_| open(&diagnostic.span)) {
        let within = within(&diagnostic.span);
        let place = find(root, path, at_key || within.is_none() && is_value_of_a_field(path), within, files);
        diagnostic.span = span(files, place, diagnostic.suggestion.is_some() && within.is_none());
    }
    for related in diagnostic.related.iter_mut().filter(|related| open(&related.span)) {
        let place = find(root, &related.path, at_key, within(&related.span), files);
        related.span = span(files, place, false);
    }
}

/// True for an entry of a `table` or of `bands`: its key is the value looked up, and what checks say of the entry is
/// said of the key.
fn is_value_of_a_field(path: &str) -> bool {
    let up = path.rsplit_once('/').map_or("", |(up, _)| up);
    up.ends_with("/points/table") || up.ends_with("/points/bands")
}

/// The span of a place; `bare` leaves out the quotes around it, so that it can be replaced by a word.
pub(super) fn span(files: &[File], place: Place, bare: bool) -> Option<Span> {
    let file = files.get(place.file)?;
    let mut start = place.start.min(file.text.len());
    let mut source = file.text.get(start..place.end).unwrap_or("");
    if bare && source.len() >= 2 && source.starts_with(['"', '\'']) && source.ends_with(['"', '\'']) {
        start += 1;
        source = source.get(1..source.len() - 1).unwrap_or("");
    }
    // A block of many lines is underlined in its first one.
    let end = start + source.lines().next().unwrap_or("").trim_end().len();
    let (line, column) = position(&file.text, start);
    Some(Span { file: file.name.clone(), start, end, line, column })
}

/// The place that a path leads to, or that of its nearest ancestor.
fn find(root: &Node, path: &str, at_key: bool, within: Option<(usize, usize)>, files: &[File]) -> Place {
    let mut node = root;
    let mut key: Option<&Key> = None;
    let mut whole = true;
    for step in steps(path) {
        let Some((_, name, child)) = node.child(&step) else {
            whole = false;
            break;
        };
        (node, key) = (child, name);
    }
    match (&node.kind, key) {
        (Kind::Mapping(_) | Kind::List(_) | Kind::Null, Some(key)) => key.place,
        (_, Some(key)) if at_key && whole => key.place,
        (Kind::Text(text), _) if whole => {
            within.and_then(|within| inside(text, within, node.place, files)).unwrap_or(node.place)
        }
        _ => node.place,
    }
}

/// The place of the bytes `start..end` of a text that was written at `place`: quotes, escapes, folded lines and
/// indentation are stepped over.
fn inside(text: &str, within: (usize, usize), place: Place, files: &[File]) -> Option<Place> {
    let source = files.get(place.file)?.text.get(place.start..place.end)?;
    // Without quotes first: a block may begin with a quote that is its own.
    let quote = source.chars().next().filter(|c| matches!(c, '"' | '\''));
    let quoted = || {
        // The last scalar of a flow mapping has the white space before the bracket with it.
        let source = source.trim_end();
        align(text, source.get(..source.len().checked_sub(1)?)?, 1, quote?, within)
    };
    let (from, to) = align(text, source, 0, ' ', within).or_else(quoted)?;
    Some(Place { start: place.start + from, end: place.start + to, ..place })
}

/// Walks a text along its source, all of it, and finds where `start..end` of the text is written.
fn align(
    text: &str,
    source: &str,
    mut at: usize,
    style: char,
    (start, end): (usize, usize),
) -> Option<(usize, usize)> {
    let (mut from, mut to) = (None, None);
    for (byte, c) in text.char_indices() {
        let (begin, after) = written(source, at, c, style)?;
        if byte == start {
            from = Some(begin);
        }
        at = after;
        if byte + c.len_utf8() == end {
            to = Some(after);
        }
    }
    if !source.get(at..)?.trim_end_matches("\\\n").trim_end().is_empty() {
        return None;
    }
    // An empty stretch, such as the end of the text, has a start only.
    let from = from.unwrap_or(at);
    Some((from, to.unwrap_or(from).max(from)))
}

/// Where the next character of a text begins in its source, and where it ends.
fn written(source: &str, from: usize, c: char, style: char) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let next = source.get(at..)?.chars().next();
        match next {
            Some('\\') if style == '"' => {
                let length = escape(source.get(at..)?);
                // An escaped line break stands for nothing.
                if length > 0 {
                    return Some((at, at + length));
                }
                at += 2;
            }
            Some('\'') if style == '\'' && c == '\'' => return Some((at, at + 2)),
            Some(next) if next == c => return Some((at, at + c.len_utf8())),
            // White space of the text may be folded, or stand for a line break: it takes what is there, or nothing.
            _ if c.is_whitespace() => return Some((at, at)),
            Some(next) if next.is_whitespace() => at += next.len_utf8(),
            _ => return None,
        }
    }
}

/// The length in bytes of an escape in double quotes; 0 for an escaped line break.
fn escape(source: &str) -> usize {
    match source.get(1..).and_then(|rest| rest.chars().next()) {
        Some('x') => 4,
        Some('U') => 10,
        Some('u') => {
            let high = source.get(2..6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
            let pair = high.is_some_and(|high| (0xd800..0xdc00).contains(&high));
            if pair { 12 } else { 6 }
        }
        Some('\n' | '\r') => 0,
        Some(c) => 1 + c.len_utf8(),
        None => 1,
    }
}

/// Line and column, from 1 and in characters, of a byte.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let before = before.strip_prefix('\u{feff}').unwrap_or(before);
    let breaks = before.bytes().zip(before.bytes().skip(1).map(Some).chain([None]));
    let lines =
        breaks.filter(|(byte, next)| *byte == b'\n' || (*byte == b'\r' && *next != Some(b'\n'))).count();
    let column = before.rsplit(['\n', '\r']).next().unwrap_or("").chars().count();
    (lines + 1, column + 1)
}
