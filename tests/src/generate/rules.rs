//! Random scorecards and segments.

use serde_json::{Map, Value, json};

use super::conditions::Scope;
use super::leads::{TEXTS, WHOLES};
use super::random::Random;
use super::{Kind, Vocabulary};

const GROUPS: [&str; 2] = ["group_0", "group_1"];
const TABLE_TYPES: [&str; 7] = ["text", "email", "phone", "url", "integer", "boolean", "set"];
const NUMBER_TYPES: [&str; 2] = ["integer", "number"];

pub(crate) fn scorecard(
    random: &mut Random,
    vocabulary: &Vocabulary,
    kind: Kind,
    number: usize,
    cards: usize,
) -> Value {
    let rules: Vec<Value> = (0..random.between(1, 14))
        .map(|index| rule(random, vocabulary, kind, format!("rule_{index}")))
        .collect();
    let mut card = Map::new();
    card.insert("rules".to_owned(), Value::Array(rules));
    let groups = GROUPS.iter().map(|name| ((*name).to_owned(), limits(random))).collect();
    card.insert("groups".to_owned(), Value::Object(groups));
    if random.chance(30)
        && let Value::Object(limits) = limits(random)
    {
        card.extend(limits);
    }
    if random.chance(20) {
        card.insert("about".to_owned(), json!({ "product": format!("product-{number}") }));
    }
    if random.chance(20) {
        card.insert("probability".to_owned(), json!({ "intercept": -2.5, "per_point": 0.0625 }));
    }
    // A scorecard's ranks may look at the figures of every scorecard.
    let scope =
        Scope { vocabulary, kinds: &[], cards, ranks: false, segments: 0, history: true, may_fail: true };
    if random.chance(30) {
        let when = scope.condition(random, 1);
        card.insert("disqualify".to_owned(), json!([{ "id": "out", "when": when }]));
    }
    let matrix = random.chance(25);
    card.insert("ranks".to_owned(), ranks(random, &scope, matrix));
    if matrix {
        card.insert("matrix".to_owned(), self::matrix(random));
    }
    card.insert("hot".to_owned(), json!(["A"]));
    Value::Object(card)
}

fn limits(random: &mut Random) -> Value {
    let mut limits = Map::new();
    if random.chance(40) {
        limits.insert("min".to_owned(), json!(random.pick(&[-20, -5, 0, 3])));
    }
    if random.chance(60) {
        limits.insert("max".to_owned(), json!(random.pick(&[3, 10, 25, 100])));
    }
    Value::Object(limits)
}

fn ranks(random: &mut Random, scope: &Scope<'_>, matrix: bool) -> Value {
    let top = random.whole(10, 40);
    let mut ranks = Vec::new();
    for (name, threshold) in [("A", Some(top)), ("B", Some(top / 2)), ("C", None)] {
        let mut rank = json!({ "rank": name });
        let Some(entries) = rank.as_object_mut() else { continue };
        let mut keep = Map::new();
        if random.chance(50) {
            keep.insert("for".to_owned(), json!(random.pick(&["3d", "12h"])));
        }
        if let Some(threshold) = threshold.filter(|_| !matrix) {
            entries.insert("at_least".to_owned(), json!(threshold));
            if random.chance(20) {
                entries.insert("when".to_owned(), json!(scope.condition(random, 1)));
            }
            if random.chance(50) {
                keep.insert("margin".to_owned(), json!(random.pick(&[0, 3, 10])));
            }
        }
        if !keep.is_empty() && random.chance(70) {
            entries.insert("keep".to_owned(), Value::Object(keep));
        }
        if random.chance(50) {
            let word = random.pick(&["sales", "marketing", "automated"]);
            entries.insert("handling".to_owned(), json!(word));
        }
        ranks.push(rank);
    }
    Value::Array(ranks)
}

fn matrix(random: &mut Random) -> Value {
    let fit = random.whole(1, 20);
    let engagement = random.whole(1, 20);
    let mut rank = || random.pick(&["A", "B", "C"]);
    json!({
        "fit": [{ "grade": "good", "at_least": fit }, { "grade": "poor" }],
        "engagement": [{ "level": "high", "at_least": engagement }, { "level": "low" }],
        "ranks": {
            "good": { "high": rank(), "low": rank() },
            "poor": { "high": rank(), "low": rank() },
        },
    })
}

fn rule(random: &mut Random, vocabulary: &Vocabulary, kind: Kind, id: String) -> Value {
    let fading = kind == Kind::Fading;
    let kinds: Vec<usize> = if random.chance(50) {
        (0..vocabulary.kinds.len()).filter(|_| random.chance(60)).collect()
    } else {
        vec![]
    };
    let scope = Scope {
        vocabulary,
        kinds: &kinds,
        cards: 0,
        ranks: false,
        segments: 0,
        history: !fading,
        may_fail: !fading && random.chance(10),
    };
    let mut rule = Map::new();
    rule.insert("id".to_owned(), json!(id));
    if !kinds.is_empty() {
        let names: Vec<String> = kinds.iter().map(|index| format!("kind_{index}")).collect();
        let on = if let [only] = names.as_slice() { json!(only) } else { json!(names) };
        rule.insert("on".to_owned(), on);
        counted(random, &mut rule, fading);
    }
    if random.chance(70) {
        // Simple conditions are those that get fused.
        let depth = random.pick(&[0, 0, 1, 2]);
        rule.insert("when".to_owned(), json!(scope.condition(random, depth)));
    }
    if random.chance(30) {
        rule.insert("group".to_owned(), json!(random.pick(&GROUPS)));
    }
    if random.chance(10) {
        rule.insert("label".to_owned(), json!("ラベル"));
    }
    rule.insert("points".to_owned(), points(random, &scope, fading));
    Value::Object(rule)
}

