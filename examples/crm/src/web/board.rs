//! The routing board: who has what, and until when; calls to make; the audit log.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use ikusei::{AckStatus, Instant};
use maud::{Markup, html};
use serde::Deserialize;

use super::door::{Role, Who};
use super::{Page, Trouble, Zone, called, page, said};
use crate::Crm;
use crate::problem::Problem;
use crate::store::OpenAssignment;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Whose {
    owner: String,
}

pub(super) async fn show(State(crm): State<Arc<Crm>>, who: Who, Query(whose): Query<Whose>) -> Page {
    let board = crm.desk.store.board(&whose.owner).await?;
    let roster = crm.roster().await?;
    let (at, zone) = (crm.clock.now(), Zone::of(&crm));
    let waiting = crm.desk.store.outbox("", true).await?;
    let calls: Vec<_> = waiting.iter().filter(|row| row.kind == "call").collect();
    let mut owners: Vec<&str> = Vec::new();
    for known in &board {
        if !owners.contains(&known.owner.as_str()) {
            owners.push(&known.owner);
        }
    }
    // Whoever looks sees what is to be done by themselves first.
    owners.sort_by_key(|owner| *owner != who.member);
    let body = html! {
        form method="get" action="/board" {
            label {
                "担当"
                select name="owner" {
                    option value="" { "全員" }
                    @for member in &roster.members {
                        option value=(member.id) selected[member.id == whose.owner] { (member.name.as_deref().unwrap_or(&member.id)) }
                    }
                }
            }
            button { "表示" }
        }
        @if board.is_empty() { p.soft { "対応待ちのリードはありません" } }
        @for owner in owners {
            section {
                h2 { (called(&roster, owner)) "（" (board.iter().filter(|known| known.owner == owner).count()) "件）" }
                table.cards.shelf {
                    thead { tr { th { "リード" } th { "状態" } th { "期限" } th { "理由" } th { "回答" } } }
                    tbody { @for known in board.iter().filter(|known| known.owner == owner) { (line(&who, known, at, zone)) } }
                }
            }
        }
        section {
            h2 { "架電リスト" }
            @if calls.is_empty() { p.soft { "架電の予定はありません" } }
            @for row in calls {
                form method="post" action={ "/calls/" (row.effect) } {
                    input type="hidden" name="csrf" value=(who.csrf);
                    a href={ "/leads/" (row.lead) } { (row.subject) }
                    span.soft { (row.recipient) "、" (zone.show(row.made)) }
                    button name="status" value="delivered" { "話した" }
                    button.quiet name="status" value="failed" { "つながらない" }
                    button.quiet name="status" value="refused" { "断られた" }
                }
            }
        }
    };
    Ok(page(&who, "担当ボード", &body))
}

fn line(who: &Who, known: &OpenAssignment, at: Instant, zone: Zone) -> Markup {
    html! {
        tr {
            td data-name="リード" { a href={ "/leads/" (known.lead) } { (known.name) } " " (known.company) }
            td data-name="状態" { (said(&known.state)) }
            td data-name="期限" {
                @if let Some(due) = known.due {
                    (zone.show(due)) " " span.late[due <= at] { "（" (left(at, due)) "、" (said(&known.due_step)) "）" }
                } @else { "-" }
            }
            td data-name="理由" { (known.reason) }
            td data-name="回答" {
                @if who.owns(&known.owner) {
                    form method="post" action={ "/leads/" (known.lead) "/respond" } {
                        input type="hidden" name="csrf" value=(who.csrf);
                        input type="hidden" name="assignment" value=(known.id);
                        input type="hidden" name="board" value="true";
                        @if known.state == "offered" { button name="answer" value="accept" { "引き受ける" } }
                        @if known.state == "touched" { button.quiet name="answer" value="close" { "完了" } }
                        @else { button.quiet name="answer" value="touch" { "接触した" } }
                    }
                } @else { span.soft { "担当者が回答します" } }
            }
        }
    }
}

/// How long it is until then, as people say it.
fn left(at: Instant, due: Instant) -> String {
    let minutes = due.micros().saturating_sub(at.micros()) / 60_000_000;
    match minutes {
        ..=0 => "期限切れ".to_owned(),
        1..120 => format!("あと{minutes}分"),
        120..2880 => format!("あと{}時間", minutes / 60),
        _ => format!("あと{}日", minutes / 1440),
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Called {
    csrf: String,
    status: AckStatus,
}

pub(super) async fn call(
    State(crm): State<Arc<Crm>>,
    who: Who,
    Path(effect): Path<String>,
    Form(called): Form<Called>,
) -> Result<Redirect, Trouble> {
    who.prove(&called.csrf)?;
    let known = crm.desk.store.effect(&effect).await?;
    if known.is_none_or(|(_, kind)| kind != "call") {
        return Err(Problem::Missing(format!("call `{effect}`")).into());
    }
    crm.desk.answer(&effect, called.status, crm.clock.now(), &who.name).await?;
    Ok(Redirect::to("/board"))
}

pub(super) async fn audit(State(crm): State<Arc<Crm>>, who: Who) -> Page {
    who.must(who.role == Role::Admin)?;
    let zone = Zone::of(&crm);
    let deeds = crm.desk.store.deeds().await?;
    let body = html! {
        section {
            table.cards {
                thead { tr { th { "日時" } th { "誰が" } th { "何を" } th { "対象" } } }
                tbody {
                    @for deed in &deeds {
                        tr {
                            td data-name="日時" { (zone.show(deed.at)) }
                            td data-name="誰が" { (deed.actor) }
                            td data-name="何を" { (deed.what) }
                            td data-name="対象" { (deed.about) }
                        }
                    }
                }
            }
        }
    };
    Ok(page(&who, "監査ログ", &body))
}
