//! Which things of two playbooks are the same: by name, by place, or by what they say under another name.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value};

use crate::expr::{Named, respelt};
use crate::trust::diff::items::{Group, Item};
use crate::trust::diff::model::ChangedPart as P;

/// So many pairs are looked at for likeness; beyond that only what is quite the same is recognised.
const MOST_PAIRS: usize = 250_000;
/// How much of two things must be the same for one to be the other renamed, in percent.
const ALIKE: usize = 60;

/// What things of the first playbook are called in the second.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<&'static str, BTreeMap<String, String>>);

impl Names {
    pub(super) fn add(&mut self, part: P, old: &str, new: &str) {
        self.0.entry(room(part)).or_default().insert(old.to_owned(), new.to_owned());
    }

    /// Forgets the names that mean something within one scorecard only.
    pub(super) fn leave_card(&mut self) {
        self.0.remove(room(P::Group));
    }

    pub(super) fn get(&self, part: P, old: &str) -> Option<&str> {
        self.0.get(room(part))?.get(old).map(String::as_str)
    }

    /// A value in one spelling, with the names of the second playbook.
    pub(super) fn settle(&self, part: P, key: &str, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.word(part, key, text)),
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.settle(part, key, item)).collect())
            }
            Value::Object(entries) => {
                let keyed = match key {
                    "fields" | "set" | "missing" => Some(P::Field),
                    _ => None,
                };
                let one = |(name, value): (&String, &Value)| {
                    let renamed = keyed.and_then(|part| self.get(part, name)).unwrap_or(name).to_owned();
                    (renamed, self.settle(part, name, value))
                };
                Value::Object(entries.iter().map(one).collect())
            }
            other => other.clone(),
        }
    }

    fn word(&self, part: P, key: &str, text: &str) -> String {
        if is_expression(part, key) {
            let called = |named: Named, name: &str| self.get(kind(named), name).map(str::to_owned);
            return respelt(text, &called).unwrap_or_else(|| text.to_owned());
        }
        let refers = match (part, key) {
            (P::Rule, "by") | (_, "zone_field" | "separate" | "skill_field" | "language_field") => P::Field,
            (P::Rule | P::Goal, "on") | (_, "activity" | "kind") => P::Activity,
            (P::Rule, "group") => P::Group,
            (_, "card") => P::Scorecard,
            (_, "segment" | "audience" | "segment_entered" | "segment_left") => P::Segment,
            (_, "template" | "fallback") => P::Template,
            (P::Recycle, "scenario") | (P::Policy, "recycle") | (P::Step | P::Scenario, "to") => P::Scenario,
            (P::Step, "campaign") | (P::Campaign, "parent") => P::Campaign,
            (P::Step, "policy") => P::Policy,
            (P::Team, "parent") => P::Team,
            (P::RoutingRule, "to" | "informed") => {
                let team = text.strip_prefix("team:").and_then(|team| self.get(P::Team, team));
                return team.map_or_else(|| text.to_owned(), |team| format!("team:{team}"));
            }
            _ => return text.to_owned(),
        };
        self.get(refers, text).unwrap_or(text).to_owned()
    }

    /// All that a thing says, in one spelling, its own label aside.
    pub(super) fn content(&self, item: &Item) -> Value {
        let mut content: Map<String, Value> = item
            .own
            .iter()
            .filter(|(key, _)| *key != "label")
            .map(|(key, value)| (key.clone(), self.settle(item.part, key, value)))
            .collect();
        for group in &item.groups {
            let inner = group.items.iter().map(|item| {
                let mut content = self.content(item);
                if let (true, Some(entries)) = (item.named, content.as_object_mut()) {
                    entries.insert("#name".to_owned(), Value::String(item.name.clone()));
                }
                content
            });
            content.insert(group.key.to_owned(), Value::Array(inner.collect()));
        }
        Value::Object(content)
    }
}

/// One namespace per kind of thing.
fn room(part: P) -> &'static str {
    match part {
        P::Field => "field",
        P::Activity => "activity",
        P::Scorecard => "scorecard",
        P::Group => "group",
        P::Segment => "segment",
        P::Template => "template",
        P::Campaign => "campaign",
        P::Scenario => "scenario",
        P::Team => "team",
        P::Policy => "policy",
        _ => "",
    }
}

