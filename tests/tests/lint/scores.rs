//! Scorecards, ranks and segments: findings against what assessing finds.

use std::collections::BTreeMap;
use std::fmt::Write;

use ikusei::{Assessment, Engine, Instant, Lead, Lint, LintFinding, OverlapRelation, Playbook, Points};
use ikusei_tests::generate::{Case, Kind, Random, case_of};
use serde_json::{Value, json};

const AT: &str = "2026-07-01T00:00:00Z";

/// A playbook, what lint says of it, and leads that may refute it.
struct Trial {
    document: Value,
    engine: Engine,
    lint: Lint,
    leads: Vec<Lead>,
    at: Instant,
}

impl Trial {
    fn new(playbook: &str, leads: Vec<Lead>, at: &str) -> Self {
        let parsed = Playbook::parse(playbook).unwrap_or_else(|error| panic!("{error}\n{playbook}"));
        let (engine, lint) = (parsed.compile().unwrap(), parsed.lint());
        Self {
            document: serde_json::from_str(playbook).unwrap(),
            engine,
            lint,
            leads,
            at: at.parse().unwrap(),
        }
    }

    /// Fails with everything that is needed to see why.
    fn refuted(&self, finding: &LintFinding, lead: &Lead) -> ! {
        panic!("{}\n{}\n{}", finding.diagnostic, lead.to_json(), self.document)
    }

    /// Checks the ranges, the overlaps and every finding; counts findings by code.
    fn run(&self, found: &mut BTreeMap<String, usize>) {
        for lead in &self.leads {
            let Ok(assessment) = self.engine.assess(lead, self.at) else { continue };
            self.ranges(&assessment);
            self.overlaps(lead, &assessment);
        }
        for finding in &self.lint.findings {
            *found.entry(finding.diagnostic.code.to_string()).or_default() += 1;
            self.finding(finding);
            if let Some(example) = &finding.example {
                self.example(finding, &example.lead, example.at);
                *found.entry(format!("{} shown", finding.diagnostic.code)).or_default() += 1;
            }
        }
    }

    fn ranges(&self, assessment: &Assessment) {
        for (card, sheet) in &assessment.scores {
            let range = self.lint.ranges[card];
            let (min, max) = (range.min.unwrap_or(Points::MIN), range.max.unwrap_or(Points::MAX));
            assert!(
                min <= sheet.total && sheet.total <= max,
                "{card}: {} beyond {range:?}\n{}",
                sheet.total,
                self.document
            );
        }
    }

    fn overlaps(&self, lead: &Lead, assessment: &Assessment) {
        let within = |name: &String| assessment.segments.contains(name);
        for overlap in &self.lint.overlaps {
            let listed = [&overlap.a, &overlap.b].into_iter().any(|name| {
                let segment = &self.document["segments"][name];
                let lists =
                    |key: &str| segment[key].as_array().is_some_and(|ids| ids.contains(&json!(lead.id)));
                lists("include") || lists("exclude")
            });
            let (a, b) = (within(&overlap.a), within(&overlap.b));
            let refuted = match overlap.relation {
                OverlapRelation::Disjoint => a && b,
                OverlapRelation::Within => a && !b,
                OverlapRelation::Same => a != b,
                _ => false,
            };
            assert!(listed || !refuted, "{overlap:?}\n{}\n{}", lead.to_json(), self.document);
        }
    }

    /// Leads for which the claim of a finding would show to be wrong.
    fn finding(&self, finding: &LintFinding) {
        let path = finding.diagnostic.path.as_deref().unwrap();
        let steps: Vec<&str> = path.split('/').skip(1).collect();
        match (finding.diagnostic.code.as_str(), steps.as_slice()) {
            // Without the rule, the limit or the disqualification everything is as it was.
            ("IK0901" | "IK0904" | "IK0912" | "IK0913", ["scorecards", _, place, ..]) => {
                let cut = match (finding.diagnostic.code.as_str(), *place) {
                    ("IK0904", _) => path.to_owned(),
                    _ => steps[..4].iter().fold(String::new(), |path, step| format!("{path}/{step}")),
                };
                self.same_without(finding, &cut);
            }
            // Without the condition everything is as it was.
            ("IK0902", ["scorecards", _, "rules", ..]) => self.same_without(finding, path),
            ("IK0901" | "IK0902" | "IK0911", ["segments", name, ..]) => {
                let expected = finding.diagnostic.code.as_str() == "IK0902";
                for lead in &self.leads {
                    let Ok(assessment) = self.engine.assess(lead, self.at) else { continue };
                    if assessment.segments.iter().any(|member| member == name) != expected {
                        self.refuted(finding, lead);
                    }
                }
            }
            ("IK0903", ["scorecards", card, "ranks", index, ..]) => {
                let name =
                    self.document["scorecards"][*card]["ranks"][index.parse::<usize>().unwrap()]["rank"]
                        .as_str();
                for lead in self.leads.iter().filter(|lead| lead.standing.is_empty()) {
                    let Ok(assessment) = self.engine.assess(lead, self.at) else { continue };
                    if assessment.ranks[*card].rank.as_deref() == name {
                        self.refuted(finding, lead);
                    }
                }
            }
            _ => {}
        }
    }

