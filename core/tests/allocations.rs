//! Scoring without a ledger takes the same memory however many rules and activities there are.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use allocation_counter::{AllocationInfo, measure};
use ikusei::{Activity, Instant, Lead, Playbook};
use serde_json::{Value, json};

/// The allocations of one scoring, which the first one has warmed up for.
fn allocations(playbook: &Value, lead: &Lead) -> AllocationInfo {
    let at: Instant = "2026-07-01T00:00:00Z".parse().unwrap();
    let engine = Playbook::parse(&playbook.to_string()).unwrap().compile().unwrap();
    let prepared = engine.prepare(lead).unwrap();
    let first = prepared.figures(at).unwrap();
    assert!(first.iter().any(|sheet| sheet.total.millionths() != 0), "rules that give nothing show nothing");
    measure(|| drop(prepared.figures(at)))
}

/// Rules about attributes: those that are fused, and those that are not.
fn fit(number: usize) -> Value {
    let rule = |index: usize| {
        let when = match index % 8 {
            0 => format!("industry == \"industry-{index}\""),
            1 => format!("employees >= {index} && employees < 1000"),
            2 => format!("email.endsWith(\".{index}.co.jp\")"),
            3 => format!("industry.contains(\"{index}\") || employees > {index}"),
            4 => format!("email.matches(\"^[a-z]+[0-{}]*@\")", index % 10),
            5 => format!("\"interest-{index}\" in interests && customer"),
            6 => format!("rate > 0.{index} || opened < date(\"2026-04-01\")"),
            _ => format!("!(industry in [\"a\", \"b\", \"{index}\"])"),
        };
        json!({ "id": format!("rule-{index}"), "when": when, "points": 1.5 })
    };
    json!({
        "ikusei": 1, "name": "fit",
        "fields": {
            "industry": { "type": "text" }, "employees": { "type": "integer" }, "email": { "type": "email" },
            "interests": { "type": "set" }, "customer": { "type": "boolean" }, "rate": { "type": "number" },
            "opened": { "type": "date" },
        },
        "scorecards": { "overall": { "rules": (0..number).map(rule).collect::<Vec<_>>() } },
    })
}

fn behaviour(number: usize) -> Value {
    let rule = |index: usize| {
        json!({
            "id": format!("rule-{index}"), "on": "page_view",
            "when": format!("activity.url.contains(\"{index}\") || activity.url.startsWith(\"/pricing\")"),
            "points": 2, "cap": 30, "within": "90d", "decay": { "half_life": "30d" }, "per": { "day": 3 },
        })
    };
    json!({
        "ikusei": 1, "name": "behaviour",
        "activities": { "page_view": { "properties": { "url": "url" } } },
        "scorecards": { "overall": { "rules": (0..number).map(rule).collect::<Vec<_>>() } },
    })
}

fn attributes() -> Lead {
    let mut lead = Lead::new("lead-1").with_field("industry", "industry-8").with_field("employees", 300);
    lead = lead.with_field("email", "taro1@example.2.co.jp").with_field("customer", true);
    lead =
        lead.with_field("rate", Value::from(0.4).as_f64().map_or(ikusei::Value::Null, ikusei::Value::Float));
    let interests = ["interest-5", "interest-13"].map(|text| ikusei::Value::Text(text.to_owned()));
    lead.with_field("opened", "2026-01-31").with_field("interests", ikusei::Value::List(interests.to_vec()))
}

fn history(number: i64) -> Lead {
    let mut lead = Lead::new("lead-1");
    for day in 0..number {
        let at = Instant::from_micros(1_782_777_600_000_000 - day * 50_000_000_000).unwrap();
        let visit = Activity::new(format!("evt-{day}"), "page_view", at);
        lead.record(visit.with_property("url", if day % 3 == 0 { "/pricing/1" } else { "/blog/5" })).unwrap();
    }
    lead
}

#[test]
fn rules_about_attributes_allocate_nothing_each() {
    let lead = attributes();
    let counts: Vec<u64> = [10, 40, 160].map(|rules| allocations(&fit(rules), &lead).count_total).to_vec();
    println!("allocations of 10, 40 and 160 rules about attributes: {counts:?}");
    assert!(counts.iter().all(|count| *count == counts[0]), "{counts:?}");
    assert!(counts[0] > 0, "the counter counts");
}

#[test]
fn rules_about_behaviour_allocate_nothing_each() {
    let few = allocations(&behaviour(1), &history(1)).count_total;
    let rules = allocations(&behaviour(12), &history(1)).count_total;
    let all = allocations(&behaviour(12), &history(100)).count_total;
    println!("allocations of 1 rule x 1 activity: {few}, 12 x 1: {rules}, 12 x 100: {all}");
    assert_eq!((few, few), (rules, all));
}
