//! One block of rows: cells, points, limits, ranks and segments, column after column.

use crate::base::error::Error;
use crate::base::points::Points;
use crate::columnar::fit::Fit;
use crate::columnar::kernels::thresholds::{self, UNRANKED};
use crate::columnar::keys::NONE;
use crate::columnar::options::TableOptions;
use crate::columnar::output::Slots;
use crate::columnar::plan::{Needs, Scope};
use crate::columnar::report::Findings;
use crate::columnar::rows::{History, Table};
use crate::expr::{Derived, Figure, Frame};
use crate::lead::facts::Facts;
use crate::playbook::compile::Compiled;
use crate::scoring::ScoreSheet;
use crate::scoring::account::Sums;

/// How many rows are worked on at a time: their accounts stay in the nearest cache.
pub(crate) const BLOCK: usize = 1024;

/// Everything about a batch that its blocks share.
pub(crate) struct Job<'j> {
    pub(crate) compiled: &'j Compiled,
    pub(crate) options: &'j TableOptions,
    pub(crate) scope: &'j Scope,
    pub(crate) needs: &'j Needs,
    pub(crate) at: i64,
    /// Rows of the batches before.
    pub(crate) first_row: usize,
    pub(crate) table: &'j Table<'j>,
    pub(crate) history: Option<History<'j>>,
    /// Rules that are evaluated row by row, as card and number.
    pub(crate) row_rules: &'j [(usize, usize)],
    /// Cards whose ranks go by thresholds or a matrix alone.
    pub(crate) plain_ranks: &'j [bool],
}

/// What the blocks of one thread reuse.
pub(crate) struct Scratch {
    pub(crate) fit: Fit,
    /// Per account: plus of all rows, then minus of all.
    fits: Vec<i64>,
    /// Per account, per row: plus and minus.
    engagements: Vec<[i64; 2]>,
    /// Per card, per figure, per row.
    figures: Vec<i64>,
    ranks: Vec<i16>,
    members: Vec<bool>,
    keys: Vec<u32>,
    /// What finding the keys of one block leaves behind for the next.
    next_keys: Vec<u32>,
    sums: Vec<Sums>,
}

/// The five figures, in the order in which they are written.
pub(crate) const FIGURES: usize = 5;

impl Scratch {
    pub(crate) fn new(compiled: &Compiled, fit: Fit) -> Self {
        let accounts = compiled.scoring.accounts();
        let cards = compiled.cards.len();
        Self {
            fit,
            fits: vec![0; 2 * accounts * BLOCK],
            engagements: vec![[0; 2]; accounts * BLOCK],
            figures: vec![0; cards * FIGURES * BLOCK],
            ranks: vec![UNRANKED; cards * BLOCK],
            members: vec![false; compiled.segments.segments.len() * BLOCK],
            keys: vec![NONE; BLOCK],
            next_keys: Vec::new(),
            sums: Vec::with_capacity(accounts),
        }
    }
}

impl Scratch {
    /// Adds points to one side of an account, of a row.
    fn add(&mut self, engaged: bool, account: usize, row: usize, points: [i64; 2]) {
        let [plus, minus] = points;
        if engaged {
            if let Some(sums) = lane_mut(&mut self.engagements, account).get_mut(row) {
                *sums = [sums[0].saturating_add(plus), sums[1].saturating_add(minus)];
            }
            return;
        }
        for (lane, points) in [(2 * account, plus), (2 * account + 1, minus)] {
            if let Some(sum) = lane_mut(&mut self.fits, lane).get_mut(row) {
                *sum = sum.saturating_add(points);
            }
        }
    }
}

/// The column of a block that belongs to one of several things.
fn lane<T>(all: &[T], index: usize) -> &[T] {
    all.get(index * BLOCK..(index + 1) * BLOCK).unwrap_or(&[])
}

fn lane_mut<T>(all: &mut [T], index: usize) -> &mut [T] {
    all.get_mut(index * BLOCK..(index + 1) * BLOCK).unwrap_or(&mut [])
}

