//! Activities as tables: bound to the playbook's kinds and properties, joined to leads by id.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::columnar::behaviour::Behaviour;
use crate::columnar::bind::{Finder, Ids};
use crate::columnar::keys::{Keys, NONE};
use crate::columnar::options::{ActivityColumns, BadRows, TableOptions};
use crate::columnar::plan::{Needs, Scope};
use crate::columnar::report::Findings;
use crate::columnar::source::Source;
use crate::columnar::twins::{Conflict, Twins};
use crate::engine::Engine;
use crate::lead::activity::{Activity, Trust};
use crate::lead::facts::{Cell, Fact};
use crate::lead::model::{FieldType, Model};

/// What leads did, read, grouped by lead and reckoned up as of an instant: prepared once, for many batches of leads.
///
/// Made by [`Engine::activity_table`]. It belongs to the engine and the instant that it was made with.
#[derive(Debug)]
pub struct ActivityTable {
    pub(crate) batches: Vec<RecordBatch>,
    pub(crate) columns: ActivityColumns,
    pub(crate) fingerprint: String,
    pub(crate) at: i64,
    pub(crate) keys: Keys,
    pub(crate) behaviour: Behaviour,
    records: Records,
    /// Per lead: whether an activity of it cannot be read.
    pub(crate) bad: Vec<bool>,
    pub(crate) findings: Findings,
    pub(crate) missing: Vec<String>,
    pub(crate) extra: Vec<String>,
}

/// A guess at how many activities a lead has; only how fast leads are found depends on it.
const ACTIVITIES_OF_A_LEAD: usize = 8;

/// The activities of each lead that are looked at one by one.
#[derive(Debug, Default)]
struct Records {
    /// Where each lead's places end.
    ends: Vec<usize>,
    /// Batch and row.
    places: Vec<(u32, u32)>,
}

/// One batch of activities, bound.
#[derive(Debug)]
pub(crate) struct Bound<'b> {
    pub(crate) rows: usize,
    pub(crate) lead: Ids<'b>,
    pub(crate) id: Option<Ids<'b>>,
    pub(crate) kind: Source<'b>,
    pub(crate) at: Source<'b>,
    pub(crate) recorded_at: Option<Source<'b>>,
    pub(crate) trust: Option<Source<'b>>,
    pub(crate) campaign: Option<Source<'b>>,
    pub(crate) properties: BTreeMap<(usize, usize), Source<'b>>,
    /// Properties that nothing in question looks at: they tell activities of one id from each other.
    others: BTreeMap<(usize, usize), Source<'b>>,
}

/// Batches of activities, read: whose they are, what is there twice, and what cannot be read.
#[derive(Debug)]
pub(crate) struct Log<'b> {
    pub(crate) bound: Vec<Bound<'b>>,
    pub(crate) keys: Keys,
    pub(crate) twins: Twins,
    /// Per lead: whether an activity of it cannot be read.
    pub(crate) bad: Vec<bool>,
    /// Batch and row of those, and of what contradicts an earlier row.
    pub(crate) bad_rows: BTreeSet<(usize, usize)>,
    pub(crate) findings: Findings,
    /// Columns that the first batch lacks, and those that nothing asks of it.
    pub(crate) missing: Vec<String>,
    pub(crate) extra: Vec<String>,
}

/// Reads a batch's columns; problems and columns that are missing or extra go to the finder.
pub(crate) fn bind<'b>(
    model: &Model,
    finder: &mut Finder<'b>,
    columns: &ActivityColumns,
    properties: impl IntoIterator<Item = (usize, usize)>,
    rows: usize,
) -> Option<Bound<'b>> {
    let lead = finder.ids(&columns.lead, "the ids of leads");
    let kind = finder.required("the kinds of activities", &columns.kind, FieldType::Text);
    let at = finder.required("the times of activities", &columns.at, FieldType::Timestamp);
    let recorded_at =
        finder.optional("when an activity was recorded", &columns.recorded_at, FieldType::Timestamp);
    let trust = finder.optional("the trust in an activity", &columns.trust, FieldType::Text);
    let campaign = finder.optional("the campaign of an activity", &columns.campaign, FieldType::Text);
    let id = if finder.has(&columns.id) { finder.ids(&columns.id, "the ids of activities") } else { None };
    let mut bound = BTreeMap::new();
    for (kind, place) in properties {
        let Some((_, policy)) = model.activity_at(kind) else { continue };
        let Some((name, field_type)) = policy.properties.get_index(place) else { continue };
        if let Some(source) = finder.field(name, columns.property(name), *field_type) {
            bound.insert((kind, place), source);
        }
    }
    let mut others = BTreeMap::new();
    for (kind, (_, policy)) in model.activities().enumerate().filter(|_| id.is_some()) {
        for (place, (name, field_type)) in policy.properties.iter().enumerate() {
            if !bound.contains_key(&(kind, place))
                && let Some(source) = finder.peek(columns.property(name), *field_type)
            {
                others.insert((kind, place), source);
            }
        }
    }
    Some(Bound {
        rows,
        lead: lead?,
        id,
        kind: kind?,
        at: at?,
        recorded_at,
        trust,
        campaign,
        properties: bound,
        others,
    })
}

