//! The playbook: what is wrong with it while it is written, and what it would change before it goes live.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Redirect};
use ikusei::{Diagnostic, Engine, Roster};
use maud::{Markup, html};
use serde::Deserialize;

use super::door::Who;
use super::{Page, Trouble, page, review};
use crate::Crm;
use crate::desk::Live;
use crate::problem::Problem;

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
    let roster = crm.roster().await?;
    let diff = review::compare(&live, &next, &leads, roster.clone(), crm.clock.now())?;
    let body = html! {
        (review::report(&diff, &leads, &roster))
        section { h2 { "引き継ぎ" } (unowned(&next.engine, &roster)?) }
        (review::lines(&live.text, &draft.text))
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
