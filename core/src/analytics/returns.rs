//! Cost and return: what a lead, an opportunity and a deal cost, and what came back.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::Deserialize;

use super::cut::{Branch, level};
use super::funnel::days;
use super::reader::Reader;
use super::rows::Rows;
use super::share::minor_digits;
use super::table::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;

/// What is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ReturnsRequest"))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What was spent: `cost`, `at` if known, and the columns of `by`.
    pub spend: Rows,
    /// What came of it: a row for every lead, with the columns of `stages` and `by`, `revenue`, and for open deals
    /// `pipeline` and `probability`.
    pub leads: Rows,
    /// The columns that say whether, or when, a lead reached a stage.
    #[serde(default)]
    pub stages: Vec<String>,
    /// Columns to drill down by, coarse to fine, such as campaign, ad group, keyword.
    #[serde(default)]
    pub by: Vec<String>,
    /// What clicks were for: `click_id` and the columns of `by`; fills what leads with that click id leave empty.
    #[serde(default)]
    pub clicks: Option<Rows>,
    /// What all amounts are in, such as `JPY`.
    #[serde(default)]
    pub currency: Option<String>,
}

/// All amounts of a request, read.
struct Books {
    cost: Vec<Decimal>,
    spent: Vec<Option<i64>>,
    revenue: Vec<Decimal>,
    expected: Vec<Decimal>,
    earned: Vec<Option<i64>>,
    stages: Vec<Vec<bool>>,
    digits: u32,
}

/// Counts cost and return at every level of drill-down; every level adds up to the same totals, to the last digit.
///
/// # Errors
/// `IK1001` for a table that cannot be read, with its row and column; `IK0601` and `IK1002` for what cannot be asked or told.
pub fn returns(request: &Request) -> Result<Analysis, Error> {
    let leads = filled(request)?;
    let books = Books::read(request, &leads)?;
    let mut analysis = Analysis::new("returns");
    let currency = request.currency.as_deref();
    let mut table = Table::new("returns", "Cost and return", "費用対効果").with(
        "level",
        ColumnKind::Whole,
        "Level",
        "階層",
    );
    for column in &request.by {
        table = table.with(column, ColumnKind::Text, column, column);
    }
    table = table.with("cost", ColumnKind::Decimal, "Cost", "費用").unit(currency).with(
        "leads",
        ColumnKind::Whole,
        "Leads",
        "リード数",
    );
    for stage in &request.stages {
        table = table.with(stage, ColumnKind::Whole, stage, stage);
    }
    table =
        table.with("cost_per_lead", ColumnKind::Decimal, "Cost per lead", "リード獲得単価").unit(currency);
    for stage in &request.stages {
        let (en, ja) = (format!("Cost per {stage}"), format!("{stage}の獲得単価"));
        table = table.with(&format!("cost_per_{stage}"), ColumnKind::Decimal, &en, &ja).unit(currency);
    }
    table = table
        .with("revenue", ColumnKind::Decimal, "Revenue", "売上")
        .unit(currency)
        .with("expected", ColumnKind::Decimal, "Expected of open deals", "商談中の期待売上")
        .unit(currency)
        .with("profit", ColumnKind::Decimal, "Revenue less cost", "売上－費用")
        .unit(currency)
        .with("roi", ColumnKind::Share, "ROI", "ROI")
        .with("roas", ColumnKind::Share, "ROAS", "ROAS")
        .with("payback_days", ColumnKind::Number, "Days until costs were earned", "費用回収までの日数")
        .unit(Some("days"));
    let name = request.by.first().map_or("level", String::as_str).to_owned();
    table = table.drawn(PlotKind::Bars, &name, "cost_per_lead", None);

    let frames = [(&request.spend, request.spend.height()), (&leads, leads.height())];
    let (mut free, mut idle) = (0, 0);
    for depth in 0..=request.by.len() {
        for Branch { values, rows } in level(&frames, &request.by, depth) {
            let (Some(spends), Some(people)) = (rows.first(), rows.get(1)) else { continue };
            let line = books.line(spends, people)?;
            if depth == request.by.len() && depth > 0 {
                free += usize::from(line.cost.is_zero() && !people.is_empty());
                idle += usize::from(people.is_empty());
            }
            let mut row = vec![Cell::from(depth)];
            let values = values.iter().map(|value| Cell::from(value.as_deref()));
            row.extend(values.chain(std::iter::repeat(Cell::Empty)).take(request.by.len()));
            row.extend(line.cells(&books));
            table.push(row);
        }
    }
    let all = books
        .line(&(0..request.spend.height()).collect::<Vec<_>>(), &(0..leads.height()).collect::<Vec<_>>())?;
    analysis.figure("cost", all.cost);
    analysis.figure("revenue", all.revenue);
    analysis.figure("expected", all.expected);
    if free > 0 {
        analysis.note(
            "no-cost",
            format!("{free} rows have leads and no cost: their return on it is not told"),
            format!("費用のない行が {free} 件あり、ROIは算出していません"),
        );
    }
    if idle > 0 {
        analysis.note(
            "no-leads",
            format!("{idle} rows have cost and no lead"),
            format!("リードのない行が {idle} 件あります"),
        );
    }
    analysis.tables.push(table);
    Ok(analysis)
}

