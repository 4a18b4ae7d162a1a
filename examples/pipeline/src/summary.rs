//! What a run found: the figures behind the tables on the terminal and the charts of the report.

use std::fmt::Write as _;

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use indexmap::IndexMap;

use crate::note::Note;
use crate::words::{Language, Words};

/// The figures of one run.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Name of the playbook.
    pub playbook: String,
    /// The instant of the scores, as text.
    pub as_of: String,
    /// Leads that were scored.
    pub leads: u64,
    /// Activities that belong to them.
    pub activities: u64,
    /// Rows that could not be used.
    pub rejected: u64,
    /// The scorecards, the main one first.
    pub cards: Vec<Card>,
    /// One per lead: its figures on the main scorecard.
    pub points: Vec<Point>,
    /// Label and members of every segment.
    pub segments: Vec<(String, u64)>,
    /// The hottest leads, hottest first.
    pub hottest: Vec<Hottest>,
    /// What counts as converted, if it was asked for.
    pub outcome: Option<String>,
    /// Remarks about the input.
    pub notes: Vec<Note>,
}

/// One scorecard: how many leads hold each of its ranks, in its order; no rank is the last, if there is any.
#[derive(Debug, Clone, Default)]
pub struct Card {
    /// What people call it.
    pub label: String,
    /// By rank; the empty name stands for none.
    pub ranks: IndexMap<String, Tally>,
}

/// How many leads hold a rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All of them.
    pub leads: u64,
    /// The hot ones.
    pub hot: u64,
    /// Those with the outcome that was asked for.
    pub converted: u64,
}

/// A lead's figures on the main scorecard, for charts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Points for what the lead is.
    pub fit: f64,
    /// Points for what it did.
    pub engagement: f64,
    /// The total.
    pub total: f64,
    /// Place of its rank in [`Card::ranks`].
    pub rank: usize,
}

/// One of the hottest leads.
#[derive(Debug, Clone)]
pub struct Hottest {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its rank; empty for none.
    pub rank: String,
    /// Its total.
    pub total: String,
    /// Why.
    pub reasons: String,
}

/// A share as a percentage with one decimal; nothing of nothing is a dash.
#[must_use]
pub fn percent(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    // In whole tenths of a per cent, half up: the same digits on every machine.
    let tenths = (u128::from(part) * 2_000 / u128::from(whole)).div_ceil(2);
    format!("{}.{}%", tenths / 10, tenths % 10)
}

/// A whole number with separators of thousands.
#[must_use]
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The name of a rank, or the word for none.
#[must_use]
pub fn rank_name<'a>(rank: &'a str, words: &'a Words) -> &'a str {
    if rank.is_empty() { words.no_rank } else { rank }
}

impl Summary {
    /// The tables and the hottest leads, as the terminal shows them.
    #[must_use]
    pub fn to_text(&self, language: Language) -> String {
        let words = language.words();
        let mut out = format!("{} · {} {}\n", self.playbook, words.as_of, self.as_of);
        let counts =
            [(words.leads, self.leads), (words.activities, self.activities), (words.rejected, self.rejected)]
                .map(|(word, count)| format!("{word}: {}", thousands(count)));
        let _ = writeln!(out, "{}\n", counts.join(" · "));
        let _ = writeln!(out, "{}\n", self.rank_table(words));
        if !self.segments.is_empty() {
            let _ = writeln!(out, "{}\n", self.segment_table(words));
        }
        if self.hottest.is_empty() {
            let _ = writeln!(out, "{}", words.nobody);
        } else {
            let _ = writeln!(out, "{}", words.hottest);
        }
        for (index, lead) in self.hottest.iter().enumerate() {
            let rank = rank_name(&lead.rank, words);
            let name =
                if lead.name.is_empty() { String::new() } else { format!(" · {}", visible(&lead.name)) };
            let _ = writeln!(
                out,
                "\n{}. {}{name} · {} {rank} · {} {}",
                index + 1,
                visible(&lead.id),
                words.rank,
                words.total,
                lead.total
            );
            for line in lead.reasons.lines() {
                let _ = writeln!(out, "   {}", visible(line));
            }
        }
        out
    }

    fn rank_table(&self, words: &Words) -> Table {
        let several = self.cards.len() > 1;
        let mut header = vec![words.rank.to_owned()];
        header.extend(
            self.cards.iter().map(|card| if several { card.label.clone() } else { words.leads.to_owned() }),
        );
        header.extend([words.share.to_owned(), words.hot.to_owned()]);
        if self.outcome.is_some() {
            header.extend([words.converted.to_owned(), words.conversion.to_owned()]);
        }
        let mut table = bare(header);
        let mut names: Vec<&str> = Vec::new();
        for name in self.cards.iter().flat_map(|card| card.ranks.keys()) {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        // Whatever the order of the cards, those without a rank come last.
        names.sort_by_key(|name| name.is_empty());
        for name in names {
            let main = self.cards.first().and_then(|card| card.ranks.get(name)).copied();
            let mut row = vec![rank_name(name, words).to_owned()];
            row.extend(
                self.cards.iter().map(|card| {
                    card.ranks.get(name).map_or("–".to_owned(), |tally| thousands(tally.leads))
                }),
            );
            row.push(main.map_or("–".to_owned(), |tally| percent(tally.leads, self.leads)));
            row.push(main.map_or("–".to_owned(), |tally| thousands(tally.hot)));
            if self.outcome.is_some() {
                let tally = main.unwrap_or_default();
                row.extend([thousands(tally.converted), percent(tally.converted, tally.leads)]);
            }
            table.add_row(row);
        }
        right(table)
    }

    fn segment_table(&self, words: &Words) -> Table {
        let mut table = bare(vec![words.segment.to_owned(), words.leads.to_owned(), words.share.to_owned()]);
        for (name, count) in &self.segments {
            table.add_row(vec![name.clone(), thousands(*count), percent(*count, self.leads)]);
        }
        right(table)
    }
}

fn bare(header: Vec<String>) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED).set_header(header);
    table
}

fn right(mut table: Table) -> Table {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// A text without control characters, which a terminal would obey.
#[must_use]
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_as_people_read_them() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(45_211), "45,211");
        assert_eq!(percent(5_289, 45_211), "11.7%");
        assert_eq!(percent(1, 1), "100.0%");
        assert_eq!(percent(1, 2_000), "0.1%");
        assert_eq!(percent(0, 0), "–");
        assert_eq!(visible("a\u{1b}[31mb"), "a\u{fffd}[31mb");
    }
}
