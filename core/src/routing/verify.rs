//! Proof, before it goes live, that a policy makes exactly one team accountable for every lead there can be.
//!
//! Every field that conditions look at falls into a few cells on which all of them agree: the texts that they name
//! and any other, the numbers between the ones they compare with, empty. A condition is then a set of combinations of
//! cells, kept as a decision diagram, and a gap is what is left when all rules have taken theirs. What cannot be cut
//! into cells (history, segments, parts of texts) may hold or not, whatever the rest says: a policy that passes holds
//! for more leads than there can be, never for fewer.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;

use super::diagram::{ALL, Diagrams, NONE};
use crate::base::points::Points;
use crate::expr::{
    AccountPart, Comparison, Constant, Derived, Figure, Frame, Node, NodeKind, Program, holds,
};
use crate::lead::account::CompanyAccount;
use crate::lead::assignment::Words;
use crate::lead::facts::{Cell, Facts, Text};
use crate::lead::model::{FieldType, Model};
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::routing::compile::{Policy, Routing, Target, Team};
use crate::routing::people::People;

/// What the verifier says of the policies.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Verification {
    /// Whether every lead has exactly one accountable team with somebody active behind it, or a queue with an owner.
    pub holds: bool,
    /// What is wrong or odd, errors first.
    pub findings: Vec<Finding>,
    /// How many combinations of cells that is a proof for, over all policies; 2^53 stands for as many or more.
    pub combinations: u64,
}

/// Something wrong or odd in a policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Finding {
    /// What kind.
    pub kind: FindingKind,
    /// Whether it breaks the promise; others are worth a look.
    pub error: bool,
    /// The policy.
    pub policy: String,
    /// The rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The teams.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// In a sentence.
    pub message: Words,
    /// A lead that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
}

/// What kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// Leads for which nobody is accountable.
    Gap,
    /// Leads that two teams of one cut cover, neither before the other.
    Tie,
    /// A rule or a team that no lead ever comes to.
    Unreachable,
    /// A rule whose leads are all taken by rules before it.
    Shadowed,
    /// A team without an active member that leads come to.
    EmptyPool,
    /// A team with one active member that leads come to.
    SinglePoint,
    /// Leads that only the queue takes.
    QueueOnly,
}

/// A lead as an example: what is not said of it does not matter.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Example {
    /// The record, with the fields that matter.
    pub lead: Lead,
    /// What else must be so, as conditions.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<String>,
}

/// Verifies policies. `ranks` are the ranks of each scorecard.
pub(crate) fn verify(
    model: &Model,
    routing: &Routing,
    people: &People,
    cards: &[(&str, Vec<&str>)],
    policies: &[&Policy],
) -> Verification {
    let mut findings = Vec::new();
    let mut combinations = 0_u64;
    for policy in policies {
        let mut verifier = Verifier::new(model, routing, people, cards, policy);
        combinations = combinations.saturating_add(verifier.combinations());
        verifier.run();
        findings.append(&mut verifier.findings);
    }
    findings.sort_by_key(|finding| !finding.error);
    Verification {
        holds: !findings.iter().any(|finding| finding.error),
        findings,
        combinations: combinations.min(1 << 53),
    }
}

/// What conditions look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Field(usize),
    /// Whether a set holds a text.
    Has(usize, Box<str>),
    Rank(usize),
    Figure(usize, Figure),
    Account(AccountPart),
    Source(Box<str>),
    /// Whether a team names the company.
    Named(usize),
    /// A condition that is not looked into, by its text.
    Opaque(Box<str>),
}

/// A value that stands for a cell.
#[derive(Debug, Clone, PartialEq)]
enum Sample {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Time(i64),
}

struct Variable {
    key: Key,
    /// Constants that it is compared with.
    constants: Vec<Constant>,
    cells: Vec<Sample>,
}

struct Verifier<'a> {
    model: &'a Model,
    routing: &'a Routing,
    people: &'a People,
    cards: &'a [(&'a str, Vec<&'a str>)],
    policy: &'a Policy,
    variables: Vec<Variable>,
    numbers: BTreeMap<Key, usize>,
    sets: Diagrams,
    findings: Vec<Finding>,
}

