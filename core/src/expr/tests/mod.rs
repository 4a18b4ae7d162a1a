//! What the expressions promise: null rules, functions, history, diagnostics, limits.

#[cfg(all(feature = "regex", feature = "zones"))]
mod conformance;
mod properties;
#[cfg(all(feature = "regex", feature = "zones"))]
mod textproto;

use indexmap::IndexMap;

use super::*;
use crate::lead::activity::{Activity, Trust};
use crate::lead::model::{ActivityPolicy, FieldPolicy};
use crate::lead::record::Lead;

fn model() -> Model {
    let fields: IndexMap<String, FieldPolicy> = serde_json::from_str(
        r#"{
            "email": { "type": "email" },
            "company": { "type": "text" },
            "prefecture": { "type": "text", "values": ["東京都", "大阪府", "北海道"] },
            "industry": { "type": "text" },
            "employees": { "type": "integer" },
            "revenue": { "type": "number" },
            "customer": { "type": "boolean" },
            "founded": { "type": "date" },
            "called_at": { "type": "timestamp" },
            "interests": { "type": "set", "values": ["product-a", "product-b"] },
            "役職": { "type": "text" },
            "empty_text": { "type": "text" },
            "empty_int": { "type": "integer" },
            "empty_number": { "type": "number" },
            "empty_bool": { "type": "boolean" },
            "empty_time": { "type": "timestamp" },
            "empty_set": { "type": "set" }
        }"#,
    )
    .unwrap();
    let activities: IndexMap<String, ActivityPolicy> = serde_json::from_str(
        r#"{
            "page_view": { "channel": "web", "properties": { "url": "text", "seconds": "integer" } },
            "email_click": { "channel": "email", "properties": { "url": "text", "template": "text" } },
            "seminar_attended": { "properties": { "seconds": "text" } }
        }"#,
    )
    .unwrap();
    Model::new(&fields, &activities)
}

fn lead() -> Lead {
    let mut lead: Lead = serde_json::from_str(
        r#"{
            "id": "lead-1",
            "fields": {
                "email": "hanako@example.co.jp", "company": "㈱アクメ", "prefecture": "東京都",
                "industry": "製造業", "employees": 300, "revenue": 12.5, "customer": false,
                "founded": "1999-04-01", "called_at": "2026-05-01T09:00:00+09:00",
                "interests": ["product-a"], "役職": "部長"
            },
            "source": { "channel": "search", "keyword": "MA ツール", "position": 3, "deep": { "a": 1 } },
            "consent": { "email": { "status": "granted" } }
        }"#,
    )
    .unwrap();
    let visit = |id: &str, at: &str, url: &str, seconds: i64| {
        Activity::new(id, "page_view", at.parse().unwrap())
            .with_property("url", url)
            .with_property("seconds", seconds)
    };
    lead.record(visit("v1", "2026-04-01T00:00:00Z", "/", 5)).unwrap();
    lead.record(visit("v2", "2026-05-30T00:00:00Z", "/pricing", 60)).unwrap();
    lead.record(visit("v3", "2026-06-02T00:00:00Z", "/later", 60)).unwrap();
    let mut late = visit("v4", "2026-05-31T00:00:00Z", "/pricing/late", 10);
    late.recorded_at = Some("2026-06-05T00:00:00Z".parse().unwrap());
    lead.record(late).unwrap();
    let mut scanner = Activity::new("c1", "email_click", "2026-05-31T00:00:00Z".parse().unwrap());
    scanner.trust = Trust::Machine;
    lead.record(scanner).unwrap();
    lead
}

struct Fixed;

impl Derived for Fixed {
    fn figure(&self, card: usize, figure: Figure) -> Points {
        let base = if card == 0 { 100 } else { 7 };
        Points::from_whole(base + if figure == Figure::Total { 30 } else { 0 }).unwrap()
    }

    fn rank(&self, card: usize) -> Option<&str> {
        (card == 0).then_some("A")
    }

    fn in_segment(&self, segment: usize) -> bool {
        segment == 0
    }
}

const AT: &str = "2026-06-01T00:00:00Z";
const KINDS: [usize; 2] = [0, 1];

fn env(model: &Model) -> Env<'_> {
    Env {
        model,
        activity: Some(&KINDS),
        cards: &["overall", "product-a"],
        ranks: true,
        own_card: Some(1),
        segments: &["tokyo", "osaka"],
    }
}

fn with_frame<T>(run: impl FnOnce(&Env<'_>, &Frame<'_>) -> T) -> T {
    let (model, lead) = (model(), lead());
    let facts = Facts::read(&model, &lead).unwrap();
    let at = AT.parse::<crate::base::time::Instant>().unwrap().micros();
    let frame = Frame { facts: &facts, at, activity: facts.of_kind(0).get(1), derived: Some(&Fixed) };
    run(&env(&model), &frame)
}

fn evaluate(source: &str) -> Result<crate::lead::value::Value, String> {
    with_frame(|env, frame| {
        let program = Program::compile(source, env, Expected::Any)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
        program.value(frame).map(|value| value.to_plain()).map_err(|failure| failure.message.into_owned())
    })
}

fn holds(source: &str) -> bool {
    with_frame(|env, frame| Program::compile(source, env, Expected::Bool).unwrap().test(frame).unwrap())
}

#[test]
fn smoke() {
    for source in [
        "industry == \"製造業\"",
        "\"製造業\" == industry && employees >= 300 && revenue > 12",
        "prefecture in [\"東京都\", \"大阪府\"]",
        "\"product-a\" in interests",
        "email.endsWith(\".jp\") && !customer",
        "役職 == '部長'",
        "scores.overall.total >= 130 && scores[\"product-a\"].total == 37.0 && score.fit == 7",
        "rank.overall == 'A' && rank['product-a'] == null",
        "in_segment('tokyo') && !in_segment('osaka')",
        "seen('page_view') && seen('page_view', '30d') && !seen('email_click')",
        "count('page_view') == 2 && count('page_view', duration('30d')) == 1",
        "last('page_view') == timestamp('2026-05-30T00:00:00Z') && age(last('page_view')) == duration('2d')",
        "activities('page_view').exists(a, a.url.contains('pricing') && a.seconds > 30)",
        "activity.url.startsWith('/pricing') && activity.kind == 'page_view' && activity.channel == 'web'",
        "source.channel == 'search' && source.position == 3 && source.none == null && source.deep == null",
        "consent.email == 'granted' && consent.phone == null && lead.id == 'lead-1'",
        "founded < date('2000-01-01') && founded.getFullYear() == 1999",
        "company.matches('アクメ$') && normalize(company) == normalize('(株)アクメ')",
    ] {
        assert!(holds(source), "{source}");
    }
    assert_eq!(evaluate("1 / 0"), Err("division by zero".to_owned()));
}
