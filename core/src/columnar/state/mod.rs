//! Running state: of all that leads did, what may still count.
//!
//! The state is a table of activities itself. An activity leaves it where nothing can depend on it at any later
//! instant, whatever else becomes known: so the state and what comes later say, to the bit, what the whole history
//! would say. An activity that has left and is reported again leaves again, for the same reason.

mod looks;
mod write;

use std::collections::BTreeSet;

use arrow_array::RecordBatch;
use serde::Serialize;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::parallel::Threads;
use crate::base::time::Instant;
use crate::columnar::activities::{Bound, Log, instant};
use crate::columnar::keys::NONE;
use crate::columnar::options::{LedgerColumns, SegmentColumns, TableOptions};
use crate::columnar::plan::{Needs, Scope};
use crate::engine::Engine;
use crate::lead::activity::{Activity, Trust};
use crate::lead::facts::{Fact, Facts};
use crate::lead::model::Model;
use crate::lead::record::Lead;
use looks::{Fate, Looks};
use write::Row;

/// Of all that leads did, what may still count.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ActivityState {
    /// A table of activities, its columns called as the options call them: lead, id, kind, `at`, `recorded_at` and
    /// campaign, as far as there are such columns, and a column per property. Rows are in the order in which they came.
    pub batch: RecordBatch,
    /// What became of the activities.
    pub report: StateReport,
}

/// What became of the activities of a state and of those that came.
///
/// Every row is one of kept, ignored, expired, replaced and repeated.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct StateReport {
    /// How many rows there were, of the state and of what came.
    pub rows: usize,
    /// How many of them are in the new state.
    pub kept: usize,
    /// How many nothing looks at: of other kinds, not by a person, or such that no condition ever holds for them.
    pub ignored: usize,
    /// How many counted once: every window that looks at them has passed, and decay leaves nothing of them.
    pub expired: usize,
    /// How many others stand for: those beyond a limit per period, and those before the last one where nothing else
    /// is asked.
    pub replaced: usize,
    /// How many said again what an earlier row said.
    pub repeated: usize,
    /// Columns that something looks at and that none of the tables has: read as empty.
    pub missing: Vec<String>,
    /// Columns that are not in the new state.
    pub dropped: Vec<String>,
    /// How many rows cannot be read, where the options let them pass. They stay, without their time, and so their
    /// leads stay without result.
    pub bad_rows: usize,
    /// The problems of those rows: the first hundred.
    pub problems: Vec<Diagnostic>,
}

/// Activities of one piece of work, but for the rest of a lead.
const PIECE: usize = 1 << 14;