impl<'a> Verifier<'a> {
    fn new(
        model: &'a Model,
        routing: &'a Routing,
        people: &'a People,
        cards: &'a [(&'a str, Vec<&'a str>)],
        policy: &'a Policy,
    ) -> Self {
        let mut verifier = Self {
            model,
            routing,
            people,
            cards,
            policy,
            variables: Vec::new(),
            numbers: BTreeMap::new(),
            sets: Diagrams::new(Vec::new()),
            findings: Vec::new(),
        };
        for rule in &policy.rules {
            if let Some(when) = &rule.when {
                verifier.collect(when, when.root());
            }
            for target in &rule.to {
                if let Target::Cut(cut) = target {
                    for team in routing.by_cut.get(*cut).into_iter().flat_map(|teams| teams.iter()) {
                        verifier.collect_team(*team);
                    }
                }
            }
        }
        for number in 0..verifier.variables.len() {
            let cells = verifier.cells(number);
            if let Some(variable) = verifier.variables.get_mut(number) {
                variable.cells = cells;
            }
        }
        verifier.sets =
            Diagrams::new(verifier.variables.iter().map(|variable| variable.cells.len()).collect());
        verifier
    }

    fn combinations(&self) -> u64 {
        let sizes =
            self.variables.iter().map(|variable| u64::try_from(variable.cells.len()).unwrap_or(u64::MAX));
        sizes.fold(1, u64::saturating_mul)
    }

    fn run(&mut self) {
        let mut remaining = self.domain();
        let mut taken: Vec<(String, u32)> = Vec::new();
        let mut reached: BTreeMap<usize, u32> = BTreeMap::new();
        for rule in &self.policy.rules {
            let when = rule.when.as_ref().map_or(ALL, |when| self.set(when, when.root()));
            let mut reach = self.sets.and(remaining, when);
            if reach == NONE {
                self.never(&rule.id, when, &taken);
                continue;
            }
            let before = reach;
            for target in &rule.to {
                let served = match target {
                    Target::Cut(cut) => self.cut(&rule.id, *cut, reach, &mut reached),
                    Target::Team(team) => self.served(&rule.id, *team, &[*team], reach),
                    Target::Queue if self.queue_works() => reach,
                    // An owner may have left, and most leads have none: what follows must hold without him.
                    _ => NONE,
                };
                reach = self.sets.minus(reach, served);
            }
            let served = self.sets.minus(before, reach);
            taken.push((rule.id.clone(), served));
            remaining = self.sets.minus(remaining, served);
        }
        for (team, set) in reached {
            if set == NONE
                && let Some(found) = self.routing.teams.get(team)
            {
                let name = &found.name;
                let message = Words::new(
                    format!("no lead ever comes to team `{name}`"),
                    format!("チーム「{name}」に割り当てられるリードが存在しません"),
                );
                self.finding(FindingKind::Unreachable, None, &[team], message, None);
            }
        }
        self.rest(remaining);
        self.findings.sort_by(|a, b| (&a.rule, &a.teams).cmp(&(&b.rule, &b.teams)));
    }

    /// All leads there can be: with the field that the policy separates by, those with one value at most.
    fn domain(&mut self) -> u32 {
        let Some(separate) = self.policy.separate else { return ALL };
        let parts: Vec<usize> = (0..self.variables.len())
            .filter(|number| {
                let key = self.variables.get(*number).map(|variable| &variable.key);
                matches!(key, Some(Key::Has(field, _)) if *field == separate)
            })
            .collect();
        let (mut none, mut one) = (ALL, NONE);
        for part in parts {
            let has = self.sets.values(part, |value| value == 0);
            let without = self.sets.not(has);
            let now = self.sets.and(none, has);
            let still = self.sets.and(one, without);
            one = self.sets.or(now, still);
            none = self.sets.and(none, without);
        }
        self.sets.or(none, one)
    }

    fn never(&mut self, rule: &str, when: u32, taken: &[(String, u32)]) {
        let domain = self.domain();
        if self.sets.and(domain, when) == NONE {
            let message = Words::new(
                format!("the condition of rule `{rule}` holds for no lead"),
                format!("ルール「{rule}」の条件を満たすリードが存在しません"),
            );
            return self.finding(FindingKind::Unreachable, Some(rule), &[], message, None);
        }
        let by: Vec<String> = taken
            .iter()
            .filter(|(_, set)| self.sets.and(*set, when) != NONE)
            .map(|(id, _)| format!("`{id}`"))
            .collect();
        let message = Words::new(
            format!("every lead of rule `{rule}` is taken before it, by {}", by.join(", ")),
            format!("ルール「{rule}」の対象はすべて先行ルール（{}）が取得します", by.join("、")),
        );
        let example = self.example(when);
        self.finding(FindingKind::Shadowed, Some(rule), &[], message, example);
    }

