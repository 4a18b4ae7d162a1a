//! Direct tests mean what the general evaluator says: on generated conditions and histories.

use proptest::prelude::*;

use super::super::direct::Direct;
use super::super::*;
use super::{AT, env, model};
use crate::base::time::Instant;
use crate::lead::activity::{Activity, Trust};
use crate::lead::record::Lead;
use crate::lead::value::Value as Plain;

const DAY: i64 = 86_400_000_000;

fn pick(items: &'static [&'static str]) -> impl Strategy<Value = String> + Clone {
    prop::sample::select(items).prop_map(str::to_owned)
}

fn sign() -> impl Strategy<Value = String> + Clone {
    pick(&["==", "!=", "<", "<=", ">", ">="])
}

/// Conditions on texts, whole numbers and moments that go by these names.
fn leaf(
    texts: &'static [&'static str],
    wholes: &'static [&'static str],
    moments: &'static [&'static str],
) -> BoxedStrategy<String> {
    let test = pick(&["startsWith", "endsWith", "contains"]);
    let what = || pick(&["\"\"", "\"/\"", "\"/pricing\"", "\"東京都\"", "\"a\""]);
    let number = || (-2_i64..62).prop_map(|number| number.to_string());
    let window = || pick(&["30d", "1d", "0s", "-1d", "2h"]);
    prop_oneof![
        (pick(texts), test, what()).prop_map(|(text, test, what)| format!("{text}.{test}({what})")),
        (pick(texts), sign(), what()).prop_map(|(text, sign, what)| format!("{text} {sign} {what}")),
        (what(), sign(), pick(texts)).prop_map(|(what, sign, text)| format!("{what} {sign} {text}")),
        (pick(texts), what(), what()).prop_map(|(text, a, b)| format!("{text} in [{a}, {b}, null]")),
        (pick(texts), pick(&["==", "!=", "<"])).prop_map(|(text, sign)| format!("{text} {sign} null")),
        pick(texts).prop_map(|text| format!("has({text})")),
        (pick(wholes), sign(), number()).prop_map(|(whole, sign, number)| format!("{whole} {sign} {number}")),
        (pick(wholes), sign(), number())
            .prop_map(|(whole, sign, number)| format!("{number}.5 {sign} {whole}")),
        (pick(wholes), number(), number())
            .prop_map(|(whole, a, b)| format!("{whole} in [{a}, {b}.0, \"a\"]")),
        (pick(moments), sign(), window())
            .prop_map(|(moment, sign, window)| format!("age({moment}) {sign} duration(\"{window}\")")),
        (pick(moments), sign()).prop_map(|(moment, sign)| format!("{moment} {sign} timestamp(\"{AT}\")")),
        pick(&["true", "false", "customer", "empty_bool", "customer == false", "revenue >= 12.5", "null"]),
    ]
    .boxed()
}

/// Chains, negations and choices of conditions.
fn chains(leaf: BoxedStrategy<String>) -> BoxedStrategy<String> {
    leaf.prop_recursive(3, 12, 3, |inner| {
        let many = || prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            many().prop_map(|parts| format!("({})", parts.join(" && "))),
            many().prop_map(|parts| format!("({})", parts.join(" || "))),
            inner.clone().prop_map(|of| format!("!({of})")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(condition, yes, no)| format!("(({condition}) ? ({yes}) : ({no}))")),
        ]
    })
    .boxed()
}

fn conditions() -> BoxedStrategy<String> {
    let of_lead = leaf(
        &["industry", "company", "empty_text", "activity.url"],
        &["employees", "empty_int", "activity.seconds"],
        &["activity.at", "called_at", "founded", "empty_time", "last('page_view')", "last('email_click')"],
    );
    // A body looks at the activity of the walk, at that of the rule, and at the lead.
    let body = chains(leaf(
        &["a.url", "a.url", "activity.url", "industry"],
        &["a.seconds", "employees"],
        &["a.at", "a.at", "activity.at"],
    ));
    let filter =
        (pick(&["page_view", "page_view", "seminar_attended"]), 0..3_usize, body.clone(), body.clone());
    let list = filter.prop_map(|(kind, filters, first, second)| {
        let filters: String =
            [first, second].iter().take(filters).map(|body| format!(".filter(a, {body})")).collect();
        // Kinds whose properties have other types or names have only what all activities have.
        if kind == "page_view" {
            format!("activities(\"{kind}\"){filters}")
        } else {
            format!("activities(\"{kind}\").filter(a, age(a.at) <= duration(\"30d\"))")
        }
    });
    let number = || (-2_i64..6).prop_map(|number| number.to_string());
    let history = prop_oneof![
        (list.clone(), sign(), number())
            .prop_map(|(list, sign, number)| format!("size({list}) {sign} {number}")),
        (number(), sign(), list.clone())
            .prop_map(|(number, sign, list)| format!("{number} {sign} {list}.size()")),
        (pick(&["exists", "all", "exists_one"]), list, body)
            .prop_filter("a body for its kind", |(_, list, _)| list.contains("page_view"))
            .prop_map(|(quantifier, list, body)| format!("{list}.{quantifier}(a, {body})")),
        (pick(&["page_view", "email_click"]), pick(&["", ", '1d'", ", '30d'"]), sign(), number())
            .prop_map(|(kind, window, sign, number)| format!("count('{kind}'{window}) {sign} {number}")),
        (pick(&["page_view", "email_click"]), pick(&["", ", '1d'", ", '30d'"]))
            .prop_map(|(kind, window)| format!("seen('{kind}'{window})")),
    ];
    chains(prop_oneof![of_lead, history].boxed())
}

