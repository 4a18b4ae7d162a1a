//! What is written into the boxes, in English or Japanese.

use crate::lead::value::Value;
use crate::nurturing::calendar::Weekday;
use crate::nurturing::policy::{ActivityMatch, SendStep, TriggerPolicy, WaitStep};

/// The language of a diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tongue {
    English,
    Japanese,
}

impl Tongue {
    pub(super) fn say(self, en: impl Into<String>, ja: impl Into<String>) -> String {
        match self {
            Self::English => en.into(),
            Self::Japanese => ja.into(),
        }
    }

    pub(super) fn trigger(self, trigger: &TriggerPolicy) -> String {
        match trigger {
            TriggerPolicy::Activity(activity) => self.activity(activity),
            TriggerPolicy::SegmentEntered(name) => {
                self.say(format!("comes into segment {name}"), format!("セグメント {name} に入る"))
            }
            TriggerPolicy::SegmentLeft(name) => {
                self.say(format!("leaves segment {name}"), format!("セグメント {name} から外れる"))
            }
            TriggerPolicy::Rank(rank) => {
                let card = rank.card.as_deref().unwrap_or_default();
                let (to, from) = (rank.to.join(", "), rank.from.join(", "));
                let en = format!("rank {card} {from} → {}", if to.is_empty() { "any" } else { &to });
                let ja = format!("ランク {card} {from} → {}", if to.is_empty() { "任意" } else { &to });
                self.say(tidy(&en), tidy(&ja))
            }
            TriggerPolicy::Score(score) => {
                let card = score.card.as_deref().unwrap_or_default();
                let limit = match (score.at_least, score.below) {
                    (Some(points), _) => format!("≥ {points}"),
                    (None, Some(points)) => format!("< {points}"),
                    (None, None) => String::new(),
                };
                self.say(tidy(&format!("score {card} {limit}")), tidy(&format!("スコア {card} {limit}")))
            }
            TriggerPolicy::Schedule(schedule) => {
                let zone = schedule.zone.as_deref().unwrap_or_default();
                let text = format!("{} {zone}", schedule.cron);
                self.say(tidy(&format!("schedule {text}")), tidy(&format!("定期 {text}")))
            }
            TriggerPolicy::Date(date) => match (date.before, date.after) {
                (Some(days), _) => self.say(
                    format!("{days} days before {}", date.field),
                    format!("{} の{days}日前", date.field),
                ),
                (None, days) => {
                    let days = days.unwrap_or(0);
                    self.say(
                        format!("{days} days after {}", date.field),
                        format!("{} の{days}日後", date.field),
                    )
                }
            },
            TriggerPolicy::Dormant(dormant) => {
                self.say(format!("silent for {}", dormant.length), format!("{} 動きなし", dormant.length))
            }
            TriggerPolicy::Deal(deal) => {
                self.say(format!("deal {}", deal.stage), format!("商談 {}", deal.stage))
            }
            TriggerPolicy::Campaign(campaign) => {
                let status = campaign.status.as_deref().unwrap_or_default();
                let text = format!("{} {status}", campaign.campaign);
                self.say(tidy(&format!("campaign {text}")), tidy(&format!("キャンペーン {text}")))
            }
            TriggerPolicy::Manual => self.say("by hand", "手動"),
        }
    }

    pub(super) fn activity(self, activity: &ActivityMatch) -> String {
        match &activity.when {
            None => activity.kind.clone(),
            Some(when) => format!("{}: {when}", activity.kind),
        }
    }

    /// What a wait waits for.
    pub(super) fn wait(self, wait: &WaitStep) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(activity) = &wait.activity {
            let what = self.activity(activity);
            lines.push(self.say(format!("until {what}"), format!("{what} まで")));
        }
        if let Some(until) = &wait.until {
            lines.push(self.say(format!("until {until}"), format!("{until} まで")));
        }
        let asks = !lines.is_empty();
        if let Some(length) = wait.length {
            let en = if asks { format!("at most {length}") } else { format!("{length}") };
            let ja = if asks { format!("最長 {length}") } else { format!("{length}") };
            lines.push(self.say(en, ja));
        }
        if let Some(days) = wait.business_days {
            lines.push(self.say(format!("{days} business days"), format!("{days}営業日")));
        }
        if let Some(day) = wait.day {
            lines.push(self.say(format!("to day {day} of the month"), format!("{day}日まで")));
        }
        let days: Vec<&str> = wait.days.iter().map(|day| self.weekday(*day)).collect();
        let at = wait.at.map(|at| at.to_string()).unwrap_or_default();
        if !days.is_empty() || !at.is_empty() {
            let text = tidy(&format!("{} {at}", days.join(self.say(", ", "・").as_str())));
            lines.push(self.say(format!("to {text}"), format!("{text} まで")));
        }
        lines
    }

    pub(super) fn versions(self, send: &SendStep) -> Vec<String> {
        let total: u64 = send.version.values().map(|share| u64::from(*share)).sum();
        let mut lines = Vec::new();
        if !send.version.is_empty() {
            let shares =
                send.version.iter().map(|(name, share)| format!("{name} {}", percent(*share, total)));
            lines.push(shares.collect::<Vec<_>>().join(" / "));
        }
        if !send.fallback.is_empty() {
            let others = send.fallback.join(", ");
            lines.push(self.say(format!("else {others}"), format!("不達なら {others}")));
        }
        lines
    }

    const fn weekday(self, day: Weekday) -> &'static str {
        let (en, ja) = match day {
            Weekday::Mon => ("Mon", "月"),
            Weekday::Tue => ("Tue", "火"),
            Weekday::Wed => ("Wed", "水"),
            Weekday::Thu => ("Thu", "木"),
            Weekday::Fri => ("Fri", "金"),
            Weekday::Sat => ("Sat", "土"),
            Weekday::Sun => ("Sun", "日"),
        };
        match self {
            Self::English => en,
            Self::Japanese => ja,
        }
    }
}

/// A share of all shares, in whole percent where it is one.
pub(super) fn percent(share: u32, total: u64) -> String {
    let Some(tenths) = (u64::from(share) * 1_000 + total / 2).checked_div(total) else {
        return share.to_string();
    };
    if tenths % 10 == 0 { format!("{}%", tenths / 10) } else { format!("{}.{}%", tenths / 10, tenths % 10) }
}

/// A value as an author would write it.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => serde_json::to_string(other).unwrap_or_default(),
    }
}

/// Single spaces, and none at the ends.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
