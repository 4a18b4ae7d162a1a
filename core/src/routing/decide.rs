//! Who is accountable for a lead, who is informed, and why.

use serde::Serialize;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::hash::stable_hash;
use crate::base::time::Zone;
use crate::expr::{Frame, Program};
use crate::lead::account::CompanyAccount;
use crate::lead::assignment::{Assignment, Informed, Words};
use crate::lead::facts::Cell;
use crate::routing::compile::{Policy, Routing, Rule, Target, Team};
use crate::routing::fair::{self, Presence, Seat};
use crate::routing::people::{People, Person};
use crate::routing::policy::AssignBy;
use crate::routing::roster::{Load, Roster};
use crate::routing::words;

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
    changed: bool,
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
        Ok(Self { routing, people, roster: roster.clone(), balances, load, changed: false })
    }

    /// The roster as it is now, its revision one higher if anything changed.
    pub(crate) fn close(self) -> Roster {
        let mut roster = self.roster;
        if !self.changed {
            return roster;
        }
        roster.revision += 1;
        for ((team, pool), balances) in self.routing.teams.iter().zip(&self.people.pools).zip(&self.balances)
        {
            let ids = pool.iter().filter_map(|member| Some(self.people.get(*member)?.id.clone()));
            let kept = ids.zip(balances.iter().copied()).filter(|(_, balance)| *balance != 0).collect();
            roster.balances.insert(team.name.clone(), kept);
        }
        roster.balances.retain(|_, kept| !kept.is_empty());
        for (person, load) in self.people.members.iter().zip(&self.load) {
            if let Some(load) = load {
                roster.load.insert(person.id.clone(), *load);
            }
        }
        roster
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
            self.changed = true;
        }
    }

    /// Takes an open lead off a member, whether or not he still works here.
    pub(crate) fn give_up(&mut self, id: &str) {
        if let Some(load) = self.people.number(id).and_then(|member| self.load.get_mut(member)) {
            let load = load.get_or_insert_default();
            load.open = load.open.saturating_sub(1);
            self.changed = true;
        }
    }

    /// The first of the rules that gives somebody; else the owner of the queue; else, where teams were asked and all
    /// of them are away or full, whoever's turn it is in the first of these teams.
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
            format!("rule `{}`: everybody in {label} is away or full; {name} in turn all the same", rule.id),
            format!("ルール「{}」：{label}は全員不在または上限。順番により{name}", rule.id),
        );
        Some(Choice { rule: Some(rule), team: Some(team), owner, reason })
    }

    /// The next member of a team who is there, has room, and brings what the rule asks for.
    pub(crate) fn pick(
        &mut self,
        team: usize,
        rule: &Rule,
        view: &View<'_>,
        tried: &[usize],
        mut passed: Option<&mut Vec<PassedOver>>,
    ) -> Option<usize> {
        let at = view.frame.at;
        let pool = self.people.pools.get(team)?;
        let mut seats = Vec::with_capacity(pool.len());
        for member in pool {
            let Some(person) = self.people.get(*member) else { continue };
            let full = || !person.has_room(self.load.get(*member).and_then(Option::as_ref), at);
            let (presence, because) = if !person.active {
                (Presence::Away, "inactive")
            } else if tried.contains(member) {
                (Presence::Apart, "tried")
            } else if !skilled(person, rule, view) {
                (Presence::Apart, "skill")
            } else if !speaks(person, rule, view) {
                (Presence::Apart, "language")
            } else if person.calendar.is_away(at) {
                (Presence::Away, "away")
            } else if full() {
                (Presence::Away, "full")
            } else {
                (Presence::Here, "")
            };
            if let (Some(passed), false) = (passed.as_deref_mut(), because.is_empty()) {
                passed.push(PassedOver { member: person.id.clone(), because });
            }
            let weight = if rule.by == AssignBy::RoundRobin { 1 } else { person.weight };
            seats.push(Seat { weight, presence });
        }
        let place = match rule.by {
            AssignBy::RoundRobin | AssignBy::Weighted => fair::next(self.balances.get_mut(team)?, &seats)?,
            AssignBy::LeastLoaded => self.least_loaded(pool, &seats)?,
            AssignBy::Sticky => self.sticky(team, &seats, view)?,
        };
        self.changed = true;
        pool.get(place).copied()
    }

    /// Whoever's turn it is among all who work there, away or full or not.
    pub(crate) fn anybody(&mut self, team: usize, rule: &Rule) -> Option<usize> {
        let pool = self.people.pools.get(team)?;
        let seat = |member: &usize| {
            let person = self.people.get(*member);
            let presence =
                if person.is_some_and(|person| person.active) { Presence::Here } else { Presence::Away };
            let weighted = rule.by != AssignBy::RoundRobin;
            Seat { weight: person.filter(|_| weighted).map_or(1, |person| person.weight), presence }
        };
        let seats: Vec<Seat> = pool.iter().map(seat).collect();
        let place = fair::next(self.balances.get_mut(team)?, &seats)?;
        pool.get(place).copied()
    }

    fn has_active(&self, team: usize) -> bool {
        let pool = self.people.pools.get(team);
        pool.into_iter().flatten().any(|member| self.people.get(*member).is_some_and(|person| person.active))
    }

    /// The place of the member here with the fewest open leads for the weight; of equals, the first.
    fn least_loaded(&self, pool: &[usize], seats: &[Seat]) -> Option<usize> {
        let open =
            |member: usize| self.load.get(member).copied().flatten().map_or(0, |load| i64::from(load.open));
        let here =
            pool.iter().zip(seats).enumerate().filter(|(_, (_, seat))| seat.presence == Presence::Here);
        here.map(|(place, (member, seat))| (place, open(*member), seat.weight))
            .min_by(|a, b| (a.1 * b.2).cmp(&(b.1 * a.2)).then(a.0.cmp(&b.0)))
            .map(|(place, ..)| place)
    }

    /// The place of the company's member: by a hash over all who could be asked, and over those here if he is not.
    fn sticky(&self, team: usize, seats: &[Seat], view: &View<'_>) -> Option<usize> {
        let company = match (view.account, view.keys.first()) {
            (Some(account), _) => account.id.as_str(),
            (None, Some(key)) => key.as_str(),
            (None, None) => view.frame.facts.lead.id.as_str(),
        };
        let team = self.routing.teams.get(team).map_or("", |team| team.name.as_str());
        let drawn = |round: &str, takes: &dyn Fn(&Seat) -> bool| {
            let total: i64 = seats.iter().filter(|seat| takes(seat)).map(|seat| seat.weight).sum();
            let total = u64::try_from(total).ok().filter(|total| *total > 0)?;
            let mut point = stable_hash(&["sticky", team, company, round]) % total;
            seats.iter().position(|seat| {
                let weight = if takes(seat) { u64::try_from(seat.weight).unwrap_or(0) } else { 0 };
                let hit = point < weight;
                point = point.saturating_sub(weight);
                hit
            })
        };
        let first = drawn("1", &|seat| seat.presence != Presence::Apart)?;
        if seats.get(first).is_some_and(|seat| seat.presence == Presence::Here) {
            return Some(first);
        }
        drawn("2", &|seat| seat.presence == Presence::Here)
    }

    /// The teams of a cut that cover a lead, the one that goes before the others first.
    fn covering<'v>(
        &'v self,
        view: &'v View<'v>,
        cut: usize,
        warnings: &'v mut Vec<Diagnostic>,
    ) -> Covering<'v> {
        let teams: &[usize] = self.routing.by_cut.get(cut).map_or(&[], AsRef::as_ref);
        Covering { routing: self.routing, view, teams, warnings }
    }

    /// Who is informed of a hand-over, and why.
    pub(crate) fn informed(
        &self,
        view: &View<'_>,
        policy: &Policy,
        choice: &Choice<'_>,
        lead: &[Assignment],
        warnings: &mut Vec<Diagnostic>,
    ) -> Vec<Informed> {
        let mut all: Vec<Informed> = Vec::new();
        let owner = self.name(choice.owner).to_owned();
        let owner_id = self.person(choice.owner).map_or("", |person| person.id.as_str());
        let mut add = |team: Option<&Team>, member: Option<&str>, en: String, ja: String| {
            let member = member.filter(|member| *member != owner_id);
            if team.is_none() && member.is_none() {
                return;
            }
            let (team, member) = (team.map(|team| team.name.clone()), member.map(str::to_owned));
            if all.iter().any(|known| (&known.team, &known.member) == (&team, &member)) {
                return;
            }
            let reason =
                Words::new(format!("{en}; {owner} is accountable"), format!("{ja}。責任者は{owner}"));
            all.push(Informed { team, member, reason });
        };
        let rule = choice.rule.map(|rule| &rule.informed).into_iter().flatten();
        for target in rule.chain(&policy.informed) {
            match target {
                Target::Cut(cut) => {
                    let cut_name = self.routing.cut_name(*cut);
                    for team in self.covering(view, *cut, warnings).all() {
                        if Some(team) == choice.team {
                            continue;
                        }
                        let Some(team) = self.routing.teams.get(team) else { continue };
                        let manager = team.manager.as_deref().filter(|id| self.people.active(id).is_some());
                        add(
                            Some(team),
                            manager,
                            format!("covers this lead by {cut_name}"),
                            format!("{}カットの担当範囲", words::cut_ja(cut_name)),
                        );
                    }
                }
                Target::Team(team) if Some(*team) != choice.team => {
                    let Some(team) = self.routing.teams.get(*team) else { continue };
                    let manager = team.manager.as_deref().filter(|id| self.people.active(id).is_some());
                    add(Some(team), manager, "named by the policy".to_owned(), "ポリシーの指定".to_owned());
                }
                Target::Member(member) => {
                    add(None, Some(member), "named by the policy".to_owned(), "ポリシーの指定".to_owned());
                }
                Target::AccountOwner => {
                    let owner = view.account.and_then(|account| account.owner.as_deref());
                    add(None, owner, "looks after the account".to_owned(), "取引先の担当".to_owned());
                }
                Target::PreviousOwner => {
                    let owner = previous(lead, &policy.name, view.about);
                    add(None, owner, "had this lead before".to_owned(), "以前の担当".to_owned());
                }
                Target::Manager => {
                    let team = choice.team.and_then(|team| self.routing.teams.get(team));
                    let manager = team.and_then(|team| team.manager.as_deref());
                    add(None, manager, "manages the team".to_owned(), "チームの責任者".to_owned());
                }
                Target::Team(_) | Target::Queue => {}
            }
        }
        all
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

    /// The team, and those of its own cut that it is part of: they step in where nobody of it is there.
    fn upwards(&self, team: usize) -> Vec<usize> {
        let cut = |team: usize| self.routing.teams.get(team).and_then(|team| team.cut);
        let above = self.routing.teams.get(team).map(|team| &team.above).into_iter().flatten();
        std::iter::once(team).chain(above.copied().filter(|above| cut(*above) == cut(team))).collect()
    }

    pub(crate) fn label(&self, team: usize) -> &str {
        let team = self.routing.teams.get(team);
        team.map_or("", |team| team.label.as_deref().unwrap_or(&team.name))
    }

    fn reason(&self, rule: &Rule, team: usize, target: &Target, owner: usize) -> Words {
        let cut = match target {
            Target::Cut(cut) => Some(self.routing.cut_name(*cut)),
            _ => None,
        };
        let who = words::team(self.label(team), cut);
        let (name, id) = (self.name(owner), &rule.id);
        let (how_en, how_ja) = words::chosen(rule.by);
        let partner = self.routing.teams.get(team).is_some_and(|team| team.partner);
        let (partner_en, partner_ja) = if partner { (", a partner", "・パートナー") } else { ("", "") };
        Words::new(
            format!("rule `{id}`: {}{partner_en}; {name}, {how_en}", who.en),
            format!("ルール「{id}」：{}{partner_ja}、{name}（{how_ja}）", who.ja),
        )
    }

    fn personal(
        &self,
        rule: &Rule,
        target: &Target,
        member: usize,
        owner: usize,
        account: Option<&CompanyAccount>,
    ) -> Words {
        let (id, name) = (&rule.id, self.name(member));
        let company = account.map_or("", |account| account.names.first().unwrap_or(&account.id).as_str());
        let mut words = match target {
            Target::AccountOwner => Words::new(
                format!("rule `{id}`: {name} looks after the account {company}"),
                format!("ルール「{id}」：{name}は取引先「{company}」の担当"),
            ),
            Target::PreviousOwner => Words::new(
                format!("rule `{id}`: {name} had this lead before"),
                format!("ルール「{id}」：{name}は以前の担当"),
            ),
            _ => Words::new(
                format!("rule `{id}`: {name} is accountable for the queue"),
                format!("ルール「{id}」：キューの責任者は{name}"),
            ),
        };
        if owner != member {
            let deputy = self.name(owner);
            words.en.push_str(&format!("; {deputy} stands in"));
            words.ja.push_str(&format!("、代理は{deputy}"));
        }
        words
    }
}

