//! Unicode's form NFKC, from tables packed into a sixth of what they are elsewhere: a page loads them with the engine.
//!
//! Every build has the same tables, so a text is the same everywhere; what a platform brings itself is of whatever
//! version of Unicode it was built with.

use std::borrow::Cow;
use std::sync::OnceLock;

/// What `unicode-normalization` knows, as a test holds it: numbers of seven bits a byte, the last byte of each below 128.
static PACKED: &[u8] = include_bytes!("nfkc.bin");

/// The text in the form NFKC: compatibility forms replaced, marks in order and composed.
pub(crate) fn nfkc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let tables = Tables::get();
    if !text.chars().any(|c| tables.touches(c)) {
        return Cow::Borrowed(text);
    }
    let mut parts = Vec::with_capacity(text.len());
    for c in text.chars() {
        tables.decompose(c, &mut parts);
    }
    order(&mut parts);
    Cow::Owned(tables.compose(parts))
}

/// True for characters that change the one before them, such as accents.
pub(crate) fn is_mark(c: char) -> bool {
    let marks = &Tables::get().marks;
    let next = marks.partition_point(|(first, _)| *first <= c);
    next.checked_sub(1).and_then(|at| marks.get(at)).is_some_and(|(_, last)| c <= *last)
}

/// A character and its combining class: 0 for what others combine with.
type Part = (char, u8);

struct Tables {
    /// By character, where its decomposition begins in `decomposed`; the next one begins where it ends.
    starts: Vec<(char, usize)>,
    decomposed: Vec<char>,
    /// Classes other than 0, by character.
    classes: Vec<Part>,
    /// First and last characters of runs of marks.
    marks: Vec<(char, char)>,
    /// What two characters become.
    pairs: Vec<((char, char), char)>,
    /// A bit for each character that decomposes, has a class or may combine with the one before it.
    touched: Vec<u64>,
}

impl Tables {
    fn get() -> &'static Self {
        static TABLES: OnceLock<Tables> = OnceLock::new();
        TABLES.get_or_init(|| Self::unpack(&mut Packed(PACKED)))
    }

    fn unpack(packed: &mut Packed<'_>) -> Self {
        let mut from = 0;
        let keys = packed.column(|number| next(&mut from, number));
        let lengths = packed.column(|number| number as usize);
        let mut last = 0;
        let decomposed = packed.column(|number| turn(&mut last, number));
        let mut start = 0;
        let starts = keys.into_iter().zip(lengths).map(|(key, length)| {
            start += length;
            (key, start - length)
        });
        let starts: Vec<_> = starts.collect();
        let mut from = 0;
        let keys = packed.column(|number| next(&mut from, number));
        let classes: Vec<Part> =
            keys.into_iter().zip(packed.column(|number| u8::try_from(number).unwrap_or(0))).collect();
        let mut from = 0;
        let edges = packed.column(|number| next(&mut from, number));
        let marks = edges.chunks_exact(2).filter_map(|run| Some((*run.first()?, *run.last()?))).collect();
        let mut columns = std::array::from_fn::<_, 3, _>(|_| {
            let mut last = 0;
            packed.column(|number| turn(&mut last, number)).into_iter()
        });
        let mut pairs = Vec::new();
        while let [Some(first), Some(second), Some(whole)] = columns.each_mut().map(Iterator::next) {
            pairs.push(((first, second), whole));
        }
        let mut tables = Self { starts, decomposed, classes, marks, pairs, touched: Vec::new() };
        tables.touch();
        tables
    }

    fn touch(&mut self) {
        let mut touched = Vec::new();
        let mut touch = |c: char| {
            let (word, bit) = place(c);
            if touched.len() <= word {
                touched.resize(word + 1, 0);
            }
            if let Some(word) = touched.get_mut(word) {
                *word |= bit;
            }
        };
        self.starts.iter().for_each(|(c, _)| touch(*c));
        self.classes.iter().for_each(|(c, _)| touch(*c));
        self.pairs.iter().for_each(|((_, second), _)| touch(*second));
        // Parts of Hangul syllables combine by arithmetic.
        ('\u{1161}'..='\u{1175}').chain('\u{11a8}'..='\u{11c2}').for_each(touch);
        self.touched = touched;
    }

    fn touches(&self, c: char) -> bool {
        let (word, bit) = place(c);
        self.touched.get(word).is_some_and(|word| word & bit != 0)
    }

    fn class(&self, c: char) -> u8 {
        let found = self.classes.binary_search_by_key(&c, |(known, _)| *known);
        found.ok().and_then(|at| self.classes.get(at)).map_or(0, |(_, class)| *class)
    }

    fn decompose(&self, c: char, parts: &mut Vec<Part>) {
        if let Some(jamo) = hangul::parts(c) {
            parts.extend(jamo.into_iter().flatten().map(|c| (c, 0)));
        } else if !self.touches(c) {
            parts.push((c, 0));
        } else if let Ok(at) = self.starts.binary_search_by_key(&c, |(known, _)| *known) {
            let start = |at| self.starts.get(at).map_or(self.decomposed.len(), |(_, start)| *start);
            let decomposed = self.decomposed.get(start(at)..start(at + 1)).unwrap_or_default();
            parts.extend(decomposed.iter().map(|c| (*c, self.class(*c))));
        } else {
            parts.push((c, self.class(c)));
        }
    }

    fn pair(&self, first: char, second: char) -> Option<char> {
        hangul::whole(first, second).or_else(|| {
            let at = self.pairs.binary_search_by_key(&(first, second), |(pair, _)| *pair).ok()?;
            self.pairs.get(at).map(|(_, whole)| *whole)
        })
    }

    fn compose(&self, parts: Vec<Part>) -> String {
        let mut out: Vec<Part> = Vec::with_capacity(parts.len());
        let mut starter = None;
        for (c, class) in parts {
            // Between a character and what it combines with stands nothing, or only what is of a lower class.
            let blocked = out.last().is_some_and(|(_, last)| *last >= class);
            let open = starter.filter(|at| at + 1 == out.len() || !blocked);
            let before = open.and_then(|at: usize| out.get_mut(at));
            if let Some((before, _)) = before
                && let Some(whole) = self.pair(*before, c)
            {
                *before = whole;
                continue;
            }
            if class == 0 {
                starter = Some(out.len());
            }
            out.push((c, class));
        }
        out.into_iter().map(|(c, _)| c).collect()
    }
}

