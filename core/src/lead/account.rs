//! The company behind a lead, as the host's customer records know it.

use serde::{Deserialize, Serialize};

/// A company that is known already: a customer, a prospect with an owner, a member of a group of companies.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CompanyAccount {
    /// The host's id of it.
    pub id: String,
    /// What it is called: each name is compared with the lead's company in normal form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// Its domains: compared with those of the lead's mail addresses and web addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<String>,
    /// The member who looks after it; where absent, the owner of the parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// The account of the parent company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Whether it buys from us today.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub customer: bool,
}