    /// Taking a part of the playbook out changes no score, no rank and no segment of any lead.
    fn same_without(&self, finding: &LintFinding, path: &str) {
        let mut document = self.document.clone();
        let (up, key) = path.rsplit_once('/').unwrap();
        match document.pointer_mut(up).unwrap() {
            Value::Array(items) => drop(items.remove(key.parse().unwrap())),
            Value::Object(entries) => drop(entries.remove(key).unwrap()),
            other => panic!("nothing can be taken out of {other}"),
        }
        let other =
            Playbook::parse(&document.to_string()).unwrap_or_else(|error| panic!("{error}\n{document}"));
        let other = other.compile().unwrap();
        for lead in &self.leads {
            let (Ok(with), Ok(without)) = (self.engine.assess(lead, self.at), other.assess(lead, self.at))
            else {
                continue;
            };
            let totals = |assessment: &Assessment| -> Vec<Points> {
                assessment.scores.values().map(|sheet| sheet.total).collect()
            };
            let ranks = |assessment: &Assessment| -> Vec<Option<String>> {
                assessment.ranks.values().map(|decision| decision.rank.clone()).collect()
            };
            let same = totals(&with) == totals(&without)
                && ranks(&with) == ranks(&without)
                && with.segments == without.segments;
            if !same {
                self.refuted(finding, lead);
            }
        }
    }

    /// The example shows what the finding says.
    fn example(&self, finding: &LintFinding, lead: &Lead, at: Instant) {
        let path = finding.diagnostic.path.as_deref().unwrap();
        let steps: Vec<&str> = path.split('/').skip(1).collect();
        let assessment = self.engine.assess(lead, at).unwrap();
        let fired = |card: &str, rule: &str| {
            let sheet = &assessment.scores[card];
            sheet.ledger.iter().flatten().any(|entry| entry.rule.as_deref() == Some(rule))
        };
        let shown = match (finding.diagnostic.code.as_str(), steps.as_slice()) {
            ("IK0902" | "IK0910", ["segments", name, ..]) | ("IK0908", ["segments", name]) => {
                assessment.segments.iter().any(|member| member == name)
            }
            ("IK0902" | "IK0910" | "IK0906", ["scorecards", card, "rules", index, ..]) => {
                let rules = &self.document["scorecards"][*card]["rules"];
                let rule = &rules[index.parse::<usize>().unwrap()];
                let gives = |rule: &Value| {
                    let fixed = rule["points"].as_f64().is_some_and(|points| points != 0.0);
                    !fixed || fired(card, rule["id"].as_str().unwrap())
                };
                let twin = finding
                    .diagnostic
                    .related
                    .first()
                    .map(|related| self.document.pointer(&related.path).unwrap());
                gives(rule) && twin.is_none_or(gives)
            }
            // The best lead that there can be.
            ("IK0903", ["scorecards", card, ..]) => {
                Some(assessment.scores[*card].total) == self.lint.ranges[*card].max
            }
            ("IK0910" | "IK0913", ["scorecards", card, "disqualify", ..]) => {
                assessment.ranks[*card].rank.is_none()
            }
            _ => true,
        };
        assert!(shown, "{}\n{}\n{}", finding.diagnostic, lead.to_json(), self.document);
    }
}

/// Conditions over few fields with few telling values, so that much holds always or never.
const ATOMS: [&str; 20] = [
    "size > 3",
    "size <= 3",
    "size == 4",
    "size < 5",
    "kind == \"a\"",
    "kind != \"a\"",
    "kind in [\"a\", \"b\"]",
    "kind.startsWith(\"a\")",
    "kind.startsWith(\"ab\")",
    "kind.endsWith(\"c\")",
    "has(kind)",
    "stage == \"new\"",
    "stage in [\"new\", \"old\"]",
    "hot",
    "!hot",
    "\"x\" in tags",
    "ratio >= 0.5",
    "ratio < 0.5",
    "day < date(\"2026-05-01\")",
    "10 / size > 1",
];

