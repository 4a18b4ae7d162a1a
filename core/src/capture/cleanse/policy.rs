//! What an author writes about cleansing.

use crate::base::map::Map;
use serde::{Deserialize, Serialize};

/// How values are cleansed. Every part has a default; an empty policy cleanses by the types of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CleansingPolicy {
    /// Texts that mean that nothing is known.
    pub nulls: NullRules,
    /// Mail addresses.
    pub email: EmailRules,
    /// Telephone numbers.
    pub phone: PhoneRules,
    /// Company names.
    pub company: CompanyRules,
    /// How `04/05/2026` is read; refused if absent, since both readings are common.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dates: Option<DateOrder>,
    /// Currency of amounts that name none, as ISO 4217 code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// How single fields are cleansed where their type does not say it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Cleaner>,
    /// Fields of an address: prefecture and city are derived where they are empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub places: Option<PlaceFields>,
}

/// Texts that mean that nothing is known, beside the usual ones (`N/A`, `-`, `不明`, `未選択`...).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct NullRules {
    /// More of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<String>,
    /// Usual ones that are values here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keep: Vec<String>,
}

/// How mail addresses are cleansed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct EmailRules {
    /// Case of the part before the `@`.
    pub local_case: LocalCase,
    /// What follows a `+` before the `@`.
    pub plus_tags: PlusTags,
}

/// Case of the part before the `@`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LocalCase {
    /// Lower case: no mail system in use tells them apart.
    #[default]
    Lower,
    /// As typed.
    Keep,
}

/// What follows a `+` before the `@`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlusTags {
    /// Kept: mail goes where the person asked for it.
    #[default]
    Keep,
    /// Dropped.
    Drop,
}

/// How telephone numbers are cleansed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct PhoneRules {
    /// Where a number without country code is from, as ISO 3166 code.
    pub region: String,
}

impl Default for PhoneRules {
    fn default() -> Self {
        Self { region: "JP".to_owned() }
    }
}

/// How company names are cleansed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct CompanyRules {
    /// `株式会社`, `㈱`, `(株)`.
    pub legal_form: LegalForm,
}

/// What becomes of a legal form in the name that is shown; it never counts when names are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum LegalForm {
    /// Written out, in its place.
    #[default]
    Unify,
    /// As typed.
    Keep,
}

/// Which of two numbers below 13 is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DateOrder {
    /// `31/12/2026`.
    DayFirst,
    /// `12/31/2026`.
    MonthFirst,
}

/// How a field is cleansed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cleaner {
    /// Not at all.
    Keep,
    /// Width, spaces, disguised nulls.
    Text,
    /// A mail address.
    Email,
    /// A telephone number, to E.164.
    Phone,
    /// A web address.
    Url,
    /// A company's name.
    Company,
    /// A person's name.
    Person,
    /// A Japanese prefecture, to its full name.
    Prefecture,
    /// A Japanese postal code, to `123-4567`.
    PostalCode,
    /// A Japanese address.
    Address,
    /// A whole number, in any digits.
    Integer,
    /// A number, in any digits.
    Number,
    /// An amount of money, to `1000000 JPY`.
    Money,
    /// A calendar date, to `2026-04-08`.
    Date,
    /// A date and time, to an instant; in the playbook's zone where none is given.
    Timestamp,
    /// Yes or no.
    Boolean,
    /// Several texts, from a list or from one text with separators.
    Set,
}

/// The fields that an address is made of. Give those that there are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct PlaceFields {
    /// The whole address as one text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// The prefecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefecture: Option<String>,
    /// The city, ward or town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
}
