//! The iceberg: how many leads at what likelihood, who works them, and which sleep below the surface.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::funnel::days;
use super::reader::Reader;
use super::rows::Rows;
use super::statistics::{Sum, ratio, size};
use super::table::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::duration::Duration;
use crate::base::error::Error;
use crate::base::time::Instant;

/// What is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "IcebergRequest"))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// A row for every lead: `lead`, `chance` (0 to 1), and if known `handler`, `amount`, `cost`, `last_active`.
    pub leads: Rows,
    /// As of when leads are quiet; the last instant in the table, unless said otherwise.
    #[serde(default)]
    pub at: Option<Instant>,
    /// After how long without activity a lead sleeps: 90d.
    #[serde(default)]
    pub quiet: Option<Duration>,
    /// How many sleeping leads to name: 20.
    #[serde(default)]
    pub most: Option<usize>,
    /// What amounts are in.
    #[serde(default)]
    pub currency: Option<String>,
}

/// Where the layers of likelihood begin.
const LAYERS: [f64; 7] = [0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.0];

/// Lays the leads out by likelihood.
///
/// # Errors
/// `IK1001` for a table that cannot be read, with its row and column; `IK0601` and `IK1002` for what cannot be asked or told.
pub fn iceberg(request: &Request) -> Result<Analysis, Error> {
    let mut reader = Reader::new(&request.leads, "leads");
    let n = request.leads.height();
    let (names, chances) = (reader.names("lead"), reader.figures("chance"));
    let handlers = if reader.has("handler") { reader.texts("handler") } else { vec![None; n] };
    let money = |reader: &mut Reader<'_>, column: &str| {
        if reader.has(column) { reader.decimals(column) } else { vec![None; n] }
    };
    let (amounts, costs) = (money(&mut reader, "amount"), money(&mut reader, "cost"));
    let active = if reader.has("last_active") { reader.instants("last_active") } else { vec![None; n] };
    reader.finish()?;
    if let Some(row) = chances.iter().position(|chance| !(0.0..=1.0).contains(chance)) {
        let diagnostic = Diagnostic::error(Code::BadTable, "a chance that is not between 0 and 1");
        let place = format!("/leads/chance/{row}");
        return Err(Error::call(diagnostic.at(place).with_help("write a part of one: 0.25 for a quarter")));
    }
    let currency = request.currency.as_deref();
    let mut analysis = Analysis::new("iceberg");
    analysis.figure("leads", n);
    let expected: f64 = chances.iter().copied().collect::<Sum>().value();
    analysis.figure("expected_deals", expected);
    let mut table = Table::new("iceberg", "Leads by likelihood", "見込み度合い別のリード（氷山）")
        .with("layer", ColumnKind::Text, "Likelihood", "見込み度合い")
        .with("handler", ColumnKind::Text, "Worked by", "担当")
        .with("leads", ColumnKind::Whole, "Leads", "リード数")
        .with("share", ColumnKind::Share, "Part of the leads", "リードの構成比")
        .with("expected_deals", ColumnKind::Number, "Expected deals", "期待受注数")
        .with("expected_share", ColumnKind::Share, "Part of the expected deals", "期待受注の構成比")
        .with("amount", ColumnKind::Decimal, "Amount in question", "見込み金額")
        .unit(currency)
        .with("cost", ColumnKind::Decimal, "Cost", "費用")
        .unit(currency)
        .drawn(PlotKind::Steps, "layer", "leads", Some("handler"));
    let mut people: Vec<Option<String>> = handlers.clone();
    people.sort();
    people.dedup();
    let mut above = f64::INFINITY;
    for least in LAYERS {
        for person in &people {
            let here = |row: &usize| {
                chances.get(*row).is_some_and(|chance| (least..above).contains(chance))
                    && handlers.get(*row) == Some(person)
            };
            let rows: Vec<usize> = (0..n).filter(here).collect();
            if rows.is_empty() {
                continue;
            }
            let deals = rows.iter().filter_map(|row| chances.get(*row).copied()).collect::<Sum>().value();
            let sum = |cells: &[Option<Decimal>]| -> Decimal {
                rows.iter()
                    .filter_map(|row| cells.get(*row).copied().flatten())
                    .fold(Decimal::ZERO, Decimal::saturating_add)
            };
            table.push(vec![
                Cell::from(format!("{}% or more", least * 100.0)),
                Cell::from(person.as_deref()),
                Cell::from(rows.len()),
                Cell::from(ratio(size(rows.len()), size(n))),
                Cell::from(deals),
                Cell::from(ratio(deals, expected)),
                Cell::from(sum(&amounts)),
                Cell::from(sum(&costs)),
            ]);
        }
        above = least;
    }
    analysis.tables.push(table);
    analysis.tables.push(sleeping(request, &names, &chances, &amounts, &active));
    Ok(analysis)
}

/// Leads that have been quiet and are likely all the same, the most promising first.
fn sleeping(
    request: &Request,
    names: &[String],
    chances: &[f64],
    amounts: &[Option<Decimal>],
    active: &[Option<i64>],
) -> Table {
    let mut table = Table::new("sleeping", "Sleeping leads worth a word", "掘り起こし候補")
        .with("lead", ColumnKind::Text, "Lead", "リード")
        .with("chance", ColumnKind::Share, "Chance", "受注確率")
        .with("quiet_days", ColumnKind::Number, "Days without activity", "無活動日数")
        .unit(Some("days"))
        .with("amount", ColumnKind::Decimal, "Amount in question", "見込み金額")
        .unit(request.currency.as_deref())
        .drawn(PlotKind::Bars, "lead", "chance", None);
    let now = request.at.map(Instant::micros).or(active.iter().flatten().copied().max()).unwrap_or(0);
    let quiet = request.quiet.map_or(90 * 86_400_000_000, Duration::micros);
    let mut rows: Vec<(usize, i64)> = active
        .iter()
        .enumerate()
        .filter_map(|(row, at)| Some((row, now - (*at)?)))
        .filter(|(_, silent)| *silent >= quiet)
        .collect();
    let chance = |row: usize| chances.get(row).copied().unwrap_or(0.0);
    rows.sort_by(|a, b| chance(b.0).total_cmp(&chance(a.0)).then(a.0.cmp(&b.0)));
    for (row, silent) in rows.into_iter().take(request.most.unwrap_or(20)) {
        table.push(vec![
            Cell::from(names.get(row).map(String::as_str)),
            Cell::from(chance(row)),
            Cell::from(days(silent)),
            Cell::from(amounts.get(row).copied().flatten()),
        ]);
    }
    table
}
