//! All questions to a column of texts, answered in one pass over its bytes.
//!
//! Every question is a small automaton: a trie for equality, Knuth-Morris-Pratt for `contains` and `endsWith`, the
//! `regex` family's own for `matches`. Their product is made as texts need it, so it holds the states that occur
//! and not those that could. Eight texts advance side by side, which hides the time that one look-up takes.
//!
//! A text that comes to a transition not made yet falls into state 0, which nothing leaves, and is walked again
//! slowly. So the fast loop needs no branch.

use std::collections::HashMap;
use std::sync::Arc;

use super::atoms::{Atom, Atoms};
use super::part::{Part, classes};

/// Transitions that the product may have: as many as a `u16` numbers, so that no index needs a check.
const SIZE: usize = 1 << 16;
/// So long that a state and a class always are a place in it.
type Table = [u16; SIZE + 256];
/// Texts that advance side by side.
const LANES: usize = 8;
/// Never part of a text in UTF-8: it fills up the last word, and leaves every state as it is.
pub(super) const PAD: u8 = 0xFF;

/// The answers to all questions, per text.
#[derive(Debug, Clone)]
pub(crate) struct Automaton {
    fixed: Arc<Fixed>,
    /// From state and class of byte to the next state; both sides count states in steps of `width`.
    table: Box<Table>,
    /// What each state means to each part.
    states: Vec<Box<[u16]>>,
    numbers: HashMap<Box<[u16]>, u16>,
    /// What a text that ends in the state answers, as a number of `outcomes`.
    outcome_of: Vec<u32>,
    /// The last state of each part's automaton, as its answer.
    outcomes: Vec<Box<[u16]>>,
    outcome_numbers: HashMap<Box<[u16]>, u32>,
    order: Vec<u16>,
}

