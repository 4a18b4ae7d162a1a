//! Every preset against real payloads, and against payloads of the shape that its provider documents.
#![cfg(feature = "presets")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::lead::record::Lead;
use crate::{Captured, ConsentChange, Engine, Instant, Payload, Playbook, Trust, Value};

const AT: &str = "2026-06-01T00:00:00Z";

fn engine(preset: &str) -> Engine {
    let text = format!("ikusei: 1\nname: test\nextends: ikusei/capture/{preset}\n");
    Playbook::parse(&text).unwrap_or_else(|error| panic!("{preset}: {error}")).compile().unwrap()
}

fn at() -> Instant {
    AT.parse().unwrap()
}

fn capture(preset: &str, mapping: &str, text: &str) -> Captured {
    engine(preset).capture(mapping, &Payload::json(text).unwrap(), at()).unwrap()
}

/// Kind, activity id, mail address or first identity, and time of every activity.
fn facts(captured: &Captured) -> Vec<(String, String, String, String)> {
    let mut rows = Vec::new();
    for person in &captured.people {
        let who = person.identities.first().map_or("", |identity| identity.value.as_str());
        for activity in &person.activities {
            rows.push((activity.kind.clone(), activity.id.clone(), who.to_owned(), activity.at.to_string()));
        }
    }
    rows
}

fn kinds(captured: &Captured) -> Vec<String> {
    facts(captured).into_iter().map(|(kind, ..)| kind).collect()
}

/// Real data beside the repository; tells where it is absent.
fn data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/webhooks").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
        return None;
    }
    Some(path)
}

/// The cases of a file: name of the case and payload.
fn cases(name: &str) -> Option<Vec<(String, String)>> {
    let text = std::fs::read_to_string(data(name)?).unwrap();
    let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    Some(
        cases
            .into_iter()
            .map(|case| (case["case"].as_str().unwrap().to_owned(), case["payload"].to_string()))
            .collect(),
    )
}

/// Delivering everything twice changes nothing.
fn twice(preset: &str, mapping: &str, payloads: &[Payload]) {
    let engine = engine(preset);
    let mut leads: BTreeMap<String, Lead> = BTreeMap::new();
    let mut deliver = |expect_change: bool| {
        for payload in payloads {
            for person in engine.capture(mapping, payload, at()).unwrap().people {
                let who = person.identities.first().map_or("nobody", |identity| identity.value.as_str());
                let lead = leads.entry(who.to_owned()).or_insert_with(|| Lead::new(who));
                let applied = engine.apply(lead, &person);
                assert!(applied.problems.is_empty(), "{:?}", applied.problems);
                assert!(expect_change || !applied.changed, "{who} {applied:?}");
            }
        }
        leads.clone()
    };
    let once = deliver(true);
    assert_eq!(deliver(false), once);
}

#[test]
fn every_preset_compiles_alone_and_all_together() {
    for (name, _) in super::PRESETS {
        engine(name.trim_start_matches("ikusei/capture/"));
    }
    let names: Vec<&str> = super::PRESETS.iter().map(|(name, _)| *name).collect();
    let all = format!("ikusei: 1\nname: all\nextends: [{}]\n", names.join(", "));
    assert_eq!(Playbook::parse(&all).unwrap().document().capture.len(), names.len() - 2);
}

#[test]
fn sendgrid_real() {
    let Some(cases) = cases("sendgrid.json") else { return };
    let mut found = Vec::new();
    let mut payloads = Vec::new();
    for (case, payload) in &cases {
        let captured = capture("sendgrid", "sendgrid", payload);
        // A mail that went nowhere since its address cannot exist names nobody, and that is told.
        let nobody = payload.contains("invalid@invalid");
        assert_eq!(captured.problems.len(), if nobody { 2 } else { 0 }, "{case}: {:?}", captured.problems);
        let raw: serde_json::Value = serde_json::from_str(payload).unwrap();
        for (event, fact) in raw.as_array().unwrap().iter().zip(facts(&captured)) {
            assert_eq!(fact.1, event["sg_event_id"].as_str().unwrap(), "{case}");
            assert_eq!(fact.2, if nobody { "" } else { event["email"].as_str().unwrap() }, "{case}");
            found.push((event["event"].as_str().unwrap().to_owned(), fact.0));
        }
        payloads.push(Payload::json(payload).unwrap());
    }
    let expected = [
        ("processed", "email_sent"),
        ("delivered", "email_delivered"),
        ("dropped", "email_dropped"),
        ("dropped", "email_dropped"),
        ("dropped", "email_dropped"),
        ("bounce", "email_bounce"),
        ("deferred", "email_deferred"),
        ("open", "email_open"),
        ("click", "email_click"),
        ("delivered", "email_delivered"),
    ];
    assert_eq!(found, expected.map(|(event, kind)| (event.to_owned(), kind.to_owned())));
    twice("sendgrid", "sendgrid", &payloads);
}

