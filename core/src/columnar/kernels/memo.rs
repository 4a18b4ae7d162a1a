//! Texts that were seen before and what came of them: columns of prefectures or titles repeat a few texts, and to
//! recognise one takes less than to read it.

use super::automaton::Automaton;

/// Places for texts: a power of two.
const SLOTS: usize = 1 << 11;
/// Texts that are kept: half the places, so that a search is short.
const MOST: usize = SLOTS / 2;

/// The cells of texts; it gives up on a column whose texts do not repeat.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memo {
    /// None of them before the first text.
    slots: Vec<Slot>,
    bytes: Vec<u8>,
    kept: usize,
    seen: usize,
    given_up: bool,
    missing: Vec<u16>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    ends: [u64; 2],
    start: usize,
    length: usize,
    /// 0 where no text is.
    cell: u32,
}

impl Memo {
    /// The cells of texts as [`Automaton::classify`] says them.
    pub(crate) fn classify(
        &mut self,
        automaton: &mut Automaton,
        texts: &[&str],
        valid: &[u8],
        out: &mut [u32],
    ) {
        if self.given_up {
            automaton.classify(texts, valid, out);
            return;
        }
        self.slots.resize(SLOTS, Slot::default());
        self.seen += texts.len();
        let mut missing = std::mem::take(&mut self.missing);
        missing.clear();
        for (row, ((text, valid), slot)) in (0_u16..).zip(texts.iter().zip(valid).zip(out.iter_mut())) {
            *slot = 0;
            if *valid == 1 {
                *slot = self.find(text.as_bytes()).map_or(0, |known| known.cell);
                if *slot == 0 {
                    missing.push(row);
                }
            }
        }
        if !missing.is_empty() {
            self.learn(automaton, texts, &missing, out);
        }
        self.missing = missing;
    }

    /// Asks the automaton about the texts of some rows, and keeps the answers.
    #[cold]
    fn learn(&mut self, automaton: &mut Automaton, texts: &[&str], rows: &[u16], out: &mut [u32]) {
        let text = |row: &u16| texts.get(usize::from(*row)).copied().unwrap_or("");
        let asked: Vec<&str> = rows.iter().map(text).collect();
        let mut cells = vec![0; asked.len()];
        automaton.classify(&asked, &vec![1; asked.len()], &mut cells);
        for ((row, text), cell) in rows.iter().zip(&asked).zip(cells) {
            if let Some(slot) = out.get_mut(usize::from(*row)) {
                *slot = cell;
            }
            self.keep(text.as_bytes(), cell);
        }
        if self.kept >= MOST || self.kept > MOST / 2 + self.seen / 4 {
            *self = Self { given_up: true, ..Self::default() };
        }
    }

    fn keep(&mut self, text: &[u8], cell: u32) {
        if self.kept >= MOST || self.find(text).is_some() {
            return;
        }
        let (ends, mut place) = place(text);
        while self.slots.get(place).is_some_and(|slot| slot.cell != 0) {
            place = (place + 1) % SLOTS;
        }
        if let Some(slot) = self.slots.get_mut(place) {
            *slot = Slot { ends, start: self.bytes.len(), length: text.len(), cell };
            self.bytes.extend(text);
            self.kept += 1;
        }
    }

    #[inline(always)]
    fn find(&self, text: &[u8]) -> Option<&Slot> {
        let (ends, mut place) = place(text);
        loop {
            let slot = self.slots.get(place).filter(|slot| slot.cell != 0)?;
            // Up to sixteen bytes, length and ends are the text.
            if slot.ends == ends
                && slot.length == text.len()
                && (text.len() <= 16 || self.bytes.get(slot.start..slot.start + slot.length) == Some(text))
            {
                return Some(slot);
            }
            place = (place + 1) % SLOTS;
        }
    }
}

/// The first and the last eight bytes of a text, or what there is of them, and where it belongs.
#[inline(always)]
fn place(text: &[u8]) -> ([u64; 2], usize) {
    let ends = match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => [u64::from_le_bytes(*first), u64::from_le_bytes(*last)],
        _ => match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                [u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into()]
            }
            _ => [text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0],
        },
    };
    let length = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let mixed =
        ends[0].wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (ends[1] ^ length).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    let mixed = (mixed ^ mixed >> 32).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (ends, usize::try_from(mixed >> 53).unwrap_or(0) % SLOTS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columnar::kernels::atoms::{Atom, Atoms};
    use crate::columnar::tests::cases;
    use proptest::prelude::*;

    fn automaton() -> Automaton {
        let list = vec![Atom::Contains("部長".into()), Atom::Equals("".into()), Atom::EndsWith("ab".into())];
        Automaton::new(&Atoms { list }).unwrap()
    }

    proptest! {
        #![proptest_config(cases(64))]

        /// Texts of all lengths with few letters, so that some differ in one byte in the middle only.
        #[test]
        fn what_is_remembered_is_what_would_be_said(
            texts in prop::collection::vec("[ab]{0,20}|(部長|a){0,9}", 1..60),
            rows in prop::collection::vec((0_usize..60, any::<bool>()), 1..400),
        ) {
            let (mut plain, mut asked, mut memo) = (automaton(), automaton(), Memo::default());
            for rows in rows.chunks(50) {
                let block: Vec<&str> = rows.iter().map(|(row, _)| texts[row % texts.len()].as_str()).collect();
                let valid: Vec<u8> = rows.iter().map(|(_, valid)| u8::from(*valid)).collect();
                let (mut wanted, mut found) = (vec![9; block.len()], vec![9; block.len()]);
                plain.classify(&block, &valid, &mut wanted);
                memo.classify(&mut asked, &block, &valid, &mut found);
                let said = |automaton: &Automaton, cells: &[u32]| -> Vec<Option<Vec<bool>>> {
                    let of = |cell: &u32| {
                        let outcome = cell.checked_sub(1)? as usize;
                        Some((0..3).map(|atom| automaton.answer(outcome, atom)).collect())
                    };
                    cells.iter().map(of).collect()
                };
                prop_assert_eq!(said(&asked, &found), said(&plain, &wanted));
            }
        }
    }

    #[test]
    fn a_column_whose_texts_do_not_repeat_is_left_alone() {
        let (mut automaton, mut memo) = (automaton(), Memo::default());
        for block in 0..4 {
            let texts: Vec<String> = (0..1_000).map(|row| format!("{block}-{row}-ab")).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut out = vec![0; texts.len()];
            memo.classify(&mut automaton, &texts, &vec![1; texts.len()], &mut out);
            assert!(out.iter().all(|cell| *cell > 0 && automaton.answer(*cell as usize - 1, 2)));
        }
        assert!(memo.given_up);
    }
}
