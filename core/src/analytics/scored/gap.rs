//! What makes the difference between two score sheets of one lead.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::{decimal, wide};
use crate::scoring::ScoreSheet;

/// By how many millionths of a point a rule gives more or less. Limits go by the name of their group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RuleGap {
    pub(crate) rule: String,
    pub(crate) gap: i128,
}

impl fmt::Display for RuleGap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.rule, if self.gap > 0 { "+" } else { "" }, decimal(self.gap))
    }
}

/// The differences between two sheets with ledgers, the greatest first. Rules of the first sheet go by their new
/// names where they have some.
pub(crate) fn rule_gaps(
    present: &ScoreSheet,
    candidate: &ScoreSheet,
    renamed: &BTreeMap<String, String>,
) -> Vec<RuleGap> {
    let present = rules(present, renamed);
    let candidate = rules(candidate, &BTreeMap::new());
    let names: BTreeSet<&String> = present.keys().chain(candidate.keys()).collect();
    let of = |rules: &BTreeMap<String, i128>, name: &String| rules.get(name).copied().unwrap_or(0);
    let mut gaps: Vec<RuleGap> = names
        .into_iter()
        .map(|name| RuleGap { rule: name.clone(), gap: of(&candidate, name) - of(&present, name) })
        .filter(|gap| gap.gap != 0)
        .collect();
    gaps.sort_by_key(|gap| std::cmp::Reverse(gap.gap.abs()));
    gaps
}

/// The points of a lead by rule; limits by the name of their group.
fn rules(sheet: &ScoreSheet, renamed: &BTreeMap<String, String>) -> BTreeMap<String, i128> {
    let mut found = BTreeMap::new();
    for entry in sheet.ledger.as_ref().into_iter().flatten() {
        let name = entry.rule.as_ref().or(entry.group.as_ref()).map_or("limits", String::as_str);
        let name = renamed.get(name).map_or(name, String::as_str);
        *found.entry(name.to_owned()).or_default() += wide(entry.points);
    }
    found
}
