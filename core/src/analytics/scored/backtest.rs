//! Backtest: history replayed under the present playbook and another one, and what would have been different.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::gap::rule_gaps;
use super::replay::{Replayed, replay};
use super::{card, decimal, first_deal, wide};
use crate::analytics::funnel::days;
use crate::analytics::lift::confidence;
use crate::analytics::statistics::{quantile, ratio, size, wilson};
use crate::analytics::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::assessment::Detail;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::duration::Duration;
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::lead::record::Lead;
use crate::scoring::ScoreSheet;

/// What is asked besides leads, playbook and period.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "BacktestOptions"))]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The scorecard; the first of each playbook if none is named.
    #[serde(default)]
    pub scorecard: Option<String>,
    /// How often to look, at most a thousand times in all: `7d`.
    #[serde(default)]
    pub every: Option<Duration>,
    /// The stage of a deal that is a win: `won`.
    #[serde(default)]
    pub converted: Option<String>,
    /// How many of the leads that move are listed: 100.
    #[serde(default)]
    pub most: Option<usize>,
    /// Of confidence: 0.95.
    #[serde(default)]
    pub level: Option<f64>,
}

const WEEK: i64 = 7 * 86_400_000_000;
const MOST_INSTANTS: usize = 1_000;
const SIDES: [&str; 2] = ["present", "candidate"];

/// What both playbooks say of one lead.
struct Pair {
    replayed: [Replayed; 2],
    won: Option<Instant>,
}

impl Engine {
    /// What another playbook would have said of the same leads over the same time.
    ///
    /// # Errors
    /// `IK0601` for a time that is over before it begins or too many instants; otherwise as [`Engine::assess`], for the first
    /// lead in question.
    pub fn backtest(
        &self,
        candidate: &Engine,
        leads: &[Lead],
        (from, to): (Instant, Instant),
        options: &Options,
    ) -> Result<Analysis, Error> {
        let level = confidence(options.level)?;
        let name = options.scorecard.as_deref();
        let sides = [(self, card(self, name)?), (candidate, card(candidate, name)?)];
        let instants = instants(from, to, options.every)?;
        let stage = options.converted.as_deref().unwrap_or("won");
        let mut pairs = Vec::with_capacity(leads.len());
        for lead in leads {
            let [a, b] = sides.map(|(engine, card)| replay(engine, card, lead, &instants));
            let won = first_deal(lead, stage).filter(|deal| deal.at <= to).map(|deal| deal.at);
            pairs.push(Pair { replayed: [a?, b?], won });
        }
        let mut analysis = Analysis::new("backtest");
        let moved = pairs.iter().filter(|pair| last(pair, 0) != last(pair, 1)).count();
        analysis.figure("leads", leads.len());
        analysis.figure("instants", instants.len());
        analysis.figure("moved", moved);
        if leads.iter().any(|lead| !lead.fields.is_empty()) {
            analysis.note(
                "fields",
                "fields are as the records hold them now: what changed in them since is not replayed, behaviour is",
                "項目の値は現在のものを使い、行動履歴のみ当時の状態を再現しています",
            );
        }
        analysis.tables.push(migration(sides, &pairs));
        analysis.tables.push(quality(&pairs, level));
        analysis.tables.push(load(self, &pairs, &instants));
        analysis.tables.push(flapping(&pairs));
        analysis.tables.push(movers(sides, leads, &pairs, to, options.most.unwrap_or(100))?);
        if pairs.iter().filter(|pair| pair.won.is_some()).count() < 30 {
            analysis.warn(
                "few-data",
                "fewer than 30 leads were won: do not choose between the playbooks by precision and recall yet",
                "受注が30件未満のため、適合率・再現率での優劣判断はまだ早いです",
            );
        }
        Ok(analysis)
    }
}

