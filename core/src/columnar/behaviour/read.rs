//! Reading activities: class and bucket of each, dealt out by lead.

use std::collections::HashMap;

use super::{Behaviour, Column};
use crate::columnar::activities::Bound;
use crate::columnar::kernels::automaton::Automaton;
use crate::columnar::keys::{Keys, NONE};
use crate::columnar::run::BLOCK;
use crate::columnar::source::{Form, Source};
use crate::columnar::twins::Twins;
use crate::lead::model::Model;

/// Activities of one piece of work, dealt out.
pub(super) struct Dealt {
    /// Per part of the leads: number of the lead, class and bucket.
    pub(super) parts: Vec<Vec<u64>>,
    /// Per class: the rules that it earns points by.
    pub(super) classes: Vec<u64>,
}

/// What all pieces share.
pub(super) struct Ground<'g> {
    pub(super) plan: &'g Behaviour,
    pub(super) model: &'g Model,
    pub(super) keys: &'g Keys,
    pub(super) twins: &'g Twins,
    pub(super) at: i64,
    /// From the number of a lead to its part.
    pub(super) shift: u32,
    pub(super) parts: usize,
}

/// Rows of a batch.
#[derive(Clone)]
pub(super) struct Piece<'p> {
    pub(super) batch: usize,
    pub(super) bound: &'p Bound<'p>,
    pub(super) rows: std::ops::Range<usize>,
}

/// What reading a piece of activities reuses.
#[derive(Clone)]
pub(super) struct Reader {
    columns: Vec<Column>,
    kind_names: Option<Automaton>,
    /// Per outcome of the names: the kind.
    kind_of: Vec<Option<usize>>,
    classes: HashMap<u64, u16>,
    class_masks: Vec<u64>,
    /// Classes met lately, by their rules.
    recent: [(u64, u16); 64],
}

const fn pack(key: u32, class: u16, bucket: u16) -> u64 {
    (key as u64) << 32 | (class as u64) << 16 | bucket as u64
}

pub(super) fn unpack(record: u64) -> [usize; 3] {
    let [b0, b1, c0, c1, k0, k1, k2, k3] = record.to_le_bytes();
    [
        u32::from_le_bytes([k0, k1, k2, k3]) as usize,
        usize::from(u16::from_le_bytes([c0, c1])),
        usize::from(u16::from_le_bytes([b0, b1])),
    ]
}

impl Column {
    /// Masks of outcomes that are new.
    pub(super) fn extend(&mut self) {
        for outcome in self.masks.len()..self.automaton.outcomes() {
            let mut mask = u64::MAX;
            for (line, tree) in &self.whens {
                if !tree.holds(&|atom| self.automaton.answer(outcome, atom)) {
                    mask &= !(1 << line);
                }
            }
            self.masks.push(mask);
        }
    }

    /// Rules that hold where the property is empty, those that do not ask it included.
    fn empty_mask(&self) -> u64 {
        let asking = self.whens.iter().fold(0_u64, |mask, (line, _)| mask | 1 << line);
        !asking | self.empty
    }
}

/// Outcomes of a block of texts, counted from 1; 0 where `valid` says that there is none.
fn outcomes(automaton: &mut Automaton, source: &Source<'_>, start: usize, valid: &[u8], out: &mut [u32]) {
    let mut block = [""; BLOCK];
    let block = block.get_mut(..out.len()).unwrap_or(&mut []);
    match source.form() {
        Form::Text(texts, _) => texts.block(start, block),
        _ => {
            for (offset, (slot, valid)) in block.iter_mut().zip(valid).enumerate() {
                if *valid == 1 {
                    *slot = source.text(start + offset).unwrap_or("");
                }
            }
        }
    }
    automaton.classify(block, valid, out);
}

impl Reader {
    pub(super) fn new(plan: &Behaviour) -> Self {
        let mut reader = Self {
            columns: plan.columns.clone(),
            kind_names: plan.kind_names.clone(),
            kind_of: Vec::new(),
            classes: HashMap::new(),
            class_masks: Vec::new(),
            recent: [(0, 0); 64],
        };
        // Classes of one rule come first: where there is no room for more, an activity counts once per rule.
        for line in 0..plan.rules.len() {
            reader.class(1 << line);
        }
        reader
    }

