//! Scenarios as pictures, and counts of who came by where.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::path::Path;

use ikusei::{
    Ack, AckStatus, Activity, DiagramFormat, Engine, EnrolmentStatus, Input, Instant, Language, Lead, Manual,
    Playbook,
};
use serde_json::json;

const ALL: [DiagramFormat; 3] = [DiagramFormat::Mermaid, DiagramFormat::Graphviz, DiagramFormat::Svg];

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn read(path: &str) -> Playbook {
    Playbook::parse(&std::fs::read_to_string(root().join(path)).unwrap()).unwrap()
}

/// Leads of the example that were invited and came, stayed away, found no seat, or wait.
fn invited(engine: &Engine) -> Vec<Lead> {
    let start = at("2026-05-11T10:00:00+09:00");
    (0..40)
        .map(|number| {
            let lead = json!({ "id": format!("lead-{number}"), "fields": { "email": "taro@acme.jp" },
                               "consent": { "email": { "status": "granted" } } });
            let lead = Lead::from_json(&lead.to_string()).unwrap();
            let enrol = Input::Enrol(Manual { scenario: "product-b".to_owned(), id: None });
            let outcome = engine.process(lead, &enrol, start).unwrap();
            let ack = |status| Input::Ack(Ack { effect: outcome.effects[0].id.clone(), status });
            match number % 8 {
                0 | 1 => {
                    let came = Activity::new("s", "seminar_attended", at("2026-05-20T15:00:00+09:00"));
                    let input = Input::Activity(came);
                    engine.process(outcome.lead, &input, at("2026-05-20T15:00:00+09:00")).unwrap().lead
                }
                2 => engine.process(outcome.lead, &ack(AckStatus::Refused), start).unwrap().lead,
                3 => engine.process(outcome.lead, &Input::Tick, at("2026-09-01T00:00:00Z")).unwrap().lead,
                4 => engine.process(outcome.lead, &Input::Tick, at("2026-06-01T00:00:00Z")).unwrap().lead,
                _ => outcome.lead,
            }
        })
        .collect()
}

#[test]
fn counts_of_the_example_are_those_of_its_leads() {
    let engine = read("examples/nurturing/playbook.yaml").compile().unwrap();
    let leads = invited(&engine);
    let counts = &engine.step_counts(&leads)["product-b"];
    assert_eq!(counts.passages.all, 40);
    let stands = |status| {
        leads
            .iter()
            .filter(|lead| {
                lead.enrolments.iter().any(|own| own.scenario == "product-b" && own.status == status)
            })
            .count()
    };
    assert_eq!(counts.passages.active, stands(EnrolmentStatus::Active) as u64);
    assert_eq!(counts.passages.done, stands(EnrolmentStatus::Done) as u64);
    let attendance = &counts.steps["invite.attendance"];
    assert_eq!((attendance.entered, attendance.waiting, attendance.left), (40, 15, 25));
    assert_eq!(
        attendance.ways,
        [("attended".to_owned(), 10), ("absent".to_owned(), 10), ("full".to_owned(), 5)].into()
    );
    assert_eq!((counts.steps["invite.absent.0"].entered, counts.steps["invite.full.0"].entered), (10, 5));
    let names: Vec<&String> = counts.steps.keys().collect();
    assert_eq!(names, ["invite", "invite.attendance", "invite.absent.0", "invite.full.0", "ripen"]);
}

#[test]
fn the_pictures_in_the_documentation_are_current() {
    let playbook = read("examples/nurturing/playbook.yaml");
    let engine = playbook.compile().unwrap();
    let counts = engine.step_counts(&invited(&engine));
    let tour = Playbook::parse(TOUR).unwrap().compile().unwrap();
    for (file, picture) in [
        (
            "product-b.svg",
            engine.diagram("product-b", DiagramFormat::Svg, Language::English, counts.get("product-b")),
        ),
        ("tour.svg", tour.diagram("tour", DiagramFormat::Svg, Language::Japanese, None)),
    ] {
        let path = root().join("docs/images").join(file);
        let picture = picture.unwrap() + "\n";
        if std::env::var_os("IKUSEI_WRITE").is_some_and(|value| value == "1") {
            std::fs::write(&path, &picture).unwrap();
        }
        let shipped = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(shipped == picture, "run this test with IKUSEI_WRITE=1, look at {file} and commit it");
    }
}

