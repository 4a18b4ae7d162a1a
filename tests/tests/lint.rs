//! What lint says to be impossible never happens, and what it shows is so.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Instant as Clock;

use ikusei::{Engine, Instant, Lead, Playbook, Points};
use ikusei_tests::generate::{Case, Kind, case_of};
use serde_json::{Value, json};

const AT: &str = "2026-07-01T00:00:00Z";

/// What a finding says of one lead: whether its condition held, or its rank was reached, by a segment of its own.
fn with_probe(playbook: &str, condition: &str) -> Engine {
    let mut document: Value = serde_json::from_str(playbook).unwrap();
    document["segments"]["probe"] = json!(condition);
    Playbook::parse(&document.to_string()).unwrap().compile().unwrap()
}

/// The text under a path of the playbook.
fn under<'v>(document: &'v Value, path: &str) -> Option<&'v str> {
    let value = document.pointer(path)?;
    value.as_str().or_else(|| value["when"].as_str())
}

/// Playbooks with fields that few values tell apart, so that conditions often hold always or never.
fn narrow(seed: u64) -> String {
    let mut random = ikusei_tests::generate::Random::new(seed);
    let atoms = [
        "size > 3",
        "size <= 3",
        "size == 4",
        "kind == \"a\"",
        "kind != \"a\"",
        "kind in [\"a\", \"b\"]",
        "hot",
        "!hot",
        "size < 5",
        "\"x\" in tags",
        "has(kind)",
        "kind.startsWith(\"a\")",
        "ratio >= 0.5",
        "ratio < 0.5",
        "day < date(\"2026-05-01\")",
        "day >= date(\"2026-05-01\")",
    ];
    let condition = |random: &mut ikusei_tests::generate::Random| {
        let mut text = random.pick(&atoms).to_owned();
        for _ in 0..random.below(3) {
            let (sign, more) = (random.pick(&["&&", "||"]), random.pick(&atoms));
            text = if random.chance(25) {
                format!("!({text}) {sign} {more}")
            } else {
                format!("({text}) {sign} {more}")
            };
        }
        text
    };
    let rules: Vec<Value> = (0..6)
        .map(|number| json!({ "id": format!("rule_{number}"), "when": condition(&mut random), "points": random.pick(&[10, 5, -5]) }))
        .collect();
    json!({
        "ikusei": 1, "name": "narrow",
        "fields": { "size": { "type": "integer" }, "kind": { "type": "text" }, "hot": { "type": "boolean" },
            "tags": { "type": "set" }, "ratio": { "type": "number" }, "day": { "type": "date" } },
        "scorecards": { "card_0": { "rules": rules, "ranks": [
            { "rank": "S", "at_least": random.pick(&[20, 30, 40]) },
            { "rank": "A", "at_least": random.pick(&[-15, 0, 10]), "when": condition(&mut random) },
            { "rank": "B", "at_least": -20 },
            { "rank": "C" },
        ] } },
        "segments": { "one": condition(&mut random), "two": condition(&mut random) },
    })
    .to_string()
}

fn narrow_leads() -> Vec<String> {
    let mut leads = Vec::new();
    for size in [json!(null), json!(3), json!(4), json!(5), json!(-9)] {
        for kind in [json!(null), json!("a"), json!("b"), json!("abc"), json!("")] {
            for hot in [json!(null), json!(true), json!(false)] {
                for (tags, score, day) in [
                    (json!([]), json!(0.5), json!("2026-04-30")),
                    (json!(["x", "y"]), json!(null), json!("2026-05-01")),
                    (json!(null), json!(0.49), json!(null)),
                ] {
                    let fields = json!({ "size": size, "kind": kind, "hot": hot, "tags": tags, "ratio": score, "day": day });
                    leads.push(json!({ "id": "lead-1", "fields": fields }).to_string());
                }
            }
        }
    }
    leads
}

