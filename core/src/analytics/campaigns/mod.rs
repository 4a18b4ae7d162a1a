//! Plan and actuals of every campaign.

mod alerts;
mod part;

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use self::alerts::State;
use self::part::{goals, parts, wholes};
use crate::analytics::reader::Reader;
use crate::analytics::rows::Rows;
use crate::analytics::share::minor_digits;
use crate::analytics::statistics::{ratio, size};
use crate::analytics::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::assessment::Detail;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::base::time::{Instant, Period, Zone, date_micros};
use crate::campaign::compile::Campaigns;
use crate::engine::Engine;
use crate::lead::record::Lead;

/// What one campaign came to, its parts included where nothing else is said.
#[derive(Debug, Default)]
pub(super) struct Actual {
    pub(super) spent: Decimal,
    /// What was spent outside the period.
    pub(super) outside: Decimal,
    pub(super) leads: usize,
    acquired: usize,
    /// Without its parts.
    own_spent: Decimal,
    own_leads: usize,
    /// Leads of the audience, and those of them that are in the campaign.
    audience: usize,
    met: usize,
    pub(super) goals: Vec<usize>,
    /// Members by status: now, and ever.
    statuses: BTreeMap<Option<String>, (usize, usize)>,
    /// Its own, by month and kind.
    costs: BTreeMap<Place, Decimal>,
}

/// Month and kind of an amount, where they are told.
type Place = (Option<String>, Option<String>);

/// One thing that was spent.
struct Spend {
    campaign: usize,
    /// When, if known.
    at: Option<i64>,
    month: Option<String>,
    kind: Option<String>,
    cost: Decimal,
}

impl Engine {
    /// Plan and actuals of the playbook's campaigns: money, leads, goals, members, and what should be seen to.
    ///
    /// # Errors
    /// `IK1001` for a row of `spend` that cannot be read or names a campaign that the playbook does not have; otherwise as
    /// [`Engine::assess`], for the first lead in question.
    ///
    /// ```
    /// use ikusei::{Playbook, analytics::{Cell, Rows}};
    /// let engine = Playbook::parse(r#"{ "ikusei": 1, "name": "demo", "campaigns": { "expo": { "budget": "3000000 JPY" } } }"#)?.compile()?;
    /// let spend = Rows::default()
    ///     .with_column("campaign", vec![Cell::from("expo")])?
    ///     .with_column("cost", vec![Cell::from(1_200_000_i64)])?;
    /// let found = engine.campaigns(&[], &spend, "2026-05-01T00:00:00Z".parse()?)?;
    /// assert_eq!(found.tables[0].get(0, "left").and_then(|left| left.as_f64()), Some(1_800_000.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn campaigns(&self, leads: &[Lead], spend: &Rows, at: Instant) -> Result<Analysis, Error> {
        let campaigns = &self.compiled.campaigns;
        let mut analysis = Analysis::new("campaigns");
        let spends = read_spend(campaigns, spend, self.compiled.zone, at)?;
        let mut actuals: Vec<Actual> = campaigns
            .campaigns
            .iter()
            .map(|campaign| Actual { goals: vec![0; campaign.goals.len()], ..Actual::default() })
            .collect();
        add_spend(campaigns, &spends, &mut actuals)?;
        self.add_leads(leads, at, &mut actuals, &mut analysis)?;
        overview(campaigns, &actuals, at, &mut analysis);
        budgets(campaigns, &actuals, &mut analysis);
        goal_table(campaigns, &actuals, &mut analysis);
        members(campaigns, &actuals, &mut analysis);
        analysis.tables.push(alerts::table(campaigns, &actuals, at));
        Ok(analysis)
    }

    fn add_leads(
        &self,
        leads: &[Lead],
        at: Instant,
        actuals: &mut [Actual],
        analysis: &mut Analysis,
    ) -> Result<(), Error> {
        let campaigns = &self.compiled.campaigns;
        let (mut failed, mut unknown) = (0, BTreeMap::<&str, usize>::new());
        for lead in leads {
            let prepared = self.prepare(lead)?;
            let derivation = prepared.derive(at, Detail::Figures)?;
            let parts = parts(campaigns, lead, at);
            let wholes = wholes(campaigns, &parts);
            let each =
                campaigns.campaigns.iter().enumerate().zip(actuals.iter_mut()).zip(parts.iter().zip(&wholes));
            for ((place, actual), (own, whole)) in each {
                let wanted = place.1.audience.is_some_and(|segment| derivation.member(segment));
                actual.audience += usize::from(wanted);
                actual.own_leads += usize::from(own.is_some());
                let Some(part) = whole else { continue };
                actual.met += usize::from(wanted);
                actual.leads += 1;
                actual.acquired += usize::from(part.acquired);
                let (reached, lost) = goals(campaigns, place, *part, &prepared, &derivation, at);
                failed += lost;
                for (count, reached) in actual.goals.iter_mut().zip(reached) {
                    *count += usize::from(reached);
                }
            }
            for membership in &lead.campaigns {
                match campaigns.position(&membership.campaign).and_then(|index| actuals.get_mut(index)) {
                    Some(actual) => count_statuses(actual, membership, at),
                    None => *unknown.entry(&membership.campaign).or_default() += 1,
                }
            }
        }
        if failed > 0 {
            analysis.warn(
                "failed",
                format!("conditions of goals that failed on a lead count as not reached: {failed}"),
                format!("ゴール条件の評価に失敗した {failed} 件は未達として数えました"),
            );
        }
        for (name, count) in unknown {
            analysis.note(
                "unknown-campaign",
                format!("the playbook does not plan `{name}`: memberships of it, {count}, are left out"),
                format!("プレイブックにないキャンペーン「{name}」の所属が {count} 件あります"),
            );
        }
        Ok(())
    }
}

