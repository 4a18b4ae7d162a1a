//! The one error type of the library.

use std::fmt;

use super::diagnostic::{Code, Diagnostic};

/// Why a call was refused: one or more [`Diagnostic`]s, the first of which gives the error its code.
///
/// ```
/// let error = ikusei::Playbook::parse("ikusei: 99\nname: demo\n").unwrap_err();
/// assert!(error.is_playbook());
/// assert_eq!(error.code().as_str(), "IK0109");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    kind: Kind,
    // INVARIANT: never empty.
    diagnostics: Box<[Diagnostic]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Playbook,
    Lead,
    Call,
    Evaluation,
}

impl Error {
    pub(crate) fn playbook(diagnostics: Vec<Diagnostic>) -> Self {
        Self::new(Kind::Playbook, diagnostics)
    }

    pub(crate) fn lead(diagnostics: Vec<Diagnostic>) -> Self {
        Self::new(Kind::Lead, diagnostics)
    }

    pub(crate) fn call(diagnostic: Diagnostic) -> Self {
        Self::new(Kind::Call, vec![diagnostic])
    }

    #[cfg_attr(
        not(any(
            feature = "analytics",
            feature = "arrow",
            feature = "routing",
            feature = "templates",
            feature = "trust"
        )),
        expect(dead_code, reason = "only tables and rosters have several problems at once")
    )]
    pub(crate) fn calls(diagnostics: Vec<Diagnostic>) -> Self {
        Self::new(Kind::Call, diagnostics)
    }

    /// By its code: what the caller asked for wrongly, or what came of asking rightly.
    #[cfg(feature = "routing")]
    pub(crate) fn evaluation_or_call(diagnostic: Diagnostic) -> Self {
        match diagnostic.code {
            Code::BadCall => Self::call(diagnostic),
            _ => Self::evaluation(diagnostic),
        }
    }

    pub(crate) fn evaluation(diagnostic: Diagnostic) -> Self {
        Self::new(Kind::Evaluation, vec![diagnostic])
    }

    #[cfg(feature = "templates")]
    pub(crate) fn evaluations(diagnostics: Vec<Diagnostic>) -> Self {
        Self::new(Kind::Evaluation, diagnostics)
    }

    fn new(kind: Kind, mut diagnostics: Vec<Diagnostic>) -> Self {
        if diagnostics.is_empty() {
            diagnostics.push(Diagnostic::error(Code::BadCall, "refused without a reason"));
        }
        Self { kind, diagnostics: diagnostics.into_boxed_slice() }
    }

    /// The code of the first diagnostic.
    #[must_use]
    pub fn code(&self) -> Code {
        self.diagnostics.first().map_or(Code::BadCall, |first| first.code)
    }

    /// Everything that was found, in document order.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// True if the playbook was refused.
    #[must_use]
    pub fn is_playbook(&self) -> bool {
        self.kind == Kind::Playbook
    }

    /// True if the lead record was refused.
    #[must_use]
    pub fn is_lead(&self) -> bool {
        self.kind == Kind::Lead
    }

    /// True if the call itself was wrong: an unknown method, arguments that it does not take.
    #[must_use]
    pub fn is_call(&self) -> bool {
        self.kind == Kind::Call
    }

    /// True if playbook and lead are fine and the figures cannot be held: points beyond their range.
    #[must_use]
    pub fn is_evaluation(&self) -> bool {
        self.kind == Kind::Evaluation
    }

    /// What was refused, as a word: `playbook`, `lead`, `call` or `evaluation`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.kind {
            Kind::Playbook => "playbook",
            Kind::Lead => "lead",
            Kind::Call => "call",
            Kind::Evaluation => "evaluation",
        }
    }
}

impl fmt::Display for Error {
    /// Every diagnostic on its own line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, diagnostic) in self.diagnostics.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{diagnostic}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
