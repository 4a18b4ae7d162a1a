//! Running the rules: with a ledger, rule by rule; without one, over the fused tables.

use std::borrow::Cow;

use indexmap::IndexMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::points::{MILLION, Points, divide_rounded};
use crate::base::time::{Instant, Zone};
use crate::expr::{Failure, Frame, Number};
use crate::lead::facts::{Cell, Fact, Facts};
use crate::lead::model::Model;
use crate::lead::value::Value;
use crate::scoring::account::{Limits, Sums};
use crate::scoring::compile::{By, Card, MAX_KINDS, On, PointsForm, Rule, Scoring};
use crate::scoring::decay::FULL;
use crate::scoring::policy::ProbabilityPolicy;
use crate::scoring::sheet::{Entry, EntryActivity, EntryKind, ScoreSheet, Side};

/// Why a rule gave no points on this lead.
pub(crate) enum Trouble {
    /// Points beyond their range: the figures cannot be trusted, so there are none.
    Overflow,
    /// The expression failed: the rule gives nothing and the assessment says so.
    Failed(Failure),
}

impl Scoring {
    /// The score sheet of every card, with ledgers if asked for.
    ///
    /// A failing expression gives no points and a warning; points out of range are an error.
    pub(crate) fn score(
        &self,
        model: &Model,
        facts: &Facts<'_>,
        at: i64,
        with_ledger: bool,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<Vec<ScoreSheet>, Error> {
        // The sums of the walked rules come after the accounts.
        let first_walked = self.accounts();
        let mut accounts = vec![Sums::default(); first_walked + self.tracks.rules()];
        if !with_ledger {
            self.fused.apply(facts, &mut accounts);
            self.tracks.walk(facts, at, accounts.get_mut(first_walked..).unwrap_or_default());
        }
        let mut sheets = Vec::with_capacity(self.cards.len());
        for (card_number, card) in self.cards.iter().enumerate() {
            let mut ledger = with_ledger.then(Vec::new);
            let mut run = |rule: &Rule, walked: Option<usize>| {
                let walked = walked.and_then(|number| accounts.get(first_walked + number)).copied();
                let Some(sums) = accounts.get_mut(rule.account) else { return Ok(()) };
                let mut run = Run { model, facts, at, zone: self.zone, rule, sums, ledger: ledger.as_mut() };
                let done = match (&rule.on, walked) {
                    (None, _) => run.fit(warnings),
                    (Some(on), None) => run.engagement(on, warnings),
                    (Some(on), Some(own)) => run.limited(on, own),
                };
                done.map_err(|Overflow| overflow(&rule.path, &format!("rule `{}`", rule.id)))
            };
            if with_ledger {
                card.rules.iter().try_for_each(|rule| run(rule, None))?;
            } else {
                for step in self.steps.get(card_number).into_iter().flatten() {
                    if let Some(rule) = card.rules.get(step.rule) {
                        run(rule, step.walked)?;
                    }
                }
            }
            sheets.push(self.close(card, &mut accounts, ledger)?);
        }
        Ok(sheets)
    }

    /// Adds the points of one rule, whatever else covers it.
    #[cfg(feature = "arrow")]
    pub(crate) fn add_rule(
        &self,
        model: &Model,
        facts: &Facts<'_>,
        at: i64,
        rule: &Rule,
        sums: &mut Sums,
        warnings: &mut Vec<Diagnostic>,
    ) -> Result<(), Error> {
        let mut run = Run { model, facts, at, zone: self.zone, rule, sums, ledger: None };
        let done = match &rule.on {
            None => run.fit(warnings),
            Some(on) => run.engagement(on, warnings),
        };
        done.map_err(|Overflow| overflow(&rule.path, &format!("rule `{}`", rule.id)))
    }

    /// The error of a rule whose points leave their range.
    #[cfg(feature = "arrow")]
    pub(crate) fn overflow(&self, card: usize, rule: usize) -> Error {
        let rule = self.cards.get(card).and_then(|card| card.rules.get(rule));
        rule.map_or_else(
            || overflow("", "a rule"),
            |rule| overflow(&rule.path, &format!("rule `{}`", rule.id)),
        )
    }

    /// Applies the limits of groups and card, and reads the figures.
    pub(crate) fn close(
        &self,
        card: &Card,
        accounts: &mut [Sums],
        mut ledger: Option<Vec<Entry>>,
    ) -> Result<ScoreSheet, Error> {
        let too_much = || overflow(&card.path, "the scorecard");
        let mut all =
            accounts.get(card.account).copied().unwrap_or_default().checked().ok_or_else(too_much)?;
        for (index, group) in card.groups.iter().enumerate() {
            let Some(account) = accounts.get(card.account + 1 + index) else { continue };
            let mut sums = account.checked().ok_or_else(too_much)?;
            for (side, points) in sums.clamp(&group.limits) {
                note(&mut ledger, side, points, |entry| {
                    entry.kind = EntryKind::Group;
                    entry.group = Some(group.name.clone());
                    entry.label.clone_from(&group.label);
                });
            }
            all.add(&sums);
        }
        all = all.checked().ok_or_else(too_much)?;
        for (side, points) in all.clamp(&card.limits) {
            note(&mut ledger, side, points, |entry| entry.kind = EntryKind::Clamp);
        }
        let mut sheet = ScoreSheet::of(&all).ok_or_else(too_much)?;
        sheet.probability = card.probability.map(|policy| probability(policy, sheet.total));
        sheet.ledger = ledger;
        Ok(sheet)
    }
}

/// Points left their range.
struct Overflow;

/// One rule on one lead.
struct Run<'r, 'a> {
    model: &'r Model,
    facts: &'r Facts<'a>,
    at: i64,
    zone: Zone,
    rule: &'r Rule,
    sums: &'r mut Sums,
    ledger: Option<&'r mut Vec<Entry>>,
}

impl Run<'_, '_> {
    fn fit(&mut self, warnings: &mut Vec<Diagnostic>) -> Result<(), Overflow> {
        let frame = Frame { facts: self.facts, at: self.at, activity: None, derived: None };
        let points = given(self.rule, &frame, warnings)?;
        if points == Points::ZERO {
            return Ok(());
        }
        self.sums.add_fit(points);
        if let Some(ledger) = self.ledger.as_deref_mut() {
            let side = if points.is_negative() { Side::FitMinus } else { Side::FitPlus };
            let mut entry = entry(EntryKind::Fit, side, points);
            entry.rule = Some(self.rule.id.clone());
            entry.label.clone_from(&self.rule.label);
            entry.values = self.rule.values(self.model, self.facts);
            ledger.push(entry);
        }
        Ok(())
    }

