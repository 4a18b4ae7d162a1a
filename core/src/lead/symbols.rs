//! Numbers for the texts that a playbook names.

use crate::base::wire::{Reader, Wire};

/// Texts, each with its symbol, counted from 1. Symbol 0 is any other text.
///
/// Every text of every lead is looked up here, so the table is open and the hash short. The texts in it are the
/// playbook's own: a lead can look for what it likes and makes nothing slow.
#[derive(Debug, Clone, Default)]
pub(crate) struct Symbols {
    texts: Vec<Box<str>>,
    // INVARIANT: a power of two long, or empty, and at most half full of symbols; 0 is free.
    table: Vec<u32>,
}

impl Symbols {
    /// The symbol of a text, given one if it has none yet.
    pub(crate) fn intern(&mut self, text: &str) -> u32 {
        let known = self.symbol(text);
        if known > 0 {
            return known;
        }
        self.texts.push(text.into());
        if self.table.len() < self.texts.len() * 2 {
            self.rehash();
        } else {
            self.enter(self.texts.len());
        }
        self.symbol(text)
    }

    /// The symbol of a text, or 0.
    pub(crate) fn symbol(&self, text: &str) -> u32 {
        for slot in self.slots(text) {
            let symbol = self.table.get(slot).copied().unwrap_or(0);
            if symbol == 0 {
                return 0;
            }
            if self.texts.get(symbol as usize - 1).is_some_and(|known| known.as_ref() == text) {
                return symbol;
            }
        }
        0
    }

    /// How many symbols there are, symbol 0 included.
    pub(crate) fn count(&self) -> usize {
        self.texts.len() + 1
    }

    fn rehash(&mut self) {
        self.table = vec![0; (self.texts.len() * 4).next_power_of_two()];
        for symbol in 1..=self.texts.len() {
            self.enter(symbol);
        }
    }

    fn enter(&mut self, symbol: usize) {
        let Some(text) = self.texts.get(symbol - 1) else { return };
        let free = self.slots(text).find(|slot| self.table.get(*slot) == Some(&0));
        if let Some(slot) = free.and_then(|slot| self.table.get_mut(slot)) {
            *slot = u32::try_from(symbol).unwrap_or(0);
        }
    }

    /// The slots in which a text may be, first ones first (FNV-1a).
    fn slots(&self, text: &str) -> impl Iterator<Item = usize> + use<> {
        let step = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        let hash = text.bytes().fold(0x811c_9dc5, step);
        let mask = self.table.len().wrapping_sub(1);
        let start = (hash ^ (hash >> 15)) as usize;
        (0..self.table.len()).map(move |next| start.wrapping_add(next) & mask)
    }
}

impl Wire for Symbols {
    fn write(&self, out: &mut String) {
        self.texts.write(out);
    }

    fn read(from: &mut Reader<'_>) -> Option<Self> {
        let mut symbols = Self { texts: Wire::read(from)?, table: Vec::new() };
        symbols.rehash();
        Some(symbols)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_the_symbols_they_were_given() {
        let mut symbols = Symbols::default();
        assert_eq!(symbols.symbol(""), 0);
        for number in 1..=1_000_u32 {
            assert_eq!(symbols.intern(&format!("値{number}")), number);
            assert_eq!(symbols.intern("値1"), 1);
            assert_eq!(symbols.symbol(&format!("値{}", number + 1)), 0);
        }
        assert_eq!(symbols.count(), 1_001);
        let mut text = String::new();
        symbols.write(&mut text);
        let again = Symbols::read(&mut Reader::new(&text)).unwrap();
        assert!((1..=1_000).all(|number| again.symbol(&format!("値{number}")) == number));
    }
}
