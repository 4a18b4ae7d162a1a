//! The row path and the column path give the same, whatever the encoding, the chunks and the threads.

use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int16Type};
use arrow_array::{Array, RecordBatch, RecordBatchIterator, StringArray};
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::super::*;
use super::{Event, Row, activities, at, cases, engine, leads, log, row};
use crate::{Detail, Engine};

fn options() -> TableOptions {
    TableOptions::new()
        .with_standing("overall", "rank", "since")
        .with_segments(SegmentColumns::Booleans)
        .with_points(PointsColumns::Millionths)
}

/// Compares a result with the record path, row by row.
fn compare(engine: &Engine, rows: &[Row], first: usize, batch: &RecordBatch) {
    compare_but(engine, rows, first, batch, &[]);
}

fn compare_but(engine: &Engine, rows: &[Row], first: usize, batch: &RecordBatch, skipped: &[usize]) {
    assert_eq!(batch.num_rows(), rows.len());
    for (index, row) in rows.iter().enumerate().filter(|(index, _)| !skipped.contains(index)) {
        let lead = row.lead(first + index);
        let assessment = engine.prepare(&lead).unwrap().assess(at(), Detail::Figures).unwrap();
        for (card, sheet) in &assessment.scores {
            let figure = |name: &str| {
                let column = &batch[format!("{card}.{name}").as_str()];
                column.as_primitive::<arrow_array::types::Int64Type>().value(index)
            };
            let found = ["fit_plus", "fit_minus", "engagement_plus", "engagement_minus", "total"].map(figure);
            let wanted =
                [sheet.fit_plus, sheet.fit_minus, sheet.engagement_plus, sheet.engagement_minus, sheet.total]
                    .map(crate::Points::millionths);
            assert_eq!(found, wanted, "{card} of {lead:?}");
            let ranks = batch[format!("{card}.rank").as_str()].as_dictionary::<Int16Type>();
            let names = ranks.downcast_dict::<StringArray>().unwrap();
            let rank = ranks.is_valid(index).then(|| arrow_array::ArrayAccessor::value(&names, index));
            assert_eq!(rank, assessment.ranks[card].rank.as_deref(), "{card} of {lead:?}");
            if let Some(probability) = sheet.probability {
                let column = batch[format!("{card}.probability").as_str()].as_primitive::<Float64Type>();
                assert_eq!(column.value(index).to_bits(), probability.to_bits());
            }
        }
        for segment in ["it", "big", "listed"] {
            let column = batch[format!("segment.{segment}").as_str()].as_boolean();
            assert_eq!(column.value(index), assessment.segments.iter().any(|name| name == segment));
        }
    }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn columns_say_what_records_say(rows in prop::collection::vec(row(), 0..40), form in 0_usize..60) {
        let engine = engine();
        let (leads, activities) = (leads(&rows, form), activities(&rows, form));
        let assessed = engine.assess_table(&leads, &[activities][..], at(), &options()).unwrap();
        compare(&engine, &rows, 0, &assessed.batch);
    }

    #[test]
    fn chunks_slices_and_threads_change_nothing(
        rows in prop::collection::vec(row(), 1..30),
        form in 0_usize..60,
        cut in 0_usize..30,
        threads in 1_usize..4,
        known in any::<bool>(),
    ) {
        let engine = engine();
        let (leads, activities) = (leads(&rows, form), activities(&rows, form));
        let options = options().with_threads(NonZeroUsize::new(threads).unwrap());
        let cut = cut.min(rows.len());
        let half = activities.num_rows() / 2;
        let parts = [activities.slice(0, half), activities.slice(half, activities.num_rows() - half)];
        let (head, tail) = (leads.slice(0, cut), leads.slice(cut, rows.len() - cut));
        let prepared = if known {
            engine.activity_table_of(&[head.clone(), tail.clone()], &parts, at(), &options)
        } else {
            engine.activity_table(&parts, at(), &options)
        };
        let prepared = Arc::new(prepared.unwrap());
        let head = engine.assess_table(&head, &prepared, at(), &options).unwrap();
        let tail = engine.assess_table(&tail, &prepared, at(), &options).unwrap();
        compare(&engine, &rows[..cut], 0, &head.batch);
        compare(&engine, &rows[cut..], cut, &tail.batch);
    }
    #[test]
    fn what_is_said_twice_counts_once(
        rows in prop::collection::vec(row(), 1..12),
        again in prop::collection::vec((0_usize..12, 0_usize..8), 1..30),
        form in 0_usize..60,
        other in 0_usize..60,
    ) {
        let engine = engine();
        let repeated: Vec<(usize, usize, &Event)> = again
            .into_iter()
            .filter_map(|(lead, number)| Some((lead, number, rows.get(lead)?.activities.get(number)?)))
            .collect();
        let batches = [activities(&rows, form), log(&repeated, other)];
        let assessed = engine.assess_table(&leads(&rows, form), &batches[..], at(), &options()).unwrap();
        compare(&engine, &rows, 0, &assessed.batch);
    }

    #[test]
    fn what_contradicts_itself_is_refused_as_in_the_record(
        rows in prop::collection::vec(row(), 1..12),
        (lead, number) in (0_usize..12, 0_usize..8),
        what in 0_usize..4,
        form in 0_usize..60,
    ) {
        let Some(event) = rows.get(lead).and_then(|row| row.activities.get(number)) else { return Ok(()) };
        let mut changed = event.clone();
        match what {
            0 => changed.at += 1,
            1 => changed.trust = Some(if event.trust == Some("machine") { "unsure" } else { "machine" }),
            2 => changed.recorded = Some(event.recorded.map_or(event.at, |at| at + 1)),
            _ => changed.kind = if event.kind == "seminar" { "unknown" } else { "seminar" },
        }
        let engine = engine();
        let batches = [activities(&rows, form), log(&[(lead, number, &changed)], form)];
        let refused = engine.assess_table(&leads(&rows, form), &batches[..], at(), &options()).unwrap_err();
        prop_assert_eq!(refused.diagnostics().len(), 1);
        prop_assert_eq!(refused.code().to_string(), "IK0403");
        let lenient = options().with_bad_rows(BadRows::Empty);
        let assessed = engine.assess_table(&leads(&rows, form), &batches[..], at(), &lenient).unwrap();
        compare_but(&engine, &rows, 0, &assessed.batch, &[lead]);
        prop_assert!(assessed.batch["overall.total"].is_null(lead));
        prop_assert_eq!(assessed.report.bad_rows, 1);
    }
}