    /// The leads that the teams of a cut take.
    fn cut(&mut self, rule: &str, cut: usize, reach: u32, reached: &mut BTreeMap<usize, u32>) -> u32 {
        let teams: Vec<usize> = self.routing.by_cut.get(cut).map(|teams| teams.to_vec()).unwrap_or_default();
        let covers: Vec<(u32, u32)> =
            teams.iter().map(|team| (self.named(*team), self.covers(*team))).collect();
        let (mut free, mut all) = (reach, NONE);
        // Those that name the company go before the others.
        let mut parts: Vec<u32> = Vec::with_capacity(teams.len());
        for (named, _) in &covers {
            let part = self.sets.and(free, *named);
            free = self.sets.minus(free, part);
            parts.push(part);
        }
        let named_free = free;
        for ((_, cover), part) in covers.iter().zip(&mut parts) {
            let more = self.sets.and(free, *cover);
            free = self.sets.minus(free, more);
            *part = self.sets.or(*part, more);
        }
        self.ties(rule, &teams, &covers, named_free);
        for (team, part) in teams.iter().zip(&parts) {
            let known = reached.entry(*team).or_insert(NONE);
            *known = self.sets.or(*known, *part);
            if *part != NONE {
                let own = self.routing.teams.get(*team).and_then(|team| team.cut);
                let above = self.routing.teams.get(*team).map(|team| &team.above).into_iter().flatten();
                let same = above
                    .copied()
                    .filter(|above| self.routing.teams.get(*above).and_then(|team| team.cut) == own);
                let upwards: Vec<usize> = std::iter::once(*team).chain(same).collect();
                let served = self.served(rule, *team, &upwards, *part);
                all = self.sets.or(all, served);
            }
        }
        all
    }

    /// Two teams of one cut that cover a lead, of one priority and one depth.
    fn ties(&mut self, rule: &str, teams: &[usize], covers: &[(u32, u32)], reach: u32) {
        let place = |team: &Team| (team.priority, team.above.len());
        let mut seen: HashMap<(u32, usize), u32> = HashMap::new();
        for (index, team) in teams.iter().enumerate() {
            let (Some(found), Some((_, cover))) = (self.routing.teams.get(*team), covers.get(index)) else {
                continue;
            };
            let open = self.sets.and(reach, *cover);
            let before = seen.get(&place(found)).copied().unwrap_or(NONE);
            if self.sets.and(open, before) != NONE {
                let others = teams.iter().zip(covers).take(index);
                for (other, (_, other_cover)) in others {
                    let Some(second) = self.routing.teams.get(*other) else { continue };
                    let both = self.sets.and(open, *other_cover);
                    if place(second) != place(found) || both == NONE {
                        continue;
                    }
                    let message = Words::new(
                        format!(
                            "teams `{}` and `{}` both cover this lead, and neither goes before the other",
                            second.name, found.name
                        ),
                        format!(
                            "チーム「{}」と「{}」がともに担当範囲で、優先順位がありません",
                            second.name, found.name
                        ),
                    );
                    let example = self.example(both);
                    self.finding(FindingKind::Tie, Some(rule), &[*other, *team], message, example);
                    break;
                }
            }
            let now = self.sets.or(before, open);
            seen.insert(place(found), now);
        }
    }

    /// The leads of a team, if somebody is active in it or in those that step in for it.
    fn served(&mut self, rule: &str, team: usize, upwards: &[usize], leads: u32) -> u32 {
        let active = |team: &usize| {
            let pool = self.people.pools.get(*team);
            let pool = pool.into_iter().flat_map(|pool| pool.iter());
            pool.filter(|member| self.people.get(**member).is_some_and(|person| person.active)).count()
        };
        let own = active(&team);
        let all: usize = upwards.iter().map(active).sum();
        let name = self.routing.teams.get(team).map_or("", |team| team.name.as_str());
        if own == 0 {
            let message = Words::new(
                format!("nobody in team `{name}` is active"),
                format!("チーム「{name}」に稼働中のメンバーがいません"),
            );
            let example = self.example(leads);
            self.finding(FindingKind::EmptyPool, Some(rule), &[team], message, example);
        } else if own == 1 && all == 1 {
            let message = Words::new(
                format!("one member alone is active in team `{name}`"),
                format!("チーム「{name}」の稼働メンバーは1名だけです"),
            );
            let example = self.example(leads);
            self.finding(FindingKind::SinglePoint, Some(rule), &[team], message, example);
        }
        if all > 0 { leads } else { NONE }
    }

