//! What sales needs to know before calling: the hand-over brief, as data and as text, Markdown and HTML.

mod collect;
mod render;
mod sections;

use serde::Serialize;

use crate::base::points::Points;
use crate::base::time::Instant;
use crate::explain::Language;
use crate::lead::account::CompanyAccount;
use crate::lead::assignment::Assignment;
use crate::lead::enrolment::{Enrolment, Touch};
use crate::lead::record::{CampaignMembership, Deal, Lead};
use crate::lead::value::Value;

/// What sales needs to know of a lead before calling, as of an instant.
///
/// What was not known by then is left out, and so is what machines did. Parts that are empty are left out as well.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Brief {
    /// The lead's id.
    pub lead: String,
    /// The instant.
    pub at: Instant,
    /// The language of the sentences.
    pub language: Language,
    /// The hand-over: its owner and why, who is informed, and until when what is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub assignment: Option<Assignment>,
    /// Who it is: the playbook's fields, but for those that name the company and sets; then other identities.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<BriefFact>,
    /// The fields that name the company.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub company: Vec<BriefFact>,
    /// The company's account, where the host knows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<CompanyAccount>,
    /// How the lead was acquired.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source: Vec<BriefFact>,
    /// What was searched for when the lead first came: the source's `search_keyword`, else its `utm_term`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_keyword: Option<String>,
    /// Forms that were sent, the latest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<BriefActivity>,
    /// Pages that were looked at.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<BriefActivity>,
    /// What was done with mails.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mails: Vec<BriefActivity>,
    /// Seminars, exhibitions and other events.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub seminars: Vec<BriefActivity>,
    /// Whatever else was done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<BriefActivity>,
    /// What was sent to the lead, the latest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sent: Vec<Touch>,
    /// Score and rank on every scorecard, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub scores: Vec<BriefScore>,
    /// What it is interested in: the values of fields of type `set`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interests: Vec<String>,
    /// The campaigns that it is a member of, the latest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub campaigns: Vec<CampaignMembership>,
    /// The scenarios that are under way.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enrolments: Vec<Enrolment>,
    /// Its deals, the latest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deals: Vec<Deal>,
    /// The company's other leads, as the host gave them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub colleagues: Vec<BriefLead>,
    /// What to mind: what the lead refused, and why sales gave it back before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cautions: Vec<String>,
    /// A suggestion of how to begin.
    pub opening: String,
    /// All of it as plain text.
    pub text: String,
    /// All of it as Markdown.
    pub markdown: String,
    /// All of it as a part of an HTML page; whatever comes from outside is escaped.
    pub html: String,
}

/// Something that is known of a lead.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BriefFact {
    /// Its name in the record.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// What it is.
    pub value: Value,
}

/// What a lead did, once or more often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BriefActivity {
    /// The kind of activity.
    pub kind: String,
    /// What people call it.
    pub label: String,
    /// Which page, form, mail or seminar, where the activity says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<String>,
    /// How often.
    pub times: u32,
    /// When last.
    pub last: Instant,
}

/// Score and rank on a scorecard, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BriefScore {
    /// The scorecard.
    pub card: String,
    /// What people call it.
    pub label: String,
    /// The total.
    pub total: Points,
    /// The rank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<String>,
    /// Whether the rank is hot.
    pub hot: bool,
    /// What the rank is due to.
    pub cause: String,
    /// What earned or cost most, a sentence each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<String>,
}

/// Another lead of the company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct BriefLead {
    /// Its id.
    pub id: String,
    /// What tells the person: the fields and identities that do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<String>,
    /// Its rank on the main scorecard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rank: Option<String>,
    /// Who is accountable for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// When it last did something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Instant>,
}

/// What a brief is about, besides its lead.
#[derive(Debug, Clone, Copy, Default)]
pub struct BriefOptions<'a> {
    /// The assignment; the last one that is open if none is named.
    pub assignment: Option<&'a str>,
    /// The company's account, where the host knows it.
    pub account: Option<&'a CompanyAccount>,
    /// The company's other leads.
    pub others: &'a [Lead],
    /// The language of the sentences.
    pub language: Language,
}
