//! Leads through routing: one after another over a desk that stays open, and a million in a batch.
//!
//! A country of 47 areas, 20 industries and 6 products with two members for each team, as in the verifier's tests.
//! Every lead has an owner before anything is timed, and a batch has the owners that its leads get one by one.
#![expect(clippy::unwrap_used, reason = "a benchmark: whatever fails stops it")]

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ikusei::{Engine, Instant, Lead, Playbook, Roster, RouteOptions};
use serde_json::json;

const AREAS: usize = 47;
const INDUSTRIES: usize = 20;
const PRODUCTS: usize = 6;
const AT: &str = "2026-11-20T10:00:00+09:00";

fn country() -> (Engine, Roster) {
    let mut teams = String::new();
    let mut members = Vec::new();
    for (cut, field, count) in
        [("area", "prefecture", AREAS), ("account", "industry", INDUSTRIES), ("product", "product", PRODUCTS)]
    {
        for number in 0..count {
            writeln!(teams, "    {cut}-{number}: {{ cut: {cut}, covers: '{field} == \"{field}{number}\"' }}")
                .unwrap();
            for half in ["x", "y"] {
                let id = format!("{cut}-{number}-{half}");
                members.push(json!({ "id": id, "teams": [format!("{cut}-{number}")] }));
            }
        }
    }
    members.push(json!({ "id": "mori" }));
    let text = format!(
        "ikusei: 1\nname: country\ntimezone: Asia/Tokyo\n\
         fields: {{ prefecture: {{ type: text }}, industry: {{ type: text }}, product: {{ type: text }} }}\n\
         routing:\n  teams:\n{teams}  policies:\n    default:\n      accountable: [{{ to: [account, product, area], informed: [product, area] }}]\n\
         \x20     queue: {{ owner: mori }}\n      sla: {{ accept: 4h, first_touch: 1d, then: [remind, reassign] }}\n"
    );
    let roster = Roster::from_json(&json!({ "holidays": ["JP"], "members": members }).to_string()).unwrap();
    (Playbook::parse(&text).unwrap().compile().unwrap(), roster)
}

fn lead(number: usize) -> Lead {
    // Numbers without a common factor with the counts, so that every combination comes.
    let field = |name: &str, step: usize, count: usize| format!("{name}{}", number * step % (count + 1));
    Lead::new(format!("l{number}"))
        .with_field("prefecture", field("prefecture", 31, AREAS))
        .with_field("industry", field("industry", 17, INDUSTRIES))
        .with_field("product", field("product", 5, PRODUCTS))
}

fn route(criterion: &mut Criterion) {
    let at: Instant = AT.parse().unwrap();
    let (engine, roster) = country();
    let leads: Vec<Lead> = (0..1_000).map(lead).collect();

    let mut router = engine.router(&roster, &RouteOptions::default()).unwrap();
    let (mut alone, mut stored) = (roster.clone(), roster.clone());
    for lead in &leads {
        let routed = router.route(lead, at).unwrap();
        stored.apply(&router.change().unwrap());
        let one = engine.route(lead, &alone, at, &RouteOptions::default()).unwrap();
        assert_eq!(routed.assignments, one.assignments);
        assert_eq!(routed.assignments.len(), 1);
        alone = one.roster.unwrap();
        assert_eq!(stored, alone);
    }

    let mut group = criterion.benchmark_group("routing");
    group.throughput(Throughput::Elements(leads.len() as u64));
    group.bench_function("leads over an open desk", |bencher| {
        let mut router = engine.router(&roster, &RouteOptions::default()).unwrap();
        bencher
            .iter(|| leads.iter().for_each(|lead| _ = black_box(router.route(black_box(lead), at).unwrap())));
    });
    group.bench_function("leads over an open desk, each with the change to store", |bencher| {
        let mut router = engine.router(&roster, &RouteOptions::default()).unwrap();
        bencher.iter(|| {
            leads.iter().for_each(|lead| {
                black_box(router.route(black_box(lead), at).unwrap());
                black_box(router.change());
            });
        });
    });
    group.throughput(Throughput::Elements(1));
    let first = leads.first().unwrap();
    group.bench_function("one lead, roster read and written", |bencher| {
        bencher.iter(|| black_box(engine.route(first, &roster, at, &RouteOptions::default()).unwrap()));
    });
    group.finish();

    let mut group = criterion.benchmark_group("routing a million");
    let leads: Vec<Lead> = (0..1_000_000).map(lead).collect();
    group.throughput(Throughput::Elements(leads.len() as u64));
    group.sample_size(10);
    group.bench_function("in a batch", |bencher| {
        bencher.iter(|| {
            let mut router = engine.router(&roster, &RouteOptions::default()).unwrap();
            leads.iter().for_each(|lead| _ = black_box(router.route(lead, at).unwrap()));
            black_box(router.close())
        });
    });
    group.finish();
}

criterion_group!(benches, route);
criterion_main!(benches);
