//! Leads as values, made into records and into tables of every encoding.

mod laws;
mod numbers;
mod state;

use std::sync::Arc;

use arrow_array::builder::{
    LargeListBuilder, ListBuilder, StringBuilder, StringDictionaryBuilder, StringViewBuilder,
};
use arrow_array::types::{Int16Type, UInt32Type};
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Date64Array, Decimal128Array, DictionaryArray, Float64Array,
    Int32Array, Int64Array, LargeStringArray, RecordBatch, StringArray, StringViewArray,
    TimestampMicrosecondArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
};
use proptest::prelude::*;

use super::*;
use crate::{Activity, Engine, Instant, Lead, Playbook, Standing, Trust, Value};

const PLAYBOOK: &str = r#"
ikusei: 1
name: tables
timezone: Asia/Tokyo
fields:
  email: { type: email }
  company: { type: text }
  title: { type: text }
  industry: { type: text }
  employees: { type: integer }
  revenue: { type: number }
  opted_out: { type: boolean }
  founded: { type: date }
  last_seen: { type: timestamp }
  interests: { type: set }
activities:
  page_view: { channel: web, properties: { url: text, seconds: integer, secure: boolean } }
  email_click: { channel: email, properties: { template: text, url: text } }
  seminar: { channel: seminar }
scorecards:
  overall:
    min: -60
    max: 120
    rules:
      - { id: target, when: 'industry in ["不動産業", "製造業"]', points: 20 }
      - { id: not-it, when: 'industry != "IT"', points: -3 }
      - { id: titles, when: 'title.contains("部長")', points: 8 }
      - { id: chiefs, when: 'title.matches("(社長|CEO|執行役員)")', points: 12.25 }
      - { id: not-students, when: 'title != null && !title.contains("学生") && title != ""', points: 1 }
      - { id: free-mail, when: 'email.matches("@(gmail|yahoo)\\.")', points: -15 }
      - { id: co, when: 'email.endsWith(".co.jp")', points: 4 }
      - { id: info, when: 'email.startsWith("info@") || email == "sales@x.co.jp"', points: -5, group: mail }
      - { id: trap, when: 'company.matches("(?i)(test|テスト)")', points: -30 }
      - { id: kk, when: 'company.contains("株式会社") && !company.contains("有限会社")', points: 3 }
      - { id: word, when: 'company.matches("\\bKK\\b")', points: 2 }
      - { id: long, when: 'size(company) > 8', points: 0.5 }
      - { id: order, when: 'company > "m"', points: 0.25 }
      - { id: lower, when: 'company.lowerAscii() == "test"', points: 0.125 }
      - { id: size, points: { by: employees, bands: { "10": 1, "50": 10, "300": 25 }, default: -1 } }
      - { id: exact, points: { by: employees, table: { "7": 7, "300": 3 } } }
      - { id: linear, points: { by: revenue, times: 0.001, max: 9.5, min: -2 } }
      - { id: rich, when: 'revenue >= 1000.5', points: 2 }
      - { id: out, when: 'opted_out', points: -40 }
      - { id: old, when: 'founded < date("2000-01-01")', points: 2 }
      - { id: fresh, when: 'now - last_seen < duration("30d")', points: 6 }
      - { id: seen-late, when: 'last_seen > timestamp("2026-04-01T00:00:00Z")', points: 1.5 }
      - { id: interest, when: '"product-a" in interests', points: 11 }
      - { id: interests, points: { by: interests, table: { product-a: 1, product-b: 2 }, default: -4 } }
      - { id: both, when: 'industry == "IT" && employees > 100', points: 5 }
      - { id: shaky, when: '1000 / employees > 10', points: 1 }
      - { id: kinds, points: { by: industry, table: { IT: 1.5, 製造業: -2.5 }, default: 0.75 } }
      - { id: views, on: page_view, points: 0.5, cap: 3, within: 90d, decay: { half_life: 30d } }
      - { id: pricing, on: page_view, when: 'activity.url.contains("/pricing")', points: 10, cap: 30, within: 90d, decay: { half_life: 30d }, group: web }
      - { id: cases, on: [page_view, email_click], when: 'activity.url.startsWith("/cases/")', points: 2, group: web }
      - { id: stay, on: page_view, when: 'activity.seconds >= 60 && activity.url != "/"', points: 1.000001, decay: { linear: 50d } }
      - { id: secure, on: page_view, when: 'activity.secure', points: -1.5, within: 7d }
      - { id: daily, on: email_click, points: 3, per: { day: 1 }, within: 60d }
      - { id: weekly, on: [page_view, seminar], points: 1, per: { week: 2 } }
      - { id: steps, on: seminar, points: 15, decay: { every: 30d, by: "50%" } }
      - { id: seconds, on: page_view, points: { by: activity.seconds, bands: { "30": 1, "120": -2 } }, cap: 5 }
      - { id: templates, on: email_click, points: { by: activity.template, table: { a: 1, b: -1 }, default: 0.5 } }
      - { id: mixed, on: page_view, when: 'industry == "IT" && activity.url == "/"', points: 4 }
      - { id: expression, on: page_view, points: 'double(activity.seconds) / 7.0' }
      - { id: often, when: 'count("email_click", "60d") >= 2', points: 5 }
      - { id: history, when: 'activities("page_view").exists(a, a.url == "/")', points: 2 }
    groups: { mail: { min: -3 }, web: { max: 18 } }
    ranks:
      - { rank: A, at_least: 60, keep: { margin: 10, for: 3d } }
      - { rank: B, at_least: 20, when: 'employees != 7' }
      - { rank: C, at_least: -30 }
  fit-only:
    rules:
      - { id: a, when: 'industry == "IT"', points: 30 }
      - { id: b, when: 'employees >= 50', points: 10 }
      - { id: c, on: seminar, points: 7 }
    matrix:
      fit: [{ grade: high, at_least: 30 }, { grade: low }]
      engagement: [{ level: warm, at_least: 7 }, { level: cool }]
      ranks: { high: { warm: A, cool: B }, low: { warm: B, cool: D } }
    ranks: [{ rank: A }, { rank: B }, { rank: D }]
  plain:
    probability: { intercept: -2, per_point: 0.1 }
    rules: [{ id: x, when: 'opted_out == false', points: 7 }, { id: y, when: 'title == "部長"', points: 5 }]
    ranks: [{ rank: hot, at_least: 10 }, { rank: cold, at_least: 1 }]
