//! One lead: who it is, why it is where it is, what happened, and what may be done.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Redirect;
use ikusei::{
    Assessment, Input, Known, Lead, Manual, Response, Roster, ScoreSheet, TimedChange, Trust, Value,
};
use maud::{Markup, html};
use serde::Deserialize;

use super::door::{Role, Who};
use super::{Page, Trouble, Zone, badge, called, called_lead, page, said, why};
use crate::Crm;
use crate::clock::later;
use crate::desk::Live;
use crate::problem::Problem;
use crate::store::OutboxLine;
use crate::summary::{text, word};

/// How far back the timeline goes, in seconds.
const BACK: i64 = 90 * 86_400;
/// How many of the latest activities are shown.
const LATEST: usize = 50;

pub(super) async fn show(State(crm): State<Arc<Crm>>, who: Who, Path(id): Path<String>) -> Page {
    let (lead, _) = crm.lead(&id).await?;
    let live = crm.desk.live();
    let (at, zone) = (crm.clock.now(), Zone::of(&crm));
    let found = live.engine.assess(&lead, at)?;
    let timeline = live.engine.timeline(&lead, later(at, -BACK), at, Known::Then)?;
    let why = why::section(&live.engine, &lead, &found, at)?;
    let rows = crm.desk.store.outbox(&id, false).await?;
    let roster = crm.roster().await?;
    let name = called_lead(&lead);
    let body = html! {
        p { (badge(found.rank.as_deref().unwrap_or_default())) " " (text(&lead, "company")) }
        (hand_overs(&who, &lead, &roster, zone))
        (why)
        (ledgers(&live, &found, zone))
        (facts(&live, &lead))
        (changes(&timeline.changes))
        (activities(&live, &lead, zone))
        (scenarios(&who, &live, &lead, zone))
        (outbox(&rows, zone))
        @if who.role == Role::Admin {
            section {
                h2 { "消去" }
                p.soft { "この人の記録をすべて消し、あとから届くイベントでも作り直しません。元に戻せません。" }
                form method="post" action={ "/leads/" (lead.id) "/forget" } {
                    input type="hidden" name="csrf" value=(who.csrf);
                    button.danger { "消去する" }
                }
            }
        }
    };
    Ok(page(&who, &name, &body))
}

fn hand_overs(who: &Who, lead: &Lead, roster: &Roster, zone: Zone) -> Markup {
    html! {
        section {
            h2 { "担当" }
            @if lead.assignments.is_empty() { p.soft { "まだ引き継がれていません" } }
            @for known in lead.assignments.iter().rev() {
                p {
                    strong { (called(roster, &known.owner)) } " " (known.reason.ja) " "
                    span.soft { (said(&word(&known.state))) "、" (zone.show(known.at)) "から" }
                    @if let Some(due) = known.due { " " span.soft { "期限 " (zone.show(due.at)) "（" (said(&word(&due.step))) "）" } }
                }
                @if known.state.is_open() && who.owns(&known.owner) {
                    form method="post" action={ "/leads/" (lead.id) "/respond" } {
                        input type="hidden" name="csrf" value=(who.csrf);
                        input type="hidden" name="assignment" value=(known.id);
                        label { "理由" input name="reason" maxlength="200"; }
                        button name="answer" value="accept" { "引き受ける" }
                        button name="answer" value="touch" { "接触した" }
                        button.quiet name="answer" value="refuse" { "断る" }
                        button.quiet name="answer" value="recycle" { "育成に戻す" }
                        button.quiet name="answer" value="close" { "完了" }
                    }
                }
            }
            @if !lead.assignments.iter().any(|known| known.state.is_open()) {
                form method="post" action={ "/leads/" (lead.id) "/hand-over" } {
                    input type="hidden" name="csrf" value=(who.csrf);
                    button { "営業へ引き継ぐ" }
                }
            }
        }
    }
}

