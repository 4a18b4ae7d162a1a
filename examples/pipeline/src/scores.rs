//! `scores.csv`: one row per lead, in the order of the input.

use std::borrow::Cow;
use std::fs::File;
use std::path::{Path, PathBuf};

use ikusei::{Assessment, Handling};

use crate::problem::Failure;

/// Writes `scores.csv` row by row.
pub struct ScoreWriter {
    writer: csv::Writer<File>,
    path: PathBuf,
}

impl ScoreWriter {
    /// Makes the file and writes its header, for these scorecards.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn create<'a>(folder: &Path, cards: impl Iterator<Item = &'a str>) -> Result<Self, Failure> {
        let path = folder.join("scores.csv");
        let writer = csv::Writer::from_path(&path).map_err(|error| failed(&path, &error))?;
        let mut header: Vec<String> =
            ["id", "name", "rank", "hot", "handling", "segments"].map(str::to_owned).into();
        for card in cards {
            header.extend(FIGURES.iter().map(|figure| harmless(&format!("{card}.{figure}")).into_owned()));
        }
        let mut scores = Self { writer, path };
        scores.write(&header)?;
        Ok(scores)
    }

    /// Writes one lead.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn add(&mut self, name: &str, assessment: &Assessment) -> Result<(), Failure> {
        let main = assessment.ranks.values().next();
        let text = |text: &str| harmless(text).into_owned();
        let mut row = vec![
            text(&assessment.lead),
            text(name),
            text(assessment.rank.as_deref().unwrap_or("")),
            main.is_some_and(|decision| decision.hot).to_string(),
            main.and_then(|decision| decision.handling).map_or_else(String::new, handling),
            text(&assessment.segments.join("; ")),
        ];
        for (card, sheet) in &assessment.scores {
            row.push(text(
                assessment.ranks.get(card).and_then(|decision| decision.rank.as_deref()).unwrap_or(""),
            ));
            let figures =
                [sheet.total, sheet.fit_plus, sheet.fit_minus, sheet.engagement_plus, sheet.engagement_minus];
            row.extend(figures.map(|points| points.to_string()));
        }
        self.write(&row)
    }

    /// Ends the file and gives its path.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(mut self) -> Result<PathBuf, Failure> {
        self.writer.flush().map_err(|error| Failure::io(&self.path, "write", &error))?;
        Ok(self.path)
    }

    fn write(&mut self, row: &[String]) -> Result<(), Failure> {
        self.writer.write_record(row).map_err(|error| failed(&self.path, &error))
    }
}

const FIGURES: [&str; 6] = ["rank", "total", "fit_plus", "fit_minus", "engagement_plus", "engagement_minus"];

fn failed(path: &Path, error: &csv::Error) -> Failure {
    Failure::new(format!("cannot write `{}`: {error}", path.display()))
}

/// Who works the rank and how, in the words of the playbook: `sales/high_touch`.
fn handling(handling: Handling) -> String {
    let word = |value: Result<serde_json::Value, _>| match value {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    };
    format!("{}/{}", word(serde_json::to_value(handling.by)), word(serde_json::to_value(handling.how)))
}

/// A text that a spreadsheet takes as a text: one that begins like a formula gets an apostrophe in front.
///
/// ```
/// assert_eq!(pipeline::scores::harmless("=HYPERLINK(1)"), "'=HYPERLINK(1)");
/// assert_eq!(pipeline::scores::harmless("株式会社みずの杜"), "株式会社みずの杜");
/// ```
#[must_use]
pub fn harmless(text: &str) -> Cow<'_, str> {
    ikusei::safe_cell(text)
}
