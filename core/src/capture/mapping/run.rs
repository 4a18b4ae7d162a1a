//! A payload through a mapping. What cannot be used is told and left out; its neighbours are not.

use std::collections::{HashMap, HashSet};

use crate::base::map::Map;

use super::compile::{Activities, ConsentRule, KindOf, Mapping, Pickers};
use super::path::{Path, Scope, plain};
use super::pick::{Picker, Unusable};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::hash::stable_hash;
use crate::base::text::pointer_escape;
use crate::base::time::Instant;
use crate::capture::acquisition;
use crate::capture::captured::{Captured, CapturedConsent, CapturedPerson};
use crate::capture::cleanse::compile::Cleansers;
use crate::capture::cleanse::policy::Cleaner;
use crate::capture::consent::ConsentChange;
use crate::capture::payload::Payload;
use crate::lead::activity::{Activity, Trust};
use crate::lead::model::{FieldType, Identity, Model};
use crate::lead::record::LeadIdentity;
use crate::lead::value::Value;

/// The most problems that are told of one payload: the rest would only bury what matters.
const MAX_PROBLEMS: usize = 1_000;

/// What a mapping runs with.
pub(crate) struct Capture<'a> {
    pub(crate) name: &'a str,
    pub(crate) mapping: &'a Mapping,
    pub(crate) model: &'a Model,
    pub(crate) cleansers: &'a Cleansers,
    pub(crate) at: Instant,
}

