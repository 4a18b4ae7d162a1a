//! The search beside a walk that derives everything at every instant at which anything may change.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::Engine;
use crate::expr::{Derived, Program};
use crate::lead::record::Lead;
use crate::nurturing::Input;
use crate::playbook::Playbook;

mod bounds;
mod ranks;

const HOUR: i64 = 3_600_000_000;
/// Friday, 1 May 2026, 09:00 in Tokyo.
const START: i64 = 1_777_593_600_000_000;

/// A stream of numbers from a seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.roll(100) < percent
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.roll(of.len() as u64)).unwrap()].clone()
    }

    fn number(&mut self, from: i64, to: i64) -> i64 {
        from + i64::try_from(self.roll(u64::try_from(to - from + 1).unwrap())).unwrap()
    }
}

/// Conditions that time moves by itself, by decay, by windows, or not at all.
const CONDITIONS: [&str; 22] = [
    "scores.one.total >= 12",
    "scores.one.total < 6.5",
    "scores.two.engagement - scores.one.fit > 3.0",
    "-scores.two.total >= 4.0 || scores.one.engagement_minus < -5.0",
    "rank.one == \"A\"",
    "rank.two in [\"B\", \"C\"]",
    "rank.one != null && rank.two == null",
    "in_segment(\"s0\") && !in_segment(\"s1\")",
    "seen(\"a\", \"4d\")",
    "!seen(\"b\", \"9d\") && size > 2",
    "count(\"a\", \"7d\") >= 3",
    "count(\"a\") - count(\"a\", \"12d\") > 2",
    "age(since) >= duration(\"20d\")",
    "int(age(since)) / 86400 >= 25",
    "now - since > duration(\"300h\") || size == 1",
    "age(since).getHours() > 700",
    "scores.one.total >= 5 ? seen(\"a\", \"6d\") : age(since) > duration(\"18d\")",
    "size / 0 == 1 || scores.two.total > 8",
    "now.getHours(\"Asia/Tokyo\") == 3 && scores.one.total < 9",
    "last(\"b\") + duration(\"11d\") < now",
    "size >= 3 && scores.two.total * 2.0 < 11.0",
    "scores.one.total == scores.two.total",
];

fn rule(dice: &mut Dice, id: &str) -> Json {
    if dice.chance(20) {
        let when = dice.pick(&[
            "size > 2",
            "age(since) >= duration(\"16d\")",
            "count(\"a\", \"5d\") > 1",
            "seen(\"b\")",
        ]);
        return json!({ "id": id, "when": when, "points": dice.number(-6, 6) });
    }
    let mut rule = json!({ "id": id, "on": dice.pick(&[json!("a"), json!("b"), json!(["a", "b"])]) });
    rule["points"] = match dice.roll(20) {
        0..=13 => json!(dice.number(-9, 12)),
        14 => json!({ "by": "activity.n", "bands": { "0": 1, "2": 5.5 } }),
        15 => json!({ "by": "activity.n", "times": 2.5, "max": 6 }),
        16 => json!("size * 2 - 3"),
        17 => json!("seen(\"a\", \"6d\") ? 4 : 2"),
        _ => json!(dice.number(1, 9)),
    };
    if dice.chance(60) {
        rule["decay"] = dice.pick(&[
            json!({ "half_life": "5d" }),
            json!({ "linear": "12d", "step": "5h" }),
            json!({ "every": "30h", "by": "35%" }),
        ]);
    }
    if dice.chance(50) {
        rule["within"] = json!(dice.pick(&["2d", "9d", "25d", "400d"]));
    }
    if dice.chance(30) {
        rule["cap"] = json!(dice.number(3, 20));
    }
    if dice.chance(25) {
        rule["per"] = dice.pick(&[json!("day"), json!({ "week": 2 }), json!("ever")]);
    }
    if dice.chance(40) {
        rule["when"] = json!(dice.pick(&[
            "activity.n > 1",
            "age(activity.at) < duration(\"50h\")",
            "seen(\"b\", \"8d\")",
            "count(\"a\") > 3",
            "10 / activity.n > 3",
        ]));
    }
    if dice.chance(30) {
        rule["group"] = json!("g");
    }
    rule
}

