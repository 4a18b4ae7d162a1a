//! The funnel: who came how far, how long it took, and where they were lost.

use serde::Deserialize;

use super::cut::{Group, groups};
use super::lift::confidence;
use super::reader::Reader;
use super::rows::Rows;
use super::statistics::survival::{curve, time_of};
use super::statistics::{Interval, quantile, wilson};
use super::table::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::{Instant, Zone};

/// What is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FunnelRequest"))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// A row for every lead, with the instant of every stage that it reached.
    pub leads: Rows,
    /// The columns of the stages, first to last.
    pub stages: Vec<String>,
    /// Columns to cut by.
    #[serde(default)]
    pub by: Vec<String>,
    /// Until when the leads were watched; the last instant in the table, unless said otherwise.
    #[serde(default)]
    pub at: Option<Instant>,
    /// Where months begin: UTC, unless said otherwise.
    #[serde(default)]
    pub timezone: Option<String>,
    /// Of confidence: 0.95.
    #[serde(default)]
    pub level: Option<f64>,
}

/// What is known of all leads.
struct Course {
    stages: Vec<String>,
    /// For each stage, for each lead, when it reached it.
    times: Vec<Vec<Option<i64>>>,
    /// For each lead how many stages it reached: the last with a time, whatever was skipped before.
    reached: Vec<usize>,
    end: i64,
    level: f64,
}

const DAY: f64 = 86_400_000_000.0;

/// Counts a funnel.
///
/// # Errors
/// `IK1001` for a table that cannot be read, with its row and column; `IK0601` and `IK1002` for what cannot be asked or told.
pub fn funnel(request: &Request) -> Result<Analysis, Error> {
    let level = confidence(request.level)?;
    let zone = zone(request.timezone.as_deref())?;
    if request.stages.len() < 2 {
        let diagnostic = Diagnostic::error(Code::BadCall, "a funnel of fewer than two stages").at("/stages");
        return Err(Error::call(
            diagnostic.with_help("name the columns of at least two stages, first to last"),
        ));
    }
    let mut reader = Reader::new(&request.leads, "leads");
    let mut times: Vec<Vec<Option<i64>>> =
        request.stages.iter().map(|stage| reader.instants(stage)).collect();
    let groups = groups(&request.leads, &mut reader, &request.by);
    reader.finish()?;
    let latest = times.iter().flatten().flatten().copied().max();
    let end = request.at.map(Instant::micros).or(latest).unwrap_or(0);
    for time in times.iter_mut().flatten() {
        *time = time.filter(|time| *time <= end);
    }
    let reach = |lead: usize| {
        times
            .iter()
            .rposition(|stage| stage.get(lead).is_some_and(Option::is_some))
            .map_or(0, |last| last + 1)
    };
    let reached: Vec<usize> = (0..request.leads.height()).map(reach).collect();
    let course = Course { stages: request.stages.clone(), times, reached, end, level };

    let mut analysis = Analysis::new("funnel");
    analysis.figure("leads", course.reached.iter().filter(|reached| **reached > 0).count());
    if let Some(end) = Instant::from_micros(end).filter(|_| latest.is_some()) {
        analysis.figure("watched_until", end.to_string());
    }
    remarks(&mut analysis, &course);
    analysis.tables.push(counts(&course, &groups));
    analysis.tables.push(waits(&course, &groups));
    analysis.tables.push(cohorts(&course, zone));
    Ok(analysis)
}

pub(crate) fn zone(name: Option<&str>) -> Result<Zone, Error> {
    name.map_or(Ok(Zone::UTC), Zone::parse).map_err(|_| {
        let message = format!("the time zone `{}` is not known here", name.unwrap_or_default());
        let help = "write a name such as `Asia/Tokyo`, or an offset such as `+09:00`";
        Error::call(Diagnostic::error(Code::BadCall, message).at("/timezone").with_help(help))
    })
}

