//! The course that scores take while nothing happens: what activities give only fades, so that two instants bound all
//! between them.

use crate::base::points::Points;
use crate::expr::{Figure, Frame, recent};
use crate::lead::facts::{Fact, Facts};
use crate::scoring::account::{Limits, Sums};
use crate::scoring::compile::{On, Rule, Scoring};
use crate::scoring::decay::Decay;
use crate::scoring::evaluate::{ByTime, Trouble};
use crate::scoring::sheet::Side;

/// What rules give a lead from an instant on, until it does something.
pub(crate) struct Course<'s> {
    scoring: &'s Scoring,
    /// What does not move, by account.
    steady: Vec<Reach>,
    /// One per rule about activities.
    parts: Vec<Part>,
    /// What each of them gives at the beginning.
    first: Vec<Given>,
    streams: Vec<Stream<'s>>,
}

struct Part {
    account: usize,
    cap: Option<Points>,
    /// What may come and go with a condition that time moves: at most so much.
    loose: Given,
}

/// What one activity gives to one rule, as long as it gives anything.
struct Stream<'s> {
    part: usize,
    at: i64,
    within: i64,
    decay: Option<&'s Decay>,
    points: Points,
}

/// What a rule gives at an instant, in millionths: what it takes and what it adds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Given {
    minus: i64,
    plus: i64,
}

/// The least and the most that sums may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Reach {
    low: Sums,
    high: Sums,
    total: (i64, i64),
}

impl Scoring {
    /// The course from an instant on; nothing where a rule's points move with time other than by decay and window, or
    /// leave their range.
    pub(crate) fn course<'s>(&'s self, facts: &Facts<'_>, at: i64) -> Option<Course<'s>> {
        let mut accounts = vec![Sums::default(); self.accounts()];
        self.fused.apply(facts, &mut accounts);
        let steady = accounts.into_iter().map(Reach::of).collect();
        let (parts, first, streams) = (Vec::new(), Vec::new(), Vec::new());
        let mut course = Course { scoring: self, steady, parts, first, streams };
        for (card, steps) in self.cards.iter().zip(&self.steps) {
            for rule in steps.iter().filter_map(|step| card.rules.get(step.rule)) {
                match &rule.on {
                    None => course.fit(rule, facts, at)?,
                    Some(on) => course.engagement(rule, on, facts, at)?,
                }
            }
        }
        Some(course)
    }
}

impl<'s> Course<'s> {
    fn fit(&mut self, rule: &Rule, facts: &Facts<'_>, at: i64) -> Option<()> {
        let frame = Frame { facts, at, activity: None, derived: None };
        let loose = is_loose(rule)?;
        let points = points(if loose { rule.points_at(&frame) } else { rule.value(&frame) })?;
        let mut sums = Sums::default();
        sums.add_fit(points);
        let reach = Reach::of(sums);
        if let Some(account) = self.steady.get_mut(rule.account) {
            account.add(&if loose { reach.or_nothing() } else { reach });
        }
        Some(())
    }

    fn engagement(&mut self, rule: &'s Rule, on: &'s On, facts: &Facts<'_>, at: i64) -> Option<()> {
        let loose = is_loose(rule)?;
        let mut own = Own { loose, part: self.parts.len(), sum: Given::default() };
        match on.per {
            None => {
                let frame = Frame { facts, at, activity: None, derived: None };
                for fact in on.kinds.iter().flat_map(|kind| recent(&frame, *kind, Some(on.within))) {
                    let frame = Frame { activity: Some(fact), ..frame };
                    if own.counts(rule, &frame) {
                        self.streams.extend(own.stream(rule, on, fact, &frame)?);
                    }
                }
            }
            Some((name, limit)) => {
                let (mut period, mut in_period) = (None, 0);
                // Activities that no longer count took their place in the period.
                let mut activities = ByTime::new(facts, &on.kinds, i64::MIN, at);
                while let Some(fact) = activities.next() {
                    let frame = Frame { facts, at, activity: Some(fact), derived: None };
                    if !fact.human || fact.known_at > at || !own.counts(rule, &frame) {
                        continue;
                    }
                    let this = self.scoring.zone.period(fact.at, name);
                    if period != Some(this) {
                        (period, in_period) = (Some(this), 0);
                    }
                    in_period += 1;
                    if loose || in_period <= limit {
                        self.streams.extend(own.stream(rule, on, fact, &frame)?);
                    }
                }
            }
        }
        let (loose, first) = if loose { (own.sum, Given::default()) } else { (Given::default(), own.sum) };
        self.parts.push(Part { account: rule.account, cap: on.cap, loose });
        self.first.push(first);
        Some(())
    }