impl Capture<'_> {
    pub(crate) fn run(&self, payload: &Payload) -> Captured {
        let mut captured =
            Captured { mapping: self.name.to_owned(), at: self.at, people: Vec::new(), problems: Vec::new() };
        let mut known = Known::default();
        for (delivery, place) in items(payload.value()) {
            let envelope = Scope { item: delivery, outer: None };
            let mut telling = Telling { place: place.clone(), problems: &mut captured.problems };
            let inner = self.unwrap(&envelope, &mut telling);
            let Some(inner) = &inner else { continue };
            let inside = Scope { item: inner.as_ref().unwrap_or(delivery), outer: Some(&envelope) };
            let base = if inner.is_some() { &inside } else { &envelope };
            let list = found(&self.mapping.each, base);
            if list.is_empty() && !self.mapping.each.is_empty() {
                let problem =
                    Diagnostic::warning(Code::NotCaptured, "none of the lists that the mapping looks into");
                let help = "look whether the payload is of another kind, or shorten it with `when`";
                Telling { place: place.clone(), problems: &mut captured.problems }
                    .push(problem.with_help(help), "");
            }
            for (index, (item, step)) in list.into_iter().enumerate() {
                let scope = Scope { item, outer: Some(base) };
                // A payload that is not a list is its own item, with nothing around it but its envelope.
                let scope =
                    if self.mapping.each.is_empty() && std::ptr::eq(item, base.item) { *base } else { scope };
                let place = format!("{place}{step}");
                let mut telling = Telling { place, problems: &mut captured.problems };
                let Some(person) = self.person(&scope, index, &mut telling) else { continue };
                known.join(&mut captured.people, person);
            }
        }
        captured
    }

    /// The payload inside its envelope: `Some(None)` where there is no envelope, nothing if it cannot be read.
    fn unwrap(&self, scope: &Scope<'_>, telling: &mut Telling<'_>) -> Option<Option<Value>> {
        let Some(inner) = self.mapping.unwrap.iter().find_map(|path| path.find(scope)) else {
            return Some(None);
        };
        match inner {
            Value::Text(text) => match Payload::json(text) {
                Ok(payload) => Some(Some(payload.value().clone())),
                Err(error) => {
                    telling.problems.extend(error.diagnostics().iter().map(|problem| {
                        let mut problem = problem.clone();
                        problem.path = Some(telling.place.clone());
                        problem
                    }));
                    None
                }
            },
            Value::Null => Some(None),
            other => Some(Some(other.clone())),
        }
    }

    fn person(&self, scope: &Scope<'_>, index: usize, telling: &mut Telling<'_>) -> Option<CapturedPerson> {
        if let Some(when) = &self.mapping.when {
            match when.test(scope, self.at) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(problem) => {
                    telling.tell(problem, "");
                    return None;
                }
            }
        }
        let mut person = CapturedPerson::default();
        let mut raw = Map::new();
        for (name, value) in self.values(&self.mapping.fields, scope, telling) {
            raw.insert(name, value);
        }
        let cleansing = self.cleansers.fields(&raw, None);
        for (name, change) in &cleansing.changes {
            if let Some(problem) = &change.problem {
                telling.push(problem.clone(), &format!("/{}", pointer_escape(name)));
            }
        }
        person.fields = cleansing.fields;
        person.fields.retain(|_, value| *value != Value::Null);
        person.changes = cleansing.changes;
        person.identities = self.identities(&person.fields, scope, telling);
        person.source = self.source(scope, telling);
        for rule in &self.mapping.activities {
            self.activities(rule, scope, index, &mut person, telling);
        }
        self.consent(&self.mapping.consent, scope, None, self.at, &mut person, telling);
        let empty = person.fields.is_empty() && person.activities.is_empty() && person.consent.is_empty();
        if empty && person.identities.is_empty() {
            return None;
        }
        if person.identities.is_empty() {
            let problem =
                Diagnostic::warning(Code::NobodyNamed, "a part that says nothing of whom it concerns")
                    .with_help("find the lead by what the part does name, such as the id of the message");
            telling.push(problem, "");
        }
        Some(person)
    }

    /// Identities of the mapping, then fields that identify a person, then other mail addresses.
    fn identities(
        &self,
        fields: &Map<String, Value>,
        scope: &Scope<'_>,
        telling: &mut Telling<'_>,
    ) -> Vec<LeadIdentity> {
        let mut found: Vec<LeadIdentity> = Vec::new();
        let mut add = |kind: &str, value: &Value| {
            if let Some(value) = plain(value).filter(|value| !value.trim().is_empty())
                && !found.iter().any(|known| known.kind == kind && known.value == value)
            {
                found.push(LeadIdentity { kind: kind.to_owned(), value, verified: false });
            }
        };
        let declared = |name: &str| self.model.field(name).map(|(_, field)| (field.identity, field.kind));
        for (name, value) in fields {
            if matches!(declared(name), Some((Some(Identity::Person), _))) {
                add(name, value);
            }
        }
        for (name, value) in fields {
            if matches!(declared(name), Some((None, FieldType::Email))) {
                add(name, value);
            }
        }
        for (name, value) in self.values(&self.mapping.identities, scope, telling) {
            add(&name, &value);
        }
        found
    }

    fn source(&self, scope: &Scope<'_>, telling: &mut Telling<'_>) -> Map<String, Value> {
        let mut source: Map<String, Value> =
            self.values(&self.mapping.source, scope, telling).into_iter().collect();
        let mut page = |picker: &Option<Picker>| {
            let value = self.value(picker.as_ref()?, scope, telling, "")?;
            plain(&value)
        };
        let (page, referrer) = (page(&self.mapping.page), page(&self.mapping.referrer));
        for (name, value) in acquisition::read(page.as_deref(), referrer.as_deref()) {
            source.entry(name).or_insert(value);
        }
        source
    }

    fn activities(
        &self,
        rule: &Activities,
        scope: &Scope<'_>,
        index: usize,
        person: &mut CapturedPerson,
        telling: &mut Telling<'_>,
    ) {
        let items: Vec<(&Value, String)> =
            if rule.each.is_empty() { vec![(scope.item, String::new())] } else { found(&rule.each, scope) };
        for (number, (item, step)) in items.into_iter().enumerate() {
            let inner = Scope { item, outer: Some(scope) };
            let scope = if rule.each.is_empty() { scope } else { &inner };
            let mut telling =
                Telling { place: format!("{}{step}", telling.place), problems: &mut *telling.problems };
            match rule.when.as_ref().map_or(Ok(true), |when| when.test(scope, self.at)) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(problem) => {
                    telling.tell(problem, "");
                    continue;
                }
            }
            if let Some(activity) = self.activity(rule, scope, (index, number), person, &mut telling) {
                let (id, at) = (activity.id.clone(), activity.at);
                let human = activity.trust != Trust::Machine;
                person.activities.push(activity);
                if human {
                    self.consent(&rule.consent, scope, Some(&id), at, person, &mut telling);
                }
            }
        }
    }

    fn activity(
        &self,
        rule: &Activities,
        scope: &Scope<'_>,
        place: (usize, usize),
        person: &CapturedPerson,
        telling: &mut Telling<'_>,
    ) -> Option<Activity> {
        let kind = match &rule.kind {
            KindOf::Fixed(kind) => kind.clone(),
            KindOf::Picked(picker) => plain(&self.value(picker, scope, telling, "")?)?,
        };
        let given = rule.at.as_ref().and_then(|picker| self.value(picker, scope, telling, ""));
        let at = given.as_ref().and_then(|value| self.instant(value, telling));
        let id = rule
            .id
            .as_ref()
            .and_then(|picker| self.value(picker, scope, telling, ""))
            .and_then(|id| plain(&id));
        let id = id.unwrap_or_else(|| self.made_id(&kind, at, scope, place, person));
        let mut activity = Activity::new(id, kind, at.unwrap_or(self.at));
        if activity.at != self.at {
            activity.recorded_at = Some(self.at);
        }
        activity.campaign = rule
            .campaign
            .as_ref()
            .and_then(|picker| self.value(picker, scope, telling, ""))
            .and_then(|campaign| plain(&campaign));
        if let Some(trust) = rule.trust.as_ref().and_then(|picker| self.value(picker, scope, telling, "")) {
            activity.trust = trust_of(&trust);
            activity.trust_by = (activity.trust != Trust::Human).then(|| "provider".to_owned());
        }
        let types = self.model.activity(&activity.kind).map(|(_, policy)| &policy.properties);
        for (name, value) in self.values(&rule.properties, scope, telling) {
            // One rule may serve several kinds: each gets the properties that it declares.
            let typed = match types.map(|types| types.get(&name)) {
                Some(Some(kind)) => self.typed(*kind, value, telling, &name),
                Some(None) => continue,
                None => value,
            };
            if typed != Value::Null {
                activity.properties.insert(name, typed);
            }
        }
        for (name, value) in &person.source {
            let typed = match types.and_then(|types| types.get(name)) {
                Some(kind) => self.typed(*kind, value.clone(), telling, name),
                None => value.clone(),
            };
            activity.properties.entry(name.clone()).or_insert(typed);
        }
        Some(activity)
    }

    /// An id of what there is: the same content gives the same id. Without a time of its own, the time of the
    /// capture is part of it, since the same form may be sent twice and mean it.
    fn made_id(
        &self,
        kind: &str,
        at: Option<Instant>,
        scope: &Scope<'_>,
        place: (usize, usize),
        person: &CapturedPerson,
    ) -> String {
        let who = person.identities.first().map_or("", |identity| identity.value.as_str());
        // An item that is a bare text says nothing by itself.
        let item = if matches!(scope.item, Value::Object(_)) { scope.item } else { scope.outermost() };
        let content = serde_json::to_string(item).unwrap_or_default();
        let when = at.unwrap_or(self.at).to_string();
        let place = if at.is_some() { String::new() } else { format!("{}/{}", place.0, place.1) };
        format!("{}:{:016x}", self.name, stable_hash(&[self.name, kind, &when, who, &place, &content]))
    }

    fn instant(&self, value: &Value, telling: &mut Telling<'_>) -> Option<Instant> {
        if let Value::Text(text) = value
            && let Ok(instant) = text.parse()
        {
            return Some(instant);
        }
        let cleansed = match value {
            Value::Int(_) | Value::Float(_) => None,
            _ => self.cleansers.value(Cleaner::Timestamp, value).text().and_then(|text| text.parse().ok()),
        };
        if cleansed.is_none() {
            let shown: String = plain(value).unwrap_or_default().chars().take(40).collect();
            let problem = Diagnostic::warning(
                Code::NotCaptured,
                format!("`{shown}` is not an instant: the time of capture stands in"),
            )
            .with_help("say how it is written: `unix: seconds`, `unix: milliseconds`, or `as: timestamp`");
            telling.push(problem, "");
        }
        cleansed
    }

    fn consent(
        &self,
        rules: &[ConsentRule],
        scope: &Scope<'_>,
        activity: Option<&str>,
        at: Instant,
        person: &mut CapturedPerson,
        telling: &mut Telling<'_>,
    ) {
        for rule in rules {
            let Some(value) = self.value(&rule.event, scope, telling, "") else { continue };
            let event = match &value {
                Value::Bool(true) => Some(ConsentChange::Grant),
                Value::Bool(false) => Some(ConsentChange::Deny),
                other => plain(other).and_then(|word| change(&word)),
            };
            let Some(event) = event else {
                let shown: String = plain(&value).unwrap_or_default().chars().take(40).collect();
                let problem =
                    Diagnostic::warning(Code::NotCaptured, format!("`{shown}` says nothing of consent"))
                        .with_help("give `values` that lead to `grant`, `deny` and the like");
                telling.push(problem, "");
                continue;
            };
            let mut text = |picker: &Option<Picker>| {
                picker
                    .as_ref()
                    .and_then(|picker| self.value(picker, scope, telling, ""))
                    .and_then(|value| plain(&value))
            };
            let (purpose, basis) = (text(&rule.purpose), text(&rule.basis));
            person.consent.push(CapturedConsent {
                channel: rule.channel.clone(),
                purpose,
                event,
                at,
                basis,
                activity: activity.map(str::to_owned),
            });
        }
    }

    fn values(
        &self,
        pickers: &Pickers,
        scope: &Scope<'_>,
        telling: &mut Telling<'_>,
    ) -> Vec<(String, Value)> {
        let mut values = Vec::with_capacity(pickers.len());
        for (name, picker) in pickers {
            if let Some(value) = self.value(picker, scope, telling, name) {
                values.push((name.clone(), value));
            }
        }
        values
    }

    /// The value of a pick; nothing if it is empty or cannot be used, which is told.
    fn value(
        &self,
        picker: &Picker,
        scope: &Scope<'_>,
        telling: &mut Telling<'_>,
        name: &str,
    ) -> Option<Value> {
        match picker.value(scope, self.at, self.cleansers) {
            Ok(Value::Null) => None,
            Ok(value) => Some(value),
            Err(problem) => {
                telling.tell(problem, name);
                None
            }
        }
    }

    /// A property as its declared type.
    fn typed(&self, kind: FieldType, value: Value, telling: &mut Telling<'_>, name: &str) -> Value {
        let cleaner = match kind {
            FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => {
                return match &value {
                    Value::List(items) => {
                        let texts: Vec<String> = items.iter().filter_map(plain).collect();
                        Value::Text(texts.join(", "))
                    }
                    other => plain(other).map_or(Value::Null, Value::Text),
                };
            }
            FieldType::Integer => Cleaner::Integer,
            FieldType::Number => Cleaner::Number,
            FieldType::Boolean => Cleaner::Boolean,
            FieldType::Date => Cleaner::Date,
            FieldType::Timestamp => Cleaner::Timestamp,
            FieldType::Set => Cleaner::Set,
        };
        let cleansed = self.cleansers.value(cleaner, &value);
        if let Some(problem) = cleansed.problem {
            telling.push(problem, &format!("/{}", pointer_escape(name)));
        }
        cleansed.value
    }
}