impl Engine {
    /// The running state of a table of activities, for scores that are kept up to date without the whole history:
    /// `state` and what came since give the new state, as of an instant.
    ///
    /// Leads assessed with the state give, to the bit, what they give with the whole history, at `at` and at any later
    /// instant, with or without activities that come later still, however late. An activity stays until nothing can
    /// depend on it any more; [`StateReport`] says why others left. The state is a table of activities, begins as an
    /// empty list, and belongs to the playbook and scorecards that it was made for: after a change that looks at more,
    /// make it anew from the history.
    ///
    /// Of the options `scorecards`, `activities`, `bad_rows` and `threads` count. All that leads can be assessed for is
    /// provided for: ranks, segments and ledgers of the scorecards, whether the options ask for them or not.
    ///
    /// Two things cannot be told from a state: that an activity contradicts one that has left, and, without a column of
    /// ids, the place in the whole table by which a ledger calls an activity.
    ///
    /// # Errors
    /// `IK0601` for options that name what does not exist; `IK1101` and `IK1102` for columns that are missing or of
    /// a type that cannot hold what they should; `IK0402` and `IK0403` for activities that cannot be read or contradict
    /// each other, unless [`BadRows::Empty`](super::BadRows::Empty) lets them pass.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{RecordBatch, StringArray};
    /// use ikusei::columnar::TableOptions;
    ///
    /// let engine = ikusei::Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// activities: { page_view: {}, login: {} }
    /// scorecards:
    ///   overall: { rules: [{ id: views, on: page_view, points: 2, within: 30d }], ranks: [{ rank: C }] }
    /// "#)?.compile()?;
    /// let activities = |kinds, times| RecordBatch::try_from_iter([
    ///     ("lead_id", Arc::new(StringArray::from(vec!["a"; 3])) as _),
    ///     ("kind", Arc::new(StringArray::from(kinds)) as _),
    ///     ("at", Arc::new(StringArray::from(times)) as _),
    /// ]);
    /// let april = activities(
    ///     vec!["page_view", "page_view", "login"],
    ///     vec!["2026-03-01T00:00:00Z", "2026-04-20T00:00:00Z", "2026-04-21T00:00:00Z"],
    /// )?;
    /// let at: ikusei::Instant = "2026-05-01T00:00:00Z".parse()?;
    /// let state = engine.activity_state(&[], &[april], at, &TableOptions::new())?;
    /// assert_eq!((state.report.kept, state.report.expired, state.report.ignored), (1, 1, 1));
    ///
    /// let may = activities(vec!["page_view"; 3], vec!["2026-05-02T00:00:00Z"; 3])?;
    /// let at: ikusei::Instant = "2026-05-15T00:00:00Z".parse()?;
    /// let state = engine.activity_state(&[state.batch], &[may], at, &TableOptions::new())?;
    /// assert_eq!(state.batch.num_rows(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn activity_state(
        &self,
        state: &[RecordBatch],
        new: &[RecordBatch],
        at: impl Into<Instant>,
        options: &TableOptions,
    ) -> Result<ActivityState, Error> {
        let at = at.into().micros();
        let compiled = &*self.compiled;
        let model = &compiled.model;
        let everything = TableOptions {
            ranks: true,
            segments: SegmentColumns::List,
            ledger: LedgerColumns::Full,
            ..options.clone()
        };
        let mut problems = Vec::new();
        let scope = Scope::new(compiled, &everything, &mut problems);
        if !problems.is_empty() {
            return Err(Error::calls(problems));
        }
        let mut needs = Needs::default();
        let cards = compiled.scoring.cards.iter().enumerate().filter(|(card, _)| scope.scored(*card));
        cards.flat_map(|(_, card)| card.rules.iter()).for_each(|rule| needs.rule(rule));
        needs.decisions(compiled, &scope);

        let batches: Vec<&RecordBatch> = state.iter().chain(new).collect();
        let log = Log::read(model, batches.iter().copied(), None, &needs.properties, options)?;
        alike(&log.bound, options)?;
        let fates = fates(model, &Looks::new(compiled, &scope), &log, at, Threads::new(options.threads));
        let rows = Row::kept(model, &log, &fates);
        let batch = write::table(model, &options.activities, &log, &rows)?;

        let count = |fate: Fate| fates.iter().flatten().filter(|of| **of == fate).count();
        let names = |batch: &RecordBatch| -> BTreeSet<String> {
            batch.schema_ref().fields().iter().map(|field| field.name().clone()).collect()
        };
        let there: BTreeSet<String> = batches.iter().flat_map(|batch| names(batch)).collect();
        let report = StateReport {
            rows: fates.iter().map(Vec::len).sum(),
            kept: rows.len(),
            ignored: count(Fate::Ignored),
            expired: count(Fate::Expired),
            replaced: count(Fate::Replaced),
            repeated: count(Fate::Repeated),
            missing: log.missing.iter().filter(|column| !there.contains(*column)).cloned().collect(),
            dropped: there.difference(&names(&batch)).cloned().collect(),
            bad_rows: log.bad_rows.len(),
            problems: log.findings.problems,
        };
        Ok(ActivityState { batch, report })
    }
}

