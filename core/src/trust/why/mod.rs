//! Why a lead has its rank, why it has no better one, and what would give it that.

mod alike;
mod influence;
mod minimal;
mod moves;
mod obstacles;
mod search;
mod subject;
mod words;

use serde::{Deserialize, Serialize};

use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::time::Instant;
use crate::engine::{Engine, Prepared};
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::qualification::Cause;
use crate::trust::change::{Known, Sentences};

pub use influence::{ActivityCost, ActivityInfluence, FieldCost, FieldInfluence, Influence};
pub use obstacles::{Obstacle, Shortfall, WhyNot};
pub use search::{SuggestedStep, Way, WhatWould, WhatWouldOptions};

use minimal::minimal;
use subject::{Part, Subject};

/// The least that carries a lead's rank.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Why {
    /// The lead's id.
    pub lead: String,
    /// The instant.
    pub at: Instant,
    /// Whether activities count from when they were recorded, or from when they happened.
    pub known: Known,
    /// The scorecard.
    pub scorecard: String,
    /// The rank; none if the lead is disqualified or no rank holds.
    pub rank: Option<String>,
    /// The rule that decided.
    pub cause: Cause,
    /// Facts that carry the decision alone: if nothing else were known of the lead, it would be the same, and none of
    /// them can be left out.
    pub facts: Vec<DecisionFact>,
    /// The fewest facts without which the decision is another one; empty where it is the same whatever is taken away.
    pub hinges_on: Vec<DecisionFact>,
    /// The rank without those; none if no rank holds then, or there are none.
    pub otherwise: Option<String>,
    /// All of it in a sentence.
    pub words: Sentences,
}

/// A fact behind a decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DecisionFact {
    /// What a field holds.
    Field {
        /// The field.
        name: String,
        /// Its value.
        value: Value,
    },
    /// An entry of the lead's source.
    Source {
        /// The key.
        key: String,
        /// Its value.
        value: Value,
    },
    /// What the lead allows on a channel.
    Consent {
        /// The channel.
        channel: String,
        /// `granted`, `denied`, `pending` or `unknown`.
        status: String,
    },
    /// The rank that it held before, which hysteresis looks at.
    Standing {
        /// The rank; none if it held none.
        rank: Option<String>,
        /// Since when.
        since: Instant,
    },
    /// Something that it did.
    Activity {
        /// Its id.
        id: String,
        /// Its kind.
        kind: String,
        /// When it happened.
        at: Instant,
    },
}

/// Which rank is asked about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WhyNotOptions {
    /// The scorecard; the playbook's first where absent.
    #[serde(default)]
    pub scorecard: Option<String>,
    /// The rank; the next better one where absent.
    #[serde(default)]
    pub rank: Option<String>,
    /// Whether activities count from when they were recorded, or from when they happened.
    #[serde(default)]
    pub known: Known,
}