impl<'b> Log<'b> {
    /// Reads batches of activities. With `leads`, activities of others are left out.
    pub(crate) fn read(
        model: &Model,
        batches: impl IntoIterator<Item = &'b RecordBatch>,
        leads: Option<Keys>,
        properties: &BTreeSet<(usize, usize)>,
        options: &TableOptions,
    ) -> Result<Self, Error> {
        let (mut missing, mut extra) = (Vec::new(), Vec::new());
        let mut bound = Vec::new();
        for batch in batches {
            let mut finder = Finder::new(batch, "activities");
            let asked = properties.iter().copied();
            let one = bind(model, &mut finder, &options.activities, asked, batch.num_rows());
            if bound.is_empty() {
                missing = finder.missing.iter().cloned().collect();
                extra = finder.extra();
            }
            if !finder.problems.is_empty() {
                return Err(Error::lead(finder.problems));
            }
            bound.extend(one);
        }
        let mut keys = leads.unwrap_or_else(|| {
            let numbers = bound.iter().all(|bound| bound.lead.numbers);
            let rows: usize = bound.iter().map(|bound| bound.rows).sum();
            let columns = bound.iter().map(|bound| (&bound.lead, bound.rows));
            Keys::of(model, numbers, rows / ACTIVITIES_OF_A_LEAD, columns)
        });
        if keys.numbers() && bound.iter().any(|bound| !bound.lead.numbers) {
            keys = keys.into_texts();
        }

        let mut findings = Findings::default();
        let mut bad = vec![false; keys.len()];
        let mut bad_rows = BTreeSet::new();
        let mut table_row = 0;
        for (batch, bound) in bound.iter().enumerate() {
            let mut found = |row| {
                bad_rows.insert((batch, row));
            };
            bound.check(model, &keys, table_row, &mut bad, &mut findings, &mut found);
            table_row += bound.rows;
        }
        let (twins, conflicts) = Twins::find(model, &bound, &keys);
        for conflict in conflicts {
            bad_rows.insert((conflict.batch, conflict.row));
            refuse(model, &bound, conflict, &mut bad, &mut findings);
        }
        if options.bad_rows == BadRows::Refuse && !findings.problems.is_empty() {
            return Err(Error::lead(findings.refusal()));
        }
        Ok(Self { bound, keys, twins, bad, bad_rows, findings, missing, extra })
    }
}

impl ActivityTable {
    /// Reads batches of activities. With `leads`, activities of others are left out.
    pub(crate) fn prepare(
        engine: &Engine,
        batches: &[RecordBatch],
        leads: Option<Keys>,
        at: Instant,
        options: &TableOptions,
    ) -> Result<Self, Error> {
        let compiled = &*engine.compiled;
        let model = &compiled.model;
        let mut problems = Vec::new();
        let scope = Scope::new(compiled, options, &mut problems);
        if !problems.is_empty() {
            return Err(Error::calls(problems));
        }
        let columns = &options.activities;
        let behaviour = engine.kernels.of(compiled, &scope).behaviour.clone();
        let needs = Needs::of_records(compiled, &scope, &behaviour);
        let properties: BTreeSet<_> =
            needs.properties.iter().copied().chain(behaviour.properties()).collect();
        let log = Log::read(model, batches, leads, &properties, options)?;
        let records = Records::collect(model, &log.bound, &log.keys, &log.twins, &needs);
        let behaviour = behaviour.run(&log.bound, model, &log.keys, &log.twins, at.micros(), options.threads);
        let Log { keys, bad, findings, missing, extra, .. } = log;
        Ok(Self {
            batches: batches.to_vec(),
            columns: columns.clone(),
            fingerprint: compiled.fingerprint.clone(),
            at: at.micros(),
            keys,
            behaviour,
            records,
            bad,
            findings,
            missing,
            extra,
        })
    }

