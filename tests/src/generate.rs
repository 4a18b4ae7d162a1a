//! Random playbooks and leads from a seed: typed, valid, and drawn towards the boundaries where rules change.
//!
//! Everything is JSON text and depends on the seed alone, so that another language can be given the same case.

mod conditions;
mod leads;
mod random;
mod rules;

use serde_json::{Map, Value, json};

pub use random::Random;

/// One playbook, some leads, and the instant to assess them at.
#[derive(Debug, Clone)]
pub struct Case {
    /// The playbook as JSON text. It is valid.
    pub playbook: String,
    /// Lead records as JSON text. Each fits the playbook.
    pub leads: Vec<String>,
    /// The instant, as RFC 3339 text.
    pub at: String,
}

/// What kind of playbook is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Every form of rule, condition, rank and segment.
    Any,
    /// Only rules that give points and can only give less as time goes on, and no leads' activities after `at`.
    Fading,
}

/// The case of a seed.
#[must_use]
pub fn case(seed: u64) -> Case {
    case_of(Kind::Any, seed)
}

/// The case of a seed, of a kind.
#[must_use]
pub fn case_of(kind: Kind, seed: u64) -> Case {
    let mut random = Random::new(seed);
    let vocabulary = Vocabulary::new(&mut random);
    let playbook = playbook(&mut random, &vocabulary, kind);
    let leads = (0..random.between(1, 4))
        .map(|number| leads::lead(&mut random, &vocabulary, number, kind).to_string())
        .collect();
    Case { playbook: playbook.to_string(), leads, at: leads::AT.to_owned() }
}

/// What a playbook declares.
pub(crate) struct Vocabulary {
    /// Name and type.
    pub(crate) fields: Vec<(String, &'static str)>,
    /// Name, and the properties with their types.
    pub(crate) kinds: Vec<(String, Vec<(&'static str, &'static str)>)>,
}

/// Properties that a kind of activity may have: a name always has the same type.
const PROPERTIES: [(&str, &str); 8] = [
    ("url", "url"),
    ("template", "text"),
    ("seconds", "integer"),
    ("ratio", "number"),
    ("first", "boolean"),
    ("day", "date"),
    ("until", "timestamp"),
    ("tags", "set"),
];

impl Vocabulary {
    fn new(random: &mut Random) -> Self {
        let types = [
            ("text", 3),
            ("email", 1),
            ("phone", 1),
            ("url", 1),
            ("integer", 2),
            ("number", 2),
            ("boolean", 2),
            ("date", 1),
            ("timestamp", 1),
            ("set", 2),
        ];
        let mut fields = Vec::new();
        for (kind, most) in types {
            for number in 0..random.between(1, most) {
                fields.push((format!("{kind}_{number}"), kind));
            }
        }
        let kinds = (0..random.between(1, 4))
            .map(|number| {
                let properties = PROPERTIES.iter().copied().filter(|_| random.chance(60)).collect::<Vec<_>>();
                (format!("kind_{number}"), properties)
            })
            .collect();
        Self { fields, kinds }
    }

    /// Names of the fields of some types.
    pub(crate) fn fields_of(&self, types: &[&str]) -> Vec<&str> {
        let wanted = self.fields.iter().filter(|(_, kind)| types.contains(kind));
        wanted.map(|(name, _)| name.as_str()).collect()
    }

    /// Properties of some types that any of these kinds has, as `activity.<name>`, each once.
    pub(crate) fn properties_of(&self, kinds: &[usize], types: &[&str]) -> Vec<String> {
        let held = |name: &str| {
            kinds
                .iter()
                .filter_map(|kind| self.kinds.get(*kind))
                .any(|(_, properties)| properties.iter().any(|(property, _)| *property == name))
        };
        PROPERTIES
            .iter()
            .filter(|(name, kind)| types.contains(kind) && held(name))
            .map(|(name, _)| format!("activity.{name}"))
            .collect()
    }
}

fn playbook(random: &mut Random, vocabulary: &Vocabulary, kind: Kind) -> Value {
    let fields: Map<String, Value> =
        vocabulary.fields.iter().map(|(name, kind)| (name.clone(), json!({ "type": kind }))).collect();
    let activities: Map<String, Value> = vocabulary
        .kinds
        .iter()
        .map(|(name, properties)| {
            let properties: Map<String, Value> =
                properties.iter().map(|(name, kind)| ((*name).to_owned(), json!(kind))).collect();
            let channel = random.pick(&["web", "email", "event"]);
            (name.clone(), json!({ "channel": channel, "properties": properties }))
        })
        .collect();
    let cards = random.between(1, 3);
    let scorecards: Map<String, Value> = (0..cards)
        .map(|number| (format!("card_{number}"), rules::scorecard(random, vocabulary, kind, number, cards)))
        .collect();
    let mut segments = rules::segments(random, vocabulary, cards);
    // A segment may name one that stands later in the document.
    random.shuffle(&mut segments);
    let zone = random.pick(&["UTC", "Asia/Tokyo", "-03:30", "America/New_York"]);
    json!({
        "ikusei": 1,
        "name": "generated",
        "timezone": zone,
        "fields": fields,
        "activities": activities,
        "scorecards": scorecards,
        "segments": segments.into_iter().collect::<Map<String, Value>>(),
    })
}
