use std::collections::BTreeMap;

use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::{Request, attribute};
use crate::analytics::table::{Analysis, Cell};
use crate::base::error::Error;

fn run(args: &Value) -> Result<Analysis, Error> {
    attribute(&serde_json::from_value::<Request>(args.clone()).unwrap())
}

/// Conversions by channel of one model.
fn of(analysis: &Analysis, model: &str) -> BTreeMap<String, f64> {
    let rows = &analysis.tables[0].rows;
    let mine = rows.iter().filter(|row| row[1] == Cell::from(model));
    mine.map(|row| {
        (serde_json::to_value(&row[0]).unwrap().as_str().unwrap().to_owned(), row[2].as_f64().unwrap())
    })
    .collect()
}

fn near(found: &BTreeMap<String, f64>, wanted: &[(&str, f64)], tolerance: f64) {
    assert_eq!(found.len(), wanted.len());
    for (channel, credit) in wanted {
        let off = (found[*channel] - credit).abs();
        assert!(off <= tolerance, "{channel}: {} instead of {credit}", found[*channel]);
    }
}

fn journeys() -> Value {
    json!([
        { "path": "search > mail > direct", "conversions": 3, "nulls": 1 },
        { "path": "mail > mail > fair > search", "conversions": 2, "nulls": 5 },
        { "path": "fair", "conversions": 1, "nulls": 4 },
        { "path": "direct > fair > search > direct > mail", "conversions": 4, "nulls": 0 },
        { "path": "search > search", "conversions": 0, "nulls": 7 },
    ])
}

#[test]
fn positions_by_hand() {
    let found = run(&json!({ "paths": journeys(), "digits": 12,
        "models": ["first", "last", "last_non_direct", "linear", "u", "w", "shapley"] }))
    .unwrap();
    near(&of(&found, "first"), &[("search", 3.0), ("mail", 2.0), ("fair", 1.0), ("direct", 4.0)], 1e-9);
    near(&of(&found, "last"), &[("search", 2.0), ("mail", 4.0), ("fair", 1.0), ("direct", 3.0)], 1e-9);
    near(
        &of(&found, "last_non_direct"),
        &[("search", 2.0), ("mail", 7.0), ("fair", 1.0), ("direct", 0.0)],
        1e-9,
    );
    // 3 of 3 touches each, 2 of 4, 1 whole, 4 of 5 with direct twice.
    let linear = [
        ("search", 1.0 + 0.5 + 0.8),
        ("mail", 1.0 + 1.0 + 0.8),
        ("fair", 0.5 + 1.0 + 0.8),
        ("direct", 1.0 + 1.6),
    ];
    near(&of(&found, "linear"), &linear, 1e-9);
    // U: 40 % first and last, 20 % between.
    let u = [
        ("search", 3.0 * 0.4 + 2.0 * 0.4 + 4.0 * 0.2 / 3.0),
        ("mail", 3.0 * 0.2 + 2.0 * (0.4 + 0.1) + 4.0 * 0.4),
        ("fair", 2.0 * 0.1 + 1.0 + 4.0 * 0.2 / 3.0),
        ("direct", 3.0 * 0.4 + 4.0 * (0.4 + 0.2 / 3.0)),
    ];
    near(&of(&found, "u"), &u, 1e-9);
    // W: 30 % first, middle and last, 10 % for the rest; of three touches the middle one has nothing beside it.
    let w = [
        ("search", 3.0 * 0.3 / 0.9 + 2.0 * 0.3 + 4.0 * 0.3),
        ("mail", 3.0 * 0.3 / 0.9 + 2.0 * (0.3 + 0.1) + 4.0 * 0.3),
        ("fair", 2.0 * 0.3 + 1.0 + 4.0 * 0.05),
        ("direct", 3.0 * 0.3 / 0.9 + 4.0 * (0.3 + 0.05)),
    ];
    near(&of(&found, "w"), &w, 1e-9);
    // Shapley: each journey's distinct channels alike.
    let shapley = [
        ("search", 1.0 + 2.0 / 3.0 + 1.0),
        ("mail", 1.0 + 2.0 / 3.0 + 1.0),
        ("fair", 2.0 / 3.0 + 1.0 + 1.0),
        ("direct", 1.0 + 1.0),
    ];
    near(&of(&found, "shapley"), &shapley, 1e-9);
}