    /// Reads activities and deals them out.
    pub(super) fn piece(&mut self, ground: &Ground<'_>, piece: &Piece<'_>) -> Dealt {
        let Ground { plan, model, keys, at, shift, parts, .. } = *ground;
        let Piece { bound, rows, .. } = piece;
        let room = rows.len() / parts.max(1);
        let mut dealt: Vec<Vec<u64>> = (0..parts).map(|_| Vec::with_capacity(room + room / 4)).collect();
        let mut ages = [0_i64; BLOCK];
        let mut known = [0_i64; BLOCK];
        let mut wanted = [0_u8; BLOCK];
        let mut asked = [0_u8; BLOCK];
        let mut classes = [0_u32; BLOCK];
        let mut masks = [0_u64; BLOCK];
        let mut kinds = [0_u32; BLOCK];
        let mut numbers = [NONE; BLOCK];
        for start in rows.clone().step_by(BLOCK) {
            let count = BLOCK.min(rows.end - start);
            let wanted = wanted.get_mut(..count).unwrap_or(&mut []);
            let ages = ages.get_mut(..count).unwrap_or(&mut []);
            let known = known.get_mut(..count).unwrap_or(&mut []);
            times(&bound.at, start, ages, wanted);
            if let Some(recorded) = &bound.recorded_at {
                let asked = asked.get_mut(..count).unwrap_or(&mut []);
                times(recorded, start, known, asked);
                for ((wanted, known), asked) in wanted.iter_mut().zip(known.iter()).zip(asked.iter()) {
                    *wanted &= u8::from(*asked == 0 || *known <= at);
                }
            }
            for (age, wanted) in ages.iter_mut().zip(wanted.iter_mut()) {
                let happened = *age <= at;
                *age = at.saturating_sub(*age);
                *wanted &= u8::from(happened & (*age < plan.horizon || plan.horizon == i64::MAX));
            }
            if let Some(trust) = &bound.trust {
                for (offset, wanted) in wanted.iter_mut().enumerate() {
                    *wanted &= u8::from(trust.text(start + offset).is_none_or(|text| text == "human"));
                }
            }
            if bound.kind.may_be_null() {
                for (offset, wanted) in wanted.iter_mut().enumerate() {
                    *wanted &= u8::from(!bound.kind.is_null(start + offset));
                }
            }
            ground.twins.leave_out(piece.batch, start, wanted);
            let kinds = kinds.get_mut(..count).unwrap_or(&mut []);
            let masks = masks.get_mut(..count).unwrap_or(&mut []);
            let classes = classes.get_mut(..count).unwrap_or(&mut []);
            self.kinds(plan, model, bound, start, wanted, kinds, masks);
            for index in 0..self.columns.len() {
                let asked = asked.get_mut(..count).unwrap_or(&mut []);
                self.column(plan, bound, index, start, kinds, asked, classes, masks);
            }
            for (wanted, mask) in wanted.iter_mut().zip(masks.iter()) {
                *wanted &= u8::from(*mask != 0);
            }
            let numbers = numbers.get_mut(..count).unwrap_or(&mut []);
            keys.block(model, &bound.lead, start, numbers, wanted);
            for (((number, mask), age), wanted) in
                numbers.iter().zip(masks.iter()).zip(ages.iter()).zip(wanted.iter())
            {
                if *wanted == 0 || *number == NONE {
                    continue;
                }
                let class = self.class(*mask);
                let bucket = if plan.unit == 0 { 0 } else { (*age / plan.unit).min(plan.last) };
                let bucket = u16::try_from(bucket).unwrap_or(u16::MAX);
                let Some(part) = dealt.get_mut((*number >> shift) as usize) else { continue };
                match class {
                    Some(class) => part.push(pack(*number, class, bucket)),
                    None => {
                        let lines = (0_u16..).take(plan.rules.len()).filter(|line| mask >> line & 1 == 1);
                        part.extend(lines.map(|line| pack(*number, line, bucket)));
                    }
                }
            }
        }
        Dealt { parts: dealt, classes: self.class_masks.clone() }
    }

