//! What Rust reads of a gate and of a roster, where the vectors see their JSON only.

use ikusei::{Input, Instant, Lead, Playbook, Roster};

const PLAYBOOK: &str = r#"
ikusei: 1
name: t
fields: { email: { type: email } }
contact_policy: { quiet: { from: "20:00", to: "08:00" } }
templates: { news: { channel: email } }
scenarios: { mail: { enrol: [manual], steps: [{ send: { template: news } }] } }
"#;

#[test]
fn an_effect_says_what_let_it_through() {
    let engine = Playbook::parse(PLAYBOOK).unwrap().compile().unwrap();
    let lead = r#"{ "id": "a", "fields": { "email": "taro@acme.jp" }, "consent": { "email": { "status": "granted" } } }"#;
    let input: Input = serde_json::from_str(r#"{ "enrol": { "scenario": "mail" } }"#).unwrap();
    let at: Instant = "2026-05-01T10:00:00Z".parse().unwrap();
    let outcome = engine.process(Lead::from_json(lead).unwrap(), &input, at).unwrap();
    let gate = outcome.effects[0].intent.gate().unwrap();
    assert_eq!((gate.channel(), gate.class()), ("email", "marketing"));
    assert_eq!(gate.address(), Some("taro@acme.jp"));
    assert_eq!(gate.until(), Some("2026-05-01T20:00:00Z".parse().unwrap()));
}

#[test]
fn a_roster_is_its_document() {
    let text =
        r#"{"revision":3,"members":[{"id":"a","teams":["inside"],"weight":2}],"load":{"a":{"open":1}}}"#;
    assert_eq!(Roster::from_json(text).unwrap().to_json(), text);
}
