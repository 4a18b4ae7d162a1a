//! Mappings against the playbook's fields and activities.

use crate::base::map::Map;

use super::path::Path;
use super::pick::{Checks, Formula, Picker};
use super::policy::{ActivityMapping, CapturePolicy, ConsentMapping, PayloadFormat, Pick};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::nearest;
use crate::base::text::pointer_escape;
use crate::expr::Expected;
use crate::lead::model::{FieldType, Identity, Model};
use crate::lead::value::Value;

/// Every mapping, ready to run.
#[derive(Debug, Default)]
pub(crate) struct Mappings {
    pub(crate) mappings: Map<String, Mapping>,
}

#[derive(Debug)]
pub(crate) struct Mapping {
    pub(crate) from: PayloadFormat,
    pub(super) unwrap: Box<[Path]>,
    pub(super) each: Box<[Path]>,
    pub(super) when: Option<Formula>,
    pub(super) fields: Pickers,
    pub(super) identities: Pickers,
    pub(super) source: Pickers,
    pub(super) page: Option<Picker>,
    pub(super) referrer: Option<Picker>,
    pub(super) activities: Box<[Activities]>,
    pub(super) consent: Box<[ConsentRule]>,
}

pub(super) type Pickers = Box<[(String, Picker)]>;

#[derive(Debug)]
pub(super) struct Activities {
    pub(super) each: Box<[Path]>,
    pub(super) when: Option<Formula>,
    pub(super) kind: KindOf,
    pub(super) id: Option<Picker>,
    pub(super) at: Option<Picker>,
    pub(super) campaign: Option<Picker>,
    pub(super) trust: Option<Picker>,
    pub(super) properties: Pickers,
    pub(super) consent: Box<[ConsentRule]>,
}

#[derive(Debug)]
pub(super) enum KindOf {
    Fixed(String),
    Picked(Box<Picker>),
}

#[derive(Debug)]
pub(super) struct ConsentRule {
    pub(super) channel: String,
    pub(super) event: Picker,
    pub(super) purpose: Option<Picker>,
    pub(super) basis: Option<Picker>,
}

impl Mappings {
    pub(crate) fn compile(
        model: &Model,
        policies: &Map<String, CapturePolicy>,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut compiler = Compiler { model, checks: Checks { problems } };
        let mappings = policies
            .iter()
            .map(|(name, policy)| {
                let base = format!("/capture/{}", pointer_escape(name));
                (name.clone(), compiler.mapping(policy, &base))
            })
            .collect();
        Self { mappings }
    }
}

struct Compiler<'a> {
    model: &'a Model,
    checks: Checks<'a>,
}

