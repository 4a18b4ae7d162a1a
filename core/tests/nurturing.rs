//! The laws of nurturing, over generated scenarios, leads, inputs and clocks.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that cannot go on fails"
)]

use std::collections::{BTreeMap, BTreeSet};

use ikusei::{
    Ack, AckStatus, Activity, CampaignMembership, Change, ConsentChange, ConsentEvent, Deal, Effect, Engine,
    Input, Instant, Lead, Manual, Patch, Playbook, Trust, Value,
};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

#[cfg(feature = "simulation")]
#[path = "nurturing/simulation.rs"]
mod simulation;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 1_440 * MINUTE;
/// Friday, 1 May 2026, 09:00 in Tokyo.
const START: i64 = 1_777_593_600_000_000;
/// How long a history is.
const DAYS: i64 = 4;

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap()
}

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

    fn pick<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[usize::try_from(self.roll(words.len() as u64)).unwrap()]
    }

    /// A length of time in whole minutes.
    fn length(&mut self) -> String {
        self.pick(&["1m", "45m", "2h", "7h30m", "1d", "1d6h"]).to_owned()
    }
}

fn condition(dice: &mut Dice) -> &'static str {
    dice.pick(&[
        "size >= 3",
        "size < 3",
        "scores.overall.total >= 10",
        "rank.overall == \"A\"",
        "in_segment(\"large\")",
        "seen(\"a\", \"1d\")",
        "scores.overall.total < 6",
        "in_segment(\"warm\")",
        "age(since) >= duration(\"50h\")",
        "consent.email == \"granted\"",
    ])
}

fn steps(dice: &mut Dice, depth: u32) -> Json {
    let count = 1 + dice.roll(3);
    let list = (0..count).map(|_| step(dice, depth)).collect::<Vec<_>>();
    json!(list)
}

fn step(dice: &mut Dice, depth: u32) -> Json {
    let inner = |dice: &mut Dice| if depth == 0 { json!([]) } else { steps(dice, depth - 1) };
    match dice.roll(14) {
        0..=3 => {
            let mut send = json!({ "template": dice.pick(&["mail", "news", "receipt", "text"]) });
            if dice.chance(40) {
                send["fallback"] = json!([dice.pick(&["text", "receipt"])]);
            }
            if dice.chance(40) {
                send["retry"] = json!({ "times": 1 + dice.roll(2), "after": dice.length() });
            }
            if dice.chance(30) {
                send["deadline"] = json!(dice.pick(&["3h", "1d", "2d"]));
            }
            if dice.chance(30) {
                send["window"] =
                    json!({ "from": "10:00", "to": "16:30", "days": ["mon", "tue", "fri", "sat"] });
            }
            json!({ "send": send })
        }
        4 => json!({ "wait": { "for": dice.length() } }),
        5 => json!({ "wait": { "at": dice.pick(&["08:00", "12:30", "23:59"]) } }),
        6 => {
            json!({ "wait": { "until": condition(dice), "for": dice.length(), "then": inner(dice), "timed_out": inner(dice) } })
        }
        7 => {
            json!({ "wait": { "activity": { "kind": dice.pick(&["a", "b"]) }, "for": dice.length(), "timed_out": inner(dice) } })
        }
        8 => {
            json!({ "branch": [{ "when": condition(dice), "steps": inner(dice) }, { "steps": inner(dice) }] })
        }
        9 => {
            json!({ "split": { "arms": { "x": { "share": 2, "steps": inner(dice) }, "y": { "share": 1, "steps": inner(dice) } }, "holdout": dice.roll(2) } })
        }
        10 => json!({ "update": { "set": { "size": dice.roll(6) } } }),
        11 => json!({ "adjust": { "activity": "b" } }),
        12 => json!({ "call": { "queue": "q" } }),
        _ => json!({ "notify": { "to": "x" } }),
    }
}