fn remarks(analysis: &mut Analysis, course: &Course) {
    let leads = || 0..course.reached.len();
    let nowhere = course.reached.iter().filter(|reached| **reached == 0).count();
    if nowhere > 0 {
        analysis.note(
            "no-stage",
            format!("{nowhere} leads reached no stage by then and are not counted"),
            format!("どのステージにも達していないリード {nowhere} 件は数えていません"),
        );
    }
    let has = |stage: usize, lead: usize| course.time(stage, lead).is_some();
    let skipped = leads().filter(|lead| (0..course.reached(*lead)).any(|stage| !has(stage, *lead))).count();
    if skipped > 0 {
        analysis.note(
            "skipped-stage",
            format!("{skipped} leads skipped a stage: who reached a later one counts as having passed it"),
            format!(
                "{skipped} 件のリードはステージを飛ばしています。後のステージに達していれば通過とみなします"
            ),
        );
    }
    let backwards = leads()
        .filter(|lead| {
            (1..course.stages.len()).any(|stage| course.wait(stage, *lead).is_some_and(|days| days < 0.0))
        })
        .count();
    if backwards > 0 {
        analysis.figure("out_of_order", backwards);
        analysis.warn(
            "out-of-order",
            format!("{backwards} leads reached a stage before the one that comes first: they are counted, their times are left out"),
            format!("{backwards} 件のリードは前のステージより先に次のステージに達しています。件数には含め、期間には含めません"),
        );
    }
}

impl Course {
    fn time(&self, stage: usize, lead: usize) -> Option<i64> {
        self.times.get(stage)?.get(lead).copied().flatten()
    }

    fn reached(&self, lead: usize) -> usize {
        self.reached.get(lead).copied().unwrap_or(0)
    }

    /// The days from one stage to the next.
    fn wait(&self, to: usize, lead: usize) -> Option<f64> {
        Some(days(self.time(to, lead)? - self.time(to.checked_sub(1)?, lead)?))
    }

    fn stage(&self, index: usize) -> &str {
        self.stages.get(index).map_or("", String::as_str)
    }
}

#[expect(clippy::cast_precision_loss, reason = "spans of time are below 2^53 microseconds")]
pub(crate) fn days(micros: i64) -> f64 {
    micros as f64 / DAY
}

fn count(rows: &[usize], holds: impl Fn(usize) -> bool) -> u64 {
    u64::try_from(rows.iter().filter(|row| holds(**row)).count()).unwrap_or(0)
}

fn ends(interval: Option<Interval>) -> [Cell; 3] {
    [interval.map(|i| i.value), interval.map(|i| i.low), interval.map(|i| i.high)].map(Cell::from)
}

fn cut_columns(table: Table) -> Table {
    table.with("cut", ColumnKind::Text, "Cut", "切り口").with("value", ColumnKind::Text, "Value", "値")
}

fn counts(course: &Course, groups: &[Group]) -> Table {
    let mut table = cut_columns(Table::new("funnel", "Funnel", "ファネル"))
        .with("stage", ColumnKind::Text, "Stage", "ステージ")
        .with("leads", ColumnKind::Whole, "Leads", "リード数")
        .with("lost", ColumnKind::Whole, "Not at the next stage", "次のステージに未到達")
        .with("rate", ColumnKind::Share, "Of the stage before", "前ステージからの転換率")
        .with("low", ColumnKind::Share, "Lower end", "下限")
        .with("high", ColumnKind::Share, "Upper end", "上限")
        .with("overall", ColumnKind::Share, "Of the first stage", "初回ステージからの転換率")
        .with("overall_low", ColumnKind::Share, "Lower end (overall)", "下限（全体）")
        .with("overall_high", ColumnKind::Share, "Upper end (overall)", "上限（全体）")
        .drawn(PlotKind::Steps, "stage", "leads", Some("value"));
    for group in groups {
        let here: Vec<u64> = (0..course.stages.len())
            .map(|stage| count(&group.rows, |lead| course.reached(lead) > stage))
            .collect();
        for (stage, leads) in here.iter().enumerate() {
            let before = stage.checked_sub(1).and_then(|before| here.get(before)).copied();
            let next = here.get(stage + 1).copied();
            let first = here.first().copied().filter(|_| stage > 0);
            let mut row = vec![
                Cell::from(group.cut.as_str()),
                Cell::from(group.value.as_deref()),
                Cell::from(course.stage(stage)),
                Cell::from(*leads),
                next.map_or(Cell::Empty, |next| Cell::from(leads - next)),
            ];
            row.extend(ends(before.and_then(|before| wilson(*leads, before, course.level))));
            row.extend(ends(first.and_then(|first| wilson(*leads, first, course.level))));
            table.push(row);
        }
    }
    table
}

