//! Two playbooks over a million leads: how long the difference takes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark that cannot go on fails, looks at a clock, and says what it counted"
)]

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::time::Instant as Clock;

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

fn main() {
    let before = Playbook::parse(PLAYBOOK).unwrap();
    let after = PLAYBOOK.replace("points: 10\n", "points: 12\n").replace("at_least: 60", "at_least: 55");
    let after = Playbook::parse(&after).unwrap();
    let at: Instant = "2026-05-01T09:00:00+09:00".parse().unwrap();
    let leads: Vec<Lead> = (0..LEADS).map(lead).collect();
    for (name, threads) in [("one thread", NonZeroUsize::new(1)), ("all cores", None)] {
        let mut options = CompareOptions::default();
        options.threads = threads;
        let clock = Clock::now();
        let diff = black_box(before.diff_with_leads(&after, &leads, at, &options).unwrap());
        let took = clock.elapsed();
        let moved = diff.leads.map(|leads| leads.figures.get("moved").cloned());
        println!("{LEADS} leads, {name}: {:.2} s, {moved:?} moved", took.as_secs_f64());
    }
}
