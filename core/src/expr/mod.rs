//! Expressions: a documented subset of CEL, typed against the playbook's fields and activities.
//!
//! Text becomes tokens (`lexer`), a tree (`parser`, `ast`), a typed tree (`check`, `node`), and a value
//! (`eval`, `value`, `convert`) or an explanation (`trace`); `instants` says when time alone may change it, `foresee` what
//! it gives throughout a stretch of time, `possible` what a part of it comes to for one value. `docs/expressions.md` says
//! what is in the subset.

mod ast;
mod calls;
mod check;
mod convert;
mod direct;
mod eval;
#[cfg(feature = "nurturing")]
mod foresee;
mod functions;
#[cfg(any(feature = "nurturing", feature = "trust"))]
mod instants;
mod lexer;
mod names;
mod node;
mod operate;
mod parser;
#[cfg(feature = "trust")]
mod possible;
#[cfg(feature = "trust")]
mod rename;
#[cfg(any(feature = "routing", feature = "trust"))]
mod samples;
mod trace;
mod value;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::base::diagnostic::{Code, Diagnostic, Span};
use crate::base::points::Points;
use crate::lead::account::CompanyAccount;
use crate::lead::facts::{Fact, Facts};
use crate::lead::model::Model;

pub(crate) use ast::Extent;
pub(crate) use direct::Direct;
pub(crate) use eval::{Failure, recent};
#[cfg(feature = "nurturing")]
pub(crate) use foresee::{Outlook, Stretch};
#[cfg(any(feature = "nurturing", feature = "trust"))]
pub(crate) use instants::Unforeseeable;
#[cfg(any(feature = "routing", feature = "trust"))]
pub(crate) use node::AccountPart;
#[cfg(feature = "trust")]
pub(crate) use node::Type;
pub(crate) use node::{Comparison, Constant, Figure, Node, NodeKind, Reads};
#[cfg(any(feature = "arrow", feature = "trust"))]
pub(crate) use node::{Function, Property, TextTest};
pub(crate) use parser::is_name;
#[cfg(feature = "trust")]
pub(crate) use rename::{Named, respelt};
#[cfg(feature = "routing")]
pub(crate) use samples::Sample;
#[cfg(any(feature = "routing", feature = "trust"))]
pub(crate) use samples::{comparison, samples};
pub use trace::{Operand, Trace};
pub(crate) use value::{Number, Value};

/// Longest expression, in bytes.
pub(crate) const MAX_LENGTH: usize = 10_000;
/// Deepest nesting; chains of `&&` and `||` count once.
pub(crate) const MAX_DEPTH: usize = 64;
/// Most parts of one expression.
pub(crate) const MAX_NODES: usize = 4_000;

/// What an expression may name. The playbook builds one per place.
#[derive(Clone, Copy)]
pub(crate) struct Env<'a> {
    pub(crate) model: &'a Model,
    /// In a rule with `on`: the kinds that `activity` may be of.
    pub(crate) activity: Option<&'a [usize]>,
    /// The scorecards of `scores.<card>` and `rank.<card>`.
    pub(crate) cards: &'a [&'a str],
    /// Whether ranks are known already, and may be named.
    pub(crate) ranks: bool,
    /// The scorecard that `score` means.
    pub(crate) own_card: Option<usize>,
    /// The segments of `in_segment("...")`.
    pub(crate) segments: &'a [&'a str],
    /// In a capture: whether `payload` may be named. Its entries are those of the frame's `source`.
    pub(crate) payload: bool,
    /// Whether the company's account is known, as `account.owner` and so on.
    pub(crate) account: bool,
}

impl<'a> Env<'a> {
    /// Fields and history only.
    pub(crate) const fn new(model: &'a Model) -> Self {
        Self {
            model,
            activity: None,
            cards: &[],
            ranks: false,
            own_card: None,
            segments: &[],
            payload: false,
            account: false,
        }
    }
}

/// What an expression has to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Bool,
    Number,
    Any,
}

/// What an expression is evaluated against.
#[derive(Clone, Copy)]
pub(crate) struct Frame<'a> {
    pub(crate) facts: &'a Facts<'a>,
    /// Microseconds since 1970.
    pub(crate) at: i64,
    /// The activity of a rule with `on`.
    pub(crate) activity: Option<&'a Fact<'a>>,
    /// What was derived before; without it figures and ranks are null and segments empty.
    pub(crate) derived: Option<&'a dyn Derived>,
}

