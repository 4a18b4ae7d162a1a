//! A playbook in the making.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::{Carried, Imported, Left, Place, Reason, because};
use crate::base::error::Error;
use crate::base::text::pointer_escape;
use crate::expr::is_name;
use crate::playbook::Playbook;

/// What a field must be able to hold, from what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Number,
    Boolean,
    Set,
    Email,
    Phone,
    Date,
    Timestamp,
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "number",
            Self::Boolean => "boolean",
            Self::Set => "set",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Draft {
    fields: IndexMap<String, Field>,
    activities: IndexMap<String, ()>,
    cards: IndexMap<String, Vec<(Value, Place)>>,
    segments: IndexMap<String, (String, Place)>,
    left: Vec<Left>,
}

#[derive(Debug)]
struct Field {
    kind: Kind,
    called: String,
    /// What its declaration says besides.
    more: Map<String, Value>,
    /// Where it is declared there; those that conditions name are declared nowhere.
    from: Option<Place>,
}

/// A field that is declared there.
pub(super) struct Declared<'a> {
    pub(super) called: &'a str,
    pub(super) kind: Kind,
    /// What its declaration says besides its type.
    pub(super) more: Map<String, Value>,
}

/// A constant of a condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Constant {
    Text(String),
    Number(String),
    Boolean(bool),
}

impl Constant {
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Number(number) => Some(Self::Number(number.to_string())),
            Value::Bool(truth) => Some(Self::Boolean(*truth)),
            _ => None,
        }
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Number(_) => Kind::Number,
            Self::Boolean(_) => Kind::Boolean,
        }
    }

    /// As an expression writes it.
    pub(super) fn written(&self) -> String {
        match self {
            // JSON's escapes are those of expressions.
            Self::Text(text) => Value::String(text.clone()).to_string(),
            Self::Number(number) => number.clone(),
            Self::Boolean(truth) => truth.to_string(),
        }
    }
}

impl Draft {
    /// The name of a field; one that is asked for two kinds of values is refused.
    pub(super) fn field(&mut self, called: &str, kind: Kind) -> Result<String, Reason> {
        let name = plain(called);
        match self.fields.get(&name) {
            Some(known) if known.kind != kind || known.called != called => Err(because(
                format!("`{called}` is asked for values of two kinds, or two fields would have its name"),
                "write the rule by hand, with a field for each",
            )),
            Some(_) => Ok(name),
            None => {
                let field = Field { kind, called: called.to_owned(), more: Map::new(), from: None };
                self.fields.insert(name.clone(), field);
                Ok(name)
            }
        }
    }

    /// Declares a field, and says what it is called here.
    pub(super) fn declare(&mut self, declared: Declared<'_>, from: &Place) -> Result<String, Reason> {
        let Declared { called, kind, more } = declared;
        let name = plain(called);
        if let Some(known) = self.fields.get(&name) {
            if known.called == called {
                return Err(because(format!("`{called}` stands there twice"), "leave one of them out"));
            }
            return Err(because(
                format!("`{called}` and `{}` would have one name", known.called),
                "rename one of them there, or write the field by hand",
            ));
        }
        let field = Field { kind, called: called.to_owned(), more, from: Some(from.clone()) };
        self.fields.insert(name.clone(), field);
        Ok(name)
    }

    /// Whether there is such a field already, and of what kind.
    pub(super) fn known(&self, called: &str) -> Option<Kind> {
        self.fields.get(&plain(called)).map(|field| field.kind)
    }

    pub(super) fn activity(&mut self, called: &str) -> String {
        let name = plain(called);
        self.activities.insert(name.clone(), ());
        name
    }

    /// Adds a rule to a scorecard.
    pub(super) fn rule(&mut self, card: &str, called: &str, mut rule: Map<String, Value>, from: &Place) {
        let rules = self.cards.entry(plain(card)).or_default();
        let wanted = dashed(called);
        let taken =
            |id: &str| rules.iter().any(|(rule, _)| rule.get("id").and_then(Value::as_str) == Some(id));
        let id = unique(&wanted, &taken);
        if id != called {
            rule.insert("label".to_owned(), json!(called));
        }
        rule.shift_insert(0, "id".to_owned(), json!(id));
        rules.push((Value::Object(rule), from.clone()));
    }

    pub(super) fn segment(&mut self, called: &str, when: String, from: &Place) {
        let id = unique(&dashed(called), &|id| self.segments.contains_key(id));
        self.segments.insert(id, (when, from.clone()));
    }

    /// Carries a part, or leaves it: then it declares nothing either.
    pub(super) fn attempt(&mut self, place: &Place, carry: impl FnOnce(&mut Self) -> Result<(), Reason>) {
        let declared = (self.fields.len(), self.activities.len());
        if let Err(reason) = carry(self) {
            self.fields.truncate(declared.0);
            self.activities.truncate(declared.1);
            self.leave(place, reason);
        }
    }

    pub(super) fn leave(&mut self, place: &Place, Reason { why, help }: Reason) {
        let Place { path, line } = place.clone();
        self.left.push(Left { path, line, why, help });
    }