#[test]
fn sendgrid_documented() {
    let Some(path) = data("example-event-notification.txt") else { return };
    let text = std::fs::read_to_string(path).unwrap();
    // The example is written as JavaScript: names become JSON names, single quotes double ones.
    let json: String = text
        .lines()
        .map(|line| {
            let line = line.replace('\'', "\"");
            match line.find(": ") {
                Some(end) => {
                    let start = line[..end].rfind([' ', '{']).map_or(0, |at| at + 1);
                    let name = line[start..end].trim_matches('"');
                    format!("{}\"{name}\"{}", &line[..start], &line[end..])
                }
                None => line,
            }
        })
        .collect();
    let captured = capture("sendgrid", "sendgrid", &json);
    assert!(captured.problems.is_empty(), "{:?}", captured.problems);
    assert_eq!(captured.people.len(), 1);
    let expected = [
        ("email_sent", "3VQNwQVlOAoGt_mNmMf7Uw=="),
        ("email_deferred", "Ge2kc923E-UtbFcT6uJCtw=="),
        ("email_delivered", "WexDVCfDCkJ22oAzZDiiYw=="),
        ("email_open", "mSJ9e9BP2yLTzvStpKhcgw=="),
        ("email_click", "WMOHWv9ZJxMG0-YhbdoTPA=="),
        ("email_bounce", "wMeZZPhZvsPgUP23YyDFKA=="),
        ("email_dropped", "tIulrwSK8TW4_o1JC79pMg=="),
        ("email_complaint", "fRCOMWprw3XpGSyNSFjybw=="),
        ("email_unsubscribe", "hZdan0mTcEueyH0RM-LT8w=="),
        ("email_unsubscribe", "bleyaOwyAFHJnkQedbujGw=="),
        ("email_resubscribe", "nYfQZaZgb0ircWsDYc21Kw=="),
    ];
    let found: Vec<(String, String)> =
        facts(&captured).into_iter().map(|(kind, id, ..)| (kind, id)).collect();
    assert_eq!(found, expected.map(|(kind, id)| (kind.to_owned(), id.to_owned())));
    let consent: Vec<(Option<&str>, ConsentChange)> =
        captured.people[0].consent.iter().map(|change| (change.purpose.as_deref(), change.event)).collect();
    assert_eq!(
        consent,
        [
            (None, ConsentChange::Bounce),
            (None, ConsentChange::Complaint),
            (None, ConsentChange::Deny),
            (Some("10"), ConsentChange::Deny),
            (Some("10"), ConsentChange::Grant),
        ]
    );
    twice("sendgrid", "sendgrid", &[Payload::json(&json).unwrap()]);
}

#[test]
fn ses_real() {
    let Some(cases) = cases("amazon_ses.json") else { return };
    let expected: BTreeMap<&str, Vec<(&str, &str)>> = [
        ("test_bounce_event", vec![("email_bounce", "jane@example.com")]),
        (
            "test_multiple_bounce_event",
            vec![("email_bounce", "jane@example.com"), ("email_bounce", "richard@example.com")],
        ),
        ("test_complaint_event", vec![("email_complaint", "richard@example.com")]),
        ("test_delivery_event", vec![("email_delivered", "jane@example.com")]),
        ("test_send_event", vec![("email_sent", "recipient@example.com")]),
        ("test_reject_event", vec![("email_dropped", "recipient@example.com")]),
        ("test_open_event", vec![("email_open", "recipient@example.com")]),
        ("test_click_event", vec![("email_click", "recipient@example.com")]),
        ("test_rendering_failure_event", vec![("email_failed", "recipient@example.com")]),
        ("test_incorrect_received_event", vec![]),
    ]
    .into_iter()
    .collect();
    assert_eq!(cases.len(), expected.len());
    let mut payloads = Vec::new();
    for (case, payload) in &cases {
        let pairs = |captured: &Captured| -> Vec<(String, String)> {
            facts(captured).into_iter().map(|(kind, _, who, _)| (kind, who)).collect()
        };
        let wanted: Vec<(String, String)> = expected[case.as_str()]
            .iter()
            .map(|(kind, who)| ((*kind).to_owned(), (*who).to_owned()))
            .collect();
        let bare = capture("ses", "ses", payload);
        assert_eq!(pairs(&bare), wanted, "{case} {:?}", bare.problems);
        // A notification about received mail is no event of a recipient, and that is told.
        assert_eq!(bare.problems.len(), usize::from(wanted.is_empty()), "{case}: {:?}", bare.problems);
        if !payload.contains("\"TopicArn\"") {
            // The same through SNS, whose message id is then the event's.
            let envelope = serde_json::json!({ "Type": "Notification", "MessageId": format!("sns-{case}"), "Message": payload });
            let wrapped = capture("ses", "ses", &envelope.to_string());
            assert_eq!(pairs(&wrapped), wanted, "{case}");
            assert!(facts(&wrapped).iter().all(|(_, id, ..)| *id == format!("sns-{case}")));
            payloads.push(Payload::json(&envelope.to_string()).unwrap());
        }
        payloads.push(Payload::json(payload).unwrap());
    }
    let bounce = capture("ses", "ses", &cases[0].1);
    assert_eq!(facts(&bounce)[0].1, "00000138111222aa-44455566-cccc-cccc-cccc-ddddaaaa068a-000000");
    assert_eq!(bounce.people[0].activities[0].properties["bounce"], Value::from("hard"));
    assert_eq!(bounce.people[0].activities[0].at.to_string(), "2016-01-27T14:59:44.101Z");
    twice("ses", "ses", &payloads);
}

