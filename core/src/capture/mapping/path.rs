//! Paths into a payload: JSON Pointers, with `../` for what is around an item and `[name=value]` for the item of
//! a list that has this value.

use crate::lead::value::Value;

/// A path, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    /// How many items it leaves.
    up: usize,
    steps: Box<[Step]>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(Box<str>),
    /// The first item of a list whose entry of this name has this value.
    Where(Box<str>, Box<str>),
}

/// What a path is followed from: the item, and what is around it, outermost first.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) item: &'a Value,
    pub(super) outer: Option<&'a Scope<'a>>,
}

impl<'a> Scope<'a> {
    /// What is around everything.
    pub(super) fn outermost(&self) -> &'a Value {
        let mut scope = *self;
        while let Some(outer) = scope.outer {
            scope = *outer;
        }
        scope.item
    }
}

impl Path {
    /// Reads a path; the reason where it is none.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let mut rest = text;
        let mut up = 0;
        while let Some(tail) = rest.strip_prefix("..") {
            up += 1;
            rest = tail;
            // `../name` is `..` and the pointer `/name`; `../../name` goes on.
            if let Some(next) = rest.strip_prefix('/')
                && next.starts_with("..")
            {
                rest = next;
            } else {
                break;
            }
        }
        if rest.is_empty() {
            return Ok(Self { up, steps: Box::default() });
        }
        let Some(pointer) = rest.strip_prefix('/') else { return Err("a path begins with `/` or `../`") };
        let steps = split(pointer)?;
        Ok(Self { up, steps: steps.into_boxed_slice() })
    }

    /// What the path leads to.
    pub(super) fn find<'a>(&self, scope: &Scope<'a>) -> Option<&'a Value> {
        let mut scope = *scope;
        for _ in 0..self.up {
            scope = *scope.outer?;
        }
        self.steps.iter().try_fold(scope.item, |value, step| step.of(value))
    }
}

impl Step {
    fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        match (self, value) {
            (Self::Key(key), Value::Object(entries)) => entries.get(key.as_ref()),
            (Self::Key(key), Value::List(items)) => items.get(index(key)?),
            (Self::Where(name, wanted), Value::List(items)) => items.iter().find(|item| match item {
                Value::Object(entries) => {
                    entries.get(name.as_ref()).and_then(plain).is_some_and(|text| text == **wanted)
                }
                _ => false,
            }),
            _ => None,
        }
    }
}

/// A scalar as text.
pub(super) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Int(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::List(_) | Value::Object(_) => None,
    }
}

/// A place in a list, as JSON Pointer writes it: no sign, no leading zero.
fn index(key: &str) -> Option<usize> {
    let plain = key == "0" || !key.starts_with('0');
    (plain && key.bytes().all(|byte| byte.is_ascii_digit())).then(|| key.parse().ok()).flatten()
}

fn split(pointer: &str) -> Result<Vec<Step>, &'static str> {
    let mut steps = Vec::new();
    let mut rest = pointer;
    loop {
        // A slash inside `[name=value]` belongs to the value.
        let end = match rest.strip_prefix('[').and_then(|inner| inner.find(']')) {
            Some(close)
                if rest.get(close + 2..).is_some_and(|tail| tail.is_empty() || tail.starts_with('/')) =>
            {
                close + 2
            }
            _ => rest.find('/').unwrap_or(rest.len()),
        };
        let (step, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        steps.push(read(step)?);
        match tail.strip_prefix('/') {
            Some(next) => rest = next,
            None => return Ok(steps),
        }
    }
}

fn read(step: &str) -> Result<Step, &'static str> {
    if let Some(inner) = step.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        let (name, value) = inner.split_once('=').ok_or("a choice of items is written `[name=value]`")?;
        return Ok(Step::Where(name.into(), value.into()));
    }
    let mut key = String::with_capacity(step.len());
    let mut chars = step.chars();
    while let Some(c) = chars.next() {
        key.push(match c {
            '~' => match chars.next() {
                Some('0') => '~',
                Some('1') => '/',
                _ => return Err("`~` is written `~0` in a path, and `/` in a name `~1`"),
            },
            other => other,
        });
    }
    Ok(Step::Key(key.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_in_and_out() {
        let root: Value = serde_json::from_str(
            r#"{"a": [{"name": "x", "v": 1}, {"name": "y/z", "v": 2}], "b/c": {"~": true}, "n": [{"id": 7}]}"#,
        )
        .unwrap();
        let Value::Object(entries) = &root else { panic!("an object") };
        let list = entries.get("a").unwrap();
        let outer = Scope { item: &root, outer: None };
        let scope = Scope { item: list, outer: Some(&outer) };
        let find = |path: &str| Path::parse(path).unwrap().find(&scope).cloned();
        assert_eq!(find("/1/v"), Some(Value::Int(2)));
        assert_eq!(find("/[name=y/z]/v"), Some(Value::Int(2)));
        assert_eq!(find("../b~1c/~0"), Some(Value::Bool(true)));
        assert_eq!(find("../n/[id=7]/id"), Some(Value::Int(7)));
        assert_eq!(find(""), Some(list.clone()));
        assert_eq!(find(".."), Some(root.clone()));
        assert_eq!(find("../../x"), None);
        assert_eq!(find("/01/v"), None);
        assert_eq!(find("/[name=q]/v"), None);
        for bad in ["a", "..x", "/~2", "/[x]"] {
            assert!(Path::parse(bad).is_err(), "{bad}");
        }
    }
}
