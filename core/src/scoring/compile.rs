//! From what an author writes to what the engine runs: names resolved, types checked, tables built.

use std::collections::HashMap;

use indexmap::IndexMap;

pub(crate) use crate::base::diagnostic::escape;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::points::Points;
use crate::base::suggest::nearest;
use crate::base::time::{Period, Zone};
use crate::expr::{Env, Expected, Program};
use crate::lead::model::Model;
use crate::scoring::account::Limits;
use crate::scoring::decay::Decay;
use crate::scoring::fuse::Fused;
use crate::scoring::policy::{GroupPolicy, PerPolicy, PeriodName, ProbabilityPolicy, RulePolicy};
use crate::scoring::tracks::Tracks;

/// The scoring part of one scorecard, as the playbook composes it.
pub(crate) struct CardPolicy<'a> {
    pub(crate) name: &'a str,
    pub(crate) rules: &'a [RulePolicy],
    pub(crate) groups: &'a IndexMap<String, GroupPolicy>,
    pub(crate) min: Option<Points>,
    pub(crate) max: Option<Points>,
    pub(crate) probability: Option<ProbabilityPolicy>,
}

/// Every scorecard, ready to run.
#[derive(Debug)]
pub(crate) struct Scoring {
    pub(crate) cards: Box<[Card]>,
    /// Fit rules of one field, fused into one table per field.
    pub(crate) fused: Fused,
    /// Engagement rules that are walked together, per kind of activity.
    pub(crate) tracks: Tracks,
    /// Per card, what is left to do for each rule when nobody asks for a ledger.
    pub(crate) steps: Box<[Box<[Step]>]>,
    pub(crate) zone: Zone,
}

/// What is left to do for a rule after the fused tables and the walks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// Number of the rule in its card.
    pub(crate) rule: usize,
    /// The number of its sums, if a walk has added them up; otherwise it is run.
    pub(crate) walked: Option<usize>,
}

/// One scorecard.
#[derive(Debug)]
pub(crate) struct Card {
    /// JSON Pointer to it.
    pub(crate) path: String,
    pub(crate) rules: Box<[Rule]>,
    pub(crate) groups: Box<[Group]>,
    pub(crate) limits: Limits,
    pub(crate) probability: Option<ProbabilityPolicy>,
    /// Number of its first account: rules without a group. Those of its groups follow.
    pub(crate) account: usize,
}

/// One group of a scorecard.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) label: Option<String>,
    pub(crate) limits: Limits,
}

/// One rule.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) id: String,
    pub(crate) label: Option<String>,
    /// JSON Pointer to it.
    pub(crate) path: String,
    /// Number of the account that it adds to.
    pub(crate) account: usize,
    pub(crate) when: Option<Program>,
    pub(crate) points: PointsForm,
    /// Absent for a rule about fit.
    pub(crate) on: Option<On>,
}

/// How a rule counts activities.
#[derive(Debug)]
pub(crate) struct On {
    /// Kinds, without repetition.
    pub(crate) kinds: Box<[usize]>,
    pub(crate) cap: Option<Points>,
    /// Age in microseconds from which an activity counts no more.
    pub(crate) within: i64,
    pub(crate) decay: Option<Decay>,
    pub(crate) per: Option<(Period, u32)>,
}

impl On {
    /// The age from which the rule counts nothing.
    pub(crate) fn end(&self) -> i64 {
        self.within.min(self.decay.as_ref().map_or(i64::MAX, Decay::end))
    }

    /// Whether what an activity counts for goes by its age.
    #[cfg(any(feature = "nurturing", feature = "trust"))]
    pub(crate) fn is_timed(&self) -> bool {
        self.within != i64::MAX || self.decay.is_some()
    }
}