fn playbook(seed: u64) -> Json {
    let dice = &mut Dice(seed);
    let mut scenarios = serde_json::Map::new();
    for name in ["one", "two", "three"] {
        let mut enrol = vec![json!("manual")];
        for _ in 0..=dice.roll(2) {
            enrol.push(match dice.roll(12) {
                0 => json!({ "activity": { "kind": "a" } }),
                1 => json!({ "activity": { "kind": "b", "when": "activity.n > 1" } }),
                2 => json!({ "segment_entered": "large" }),
                3 => json!({ "segment_left": "large" }),
                4 => json!({ "rank": { "to": ["A"] } }),
                5 => json!({ "schedule": { "cron": "30 10 * * *" } }),
                6 => json!({ "segment_left": "warm" }),
                7 => json!({ "segment_entered": "old" }),
                8 => json!({ "score": { "below": dice.pick(&["3", "7.5", "9"]).parse::<f64>().unwrap() } }),
                9 => json!({ "score": { "at_least": 8 } }),
                10 => json!({ "rank": { "from": ["A"], "to": ["B", "C"] } }),
                _ => json!({ "dormant": { "for": "1d" } }),
            });
        }
        let mut scenario = json!({ "enrol": enrol, "steps": steps(dice, 2), "priority": dice.roll(3) });
        scenario["again"] = match dice.roll(3) {
            0 => json!("never"),
            1 => json!("always"),
            _ => json!({ "after": dice.length() }),
        };
        if dice.chance(30) {
            scenario["group"] = json!("g");
        }
        if dice.chance(30) {
            scenario["goal"] = json!(condition(dice));
        }
        if dice.chance(20) {
            scenario["exit"] = json!([{ "when": condition(dice), "to": "three" }]);
        }
        scenarios.insert(name.to_owned(), scenario);
    }
    let decay = match dice.roll(3) {
        0 => json!({ "linear": "4d", "step": "1h" }),
        1 => json!({ "half_life": "9h", "step": "3h" }),
        _ => json!({ "every": "7h", "by": "35%" }),
    };
    json!({
        "ikusei": 1, "name": "generated", "timezone": "Asia/Tokyo",
        "fields": { "size": { "type": "integer" }, "email": { "type": "email" }, "phone": { "type": "phone" }, "since": { "type": "timestamp" } },
        "activities": { "a": {}, "b": { "properties": { "n": "integer" } } },
        "scorecards": { "overall": {
            "rules": [{ "id": "a", "on": "a", "points": 10, "within": "2d" }, { "id": "b", "on": "b", "points": 4, "decay": decay }],
            "ranks": [{ "rank": "A", "at_least": 12, "keep": { "margin": 1, "for": "5h" } }, { "rank": "B", "at_least": 3 }, { "rank": "C" }] } },
        "segments": {
            "large": "size >= 4", "warm": "scores.overall.total >= 5 && count(\"b\", \"36h\") >= 1",
            "old": "age(since) >= duration(\"26h30m\")" },
        "contact_policy": {
            "quiet": { "from": "20:00", "to": "08:00", "days": ["sun"] },
            "at_most": [{ "n": 2, "per": "1d", "class": "marketing" }, { "n": 1, "per": "2h", "channel": "email" }] },
        "templates": {
            "mail": { "channel": "email" }, "news": { "channel": "email", "versions": { "x": {}, "y": {} } },
            "receipt": { "channel": "email", "class": "transactional" }, "text": { "channel": "sms", "class": "sales" } },
        "scenarios": scenarios,
    })
}

