//! What is foreseen of ranks, worked by hand: a score that is 100 at the start and falls by one every hour.

use super::bounds::{Known, hour};
use super::*;

fn falling(more: &Json, standing: Option<(&str, i64)>) -> Known {
    let mut card = json!({ "rules": [
        { "id": "r", "on": "a", "points": 100, "decay": { "linear": "100h", "step": "1h" } },
        { "id": "f", "when": "size > 5", "points": 3 },
    ] });
    card.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let mut lead = json!({ "id": "x", "fields": { "size": 1 }, "activities": [{ "id": "e", "kind": "a", "at": hour(0) }] });
    if let Some((rank, since)) = standing {
        lead["standing"] = json!({ "one": { "rank": rank, "since": hour(since) } });
    }
    Known::new(&json!({ "one": card }), &lead)
}

/// The rank over hours: `open` where it may be one or another, `none` where it is none.
fn check(known: &Known, expected: &[(i64, i64, &str)]) {
    for (from, to, rank) in expected {
        let found = known.over(*from, *to, |prospect| match prospect.unwrap().rank(0) {
            None => "open".to_owned(),
            Some(rank) => rank.unwrap_or("none").to_owned(),
        });
        assert_eq!(found, *rank, "from {from} to {to}");
    }
}

fn four() -> Json {
    json!({ "ranks": [
        { "rank": "A", "at_least": 80, "keep": { "for": "30h" } },
        { "rank": "B", "at_least": 50, "keep": { "margin": 10 } },
        { "rank": "C", "at_least": 20 },
    ] })
}

#[test]
fn a_rank_stays_while_the_score_is_within_its_bounds() {
    let expected = [
        (0, 20, "A"),
        (20, 20, "A"),
        (19, 21, "open"),
        (20, 21, "open"),
        (21, 21, "B"),
        (21, 50, "B"),
        (21, 51, "open"),
        (51, 80, "C"),
        (80, 81, "open"),
        (81, 200, "none"),
        (0, 200, "open"),
    ];
    check(&falling(&four(), None), &expected);
    // A rank that the card no longer has holds nothing, and so does one without `keep`.
    check(&falling(&four(), Some(("Z", 0))), &expected);
    check(&falling(&four(), Some(("C", 0))), &expected);
}

#[test]
fn a_rank_is_held_for_its_time() {
    check(
        &falling(&four(), Some(("A", 10))),
        &[
            (0, 9, "A"),
            (10, 39, "A"),
            (21, 39, "A"),
            (21, 40, "open"),
            (39, 40, "open"),
            (40, 40, "B"),
            (40, 50, "B"),
            (41, 51, "open"),
        ],
    );
    // Before it began nothing is held.
    check(
        &falling(&four(), Some(("A", 30))),
        &[
            (0, 20, "A"),
            (21, 29, "B"),
            (29, 30, "open"),
            (21, 30, "open"),
            (30, 30, "A"),
            (30, 59, "A"),
            (25, 35, "open"),
            (30, 60, "open"),
            (25, 70, "open"),
            (60, 80, "C"),
        ],
    );
}

#[test]
fn a_rank_is_held_by_its_margin() {
    check(
        &falling(&four(), Some(("B", 0))),
        &[
            (0, 20, "A"),
            (20, 21, "open"),
            (21, 50, "B"),
            (51, 60, "B"),
            (21, 60, "B"),
            (51, 61, "open"),
            (60, 61, "open"),
            (61, 80, "C"),
            (81, 90, "none"),
        ],
    );
    // Either does.
    let both = json!({ "ranks": [{ "rank": "A", "at_least": 80, "keep": { "for": "30h", "margin": 20 } }, { "rank": "B" }] });
    check(
        &falling(&both, Some(("A", 0))),
        &[
            (0, 29, "A"),
            (21, 40, "A"),
            (0, 40, "A"),
            (29, 41, "open"),
            (25, 45, "open"),
            (30, 40, "A"),
            (41, 45, "B"),
            (40, 41, "open"),
        ],
    );
    check(
        &falling(&both, Some(("A", 20))),
        &[
            (0, 40, "A"),
            (21, 49, "A"),
            (41, 49, "A"),
            (41, 50, "open"),
            (50, 60, "B"),
            (49, 50, "open"),
            (30, 45, "A"),
        ],
    );
}

#[test]
fn a_rank_holds_by_its_points_and_its_condition() {
    let seen = json!({ "ranks": [{ "rank": "A", "at_least": 80, "when": "seen(\"a\", \"10h\")" }, { "rank": "B", "at_least": 50, "when": "size > 5" }, { "rank": "C" }] });
    check(
        &falling(&seen, None),
        &[
            (0, 9, "A"),
            (9, 10, "open"),
            (10, 20, "C"),
            (10, 90, "C"),
            (15, 30, "C"),
            (0, 30, "open"),
            (50, 51, "C"),
        ],
    );
    let margin = json!({ "ranks": [{ "rank": "A", "at_least": 80, "when": "seen(\"a\", \"40h\")", "keep": { "margin": 30 } }, { "rank": "B" }] });
    check(
        &falling(&margin, Some(("A", 0))),
        &[(0, 39, "A"), (21, 39, "A"), (21, 40, "open"), (40, 60, "B"), (45, 55, "B"), (51, 60, "B")],
    );
    let out =
        json!({ "ranks": [{ "rank": "A" }], "disqualify": [{ "id": "d", "when": "score.total < 70" }] });
    check(&falling(&out, None), &[(0, 30, "A"), (30, 31, "open"), (31, 99, "none")]);
}

#[test]
fn a_rank_of_a_matrix_is_that_of_one_cell() {
    let matrix = |at_least: i64| {
        json!({
        "matrix": {
            "fit": [{ "grade": "x", "at_least": at_least }, { "grade": "y" }],
            "engagement": [{ "level": "h", "at_least": 80 }, { "level": "m", "at_least": 50 }, { "level": "l" }],
            "ranks": { "x": { "h": "A", "m": "B", "l": "C" }, "y": { "h": "D", "m": "E", "l": "F" } } },
        "ranks": [{ "rank": "A" }, { "rank": "B" }, { "rank": "C" }, { "rank": "D" }, { "rank": "E" }, { "rank": "F" }] })
    };
    check(
        &falling(&matrix(0), None),
        &[(0, 20, "A"), (20, 21, "open"), (21, 50, "B"), (50, 51, "open"), (51, 300, "C"), (0, 51, "open")],
    );
    check(
        &falling(&matrix(1), None),
        &[(0, 20, "D"), (20, 21, "open"), (21, 50, "E"), (50, 51, "open"), (51, 300, "F")],
    );
}
