//! Rules on activities, reckoned up for whole tables.
//!
//! An activity is read once: its kind and properties say which rules it earns points by (its class), its age says
//! how much is left of them (its bucket). That makes eight bytes, with the number of its lead. The eight bytes are
//! dealt out by lead, so that the sums of the leads at hand stay in the cache; then the points of each rule come
//! from a table by bucket.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write;
use std::num::NonZeroUsize;

use crate::base::points::Points;
use crate::columnar::activities::Bound;
use crate::columnar::fit::is_text;
use crate::columnar::kernels::atoms::{Atom, Atoms, Tree};
use crate::columnar::kernels::automaton::Automaton;
use crate::columnar::keys::{Keys, NONE};
use crate::columnar::parallel::Threads;
use crate::columnar::plan::Scope;
use crate::columnar::run::BLOCK;
use crate::columnar::source::{Form, Source};
use crate::expr::{Frame, Node, NodeKind, Property, node_holds};
use crate::lead::activity::Activity;
use crate::lead::facts::{Cell, Fact, Facts};
use crate::lead::model::Model;
use crate::lead::record::Lead;
use crate::playbook::compile::Compiled;
use crate::scoring::compile::{On, PointsForm, Rule};

/// Rules that one mask can tell.
const MAX_RULES: usize = 64;
/// Steps of age that a bucket can tell.
const MAX_BUCKETS: i64 = 60_000;
/// Activities that are dealt out before they are added up: what this takes is bounded.
const DEAL: usize = 1 << 22;
/// Activities of one piece of work.
const PIECE: usize = 1 << 18;
/// Bytes of sums that stay in the cache.
const CACHE: usize = 1 << 19;

/// The rules that the kernel covers, and what they gave.
#[derive(Debug, Clone)]
pub(crate) struct Behaviour {
    rules: Vec<Line>,
    covered: BTreeSet<(usize, usize)>,
    /// Microseconds of one bucket, and the last one.
    unit: i64,
    last: i64,
    /// Ages from which nothing counts any more.
    horizon: i64,
    columns: Vec<Column>,
    kinds: Vec<Kind>,
    kind_names: Option<Automaton>,
    /// The accounts that the rules add to.
    accounts: Vec<usize>,
    /// Per lead, per account: plus and minus.
    totals: Vec<[i64; 2]>,
    /// Leads whose points by a rule leave their range.
    overflows: BTreeMap<u32, usize>,
}

/// One rule.
#[derive(Debug, Clone)]
struct Line {
    place: (usize, usize),
    account: usize,
    cap: i64,
    /// Points by bucket.
    points: Vec<i64>,
}

/// A property that conditions look at.
#[derive(Debug, Clone)]
struct Column {
    name: String,
    /// A kind and place that declares it.
    place: (usize, usize),
    automaton: Automaton,
    /// Per rule: what has to hold of the property.
    whens: Vec<(usize, Tree)>,
    /// Rules that hold where the property is empty.
    empty: u64,
    /// Per outcome: the rules that hold.
    masks: Vec<u64>,
}

/// What is to be known of a kind of activity.
#[derive(Debug, Clone, Default)]
struct Kind {
    /// Its rules, as far as properties that it does not have let them hold.
    mask: u64,
    /// Columns to look at.
    columns: Vec<usize>,
}

/// Activities of one piece of work, dealt out.
struct Dealt {
    /// Per part of the leads: number of the lead, class and bucket.
    parts: Vec<Vec<u64>>,
    /// Per class: the rules that it earns points by.
    classes: Vec<u64>,
}

/// The rules of a class, each with its points by bucket.
type LinesOfClass<'r> = Vec<(usize, &'r [i64])>;

/// A part of a condition: the property that it asks, a kind and place that declares it, and the part.
type Part<'r> = (String, (usize, usize), &'r Node);

/// What reading a piece of activities reuses.
#[derive(Clone)]
struct Reader {
    columns: Vec<Column>,
    kind_names: Option<Automaton>,
    /// Per outcome of the names: the kind.
    kind_of: Vec<Option<usize>>,
    classes: HashMap<u64, u16>,
    class_masks: Vec<u64>,
    /// Classes met lately, by their rules.
    recent: [(u64, u16); 64],
}