/// The leads, with what their clicks say of columns that they leave empty.
fn filled(request: &Request) -> Result<Rows, Error> {
    let Some(clicks) = &request.clicks else { return Ok(request.leads.clone()) };
    let mut reader = Reader::new(clicks, "clicks");
    let ids = reader.names("click_id");
    let columns: Vec<(&str, Vec<Option<String>>)> = request
        .by
        .iter()
        .filter(|column| reader.has(column))
        .map(|column| column.as_str())
        .collect::<Vec<_>>()
        .into_iter()
        .map(|column| (column, reader.texts(column)))
        .collect();
    reader.finish()?;
    let mut reader = Reader::new(&request.leads, "leads");
    let own = reader.texts("click_id");
    reader.finish()?;
    let mut places = std::collections::HashMap::new();
    for (row, id) in ids.iter().enumerate() {
        places.entry(id.as_str()).or_insert(row);
    }
    let mut leads = request.leads.clone();
    for (column, values) in columns {
        let of = |lead: usize| {
            let click = own.get(lead)?.as_deref()?;
            values.get(*places.get(click)?)?.as_deref()
        };
        leads.fill(column, |lead| of(lead).map_or(Cell::Empty, Cell::from));
    }
    Ok(leads)
}

impl Books {
    fn read(request: &Request, leads: &Rows) -> Result<Self, Error> {
        let mut reader = Reader::new(&request.spend, "spend");
        let cost = reader.decimals("cost");
        let spent = if reader.has("at") { reader.instants("at") } else { vec![None; cost.len()] };
        request.by.iter().for_each(|column| drop(reader.texts(column)));
        reader.finish()?;
        let mut reader = Reader::new(leads, "leads");
        let n = leads.height();
        let amounts = |reader: &mut Reader<'_>, column: &str| {
            if reader.has(column) { reader.decimals(column) } else { vec![None; n] }
        };
        let revenue = amounts(&mut reader, "revenue");
        let pipeline = amounts(&mut reader, "pipeline");
        let chances = amounts(&mut reader, "probability");
        let earned = if reader.has("earned_at") { reader.instants("earned_at") } else { vec![None; n] };
        let stages = request.stages.iter().map(|stage| reader.reached(stage)).collect();
        request.by.iter().for_each(|column| drop(reader.texts(column)));
        reader.finish()?;
        let beyond = |chance: &Decimal| *chance < Decimal::ZERO || *chance > Decimal::ONE;
        if let Some(row) = chances.iter().position(|chance| chance.as_ref().is_some_and(beyond)) {
            let diagnostic = Diagnostic::error(Code::BadTable, "a probability that is not between 0 and 1");
            let place = format!("/leads/probability/{row}");
            return Err(Error::call(
                diagnostic.at(place).with_help("write a part of one: 0.25 for a quarter"),
            ));
        }
        let digits = minor_digits(request.currency.as_deref());
        // Rounded lead by lead, so that every level adds up to the same.
        let expect = |(amount, chance): (&Option<Decimal>, &Option<Decimal>)| match (amount, chance) {
            (Some(amount), Some(chance)) => amount
                .checked_mul(*chance)
                .unwrap_or_default()
                .round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero),
            (Some(amount), None) => *amount,
            _ => Decimal::ZERO,
        };
        Ok(Self {
            cost: cost.into_iter().map(Option::unwrap_or_default).collect(),
            spent,
            expected: pipeline.iter().zip(&chances).map(expect).collect(),
            revenue: revenue.into_iter().map(Option::unwrap_or_default).collect(),
            earned,
            stages,
            digits,
        })
    }

    fn line(&self, spends: &[usize], leads: &[usize]) -> Result<Line, Error> {
        let reached = self
            .stages
            .iter()
            .map(|stage| leads.iter().filter(|lead| stage.get(**lead).copied().unwrap_or(false)).count());
        Ok(Line {
            cost: sum(&self.cost, spends)?,
            leads: leads.len(),
            reached: reached.collect(),
            revenue: sum(&self.revenue, leads)?,
            expected: sum(&self.expected, leads)?,
            payback: self.payback(spends, leads),
        })
    }

    /// Days from the first cost until revenue had covered all of it; none if it has not, or times are not known.
    fn payback(&self, spends: &[usize], leads: &[usize]) -> Option<f64> {
        let cost: Decimal = spends.iter().filter_map(|row| self.cost.get(*row)).sum();
        let first = spends.iter().filter_map(|row| self.spent.get(*row).copied().flatten()).min()?;
        if cost.is_zero() {
            return None;
        }
        let earning =
            |lead: &usize| Some((self.earned.get(*lead).copied().flatten()?, *self.revenue.get(*lead)?));
        let mut earnings: Vec<(i64, Decimal)> = leads.iter().filter_map(earning).collect();
        earnings.sort_by_key(|(at, _)| *at);
        let mut so_far = Decimal::ZERO;
        let paid = earnings.into_iter().find(|(_, revenue)| {
            so_far += *revenue;
            so_far >= cost
        });
        paid.map(|(at, _)| days(at - first))
    }
}