/// A channel's part by its definition: over every order in which channels may join, what it adds when it joins.
fn shapley_by_orders(journeys: &[(Vec<usize>, f64)], n: usize) -> Vec<f64> {
    let worth = |members: &[usize]| -> f64 {
        let within = |path: &Vec<usize>| path.iter().all(|channel| members.contains(channel));
        journeys.iter().filter(|(path, _)| within(path)).map(|(_, count)| count).sum()
    };
    fn orders(left: &[usize], done: &mut Vec<usize>, each: &mut impl FnMut(&[usize])) {
        if left.is_empty() {
            each(done);
        }
        for (index, channel) in left.iter().enumerate() {
            let mut rest = left.to_vec();
            rest.remove(index);
            done.push(*channel);
            orders(&rest, done, each);
            done.pop();
        }
    }
    let (mut parts, mut count) = (vec![0.0; n], 0.0);
    orders(&(0..n).collect::<Vec<_>>(), &mut Vec::new(), &mut |order| {
        count += 1.0;
        for place in 0..order.len() {
            parts[order[place]] += worth(&order[..=place]) - worth(&order[..place]);
        }
    });
    parts.iter().map(|part| part / count).collect()
}

/// The chance of conversion by walking the chain for a long time: states are the last `order` channels.
fn chance_by_walking(journeys: &[(Vec<usize>, u32, u32)], order: usize, removed: Option<usize>) -> f64 {
    let mut steps: BTreeMap<Vec<usize>, BTreeMap<Option<Vec<usize>>, f64>> = BTreeMap::new();
    let mut won: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
    for (path, converted, lost) in journeys.iter().filter(|(_, converted, lost)| converted + lost > 0) {
        let mut state = Vec::new();
        for channel in path {
            let mut next = state.clone();
            next.push(*channel);
            if next.len() > order {
                next.remove(0);
            }
            *steps.entry(state).or_default().entry(Some(next.clone())).or_default() +=
                f64::from(converted + lost);
            state = next;
        }
        *steps.entry(state.clone()).or_default().entry(None).or_default() += f64::from(converted + lost);
        *won.entry(state).or_default() += f64::from(*converted);
    }
    let (mut here, mut converted) = (BTreeMap::from([(Vec::new(), 1.0)]), 0.0);
    for _ in 0..5_000 {
        let mut next: BTreeMap<Vec<usize>, f64> = BTreeMap::new();
        for (state, mass) in here {
            let Some(out) = steps.get(&state) else { continue };
            let all: f64 = out.values().sum();
            converted += mass * won.get(&state).copied().unwrap_or(0.0) / all;
            for (to, count) in out {
                if let Some(to) = to
                    && to.last().copied() != removed
                {
                    *next.entry(to.clone()).or_default() += mass * count / all;
                }
            }
        }
        here = next;
    }
    converted
}

#[test]
fn markov_by_hand() {
    // a > b converts once, a alone never: start goes to a; a goes to b (1) or away (1); b converts.
    // Without a nothing converts, without b neither: both effects are 1, the credit halves.
    let paths = json!([{ "path": "a > b", "conversions": 1 }, { "path": "a", "conversions": 0, "nulls": 1 }]);
    let found = run(&json!({ "paths": paths, "models": ["markov"] })).unwrap();
    near(&of(&found, "markov"), &[("a", 0.5), ("b", 0.5)], 0.0);
    assert_eq!(found.figures["chance_of_conversion"], Cell::Number(0.5));
}

#[test]
fn nothing_converted_gives_nothing_and_says_so() {
    let found =
        run(&json!({ "paths": [{ "path": "a > b", "conversions": 0, "nulls": 3, "value": 5 }] })).unwrap();
    assert!(found.notes.iter().any(|note| note.about == "no-conversions"));
    for table in &found.tables {
        let cells = table.rows.iter().flatten();
        assert!(
            cells.clone().all(|cell| cell.as_f64().is_none_or(|number| number.abs() < f64::EPSILON)),
            "{table:?}"
        );
    }
}

