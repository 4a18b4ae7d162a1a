//! Text must not exhaust the stack of an ordinary thread, not even in a debug build.

#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use ikusei::{Instant, Lead, Playbook};
use serde_json::json;

/// What most threads get.
const STACK: usize = 2 * 1024 * 1024;

/// Reads, compiles and runs a playbook with this condition; true where it is accepted.
fn accepted(condition: &str) -> bool {
    let playbook = json!({
        "ikusei": 1,
        "name": "t",
        "fields": { "n": { "type": "integer" }, "yes": { "type": "boolean" } },
        "scorecards": { "s": { "rules": [{ "id": "r", "when": condition, "points": 1 }] } },
        "segments": { "deep": condition },
    });
    let run = move || match Playbook::parse(&playbook.to_string()) {
        Ok(playbook) => {
            let engine = playbook.compile().unwrap();
            let at: Instant = "2026-06-01T00:00:00Z".parse().unwrap();
            let lead = Lead::new("a").with_field("n", 1).with_field("yes", true);
            let words = engine.assess(&lead, at).unwrap().explain(ikusei::Language::English);
            assert!(words.starts_with("s: "), "{words}");
            engine.prepare(&lead).unwrap().memberships(at).unwrap();
            true
        }
        Err(error) => {
            assert!(error.diagnostics().iter().all(|told| told.code.as_str().starts_with("IK02")), "{error}");
            false
        }
    };
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap()
}

/// A shape of nesting, so many times.
type Shape = fn(usize) -> String;

const SHAPES: [(&str, Shape); 9] = [
    ("brackets", |times| format!("{}yes{}", "(".repeat(times), ")".repeat(times))),
    ("not", |times| format!("{}yes", "!".repeat(times))),
    ("negated", |times| format!("{}n{} < 0", "-(".repeat(times), ")".repeat(times))),
    ("lists", |times| format!("{}n{} == []", "[".repeat(times), "]".repeat(times))),
    ("choices", |times| format!("{}yes", "yes ? yes : ".repeat(times))),
    ("chains in brackets", |times| format!("{}yes{}", "yes && (".repeat(times), ")".repeat(times))),
    ("sums", |times| format!("{}n{} > 0", "1 + (".repeat(times), ")".repeat(times))),
    ("macros", |times| format!("{}yes{}", "[1].exists(x, ".repeat(times), ")".repeat(times))),
    ("indices", |times| format!("{}n{} == 1", "[1][".repeat(times), "]".repeat(times))),
];

#[test]
fn every_nesting_is_read_or_refused() {
    for (name, shape) in SHAPES {
        let mut deepest = 0;
        for times in (1..140).chain([500, 1_000, 3_000, 9_000]) {
            if accepted(&shape(times)) {
                assert!(times < 140, "{name}: {times} levels accepted");
                deepest = times;
            }
        }
        assert!(deepest >= 10, "{name}: no more than {deepest} levels are read");
    }
}
