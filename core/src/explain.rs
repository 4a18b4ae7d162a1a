//! An assessment in words, in English and Japanese.

use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::assessment::Assessment;
use crate::base::points::Points;
use crate::base::time::Instant;
use crate::lead::value::Value;
use crate::playbook::compile::{Card, Compiled};
use crate::qualification::{Cause, Handler, Handling, How, RankDecision};
use crate::scoring::{Entry, EntryKind, ScoreSheet};

/// A language that explanations are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// 日本語
    #[serde(rename = "ja")]
    Japanese,
}

pub(crate) fn explain(assessment: &Assessment, compiled: &Compiled, language: Language) -> String {
    let voice = Voice::new(compiled, language);
    let mut out = String::new();
    let mut line = |text: &str| {
        out.push_str(text);
        out.push('\n');
    };
    for card in &compiled.cards {
        if let (Some(sheet), Some(decision)) =
            (assessment.scores.get(&card.name), assessment.ranks.get(&card.name))
        {
            line(&voice.figures(card, sheet, decision));
            line(&format!("  {}", voice.cause(decision)));
            if let Some(probability) = sheet.probability {
                let label = voice.say("probability", "見込み確度");
                line(&format!("  {label}: {:.1}%", probability * 100.0));
            }
            for (_, reason) in voice.reasons(sheet) {
                line(&format!("  {reason}"));
            }
        }
    }
    if let Some(segments) = voice.segments(&assessment.segments) {
        line(&segments);
    }
    for warning in &assessment.warnings {
        line(&format!("! {}", warning.message));
    }
    out
}

/// What speaks of a lead to people: in one language, on the playbook's clock, with the names that it gives to things.
pub(crate) struct Voice<'a> {
    compiled: &'a Compiled,
    language: Language,
}

impl<'a> Voice<'a> {
    pub(crate) const fn new(compiled: &'a Compiled, language: Language) -> Self {
        Self { compiled, language }
    }

    /// The one of two wordings that the language takes.
    pub(crate) fn say<'w>(&self, english: &'w str, japanese: &'w str) -> &'w str {
        match self.language {
            Language::English => english,
            Language::Japanese => japanese,
        }
    }

    /// The same, made only for that language.
    #[cfg(feature = "routing")]
    pub(crate) fn tell(&self, english: impl FnOnce() -> String, japanese: impl FnOnce() -> String) -> String {
        match self.language {
            Language::English => english(),
            Language::Japanese => japanese(),
        }
    }

    fn figures(&self, card: &Card, sheet: &ScoreSheet, decision: &RankDecision) -> String {
        let name = card.label.as_deref().unwrap_or(&card.name);
        let rank = self.rank(decision);
        let total = sheet.total;
        match self.language {
            Language::English => format!(
                "{name}: {rank}, {total} points (fit {} {}, engagement {} {})",
                signed(sheet.fit_plus),
                signed_minus(sheet.fit_minus),
                signed(sheet.engagement_plus),
                signed_minus(sheet.engagement_minus)
            ),
            Language::Japanese => format!(
                "{name}：{rank}、{total}点（属性 {} {}、行動 {} {}）",
                signed(sheet.fit_plus),
                signed_minus(sheet.fit_minus),
                signed(sheet.engagement_plus),
                signed_minus(sheet.engagement_minus)
            ),
        }
    }

    /// A line for each rule of the ledger, with the points that it comes to.
    pub(crate) fn reasons(&self, sheet: &ScoreSheet) -> Vec<(Points, String)> {
        let mut done: Vec<(&str, EntryKind)> = Vec::new();
        let mut lines = Vec::new();
        for entry in sheet.ledger.as_deref().unwrap_or_default() {
            let key = (entry.rule.as_deref().or(entry.group.as_deref()).unwrap_or(""), entry.kind);
            if done.contains(&key) {
                continue;
            }
            done.push(key);
            let same: Vec<&Entry> = sheet
                .ledger
                .iter()
                .flatten()
                .filter(|other| {
                    other.kind == entry.kind && other.rule == entry.rule && other.group == entry.group
                })
                .collect();
            let sum =
                same.iter().fold(Points::ZERO, |sum, entry| sum.checked_add(entry.points).unwrap_or(sum));
            lines.push((sum, self.entry(entry, &same, sum)));
        }
        lines
    }

    fn rank(&self, decision: &RankDecision) -> String {
        let Some(rank) = &decision.rank else {
            return match decision.cause {
                Cause::Disqualified(_) => self.say("disqualified", "対象外").to_owned(),
                _ => self.say("no rank", "ランクなし").to_owned(),
            };
        };
        let label = decision.label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default();
        let heat = if decision.hot { self.say(", hot", "・ホット") } else { "" };
        let handling = decision.handling.map(|handling| self.handling(handling)).unwrap_or_default();
        match self.language {
            Language::English => format!("rank {rank}{label}{heat}{handling}"),
            Language::Japanese => format!("ランク{rank}{label}{heat}{handling}"),
        }
    }

    fn handling(&self, handling: Handling) -> String {
        let by = match handling.by {
            Handler::Sales => self.say("sales", "営業"),
            Handler::Marketing => self.say("marketing", "マーケティング"),
        };
        let how = match handling.how {
            How::HighTouch => self.say("high-touch", "個別対応"),
            How::Automated => self.say("automated", "自動対応"),
        };
        match self.language {
            Language::English => format!(", for {by} ({how})"),
            Language::Japanese => format!("、担当：{by}（{how}）"),
        }
    }

