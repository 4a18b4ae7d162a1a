//! Tidy tables: what every analysis gives.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::de::{self, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::chart;
use crate::explain::Language;

/// What an analysis came to: tables, of which the first is the answer, figures, and notes in words.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Analysis {
    /// Its name, such as `attribution`.
    pub name: String,
    /// Single numbers by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub figures: BTreeMap<String, Cell>,
    /// What the numbers cannot say by themselves: too few data, what was left out and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// The tables; the first is the answer.
    pub tables: Vec<Table>,
}

/// A remark on an analysis, in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Note {
    /// How much it matters.
    pub kind: NoteKind,
    /// What it is about, as a stable word.
    pub about: String,
    /// What it says.
    pub text: Label,
}

/// How much a note matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum NoteKind {
    /// Good to know.
    Note,
    /// Do not rely on the numbers without it.
    Warning,
}

/// A text in English and Japanese.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Label {
    /// English.
    pub en: String,
    /// 日本語
    pub ja: String,
}

/// A tidy table: one observation a row, one meaning a column.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(
    feature = "schema",
    schemars(description = "A tidy table: one observation a row, one meaning a column.")
)]
#[non_exhaustive]
pub struct Table {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: Label,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Its rows: each a value for every column, by the column's name.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<BTreeMap<String, Cell>>"))]
    pub rows: Vec<Vec<Cell>>,
    /// How it is best drawn; absent where it is for reading only.
    #[cfg_attr(feature = "schema", schemars(skip_serializing_if = "Option::is_none"))]
    pub plot: Option<Plot>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Its name in the rows.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// What people call it.
    pub label: Label,
    /// The unit, such as a currency or `days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ColumnKind {
    /// A name or another text.
    Text,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// A part of one: 0.25 is a quarter.
    Share,
    /// An exact decimal number, as text.
    Decimal,
    /// Yes or no.
    Flag,
    /// An instant, a day or a month, as text that sorts.
    Time,
}

/// How a table is best drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Plot {
    /// The form.
    pub kind: PlotKind,
    /// The column across.
    pub x: String,
    /// The column up.
    pub y: String,
    /// The column that colours tell apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// The columns of an interval around `y`: its lower and upper end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[String; 2]>,
    /// The columns that tell several pictures beside each other apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub facet: Option<String>,
}

/// The form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlotKind {
    /// Bars, longest first.
    Bars,
    /// Bars in the order of the rows.
    Steps,
    /// A line along `x`.
    Line,
    /// Dots with their intervals.
    Dots,
    /// A grid of colours.
    Heat,
    /// A line beside the diagonal.
    Diagonal,
}

/// One value of a table.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub enum Cell {
    /// Nothing: not known, or not to be told from these data.
    #[default]
    Empty,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A finite number.
    Number(f64),
    /// An exact decimal number; text in JSON.
    Decimal(Decimal),
    /// A text.
    Text(String),
}

impl Analysis {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), figures: BTreeMap::new(), notes: Vec::new(), tables: Vec::new() }
    }

    pub(crate) fn figure(&mut self, name: &str, value: impl Into<Cell>) {
        self.figures.insert(name.to_owned(), value.into());
    }

    pub(crate) fn note(&mut self, about: &str, en: impl Into<String>, ja: impl Into<String>) {
        self.remark(NoteKind::Note, about, en.into(), ja.into());
    }

    pub(crate) fn warn(&mut self, about: &str, en: impl Into<String>, ja: impl Into<String>) {
        self.remark(NoteKind::Warning, about, en.into(), ja.into());
    }

    fn remark(&mut self, kind: NoteKind, about: &str, en: String, ja: String) {
        self.notes.push(Note { kind, about: about.to_owned(), text: Label { en, ja } });
    }

    /// The table of a name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl Table {
    pub(crate) fn new(name: &str, en: &str, ja: &str) -> Self {
        Self {
            name: name.to_owned(),
            title: Label { en: en.to_owned(), ja: ja.to_owned() },
            columns: Vec::new(),
            rows: Vec::new(),
            plot: None,
        }
    }

    pub(crate) fn with(mut self, name: &str, kind: ColumnKind, en: &str, ja: &str) -> Self {
        let label = Label { en: en.to_owned(), ja: ja.to_owned() };
        self.columns.push(Column { name: name.to_owned(), kind, label, unit: None });
        self
    }

    pub(crate) fn unit(mut self, unit: Option<&str>) -> Self {
        if let Some(last) = self.columns.last_mut() {
            last.unit = unit.map(str::to_owned);
        }
        self
    }

    pub(crate) fn drawn(mut self, kind: PlotKind, x: &str, y: &str, color: Option<&str>) -> Self {
        self.plot = Some(Plot {
            kind,
            x: x.to_owned(),
            y: y.to_owned(),
            color: color.map(str::to_owned),
            interval: None,
            facet: None,
        });
        self
    }

    pub(crate) fn between(mut self, low: &str, high: &str) -> Self {
        if let Some(plot) = &mut self.plot {
            plot.interval = Some([low.to_owned(), high.to_owned()]);
        }
        self
    }

    pub(crate) fn beside(mut self, facet: &str) -> Self {
        if let Some(plot) = &mut self.plot {
            plot.facet = Some(facet.to_owned());
        }
        self
    }

    pub(crate) fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len(), "{}", self.name);
        self.rows.push(row);
    }

    /// A [Vega-Lite](https://vega.github.io/vega-lite/) specification that draws the table, its data inside; none
    /// for a table that is for reading only.
    #[must_use]
    pub fn chart(&self, language: Language) -> Option<Value> {
        chart::spec(self, language)
    }

    /// The value of a column in a row.
    #[must_use]
    pub fn get(&self, row: usize, column: &str) -> Option<&Cell> {
        let at = self.columns.iter().position(|held| held.name == column)?;
        self.rows.get(row)?.get(at)
    }
}

