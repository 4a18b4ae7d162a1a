//! Laws of routing: one owner, fair turns, a verifier that is right.

#![cfg(all(feature = "routing", feature = "yaml"))]
#![expect(clippy::unwrap_used, reason = "what cannot be set up fails the test")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ikusei::{Engine, FindingKind, Instant, Lead, Playbook, Response, Roster, RouteOptions, Value};
use serde_json::json;

/// Chance that is the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

const AT: &str = "2026-11-20T10:00:00+09:00";
const AREAS: usize = 47;
const INDUSTRIES: usize = 20;
const PRODUCTS: usize = 6;

/// A playbook with teams for some cuts of 47 areas, 20 industries, 6 products and 5 solutions; `spoil` may change
/// which team covers what.
fn country(cuts: &[&str], rest: bool, spoil: impl Fn(&str, usize) -> Option<String>) -> (Engine, Roster) {
    let mut teams = String::new();
    let mut members = Vec::new();
    for (cut, count) in [("area", AREAS), ("account", INDUSTRIES), ("product", PRODUCTS), ("solution", 5)] {
        if !cuts.contains(&cut) {
            continue;
        }
        for number in 0..count {
            let covers = spoil(cut, number).unwrap_or_else(|| match cut {
                "product" => format!("product == \"p{number}\""),
                "area" => format!("prefecture == \"a{number}\""),
                "account" => format!("industry == \"i{number}\""),
                _ => format!("solution == \"s{number}\""),
            });
            writeln!(teams, "    {cut}-{number}: {{ cut: {cut}, covers: '{covers}' }}").unwrap();
            for half in ["x", "y"] {
                members.push(
                    json!({ "id": format!("{cut}-{number}-{half}"), "teams": [format!("{cut}-{number}")] }),
                );
            }
        }
    }
    let order = cuts.join(", ");
    let last = if rest { "        - { id: rest, to: 'team:rest' }\n" } else { "" };
    let text = format!(
        "ikusei: 1\nname: country\nfields: {{ prefecture: {{ type: text }}, industry: {{ type: text }}, product: {{ type: text }}, solution: {{ type: text }} }}\n\
         routing:\n  teams:\n{teams}    rest: {{}}\n  policies:\n    default:\n      accountable:\n        - {{ id: cuts, to: [{order}] }}\n{last}"
    );
    members.push(json!({ "id": "r1", "teams": ["rest"] }));
    members.push(json!({ "id": "r2", "teams": ["rest"] }));
    let roster = Roster::from_json(&json!({ "members": members }).to_string()).unwrap();
    (Playbook::parse(&text).unwrap().compile().unwrap(), roster)
}

fn lead(dice: &mut Dice, number: usize) -> Lead {
    let mut lead = Lead::new(format!("l{number}"));
    for (field, letter, count) in [
        ("prefecture", 'a', AREAS),
        ("industry", 'i', INDUSTRIES),
        ("product", 'p', PRODUCTS),
        ("solution", 's', 5),
    ] {
        // One more than there are, and now and then nothing at all.
        let value = dice.below(count + 2);
        if value <= count {
            lead.fields.insert(field.to_owned(), Value::from(format!("{letter}{value}").as_str()));
        }
    }
    lead
}

const COMBINATIONS: [&[&str]; 12] = [
    &["area", "account"],
    &["account", "area"],
    &["area", "product"],
    &["product", "account"],
    &["solution", "area"],
    &["account", "solution"],
    &["product", "solution"],
    &["area", "account", "product"],
    &["area", "account", "solution"],
    &["account", "solution", "product"],
    &["area", "solution", "product"],
    &["account", "solution", "product", "area"],
];

