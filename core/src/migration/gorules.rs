//! GoRules: decision tables of a decision model (JDM).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::draft::{Constant, Draft, joined, points};
use super::{Place, Reason, because};
use crate::expr::MAX_LENGTH;

pub(super) fn read(document: &Value, draft: &mut Draft) -> Option<()> {
    let nodes = document.get("nodes")?.as_array()?;
    // What one node gives, another may read: that is no field of a lead.
    let given: BTreeSet<&str> = nodes
        .iter()
        .filter_map(|node| node.pointer("/content/outputs").and_then(Value::as_array))
        .flatten()
        .filter_map(|output| output["field"].as_str())
        .collect();
    for (index, node) in nodes.iter().enumerate() {
        let path = format!("/nodes/{index}");
        match node["type"].as_str() {
            Some("inputNode" | "outputNode") => {}
            Some("decisionTableNode") => {
                if let Err(reason) = table(&node["content"], &format!("{path}/content"), &given, draft) {
                    draft.leave(&Place::path(path), reason);
                }
            }
            kind => draft.leave(
                &Place::path(path),
                because(
                    format!("a node of type `{}`: only decision tables are carried", kind.unwrap_or("none")),
                    "compute it before, keep the result in a field, or write rules by hand",
                ),
            ),
        }
    }
    Some(())
}

struct Column<'a> {
    id: &'a str,
    field: &'a str,
    name: &'a str,
}

fn columns<'a>(content: &'a Value, key: &str) -> Vec<Column<'a>> {
    let word = |column: &'a Value, key: &str| column[key].as_str().unwrap_or_default();
    let all = content[key].as_array().into_iter().flatten();
    all.map(|column| Column {
        id: word(column, "id"),
        field: word(column, "field"),
        name: word(column, "name"),
    })
    .collect()
}

fn table(content: &Value, path: &str, given: &BTreeSet<&str>, draft: &mut Draft) -> Result<(), Reason> {
    let rows = content["rules"].as_array().ok_or_else(|| because("a table without rules", "nothing"))?;
    let first = match content["hitPolicy"].as_str() {
        None | Some("first") => true,
        Some("collect") => false,
        Some(other) => return Err(because(format!("the hit policy `{other}`"), "write its rules by hand")),
    };
    let (inputs, outputs) = (columns(content, "inputs"), columns(content, "outputs"));
    if let Some(read) = inputs.iter().find(|input| given.contains(input.field)) {
        return Err(because(
            format!("it reads `{}`, which another table gives", read.field),
            "make one table of both, or write its rules by hand",
        ));
    }
    let mut earlier: Vec<String> = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let place = Place::path(format!("{path}/rules/{index}"));
        let own = match condition(row, &inputs, draft) {
            Ok(own) => own,
            Err(reason) if first => {
                draft.leave(&place, reason);
                for later in index + 1..rows.len() {
                    let why = format!(
                        "it counts only where row {} does not, which could not be carried",
                        index + 1
                    );
                    draft.leave(
                        &Place::path(format!("{path}/rules/{later}")),
                        because(why, "write these rows by hand"),
                    );
                }
                return Ok(());
            }
            Err(reason) => {
                draft.leave(&place, reason);
                continue;
            }
        };
        let mut parts: Vec<String> = own.iter().cloned().collect();
        if first {
            let length: usize = earlier.iter().map(String::len).sum();
            if length > MAX_LENGTH {
                for later in index..rows.len() {
                    let why =
                        "it counts only where so many rows before it do not that no expression holds them";
                    draft.leave(
                        &Place::path(format!("{path}/rules/{later}")),
                        because(why, "make several tables of it"),
                    );
                }
                return Ok(());
            }
            parts.extend(earlier.iter().map(|other| format!("!({other})")));
        }
        let when = joined(&parts, "&&");
        for output in &outputs {
            give(row, output, &when, &place, draft);
        }
        match own {
            Some(own) if first => earlier.push(own),
            // Nothing comes after a row that always holds.
            None if first => {
                for later in index + 1..rows.len() {
                    let why = format!("row {} always holds, so this one never counts", index + 1);
                    draft.leave(
                        &Place::path(format!("{path}/rules/{later}")),
                        because(why, "nothing: it did nothing there"),
                    );
                }
                return Ok(());
            }
            _ => {}
        }
    }
    Ok(())
}

/// What a row gives: numbers are points of a scorecard that has the output's name, texts are segments.
fn give(row: &Value, output: &Column<'_>, when: &str, place: &Place, draft: &mut Draft) {
    let Some(cell) = row[output.id].as_str().map(str::trim).filter(|cell| !cell.is_empty()) else { return };
    let number: Option<Value> = serde_json::from_str(cell).ok();
    let id = row["_description"].as_str().or_else(|| row["_id"].as_str()).unwrap_or("row");
    match (number.as_ref().and_then(points).filter(|_| !cell.starts_with('"')), literal(cell)) {
        (Some(points), _) => {
            let mut rule = Map::new();
            if when != "true" {
                rule.insert("when".to_owned(), json!(when));
            }
            rule.insert("points".to_owned(), points);
            draft.rule(output.field, id, rule, place);
        }
        (None, Some(Constant::Text(text))) => {
            draft.segment(&format!("{}-{text}", output.field), when.to_owned(), place);
        }
        (None, Some(Constant::Boolean(true))) => draft.segment(output.field, when.to_owned(), place),
        (None, Some(Constant::Boolean(false))) => {}
        _ => draft.leave(
            place,
            because(
                format!("`{}` gives `{cell}`, which is neither a number nor a text", output.field),
                "compute it outside, or write it as points with an expression",
            ),
        ),
    }
}

