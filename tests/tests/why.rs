//! Why, why not and what would, against trying everything.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeSet;

use ikusei::{
    DecisionFact, Detail, Engine, Influence, Instant, Known, Lead, Playbook, SuggestedStep, Way,
    WhatWouldOptions, WhyNotOptions,
};
use ikusei_tests::generate::{Case, Kind, Random, case_of};
use serde_json::{Map, Value, json};

/// The rank on a scorecard; none where points leave their range.
fn rank(engine: &Engine, lead: &Value, at: Instant, card: &str) -> Option<Option<String>> {
    let lead = Lead::from_json(&lead.to_string()).unwrap_or_else(|error| panic!("{error}\n{lead}"));
    let found = engine.prepare(&lead).unwrap().assess(at, Detail::Figures).ok()?;
    Some(found.ranks[card].rank.clone())
}

/// What is known of a lead, one fact each: a JSON Pointer, or the id of an activity.
fn facts_of(lead: &Value, card: &str) -> Vec<Fact> {
    let mut facts = Vec::new();
    for part in ["fields", "source", "consent"] {
        let keys = lead.get(part).and_then(Value::as_object).into_iter().flatten();
        facts.extend(keys.map(|(key, _)| Fact::Entry(part, key.clone())));
    }
    if lead.pointer(&format!("/standing/{card}")).is_some() {
        facts.push(Fact::Entry("standing", card.to_owned()));
    }
    let activities = lead.get("activities").and_then(Value::as_array).into_iter().flatten();
    facts.extend(activities.map(|activity| Fact::Activity(activity["id"].as_str().unwrap().to_owned())));
    facts
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Fact {
    Entry(&'static str, String),
    Activity(String),
}

fn fact(told: &DecisionFact, card: &str) -> Fact {
    match told {
        DecisionFact::Field { name, .. } => Fact::Entry("fields", name.clone()),
        DecisionFact::Source { key, .. } => Fact::Entry("source", key.clone()),
        DecisionFact::Consent { channel, .. } => Fact::Entry("consent", channel.clone()),
        DecisionFact::Standing { .. } => Fact::Entry("standing", card.to_owned()),
        DecisionFact::Activity { id, .. } => Fact::Activity(id.clone()),
        other => panic!("{other:?}"),
    }
}

/// The record with only those facts that are wanted.
fn with(lead: &Value, card: &str, wanted: impl Fn(&Fact) -> bool) -> Value {
    let mut lead = lead.clone();
    for fact in facts_of(&lead, card).into_iter().filter(|fact| !wanted(fact)) {
        match fact {
            Fact::Entry(part, key) => {
                lead[part].as_object_mut().unwrap().remove(&key);
            }
            Fact::Activity(id) => {
                lead["activities"].as_array_mut().unwrap().retain(|known| known["id"] != json!(id))
            }
        }
    }
    lead
}

/// Every subset of a list that leaves something out.
fn proper_parts<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    let part = |set: usize| {
        let chosen = items.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1);
        chosen.map(|(_, item)| item.clone()).collect()
    };
    (0..(1_usize << items.len()) - 1).map(part).collect()
}

#[test]
fn the_facts_of_why_carry_the_rank_and_none_can_be_left_out() {
    let (mut carried, mut hinged, mut skipped) = (0, 0, 0);
    for seed in 0..60 {
        let Case { playbook, leads, at } = case_of(Kind::Any, seed);
        let engine = Playbook::parse(&playbook).unwrap().compile().unwrap();
        let at: Instant = at.parse().unwrap();
        for text in &leads {
            let lead = Lead::from_json(text).unwrap();
            let record: Value = serde_json::from_str(&lead.to_json()).unwrap();
            let Ok(why) = engine.why(&lead, at, None, Known::Then) else {
                skipped += 1;
                continue;
            };
            let card = why.scorecard.as_str();
            let of = |lead: &Value| rank(&engine, lead, at, card);
            assert_eq!(of(&record), Some(why.rank.clone()));

            let facts: Vec<Fact> = why.facts.iter().map(|told| fact(told, card)).collect();
            let only = |facts: &[Fact]| of(&with(&record, card, |fact| facts.contains(fact)));
            assert_eq!(only(&facts), Some(why.rank.clone()), "{why:#?}\n{playbook}\n{record}");
            if facts.len() <= 8 {
                for part in proper_parts(&facts) {
                    assert_ne!(
                        only(&part),
                        Some(why.rank.clone()),
                        "{part:?} would do of {facts:?}\n{playbook}"
                    );
                }
            }
            carried += usize::from(!facts.is_empty());

            let hinges: Vec<Fact> = why.hinges_on.iter().map(|told| fact(told, card)).collect();
            let without = |gone: &[Fact]| of(&with(&record, card, |fact| !gone.contains(fact)));
            let changes = |gone: &[Fact]| without(gone).is_some_and(|found| found != why.rank);
            let all = facts_of(&record, card);
            if hinges.is_empty() {
                assert_eq!(why.otherwise, None);
                assert!(!all.iter().any(|fact| changes(std::slice::from_ref(fact))));
            } else {
                assert_eq!(without(&hinges), Some(why.otherwise.clone()));
                assert_ne!(why.otherwise, why.rank);
                for part in proper_parts(&hinges).into_iter().filter(|_| hinges.len() <= 8) {
                    assert!(!changes(&part), "{part:?} would do of {hinges:?}");
                }
                if hinges.len() > 1 {
                    assert!(!all.iter().any(|fact| changes(std::slice::from_ref(fact))));
                }
                hinged += 1;
            }
        }
    }
    assert!(
        carried > 40 && hinged > 40 && skipped < 20,
        "{carried} carried, {hinged} hinged, {skipped} skipped"
    );
}

