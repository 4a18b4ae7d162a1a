//! Assessments in brief, for bindings that build the objects by themselves: text that is read in a fifth of the time.
//!
//! A *frame* is an assessment without ledgers whose lead, instants and figures are blank: what many leads have in
//! common. A *row* has what is blank there, flat: the number of its frame, the lead, and for each scorecard its five
//! figures, its probability if the frame has one, and since when the rank is held; `0` stands for the assessment's own
//! instant.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Envelope, Record, read, to_text};
use crate::assessment::{Assessment, Detail};
use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::time::Instant;
use crate::engine::{Engine, Prepared};
use crate::lead::facts::Facts;
use crate::lead::plain::Plain;
use crate::lead::record::Lead;

/// The frames that a caller of [`assess_in_brief`] was given. It keeps them by number: a frame that is given again
/// under a number takes the place of the earlier one.
#[derive(Debug, Default)]
pub struct Frames(Vec<Assessment>);

/// Assesses the lead of a JSON document, without ledgers: a line of JSON, which is its row and, as one item more, the
/// instant; and a second line with the frame, if the caller was not given it yet. `None` for whatever `assess` of
/// [`call_engine`](super::call_engine) refuses, which says why.
///
/// ```
/// use ikusei::{Instant, api};
/// let playbook = api::open_playbook(r#"{"text": "ikusei: 1\nname: demo"}"#).unwrap();
/// let (engine, at) = (playbook.compile()?, "2026-05-01T00:00:00Z".parse::<Instant>()?);
/// let mut frames = api::Frames::default();
/// let mut brief = |lead| api::assess_in_brief(&engine, lead, at, &mut frames);
/// assert!(brief(r#"{"id": "a"}"#).unwrap().starts_with("[0,\"a\",\"2026-05-01T00:00:00Z\"]\n{"));
/// assert_eq!(brief(r#"{"id": "b"}"#).unwrap(), "[0,\"b\",\"2026-05-01T00:00:00Z\"]");
/// assert_eq!(brief("{}"), None, "a lead has an id");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn assess_in_brief(engine: &Engine, lead: &str, at: Instant, frames: &mut Frames) -> Option<String> {
    let assessment = match plain(engine, lead, at) {
        Some(assessment) => assessment,
        None => {
            let lead: Lead = serde_json::from_str(lead).ok()?;
            engine.prepare(&lead).ok()?.assess(at, Detail::Figures).ok()?
        }
    };
    if frames.0.len() == Frames::MOST {
        frames.0.clear();
    }
    let known = frames.0.len();
    let row = frames.take(assessment);
    let mut text = to_text(&Numbered { row: &row, at: Some(at) });
    if let Some(frame) = frames.0.get(known) {
        text.push('\n');
        text.push_str(&to_text(frame));
    }
    Some(text)
}

/// Many leads without ledgers: `at`, the `frames`, and for each lead either its row or an error envelope.
pub(super) fn assess_many(engine: &Engine, args: &str) -> Result<Answers, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args<'a> {
        #[serde(borrow)]
        leads: Vec<&'a RawValue>,
        at: Instant,
    }

    let args: Args<'_> = read(args)?;
    let mut frames = Frames::default();
    let one = |lead: &&RawValue| match plain(engine, lead.get(), args.at) {
        Some(assessment) => Ok(assessment),
        None => {
            let record: Record = read(lead.get())?;
            engine.prepare(record.lead()?)?.assess(args.at, Detail::Figures)
        }
    };
    let rows = args.leads.iter().map(|lead| Ok(frames.take(one(lead)?))).collect();
    Ok(Answers { at: args.at, frames: frames.0, rows: Rows(rows) })
}

/// The quick way, for a lead that has nothing but its fields; `None` for any other, and for what is refused.
fn plain(engine: &Engine, lead: &str, at: Instant) -> Option<Assessment> {
    let model = &engine.compiled.model;
    let Plain { id, cells } = Plain::read(model, lead)?;
    let lead = Lead::new(id);
    let facts = Facts::of_cells(model, &lead, cells);
    Prepared { engine: engine.clone(), facts }.assess(at, Detail::Figures).ok()
}

/// What [`assess_many`] comes to.
#[derive(Serialize)]
pub(super) struct Answers {
    at: Instant,
    frames: Vec<Assessment>,
    rows: Rows,
}

struct Rows(Vec<Result<Row, Error>>);

struct Row {
    frame: usize,
    lead: String,
    cards: Vec<Figures>,
}

struct Figures {
    figures: [Points; 5],
    probability: Option<f64>,
    /// Where it is not the assessment's own instant.
    since: Option<Instant>,
}

/// A row as it is written, with the instant or without it.
struct Numbered<'a> {
    row: &'a Row,
    at: Option<Instant>,
}

impl Frames {
    /// How many are told apart: a playbook has as many as combinations of ranks and segments, but few are common.
    const MOST: usize = 64;

