//! Leads whose values lie at, just below and just above the constants that rules name.

use serde_json::{Map, Value, json};

use super::random::Random;
use super::{Kind, Vocabulary};

/// The instant of every case.
pub(crate) const AT: &str = "2026-07-01T00:00:00Z";

/// Texts that rules and leads share; some differ only by width, case or length.
pub(crate) const TEXTS: [&str; 16] = [
    "",
    "a",
    "A",
    "ab",
    "東京都",
    "東京",
    "大阪府",
    "部長",
    "営業部長",
    "ＡＢＣ",
    "abc",
    "ガイド",
    "ｶﾞｲﾄﾞ",
    "a@example.co.jp",
    "/pricing/enterprise",
    "info@gmail.com",
];

pub(crate) const WHOLES: [i64; 16] = [
    -1_000,
    -1,
    0,
    1,
    2,
    3,
    9,
    10,
    50,
    99,
    100,
    300,
    1_000,
    12_345,
    9_007_199_254_740_992,
    9_007_199_254_740_993,
];

pub(crate) const DATES: [&str; 6] =
    ["2025-10-01", "2026-03-31", "2026-04-01", "2026-06-30", "2026-07-01", "1969-12-31"];

pub(crate) const INSTANTS: [&str; 5] = [
    "2026-06-30T23:59:59.999999Z",
    "2026-07-01T00:00:00Z",
    "2026-06-01T09:00:00+09:00",
    "2026-04-02T00:00:00Z",
    "1969-12-31T23:59:59Z",
];

/// Numbers as JSON writes them.
pub(crate) const NUMBERS: [&str; 14] = [
    "-0.0",
    "0.0",
    "0.1",
    "0.30000000000000004",
    "0.3",
    "0.4",
    "0.39999999999999997",
    "0.5",
    "1.0",
    "10.5",
    "9999.99",
    "10000.0",
    "-2.5",
    "5e-324",
];

pub(crate) fn lead(random: &mut Random, vocabulary: &Vocabulary, number: usize, kind: Kind) -> Value {
    let mut fields = Map::new();
    for (name, kind) in &vocabulary.fields {
        if random.chance(80) {
            fields.insert(name.clone(), value(random, kind));
        }
    }
    fields.insert("of_the_host".to_owned(), json!({ "kept": [1, "x", null] }));
    let mut activities: Vec<Value> =
        (0..random.between(0, 12)).map(|number| activity(random, vocabulary, number, kind)).collect();
    random.shuffle(&mut activities);
    let mut lead = json!({
        "id": format!("lead-{number}"),
        "fields": fields,
        "source": { "channel": random.pick(&["web", "event"]), "campaign": "expo" },
        "consent": { "email": { "status": random.pick(&["granted", "denied", "unknown"]) } },
        "activities": activities,
    });
    if random.chance(50)
        && let Some(lead) = lead.as_object_mut()
    {
        let rank = random.pick(&["A", "B", "C", "Z"]);
        let since = random.pick(&["2026-06-30T12:00:00Z", "2026-06-28T00:00:00Z", "2026-01-01T00:00:00Z"]);
        lead.insert("standing".to_owned(), json!({ "card_0": { "rank": rank, "since": since } }));
    }
    lead
}

fn activity(random: &mut Random, vocabulary: &Vocabulary, number: usize, kind: Kind) -> Value {
    let index = random.below(vocabulary.kinds.len());
    let (name, properties) =
        vocabulary.kinds.get(index).map_or(("stranger", &[][..]), |(name, own)| (name.as_str(), own));
    let mut given = Map::new();
    for (property, kind) in properties {
        if random.chance(80) {
            given.insert((*property).to_owned(), value(random, kind));
        }
    }
    let mut activity = json!({ "id": format!("evt-{number}"), "kind": name, "properties": given });
    let Some(entries) = activity.as_object_mut() else { return activity };
    // Age zero, a day, the usual windows, and one microsecond to either side of them.
    let days = random.pick(&[0, 0, 1, 6, 7, 29, 30, 31, 59, 60, 89, 90, 91, 400]);
    let seconds = random.pick(&[0, 0, 1, 3_600, 43_200]);
    let micros = random.pick(&[0, 0, 1, -1]);
    let mut age = (days * 86_400 + seconds) * 1_000_000 + micros;
    if kind == Kind::Fading {
        age = age.max(0);
    }
    entries.insert("at".to_owned(), json!(before_at(age)));
    if random.chance(25) {
        let mut later = age - random.pick(&[0, 1, 86_400_000_000, 7 * 86_400_000_000]);
        if kind == Kind::Fading {
            later = later.max(0);
        }
        entries.insert("recorded_at".to_owned(), json!(before_at(later)));
    }
    match random.below(10) {
        0 => {
            entries.insert("trust".to_owned(), json!("machine"));
        }
        1 => {
            entries.insert("trust".to_owned(), json!("unsure"));
        }
        _ => {}
    }
    if random.chance(10) {
        entries.insert("campaign".to_owned(), json!("expo"));
    }
    activity
}

/// The instant so many microseconds before [`AT`].
fn before_at(age: i64) -> String {
    let at: ikusei::Instant = AT.parse().unwrap_or_else(|_| unreachable!("a constant"));
    let before = at.micros().saturating_sub(age);
    ikusei::Instant::from_micros(before).unwrap_or(at).to_string()
}

fn value(random: &mut Random, kind: &str) -> Value {
    if random.chance(8) {
        return Value::Null;
    }
    match kind {
        "integer" => json!(random.pick(&WHOLES).saturating_add(random.whole(-1, 1))),
        "number" if random.chance(20) => json!(random.pick(&WHOLES)),
        "number" => number(random.pick(&NUMBERS)),
        "boolean" => json!(random.chance(50)),
        "date" => json!(random.pick(&DATES)),
        "timestamp" => json!(random.pick(&INSTANTS)),
        "set" => {
            // Repetitions belong to the record, and must not count twice.
            json!((0..random.below(5)).map(|_| random.pick(&TEXTS)).collect::<Vec<_>>())
        }
        _ => json!(random.pick(&TEXTS)),
    }
}

fn number(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| unreachable!("a constant"))
}
