//! Messages: what a template says to one lead.
//!
//! `lexer` and `check` read a template when the playbook is read, with `names` for what may be merged and `html` for
//! where; `render` makes the message by a sandboxed engine, with `value` for what is merged and `filters` for how it
//! is written. What a message needs of the record is known beforehand, so the gate can ask before anything is sent.

#[cfg(feature = "templates")]
mod check;
#[cfg(feature = "templates")]
mod expression;
#[cfg(feature = "templates")]
mod filters;
#[cfg(feature = "templates")]
mod html;
#[cfg(feature = "templates")]
mod lexer;
#[cfg(feature = "templates")]
mod messages;
#[cfg(feature = "templates")]
mod names;
#[cfg(not(feature = "templates"))]
mod none;
#[cfg(feature = "templates")]
mod render;
#[cfg(test)]
#[cfg(feature = "templates")]
mod tests;
#[cfg(feature = "templates")]
mod value;

use serde::{Deserialize, Serialize};

#[cfg(feature = "templates")]
pub(crate) use messages::Messages;
#[cfg(not(feature = "templates"))]
pub(crate) use none::Messages;
#[cfg(feature = "templates")]
pub use render::{MergeField, MergeState, RenderOutcome, Rendered};
#[cfg(feature = "templates")]
pub(crate) use render::{Request, Sent};

/// What is done where a value that a message needs is missing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MissingPolicy {
    /// The message is refused; a step with a `fallback` tries that.
    #[default]
    Refuse,
    /// This text stands for it.
    Default(String),
    /// The step is skipped: nothing is sent, and no fallback is tried.
    Skip,
}

/// Values that a message needs and a lead does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lacking {
    /// Whether the step is skipped; refused otherwise.
    pub(crate) skip: bool,
    /// Merge fields.
    pub(crate) fields: Vec<String>,
}
