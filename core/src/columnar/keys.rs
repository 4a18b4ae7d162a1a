//! From ids to numbers: the one hash table of a join.
//!
//! Open addressing with linear probing. The numbers are given in the order of insertion, so nothing depends on
//! the order of the table.

use crate::columnar::bind::Ids;
use crate::columnar::source::{Form, Number, Reading};
use crate::lead::model::Model;

/// No number.
pub(crate) const NONE: u32 = u32::MAX;

/// Ids and their numbers, from 0.
#[derive(Debug)]
pub(crate) enum Keys {
    Numbers(NumberKeys),
    Texts(TextKeys),
}

#[derive(Debug)]
pub(crate) struct NumberKeys {
    slots: Vec<(i64, u32)>,
    count: u32,
}

#[derive(Debug)]
pub(crate) struct TextKeys {
    /// The upper half of the hash and the number.
    slots: Vec<(u32, u32)>,
    /// Where each id ends in `bytes`.
    ends: Vec<usize>,
    bytes: Vec<u8>,
}

impl Keys {
    pub(crate) fn new(numbers: bool, expected: usize) -> Self {
        let slots = (expected.max(16) * 2).next_power_of_two();
        if numbers {
            Self::Numbers(NumberKeys { slots: vec![(0, NONE); slots], count: 0 })
        } else {
            Self::Texts(TextKeys { slots: vec![(0, NONE); slots], ends: Vec::new(), bytes: Vec::new() })
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Numbers(keys) => keys.count as usize,
            Self::Texts(keys) => keys.ends.len(),
        }
    }

    /// The same with the digits of numbers: for a table whose other side holds texts.
    pub(crate) fn into_texts(self) -> Self {
        let Self::Numbers(keys) = self else { return self };
        let mut ids: Vec<(u32, i64)> = keys
            .slots
            .into_iter()
            .filter(|(_, number)| *number != NONE)
            .map(|(id, number)| (number, id))
            .collect();
        ids.sort_unstable();
        let mut texts = Self::new(false, ids.len());
        if let Self::Texts(texts) = &mut texts {
            for (_, id) in ids {
                texts.insert(id.to_string().as_bytes());
            }
        }
        texts
    }

    /// The number of an id in a row, given anew if it has none; [`NONE`] for an empty id.
    pub(crate) fn insert(&mut self, model: &Model, ids: &Ids<'_>, row: usize) -> u32 {
        match self {
            Self::Numbers(keys) => number(ids, row).map_or(NONE, |id| keys.insert(id)),
            Self::Texts(keys) => ids.text(model, row).map_or(NONE, |id| keys.insert(id.as_bytes())),
        }
    }

