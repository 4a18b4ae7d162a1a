//! One lead through a playbook, beside the same rules written by hand in Rust. Both answers are compared first.
//!
//! Each figure is for a thousand different leads (or a hundred histories), so that no branch is learnt by heart;
//! criterion prints leads per second. What matters is the ratio between lines of one run.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    reason = "small numbers, and a benchmark that cannot go on fails"
)]
#![expect(clippy::unwrap_used, reason = "a benchmark: whatever fails stops it")]

mod handwritten;
mod sample;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ikusei::{Detail, Engine, Instant, Lead, Playbook, Prepared, ScoreSheet};
use std::hint::black_box;

const AT: &str = "2026-07-01T00:00:00Z";

fn engine(text: &str) -> Engine {
    Playbook::parse(text).unwrap().compile().unwrap()
}

/// Plus, minus and total in millionths, as the code by hand has them.
fn answer(sheet: &ScoreSheet) -> (i64, i64, i64) {
    let plus = sheet.fit_plus.millionths() + sheet.engagement_plus.millionths();
    let minus = sheet.fit_minus.millionths() + sheet.engagement_minus.millionths();
    (plus, minus, sheet.total.millionths())
}

fn attribute(criterion: &mut Criterion) {
    let at: Instant = AT.parse().unwrap();
    let engine = engine(include_str!("attribute.yaml"));
    let leads: Vec<Lead> = (0..1_000).map(sample::lead).collect();
    let rows: Vec<_> = leads.iter().map(handwritten::Row::read).collect();
    let prepared: Vec<Prepared<'_>> = leads.iter().map(|lead| engine.prepare(lead).unwrap()).collect();

    let mut ranks = std::collections::BTreeMap::<char, u32>::new();
    for ((lead, row), prepared) in leads.iter().zip(&rows).zip(&prepared) {
        let (plus, minus, total, rank) = handwritten::attribute(row);
        assert_eq!(
            answer(&prepared.figures(at).unwrap()[0]),
            (plus * 1_000_000, minus * 1_000_000, total * 1_000_000)
        );
        let assessment = engine.assess(lead, at).unwrap();
        assert_eq!(assessment.rank, Some(rank.to_string()));
        *ranks.entry(rank).or_default() += 1;
    }
    assert_eq!(ranks.len(), 3, "the sample has every rank: {ranks:?}");

    let mut group = criterion.benchmark_group("40 attribute rules");
    group.throughput(Throughput::Elements(leads.len() as u64));
    group.bench_function("by hand, from a typed row", |bencher| {
        bencher.iter(|| rows.iter().for_each(|row| _ = black_box(handwritten::attribute(black_box(row)))));
    });
    group.bench_function("figures, from a prepared lead", |bencher| {
        bencher.iter(|| prepared.iter().for_each(|lead| _ = black_box(black_box(lead).figures(at))));
    });
    group.bench_function("by hand, from the record", |bencher| {
        bencher.iter(|| {
            let one = |lead| handwritten::attribute(&handwritten::Row::read(black_box(lead)));
            leads.iter().for_each(|lead| _ = black_box(one(lead)));
        });
    });
    group.bench_function("figures, from the record", |bencher| {
        let one = |lead| engine.prepare(lead).and_then(|prepared| prepared.figures(at));
        bencher.iter(|| leads.iter().for_each(|lead| _ = black_box(one(black_box(lead)))));
    });
    group.bench_function("assessment without ledger, from the record", |bencher| {
        let one = |lead| engine.prepare(lead).and_then(|prepared| prepared.assess(at, Detail::Figures));
        bencher.iter(|| leads.iter().for_each(|lead| _ = black_box(one(black_box(lead)))));
    });
    group.bench_function("assessment with ledger, from the record", |bencher| {
        bencher.iter(|| leads.iter().for_each(|lead| _ = black_box(engine.assess(black_box(lead), at))));
    });
    group.finish();
}

fn behaviour(criterion: &mut Criterion) {
    let at: Instant = AT.parse().unwrap();
    let engine = engine(include_str!("behaviour.yaml"));
    let leads: Vec<Lead> = (0..100).map(|number| sample::history(number, at)).collect();
    let logs: Vec<_> = leads.iter().map(handwritten::Log::read).collect();
    let weights = handwritten::weights();
    let prepared: Vec<Prepared<'_>> = leads.iter().map(|lead| engine.prepare(lead).unwrap()).collect();
    for (log, prepared) in logs.iter().zip(&prepared) {
        let expected = handwritten::behaviour(log, &weights, at.micros());
        assert_eq!(answer(&prepared.figures(at).unwrap()[0]), expected);
    }
    let mut group = criterion.benchmark_group("12 behaviour rules, 100 activities");
    group.throughput(Throughput::Elements(leads.len() as u64));
    group.bench_function("by hand, from a typed log", |bencher| {
        let one = |log| handwritten::behaviour(log, &weights, at.micros());
        bencher.iter(|| logs.iter().for_each(|log| _ = black_box(one(black_box(log)))));
    });
    group.bench_function("figures, from a prepared lead", |bencher| {
        bencher.iter(|| prepared.iter().for_each(|lead| _ = black_box(black_box(lead).figures(at))));
    });
    group.bench_function("by hand, from the record", |bencher| {
        let one = |lead| handwritten::behaviour(&handwritten::Log::read(lead), &weights, at.micros());
        bencher.iter(|| leads.iter().for_each(|lead| _ = black_box(one(black_box(lead)))));
    });
    group.bench_function("figures, from the record", |bencher| {
        let one = |lead| engine.prepare(lead).and_then(|prepared| prepared.figures(at));
        bencher.iter(|| leads.iter().for_each(|lead| _ = black_box(one(black_box(lead)))));
    });
    group.bench_function("assessment with ledger, from the record", |bencher| {
        bencher.iter_batched(
            || (),
            |()| leads.iter().for_each(|lead| _ = black_box(engine.assess(lead, at))),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, attribute, behaviour);
criterion_main!(benches);
