//! What is counted of leads under two playbooks. Tallies of portions add up to that of all.

use std::cmp::Reverse;
use std::collections::BTreeMap;

#[cfg(feature = "simulation")]
use crate::analytics::{Cell, Table};
use crate::analytics::{RuleGap, rule_gaps};
use crate::assessment::Detail;
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::engine::{Derivation, Engine};
use crate::expr::Program;
use crate::lead::record::Lead;
use crate::qualification::{Handler, RankDecision};
use crate::trust::diff::leads::Renames;
use crate::trust::diff::model::ChangedPart;

/// What is the same for all leads.
pub(super) struct Plan<'e> {
    pub(super) engines: [&'e Engine; 2],
    pub(super) at: Instant,
    pub(super) limit: usize,
    pub(super) cards: Vec<CardPair>,
    pub(super) segments: Vec<SegmentPair>,
    /// Whether sales takes leads by their main rank, on each side; all of them where no rank says so.
    handled: [bool; 2],
}

/// A scorecard that both playbooks have.
pub(super) struct CardPair {
    pub(super) name: String,
    numbers: [usize; 2],
    /// The ranks of each side, best first, under the names of the second; and none.
    pub(super) ranks: [Vec<Option<String>>; 2],
    /// Ranks and rules of the first side that have another name.
    renamed_ranks: BTreeMap<String, String>,
    renamed_rules: BTreeMap<String, String>,
}

/// A segment of either playbook, by its numbers.
pub(super) struct SegmentPair {
    pub(super) name: String,
    pub(super) numbers: [Option<usize>; 2],
    /// Whether it goes by scores or ranks, on either side.
    scored: bool,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) leads: u64,
    /// Leads whose rank differs on some scorecard.
    pub(super) moved: u64,
    /// Leads that were taken for routing before this portion, within their chunk.
    pub(super) routed: usize,
    pub(super) left_out: BTreeMap<&'static str, u64>,
    pub(super) cards: Vec<CardTally>,
    pub(super) segments: Vec<[u64; 4]>,
    /// By scorecard and rule: over the leads that move, how much it makes of the difference.
    pub(super) drivers: BTreeMap<(usize, String), Driver>,
    pub(super) movers: BTreeMap<MoverKey, Mover>,
    /// Who comes to a segment or leaves it, by segment and lead.
    pub(super) changers: BTreeMap<(String, usize), Changer>,
    /// Of the leads in order: their numbers, and whether sales takes them on each side.
    pub(super) sales: Vec<(usize, [bool; 2])>,
    /// By week, what and channel: counts on each side.
    #[cfg(feature = "simulation")]
    pub(super) messages: BTreeMap<[String; 3], [i64; 2]>,
    #[cfg(feature = "routing")]
    pub(super) load: Option<super::leads::Load>,
}

/// The greatest difference first, then the lead and the scorecard.
type MoverKey = (Reverse<i128>, String, usize);

#[derive(Debug, Default)]
pub(super) struct CardTally {
    /// From which rank to which, by their numbers.
    pub(super) migration: BTreeMap<(usize, usize), u64>,
    /// Leads with another total.
    pub(super) other: u64,
    /// Sums of totals.
    pub(super) sums: [i128; 2],
    pub(super) hot: [u64; 2],
}

/// What one rule makes of the difference.
#[derive(Debug, Default)]
pub(super) struct Driver {
    pub(super) leads: u64,
    pub(super) up: i128,
    pub(super) down: i128,
}

/// A lead whose rank differs.
#[derive(Debug)]
pub(super) struct Mover {
    pub(super) ranks: [Option<String>; 2],
    pub(super) totals: [i128; 2],
    pub(super) why: String,
}

/// A lead that is in a segment on one side only.
#[derive(Debug)]
pub(super) struct Changer {
    pub(super) enters: bool,
    pub(super) why: String,
}

