//! What fuzzing gives to the library, and what must hold then: `fuzz/run` looks for inputs, and the tests give each target its
//! seeds and what was found once.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what should not be is to be found"
)]

mod call;
mod card;
mod cleanse;
mod expression;
mod mapping;
mod migration;
mod payload;
mod playbook;
mod process;
mod record;
mod roster;
mod template;

/// Takes any bytes, and panics where something does not hold.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its folder in `fuzz/seeds`.
pub const TARGETS: [(&str, Target); 12] = [
    ("playbook", |bytes| text(bytes, playbook::run)),
    ("expression", |bytes| text(bytes, expression::run)),
    ("record", |bytes| text(bytes, record::run)),
    ("call", |bytes| text(bytes, call::run)),
    ("process", |bytes| text(bytes, process::run)),
    ("payload", payload::run),
    ("card", |bytes| text(bytes, card::run)),
    ("mapping", |bytes| text(bytes, mapping::run)),
    ("cleanse", |bytes| text(bytes, cleanse::run)),
    ("roster", |bytes| text(bytes, roster::run)),
    ("template", |bytes| text(bytes, template::run)),
    ("migration", |bytes| text(bytes, migration::run)),
];

/// The target of a name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}

/// Bytes that are no text are no input.
fn text(bytes: &[u8], run: fn(&str)) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        run(text);
    }
}
