//! What the difference between two playbooks is, as data.

use serde::Serialize;
use serde_json::Value;

#[cfg(feature = "analytics")]
use crate::analytics::Analysis;
use crate::base::Span;
use crate::trust::change::Sentences;

/// What one playbook changes in another: changes of meaning, not of lines.
///
/// Layout, comments, the spelling of expressions and the order of what has no order are no changes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PlaybookDiff {
    /// The playbook that is there.
    pub before: DiffSide,
    /// The playbook that is to come.
    pub after: DiffSide,
    /// Whether some change may decide something otherwise: score, rank, segment, message, owner.
    pub affects_results: bool,
    /// Every change, in the order of the document.
    pub changes: Vec<PlaybookChange>,
    /// What it does to leads, where some were given: ranks, segments, who moves and why, load, messages.
    #[cfg(feature = "analytics")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leads: Option<Analysis>,
    /// All of it as Markdown, for a pull request.
    pub markdown: Sentences,
}

/// One of two playbooks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct DiffSide {
    /// Its name.
    pub name: String,
    /// Its fingerprint.
    pub fingerprint: String,
}

/// One change of meaning.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PlaybookChange {
    /// What happened to it.
    pub kind: DiffKind,
    /// What it is.
    pub part: ChangedPart,
    /// Its name; that of a step without an id is its place.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// What it belongs to, outermost first: the scorecard of a rule, the policy of a routing rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
    /// The property that changed, with a slash before each key within a key: `points`, `decay/half_life`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub property: Option<String>,
    /// What was written; absent for what is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Value>,
    /// What is written; absent for what is removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<Value>,
    /// What it may decide otherwise.
    pub affects: Affects,
    /// Where it stands in the playbook that is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<ChangePlace>,
    /// Where it stands in the playbook that is to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<ChangePlace>,
    /// The change in a sentence.
    pub words: Sentences,
}

/// A place in a playbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ChangePlace {
    /// JSON Pointer.
    pub path: String,
    /// Where that, or the nearest part around it, is in the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
}

/// What happened to a part of a playbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DiffKind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// One of its properties is another.
    Changed,
    /// It has another name.
    Renamed,
    /// Its like stand in another order.
    Moved,
}

/// What a change may decide otherwise, at first hand: a score may then change a rank, a rank a segment, and so on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Affects {
    /// What is known of leads: fields, activities, captures, cleansing, identity.
    Data,
    /// Scores.
    Scores,
    /// Ranks, and how they are worked.
    Ranks,
    /// Who is in which segment.
    Segments,
    /// What is sent, and when.
    Messages,
    /// Who is accountable.
    Routing,
    /// How campaigns are judged.
    Campaigns,
    /// No decision: what people read, and what checks go by.
    Nothing,
}

/// A kind of thing that playbooks are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ChangedPart {
    /// The playbook itself.
    Playbook,
    /// A field of leads.
    Field,
    /// A kind of activity.
    Activity,
    /// A scorecard.
    Scorecard,
    /// A group of rules.
    Group,
    /// A rule.
    Rule,
    /// A condition under which there is no rank.
    Disqualification,
    /// A rank.
    Rank,
    /// A segment.
    Segment,
    /// The cleansing of values.
    Cleansing,
    /// Identity resolution.
    Identity,
    /// A capture.
    Capture,
    /// How machines are told from people.
    Trust,
    /// The contact policy.
    ContactPolicy,
    /// A template.
    Template,
    /// A version of a template.
    Version,
    /// A campaign.
    Campaign,
    /// A goal of a campaign.
    Goal,
    /// A scenario.
    Scenario,
    /// A step of a scenario.
    Step,
    /// An arm of a branch or a split.
    Arm,
    /// The routing as a whole.
    Routing,
    /// A team.
    Team,
    /// A routing policy.
    Policy,
    /// A rule of a routing policy.
    RoutingRule,
    /// What becomes of leads that sales gives back.
    Recycle,
}

impl ChangedPart {
    /// What a change of a property may decide otherwise, or of the thing as a whole.
    pub(super) fn affects(self, property: Option<&str>) -> Affects {
        let key = property.map(|property| property.split('/').next().unwrap_or(property));
        if let Some("label" | "folder") = key {
            return Affects::Nothing;
        }
        match (self, key) {
            (Self::Playbook, Some("name" | "ikusei"))
            | (Self::Field, Some("values"))
            | (Self::Template, Some("owner")) => Affects::Nothing,
            (Self::Playbook | Self::Rule | Self::Group, _) => Affects::Scores,
            (Self::Scorecard, Some("matrix" | "hot")) | (Self::Disqualification | Self::Rank, _) => {
                Affects::Ranks
            }
            (Self::Scorecard, _) => Affects::Scores,
            (Self::Segment, _) => Affects::Segments,
            (
                Self::Field | Self::Activity | Self::Cleansing | Self::Identity | Self::Capture | Self::Trust,
                _,
            ) => Affects::Data,
            (
                Self::ContactPolicy
                | Self::Template
                | Self::Version
                | Self::Scenario
                | Self::Step
                | Self::Arm,
                _,
            ) => Affects::Messages,
            (Self::Campaign | Self::Goal, _) => Affects::Campaigns,
            (Self::Routing | Self::Team | Self::Policy | Self::RoutingRule | Self::Recycle, _) => {
                Affects::Routing
            }
        }
    }
}
