//! Why a lead has its rank, what stands between it and a better one, and what would change that.

use ikusei::{Assessment, Engine, Instant, Known, Language, Lead, WhatWouldOptions, WhyNotOptions};
use maud::{Markup, html};

use crate::problem::Problem;

/// So many facts at once are looked for, and so many ways told: a page is to be quick.
const SIZE: usize = 2;
const WAYS: usize = 3;

pub(super) fn section(
    engine: &Engine,
    lead: &Lead,
    found: &Assessment,
    at: Instant,
) -> Result<Markup, Problem> {
    let next = engine.next_change(lead, at, None)?;
    // What follows is about ranks, and a playbook may have none.
    let asked = found.rank.is_some();
    let why = asked.then(|| engine.why(lead, at, None, Known::Then)).transpose()?;
    let not = asked.then(|| engine.why_not(lead, at, &WhyNotOptions::default())).transpose()?;
    let not = not.filter(|not| !not.reached);
    let options = WhatWouldOptions { size: Some(SIZE), most: Some(WAYS), ..WhatWouldOptions::default() };
    let would = not.is_some().then(|| engine.what_would(lead, at, &options)).transpose()?;
    Ok(html! {
        section {
            h2 { "なぜこのランクか" }
            @if let Some(why) = why { p { (why.words.ja) } }
            details {
                summary { "判定の説明" }
                @for line in found.explain(Language::Japanese).lines() { div { (line) } }
            }
            @if let Some(next) = next { p.soft { "何も起きなければ: " (next.words.ja) } }
            @if let (Some(not), Some(would)) = (not, would) {
                h3 { "ランク" (not.asked) "に届くには" }
                p { (not.words.ja) }
                @if would.suggestions.is_empty() { p.soft { (would.words.ja) } }
                ul { @for way in &would.suggestions { li { (way.words.ja) } } }
            }
        }
    })
}
