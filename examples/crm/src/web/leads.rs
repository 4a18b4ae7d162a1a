//! The list of leads.

use std::sync::Arc;

use axum::extract::{Query, State};
use maud::{Markup, html};

use super::door::Who;
use super::{Page, Zone, badge, called, page, points};
use crate::Crm;
use crate::store::{Filter, PAGE};

pub(super) async fn list(State(crm): State<Arc<Crm>>, who: Who, Query(filter): Query<Filter>) -> Page {
    let (leads, total) = crm.desk.store.list(&filter).await?;
    let live = crm.desk.live();
    let document = live.playbook.document();
    let roster = crm.roster().await?;
    let zone = Zone::of(&crm);
    let ranks = document.scorecards.values().next().map(|card| card.ranks.as_slice()).unwrap_or_default();
    let first = i64::from(filter.offset);
    let body = html! {
        form method="get" action="/leads" role="search" {
            label { "検索" input type="search" name="q" value=(filter.q) placeholder="名前・会社・メール"; }
            (select("ランク", "rank", &filter.rank, ranks.iter().map(|rank| (rank.rank.clone(), rank.rank.clone()))))
            (select("セグメント", "segment", &filter.segment, document.segments.keys().map(|name| (name.clone(), name.clone()))))
            (select("担当", "owner", &filter.owner, roster.members.iter().map(|member| (member.id.clone(), member.name.clone().unwrap_or_else(|| member.id.clone())))))
            (select("キャンペーン", "campaign", &filter.campaign, document.campaigns.iter().map(|(name, policy)| (name.clone(), policy.label.clone().unwrap_or_else(|| name.clone())))))
            button { "絞り込む" }
            a href="/leads" { "解除" }
        }
        section {
            p.soft { (total) "件" @if total > 0 { "中 " (first + 1) "〜" ((first + PAGE).min(total)) } }
            table.cards {
                thead { tr { th { "名前" } th { "会社" } th { "ランク" } th.number { "点数" } th { "担当" } th { "最終行動" } } }
                tbody {
                    @for lead in &leads {
                        tr {
                            td data-name="名前" { a href={ "/leads/" (lead.id) } { (lead.name) } }
                            td data-name="会社" { (lead.company) }
                            td data-name="ランク" { (badge(&lead.rank)) }
                            td.number data-name="点数" { (points(lead.points)) }
                            td data-name="担当" { (called(&roster, &lead.owner)) }
                            td data-name="最終行動" { @if let Some(seen) = lead.seen { (zone.show(seen)) } }
                        }
                    }
                }
            }
            (turn(&filter, first, total))
        }
    };
    Ok(page(&who, "リード一覧", &body))
}

/// The way to the pages before and behind.
fn turn(filter: &Filter, first: i64, total: i64) -> Markup {
    let to = |offset: i64| {
        let pairs = [
            ("q", filter.q.as_str()),
            ("rank", &filter.rank),
            ("segment", &filter.segment),
            ("owner", &filter.owner),
            ("campaign", &filter.campaign),
            ("offset", &offset.to_string()),
        ];
        format!("/leads?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    };
    html! {
        p {
            @if first > 0 { a rel="prev" href=(to((first - PAGE).max(0))) { "前へ" } " " }
            @if first + PAGE < total { a rel="next" href=(to(first + PAGE)) { "次へ" } }
        }
    }
}

fn select(label: &str, name: &str, chosen: &str, of: impl Iterator<Item = (String, String)>) -> Markup {
    html! {
        label {
            (label)
            select name=(name) {
                option value="" { "すべて" }
                @for (value, text) in of { option value=(value) selected[value == chosen] { (text) } }
            }
        }
    }
}