/// From one instant to another in even steps, the last one included.
fn instants(from: Instant, to: Instant, every: Option<Duration>) -> Result<Vec<Instant>, Error> {
    let step = every.map_or(WEEK, Duration::micros);
    let refuse =
        |what: String, help: &str| Err(Error::call(Diagnostic::error(Code::BadCall, what).with_help(help)));
    if to < from {
        return refuse(format!("`to` {to} is before `from` {from}"), "exchange the two");
    }
    let span = to.micros() - from.micros();
    let count = if step > 0 { usize::try_from(span / step).unwrap_or(usize::MAX) } else { usize::MAX };
    if count >= MOST_INSTANTS {
        return refuse(
            format!("more than {MOST_INSTANTS} instants to look at"),
            "look less often, or at less time",
        );
    }
    let mut found: Vec<Instant> = std::iter::successors(Some(from.micros()), |at| at.checked_add(step))
        .take(count + 1)
        .filter_map(Instant::from_micros)
        .collect();
    if found.last() != Some(&to) {
        found.push(to);
    }
    Ok(found)
}

fn last(pair: &Pair, side: usize) -> Option<&str> {
    pair.replayed.get(side)?.ranks.last()?.as_deref()
}

/// How many leads go from which rank to which at the end.
fn migration(sides: [(&Engine, usize); 2], pairs: &[Pair]) -> Table {
    let mut table = Table::new("migration", "Ranks now and then", "ランクの移動")
        .with("present", ColumnKind::Text, "Present", "現行")
        .with("candidate", ColumnKind::Text, "Candidate", "変更案")
        .with("leads", ColumnKind::Whole, "Leads", "リード数")
        .drawn(PlotKind::Heat, "candidate", "present", Some("leads"));
    let [present, candidate] = sides.map(|(engine, card)| ranks(engine, card));
    let mut counts: BTreeMap<(Option<&str>, Option<&str>), usize> = BTreeMap::new();
    for pair in pairs {
        *counts.entry((last(pair, 0), last(pair, 1))).or_default() += 1;
    }
    for from in &present {
        for to in &candidate {
            let count = counts.get(&(from.as_deref(), to.as_deref())).copied().unwrap_or(0);
            table.push(vec![Cell::from(from.as_deref()), Cell::from(to.as_deref()), Cell::from(count)]);
        }
    }
    table
}

