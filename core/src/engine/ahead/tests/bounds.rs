//! The bounds of scores: none is wider than it has to be.

use super::*;
use crate::scoring::foresee::Course;

/// A lead of a playbook with one card `one` or two, and what it comes to.
pub(super) struct Known {
    engine: Engine,
    lead: Lead,
}

/// The least and the most of every figure, by its name.
type Bounds = Vec<(&'static str, f64, f64)>;

impl Known {
    pub(super) fn new(cards: &Json, lead: &Json) -> Self {
        let text = json!({
            "ikusei": 1, "name": "known", "timezone": "Asia/Tokyo",
            "fields": { "size": { "type": "integer" }, "since": { "type": "timestamp" } },
            "activities": { "a": { "properties": { "n": "integer" } }, "b": { "properties": { "n": "integer" } } },
            "scorecards": cards,
        })
        .to_string();
        let engine =
            Playbook::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}")).compile().unwrap();
        Self { engine, lead: Lead::from_json(&lead.to_string()).unwrap() }
    }

    /// Activities of kind `a`, each so many hours before the start.
    pub(super) fn with(card: &Json, hours: &[i64]) -> Self {
        let activities: Vec<Json> = (0..).zip(hours).map(|(number, ago)| activity(number, *ago)).collect();
        let lead = json!({ "id": "x", "fields": { "size": 1, "since": hour(0) }, "activities": activities });
        Self::new(&json!({ "one": card }), &lead)
    }

    /// What is asked of the course from the start on, and of a search along it.
    pub(super) fn ask<T>(&self, ask: impl FnOnce(&Search<'_, '_>, Option<&Course<'_>>) -> T) -> T {
        let prepared = self.engine.prepare(&self.lead).unwrap();
        let compiled = &self.engine.compiled;
        let awaited = Awaited::new(&compiled.nurturing, &[], &self.lead.standing, Vec::new());
        let course = compiled.scoring.course(&prepared.facts, START);
        ask(&Search::new(&prepared, &awaited, LOOKS), course.as_ref())
    }

    /// What is foreseen of the hours from one to another after the start, both included.
    pub(super) fn over<T>(&self, from: i64, to: i64, look: impl FnOnce(Option<&Prospect<'_>>) -> T) -> T {
        self.ask(|search, course| {
            let course = course.unwrap();
            let point =
                |hours: i64| Point { at: START + hours * HOUR, given: course.given(START + hours * HOUR) };
            look(search.prospect(course, &point(from), &point(to)).as_ref())
        })
    }

    /// The bounds of the card's figures over these hours, but for those that are nothing; none where points leave their range.
    fn bounds(&self, from: i64, to: i64) -> Option<Bounds> {
        self.over(from, to, |prospect| {
            let all = Figure::ALL
                .iter()
                .map(|(name, figure)| (*name, prospect.map(|found| found.figure(0, *figure))));
            let some =
                all.map(|(name, bounds)| bounds.map(|(least, most)| (name, least.to_f64(), most.to_f64())));
            let some: Option<Bounds> = some.collect();
            some.map(|some| {
                some.into_iter().filter(|(_, least, most)| (*least, *most) != (0.0, 0.0)).collect()
            })
        })
    }
}

/// So many hours after the start.
pub(super) fn hour(after: i64) -> Instant {
    Instant::from_micros(START + after * HOUR).unwrap()
}

fn activity(number: i64, ago: i64) -> Json {
    json!({ "id": format!("e{number}"), "kind": "a", "at": hour(-ago), "properties": { "n": number } })
}

/// A card whose points only fade. Those for activities are of one sign, if one is given, with the limit of that side.
fn fading(dice: &mut Dice, sign: Option<i64>) -> Json {
    let mut rules = Vec::new();
    for number in 0..dice.number(1, 3) {
        let when = dice.pick(&["size > 2", "size != 1", "size / 0 == 1 || size < 4"]);
        rules.push(json!({ "id": format!("f{number}"), "when": when, "points": dice.number(-9, 9) }));
    }
    for number in 0..dice.number(2, 5) {
        let on = dice.pick(&[json!("a"), json!("b"), json!(["a", "b"])]);
        let mut rule = json!({ "id": format!("r{number}"), "on": on });
        let points = dice.number(1, 9) * sign.unwrap_or(dice.pick(&[-1, 1]));
        rule["points"] = match dice.roll(if sign.is_some() { 5 } else { 8 }) {
            0 => json!({ "by": "activity.n", "bands": { "0": points, "2": points * 2 } }),
            5 => json!("size * 2 - 5"),
            6 => json!("10 / activity.n - 4"),
            _ => json!(points),
        };
        if dice.chance(70) {
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
        if dice.chance(40) {
            rule["per"] =
                dice.pick(&[json!("day"), json!({ "week": 2 }), json!({ "month": 3 }), json!("ever")]);
        }
        if dice.chance(30) {
            rule["when"] = json!(dice.pick(&["activity.n > 1", "10 / activity.n > 3"]));
        }
        rules.push(rule);
    }
    for rule in &mut rules {
        if dice.chance(60) {
            rule["group"] = json!(dice.pick(&["g", "h"]));
        }
    }
    let mut limits = |limits: &mut Json| {
        let one = dice.number(-12, 12);
        if sign != Some(-1) && dice.chance(60) {
            limits["max"] = json!(one);
        }
        if sign != Some(1) && dice.chance(60) {
            limits["min"] = json!(one - dice.number(0, 12));
        }
    };
    let (mut g, mut h) = (json!({}), json!({}));
    limits(&mut g);
    limits(&mut h);
    let mut card = json!({ "rules": rules, "groups": { "g": g, "h": h } });
    limits(&mut card);
    card
}

/// With ranks by points, by conditions, by a matrix.
fn ranked(dice: &mut Dice, mut card: Json) -> Json {
    let keep = [json!({ "margin": 3 }), json!({ "for": "50h" }), json!({ "margin": 2, "for": "6d" })];
    if dice.chance(30) {
        card["matrix"] = json!({
            "fit": [{ "grade": "x", "at_least": 2 }, { "grade": "y" }],
            "engagement": [{ "level": "h", "at_least": 6 }, { "level": "m", "at_least": 1 }, { "level": "l" }],
            "ranks": { "x": { "h": "A", "m": "B", "l": "C" }, "y": { "h": "B", "m": "C", "l": "D" } } });
        card["ranks"] = json!([{ "rank": "A" }, { "rank": "B", "keep": { "for": "50h" } }, { "rank": "C" }, { "rank": "D" }]);
    } else {
        let (mut best, mut next) =
            (json!({ "rank": "A", "at_least": 6 }), json!({ "rank": "B", "at_least": 1 }));
        for rank in [&mut best, &mut next] {
            if dice.chance(60) {
                rank["keep"] = dice.pick(&keep);
            }
            if dice.chance(40) {
                rank["when"] =
                    json!(dice.pick(&["seen(\"a\", \"10d\")", "size > 1", "score.engagement > 1"]));
            }
        }
        card["ranks"] = json!([best, next, { "rank": "C", "at_least": -4 }]);
    }
    if dice.chance(25) {
        card["disqualify"] =
            json!([{ "id": "d", "when": dice.pick(&["count(\"b\", \"4d\") > 1", "score.total < -8"]) }]);
    }
    card
}

/// Up to when everything is known that the lead did.
fn last(prepared: &Prepared<'_>) -> i64 {
    let known = prepared.facts.all().iter().map(|fact| fact.known_at).filter(|known| *known > START).min();
    known.map_or(START + 40 * 24 * HOUR, |known| known - 1)
}

#[test]
fn at_one_instant_nothing_is_open() {
    for seed in 0..250 {
        let dice = &mut Dice(seed);
        let mut card = |sign| {
            let card = fading(dice, sign);
            ranked(dice, card)
        };
        let cards = json!({ "one": card(None), "two": card(None) });
        let mut lead = lead(dice);
        for name in ["one", "two"] {
            let since = Instant::from_micros(START + dice.number(-48, 48) * HOUR).unwrap();
            let rank = Some(dice.pick(&["A", "B", "C"]).to_owned());
            lead.standing.insert(name.to_owned(), crate::Standing { rank, since });
        }
        let known = Known { lead, ..Known::new(&cards, &json!({ "id": "none" })) };
        known.ask(|search, course| {
            let course = course.unwrap();
            assert_eq!(course.first(), course.given(START), "seed {seed}");
            let last = last(search.prepared);
            for part in 0..6 {
                let at = START + (last - START) / 5 * part;
                let point = Point { at, given: course.given(at) };
                let prospect = search.prospect(course, &point, &point).unwrap();
                let found = search.derive(at).unwrap();
                for card in 0..2 {
                    for (name, figure) in Figure::ALL {
                        let is = found.figure(card, figure);
                        assert_eq!(prospect.figure(card, figure), (is, is), "seed {seed}: {name} at {at}");
                    }
                    assert_eq!(prospect.rank(card), Some(found.rank(card)), "seed {seed}: rank at {at}");
                }
            }
        });
    }
}

/// Where one side alone moves, and only one way, the least and the most are what the ends of a stretch give.
#[test]
fn bounds_are_met_at_the_ends_of_a_stretch() {
    for seed in 0..120 {
        let dice = &mut Dice(seed);
        let cards = json!({ "one": fading(dice, Some(1)), "two": fading(dice, Some(-1)) });
        let known = Known { lead: lead(dice), ..Known::new(&cards, &json!({ "id": "none" })) };
        known.ask(|search, course| {
            let course = course.unwrap();
            let last = last(search.prepared);
            let (one, other) = (dice.number(START, last), dice.number(START, last));
            let (from, to) = (one.min(other), one.max(other));
            let point = |at: i64| Point { at, given: course.given(at) };
            let prospect = search.prospect(course, &point(from), &point(to)).unwrap();
            let (first, then) = (search.derive(from).unwrap(), search.derive(to).unwrap());
            for card in 0..2 {
                for (name, figure) in Figure::ALL {
                    let ends = (first.figure(card, figure), then.figure(card, figure));
                    let ends = (ends.0.min(ends.1), ends.0.max(ends.1));
                    assert_eq!(
                        prospect.figure(card, figure),
                        ends,
                        "seed {seed}: {name} from {from} to {to}"
                    );
                }
            }
        });
    }
}

#[test]
fn what_a_condition_of_time_lets_count_may_count_or_not() {
    let moved = |points: i64| json!({ "id": "r", "on": "a", "points": points, "when": "age(activity.at) < duration(\"50h\")" });
    let bounds = |rule: &Json| Known::with(&json!({ "rules": [rule] }), &[10, 60]).bounds(0, 0).unwrap();
    let plus = |most| vec![("total", 0.0, most), ("engagement", 0.0, most), ("engagement_plus", 0.0, most)];
    // Whatever it says of either now.
    assert_eq!(bounds(&moved(5)), plus(10.0));
    assert_eq!(
        bounds(&moved(-5)),
        vec![("total", -10.0, 0.0), ("engagement", -10.0, 0.0), ("engagement_minus", -10.0, 0.0)]
    );
    let mut rule = moved(5);
    rule["cap"] = json!(7);
    assert_eq!(bounds(&rule), plus(7.0));
    // Which of them are the first of a period is open as well.
    let mut rule = moved(5);
    rule["per"] = json!("ever");
    assert_eq!(bounds(&rule), plus(10.0));
    // What is past its window does not come back.
    rule["within"] = json!("59h");
    assert_eq!(bounds(&rule), plus(5.0));
    rule["within"] = json!("60h");
    assert_eq!(bounds(&rule), plus(5.0));
    rule["within"] = json!("61h");
    assert_eq!(bounds(&rule), plus(10.0));

    let fit = |points: i64| json!({ "id": "f", "points": points, "when": "age(since) >= duration(\"2d\")" });
    assert_eq!(bounds(&fit(4)), vec![("total", 0.0, 4.0), ("fit", 0.0, 4.0), ("fit_plus", 0.0, 4.0)]);
    assert_eq!(bounds(&fit(-4)), vec![("total", -4.0, 0.0), ("fit", -4.0, 0.0), ("fit_minus", -4.0, 0.0)]);

    let timed = json!({ "id": "r", "on": "a", "points": "seen(\"a\", \"6d\") ? 4 : 2" });
    assert!(Known::with(&json!({ "rules": [timed] }), &[10]).ask(|_, course| course.is_none()));
}

#[test]
fn only_what_a_person_did_and_is_known_takes_a_place_in_a_period() {
    let card = json!({ "rules": [{ "id": "r", "on": "a", "points": { "by": "activity.n", "times": 1 }, "per": "day" }] });
    let activity = |id: &str, n: i64, more: Json| {
        let mut activity = json!({ "id": id, "kind": "a", "at": hour(0), "properties": { "n": n } });
        activity.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        activity
    };
    let total = |activities: Vec<Json>| {
        let lead = json!({ "id": "x", "activities": activities });
        Known::new(&json!({ "one": card }), &lead).over(0, 0, |found| found.unwrap().figure(0, Figure::Total))
    };
    let person = || activity("c", 7, json!({}));
    let points = |points: i64| (Points::from_whole(points).unwrap(), Points::from_whole(points).unwrap());
    assert_eq!(total(vec![activity("a", 3, json!({})), person()]), points(3));
    assert_eq!(total(vec![activity("a", 3, json!({ "trust": "machine" })), person()]), points(7));
    assert_eq!(total(vec![activity("a", 3, json!({ "recorded_at": hour(1) })), person()]), points(7));
}

#[test]
fn points_out_of_range_are_not_foreseen() {
    let big = 8_000_000_000_i64;
    let fades = |points: i64| json!({ "id": "r", "on": "a", "points": points, "decay": { "linear": "100h", "step": "1h" } });
    let fit = |points: i64| json!({ "id": "f", "when": "size == 1", "points": points });
    let bounds = |rules: Json, hours: &[i64], from, to| {
        Known::with(&json!({ "rules": rules }), hours).bounds(from, to)
    };
    assert!(bounds(json!([fades(big)]), &[0], 0, 200).is_some());
    // Either end of the total, though each side is held.
    assert!(bounds(json!([fades(big), fit(big)]), &[0], 0, 200).is_none());
    assert!(bounds(json!([fades(big), fit(big)]), &[0], 150, 200).is_some());
    assert!(bounds(json!([fades(-big), fit(-big)]), &[0], 0, 200).is_none());
    assert!(bounds(json!([fades(-big), fit(-big)]), &[0], 150, 200).is_some());
    // What a rule gives is held before its cap.
    for sign in [1, -1] {
        let mut capped = fades(sign * big);
        capped["cap"] = json!(5);
        assert!(bounds(json!([capped]), &[0], 0, 200).is_some());
        assert!(bounds(json!([capped]), &[0, 0], 0, 200).is_none());
        assert!(bounds(json!([capped]), &[0, 0], 80, 200).is_some());
    }
}

#[test]
fn a_course_ends_when_the_last_activity_gives_nothing_more() {
    let end = |rules: Json| {
        let known = Known::with(&json!({ "rules": rules }), &[10, 70]);
        known.ask(|_, course| course.unwrap().end().map(|end| (end - START) / HOUR))
    };
    let rule = |id: &str, more: Json| {
        let mut rule = json!({ "id": id, "on": "a", "points": 5 });
        rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rule
    };
    let (window, decay) =
        (json!({ "within": "100h" }), json!({ "decay": { "linear": "40h", "step": "1h" } }));
    assert_eq!(end(json!([rule("r", window.clone())])), Some(90));
    // The older activity is past it.
    assert_eq!(end(json!([rule("r", decay.clone())])), Some(30));
    assert_eq!(end(json!([rule("r", json!({ "within": "30h", "decay": decay["decay"] }))])), Some(20));
    assert_eq!(end(json!([rule("r", decay), rule("s", window), rule("t", json!({}))])), Some(90));
    assert_eq!(end(json!([rule("r", json!({}))])), None);
}
