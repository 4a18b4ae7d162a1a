//! Fields that nothing looks at.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::scoring::compile::escape;
use crate::trust::lint::Linter;

impl Linter<'_> {
    /// Fields whose name stands nowhere else in the playbook, that identify nobody, and that nobody reads by a label.
    pub(super) fn fields(&mut self) {
        let mut rest = self.document.clone();
        rest.fields.clear();
        // INVARIANT: string keys and finite numbers only, so serialisation cannot fail.
        let text = serde_json::to_string(&rest).unwrap_or_default();
        for (name, policy) in &self.document.fields {
            if policy.identity.is_none() && policy.label.is_none() && !names(&text, name) {
                let diagnostic =
                    Diagnostic::note(Code::UnusedField, format!("nothing looks at the field `{name}`"))
                        .at(format!("/fields/{}", escape(name)))
                        .with_help("use it in a rule or a segment, give it a `label` if people read it, or leave it out: records may hold it all the same");
                self.find(diagnostic, None);
            }
        }
    }
}

/// Whether a text holds a name as a word of its own.
fn names(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}
