//! What Rust reads of a gate, a roster, a tombstone and of leads without a record, where the vectors see JSON only.

use ikusei::api::{PlainLead, Single};
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

#[test]
fn a_forgotten_address_is_known_however_it_is_typed() {
    let text =
        r#"{ "ikusei": 1, "name": "t", "fields": { "mail": { "type": "email", "identity": "person" } } }"#;
    let engine = Playbook::parse(text).unwrap().compile().unwrap();
    let at: Instant = "2026-05-01T10:00:00Z".parse().unwrap();
    let stone = engine.forget(&Lead::new("a").with_field("mail", "taro@acme.jp"), at);
    assert!(stone.knows("mail", "taro@acme.jp"));
    assert!(stone.knows("mail", "Taro@ACME.jp"));
    assert!(!stone.knows("mail", "hanako@acme.jp"));
    assert!(!stone.knows("phone", "taro@acme.jp"));
}

#[test]
fn segments_ask_for_the_rank_of_a_lead_without_a_record() {
    let text = r#"
ikusei: 1
name: t
fields: { size: { type: integer } }
scorecards:
  overall:
    rules: [{ id: size, points: { by: size, times: 1 } }]
    ranks: [{ rank: A, at_least: 50 }, { rank: B, at_least: 10 }]
segments: { best: 'rank.overall == "A"', good: 'rank.overall in ["A", "B"]', none: 'rank.overall == null' }
"#;
    let engine = Playbook::parse(text).unwrap().compile().unwrap();
    let at: Instant = "2026-05-01T10:00:00Z".parse().unwrap();
    let segments = |size| {
        let lead = PlainLead::read(&engine, "a", [("size", Single::Int(size))]).unwrap();
        lead.assess(&engine, at).unwrap().segments
    };
    assert_eq!(segments(50), ["best", "good"]);
    assert_eq!(segments(49), ["good"]);
    assert_eq!(segments(9), ["none"]);
}