/// Inputs with their minutes; an acknowledgement names its effect by number.
fn inputs(seed: u64) -> Vec<(i64, Input)> {
    let dice = &mut Dice(seed ^ 0xabcd);
    let mut minutes = BTreeSet::new();
    for _ in 0..12 {
        minutes.insert(i64::try_from(dice.roll(u64::try_from(DAYS * 1_440).unwrap())).unwrap());
    }
    let mut list = Vec::new();
    for (number, minute) in minutes.into_iter().enumerate() {
        let now = START + minute * MINUTE;
        let id = format!("i{number}");
        let input = match dice.roll(12) {
            0..=2 => Input::Activity(Activity::new(
                id,
                "a",
                at(now - MINUTE * i64::try_from(dice.roll(300)).unwrap()),
            )),
            3 => Input::Activity(
                Activity::new(id, "b", at(now)).with_property("n", i64::try_from(dice.roll(4)).unwrap()),
            ),
            4 | 5 => {
                let mut patch = Patch { id: Some(id), ..Patch::default() };
                patch.fields.insert("size".to_owned(), Value::Int(i64::try_from(dice.roll(7)).unwrap()));
                Input::Patch(patch)
            }
            6 => Input::Consent(ConsentEvent {
                channel: dice.pick(&["email", "phone", "sms"]).to_owned(),
                purpose: None,
                event: if dice.chance(50) { ConsentChange::Deny } else { ConsentChange::Grant },
                at: at(now),
                basis: None,
                trust: Trust::Human,
            }),
            7 => Input::Deal(Deal {
                id: "d".to_owned(),
                stage: dice.pick(&["opened", "lost"]).to_owned(),
                amount: None,
                at: at(now),
            }),
            8 => Input::Campaign(CampaignMembership {
                campaign: "c".to_owned(),
                status: Some(format!("s{number}")),
                at: at(now),
                before: Vec::new(),
            }),
            9 => Input::Enrol(Manual {
                scenario: dice.pick(&["one", "two", "three"]).to_owned(),
                id: Some(id),
            }),
            _ => {
                let status = match dice.roll(5) {
                    0 => AckStatus::Failed,
                    1 => AckStatus::Bounced,
                    2 => AckStatus::Refused,
                    _ => AckStatus::Delivered,
                };
                Input::Ack(Ack { effect: dice.roll(8).to_string(), status })
            }
        };
        list.push((now, input));
    }
    list
}

fn lead(seed: u64) -> Lead {
    let mut lead = Lead::from_json(
        r#"{"id": "x", "fields": {"size": 1, "email": "x@example.jp", "phone": "+81312345678", "since": "2026-05-01T03:17:00Z"},
            "consent": {"email": {"status": "granted", "at": "2026-01-01T00:00:00Z"}}}"#,
    )
    .unwrap();
    lead.id = format!("lead-{seed}");
    lead
}

#[derive(Default, Debug, PartialEq)]
struct Log {
    effects: Vec<Effect>,
    changes: Vec<Change>,
}

#[derive(Clone, Copy, PartialEq)]
enum Clock {
    /// Ticks when it was told to.
    Exact,
    /// Every minute.
    Polling,
}

/// How inputs are delivered.
#[derive(Clone, Copy, PartialEq)]
enum Delivery {
    Once,
    /// Each twice, and all of them once more at the end, in reverse.
    Twice,
    /// Once, and the record goes through its JSON text after every call.
    Stored,
}

fn resolve(input: &Input, log: &Log) -> Input {
    match input {
        Input::Ack(ack) => {
            let number: usize = ack.effect.parse().unwrap();
            let id = log.effects.get(number).map_or("nobody", |effect| effect.id.as_str());
            Input::Ack(Ack { effect: id.to_owned(), status: ack.status })
        }
        other => other.clone(),
    }
}

fn live(engine: &Engine, lead: Lead, inputs: &[(i64, Input)], clock: Clock, delivery: Delivery) -> Log {
    let mut log = Log::default();
    let mut lead = Some(lead);
    let mut wakeup: Option<Instant> = None;
    let mut call = |log: &mut Log, input: &Input, now: i64, wakeup: &mut Option<Instant>| {
        let mut record = lead.take().unwrap();
        if delivery == Delivery::Stored {
            record = Lead::from_json(&record.to_json()).unwrap();
        }
        let outcome = engine.process(record, input, at(now)).unwrap();
        assert!(outcome.next_wakeup.is_none_or(|next| next > at(now)), "it wakes later than now");
        lead = Some(outcome.lead);
        log.effects.extend(outcome.effects);
        log.changes.extend(outcome.changes);
        *wakeup = outcome.next_wakeup;
    };
    let end = START + DAYS * DAY;
    let mut now = START;
    let mut done = Vec::new();
    call(&mut log, &Input::Tick, START, &mut wakeup);
    for (when, input) in inputs.iter().map(|(when, input)| (*when, Some(input))).chain([(end, None)]) {
        match clock {
            Clock::Exact => {
                while let Some(next) = wakeup.filter(|next| next.micros() <= when) {
                    call(&mut log, &Input::Tick, next.micros(), &mut wakeup);
                }
            }
            Clock::Polling => {
                while now < when {
                    now += MINUTE;
                    call(&mut log, &Input::Tick, now, &mut wakeup);
                }
            }
        }
        let Some(input) = input else { break };
        let input = resolve(input, &log);
        call(&mut log, &input, when, &mut wakeup);
        if delivery == Delivery::Twice {
            call(&mut log, &input, when, &mut wakeup);
        }
        done.push(input);
    }
    if delivery == Delivery::Twice {
        for input in done.iter().rev() {
            call(&mut log, input, end, &mut wakeup);
        }
    }
    log
}

