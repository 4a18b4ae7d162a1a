//! Deciding a rank: disqualification first, then the ranks from the best down, then what keeps a rank.

use serde::Serialize;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::points::Points;
use crate::base::time::Instant;
use crate::expr::{Frame, Program};
use crate::lead::record::Standing;
#[cfg(feature = "arrow")]
use crate::qualification::compile::Matrix;
use crate::qualification::compile::{Qualification, Rank, Step};
use crate::qualification::policy::Handling;
use crate::scoring::policy::About;
use crate::scoring::sheet::ScoreSheet;

/// What rank a lead has on one scorecard, and why.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct RankDecision {
    /// The rank; none if the lead is disqualified or no rank holds.
    pub rank: Option<String>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The interest, product or solution that the scorecard is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// Whether it is among the scorecard's `hot` ranks; the others are cold.
    pub hot: bool,
    /// Who works it, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handling: Option<Handling>,
    /// Since when the lead holds it: as its standing says if the rank is the same, else the instant asked for.
    pub since: Instant,
    /// The rule that decided.
    pub cause: Cause,
}

/// Why a lead has the rank that it has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// The total reached the rank's threshold.
    Threshold {
        /// The threshold.
        at_least: Points,
    },
    /// The rank's condition holds (and its threshold, if it has one, is reached).
    Condition {
        /// The condition.
        when: String,
    },
    /// The rank takes everything that the ones above it do not.
    Rest,
    /// The matrix gives it.
    Matrix {
        /// The grade of fit.
        fit: String,
        /// The level of engagement.
        engagement: String,
    },
    /// It would fall, but is within the margin of its threshold.
    KeptByMargin {
        /// The rank that it would fall to.
        instead_of: Option<String>,
        /// The total below which it falls.
        leaves_below: Points,
    },
    /// It would fall, but has not held the rank for long enough.
    KeptByTime {
        /// The rank that it would fall to.
        instead_of: Option<String>,
        /// When it falls.
        until: Instant,
    },
    /// The lead is disqualified.
    Disqualified(Disqualified),
    /// No rank holds.
    NoneHolds,
}

/// The rule that disqualifies a lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Disqualified {
    /// Its id.
    pub rule: String,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}

/// What decides a rank, by number: the words are made of it when they are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Of the rules that disqualify.
    Disqualified(usize),
    /// Of grades and of levels.
    Matrix(usize, usize),
    /// Of ranks.
    Rank(usize),
    NoneHolds,
}

impl Qualification {
    /// The rank of a lead with this score, that held `standing` before.
    pub(crate) fn decide(
        &self,
        frame: &Frame<'_>,
        sheet: &ScoreSheet,
        standing: Option<&Standing>,
        warnings: &mut Vec<Diagnostic>,
    ) -> RankDecision {
        let at =
            Instant::from_micros(frame.at).unwrap_or_else(|| Instant::from(chrono::DateTime::UNIX_EPOCH));
        let outcome = self.outcome(frame, sheet, warnings);
        let raw = self.rank_of(outcome);
        if !matches!(outcome, Outcome::Disqualified(_))
            && let Some((kept, cause)) = self.kept(raw, frame, sheet, standing, warnings)
        {
            return self.decision(self.ranks.get(kept), cause, standing, at);
        }
        self.decision(raw.and_then(|index| self.ranks.get(index)), self.cause(outcome), standing, at)
    }

    /// What decides the rank of a lead with this score that held none before.
    pub(crate) fn outcome(
        &self,
        frame: &Frame<'_>,
        sheet: &ScoreSheet,
        warnings: &mut Vec<Diagnostic>,
    ) -> Outcome {
        for (index, rule) in self.disqualify.iter().enumerate() {
            if self.holds(&rule.when, frame, || format!("disqualify/{index}/when"), warnings) {
                return Outcome::Disqualified(index);
            }
        }
        match &self.matrix {
            Some(matrix) => {
                Outcome::Matrix(step(&matrix.grades, sheet.fit()), step(&matrix.levels, sheet.engagement()))
            }
            None => self.first_that_holds(frame, sheet, warnings),
        }
    }

    /// The decision in words, of a lead that held no rank before.
    pub(crate) fn in_words(&self, outcome: Outcome, at: Instant) -> RankDecision {
        let rank = self.rank_of(outcome).and_then(|index| self.ranks.get(index));
        self.decision(rank, self.cause(outcome), None, at)
    }

    /// The name of the rank.
    pub(crate) fn name_of(&self, outcome: Outcome) -> Option<&str> {
        Some(&self.ranks.get(self.rank_of(outcome)?)?.name)
    }

    fn rank_of(&self, outcome: Outcome) -> Option<usize> {
        match outcome {
            Outcome::Rank(index) => Some(index),
            Outcome::Matrix(grade, level) => {
                let matrix = self.matrix.as_ref()?;
                matrix.ranks.get(grade * matrix.levels.len() + level).copied()
            }
            Outcome::Disqualified(_) | Outcome::NoneHolds => None,
        }
    }

