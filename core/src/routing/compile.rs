//! Checking and compiling routing.

use std::collections::{HashMap, HashSet};

use indexmap::IndexMap;

use crate::base::diagnostic::{Code, Diagnostic, escape};
use crate::base::duration::Duration;
use crate::base::suggest::nearest;
use crate::expr::{Env, Expected, Program};
use crate::lead::model::{FieldType, Identity, Model};
use crate::routing::people::{AccountKey, account_key};
use crate::routing::policy::{
    AssignBy, HandOverPolicy, QueuePolicy, RecyclePolicy, RouteRulePolicy, RoutingPolicy, SlaPolicy, Targets,
    TeamPolicy,
};

/// The cuts that need no declaration.
const CUTS: [&str; 4] = ["area", "account", "solution", "product"];

/// Everything about routing, ready to run.
#[derive(Debug, Default)]
pub(crate) struct Routing {
    pub(crate) teams: Box<[Team]>,
    pub(crate) cuts: Box<[String]>,
    /// For each cut its teams, those that go before others first.
    pub(crate) by_cut: Box<[Box<[usize]>]>,
    pub(crate) policies: Box<[Policy]>,
    pub(crate) recycle: IndexMap<String, RecyclePolicy>,
    /// Fields that name the company, and those with a mail or web address.
    pub(crate) company_fields: Box<[usize]>,
    pub(crate) domain_fields: Box<[usize]>,
    /// Whether some condition asks for scores, ranks or segments.
    pub(crate) asks_derived: bool,
    /// Whether teams name accounts, or leads of one company go to one member.
    pub(crate) asks_keys: bool,
}

#[derive(Debug)]
pub(crate) struct Team {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) cut: Option<usize>,
    pub(crate) covers: Option<Program>,
    /// Keys of its named accounts.
    pub(crate) accounts: HashSet<String>,
    /// The teams that it is part of, the innermost first.
    pub(crate) above: Box<[usize]>,
    pub(crate) priority: u32,
    pub(crate) partner: bool,
    pub(crate) manager: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) rules: Box<[Rule]>,
    pub(crate) informed: Box<[Target]>,
    pub(crate) queue: Option<QueuePolicy>,
    /// The field whose values are handed over one by one.
    pub(crate) separate: Option<usize>,
    pub(crate) sla: Option<SlaPolicy>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) when: Option<Program>,
    pub(crate) to: Box<[Target]>,
    pub(crate) informed: Box<[Target]>,
    pub(crate) by: AssignBy,
    pub(crate) skills: Box<[String]>,
    pub(crate) skill_field: Option<usize>,
    pub(crate) language_field: Option<usize>,
}

/// Whom a rule names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Cut(usize),
    Team(usize),
    AccountOwner,
    PreviousOwner,
    Queue,
    /// To inform only.
    Member(String),
    /// To inform only.
    Manager,
}

