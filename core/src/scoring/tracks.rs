//! Engagement rules without a ledger: one walk over the activities of a kind, for all rules that count them.
//!
//! A rule is walked so if nothing about it can fail and the order of activities does not matter to it: fixed
//! points, no limit per period, and a condition (if any) made of direct tests.

use crate::base::points::Points;
use crate::expr::{Frame, Program, recent};
use crate::lead::facts::Facts;
use crate::scoring::account::Sums;
use crate::scoring::compile::{Card, PointsForm, Rule};
use crate::scoring::decay::{Decay, FULL};

/// The rules that are walked together, by kind of activity.
#[derive(Debug)]
pub(crate) struct Tracks {
    tracks: Box<[Track]>,
    /// Per card, per rule: the number of its sums, if it is walked here.
    numbers: Box<[Box<[Option<usize>]>]>,
    rules: usize,
}

/// All rules that count one kind.
#[derive(Debug)]
struct Track {
    kind: usize,
    /// The longest window of the rules.
    within: i64,
    /// Rules of one decay stand together, so that its weight is looked up once per activity.
    counts: Box<[Count]>,
}

/// What one rule counts.
#[derive(Debug)]
struct Count {
    /// The number of its sums.
    number: usize,
    when: Option<Program>,
    points: Points,
    within: i64,
    decay: Option<Decay>,
    /// Whether its decay is that of the rule before it.
    same_decay: bool,
}

impl Tracks {
    pub(crate) fn new(cards: &[Card], kinds: usize) -> Self {
        let mut drafts: Vec<Vec<Count>> = Vec::new();
        drafts.resize_with(kinds, Vec::new);
        let mut rules = 0;
        let mut number_of = |rule: &Rule| {
            let on = rule.on.as_ref()?;
            let PointsForm::Fixed(points) = rule.points else { return None };
            if on.per.is_some() || rule.when.as_ref().is_some_and(|when| when.direct().is_none()) {
                return None;
            }
            for kind in &on.kinds {
                drafts.get_mut(*kind)?.push(Count {
                    number: rules,
                    when: rule.when.clone(),
                    points,
                    within: on.within,
                    decay: on.decay.clone(),
                    same_decay: false,
                });
            }
            rules += 1;
            Some(rules - 1)
        };
        let numbers = cards.iter().map(|card| card.rules.iter().map(&mut number_of).collect()).collect();
        let track = |(kind, counts): (usize, Vec<Count>)| Track::new(kind, counts);
        let tracks =
            drafts.into_iter().enumerate().filter(|(_, counts)| !counts.is_empty()).map(track).collect();
        Self { tracks, numbers, rules }
    }

    /// How many rules are walked here.
    pub(crate) fn rules(&self) -> usize {
        self.rules
    }

    /// The number of a rule's sums, if it is walked here.
    pub(crate) fn number(&self, card: usize, rule: usize) -> Option<usize> {
        self.numbers.get(card)?.get(rule).copied().flatten()
    }

    /// Adds up what the rules give, each into its own sums.
    pub(crate) fn walk(&self, facts: &Facts<'_>, at: i64, sums: &mut [Sums]) {
        for track in &self.tracks {
            let mut frame = Frame { facts, at, activity: None, derived: None };
            for fact in recent(&frame, track.kind, Some(track.within)) {
                frame.activity = Some(fact);
                track.count(&frame, at.saturating_sub(fact.at), sums);
            }
        }
    }
}

impl Track {
    fn new(kind: usize, mut drafts: Vec<Count>) -> Self {
        let within = drafts.iter().map(|count| count.within).max().unwrap_or(0);
        let mut counts: Vec<Count> = Vec::with_capacity(drafts.len());
        while let Some(first) = drafts.first() {
            let decay = first.decay.clone();
            let (same, others): (Vec<Count>, Vec<Count>) =
                drafts.into_iter().partition(|count| count.decay == decay);
            drafts = others;
            let mark = |(index, count)| Count { same_decay: index > 0, ..count };
            counts.extend(same.into_iter().enumerate().map(mark));
        }
        Self { kind, within, counts: counts.into_boxed_slice() }
    }

    fn count(&self, frame: &Frame<'_>, age: i64, sums: &mut [Sums]) {
        let mut weight = FULL;
        for count in &self.counts {
            if !count.same_decay {
                weight = count.decay.as_ref().map_or(FULL, |decay| decay.weight(age));
            }
            let direct = count.when.as_ref().and_then(Program::direct);
            if age >= count.within || weight == 0 || direct.is_some_and(|when| !when.holds(frame)) {
                continue;
            }
            if let Some(sums) = sums.get_mut(count.number) {
                sums.add_engagement(count.points.weighted(weight));
            }
        }
    }
}