impl Behaviour {
    pub(crate) fn plan(compiled: &Compiled, scope: &Scope) -> Self {
        let model = &compiled.model;
        let mut plan = Self {
            rules: Vec::new(),
            covered: BTreeSet::new(),
            unit: 0,
            last: 0,
            horizon: 0,
            columns: Vec::new(),
            kinds: vec![Kind::default(); model.activities().len()],
            kind_names: None,
            accounts: Vec::new(),
            totals: Vec::new(),
            overflows: BTreeMap::new(),
        };
        let mut drafts = Drafts::new();
        let mut taken: Vec<(&On, Points)> = Vec::new();
        for (card, policy) in compiled.scoring.cards.iter().enumerate() {
            for (number, rule) in policy.rules.iter().enumerate() {
                let (Some(on), PointsForm::Fixed(points)) = (&rule.on, &rule.points) else { continue };
                if !scope.scored(card) || on.per.is_some() || plan.rules.len() == MAX_RULES {
                    continue;
                }
                let Some(unit) = plan.unit_with(on) else { continue };
                let Some(parts) = conjuncts(model, rule) else { continue };
                let mut longer = drafts.clone();
                let line = plan.rules.len();
                if !draft(model, &parts, line, &mut longer) {
                    continue;
                }
                drafts = longer;
                plan.unit = unit;
                let last = plan.last_of(on, unit);
                plan.last = plan.last.max(last);
                plan.horizon = plan.horizon.max(end(on));
                plan.covered.insert((card, number));
                taken.push((on, *points));
                for kind in &on.kinds {
                    let names = parts.iter().filter(|(name, ..)| !declares(model, *kind, name));
                    let mut unmet = names.filter(|(.., node)| !holds_empty(model, node));
                    if unmet.next().is_none()
                        && let Some(of) = plan.kinds.get_mut(*kind)
                    {
                        of.mask |= 1 << line;
                    }
                }
                plan.rules.push(Line {
                    place: (card, number),
                    account: rule.account,
                    cap: on.cap.map_or(i64::MAX, Points::millionths),
                    points: Vec::new(),
                });
            }
        }
        plan.last = taken.iter().map(|(on, _)| plan.last_of(on, plan.unit)).max().unwrap_or(0);
        for (line, (on, base)) in plan.rules.iter_mut().zip(taken) {
            let of = |bucket: i64| {
                let age = bucket * plan.unit;
                if age >= on.within {
                    return 0;
                }
                let weight = on.decay.as_ref().map_or(1_000_000, |decay| decay.weight(age));
                if weight == 0 { 0 } else { base.weighted(weight).millionths() }
            };
            line.points = (0..=plan.last).map(of).collect();
        }
        for (name, (atoms, whens, empty, place)) in drafts {
            let Some(automaton) = Automaton::new(&atoms) else {
                // INVARIANT: each rule's questions made an automaton when it was taken.
                continue;
            };
            let used = whens.iter().fold(0_u64, |mask, (line, _)| mask | 1 << line);
            for (kind, of) in plan.kinds.iter_mut().enumerate() {
                if of.mask & used != 0 && declares(model, kind, &name) {
                    of.columns.push(plan.columns.len());
                }
            }
            let mut column = Column { name, place, automaton, whens, empty, masks: Vec::new() };
            column.extend();
            plan.columns.push(column);
        }
        let mut names = Atoms::default();
        for (name, _) in model.activities() {
            names.number(Atom::Equals(name.into()));
        }
        plan.kind_names = Automaton::new(&names).filter(|_| !plan.rules.is_empty());
        plan.accounts = plan.rules.iter().map(|line| line.account).collect();
        plan.accounts.sort_unstable();
        plan.accounts.dedup();
        plan
    }

    pub(crate) fn covers(&self, card: usize, rule: usize) -> bool {
        self.covered.contains(&(card, rule))
    }

