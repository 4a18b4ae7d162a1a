//! Conditions as sets of combinations of cells.

use super::cells::{Key, Variable};
use super::{ALL, NONE, Verifier};
use crate::expr::{Constant, Node, NodeKind, Program, comparison};
use crate::lead::model::FieldType;

impl Verifier<'_> {
    /// The leads that a team covers.
    pub(super) fn covers(&mut self, team: usize) -> u32 {
        let Some(found) = self.routing.teams.get(team) else { return NONE };
        let mut all = self.own(team);
        for above in &found.above {
            let more = self.own(*above);
            all = self.sets.and(all, more);
        }
        let named = self.named(team);
        self.sets.or(named, all)
    }

    fn own(&mut self, team: usize) -> u32 {
        let Some(found) = self.routing.teams.get(team) else { return NONE };
        let named = self.named(team);
        let covers = match &found.covers {
            Some(covers) => self.set(covers, covers.root()),
            None if found.accounts.is_empty() => ALL,
            None => NONE,
        };
        self.sets.or(named, covers)
    }

    pub(super) fn named(&mut self, team: usize) -> u32 {
        match self.numbers.get(&Key::Named(team)) {
            Some(number) => self.sets.values(*number, |value| value == 0),
            None => NONE,
        }
    }

    pub(super) fn set(&mut self, program: &Program, node: &Node) -> u32 {
        match &node.kind {
            NodeKind::Const(Constant::Bool(value)) => u32::from(*value),
            NodeKind::All(parts) => parts.iter().fold(ALL, |set, part| {
                let part = self.set(program, part);
                self.sets.and(set, part)
            }),
            NodeKind::Any(parts) => parts.iter().fold(NONE, |set, part| {
                let part = self.set(program, part);
                self.sets.or(set, part)
            }),
            NodeKind::Not(of) => {
                let set = self.set(program, of);
                self.sets.not(set)
            }
            _ => {
                let (key, _) = self.key(program, node);
                let Some(number) = self.numbers.get(&key).copied() else { return NONE };
                if matches!(key, Key::Has(..) | Key::Opaque(_)) {
                    return self.sets.values(number, |value| value == 0);
                }
                let cells =
                    self.variables.get(number).map(|variable| variable.cells.as_slice()).unwrap_or_default();
                let held: Vec<bool> = cells.iter().map(|cell| self.holds(&key, cell, node)).collect();
                self.sets.values(number, |value| held.get(value).copied().unwrap_or(false))
            }
        }
    }

    pub(super) fn collect(&mut self, program: &Program, node: &Node) {
        match &node.kind {
            NodeKind::Const(Constant::Bool(_)) => {}
            NodeKind::All(parts) | NodeKind::Any(parts) => {
                parts.iter().for_each(|part| self.collect(program, part))
            }
            NodeKind::Not(of) => self.collect(program, of),
            _ => {
                let (key, constants) = self.key(program, node);
                let number = self.variable(key);
                if let Some(variable) = self.variables.get_mut(number) {
                    variable.constants.extend(constants);
                }
            }
        }
    }

    pub(super) fn collect_team(&mut self, team: usize) {
        let Some(found) = self.routing.teams.get(team) else { return };
        for team in std::iter::once(team).chain(found.above.iter().copied()) {
            let Some(found) = self.routing.teams.get(team) else { continue };
            if !found.accounts.is_empty() {
                self.variable(Key::Named(team));
            }
            if let Some(covers) = &found.covers {
                self.collect(covers, covers.root());
            }
        }
    }

    fn variable(&mut self, key: Key) -> usize {
        let next = self.variables.len();
        let number = *self.numbers.entry(key.clone()).or_insert(next);
        if number == next {
            self.variables.push(Variable { key, constants: Vec::new(), cells: Vec::new() });
        }
        number
    }

    /// What a condition without parts looks at, and the constants that it compares with.
    fn key(&self, program: &Program, node: &Node) -> (Key, Vec<Constant>) {
        let opaque = || {
            let text = program.source().get(node.extent.start..node.extent.end).unwrap_or("");
            (Key::Opaque(text.into()), Vec::new())
        };
        match &node.kind {
            NodeKind::In(item, list) => match (item.constant(), &list.kind) {
                (Some(Constant::Text(text)), NodeKind::Field(field)) => {
                    (Key::Has(*field, text.clone()), Vec::new())
                }
                _ => opaque(),
            },
            NodeKind::Compare(..) | NodeKind::InConstants(..) => {
                let compared = comparison(node).and_then(|(what, with)| Some((self.place(what)?, with)));
                compared.map_or_else(opaque, |(key, constants)| (key, constants.to_vec()))
            }
            _ => match self.place(node) {
                Some(key) => (key, vec![Constant::Bool(true)]),
                None => opaque(),
            },
        }
    }

    /// The part of a lead that a node is, where it has cells.
    fn place(&self, node: &Node) -> Option<Key> {
        Some(match &node.kind {
            NodeKind::Field(field) if self.model.field_at(*field)?.1.kind != FieldType::Set => {
                Key::Field(*field)
            }
            NodeKind::Rank(card) => Key::Rank(*card),
            NodeKind::Figure(card, figure) => Key::Figure(*card, *figure),
            NodeKind::Account(part) => Key::Account(*part),
            NodeKind::Source(key) => Key::Source(key.clone()),
            _ => return None,
        })
    }
}
