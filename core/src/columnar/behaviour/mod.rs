//! Rules on activities, reckoned up for whole tables.
//!
//! An activity is read once: its kind and properties say which rules it earns points by (its class), its age says
//! how much is left of them (its bucket). That makes eight bytes, with the number of its lead. The eight bytes are
//! dealt out by lead, so that the sums of the leads at hand stay in the cache; then the points of each rule come
//! from a table by bucket.

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
use draft::{Drafts, conjuncts, declares, draft, holds_empty};
use read::{Ground, Piece, Reader, unpack};

/// Rules that one mask can tell.
const MAX_RULES: usize = 64;
/// Steps of age that a bucket can tell.
const MAX_BUCKETS: i64 = 60_000;
/// Activities that are dealt out before they are added up: what this takes is bounded.
const DEAL: usize = 1 << 22;
/// Activities of one piece of work.
const PIECE: usize = 1 << 16;
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

/// The rules of a class, each with its points by bucket.
type LinesOfClass<'r> = Vec<(usize, &'r [i64])>;

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
        twins: &Twins,
        at: i64,
        threads: Option<NonZeroUsize>,
    ) -> Self {
        if self.rules.is_empty() {
            return self;
        }
        let threads = Threads::new(threads);
        let mut reader = Reader::new(&self);
        let width = self.rules.len();
        // Parts of the leads whose sums fit into the cache.
        let leads = (CACHE / (8 * width)).next_power_of_two().max(1);
        let shift = leads.trailing_zeros();
        let parts = keys.len().div_ceil(leads);
        let mut sums = vec![0_i64; keys.len() * width];
        let mut pieces: Vec<Piece<'_>> = Vec::new();
        for (batch, bound) in bound.iter().enumerate() {
            for start in (0..bound.rows).step_by(PIECE) {
                pieces.push(Piece { batch, bound, rows: start..bound.rows.min(start + PIECE) });
            }
        }
        let ground = Ground { plan: &self, model, keys, twins, at, shift, parts };
        if let Some(first) = pieces.first() {
            // Once beforehand, so that the pieces find most states made.
            let rows = first.rows.start..first.rows.end.min(first.rows.start + 8 * BLOCK);
            reader.piece(&ground, &Piece { rows, ..first.clone() });
        }
        for deal in pieces.chunks(DEAL / PIECE) {
            let dealt = threads.map(deal.to_vec(), |piece| reader.clone().piece(&ground, &piece));
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