/// Teams of a cut, looked at one after another.
struct Covering<'v> {
    routing: &'v Routing,
    view: &'v View<'v>,
    teams: &'v [usize],
    warnings: &'v mut Vec<Diagnostic>,
}

impl Covering<'_> {
    /// The team that goes before the others: one that names the account, else the first that covers the lead.
    fn next_one(mut self) -> Option<usize> {
        let teams = self.teams;
        let named = teams.iter().copied().find(|team| {
            let own = self.routing.teams.get(*team);
            own.is_some_and(|own| !own.accounts.is_empty() && self.names(own))
        });
        named.or_else(|| teams.iter().copied().find(|team| self.covers(*team)))
    }

    fn all(mut self) -> Vec<usize> {
        let teams = self.teams;
        teams.iter().copied().filter(|team| self.covers(*team)).collect()
    }

    fn names(&self, team: &Team) -> bool {
        self.view.keys.iter().any(|key| team.accounts.contains(key))
    }

    fn covers(&mut self, team: usize) -> bool {
        let Some(team) = self.routing.teams.get(team) else { return false };
        if self.names(team) {
            return true;
        }
        self.own(team)
            && team
                .above
                .iter()
                .all(|above| self.routing.teams.get(*above).is_some_and(|above| self.own(above)))
    }

    /// Whether a team's own condition holds, or it names the account; a team with neither covers everything.
    fn own(&mut self, team: &Team) -> bool {
        match &team.covers {
            _ if self.names(team) => true,
            Some(covers) => test(covers, &self.view.frame, &team.name, self.warnings),
            None => team.accounts.is_empty(),
        }
    }
}

