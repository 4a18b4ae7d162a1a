//! Between what totals can be, ranks beyond that, and limits that never bind.

use indexmap::IndexMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::points::Points;
use crate::base::time::Period;
use crate::lead::model::{FieldType, Model};
use crate::scoring::account::Limits;
use crate::scoring::compile::{By, Card, PointsForm, Rule};
use crate::scoring::fuse::Add;
use crate::trust::lint::domain::verdict;
use crate::trust::lint::{Linter, ScoreRange};

/// A least and a most in millionths; none where there is no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    low: Option<i128>,
    high: Option<i128>,
}

impl Range {
    const ZERO: Range = Range { low: Some(0), high: Some(0) };
    const ALL: Range = Range { low: None, high: None };

    fn of(points: impl Iterator<Item = i128>) -> Self {
        points
            .fold(None, |range: Option<Self>, points| Some(range.unwrap_or(Self::at(points)).with(points)))
            .unwrap_or(Self::ZERO)
    }

    const fn at(points: i128) -> Self {
        Self { low: Some(points), high: Some(points) }
    }

    fn with(self, points: i128) -> Self {
        Self { low: self.low.map(|low| low.min(points)), high: self.high.map(|high| high.max(points)) }
    }

    fn plus(self, other: Self) -> Self {
        let sum = |a: Option<i128>, b: Option<i128>| Some(a? + b?);
        Self { low: sum(self.low, other.low), high: sum(self.high, other.high) }
    }