/// Checks every finding of a playbook, and the ranges, on leads; counts findings by code.
fn check(playbook: &str, leads: &[String], found: &mut BTreeMap<String, usize>) {
    let document: Value = serde_json::from_str(playbook).unwrap();
    let parsed = Playbook::parse(playbook).unwrap_or_else(|error| panic!("{error}\n{playbook}"));
    let (engine, lint) = (parsed.compile().unwrap(), parsed.lint());
    let at: Instant = AT.parse().unwrap();
    let leads: Vec<Lead> = leads.iter().map(|lead| Lead::from_json(lead).unwrap()).collect();
    for lead in &leads {
        let Ok(assessment) = engine.assess(lead, at) else { continue };
        for (card, sheet) in &assessment.scores {
            let range = lint.ranges[card];
            let (min, max) = (range.min.unwrap_or(Points::MIN), range.max.unwrap_or(Points::MAX));
            assert!(
                min <= sheet.total && sheet.total <= max,
                "{card}: {} beyond {range:?}\n{playbook}",
                sheet.total
            );
        }
    }
    for finding in &lint.findings {
        let diagnostic = &finding.diagnostic;
        let (code, path) = (diagnostic.code.as_str(), diagnostic.path.as_deref().unwrap());
        *found.entry(code.to_owned()).or_default() += 1;
        let message = &diagnostic.message;
        match code {
            // A rule's own condition may name `activity`, which a segment cannot: those are told by their points.
            "IK0901" | "IK0902" | "IK0910" if !under(&document, path).unwrap().contains("activity.") => {
                let probe = with_probe(playbook, under(&document, path).unwrap());
                let holds = |lead: &Lead| {
                    let found = probe.memberships(lead, at);
                    found.iter().find(|found| found.segment == "probe").unwrap().member
                };
                for lead in &leads {
                    let expected = match code {
                        "IK0901" => false,
                        "IK0902" => true,
                        _ => continue,
                    };
                    assert_eq!(holds(lead), expected, "{message}\n{}\n{playbook}", lead.to_json());
                }
                if let Some(example) = &finding.example {
                    assert!(holds(example), "{message}\n{}\n{playbook}", example.to_json());
                }
            }
            "IK0903" => {
                let name = message.split('`').nth(1).unwrap();
                let card = path.split('/').nth(2).unwrap();
                for lead in
                    leads.iter().filter(|lead| lead.standing.is_empty() && message.starts_with("rank"))
                {
                    let Ok(assessment) = engine.assess(lead, at) else { continue };
                    let rank = assessment.ranks[card].rank.as_deref();
                    assert_ne!(rank, Some(name), "{message}\n{}\n{playbook}", lead.to_json());
                }
            }
            "IK0904" => {
                for lead in &leads {
                    let Ok(assessment) = engine.assess(lead, at) else { continue };
                    let parts: Vec<&str> = path.split('/').collect();
                    let sheet = &assessment.scores[parts[2]];
                    for entry in sheet.ledger.iter().flatten() {
                        let kind = serde_json::to_value(entry.kind).unwrap();
                        let max = *parts.last().unwrap() == "max";
                        let of_limit = match parts[3] {
                            "groups" => entry.group.as_deref() == Some(parts[4]),
                            "rules" => false,
                            _ => kind == json!("clamp"),
                        };
                        let bound = of_limit && entry.points.is_negative() == max;
                        assert!(!bound, "{message}\n{entry:?}\n{playbook}");
                    }
                }
            }
            _ => {}
        }
    }
}

trait Memberships {
    fn memberships(&self, lead: &Lead, at: Instant) -> Vec<ikusei::Membership>;
}

impl Memberships for Engine {
    fn memberships(&self, lead: &Lead, at: Instant) -> Vec<ikusei::Membership> {
        self.prepare(lead).unwrap().memberships(at).unwrap()
    }
}

#[test]
fn no_lead_refutes_a_finding() {
    let mut found = BTreeMap::new();
    let leads = narrow_leads();
    for seed in 0..120 {
        check(&narrow(seed), &leads, &mut found);
    }
    for seed in 0..120 {
        let Case { playbook, .. } = case_of(Kind::Any, seed);
        let mut leads = Vec::new();
        for lead in case_of(Kind::Any, seed).leads {
            // Nearly nothing known, and with ranks that were held before.
            let mut bare: Value = serde_json::from_str(&lead).unwrap();
            bare["fields"] = json!({});
            leads.push(bare.to_string());
            leads.push(lead);
        }
        check(&playbook, &leads, &mut found);
    }
    for code in ["IK0901", "IK0902", "IK0903", "IK0904", "IK0910"] {
        assert!(found.get(code).is_some_and(|count| *count > 5), "{code}: {found:?}");
    }
}

#[test]
fn five_hundred_rules_are_linted_in_a_moment() {
    let mut text = String::from("ikusei: 1\nname: large\nfields:\n");
    for field in 0..50 {
        let _ = writeln!(
            text,
            "  f{field}: {{ type: integer }}\n  t{field}: {{ type: text, values: [a, b, c] }}"
        );
    }
    text.push_str("scorecards:\n  overall:\n    rules:\n");
    for rule in 0..500 {
        let (a, b) = (rule % 50, (rule * 7 + 1) % 50);
        let _ = writeln!(
            text,
            "      - {{ id: r{rule}, when: '(f{a} > {rule} && f{a} < {}) || (t{b} in [\"a\", \"b\"] && f{b} >= 3)', points: 1 }}",
            rule + 40
        );
    }
    text.push_str("    ranks: [{ rank: A, at_least: 400 }, { rank: B }]\n");
    let playbook = Playbook::parse(&text).unwrap();
    let begun = Clock::now();
    let lint = playbook.lint();
    let took = begun.elapsed();
    println!("500 rules linted in {took:?}");
    assert!(lint.findings.is_empty(), "{:?}", lint.findings.first());
    // A second in a build for use: tests are built for debugging, ten times slower, and share their machine.
    assert!(took.as_secs() < 20, "{took:?}");
}
