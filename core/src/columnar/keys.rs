//! From ids to numbers: the one hash table of a join.
//!
//! The upper bits of an id's hash say which part it belongs to; a part is a small table of its own, by open
//! addressing with linear probing. Whatever works part by part finds table and leads in the cache. The numbers of a
//! part's leads follow each other, and within a part they are in the order of insertion, so nothing depends on the
//! order of a table.

use crate::columnar::bind::Ids;
use crate::columnar::run::BLOCK;
use crate::columnar::source::{Form, Number, Reading};
use crate::lead::model::Model;

/// No number, or no part.
pub(crate) const NONE: u32 = u32::MAX;

/// Leads of one part: their table, and what is kept of each of them besides, stay in the cache.
const PART: usize = 4_096;
/// So many parts are dealt to side by side.
const MOST_PARTS: usize = 512;
/// Slots of a table at first; it doubles, for the number of ids is a guess.
const LEAST: usize = 64;

/// Ids and their numbers, from 0.
#[derive(Debug)]
pub(crate) struct Keys {
    /// From a hash to its part: the bits that are left over.
    shift: u32,
    parts: Parts,
    /// The number of the first lead of each part, and how many leads there are.
    starts: Vec<u32>,
}

#[derive(Debug)]
enum Parts {
    Numbers(Vec<NumberPart>),
    Texts(Vec<TextPart>),
}

#[derive(Debug)]
struct NumberPart {
    /// The numbers of ids: small, so that the tables of a part leave room in the cache for what else is kept of its leads.
    slots: Vec<u32>,
    ids: Vec<i64>,
}

#[derive(Debug)]
struct TextPart {
    /// The upper half of the hash and the number.
    slots: Vec<(u32, u32)>,
    /// Where each id begins in `bytes` and ends.
    bounds: Vec<[usize; 2]>,
    bytes: Vec<u8>,
}

/// Ids that wait to be taken in, by their parts: so the table of one part at a time is in the cache.
#[derive(Default)]
struct Dealt {
    parts: Vec<Vec<i64>>,
    count: usize,
}

/// So many ids wait at most, but for a block.
const DEALT: usize = 1 << 20;

impl Dealt {
    fn add(&mut self, places: &[Place]) {
        for (part, id) in places.iter().filter(|(part, _)| *part != NONE) {
            let part = *part as usize;
            if part >= self.parts.len() {
                self.parts.resize_with(part + 1, Vec::new);
            }
            // In a table sorted by lead, an id comes once instead of many times.
            if let Some(ids) = self.parts.get_mut(part).filter(|ids| ids.last() != Some(id)) {
                ids.push(*id);
                self.count += 1;
            }
        }
    }
}

/// Where a lead is worked on: the number of a part, or [`NONE`], and what [`Keys::within`] finds it by there.
pub(crate) type Place = (u32, i64);

