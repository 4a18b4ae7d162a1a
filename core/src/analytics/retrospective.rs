//! The retrospective: what to change next, in content and in the follow-up of sales, as a ranked list of actions.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::funnel::days;
use super::lift::confidence;
use super::reader::Reader;
use super::rows::Rows;
use super::statistics::{Interval, difference, real, wilson};
use super::table::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;

/// What is asked.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "RetrospectiveRequest"))]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Leads that were handed to sales: `handed_over` and `touched` (instants), `won`, `refused` (a reason).
    #[serde(default)]
    pub follow_ups: Option<Rows>,
    /// Content: `content`, `seen`, `finished`, and of those who saw it `converted`; of the matched leads who did not see it
    /// `others` and `others_converted`.
    #[serde(default)]
    pub contents: Option<Rows>,
    /// Of confidence: 0.95.
    #[serde(default)]
    pub level: Option<f64>,
}

/// Until when a first touch belongs to each class of speed, in days.
const SPEEDS: [(&str, f64); 5] = [
    ("within an hour", 1.0 / 24.0),
    ("within a day", 1.0),
    ("within three days", 3.0),
    ("within a week", 7.0),
    ("later", f64::INFINITY),
];
const NEVER: &str = "never";

/// Something to do, with what it may bring.
struct Action {
    what: String,
    ja: String,
    area: &'static str,
    /// Deals or conversions more, of as many leads as there were.
    effect: Interval,
    evidence: String,
}

/// Looks back.
///
/// # Errors
/// `IK1001` for a table that cannot be read, with its row and column; `IK0601` and `IK1002` for what cannot be asked or told.
pub fn retrospect(request: &Request) -> Result<Analysis, Error> {
    let level = confidence(request.level)?;
    if request.follow_ups.is_none() && request.contents.is_none() {
        let diagnostic = Diagnostic::error(Code::BadCall, "nothing to look back at");
        return Err(Error::call(diagnostic.with_help("give `follow_ups`, `contents` or both")));
    }
    let mut analysis = Analysis::new("retrospective");
    let (mut actions, mut tables) = (Vec::new(), Vec::new());
    if let Some(frame) = &request.follow_ups {
        follow_ups(&mut analysis, frame, level, &mut actions, &mut tables)?;
    }
    if let Some(frame) = &request.contents {
        contents(frame, level, &mut actions, &mut tables)?;
    }
    // By what is sure at least, then by what is likely.
    actions.sort_by(|a, b| {
        b.effect.low.total_cmp(&a.effect.low).then(b.effect.value.total_cmp(&a.effect.value))
    });
    let mut table = Table::new("actions", "What to change next", "次に改善すべきこと")
        .with("rank", ColumnKind::Whole, "Rank", "順位")
        .with("area", ColumnKind::Text, "Area", "領域")
        .with("action", ColumnKind::Text, "Action", "施策")
        .with("action_ja", ColumnKind::Text, "Action (Japanese)", "施策（日本語）")
        .with("effect", ColumnKind::Number, "Expected effect", "期待効果")
        .with("low", ColumnKind::Number, "Lower end", "下限")
        .with("high", ColumnKind::Number, "Upper end", "上限")
        .with("sure", ColumnKind::Flag, "Sure", "有意")
        .with("evidence", ColumnKind::Text, "Evidence", "根拠")
        .drawn(PlotKind::Dots, "action", "effect", Some("area"))
        .between("low", "high");
    for (index, action) in actions.into_iter().enumerate() {
        table.push(vec![
            Cell::from(index + 1),
            Cell::from(action.area),
            Cell::from(action.what),
            Cell::from(action.ja),
            Cell::from(action.effect.value),
            Cell::from(action.effect.low),
            Cell::from(action.effect.high),
            Cell::from(action.effect.low > 0.0),
            Cell::from(action.evidence),
        ]);
    }
    if table.rows.is_empty() {
        analysis.note("nothing", "nothing stands out", "特に目立つ点はありません");
    }
    analysis.tables.push(table);
    analysis.tables.extend(tables);
    Ok(analysis)
}

fn times(interval: Interval, leads: u64) -> Interval {
    let n = real(leads);
    Interval { value: interval.value * n, low: interval.low * n, high: interval.high * n }
}

