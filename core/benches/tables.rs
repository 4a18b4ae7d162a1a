//! Whole tables on one thread, one kind of column each: what its kernel costs a row.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on fails")]

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int64Array, RecordBatch, StringArray,
    StringViewArray,
};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ikusei::columnar::{Activities, TableOptions};
use ikusei::{Instant, Playbook, bucket};

const ROWS: u32 = 100_000;

const PLAYBOOK: &str = r#"
ikusei: 1
name: tables
fields:
  industry: { type: text }
  company: { type: text }
  employees: { type: integer }
  revenue: { type: number }
  opted_out: { type: boolean }
  founded: { type: date }
scorecards:
  overall:
    rules:
      - { id: target, when: 'industry in ["不動産業", "製造業"]', points: 20 }
      - { id: kk, when: 'company.contains("株式会社")', points: 3 }
      - { id: trap, when: 'company.matches("(?i)(test|テスト|サンプル)")', points: -30 }
      - { id: size, points: { by: employees, bands: { "10": 1, "50": 10, "100": 15, "300": 25 } } }
      - { id: rich, when: 'revenue >= 1000.5', points: 2 }
      - { id: out, when: 'opted_out', points: -40 }
      - { id: old, when: 'founded < date("2000-01-01")', points: 2 }
    ranks: [{ rank: A, at_least: 40 }, { rank: B, at_least: 20 }, { rank: C }]
"#;

/// A column of values that a row's number decides; every tenth is empty.
fn column<T>(name: &str, value: impl Fn(u32) -> T) -> Vec<Option<T>> {
    (0..ROWS)
        .map(|row| bucket(&[name, &row.to_string()], 100_000))
        .map(|number| (!number.is_multiple_of(10)).then(|| value(number)))
        .collect()
}

fn industry(number: u32) -> &'static str {
    const INDUSTRIES: [&str; 5] = ["不動産業", "製造業", "小売業", "情報通信業", "建設業"];
    INDUSTRIES.iter().cycle().nth(number as usize % 5).unwrap()
}

fn columns() -> Vec<(&'static str, &'static str, ArrayRef)> {
    let industries = column("industry", industry);
    let companies = column("company", |number| format!("株式会社山田製作所{number}"));
    let dictionary: DictionaryArray<Int32Type> = industries.iter().copied().collect();
    vec![
        ("texts that repeat", "industry", Arc::new(StringArray::from(industries.clone()))),
        ("views of texts that repeat", "industry", Arc::new(StringViewArray::from(industries))),
        ("a dictionary", "industry", Arc::new(dictionary)),
        ("texts that do not repeat", "company", Arc::new(StringArray::from(companies))),
        ("whole numbers", "employees", Arc::new(Int64Array::from(column("employees", i64::from)))),
        ("floats", "revenue", Arc::new(Float64Array::from(column("revenue", f64::from)))),
        ("booleans", "opted_out", Arc::new(BooleanArray::from(column("out", |number| number > 50_000)))),
        (
            "dates",
            "founded",
            Arc::new(Date32Array::from(column("founded", |number| number.cast_signed() / 5))),
        ),
    ]
}

fn kernels(criterion: &mut Criterion) {
    let engine = Playbook::parse(PLAYBOOK).unwrap().compile().unwrap();
    let at: Instant = "2026-05-01T09:00:00+09:00".parse().unwrap();
    let options = TableOptions::new().with_threads(NonZeroUsize::MIN);
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..i64::from(ROWS)));
    let all = columns();
    let mut group = criterion.benchmark_group("a table of leads");
    group.throughput(Throughput::Elements(u64::from(ROWS)));
    let mut run = |name: &str, table: Vec<(&str, ArrayRef)>| {
        let batch = RecordBatch::try_from_iter(table).unwrap();
        group.bench_function(name, |bencher| {
            bencher
                .iter(|| black_box(engine.assess_table(&batch, Activities::Unknown, at, &options).unwrap()));
        });
    };
    run("ids alone", vec![("id", Arc::clone(&ids))]);
    for (name, field, column) in &all {
        run(name, vec![("id", Arc::clone(&ids)), (field, Arc::clone(column))]);
    }
    let mut whole = vec![("id", ids)];
    whole.extend(all.into_iter().skip(2).map(|(_, field, column)| (field, column)));
    run("all of them", whole);
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
