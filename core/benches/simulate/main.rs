//! A year of many leads: how long it takes to simulate.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on fails, and says what it counted"
)]

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ikusei::analytics::Cell;
use ikusei::{Engine, Lead, Playbook, Simulated, Simulation, bucket};
use serde_json::json;

const PLAYBOOK: &str = include_str!("../../../examples/nurturing/playbook.yaml");
const LEADS: u32 = 100_000;
/// 1 May 2026 in Tokyo, and a year later.
const FROM: &str = "2026-05-01T00:00:00+09:00";
const TO: &str = "2027-05-01T00:00:00+09:00";

/// Every fifth lead comes by once or more in the year; the others sleep.
fn lead(number: u32) -> Lead {
    let id = format!("lead-{number}");
    let visits = if number.is_multiple_of(5) { 1 + bucket(&["visits", &id], 6) } else { 0 };
    let activities: Vec<_> = (0..visits)
        .map(|visit| {
            let text = visit.to_string();
            let (day, hour) = (bucket(&["day", &id, &text], 360), bucket(&["hour", &id, &text], 24));
            let at = 1_777_561_200_i64 + i64::from(day) * 86_400 + i64::from(hour) * 3_600;
            let product = if bucket(&["product", &id, &text], 2) == 0 { "a" } else { "b" };
            let kind = if bucket(&["kind", &id, &text], 3) == 0 { "download" } else { "page_view" };
            let at = ikusei::Instant::from_micros(at * 1_000_000).unwrap();
            json!({ "id": format!("v{visit}"), "kind": kind, "at": at, "properties": { "product": product } })
        })
        .collect();
    let record = json!({
        "id": id,
        "fields": { "email": format!("{number}@acme.jp"), "phone": "+81312345678", "employees": bucket(&["size", &id], 600) },
        "consent": { "email": { "status": "granted" } },
        "activities": activities,
    });
    Lead::from_json(&record.to_string()).unwrap()
}

fn simulation() -> Simulation {
    serde_json::from_value(json!({
        "from": FROM, "to": TO,
        "model": { "seed": "1", "responses": [
            { "effect": "invite", "refused": 0.05, "bounced": 0.02, "after": "1m", "reactions": [
                { "activity": "email_click", "properties": { "product": "b" }, "chance": 0.2, "after": "10m", "up_to": "3d",
                  "then": [{ "activity": "seminar_attended", "chance": 0.5, "after": "5d", "up_to": "12d" }] }] },
            { "channel": "email", "bounced": 0.02, "reactions": [
                { "activity": "email_click", "properties": { "product": "b" }, "chance": 0.1, "after": "10m", "up_to": "3d" }] },
            { "effect": "call", "reactions": [{ "activity": "call_answered", "chance": 0.4, "after": "1h", "up_to": "5d" }] },
            { "effect": "hand_over", "reactions": [{ "deal": "opened", "chance": 0.3, "after": "7d", "up_to": "30d" }] }
        ] }
    }))
    .unwrap()
}

fn told(found: &Simulated) -> String {
    let figure = |name: &str| match found.analysis.figures.get(name) {
        Some(Cell::Whole(number)) => *number,
        _ => 0,
    };
    let names =
        ["leads", "calls_of_process", "enrolled", "messages", "calls", "invitations", "handed_over", "goals"];
    names.map(|name| format!("{name} {}", figure(name))).join(", ")
}

fn year(criterion: &mut Criterion) {
    let engine: Engine = Playbook::parse(PLAYBOOK).unwrap().compile().unwrap();
    let leads: Vec<Lead> = (0..LEADS).map(lead).collect();
    let simulation = simulation();
    println!("{}", told(&engine.simulate(leads.clone(), &simulation, None).unwrap()));
    let mut group = criterion.benchmark_group("a year");
    group.sample_size(10).throughput(Throughput::Elements(u64::from(LEADS)));
    for (name, threads) in [("one thread", std::num::NonZeroUsize::new(1)), ("all cores", None)] {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || leads.clone(),
                |leads| black_box(engine.simulate(leads, &simulation, threads).unwrap()),
                BatchSize::PerIteration,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, year);
criterion_main!(benches);
