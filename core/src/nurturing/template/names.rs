//! What may be merged into a message: the declared fields of the lead, what the engine knows of the message, and what
//! the host gives with the call. Nothing else can be named, and nothing else is handed to the template.

use crate::base::suggest::nearest;
use crate::lead::model::{FieldType, Model};

/// What a merge field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// An address that was checked: it can stand where a link begins.
    Link,
    Number,
    Truth,
    /// A date or an instant.
    Moment,
    List,
    /// Whatever the host gives.
    Any,
}

/// Where its value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// The lead's field.
    Lead,
    /// The engine, of the message.
    Engine,
    /// The host, with the call.
    Host,
}

/// Known to every template besides the lead's fields.
const STANDARD: [(&str, Kind, Origin); 24] = [
    ("unsubscribe_url", Kind::Link, Origin::Host),
    ("preferences_url", Kind::Link, Origin::Host),
    ("view_url", Kind::Link, Origin::Host),
    ("owner.name", Kind::Text, Origin::Host),
    ("owner.email", Kind::Text, Origin::Host),
    ("owner.phone", Kind::Text, Origin::Host),
    ("owner.title", Kind::Text, Origin::Host),
    ("owner.team", Kind::Text, Origin::Host),
    ("owner.url", Kind::Link, Origin::Host),
    ("account.name", Kind::Text, Origin::Host),
    ("account.url", Kind::Link, Origin::Host),
    ("sender.company", Kind::Text, Origin::Host),
    ("sender.name", Kind::Text, Origin::Host),
    ("sender.email", Kind::Text, Origin::Host),
    ("sender.phone", Kind::Text, Origin::Host),
    ("sender.address", Kind::Text, Origin::Host),
    ("sender.url", Kind::Link, Origin::Host),
    ("scenario.name", Kind::Text, Origin::Engine),
    ("scenario.label", Kind::Text, Origin::Engine),
    ("scenario.step", Kind::Text, Origin::Engine),
    ("message.id", Kind::Text, Origin::Engine),
    ("message.template", Kind::Text, Origin::Engine),
    ("message.version", Kind::Text, Origin::Engine),
    ("now", Kind::Moment, Origin::Engine),
];

/// The names of one template.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    pub(super) model: &'a Model,
    /// What the template asks of the host besides the standard.
    pub(super) own: &'a [String],
}

impl<'a> Names<'a> {
    pub(super) fn find(self, path: &str) -> Option<(Kind, Origin)> {
        if let Some(field) = path.strip_prefix("lead.") {
            return self.model.field(field).map(|(_, policy)| (kind(policy.kind), Origin::Lead));
        }
        if let Some((_, kind, origin)) = STANDARD.iter().find(|(name, ..)| *name == path) {
            return Some((*kind, *origin));
        }
        let own = self.own.iter().any(|name| name == path);
        let kind = if is_link(path) { Kind::Link } else { Kind::Any };
        own.then_some((kind, Origin::Host))
    }

    /// The nearest name to one that is not known.
    pub(super) fn near(self, path: &str) -> Option<String> {
        let fields = self.model.fields().map(|(name, _)| format!("lead.{name}"));
        let standard = STANDARD.iter().map(|(name, ..)| (*name).to_owned());
        let all: Vec<String> = fields.chain(standard).chain(self.own.iter().cloned()).collect();
        // The commonest slip is to leave `lead.` out.
        let whole = format!("lead.{path}");
        if all.contains(&whole) {
            return Some(whole);
        }
        nearest(path, all.iter().map(String::as_str)).map(str::to_owned)
    }

    /// The names that the host may give.
    pub(super) fn of_host(self) -> impl Iterator<Item = &'a str> {
        let standard =
            STANDARD.iter().filter(|(_, _, origin)| *origin == Origin::Host).map(|(name, ..)| *name);
        standard.chain(self.own.iter().map(String::as_str))
    }

    /// Whether a name begins what every template knows: a template cannot give it another meaning.
    pub(super) fn is_reserved(name: &str) -> bool {
        name == "lead"
            || name == "loop"
            || STANDARD.iter().any(|(path, ..)| path.split('.').next() == Some(name))
    }
}

/// Names that end so hold addresses.
pub(super) fn is_link(path: &str) -> bool {
    path.ends_with("_url")
}

const fn kind(field: FieldType) -> Kind {
    match field {
        FieldType::Integer | FieldType::Number => Kind::Number,
        FieldType::Boolean => Kind::Truth,
        FieldType::Date | FieldType::Timestamp => Kind::Moment,
        FieldType::Set => Kind::List,
        FieldType::Text | FieldType::Email | FieldType::Phone | FieldType::Url => Kind::Text,
    }
}