/// What a campaign costs counts in everything that it is part of.
fn add_spend(campaigns: &Campaigns, spends: &[Spend], actuals: &mut [Actual]) -> Result<(), Error> {
    for spend in spends {
        for held in campaigns.line(spend.campaign) {
            let Some((actual, campaign)) = actuals.get_mut(held).zip(campaigns.campaigns.get(held)) else {
                continue;
            };
            add(&mut actual.spent, spend.cost)?;
            if held == spend.campaign {
                add(&mut actual.own_spent, spend.cost)?;
                add(actual.costs.entry((spend.month.clone(), spend.kind.clone())).or_default(), spend.cost)?;
            }
            let early = |at: i64| campaign.begins.is_some_and(|begins| at < begins);
            let late = |at: i64| campaign.over.is_some_and(|over| at >= over);
            if spend.at.is_some_and(|at| early(at) || late(at)) {
                add(&mut actual.outside, spend.cost)?;
            }
        }
    }
    Ok(())
}

fn count_statuses(actual: &mut Actual, membership: &crate::lead::record::CampaignMembership, at: Instant) {
    let before = membership.before.iter().map(|step| (step.status.clone(), step.at));
    let mut steps: Vec<_> = before.chain([(membership.status.clone(), membership.at)]).collect();
    steps.retain(|(_, since)| *since <= at);
    if let Some((now, _)) = steps.last() {
        actual.statuses.entry(now.clone()).or_default().0 += 1;
    }
    let mut seen: Vec<&Option<String>> = steps.iter().map(|(status, _)| status).collect();
    seen.sort();
    seen.dedup();
    for status in seen {
        actual.statuses.entry(status.clone()).or_default().1 += 1;
    }
}

fn add(sum: &mut Decimal, amount: Decimal) -> Result<(), Error> {
    *sum = sum.checked_add(amount).ok_or_else(|| {
        let diagnostic = Diagnostic::error(Code::CannotTell, "amounts whose sum cannot be held");
        Error::call(diagnostic.with_help("give smaller amounts, or fewer digits"))
    })?;
    Ok(())
}

