//! A difference as Markdown, for a pull request. What comes from outside is one line each, and cannot become markup.

use std::fmt::Write;

#[cfg(feature = "analytics")]
use crate::analytics::{Analysis, Cell, ColumnKind, Table};
use crate::base::Span;
use crate::explain::Language;
use crate::trust::change::Sentences;
use crate::trust::diff::model::{Affects, ChangePlace, PlaybookChange, PlaybookDiff};

/// So many changes are listed under each heading, and so many rows of each table.
const MOST_CHANGES: usize = 100;
#[cfg(feature = "analytics")]
const MOST_ROWS: usize = 20;

pub(super) fn both(diff: &PlaybookDiff) -> Sentences {
    Sentences { en: markdown(diff, Language::English), ja: markdown(diff, Language::Japanese) }
}

const HEADINGS: [(Affects, &str, &str); 8] = [
    (Affects::Data, "What is known of leads", "リードの情報"),
    (Affects::Scores, "Scores", "スコア"),
    (Affects::Ranks, "Ranks", "ランク"),
    (Affects::Segments, "Segments", "セグメント"),
    (Affects::Messages, "Messages", "配信"),
    (Affects::Routing, "Routing", "ルーティング"),
    (Affects::Campaigns, "Campaigns", "キャンペーン"),
    (Affects::Nothing, "No decision", "判定に影響しない変更"),
];

fn markdown(diff: &PlaybookDiff, language: Language) -> String {
    let say = |en: String, ja: String| match language {
        Language::English => en,
        Language::Japanese => ja,
    };
    let name = plain(&diff.after.name);
    let mut out =
        say(format!("## Changes of playbook {name}\n\n"), format!("## プレイブック {name} の変更\n\n"));
    let count = diff.changes.len();
    let deciding = diff.changes.iter().filter(|change| change.affects != Affects::Nothing).count();
    let changes = if count == 1 { "change" } else { "changes" };
    out.push_str(&if count == 0 {
        say("No change of meaning.\n".to_owned(), "意味の変更はありません。\n".to_owned())
    } else {
        say(
            format!("{count} {changes}, {deciding} of which may decide something otherwise.\n"),
            format!("変更{count}件（うち判定に影響しうるもの{deciding}件）。\n"),
        )
    });
    for (affects, en, ja) in HEADINGS {
        let own: Vec<&PlaybookChange> =
            diff.changes.iter().filter(|change| change.affects == affects).collect();
        if own.is_empty() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = write!(out, "\n### {}\n\n", say(en.to_owned(), ja.to_owned()));
        for change in own.iter().take(MOST_CHANGES) {
            let words = match language {
                Language::English => &change.words.en,
                Language::Japanese => &change.words.ja,
            };
            let _ = writeln!(out, "- {}{}", ticked(words), places(change));
        }
        let rest = own.len().saturating_sub(MOST_CHANGES);
        if rest > 0 {
            let _ = writeln!(out, "- {}", say(format!("and {rest} more"), format!("ほか{rest}件")));
        }
    }
    #[cfg(feature = "analytics")]
    if let Some(leads) = &diff.leads {
        analysis(leads, language, &mut out);
    }
    out
}

/// The lines in both, where there are texts.
fn places(change: &PlaybookChange) -> String {
    let line = |place: &Option<ChangePlace>| place.as_ref()?.span.as_ref().map(told);
    match (line(&change.before), line(&change.after)) {
        (Some(before), Some(after)) if before != after => format!(" ({before} → {after})"),
        (_, Some(line)) | (Some(line), None) => format!(" ({line})"),
        (None, None) => String::new(),
    }
}

fn told(span: &Span) -> String {
    match &span.file {
        Some(file) => format!("{}:{}", plain(file), span.line),
        None => format!("L{}", span.line),
    }
}

#[cfg(feature = "analytics")]
fn analysis(leads: &Analysis, language: Language, out: &mut String) {
    let english = language == Language::English;
    let heading = if english { "What it does to leads" } else { "リードへの影響" };
    let _ = write!(out, "\n## {heading}\n\n");
    let figure =
        |name: &str| leads.figures.get(name).map(|cell| shown(cell, ColumnKind::Whole)).unwrap_or_default();
    let (all, moved) = (figure("leads"), figure("moved"));
    let _ = writeln!(
        out,
        "{}",
        if english {
            format!("{moved} of {all} leads {} to another rank.", if moved == "1" { "comes" } else { "come" })
        } else {
            format!("{all}件のうち{moved}件のランクが変わります。")
        }
    );
    for note in &leads.notes {
        let _ = writeln!(out, "\n> {}", plain(note.text.of(language)));
    }
    for table in leads.tables.iter().filter(|table| !table.rows.is_empty()) {
        let _ = write!(out, "\n### {}\n\n", plain(table.title.of(language)));
        if table.name == "ranks" {
            matrices(table, english, out);
        } else {
            rows(table, language, out);
        }
    }
}

