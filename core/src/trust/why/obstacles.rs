//! What stands between a lead and a rank.

use indexmap::IndexMap;
use serde::Serialize;

use super::minimal::minimal;
use super::subject::{Part, Subject};
use super::{DecisionFact, is_zero, words};
use crate::assessment::Detail;
use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::time::Instant;
use crate::expr::Trace;
use crate::qualification::compile::{Matrix, Qualification, Step};
use crate::scoring::EntryKind;
use crate::trust::change::{Known, Sentences};

/// What stands between a lead and a rank.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct WhyNot {
    /// The lead's id.
    pub lead: String,
    /// The instant.
    pub at: Instant,
    /// Whether activities count from when they were recorded, or from when they happened.
    pub known: Known,
    /// The scorecard.
    pub scorecard: String,
    /// The rank that was asked about.
    pub asked: String,
    /// The rank that the lead has.
    pub rank: Option<String>,
    /// Whether that is the rank that was asked about, or a better one.
    pub reached: bool,
    /// What stands in the way.
    pub obstacles: Vec<Obstacle>,
    /// The fewest facts without which the lead would have the rank; empty where taking away does not help.
    pub held_back_by: Vec<DecisionFact>,
    /// All of it in a sentence.
    pub words: Sentences,
}

/// One thing that stands in the way of a rank.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Obstacle {
    /// The lead is disqualified.
    Disqualified {
        /// The rule.
        rule: String,
        /// What people call it.
        #[serde(skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// Its condition, with the values that it looked at.
        trace: Trace,
    },
    /// The total is below the rank's threshold.
    Points {
        /// The threshold.
        at_least: Points,
        /// The total.
        total: Points,
        /// What is missing.
        missing: Points,
    },
    /// The rank's condition does not hold.
    Condition {
        /// The condition, with the values that it looked at.
        trace: Trace,
    },
    /// Fit and engagement give another rank: the combinations that would do, the nearest first.
    Matrix {
        /// What each takes.
        needs: Vec<Shortfall>,
    },
    /// The scorecard never gives as many points as the threshold asks for.
    Ceiling {
        /// The most that it gives.
        most: Points,
        /// The threshold.
        at_least: Points,
    },
    /// A rule that costs points.
    Loss {
        /// The rule.
        rule: String,
        /// What people call it.
        #[serde(skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// The points, below zero.
        points: Points,
    },
    /// A limit that takes points off: of a rule, of a group, or of the scorecard.
    Limit {
        /// The rule whose `cap` it is.
        #[serde(skip_serializing_if = "Option::is_none")]
        rule: Option<String>,
        /// The group.
        #[serde(skip_serializing_if = "Option::is_none")]
        group: Option<String>,
        /// What people call the rule or the group.
        #[serde(skip_serializing_if = "Option::is_none")]
        label: Option<String>,
        /// The points, below zero.
        points: Points,
    },
}

/// What a combination of fit and engagement takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Shortfall {
    /// The grade of fit.
    pub fit: String,
    /// The level of engagement.
    pub engagement: String,
    /// The rank that they give.
    pub rank: String,
    /// Points of fit that are missing.
    #[serde(skip_serializing_if = "is_zero")]
    pub fit_missing: Points,
    /// Points of engagement that are missing.
    #[serde(skip_serializing_if = "is_zero")]
    pub engagement_missing: Points,
}

impl Subject<'_, '_> {
    pub(super) fn why_not(&self, wanted: usize, known: Known) -> Result<WhyNot, Error> {
        let reached = self.reaches(&self.decision, wanted);
        let asked = self.policy().and_then(|card| card.qualification.ranks.get(wanted));
        let mut found = WhyNot {
            lead: self.prepared.facts.lead.id.clone(),
            at: self.at,
            known,
            scorecard: self.scorecard().to_owned(),
            asked: asked.map(|rank| rank.name.clone()).unwrap_or_default(),
            rank: self.decision.rank.clone(),
            reached,
            obstacles: Vec::new(),
            held_back_by: Vec::new(),
            words: Sentences { en: String::new(), ja: String::new() },
        };
        if !reached {
            found.obstacles = self.obstacles(wanted)?;
            found.held_back_by = self.held_back_by(wanted);
        }
        found.words = words::why_not(&self.prepared.engine.compiled, &found);
        Ok(found)
    }

    fn held_back_by(&self, wanted: usize) -> Vec<DecisionFact> {
        let parts = self.parts();
        let pick = |numbers: &[usize]| -> Vec<&Part> {
            numbers.iter().filter_map(|number| parts.get(*number)).collect()
        };
        let gone = minimal(parts.len(), |gone| {
            self.without(&pick(gone)).is_some_and(|decision| self.reaches(&decision, wanted))
        });
        pick(&gone.unwrap_or_default()).into_iter().filter_map(|part| self.fact(part)).collect()
    }