impl Label {
    pub(crate) fn of(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Japanese => &self.ja,
        }
    }
}

impl Cell {
    /// The number that it is, if it is one.
    #[must_use]
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
            Self::Whole(whole) => Some(*whole as f64),
            Self::Number(number) => Some(*number),
            Self::Decimal(decimal) => decimal.normalize().to_string().parse().ok(),
            _ => None,
        }
    }
}

impl From<f64> for Cell {
    /// What is not finite is nothing; negative zero is zero.
    fn from(number: f64) -> Self {
        if number.is_finite() { Self::Number(number + 0.0) } else { Self::Empty }
    }
}

impl From<Option<f64>> for Cell {
    fn from(number: Option<f64>) -> Self {
        number.map_or(Self::Empty, Self::from)
    }
}

impl From<u64> for Cell {
    fn from(count: u64) -> Self {
        Self::Whole(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Whole(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<i64> for Cell {
    fn from(whole: i64) -> Self {
        Self::Whole(whole)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl From<Decimal> for Cell {
    fn from(decimal: Decimal) -> Self {
        Self::Decimal(decimal)
    }
}

impl From<Option<Decimal>> for Cell {
    fn from(decimal: Option<Decimal>) -> Self {
        decimal.map_or(Self::Empty, Self::Decimal)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Option<&str>> for Cell {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, Self::from)
    }
}

impl Serialize for Cell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_unit(),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Whole(whole) => serializer.serialize_i64(*whole),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Decimal(decimal) => serializer.collect_str(decimal),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct CellVisitor;

        impl Visitor<'_> for CellVisitor {
            type Value = Cell;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, `true`, `false` or null")
            }

            fn visit_unit<E: de::Error>(self) -> Result<Cell, E> {
                Ok(Cell::Empty)
            }

            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Cell, E> {
                Ok(Cell::Flag(flag))
            }

            fn visit_i64<E: de::Error>(self, whole: i64) -> Result<Cell, E> {
                Ok(Cell::Whole(whole))
            }

            fn visit_u64<E: de::Error>(self, whole: u64) -> Result<Cell, E> {
                i64::try_from(whole).map(Cell::Whole).map_err(|_| E::custom("a number that is too large"))
            }

            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Cell, E> {
                Ok(Cell::from(number))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell::from(text))
            }

            fn visit_string<E: de::Error>(self, text: String) -> Result<Cell, E> {
                Ok(Cell::Text(text))
            }
        }

        deserializer.deserialize_any(CellVisitor)
    }
}

/// A row as it is written: the values by the names of the columns.
struct Row<'a>(&'a [Column], &'a [Cell]);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (column, cell) in self.0.iter().zip(self.1) {
            map.serialize_entry(&column.name, cell)?;
        }
        map.end()
    }
}

impl Serialize for Table {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Written<'a> {
            name: &'a str,
            title: &'a Label,
            columns: &'a [Column],
            rows: Vec<Row<'a>>,
            #[serde(skip_serializing_if = "Option::is_none")]
            plot: &'a Option<Plot>,
        }

        let rows = self.rows.iter().map(|row| Row(&self.columns, row)).collect();
        Written { name: &self.name, title: &self.title, columns: &self.columns, rows, plot: &self.plot }
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Table {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Read {
            name: String,
            title: Label,
            columns: Vec<Column>,
            rows: Vec<BTreeMap<String, Cell>>,
            #[serde(default)]
            plot: Option<Plot>,
        }

        let Read { name, title, columns, rows, plot } = Read::deserialize(deserializer)?;
        let in_order = |mut row: BTreeMap<String, Cell>| {
            columns.iter().map(|column| row.remove(&column.name).unwrap_or_default()).collect()
        };
        let rows = rows.into_iter().map(in_order).collect();
        Ok(Self { name, title, columns, rows, plot })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Cell {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cell".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["string", "number", "boolean", "null"],
            "description": "One value of a table; exact decimal numbers are text."
        })
    }
}
