//! Checking campaigns.

use indexmap::IndexMap;
use rust_decimal::Decimal;

use super::policy::{BudgetPolicy, CampaignAlerts, CampaignPolicy, GoalPolicy, MonthBudget};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::money::Money;
use crate::base::suggest::nearest;
use crate::base::time::{Zone, date_micros};
use crate::expr::{Env, Expected, Program};
use crate::lead::model::Model;
use crate::scoring::compile::escape;

const DAY: i64 = 86_400_000_000;

/// Every campaign, ready to be looked at, in the order of the playbook.
#[derive(Debug, Default)]
pub(crate) struct Campaigns {
    pub(crate) campaigns: Box<[Campaign]>,
}

#[derive(Debug)]
pub(crate) struct Campaign {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) parent: Option<usize>,
    pub(crate) channels: Vec<String>,
    pub(crate) scope: IndexMap<String, Vec<String>>,
    /// First and last day as written.
    pub(crate) days: [Option<String>; 2],
    /// The instant at which it begins, and the one at which it is over.
    pub(crate) begins: Option<i64>,
    pub(crate) over: Option<i64>,
    /// Number of the segment.
    pub(crate) audience: Option<usize>,
    pub(crate) budget: Vec<BudgetLine>,
    pub(crate) currency: Option<String>,
    pub(crate) statuses: Vec<String>,
    pub(crate) goals: Vec<Goal>,
    pub(crate) alerts: CampaignAlerts,
}

/// Part of a budget.
#[derive(Debug)]
pub(crate) struct BudgetLine {
    pub(crate) month: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) amount: Decimal,
}

#[derive(Debug)]
pub(crate) struct Goal {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) reached: Reached,
    pub(crate) target: Option<u32>,
}

/// What reaches a goal.
#[derive(Debug)]
pub(crate) enum Reached {
    /// An activity of a kind, by number.
    Activity { kind: usize, when: Option<Program> },
    /// A deal at a stage.
    Deal(String),
    /// What holds of the lead.
    Condition(Program),
}

/// What campaigns may name.
pub(crate) struct Names<'a> {
    pub(crate) model: &'a Model,
    pub(crate) cards: &'a [&'a str],
    pub(crate) segments: &'a [&'a str],
    pub(crate) zone: Zone,
}

impl Campaigns {
    pub(crate) fn compile(
        names: &Names<'_>,
        policies: &IndexMap<String, CampaignPolicy>,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let campaigns: Box<[Campaign]> = policies
            .iter()
            .map(|(name, policy)| Compiler { names, policies, problems }.campaign(name, policy))
            .collect();
        let found = Self { campaigns };
        found.check_parents(problems);
        found
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.campaigns.iter().position(|campaign| campaign.name == name)
    }

    /// The campaign and those that it is part of, outwards.
    pub(crate) fn line(&self, campaign: usize) -> impl Iterator<Item = usize> + '_ {
        std::iter::successors(Some(campaign), |index| self.campaigns.get(*index)?.parent)
            .take(self.campaigns.len())
    }

    /// The campaigns that are part of one.
    fn parts(&self, whole: usize) -> impl Iterator<Item = usize> + '_ {
        let campaigns = self.campaigns.iter().enumerate();
        campaigns.filter(move |(_, campaign)| campaign.parent == Some(whole)).map(|(index, _)| index)
    }

    /// What a campaign may cost: its own budget, or else those of its parts.
    // INVARIANT: no campaign is part of itself.
    pub(crate) fn planned(&self, index: usize) -> Option<Decimal> {
        let campaign = self.campaigns.get(index)?;
        if campaign.budget.is_empty() {
            self.parts(index)
                .filter_map(|part| self.planned(part))
                .reduce(|sum, part| sum.saturating_add(part))
        } else {
            Some(campaign.budget.iter().fold(Decimal::ZERO, |sum, line| sum.saturating_add(line.amount)))
        }
    }

    /// What its amounts are in.
    pub(crate) fn currency(&self, index: usize) -> Option<&str> {
        let own = self.campaigns.get(index)?.currency.as_deref();
        own.or_else(|| {
            let mut held = self
                .campaigns
                .iter()
                .enumerate()
                .filter(|(part, _)| self.line(*part).any(|held| held == index));
            held.find_map(|(_, part)| part.currency.as_deref())
        })
    }

    fn check_parents(&self, problems: &mut Vec<Diagnostic>) {
        for (index, campaign) in self.campaigns.iter().enumerate() {
            let path = format!("/campaigns/{}/parent", escape(&campaign.name));
            if self.line(index).skip(1).any(|parent| parent == index) {
                problems.push(
                    Diagnostic::error(Code::Cycle, format!("campaign `{}` is part of itself", campaign.name))
                        .at(path)
                        .with_help("break the circle of `parent`"),
                );
                continue;
            }
            for (held, parent) in
                self.line(index).skip(1).filter_map(|held| Some((held, self.campaigns.get(held)?)))
            {
                if let (Some(own), Some(theirs)) = (&campaign.currency, self.currency(held))
                    && own != theirs
                {
                    let message =
                        format!("`{}` is in {own}, and `{}` in {theirs}", campaign.name, parent.name);
                    problems.push(
                        Diagnostic::error(Code::KeyCombination, message).at(path.clone()).with_help(
                            "give both budgets in one currency: what a part costs counts in the whole",
                        ),
                    );
                    break;
                }
            }
        }
    }
}

