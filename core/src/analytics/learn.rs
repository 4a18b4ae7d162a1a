//! Learning a scorecard from what came of leads: evidence per value, and points that a person can read.

mod evidence;
mod features;

use serde::Deserialize;

use super::calibration::{rate_cells, rate_columns, warn_few};
use super::lift::confidence;
use super::reader::Reader;
use super::rows::Rows;
use super::statistics::logistic::{Fit, Row, fit, sigmoid};
use super::statistics::quantile;
use super::statistics::rating::{auc, brier};
use super::table::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use evidence::{Evidence, weigh};
use features::{Feature, features};

/// What is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "LearnRequest"))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// A row for every lead: `won`, the columns of `features`; `test` where it is kept from learning; `at` for drift.
    pub leads: Rows,
    /// The columns to learn from: texts and flags by value, numbers in bands. A rule's column says whether it holds.
    pub features: Vec<String>,
    /// How hard weights are pulled to zero: 1.
    #[serde(default)]
    pub ridge: Option<f64>,
    /// The points that double the odds: 10.
    #[serde(default)]
    pub double: Option<f64>,
    /// Leads of a value, below which it gets no points: 30.
    #[serde(default)]
    pub support: Option<usize>,
    /// Into how many bands numbers are cut: 8.
    #[serde(default)]
    pub bands: Option<usize>,
    /// Which part of the leads each rank should hold, best first: `{A: 0.1, B: 0.3}` and the rest.
    #[serde(default)]
    pub ranks: Option<Vec<Share>>,
    /// Of confidence: 0.95.
    #[serde(default)]
    pub level: Option<f64>,
}

/// A rank and the part of the leads that it should hold.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "RankShare"))]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// The rank.
    pub rank: String,
    /// The part, between 0 and 1.
    pub share: f64,
}

/// Fewer won or lost leads than this teach nothing.
const FEW: usize = 30;

/// The leads of one kind: their values as positions of bins, and what came of them.
#[derive(Default)]
struct Part {
    rows: Vec<Row>,
    won: Vec<bool>,
    times: Vec<Option<i64>>,
}

/// Suggests points for every value, by regularised logistic regression and by weight of evidence.
///
/// # Errors
/// `IK1001` for a table that cannot be read, with its row and column; `IK0601` and `IK1002` for what cannot be asked or told.
pub fn learn(request: &Request) -> Result<Analysis, Error> {
    let level = confidence(request.level)?;
    let (ridge, double) = (request.ridge.unwrap_or(1.0), request.double.unwrap_or(10.0));
    check(request, ridge, double)?;
    let mut reader = Reader::new(&request.leads, "leads");
    let won = reader.flags("won");
    let test = if reader.has("test") { reader.flags("test") } else { vec![None; won.len()] };
    let times = if reader.has("at") { reader.instants("at") } else { vec![None; won.len()] };
    let kept = |row: &usize| test.get(*row).copied().flatten() != Some(true);
    let features = features(
        &request.leads,
        &mut reader,
        &request.features,
        request.bands.unwrap_or(8),
        request.support.unwrap_or(30),
        kept,
    );
    reader.finish()?;
    let (mut train, mut held) = (Part::default(), Part::default());
    for (row, won) in won.iter().enumerate() {
        let Some(won) = won else { continue };
        let part = if kept(&row) { &mut train } else { &mut held };
        part.rows.push(features.iter().filter_map(|feature| Some((feature.bin(row)?, 1.0))).collect());
        part.won.push(*won);
        part.times.push(times.get(row).copied().flatten());
    }
    let wins = train.won.iter().filter(|won| **won).count();
    let mut analysis = Analysis::new("learn");
    analysis.figure("leads", train.won.len());
    analysis.figure("won", wins);
    analysis.figure("test_leads", held.won.len());
    analysis.figure("points_that_double_the_odds", double);
    let bins: usize = features.iter().map(|feature| feature.bins.len()).sum();
    let evidence = weigh(&train.rows, &train.won, &train.times, bins, level);
    let enough = wins >= FEW && train.won.len() - wins >= FEW;
    let fitted = if enough { fit(&train.rows, &train.won, bins, ridge) } else { None };
    if !enough {
        warn_few(&mut analysis, train.won.len(), wins);
    } else if fitted.is_none() {
        analysis.warn(
            "no-fit",
            "no weights could be found: raise `ridge`",
            "重みを求められません。ridge を大きくしてください",
        );
    } else if wins < 10 * bins {
        analysis.warn(
            "many-values",
            format!("{wins} won leads for {bins} values: points of rare values will change with more data"),
            format!(
                "受注 {wins} 件に対して値が {bins} 種類あります。少ない値の点数はデータが増えると変わります"
            ),
        );
    }
    let scale = double / std::f64::consts::LN_2;
    let points =
        |weights: &[f64]| weights.iter().map(|weight| (weight * scale).round() + 0.0).collect::<Vec<f64>>();
    let learnt = fitted.map(|fit| (points(&fit.weights), fit));
    let woe: Option<Vec<f64>> = enough.then(|| points(&evidence.iter().map(|e| e.woe).collect::<Vec<_>>()));
    analysis.tables.push(point_table(&features, &evidence, learnt.as_ref(), woe.as_deref()));
    if let (Some((rounded, fit)), Some(woe)) = (&learnt, &woe) {
        quality(&mut analysis, [("train", &train), ("test", &held)], fit, rounded, woe, scale, level);
        let judged = if held.won.is_empty() { &train } else { &held };
        let table = rank_table(&mut analysis, &train, judged, rounded, request, level);
        analysis.tables.push(table);
    }
    Ok(analysis)
}