#[derive(Debug)]
struct Fixed {
    parts: Vec<Part>,
    /// Per atom: the part that answers it, and the answer that means yes.
    answers: Vec<(usize, u16)>,
    classes: [u8; 256],
    /// A byte of each class.
    samples: Vec<u8>,
    /// States count in such steps: a power of two above the number of classes.
    width: u16,
    /// The same as a number of bits.
    shift: u32,
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
        let (classes, samples) = classes(&parts);
        let width = u16::try_from((samples.len()).next_power_of_two()).ok()?;
        let shift = width.trailing_zeros();
        let fixed = Fixed { parts, answers, classes, samples, width, shift };
        let mut automaton = Self {
            fixed: Arc::new(fixed),
            table: vec![0; SIZE + 256].into_boxed_slice().try_into().ok()?,
            states: Vec::new(),
            numbers: HashMap::new(),
            outcome_of: Vec::new(),
            outcomes: Vec::new(),
            outcome_numbers: HashMap::new(),
            order: Vec::new(),
        };
        automaton.begin();
        Some(automaton)
    }

    /// How many different outcomes there have been.
    pub(crate) fn outcomes(&self) -> usize {
        self.outcomes.len()
    }

    /// Whether an atom's answer is yes in an outcome.
    pub(crate) fn answer(&self, outcome: usize, atom: usize) -> bool {
        let Some((part, yes)) = self.fixed.answers.get(atom) else { return false };
        self.outcomes.get(outcome).and_then(|answers| answers.get(*part)) == Some(yes)
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
        for (text, valid) in texts.iter().zip(valid) {
            if let Some(count) = places.get_mut(text.len().min(LONGEST) + 1) {
                *count += u16::from(*valid);
            }
        }
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
            let ends = self.lanes(std::array::from_fn(text));
            let mut lost = false;
            for (end, row) in ends.iter().zip(group) {
                if let Some(slot) = out.get_mut(usize::from(*row)) {
                    let state = usize::from(*end >> self.fixed.shift);
                    *slot = 1 + self.outcome_of.get(state).copied().unwrap_or(0);
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

    /// The states in which texts end.
    fn lanes(&self, texts: [&[u8]; LANES]) -> [u16; LANES] {
        let mut states = [self.fixed.width; LANES];
        let (shortest, longest) = texts.iter().fold((usize::MAX, 0), |(shortest, longest), text| {
            (text.len().min(shortest), text.len().max(longest))
        });
        let whole = shortest / 8 * 8;
        for at in (0..whole).step_by(8) {
            let bytes = texts.map(|text| {
                let bytes = text.get(at..at + 8).and_then(|bytes| bytes.first_chunk::<8>());
                bytes.copied().unwrap_or([PAD; 8])
            });
            states = step(&self.table, &self.fixed.classes, states, &bytes, 8);
        }
        for at in (whole..longest).step_by(8) {
            let bytes = texts.map(|text| rest(text, at).to_le_bytes());
            states = step(&self.table, &self.fixed.classes, states, &bytes, longest - at);
        }
        states
    }

    /// One text, by transitions that are there and others that are made now.
    fn one(&mut self, texts: &[&str], row: u16, out: &mut [u32]) {
        let row = usize::from(row);
        let text = texts.get(row).copied().unwrap_or("");
        let width = self.fixed.width;
        let mut state = width;
        for byte in text.bytes() {
            let class = self.fixed.classes.get(usize::from(byte)).copied().unwrap_or(0);
            let at = usize::from(state) + usize::from(class);
            state = match self.table.get(at) {
                Some(next) if *next != 0 => *next,
                _ => self.transition(state, class),
            };
        }
        if let Some(slot) = out.get_mut(row) {
            *slot = 1 + self.outcome_of.get(usize::from(state >> self.fixed.shift)).copied().unwrap_or(0);
        }
    }

    /// Makes a transition.
    #[cold]
    fn transition(&mut self, state: u16, class: u8) -> u16 {
        let fixed = Arc::clone(&self.fixed);
        let byte = fixed.samples.get(usize::from(class)).copied().unwrap_or(0);
        let old = self.states.get(usize::from(state >> fixed.shift)).cloned().unwrap_or_default();
        let new: Box<[u16]> =
            fixed.parts.iter().zip(old.iter()).map(|(part, state)| part.step(*state, byte)).collect();
        let room = self.states.len() < SIZE / usize::from(fixed.width);
        if !room && !self.numbers.contains_key(&new) {
            // Full: begin anew. The outcomes stay, and with them what has been said of texts so far.
            self.begin();
            return self.state(new);
        }
        let next = self.state(new);
        if let Some(slot) = self.table.get_mut(usize::from(state) + usize::from(class)) {
            *slot = next;
        }
        next
    }

    /// The number of a state, made if it is new.
    fn state(&mut self, of: Box<[u16]>) -> u16 {
        if let Some(known) = self.numbers.get(&of) {
            return *known;
        }
        let width = self.fixed.width;
        let number = u16::try_from(self.states.len()).unwrap_or(0).wrapping_mul(width);
        let answers: Box<[u16]> =
            self.fixed.parts.iter().zip(of.iter()).map(|(part, state)| part.answer(*state)).collect();
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
    fn begin(&mut self) {
        self.table.fill(0);
        self.numbers.clear();
        self.states.clear();
        self.outcome_of.clear();
        self.states.push(Box::default());
        self.outcome_of.push(0);
        let start = vec![0; self.fixed.parts.len()].into_boxed_slice();
        self.state(start);
    }
}

/// Up to eight bytes further, in all lanes. Written out, so that every state has a register of its own.
#[inline(always)]
fn step(
    table: &Table,
    classes: &[u8; 256],
    states: [u16; LANES],
    bytes: &[[u8; 8]; LANES],
    count: usize,
) -> [u16; LANES] {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = states;
    let [ta, tb, tc, td, te, tf, tg, th] = bytes;
    let next = |state: u16, byte: Option<&u8>| {
        let class = byte.and_then(|byte| classes.get(usize::from(*byte))).copied().unwrap_or(0);
        // INVARIANT: the sum of a `u16` and a `u8` is a place of the table, so there is nothing to check.
        table.get(usize::from(state) + usize::from(class)).copied().unwrap_or(0)
    };
    for index in 0..count.min(8) {
        a = next(a, ta.get(index));
        b = next(b, tb.get(index));
        c = next(c, tc.get(index));
        d = next(d, td.get(index));
        e = next(e, te.get(index));
        f = next(f, tf.get(index));
        g = next(g, tg.get(index));
        h = next(h, th.get(index));
    }
    [a, b, c, d, e, f, g, h]
}

/// The eight bytes from a place on, filled up where the text ends before.
#[inline(always)]
fn rest(text: &[u8], at: usize) -> u64 {
    let left = text.len().saturating_sub(at);
    if let Some(whole) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        return u64::from_le_bytes(*whole);
    }
    match text.last_chunk::<8>() {
        _ if left == 0 => u64::MAX,
        Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * left) | u64::MAX << (8 * left),
        None => {
            let mut bytes = [PAD; 8];
            let from = text.get(at..).unwrap_or(&[]);
            bytes.iter_mut().zip(from).for_each(|(slot, byte)| *slot = *byte);
            u64::from_le_bytes(bytes)
        }
    }
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
