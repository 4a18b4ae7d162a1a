//! Mappings of a user's own: values, lists, sources, problems, hostile payloads.
#![cfg(feature = "yaml")]

use proptest::prelude::*;

use crate::{Captured, ConsentChange, Engine, Instant, Lead, Payload, Playbook, Trust, Value};

const PLAYBOOK: &str = r#"
ikusei: 1
name: test
timezone: Asia/Tokyo
fields:
  email: { type: email, identity: person }
  name: { type: text }
  family: { type: text }
  budget: { type: text }
  founded: { type: date }
  employees: { type: integer }
  interests: { type: set }
  plan: { type: text }
activities:
  inquiry: { channel: web, properties: { seconds: integer, utm_source: text } }
  visit: { channel: web, properties: { url: url, seconds: integer } }
capture:
  contact:
    from: form
    fields:
      email: /mail
      name: { from: [/last, /first], join: ' ' }
      family: { from: /full, split: ' ', take: 0 }
      budget: { from: /budget, as: money }
      founded: { from: /founded, as: date }
      employees: /employees
      interests: { from: /interest, split: ',' }
      plan: { from: /plan, values: { a: basic, b: pro }, default: free }
    hidden: { form: /form_name, priority: { from: /priority, when: 'payload.priority != "low"' } }
    acquisition: { page: /page, referrer: /ref }
    activities: { inquiry: { properties: { seconds: /seconds } } }
    consent: { email: { event: { from: /agree, values: { 'on': grant } }, basis: { value: form } } }
  visits:
    each: /sessions
    fields: { email: /user/email }
    identities: { site: ../site }
    activities:
      visit:
        each: /pages
        when: 'payload.seconds > 0'
        id: /id
        at: { from: /t, unix: milliseconds }
        trust: /bot
        properties: { url: /url, seconds: /seconds }
        consent: { email: { event: { when: 'payload.url.endsWith("/unsubscribe")', value: deny } } }
trust:
  rules:
    burst: { on: visit, burst: { at_least: 3, within: 2s, same: url } }
"#;

fn engine() -> Engine {
    Playbook::parse(PLAYBOOK).unwrap().compile().unwrap()
}

fn at() -> Instant {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn contact(form: &str) -> Captured {
    engine().capture("contact", &Payload::form(form), at()).unwrap()
}

fn visits(json: &str) -> Captured {
    engine().capture("visits", &Payload::json(json).unwrap(), at()).unwrap()
}

#[test]
fn values_are_picked_cut_joined_named_and_formatted() {
    let captured = contact(
        "mail=Taro%40Example.jp&last=%E5%B1%B1%E7%94%B0&first=%E5%A4%AA%E9%83%8E&full=Yamada+Taro&budget=%241%2C117.10K\
         &founded=%E4%BB%A4%E5%92%8C2%E5%B9%B44%E6%9C%888%E6%97%A5&employees=%EF%BC%93%EF%BC%90%EF%BC%90&interest=a,b&interest=c\
         &plan=b&agree=on&form_name=contact&priority=low&seconds=42",
    );
    assert!(captured.problems.is_empty(), "{:?}", captured.problems);
    let person = &captured.people[0];
    for (field, value) in [
        ("email", Value::from("taro@example.jp")),
        ("name", Value::from("山田 太郎")),
        ("family", Value::from("Yamada")),
        ("budget", Value::from("1117100 USD")),
        ("founded", Value::from("2020-04-08")),
        ("employees", Value::Int(300)),
        ("plan", Value::from("pro")),
    ] {
        assert_eq!(person.fields.get(field), Some(&value), "{field} {person:?}");
    }
    assert_eq!(person.source.keys().collect::<Vec<_>>(), ["form"], "a condition that fails gives nothing");
    assert_eq!(person.activities[0].properties["seconds"], Value::Int(42));
    assert_eq!(
        (person.consent[0].event, person.consent[0].basis.as_deref()),
        (ConsentChange::Grant, Some("form"))
    );
    assert_eq!(contact("mail=a@b.jp").people[0].fields["plan"], Value::from("free"));
}

#[test]
fn the_first_source_stays_and_later_ones_are_on_their_activities() {
    let engine = engine();
    let mut lead = Lead::new("lead-1");
    let first = "mail=a@b.jp&page=https%3A%2F%2Fa.jp%2F%3Futm_source%3Dgoogle%26gclid%3DX1&ref=https%3A%2F%2Fwww.google.com%2Fsearch%3Fq%3Dcrm&form_name=f1";
    let later = "mail=a@b.jp&page=https%3A%2F%2Fa.jp%2F%3Futm_source%3Dmail%26fbclid%3DF&form_name=f2";
    for (form, day) in [(first, "2026-06-01T00:00:00Z"), (later, "2026-06-02T00:00:00Z")] {
        let captured =
            engine.capture("contact", &Payload::form(form), day.parse::<Instant>().unwrap()).unwrap();
        assert!(engine.apply(&mut lead, &captured.people[0]).changed);
    }
    let text = |name: &str| lead.source.get(name).cloned();
    assert_eq!(text("utm_source"), Some("google".into()));
    assert_eq!(
        (text("gclid"), text("search_keyword"), text("form")),
        (Some("X1".into()), Some("crm".into()), Some("f1".into()))
    );
    assert_eq!(text("fbclid"), None, "a later click is no part of how the lead was acquired");
    assert_eq!(lead.activities()[1].properties["utm_source"], Value::from("mail"));
    assert_eq!(lead.activities()[1].properties["fbclid"], Value::from("F"));
}

const VISITS: &str = r#"{ "site": "s1", "sessions": [
    { "user": { "email": "a@b.jp" }, "pages": [
        { "id": "p1", "t": 1780272000000, "url": "/x", "seconds": 5 },
        { "id": "p2", "t": 1780272000500, "url": "/y", "seconds": 0 },
        { "id": "p3", "t": "later", "url": "/z", "seconds": "3 s?" } ] },
    { "user": { "email": "no address" }, "pages": [{ "id": "q1", "t": 1780272000000, "url": "/q", "seconds": 1 }] },
    { "user": {}, "pages": "none" },
    7 ] }"#;

