//! A brief in words: its sections, what to mind, and how to begin.

use super::{Brief, BriefActivity, BriefFact};
use crate::base::time::Instant;
use crate::explain::{Language, Voice, show};
use crate::lead::assignment::{Assignment, AssignmentEventKind, Words};
use crate::lead::record::{ConsentStatus, Lead, SuppressedBy};
use crate::lead::value::Value;

/// How many lines of one kind are written; the rest is counted.
const LINES: usize = 10;

/// A line: a label, if there is one, and what it says.
pub(super) type Line = (Option<String>, String);

/// A brief, ready to be written.
pub(super) struct Page {
    pub(super) language: Language,
    pub(super) title: String,
    pub(super) as_of: String,
    pub(super) sections: Vec<Section>,
}

/// A part of a page: lines, with a label or without.
pub(super) struct Section {
    pub(super) title: &'static str,
    pub(super) lines: Vec<Line>,
}

pub(super) fn page(voice: &Voice<'_>, brief: &Brief) -> Page {
    let mut writer = Writer { voice, sections: Vec::new() };
    writer.brief(brief);
    let name = brief.company.first().or_else(|| brief.who.first()).map(|fact| shown(&fact.value));
    let id = &brief.lead;
    let title = match name {
        Some(name) => voice.tell(|| format!("{name} ({id})"), || format!("{name}（{id}）")),
        None => id.clone(),
    };
    let at = voice.time(brief.at);
    let as_of = voice.tell(|| format!("as of {at}"), || format!("{at}現在"));
    Page { language: brief.language, title, as_of, sections: writer.sections }
}

struct Writer<'a, 'w> {
    voice: &'a Voice<'w>,
    sections: Vec<Section>,
}

