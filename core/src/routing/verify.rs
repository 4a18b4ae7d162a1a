//! Proof, before it goes live, that a policy makes exactly one team accountable for every lead there can be.
//!
//! Every field that conditions look at falls into a few cells on which all of them agree: the texts that they name
//! and any other, the numbers between the ones they compare with, empty. A condition is then a set of combinations of
//! cells, kept as a decision diagram, and a gap is what is left when all rules have taken theirs. What cannot be cut
//! into cells (history, segments, parts of texts) may hold or not, whatever the rest says: a policy that passes holds
//! for more leads than there can be, never for fewer.

mod cells;
mod findings;
mod sets;

use std::collections::{BTreeMap, HashMap};

use crate::base::sets::{ALL, Diagrams, NONE};
use crate::lead::assignment::Words;
use crate::lead::model::Model;
use crate::routing::compile::{Policy, Routing, Target, Team};
use crate::routing::people::People;

use cells::{Key, Variable};
pub use findings::{Example, Finding, FindingKind, Verification};

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
