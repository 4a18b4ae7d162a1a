//! Differences are complete, sound and the same however the work is cut.

use std::num::NonZeroUsize;

use serde_json::{Value, json};

use crate::playbook::Playbook;
use crate::trust::diff::model::{Affects, DiffKind, PlaybookDiff};

const SAMPLES: [&str; 3] = [
    include_str!("../../../../examples/quickstart/playbook.yaml"),
    include_str!("../../../../examples/nurturing/playbook.yaml"),
    include_str!("../../../../examples/routing/playbook.yaml"),
];

fn words(diff: &PlaybookDiff) -> Vec<&str> {
    diff.changes.iter().map(|change| change.words.en.as_str()).collect()
}

fn diff(before: &str, after: &str) -> PlaybookDiff {
    Playbook::parse(before).unwrap().diff(&Playbook::parse(after).unwrap())
}

#[test]
fn the_same_in_another_spelling_is_no_change() {
    for text in SAMPLES {
        let playbook = Playbook::parse(text).unwrap();
        let json = Playbook::parse(&playbook.to_json()).unwrap();
        assert_eq!(words(&playbook.diff(&json)), Vec::<&str>::new());
    }
}

/// Every scalar of a document, by its path.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                leaves(value, &format!("{path}/{}", crate::base::diagnostic::escape(key)), found);
            }
        }
        Value::Array(items) => {
            items
                .iter()
                .enumerate()
                .for_each(|(index, item)| leaves(item, &format!("{path}/{index}"), found));
        }
        _ => found.push(path.to_owned()),
    }
}

#[test]
fn no_change_of_a_value_is_overlooked() {
    let mut tried = 0;
    for text in SAMPLES {
        let playbook = Playbook::parse(text).unwrap();
        let document = serde_json::to_value(playbook.document()).unwrap();
        let mut paths = Vec::new();
        leaves(&document, "", &mut paths);
        for path in paths {
            let mut other = document.clone();
            let leaf = other.pointer_mut(&path).unwrap();
            *leaf = match &*leaf {
                Value::Number(number) => json!(number.as_f64().unwrap() + 1.0),
                Value::String(text) => json!(format!("{text}x")),
                Value::Bool(truth) => json!(!truth),
                _ => continue,
            };
            // What refers to nothing, or is no condition, is no playbook.
            let Ok(other) = Playbook::parse(&other.to_string()) else { continue };
            tried += 1;
            let (there, back) = (playbook.diff(&other), other.diff(&playbook));
            assert!(!there.changes.is_empty() && !back.changes.is_empty(), "{path} is overlooked");
            for change in &there.changes {
                let place = change.after.as_ref().or(change.before.as_ref()).unwrap();
                let near = path.starts_with(&place.path) || place.path.starts_with(&path);
                assert!(near, "{path} is told of at {}: {}", place.path, change.words.en);
            }
        }
    }
    assert!(tried > 60, "only {tried} changes were tried");
}

#[test]
fn steps_are_the_same_steps_when_others_come_between() {
    let text = |steps: &str| {
        format!(
            "{{ikusei: 1, name: demo, templates: {{a: {{channel: email}}, b: {{channel: email}}}}, scenarios: {{s: {{enrol: [manual], steps: [{steps}]}}}}}}"
        )
    };
    let (a, b, wait) = ("{send: {template: a}}", "{send: {template: b}}", "{wait: {for: 3d}}");
    let found = diff(&text(&format!("{a}, {wait}, {b}")), &text(&format!("{a}, {b}, {wait}, {b}")));
    assert_eq!(words(&found), ["step `1` (send) of scenario `s` is new: template `b`"]);
    let found = diff(&text(&format!("{a}, {wait}, {b}")), &text(&format!("{a}, {b}")));
    assert_eq!(words(&found), ["step `1` (wait) of scenario `s` is gone: length `3d`"]);
    let found = diff(&text(&format!("{a}, {wait}")), &text(&format!("{b}, {wait}")));
    assert_eq!(words(&found), ["step `0` of scenario `s`: template `b` instead of `a`"]);
    let branch = |first: &str, second: &str| {
        text(&format!("{{branch: [{{when: 'true', steps: [{first}]}}, {{steps: [{second}]}}]}}"))
    };
    let found = diff(&branch(a, wait), &branch(a, "{wait: {for: 4d}}"));
    assert_eq!(words(&found), ["step `0.1.0` of scenario `s`: length `4d` instead of `3d`"]);
    assert_eq!(
        found.changes[0].after.as_ref().unwrap().path,
        "/scenarios/s/steps/0/branch/1/steps/0/wait/for"
    );
}

#[test]
fn order_is_told_where_it_means_something() {
    let text = |ranks: &str, cards: &str| {
        format!("{{ikusei: 1, name: demo, scorecards: {{overall: {{ranks: [{ranks}]}}{cards}}}}}")
    };
    let (a, b) = ("{rank: A, when: '1 > 0'}", "{rank: B, when: '2 > 0'}");
    let found = diff(&text(&format!("{a}, {b}"), ""), &text(&format!("{b}, {a}"), ""));
    assert_eq!(
        words(&found),
        ["ranks of scorecard `overall` stand in the order `B`, `A` instead of `A`, `B`"]
    );
    assert_eq!((found.changes[0].kind, found.changes[0].affects), (DiffKind::Moved, Affects::Ranks));
    // Beyond the first, the order of scorecards means nothing.
    let cards =
        |first: &str, second: &str| text(a, &format!(", {first}: {{ranks: [{b}]}}, {second}: {{min: 0}}"));
    assert!(
        diff(&cards("x", "y"), &text(a, &format!(", y: {{min: 0}}, x: {{ranks: [{b}]}}"))).changes.is_empty()
    );
}

