//! Pictures of tables: Vega-Lite specifications, readable on a slide and by the colour-blind.

use serde_json::{Map, Value, json};

use super::table::{Cell, Column, ColumnKind, PlotKind, Table};
use crate::explain::Language;

/// The colours of Okabe and Ito (2008), which people with any kind of colour vision tell apart.
const COLOURS: [&str; 8] =
    ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999", "#F0E442"];

/// Fonts that have Japanese letters, wherever the picture is looked at.
const FONT: &str = "Noto Sans JP, Noto Sans CJK JP, Hiragino Sans, Yu Gothic, Meiryo, sans-serif";

pub(super) fn spec(table: &Table, language: Language) -> Option<Value> {
    let plot = table.plot.as_ref()?;
    let column = |name: &str| table.columns.iter().find(|column| column.name == name);
    let (x, y) = (column(&plot.x)?, column(&plot.y)?);
    let mut encoding = Map::new();
    let upright = !matches!(plot.kind, PlotKind::Bars | PlotKind::Dots);
    // Names lie along the vertical axis, where long ones can be read.
    let (along, up) = if upright { ("x", "y") } else { ("y", "x") };
    let mut names = axis(x, language);
    if plot.kind == PlotKind::Bars {
        insert(&mut names, "sort", json!(format!("-{up}")));
    } else if nominal(x) {
        insert(&mut names, "sort", Value::Null);
    }
    encoding.insert(along.to_owned(), names);
    encoding.insert(up.to_owned(), axis(y, language));
    if let Some(color) = plot.color.as_deref().and_then(column) {
        let mut channel = legend(axis(color, language));
        if plot.kind == PlotKind::Heat {
            insert(&mut channel, "scale", json!({ "scheme": "viridis" }));
        } else {
            insert(&mut channel, "scale", json!({ "range": COLOURS }));
            insert(&mut channel, "sort", Value::Null);
        }
        encoding.insert("color".to_owned(), channel);
        if matches!(plot.kind, PlotKind::Bars | PlotKind::Steps | PlotKind::Dots) {
            encoding.insert(format!("{along}Offset"), json!({ "field": color.name, "sort": null }));
        }
    }
    let tooltip: Vec<Value> = table.columns.iter().map(|column| axis(column, language)).collect();
    encoding.insert("tooltip".to_owned(), Value::Array(tooltip.into_iter().map(without_axis).collect()));
    let mark = match plot.kind {
        PlotKind::Bars | PlotKind::Steps => json!({ "type": "bar" }),
        PlotKind::Line | PlotKind::Diagonal => json!({ "type": "line", "point": true }),
        PlotKind::Dots => json!({ "type": "point", "filled": true, "size": 80 }),
        PlotKind::Heat => json!({ "type": "rect" }),
    };
    let mut layers = vec![json!({ "mark": mark, "encoding": encoding })];
    if let Some([low, high]) = &plot.interval {
        let mut whisker = Map::new();
        for key in [along.to_owned(), format!("{along}Offset")] {
            if let Some(channel) = encoding.get(&key) {
                whisker.insert(key, channel.clone());
            }
        }
        let mut start = axis(y, language);
        insert(&mut start, "field", json!(low));
        whisker.insert(up.to_owned(), start);
        whisker.insert(format!("{up}2"), json!({ "field": high }));
        layers.push(
            json!({ "mark": { "type": "rule", "strokeWidth": 2, "color": "#333333" }, "encoding": whisker }),
        );
    }
    if plot.kind == PlotKind::Diagonal {
        layers.push(json!({
            "data": { "values": [{ "x": 0, "y": 0 }, { "x": 1, "y": 1 }] },
            "mark": { "type": "line", "strokeDash": [4, 4], "color": "#666666" },
            "encoding": { "x": { "field": "x", "type": "quantitative" }, "y": { "field": "y", "type": "quantitative" } },
        }));
    }
    let mut spec = json!({
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": table.title.of(language),
        "data": { "values": values(table) },
        "config": {
            "font": FONT,
            "title": { "fontSize": 18, "anchor": "start" },
            "axis": { "labelFontSize": 13, "titleFontSize": 14, "labelLimit": 240 },
            "legend": { "labelFontSize": 13, "titleFontSize": 14 },
            "mark": { "color": COLOURS.first() },
        },
    });
    match plot.facet.as_deref().and_then(column) {
        Some(facet) => {
            insert(&mut spec, "facet", without_axis(axis(facet, language)));
            insert(&mut spec, "columns", json!(3));
            insert(&mut spec, "spec", json!({ "width": 240, "layer": layers }));
            // Names of one picture say nothing in the next.
            insert(&mut spec, "resolve", json!({ "scale": { along: "independent" } }));
        }
        None => {
            insert(&mut spec, "width", json!(560));
            insert(&mut spec, "layer", Value::Array(layers));
        }
    }
    Some(spec)
}

fn insert(target: &mut Value, key: &str, value: Value) {
    if let Some(target) = target.as_object_mut() {
        target.insert(key.to_owned(), value);
    }
}

fn nominal(column: &Column) -> bool {
    matches!(column.kind, ColumnKind::Text | ColumnKind::Flag | ColumnKind::Time)
}

fn axis(column: &Column, language: Language) -> Value {
    let label = column.label.of(language);
    let title = column.unit.as_ref().map_or_else(|| label.to_owned(), |unit| format!("{label} ({unit})"));
    let kind = if nominal(column) { "nominal" } else { "quantitative" };
    let mut channel = json!({ "field": column.name, "type": kind, "title": title });
    match column.kind {
        ColumnKind::Share => insert(&mut channel, "axis", json!({ "format": ".1%" })),
        ColumnKind::Decimal | ColumnKind::Whole => insert(&mut channel, "axis", json!({ "format": ",~f" })),
        _ => {}
    }
    channel
}

/// A colour has a legend where a place has an axis.
fn legend(mut channel: Value) -> Value {
    if let Some(channel) = channel.as_object_mut()
        && let Some(axis) = channel.shift_remove("axis")
    {
        channel.insert("legend".to_owned(), axis);
    }
    channel
}

/// A channel that has no axis takes its format without one.
fn without_axis(mut channel: Value) -> Value {
    if let Some(channel) = channel.as_object_mut()
        && let Some(format) = channel.shift_remove("axis").and_then(|axis| axis.get("format").cloned())
    {
        channel.insert("format".to_owned(), format);
    }
    channel
}

/// The rows as a picture needs them: decimal numbers as numbers, a name that is none as a dash.
fn values(table: &Table) -> Vec<Value> {
    let row = |row: &Vec<Cell>| {
        let cell = |(column, cell): (&Column, &Cell)| {
            let value = match (cell, column.kind) {
                (Cell::Decimal(_), _) => json!(cell.as_f64()),
                (Cell::Empty, ColumnKind::Text) => json!("—"),
                (Cell::Text(text), ColumnKind::Decimal) => json!(text.parse::<f64>().ok()),
                (cell, _) => json!(cell),
            };
            (column.name.clone(), value)
        };
        Value::Object(table.columns.iter().zip(row).map(cell).collect())
    };
    table.rows.iter().map(row).collect()
}
