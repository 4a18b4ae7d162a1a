//! The door: a table of leads, perhaps with activities, and what the engine says of each.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchOptions, RecordBatchReader};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::parallel::Threads;
use crate::base::time::Instant;
use crate::columnar::activities::ActivityTable;
use crate::columnar::bind::Finder;
use crate::columnar::fit::Fit;
use crate::columnar::keys::Keys;
use crate::columnar::options::{BadRows, TableOptions};
use crate::columnar::output::{Output, Slots};
use crate::columnar::plan::{Made, Needs, Scope};
use crate::columnar::report::{Findings, TableReport};
use crate::columnar::rows::{History, Table};
use crate::columnar::run::{BLOCK, Job, Scratch};
use crate::engine::Engine;

/// What the engine says of a table of leads.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TableAssessment {
    /// One row per lead, in the order of the table: its id, then per scorecard `<card>.<figure>` and
    /// `<card>.rank`, then segments.
    pub batch: RecordBatch,
    /// What there is to say besides.
    pub report: TableReport,
}

/// What the leads of a table did.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Activities<'a> {
    /// Nothing that anybody knows of.
    Unknown,
    /// Batches of activities of these leads and others, in any order.
    Batches(&'a [RecordBatch]),
    /// Activities prepared for many batches of leads.
    Prepared(Arc<ActivityTable>),
}

impl<'a> From<&'a [RecordBatch]> for Activities<'a> {
    fn from(batches: &'a [RecordBatch]) -> Self {
        Self::Batches(batches)
    }
}

impl From<&Arc<ActivityTable>> for Activities<'_> {
    fn from(table: &Arc<ActivityTable>) -> Self {
        Self::Prepared(Arc::clone(table))
    }
}

impl<'a> From<Option<&'a [RecordBatch]>> for Activities<'a> {
    fn from(batches: Option<&'a [RecordBatch]>) -> Self {
        batches.map_or(Self::Unknown, Self::Batches)
    }
}

