//! json-rules-engine: conditions and events.

use serde_json::{Map, Value, json};

use super::draft::{Constant, Draft, Kind, joined, points};
use super::{Place, Reason, because};

/// Deeper conditions are left.
const DEEPEST: usize = 32;

pub(super) fn read(document: &Value, draft: &mut Draft) -> Option<()> {
    let (rules, base) = match document {
        Value::Array(rules) => (rules.as_slice(), String::new()),
        Value::Object(entries) if entries.contains_key("conditions") => {
            (std::slice::from_ref(document), String::new())
        }
        Value::Object(entries) => (entries.get("rules")?.as_array()?.as_slice(), "/rules".to_owned()),
        _ => return None,
    };
    let alone = !document.is_array() && base.is_empty();
    for (index, rule) in rules.iter().enumerate() {
        let path = if alone { String::new() } else { format!("{base}/{index}") };
        let place = Place::path(path);
        draft.attempt(&place, |draft| one(rule, &place, draft));
    }
    Some(())
}

fn one(rule: &Value, place: &Place, draft: &mut Draft) -> Result<(), Reason> {
    let conditions =
        rule.get("conditions").ok_or_else(|| because("it has no conditions", "write it by hand"))?;
    let event = &rule["event"];
    let called = rule["name"].as_str().or_else(|| event["type"].as_str()).unwrap_or("rule");
    let when = condition(conditions, draft, 0)?;
    let params = &event["params"];
    match ["points", "score"].iter().find_map(|key| points(&params[*key])) {
        Some(points) => {
            let mut rule = Map::new();
            rule.insert("when".to_owned(), json!(when));
            rule.insert("points".to_owned(), points);
            draft.rule("imported", called, rule, place);
        }
        None => draft.segment(called, when, place),
    }
    Ok(())
}

fn condition(value: &Value, draft: &mut Draft, depth: usize) -> Result<String, Reason> {
    if depth > DEEPEST {
        return Err(because("its conditions are nested too deeply", "write it by hand, in several segments"));
    }
    for (key, operator) in [("all", "&&"), ("any", "||")] {
        if let Some(parts) = value[key].as_array() {
            let parts: Vec<String> =
                parts.iter().map(|part| condition(part, draft, depth + 1)).collect::<Result<_, _>>()?;
            // Without a part, `all` holds and so does `any`.
            return Ok(if parts.is_empty() { "true".to_owned() } else { joined(&parts, operator) });
        }
    }
    if value["not"].is_object() {
        return Ok(format!("!({})", condition(&value["not"], draft, depth + 1)?));
    }
    if let Some(name) = value["condition"].as_str() {
        return Err(because(
            format!("it refers to the shared condition `{name}`, which is not in the file"),
            "put that condition into the rule, and import it again",
        ));
    }
    leaf(value, draft)
}

fn leaf(value: &Value, draft: &mut Draft) -> Result<String, Reason> {
    let word = |key: &str| {
        value[key].as_str().ok_or_else(|| because(format!("a condition without `{key}`"), "write it by hand"))
    };
    let (fact, operator) = (word("fact")?, word("operator")?);
    if value.get("params").is_some_and(|params| !params.is_null()) {
        return Err(because(
            format!("`{fact}` is computed from parameters"),
            "compute it before, keep it in a field, and write the rule by hand",
        ));
    }
    let called = match value["path"].as_str() {
        None => fact.to_owned(),
        Some(path) => {
            let inner = path.strip_prefix('$').unwrap_or(path).trim_start_matches('.');
            if inner.is_empty() || !inner.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.')) {
                return Err(because(
                    format!("the path `{path}` picks more than one named value"),
                    "keep what it picks in a field, and write the rule by hand",
                ));
            }
            format!("{fact}.{inner}")
        }
    };
    compare(&called, operator, &value["value"], draft)
}

fn compare(called: &str, operator: &str, value: &Value, draft: &mut Draft) -> Result<String, Reason> {
    let unfit = || {
        because(
            format!("`{operator}` of `{called}` with {value}"),
            "write the rule by hand: a condition compares with texts, numbers and truth values",
        )
    };
    let order = [
        ("lessThan", "<"),
        ("lessThanInclusive", "<="),
        ("greaterThan", ">"),
        ("greaterThanInclusive", ">="),
    ];
    if let Some((_, sign)) = order.iter().find(|(word, _)| *word == operator) {
        let Value::Number(number) = value else { return Err(unfit()) };
        return Ok(format!("{} {sign} {number}", draft.field(called, Kind::Number)?));
    }
    match operator {
        "equal" | "notEqual" => {
            let sign = if operator == "equal" { "==" } else { "!=" };
            if value.is_null() {
                let kind = draft.known(called).unwrap_or(Kind::Text);
                return Ok(format!("{} {sign} null", draft.field(called, kind)?));
            }
            let constant = Constant::of(value).ok_or_else(unfit)?;
            Ok(format!("{} {sign} {}", draft.field(called, constant.kind())?, constant.written()))
        }
        "in" | "notIn" => {
            let items: Vec<Constant> = value
                .as_array()
                .ok_or_else(unfit)?
                .iter()
                .map(Constant::of)
                .collect::<Option<_>>()
                .ok_or_else(unfit)?;
            let kind = items.first().map(Constant::kind).ok_or_else(unfit)?;
            if items.iter().any(|item| item.kind() != kind) {
                return Err(unfit());
            }
            let list: Vec<String> = items.iter().map(Constant::written).collect();
            let test = format!("{} in [{}]", draft.field(called, kind)?, list.join(", "));
            Ok(if operator == "in" { test } else { format!("!({test})") })
        }
        "contains" | "doesNotContain" => {
            let Value::String(_) = value else { return Err(unfit()) };
            let test = format!("{value} in {}", draft.field(called, Kind::Set)?);
            Ok(if operator == "contains" { test } else { format!("!({test})") })
        }
        _ => Err(because(
            format!("`{operator}` is an operator of its own program"),
            "write the rule by hand, with an expression that does the same",
        )),
    }
}