/// Reads what was spent by then; a row of a campaign or currency that the playbook does not have is refused.
fn read_spend(campaigns: &Campaigns, frame: &Rows, zone: Zone, at: Instant) -> Result<Vec<Spend>, Error> {
    let mut reader = Reader::new(frame, "spend");
    let (names, costs) = (reader.names("campaign"), reader.decimals("cost"));
    let texts = |reader: &mut Reader<'_>, column: &str| {
        if reader.has(column) { reader.texts(column) } else { vec![None; frame.height()] }
    };
    let (kinds, currencies, days) =
        (texts(&mut reader, "kind"), texts(&mut reader, "currency"), texts(&mut reader, "at"));
    let times = if reader.has("at") { reader.instants("at") } else { vec![None; frame.height()] };
    reader.finish()?;
    let mut spends = Vec::with_capacity(names.len());
    for (row, name) in names.iter().enumerate() {
        let refuse = |column: &str, told: String, help: &str, near: Option<&str>| {
            let diagnostic = Diagnostic::error(Code::BadTable, told).at(format!("/spend/{column}/{row}"));
            Err(Error::call(diagnostic.with_help(help).did_you_mean(near)))
        };
        let Some(campaign) = campaigns.position(name) else {
            let near = nearest(name, campaigns.campaigns.iter().map(|known| known.name.as_str()));
            let told = format!("no campaign is called `{name}`");
            return refuse("campaign", told, "name one of the playbook's `campaigns`", near);
        };
        let currency = campaigns.currency(campaign);
        if let (Some(Some(given)), Some(own)) = (currencies.get(row), currency)
            && given != own
        {
            let told = format!("`{given}`, where the budget of `{name}` is in {own}");
            return refuse("currency", told, "convert it: currencies never mix", None);
        }
        let day = days.get(row).and_then(|day| date_micros(day.as_deref()?));
        // A plain date is a day of the playbook's zone.
        let when = day.map(|day| zone.instants(day).0).or(times.get(row).copied().flatten());
        if when.is_some_and(|when| when > at.micros()) {
            continue;
        }
        spends.push(Spend {
            campaign,
            at: when,
            month: when.map(|when| month_of(zone, when)),
            kind: kinds.get(row).cloned().flatten(),
            cost: costs.get(row).copied().flatten().unwrap_or_default(),
        });
    }
    Ok(spends)
}

fn month_of(zone: Zone, at: i64) -> String {
    let months = zone.period(at, Period::Month);
    format!("{:04}-{:02}", months.div_euclid(12), months.rem_euclid(12) + 1)
}

fn overview(campaigns: &Campaigns, actuals: &[Actual], at: Instant, analysis: &mut Analysis) {
    let currencies: Vec<&str> =
        campaigns.campaigns.iter().filter_map(|campaign| campaign.currency.as_deref()).collect();
    let unit = currencies.first().copied().filter(|first| currencies.iter().all(|held| held == first));
    let mut table = Table::new("campaigns", "Campaigns", "キャンペーン")
        .with("campaign", ColumnKind::Text, "Campaign", "キャンペーン")
        .with("label", ColumnKind::Text, "Name", "名称")
        .with("parent", ColumnKind::Text, "Part of", "親キャンペーン")
        .with("channels", ColumnKind::Text, "Channels", "チャネル")
        .with("scope", ColumnKind::Text, "Scope", "対象範囲")
        .with("state", ColumnKind::Text, "State", "状態")
        .with("first_day", ColumnKind::Time, "First day", "開始日")
        .with("last_day", ColumnKind::Time, "Last day", "終了日")
        .with("elapsed", ColumnKind::Share, "Elapsed", "経過")
        .with("currency", ColumnKind::Text, "Currency", "通貨")
        .with("budget", ColumnKind::Decimal, "Budget", "予算")
        .unit(unit)
        .with("own_spent", ColumnKind::Decimal, "Spent by itself", "単独の支出")
        .unit(unit)
        .with("spent", ColumnKind::Decimal, "Spent", "支出")
        .unit(unit)
        .with("left", ColumnKind::Decimal, "Left", "残額")
        .unit(unit)
        .with("spent_share", ColumnKind::Share, "Part of the budget spent", "予算消化率")
        .with("own_leads", ColumnKind::Whole, "Leads of its own", "単独のリード数")
        .with("leads", ColumnKind::Whole, "Leads", "リード数")
        .with("acquired", ColumnKind::Whole, "Leads it brought", "獲得リード数")
        .with("cost_per_lead", ColumnKind::Decimal, "Cost per lead", "リード単価")
        .unit(unit)
        .with("audience", ColumnKind::Whole, "Audience", "対象者数")
        .with("audience_share", ColumnKind::Share, "Part of the audience met", "対象者への到達率")
        .drawn(PlotKind::Bars, "campaign", "spent_share", Some("state"));
    for ((index, campaign), actual) in campaigns.campaigns.iter().enumerate().zip(actuals) {
        let budget = campaigns.planned(index);
        let parent = campaign.parent.and_then(|parent| campaigns.campaigns.get(parent));
        let scope: Vec<String> =
            campaign.scope.iter().map(|(cut, values)| format!("{cut}: {}", values.join(", "))).collect();
        let [first, last] = &campaign.days;
        table.push(vec![
            Cell::from(campaign.name.as_str()),
            Cell::from(campaign.label.as_deref()),
            Cell::from(parent.map(|parent| parent.name.as_str())),
            Cell::from(campaign.channels.join(", ")),
            Cell::from(scope.join("; ")),
            Cell::from(State::of(campaign, at).word()),
            Cell::from(first.as_deref()),
            Cell::from(last.as_deref()),
            Cell::from(alerts::elapsed(campaign, at)),
            Cell::from(campaigns.currency(index)),
            Cell::from(budget),
            Cell::from(actual.own_spent),
            Cell::from(actual.spent),
            Cell::from(budget.map(|budget| budget - actual.spent)),
            Cell::from(budget.and_then(|budget| alerts::part(actual.spent, budget))),
            Cell::from(actual.own_leads),
            Cell::from(actual.leads),
            Cell::from(actual.acquired),
            Cell::from(price(actual.spent, actual.leads, campaigns.currency(index))),
            if campaign.audience.is_some() { Cell::from(actual.audience) } else { Cell::Empty },
            Cell::from(campaign.audience.and_then(|_| ratio(size(actual.met), size(actual.audience)))),
        ]);
    }
    analysis.tables.push(table);
}