fn ledgers(live: &Live, found: &Assessment, zone: Zone) -> Markup {
    let label = |card: &str| {
        let policy = live.playbook.document().scorecards.get(card);
        policy.and_then(|policy| policy.label.clone()).unwrap_or_else(|| card.to_owned())
    };
    html! { @for (card, sheet) in &found.scores { (ledger(live, &label(card), sheet, zone)) } }
}

fn ledger(live: &Live, label: &str, sheet: &ScoreSheet, zone: Zone) -> Markup {
    html! {
        section {
            h2 { "点数の内訳: " (label) " " (sheet.total) "点" }
            table {
                thead { tr { th { "規則" } th { "行動" } th.number { "点数" } } }
                tbody {
                    @for entry in sheet.ledger.iter().flatten() {
                        tr {
                            td { (entry.label.as_deref().or(entry.rule.as_deref()).or(entry.group.as_deref()).unwrap_or_default()) }
                            td.soft { @if let Some(activity) = &entry.activity { (kind(live, &activity.kind)) " " (zone.show(activity.at)) } }
                            td.number { (entry.points) }
                        }
                    }
                }
            }
        }
    }
}

fn facts(live: &Live, lead: &Lead) -> Markup {
    let label = |name: &str| {
        let policy = live.playbook.fields().get(name);
        policy.and_then(|policy| policy.label.clone()).unwrap_or_else(|| name.to_owned())
    };
    html! {
        section {
            h2 { "属性" }
            dl {
                @for (name, value) in &lead.fields { dt { (label(name)) } dd { (shown(value)) } }
                @for (name, value) in &lead.source { dt { "獲得: " (name) } dd { (shown(value)) } }
                @for (channel, consent) in &lead.consent { dt { "同意: " (channel) } dd { (consent.effective().as_str()) } }
            }
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::List(items) => items.iter().map(shown).collect::<Vec<_>>().join("、"),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

fn changes(changes: &[TimedChange]) -> Markup {
    html! {
        section {
            h2 { "推移" }
            @if changes.is_empty() { p.soft { "この90日間の変化はありません" } }
            ul.plain { @for change in changes.iter().rev() { li { (change.words.ja) } } }
        }
    }
}

/// What people call a kind of activity.
fn kind<'l>(live: &'l Live, kind: &'l str) -> &'l str {
    live.playbook.activities().get(kind).and_then(|policy| policy.label.as_deref()).unwrap_or(kind)
}

fn activities(live: &Live, lead: &Lead, zone: Zone) -> Markup {
    let mut latest: Vec<_> = lead.activities().iter().collect();
    latest.sort_by_key(|activity| std::cmp::Reverse(activity.at));
    latest.truncate(LATEST);
    html! {
        section {
            h2 { "行動" }
            table.cards {
                thead { tr { th { "日時" } th { "行動" } th { "内容" } } }
                tbody {
                    @for activity in latest {
                        tr {
                            td data-name="日時" { (zone.show(activity.at)) }
                            td data-name="行動" { (kind(live, &activity.kind)) @if activity.trust == Trust::Machine { span.soft { "（機械）" } } }
                            td data-name="内容" {
                                @for (name, value) in &activity.properties {
                                    @if matches!(value, Value::Text(_) | Value::Int(_)) { span.soft { (name) ": " } (shown(value)) " " }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn scenarios(who: &Who, live: &Live, lead: &Lead, zone: Zone) -> Markup {
    let scenarios = &live.playbook.document().scenarios;
    let label = |name: &String| {
        scenarios.get(name).and_then(|policy| policy.label.clone()).unwrap_or_else(|| name.clone())
    };
    html! {
        section {
            h2 { "シナリオ" }
            ul.plain {
                @for passage in &lead.enrolments {
                    li {
                        (label(&passage.scenario)) " " span.soft { (said(&word(&passage.status))) "、" (zone.show(passage.since)) "から" }
                        @if let Some(step) = &passage.step { " " span.soft { "ステップ " (step) } }
                    }
                }
            }
            @if who.markets() {
                form method="post" action={ "/leads/" (lead.id) "/enrol" } {
                    input type="hidden" name="csrf" value=(who.csrf);
                    label { "シナリオ" select name="scenario" { @for name in scenarios.keys() { option value=(name) { (label(name)) } } } }
                    button { "登録する" }
                }
            }
        }
    }
}

fn outbox(rows: &[OutboxLine], zone: Zone) -> Markup {
    html! {
        section {
            h2 { "送信と通知" }
            table.cards {
                thead { tr { th { "日時" } th { "種類" } th { "宛先" } th { "内容" } th { "結果" } } }
                tbody {
                    @for row in rows {
                        tr {
                            td data-name="日時" { (zone.show(row.made)) }
                            td data-name="種類" { (said(&row.kind)) }
                            td data-name="宛先" { (row.recipient) }
                            td data-name="内容" { (row.subject) }
                            td data-name="結果" { @if row.answer.is_empty() { "待機中" } @else { (said(&row.answer)) } " " span.soft { (row.trouble) } }
                        }
                    }
                }
            }
        }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    csrf: String,
    assignment: String,
    answer: String,
    #[serde(default)]
    reason: String,
    /// Whether the form is the board's: then that is where to go back to.
    #[serde(default)]
    board: bool,
}

type Done = Result<Redirect, Trouble>;

pub(super) async fn respond(
    State(crm): State<Arc<Crm>>,
    who: Who,
    Path(id): Path<String>,
    Form(form): Form<Answered>,
) -> Done {
    who.prove(&form.csrf)?;
    let (lead, _) = crm.lead(&id).await?;
    let known = lead.assignments.iter().find(|known| known.id == form.assignment);
    who.must(known.is_some_and(|known| who.owns(&known.owner)))?;
    let reason = form.reason.trim().to_owned();
    let given = || if reason.is_empty() { "not_now".to_owned() } else { reason.clone() };
    let response = match form.answer.as_str() {
        "accept" => Response::Accept,
        "touch" => Response::Touch,
        "refuse" => Response::Refuse { reason: given() },
        "recycle" => Response::Recycle { reason: given() },
        "close" => Response::Close { reason: Some(reason.clone()).filter(|reason| !reason.is_empty()) },
        other => return Err(Problem::Bad(format!("no answer is called `{other}`")).into()),
    };
    crm.desk.respond(&id, &form.assignment, &response, crm.clock.now(), &who.name).await?;
    Ok(if form.board { Redirect::to("/board") } else { back(&id) })
}

#[derive(Debug, Deserialize)]
pub(super) struct Proof {
    csrf: String,
}

pub(super) async fn hand_over(
    State(crm): State<Arc<Crm>>,
    who: Who,
    Path(id): Path<String>,
    Form(form): Form<Proof>,
) -> Done {
    who.prove(&form.csrf)?;
    crm.desk.hand_over(&id, None, crm.clock.now(), &who.name).await?;
    Ok(back(&id))
}

#[derive(Debug, Deserialize)]
pub(super) struct Order {
    csrf: String,
    scenario: String,
}

pub(super) async fn enrol(
    State(crm): State<Arc<Crm>>,
    who: Who,
    Path(id): Path<String>,
    Form(form): Form<Order>,
) -> Done {
    who.prove(&form.csrf)?;
    who.must(who.markets())?;
    let order = Input::Enrol(Manual { scenario: form.scenario, id: None });
    crm.desk.input(&id, &order, crm.clock.now(), &who.name).await?;
    Ok(back(&id))
}

pub(super) async fn forget(
    State(crm): State<Arc<Crm>>,
    who: Who,
    Path(id): Path<String>,
    Form(form): Form<Proof>,
) -> Done {
    who.prove(&form.csrf)?;
    who.must(who.role == Role::Admin)?;
    crm.desk.forget(&id, crm.clock.now(), &who.name).await?;
    Ok(Redirect::to("/leads"))
}

fn back(id: &str) -> Redirect {
    Redirect::to(&format!("/leads/{id}"))
}
