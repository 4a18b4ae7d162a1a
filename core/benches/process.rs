//! One input into a lead with 100 activities that is in 5 scenarios: what a server does whenever somebody does something.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ikusei::{Activity, Engine, EnrolmentStatus, Input, Instant, Lead, Patch, Playbook};

/// Friday, 1 May 2026, 09:00 in Tokyo.
const START: i64 = 1_777_593_600_000_000;
const HOUR: i64 = 3_600_000_000;

/// Two scorecards with windows and decay, five scenarios that the lead is in and two that it may come to: one by rank,
/// one by segment.
const PLAYBOOK: &str = r#"
ikusei: 1
name: bench
timezone: Asia/Tokyo
fields:
  email: { type: email }
  industry: { type: text }
  employees: { type: integer }
activities:
  page_view: { properties: { url: text } }
  email_open: {}
  email_click: { properties: { template: text } }
  download: {}
  seminar: {}
scorecards:
  overall:
    rules:
      - { id: target, when: 'industry in ["不動産業", "製造業"]', points: 20 }
      - { id: size, points: { by: employees, bands: { "50": 10, "300": 25 } } }
      - { id: free, when: 'email.endsWith("@gmail.com")', points: -15 }
      - { id: pages, on: page_view, points: 2, cap: 30, within: 90d, decay: { half_life: 30d } }
      - { id: prices, on: page_view, when: 'activity.url.startsWith("/pricing")', points: 10, cap: 30, within: 90d }
      - { id: opens, on: email_open, points: 1, cap: 10, within: 90d }
      - { id: clicks, on: email_click, points: 5, cap: 25, within: 90d }
      - { id: papers, on: download, points: 15, decay: { linear: 180d } }
    ranks: [{ rank: A, at_least: 400, keep: { margin: 10 } }, { rank: B, at_least: 40 }, { rank: C }]
  events:
    rules:
      - { id: seminars, on: seminar, points: 30, within: 365d }
      - { id: clicks, on: email_click, points: 2, within: 30d }
    ranks: [{ rank: A, at_least: 200 }, { rank: B }]
segments:
  warm: 'scores.overall.total >= 350 && industry == "製造業"'
contact_policy:
  quiet: { from: "20:00", to: "08:00" }
  at_most: [{ n: 2, per: 7d, class: marketing }]
templates: { news: { channel: email }, thanks: { channel: email } }
scenarios:
  clicks: { enrol: [manual], steps: [{ wait: { activity: { kind: email_click }, for: 30d } }, { send: { template: news } }] }
  papers: { enrol: [manual], goal: 'rank.overall == "A"', steps: [{ wait: { activity: { kind: download }, for: 30d } }, { send: { template: thanks } }] }
  ripens: { enrol: [manual], steps: [{ wait: { until: 'scores.events.total >= 500', for: 60d } }, { hand_over: {} }] }
  large: { enrol: [manual], exit: [{ when: 'employees < 50' }], steps: [{ wait: { for: 20d } }, { call: { queue: inside-sales } }] }
  slow: { enrol: [manual], steps: [{ wait: { business_days: 10, at: "09:00" } }, { send: { template: news } }] }
  hot: { enrol: [{ rank: { to: [A] } }], again: { after: 30d }, steps: [{ hand_over: {} }] }
  warm: { enrol: [{ segment_entered: warm }], again: { after: 30d }, steps: [{ notify: { to: sales } }] }
"#;

/// The scenarios that the lead is in.
const SCENARIOS: [&str; 5] = ["clicks", "papers", "ripens", "large", "slow"];

/// The same, but nothing that the five wait for has an end: what comes next is that the rank falls, half a year and ten
/// thousand steps of decay ahead.
fn endless() -> String {
    let (head, scenarios) = PLAYBOOK.split_once("scenarios:\n").unwrap();
    let mut text = format!("{head}scenarios:\n");
    for name in SCENARIOS {
        text += &format!(
            "  {name}: {{ enrol: [manual], steps: [{{ wait: {{ until: 'scores.events.total >= 500' }} }}, {{ hand_over: {{}} }}] }}\n"
        );
    }
    text + scenarios.split_once("\n  hot:").map(|(_, others)| format!("  hot:{others}")).unwrap().as_str()
}

fn at(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap()
}

fn lead(engine: &Engine) -> Lead {
    let mut lead = Lead::new("lead-1")
        .with_field("email", "taro@example.co.jp")
        .with_field("industry", "製造業")
        .with_field("employees", 120_i64);
    let kinds = [
        "page_view",
        "page_view",
        "email_open",
        "page_view",
        "email_click",
        "page_view",
        "email_open",
        "download",
    ];
    for (number, kind) in (0_i64..100).zip(kinds.into_iter().cycle()) {
        let when = at(START - (number + 1) * 20 * HOUR - number * 61_000_000);
        let activity = Activity::new(format!("evt-{number}"), kind, when);
        let activity = match kind {
            "page_view" if number % 5 == 0 => activity.with_property("url", "/pricing/enterprise"),
            "page_view" => activity.with_property("url", "/blog/lead-nurturing"),
            "email_click" => activity.with_property("template", "news"),
            _ => activity,
        };
        lead.record(activity).unwrap();
    }
    for scenario in SCENARIOS {
        let order = serde_json::json!({ "enrol": { "scenario": scenario } });
        let order: Input = serde_json::from_value(order).unwrap();
        lead = engine.process(lead, &order, at(START)).unwrap().lead;
    }
    assert_eq!(lead.activities().len(), 100);
    assert!(lead.enrolments.len() == 5, "five scenarios");
    assert!(lead.enrolments.iter().all(|own| own.status == EnrolmentStatus::Active), "that are under way");
    lead
}

fn process(criterion: &mut Criterion) {
    let now = at(START + 2 * HOUR);
    let view = Activity::new("evt-new", "page_view", now).with_property("url", "/pricing");
    let mut patch = Patch::default();
    patch.fields.insert("employees".to_owned(), 130_i64.into());
    let click = Activity::new("evt-new", "email_click", now).with_property("template", "news");
    let inputs = [
        ("a page view", Input::Activity(view)),
        ("a click that a wait is for", Input::Activity(click)),
        ("a patch", Input::Patch(patch)),
        ("a tick", Input::Tick),
    ];
    let groups = [
        ("process, 100 activities, 5 enrolments", PLAYBOOK.to_owned(), 14),
        ("process, the same without any date ahead", endless(), 200),
    ];
    for (name, playbook, days) in groups {
        let engine = Playbook::parse(&playbook).unwrap().compile().unwrap();
        let lead = lead(&engine);
        let mut group = criterion.benchmark_group(name);
        for (name, input) in &inputs {
            let outcome = engine.process(lead.clone(), input, now).unwrap();
            assert!(outcome.warnings.is_empty(), "{name}");
            let ahead = outcome.next_wakeup.unwrap().micros() - now.micros();
            assert!(
                (days / 2 * 24 * HOUR..days * 24 * HOUR).contains(&ahead),
                "{name}: in {} hours",
                ahead / HOUR
            );
            group.bench_function(*name, |bench| {
                bench.iter_batched(
                    || lead.clone(),
                    |lead| engine.process(lead, input, now).unwrap(),
                    BatchSize::SmallInput,
                );
            });
        }
        group.finish();
    }
}

criterion_group!(benches, process);
criterion_main!(benches);
