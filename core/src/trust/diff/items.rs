//! The document as a tree of things with names: what a change can be told of.

use serde_json::{Map, Value};

use crate::base::diagnostic::escape;
use crate::trust::diff::model::ChangedPart;

/// A thing of the playbook: a rule, a rank, a step.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) part: ChangedPart,
    /// Its name; its place where it has none.
    pub(super) name: String,
    /// Whether its author named it.
    pub(super) named: bool,
    /// JSON Pointer to it.
    pub(super) path: String,
    /// JSON Pointer to its properties.
    pub(super) base: String,
    /// Its properties, without the things in it.
    pub(super) own: Map<String, Value>,
    pub(super) groups: Vec<Group>,
}

/// Things of one kind within another one.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) key: &'static str,
    pub(super) part: ChangedPart,
    pub(super) order: Order,
    pub(super) path: String,
    pub(super) items: Vec<Item>,
}

/// What the order of things means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Nothing.
    Free,
    /// The first one is special.
    First,
    /// All of it matters.
    Matters,
}

/// How things are written.
#[derive(Clone, Copy)]
enum Form {
    /// By name.
    Named,
    /// In a list; the key holds the name, if it is there.
    Listed(&'static str),
    /// Steps of a scenario.
    Steps,
    /// One thing.
    One,
}

use ChangedPart as P;
use Form::{Listed, Named, One, Steps};
use Order::{First, Free, Matters};

const NESTED: &[(ChangedPart, &str, ChangedPart, Form, Order)] = &[
    (P::Playbook, "fields", P::Field, Named, Free),
    (P::Playbook, "activities", P::Activity, Named, Free),
    (P::Playbook, "scorecards", P::Scorecard, Named, First),
    (P::Playbook, "segments", P::Segment, Named, Free),
    (P::Playbook, "cleansing", P::Cleansing, One, Free),
    (P::Playbook, "identity", P::Identity, One, Free),
    (P::Playbook, "capture", P::Capture, Named, Free),
    (P::Playbook, "trust", P::Trust, One, Free),
    (P::Playbook, "contact_policy", P::ContactPolicy, One, Free),
    (P::Playbook, "templates", P::Template, Named, Free),
    (P::Playbook, "campaigns", P::Campaign, Named, Free),
    (P::Playbook, "scenarios", P::Scenario, Named, Matters),
    (P::Playbook, "routing", P::Routing, One, Free),
    (P::Scorecard, "groups", P::Group, Named, Free),
    (P::Scorecard, "rules", P::Rule, Listed("id"), Free),
    (P::Scorecard, "disqualify", P::Disqualification, Listed("id"), Matters),
    (P::Scorecard, "ranks", P::Rank, Listed("rank"), Matters),
    (P::Template, "versions", P::Version, Named, First),
    (P::Campaign, "goals", P::Goal, Named, Free),
    (P::Scenario, "steps", P::Step, Steps, Matters),
    (P::Step, "then", P::Step, Steps, Matters),
    (P::Step, "timed_out", P::Step, Steps, Matters),
    (P::Step, "attended", P::Step, Steps, Matters),
    (P::Step, "absent", P::Step, Steps, Matters),
    (P::Step, "full", P::Step, Steps, Matters),
    (P::Step, "branch", P::Arm, Listed("id"), Matters),
    (P::Step, "arms", P::Arm, Named, Matters),
    (P::Arm, "steps", P::Step, Steps, Matters),
    (P::Routing, "teams", P::Team, Named, Matters),
    (P::Routing, "policies", P::Policy, Named, First),
    (P::Policy, "accountable", P::RoutingRule, Listed("id"), Matters),
    (P::Routing, "recycle", P::Recycle, Named, Free),
];

/// The whole document.
pub(super) fn root(document: Value) -> Item {
    item(P::Playbook, String::new(), true, String::new(), document)
}

fn item(part: ChangedPart, name: String, named: bool, path: String, value: Value) -> Item {
    let mut own = entries(part, value);
    tidy(part, &mut own);
    let (mut name, mut named, mut base) = (name, named, path.clone());
    if part == P::Step {
        let word = own.get("step").and_then(Value::as_str).unwrap_or_default();
        base = format!("{path}/{word}");
        if let Some(Value::String(id)) = own.shift_remove("id") {
            (name, named) = (id, true);
        }
    }
    let mut groups = Vec::new();
    for (_, key, child, form, order) in NESTED.iter().filter(|nested| nested.0 == part) {
        let Some(value) = own.shift_remove(*key) else { continue };
        let place = if part == P::Step && *key == "branch" { base.clone() } else { format!("{base}/{key}") };
        let under = if part == P::Scenario { "" } else { name.as_str() };
        let items = children(*child, *form, under, key, &place, value);
        groups.push(Group { key, part: *child, order: *order, path: place, items });
    }
    Item { part, name, named, path, base, own, groups }
}

fn children(part: ChangedPart, form: Form, under: &str, key: &str, path: &str, value: Value) -> Vec<Item> {
    match (form, value) {
        (Named, Value::Object(entries)) => entries
            .into_iter()
            .map(|(name, value)| {
                let path = format!("{path}/{}", escape(&name));
                let name = if part == P::Arm { format!("{under}.{name}") } else { name };
                item(part, name, true, path, value)
            })
            .collect(),
        (Listed(_) | Steps, Value::Array(items)) => {
            let mut seen: Vec<String> = Vec::new();
            let one = |(index, mut value): (usize, Value)| {
                let given = match form {
                    Listed(key) => value.as_object_mut().and_then(|entries| entries.shift_remove(key)),
                    _ => None,
                };
                let given = given.and_then(|name| name.as_str().map(str::to_owned));
                let named = given.is_some();
                let mut name = given.unwrap_or_else(|| match (part, under.is_empty()) {
                    (P::RoutingRule, _) => format!("rule-{}", index + 1),
                    // A step's name is its place, as diagrams and enrolments have it.
                    (_, true) => index.to_string(),
                    (_, false) => format!(
                        "{under}.{}{index}",
                        if side(key) { format!("{key}.") } else { String::new() }
                    ),
                });
                let times = seen.iter().filter(|known| **known == name).count();
                seen.push(name.clone());
                if times > 0 {
                    name = format!("{name} ({})", times + 1);
                }
                item(part, name, named, format!("{path}/{index}"), value)
            };
            items.into_iter().enumerate().map(one).collect()
        }
        (One, value) => vec![item(part, String::new(), true, path.to_owned(), value)],
        _ => Vec::new(),
    }
}

/// Steps that follow one outcome of a step, among others.
fn side(key: &str) -> bool {
    matches!(key, "then" | "timed_out" | "attended" | "absent" | "full")
}

/// What is written of a thing, as entries.
fn entries(part: ChangedPart, value: Value) -> Map<String, Value> {
    let one = |key: &str, value: Value| Map::from_iter([(key.to_owned(), value)]);
    match (part, value) {
        (P::Step, Value::Object(step)) => {
            let Some((word, inner)) = step.into_iter().next() else { return Map::new() };
            let mut own = match inner {
                Value::Object(inner) => inner,
                Value::Array(arms) => one("branch", Value::Array(arms)),
                other => one("value", other),
            };
            own.insert("step".to_owned(), Value::String(word));
            own
        }
        (P::Segment, Value::String(when)) => one("when", Value::String(when)),
        (_, Value::Object(entries)) => entries,
        (_, value) => one("value", value),
    }
}

/// One form for what can be written in several.
fn tidy(part: ChangedPart, own: &mut Map<String, Value>) {
    let listed: &[&str] = match part {
        P::Rule => &["on"],
        P::RoutingRule => &["to"],
        _ => &[],
    };
    for key in listed {
        if let Some(value) = own.get_mut(*key)
            && value.is_string()
        {
            *value = Value::Array(vec![value.take()]);
        }
    }
    let mut spread = |key: &str, make: &dyn Fn(&str) -> Option<Value>| {
        if let Some(value) = own.get_mut(key)
            && let Some(full) = value.as_str().and_then(make)
        {
            *value = full;
        }
    };
    match part {
        P::Rule => spread("per", &|period| Some(serde_json::json!({ period: 1 }))),
        P::RoutingRule => spread("assign", &|by| Some(serde_json::json!({ "by": by }))),
        P::Rank => spread("handling", &|word| {
            let (by, how) = match word {
                "sales" => ("sales", "high_touch"),
                "marketing" => ("marketing", "high_touch"),
                "automated" => ("marketing", "automated"),
                _ => return None,
            };
            Some(serde_json::json!({ "by": by, "how": how }))
        }),
        _ => {}
    }
}
