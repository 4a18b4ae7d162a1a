//! Between what the points of rules, groups and scorecards can be.

use crate::base::points::Points;
use crate::base::time::Period;
use crate::expr::{Figure, Program};
use crate::lead::model::{FieldType, Model};
use crate::playbook::compile::Compiled;
use crate::scoring::account::Limits;
use crate::scoring::compile::{By, Card, On, PointsForm, Rule};
use crate::scoring::fuse::Add;
use crate::trust::lint::cells::Domain;
use crate::trust::lint::space::Space;

/// A least and a most in millionths; none where there is no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) low: Option<i128>,
    pub(super) high: Option<i128>,
}

impl Span {
    pub(super) const ZERO: Span = Span::at(0);
    pub(super) const ALL: Span = Span { low: None, high: None };

    pub(super) const fn at(points: i128) -> Self {
        Self { low: Some(points), high: Some(points) }
    }

    fn of(points: impl Iterator<Item = i128>) -> Self {
        points
            .fold(None, |span: Option<Self>, points| Some(span.unwrap_or(Self::at(points)).with(points)))
            .unwrap_or(Self::ZERO)
    }

    fn with(self, points: i128) -> Self {
        Self { low: self.low.map(|low| low.min(points)), high: self.high.map(|high| high.max(points)) }
    }

    fn plus(self, other: Self) -> Self {
        let sum = |a: Option<i128>, b: Option<i128>| Some(a? + b?);
        Self { low: sum(self.low, other.low), high: sum(self.high, other.high) }
    }

    fn times(self, times: Option<i128>) -> Self {
        let all = |end: Option<i128>| match (end, times) {
            (Some(0), _) => Some(0),
            (Some(end), Some(times)) => Some(end * times),
            _ => None,
        };
        Self { low: all(self.low), high: all(self.high) }
    }

    fn within(self, limits: &Limits) -> Self {
        let (min, max) = (limits.min.map(millionths), limits.max.map(millionths));
        let clamp = |points: Option<i128>, open: Option<i128>| match points {
            Some(points) => {
                let points = max.map_or(points, |max| points.min(max));
                Some(min.map_or(points, |min| points.max(min)))
            }
            None => open,
        };
        Self { low: clamp(self.low, min), high: clamp(self.high, max) }
    }
}

pub(super) fn millionths(points: Points) -> i128 {
    i128::from(points.millionths())
}

/// What the points of one scorecard can come to.
#[derive(Debug)]
pub(super) struct Reach {
    /// Rules without a group first, then those of each group, before its limits.
    pub(super) accounts: Vec<Span>,
    /// The sum of all, groups limited, before the limits of the scorecard.
    pub(super) before: Span,
    pub(super) total: Span,
    /// Fit and engagement as far as no limit moves points from one to the other.
    pub(super) fit: Span,
    pub(super) engagement: Span,
}

impl Reach {
    pub(super) fn figures(&self) -> Vec<(Figure, Span)> {
        let (up, down) = (Span { low: Some(0), high: None }, Span { low: None, high: Some(0) });
        vec![
            (Figure::Total, self.total),
            (Figure::Fit, self.fit),
            (Figure::Engagement, self.engagement),
            (Figure::FitPlus, up),
            (Figure::EngagementPlus, up),
            (Figure::FitMinus, down),
            (Figure::EngagementMinus, down),
        ]
    }
}

/// What the scorecard of a number can come to.
pub(super) fn reach(compiled: &Compiled, number: usize, card: &Card) -> Reach {
    let fused = &compiled.scoring.fused;
    let mut accounts = vec![Span::ZERO; 1 + card.groups.len()];
    let (mut fit, mut engagement) = (Span::ZERO, Span::ZERO);
    for (at, rule) in card.rules.iter().enumerate() {
        if fused.covers(number, at) {
            continue;
        }
        let span = of_rule(compiled, rule);
        let side = if rule.on.is_some() { &mut engagement } else { &mut fit };
        *side = side.plus(span);
        if let Some(account) = rule.account.checked_sub(card.account).and_then(|at| accounts.get_mut(at)) {
            *account = account.plus(span);
        }
    }
    // Rules of one field exclude each other: what counts is what one value gives.
    for column in fused.columns() {
        let sum = |adds: &[Add], only: Option<usize>| -> i128 {
            let own = adds.iter().filter(|add| {
                let at = add.account.checked_sub(card.account).filter(|at| *at < accounts.len());
                at.is_some_and(|at| only.is_none_or(|only| at == only))
            });
            own.map(|add| i128::from(add.plus) + i128::from(add.minus)).sum()
        };
        let spans: Vec<Span> = (0..accounts.len())
            .map(|at| Span::of(column.cells.iter().map(|adds| sum(adds, Some(at)))))
            .collect();
        fit = fit.plus(Span::of(column.cells.iter().map(|adds| sum(adds, None))));
        for (account, span) in accounts.iter_mut().zip(spans) {
            *account = account.plus(span);
        }
    }
    let mut before = accounts.first().copied().unwrap_or(Span::ZERO);
    for (account, group) in accounts.iter().skip(1).zip(&card.groups) {
        before = before.plus(account.within(&group.limits));
    }
    // A minimum lifts either side beyond what its rules give, a maximum presses it below.
    let limits = || card.groups.iter().map(|group| &group.limits).chain([&card.limits]);
    let (lifted, pressed) =
        (limits().any(|limits| limits.min.is_some()), limits().any(|limits| limits.max.is_some()));
    let side = |span: Span| Span { low: span.low.filter(|_| !pressed), high: span.high.filter(|_| !lifted) };
    Reach {
        before,
        total: before.within(&card.limits),
        fit: side(fit),
        engagement: side(engagement),
        accounts,
    }
}