    fn rest(&mut self, remaining: u32) {
        if remaining == NONE {
            return;
        }
        let example = self.example(remaining);
        match &self.policy.queue {
            Some(queue) if self.queue_works() => {
                let owner = &queue.owner;
                let message = Words::new(
                    format!("no rule takes this lead: it goes to the queue of `{owner}`"),
                    format!("該当するルールがなく、キュー（責任者「{owner}」）に入ります"),
                );
                self.finding(FindingKind::QueueOnly, None, &[], message, example);
            }
            Some(queue) => {
                let owner = &queue.owner;
                let message = Words::new(
                    format!("no rule takes this lead, and the owner of the queue, `{owner}`, is not active"),
                    format!("該当するルールがなく、キューの責任者「{owner}」も稼働していません"),
                );
                self.finding(FindingKind::Gap, None, &[], message, example);
            }
            None => {
                let message = Words::new(
                    "no rule takes this lead, and there is no queue",
                    "該当するルールがなく、キューもありません",
                );
                self.finding(FindingKind::Gap, None, &[], message, example);
            }
        }
    }

    fn queue_works(&self) -> bool {
        self.policy.queue.as_ref().is_some_and(|queue| self.people.active(&queue.owner).is_some())
    }

    fn finding(
        &mut self,
        kind: FindingKind,
        rule: Option<&str>,
        teams: &[usize],
        message: Words,
        example: Option<Example>,
    ) {
        let teams =
            teams.iter().filter_map(|team| Some(self.routing.teams.get(*team)?.name.clone())).collect();
        let error = matches!(kind, FindingKind::Gap | FindingKind::Tie);
        let (policy, rule) = (self.policy.name.clone(), rule.map(str::to_owned));
        self.findings.push(Finding { kind, error, policy, rule, teams, message, example });
    }
}

