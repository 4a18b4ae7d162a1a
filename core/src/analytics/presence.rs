//! Market presence: awareness, consideration and use of brands, from weighted survey answers.

use serde::Deserialize;

use super::cut::groups;
use super::lift::confidence;
use super::reader::Reader;
use super::rows::Rows;
use super::statistics::interval::rate_wilson;
use super::statistics::{Interval, Sum, normal_tail, ratio, size};
use super::table::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;

/// What is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "PresenceRequest"))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// A row for every answer: the columns of `measures` (yes or no), `weight`, `wave` and those of `by` if there are.
    pub answers: Rows,
    /// What was asked, such as `unaided`, `aided`, `consideration`, `preference`, `use`.
    pub measures: Vec<String>,
    /// Columns to cut by, such as a segment.
    #[serde(default)]
    pub by: Vec<String>,
    /// Searches for each brand: `brand`, `searches`, and `period` if there are several.
    #[serde(default)]
    pub searches: Option<Rows>,
    /// Of confidence: 0.95.
    #[serde(default)]
    pub level: Option<f64>,
}

/// A weighted part with its interval, and the size of an unweighted survey as sure as this one (Kish 1965).
#[derive(Clone, Copy)]
struct Part {
    interval: Interval,
    answers: usize,
    effective: f64,
}

/// Weighs the answers.
///
/// # Errors
/// `IK1001` for a table that cannot be read, with its row and column; `IK0601` and `IK1002` for what cannot be asked or told.
pub fn presence(request: &Request) -> Result<Analysis, Error> {
    let level = confidence(request.level)?;
    let mut reader = Reader::new(&request.answers, "answers");
    let n = request.answers.height();
    let measures: Vec<Vec<Option<bool>>> =
        request.measures.iter().map(|measure| reader.flags(measure)).collect();
    let weights = if reader.has("weight") { reader.figures("weight") } else { vec![1.0; n] };
    let waves = if reader.has("wave") { reader.texts("wave") } else { vec![None; n] };
    let groups = groups(&request.answers, &mut reader, &request.by);
    reader.finish()?;
    if let Some(row) = weights.iter().position(|weight| *weight < 0.0) {
        let diagnostic =
            Diagnostic::error(Code::BadTable, "a weight below zero").at(format!("/answers/weight/{row}"));
        return Err(Error::call(diagnostic.with_help("write weights from zero up")));
    }
    let mut names: Vec<Option<String>> = waves.clone();
    names.sort();
    names.dedup();
    let mut analysis = Analysis::new("presence");
    let mut table = Table::new("presence", "Market presence", "市場でのプレゼンス")
        .with("cut", ColumnKind::Text, "Cut", "切り口")
        .with("value", ColumnKind::Text, "Value", "値")
        .with("wave", ColumnKind::Time, "Wave", "調査回")
        .with("measure", ColumnKind::Text, "Measure", "指標")
        .with("answers", ColumnKind::Whole, "Answers", "回答数")
        .with("effective", ColumnKind::Number, "Effective answers", "有効回答数")
        .with("rate", ColumnKind::Share, "Rate", "率")
        .with("low", ColumnKind::Share, "Lower end", "下限")
        .with("high", ColumnKind::Share, "Upper end", "上限")
        .with("change", ColumnKind::Share, "Change from the wave before", "前回からの変化")
        .with("p_value", ColumnKind::Number, "p value of the change", "変化のp値")
        .drawn(PlotKind::Dots, "measure", "rate", Some("value"))
        .between("low", "high");
    let mut few = false;
    for group in &groups {
        for (measure, answers) in request.measures.iter().zip(&measures) {
            let mut before: Option<Part> = None;
            for wave in &names {
                let here = group.rows.iter().filter(|row| waves.get(**row) == Some(wave));
                let part = part(here.copied(), answers, &weights, level);
                few |= part.is_none_or(|part| part.effective < 30.0);
                let change = part
                    .zip(before)
                    .map(|(now, then)| (now.interval.value - then.interval.value, changed(then, now)));
                let mut row = vec![
                    Cell::from(group.cut.as_str()),
                    Cell::from(group.value.as_deref()),
                    Cell::from(wave.as_deref()),
                    Cell::from(measure.as_str()),
                    Cell::from(part.map_or(0, |part| part.answers)),
                    Cell::from(part.map(|part| part.effective)),
                ];
                let ends = part.map(|part| part.interval);
                row.extend(
                    [ends.map(|i| i.value), ends.map(|i| i.low), ends.map(|i| i.high)].map(Cell::from),
                );
                row.extend([
                    Cell::from(change.map(|(change, _)| change)),
                    Cell::from(change.and_then(|(_, p)| p)),
                ]);
                table.push(row);
                before = part.or(before);
            }
        }
    }
    if few {
        analysis.warn(
            "few-data",
            "some rates rest on fewer than 30 effective answers: read their intervals, not the rates",
            "有効回答数が30未満の値があります。率ではなく区間をご覧ください",
        );
    }
    analysis.tables.push(table);
    if let Some(searches) = &request.searches {
        analysis.tables.push(share_of_search(searches)?);
    }
    Ok(analysis)
}