    /// Rules on activities that are evaluated record by record.
    pub(crate) fn uncovered(&self, compiled: &Compiled, scope: &Scope) -> Vec<(usize, usize)> {
        let mut rest = Vec::new();
        for (card, policy) in compiled.scoring.cards.iter().enumerate() {
            for (number, rule) in policy.rules.iter().enumerate() {
                if scope.scored(card) && rule.on.is_some() && !self.covers(card, number) {
                    rest.push((card, number));
                }
            }
        }
        rest
    }

    pub(crate) fn properties(&self) -> impl Iterator<Item = (usize, usize)> {
        self.columns.iter().map(|column| column.place)
    }

    pub(crate) fn covered(&self) -> impl Iterator<Item = &(usize, usize)> {
        self.covered.iter()
    }

    /// The kernel in words.
    pub(crate) fn describe(&self) -> String {
        let mut text = String::from("activities by class and age");
        for column in &self.columns {
            let _ = write!(
                text,
                ", one automaton for {} questions to `{}`",
                column.automaton.questions(),
                column.name
            );
        }
        text
    }

    /// What the kernel's rules gave a lead, per account; the number of a rule whose points leave their range.
    pub(crate) fn add(&self, key: u32, mut add: impl FnMut(usize, i64, i64)) -> Result<(), (usize, usize)> {
        if key == NONE || self.totals.is_empty() {
            return Ok(());
        }
        let start = key as usize * self.accounts.len();
        for (account, [plus, minus]) in self.accounts.iter().zip(self.totals.get(start..).unwrap_or(&[])) {
            add(*account, *plus, *minus);
        }
        if self.overflows.is_empty() {
            return Ok(());
        }
        match self.overflows.get(&key).and_then(|line| self.rules.get(*line)) {
            Some(line) => Err(line.place),
            None => Ok(()),
        }
    }

    /// The unit of age that this rule needs besides those taken already, if there is one.
    fn unit_with(&self, on: &On) -> Option<i64> {
        let mut unit = self.unit;
        if on.within != i64::MAX {
            unit = gcd(unit, on.within);
        }
        if let Some(decay) = &on.decay {
            unit = gcd(unit, decay.step());
        }
        let last = self.last.checked_mul(self.unit.max(1))?.max(reach(on)) / unit.max(1);
        (last <= MAX_BUCKETS).then_some(unit)
    }

    fn last_of(&self, on: &On, unit: i64) -> i64 {
        reach(on) / unit.max(1)
    }

