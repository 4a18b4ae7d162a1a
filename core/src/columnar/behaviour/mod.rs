//! Rules on activities, reckoned up for whole tables.
//!
//! An activity is read once: its kind and properties say which rules it earns points by (its class), its age says
//! how much is left of them (its bucket). With what its lead is found by, that makes eight or sixteen bytes, which are
//! dealt out by parts of the leads. Then, part by part, the lead is looked up and the points of each rule come from a
//! table by bucket: look-up and sums of the leads at hand stay in the cache.

mod deal;
mod draft;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::num::NonZeroUsize;

use crate::base::parallel::Threads;
use crate::base::points::Points;
use crate::columnar::activities::Bound;
use crate::columnar::kernels::atoms::{Atom, Atoms, Tree};
use crate::columnar::kernels::automaton::Automaton;
use crate::columnar::keys::{Keys, NONE};
use crate::columnar::plan::Scope;
use crate::columnar::run::BLOCK;
use crate::columnar::twins::Twins;
use crate::lead::model::Model;
use crate::playbook::compile::Compiled;
use crate::scoring::compile::{On, PointsForm};
use deal::{Dealt, Deed, Sum, Tables, Wide, add_up, capped, classes, small};
use draft::{Drafts, conjuncts, declares, draft, holds_empty};
use read::{Ground, Piece, Reader};

/// Rules that one mask can tell.
const MAX_RULES: usize = 64;
/// Steps of age that a bucket can tell.
const MAX_BUCKETS: i64 = 60_000;
/// Activities that are dealt out before they are added up: what this takes is bounded.
const DEAL: usize = 1 << 22;
/// Activities of one piece of work.
const PIECE: usize = 1 << 18;

/// The rules that the kernel covers, and what they gave.
#[derive(Debug, Clone)]
pub(crate) struct Behaviour {
    rules: Vec<Line>,
    covered: BTreeSet<(usize, usize)>,
    steps: Steps,
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
    /// Rules that hold where the property is empty, those that do not ask it included.
    without: u64,
    /// Per outcome counted from 1: the rules that hold; before them those of an empty property.
    masks: Vec<u64>,
}

/// Per lead and account plus and minus; the leads whose points leave their range, each with the first such rule.
type Closed = (Vec<[i64; 2]>, BTreeMap<u32, usize>);

/// What is to be known of a kind of activity.
#[derive(Debug, Clone, Default)]
struct Kind {
    /// Its rules, as far as properties that it does not have let them hold.
    mask: u64,
    /// Columns to look at.
    columns: Vec<usize>,
}

/// How ages become buckets.
#[derive(Debug, Clone, Copy, Default)]
struct Steps {
    /// Microseconds of one bucket; 0 where no rule looks at ages.
    unit: u64,
    /// The last bucket.
    last: u16,
    /// 2^64 over the unit: multiplying by it is much quicker than dividing.
    inverse: u64,
}