impl<'e> Plan<'e> {
    pub(super) fn new(
        (before, after): (&'e Engine, &'e Engine),
        at: Instant,
        limit: usize,
        renames: &Renames<'_>,
    ) -> Self {
        let mut cards = Vec::new();
        for (number, card) in before.compiled.cards.iter().enumerate() {
            let name = renames.of(ChangedPart::Scorecard, &card.name);
            let Some(other) = after.compiled.cards.iter().position(|other| other.name == name) else {
                continue;
            };
            let renamed = |known: &[(String, String, String)]| -> BTreeMap<String, String> {
                let own = known.iter().filter(|(card, ..)| card == name);
                own.map(|(_, old, new)| (old.clone(), new.clone())).collect()
            };
            let own = card.qualification.ranks.iter();
            let own = own.map(|rank| Renames::within(&renames.ranks, name, &rank.name).to_owned());
            let others =
                after.compiled.cards.get(other).into_iter().flat_map(|card| &card.qualification.ranks);
            cards.push(CardPair {
                name: name.to_owned(),
                numbers: [number, other],
                ranks: [distinct(own), distinct(others.map(|rank| rank.name.clone()))],
                renamed_ranks: renamed(&renames.ranks),
                renamed_rules: renamed(&renames.rules),
            });
        }
        let mut segments: Vec<SegmentPair> = Vec::new();
        let scored = [before, after].map(scored);
        for (number, segment) in before.compiled.segments.segments.iter().enumerate() {
            let name = renames.of(ChangedPart::Segment, &segment.name).to_owned();
            let other = after.compiled.segments.position(&name);
            let flags = [Some(number), other].into_iter().zip(&scored);
            let scored = flags.filter_map(|(number, flags)| flags.get(number?)).any(|flag| *flag);
            segments.push(SegmentPair { name, numbers: [Some(number), other], scored });
        }
        for (number, segment) in after.compiled.segments.segments.iter().enumerate() {
            if !segments.iter().any(|pair| pair.numbers.last() == Some(&Some(number))) {
                let name = segment.name.clone();
                segments.push(SegmentPair { name, numbers: [None, Some(number)], scored: false });
            }
        }
        let handled = [before, after].map(|engine| {
            let ranks = engine.compiled.cards.first().into_iter().flat_map(|card| &card.qualification.ranks);
            ranks.into_iter().any(|rank| rank.handling.is_some_and(|handling| handling.by == Handler::Sales))
        });
        Self { engines: [before, after], at, limit, cards, segments, handled }
    }
}

/// For each segment, whether it goes by scores or ranks, through other segments as well.
fn scored(engine: &Engine) -> Vec<bool> {
    let segments = &engine.compiled.segments;
    let mut found = vec![false; segments.segments.len()];
    for index in &segments.order {
        let reads =
            segments.segments.get(*index).and_then(|segment| segment.when.as_ref()).map(Program::reads);
        let scored = reads.is_some_and(|reads| {
            let through = |other: &usize| found.get(*other).copied().unwrap_or(false);
            !reads.cards.is_empty() || !reads.ranks.is_empty() || reads.segments.iter().any(through)
        });
        if let Some(slot) = found.get_mut(*index) {
            *slot = scored;
        }
    }
    found
}