/// How a rule counts activities.
fn counted(random: &mut Random, rule: &mut Map<String, Value>, fading: bool) {
    if random.chance(40) {
        rule.insert("cap".to_owned(), amount(random, true));
    }
    if random.chance(50) {
        rule.insert("within".to_owned(), json!(random.pick(&["1d", "7d", "30d", "90d", "36h"])));
    }
    if random.chance(50) {
        let decay = match random.below(5) {
            0 => json!({ "half_life": "30d" }),
            1 => json!({ "half_life": "7d", "step": "1h" }),
            2 => json!({ "linear": "60d" }),
            3 => json!({ "every": "30d", "by": "50%" }),
            _ => json!({ "every": "7d", "by": "12.5%" }),
        };
        rule.insert("decay".to_owned(), decay);
    }
    if !fading && random.chance(30) {
        let period = random.pick(&["hour", "day", "week", "month", "ever"]);
        let per = if random.chance(50) { json!(period) } else { json!({ period: 2 }) };
        rule.insert("per".to_owned(), per);
    }
}

fn points(random: &mut Random, scope: &Scope<'_>, fading: bool) -> Value {
    let by = |random: &mut Random, types: &[&str]| {
        let mut names = scope.vocabulary.properties_of(scope.kinds, types);
        names.extend(scope.vocabulary.fields_of(types).into_iter().map(str::to_owned));
        random.pick(&names)
    };
    match random.below(if fading { 8 } else { 12 }) {
        0..=3 => amount(random, fading),
        4 | 5 => {
            let name = by(random, &TABLE_TYPES);
            let table: Map<String, Value> = if name.contains("integer") || name.ends_with("seconds") {
                (0..4).map(|_| (random.pick(&WHOLES).to_string(), amount(random, fading))).collect()
            } else if name.contains("boolean") || name.ends_with("first") {
                ["true", "false"].iter().map(|key| ((*key).to_owned(), amount(random, fading))).collect()
            } else {
                (0..5).map(|_| (random.pick(&TEXTS).to_owned(), amount(random, fading))).collect()
            };
            let mut points = json!({ "by": name, "table": table });
            default(random, &mut points, fading);
            points
        }
        6 | 7 => {
            let bounds = ["-5", "0", "0.4", "10", "50", "300.5", "8999999999"];
            let bands: Map<String, Value> = bounds
                .iter()
                .filter(|_| random.chance(50))
                .map(|bound| ((*bound).to_owned(), Value::Null))
                .collect();
            let bands: Map<String, Value> =
                bands.into_iter().map(|(bound, _)| (bound, amount(random, fading))).collect();
            let mut points = json!({ "by": by(random, &NUMBER_TYPES), "bands": bands });
            default(random, &mut points, fading);
            points
        }
        8 | 9 => {
            let mut points = json!({ "by": by(random, &NUMBER_TYPES), "times": amount(random, false) });
            // Without limits the largest numbers leave the range of points: an error, but the same in every way.
            if random.chance(90)
                && let Some(entries) = points.as_object_mut()
            {
                entries.insert("min".to_owned(), json!(-15));
                entries.insert("max".to_owned(), json!(20.25));
            }
            points
        }
        _ => json!(scope.number(random)),
    }
}

fn default(random: &mut Random, points: &mut Value, fading: bool) {
    if random.chance(30)
        && let Some(entries) = points.as_object_mut()
    {
        entries.insert("default".to_owned(), amount(random, fading));
    }
}

fn amount(random: &mut Random, positive: bool) -> Value {
    let amount = random.pick(&[json!(1), json!(5), json!(12.5), json!(0.333333), json!(40), json!(0.000001)]);
    match amount.as_f64() {
        Some(number) if !positive && random.chance(30) => json!(-number),
        _ => amount,
    }
}

/// Segments that name those before them: a condition, or a condition with lists.
pub(crate) fn segments(random: &mut Random, vocabulary: &Vocabulary, cards: usize) -> Vec<(String, Value)> {
    (0..random.between(0, 5))
        .map(|number| {
            let scope = Scope {
                vocabulary,
                kinds: &[],
                cards,
                ranks: true,
                segments: number,
                history: true,
                may_fail: false,
            };
            let when = scope.condition(random, 2);
            let segment = if random.chance(60) {
                json!(when)
            } else {
                json!({
                    "when": when,
                    "include": ["lead-1"],
                    "exclude": ["lead-2", "lead-9"],
                    "order": { "descending": "scores.card_0.total" },
                    "limit": 2,
                })
            };
            (format!("segment_{number}"), segment)
        })
        .collect()
}
