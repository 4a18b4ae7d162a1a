//! Making a message for one lead.

use std::io;

use indexmap::IndexMap;
use minijinja::value::Value as Merged;
use minijinja::{Error as EngineError, ErrorKind};
use serde::Serialize;

use super::MissingPolicy;
use super::filters::{Clock, ZONE};
use super::messages::{Message, Messages, Need, PARTS, Template, key, near_value};
use super::names::{Kind, Names, Origin};
use super::value::{Moment, Standing, is_address, is_missing, of_field, plain};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::base::text::pointer_escape;
use crate::base::time::{Instant, Zone};
use crate::lead::model::Model;
use crate::lead::record::Lead;
use crate::lead::value::Value;

/// A message may be so long, in bytes.
const MAX_BODY: usize = 1_048_576;
/// A line of a mail's head may be so long (RFC 5322), in bytes.
const MAX_HEAD: usize = 998;

/// A message for one lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Rendered {
    /// The template.
    pub template: String,
    /// Its version.
    pub version: String,
    /// The channel that it goes by.
    pub channel: String,
    /// Its class.
    pub class: String,
    /// Whether it can be sent.
    pub outcome: RenderOutcome,
    /// The subject line: one line, whatever values came into it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// What mail programs show beside the subject, as plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preheader: Option<String>,
    /// The body as plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The body as HTML: every value in it is escaped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub html: Option<String>,
    /// The merge fields, in order of their first use, and what became of each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<MergeField>,
}

/// Whether a message can be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RenderOutcome {
    /// It can.
    Ready,
    /// A value is missing, and the template says to skip the step: there is nothing to send.
    Skipped,
    /// A value is missing without which there is no message. Only a preview says so; otherwise it is an error.
    Refused,
}

/// A merge field of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct MergeField {
    /// Its name: `lead.company`.
    pub name: String,
    /// What became of it.
    pub state: MergeState,
}

/// What became of a merge field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MergeState {
    /// Its value was merged.
    Given,
    /// Its value is missing, and the default of the template's `missing` stands for it.
    Defaulted,
    /// Its value is missing, and the template says itself what to do without it.
    Absent,
    /// Its value comes with the sending, so a preview leaves its place marked.
    AtSending,
    /// Its value is missing, and the step is skipped.
    Skipped,
    /// Its value is missing, and the message is refused.
    Refused,
}

/// What is to be rendered.
pub(crate) struct Request<'a> {
    pub(crate) template: &'a str,
    /// The first, if absent.
    pub(crate) version: Option<&'a str>,
    pub(crate) model: &'a Model,
    /// A lead that was read against the model.
    pub(crate) lead: &'a Lead,
    pub(crate) at: Instant,
    /// The recipient's.
    pub(crate) zone: Zone,
    /// The effect; a preview has none.
    pub(crate) sent: Option<Sent<'a>>,
    pub(crate) values: &'a IndexMap<String, Value>,
}

/// What an effect says of a message besides template and version.
#[derive(Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(crate) id: &'a str,
    pub(crate) scenario: &'a str,
    pub(crate) step: &'a str,
}

impl Messages {
    pub(crate) fn render(&self, request: &Request<'_>) -> Result<Rendered, Error> {
        let (template, version, message) = self.find(request)?;
        let names = Names { model: request.model, own: &template.values };
        let values = values(request.values, names)?;
        let mut fields = Vec::with_capacity(message.needs.len());
        let mut merged: Vec<(&str, Merged)> = Vec::with_capacity(message.needs.len());
        let mut missing = Vec::new();
        for need in &message.needs {
            let value = self.value(need, request, version, &values);
            let (state, value) = state(need, value, request.sent.is_none());
            fields.push(MergeField { name: need.path.clone(), state });
            if matches!(state, MergeState::Refused | MergeState::Skipped) {
                missing.push(need);
            }
            merged.extend(value.map(|value| (need.path.as_str(), value)));
        }
        let path =
            format!("/templates/{}/versions/{}", pointer_escape(request.template), pointer_escape(version));
        let skipped = missing.iter().any(|need| need.missing == MissingPolicy::Skip);
        let mut rendered = Rendered {
            template: request.template.to_owned(),
            version: version.to_owned(),
            channel: template.channel.clone(),
            class: template.class.clone(),
            outcome: match (missing.is_empty(), skipped) {
                (true, _) => RenderOutcome::Ready,
                (false, true) => RenderOutcome::Skipped,
                (false, false) => RenderOutcome::Refused,
            },
            subject: None,
            preheader: None,
            text: None,
            html: None,
            fields,
        };
        if request.sent.is_some() && !missing.is_empty() {
            if skipped {
                return Ok(rendered);
            }
            return Err(Error::evaluations(missing.into_iter().map(|need| refusal(need, &path)).collect()));
        }
        let context = context(&merged, request.zone);
        let mut parts = PARTS.into_iter().zip(message.parts).map(|(part, has)| {
            if !has {
                return Ok(None);
            }
            self.part(&key(request.template, version, part), part, &context)
                .map(Some)
                .map_err(|problem| Error::evaluation(problem.at(format!("{path}/{part}"))))
        });
        let mut next = || parts.next().unwrap_or(Ok(None));
        rendered.subject = next()?;
        rendered.preheader = next()?;
        rendered.text = next()?;
        rendered.html = next()?;
        Ok(rendered)
    }