    fn cause(&self, outcome: Outcome) -> Cause {
        let name =
            |steps: &[Step], index: usize| steps.get(index).map(|step| step.name.clone()).unwrap_or_default();
        match outcome {
            Outcome::Disqualified(index) => self.disqualify.get(index).map_or(Cause::NoneHolds, |rule| {
                Cause::Disqualified(Disqualified { rule: rule.id.clone(), label: rule.label.clone() })
            }),
            Outcome::Matrix(grade, level) => self.matrix.as_ref().map_or(Cause::NoneHolds, |matrix| {
                Cause::Matrix { fit: name(&matrix.grades, grade), engagement: name(&matrix.levels, level) }
            }),
            Outcome::Rank(index) => match self.ranks.get(index) {
                Some(Rank { when: Some(when), .. }) => Cause::Condition { when: when.source().to_owned() },
                Some(Rank { at_least: Some(at_least), .. }) => Cause::Threshold { at_least: *at_least },
                _ => Cause::Rest,
            },
            Outcome::NoneHolds => Cause::NoneHolds,
        }
    }

    fn decision(
        &self,
        rank: Option<&Rank>,
        cause: Cause,
        standing: Option<&Standing>,
        at: Instant,
    ) -> RankDecision {
        let name = rank.map(|rank| rank.name.clone());
        let since = standing.filter(|standing| standing.rank == name).map_or(at, |standing| standing.since);
        RankDecision {
            label: rank.and_then(|rank| rank.label.clone()),
            about: self.about.clone(),
            hot: rank.is_some_and(|rank| rank.hot),
            handling: rank.and_then(|rank| rank.handling),
            rank: name,
            since,
            cause,
        }
    }

    fn first_that_holds(
        &self,
        frame: &Frame<'_>,
        sheet: &ScoreSheet,
        warnings: &mut Vec<Diagnostic>,
    ) -> Outcome {
        let mut ranks = self.ranks.iter().enumerate();
        let first = ranks.find(|(index, rank)| {
            rank.at_least.is_none_or(|at_least| sheet.total >= at_least)
                && rank
                    .when
                    .as_ref()
                    .is_none_or(|when| self.holds(when, frame, || format!("ranks/{index}/when"), warnings))
        });
        first.map_or(Outcome::NoneHolds, |(index, _)| Outcome::Rank(index))
    }

    /// The rank that hysteresis keeps the lead in, if it would fall from one.
    fn kept(
        &self,
        raw: Option<usize>,
        frame: &Frame<'_>,
        sheet: &ScoreSheet,
        standing: Option<&Standing>,
        warnings: &mut Vec<Diagnostic>,
    ) -> Option<(usize, Cause)> {
        let standing = standing?;
        let name = standing.rank.as_deref()?;
        let (held, rank) = self.ranks.iter().enumerate().find(|(_, rank)| rank.name == name)?;
        let keep = rank.keep?;
        if raw.is_some_and(|raw| raw <= held) {
            return None;
        }
        let instead_of = raw.and_then(|raw| self.ranks.get(raw)).map(|rank| rank.name.clone());
        if let Some(dwell) = keep.dwell {
            let until = standing.since.micros().saturating_add(dwell.micros());
            // A standing that begins in the future of `at` is no reason to keep anything.
            if standing.since.micros() <= frame.at && frame.at < until {
                let until = Instant::from_micros(until).unwrap_or(standing.since);
                return Some((held, Cause::KeptByTime { instead_of, until }));
            }
        }
        let leaves_below = rank.at_least?.checked_sub(keep.margin?)?;
        let condition = rank
            .when
            .as_ref()
            .is_none_or(|when| self.holds(when, frame, || format!("ranks/{held}/when"), warnings));
        (sheet.total >= leaves_below && condition)
            .then_some((held, Cause::KeptByMargin { instead_of, leaves_below }))
    }

    /// Whether a condition holds; a failing one does not, with a warning.
    fn holds(
        &self,
        when: &Program,
        frame: &Frame<'_>,
        key: impl Fn() -> String,
        warnings: &mut Vec<Diagnostic>,
    ) -> bool {
        when.test(frame).unwrap_or_else(|failure| {
            let message = format!("the condition does not hold here: {}", failure.message);
            warnings.push(
                Diagnostic::warning(Code::ExprFailed, message)
                    .at(format!("{}/{}", self.path, key()))
                    .with_help(
                        "guard the expression, so that it holds for every value that the fields can have",
                    ),
            );
            false
        })
    }
}

#[cfg(feature = "arrow")]
impl Matrix {
    /// Number of the rank that figures in millionths give.
    pub(crate) fn rank(&self, fit: i64, engagement: i64) -> Option<usize> {
        let step = |steps: &[Step], figure: i64| {
            let reached = |step: &Step| step.at_least.is_none_or(|at_least| figure >= at_least.millionths());
            steps.iter().position(reached).unwrap_or(steps.len().saturating_sub(1))
        };
        self.ranks.get(step(&self.grades, fit) * self.levels.len() + step(&self.levels, engagement)).copied()
    }
}

/// The first step that the points reach; the last one takes the rest.
fn step(steps: &[Step], points: Points) -> usize {
    let reached = |step: &Step| step.at_least.is_none_or(|at_least| points >= at_least);
    steps.iter().position(reached).unwrap_or(steps.len().saturating_sub(1))
}