#[test]
fn why_not_has_an_obstacle_just_if_the_rank_is_not_reached() {
    let (mut reached, mut held_back, mut open) = (0, 0, 0);
    for seed in 100..160 {
        let Case { playbook, leads, at } = case_of(Kind::Any, seed);
        let engine = Playbook::parse(&playbook).unwrap().compile().unwrap();
        let at: Instant = at.parse().unwrap();
        for text in &leads {
            let lead = Lead::from_json(text).unwrap();
            let record: Value = serde_json::from_str(&lead.to_json()).unwrap();
            for asked in ["A", "B", "C"] {
                let options = WhyNotOptions { rank: Some(asked.to_owned()), ..WhyNotOptions::default() };
                let Ok(found) = engine.why_not(&lead, at, &options) else { continue };
                let better = |rank: &Option<String>| rank.as_deref().is_some_and(|rank| rank <= asked);
                assert_eq!(found.reached, better(&found.rank));
                assert_eq!(found.reached, found.obstacles.is_empty(), "{found:#?}\n{playbook}\n{record}");
                if found.reached {
                    reached += 1;
                    continue;
                }
                open += 1;
                let card = found.scorecard.as_str();
                let gone: Vec<Fact> = found.held_back_by.iter().map(|told| fact(told, card)).collect();
                let without = |gone: &[Fact]| {
                    rank(&engine, &with(&record, card, |fact| !gone.contains(fact)), at, card)
                };
                if !gone.is_empty() {
                    assert!(better(&without(&gone).unwrap()));
                    for part in proper_parts(&gone).into_iter().filter(|_| gone.len() <= 8) {
                        assert!(!without(&part).is_some_and(|rank| better(&rank)));
                    }
                    held_back += 1;
                }
            }
        }
    }
    assert!(
        reached > 100 && open > 100 && held_back > 20,
        "{reached} reached, {open} not, {held_back} held back"
    );
}

/// A small playbook in which many things matter at once: losses, caps, periods, conditions of two things.
fn small(random: &mut Random) -> Value {
    let points = |random: &mut Random| random.pick(&[5, 10, 10, 15, 20, -10]);
    let conditions = [
        "size >= 50",
        "size >= 300 && town == \"東京\"",
        "town in [\"東京\", \"大阪\"]",
        "student",
        "!student && has(town)",
        "\"a\" in tags",
        "\"a\" in tags && \"b\" in tags",
        "seen(\"seminar\") && size > 10",
        "count(\"visit\", \"7d\") >= 2",
    ];
    let mut rules = Vec::new();
    for number in 0..random.between(3, 6) {
        let points = points(random);
        rules.push(match random.below(4) {
            0 | 1 => json!({ "id": format!("fit-{number}"), "when": random.pick(&conditions), "points": points }),
            2 => json!({ "id": format!("seminar-{number}"), "on": "seminar", "points": points, "per": "day" }),
            _ => json!({ "id": format!("visit-{number}"), "on": "visit", "points": points, "cap": 20, "within": "30d",
                "when": random.pick(&["activity.url.startsWith(\"/pricing\")", "has(activity.url)", "true"]) }),
        });
    }
    let mut card = json!({ "rules": rules, "ranks": [
        { "rank": "A", "at_least": 30, "keep": { "margin": 5 } },
        { "rank": "B", "at_least": 15, "when": random.pick(&["true", "size > 0 || seen(\"visit\")", "!student"]) },
        { "rank": "C" },
    ] });
    if random.chance(30) {
        card["disqualify"] =
            json!([{ "id": "out", "when": random.pick(&["student", "size < 10", "count(\"visit\") > 3"]) }]);
    }
    if random.chance(30) {
        card["ranks"] = json!([{ "rank": "A" }, { "rank": "B" }, { "rank": "C" }]);
        card["matrix"] = json!({
            "fit": [{ "grade": "good", "at_least": 10 }, { "grade": "poor" }],
            "engagement": [{ "level": "high", "at_least": 10 }, { "level": "low" }],
            "ranks": { "good": { "high": "A", "low": "B" }, "poor": { "high": "B", "low": "C" } },
        });
    }
    json!({
        "ikusei": 1, "name": "small",
        "fields": { "size": { "type": "integer" }, "town": { "type": "text" }, "student": { "type": "boolean" }, "tags": { "type": "set" } },
        "activities": { "visit": { "properties": { "url": "text" } }, "seminar": {} },
        "scorecards": { "overall": card },
    })
}