/// What one rule gives in all.
fn of_rule(compiled: &Compiled, rule: &Rule) -> Span {
    let (never, always) = rule.when.as_ref().map_or((false, true), |when| ends(compiled, rule, when));
    if never {
        return Span::ZERO;
    }
    let Some(on) = &rule.on else {
        let once = once(&compiled.model, &rule.points);
        return if always { once } else { once.with(0) };
    };
    uncapped(compiled, rule, on).within(&Limits {
        min: on.cap.map(|cap| -cap),
        max: on.cap,
        engagement: true,
    })
}

/// Whether the condition of a rule holds never, and whether always.
fn ends(compiled: &Compiled, rule: &Rule, when: &Program) -> (bool, bool) {
    let kinds = rule.on.as_ref().map_or(&[][..], |on| &on.kinds);
    let domain = Domain { compiled, figures: &[], kinds };
    let mut space = Space::new(&domain, &[when], &[]);
    let truth = space.truth(when);
    if !space.is_known() {
        return (false, false);
    }
    (truth.yes == crate::base::sets::NONE, truth.yes == crate::base::sets::ALL)
}

/// What an engagement rule gives in all, were there no cap.
pub(super) fn uncapped(compiled: &Compiled, rule: &Rule, on: &On) -> Span {
    once(&compiled.model, &rule.points).with(0).times(times(on))
}

/// How many activities a rule counts at most.
fn times(on: &On) -> Option<i128> {
    const HOUR: i64 = 3_600_000_000;
    let (period, times) = on.per?;
    // Clocks are set forward by an hour at most, and the shortest month has 28 days.
    let shortest = match period {
        Period::Ever => return Some(i128::from(times)),
        Period::Hour => HOUR / 2,
        Period::Day => 22 * HOUR,
        Period::Week => (7 * 24 - 2) * HOUR,
        Period::Month => (28 * 24 - 2) * HOUR,
    };
    if on.within == i64::MAX {
        return None;
    }
    let periods = on.within / shortest + 2;
    Some(i128::from(periods) * i128::from(times))
}

/// What one match gives.
pub(super) fn once(model: &Model, points: &PointsForm) -> Span {
    match points {
        PointsForm::Fixed(points) => Span::at(millionths(*points)),
        PointsForm::Table { by, texts, default } => {
            let each = || texts.values().map(|points| millionths(*points));
            // A set gives the sum over its values, and a property may be one as well as anything else.
            let single = match by {
                By::Field(field) => {
                    model.field_at(*field).is_some_and(|(_, policy)| policy.kind != FieldType::Set)
                }
                By::Property(_) => false,
            };
            let sums = [each().filter(|points| *points > 0).sum(), each().filter(|points| *points < 0).sum()];
            let sets = (!single).then_some(sums).into_iter().flatten();
            Span::of(each().chain(sets)).with(millionths(*default)).with(0)
        }
        PointsForm::Bands { bands, default, .. } => {
            Span::of(bands.iter().map(|band| millionths(band.points))).with(millionths(*default)).with(0)
        }
        PointsForm::Times { times, min, max, .. } if *times == Points::ZERO => {
            let span = Span::ZERO.within(&Limits { min: *min, max: *max, engagement: false });
            span.with(0)
        }
        PointsForm::Times { min, max, .. } => {
            Span { low: min.map(millionths), high: max.map(millionths) }.with(0)
        }
        PointsForm::Expression(program) => program.constants().map_or(Span::ALL, |(low, high)| {
            let end = |number: f64| Points::from_f64(number).map(millionths);
            Span { low: end(low), high: end(high) }
        }),
    }
}