    /// The playbook. What it would refuse stays behind.
    pub(super) fn finish(mut self) -> Result<Imported, Error> {
        loop {
            let document = self.document();
            let text = serde_json::to_string_pretty(&document).unwrap_or_default() + "\n";
            match Playbook::parse(&text) {
                Ok(_) => return Ok(self.imported(text)),
                Err(error) => {
                    let paths: Vec<(String, String)> = error
                        .diagnostics()
                        .iter()
                        .filter_map(|found| Some((found.path.clone()?, found.message.clone())))
                        .collect();
                    if !self.drop_refused(&paths) {
                        return Err(error);
                    }
                }
            }
        }
    }

    /// Leaves what the playbook refuses; whether there was something to leave.
    fn drop_refused(&mut self, paths: &[(String, String)]) -> bool {
        let mut left = Vec::new();
        let under = |path: &str, place: &str| path == place || path.starts_with(&format!("{place}/"));
        let refused =
            |place: &str| paths.iter().find(|(path, _)| under(path, place)).map(|(_, why)| why.clone());
        for (card, rules) in &mut self.cards {
            let mut index = 0;
            rules.retain(|(_, from)| {
                let why = refused(&format!("/scorecards/{card}/rules/{index}"));
                index += 1;
                left.extend(why.clone().map(|why| (from.clone(), why)));
                why.is_none()
            });
        }
        self.segments.retain(|name, (_, from)| {
            let why = refused(&format!("/segments/{name}"));
            left.extend(why.clone().map(|why| (from.clone(), why)));
            why.is_none()
        });
        self.fields.retain(|name, field| {
            let Some(from) = &field.from else { return true };
            let why = refused(&format!("/fields/{}", pointer_escape(name)));
            left.extend(why.clone().map(|why| (from.clone(), why)));
            why.is_none()
        });
        let found = !left.is_empty();
        for (from, why) in left {
            self.leave(&from, because(format!("a playbook refuses it: {why}"), "write it by hand"));
        }
        found
    }

    fn document(&self) -> Value {
        let mut document =
            Map::from_iter([("ikusei".to_owned(), json!(1)), ("name".to_owned(), json!("imported"))]);
        let fields = self.fields.iter().map(|(name, field)| {
            let mut declared = Map::from_iter([("type".to_owned(), json!(field.kind.word()))]);
            if *name != field.called {
                declared.insert("label".to_owned(), json!(field.called));
            }
            declared.extend(field.more.clone());
            (name.clone(), Value::Object(declared))
        });
        let rules = |rules: &Vec<(Value, Place)>| -> Vec<Value> {
            rules.iter().map(|(rule, _)| rule.clone()).collect()
        };
        let cards = self.cards.iter().map(|(name, own)| (name.clone(), json!({ "rules": rules(own) })));
        let rooms: [(&str, Map<String, Value>); 4] = [
            ("fields", fields.collect()),
            ("activities", self.activities.keys().map(|name| (name.clone(), json!({}))).collect()),
            ("scorecards", cards.collect()),
            ("segments", self.segments.iter().map(|(name, (when, _))| (name.clone(), json!(when))).collect()),
        ];
        for (key, room) in rooms.into_iter().filter(|(_, room)| !room.is_empty()) {
            document.insert(key.to_owned(), Value::Object(room));
        }
        Value::Object(document)
    }

    fn imported(self, playbook: String) -> Imported {
        let mut carried = Vec::new();
        let mut add = |from: &Place, to: String| {
            let Place { path, line } = from.clone();
            carried.push(Carried { from: path, line, to });
        };
        for (name, field) in &self.fields {
            field.from.iter().for_each(|from| add(from, format!("/fields/{name}")));
        }
        for (card, rules) in &self.cards {
            for (index, (_, from)) in rules.iter().enumerate() {
                add(from, format!("/scorecards/{card}/rules/{index}"));
            }
        }
        for (name, (_, from)) in &self.segments {
            add(from, format!("/segments/{name}"));
        }
        let renamed = self.fields.into_iter().filter(|(name, field)| *name != field.called);
        let fields = renamed.map(|(name, field)| (name, field.called)).collect();
        Imported { playbook, carried, left: self.left, fields }
    }
}

/// A name that expressions can say.
fn plain(called: &str) -> String {
    let mut name: String =
        called.trim().chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if name.is_empty() || name.starts_with(|c: char| c.is_numeric()) {
        name.insert(0, '_');
    }
    if is_name(&name) { name } else { format!("_{name}") }
}

/// A name for rules and segments.
fn dashed(called: &str) -> String {
    let text: String =
        called.trim().chars().map(|c| if c.is_alphanumeric() || c == '_' { c } else { '-' }).collect();
    let parts: Vec<&str> = text.split('-').filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { "rule".to_owned() } else { parts.join("-") }
}

fn unique(wanted: &str, taken: &dyn Fn(&str) -> bool) -> String {
    if !taken(wanted) {
        return wanted.to_owned();
    }
    (2_u32..).map(|number| format!("{wanted}-{number}")).find(|name| !taken(name)).unwrap_or_default()
}

/// Points, where a value is a number of them.
pub(super) fn points(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        Value::String(text) => text.trim().parse::<i64>().ok().map(Value::from),
        _ => None,
    }
}

/// Several conditions as one.
pub(super) fn joined(parts: &[String], operator: &str) -> String {
    match parts {
        [one] => one.clone(),
        [] => if operator == "&&" { "true" } else { "false" }.to_owned(),
        _ => parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(&format!(" {operator} ")),
    }
}
