//! Conditions on one text, taken apart: what is asked of the text, and how the answers combine.

use crate::expr::{Comparison, Constant, Node, NodeKind, TextTest};

/// A question to a text that an automaton can answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Atom {
    Equals(Box<str>),
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    Contains(Box<str>),
    Matches(Box<str>),
}

/// A condition over the answers.
#[derive(Debug, Clone)]
pub(crate) enum Tree {
    Const(bool),
    Atom(usize),
    Not(Box<Tree>),
    All(Box<[Tree]>),
    Any(Box<[Tree]>),
}

/// The questions of one column, each once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Atoms {
    pub(crate) list: Vec<Atom>,
}

impl Atoms {
    pub(crate) fn number(&mut self, atom: Atom) -> usize {
        if let Some(known) = self.list.iter().position(|known| *known == atom) {
            return known;
        }
        self.list.push(atom);
        self.list.len() - 1
    }

    /// The condition as a tree over atoms, for texts that are not empty; none if it asks anything else. `subject`
    /// recognises the text.
    pub(crate) fn tree(&mut self, node: &Node, subject: &dyn Fn(&Node) -> bool) -> Option<Tree> {
        Some(match &node.kind {
            NodeKind::Const(Constant::Bool(value)) => Tree::Const(*value),
            NodeKind::Const(Constant::Null) => Tree::Const(false),
            NodeKind::Not(of) => Tree::Not(Box::new(self.tree(of, subject)?)),
            NodeKind::All(parts) => Tree::All(self.trees(parts, subject)?),
            NodeKind::Any(parts) => Tree::Any(self.trees(parts, subject)?),
            NodeKind::Compare(Comparison::Equal, left, right) if subject(left) => {
                self.equals(right.constant()?)?
            }
            NodeKind::Compare(Comparison::NotEqual, left, right) if subject(left) => {
                Tree::Not(Box::new(self.equals(right.constant()?)?))
            }
            NodeKind::InConstants(item, list) if subject(item) => {
                let items = list.items.iter().map(|item| self.equals(item)).collect::<Option<Vec<_>>>()?;
                Tree::Any(items.into_boxed_slice())
            }
            NodeKind::Test(test, text, what) if subject(text) => {
                let Some(Constant::Text(what)) = what.constant() else { return None };
                if what.is_empty() {
                    return Some(Tree::Const(true));
                }
                Tree::Atom(self.number(match test {
                    TextTest::StartsWith => Atom::StartsWith(what.clone()),
                    TextTest::EndsWith => Atom::EndsWith(what.clone()),
                    TextTest::Contains => Atom::Contains(what.clone()),
                }))
            }
            NodeKind::Matches(text, pattern) if subject(text) => {
                Tree::Atom(self.number(Atom::Matches(pattern.source().into())))
            }
            _ => return None,
        })
    }

    fn trees(&mut self, parts: &[Node], subject: &dyn Fn(&Node) -> bool) -> Option<Box<[Tree]>> {
        parts.iter().map(|part| self.tree(part, subject)).collect()
    }

    fn equals(&mut self, constant: &Constant) -> Option<Tree> {
        match constant {
            Constant::Null => Some(Tree::Const(false)),
            Constant::Text(text) => Some(Tree::Atom(self.number(Atom::Equals(text.clone())))),
            _ => None,
        }
    }
}

impl Tree {
    pub(crate) fn holds(&self, answer: &dyn Fn(usize) -> bool) -> bool {
        match self {
            Self::Const(value) => *value,
            Self::Atom(atom) => answer(*atom),
            Self::Not(of) => !of.holds(answer),
            Self::All(parts) => parts.iter().all(|part| part.holds(answer)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(answer)),
        }
    }
}
