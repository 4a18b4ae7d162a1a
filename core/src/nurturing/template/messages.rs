//! The templates of a playbook, checked and compiled.

use std::fmt::Write as _;

use indexmap::IndexMap;
use minijinja::value::Value as Merged;
use minijinja::{AutoEscape, Environment, Error as EngineError, ErrorKind, UndefinedBehavior};

use super::check::{Checked, check};
use super::expression::{Use, problem};
use super::lexer::Stretch;
use super::names::{Kind, Names, Origin};
use super::value::{is_absent, is_missing, written};
use super::{Lacking, MissingPolicy, filters};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::nearest;
use crate::base::text::pointer_escape;
use crate::lead::model::Model;
use crate::lead::record::Lead;
use crate::nurturing::policy::{BodyPolicy, ScenarioPolicy, TemplatePolicy};

/// How long a part may be, in bytes: mail programs cut off what is longer than some hundred thousand.
const MAX_SOURCE: usize = 262_144;
/// Instructions that one part may take: a loop over thousands of values ends well below.
const FUEL: u64 = 200_000;

/// The parts of a message; HTML is the last.
pub(super) const PARTS: [&str; 4] = ["subject", "preheader", "text", "html"];

/// All messages of a playbook.
#[derive(Debug)]
pub(crate) struct Messages {
    pub(super) env: Environment<'static>,
    pub(super) templates: IndexMap<String, Template>,
    /// What people call the scenarios.
    pub(super) labels: IndexMap<String, String>,
}

/// One template.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) channel: String,
    pub(super) class: String,
    /// What it asks of the host besides the standard.
    pub(super) values: Vec<String>,
    pub(super) versions: IndexMap<String, Message>,
}

/// One version of a template.
#[derive(Debug)]
pub(super) struct Message {
    /// Which of [`PARTS`] it has.
    pub(super) parts: [bool; 4],
    /// The merge fields, in order of their first use.
    pub(super) needs: Vec<Need>,
}

/// A merge field of a message.
#[derive(Debug)]
pub(super) struct Need {
    pub(super) path: String,
    pub(super) origin: Origin,
    /// Whether there is no message without it.
    pub(super) needed: bool,
    pub(super) missing: MissingPolicy,
    pub(super) is_list: bool,
}

impl Messages {
    pub(crate) fn compile(
        model: &Model,
        templates: &IndexMap<String, TemplatePolicy>,
        scenarios: &IndexMap<String, ScenarioPolicy>,
        unsubscribes: &dyn Fn(&str) -> bool,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let label = |(name, scenario): (&String, &ScenarioPolicy)| {
            (name.clone(), scenario.label.clone().unwrap_or_else(|| name.clone()))
        };
        let mut messages = Self {
            env: environment(),
            templates: IndexMap::new(),
            labels: scenarios.iter().map(label).collect(),
        };
        for (name, policy) in templates {
            let path = format!("/templates/{}", pointer_escape(name));
            let names = Names { model, own: &policy.values };
            check_declarations(policy, names, &path, problems);
            let must_unsubscribe = policy.channel == "email" && unsubscribes(&policy.class);
            let mut versions = IndexMap::new();
            for (version, body) in &policy.versions {
                let path = format!("{path}/versions/{}", pointer_escape(version));
                let mut message = Message { parts: [false; 4], needs: Vec::new() };
                for (index, source) in sources(body).into_iter().enumerate() {
                    let (Some(source), Some(part)) = (source, PARTS.get(index)) else { continue };
                    let is_html = *part == "html";
                    let found = messages.add_part(&key(name, version, part), source, is_html, names);
                    let is_body = matches!(*part, "text" | "html");
                    let lacks_way_out = is_body && must_unsubscribe && !found.unsubscribes;
                    let at = format!("{path}/{part}");
                    if lacks_way_out && found.problems.is_empty() {
                        problems.push(no_way_out(&at));
                    }
                    problems.extend(found.problems.into_iter().map(|problem| problem.at(at.as_str())));
                    message.add(found.uses, &policy.missing);
                    if let Some(has) = message.parts.get_mut(index) {
                        *has = true;
                    }
                }
                versions.insert(version.clone(), message);
            }
            let template = Template {
                channel: policy.channel.clone(),
                class: policy.class.clone(),
                values: policy.values.clone(),
                versions,
            };
            messages.templates.insert(name.clone(), template);
        }
        messages
    }

    /// Checks a part and hands it to the engine.
    fn add_part(&mut self, key: &str, source: &str, is_html: bool, names: Names<'_>) -> Checked {
        let whole = Stretch { start: 0, end: source.len() };
        if source.len() > MAX_SOURCE {
            let message = format!("a text of more than {MAX_SOURCE} bytes");
            let told = problem(Code::MessageLimit, message, whole).with_help("write a shorter message");
            return Checked { problems: vec![told], ..Checked::default() };
        }
        let mut found = check(source, is_html, names);
        if !found.problems.is_empty() {
            return found;
        }
        match self.env.add_template_owned(key.to_owned(), source.to_owned()) {
            Ok(()) => {
                // What the engine would look up, as the engine sees it: nothing but what was found above.
                let looked_up =
                    self.env.get_template(key).map(|template| template.undeclared_variables(true));
                let mut strange: Vec<String> = looked_up
                    .unwrap_or_default()
                    .into_iter()
                    .filter(|path| !found.uses.iter().any(|known| known.path == *path))
                    .collect();
                strange.sort_unstable();
                found.problems.extend(strange.into_iter().map(|path| {
                    problem(Code::UnknownMergeField, format!("no merge field is called `{path}`"), whole)
                        .with_help("name a field of the lead as `lead.company`")
                }));
            }
            Err(error) => {
                let place =
                    error.range().map_or(whole, |range| Stretch { start: range.start, end: range.end });
                let detail = error.detail().unwrap_or("it cannot be read").to_owned();
                let told = problem(Code::TemplateSyntax, format!("not a template: {detail}"), place);
                found.problems.push(told.with_help("templates have merge fields, filters, `if` and `for`"));
            }
        }
        found
    }

