//! Checking and compiling ranks.

use std::collections::HashMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::points::Points;
use crate::base::suggest::nearest;
use crate::expr::{Env, Expected, Program};
use crate::lead::model::Model;
use crate::qualification::policy::{DisqualifyPolicy, Handling, KeepPolicy, MatrixPolicy, RankPolicy};
use crate::scoring::compile::escape;
use crate::scoring::policy::About;

/// The qualification part of one scorecard, as the playbook composes it.
pub(crate) struct CardPolicy<'a> {
    pub(crate) name: &'a str,
    pub(crate) about: Option<&'a About>,
    pub(crate) ranks: &'a [RankPolicy],
    pub(crate) matrix: Option<&'a MatrixPolicy>,
    pub(crate) disqualify: &'a [DisqualifyPolicy],
    pub(crate) hot: &'a [String],
}

/// How one scorecard ranks.
#[derive(Debug)]
pub(crate) struct Qualification {
    /// JSON Pointer to the scorecard.
    pub(crate) path: String,
    pub(crate) about: Option<About>,
    /// Best first.
    pub(crate) ranks: Box<[Rank]>,
    pub(crate) matrix: Option<Matrix>,
    pub(crate) disqualify: Box<[Disqualify]>,
}

#[derive(Debug)]
pub(crate) struct Rank {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) at_least: Option<Points>,
    pub(crate) when: Option<Program>,
    pub(crate) keep: Option<KeepPolicy>,
    pub(crate) handling: Option<Handling>,
    pub(crate) hot: bool,
}

#[derive(Debug)]
pub(crate) struct Matrix {
    pub(crate) grades: Box<[Step]>,
    pub(crate) levels: Box<[Step]>,
    /// Number of the rank at `grade * levels + level`.
    pub(crate) ranks: Box<[usize]>,
}

/// A grade or a level.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) name: String,
    pub(crate) at_least: Option<Points>,
}

#[derive(Debug)]
pub(crate) struct Disqualify {
    pub(crate) id: String,
    pub(crate) label: Option<String>,
    pub(crate) when: Program,
}

impl Qualification {
    /// Compiles one card's ranks. `cards` are all scorecards, of which this is number `own`.
    pub(crate) fn compile(
        model: &Model,
        policy: &CardPolicy<'_>,
        cards: &[&str],
        own: usize,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let path = format!("/scorecards/{}", escape(policy.name));
        let env = Env { cards, own_card: Some(own), ..Env::new(model) };
        let mut compiler = Compiler { env, path: &path, problems };
        compiler.names(policy);
        compiler.thresholds(policy);
        let ranks =
            policy.ranks.iter().enumerate().map(|(index, rank)| compiler.rank(rank, index, policy)).collect();
        let matrix = policy.matrix.and_then(|matrix| compiler.matrix(matrix, policy.ranks));
        let disqualify = policy
            .disqualify
            .iter()
            .enumerate()
            .filter_map(|(index, rule)| {
                let when = compiler.program(&rule.when, &format!("disqualify/{index}/when"))?;
                Some(Disqualify { id: rule.id.clone(), label: rule.label.clone(), when })
            })
            .collect();
        Self { path, about: policy.about.cloned(), ranks, matrix, disqualify }
    }

    /// Every condition that deciding a rank may look at.
    #[cfg(any(feature = "arrow", feature = "trust"))]
    pub(crate) fn programs(&self) -> impl Iterator<Item = &Program> {
        let ranks = self.ranks.iter().filter_map(|rank| rank.when.as_ref());
        self.disqualify.iter().map(|rule| &rule.when).chain(ranks)
    }
}

struct Compiler<'a, 'p> {
    env: Env<'a>,
    path: &'a str,
    problems: &'p mut Vec<Diagnostic>,
}

impl Compiler<'_, '_> {
    fn problem(&mut self, key: &str, diagnostic: Diagnostic) {
        let path = format!("{}/{key}", self.path);
        self.problems.push(diagnostic.at(path));
    }

    fn program(&mut self, source: &str, key: &str) -> Option<Program> {
        match Program::compile(source, &self.env, Expected::Bool) {
            Ok(program) => Some(program),
            Err(diagnostics) => {
                for diagnostic in diagnostics {
                    self.problem(key, diagnostic);
                }
                None
            }
        }
    }

