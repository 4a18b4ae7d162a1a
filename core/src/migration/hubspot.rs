//! HubSpot: the positive and negative criteria of score properties, as filters of its lists. Definitions of properties
//! without criteria are those of the API.

use serde_json::{Map, Value, json};

use super::draft::{Constant, Draft, Kind, joined, points};
use super::{Place, Reason, because, properties};

const DEEPEST: usize = 32;

pub(super) fn read(document: &Value, draft: &mut Draft) -> Option<()> {
    let (scores, base): (&[Value], &str) = match document {
        Value::Array(scores) => (scores, ""),
        Value::Object(entries)
            if ["positive", "negative", "type"].iter().any(|key| entries.contains_key(*key)) =>
        {
            (std::slice::from_ref(document), "alone")
        }
        Value::Object(entries) => (entries.get("results")?.as_array()?, "/results"),
        _ => return None,
    };
    for (index, score) in scores.iter().enumerate() {
        let path = if base == "alone" { String::new() } else { format!("{base}/{index}") };
        if score.get("positive").is_none() && score.get("negative").is_none() {
            properties::answered(score, &Place::path(path), draft);
            continue;
        }
        let called = ["name", "label"].iter().find_map(|key| score[*key].as_str()).unwrap_or("score");
        for (side, sign) in [("positive", 1), ("negative", -1)] {
            for (number, own) in score[side].as_array().into_iter().flatten().enumerate() {
                let place = Place::path(format!("{path}/{side}/{number}"));
                draft.attempt(&place, |draft| one(called, side, sign, number, own, &place, draft));
            }
        }
    }
    Some(())
}

fn one(
    card: &str,
    side: &str,
    sign: i64,
    number: usize,
    own: &Value,
    place: &Place,
    draft: &mut Draft,
) -> Result<(), Reason> {
    let score =
        ["score", "points"].iter().find_map(|key| points(&own[*key])).and_then(|score| score.as_i64());
    let score = score.ok_or_else(|| because("it has no whole `score`", "write it by hand"))?;
    // Negative criteria take points, whichever way the number is written.
    let points = score.checked_abs().and_then(|score| score.checked_mul(sign));
    let points = points.ok_or_else(|| because("its score is too large", "write it by hand"))?;
    let when = branch(&own["filterBranch"], draft, 0)?;
    let mut rule = Map::new();
    rule.insert("when".to_owned(), json!(when));
    rule.insert("points".to_owned(), json!(points));
    draft.rule(card, &format!("{side}-{}", number + 1), rule, place);
    Ok(())
}

fn branch(value: &Value, draft: &mut Draft, depth: usize) -> Result<String, Reason> {
    if depth > DEEPEST {
        return Err(because("its filters are nested too deeply", "write it by hand, in several segments"));
    }
    let operator = match value["filterBranchType"].as_str() {
        Some("AND") => "&&",
        Some("OR") => "||",
        other => {
            return Err(because(
                format!(
                    "a filter branch of type `{}`: what is associated with a record is no field of it",
                    other.unwrap_or("none")
                ),
                "keep what it asks for in a field or as activities, and write the rule by hand",
            ));
        }
    };
    let mut parts = Vec::new();
    for filter in value["filters"].as_array().into_iter().flatten() {
        parts.push(self::filter(filter, draft)?);
    }
    for inner in value["filterBranches"].as_array().into_iter().flatten() {
        parts.push(branch(inner, draft, depth + 1)?);
    }
    if parts.is_empty() {
        return Err(because("a filter branch without filters", "write it by hand"));
    }
    Ok(joined(&parts, operator))
}

fn filter(value: &Value, draft: &mut Draft) -> Result<String, Reason> {
    let kind = value["filterType"].as_str().unwrap_or("none");
    if kind != "PROPERTY" {
        return Err(because(
            format!("a filter of type `{kind}`: behaviour is counted otherwise here"),
            "capture it as activities, and write a rule with `on`",
        ));
    }
    let called = value["property"]
        .as_str()
        .ok_or_else(|| because("a filter without a property", "write it by hand"))?;
    let operation = &value["operation"];
    let operator = operation["operator"].as_str().unwrap_or("none");
    let typed =
        operation["operationType"].as_str().or_else(|| operation["propertyType"].as_str()).unwrap_or("none");
    let unfit = || {
        because(format!("`{called}` `{operator}` ({typed})"), "write the condition by hand, as an expression")
    };
    let own = match typed.to_uppercase().as_str() {
        "NUMBER" => Kind::Number,
        "BOOL" => Kind::Boolean,
        "STRING" | "MULTISTRING" | "ENUMERATION" | "ALL_PROPERTY" | "ALL-PROPERTY" => Kind::Text,
        _ => return Err(unfit()),
    };
    match operator {
        "IS_KNOWN" | "IS_UNKNOWN" | "IS_NOT_EMPTY" | "IS_EMPTY" => {
            let sign = if matches!(operator, "IS_KNOWN" | "IS_NOT_EMPTY") { "!=" } else { "==" };
            let own = draft.known(called).unwrap_or(own);
            return Ok(format!("{} {sign} null", draft.field(called, own)?));
        }
        _ => {}
    }
    let given: Vec<&Value> = match operation["values"].as_array() {
        Some(values) => values.iter().collect(),
        None => vec![&operation["value"]],
    };
    let constants: Option<Vec<Constant>> = given.into_iter().map(|value| constant(value, own)).collect();
    let constants = constants.filter(|all| !all.is_empty()).ok_or_else(unfit)?;
    let name = draft.field(called, own)?;
    let written: Vec<String> = constants.iter().map(Constant::written).collect();
    let any = |word: &str| {
        let tests: Vec<String> = written.iter().map(|text| format!("{name}.{word}({text})")).collect();
        joined(&tests, "||")
    };
    let order = [
        ("IS_LESS_THAN", "<"),
        ("IS_LESS_THAN_OR_EQUAL_TO", "<="),
        ("IS_GREATER_THAN", ">"),
        ("IS_GREATER_THAN_OR_EQUAL_TO", ">="),
    ];
    if let (Some((_, sign)), Kind::Number, [one]) =
        (order.iter().find(|(word, _)| *word == operator), own, written.as_slice())
    {
        return Ok(format!("{name} {sign} {one}"));
    }
    match (operator, own) {
        ("IS_EQUAL_TO" | "IS_ANY_OF" | "IS", _) => Ok(format!("{name} in [{}]", written.join(", "))),
        ("IS_NOT_EQUAL_TO" | "IS_NONE_OF" | "IS_NOT", _) => {
            Ok(format!("!({name} in [{}])", written.join(", ")))
        }
        ("CONTAINS", Kind::Text) => Ok(any("contains")),
        ("DOES_NOT_CONTAIN", Kind::Text) => Ok(format!("!({})", any("contains"))),
        ("STARTS_WITH", Kind::Text) => Ok(any("startsWith")),
        ("ENDS_WITH", Kind::Text) => Ok(any("endsWith")),
        _ => Err(unfit()),
    }
}

fn constant(value: &Value, kind: Kind) -> Option<Constant> {
    match (kind, value) {
        (Kind::Number, Value::String(text)) => text
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|n| n.is_finite())
            .map(|_| Constant::Number(text.trim().to_owned())),
        (Kind::Boolean, Value::String(text)) => match text.as_str() {
            "true" => Some(Constant::Boolean(true)),
            "false" => Some(Constant::Boolean(false)),
            _ => None,
        },
        _ => Constant::of(value).filter(|constant| constant.kind() == kind),
    }
}
