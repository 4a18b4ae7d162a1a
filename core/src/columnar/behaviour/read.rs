//! Reading activities: class and bucket of each, dealt out by lead.

use std::collections::HashMap;

use super::{Behaviour, Column};
use crate::columnar::activities::Bound;
use crate::columnar::kernels::automaton::Automaton;
use crate::columnar::kernels::views::Views;
use crate::columnar::keys::{Keys, NONE};
use crate::columnar::run::BLOCK;
use crate::columnar::source::{Form, Source};
use crate::columnar::twins::Twins;
use crate::lead::model::Model;

/// What one activity comes to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deed {
    /// What finds the lead within its part.
    pub(super) lead: i64,
    pub(super) class: u16,
    pub(super) bucket: u16,
}

/// Activities of one piece of work, dealt out.
#[derive(Default)]
pub(super) struct Dealt {
    /// Per part of the leads.
    pub(super) parts: Vec<Vec<Deed>>,
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
    /// How many parts of leads there are.
    pub(super) parts: usize,
    /// Per batch.
    pub(super) lexicons: Vec<Lexicon>,
}

/// What the values of a batch's dictionaries mean, each asked once.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    /// Per value of the kinds: the kind, counted from 1.
    kinds: Option<Vec<u32>>,
    /// Per property, per value: the rules that hold.
    properties: Vec<Option<Vec<u64>>>,
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
    /// The views of kinds and of each column, in the batch at hand.
    kind_views: Views,
    views: Vec<Views>,
    batch: Option<usize>,
    /// Per outcome of the names: the kind, counted from 1.
    kind_of: Vec<u32>,
    /// Per kind counted from 1: its rules.
    kind_masks: Vec<u64>,
    /// Per column, per kind counted from 1: whether its rules ask the column.
    asks: Vec<Vec<bool>>,
    classes: HashMap<u64, u16>,
    class_masks: Vec<u64>,
    /// Classes met lately, by their rules.
    recent: [(u64, u16); 64],
}

impl Column {
    /// Masks of outcomes that are new.
    pub(super) fn extend(&mut self) {
        if self.masks.is_empty() {
            self.masks.push(self.without);
        }
        for outcome in self.masks.len() - 1..self.automaton.outcomes() {
            let mut mask = u64::MAX;
            for (line, tree) in &self.whens {
                if !tree.holds(&|atom| self.automaton.answer(outcome, atom)) {
                    mask &= !(1 << line);
                }
            }
            self.masks.push(mask);
        }
    }

    /// Rules that hold by an outcome counted from 1, or where the property is empty; those that do not ask it
    /// included.
    #[inline(always)]
    fn mask(&self, outcome: u32) -> u64 {
        self.masks.get(outcome as usize).copied().unwrap_or(0)
    }
}

/// Outcomes of a block of texts, counted from 1; 0 where `valid` says that there is none.
fn outcomes(
    automaton: &mut Automaton,
    views: &mut Views,
    source: &Source<'_>,
    start: usize,
    valid: &[u8],
    out: &mut [u32],
) {
    if let Form::Text(texts, _) = source.form() {
        return views.classify(automaton, texts, start, valid, out);
    }
    // A dictionary that is too large to ask all its values.
    let mut block = [""; BLOCK];
    let block = block.get_mut(..out.len()).unwrap_or(&mut []);
    for ((slot, valid), row) in block.iter_mut().zip(valid).zip(start..) {
        if *valid == 1 {
            *slot = source.text(row).unwrap_or("");
        }
    }
    automaton.classify(block, valid, out);
}

