//! Cells: the values of one part of a lead on which all conditions agree, each with one value that stands for it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::base::points::Points;
use crate::expr::{AccountPart, Constant, Figure, TextTest, Value as Given};
use crate::lead::model::FieldType;
use crate::lead::record::ConsentStatus;
use crate::playbook::compile::Compiled;
use crate::scoring::fuse::{from_key, key as float_key};
use crate::trust::lint::reach::Span;

/// What conditions look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Field(usize),
    /// Whether a set holds a text.
    Has(usize, Box<str>),
    /// A property of the activity, by kind and place.
    Property(Box<[(usize, usize)]>),
    /// The kind of the activity.
    Kind,
    LeadId,
    Rank(usize),
    Figure(usize, Figure),
    Consent(Box<str>),
    Account(AccountPart),
    Source(Box<str>),
    /// How many activities of a kind there are, younger than so many microseconds.
    Count(usize, Option<i64>),
    /// Which list of a segment the lead is on.
    Listed(usize),
    /// A part that is not looked into, by its text.
    Opaque(Box<str>),
    /// The same for one that may fail.
    Failing(Box<str>),
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Sample {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    /// Microseconds since 1970.
    Time(i64),
}

/// A cell and the value that stands for it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub(super) sample: Sample,
    /// For a text that no condition names: which of the variable's loose tests hold, as bits.
    pub(super) loose: Option<u32>,
}

/// A test of a text that naming some texts does not decide for all others.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Loose {
    /// What tells it from others.
    pub(super) text: Box<str>,
    /// What it tests, where that can be said.
    pub(super) test: Option<(TextTest, Box<str>)>,
}

/// At most so many loose tests of one text are told apart.
pub(super) const MOST_LOOSE: usize = 4;

#[derive(Debug, Clone)]
pub(super) struct Variable {
    pub(super) key: Key,
    /// Constants that it is compared with.
    pub(super) constants: Vec<Constant>,
    pub(super) loose: Vec<Loose>,
    pub(super) cells: Vec<Cell>,
}

/// What values there can be.
pub(super) struct Domain<'a> {
    pub(super) compiled: &'a Compiled,
    /// For every scorecard, between what its figures can be.
    pub(super) figures: &'a [Vec<(Figure, Span)>],
    /// The kinds of the activity, in a condition about one.
    pub(super) kinds: &'a [usize],
}

