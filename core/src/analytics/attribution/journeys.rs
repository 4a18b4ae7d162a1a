//! Journeys: what each lead touched, in order, and what came of it.

use rust_decimal::Decimal;

use super::super::reader::{Names, Reader};
use super::super::rows::Rows;
use super::super::statistics::Sum;
use super::request::{Coded, Model, Options, Request, days};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;

/// All journeys, one after another.
#[derive(Debug, Clone, Default)]
pub(super) struct Journeys {
    pub(super) channels: Vec<String>,
    /// For each journey how many touches it has; never none.
    pub(super) lengths: Vec<usize>,
    pub(super) touches: Vec<u32>,
    /// For each touch the days from it to the conversion.
    pub(super) ages: Option<Vec<f64>>,
    /// For each journey the position of its milestone touch, if it has one.
    pub(super) milestones: Option<Vec<Option<usize>>>,
    /// How often each journey ended in a conversion, and how often in none.
    pub(super) conversions: Vec<u64>,
    pub(super) nulls: Vec<u64>,
    pub(super) values: Vec<f64>,
    pub(super) valued: bool,
    pub(super) revenue: Decimal,
    /// Conversions that no touch came before.
    pub(super) untouched: u64,
    /// Models that these journeys cannot bear, and why.
    pub(super) left_out: Vec<(Model, &'static str, &'static str)>,
}

/// One journey.
#[derive(Debug, Clone, Copy)]
pub(super) struct Journey<'j> {
    pub(super) touches: &'j [u32],
    pub(super) ages: &'j [f64],
    pub(super) milestone: Option<usize>,
    pub(super) conversions: u64,
    pub(super) nulls: u64,
    pub(super) value: f64,
}

impl Journeys {
    pub(super) fn read(request: &Request, options: &Options) -> Result<Self, Error> {
        let mut journeys = match (&request.paths, &request.touches, &request.coded) {
            (Some(paths), None, None) => Self::of_paths(paths, request.separator.as_deref().unwrap_or(">"))?,
            (None, Some(touches), None) => Self::of_touches(touches, request)?,
            (None, None, Some(coded)) => Self::of_codes(coded)?,
            _ => {
                return Err(refuse(
                    "journeys in none or several forms",
                    "give one of `paths`, `touches` and `coded`",
                ));
            }
        };
        if journeys.lengths.is_empty() {
            return Err(refuse("no journeys", "give at least one path with a channel"));
        }
        if journeys.ages.is_none() && options.models.contains(&Model::TimeDecay) {
            if options.named {
                return Err(refuse(
                    "`time_decay` needs the time of every touch",
                    "give `touches` and `conversions`, or leave the model out",
                ));
            }
            journeys.left_out.push((Model::TimeDecay, "paths have no times", "経路データに時刻がありません"));
        }
        Ok(journeys)
    }

    fn of_paths(paths: &Rows, separator: &str) -> Result<Self, Error> {
        let mut reader = Reader::new(paths, "paths");
        let texts = reader.texts("path");
        let conversions =
            if reader.has("conversions") { reader.counts("conversions") } else { vec![1; texts.len()] };
        let nulls = if reader.has("nulls") { reader.counts("nulls") } else { vec![0; texts.len()] };
        let valued = reader.has("value");
        let values = if valued { reader.decimals("value") } else { vec![None; texts.len()] };
        reader.finish()?;
        let mut names = Names::default();
        let mut journeys = Self { valued, ..Self::default() };
        for (((text, converted), nulls), value) in texts.iter().zip(conversions).zip(nulls).zip(values) {
            let before = journeys.touches.len();
            for channel in text
                .as_deref()
                .unwrap_or("")
                .split(separator)
                .map(str::trim)
                .filter(|channel| !channel.is_empty())
            {
                journeys.touches.push(u32::try_from(names.code(channel)).unwrap_or(u32::MAX));
            }
            journeys.end(before, converted, nulls, value, None)?;
        }
        journeys.channels = names.into_names();
        Ok(journeys)
    }