    /// Reads all activities and reckons up.
    pub(crate) fn run(
        mut self,
        bound: &[Bound<'_>],
        model: &Model,
        keys: &Keys,
        at: i64,
        threads: Option<NonZeroUsize>,
    ) -> Self {
        if self.rules.is_empty() {
            return self;
        }
        let threads = Threads::new(threads);
        let mut reader = Reader {
            columns: self.columns.clone(),
            kind_names: self.kind_names.clone(),
            kind_of: Vec::new(),
            classes: HashMap::new(),
            class_masks: Vec::new(),
            recent: [(0, 0); 64],
        };
        // Classes of one rule come first: where there is no room for more, an activity counts once per rule.
        for line in 0..self.rules.len() {
            reader.class(1 << line);
        }
        let width = self.rules.len();
        // Parts of the leads whose sums fit into the cache.
        let leads = (CACHE / (8 * width)).next_power_of_two().max(1);
        let shift = leads.trailing_zeros();
        let parts = keys.len().div_ceil(leads);
        let mut sums = vec![0_i64; keys.len() * width];
        let mut pieces: Vec<(&Bound<'_>, usize, usize)> = Vec::new();
        for bound in bound {
            for start in (0..bound.rows).step_by(PIECE) {
                pieces.push((bound, start, PIECE.min(bound.rows - start)));
            }
        }
        if let Some((bound, start, rows)) = pieces.first() {
            // Once beforehand, so that the pieces find most states made.
            let warm = (*rows).min(8 * BLOCK);
            reader.piece(&self, bound, model, keys, at, *start..*start + warm, shift, parts);
        }
        for deal in pieces.chunks(DEAL / PIECE) {
            let dealt = threads.map(deal.to_vec(), |(bound, start, rows)| {
                reader.clone().piece(&self, bound, model, keys, at, start..start + rows, shift, parts)
            });
            let tables: Vec<Vec<LinesOfClass<'_>>> =
                dealt.iter().map(|dealt| self.tables(&dealt.classes)).collect();
            let work: Vec<(usize, &mut [i64])> = sums.chunks_mut(leads * width).enumerate().collect();
            threads.map(work, |(part, sums)| {
                for (dealt, tables) in dealt.iter().zip(&tables) {
                    let records = dealt.parts.get(part).map_or(&[][..], Vec::as_slice);
                    for record in records {
                        let [key, class, bucket] = unpack(*record);
                        let start = (key & (leads - 1)) * width;
                        let Some(of_lead) = sums.get_mut(start..start + width) else { continue };
                        for (line, points) in tables.get(class).map_or(&[][..], Vec::as_slice) {
                            if let (Some(sum), Some(points)) = (of_lead.get_mut(*line), points.get(bucket)) {
                                *sum = sum.saturating_add(*points);
                            }
                        }
                    }
                }
            });
        }
        self.close(&sums);
        self
    }

    /// Per class: its rules with their points by bucket.
    fn tables(&self, classes: &[u64]) -> Vec<LinesOfClass<'_>> {
        let of = |mask: &u64| {
            let lines = self.rules.iter().enumerate().filter(|(line, _)| mask >> line & 1 == 1);
            lines.map(|(line, rule)| (line, rule.points.as_slice())).collect()
        };
        classes.iter().map(of).collect()
    }

    /// Applies the caps and adds up the rules of each account.
    fn close(&mut self, sums: &[i64]) {
        let width = self.accounts.len();
        let places: Vec<(usize, i64)> = self
            .rules
            .iter()
            .map(|line| (self.accounts.iter().position(|of| *of == line.account).unwrap_or(0), line.cap))
            .collect();
        let mut totals = vec![[0_i64; 2]; sums.len() / self.rules.len().max(1) * width];
        let range = Points::MIN.millionths()..=Points::MAX.millionths();
        let leads = sums.chunks_exact(self.rules.len().max(1)).zip(totals.chunks_exact_mut(width.max(1)));
        for (key, (sums, totals)) in (0_u32..).zip(leads) {
            for (line, (sum, (place, cap))) in sums.iter().zip(&places).enumerate() {
                if !range.contains(sum) {
                    self.overflows.entry(key).or_insert(line);
                }
                let capped = (*sum).clamp(-cap, *cap);
                if let Some([plus, minus]) = totals.get_mut(*place) {
                    *plus = plus.saturating_add(capped.max(0));
                    *minus = minus.saturating_add(capped.min(0));
                }
            }
        }
        self.totals = totals;
    }
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The last age at which anything changes.
fn reach(on: &On) -> i64 {
    let decay = on.decay.as_ref().map_or(0, |decay| decay.end());
    let within = if on.within == i64::MAX { 0 } else { on.within };
    decay.max(within)
}

/// The age from which the rule counts nothing.
fn end(on: &On) -> i64 {
    on.within.min(on.decay.as_ref().map_or(i64::MAX, |decay| decay.end()))
}

const fn pack(key: u32, class: u16, bucket: u16) -> u64 {
    (key as u64) << 32 | (class as u64) << 16 | bucket as u64
}

fn unpack(record: u64) -> [usize; 3] {
    let [b0, b1, c0, c1, k0, k1, k2, k3] = record.to_le_bytes();
    [
        u32::from_le_bytes([k0, k1, k2, k3]) as usize,
        usize::from(u16::from_le_bytes([c0, c1])),
        usize::from(u16::from_le_bytes([b0, b1])),
    ]
}

/// The parts of a rule's condition, each with the one property that it asks, if there is no more to it.
fn conjuncts<'r>(model: &Model, rule: &'r Rule) -> Option<Vec<Part<'r>>> {
    let Some(when) = &rule.when else { return Some(Vec::new()) };
    let root = when.root();
    let parts: Vec<&Node> = match &root.kind {
        NodeKind::All(parts) => parts.iter().collect(),
        _ => vec![root],
    };
    let of = |node: &'r Node| {
        let place = property_in(node)?;
        let (_, policy) = model.activity_at(place.0)?;
        let (name, kind) = policy.properties.get_index(place.1)?;
        is_text(*kind).then(|| (name.clone(), place, node))
    };
    parts.into_iter().map(of).collect()
}

