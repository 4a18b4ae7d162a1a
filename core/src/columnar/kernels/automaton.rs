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
    /// Shared with its clones until one of them learns more.
    learned: Arc<Learned>,
    order: Vec<u16>,
}

/// The part of the product that texts have needed.
#[derive(Debug, Clone)]
struct Learned {
    /// From state and class of byte to the next state; both sides count states in steps of `width`.
    table: Box<Table>,
    /// Whether the table has a column for every byte: quicker, with room for few states.
    direct: bool,
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
    /// How bytes are told apart while there are few states, and later.
    direct: Code,
    classed: Code,
}

/// From bytes to columns of the table.
#[derive(Debug)]
struct Code {
    classes: [u8; 256],
    /// States count in such steps: a power of two above the classes.
    width: u16,
    /// The same as a number of bits.
    shift: u32,
}

impl Code {
    /// Every byte for itself: nothing to look up.
    fn direct() -> Self {
        let mut classes = [0; 256];
        classes.iter_mut().zip(0..=u8::MAX).for_each(|(slot, byte)| *slot = byte);
        Self { classes, width: 256, shift: 8 }
    }

    /// Bytes that no part tells from each other as one.
    fn classed(parts: &[Part]) -> Option<Self> {
        let (classes, count) = classes(parts);
        let width = u16::try_from(count.next_power_of_two()).ok()?;
        Some(Self { classes, width, shift: width.trailing_zeros() })
    }

    fn class(&self, byte: u8) -> u8 {
        self.classes.get(usize::from(byte)).copied().unwrap_or(0)
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
        let classed = Code::classed(&parts)?;
        let fixed = Fixed { parts, answers, direct: Code::direct(), classed };
        let mut learned = Learned {
            table: vec![0; SIZE + 256].into_boxed_slice().try_into().ok()?,
            direct: true,
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
            let ends = if learned.direct {
                learned.lanes::<true>(&self.fixed.direct, group_of)
            } else {
                learned.lanes::<false>(&self.fixed.classed, group_of)
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
        let text = texts.get(row).copied().unwrap_or("");
        let mut state = self.learned.code(&self.fixed).width;
        for byte in text.bytes() {
            state = match self.learned.next(&self.fixed, state, byte) {
                Some(next) => next,
                None => Arc::make_mut(&mut self.learned).transition(&self.fixed, state, byte),
            };
        }
        if let Some(slot) = out.get_mut(row) {
            *slot = 1 + self.learned.outcome(&self.fixed, state);
        }
    }
}

impl Learned {
    fn code<'f>(&self, fixed: &'f Fixed) -> &'f Code {
        if self.direct { &fixed.direct } else { &fixed.classed }
    }

    /// The outcome of a text that ends in the state.
    fn outcome(&self, fixed: &Fixed, state: u16) -> u32 {
        let state = usize::from(state >> self.code(fixed).shift);
        self.outcome_of.get(state).copied().unwrap_or(0)
    }

    /// Where a transition leads, if it has been made.
    fn next(&self, fixed: &Fixed, state: u16, byte: u8) -> Option<u16> {
        let class = self.code(fixed).class(byte);
        self.table.get(usize::from(state) + usize::from(class)).copied().filter(|next| *next != 0)
    }

    /// The states in which texts end.
    fn lanes<const DIRECT: bool>(&self, code: &Code, texts: [&[u8]; LANES]) -> [u16; LANES] {
        let go = |states, bytes: &[[u8; 8]; LANES], count| {
            step::<DIRECT>(&self.table, &code.classes, states, bytes, count)
        };
        let mut states = [code.width; LANES];
        let (shortest, longest) = texts.iter().fold((usize::MAX, 0), |(shortest, longest), text| {
            (text.len().min(shortest), text.len().max(longest))
        });
        let whole = shortest / 8 * 8;
        let [a, b, c, d, e, f, g, h] = texts.map(|text| text.as_chunks::<8>().0.iter());
        let chunks = a.zip(b).zip(c).zip(d).zip(e).zip(f).zip(g).zip(h);
        for (((((((a, b), c), d), e), f), g), h) in chunks {
            states = go(states, &[*a, *b, *c, *d, *e, *f, *g, *h], 8);
        }
        if shortest == longest && shortest >= 8 {
            // As most groups are: what is left is the end of the last eight bytes, of as many in each.
            let left = longest - whole;
            if left > 0 {
                let bytes = texts.map(|text| {
                    let last = text.last_chunk::<8>().copied().unwrap_or([PAD; 8]);
                    (u64::from_le_bytes(last) >> (64 - 8 * left)).to_le_bytes()
                });
                states = go(states, &bytes, left);
            }
            return states;
        }
        for at in (whole..longest).step_by(8) {
            let bytes = texts.map(|text| rest(text, at).to_le_bytes());
            states = go(states, &bytes, longest - at);
        }
        states
    }

    /// Makes a transition.
    #[cold]
    fn transition(&mut self, fixed: &Fixed, state: u16, byte: u8) -> u16 {
        let code = self.code(fixed);
        let room = self.states.len() < SIZE / usize::from(code.width);
        let old = self.states.get(usize::from(state >> code.shift)).cloned().unwrap_or_default();
        let new: Box<[u16]> =
            fixed.parts.iter().zip(old.iter()).map(|(part, state)| part.step(*state, byte)).collect();
        if !room && !self.numbers.contains_key(&new) {
            // Full: begin anew. The outcomes stay, and with them what has been said of texts so far.
            self.direct = false;
            self.begin(fixed);
            return self.state(fixed, new);
        }
        let next = self.state(fixed, new);
        if let Some(slot) = self.table.get_mut(usize::from(state) + usize::from(code.class(byte))) {
            *slot = next;
        }
        next
    }

    /// The number of a state, made if it is new.
    fn state(&mut self, fixed: &Fixed, of: Box<[u16]>) -> u16 {
        if let Some(known) = self.numbers.get(&of) {
            return *known;
        }
        let code = self.code(fixed);
        let number = u16::try_from(self.states.len()).unwrap_or(0).wrapping_mul(code.width);
        let answers: Box<[u16]> =
            fixed.parts.iter().zip(of.iter()).map(|(part, state)| part.answer(*state)).collect();
        let next = u32::try_from(self.outcomes.len()).unwrap_or(0);
        let outcome = *self.outcome_numbers.entry(answers.clone()).or_insert(next);
        if outcome == next {
            self.outcomes.push(answers);
        }
        self.outcome_of.push(outcome);
        // The padding leaves every state as it is.
        if let Some(slot) = self.table.get_mut(usize::from(number) + usize::from(code.class(PAD))) {
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

/// Up to eight bytes further, in all lanes. Written out, so that every state has a register of its own.
#[inline(always)]
fn step<const DIRECT: bool>(
    table: &Table,
    classes: &[u8; 256],
    states: [u16; LANES],
    bytes: &[[u8; 8]; LANES],
    count: usize,
) -> [u16; LANES] {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = states;
    let [ta, tb, tc, td, te, tf, tg, th] = bytes;
    let next = |state: u16, byte: Option<&u8>| {
        let byte = byte.copied().unwrap_or(PAD);
        let class = if DIRECT { byte } else { classes.get(usize::from(byte)).copied().unwrap_or(0) };
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