/// What each of so many cost, to the last digit of the currency.
fn price(cost: Decimal, count: usize, currency: Option<&str>) -> Option<Decimal> {
    let each = cost.checked_div(Decimal::from(count))?;
    Some(each.round_dp_with_strategy(minor_digits(currency), RoundingStrategy::MidpointAwayFromZero))
}

/// Budget and cost by month and kind: every amount of either is in one row.
fn budgets(campaigns: &Campaigns, own: &[Actual], analysis: &mut Analysis) {
    let mut table = Table::new("budget", "Budget and cost", "予算と実績")
        .with("campaign", ColumnKind::Text, "Campaign", "キャンペーン")
        .with("month", ColumnKind::Time, "Month", "月")
        .with("kind", ColumnKind::Text, "Kind of cost", "費目")
        .with("currency", ColumnKind::Text, "Currency", "通貨")
        .with("budget", ColumnKind::Decimal, "Budget", "予算")
        .with("spent", ColumnKind::Decimal, "Spent", "支出")
        .with("left", ColumnKind::Decimal, "Left", "残額")
        .drawn(PlotKind::Steps, "month", "spent", Some("campaign"));
    for (campaign, actual) in campaigns.campaigns.iter().zip(own) {
        let mut rows: BTreeMap<Place, (Option<Decimal>, Decimal)> = BTreeMap::new();
        for line in &campaign.budget {
            let (budget, _) = rows.entry((line.month.clone(), line.kind.clone())).or_default();
            *budget = Some(budget.unwrap_or_default() + line.amount);
        }
        for (place, cost) in &actual.costs {
            rows.entry(place.clone()).or_default().1 += *cost;
        }
        for ((month, kind), (budget, spent)) in rows {
            table.push(vec![
                Cell::from(campaign.name.as_str()),
                Cell::from(month.as_deref()),
                Cell::from(kind.as_deref()),
                Cell::from(campaign.currency.as_deref()),
                Cell::from(budget),
                Cell::from(spent),
                Cell::from(budget.map(|budget| budget - spent)),
            ]);
        }
    }
    analysis.tables.push(table);
}

fn goal_table(campaigns: &Campaigns, actuals: &[Actual], analysis: &mut Analysis) {
    let mut table = Table::new("goals", "Goals", "ゴール")
        .with("campaign", ColumnKind::Text, "Campaign", "キャンペーン")
        .with("goal", ColumnKind::Text, "Goal", "ゴール")
        .with("label", ColumnKind::Text, "Name", "名称")
        .with("target", ColumnKind::Whole, "Target", "目標")
        .with("reached", ColumnKind::Whole, "Reached", "達成")
        .with("target_share", ColumnKind::Share, "Part of the target", "達成率")
        .with("lead_share", ColumnKind::Share, "Part of its leads", "リードに占める割合")
        .with("cost_each", ColumnKind::Decimal, "Cost of each", "達成単価")
        .drawn(PlotKind::Bars, "goal", "target_share", Some("campaign"));
    for ((index, campaign), actual) in campaigns.campaigns.iter().enumerate().zip(actuals) {
        for (goal, reached) in campaign.goals.iter().zip(&actual.goals) {
            table.push(vec![
                Cell::from(campaign.name.as_str()),
                Cell::from(goal.name.as_str()),
                Cell::from(goal.label.as_deref()),
                goal.target.map_or(Cell::Empty, |target| Cell::from(i64::from(target))),
                Cell::from(*reached),
                Cell::from(goal.target.and_then(|target| ratio(size(*reached), f64::from(target)))),
                Cell::from(ratio(size(*reached), size(actual.leads))),
                Cell::from(price(actual.spent, *reached, campaigns.currency(index))),
            ]);
        }
    }
    analysis.tables.push(table);
}

