//! The rank that a lead has throughout a stretch of time in which nothing happens, where it is the same throughout.

use crate::base::points::Points;
use crate::expr::{Figure, Stretch};
use crate::lead::record::Standing;
use crate::qualification::compile::{Matrix, Qualification, Rank, Step};
use crate::scoring::foresee::Reach;

impl Qualification {
    /// The rank by [`Qualification::decide`] at every instant of the stretch; nothing where it may be one or another.
    pub(crate) fn foresee(
        &self,
        stretch: &Stretch<'_>,
        sheet: &Reach,
        standing: Option<&Standing>,
    ) -> Option<Option<&str>> {
        for rule in &self.disqualify {
            if rule.when.foresee(stretch)? {
                return Some(None);
            }
        }
        let raw = match &self.matrix {
            Some(matrix) => vec![matrix.foresee(sheet)?],
            None => self.candidates(stretch, sheet),
        };
        let held = standing.and_then(|standing| Held::of(self, standing));
        let mut found: Option<Option<usize>> = None;
        for raw in raw {
            let kept = match &held {
                Some(held) if raw.is_none_or(|raw| raw > held.index) => held.foresee(stretch, sheet),
                _ => Some(false),
            };
            let kept_in = held.as_ref().map(|held| held.index);
            let ranks = match kept {
                Some(true) => [kept_in, kept_in],
                Some(false) => [raw, raw],
                None => [raw, kept_in],
            };
            for rank in ranks {
                if *found.get_or_insert(rank) != rank {
                    return None;
                }
            }
        }
        let rank = found?.and_then(|index| self.ranks.get(index));
        Some(rank.map(|rank| rank.name.as_str()))
    }

    /// Every rank that may be the first that holds.
    fn candidates(&self, stretch: &Stretch<'_>, sheet: &Reach) -> Vec<Option<usize>> {
        let mut candidates = Vec::new();
        for (index, rank) in self.ranks.iter().enumerate() {
            let reached = rank.at_least.map_or(Some(true), |at_least| reaches(sheet, at_least));
            match and(reached, || rank.holds(stretch)) {
                Some(false) => {}
                Some(true) => {
                    candidates.push(Some(index));
                    return candidates;
                }
                None => candidates.push(Some(index)),
            }
        }
        candidates.push(None);
        candidates
    }
}

/// A rank that a lead held, and what keeps it there.
struct Held<'q> {
    index: usize,
    rank: &'q Rank,
    /// From when to when it stays in any case.
    dwell: Option<(i64, i64)>,
    leaves_below: Option<Points>,
}

impl<'q> Held<'q> {
    fn of(qualification: &'q Qualification, standing: &Standing) -> Option<Self> {
        let name = standing.rank.as_deref()?;
        let (index, rank) = qualification.ranks.iter().enumerate().find(|(_, rank)| rank.name == name)?;
        let keep = rank.keep?;
        let since = standing.since.micros();
        let dwell = keep.dwell.map(|dwell| (since, since.saturating_add(dwell.micros())));
        let leaves_below =
            rank.at_least.zip(keep.margin).and_then(|(points, margin)| points.checked_sub(margin));
        Some(Self { index, rank, dwell, leaves_below })
    }

    /// Whether it is kept when it would fall.
    fn foresee(&self, stretch: &Stretch<'_>, sheet: &Reach) -> Option<bool> {
        let stays = self.dwell.map_or(Some(false), |(since, until)| {
            let all = since <= stretch.from && stretch.to < until;
            let none = stretch.to < since || until <= stretch.from;
            (all || none).then_some(all)
        });
        if stays == Some(true) {
            return Some(true);
        }
        let margin = self.leaves_below.map_or(Some(false), |leaves_below| {
            and(reaches(sheet, leaves_below), || self.rank.holds(stretch))
        });
        match (stays, margin) {
            (_, Some(true)) => Some(true),
            (Some(false), margin) => margin,
            _ => None,
        }
    }
}

impl Rank {
    fn holds(&self, stretch: &Stretch<'_>) -> Option<bool> {
        self.when.as_ref().map_or(Some(true), |when| when.foresee(stretch))
    }
}

impl Matrix {
    fn foresee(&self, sheet: &Reach) -> Option<Option<usize>> {
        let step = |steps: &[Step], (least, most): (Points, Points)| {
            let first = |points: Points| {
                let reached = |step: &Step| step.at_least.is_none_or(|at_least| points >= at_least);
                steps.iter().position(reached).unwrap_or(steps.len().saturating_sub(1))
            };
            let index = first(least);
            (first(most) == index).then_some(index)
        };
        let grade = step(&self.grades, sheet.figure(Figure::Fit))?;
        let level = step(&self.levels, sheet.figure(Figure::Engagement))?;
        Some(self.ranks.get(grade * self.levels.len() + level).copied())
    }
}

/// Whether the total is at least so much throughout.
fn reaches(sheet: &Reach, points: Points) -> Option<bool> {
    let (least, most) = sheet.figure(Figure::Total);
    (least >= points || most < points).then_some(least >= points)
}

fn and(one: Option<bool>, other: impl FnOnce() -> Option<bool>) -> Option<bool> {
    match one {
        Some(false) => Some(false),
        Some(true) => other(),
        None => other().filter(|holds| !holds),
    }
}