    fn find<'m>(&'m self, request: &Request<'_>) -> Result<(&'m Template, &'m str, &'m Message), Error> {
        let unknown = |what: &str, name: &str, near: Option<&str>| {
            let message = format!("no {what} is called `{name}`");
            let told = Diagnostic::error(Code::BadCall, message).at(format!("/{what}"));
            Error::call(told.with_help(format!("name a {what} of the playbook")).did_you_mean(near))
        };
        let name = request.template;
        let Some(template) = self.templates.get(name) else {
            let near = nearest(name, self.templates.keys().map(String::as_str));
            return Err(unknown("template", name, near));
        };
        let found = match request.version {
            None => template.versions.first(),
            Some(version) => template.versions.get_key_value(version),
        };
        let Some((version, message)) = found else {
            if let Some(version) = request.version {
                let near = nearest(version, template.versions.keys().map(String::as_str));
                return Err(unknown("version", version, near));
            }
            return Err(without_text(name));
        };
        if message.parts == [false; 4] {
            return Err(without_text(name));
        }
        Ok((template, version, message))
    }

    fn value(
        &self,
        need: &Need,
        request: &Request<'_>,
        version: &str,
        values: &IndexMap<String, &Value>,
    ) -> Option<Merged> {
        match need.origin {
            Origin::Lead => {
                let field = need.path.strip_prefix("lead.")?;
                let value = request.lead.fields.get(field).filter(|value| !is_missing(Some(value)))?;
                let (_, policy) = request.model.field(field)?;
                of_field(value, policy.kind, request.zone)
            }
            Origin::Host => plain(values.get(&need.path)?),
            Origin::Engine => {
                let sent = request.sent;
                match need.path.as_str() {
                    "now" => Some(Merged::from_object(Moment::instant(request.at, request.zone))),
                    "message.template" => Some(Merged::from(request.template)),
                    "message.version" => Some(Merged::from(version)),
                    "message.id" => sent.map(|sent| Merged::from(sent.id)),
                    "scenario.name" => sent.map(|sent| Merged::from(sent.scenario)),
                    "scenario.label" => sent.map(|sent| {
                        Merged::from(self.labels.get(sent.scenario).map_or(sent.scenario, String::as_str))
                    }),
                    "scenario.step" => sent.map(|sent| Merged::from(sent.step)),
                    _ => None,
                }
            }
        }
    }

    fn part(&self, key: &str, part: &str, context: &Merged) -> Result<String, Diagnostic> {
        let is_head = matches!(part, "subject" | "preheader");
        let mut page =
            Page { bytes: Vec::new(), most: if is_head { MAX_HEAD } else { MAX_BODY }, full: false };
        let done = self
            .env
            .get_template(key)
            .and_then(|template| template.render_captured_to(context.clone(), &mut page).map(|_| ()));
        done.map_err(|error| failure(&error, &page))?;
        // INVARIANT: the engine writes texts.
        let text = String::from_utf8(page.bytes).unwrap_or_default();
        Ok(if is_head { one_line(&text) } else { text })
    }
}

/// What becomes of a merge field with or without its value.
fn state(need: &Need, value: Option<Merged>, is_preview: bool) -> (MergeState, Option<Merged>) {
    if let Some(value) = value {
        return (MergeState::Given, Some(value));
    }
    let standing = |text, is_mark| Some(Merged::from_object(Standing { text, is_mark }));
    let marked = || standing(format!("{{{{ {} }}}}", need.path), true);
    match &need.missing {
        MissingPolicy::Default(text) => (MergeState::Defaulted, standing(text.clone(), false)),
        // An empty list can be gone through, and nothing can be compared: the engine takes it amiss if there is no value.
        _ if !need.needed && need.is_list => (MergeState::Absent, Some(Merged::from(Vec::<Merged>::new()))),
        _ if !need.needed => (MergeState::Absent, Some(Merged::from(()))),
        _ if is_preview && need.origin != Origin::Lead => (MergeState::AtSending, marked()),
        MissingPolicy::Skip => (MergeState::Skipped, marked()),
        MissingPolicy::Refuse => (MergeState::Refused, marked()),
    }
}

