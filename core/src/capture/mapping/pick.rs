//! Where values come from: picks, checked and run.

use crate::base::map::Map;

use super::path::{Path, Scope, plain};
use super::policy::{Otherwise, Paths, Pick, PickRules, UnixUnit, is_path};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::text::pointer_escape;
use crate::base::time::Instant;
use crate::capture::cleanse::compile::Cleansers;
use crate::capture::cleanse::policy::Cleaner;
use crate::expr::{Env, Expected, Frame, Program};
use crate::lead::facts::Facts;
use crate::lead::model::Model;
use crate::lead::record::Lead;
use crate::lead::value::Value;

/// A pick, checked.
#[derive(Debug)]
pub(super) struct Picker {
    when: Option<Formula>,
    what: What,
    ignore: Box<[String]>,
    split: Option<String>,
    take: Option<i32>,
    join: Option<String>,
    pub(super) values: Map<String, Value>,
    otherwise: Option<Otherwise>,
    cleaner: Option<Cleaner>,
    unix: Option<UnixUnit>,
    pub(super) default: Option<Value>,
}

#[derive(Debug)]
pub(super) enum What {
    Paths(Box<[Path]>),
    Constant(Value),
    Formula(Formula),
}

/// An expression over a payload, with the paths that its entries stand for.
#[derive(Debug)]
pub(super) struct Formula {
    program: Program,
    reads: Box<[(String, Path)]>,
}

/// Why a pick gives nothing although there is something.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unusable(pub(super) Box<Diagnostic>);

/// What picks are compiled with.
pub(super) struct Checks<'a> {
    pub(super) problems: &'a mut Vec<Diagnostic>,
}

impl Checks<'_> {
    pub(super) fn pick(&mut self, pick: &Pick, path: &str) -> Option<Picker> {
        let rules = pick.rules();
        let short = matches!(pick, Pick::Short(_));
        let inner = |key: &str| if short { path.to_owned() } else { format!("{path}/{key}") };
        let what = self.what(&rules, path, &inner);
        let when = rules.when.as_ref().map(|when| self.formula(when, Expected::Bool, &inner("when")));
        if rules.otherwise.is_some() && rules.values.is_empty() {
            self.refuse(
                Code::KeyCombination,
                "`otherwise` without `values`",
                "add `values`",
                &inner("otherwise"),
            );
        }
        if rules.unix.is_some() && rules.cleaner.is_some() {
            self.refuse(Code::KeyCombination, "`unix` beside `as`", "keep one of them", &inner("unix"));
        }
        Some(Picker {
            when: match when {
                Some(formula) => Some(formula?),
                None => None,
            },
            what: what?,
            ignore: rules.ignore.into_boxed_slice(),
            split: rules.split.filter(|separator| !separator.is_empty()),
            take: rules.take,
            join: rules.join,
            values: rules.values,
            otherwise: rules.otherwise,
            cleaner: rules.cleaner,
            unix: rules.unix,
            default: rules.default,
        })
    }

    fn what(&mut self, rules: &PickRules, path: &str, inner: &dyn Fn(&str) -> String) -> Option<What> {
        let given = [rules.from.is_some(), rules.value.is_some(), rules.expression.is_some()];
        if given.iter().filter(|given| **given).count() != 1 {
            let message = "a value comes from exactly one of `from`, `value` and `expression`";
            self.refuse(Code::KeyCombination, message, "give one of them", path);
            return None;
        }
        if let Some(value) = &rules.value {
            return Some(What::Constant(value.clone()));
        }
        if let Some(source) = &rules.expression {
            return self.formula(source, Expected::Any, &inner("expression")).map(What::Formula);
        }
        let from = rules.from.as_ref()?;
        self.paths(from, &inner("from")).map(What::Paths)
    }

    pub(super) fn paths(&mut self, paths: &Paths, at: &str) -> Option<Box<[Path]>> {
        let mut read = Vec::new();
        for (index, text) in paths.all().iter().enumerate() {
            let at = if matches!(paths, Paths::One(_)) { at.to_owned() } else { format!("{at}/{index}") };
            match Path::parse(text) {
                Ok(path) => read.push(path),
                Err(reason) => {
                    let message = format!("`{text}` is not a path into the payload: {reason}");
                    let help = format!("write `/{}`", pointer_escape(text));
                    self.refuse(Code::BadScalar, message, help, &at);
                }
            }
        }
        if paths.all().is_empty() {
            self.refuse(Code::Empty, "no path at all", "name one, such as `/email`", at);
        }
        (read.len() == paths.all().len() && !read.is_empty()).then(|| read.into_boxed_slice())
    }

    pub(super) fn formula(&mut self, source: &str, expected: Expected, at: &str) -> Option<Formula> {
        let model = Model::default();
        let env = Env { payload: true, ..Env::new(&model) };
        let program = match Program::compile(source, &env, expected) {
            Ok(program) => program,
            Err(found) => {
                self.problems.extend(found.into_iter().map(|problem| {
                    let lone = !source.contains(|c: char| !(c.is_alphanumeric() || c == '_'));
                    let problem = if lone && problem.code == Code::UnknownName {
                        problem.with_help(format!(
                            "write the path `/{source}`, or a constant as `{{ value: ... }}`"
                        ))
                    } else {
                        problem
                    };
                    problem.at(at)
                }));
                return None;
            }
        };
        let mut reads = Vec::new();
        for key in &program.reads().source {
            let text = if is_path(key) { key.to_string() } else { format!("/{}", pointer_escape(key)) };
            match Path::parse(&text) {
                Ok(path) => reads.push((key.to_string(), path)),
                Err(reason) => {
                    let message = format!("`{key}` is not a path into the payload: {reason}");
                    self.refuse(Code::BadScalar, message, "write `payload[\"/name\"]`", at);
                    return None;
                }
            }
        }
        Some(Formula { program, reads: reads.into_boxed_slice() })
    }

    pub(super) fn refuse(
        &mut self,
        code: Code,
        message: impl Into<String>,
        help: impl Into<String>,
        at: &str,
    ) {
        self.problems.push(Diagnostic::error(code, message).with_help(help).at(at));
    }
}