    /// Takes an assessment apart.
    fn take(&mut self, mut assessment: Assessment) -> Row {
        let at = std::mem::replace(&mut assessment.at, Instant::EPOCH);
        let lead = std::mem::take(&mut assessment.lead);
        let blank = |points: &mut Points| std::mem::replace(points, Points::ZERO);
        let sheets = assessment.scores.values_mut().zip(assessment.ranks.values_mut());
        let cards = sheets.map(|(sheet, decision)| {
            let since = std::mem::replace(&mut decision.since, Instant::EPOCH);
            Figures {
                figures: [
                    blank(&mut sheet.fit_plus),
                    blank(&mut sheet.fit_minus),
                    blank(&mut sheet.engagement_plus),
                    blank(&mut sheet.engagement_minus),
                    blank(&mut sheet.total),
                ],
                probability: sheet.probability.as_mut().map(std::mem::take),
                since: (since != at).then_some(since),
            }
        });
        let cards = cards.collect();
        let same = |known: &Assessment| {
            known.segments == assessment.segments
                && known.ranks.values().eq(assessment.ranks.values())
                && known.warnings == assessment.warnings
        };
        // What is beyond the limit is not looked through: a frame of its own does no harm.
        let known = self.0.iter().take(Self::MOST).position(same);
        let frame = known.unwrap_or_else(|| {
            self.0.push(assessment);
            self.0.len() - 1
        });
        Row { frame, lead, cards }
    }
}

impl Serialize for Rows {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Item<'a> {
            Row(Numbered<'a>),
            Refused(Envelope<'a, ()>),
        }

        serializer.collect_seq(self.0.iter().map(|item| match item {
            Ok(row) => Item::Row(Numbered { row, at: None }),
            Err(error) => Item::Refused(Envelope::refusal(error)),
        }))
    }
}

impl Serialize for Numbered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut items = serializer.serialize_seq(None)?;
        items.serialize_element(&self.row.frame)?;
        items.serialize_element(&self.row.lead)?;
        for card in &self.row.cards {
            for figure in &card.figures {
                items.serialize_element(figure)?;
            }
            if let Some(probability) = card.probability {
                items.serialize_element(&probability)?;
            }
            match card.since {
                Some(since) => items.serialize_element(&since)?,
                None => items.serialize_element(&0)?,
            }
        }
        if let Some(at) = self.at {
            items.serialize_element(&at)?;
        }
        items.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playbook::Playbook;

    fn engine() -> Engine {
        let playbook = r#"{
            "ikusei": 1, "name": "demo", "fields": { "size": { "type": "integer" } },
            "scorecards": { "overall": {
                "rules": [{ "id": "big", "when": "size >= 300", "points": 25 }],
                "probability": { "intercept": -1, "per_point": 0.1 },
                "ranks": [{ "rank": "A", "at_least": 20 }, { "rank": "C" }] } } }"#;
        Playbook::parse(playbook).unwrap().compile().unwrap()
    }

    #[test]
    fn a_row_and_its_frame_have_what_the_assessment_has() {
        let (engine, at) = (engine(), "2026-05-01T00:00:00Z".parse().unwrap());
        let mut frames = Frames::default();
        let mut brief = |lead| assess_in_brief(&engine, lead, at, &mut frames);
        let held = r#"{"id":"l","fields":{"size":320},"standing":{"overall":{"rank":"A","since":"2026-04-01T00:00:00Z"}}}"#;
        let text = brief(held).unwrap();
        let (row, frame) = text.split_once('\n').unwrap();
        let wanted =
            r#"[0,"l",25,0,0,0,25,0.8175744761936437,"2026-04-01T00:00:00Z","2026-05-01T00:00:00Z"]"#;
        assert_eq!(row, wanted);
        let wanted = r#"{"lead":"","at":"1970-01-01T00:00:00Z","rank":"A","segments":[],"scores":{"overall":{"fit_plus":0,"#;
        assert!(frame.starts_with(wanted), "{frame}");
        assert!(brief(r#"{"id":"m"}"#).unwrap().contains("\n{"), "another rank, another frame");
        assert_eq!(brief(held).unwrap(), row, "given already");
        assert_eq!(brief(r#"{"id":"l","fields":{"size":"big"}}"#), None);
    }

    #[test]
    fn frames_of_many_are_shared() {
        let args = r#"{"at":"2026-05-01T00:00:00Z","leads":[{"id":"a","fields":{"size":300}},{"id":"b"},{},{"id":"c"}]}"#;
        let answers = to_text(&assess_many(&engine(), args).unwrap());
        let (head, rows) = answers.split_once(r#""rows":"#).unwrap();
        assert_eq!(head.matches(r#""lead":"""#).count(), 2);
        let first = r#"[[0,"a",25,0,0,0,25,0.8175744761936437,0],[1,"b",0,0,0,0,0,0.2689414213699951,0],{"error":{"kind":"lead""#;
        assert!(rows.starts_with(first), "{rows}");
        assert!(rows.ends_with(r#",[1,"c",0,0,0,0,0,0.2689414213699951,0]]}"#), "{rows}");
        let good = args.replace("{},", "");
        assert_eq!(to_text(&assess_many(&engine(), &good).unwrap()).matches(r#","c",0,"#).count(), 1);
    }
}