#[test]
fn a_policy_that_passes_leaves_no_lead_without_an_owner() {
    for cuts in COMBINATIONS {
        let (engine, roster) = country(cuts, true, |_, _| None);
        let found = engine.verify(&roster, None).unwrap();
        assert!(found.holds && found.findings.is_empty(), "{cuts:?}: {:?}", found.findings);
        let active: Vec<&str> = roster.members.iter().map(|member| member.id.as_str()).collect();
        let mut router = engine.router(&roster, &RouteOptions::default()).unwrap();
        let mut dice = Dice(7);
        for number in 0..500 {
            let routed = router.route(&lead(&mut dice, number), at(AT)).unwrap();
            assert_eq!(routed.assignments.len(), 1);
            assert!(active.contains(&routed.assignments[0].owner.as_str()));
        }
    }
}

#[test]
fn a_roster_kept_by_its_changes_is_the_one_that_every_call_gives_whole() {
    for assign in ["round-robin", "weighted", "least-loaded", "sticky"] {
        let text = format!(
            "ikusei: 1\nname: rows\nfields: {{ prefecture: {{ type: text }} }}\nrouting:\n  teams:\n\
             \x20   one: {{ cut: area, covers: 'prefecture < \"a5\"' }}\n    two: {{ cut: area, covers: 'prefecture >= \"a5\"' }}\n\
             \x20 policies: {{ default: {{ accountable: [{{ to: area, assign: {assign} }}], queue: {{ owner: m0 }} }} }}\n"
        );
        let engine = Playbook::parse(&text).unwrap().compile().unwrap();
        let members: Vec<_> = (0..7)
            .map(|number| json!({ "id": format!("m{number}"), "weight": number + 1, "teams": [if number % 2 == 0 { "one" } else { "two" }] }))
            .collect();
        let roster = Roster::from_json(&json!({ "members": members }).to_string()).unwrap();
        let (mut stored, mut whole) = (roster.clone(), roster.clone());
        let mut router = engine.router(&roster, &RouteOptions::default()).unwrap();
        let (mut dice, mut changes) = (Dice(5), 0);
        for number in 0..300 {
            let mut lead = lead(&mut dice, number);
            let routed = router.route(&lead, at(AT)).unwrap();
            let again = engine.route(&lead, &whole, at(AT), &RouteOptions::default()).unwrap();
            assert_eq!(routed.assignments, again.assignments);
            whole = again.roster.unwrap();
            stored.apply(&router.change().unwrap());
            assert_eq!(stored, whole, "after routing {}", lead.id);
            assert_eq!(router.change(), None, "a change is given once");
            lead.assignments = routed.assignments;
            let id = lead.assignments[0].id.clone();
            let response = match dice.below(3) {
                0 => Response::Accept,
                1 => Response::Refuse { reason: "not mine".to_owned() },
                _ => Response::Close { reason: None },
            };
            let routed = router.respond(&lead, &id, &response, at(AT)).unwrap();
            let again = engine.respond(&lead, &whole, &id, &response, at(AT)).unwrap();
            assert_eq!(routed.assignments, again.assignments);
            whole = again.roster.unwrap();
            let change = router.change();
            changes += usize::from(change.is_some());
            change.iter().for_each(|change| stored.apply(change));
            assert_eq!(stored, whole, "after the owner of {} said {response:?}", lead.id);
        }
        assert!((1..300).contains(&changes), "accepting changes no counter, refusing does");
        assert_eq!(router.close(), whole);
    }
}

#[test]
fn seeded_gaps_and_ties_are_found_with_leads_that_show_them() {
    for cuts in COMBINATIONS {
        // Nobody takes what no team covers: the example must be a lead that routing refuses.
        let (engine, roster) = country(cuts, false, |_, _| None);
        let found = engine.verify(&roster, None).unwrap();
        let gap = found.findings.iter().find(|finding| finding.kind == FindingKind::Gap).unwrap();
        let example = &gap.example.as_ref().unwrap().lead;
        let refused = engine.route(example, &roster, at(AT), &RouteOptions::default()).unwrap_err();
        assert_eq!(refused.code().as_str(), "IK0504", "{cuts:?}: {example:?}");

        // A second team for what another one covers.
        for cut in cuts {
            let (engine, roster) = country(cuts, true, |other, number| {
                let seeded = other == *cut && number == 3;
                seeded.then(|| match other {
                    "product" => "product in [\"p3\", \"p1\"]".to_owned(),
                    "area" => "prefecture in [\"a3\", \"a1\"]".to_owned(),
                    "account" => "industry in [\"i3\", \"i1\"]".to_owned(),
                    _ => "solution in [\"s3\", \"s1\"]".to_owned(),
                })
            });
            let found = engine.verify(&roster, None).unwrap();
            let ties: Vec<_> =
                found.findings.iter().filter(|finding| finding.kind == FindingKind::Tie).collect();
            assert_eq!(ties.len(), 1, "{cuts:?} {cut}: {:?}", found.findings);
            assert_eq!(ties[0].teams, [format!("{cut}-1"), format!("{cut}-3")]);
        }
    }
}