/// How many points.
#[derive(Debug)]
pub(crate) enum PointsForm {
    Fixed(Points),
    Table {
        by: By,
        texts: HashMap<Box<str>, Points>,
        default: Points,
    },
    /// Bounds in rising order.
    Bands {
        by: By,
        bands: Box<[Band]>,
        default: Points,
    },
    Times {
        by: By,
        times: Points,
        min: Option<Points>,
        max: Option<Points>,
    },
    Expression(Program),
}

#[cfg(any(feature = "arrow", feature = "nurturing", feature = "trust"))]
impl PointsForm {
    pub(crate) fn program(&self) -> Option<&Program> {
        match self {
            Self::Expression(program) => Some(program),
            _ => None,
        }
    }
}

/// One band of numbers: from its bound to that of the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Band {
    pub(crate) bound: Points,
    /// The same bound as the nearest float, for fields that hold floats.
    pub(crate) bound_float: f64,
    pub(crate) points: Points,
}

/// The field or property that points go by.
#[derive(Debug)]
pub(crate) enum By {
    Field(usize),
    /// Per kind of activity of the rule, the number of the property, if that kind has it.
    Property(Box<[(usize, Option<usize>)]>),
}

/// A rule's `on` takes at most so many kinds: they are merged by time without memory of their own.
pub(crate) const MAX_KINDS: usize = 16;

impl Scoring {
    /// Compiles all scorecards and interns in `model` the texts that they compare with.
    pub(crate) fn compile(
        model: &mut Model,
        cards: &[CardPolicy<'_>],
        zone: Zone,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = Vec::new();
        let mut compiled = Vec::with_capacity(cards.len());
        let mut account = 0;
        for card in cards {
            compiled.push(compile_card(model, card, account, &mut problems));
            account += 1 + card.groups.len();
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let cards: Box<[Card]> = compiled.into_boxed_slice();
        let fused = Fused::new(model, &cards);
        let tracks = Tracks::new(&cards, model.activities().len());
        let steps = |(card, compiled): (usize, &Card)| {
            let left = (0..compiled.rules.len()).filter(|rule| !fused.covers(card, *rule));
            left.map(|rule| Step { rule, walked: tracks.number(card, rule) }).collect()
        };
        let steps = cards.iter().enumerate().map(steps).collect();
        Ok(Self { cards, fused, tracks, steps, zone })
    }

    /// How many accounts all scorecards have together.
    pub(crate) fn accounts(&self) -> usize {
        self.cards.last().map_or(0, |card| card.account + 1 + card.groups.len())
    }
}

fn compile_card(
    model: &Model,
    policy: &CardPolicy<'_>,
    account: usize,
    problems: &mut Vec<Diagnostic>,
) -> Card {
    let base = format!("/scorecards/{}", escape(policy.name));
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut rules = Vec::with_capacity(policy.rules.len());
    for (index, rule) in policy.rules.iter().enumerate() {
        let path = format!("{base}/rules/{index}");
        if let Some(first) = seen.insert(&rule.id, index) {
            problems.push(
                Diagnostic::error(Code::DuplicateId, format!("two rules have the id `{}`", rule.id))
                    .at(format!("{path}/id"))
                    .with_help("give each rule an id of its own: ledgers and overlays name rules by it")
                    .with_related("the first one is here", format!("{base}/rules/{first}/id")),
            );
        }
        if rule.id.is_empty() {
            problems.push(
                Diagnostic::error(Code::BadName, "an id cannot be empty")
                    .at(format!("{path}/id"))
                    .with_help("give the rule a short id"),
            );
        }
        let mut compiler =
            RuleCompiler { model, groups: policy.groups, account, path, problems: &mut *problems };
        if let Some(rule) = compiler.rule(rule) {
            rules.push(rule);
        }
    }
    let engagement = |group: Option<&str>| {
        policy
            .rules
            .iter()
            .any(|rule| rule.on.is_some() && (group.is_none() || rule.group.as_deref() == group))
    };
    let groups = policy
        .groups
        .iter()
        .map(|(name, group)| {
            let path = format!("{base}/groups/{}", escape(name));
            check_limits(group.min, group.max, &path, problems);
            let limits = Limits { min: group.min, max: group.max, engagement: engagement(Some(name)) };
            Group { name: name.clone(), label: group.label.clone(), limits }
        })
        .collect();
    check_limits(policy.min, policy.max, &base, problems);
    let limits = Limits { min: policy.min, max: policy.max, engagement: engagement(None) };
    Card {
        path: base,
        rules: rules.into_boxed_slice(),
        groups,
        limits,
        probability: policy.probability,
        account,
    }
}

pub(super) fn check_limits(
    min: Option<Points>,
    max: Option<Points>,
    path: &str,
    problems: &mut Vec<Diagnostic>,
) {
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        problems.push(
            Diagnostic::error(Code::Order, format!("`min` {min} is above `max` {max}"))
                .at(format!("{path}/min"))
                .with_help("exchange the two"),
        );
    }
}

/// One rule on its way; what is wrong with it goes to `problems`.
pub(super) struct RuleCompiler<'a, 'p> {
    pub(super) model: &'a Model,
    groups: &'a IndexMap<String, GroupPolicy>,
    account: usize,
    pub(super) path: String,
    pub(super) problems: &'p mut Vec<Diagnostic>,
}

impl RuleCompiler<'_, '_> {
    /// The rule, or nothing if it has problems.
    fn rule(&mut self, rule: &RulePolicy) -> Option<Rule> {
        let before = self.problems.len();
        let kinds = rule
            .on
            .as_ref()
            .map(|on| self.kinds(on.names(), matches!(on, crate::scoring::OneOrMany::Many(_))));
        let when = rule
            .when
            .as_ref()
            .and_then(|source| self.program(source, Expected::Bool, "when", kinds.as_deref()));
        let points = self.points(&rule.points, kinds.as_deref());
        let on = match kinds {
            Some(kinds) => self.on(rule, kinds),
            None => {
                self.refuse_without_on(rule);
                None
            }
        };
        let account = self.account + rule.group.as_ref().map_or(0, |group| self.group(group));
        if self.problems.len() > before {
            return None;
        }
        Some(Rule {
            id: rule.id.clone(),
            label: rule.label.clone(),
            path: self.path.clone(),
            account,
            when,
            points: points?,
            on,
        })
    }

