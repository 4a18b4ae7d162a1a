//! What `serde` says of a JSON document, in the words of the people who write one.

use super::diagnostic::Diagnostic;
use super::suggest::nearest;

/// Serde's message taken apart.
pub(crate) struct Wording {
    /// What is wrong, without a remedy.
    pub(crate) message: String,
    /// What to do about it, where the message itself says so.
    help: Option<String>,
    /// The word that is not known, and those that are.
    unknown: Option<(String, Vec<String>)>,
}

impl Wording {
    /// Of a message; the place that `serde_json` puts behind it is left out.
    pub(crate) fn of(error: &str) -> Self {
        let told = error.split(" at line ").next().unwrap_or(error);
        let mut wording = Self { message: told.to_owned(), help: None, unknown: None };
        for (says, what) in [("unknown field `", "key"), ("unknown variant `", "choice")] {
            if let Some((word, known)) = told.strip_prefix(says).and_then(|rest| rest.split_once('`')) {
                wording.message = format!("unknown {what} `{word}`");
                let known = known.split('`').skip(1).step_by(2).map(str::to_owned).collect();
                wording.unknown = Some((word.to_owned(), known));
            }
        }
        if let Some(key) = told.strip_prefix("missing field ") {
            wording.message = format!("missing key {key}");
            wording.help = Some(format!("add {key}"));
        } else if let Some(key) = told.strip_prefix("duplicate field ") {
            wording.message = format!("duplicate key {key}");
            wording.help = Some("give it once".to_owned());
        } else if let Some((found, expected)) =
            told.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "))
        {
            wording.message = format!("expected {}, found {}", expected_kind(expected), found_kind(found));
        } else if let Some((message, help)) = remedy(told) {
            wording.message = message.to_owned();
            wording.help = Some(help.to_owned());
        }
        wording
    }

    /// Gives a diagnostic its remedy: the near word, the message's own, or else this one.
    pub(crate) fn remedied(self, diagnostic: Diagnostic, otherwise: &str) -> Diagnostic {
        let near = self
            .unknown
            .as_ref()
            .and_then(|(word, known)| nearest(word, known.iter().map(String::as_str)).map(str::to_owned));
        match (near, self.help) {
            (Some(near), _) => diagnostic.did_you_mean(Some(near)),
            (None, Some(help)) => diagnostic.with_help(help),
            (None, None) => diagnostic.with_help(otherwise),
        }
    }
}

/// Messages of this crate's own types put the remedy behind a colon.
pub(crate) fn remedy(message: &str) -> Option<(&str, &str)> {
    let (told, help) = message.rsplit_once(": ")?;
    (help.starts_with("add ") || help.starts_with("write ")).then_some((told, help))
}

fn expected_kind(expected: &str) -> &str {
    match expected {
        "a string" | "string" | "str" | "a borrowed string" => "a text",
        "a map" => "an object",
        "a sequence" => "a list",
        "a boolean" => "`true` or `false`",
        "f64" => "a number",
        _ if expected.starts_with("struct ") => "an object",
        _ => expected,
    }
}

fn found_kind(found: &str) -> String {
    match found.split_once(' ') {
        Some(("string", text)) => format!("the text `{}`", text.trim_matches('"')),
        Some(("integer", number)) => format!("the number {number}"),
        Some(("floating", number)) => format!("the number {}", number.trim_start_matches("point ")),
        Some(("boolean", value)) => value.to_owned(),
        _ => match found {
            "map" => "an object".to_owned(),
            "sequence" => "a list".to_owned(),
            "null" => "null".to_owned(),
            other => other.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Code;

    fn told(message: &str) -> (String, String) {
        let wording = Wording::of(message);
        let diagnostic = Diagnostic::error(Code::BadCall, wording.message.clone());
        let diagnostic = wording.remedied(diagnostic, "look it up");
        (diagnostic.message, diagnostic.help.unwrap())
    }

    #[test]
    fn serde_is_translated() {
        for (message, wanted, help) in [
            (
                "unknown field `leed`, expected one of `lead`, `at` at line 1 column 7",
                "unknown key `leed`",
                "did you mean `lead`?",
            ),
            ("unknown field `colour`, expected `lead` or `at`", "unknown key `colour`", "look it up"),
            (
                "unknown variant `grant`, expected `granted`",
                "unknown choice `grant`",
                "did you mean `granted`?",
            ),
            ("missing field `at` at line 1 column 2", "missing key `at`", "add `at`"),
            ("duplicate field `id`", "duplicate key `id`", "give it once"),
            (
                "invalid type: string \"a, b\", expected a sequence",
                "expected a list, found the text `a, b`",
                "look it up",
            ),
            (
                "invalid type: floating point `1.5`, expected a string",
                "expected a text, found the number `1.5`",
                "look it up",
            ),
            ("invalid type: null, expected struct Activity", "expected an object, found null", "look it up"),
            ("`x` is no instant: add a zone", "`x` is no instant", "add a zone"),
            ("EOF while parsing a value at line 1 column 8", "EOF while parsing a value", "look it up"),
        ] {
            assert_eq!(told(message), (wanted.to_owned(), help.to_owned()));
        }
    }
}