    /// Every name once, and `hot` naming ranks only.
    fn names(&mut self, policy: &CardPolicy<'_>) {
        self.unique(policy.ranks.iter().map(|rank| rank.rank.as_str()), "ranks", "rank");
        self.unique(policy.disqualify.iter().map(|rule| rule.id.as_str()), "disqualify", "id");
        for (index, name) in policy.hot.iter().enumerate() {
            self.known_rank(name, policy.ranks, &format!("hot/{index}"));
        }
    }

    fn unique<'n>(&mut self, names: impl Iterator<Item = &'n str>, list: &str, key: &str) {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (index, name) in names.enumerate() {
            let place = format!("{list}/{index}/{key}");
            if name.is_empty() {
                self.problem(
                    &place,
                    Diagnostic::error(Code::BadName, "a name cannot be empty")
                        .with_help("give it a short name"),
                );
            } else if let Some(first) = seen.insert(name, index) {
                let related = format!("{}/{list}/{first}/{key}", self.path);
                let diagnostic =
                    Diagnostic::error(Code::DuplicateId, format!("`{name}` stands twice in `{list}`"));
                self.problem(
                    &place,
                    diagnostic
                        .with_help("give each a name of its own")
                        .with_related("the first one is here", related),
                );
            }
        }
    }

    fn known_rank(&mut self, name: &str, ranks: &[RankPolicy], place: &str) -> Option<usize> {
        let found = ranks.iter().position(|rank| rank.rank == name);
        if found.is_none() {
            let known = nearest(name, ranks.iter().map(|rank| rank.rank.as_str()));
            let diagnostic = Diagnostic::error(Code::UnknownReference, format!("no rank is called `{name}`"));
            self.problem(
                place,
                diagnostic.with_help("name one of the scorecard's `ranks`").did_you_mean(known),
            );
        }
        found
    }

    /// Thresholds fall from rank to rank: otherwise a later rank can never be reached by its own.
    fn thresholds(&mut self, policy: &CardPolicy<'_>) {
        let mut open: Option<(usize, &RankPolicy)> = None;
        for (index, rank) in policy.ranks.iter().enumerate() {
            if policy.matrix.is_some() {
                for (key, given) in [("at_least", rank.at_least.is_some()), ("when", rank.when.is_some())] {
                    if given {
                        let diagnostic = Diagnostic::error(
                            Code::KeyCombination,
                            format!("`{key}` does not go with `matrix`"),
                        );
                        self.problem(
                            &format!("ranks/{index}/{key}"),
                            diagnostic.with_help("the matrix decides the rank: remove the key"),
                        );
                    }
                }
                if rank.keep.is_some_and(|keep| keep.margin.is_some()) {
                    let diagnostic =
                        Diagnostic::error(Code::KeyCombination, "`margin` does not go with `matrix`");
                    self.problem(
                        &format!("ranks/{index}/keep/margin"),
                        diagnostic.with_help("keep the rank by time, with `for`"),
                    );
                }
                continue;
            }
            if let Some(keep) = rank.keep {
                if keep.margin.is_some() && rank.at_least.is_none() {
                    let diagnostic = Diagnostic::error(Code::KeyCombination, "`margin` needs `at_least`");
                    self.problem(
                        &format!("ranks/{index}/keep/margin"),
                        diagnostic.with_help("a margin is counted down from the rank's threshold: give one"),
                    );
                }
                if keep.margin.is_some_and(Points::is_negative) {
                    let diagnostic = Diagnostic::error(Code::BadScalar, "a margin cannot be negative");
                    self.problem(
                        &format!("ranks/{index}/keep/margin"),
                        diagnostic.with_help("give the distance below the threshold, without a sign"),
                    );
                }
            }
            // A rank with a condition of its own leaves those below it reachable.
            if let Some((first, earlier)) = open {
                let shadowed = match (earlier.at_least, rank.at_least) {
                    (None, _) => true,
                    (Some(higher), Some(lower)) => lower >= higher,
                    (Some(_), None) => false,
                };
                if shadowed {
                    let message = format!(
                        "rank `{}` can never be reached: `{}` above it takes all of its leads",
                        rank.rank, earlier.rank
                    );
                    let related = format!("{}/ranks/{first}", self.path);
                    let diagnostic = Diagnostic::error(Code::Order, message)
                        .with_help("put ranks best first, with falling thresholds");
                    self.problem(
                        &format!("ranks/{index}"),
                        diagnostic.with_related("the rank above", related),
                    );
                }
            }
            if rank.when.is_none() && open.is_none_or(|(_, earlier)| earlier.at_least.is_some()) {
                open = Some((index, rank));
            }
        }
    }

    fn rank(&mut self, rank: &RankPolicy, index: usize, policy: &CardPolicy<'_>) -> Rank {
        let when = rank.when.as_ref().and_then(|source| self.program(source, &format!("ranks/{index}/when")));
        Rank {
            name: rank.rank.clone(),
            label: rank.label.clone(),
            at_least: rank.at_least,
            when,
            keep: rank.keep,
            handling: rank.handling.map(super::policy::HandlingPolicy::resolve),
            hot: policy.hot.contains(&rank.rank),
        }
    }

    fn matrix(&mut self, matrix: &MatrixPolicy, ranks: &[RankPolicy]) -> Option<Matrix> {
        let before = self.problems.len();
        let grades: Box<[Step]> = matrix
            .fit
            .iter()
            .map(|grade| Step { name: grade.grade.clone(), at_least: grade.at_least })
            .collect();
        let levels: Box<[Step]> = matrix
            .engagement
            .iter()
            .map(|level| Step { name: level.level.clone(), at_least: level.at_least })
            .collect();
        self.unique(grades.iter().map(|grade| grade.name.as_str()), "matrix/fit", "grade");
        self.unique(levels.iter().map(|level| level.name.as_str()), "matrix/engagement", "level");
        self.steps(&grades, "fit");
        self.steps(&levels, "engagement");
        self.strangers(matrix.ranks.keys(), &grades, "matrix/ranks", "grade");
        let mut cells = Vec::with_capacity(grades.len() * levels.len());
        for grade in &grades {
            let row = matrix.ranks.get(&grade.name);
            let place = format!("matrix/ranks/{}", escape(&grade.name));
            if let Some(row) = row {
                self.strangers(row.keys(), &levels, &place, "level");
            }
            for level in &levels {
                match row.and_then(|row| row.get(&level.name)) {
                    Some(name) => {
                        cells.extend(self.known_rank(
                            name,
                            ranks,
                            &format!("{place}/{}", escape(&level.name)),
                        ));
                    }
                    None => {
                        let message = format!(
                            "the matrix gives no rank to fit `{}` with engagement `{}`",
                            grade.name, level.name
                        );
                        let diagnostic = Diagnostic::error(Code::MatrixGap, message);
                        self.problem(&place, diagnostic.with_help("give every grade a rank at every level"));
                    }
                }
            }
        }
        (self.problems.len() == before).then(|| Matrix { grades, levels, ranks: cells.into_boxed_slice() })
    }

    /// Keys of the matrix that are no grade or level.
    fn strangers<'n>(
        &mut self,
        names: impl Iterator<Item = &'n String>,
        known: &[Step],
        place: &str,
        what: &str,
    ) {
        for name in names {
            if !known.iter().any(|step| step.name == *name) {
                let near = nearest(name, known.iter().map(|step| step.name.as_str()));
                let diagnostic = Diagnostic::error(Code::UnknownKey, format!("no {what} is called `{name}`"));
                let help = format!("declare the {what}, or remove the key");
                self.problem(
                    &format!("{place}/{}", escape(name)),
                    diagnostic.with_help(help).did_you_mean(near),
                );
            }
        }
    }

    /// Thresholds fall, and only the last step has none.
    fn steps(&mut self, steps: &[Step], list: &str) {
        let place = format!("matrix/{list}");
        if steps.is_empty() {
            self.problem(
                &place,
                Diagnostic::error(Code::Empty, format!("`{list}` has no entry"))
                    .with_help("give at least one"),
            );
        }
        let last = steps.len().saturating_sub(1);
        let mut before: Option<Points> = None;
        for (index, step) in steps.iter().enumerate() {
            let place = format!("{place}/{index}");
            match step.at_least {
                None if index < last => {
                    let diagnostic = Diagnostic::error(
                        Code::Order,
                        format!("`{}` takes everything, so what follows is never reached", step.name),
                    );
                    self.problem(&place, diagnostic.with_help("give `at_least` to all but the last"));
                }
                Some(_) if index == last => {
                    let diagnostic = Diagnostic::error(
                        Code::MatrixGap,
                        format!("nothing takes what is below `{}`", step.name),
                    );
                    self.problem(&place, diagnostic.with_help("leave `at_least` out of the last one"));
                }
                Some(at_least) if before.is_some_and(|before| at_least >= before) => {
                    let diagnostic =
                        Diagnostic::error(Code::Order, format!("`{}` can never be reached", step.name));
                    self.problem(&place, diagnostic.with_help("put the best first, with falling thresholds"));
                }
                _ => {}
            }
            before = step.at_least.or(before);
        }
    }
}
