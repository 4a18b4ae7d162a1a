//! Any text as a playbook: it is read, or refused with diagnostics that lie within the text.

use ikusei::{Instant, Language, Lead, Playbook};

pub(super) fn run(text: &str) {
    match Playbook::parse(text) {
        Ok(playbook) => {
            let engine = playbook.compile().expect("a playbook that was read compiles");
            let at: Instant = "2026-07-01T00:00:00Z".parse().expect("a constant");
            let lead = Lead::new("lead-1");
            if let Ok(assessment) = engine.assess(&lead, at) {
                let _ = assessment.explain(Language::English);
            }
            let again = Playbook::parse(&playbook.to_json()).expect("its own document is read again");
            assert_eq!(again.document(), playbook.document());
        }
        Err(error) => {
            assert!(!error.diagnostics().is_empty(), "refused without a reason");
            for diagnostic in error.diagnostics() {
                if let Some(span) = diagnostic.span.as_ref().filter(|span| span.file.is_none()) {
                    assert!(span.start <= span.end && span.end <= text.len(), "{diagnostic:?}");
                }
            }
        }
    }
}
