//! What an author writes about identity.

use crate::base::map::Map;
use serde::{Deserialize, Serialize};

use crate::base::points::Points;

/// How records are told to be one person or one company, and what a merged record keeps.
///
/// Keys come first: fields with `identity: person` or `identity: company`, and the record's `identities`. Where no
/// key decides, fields are compared one by one and their similarities weighed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct IdentityPolicy {
    /// One person.
    pub person: ResolvePolicy,
    /// One company.
    pub company: ResolvePolicy,
    /// The field that names a company's parent company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// What a merged record keeps.
    pub survivorship: SurvivorshipPolicy,
}

/// How two records are compared.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ResolvePolicy {
    /// The least similarity, between 0 and 1, at which two records are the same; 0.85 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same: Option<Points>,
    /// The least similarity at which somebody should look; 0.65 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Points>,
    /// The least sum of weights of the fields that both records have; below it they are different. 5 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least: Option<Points>,
    /// The fields that are compared. If absent, they follow from the types and usual names of the fields.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub compare: Map<String, ComparePolicy>,
}

/// How one field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ComparePolicy {
    /// What its values are.
    pub by: Likeness,
    /// How much it counts.
    pub weight: Points,
}

/// In what way two values are alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Likeness {
    /// Equal or not, width, case and kana aside.
    Exact,
    /// Texts: by how many characters they share.
    Text,
    /// Names of persons: one character makes another person.
    Name,
    /// Names of companies: legal form, spacing and branch aside.
    Company,
    /// Mail addresses: the same mailbox at another domain is alike.
    Email,
    /// Telephone numbers: two lines of one exchange are a little alike.
    Phone,
    /// The domain of a mail or web address; free mail says nothing.
    Domain,
}

/// What a merged record keeps where both records have a value.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct SurvivorshipPolicy {
    /// For every field that has no rule of its own.
    pub default: Survivor,
    /// For single fields.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Survivor>,
    /// Channels of `source.channel`, the most trusted first; others are trusted least.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub trust: Vec<String>,
}

/// Which of two values stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Survivor {
    /// That of the record we last learnt something of.
    #[default]
    Latest,
    /// That of the record we first learnt something of.
    First,
    /// That of the record from the more trusted source.
    Trusted,
    /// The longer text.
    Longest,
    /// That of the record that stays.
    Mine,
}