    pub(crate) fn cause(&self, decision: &RankDecision) -> String {
        let other = |rank: &Option<String>| {
            rank.clone().unwrap_or_else(|| self.say("no rank", "ランクなし").to_owned())
        };
        match (&decision.cause, self.language) {
            (Cause::Threshold { at_least }, Language::English) => {
                format!("because the total is at least {at_least}")
            }
            (Cause::Threshold { at_least }, Language::Japanese) => format!("理由：合計が{at_least}点以上"),
            (Cause::Condition { when }, Language::English) => format!("because `{when}` holds"),
            (Cause::Condition { when }, Language::Japanese) => format!("理由：条件 `{when}` が成立"),
            (Cause::Rest, Language::English) => "because no higher rank is reached".to_owned(),
            (Cause::Rest, Language::Japanese) => "理由：上位のランクに届いていない".to_owned(),
            (Cause::Matrix { fit, engagement }, Language::English) => {
                format!("because fit is grade {fit} and engagement is level {engagement}")
            }
            (Cause::Matrix { fit, engagement }, Language::Japanese) => {
                format!("理由：属性グレード{fit} × 行動レベル{engagement}")
            }
            (Cause::KeptByMargin { instead_of, leaves_below }, Language::English) => {
                format!("kept instead of {}: it falls only below {leaves_below} points", other(instead_of))
            }
            (Cause::KeptByMargin { instead_of, leaves_below }, Language::Japanese) => {
                format!("理由：{leaves_below}点を下回るまで維持（本来は{}）", other(instead_of))
            }
            (Cause::KeptByTime { instead_of, until }, Language::English) => {
                format!("kept instead of {} until {}", other(instead_of), self.time(*until))
            }
            (Cause::KeptByTime { instead_of, until }, Language::Japanese) => {
                format!("理由：{}まで維持（本来は{}）", self.time(*until), other(instead_of))
            }
            (Cause::Disqualified(by), Language::English) => {
                format!("because of {}", by.label.as_deref().unwrap_or(&by.rule))
            }
            (Cause::Disqualified(by), Language::Japanese) => {
                format!("理由：{}", by.label.as_deref().unwrap_or(&by.rule))
            }
            (Cause::NoneHolds, Language::English) => "because no rank's condition holds".to_owned(),
            (Cause::NoneHolds, Language::Japanese) => "理由：どのランクの条件にも当てはまらない".to_owned(),
        }
    }

    /// One line for all entries of a rule of one kind.
    fn entry(&self, entry: &Entry, same: &[&Entry], sum: Points) -> String {
        let name = entry.label.as_deref().or(entry.rule.as_deref()).or(entry.group.as_deref()).unwrap_or("");
        let points = signed(sum);
        match entry.kind {
            EntryKind::Fit => {
                let values: Vec<String> = entry
                    .values
                    .iter()
                    .map(|(field, value)| format!("{}: {}", self.field(field), show(value)))
                    .collect();
                let values = values.join(self.say(", ", "、"));
                match self.language {
                    _ if values.is_empty() => format!("{points} {name}"),
                    Language::English => format!("{points} {name} ({values})"),
                    Language::Japanese => format!("{points} {name}（{values}）"),
                }
            }
            EntryKind::Engagement => format!("{points} {name}{}", self.activities(same)),
            EntryKind::Cap => format!("{points} {}{name}", self.say("cap of ", "上限：")),
            EntryKind::Group => format!("{points} {}{name}", self.say("limit of group ", "グループ上限：")),
            EntryKind::Clamp => {
                format!("{points} {}", self.say("limit of the scorecard", "スコアカードの上限・下限"))
            }
        }
    }

    /// How often, when last, and what fades when.
    fn activities(&self, same: &[&Entry]) -> String {
        let activities: Vec<_> = same.iter().filter_map(|entry| entry.activity.as_ref()).collect();
        let Some(last) = activities.iter().max_by_key(|activity| activity.at) else { return String::new() };
        let count = activities.len();
        let mut text = match self.language {
            Language::English if count == 1 => format!(" on {}", self.time(last.at)),
            Language::English => format!(" {count} times, last on {}", self.time(last.at)),
            Language::Japanese => format!(" {count}回、直近{}", self.time(last.at)),
        };
        let faded = activities.iter().any(|activity| activity.weight < 1.0);
        if faded {
            text.push_str(self.say(", fading", "、減衰中"));
        }
        if let Some(until) = last.until {
            // INVARIANT: writing to a string cannot fail.
            let _ = match self.language {
                Language::English => write!(text, "; gone by {}", self.time(until)),
                Language::Japanese => write!(text, "、{}に失効", self.time(until)),
            };
        }
        text
    }

    fn segments(&self, members: &[String]) -> Option<String> {
        if members.is_empty() {
            return None;
        }
        let label = |name: &String| {
            let known = self.compiled.segments.segments.iter().find(|segment| segment.name == *name);
            known.and_then(|segment| segment.label.clone()).unwrap_or_else(|| name.clone())
        };
        let names: Vec<String> = members.iter().map(label).collect();
        Some(match self.language {
            Language::English => format!("Segments: {}", names.join(", ")),
            Language::Japanese => format!("セグメント：{}", names.join("、")),
        })
    }

    fn field<'f>(&'f self, name: &'f str) -> &'f str {
        self.compiled.model.field(name).and_then(|(_, policy)| policy.label.as_deref()).unwrap_or(name)
    }

    /// An instant on the playbook's clock, to the minute.
    pub(crate) fn time(&self, instant: Instant) -> String {
        self.compiled.zone.written(instant)
    }
}

fn signed(points: Points) -> String {
    if points.is_negative() { points.to_string() } else { format!("+{points}") }
}

/// A loss of nothing is still written as a loss.
fn signed_minus(points: Points) -> String {
    if points == Points::ZERO { "-0".to_owned() } else { points.to_string() }
}

pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::List(items) => items.iter().map(show).collect::<Vec<_>>().join(" "),
        Value::Object(_) => "{}".to_owned(),
    }
}
