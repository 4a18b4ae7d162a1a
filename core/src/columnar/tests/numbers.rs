//! Leads whose ids are numbers, near and far, or their digits, in any order and some twice, and rules whose sums are kept small or wide: all say what records say.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, Int64Array, RecordBatch, TimestampMicrosecondArray};
use proptest::prelude::*;

use super::super::*;
use super::{at, cases, texts};
use crate::{Activity, Detail, Engine, Instant, Lead, Playbook, Value};

const DAY: i64 = 86_400_000_000;
/// From here on an id needs more than the forty-eight bits that a small deed has for it.
const FAR: i64 = 1 << 48;

/// The first with caps, by which sums are small; then one rule without; then so many points that sums could overflow.
const RULES: [&str; 3] = [
    r#"
      - { id: views, on: page_view, points: 7.25, cap: 20, within: 30d, decay: { half_life: 10d } }
      - { id: pricing, on: page_view, when: 'activity.url.contains("/pricing")', points: 30, cap: 50 }
      - { id: away, on: [unsubscribe, page_view], when: 'activity.url != "/"', points: -12.5, cap: 30, within: 90d }
      - { id: often, on: seminar, points: 500, cap: 1000 }"#,
    r#"
      - { id: views, on: page_view, points: 7.25, cap: 20, within: 30d, decay: { half_life: 10d } }
      - { id: pricing, on: page_view, when: 'activity.url.startsWith("/p")', points: 30 }
      - { id: away, on: [unsubscribe, seminar], points: -2147.483648, cap: 4000 }"#,
    r#"
      - { id: views, on: [page_view, unsubscribe], points: 0.000001, cap: 1, within: 60d }
      - { id: huge, on: seminar, points: 4000000000, cap: 10 }"#,
];

fn engines() -> &'static [Engine] {
    static ENGINES: std::sync::OnceLock<Vec<Engine>> = std::sync::OnceLock::new();
    ENGINES.get_or_init(|| {
        let of = |rules: &&str| {
            let playbook = format!(
                "ikusei: 1\nname: numbers\nactivities:\n  page_view: {{ properties: {{ url: text }} }}\n  unsubscribe: {{ properties: {{ url: text }} }}\n  \
                 seminar: {{}}\n  call: {{}}\nscorecards:\n  s:\n    rules:{rules}\n    ranks: [{{ rank: A, at_least: 30 }}, {{ rank: B }}]\n"
            );
            Playbook::parse(&playbook).and_then(|playbook| playbook.compile()).unwrap_or_else(|error| panic!("{error}"))
        };
        RULES.iter().map(of).collect()
    })
}

#[derive(Debug, Clone)]
struct Deed {
    /// The number of a lead, or of one that is not there.
    lead: usize,
    kind: &'static str,
    url: Option<&'static str>,
    /// Microseconds before the instant; some come after it.
    age: i64,
}

fn deed() -> impl Strategy<Value = Deed> {
    let kind =
        prop::sample::select(vec!["page_view", "page_view", "unsubscribe", "seminar", "call", "unknown"]);
    let url = prop::option::of(prop::sample::select(vec![
        "/",
        "/pricing",
        "/products/a/and/some/more",
        "/pricing/enterprise/offer",
    ]));
    let age = prop_oneof![-2 * DAY..120 * DAY, (0_i64..100).prop_map(|days| days * DAY)];
    (0_usize..16, kind, url, age).prop_map(|(lead, kind, url, age)| Deed { lead, kind, url, age })
}

/// Ids of leads, in three ranges, and after them of strangers: some share their lowest bits with a lead.
fn ids(range: usize) -> Vec<i64> {
    let known: Vec<i64> = match range {
        0 => (0..8).map(|id| id * 977).collect(),
        1 => (0..8).map(|id| FAR - 1 - id * 977).collect(),
        2 => (0..8).map(|id| FAR + id * 977).collect(),
        _ => (0..8).map(|id| id * 977 - 3_000).collect(),
    };
    let strangers = known.iter().map(|id| if id % 2 == 0 { id ^ FAR } else { -1 - id });
    known.iter().copied().chain(strangers.filter(|id| !known.contains(id))).collect()
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn columns_say_what_records_say(
        deeds in prop::collection::vec(deed(), 0..200),
        range in 0_usize..4,
        engine in 0_usize..3,
        form in 0_usize..60,
        sorted in any::<bool>(),
        known in any::<bool>(),
        words in any::<bool>(),
        rows in Just((0_usize..8).collect::<Vec<_>>()).prop_shuffle(),
        again in prop::collection::vec(0_usize..8, 0..6),
    ) {
        let engine = &engines()[engine];
        let ids = ids(range);
        let mut deeds = deeds;
        if sorted {
            deeds.sort_by_key(|deed| deed.lead);
        }
        let id = |deed: &Deed| ids[deed.lead % ids.len()];
        let instant = |deed: &Deed| at().micros() - deed.age;
        let column = |ids: Vec<i64>| -> arrow_array::ArrayRef {
            let digits: Vec<String> = ids.iter().map(i64::to_string).collect();
            if words { texts(form / 7, digits.iter().map(|id| Some(id.as_str())).collect()) } else { Arc::new(Int64Array::from(ids)) }
        };
        let log = RecordBatch::try_from_iter([
            ("lead_id", column(deeds.iter().map(id).collect())),
            ("kind", texts(form, deeds.iter().map(|deed| Some(deed.kind)).collect())),
            ("at", Arc::new(deeds.iter().map(|deed| Some(instant(deed))).collect::<TimestampMicrosecondArray>().with_timezone("UTC")) as _),
            ("url", texts(form / 5, deeds.iter().map(|deed| deed.url).collect())),
        ])
        .unwrap();
        let rows: Vec<usize> = rows.into_iter().chain(again).collect();
        let leads = RecordBatch::try_from_iter([("id", column(rows.iter().map(|row| ids[*row]).collect()))]).unwrap();
        let options = TableOptions::new().with_points(PointsColumns::Millionths).with_bad_rows(BadRows::Empty);
        let assessed = if known {
            // In another order than the table has.
            let known = RecordBatch::try_from_iter([("id", column(ids[..8].to_vec()))]).unwrap();
            let prepared = Arc::new(engine.activity_table_of(&[known], &[log], at(), &options).unwrap());
            engine.assess_table(&leads, &prepared, at(), &options)
        } else {
            engine.assess_table(&leads, &[log][..], at(), &options)
        };
        let totals = assessed.unwrap().batch["s.total"].as_primitive::<Int64Type>().clone();
        for (row, id_of_lead) in rows.iter().map(|row| ids[*row]).enumerate() {
            let mut lead = Lead::new(id_of_lead.to_string());
            for (number, deed) in deeds.iter().enumerate().filter(|(_, deed)| id(deed) == id_of_lead) {
                let mut activity = Activity::new(format!("{number:03}"), deed.kind, Instant::from_micros(instant(deed)).unwrap());
                if let Some(url) = deed.url.filter(|_| ["page_view", "unsubscribe"].contains(&deed.kind)) {
                    activity.properties.insert("url".to_owned(), Value::Text(url.to_owned()));
                }
                lead.record(activity).unwrap();
            }
            // So many points that they leave their range are an error in a record, and nothing in a table.
            let wanted = engine.prepare(&lead).unwrap().assess(at(), Detail::Figures);
            let wanted = wanted.ok().map(|wanted| wanted.scores["s"].total.millionths());
            prop_assert_eq!(totals.is_valid(row).then(|| totals.value(row)), wanted, "lead {}", id_of_lead);
        }
    }
}
