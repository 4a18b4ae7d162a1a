//! The small automata whose product answers all questions to a column of texts.

use std::collections::HashMap;

use regex_automata::dfa::Automaton as _;
use regex_automata::dfa::dense;
use regex_automata::util::start::Config as Start;

use super::symbols::PAD;

/// States that one question may have.
const PART_STATES: usize = 8_192;

/// One automaton of the product.
#[derive(Debug)]
pub(super) struct Part {
    /// 256 transitions per state; it begins in state 0.
    pub(super) next: Vec<u16>,
    /// What a text that ends in the state answers; 0 is no.
    answers: Vec<u16>,
}

impl Part {
    /// State 1 is dead; state 0 begins, and whatever comes is dead.
    pub(super) fn dead() -> Self {
        Self { next: vec![1; 512], answers: vec![0; 2] }
    }

    pub(super) fn states(&self) -> usize {
        self.answers.len()
    }

    pub(super) fn step(&self, state: u16, byte: u8) -> u16 {
        self.next.get(usize::from(state) * 256 + usize::from(byte)).copied().unwrap_or(0)
    }

    /// Some bytes further; the padding leaves the state as it is.
    pub(super) fn steps(&self, state: u16, bytes: &[u8]) -> u16 {
        bytes.iter().filter(|byte| **byte != PAD).fold(state, |state, byte| self.step(state, *byte))
    }

    pub(super) fn answer(&self, state: u16) -> u16 {
        self.answers.get(usize::from(state)).copied().unwrap_or(0)
    }

    /// A new state, all of whose transitions lead to one.
    pub(super) fn push(&mut self, to: u16) -> Option<u16> {
        let number = self.answers.len();
        if number >= PART_STATES {
            return None;
        }
        self.next.extend(std::iter::repeat_n(to, 256));
        self.answers.push(0);
        u16::try_from(number).ok()
    }

    pub(super) fn set(&mut self, state: u16, byte: u8, to: u16) {
        if let Some(slot) = self.next.get_mut(usize::from(state) * 256 + usize::from(byte)) {
            *slot = to;
        }
    }

    pub(super) fn label(&mut self, state: u16, answer: u16) {
        if let Some(slot) = self.answers.get_mut(usize::from(state)) {
            *slot = answer;
        }
    }

    /// Adds a text to a trie; returns the state in which it ends.
    pub(super) fn insert(&mut self, text: &[u8], answer: u16) -> Option<u16> {
        let mut state = 0;
        for byte in text {
            let mut next = self.step(state, *byte);
            if next == 1 {
                next = self.push(1)?;
                self.set(state, *byte, next);
            }
            state = next;
        }
        self.label(state, answer);
        Some(state)
    }

    pub(super) fn prefix(text: &[u8]) -> Option<Self> {
        let mut part = Self::dead();
        let end = part.insert(text, 1)?;
        (0..PAD).for_each(|byte| part.set(end, byte, end));
        Some(part)
    }

    /// Knuth, Morris and Pratt; `stay` if it is enough to have seen the text once.
    pub(super) fn substring(text: &[u8], stay: bool) -> Option<Self> {
        let mut part = Self { next: vec![0; 256], answers: vec![0] };
        let (first, rest) = text.split_first()?;
        let mut state = part.push(0)?;
        part.set(0, *first, state);
        let mut behind = 0;
        for byte in rest {
            let next = part.push(0)?;
            part.copy(behind, state);
            part.set(state, *byte, next);
            behind = part.step(behind, *byte);
            state = next;
        }
        if stay {
            (0..=u8::MAX).for_each(|byte| part.set(state, byte, state));
        } else {
            part.copy(behind, state);
        }
        part.label(state, 1);
        Some(part)
    }

    pub(super) fn copy(&mut self, from: u16, to: u16) {
        let from = usize::from(from) * 256;
        self.next.copy_within(from..from + 256, usize::from(to) * 256);
    }

    /// A regular expression; none where its automaton is too large, or needs to look around words.
    pub(super) fn pattern(pattern: &str) -> Option<Self> {
        let config = dense::Config::new().dfa_size_limit(Some(4 << 20)).determinize_size_limit(Some(8 << 20));
        let dfa = dense::Builder::new().configure(config).build(pattern).ok()?;
        let start = dfa.start_state(&Start::new()).ok()?;
        let mut part = Self { next: Vec::new(), answers: Vec::new() };
        let mut numbers = HashMap::from([(start, part.push(0)?)]);
        let mut queue = vec![start];
        // Once matched, always matched.
        let matched = part.push(1)?;
        part.label(matched, 1);
        while let Some(state) = queue.pop() {
            let number = *numbers.get(&state)?;
            if dfa.is_match_state(state) {
                (0..=u8::MAX).for_each(|byte| part.set(number, byte, matched));
                part.label(number, 1);
                continue;
            }
            for byte in 0..=u8::MAX {
                let next = dfa.next_state(state, byte);
                if dfa.is_quit_state(next) {
                    return None;
                }
                let to = if dfa.is_match_state(next) {
                    matched
                } else if let Some(known) = numbers.get(&next) {
                    *known
                } else {
                    let number = part.push(0)?;
                    numbers.insert(next, number);
                    queue.push(next);
                    number
                };
                part.set(number, byte, to);
            }
            let end = dfa.next_eoi_state(state);
            part.label(number, u16::from(dfa.is_match_state(end)));
        }
        Some(part)
    }
}