/// Marks by class, each run of them on its own; what is of one class stays as it was.
fn order(parts: &mut [Part]) {
    for run in parts.split_mut(|(_, class)| *class == 0) {
        run.sort_by_key(|(_, class)| *class);
    }
}

/// The word and the bit that stand for a character.
fn place(c: char) -> (usize, u64) {
    (c as usize / 64, 1 << (c as usize % 64))
}

/// The character so far behind the last one.
fn next(last: &mut u32, number: u32) -> char {
    *last = last.wrapping_add(number);
    char::from_u32(*last).unwrap_or_default()
}

/// The same in both directions: an odd number goes back.
fn turn(last: &mut u32, number: u32) -> char {
    let distance = if number.is_multiple_of(2) { number / 2 } else { !(number / 2) };
    next(last, distance)
}

struct Packed<'p>(&'p [u8]);

impl Packed<'_> {
    fn number(&mut self) -> u32 {
        let (mut number, mut shift) = (0, 0);
        while let Some((byte, rest)) = self.0.split_first() {
            self.0 = rest;
            number |= u32::from(byte & 127) << (shift & 31);
            shift += 7;
            if *byte < 128 {
                break;
            }
        }
        number
    }

    /// A count, and that many numbers.
    fn column<T>(&mut self, mut item: impl FnMut(u32) -> T) -> Vec<T> {
        (0..self.number()).map(|_| item(self.number())).collect()
    }
}

/// Korean syllables, which are composed by arithmetic.
mod hangul {
    const SYLLABLE: u32 = 0xac00;
    const LEADING: u32 = 0x1100;
    const VOWEL: u32 = 0x1161;
    const TRAILING: u32 = 0x11a7;
    const LEADINGS: u32 = 19;
    const VOWELS: u32 = 21;
    const TRAILINGS: u32 = 28;

    pub(super) fn parts(c: char) -> Option<[Option<char>; 3]> {
        let index =
            (c as u32).checked_sub(SYLLABLE).filter(|index| *index < LEADINGS * VOWELS * TRAILINGS)?;
        let trailing = index % TRAILINGS;
        Some([
            char::from_u32(LEADING + index / (VOWELS * TRAILINGS)),
            char::from_u32(VOWEL + index / TRAILINGS % VOWELS),
            char::from_u32(TRAILING + trailing).filter(|_| trailing > 0),
        ])
    }