#[test]
fn what_an_author_writes_cannot_break_out() {
    let nasty = r#""</text><script>alert(1)</script>\ ; end -- %% ]]> & `x` 日本 "#;
    let document = json!({
        "ikusei": 1, "name": "demo", "fields": { "size": { "type": "text" } },
        "templates": { "t": { "channel": "email", "label": nasty } },
        "scenarios": { "s": { "label": nasty, "enrol": ["manual"],
            "goal": "size == \"<b>\"",
            "steps": [
                { "send": { "template": "t" } },
                { "split": { "arms": { "</g>\"": { "share": 1, "steps": [{ "notify": { "to": nasty, "text": "\u{0}\n" } }] } }, "holdout": 1 } }
            ] } }
    });
    let engine = Playbook::parse(&document.to_string()).unwrap().compile().unwrap();
    for format in ALL {
        let text = engine.diagram("s", format, Language::English, None).unwrap();
        // In a label of Graphviz it is text like any other.
        assert!(format == DiagramFormat::Graphviz || !text.contains("<script"), "{text}");
        assert!(!text.contains('\u{0}'), "{text}");
        match format {
            DiagramFormat::Svg => {
                assert_eq!(text.matches("<g>").count(), text.matches("</g>").count());
                assert_eq!(text.matches("<text").count(), text.matches("</text>").count());
            }
            // A quotation mark more would end a label.
            _ => {
                for line in text.lines() {
                    let marks = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
                    assert_eq!(marks % 2, 0, "{line}");
                }
            }
        }
    }
}

#[test]
fn every_step_is_in_every_picture() {
    let engine = Playbook::parse(TOUR).unwrap().compile().unwrap();
    let counts = &engine.step_counts(&[])["tour"];
    for language in [Language::English, Language::Japanese] {
        for format in ALL {
            let text = engine.diagram("tour", format, language, Some(counts)).unwrap();
            let told = if language == Language::English { "0 in" } else { "到達 0" };
            // Once in each box; the SVG says it again in the outline and as the title of the box.
            let times = if format == DiagramFormat::Svg { 3 } else { 1 };
            assert_eq!(text.matches(told).count(), counts.steps.len() * times, "{text}");
        }
    }
}

/// One of each step.
const TOUR: &str = r#"
ikusei: 1
name: tour
timezone: Asia/Tokyo
fields:
  company: { type: text, label: 会社名 }
  employees: { type: integer }
  renewal: { type: date }
activities: { email_click: {}, seminar_attended: {}, page_view: { properties: { url: text } }, note: {} }
scorecards: { overall: { rules: [{ id: big, when: 'employees >= 300', points: 50 }], ranks: [{ rank: A, at_least: 50 }, { rank: B }] } }
segments: { tokyo: 'company != null' }
contact_policy: { channels: { line: {} } }
templates:
  invite: { channel: email, label: 春のセミナーのご案内, versions: { a: {}, b: {} } }
  reminder: { channel: sms }
  hello: { channel: line }
scenarios:
  slow: {}
  tour:
    label: 不動産テック導入検討リードの育成シナリオ
    version: 3
    scope: 'employees >= 10'
    enrol:
      - segment_entered: tokyo
      - rank: { to: [B] }
      - date: { field: renewal, before: 30 }
      - activity: { kind: page_view, when: 'activity.url.startsWith("/pricing")' }
    goal: 'rank.overall == "A"'
    exit: [{ when: 'scores.overall.total < 10', to: slow }]
    steps:
      - send: { id: first, template: invite, version: { a: 50, b: 50 }, fallback: [reminder] }
      - wait: { activity: { kind: email_click }, for: 7d, then: [{ send: { template: hello } }], timed_out: [{ send: { template: reminder } }, { wait: { business_days: 3, at: "10:00" } }] }
      - branch:
          - when: 'employees >= 300 && seen("page_view", "30d")'
            steps: [{ call: { queue: inside-sales, script: 製品A導入のご相談 } }, { hand_over: { policy: default } }, { exit: {} }]
          - when: 'employees >= 50'
            steps:
              - invite: { event: seminar-spring, template: invite, capacity: 40, attendance: { activity: { kind: seminar_attended }, within: 14d }, full: [{ move: { to: slow } }] }
      - split: { arms: { 訪問: { share: 40, steps: [{ notify: { to: sales, text: ホットリード } }] }, メール: { share: 40 } }, holdout: 20 }
      - update: { set: { company: null } }
      - campaign: { campaign: expo-2026, status: invited }
      - adjust: { activity: note }
"#;
