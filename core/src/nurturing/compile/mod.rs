//! Checking and compiling scenarios, templates and the contact policy.

mod contact;
mod trigger;

use indexmap::IndexMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::points::Points;
use crate::base::suggest::nearest;
use crate::base::text::pointer_escape;
use crate::base::time::Zone;
use crate::expr::{Env, Expected, Program};
use crate::lead::model::Model;
use crate::nurturing::calendar::TimeOfDay;
use crate::nurturing::cron::Cron;
use crate::nurturing::flow::Flow;
use crate::nurturing::gate::Contact;
use crate::nurturing::policy::{
    ActivityMatch, AgainPolicy, ConsentNeed, ContactPolicy, ScenarioPolicy, TemplatePolicy,
};
use crate::nurturing::template::Messages;

/// The nurturing part of a playbook, ready to run.
#[derive(Debug)]
pub(crate) struct Nurturing {
    pub(crate) scenarios: Box<[Scenario]>,
    pub(crate) templates: IndexMap<String, TemplatePolicy>,
    pub(crate) messages: Messages,
    pub(crate) contact: Contact,
    /// Levels that triggers watch, each once.
    pub(crate) levels: Vec<Level>,
    /// Whether time alone may change scores, ranks and segments.
    pub(crate) timed: bool,
    /// Names of the scorecards.
    pub(crate) cards: Vec<String>,
}

#[derive(Debug)]
pub(crate) struct Scenario {
    pub(crate) name: String,
    pub(crate) version: u32,
    pub(crate) priority: i32,
    pub(crate) group: Option<String>,
    pub(crate) scope: Option<Program>,
    pub(crate) triggers: Vec<Trigger>,
    /// Whether a trigger waits for a score, a rank or a segment.
    pub(crate) derived: bool,
    pub(crate) again: AgainPolicy,
    pub(crate) flow: Flow,
    pub(crate) earlier: Vec<(u32, Flow)>,
    /// By version, then by step.
    pub(crate) migrate: Vec<(u32, IndexMap<String, String>)>,
}

impl Scenario {
    pub(crate) fn flow(&self, version: u32) -> Option<&Flow> {
        if version == self.version {
            return Some(&self.flow);
        }
        self.earlier.iter().find(|(known, _)| *known == version).map(|(_, flow)| flow)
    }
}

/// A level that is watched: what counts is that it comes to hold, or ceases to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) key: String,
    pub(crate) of: LevelOf,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum LevelOf {
    Segment(usize),
    /// A card's total is at least so much.
    Score(usize, Points),
}

#[derive(Debug)]
pub(crate) enum Trigger {
    Activity(Match),
    /// A level comes to hold (true) or ceases to.
    Level(usize, bool),
    Rank {
        card: usize,
        to: Vec<String>,
        from: Vec<String>,
    },
    Schedule {
        cron: Cron,
        zone: Zone,
    },
    Date {
        name: String,
        timestamp: bool,
        days: i64,
        at: TimeOfDay,
    },
    Dormant {
        length: i64,
        kinds: Vec<String>,
    },
    Deal {
        stage: String,
    },
    Campaign {
        campaign: String,
        status: Option<String>,
    },
}

/// An activity of a kind, with a condition.
#[derive(Debug)]
pub(crate) struct Match {
    /// The kind.
    pub(crate) name: String,
    pub(crate) when: Option<Program>,
}

/// What the rooms below have, for the names that scenarios use.
pub(crate) struct Names<'a> {
    pub(crate) model: &'a Model,
    pub(crate) cards: &'a [&'a str],
    pub(crate) segments: &'a [&'a str],
    pub(crate) zone: Zone,
    /// Whether time alone may change scores, ranks and segments.
    pub(crate) timed: bool,
}

pub(crate) struct Compiler<'a> {
    names: &'a Names<'a>,
    scenarios: &'a IndexMap<String, ScenarioPolicy>,
    templates: &'a IndexMap<String, TemplatePolicy>,
    contact: Contact,
    levels: Vec<Level>,
    pub(crate) problems: &'a mut Vec<Diagnostic>,
}

impl Nurturing {
    pub(crate) fn compile(
        names: &Names<'_>,
        contact: Option<&ContactPolicy>,
        templates: &IndexMap<String, TemplatePolicy>,
        scenarios: &IndexMap<String, ScenarioPolicy>,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let contact = contact::compile(names, contact.unwrap_or(&ContactPolicy::default()), problems);
        let mut compiler = Compiler { names, scenarios, templates, contact, levels: Vec::new(), problems };
        for (name, template) in templates {
            compiler.class(&template.class, &format!("/templates/{}/class", pointer_escape(name)));
        }
        let granted = |class: &str| {
            compiler.contact.class(class).is_some_and(|class| class.consent == ConsentNeed::Granted)
        };
        let messages = Messages::compile(names.model, templates, scenarios, &granted, compiler.problems);
        let compiled: Box<[Scenario]> =
            scenarios.iter().map(|(name, policy)| compiler.compile_scenario(name, policy)).collect();
        Self {
            scenarios: compiled,
            templates: templates.clone(),
            messages,
            contact: compiler.contact,
            levels: compiler.levels,
            timed: names.timed,
            cards: names.cards.iter().map(|card| (*card).to_owned()).collect(),
        }
    }

    /// Whether time alone may change what a condition says.
    pub(crate) fn turns(&self, condition: &Program) -> bool {
        let reads = condition.reads();
        let derived = !(reads.cards.is_empty() && reads.ranks.is_empty() && reads.segments.is_empty());
        condition.is_timed() || self.timed && derived
    }

    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.scenarios.iter().position(|scenario| scenario.name == name)
    }
}

