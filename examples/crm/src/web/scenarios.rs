//! Scenarios with counts, and figures.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use ikusei::{DiagramFormat, Language};
use maud::{Markup, html};

use super::door::Who;
use super::{Page, Trouble, called, page};
use crate::Crm;
use crate::clock::later;
use crate::store::Load;

pub(super) async fn show(State(crm): State<Arc<Crm>>, who: Who) -> Page {
    let live = crm.desk.live();
    let body = html! {
        @for (name, policy) in &live.playbook.document().scenarios {
            @let label = policy.label.as_deref().unwrap_or(name);
            section {
                h2 { (label) }
                img src={ "/scenarios/" (name) } alt={ "シナリオ「" (label) "」の流れと、各ステップの人数" } loading="lazy";
            }
        }
    };
    Ok(page(&who, "シナリオ", &body))
}

/// The drawing of a scenario with the leads of now.
pub(super) async fn picture(
    State(crm): State<Arc<Crm>>,
    _who: Who,
    Path(name): Path<String>,
) -> Result<impl IntoResponse, Trouble> {
    let leads = crm.desk.store.all().await?;
    let engine = crm.desk.live().engine.clone();
    let counts = engine.step_counts(&leads);
    let svg = engine.diagram(&name, DiagramFormat::Svg, Language::Japanese, counts.get(&name))?;
    // A drawing brings its own colours, and nothing else.
    let headers = [
        (CONTENT_TYPE, "image/svg+xml"),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"),
    ];
    Ok((headers, svg))
}

pub(super) async fn dashboard(State(crm): State<Arc<Crm>>, who: Who) -> Page {
    let live = crm.desk.live();
    let document = live.playbook.document();
    let store = &crm.desk.store;
    let month = later(crm.clock.now(), -30 * 86_400);
    let named = |loads: Vec<Load>, name: &dyn Fn(&str) -> Option<String>| -> Vec<Load> {
        let rename = |load: Load| Load { what: name(&load.what).unwrap_or(load.what), number: load.number };
        loads.into_iter().map(rename).collect()
    };
    let ranks = named(store.ranks().await?, &|rank| rank.is_empty().then(|| "なし".to_owned()));
    let kinds = named(store.kinds(month).await?, &|kind| document.activities.get(kind)?.label.clone());
    let roster = crm.roster().await?;
    let owners = named(store.owners().await?, &|member| Some(called(&roster, member).to_owned()));
    let (board, waiting) = (store.board("").await?, store.outbox("", true).await?);
    let late = board.iter().filter(|known| known.due.is_some_and(|due| due <= crm.clock.now())).count();
    let leads: i64 = ranks.iter().map(|load| load.number).sum();
    let campaigns =
        named(store.campaign_members().await?, &|name| document.campaigns.get(name)?.label.clone());
    let body = html! {
        dl.tiles {
            (tile("リード", leads, "件"))
            (tile("対応待ち", board.len(), "件"))
            (tile("期限切れ", late, "件"))
            (tile("送信・架電待ち", waiting.len(), "件"))
        }
        (bars("ランク別のリード", "件", &ranks))
        (bars("この30日間の行動", "回", &kinds))
        (bars("担当者別の対応中", "件", &owners))
        @if !campaigns.is_empty() { (bars("キャンペーンの対象者", "人", &campaigns)) }
    };
    Ok(page(&who, "ダッシュボード", &body))
}

fn tile(name: &str, number: impl maud::Render, unit: &str) -> Markup {
    html! { div { dt { (name) } dd { strong { (number) } (unit) } } }
}

fn bars(title: &str, unit: &str, loads: &[Load]) -> Markup {
    let most = loads.iter().map(|load| load.number).max().unwrap_or(1).max(1);
    html! {
        section {
            h2 { (title) }
            @if loads.is_empty() { p.soft { "まだありません" } }
            table.bars {
                tbody {
                    @for load in loads {
                        tr {
                            th scope="row" { (load.what) }
                            td.number { (load.number) (unit) }
                            td { meter min="0" max=(most) value=(load.number) aria-hidden="true" {} }
                        }
                    }
                }
            }
        }
    }
}