/// Either all tables that have rows have ids, or none has: one table could not say which.
fn alike(bound: &[Bound<'_>], options: &TableOptions) -> Result<(), Error> {
    let mut with = bound.iter().filter(|bound| bound.rows > 0).map(|bound| bound.id.is_some());
    let first = with.next();
    if with.all(|with| Some(with) == first) {
        return Ok(());
    }
    let column = &options.activities.id;
    let message = format!("some of the activities have a column `{column}` of their ids, and some have none");
    Err(Error::lead(vec![
        Diagnostic::error(Code::TableColumn, message)
            .at(format!("/{column}"))
            .with_help("give state and new activities the same columns"),
    ]))
}

/// Per batch, per row: what becomes of it.
fn fates(model: &Model, looks: &Looks, log: &Log<'_>, at: i64, threads: Threads) -> Vec<Vec<Fate>> {
    let mut fates: Vec<Vec<Fate>> = log.bound.iter().map(|bound| vec![Fate::Ignored; bound.rows]).collect();
    let mut open: Vec<(u32, u32, u32)> = Vec::new();
    for ((batch, bound), fates) in (0_u32..).zip(&log.bound).zip(&mut fates) {
        let mut leads = vec![NONE; bound.rows];
        log.keys.block(model, &bound.lead, 0, &mut leads, &vec![1; bound.rows]);
        for ((row, lead), fate) in (0_u32..).zip(leads).zip(fates) {
            let (batch_at, row_at) = (batch as usize, row as usize);
            if lead == NONE {
                continue;
            }
            if log.twins.again(batch_at, row_at) {
                *fate = Fate::Repeated;
            } else if log.bad_rows.contains(&(batch_at, row_at)) {
                *fate = Fate::Kept;
            } else if bound.trust_at(row_at) == Trust::Human
                && let Some((kind, _)) = bound.kind.text(row_at).and_then(|kind| model.activity(kind))
                && let Some(happened) = instant(model, &bound.at, row_at)
            {
                match looks.at_once(kind, at.saturating_sub(happened.micros())) {
                    Some(told) => *fate = told,
                    None => open.push((lead, batch, row)),
                }
            }
        }
    }
    open.sort_unstable();
    let mut pieces = Vec::new();
    let mut rest = open.as_slice();
    while let Some((last, ..)) = rest.get(PIECE.min(rest.len()).saturating_sub(1)) {
        let (piece, others) = rest.split_at(rest.partition_point(|(lead, ..)| lead <= last));
        pieces.push(piece);
        rest = others;
    }
    let decided = threads.map(pieces, |piece| decide(model, looks, log, at, piece));
    for ((_, batch, row), fate) in open.iter().zip(decided.into_iter().flatten()) {
        if let Some(slot) = fates.get_mut(*batch as usize).and_then(|rows| rows.get_mut(*row as usize)) {
            *slot = fate;
        }
    }
    fates
}

/// What becomes of activities that have to be seen, lead by lead.
fn decide(model: &Model, looks: &Looks, log: &Log<'_>, at: i64, piece: &[(u32, u32, u32)]) -> Vec<Fate> {
    let lead = Lead::new("");
    let nobody = Facts::assemble(model, &lead, Box::default(), Vec::new());
    let mut decided = Vec::with_capacity(piece.len());
    for of_lead in piece.chunk_by(|a, b| a.0 == b.0) {
        let mut records: Vec<(usize, &Bound<'_>, usize, usize, Activity)> = Vec::new();
        for (place, (_, batch, row)) in of_lead.iter().enumerate() {
            let Some(bound) = log.bound.get(*batch as usize) else { continue };
            let ordinal = u64::from(*batch) << 32 | u64::from(*row);
            if let Some((kind, record)) = bound.record(model, *row as usize, ordinal) {
                records.push((place, bound, *row as usize, kind, record));
            }
        }
        records.sort_by(|(.., a), (.., b)| (a.at, &a.id).cmp(&(b.at, &b.id)));
        let facts: Vec<Fact<'_>> = records
            .iter()
            .map(|(_, bound, row, kind, record)| bound.fact(model, *row, *kind, record))
            .collect();
        let start = decided.len();
        decided.resize(start + of_lead.len(), Fate::Ignored);
        for ((place, ..), fate) in records.iter().zip(looks.decide(&facts, &nobody, at)) {
            if let Some(slot) = decided.get_mut(start + place) {
                *slot = fate;
            }
        }
    }
    decided
}
