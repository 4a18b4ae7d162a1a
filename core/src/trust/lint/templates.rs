//! What looks like a merge field and is sent as it stands, and values that no message merges.

use crate::base::diagnostic::{Code, Diagnostic, Span};
use crate::nurturing::{BodyPolicy, TemplatePolicy};
use crate::scoring::compile::escape;
use crate::trust::lint::Linter;

/// How other systems write merge fields, the longest first.
const MARKS: [(&str, &str); 11] = [
    ("*|", "|*"),
    ("[[", "]]"),
    ("<<", ">>"),
    ("%%", "%%"),
    ("##", "##"),
    ("${", "}"),
    ("#{", "}"),
    ("{", "}"),
    ("[", "]"),
    ("%", "%"),
    ("<%=", "%>"),
];

/// What stands in doubled braces, which is merged or told when the playbook is read.
const MERGED: [(&str, &str); 3] = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];

impl Linter<'_> {
    pub(super) fn templates(&mut self) {
        let document = self.document;
        for (name, template) in &document.templates {
            let path = format!("/templates/{}", escape(name));
            for (version, body) in &template.versions {
                for (part, text) in parts(body) {
                    let at = format!("{path}/versions/{}/{part}", escape(version));
                    self.unmerged(template, name, text, &at);
                }
                #[cfg(feature = "templates")]
                self.lacking(name, version, &path);
            }
            for (index, value) in template.values.iter().enumerate() {
                let mut texts = template.versions.values().flat_map(parts);
                if !template.versions.is_empty() && !texts.any(|(_, text)| text.contains(value.as_str())) {
                    let message = format!("the value `{value}` of template `{name}` is merged nowhere");
                    let diagnostic = Diagnostic::warning(Code::UnmergedField, message)
                        .at(format!("{path}/values/{index}"))
                        .with_help(format!("write `{{{{ {value} }}}}` where it belongs, or remove it"));
                    self.find(diagnostic, None);
                }
            }
        }
    }

    /// Merge fields without a word on what to do where they are empty: the message is refused.
    #[cfg(feature = "templates")]
    fn lacking(&mut self, name: &str, version: &str, path: &str) {
        let Some(example) = self.anybody() else { return };
        let messages = &self.compiled.nurturing.messages;
        let Some(lacking) = messages.lacking(name, Some(version), &example.lead) else { return };
        let known = self.document.templates.get(name).map(|template| &template.missing);
        for field in
            lacking.fields.iter().filter(|field| !known.is_some_and(|known| known.contains_key(*field)))
        {
            let message = format!("template `{name}` is not sent to leads whose `{field}` is empty");
            let diagnostic = Diagnostic::note(Code::RefusedIfEmpty, message)
                .at(format!("{path}/versions/{}", escape(version)))
                .with_help(format!(
                    "say under `missing` what stands for `{field}`, or that the message is to be refused or skipped"
                ));
            self.find(diagnostic, Some(example.clone()));
        }
    }

    fn unmerged(&mut self, template: &TemplatePolicy, name: &str, text: &str, path: &str) {
        let known = |word: &str| {
            let (root, field) = word.split_once('.').unwrap_or(("", word));
            let fields = self.document.fields.keys().chain(&template.values);
            matches!(root, "" | "lead" | "contact" | "fields")
                && fields.into_iter().any(|known| known.eq_ignore_ascii_case(field))
        };
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            if let Some(length) = merged(rest) {
                at += length;
                continue;
            }
            let marked = MARKS.iter().find_map(|(open, close)| {
                let inner = rest.strip_prefix(open)?;
                let word = inner.get(..inner.find(close)?)?;
                let length = open.len() + word.len() + close.len();
                known(word.trim()).then_some((length, word.trim()))
            });
            match marked {
                Some((length, word)) => {
                    found.push((at, at + length, word));
                    at += length;
                }
                None => at += rest.chars().next().map_or(1, char::len_utf8),
            }
        }
        for (start, end, word) in found {
            let written = text.get(start..end).unwrap_or_default();
            let field = word.split_once('.').map_or(word, |(_, field)| field);
            let of_lead = self.document.fields.keys().find(|known| known.eq_ignore_ascii_case(field));
            let value = of_lead.map_or_else(|| field.to_owned(), |known| format!("lead.{known}"));
            let message = format!("template `{name}` sends `{written}` as it stands: it is no merge field");
            let span = Span { file: None, start, end, line: 0, column: 0 };
            let diagnostic = Diagnostic::warning(Code::UnmergedField, message)
                .at(path.to_owned())
                .with_span(span)
                .with_help(format!("write `{{{{ {value} }}}}`"));
            self.find(diagnostic, None);
        }
    }
}

/// The length of what is merged, if a text begins with it.
fn merged(text: &str) -> Option<usize> {
    MERGED.iter().find_map(|(open, close)| {
        let inner = text.strip_prefix(open)?;
        Some(open.len() + inner.find(close)? + close.len())
    })
}

fn parts(body: &BodyPolicy) -> impl Iterator<Item = (&'static str, &str)> {
    let parts = [
        ("subject", &body.subject),
        ("preheader", &body.preheader),
        ("text", &body.text),
        ("html", &body.html),
    ];
    parts.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)))
}