impl Engine {
    /// Scores, ranks and segments of a table of leads as of an instant.
    ///
    /// The figures are those of [`Engine::assess`] for each lead, to the bit.
    ///
    /// # Errors
    /// `IK0601` for options that name what does not exist; `IK1101` and `IK1102` for columns that are missing, of
    /// a type that cannot hold its field, or ids that are empty; `IK0402` and `IK0501` for rows that cannot be
    /// assessed, unless [`BadRows::Empty`] lets them pass.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{Int64Array, RecordBatch, StringArray, cast::AsArray, types::Float64Type};
    /// use ikusei::columnar::{Activities, TableOptions};
    ///
    /// let engine = ikusei::Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// fields: { industry: { type: text }, employees: { type: integer } }
    /// scorecards:
    ///   overall:
    ///     rules:
    ///       - { id: target, when: 'industry == "製造業"', points: 20 }
    ///       - { id: size, points: { by: employees, bands: { "50": 10, "300": 25 } } }
    ///     ranks: [{ rank: A, at_least: 40 }, { rank: B }]
    /// "#)?.compile()?;
    /// let leads = RecordBatch::try_from_iter([
    ///     ("id", Arc::new(StringArray::from(vec!["a", "b"])) as _),
    ///     ("industry", Arc::new(StringArray::from(vec![Some("製造業"), None])) as _),
    ///     ("employees", Arc::new(Int64Array::from(vec![320, 80])) as _),
    /// ])?;
    /// let at: ikusei::Instant = "2026-05-01T09:00:00+09:00".parse()?;
    /// let assessed = engine.assess_table(&leads, Activities::Unknown, at, &TableOptions::new())?;
    /// let totals = assessed.batch["overall.total"].as_primitive::<Float64Type>();
    /// assert_eq!(totals.values().to_vec(), [45.0, 10.0]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn assess_table<'a>(
        &self,
        leads: &RecordBatch,
        activities: impl Into<Activities<'a>>,
        at: impl Into<Instant>,
        options: &TableOptions,
    ) -> Result<TableAssessment, Error> {
        let at = at.into();
        let table = match activities.into() {
            Activities::Unknown => None,
            Activities::Prepared(table) => Some(table),
            Activities::Batches(batches) => {
                let keys = self.lead_keys(std::slice::from_ref(leads), options)?;
                Some(Arc::new(ActivityTable::prepare(self, batches, Some(keys), at, options)?))
            }
        };
        let mut assessor = Assessor::new(self, table, at, options)?;
        let batch = assessor.assess(leads)?;
        Ok(TableAssessment { batch, report: assessor.report })
    }

    /// The same for a stream of batches: one at a time, so that no more than a batch is in memory.
    ///
    /// # Errors
    /// At once, what is wrong with the options, the activities or the schema; later, with the batch that has it,
    /// what is wrong with rows.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{RecordBatch, RecordBatchIterator, StringArray};
    /// use ikusei::columnar::{Activities, TableOptions};
    ///
    /// let engine = ikusei::Playbook::parse("{ikusei: 1, name: demo, scorecards: {overall: {ranks: [{rank: C}]}}}")?.compile()?;
    /// let batch = |id| RecordBatch::try_from_iter([("id", Arc::new(StringArray::from(vec![id])) as _)]);
    /// let batches = RecordBatchIterator::new([batch("a"), batch("b")], batch("a")?.schema());
    /// let at: ikusei::Instant = "2026-05-01T09:00:00+09:00".parse()?;
    /// let assessed = engine.assess_stream(batches, Activities::Unknown, at, &TableOptions::new())?;
    /// let rows: usize = assessed.map(|batch| batch.map(|batch| batch.num_rows())).sum::<Result<_, _>>()?;
    /// assert_eq!(rows, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn assess_stream<'a, R: RecordBatchReader>(
        &self,
        leads: R,
        activities: impl Into<Activities<'a>>,
        at: impl Into<Instant>,
        options: &TableOptions,
    ) -> Result<TableStream<R>, Error> {
        let at = at.into();
        let table = match activities.into() {
            Activities::Unknown => None,
            Activities::Prepared(table) => Some(table),
            Activities::Batches(batches) => Some(Arc::new(self.activity_table(batches, at, options)?)),
        };
        let mut assessor = Assessor::new(self, table, at, options)?;
        let schema = assessor.assess(&RecordBatch::new_empty(leads.schema()))?.schema();
        Ok(TableStream { leads, assessor, schema, progress: None, ended: false })
    }

    /// Reads activities once, for many batches of leads as of one instant.
    ///
    /// # Errors
    /// As [`Engine::assess_table`], for the activities.
    pub fn activity_table(
        &self,
        activities: &[RecordBatch],
        at: impl Into<Instant>,
        options: &TableOptions,
    ) -> Result<ActivityTable, Error> {
        ActivityTable::prepare(self, activities, None, at.into(), options)
    }

    /// The same where it is known whose activities will be asked for: those of others are left out, and no ids have
    /// to be gathered from the activities, of which there are many more. Of the leads only the column of ids is read.
    ///
    /// # Errors
    /// As [`Engine::assess_table`], for the activities and the ids.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use arrow_array::{RecordBatch, StringArray};
    /// use ikusei::columnar::TableOptions;
    ///
    /// let engine = ikusei::Playbook::parse("{ikusei: 1, name: demo, activities: {visit: {}}, scorecards: {overall: {}}}")?.compile()?;
    /// let texts = |text| Arc::new(StringArray::from(vec![text])) as _;
    /// let leads = RecordBatch::try_from_iter([("id", texts("a"))])?;
    /// let log = RecordBatch::try_from_iter([
    ///     ("lead_id", texts("a")), ("kind", texts("visit")), ("at", texts("2026-04-30T09:00:00Z")),
    /// ])?;
    /// let at: ikusei::Instant = "2026-05-01T09:00:00+09:00".parse()?;
    /// let table = Arc::new(engine.activity_table_of(&[leads.clone()], &[log], at, &TableOptions::new())?);
    /// assert_eq!(engine.assess_table(&leads, &table, at, &TableOptions::new())?.report.rows, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn activity_table_of(
        &self,
        leads: &[RecordBatch],
        activities: &[RecordBatch],
        at: impl Into<Instant>,
        options: &TableOptions,
    ) -> Result<ActivityTable, Error> {
        let keys = self.lead_keys(leads, options)?;
        ActivityTable::prepare(self, activities, Some(keys), at.into(), options)
    }

    /// The ids of a table of leads.
    fn lead_keys(&self, leads: &[RecordBatch], options: &TableOptions) -> Result<Keys, Error> {
        let mut ids = Vec::with_capacity(leads.len());
        for batch in leads {
            let mut finder = Finder::new(batch, "leads");
            match finder.ids(&options.id, "the ids of leads") {
                Some(of_batch) => ids.push((of_batch, batch.num_rows())),
                None => return Err(Error::lead(finder.problems)),
            }
        }
        let numbers = ids.iter().all(|(ids, _)| ids.numbers);
        let rows = ids.iter().map(|(_, rows)| rows).sum();
        Ok(Keys::of(&self.compiled.model, numbers, rows, ids.iter().map(|(ids, rows)| (ids, *rows))))
    }
}