fn check(request: &Request, ridge: f64, double: f64) -> Result<(), Error> {
    let mut problems = Vec::new();
    let mut refuse = |path: &str, message: &str, help: &str| {
        problems.push(Diagnostic::error(Code::BadCall, message).at(path).with_help(help));
    };
    if request.features.is_empty() {
        refuse("/features", "nothing to learn from", "name the columns that say what a lead is or did");
    }
    if !(ridge > 0.0 && ridge.is_finite()) {
        refuse("/ridge", "a ridge of nothing", "write a number above zero, such as 1");
    }
    if !(double > 0.0 && double.is_finite()) {
        refuse("/double", "no points that double the odds", "write a number above zero, such as 10");
    }
    if request.bands.is_some_and(|bands| !(2..=50).contains(&bands)) {
        refuse("/bands", "bands beyond their limits", "write a number from 2 to 50");
    }
    let shares = request.ranks.iter().flatten().map(|share| share.share);
    if shares.clone().any(|share| share.is_nan() || share <= 0.0) || shares.sum::<f64>() >= 1.0 {
        refuse(
            "/ranks",
            "shares of ranks that are not parts of one",
            "write parts above zero that leave something to the rest",
        );
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::calls(problems)) }
}

fn score(row: &Row, points: &[f64]) -> f64 {
    row.iter().filter_map(|(bin, _)| points.get(*bin)).sum()
}

fn point_table(
    features: &[Feature],
    evidence: &[Evidence],
    learnt: Option<&(Vec<f64>, Fit)>,
    woe: Option<&[f64]>,
) -> Table {
    let mut table = rate_columns(
        Table::new("points", "Suggested points and their evidence", "推奨点数とその根拠")
            .with("feature", ColumnKind::Text, "Feature", "項目")
            .with("value", ColumnKind::Text, "Value", "値")
            .with("from", ColumnKind::Number, "From", "以上")
            .with("below", ColumnKind::Number, "Below", "未満"),
    )
    .with("woe", ColumnKind::Number, "Weight of evidence", "証拠の重み")
    .with("woe_low", ColumnKind::Number, "Its lower end", "重みの下限")
    .with("woe_high", ColumnKind::Number, "Its upper end", "重みの上限")
    .with("drift_p", ColumnKind::Number, "p value of drift", "時期による変化のp値")
    .with("weight", ColumnKind::Number, "Weight (logistic)", "係数")
    .with("error", ColumnKind::Number, "Standard error", "標準誤差")
    .with("points", ColumnKind::Number, "Points", "点数")
    .with("woe_points", ColumnKind::Number, "Points by weight of evidence", "点数（証拠の重み）")
    .drawn(PlotKind::Dots, "value", "woe", None)
    .between("woe_low", "woe_high")
    .beside("feature");
    let bins = features.iter().flat_map(|feature| feature.bins.iter().map(move |bin| (feature, bin)));
    for (index, (feature, bin)) in bins.enumerate() {
        let Some(found) = evidence.get(index) else { continue };
        let of = |values: Option<&[f64]>| Cell::from(values.and_then(|values| values.get(index)).copied());
        let mut row = vec![
            Cell::from(feature.name.as_str()),
            Cell::from(bin.label.as_deref()),
            Cell::from(bin.from),
            Cell::from(bin.below),
        ];
        row.extend(rate_cells(found.won, found.leads, found.level));
        row.extend([found.woe, found.low, found.high].map(Cell::from));
        row.push(Cell::from(found.drift));
        row.extend([
            of(learnt.map(|(_, fit)| fit.weights.as_slice())),
            of(learnt.map(|(_, fit)| fit.errors.as_slice())),
            of(learnt.map(|(points, _)| points.as_slice())),
            of(woe),
        ]);
        table.push(row);
    }
    table
}

