//! Texts that are known by their views: in one array of views, rows whose views are equal have equal texts. Columns that
//! were read from Parquet, or that hold short texts, repeat views as they repeat texts; then no text is looked at twice.

use arrow_array::StringViewArray;

use super::automaton::Automaton;
use super::memo::Memo;
use crate::columnar::run::BLOCK;
use crate::columnar::source::Texts;

/// Places for views, at first and at most: powers of two.
const LEAST: usize = 1 << 11;
const MOST: usize = 1 << 16;
/// So many rows show whether views repeat.
const TRIAL: usize = 4 * BLOCK;

/// The halves of a view, and its cell.
type Slot = (u64, u64, u32);

/// The cells of a column of texts: by its views where they repeat, by its texts where those do, by the automaton else.
#[derive(Debug, Clone, Default)]
pub(crate) struct Views {
    memo: Memo,
    /// Cells are 0 where there is none. No slot before the first view.
    slots: Vec<Slot>,
    /// Rows since the table became as large as it is, and those of them whose views were not known.
    asked: usize,
    missed: usize,
    given_up: bool,
}

impl Views {
    /// Another array: the same views may be other texts.
    pub(crate) fn forget(&mut self) {
        self.slots.clear();
        (self.asked, self.missed) = (0, 0);
    }

    /// The cells of some rows of a column, as [`Automaton::classify`] says them.
    pub(crate) fn classify(
        &mut self,
        automaton: &mut Automaton,
        texts: &Texts<'_>,
        start: usize,
        valid: &[u8],
        out: &mut [u32],
    ) {
        match texts {
            Texts::View(array) if !self.given_up => {
                let views = array.views().get(start..).unwrap_or(&[]);
                let rows = (0_u16..).zip(views).zip(valid).map(|((row, view), valid)| (row, *view, *valid));
                self.by_views(automaton, array, start, rows, out);
            }
            _ => {
                let mut block = [""; BLOCK];
                let block = block.get_mut(..out.len()).unwrap_or(&mut []);
                texts.block(start, block);
                self.memo.classify(automaton, block, valid, out);
            }
        }
    }

    /// The cells of the texts of some rows, counted from `start`, none of them empty.
    pub(crate) fn classify_rows(
        &mut self,
        automaton: &mut Automaton,
        texts: &Texts<'_>,
        start: usize,
        rows: &[u16],
        out: &mut [u32],
    ) {
        if let (Texts::View(array), false) = (texts, self.given_up) {
            let views = array.views().get(start..).unwrap_or(&[]);
            let of = |row: &u16| (*row, views.get(usize::from(*row)).copied().unwrap_or_default(), 1);
            return self.by_views(automaton, array, start, rows.iter().map(of), out);
        }
        let mut block = [""; BLOCK];
        let block = block.get_mut(..out.len()).unwrap_or(&mut []);
        texts.rows(start, rows, block);
        self.memo.classify(automaton, block, &[1; BLOCK], out);
    }

    /// The cells of rows by their views, and by the mark that is 0 for a row without a cell.
    #[inline(always)]
    fn by_views(
        &mut self,
        automaton: &mut Automaton,
        array: &StringViewArray,
        start: usize,
        rows: impl Iterator<Item = (u16, u128, u8)> + Clone,
        out: &mut [u32],
    ) {
        if self.slots.is_empty() {
            self.slots.resize(LEAST, Slot::default());
        }
        let shift = 64 - self.slots.len().trailing_zeros();
        let mut places = [0_u32; BLOCK];
        // All places before the first look: so many looks wait for memory side by side.
        for (slot, (_, view, _)) in places.iter_mut().zip(rows.clone()) {
            *slot = place(view, shift);
        }
        let mut missing = [(0_u16, 0_u16); BLOCK];
        let (mut count, mut asked) = (0, 0);
        for (at, (((row, view, valid), cell), place)) in (0_u16..).zip(rows.zip(out.iter_mut()).zip(places)) {
            let (low, high, found) = self.slots.get(place as usize).copied().unwrap_or_default();
            let found = if (low, high) == halves(view) { found } else { 0 };
            *cell = found & 0_u32.wrapping_sub(u32::from(valid));
            // Written in any case, and kept if it counts: there is nothing to foresee.
            if let Some(slot) = missing.get_mut(count) {
                *slot = (at, row);
            }
            count += usize::from((found == 0) & (valid == 1));
            asked += usize::from(valid);
        }
        let missing = missing.get(..count).unwrap_or(&[]);
        if !missing.is_empty() {
            self.learn(automaton, array, start, missing, out);
        }
        self.asked += asked;
        self.missed += missing.len();
        if self.asked >= TRIAL && self.missed > self.asked / 8 * 7 {
            *self = Self { given_up: true, memo: std::mem::take(&mut self.memo), ..Self::default() };
        } else if self.missed > self.slots.len() / 2 && self.slots.len() < MOST {
            let size = 2 * self.slots.len();
            self.forget();
            self.slots.resize(size, Slot::default());
        }
    }