fn part(
    rows: impl Iterator<Item = usize>,
    answers: &[Option<bool>],
    weights: &[f64],
    level: f64,
) -> Option<Part> {
    let (mut yes, mut all, mut squares, mut count) = (Sum::default(), Sum::default(), Sum::default(), 0);
    for row in rows {
        // Who was not asked, or did not answer, is not part of the whole.
        let (Some(answer), Some(weight)) = (answers.get(row).copied().flatten(), weights.get(row)) else {
            continue;
        };
        count += 1;
        all.add(*weight);
        squares.add(weight * weight);
        if answer {
            yes.add(*weight);
        }
    }
    let rate = ratio(yes.value(), all.value())?.clamp(0.0, 1.0);
    let effective = ratio(all.value() * all.value(), squares.value())?.min(size(count));
    Some(Part { interval: rate_wilson(rate, effective, level)?, answers: count, effective })
}

/// The chance of a change at least this large where nothing changed.
fn changed(then: Part, now: Part) -> Option<f64> {
    let (n, m) = (then.effective, now.effective);
    let pooled = (then.interval.value * n + now.interval.value * m) / (n + m);
    let z = ratio(
        now.interval.value - then.interval.value,
        libm::sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)),
    )?;
    Some((2.0 * normal_tail(z.abs())).min(1.0))
}

fn share_of_search(searches: &Rows) -> Result<Table, Error> {
    let mut reader = Reader::new(searches, "searches");
    let (brands, counts) = (reader.names("brand"), reader.counts("searches"));
    let periods = if reader.has("period") { reader.texts("period") } else { vec![None; brands.len()] };
    reader.finish()?;
    let mut table = Table::new("search", "Share of search", "検索シェア")
        .with("period", ColumnKind::Time, "Period", "期間")
        .with("brand", ColumnKind::Text, "Brand", "ブランド")
        .with("searches", ColumnKind::Whole, "Searches", "検索数")
        .with("share", ColumnKind::Share, "Share of search", "検索シェア")
        .drawn(PlotKind::Line, "period", "share", Some("brand"));
    let whole = |count: u64| super::statistics::real(count);
    let mut order: Vec<usize> = (0..brands.len()).collect();
    order.sort_by(|a, b| periods.get(*a).cmp(&periods.get(*b)));
    for row in order {
        let (period, count) = (periods.get(row).cloned().flatten(), counts.get(row).copied().unwrap_or(0));
        let within = periods.iter().zip(&counts).filter(|(own, _)| **own == period).map(|(_, count)| *count);
        table.push(vec![
            Cell::from(period.as_deref()),
            Cell::from(brands.get(row).map(String::as_str)),
            Cell::from(count),
            Cell::from(ratio(whole(count), whole(within.sum()))),
        ]);
    }
    Ok(table)
}
