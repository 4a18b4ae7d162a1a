//! Timelines and next changes are what assessing at every instant finds.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use ikusei::{Detail, Engine, Instant, Known, Lead, Playbook, TimedChange, Timeline};
use ikusei_tests::generate::{Case, Kind, Random, case_of};
use serde_json::{Value, json};

/// Conditions and points that time alone moves, in every form that can be foreseen.
const TIMED: [&str; 12] = [
    "now.getHours(\"Asia/Tokyo\") >= 9",
    "now.getDayOfWeek() == 3 || now.getHours(\"America/New_York\") == 7",
    "int(age(date_0)) / 86400 % 7 == 3",
    "activities(\"kind_0\").exists(a, age(a.at) < duration(\"36h\"))",
    "size(activities(\"kind_0\").filter(a, now - a.at >= duration(\"3d\"))) > 1",
    "now - last(\"kind_0\") > duration(\"10d\")",
    "timestamp_0 + duration(\"90d\") <= now && !(age(timestamp_0) == duration(\"91d\"))",
    "age(date_0).getHours() / 24 >= 30",
    "(boolean_0 ? age(date_0) : now - timestamp_0) > duration(\"40d\")",
    "seen(\"kind_0\", \"36h\") != (count(\"kind_0\", \"7d\") > 1)",
    "now.getMonth(\"America/New_York\") == 6 || now.getFullYear(\"-03:30\") > 2026",
    "-(age(date_0)) < -duration(\"30d\") && age(now) == duration(\"0s\")",
];

const MINUTE: i64 = 60_000_000;

struct Sample {
    engine: Engine,
    leads: Vec<Lead>,
    at: Instant,
    random: Random,
}

/// A generated case with conditions of time put in as a segment, a rule about fit, a rule per activity and points.
fn sample(seed: u64) -> Sample {
    let Case { playbook, leads, at } = case_of(Kind::Any, seed);
    let mut random = Random::new(seed ^ 0x5eed);
    let mut playbook: Value = serde_json::from_str(&playbook).unwrap();
    for number in 0..2 {
        playbook["segments"][format!("timed_{number}")] = json!(random.pick(&TIMED));
    }
    let rules = playbook["scorecards"]["card_0"]["rules"].as_array_mut().unwrap();
    rules.push(json!({ "id": "timed_fit", "when": random.pick(&TIMED), "points": 3 }));
    rules.push(json!({ "id": "timed_on", "on": "kind_0", "within": "30d", "points": 2,
        "when": "activity.at + duration(\"5d\") < now || age(activity.at) < duration(\"12h\")" }));
    rules.push(json!({ "id": "timed_points", "points": format!("({}) ? 1 : -1", random.pick(&TIMED)) }));
    let text = playbook.to_string();
    let playbook = Playbook::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let leads = leads.iter().map(|lead| Lead::from_json(lead).unwrap()).collect();
    Sample { engine: playbook.compile().unwrap(), leads, at: at.parse().unwrap(), random }
}

/// What a timeline is about: figures, ranks and segments, as data.
#[derive(Debug, Clone, PartialEq)]
struct State {
    scores: Vec<(String, Value)>,
    ranks: Vec<(String, Option<String>)>,
    segments: Vec<String>,
}

fn state(assessment: &ikusei::Assessment) -> State {
    let mut segments = assessment.segments.clone();
    segments.sort();
    State {
        scores: assessment
            .scores
            .iter()
            .map(|(card, sheet)| (card.clone(), serde_json::to_value(sheet).unwrap()))
            .collect(),
        ranks: assessment.ranks.iter().map(|(card, rank)| (card.clone(), rank.rank.clone())).collect(),
        segments,
    }
}

fn apply(state: &mut State, change: &TimedChange) {
    for (card, sheet) in &mut state.scores {
        if let Some(scores) = change.scores.get(card) {
            assert_eq!(*sheet, serde_json::to_value(&scores.from).unwrap());
            *sheet = serde_json::to_value(&scores.to).unwrap();
        }
    }
    for (card, rank) in &mut state.ranks {
        if let Some(ranks) = change.ranks.get(card) {
            assert_eq!(*rank, ranks.from);
            rank.clone_from(&ranks.to);
        }
    }
    state.segments.retain(|segment| !change.left.contains(segment));
    state.segments.extend(change.entered.iter().cloned());
    state.segments.sort();
}

fn micros(at: i64) -> Instant {
    Instant::from_micros(at).unwrap()
}