pub(super) fn is_expression(part: P, key: &str) -> bool {
    match key {
        "when" | "until" | "covers" | "ascending" | "descending" => true,
        "points" => part == P::Rule,
        "goal" => part == P::Scenario,
        _ => false,
    }
}

/// Which things are the same, by their numbers.
pub(super) struct Paired {
    pub(super) same: Vec<(usize, usize)>,
    pub(super) renamed: Vec<(usize, usize)>,
    pub(super) removed: Vec<usize>,
    pub(super) added: Vec<usize>,
}

pub(super) fn pair(before: &Group, after: &Group, names: &Names, texts: &Texts) -> Paired {
    let mut same = Vec::new();
    let numbers: HashMap<&str, usize> = after
        .items
        .iter()
        .enumerate()
        .filter(|(_, item)| item.named)
        .map(|(number, item)| (item.name.as_str(), number))
        .collect();
    for (number, item) in before.items.iter().enumerate().filter(|(_, item)| item.named) {
        let called = names.get(item.part, &item.name).unwrap_or(&item.name);
        if let Some(other) = numbers.get(called) {
            same.push((number, *other));
        }
    }
    let taken: [BTreeSet<usize>; 2] =
        [same.iter().map(|pair| pair.0).collect(), same.iter().map(|pair| pair.1).collect()];
    let open = |group: &Group, taken: &BTreeSet<usize>, named: bool| -> Vec<usize> {
        let items = group.items.iter().enumerate();
        items
            .filter(|(number, item)| item.named == named && !taken.contains(number))
            .map(|(n, _)| n)
            .collect()
    };
    let [taken_before, taken_after] = &taken;
    let places = by_place(
        (before, open(before, taken_before, false)),
        (after, open(after, taken_after, false)),
        names,
    );
    let renamed = by_content(
        (before, open(before, taken_before, true)),
        (after, open(after, taken_after, true)),
        names,
        texts,
    );
    same.extend(places);
    let known = |side: fn(&(usize, usize)) -> usize| -> BTreeSet<usize> {
        same.iter().chain(&renamed).map(side).collect()
    };
    let (left, right) = (known(|pair| pair.0), known(|pair| pair.1));
    let removed = (0..before.items.len()).filter(|number| !left.contains(number)).collect();
    let added = (0..after.items.len()).filter(|number| !right.contains(number)).collect();
    same.sort_unstable();
    Paired { same, renamed, removed, added }
}

type Part<'a> = (&'a Group, Vec<usize>);

/// Things without a name: the longest run of those that say the same, and between them those of one kind in order.
fn by_place(before: Part<'_>, after: Part<'_>, names: &Names) -> Vec<(usize, usize)> {
    let content = |(group, numbers): &Part<'_>, names: &Names| -> Vec<Option<Value>> {
        numbers.iter().map(|number| group.items.get(*number).map(|item| names.content(item))).collect()
    };
    let (a, b) = (content(&before, names), content(&after, &Names::default()));
    let anchors = if a.len().saturating_mul(b.len()) <= MOST_PAIRS { common(&a, &b) } else { Vec::new() };
    let kind = |(group, numbers): &Part<'_>, at: usize| {
        let item = group.items.get(*numbers.get(at)?)?;
        Some(item.own.get("step").cloned().unwrap_or_default())
    };
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    for (anchor_a, anchor_b) in anchors.into_iter().chain([(a.len(), b.len())]) {
        while i < anchor_a {
            if let Some(twin) = (j..anchor_b).find(|at| kind(&before, i) == kind(&after, *at)) {
                found.push((i, twin));
                j = twin + 1;
            }
            i += 1;
        }
        if anchor_a < a.len() {
            found.push((anchor_a, anchor_b));
        }
        (i, j) = (anchor_a + 1, anchor_b + 1);
    }
    let number = |(i, j): (usize, usize)| Some((*before.1.get(i)?, *after.1.get(j)?));
    found.into_iter().filter_map(number).collect()
}