/// So many rows that every thread has several pieces of work, and activities too.
#[test]
fn pieces_of_work_change_nothing() {
    const LEADS: usize = 24_000;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let some = prop::collection::vec(row(), 97).new_tree(&mut runner).unwrap().current();
    let engine = engine();
    let rows: Vec<Row> = some.iter().cycle().take(LEADS).cloned().collect();
    let (table, log) = (leads(&rows, 2), activities(&rows, 1));
    assert!(log.num_rows() > 1 << 16, "the activities are one piece of work");
    let run = |threads: usize| {
        let options = options().with_threads(NonZeroUsize::new(threads).unwrap());
        engine.assess_table(&table, std::slice::from_ref(&log), at(), &options).unwrap()
    };
    let one = run(1);
    // The rows repeat themselves but for ids, so the record path is asked for the first of them only.
    compare(&engine, &some, 0, &one.batch.slice(0, some.len()));
    let ids_apart =
        |batch: &RecordBatch| batch.project(&(1..batch.num_columns()).collect::<Vec<_>>()).unwrap();
    // `listed` includes and excludes two leads by their ids.
    let body = ids_apart(&one.batch);
    let first = body.slice(some.len(), some.len());
    for start in (some.len()..LEADS - some.len()).step_by(some.len()) {
        assert_eq!(body.slice(start, some.len()), first, "from row {start}");
    }
    for threads in [2, 3] {
        let several = run(threads);
        assert_eq!(several.batch, one.batch, "{threads} threads");
        assert_eq!(several.report, one.report, "{threads} threads");
    }
    let numbered = engine
        .assess_table(&by_number(&table, "id"), &[by_number(&log, "lead_id")][..], at(), &options())
        .unwrap();
    let listed = one.batch.schema().index_of("segment.listed").unwrap();
    for column in (1..one.batch.num_columns()).filter(|column| *column != listed) {
        assert_eq!(numbered.batch.column(column), one.batch.column(column), "column {column}, ids by number");
    }
    let chunks = (0..LEADS).step_by(9_973).map(|start| Ok(table.slice(start, 9_973.min(LEADS - start))));
    let reader = RecordBatchIterator::new(chunks, table.schema());
    let stream = engine.assess_stream(reader, std::slice::from_ref(&log), at(), &options()).unwrap();
    let mut start = 0;
    for batch in stream {
        let batch = batch.unwrap();
        assert_eq!(batch, one.batch.slice(start, batch.num_rows()), "from row {start}");
        start += batch.num_rows();
    }
    assert_eq!(start, LEADS);
}