/// The ranks of a scorecard, best first, and none.
fn ranks(engine: &Engine, card: usize) -> Vec<Option<String>> {
    let card = engine.compiled.cards.get(card);
    let names =
        card.into_iter().flat_map(|card| card.qualification.ranks.iter().map(|rank| rank.name.clone()));
    let mut found: Vec<Option<String>> = Vec::new();
    for name in names.map(Some).chain([None]) {
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

/// How well the hot leads of each playbook foretold the deals that were won.
fn quality(pairs: &[Pair], level: f64) -> Table {
    let mut table = Table::new("quality", "Hot leads against won deals", "ホットリードと受注")
        .with("playbook", ColumnKind::Text, "Playbook", "プレイブック")
        .with("hot", ColumnKind::Whole, "Leads ever hot", "ホットになったリード")
        .with("won", ColumnKind::Whole, "Won of them", "うち受注")
        .with("precision", ColumnKind::Share, "Precision", "適合率")
        .with("precision_low", ColumnKind::Share, "Lower end", "下限")
        .with("precision_high", ColumnKind::Share, "Upper end", "上限")
        .with("recall", ColumnKind::Share, "Recall", "再現率")
        .with("recall_low", ColumnKind::Share, "Lower end", "下限")
        .with("recall_high", ColumnKind::Share, "Upper end", "上限")
        .with(
            "days_ahead",
            ColumnKind::Number,
            "Days from hot to won (median)",
            "ホットから受注までの日数（中央値）",
        )
        .unit(Some("days"))
        .drawn(PlotKind::Dots, "playbook", "precision", None)
        .between("precision_low", "precision_high");
    let all: usize = pairs.iter().filter(|pair| pair.won.is_some()).count();
    for (side, name) in SIDES.into_iter().enumerate() {
        let (mut hot, mut won, mut ahead) = (0_usize, 0_usize, Vec::new());
        for pair in pairs {
            let Some(first) = pair.replayed.get(side).and_then(|replayed| replayed.heated.first()) else {
                continue;
            };
            // Hot after the deal was won foretells nothing.
            match pair.won {
                Some(closed) if *first > closed => {}
                Some(closed) => {
                    hot += 1;
                    won += 1;
                    ahead.push(days(closed.micros() - first.micros()));
                }
                None => hot += 1,
            }
        }
        ahead.sort_by(f64::total_cmp);
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let mut row = vec![Cell::from(name), Cell::from(hot), Cell::from(won)];
        for whole in [hot, all] {
            let rate = wilson(count(won), count(whole), level);
            row.extend([rate.map(|i| i.value), rate.map(|i| i.low), rate.map(|i| i.high)].map(Cell::from));
        }
        row.push(Cell::from(quantile(&ahead, 0.5)));
        table.push(row);
    }
    table
}

/// How many leads become hot, from instant to instant: what sales would have had to take.
fn load(engine: &Engine, pairs: &[Pair], instants: &[Instant]) -> Table {
    let mut table = Table::new("load", "Leads that became hot", "新規ホットリード数")
        .with("at", ColumnKind::Time, "Up to", "時点")
        .with("playbook", ColumnKind::Text, "Playbook", "プレイブック")
        .with("leads", ColumnKind::Whole, "Leads", "リード数")
        .drawn(PlotKind::Line, "at", "leads", Some("playbook"));
    for at in instants {
        for (side, name) in SIDES.into_iter().enumerate() {
            let heated =
                |pair: &&Pair| pair.replayed.get(side).is_some_and(|replayed| replayed.heated.contains(at));
            let count = pairs.iter().filter(heated).count();
            table.push(vec![
                Cell::from(engine.compiled.zone.written(*at)),
                Cell::from(name),
                Cell::from(count),
            ]);
        }
    }
    table
}

/// How restless the ranks are.
fn flapping(pairs: &[Pair]) -> Table {
    let mut table = Table::new("flapping", "How often ranks change", "ランクの変動")
        .with("playbook", ColumnKind::Text, "Playbook", "プレイブック")
        .with("changes", ColumnKind::Whole, "Changes of rank", "ランク変更数")
        .with("per_lead", ColumnKind::Number, "Changes per lead", "1件あたりの変更数")
        .with("returns", ColumnKind::Whole, "Returns to the rank before", "直前ランクへの逆戻り")
        .drawn(PlotKind::Bars, "playbook", "changes", None);
    for (side, name) in SIDES.into_iter().enumerate() {
        let each = || pairs.iter().filter_map(|pair| pair.replayed.get(side));
        let changes: usize = each().map(Replayed::changes).sum();
        let returns: usize = each().map(Replayed::returns).sum();
        let per_lead = ratio(size(changes), size(pairs.len()));
        table.push(vec![Cell::from(name), Cell::from(changes), Cell::from(per_lead), Cell::from(returns)]);
    }
    table
}

/// The leads whose rank differs at the end, with the rules that make the difference.
fn movers(
    sides: [(&Engine, usize); 2],
    leads: &[Lead],
    pairs: &[Pair],
    at: Instant,
    most: usize,
) -> Result<Table, Error> {
    let mut table = Table::new("movers", "Leads that move", "ランクが変わるリード")
        .with("lead", ColumnKind::Text, "Lead", "リード")
        .with("present", ColumnKind::Text, "Present", "現行")
        .with("candidate", ColumnKind::Text, "Candidate", "変更案")
        .with("present_score", ColumnKind::Decimal, "Score at present", "現行スコア")
        .with("candidate_score", ColumnKind::Decimal, "Score of the candidate", "変更案スコア")
        .with("won", ColumnKind::Flag, "Won", "受注")
        .with("why", ColumnKind::Text, "What makes the difference", "差の要因");
    let mut moved: Vec<(&Lead, &Pair)> =
        leads.iter().zip(pairs).filter(|(_, pair)| last(pair, 0) != last(pair, 1)).collect();
    let total = |pair: &Pair, side: usize| pair.replayed.get(side).map_or(0, |replayed| wide(replayed.total));
    let gap = |pair: &Pair| (total(pair, 1) - total(pair, 0)).abs();
    moved.sort_by(|(a, one), (b, two)| gap(two).cmp(&gap(one)).then_with(|| a.id.cmp(&b.id)));
    for (lead, pair) in moved.into_iter().take(most) {
        let [present, candidate] = sides.map(|(engine, card)| sheet(engine, card, lead, at));
        table.push(vec![
            Cell::from(lead.id.as_str()),
            Cell::from(last(pair, 0)),
            Cell::from(last(pair, 1)),
            Cell::from(decimal(total(pair, 0))),
            Cell::from(decimal(total(pair, 1))),
            Cell::from(pair.won.is_some()),
            Cell::from(why(present?.as_ref(), candidate?.as_ref())),
        ]);
    }
    Ok(table)
}

/// The score sheet of a lead, with its ledger.
fn sheet(engine: &Engine, card: usize, lead: &Lead, at: Instant) -> Result<Option<ScoreSheet>, Error> {
    Ok(engine.prepare(lead)?.derive(at, Detail::Ledger)?.sheets.into_iter().nth(card))
}

/// The three greatest differences, such as `pricing +10, expo -5`; the thresholds where points are the same.
fn why(present: Option<&ScoreSheet>, candidate: Option<&ScoreSheet>) -> String {
    let both = present.zip(candidate);
    let gaps = both.map(|(present, candidate)| rule_gaps(present, candidate, &BTreeMap::new()));
    let gaps = gaps.unwrap_or_default();
    if gaps.is_empty() {
        return "ranks".to_owned();
    }
    gaps.iter().take(3).map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::playbook::Playbook;

    #[test]
    fn a_playbook_against_itself_moves_nobody() {
        let text = r#"{ "ikusei": 1, "name": "demo", "activities": { "visit": {} }, "scorecards": { "overall": {
            "rules": [{ "id": "visit", "on": "visit", "points": 10, "within": "9d" }],
            "ranks": [{ "rank": "A", "at_least": 20, "keep": { "margin": 10, "for": "3d" } }, { "rank": "B" }], "hot": ["A"] } } }"#;
        let engine = Playbook::parse(text).unwrap().compile().unwrap();
        let lead = |number: usize| -> Lead {
            let days = (1..=number).map(|day| {
                serde_json::json!({ "id": format!("a{day}"), "kind": "visit", "at": format!("2026-04-{:02}T00:00:00Z", day * 3) })
            });
            let days: Vec<_> = days.collect();
            serde_json::from_value(serde_json::json!({ "id": format!("lead-{number}"), "activities": days }))
                .unwrap()
        };
        let leads: Vec<Lead> = (0..8).map(lead).collect();
        let (from, to): (Instant, Instant) =
            ("2026-04-01T00:00:00Z".parse().unwrap(), "2026-05-15T00:00:00Z".parse().unwrap());
        let options = Options { every: Some(Duration::DAY), ..Options::default() };
        let found = engine.backtest(&engine, &leads, (from, to), &options).unwrap();
        assert_eq!(found.figures["moved"], Cell::Whole(0));
        assert!(found.table("movers").unwrap().rows.is_empty());
        for name in ["quality", "flapping"] {
            let rows = &found.table(name).unwrap().rows;
            assert_eq!(rows[0][1..], rows[1][1..], "{name}");
        }
        // Ranks of the last instant are those of an assessment that knew the ranks before it.
        let ranks = |table: &Table| table.rows.iter().filter(|row| row[2] != Cell::Whole(0)).count();
        assert!(ranks(found.table("migration").unwrap()) >= 1);
        let flapping = found.table("flapping").unwrap();
        assert!(
            matches!(flapping.get(0, "changes"), Some(Cell::Whole(changes)) if *changes > 0),
            "{flapping:?}"
        );
    }
}