    /// What every rule gives at the beginning of the course.
    pub(crate) fn first(&self) -> Vec<Given> {
        self.first.clone()
    }

    /// What every rule gives at an instant of the course.
    pub(crate) fn given(&self, at: i64) -> Vec<Given> {
        let mut given = vec![Given::default(); self.parts.len()];
        for stream in &self.streams {
            if let Some(given) = given.get_mut(stream.part) {
                given.add(stream.at(at));
            }
        }
        given
    }

    /// The least and the most that every card comes to between two instants of the course, by what its rules give at
    /// both; nothing where points may leave their range.
    pub(crate) fn reach(&self, earlier: &[Given], later: &[Given]) -> Option<Vec<Reach>> {
        let mut accounts = self.steady.clone();
        for (part, (earlier, later)) in self.parts.iter().zip(earlier.iter().zip(later)) {
            let own = Reach::fading(*earlier, *later, part.loose);
            let own =
                own.within(part.cap.map(|cap| Limits { min: Some(-cap), max: Some(cap), engagement: true }))?;
            accounts.get_mut(part.account)?.add(&own);
        }
        let close = |card: &crate::scoring::compile::Card| {
            let mut all = accounts.get(card.account)?.within(None)?;
            for (index, group) in card.groups.iter().enumerate() {
                all.add(&accounts.get(card.account + 1 + index)?.within(Some(group.limits))?);
            }
            all.within(Some(card.limits)).filter(Reach::is_sheet)
        };
        self.scoring.cards.iter().map(close).collect()
    }

    /// The last instant at which anything that rules give changes.
    pub(crate) fn end(&self) -> Option<i64> {
        let ends = self.streams.iter().map(|stream| {
            let decay = stream.decay.map_or(i64::MAX, Decay::end);
            stream.at.saturating_add(stream.within.min(decay))
        });
        ends.filter(|end| *end != i64::MAX).max()
    }
}

/// What a rule gives at the beginning, while its activities are gone through.
struct Own {
    /// Whether time moves its condition: what that says of an activity now it may not say later.
    loose: bool,
    part: usize,
    sum: Given,
}

impl Own {
    fn counts(&self, rule: &Rule, frame: &Frame<'_>) -> bool {
        self.loose || rule.when.as_ref().is_none_or(|when| when.test(frame).unwrap_or(false))
    }

    /// What an activity gives from now on, if anything, and where that is certain; nothing at all where points leave
    /// their range.
    fn stream<'s>(
        &mut self,
        rule: &Rule,
        on: &'s On,
        fact: &Fact<'_>,
        frame: &Frame<'_>,
    ) -> Option<Option<Stream<'s>>> {
        let decay = on.decay.as_ref();
        let mut stream =
            Stream { part: self.part, at: fact.at, within: on.within, decay, points: Points::ZERO };
        let weight = stream.weight(frame.at);
        if weight == 0 {
            return Some(None);
        }
        stream.points = points(rule.points_at(frame))?;
        self.sum.add(stream.points.weighted(weight).millionths());
        Some((!self.loose && stream.points != Points::ZERO).then_some(stream))
    }
}

/// Whether time moves a rule's condition; nothing where it moves its points.
fn is_loose(rule: &Rule) -> Option<bool> {
    if rule.points.program().is_some_and(|program| program.is_timed()) {
        return None;
    }
    Some(rule.when.as_ref().is_some_and(|when| when.is_timed()))
}

/// Points as a rule counts them: where an expression fails it gives nothing.
fn points(given: Result<Points, Trouble>) -> Option<Points> {
    match given {
        Ok(points) => Some(points),
        Err(Trouble::Failed(_)) => Some(Points::ZERO),
        Err(Trouble::Overflow) => None,
    }
}

impl Stream<'_> {
    fn weight(&self, at: i64) -> u32 {
        let age = at.saturating_sub(self.at);
        if age >= self.within {
            return 0;
        }
        self.decay.map_or(crate::scoring::decay::FULL, |decay| decay.weight(age))
    }

    fn at(&self, at: i64) -> i64 {
        match self.weight(at) {
            0 => 0,
            weight => self.points.weighted(weight).millionths(),
        }
    }
}

impl Given {
    fn add(&mut self, millionths: i64) {
        self.minus = self.minus.saturating_add(millionths.min(0));
        self.plus = self.plus.saturating_add(millionths.max(0));
    }
}

impl Reach {
    fn of(sums: Sums) -> Self {
        let total = total(&sums);
        Self { low: sums, high: sums, total: (total, total) }
    }