#[test]
fn a_broken_item_costs_its_neighbours_nothing() {
    let captured = visits(VISITS);
    let ids = |person: usize| -> Vec<&str> {
        captured.people[person].activities.iter().map(|activity| activity.id.as_str()).collect()
    };
    assert_eq!(ids(0)[0], "p1");
    assert!(
        captured
            .people
            .iter()
            .all(|person| person.identities.iter().any(|id| id.kind == "site" && id.value == "s1"))
    );
    let paths: Vec<&str> = captured.problems.iter().filter_map(|problem| problem.path.as_deref()).collect();
    assert!(paths.iter().any(|path| path.starts_with("/0/2")), "{paths:?}");
    assert!(paths.contains(&"/1/email"), "{paths:?}");
    assert!(captured.people.iter().flat_map(|person| &person.activities).any(|activity| activity.id == "q1"));
}

#[test]
fn a_second_delivery_changes_nothing_and_a_machine_refuses_nothing() {
    let engine = engine();
    let json = |bot: bool| {
        format!(
            r#"{{ "site": "s", "sessions": [{{ "user": {{ "email": "a@b.jp" }}, "pages": [
                {{ "id": "u1", "t": 1780272000000, "url": "/unsubscribe", "seconds": 1, "bot": {bot} }}] }}] }}"#
        )
    };
    let mut lead = Lead::new("lead-1");
    engine.apply(&mut lead, &visits(&json(true)).people[0]);
    assert_eq!(lead.activities()[0].trust, Trust::Machine);
    assert!(lead.consent.is_empty());

    let mut lead = Lead::new("lead-1");
    assert!(engine.apply(&mut lead, &visits(&json(false)).people[0]).changed);
    assert_eq!(lead.consent["email"].effective().as_str(), "denied");
    lead.fields.insert("plan".to_owned(), Value::from("edited"));
    let before = lead.clone();
    let again = engine.apply(&mut lead, &visits(&json(false)).people[0]);
    assert!(!again.changed && again.known == ["u1"]);
    assert_eq!(lead, before);
    // Found out later: the refusal was no person's.
    assert_eq!(lead.reclassify(&["u1"], Trust::Machine).len(), 1);
    assert_eq!(lead.consent["email"].effective().as_str(), "unknown");
    assert!(engine.reclassify(&mut lead).is_empty(), "the rules leave alone what the host said");
}