fn card(dice: &mut Dice) -> Json {
    let count = dice.number(2, 6);
    let rules: Vec<Json> = (0..count).map(|number| rule(dice, &format!("r{number}"))).collect();
    let mut card = json!({ "rules": rules, "groups": { "g": { "max": dice.number(4, 15), "min": -dice.number(2, 9) } } });
    let keep = |dice: &mut Dice| {
        dice.pick(&[json!({ "margin": 3 }), json!({ "for": "50h" }), json!({ "margin": 2, "for": "6d" })])
    };
    if dice.chance(20) {
        card["matrix"] = json!({
            "fit": [{ "grade": "x", "at_least": 2 }, { "grade": "y" }],
            "engagement": [{ "level": "h", "at_least": 9 }, { "level": "m", "at_least": 3 }, { "level": "l" }],
            "ranks": { "x": { "h": "A", "m": "B", "l": "C" }, "y": { "h": "B", "m": "C", "l": "C" } } });
        card["ranks"] = json!([{ "rank": "A" }, { "rank": "B", "keep": { "for": "50h" } }, { "rank": "C" }]);
    } else {
        let mut best = json!({ "rank": "A", "at_least": dice.number(9, 16) });
        let mut next = json!({ "rank": "B", "at_least": dice.number(2, 7) });
        for rank in [&mut best, &mut next] {
            if dice.chance(50) {
                rank["keep"] = keep(dice);
            }
            if dice.chance(20) {
                rank["when"] =
                    json!(dice.pick(&["seen(\"a\", \"10d\")", "size > 1", "score.engagement > 2"]));
            }
        }
        card["ranks"] = json!([best, next]);
        if dice.chance(60) {
            card["ranks"].as_array_mut().unwrap().push(json!({ "rank": "C" }));
        }
    }
    if dice.chance(25) {
        card["disqualify"] = json!([{ "id": "d", "when": dice.pick(&["count(\"b\", \"4d\") > 1", "score.total < -4", "size == 4"]) }]);
    }
    if dice.chance(30) {
        card["max"] = json!(dice.number(8, 20));
    }
    if dice.chance(30) {
        card["min"] = json!(-dice.number(0, 6));
    }
    card
}

fn playbook(dice: &mut Dice) -> Json {
    let derived = |condition: &str| condition.contains("in_segment");
    let segment = |dice: &mut Dice| loop {
        let condition = dice.pick(&CONDITIONS);
        if !derived(condition) {
            return condition;
        }
    };
    let (s0, s1) = (segment(dice), segment(dice));
    let mut goals = serde_json::Map::new();
    for name in ["one", "two", "three"] {
        let trigger = dice.pick(&[
            json!({ "segment_entered": "s1" }),
            json!({ "segment_left": "s0" }),
            json!({ "score": { "at_least": 7 } }),
            json!({ "score": { "below": 4.5 } }),
            json!({ "rank": { "to": ["A"] } }),
            json!({ "activity": { "kind": "b" } }),
        ]);
        let goal = dice.pick(&CONDITIONS);
        goals.insert(
            name.to_owned(),
            json!({ "enrol": [trigger], "goal": goal, "steps": [{ "wait": { "for": "900d" } }] }),
        );
    }
    json!({
        "ikusei": 1, "name": "generated", "timezone": "Asia/Tokyo",
        "fields": { "size": { "type": "integer" }, "since": { "type": "timestamp" } },
        "activities": { "a": { "properties": { "n": "integer" } }, "b": { "properties": { "n": "integer" } } },
        "scorecards": { "one": card(dice), "two": card(dice) },
        "segments": { "s0": s0, "s1": s1 },
        "scenarios": goals,
    })
}

/// What it did lies up to forty days back; some of it comes to be known later.
fn lead(dice: &mut Dice) -> Lead {
    let mut activities = Vec::new();
    for number in 0..dice.number(1, 14) {
        let at = START - dice.number(0, 40 * 24) * HOUR - dice.number(0, 3_599) * 1_000_000;
        let mut activity = json!({ "id": format!("e{number}"), "kind": dice.pick(&["a", "a", "b"]), "at": Instant::from_micros(at).unwrap() });
        if dice.chance(80) {
            activity["properties"] = json!({ "n": dice.number(0, 4) });
        }
        if dice.chance(8) {
            let known = START + dice.number(1, 12 * 24) * HOUR;
            activity["recorded_at"] = json!(Instant::from_micros(known).unwrap());
        }
        activities.push(activity);
    }
    let since = Instant::from_micros(START - dice.number(0, 30 * 24) * HOUR).unwrap();
    let record = json!({ "id": "x", "fields": { "size": dice.number(0, 5), "since": since }, "activities": activities });
    Lead::from_json(&record.to_string()).unwrap()
}

/// A lead as a tick leaves it, and the conditions that do not hold then.
struct Case {
    engine: Engine,
    lead: Lead,
    at: i64,
}

impl Case {
    fn new(seed: u64) -> Option<Self> {
        let dice = &mut Dice(seed);
        let text = playbook(dice).to_string();
        let engine =
            Playbook::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}")).compile().unwrap();
        let at = START + dice.number(0, 20 * 24) * HOUR;
        // Points out of range would be an error here as there.
        let lead = engine.process(lead(dice), &Input::Tick, Instant::from_micros(at).unwrap()).ok()?.lead;
        Some(Self { engine, lead, at })
    }

    fn conditions(&self, prepared: &Prepared<'_>) -> Vec<&Program> {
        let now = prepared.derive(instant(self.at), Detail::Figures).unwrap();
        let frame = now.frame(prepared, instant(self.at));
        let goals = self
            .engine
            .compiled
            .nurturing
            .scenarios
            .iter()
            .filter_map(|scenario| scenario.flow.goal.as_ref());
        goals.filter(|goal| !goal.test(&frame).unwrap_or(false)).collect()
    }

    fn awaited<'c>(&'c self, prepared: &Prepared<'_>) -> Awaited<'c> {
        let marks = &self.lead.nurturing.as_ref().unwrap().marks;
        Awaited::new(&self.engine.compiled.nurturing, marks, &self.lead.standing, self.conditions(prepared))
    }
}

