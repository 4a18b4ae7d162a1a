//! Answers in a sentence, in English and Japanese.

use super::{DecisionFact, Obstacle, SuggestedStep, Way, WhatWould, Why, WhyNot};
use crate::base::points::Points;
use crate::explain::{Language, show};
use crate::lead::value::Value;
use crate::playbook::compile::Compiled;
use crate::trust::change::Sentences;

pub(super) fn why(compiled: &Compiled, why: &Why) -> Sentences {
    both(compiled, |speaker| speaker.why(why))
}

pub(super) fn why_not(compiled: &Compiled, found: &WhyNot) -> Sentences {
    both(compiled, |speaker| speaker.why_not(found))
}

pub(super) fn what_would(compiled: &Compiled, found: &WhatWould) -> Sentences {
    both(compiled, |speaker| speaker.what_would(found))
}

pub(super) fn way(compiled: &Compiled, way: &Way) -> Sentences {
    both(compiled, |speaker| speaker.way(way))
}

fn both(compiled: &Compiled, say: impl Fn(&Speaker<'_>) -> String) -> Sentences {
    let speak = |language| say(&Speaker { compiled, language });
    Sentences { en: speak(Language::English), ja: speak(Language::Japanese) }
}

struct Speaker<'a> {
    compiled: &'a Compiled,
    language: Language,
}

