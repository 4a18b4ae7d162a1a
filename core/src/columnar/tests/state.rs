//! The state says what the history says.

use std::slice::from_ref;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, Float64Array, Int64Array, RecordBatch, StringArray};
use proptest::prelude::*;

use super::super::*;
use super::{Event, at, cases, engine, leads, log, row};
use crate::{Engine, Instant, Playbook};

/// Every way in which a window passes, and what outlasts all of them.
const WINDOWED: &str = r#"
ikusei: 1
name: windows
timezone: Asia/Tokyo
fields: { industry: { type: text }, employees: { type: integer } }
activities:
  page_view: { channel: web, properties: { url: text, seconds: integer, secure: boolean } }
  email_click: { channel: email, properties: { template: text, url: text } }
  seminar: { channel: seminar }
scorecards:
  overall:
    rules:
      - { id: views, on: page_view, points: 0.5, cap: 3, within: 45d, decay: { half_life: 30d } }
      - { id: pricing, on: page_view, when: 'activity.url.contains("/pricing")', points: 10, within: 90d }
      - { id: safely, on: page_view, when: 'activity.secure && industry == "IT"', points: -1.5, within: 7d }
      - { id: shaky, on: page_view, when: '1000 / activity.seconds < 20', points: 1, within: 20d }
      - { id: daily, on: email_click, points: 3, per: { day: 1 }, within: 10d, decay: { linear: 8d } }
      - { id: weekly, on: [page_view, seminar], when: 'activity.kind != "x"', points: 1, per: { week: 2 }, within: 30d }
      - { id: once, on: seminar, points: 7, per: { ever: 1 }, within: 60d }
      - { id: monthly, on: email_click, when: 'industry == "IT"', points: 1, per: month, within: 15d }
      - { id: seen, when: 'seen("seminar", "50d")', points: 2 }
      - { id: last, when: 'now - last("email_click") < duration("20d")', points: 5 }
      - { id: some, when: 'count("email_click", "25d") >= 2', points: 2 }
    ranks: [{ rank: A, at_least: 20, keep: { margin: 3, for: 3d } }, { rank: B, when: 'seen("page_view", "5d")' }, { rank: C }]
  other:
    rules: [{ id: seminars, on: seminar, points: 2, within: 70d }]
    ranks: [{ rank: A, at_least: 2 }, { rank: B }]
segments:
  lately: 'count("page_view", "3d") > 0'
"#;

fn windowed(zone: &str) -> Engine {
    let playbook =
        Playbook::parse(&WINDOWED.replace("Asia/Tokyo", zone)).unwrap_or_else(|error| panic!("{error}"));
    playbook.compile().unwrap_or_else(|error| panic!("{error}"))
}

fn options() -> TableOptions {
    TableOptions::new()
        .with_standing("overall", "rank", "since")
        .with_segments(SegmentColumns::Booleans)
        .with_points(PointsColumns::Millionths)
        .with_ledger(LedgerColumns::Full)
}

fn days(at: Instant, days: i64) -> Instant {
    Instant::from_micros(at.micros() + days * 86_400_000_000).unwrap()
}

fn state(engine: &Engine, state: &[RecordBatch], new: &[RecordBatch], at: Instant) -> ActivityState {
    let state =
        engine.activity_state(state, new, at, &TableOptions::new()).unwrap_or_else(|error| panic!("{error}"));
    let report = &state.report;
    let gone = report.ignored + report.expired + report.replaced + report.repeated;
    assert_eq!((report.rows, report.kept), (report.kept + gone, state.batch.num_rows()), "{report:?}");
    state
}

/// Rows of a table of activities: lead, id, kind, day, url.
fn table(rows: &[(&str, &str, &str, i64)]) -> RecordBatch {
    let text = |of: fn(&(&str, &str, &str, i64)) -> String| -> StringArray {
        rows.iter().map(|row| Some(of(row))).collect()
    };
    RecordBatch::try_from_iter([
        ("lead_id", Arc::new(text(|row| row.0.to_owned())) as _),
        ("id", Arc::new(text(|row| row.1.to_owned())) as _),
        ("kind", Arc::new(text(|row| row.2.to_owned())) as _),
        ("at", Arc::new(text(|row| days(at(), row.3).to_string())) as _),
        ("browser", Arc::new(text(|_| "any".to_owned())) as _),
    ])
    .unwrap()
}

