//! The playbook: text to a tree with places, overlays merged, the tree to policies, the policies to an engine.

mod browser;
pub(crate) mod compile;
mod decode;
pub(crate) mod document;
mod failure;
mod fill;
mod json;
mod merge;
mod node;
mod place;
#[cfg(feature = "schema")]
mod schema;
mod source;
#[cfg(feature = "nurturing")]
mod timed;
#[cfg(feature = "trust")]
mod written;
#[cfg(feature = "yaml")]
mod yaml;

#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod tests;

use std::sync::Arc;

#[cfg(feature = "trust")]
use crate::base::Span;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::lead::model::{ActivityPolicy, FieldPolicy};
use compile::Compiled;
use indexmap::IndexMap;

pub use document::{Document, ScorecardPolicy};
pub use source::Source;
#[cfg(feature = "trust")]
pub(crate) use written::Written;

/// A playbook that has been read and checked as a whole: every name resolved, every expression typed.
///
/// ```
/// use ikusei::Playbook;
/// let playbook = Playbook::parse("ikusei: 1\nname: demo\nfields: { size: { type: integer } }\n")?;
/// assert_eq!(playbook.name(), "demo");
/// let engine = playbook.compile()?;
/// assert_eq!(engine.fingerprint(), playbook.fingerprint());
/// # Ok::<(), ikusei::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Playbook {
    document: Arc<Document>,
    compiled: Arc<Compiled>,
}

/// Documents that every playbook may extend.
#[cfg(feature = "yaml")]
const FRAGMENTS: &[(&str, &str)] = &[("ikusei/bant", include_str!("../../fragments/bant.yaml"))];
#[cfg(not(feature = "yaml"))]
const FRAGMENTS: &[(&str, &str)] = &[];