/// A longest common subsequence.
fn common(a: &[Option<Value>], b: &[Option<Value>]) -> Vec<(usize, usize)> {
    let mut lengths = vec![vec![0_usize; b.len() + 1]; a.len() + 1];
    let at = |lengths: &[Vec<usize>], i: usize, j: usize| {
        lengths.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0)
    };
    for (i, x) in a.iter().enumerate().rev() {
        for (j, y) in b.iter().enumerate().rev() {
            let length = if x == y {
                at(&lengths, i + 1, j + 1) + 1
            } else {
                at(&lengths, i + 1, j).max(at(&lengths, i, j + 1))
            };
            if let Some(slot) = lengths.get_mut(i).and_then(|row| row.get_mut(j)) {
                *slot = length;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while i < a.len() && j < b.len() {
        if a.get(i) == b.get(j) {
            found.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if at(&lengths, i + 1, j) >= at(&lengths, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

/// Things with another name: each the likeliest of the other, and no second one as likely.
fn by_content(before: Part<'_>, after: Part<'_>, names: &Names, texts: &Texts) -> Vec<(usize, usize)> {
    if before.1.is_empty() || after.1.is_empty() {
        return Vec::new();
    }
    let leaves = |(group, numbers): &Part<'_>, names: &Names| -> Vec<BTreeMap<String, usize>> {
        let item = |number: &usize| group.items.get(*number).map(|item| leaves_of(&names.content(item)));
        numbers.iter().map(|number| item(number).unwrap_or_default()).collect()
    };
    let (a, b) = (leaves(&before, names), leaves(&after, &Names::default()));
    let whole_only = a.len().saturating_mul(b.len()) > MOST_PAIRS;
    let mut scores: Vec<(usize, usize, usize)> = Vec::new();
    if whole_only {
        let mut known: BTreeMap<&BTreeMap<String, usize>, Vec<usize>> = BTreeMap::new();
        for (j, leaves) in b.iter().enumerate() {
            known.entry(leaves).or_default().push(j);
        }
        for (i, leaves) in a.iter().enumerate() {
            if let Some([j]) = known.get(leaves).map(Vec::as_slice) {
                scores.push((100, i, *j));
            }
        }
    } else {
        for (i, x) in a.iter().enumerate() {
            for (j, y) in b.iter().enumerate() {
                scores.push((alike(x, y), i, j));
            }
        }
    }
    let name = |(group, numbers): &Part<'_>, at: usize| {
        numbers.get(at).and_then(|number| group.items.get(*number)).map(|item| item.name.clone())
    };
    let declared = matches!(before.0.part, P::Field | P::Activity);
    let mut likely: Vec<(usize, usize, usize)> = scores
        .into_iter()
        .filter(|(score, i, j)| match (name(&before, *i), name(&after, *j)) {
            // Many fields say the same of themselves: what names them must say so too.
            (Some(old), Some(new)) if declared => {
                *score == 100 && replaces(before.0.part, &old, &new, names, texts)
            }
            _ => *score >= ALIKE,
        })
        .collect();
    likely.sort_unstable_by(|x, y| y.0.cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let only = |pair: &&(usize, usize, usize)| {
        let rival =
            |other: &(usize, usize, usize)| other.0 >= pair.0 && (other.1 == pair.1) != (other.2 == pair.2);
        !likely.iter().any(rival)
    };
    let number = |pair: &(usize, usize, usize)| Some((*before.1.get(pair.1)?, *after.1.get(pair.2)?));
    likely.iter().filter(only).filter_map(number).collect()
}

/// What two things have in common, in percent of what they say.
fn alike(a: &BTreeMap<String, usize>, b: &BTreeMap<String, usize>) -> usize {
    let all: usize = a.values().chain(b.values()).sum();
    let both: usize = a.iter().filter(|(leaf, _)| b.contains_key(*leaf)).map(|(_, weight)| weight).sum();
    // What says nothing is as like as can be.
    (both * 200).checked_div(all).unwrap_or(100)
}

/// Everything that a thing says, each with its weight: what it asks for weighs more than what it gives.
fn leaves_of(content: &Value) -> BTreeMap<String, usize> {
    fn walk(path: &str, weight: usize, value: &Value, found: &mut BTreeMap<String, usize>) {
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    let weight = if matches!(key.as_str(), "when" | "on" | "by") { 3 } else { weight };
                    walk(&format!("{path}/{key}"), weight, value, found);
                }
            }
            Value::Array(items) => {
                items.iter().for_each(|item| walk(&format!("{path}/-"), weight, item, found))
            }
            other => {
                found.insert(format!("{path}={other}"), weight);
            }
        }
    }
    let mut found = BTreeMap::new();
    walk("", 1, content, &mut found);
    found
}

/// Whether most of what named the one now names the other. What only one of the playbooks has may itself be renamed,
/// so any such name is as good as another.
fn replaces(part: P, old: &str, new: &str, names: &Names, texts: &Texts) -> bool {
    let [before, after] = &texts.sides;
    let after: BTreeSet<String> =
        after.all.iter().map(|text| after.masked(part, new, text, &Names::default())).collect();
    let (mut uses, mut kept) = (0_usize, 0_usize);
    for text in before.all.iter().filter(|text| text.contains(old)) {
        let masked = before.masked(part, old, text, names);
        if masked.contains(THIS) {
            uses += 1;
            kept += usize::from(after.contains(&masked));
        }
    }
    uses > 0 && kept * 2 > uses
}

/// What stands for the name in question, and for names that one playbook alone has.
const THIS: &str = "this_one";
const LONE: &str = "lone_one";

/// Every text of two documents that may name a field or a kind of activity.
#[derive(Debug)]
pub(super) struct Texts {
    sides: [Side; 2],
}

#[derive(Debug)]
struct Side {
    /// In one spelling.
    all: BTreeSet<String>,
    /// What the other document does not have.
    lone: BTreeSet<(Named, String)>,
}

impl Texts {
    pub(super) fn of(before: &Value, after: &Value) -> Self {
        let [own, other] = [before, after].map(declared);
        let lone = |own: &BTreeSet<(Named, String)>, other: &BTreeSet<(Named, String)>| {
            own.difference(other).cloned().collect()
        };
        let side = |document: &Value, lone| {
            let mut all = BTreeSet::new();
            walk(document, &mut all);
            Side { all, lone }
        };
        Self { sides: [side(before, lone(&own, &other)), side(after, lone(&other, &own))] }
    }
}

impl Side {
    fn masked(&self, part: P, name: &str, text: &str, names: &Names) -> String {
        if text == name {
            return THIS.to_owned();
        }
        let called = |named: Named, word: &str| {
            let own = kind(named);
            match names.get(own, word) {
                _ if own == part && word == name => Some(THIS.to_owned()),
                Some(known) => Some(known.to_owned()),
                None => self.lone.contains(&(named, word.to_owned())).then(|| LONE.to_owned()),
            }
        };
        respelt(text, &called).unwrap_or_else(|| text.to_owned())
    }
}

fn kind(named: Named) -> P {
    match named {
        Named::Field => P::Field,
        Named::Activity => P::Activity,
        Named::Scorecard => P::Scorecard,
        Named::Segment => P::Segment,
    }
}

/// What a document declares and expressions may name.
fn declared(document: &Value) -> BTreeSet<(Named, String)> {
    let rooms = [
        ("fields", Named::Field),
        ("activities", Named::Activity),
        ("scorecards", Named::Scorecard),
        ("segments", Named::Segment),
    ];
    let names = rooms.into_iter().flat_map(|(key, named)| {
        let entries = document.get(key).and_then(Value::as_object);
        entries.into_iter().flat_map(move |entries| entries.keys().map(move |name| (named, name.clone())))
    });
    names.collect()
}

fn walk(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            found.insert(respelt(text, &|_, _| None).unwrap_or_else(|| text.clone()));
        }
        Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
        Value::Object(entries) => entries.values().for_each(|value| walk(value, found)),
        _ => {}
    }
}
