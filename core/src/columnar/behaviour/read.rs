//! Reading activities: class and bucket of each, dealt out by lead.

use std::collections::HashMap;

use super::deal::{Dealt, Deed, Runs, Sum, Tables};
use super::{Behaviour, Column};
use crate::columnar::activities::Bound;
use crate::columnar::kernels::automaton::Automaton;
use crate::columnar::kernels::views::Views;
use crate::columnar::keys::{Keys, NONE, Place};
use crate::columnar::run::BLOCK;
use crate::columnar::source::{END_MICROS, FIRST_MICROS, Form, Source};
use crate::columnar::twins::Twins;
use crate::lead::model::Model;

/// What all pieces share.
pub(super) struct Ground<'g> {
    pub(super) plan: &'g Behaviour,
    pub(super) model: &'g Model,
    pub(super) keys: &'g Keys,
    pub(super) twins: &'g Twins,
    pub(super) at: i64,
    /// How many parts of leads there are.
    pub(super) parts: usize,
    /// Bits of a bucket.
    pub(super) bits: u32,
    /// How many classes there may be.
    pub(super) classes: usize,
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
    pub(super) lexicon: &'p Lexicon,
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

/// Outcomes of the texts of some rows, counted from 1; none of them is empty.
fn outcomes(
    automaton: &mut Automaton,
    views: &mut Views,
    source: &Source<'_>,
    start: usize,
    rows: &[u16],
    out: &mut [u32],
) {
    if let Form::Text(texts, _) = source.form() {
        return views.classify_rows(automaton, texts, start, rows, out);
    }
    // A dictionary that is too large to ask all its values.
    let mut block = [""; BLOCK];
    let block = block.get_mut(..out.len()).unwrap_or(&mut []);
    for (slot, row) in block.iter_mut().zip(rows) {
        *slot = source.text(start + usize::from(*row)).unwrap_or("");
    }
    automaton.classify(block, &[1; BLOCK], out);
}

/// The rows of a block that may count, closed up: those that do not count make room as soon as that is known.
struct Rows {
    count: usize,
    /// Counted from the beginning of the block.
    rows: [u16; BLOCK],
    /// Each row's kind, counted from 1.
    kinds: [u32; BLOCK],
    /// The rules by which each row may earn points.
    masks: [u64; BLOCK],
}

impl Rows {
    fn new() -> Self {
        Self { count: 0, rows: [0; BLOCK], kinds: [0; BLOCK], masks: [0; BLOCK] }
    }

    /// The rows that are marked. Which they are is nothing that the processor foresees, so each is written.
    #[inline(always)]
    fn marked(&mut self, marks: &[u8]) {
        let mut count = 0;
        for (row, mark) in (0_u16..).zip(marks) {
            if let Some(slot) = self.rows.get_mut(count) {
                *slot = row;
            }
            count += usize::from(*mark);
        }
        self.count = count;
    }

    fn rows(&self) -> &[u16] {
        self.rows.get(..self.count).unwrap_or(&[])
    }

    /// The rows of a block that hold a value.
    fn held(&mut self, source: &Source<'_>, start: usize, count: usize) {
        let mut valid = [0; BLOCK];
        let valid = valid.get_mut(..count).unwrap_or(&mut []);
        source.validity(start, valid);
        self.marked(valid);
    }