#[test]
fn rules_judge_the_log_again_when_more_of_it_is_known() {
    let engine = engine();
    let page = |id: &str, millis: i64| {
        visits(&format!(
            r#"{{ "site": "s", "sessions": [{{ "user": {{ "email": "a@b.jp" }}, "pages": [
                {{ "id": "{id}", "t": {millis}, "url": "/x", "seconds": 1 }}] }}] }}"#
        ))
    };
    let mut lead = Lead::new("lead-1");
    for (id, millis, machines) in [("a", 0, 0), ("b", 1_000, 0), ("c", 2_000, 3), ("d", 9_000, 3)] {
        engine.apply(&mut lead, &page(id, 1_780_272_000_000 + millis).people[0]);
        let count = lead.activities().iter().filter(|activity| activity.trust == Trust::Machine).count();
        assert_eq!(count, machines, "after {id}");
    }
    assert_eq!(lead.activities()[0].trust_by.as_deref(), Some("burst"));
    let tamer = PLAYBOOK.replace("at_least: 3", "at_least: 4");
    let tamer = Playbook::parse(&tamer).unwrap().compile().unwrap();
    assert_eq!(tamer.reclassify(&mut lead).len(), 3);
    assert!(lead.activities().iter().all(|activity| activity.trust == Trust::Human));
}

#[test]
fn mistakes_are_told_with_their_place() {
    let wrong = |from: &str, to: &str| {
        assert!(PLAYBOOK.contains(from), "{from}");
        let error = Playbook::parse(&PLAYBOOK.replacen(from, to, 1)).unwrap_err();
        let first = &error.diagnostics()[0];
        (first.code.as_str(), first.path.clone().unwrap_or_default(), first.help.clone().unwrap_or_default())
    };
    let found = wrong("      plan: { from", "      plam: { from");
    assert_eq!(
        (found.0, found.1.as_str(), found.2.as_str()),
        ("IK0301", "/capture/contact/fields/plam", "did you mean `plan`?")
    );
    let found = wrong("activities: { inquiry: {", "activities: { inqiry: {");
    assert_eq!((found.0, found.2.as_str()), ("IK0301", "did you mean `inquiry`?"));
    let found = wrong("properties: { seconds: /seconds }", "properties: { second: /seconds }");
    assert_eq!((found.0, found.2.as_str()), ("IK0301", "did you mean `seconds`?"));
    let found = wrong("email: /mail", "email: mail");
    assert_eq!(
        (found.0, found.2.as_str()),
        ("IK0202", "write the path `/mail`, or a constant as `{ value: ... }`")
    );
    let found = wrong("'on': grant", "'on': granted");
    assert_eq!((found.0, found.2.as_str()), ("IK0106", "did you mean `grant`?"));
    let found = wrong("{ from: /agree", "{ from: agree");
    assert_eq!((found.0, found.1.as_str()), ("IK0110", "/capture/contact/consent/email/event/from"));
    let found = wrong("payload.seconds > 0", "payload.seconds >");
    assert_eq!((found.0, found.1.as_str()), ("IK0201", "/capture/visits/activities/visit/when"));
    let found = wrong("same: url", "same: urls");
    assert_eq!((found.0, found.2.as_str()), ("IK0301", "did you mean `url`?"));
    let found = wrong("    from: form", "    form: form");
    assert_eq!((found.0, found.2.as_str()), ("IK0102", "did you mean `from`?"));
    let unknown = engine().capture("kontact", &Payload::form(""), at()).unwrap_err();
    assert_eq!(unknown.diagnostics()[0].help.as_deref(), Some("did you mean `contact`?"));
}