fn engine(seed: u64) -> Engine {
    Playbook::parse(&playbook(seed).to_string()).unwrap().compile().unwrap()
}

/// So many cases, unless `PROPTEST_CASES` asks for more or fewer.
fn cases(usual: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { usual };
    ProptestConfig { cases, failure_persistence: None, ..default }
}

proptest! {
    // Each takes seconds, as weeks have many minutes.
    #![proptest_config(cases(5))]

    #[test]
    fn polling_every_minute_gives_the_same_log(seed in any::<u64>()) {
        let (engine, inputs) = (engine(seed), inputs(seed));
        let exact = live(&engine, lead(seed), &inputs, Clock::Exact, Delivery::Once);
        let polling = live(&engine, lead(seed), &inputs, Clock::Polling, Delivery::Once);
        prop_assert_eq!(exact, polling);
    }
}

proptest! {
    #![proptest_config(cases(30))]

    #[test]
    fn resuming_from_the_stored_record_anywhere_gives_the_same(seed in any::<u64>()) {
        let (engine, inputs) = (engine(seed), inputs(seed));
        let whole = live(&engine, lead(seed), &inputs, Clock::Exact, Delivery::Once);
        let stored = live(&self::engine(seed), lead(seed), &inputs, Clock::Exact, Delivery::Stored);
        prop_assert_eq!(&whole, &stored);
        let ids: BTreeSet<&str> = whole.effects.iter().map(|effect| effect.id.as_str()).collect();
        prop_assert_eq!(ids.len(), whole.effects.len(), "each effect has an id of its own");
    }

    #[test]
    fn inputs_delivered_twice_or_out_of_order_touch_nobody_twice(seed in any::<u64>()) {
        let (engine, inputs) = (engine(seed), inputs(seed));
        let once = live(&engine, lead(seed), &inputs, Clock::Exact, Delivery::Once);
        let twice = live(&engine, lead(seed), &inputs, Clock::Exact, Delivery::Twice);
        prop_assert_eq!(once.effects, twice.effects);
    }

    #[test]
    fn nothing_passes_the_gate_that_should_not(seed in any::<u64>()) {
        let (engine, inputs) = (engine(seed), inputs(seed));
        let log = live(&engine, lead(seed), &inputs, Clock::Exact, Delivery::Once);
        // What was said of mail, and what became of effects, by the time.
        let mut said: Vec<(i64, bool)> = vec![(0, true)];
        let mut failed: BTreeMap<String, i64> = BTreeMap::new();
        for (when, input) in &inputs {
            match input {
                Input::Consent(event) if event.channel == "email" => {
                    said.push((*when, event.event == ConsentChange::Grant));
                }
                Input::Ack(ack) if ack.status != AckStatus::Delivered => {
                    let number: usize = ack.effect.parse().unwrap();
                    if let Some(effect) = log.effects.get(number).filter(|effect| effect.at.micros() <= *when) {
                        failed.entry(effect.id.clone()).or_insert(*when);
                    }
                }
                _ => {}
            }
        }
        let marketing: Vec<&Effect> = log
            .effects
            .iter()
            .filter(|effect| effect.intent.gate().is_some_and(|gate| gate.class() == "marketing"))
            .collect();
        for (index, effect) in marketing.iter().enumerate() {
            let now = effect.at.micros();
            let granted = said.iter().rev().find(|(when, _)| *when <= now).unwrap().1;
            prop_assert!(granted, "without consent: {effect:?}");
            let local = now + 9 * 60 * MINUTE;
            let hour = local.rem_euclid(DAY) / (60 * MINUTE);
            prop_assert!((8..20).contains(&hour), "in quiet hours: {effect:?}");
            prop_assert!((local.div_euclid(DAY) + 4).rem_euclid(7) != 0, "on a Sunday: {effect:?}");
            let until = effect.intent.gate().unwrap().until().unwrap().micros();
            prop_assert!(until > now && until <= now + DAY, "quiet hours end its time");
            let counted = marketing[..index].iter().filter(|other| {
                other.at.micros() > now - DAY && failed.get(&other.id).is_none_or(|when| *when > now)
            });
            prop_assert!(counted.count() < 2, "above the limit: {effect:?}");
        }
    }

    #[test]
    fn nothing_happens_an_instant_before_it_wakes(seed in any::<u64>()) {
        let engine = engine(seed);
        let mut lead = lead(seed);
        for (when, input) in inputs(seed) {
            let input = resolve(&input, &Log::default());
            let mut outcome = engine.process(lead, &input, at(when)).unwrap();
            for _ in 0..20 {
                let Some(next) = outcome.next_wakeup else { break };
                let before = at(next.micros() - 1);
                let early = engine.process(outcome.lead.clone(), &Input::Tick, before).unwrap();
                prop_assert!(early.effects.is_empty() && early.changes.is_empty());
                prop_assert_eq!(early.next_wakeup, Some(next), "looking early changes nothing");
                let on_time = engine.process(outcome.lead, &Input::Tick, next).unwrap();
                let after = engine.process(early.lead, &Input::Tick, next).unwrap();
                prop_assert_eq!(&on_time.effects, &after.effects);
                outcome = on_time;
            }
            lead = outcome.lead;
        }
    }
}