fn follow_ups(
    analysis: &mut Analysis,
    frame: &Rows,
    level: f64,
    actions: &mut Vec<Action>,
    tables: &mut Vec<Table>,
) -> Result<(), Error> {
    let mut reader = Reader::new(frame, "follow_ups");
    let (handed, touched) = (reader.times("handed_over"), reader.instants("touched"));
    let won = reader.flags("won");
    let refused = if reader.has("refused") { reader.texts("refused") } else { vec![None; handed.len()] };
    reader.finish()?;
    let mut counts = [(0_u64, 0_u64); SPEEDS.len() + 1];
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    let mut early = 0;
    for (row, handed) in handed.iter().enumerate() {
        if let Some(reason) = refused.get(row).cloned().flatten() {
            *reasons.entry(reason).or_default() += 1;
        }
        let waited = touched.get(row).copied().flatten().map(|touched| days(touched - handed));
        early += u64::from(waited.is_some_and(|waited| waited < 0.0));
        let class = waited.map_or(SPEEDS.len(), |waited| {
            SPEEDS.iter().position(|(_, end)| waited <= *end).unwrap_or(SPEEDS.len() - 1)
        });
        let outcome = won.get(row).copied().flatten() == Some(true);
        if let Some((wins, all)) = counts.get_mut(class) {
            *wins += u64::from(outcome);
            *all += 1;
        }
    }
    if early > 0 {
        analysis.note(
            "out-of-order",
            format!("{early} leads were touched before they were handed over: they count as touched at once"),
            format!("引き渡し前に接触済みのリード {early} 件は即時対応とみなします"),
        );
    }
    let mut table = Table::new("speed", "Wins by time to the first touch", "初回対応までの時間と受注率")
        .with("touched", ColumnKind::Text, "First touch", "初回対応")
        .with("leads", ColumnKind::Whole, "Leads", "リード数")
        .with("won", ColumnKind::Whole, "Won", "受注")
        .with("rate", ColumnKind::Share, "Rate", "受注率")
        .with("low", ColumnKind::Share, "Lower end", "下限")
        .with("high", ColumnKind::Share, "Upper end", "上限")
        .drawn(PlotKind::Dots, "touched", "rate", None)
        .between("low", "high");
    let names = || SPEEDS.iter().map(|(name, _)| *name).chain([NEVER]);
    for (name, (wins, all)) in names().zip(counts) {
        let rate = wilson(wins, all, level);
        let mut row = vec![Cell::from(name), Cell::from(all), Cell::from(wins)];
        row.extend([rate.map(|i| i.value), rate.map(|i| i.low), rate.map(|i| i.high)].map(Cell::from));
        table.push(row);
    }
    tables.push(table);
    // Within a day against slower, and against never: what the slower ones would have brought.
    let sum = |range: &[(u64, u64)]| range.iter().fold((0, 0), |(won, all), (w, a)| (won + w, all + a));
    let (fast, rest) = counts.split_at(2);
    let (slow, never) = rest.split_at(3);
    let fast = sum(fast);
    for (late, what, ja) in [
        (sum(slow), "touch every handed-over lead within a day", "引き渡したリードには1日以内に対応する"),
        (sum(never), "touch the handed-over leads that nobody touched", "未対応のリードに対応する"),
    ] {
        if let (Some(quick), Some(late_rate)) = (wilson(fast.0, fast.1, level), wilson(late.0, late.1, level))
        {
            let effect = times(difference(late_rate, quick), late.1);
            if effect.value > 0.0 {
                let evidence = format!(
                    "{} of {} won when touched within a day, {} of {} otherwise",
                    fast.0, fast.1, late.0, late.1
                );
                actions.push(Action {
                    what: what.to_owned(),
                    ja: ja.to_owned(),
                    area: "follow-up",
                    effect,
                    evidence,
                });
            }
        }
    }
    if !reasons.is_empty() {
        let mut table = Table::new("refusals", "Refusals by reason", "差し戻しの理由")
            .with("reason", ColumnKind::Text, "Reason", "理由")
            .with("leads", ColumnKind::Whole, "Leads", "リード数")
            .with("share", ColumnKind::Share, "Share", "構成比")
            .drawn(PlotKind::Bars, "reason", "leads", None);
        let all: u64 = reasons.values().sum();
        let mut sorted: Vec<(String, u64)> = reasons.into_iter().collect();
        sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        for (reason, count) in sorted {
            table.push(vec![Cell::from(reason), Cell::from(count), Cell::from(real(count) / real(all))]);
        }
        tables.push(table);
    }
    Ok(())
}

