//! Assessments of leads that are nothing but their fields, without JSON: for bindings to which numbers come cheaper.

use super::brief::Frames;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::engine::outcomes::Outcomes;
use crate::lead::cells::Packed;
use crate::lead::facts::{Cell, Facts};
use crate::lead::record::Lead;

/// The names of the declared fields, in the order of the cells that [`assess_packed`] takes.
#[must_use]
pub fn field_names(engine: &Engine) -> Vec<&str> {
    engine.compiled.model.fields().map(|(name, _)| name).collect()
}

/// Assesses leads that are nothing but an id and fields, without ledgers.
///
/// A lead comes as cells: its id and one for each of the [`field_names`]. A cell is a number, whole numbers up to 2^53
/// (either sign) being the largest; or 2^54 for null and for what is not there, 2^55 for false, 2^56 for true; or
/// 2^60 + 256 n for the text number n. `texts` has all texts, in the order of their numbers and each followed by a NUL.
///
/// A lead comes back as a row: the number of its frame, and for each scorecard its five figures, its probability if the
/// frame has one, and a 0, for the rank is held since the assessment's own instant. A lead that is refused has `-1` and
/// zeros: `assess_many` says why. [`Frames::to_json`] has the frames.
///
/// `None` where texts and cells do not belong together, as where a text has a NUL in it.
///
/// ```
/// use ikusei::{Instant, api};
/// let text = r#"{"text": "ikusei: 1\nname: demo\nfields: {size: {type: integer}}\nscorecards: {overall: {rules: [{id: big, when: 'size >= 300', points: 25}], ranks: [{rank: A}]}}"}"#;
/// let engine = api::open_playbook(text).unwrap().compile()?;
/// let at = "2026-05-01T00:00:00Z".parse::<Instant>()?;
/// assert_eq!(api::field_names(&engine), ["size"]);
/// let cells = [2f64.powi(60), 320.0, 2f64.powi(60) + 256.0, 0.5];
/// let mut frames = api::Frames::default();
/// let rows = api::assess_packed(&engine, "lead-1\0lead-2\0", &cells, at, &mut frames).unwrap();
/// assert_eq!(rows[..7], [0.0, 25.0, 0.0, 0.0, 0.0, 25.0, 0.0]);
/// assert_eq!(rows[7], -1.0, "half a person is no size");
/// assert!(frames.to_json().starts_with(r#"[{"lead":"","#));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn assess_packed(
    engine: &Engine,
    texts: &str,
    cells: &[f64],
    at: Instant,
    frames: &mut Frames,
) -> Option<Vec<f64>> {
    let compiled = &engine.compiled;
    let packed = Packed::new(&compiled.model, texts, cells)?;
    let leads = packed.leads(&compiled.model);
    let probabilities = compiled.scoring.cards.iter().filter(|card| card.probability.is_some()).count();
    let width = 1 + 6 * compiled.scoring.cards.len() + probabilities;
    let mut rows = Vec::with_capacity(leads.len() * width);
    let mut lead = Lead::new("");
    for found in leads {
        let end = rows.len() + width;
        if let Some(found) = found.and_then(|found| outcomes(engine, &mut lead, found, at)) {
            frames.take_numbers(engine, found, &mut rows);
        } else {
            rows.push(REFUSED);
            rows.resize(end, 0.0);
        }
    }
    Some(rows)
}

/// The same for one lead, with the answer that [`assess_in_brief`](super::assess_in_brief) gives.
///
/// ```
/// use ikusei::{Instant, api};
/// let engine = api::open_playbook(r#"{"text": "ikusei: 1\nname: demo"}"#).unwrap().compile()?;
/// let (at, mut frames) = ("2026-05-01T00:00:00Z".parse::<Instant>()?, api::Frames::default());
/// let found = api::assess_one_packed(&engine, "lead-1\0", &[2f64.powi(60)], at, &mut frames);
/// assert!(found.unwrap().starts_with("[0,\"lead-1\",\"2026-05-01T00:00:00Z\"]\n{"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn assess_one_packed(
    engine: &Engine,
    texts: &str,
    cells: &[f64],
    at: Instant,
    frames: &mut Frames,
) -> Option<String> {
    let model = &engine.compiled.model;
    let packed = Packed::new(model, texts, cells)?;
    let mut leads = packed.leads(model);
    let (Some(found), None) = (leads.next()?, leads.next()) else { return None };
    let mut lead = Lead::new("");
    let found = outcomes(engine, &mut lead, found, at)?;
    Some(frames.line(at, |frames| frames.take_outcomes(engine, lead.id, found)))
}

fn outcomes<'e, 'a>(
    engine: &'e Engine,
    lead: &mut Lead,
    (id, fields): (&'a str, Box<[Cell<'a>]>),
    at: Instant,
) -> Option<Outcomes<'e>> {
    id.clone_into(&mut lead.id);
    engine.outcomes(&Facts::of_fields(&engine.compiled.model, lead, fields), at).ok()
}