    pub(super) fn problem(&mut self, key: &str, diagnostic: Diagnostic) {
        let path = format!("{}/{key}", self.path);
        self.problems.push(diagnostic.at(path));
    }

    fn kinds(&mut self, names: &[String], list: bool) -> Vec<usize> {
        let mut kinds = Vec::with_capacity(names.len());
        for (index, name) in names.iter().enumerate() {
            let key = if list { format!("on/{index}") } else { "on".to_owned() };
            match self.model.activity(name) {
                Some((kind, _)) if kinds.contains(&kind) => {
                    let message = format!("`{name}` stands twice in `on`");
                    self.problem(
                        &key,
                        Diagnostic::error(Code::DuplicateId, message).with_help("name each kind once"),
                    );
                }
                Some((kind, _)) => kinds.push(kind),
                None => {
                    let known = nearest(name, self.model.activities().map(|(name, _)| name));
                    let help = "declare the kind under `activities`";
                    let message = format!("no activity is called `{name}`");
                    self.problem(
                        &key,
                        Diagnostic::error(Code::UnknownReference, message)
                            .with_help(help)
                            .did_you_mean(known),
                    );
                }
            }
        }
        if names.is_empty() {
            self.problem(
                "on",
                Diagnostic::error(Code::Empty, "`on` names no activity")
                    .with_help("name at least one kind, or leave `on` out for a rule about fit"),
            );
        }
        if kinds.len() > MAX_KINDS {
            let message = format!("`on` names more than {MAX_KINDS} kinds");
            self.problem("on", Diagnostic::error(Code::DocumentLimit, message).with_help("split the rule"));
        }
        kinds
    }

