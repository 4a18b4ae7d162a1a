//! Two playbooks over a million leads: how long the difference takes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark that cannot go on fails, looks at a clock, and says what it counted"
)]

use std::hint::black_box;
use std::num::NonZeroUsize;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ikusei::{Activity, CompareOptions, Instant, Lead, Playbook, bucket};

const PLAYBOOK: &str = include_str!("../../examples/quickstart/playbook.yaml");
const LEADS: u32 = 1_000_000;

/// Three activities a lead on the average.
fn lead(number: u32) -> Lead {
    const INDUSTRIES: [&str; 5] = ["不動産業", "製造業", "小売業", "情報通信業", "建設業"];
    let id = format!("lead-{number}");
    let industry = INDUSTRIES.iter().cycle().nth(bucket(&["industry", &id], 5) as usize).unwrap();
    let mut lead = Lead::new(id.clone())
        .with_field("industry", *industry)
        .with_field("employees", i64::from(bucket(&["size", &id], 600)))
        .with_field("prefecture", if number.is_multiple_of(3) { "東京都" } else { "大阪府" });
    for visit in 0..bucket(&["visits", &id], 7) {
        let text = visit.to_string();
        let day = i64::from(bucket(&["day", &id, &text], 200));
        let at = Instant::from_micros((1_777_561_200 - day * 86_400) * 1_000_000).unwrap();
        let kind = if bucket(&["kind", &id, &text], 4) == 0 { "seminar_attended" } else { "page_view" };
        lead.record(Activity::new(format!("v{visit}"), kind, at).with_property("url", "/pricing/plans"))
            .unwrap();
    }
    lead
}

fn million(criterion: &mut Criterion) {
    let before = Playbook::parse(PLAYBOOK).unwrap();
    let after = PLAYBOOK.replace("points: 10\n", "points: 12\n").replace("at_least: 60", "at_least: 55");
    let after = Playbook::parse(&after).unwrap();
    let at: Instant = "2026-05-01T09:00:00+09:00".parse().unwrap();
    let leads: Vec<Lead> = (0..LEADS).map(lead).collect();
    let run = |threads: Option<NonZeroUsize>| {
        let mut options = CompareOptions::default();
        options.threads = threads;
        before.diff_with_leads(&after, &leads, at, &options).unwrap()
    };
    println!("{:?}", run(None).leads.map(|leads| leads.figures));
    let mut group = criterion.benchmark_group("a million leads");
    group.sample_size(10).throughput(Throughput::Elements(u64::from(LEADS)));
    for (name, threads) in [("one thread", NonZeroUsize::new(1)), ("all cores", None)] {
        group.bench_function(name, |bencher| bencher.iter(|| black_box(run(threads))));
    }
    group.finish();
}

criterion_group!(benches, million);
criterion_main!(benches);