impl Engine {
    /// Why a lead has its rank on a scorecard (the first one where none is named): the facts that carry it alone, and
    /// those on which it hinges.
    ///
    /// # Errors
    /// As [`Engine::assess`]; `IK0601` if there is no such scorecard.
    ///
    /// ```
    /// use ikusei::{DecisionFact, Instant, Known, Lead, Playbook};
    /// # let engine = Playbook::parse(r#"{ikusei: 1, name: demo, fields: {size: {type: integer}, town: {type: text}}, scorecards: {overall: {
    /// #   rules: [{id: big, when: 'size >= 300', points: 25}, {id: near, when: 'town == "東京"', points: 5}],
    /// #   ranks: [{rank: A, at_least: 20}, {rank: B}]}}}"#)?.compile()?;
    /// let lead = Lead::new("lead-1").with_field("size", 320).with_field("town", "東京");
    /// let why = engine.why(&lead, "2026-05-01T00:00:00Z".parse::<Instant>()?, None, Known::Then)?;
    /// assert_eq!(why.rank.as_deref(), Some("A"));
    /// assert_eq!(why.facts, [DecisionFact::Field { name: "size".into(), value: 320.into() }]);
    /// assert_eq!(why.words.en, "overall is A, as size is 320; without that it would be B");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn why(
        &self,
        lead: &Lead,
        at: impl Into<Instant>,
        scorecard: Option<&str>,
        known: Known,
    ) -> Result<Why, Error> {
        let prepared = self.prepare_as(lead, known)?;
        let subject = Subject::new(&prepared, scorecard, at.into())?;
        let parts = subject.parts();
        let all_but = |kept: &[usize]| -> Vec<&Part> {
            let left = parts.iter().enumerate().filter(|(number, _)| kept.binary_search(number).is_err());
            left.map(|(_, part)| part).collect()
        };
        let pick = |numbers: &[usize]| -> Vec<&Part> {
            numbers.iter().filter_map(|number| parts.get(*number)).collect()
        };
        let same = |parts: &[&Part]| {
            subject.without(parts).is_some_and(|decision| decision.rank == subject.decision.rank)
        };
        let carrying = minimal(parts.len(), |kept| same(&all_but(kept))).unwrap_or_default();
        let hinges = minimal(parts.len(), |gone| {
            subject.without(&pick(gone)).is_some_and(|decision| decision.rank != subject.decision.rank)
        });
        let otherwise = hinges.as_ref().and_then(|gone| subject.without(&pick(gone))?.rank);
        let facts = |numbers: &[usize]| -> Vec<DecisionFact> {
            pick(numbers).into_iter().filter_map(|part| subject.fact(part)).collect()
        };
        let mut why = Why {
            lead: lead.id.clone(),
            at: subject.at,
            known,
            scorecard: subject.scorecard().to_owned(),
            rank: subject.decision.rank.clone(),
            cause: subject.decision.cause.clone(),
            facts: facts(&carrying),
            hinges_on: facts(&hinges.unwrap_or_default()),
            otherwise,
            words: Sentences { en: String::new(), ja: String::new() },
        };
        why.words = words::why(&self.compiled, &why);
        Ok(why)
    }

    /// What stands between a lead and a rank (or a better one).
    ///
    /// # Errors
    /// As [`Engine::assess`]; `IK0601` if there is no such scorecard or rank.
    ///
    /// ```
    /// use ikusei::{Instant, Lead, Playbook, WhyNotOptions};
    /// # let engine = Playbook::parse(r#"{ikusei: 1, name: demo, fields: {size: {type: integer}}, scorecards: {overall: {
    /// #   rules: [{id: some, when: 'size >= 50', points: 10}], ranks: [{rank: A, at_least: 20}, {rank: B}]}}}"#)?.compile()?;
    /// let lead = Lead::new("lead-1").with_field("size", 60);
    /// let at: Instant = "2026-05-01T00:00:00Z".parse()?;
    /// let why_not = engine.why_not(&lead, at, &WhyNotOptions::default())?;
    /// assert_eq!(why_not.words.en, "overall is B, not A: 10 points are missing (10 of 20)");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn why_not(
        &self,
        lead: &Lead,
        at: impl Into<Instant>,
        options: &WhyNotOptions,
    ) -> Result<WhyNot, Error> {
        let prepared = self.prepare_as(lead, options.known)?;
        let subject = Subject::new(&prepared, options.scorecard.as_deref(), at.into())?;
        let wanted = subject.wanted(options.rank.as_deref())?;
        subject.why_not(wanted, options.known)
    }

    /// The cheapest sets of activities and field values with which a lead would have a rank (or a better one), among
    /// those that somebody can influence.
    ///
    /// An activity would happen, and be known, at the very instant `at`. No set holds more than it needs, and every set
    /// of up to [`WhatWould::searched`] facts was looked at.
    ///
    /// # Errors
    /// As [`Engine::assess`]; `IK0601` if there is no such scorecard, rank, field or activity, a value is not of its
    /// declared type, a cost is below zero, or `size` is not between 1 and 6.
    ///
    /// ```
    /// use ikusei::{Instant, Lead, Playbook, WhatWouldOptions};
    /// # let engine = Playbook::parse(r#"{ikusei: 1, name: demo, fields: {size: {type: integer}}, activities: {seminar: {}}, scorecards: {overall: {
    /// #   rules: [{id: big, when: 'size >= 300', points: 25}, {id: seminar, on: seminar, points: 10}],
    /// #   ranks: [{rank: A, at_least: 20}, {rank: B}]}}}"#)?.compile()?;
    /// let at: Instant = "2026-05-01T00:00:00Z".parse()?;
    /// let found = engine.what_would(&Lead::new("lead-1"), at, &WhatWouldOptions::default())?;
    /// let words: Vec<&str> = found.suggestions.iter().map(|way| way.words.en.as_str()).collect();
    /// assert_eq!(words, ["size becomes 300: A (25 points)", "seminar happens twice: A (20 points)"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn what_would(
        &self,
        lead: &Lead,
        at: impl Into<Instant>,
        options: &WhatWouldOptions,
    ) -> Result<WhatWould, Error> {
        let prepared = self.prepare_as(lead, options.known)?;
        let subject = Subject::new(&prepared, options.scorecard.as_deref(), at.into())?;
        let wanted = subject.wanted(options.rank.as_deref())?;
        subject.what_would(wanted, options)
    }

    pub(super) fn prepare_as<'l>(&self, lead: &'l Lead, known: Known) -> Result<Prepared<'l>, Error> {
        let prepared = self.prepare(lead)?;
        Ok(if known == Known::Now { prepared.in_hindsight() } else { prepared })
    }
}

impl Subject<'_, '_> {
    /// A fact as it is told.
    fn fact(&self, part: &Part) -> Option<DecisionFact> {
        let lead = self.prepared.facts.lead;
        Some(match part {
            Part::Field(field) => {
                let (name, _) = self.prepared.engine.compiled.model.field_at(*field)?;
                DecisionFact::Field { name: name.to_owned(), value: lead.fields.get(name)?.clone() }
            }
            Part::Source(key) => DecisionFact::Source {
                key: key.as_ref().to_owned(),
                value: lead.source.get(key.as_ref())?.clone(),
            },
            Part::Consent(channel) => DecisionFact::Consent {
                channel: channel.as_ref().to_owned(),
                status: lead.consent.get(channel.as_ref())?.effective().as_str().to_owned(),
            },
            Part::Standing => {
                let standing = self.standing()?;
                DecisionFact::Standing { rank: standing.rank.clone(), since: standing.since }
            }
            Part::Activity(id) => {
                let activity = lead.activities().iter().find(|activity| activity.id == *id)?;
                let (kind, at) = (activity.kind.clone(), activity.at);
                DecisionFact::Activity { id: id.clone(), kind, at }
            }
        })
    }
}

fn is_zero(points: &Points) -> bool {
    *points == Points::ZERO
}