impl<'a> Compiler<'a> {
    fn compile_scenario(&mut self, name: &str, policy: &ScenarioPolicy) -> Scenario {
        let path = format!("/scenarios/{}", pointer_escape(name));
        let scope = policy
            .scope
            .as_ref()
            .and_then(|scope| self.program(scope, &format!("{path}/scope"), Expected::Bool, None));
        let triggers: Vec<Trigger> = policy
            .enrol
            .iter()
            .enumerate()
            .filter_map(|(index, trigger)| self.trigger(trigger, &format!("{path}/enrol/{index}")))
            .collect();
        let flow = Flow::compile(self, &path, &policy.steps, policy.goal.as_ref(), &policy.exit);
        let mut earlier = Vec::new();
        for (key, version) in &policy.earlier {
            let path = format!("{path}/earlier/{}", pointer_escape(key));
            if let Some(number) = self.earlier_version(key, policy.version, &path) {
                let flow = Flow::compile(self, &path, &version.steps, version.goal.as_ref(), &version.exit);
                earlier.push((number, flow));
            }
        }
        let mut migrate = Vec::new();
        for (key, steps) in &policy.migrate {
            let path = format!("{path}/migrate/{}", pointer_escape(key));
            if let Some(number) = self.earlier_version(key, policy.version, &path) {
                for (from, to) in steps {
                    if flow.find(to).is_none() {
                        let known = flow.nodes.iter().map(|node| &node.id);
                        self.unknown(to, "step", known, &format!("{path}/{}", pointer_escape(from)));
                    }
                }
                migrate.push((number, steps.clone()));
            }
        }
        Scenario {
            name: name.to_owned(),
            version: policy.version,
            priority: policy.priority,
            group: policy.group.clone(),
            scope,
            derived: triggers
                .iter()
                .any(|trigger| matches!(trigger, Trigger::Level(..) | Trigger::Rank { .. })),
            triggers,
            again: policy.again,
            flow,
            earlier,
            migrate,
        }
    }

    fn earlier_version(&mut self, key: &str, version: u32, path: &str) -> Option<u32> {
        let number = key.parse::<u32>().ok().filter(|number| *number < version);
        if number.is_none() {
            self.problems.push(
                Diagnostic::error(Code::BadName, format!("`{key}` is no earlier version"))
                    .at(path)
                    .with_help(format!("give a number below {version}, the version of the scenario")),
            );
        }
        number
    }

    pub(crate) fn program(
        &mut self,
        source: &str,
        path: &str,
        expected: Expected,
        activity: Option<&[usize]>,
    ) -> Option<Program> {
        let env = Env {
            cards: self.names.cards,
            ranks: true,
            segments: self.names.segments,
            activity,
            ..Env::new(self.names.model)
        };
        Program::compile(source, &env, expected)
            .map_err(|found| self.problems.extend(found.into_iter().map(|diagnostic| diagnostic.at(path))))
            .ok()
    }

    pub(crate) fn matches(&mut self, activity: &ActivityMatch, path: &str) -> Option<Match> {
        let kind = self.kind(&activity.kind, &format!("{path}/kind"))?;
        let when = match &activity.when {
            None => None,
            Some(when) => Some(self.program(when, &format!("{path}/when"), Expected::Bool, Some(&[kind]))?),
        };
        Some(Match { name: activity.kind.clone(), when })
    }

    pub(crate) fn kind(&mut self, name: &str, path: &str) -> Option<usize> {
        let found = self.names.model.activity(name).map(|(index, _)| index);
        if found.is_none() {
            let model = self.names.model;
            self.unknown(name, "activity", model.activities().map(|(name, _)| name), path);
        }
        found
    }

    pub(crate) fn field(&mut self, name: &str, path: &str) -> Option<usize> {
        let found = self.names.model.field(name).map(|(index, _)| index);
        if found.is_none() {
            let model = self.names.model;
            self.unknown(name, "field", model.fields().map(|(name, _)| name), path);
        }
        found
    }

    pub(crate) fn scenario(&mut self, name: &str, path: &str) -> Option<usize> {
        let found = self.scenarios.get_index_of(name);
        if found.is_none() {
            self.unknown(name, "scenario", self.scenarios.keys(), path);
        }
        found
    }

    /// The versions of a template.
    pub(crate) fn template(&mut self, name: &str, path: &str) -> Option<Vec<String>> {
        let found = self.templates.get(name).map(|template| template.versions.keys().cloned().collect());
        if found.is_none() {
            self.unknown(name, "template", self.templates.keys(), path);
        }
        found
    }

    pub(crate) fn class(&mut self, name: &str, path: &str) {
        if self.contact.class(name).is_none() {
            let known: Vec<String> = self.contact.classes.iter().map(|(name, _)| name.clone()).collect();
            self.unknown(name, "class", known.iter(), path);
        }
    }

    pub(crate) fn unknown<N: AsRef<str>>(
        &mut self,
        name: &str,
        what: &str,
        known: impl Iterator<Item = N>,
        path: &str,
    ) {
        let known: Vec<N> = known.collect();
        let near = nearest(name, known.iter().map(AsRef::as_ref));
        self.problems.push(
            Diagnostic::error(Code::UnknownReference, format!("no {what} is called `{name}`"))
                .at(path)
                .with_help(format!("name one that the playbook declares as {what}"))
                .did_you_mean(near),
        );
    }
}
