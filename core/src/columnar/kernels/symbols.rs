//! What automata step over: bytes, or pairs of them, by classes that behave alike.

use std::collections::{BTreeMap, HashMap};

use super::part::Part;

/// Never part of a text in UTF-8: it fills up the last word, and leaves every state as it is.
pub(super) const PAD: u8 = 0xFF;

/// Steps that are taken at most to tell pairs of bytes apart.
const MOST_WORK: usize = 1 << 20;

/// From symbols, which are bytes or pairs of them, to columns of the table. Class 0 is the padding's.
#[derive(Debug)]
pub(super) struct Code<const SYMBOLS: usize> {
    pub(super) classes: Box<[u8; SYMBOLS]>,
    /// States count in such steps: a power of two above the classes.
    pub(super) width: u16,
    /// The same as a number of bits.
    pub(super) shift: u32,
}

impl<const SYMBOLS: usize> Code<SYMBOLS> {
    pub(super) const BYTES: usize = SYMBOLS.trailing_zeros() as usize / 8;

    pub(super) fn new((classes, count): (Vec<u8>, usize)) -> Option<Self> {
        let width = u16::try_from(count.next_power_of_two()).ok()?;
        let classes = classes.into_boxed_slice().try_into().ok()?;
        Some(Self { classes, width, shift: width.trailing_zeros() })
    }

    /// The class of the first symbol of some bytes.
    #[inline(always)]
    pub(super) fn class(&self, bytes: u64) -> u8 {
        let symbol = bytes & (SYMBOLS as u64 - 1);
        usize::try_from(symbol).ok().and_then(|symbol| self.classes.get(symbol)).copied().unwrap_or(0)
    }
}

/// Bytes that no part tells from each other share a class; class 0 is the padding's. And how many classes there are.
pub(super) fn classes(parts: &[Part]) -> (Vec<u8>, usize) {
    let mut classes = vec![0; 256];
    let mut count = 1_usize;
    let mut known: HashMap<Vec<u16>, u8> = HashMap::new();
    for byte in 0..PAD {
        let column: Vec<u16> = parts
            .iter()
            .flat_map(|part| part.next.iter().skip(usize::from(byte)).step_by(256).copied())
            .collect();
        let class = *known.entry(column).or_insert_with(|| {
            count += 1;
            // INVARIANT: at most 255 bytes have a class of their own.
            u8::try_from(count - 1).unwrap_or(0)
        });
        if let Some(slot) = classes.get_mut(usize::from(byte)) {
            *slot = class;
        }
    }
    (classes, count)
}

/// The same for pairs of bytes, of which the second may be the padding; the first is in the lower bits. None where so
/// many differ that a table of them would be large, or take long to make.
pub(super) fn pairs(parts: &[Part], bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut samples: BTreeMap<u8, u8> = BTreeMap::new();
    for (byte, class) in (0..=PAD).zip(bytes) {
        samples.entry(*class).or_insert(byte);
    }
    let states: usize = parts.iter().map(|part| part.states()).sum();
    if samples.len() * samples.len() * states > MOST_WORK {
        return None;
    }
    let mut known: HashMap<Vec<u16>, u8> = HashMap::new();
    let mut count = 1;
    let mut of_classes: HashMap<(u8, u8), u8> = HashMap::new();
    for (first_class, first) in samples.iter().filter(|(_, byte)| **byte != PAD) {
        for (second_class, second) in &samples {
            let ends = |part: &Part| -> Vec<u16> {
                (0..part.states())
                    .map(|state| part.steps(u16::try_from(state).unwrap_or(0), &[*first, *second]))
                    .collect()
            };
            let column: Vec<u16> = parts.iter().flat_map(ends).collect();
            let class = match known.get(&column) {
                Some(class) => *class,
                None => {
                    let class = u8::try_from(count).ok()?;
                    known.insert(column, class);
                    count += 1;
                    class
                }
            };
            of_classes.insert((*first_class, *second_class), class);
        }
    }
    let mut classes = Vec::with_capacity(1 << 16);
    for second in bytes {
        classes.extend(bytes.iter().map(|first| of_classes.get(&(*first, *second)).copied().unwrap_or(0)));
    }
    Some((classes, count))
}

/// The eight bytes from a place on, filled up where the text ends before.
#[inline(always)]
pub(super) fn rest(text: &[u8], at: usize) -> u64 {
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