    /// Looks at the texts of some rows, and keeps what comes of their views; each with its place in `out`.
    fn learn(
        &mut self,
        automaton: &mut Automaton,
        array: &StringViewArray,
        start: usize,
        rows: &[(u16, u16)],
        out: &mut [u32],
    ) {
        let (mut texts, mut cells) = ([""; BLOCK], [0; BLOCK]);
        let texts = texts.get_mut(..rows.len()).unwrap_or(&mut []);
        let cells = cells.get_mut(..rows.len()).unwrap_or(&mut []);
        for (text, (_, row)) in texts.iter_mut().zip(rows) {
            *text = array.value(start + usize::from(*row));
        }
        self.memo.classify(automaton, texts, &[1; BLOCK], cells);
        let views = array.views().get(start..).unwrap_or(&[]);
        let shift = 64 - self.slots.len().trailing_zeros();
        for ((at, row), cell) in rows.iter().zip(cells) {
            if let (Some(slot), Some(view)) = (out.get_mut(usize::from(*at)), views.get(usize::from(*row))) {
                *slot = *cell;
                if let Some(slot) = self.slots.get_mut(place(*view, shift) as usize) {
                    let (low, high) = halves(*view);
                    *slot = (low, high, *cell);
                }
            }
        }
    }
}

/// Where a view belongs.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the highest bits of a product, sixteen at most")]
fn place(view: u128, shift: u32) -> u32 {
    let (low, high) = halves(view);
    let mixed = low.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ high.wrapping_mul(0xD6E8_FEB8_6659_FD93);
    (mixed >> shift) as u32
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "halves")]
fn halves(view: u128) -> (u64, u64) {
    (view as u64, (view >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::columnar::kernels::atoms::{Atom, Atoms};
    use crate::columnar::tests::cases;
    use arrow_array::builder::StringViewBuilder;
    use arrow_array::{Array, LargeStringArray, StringArray};
    use proptest::prelude::*;

    fn automaton() -> Automaton {
        let list = vec![Atom::Contains("部長".into()), Atom::Equals("".into()), Atom::EndsWith("ab".into())];
        Automaton::new(&Atoms { list }).unwrap()
    }

    fn said(automaton: &Automaton, cells: &[u32]) -> Vec<Option<Vec<bool>>> {
        let of = |cell: &u32| {
            let outcome = cell.checked_sub(1)? as usize;
            Some((0..3).map(|atom| automaton.answer(outcome, atom)).collect())
        };
        cells.iter().map(of).collect()
    }

    /// The answers to a column, block by block of so many rows, from a row on.
    fn answers(
        views: &mut Views,
        texts: &Texts<'_>,
        from: usize,
        valid: &[u8],
        size: usize,
    ) -> Vec<Option<Vec<bool>>> {
        let mut automaton = automaton();
        let mut all = Vec::new();
        for (index, valid) in valid.chunks(size).enumerate() {
            let mut out = vec![9; valid.len()];
            let start = from + index * size;
            views.classify(&mut automaton, texts, start, valid, &mut out);
            let rows: Vec<u16> =
                (0..).zip(valid).filter(|(_, valid)| **valid == 1).map(|(row, _)| row).collect();
            let mut cells = vec![9; rows.len()];
            views.classify_rows(&mut automaton, texts, start, &rows, &mut cells);
            let held: Vec<u32> = out.iter().copied().filter(|cell| *cell > 0).collect();
            assert_eq!(cells, held);
            all.extend(said(&automaton, &out));
        }
        all
    }

    proptest! {
        #![proptest_config(cases(64))]

        /// Short texts and long ones that begin alike, each several times under one view and under several.
        #[test]
        fn views_say_what_their_texts_would(
            texts in prop::collection::vec("[ab]{0,16}|株式会社(部長|[ab]){0,5}", 1..40),
            rows in prop::collection::vec((0_usize..40, any::<bool>()), 1..120),
            size in 1_usize..90,
            from in 0_usize..20,
        ) {
            let mut builder = StringViewBuilder::new();
            (0..from).for_each(|row| builder.append_value(format!("before {row}")));
            let place = builder.append_block(texts.concat().into_bytes().into());
            for (row, valid) in &rows {
                let row = row % texts.len();
                let start = texts[..row].iter().map(String::len).sum::<usize>();
                let (start, length) = (u32::try_from(start).unwrap(), u32::try_from(texts[row].len()).unwrap());
                if *valid { builder.try_append_view(place, start, length).unwrap() } else { builder.append_null() }
            }
            let array = builder.finish();
            let valid: Vec<u8> = rows.iter().map(|(_, valid)| u8::from(*valid)).collect();
            let plain: Vec<&str> = (0..array.len()).map(|row| array.value(row)).collect();
            let small = StringArray::from(plain.clone());
            let large = LargeStringArray::from(plain.clone());
            let mut asked = automaton();
            let mut cells = vec![9; rows.len()];
            asked.classify(&plain[from..], &valid, &mut cells);
            let wanted = said(&asked, &cells);
            let mut views = Views::default();
            prop_assert_eq!(&answers(&mut views, &Texts::View(&array), from, &valid, size), &wanted);
            let mut gone = Views { given_up: true, ..Views::default() };
            for (views, texts) in [(&mut gone, Texts::View(&array)), (&mut Views::default(), Texts::Small(&small)), (&mut Views::default(), Texts::Large(&large))] {
                prop_assert_eq!(&answers(views, &texts, from, &valid, size), &wanted);
            }
        }
    }

    fn column(count: usize, text: impl Fn(usize) -> String) -> StringViewArray {
        (0..count).map(|row| Some(text(row))).collect()
    }

    #[test]
    fn another_array_is_read_anew() {
        let (mut views, mut automaton) = (Views::default(), automaton());
        for ending in ["ab", "ba"] {
            let array = column(100, |_| format!("株式会社山田製作所{ending}"));
            let mut out = [0; 100];
            views.forget();
            views.classify(&mut automaton, &Texts::View(&array), 0, &[1; 100], &mut out);
            assert!(out.iter().all(|cell| automaton.answer(*cell as usize - 1, 2) == (ending == "ab")));
        }
    }

    #[test]
    fn tables_grow_with_what_repeats_and_give_up_on_what_does_not() {
        for (distinct, given_up) in [(6 * BLOCK, false), (usize::MAX, true)] {
            let (mut views, mut automaton) = (Views::default(), automaton());
            // A few texts in between, that always repeat.
            let text = |row: usize| match row % 3 {
                0 if !given_up => "部長".to_owned(),
                _ => format!("{}-ab", row % distinct),
            };
            let array = column(24 * BLOCK, text);
            for block in 0..24 {
                let mut out = [0; BLOCK];
                views.classify(&mut automaton, &Texts::View(&array), block * BLOCK, &[1; BLOCK], &mut out);
                for (row, cell) in (block * BLOCK..).zip(out) {
                    assert_eq!(automaton.answer(cell as usize - 1, 2), array.value(row).ends_with("ab"));
                }
            }
            assert_eq!(views.given_up, given_up);
            assert!(given_up || views.slots.len() > LEAST);
        }
    }
}
