//! The identity policy against the declared fields.

use crate::base::map::Map;

use super::policy::{IdentityPolicy, Likeness, ResolvePolicy, SurvivorshipPolicy};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::points::{MILLION, Points};
use crate::base::suggest::nearest;
use crate::base::text::pointer_escape;
use crate::capture::cleanse::compile::Cleansers;
use crate::capture::cleanse::policy::Cleaner;
use crate::lead::model::{FieldType, Identity, Model};

/// Both levels, compiled.
#[derive(Debug, Clone, Default)]
pub(crate) struct Identities {
    pub(crate) person: Resolver,
    pub(crate) company: Resolver,
    pub(crate) parent: Option<String>,
    pub(crate) survivorship: SurvivorshipPolicy,
}

/// How records are compared on one level.
#[derive(Debug, Clone, Default)]
pub(crate) struct Resolver {
    pub(crate) level: Identity,
    pub(crate) same: i64,
    pub(crate) review: i64,
    pub(crate) least: i64,
    pub(crate) comparisons: Box<[Comparison]>,
}

/// How one field is compared.
#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    pub(crate) field: String,
    pub(crate) by: Likeness,
    pub(crate) weight: i64,
    /// Equal values are enough.
    pub(crate) key: bool,
}

impl Identities {
    pub(crate) fn compile(
        model: &Model,
        cleansers: &Cleansers,
        policy: Option<&IdentityPolicy>,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let policy = policy.cloned().unwrap_or_default();
        let mut check = |name: &str, path: String| {
            if model.field(name).is_none() {
                problems.push(
                    Diagnostic::error(Code::UnknownReference, format!("no field is called `{name}`"))
                        .at(path)
                        .with_help("declare it under `fields`")
                        .did_you_mean(nearest(name, model.fields().map(|(name, _)| name))),
                );
            }
        };
        for (level, resolve) in [("person", &policy.person), ("company", &policy.company)] {
            for name in resolve.compare.keys() {
                check(name, format!("/identity/{level}/compare/{}", pointer_escape(name)));
            }
        }
        for name in policy.survivorship.fields.keys() {
            check(name, format!("/identity/survivorship/fields/{}", pointer_escape(name)));
        }
        if let Some(name) = &policy.parent {
            check(name, "/identity/parent".to_owned());
        }
        for (level, resolve) in [("person", &policy.person), ("company", &policy.company)] {
            check_numbers(level, resolve, problems);
        }
        Self {
            person: Resolver::compile(model, cleansers, &policy.person, Identity::Person),
            company: Resolver::compile(model, cleansers, &policy.company, Identity::Company),
            parent: policy.parent,
            survivorship: policy.survivorship,
        }
    }

    pub(crate) fn resolver(&self, level: Identity) -> &Resolver {
        match level {
            Identity::Person => &self.person,
            Identity::Company => &self.company,
        }
    }
}

impl Resolver {
    fn compile(model: &Model, cleansers: &Cleansers, policy: &ResolvePolicy, level: Identity) -> Self {
        let mut chosen: Map<String, (Likeness, i64)> = policy
            .compare
            .iter()
            .map(|(name, compare)| (name.clone(), (compare.by, compare.weight.millionths())))
            .collect();
        let usual = policy.compare.is_empty();
        for (name, field) in model.fields() {
            let by_usage = usual_comparison(name, field.kind, cleansers.cleaner(name), level);
            if field.identity == Some(level) {
                // A key is compared even where the author weighs other fields only.
                let (by, weight) = by_usage.unwrap_or((Likeness::Exact, 4));
                chosen.entry(name.to_owned()).or_insert((by, weight * MILLION));
            } else if usual && let Some((by, weight)) = by_usage {
                chosen.insert(name.to_owned(), (by, weight * MILLION));
            }
        }
        let is_key = |name: &str| model.field(name).is_some_and(|(_, field)| field.identity == Some(level));
        let comparisons = chosen
            .into_iter()
            .map(|(field, (by, weight))| Comparison { key: is_key(&field), field, by, weight })
            .collect();
        let or = |points: Option<Points>, usual: i64| points.map_or(usual, Points::millionths);
        Self {
            level,
            same: or(policy.same, 850_000),
            review: or(policy.review, 650_000),
            least: or(policy.least, 5 * MILLION),
            comparisons,
        }
    }
}