#[test]
fn hostile_payloads_are_data_or_errors() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(Payload::json(&deep).unwrap_err().code().as_str(), "IK0701");
    assert_eq!(Payload::json("{\"a\": 1").unwrap_err().code().as_str(), "IK0701");
    assert_eq!(Payload::json("{\"a\": NaN}").unwrap_err().code().as_str(), "IK0701");
    let lone = Payload::json(r#"{"a": "\ud83d x \\ud83d \ud83d\ude00 \udc00", "b": "\"\\"}"#).unwrap();
    assert_eq!(serde_json::to_string(lone.value()).unwrap(), r#"{"a":"� x \\ud83d 😀 �","b":"\"\\"}"#);
    assert!(Payload::json_bytes(b"{\"a\": \"\xff\xfe\"}").is_ok());
    let captured = contact("__proto__=x&constructor=y&mail=a@b.jp&last=%3Cscript%3E&%FF=%ZZ");
    assert_eq!(
        captured.people[0].fields["name"],
        Value::from("<script>"),
        "escaped where HTML is made, and kept here"
    );
    assert!(!serde_json::to_string(&captured).unwrap().contains("__proto__"));
    // 10 MB of events of one person, half of them twice.
    let events: Vec<String> = (0..90_000)
        .map(|n| format!(r#"{{"id":"e{}","t":{},"url":"/{n}","seconds":1,"pad":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}}"#, n % 45_000, 1_780_272_000_000_i64 + n % 45_000 * 10_000))
        .collect();
    let text = format!(
        r#"{{"site":"s","sessions":[{{"user":{{"email":"a@b.jp"}},"pages":[{}]}}]}}"#,
        events.join(",")
    );
    assert!(text.len() > 9_000_000);
    let captured = visits(&text);
    assert_eq!(captured.people[0].activities.len(), 45_000);
    let mut lead = Lead::new("lead-1");
    assert_eq!(engine().apply(&mut lead, &captured.people[0]).recorded.len(), 45_000);
    assert!(!engine().apply(&mut lead, &captured.people[0]).changed);
}

#[test]
fn cells_are_no_formulas() {
    for (cell, safe) in [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+81312345678", "+81312345678"),
        ("-1|cmd", "'-1|cmd"),
        ("  =x", "'  =x"),
        ("\t=x", "'\t=x"),
        ("＝1", "'＝1"),
        ("a=b", "a=b"),
        ("", ""),
    ] {
        assert_eq!(crate::safe_cell(cell), safe);
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::Value as Json;
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        "\\PC{0,12}".prop_map(Json::from),
        prop::sample::select(vec!["a@b.jp", "deny", "2026-05-01T00:00:00Z", "/unsubscribe"])
            .prop_map(Json::from),
    ];
    leaf.prop_recursive(5, 64, 5, |inner| {
        let key = prop::sample::select(vec![
            "sessions",
            "pages",
            "user",
            "email",
            "id",
            "t",
            "url",
            "seconds",
            "bot",
            "site",
            "__proto__",
        ]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Json::from),
            prop::collection::vec((key, inner), 0..6).prop_map(|entries| Json::Object(
                entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
            )),
        ]
    })
}

proptest! {
    #[test]
    fn no_payload_panics_and_twice_is_once(payload in json(), form in "\\PC{0,80}", junk in "[\\[\\]{}\":,a-z0-9\\\\ud]{0,60}") {
        let engine = engine();
        let payload = Payload::json(&payload.to_string()).unwrap();
        let mut lead = Lead::new("lead-1");
        let captured = engine.capture("visits", &payload, at()).unwrap();
        for person in &captured.people {
            engine.apply(&mut lead, person);
        }
        // The record is one that can be stored and read again.
        prop_assert_eq!(&Lead::from_json(&lead.to_json()).unwrap(), &lead);
        let log: Vec<String> = lead.activities().iter().map(|activity| activity.id.clone()).collect();
        for person in &captured.people {
            if !person.activities.is_empty() {
                prop_assert!(!engine.apply(&mut lead, person).changed);
            }
        }
        prop_assert_eq!(lead.activities().len(), log.len());
        engine.capture("contact", &Payload::form(&form), at()).unwrap();
        if let Ok(payload) = Payload::json(&junk) {
            engine.capture("visits", &payload, at()).unwrap();
        }
    }

    #[test]
    fn forms_come_back(pairs in prop::collection::vec(("[a-z]{1,5}", "\\PC{0,10}"), 0..6)) {
        let encode = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let form: Vec<String> = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let payload = Payload::form(&form.join("&"));
        let Value::Object(fields) = payload.value() else { panic!("an object") };
        for (name, _) in &pairs {
            let all: Vec<Value> = pairs.iter().filter(|(other, _)| other == name).map(|(_, value)| Value::from(value.as_str())).collect();
            let expected = if all.len() == 1 { all[0].clone() } else { Value::List(all) };
            prop_assert_eq!(&fields[name], &expected);
        }
    }
}
