//! Zoho CRM: scoring rules, as its API answers them.

use serde_json::{Map, Value, json};

use super::draft::{Constant, Draft, Kind, joined, points};
use super::{Place, Reason, because};

const DEEPEST: usize = 32;

pub(super) fn read(document: &Value, draft: &mut Draft) -> Option<()> {
    let rules = document.get("scoring_rules")?.as_array()?;
    for (index, rule) in rules.iter().enumerate() {
        let path = format!("/scoring_rules/{index}");
        let called = rule["name"].as_str().unwrap_or("score");
        if rule["active"] == json!(false) {
            draft.leave(
                &Place::path(path),
                because(format!("`{called}` is not active"), "activate it there, and import again"),
            );
            continue;
        }
        for (number, own) in rule["field_rules"].as_array().into_iter().flatten().enumerate() {
            let place = Place::path(format!("{path}/field_rules/{number}"));
            draft.attempt(&place, |draft| field_rule(called, number, own, &place, draft));
        }
        for (number, own) in rule["signal_rules"].as_array().into_iter().flatten().enumerate() {
            let place = Place::path(format!("{path}/signal_rules/{number}"));
            draft.attempt(&place, |draft| signal_rule(called, own, &place, draft));
        }
    }
    Some(())
}

fn score(rule: &Value) -> Result<Value, Reason> {
    points(&rule["score"]).ok_or_else(|| because("it has no `score`", "write it by hand"))
}

fn field_rule(
    card: &str,
    number: usize,
    rule: &Value,
    place: &Place,
    draft: &mut Draft,
) -> Result<(), Reason> {
    let points = score(rule)?;
    let when = criteria(&rule["criteria"], draft, 0)?;
    let mut own = Map::new();
    own.insert("when".to_owned(), json!(when));
    own.insert("points".to_owned(), points);
    draft.rule(card, &format!("field-rule-{}", number + 1), own, place);
    Ok(())
}

/// A signal is an activity: it counts each time.
fn signal_rule(card: &str, rule: &Value, place: &Place, draft: &mut Draft) -> Result<(), Reason> {
    let points = score(rule)?;
    let signal = &rule["signal"];
    let called = ["namespace", "name"].iter().find_map(|key| signal[*key].as_str());
    let called = called.ok_or_else(|| because("it names no signal", "write it by hand"))?;
    let kind = draft.activity(called);
    let mut own = Map::new();
    own.insert("on".to_owned(), json!(kind));
    own.insert("points".to_owned(), points);
    draft.rule(card, called, own, place);
    Ok(())
}

fn criteria(value: &Value, draft: &mut Draft, depth: usize) -> Result<String, Reason> {
    if depth > DEEPEST {
        return Err(because("its criteria are nested too deeply", "write it by hand, in several segments"));
    }
    if let Some(group) = value["group"].as_array() {
        let operator = match value["group_operator"].as_str().map(str::to_lowercase).as_deref() {
            Some("and") => "&&",
            Some("or") => "||",
            _ => return Err(because("a group that is joined by neither `and` nor `or`", "write it by hand")),
        };
        let parts: Vec<String> =
            group.iter().map(|part| criteria(part, draft, depth + 1)).collect::<Result<_, _>>()?;
        return match parts.as_slice() {
            [] => Err(because("a group without criteria", "write it by hand")),
            _ => Ok(joined(&parts, operator)),
        };
    }
    let field = &value["field"];
    let called = field["api_name"].as_str().or_else(|| field.as_str());
    let called = called.ok_or_else(|| because("criteria without a field", "write it by hand"))?;
    let comparator = value["comparator"].as_str().unwrap_or_default();
    compare(called, comparator, &value["value"], draft)
}

fn compare(called: &str, comparator: &str, value: &Value, draft: &mut Draft) -> Result<String, Reason> {
    let unfit = || {
        because(format!("`{called}` `{comparator}` {value}"), "write the condition by hand, as an expression")
    };
    let number = |value: &Value| match value {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => {
            text.trim().parse::<f64>().ok().filter(|n| n.is_finite()).map(|_| text.trim().to_owned())
        }
        _ => None,
    };
    let order = [("less_than", "<"), ("less_equal", "<="), ("greater_than", ">"), ("greater_equal", ">=")];
    if let Some((_, sign)) = order.iter().find(|(word, _)| *word == comparator) {
        let number = number(value).ok_or_else(unfit)?;
        return Ok(format!("{} {sign} {number}", draft.field(called, Kind::Number)?));
    }
    match comparator {
        "between" | "not_between" => {
            let Some([low, high]) = value.as_array().map(Vec::as_slice) else { return Err(unfit()) };
            let (low, high) = number(low).zip(number(high)).ok_or_else(unfit)?;
            let name = draft.field(called, Kind::Number)?;
            let test = format!("{name} >= {low} && {name} <= {high}");
            Ok(if comparator == "between" { test } else { format!("!({test})") })
        }
        "equal" | "not_equal" if *value == json!("${EMPTY}") => {
            let kind = draft.known(called).unwrap_or(Kind::Text);
            let sign = if comparator == "equal" { "==" } else { "!=" };
            Ok(format!("{} {sign} null", draft.field(called, kind)?))
        }
        "equal" | "not_equal" | "in" | "not_in" => {
            let one = std::slice::from_ref(value);
            let items: Option<Vec<Constant>> =
                value.as_array().map_or(one, Vec::as_slice).iter().map(Constant::of).collect();
            let items = items.filter(|items| !items.is_empty()).ok_or_else(unfit)?;
            let kind = items.first().map_or(Kind::Text, Constant::kind);
            if items.iter().any(|item| item.kind() != kind) {
                return Err(unfit());
            }
            let name = draft.field(called, kind)?;
            let list: Vec<String> = items.iter().map(Constant::written).collect();
            let test = match list.as_slice() {
                [one] => format!("{name} == {one}"),
                _ => format!("{name} in [{}]", list.join(", ")),
            };
            Ok(if comparator.starts_with("not") { format!("!({test})") } else { test })
        }
        "contains" | "not_contains" | "starts_with" | "ends_with" => {
            let Value::String(_) = value else { return Err(unfit()) };
            let name = draft.field(called, Kind::Text)?;
            let word = match comparator {
                "starts_with" => "startsWith",
                "ends_with" => "endsWith",
                _ => "contains",
            };
            let test = format!("{name}.{word}({value})");
            Ok(if comparator == "not_contains" { format!("!{test}") } else { test })
        }
        _ => Err(unfit()),
    }
}