/// The condition of a row; none where every cell is open.
fn condition(row: &Value, inputs: &[Column<'_>], draft: &mut Draft) -> Result<Option<String>, Reason> {
    let mut parts = Vec::new();
    for input in inputs {
        let cell = row[input.id].as_str().unwrap_or_default().trim();
        if cell.is_empty() || cell == "-" {
            continue;
        }
        if input.field.is_empty() {
            return Err(because(
                format!("column `{}` holds whole expressions: `{cell}`", input.name),
                "write the condition by hand",
            ));
        }
        parts.push(test(input.field, cell, draft)?);
    }
    Ok((!parts.is_empty()).then(|| joined(&parts, "&&")))
}

/// A test of one field: values and ranges, of which one must fit.
fn test(field: &str, cell: &str, draft: &mut Draft) -> Result<String, Reason> {
    let parts = alternatives(cell).ok_or_else(|| unfit(field, cell))?;
    let constants: Option<Vec<Constant>> = parts.iter().map(|part| literal(part)).collect();
    if let Some(constants) = constants {
        let kind = constants.first().map(Constant::kind).ok_or_else(|| unfit(field, cell))?;
        if constants.iter().any(|constant| constant.kind() != kind) {
            return Err(unfit(field, cell));
        }
        let name = draft.field(field, kind)?;
        let list: Vec<String> = constants.iter().map(Constant::written).collect();
        return Ok(match list.as_slice() {
            [one] => format!("{name} == {one}"),
            _ => format!("{name} in [{}]", list.join(", ")),
        });
    }
    if parts.iter().all(|part| part.trim() == "null") {
        let kind = draft.known(field).unwrap_or(super::draft::Kind::Text);
        return Ok(format!("{} == null", draft.field(field, kind)?));
    }
    let tests: Vec<String> = parts
        .iter()
        .map(|part| {
            let limits = limits(part).ok_or_else(|| unfit(field, cell))?;
            let name = draft.field(field, super::draft::Kind::Number)?;
            let limits: Vec<String> =
                limits.iter().map(|(sign, number)| format!("{name} {sign} {number}")).collect();
            Ok(joined(&limits, "&&"))
        })
        .collect::<Result<_, Reason>>()?;
    Ok(joined(&tests, "||"))
}

fn unfit(field: &str, cell: &str) -> Reason {
    because(
        format!("`{field}` is asked for `{cell}`"),
        "write the condition by hand: values, lists of values, comparisons and ranges are carried",
    )
}

/// What stands between commas, outside of quotes and brackets.
fn alternatives(cell: &str) -> Option<Vec<String>> {
    let (mut parts, mut part, mut quote, mut depth) = (Vec::new(), String::new(), None, 0_i32);
    for c in cell.chars() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '"' | '\'') => quote = Some(c),
            (None, '[' | '(') => depth += 1,
            (None, ']' | ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    (quote.is_none() && depth == 0 && parts.iter().all(|part| !part.trim().is_empty())).then_some(parts)
}

/// A text, a number or a truth value.
fn literal(text: &str) -> Option<Constant> {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return (!inner.contains([quote, '\\'])).then(|| Constant::Text(inner.to_owned()));
        }
    }
    match text {
        "true" => Some(Constant::Boolean(true)),
        "false" => Some(Constant::Boolean(false)),
        _ => number(text).map(Constant::Number),
    }
}

fn number(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text.trim()).ok()?;
    value.is_number().then(|| text.trim().to_owned())
}

/// `> 5`, `>= 5 and < 10`, `[1..10)`: signs with their numbers.
fn limits(text: &str) -> Option<Vec<(&'static str, String)>> {
    let text = text.trim();
    let ends = |open: char, close: char| text.strip_prefix(open)?.strip_suffix(close)?.split_once("..");
    for (open, from) in [('[', ">="), ('(', ">"), (']', ">")] {
        for (close, to) in [(']', "<="), (')', "<"), ('[', "<")] {
            if let Some((low, high)) = ends(open, close) {
                return Some(vec![(from, number(low)?), (to, number(high)?)]);
            }
        }
    }
    let one = |part: &str| {
        let part = part.trim();
        let signs = [">=", "<=", "!=", "==", ">", "<"];
        let sign = signs.into_iter().find(|sign| part.starts_with(sign))?;
        Some((sign, number(part.get(sign.len()..)?)?))
    };
    text.split(" and ").map(one).collect()
}