/// Whether a condition holds; a failing one does not.
fn test(program: &Program, frame: &Frame<'_>, what: &str, warnings: &mut Vec<Diagnostic>) -> bool {
    program.test(frame).unwrap_or_else(|failure| {
        let message = format!("the condition of `{what}` does not hold here: {}", failure.message);
        warnings.push(
            Diagnostic::warning(Code::ExprFailed, message)
                .at("/routing")
                .with_help("guard the expression, so that it holds for every value that the fields can have"),
        );
        false
    })
}

/// Who last had the lead under this policy, or under any.
fn previous<'a>(assignments: &'a [Assignment], policy: &str, about: Option<&str>) -> Option<&'a str> {
    let same = |found: &&Assignment| found.policy == policy && found.about.as_deref() == about;
    let found = assignments.iter().rev().find(same).or_else(|| assignments.last());
    found.map(|found| found.owner.as_str())
}

fn skilled(person: &Person, rule: &Rule, view: &View<'_>) -> bool {
    rule.skills.iter().all(|skill| person.can(skill))
        && rule.skill_field.is_none_or(|field| texts(view, field, |skill| person.can(skill)))
}

fn speaks(person: &Person, rule: &Rule, view: &View<'_>) -> bool {
    rule.language_field.is_none_or(|field| texts(view, field, |language| person.speaks(language)))
}

/// Whether all texts of a field pass; an empty field has none.
fn texts(view: &View<'_>, field: usize, pass: impl Fn(&str) -> bool) -> bool {
    match view.frame.facts.field(field) {
        Cell::Text(text) => pass(text.text),
        Cell::Set(items) => items.iter().all(|item| pass(item.text)),
        _ => true,
    }
}
