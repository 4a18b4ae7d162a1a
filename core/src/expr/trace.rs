//! Explanation: which parts of a condition were looked at, whether they held, and on what values.

use serde::Serialize;

use super::Frame;
use super::eval;
use super::node::{Node, NodeKind, Type};
use crate::base::time::Instant;
use crate::lead::value::Value as Plain;

/// A condition and what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Trace {
    /// The part of the expression, as written.
    pub text: String,
    /// Whether it held; absent if it was not looked at, or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<bool>,
    /// False for a part that could not change the outcome any more.
    pub looked_at: bool,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// The values that it compared or tested; constants are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operands: Vec<Operand>,
    /// The conditions that it consists of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<Trace>,
}

/// A value that a condition looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Operand {
    /// The part of the expression, as written.
    pub text: String,
    /// Its value; null if it failed.
    pub value: Plain,
}

pub(super) fn trace(source: &str, node: &Node, frame: &Frame<'_>) -> Trace {
    let mut trace = Trace::new(source, node);
    trace.looked_at = true;
    // A number or a text neither holds nor does not.
    if node.ty.fits(&Type::Bool) {
        match eval::test(node, frame) {
            Ok(held) => trace.held = Some(held),
            Err(failure) => trace.failed = Some(failure.message.into_owned()),
        }
    }
    match &node.kind {
        NodeKind::All(parts) => trace.parts = chain(source, parts, frame, false),
        NodeKind::Any(parts) => trace.parts = chain(source, parts, frame, true),
        NodeKind::Not(of) => trace.parts = vec![self::trace(source, of, frame)],
        NodeKind::Choose(parts) if node.ty == Type::Bool => {
            let [condition, yes, no] = parts.as_ref();
            let condition = self::trace(source, condition, frame);
            let branch = |wanted: bool, part: &Node| {
                if condition.held == Some(wanted) {
                    self::trace(source, part, frame)
                } else {
                    Trace::new(source, part)
                }
            };
            let (yes, no) = (branch(true, yes), branch(false, no));
            trace.parts = vec![condition, yes, no];
        }
        _ => trace.operands = operands(source, node, frame),
    }
    trace
}

/// The parts of a chain, up to the one that decides it.
fn chain(source: &str, parts: &[Node], frame: &Frame<'_>, decisive: bool) -> Vec<Trace> {
    let mut decided = false;
    let mut traces = Vec::with_capacity(parts.len());
    for part in parts {
        let trace = if decided { Trace::new(source, part) } else { trace(source, part, frame) };
        decided |= trace.held == Some(decisive);
        traces.push(trace);
    }
    traces
}

fn operands(source: &str, node: &Node, frame: &Frame<'_>) -> Vec<Operand> {
    let operand = |node: &Node| Operand {
        text: text(source, node),
        value: eval::value(node, frame).map_or(Plain::Null, |value| value.to_plain()),
    };
    match &node.kind {
        NodeKind::Const(_) => Vec::new(),
        // What a function of the history saw is more telling than its own true or false.
        NodeKind::Seen(kind, within) => {
            let last = eval::counting(frame, *kind, *within).next_back();
            let value = last
                .and_then(|fact| Instant::from_micros(fact.at))
                .map_or(Plain::Null, |at| Plain::Text(at.to_string()));
            vec![Operand { text: text(source, node), value }]
        }
        // The body of a macro has no value of its own outside of it.
        NodeKind::Macro(call) => vec![operand(&call.list)],
        _ => {
            let children = node.children();
            let looked_at: Vec<Operand> = children
                .iter()
                .filter(|child| child.constant().is_none())
                .map(|child| operand(child))
                .collect();
            if looked_at.is_empty() { vec![operand(node)] } else { looked_at }
        }
    }
}

fn text(source: &str, node: &Node) -> String {
    source.get(node.extent.start..node.extent.end).unwrap_or("").to_owned()
}

impl Trace {
    /// A part that nobody looked at yet.
    fn new(source: &str, node: &Node) -> Self {
        Self {
            text: text(source, node),
            held: None,
            looked_at: false,
            failed: None,
            operands: Vec::new(),
            parts: Vec::new(),
        }
    }
}
