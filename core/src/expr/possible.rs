//! What a condition can come to when nothing is known of a lead but some of its fields.
//!
//! A comparison of a field with constants falls the same way for all values between two neighbouring constants, so a
//! few values of each field stand for all of them. Whatever else a condition looks at may be anything.

use std::collections::{BTreeMap, BTreeSet};

use super::eval;
use super::node::{Comparison, Constant, Node, NodeKind, Type};
use super::{Frame, Program};

/// What a condition comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Possible {
    Yes,
    No,
    /// It depends on what is not known, or fails.
    Either,
}

/// What conditions are looked at with.
pub(crate) struct Look<'a> {
    /// A lead that has the known fields.
    pub(crate) frame: Frame<'a>,
    /// Fields that may be taken for known where they are compared with constants.
    pub(crate) known: &'a BTreeSet<usize>,
    /// Fields of which every value that there can be is tried.
    pub(crate) finite: &'a BTreeSet<usize>,
    /// What it comes to that the lead is in a segment.
    pub(crate) segment: &'a dyn Fn(usize) -> Possible,
}

/// For every field that a condition compares, the constants that it compares it with.
pub(crate) type Compared = BTreeMap<usize, Vec<Constant>>;

impl Program {
    /// What it comes to for a lead that has the known fields, whatever else is true of it.
    pub(crate) fn possible(&self, look: &Look<'_>) -> Possible {
        look.possible(self.root())
    }

    /// Adds the fields that it compares, with the constants.
    pub(crate) fn compared(&self, finite: &BTreeSet<usize>, found: &mut Compared) {
        collect(self.root(), finite, found);
    }

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

impl Look<'_> {
    fn possible(&self, node: &Node) -> Possible {
        match &node.kind {
            NodeKind::Const(Constant::Bool(true)) => Possible::Yes,
            NodeKind::Const(Constant::Bool(false) | Constant::Null) => Possible::No,
            NodeKind::All(parts) => self.chain(parts, Possible::No, Possible::Yes),
            NodeKind::Any(parts) => self.chain(parts, Possible::Yes, Possible::No),
            NodeKind::Not(of) => match self.possible(of) {
                Possible::Yes => Possible::No,
                Possible::No => Possible::Yes,
                Possible::Either => Possible::Either,
            },
            NodeKind::Choose(parts) if node.ty == Type::Bool => {
                let [condition, yes, no] = parts.as_ref();
                match self.possible(condition) {
                    Possible::Yes => self.possible(yes),
                    Possible::No => self.possible(no),
                    // Where the condition fails, the whole does: it does not hold.
                    Possible::Either => match (self.possible(yes), self.possible(no)) {
                        (Possible::No, Possible::No) => Possible::No,
                        _ => Possible::Either,
                    },
                }
            }
            NodeKind::InSegment(segment) => (self.segment)(*segment),
            _ => match atom(node, self.finite) {
                Some(fields) if fields.keys().all(|field| self.known.contains(field)) => {
                    match eval::test(node, &self.frame) {
                        Ok(true) => Possible::Yes,
                        Ok(false) => Possible::No,
                        Err(_) => Possible::Either,
                    }
                }
                _ => Possible::Either,
            },
        }
    }

    fn chain(&self, parts: &[Node], decisive: Possible, otherwise: Possible) -> Possible {
        let mut found = otherwise;
        for part in parts {
            match self.possible(part) {
                part if part == decisive => return decisive,
                Possible::Either => found = Possible::Either,
                _ => {}
            }
        }
        found
    }
}

/// The fields and constants of a part that looks at nothing else.
fn atom(node: &Node, finite: &BTreeSet<usize>) -> Option<Compared> {
    let one = |field: usize, constants: Vec<Constant>| Some(Compared::from([(field, constants)]));
    match &node.kind {
        NodeKind::Field(field) if node.ty == Type::Bool => return one(*field, Vec::new()),
        NodeKind::Compare(_, left, right) => {
            if let (NodeKind::Field(field), Some(constant)) = (&left.kind, right.constant()) {
                return one(*field, vec![constant.clone()]);
            }
        }
        NodeKind::InConstants(item, list) => {
            if let NodeKind::Field(field) = item.kind {
                return one(field, list.items.to_vec());
            }
        }
        NodeKind::In(item, list) => {
            if let (Some(constant), NodeKind::Field(field)) = (item.constant(), &list.kind) {
                return one(*field, vec![constant.clone()]);
            }
        }
        _ => {}
    }
    let mut fields = Compared::new();
    of_finite_fields(node, finite, &mut fields).then_some(fields)
}

/// Whether a part looks at nothing but fields all of whose values are tried.
fn of_finite_fields(node: &Node, finite: &BTreeSet<usize>, fields: &mut Compared) -> bool {
    match &node.kind {
        NodeKind::Const(_) => true,
        NodeKind::Field(field) => {
            fields.entry(*field).or_default();
            finite.contains(field)
        }
        NodeKind::Compare(..) | NodeKind::InConstants(..) | NodeKind::Test(..) | NodeKind::Matches(..) => {
            node.children().into_iter().all(|child| of_finite_fields(child, finite, fields))
        }
        _ => false,
    }
}

fn collect(node: &Node, finite: &BTreeSet<usize>, found: &mut Compared) {
    match atom(node, finite) {
        Some(fields) => {
            for (field, constants) in fields {
                found.entry(field).or_default().extend(constants);
            }
        }
        None => node.children().into_iter().for_each(|child| collect(child, finite, found)),
    }
}

fn negated(node: &Node, turned: bool, found: &mut BTreeSet<usize>, asked: &mut BTreeSet<usize>) {
    match &node.kind {
        NodeKind::Not(of) => negated(of, !turned, found, asked),
        NodeKind::Compare(sign, left, right) => {
            if let NodeKind::Field(field) = left.kind {
                if matches!(right.constant(), Some(Constant::Null)) {
                    asked.insert(field);
                } else if turned != (*sign == Comparison::NotEqual) {
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
            let [_, yes, no] = parts.as_ref();
            let (yes, no) = (constants(yes)?, constants(no)?);
            // Where the condition fails there are no points.
            Some((yes.0.min(no.0).min(0.0), yes.1.max(no.1).max(0.0)))
        }
        _ => None,
    }
}
