//! The facade of lint.

use serde::{Deserialize, Serialize};

use super::{envelope, read};
use crate::base::diagnostic::{Code, Diagnostic, Severity};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::engine::Engine;
use crate::trust::LintOptions;

pub(super) const METHODS: [&str; 1] = ["lint"];

/// The envelope of a method of this room; `None` for a method of another one.
pub(super) fn call(engine: &Engine, method: &str, args: &str) -> Option<String> {
    (method == "lint").then(|| envelope(lint(engine, args)))
}

fn lint(engine: &Engine, args: &str) -> Result<impl Serialize + use<>, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args {
        #[serde(default)]
        disable: Vec<String>,
        #[serde(default)]
        severity: Mildest,
    }

    let args: Args = read(args)?;
    let disable = args.disable.iter().map(|code| known(code)).collect::<Result<Vec<Code>, Error>>()?;
    let severity = match args.severity {
        Mildest::Warning => Severity::Warning,
        Mildest::Note => Severity::Note,
    };
    let options = LintOptions::default().at_least(severity);
    Ok(engine.lint(&disable.into_iter().fold(options, LintOptions::without)))
}

/// The mildest finding that is told.
#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Mildest {
    Warning,
    #[default]
    Note,
}

/// A code of lint by its text.
fn known(text: &str) -> Result<Code, Error> {
    let codes = || Code::ALL.iter().copied().filter(|code| code.as_str().starts_with("IK09"));
    codes().find(|code| code.as_str() == text).ok_or_else(|| {
        let near = nearest(text, codes().map(Code::as_str));
        Error::call(
            Diagnostic::error(Code::BadCall, format!("lint has no code `{text}`"))
                .with_help("the documentation of lint lists its codes")
                .did_you_mean(near),
        )
    })
}
