//! What the engine says of one lead at one instant.

use crate::base::map::Map;
use serde::Serialize;

use crate::base::diagnostic::Diagnostic;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::explain::{Language, explain};
use crate::lead::record::Standing;
use crate::qualification::RankDecision;
use crate::scoring::ScoreSheet;

/// Scores, ranks and segments of a lead as of an instant.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Assessment {
    /// The lead's id.
    pub lead: String,
    /// The instant.
    pub at: Instant,
    /// The rank on the main scorecard, which is the playbook's first.
    pub rank: Option<String>,
    /// The segments that the lead is in, in the order of the playbook.
    pub segments: Vec<String>,
    /// The score sheet of every scorecard.
    pub scores: Map<String, ScoreSheet>,
    /// The rank on every scorecard, with its cause.
    pub ranks: Map<String, RankDecision>,
    /// Expressions that failed on this lead, and so gave nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Diagnostic>,
    #[serde(skip)]
    pub(crate) engine: Engine,
}

/// How much an assessment says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Detail {
    /// The figures without ledgers: the fast path.
    Figures,
    /// Ledgers as well.
    #[default]
    Ledger,
}

impl Assessment {
    /// The same in words that a salesperson reads: what earned or cost points, when, and what fades when.
    ///
    /// ```
    /// # use ikusei::{Instant, Language, Lead, Playbook};
    /// # let engine = Playbook::parse(r#"{ikusei: 1, name: demo, fields: {size: {type: integer, label: 従業員数}},
    /// #   scorecards: {overall: {rules: [{id: big, when: 'size >= 300', points: 25}], ranks: [{rank: A, at_least: 20}]}}}"#)?.compile()?;
    /// # let lead = Lead::new("lead-1").with_field("size", 320);
    /// let assessment = engine.assess(&lead, "2026-05-01T09:00:00+09:00".parse::<Instant>()?)?;
    /// assert!(assessment.explain(Language::English).contains("+25 big (従業員数: 320)"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn explain(&self, language: Language) -> String {
        explain(self, &self.engine.compiled, language)
    }

    /// What to store as the lead's `standing`, so that the next assessment knows the ranks that it held.
    #[must_use]
    pub fn standing(&self) -> Map<String, Standing> {
        let standing =
            |decision: &RankDecision| Standing { rank: decision.rank.clone(), since: decision.since };
        self.ranks.iter().map(|(card, decision)| (card.clone(), standing(decision))).collect()
    }
}