/// Sets of conditions.
impl Verifier<'_> {
    /// The leads that a team covers.
    fn covers(&mut self, team: usize) -> u32 {
        let Some(found) = self.routing.teams.get(team) else { return NONE };
        let mut all = self.own(team);
        for above in &found.above {
            let more = self.own(*above);
            all = self.sets.and(all, more);
        }
        let named = self.named(team);
        self.sets.or(named, all)
    }

    fn own(&mut self, team: usize) -> u32 {
        let Some(found) = self.routing.teams.get(team) else { return NONE };
        let named = self.named(team);
        let covers = match &found.covers {
            Some(covers) => self.set(covers, covers.root()),
            None if found.accounts.is_empty() => ALL,
            None => NONE,
        };
        self.sets.or(named, covers)
    }

    fn named(&mut self, team: usize) -> u32 {
        match self.numbers.get(&Key::Named(team)) {
            Some(number) => self.sets.values(*number, |value| value == 0),
            None => NONE,
        }
    }

    fn set(&mut self, program: &Program, node: &Node) -> u32 {
        match &node.kind {
            NodeKind::Const(Constant::Bool(value)) => u32::from(*value),
            NodeKind::All(parts) => parts.iter().fold(ALL, |set, part| {
                let part = self.set(program, part);
                self.sets.and(set, part)
            }),
            NodeKind::Any(parts) => parts.iter().fold(NONE, |set, part| {
                let part = self.set(program, part);
                self.sets.or(set, part)
            }),
            NodeKind::Not(of) => {
                let set = self.set(program, of);
                self.sets.not(set)
            }
            _ => {
                let (key, _) = self.key(program, node);
                let Some(number) = self.numbers.get(&key).copied() else { return NONE };
                if matches!(key, Key::Has(..) | Key::Opaque(_)) {
                    return self.sets.values(number, |value| value == 0);
                }
                let cells =
                    self.variables.get(number).map(|variable| variable.cells.as_slice()).unwrap_or_default();
                let held: Vec<bool> = cells.iter().map(|cell| self.holds(&key, cell, node)).collect();
                self.sets.values(number, |value| held.get(value).copied().unwrap_or(false))
            }
        }
    }

    fn collect(&mut self, program: &Program, node: &Node) {
        match &node.kind {
            NodeKind::Const(Constant::Bool(_)) => {}
            NodeKind::All(parts) | NodeKind::Any(parts) => {
                parts.iter().for_each(|part| self.collect(program, part))
            }
            NodeKind::Not(of) => self.collect(program, of),
            _ => {
                let (key, constants) = self.key(program, node);
                let number = self.variable(key);
                if let Some(variable) = self.variables.get_mut(number) {
                    variable.constants.extend(constants);
                }
            }
        }
    }

    fn collect_team(&mut self, team: usize) {
        let Some(found) = self.routing.teams.get(team) else { return };
        for team in std::iter::once(team).chain(found.above.iter().copied()) {
            let Some(found) = self.routing.teams.get(team) else { continue };
            if !found.accounts.is_empty() {
                self.variable(Key::Named(team));
            }
            if let Some(covers) = &found.covers {
                self.collect(covers, covers.root());
            }
        }
    }

    fn variable(&mut self, key: Key) -> usize {
        let next = self.variables.len();
        let number = *self.numbers.entry(key.clone()).or_insert(next);
        if number == next {
            self.variables.push(Variable { key, constants: Vec::new(), cells: Vec::new() });
        }
        number
    }

    /// What a condition without parts looks at, and the constants that it compares with.
    fn key(&self, program: &Program, node: &Node) -> (Key, Vec<Constant>) {
        let opaque = || {
            let text = program.source().get(node.extent.start..node.extent.end).unwrap_or("");
            (Key::Opaque(text.into()), Vec::new())
        };
        match &node.kind {
            NodeKind::In(item, list) => match (item.constant(), &list.kind) {
                (Some(Constant::Text(text)), NodeKind::Field(field)) => {
                    (Key::Has(*field, text.clone()), Vec::new())
                }
                _ => opaque(),
            },
            NodeKind::Compare(sign, left, right) => {
                let Some(constant) = right.constant() else { return opaque() };
                let ordered = !matches!(sign, Comparison::Equal | Comparison::NotEqual);
                let texts = matches!(constant, Constant::Text(_) | Constant::List(_));
                match self.place(left) {
                    Some(key) if !(ordered && texts) => (key, vec![constant.clone()]),
                    _ => opaque(),
                }
            }
            NodeKind::InConstants(item, constants) => match self.place(item) {
                Some(key) => (key, constants.items.to_vec()),
                None => opaque(),
            },
            _ => match self.place(node) {
                Some(key) => (key, vec![Constant::Bool(true)]),
                None => opaque(),
            },
        }
    }

    /// The part of a lead that a node is, where it has cells.
    fn place(&self, node: &Node) -> Option<Key> {
        Some(match &node.kind {
            NodeKind::Field(field) if self.model.field_at(*field)?.1.kind != FieldType::Set => {
                Key::Field(*field)
            }
            NodeKind::Rank(card) => Key::Rank(*card),
            NodeKind::Figure(card, figure) => Key::Figure(*card, *figure),
            NodeKind::Account(part) => Key::Account(*part),
            NodeKind::Source(key) => Key::Source(key.clone()),
            _ => return None,
        })
    }
}