type Progress = Box<dyn FnMut(&TableReport) + Send>;

/// A stream of assessed batches. An error of the engine comes as [`ArrowError::ExternalError`] with an
/// [`Error`] inside; it ends the stream.
pub struct TableStream<R> {
    leads: R,
    assessor: Assessor,
    schema: SchemaRef,
    progress: Option<Progress>,
    ended: bool,
}

impl<R> fmt::Debug for TableStream<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableStream").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl<R> TableStream<R> {
    /// The same, calling back after every batch with what there is to say so far.
    #[must_use]
    pub fn with_progress(mut self, progress: impl FnMut(&TableReport) + Send + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// What there is to say of the batches so far.
    #[must_use]
    pub fn report(&self) -> &TableReport {
        &self.assessor.report
    }
}

impl<R: RecordBatchReader> Iterator for TableStream<R> {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let assessed = self.leads.next()?.and_then(|batch| {
            self.assessor.assess(&batch).map_err(|error| ArrowError::ExternalError(Box::new(error)))
        });
        self.ended = assessed.is_err();
        if let Some(progress) = self.progress.as_mut().filter(|_| assessed.is_ok()) {
            progress(&self.assessor.report);
        }
        Some(assessed)
    }
}

impl<R: RecordBatchReader> RecordBatchReader for TableStream<R> {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }
}

/// Batch after batch of leads, by one plan.
pub(crate) struct Assessor {
    engine: Engine,
    options: TableOptions,
    activities: Option<Arc<ActivityTable>>,
    at: Instant,
    named: bool,
    scope: Scope,
    needs: Needs,
    made: Arc<Made>,
    fit: Fit,
    row_rules: Vec<(usize, usize)>,
    plain_ranks: Vec<bool>,
    pub(crate) report: TableReport,
}

/// Pieces of work per thread: more end at more nearly one time, fewer learn less anew.
const PIECES: usize = 8;
/// Blocks of one piece of work at least.
const PIECE: usize = 16;

impl Assessor {
    pub(crate) fn new(
        engine: &Engine,
        activities: Option<Arc<ActivityTable>>,
        at: Instant,
        options: &TableOptions,
    ) -> Result<Self, Error> {
        let compiled = &*engine.compiled;
        let mut problems = Vec::new();
        let scope = Scope::new(compiled, options, &mut problems);
        if activities
            .as_ref()
            .is_some_and(|table| table.at != at.micros() || table.fingerprint != compiled.fingerprint)
        {
            let message = "the activities were prepared for another playbook or instant";
            problems.push(
                Diagnostic::error(Code::BadCall, message)
                    .with_help("prepare them with the engine and the instant that assess the leads"),
            );
        }
        if !problems.is_empty() {
            return Err(Error::calls(problems));
        }
        let made = engine.kernels.of(compiled, &scope);
        let (fit, mut row_rules) = (made.begin(), made.rows.clone());
        if let Some(table) = &activities {
            row_rules.extend(table.behaviour.uncovered(compiled, &scope));
        }
        let mut needs = Needs::default();
        for (card, number) in &row_rules {
            let rule = compiled.scoring.cards.get(*card).and_then(|card| card.rules.get(*number));
            rule.into_iter().for_each(|rule| needs.rule(rule));
        }
        if scope.ledger {
            let cards = compiled.scoring.cards.iter().enumerate().filter(|(card, _)| scope.scored(*card));
            cards.flat_map(|(_, card)| card.rules.iter()).for_each(|rule| needs.rule(rule));
        }
        needs.decisions(compiled, &scope);
        let plain_ranks = compiled
            .cards
            .iter()
            .map(|card| {
                card.qualification.programs().next().is_none() && !options.standing.contains_key(&card.name)
            })
            .collect();
        needs.rows |= scope.segments;
        needs.rows |= (0..compiled.cards.len()).any(|card| {
            scope.ranked(card)
                && compiled.cards.get(card).is_some_and(|card| options.standing.contains_key(&card.name))
        });
        let mut report = TableReport::default();
        if let Some(table) = &activities {
            report.missing.extend(table.missing.iter().map(|column| format!("activities.{column}")));
            report.problems.clone_from(&table.findings.problems);
            report.extra.extend(table.extra.iter().map(|column| format!("activities.{column}")));
        }
        Ok(Self {
            engine: engine.clone(),
            options: options.clone(),
            activities,
            at,
            named: false,
            scope,
            needs,
            made,
            fit,
            row_rules,
            plain_ranks,
            report,
        })
    }