    fn of_touches(touches: &Rows, request: &Request) -> Result<Self, Error> {
        let mut reader = Reader::new(touches, "touches");
        let leads = reader.names("lead");
        let channels = reader.names("channel");
        let times = reader.times("at");
        let marked = reader.has("milestone");
        let marks = if marked { reader.flags("milestone") } else { vec![None; leads.len()] };
        reader.finish()?;
        let none = Rows::default();
        let won = request.conversions.as_ref().unwrap_or(&none);
        let mut reader = Reader::new(won, "conversions");
        let (mut buyers, mut days_won, mut values, mut valued) = (Vec::new(), Vec::new(), Vec::new(), false);
        if won.height() > 0 {
            buyers = reader.names("lead");
            days_won = reader.times("at");
            valued = reader.has("value");
            values = if valued { reader.decimals("value") } else { vec![None; buyers.len()] };
        }
        reader.finish()?;

        let (mut people, mut names) = (Names::default(), Names::default());
        // Lead, time, conversions after touches of the same instant, place in the table.
        let mut events: Vec<(usize, i64, bool, usize)> = Vec::new();
        for (index, (lead, at)) in leads.iter().zip(&times).enumerate() {
            events.push((people.code(lead), *at, false, index));
        }
        for (index, (lead, at)) in buyers.iter().zip(&days_won).enumerate() {
            events.push((people.code(lead), *at, true, index));
        }
        events.sort_unstable();
        let codes: Vec<u32> =
            channels.iter().map(|channel| u32::try_from(names.code(channel)).unwrap_or(u32::MAX)).collect();
        let lookback = request.lookback.map(|duration| duration.micros());

        let mut journeys =
            Self { valued, ages: Some(Vec::new()), milestones: marked.then(Vec::new), ..Self::default() };
        for person in events.chunk_by(|a, b| a.0 == b.0) {
            // A journey runs from the conversion before to the conversion that ends it.
            let mut open: Vec<(i64, usize)> = Vec::new();
            for (_, at, converts, index) in person {
                if !converts {
                    open.push((*at, *index));
                    continue;
                }
                let near =
                    |(touched, _): &&(i64, usize)| lookback.is_none_or(|lookback| at - touched <= lookback);
                let journey: Vec<(i64, usize)> = open.iter().filter(near).copied().collect();
                journeys.take(&journey, *at, &codes, &marks, 1, 0, values.get(*index).copied().flatten())?;
                open.clear();
            }
            if !open.is_empty() {
                let end = open.last().map_or(0, |(at, _)| *at);
                journeys.take(&open, end, &codes, &marks, 0, 1, None)?;
            }
        }
        journeys.channels = names.into_names();
        Ok(journeys)
    }

    #[expect(clippy::too_many_arguments, reason = "one journey's parts, put down in one place")]
    fn take(
        &mut self,
        journey: &[(i64, usize)],
        end: i64,
        codes: &[u32],
        marks: &[Option<bool>],
        conversions: u64,
        nulls: u64,
        value: Option<Decimal>,
    ) -> Result<(), Error> {
        let before = self.touches.len();
        let mut milestone = None;
        for (position, (at, index)) in journey.iter().enumerate() {
            self.touches.extend(codes.get(*index));
            if let Some(ages) = &mut self.ages {
                ages.push(days(end - at));
            }
            if milestone.is_none() && marks.get(*index).copied().flatten() == Some(true) {
                milestone = Some(position);
            }
        }
        self.end(before, conversions, nulls, value, milestone)
    }

    /// Closes the journey whose touches begin at `before`.
    fn end(
        &mut self,
        before: usize,
        conversions: u64,
        nulls: u64,
        value: Option<Decimal>,
        milestone: Option<usize>,
    ) -> Result<(), Error> {
        let length = self.touches.len() - before;
        if length == 0 {
            self.untouched += conversions;
            return Ok(());
        }
        // What did not convert earns nothing.
        let value = value.filter(|_| conversions > 0).unwrap_or_default();
        let Some(revenue) = self.revenue.checked_add(value) else {
            return Err(refuse("values whose sum cannot be held", "give smaller values, or fewer digits"));
        };
        if value.is_sign_negative() && !value.is_zero() {
            return Err(refuse(
                "a conversion with a value below zero",
                "write values from zero up, and refunds apart",
            ));
        }
        self.revenue = revenue;
        self.lengths.push(length);
        self.conversions.push(conversions);
        self.nulls.push(nulls);
        self.values.push(super::Cell::from(value).as_f64().unwrap_or(0.0));
        if let Some(milestones) = &mut self.milestones {
            milestones.push(milestone);
        }
        Ok(())
    }

