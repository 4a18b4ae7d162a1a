//! Lift against a holdout: what happened beyond what would have happened anyway.

use serde::Deserialize;

use super::reader::Reader;
use super::rows::Rows;
use super::statistics::{Interval, chi_square_tail, difference, normal_tail, ratio, real, wilson};
use super::table::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;

/// What is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "LiftRequest"))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Rows of `group`, `leads`, `conversions`, and `planned`: the part of the leads that the group should have got.
    pub groups: Rows,
    /// The group that was left alone.
    pub holdout: String,
    /// Of confidence: 0.95.
    #[serde(default)]
    pub level: Option<f64>,
}

/// The level of confidence, or what is wrong with it.
pub(crate) fn confidence(level: Option<f64>) -> Result<f64, Error> {
    match level.unwrap_or(0.95) {
        level if level > 0.0 && level < 1.0 => Ok(level),
        level => {
            let message = format!("a level of confidence of {level}");
            let help = "write a number between 0 and 1, such as 0.95";
            Err(Error::call(Diagnostic::error(Code::BadCall, message).at("/level").with_help(help)))
        }
    }
}

/// Conversion of every group against the holdout.
///
/// # Errors
/// `IK1001` for a table that cannot be read, with its row and column; `IK0601` and `IK1002` for what cannot be asked or told.
pub fn lift(request: &Request) -> Result<Analysis, Error> {
    let level = confidence(request.level)?;
    let mut reader = Reader::new(&request.groups, "groups");
    let names = reader.names("group");
    let (leads, conversions) = (reader.counts("leads"), reader.counts("conversions"));
    let planned =
        if reader.has("planned") { reader.numbers("planned") } else { vec![Some(1.0); names.len()] };
    reader.finish()?;
    for (index, (leads, conversions)) in leads.iter().zip(&conversions).enumerate() {
        if conversions > leads {
            let message = format!("{conversions} conversions of {leads} leads");
            let place = format!("/groups/conversions/{index}");
            let help = "count every lead once, whether it converted or not";
            return Err(Error::call(Diagnostic::error(Code::BadTable, message).at(place).with_help(help)));
        }
    }
    let Some(holdout) = names.iter().position(|name| *name == request.holdout) else {
        let message = format!("no group is called `{}`", request.holdout);
        let known = crate::base::suggest::nearest(&request.holdout, names.iter().map(String::as_str));
        let diagnostic = Diagnostic::error(Code::BadCall, message).at("/holdout");
        return Err(Error::call(diagnostic.with_help("name one of the groups").did_you_mean(known)));
    };
    let rate = |index: usize| {
        let of = |counts: &[u64]| counts.get(index).copied().unwrap_or(0);
        wilson(of(&conversions), of(&leads), level)
    };
    let base = rate(holdout);

    let mut analysis = Analysis::new("lift");
    let mut table = Table::new("lift", "Lift against the holdout", "ホールドアウトに対するリフト")
        .with("group", ColumnKind::Text, "Group", "グループ")
        .with("leads", ColumnKind::Whole, "Leads", "リード数")
        .with("conversions", ColumnKind::Whole, "Conversions", "コンバージョン")
        .with("rate", ColumnKind::Share, "Conversion rate", "コンバージョン率")
        .with("low", ColumnKind::Share, "Lower end", "下限")
        .with("high", ColumnKind::Share, "Upper end", "上限")
        .with("lift", ColumnKind::Share, "Lift", "リフト")
        .with("lift_low", ColumnKind::Share, "Lift, lower end", "リフト下限")
        .with("lift_high", ColumnKind::Share, "Lift, upper end", "リフト上限")
        .with("added", ColumnKind::Number, "Added conversions", "増分コンバージョン")
        .with("p_value", ColumnKind::Number, "p value", "p値")
        .drawn(PlotKind::Dots, "group", "rate", None)
        .between("low", "high");
    for (index, name) in names.iter().enumerate() {
        let of = |counts: &[u64]| counts.get(index).copied().unwrap_or(0);
        let (own, n) = (rate(index), of(&leads));
        let apart = own.zip(base).filter(|_| index != holdout).map(|(own, base)| difference(base, own));
        let p = apart.and_then(|_| {
            same_chance(of(&conversions), n, conversions.get(holdout).copied()?, leads.get(holdout).copied()?)
        });
        let ends = |interval: Option<Interval>| {
            [interval.map(|i| i.value), interval.map(|i| i.low), interval.map(|i| i.high)].map(Cell::from)
        };
        let mut row = vec![Cell::from(name.as_str()), Cell::from(n), Cell::from(of(&conversions))];
        row.extend(ends(own));
        row.extend(ends(apart));
        row.push(Cell::from(apart.map(|apart| apart.value * real(n))));
        row.push(Cell::from(p));
        table.push(row);
    }
    analysis.tables.push(table);
    sample_ratio(&mut analysis, &leads, &planned);
    if leads.iter().zip(&conversions).any(|(leads, won)| *leads < 30 || *won < 5 || leads - won < 5) {
        analysis.warn(
            "few-data",
            "a group has fewer than 5 conversions or fewer than 5 leads without one: do not act on the lift yet",
            "コンバージョンまたは非コンバージョンが5件未満のグループがあります。リフトの判断はまだ早いです",
        );
    }
    Ok(analysis)
}

/// The chance of a difference at least this large between two groups of one rate (pooled, two-sided).
fn same_chance(won: u64, n: u64, base: u64, m: u64) -> Option<f64> {
    let (won, n, base, m) = (real(won), real(n), real(base), real(m));
    let pooled = ratio(won + base, n + m)?;
    let spread = libm::sqrt(pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m));
    let z = ratio(won / n - base / m, spread)?;
    Some((2.0 * normal_tail(z.abs())).min(1.0))
}

/// Whether the groups have the sizes that they should have: if not, whoever divided them did it wrong, and no
/// comparison holds.
pub(crate) fn sample_ratio(analysis: &mut Analysis, leads: &[u64], planned: &[Option<f64>]) {
    let parts: f64 = planned.iter().flatten().sum();
    let all = real(leads.iter().sum());
    if parts <= 0.0
        || all <= 0.0
        || leads.len() < 2
        || planned.iter().any(|part| part.is_none_or(|part| part <= 0.0))
    {
        return;
    }
    let off = leads.iter().zip(planned.iter().flatten()).map(|(count, part)| {
        let expected = all * part / parts;
        (real(*count) - expected) * (real(*count) - expected) / expected
    });
    let freedom = super::statistics::size(leads.len() - 1);
    let p = chi_square_tail(off.sum(), freedom);
    analysis.figure("sample_ratio_p", p);
    if p < 0.001 {
        analysis.warn(
            "sample-ratio",
            "the groups do not have the sizes they were planned to have: find out how leads were divided before comparing them",
            "グループの人数が計画と異なります。比較の前に、割り付けの方法を確認してください",
        );
    }
}