impl Writer<'_, '_> {
    fn brief(&mut self, brief: &Brief) {
        if let Some(assignment) = &brief.assignment {
            self.assignment(assignment);
        }
        self.section("Suggested opening", "切り出し方の例", vec![(None, brief.opening.clone())]);
        self.list("Mind", "注意事項", brief.cautions.iter().map(|text| (None, text.clone())).collect());
        self.section("Who", "リード情報", facts(&brief.who));
        let mut company = facts(&brief.company);
        company.extend(self.account(brief));
        self.section("Company", "企業", company);
        let mut source: Vec<_> = brief
            .search_keyword
            .iter()
            .map(|text| (Some(self.say("first search keyword", "最初の検索キーワード")), text.clone()))
            .collect();
        source.extend(
            facts(&brief.source)
                .into_iter()
                .filter(|(_, value)| Some(value) != brief.search_keyword.as_ref()),
        );
        self.section("Source", "獲得経路", source);
        let scores = brief.scores.iter().flat_map(|score| {
            let rank = score.rank.as_deref().map_or_else(
                || self.say("no rank", "ランクなし"),
                |rank| self.voice.tell(|| format!("rank {rank}"), || format!("ランク{rank}")),
            );
            let heat = if score.hot { self.say(", hot", "・ホット") } else { String::new() };
            let total = score.total;
            let figures = self.voice.tell(
                || format!("{rank}{heat}, {total} points; {}", score.cause),
                || format!("{rank}{heat}、{total}点。{}", score.cause),
            );
            let why = score.why.iter().map(|line| (None, line.clone()));
            std::iter::once((Some(score.label.clone()), figures)).chain(why)
        });
        let scores = scores.collect();
        self.section("Score and why", "スコアと理由", scores);
        let interests = brief.interests.iter().map(|text| (None, text.clone())).collect();
        self.list("Interests", "関心", interests);
        for (activities, english, japanese) in [
            (&brief.forms, "Forms", "フォーム"),
            (&brief.pages, "Pages", "閲覧ページ"),
            (&brief.mails, "Mails", "メール"),
            (&brief.seminars, "Seminars", "セミナー・イベント"),
            (&brief.others, "Other activities", "その他の行動"),
        ] {
            let lines = activities.iter().map(|activity| self.activity(activity)).collect();
            self.list(english, japanese, lines);
        }
        let sent = brief.sent.iter().map(|touch| {
            let what = touch.template.as_deref().unwrap_or(&touch.step);
            (Some(self.voice.time(touch.at)), self.paired(what, &touch.channel))
        });
        let sent = sent.collect();
        self.list("Sent by nurturing", "ナーチャリング配信", sent);
        let campaigns = brief.campaigns.iter().map(|known| {
            let status = known.status.as_deref().unwrap_or("-");
            (Some(known.campaign.clone()), self.paired(status, &self.voice.time(known.at)))
        });
        let campaigns = campaigns.collect();
        self.list("Campaigns", "キャンペーン", campaigns);
        let scenarios = brief.enrolments.iter().map(|known| {
            let since = self.voice.time(known.since);
            let since = self.voice.tell(|| format!("since {since}"), || format!("{since}から"));
            (Some(known.scenario.clone()), since)
        });
        let scenarios = scenarios.collect();
        self.list("Scenarios under way", "進行中のシナリオ", scenarios);
        let deals = brief.deals.iter().map(|deal| {
            let amount = deal.amount.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string);
            (Some(deal.id.clone()), format!("{} {amount} {}", deal.stage, self.voice.time(deal.at)))
        });
        let deals = deals.collect();
        self.list("Deals", "商談", deals);
        let colleagues = brief.colleagues.iter().map(|lead| {
            let mut parts = lead.who.clone();
            if let Some(rank) = &lead.rank {
                parts.push(self.voice.tell(|| format!("rank {rank}"), || format!("ランク{rank}")));
            }
            if let Some(owner) = &lead.owner {
                parts.push(self.voice.tell(|| format!("with {owner}"), || format!("担当{owner}")));
            }
            if let Some(last) = lead.last {
                let last = self.voice.time(last);
                parts.push(self.voice.tell(|| format!("last active {last}"), || format!("最終行動{last}")));
            }
            (Some(lead.id.clone()), parts.join(&self.say(", ", "、")))
        });
        let colleagues = colleagues.collect();
        self.list("Other leads of the company", "同じ企業の他のリード", colleagues);
    }

    fn assignment(&mut self, assignment: &Assignment) {
        let mut lines = vec![
            (Some(self.say("accountable", "責任者")), assignment.owner.clone()),
            (Some(self.say("why", "理由")), self.either(&assignment.reason)),
        ];
        for (until, english, japanese) in [
            (assignment.accept_by, "accept by", "承諾期限"),
            (assignment.first_touch_by, "first touch by", "初回接触期限"),
        ] {
            if let Some(until) = until {
                lines.push((Some(self.say(english, japanese)), self.voice.time(until)));
            }
        }
        for informed in &assignment.informed {
            let parts = [&informed.team, &informed.member];
            let who: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
            let why = self.either(&informed.reason);
            lines.push((Some(self.say("informed", "共有先")), format!("{}: {why}", who.join(" / "))));
        }
        self.section("Hand-over", "引き継ぎ", lines);
    }

    fn account(&self, brief: &Brief) -> Vec<Line> {
        let Some(account) = &brief.account else { return Vec::new() };
        let name = account.names.first().unwrap_or(&account.id).clone();
        let status = if account.customer {
            self.say("customer", "既存顧客")
        } else {
            self.say("not a customer yet", "未取引")
        };
        let mut lines = vec![(Some(self.say("account", "取引先")), self.paired(&name, &status))];
        for (value, english, japanese) in
            [(&account.owner, "looked after by", "担当"), (&account.parent, "part of", "親会社")]
        {
            lines.extend(value.iter().map(|value| (Some(self.say(english, japanese)), value.clone())));
        }
        lines
    }

    fn activity(&self, activity: &BriefActivity) -> Line {
        let (times, last) = (activity.times, self.voice.time(activity.last));
        let label = activity.label.as_str();
        let what = activity.what.as_ref().map_or_else(|| label.to_owned(), |what| self.paired(what, label));
        let often = match times {
            1 => last.clone(),
            _ => self.voice.tell(|| format!("{last}, {times} times"), || format!("{last}、{times}回")),
        };
        (Some(often), what)
    }

    /// `a (b)`
    fn paired(&self, a: &str, b: &str) -> String {
        self.voice.tell(|| format!("{a} ({b})"), || format!("{a}（{b}）"))
    }

    fn either(&self, words: &Words) -> String {
        self.voice.tell(|| words.en.clone(), || words.ja.clone())
    }

    fn say(&self, english: &str, japanese: &str) -> String {
        self.voice.say(english, japanese).to_owned()
    }

    /// A section of a list that may be long.
    fn list(&mut self, english: &'static str, japanese: &'static str, mut lines: Vec<Line>) {
        let more = lines.len().saturating_sub(LINES);
        if more > 0 {
            lines.truncate(LINES);
            lines.push((None, self.voice.tell(|| format!("and {more} more"), || format!("ほか{more}件"))));
        }
        self.section(english, japanese, lines);
    }

    fn section(&mut self, english: &'static str, japanese: &'static str, lines: Vec<Line>) {
        if lines.is_empty() {
            return;
        }
        self.sections.push(Section { title: self.voice.say(english, japanese), lines });
    }
}