/// How a field is compared where the author does not say: by its type, its cleaner and its usual names.
fn usual_comparison(
    name: &str,
    kind: FieldType,
    cleaner: Option<Cleaner>,
    level: Identity,
) -> Option<(Likeness, i64)> {
    let is = |names: &[&str]| names.contains(&name);
    let person = level == Identity::Person;
    Some(match (kind, cleaner) {
        (FieldType::Email, _) if person => (Likeness::Email, 4),
        (FieldType::Email, _) => (Likeness::Domain, 3),
        (FieldType::Url, _) if !person => (Likeness::Domain, 3),
        (FieldType::Phone, _) => (Likeness::Phone, 2),
        (FieldType::Text, Some(Cleaner::Company)) if person => (Likeness::Company, 2),
        (FieldType::Text, Some(Cleaner::Company)) => (Likeness::Company, 5),
        (FieldType::Text, Some(Cleaner::Person)) if person => (Likeness::Name, 4),
        (FieldType::Text, _) if person && is(&["name", "full_name", "氏名", "名前", "お名前"]) => {
            (Likeness::Name, 4)
        }
        (FieldType::Text, _)
            if person && is(&["last_name", "first_name", "family_name", "given_name", "姓", "名"]) =>
        {
            (Likeness::Name, 2)
        }
        (FieldType::Text, _) if person && is(&["name_kana", "kana", "フリガナ", "ふりがな"]) => {
            (Likeness::Name, 2)
        }
        (FieldType::Text, Some(Cleaner::PostalCode | Cleaner::Prefecture)) if !person => (Likeness::Exact, 1),
        (FieldType::Text, _)
            if !person && is(&["prefecture", "postal_code", "zip", "city", "都道府県", "市区町村"]) =>
        {
            (Likeness::Exact, 1)
        }
        _ => return None,
    })
}

fn check_numbers(level: &str, policy: &ResolvePolicy, problems: &mut Vec<Diagnostic>) {
    let one = MILLION;
    for (key, value) in [("same", policy.same), ("review", policy.review)] {
        if value.is_some_and(|value| !(0..=one).contains(&value.millionths())) {
            problems.push(
                Diagnostic::error(Code::BadScalar, "a similarity lies between 0 and 1")
                    .at(format!("/identity/{level}/{key}"))
                    .with_help("give a number such as 0.85"),
            );
        }
    }
    let (same, review) =
        (policy.same.map_or(850_000, Points::millionths), policy.review.map_or(650_000, Points::millionths));
    if review > same {
        problems.push(
            Diagnostic::error(Code::Order, "`review` lies above `same`, so that nothing is ever reviewed")
                .at(format!("/identity/{level}"))
                .with_help("give `review` the lower number; they are 0.65 and 0.85 where absent"),
        );
    }
    let positive = |points: Points| points.millionths() > 0 && points.millionths() <= 1_000 * one;
    for (name, compare) in &policy.compare {
        if !positive(compare.weight) {
            problems.push(
                Diagnostic::error(Code::BadScalar, "a weight lies above 0 and is at most 1000")
                    .at(format!("/identity/{level}/compare/{}/weight", pointer_escape(name)))
                    .with_help("leave the field out if it should not count"),
            );
        }
    }
    if policy.least.is_some_and(|least| !positive(least)) {
        problems.push(
            Diagnostic::error(Code::BadScalar, "`least` lies above 0 and is at most 1000")
                .at(format!("/identity/{level}/least"))
                .with_help("give a sum of weights, such as 5"),
        );
    }
}