/// The same table with whole numbers for ids, far apart from each other.
fn by_number(table: &RecordBatch, name: &str) -> RecordBatch {
    let index = table.schema().index_of(name).unwrap();
    let far = |id: &str| id["lead-".len()..].parse::<i64>().unwrap().wrapping_mul(0x5851_F42D_4C95_7F2D);
    let column = table.column(index);
    let texts: Vec<&str> = match column.as_string_view_opt() {
        Some(views) => views.iter().flatten().collect(),
        None => column.as_string::<i32>().iter().flatten().collect(),
    };
    let numbers: arrow_array::Int64Array = texts.into_iter().map(|id| Some(far(id))).collect();
    let schema = table.schema();
    let columns = schema.fields().iter().enumerate().map(|(place, field)| {
        let column =
            if place == index { Arc::new(numbers.clone()) as _ } else { table.column(place).clone() };
        (field.name().clone(), column)
    });
    RecordBatch::try_from_iter(columns.collect::<Vec<_>>()).unwrap()
}

#[test]
fn empty_tables_have_the_columns_of_full_ones() {
    let engine = engine();
    let (table, log) = (leads(&[], 0), activities(&[], 0));
    let assessed = engine.assess_table(&table, &[log][..], at(), &options()).unwrap();
    assert_eq!(assessed.batch.num_rows(), 0);
    assert_eq!(assessed.batch.num_columns(), 1 + 3 * 6 + 1 + 3);
}

#[test]
fn columns_that_do_not_fit_are_named() {
    let engine = engine();
    let table = leads(&[], 0);
    let code = |options: &TableOptions| {
        let refused = engine.assess_table(&table, Activities::Unknown, at(), options).unwrap_err();
        (refused.code().to_string(), refused.diagnostics()[0].message.clone())
    };
    let (missing, message) = code(&options().with_id("identity"));
    assert_eq!((missing.as_str(), message.contains("`identity`")), ("IK1101", true), "{message}");
    let (mistyped, message) = code(&options().with_column("employees", "interests"));
    assert_eq!((mistyped.as_str(), message.contains("`interests`")), ("IK1102", true), "{message}");
    assert!(message.contains("`employees`"), "{message}");
}

#[test]
fn unknown_names_in_options_are_the_callers() {
    let engine = engine();
    let (table, log) = (leads(&[], 0), activities(&[], 0));
    let unknown = TableOptions::new().with_scorecards(["none", "neither"]);
    for given in [Activities::Unknown, Activities::Batches(&[log])] {
        let refused = engine.assess_table(&table, given, at(), &unknown).unwrap_err();
        assert!(refused.is_call(), "{refused}");
        assert_eq!(refused.diagnostics().len(), 2);
    }
}