    fn engagement(&mut self, on: &On, warnings: &mut Vec<Diagnostic>) -> Result<(), Overflow> {
        let mut own = Sums::default();
        let mut period = None;
        let mut in_period = 0;
        // Only a limit per period has to see activities that no longer count: they took their place in it.
        let oldest = if on.per.is_some() { i64::MIN } else { self.at.saturating_sub(on.within) };
        let mut facts = ByTime::new(self.facts, &on.kinds, oldest, self.at);
        while let Some(fact) = facts.next() {
            if !fact.human || fact.known_at > self.at {
                continue;
            }
            let age = self.at.saturating_sub(fact.at);
            let frame = Frame { facts: self.facts, at: self.at, activity: Some(fact), derived: None };
            if !holds(self.rule, &frame, warnings) {
                continue;
            }
            if let Some((name, limit)) = on.per {
                let this = self.zone.period(fact.at, name);
                if period != Some(this) {
                    (period, in_period) = (Some(this), 0);
                }
                in_period += 1;
                if in_period > limit || age >= on.within {
                    continue;
                }
            }
            let weight = on.decay.as_ref().map_or(FULL, |decay| decay.weight(age));
            if weight == 0 {
                continue;
            }
            let base = amount(self.rule, &frame, warnings)?;
            let points = base.weighted(weight);
            if points == Points::ZERO {
                continue;
            }
            own.add_engagement(points);
            if let Some(ledger) = self.ledger.as_deref_mut() {
                ledger.push(earned(self.rule, on, fact, base, weight, points));
            }
        }
        self.limited(on, own)
    }

