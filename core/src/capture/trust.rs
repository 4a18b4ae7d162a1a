//! The bot filter: which activities a machine did, by the playbook's rules over the whole log.

use std::collections::{BTreeSet, HashMap};

use crate::base::map::Map;
use serde::{Deserialize, Serialize};

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::duration::Duration;
use crate::base::suggest::nearest;
use crate::base::text::pointer_escape;
use crate::base::time::Instant;
use crate::capture::mapping::policy::Paths;
use crate::expr::{Env, Expected, Frame, Program};
use crate::lead::activity::{Activity, Trust};
use crate::lead::facts::{Fact, Facts};
use crate::lead::model::Model;
use crate::lead::record::Lead;
use crate::lead::value::Value;

/// Rules that tell machines from people, by id. The first that holds decides; what a provider or the host said
/// stays.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TrustPolicy {
    /// The rules, by id.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub rules: Map<String, TrustRule>,
}

/// One rule. All that it gives must hold: a condition, soon after another activity, a burst.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TrustRule {
    /// The kind or kinds of activities that it judges.
    pub on: Paths,
    /// A condition over the activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Too soon after another activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<SoonAfter>,
    /// Too many at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub burst: Option<Burst>,
    /// What it means; a machine, if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
}

/// Within a time of another activity, or even before it: a gateway opens a mail before it lets it through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SoonAfter {
    /// The kind of the other one: a delivery.
    pub kind: String,
    /// How soon a person cannot be.
    pub within: Duration,
    /// The property that must be the same on both: the id of the message.
    pub same: String,
}

/// Several within a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Burst {
    /// How many a person does not do.
    #[cfg_attr(feature = "schema", schemars(range(min = 2)))]
    pub at_least: u32,
    /// Within which time.
    pub within: Duration,
    /// The property that must be the same on all: the id of the message.
    pub same: String,
    /// The property whose different values are counted: the link. Without it every activity counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct: Option<String>,
}

/// What a rule takes an activity for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Mark {
    /// A machine's.
    Machine,
    /// Nobody knows whose.
    Unsure,
}

/// An activity whose trust changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Reclassified {
    /// The activity.
    pub activity: String,
    /// What it was taken for.
    pub from: Trust,
    /// What it is taken for.
    pub to: Trust,
    /// The rule that says so; absent where no rule holds any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}

/// The rules, ready to run.
#[derive(Debug, Default)]
pub(crate) struct TrustRules {
    rules: Box<[Rule]>,
}

#[derive(Debug)]
struct Rule {
    id: String,
    kinds: Box<[String]>,
    when: Option<Program>,
    after: Option<SoonAfter>,
    burst: Option<Burst>,
    mark: Trust,
}

impl TrustRules {
    pub(crate) fn compile(
        model: &Model,
        policy: Option<&TrustPolicy>,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let rules = policy.map(|policy| &policy.rules).into_iter().flatten();
        Self { rules: rules.map(|(id, rule)| compile_rule(model, id, rule, problems)).collect() }
    }

    /// Judges every activity again; returns what changed.
    pub(crate) fn judge(
        &self,
        model: &Model,
        lead: &mut Lead,
        problems: &mut Vec<Diagnostic>,
    ) -> Vec<Reclassified> {
        let mut verdicts: Vec<Option<(Trust, &str)>> = vec![None; lead.activities().len()];
        for rule in &self.rules {
            for index in rule.hits(model, lead, problems) {
                if let Some(slot) = verdicts.get_mut(index)
                    && slot.is_none()
                {
                    *slot = Some((rule.mark, &rule.id));
                }
            }
        }
        let mut changes = Vec::new();
        for (activity, verdict) in lead.activities_mut().iter_mut().zip(verdicts) {
            // What a provider, the host or the record itself says stays; so do rules that this playbook lacks.
            let ours = activity
                .trust_by
                .as_ref()
                .map_or(activity.trust == Trust::Human, |by| self.rules.iter().any(|rule| rule.id == *by));
            let (to, rule) =
                verdict.map_or((Trust::Human, None), |(trust, rule)| (trust, Some(rule.to_owned())));
            if ours && (activity.trust, &activity.trust_by) != (to, &rule) {
                if activity.trust != to {
                    let (activity, from) = (activity.id.clone(), activity.trust);
                    changes.push(Reclassified { activity, from, to, rule: rule.clone() });
                }
                activity.trust = to;
                activity.trust_by = rule;
            }
        }
        let ids: Vec<&str> = changes.iter().map(|change| change.activity.as_str()).collect();
        lead.forget_machine_refusals(&ids);
        changes
    }
}

