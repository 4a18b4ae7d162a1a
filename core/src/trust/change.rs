//! Changes of scores, ranks, segments and owners, each with its instant and its causes.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::assessment::Assessment;
use crate::base::duration::Duration;
use crate::base::time::Instant;
use crate::lead::assignment::AssignmentEventKind;
use crate::scoring::ScoreSheet;

/// Which knowledge a question about the past goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Known {
    /// What was known then: an activity counts from when it was recorded.
    #[default]
    Then,
    /// What is known now: an activity counts from when it happened.
    Now,
}

/// How a lead's scores, ranks, segments and owners went on over a stretch of time.
///
/// At every instant of the stretch they are what [`Engine::assess`](crate::Engine::assess) says: `start` with every
/// change up to that instant. The record's `standing` is taken as it is throughout.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Timeline {
    /// The lead's id.
    pub lead: String,
    /// Where the stretch begins.
    pub from: Instant,
    /// Where it ends; a change at this very instant belongs to it.
    pub to: Instant,
    /// Whether activities count from when they were recorded, or from when they happened.
    pub known: Known,
    /// What held at `from`, without ledgers.
    pub start: Assessment,
    /// Who was accountable at `from`, by the record's `assignments`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<Accountable>,
    /// Every change after that, by time.
    pub changes: Vec<TimedChange>,
}

/// What changed at one instant, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct TimedChange {
    /// The first instant at which it holds.
    pub at: Instant,
    /// The score sheets that changed, without ledgers.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub scores: IndexMap<String, ScoreChange>,
    /// The ranks that changed.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub ranks: IndexMap<String, RankChange>,
    /// The segments that the lead enters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub entered: Vec<String>,
    /// The segments that it leaves.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
    /// The hand-overs for which somebody else, or nobody any more, is accountable.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub owners: Vec<OwnerChange>,
    /// What happened or ended at this instant.
    pub causes: Vec<TimedCause>,
    /// All of it in a sentence.
    pub words: Sentences,
}

/// One scorecard's figures before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ScoreChange {
    /// Before.
    pub from: ScoreSheet,
    /// After.
    pub to: ScoreSheet,
}

/// A rank before and after; none where no rank holds, or the lead is disqualified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RankChange {
    /// Before.
    pub from: Option<String>,
    /// After.
    pub to: Option<String>,
}

/// Who is accountable for a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Accountable {
    /// The policy by which the lead was handed over.
    pub policy: String,
    /// The product or solution that was handed over, where the policy separates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// The member.
    pub owner: String,
}

/// Who was accountable for a lead before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct OwnerChange {
    /// The policy by which the lead was handed over.
    pub policy: String,
    /// The product or solution that was handed over, where the policy separates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<String>,
    /// Before; none if nobody was.
    pub from: Option<String>,
    /// After; none if nobody is.
    pub to: Option<String>,
}

/// Why something changed at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TimedCause {
    /// An activity happened, and was known at once.
    Activity {
        /// Its id.
        id: String,
        /// Its kind.
        kind: String,
    },
    /// An activity that had happened before was recorded.
    RecordedLate {
        /// Its id.
        id: String,
        /// Its kind.
        kind: String,
        /// When it had happened.
        happened: Instant,
    },
    /// An activity is worth less (or more) to a rule than before: the rule's decay took a step, or its points go by
    /// time.
    Fading {
        /// The scorecard.
        card: String,
        /// The rule.
        rule: String,
        /// The activity's id.
        activity: String,
    },
    /// An activity no longer counts for a rule: its window ended, or its decay left nothing.
    Ended {
        /// The scorecard.
        card: String,
        /// The rule.
        rule: String,
        /// The activity's id.
        activity: String,
    },
    /// An activity became too old for a condition that asks for younger ones.
    WindowEnded {
        /// The activity's id.
        id: String,
        /// Its kind.
        kind: String,
        /// How young it had to be.
        within: Duration,
    },
    /// The time for which a rank is kept whatever the score is over.
    KeepEnded {
        /// The scorecard.
        card: String,
        /// The rank that was kept.
        rank: String,
    },
    /// A step of a hand-over made somebody else accountable.
    HandOver {
        /// The id of the assignment.
        id: String,
        /// What happened.
        kind: AssignmentEventKind,
        /// Why: the words of who refused or returned it, or of the engine.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// An instant or an age that a condition asks for was reached.
    TimeReached {
        /// JSON Pointer to what asks for it.
        path: String,
        /// The condition, or the expression of points.
        expression: String,
    },
}

/// The same in two languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Sentences {
    /// English.
    pub en: String,
    /// 日本語
    pub ja: String,
}
