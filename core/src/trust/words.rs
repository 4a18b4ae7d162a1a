//! A change in a sentence, in English and Japanese.

use crate::base::points::Points;
use crate::explain::Language;
use crate::lead::assignment::AssignmentEventKind;
use crate::lead::record::Lead;
use crate::playbook::compile::{Card, Compiled};
use crate::trust::change::{OwnerChange, RankChange, ScoreChange, Sentences, TimedCause, TimedChange};

pub(super) fn words(compiled: &Compiled, lead: &Lead, change: &TimedChange) -> Sentences {
    let say = |language| Speaker { compiled, lead, language }.change(change);
    Sentences { en: say(Language::English), ja: say(Language::Japanese) }
}

/// A sentence names so many causes, and counts the others.
const MOST_CAUSES: usize = 3;

struct Speaker<'a> {
    compiled: &'a Compiled,
    lead: &'a Lead,
    language: Language,
}

impl Speaker<'_> {
    fn japanese(&self) -> bool {
        self.language == Language::Japanese
    }

    fn change(&self, change: &TimedChange) -> String {
        let mut parts = Vec::new();
        for card in &self.compiled.cards {
            match (change.ranks.get(&card.name), change.scores.get(&card.name)) {
                (Some(ranks), scores) => parts.push(self.rank(card, ranks, scores)),
                (None, Some(scores)) => parts.push(self.score(card, scores)),
                (None, None) => {}
            }
        }
        let segments = |names: &[String]| {
            let names: Vec<&str> = names.iter().map(|name| self.segment(name)).collect();
            names.join(if self.japanese() { "、" } else { ", " })
        };
        for (names, english, japanese) in
            [(&change.entered, "enters", "に入る"), (&change.left, "leaves", "から外れる")]
        {
            if !names.is_empty() {
                let names = segments(names);
                parts.push(if self.japanese() {
                    format!("{names}{japanese}")
                } else {
                    format!("{english} {names}")
                });
            }
        }
        parts.extend(change.owners.iter().map(|change| self.owner(change)));
        let mut causes: Vec<String> = Vec::new();
        for cause in &change.causes {
            let text = self.cause(cause);
            if !causes.contains(&text) {
                causes.push(text);
            }
        }
        let more = causes.len().saturating_sub(MOST_CAUSES);
        if more > 0 {
            causes.truncate(MOST_CAUSES);
            causes.push(self.say(|| format!("{more} more"), || format!("ほか{more}件")));
        }
        let time = self.compiled.zone.written(change.at);
        match (self.japanese(), causes.is_empty()) {
            (true, true) => format!("{time}：{}", parts.join("、")),
            (true, false) => format!("{time}：{}（理由：{}）", parts.join("、"), causes.join("、")),
            (false, true) => format!("{time}: {}", parts.join("; ")),
            (false, false) => format!("{time}: {}, as {}", parts.join("; "), causes.join(" and ")),
        }
    }

    fn rank(&self, card: &Card, ranks: &RankChange, scores: Option<&ScoreChange>) -> String {
        let name = card.label.as_deref().unwrap_or(&card.name);
        // Ranks stand best first; having none is the last of all.
        let place = |rank: &Option<String>| {
            let known = &card.qualification.ranks;
            known.iter().position(|known| Some(&known.name) == rank.as_ref()).unwrap_or(known.len())
        };
        let rises = place(&ranks.to) < place(&ranks.from);
        let none = if self.japanese() { "ランクなし" } else { "no rank" };
        let [from, to] = [&ranks.from, &ranks.to].map(|rank| rank.as_deref().unwrap_or(none));
        let points = scores.filter(|scores| scores.from.total != scores.to.total).map(|scores| {
            let (from, to) = (scores.from.total, scores.to.total);
            if self.japanese() {
                format!("（{from}点→{to}点）")
            } else {
                format!(" ({from} to {to} points)")
            }
        });
        let points = points.unwrap_or_default();
        match (self.japanese(), rises) {
            (true, true) => format!("{name}が{from}から{to}に上がる{points}"),
            (true, false) => format!("{name}が{from}から{to}に下がる{points}"),
            (false, true) => format!("{name} rises from {from} to {to}{points}"),
            (false, false) => format!("{name} falls from {from} to {to}{points}"),
        }
    }

    fn score(&self, card: &Card, scores: &ScoreChange) -> String {
        let name = card.label.as_deref().unwrap_or(&card.name);
        let (from, to): (Points, Points) = (scores.from.total, scores.to.total);
        match (self.japanese(), from.cmp(&to)) {
            (true, std::cmp::Ordering::Equal) => format!("{name}の内訳が変わる（合計{to}点のまま）"),
            (true, _) => format!("{name}が{from}点から{to}点になる"),
            (false, std::cmp::Ordering::Less) => format!("{name} rises from {from} to {to} points"),
            (false, std::cmp::Ordering::Greater) => format!("{name} falls from {from} to {to} points"),
            (false, std::cmp::Ordering::Equal) => {
                format!("{name} is made up of other figures, {to} points as before")
            }
        }
    }

    fn owner(&self, change: &OwnerChange) -> String {
        let about = match (&change.about, self.japanese()) {
            (None, _) => String::new(),
            (Some(about), false) => format!(" for {about}"),
            (Some(about), true) => format!("（{about}）"),
        };
        match (&change.from, &change.to, self.japanese()) {
            (None, Some(to), false) => format!("{to} becomes accountable{about}"),
            (None, Some(to), true) => format!("{to}が担当になる{about}"),
            (Some(from), Some(to), false) => format!("{to} becomes accountable{about} instead of {from}"),
            (Some(from), Some(to), true) => format!("担当が{from}から{to}に代わる{about}"),
            (_, None, false) => format!("nobody is accountable{about} any more"),
            (_, None, true) => format!("担当がいなくなる{about}"),
        }
    }

    fn cause(&self, cause: &TimedCause) -> String {
        match cause {
            TimedCause::HandOver { kind, .. } => {
                let (english, japanese) = match kind {
                    AssignmentEventKind::Assigned => ("it is handed over", "引き渡し"),
                    AssignmentEventKind::Accepted => ("it is accepted", "受諾"),
                    AssignmentEventKind::Touched => ("the owner is in touch", "初回接触"),
                    AssignmentEventKind::Refused => ("it is refused", "辞退"),
                    AssignmentEventKind::Reminded => ("the owner is reminded", "督促"),
                    AssignmentEventKind::Reassigned => ("it is reassigned", "再割り当て"),
                    AssignmentEventKind::Escalated => ("it is escalated", "エスカレーション"),
                    AssignmentEventKind::Queued => ("it goes to the queue", "キューへの移動"),
                    AssignmentEventKind::Recycled => ("sales gives it back", "営業からの差し戻し"),
                    AssignmentEventKind::Closed => ("it is closed", "対応の完了"),
                };
                self.say(|| english.to_owned(), || japanese.to_owned())
            }
            TimedCause::Activity { kind, .. } => {
                self.say(|| format!("`{kind}` happens"), || format!("「{kind}」の発生"))
            }
            TimedCause::RecordedLate { kind, happened, .. } => {
                let time = self.compiled.zone.written(*happened);
                self.say(|| format!("`{kind}` of {time} is recorded"), || format!("{time}の「{kind}」の記録"))
            }
            TimedCause::Fading { card, rule, activity } => {
                let (rule, day) = (self.rule(card, rule), self.day(activity));
                self.say(|| format!("{rule} of {day} fades"), || format!("{day}の{rule}の減衰"))
            }
            TimedCause::Ended { card, rule, activity } => {
                let (rule, day) = (self.rule(card, rule), self.day(activity));
                self.say(|| format!("{rule} of {day} no longer counts"), || format!("{day}の{rule}の失効"))
            }
            TimedCause::WindowEnded { id, kind, within } => {
                let day = self.day(id);
                self.say(
                    || format!("`{kind}` of {day} is {within} ago"),
                    || format!("{day}の「{kind}」から{within}の経過"),
                )
            }
            TimedCause::KeepEnded { rank, .. } => self.say(
                || format!("the time for which {rank} is kept is over"),
                || format!("{rank}の維持期間の終了"),
            ),
            TimedCause::TimeReached { expression, .. } => self.say(
                || format!("`{expression}` changes with time"),
                || format!("条件 `{expression}` の時間の経過"),
            ),
        }
    }

    fn say(&self, english: impl FnOnce() -> String, japanese: impl FnOnce() -> String) -> String {
        if self.japanese() { japanese() } else { english() }
    }

    fn rule<'n>(&'n self, card: &str, rule: &'n str) -> &'n str {
        let number = self.compiled.cards.iter().position(|known| known.name == card);
        let card = number.and_then(|number| self.compiled.scoring.cards.get(number));
        let known = card.and_then(|card| card.rules.iter().find(|known| known.id == rule));
        known.and_then(|rule| rule.label.as_deref()).unwrap_or(rule)
    }

    fn segment<'n>(&'n self, name: &'n str) -> &'n str {
        let known = self.compiled.segments.segments.iter().find(|segment| segment.name == name);
        known.and_then(|segment| segment.label.as_deref()).unwrap_or(name)
    }

    /// The day of an activity, on the playbook's clock.
    fn day(&self, activity: &str) -> String {
        let found = self.lead.activities().iter().find(|known| known.id == activity);
        let time = found.map(|known: &crate::lead::activity::Activity| self.compiled.zone.written(known.at));
        time.and_then(|time| time.get(..10).map(str::to_owned)).unwrap_or_default()
    }
}
