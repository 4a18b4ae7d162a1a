//! Any text as a vCard file and as the lines of an OCR; what is found is a payload of the mapping `card`.

use std::sync::LazyLock;

use ikusei::{Card, Engine, Instant, Playbook};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Playbook::parse("ikusei: 1\nname: fuzz\nextends: ikusei/capture/card\n")
        .and_then(|playbook| playbook.compile())
        .expect("the playbook of the target")
});

pub(super) fn run(text: &str) {
    let at: Instant = "2026-07-01T00:00:00Z".parse().expect("a constant");
    let mut cards = Card::of_vcards(text);
    cards.push(Card::of_lines(text.lines()));
    for card in cards {
        for entry in &card.entries {
            assert!(!entry.value.trim().is_empty() && entry.confidence <= 1_000_000, "{entry:?}");
        }
        ENGINE.capture("card", &card.payload(), at).expect("a mapping of the playbook");
    }
}