fn small_lead(random: &mut Random) -> Value {
    let mut fields = Map::new();
    for (name, values) in [
        ("size", vec![json!(5), json!(60), json!(400)]),
        ("town", vec![json!("東京"), json!("札幌")]),
        ("student", vec![json!(true), json!(false)]),
        ("tags", vec![json!(["a"]), json!(["b"])]),
    ] {
        if random.chance(40) {
            fields.insert(name.to_owned(), random.pick(&values));
        }
    }
    let activities: Vec<Value> = (0..random.below(4))
        .map(|number| {
            let kind = random.pick(&["visit", "seminar"]);
            let day = random.pick(&["2026-05-01", "2026-04-28", "2026-03-01"]);
            let mut activity =
                json!({ "id": format!("e-{number}"), "kind": kind, "at": format!("{day}T00:00:00Z") });
            if kind == "visit" && random.chance(60) {
                activity["properties"] = json!({ "url": random.pick(&["/pricing", "/"]) });
            }
            activity
        })
        .collect();
    json!({ "id": "lead-1", "fields": fields, "activities": activities })
}

/// One thing that may be done.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    Set(&'static str, Value),
    Do(&'static str, Value),
}

/// The record with all steps done.
fn done(lead: &Value, steps: &[Step], at: Instant) -> Value {
    let mut lead = lead.clone();
    let mut number = 0;
    for step in steps {
        match step {
            Step::Set(field, value) => lead["fields"][field] = value.clone(),
            Step::Do(kind, properties) => {
                number += 1;
                lead["activities"].as_array_mut().unwrap().push(json!({
                    "id": format!("would-{number}"), "kind": kind, "at": at.to_string(), "properties": properties,
                }));
            }
        }
    }
    lead
}

/// Every multiset of steps of a size, as rising numbers, in which no field is set twice.
fn sets(steps: &[Step], size: usize, from: usize, begun: &mut Vec<usize>, found: &mut Vec<Vec<usize>>) {
    if begun.len() == size {
        found.push(begun.clone());
        return;
    }
    for number in from..steps.len() {
        let field = |number: usize| match &steps[number] {
            Step::Set(field, _) => Some(*field),
            Step::Do(..) => None,
        };
        if begun.iter().any(|held| field(*held).is_some() && field(*held) == field(number)) {
            continue;
        }
        begun.push(number);
        sets(steps, size, number, begun, found);
        begun.pop();
    }
}

/// A multiset within another, both rising.
fn within(part: &[usize], set: &[usize]) -> bool {
    let mut rest = set.iter();
    part.iter().all(|number| rest.any(|held| held == number))
}

/// What a suggestion does, as text to compare by.
fn told(way: &Way) -> Vec<String> {
    let one = |step: &SuggestedStep| match step {
        SuggestedStep::Field { name, to, .. } => format!("{name}={}", serde_json::to_string(to).unwrap()),
        SuggestedStep::Activity(activity) => {
            format!("{} {}", activity.kind, serde_json::to_string(&activity.properties).unwrap())
        }
        other => panic!("{other:?}"),
    };
    way.steps.iter().map(one).collect()
}