impl Keys {
    /// The ids of columns with so many rows. `numbers` says that all of them are whole numbers; `expected` is a guess at how
    /// many different ids there are.
    pub(crate) fn of<'i>(
        model: &Model,
        numbers: bool,
        expected: usize,
        columns: impl IntoIterator<Item = (&'i Ids<'i>, usize)>,
    ) -> Self {
        let mut keys = Self::new(numbers, expected);
        let mut places = [(NONE, 0); BLOCK];
        let mut dealt = Dealt::default();
        for (ids, rows) in columns {
            for start in (0..rows).step_by(BLOCK) {
                let places = places.get_mut(..BLOCK.min(rows - start)).unwrap_or(&mut []);
                keys.places(model, ids, start, places, &[1; BLOCK]);
                if numbers {
                    dealt.add(places);
                    if dealt.count >= DEALT {
                        keys.insert_numbers(&mut dealt);
                    }
                    continue;
                }
                for (row, _) in (start..).zip(places.iter()).filter(|(_, (part, _))| *part == NONE) {
                    ids.text(model, row).iter().for_each(|id| keys.insert_text(id.as_bytes()));
                }
            }
        }
        keys.insert_numbers(&mut dealt);
        keys.count();
        keys
    }

    fn new(numbers: bool, expected: usize) -> Self {
        let parts = expected.div_ceil(PART).next_power_of_two().min(MOST_PARTS);
        Self {
            shift: 64 - parts.trailing_zeros(),
            parts: if numbers {
                Parts::Numbers((0..parts).map(|_| NumberPart::new()).collect())
            } else {
                Parts::Texts((0..parts).map(|_| TextPart::new()).collect())
            },
            starts: Vec::new(),
        }
    }

    /// Takes in what has been dealt out, part by part.
    fn insert_numbers(&mut self, dealt: &mut Dealt) {
        let Parts::Numbers(parts) = &mut self.parts else { return };
        for (part, ids) in parts.iter_mut().zip(&mut dealt.parts) {
            ids.drain(..).for_each(|id| part.insert(id));
        }
        dealt.count = 0;
    }

    fn insert_text(&mut self, id: &[u8]) {
        let hash = hash_text(id);
        let at = part(hash, self.shift);
        if let Parts::Texts(parts) = &mut self.parts
            && let Some(part) = parts.get_mut(at)
        {
            part.insert(hash, id);
        }
    }

    /// Says where the numbers of each part begin, once all ids are there.
    fn count(&mut self) {
        let counts: Vec<usize> = match &self.parts {
            Parts::Numbers(parts) => parts.iter().map(|part| part.ids.len()).collect(),
            Parts::Texts(parts) => parts.iter().map(|part| part.bounds.len()).collect(),
        };
        let mut sum = 0_usize;
        self.starts = std::iter::once(0)
            .chain(counts.iter().map(|count| {
                sum += count;
                // INVARIANT: batches of more than four thousand million rows do not fit into memory.
                u32::try_from(sum).unwrap_or(NONE)
            }))
            .collect();
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.last().map_or(0, |count| *count as usize)
    }

    /// How many leads each part has.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        let size = |ends: &[u32]| match ends {
            [first, next] => (next - first) as usize,
            _ => 0,
        };
        self.starts.windows(2).map(size).collect()
    }

    /// The same with the digits of numbers: for a table whose other side holds texts.
    pub(crate) fn into_texts(self) -> Self {
        let Parts::Numbers(parts) = &self.parts else { return self };
        let mut texts = Self::new(false, self.len());
        for id in parts.iter().flat_map(|part| &part.ids) {
            texts.insert_text(id.to_string().as_bytes());
        }
        texts.count();
        texts
    }

    pub(crate) fn numbers(&self) -> bool {
        matches!(self.parts, Parts::Numbers(_))
    }

    /// The numbers of the ids of some rows of a column that the keys may be made of, as [`Keys::block`] says them: its ids
    /// have their numbers in the order of rows, part by part. `next` is what the last rows left behind.
    pub(crate) fn following(
        &self,
        model: &Model,
        ids: &Ids<'_>,
        start: usize,
        out: &mut [u32],
        next: &mut Vec<u32>,
    ) {
        let (Parts::Numbers(parts), Some(values)) = (&self.parts, self.plain(ids)) else {
            return self.block(model, ids, start, out, &[1; BLOCK]);
        };
        next.resize(parts.len(), 0);
        for (slot, id) in out.iter_mut().zip(values.get(start..).unwrap_or(&[])) {
            let at = part(hash_number(*id), self.shift);
            *slot = NONE;
            let (Some(part), Some(next), Some(first)) =
                (parts.get(at), next.get_mut(at), self.starts.get(at))
            else {
                continue;
            };
            let expected = part.ids.get(*next as usize) == Some(id);
            let number = if expected { *next } else { part.find(*id) };
            if number != NONE {
                *slot = first + number;
                *next = number + 1;
            }
        }
    }

    /// The numbers of the ids of some rows, where `wanted` is 1; [`NONE`] for those that have none.
    pub(crate) fn block(&self, model: &Model, ids: &Ids<'_>, start: usize, out: &mut [u32], wanted: &[u8]) {
        let mut places = [(NONE, 0); BLOCK];
        let blocks = out.chunks_mut(BLOCK).zip(wanted.chunks(BLOCK));
        for ((out, wanted), start) in blocks.zip((start..).step_by(BLOCK)) {
            let places = places.get_mut(..out.len()).unwrap_or(&mut []);
            self.places(model, ids, start, places, wanted);
            for ((slot, (part, key)), wanted) in out.iter_mut().zip(places.iter()).zip(wanted) {
                if *wanted == 0 {
                    continue;
                }
                *slot = NONE;
                if let Some(first) = self.starts.get(*part as usize) {
                    let mut local = [NONE];
                    self.within(*part as usize, std::iter::once(*key), &mut local);
                    let [local] = local;
                    *slot = if local == NONE { NONE } else { first + local };
                }
            }
        }
    }

    /// The ids of a column of whole numbers, none of them empty, where that is what the keys are.
    pub(crate) fn plain<'i>(&self, ids: &'i Ids<'i>) -> Option<&'i [i64]> {
        match (&self.parts, ids.source.form()) {
            (Parts::Numbers(_), Form::Number(Number::I64(array), Reading::Plain))
                if ids.source.nulls().is_none() =>
            {
                Some(array.values())
            }
            _ => None,
        }
    }

    /// Where the lead of an id is worked on, of keys that are numbers.
    #[inline(always)]
    pub(crate) fn place(&self, id: i64) -> Place {
        (u32::try_from(part(hash_number(id), self.shift)).unwrap_or(NONE), id)
    }

    /// Whether what finds a lead within its part is not negative and has so many bits at most.
    pub(crate) fn within_bits(&self, bits: u32) -> bool {
        match &self.parts {
            Parts::Numbers(parts) => {
                parts.iter().flat_map(|part| &part.ids).all(|id| *id >= 0 && id >> bits == 0)
            }
            Parts::Texts(_) => bits >= u32::BITS,
        }
    }

    /// Where the leads of a block are worked on, for rows where `wanted` is 1.
    pub(crate) fn places(
        &self,
        model: &Model,
        ids: &Ids<'_>,
        start: usize,
        out: &mut [Place],
        wanted: &[u8],
    ) {
        if let Some(values) = self.plain(ids) {
            let values = values.get(start..).unwrap_or(&[]);
            out.iter_mut().zip(values).for_each(|(slot, id)| *slot = self.place(*id));
            return;
        }
        match &self.parts {
            Parts::Numbers(_) => {
                for ((slot, wanted), row) in out.iter_mut().zip(wanted).zip(start..) {
                    let id = if *wanted == 1 { number(ids, row) } else { None };
                    *slot = id.map_or((NONE, 0), |id| self.place(id));
                }
            }
            Parts::Texts(parts) => self.text_places(parts, model, ids, start, out, wanted),
        }
    }

    /// Looks all texts of a block up side by side, so that one does not wait for the memory of another.
    fn text_places(
        &self,
        parts: &[TextPart],
        model: &Model,
        ids: &Ids<'_>,
        start: usize,
        out: &mut [Place],
        wanted: &[u8],
    ) {
        out.fill((NONE, 0));
        let Form::Text(texts, _) = ids.source.form() else {
            for ((slot, wanted), row) in out.iter_mut().zip(wanted).zip(start..) {
                let id = if *wanted == 1 { ids.text(model, row) } else { None };
                let Some(id) = id else { continue };
                let hash = hash_text(id.as_bytes());
                let at = part(hash, self.shift);
                let number = parts.get(at).map_or(NONE, |part| part.find(hash, id.as_bytes()));
                *slot = placed(at, number);
            }
            return;
        };
        let mut block = [""; BLOCK];
        let mut valid = [0_u8; BLOCK];
        let mut hashes = [0_u64; BLOCK];
        let mut met = [(0_u32, NONE); BLOCK];
        let rows = out.len().min(BLOCK);
        let block = block.get_mut(..rows).unwrap_or(&mut []);
        texts.block(start, block);
        let valid = valid.get_mut(..rows).unwrap_or(&mut []);
        ids.source.validity(start, valid);
        valid.iter_mut().zip(wanted).for_each(|(valid, wanted)| *valid &= wanted);
        for ((hash, id), valid) in hashes.iter_mut().zip(block.iter()).zip(valid.iter()) {
            if *valid == 1 {
                *hash = hash_text(id.as_bytes());
            }
        }
        for ((met, hash), valid) in met.iter_mut().zip(hashes.iter()).zip(valid.iter()) {
            if *valid == 1 {
                let slot =
                    parts.get(part(*hash, self.shift)).and_then(|part| part.slots.get(part.place(*hash)));
                *met = slot.copied().unwrap_or((0, NONE));
            }
        }
        let rows = out.iter_mut().zip(block.iter()).zip(valid.iter()).zip(hashes.iter().zip(met));
        for (((slot, id), _), (hash, (tag, number))) in rows.filter(|((_, valid), _)| **valid == 1) {
            let at = part(*hash, self.shift);
            let Some(part) = parts.get(at) else { continue };
            let hit = number != NONE && tag == TextPart::tag(*hash) && part.text(number) == id.as_bytes();
            *slot = placed(at, if hit { number } else { part.find(*hash, id.as_bytes()) });
        }
    }

    /// The numbers of leads within their part; [`NONE`] for those that have none.
    #[inline]
    pub(crate) fn within(&self, part: usize, leads: impl Iterator<Item = i64>, out: &mut [u32]) {
        match &self.parts {
            Parts::Numbers(parts) => {
                let Some(part) = parts.get(part) else { return out.fill(NONE) };
                out.iter_mut().zip(leads).for_each(|(slot, id)| *slot = part.find(id));
            }
            Parts::Texts(_) => {
                let number = |lead| u32::try_from(lead).unwrap_or(NONE);
                out.iter_mut().zip(leads).for_each(|(slot, lead)| *slot = number(lead));
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

/// The place of a text's number within a part.
fn placed(part: usize, number: u32) -> Place {
    match u32::try_from(part) {
        Ok(part) if number != NONE => (part, number.into()),
        _ => (NONE, 0),
    }
}

fn part(hash: u64, shift: u32) -> usize {
    (hash >> 1 >> (shift - 1)) as usize
}

#[expect(clippy::cast_possible_truncation, reason = "a mask below 2^32 follows")]
fn place(hash: u64, slots: usize) -> usize {
    hash as usize & slots.wrapping_sub(1)
}

/// Whether a table of so many slots is too full for one more. In a fuller one, one look in three would find another id first,
/// which the processor does not foresee.
fn full(count: usize, slots: usize) -> bool {
    (count + 1) * 8 > slots * 3
}

impl NumberPart {
    fn new() -> Self {
        Self { slots: vec![NONE; LEAST], ids: Vec::new() }
    }

    #[inline]
    fn find(&self, id: i64) -> u32 {
        let mut at = place(hash_number(id), self.slots.len());
        loop {
            let number = self.slots.get(at).copied().unwrap_or(NONE);
            // An empty slot has the number of no id.
            match self.ids.get(number as usize) {
                Some(known) if *known == id => return number,
                None => return NONE,
                Some(_) => at = (at + 1) & (self.slots.len() - 1),
            }
        }
    }

    fn insert(&mut self, id: i64) {
        if full(self.ids.len(), self.slots.len()) {
            self.slots = vec![NONE; self.slots.len() * 2];
            for number in 0..self.ids.len() {
                self.put(number);
            }
        }
        if self.find(id) == NONE {
            self.ids.push(id);
            self.put(self.ids.len() - 1);
        }
    }

    /// Gives an id its slot.
    fn put(&mut self, number: usize) {
        let mask = self.slots.len() - 1;
        let id = self.ids.get(number).copied().unwrap_or_default();
        let mut at = place(hash_number(id), self.slots.len());
        while self.slots.get(at).is_some_and(|number| *number != NONE) {
            at = (at + 1) & mask;
        }
        if let Some(slot) = self.slots.get_mut(at) {
            // INVARIANT: batches of more than four thousand million rows do not fit into memory.
            *slot = u32::try_from(number).unwrap_or(NONE);
        }
    }
}

impl TextPart {
    fn new() -> Self {
        Self { slots: vec![(0, NONE); LEAST], bounds: Vec::new(), bytes: Vec::new() }
    }

    fn text(&self, number: u32) -> &[u8] {
        let [start, end] = self.bounds.get(number as usize).copied().unwrap_or_default();
        self.bytes.get(start..end).unwrap_or(&[])
    }

    fn tag(hash: u64) -> u32 {
        (hash >> 32) as u32
    }

    fn place(&self, hash: u64) -> usize {
        place(hash, self.slots.len())
    }

    fn find(&self, hash: u64, id: &[u8]) -> u32 {
        let mut at = self.place(hash);
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

    fn insert(&mut self, hash: u64, id: &[u8]) {
        if full(self.bounds.len(), self.slots.len()) {
            self.slots = vec![(0, NONE); self.slots.len() * 2];
            for number in 0..u32::try_from(self.bounds.len()).unwrap_or(NONE) {
                let hash = hash_text(self.text(number));
                self.put(hash, number);
            }
        }
        if self.find(hash, id) == NONE {
            // INVARIANT: batches of more than four thousand million rows do not fit into memory.
            let number = u32::try_from(self.bounds.len()).unwrap_or(NONE);
            let start = self.bytes.len();
            self.bytes.extend_from_slice(id);
            self.bounds.push([start, self.bytes.len()]);
            self.put(hash, number);
        }
    }

    fn put(&mut self, hash: u64, number: u32) {
        let mask = self.slots.len() - 1;
        let mut at = self.place(hash);
        while self.slots.get(at).is_some_and(|(_, number)| *number != NONE) {
            at = (at + 1) & mask;
        }
        if let Some(slot) = self.slots.get_mut(at) {
            *slot = (Self::tag(hash), number);
        }
    }
}