/// The first property of the rule's activity that a condition looks at.
fn property_in(node: &Node) -> Option<(usize, usize)> {
    if let NodeKind::Property(of, Property::Declared(places)) = &node.kind
        && matches!(of.kind, NodeKind::Activity)
    {
        return places.first().copied();
    }
    node.children().into_iter().find_map(property_in)
}

fn declares(model: &Model, kind: usize, name: &str) -> bool {
    model.activity_at(kind).is_some_and(|(_, policy)| policy.properties.contains_key(name))
}

type Drafts = BTreeMap<String, (Atoms, Vec<(usize, Tree)>, u64, (usize, usize))>;

/// Takes the parts of a condition apart into questions; false if one asks what no automaton answers.
fn draft(model: &Model, parts: &[Part<'_>], line: usize, drafts: &mut Drafts) -> bool {
    for (name, place, node) in parts {
        let subject = |node: &Node| match &node.kind {
            NodeKind::Property(of, Property::Declared(places)) if matches!(of.kind, NodeKind::Activity) => {
                places
                    .first()
                    .and_then(|(kind, place)| {
                        let (_, policy) = model.activity_at(*kind)?;
                        policy.properties.get_index(*place)
                    })
                    .is_some_and(|(of, _)| of == name)
            }
            _ => false,
        };
        let (atoms, whens, empty, _) =
            drafts.entry(name.clone()).or_insert_with(|| (Atoms::default(), Vec::new(), 0, *place));
        let Some(tree) = atoms.tree(node, &subject) else { return false };
        if Automaton::new(atoms).is_none() {
            return false;
        }
        // Two parts may ask one property: both have to hold where it is empty.
        let before = whens.iter().any(|(of, _)| *of == line);
        if holds_empty(model, node) && (!before || *empty >> line & 1 == 1) {
            *empty |= 1 << line;
        } else {
            *empty &= !(1 << line);
        }
        whens.push((line, tree));
    }
    true
}

/// Whether a part of a condition holds for an activity whose properties are all empty.
fn holds_empty(model: &Model, node: &Node) -> bool {
    let Some((kind, _)) = property_in(node) else { return false };
    let Some((name, policy)) = model.activity_at(kind) else { return false };
    let record = Activity::new("", name, chrono::DateTime::UNIX_EPOCH.into());
    let properties = vec![Cell::Null; policy.properties.len()].into_boxed_slice();
    let fact = Fact { kind, at: 0, known_at: 0, human: true, properties, record: &record };
    let lead = Lead::new("");
    let facts = Facts::assemble(model, &lead, Box::default(), Vec::new());
    let frame = Frame { facts: &facts, at: 0, activity: Some(&fact), derived: None };
    node_holds(node, &frame).unwrap_or(false)
}

impl Column {
    /// Masks of outcomes that are new.
    fn extend(&mut self) {
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
    /// Reads activities and deals them out.
    #[expect(clippy::too_many_arguments, reason = "what all pieces share, and what one piece is")]
    fn piece(
        &mut self,
        plan: &Behaviour,
        bound: &Bound<'_>,
        model: &Model,
        keys: &Keys,
        at: i64,
        rows: std::ops::Range<usize>,
        shift: u32,
        parts: usize,
    ) -> Dealt {
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
    fn class(&mut self, mask: u64) -> Option<u16> {
        #[expect(clippy::cast_possible_truncation, reason = "a place among the recent ones")]
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