/// One row of the table.
struct Line {
    cost: Decimal,
    leads: usize,
    reached: Vec<usize>,
    revenue: Decimal,
    expected: Decimal,
    payback: Option<f64>,
}

impl Line {
    fn cells(&self, books: &Books) -> Vec<Cell> {
        let each = |count: usize| {
            let price = self.cost.checked_div(Decimal::from(count))?;
            Some(price.round_dp_with_strategy(books.digits, RoundingStrategy::MidpointAwayFromZero))
        };
        let part = |amount: Decimal| Cell::from(amount.checked_div(self.cost)).as_f64();
        let profit = self.revenue - self.cost;
        let mut cells = vec![Cell::from(self.cost), Cell::from(self.leads)];
        cells.extend(self.reached.iter().map(|count| Cell::from(*count)));
        cells.push(Cell::from(each(self.leads)));
        cells.extend(self.reached.iter().map(|count| Cell::from(each(*count))));
        cells.extend([self.revenue, self.expected, profit].map(Cell::from));
        cells.extend([Cell::from(part(profit)), Cell::from(part(self.revenue)), Cell::from(self.payback)]);
        cells
    }
}

fn sum(amounts: &[Decimal], rows: &[usize]) -> Result<Decimal, Error> {
    let mut amounts = rows.iter().filter_map(|row| amounts.get(*row));
    amounts.try_fold(Decimal::ZERO, |sum, amount| sum.checked_add(*amount)).ok_or_else(|| {
        let diagnostic = Diagnostic::error(Code::CannotTell, "amounts whose sum cannot be held");
        Error::call(diagnostic.with_help("give smaller amounts, or fewer digits"))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn every_level_adds_up_to_the_last_digit(
            spend in prop::collection::vec((0_usize..3, 0_usize..3, 0_i64..1_000_000), 0..12),
            leads in prop::collection::vec((0_usize..4, 0_usize..3, any::<bool>(), 0_i64..1_000_000, 0_i64..=1_000), 0..12),
        ) {
            let cents = |units: i64| Decimal::new(units, 2).to_string();
            let name = |index: usize| if index == 0 { json!(null) } else { json!(format!("v{index}")) };
            let spend: Vec<_> = spend.iter().map(|(a, b, cost)| json!({ "a": name(*a), "b": name(*b), "cost": cents(*cost) })).collect();
            let leads: Vec<_> = leads.iter().map(|(a, b, won, amount, chance)| json!({
                "a": name(*a), "b": name(*b), "won": won, "revenue": if *won { json!(cents(*amount)) } else { json!(null) },
                "pipeline": cents(*amount), "probability": Decimal::new(*chance, 3).to_string(),
            })).collect();
            let args = json!({ "spend": spend, "leads": leads, "stages": ["won"], "by": ["a", "b"], "currency": "USD" });
            let found = returns(&serde_json::from_value(args).unwrap()).unwrap();
            let table = &found.tables[0];
            prop_assert!(!serde_json::to_string(&found).unwrap().contains("NaN"));
            for column in ["cost", "revenue", "expected", "profit", "leads", "won"] {
                let mut sums = [Decimal::ZERO; 3];
                for row in 0..table.rows.len() {
                    let Some(Cell::Whole(level)) = table.get(row, "level") else { panic!("no level") };
                    sums[usize::try_from(*level).unwrap()] += match table.get(row, column) {
                        Some(Cell::Decimal(amount)) => *amount,
                        Some(Cell::Whole(count)) => Decimal::from(*count),
                        other => panic!("{column}: {other:?}"),
                    };
                }
                prop_assert_eq!(sums[0], sums[1], "{}", column);
                prop_assert_eq!(sums[0], sums[2], "{}", column);
            }
        }
    }
}
