//! One document against another, thing by thing.

use serde_json::{Map, Value};

use crate::base::diagnostic::escape;
use crate::trust::diff::items::{Group, Item, Order, root};
use crate::trust::diff::model::{ChangedPart as P, DiffKind};
use crate::trust::diff::names::{Names, Paired, Texts, pair};

/// A change before it is put into words.
pub(super) struct Found<'a> {
    pub(super) kind: DiffKind,
    pub(super) part: P,
    pub(super) name: String,
    pub(super) within: Vec<(P, String)>,
    pub(super) property: Option<String>,
    pub(super) was: Option<Value>,
    pub(super) now: Option<Value>,
    /// JSON Pointers.
    pub(super) places: [Option<String>; 2],
    /// The whole thing, where it is added or removed.
    pub(super) item: Option<&'a Item>,
}

/// Two documents as things, ready to be compared.
pub(super) struct Sides {
    items: [Item; 2],
    texts: Texts,
}

impl Sides {
    pub(super) fn of(before: Value, after: Value) -> Self {
        let texts = Texts::of(&before, &after);
        Self { items: [root(before), root(after)], texts }
    }

    /// Every change, and what the things of the first document are called in the second.
    pub(super) fn changes(&self) -> (Vec<Found<'_>>, Names) {
        let mut comparer =
            Comparer { names: Names::default(), texts: &self.texts, within: Vec::new(), found: Vec::new() };
        let [before, after] = &self.items;
        comparer.learn(before, after);
        comparer.compare(before, after);
        (comparer.found, comparer.names)
    }
}

struct Comparer<'a> {
    names: Names,
    texts: &'a Texts,
    within: Vec<(P, String)>,
    found: Vec<Found<'a>>,
}

/// Those that others name, in the order in which they name each other.
const NAMED_FIRST: [P; 10] = [
    P::Field,
    P::Activity,
    P::Group,
    P::Campaign,
    P::Template,
    P::Scorecard,
    P::Segment,
    P::Scenario,
    P::Team,
    P::Policy,
];

impl<'a> Comparer<'a> {
    /// Learns the new names of what others name, before anything is compared.
    fn learn(&mut self, before: &Item, after: &Item) {
        let mut all = groups(before, after);
        let routing = all.iter().find_map(|(own, other)| Some((routing((*own)?)?, routing((*other)?)?)));
        all.extend(routing.into_iter().flat_map(|(own, other)| groups(own, other)));
        for part in NAMED_FIRST {
            for (own, other) in &all {
                self.learn_group(part, *own, *other);
            }
        }
    }

    fn learn_group(&mut self, part: P, before: Option<&Group>, after: Option<&Group>) {
        if let (Some(before), Some(after)) = (before, after)
            && before.part == part
        {
            let paired = pair(before, after, &self.names, self.texts);
            for (old, new) in paired.renamed {
                if let (Some(old), Some(new)) = (before.items.get(old), after.items.get(new)) {
                    self.names.add(part, &old.name, &new.name);
                }
            }
        }
    }

    fn compare(&mut self, before: &'a Item, after: &'a Item) {
        if before.named && after.named && before.name != after.name {
            self.say(DiffKind::Renamed, before, after);
        }
        let keys = before.own.keys().chain(after.own.keys().filter(|key| !before.own.contains_key(*key)));
        for key in keys {
            self.property(before, after, key, before.own.get(key), after.own.get(key));
        }
        if before.part == P::Scorecard {
            self.names.leave_card();
        }
        let named = !after.name.is_empty();
        if named {
            self.within.push((after.part, after.name.clone()));
        }
        for (own, other) in groups(before, after) {
            if before.part == P::Scorecard {
                self.learn_group(P::Group, own, other);
            }
            match (own, other) {
                (Some(own), Some(other)) => self.group(own, other),
                (Some(own), None) => own.items.iter().for_each(|item| self.whole(DiffKind::Removed, item)),
                (None, Some(other)) => other.items.iter().for_each(|item| self.whole(DiffKind::Added, item)),
                (None, None) => {}
            }
        }
        if named {
            self.within.pop();
        }
    }

    fn group(&mut self, before: &'a Group, after: &'a Group) {
        let Paired { same, renamed, removed, added } = pair(before, after, &self.names, self.texts);
        let mut both: Vec<(usize, usize)> = same.into_iter().chain(renamed).collect();
        both.sort_unstable();
        self.order(before, after, &both);
        for (own, other) in &both {
            if let (Some(own), Some(other)) = (before.items.get(*own), after.items.get(*other)) {
                self.compare(own, other);
            }
        }
        for item in removed.iter().filter_map(|number| before.items.get(*number)) {
            self.whole(DiffKind::Removed, item);
        }
        for item in added.iter().filter_map(|number| after.items.get(*number)) {
            self.whole(DiffKind::Added, item);
        }
    }

