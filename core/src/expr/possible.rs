//! What a part of a condition comes to for one value of the one thing that it looks at, and what can be said of a
//! condition without any lead.

use std::collections::BTreeSet;

use super::eval::{among, compared};
use super::node::{Comparison, Constant, Node, NodeKind, Type};
use super::{Program, Value};

impl Node {
    /// What a comparison, a list or a test of one thing with constants says of a value of it; nothing where it fails.
    pub(crate) fn applied(&self, value: &Value<'_>) -> Option<bool> {
        match &self.kind {
            NodeKind::Compare(sign, _, right) => {
                compared(*sign, value, &Value::of_constant(right.constant()?))
            }
            NodeKind::InConstants(_, constants) => Some(among(value, constants)),
            NodeKind::Test(test, _, what) => match (value, what.constant()?) {
                (Value::Null, _) | (_, Constant::Null) => Some(false),
                (Value::Text(text), Constant::Text(what)) => Some(test.holds(text, what)),
                _ => None,
            },
            NodeKind::Matches(_, pattern) => match value {
                Value::Null => Some(false),
                Value::Text(text) => Some(pattern.is_match(text)),
                _ => None,
            },
            // The number that there are, for whether there is any.
            NodeKind::Seen(..) => match value {
                Value::Int(number) => Some(*number > 0),
                _ => None,
            },
            _ => match value {
                Value::Bool(value) => Some(*value),
                Value::Null => Some(false),
                _ => None,
            },
        }
    }

    /// Whether it may fail on some lead; a part that is not known not to may.
    pub(crate) fn may_fail(&self) -> bool {
        let own = match &self.kind {
            NodeKind::Const(_)
            | NodeKind::Field(_)
            | NodeKind::Now
            | NodeKind::LeadId
            | NodeKind::Source(_)
            | NodeKind::Consent(_)
            | NodeKind::Account(_)
            | NodeKind::Figure(..)
            | NodeKind::Rank(_)
            | NodeKind::InSegment(_)
            | NodeKind::Seen(..)
            | NodeKind::Count(..)
            | NodeKind::Last(_)
            | NodeKind::Activity
            | NodeKind::Property(..)
            | NodeKind::InConstants(..) => false,
            NodeKind::Not(of) => !is_condition(of),
            NodeKind::All(parts) | NodeKind::Any(parts) => !parts.iter().all(is_condition),
            NodeKind::Choose(parts) => !parts.first().is_some_and(is_condition),
            NodeKind::Compare(sign, left, right) => {
                let plain = |node: &Node| {
                    !matches!(node.ty, Type::Dyn | Type::List(_) | Type::Map(_) | Type::Activity(_))
                };
                let equality = matches!(sign, Comparison::Equal | Comparison::NotEqual);
                let lists = |node: &Node| matches!(node.ty, Type::List(_) | Type::Map(_));
                if equality { lists(left) || lists(right) } else { !plain(left) || !plain(right) }
            }
            NodeKind::In(item, list) => {
                item.constant().is_none()
                    || !matches!(list.kind, NodeKind::Field(_))
                    || !matches!(list.ty, Type::List(_))
            }
            NodeKind::Test(_, text, what) => text.ty != Type::String || what.ty != Type::String,
            NodeKind::Matches(text, _) => text.ty != Type::String,
            _ => true,
        };
        own || self.children().into_iter().any(Node::may_fail)
    }
}

fn is_condition(node: &Node) -> bool {
    matches!(node.ty, Type::Bool | Type::Null)
}

impl Program {
    /// Fields whose empty value a negation in it takes for a match, without asking anywhere whether they are empty.
    pub(crate) fn negated(&self) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut asked = BTreeSet::new();
        negated(self.root(), false, &mut found, &mut asked);
        found.difference(&asked).copied().collect()
    }

    /// The least and the most that it gives as a number, if only constants and `? :` decide; an empty value is 0.
    pub(crate) fn constants(&self) -> Option<(f64, f64)> {
        constants(self.root())
    }
}

fn negated(node: &Node, turned: bool, found: &mut BTreeSet<usize>, asked: &mut BTreeSet<usize>) {
    match &node.kind {
        NodeKind::Not(of) => negated(of, !turned, found, asked),
        NodeKind::Compare(sign, left, right) => {
            if let NodeKind::Field(field) = left.kind {
                if matches!(right.constant(), Some(Constant::Null)) {
                    asked.insert(field);
                } else if right.constant().is_some() && turned != (*sign == Comparison::NotEqual) {
                    found.insert(field);
                }
            }
        }
        NodeKind::InConstants(of, _) | NodeKind::Test(_, of, _) | NodeKind::Matches(of, _) if turned => {
            if let NodeKind::Field(field) = of.kind {
                found.insert(field);
            }
        }
        _ => node.children().into_iter().for_each(|child| negated(child, turned, found, asked)),
    }
}

fn constants(node: &Node) -> Option<(f64, f64)> {
    match &node.kind {
        NodeKind::Const(Constant::Null) => Some((0.0, 0.0)),
        #[expect(
            clippy::cast_precision_loss,
            reason = "a bound of points, which are far within the exact range"
        )]
        NodeKind::Const(Constant::Int(number)) => Some((*number as f64, *number as f64)),
        NodeKind::Const(Constant::Double(number)) => Some((*number, *number)),
        NodeKind::Choose(parts) => {
            let [condition, yes, no] = parts.as_ref();
            let (yes, no) = (constants(yes)?, constants(no)?);
            let (low, high) = (yes.0.min(no.0), yes.1.max(no.1));
            // Where the condition fails there are no points.
            Some(if condition.may_fail() { (low.min(0.0), high.max(0.0)) } else { (low, high) })
        }
        _ => None,
    }
}