/// What to mind: channels that are closed, and what sales said before.
pub(super) fn cautions(voice: &Voice<'_>, lead: &Lead, at: Instant) -> Vec<String> {
    let mut all = Vec::new();
    for (channel, consent) in &lead.consent {
        let why = match consent.suppressed.as_ref().map(|suppressed| suppressed.by) {
            Some(SuppressedBy::Bounce) => ("it bounced", "不達"),
            Some(SuppressedBy::Complaint) => ("a complaint", "苦情"),
            None if consent.status == ConsentStatus::Denied => ("refused", "拒否"),
            None => continue,
        };
        let (en, ja) = why;
        all.push(
            voice.tell(|| format!("not by {channel}: {en}"), || format!("{channel}での連絡は不可（{ja}）")),
        );
    }
    for event in lead.assignments.iter().flat_map(|known| &known.history).filter(|event| event.at <= at) {
        let (en, ja) = match event.kind {
            AssignmentEventKind::Recycled => ("given back by", "が差し戻し"),
            AssignmentEventKind::Refused => ("refused by", "が辞退"),
            _ => continue,
        };
        let (when, who) = (voice.time(event.at), &event.member);
        let why = event.reason.as_deref().unwrap_or("-");
        all.push(
            voice.tell(|| format!("{when}: {en} {who} ({why})"), || format!("{when}：{who}{ja}（{why}）")),
        );
    }
    all
}

/// How to begin: with what the lead last asked for itself, never with pages that it was seen on.
pub(super) fn opening(voice: &Voice<'_>, brief: &Brief) -> String {
    let asked = [&brief.forms, &brief.seminars, &brief.mails].into_iter().filter_map(|all| all.first());
    // Of equals the first: a form says more than a seminar, a seminar more than a mail.
    let asked = asked.reduce(|best, next| if next.last > best.last { next } else { best });
    let customer = brief.account.as_ref().is_some_and(|account| account.customer);
    let begin = match (asked, brief.campaigns.first()) {
        (Some(asked), _) => {
            let what = asked.what.as_ref().unwrap_or(&asked.label);
            let day: String = voice.time(asked.last).chars().take(10).collect();
            voice.tell(
                || format!("I am calling about \u{201c}{what}\u{201d} of {day}."),
                || format!("{day}の「{what}」の件でご連絡いたしました。"),
            )
        }
        (None, Some(campaign)) => {
            let name = &campaign.campaign;
            voice.tell(
                || format!("I am calling about \u{201c}{name}\u{201d}."),
                || format!("「{name}」の件でご連絡いたしました。"),
            )
        }
        (None, None) if customer => voice.tell(
            || "Thank you for working with us.".to_owned(),
            || "いつもお世話になっております。".to_owned(),
        ),
        (None, None) => voice.tell(
            || "I am calling to introduce myself.".to_owned(),
            || "ご挨拶のためご連絡いたしました。".to_owned(),
        ),
    };
    let interests: Vec<&str> = brief.interests.iter().take(3).map(String::as_str).collect();
    let ask = if interests.is_empty() {
        voice.tell(
            || " May I ask what you are working on?".to_owned(),
            || "現在のご検討状況をお聞かせいただけますか。".to_owned(),
        )
    } else {
        voice.tell(
            || format!(" May I ask about your plans for {}?", interests.join(", ")),
            || format!("{}について、ご検討の状況をお聞かせいただけますか。", interests.join("、")),
        )
    };
    begin + &ask
}

/// What people call a part of the source.
pub(super) fn source_label(language: Language, name: &str) -> &str {
    let (en, ja) = match name {
        "channel" => ("channel", "チャネル"),
        "campaign" => ("campaign", "キャンペーン"),
        "form" => ("form", "フォーム"),
        "search_keyword" => ("search keyword", "検索キーワード"),
        "landing_page" => ("landing page", "ランディングページ"),
        "referrer" => ("referrer", "参照元"),
        other => return other,
    };
    match language {
        Language::English => en,
        Language::Japanese => ja,
    }
}

/// A value as people write it.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::List(items) => items.iter().map(show).collect::<Vec<_>>().join(", "),
        other => show(other),
    }
}

fn facts(facts: &[BriefFact]) -> Vec<Line> {
    facts.iter().map(|fact| (Some(fact.label.clone()), shown(&fact.value))).collect()
}