    fn of_codes(coded: &Coded) -> Result<Self, Error> {
        let journeys = coded.lengths.len();
        let touches: usize = coded.lengths.iter().filter_map(|length| usize::try_from(*length).ok()).sum();
        let known = |code: &u32| usize::try_from(*code).is_ok_and(|code| code < coded.channels.len());
        let sizes = [
            touches == coded.touches.len(),
            journeys == coded.conversions.len(),
            coded.nulls.as_ref().is_none_or(|nulls| nulls.len() == journeys),
            coded.values.as_ref().is_none_or(|values| values.len() == journeys),
            coded.ages.as_ref().is_none_or(|ages| ages.len() == touches),
        ];
        if sizes.contains(&false) || !coded.touches.iter().all(known) {
            return Err(refuse(
                "coded journeys whose parts do not fit together",
                "`lengths` add up to `touches`, which are positions in `channels`; the rest has one entry a journey, `ages` one a touch",
            ));
        }
        let mut found =
            Self { channels: coded.channels.clone(), valued: coded.values.is_some(), ..Self::default() };
        let mut left = coded.touches.as_slice();
        let mut old = coded.ages.as_deref();
        found.touches.reserve(touches);
        found.ages = coded.ages.as_ref().map(|_| Vec::with_capacity(touches));
        for (index, length) in coded.lengths.iter().enumerate() {
            let length = usize::try_from(*length).unwrap_or(0);
            let (journey, rest) = left.split_at_checked(length).unwrap_or((left, &[]));
            left = rest;
            let before = found.touches.len();
            found.touches.extend_from_slice(journey);
            if let (Some(ages), Some(source)) = (&mut found.ages, old) {
                let (journey, rest) = source.split_at_checked(length).unwrap_or((source, &[]));
                ages.extend_from_slice(journey);
                old = Some(rest);
            }
            let converted = coded.conversions.get(index).copied().unwrap_or(0);
            let nulls = coded
                .nulls
                .as_ref()
                .map_or(u32::from(converted == 0), |nulls| nulls.get(index).copied().unwrap_or(0));
            let value =
                coded.values.as_ref().and_then(|values| values.get(index)).map(|value| value.to_string());
            found.end(
                before,
                u64::from(converted),
                u64::from(nulls),
                value.and_then(|value| value.parse().ok()),
                None,
            )?;
        }
        Ok(found)
    }

    pub(super) fn channel(&self, index: usize) -> &str {
        self.channels.get(index).map_or("", String::as_str)
    }

    pub(super) fn touch_count(&self) -> u64 {
        let of = |journey: Journey<'_>| {
            u64::try_from(journey.touches.len()).unwrap_or(0) * (journey.conversions + journey.nulls)
        };
        self.iter().map(of).sum()
    }

    pub(super) fn journeys(&self) -> u64 {
        self.conversions.iter().chain(&self.nulls).sum()
    }

    pub(super) fn total_conversions(&self) -> f64 {
        super::super::statistics::real(self.conversions.iter().sum())
    }

    pub(super) fn total_value(&self) -> f64 {
        self.values.iter().copied().collect::<Sum>().value()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Journey<'_>> {
        let mut left = self.touches.as_slice();
        let mut ages = self.ages.as_deref().unwrap_or(&[]);
        self.lengths.iter().enumerate().map(move |(index, length)| {
            let (touches, rest) = left.split_at_checked(*length).unwrap_or((left, &[]));
            left = rest;
            let (old, rest) = ages.split_at_checked(*length).unwrap_or((&[], ages));
            ages = rest;
            Journey {
                touches,
                ages: old,
                milestone: self.milestones.as_ref().and_then(|all| all.get(index).copied().flatten()),
                conversions: self.conversions.get(index).copied().unwrap_or(0),
                nulls: self.nulls.get(index).copied().unwrap_or(0),
                value: self.values.get(index).copied().unwrap_or(0.0),
            }
        })
    }
}

fn refuse(message: &str, help: &str) -> Error {
    Error::call(Diagnostic::error(Code::CannotTell, message).with_help(help))
}