fn members(campaigns: &Campaigns, own: &[Actual], analysis: &mut Analysis) {
    let mut table = Table::new("members", "Members by status", "メンバーの状態")
        .with("campaign", ColumnKind::Text, "Campaign", "キャンペーン")
        .with("status", ColumnKind::Text, "Status", "状態")
        .with("now", ColumnKind::Whole, "Now", "現在")
        .with("ever", ColumnKind::Whole, "Ever", "累計")
        .drawn(PlotKind::Steps, "status", "now", Some("campaign"));
    for (campaign, actual) in campaigns.campaigns.iter().zip(own) {
        // The plan's order first, then what else members stand at.
        let planned = campaign.statuses.iter().map(|status| Some(status.clone()));
        let others = actual
            .statuses
            .keys()
            .filter(|status| !status.as_ref().is_some_and(|status| campaign.statuses.contains(status)));
        for status in planned.chain(others.cloned()) {
            let (now, ever) = actual.statuses.get(&status).copied().unwrap_or_default();
            table.push(vec![
                Cell::from(campaign.name.as_str()),
                Cell::from(status.as_deref()),
                Cell::from(now),
                Cell::from(ever),
            ]);
        }
    }
    analysis.tables.push(table);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::playbook::Playbook;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn every_amount_is_counted_once_at_every_level(
            parents in prop::collection::vec(0_usize..5, 5),
            spend in prop::collection::vec((0_usize..5, 0_i64..1_000_000, 1_u32..29, 0_usize..3), 0..20),
        ) {
            // A campaign is part of one before it, or of none.
            let plan = |(index, parent): (usize, &usize)| {
                let held = (*parent < index).then(|| format!("c{parent}"));
                (format!("c{index}"), json!({ "parent": held, "budget": "1000.00 USD" }))
            };
            let plans: serde_json::Map<_, _> = parents.iter().enumerate().map(plan).collect();
            let text = json!({ "ikusei": 1, "name": "demo", "campaigns": plans }).to_string();
            let engine = Playbook::parse(&text).unwrap().compile().unwrap();
            let cents = |units: i64| Decimal::new(units, 2);
            let rows: Vec<_> = spend
                .iter()
                .map(|(of, cost, day, kind)| json!({ "campaign": format!("c{of}"), "cost": cents(*cost).to_string(),
                    "at": format!("2026-04-{day:02}"), "kind": format!("k{kind}") }))
                .collect();
            let frame: Rows = serde_json::from_value(json!(rows)).unwrap();
            let found = engine.campaigns(&[], &frame, "2026-05-01T00:00:00Z".parse().unwrap()).unwrap();
            let sum = |table: &str, column: &str, wanted: &dyn Fn(&Table, usize) -> bool| -> Decimal {
                let table = found.table(table).unwrap();
                let cell = |row| match table.get(row, column) {
                    Some(Cell::Decimal(amount)) => *amount,
                    other => panic!("{column}: {other:?}"),
                };
                (0..table.rows.len()).filter(|row| wanted(table, *row)).map(cell).sum()
            };
            let total: Decimal = spend.iter().map(|(_, cost, ..)| cents(*cost)).sum();
            let root = |table: &Table, row: usize| table.get(row, "parent") == Some(&Cell::Empty);
            prop_assert_eq!(sum("campaigns", "own_spent", &|_, _| true), total);
            prop_assert_eq!(sum("campaigns", "spent", &root), total);
            prop_assert_eq!(sum("budget", "spent", &|_, _| true), total);
        }
    }
}