/// Ages at which something may change, with a microsecond on either side.
fn history() -> impl Strategy<Value = Lead> {
    let age = (prop::sample::select(vec![-1, 0, 1, 29, 30, 31]), -1_i64..2);
    let one = (0..3_usize, age, 0..4_usize, prop::option::of(0..60_i64), 0..4_usize);
    let fields = (any::<bool>(), prop::option::of(any::<bool>()), prop::option::of(0..60_i64));
    (prop::collection::vec(one, 0..12), fields).prop_map(|(history, (industry, customer, employees))| {
        let at = AT.parse::<Instant>().unwrap().micros();
        let mut lead =
            Lead::new("lead-1").with_field("company", "東京都").with_field("founded", "2026-05-02");
        if industry {
            lead = lead.with_field("industry", "a/pricing").with_field("revenue", Plain::Float(12.5));
        }
        if let Some(customer) = customer {
            lead = lead.with_field("customer", customer).with_field("called_at", "2026-05-31T00:00:00Z");
        }
        if let Some(employees) = employees {
            lead = lead.with_field("employees", employees);
        }
        for (number, (kind, (days, micros), url, seconds, trust)) in history.into_iter().enumerate() {
            let when = Instant::from_micros(at - days * DAY - micros).unwrap();
            let kind = ["page_view", "email_click", "seminar_attended"][kind];
            let mut activity = Activity::new(number.to_string(), kind, when);
            if let (Some(url), true) = (["/", "/pricing", "a/pricing/b"].get(url), kind != "seminar_attended")
            {
                activity = activity.with_property("url", *url);
            }
            if let (Some(seconds), "page_view") = (seconds, kind) {
                activity = activity.with_property("seconds", seconds);
            }
            match trust {
                0 => activity.trust = Trust::Machine,
                1 => activity.recorded_at = Instant::from_micros(at + DAY),
                _ => {}
            }
            lead.record(activity).unwrap();
        }
        lead
    })
}

#[test]
fn direct_tests_say_what_the_evaluator_says() {
    use std::cell::Cell;
    let (held, not) = (Cell::new(0_usize), Cell::new(0_usize));
    let config = ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() };
    proptest::test_runner::TestRunner::new(config)
        .run(&(conditions(), history(), 0..3_usize), |(source, lead, activity)| {
            let model = model();
            let program = Program::compile(&source, &env(&model), Expected::Bool)
                .unwrap_or_else(|problems| panic!("{source}: {problems:?}"));
            let direct = Direct::of(program.root());
            prop_assert!(direct.is_some(), "no direct test of {source}");
            let facts = Facts::read(&model, &lead).unwrap();
            let of_rule = facts.of_kind(0).iter().chain(facts.of_kind(1)).nth(activity);
            let at = AT.parse::<Instant>().unwrap().micros();
            let frame = Frame { facts: &facts, at, activity: of_rule, derived: None };
            let holds = direct.is_some_and(|direct| direct.holds(&frame));
            prop_assert_eq!(eval::test(program.root(), &frame), Ok(holds), "{}", source);
            let seen = if holds { &held } else { &not };
            seen.set(seen.get() + 1);
            Ok(())
        })
        .unwrap();
    println!("{} held, {} did not", held.get(), not.get());
    assert!(held.get() > 500 && not.get() > 500, "both outcomes are tried");
}

#[test]
fn what_may_fail_is_left_to_the_evaluator() {
    let model = model();
    for source in [
        "employees / 2 > 3",
        "age(now + duration(\"1d\")) < duration(\"1d\")",
        "activities(\"page_view\").exists(a, activities(\"page_view\").exists(b, b.url == \"/\"))",
        "size(activities(\"page_view\").map(a, a.seconds * a.seconds)) > 2",
        "employees > empty_int",
        "scores.overall.total > 3.0",
    ] {
        let program = Program::compile(source, &env(&model), Expected::Bool).unwrap();
        assert!(Direct::of(program.root()).is_none(), "{source}");
    }
}

#[test]
fn a_history_that_takes_too_much_work_still_fails() {
    let model = model();
    let at = AT.parse::<Instant>().unwrap();
    let one = |number: i32| format!(r#"{{ "id": "{number}", "kind": "page_view", "at": "{AT}" }}"#);
    let history: Vec<String> = (0..20_000).map(one).collect();
    let lead = format!(r#"{{ "id": "lead-1", "activities": [{}] }}"#, history.join(","));
    let lead = Lead::from_json(&lead).unwrap();
    let facts = Facts::read(&model, &lead).unwrap();
    let frame = Frame { facts: &facts, at: at.micros(), activity: None, derived: None };
    for (walks, fails) in [(40, false), (120, true)] {
        let walk = "size(activities(\"page_view\").filter(a, a.seconds == 1)) == 0";
        let source = vec![walk; walks].join(" && ");
        let program = Program::compile(&source, &env(&model), Expected::Bool).unwrap();
        assert_eq!(program.test(&frame).is_err(), fails, "{walks}");
    }
}