impl Domain<'_> {
    /// The type of what has one.
    fn kind(&self, key: &Key) -> Option<FieldType> {
        let model = &self.compiled.model;
        match key {
            Key::Field(field) => model.field_at(*field).map(|(_, policy)| policy.kind),
            Key::Property(places) => {
                let (kind, place) = places.first()?;
                model.activity_at(*kind)?.1.properties.get_index(*place).map(|(_, kind)| *kind)
            }
            Key::Figure(..) => Some(FieldType::Number),
            Key::Count(..) => Some(FieldType::Integer),
            _ => None,
        }
    }

    /// The texts that it can be, where they are known.
    fn texts(&self, key: &Key) -> Option<Vec<String>> {
        let model = &self.compiled.model;
        match key {
            Key::Field(field) => {
                let (_, policy) = model.field_at(*field)?;
                let texts = !policy.values.is_empty()
                    && matches!(
                        policy.kind,
                        FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url
                    );
                texts.then(|| policy.values.clone())
            }
            Key::Rank(card) => {
                let ranks = &self.compiled.cards.get(*card)?.qualification.ranks;
                Some(ranks.iter().map(|rank| rank.name.clone()).collect())
            }
            Key::Consent(_) => {
                use ConsentStatus::{Denied, Granted, Pending, Unknown};
                Some([Granted, Denied, Pending, Unknown].map(|status| status.as_str().to_owned()).to_vec())
            }
            Key::Kind => {
                let name = |kind: &usize| model.activity_at(*kind).map(|(name, _)| name.to_owned());
                Some(self.kinds.iter().filter_map(name).collect())
            }
            _ => None,
        }
    }

    /// Whether all its values are tried, so that no test of it is loose.
    pub(super) fn is_finite(&self, key: &Key) -> bool {
        self.texts(key).is_some()
    }

    /// Values that stand for the cells of a variable, those that conditions name first and empty last.
    pub(super) fn cells(&self, variable: &Variable) -> Vec<Cell> {
        let key = &variable.key;
        let mut samples: Vec<Sample> = match key {
            Key::Has(..) | Key::Opaque(_) | Key::Account(AccountPart::Customer) => {
                vec![Sample::Bool(true), Sample::Bool(false)]
            }
            Key::Failing(_) => vec![Sample::Bool(true), Sample::Bool(false), Sample::Null],
            // On neither, on `include`, on `exclude`.
            Key::Listed(_) => vec![Sample::Int(0), Sample::Int(1), Sample::Int(2)],
            _ => match (self.texts(key), self.kind(key)) {
                (Some(texts), _) => texts.into_iter().map(Sample::Text).collect(),
                (_, Some(FieldType::Boolean)) => vec![Sample::Bool(true), Sample::Bool(false)],
                (_, Some(FieldType::Integer)) => whole(&variable.constants),
                (_, Some(FieldType::Number)) => decimal(&variable.constants),
                (_, Some(FieldType::Date)) => days(&variable.constants),
                (_, Some(FieldType::Timestamp)) => instants(&variable.constants),
                _ => named(&variable.constants),
            },
        };
        match key {
            Key::Figure(card, figure) => {
                let known = self.figures.get(*card).into_iter().flatten();
                let span = known.filter(|(of, _)| of == figure).map(|(_, span)| *span).next();
                samples = within(samples, span.unwrap_or(Span::ALL));
            }
            Key::Count(..) => samples.retain(|sample| !matches!(sample, Sample::Int(count) if *count < 0)),
            _ => {}
        }
        let mut cells: Vec<Cell> = Vec::with_capacity(samples.len() + 2);
        let open = self.texts(key).is_none()
            && !matches!(
                key,
                Key::Has(..)
                    | Key::Opaque(_)
                    | Key::Failing(_)
                    | Key::Listed(_)
                    | Key::Account(AccountPart::Customer)
            )
            && !matches!(
                self.kind(key),
                Some(
                    FieldType::Boolean
                        | FieldType::Integer
                        | FieldType::Number
                        | FieldType::Date
                        | FieldType::Timestamp
                )
            );
        let fixed: Vec<Sample> = samples;
        for sample in &fixed {
            let cell = Cell { sample: sample.clone(), loose: None };
            if !cells.contains(&cell) {
                cells.push(cell);
            }
        }
        if open {
            cells.extend(rest(&fixed, &variable.loose));
        }
        let nullable = !matches!(
            key,
            Key::Has(..)
                | Key::Opaque(_)
                | Key::Failing(_)
                | Key::Listed(_)
                | Key::LeadId
                | Key::Figure(..)
                | Key::Count(..)
                | Key::Kind
                | Key::Account(AccountPart::Customer)
        );
        if nullable {
            cells.push(Cell { sample: Sample::Null, loose: None });
        }
        cells
    }
}

const DAY: i64 = 86_400_000_000;

fn whole(constants: &[Constant]) -> Vec<Sample> {
    let bounds = constants.iter().filter_map(|constant| match constant {
        Constant::Int(number) => Some(*number),
        #[expect(clippy::cast_possible_truncation, reason = "the cast saturates, and so do the bounds")]
        Constant::Double(number) => Some(number.floor() as i64),
        _ => None,
    });
    around(bounds).into_iter().map(Sample::Int).collect()
}

fn decimal(constants: &[Constant]) -> Vec<Sample> {
    let bounds = constants.iter().filter_map(|constant| match constant {
        #[expect(clippy::cast_precision_loss, reason = "the floats on both sides of the nearest are taken")]
        Constant::Int(number) => Some(float_key(*number as f64)),
        Constant::Double(number) if number.is_finite() => Some(float_key(*number)),
        _ => None,
    });
    let floats = around(bounds).into_iter().map(from_key).filter(|number| number.is_finite());
    floats.map(Sample::Double).collect()
}

fn days(constants: &[Constant]) -> Vec<Sample> {
    let bounds = times(constants).map(|micros| micros.div_euclid(DAY));
    around(bounds).into_iter().filter_map(|day| day.checked_mul(DAY)).map(Sample::Time).collect()
}

fn instants(constants: &[Constant]) -> Vec<Sample> {
    around(times(constants)).into_iter().map(Sample::Time).collect()
}

fn times(constants: &[Constant]) -> impl Iterator<Item = i64> + '_ {
    constants.iter().filter_map(|constant| match constant {
        Constant::Time(micros) => Some(*micros),
        _ => None,
    })
}

/// What an open text, or an undeclared value, is compared with.
fn named(constants: &[Constant]) -> Vec<Sample> {
    let sample = |constant: &Constant| match constant {
        Constant::Bool(value) => Some(Sample::Bool(*value)),
        Constant::Int(number) => Some(Sample::Int(*number)),
        Constant::Double(number) => Some(Sample::Double(*number)),
        Constant::Text(text) => Some(Sample::Text(text.as_ref().to_owned())),
        Constant::Time(micros) => Some(Sample::Time(*micros)),
        _ => None,
    };
    constants.iter().filter_map(sample).collect()
}

