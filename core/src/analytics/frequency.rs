//! The frequency model that CRMs use: the chance that a deal is won, by naive Bayes from counts of won and lost deals.
//!
//! Counts are all that is kept, whole numbers by team, field and value; closing a deal adds to them and reopening one
//! takes away, so they are the same however they came about. Smoothing happens when they are read.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::reader::Reader;
use super::rows::Rows;
use super::statistics::real;
use super::table::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;

/// What is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FrequencyRequest"))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The stages of a deal, first to last.
    pub stages: Vec<String>,
    /// The columns whose values count, one value each.
    #[serde(default)]
    pub fields: Vec<String>,
    /// A column of tags, several of them with `|` between.
    #[serde(default)]
    pub tags: Option<String>,
    /// Counts that were kept from an earlier call: its table `counts`.
    #[serde(default)]
    pub counts: Option<Rows>,
    /// Deals that closed: `won`, `stage` (the one it was lost in), `team`, and the columns of `fields` and `tags`.
    #[serde(default)]
    pub closed: Option<Rows>,
    /// Deals that were closed and are open again, as they were when they closed.
    #[serde(default)]
    pub reopened: Option<Rows>,
    /// Open deals whose chances are asked for: `deal`, `stage`, `team`, and the columns of `fields` and `tags`.
    #[serde(default)]
    pub open: Option<Rows>,
    /// Deals of a value, won and lost together, below which it is ignored: 1; for tags 50.
    #[serde(default)]
    pub support: Option<u64>,
    /// The same for tags.
    #[serde(default)]
    pub tag_support: Option<u64>,
}

/// What is added to every count when it is read, so that nothing is impossible.
const SMOOTHING: f64 = 0.1;

const STAGE: &str = "stage";
const SEPARATOR: char = '|';

/// Team, field, value; no team stands for all of them together.
type Key = (Option<String>, String, String);

/// Won and lost deals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    won: i64,
    lost: i64,
}

/// Brings the counts up to date, and tells the chances of open deals with what each value contributes.
///
/// # Errors
/// `IK1001` for a table that cannot be read, with its row and column; `IK0601` and `IK1002` for what cannot be asked or told.
pub fn frequency(request: &Request) -> Result<Analysis, Error> {
    if request.stages.is_empty() {
        let diagnostic = Diagnostic::error(Code::BadCall, "a frequency model without stages").at("/stages");
        return Err(Error::call(diagnostic.with_help("name the stages of a deal, first to last")));
    }
    let mut counts = Counts::kept(request)?;
    if let Some(closed) = &request.closed {
        counts.learn(request, closed, "closed", 1)?;
    }
    if let Some(reopened) = &request.reopened {
        counts.learn(request, reopened, "reopened", -1)?;
    }
    counts.0.retain(|_, count| *count != Count::default());
    if counts.0.values().any(|count| count.won < 0 || count.lost < 0) {
        let diagnostic = Diagnostic::error(Code::CannotTell, "more deals are reopened than were closed");
        return Err(Error::call(
            diagnostic.at("/reopened").with_help("give reopened deals as they were when they closed"),
        ));
    }
    let mut analysis = Analysis::new("frequency");
    let all = counts.team(request, &None);
    analysis.figure("won", all.won);
    analysis.figure("lost", all.lost);
    if all.won == 0 || all.lost == 0 {
        analysis.warn(
            "few-data",
            "without both won and lost deals no chance can be told",
            "受注と失注の両方の実績がないため、確率は算出できません",
        );
    }
    counts.predict(request, &mut analysis)?;
    analysis.tables.push(counts.table());
    Ok(analysis)
}

/// Counts in the order of team, field and value.
struct Counts(BTreeMap<Key, Count>);

/// What counts about one deal.
struct Deal {
    team: Option<String>,
    stage: Option<usize>,
    /// Field and value.
    values: Vec<(String, String)>,
}