/// In the place of a frame's number.
const REFUSED: f64 = -1.0;

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::call_engine;
    use super::*;
    use crate::playbook::Playbook;

    const NULL: f64 = 18_014_398_509_481_984.0;
    const FALSE: f64 = 36_028_797_018_963_968.0;
    const TRUE: f64 = 72_057_594_037_927_936.0;

    fn text(number: u16) -> f64 {
        1_152_921_504_606_846_976.0 + 256.0 * f64::from(number)
    }

    fn engine() -> Engine {
        let rule = |id: &str, when: &str, points: i64| json!({ "id": id, "when": when, "points": points });
        let playbook = json!({
            "ikusei": 1, "name": "demo",
            "fields": {
                "name": { "type": "text" }, "size": { "type": "integer" }, "rate": { "type": "number" },
                "known": { "type": "boolean" }, "since": { "type": "date" }, "seen": { "type": "timestamp" },
                "tags": { "type": "set" },
            },
            "scorecards": { "overall": {
                "rules": [
                    rule("tokyo", "name.contains(\"東京\")", 1), rule("big", "size >= 300", 2),
                    rule("none", "size == null", 4), rule("keen", "rate > 0.25", 8), rule("known", "known", 16),
                    rule("unknown", "known == false", 32), rule("old", "since < date(\"2026-01-01\")", 64),
                    rule("fresh", "seen >= timestamp(\"2026-05-01T00:00:00Z\")", 128),
                    rule("divided", "1 / size >= 0", 256), rule("huge", "size == 9007199254740992", 512),
                ],
                "probability": { "intercept": -1, "per_point": 0.1 },
                "ranks": [{ "rank": "A", "at_least": 20 }, { "rank": "C" }],
            } },
            "segments": { "keen": { "when": "rate > 0.25" } },
        });
        Playbook::parse(&playbook.to_string()).unwrap().compile().unwrap()
    }

    #[test]
    fn packed_leads_come_to_what_their_records_come_to() {
        let (engine, at) = (engine(), "2026-05-01T00:00:00Z");
        let texts = "a\u{0}東京商事\u{0}2025-05-01\u{0}2026-05-01T09:00:00+09:00\u{0}b\u{0}c\u{0}\u{0}d\u{0}e\u{0}2026-02-30\u{0}f\u{0}";
        let most = 9_007_199_254_740_992.0;
        #[rustfmt::skip]
        let cells = [
            text(0), text(1), 300.0, 0.5, TRUE, text(2), text(3), NULL,
            text(4), NULL, NULL, NULL, NULL, NULL, NULL, NULL,
            text(5), text(6), 0.0, -3.0, FALSE, NULL, NULL, NULL,
            text(7), NULL, 0.5, NULL, NULL, NULL, NULL, NULL,
            text(8), NULL, NULL, NULL, NULL, text(9), NULL, NULL,
            text(10), NULL, most, -most, NULL, NULL, NULL, NULL,
        ];
        let records = json!([
            { "id": "a", "fields": { "name": "東京商事", "size": 300, "rate": 0.5, "known": true, "since": "2025-05-01", "seen": "2026-05-01T09:00:00+09:00" } },
            { "id": "b" },
            { "id": "c", "fields": { "name": "", "size": 0, "rate": -3, "known": false } },
            { "id": "d", "fields": { "size": 0.5 } },
            { "id": "e", "fields": { "since": "2026-02-30" } },
            { "id": "f", "fields": { "size": 9_007_199_254_740_992_i64, "rate": -9_007_199_254_740_992_i64 } },
        ]);
        let args = json!({ "leads": records, "at": at }).to_string();
        let answer: Value =
            serde_json::from_str(&call_engine(&engine, "assess_many_in_brief", &args)).unwrap();
        let mut frames = Frames::default();
        let rows = assess_packed(&engine, texts, &cells, at.parse().unwrap(), &mut frames).unwrap();
        let known: Value = serde_json::from_str(&frames.to_json()).unwrap();
        assert_eq!(known, answer["ok"]["frames"]);
        let rows: Vec<&[f64]> = rows.chunks(8).collect();
        let wanted = answer["ok"]["rows"].as_array().unwrap();
        assert_eq!((rows.len(), wanted.len()), (6, 6));
        for (row, wanted) in rows.iter().zip(wanted) {
            let Some(wanted) = wanted.as_array() else {
                assert_eq!(*row, [-1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], "{wanted}");
                continue;
            };
            let wanted: Vec<f64> = wanted.iter().filter_map(Value::as_f64).collect();
            assert_eq!(*row, wanted);
        }
        assert_eq!(rows.iter().filter(|row| row[0] < 0.0).count(), 2, "the fourth and the fifth are refused");
    }

    #[test]
    fn what_does_not_belong_together_is_refused() {
        let (engine, at) = (engine(), "2026-05-01T00:00:00Z".parse().unwrap());
        let lead = |id: f64| [id, NULL, NULL, NULL, NULL, NULL, NULL, NULL];
        let one =
            |texts: &str, cells: &[f64]| assess_one_packed(&engine, texts, cells, at, &mut Frames::default());
        assert!(one("a\u{0}", &lead(text(0))).is_some());
        assert_eq!(one("a\u{0}b\u{0}", &lead(text(0))), None, "a NUL in the id");
        assert_eq!(one("", &lead(text(0))), None, "a text too few");
        assert_eq!(one("a\u{0}", &lead(text(1))), None, "a text that there is not");
        assert_eq!(one("", &lead(NULL)), None, "no id");
        assert_eq!(one("", &lead(f64::NAN)), None);
        assert_eq!(one("a\u{0}", &[text(0)]), None, "cells too few");
        assert_eq!(one("", &[]), None, "no lead");
        let two = [lead(text(0)), lead(text(1))].concat();
        assert_eq!(one("a\u{0}b\u{0}", &two), None, "two leads");
        assert_eq!(assess_packed(&engine, "", &[], at, &mut Frames::default()), Some(Vec::new()));
    }
}
