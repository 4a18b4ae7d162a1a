//! What a draft of the playbook would change, before it is published: in meaning, for leads, and line by line.

use ikusei::analytics::{Analysis, Cell, Column, ColumnKind, Table};
use ikusei::{Affects, CompareOptions, Instant, Lead, PlaybookDiff, Roster};
use maud::{Markup, html};

use super::{badge, called, called_lead, said};
use crate::desk::Live;
use crate::problem::Problem;
use crate::summary::word;

/// What differs of two texts is looked for among so many lines.
const LINES: usize = 3000;
/// So many leads that move are shown.
const MOVERS: usize = 10;

/// What becomes of the leads, by the library.
pub(super) fn compare(
    before: &Live,
    after: &Live,
    leads: &[Lead],
    roster: Roster,
    at: Instant,
) -> Result<PlaybookDiff, Problem> {
    let mut options = CompareOptions::default();
    options.limit = Some(MOVERS);
    options.roster = Some(roster);
    Ok(before.playbook.diff_with_leads(&after.playbook, leads, at, &options)?)
}

pub(super) fn report(diff: &PlaybookDiff, leads: &[Lead], roster: &Roster) -> Markup {
    let words = |column: &str, cell: &Cell| match (column, cell) {
        ("lead", Cell::Text(id)) => {
            leads.iter().find(|lead| lead.id == *id).map_or_else(|| id.clone(), called_lead)
        }
        ("member", Cell::Text(id)) => called(roster, id).to_owned(),
        // With equal points it is the thresholds that differ.
        ("why", Cell::Text(rules)) if rules == "ranks" => "しきい値".to_owned(),
        _ => shown(cell),
    };
    html! {
        section {
            h2 { "変更の意味" }
            @if diff.changes.is_empty() { p { "書き方が変わるだけで、判定は変わりません" } }
            ul.plain {
                @for change in &diff.changes {
                    li { (change.words.ja) " " @if change.affects != Affects::Nothing { span.tag { (said(&word(&change.affects))) } } }
                }
            }
        }
        @if let Some(found) = &diff.leads {
            section {
                h2 { "ランクの移動（" (leads.len()) "件のリード）" }
                (migration(found))
            }
            @for name in ["movers", "segments", "members"] {
                @if let Some(table) = found.table(name).filter(|table| !table.rows.is_empty()) {
                    section { h2 { (table.title.ja) } (rows(table, &words)) }
                }
            }
            @for note in &found.notes { p.soft { (note.text.ja) } }
        }
    }
}

/// From which rank to which: those that stay on the diagonal.
fn migration(found: &Analysis) -> Markup {
    let text = |row: &[Cell], place: usize| row.get(place).map(shown).unwrap_or_default();
    let all = found.table("ranks").map(|table| table.rows.as_slice()).unwrap_or_default();
    // The main scorecard comes first.
    let main = all.first().map(|row| text(row, 0)).unwrap_or_default();
    let own: Vec<&Vec<Cell>> = all.iter().filter(|row| text(row, 0) == main).collect();
    let (mut froms, mut tos): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for row in &own {
        for (names, name) in [(&mut froms, text(row, 1)), (&mut tos, text(row, 2))] {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let count = |from: &str, to: &str| {
        let row = own.iter().find(|row| text(row, 1) == from && text(row, 2) == to);
        row.map_or_else(|| "0".to_owned(), |row| text(row, 3))
    };
    html! {
        table.grid {
            thead { tr { th { "変更前 ＼ 変更後" } @for to in &tos { th.number scope="col" { (badge(to)) } } } }
            tbody {
                @for from in &froms {
                    tr {
                        th scope="row" { (badge(from)) }
                        @for to in &tos {
                            @let number = count(from, to);
                            td.number.moves[from != to && number != "0"] { (number) }
                        }
                    }
                }
            }
        }
    }
}

fn rows(table: &Table, words: &dyn Fn(&str, &Cell) -> String) -> Markup {
    // The main scorecard goes without saying.
    let told = |column: &&Column| column.name != "scorecard";
    let right =
        |kind: ColumnKind| matches!(kind, ColumnKind::Whole | ColumnKind::Number | ColumnKind::Decimal);
    html! {
        table.cards {
            thead { tr { @for column in table.columns.iter().filter(told) { th.number[right(column.kind)] { (column.label.ja) } } } }
            tbody {
                @for row in &table.rows {
                    tr {
                        @for (cell, column) in row.iter().zip(&table.columns).filter(|(_, column)| told(column)) {
                            td.number[right(column.kind)] data-name=(column.label.ja) {
                                @if column.name == "lead" { a href={ "/leads/" (shown(cell)) } { (words("lead", cell)) } }
                                @else { (words(&column.name, cell)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Flag(flag) => if *flag { "✓" } else { "" }.to_owned(),
        Cell::Whole(number) => number.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Decimal(number) => number.round_dp(1).normalize().to_string(),
        Cell::Text(text) => text.clone(),
        _ => "-".to_owned(),
    }
}

/// The two texts, line by line.
pub(super) fn lines(old: &str, new: &str) -> Markup {
    let class = |mark: char| match mark {
        '+' => "diff-new",
        '-' => "diff-old",
        _ => "diff-same",
    };
    html! {
        section {
            h2 { "変更箇所" }
            pre tabindex="0" { @for (mark, line) in difference(old, new) { span.(class(mark)) { (mark) " " (line) "\n" } } }
        }
    }
}

/// Lines that went and lines that came, each with the one before it; the same beginning and end are left out.
fn difference<'t>(old: &'t str, new: &'t str) -> Vec<(char, &'t str)> {
    let [old, new] = [old, new].map(|text| text.lines().map(str::trim_end).take(LINES).collect::<Vec<_>>());
    let begin = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(a, b)| a == b).count();
    let end = end.min(old.len() - begin).min(new.len() - begin);
    let part = |lines: &[&'t str]| -> Vec<&'t str> {
        lines.iter().skip(begin).take(lines.len() - begin - end).copied().collect()
    };
    let before = begin.checked_sub(1).and_then(|index| old.get(index)).map(|line| (' ', *line));
    let gone = part(&old).into_iter().map(|line| ('-', line));
    let come = part(&new).into_iter().map(|line| ('+', line));
    before.into_iter().chain(gone).chain(come).collect()
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn what_differs_is_shown_with_the_line_before() {
        assert_eq!(difference("a\nb\nc\n", "a\nx\ny\nc\n"), [(' ', "a"), ('-', "b"), ('+', "x"), ('+', "y")]);
        assert_eq!(difference("a\na\n", "a\na\na\n"), [(' ', "a"), ('+', "a")]);
        assert_eq!(difference("", "a"), [('+', "a")]);
        assert_eq!(difference("a\r\nb", "a\nb"), [(' ', "b")]);
    }
}
