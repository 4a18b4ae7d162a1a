//! What of a campaign should be seen to: its calendar, its money, its goals.

use rust_decimal::Decimal;

use super::Actual;
use crate::analytics::statistics::{ratio, size};
use crate::analytics::{Cell, ColumnKind, Table};
use crate::base::time::Instant;
use crate::campaign::compile::{Campaign, Campaigns, Goal};

/// Where a campaign is in its calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Planned,
    Running,
    Ended,
}

impl State {
    pub(super) fn of(campaign: &Campaign, at: Instant) -> Self {
        if campaign.begins.is_some_and(|begins| at.micros() < begins) {
            Self::Planned
        } else if campaign.over.is_some_and(|over| at.micros() >= over) {
            Self::Ended
        } else {
            Self::Running
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Running => "running",
            Self::Ended => "ended",
        }
    }
}

/// How much of its period is over; nothing for a campaign without end.
pub(super) fn elapsed(campaign: &Campaign, at: Instant) -> Option<f64> {
    let (begins, over) = (campaign.begins?, campaign.over?);
    #[expect(clippy::cast_precision_loss, reason = "a part of a period needs no microseconds")]
    ratio((at.micros().clamp(begins, over) - begins) as f64, (over - begins) as f64)
}

/// One amount as a part of another one.
pub(super) fn part(amount: Decimal, whole: Decimal) -> Option<f64> {
    Cell::from(amount.checked_div(whole)).as_f64()
}

/// One remark: a stable word, how much it matters, and what it says.
struct Alert {
    alert: &'static str,
    serious: bool,
    en: String,
    ja: String,
}

/// The alerts of all campaigns, serious ones first within each.
pub(super) fn table(campaigns: &Campaigns, actuals: &[Actual], at: Instant) -> Table {
    let mut table = Table::new("alerts", "What should be seen to", "アラート")
        .with("campaign", ColumnKind::Text, "Campaign", "キャンペーン")
        .with("alert", ColumnKind::Text, "Alert", "種類")
        .with("serious", ColumnKind::Flag, "Serious", "重要")
        .with("text", ColumnKind::Text, "What it says", "内容（英語）")
        .with("text_ja", ColumnKind::Text, "What it says (Japanese)", "内容");
    for ((index, campaign), actual) in campaigns.campaigns.iter().enumerate().zip(actuals) {
        let mut found = money(campaigns, index, campaign, actual, at);
        found.extend(calendar(campaign, actual, at));
        found.extend(goals(campaign, actual, at));
        found.sort_by_key(|alert| !alert.serious);
        for alert in found {
            table.push(vec![
                Cell::from(campaign.name.as_str()),
                Cell::from(alert.alert),
                Cell::from(alert.serious),
                Cell::from(alert.en),
                Cell::from(alert.ja),
            ]);
        }
    }
    table
}