    /// The batches, bound again for reading records.
    pub(crate) fn bound<'b>(&'b self, model: &Model, needs: &Needs) -> Vec<Bound<'b>> {
        let of = |batch: &'b RecordBatch| {
            let mut finder = Finder::new(batch, "activities");
            let properties = needs.properties.iter().copied();
            bind(model, &mut finder, &self.columns, properties, batch.num_rows())
        };
        self.batches.iter().filter_map(of).collect()
    }

    /// Batch and row of the activities of a lead that are looked at one by one.
    pub(crate) fn places(&self, key: u32) -> &[(u32, u32)] {
        self.records.places(key)
    }
}

impl Records {
    fn collect(model: &Model, bound: &[Bound<'_>], keys: &Keys, twins: &Twins, needs: &Needs) -> Self {
        if needs.kinds.is_empty() {
            return Self::default();
        }
        let mut found: Vec<(u32, u32, u32)> = Vec::new();
        for (batch, bound) in (0_u32..).zip(bound) {
            let mut numbers = vec![NONE; bound.rows];
            keys.block(model, &bound.lead, 0, &mut numbers, &vec![1; bound.rows]);
            for (row, key) in (0_u32..).zip(numbers) {
                let kind = bound.kind.text(row as usize).and_then(|kind| model.activity(kind));
                let wanted = key != NONE && !twins.again(batch as usize, row as usize);
                if wanted && kind.is_some_and(|(kind, _)| needs.kinds.contains(&kind)) {
                    found.push((key, batch, row));
                }
            }
        }
        found.sort_unstable();
        let leads = u32::try_from(keys.len()).unwrap_or(NONE);
        let ends = (0..leads).map(|key| found.partition_point(|(of, ..)| *of <= key)).collect();
        Self { ends, places: found.into_iter().map(|(_, batch, row)| (batch, row)).collect() }
    }

    fn places(&self, key: u32) -> &[(u32, u32)] {
        let index = key as usize;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        let end = self.ends.get(index).copied().unwrap_or(0);
        self.places.get(start..end).unwrap_or(&[])
    }
}

impl Bound<'_> {
    /// Finds activities that cannot be read.
    fn check(
        &self,
        model: &Model,
        keys: &Keys,
        before: usize,
        bad: &mut [bool],
        findings: &mut Findings,
        found: &mut impl FnMut(usize),
    ) {
        let mut of = |row: usize, what: &str, help: &str| {
            found(row);
            let mut key = [NONE];
            keys.block(model, &self.lead, row, &mut key, &[1]);
            if let [key] = key
                && let Some(flag) = bad.get_mut(key as usize)
            {
                *flag = true;
            }
            findings.problem(|| {
                Diagnostic::error(Code::FieldType, format!("row {} of the activities {what}", before + row))
                    .at(format!("/{}", before + row))
                    .with_help(help)
            });
        };
        let sources = self.properties.values().chain([&self.at]).chain(&self.recorded_at);
        for source in sources.filter(|source| source.fallible()) {
            source.unreadable(model, 0, self.rows, |row| {
                let what = format!("has a value that its column cannot hold: {}", source.shown(row));
                of(row, &what, "correct the value, or make it empty where it is not known");
            });
        }
        let rows = |source: &Source<'_>| if source.may_be_null() { 0..self.rows } else { 0..0 };
        for row in rows(&self.at) {
            if self.at.is_null(row) && self.kind.text(row).is_some() {
                of(row, "does not say when it happened", "give every activity a time");
            }
        }
        for row in rows(&self.lead.source) {
            if self.lead.source.is_null(row) {
                of(row, "has no lead", "give every activity the id of its lead");
            }
        }
        if let Some(id) = &self.id {
            for row in rows(&id.source).filter(|row| id.source.is_null(*row)) {
                of(row, "has no id", "give every activity an id, or leave the column out");
            }
        }
        if let Some(trust) = &self.trust {
            for row in 0..self.rows {
                if trust.text(row).is_some_and(|text| trust_of(text).is_none()) {
                    of(row, "has an unknown trust", "write `human`, `machine` or `unsure`");
                }
            }
        }
    }