fn condition(random: &mut Random, atoms: &[&str]) -> String {
    let mut text = random.pick(atoms).to_owned();
    for _ in 0..random.below(3) {
        let (sign, more) = (random.pick(&["&&", "||"]), random.pick(atoms));
        text = if random.chance(25) {
            format!("!({text}) {sign} {more}")
        } else {
            format!("({text}) {sign} {more}")
        };
    }
    text
}

fn narrow(seed: u64) -> String {
    let mut random = Random::new(seed);
    let of_activity = [
        "activity.seconds >= 10",
        "activity.seconds < 10",
        "activity.url == \"/a\"",
        "activity.url != \"/a\"",
        "activity.url.startsWith(\"/\")",
        "size > 3",
    ];
    let mut rules: Vec<Value> = (0..6)
        .map(|number| {
            let points = random.pick(&[10, 5, -5, 0]);
            let mut rule = json!({ "id": format!("rule_{number}"), "when": condition(&mut random, &ATOMS), "points": points });
            if random.chance(40) {
                rule["group"] = json!("g");
            }
            rule
        })
        .collect();
    for number in 0..3 {
        let mut rule = json!({
            "id": format!("view_{number}"), "on": "view", "when": condition(&mut random, &of_activity),
            "points": random.pick(&[4, 8]), "cap": random.pick(&[4, 10, 100]),
        });
        if random.chance(50) {
            rule["per"] = random.pick(&[json!("ever"), json!({ "ever": 2 }), json!({ "day": 2 })]);
            rule["within"] = json!(random.pick(&["1d", "3d"]));
        }
        if random.chance(40) {
            rule["group"] = json!("g");
        }
        rules.push(rule);
    }
    let mut card = json!({
        "rules": rules,
        "groups": { "g": { "max": random.pick(&[5, 10, 30, 200]), "min": random.pick(&[-100, -5, 0]) } },
        "disqualify": [
            { "id": "one", "when": condition(&mut random, &ATOMS) },
            { "id": "two", "when": condition(&mut random, &ATOMS) },
        ],
        "ranks": [
            { "rank": "S", "at_least": random.pick(&[20, 30, 40]) },
            { "rank": "A", "at_least": random.pick(&[0, 10]), "when": condition(&mut random, &ATOMS) },
            { "rank": "B", "at_least": -20, "when": "score.total > 12.0 || size == 4" },
            { "rank": "C", "at_least": random.pick(&[-30, -3]) },
            { "rank": "D" },
        ],
    });
    if random.chance(30) {
        card["max"] = json!(random.pick(&[15, 500]));
    }
    if random.chance(30) {
        card["groups"]["g"].as_object_mut().unwrap().remove("min");
    }
    let more = [
        "rank.card_0 == \"S\"",
        "scores.card_0.total >= 25.0",
        "in_segment(\"one\")",
        "seen(\"view\")",
        "count(\"view\") < 2",
    ];
    let all: Vec<&str> = ATOMS.iter().copied().chain(more).collect();
    json!({
        "ikusei": 1, "name": "narrow",
        "fields": { "size": { "type": "integer" }, "kind": { "type": "text" }, "hot": { "type": "boolean" },
            "stage": { "type": "text", "values": ["new", "old"] },
            "tags": { "type": "set" }, "ratio": { "type": "number" }, "day": { "type": "date" } },
        "activities": { "view": { "properties": { "url": "text", "seconds": "integer" } } },
        "scorecards": { "card_0": card },
        "segments": {
            "one": condition(&mut random, &ATOMS),
            "two": condition(&mut random, &all),
            "three": condition(&mut random, &all),
            "four": { "when": condition(&mut random, &all), "include": ["lead-1"] },
        },
    })
    .to_string()
}