    pub(super) fn whole(first: char, second: char) -> Option<char> {
        let from =
            |c: char, base: u32, count: u32| (c as u32).checked_sub(base).filter(|index| *index < count);
        let index = if let Some(leading) = from(first, LEADING, LEADINGS) {
            (leading * VOWELS + from(second, VOWEL, VOWELS)?) * TRAILINGS
        } else {
            let syllable = from(first, SYLLABLE, LEADINGS * VOWELS * TRAILINGS)?;
            let trailing = from(second, TRAILING, TRAILINGS).filter(|trailing| *trailing > 0)?;
            if syllable % TRAILINGS != 0 {
                return None;
            }
            syllable + trailing
        };
        char::from_u32(SYLLABLE + index)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::{
        canonical_combining_class, compose, decompose_canonical, is_combining_mark,
    };

    use super::*;

    fn all() -> impl Iterator<Item = char> {
        '\0'..=char::MAX
    }

    fn column(out: &mut Vec<u8>, numbers: &[u32]) {
        for number in std::iter::once(&u32::try_from(numbers.len()).unwrap()).chain(numbers) {
            let mut rest = *number;
            while rest > 127 {
                out.push(u8::try_from(rest & 127).unwrap() | 128);
                rest >>= 7;
            }
            out.push(u8::try_from(rest).unwrap());
        }
    }

    fn steps(chars: impl IntoIterator<Item = char>) -> Vec<u32> {
        let mut last = 0;
        let step = |c: char| c as u32 - std::mem::replace(&mut last, c as u32);
        chars.into_iter().map(step).collect()
    }

    fn turns(chars: impl IntoIterator<Item = char>) -> Vec<u32> {
        let mut last = 0;
        let turn = |c: char| {
            let distance = i64::from(c as u32) - i64::from(std::mem::replace(&mut last, c as u32));
            u32::try_from(if distance < 0 { -2 * distance - 1 } else { 2 * distance }).unwrap()
        };
        chars.into_iter().map(turn).collect()
    }

    /// The tables as `unicode-normalization` has them.
    fn packed() -> Vec<u8> {
        let mut out = Vec::new();
        let decomposed = |c: &char| {
            let parts: Vec<char> = c.nfkd().collect();
            (hangul::parts(*c).is_none() && parts != [*c]).then_some((*c, parts))
        };
        let decomposed: Vec<_> = all().filter_map(|c| decomposed(&c)).collect();
        column(&mut out, &steps(decomposed.iter().map(|(c, _)| *c)));
        let lengths = decomposed.iter().map(|(_, parts)| u32::try_from(parts.len()).unwrap());
        column(&mut out, &lengths.collect::<Vec<_>>());
        column(&mut out, &turns(decomposed.iter().flat_map(|(_, parts)| parts.iter().copied())));
        let classes: Vec<Part> =
            all().map(|c| (c, canonical_combining_class(c))).filter(|(_, class)| *class > 0).collect();
        column(&mut out, &steps(classes.iter().map(|(c, _)| *c)));
        column(&mut out, &classes.iter().map(|(_, class)| u32::from(*class)).collect::<Vec<_>>());
        let mut runs: Vec<char> = Vec::new();
        for mark in all().filter(|c| is_combining_mark(*c)) {
            match runs.last_mut() {
                Some(last) if *last as u32 + 1 == mark as u32 => *last = mark,
                _ => runs.extend([mark, mark]),
            }
        }
        column(&mut out, &steps(runs));
        let mut pairs = Vec::new();
        for c in all().filter(|c| hangul::parts(*c).is_none()) {
            let mut parts = String::new();
            decompose_canonical(c, |part| parts.push(part));
            let Some(second) = parts.pop() else { continue };
            let mut first = parts.nfc();
            if let (Some(first), None) = (first.next(), first.next())
                && compose(first, second) == Some(c)
            {
                pairs.push((first, second, c));
            }
        }
        pairs.sort_unstable();
        column(&mut out, &turns(pairs.iter().map(|(first, _, _)| *first)));
        column(&mut out, &turns(pairs.iter().map(|(_, second, _)| *second)));
        column(&mut out, &turns(pairs.iter().map(|(_, _, whole)| *whole)));
        out
    }

    #[test]
    fn tables_are_packed_as_they_are() {
        let packed = packed();
        if std::env::var_os("IKUSEI_WRITE").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/base/nfkc.bin");
            std::fs::write(path, &packed).unwrap();
        }
        assert!(packed == PACKED, "run this test with IKUSEI_WRITE=1");
    }

    #[test]
    fn every_character_is_as_elsewhere() {
        for c in all() {
            let text = String::from(c);
            assert!(nfkc(&text).chars().eq(text.nfkc()), "{c:?}");
            assert_eq!(is_mark(c), is_combining_mark(c), "{c:?}");
        }
    }

    #[test]
    fn every_pair_is_composed_as_elsewhere() {
        let tables = Tables::get();
        assert!(tables.pairs.len() > 900);
        for ((first, second), whole) in &tables.pairs {
            for middle in ["", "\u{323}", "\u{301}", "a", "\u{1161}", "\u{11a8}"] {
                let text = format!("{first}{middle}{second}{whole}{second}");
                assert!(nfkc(&text).chars().eq(text.nfkc()), "{text:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_as_elsewhere(
            text in "([a-zé가-힣ᄀ-ᇿ㍿ｦ-ﾟか-ヿ\u{300}-\u{345}\u{591}-\u{5c7}\u{3099}\u{309a}ﬀ-ﬆ㈀-㏿]|.){0,24}"
        ) {
            prop_assert!(nfkc(&text).chars().eq(text.nfkc()));
        }
    }
}
