//! What goes into a brief.

use std::cmp::Reverse;

use super::{Brief, BriefActivity, BriefFact, BriefLead, BriefOptions, BriefScore, render, sections};
use crate::assessment::Assessment;
use crate::base::diagnostic::Diagnostic;
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::explain::{Language, Voice};
use crate::lead::activity::{Activity, Trust};
use crate::lead::assignment::Assignment;
use crate::lead::enrolment::EnrolmentStatus;
use crate::lead::model::{ActivityPolicy, FieldPolicy, FieldType, Identity};
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::routing::sla::no_assignment;

/// Properties that say which page, form, mail or seminar it was, the most telling first.
const TELLING: [&str; 9] =
    ["title", "form", "seminar", "event", "subject", "template", "name", "page", "url"];
/// How many reasons a score is given.
const REASONS: usize = 5;

impl Engine {
    /// What sales needs to know before calling: who it is, where it came from, what it did, score and why, and how to
    /// begin; as data, and as text, Markdown and HTML in the language that is asked for.
    ///
    /// What people did by `at`, and was recorded by then, is in it. Forms are kinds of activities with `form` in their
    /// name or a property of that name; otherwise the channel says what it is: `web` are pages, `email` mails,
    /// `seminar`, `webinar`, `event` and `exhibition` seminars.
    ///
    /// # Errors
    /// `IK0402` and `IK0501` as [`Engine::assess`], for the lead and for the others; `IK0601` if the lead has no such
    /// assignment.
    ///
    /// ```
    /// use ikusei::{BriefOptions, Lead, Playbook};
    /// # let engine = Playbook::parse(r#"
    /// # ikusei: 1
    /// # name: demo
    /// # fields: { company: { type: text, identity: company, label: 会社名 } }
    /// # "#)?.compile()?;
    /// let mut lead = Lead::new("lead-1").with_field("company", "大島精機 <東京>");
    /// lead.source.insert("search_keyword".to_owned(), "旋盤 保守".into());
    /// let brief = engine.brief(&lead, "2026-11-20T10:00:00+09:00".parse::<ikusei::Instant>()?, &BriefOptions::default())?;
    /// assert_eq!(brief.search_keyword.as_deref(), Some("旋盤 保守"));
    /// assert!(brief.text.contains("会社名: 大島精機 <東京>"));
    /// assert!(brief.html.contains("大島精機 &lt;東京&gt;"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn brief(
        &self,
        lead: &Lead,
        at: impl Into<Instant>,
        options: &BriefOptions<'_>,
    ) -> Result<Brief, Error> {
        let at = at.into();
        let assignment = assignment(lead, options.assignment).map_err(Error::call)?;
        let collector = Collector { engine: self, at, language: options.language };
        let assessment = self.assess(lead, at)?;
        let mut brief = collector.brief(lead, &assessment);
        brief.assignment = assignment.cloned();
        brief.account = options.account.cloned();
        brief.colleagues =
            options.others.iter().map(|other| collector.colleague(other)).collect::<Result<_, _>>()?;
        let voice = Voice::new(&self.compiled, options.language);
        brief.cautions = sections::cautions(&voice, lead, at);
        brief.opening = sections::opening(&voice, &brief);
        let page = sections::page(&voice, &brief);
        brief.text = render::text(&page);
        brief.markdown = render::markdown(&page);
        brief.html = render::html(&page);
        Ok(brief)
    }
}

/// The assignment of a name, or the last that is open.
fn assignment<'l>(lead: &'l Lead, name: Option<&str>) -> Result<Option<&'l Assignment>, Diagnostic> {
    let Some(name) = name else {
        return Ok(lead.assignments.iter().rev().find(|known| known.state.is_open()));
    };
    match lead.assignments.iter().find(|known| known.id == name) {
        Some(found) => Ok(Some(found)),
        None => Err(no_assignment(lead, name)),
    }
}

