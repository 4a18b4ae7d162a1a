//! Assessments in brief, for bindings that build the objects by themselves: text that is read in a fifth of the time.
//!
//! A *frame* is an assessment without ledgers whose lead, instants and figures are blank: what many leads have in
//! common. A *row* has what is blank there, flat: the number of its frame, the lead, and for each scorecard its five
//! figures, its probability if the frame has one, and since when the rank is held; `0` stands for the assessment's own
//! instant.

use serde::ser::SerializeSeq;
use serde::{Deserialize, Serialize, Serializer};

use super::{Envelope, Record, read, to_text};
use crate::assessment::{Assessment, Detail};
use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::time::Instant;
use crate::engine::outcomes::Outcomes;
use crate::engine::{Derivation, Engine};
use crate::lead::record::Lead;
use crate::qualification::Outcome;
use crate::scoring::ScoreSheet;

/// The frames that a caller of [`assess_in_brief`] was given. It keeps them by number: a frame that is given again
/// under a number takes the place of the earlier one.
#[derive(Debug, Default)]
pub struct Frames(Vec<Frame>);

#[derive(Debug)]
struct Frame {
    blank: Assessment,
    /// Whether it is in each segment.
    members: Vec<bool>,
    /// What decided its ranks, where it was made of that.
    ranks: Option<Vec<Outcome>>,
}

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
    let lead: Lead = serde_json::from_str(lead).ok()?;
    let derivation = engine.prepare(&lead).ok()?.derive(at, Detail::Figures).ok()?;
    Some(frames.line(at, |frames| frames.take(engine, lead.id, at, derivation)))
}

/// Many leads without ledgers: `at`, the `frames`, and for each lead either its row or an error envelope.
pub(super) fn assess_many(engine: &Engine, args: &str) -> Result<Answers, Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Args<T> {
        leads: Vec<T>,
        at: Instant,
    }

    let mut frames = Frames::default();
    let mut one = |lead: &Lead, at: Instant| -> Result<Row, Error> {
        let derivation = engine.prepare(lead)?.derive(at, Detail::Figures)?;
        Ok(frames.take(engine, lead.id.clone(), at, derivation))
    };
    // Where every record can be read, they are read at once; otherwise each for itself.
    let (at, rows) = match serde_json::from_str::<Args<Lead>>(args) {
        Ok(args) => (args.at, args.leads.iter().map(|lead| one(lead, args.at)).collect()),
        Err(_) => {
            let args: Args<Record> = read(args)?;
            (args.at, args.leads.iter().map(|record| one(record.lead()?, args.at)).collect())
        }
    };
    Ok(Answers { at, frames, rows: Rows(rows) })
}

/// What [`assess_many`] comes to.
#[derive(Serialize)]
pub(super) struct Answers {
    at: Instant,
    frames: Frames,
    rows: Rows,
}

struct Rows(Vec<Result<Row, Error>>);

pub(super) struct Row {
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

    /// All of them as a JSON document, a list.
    #[must_use]
    pub fn to_json(&self) -> String {
        to_text(self)
    }

    /// A row and, if the caller was not given it yet, its frame: a line each.
    pub(super) fn line(&mut self, at: Instant, row: impl FnOnce(&mut Self) -> Row) -> String {
        if self.0.len() == Self::MOST {
            self.0.clear();
        }
        let known = self.0.len();
        let row = row(self);
        let mut text = to_text(&Numbered { row: &row, at: Some(at) });
        if let Some(frame) = self.0.get(known) {
            text.push('\n');
            text.push_str(&to_text(&frame.blank));
        }
        text
    }

    /// What was derived as a row.
    fn take(&mut self, engine: &Engine, lead: String, at: Instant, mut derivation: Derivation) -> Row {
        let sheets = derivation.sheets.iter().zip(&mut derivation.ranks);
        let cards = sheets.map(|(sheet, decision)| {
            let since = std::mem::replace(&mut decision.since, Instant::EPOCH);
            Figures::of(sheet, (since != at).then_some(since))
        });
        let cards = cards.collect();
        let known = self.find(|known| {
            known.members == derivation.members
                && known.blank.ranks.values().eq(&derivation.ranks)
                && known.blank.warnings == derivation.warnings
        });
        let frame = known.unwrap_or_else(|| {
            blank(&mut derivation.sheets);
            let members = derivation.members.clone();
            let blank = derivation.assessment(engine, String::new(), Instant::EPOCH);
            self.push(Frame { blank, members, ranks: None })
        });
        Row { frame, lead, cards }
    }

    /// The same of a lead without standing.
    pub(super) fn take_outcomes(&mut self, engine: &Engine, lead: String, found: Outcomes<'_>) -> Row {
        let cards = found.sheets.iter().map(|sheet| Figures::of(sheet, None)).collect();
        Row { frame: self.number(engine, found), lead, cards }
    }

    /// The same as numbers.
    pub(super) fn take_numbers(&mut self, engine: &Engine, found: Outcomes<'_>, row: &mut Vec<f64>) {
        let place = row.len();
        row.push(0.0);
        for sheet in &found.sheets {
            row.extend(figures(sheet).map(Points::to_f64));
            row.extend(sheet.probability);
            row.push(0.0);
        }
        let frame = self.number(engine, found);
        if let Some(slot) = row.get_mut(place) {
            #[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 frames")]
            let number = frame as f64;
            *slot = number;
        }
    }

    /// The number of the frame of what was found.
    fn number(&mut self, engine: &Engine, mut found: Outcomes<'_>) -> usize {
        let known = self.find(|known| {
            known.ranks.as_ref() == Some(&found.ranks)
                && known.members == found.members
                && known.blank.warnings == found.warnings
        });
        known.unwrap_or_else(|| {
            blank(&mut found.sheets);
            let (members, ranks) = (found.members.clone(), Some(found.ranks.clone()));
            let blank = found.assessment(engine, String::new(), Instant::EPOCH);
            self.push(Frame { blank, members, ranks })
        })
    }

    /// What is beyond the limit is not looked through: a frame of its own does no harm.
    fn find(&self, same: impl Fn(&Frame) -> bool) -> Option<usize> {
        self.0.iter().take(Self::MOST).position(same)
    }

    fn push(&mut self, frame: Frame) -> usize {
        self.0.push(frame);
        self.0.len() - 1
    }
}

impl Figures {
    fn of(sheet: &ScoreSheet, since: Option<Instant>) -> Self {
        Self { figures: figures(sheet), probability: sheet.probability, since }
    }
}

fn blank(sheets: &mut [ScoreSheet]) {
    for sheet in sheets {
        *sheet = ScoreSheet { probability: sheet.probability.map(|_| 0.0), ..ScoreSheet::default() };
    }
}

fn figures(sheet: &ScoreSheet) -> [Points; 5] {
    [sheet.fit_plus, sheet.fit_minus, sheet.engagement_plus, sheet.engagement_minus, sheet.total]
}

impl Serialize for Frames {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|frame| &frame.blank))
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