#[test]
fn what_would_finds_every_smallest_set_that_trying_everything_finds() {
    let steps = [
        (Step::Set("size", json!(60)), 2),
        (Step::Set("size", json!(400)), 3),
        (Step::Set("town", json!("東京")), 1),
        (Step::Set("student", json!(false)), 1),
        (Step::Set("tags", json!(["a", "b"])), 1),
        (Step::Do("visit", json!({ "url": "/pricing" })), 1),
        (Step::Do("visit", json!({})), 1),
        (Step::Do("seminar", json!({})), 4),
    ];
    let influence: Influence = serde_json::from_value(json!({
        "fields": [{ "field": "size", "cost": 2, "values": [60] }, { "field": "size", "cost": 3, "values": [400] },
            { "field": "town", "values": ["東京"] }, { "field": "student", "values": [false] },
            { "field": "tags", "values": [["a", "b"]] }],
        "activities": [{ "kind": "visit", "properties": { "url": "/pricing" } }, { "kind": "visit", "properties": {} },
            { "kind": "seminar", "cost": 4, "properties": {} }],
    }))
    .unwrap();
    let (plain, costs): (Vec<Step>, Vec<i64>) = steps.into_iter().unzip();
    let at: Instant = "2026-05-01T12:00:00Z".parse().unwrap();
    let mut multisets = Vec::new();
    for size in 1..=3 {
        sets(&plain, size, 0, &mut Vec::new(), &mut multisets);
    }
    let (mut ways, mut never, mut already) = (0, 0, 0);
    for seed in 0..150 {
        let mut random = Random::new(seed);
        let playbook = small(&mut random);
        let engine = Playbook::parse(&playbook.to_string()).unwrap().compile().unwrap();
        let record = small_lead(&mut random);
        let lead = Lead::from_json(&record.to_string()).unwrap();
        let asked = random.pick(&["A", "A", "B", "C"]);
        let options = WhatWouldOptions {
            rank: Some(asked.to_owned()),
            influence: Some(influence.clone()),
            most: Some(10_000),
            ..WhatWouldOptions::default()
        };
        let found = engine.what_would(&lead, at, &options).unwrap();
        let reaches = |lead: &Value| {
            rank(&engine, lead, at, "overall").unwrap().is_some_and(|rank| rank.as_str() <= asked)
        };
        if reaches(&record) {
            assert!(found.reached && found.suggestions.is_empty());
            already += 1;
            continue;
        }
        let mut wanted: Vec<Vec<usize>> = Vec::new();
        for set in &multisets {
            let steps: Vec<Step> = set.iter().map(|number| plain[*number].clone()).collect();
            if !wanted.iter().any(|way| within(way, set)) && reaches(&done(&record, &steps, at)) {
                wanted.push(set.clone());
            }
        }
        assert_eq!(
            (found.searched, found.fewest),
            (3, wanted.iter().map(Vec::len).min()),
            "{playbook}\n{record}"
        );
        let text = |number: &usize| match &plain[*number] {
            Step::Set(field, value) => format!("{field}={value}"),
            Step::Do(kind, properties) => format!("{kind} {properties}"),
        };
        let expected: BTreeSet<(i64, Vec<String>)> = wanted
            .iter()
            .map(|set| (set.iter().map(|number| costs[*number]).sum(), set.iter().map(text).collect()))
            .collect();
        let suggested: BTreeSet<(i64, Vec<String>)> =
            found.suggestions.iter().map(|way| (way.cost.millionths() / 1_000_000, told(way))).collect();
        assert_eq!(suggested, expected, "{asked}\n{playbook}\n{record}");
        let order: Vec<(i64, usize)> =
            found.suggestions.iter().map(|way| (way.cost.millionths(), way.steps.len())).collect();
        assert!(order.is_sorted(), "{order:?}");
        // The few that are told by default are the first of all.
        let few = engine.what_would(&lead, at, &WhatWouldOptions { most: None, ..options }).unwrap();
        assert_eq!(few.suggestions[..], found.suggestions[..found.suggestions.len().min(5)]);
        ways += wanted.len();
        never += usize::from(wanted.is_empty());
    }
    assert!(ways > 150 && never > 15 && already > 30, "{ways} ways, {never} never, {already} already");
}

/// What a host does with a suggestion.
fn applied(lead: &Lead, steps: &[SuggestedStep]) -> Lead {
    let mut lead = lead.clone();
    for step in steps {
        match step {
            SuggestedStep::Field { name, to, .. } => {
                lead.fields.insert(name.clone(), to.clone());
            }
            SuggestedStep::Item { name, item } => {
                let entry = lead.fields.entry(name.clone()).or_insert(ikusei::Value::List(Vec::new()));
                if *entry == ikusei::Value::Null {
                    *entry = ikusei::Value::List(Vec::new());
                }
                let ikusei::Value::List(items) = entry else { panic!("{entry:?}") };
                items.push(ikusei::Value::Text(item.clone()));
            }
            SuggestedStep::Activity(activity) => {
                lead.record(activity.clone()).unwrap();
            }
            other => panic!("{other:?}"),
        }
    }
    lead
}

