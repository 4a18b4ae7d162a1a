//! Any text as a mapping of a playbook: refused with diagnostics, or it reads payloads.

use ikusei::{Instant, Payload, Playbook};

pub(super) fn run(text: &str) {
    let Ok(mapping) = serde_json::from_str::<serde_json::Value>(text) else { return };
    let document = serde_json::json!({
        "ikusei": 1, "name": "fuzz",
        "fields": { "email": { "type": "email", "identity": "person" }, "name": { "type": "text" }, "n": { "type": "number" } },
        "activities": { "visit": { "properties": { "url": "text" } } },
        "capture": { "m": mapping }
    });
    match Playbook::parse(&document.to_string()) {
        Ok(playbook) => {
            let engine = playbook.compile().expect("a playbook that was read compiles");
            let at: Instant = "2026-07-01T00:00:00Z".parse().expect("a constant");
            for payload in [
                Payload::json(
                    r#"{"mail": "a@b.jp", "list": [{"name": "x", "n": 1}, null, 3], "t": 1700000000, "deep": {"~": {"/": [1]}}}"#,
                ),
                Payload::json("[[], {}, \"\", null, 1e300]"),
                Ok(Payload::form("mail=a%40b.jp&name=%E5%B1%B1&n=1%2C000&n=2&t=R8.4.8")),
            ] {
                let captured = engine.capture("m", &payload.expect("a constant"), at).expect("a mapping");
                serde_json::to_string(&captured).expect("what was captured is data");
            }
        }
        Err(error) => assert!(!error.diagnostics().is_empty(), "refused without a reason"),
    }
}