/// Walks a timeline beside assessments at every so many microseconds, and just before and at every change.
fn check(engine: &Engine, lead: &Lead, timeline: &Timeline, step: i64) -> usize {
    let prepared = engine.prepare(lead).unwrap();
    let prepared = if timeline.known == Known::Now { prepared.in_hindsight() } else { prepared };
    let assess = |at: i64| prepared.assess(micros(at), Detail::Figures).map(|found| state(&found));
    let mut held = state(&timeline.start);
    let mut at = timeline.from.micros();
    for change in &timeline.changes {
        assert!(change.at > timeline.from && change.at <= timeline.to);
        assert!(!change.causes.is_empty(), "without a cause: {change:#?}");
        while at < change.at.micros() {
            assert_eq!(assess(at).unwrap(), held, "at {}", micros(at));
            at += step;
        }
        assert_eq!(assess(change.at.micros() - 1).unwrap(), held, "just before {}", change.at);
        apply(&mut held, change);
        assert_eq!(assess(change.at.micros()).unwrap(), held, "at the change of {}", change.at);
    }
    while at <= timeline.to.micros() {
        assert_eq!(assess(at).unwrap(), held, "at {}", micros(at));
        at += step;
    }
    timeline.changes.len()
}

/// A day minute by minute, and four months every five hours.
#[test]
fn a_timeline_is_every_assessment_between() {
    let (mut changes, mut refused) = (0, 0);
    for seed in 0..8 {
        let Sample { engine, leads, at, mut random } = sample(seed);
        for lead in leads.iter().take(1) {
            let days = random.pick(&[-400, -91, -60, -30, -7, -1, 0, 1, 30, 89]);
            let start = at.micros() + days * 1_440 * MINUTE;
            for (from, to, step) in [
                (start, start + 1_440 * MINUTE, MINUTE),
                (at.micros() - 95 * 1_440 * MINUTE, at.micros() + 20 * 1_440 * MINUTE, 307 * MINUTE),
            ] {
                // By the minute by what was known then; by the hours also by what is known now.
                let by: &[Known] = if step == MINUTE { &[Known::Then] } else { &[Known::Then, Known::Now] };
                for known in by {
                    match engine.timeline(lead, micros(from), micros(to), *known) {
                        Ok(timeline) => changes += check(&engine, lead, &timeline, step),
                        // Points that overflow at some instant: there is no timeline through it.
                        Err(error) => {
                            assert_eq!(error.code().to_string(), "IK0501", "{error}");
                            refused += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(changes > 200 && refused < 12, "{changes} changes, {refused} refused");
}

#[test]
fn hindsight_is_as_if_everything_had_been_recorded_at_once() {
    let mut late = 0;
    for seed in 60..70 {
        let Sample { engine, leads, at, .. } = sample(seed);
        let (from, to) = (micros(at.micros() - 10 * 1_440 * MINUTE), at);
        for lead in &leads {
            let mut record: Value = serde_json::from_str(&lead.to_json()).unwrap();
            for activity in record.get_mut("activities").and_then(Value::as_array_mut).into_iter().flatten() {
                late += usize::from(activity.as_object_mut().unwrap().remove("recorded_at").is_some());
            }
            let at_once = Lead::from_json(&record.to_string()).unwrap();
            let plain = |lead: &Lead, known| {
                let found = engine.timeline(lead, from, to, known).map(|timeline| timeline.changes);
                serde_json::to_string(&found.map_err(|error| error.to_string())).unwrap()
            };
            assert_eq!(plain(lead, Known::Now), plain(&at_once, Known::Then));
        }
    }
    assert!(late > 5, "{late} activities were recorded late");
}

#[test]
fn the_next_change_is_the_first_of_the_timeline_if_nothing_happens() {
    let (mut found, mut never) = (0, 0);
    for seed in 100..120 {
        let Sample { engine, leads, at, .. } = sample(seed);
        for lead in &leads {
            let mut record: Value = serde_json::from_str(&lead.to_json()).unwrap();
            if let Some(activities) = record.get_mut("activities").and_then(Value::as_array_mut) {
                activities.retain(|activity| {
                    let known = |key: &str| {
                        let text = activity.get(key).and_then(Value::as_str);
                        text.is_none_or(|text| text.parse::<Instant>().unwrap() <= at)
                    };
                    known("at") && known("recorded_at")
                });
            }
            let known = Lead::from_json(&record.to_string()).unwrap();
            let until = micros(at.micros() + 10 * 1_440 * MINUTE);
            let Ok(next) = engine.next_change(lead, at, Some(until)) else { continue };
            let Ok(timeline) = engine.timeline(&known, at, until, Known::Then) else { continue };
            assert_eq!(next.as_ref(), timeline.changes.first());
            let any = if next.is_some() { &mut found } else { &mut never };
            *any += 1;
        }
    }
    assert!(found > 15, "{found} found, {never} never");
}

/// Minute by minute for a day: nothing moves before the next change, and it is what it says.
#[test]
fn the_next_change_is_what_every_minute_finds() {
    let (mut found, mut never) = (0, 0);
    for seed in 200..206 {
        let Sample { engine, leads, at, mut random } = sample(seed);
        for lead in leads.iter().take(2) {
            let at = micros(at.micros() + random.whole(-40, 2) * 1_440 * MINUTE + random.whole(0, MINUTE));
            let until = at.micros() + 1_440 * MINUTE;
            let Ok(next) = engine.next_change(lead, at, Some(micros(until))) else { continue };
            // If nothing happens: what comes in later is not known.
            let held_back = |now: i64| {
                let mut record: Value = serde_json::from_str(&lead.to_json()).unwrap();
                let known = |activity: &Value, key: &str| {
                    let text = activity.get(key).and_then(Value::as_str);
                    text.is_none_or(|text| text.parse::<Instant>().unwrap() <= at)
                };
                if let Some(activities) = record.get_mut("activities").and_then(Value::as_array_mut) {
                    activities.retain(|activity| known(activity, "at") && known(activity, "recorded_at"));
                }
                let known = Lead::from_json(&record.to_string()).unwrap();
                let prepared = engine.prepare(&known).unwrap();
                state(&prepared.assess(micros(now), Detail::Figures).unwrap())
            };
            let held = held_back(at.micros());
            let end = next.as_ref().map_or(until, |change| change.at.micros() - 1);
            let mut now = at.micros();
            while now < end {
                assert_eq!(held_back(now), held, "seed {seed}, at {}", micros(now));
                now += MINUTE;
            }
            assert_eq!(held_back(end), held, "seed {seed}, at {}", micros(end));
            match next {
                Some(change) => {
                    let mut changed = held.clone();
                    apply(&mut changed, &change);
                    assert_ne!(changed, held);
                    assert_eq!(held_back(change.at.micros()), changed, "seed {seed}, at {}", change.at);
                    found += 1;
                }
                None => never += 1,
            }
        }
    }
    assert!(found > 5, "{found} found, {never} never");
}

/// Who is accountable at an instant: the last step says it, of the last hand-over that had begun.
fn accountable(lead: &Value, about: &Value, at: Instant) -> Option<String> {
    let assignments = lead["assignments"].as_array().unwrap().iter().filter(|known| known["about"] == *about);
    let step = assignments
        .flat_map(|known| known["history"].as_array().unwrap())
        .rfind(|step| step["at"].as_str().unwrap().parse::<Instant>().unwrap() <= at)?;
    let over = step["kind"] == "recycled" || step["kind"] == "closed";
    (!over).then(|| step["member"].as_str().unwrap().to_owned())
}

#[test]
fn a_timeline_tells_who_is_accountable_at_every_step() {
    let mut changes = 0;
    for seed in 500..530 {
        let Sample { engine, leads, at, mut random } = sample(seed);
        let mut record: Value = serde_json::from_str(&leads[0].to_json()).unwrap();
        let mut assignments = Vec::new();
        let abouts = [json!("product-a"), Value::Null];
        for about in &abouts {
            let mut day = 60;
            for number in 0..random.between(0, 3) {
                let mut history = Vec::new();
                let steps = ["assigned", "accepted", "refused", "reassigned", "touched", "escalated"];
                for step in 0..random.between(1, 4) {
                    day -= random.below(4);
                    let kind = if step == 0 { "assigned" } else { random.pick(&steps) };
                    let at = micros(at.micros() - i64::try_from(day).unwrap() * 1_440 * MINUTE);
                    history.push(
                        json!({ "at": at, "kind": kind, "member": random.pick(&["aya", "bun", "chie"]) }),
                    );
                }
                let last = history.last().unwrap().clone();
                let mut over = last.clone();
                over["kind"] = json!(random.pick(&["recycled", "closed"]));
                history.push(over);
                let mut assignment = json!({ "id": format!("{about}-{number}"), "policy": "default", "rule": "all",
                    "owner": last["member"], "reason": { "en": "", "ja": "" }, "state": "closed", "at": last["at"],
                    "history": history });
                if !about.is_null() {
                    assignment["about"] = about.clone();
                }
                assignments.push(assignment);
            }
        }
        record["assignments"] = json!(assignments);
        let lead = Lead::from_json(&record.to_string()).unwrap();
        let record: Value = serde_json::from_str(&lead.to_json()).unwrap();
        if assignments.is_empty() {
            continue;
        }
        let (from, to) = (micros(at.micros() - 58 * 1_440 * MINUTE), at);
        let Ok(timeline) = engine.timeline(&lead, from, to, Known::Then) else { continue };
        for about in &abouts {
            let same = |told: &Option<String>| json!(told) == *about;
            let mut held =
                timeline.owners.iter().find(|known| same(&known.about)).map(|known| known.owner.clone());
            assert_eq!(held, accountable(&record, about, from));
            for change in &timeline.changes {
                let before = accountable(&record, about, micros(change.at.micros() - 1));
                assert_eq!(held, before, "just before {}\n{record}", change.at);
                for owner in change.owners.iter().filter(|change| same(&change.about)) {
                    assert_eq!(held, owner.from);
                    assert!(!change.causes.is_empty());
                    held.clone_from(&owner.to);
                    changes += 1;
                }
                assert_eq!(held, accountable(&record, about, change.at), "at {}\n{record}", change.at);
            }
            assert_eq!(held, accountable(&record, about, to));
        }
    }
    assert!(changes > 40, "{changes} changes");
}