#[test]
fn histories_have_what_the_laws_are_about() {
    let (mut effects, mut held, mut refused, mut retried, mut ended) = (0, 0, 0, 0, 0);
    for seed in 0..40 {
        let log = live(&engine(seed), lead(seed), &inputs(seed), Clock::Exact, Delivery::Once);
        effects += log.effects.len();
        retried += log.effects.iter().filter(|effect| effect.occurrence > 0).count();
        for change in &log.changes {
            let what = serde_json::to_value(&change.what).unwrap();
            held += usize::from(what.get("held").is_some());
            refused += usize::from(what.get("refused").is_some());
            ended += usize::from(what.get("ended").is_some());
        }
    }
    assert!(
        effects > 100 && held > 20 && refused > 5 && retried > 0 && ended > 50,
        "{effects} {held} {refused} {retried} {ended}"
    );
}

#[test]
fn shares_converge_and_a_holdout_is_held_out() {
    let playbook = json!({
        "ikusei": 1, "name": "shares",
        "scenarios": { "s": { "enrol": ["manual"], "steps": [
            { "split": { "arms": { "a": { "share": 45 }, "b": { "share": 45 } }, "holdout": 10 } }, { "notify": { "to": "x" } }] } },
    });
    let engine = Playbook::parse(&playbook.to_string()).unwrap().compile().unwrap();
    let order = Input::Enrol(Manual { scenario: "s".to_owned(), id: None });
    let mut arms: BTreeMap<String, i64> = BTreeMap::new();
    for number in 0..20_000 {
        let outcome = engine.process(Lead::new(format!("lead-{number}")), &order, at(START)).unwrap();
        let arm = outcome.lead.enrolments[0].arms["0"].clone();
        assert_eq!(outcome.effects.is_empty(), arm == "holdout");
        *arms.entry(arm).or_default() += 1;
    }
    // Four standard deviations: 281 of 9,000 and 170 of 2,000.
    assert!(
        (arms["a"] - 9_000).abs() < 282
            && (arms["b"] - 9_000).abs() < 282
            && (arms["holdout"] - 2_000).abs() < 171,
        "{arms:?}"
    );
}