impl Counts {
    fn kept(request: &Request) -> Result<Self, Error> {
        let mut counts = BTreeMap::new();
        if let Some(kept) = &request.counts {
            let mut reader = Reader::new(kept, "counts");
            let (teams, fields, values) =
                (reader.texts("team"), reader.names("field"), reader.names("value"));
            let (won, lost) = (reader.counts("won"), reader.counts("lost"));
            reader.finish()?;
            let rows = teams.into_iter().zip(fields).zip(values).zip(won).zip(lost);
            for ((((team, field), value), won), lost) in rows {
                let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
                counts.insert((team, field, value), Count { won: whole(won), lost: whole(lost) });
            }
        }
        Ok(Self(counts))
    }

    /// Adds closed deals, or takes them away again. A won deal counts in every stage; a lost one in the stages up to the
    /// one that it was lost in.
    fn learn(
        &mut self,
        request: &Request,
        deals: &Rows,
        table: &'static str,
        times: i64,
    ) -> Result<(), Error> {
        let mut reader = Reader::new(deals, table);
        let outcomes: Vec<bool> = reader.flags("won").into_iter().map(|won| won == Some(true)).collect();
        reader.finish()?;
        for (deal, won) in read(request, deals, table)?.into_iter().zip(outcomes) {
            let last = if won { request.stages.len() } else { deal.stage.map_or(1, |stage| stage + 1) };
            let passed = request.stages.iter().take(last).map(|stage| (STAGE.to_owned(), stage.clone()));
            for (field, value) in passed.chain(deal.values) {
                let teams = [None, deal.team.clone()];
                let count = teams.iter().take(if deal.team.is_some() { 2 } else { 1 });
                for team in count {
                    let count = self.0.entry((team.clone(), field.clone(), value.clone())).or_default();
                    if won {
                        count.won += times;
                    } else {
                        count.lost += times;
                    }
                }
            }
        }
        Ok(())
    }

    fn get(&self, team: &Option<String>, field: &str, value: &str) -> Count {
        self.0.get(&(team.clone(), field.to_owned(), value.to_owned())).copied().unwrap_or_default()
    }

    /// All deals of a team: every one of them was in the first stage.
    fn team(&self, request: &Request, team: &Option<String>) -> Count {
        request.stages.first().map_or_else(Count::default, |first| self.get(team, STAGE, first))
    }