/// The migration of ranks as one matrix for each scorecard.
#[cfg(feature = "analytics")]
fn matrices(table: &Table, english: bool, out: &mut String) {
    let text = |row: &Vec<Cell>, at: usize| {
        row.get(at).map(|cell| shown(cell, ColumnKind::Text)).unwrap_or_default()
    };
    let mut cards: Vec<String> = table.rows.iter().map(|row| text(row, 0)).collect();
    cards.dedup();
    for (number, card) in cards.into_iter().enumerate() {
        if number > 0 {
            out.push('\n');
        }
        let own: Vec<&Vec<Cell>> = table.rows.iter().filter(|row| text(row, 0) == card).collect();
        let distinct = |at: usize| {
            let mut names: Vec<String> = Vec::new();
            for row in &own {
                let name = text(row, at);
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            names
        };
        let (froms, tos) = (distinct(1), distinct(2));
        let corner = if english { "before \\ after" } else { "変更前＼変更後" };
        let _ = writeln!(out, "| {}: {corner} | {} |", card, tos.join(" | "));
        let _ = writeln!(out, "|---|{}", "---:|".repeat(tos.len()));
        for from in &froms {
            let counts: Vec<String> = tos
                .iter()
                .map(|to| {
                    let cell = own.iter().find(|row| text(row, 1) == *from && text(row, 2) == *to);
                    let count = cell.and_then(|row| row.get(3)).map(|cell| shown(cell, ColumnKind::Whole));
                    count.unwrap_or_else(|| "0".to_owned())
                })
                .collect();
            let _ = writeln!(out, "| {from} | {} |", counts.join(" | "));
        }
    }
}

#[cfg(feature = "analytics")]
fn rows(table: &Table, language: Language, out: &mut String) {
    let heads: Vec<String> = table.columns.iter().map(|column| plain(column.label.of(language))).collect();
    let _ = writeln!(out, "| {} |", heads.join(" | "));
    let text = |kind: ColumnKind| matches!(kind, ColumnKind::Text | ColumnKind::Time | ColumnKind::Flag);
    let rules: Vec<&str> =
        table.columns.iter().map(|column| if text(column.kind) { "---" } else { "---:" }).collect();
    let _ = writeln!(out, "|{}|", rules.join("|"));
    for row in table.rows.iter().take(MOST_ROWS) {
        let cells: Vec<String> =
            row.iter().zip(&table.columns).map(|(cell, column)| shown(cell, column.kind)).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    let rest = table.rows.len().saturating_sub(MOST_ROWS);
    if rest > 0 {
        let more = match language {
            Language::English => format!("and {rest} more rows"),
            Language::Japanese => format!("ほか{rest}行"),
        };
        let _ = writeln!(out, "\n{more}");
    }
}

#[cfg(feature = "analytics")]
fn shown(cell: &Cell, kind: ColumnKind) -> String {
    match cell {
        Cell::Empty => "–".to_owned(),
        Cell::Flag(flag) => if *flag { "✓" } else { "" }.to_owned(),
        Cell::Whole(whole) => grouped(*whole),
        Cell::Number(number) if kind == ColumnKind::Share => format!("{:.1} %", number * 100.0),
        Cell::Number(number) => format!("{number}"),
        Cell::Decimal(decimal) => decimal.normalize().to_string(),
        Cell::Text(text) => plain(text),
    }
}

/// 1234567 as `1,234,567`.
#[cfg(feature = "analytics")]
fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if number < 0 { format!("-{out}") } else { out }
}

/// Without line breaks and control characters, which would forge lines of their own.
fn one_line(text: &str) -> String {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    text.chars().map(|c| if breaks(c) { ' ' } else { c }).collect()
}

fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in one_line(text).chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!' | '@') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A sentence whose backticks are its own: what is between them is code, the rest is plain.
fn ticked(text: &str) -> String {
    let text = one_line(text);
    // An odd number of backticks means that a name has one: nothing is code then.
    if text.matches('`').count() % 2 == 1 || text.contains("``") {
        return plain(&text);
    }
    let parts = text.split('`').enumerate();
    let told: Vec<String> =
        parts.map(|(index, part)| if index % 2 == 1 { part.to_owned() } else { plain(part) }).collect();
    told.join("`")
}