fn contents(
    frame: &Rows,
    level: f64,
    actions: &mut Vec<Action>,
    tables: &mut Vec<Table>,
) -> Result<(), Error> {
    let mut reader = Reader::new(frame, "contents");
    let names = reader.names("content");
    let seen = reader.counts("seen");
    let optional = |reader: &mut Reader<'_>, column: &str| reader.has(column).then(|| reader.counts(column));
    let finished = optional(&mut reader, "finished");
    let converted = optional(&mut reader, "converted");
    let others = optional(&mut reader, "others");
    let others_converted = optional(&mut reader, "others_converted");
    reader.finish()?;
    let at =
        |counts: &Option<Vec<u64>>, row: usize| counts.as_ref().and_then(|counts| counts.get(row).copied());
    let beyond = |part: &Option<Vec<u64>>, whole: &dyn Fn(usize) -> Option<u64>| {
        (0..names.len())
            .find(|row| matches!((at(part, *row), whole(*row)), (Some(part), Some(whole)) if part > whole))
    };
    let all = |row: usize| seen.get(row).copied();
    for (column, row) in [
        ("finished", beyond(&finished, &all)),
        ("converted", beyond(&converted, &all)),
        ("others_converted", beyond(&others_converted, &|row| at(&others, row))),
    ] {
        if let Some(row) = row {
            let diagnostic =
                Diagnostic::error(Code::BadTable, format!("more `{column}` than there were leads"));
            let place = format!("/contents/{column}/{row}");
            return Err(Error::call(diagnostic.at(place).with_help("count every lead once")));
        }
    }
    let mut table = Table::new("contents", "Content", "コンテンツ")
        .with("content", ColumnKind::Text, "Content", "コンテンツ")
        .with("seen", ColumnKind::Whole, "Seen", "閲覧")
        .with("finished_rate", ColumnKind::Share, "Finished", "読了率")
        .with("converted_rate", ColumnKind::Share, "Converted", "コンバージョン率")
        .with("others_rate", ColumnKind::Share, "Matched leads who did not see it", "未閲覧の類似リード")
        .with("lift", ColumnKind::Share, "Lift", "リフト")
        .with("low", ColumnKind::Share, "Lower end", "下限")
        .with("high", ColumnKind::Share, "Upper end", "上限")
        .drawn(PlotKind::Dots, "content", "lift", None)
        .between("low", "high");
    let reads = finished.as_ref().map(|finished| (finished.iter().sum::<u64>(), seen.iter().sum::<u64>()));
    for (row, name) in names.iter().enumerate() {
        let n = seen.get(row).copied().unwrap_or(0);
        let rate = at(&converted, row).and_then(|converted| wilson(converted, n, level));
        let base = at(&others_converted, row)
            .zip(at(&others, row))
            .and_then(|(converted, all)| wilson(converted, all, level));
        let done = at(&finished, row).and_then(|finished| wilson(finished, n, level));
        let lift = base.zip(rate).map(|(base, rate)| difference(base, rate));
        table.push(vec![
            Cell::from(name.as_str()),
            Cell::from(n),
            Cell::from(done.map(|i| i.value)),
            Cell::from(rate.map(|i| i.value)),
            Cell::from(base.map(|i| i.value)),
            Cell::from(lift.map(|i| i.value)),
            Cell::from(lift.map(|i| i.low)),
            Cell::from(lift.map(|i| i.high)),
        ]);
        if let (Some(lift), Some(unseen)) = (lift.filter(|lift| lift.value > 0.0), at(&others, row)) {
            actions.push(Action {
                what: format!("write more like `{name}`, and show it to those who have not seen it"),
                ja: format!("「{name}」のようなコンテンツを増やし、未閲覧のリードにも届ける"),
                area: "content",
                effect: times(lift, unseen),
                evidence: format!("converted: {} of {n} who saw it", at(&converted, row).unwrap_or(0)),
            });
        }
        // Nobody finishes it: clearly below what content is finished on the whole.
        if let (Some(done), Some((all_done, all_seen))) = (done, reads)
            && real(all_seen) * done.high < real(all_done)
        {
            let missed = real(all_done) / real(all_seen) - done.value;
            let effect = Interval {
                value: missed,
                low: real(all_done) / real(all_seen) - done.high,
                high: real(all_done) / real(all_seen) - done.low,
            };
            actions.push(Action {
                what: format!("shorten or rewrite `{name}`: readers more who would finish it"),
                ja: format!("「{name}」は読了されていない：短くするか書き直す（読了者の増加）"),
                area: "content",
                effect: times(effect, n),
                evidence: format!(
                    "{} of {n} finished it, {all_done} of {all_seen} on the whole",
                    at(&finished, row).unwrap_or(0)
                ),
            });
        }
    }
    tables.push(table);
    Ok(())
}
