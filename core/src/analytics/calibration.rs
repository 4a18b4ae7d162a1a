//! Calibration: whether the score and the ranks mean what they say.

use serde::Deserialize;

use super::funnel::days;
use super::lift::confidence;
use super::reader::Reader;
use super::rows::Rows;
use super::statistics::rating::{auc, brier};
use super::statistics::{Interval, Sum, quantile, ratio, real, size, wilson};
use super::table::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;

/// What is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "CalibrationRequest"))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// A row for every lead: `score`, `won`, and if known `rank`, `probability`, `at`.
    pub leads: Rows,
    /// The ranks, best first; in the order of their conversion, unless said otherwise.
    #[serde(default)]
    pub ranks: Vec<String>,
    /// How many bands to cut the scores into: 10.
    #[serde(default)]
    pub bands: Option<usize>,
    /// How many leads a week sales can take: gives the score that lets in no more.
    #[serde(default)]
    pub capacity: Option<f64>,
    /// Of confidence: 0.95.
    #[serde(default)]
    pub level: Option<f64>,
}

/// Conversions below which rates are told with a warning.
const FEW: u64 = 30;

/// Compares scores, ranks and probabilities with what came of the leads.
///
/// # Errors
/// `IK1001` for a table that cannot be read, with its row and column; `IK0601` and `IK1002` for what cannot be asked or told.
pub fn calibrate(request: &Request) -> Result<Analysis, Error> {
    let level = confidence(request.level)?;
    let bands = request.bands.unwrap_or(10);
    if !(2..=100).contains(&bands) {
        let diagnostic = Diagnostic::error(Code::BadCall, format!("{bands} bands")).at("/bands");
        return Err(Error::call(diagnostic.with_help("write a number from 2 to 100")));
    }
    let mut reader = Reader::new(&request.leads, "leads");
    let (scores, won) = (reader.figures("score"), reader.flags("won"));
    let ranks = reader.has("rank").then(|| reader.texts("rank"));
    let chances = reader.has("probability").then(|| reader.numbers("probability"));
    let times = reader.has("at").then(|| reader.instants("at"));
    reader.finish()?;
    // A lead of which nobody knows yet what becomes of it says nothing here.
    let known = |index: usize| won.get(index).copied().flatten();
    let scored: Vec<(f64, bool)> =
        scores.iter().enumerate().filter_map(|(index, score)| Some((*score, known(index)?))).collect();

    let mut analysis = Analysis::new("calibration");
    let wins = won.iter().flatten().filter(|won| **won).count();
    analysis.figure("leads", scored.len());
    analysis.figure("won", wins);
    analysis.figure("base_rate", ratio(size(wins), size(scored.len())));
    if won.len() > scored.len() {
        let open = won.len() - scored.len();
        analysis.note(
            "open",
            format!("{open} leads are still open and are left out"),
            format!("結果の出ていないリード {open} 件は除いています"),
        );
    }
    let area = auc(&scored, level);
    for (name, value) in
        [("auc", area.map(|a| a.value)), ("auc_low", area.map(|a| a.low)), ("auc_high", area.map(|a| a.high))]
    {
        analysis.figure(name, value);
    }
    warn_few(&mut analysis, scored.len(), wins);
    if let Some(ranks) = &ranks {
        let of: Vec<(Option<String>, bool)> = ranks
            .iter()
            .enumerate()
            .filter_map(|(index, rank)| Some((rank.clone(), known(index)?)))
            .collect();
        let table = rank_table(&mut analysis, &of, &request.ranks, level);
        analysis.tables.push(table);
    }
    analysis.tables.push(band_table(&scored, bands, level));
    analysis.tables.push(gains(&scored));
    if let Some(chances) = &chances {
        let of: Vec<(f64, bool)> = chances
            .iter()
            .enumerate()
            .filter_map(|(index, chance)| Some((chance.as_ref().copied()?, known(index)?)))
            .collect();
        if of.iter().any(|(chance, _)| !(0.0..=1.0).contains(chance)) {
            let diagnostic = Diagnostic::error(Code::BadTable, "a probability that is not between 0 and 1");
            return Err(Error::call(
                diagnostic.at("/leads/probability").with_help("write a part of one: 0.25 for a quarter"),
            ));
        }
        analysis.figure("brier", brier(&of));
        analysis.tables.push(reliability(&of, bands, level));
    }
    if let Some(capacity) = request.capacity {
        let table = threshold(&mut analysis, &scores, &won, times.as_deref(), capacity, level)?;
        analysis.tables.push(table);
    }
    Ok(analysis)
}

pub(crate) fn warn_few(analysis: &mut Analysis, leads: usize, wins: usize) {
    let few = |count: usize| u64::try_from(count).unwrap_or(0) < FEW;
    if few(wins) || few(leads - wins) {
        analysis.warn(
            "few-data",
            format!(
                "{wins} won and {} lost leads are too few to judge by: at least {FEW} of each are needed",
                leads - wins
            ),
            format!(
                "受注 {wins} 件・失注 {} 件では判断できません。それぞれ {FEW} 件以上必要です",
                leads - wins
            ),
        );
    }
}

