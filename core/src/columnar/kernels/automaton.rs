//! All questions to a column of texts, answered in one pass over its bytes.
//!
//! Every question is a small automaton: a trie for equality, Knuth-Morris-Pratt for `contains` and `endsWith`, the
//! `regex` family's own for `matches`. Their product is made as texts need it, so it holds the states that occur
//! and not those that could. Eight texts advance side by side, which hides the time that one look-up takes, and two
//! bytes at a time where few pairs of bytes differ in what they do.
//!
//! A text that comes to a transition not made yet falls into state 0, which nothing leaves, and is walked again
//! slowly. So the fast loop needs no branch.

use std::collections::HashMap;
use std::sync::Arc;

use super::atoms::{Atom, Atoms};
use super::part::Part;
use super::symbols::{Code, PAD, classes, pairs, rest};

/// Transitions that the product may have: as many as a `u16` numbers, so that no index needs a check.
const SIZE: usize = 1 << 16;
/// So long that a state and a class always are a place in it.
type Table = [u16; SIZE + 256];
/// Texts that advance side by side.
const LANES: usize = 8;
/// The answers to all questions, per text.
#[derive(Debug, Clone)]
pub(crate) struct Automaton {
    fixed: Arc<Fixed>,
    /// Shared with its clones until one of them learns more.
    learned: Arc<Learned>,
    order: Vec<u16>,
}

/// The part of the product that texts have needed.
#[derive(Debug, Clone)]
struct Learned {
    /// From state and class of byte to the next state; both sides count states in steps of `width`.
    table: Box<Table>,
    /// Whether the table has a column per class of pairs of bytes: quicker, with room for fewer states.
    paired: bool,
    /// What each state means to each part.
    states: Vec<Box<[u16]>>,
    numbers: HashMap<Box<[u16]>, u16>,
    /// What a text that ends in the state answers, as a number of `outcomes`.
    outcome_of: Vec<u32>,
    /// The last state of each part's automaton, as its answer.
    outcomes: Vec<Box<[u16]>>,
    outcome_numbers: HashMap<Box<[u16]>, u32>,
}

#[derive(Debug)]
struct Fixed {
    parts: Vec<Part>,
    /// Per atom: the part that answers it, and the answer that means yes.
    answers: Vec<(usize, u16)>,
    /// How pairs of bytes are told apart, if few differ.
    pairs: Option<Code<{ 1 << 16 }>>,
    /// The same for single bytes.
    bytes: Code<{ 1 << 8 }>,
}

impl Fixed {
    /// Width and shift of the code in use.
    fn shape(&self, paired: bool) -> (u16, u32) {
        let pairs = self.pairs.as_ref().filter(|_| paired).map(|code| (code.width, code.shift));
        pairs.unwrap_or((self.bytes.width, self.bytes.shift))
    }

    fn class(&self, paired: bool, symbol: [u8; 2]) -> u8 {
        let symbol = u16::from_le_bytes(symbol).into();
        self.pairs
            .as_ref()
            .filter(|_| paired)
            .map_or_else(|| self.bytes.class(symbol), |code| code.class(symbol))
    }
}