struct Compiler<'a, 'p> {
    names: &'a Names<'a>,
    policies: &'a IndexMap<String, CampaignPolicy>,
    problems: &'p mut Vec<Diagnostic>,
}

impl Compiler<'_, '_> {
    fn campaign(&mut self, name: &str, policy: &CampaignPolicy) -> Campaign {
        let path = format!("/campaigns/{}", escape(name));
        let parent = policy.parent.as_ref().and_then(|parent| {
            let found = self.policies.get_index_of(parent);
            if found.is_none() {
                self.unknown(
                    parent,
                    "campaign",
                    self.policies.keys().map(String::as_str),
                    &format!("{path}/parent"),
                );
            }
            found
        });
        let audience = policy.audience.as_ref().and_then(|segment| {
            let found = self.names.segments.iter().position(|known| known == segment);
            if found.is_none() {
                let known = self.names.segments.iter().copied();
                self.unknown(segment, "segment", known, &format!("{path}/audience"));
            }
            found
        });
        let [first, last] = self.period(policy, &format!("{path}/period"));
        let midnight = |day: i64| self.names.zone.instants(day).0;
        let (begins, over) = (first.map(midnight), last.map(|last| midnight(last.saturating_add(DAY))));
        let (budget, currency) = self.budget(policy.budget.as_ref(), &format!("{path}/budget"));
        let goals = policy
            .goals
            .iter()
            .filter_map(|(goal, policy)| self.goal(goal, policy, &format!("{path}/goals/{}", escape(goal))))
            .collect();
        let alerts = policy.alerts.unwrap_or_default();
        for (key, part) in [("spent", alerts.spent), ("pace", alerts.pace)] {
            if part.is_some_and(|part| !(0.0..=1.0).contains(&part)) {
                self.problems.push(
                    Diagnostic::error(Code::BadScalar, "a part that is not between 0 and 1")
                        .at(format!("{path}/alerts/{key}"))
                        .with_help("write a part of one: 0.8 for 80 %"),
                );
            }
        }
        let mut days = policy.period.iter().cloned();
        Campaign {
            name: name.to_owned(),
            label: policy.label.clone(),
            parent,
            channels: policy.channels.clone(),
            scope: policy.scope.clone(),
            days: [days.next(), days.next()],
            begins,
            over,
            audience,
            budget,
            currency,
            statuses: policy.statuses.clone(),
            goals,
            alerts,
        }
    }

    /// First and last day, as midnights of a clock on the wall.
    fn period(&mut self, policy: &CampaignPolicy, path: &str) -> [Option<i64>; 2] {
        let mut days = [None; 2];
        for (index, text) in policy.period.iter().enumerate() {
            let day = date_micros(text);
            if day.is_none() {
                self.problems.push(
                    Diagnostic::error(Code::BadScalar, format!("`{text}` is not a day"))
                        .at(format!("{path}/{index}"))
                        .with_help("write it as `2026-04-08`"),
                );
            }
            if let Some(slot) = days.get_mut(index) {
                *slot = day;
            }
        }
        let told = if policy.period.len() > 2 {
            Some("a period of more than two days")
        } else if matches!(days, [Some(first), Some(last)] if last < first) {
            Some("a period that is over before it begins")
        } else {
            None
        };
        if let Some(told) = told {
            self.problems.push(
                Diagnostic::error(Code::KeyCombination, told)
                    .at(path)
                    .with_help("give its first and its last day, or the first alone"),
            );
        }
        days
    }

