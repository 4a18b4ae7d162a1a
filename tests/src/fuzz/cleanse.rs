//! Any text through every cleaner: what is clean stays as it is.

use std::sync::LazyLock;

use ikusei::{Cleaner, Engine, Playbook, Value};

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Playbook::parse(
        r#"{ "ikusei": 1, "name": "fuzz", "timezone": "Asia/Tokyo", "cleansing": { "dates": "day_first", "currency": "JPY" } }"#,
    )
    .and_then(|playbook| playbook.compile())
    .expect("the playbook of the target")
});

const CLEANERS: [&str; 15] = [
    "text",
    "email",
    "phone",
    "url",
    "company",
    "person",
    "prefecture",
    "postal_code",
    "address",
    "integer",
    "number",
    "money",
    "date",
    "timestamp",
    "boolean",
];

pub(super) fn run(text: &str) {
    for name in CLEANERS {
        let cleaner: Cleaner = serde_json::from_value(name.into()).expect("a cleaner");
        let once = ENGINE.cleanse_value(cleaner, &Value::Text(text.to_owned()));
        let twice = ENGINE.cleanse_value(cleaner, &once.value);
        assert_eq!(twice.value, once.value, "{name}: {text:?}");
    }
}
