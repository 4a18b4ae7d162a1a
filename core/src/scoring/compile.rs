//! From what an author writes to what the engine runs: names resolved, types checked, tables built.

use crate::base::map::Map;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::points::Points;
use crate::base::suggest::nearest;
use crate::base::time::{Period, Zone};
use crate::expr::{Env, Expected, Program};
use crate::lead::model::{FieldType, Model};
use crate::scoring::account::Limits;
use crate::scoring::decay::Decay;
use crate::scoring::fuse::Fused;
use crate::scoring::policy::{
    GroupPolicy, PerPolicy, PeriodName, PointsBy, PointsPolicy, ProbabilityPolicy, RulePolicy,
};

/// The scoring part of one scorecard, as the playbook composes it.
pub(crate) struct CardPolicy<'a> {
    pub(crate) name: &'a str,
    pub(crate) rules: &'a [RulePolicy],
    pub(crate) groups: &'a Map<String, GroupPolicy>,
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
    pub(crate) zone: Zone,
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

/// How many points.
#[derive(Debug)]
pub(crate) enum PointsForm {
    Fixed(Points),
    Table {
        by: By,
        texts: Map<Box<str>, Points>,
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
        Ok(Self { cards, fused, zone })
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
    let mut seen: Map<&str, usize> = Map::new();
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
    if let Some(probability) = policy.probability
        && !(probability.intercept.is_finite() && probability.per_point.is_finite())
    {
        problems.push(
            Diagnostic::error(Code::BadScalar, "`intercept` and `per_point` must be finite numbers")
                .at(format!("{base}/probability"))
                .with_help("give the two coefficients of the logistic regression"),
        );
    }
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

fn check_limits(min: Option<Points>, max: Option<Points>, path: &str, problems: &mut Vec<Diagnostic>) {
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

/// Escapes a name for a JSON Pointer (RFC 6901).
pub(crate) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

struct RuleCompiler<'a, 'p> {
    model: &'a Model,
    groups: &'a Map<String, GroupPolicy>,
    account: usize,
    path: String,
    problems: &'p mut Vec<Diagnostic>,
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

    fn problem(&mut self, key: &str, diagnostic: Diagnostic) {
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

    fn program(
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

    fn points(&mut self, policy: &PointsPolicy, kinds: Option<&[usize]>) -> Option<PointsForm> {
        match policy {
            PointsPolicy::Fixed(points) => Some(PointsForm::Fixed(*points)),
            PointsPolicy::Expression(source) => {
                self.program(source, Expected::Number, "points", kinds).map(PointsForm::Expression)
            }
            PointsPolicy::By(by) => self.points_by(by, kinds),
        }
    }

    fn points_by(&mut self, policy: &PointsBy, kinds: Option<&[usize]>) -> Option<PointsForm> {
        let (by, field_type, values) = self.by(&policy.by, kinds)?;
        let default = policy.default.unwrap_or_default();
        let numeric = matches!(field_type, FieldType::Integer | FieldType::Number);
        if policy.times.is_none() && (policy.min.is_some() || policy.max.is_some()) {
            let diagnostic = Diagnostic::error(Code::KeyCombination, "`min` and `max` go with `times`");
            self.problem(
                "points",
                diagnostic.with_help("a table's points are limited by what it holds: remove the key"),
            );
            return None;
        }
        check_limits(policy.min, policy.max, &format!("{}/points", self.path), self.problems);
        match (&policy.table, &policy.bands, policy.times) {
            (Some(table), None, None) => {
                if !table_type(field_type) {
                    let diagnostic = Diagnostic::error(
                        Code::TypeMismatch,
                        format!("`{}` cannot be looked up in a table", policy.by),
                    );
                    self.problem("points/table", diagnostic.with_help("a table goes by a text, a set, a whole number or a boolean; use `bands` for numbers"));
                    return None;
                }
                self.check_table(table, field_type, &values, &policy.by);
                let texts = table.iter().map(|(key, points)| (key.as_str().into(), *points)).collect();
                Some(PointsForm::Table { by, texts, default })
            }
            (None, Some(bands), None) if numeric => {
                let bands = self.bands(bands)?;
                Some(PointsForm::Bands { by, bands, default })
            }
            (None, None, Some(times)) if numeric => {
                if policy.default.is_some() {
                    let diagnostic =
                        Diagnostic::error(Code::KeyCombination, "`default` does not go with `times`");
                    self.problem(
                        "points/default",
                        diagnostic.with_help("every number has its points: remove the key"),
                    );
                    return None;
                }
                Some(PointsForm::Times { by, times, min: policy.min, max: policy.max })
            }
            (None, Some(_), None) | (None, None, Some(_)) => {
                let diagnostic =
                    Diagnostic::error(Code::TypeMismatch, format!("`{}` is not a number", policy.by));
                self.problem(
                    "points/by",
                    diagnostic.with_help("`bands` and `times` go by a number; use `table` for a text"),
                );
                None
            }
            _ => {
                let diagnostic = Diagnostic::error(Code::KeyCombination, "points by a field take one form");
                self.problem("points", diagnostic.with_help("give one of `table`, `bands` and `times`"));
                None
            }
        }
    }

    fn check_table(
        &mut self,
        table: &Map<String, Points>,
        field_type: FieldType,
        values: &[String],
        by: &str,
    ) {
        for key in table.keys() {
            let place = format!("points/table/{}", escape(key));
            let readable = match field_type {
                FieldType::Boolean => matches!(key.as_str(), "true" | "false"),
                FieldType::Integer => key.parse::<i64>().is_ok_and(|number| number.to_string() == *key),
                _ => true,
            };
            if !readable {
                let kind =
                    if field_type == FieldType::Boolean { "`true` or `false`" } else { "a whole number" };
                let diagnostic =
                    Diagnostic::error(Code::BadScalar, format!("`{key}` is never the value of `{by}`"));
                self.problem(&place, diagnostic.with_help(format!("write {kind}")));
            } else if !values.is_empty() && !values.contains(key) {
                let known = nearest(key, values.iter().map(String::as_str));
                let diagnostic = Diagnostic::error(
                    Code::ValueNotDeclared,
                    format!("`{key}` is not among the values of `{by}`"),
                );
                self.problem(
                    &place,
                    diagnostic.with_help("add it to the field's `values`").did_you_mean(known),
                );
            }
        }
    }

    fn bands(&mut self, bands: &Map<String, Points>) -> Option<Box<[Band]>> {
        let before = self.problems.len();
        let mut out: Vec<Band> = Vec::with_capacity(bands.len());
        for (key, points) in bands {
            let place = format!("points/bands/{}", escape(key));
            match (key.parse::<Points>(), key.parse::<f64>()) {
                (Ok(bound), Ok(bound_float)) => {
                    if out.iter().any(|band| band.bound == bound) {
                        let diagnostic =
                            Diagnostic::error(Code::DuplicateId, format!("two bands begin at {bound}"));
                        self.problem(&place, diagnostic.with_help("each band needs a bound of its own"));
                    }
                    out.push(Band { bound, bound_float, points: *points });
                }
                _ => {
                    let diagnostic = Diagnostic::error(
                        Code::BadScalar,
                        format!("`{key}` is not the lower bound of a band"),
                    );
                    self.problem(
                        &place,
                        diagnostic.with_help("write a number with at most six decimals, such as \"50\""),
                    );
                }
            }
        }
        out.sort_by_key(|band| band.bound);
        (self.problems.len() == before).then(|| out.into_boxed_slice())
    }

    /// What `by` names, its type, and the values that its declaration lists.
    fn by(&mut self, name: &str, kinds: Option<&[usize]>) -> Option<(By, FieldType, Vec<String>)> {
        let Some(property) = name.strip_prefix("activity.") else {
            if let Some((index, field)) = self.model.field(name) {
                return Some((By::Field(index), field.kind, field.values.clone()));
            }
            let known = nearest(name, self.model.fields().map(|(name, _)| name));
            let diagnostic = Diagnostic::error(Code::UnknownName, format!("no field is called `{name}`"));
            self.problem("points/by", diagnostic.with_help("declare it under `fields`").did_you_mean(known));
            return None;
        };
        let Some(kinds) = kinds else {
            let diagnostic = Diagnostic::error(Code::KeyCombination, format!("`{name}` needs `on`"));
            self.problem(
                "points/by",
                diagnostic.with_help("only a rule that counts activities can look at one"),
            );
            return None;
        };
        let policies: Vec<_> =
            kinds.iter().filter_map(|kind| Some((*kind, self.model.activity_at(*kind)?.1))).collect();
        let slots: Box<[_]> =
            policies.iter().map(|(kind, policy)| (*kind, policy.properties.get_index_of(property))).collect();
        let mut types: Vec<FieldType> =
            policies.iter().filter_map(|(_, policy)| policy.properties.get(property).copied()).collect();
        types.dedup();
        match types.as_slice() {
            [field_type] => Some((By::Property(slots), *field_type, Vec::new())),
            [] => {
                let names =
                    policies.iter().flat_map(|(_, policy)| policy.properties.keys().map(String::as_str));
                let known = nearest(property, names).map(|near| format!("activity.{near}"));
                let diagnostic = Diagnostic::error(
                    Code::UnknownName,
                    format!("the activity has no property `{property}`"),
                );
                self.problem(
                    "points/by",
                    diagnostic.with_help("declare it under the activity's `properties`").did_you_mean(known),
                );
                None
            }
            _ => {
                let diagnostic = Diagnostic::error(
                    Code::TypeMismatch,
                    format!("`{name}` has different types in the activities of `on`"),
                );
                self.problem("points/by", diagnostic.with_help("split the rule by activity"));
                None
            }
        }
    }
}

fn table_type(field_type: FieldType) -> bool {
    !matches!(field_type, FieldType::Number | FieldType::Date | FieldType::Timestamp)
}