    /// Closes up the rows that earn points by some rule, of those that `masks` says by a row's kind and the rules so far.
    #[inline(always)]
    fn close_up(&mut self, masks: impl Fn(u32, u64) -> u64) {
        let mut count = 0;
        for at in 0..self.count.min(BLOCK) {
            let of_row =
                (self.rows.get(at).copied(), self.kinds.get(at).copied(), self.masks.get(at).copied());
            let (Some(row), Some(kind), Some(mask)) = of_row else { break };
            let mask = masks(kind, mask);
            if let (Some(to_row), Some(to_kind), Some(to_mask)) =
                (self.rows.get_mut(count), self.kinds.get_mut(count), self.masks.get_mut(count))
            {
                (*to_row, *to_kind, *to_mask) = (row, kind, mask);
            }
            count += usize::from(mask != 0);
        }
        self.count = count;
    }
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
            reader.class(1 << line, usize::MAX);
        }
        reader
    }

    /// Reads activities and deals them out, into the room of what was dealt out before.
    pub(super) fn piece<D: Deed, S: Sum>(
        &mut self,
        ground: &Ground<'_>,
        piece: &Piece<'_>,
        tables: &Tables<S>,
        used: Dealt<D, S>,
    ) -> Dealt<D, S> {
        let Ground { plan, model, keys, parts, .. } = *ground;
        let Piece { bound, lexicon, rows, .. } = piece;
        if self.batch != Some(piece.batch) {
            self.forget();
            self.batch = Some(piece.batch);
        }
        let room = rows.len() / parts.max(1);
        let mut dealt = used;
        // Often half of the activities or fewer count.
        dealt.parts.resize_with(parts, || Vec::with_capacity(room / 2));
        for part in &mut dealt.parts {
            part.clear();
            // Where activities of one lead follow each other, one part takes in what all others do elsewhere.
            part.shrink_to(4 * room);
        }
        dealt.runs.resize_with(parts, Runs::default);
        dealt.runs.iter_mut().for_each(Runs::clear);
        let plain = keys.plain(&bound.lead);
        let mut ages = [0_i64; BLOCK];
        let mut wanted = [0_u8; BLOCK];
        let mut places = [(NONE, 0); BLOCK];
        let mut ids = [0_i64; BLOCK];
        let mut buckets = [0_u16; BLOCK];
        let mut some = Rows::new();
        for start in rows.clone().step_by(BLOCK) {
            let count = BLOCK.min(rows.end - start);
            let wanted = wanted.get_mut(..count).unwrap_or(&mut []);
            let ages = ages.get_mut(..count).unwrap_or(&mut []);
            ground.times(piece, start, ages, wanted);
            some.marked(wanted);
            self.kinds(lexicon, bound, start, &mut some);
            for index in 0..self.columns.len() {
                self.column(lexicon, bound, index, start, &mut some);
                some.close_up(|_, mask| mask);
            }
            for (bucket, row) in buckets.iter_mut().zip(some.rows()) {
                *bucket = plan.steps.of(ages.get(usize::from(*row)).copied().unwrap_or(0));
            }
            if let Some(all) = plain.and_then(|ids| ids.get(start..)) {
                let ids = ids.get_mut(..some.count).unwrap_or(&mut []);
                for (id, row) in ids.iter_mut().zip(some.rows()) {
                    *id = all.get(usize::from(*row)).copied().unwrap_or(0);
                }
                self.deal(ground, ids, &some, &buckets, |id| keys.place(id), tables, &mut dealt);
                continue;
            }
            wanted.fill(0);
            for row in some.rows() {
                if let Some(wanted) = wanted.get_mut(usize::from(*row)) {
                    *wanted = 1;
                }
            }
            keys.places(model, &bound.lead, start, places.get_mut(..count).unwrap_or(&mut []), wanted);
            for (at, row) in some.rows().iter().enumerate() {
                let place = places.get(usize::from(*row)).copied();
                if let (Some(slot), Some(place)) = (places.get_mut(at), place) {
                    *slot = place;
                }
            }
            let places = places.get(..some.count).unwrap_or(&[]);
            self.deal(ground, places, &some, &buckets, |place| place, tables, &mut dealt);
        }
        dealt.classes.clone_from(&self.class_masks);
        dealt
    }

    /// Deals out what counts of a block.
    #[inline(never)]
    #[expect(
        clippy::too_many_arguments,
        reason = "one loop, kept apart so that it has the registers for itself"
    )]
    fn deal<K: Copy + PartialEq, D: Deed, S: Sum>(
        &mut self,
        ground: &Ground<'_>,
        leads: &[K],
        some: &Rows,
        buckets: &[u16],
        place: impl Fn(K) -> Place,
        tables: &Tables<S>,
        dealt: &mut Dealt<D, S>,
    ) {
        if tables.grouped::<D, K>(leads) {
            return tables.add_runs(leads, &some.masks, buckets, place, &mut dealt.runs);
        }
        for ((lead, mask), bucket) in leads.iter().zip(&some.masks).zip(buckets) {
            let (part, lead) = place(*lead);
            let Some(part) = dealt.parts.get_mut(part as usize).filter(|_| D::holds(lead)) else { continue };
            match self.class(*mask, ground.classes) {
                Some(class) => part.push(D::new(lead, class, *bucket, ground.bits)),
                None => {
                    let lines = (0_u16..).take(ground.plan.rules.len()).filter(|line| mask >> line & 1 == 1);
                    part.extend(lines.map(|class| D::new(lead, class, *bucket, ground.bits)));
                }
            }
        }
    }

    /// The class of rules that hold together; none where there is no room for more.
    #[inline(always)]
    fn class(&mut self, mask: u64, most: usize) -> Option<u16> {
        let place = (mask.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as usize;
        match self.recent.get(place) {
            Some((known, class)) if *known == mask => Some(*class),
            _ => self.another_class(mask, place, most),
        }
    }

    #[cold]
    fn another_class(&mut self, mask: u64, place: usize, most: usize) -> Option<u16> {
        if let Some(known) = self.classes.get(&mask) {
            if let Some(slot) = self.recent.get_mut(place) {
                *slot = (mask, *known);
            }
            return Some(*known);
        }
        let next = u16::try_from(self.class_masks.len()).ok().filter(|next| usize::from(*next) < most)?;
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
        let mut found = [0; BLOCK];
        let mut some = Rows::new();
        let kinds = values(&bound.kind, bound.rows).map(|names| {
            let mut kinds = vec![0; names.len()];
            for (start, count) in blocks(names.len()) {
                some.held(names, start, count);
                let found = found.get_mut(..some.count).unwrap_or(&mut []);
                self.kinds_of(names, start, some.rows(), found);
                some.rows().iter().zip(found.iter()).for_each(|(row, kind)| {
                    if let Some(slot) = kinds.get_mut(start + usize::from(*row)) {
                        *slot = *kind;
                    }
                });
            }
            kinds
        });
        let of = |(column, views): (&mut Column, &mut Views)| {
            let values = values(bound.properties.get(&column.place)?, bound.rows)?;
            let mut masks = vec![column.mask(0); values.len()];
            for (start, count) in blocks(values.len()) {
                some.held(values, start, count);
                let found = found.get_mut(..some.count).unwrap_or(&mut []);
                outcomes(&mut column.automaton, views, values, start, some.rows(), found);
                column.extend();
                some.rows().iter().zip(found.iter()).for_each(|(row, outcome)| {
                    if let Some(slot) = masks.get_mut(start + usize::from(*row)) {
                        *slot = column.mask(*outcome);
                    }
                });
            }
            Some(masks)
        };
        Lexicon { kinds, properties: self.columns.iter_mut().zip(&mut self.views).map(of).collect() }
    }

    /// The kinds of rows, and the rules that go with them.
    fn kinds(&mut self, lexicon: &Lexicon, bound: &Bound<'_>, start: usize, some: &mut Rows) {
        let Rows { count, rows, kinds, .. } = some;
        let rows = rows.get(..*count).unwrap_or(&[]);
        let kinds = kinds.get_mut(..*count).unwrap_or(&mut []);
        match (&lexicon.kinds, bound.kind.form()) {
            (Some(of_value), Form::Dictionary(codes, _)) => codes.look_up_rows(start, rows, of_value, kinds),
            _ => self.kinds_of(&bound.kind, start, rows, kinds),
        }
        some.close_up(|kind, _| self.kind_masks.get(kind as usize).copied().unwrap_or(0));
    }

    /// The kinds of some rows, counted from 1.
    fn kinds_of(&mut self, source: &Source<'_>, start: usize, rows: &[u16], kinds: &mut [u32]) {
        let Some(automaton) = &mut self.kind_names else { return };
        outcomes(automaton, &mut self.kind_views, source, start, rows, kinds);
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
    fn column(&mut self, lexicon: &Lexicon, bound: &Bound<'_>, index: usize, start: usize, some: &mut Rows) {
        let (Some(column), Some(views), Some(asks)) =
            (self.columns.get_mut(index), self.views.get_mut(index), self.asks.get(index))
        else {
            return;
        };
        let Rows { count, rows, kinds, masks } = some;
        let empty = column.mask(0);
        let source = bound.properties.get(&column.place);
        let mut valid = [0; BLOCK];
        if let Some(source) = source {
            source.validity(start, valid.get_mut(..bound.rows.min(start + BLOCK) - start).unwrap_or(&mut []));
        }
        // Rows whose property is to be looked at, each with its place; for an empty one it is said at once what holds.
        let (mut asking, mut places) = ([0_u16; BLOCK], [0_u16; BLOCK]);
        let mut asked = 0;
        let all_rows = rows.iter().zip(kinds.iter()).zip(masks.iter_mut()).take(*count);
        for (place, ((row, kind), mask)) in (0_u16..).zip(all_rows) {
            let asks = asks.get(*kind as usize).copied().unwrap_or(false);
            let valid = valid.get(usize::from(*row)).copied().unwrap_or(0) == 1;
            *mask &= empty | !all(u8::from(asks & !valid));
            if let (Some(to_row), Some(to_place)) = (asking.get_mut(asked), places.get_mut(asked)) {
                (*to_row, *to_place) = (*row, place);
            }
            asked += usize::from(asks & valid);
        }
        let asking = asking.get(..asked).unwrap_or(&[]);
        let Some(source) = source else { return };
        if let (Some(Some(of_value)), Form::Dictionary(codes, _)) =
            (lexicon.properties.get(index), source.form())
        {
            let mut held = [0_u64; BLOCK];
            codes.look_up_rows(start, asking, of_value, &mut held);
            for (held, place) in held.iter().zip(&places).take(asked) {
                if let Some(mask) = masks.get_mut(usize::from(*place)) {
                    *mask &= held;
                }
            }
            return;
        }
        let mut classes = [0_u32; BLOCK];
        let classes = classes.get_mut(..asked).unwrap_or(&mut []);
        outcomes(&mut column.automaton, views, source, start, asking, classes);
        column.extend();
        for (class, place) in classes.iter().zip(&places) {
            if let Some(mask) = masks.get_mut(usize::from(*place)) {
                *mask &= column.mask(*class);
            }
        }
    }
}

impl Ground<'_> {
    /// The ages of a block's activities, and whether each counts as far as its times, its trust and its twins say.
    fn times(&self, piece: &Piece<'_>, start: usize, ages: &mut [i64], wanted: &mut [u8]) {
        let bound = piece.bound;
        let Self { plan, at, .. } = *self;
        if let (Some(times), None) = (bound.at.micros(), &bound.recorded_at) {
            self.micros(times.get(start..).unwrap_or(&[]), ages, wanted);
            return self.facts(piece, start, wanted);
        }
        times(&bound.at, start, ages, wanted);
        if let Some(recorded) = &bound.recorded_at {
            let (mut known, mut asked) = ([0_i64; BLOCK], [0_u8; BLOCK]);
            let known = known.get_mut(..ages.len()).unwrap_or(&mut []);
            let asked = asked.get_mut(..ages.len()).unwrap_or(&mut []);
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
        self.facts(piece, start, wanted);
    }

    /// The same of a column of microseconds alone, without empty ones: one comparison an activity.
    #[inline(always)]
    fn micros(&self, times: &[i64], ages: &mut [i64], wanted: &mut [u8]) {
        let first = if self.plan.horizon == i64::MAX {
            i64::MIN
        } else {
            self.at.saturating_sub(self.plan.horizon - 1)
        };
        let first = first.max(FIRST_MICROS);
        let last = self.at.min(END_MICROS - 1);
        let Ok(length) = u64::try_from(last.saturating_sub(first)) else { return wanted.fill(0) };
        for ((age, wanted), time) in ages.iter_mut().zip(wanted).zip(times) {
            *age = self.at.wrapping_sub(*time);
            *wanted = u8::from(time.wrapping_sub(first).cast_unsigned() <= length);
        }
    }

    /// Takes the mark from activities that do not count by their trust, their kind or their twins.
    fn facts(&self, piece: &Piece<'_>, start: usize, wanted: &mut [u8]) {
        let Piece { bound, batch, .. } = piece;
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
        self.twins.leave_out(*batch, start, wanted);
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