/// The bounds themselves and their neighbours: between two bounds all numbers are alike. The bounds come first.
fn around(bounds: impl Iterator<Item = i64>) -> Vec<i64> {
    let bounds: BTreeSet<i64> = bounds.collect();
    let mut all: Vec<i64> = bounds.iter().copied().collect();
    let mut seen = bounds.clone();
    for bound in &bounds {
        for near in [bound.saturating_add(1), bound.saturating_sub(1), bound.saturating_add(2)] {
            if seen.insert(near) {
                all.push(near);
            }
        }
    }
    if all.is_empty() {
        all.push(1);
    }
    all
}

/// Those of the numbers that a figure can be, and its ends.
fn within(samples: Vec<Sample>, span: Span) -> Vec<Sample> {
    let end = |end: Option<i128>| end.and_then(Points::from_wide).map(Points::to_f64);
    let (low, high) = (end(span.low), end(span.high));
    let inside = |number: f64| low.is_none_or(|low| number >= low) && high.is_none_or(|high| number <= high);
    let mut kept: Vec<Sample> = samples
        .into_iter()
        .filter(|sample| matches!(sample, Sample::Double(number) if inside(*number)))
        .collect();
    kept.extend([high, low].into_iter().flatten().map(Sample::Double));
    kept
}

/// The texts that no condition names: one cell for every way in which loose tests of them can come out.
fn rest(named: &[Sample], loose: &[Loose]) -> Vec<Cell> {
    let count = u32::try_from(loose.len().min(MOST_LOOSE)).unwrap_or(0);
    let holds = |bits: u32, number: usize| bits >> number & 1 == 1;
    let can_be = |bits: &u32| {
        let tests =
            || loose.iter().enumerate().filter_map(|(number, loose)| Some((number, loose.test.as_ref()?)));
        tests().all(|(number, (test, what))| {
            tests().all(|(other, (other_test, other_what))| {
                match (holds(*bits, number), holds(*bits, other)) {
                    (true, false) => !implies(*test, what, *other_test, other_what),
                    (true, true) => !excludes(*test, what, *other_test, other_what),
                    _ => true,
                }
            })
        })
    };
    let cell = |bits: u32| {
        let mut text = String::new();
        let wanted = |kind: TextTest| {
            let of = move |(number, loose): (usize, &Loose)| match &loose.test {
                Some((test, what)) if *test == kind && holds(bits, number) => Some(what.to_string()),
                _ => None,
            };
            loose.iter().enumerate().filter_map(of).collect::<Vec<String>>()
        };
        let longest = |texts: Vec<String>| texts.into_iter().max_by_key(String::len).unwrap_or_default();
        let inner = wanted(TextTest::Contains);
        text.push_str(&longest(wanted(TextTest::StartsWith)));
        text.push_str(&inner.join(" "));
        text.push_str("other");
        text.push_str(&longest(wanted(TextTest::EndsWith)));
        while named.iter().any(|sample| matches!(sample, Sample::Text(known) if *known == text)) {
            text.insert(0, 'x');
        }
        Cell { sample: Sample::Text(text), loose: Some(bits) }
    };
    // The plain one first: a text of which nothing holds.
    (0..1_u32 << count).filter(can_be).map(cell).collect()
}

/// Whether a text of which one test holds always passes the other.
fn implies(test: TextTest, what: &str, other: TextTest, other_what: &str) -> bool {
    match (test, other) {
        (TextTest::StartsWith, TextTest::StartsWith) => what.starts_with(other_what),
        (TextTest::EndsWith, TextTest::EndsWith) => what.ends_with(other_what),
        (_, TextTest::Contains) => what.contains(other_what),
        _ => other_what.is_empty(),
    }
}

/// Whether no text passes both tests.
fn excludes(test: TextTest, what: &str, other: TextTest, other_what: &str) -> bool {
    match (test, other) {
        (TextTest::StartsWith, TextTest::StartsWith) => {
            !what.starts_with(other_what) && !other_what.starts_with(what)
        }
        (TextTest::EndsWith, TextTest::EndsWith) => {
            !what.ends_with(other_what) && !other_what.ends_with(what)
        }
        _ => false,
    }
}

impl Sample {
    /// As conditions see it.
    pub(super) fn given(&self) -> Given<'_> {
        match self {
            Self::Null => Given::Null,
            Self::Bool(value) => Given::Bool(*value),
            Self::Int(value) => Given::Int(*value),
            Self::Double(value) => Given::Double(*value),
            Self::Text(text) => Given::Text(Cow::Borrowed(text)),
            Self::Time(micros) => Given::Time(*micros),
        }
    }
}
