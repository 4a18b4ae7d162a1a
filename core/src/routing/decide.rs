//! Who is accountable for a lead, who is informed, and why.

mod cover;
mod inform;
mod turn;

use std::collections::BTreeSet;

use serde::Serialize;

use crate::base::diagnostic::Diagnostic;
use crate::base::error::Error;
use crate::base::time::Zone;
use crate::expr::Frame;
use crate::lead::account::CompanyAccount;
use crate::lead::assignment::{Assignment, Words};
use crate::routing::compile::{Policy, Routing, Rule, Target};
use crate::routing::people::{People, Person};
use crate::routing::roster::{Load, Roster, RosterChange};

use cover::test;

/// A rule of the policy, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Considered {
    /// The rule.
    pub rule: String,
    /// What is handed over, where the policy separates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The target, as the policy names it; absent where the condition did not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// What became of it.
    pub outcome: RuleOutcome,
    /// The team that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Members who were passed over, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed: Vec<PassedOver>,
}

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RuleOutcome {
    /// It decided.
    Taken,
    /// Its condition does not hold.
    Condition,
    /// No team of the cut covers the lead.
    NoTeam,
    /// The company has no owner who is there, or the lead had none before.
    NoOwner,
    /// Nobody of the team is there, with room and with what is asked for.
    Nobody,
}

/// A member who was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PassedOver {
    /// The member.
    pub member: String,
    /// Why: `inactive`, `away`, `full`, `skill`, `language` or `tried`.
    pub because: &'static str,
}

/// Something that the host does about a hand-over: tells somebody. Its id is the same however often it is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RoutingStep {
    /// Unique and stable: a step that comes again is the same step.
    pub id: String,
    /// What happened: `assigned`, `informed`, `accepted`, `touched`, `refused`, `reminded`, `reassigned`,
    /// `escalated`, `queued`, `recycled` or `closed`.
    pub kind: &'static str,
    /// The assignment.
    pub assignment: String,
    /// The member to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// The team to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// What to say.
    pub message: Words,
}

/// The desk at which leads are handed out: a roster in use.
#[derive(Debug)]
pub(crate) struct Desk<'r> {
    pub(crate) routing: &'r Routing,
    pub(crate) people: People,
    roster: Roster,
    /// For each team, what each member of its pool is owed.
    balances: Vec<Vec<i64>>,
    load: Vec<Option<Load>>,
    /// What the roster does not hold yet.
    touched: Touched,
}

/// The counters that differ from the roster's.
#[derive(Debug, Default)]
struct Touched {
    teams: BTreeSet<usize>,
    members: BTreeSet<usize>,
}

/// A lead as routing sees it.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) frame: Frame<'a>,
    pub(crate) account: Option<&'a CompanyAccount>,
    /// Keys of the company: account ids and names, in normal form.
    pub(crate) keys: &'a [String],
    /// What is handed over, where the policy separates.
    pub(crate) about: Option<&'a str>,
}

/// What a policy comes to.
pub(crate) struct Choice<'r> {
    pub(crate) rule: Option<&'r Rule>,
    pub(crate) team: Option<usize>,
    pub(crate) owner: usize,
    pub(crate) reason: Words,
}

impl<'r> Desk<'r> {
    pub(crate) fn open(routing: &'r Routing, roster: &Roster, zone: Zone) -> Result<Self, Error> {
        let people = People::read(roster, routing, zone)?;
        let balances = routing
            .teams
            .iter()
            .zip(&people.pools)
            .map(|(team, pool)| {
                let kept = roster.balances.get(&team.name);
                let balance = |member: &usize| Some(*kept?.get(&people.get(*member)?.id)?);
                pool.iter().map(|member| balance(member).unwrap_or(0)).collect()
            })
            .collect();
        let load = people.members.iter().map(|person| roster.load.get(&person.id).copied()).collect();
        Ok(Self { routing, people, roster: roster.clone(), balances, load, touched: Touched::default() })
    }

    /// What the roster does not hold yet, which it holds from now on; `None` if there is nothing.
    pub(crate) fn change(&mut self) -> Option<RosterChange> {
        let touched = std::mem::take(&mut self.touched);
        if touched.teams.is_empty() && touched.members.is_empty() {
            return None;
        }
        let person = |member: usize| self.people.get(member).map(|person| person.id.clone());
        let owed = |team: usize| {
            let places = self.people.pools.get(team)?.iter().zip(self.balances.get(team)?);
            let kept = places.filter(|(_, balance)| **balance != 0);
            let kept = kept.filter_map(|(member, balance)| Some((person(*member)?, *balance))).collect();
            Some((self.routing.teams.get(team)?.name.clone(), kept))
        };
        let load = |member: usize| Some((person(member)?, (*self.load.get(member)?)?));
        let change = RosterChange {
            revision: self.roster.revision + 1,
            balances: touched.teams.into_iter().filter_map(owed).collect(),
            load: touched.members.into_iter().filter_map(load).collect(),
        };
        self.roster.apply(&change);
        Some(change)
    }

    /// The roster as it is now, its revision one higher if anything changed.
    pub(crate) fn close(mut self) -> Roster {
        self.change();
        self.roster
    }

    pub(crate) fn person(&self, number: usize) -> Option<&Person> {
        self.people.get(number)
    }

    pub(crate) fn name(&self, number: usize) -> &str {
        self.people.get(number).map_or("", |person| person.name.as_str())
    }

    /// Books a lead with a member.
    pub(crate) fn take(&mut self, member: usize, at: i64) {
        if let (Some(person), Some(load)) = (self.people.members.get(member), self.load.get_mut(member)) {
            person.take(load.get_or_insert_default(), at);
            self.touched.members.insert(member);
        }
    }