fn narrow_leads() -> Vec<Lead> {
    let view = |id: &str, at: &str, url: &str, seconds: Value| json!({ "id": id, "kind": "view", "at": at, "properties": { "url": url, "seconds": seconds } });
    let logs = [
        json!([]),
        json!([view("a", "2026-06-30T12:00:00Z", "/a", json!(20))]),
        json!([
            view("a", "2026-06-28T00:00:01Z", "/a", json!(5)),
            view("b", "2026-06-30T12:00:00Z", "b", json!(10)),
            view("c", "2026-06-30T13:00:00Z", "/c", Value::Null),
            view("d", "2026-06-30T14:00:00Z", "/a", json!(9)),
        ]),
    ];
    let mut leads = Vec::new();
    let mut number = 0;
    for size in [json!(null), json!(0), json!(3), json!(4), json!(5)] {
        for kind in [json!(null), json!("a"), json!("b"), json!("abc"), json!("")] {
            for hot in [json!(null), json!(true), json!(false)] {
                for (tags, ratio, day, stage) in [
                    (json!([]), json!(0.5), json!("2026-04-30"), json!("new")),
                    (json!(["x", "y"]), json!(null), json!("2026-05-01"), json!(null)),
                    (json!(null), json!(0.49), json!(null), json!("old")),
                ] {
                    number += 1;
                    let fields = json!({ "size": size, "kind": kind, "hot": hot, "tags": tags, "ratio": ratio, "day": day, "stage": stage });
                    let lead = json!({ "id": format!("lead-{number}"), "fields": fields, "activities": logs[number % 3] });
                    leads.push(Lead::from_json(&lead.to_string()).unwrap());
                }
            }
        }
    }
    leads
}

/// The leads of a case, with ranks that were held before forgotten, nearly nothing known, and fields exchanged.
fn varied(leads: &[String]) -> Vec<Lead> {
    let records: Vec<Value> = leads.iter().map(|lead| serde_json::from_str(lead).unwrap()).collect();
    let mut varied = records.clone();
    for record in &records {
        let mut bare = record.clone();
        bare["fields"] = json!({});
        bare.as_object_mut().unwrap().remove("standing");
        varied.push(bare);
        for other in &records {
            let mut mixed = record.clone();
            mixed["fields"] = other["fields"].clone();
            mixed.as_object_mut().unwrap().remove("standing");
            varied.push(mixed);
        }
    }
    varied.iter().map(|record| Lead::from_json(&record.to_string()).unwrap()).collect()
}

#[test]
fn no_lead_refutes_a_finding() {
    let mut found = BTreeMap::new();
    let leads = narrow_leads();
    for seed in 0..100_u64 {
        // A third of the leads for each, so that the whole takes a minute.
        let third = leads.iter().skip(usize::try_from(seed % 3).unwrap()).step_by(3).cloned().collect();
        Trial::new(&narrow(seed), third, AT).run(&mut found);
    }
    println!("narrow: {found:?}");
    for seed in 0..80 {
        let Case { playbook, leads, at } = case_of(Kind::Any, seed);
        Trial::new(&playbook, varied(&leads), &at).run(&mut found);
    }
    println!("all: {found:?}");
    for code in [
        "IK0901",
        "IK0902",
        "IK0902 shown",
        "IK0903",
        "IK0904",
        "IK0906",
        "IK0906 shown",
        "IK0910 shown",
        "IK0912",
        "IK0913",
    ] {
        assert!(found.get(code).is_some_and(|count| *count > 5), "{code}: {found:?}");
    }
}

/// What is taken for granted, and that the checks above can tell: a value that a field does not declare refutes.
#[test]
fn a_value_that_is_not_declared_would_refute() {
    let playbook = json!({
        "ikusei": 1, "name": "declared",
        "fields": { "kind": { "type": "text", "values": ["a", "b"] } },
        "segments": { "all": "kind in [\"a\", \"b\"] || kind == null" },
    });
    let refuted = |kind: &str| {
        let lead =
            Lead::from_json(&json!({ "id": "lead-1", "fields": { "kind": kind } }).to_string()).unwrap();
        let trial = Trial::new(&playbook.to_string(), vec![lead], AT);
        assert_eq!(trial.lint.findings.len(), 1);
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| trial.run(&mut BTreeMap::new()))).is_err()
    };
    assert!(!refuted("a"));
    assert!(refuted("c"));
}

#[test]
fn a_playbook_of_five_hundred_rules_is_linted_with_its_routing() {
    let playbook = Playbook::parse(&large()).unwrap();
    let lint = playbook.lint();
    assert!(lint.findings.is_empty(), "{:?}", lint.findings.first());
    assert_eq!(lint.ranges["overall"].max, Points::from_whole(500));
}

/// Conditions of four fields each, and forty teams with rules of their own.
fn large() -> String {
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
    text.push_str("    ranks: [{ rank: A, at_least: 400 }, { rank: B }]\nrouting:\n  teams:\n");
    for team in 0..40 {
        let _ =
            writeln!(text, "    team{team}: {{ cut: area, covers: 't{team} == \"a\" && f{team} > {team}' }}");
    }
    text.push_str("  policies:\n    default:\n      accountable:\n");
    for rule in 0..40 {
        let _ = writeln!(
            text,
            "        - {{ id: p{rule}, when: 't{rule} != \"c\" || f{rule} == 7', to: 'team:team{rule}' }}"
        );
    }
    text
}