impl Automaton {
    /// An automaton for all atoms; none if one of them takes too much or cannot be one.
    pub(crate) fn new(atoms: &Atoms) -> Option<Self> {
        let mut parts = Vec::new();
        let mut answers = Vec::with_capacity(atoms.list.len());
        let mut exact = Part::dead();
        let mut literals = 0_u16;
        for atom in &atoms.list {
            if let Atom::Equals(text) = atom {
                literals += 1;
                exact.insert(text.as_bytes(), literals)?;
            }
        }
        if literals > 0 {
            parts.push(exact);
        }
        let mut literal = 0;
        for atom in &atoms.list {
            let part = match atom {
                Atom::Equals(_) => {
                    literal += 1;
                    answers.push((0, literal));
                    continue;
                }
                Atom::StartsWith(text) => Part::prefix(text.as_bytes())?,
                Atom::Contains(text) => Part::substring(text.as_bytes(), true)?,
                Atom::EndsWith(text) => Part::substring(text.as_bytes(), false)?,
                Atom::Matches(pattern) => Part::pattern(pattern)?,
            };
            answers.push((parts.len(), 1));
            parts.push(part);
        }
        let bytes = Code::new(classes(&parts))?;
        let fixed = Fixed {
            pairs: pairs(&parts, bytes.classes.as_slice()).and_then(Code::new),
            bytes,
            parts,
            answers,
        };
        let mut learned = Learned {
            table: vec![0; SIZE + 256].into_boxed_slice().try_into().ok()?,
            paired: fixed.pairs.is_some(),
            states: Vec::new(),
            numbers: HashMap::new(),
            outcome_of: Vec::new(),
            outcomes: Vec::new(),
            outcome_numbers: HashMap::new(),
        };
        learned.begin(&fixed);
        Some(Self { fixed: Arc::new(fixed), learned: Arc::new(learned), order: Vec::new() })
    }

    /// How many different outcomes there have been.
    pub(crate) fn outcomes(&self) -> usize {
        self.learned.outcomes.len()
    }

    /// Whether an atom's answer is yes in an outcome.
    pub(crate) fn answer(&self, outcome: usize, atom: usize) -> bool {
        let Some((part, yes)) = self.fixed.answers.get(atom) else { return false };
        self.learned.outcomes.get(outcome).and_then(|answers| answers.get(*part)) == Some(yes)
    }

    /// How many questions it answers.
    pub(crate) fn questions(&self) -> usize {
        self.fixed.answers.len()
    }

    /// The outcomes of texts, counted from 1; 0 for empty rows, whose texts are not looked at.
    pub(crate) fn classify(&mut self, texts: &[&str], valid: &[u8], out: &mut [u32]) {
        // Texts of like length side by side: then all lanes end together.
        const LONGEST: usize = 255;
        let mut places = [0_u16; LONGEST + 2];
        let mut touched = 0;
        for (text, valid) in texts.iter().zip(valid) {
            // In the order of memory, which the processor foresees; the next pass is in that of lengths.
            touched ^= text.as_bytes().last().copied().unwrap_or(0);
            if let Some(count) = places.get_mut(text.len().min(LONGEST) + 1) {
                *count += u16::from(*valid);
            }
        }
        std::hint::black_box(touched);
        let mut sum = 0;
        for place in &mut places {
            sum += *place;
            *place = sum;
        }
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        order.resize(usize::from(sum), 0);
        for (row, (text, valid)) in (0_u16..).zip(texts.iter().zip(valid)) {
            if *valid == 0 {
                continue;
            }
            if let Some(place) = places.get_mut(text.len().min(LONGEST)) {
                if let Some(slot) = order.get_mut(usize::from(*place)) {
                    *slot = row;
                }
                *place += 1;
            }
        }
        out.fill(0);
        let mut groups = order.chunks_exact(LANES);
        for group in &mut groups {
            let text = |lane: usize| {
                let row = group.get(lane).map_or(0, |row| usize::from(*row));
                texts.get(row).map_or(&[][..], |text| text.as_bytes())
            };
            let group_of = std::array::from_fn(text);
            let learned = &*self.learned;
            let ends = match &self.fixed.pairs {
                Some(pairs) if learned.paired => learned.lanes(pairs, group_of),
                _ => learned.lanes(&self.fixed.bytes, group_of),
            };
            let mut lost = false;
            for (end, row) in ends.iter().zip(group) {
                if let Some(slot) = out.get_mut(usize::from(*row)) {
                    *slot = 1 + learned.outcome(&self.fixed, *end);
                }
                lost |= *end == 0;
            }
            if lost {
                // Only now: making states may number them anew.
                for (_, row) in ends.iter().zip(group).filter(|(end, _)| **end == 0) {
                    self.one(texts, *row, out);
                }
            }
        }
        for row in groups.remainder() {
            self.one(texts, *row, out);
        }
        self.order = order;
    }

