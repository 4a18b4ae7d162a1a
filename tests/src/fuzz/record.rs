//! Any text as a lead: refused, or assessed the same after a round through its JSON.

use std::sync::LazyLock;

use ikusei::{Detail, Engine, Instant, Language, Lead, Playbook};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Playbook::parse(include_str!("playbook.json"))
        .and_then(|playbook| playbook.compile())
        .expect("the playbook of the targets")
});

pub(super) fn run(text: &str) {
    let Ok(lead) = Lead::from_json(text) else { return };
    assert_eq!(Lead::from_json(&lead.to_json()).expect("its own document is read again"), lead);
    let at: Instant = "2026-07-01T00:00:00Z".parse().expect("a constant");
    let Ok(prepared) = ENGINE.prepare(&lead) else { return };
    let Ok(full) = prepared.assess(at, Detail::Ledger) else { return };
    let quick = prepared.figures(at).expect("as with a ledger");
    for (full, quick) in full.scores.values().zip(&quick) {
        assert_eq!(full.total, quick.total);
    }
    let _ = full.explain(Language::Japanese);
    let _ = prepared.memberships(at);
}