    /// What a message needs of a lead and the lead does not have.
    pub(crate) fn lacking(&self, template: &str, version: Option<&str>, lead: &Lead) -> Option<Lacking> {
        let versions = &self.templates.get(template)?.versions;
        let message = match version {
            Some(version) => versions.get(version)?,
            None => versions.first()?.1,
        };
        let lacks = |need: &&Need| {
            need.origin == Origin::Lead
                && need.needed
                && !matches!(need.missing, MissingPolicy::Default(_))
                && is_missing(lead.fields.get(need.path.strip_prefix("lead.").unwrap_or_default()))
        };
        let lacking: Vec<&Need> = message.needs.iter().filter(lacks).collect();
        (!lacking.is_empty()).then(|| Lacking {
            skip: lacking.iter().any(|need| need.missing == MissingPolicy::Skip),
            fields: lacking.iter().map(|need| need.path.clone()).collect(),
        })
    }
}

impl Message {
    fn add(&mut self, uses: Vec<Use>, missing: &IndexMap<String, MissingPolicy>) {
        for found in uses {
            let policy = missing.get(&found.path);
            // Who says that a message is nothing without a field means it, wherever the field is named.
            let needed =
                found.needed || policy.is_some_and(|policy| !matches!(policy, MissingPolicy::Default(_)));
            match self.needs.iter_mut().find(|known| known.path == found.path) {
                Some(known) => known.needed |= needed,
                None => self.needs.push(Need {
                    path: found.path,
                    origin: found.origin,
                    needed,
                    missing: policy.cloned().unwrap_or_default(),
                    is_list: found.kind == Kind::List,
                }),
            }
        }
    }
}

/// The name of a part within the engine.
pub(super) fn key(template: &str, version: &str, part: &str) -> String {
    let mut key = String::with_capacity(template.len() + version.len() + part.len() + 2);
    let _ = write!(key, "{}/{}/{part}", pointer_escape(template), pointer_escape(version));
    key
}

fn sources(body: &BodyPolicy) -> [Option<&str>; 4] {
    [&body.subject, &body.preheader, &body.text, &body.html].map(|part| part.as_deref())
}

fn check_declarations(policy: &TemplatePolicy, names: Names<'_>, path: &str, problems: &mut Vec<Diagnostic>) {
    for (index, name) in policy.values.iter().enumerate() {
        let mut chars = name.chars();
        let begins = chars.next().is_some_and(|c| c == '_' || c.is_alphabetic());
        if !begins || !chars.all(|c| c == '_' || c.is_alphanumeric()) || Names::is_reserved(name) {
            problems.push(
                Diagnostic::error(Code::BadName, format!("`{name}` cannot be a merge field"))
                    .at(format!("{path}/values/{index}"))
                    .with_help("begin with a letter, go on with letters, digits and `_`, and avoid what every template knows"),
            );
        }
    }
    for name in policy.missing.keys().filter(|name| names.find(name).is_none()) {
        problems.push(
            Diagnostic::error(Code::UnknownMergeField, format!("no merge field is called `{name}`"))
                .at(format!("{path}/missing/{}", pointer_escape(name)))
                .with_help("name a field of the lead as `lead.company`")
                .did_you_mean(names.near(name)),
        );
    }
}

fn no_way_out(path: &str) -> Diagnostic {
    Diagnostic::error(Code::NoUnsubscribe, "marketing mail that nobody can unsubscribe from")
        .at(path)
        .with_help("put `{{ unsubscribe_url }}` into it, outside of conditions; or say `class: transactional` where it is no marketing")
}

fn environment() -> Environment<'static> {
    let mut env = Environment::empty();
    env.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    env.set_fuel(Some(FUEL));
    env.set_recursion_limit(100);
    env.set_auto_escape_callback(
        |name| {
            if name.ends_with("/html") { AutoEscape::Html } else { AutoEscape::None }
        },
    );
    env.set_formatter(|out, state, value: &Merged| {
        if is_absent(value) {
            return Err(EngineError::from(ErrorKind::UndefinedError));
        }
        let text = written(value);
        if *state.auto_escape() == AutoEscape::Html && !value.is_safe() {
            return Ok(out.write_str(&filters::escaped(&text))?);
        }
        Ok(out.write_str(&text)?)
    });
    env.add_test("defined", |value: &Merged| !is_absent(value));
    env.add_test("undefined", is_absent);
    filters::add(&mut env);
    env
}

/// The nearest of what the host may give.
pub(super) fn near_value(name: &str, names: Names<'_>) -> Option<String> {
    nearest(name, names.of_host()).map(str::to_owned)
}
