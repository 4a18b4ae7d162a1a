//! Any text as the condition of a rule, evaluated on a small lead with and without ledger.

use std::sync::LazyLock;

use ikusei::{Detail, Instant, Lead, OneOrMany, Playbook};

static BASE: LazyLock<ikusei::Document> = LazyLock::new(|| {
    Playbook::parse(include_str!("playbook.json")).expect("the playbook of the targets").document().clone()
});
static LEAD: LazyLock<Lead> =
    LazyLock::new(|| Lead::from_json(include_str!("lead.json")).expect("the lead of the targets"));

pub(super) fn run(text: &str) {
    let mut document = BASE.clone();
    for card in document.scorecards.values_mut() {
        for rule in &mut card.rules {
            rule.when = Some(text.to_owned());
            rule.on = rule.on.take().filter(|on| matches!(on, OneOrMany::One(_)));
        }
    }
    let json = ikusei_json(&document);
    let Ok(playbook) = Playbook::parse(&json) else { return };
    let engine = playbook.compile().expect("a playbook that was read compiles");
    let at: Instant = "2026-07-01T00:00:00Z".parse().expect("a constant");
    let prepared = engine.prepare(&LEAD).expect("the lead fits the playbook");
    let full = prepared.assess(at, Detail::Ledger);
    let quick = prepared.figures(at);
    assert_eq!(full.is_ok(), quick.is_ok());
    if let (Ok(full), Ok(quick)) = (full, quick) {
        for (full, quick) in full.scores.values().zip(&quick) {
            assert_eq!(full.total, quick.total);
        }
    }
}

fn ikusei_json(document: &ikusei::Document) -> String {
    serde_json::to_string(document).expect("a document is data")
}