impl Compiler<'_> {
    fn mapping(&mut self, policy: &CapturePolicy, base: &str) -> Mapping {
        if policy.fields.is_empty() && policy.activities.is_empty() && policy.identities.is_empty() {
            let message = "a mapping that captures nothing";
            self.checks.refuse(Code::Empty, message, "give it `fields` or `activities`", base);
        }
        for name in policy.fields.keys() {
            if self.model.field(name).is_none() {
                let near = nearest(name, self.model.fields().map(|(name, _)| name));
                let diagnostic =
                    Diagnostic::error(Code::UnknownReference, format!("no field is called `{name}`"))
                        .at(format!("{base}/fields/{}", pointer_escape(name)))
                        .with_help("declare it under `fields`")
                        .did_you_mean(near);
                self.checks.problems.push(diagnostic);
            }
        }
        let names_somebody = !policy.identities.is_empty()
            || policy.fields.keys().any(|name| {
                self.model.field(name).is_some_and(|(_, field)| {
                    field.identity == Some(Identity::Person) || field.kind == FieldType::Email
                })
            });
        if !names_somebody {
            let message = "a mapping that does not say whom its payloads concern";
            let help = "give `identities`, or map a field that is declared with `identity: person`";
            self.checks.refuse(Code::MissingKey, message, help, base);
        }
        let mut source: Vec<(String, Picker)> =
            self.pickers(&policy.hidden, &format!("{base}/hidden")).into();
        for name in policy.source.keys().filter(|name| policy.hidden.contains_key(name)) {
            let message = format!("`{name}` stands in `hidden` and in `source`");
            let at = format!("{base}/source/{}", pointer_escape(name));
            self.checks.refuse(Code::DuplicateId, message, "remove one: both go to the source", &at);
        }
        source.extend(self.pickers(&policy.source, &format!("{base}/source")));
        let acquisition = policy.acquisition.clone().unwrap_or_default();
        Mapping {
            from: policy.from,
            unwrap: self.paths(policy.unwrap.as_ref(), &format!("{base}/unwrap")),
            each: self.paths(policy.each.as_ref(), &format!("{base}/each")),
            when: self.when(policy.when.as_deref(), base),
            fields: self.pickers(&policy.fields, &format!("{base}/fields")),
            identities: self.pickers(&policy.identities, &format!("{base}/identities")),
            source: source.into_boxed_slice(),
            page: self.pick(acquisition.page.as_ref(), &format!("{base}/acquisition/page")),
            referrer: self.pick(acquisition.referrer.as_ref(), &format!("{base}/acquisition/referrer")),
            activities: policy
                .activities
                .iter()
                .map(|(name, activity)| {
                    self.activity(name, activity, &format!("{base}/activities/{}", pointer_escape(name)))
                })
                .collect(),
            consent: self.consent(&policy.consent, base),
        }
    }

    fn activity(&mut self, name: &str, policy: &ActivityMapping, base: &str) -> Activities {
        let kind = match &policy.kind {
            None => {
                self.kind(name, base);
                KindOf::Fixed(name.to_owned())
            }
            Some(Pick::Short(kind)) if self.model.activity(kind).is_some() => KindOf::Fixed(kind.clone()),
            Some(Pick::Short(kind)) if crate::expr::is_name(kind) => {
                self.kind(kind, &format!("{base}/kind"));
                KindOf::Fixed(kind.clone())
            }
            Some(pick) => match self.checks.pick(pick, &format!("{base}/kind")) {
                Some(picker) => {
                    let certain: Vec<(String, String)> = picker
                        .certain()
                        .filter_map(|(key, value)| match value {
                            Value::Text(kind) => Some((format!("{base}/kind/{key}"), kind.clone())),
                            _ => None,
                        })
                        .collect();
                    for (at, kind) in certain {
                        self.kind(&kind, &at);
                    }
                    KindOf::Picked(Box::new(picker))
                }
                None => KindOf::Fixed(name.to_owned()),
            },
        };
        let possible: Vec<&str> = match &kind {
            KindOf::Fixed(kind) => vec![kind],
            KindOf::Picked(picker) => picker
                .certain()
                .filter_map(|(_, value)| match value {
                    Value::Text(kind) => Some(kind.as_str()),
                    _ => None,
                })
                .collect(),
        };
        self.properties(policy, &possible, base);
        Activities {
            each: self.paths(policy.each.as_ref(), &format!("{base}/each")),
            when: self.when(policy.when.as_deref(), base),
            id: self.pick(policy.id.as_ref(), &format!("{base}/id")),
            at: self.pick(policy.at.as_ref(), &format!("{base}/at")),
            campaign: self.pick(policy.campaign.as_ref(), &format!("{base}/campaign")),
            trust: self.pick(policy.trust.as_ref(), &format!("{base}/trust")),
            properties: self.pickers(&policy.properties, &format!("{base}/properties")),
            consent: self.consent(&policy.consent, base),
            kind,
        }
    }

    fn kind(&mut self, kind: &str, at: &str) {
        if self.model.activity(kind).is_none() {
            let near = nearest(kind, self.model.activities().map(|(name, _)| name));
            let diagnostic =
                Diagnostic::error(Code::UnknownReference, format!("no activity is called `{kind}`"))
                    .at(at)
                    .with_help("declare it under `activities`")
                    .did_you_mean(near);
            self.checks.problems.push(diagnostic);
        }
    }

    /// A property that none of the possible kinds declares would never be looked at.
    fn properties(&mut self, policy: &ActivityMapping, kinds: &[&str], base: &str) {
        let declared: Vec<&Map<String, FieldType>> = kinds
            .iter()
            .filter_map(|kind| self.model.activity(kind).map(|(_, policy)| &policy.properties))
            .collect();
        if declared.len() != kinds.len() || declared.is_empty() {
            return;
        }
        for name in policy.properties.keys() {
            if !declared.iter().any(|properties| properties.contains_key(name)) {
                let near = nearest(
                    name,
                    declared.iter().flat_map(|properties| properties.keys()).map(String::as_str),
                );
                let message = format!("no property is called `{name}`");
                let diagnostic = Diagnostic::error(Code::UnknownReference, message)
                    .at(format!("{base}/properties/{}", pointer_escape(name)))
                    .with_help(format!("declare it under `properties` of `{}`", kinds.join("`, `")))
                    .did_you_mean(near);
                self.checks.problems.push(diagnostic);
            }
        }
    }

    fn consent(&mut self, policies: &Map<String, ConsentMapping>, base: &str) -> Box<[ConsentRule]> {
        let mut rules = Vec::with_capacity(policies.len());
        for (channel, policy) in policies {
            let base = format!("{base}/consent/{}", pointer_escape(channel));
            let event = self.checks.pick(&policy.event, &format!("{base}/event"));
            let wrong: Vec<(&'static str, String)> = event
                .iter()
                .flat_map(Picker::certain)
                .filter_map(|(key, value)| match value {
                    Value::Text(word) if super::run::change(word).is_none() => Some((key, word.clone())),
                    _ => None,
                })
                .collect();
            for (key, word) in wrong {
                let diagnostic = Diagnostic::error(Code::UnknownChoice, format!("unknown choice `{word}`"))
                    .at(format!("{base}/event/{key}"))
                    .with_help(
                        "write `grant`, `request`, `confirm`, `deny`, `bounce`, `complaint` or `recover`",
                    )
                    .did_you_mean(nearest(&word, super::run::CHANGES.map(|(word, _)| word)));
                self.checks.problems.push(diagnostic);
            }
            let purpose = self.pick(policy.purpose.as_ref(), &format!("{base}/purpose"));
            let basis = self.pick(policy.basis.as_ref(), &format!("{base}/basis"));
            if let Some(event) = event {
                rules.push(ConsentRule { channel: channel.clone(), event, purpose, basis });
            }
        }
        rules.into_boxed_slice()
    }

    fn pickers(&mut self, picks: &Map<String, Pick>, base: &str) -> Pickers {
        let mut pickers = Vec::with_capacity(picks.len());
        for (name, pick) in picks {
            if let Some(picker) = self.checks.pick(pick, &format!("{base}/{}", pointer_escape(name))) {
                pickers.push((name.clone(), picker));
            }
        }
        pickers.into_boxed_slice()
    }

    fn pick(&mut self, pick: Option<&Pick>, at: &str) -> Option<Picker> {
        pick.and_then(|pick| self.checks.pick(pick, at))
    }

    fn paths(&mut self, paths: Option<&super::policy::Paths>, at: &str) -> Box<[Path]> {
        paths.and_then(|paths| self.checks.paths(paths, at)).unwrap_or_default()
    }

    fn when(&mut self, when: Option<&str>, base: &str) -> Option<Formula> {
        when.and_then(|when| self.checks.formula(when, Expected::Bool, &format!("{base}/when")))
    }
}