    /// Adds what the rule's activities gave, within its cap.
    fn limited(&mut self, on: &On, own: Sums) -> Result<(), Overflow> {
        let mut own = own.checked().ok_or(Overflow)?;
        if let Some(cap) = on.cap {
            let limits = Limits { min: Some(-cap), max: Some(cap), engagement: true };
            for (side, points) in own.clamp(&limits) {
                if let Some(ledger) = self.ledger.as_deref_mut()
                    && points != Points::ZERO
                {
                    let mut entry = entry(EntryKind::Cap, side, points);
                    entry.rule = Some(self.rule.id.clone());
                    entry.label.clone_from(&self.rule.label);
                    ledger.push(entry);
                }
            }
        }
        self.sums.add(&own);
        Ok(())
    }
}

impl Rule {
    /// The points of one match before decay: what `points` says, without the condition.
    pub(crate) fn points_at(&self, frame: &Frame<'_>) -> Result<Points, Trouble> {
        match &self.points {
            PointsForm::Fixed(points) => Ok(*points),
            PointsForm::Table { by, texts, default } => {
                let get = |key: &str| texts.get(key).copied();
                Ok(match by.cell(frame) {
                    Cell::Text(text) => get(text.text).unwrap_or(*default),
                    Cell::Bool(value) => get(if *value { "true" } else { "false" }).unwrap_or(*default),
                    Cell::Int(number) => get(itoa(*number).as_ref()).unwrap_or(*default),
                    Cell::Set(items) => {
                        let mut sum = None;
                        for (index, item) in items.iter().enumerate() {
                            let repeated = items.iter().take(index).any(|earlier| earlier.text == item.text);
                            if let Some(points) = get(item.text).filter(|_| !repeated) {
                                sum = Some(
                                    sum.unwrap_or(Points::ZERO)
                                        .checked_add(points)
                                        .ok_or(Trouble::Overflow)?,
                                );
                            }
                        }
                        sum.unwrap_or(if items.is_empty() { Points::ZERO } else { *default })
                    }
                    Cell::Null | Cell::Float(_) | Cell::Time(_) => Points::ZERO,
                })
            }
            PointsForm::Bands { by, bands, default } => {
                let below = match by.cell(frame) {
                    Cell::Int(number) => {
                        let millionths = i128::from(*number) * i128::from(MILLION);
                        bands.partition_point(|band| i128::from(band.bound.millionths()) <= millionths)
                    }
                    Cell::Float(number) => bands.partition_point(|band| band.bound_float <= *number),
                    _ => return Ok(Points::ZERO),
                };
                Ok(below
                    .checked_sub(1)
                    .and_then(|index| bands.get(index))
                    .map_or(*default, |band| band.points))
            }
            PointsForm::Times { by, times, min, max } => {
                let millionths = match by.cell(frame) {
                    Cell::Int(number) => i128::from(*number) * i128::from(MILLION),
                    Cell::Float(number) => float_millionths(*number),
                    _ => return Ok(Points::ZERO),
                };
                let mut points =
                    divide_rounded(i128::from(times.millionths()) * millionths, i128::from(MILLION));
                if let Some(min) = min {
                    points = points.max(i128::from(min.millionths()));
                }
                if let Some(max) = max {
                    points = points.min(i128::from(max.millionths()));
                }
                Points::from_wide(points).ok_or(Trouble::Overflow)
            }
            PointsForm::Expression(program) => match program.number(frame) {
                Ok(None) => Ok(Points::ZERO),
                Ok(Some(Number::Int(number))) => Points::from_whole(number).ok_or(Trouble::Overflow),
                Ok(Some(Number::Double(number))) => Points::from_f64(number).ok_or(Trouble::Overflow),
                Err(failure) => Err(Trouble::Failed(failure)),
            },
        }
    }

