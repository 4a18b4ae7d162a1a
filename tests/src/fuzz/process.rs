//! Any text as a stored record and what comes in afterwards: a line of each, every input with its instant. It is refused, or
//! decided on: the same every time, for a record that survives its JSON, and with nothing left to be done at that instant.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ikusei::{Engine, Input, Instant, Lead, Playbook};
use serde::Deserialize;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Playbook::parse(include_str!("../../../examples/nurturing/playbook.yaml"))
        .and_then(|playbook| playbook.compile())
        .expect("the playbook of the example")
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    at: Instant,
    input: Input,
}

pub(super) fn run(text: &str) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let Ok(mut lead) = Lead::from_json(first) else { return };
    let mut ids = BTreeSet::new();
    for line in rest.lines().take(16) {
        let Ok(Step { at, input }) = serde_json::from_str(line) else { return };
        let decided = ENGINE.process(lead.clone(), &input, at);
        let outcome = match decided {
            Ok(outcome) => outcome,
            Err(error) => {
                assert!(!error.diagnostics().is_empty(), "refused without a reason");
                continue;
            }
        };
        let again = ENGINE.process(lead, &input, at).expect("as before");
        assert_eq!(again, outcome, "the same is decided again");
        assert!(outcome.next_wakeup.is_none_or(|next| next > at), "it wakes later than now");
        for effect in &outcome.effects {
            assert!(ids.insert(effect.id.clone()), "{} came twice", effect.id);
        }
        let stored = Lead::from_json(&outcome.lead.to_json()).expect("its own document is read again");
        assert_eq!(stored, outcome.lead);
        lead = stored;
    }
}