impl Rule {
    /// Places in the log of the activities for which the rule holds.
    fn hits(&self, model: &Model, lead: &Lead, problems: &mut Vec<Diagnostic>) -> BTreeSet<usize> {
        let log = lead.activities();
        let mut hits: BTreeSet<usize> = log
            .iter()
            .enumerate()
            .filter(|(_, activity)| self.kinds.contains(&activity.kind))
            .map(|(index, _)| index)
            .collect();
        if let Some(after) = &self.after {
            let mut earliest: HashMap<String, Instant> = HashMap::new();
            for activity in log.iter().filter(|activity| activity.kind == after.kind) {
                if let Some(key) = key(activity, &after.same) {
                    let at = earliest.entry(key).or_insert(activity.at);
                    *at = (*at).min(activity.at);
                }
            }
            hits.retain(|index| {
                let activity = log.get(*index);
                let start = activity.and_then(|activity| earliest.get(&key(activity, &after.same)?));
                activity.zip(start).is_some_and(|(activity, start)| {
                    activity.at.micros() <= start.micros().saturating_add(after.within.micros())
                })
            });
        }
        if let Some(burst) = &self.burst {
            hits = burst.within(log, &hits);
        }
        if let Some(when) = &self.when
            && !hits.is_empty()
        {
            match Facts::read(model, lead) {
                Ok(facts) => {
                    let kinds = self.kinds.iter().filter_map(|kind| model.activity(kind));
                    let read: HashMap<&str, &Fact<'_>> = kinds
                        .flat_map(|(kind, _)| facts.of_kind(kind))
                        .map(|fact| (fact.record.id.as_str(), fact))
                        .collect();
                    hits.retain(|index| {
                        let id = log.get(*index).map(|activity| activity.id.as_str());
                        id.and_then(|id| read.get(id)).is_some_and(|fact| {
                            let activity = Some(*fact);
                            let frame = Frame { facts: &facts, at: fact.known_at, activity, derived: None };
                            when.test(&frame).unwrap_or(false)
                        })
                    });
                }
                Err(error) => {
                    let message = format!("the trust rule `{}` cannot read this record", self.id);
                    let problem = Diagnostic::warning(Code::FieldType, message);
                    let help = error.diagnostics().first().map_or_else(String::new, ToString::to_string);
                    problems.push(problem.with_help(help));
                    hits.clear();
                }
            }
        }
        hits
    }
}

impl Burst {
    /// Those among `hits` that are part of a burst.
    fn within(&self, log: &[Activity], hits: &BTreeSet<usize>) -> BTreeSet<usize> {
        let mut groups: HashMap<String, Vec<(Instant, usize, String)>> = HashMap::new();
        for index in hits {
            let Some(activity) = log.get(*index) else { continue };
            let what = match &self.distinct {
                Some(property) => key(activity, property),
                None => Some(activity.id.clone()),
            };
            if let (Some(group), Some(what)) = (key(activity, &self.same), what) {
                groups.entry(group).or_default().push((activity.at, *index, what));
            }
        }
        let needed = usize::try_from(self.at_least).unwrap_or(usize::MAX);
        let mut found = BTreeSet::new();
        for mut group in groups.into_values() {
            group.sort();
            let mut inside: HashMap<&str, usize> = HashMap::new();
            let mut start = 0;
            for (end, (at, _, what)) in group.iter().enumerate() {
                *inside.entry(what).or_default() += 1;
                while let Some((first, _, gone)) = group.get(start)
                    && first.micros().saturating_add(self.within.micros()) < at.micros()
                {
                    if let Some(count) = inside.get_mut(gone.as_str()) {
                        *count -= 1;
                        if *count == 0 {
                            inside.remove(gone.as_str());
                        }
                    }
                    start += 1;
                }
                if inside.len() >= needed {
                    found.extend(group.get(start..=end).unwrap_or(&[]).iter().map(|(_, index, _)| *index));
                }
            }
        }
        found
    }
}