#[test]
fn suggestions_on_generated_playbooks_reach_the_rank_and_no_part_of_them_does() {
    let (mut suggested, mut open) = (0, 0);
    for seed in 200..260 {
        let Case { playbook, leads, at } = case_of(Kind::Any, seed);
        let engine = Playbook::parse(&playbook).unwrap().compile().unwrap();
        let at: Instant = at.parse().unwrap();
        for text in leads.iter().take(2) {
            let lead = Lead::from_json(text).unwrap();
            let options = WhatWouldOptions { size: Some(2), ..WhatWouldOptions::default() };
            let Ok(found) = engine.what_would(&lead, at, &options) else { continue };
            if found.reached {
                continue;
            }
            open += 1;
            let reaches = |lead: &Lead| {
                let found_rank = engine.prepare(lead).unwrap().assess(at, Detail::Figures).ok();
                let sheet = found_rank.map(|found_rank| {
                    (found_rank.ranks["card_0"].rank.clone(), found_rank.scores["card_0"].total)
                });
                sheet.filter(|(rank, _)| rank.as_ref().is_some_and(|rank| *rank <= found.asked))
            };
            for way in &found.suggestions {
                let (rank, total) = reaches(&applied(&lead, &way.steps))
                    .unwrap_or_else(|| panic!("{way:#?}\n{playbook}\n{}", lead.to_json()));
                assert_eq!((rank, total), (Some(way.rank.clone()), way.total));
                for part in proper_parts(&way.steps) {
                    assert!(reaches(&applied(&lead, &part)).is_none(), "{part:?} of {way:#?}");
                }
                suggested += 1;
            }
        }
    }
    assert!(suggested > 60 && open > 40, "{suggested} suggestions for {open} leads");
}

/// Whether an expression makes something else of a field than comparing it.
fn reckons_with(value: &Value, field: &str) -> bool {
    const RECKONING: [&str; 9] = [" + ", " - ", " * ", " / ", " % ", "-(", "string(", "int(", "double("];
    match value {
        Value::String(text) => text.contains(field) && RECKONING.iter().any(|sign| text.contains(sign)),
        Value::Array(items) => items.iter().any(|item| reckons_with(item, field)),
        Value::Object(entries) => entries.values().any(|item| reckons_with(item, field)),
        _ => false,
    }
}

/// Numbers, booleans and times that are only compared: what any value of another lead reaches, one of the values that
/// are tried reaches.
#[test]
fn the_values_that_are_tried_stand_for_all_others() {
    let (mut reached, mut tried) = (0, 0);
    for seed in 300..420 {
        let Case { playbook, leads, at } = case_of(Kind::Any, seed);
        let engine = Playbook::parse(&playbook).unwrap().compile().unwrap();
        let document: Value = serde_json::from_str(&playbook).unwrap();
        let at: Instant = at.parse().unwrap();
        let leads: Vec<Lead> = leads.iter().map(|lead| Lead::from_json(lead).unwrap()).collect();
        for (lead, other) in leads.iter().zip(leads.iter().skip(1)) {
            for (field, value) in &other.fields {
                let simple = ["integer", "number", "boolean", "date", "timestamp"];
                if !simple.iter().any(|kind| field.starts_with(kind)) || *value == ikusei::Value::Null {
                    continue;
                }
                if reckons_with(&document, field) {
                    continue;
                }
                tried += 1;
                let influence =
                    serde_json::from_value::<Influence>(json!({ "fields": [field], "activities": [] }))
                        .unwrap();
                let options = WhatWouldOptions {
                    influence: Some(influence),
                    size: Some(1),
                    ..WhatWouldOptions::default()
                };
                let Ok(found) = engine.what_would(lead, at, &options) else { continue };
                let changed = lead.clone().with_field(field.clone(), value.clone());
                let Some(rank) =
                    rank(&engine, &serde_json::from_str(&changed.to_json()).unwrap(), at, "card_0")
                else {
                    continue;
                };
                if !found.reached && rank.is_some_and(|rank| rank <= found.asked) {
                    assert_eq!(
                        found.fewest,
                        Some(1),
                        "{field} = {value:?} reaches {}\n{playbook}\n{}",
                        found.asked,
                        lead.to_json()
                    );
                    reached += 1;
                }
            }
        }
    }
    assert!(reached > 20, "{reached} of {tried}");
}