/// Cells.
impl Verifier<'_> {
    /// Values that stand for the cells of a variable, those that conditions name first and empty last.
    fn cells(&self, number: usize) -> Vec<Sample> {
        let Some(variable) = self.variables.get(number) else { return Vec::new() };
        let kind = match &variable.key {
            Key::Has(..) | Key::Named(_) | Key::Opaque(_) => {
                return vec![Sample::Bool(true), Sample::Bool(false)];
            }
            Key::Account(AccountPart::Customer) => return vec![Sample::Bool(true), Sample::Bool(false)],
            Key::Rank(card) => {
                let ranks = self.cards.get(*card).map(|(_, ranks)| ranks.as_slice()).unwrap_or_default();
                let cells = ranks.iter().map(|rank| Sample::Text((*rank).to_owned()));
                return cells.chain([Sample::Null]).collect();
            }
            Key::Field(field) => self.model.field_at(*field).map(|(_, field)| field.kind),
            Key::Figure(..) => Some(FieldType::Number),
            Key::Account(_) | Key::Source(_) => None,
        };
        let mut cells: Vec<Sample> = Vec::new();
        let mut numbers: Vec<f64> = Vec::new();
        for constant in &variable.constants {
            match constant {
                Constant::Bool(value) => cells.push(Sample::Bool(*value)),
                Constant::Text(text) => cells.push(Sample::Text(text.as_ref().to_owned())),
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "cells for an example; the neighbours are tried as well"
                )]
                Constant::Int(value) => numbers.push(*value as f64),
                Constant::Double(value) if value.is_finite() => numbers.push(*value),
                Constant::Time(micros) => {
                    let step = if kind == Some(FieldType::Date) { 86_400_000_000 } else { 1 };
                    let around = [*micros, micros.saturating_add(step), micros.saturating_sub(step)];
                    cells.extend(around.map(Sample::Time));
                }
                _ => {}
            }
        }
        cells.extend(between(&mut numbers, kind));
        match kind {
            Some(FieldType::Boolean) => cells.extend([Sample::Bool(true), Sample::Bool(false)]),
            Some(FieldType::Integer | FieldType::Number | FieldType::Date | FieldType::Timestamp) => {}
            _ => cells.push(Sample::Text(self.other(&cells, &variable.key))),
        }
        if !matches!(variable.key, Key::Figure(..)) {
            cells.push(Sample::Null);
        }
        cells.dedup();
        let mut apart: Vec<Sample> = Vec::with_capacity(cells.len());
        for cell in cells {
            if !apart.contains(&cell) {
                apart.push(cell);
            }
        }
        apart
    }

    /// A text that no condition names; one that the field declares, if there is one.
    fn other(&self, cells: &[Sample], key: &Key) -> String {
        let named =
            |text: &str| cells.iter().any(|cell| matches!(cell, Sample::Text(known) if known == text));
        if let Key::Field(field) = key
            && let Some((_, field)) = self.model.field_at(*field)
            && let Some(value) = field.values.iter().find(|value| !named(value))
        {
            return value.clone();
        }
        let mut other = "other".to_owned();
        while named(&other) {
            other.push('-');
        }
        other
    }

    /// Whether a condition without parts holds for a value.
    fn holds(&self, key: &Key, cell: &Sample, node: &Node) -> bool {
        let mut lead = Lead::new("example");
        let mut given = Given::default();
        let field = match key {
            Key::Field(field) => Some((*field, cell.as_cell())),
            Key::Source(key) => {
                lead.source.insert(key.as_ref().to_owned(), cell.to_value());
                None
            }
            _ => {
                given.set(key, cell);
                None
            }
        };
        let (field, value) = field.unwrap_or((usize::MAX, Cell::Null));
        let facts = Facts::of_field(self.model, &lead, field, value);
        let derived: &dyn Derived = &given;
        holds(node, &Frame { facts: &facts, at: 0, activity: None, derived: Some(derived) })
    }

    /// A lead of a set.
    fn example(&self, set: u32) -> Option<Example> {
        let mut lead = Lead::new("example");
        let mut given = Vec::new();
        for (number, value) in self.sets.example(set)? {
            let variable = self.variables.get(number)?;
            let cell = variable.cells.get(value)?;
            let holds = value == 0;
            let field = |field: &usize| self.model.field_at(*field).map_or("", |(name, _)| name);
            let card = |card: &usize| self.cards.get(*card).map_or("", |(name, _)| *name);
            match &variable.key {
                Key::Field(number) => {
                    lead.fields.insert(field(number).to_owned(), cell.to_field(self.model, *number));
                }
                Key::Has(number, text) => {
                    let entry =
                        lead.fields.entry(field(number).to_owned()).or_insert(Value::List(Vec::new()));
                    if let (Value::List(items), true) = (entry, holds) {
                        items.push(Value::Text(text.as_ref().to_owned()));
                    }
                }
                Key::Source(key) => {
                    lead.source.insert(key.as_ref().to_owned(), cell.to_value());
                }
                Key::Rank(number) => given.push(format!("rank[\"{}\"] == {}", card(number), cell.text())),
                Key::Figure(number, figure) => {
                    let name =
                        Figure::ALL.iter().find(|(_, known)| known == figure).map_or("", |(name, _)| name);
                    given.push(format!("scores[\"{}\"].{name} == {}", card(number), cell.text()));
                }
                Key::Account(part) => {
                    let name =
                        AccountPart::ALL.iter().find(|(_, known)| known == part).map_or("", |(name, _)| name);
                    given.push(format!("account.{name} == {}", cell.text()));
                }
                Key::Named(team) => {
                    let name = self.routing.teams.get(*team).map_or("", |team| team.name.as_str());
                    let word = if holds { "is" } else { "is not" };
                    given.push(format!("the company {word} among the accounts of `{name}`"));
                }
                Key::Opaque(text) if holds => given.push(text.as_ref().to_owned()),
                Key::Opaque(text) => given.push(format!("!({text})")),
            }
        }
        Some(Example { lead, given })
    }
}