    /// Whether things that both documents have stand in another order, where that means something.
    fn order(&mut self, before: &Group, after: &Group, both: &[(usize, usize)]) {
        let names =
            |group: &Group| -> Vec<String> { group.items.iter().map(|item| item.name.clone()).collect() };
        let moved = match before.order {
            Order::Free => false,
            Order::Matters => both.windows(2).any(|pair| matches!(pair, [a, b] if a.1 > b.1)),
            // Another first one, that was there before or stays beside the one that was first.
            Order::First => {
                let first = |at: usize, side: fn(&(usize, usize)) -> usize| {
                    both.iter().find(|pair| side(pair) == at).copied()
                };
                match (first(0, |pair| pair.0), first(0, |pair| pair.1)) {
                    (Some(own), _) => own.1 != 0,
                    (None, Some(other)) => other.0 != 0,
                    (None, None) => false,
                }
            }
        };
        if moved {
            let list = |names: Vec<String>| Value::Array(names.into_iter().map(Value::String).collect());
            self.found.push(Found {
                kind: DiffKind::Moved,
                part: after.part,
                name: String::new(),
                within: self.within.clone(),
                property: None,
                was: Some(list(names(before))),
                now: Some(list(names(after))),
                places: [Some(before.path.clone()), Some(after.path.clone())],
                item: None,
            });
        }
    }

    /// A property, key within key.
    fn property(
        &mut self,
        before: &Item,
        after: &Item,
        path: &str,
        was: Option<&Value>,
        now: Option<&Value>,
    ) {
        let key = path.rsplit('/').next().unwrap_or(path);
        let part = before.part;
        let settled =
            |names: &Names, value: Option<&Value>| value.map(|value| names.settle(part, key, value));
        if settled(&self.names, was) == settled(&Names::default(), now) {
            return;
        }
        if let (Some(Value::Object(own)), Some(Value::Object(other))) = (was, now) {
            let keys = own.keys().chain(other.keys().filter(|key| !own.contains_key(*key)));
            for inner in keys {
                // A key may be a name that has become another.
                let renamed = matches!(key, "fields" | "set" | "missing")
                    .then(|| self.names.get(P::Field, inner))
                    .flatten()
                    .filter(|renamed| other.contains_key(*renamed) && !other.contains_key(inner));
                if !own.contains_key(inner) && was_renamed(own, &self.names, inner) {
                    continue;
                }
                let now = other.get(renamed.unwrap_or(inner));
                self.property(before, after, &format!("{path}/{}", escape(inner)), own.get(inner), now);
            }
            return;
        }
        let place = |item: &Item| format!("{}/{path}", item.base);
        self.found.push(Found {
            kind: DiffKind::Changed,
            part,
            name: after.name.clone(),
            within: self.within.clone(),
            property: Some(path.to_owned()),
            was: was.cloned(),
            now: now.cloned(),
            places: [Some(place(before)), Some(place(after))],
            item: None,
        });
    }

    fn say(&mut self, kind: DiffKind, before: &Item, after: &Item) {
        self.found.push(Found {
            kind,
            part: after.part,
            name: before.name.clone(),
            within: self.within.clone(),
            property: None,
            was: Some(Value::String(before.name.clone())),
            now: Some(Value::String(after.name.clone())),
            places: [Some(before.path.clone()), Some(after.path.clone())],
            item: None,
        });
    }

    fn whole(&mut self, kind: DiffKind, item: &'a Item) {
        let (was, now) = match kind {
            DiffKind::Removed => (Some(written(item)), None),
            _ => (None, Some(written(item))),
        };
        let here = Some(item.path.clone());
        let places = if kind == DiffKind::Removed { [here, None] } else { [None, here] };
        self.found.push(Found {
            kind,
            part: item.part,
            name: item.name.clone(),
            within: self.within.clone(),
            property: None,
            was,
            now,
            places,
            item: Some(item),
        });
    }
}

/// What teams and policies stand in.
fn routing(group: &Group) -> Option<&Item> {
    if group.part == P::Routing { group.items.first() } else { None }
}

/// Whether a key of the second document is one of the first under a new name.
fn was_renamed(own: &Map<String, Value>, names: &Names, key: &str) -> bool {
    own.keys().any(|old| names.get(P::Field, old) == Some(key))
}

/// The groups of two things side by side: those of the first in order, then what only the second has.
fn groups<'g>(before: &'g Item, after: &'g Item) -> Vec<(Option<&'g Group>, Option<&'g Group>)> {
    let twin = |key: &str| after.groups.iter().find(|group| group.key == key);
    let lone = |group: &&Group| !before.groups.iter().any(|own| own.key == group.key);
    let both = before.groups.iter().map(|group| (Some(group), twin(group.key)));
    both.chain(after.groups.iter().filter(lone).map(|group| (None, Some(group)))).collect()
}

/// A thing as it is written, all that is in it included.
fn written(item: &Item) -> Value {
    let mut all = item.own.clone();
    for group in &item.groups {
        let inner = if group.items.iter().all(|item| item.named) {
            Value::Object(group.items.iter().map(|item| (item.name.clone(), written(item))).collect())
        } else {
            Value::Array(group.items.iter().map(written).collect())
        };
        all.insert(group.key.to_owned(), inner);
    }
    Value::Object(all)
}
