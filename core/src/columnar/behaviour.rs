//! Rules on activities, reckoned up for whole tables.

use std::num::NonZeroUsize;

use crate::base::error::Error;
use crate::columnar::activities::Bound;
use crate::columnar::keys::Keys;
use crate::columnar::plan::Scope;
use crate::playbook::compile::Compiled;

#[derive(Debug)]
pub(crate) struct Behaviour {}

impl Behaviour {
    pub(crate) fn plan(_compiled: &Compiled, _scope: &Scope) -> Self {
        Self {}
    }
    pub(crate) fn covers(&self, _card: usize, _rule: usize) -> bool {
        false
    }
    pub(crate) fn uncovered(&self, compiled: &Compiled, scope: &Scope) -> Vec<(usize, usize)> {
        let mut rest = Vec::new();
        for (card, policy) in compiled.scoring.cards.iter().enumerate() {
            for (number, rule) in policy.rules.iter().enumerate() {
                if scope.scored(card) && rule.on.is_some() && !self.covers(card, number) {
                    rest.push((card, number));
                }
            }
        }
        rest
    }
    pub(crate) fn properties(&self) -> impl Iterator<Item = (usize, usize)> {
        std::iter::empty()
    }
    pub(crate) fn run(self, _c: &Compiled, _b: &[Bound<'_>], _k: &Keys, _at: i64, _t: Option<NonZeroUsize>) -> Self {
        self
    }
    pub(crate) fn add(&self, _key: u32, _add: impl FnMut(usize, i64, i64)) -> Result<(), Error> {
        Ok(())
    }
}