/// Where problems go, and at what place of the payload.
struct Telling<'a> {
    place: String,
    problems: &'a mut Vec<Diagnostic>,
}

impl Telling<'_> {
    fn tell(&mut self, problem: Unusable, name: &str) {
        let step = if name.is_empty() { String::new() } else { format!("/{}", pointer_escape(name)) };
        self.push(*problem.0, &step);
    }

    fn push(&mut self, problem: Diagnostic, step: &str) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem.at(format!("{}{step}", self.place)));
        }
    }
}

/// What may happen to a consent, by the word that mappings use.
pub(super) const CHANGES: [(&str, ConsentChange); 7] = [
    ("grant", ConsentChange::Grant),
    ("request", ConsentChange::Request),
    ("confirm", ConsentChange::Confirm),
    ("deny", ConsentChange::Deny),
    ("bounce", ConsentChange::Bounce),
    ("complaint", ConsentChange::Complaint),
    ("recover", ConsentChange::Recover),
];

/// What a word says of a consent.
pub(super) fn change(word: &str) -> Option<ConsentChange> {
    CHANGES.iter().find(|(known, _)| *known == word).map(|(_, change)| *change)
}

fn trust_of(value: &Value) -> Trust {
    match value {
        Value::Bool(true) => Trust::Machine,
        Value::Text(word) => match word.to_ascii_lowercase().as_str() {
            "machine" | "true" | "1" => Trust::Machine,
            "unsure" => Trust::Unsure,
            _ => Trust::Human,
        },
        Value::Int(1) => Trust::Machine,
        _ => Trust::Human,
    }
}