fn of_leads(ids: &[&str]) -> RecordBatch {
    RecordBatch::try_from_iter([("id", Arc::new(StringArray::from(ids.to_vec())) as _)]).unwrap()
}

fn column(batch: &RecordBatch, name: &str) -> Vec<String> {
    batch[name].as_string::<i64>().iter().map(|text| text.unwrap_or("").to_owned()).collect()
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn leads_with_their_state_are_what_they_are_with_their_history(
        rows in prop::collection::vec(row(), 1..8),
        arrivals in prop::collection::vec((0_usize..3, prop::option::weighted(0.2, 0_usize..3)), 64),
        steps in prop::collection::vec(prop_oneof![Just(0_i64), 0_i64..60], 3),
        form in 0_usize..60,
        which in 0_usize..3,
        ids in any::<bool>(),
    ) {
        let engine = match which {
            0 => engine(),
            1 => windowed("Asia/Tokyo"),
            _ => windowed("America/St_Johns"),
        };
        let events: Vec<(usize, usize, &Event)> = rows
            .iter()
            .enumerate()
            .flat_map(|(lead, row)| row.activities.iter().enumerate().map(move |(number, event)| (lead, number, event)))
            .collect();
        // Whenever they happened, they come in any of three parts, and some come twice.
        let part = |part: usize| {
            let comes = |(index, _): &(usize, _)| {
                let (first, again) = arrivals[index % arrivals.len()];
                first == part || (ids && again == Some(part))
            };
            let chosen: Vec<_> = events.iter().enumerate().filter(comes).map(|(_, event)| *event).collect();
            let batch = log(&chosen, form + part);
            if ids { batch } else { without(&batch, "id") }
        };
        let parts: Vec<RecordBatch> = (0..3).map(part).collect();
        let leads = leads(&rows, form);
        // Without ids ledgers call activities by their places.
        let options = if ids { options() } else { options().with_ledger(LedgerColumns::Absent) };
        let assess = |activities: &[RecordBatch], at: Instant| {
            engine.assess_table(&leads, activities, at, &options).unwrap().batch
        };
        let (mut known, mut now) = (Vec::new(), days(at(), -60));
        for (number, step) in steps.into_iter().enumerate() {
            now = days(now, step);
            let next = state(&engine, &known, &parts[number..=number], now);
            let again = state(&engine, from_ref(&next.batch), &[], now);
            prop_assert_eq!(&again.batch, &next.batch);
            known = vec![next.batch];
            for later in [0, 1, 5, 13, 61, 400] {
                let then = days(now, later);
                prop_assert_eq!(assess(&known, then), assess(&parts[..=number], then), "{} days later", later);
                let mut and_more = known.clone();
                and_more.extend_from_slice(&parts[number + 1..]);
                prop_assert_eq!(assess(&and_more, then), assess(&parts, then), "{} days later, with all", later);
            }
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(rows in prop::collection::vec(row(), 1..8), form in 0_usize..60) {
        let engine = windowed("Asia/Tokyo");
        let mut events: Vec<(usize, usize, &Event)> = Vec::new();
        for (lead, row) in rows.iter().enumerate() {
            events.extend(row.activities.iter().enumerate().map(|(number, event)| (lead, number, event)));
        }
        let ids = |state: &RecordBatch| {
            let mut ids: Vec<_> = column(state, "lead_id").into_iter().zip(column(state, "id")).collect();
            ids.sort();
            ids
        };
        let forwards = state(&engine, &[], &[log(&events, form)], at());
        events.reverse();
        let backwards = state(&engine, &[], &[log(&events, form)], at());
        prop_assert_eq!(ids(&forwards.batch), ids(&backwards.batch));
        prop_assert_eq!(forwards.report, backwards.report);
    }
}

fn without(batch: &RecordBatch, column: &str) -> RecordBatch {
    let others = |index: &usize| batch.schema_ref().field(*index).name() != column;
    batch.project(&(0..batch.num_columns()).filter(others).collect::<Vec<_>>()).unwrap()
}

#[test]
fn activities_leave_for_a_reason() {
    let engine = windowed("Asia/Tokyo");
    let rows = [
        ("a", "1", "page_view", -46), // nothing but `views` and `shaky` look at it, and no longer
        ("a", "2", "page_view", -44), // `views`
        ("a", "3", "login", -1),      // no such kind
        ("a", "4", "email_click", -11),
        ("a", "5", "email_click", -11), // `count` looks at all of them for 25 days, `monthly` for as long as a month may last besides
        ("a", "6", "email_click", -51), // `last` looks at the last one
        ("a", "7", "seminar", -200),    // the one that counts `once`, for ever
        ("a", "8", "seminar", -150),
        ("a", "9", "seminar", -100), // the last one, too long ago for `seen`
        ("a", "2", "page_view", -44),
        ("b", "1", "email_click", -300), // the last one
        ("b", "2", "page_view", 3),      // not yet
    ];
    let known = state(&engine, &[], &[table(&rows)], at());
    let kept: Vec<String> = column(&known.batch, "lead_id")
        .into_iter()
        .zip(column(&known.batch, "id"))
        .map(|(lead, id)| lead + &id)
        .collect();
    assert_eq!(kept, ["a2", "a4", "a5", "a7", "b1", "b2"]);
    let report = &known.report;
    let counts = (report.rows, report.ignored, report.expired, report.replaced, report.repeated);
    assert_eq!(counts, (12, 1, 1, 3, 1), "{report:?}");
    assert_eq!(
        (&report.dropped[..], &report.missing[..]),
        (&["browser".to_owned()][..], &["seconds".to_owned(), "secure".to_owned(), "url".to_owned()][..])
    );
}

#[test]
fn a_state_is_smaller_the_more_windows_have_passed() {
    let engine = windowed("Asia/Tokyo");
    let ids: Vec<String> = (0..400).map(|number| number.to_string()).collect();
    let rows: Vec<_> =
        ids.iter().zip(0_i64..).map(|(id, number)| ("a", id.as_str(), "page_view", -(number / 4))).collect();
    let mut known = vec![table(&rows)];
    let mut sizes = Vec::new();
    for later in [0, 15, 40, 46] {
        known = vec![state(&engine, &known, &[], days(at(), later)).batch];
        sizes.push(known[0].num_rows());
    }
    assert_eq!(sizes, [45 * 4, 30 * 4, 5 * 4, 0]);
}

#[test]
fn scorecards_that_nobody_asks_for_keep_nothing() {
    let engine = windowed("Asia/Tokyo");
    let rows =
        table(&[("a", "1", "email_click", -1), ("a", "2", "page_view", -2), ("a", "3", "seminar", -1)]);
    let one = TableOptions::new().with_scorecards(["other"]);
    let known = engine.activity_state(&[], from_ref(&rows), at(), &one).unwrap();
    // The segment looks at page views whatever the scorecards.
    assert_eq!(column(&known.batch, "id"), ["2", "3"]);
    let assess =
        |rows: RecordBatch| engine.assess_table(&of_leads(&["a"]), &[rows][..], at(), &one).unwrap().batch;
    assert_eq!(assess(known.batch), assess(rows));
    let unknown = TableOptions::new().with_scorecards(["none"]);
    assert!(engine.activity_state(&[], &[], at(), &unknown).unwrap_err().is_call());
}

#[test]
fn what_contradicts_the_state_is_refused() {
    let engine = windowed("Asia/Tokyo");
    let known = state(&engine, &[], &[table(&[("a", "1", "page_view", -1)])], at());
    let other = table(&[("a", "1", "page_view", -2), ("b", "1", "page_view", -2)]);
    let refused = engine.activity_state(from_ref(&known.batch), from_ref(&other), at(), &TableOptions::new());
    assert_eq!(refused.unwrap_err().code().to_string(), "IK0403");
    let lenient = TableOptions::new().with_bad_rows(BadRows::Empty);
    let next = engine.activity_state(&[known.batch], &[other], at(), &lenient).unwrap();
    assert_eq!((next.report.bad_rows, next.report.problems.len()), (1, 1));
    let assessed =
        engine.assess_table(&of_leads(&["a", "b"]), &[next.batch][..], at(), &lenient).unwrap().batch;
    let totals = &assessed["overall.total"];
    assert_eq!((totals.is_null(0), totals.is_null(1)), (true, false));
}

#[test]
fn a_row_that_cannot_be_read_leaves_its_lead_without_result() {
    let engine = windowed("Asia/Tokyo");
    let rows =
        table(&[("a", "1", "page_view", -300), ("a", "2", "seminar", -1), ("b", "1", "page_view", -1)]);
    let seconds = Arc::new(Float64Array::from(vec![Some(1.5), None, Some(60.0)]));
    let mut columns: Vec<(String, arrow_array::ArrayRef)> = Vec::new();
    for (field, column) in rows.schema().fields().iter().zip(rows.columns()) {
        columns.push((field.name().clone(), column.clone()));
    }
    columns.push(("seconds".to_owned(), seconds));
    let rows = RecordBatch::try_from_iter(columns).unwrap();
    let refused = engine.activity_state(&[], from_ref(&rows), at(), &TableOptions::new()).unwrap_err();
    assert_eq!(refused.code().to_string(), "IK0402");
    let lenient = TableOptions::new().with_bad_rows(BadRows::Empty);
    let mut known = engine.activity_state(&[], from_ref(&rows), at(), &lenient).unwrap();
    assert!(known.report.problems[0].message.contains("`1.5`"), "{:?}", known.report);
    for later in [0, 2, 20] {
        let now = days(at(), later);
        known = engine.activity_state(&[known.batch], &[], now, &lenient).unwrap();
        let assess = |rows: &RecordBatch| {
            let rows = from_ref(rows);
            engine.assess_table(&of_leads(&["a", "b"]), rows, now, &lenient).unwrap().batch
        };
        assert!(assess(&rows)["overall.total"].is_null(0));
        assert_eq!(assess(&known.batch), assess(&rows), "{later} days later");
    }
}

#[test]
fn ids_are_in_all_tables_or_in_none() {
    let engine = windowed("Asia/Tokyo");
    let rows = table(&[("a", "1", "page_view", -1)]);
    let refused = engine.activity_state(&[without(&rows, "id")], &[rows], at(), &TableOptions::new());
    assert_eq!(refused.unwrap_err().code().to_string(), "IK1101");
    let nothing = state(&engine, &[], &[], at());
    assert_eq!(nothing.batch.num_rows(), 0);
    assert_eq!(
        state(&engine, &[nothing.batch], &[table(&[("a", "1", "page_view", -1)])], at()).report.kept,
        1
    );
}

/// One column holds what two kinds declare as different types.
#[test]
fn columns_of_several_types_are_read_again() {
    let playbook = |first: &str, second: &str| {
        let text = format!(
            "{{ikusei: 1, name: types, activities: {{one: {{properties: {{value: {first}}}}}, two: {{properties: {{value: {second}}}}}}}, \
             scorecards: {{main: {{rules: [{{id: a, on: one, when: 'activity.value != null', points: 1}}, \
             {{id: b, on: two, when: 'activity.value != null', points: 2}}], ranks: [{{rank: C}}]}}}}}}"
        );
        let parsed = Playbook::parse(&text).and_then(|playbook| playbook.compile());
        parsed.unwrap_or_else(|error| panic!("{error}"))
    };
    let rows = |values: arrow_array::ArrayRef| {
        let rows = table(&[("a", "1", "one", -1), ("a", "2", "two", -1)]);
        let mut columns: Vec<(String, arrow_array::ArrayRef)> = Vec::new();
        for (field, column) in rows.schema().fields().iter().zip(rows.columns()) {
            columns.push((field.name().clone(), column.clone()));
        }
        columns.push(("value".to_owned(), values));
        RecordBatch::try_from_iter(columns).unwrap()
    };
    let dates = rows(Arc::new(StringArray::from(vec!["2026-05-01", "2026-05-02"])));
    let known = state(&playbook("text", "date"), &[], &[dates], at());
    assert_eq!(column(&known.batch, "value"), ["2026-05-01", "2026-05-02"]);
    let numbers = rows(Arc::new(Int64Array::from(vec![3, 4])));
    let engine = playbook("integer", "number");
    let known = state(&engine, &[], &[numbers], at());
    assert_eq!(
        known.batch["value"].as_primitive::<arrow_array::types::Float64Type>().values().to_vec(),
        [3.0, 4.0]
    );
    let large = rows(Arc::new(Int64Array::from(vec![i64::MAX, 4])));
    let refused = engine.activity_state(&[], &[large], at(), &TableOptions::new()).unwrap_err();
    assert!(refused.to_string().contains("`value`"), "{refused}");
    assert_eq!(refused.code().to_string(), "IK1102");
}