impl Playbook {
    /// Reads a playbook from YAML or JSON text.
    ///
    /// # Errors
    /// Every problem there is, each with its code, its place and what to do about it; see [`Error::diagnostics`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::open(&Source { text, ..Source::default() })
    }

    /// Reads a playbook that extends others or takes overlays.
    ///
    /// Whatever `extends` names is looked up in [`Source::library`], then among the fragments that come with
    /// ikusei: `ikusei/bant`, and the captures of providers under `ikusei/capture/`.
    ///
    /// # Errors
    /// As [`Playbook::parse`]; the spans name the document.
    ///
    /// ```
    /// use ikusei::{Playbook, Source};
    /// let playbook = Playbook::open(&Source {
    ///     text: "ikusei: 1\nname: acme\nextends: [base, ikusei/bant]\noverlays: { tokyo: { timezone: Asia/Tokyo } }\n",
    ///     library: &[("base", "ikusei: 1\nname: base\nfields: { size: { type: integer } }\n")],
    ///     overlays: &["tokyo"],
    ///     ..Source::default()
    /// })?;
    /// assert!(playbook.fields().contains_key("size") && playbook.fields().contains_key("budget"));
    /// # Ok::<(), ikusei::Error>(())
    /// ```
    pub fn open(source: &Source<'_>) -> Result<Self, Error> {
        let fragments = FRAGMENTS.iter().chain(crate::capture::PRESETS);
        let library: Vec<(&str, &str)> = source.library.iter().chain(fragments).copied().collect();
        let (tree, mut problems) = source::Tree::parse(&Source { library: &library, ..*source });
        let Some(mut tree) = tree else { return Err(Error::playbook(problems)) };
        if let Some(problem) = tree.check_version() {
            problems.push(problem);
            return Err(Error::playbook(problems));
        }
        let (document, found) = tree.decode::<Document>();
        problems.extend(found);
        let Some(document) = document else {
            tree.sort(&mut problems);
            return Err(Error::playbook(problems));
        };
        let unread: Vec<String> = problems.iter().filter_map(|problem| problem.path.clone()).collect();
        let shape = !problems.is_empty();
        let compiled = Compiled::new(&document, node::fingerprint(&tree.root)).map_err(|found| {
            // What could not be read is missing to whatever names it, and from what holds it: that is no problem of its own.
            let own = |diagnostic: &Diagnostic| match diagnostic.code {
                Code::UnknownName | Code::UnknownReference => !shape,
                Code::Empty => {
                    let whole = diagnostic.path.as_deref().unwrap_or_default();
                    !unread.iter().any(|path| within(path, whole))
                }
                _ => true,
            };
            problems.extend(found.into_iter().filter(own).map(|mut diagnostic| {
                tree.locate(&mut diagnostic);
                diagnostic
            }));
        });
        match compiled {
            Ok(compiled) if problems.is_empty() => {
                let document = Arc::new(document);
                #[cfg(feature = "trust")]
                let compiled = Compiled { written: Some(Written::new(&document, tree)), ..compiled };
                Ok(Self { document, compiled: Arc::new(compiled) })
            }
            _ => {
                tree.sort(&mut problems);
                Err(Error::playbook(problems))
            }
        }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.document.name
    }

    /// What identifies it: layout, comments and spelling aside, equal fingerprints mean equal playbooks.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.compiled.fingerprint
    }

    /// The declared fields.
    #[must_use]
    pub fn fields(&self) -> &IndexMap<String, FieldPolicy> {
        &self.document.fields
    }

    /// The declared kinds of activities.
    #[must_use]
    pub fn activities(&self) -> &IndexMap<String, ActivityPolicy> {
        &self.document.activities
    }

    /// The whole of it, as data.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// As one JSON document, everything extended and laid over merged in.
    #[must_use]
    pub fn to_json(&self) -> String {
        // INVARIANT: string keys and finite numbers only, so serialisation cannot fail.
        serde_json::to_string(&*self.document).unwrap_or_default()
    }

    /// The playbook cut to what a page may see: the named scorecards, segments and captures, and the fields and
    /// activities that they look at or fill. Everything else is left out.
    ///
    /// What is left is public: every visitor can read the rules, thresholds, lists and conditions of these
    /// scorecards, and can send whatever score he likes. Show a page only what may be known, and assess the lead
    /// again on the server.
    ///
    /// # Errors
    /// `IK0601` for a name that the playbook does not have, `IK0301` or `IK0202` if what is kept refers to what is not.
    ///
    /// ```
    /// use ikusei::Playbook;
    /// let playbook = Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// fields: { email: { type: email, identity: person }, secret: { type: text } }
    /// capture:
    ///   contact: { from: form, fields: { email: /mail } }
    ///   crm: { from: csv, fields: { email: /Mail, secret: /Note } }
    /// "#)?;
    /// let page = playbook.for_browser(&[], &[], &["contact"])?;
    /// assert!(page.fields().contains_key("email") && !page.fields().contains_key("secret"));
    /// # Ok::<(), ikusei::Error>(())
    /// ```
    pub fn for_browser(
        &self,
        scorecards: &[&str],
        segments: &[&str],
        captures: &[&str],
    ) -> Result<Playbook, Error> {
        let cut = browser::cut(&self.document, &self.compiled, scorecards, segments, captures);
        #[cfg(feature = "trust")]
        let cut = cut.map(|mut cut| {
            if let Some(written) =
                Arc::get_mut(&mut cut.compiled).and_then(|compiled| compiled.written.as_mut())
            {
                written.forget();
            }
            cut
        });
        cut
    }

    /// Where a part of the document, named by a JSON Pointer, was written, or the nearest part around it. None for a
    /// playbook whose text is nobody's, such as one that was cut for a browser.
    #[cfg(feature = "trust")]
    pub(crate) fn span(&self, path: &str) -> Option<Span> {
        let mut found = Diagnostic::error(Code::BadCall, "").at(path);
        self.compiled.written.as_ref()?.locate(&mut found);
        found.span
    }

    pub(crate) fn compiled(&self) -> &Arc<Compiled> {
        &self.compiled
    }
}

/// Whether one path is of a part of what the other names.
fn within(path: &str, whole: &str) -> bool {
    path.strip_prefix(whole).is_some_and(|rest| rest.starts_with('/'))
}

/// The JSON Schema of playbooks, for editors.
#[cfg(feature = "schema")]
#[must_use]
pub fn playbook_schema() -> serde_json::Value {
    schema::of::<Document>()
}