#[test]
fn what_people_write_cannot_become_markup() {
    let text =
        |name: &str| format!("{{ikusei: 1, name: {}, fields: {{size: {{type: integer}}}}}}", json!(name));
    let found = diff(&text("a"), &text("x` <script>|[l](j:s)\n# h"));
    assert!(!found.markdown.en.contains("\n# h"), "{}", found.markdown.en);
    assert!(found.markdown.en.contains(r"\<script\>"), "{}", found.markdown.en);
}

#[cfg(feature = "analytics")]
mod with_leads {
    use std::collections::BTreeMap;

    use super::*;
    use crate::analytics::{Analysis, Cell};
    use crate::base::bucket;
    use crate::base::time::Instant;
    use crate::lead::record::Lead;
    use crate::trust::CompareOptions;

    fn lead(number: u32) -> Lead {
        let id = format!("lead-{number}");
        let visits: Vec<Value> = (0..bucket(&["visits", &id], 5))
            .map(|visit| json!({ "id": format!("v{visit}"), "kind": "visit", "at": format!("2026-04-{:02}T00:00:00Z", 1 + bucket(&["day", &id, &visit.to_string()], 28)) }))
            .collect();
        let size = bucket(&["size", &id], 600);
        serde_json::from_value(json!({ "id": id, "fields": { "size": size }, "activities": visits })).unwrap()
    }

    fn playbook(points: u32, least: u32, segment: u32) -> Playbook {
        Playbook::parse(
            &json!({ "ikusei": 1, "name": "demo", "fields": { "size": { "type": "integer" } }, "activities": { "visit": {} },
                "scorecards": { "overall": {
                    "rules": [
                        { "id": "size", "points": { "by": "size", "bands": { "100": 10, "300": 20 } } },
                        { "id": "visit", "on": "visit", "points": points, "cap": 30, "within": "21d" }],
                    "ranks": [{ "rank": "A", "at_least": least }, { "rank": "B", "at_least": 15 }, { "rank": "C" }] } },
                "segments": { "big": format!("size >= {segment}"), "hot": "rank.overall == \"A\"" } })
            .to_string(),
        )
        .unwrap()
    }

    fn at() -> Instant {
        "2026-05-01T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn counts_are_those_of_assessments_one_by_one() {
        let (before, after) = (playbook(8, 35, 200), playbook(10, 40, 250));
        let leads: Vec<Lead> = (0..500).map(lead).collect();
        let found =
            before.diff_with_leads(&after, &leads, at(), &CompareOptions::default()).unwrap().leads.unwrap();
        let engines = [before.compile().unwrap(), after.compile().unwrap()];
        let mut counts: BTreeMap<(String, String), i64> = BTreeMap::new();
        let mut big = [0_i64; 2];
        for lead in &leads {
            let [own, other] = [&engines[0], &engines[1]].map(|engine| engine.assess(lead, at()).unwrap());
            *counts.entry((own.rank.unwrap(), other.rank.unwrap())).or_default() += 1;
            big[0] += i64::from(own.segments.contains(&"big".to_owned()));
            big[1] += i64::from(other.segments.contains(&"big".to_owned()));
        }
        let ranks = found.table("ranks").unwrap();
        assert_eq!(ranks.rows.len(), 9);
        for row in &ranks.rows {
            let (Cell::Text(old), Cell::Text(new), Cell::Whole(count)) = (&row[1], &row[2], &row[3]) else {
                panic!("{row:?}")
            };
            assert_eq!(
                counts.get(&(old.clone(), new.clone())).copied().unwrap_or(0),
                *count,
                "{old} to {new}"
            );
        }
        let moved: i64 = counts.iter().filter(|((old, new), _)| old != new).map(|(_, count)| count).sum();
        assert!(moved > 10);
        assert_eq!(found.figures["moved"], Cell::Whole(moved));
        let segments = found.table("segments").unwrap();
        assert_eq!(
            (segments.get(0, "before"), segments.get(0, "after")),
            (Some(&Cell::Whole(big[0])), Some(&Cell::Whole(big[1])))
        );
    }

    #[test]
    fn neither_threads_nor_limits_change_what_is_counted() {
        let (before, after) = (playbook(8, 35, 200), playbook(10, 40, 250));
        let run = |threads: usize, limit: usize| -> Analysis {
            let options = CompareOptions {
                threads: NonZeroUsize::new(threads),
                limit: Some(limit),
                ..CompareOptions::default()
            };
            before.diff_with_leads(&after, (0..40_000).map(lead), at(), &options).unwrap().leads.unwrap()
        };
        let (one, two, few) = (run(1, 50), run(2, 50), run(2, 7));
        assert_eq!(one, two);
        assert_eq!(one.figures, few.figures);
        for name in ["ranks", "scores", "segments", "rules"] {
            assert_eq!(one.table(name), few.table(name));
        }
        for name in ["movers", "segment_movers"] {
            let (many, few) = (one.table(name).unwrap(), few.table(name).unwrap());
            assert_eq!((many.rows.len(), few.rows.len()), (50, 7));
            assert_eq!(many.rows[..7], few.rows[..]);
        }
    }
}