/// Everything derived at every instant at which anything may change: the first at which something turned, and how many
/// instants it took.
fn walk(search: &Search<'_, '_>, from: i64, until: i64) -> (Option<i64>, usize) {
    let (mut at, mut instants) = (from, 0);
    loop {
        let derivation = search.derive(at).unwrap();
        let frame = derivation.frame(search.prepared, instant(at));
        if at > from && search.awaited.turned(&frame, &derivation) {
            return (Some(at), instants);
        }
        let moment = search.prepared.next_moment(&search.timed, search.awaited.standing, &frame);
        assert!(moment.unforeseeable.is_none());
        match moment.at.map(Instant::micros).filter(|next| *next <= until) {
            Some(next) => at = next,
            None => return (None, instants),
        }
        instants += 1;
    }
}

fn check(seed: u64) -> Option<(bool, usize, usize)> {
    let case = Case::new(seed)?;
    let prepared = case.engine.prepare(&case.lead).unwrap();
    let awaited = case.awaited(&prepared);
    let until = case.at + 30 * 24 * HOUR;
    let looks = 1_000_000;
    let mut search = Search::new(&prepared, &awaited, looks);
    let found = search.first(case.at, until).unwrap().map(Instant::micros);
    let (expected, instants) = walk(&search, case.at, until);
    assert_eq!(found, expected, "seed {seed}");
    Some((found.is_some(), instants, looks - search.left))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_search_finds_what_a_walk_through_every_instant_finds(seed in any::<u64>()) {
        check(seed);
    }

    /// What is foreseen of a stretch holds at every instant of it.
    #[test]
    fn what_is_foreseen_comes_to_pass(seed in any::<u64>()) {
        let Some(case) = Case::new(seed) else { return Ok(()) };
        let prepared = case.engine.prepare(&case.lead).unwrap();
        let awaited = case.awaited(&prepared);
        let search = Search::new(&prepared, &awaited, LOOKS);
        let scoring = &case.engine.compiled.scoring;
        let Some(course) = scoring.course(&prepared.facts, case.at) else { return Ok(()) };
        let known = prepared.facts.all().iter().map(|fact| fact.known_at).filter(|known| *known > case.at).min();
        let last = known.map_or(case.at + 40 * 24 * HOUR, |known| known - 1);
        let dice = &mut Dice(seed ^ 0xf0e5);
        for _ in 0..12 {
            let one = case.at + i64::try_from(dice.roll(u64::try_from(last - case.at + 1).unwrap())).unwrap();
            let length = dice.pick(&[0, HOUR, 24 * HOUR, 200 * HOUR]).min(last - one);
            let point = |at: i64| Point { at, given: course.given(at) };
            let Some(prospect) = search.prospect(&course, &point(one), &point(one + length)) else { continue };
            let stretch = Stretch { facts: &prepared.facts, from: one, to: one + length, outlook: &prospect };
            for part in 0..=8 {
                let at = one + length / 8 * part;
                let found = search.derive(at).unwrap();
                let frame = found.frame(&prepared, instant(at));
                for card in 0..2 {
                    for (name, figure) in Figure::ALL {
                        let (least, most) = prospect.figure(card, figure);
                        let figure = found.figure(card, figure);
                        prop_assert!(least <= figure && figure <= most, "{name}: {least} <= {figure} <= {most}");
                    }
                    prop_assert!(prospect.rank(card).is_none_or(|rank| rank == found.rank(card)));
                    prop_assert!(prospect.in_segment(card).is_none_or(|member| member == found.member(card)));
                }
                for condition in &awaited.conditions {
                    let holds = condition.test(&frame).unwrap_or(false);
                    prop_assert!(condition.foresee(&stretch).is_none_or(|foreseen| foreseen == holds), "{}", condition.source());
                }
            }
        }
    }
}

#[test]
fn most_instants_are_not_looked_at() {
    let cases: Vec<_> = (0..60).filter_map(check).collect();
    let turned = cases.iter().filter(|(turned, ..)| *turned).count();
    assert!((20..cases.len()).contains(&turned), "{turned} of {} turned", cases.len());
    let long: Vec<_> = cases.iter().filter(|(_, instants, _)| *instants >= 50).collect();
    let quick = long.iter().filter(|(_, instants, looks)| looks * 10 <= *instants).count();
    assert!(long.len() > 15 && quick * 2 > long.len(), "{quick} quick of {long:?}");
}