impl Formula {
    pub(super) fn test(&self, scope: &Scope<'_>, at: Instant) -> Result<bool, Unusable> {
        self.run(scope, at, |program, frame| program.test(frame))
    }

    fn value(&self, scope: &Scope<'_>, at: Instant) -> Result<Value, Unusable> {
        self.run(scope, at, |program, frame| Ok(program.value(frame)?.to_plain()))
    }

    fn run<T>(
        &self,
        scope: &Scope<'_>,
        at: Instant,
        run: impl FnOnce(&Program, &Frame<'_>) -> Result<T, crate::expr::Failure>,
    ) -> Result<T, Unusable> {
        let model = Model::default();
        let mut lead = Lead::new("");
        for (key, path) in &self.reads {
            if let Some(value) = path.find(scope) {
                lead.source.insert(key.clone(), value.clone());
            }
        }
        let unusable = |message: String| {
            let help = "guard the expression: `has(payload.name) && ...`";
            Unusable(Box::new(Diagnostic::warning(Code::ExprFailed, message).with_help(help)))
        };
        let facts = Facts::read(&model, &lead).map_err(|error| unusable(error.to_string()))?;
        let frame = Frame { facts: &facts, at: at.micros(), activity: None, derived: None };
        run(&self.program, &frame)
            .map_err(|failure| unusable(format!("`{}` {}", self.program.source(), failure.message)))
    }
}

impl Picker {
    /// The value, null where there is none.
    pub(super) fn value(
        &self,
        scope: &Scope<'_>,
        at: Instant,
        cleansers: &Cleansers,
    ) -> Result<Value, Unusable> {
        if let Some(when) = &self.when
            && !when.test(scope, at)?
        {
            return Ok(Value::Null);
        }
        let value = self.named(self.raw(scope, at)?)?;
        let value = match (&value, self.unix, self.cleaner) {
            (Value::Null, ..) => value,
            (_, Some(unit), _) => unix(&value, unit)?,
            (_, None, Some(cleaner)) => {
                let cleansed = cleansers.value(cleaner, &value);
                match cleansed.problem {
                    Some(problem) => return Err(Unusable(Box::new(problem))),
                    None => cleansed.value,
                }
            }
            _ => value,
        };
        Ok(match (value, &self.default) {
            (Value::Null, Some(default)) => default.clone(),
            (value, _) => value,
        })
    }

    /// The constant, where it is one.
    pub(super) fn constant(&self) -> Option<&Value> {
        match &self.what {
            What::Constant(value) => Some(value),
            _ => None,
        }
    }