#[test]
fn touches_become_journeys() {
    let touches = json!([
        { "lead": "l1", "channel": "mail", "at": "2026-05-08" },
        { "lead": "l1", "channel": "search", "at": "2026-05-01" },
        { "lead": "l1", "channel": "fair", "at": "2026-05-20" },
        { "lead": "l2", "channel": "mail", "at": "2026-05-02" },
    ]);
    let conversions = json!([
        { "lead": "l1", "at": "2026-05-15", "value": "100" },
        // Won before anything was touched.
        { "lead": "l2", "at": "2026-05-01", "value": "50" },
    ]);
    let found =
        run(&json!({ "touches": touches, "conversions": conversions, "currency": "JPY", "digits": 12,
        "models": ["linear", "time_decay"] }))
        .unwrap();
    near(&of(&found, "linear"), &[("mail", 0.5), ("search", 0.5), ("fair", 0.0)], 1e-12);
    // Seven days, one half-life, lie between them: two to one.
    near(&of(&found, "time_decay"), &[("mail", 2.0 / 3.0), ("search", 1.0 / 3.0), ("fair", 0.0)], 1e-11);
    assert_eq!(found.figures["conversions_without_touch"], Cell::Whole(1));
    assert_eq!(found.figures["revenue"], Cell::Decimal("100".parse().unwrap()));
    let seen: Vec<_> = found.tables[0].rows.iter().map(|row| row[4].clone()).collect();
    assert_eq!(seen[..3], ["50", "50", "0"].map(|text: &str| Cell::Decimal(text.parse().unwrap())));
    let short = run(
        &json!({ "touches": touches, "conversions": conversions, "lookback": "10d", "models": ["linear"] }),
    );
    near(&of(&short.unwrap(), "linear"), &[("mail", 1.0), ("search", 0.0), ("fair", 0.0)], 1e-12);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn credits_add_up_and_nothing_is_not_a_number(
        paths in prop::collection::vec((prop::collection::vec(0_usize..5, 0..7), 0_u64..4, 0_u64..4, 0_i64..1_000_000), 1..12),
        order in 1_u32..4,
        yen in any::<bool>(),
    ) {
        let rows: Vec<Value> = paths.iter().map(|(path, conversions, nulls, value)| {
            let names: Vec<String> = path.iter().map(|channel| format!("c{channel}")).collect();
            json!({ "path": names.join(" > "), "conversions": conversions, "nulls": nulls, "value": Decimal::new(*value, if yen { 0 } else { 2 }).to_string() })
        }).collect();
        let args = json!({ "paths": rows, "order": order, "currency": if yen { "JPY" } else { "USD" },
            "weights": { "first": 0.2, "middle": 0.5, "last": 0.3 } });
        let touched: Vec<_> = paths.iter().filter(|(path, ..)| !path.is_empty()).collect();
        let Ok(found) = run(&args) else {
            prop_assert!(touched.is_empty());
            return Ok(());
        };
        let conversions: u64 = touched.iter().map(|(_, conversions, ..)| conversions).sum();
        let revenue: Decimal = touched.iter().filter(|(_, conversions, ..)| *conversions > 0)
            .map(|(.., value)| Decimal::new(*value, if yen { 0 } else { 2 })).sum();
        let mut sums: BTreeMap<String, (Decimal, Decimal)> = BTreeMap::new();
        for row in &found.tables[0].rows {
            let (Cell::Text(model), Cell::Decimal(count), Cell::Decimal(value)) = (&row[1], &row[2], &row[4]) else {
                panic!("{row:?}");
            };
            let sum = sums.entry(model.clone()).or_default();
            *sum = (sum.0 + count, sum.1 + value);
        }
        prop_assert_eq!(sums.len(), 9);
        for (model, (count, value)) in sums {
            // A chain in which no channel's removal hurts has nothing to share by.
            prop_assert_eq!(count, Decimal::from(conversions), "{}", model);
            prop_assert_eq!(value, revenue, "{}", model);
        }
        let text = serde_json::to_string(&found).unwrap();
        prop_assert!(!text.contains("NaN") && !text.contains("inf"));
    }

    #[test]
    fn shapley_and_markov_are_their_definitions(
        paths in prop::collection::vec((prop::collection::vec(0_usize..4, 1..6), 0_u32..4, 0_u32..4), 1..8),
        order in 1_usize..4,
    ) {
        let rows: Vec<Value> = paths.iter().map(|(path, conversions, nulls)| {
            let names: Vec<String> = path.iter().map(|channel| format!("c{channel}")).collect();
            json!({ "path": names.join(">"), "conversions": conversions, "nulls": nulls })
        }).collect();
        let found = run(&json!({ "paths": rows, "order": order, "digits": 12, "models": ["shapley", "markov"] })).unwrap();
        let sets: Vec<_> = paths.iter().map(|(path, conversions, _)| (path.clone(), f64::from(*conversions))).collect();
        let wanted = shapley_by_orders(&sets, 4);
        for (channel, credit) in of(&found, "shapley") {
            let index: usize = channel[1..].parse().unwrap();
            prop_assert!((credit - wanted[index]).abs() < 1e-9, "{channel}: {credit} instead of {}", wanted[index]);
        }
        let base = chance_by_walking(&paths, order, None);
        let removal = found.table("removal").unwrap();
        for row in &removal.rows {
            let Cell::Text(channel) = &row[0] else { panic!("{row:?}") };
            let index: usize = channel[1..].parse().unwrap();
            let wanted = if base > 0.0 { 1.0 - chance_by_walking(&paths, order, Some(index)) / base } else { 0.0 };
            let effect = row[1].as_f64().unwrap();
            prop_assert!((effect - wanted).abs() < 1e-9, "{channel}: {effect} instead of {wanted}");
        }
    }
}