    pub(super) fn program(
        &mut self,
        source: &str,
        expected: Expected,
        key: &str,
        kinds: Option<&[usize]>,
    ) -> Option<Program> {
        let env = Env { activity: kinds, ..Env::new(self.model) };
        match Program::compile(source, &env, expected) {
            Ok(program) => Some(program),
            Err(diagnostics) => {
                for diagnostic in diagnostics {
                    self.problem(key, diagnostic);
                }
                None
            }
        }
    }

    fn on(&mut self, rule: &RulePolicy, kinds: Vec<usize>) -> Option<On> {
        if let Some(cap) = rule.cap
            && (cap.is_negative() || cap == Points::ZERO)
        {
            let diagnostic = Diagnostic::error(Code::BadScalar, format!("a cap of {cap} leaves no points"));
            self.problem(
                "cap",
                diagnostic
                    .with_help("give the largest number of points, without a sign: it limits losses too"),
            );
        }
        if rule.within.is_some_and(|within| within.seconds() == 0) {
            let diagnostic = Diagnostic::error(Code::BadScalar, "a window of no time counts nothing");
            self.problem("within", diagnostic.with_help("give a time above zero, such as `90d`"));
        }
        let per = rule.per.as_ref().and_then(|per| self.per(per));
        let decay = rule
            .decay
            .as_ref()
            .map(|decay| Decay::compile(decay, rule.within, &format!("{}/decay", self.path)));
        let decay = match decay {
            Some(Err(problems)) => {
                self.problems.extend(problems);
                return None;
            }
            Some(Ok(decay)) => Some(decay),
            None => None,
        };
        Some(On {
            kinds: kinds.into_boxed_slice(),
            cap: rule.cap,
            within: rule.within.map_or(i64::MAX, |within| within.micros()),
            decay,
            per,
        })
    }

    fn per(&mut self, per: &PerPolicy) -> Option<(Period, u32)> {
        let (period, number) = match per {
            PerPolicy::One(period) => (*period, 1),
            PerPolicy::Several(several) => match several.first() {
                Some((period, number)) if several.len() == 1 && *number > 0 => (*period, *number),
                _ => {
                    let diagnostic =
                        Diagnostic::error(Code::BadScalar, "`per` takes one period with a number above zero");
                    self.problem("per", diagnostic.with_help("write `day`, or `{ day: 3 }`"));
                    return None;
                }
            },
        };
        let period = match period {
            PeriodName::Hour => Period::Hour,
            PeriodName::Day => Period::Day,
            PeriodName::Week => Period::Week,
            PeriodName::Month => Period::Month,
            PeriodName::Ever => Period::Ever,
        };
        Some((period, number))
    }

    fn refuse_without_on(&mut self, rule: &RulePolicy) {
        let given = [
            ("cap", rule.cap.is_some()),
            ("within", rule.within.is_some()),
            ("decay", rule.decay.is_some()),
            ("per", rule.per.is_some()),
        ];
        for (key, _) in given.iter().filter(|(_, given)| *given) {
            let diagnostic = Diagnostic::error(Code::KeyCombination, format!("`{key}` needs `on`"));
            self.problem(key, diagnostic.with_help("a rule without `on` is about fit and counts once: name the activity it counts, or remove the key"));
        }
    }

    /// Number of a group's account within the card, from 1.
    fn group(&mut self, name: &str) -> usize {
        if let Some(index) = self.groups.get_index_of(name) {
            return index + 1;
        }
        let known = nearest(name, self.groups.keys().map(String::as_str));
        let diagnostic = Diagnostic::error(
            Code::UnknownReference,
            format!("no group of this scorecard is called `{name}`"),
        );
        self.problem(
            "group",
            diagnostic.with_help("declare the group under the scorecard's `groups`").did_you_mean(known),
        );
        0
    }
}