    /// One text, by transitions that are there and others that are made now.
    fn one(&mut self, texts: &[&str], row: u16, out: &mut [u32]) {
        let row = usize::from(row);
        let mut text = texts.get(row).map_or(&[][..], |text| text.as_bytes());
        let (mut state, _) = self.fixed.shape(self.learned.paired);
        while let Some((first, rest)) = text.split_first() {
            let mut symbol = [*first, PAD];
            text = rest;
            if let Some((second, rest)) = text.split_first().filter(|_| self.learned.paired) {
                (symbol, text) = ([*first, *second], rest);
            }
            state = match self.learned.next(&self.fixed, state, symbol) {
                Some(next) => next,
                None => Arc::make_mut(&mut self.learned).transition(&self.fixed, state, symbol),
            };
        }
        if let Some(slot) = out.get_mut(row) {
            *slot = 1 + self.learned.outcome(&self.fixed, state);
        }
    }
}

impl Learned {
    /// The outcome of a text that ends in the state.
    fn outcome(&self, fixed: &Fixed, state: u16) -> u32 {
        let (_, shift) = fixed.shape(self.paired);
        self.outcome_of.get(usize::from(state >> shift)).copied().unwrap_or(0)
    }

    /// Where a transition leads, if it has been made.
    fn next(&self, fixed: &Fixed, state: u16, symbol: [u8; 2]) -> Option<u16> {
        let class = fixed.class(self.paired, symbol);
        self.table.get(usize::from(state) + usize::from(class)).copied().filter(|next| *next != 0)
    }

    /// The states in which texts end.
    #[inline(always)]
    fn lanes<const SYMBOLS: usize>(&self, code: &Code<SYMBOLS>, texts: [&[u8]; LANES]) -> [u16; LANES] {
        let bytes = Code::<SYMBOLS>::BYTES;
        let mut states = [code.width; LANES];
        let (shortest, longest) = texts.iter().fold((usize::MAX, 0), |(shortest, longest), text| {
            (text.len().min(shortest), text.len().max(longest))
        });
        let whole = shortest / 8 * 8;
        let [a, b, c, d, e, f, g, h] = texts.map(|text| text.as_chunks::<8>().0.iter());
        let chunks = a.zip(b).zip(c).zip(d).zip(e).zip(f).zip(g).zip(h);
        for (((((((a, b), c), d), e), f), g), h) in chunks {
            let words = [*a, *b, *c, *d, *e, *f, *g, *h].map(u64::from_le_bytes);
            states = step(&self.table, code, states, words, 8 / bytes);
        }
        if shortest == longest && shortest >= 8 {
            // As most groups are: what is left is the end of the last eight bytes, of as many in each.
            let left = longest - whole;
            if left > 0 {
                let words = texts.map(|text| {
                    let last = text.last_chunk::<8>().copied().unwrap_or([PAD; 8]);
                    u64::from_le_bytes(last) >> (64 - 8 * left) | u64::MAX << (8 * left)
                });
                states = step(&self.table, code, states, words, left.div_ceil(bytes));
            }
            return states;
        }
        for at in (whole..longest).step_by(8) {
            let words = texts.map(|text| rest(text, at));
            states = step(&self.table, code, states, words, (longest - at).min(8).div_ceil(bytes));
        }
        states
    }