    fn predict(&self, request: &Request, analysis: &mut Analysis) -> Result<(), Error> {
        let Some(open) = &request.open else { return Ok(()) };
        let mut reader = Reader::new(open, "open");
        let names = reader.names("deal");
        reader.finish()?;
        let mut chances = Table::new("chances", "Chance of winning", "受注確率")
            .with("deal", ColumnKind::Text, "Deal", "商談")
            .with("team", ColumnKind::Text, "Counts of the team", "集計対象チーム")
            .with("chance", ColumnKind::Share, "Chance", "受注確率")
            .drawn(PlotKind::Bars, "deal", "chance", None);
        let mut parts = Table::new("contributions", "What each value contributes", "項目ごとの影響")
            .with("deal", ColumnKind::Text, "Deal", "商談")
            .with("field", ColumnKind::Text, "Field", "項目")
            .with("value", ColumnKind::Text, "Value", "値")
            .with("won_part", ColumnKind::Share, "Among won deals", "受注に占める割合")
            .with("lost_part", ColumnKind::Share, "Among lost deals", "失注に占める割合")
            .with("factor", ColumnKind::Number, "Factor on the odds", "オッズへの倍率")
            .with("used", ColumnKind::Flag, "Used", "使用");
        for (deal, name) in read(request, open, "open")?.into_iter().zip(names) {
            // A team that has not both won and lost yet is judged by all teams together.
            let own = self.team(request, &deal.team);
            let team = deal.team.clone().filter(|_| own.won > 0 && own.lost > 0);
            let all = self.team(request, &team);
            let mut chance = None;
            if all.won > 0 && all.lost > 0 {
                let (won, lost) = smooth(all);
                let mut odds = won / lost;
                let stage = deal.stage.and_then(|stage| request.stages.get(stage));
                let stage = stage.map(|stage| (STAGE.to_owned(), stage.clone()));
                for (field, value) in stage.into_iter().chain(deal.values) {
                    let count = self.get(&team, &field, &value);
                    let least = if request.tags.as_ref() == Some(&field) {
                        request.tag_support.unwrap_or(50)
                    } else {
                        request.support.unwrap_or(1)
                    };
                    let used = u64::try_from(count.won + count.lost).unwrap_or(0) >= least;
                    let (mine, theirs) = smooth(count);
                    let (won_part, lost_part) = (mine / won, theirs / lost);
                    if used {
                        odds *= won_part / lost_part;
                    }
                    parts.push(vec![
                        Cell::from(name.as_str()),
                        Cell::from(field),
                        Cell::from(value),
                        Cell::from(won_part),
                        Cell::from(lost_part),
                        Cell::from(won_part / lost_part),
                        Cell::from(used),
                    ]);
                }
                chance = Some((odds / (1.0 + odds)).clamp(0.0001, 0.9999));
            }
            chances.push(vec![Cell::from(name), Cell::from(team.as_deref()), Cell::from(chance)]);
        }
        analysis.tables.push(chances);
        analysis.tables.push(parts);
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new("counts", "Won and lost deals by value", "値ごとの受注・失注件数")
            .with("team", ColumnKind::Text, "Team", "チーム")
            .with("field", ColumnKind::Text, "Field", "項目")
            .with("value", ColumnKind::Text, "Value", "値")
            .with("won", ColumnKind::Whole, "Won", "受注")
            .with("lost", ColumnKind::Whole, "Lost", "失注");
        for ((team, field, value), count) in &self.0 {
            table.push(vec![
                Cell::from(team.as_deref()),
                Cell::from(field.as_str()),
                Cell::from(value.as_str()),
                Cell::from(count.won),
                Cell::from(count.lost),
            ]);
        }
        table
    }
}

fn smooth(count: Count) -> (f64, f64) {
    let whole = |count: i64| real(u64::try_from(count).unwrap_or(0)) + SMOOTHING;
    (whole(count.won), whole(count.lost))
}

fn read(request: &Request, deals: &Rows, table: &'static str) -> Result<Vec<Deal>, Error> {
    let mut reader = Reader::new(deals, table);
    let n = deals.height();
    let teams = if reader.has("team") { reader.texts("team") } else { vec![None; n] };
    let stages = reader.texts(STAGE);
    let tags = request.tags.as_ref().map(|tags| (tags.clone(), reader.texts(tags)));
    let fields: Vec<(String, Vec<Option<String>>)> =
        request.fields.iter().map(|field| (field.clone(), reader.texts(field))).collect();
    reader.finish()?;
    let mut found = Vec::with_capacity(n);
    for (row, (team, stage)) in teams.into_iter().zip(stages).enumerate() {
        let place = stage.as_ref().and_then(|stage| request.stages.iter().position(|known| known == stage));
        if let (Some(stage), None) = (&stage, place) {
            let near = crate::base::suggest::nearest(stage, request.stages.iter().map(String::as_str));
            let diagnostic = Diagnostic::error(Code::BadTable, format!("there is no stage `{stage}`"));
            let diagnostic = diagnostic.at(format!("/{table}/stage/{row}")).with_help("name one of `stages`");
            return Err(Error::call(diagnostic.did_you_mean(near)));
        }
        let mut values: Vec<(String, String)> = fields
            .iter()
            .filter_map(|(field, cells)| Some((field.clone(), cells.get(row)?.clone()?)))
            .collect();
        if let Some((field, cells)) = &tags {
            let mut own: Vec<&str> = cells
                .get(row)
                .and_then(Option::as_deref)
                .unwrap_or("")
                .split(SEPARATOR)
                .map(str::trim)
                .filter(|tag| !tag.is_empty())
                .collect();
            own.sort_unstable();
            own.dedup();
            values.extend(own.into_iter().map(|tag| (field.clone(), tag.to_owned())));
        }
        found.push(Deal { team, stage: place, values });
    }
    Ok(found)
}