/// The items of a payload with their places: those of a list, or the one that it is.
fn items(value: &Value) -> Vec<(&Value, String)> {
    match value {
        Value::List(items) => {
            items.iter().enumerate().map(|(index, item)| (item, format!("/{index}"))).collect()
        }
        other => vec![(other, String::new())],
    }
}

/// The items that the first path with something leads to; the item itself without paths, or where all lead nowhere.
fn found<'v>(paths: &[Path], scope: &Scope<'v>) -> Vec<(&'v Value, String)> {
    if paths.is_empty() {
        return items(scope.item);
    }
    let there = paths.iter().find_map(|path| path.find(scope).filter(|value| **value != Value::Null));
    there.map(items).unwrap_or_default()
}

/// Who is among the people already, and what is known of them: a payload may name one person many times.
#[derive(Default)]
struct Known {
    people: HashMap<(String, String), usize>,
    activities: HashSet<(usize, String)>,
}

/// The most identities that one payload can give a person: more is no person.
const MAX_IDENTITIES: usize = 50;

impl Known {
    /// Adds to a person who is there already, by the first identity.
    fn join(&mut self, people: &mut Vec<CapturedPerson>, mut person: CapturedPerson) {
        let key = person.identities.first().map(|identity| (identity.kind.clone(), identity.value.clone()));
        let place = key.as_ref().and_then(|key| self.people.get(key)).copied().unwrap_or(people.len());
        person.activities.retain(|activity| self.activities.insert((place, activity.id.clone())));
        let Some(known) = people.get_mut(place) else {
            if let Some(key) = key {
                self.people.insert(key, place);
            }
            people.push(person);
            return;
        };
        for identity in person.identities {
            if known.identities.len() < MAX_IDENTITIES && !known.identities.contains(&identity) {
                known.identities.push(identity);
            }
        }
        known.fields.extend(person.fields);
        known.changes.extend(person.changes);
        for (name, value) in person.source {
            known.source.entry(name).or_insert(value);
        }
        known.activities.extend(person.activities);
        known.consent.extend(person.consent);
    }
}