    /// The numbers of the ids of a block, where `wanted` is 1; [`NONE`] for those that have none.
    pub(crate) fn block(&self, model: &Model, ids: &Ids<'_>, start: usize, out: &mut [u32], wanted: &[u8]) {
        match (self, ids.source.form()) {
            (Self::Numbers(keys), Form::Number(Number::I64(array), Reading::Plain))
                if ids.source.nulls().is_none() =>
            {
                let mut last = (0, NONE);
                let values = array.values().get(start..).unwrap_or(&[]);
                for ((slot, id), wanted) in out.iter_mut().zip(values).zip(wanted) {
                    if *wanted == 0 {
                        continue;
                    }
                    if last.1 == NONE || last.0 != *id {
                        last = (*id, keys.find(*id));
                    }
                    *slot = last.1;
                }
            }
            (Self::Numbers(keys), _) => {
                for (offset, (slot, wanted)) in out.iter_mut().zip(wanted).enumerate() {
                    if *wanted == 0 {
                        continue;
                    }
                    *slot = number(ids, start + offset).map_or(NONE, |id| keys.find(id));
                }
            }
            (Self::Texts(keys), _) => {
                let mut last: Option<(std::borrow::Cow<'_, str>, u32)> = None;
                for (offset, (slot, wanted)) in out.iter_mut().zip(wanted).enumerate() {
                    if *wanted == 0 {
                        continue;
                    }
                    let Some(id) = ids.text(model, start + offset) else {
                        *slot = NONE;
                        continue;
                    };
                    match &last {
                        Some((known, number)) if *known == id => *slot = *number,
                        _ => {
                            *slot = keys.find(id.as_bytes());
                            last = Some((id, *slot));
                        }
                    }
                }
            }
        }
    }
}

fn number(ids: &Ids<'_>, row: usize) -> Option<i64> {
    if ids.source.is_null(row) {
        return None;
    }
    match ids.source.form() {
        Form::Number(number, _) => number.whole(row).ok().flatten(),
        Form::Dictionary(codes, values) => {
            let place = codes.value(row);
            match values.form() {
                Form::Number(number, _) if !values.is_null(place) => number.whole(place).ok().flatten(),
                _ => None,
            }
        }
        _ => None,
    }
}

const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

fn hash_number(id: i64) -> u64 {
    let mixed = id.cast_unsigned().wrapping_mul(MULTIPLIER);
    mixed ^ (mixed >> 32)
}

/// Eight bytes at a time, folded by multiplication.
pub(crate) fn hash_text(bytes: &[u8]) -> u64 {
    let mut hash = (bytes.len() as u64).wrapping_mul(MULTIPLIER);
    let mut chunks = bytes.chunks_exact(8);
    let fold = |hash: u64, word: u64| {
        let wide = u128::from(hash ^ word) * u128::from(0xD6E8_FEB8_6659_FD93_u64);
        let low = u64::try_from(wide & u128::from(u64::MAX)).unwrap_or(0);
        low ^ u64::try_from(wide >> 64).unwrap_or(0)
    };
    for chunk in &mut chunks {
        hash = fold(hash, u64::from_le_bytes(chunk.try_into().unwrap_or_default()));
    }
    let mut tail = [0; 8];
    for (slot, byte) in tail.iter_mut().zip(chunks.remainder()) {
        *slot = *byte;
    }
    hash = fold(hash, u64::from_le_bytes(tail) ^ MULTIPLIER);
    hash ^ (hash >> 32)
}

#[expect(clippy::cast_possible_truncation, reason = "a mask below 2^32 follows")]
fn place(hash: u64, slots: usize) -> usize {
    hash as usize & slots.wrapping_sub(1)
}

impl NumberKeys {
    fn find(&self, id: i64) -> u32 {
        let mut at = place(hash_number(id), self.slots.len());
        loop {
            match self.slots.get(at) {
                Some((known, number)) if *number != NONE => {
                    if *known == id {
                        return *number;
                    }
                }
                _ => return NONE,
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    fn insert(&mut self, id: i64) -> u32 {
        if (self.count as usize + 1) * 2 > self.slots.len() {
            let doubled = self.slots.len() * 2;
            let old = std::mem::replace(&mut self.slots, vec![(0, NONE); doubled]);
            for (id, number) in old.into_iter().filter(|(_, number)| *number != NONE) {
                self.put(id, number);
            }
        }
        let found = self.find(id);
        if found != NONE {
            return found;
        }
        let number = self.count;
        self.count += 1;
        self.put(id, number);
        number
    }

    fn put(&mut self, id: i64, number: u32) {
        let mask = self.slots.len() - 1;
        let mut at = place(hash_number(id), self.slots.len());
        while self.slots.get(at).is_some_and(|(_, number)| *number != NONE) {
            at = (at + 1) & mask;
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = (id, number);
        }
    }
}

impl TextKeys {
    fn text(&self, number: u32) -> &[u8] {
        let index = number as usize;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(0);
        self.bytes.get(start..end).unwrap_or(&[])
    }

    fn tag(hash: u64) -> u32 {
        (hash >> 32) as u32
    }

    fn find(&self, id: &[u8]) -> u32 {
        let hash = hash_text(id);
        let mut at = place(hash, self.slots.len());
        loop {
            match self.slots.get(at) {
                Some((tag, number)) if *number != NONE => {
                    if *tag == Self::tag(hash) && self.text(*number) == id {
                        return *number;
                    }
                }
                _ => return NONE,
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    fn insert(&mut self, id: &[u8]) -> u32 {
        if (self.ends.len() + 1) * 2 > self.slots.len() {
            self.slots = vec![(0, NONE); self.slots.len() * 2];
            for number in 0..u32::try_from(self.ends.len()).unwrap_or(NONE) {
                let hash = hash_text(self.text(number));
                self.put(hash, number);
            }
        }
        let found = self.find(id);
        if found != NONE {
            return found;
        }
        // INVARIANT: batches of more than four thousand million rows do not fit into memory.
        let number = u32::try_from(self.ends.len()).unwrap_or(NONE);
        self.bytes.extend_from_slice(id);
        self.ends.push(self.bytes.len());
        self.put(hash_text(id), number);
        number
    }

    fn put(&mut self, hash: u64, number: u32) {
        let mask = self.slots.len() - 1;
        let mut at = place(hash, self.slots.len());
        while self.slots.get(at).is_some_and(|(_, number)| *number != NONE) {
            at = (at + 1) & mask;
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = (Self::tag(hash), number);
        }
    }
}
