//! The facade of differences between playbooks.

use serde::Deserialize;

#[cfg(feature = "analytics")]
use super::Record;
use super::{envelope, read};
#[cfg(feature = "analytics")]
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
#[cfg(feature = "analytics")]
use crate::base::time::Instant;
use crate::playbook::Playbook;
#[cfg(feature = "analytics")]
use crate::trust::CompareOptions;
use crate::trust::PlaybookDiff;

/// What one playbook changes in another, by `{"leads"?, "at"?, "options"?}`: the envelope of a [`PlaybookDiff`].
///
/// With `leads` it says what becomes of them as of `at`; `options` are [`CompareOptions`](crate::CompareOptions).
///
/// ```
/// use ikusei::api;
/// let open = |name: &str| api::open_playbook(&format!(r#"{{"text": "ikusei: 1\nname: {name}"}}"#)).unwrap();
/// let envelope = api::diff_playbooks(&open("a"), &open("b"), "{}");
/// assert!(envelope.contains("the playbook: name `b` instead of `a`"));
/// ```
#[must_use]
pub fn diff_playbooks(before: &Playbook, after: &Playbook, args: &str) -> String {
    envelope(diff(before, after, args))
}

#[cfg(feature = "analytics")]
fn diff(before: &Playbook, after: &Playbook, args: &str) -> Result<PlaybookDiff, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        #[serde(default)]
        leads: Option<Vec<Record>>,
        #[serde(default)]
        at: Option<Instant>,
        #[serde(default)]
        options: CompareOptions,
    }

    let args: Args = read(args)?;
    let Some(leads) = args.leads else { return Ok(before.diff(after)) };
    let at = args.at.ok_or_else(|| {
        let diagnostic = Diagnostic::error(Code::BadCall, "leads without an instant to look at them");
        Error::call(diagnostic.at("/at").with_help("give `at`"))
    })?;
    let leads = leads.into_iter().map(Record::into_lead).collect::<Result<Vec<_>, _>>()?;
    before.diff_with_leads(after, leads, at, &args.options)
}

#[cfg(not(feature = "analytics"))]
fn diff(before: &Playbook, after: &Playbook, args: &str) -> Result<PlaybookDiff, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {}

    let Args {} = read(args)?;
    Ok(before.diff(after))
}