fn distinct(names: impl Iterator<Item = String>) -> Vec<Option<String>> {
    let mut found: Vec<Option<String>> = Vec::new();
    for name in names.map(Some).chain([None]) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

impl Tally {
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        Self {
            cards: plan.cards.iter().map(|_| CardTally::default()).collect(),
            segments: vec![[0; 4]; plan.segments.len()],
            ..Self::default()
        }
    }

    pub(super) fn take(&mut self, plan: &Plan<'_>, lead: &Lead) {
        let number = self.routed;
        self.routed += 1;
        if let Err(error) = self.look(plan, lead, number) {
            *self.left_out.entry(error.code().as_str()).or_default() += 1;
        }
    }

    fn look(&mut self, plan: &Plan<'_>, lead: &Lead, number: usize) -> Result<(), Error> {
        let [before, after] = plan.engines;
        let (own, other) = (before.prepare(lead)?, after.prepare(lead)?);
        let (own, other) = (own.derive(plan.at, Detail::Figures)?, other.derive(plan.at, Detail::Figures)?);
        let mut ledgers = Ledgers { plan, lead, read: None };
        self.leads += 1;
        let mut moved = false;
        for (index, pair) in plan.cards.iter().enumerate() {
            moved |= self.card(index, pair, [&own, &other], &mut ledgers)?;
        }
        self.moved += u64::from(moved);
        for (index, pair) in plan.segments.iter().enumerate() {
            let [was, is] = [(&own, 0), (&other, 1)].map(|(derivation, side)| {
                pair.numbers.get(side).copied().flatten().is_some_and(|number| derivation.member(number))
            });
            if let Some([before, after, entered, left]) = self.segments.get_mut(index) {
                *before += u64::from(was);
                *after += u64::from(is);
                *entered += u64::from(is && !was);
                *left += u64::from(was && !is);
            }
            let both = pair.numbers.iter().all(Option::is_some);
            if was != is && both && self.has_room(&lead.id, index, plan.limit) {
                let told = if pair.scored { ledgers.whole()? } else { String::new() };
                let why = match told.as_str() {
                    // With equal points it is the ranks that differ, or the condition itself.
                    "" if pair.scored && moved => "ranks".to_owned(),
                    "" => "condition".to_owned(),
                    _ => told,
                };
                self.changers.insert((lead.id.clone(), index), Changer { enters: is, why });
                if self.changers.len() > plan.limit {
                    self.changers.pop_last();
                }
            }
        }
        let sales = [(&own, 0), (&other, 1)].map(|(derivation, side)| {
            let by_rank = plan.handled.get(side).copied().unwrap_or(false);
            let taken = |decision: &RankDecision| {
                decision.handling.is_some_and(|handling| handling.by == Handler::Sales)
            };
            !by_rank || derivation.ranks.first().is_some_and(taken)
        });
        self.sales.push((number, sales));
        Ok(())
    }

    fn has_room(&self, lead: &str, segment: usize, limit: usize) -> bool {
        let last = self.changers.last_key_value().map(|(key, _)| (key.0.as_str(), key.1));
        self.changers.len() < limit || last.is_some_and(|last| (lead, segment) < last)
    }

    /// Whether the rank differs.
    fn card(
        &mut self,
        index: usize,
        pair: &CardPair,
        sides: [&Derivation; 2],
        ledgers: &mut Ledgers<'_>,
    ) -> Result<bool, Error> {
        let [own, other] = sides;
        let [a, b] = pair.numbers;
        let (Some(own_sheet), Some(other_sheet)) = (own.sheets.get(a), other.sheets.get(b)) else {
            return Ok(false);
        };
        let (Some(own_rank), Some(other_rank)) = (own.ranks.get(a), other.ranks.get(b)) else {
            return Ok(false);
        };
        let old = own_rank.rank.as_ref().map(|rank| pair.renamed_ranks.get(rank).unwrap_or(rank));
        let new = other_rank.rank.as_ref();
        let totals = [own_sheet, other_sheet].map(|sheet| i128::from(sheet.total.millionths()));
        let gap = totals.last().copied().unwrap_or(0) - totals.first().copied().unwrap_or(0);
        if let Some(card) = self.cards.get_mut(index) {
            let [froms, tos] = &pair.ranks;
            let place = |ranks: &[Option<String>], rank: Option<&String>| {
                ranks.iter().position(|known| known.as_ref() == rank).unwrap_or(ranks.len())
            };
            *card.migration.entry((place(froms, old), place(tos, new))).or_default() += 1;
            card.other += u64::from(gap != 0);
            for (sum, total) in card.sums.iter_mut().zip(totals) {
                *sum += total;
            }
            for (hot, decision) in card.hot.iter_mut().zip([own_rank, other_rank]) {
                *hot += u64::from(decision.hot);
            }
        }
        if old == new {
            return Ok(false);
        }
        let gaps = ledgers.card(index)?;
        for RuleGap { rule, gap } in &gaps {
            let driver = self.drivers.entry((index, rule.clone())).or_default();
            driver.leads += 1;
            *(if *gap > 0 { &mut driver.up } else { &mut driver.down }) += gap;
        }
        if gaps.is_empty() {
            self.drivers.entry((index, String::new())).or_default().leads += 1;
        }
        let key = (Reverse(gap.abs()), ledgers.lead.id.clone(), index);
        let room = self.movers.len() < ledgers.plan.limit
            || self.movers.last_key_value().is_some_and(|(last, _)| key < *last);
        if room {
            let ranks = [old.cloned(), new.cloned()];
            self.movers.insert(key, Mover { ranks, totals, why: told(&gaps) });
            if self.movers.len() > ledgers.plan.limit {
                self.movers.pop_last();
            }
        }
        Ok(true)
    }

    /// Adds what another portion came to.
    pub(super) fn merge(&mut self, other: Tally, limit: usize) {
        self.leads += other.leads;
        self.moved += other.moved;
        self.routed += other.routed;
        for (code, count) in other.left_out {
            *self.left_out.entry(code).or_default() += count;
        }
        for (card, more) in self.cards.iter_mut().zip(other.cards) {
            for (pair, count) in more.migration {
                *card.migration.entry(pair).or_default() += count;
            }
            card.other += more.other;
            card.sums.iter_mut().zip(more.sums).for_each(|(sum, more)| *sum += more);
            card.hot.iter_mut().zip(more.hot).for_each(|(hot, more)| *hot += more);
        }
        for (segment, more) in self.segments.iter_mut().zip(other.segments) {
            segment.iter_mut().zip(more).for_each(|(count, more)| *count += more);
        }
        for (rule, more) in other.drivers {
            let driver = self.drivers.entry(rule).or_default();
            driver.leads += more.leads;
            driver.up += more.up;
            driver.down += more.down;
        }
        self.movers.extend(other.movers);
        while self.movers.len() > limit {
            self.movers.pop_last();
        }
        self.changers.extend(other.changers);
        while self.changers.len() > limit {
            self.changers.pop_last();
        }
    }

    /// Counts what a simulation of one side says is sent.
    #[cfg(feature = "simulation")]
    pub(super) fn sent(&mut self, side: usize, periods: &Table) {
        for row in &periods.rows {
            let text = |at: usize| match row.get(at) {
                Some(Cell::Text(text)) => text.clone(),
                _ => String::new(),
            };
            let count = match row.get(3) {
                Some(Cell::Whole(count)) => *count,
                _ => 0,
            };
            let counts = self.messages.entry([text(0), text(1), text(2)]).or_default();
            if let Some(slot) = counts.get_mut(side) {
                *slot += count;
            }
        }
    }
}