impl Routing {
    /// Compiles it; `cards` and `segments` are what conditions may name.
    pub(crate) fn compile(
        model: &Model,
        policy: &RoutingPolicy,
        cards: &[&str],
        segments: &[&str],
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let env = Env { cards, ranks: true, segments, account: true, ..Env::new(model) };
        let names: HashMap<&str, usize> =
            policy.teams.keys().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
        let mut compiler = Compiler { env, names, cuts: Vec::new(), problems };
        compiler.cuts(&policy.cuts);
        let above = compiler.hierarchy(policy);
        let teams: Box<[Team]> = policy
            .teams
            .iter()
            .zip(&above)
            .map(|((name, team), above)| compiler.team(name, team, above, policy))
            .collect();
        let cuts: Box<[String]> = compiler.cuts.iter().map(|cut| (*cut).to_owned()).collect();
        let by_cut: Box<[Box<[usize]>]> = (0..cuts.len()).map(|cut| in_order(&teams, cut)).collect();
        let policies: Box<[Policy]> =
            policy.policies.iter().map(|(name, policy)| compiler.policy(name, policy, &by_cut)).collect();
        let fields = |wanted: &dyn Fn(FieldType, Option<Identity>) -> bool| {
            let all = model.fields().enumerate();
            all.filter(|(_, (_, field))| wanted(field.kind, field.identity)).map(|(index, _)| index).collect()
        };
        let programs = teams.iter().filter_map(|team| team.covers.as_ref());
        let whens = policies.iter().flat_map(|policy| &policy.rules).filter_map(|rule| rule.when.as_ref());
        let asks_derived = programs.chain(whens).any(|program| {
            let reads = program.reads();
            !(reads.cards.is_empty() && reads.ranks.is_empty() && reads.segments.is_empty())
        });
        let mut rules = policies.iter().flat_map(|policy| &policy.rules);
        let asks_keys = teams.iter().any(|team| !team.accounts.is_empty())
            || rules.any(|rule| rule.by == AssignBy::Sticky);
        Self {
            asks_keys,
            teams,
            cuts,
            by_cut,
            policies,
            recycle: policy.recycle.clone(),
            company_fields: fields(&|kind, identity| {
                kind == FieldType::Text && identity == Some(Identity::Company)
            }),
            domain_fields: fields(&|kind, _| matches!(kind, FieldType::Email | FieldType::Url)),
            asks_derived,
        }
    }

    pub(crate) fn team(&self, name: &str) -> Option<usize> {
        self.teams.iter().position(|team| team.name == name)
    }

    /// The policy of a name, or the first.
    pub(crate) fn policy(&self, name: Option<&str>) -> Result<&Policy, Diagnostic> {
        let found = match name {
            Some(name) => self.policies.iter().find(|policy| policy.name == name),
            None => self.policies.first(),
        };
        found.ok_or_else(|| match name {
            Some(name) => {
                let known = self.policies.iter().map(|policy| policy.name.as_str());
                Diagnostic::error(Code::BadCall, format!("no routing policy is called `{name}`"))
                    .with_help("name one of the playbook's `routing/policies`")
                    .did_you_mean(nearest(name, known))
            }
            None => Diagnostic::error(Code::BadCall, "the playbook has no routing policy")
                .with_help("add one under `routing/policies`"),
        })
    }

    /// What people call a cut, a team.
    pub(crate) fn cut_name(&self, cut: usize) -> &str {
        self.cuts.get(cut).map_or("", String::as_str)
    }
}

/// Teams of a cut: by priority, then the innermost, then as written.
fn in_order(teams: &[Team], cut: usize) -> Box<[usize]> {
    let mut order: Vec<usize> =
        (0..teams.len()).filter(|team| teams.get(*team).is_some_and(|team| team.cut == Some(cut))).collect();
    let key = |team: &usize| {
        teams.get(*team).map(|team| (std::cmp::Reverse(team.priority), std::cmp::Reverse(team.above.len())))
    };
    order.sort_by_key(key);
    order.into_boxed_slice()
}

struct Compiler<'a, 'p> {
    env: Env<'a>,
    names: HashMap<&'a str, usize>,
    cuts: Vec<&'a str>,
    problems: &'p mut Vec<Diagnostic>,
}

