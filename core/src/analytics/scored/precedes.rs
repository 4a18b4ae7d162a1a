//! Which content goes before a conversion, against matched leads who did not see it.

use std::collections::{BTreeMap, BTreeSet};

use super::first_deal;
use super::lift::content_of;
use crate::analytics::statistics::{difference, wilson};
use crate::analytics::{Analysis, Cell, ColumnKind, PlotKind, Table};
use crate::base::time::Instant;
use crate::lead::activity::Trust;
use crate::lead::record::Lead;

/// What a lead saw before it converted, and what makes it like another one.
pub(super) struct Seen<'l> {
    id: &'l str,
    contents: BTreeSet<String>,
    converted: bool,
    fit: i128,
    /// How many things it did before.
    activity: usize,
}

impl<'l> Seen<'l> {
    pub(super) fn of(lead: &'l Lead, fit: i128, at: Instant, content: &[String], stage: &str) -> Self {
        let won = first_deal(lead, stage).filter(|deal| deal.at <= at).map(|deal| deal.at);
        let until = won.unwrap_or(at);
        let before: Vec<_> = lead
            .activities()
            .iter()
            .filter(|activity| {
                activity.trust == Trust::Human && activity.at <= until && activity.recorded_at() <= at
            })
            .collect();
        Self {
            id: &lead.id,
            contents: before.iter().filter_map(|activity| content_of(activity, content)).collect(),
            converted: won.is_some(),
            fit,
            activity: before.len(),
        }
    }
}

/// Leads of one quarter by fit and one half-power of two by activity are alike.
type Class = (usize, u32);

/// The table `precedes`: it can be given to the retrospective as `contents`.
pub(super) fn precedes(leads: &[Seen<'_>], level: f64, analysis: &mut Analysis) {
    let mut table = Table::new("precedes", "Content before conversions", "成約前に閲覧されたコンテンツ")
        .with("content", ColumnKind::Text, "Content", "コンテンツ")
        .with("seen", ColumnKind::Whole, "Leads who saw it, with a match", "閲覧リード（照合済み）")
        .with("converted", ColumnKind::Whole, "Converted", "成約")
        .with("others", ColumnKind::Whole, "Matched leads who did not", "未閲覧の類似リード")
        .with("others_converted", ColumnKind::Whole, "Converted of them", "うち成約")
        .with("lift", ColumnKind::Share, "Lift", "リフト")
        .with("low", ColumnKind::Share, "Lower end", "下限")
        .with("high", ColumnKind::Share, "Upper end", "上限")
        .with("unmatched", ColumnKind::Whole, "Without a match", "照合できず")
        .drawn(PlotKind::Dots, "content", "lift", None)
        .between("low", "high");
    let classes = classes(leads);
    let contents: BTreeSet<&String> = leads.iter().flat_map(|lead| &lead.contents).collect();
    let mut rows = Vec::new();
    for content in contents {
        let mut pools: BTreeMap<Class, (Vec<&Seen<'_>>, Vec<&Seen<'_>>)> = BTreeMap::new();
        for (lead, class) in leads.iter().zip(&classes) {
            let (saw, not) = pools.entry(*class).or_default();
            if lead.contents.contains(content) { saw.push(lead) } else { not.push(lead) }
        }
        let (mut pairs, mut won, mut others, mut unmatched) = (0_u64, 0_u64, 0_u64, 0_usize);
        for (mut saw, mut not) in pools.into_values() {
            // By id, so that neither the order of rows nor anything else that is known decides who is compared.
            saw.sort_by_key(|lead| lead.id);
            not.sort_by_key(|lead| lead.id);
            unmatched += saw.len().saturating_sub(not.len());
            for (lead, other) in saw.iter().zip(&not) {
                pairs += 1;
                won += u64::from(lead.converted);
                others += u64::from(other.converted);
            }
        }
        let rates = wilson(others, pairs, level).zip(wilson(won, pairs, level));
        let lift = rates.map(|(base, rate)| difference(base, rate));
        rows.push((
            lift.map_or(f64::NEG_INFINITY, |lift| lift.value),
            vec![
                Cell::from(content.as_str()),
                Cell::from(pairs),
                Cell::from(won),
                Cell::from(pairs),
                Cell::from(others),
                Cell::from(lift.map(|i| i.value)),
                Cell::from(lift.map(|i| i.low)),
                Cell::from(lift.map(|i| i.high)),
                Cell::from(unmatched),
            ],
        ));
    }
    rows.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    rows.into_iter().for_each(|(_, row)| table.push(row));
    if !table.rows.is_empty() {
        analysis.note(
            "matched",
            "leads are matched by quarter of fit and by how much they did: what else drives both reading and buying is not ruled out",
            "適合度の四分位と行動量で照合しています。閲覧と成約の双方に影響する他の要因は除けていません",
        );
    }
    analysis.tables.push(table);
}

fn classes(leads: &[Seen<'_>]) -> Vec<Class> {
    let mut fits: Vec<i128> = leads.iter().map(|lead| lead.fit).collect();
    fits.sort_unstable();
    let limits: Vec<i128> =
        (1..4).filter_map(|quarter| fits.get(fits.len() * quarter / 4).copied()).collect();
    leads
        .iter()
        .map(|lead| {
            (
                limits.iter().filter(|limit| lead.fit >= **limit).count(),
                lead.activity.checked_ilog2().map_or(0, |log| log + 1),
            )
        })
        .collect()
}
