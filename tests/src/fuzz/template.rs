//! Any text as a template, and any text as what a lead says: the template is refused when it is read, or the message is
//! made or refused; and a value has no more marks of HTML than a plain word has in its place.

use ikusei::{Instant, Lead, Playbook};
use serde_json::json;

pub(super) fn run(text: &str) {
    let (source, value) = text.split_once('\u{1f}').unwrap_or((text, "<b>\"'&"));
    let body = json!({ "subject": source, "text": source, "html": source });
    let playbook = json!({ "ikusei": 1, "name": "fuzz",
        "fields": { "name": { "type": "text" }, "size": { "type": "integer" }, "day": { "type": "date" },
            "tags": { "type": "set" } },
        "templates": { "t": { "channel": "email", "class": "transactional", "versions": { "a": body } } } });
    let Ok(engine) = Playbook::parse(&playbook.to_string()).and_then(|playbook| playbook.compile()) else {
        return;
    };
    let at: Instant = "2026-05-01T00:00:00Z".parse().expect("an instant");
    let html = |value: &str| {
        let lead = Lead::new("lead").with_field("name", value);
        engine.preview("t", None, &lead, at, &Default::default()).ok()?.html
    };
    // What a condition compares, and what `url` lets through, may differ: then the pages differ altogether.
    let plain = !source.contains("if") && !source.contains("url") && !value.trim().is_empty();
    if let (true, Some(hostile), Some(word)) = (plain, html(value), html("word")) {
        let marks = |page: &str| ['<', '>', '"', '\''].map(|mark| page.matches(mark).count());
        let lines = source.contains("lines");
        assert!(lines || marks(&hostile) == marks(&word), "{source}\n{hostile}");
    }
}
