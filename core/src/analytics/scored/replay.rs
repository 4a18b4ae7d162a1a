//! History replayed under a playbook: what a lead was ranked from instant to instant.

use indexmap::IndexMap;

use crate::assessment::Detail;
use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::lead::record::{Lead, Standing};

/// What a playbook said of a lead over time.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    /// One rank for each instant.
    pub(super) ranks: Vec<Option<String>>,
    /// The instants at which it became hot.
    pub(super) heated: Vec<Instant>,
    /// At the last instant.
    pub(super) total: Points,
    pub(super) hot: bool,
}

impl Replayed {
    /// How often the rank changed.
    pub(super) fn changes(&self) -> usize {
        self.ranks.windows(2).filter(|pair| matches!(pair, [a, b] if a != b)).count()
    }

    /// How often it came back to a rank that it had just left.
    pub(super) fn returns(&self) -> usize {
        let mut held: Vec<&Option<String>> = self.ranks.iter().collect();
        held.dedup();
        held.windows(3).filter(|three| matches!(three, [a, _, c] if a == c)).count()
    }
}

/// Ranks a lead at every instant by what was known then; each instant knows the rank held before it.
pub(super) fn replay(
    engine: &Engine,
    card: usize,
    lead: &Lead,
    instants: &[Instant],
) -> Result<Replayed, Error> {
    let prepared = engine.prepare(lead)?;
    // The record's own standing is that of today.
    let mut standing = IndexMap::new();
    let mut found = Replayed::default();
    for at in instants {
        let derivation = prepared.derive_after(&standing, *at, Detail::Figures)?;
        let cards = engine.compiled.cards.iter().zip(&derivation.ranks);
        standing = cards
            .map(|(card, held)| (card.name.clone(), Standing { rank: held.rank.clone(), since: held.since }))
            .collect();
        if let (Some(sheet), Some(decision)) = (derivation.sheets.get(card), derivation.ranks.get(card)) {
            if decision.hot && !found.hot {
                found.heated.push(*at);
            }
            found.hot = decision.hot;
            found.total = sheet.total;
            found.ranks.push(decision.rank.clone());
        }
    }
    Ok(found)
}