impl Behaviour {
    pub(crate) fn plan(compiled: &Compiled, scope: &Scope) -> Self {
        let model = &compiled.model;
        let mut plan = Self {
            rules: Vec::new(),
            covered: BTreeSet::new(),
            steps: Steps::default(),
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
        let (mut unit, mut last) = (0_i64, 0_i64);
        for (card, policy) in compiled.scoring.cards.iter().enumerate() {
            for (number, rule) in policy.rules.iter().enumerate() {
                let (Some(on), PointsForm::Fixed(points)) = (&rule.on, &rule.points) else { continue };
                if !scope.scored(card) || on.per.is_some() || plan.rules.len() == MAX_RULES {
                    continue;
                }
                let Some(finer) = unit_with(unit, last, on) else { continue };
                let Some(parts) = conjuncts(model, rule) else { continue };
                let mut longer = drafts.clone();
                let line = plan.rules.len();
                if !draft(model, &parts, line, &mut longer) {
                    continue;
                }
                drafts = longer;
                last = last.max(reach(on));
                unit = finer;
                plan.horizon = plan.horizon.max(on.end());
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
        plan.steps = Steps::new(unit, last);
        for (line, (on, base)) in plan.rules.iter_mut().zip(taken) {
            let of = |bucket: i64| {
                let age = bucket * unit;
                if age >= on.within {
                    return 0;
                }
                let weight = on.decay.as_ref().map_or(1_000_000, |decay| decay.weight(age));
                if weight == 0 { 0 } else { base.weighted(weight).millionths() }
            };
            line.points = (0..=i64::from(plan.steps.last)).map(of).collect();
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
            let without = !used | empty;
            let mut column = Column { name, place, automaton, whens, without, masks: Vec::new() };
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

    /// Reads all activities and reckons up.
    pub(crate) fn run(
        mut self,
        bound: &[Bound<'_>],
        model: &Model,
        keys: &Keys,
        twins: &Twins,
        at: i64,
        threads: Option<NonZeroUsize>,
    ) -> Self {
        if self.rules.is_empty() {
            return self;
        }
        let threads = Threads::new(threads);
        let rows = bound.iter().map(|bound| bound.rows).sum();
        let bits = u16::BITS - self.steps.last.leading_zeros();
        let small = small(keys, bits, self.rules.len());
        let ground = Ground {
            plan: &self,
            model,
            keys,
            twins,
            at,
            parts: keys.sizes().len(),
            bits,
            classes: classes(small, bits),
        };
        let (totals, overflows) = match (small, capped(&self.rules, rows)) {
            (true, true) => ground.sums::<u64, i32>(bound, threads),
            (true, false) => ground.sums::<u64, i64>(bound, threads),
            (false, true) => ground.sums::<Wide, i32>(bound, threads),
            (false, false) => ground.sums::<Wide, i64>(bound, threads),
        };
        (self.totals, self.overflows) = (totals, overflows);
        self
    }

    /// Applies the caps and adds up the rules of each account, lead by lead of a part. Returns the leads whose points leave
    /// their range, each with the first such rule.
    fn close<S: Sum>(&self, sums: &[S], totals: &mut [[i64; 2]]) -> Vec<(u32, usize)> {
        let width = self.accounts.len();
        let places: Vec<(usize, i64)> = self
            .rules
            .iter()
            .map(|line| (self.accounts.iter().position(|of| *of == line.account).unwrap_or(0), line.cap))
            .collect();
        let mut overflows = Vec::new();
        let range = Points::MIN.millionths()..=Points::MAX.millionths();
        let leads = sums.chunks_exact(self.rules.len().max(1)).zip(totals.chunks_exact_mut(width.max(1)));
        for (lead, (sums, totals)) in (0_u32..).zip(leads) {
            if !S::CAPPED
                && let Some(line) = sums.iter().position(|sum| !range.contains(&(*sum).into()))
            {
                overflows.push((lead, line));
            }
            for (sum, (place, cap)) in sums.iter().zip(&places) {
                let sum = (*sum).into();
                let capped = if S::CAPPED { sum } else { sum.clamp(-cap, *cap) };
                if let Some([plus, minus]) = totals.get_mut(*place) {
                    *plus = plus.saturating_add(capped.max(0));
                    *minus = minus.saturating_add(capped.min(0));
                }
            }
        }
        overflows
    }
}

impl Ground<'_> {
    /// Reads all activities and adds up, part by part of the leads.
    fn sums<D: Deed, S: Sum>(&self, bound: &[Bound<'_>], threads: Threads) -> Closed {
        let plan = self.plan;
        let mut reader = Reader::new(plan);
        let lexicons: Vec<_> = bound.iter().map(|bound| reader.lexicon(bound)).collect();
        let width = plan.rules.len();
        let mut sums: Vec<Vec<S>> =
            self.keys.sizes().iter().map(|leads| vec![S::default(); leads * width]).collect();
        let tables = Tables::new(&plan.rules, usize::from(plan.steps.last) + 1);
        let mut pieces: Vec<Piece<'_>> = Vec::new();
        for ((batch, bound), lexicon) in bound.iter().enumerate().zip(&lexicons) {
            for start in (0..bound.rows).step_by(PIECE) {
                pieces.push(Piece { batch, bound, lexicon, rows: start..bound.rows.min(start + PIECE) });
            }
        }
        if let Some(first) = pieces.first() {
            // Once beforehand, so that the pieces find most states made.
            let rows = first.rows.start..first.rows.end.min(first.rows.start + 8 * BLOCK);
            reader.piece::<D, S>(self, &Piece { rows, ..first.clone() }, &tables, Dealt::default());
        }
        let mut dealt: Vec<Dealt<D, S>> = Vec::new();
        for deal in pieces.chunks(DEAL / PIECE) {
            dealt.resize_with(deal.len(), Dealt::default);
            let work = deal.iter().zip(dealt);
            dealt = if threads.single() {
                // One reader, which learns on.
                work.map(|(piece, used)| reader.piece(self, piece, &tables, used)).collect()
            } else {
                let work = work.collect();
                threads.map(work, |(piece, used)| reader.clone().piece(self, piece, &tables, used))
            };
            let classes: Vec<_> = dealt.iter().map(|dealt| tables.of_classes(&dealt.classes)).collect();
            threads.map(sums.iter_mut().enumerate().collect(), |(part, sums): (usize, &mut Vec<S>)| {
                for (dealt, classes) in dealt.iter().zip(&classes) {
                    add_up(self.keys, part, dealt, &tables, classes, self.bits, sums);
                }
            });
        }
        let of_lead = plan.accounts.len();
        let mut totals = vec![[0; 2]; self.keys.len() * of_lead];
        let (mut rest, mut first) = (totals.as_mut_slice(), 0_u32);
        let mut parts = Vec::new();
        for (sums, leads) in sums.iter().zip(self.keys.sizes()) {
            let (of_part, others) = rest.split_at_mut_checked(leads * of_lead).unwrap_or_default();
            parts.push((sums, of_part, first));
            rest = others;
            first += u32::try_from(leads).unwrap_or(NONE);
        }
        let overflows = threads.map(parts, |(sums, totals, first)| {
            let beyond = plan.close(sums, totals).into_iter();
            beyond.map(|(lead, line)| (first + lead, line)).collect::<Vec<_>>()
        });
        (totals, overflows.into_iter().flatten().collect())
    }
}

impl Steps {
    /// Buckets of so many microseconds, up to the one that holds an age.
    fn new(unit: i64, age: i64) -> Self {
        let unit = unit.unsigned_abs();
        let last = age.unsigned_abs().checked_div(unit).unwrap_or(0);
        Self {
            unit,
            last: u16::try_from(last).unwrap_or(u16::MAX),
            inverse: u64::MAX.checked_div(unit).unwrap_or(0),
        }
    }

    /// The bucket of an age that is not negative.
    fn of(self, age: i64) -> u16 {
        let age = age.unsigned_abs();
        // The inverse is rounded down, which takes at most one from a quotient of less than 2^63.
        let estimate = high(age, self.inverse);
        let left = age - estimate * self.unit;
        let bucket = estimate + u64::from(left >= self.unit && self.unit > 0);
        u16::try_from(bucket).unwrap_or(u16::MAX).min(self.last)
    }
}

/// The upper half of a product.
fn high(a: u64, b: u64) -> u64 {
    ((u128::from(a) * u128::from(b)) >> 64) as u64
}

/// The unit of age that a rule needs besides those taken already, if there is one.
fn unit_with(unit: i64, last: i64, on: &On) -> Option<i64> {
    let mut unit = unit;
    if on.within != i64::MAX {
        unit = gcd(unit, on.within);
    }
    if let Some(decay) = &on.decay {
        unit = gcd(unit, decay.step());
    }
    (last.max(reach(on)) / unit.max(1) <= MAX_BUCKETS).then_some(unit)
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