impl<'a> Compiler<'a, '_> {
    fn problem(&mut self, path: &str, diagnostic: Diagnostic) {
        self.problems.push(diagnostic.at(path));
    }

    fn program(&mut self, source: &str, path: &str) -> Option<Program> {
        match Program::compile(source, &self.env, Expected::Bool) {
            Ok(program) => Some(program),
            Err(diagnostics) => {
                diagnostics.into_iter().for_each(|diagnostic| self.problem(path, diagnostic));
                None
            }
        }
    }

    fn cuts(&mut self, own: &'a [String]) {
        self.cuts.extend(CUTS);
        for (index, cut) in own.iter().enumerate() {
            let path = format!("/routing/cuts/{index}");
            let reserved =
                matches!(cut.as_str(), "" | "account-owner" | "previous-owner" | "queue" | "manager");
            if reserved || cut.contains(':') {
                let diagnostic =
                    Diagnostic::error(Code::BadName, format!("`{cut}` cannot be the name of a cut"));
                self.problem(&path, diagnostic.with_help("give it a short name that no target has"));
            } else if self.cuts.contains(&cut.as_str()) {
                let diagnostic =
                    Diagnostic::error(Code::DuplicateId, format!("the cut `{cut}` is there already"));
                self.problem(
                    &path,
                    diagnostic
                        .with_help("remove it: area, account, solution and product need no declaration"),
                );
            } else {
                self.cuts.push(cut);
            }
        }
    }

    /// For each team, the teams that it is part of.
    fn hierarchy(&mut self, policy: &RoutingPolicy) -> Vec<Box<[usize]>> {
        let mut parents = Vec::with_capacity(policy.teams.len());
        for (name, team) in &policy.teams {
            let parent = team.parent.as_deref().and_then(|parent| {
                let found = self.names.get(parent).copied();
                if found.is_none() {
                    let diagnostic = self.no_team(parent);
                    self.problem(&format!("/routing/teams/{}/parent", escape(name)), diagnostic);
                }
                found
            });
            parents.push(parent);
        }
        let mut all = Vec::with_capacity(parents.len());
        for (index, name) in policy.teams.keys().enumerate() {
            let mut above = Vec::new();
            let mut next = parents.get(index).copied().flatten();
            while let Some(team) = next {
                if team == index {
                    let diagnostic =
                        Diagnostic::error(Code::Cycle, format!("the team `{name}` is part of itself"));
                    let diagnostic = diagnostic.with_help("take out one `parent`");
                    self.problem(&format!("/routing/teams/{}/parent", escape(name)), diagnostic);
                }
                if team == index || above.contains(&team) {
                    break;
                }
                above.push(team);
                next = parents.get(team).copied().flatten();
            }
            all.push(above.into_boxed_slice());
        }
        all
    }

    fn no_team(&self, name: &str) -> Diagnostic {
        let known = nearest(name, self.names.keys().copied());
        Diagnostic::error(Code::UnknownReference, format!("there is no team `{name}`"))
            .with_help("declare it under `routing/teams`")
            .did_you_mean(known)
    }

    fn team(&mut self, name: &str, team: &TeamPolicy, above: &[usize], all: &RoutingPolicy) -> Team {
        let path = format!("/routing/teams/{}", escape(name));
        if name.is_empty() {
            let diagnostic = Diagnostic::error(Code::BadName, "a name cannot be empty");
            self.problem(&path, diagnostic.with_help("give it a short name"));
        }
        let covers =
            team.covers.as_deref().and_then(|covers| self.program(covers, &format!("{path}/covers")));
        let cut = team.cut.as_deref().and_then(|cut| {
            let found = self.cuts.iter().position(|known| *known == cut);
            if found.is_none() {
                let diagnostic =
                    Diagnostic::error(Code::UnknownReference, format!("there is no cut `{cut}`"))
                        .with_help("take area, account, solution or product, or declare it in `routing/cuts`")
                        .did_you_mean(nearest(cut, self.cuts.iter().copied()));
                self.problem(&format!("{path}/cut"), diagnostic);
            }
            found
        });
        if team.cut.is_none() && (team.covers.is_some() || !team.accounts.is_empty()) {
            let children = all.teams.values().any(|other| other.parent.as_deref() == Some(name));
            if !children {
                let message = format!("team `{name}` covers leads, and belongs to no cut");
                let diagnostic = Diagnostic::error(Code::KeyCombination, message);
                self.problem(
                    &path,
                    diagnostic.with_help("add `cut`; a team that rules name by `team:` needs no `covers`"),
                );
            }
        }
        let keys =
            |account: &String| [AccountKey::Id, AccountKey::Name].map(|kind| account_key(kind, account));
        let managers = std::iter::once(team)
            .chain(above.iter().filter_map(|above| all.teams.get_index(*above).map(|(_, team)| team)));
        let manager = managers.map(|team| team.manager.as_ref()).find(Option::is_some).flatten().cloned();
        Team {
            name: name.to_owned(),
            label: team.label.clone(),
            cut,
            covers,
            accounts: team.accounts.iter().flat_map(keys).collect(),
            above: above.into(),
            priority: team.priority,
            partner: team.partner,
            manager,
        }
    }

    fn policy(&mut self, name: &str, policy: &HandOverPolicy, by_cut: &[Box<[usize]>]) -> Policy {
        let path = format!("/routing/policies/{}", escape(name));
        if policy.accountable.is_empty() && policy.queue.is_none() {
            let diagnostic =
                Diagnostic::error(Code::Empty, format!("policy `{name}` makes nobody accountable"));
            self.problem(
                &path,
                diagnostic.with_help("add rules as `accountable`, or a `queue` with an owner"),
            );
        }
        let mut ids: HashMap<String, usize> = HashMap::new();
        let mut rules = Vec::with_capacity(policy.accountable.len());
        for (index, rule) in policy.accountable.iter().enumerate() {
            let compiled = self.rule(rule, index, &path, policy, by_cut);
            if let Some(first) = ids.insert(compiled.id.clone(), index) {
                let diagnostic =
                    Diagnostic::error(Code::DuplicateId, format!("two rules have the id `{}`", compiled.id))
                        .with_related("the first one", format!("{path}/accountable/{first}"));
                self.problem(
                    &format!("{path}/accountable/{index}"),
                    diagnostic.with_help("give each an id of its own"),
                );
            }
            rules.push(compiled);
        }
        let informed = self.targets((&policy.informed, false), &format!("{path}/informed"), None, by_cut);
        let separate = policy
            .separate
            .as_deref()
            .and_then(|field| self.field(field, &format!("{path}/separate"), &[FieldType::Set], "a set"));
        if let Some(sla) = &policy.sla {
            let timed = sla.accept.is_some() || sla.first_touch.is_some();
            if !timed && (!sla.then.is_empty() || sla.grace.is_some()) {
                let diagnostic =
                    Diagnostic::error(Code::KeyCombination, "what follows silence, and no deadline");
                self.problem(&format!("{path}/sla"), diagnostic.with_help("add `accept` or `first_touch`"));
            }
            for (key, duration) in
                [("accept", sla.accept), ("first_touch", sla.first_touch), ("grace", sla.grace)]
            {
                if duration.is_some_and(|duration: Duration| duration.seconds() == 0) {
                    let diagnostic = Diagnostic::error(Code::BadScalar, "a deadline of no time at all");
                    self.problem(&format!("{path}/sla/{key}"), diagnostic.with_help("give at least `1m`"));
                }
            }
        }
        Policy {
            name: name.to_owned(),
            rules: rules.into_boxed_slice(),
            informed,
            queue: policy.queue.clone(),
            separate,
            sla: policy.sla.clone(),
        }
    }

    fn rule(
        &mut self,
        rule: &RouteRulePolicy,
        index: usize,
        policy_path: &str,
        policy: &HandOverPolicy,
        by_cut: &[Box<[usize]>],
    ) -> Rule {
        let path = format!("{policy_path}/accountable/{index}");
        let assign = rule.assign.as_ref().map(|assign| assign.rules()).unwrap_or_default();
        let to = self.targets(
            (rule.to.all(), matches!(rule.to, Targets::One(_))),
            &format!("{path}/to"),
            Some(policy),
            by_cut,
        );
        if rule.to.all().is_empty() {
            let diagnostic = Diagnostic::error(Code::Empty, "a rule that names nobody");
            self.problem(
                &format!("{path}/to"),
                diagnostic.with_help("name a cut, `team:name`, `account-owner`, `previous-owner` or `queue`"),
            );
        }
        let texts = [FieldType::Text, FieldType::Set];
        Rule {
            id: rule.id.clone().unwrap_or_else(|| format!("rule-{}", index + 1)),
            when: rule.when.as_deref().and_then(|when| self.program(when, &format!("{path}/when"))),
            to,
            informed: self.targets((&rule.informed, false), &format!("{path}/informed"), None, by_cut),
            by: assign.by,
            skill_field: assign.skill_field.as_deref().and_then(|field| {
                self.field(field, &format!("{path}/assign/skill_field"), &texts, "a text or a set")
            }),
            language_field: assign.language_field.as_deref().and_then(|field| {
                self.field(field, &format!("{path}/assign/language_field"), &texts, "a text or a set")
            }),
            skills: assign.skills.into_boxed_slice(),
        }
    }

    fn field(&mut self, name: &str, path: &str, kinds: &[FieldType], said: &str) -> Option<usize> {
        match self.env.model.field(name) {
            Some((index, field)) if kinds.contains(&field.kind) => Some(index),
            Some(_) => {
                let diagnostic =
                    Diagnostic::error(Code::TypeMismatch, format!("the field `{name}` is not {said}"));
                self.problem(path, diagnostic.with_help(format!("name a field that is {said}")));
                None
            }
            None => {
                let known = nearest(name, self.env.model.fields().map(|(name, _)| name));
                let diagnostic =
                    Diagnostic::error(Code::UnknownReference, format!("there is no field `{name}`"));
                self.problem(path, diagnostic.with_help("declare it under `fields`").did_you_mean(known));
                None
            }
        }
    }

    /// Targets of a rule (`accountable` is its policy), or those to inform.
    fn targets(
        &mut self,
        (names, single): (&[String], bool),
        path: &str,
        accountable: Option<&HandOverPolicy>,
        by_cut: &[Box<[usize]>],
    ) -> Box<[Target]> {
        let mut targets = Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            let place = if single { path.to_owned() } else { format!("{path}/{index}") };
            match self.target(name, accountable, by_cut) {
                Ok(target) => targets.push(target),
                Err(diagnostic) => self.problem(&place, diagnostic),
            }
        }
        targets.into_boxed_slice()
    }

    fn target(
        &self,
        name: &str,
        accountable: Option<&HandOverPolicy>,
        by_cut: &[Box<[usize]>],
    ) -> Result<Target, Diagnostic> {
        let informs = accountable.is_none();
        if let Some(team) = name.strip_prefix("team:") {
            return self.names.get(team).map(|index| Target::Team(*index)).ok_or_else(|| self.no_team(team));
        }
        match name {
            "account-owner" => return Ok(Target::AccountOwner),
            "previous-owner" => return Ok(Target::PreviousOwner),
            "manager" if informs => return Ok(Target::Manager),
            "queue" if !informs => {
                return match accountable.and_then(|policy| policy.queue.as_ref()) {
                    Some(_) => Ok(Target::Queue),
                    None => Err(Diagnostic::error(Code::UnknownReference, "this policy has no queue")
                        .with_help("add `queue` with its `owner` to the policy")),
                };
            }
            _ => {}
        }
        if let Some(member) = name.strip_prefix("member:").filter(|_| informs) {
            return Ok(Target::Member(member.to_owned()));
        }
        let Some(cut) = self.cuts.iter().position(|cut| *cut == name) else {
            let words = ["account-owner", "previous-owner"];
            let near = nearest(name, self.cuts.iter().copied().chain(words));
            let teams = self.names.contains_key(name);
            let diagnostic =
                Diagnostic::error(Code::UnknownReference, format!("there is no target `{name}`"));
            return Err(if teams {
                diagnostic.did_you_mean(Some(format!("team:{name}")))
            } else {
                diagnostic
                    .with_help("name a cut, `team:name`, `account-owner` or `previous-owner`")
                    .did_you_mean(near)
            });
        };
        if by_cut.get(cut).is_none_or(|teams| teams.is_empty()) {
            return Err(Diagnostic::error(Code::Empty, format!("no team belongs to the cut `{name}`"))
                .with_help(format!("give a team `cut: {name}`, or leave the target out")));
        }
        Ok(Target::Cut(cut))
    }
}