    fn budget(&mut self, policy: Option<&BudgetPolicy>, path: &str) -> (Vec<BudgetLine>, Option<String>) {
        let mut lines: Vec<(Option<String>, Option<String>, Money, String)> = Vec::new();
        match policy {
            None => {}
            Some(BudgetPolicy::Total(amount)) => lines.push((None, None, *amount, path.to_owned())),
            Some(BudgetPolicy::Months(months)) => {
                for (month, budget) in months {
                    let place = format!("{path}/{}", escape(month));
                    if date_micros(&format!("{month}-01")).is_none() {
                        self.problems.push(
                            Diagnostic::error(Code::BadScalar, format!("`{month}` is not a month"))
                                .at(place.clone())
                                .with_help("write it as `2026-04`"),
                        );
                    }
                    let month = Some(month.clone());
                    match budget {
                        MonthBudget::Total(amount) => lines.push((month, None, *amount, place)),
                        MonthBudget::Kinds(kinds) => lines.extend(kinds.iter().map(|(kind, amount)| {
                            let place = format!("{place}/{}", escape(kind));
                            (month.clone(), Some(kind.clone()), *amount, place)
                        })),
                    }
                }
            }
        }
        let currency = lines.first().map(|(_, _, amount, _)| amount.currency().to_owned());
        for (_, _, amount, place) in &lines {
            let told = if currency.as_deref() != Some(amount.currency()) {
                Some(("a budget of two currencies", "give all amounts of a campaign in one"))
            } else if amount.amount().is_sign_negative() && !amount.amount().is_zero() {
                Some(("a budget below nothing", "give an amount of zero or more"))
            } else {
                None
            };
            if let Some((told, help)) = told {
                self.problems
                    .push(Diagnostic::error(Code::KeyCombination, told).at(place.clone()).with_help(help));
            }
        }
        let line =
            |(month, kind, amount, _): (_, _, Money, _)| BudgetLine { month, kind, amount: amount.amount() };
        (lines.into_iter().map(line).collect(), currency)
    }

    fn goal(&mut self, name: &str, policy: &GoalPolicy, path: &str) -> Option<Goal> {
        let reached = match (&policy.on, &policy.deal, &policy.when) {
            (Some(kind), None, when) => {
                let model = self.names.model;
                let Some((kind, _)) = model.activity(kind) else {
                    let known = model.activities().map(|(name, _)| name);
                    self.unknown(kind, "activity", known, &format!("{path}/on"));
                    return None;
                };
                let when = match when {
                    None => None,
                    Some(when) => Some(self.condition(when, path, Some(&[kind]))?),
                };
                Reached::Activity { kind, when }
            }
            (None, Some(stage), None) => Reached::Deal(stage.clone()),
            (None, None, Some(when)) => Reached::Condition(self.condition(when, path, None)?),
            _ => {
                self.problems.push(
                    Diagnostic::error(
                        Code::KeyCombination,
                        format!("goal `{name}` does not say what reaches it"),
                    )
                    .at(path)
                    .with_help("give `on` (with `when`, if you like), or `deal`, or `when` alone"),
                );
                return None;
            }
        };
        Some(Goal { name: name.to_owned(), label: policy.label.clone(), reached, target: policy.target })
    }

    fn condition(&mut self, source: &str, path: &str, activity: Option<&[usize]>) -> Option<Program> {
        let Names { model, cards, segments, .. } = *self.names;
        let env = Env { cards, ranks: true, segments, activity, ..Env::new(model) };
        let path = format!("{path}/when");
        Program::compile(source, &env, Expected::Bool)
            .map_err(|found| {
                self.problems.extend(found.into_iter().map(|diagnostic| diagnostic.at(path.clone())));
            })
            .ok()
    }

    fn unknown<'n>(&mut self, name: &str, what: &str, known: impl Iterator<Item = &'n str>, path: &str) {
        self.problems.push(
            Diagnostic::error(Code::UnknownReference, format!("no {what} is called `{name}`"))
                .at(path)
                .with_help(format!("name one of the playbook's {}", plural(what)))
                .did_you_mean(nearest(name, known)),
        );
    }
}

fn plural(what: &str) -> &'static str {
    match what {
        "activity" => "`activities`",
        "segment" => "`segments`",
        _ => "`campaigns`",
    }
}
