//! Any text as the rules of any system: whatever is made of it is a playbook that is read without a problem.

use ikusei::Playbook;
use ikusei::migration::{System, import};
use serde_json::Value;

const SYSTEMS: [System; 4] = [System::Zoho, System::Hubspot, System::Gorules, System::JsonRulesEngine];

pub(super) fn run(text: &str) {
    for system in SYSTEMS {
        if let Ok(imported) = import(system, text) {
            let playbook = Playbook::parse(&imported.playbook).expect("an imported playbook");
            let document: Value = serde_json::from_str(&playbook.to_json()).expect("a document");
            for carried in &imported.carried {
                assert!(
                    imported.left.iter().all(|left| (&left.path, left.line) != (&carried.from, carried.line)
                        || carried.from.contains("/nodes/"))
                );
                assert!(document.pointer(&carried.to).is_some(), "{} of {document}", carried.to);
            }
        }
    }
}
