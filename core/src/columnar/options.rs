//! What a caller may choose about a table.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use serde::Deserialize;

/// How a table is read and what is written.
///
/// As JSON its keys are the fields' names: `{"id": "lead_id", "figures": "total", "segments": "list",
/// "ledger": {"top": 3}}`.
///
/// ```
/// use ikusei::columnar::{Figures, SegmentColumns, TableOptions};
///
/// let options = TableOptions::new()
///     .with_id("lead_id")
///     .with_column("industry", "業種")
///     .with_figures(Figures::TotalOnly)
///     .with_segments(SegmentColumns::Booleans);
/// assert_eq!(options.column("industry"), "業種");
/// assert_eq!(options.column("email"), "email");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct TableOptions {
    /// The column of the leads' ids: texts or whole numbers. `id` unless told otherwise.
    pub id: String,
    /// From a field of the playbook to the column that holds it; a field that is not here is looked for under its
    /// own name. `source.<key>` and `consent.<channel>` name entries of the lead's source and consent.
    pub columns: BTreeMap<String, String>,
    /// Per scorecard, the columns of the rank that the lead held before and since when: for ranks that are kept
    /// by margin or time.
    pub standing: BTreeMap<String, StandingColumns>,
    /// The scorecards to write, in the order of the playbook; all of them if absent.
    pub scorecards: Option<Vec<String>>,
    /// Which figures are written.
    pub figures: Figures,
    /// How points are written.
    pub points: PointsColumns,
    /// Whether ranks are written.
    pub ranks: bool,
    /// Whether and how segments are written.
    pub segments: SegmentColumns,
    /// Whether and how much of the ledger is written.
    pub ledger: LedgerColumns,
    /// What becomes of a row with a value that cannot be read, or with points out of range.
    pub bad_rows: BadRows,
    /// The columns of the table of activities; `activity_columns` in JSON.
    #[serde(rename = "activity_columns")]
    pub activities: ActivityColumns,
    /// How many threads work on one batch; all that the machine has if absent. The results are the same.
    pub threads: Option<NonZeroUsize>,
}

/// The columns of a standing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct StandingColumns {
    /// The rank held: a text, empty for none.
    pub rank: String,
    /// Since when: an instant with zone. A row without it has no standing.
    pub since: String,
}

/// Which figures of a score sheet are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Figures {
    /// Fit plus, fit minus, engagement plus, engagement minus and total.
    #[default]
    Five,
    /// The total alone.
    #[serde(rename = "total")]
    TotalOnly,
    /// None: ranks or segments alone.
    #[serde(rename = "none")]
    Absent,
}

/// How points are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PointsColumns {
    /// As 64-bit floats, each of which stands for one number of points: what [`Points::to_f64`](crate::Points)
    /// gives and what JSON says.
    #[default]
    Floats,
    /// As whole millionths in 64-bit integers.
    Millionths,
    /// As decimals with six places.
    Decimals,
}

/// How segments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SegmentColumns {
    /// Not at all.
    #[default]
    #[serde(rename = "none")]
    Absent,
    /// One boolean column per segment, `segment.<name>`.
    Booleans,
    /// One column `segments`: the names of the segments that the lead is in, in the order of the playbook.
    List,
}

/// How much of the ledger is written, per scorecard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum LedgerColumns {
    /// Nothing.
    #[default]
    #[serde(rename = "none")]
    Absent,
    /// `<card>.ledger`: every entry, in order.
    Full,
    /// `<card>.reasons`: the entries that weigh most, heaviest first; entries of equal weight in ledger order.
    #[serde(rename = "top")]
    TopReasons(usize),
}

/// What becomes of a row that cannot be assessed: a value that is not of its field's type, points out of range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BadRows {
    /// The batch is refused, with every such row among the diagnostics (up to a hundred).
    #[default]
    Refuse,
    /// All its figures, ranks and segments are null, and the report names it.
    Empty,
}