    /// Makes a transition.
    #[cold]
    fn transition(&mut self, fixed: &Fixed, state: u16, symbol: [u8; 2]) -> u16 {
        let (width, shift) = fixed.shape(self.paired);
        let room = self.states.len() < SIZE / usize::from(width);
        let old = self.states.get(usize::from(state >> shift)).cloned().unwrap_or_default();
        let step = |(part, state): (&Part, &u16)| part.steps(*state, &symbol);
        let new: Box<[u16]> = fixed.parts.iter().zip(old.iter()).map(step).collect();
        if !room && !self.numbers.contains_key(&new) {
            // Full: begin anew. The outcomes stay, and with them what has been said of texts so far. The old state
            // is a new one now, so a text goes on from where it was: at the end of a symbol, whichever code is next.
            self.paired = false;
            self.begin(fixed);
            return self.state(fixed, new);
        }
        let next = self.state(fixed, new);
        let class = fixed.class(self.paired, symbol);
        if let Some(slot) = self.table.get_mut(usize::from(state) + usize::from(class)) {
            *slot = next;
        }
        next
    }

    /// The number of a state, made if it is new.
    fn state(&mut self, fixed: &Fixed, of: Box<[u16]>) -> u16 {
        if let Some(known) = self.numbers.get(&of) {
            return *known;
        }
        let (width, _) = fixed.shape(self.paired);
        let number = u16::try_from(self.states.len()).unwrap_or(0).wrapping_mul(width);
        let answers: Box<[u16]> =
            fixed.parts.iter().zip(of.iter()).map(|(part, state)| part.answer(*state)).collect();
        let next = u32::try_from(self.outcomes.len()).unwrap_or(0);
        let outcome = *self.outcome_numbers.entry(answers.clone()).or_insert(next);
        if outcome == next {
            self.outcomes.push(answers);
        }
        self.outcome_of.push(outcome);
        // The padding leaves every state as it is.
        if let Some(slot) = self.table.get_mut(usize::from(number)) {
            *slot = number;
        }
        self.states.push(of.clone());
        self.numbers.insert(of, number);
        number
    }

    /// State 0, which nothing leaves, and the state in which every text begins.
    fn begin(&mut self, fixed: &Fixed) {
        self.table.fill(0);
        self.numbers.clear();
        self.states.clear();
        self.outcome_of.clear();
        self.states.push(Box::default());
        self.outcome_of.push(0);
        let start = vec![0; fixed.parts.len()].into_boxed_slice();
        self.state(fixed, start);
    }
}

