//! Identity as a whole: who is who, merging and its undoing, consent, forgetting.

use crate::base::map::Map;
use proptest::prelude::*;

use super::matching::Verdict;
use crate::Engine;
use crate::Playbook;
use crate::base::time::Instant;
use crate::capture::consent::{ConsentChange, ConsentEvent, PermissionReason, Suppression};
use crate::lead::activity::{Activity, Trust};
use crate::lead::record::Lead;
use crate::lead::value::Value;

fn engine(identity: &str) -> Engine {
    let text = format!(
        r#"{{ "ikusei": 1, "name": "test", "fields": {{
            "email": {{ "type": "email", "identity": "person" }}, "phone": {{ "type": "phone" }}, "name": {{ "type": "text" }},
            "company": {{ "type": "text", "identity": "company" }}, "parent": {{ "type": "text" }},
            "prefecture": {{ "type": "text" }}, "web": {{ "type": "url" }} }}, "identity": {identity} }}"#
    );
    Playbook::parse(&text).unwrap_or_else(|error| panic!("{error}")).compile().unwrap()
}

fn lead(id: &str, fields: &[(&str, &str)]) -> Lead {
    fields.iter().fold(Lead::new(id), |lead, (name, value)| lead.with_field(*name, *value))
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

#[test]
fn persons() {
    let engine = engine("{}");
    let taro: &[(&str, &str)] = &[
        ("email", "taro.yamada@acme.jp"),
        ("name", "山田 太郎"),
        ("company", "株式会社アクメ"),
        ("phone", "03-1234-5678"),
    ];
    for (why, other, want) in [
        ("the same address", &[("email", "Taro.Yamada@ACME.jp")][..], Verdict::Same),
        (
            "another name at the same address",
            &[("email", "taro.yamada@acme.jp"), ("name", "佐藤 花子")],
            Verdict::Review,
        ),
        (
            "a changed domain",
            &[("email", "taro.yamada@acme-hd.co.jp"), ("name", "山田太郎"), ("company", "㈱アクメ")],
            Verdict::Same,
        ),
        (
            "name, company and telephone",
            &[("name", "山田　太郎"), ("company", "アクメ"), ("phone", "０３（１２３４）５６７８")],
            Verdict::Same,
        ),
        (
            "a colleague",
            &[
                ("email", "hanako.sato@acme.jp"),
                ("name", "佐藤 花子"),
                ("company", "㈱アクメ"),
                ("phone", "03-1234-5678"),
            ],
            Verdict::Different,
        ),
        (
            "a brother in the same company",
            &[("name", "山田 次郎"), ("company", "㈱アクメ"), ("phone", "03-1234-5678")],
            Verdict::Review,
        ),
        (
            "a namesake elsewhere",
            &[("email", "yamada@other.jp"), ("name", "山田 太郎"), ("company", "別会社")],
            Verdict::Different,
        ),
        ("nothing in common", &[("prefecture", "東京都")], Verdict::Different),
    ] {
        let found = engine.match_leads(&lead("a", taro), &lead("b", other)).person;
        assert_eq!(found.verdict, want, "{why}: {found:?}");
        let back = engine.match_leads(&lead("b", other), &lead("a", taro)).person;
        assert_eq!(
            (back.verdict, back.similarity),
            (found.verdict, found.similarity),
            "{why}, the other way"
        );
    }
    let info = |id: &str, name: &str| lead(id, &[("email", "info@acme.jp"), ("name", name)]);
    let roles = engine.match_leads(&info("a", "山田 太郎"), &info("b", "佐藤 花子")).person;
    assert!(
        roles.verdict < Verdict::Same && roles.evidence.iter().all(|evidence| !evidence.key),
        "{roles:?}"
    );
}

#[test]
fn keys_of_other_systems_count() {
    let engine = engine("{}");
    let with = |id: &str, value: &str| {
        Lead::from_json(&format!(
            r#"{{ "id": "{id}", "identities": [{{ "kind": "crm", "value": "{value}" }}] }}"#
        ))
        .unwrap()
    };
    assert_eq!(engine.match_leads(&with("a", "7"), &with("b", "7")).person.verdict, Verdict::Same);
    assert_eq!(engine.match_leads(&with("a", "7"), &with("b", "8")).person.verdict, Verdict::Different);
}

#[test]
fn companies() {
    let engine = engine("{}");
    let of = |fields: &[(&str, &str)], others: &[(&str, &str)]| {
        engine.match_leads(&lead("a", fields), &lead("b", others)).company.verdict
    };
    assert_eq!(of(&[("company", "㈱アクメ")], &[("company", "株式会社　アクメ")]), Verdict::Same);
    assert_eq!(of(&[("company", "㈱アクメ")], &[("company", "アクメ")]), Verdict::Same);
    assert_eq!(
        of(&[("company", "㈱アクメ")], &[("company", "アクメ㈱")]),
        Verdict::Review,
        "two companies may stand behind it"
    );
    assert_eq!(of(&[("company", "㈱アクメ")], &[("company", "㈱アクメ商事")]), Verdict::Different);
    assert_eq!(
        of(&[("company", "伊藤忠商事㈱ 北海道支社")], &[("company", "伊藤忠商事株式会社")]),
        Verdict::Same
    );
    assert_eq!(of(&[("company", "東京商事㈱")], &[("company", "東京商会㈱")]), Verdict::Different);
    let site = |name| [("company", name), ("web", "https://www.acme.jp/"), ("phone", "03-1234-5678")];
    assert_eq!(of(&site("アクメジャパン"), &site("アクメ・ジャパン・ホールディングス")), Verdict::Review);
}

#[test]
fn groups_of_companies() {
    let engine = engine(r#"{ "parent": "parent" }"#);
    let leads = [
        lead("1", &[("company", "アクメ東京㈱"), ("parent", "株式会社アクメ")]),
        lead("2", &[("company", "アクメ大阪㈱"), ("parent", "㈱アクメ")]),
        lead("3", &[("company", "㈱アクメ"), ("parent", "アクメHD")]),
        lead("4", &[("company", "アクメ東京株式会社")]),
        lead("5", &[("company", "円"), ("parent", "環")]),
        lead("6", &[("company", "環"), ("parent", "円")]),
        lead("7", &[]),
    ];
    let accounts = engine.accounts(&leads);
    let lines: Vec<String> =
        accounts.iter().map(|a| format!("{} {} {:?}", a.name, a.group, a.leads)).collect();
    assert_eq!(
        lines,
        [
            r#"アクメ東京株式会社 アクメhd ["1", "4"]"#,
            r#"アクメ大阪株式会社 アクメhd ["2"]"#,
            r#"株式会社アクメ アクメhd ["3"]"#,
            r#"円 円 ["5"]"#,
            r#"環 円 ["6"]"#,
            r#"アクメHD アクメhd []"#,
        ]
    );
}

#[test]
fn a_merge_counts_nothing_twice_and_keeps_the_first_source() {
    let engine = engine(
        r#"{ "survivorship": { "fields": { "company": "longest", "phone": "trusted", "name": "mine" }, "trust": ["crm", "list"] } }"#,
    );
    let visit = |id: &str, day: &str| Activity::new(id, "page_view", at(&format!("2026-05-{day}T00:00:00Z")));
    let mut a = lead("a", &[("email", "a@acme.jp"), ("company", "アクメ"), ("phone", "1"), ("name", "A")]);
    a.source.insert("channel".to_owned(), Value::from("list"));
    a.record(visit("1", "03")).unwrap();
    a.record(visit("2", "04")).unwrap();
    let mut b = lead(
        "b",
        &[
            ("email", "b@acme.jp"),
            ("company", "株式会社アクメ"),
            ("phone", "2"),
            ("name", "B"),
            ("web", "acme.jp"),
        ],
    );
    b.source.insert("channel".to_owned(), Value::from("crm"));
    b.record(visit("2", "04")).unwrap();
    b.record(visit("3", "01").with_property("url", "/")).unwrap();
    let one = engine.merge(&a, &b, at("2026-06-01T00:00:00Z")).unwrap();
    let ids: Vec<_> = one.activities().iter().map(|activity| activity.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3"]);
    let text = |name: &str| serde_json::to_string(&one.fields[name]).unwrap();
    assert_eq!(
        [text("email"), text("company"), text("phone"), text("name"), text("web")],
        [r#""a@acme.jp""#, r#""株式会社アクメ""#, r#""2""#, r#""A""#, r#""acme.jp""#]
    );
    assert_eq!(one.source["channel"], Value::from("crm"), "b came first, on the first of May");
    assert!(one.answers_to("a") && one.answers_to("b") && !one.answers_to("c"));
    assert_eq!(Lead::from_json(&one.to_json()).unwrap(), one);
    assert_eq!(engine.merge(&one, &b, at("2026-06-01T00:00:00Z")).unwrap_err().code().as_str(), "IK0722");
    assert_eq!(engine.unmerge(&one, "c").unwrap_err().code().as_str(), "IK0722");
}

#[test]
fn what_happens_after_a_merge_stays_with_the_record_that_stayed() {
    let engine = engine("{}");
    let (a, b) = (lead("a", &[("name", "A")]), lead("b", &[("web", "acme.jp"), ("phone", "1")]));
    let mut one = engine.merge(&a, &b, at("2026-06-01T00:00:00Z")).unwrap();
    one.fields.insert("web".to_owned(), Value::from("acme.co.jp"));
    one.fields.insert("email".to_owned(), Value::from("a@acme.jp"));
    one.record(Activity::new("late", "page_view", at("2026-06-02T00:00:00Z"))).unwrap();
    let (back, theirs) = engine.unmerge(&one, "b").unwrap();
    assert_eq!(theirs, b);
    assert_eq!(
        serde_json::to_string(&back.fields).unwrap(),
        r#"{"name":"A","web":"acme.co.jp","email":"a@acme.jp"}"#
    );
    assert_eq!(back.activities().len(), 1);
}

#[test]
fn an_earlier_merge_can_be_undone_alone() {
    let engine = engine("{}");
    let (a, b, c) =
        (lead("a", &[("name", "A")]), lead("b", &[("web", "b.jp")]), lead("c", &[("phone", "3")]));
    let ab = engine.merge(&a, &b, at("2026-06-01T00:00:00Z")).unwrap();
    let abc = engine.merge(&ab, &c, at("2026-06-02T00:00:00Z")).unwrap();
    let (ac, taken) = engine.unmerge(&abc, "b").unwrap();
    assert_eq!(taken, b);
    assert_eq!(ac, engine.merge(&a, &c, at("2026-06-02T00:00:00Z")).unwrap());
    let nested = engine.merge(&c, &ab, at("2026-06-03T00:00:00Z")).unwrap();
    assert!(nested.answers_to("b"));
    let error = engine.unmerge(&nested, "b").unwrap_err();
    assert_eq!(error.diagnostics()[0].help.as_deref(), Some("it was merged into `a`: take that out first"));
}

fn event(change: ConsentChange, purpose: Option<&str>, day: u8) -> ConsentEvent {
    ConsentEvent {
        channel: "email".to_owned(),
        purpose: purpose.map(str::to_owned),
        event: change,
        at: at(&format!("2026-05-{day:02}T00:00:00Z")),
        basis: Some("form".to_owned()),
        trust: Trust::Human,
    }
}

#[test]
fn consent_by_channel_and_purpose() {
    let engine = engine("{}");
    let after = |events: &[ConsentEvent]| {
        events.iter().fold(Lead::new("a"), |lead, event| engine.consent(&lead, event))
    };
    let may = |lead: &Lead, purpose: Option<&str>| {
        let permission = engine.may_send(lead, "email", purpose, None, None);
        (permission.allowed, permission.because)
    };
    use ConsentChange::{Bounce, Complaint, Confirm, Deny, Grant, Recover, Request};
    use PermissionReason as Why;
    assert_eq!(may(&Lead::new("a"), None), (false, Why::Unknown));
    let opted = after(&[event(Request, None, 1), event(Confirm, None, 2)]);
    assert_eq!(may(&opted, None), (true, Why::Granted));
    assert_eq!(may(&after(&[event(Request, None, 1)]), None), (false, Why::Pending));
    assert_eq!(may(&after(&[event(Confirm, None, 1)]), None), (false, Why::Unknown), "nobody asked");
    let partly = after(&[event(Grant, None, 1), event(Deny, Some("newsletter"), 2)]);
    assert_eq!(may(&partly, Some("newsletter")), (false, Why::Denied));
    assert_eq!(may(&partly, Some("seminar")), (true, Why::Granted));
    let withdrawn = after(&[event(Grant, Some("seminar"), 1), event(Deny, None, 2)]);
    assert_eq!(may(&withdrawn, Some("seminar")), (false, Why::Denied));
    let late = after(&[event(Deny, None, 5), event(Grant, None, 4)]);
    assert_eq!(may(&late, None), (false, Why::Denied), "an older word does not undo a newer one");
    let machine = ConsentEvent { trust: Trust::Machine, ..event(Deny, None, 3) };
    assert_eq!(may(&after(&[event(Grant, None, 1), machine]), None), (true, Why::Granted));
    let bounced = after(&[event(Grant, None, 1), event(Bounce, None, 2)]);
    assert_eq!(may(&bounced, None), (false, Why::Bounce));
    assert_eq!(may(&engine.consent(&bounced, &event(Recover, None, 3)), None), (true, Why::Granted));
    let complained = after(&[
        event(Grant, None, 1),
        event(Bounce, None, 2),
        event(Complaint, None, 2),
        event(Recover, None, 3),
    ]);
    assert_eq!(may(&complained, None), (false, Why::Complaint));
    let twice = engine.consent(&opted, &event(Confirm, None, 2));
    assert_eq!(twice, opted, "delivered twice, counted once");
    assert_eq!(Lead::from_json(&complained.to_json()).unwrap(), complained);
    let list = Suppression::new(["@Acme.jp", "hanako@example.jp"]);
    let to = |address: &str| engine.may_send(&opted, "email", None, Some(address), Some(&list)).because;
    assert_eq!(to("Taro@mail.ACME.jp"), Why::SuppressionList);
    assert_eq!(to("Hanako@Example.jp"), Why::SuppressionList);
    assert_eq!(to("taro@notacme.jp"), Why::Granted);
}

#[test]
fn expressions_see_the_effective_consent() {
    let text = r#"{ "ikusei": 1, "name": "x", "segments": { "mailable": "consent.email == \"granted\"" } }"#;
    let engine = Playbook::parse(text).unwrap().compile().unwrap();
    let segments = |lead: &Lead| engine.assess(lead, at("2026-06-01T00:00:00Z")).unwrap().segments;
    let granted = engine.consent(&Lead::new("a"), &event(ConsentChange::Grant, None, 1));
    assert_eq!(segments(&granted), ["mailable"]);
    assert!(segments(&engine.consent(&granted, &event(ConsentChange::Complaint, None, 2))).is_empty());
}

#[test]
fn a_tombstone_keeps_ids_and_no_facts() {
    let engine = engine("{}");
    let (a, b) =
        (lead("a", &[("email", "taro@acme.jp"), ("name", "山田")]), lead("b", &[("email", "old@acme.jp")]));
    let one = engine.merge(&a, &b, at("2026-05-01T00:00:00Z")).unwrap();
    let stone = engine.forget(&one, at("2026-06-01T00:00:00Z"));
    assert!(stone.answers_to("a") && stone.answers_to("b") && !stone.answers_to("c"));
    assert!(
        stone.knows("email", "Taro@ACME.jp")
            && stone.knows("email", "old@acme.jp")
            && !stone.knows("email", "x@acme.jp")
    );
    let json = serde_json::to_string(&stone).unwrap();
    assert!(!json.contains("acme") && !json.contains("山田"), "{json}");
}

#[test]
fn wrong_policies_are_refused_with_their_places() {
    let text = r#"{ "ikusei": 1, "name": "x", "fields": { "email": { "type": "email" } }, "identity": {
        "person": { "same": 0.5, "compare": { "emial": { "by": "email", "weight": 0 } } },
        "company": { "review": 2, "least": -1 }, "parent": "owner", "survivorship": { "fields": { "nam": "longest" } } } }"#;
    let error = Playbook::parse(text).unwrap_err();
    let mut found: Vec<_> =
        error.diagnostics().iter().map(|d| (d.path.clone().unwrap_or_default(), d.code.as_str())).collect();
    found.sort();
    let found: Vec<_> = found.iter().map(|(path, code)| format!("{code} {path}")).collect();
    assert_eq!(
        found,
        [
            "IK0306 /identity/company",
            "IK0110 /identity/company/least",
            "IK0110 /identity/company/review",
            "IK0301 /identity/parent",
            "IK0306 /identity/person",
            "IK0301 /identity/person/compare/emial",
            "IK0110 /identity/person/compare/emial/weight",
            "IK0301 /identity/survivorship/fields/nam",
        ]
    );
}

fn leads(id: &'static str) -> impl Strategy<Value = Lead> {
    let value = prop_oneof![
        Just("null".to_owned()),
        "[a-z]{0,6}".prop_map(|text| format!("{text:?}")),
        (0..9_i64).prop_map(|n| n.to_string())
    ];
    let fields = prop::collection::btree_map("[a-e]|host/own~", value, 0..6);
    let activity = (0..8_u8, 1..9_u8, prop::bool::ANY);
    let activities = prop::collection::vec(activity, 0..8);
    let consent = prop::collection::btree_map(
        "email|phone",
        (0..3_usize, prop::option::of(1..9_u8), prop::bool::ANY),
        0..3,
    );
    let deals = prop::collection::vec((0..3_u8, 1..9_u8), 0..3);
    let identities = prop::collection::vec((0..3_u8, prop::bool::ANY), 0..3);
    (fields, activities, consent, deals, identities, prop::option::of(0..3_usize)).prop_map(
        move |(fields, activities, consent, deals, identities, source)| {
            let mut lead = Lead::new(id);
            for (name, value) in fields {
                lead.fields.insert(name, serde_json::from_str(&value).unwrap());
            }
            for (number, day, machine) in activities {
                let mut activity =
                    Activity::new(number.to_string(), "visit", at(&format!("2026-05-{day:02}T00:00:00Z")));
                activity.trust = if machine { Trust::Machine } else { Trust::Human };
                if lead.activities().iter().all(|known| known.id != activity.id) {
                    lead.record(activity).unwrap();
                }
            }
            for (channel, (status, day, bounced)) in consent {
                let status = ["granted", "denied", "unknown"][status];
                let when =
                    day.map_or(String::new(), |day| format!(r#", "at": "2026-05-{day:02}T00:00:00Z""#));
                let bounce = if bounced {
                    r#", "suppressed": { "by": "bounce", "at": "2026-05-01T00:00:00Z" }"#
                } else {
                    ""
                };
                let purposes = format!(r#", "purposes": {{ "news": {{ "status": "{status}"{when} }} }}"#);
                let text = format!(r#"{{ "status": "{status}"{when}{bounce}{purposes} }}"#);
                lead.consent.insert(channel, serde_json::from_str(&text).unwrap());
            }
            for (number, day) in deals {
                let text = format!(
                    r#"{{ "id": "{number}", "stage": "opened", "at": "2026-05-{day:02}T00:00:00Z" }}"#
                );
                lead.deals.push(serde_json::from_str(&text).unwrap());
            }
            lead.deals.dedup_by_key(|deal| deal.id.clone());
            for (number, verified) in identities {
                let text = format!(r#"{{ "kind": "crm", "value": "{number}", "verified": {verified} }}"#);
                lead.identities.push(serde_json::from_str(&text).unwrap());
            }
            if let Some(source) = source {
                lead.source =
                    Map::from([("channel".to_owned(), Value::from(["crm", "form", "list"][source]))]);
            }
            lead
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merge_then_unmerge_is_the_identity(a in leads("a"), b in leads("b"), c in leads("c"), rule in 0..5_usize) {
        let rule = ["latest", "first", "trusted", "longest", "mine"][rule];
        let engine = engine(&format!(r#"{{ "survivorship": {{ "default": "{rule}", "trust": ["crm", "form"] }} }}"#));
        let now = at("2026-06-01T00:00:00Z");
        let ab = engine.merge(&a, &b, now).unwrap();
        let (back_a, back_b) = engine.unmerge(&ab, "b").unwrap();
        prop_assert_eq!(back_a.to_json(), a.to_json());
        prop_assert_eq!(back_b.to_json(), b.to_json());

        // Through its JSON document, and with a third record.
        let stored = Lead::from_json(&ab.to_json()).unwrap();
        let abc = engine.merge(&stored, &c, now).unwrap();
        let (back_ab, back_c) = engine.unmerge(&abc, "c").unwrap();
        prop_assert_eq!(back_ab.to_json(), ab.to_json());
        prop_assert_eq!(back_c.to_json(), c.to_json());
        let cab = engine.merge(&c, &ab, now).unwrap();
        let (back_c, back_ab) = engine.unmerge(&cab, "a").unwrap();
        prop_assert_eq!(back_c.to_json(), c.to_json());
        prop_assert_eq!(back_ab.to_json(), ab.to_json());

        // Nothing counted twice, nothing lost.
        let mut ids: Vec<&str> = abc.activities().iter().map(|activity| activity.id.as_str()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), all);
        for lead in [&a, &b, &c] {
            prop_assert!(lead.activities().iter().all(|activity| ids.binary_search(&activity.id.as_str()).is_ok()));
            prop_assert!(abc.answers_to(&lead.id));
        }
    }
}