/// The columns of a rate and what they say.
pub(crate) fn rate_columns(table: Table) -> Table {
    table
        .with("leads", ColumnKind::Whole, "Leads", "リード数")
        .with("won", ColumnKind::Whole, "Won", "受注")
        .with("rate", ColumnKind::Share, "Conversion", "受注率")
        .with("low", ColumnKind::Share, "Lower end", "下限")
        .with("high", ColumnKind::Share, "Upper end", "上限")
}

pub(crate) fn rate_cells(won: u64, leads: u64, level: f64) -> Vec<Cell> {
    let rate = wilson(won, leads, level);
    let ends = |interval: Option<Interval>| {
        [interval.map(|i| i.value), interval.map(|i| i.low), interval.map(|i| i.high)].map(Cell::from)
    };
    let mut cells = vec![Cell::from(leads), Cell::from(won)];
    cells.extend(ends(rate));
    cells
}

fn count(outcomes: impl Iterator<Item = bool>) -> (u64, u64) {
    outcomes.fold((0, 0), |(won, all), outcome| (won + u64::from(outcome), all + 1))
}

fn rank_table(
    analysis: &mut Analysis,
    ranked: &[(Option<String>, bool)],
    order: &[String],
    level: f64,
) -> Table {
    let mut names: Vec<Option<String>> = order.iter().cloned().map(Some).collect();
    let mut found: Vec<Option<String>> = ranked.iter().map(|(rank, _)| rank.clone()).collect();
    found.sort();
    found.dedup();
    let rate = |rank: &Option<String>| {
        let (won, all) = count(ranked.iter().filter(|(own, _)| own == rank).map(|(_, won)| *won));
        (won, all)
    };
    let mut rest: Vec<Option<String>> = found.into_iter().filter(|rank| !names.contains(rank)).collect();
    // Without an order of one's own: the best first, those without a rank last.
    rest.sort_by(|a, b| {
        let part = |rank: &Option<String>| {
            let (won, all) = rate(rank);
            ratio(real(won), real(all)).unwrap_or(0.0)
        };
        a.is_none().cmp(&b.is_none()).then(part(b).total_cmp(&part(a)))
    });
    names.extend(rest);
    let mut table = rate_columns(Table::new("ranks", "Conversion by rank", "ランク別の受注率").with(
        "rank",
        ColumnKind::Text,
        "Rank",
        "ランク",
    ))
    .drawn(PlotKind::Dots, "rank", "rate", None)
    .between("low", "high");
    let mut last: Option<f64> = None;
    let mut falling = true;
    for rank in &names {
        let (won, all) = rate(rank);
        let part = ratio(real(won), real(all));
        if let (Some(part), Some(before), true) = (part, last, rank.is_some()) {
            falling &= part < before;
        }
        last = part.filter(|_| rank.is_some()).or(last);
        let mut row = vec![Cell::from(rank.as_deref())];
        row.extend(rate_cells(won, all, level));
        table.push(row);
    }
    analysis.figure("ranks_fall", falling);
    if !falling {
        analysis.warn(
            "not-monotone",
            "a better rank does not convert better than the one below it",
            "上位のランクの受注率が下位のランクを上回っていません",
        );
    }
    table
}

/// Cuts sorted numbers into groups of about one size; equal numbers stay together.
fn cuts(sorted: &[f64], bands: usize) -> Vec<f64> {
    let mut ends: Vec<f64> =
        (1..bands).filter_map(|band| quantile(sorted, size(band) / size(bands))).collect();
    ends.dedup_by(|a, b| a.total_cmp(b).is_eq());
    ends
}

fn banded(scored: &[(f64, bool)], bands: usize) -> Vec<Vec<(f64, bool)>> {
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ends = cuts(&sorted.iter().map(|(score, _)| *score).collect::<Vec<_>>(), bands);
    let band = |score: f64| ends.partition_point(|end| *end < score);
    sorted.chunk_by(|a, b| band(a.0) == band(b.0)).map(<[_]>::to_vec).collect()
}

fn band_table(scored: &[(f64, bool)], bands: usize, level: f64) -> Table {
    let mut table = rate_columns(
        Table::new("bands", "Conversion by score", "スコア帯別の受注率")
            .with("band", ColumnKind::Text, "Scores", "スコア帯")
            .with("from", ColumnKind::Number, "From", "以上")
            .with("to", ColumnKind::Number, "To", "以下"),
    )
    .drawn(PlotKind::Dots, "band", "rate", None)
    .between("low", "high");
    for band in banded(scored, bands) {
        let (Some((from, _)), Some((to, _))) = (band.first(), band.last()) else { continue };
        let (won, all) = count(band.iter().map(|(_, won)| *won));
        let mut row = vec![Cell::from(format!("{from}..{to}")), Cell::from(*from), Cell::from(*to)];
        row.extend(rate_cells(won, all, level));
        table.push(row);
    }
    table
}