/// The ledgers of one lead on both sides, made when the first one is asked for.
struct Ledgers<'a> {
    plan: &'a Plan<'a>,
    lead: &'a Lead,
    read: Option<[Derivation; 2]>,
}

impl Ledgers<'_> {
    /// By how much the rules of a scorecard differ, the greatest first.
    fn card(&mut self, index: usize) -> Result<Vec<RuleGap>, Error> {
        let Some(pair) = self.plan.cards.get(index) else { return Ok(Vec::new()) };
        if self.read.is_none() {
            let [before, after] = self.plan.engines;
            let derive = |engine: &Engine| engine.prepare(self.lead)?.derive(self.plan.at, Detail::Ledger);
            self.read = Some([derive(before)?, derive(after)?]);
        }
        let Some([own, other]) = &self.read else { return Ok(Vec::new()) };
        let [a, b] = pair.numbers;
        let (Some(own), Some(other)) = (own.sheets.get(a), other.sheets.get(b)) else {
            return Ok(Vec::new());
        };
        Ok(rule_gaps(own, other, &pair.renamed_rules))
    }

    /// What makes the difference on all scorecards.
    fn whole(&mut self) -> Result<String, Error> {
        let mut gaps = Vec::new();
        for index in 0..self.plan.cards.len() {
            gaps.extend(self.card(index)?);
        }
        gaps.sort_by(|a, b| b.gap.abs().cmp(&a.gap.abs()).then_with(|| a.rule.cmp(&b.rule)));
        Ok(told(&gaps))
    }
}

/// The three greatest differences, such as `pricing +10, expo -5`; nothing where points are the same.
fn told(gaps: &[RuleGap]) -> String {
    gaps.iter().take(3).map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl CardPair {
    /// The scorecard's number on a side.
    pub(super) fn number(&self, side: usize) -> Option<usize> {
        self.numbers.get(side).copied()
    }
}