impl Speaker<'_> {
    fn japanese(&self) -> bool {
        self.language == Language::Japanese
    }

    fn why(&self, why: &Why) -> String {
        let (card, rank) = (self.card(&why.scorecard), self.rank(why.rank.as_deref()));
        let facts = self.list(why.facts.iter().map(|fact| self.fact(fact)));
        let mut text = match (self.japanese(), why.facts.is_empty()) {
            (false, true) => format!("{card} is {rank}, as it is for a lead of which nothing is known"),
            (false, false) => format!("{card} is {rank}, as {facts}"),
            (true, true) => format!("{card}は{rank}。何も分からないリードと同じ"),
            (true, false) => format!("{card}は{rank}。理由は{facts}"),
        };
        if !why.hinges_on.is_empty() {
            let otherwise = self.rank(why.otherwise.as_deref());
            let gone = match (self.japanese(), why.hinges_on == why.facts) {
                (false, true) => "that".to_owned(),
                (true, true) => "それ".to_owned(),
                (false, false) => {
                    format!("the fact that {}", self.list(why.hinges_on.iter().map(|fact| self.fact(fact))))
                }
                (true, false) => self.list(why.hinges_on.iter().map(|fact| self.fact(fact))),
            };
            text.push_str(&if self.japanese() {
                format!("。{gone}がなければ{otherwise}")
            } else {
                format!("; without {gone} it would be {otherwise}")
            });
        }
        text
    }

    fn why_not(&self, found: &WhyNot) -> String {
        let (card, rank) = (self.card(&found.scorecard), self.rank(found.rank.as_deref()));
        let asked = &found.asked;
        if found.reached {
            return self.reached(&card, &rank, asked);
        }
        let obstacles: Vec<String> = found.obstacles.iter().map(|obstacle| self.obstacle(obstacle)).collect();
        let mut text = match self.japanese() {
            false => format!("{card} is {rank}, not {asked}: {}", obstacles.join("; ")),
            true => format!("{card}は{rank}で、{asked}ではない：{}", obstacles.join("、")),
        };
        if !found.held_back_by.is_empty() {
            let facts = self.list(found.held_back_by.iter().map(|fact| self.fact(fact)));
            text.push_str(&if self.japanese() {
                format!("。{facts}がなければ{asked}")
            } else {
                format!("; it would be {asked} if it were not that {facts}")
            });
        }
        text
    }

    fn what_would(&self, found: &WhatWould) -> String {
        let (card, rank) = (self.card(&found.scorecard), self.rank(found.rank.as_deref()));
        let asked = &found.asked;
        if found.reached {
            return self.reached(&card, &rank, asked);
        }
        match (self.japanese(), found.suggestions.first()) {
            (false, Some(way)) => format!("{card} is {rank}; {}", way.words.en),
            (true, Some(way)) => format!("{card}は{rank}。{}", way.words.ja),
            (false, None) => format!(
                "{card} is {rank}, and no set of up to {} facts that can be influenced gives {asked}",
                found.searched
            ),
            (true, None) => format!(
                "{card}は{rank}。働きかけられる事実{}件までの組み合わせでは{asked}に届かない",
                found.searched
            ),
        }
    }

    fn reached(&self, card: &str, rank: &str, asked: &str) -> String {
        match (self.japanese(), rank == asked) {
            (false, true) => format!("{card} is {rank} already"),
            (false, false) => format!("{card} is {rank}, which is better than {asked}"),
            (true, true) => format!("{card}はすでに{rank}"),
            (true, false) => format!("{card}は{asked}より上の{rank}"),
        }
    }

    fn way(&self, way: &Way) -> String {
        let mut steps: Vec<(String, usize)> = Vec::new();
        for step in &way.steps {
            let text = self.step(step);
            match steps.iter_mut().find(|(known, _)| *known == text) {
                Some((_, times)) => *times += 1,
                None => steps.push((text, 1)),
            }
        }
        let steps = steps.into_iter().map(|(text, times)| match (self.japanese(), times) {
            (_, 1) => text,
            (false, 2) => format!("{text} twice"),
            (false, _) => format!("{text} {times} times"),
            (true, _) => format!("{text}（{times}回）"),
        });
        let steps = self.list(steps);
        let (rank, total) = (&way.rank, way.total);
        if self.japanese() {
            format!("{steps}なら{rank}（{total}点）")
        } else {
            format!("{steps}: {rank} ({total} points)")
        }
    }

    fn step(&self, step: &SuggestedStep) -> String {
        match step {
            SuggestedStep::Field { name, to, .. } => {
                let (field, value) = (self.field(name), self.value(to));
                self.say(|| format!("{field} becomes {value}"), || format!("{field}が{value}"))
            }
            SuggestedStep::Item { name, item } => {
                let field = self.field(name);
                self.say(|| format!("{field} has {item} as well"), || format!("{field}に{item}が加わる"))
            }
            SuggestedStep::Activity(activity) => {
                let kind = self.kind(&activity.kind);
                let mut more: Vec<String> = activity
                    .properties
                    .iter()
                    .map(|(name, value)| {
                        self.say(|| format!("{name} {}", show(value)), || format!("{name}：{}", show(value)))
                    })
                    .collect();
                more.extend(activity.campaign.clone());
                match (self.japanese(), more.is_empty()) {
                    (false, true) => format!("{kind} happens"),
                    (false, false) => format!("{kind} ({}) happens", more.join(", ")),
                    (true, true) => format!("{kind}の発生"),
                    (true, false) => format!("{kind}（{}）の発生", more.join("、")),
                }
            }
        }
    }

    fn obstacle(&self, obstacle: &Obstacle) -> String {
        let name = |label: &Option<String>, id: &str| label.clone().unwrap_or_else(|| id.to_owned());
        match obstacle {
            Obstacle::Disqualified { rule, label, .. } => {
                let rule = name(label, rule);
                self.say(|| format!("{rule} disqualifies it"), || format!("{rule}により対象外"))
            }
            Obstacle::Points { at_least, total, missing } => {
                let are = if *missing == one() { "point is" } else { "points are" };
                self.say(
                    || format!("{missing} {are} missing ({total} of {at_least})"),
                    || format!("あと{missing}点（{total}点／{at_least}点）"),
                )
            }
            Obstacle::Condition { trace } => {
                let text = &trace.text;
                self.say(|| format!("`{text}` does not hold"), || format!("条件 `{text}` を満たさない"))
            }
            Obstacle::Matrix { needs } => match needs.first() {
                Some(need) => {
                    let missing = [
                        (need.fit_missing, "of fit", "属性"),
                        (need.engagement_missing, "of engagement", "行動"),
                    ];
                    let missing = missing.iter().filter(|(points, ..)| *points != Points::ZERO);
                    let parts = missing.map(|(points, of, japanese)| {
                        self.say(|| format!("{points} points {of}"), || format!("{japanese}があと{points}点"))
                    });
                    let parts = self.list(parts);
                    self.say(|| format!("{parts} are missing"), || parts.clone())
                }
                None => self.say(
                    || "no higher fit or engagement gives it".to_owned(),
                    || "属性・行動の点が上がっても届かない".to_owned(),
                ),
            },
            Obstacle::Ceiling { most, .. } => self.say(
                || format!("the scorecard never gives more than {most} points"),
                || format!("スコアカードの上限は{most}点"),
            ),
            Obstacle::Loss { rule, label, points } => {
                let rule = name(label, rule);
                self.say(
                    || format!("{rule} costs {} points", -*points),
                    || format!("{rule}による減点{}点", -*points),
                )
            }
            Obstacle::Limit { rule, group, label, points } => {
                let scorecard = self.say(|| "the scorecard".to_owned(), || "スコアカード".to_owned());
                let of =
                    label.clone().or_else(|| rule.clone()).or_else(|| group.clone()).unwrap_or(scorecard);
                self.say(
                    || format!("the limit of {of} takes {} points", -*points),
                    || format!("{of}の上限による減点{}点", -*points),
                )
            }
        }
    }

    fn fact(&self, fact: &DecisionFact) -> String {
        match fact {
            DecisionFact::Field { name, value } => {
                let field = self.field(name);
                self.say(
                    || format!("{field} is {}", self.value(value)),
                    || format!("{field}（{}）", show(value)),
                )
            }
            DecisionFact::Source { key, value } => self.say(
                || format!("its source's {key} is {}", self.value(value)),
                || format!("獲得元の{key}（{}）", show(value)),
            ),
            DecisionFact::Consent { channel, status } => self.say(
                || format!("consent to {channel} is {status}"),
                || format!("{channel}の同意（{status}）"),
            ),
            DecisionFact::Standing { rank, since } => {
                let (rank, time) = (self.rank(rank.as_deref()), self.compiled.zone.written(*since));
                self.say(|| format!("it has been {rank} since {time}"), || format!("{time}からの{rank}"))
            }
            DecisionFact::Activity { kind, at, .. } => {
                let (kind, time) = (self.kind(kind), self.compiled.zone.written(*at));
                self.say(|| format!("{kind} happened on {time}"), || format!("{time}の{kind}"))
            }
        }
    }

    fn list(&self, parts: impl Iterator<Item = String>) -> String {
        let parts: Vec<String> = parts.collect();
        if self.japanese() {
            return parts.join("、");
        }
        match parts.split_last() {
            Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
            _ => parts.concat(),
        }
    }

    fn say(&self, english: impl FnOnce() -> String, japanese: impl FnOnce() -> String) -> String {
        if self.japanese() { japanese() } else { english() }
    }

    fn card(&self, name: &str) -> String {
        let known = self.compiled.cards.iter().find(|card| card.name == name);
        known.and_then(|card| card.label.clone()).unwrap_or_else(|| name.to_owned())
    }

    fn rank(&self, rank: Option<&str>) -> String {
        rank.map_or_else(
            || self.say(|| "without a rank".to_owned(), || "ランクなし".to_owned()),
            str::to_owned,
        )
    }

    fn field<'n>(&'n self, name: &'n str) -> &'n str {
        self.compiled.model.field(name).and_then(|(_, policy)| policy.label.as_deref()).unwrap_or(name)
    }

    fn kind<'n>(&'n self, name: &'n str) -> &'n str {
        self.compiled.model.activity(name).and_then(|(_, policy)| policy.label.as_deref()).unwrap_or(name)
    }

    fn value(&self, value: &Value) -> String {
        match (value, self.japanese()) {
            (Value::Text(text), true) => format!("「{text}」"),
            (Value::Text(text), false) => format!("\"{text}\""),
            (Value::Null, _) => self.say(|| "empty".to_owned(), || "空".to_owned()),
            (other, _) => show(other),
        }
    }
}

fn one() -> Points {
    Points::from_whole(1).unwrap_or(Points::ZERO)
}