    /// Takes an open lead off a member, whether or not he still works here.
    pub(crate) fn give_up(&mut self, id: &str) {
        let Some(member) = self.people.number(id) else { return };
        if let Some(load) = self.load.get_mut(member) {
            let load = load.get_or_insert_default();
            load.open = load.open.saturating_sub(1);
            self.touched.members.insert(member);
        }
    }

    /// The first of the rules that gives somebody; else the owner of the queue; else, where teams were asked and
    /// nobody there can take it (away, full, without the skill), whoever's turn it is in the first of these teams.
    pub(crate) fn choose(
        &mut self,
        view: &View<'_>,
        policy: &'r Policy,
        lead: &[Assignment],
        mut notes: Option<&mut Vec<Considered>>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Option<Choice<'r>> {
        let at = view.frame.at;
        let mut overflow: Option<(&'r Rule, usize)> = None;
        for rule in &policy.rules {
            if !rule.when.as_ref().is_none_or(|when| test(when, &view.frame, &rule.id, warnings)) {
                self.note(&mut notes, rule, None, RuleOutcome::Condition, None, Vec::new());
                continue;
            }
            for target in &rule.to {
                let teams = match target {
                    Target::Cut(cut) => {
                        self.covering(view, *cut, warnings).next_one().map(|team| self.upwards(team))
                    }
                    Target::Team(team) => Some(vec![*team]),
                    _ => None,
                };
                if let Some(teams) = teams {
                    for team in teams {
                        let mut passed = Vec::new();
                        let explain = notes.is_some();
                        let picked = self.pick(team, rule, view, &[], explain.then_some(&mut passed));
                        let name = self.routing.teams.get(team).map(|team| team.name.clone());
                        let outcome = if picked.is_some() { RuleOutcome::Taken } else { RuleOutcome::Nobody };
                        self.note(&mut notes, rule, Some(target), outcome, name, passed);
                        if let Some(owner) = picked {
                            let reason = self.reason(rule, team, target, owner);
                            return Some(Choice { rule: Some(rule), team: Some(team), owner, reason });
                        }
                        if overflow.is_none() && self.has_active(team) {
                            overflow = Some((rule, team));
                        }
                    }
                    continue;
                }
                let (named, missing) = match target {
                    Target::AccountOwner => {
                        (view.account.and_then(|account| account.owner.as_deref()), RuleOutcome::NoOwner)
                    }
                    Target::PreviousOwner => (previous(lead, &policy.name, view.about), RuleOutcome::NoOwner),
                    Target::Queue => {
                        (policy.queue.as_ref().map(|queue| queue.owner.as_str()), RuleOutcome::Nobody)
                    }
                    _ => (None, RuleOutcome::NoTeam),
                };
                let member = named.and_then(|id| self.people.number(id));
                let there = member.and_then(|member| self.people.there(member, at));
                let outcome = if there.is_some() { RuleOutcome::Taken } else { missing };
                self.note(&mut notes, rule, Some(target), outcome, None, Vec::new());
                if let (Some(member), Some(owner)) = (member, there) {
                    let reason = self.personal(rule, target, member, owner, view.account);
                    return Some(Choice { rule: Some(rule), team: None, owner, reason });
                }
            }
        }
        if let Some(queue) = &policy.queue
            && let Some(member) = self.people.number(&queue.owner)
            && let Some(owner) = self.people.there(member, at).or_else(|| self.people.active(&queue.owner))
        {
            let (label, name) = (queue.label.as_deref().unwrap_or("queue"), self.name(owner));
            let reason = Words::new(
                format!("no rule gives anybody: {name} is accountable for {label}"),
                format!("該当するルールなし：{label}の責任者は{name}"),
            );
            return Some(Choice { rule: None, team: None, owner, reason });
        }
        let (rule, team) = overflow?;
        let owner = self.anybody(team, rule)?;
        let label = self.label(team);
        let name = self.name(owner);
        let reason = Words::new(
            format!("rule `{}`: nobody in {label} can take it; {name} in turn all the same", rule.id),
            format!("ルール「{}」：{label}に引き受けられる人がいない。順番により{name}", rule.id),
        );
        Some(Choice { rule: Some(rule), team: Some(team), owner, reason })
    }

    /// A target as the policy names it.
    fn describe(&self, target: &Target) -> String {
        match target {
            Target::Cut(cut) => self.routing.cut_name(*cut).to_owned(),
            Target::Team(team) => {
                format!("team:{}", self.routing.teams.get(*team).map_or("", |team| team.name.as_str()))
            }
            Target::AccountOwner => "account-owner".to_owned(),
            Target::PreviousOwner => "previous-owner".to_owned(),
            Target::Queue => "queue".to_owned(),
            Target::Member(member) => format!("member:{member}"),
            Target::Manager => "manager".to_owned(),
        }
    }

    fn note(
        &self,
        notes: &mut Option<&mut Vec<Considered>>,
        rule: &Rule,
        target: Option<&Target>,
        outcome: RuleOutcome,
        team: Option<String>,
        passed: Vec<PassedOver>,
    ) {
        if let Some(notes) = notes {
            let target = target.map(|target| self.describe(target));
            notes.push(Considered { rule: rule.id.clone(), about: None, target, outcome, team, passed });
        }
    }
}

/// Who last had the lead under this policy, or under any.
fn previous<'a>(assignments: &'a [Assignment], policy: &str, about: Option<&str>) -> Option<&'a str> {
    let same = |found: &&Assignment| found.policy == policy && found.about.as_deref() == about;
    let found = assignments.iter().rev().find(same).or_else(|| assignments.last());
    found.map(|found| found.owner.as_str())
}
