//! Where scores come from: points by campaign, channel, content and template version, out of the ledgers.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::precedes::{Seen, precedes};
use super::{card, decimal, wide};
use crate::analytics::lift::confidence;
use crate::analytics::statistics::{ratio, size, wilson};
use crate::analytics::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::assessment::Detail;
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::lead::activity::Activity;
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::scoring::{EntryKind, Side};

/// What is asked besides leads and instant.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ScoreLiftOptions"))]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// The scorecard; the first if none is named.
    pub scorecard: Option<String>,
    /// The properties of activities that say which content it was, the first that is there: `content`, `template`, `url`.
    pub content: Vec<String>,
    /// The keys of `source` by which hot leads are counted: `channel`, `campaign`, `utm_source`, `utm_campaign`, `keyword`.
    pub source: Vec<String>,
    /// The stage of a deal that is a conversion: `won`.
    pub converted: String,
    /// Of confidence: 0.95.
    pub level: Option<f64>,
}

impl Default for Options {
    fn default() -> Self {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            scorecard: None,
            content: names(&["content", "template", "url"]),
            source: names(&["channel", "campaign", "utm_source", "utm_campaign", "keyword"]),
            converted: "won".to_owned(),
            level: None,
        }
    }
}

/// What one value of one cut gave.
#[derive(Default)]
struct Gain {
    points: i128,
    activities: usize,
    leads: BTreeSet<usize>,
    hot: BTreeSet<usize>,
}

type Gains = BTreeMap<(&'static str, Option<String>), Gain>;

const CUTS: [&str; 5] = ["campaign", "channel", "kind", "content", "version"];
/// What caps, groups and clamps take off or add: no activity's own.
const LIMITS: &str = "limits";

impl Engine {
    /// Where the engagement points of leads come from, where the hot ones came from, and which content goes before a conversion.
    ///
    /// # Errors
    /// `IK0601` if there is no such scorecard; otherwise as [`Engine::assess`], for the first lead in question.
    pub fn score_lift(&self, leads: &[Lead], at: Instant, options: &Options) -> Result<Analysis, Error> {
        let level = confidence(options.level)?;
        let card = card(self, options.scorecard.as_deref())?;
        let mut analysis = Analysis::new("score_lift");
        let mut gains = Gains::new();
        let (mut total, mut hot, mut seen) =
            (0_i128, Vec::with_capacity(leads.len()), Vec::with_capacity(leads.len()));
        for (number, lead) in leads.iter().enumerate() {
            let prepared = self.prepare(lead)?;
            let derivation = prepared.derive(at, Detail::Ledger)?;
            let (Some(sheet), Some(decision)) = (derivation.sheets.get(card), derivation.ranks.get(card))
            else {
                continue;
            };
            hot.push(decision.hot);
            total += wide(sheet.engagement());
            for entry in sheet
                .ledger
                .iter()
                .flatten()
                .filter(|entry| matches!(entry.side, Side::EngagementPlus | Side::EngagementMinus))
            {
                let fact = entry.activity.as_ref().filter(|_| entry.kind == EntryKind::Engagement);
                let activity = fact.and_then(|fact| prepared.facts.find(&fact.id)).map(|fact| fact.record);
                for cut in CUTS {
                    let value = match activity {
                        Some(activity) => self.value(activity, cut, &options.content),
                        None => Some(LIMITS.to_owned()),
                    };
                    let gain = gains.entry((cut, value)).or_default();
                    gain.points += wide(entry.points);
                    if activity.is_some() {
                        gain.activities += 1;
                        gain.leads.insert(number);
                        if decision.hot {
                            gain.hot.insert(number);
                        }
                    }
                }
            }
            seen.push(Seen::of(lead, wide(sheet.fit()), at, &options.content, &options.converted));
        }
        analysis.figure("engagement", decimal(total));
        analysis.figure("leads", leads.len());
        analysis.figure("hot", hot.iter().filter(|hot| **hot).count());
        analysis.tables.push(table(gains, total));
        analysis.tables.push(sources(leads, &hot, &options.source, level));
        precedes(&seen, level, &mut analysis);
        Ok(analysis)
    }

    /// The value of an activity in a cut.
    fn value(&self, activity: &Activity, cut: &str, content: &[String]) -> Option<String> {
        match cut {
            "campaign" => activity.campaign.clone(),
            "channel" => self.compiled.model.activity(&activity.kind)?.1.channel.clone(),
            "kind" => Some(activity.kind.clone()),
            "content" => content_of(activity, content),
            _ => {
                let text = |name: &str| word(activity.properties.get(name)?);
                Some(format!("{} / {}", text("template")?, text("version")?))
            }
        }
    }
}

/// Which content an activity was about.
pub(super) fn content_of(activity: &Activity, names: &[String]) -> Option<String> {
    names.iter().find_map(|name| word(activity.properties.get(name)?))
}

fn word(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) if !text.is_empty() => Some(text.clone()),
        Value::Int(whole) => Some(whole.to_string()),
        _ => None,
    }
}

