//! Any text as a payload: JSON, a form post, or rows of a table by the first letter. It is read or refused, and what it
//! says of a person goes into a record once, however often it comes.

use std::sync::LazyLock;

use ikusei::{Engine, Instant, Lead, Payload, Playbook};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let presets =
        ["sendgrid", "ses", "mailgun", "postmark", "segment", "chat", "cloudevents", "salesforce-csv"];
    let extends: Vec<String> = presets.iter().map(|name| format!("ikusei/capture/{name}")).collect();
    let text = serde_json::json!({
        "ikusei": 1, "name": "fuzz", "extends": extends,
        "fields": { "email": { "type": "email", "identity": "person" }, "met": { "type": "date" }, "n": { "type": "integer" } },
        "capture": { "form": { "from": "form",
            "fields": { "email": "/mail", "met": "/met", "n": { "expression": "payload.n + 1" } },
            "identities": { "visitor": { "from": ["/a/b", "/v"], "split": ",", "take": -1 } },
            "acquisition": { "page": "/page" }, "hidden": { "all": { "from": "/all", "join": " " } },
            "activities": { "page_view": { "each": "/pages" } } } }
    });
    Playbook::parse(&text.to_string())
        .and_then(|playbook| playbook.compile())
        .expect("the playbook of the target")
});

pub(super) fn run(bytes: &[u8]) {
    let (first, rest) = bytes.split_first().map_or((b'j', bytes), |(first, rest)| (*first, rest));
    let text = String::from_utf8_lossy(rest);
    let at: Instant = "2026-07-01T00:00:00Z".parse().expect("a constant");
    let (mapping, payload) = match first {
        b'f' => ("form", Payload::form(&text)),
        b'r' => {
            let (header, cells) = text.split_once('\n').unwrap_or((&text, ""));
            ("salesforce_csv", Payload::row(header.split(','), cells.split(',')))
        }
        letter => {
            let Ok(payload) = Payload::json_bytes(rest) else { return };
            let mappings =
                ["sendgrid", "ses", "mailgun", "postmark", "segment", "chat", "cloudevents", "form"];
            (mappings[usize::from(letter) % mappings.len()], payload)
        }
    };
    let captured = ENGINE.capture(mapping, &payload, at).expect("a mapping of the playbook");
    for person in &captured.people {
        let text = serde_json::to_string(person).expect("a person is data");
        let read: ikusei::CapturedPerson = serde_json::from_str(&text).expect("what is written is read");
        let mut lead = Lead::new("lead-1");
        ENGINE.apply(&mut lead, &read);
        let once = lead.clone();
        ENGINE.apply(&mut lead, person);
        assert_eq!(lead.activities().len(), once.activities().len(), "a second delivery");
        assert_eq!(Lead::from_json(&lead.to_json()).expect("its own document is read"), lead);
    }
}