fn money(
    campaigns: &Campaigns,
    index: usize,
    campaign: &Campaign,
    actual: &Actual,
    at: Instant,
) -> Vec<Alert> {
    let state = State::of(campaign, at);
    let currency = campaigns.currency(index).map(|code| format!(" {code}")).unwrap_or_default();
    let spent = actual.spent;
    let mut found = Vec::new();
    let mut say = |alert, serious, en: String, ja: String| found.push(Alert { alert, serious, en, ja });
    match campaigns.planned(index) {
        None if !spent.is_zero() => say(
            "no-budget",
            false,
            format!("{spent} were spent without a budget"),
            format!("予算の設定がないまま {spent} を支出しています"),
        ),
        None => {}
        Some(budget) if spent > budget => say(
            "over-budget",
            true,
            format!("{spent}{currency} were spent of {budget}{currency}"),
            format!("予算 {budget}{currency} に対し {spent}{currency} を支出し、超過しています"),
        ),
        Some(budget) => {
            let share = part(spent, budget).unwrap_or(0.0);
            let limit = campaign.alerts.spent.unwrap_or(0.8);
            if state != State::Ended && share >= limit && !spent.is_zero() {
                say(
                    "nearly-spent",
                    false,
                    format!("{spent}{currency} of {budget}{currency} are spent, {}", percent(share)),
                    format!(
                        "予算の {} を消化しました（{spent}{currency} / {budget}{currency}）",
                        percent(share)
                    ),
                );
            }
            let pace = campaign.alerts.pace.unwrap_or(0.25);
            if let Some(time) = elapsed(campaign, at).filter(|_| state == State::Running)
                && share > time + pace
            {
                say(
                    "fast",
                    true,
                    format!("{} of the budget are spent in {} of the time", percent(share), percent(time)),
                    format!("期間の {} で予算の {} を消化しています", percent(time), percent(share)),
                );
            }
        }
    }
    if !actual.outside.is_zero() {
        say(
            "outside-period",
            false,
            format!("{}{currency} were spent before it began or after it was over", actual.outside),
            format!("期間外の支出が {}{currency} あります", actual.outside),
        );
    }
    if state != State::Planned && actual.leads > 0 && spent.is_zero() {
        say(
            "no-cost",
            false,
            format!("it has {} leads and no cost: its return cannot be told", actual.leads),
            format!("リード {} 件に対し費用の記録がなく、費用対効果を算出できません", actual.leads),
        );
    }
    found
}

fn calendar(campaign: &Campaign, actual: &Actual, at: Instant) -> Option<Alert> {
    let over = campaign.over.filter(|_| State::of(campaign, at) == State::Running)?;
    let notice = campaign.alerts.ends.map_or(7 * 86_400_000_000, |ends| ends.micros());
    let late = elapsed(campaign, at).is_some_and(|time| time >= campaign.alerts.pace.unwrap_or(0.25));
    let last = campaign.days.get(1).cloned().flatten().unwrap_or_default();
    if actual.leads == 0 && actual.spent.is_zero() && late {
        Some(Alert {
            alert: "not-begun",
            serious: true,
            en: "it has begun by the calendar, and has neither leads nor cost".to_owned(),
            ja: "開始日を過ぎていますが、リードも支出もありません".to_owned(),
        })
    } else if over - at.micros() <= notice {
        Some(Alert {
            alert: "ends-soon",
            serious: false,
            en: format!("its last day is {last}"),
            ja: format!("最終日は {last} です"),
        })
    } else {
        None
    }
}

fn goals(campaign: &Campaign, actual: &Actual, at: Instant) -> Vec<Alert> {
    let state = State::of(campaign, at);
    let pace = campaign.alerts.pace.unwrap_or(0.25);
    let alert = |(goal, reached): (&Goal, &usize)| {
        let target = goal.target?;
        if usize::try_from(target).is_ok_and(|target| *reached >= target) {
            return None;
        }
        let name = goal.label.as_ref().unwrap_or(&goal.name);
        if state == State::Ended {
            return Some(Alert {
                alert: "missed",
                serious: true,
                en: format!("it ended with {reached} of {target} for `{name}`"),
                ja: format!("「{name}」は目標 {target} 件に対し {reached} 件で終了しました"),
            });
        }
        let time = elapsed(campaign, at).filter(|_| state == State::Running)?;
        let share = ratio(size(*reached), f64::from(target))?;
        (share + pace < time).then(|| Alert {
            alert: "behind",
            serious: true,
            en: format!("{} of the target for `{name}` in {} of the time", percent(share), percent(time)),
            ja: format!("「{name}」の達成率は {}、期間の経過は {} です", percent(share), percent(time)),
        })
    };
    campaign.goals.iter().zip(&actual.goals).filter_map(alert).collect()
}

/// To a tenth of a percent.
fn percent(share: f64) -> String {
    format!("{}%", (share * 1000.0).round() / 10.0)
}