/// What part of all wins lies among the best tenth, fifth, and so on; equal scores share alike.
fn gains(scored: &[(f64, bool)]) -> Table {
    let mut table =
        Table::new("gains", "Gains: wins among the best scores", "ゲイン（上位スコアに含まれる受注）")
            .with("part", ColumnKind::Share, "Best part of the leads", "上位リードの割合")
            .with("won_part", ColumnKind::Share, "Part of all wins", "受注に占める割合")
            .with("lift", ColumnKind::Number, "Lift", "リフト")
            .drawn(PlotKind::Diagonal, "part", "won_part", None);
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let wins = size(sorted.iter().filter(|(_, won)| *won).count());
    // For each distinct score: leads and wins down to it.
    let mut steps = vec![(0.0, 0.0)];
    for group in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let (leads, won) = steps.last().copied().unwrap_or_default();
        steps.push((leads + size(group.len()), won + size(group.iter().filter(|(_, won)| *won).count())));
    }
    for tenth in 1..=10_u32 {
        let part = f64::from(tenth) / 10.0;
        let reach = part * size(sorted.len());
        let above = steps.partition_point(|(leads, _)| *leads < reach);
        let (low, high) = (above.checked_sub(1).and_then(|i| steps.get(i)), steps.get(above));
        let within = match (low, high) {
            (Some(low), Some(high)) => {
                low.1 + (high.1 - low.1) * ratio(reach - low.0, high.0 - low.0).unwrap_or(1.0)
            }
            (low, high) => high.or(low).map_or(0.0, |step| step.1),
        };
        let share = ratio(within, wins);
        table.push(vec![Cell::from(part), Cell::from(share), Cell::from(share.map(|share| share / part))]);
    }
    table
}

/// Promised chance against what happened.
fn reliability(chances: &[(f64, bool)], bands: usize, level: f64) -> Table {
    let mut table = rate_columns(
        Table::new("reliability", "Promised and actual conversion", "予測確率と実際の受注率").with(
            "promised",
            ColumnKind::Share,
            "Promised",
            "予測",
        ),
    )
    .drawn(PlotKind::Diagonal, "promised", "rate", None)
    .between("low", "high");
    for band in banded(chances, bands) {
        let (won, all) = count(band.iter().map(|(_, won)| *won));
        let mean = band.iter().map(|(chance, _)| *chance).collect::<Sum>().value() / real(all);
        let mut row = vec![Cell::from(mean)];
        row.extend(rate_cells(won, all, level));
        table.push(row);
    }
    table
}

/// The lowest score that lets in no more than sales can take.
fn threshold(
    analysis: &mut Analysis,
    scores: &[f64],
    won: &[Option<bool>],
    times: Option<&[Option<i64>]>,
    capacity: f64,
    level: f64,
) -> Result<Table, Error> {
    let refuse = |message: &str, help: &str| {
        Err(Error::call(Diagnostic::error(Code::CannotTell, message).at("/capacity").with_help(help)))
    };
    if !(capacity > 0.0 && capacity.is_finite()) {
        return refuse("a capacity of nothing", "write how many leads a week sales can take, above zero");
    }
    let span = times.map(|times| {
        let known = || times.iter().flatten().copied();
        days(known().max().unwrap_or(0) - known().min().unwrap_or(0))
    });
    let Some(weeks) = span.map(|days| days / 7.0).filter(|weeks| *weeks >= 1.0) else {
        return refuse("the leads of less than a week", "give `at`, when each lead came in, over some weeks");
    };
    let mut table = rate_columns(
        Table::new("threshold", "The score that sales can serve", "営業の対応力に合うしきい値")
            .with("at_least", ColumnKind::Number, "Score at least", "スコア下限")
            .with("per_week", ColumnKind::Number, "Leads a week", "週あたりリード数"),
    );
    let mut sorted: Vec<(f64, Option<bool>)> = scores.iter().copied().zip(won.iter().copied()).collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut let_in = 0;
    let mut best = None;
    for group in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let_in += group.len();
        if size(let_in) / weeks > capacity {
            break;
        }
        best = group.first().map(|(score, _)| (*score, let_in));
    }
    if let Some((score, let_in)) = best {
        let (won, all) = count(sorted.iter().take(let_in).filter_map(|(_, won)| *won));
        let mut row = vec![Cell::from(score), Cell::from(size(let_in) / weeks)];
        row.extend(rate_cells(won, all, level));
        table.push(row);
    } else {
        analysis.warn(
            "no-threshold",
            "even the leads of the highest score are more than sales can take",
            "最高スコアのリードだけでも営業の対応力を超えます",
        );
    }
    Ok(table)
}
