//! The facade of imports from other systems.

use serde::Deserialize;

use super::{envelope, read};
use crate::base::error::Error;
use crate::migration::{Imported, System, import};

/// Makes a playbook of another system's rules, by `{"from", "text"}`: the envelope of an [`Imported`].
///
/// ```
/// use ikusei::api;
/// let envelope = api::migrate(r#"{ "from": "zoho", "text": "{ \"scoring_rules\": [] }" }"#);
/// assert!(envelope.starts_with(r#"{"ok":{"playbook":"#));
/// ```
#[must_use]
pub fn migrate(args: &str) -> String {
    envelope(migrated(args))
}

fn migrated(args: &str) -> Result<Imported, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        from: System,
        text: String,
    }

    let args: Args = read(args)?;
    import(args.from, &args.text)
}
