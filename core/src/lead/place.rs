//! From a JSON Pointer into a record to the place in the record's text.

use serde_json::value::RawValue;

use super::read::is_of_key;
use crate::base::diagnostic::{Diagnostic, Span};
use crate::base::map::Map;

/// The diagnostics with the places that their paths lead to, in the order of the text.
pub(super) fn located(text: &str, diagnostics: &[Diagnostic]) -> Vec<Diagnostic> {
    let mut all = diagnostics.to_vec();
    for diagnostic in &mut all {
        let at_key = is_of_key(diagnostic);
        diagnostic.span = diagnostic.path.as_ref().and_then(|path| find(text, path, at_key));
    }
    all.sort_by_key(|diagnostic| diagnostic.span.as_ref().map(|span| span.start));
    all
}

/// The place of a value, or of its key without the quotes.
fn find(text: &str, path: &str, at_key: bool) -> Option<Span> {
    let mut value: &RawValue = serde_json::from_str(text).ok()?;
    let mut last = String::new();
    for step in path.split('/').skip(1) {
        last = step.replace("~1", "/").replace("~0", "~");
        let within = value.get();
        value = if within.starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(within).ok()?;
            items.get(last.parse::<usize>().ok()?).copied()?
        } else {
            let entries: Map<String, &RawValue> = serde_json::from_str(within).ok()?;
            entries.get(&last).copied()?
        };
    }
    // A part of a text begins as many bytes after it as the addresses are apart.
    let start = value.get().as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    if at_key {
        let before = text.get(..start)?.trim_end().strip_suffix(':')?.trim_end().strip_suffix('"')?;
        let is_key =
            |start: &usize| before.get(*start..).is_some_and(|key| unquoted(key).as_ref() == Some(&last));
        let quote = before.rmatch_indices('"').map(|(at, _)| at + 1).find(is_key)?;
        return Some(Span::of(text, quote, before.len()));
    }
    // An object or a list of many lines is underlined in its first one.
    let end = start + value.get().lines().next()?.len();
    Some(Span::of(text, start, end))
}

fn unquoted(written: &str) -> Option<String> {
    serde_json::from_str(&format!("\"{written}\"")).ok()
}

#[cfg(test)]
mod tests {
    use crate::Lead;

    #[test]
    fn places_are_those_of_keys_and_values() {
        let text = "{\n \"fie\\u006cd\\\"s\" : {},\n \"activities\": [{}, {\"id\": \"値\", \"kind\": [1,\n2]}],\n \"id\": 7}";
        let error = Lead::from_json(text).unwrap_err();
        let under: Vec<&str> = error
            .diagnostics()
            .iter()
            .map(|found| found.span.as_ref().map_or("", |span| &text[span.start..span.end]))
            .collect();
        let item = "{\"id\": \"値\", \"kind\": [1,";
        assert_eq!(under, ["fie\\u006cd\\\"s", "{}", "{}", "{}", item, "[1,", "7"]);
        let columns: Vec<usize> = error
            .diagnostics()
            .iter()
            .filter_map(|found| found.span.as_ref())
            .map(|span| span.column)
            .collect();
        assert_eq!(columns, [3, 17, 17, 17, 21, 41, 8]);
    }
}
