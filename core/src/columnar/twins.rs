//! Activities that a table holds twice: the id of an activity is unique within its lead, as in the record.

use crate::columnar::activities::Bound;
use crate::columnar::keys::{Keys, NONE, hash_text};
use crate::columnar::run::BLOCK;
use crate::lead::model::Model;

/// Rows that say again what an earlier row said.
#[derive(Debug, Default)]
pub(crate) struct Twins {
    /// Per batch, per row; empty where no row of the table is one.
    again: Vec<Vec<bool>>,
}

/// A row that bears an id which an earlier row of the same lead bears, with something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Conflict {
    pub(crate) batch: usize,
    pub(crate) row: usize,
    pub(crate) key: u32,
}

/// Rows of one part of the ids: as many as are put in order within the cache.
const PART: usize = 1 << 15;

impl Twins {
    /// Finds them, and what contradicts itself.
    pub(crate) fn find(model: &Model, bound: &[Bound<'_>], keys: &Keys) -> (Self, Vec<Conflict>) {
        let rows: usize = bound.iter().filter(|bound| bound.id.is_some()).map(|bound| bound.rows).sum();
        if rows == 0 {
            return (Self::default(), Vec::new());
        }
        let parts = rows.div_ceil(PART).next_power_of_two();
        let shift = 64 - parts.trailing_zeros();
        let mut dealt: Vec<Vec<(u64, u32, u32)>> = vec![Vec::with_capacity(rows / parts * 9 / 8); parts];
        let mut numbers = [NONE; BLOCK];
        for (batch, bound) in (0_u32..).zip(bound) {
            let Some(ids) = &bound.id else { continue };
            for start in (0..bound.rows).step_by(BLOCK) {
                let numbers = numbers.get_mut(..BLOCK.min(bound.rows - start)).unwrap_or(&mut []);
                keys.block(model, &bound.lead, start, numbers, &[1; BLOCK]);
                for (row, key) in (start..).zip(numbers.iter()) {
                    let Some(id) = ids.text(model, row).filter(|_| *key != NONE) else { continue };
                    let hash = hash_text(id.as_bytes()) ^ u64::from(*key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                    let hash = hash ^ (hash << 32);
                    let place = usize::try_from(hash.checked_shr(shift).unwrap_or(0)).unwrap_or(0);
                    if let (Some(part), Ok(row)) = (dealt.get_mut(place), u32::try_from(row)) {
                        part.push((hash, batch, row));
                    }
                }
            }
        }
        let mut twins = Self::default();
        let mut conflicts = Vec::new();
        for mut part in dealt {
            part.sort_unstable();
            for alike in part.chunk_by(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1) {
                twins.settle(model, bound, keys, alike, &mut conflicts);
            }
        }
        conflicts.sort_unstable();
        (twins, conflicts)
    }

    /// Whether a row says again what an earlier one said.
    pub(crate) fn again(&self, batch: usize, row: usize) -> bool {
        self.again.get(batch).and_then(|rows| rows.get(row)).copied().unwrap_or(false)
    }

    /// Takes the marks of such rows of a block away.
    pub(crate) fn leave_out(&self, batch: usize, start: usize, wanted: &mut [u8]) {
        let rows = self.again.get(batch).and_then(|rows| rows.get(start..)).unwrap_or(&[]);
        for (wanted, again) in wanted.iter_mut().zip(rows) {
            *wanted &= u8::from(!again);
        }
    }

    /// Rows with one hash, in the order of the table.
    fn settle(
        &mut self,
        model: &Model,
        bound: &[Bound<'_>],
        keys: &Keys,
        alike: &[(u64, u32, u32)],
        conflicts: &mut Vec<Conflict>,
    ) {
        let key = |of: &Bound<'_>, row: usize| {
            let mut key = [NONE];
            keys.block(model, &of.lead, row, &mut key, &[1]);
            key[0]
        };
        let mut firsts: Vec<(&Bound<'_>, usize, u32)> = Vec::new();
        for (_, batch, row) in alike {
            let (batch, row) = (*batch as usize, *row as usize);
            let Some(of) = bound.get(batch) else { continue };
            let own = key(of, row);
            let id = of.id.as_ref().and_then(|ids| ids.text(model, row));
            let known = firsts.iter().find(|(first, at, key)| {
                *key == own && first.id.as_ref().and_then(|ids| ids.text(model, *at)) == id
            });
            match known {
                None => firsts.push((of, row, own)),
                Some((first, at, _)) if first.says_the_same(model, *at, of, row) => {
                    if self.again.is_empty() {
                        self.again = bound.iter().map(|bound| vec![false; bound.rows]).collect();
                    }
                    if let Some(flag) = self.again.get_mut(batch).and_then(|rows| rows.get_mut(row)) {
                        *flag = true;
                    }
                }
                Some(_) => conflicts.push(Conflict { batch, row, key: own }),
            }
        }
    }
}