    fn within(self, limits: &Limits) -> Self {
        let min = limits.min.map(|points| i128::from(points.millionths()));
        let max = limits.max.map(|points| i128::from(points.millionths()));
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

/// What a card's accounts can come to: rules without a group first, then those of each group.
struct Reach {
    accounts: Vec<Range>,
    total: Range,
    /// Fit and engagement before any limit.
    fit: Range,
    engagement: Range,
}

impl Linter<'_> {
    pub(super) fn ranges(&mut self) -> IndexMap<String, ScoreRange> {
        let mut ranges = IndexMap::new();
        for number in 0..self.compiled.cards.len() {
            let compiled = self.compiled;
            let (Some(card), Some(scored)) = (compiled.cards.get(number), compiled.scoring.cards.get(number))
            else {
                continue;
            };
            let reach = self.reach(number, scored);
            self.limits(scored, &reach);
            self.ranks(&card.qualification, scored, &reach);
            let points = |end: Option<i128>| end.and_then(Points::from_wide);
            let range = ScoreRange { min: points(reach.total.low), max: points(reach.total.high) };
            ranges.insert(card.name.clone(), range);
        }
        ranges
    }

    fn reach(&self, number: usize, card: &Card) -> Reach {
        let fused = &self.compiled.scoring.fused;
        let mut accounts = vec![Range::ZERO; 1 + card.groups.len()];
        let (mut fit, mut engagement) = (Range::ZERO, Range::ZERO);
        for (at, rule) in card.rules.iter().enumerate() {
            if fused.covers(number, at) {
                continue;
            }
            let range = self.rule(rule);
            let side = if rule.on.is_some() { &mut engagement } else { &mut fit };
            *side = side.plus(range);
            if let Some(account) = rule.account.checked_sub(card.account).and_then(|at| accounts.get_mut(at))
            {
                *account = account.plus(range);
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
            let ranges: Vec<Range> = (0..accounts.len())
                .map(|at| Range::of(column.cells.iter().map(|adds| sum(adds, Some(at)))))
                .collect();
            fit = fit.plus(Range::of(column.cells.iter().map(|adds| sum(adds, None))));
            for (account, range) in accounts.iter_mut().zip(ranges) {
                *account = account.plus(range);
            }
        }
        let mut total = accounts.first().copied().unwrap_or(Range::ZERO);
        for (account, group) in accounts.iter().skip(1).zip(&card.groups) {
            total = total.plus(account.within(&group.limits));
        }
        Reach { accounts, total: total.within(&card.limits), fit, engagement }
    }

    /// What one rule gives in all.
    fn rule(&self, rule: &Rule) -> Range {
        let found = rule.when.as_ref().map(|when| verdict(self.compiled, when, None));
        if found.as_ref().is_some_and(|found| found.never) {
            return Range::ZERO;
        }
        let once = once(&self.compiled.model, &rule.points);
        let Some(on) = &rule.on else {
            return if found.is_none_or(|found| found.always) { once } else { once.with(0) };
        };
        let once = once.with(0);
        let times = match on.per {
            Some((Period::Ever, times)) => Some(i128::from(times)),
            _ => None,
        };
        let all = |end: Option<i128>| match (end, times) {
            (Some(0), _) => Some(0),
            (Some(end), Some(times)) => Some(end * times),
            _ => None,
        };
        let all = Range { low: all(once.low), high: all(once.high) };
        let limits = Limits { min: on.cap.map(|cap| -cap), max: on.cap, engagement: true };
        all.within(&limits)
    }

    fn limits(&mut self, card: &Card, reach: &Reach) {
        for rule in &card.rules {
            let Some(on) = &rule.on else { continue };
            let (Some(cap), Some((Period::Ever, times))) = (on.cap, on.per) else { continue };
            let once = once(&self.compiled.model, &rule.points).with(0);
            let most = once.high.zip(once.low).map(|(high, low)| high.max(-low) * i128::from(times));
            if let Some(most) = most.filter(|most| *most <= i128::from(cap.millionths())) {
                let most = Points::from_wide(most).unwrap_or_default();
                self.idle(
                    format!("{}/cap", rule.path),
                    format!("the cap of rule `{}` never binds: it gives at most {most}", rule.id),
                );
            }
        }
        for (account, group) in reach.accounts.iter().skip(1).zip(&card.groups) {
            let what = format!("group `{}`", group.name);
            let path = format!("{}/groups/{}", card.path, crate::scoring::compile::escape(&group.name));
            self.idle_limits(*account, &group.limits, &what, &path);
        }
        let before = reach
            .accounts
            .iter()
            .skip(1)
            .zip(&card.groups)
            .fold(reach.accounts.first().copied().unwrap_or(Range::ZERO), |sum, (account, group)| {
                sum.plus(account.within(&group.limits))
            });
        self.idle_limits(before, &card.limits, "the scorecard", &card.path);
    }

    fn idle_limits(&mut self, range: Range, limits: &Limits, what: &str, path: &str) {
        let millionths = |points: Points| i128::from(points.millionths());
        if let (Some(max), Some(high)) = (limits.max, range.high)
            && high <= millionths(max)
        {
            let high = Points::from_wide(high).unwrap_or_default();
            self.idle(
                format!("{path}/max"),
                format!("`max` {max} of {what} never binds: at most {high} is reached"),
            );
        }
        if let (Some(min), Some(low)) = (limits.min, range.low)
            && low >= millionths(min)
        {
            let low = Points::from_wide(low).unwrap_or_default();
            self.idle(
                format!("{path}/min"),
                format!("`min` {min} of {what} never binds: at least {low} is reached"),
            );
        }
    }

    fn idle(&mut self, path: String, message: String) {
        let diagnostic = Diagnostic::warning(Code::IdleLimit, message)
            .at(path)
            .with_help("remove the limit, or tighten it to where it should bind");
        self.find(diagnostic, None);
    }

    fn ranks(
        &mut self,
        qualification: &crate::qualification::compile::Qualification,
        card: &Card,
        reach: &Reach,
    ) {
        if let Some(matrix) = &qualification.matrix {
            // A minimum may lift either side beyond what its rules give.
            let lifted =
                card.limits.min.is_some() || card.groups.iter().any(|group| group.limits.min.is_some());
            let sides = [
                (&matrix.grades, reach.fit, "fit", "grade"),
                (&matrix.levels, reach.engagement, "engagement", "level"),
            ];
            for (steps, range, side, word) in sides.into_iter().filter(|_| !lifted) {
                for (index, step) in steps.iter().enumerate() {
                    let path = format!("{}/matrix/{side}/{index}", qualification.path);
                    let what = format!("{word} `{}`", step.name);
                    self.beyond(&path, &what, &format!("points of {side}"), step.at_least, range.high);
                }
            }
            return;
        }
        let mut taken: Option<&str> = None;
        for (index, rank) in qualification.ranks.iter().enumerate() {
            let path = format!("{}/ranks/{index}", qualification.path);
            let found = rank.when.as_ref().map(|when| verdict(self.compiled, when, None));
            if let Some(above) = taken {
                let message = format!("rank `{}` is never reached: every lead reaches `{above}`", rank.name);
                self.unreachable(
                    path,
                    message,
                    "lower the threshold of neither: raise that of the rank above",
                );
                continue;
            }
            if found.as_ref().is_some_and(|found| found.never) {
                let message =
                    format!("rank `{}` is never reached: its condition holds for no lead", rank.name);
                self.unreachable(format!("{path}/when"), message, "change the condition");
                continue;
            }
            self.beyond(&path, &format!("rank `{}`", rank.name), "points", rank.at_least, reach.total.high);
            let low = reach.total.low;
            let reached = rank
                .at_least
                .is_none_or(|at_least| low.is_some_and(|low| low >= i128::from(at_least.millionths())));
            if reached && found.is_none_or(|found| found.always) {
                taken = Some(rank.name.as_str());
            }
        }
        self.margins(qualification);
    }

    fn beyond(&mut self, path: &str, what: &str, points: &str, at_least: Option<Points>, high: Option<i128>) {
        if let (Some(at_least), Some(high)) = (at_least, high)
            && i128::from(at_least.millionths()) > high
        {
            let high = Points::from_wide(high).unwrap_or_default();
            let message = format!("{what} needs {at_least} {points}, and no lead has more than {high}");
            let help = "lower `at_least`, or give more points";
            self.unreachable(format!("{path}/at_least"), message, help);
        }
    }

    fn unreachable(&mut self, path: String, message: String, help: &str) {
        let diagnostic = Diagnostic::warning(Code::UnreachableRank, message).at(path).with_help(help);
        self.find(diagnostic, None);
    }

    /// Margins that keep a lead in a rank while it falls through the whole of the next.
    fn margins(&mut self, qualification: &crate::qualification::compile::Qualification) {
        for (index, rank) in qualification.ranks.iter().enumerate() {
            let margin = rank.keep.and_then(|keep| keep.margin);
            let Some(leaves) = margin.and_then(|margin| rank.at_least?.checked_sub(margin)) else { continue };
            let below =
                qualification.ranks.iter().skip(index + 1).find_map(|rank| Some((rank, rank.at_least?)));
            if let Some((below, at_least)) = below.filter(|(_, at_least)| leaves <= *at_least) {
                let message = format!(
                    "rank `{}` is kept down to {leaves} points, through the whole of rank `{}`, which begins at {at_least}",
                    rank.name, below.name
                );
                let diagnostic = Diagnostic::warning(Code::WideMargin, message)
                    .at(format!("{}/ranks/{index}/keep/margin", qualification.path))
                    .with_help("make the margin smaller than the distance to the next rank");
                self.find(diagnostic, None);
            }
        }
    }
}

/// What one match gives.
fn once(model: &Model, points: &PointsForm) -> Range {
    let millionths = |points: Points| i128::from(points.millionths());
    match points {
        PointsForm::Fixed(points) => Range::at(millionths(*points)),
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
            Range::of(each().chain(sets)).with(millionths(*default)).with(0)
        }
        PointsForm::Bands { bands, default, .. } => {
            Range::of(bands.iter().map(|band| millionths(band.points))).with(millionths(*default)).with(0)
        }
        PointsForm::Times { min, max, .. } => {
            Range { low: min.map(millionths), high: max.map(millionths) }.with(0)
        }
        PointsForm::Expression(program) => program.constants().map_or(Range::ALL, |(low, high)| {
            let end = |number: f64| Points::from_f64(number).map(millionths);
            Range { low: end(low), high: end(high) }.with(0)
        }),
    }
}