impl Reader {
    pub(super) fn new(plan: &Behaviour) -> Self {
        let mut reader = Self {
            columns: plan.columns.clone(),
            kind_names: plan.kind_names.clone(),
            kind_views: Views::default(),
            views: vec![Views::default(); plan.columns.len()],
            batch: None,
            kind_of: Vec::new(),
            kind_masks: std::iter::once(0).chain(plan.kinds.iter().map(|kind| kind.mask)).collect(),
            asks: (0..plan.columns.len())
                .map(|index| {
                    let of_kinds = plan.kinds.iter().map(|kind| kind.columns.contains(&index));
                    std::iter::once(false).chain(of_kinds).collect()
                })
                .collect(),
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

    /// Reads activities and deals them out, into the room of what was dealt out before.
    pub(super) fn piece(&mut self, ground: &Ground<'_>, piece: &Piece<'_>, used: Dealt) -> Dealt {
        let Ground { plan, model, keys, at, parts, .. } = *ground;
        let Piece { bound, rows, .. } = piece;
        if self.batch != Some(piece.batch) {
            self.forget();
            self.batch = Some(piece.batch);
        }
        let unread = Lexicon::default();
        let lexicon = ground.lexicons.get(piece.batch).unwrap_or(&unread);
        let room = rows.len() / parts.max(1);
        let mut dealt = used.parts;
        dealt.resize_with(parts, || Vec::with_capacity(room + room / 8));
        for part in &mut dealt {
            part.clear();
            // In a table sorted by lead, one part takes in what all others do elsewhere.
            part.shrink_to(4 * room);
        }
        let mut ages = [0_i64; BLOCK];
        let mut known = [0_i64; BLOCK];
        let mut wanted = [0_u8; BLOCK];
        let mut asked = [0_u8; BLOCK];
        let mut classes = [0_u32; BLOCK];
        let mut masks = [0_u64; BLOCK];
        let mut kinds = [0_u32; BLOCK];
        let mut places = [(NONE, 0); BLOCK];
        let mut rows_wanted = [0_u16; BLOCK];
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
            match (&lexicon.kinds, bound.kind.form()) {
                (Some(of_value), Form::Dictionary(codes, _)) => codes.look_up(start, of_value, kinds),
                _ => self.kinds(&bound.kind, start, wanted, kinds),
            }
            for ((mask, kind), wanted) in masks.iter_mut().zip(kinds.iter()).zip(wanted.iter()) {
                let of_kind = self.kind_masks.get(*kind as usize).copied().unwrap_or(0);
                *mask = of_kind & all(*wanted);
            }
            for index in 0..self.columns.len() {
                let asked = asked.get_mut(..count).unwrap_or(&mut []);
                self.column(lexicon, bound, index, start, kinds, asked, classes, masks);
            }
            for (wanted, mask) in wanted.iter_mut().zip(masks.iter()) {
                *wanted = u8::from(*mask != 0);
            }
            let places = places.get_mut(..count).unwrap_or(&mut []);
            keys.places(model, &bound.lead, start, places, wanted);
            // Which rows count is nothing that the processor foresees: they are gathered first.
            let mut some = 0;
            for (row, wanted) in (0_u16..).zip(wanted.iter()) {
                if let Some(slot) = rows_wanted.get_mut(some) {
                    *slot = row;
                }
                some += usize::from(*wanted);
            }
            for row in rows_wanted.iter().take(some) {
                let row = usize::from(*row);
                let (Some((part, lead)), Some(mask), Some(age)) =
                    (places.get(row), masks.get(row), ages.get(row))
                else {
                    continue;
                };
                let (lead, Some(part)) = (*lead, dealt.get_mut(*part as usize)) else { continue };
                let bucket = plan.steps.of(*age);
                match self.class(*mask) {
                    Some(class) => part.push(Deed { lead, class, bucket }),
                    None => {
                        let lines = (0_u16..).take(plan.rules.len()).filter(|line| mask >> line & 1 == 1);
                        part.extend(lines.map(|class| Deed { lead, class, bucket }));
                    }
                }
            }
        }
        Dealt { parts: dealt, classes: self.class_masks.clone() }
    }

    /// The class of rules that hold together; none where there is no room for more.
    #[inline(always)]
    fn class(&mut self, mask: u64) -> Option<u16> {
        let place = (mask.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as usize;
        match self.recent.get(place) {
            Some((known, class)) if *known == mask => Some(*class),
            _ => self.another_class(mask, place),
        }
    }

    #[cold]
    fn another_class(&mut self, mask: u64, place: usize) -> Option<u16> {
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

    /// Another batch, or the values of its dictionaries: what views said of the one before holds no more.
    fn forget(&mut self) {
        self.batch = None;
        self.kind_views.forget();
        self.views.iter_mut().for_each(Views::forget);
    }

    /// Asks the values of dictionaries.
    pub(super) fn lexicon(&mut self, bound: &Bound<'_>) -> Lexicon {
        self.forget();
        let mut valid = [0; BLOCK];
        let mut found = [0; BLOCK];
        let kinds = values(&bound.kind, bound.rows).map(|names| {
            let mut kinds = Vec::with_capacity(names.len());
            for (start, count) in blocks(names.len()) {
                let valid = valid.get_mut(..count).unwrap_or(&mut []);
                let found = found.get_mut(..count).unwrap_or(&mut []);
                names.validity(start, valid);
                self.kinds(names, start, valid, found);
                kinds.extend_from_slice(found);
            }
            kinds
        });
        let of = |(column, views): (&mut Column, &mut Views)| {
            let values = values(bound.properties.get(&column.place)?, bound.rows)?;
            let mut masks = Vec::with_capacity(values.len());
            for (start, count) in blocks(values.len()) {
                let valid = valid.get_mut(..count).unwrap_or(&mut []);
                let found = found.get_mut(..count).unwrap_or(&mut []);
                values.validity(start, valid);
                outcomes(&mut column.automaton, views, values, start, valid, found);
                column.extend();
                masks.extend(found.iter().map(|outcome| column.mask(*outcome)));
            }
            Some(masks)
        };
        Lexicon { kinds, properties: self.columns.iter_mut().zip(&mut self.views).map(of).collect() }
    }

    /// The kinds of a block, counted from 1.
    fn kinds(&mut self, source: &Source<'_>, start: usize, wanted: &[u8], kinds: &mut [u32]) {
        let Some(automaton) = &mut self.kind_names else { return };
        outcomes(automaton, &mut self.kind_views, source, start, wanted, kinds);
        for outcome in self.kind_of.len()..automaton.outcomes() {
            let named = (0..automaton.questions()).find(|kind| automaton.answer(outcome, *kind));
            self.kind_of.push(named.and_then(|kind| u32::try_from(kind + 1).ok()).unwrap_or(0));
        }
        for kind in kinds {
            let outcome = (*kind as usize).checked_sub(1);
            *kind = outcome.and_then(|outcome| self.kind_of.get(outcome)).copied().unwrap_or(0);
        }
    }

    /// Takes away the rules that a property does not let hold.
    #[expect(clippy::too_many_arguments, reason = "a block and its columns")]
    fn column(
        &mut self,
        lexicon: &Lexicon,
        bound: &Bound<'_>,
        index: usize,
        start: usize,
        kinds: &[u32],
        asked: &mut [u8],
        classes: &mut [u32],
        masks: &mut [u64],
    ) {
        let (Some(column), Some(views)) = (self.columns.get_mut(index), self.views.get_mut(index)) else {
            return;
        };
        let Some(asks) = self.asks.get(index) else { return };
        for ((asked, kind), mask) in asked.iter_mut().zip(kinds).zip(masks.iter()) {
            *asked = u8::from((*mask != 0) & asks.get(*kind as usize).copied().unwrap_or(false));
        }
        let Some(source) = bound.properties.get(&column.place) else {
            let empty = column.mask(0);
            let unmet = masks.iter_mut().zip(asked.iter()).filter(|(_, asked)| **asked == 1);
            unmet.for_each(|(mask, _)| *mask &= empty);
            return;
        };
        let mut valid = [0; BLOCK];
        let valid = valid.get_mut(..asked.len()).unwrap_or(&mut []);
        source.validity(start, valid);
        if let (Some(Some(of_value)), Form::Dictionary(codes, _)) =
            (lexicon.properties.get(index), source.form())
        {
            let mut held = [0; BLOCK];
            let held = held.get_mut(..asked.len()).unwrap_or(&mut []);
            codes.look_up(start, of_value, held);
            let empty = column.mask(0);
            for (((mask, held), asked), valid) in
                masks.iter_mut().zip(held.iter()).zip(asked.iter()).zip(valid)
            {
                let held = *held & all(*valid) | empty & !all(*valid);
                *mask &= held | !all(*asked);
            }
            return;
        }
        valid.iter_mut().zip(asked.iter()).for_each(|(valid, asked)| *valid &= asked);
        outcomes(&mut column.automaton, views, source, start, valid, classes);
        column.extend();
        for ((mask, class), asked) in masks.iter_mut().zip(classes.iter()).zip(asked.iter()) {
            *mask &= column.mask(*class) | !all(*asked);
        }
    }
}

/// All bits for 1, and none for 0.
#[inline(always)]
fn all(mark: u8) -> u64 {
    0_u64.wrapping_sub(mark.into())
}

/// The values of a dictionary, unless it is so much larger than its column that asking them all is not worth it.
fn values<'s, 'b>(source: &'s Source<'b>, rows: usize) -> Option<&'s Source<'b>> {
    match source.form() {
        Form::Dictionary(_, values) if values.len() <= 2 * rows + BLOCK => Some(values),
        _ => None,
    }
}

/// Start and length of each block of so many rows.
fn blocks(rows: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).step_by(BLOCK).map(move |start| (start, BLOCK.min(rows - start)))
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