    /// The points of one match of a condition, or none where it does not hold.
    pub(crate) fn value(&self, frame: &Frame<'_>) -> Result<Points, Trouble> {
        if let Some(when) = &self.when
            && !when.test(frame).map_err(Trouble::Failed)?
        {
            return Ok(Points::ZERO);
        }
        self.points_at(frame)
    }

    /// The fields that the rule looks at, with their values.
    fn values(&self, model: &Model, facts: &Facts<'_>) -> IndexMap<String, Value> {
        let mut values = IndexMap::new();
        let mut look = |field: usize| {
            if let Some((name, _)) = model.field_at(field) {
                let value = facts.lead.fields.get(name).cloned().unwrap_or_default();
                values.insert(name.to_owned(), value);
            }
        };
        if let Some(when) = &self.when {
            when.reads().fields.iter().for_each(|field| look(*field));
        }
        match &self.points {
            PointsForm::Table { by: By::Field(field), .. }
            | PointsForm::Bands { by: By::Field(field), .. }
            | PointsForm::Times { by: By::Field(field), .. } => look(*field),
            PointsForm::Expression(program) => program.reads().fields.iter().for_each(|field| look(*field)),
            _ => {}
        }
        values
    }
}

impl By {
    fn cell<'f>(&self, frame: &Frame<'f>) -> &'f Cell<'f> {
        match self {
            Self::Field(field) => frame.facts.field(*field),
            Self::Property(slots) => frame
                .activity
                .and_then(|fact| {
                    let (_, slot) = slots.iter().find(|(kind, _)| *kind == fact.kind)?;
                    fact.properties.get((*slot)?)
                })
                .unwrap_or(&Cell::Null),
        }
    }
}

/// A number field's value in millionths, rounded once, half away from zero; beyond any points it stays beyond.
fn float_millionths(number: f64) -> i128 {
    #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, far beyond the range of points")]
    let millionths = (number * 1_000_000.0).round().clamp(-1e30, 1e30) as i128;
    millionths
}

fn itoa(number: i64) -> Cow<'static, str> {
    match number {
        0 => Cow::Borrowed("0"),
        1 => Cow::Borrowed("1"),
        _ => Cow::Owned(number.to_string()),
    }
}

/// A rule's points on this frame; nothing, with a warning, where an expression fails.
fn given(rule: &Rule, frame: &Frame<'_>, warnings: &mut Vec<Diagnostic>) -> Result<Points, Overflow> {
    match rule.value(frame) {
        Ok(points) => Ok(points),
        Err(Trouble::Overflow) => Err(Overflow),
        Err(Trouble::Failed(failure)) => {
            warnings.push(failed(rule, &failure));
            Ok(Points::ZERO)
        }
    }
}

fn holds(rule: &Rule, frame: &Frame<'_>, warnings: &mut Vec<Diagnostic>) -> bool {
    let Some(when) = &rule.when else { return true };
    when.test(frame).unwrap_or_else(|failure| {
        warnings.push(failed(rule, &failure));
        false
    })
}

fn amount(rule: &Rule, frame: &Frame<'_>, warnings: &mut Vec<Diagnostic>) -> Result<Points, Overflow> {
    match rule.points_at(frame) {
        Ok(points) => Ok(points),
        Err(Trouble::Overflow) => Err(Overflow),
        Err(Trouble::Failed(failure)) => {
            warnings.push(failed(rule, &failure));
            Ok(Points::ZERO)
        }
    }
}

