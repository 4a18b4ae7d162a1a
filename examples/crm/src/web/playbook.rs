//! The playbook: what is wrong with it while it is written, and what it would change before it goes live.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect};
use ikusei::{Detail, Diagnostic, Engine, Instant, Lead, Roster};
use maud::{Markup, html};
use serde::Deserialize;

use super::door::Who;
use super::{Page, Trouble, page};
use crate::Crm;
use crate::desk::Live;
use crate::problem::Problem;

/// What differs of two texts is looked for among so many lines.
const LINES: usize = 3000;

#[derive(Debug, Deserialize)]
pub(super) struct Draft {
    csrf: String,
    /// The version that the draft began from.
    version: i64,
    text: String,
}

pub(super) async fn show(State(crm): State<Arc<Crm>>, who: Who) -> Page {
    let live = crm.desk.live();
    let body = html! {
        p.soft { "第" (live.version) "版が有効です。書いている間に確認し、公開の前に影響を表示します。" }
        section {
            form.wide method="post" action="/playbook/review" {
                input type="hidden" name="csrf" value=(who.csrf);
                input type="hidden" name="version" value=(live.version);
                label for="text" { "プレイブック（YAML または JSON）" }
                textarea #text name="text" rows="30" spellcheck="false" readonly[!who.markets()] { "\n" (live.text) }
                @if who.markets() { button { "変更の影響を見る" } }
            }
            div #found aria-live="polite" {}
        }
        @if who.markets() { script src="/editor.js" defer {} }
    };
    Ok(page(&who, "プレイブック", &body))
}

pub(super) async fn script() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("editor.js"))
}

/// What is wrong with a draft, as a part of a page.
pub(super) async fn check(
    State(crm): State<Arc<Crm>>,
    who: Who,
    Form(draft): Form<Draft>,
) -> Result<Markup, Trouble> {
    who.prove(&draft.csrf)?;
    who.must(who.markets())?;
    Ok(match Live::read(draft.version + 1, draft.text) {
        Ok(live) => html! {
            p { "問題はありません" }
            (unowned(&live.engine, &crm.roster().await?)?)
        },
        Err(Problem::Refused(error)) => diagnostics(error.diagnostics()),
        Err(problem) => return Err(problem.into()),
    })
}

/// What a draft would change, and the button that publishes it.
pub(super) async fn review(State(crm): State<Arc<Crm>>, who: Who, Form(draft): Form<Draft>) -> Page {
    who.prove(&draft.csrf)?;
    who.must(who.markets())?;
    let live = crm.desk.live();
    let next = match Live::read(draft.version + 1, draft.text.clone()) {
        Ok(next) => next,
        Err(Problem::Refused(error)) => {
            let body =
                html! { section { (diagnostics(error.diagnostics())) } p { a href="/playbook" { "戻る" } } };
            return Ok(page(&who, "プレイブックに問題があります", &body));
        }
        Err(problem) => return Err(problem.into()),
    };
    let leads = crm.desk.store.all().await?;
    let moves = moves(&live.engine, &next.engine, &leads, crm.clock.now())?;
    let body = html! {
        section {
            h2 { "ランクの変化（" (leads.len()) "件のリード）" }
            @if moves.is_empty() { p { "ランクが変わるリードはありません" } }
            table { tbody { @for ((from, to), number) in &moves { tr { th scope="row" { (from) " → " (to) } td.number { (number) "件" } } } } }
        }
        section { h2 { "引き継ぎ" } (unowned(&next.engine, &crm.roster().await?)?) }
        section {
            h2 { "変更箇所" }
            pre { @for (mark, line) in difference(&live.text, &draft.text) { span.{ "diff-" (word(mark)) } { (mark) " " (line) "\n" } } }
        }
        form method="post" action="/playbook" {
            input type="hidden" name="csrf" value=(who.csrf);
            input type="hidden" name="version" value=(draft.version);
            textarea hidden name="text" { "\n" (draft.text) }
            button { "第" (draft.version + 1) "版として公開する" }
            a href="/playbook" { "やめる" }
        }
    };
    Ok(page(&who, "変更の確認", &body))
}

pub(super) async fn publish(
    State(crm): State<Arc<Crm>>,
    who: Who,
    Form(draft): Form<Draft>,
) -> Result<Redirect, Trouble> {
    who.prove(&draft.csrf)?;
    who.must(who.markets())?;
    crm.desk.publish(draft.version, &draft.text, crm.clock.now(), &who.name).await?;
    Ok(Redirect::to("/playbook"))
}

fn diagnostics(found: &[Diagnostic]) -> Markup {
    html! {
        ul {
            @for one in found {
                li {
                    @if let Some(span) = &one.span { (span.line) "行" (span.column) "列: " }
                    (one.message) "（" (one.code.as_str()) "）"
                    @if let Some(help) = &one.help { " " span.soft { (help) } }
                }
            }
        }
    }
}

/// Whether every lead that there can be finds an owner.
fn unowned(engine: &Engine, roster: &Roster) -> Result<Markup, Problem> {
    let found = engine.verify(roster, None)?;
    Ok(html! {
        @if found.holds { p { "どのリードにも担当者が1人決まります" } }
        @else { ul { @for finding in &found.findings { li { (finding.message.ja) } } } }
    })
}

/// How many leads go from which rank to which.
fn moves(
    old: &Engine,
    new: &Engine,
    leads: &[Lead],
    at: Instant,
) -> Result<BTreeMap<(String, String), u64>, Problem> {
    let mut moves = BTreeMap::new();
    for lead in leads {
        let rank = |engine: &Engine| {
            let found = engine.prepare(lead).and_then(|prepared| prepared.assess(at, Detail::Figures));
            found.map(|found| found.rank.unwrap_or_else(|| "なし".to_owned()))
        };
        let (from, to) = (rank(old)?, rank(new)?);
        if from != to {
            *moves.entry((from, to)).or_default() += 1;
        }
    }
    Ok(moves)
}

const fn word(mark: char) -> &'static str {
    match mark {
        '+' => "new",
        '-' => "old",
        _ => "same",
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