    /// What fades from an instant to a later one, with what may or may not be given besides.
    fn fading(earlier: Given, later: Given, loose: Given) -> Self {
        let low = Sums {
            engagement_plus: later.plus,
            engagement_minus: earlier.minus.saturating_add(loose.minus),
            ..Sums::default()
        };
        let high = Sums {
            engagement_plus: earlier.plus.saturating_add(loose.plus),
            engagement_minus: later.minus,
            ..Sums::default()
        };
        Self { low, high, total: (total(&low), total(&high)) }
    }

    /// The same, or nothing.
    fn or_nothing(mut self) -> Self {
        self.low.fit_plus = 0;
        self.high.fit_minus = 0;
        self.total = (total(&self.low), total(&self.high));
        self
    }

    fn add(&mut self, other: &Reach) {
        self.low.add(&other.low);
        self.high.add(&other.high);
        self.total.0 = self.total.0.saturating_add(other.total.0);
        self.total.1 = self.total.1.saturating_add(other.total.1);
    }

    /// Within limits as [`Sums::clamp`] keeps them; nothing where a sum may leave its range.
    fn within(&self, limits: Option<Limits>) -> Option<Self> {
        let mut reach = Self { low: self.low.checked()?, high: self.high.checked()?, ..*self };
        let Some(limits) = limits else { return Some(reach) };
        if let Some(max) = limits.max.map(Points::millionths).filter(|max| reach.total.1 > *max) {
            // Each side as `clamp` leaves it, as a function of all four: it grows with itself and falls with the others.
            let cut = |own: &Sums, others: &Sums| {
                let rest = others.fit_minus + others.engagement_minus;
                let mut cut = Sums {
                    engagement_plus: own.engagement_plus.min(max - rest - others.fit_plus).max(0),
                    fit_plus: own.fit_plus.min(max - rest).max(0),
                    ..*own
                };
                match limits.engagement {
                    true => cut.engagement_minus = own.engagement_minus.min(max - others.fit_minus),
                    // No rule below is about activities: fit is all there is.
                    false => cut.fit_minus = own.fit_minus.min(max),
                }
                cut
            };
            (reach.low, reach.high) = (cut(&reach.low, &reach.high), cut(&reach.high, &reach.low));
            reach.total = (reach.total.0.min(max), max);
        }
        if let Some(min) = limits.min.map(Points::millionths).filter(|min| reach.total.0 < *min) {
            let lift = |own: &Sums, others: &Sums| {
                let rest = others.fit_plus + others.engagement_plus;
                let mut lift = Sums {
                    engagement_minus: own.engagement_minus.max(min - rest - others.fit_minus).min(0),
                    fit_minus: own.fit_minus.max(min - rest).min(0),
                    ..*own
                };
                match limits.engagement {
                    true => lift.engagement_plus = own.engagement_plus.max(min - others.fit_plus),
                    false => lift.fit_plus = own.fit_plus.max(min),
                }
                lift
            };
            (reach.low, reach.high) = (lift(&reach.low, &reach.high), lift(&reach.high, &reach.low));
            reach.total = (min, reach.total.1.max(min));
        }
        Some(reach)
    }

    /// Whether every figure can be held as points, whatever it comes to. [`Reach::within`] has looked at each side, and
    /// no limit takes one further; so fit and engagement, each a plus and a minus, are held too.
    fn is_sheet(&self) -> bool {
        let held = |sum: i64| Points::from_millionths(sum).is_some();
        held(self.total.0) && held(self.total.1)
    }

    /// The least and the most that a figure comes to.
    pub(crate) fn figure(&self, figure: Figure) -> (Points, Points) {
        let of = |sum: fn(&Sums) -> i64| (sum(&self.low), sum(&self.high));
        let (least, most) = match figure {
            Figure::FitPlus => of(|sums| sums.fit_plus),
            Figure::FitMinus => of(|sums| sums.fit_minus),
            Figure::EngagementPlus => of(|sums| sums.engagement_plus),
            Figure::EngagementMinus => of(|sums| sums.engagement_minus),
            Figure::Fit => of(|sums| sums.fit_plus + sums.fit_minus),
            Figure::Engagement => of(|sums| sums.engagement_plus + sums.engagement_minus),
            Figure::Total => self.total,
        };
        // INVARIANT: `is_sheet` has seen to every one of them.
        let points = |sum: i64| Points::from_millionths(sum).unwrap_or_default();
        (points(least), points(most))
    }
}

fn total(sums: &Sums) -> i64 {
    Side::ALL.iter().fold(0, |total: i64, side| total.saturating_add(sums.side(*side)))
}
