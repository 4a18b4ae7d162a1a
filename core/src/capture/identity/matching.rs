//! Two records: one, perhaps one, or two; and why.

use serde::Serialize;

use super::compile::Resolver;
use super::likeness::{self, ONE};
use super::policy::Likeness;
use crate::base::points::{MILLION, Points};
use crate::capture::cleanse::compile::Cleansers;
use crate::capture::cleanse::policy::Cleaner;
use crate::lead::model::Identity;
use crate::lead::record::{Lead, LeadIdentity};
use crate::lead::value::Value;

/// What two records are to each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Match {
    /// Whether they are one person.
    pub person: Resemblance,
    /// Whether they are of one company.
    pub company: Resemblance,
}

/// Whether two records are one, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Resemblance {
    /// The verdict.
    pub verdict: Verdict,
    /// The weighed similarity of what both records have, between 0 and 1; 1 where a key decides.
    pub similarity: Points,
    /// What was compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Evidence>,
}

/// Whether two records are one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Verdict {
    /// They are two.
    Different,
    /// Somebody should look.
    Review,
    /// They are one.
    Same,
}

/// One comparison.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Evidence {
    /// The field, or `identities/` and the kind of a key.
    pub field: String,
    /// In what way it was compared.
    pub by: Likeness,
    /// How alike the values are, between 0 and 1.
    pub similarity: Points,
    /// How much it counted: less than its weight where the values differ in what people have several of.
    pub weight: Points,
    /// True if equal values decide alone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub key: bool,
}

/// The sums over the fields of two records.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    weights: i64,
    alike: i128,
    key: bool,
    /// The same without keys that agree.
    other_weights: i64,
    other_alike: i128,
}

impl Tally {
    /// Adds a field; gives the weight that it counted with.
    pub(crate) fn add(&mut self, weight: i64, (similarity, percent): (u32, i64), key: bool) -> i64 {
        let weight = weight * percent / 100;
        let alike = i128::from(weight) * i128::from(similarity);
        self.weights += weight;
        self.alike += alike;
        if key && similarity == ONE {
            self.key = true;
        } else {
            self.other_weights += weight;
            self.other_alike += alike;
        }
        weight
    }

    /// True if a key agrees, so that nothing else need.
    pub(crate) fn by_key(&self) -> bool {
        self.key
    }

    /// Verdict and similarity in millionths.
    pub(crate) fn verdict(&self, resolver: &Resolver) -> (Verdict, i64) {
        let mean = |alike: i128, weights: i64| {
            alike.checked_div(i128::from(weights)).and_then(|mean| i64::try_from(mean).ok()).unwrap_or(0)
        };
        let similarity = mean(self.alike, self.weights);
        if self.key {
            // A shared mailbox: the key says one person, the names say two.
            let against = self.other_weights >= 3 * MILLION
                && mean(self.other_alike, self.other_weights) < resolver.review / 2;
            return if against { (Verdict::Review, similarity) } else { (Verdict::Same, MILLION) };
        }
        if self.weights < resolver.least {
            return (Verdict::Different, similarity);
        }
        let verdict = if similarity >= resolver.same {
            Verdict::Same
        } else if similarity >= resolver.review {
            Verdict::Review
        } else {
            Verdict::Different
        };
        (verdict, similarity)
    }
}

/// Compares two records on one level.
pub(crate) fn compare(resolver: &Resolver, cleansers: &Cleansers, a: &Lead, b: &Lead) -> Resemblance {
    let mut tally = Tally::default();
    let mut evidence = Vec::new();
    let points = |millionths: i64| Points::from_millionths(millionths).unwrap_or(Points::ZERO);
    for comparison in &resolver.comparisons {
        let normal = |lead: &Lead| {
            lead.fields.get(&comparison.field).and_then(|raw| likeness::normal(cleansers, comparison.by, raw))
        };
        let (Some(left), Some(right)) = (normal(a), normal(b)) else { continue };
        let found = likeness::compare(comparison.by, &left, &right);
        let (similarity, _) = found;
        let key = comparison.key && is_key(comparison.by, &left);
        let weight = tally.add(comparison.weight, found, key);
        evidence.push(Evidence {
            field: comparison.field.clone(),
            by: comparison.by,
            similarity: points(i64::from(similarity)),
            weight: points(weight),
            key: key && similarity == ONE,
        });
    }
    if resolver.level == Identity::Person {
        shared_identities(cleansers, a, b, &mut tally, &mut evidence);
    }
    let (verdict, similarity) = tally.verdict(resolver);
    Resemblance { verdict, similarity: points(similarity), evidence }
}

/// A role's mailbox identifies nobody.
pub(crate) fn is_key(by: Likeness, normal: &str) -> bool {
    use crate::capture::cleanse::email;
    by != Likeness::Email || email::split(normal).is_none_or(|(local, _)| !email::is_role(local))
}

/// Keys that both records carry in `identities`.
fn shared_identities(
    cleansers: &Cleansers,
    a: &Lead,
    b: &Lead,
    tally: &mut Tally,
    evidence: &mut Vec<Evidence>,
) {
    for left in &a.identities {
        let shared = |right: &&LeadIdentity| {
            right.kind == left.kind && identity_value(cleansers, left) == identity_value(cleansers, right)
        };
        if b.identities.iter().any(|right| shared(&right)) {
            tally.add(4 * MILLION, (ONE, 100), true);
            evidence.push(Evidence {
                field: format!("identities/{}", left.kind),
                by: Likeness::Exact,
                similarity: Points::from_whole(1).unwrap_or(Points::ZERO),
                weight: Points::from_whole(4).unwrap_or(Points::ZERO),
                key: true,
            });
        }
    }
}

/// A key in the form in which it is compared: addresses and numbers cleansed, others as they are.
pub(crate) fn identity_value(cleansers: &Cleansers, identity: &LeadIdentity) -> String {
    let cleaner = match identity.kind.as_str() {
        "email" => Cleaner::Email,
        "phone" => Cleaner::Phone,
        _ => return identity.value.clone(),
    };
    let cleansed = cleansers.value(cleaner, &Value::Text(identity.value.clone()));
    cleansed.text().unwrap_or(&identity.value).to_owned()
}