/// Scores, ranks and segments that were derived before.
pub(crate) trait Derived {
    fn figure(&self, card: usize, figure: Figure) -> Points;
    fn rank(&self, card: usize) -> Option<&str>;
    fn in_segment(&self, segment: usize) -> bool;

    /// The company behind the lead, where the caller knows it; its owner is that of a parent where it has none.
    fn account(&self) -> Option<&CompanyAccount> {
        None
    }
}

/// A compiled expression: typed and immutable. A clone is another handle of the same.
#[derive(Debug, Clone)]
pub(crate) struct Program(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    source: Box<str>,
    root: Node,
    /// The same as a condition, if it cannot fail.
    direct: Option<Direct>,
    reads: Reads,
}

impl Program {
    /// Compiles an expression; all problems at once. Their spans hold bytes of `source`, with line and column 0:
    /// whoever knows the document puts them in place.
    pub(crate) fn compile(source: &str, env: &Env<'_>, expected: Expected) -> Result<Self, Vec<Diagnostic>> {
        let expr = parser::parse(source)?;
        let (root, reads) = check::check(source, &expr, env, expected)?;
        let direct = if expected == Expected::Bool { Direct::of(&root) } else { None };
        Ok(Self(Arc::new(Inner { source: source.into(), root, direct, reads })))
    }

    /// Whether the condition holds; null does not.
    pub(crate) fn test(&self, frame: &Frame<'_>) -> Result<bool, Failure> {
        match &self.0.direct {
            Some(direct) if direct.fits(frame.facts) => Ok(direct.holds(frame)),
            _ => eval::test(&self.0.root, frame),
        }
    }

    /// The condition as one that fails on no lead, if it is.
    pub(crate) fn direct(&self) -> Option<&Direct> {
        self.0.direct.as_ref().filter(|direct| direct.always_fits())
    }

    /// The number that it gives; `None` for null.
    pub(crate) fn number(&self, frame: &Frame<'_>) -> Result<Option<Number>, Failure> {
        let root = &self.0.root;
        match eval::value(root, frame)? {
            Value::Null => Ok(None),
            Value::Int(value) => Ok(Some(Number::Int(value))),
            Value::Double(value) => Ok(Some(Number::Double(value))),
            _ => Err(Failure::new("gives something other than a number", root.extent)),
        }
    }

    /// The value that it gives.
    pub(crate) fn value<'a>(&'a self, frame: &Frame<'a>) -> Result<Value<'a>, Failure> {
        eval::value(&self.0.root, frame)
    }

    /// Which conditions were looked at, which of them held, and on what values.
    pub(crate) fn trace(&self, frame: &Frame<'_>) -> Trace {
        trace::trace(&self.0.source, &self.0.root, frame)
    }

    /// The text as written.
    pub(crate) fn source(&self) -> &str {
        &self.0.source
    }

    /// The typed tree.
    pub(crate) fn root(&self) -> &Node {
        &self.0.root
    }

    /// What it looks at.
    pub(crate) fn reads(&self) -> &Reads {
        &self.0.reads
    }
}

/// Whether a part of a compiled condition holds; one that fails does not.
#[cfg(any(feature = "arrow", feature = "routing"))]
pub(crate) fn holds(node: &Node, frame: &Frame<'_>) -> bool {
    eval::test(node, frame).unwrap_or(false)
}

/// What a part of an expression gives, as a text to compare by: a condition's parts by whether they hold.
#[cfg(feature = "trust")]
pub(crate) fn outcome(node: &Node, condition: bool, frame: &Frame<'_>) -> String {
    let given = if condition {
        eval::test(node, frame).map(|held| held.to_string())
    } else {
        eval::value(node, frame).map(|value| format!("{:?}", value.to_plain()))
    };
    given.unwrap_or_else(|failure| failure.message.into_owned())
}

/// A problem at a place of the expression.
fn problem(code: Code, extent: Extent, message: impl Into<String>) -> Diagnostic {
    let span = Span { file: None, start: extent.start, end: extent.end, line: 0, column: 0 };
    Diagnostic::error(code, message).with_span(span)
}