/// How good the weights are, the rounded points, and those by weight of evidence: on what they learnt from, and on what
/// they have not seen.
fn quality(
    analysis: &mut Analysis,
    parts: [(&str, &Part); 2],
    fit: &Fit,
    rounded: &[f64],
    woe: &[f64],
    scale: f64,
    level: f64,
) {
    let mut table =
        Table::new("quality", "How well the points tell won leads from lost ones", "点数の判別力")
            .with("points", ColumnKind::Text, "Points", "点数")
            .with("leads_of", ColumnKind::Text, "Leads", "データ")
            .with("auc", ColumnKind::Number, "AUC", "AUC")
            .with("low", ColumnKind::Number, "Lower end", "下限")
            .with("high", ColumnKind::Number, "Upper end", "上限")
            .with("brier", ColumnKind::Number, "Brier score", "ブライアスコア")
            .drawn(PlotKind::Dots, "points", "auc", Some("leads_of"))
            .between("low", "high");
    for (name, part) in parts.iter().filter(|(_, part)| !part.won.is_empty()) {
        let mut areas = Vec::new();
        for kind in ["logistic", "rounded", "weight of evidence"] {
            let scored: Vec<(f64, bool)> = part
                .rows
                .iter()
                .zip(&part.won)
                .map(|(row, won)| {
                    let score = match kind {
                        "logistic" => fit.chance(row),
                        "rounded" => score(row, rounded),
                        _ => score(row, woe),
                    };
                    (score, *won)
                })
                .collect();
            let chance =
                |score: f64| if kind == "logistic" { score } else { sigmoid(fit.intercept + score / scale) };
            // Weights of evidence count what features share several times: their sum is no chance.
            let chances: Vec<(f64, bool)> =
                scored.iter().map(|(score, won)| (chance(*score), *won)).collect();
            let brier = if kind == "weight of evidence" { None } else { brier(&chances) };
            let area = auc(&scored, level);
            areas.push(area.map(|area| area.value));
            let mut row = vec![Cell::from(kind), Cell::from(*name)];
            row.extend(
                [area.map(|a| a.value), area.map(|a| a.low), area.map(|a| a.high), brier].map(Cell::from),
            );
            table.push(row);
        }
        if let [Some(exact), Some(rounded), _] = areas.as_slice() {
            analysis.figure(&format!("{name}_auc"), *exact);
            analysis.figure(&format!("{name}_auc_rounded"), *rounded);
            analysis.figure(&format!("{name}_loss_from_rounding"), exact - rounded);
        }
    }
    analysis.tables.push(table);
}

/// Thresholds that give each rank its part of the leads learnt from, and how the ranks do among those not seen.
fn rank_table(
    analysis: &mut Analysis,
    train: &Part,
    judged: &Part,
    points: &[f64],
    request: &Request,
    level: f64,
) -> Table {
    let usual =
        || vec![Share { rank: "A".to_owned(), share: 0.1 }, Share { rank: "B".to_owned(), share: 0.3 }];
    let shares = request.ranks.clone().unwrap_or_else(usual);
    let mut scores: Vec<f64> = train.rows.iter().map(|row| score(row, points)).collect();
    scores.sort_by(f64::total_cmp);
    let mut table = rate_columns(
        Table::new("ranks", "Ranks by these points", "この点数によるランク")
            .with("rank", ColumnKind::Text, "Rank", "ランク")
            .with("at_least", ColumnKind::Number, "Points at least", "点数下限"),
    )
    .drawn(PlotKind::Dots, "rank", "rate", None)
    .between("low", "high");
    let mut above = f64::INFINITY;
    let mut held = 0.0;
    let mut rates: Vec<f64> = Vec::new();
    let rest = Share { rank: "the rest".to_owned(), share: 0.0 };
    let last = shares.len();
    for (index, share) in shares.iter().chain([&rest]).enumerate() {
        held += share.share;
        let threshold = if index == last { None } else { quantile(&scores, 1.0 - held).map(f64::ceil) };
        let least = threshold.unwrap_or(f64::NEG_INFINITY);
        let inside = judged
            .rows
            .iter()
            .zip(&judged.won)
            .filter(|(row, _)| (least..above).contains(&score(row, points)));
        let (won, all) =
            inside.fold((0_u64, 0_u64), |(won, all), (_, outcome)| (won + u64::from(*outcome), all + 1));
        let mut row = vec![Cell::from(share.rank.as_str()), Cell::from(threshold)];
        row.extend(rate_cells(won, all, level));
        table.push(row);
        if all > 0 {
            rates.push(super::statistics::real(won) / super::statistics::real(all));
        }
        above = least;
    }
    analysis
        .figure("ranks_fall", rates.windows(2).all(|pair| matches!(pair, [better, worse] if better > worse)));
    analysis.figure("judged_leads", judged.won.len());
    table
}