/// Times between stages: of those who moved on, and of all, those who still wait included.
fn waits(course: &Course, groups: &[Group]) -> Table {
    let quantiles = [
        ("p25", 0.25, "下位25%"),
        ("median", 0.5, "中央値"),
        ("p75", 0.75, "下位75%"),
        ("p90", 0.9, "下位90%"),
    ];
    let mut table = cut_columns(Table::new("times", "Days from stage to stage", "ステージ間の日数"))
        .with("from", ColumnKind::Text, "From", "開始ステージ")
        .with("to", ColumnKind::Text, "To", "到達ステージ")
        .with("moved", ColumnKind::Whole, "Moved on", "到達")
        .with("waiting", ColumnKind::Whole, "Still waiting", "滞留中");
    for (name, _, ja) in quantiles {
        table = table
            .with(
                name,
                ColumnKind::Number,
                &format!("{name} of those who moved on"),
                &format!("{ja}（到達者）"),
            )
            .unit(Some("days"));
    }
    for (name, _, ja) in quantiles {
        table = table
            .with(
                &format!("all_{name}"),
                ColumnKind::Number,
                &format!("{name} of all (Kaplan-Meier)"),
                &format!("{ja}（滞留中を含む）"),
            )
            .unit(Some("days"));
    }
    table = table.drawn(PlotKind::Bars, "to", "median", Some("value"));
    for group in groups {
        for to in 1..course.stages.len() {
            let (mut moved, mut all) = (Vec::new(), Vec::new());
            for lead in &group.rows {
                match (course.time(to - 1, *lead), course.wait(to, *lead)) {
                    (_, Some(wait)) if wait >= 0.0 => {
                        moved.push(wait);
                        all.push((wait, true));
                    }
                    // Who skipped the stage is not waiting for it.
                    (Some(since), None) if course.reached(*lead) <= to => {
                        all.push((days(course.end - since), false))
                    }
                    _ => {}
                }
            }
            moved.sort_by(f64::total_cmp);
            let curve = curve(&all);
            let mut row = vec![
                Cell::from(group.cut.as_str()),
                Cell::from(group.value.as_deref()),
                Cell::from(course.stage(to - 1)),
                Cell::from(course.stage(to)),
                Cell::from(moved.len()),
                Cell::from(all.len() - moved.len()),
            ];
            row.extend(quantiles.map(|(_, part, _)| Cell::from(quantile(&moved, part))));
            row.extend(quantiles.map(|(_, part, _)| Cell::from(time_of(&curve, part))));
            table.push(row);
        }
    }
    table
}

/// Leads by the month in which they reached the first stage.
fn cohorts(course: &Course, zone: Zone) -> Table {
    let mut table = Table::new("cohorts", "Conversion by month of entry", "獲得月別の転換率")
        .with("month", ColumnKind::Time, "Month", "月")
        .with("stage", ColumnKind::Text, "Stage", "ステージ")
        .with("leads", ColumnKind::Whole, "Leads of the month", "当月のリード数")
        .with("reached", ColumnKind::Whole, "Reached", "到達")
        .with("rate", ColumnKind::Share, "Rate", "転換率")
        .with("low", ColumnKind::Share, "Lower end", "下限")
        .with("high", ColumnKind::Share, "Upper end", "上限")
        .drawn(PlotKind::Line, "month", "rate", Some("stage"))
        .between("low", "high");
    let mut months: Vec<(String, usize)> = (0..course.reached.len())
        .filter_map(|lead| Some((month(zone, course.time(0, lead)?), lead)))
        .collect();
    months.sort();
    for group in months.chunk_by(|a, b| a.0 == b.0) {
        let Some((month, _)) = group.first() else { continue };
        let rows: Vec<usize> = group.iter().map(|(_, lead)| *lead).collect();
        let leads = u64::try_from(rows.len()).unwrap_or(0);
        for (stage, name) in course.stages.iter().enumerate().skip(1) {
            let reached = count(&rows, |lead| course.reached(lead) > stage);
            let mut row = vec![
                Cell::from(month.as_str()),
                Cell::from(name.as_str()),
                Cell::from(leads),
                Cell::from(reached),
            ];
            row.extend(ends(wilson(reached, leads, course.level)));
            table.push(row);
        }
    }
    table
}

/// The month of an instant, as `2026-05`.
pub(crate) fn month(zone: Zone, micros: i64) -> String {
    let local = Instant::from_micros(zone.local_micros(micros));
    local.map_or_else(String::new, |local| local.to_string().chars().take(7).collect())
}