/// So many symbols further, in all lanes. Written out, so that every state has a register of its own.
#[inline(always)]
fn step<const SYMBOLS: usize>(
    table: &Table,
    code: &Code<SYMBOLS>,
    states: [u16; LANES],
    words: [u64; LANES],
    count: usize,
) -> [u16; LANES] {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = states;
    let [mut ta, mut tb, mut tc, mut td, mut te, mut tf, mut tg, mut th] = words;
    let next = |state: u16, word: &mut u64| {
        let class = code.class(*word);
        *word >>= 8 * Code::<SYMBOLS>::BYTES;
        // INVARIANT: the sum of a `u16` and a `u8` is a place of the table, so there is nothing to check.
        table.get(usize::from(state) + usize::from(class)).copied().unwrap_or(0)
    };
    for _ in 0..count {
        a = next(a, &mut ta);
        b = next(b, &mut tb);
        c = next(c, &mut tc);
        d = next(d, &mut td);
        e = next(e, &mut te);
        f = next(f, &mut tf);
        g = next(g, &mut tg);
        h = next(h, &mut th);
    }
    [a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every answer to every text, by the automaton and by hand.
    fn check(atoms: &[Atom], texts: &[&str]) {
        let atoms = Atoms { list: atoms.to_vec() };
        let mut automaton = Automaton::new(&atoms).unwrap();
        for _ in 0..2 {
            let mut out = vec![0; texts.len()];
            automaton.classify(texts, &vec![1; texts.len()], &mut out);
            for (text, outcome) in texts.iter().zip(out) {
                for (number, atom) in atoms.list.iter().enumerate() {
                    let wanted = match atom {
                        Atom::Equals(what) => *text == what.as_ref(),
                        Atom::StartsWith(what) => text.starts_with(what.as_ref()),
                        Atom::EndsWith(what) => text.ends_with(what.as_ref()),
                        Atom::Contains(what) => text.contains(what.as_ref()),
                        Atom::Matches(pattern) => regex::Regex::new(pattern).unwrap().is_match(text),
                    };
                    let found = automaton.answer(outcome as usize - 1, number);
                    assert_eq!(found, wanted, "{atom:?} of {text:?}");
                }
            }
        }
    }

    fn atoms() -> Vec<Atom> {
        vec![
            Atom::Equals("".into()),
            Atom::Equals("ab".into()),
            Atom::Equals("部長".into()),
            Atom::StartsWith("ab".into()),
            Atom::EndsWith("aab".into()),
            Atom::Contains("aabaa".into()),
            Atom::Contains("長".into()),
            Atom::Matches("^a+b?$".into()),
            Atom::Matches("(?i)x|部.長".into()),
            Atom::Matches("[0-9]{3,}$".into()),
        ]
    }

    #[test]
    fn every_question_is_answered_as_it_would_be_alone() {
        let words = ["", "a", "b", "aab", "aabaa", "部", "長", "X", "7", "12345678", "ab"];
        let mut texts = vec![String::new()];
        for length in 0..4 {
            let longer: Vec<String> = texts
                .iter()
                .filter(|text| text.len() >= length)
                .flat_map(|text| words.iter().map(move |word| format!("{text}{word}")))
                .collect();
            texts.extend(longer);
            texts.truncate(3_000);
        }
        texts.push("aab".repeat(200));
        texts.extend((250..270).map(|length| "x長".repeat(length)));
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for block in texts.chunks(1_000) {
            check(&atoms(), block);
        }
    }

    #[test]
    fn pairs_of_bytes_are_taken_where_few_differ() {
        let atoms: Vec<Atom> = atoms().into_iter().filter(|atom| !matches!(atom, Atom::Matches(_))).collect();
        let automaton = Automaton::new(&Atoms { list: atoms.clone() }).unwrap();
        assert!(automaton.fixed.pairs.is_some() && automaton.learned.paired);
        // Of all lengths, so that the last pair is half one in half of them, in groups of one length and of several.
        let mut texts: Vec<String> = Vec::new();
        for length in 0..40 {
            for shift in 0..9 {
                texts.push("aabaab部長b".chars().cycle().skip(shift).take(length).collect());
            }
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        check(&atoms, &texts);
        let wide: Vec<Atom> =
            (b'a'..=b'z').map(|letter| Atom::Contains(char::from(letter).to_string().into())).collect();
        assert!(Automaton::new(&Atoms { list: wide.clone() }).unwrap().fixed.pairs.is_none());
        check(&wide, &["az", "by", "", "hello world"]);
    }

    #[test]
    fn a_full_table_begins_anew() {
        // Every one of these remembers the last nine bytes, so that the product has far more states than room.
        let atoms: Vec<Atom> =
            (0..4).map(|digit| Atom::Matches(format!("{digit}[0-9]{{{}}}$", 4 + digit).into())).collect();
        let mut seed = 7_u64;
        let mut texts = Vec::new();
        for _ in 0..2_000 {
            let mut text = String::new();
            for _ in 0..20 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                text.push(char::from(b'0' + u8::try_from(seed >> 61).unwrap()));
            }
            texts.push(text);
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        for block in texts.chunks(500) {
            check(&atoms, block);
        }
    }

    #[test]
    fn empty_rows_have_no_outcome() {
        let mut automaton = Automaton::new(&Atoms { list: atoms() }).unwrap();
        let mut out = [9; 3];
        automaton.classify(&["ab", "ab", "x"], &[1, 0, 1], &mut out);
        assert_eq!(out[1], 0);
        assert!(out[0] > 0 && out[2] > 0 && out[0] != out[2]);
    }

    #[test]
    fn what_needs_to_look_around_words_is_left_to_others() {
        let atoms = Atoms { list: vec![Atom::Matches("\\bKK\\b".into())] };
        assert!(Automaton::new(&atoms).is_none());
    }
}
