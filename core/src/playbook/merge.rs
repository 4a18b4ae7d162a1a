//! One document laid over another.

use std::collections::HashMap;

use super::json::Problem;
use super::node::{Kind, Node, push_step};
use crate::base::suggest::nearest;
use crate::base::{Code, Diagnostic};

/// Lays `over` onto `base`, which becomes the result: mappings merge key by key, `null` removes a key, lists of
/// mappings with an `id` merge by id, everything else is replaced.
pub(super) fn merge(base: &mut Node, over: Node, path: &str, problems: &mut Vec<Problem>) {
    let by_id = by_id(base) && by_id(&over);
    match (&mut base.kind, over.kind) {
        (Kind::Mapping(entries), Kind::Mapping(changes)) => {
            let mut numbers: HashMap<Box<str>, usize> =
                entries.iter().enumerate().map(|(index, (key, _))| (key.text.clone(), index)).collect();
            let mut removed = Vec::new();
            for (key, change) in changes {
                match numbers.get(&key.text).and_then(|index| Some((*index, entries.get_mut(*index)?))) {
                    Some((index, _)) if matches!(change.kind, Kind::Null) => removed.push(index),
                    Some((_, (name, value))) => {
                        let mut path = path.to_owned();
                        push_step(&mut path, &key.text);
                        *name = key;
                        merge(value, change, &path, problems);
                    }
                    None if matches!(change.kind, Kind::Null) => {}
                    None => {
                        numbers.insert(key.text.clone(), entries.len());
                        entries.push((key, change));
                    }
                }
            }
            let mut index = 0;
            entries.retain(|_| {
                index += 1;
                !removed.contains(&(index - 1))
            });
        }
        (Kind::List(items), Kind::List(changes)) if by_id => merge_list(items, changes, path, problems),
        (_, kind) => *base = Node { kind, place: over.place },
    }
}

fn merge_list(items: &mut Vec<Node>, changes: Vec<Node>, path: &str, problems: &mut Vec<Problem>) {
    for change in changes {
        let id = id(&change).map(str::to_owned);
        let number = items.iter().position(|item| self::id(item) == id.as_deref());
        let remove = matches!(change.get("remove").map(|node| &node.kind), Some(Kind::Bool(true)));
        match (number, number.and_then(|number| items.get_mut(number))) {
            (Some(number), _) if remove => {
                items.remove(number);
            }
            (Some(number), Some(item)) => merge(item, change, &format!("{path}/{number}"), problems),
            _ if remove => {
                let id = id.unwrap_or_default();
                let ids: Vec<&str> = items.iter().filter_map(self::id).collect();
                let message = format!("nothing with the id `{id}` to remove");
                let diagnostic = Diagnostic::error(Code::UnknownReference, message)
                    .at(path)
                    .did_you_mean(nearest(&id, ids));
                problems.push((diagnostic, change.get("id").map_or(change.place, |id| id.place)));
            }
            _ => items.push(change),
        }
    }
}

/// True for a list, with at least one item, of mappings that all have an `id`.
fn by_id(node: &Node) -> bool {
    !node.items().is_empty() && node.items().iter().all(|item| id(item).is_some())
}

fn id(node: &Node) -> Option<&str> {
    node.get("id").and_then(Node::text)
}