/// The columns of a table of activities.
///
/// Only those that the playbook's rules look at have to be there, besides lead, kind and time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ActivityColumns {
    /// The id of the lead.
    pub lead: String,
    /// The activity's own id, unique within the lead. Where the table has no such column, every row is an activity
    /// of its own, and activities of one instant are in the order of the table.
    pub id: String,
    /// One of the playbook's `activities`; others are not looked at.
    pub kind: String,
    /// When it happened: an instant with zone.
    pub at: String,
    /// When we learnt of it. Without the column, or empty: when it happened.
    pub recorded_at: String,
    /// `human`, `machine` or `unsure`. Without the column, or empty: `human`.
    pub trust: String,
    /// The campaign that brought it about.
    pub campaign: String,
    /// From a property to the column that holds it; a property that is not here is looked for under its own name.
    pub properties: BTreeMap<String, String>,
}

impl Default for TableOptions {
    fn default() -> Self {
        Self {
            id: "id".to_owned(),
            columns: BTreeMap::new(),
            standing: BTreeMap::new(),
            scorecards: None,
            figures: Figures::default(),
            points: PointsColumns::default(),
            ranks: true,
            segments: SegmentColumns::default(),
            ledger: LedgerColumns::default(),
            bad_rows: BadRows::default(),
            activities: ActivityColumns::default(),
            threads: None,
        }
    }
}

impl Default for ActivityColumns {
    fn default() -> Self {
        let name = str::to_owned;
        Self {
            lead: name("lead_id"),
            id: name("id"),
            kind: name("kind"),
            at: name("at"),
            recorded_at: name("recorded_at"),
            trust: name("trust"),
            campaign: name("campaign"),
            properties: BTreeMap::new(),
        }
    }
}

impl TableOptions {
    /// Five figures and ranks of every scorecard, from columns that are called as the fields are.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The column that holds a field.
    #[must_use]
    pub fn column<'n>(&'n self, field: &'n str) -> &'n str {
        self.columns.get(field).map_or(field, String::as_str)
    }

    /// The same with another column of ids.
    #[must_use]
    pub fn with_id(mut self, column: impl Into<String>) -> Self {
        self.id = column.into();
        self
    }

    /// The same with a field in a column of another name.
    #[must_use]
    pub fn with_column(mut self, field: impl Into<String>, column: impl Into<String>) -> Self {
        self.columns.insert(field.into(), column.into());
        self
    }

    /// The same with the columns of a scorecard's standing.
    #[must_use]
    pub fn with_standing(mut self, card: impl Into<String>, rank: &str, since: &str) -> Self {
        let columns = StandingColumns { rank: rank.to_owned(), since: since.to_owned() };
        self.standing.insert(card.into(), columns);
        self
    }

    /// The same for some scorecards only.
    #[must_use]
    pub fn with_scorecards<N: Into<String>>(mut self, cards: impl IntoIterator<Item = N>) -> Self {
        self.scorecards = Some(cards.into_iter().map(Into::into).collect());
        self
    }

    /// The same with other figures.
    #[must_use]
    pub fn with_figures(mut self, figures: Figures) -> Self {
        self.figures = figures;
        self
    }

    /// The same with points of another type.
    #[must_use]
    pub fn with_points(mut self, points: PointsColumns) -> Self {
        self.points = points;
        self
    }

    /// The same with or without ranks.
    #[must_use]
    pub fn with_ranks(mut self, ranks: bool) -> Self {
        self.ranks = ranks;
        self
    }

    /// The same with segments.
    #[must_use]
    pub fn with_segments(mut self, segments: SegmentColumns) -> Self {
        self.segments = segments;
        self
    }

    /// The same with ledgers.
    #[must_use]
    pub fn with_ledger(mut self, ledger: LedgerColumns) -> Self {
        self.ledger = ledger;
        self
    }

    /// The same with another rule for rows that cannot be assessed.
    #[must_use]
    pub fn with_bad_rows(mut self, bad_rows: BadRows) -> Self {
        self.bad_rows = bad_rows;
        self
    }

    /// The same with other names for the columns of activities.
    #[must_use]
    pub fn with_activities(mut self, activities: ActivityColumns) -> Self {
        self.activities = activities;
        self
    }

    /// The same on so many threads.
    #[must_use]
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        self.threads = Some(threads);
        self
    }
}

impl ActivityColumns {
    /// The column that holds a property.
    #[must_use]
    pub fn property<'n>(&'n self, property: &'n str) -> &'n str {
        self.properties.get(property).map_or(property, String::as_str)
    }
}