/// What the host gave, by merge field; whatever the template cannot know is refused.
fn values<'v>(
    given: &'v IndexMap<String, Value>,
    names: Names<'_>,
) -> Result<IndexMap<String, &'v Value>, Error> {
    let mut values = IndexMap::new();
    let mut problems = Vec::new();
    let mut add = |path: String, at: String, value: &'v Value| {
        let Some((kind, _)) = names.find(&path).filter(|(_, origin)| *origin == Origin::Host) else {
            problems.push(
                Diagnostic::error(Code::BadCall, format!("no value is called `{path}`"))
                    .at(at)
                    .with_help("give what every template knows, or what the template's `values` declare")
                    .did_you_mean(near_value(&path, names)),
            );
            return;
        };
        let problem = match value {
            Value::List(_) | Value::Object(_) => {
                Some((format!("`{path}` is {}", value.kind()), "give a text, a number, or true or false"))
            }
            Value::Text(text) if kind == Kind::Link && !is_address(text) => Some((
                format!("`{path}` is no address"),
                "begin with `https://`, `http://`, `mailto:` or `tel:`",
            )),
            _ => None,
        };
        match problem {
            Some((message, help)) => {
                problems.push(Diagnostic::error(Code::BadCall, message).at(at).with_help(help));
            }
            None if !is_missing(Some(value)) => {
                values.insert(path, value);
            }
            None => {}
        }
    };
    for (name, value) in given {
        let at = format!("/values/{}", pointer_escape(name));
        match value {
            Value::Object(entries) => {
                for (inner, value) in entries {
                    add(format!("{name}.{inner}"), format!("{at}/{}", pointer_escape(inner)), value);
                }
            }
            value => add(name.clone(), at, value),
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(Error::calls(problems)) }
}

/// The values as the engine takes them: `lead.company` is `company` of `lead`.
fn context(merged: &[(&str, Merged)], zone: Zone) -> Merged {
    let mut groups: IndexMap<&str, Vec<(&str, Merged)>> = IndexMap::new();
    let mut whole: Vec<(&str, Merged)> = vec![(ZONE, Merged::from_object(Clock(zone)))];
    // Every group is there, so that what is missing in it is missing, and not an error.
    for group in ["lead", "owner", "account", "sender", "scenario", "message"] {
        groups.insert(group, Vec::new());
    }
    for (path, value) in merged {
        match path.split_once('.') {
            Some((group, name)) => groups.entry(group).or_default().push((name, value.clone())),
            None => whole.push((path, value.clone())),
        }
    }
    whole.extend(groups.into_iter().map(|(group, entries)| (group, Merged::from_pairs(entries))));
    Merged::from_pairs(whole)
}

fn without_text(template: &str) -> Error {
    Error::call(
        Diagnostic::error(Code::BadCall, format!("template `{template}` says nothing"))
            .at("/template")
            .with_help("write `subject`, `text` or `html` into its versions, or render it elsewhere"),
    )
}

fn refusal(need: &Need, path: &str) -> Diagnostic {
    let (message, help) = match need.origin {
        Origin::Lead => {
            ("the lead has no", "fill it, or say under the template's `missing` what to do without it")
        }
        Origin::Host | Origin::Engine => (
            "there is no",
            "give it among `values`, or say under the template's `missing` what to do without it",
        ),
    };
    let field = need.path.strip_prefix("lead.").unwrap_or(&need.path);
    Diagnostic::error(Code::MissingValue, format!("{message} `{field}`, which the message needs"))
        .at(path)
        .with_help(help)
}

fn failure(error: &EngineError, page: &Page) -> Diagnostic {
    match error.kind() {
        _ if page.full => {
            Diagnostic::error(Code::MessageLimit, format!("a message of more than {} bytes", page.most))
                .with_help("shorten it, or what is merged into it: `| truncate(100)`")
        }
        ErrorKind::OutOfFuel => {
            Diagnostic::error(Code::MessageLimit, "a message that takes too long to make")
                .with_help("put fewer loops into it")
        }
        ErrorKind::UndefinedError => {
            Diagnostic::error(Code::MissingValue, "a value that the message needs is missing")
                .with_help("say under the template's `missing` what to do without it")
        }
        _ => {
            let detail = error.detail().unwrap_or("a filter fails").to_owned();
            Diagnostic::error(Code::BadFilter, format!("a filter cannot be applied: {detail}"))
                .with_help("use it on values that it takes")
        }
    }
}

/// A text in one line: a value cannot add a line to a mail's head.
fn one_line(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c })
        .collect();
    text.trim().to_owned()
}

/// What is written, up to a limit.
struct Page {
    bytes: Vec<u8>,
    most: usize,
    full: bool,
}

impl io::Write for &mut Page {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            self.full = true;
            return Err(io::Error::other("full"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