fn failed(rule: &Rule, failure: &Failure) -> Diagnostic {
    Diagnostic::warning(
        Code::ExprFailed,
        format!("rule `{}` gives no points here: {}", rule.id, failure.message),
    )
    .at(rule.path.clone())
    .with_help("guard the expression, so that it holds for every value that the fields can have")
}

fn overflow(path: &str, what: &str) -> Error {
    let message = format!("the points of {what} leave the range of plus or minus 9000000000");
    Error::evaluation(Diagnostic::error(Code::PointsOverflow, message).at(path).with_help(
        "limit the rule: `max` beside `times`, `cap` beside `on`, or a smaller factor in the expression",
    ))
}

fn entry(kind: EntryKind, side: Side, points: Points) -> Entry {
    Entry {
        kind,
        side,
        points,
        rule: None,
        label: None,
        group: None,
        activity: None,
        values: IndexMap::new(),
    }
}

/// Adds a limit's line, if it changes anything.
fn note(ledger: &mut Option<Vec<Entry>>, side: Side, points: Points, fill: impl FnOnce(&mut Entry)) {
    if let Some(ledger) = ledger
        && points != Points::ZERO
    {
        let mut line = entry(EntryKind::Clamp, side, points);
        fill(&mut line);
        ledger.push(line);
    }
}

fn earned(rule: &Rule, on: &On, fact: &Fact<'_>, base: Points, weight: u32, points: Points) -> Entry {
    let side = if points.is_negative() { Side::EngagementMinus } else { Side::EngagementPlus };
    let end = on.end();
    let mut line = entry(EntryKind::Engagement, side, points);
    line.rule = Some(rule.id.clone());
    line.label.clone_from(&rule.label);
    line.activity = Some(EntryActivity {
        id: fact.record.id.clone(),
        kind: fact.record.kind.clone(),
        at: fact.record.at,
        base,
        weight: f64::from(weight) / 1e6,
        until: if end == i64::MAX { None } else { Instant::from_micros(fact.at.saturating_add(end)) },
    });
    line
}

/// `1 / (1 + exp(-(intercept + per_point * total)))`, by an exponential that is the same on every platform.
pub(crate) fn probability(policy: ProbabilityPolicy, total: Points) -> f64 {
    1.0 / (1.0 + libm::exp(-(policy.intercept + policy.per_point * total.to_f64())))
}

/// The activities of several kinds, merged by time and then by id.
pub(super) struct ByTime<'r, 'a> {
    rest: [&'r [Fact<'a>]; MAX_KINDS],
    kinds: usize,
}

impl<'r, 'a> ByTime<'r, 'a> {
    /// Activities that happened after `oldest` and up to `at`.
    pub(super) fn new(facts: &'r Facts<'a>, kinds: &[usize], oldest: i64, at: i64) -> Self {
        let mut rest: [&[Fact<'a>]; MAX_KINDS] = [&[]; MAX_KINDS];
        for (slot, kind) in rest.iter_mut().zip(kinds) {
            let all = facts.of_kind(*kind);
            let start = all.partition_point(|fact| fact.at <= oldest);
            let end = all.partition_point(|fact| fact.at <= at);
            *slot = all.get(start..end).unwrap_or(&[]);
        }
        Self { rest, kinds: kinds.len() }
    }

    pub(super) fn next(&mut self) -> Option<&'r Fact<'a>> {
        let kinds = self.rest.get_mut(..self.kinds)?;
        let first = match kinds {
            [only] => only,
            several => several.iter_mut().filter(|rest| !rest.is_empty()).min_by_key(|rest| {
                let facts: &'r [Fact<'a>] = rest;
                facts.first().map(|fact| (fact.at, fact.record.id.as_str()))
            })?,
        };
        let (fact, rest) = first.split_first()?;
        *first = rest;
        Some(fact)
    }
}
