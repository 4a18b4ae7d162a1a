//! Compiling the forms of points: fixed, by a field or property, by an expression.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::map::Map;
use crate::base::points::Points;
use crate::base::suggest::nearest;
use crate::expr::Expected;
use crate::lead::model::FieldType;
use crate::scoring::compile::{Band, By, PointsForm, RuleCompiler, check_limits, escape};
use crate::scoring::policy::{PointsBy, PointsPolicy};

impl RuleCompiler<'_, '_> {
    pub(super) fn points(&mut self, policy: &PointsPolicy, kinds: Option<&[usize]>) -> Option<PointsForm> {
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