/// Numbers that stand for the constants and for what lies between and around them.
fn between(numbers: &mut Vec<f64>, kind: Option<FieldType>) -> Vec<Sample> {
    numbers.sort_by(f64::total_cmp);
    numbers.dedup_by(|a, b| a.total_cmp(b).is_eq());
    let mut cells = Vec::new();
    if kind == Some(FieldType::Integer) {
        for number in numbers {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a number beyond i64 is as far out as its end"
            )]
            let (floor, ceil) = (number.floor() as i64, number.ceil() as i64);
            let around = [floor, ceil, floor.saturating_add(1), floor.saturating_sub(1)];
            cells.extend(around.map(Sample::Int));
        }
        return cells;
    }
    for (index, number) in numbers.iter().enumerate() {
        cells.push(Sample::Double(*number));
        let next = numbers.get(index + 1).map_or(number + 1.0, |next| number + (next - number) / 2.0);
        cells.push(Sample::Double(next));
    }
    if let Some(first) = numbers.first() {
        cells.push(Sample::Double(first - 1.0));
    }
    cells
}

impl Sample {
    fn as_cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Bool(value) => Cell::Bool(*value),
            Self::Int(value) => Cell::Int(*value),
            Self::Double(value) => Cell::Float(*value),
            Self::Text(text) => Cell::Text(Text { text, symbol: 0 }),
            Self::Time(micros) => Cell::Time(*micros),
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Double(value) => Value::Float(*value),
            Self::Text(text) => Value::Text(text.clone()),
            Self::Time(micros) => {
                let instant = crate::base::time::Instant::from_micros(*micros);
                instant.map_or(Value::Null, |instant| Value::Text(instant.to_string()))
            }
        }
    }

    /// As the field of a record: a date without its time.
    fn to_field(&self, model: &Model, field: usize) -> Value {
        match (self.to_value(), model.field_at(field).map(|(_, field)| field.kind)) {
            (Value::Text(text), Some(FieldType::Date)) => Value::Text(text.chars().take(10).collect()),
            (value, _) => value,
        }
    }

    fn text(&self) -> String {
        match self.to_value() {
            Value::Text(text) => format!("\"{text}\""),
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Int(value) => value.to_string(),
            Value::Float(value) => value.to_string(),
            _ => String::new(),
        }
    }
}

/// One thing that is known besides the record.
#[derive(Default)]
struct Given {
    rank: Option<String>,
    figure: Points,
    account: Option<CompanyAccount>,
}

impl Given {
    fn set(&mut self, key: &Key, cell: &Sample) {
        let text = match cell {
            Sample::Text(text) => Some(text.clone()),
            _ => None,
        };
        match (key, cell) {
            (Key::Rank(_), _) => self.rank = text,
            (Key::Figure(..), Sample::Double(value)) => {
                self.figure = Points::from_f64(*value).unwrap_or(Points::ZERO);
            }
            (Key::Account(part), _) => {
                let none = CompanyAccount::default();
                self.account = match part {
                    AccountPart::Id => text.map(|id| CompanyAccount { id, ..none }),
                    AccountPart::Owner => Some(CompanyAccount { owner: text, ..none }),
                    AccountPart::Parent => Some(CompanyAccount { parent: text, ..none }),
                    AccountPart::Customer => {
                        Some(CompanyAccount { customer: *cell == Sample::Bool(true), ..none })
                    }
                };
            }
            _ => {}
        }
    }
}

impl Derived for Given {
    fn figure(&self, _card: usize, _figure: Figure) -> Points {
        self.figure
    }

    fn rank(&self, _card: usize) -> Option<&str> {
        self.rank.as_deref()
    }

    fn in_segment(&self, _segment: usize) -> bool {
        false
    }

    fn account(&self) -> Option<&CompanyAccount> {
        self.account.as_ref()
    }
}