fn table(gains: Gains, total: i128) -> Table {
    let mut table = Table::new("lift", "Where the points come from", "スコアの獲得元")
        .with("cut", ColumnKind::Text, "Cut", "切り口")
        .with("value", ColumnKind::Text, "Value", "値")
        .with("points", ColumnKind::Decimal, "Points", "得点")
        .with("share", ColumnKind::Share, "Part of all points", "構成比")
        .with("activities", ColumnKind::Whole, "Activities", "行動数")
        .with("leads", ColumnKind::Whole, "Leads", "リード数")
        .with("per_lead", ColumnKind::Number, "Points per lead", "1件あたりの得点")
        .with("hot", ColumnKind::Whole, "Hot leads", "ホットリード数")
        .drawn(PlotKind::Bars, "value", "points", None)
        .beside("cut");
    let mut rows: Vec<_> = gains.into_iter().collect();
    let place = |cut: &str| CUTS.iter().position(|known| *known == cut);
    rows.sort_by(|((cut, a), one), ((other, b), two)| {
        let key = |cut, gain: &Gain| (place(cut), std::cmp::Reverse(gain.points));
        key(cut, one).cmp(&key(other, two)).then_with(|| a.cmp(b))
    });
    let number = |points: i128| Cell::from(decimal(points)).as_f64().unwrap_or(0.0);
    for ((cut, value), gain) in rows {
        table.push(vec![
            Cell::from(cut),
            Cell::from(value.as_deref()),
            Cell::from(decimal(gain.points)),
            Cell::from(ratio(number(gain.points), number(total))),
            Cell::from(gain.activities),
            Cell::from(gain.leads.len()),
            Cell::from(ratio(number(gain.points), size(gain.leads.len()))),
            Cell::from(gain.hot.len()),
        ]);
    }
    table
}

/// Of the leads of each source, how many are hot.
fn sources(leads: &[Lead], hot: &[bool], keys: &[String], level: f64) -> Table {
    let mut table = Table::new("sources", "Sources of the hot leads", "ホットリードの獲得元")
        .with("cut", ColumnKind::Text, "Cut", "切り口")
        .with("value", ColumnKind::Text, "Value", "値")
        .with("leads", ColumnKind::Whole, "Leads", "リード数")
        .with("hot", ColumnKind::Whole, "Hot leads", "ホットリード数")
        .with("rate", ColumnKind::Share, "Rate", "割合")
        .with("low", ColumnKind::Share, "Lower end", "下限")
        .with("high", ColumnKind::Share, "Upper end", "上限")
        .drawn(PlotKind::Dots, "value", "rate", Some("cut"))
        .between("low", "high");
    for key in keys {
        let mut counts: BTreeMap<Option<String>, (u64, u64)> = BTreeMap::new();
        for (lead, hot) in leads.iter().zip(hot) {
            let (warm, all) = counts.entry(lead.source.get(key).and_then(word)).or_default();
            *warm += u64::from(*hot);
            *all += 1;
        }
        // A key that no lead has says nothing.
        if counts.keys().all(Option::is_none) {
            continue;
        }
        let mut rows: Vec<_> = counts.into_iter().collect();
        rows.sort_by(|(a, one), (b, two)| {
            (a.is_none(), std::cmp::Reverse(one.0), a).cmp(&(b.is_none(), std::cmp::Reverse(two.0), b))
        });
        for (value, (warm, all)) in rows {
            let rate = wilson(warm, all, level);
            let mut row = vec![
                Cell::from(key.as_str()),
                Cell::from(value.as_deref()),
                Cell::from(all),
                Cell::from(warm),
            ];
            row.extend([rate.map(|i| i.value), rate.map(|i| i.low), rate.map(|i| i.high)].map(Cell::from));
            table.push(row);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::playbook::Playbook;
    use rust_decimal::Decimal;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        #[test]
        fn every_cut_adds_up_to_the_engagement_of_all_leads(
            visits in prop::collection::vec(prop::collection::vec((1_u32..29, 0_usize..3, 0_usize..3), 0..8), 0..6),
        ) {
            let engine = Playbook::parse(r#"{ "ikusei": 1, "name": "demo", "activities": { "visit": { "channel": "web", "properties": { "url": "text" } } },
                "scorecards": { "overall": { "max": 40, "rules": [{ "id": "visit", "on": "visit", "points": 7.3, "cap": 20, "decay": { "half_life": "9d" } },
                { "id": "again", "on": "visit", "points": -1.5, "per": "day" }], "ranks": [{ "rank": "A", "at_least": 10 }, { "rank": "B" }], "hot": ["A"] } } }"#)
            .unwrap()
            .compile()
            .unwrap();
            let lead = |(number, visits): (usize, &Vec<(u32, usize, usize)>)| -> Lead {
                let activities: Vec<_> = visits.iter().enumerate().map(|(index, (day, url, campaign))| {
                    let campaign = (*campaign > 0).then(|| format!("c{campaign}"));
                    json!({ "id": format!("a{index}"), "kind": "visit", "at": format!("2026-04-{day:02}T00:00:00Z"),
                        "campaign": campaign, "properties": { "url": format!("/{url}") } })
                }).collect();
                serde_json::from_value(json!({ "id": format!("lead-{number}"), "activities": activities })).unwrap()
            };
            let leads: Vec<Lead> = visits.iter().enumerate().map(lead).collect();
            let at: Instant = "2026-04-20T00:00:00Z".parse().unwrap();
            let found = engine.score_lift(&leads, at, &Options::default()).unwrap();
            let all: i128 = leads.iter().map(|lead| {
                wide(engine.assess(lead, at).unwrap().scores["overall"].engagement())
            }).sum();
            prop_assert_eq!(&found.figures["engagement"], &Cell::Decimal(decimal(all)));
            let table = found.table("lift").unwrap();
            for cut in CUTS {
                let points = |row| match (table.get(row, "cut"), table.get(row, "points")) {
                    (Some(Cell::Text(own)), Some(Cell::Decimal(points))) if own == cut => Some(*points),
                    _ => None,
                };
                let sum: Decimal = (0..table.rows.len()).filter_map(points).sum();
                prop_assert_eq!(sum, decimal(all), "{}", cut);
            }
        }
    }
}