impl Job<'_> {
    /// Assesses the rows from `start` on, as many as the slots take.
    pub(crate) fn block(
        &self,
        start: usize,
        scratch: &mut Scratch,
        slots: &mut Slots<'_>,
        findings: &mut Findings,
    ) {
        let rows = slots.rows();
        let mut marks = [false; BLOCK];
        let bad = marks.get_mut(..rows).unwrap_or(&mut []);
        self.table.check(self.compiled, self.options, self.first_row, start, bad, |diagnostic| {
            findings.problem(|| diagnostic);
        });

        if !scratch.fit.packed() || !self.row_rules.is_empty() {
            scratch.fits.fill(0);
        }
        scratch.fit.apply(self.table, start, rows, &mut scratch.fits);
        self.behaviour(start, scratch, bad, findings);

        let model = &self.compiled.model;
        let (mut leads, mut records) = (Vec::new(), Vec::new());
        if self.needs.rows {
            let whole = self.scope.ledger;
            leads.extend((start..start + rows).map(|row| self.table.lead(model, row, whole)));
            let of =
                |key: &u32| self.history.map_or(Vec::new(), |history| Table::records(model, history, *key));
            records.extend(scratch.keys.iter().take(rows).map(of));
        }
        let facts: Vec<Facts<'_>> = leads
            .iter()
            .zip(&records)
            .zip(start..)
            .map(|((lead, records), row)| self.table.facts(model, row, &self.needs.fields, lead, records))
            .collect();

        self.rules_by_row(start, &facts, scratch, bad, findings);
        for card in (0..self.compiled.cards.len()).filter(|card| self.scope.scored(*card)) {
            self.close(card, start, scratch, bad, findings);
        }
        for card in (0..self.compiled.cards.len()).filter(|card| self.scope.ranked(*card)) {
            if self.plain_ranks.get(card).copied().unwrap_or(false) {
                self.rank_by_column(card, rows, scratch);
            } else {
                self.rank_by_row(card, start, &facts, scratch, bad, findings);
            }
        }
        if self.scope.segments {
            self.segments(&facts, scratch, bad, findings);
        }
        if self.scope.ledger {
            self.ledgers(start, &facts, slots, bad, findings);
        }
        findings.bad_rows += bad.iter().filter(|bad| **bad).count();
        self.write(scratch, slots, bad);
    }

    /// Adds what the lead's activities gave by kernels.
    fn behaviour(&self, start: usize, scratch: &mut Scratch, bad: &mut [bool], findings: &mut Findings) {
        let Some(history) = self.history else { return };
        scratch.engagements.fill([0; 2]);
        scratch.keys.fill(NONE);
        let keys = scratch.keys.get_mut(..bad.len()).unwrap_or(&mut []);
        let table = history.table;
        table.keys.following(&self.compiled.model, &self.table.ids, start, keys, &mut scratch.next_keys);
        for (row, key) in keys.iter().enumerate() {
            let engagements = &mut scratch.engagements;
            let within = table.behaviour.add(*key, |account, plus, minus| {
                if let Some(sums) = lane_mut(engagements, account).get_mut(row) {
                    *sums = [sums[0].saturating_add(plus), sums[1].saturating_add(minus)];
                }
            });
            if let Err((card, rule)) = within {
                let error = self.compiled.scoring.overflow(card, rule);
                self.refuse(start, row, bad, findings, &error);
            }
            if table.bad.get(*key as usize).copied().unwrap_or(false)
                && let Some(flag) = bad.get_mut(row)
            {
                *flag = true;
            }
        }
    }

    /// Adds the points of rules that no kernel covers.
    fn rules_by_row(
        &self,
        start: usize,
        facts: &[Facts<'_>],
        scratch: &mut Scratch,
        bad: &mut [bool],
        findings: &mut Findings,
    ) {
        let scoring = &self.compiled.scoring;
        for (card, number) in self.row_rules {
            let rule = scoring.cards.get(*card).and_then(|card| card.rules.get(*number));
            let Some(rule) = rule else { continue };
            for (row, facts) in facts.iter().enumerate() {
                if bad.get(row).copied().unwrap_or(true) {
                    continue;
                }
                let mut own = Sums::default();
                let warnings = &mut findings.scratch;
                let added = scoring.add_rule(&self.compiled.model, facts, self.at, rule, &mut own, warnings);
                findings.settle();
                match added {
                    Ok(()) => {
                        let plus = own.fit_plus.saturating_add(own.engagement_plus);
                        let minus = own.fit_minus.saturating_add(own.engagement_minus);
                        scratch.add(rule.on.is_some(), rule.account, row, [plus, minus]);
                    }
                    Err(error) => self.refuse(start, row, bad, findings, &error),
                }
            }
        }
    }

    /// Applies limits and writes the five figures of a card.
    fn close(
        &self,
        card: usize,
        start: usize,
        scratch: &mut Scratch,
        bad: &mut [bool],
        findings: &mut Findings,
    ) {
        let Some(policy) = self.compiled.scoring.cards.get(card) else { return };
        let rows = bad.len();
        let figures = card_lanes(&mut scratch.figures, card);
        if policy.groups.is_empty() && policy.limits.min.is_none() && policy.limits.max.is_none() {
            let fits = [2 * policy.account, 2 * policy.account + 1].map(|side| lane(&scratch.fits, side));
            let [fit_plus, fit_minus, engagement_plus, engagement_minus, total] = figures;
            fit_plus.copy_from_slice(fits[0]);
            fit_minus.copy_from_slice(fits[1]);
            if self.history.is_none() {
                engagement_plus.fill(0);
                engagement_minus.fill(0);
                if scratch.fit.packed() && self.row_rules.iter().all(|(of, _)| *of != card) {
                    for ((total, plus), minus) in total.iter_mut().zip(fit_plus).zip(fit_minus) {
                        *total = *plus + *minus;
                    }
                    return;
                }
            } else {
                let engagements = lane(&scratch.engagements, policy.account);
                let sides = engagement_plus.iter_mut().zip(engagement_minus.iter_mut());
                sides.zip(engagements).for_each(|((plus, minus), sums)| (*plus, *minus) = (sums[0], sums[1]));
            }
            let mut out_of_range = false;
            let fits = fit_plus.iter().zip(fit_minus.iter());
            let engagements = engagement_plus.iter().zip(engagement_minus.iter());
            for (((fp, fm), (ep, em)), total) in fits.zip(engagements).zip(total).take(rows) {
                let limit = Points::MAX.millionths();
                let sides = (*fp > limit) | (*fm < -limit) | (*ep > limit) | (*em < -limit);
                // Wrapping only where a side is out of range already.
                let fit = fp.wrapping_add(*fm);
                let engagement = ep.wrapping_add(*em);
                *total = fit.wrapping_add(engagement);
                out_of_range |= sides | (*total > limit) | (*total < -limit);
            }
            if !out_of_range {
                return;
            }
        }
        let figures = card_lanes(&mut scratch.figures, card);
        let [fit_plus, fit_minus, engagement_plus, engagement_minus, total] = figures;
        for row in 0..rows {
            if bad.get(row).copied().unwrap_or(true) {
                continue;
            }
            scratch.sums.clear();
            scratch.sums.resize(self.compiled.scoring.accounts(), Sums::default());
            for account in policy.account..=policy.account + policy.groups.len() {
                let fit = |side| lane(&scratch.fits, 2 * account + side).get(row).copied().unwrap_or(0);
                let (fit_plus, fit_minus) = (fit(0), fit(1));
                let engagements = lane(&scratch.engagements, account).get(row);
                let [engagement_plus, engagement_minus] = engagements.copied().unwrap_or_default();
                if let Some(sums) = scratch.sums.get_mut(account) {
                    *sums = Sums { fit_plus, fit_minus, engagement_plus, engagement_minus };
                }
            }
            match self.compiled.scoring.close(policy, &mut scratch.sums, None) {
                Ok(sheet) => {
                    let written = [
                        (&mut *fit_plus, sheet.fit_plus),
                        (&mut *fit_minus, sheet.fit_minus),
                        (&mut *engagement_plus, sheet.engagement_plus),
                        (&mut *engagement_minus, sheet.engagement_minus),
                        (&mut *total, sheet.total),
                    ];
                    for (column, points) in written {
                        if let Some(slot) = column.get_mut(row) {
                            *slot = points.millionths();
                        }
                    }
                }
                Err(error) => self.refuse(start, row, bad, findings, &error),
            }
        }
    }

    /// Ranks by thresholds or a matrix alone, column by column.
    fn rank_by_column(&self, card: usize, rows: usize, scratch: &mut Scratch) {
        let Some(policy) = self.compiled.cards.get(card).map(|card| &card.qualification) else { return };
        let [fit_plus, fit_minus, engagement_plus, engagement_minus, total] =
            card_lanes(&mut scratch.figures, card);
        let ranks = lane_mut(&mut scratch.ranks, card);
        let Some(matrix) = &policy.matrix else {
            let least = policy.ranks.iter().map(|rank| rank.at_least.map_or(i64::MIN, Points::millionths));
            thresholds::ranks(&least.collect::<Vec<i64>>(), total, ranks);
            return;
        };
        let fits = fit_plus.iter().zip(fit_minus.iter());
        let engagements = engagement_plus.iter().zip(engagement_minus.iter());
        for ((slot, (fp, fm)), (ep, em)) in ranks.iter_mut().zip(fits).zip(engagements).take(rows) {
            *slot = matrix
                .rank(fp.saturating_add(*fm), ep.saturating_add(*em))
                .and_then(|rank| i16::try_from(rank).ok())
                .unwrap_or(UNRANKED);
        }
    }

    /// Ranks with conditions or a standing.
    fn rank_by_row(
        &self,
        card: usize,
        start: usize,
        facts: &[Facts<'_>],
        scratch: &mut Scratch,
        bad: &[bool],
        findings: &mut Findings,
    ) {
        let Some(policy) = self.compiled.cards.get(card).map(|card| &card.qualification) else { return };
        for (row, facts) in facts.iter().enumerate() {
            if bad.get(row).copied().unwrap_or(true) {
                continue;
            }
            let derived = DerivedRow { job: self, scratch, row };
            let frame = Frame { facts, at: self.at, activity: None, derived: Some(&derived) };
            let standing = self.table.standing(&self.compiled.model, card, start + row);
            let sheet = derived.sheet(card);
            let decision = policy.decide(&frame, &sheet, standing.as_ref(), &mut findings.scratch);
            findings.settle();
            let rank = decision.rank.and_then(|name| policy.ranks.iter().position(|rank| rank.name == name));
            if let Some(slot) = lane_mut(&mut scratch.ranks, card).get_mut(row) {
                *slot = rank.and_then(|rank| i16::try_from(rank).ok()).unwrap_or(UNRANKED);
            }
        }
    }

    fn segments(&self, facts: &[Facts<'_>], scratch: &mut Scratch, bad: &[bool], findings: &mut Findings) {
        let segments = &self.compiled.segments;
        for index in &segments.order {
            for (row, facts) in facts.iter().enumerate() {
                if bad.get(row).copied().unwrap_or(true) {
                    continue;
                }
                let derived = DerivedRow { job: self, scratch, row };
                let frame = Frame { facts, at: self.at, activity: None, derived: Some(&derived) };
                let member = segments.decide(*index, &frame, &mut findings.scratch);
                findings.settle();
                if let Some(slot) = lane_mut(&mut scratch.members, *index).get_mut(row) {
                    *slot = member;
                }
            }
        }
    }

    /// Writes ledgers, which only the rules themselves can: lead by lead.
    fn ledgers(
        &self,
        start: usize,
        facts: &[Facts<'_>],
        slots: &mut Slots<'_>,
        bad: &mut [bool],
        findings: &mut Findings,
    ) {
        for (row, facts) in facts.iter().enumerate() {
            if bad.get(row).copied().unwrap_or(true) {
                continue;
            }
            let scoring = &self.compiled.scoring;
            match scoring.score(&self.compiled.model, facts, self.at, true, &mut findings.scratch) {
                Ok(mut sheets) => {
                    for (place, card) in self.scope.written.iter().enumerate() {
                        let ledger = sheets.get_mut(*card).and_then(|sheet| sheet.ledger.take());
                        slots.ledger(place, row, ledger.unwrap_or_default());
                    }
                }
                Err(error) => self.refuse(start, row, bad, findings, &error),
            }
            findings.settle();
        }
    }

    /// Marks a row that cannot be assessed and says why, once.
    fn refuse(&self, start: usize, offset: usize, bad: &mut [bool], findings: &mut Findings, error: &Error) {
        let Some(flag) = bad.get_mut(offset).filter(|flag| !**flag) else { return };
        *flag = true;
        let row = start + offset;
        let shown = self.first_row + row;
        let id = self.table.ids.text(&self.compiled.model, row).unwrap_or_default();
        for diagnostic in error.diagnostics() {
            findings.problem(|| {
                let mut diagnostic = diagnostic.clone();
                diagnostic.message = format!("row {shown}, lead `{id}`: {}", diagnostic.message);
                diagnostic
            });
        }
    }

    fn write(&self, scratch: &mut Scratch, slots: &mut Slots<'_>, bad: &[bool]) {
        slots.bad(bad);
        for (place, card) in self.scope.written.iter().enumerate() {
            slots.figures(place, card_lanes(&mut scratch.figures, *card));
            if self.options.ranks {
                slots.ranks(place, lane(&scratch.ranks, *card));
            }
        }
        if self.scope.segments {
            for index in 0..self.compiled.segments.segments.len() {
                slots.members(index, lane(&scratch.members, index));
            }
        }
    }
}

/// The five figures of a card, column by column.
fn card_lanes(figures: &mut [i64], card: usize) -> [&mut [i64]; FIGURES] {
    let of_card = figures.chunks_mut(FIGURES * BLOCK).nth(card).unwrap_or_default();
    let mut lanes = of_card.chunks_mut(BLOCK);
    std::array::from_fn(|_| lanes.next().unwrap_or_default())
}

/// What one row has derived so far.
struct DerivedRow<'d> {
    job: &'d Job<'d>,
    scratch: &'d Scratch,
    row: usize,
}

impl DerivedRow<'_> {
    fn sheet(&self, card: usize) -> ScoreSheet {
        let figure = |index: usize| {
            let lane = lane(&self.scratch.figures, card * FIGURES + index);
            lane.get(self.row).copied().and_then(Points::from_millionths).unwrap_or_default()
        };
        ScoreSheet {
            fit_plus: figure(0),
            fit_minus: figure(1),
            engagement_plus: figure(2),
            engagement_minus: figure(3),
            total: figure(4),
            probability: None,
            ledger: None,
        }
    }
}

impl Derived for DerivedRow<'_> {
    fn figure(&self, card: usize, figure: Figure) -> Points {
        self.sheet(card).figure(figure)
    }

    fn rank(&self, card: usize) -> Option<&str> {
        let rank = *lane(&self.scratch.ranks, card).get(self.row)?;
        let rank = usize::try_from(rank).ok()?;
        Some(&self.job.compiled.cards.get(card)?.qualification.ranks.get(rank)?.name)
    }

    fn in_segment(&self, segment: usize) -> bool {
        lane(&self.scratch.members, segment).get(self.row).copied().unwrap_or(false)
    }
}
