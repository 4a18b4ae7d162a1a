//! The pages: rendered here. Only the playbook's editor has a script, and does without it as well.

mod board;
mod door;
mod lead;
mod leads;
mod password;
mod playbook;
mod public;
mod review;
mod scenarios;
mod why;

use std::sync::Arc;

use axum::Router;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use chrono_tz::Tz;
use ikusei::{Instant, Lead, Points, Roster};
use maud::{DOCTYPE, Markup, html};

use crate::Crm;
use crate::problem::Problem;
use crate::summary::text;

pub(crate) use door::Door;
pub use door::Role;
use door::Who;

pub(crate) fn router() -> Router<Arc<Crm>> {
    Router::new()
        .route("/", get(async || Redirect::to("/leads")))
        .route("/login", get(door::form).post(door::sign_in))
        .route("/logout", post(door::sign_out))
        .route("/password", get(password::ask).post(password::change))
        .route("/leads", get(leads::list))
        .route("/leads/{id}", get(lead::show))
        .route("/leads/{id}/respond", post(lead::respond))
        .route("/leads/{id}/hand-over", post(lead::hand_over))
        .route("/leads/{id}/enrol", post(lead::enrol))
        .route("/leads/{id}/forget", post(lead::forget))
        .route("/board", get(board::show))
        .route("/calls/{effect}", post(board::call))
        .route("/scenarios", get(scenarios::show))
        .route("/scenarios/{name}", get(scenarios::picture))
        .route("/dashboard", get(scenarios::dashboard))
        .route("/playbook", get(playbook::show).post(playbook::publish))
        .route("/playbook/check", post(playbook::check))
        .route("/playbook/review", post(playbook::review))
        .route("/editor.js", get(playbook::script))
        .route("/audit", get(board::audit))
        .route("/unsubscribe/{lead}/{signature}", get(public::ask).post(public::unsubscribe))
        .route("/style.css", get(style))
}

async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("style.css"))
}

/// A problem as a page.
#[derive(Debug)]
pub(crate) struct Trouble(pub(crate) Problem);

impl<P: Into<Problem>> From<P> for Trouble {
    fn from(problem: P) -> Self {
        Self(problem.into())
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let said = match &self.0 {
            Problem::Broken(_) => "内部でエラーが発生しました".to_owned(),
            Problem::Denied => "この操作は許可されていません".to_owned(),
            Problem::Missing(_) => "見つかりません".to_owned(),
            Problem::TooMany(_) => "試行回数が多すぎます。しばらくお待ちください".to_owned(),
            other => other.to_string(),
        };
        let told = self.0.into_response();
        let mut response =
            bare("エラー", &html! { h1 { (said) } p { a href="/leads" { "リード一覧へ" } } }).into_response();
        *response.status_mut() = told.status();
        if let Some(again) = told.headers().get(RETRY_AFTER) {
            response.headers_mut().insert(RETRY_AFTER, again.clone());
        }
        response
    }
}

type Page = Result<Markup, Trouble>;

/// A page without a menu.
fn bare(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="ja" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · ikusei CRM" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/style.css";
            }
            body { main { (body) } }
        }
    }
}

/// A page of somebody who has signed in.
fn page(who: &Who, title: &str, body: &Markup) -> Markup {
    const MENU: [(&str, &str); 6] = [
        ("/leads", "リード"),
        ("/board", "担当ボード"),
        ("/scenarios", "シナリオ"),
        ("/dashboard", "ダッシュボード"),
        ("/playbook", "プレイブック"),
        ("/audit", "監査ログ"),
    ];
    html! {
        (DOCTYPE)
        html lang="ja" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · ikusei CRM" }
                link rel="icon" href="data:,";
                link rel="stylesheet" href="/style.css";
            }
            body {
                header {
                    nav aria-label="メニュー" {
                        @for (path, name) in MENU {
                            @if path != "/audit" || who.role == Role::Admin {
                                a href=(path) aria-current=[title.starts_with(name).then_some("page")] { (name) }
                            }
                        }
                    }
                    form method="post" action="/logout" {
                        input type="hidden" name="csrf" value=(who.csrf);
                        a href="/password" { (who.name) "（" (who.role.label()) "）" }
                        button.quiet { "ログアウト" }
                    }
                }
                main { h1 { (title) } (body) }
            }
        }
    }
}

/// Instants on the playbook's clock.
#[derive(Debug, Clone, Copy)]
struct Zone(Tz);

impl Zone {
    fn of(crm: &Crm) -> Self {
        let live = crm.desk.live();
        let zone = live.playbook.document().timezone.as_deref().and_then(|name| name.parse().ok());
        Self(zone.unwrap_or(Tz::UTC))
    }

    fn show(self, at: Instant) -> String {
        at.to_datetime().with_timezone(&self.0).format("%Y-%m-%d %H:%M").to_string()
    }
}

/// What a lead calls itself.
fn called_lead(lead: &Lead) -> String {
    let names = [text(lead, "name"), text(lead, "email"), lead.id.clone()];
    names.into_iter().find(|name| !name.is_empty()).unwrap_or_default()
}

/// What people call a member.
fn called<'r>(roster: &'r Roster, id: &'r str) -> &'r str {
    let known = roster.members.iter().find(|member| member.id == id);
    known.and_then(|member| member.name.as_deref()).unwrap_or(id)
}

/// Points of the database, which are millionths, to one decimal.
fn points(millionths: i64) -> String {
    let text = format!("{:.1}", Points::from_millionths(millionths).unwrap_or_default().to_f64());
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// The library's words as people here say them.
fn said(word: &str) -> &str {
    match word {
        "offered" => "打診中",
        "accepted" => "引き受け済み",
        "touched" => "接触済み",
        "recycled" => "育成に戻した",
        "closed" => "完了",
        "remind" => "督促",
        "reassign" => "担当替え",
        "escalate" => "上司へ",
        "queue" => "共通キューへ",
        "active" => "進行中",
        "done" => "終了",
        "goal" => "目標達成",
        "exited" => "離脱",
        "send" => "メール",
        "invite" => "招待",
        "call" => "架電",
        "notify" | "notice" => "通知",
        "hand_over" => "引き継ぎ",
        "delivered" => "完了",
        "failed" => "失敗",
        "bounced" => "不達",
        "refused" => "拒否",
        "data" => "データ",
        "scores" => "スコア",
        "ranks" => "ランク",
        "segments" => "セグメント",
        "messages" => "配信",
        "routing" => "担当",
        "campaigns" => "キャンペーン",
        other => other,
    }
}

/// A rank as a badge.
fn badge(rank: &str) -> Markup {
    html! { span.rank.{ "rank-" (rank) } { @if rank.is_empty() { "-" } @else { (rank) } } }
}