/// A property as a key to compare by; nothing where it is empty.
fn key(activity: &Activity, property: &str) -> Option<String> {
    match activity.properties.get(property)? {
        Value::Text(text) if !text.is_empty() => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

fn compile_rule(model: &Model, id: &str, rule: &TrustRule, problems: &mut Vec<Diagnostic>) -> Rule {
    let base = format!("/trust/rules/{}", pointer_escape(id));
    let mut unknown = |message: String, help: &str, at: String, near: Option<&str>| {
        let problem = Diagnostic::error(Code::UnknownReference, message).at(at).with_help(help);
        problems.push(problem.did_you_mean(near));
    };
    let kinds = rule.on.all();
    let mut numbers = Vec::new();
    let after = rule.after.iter().map(|after| (&after.kind, format!("{base}/after/kind")));
    let places = kinds.iter().enumerate().map(|(index, kind)| {
        let one = matches!(rule.on, Paths::One(_));
        (kind, if one { format!("{base}/on") } else { format!("{base}/on/{index}") })
    });
    for (kind, at) in places.chain(after) {
        match model.activity(kind) {
            Some((number, _)) if kinds.contains(kind) => numbers.push(number),
            Some(_) => {}
            None => {
                let near = nearest(kind, model.activities().map(|(name, _)| name));
                unknown(format!("no activity is called `{kind}`"), "declare it under `activities`", at, near);
            }
        }
    }
    let burst = rule
        .burst
        .iter()
        .flat_map(|burst| [(Some(&burst.same), "burst/same"), (burst.distinct.as_ref(), "burst/distinct")]);
    let after = rule.after.iter().map(|after| (Some(&after.same), "after/same"));
    for (property, key) in burst.chain(after) {
        let Some(property) = property else { continue };
        for kind in kinds {
            let Some((_, policy)) = model.activity(kind) else { continue };
            if !policy.properties.contains_key(property) {
                let near = nearest(property, policy.properties.keys().map(String::as_str));
                let message = format!("`{kind}` has no property `{property}`");
                unknown(message, "declare it under its `properties`", format!("{base}/{key}"), near);
            }
        }
    }
    if rule.when.is_none() && rule.after.is_none() && rule.burst.is_none() {
        let problem =
            Diagnostic::error(Code::Empty, format!("the trust rule `{id}` asks nothing")).at(base.clone());
        problems.push(problem.with_help("give it `when`, `after` or `burst`"));
    }
    if rule.burst.as_ref().is_some_and(|burst| burst.at_least < 2) {
        let problem = Diagnostic::error(Code::BadScalar, "a burst of fewer than two");
        problems.push(problem.at(format!("{base}/burst/at_least")).with_help("give 2 or more"));
    }
    let env = Env { activity: Some(&numbers), ..Env::new(model) };
    let when = rule.when.as_ref().and_then(|when| match Program::compile(when, &env, Expected::Bool) {
        Ok(program) => Some(program),
        Err(found) => {
            problems.extend(found.into_iter().map(|problem| problem.at(format!("{base}/when"))));
            None
        }
    });
    Rule {
        id: id.to_owned(),
        kinds: kinds.into(),
        when,
        after: rule.after.clone(),
        burst: rule.burst.clone(),
        mark: match rule.mark {
            None | Some(Mark::Machine) => Trust::Machine,
            Some(Mark::Unsure) => Trust::Unsure,
        },
    }
}
