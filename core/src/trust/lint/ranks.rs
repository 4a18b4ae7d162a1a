//! Limits that never bind, ranks that no lead reaches, and margins that swallow a rank.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::points::Points;
use crate::base::sets::NONE;
use crate::expr::Program;
use crate::lead::record::Lead;
use crate::qualification::compile::{Matrix, Qualification};
use crate::scoring::account::Limits;
use crate::scoring::compile::{Card, escape};
use crate::trust::lint::reach::{Span, millionths};
use crate::trust::lint::space::Space;
use crate::trust::lint::{LintExample, Linter};

impl Linter<'_> {
    pub(super) fn ranks(&mut self) {
        let compiled = self.compiled;
        for (number, (card, scored)) in compiled.cards.iter().zip(&compiled.scoring.cards).enumerate() {
            self.limits(number, scored);
            self.disqualifications(&card.qualification);
            match &card.qualification.matrix {
                Some(matrix) => self.matrix(number, &card.qualification, matrix),
                None => self.thresholds(number, &card.qualification),
            }
            self.margins(&card.qualification);
        }
    }

    fn limits(&mut self, number: usize, card: &Card) {
        let Some(reach) = self.reaches.get(number) else { return };
        let (accounts, before) = (reach.accounts.clone(), reach.before);
        for (account, group) in accounts.iter().skip(1).zip(&card.groups) {
            let what = format!("group `{}`", group.name);
            let path = format!("{}/groups/{}", card.path, escape(&group.name));
            self.idle_limits(*account, &group.limits, &what, &path);
        }
        self.idle_limits(before, &card.limits, "the scorecard", &card.path);
    }

    fn idle_limits(&mut self, span: Span, limits: &Limits, what: &str, path: &str) {
        if let (Some(max), Some(high)) = (limits.max, span.high)
            && high <= millionths(max)
        {
            let high = points(high);
            let message = format!("`max` {max} of {what} never binds: at most {high} is reached");
            self.idle(format!("{path}/max"), message);
        }
        if let (Some(min), Some(low)) = (limits.min, span.low)
            && low >= millionths(min)
        {
            let low = points(low);
            let message = format!("`min` {min} of {what} never binds: at least {low} is reached");
            self.idle(format!("{path}/min"), message);
        }
    }

    /// Disqualifications that another one before them always decides.
    fn disqualifications(&mut self, qualification: &Qualification) {
        let rules = &qualification.disqualify;
        if rules.len() < 2 {
            return;
        }
        let domain = self.domain(&[]);
        let programs: Vec<&Program> = rules.iter().map(|rule| &rule.when).collect();
        let mut space = Space::new(&domain, &programs, &[]);
        let mut taken = NONE;
        let mut found = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let yes = space.truth(&rule.when).yes;
            if yes != NONE && space.sets.minus(yes, taken) == NONE {
                found.push((index, yes));
            }
            taken = space.sets.or(taken, yes);
        }
        let mut shown: Vec<(usize, Option<LintExample>)> = Vec::new();
        for (index, yes) in found {
            let Some(rule) = rules.get(index) else { continue };
            let check = |lead: &Lead| self.holds(&rule.when, &[], lead);
            let example = self.example(&mut space, yes, &check);
            shown.push((index, example));
        }
        let known = space.is_known();
        drop(space);
        for (index, example) in shown.into_iter().filter(|_| known) {
            let Some(rule) = rules.get(index) else { continue };
            let message = format!(
                "the disqualification `{}` never decides: wherever it holds, one before it does",
                rule.id
            );
            let diagnostic = Diagnostic::warning(Code::Shadowed, message)
                .at(format!("{}/disqualify/{index}", qualification.path))
                .with_help("put it before the others, or remove it");
            self.find(diagnostic, example);
        }
    }

    fn thresholds(&mut self, number: usize, qualification: &Qualification) {
        let domain = self.domain(&[]);
        let programs: Vec<&Program> =
            qualification.ranks.iter().filter_map(|rank| rank.when.as_ref()).collect();
        let thresholds: Vec<(usize, Points)> =
            qualification.ranks.iter().filter_map(|rank| Some((number, rank.at_least?))).collect();
        let mut space = Space::new(&domain, &programs, &thresholds);
        let mut taken = NONE;
        // Of each rank, whether its condition and its threshold can hold, and whether ranks above leave it anything.
        let mut verdicts = Vec::new();
        for rank in &qualification.ranks {
            let by_points = match rank.at_least {
                Some(at_least) => space.at_least(number, at_least),
                None => crate::base::sets::ALL,
            };
            let by_condition = match &rank.when {
                Some(when) => space.truth(when).yes,
                None => crate::base::sets::ALL,
            };
            let both = space.sets.and(by_points, by_condition);
            let left = space.sets.minus(both, taken);
            verdicts.push((by_points == NONE, by_condition == NONE, both == NONE, left == NONE));
            taken = space.sets.or(taken, both);
        }
        let known = space.is_known();
        drop(space);
        if !known {
            return;
        }
        let high = self.reaches.get(number).and_then(|reach| reach.total.high);
        for (index, (rank, (points_never, condition_never, never, covered))) in
            qualification.ranks.iter().zip(verdicts).enumerate()
        {
            let path = format!("{}/ranks/{index}", qualification.path);
            let name = &rank.name;
            #[cfg(feature = "nurturing")]
            if never || covered {
                self.unreached.push((number, name.clone()));
            }
            if let (true, Some(at_least), Some(high)) = (points_never, rank.at_least, high) {
                let example = self.best(number);
                self.beyond(&path, &format!("rank `{name}`"), "points", (at_least, high), example);
            } else if condition_never {
                let message = format!("rank `{name}` is never reached: its condition holds for no lead");
                self.unreachable(format!("{path}/when"), message, "change the condition, or remove the rank");
            } else if never {
                let message =
                    format!("rank `{name}` is never reached: no lead has its points and meets its condition");
                self.unreachable(path, message, "lower `at_least`, or change the condition");
            } else if covered {
                let message = format!(
                    "rank `{name}` is never reached: every lead that it would take has a rank above it"
                );
                self.unreachable(path, message, "raise the thresholds of the ranks above it, or remove it");
            }
        }
    }

    fn matrix(&mut self, number: usize, qualification: &Qualification, matrix: &Matrix) {
        let Some(reach) = self.reaches.get(number) else { return };
        let sides = [
            (&matrix.grades, reach.fit, "fit", "grade"),
            (&matrix.levels, reach.engagement, "engagement", "level"),
        ];
        let mut reached: Vec<Vec<bool>> = Vec::new();
        for (steps, span, side, word) in sides {
            let mut of_side = Vec::with_capacity(steps.len());
            let mut above: Option<&str> = None;
            for (index, step) in steps.iter().enumerate() {
                let path = format!("{}/matrix/{side}/{index}", qualification.path);
                let what = format!("{word} `{}`", step.name);
                let too_high =
                    step.at_least.zip(span.high).filter(|(wanted, high)| millionths(*wanted) > *high);
                of_side.push(above.is_none() && too_high.is_none());
                if let Some(above) = above {
                    let message = format!("{what} is never reached: every lead reaches `{above}`");
                    self.unreachable(path, message, "raise the threshold above it, or remove it");
                } else if let Some((at_least, high)) = too_high {
                    self.beyond(&path, &what, &format!("points of {side}"), (at_least, high), None);
                } else if step.at_least.zip(span.low).is_some_and(|(wanted, low)| low >= millionths(wanted)) {
                    above = Some(&step.name);
                }
            }
            reached.push(of_side);
        }
        let [grades, levels] = reached.as_slice() else { return };
        for (index, rank) in qualification.ranks.iter().enumerate() {
            let mut cells = matrix.ranks.iter().enumerate().filter(|(_, given)| **given == index);
            let reaches = |cell: usize| {
                let width = levels.len().max(1);
                let (grade, level) = (grades.get(cell / width), levels.get(cell % width));
                grade == Some(&true) && level == Some(&true)
            };
            if !cells.any(|(cell, _)| reaches(cell)) {
                #[cfg(feature = "nurturing")]
                self.unreached.push((number, rank.name.clone()));
                let message = format!(
                    "rank `{}` is never reached: no grade and level that a lead has together give it",
                    rank.name
                );
                let path = format!("{}/ranks/{index}", qualification.path);
                self.unreachable(path, message, "put it into the matrix where leads come to, or remove it");
            }
        }
    }

    fn beyond(
        &mut self,
        path: &str,
        what: &str,
        of: &str,
        (at_least, high): (Points, i128),
        best: Option<LintExample>,
    ) {
        let message = format!("{what} needs {at_least} {of}, and no lead has more than {}", points(high));
        let diagnostic = Diagnostic::warning(Code::UnreachableRank, message)
            .at(format!("{path}/at_least"))
            .with_help("lower `at_least`, or give more points");
        self.find(diagnostic, best);
    }

    fn unreachable(&mut self, path: String, message: String, help: &str) {
        let diagnostic = Diagnostic::warning(Code::UnreachableRank, message).at(path).with_help(help);
        self.find(diagnostic, None);
    }

    /// Margins that keep a lead in a rank while it falls through the whole of the next.
    fn margins(&mut self, qualification: &Qualification) {
        for (index, rank) in qualification.ranks.iter().enumerate() {
            let margin = rank.keep.and_then(|keep| keep.margin);
            let Some(leaves) = margin.and_then(|margin| rank.at_least?.checked_sub(margin)) else { continue };
            let below =
                qualification.ranks.iter().skip(index + 1).find_map(|rank| Some((rank, rank.at_least?)));
            if let Some((below, at_least)) = below.filter(|(_, at_least)| leaves <= *at_least) {
                let message = format!(
                    "rank `{}` is kept down to {leaves} points, through the whole of rank `{}`, which begins at {at_least}",
                    rank.name, below.name
                );
                let diagnostic = Diagnostic::warning(Code::WideMargin, message)
                    .at(format!("{}/ranks/{index}/keep/margin", qualification.path))
                    .with_help("make the margin smaller than the distance to the next rank");
                self.find(diagnostic, None);
            }
        }
    }
}

fn points(millionths: i128) -> Points {
    Points::from_wide(millionths).unwrap_or_default()
}