#[test]
fn postmark_real() {
    let Some(cases) = cases("postmark.json") else { return };
    let mut found = Vec::new();
    let mut payloads = Vec::new();
    for (case, payload) in &cases {
        let captured = capture("postmark", "postmark", payload);
        let raw: serde_json::Value = serde_json::from_str(payload).unwrap();
        for fact in facts(&captured) {
            if let Some(id) = raw.get("ID") {
                assert_eq!(fact.1, id.to_string(), "{case}");
            }
            found.push((case.clone(), fact.0));
        }
        let nobody = raw.get("Email").or(raw.get("Recipient")).is_none();
        assert_eq!(captured.problems.len(), usize::from(nobody), "{case}: {:?}", captured.problems);
        payloads.push(Payload::json(payload).unwrap());
    }
    let expected = [
        ("test_bounce_event", "email_bounce"),
        ("test_delivered_event", "email_delivered"),
        ("test_open_event", "email_open"),
        ("test_click_event", "email_click"),
        ("test_spam_event", "email_complaint"),
        ("test_unsubscribe", "email_unsubscribe"),
        ("test_resubscribe", "email_resubscribe"),
        ("test_subscription_change_bounce", "email_bounce"),
        ("test_bounce_unsubscribe_variant", "email_unsubscribe"),
    ];
    assert_eq!(found, expected.map(|(case, kind)| (case.to_owned(), kind.to_owned())));
    twice("postmark", "postmark", &payloads);
}

#[test]
fn segment_real() {
    for (file, kind, id) in [
        ("track.json", "track", "ajs-f8ca1e4de5024d9430b3928bd8ac6b96"),
        ("identify.json", "identify", "022bb90c-bbac-11e4-8dfc-aa07a5b093db"),
    ] {
        let Some(path) = data(file) else { return };
        let text = std::fs::read_to_string(path).unwrap();
        let captured = capture("segment", "segment", &text);
        assert!(captured.problems.is_empty(), "{file}: {:?}", captured.problems);
        assert_eq!((facts(&captured)[0].0.as_str(), facts(&captured)[0].1.as_str()), (kind, id));
        if kind == "identify" {
            let person = &captured.people[0];
            assert_eq!(person.fields["name"], Value::from("Peter Gibbons"));
            assert_eq!(person.fields["postal_code"], Value::from("94103"));
            let identities: Vec<(&str, &str)> =
                person.identities.iter().map(|id| (id.kind.as_str(), id.value.as_str())).collect();
            assert_eq!(
                identities,
                [
                    ("email", "peter@example.com"),
                    ("segment_user", "97980cfea0067"),
                    ("segment_anonymous", "507f191e810c19729de860ea")
                ]
            );
        }
        twice("segment", "segment", &[Payload::json(&text).unwrap()]);
    }
}

#[test]
fn cloudevents_of_the_schema() {
    let Some(path) = data("cloudevents.json") else { return };
    // The specification's schema gives examples of every attribute: they make an event.
    let schema: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut event = serde_json::Map::new();
    for (name, property) in schema["properties"].as_object().unwrap() {
        event.insert(name.clone(), property["examples"][0].clone());
    }
    let text = serde_json::Value::Object(event).to_string();
    let captured = capture("cloudevents", "cloudevents", &text);
    assert!(captured.problems.is_empty(), "{:?}", captured.problems);
    let rows = facts(&captured);
    assert_eq!(rows[0].1, "https://github.com/cloudevents#A234-1234-1234");
    assert_eq!((rows[0].0.as_str(), rows[0].3.as_str()), ("cloud_event", "2018-04-05T17:31:00Z"));
    twice("cloudevents", "cloudevents", &[Payload::json(&format!("[{text}]")).unwrap()]);
}

mod documented;