segments:
  it: 'industry == "IT"'
  big: 'scores.overall.total >= 20 && rank.overall != "A"'
  listed: { when: 'in_segment("it") && opted_out != true', include: ["lead-3"], exclude: ["lead-4"] }
"#;

fn engine() -> Engine {
    static ENGINE: std::sync::OnceLock<Engine> = std::sync::OnceLock::new();
    ENGINE.get_or_init(compiled).clone()
}

fn compiled() -> Engine {
    let parsed = Playbook::parse(PLAYBOOK).and_then(|playbook| playbook.compile());
    parsed.unwrap_or_else(|error| panic!("{error}"))
}

fn at() -> Instant {
    "2026-05-01T09:00:00+09:00".parse().unwrap()
}

/// A lead as values, from which both paths are fed.
#[derive(Debug, Clone)]
struct Row {
    email: Option<String>,
    company: Option<String>,
    title: Option<String>,
    industry: Option<String>,
    employees: Option<i64>,
    revenue: Option<f64>,
    opted_out: Option<bool>,
    founded: Option<i32>,
    last_seen: Option<i64>,
    interests: Option<Vec<String>>,
    standing: Option<(Option<String>, i64)>,
    activities: Vec<Event>,
}

#[derive(Debug, Clone)]
struct Event {
    kind: &'static str,
    at: i64,
    recorded: Option<i64>,
    trust: Option<&'static str>,
    url: Option<String>,
    template: Option<String>,
    seconds: Option<i64>,
    secure: Option<bool>,
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(words), 0..5).prop_map(|words| words.concat())
}

fn maybe<S: Strategy + 'static>(strategy: S) -> impl Strategy<Value = Option<S::Value>>
where
    S::Value: Clone + std::fmt::Debug + 'static,
{
    prop::option::weighted(0.8, strategy)
}