    /// Whether two rows hold one activity.
    pub(crate) fn says_the_same(&self, model: &Model, row: usize, other: &Bound<'_>, at: usize) -> bool {
        let kind = self.kind.text(row);
        if kind != other.kind.text(at) {
            return false;
        }
        let same = |a: Option<&Source<'_>>, b: Option<&Source<'_>>| {
            let a = a.map_or(Ok(Cell::Null), |source| source.cell(model, row));
            a == b.map_or(Ok(Cell::Null), |source| source.cell(model, at))
        };
        let declared = kind.and_then(|kind| model.activity(kind)).map(|(number, policy)| {
            (0..policy.properties.len())
                .all(|place| same(self.property((number, place)), other.property((number, place))))
        });
        same(Some(&self.at), Some(&other.at))
            && same(self.recorded_at.as_ref(), other.recorded_at.as_ref())
            && same(self.campaign.as_ref(), other.campaign.as_ref())
            && self.trust_at(row) == other.trust_at(at)
            && declared.unwrap_or(true)
    }

    /// The column of a declared property, whether anything looks at it or not.
    pub(crate) fn property(&self, place: (usize, usize)) -> Option<&Source<'_>> {
        self.properties.get(&place).or_else(|| self.others.get(&place))
    }

    pub(crate) fn trust_at(&self, row: usize) -> Trust {
        let text = self.trust.as_ref().and_then(|source| source.text(row));
        text.map_or(Trust::Human, |text| trust_of(text).unwrap_or(Trust::Unsure))
    }

    /// The record of a row, its properties apart; none of a kind that is not declared.
    pub(crate) fn record(&self, model: &Model, row: usize, ordinal: u64) -> Option<(usize, Activity)> {
        let kind = self.kind.text(row)?;
        let (number, _) = model.activity(kind)?;
        let id = match &self.id {
            Some(ids) => ids.text(model, row).map(std::borrow::Cow::into_owned).unwrap_or_default(),
            // In the order of the table.
            None => format!("{ordinal:020}"),
        };
        let mut activity = Activity::new(id, kind, instant(model, &self.at, row)?);
        activity.recorded_at = self.recorded_at.as_ref().and_then(|source| instant(model, source, row));
        activity.campaign = self.campaign.as_ref().and_then(|source| source.text(row)).map(str::to_owned);
        activity.trust = self.trust_at(row);
        Some((number, activity))
    }

    /// A record with its declared properties, to be evaluated.
    pub(crate) fn fact<'f>(
        &'f self,
        model: &Model,
        row: usize,
        kind: usize,
        record: &'f Activity,
    ) -> Fact<'f> {
        let count = model.activity_at(kind).map_or(0, |(_, policy)| policy.properties.len());
        let property = |place: usize| {
            let source = self.properties.get(&(kind, place))?;
            source.cell(model, row).ok()
        };
        let at = record.at.micros();
        Fact {
            kind,
            at,
            known_at: at.max(record.recorded_at().micros()),
            human: record.trust == Trust::Human,
            properties: (0..count).map(|place| property(place).unwrap_or(Cell::Null)).collect(),
            record,
        }
    }
}

/// Marks a lead of which two different activities have one id.
fn refuse(model: &Model, bound: &[Bound<'_>], conflict: Conflict, bad: &mut [bool], findings: &mut Findings) {
    let Conflict { batch, row, key } = conflict;
    if let Some(flag) = bad.get_mut(key as usize) {
        *flag = true;
    }
    let Some(of) = bound.get(batch) else { return };
    let before: usize = bound.iter().take(batch).map(|bound| bound.rows).sum();
    let shown = before + row;
    findings.problem(|| {
        let id = of.id.as_ref().and_then(|ids| ids.text(model, row)).unwrap_or_default();
        let lead = of.lead.text(model, row).unwrap_or_default();
        let message = format!(
            "row {shown} of the activities: two different activities of lead `{lead}` have the id `{id}`"
        );
        Diagnostic::error(Code::ActivityConflict, message)
            .at(format!("/{shown}"))
            .with_help("activities never change once recorded: give the new one an id of its own")
    });
}

pub(crate) fn instant(model: &Model, source: &Source<'_>, row: usize) -> Option<Instant> {
    match source.cell(model, row) {
        Ok(Cell::Time(micros)) => Instant::from_micros(micros),
        _ => None,
    }
}

pub(crate) fn trust_of(text: &str) -> Option<Trust> {
    Some(match text {
        "human" => Trust::Human,
        "machine" => Trust::Machine,
        "unsure" => Trust::Unsure,
        _ => return None,
    })
}