    /// The class of rules that hold together; none where there is no room for more.
    pub(super) fn class(&mut self, mask: u64) -> Option<u16> {
        let place = (mask.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as usize;
        if let Some((known, class)) = self.recent.get(place)
            && *known == mask
        {
            return Some(*class);
        }
        if let Some(known) = self.classes.get(&mask) {
            if let Some(slot) = self.recent.get_mut(place) {
                *slot = (mask, *known);
            }
            return Some(*known);
        }
        let next = u16::try_from(self.class_masks.len()).ok()?;
        self.classes.insert(mask, next);
        self.class_masks.push(mask);
        Some(next)
    }

    /// The kinds of a block, counted from 1, and what their rules are.
    #[expect(clippy::too_many_arguments, reason = "a block and its columns")]
    fn kinds(
        &mut self,
        plan: &Behaviour,
        model: &Model,
        bound: &Bound<'_>,
        start: usize,
        wanted: &[u8],
        kinds: &mut [u32],
        masks: &mut [u64],
    ) {
        let Some(automaton) = &mut self.kind_names else { return };
        outcomes(automaton, &bound.kind, start, wanted, kinds);
        for outcome in self.kind_of.len()..automaton.outcomes() {
            let named = (0..model.activities().len()).find(|kind| automaton.answer(outcome, *kind));
            self.kind_of.push(named);
        }
        for (kind, mask) in kinds.iter_mut().zip(masks) {
            let outcome = (*kind as usize).checked_sub(1);
            let named = outcome.and_then(|outcome| self.kind_of.get(outcome)).copied().flatten();
            *kind = named.and_then(|kind| u32::try_from(kind + 1).ok()).unwrap_or(0);
            *mask = named.and_then(|kind| plan.kinds.get(kind)).map_or(0, |kind| kind.mask);
        }
    }

    /// Takes away the rules that a property does not let hold.
    #[expect(clippy::too_many_arguments, reason = "a block and its columns")]
    fn column(
        &mut self,
        plan: &Behaviour,
        bound: &Bound<'_>,
        index: usize,
        start: usize,
        kinds: &[u32],
        asked: &mut [u8],
        classes: &mut [u32],
        masks: &mut [u64],
    ) {
        let Some(column) = self.columns.get_mut(index) else { return };
        let asks: Vec<bool> = std::iter::once(false)
            .chain(plan.kinds.iter().map(|kind| kind.columns.contains(&index)))
            .collect();
        let asks = |kind: u32| asks.get(kind as usize).copied().unwrap_or(false);
        let empty = column.empty_mask();
        match bound.properties.get(&column.place) {
            Some(source) => {
                source.validity(start, asked);
                asked.iter_mut().zip(kinds).for_each(|(asked, kind)| *asked &= u8::from(asks(*kind)));
                outcomes(&mut column.automaton, source, start, asked, classes);
                column.extend();
            }
            None => classes.fill(0),
        }
        for ((mask, class), kind) in masks.iter_mut().zip(classes.iter()).zip(kinds) {
            if asks(*kind) {
                let held = (*class as usize).checked_sub(1).and_then(|outcome| column.masks.get(outcome));
                *mask &= held.copied().unwrap_or(empty);
            }
        }
    }
}

/// Instants of a block in microseconds; those that are empty or cannot be read lose their mark.
fn times(source: &Source<'_>, start: usize, out: &mut [i64], valid: &mut [u8]) {
    source.validity(start, valid);
    match source.form() {
        Form::Number(..) => source.keys(start, out, valid),
        _ => {
            for (offset, (slot, valid)) in out.iter_mut().zip(valid.iter_mut()).enumerate() {
                match source.time(start + offset) {
                    Some(time) if *valid == 1 => *slot = time,
                    _ => *valid = 0,
                }
            }
        }
    }
}
