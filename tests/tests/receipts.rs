//! Receipts hold after a round trip through any storage, and only for the facts that they are of.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fmt::Write as _;

use ikusei::{Instant, Known, Lead, Playbook, Receipt};
use ikusei_tests::generate::{Case, Kind, case_of};
use serde_json::{Value, json};

/// A record as another store might give it back: keys the other way round, whole numbers with decimals, instants of the
/// record itself on another clock.
fn stored(value: &Value, instant: bool, out: &mut String) {
    match value {
        Value::Object(entries) => {
            out.push('{');
            for (number, (key, part)) in entries.iter().rev().enumerate() {
                if number > 0 {
                    out.push_str(" ,\n");
                }
                write!(out, "{}: ", json!(key)).unwrap();
                stored(part, matches!(key.as_str(), "at" | "recorded_at" | "since"), out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                stored(item, false, out);
            }
            out.push(']');
        }
        Value::Number(number) if number.as_i64().is_some_and(|number| number.abs() < 1 << 53) => {
            write!(out, "{number}.0").unwrap();
        }
        Value::String(text) if instant && text.ends_with('Z') => {
            let at: Instant = text.parse().unwrap();
            let tokyo = Instant::from_micros(at.micros() + 9 * 3_600_000_000).unwrap();
            write!(out, "\"{}+09:00\"", tokyo.to_string().trim_end_matches('Z')).unwrap();
        }
        other => write!(out, "{other}").unwrap(),
    }
}

fn round_trip(lead: &Lead) -> Lead {
    let mut text = String::new();
    stored(&serde_json::from_str(&lead.to_json()).unwrap(), false, &mut text);
    Lead::from_json(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn a_receipt_holds_after_a_round_trip_and_for_nothing_else() {
    let (mut held, mut refused) = (0, 0);
    for seed in 0..40 {
        let Case { playbook, leads, at } = case_of(Kind::Any, seed);
        let engine = Playbook::parse(&playbook).unwrap().compile().unwrap();
        let at: Instant = at.parse().unwrap();
        for text in &leads {
            let lead = Lead::from_json(text).unwrap();
            for known in [Known::Then, Known::Now] {
                let Ok(receipt) = engine.receipt(&lead, at, known) else { continue };
                let again: Receipt = serde_json::from_str(&receipt.to_json()).unwrap();
                assert_eq!(again, receipt);
                let check = engine.verify_receipt(&round_trip(&lead), &again).unwrap();
                assert!(check.holds && check.differs.is_empty(), "{check:#?}\n{}", lead.to_json());
                held += 1;

                // What is learnt later does not touch it.
                let later = Instant::from_micros(at.micros() + 1).unwrap();
                let mut grown = lead.clone().with_field("of_the_host", "anything");
                grown.record(ikusei::Activity::new("later", "kind_0", later)).unwrap();
                assert!(engine.verify_receipt(&grown, &receipt).unwrap().holds);

                let mut other = lead.clone();
                other.record(ikusei::Activity::new("in time", "kind_0", at)).unwrap();
                let Ok(check) = engine.verify_receipt(&other, &receipt) else { continue };
                assert_eq!(check.differs[0].what, "activities");
                assert!(!check.holds);

                let mut forged = receipt.clone();
                forged.decision = forged.playbook.clone();
                let check = engine.verify_receipt(&lead, &forged).unwrap();
                let what: Vec<&str> =
                    check.differs.iter().map(|difference| difference.what.as_str()).collect();
                assert_eq!(what, ["id", "decision"]);
                refused += 1;
            }
        }
    }
    assert!(held > 100 && refused > 100, "{held} held, {refused} refused");
}

/// The check that the expectations of released formats are never rewritten: what they were is written here.
#[test]
fn frozen_vectors_are_as_they_were_released() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/receipt/frozen");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        found.push((name, format!("{:016x}", ikusei::stable_hash(&[&text]))));
    }
    found.sort();
    let expected: Vec<(String, String)> =
        FROZEN.iter().map(|(name, hash)| ((*name).to_owned(), (*hash).to_owned())).collect();
    assert_eq!(found, expected, "a frozen vector never changes: add another file for another format");
}

/// Name and `stable_hash` of every frozen file.
const FROZEN: [(&str, &str); 1] = [("v1.json", "5c9c19156f1ee329")];