    /// Assesses one batch.
    pub(crate) fn assess(&mut self, leads: &RecordBatch) -> Result<RecordBatch, Error> {
        let engine = self.engine.clone();
        let compiled = &*engine.compiled;
        let mut finder = Finder::new(leads, "leads");
        let fields =
            |field: usize| self.needs.fields.contains(&field) || self.fit.reads(field) || self.scope.ledger;
        let table = Table::bind(compiled, leads, &self.options, fields, &self.needs, &mut finder);
        let Some(table) = table.filter(|_| finder.problems.is_empty()) else {
            return Err(Error::lead(finder.problems));
        };
        if !self.named {
            self.named = true;
            self.report.missing.extend(finder.missing.iter().cloned());
            self.report.extra.extend(finder.extra());
        }
        self.fit.bind(&table);
        let activities = self.activities.as_deref();
        let bound = activities.map(|activities| activities.bound(&compiled.model, &self.needs));
        let history = activities.zip(bound.as_deref()).map(|(table, bound)| History { table, bound });
        let job = Job {
            compiled,
            options: &self.options,
            first_row: self.report.rows,
            scope: &self.scope,
            needs: &self.needs,
            at: self.at.micros(),
            table: &table,
            history,
            row_rules: &self.row_rules,
            plain_ranks: &self.plain_ranks,
        };
        let mut output = Output::new(compiled, &self.scope, &self.options, table.rows, history.is_some());
        let mut findings = Findings::default();
        // The first block teaches the automata most of what the others need.
        let mut scratch = Scratch::new(compiled, self.fit.clone());
        let threads = Threads::new(self.options.threads);
        let alone = if threads.single() { table.rows } else { table.rows.min(BLOCK) };
        for start in (0..alone).step_by(BLOCK) {
            for slots in &mut output.more(BLOCK.min(alone - start), BLOCK) {
                job.block(start, &mut scratch, slots, &mut findings);
            }
        }
        if alone < table.rows {
            let blocks = output.more(table.rows - alone, BLOCK).into_iter().enumerate();
            let pieces = PIECES * self.options.threads.map_or(PIECES, NonZeroUsize::get);
            let size = (blocks.len() / pieces).max(PIECE);
            let mut pieces: Vec<Vec<(usize, Slots<'_>)>> = Vec::new();
            for block in blocks {
                match pieces.last_mut().filter(|piece| piece.len() < size) {
                    Some(piece) => piece.push(block),
                    None => pieces.push(vec![block]),
                }
            }
            let found = threads.map(pieces, |piece| {
                let mut scratch = Scratch::new(compiled, scratch.fit.clone());
                let mut findings = Findings::default();
                for (index, mut slots) in piece {
                    job.block(alone + index * BLOCK, &mut scratch, &mut slots, &mut findings);
                }
                (findings, scratch.fit)
            });
            for (later, fit) in found {
                findings.merge(later);
                scratch.fit = fit;
            }
        }
        self.fit = scratch.fit;
        self.made.keep(&self.fit);
        if self.options.bad_rows == BadRows::Refuse && findings.bad_rows > 0 {
            return Err(Error::lead(findings.refusal()));
        }
        self.report.absorb(table.rows, findings);

        let mut columns: Vec<(Field, ArrayRef)> = Vec::new();
        let id = table.ids.column;
        if let (Some(array), Some(field)) = (leads.columns().get(id), leads.schema_ref().fields().get(id)) {
            columns.push((field.as_ref().clone(), array.clone()));
        }
        columns.extend(output.columns(compiled, &self.scope, &self.options));
        let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
        let rows = RecordBatchOptions::new().with_row_count(Some(table.rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &rows).map_err(|error| {
            let message = format!("the result is no record batch: {error}");
            Error::call(Diagnostic::error(Code::BadCall, message).with_help("two columns may have one name"))
        })
    }
}
