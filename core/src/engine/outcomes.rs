//! What is derived of a lead that held no rank before, by number: of many leads few differ in more than figures, so the
//! words are made once for all that share them.

use crate::assessment::Assessment;
use crate::base::diagnostic::Diagnostic;
use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::time::Instant;
use crate::engine::{Derivation, Engine};
use crate::expr::{Derived, Figure, Frame};
use crate::lead::facts::Facts;
use crate::playbook::compile::Compiled;
use crate::qualification::Outcome;
use crate::scoring::ScoreSheet;

/// Sheets without ledgers, what decides the ranks, and segments.
pub(crate) struct Outcomes<'e> {
    compiled: &'e Compiled,
    pub(crate) sheets: Vec<ScoreSheet>,
    pub(crate) ranks: Vec<Outcome>,
    pub(crate) members: Vec<bool>,
    pub(crate) warnings: Vec<Diagnostic>,
}

impl Engine {
    /// What [`Engine::derive`] says of a lead without standing.
    pub(crate) fn outcomes(&self, facts: &Facts<'_>, at: Instant) -> Result<Outcomes<'_>, Error> {
        let compiled = &*self.compiled;
        let at = at.micros();
        let mut warnings = Vec::new();
        let sheets = compiled.scoring.score(&compiled.model, facts, at, false, &mut warnings)?;
        let (ranks, members) = (Vec::new(), Vec::new());
        let mut found = Outcomes { compiled, sheets, ranks, members, warnings: Vec::new() };
        let mut ranks = Vec::with_capacity(compiled.cards.len());
        for (card, sheet) in compiled.cards.iter().zip(&found.sheets) {
            let frame = Frame { facts, at, activity: None, derived: Some(&found) };
            ranks.push(card.qualification.outcome(&frame, sheet, &mut warnings));
        }
        found.ranks = ranks;
        found.members = vec![false; compiled.segments.segments.len()];
        for index in &compiled.segments.order {
            let frame = Frame { facts, at, activity: None, derived: Some(&found) };
            let member = compiled.segments.decide(*index, &frame, &mut warnings);
            if let Some(slot) = found.members.get_mut(*index) {
                *slot = member;
            }
        }
        found.warnings = warnings;
        Ok(found)
    }
}

impl Outcomes<'_> {
    /// The same in words.
    pub(crate) fn assessment(self, engine: &Engine, lead: String, at: Instant) -> Assessment {
        let cards = self.compiled.cards.iter().zip(&self.ranks);
        let ranks = cards.map(|(card, outcome)| card.qualification.in_words(*outcome, at)).collect();
        let (sheets, members, warnings) = (self.sheets, self.members, self.warnings);
        Derivation { sheets, ranks, members, warnings, account: None }.assessment(engine, lead, at)
    }
}

impl Derived for Outcomes<'_> {
    fn figure(&self, card: usize, figure: Figure) -> Points {
        self.sheets.get(card).map_or(Points::ZERO, |sheet| sheet.figure(figure))
    }

    fn rank(&self, card: usize) -> Option<&str> {
        self.compiled.cards.get(card)?.qualification.name_of(*self.ranks.get(card)?)
    }

    fn in_segment(&self, segment: usize) -> bool {
        self.members.get(segment).copied().unwrap_or(false)
    }
}