struct Collector<'a> {
    engine: &'a Engine,
    at: Instant,
    language: Language,
}

impl Collector<'_> {
    fn brief(&self, lead: &Lead, assessment: &Assessment) -> Brief {
        let company = |field: &FieldPolicy| field.identity == Some(Identity::Company);
        let set = |field: &FieldPolicy| field.kind == FieldType::Set;
        let mut who = self.fields(lead, |field| !company(field) && !set(field));
        for identity in &lead.identities {
            let value = Value::Text(identity.value.clone());
            if !who.iter().any(|fact| fact.value == value) {
                who.push(BriefFact { name: identity.kind.clone(), label: identity.kind.clone(), value });
            }
        }
        let mut interests: Vec<String> = Vec::new();
        for fact in self.fields(lead, set) {
            if let Value::List(items) = fact.value {
                for item in items {
                    match item {
                        Value::Text(text) if !interests.contains(&text) => interests.push(text),
                        _ => {}
                    }
                }
            }
        }
        let text = |key: &str| match lead.source.get(key) {
            Some(Value::Text(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        };
        let source = lead.source.iter().filter(|(_, value)| **value != Value::Null).map(|(name, value)| {
            let label = sections::source_label(self.language, name).to_owned();
            BriefFact { name: name.clone(), label, value: value.clone() }
        });
        let mut campaigns: Vec<_> =
            lead.campaigns.iter().filter(|known| known.at <= self.at).cloned().collect();
        campaigns.sort_by_key(|known| Reverse(known.at));
        let mut deals: Vec<_> = lead.deals.iter().filter(|known| known.at <= self.at).cloned().collect();
        deals.sort_by_key(|known| Reverse(known.at));
        let mut sent: Vec<_> = lead.touches.iter().filter(|known| known.at <= self.at).cloned().collect();
        sent.sort_by_key(|known| Reverse(known.at));
        let under_way = lead.enrolments.iter().filter(|known| known.status == EnrolmentStatus::Active);
        let did = self.activities(lead);
        let of = |wanted: What| -> Vec<BriefActivity> {
            did.iter().filter(|(what, _)| *what == wanted).map(|(_, activity)| activity.clone()).collect()
        };
        Brief {
            lead: lead.id.clone(),
            at: self.at,
            language: self.language,
            assignment: None,
            who,
            company: self.fields(lead, company),
            account: None,
            source: source.collect(),
            search_keyword: text("search_keyword").or_else(|| text("utm_term")),
            forms: of(What::Form),
            pages: of(What::Page),
            mails: of(What::Mail),
            seminars: of(What::Seminar),
            others: of(What::Other),
            sent,
            scores: self.scores(assessment),
            interests,
            campaigns,
            enrolments: under_way.filter(|known| known.since <= self.at).cloned().collect(),
            deals,
            colleagues: Vec::new(),
            cautions: Vec::new(),
            opening: String::new(),
            text: String::new(),
            markdown: String::new(),
            html: String::new(),
        }
    }

    /// The declared fields that have a value, in the order of the playbook.
    fn fields(&self, lead: &Lead, wanted: impl Fn(&FieldPolicy) -> bool) -> Vec<BriefFact> {
        let declared = self.engine.compiled.model.fields().filter(|(_, field)| wanted(field));
        declared
            .filter_map(|(name, field)| {
                let value = lead.fields.get(name).filter(|value| **value != Value::Null)?.clone();
                let label = field.label.clone().unwrap_or_else(|| name.to_owned());
                Some(BriefFact { name: name.to_owned(), label, value })
            })
            .collect()
    }

    /// What people did that was known by then, with its kind.
    fn known<'l>(&self, lead: &'l Lead) -> impl Iterator<Item = (&'l Activity, &ActivityPolicy)> {
        let known = lead.activities().iter().filter(|activity| {
            activity.trust == Trust::Human && activity.at <= self.at && activity.recorded_at() <= self.at
        });
        known.filter_map(|activity| {
            let (_, policy) = self.engine.compiled.model.activity(&activity.kind)?;
            Some((activity, policy))
        })
    }

    /// What was done, each once, the latest first.
    fn activities(&self, lead: &Lead) -> Vec<(What, BriefActivity)> {
        let mut all: Vec<(What, BriefActivity)> = Vec::new();
        for (activity, policy) in self.known(lead) {
            let told = telling(activity, policy);
            let same = all.iter_mut().find(|(_, known)| known.kind == activity.kind && known.what == told);
            match same {
                Some((_, known)) => {
                    known.times = known.times.saturating_add(1);
                    known.last = known.last.max(activity.at);
                }
                None => {
                    let label = policy.label.clone().unwrap_or_else(|| activity.kind.clone());
                    let (kind, last) = (activity.kind.clone(), activity.at);
                    all.push((
                        What::of(&activity.kind, policy),
                        BriefActivity { kind, label, what: told, times: 1, last },
                    ));
                }
            }
        }
        all.sort_by(|(_, a), (_, b)| (b.last, &a.kind, &a.what).cmp(&(a.last, &b.kind, &b.what)));
        all
    }

    fn scores(&self, assessment: &Assessment) -> Vec<BriefScore> {
        let compiled = &self.engine.compiled;
        let voice = Voice::new(compiled, self.language);
        let cards = compiled.cards.iter().filter_map(|card| {
            let (sheet, decision) = (assessment.scores.get(&card.name)?, assessment.ranks.get(&card.name)?);
            let mut why = voice.reasons(sheet);
            why.sort_by_key(|(points, _)| Reverse(points.millionths().unsigned_abs()));
            Some(BriefScore {
                card: card.name.clone(),
                label: card.label.clone().unwrap_or_else(|| card.name.clone()),
                total: sheet.total,
                rank: decision.rank.clone(),
                hot: decision.hot,
                cause: voice.cause(decision),
                why: why.into_iter().take(REASONS).map(|(_, line)| line).collect(),
            })
        });
        cards.collect()
    }

    fn colleague(&self, lead: &Lead) -> Result<BriefLead, Error> {
        let assessment = self.engine.assess(lead, self.at)?;
        let person = self.fields(lead, |field| field.identity == Some(Identity::Person));
        let identities = lead.identities.iter().map(|identity| identity.value.clone());
        let mut who: Vec<String> = person.iter().map(|fact| sections::shown(&fact.value)).collect();
        for identity in identities {
            if !who.contains(&identity) {
                who.push(identity);
            }
        }
        let open = lead.assignments.iter().rev().find(|known| known.state.is_open());
        Ok(BriefLead {
            id: lead.id.clone(),
            who,
            rank: assessment.rank,
            owner: open.map(|open| open.owner.clone()),
            last: self.known(lead).map(|(activity, _)| activity.at).max(),
        })
    }
}

/// Where an activity belongs in a brief.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Form,
    Page,
    Mail,
    Seminar,
    Other,
}

impl What {
    fn of(kind: &str, policy: &ActivityPolicy) -> Self {
        if kind.contains("form") || policy.properties.contains_key("form") {
            return Self::Form;
        }
        match policy.channel.as_deref() {
            Some("web") => Self::Page,
            Some("email" | "mail") => Self::Mail,
            Some("seminar" | "webinar" | "event" | "exhibition") => Self::Seminar,
            _ => Self::Other,
        }
    }
}

/// Which page, form, mail or seminar it was.
fn telling(activity: &Activity, policy: &ActivityPolicy) -> Option<String> {
    let text = |name: &str| match activity.properties.get(name) {
        Some(Value::Text(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let named = TELLING.iter().find_map(|name| text(name));
    named.or_else(|| {
        let texts =
            policy.properties.iter().filter(|(_, kind)| matches!(kind, FieldType::Text | FieldType::Url));
        texts.map(|(name, _)| name.as_str()).find_map(text)
    })
}
