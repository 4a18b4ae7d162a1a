//! Any text as a call of the facade: a method's name, a line break, its arguments. The answer is an envelope.

use std::sync::LazyLock;

use ikusei::{Engine, Playbook, api};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Playbook::parse(include_str!("playbook.json"))
        .and_then(|playbook| playbook.compile())
        .expect("the playbook of the targets")
});

pub(super) fn run(text: &str) {
    let (method, args) = text.split_once('\n').unwrap_or((text, "{}"));
    let envelope = api::call_engine(&ENGINE, method, args);
    assert!(envelope.starts_with(r#"{"ok":"#) || envelope.starts_with(r#"{"error":"#), "{envelope}");
    if let Err(envelope) = api::open_playbook(args) {
        assert!(envelope.starts_with(r#"{"error":"#), "{envelope}");
    }
}