    /// Every value that is certain beforehand: constants, the table, the default.
    pub(super) fn certain(&self) -> impl Iterator<Item = (&'static str, &Value)> {
        let constant = self.constant().map(|value| ("value", value));
        let table = self.values.values().map(|value| ("values", value));
        constant.into_iter().chain(table).chain(self.default.as_ref().map(|value| ("default", value)))
    }

    fn raw(&self, scope: &Scope<'_>, at: Instant) -> Result<Value, Unusable> {
        let mut value = match &self.what {
            What::Constant(value) => value.clone(),
            What::Formula(formula) => formula.value(scope, at)?,
            What::Paths(paths) => {
                let mut found =
                    paths.iter().filter_map(|path| path.find(scope)).filter(|value| usable(value));
                if self.join.is_some() && paths.len() > 1 {
                    Value::List(found.cloned().collect())
                } else {
                    found.next().cloned().unwrap_or(Value::Null)
                }
            }
        };
        if let Some(text) = plain(&value)
            && self.ignore.contains(&text)
        {
            return Ok(Value::Null);
        }
        if let (Some(separator), Value::Text(text)) = (&self.split, &value) {
            let parts = text.split(separator.as_str()).map(str::trim).filter(|part| !part.is_empty());
            value = Value::List(parts.map(Value::from).collect());
        }
        if let (Some(take), Value::List(items)) = (self.take, &value) {
            let from_end =
                usize::try_from(take.unsigned_abs()).ok().and_then(|back| items.len().checked_sub(back));
            let index = if take < 0 { from_end } else { usize::try_from(take).ok() };
            value = index.and_then(|index| items.get(index)).cloned().unwrap_or(Value::Null);
        }
        if let (Some(separator), Value::List(items)) = (&self.join, &value) {
            let texts: Vec<String> = items.iter().filter_map(plain).filter(|text| !text.is_empty()).collect();
            value = if texts.is_empty() { Value::Null } else { Value::Text(texts.join(separator)) };
        }
        Ok(if usable(&value) { value } else { Value::Null })
    }

    /// What the table makes of it.
    fn named(&self, value: Value) -> Result<Value, Unusable> {
        if self.values.is_empty() || value == Value::Null {
            return Ok(value);
        }
        let Some(text) = plain(&value) else { return Ok(value) };
        match (self.values.get(&text), self.otherwise) {
            (Some(named), _) => Ok(named.clone()),
            (None, Some(Otherwise::Keep)) => Ok(value),
            (None, Some(Otherwise::Drop)) => Ok(Value::Null),
            (None, None) => {
                let shown: String = text.chars().take(80).collect();
                let message = format!("the mapping has no name for `{shown}`");
                let diagnostic = Diagnostic::warning(Code::NotCaptured, message)
                    .with_help("add it to `values`, or to `ignore`");
                Err(Unusable(Box::new(diagnostic)))
            }
        }
    }
}

/// Whether something is there: blank texts and empty lists are nothing, and objects are no values.
fn usable(value: &Value) -> bool {
    match value {
        Value::Null | Value::Object(_) => false,
        Value::Text(text) => !text.trim().is_empty(),
        Value::List(items) => !items.is_empty(),
        _ => true,
    }
}

/// The instant that a number since 1970 stands for, as text.
fn unix(value: &Value, unit: UnixUnit) -> Result<Value, Unusable> {
    let factor: i64 = match unit {
        UnixUnit::Seconds => 1_000_000,
        UnixUnit::Milliseconds => 1_000,
    };
    let micros = match value {
        Value::Int(number) => number.checked_mul(factor),
        Value::Float(number) => fraction(*number, factor),
        Value::Text(text) => match text.trim().parse::<i64>() {
            Ok(number) => number.checked_mul(factor),
            Err(_) => text.trim().parse::<f64>().ok().and_then(|number| fraction(number, factor)),
        },
        _ => None,
    };
    micros.and_then(Instant::from_micros).map(|instant| Value::Text(instant.to_string())).ok_or_else(|| {
        let shown: String = plain(value).unwrap_or_default().chars().take(40).collect();
        let message = format!("`{shown}` is not a time since 1970");
        let diagnostic = Diagnostic::warning(Code::NotCaptured, message);
        Unusable(Box::new(diagnostic.with_help("look whether it counts seconds or milliseconds")))
    })
}

fn fraction(number: f64, factor: i64) -> Option<i64> {
    #[expect(clippy::cast_precision_loss, reason = "a thousand or a million")]
    let micros = libm::round(number * factor as f64);
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    (micros.abs() <= 9_007_199_254_740_992.0).then_some(micros as i64)
}