/// Seconds around the instant of the assessment.
fn moment() -> impl Strategy<Value = i64> {
    let now = at().micros() / 1_000_000;
    prop_oneof![
        4 => (-100 * 86_400..2 * 86_400_i64).prop_map(move |offset| now + offset),
        1 => (-92_i64..2).prop_map(move |days| now + days * 86_400),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    (
        prop::sample::select(&["page_view", "email_click", "seminar", "unknown"][..]),
        moment(),
        prop::option::weighted(0.3, moment()),
        prop::option::weighted(0.3, prop::sample::select(&["human", "machine", "unsure"][..])),
        maybe(prop_oneof![Just("/".to_owned()), word(&["/pricing", "/cases/", "a", "/"]),]),
        maybe(prop::sample::select(&["a", "b", "c"][..]).prop_map(str::to_owned)),
        maybe(prop_oneof![Just(60), Just(0), Just(30), Just(120), 0_i64..200]),
        maybe(any::<bool>()),
    )
        .prop_map(|(kind, at, recorded, trust, url, template, seconds, secure)| Event {
            kind,
            at,
            recorded,
            trust,
            url,
            template,
            seconds,
            secure,
        })
}

fn row() -> impl Strategy<Value = Row> {
    let texts = (
        maybe(prop_oneof![
            word(&["info@", "gmail", "@", ".", "co.jp", "x", "yahoo", "sales@x.co.jp"]),
            ".{0,12}",
        ]),
        maybe(prop_oneof![
            word(&["株式会社", "有限会社", "TeSt", "テスト", " KK ", "株式", "test"]),
            ".{0,40}"
        ]),
        maybe(word(&["部長", "社長", "学生", "CEO", "部", "長", "執行役員"])),
        maybe(prop::sample::select(&["IT", "不動産業", "製造業", "金融業", ""][..]).prop_map(str::to_owned)),
    );
    let numbers = (
        maybe(prop_oneof![prop::sample::select(&[0_i64, 7, 9, 10, 49, 50, 300, 299, -1][..]), -20_i64..2000]),
        maybe(prop_oneof![Just(1000.5), Just(-0.0), Just(1000.4999999999999), -5000.0..20_000.0]),
        maybe(any::<bool>()),
        maybe(prop_oneof![Just(10_957), Just(10_956), 0..20_000_i32]),
        maybe(moment()),
    );
    let lists = maybe(prop::collection::vec(
        prop::sample::select(&["product-a", "product-b", "product-c"][..]).prop_map(str::to_owned),
        0..4,
    ));
    let standing =
        prop::option::of((prop::option::of(prop::sample::select(&["A", "B", "gone"][..])), moment()));
    (texts, numbers, lists, standing, prop::collection::vec(event(), 0..8)).prop_map(
        |(texts, numbers, interests, standing, activities)| Row {
            email: texts.0,
            company: texts.1,
            title: texts.2,
            industry: texts.3,
            employees: numbers.0,
            revenue: numbers.1,
            opted_out: numbers.2,
            founded: numbers.3,
            last_seen: numbers.4,
            interests,
            standing: standing.map(|(rank, since)| (rank.map(str::to_owned), since)),
            activities,
        },
    )
}

fn instant(seconds: i64) -> Instant {
    Instant::from_micros(seconds * 1_000_000).unwrap()
}

impl Row {
    fn lead(&self, index: usize) -> Lead {
        let mut lead = Lead::new(format!("lead-{index}"));
        let mut set = |name: &str, value: Option<Value>| {
            lead.fields.insert(name.to_owned(), value.unwrap_or_default());
        };
        set("email", self.email.clone().map(Value::Text));
        set("company", self.company.clone().map(Value::Text));
        set("title", self.title.clone().map(Value::Text));
        set("industry", self.industry.clone().map(Value::Text));
        set("employees", self.employees.map(Value::Int));
        set("revenue", self.revenue.map(Value::Float));
        set("opted_out", self.opted_out.map(Value::Bool));
        let day = |days: i32| instant(i64::from(days) * 86_400).to_string()[..10].to_owned();
        set("founded", self.founded.map(|days| Value::Text(day(days))));
        set("last_seen", self.last_seen.map(|seconds| Value::Text(instant(seconds).to_string())));
        let list = |items: &Vec<String>| Value::List(items.iter().cloned().map(Value::Text).collect());
        set("interests", self.interests.as_ref().map(list));
        if let Some((rank, since)) = &self.standing {
            lead.standing
                .insert("overall".to_owned(), Standing { rank: rank.clone(), since: instant(*since) });
        }
        for (number, event) in self.activities.iter().enumerate() {
            let mut activity = Activity::new(format!("{number:03}"), event.kind, instant(event.at));
            activity.recorded_at = event.recorded.map(instant);
            activity.trust = match event.trust {
                Some("machine") => Trust::Machine,
                Some("unsure") => Trust::Unsure,
                _ => Trust::Human,
            };
            let mut set = |name: &str, value: Option<Value>| {
                if let Some(value) = value {
                    activity.properties.insert(name.to_owned(), value);
                }
            };
            match event.kind {
                "page_view" => {
                    set("url", event.url.clone().map(Value::Text));
                    set("seconds", event.seconds.map(Value::Int));
                    set("secure", event.secure.map(Value::Bool));
                }
                "email_click" => {
                    set("url", event.url.clone().map(Value::Text));
                    set("template", event.template.clone().map(Value::Text));
                }
                _ => {}
            }
            lead.record(activity).unwrap();
        }
        lead
    }
}

/// So many cases, unless `PROPTEST_CASES` asks for more or fewer.
pub(super) fn cases(usual: u32) -> ProptestConfig {
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { usual };
    ProptestConfig { cases, ..default }
}

fn texts(form: usize, values: Vec<Option<&str>>) -> ArrayRef {
    match form % 5 {
        0 => Arc::new(StringArray::from(values)),
        1 => Arc::new(LargeStringArray::from(values)),
        2 => Arc::new(StringViewArray::from(values)),
        3 => {
            let mut builder = StringDictionaryBuilder::<Int16Type>::new();
            values.into_iter().for_each(|value| builder.append_option(value));
            Arc::new(builder.finish())
        }
        _ => {
            // Each value has an entry of its own, so many are there twice; one is never used; one is null.
            let mut entries: Vec<Option<&str>> = vec![Some("unused 部長 IT"), None];
            let keys = values.iter().map(|value| {
                entries.push(*value);
                (value.is_some() || entries.len().is_multiple_of(2))
                    .then_some(u32::try_from(entries.len() - 1).unwrap())
            });
            let keys: arrow_array::UInt32Array = keys.collect();
            Arc::new(DictionaryArray::<UInt32Type>::new(keys, Arc::new(StringViewArray::from(entries))))
        }
    }
}

fn leads(rows: &[Row], form: usize) -> RecordBatch {
    fn of<T>(rows: &[Row], value: impl Fn(&Row) -> Option<T>) -> Vec<Option<T>> {
        rows.iter().map(value).collect()
    }
    let ids: Vec<String> = (0..rows.len()).map(|index| format!("lead-{index}")).collect();
    let employees: ArrayRef = match form % 4 {
        0 => Arc::new(Int64Array::from(of(rows, |row| row.employees))),
        1 => Arc::new(Int32Array::from(of(rows, |row| {
            row.employees.map(|value| i32::try_from(value).unwrap())
        }))),
        2 => Arc::new(Float64Array::from(
            rows.iter()
                .map(|row| Some(row.employees.map_or(f64::NAN, |value| value as f64)))
                .collect::<Vec<_>>(),
        )),
        _ => Arc::new(
            Decimal128Array::from(of(rows, |row| row.employees.map(|value| i128::from(value) * 100)))
                .with_precision_and_scale(20, 2)
                .unwrap(),
        ),
    };
    let founded: ArrayRef = match form % 3 {
        0 => Arc::new(Date32Array::from(of(rows, |row| row.founded))),
        1 => {
            Arc::new(Date64Array::from(of(rows, |row| row.founded.map(|days| i64::from(days) * 86_400_000))))
        }
        _ => Arc::new(TimestampNanosecondArray::from(of(rows, |row| {
            row.founded.map(|days| i64::from(days) * 86_400_000_000_000)
        }))),
    };
    let seen = |scale: i64| of(rows, |row| row.last_seen.map(|seconds| seconds * scale));
    let last_seen: ArrayRef = match form % 4 {
        0 => Arc::new(TimestampSecondArray::from(seen(1)).with_timezone("+00:00")),
        1 => Arc::new(TimestampMillisecondArray::from(seen(1_000)).with_timezone("Asia/Tokyo")),
        2 => Arc::new(TimestampMicrosecondArray::from(seen(1_000_000)).with_timezone("UTC")),
        _ => Arc::new(TimestampNanosecondArray::from(seen(1_000_000_000)).with_timezone("UTC")),
    };
    let interests: ArrayRef = if form.is_multiple_of(2) {
        let mut builder = ListBuilder::new(StringBuilder::new());
        for row in rows {
            builder.append_option(row.interests.as_ref().map(|items| items.iter().map(Some)));
        }
        Arc::new(builder.finish())
    } else {
        let mut builder = LargeListBuilder::new(StringViewBuilder::new());
        for row in rows {
            builder.append_option(row.interests.as_ref().map(|items| items.iter().map(Some)));
        }
        Arc::new(builder.finish())
    };
    let text = |offset: usize, value: fn(&Row) -> Option<&str>| {
        texts(form + offset, rows.iter().map(value).collect())
    };
    RecordBatch::try_from_iter([
        ("id", texts(form, ids.iter().map(|id| Some(id.as_str())).collect())),
        ("email", text(0, |row| row.email.as_deref())),
        ("company", text(1, |row| row.company.as_deref())),
        ("title", text(2, |row| row.title.as_deref())),
        ("industry", text(3, |row| row.industry.as_deref())),
        ("employees", employees),
        ("revenue", Arc::new(Float64Array::from(of(rows, |row| row.revenue))) as _),
        ("opted_out", Arc::new(BooleanArray::from(of(rows, |row| row.opted_out))) as _),
        ("founded", founded),
        ("last_seen", last_seen),
        ("interests", interests),
        ("rank", text(4, |row| row.standing.as_ref().and_then(|(rank, _)| rank.as_deref()))),
        (
            "since",
            Arc::new(
                TimestampSecondArray::from(of(rows, |row| row.standing.as_ref().map(|(_, since)| *since)))
                    .with_timezone("UTC"),
            ) as _,
        ),
    ])
    .unwrap()
}

fn activities(rows: &[Row], form: usize) -> RecordBatch {
    let mut all: Vec<(usize, usize, &Event)> = Vec::new();
    for (lead, row) in rows.iter().enumerate() {
        all.extend(row.activities.iter().enumerate().map(|(number, event)| (lead, number, event)));
    }
    if form % 2 == 1 {
        // By nothing in particular.
        all.sort_by_key(|(lead, number, event)| (event.at % 7, *number, *lead));
    }
    log(&all, form)
}

/// Activities with the numbers of their leads and their own.
fn log(all: &[(usize, usize, &Event)], form: usize) -> RecordBatch {
    let ids: Vec<String> = all.iter().map(|(lead, ..)| format!("lead-{lead}")).collect();
    let numbers: Vec<String> = all.iter().map(|(_, number, _)| format!("{number:03}")).collect();
    let text = |offset: usize, value: fn(&Event) -> Option<&str>| {
        texts(form + offset, all.iter().map(|(_, _, event)| value(event)).collect())
    };
    let times: Vec<i64> = all.iter().map(|(_, _, event)| event.at * 1_000_000).collect();
    let recorded: Vec<Option<i64>> = all.iter().map(|(_, _, event)| event.recorded).collect();
    RecordBatch::try_from_iter([
        ("lead_id", texts(form + 1, ids.iter().map(|id| Some(id.as_str())).collect())),
        ("id", texts(form, numbers.iter().map(|id| Some(id.as_str())).collect())),
        ("kind", text(2, |event| Some(event.kind))),
        ("at", Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC")) as _),
        ("recorded_at", Arc::new(TimestampSecondArray::from(recorded).with_timezone("UTC")) as _),
        ("trust", text(0, |event| event.trust)),
        ("url", text(1, |event| event.url.as_deref())),
        ("template", text(3, |event| event.template.as_deref())),
        ("seconds", Arc::new(Int64Array::from_iter(all.iter().map(|(_, _, event)| event.seconds))) as _),
        ("secure", Arc::new(BooleanArray::from_iter(all.iter().map(|(_, _, event)| event.secure))) as _),
    ])
    .unwrap()
}