#[test]
fn ten_thousand_leads_over_seven_members_stay_within_one_of_the_ideal_share() {
    let weights = [1_u32, 2, 3, 5, 8, 13, 21];
    let text = "ikusei: 1\nname: fair\nrouting:\n  teams: { all: {} }\n  policies: { default: { accountable: [{ to: 'team:all', assign: weighted }] } }\n";
    let engine = Playbook::parse(text).unwrap().compile().unwrap();
    // A hundred days with a hundred leads each; every member is away now and then, for some days on end.
    let mut dice = Dice(11);
    let mut away: Vec<Vec<(usize, usize)>> = vec![Vec::new(); 7];
    for member in &mut away {
        for _ in 0..2 {
            let first = dice.below(95);
            member.push((first, first + dice.below(5)));
        }
    }
    let day = |number: usize| {
        let date =
            at("2026-06-01T03:00:00Z").to_datetime() + chrono::Duration::days(i64::try_from(number).unwrap());
        Instant::from(date)
    };
    let members: Vec<_> = weights
        .iter()
        .enumerate()
        .map(|(member, weight)| {
            let date = |number: usize| day(number).to_string()[..10].to_owned();
            let absences: Vec<_> = away[member]
                .iter()
                .map(|(from, to)| json!({ "from": date(*from), "to": date(*to) }))
                .collect();
            json!({ "id": format!("m{member}"), "weight": weight, "teams": ["all"], "absences": absences })
        })
        .collect();
    let roster = Roster::from_json(&json!({ "members": members }).to_string()).unwrap();

    let run = |batch: usize| {
        let (mut owners, mut roster) = (Vec::new(), roster.clone());
        let leads: Vec<Lead> = (0..10_000).map(|number| Lead::new(format!("l{number}"))).collect();
        for (chunk, part) in leads.chunks(batch).enumerate() {
            let mut router = engine.router(&roster, &RouteOptions::default()).unwrap();
            for (index, lead) in part.iter().enumerate() {
                let routed = router.route(lead, day((chunk * batch + index) / 100)).unwrap();
                owners.push(routed.assignments[0].owner.clone());
            }
            roster = Roster::from_json(&router.close().to_json()).unwrap();
        }
        owners
    };
    let owners = run(10_000);
    // Ten runs, and batches down to one lead each.
    for batch in [10_000, 5_000, 1_000, 777, 333, 100, 64, 10, 1] {
        assert!(run(batch) == owners, "batches of {batch} give other owners");
    }

    let mut ideal = [0.0_f64; 7];
    let mut had: BTreeMap<&str, f64> = BTreeMap::new();
    let mut worst = 0.0_f64;
    for (number, owner) in owners.iter().enumerate() {
        let here =
            |member: &usize| !away[*member].iter().any(|(from, to)| (*from..=*to).contains(&(number / 100)));
        let total: u32 = (0..7).filter(here).map(|member| weights[member]).sum();
        for member in (0..7).filter(here) {
            ideal[member] += f64::from(weights[member]) / f64::from(total);
        }
        *had.entry(owner).or_default() += 1.0;
        for (member, ideal) in ideal.iter().enumerate() {
            let had = had.get(format!("m{member}").as_str()).copied().unwrap_or(0.0);
            worst = worst.max((had - ideal).abs());
        }
    }
    assert!(worst < 1.0, "somebody was {worst} leads away from the ideal share");
}