    fn obstacles(&self, wanted: usize) -> Result<Vec<Obstacle>, Error> {
        let mut obstacles = Vec::new();
        let Some(card) = self.policy() else { return Ok(obstacles) };
        let qualification = &card.qualification;
        let derivation = self.prepared.derive(self.at, Detail::Figures)?;
        let frame = derivation.frame(self.prepared, self.at);
        for rule in &qualification.disqualify {
            if rule.when.test(&frame).unwrap_or(false) {
                let (id, label) = (rule.id.clone(), rule.label.clone());
                obstacles.push(Obstacle::Disqualified { rule: id, label, trace: rule.when.trace(&frame) });
            }
        }
        match (&qualification.matrix, qualification.ranks.get(wanted)) {
            (Some(matrix), _) => {
                let needs = self.needs(matrix, qualification, wanted);
                let enough =
                    |need: &Shortfall| is_zero(&need.fit_missing) && is_zero(&need.engagement_missing);
                if !needs.first().is_some_and(enough) {
                    obstacles.push(Obstacle::Matrix { needs });
                }
            }
            (None, Some(rank)) => {
                if let Some(at_least) = rank.at_least {
                    let missing = Self::missing(at_least, self.sheet.total);
                    if missing != Points::ZERO {
                        obstacles.push(Obstacle::Points { at_least, total: self.sheet.total, missing });
                    }
                    let scored = self.prepared.engine.compiled.scoring.cards.get(self.card);
                    if let Some(most) = scored.and_then(|card| card.limits.max).filter(|max| *max < at_least)
                    {
                        obstacles.push(Obstacle::Ceiling { most, at_least });
                    }
                }
                if let Some(when) = rank.when.as_ref().filter(|when| !when.test(&frame).unwrap_or(false)) {
                    obstacles.push(Obstacle::Condition { trace: when.trace(&frame) });
                }
            }
            (None, None) => {}
        }
        let short =
            |obstacle: &Obstacle| matches!(obstacle, Obstacle::Points { .. } | Obstacle::Matrix { .. });
        if obstacles.iter().any(short) {
            self.losses(&mut obstacles);
        }
        Ok(obstacles)
    }

    /// The combinations that give the rank or a better one without any figure having to fall, the nearest first.
    fn needs(&self, matrix: &Matrix, qualification: &Qualification, wanted: usize) -> Vec<Shortfall> {
        let missing = |step: &Step, figure: Points| {
            step.at_least.map_or(Points::ZERO, |at_least| Self::missing(at_least, figure))
        };
        // A figure that has reached a better step does not count for a worse one.
        let reached = |steps: &[Step], figure: Points| {
            let reached = |step: &Step| step.at_least.is_none_or(|at_least| figure >= at_least);
            steps.iter().position(reached).unwrap_or(steps.len())
        };
        let (fit, engagement) = (self.sheet.fit(), self.sheet.engagement());
        let grades = matrix.grades.iter().enumerate().take(reached(&matrix.grades, fit) + 1);
        let mut needs = Vec::new();
        for (grade_number, grade) in grades {
            let levels = matrix.levels.iter().enumerate().take(reached(&matrix.levels, engagement) + 1);
            for (level_number, level) in levels {
                let place = grade_number * matrix.levels.len() + level_number;
                let Some(number) = matrix.ranks.get(place).filter(|number| **number <= wanted) else {
                    continue;
                };
                let rank = qualification.ranks.get(*number).map(|rank| rank.name.clone());
                needs.push(Shortfall {
                    fit: grade.name.clone(),
                    engagement: level.name.clone(),
                    rank: rank.unwrap_or_default(),
                    fit_missing: missing(grade, fit),
                    engagement_missing: missing(level, engagement),
                });
            }
        }
        needs.sort_by_key(|need| {
            need.fit_missing.millionths().saturating_add(need.engagement_missing.millionths())
        });
        needs
    }

    /// What rules and limits take off, as the ledger says.
    fn losses(&self, obstacles: &mut Vec<Obstacle>) {
        let mut rules: IndexMap<&str, (Option<&String>, i64)> = IndexMap::new();
        let mut limits = Vec::new();
        for entry in self.sheet.ledger.iter().flatten().filter(|entry| entry.points.is_negative()) {
            match (entry.kind, entry.rule.as_deref()) {
                (EntryKind::Fit | EntryKind::Engagement, Some(rule)) => {
                    let slot = rules.entry(rule).or_insert((entry.label.as_ref(), 0));
                    slot.1 = slot.1.saturating_add(entry.points.millionths());
                }
                _ => limits.push(Obstacle::Limit {
                    rule: entry.rule.clone(),
                    group: entry.group.clone(),
                    label: entry.label.clone(),
                    points: entry.points,
                }),
            }
        }
        obstacles.extend(rules.into_iter().map(|(rule, (label, points))| Obstacle::Loss {
            rule: rule.to_owned(),
            label: label.cloned(),
            points: Points::from_millionths(points).unwrap_or(Points::MIN),
        }));
        obstacles.append(&mut limits);
    }
}
