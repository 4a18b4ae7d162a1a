//! The playbook as its author writes it: every room's policies under one roof.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use crate::base::points::Points;
use crate::campaign::CampaignPolicy;
#[cfg(feature = "identity")]
use crate::capture::IdentityPolicy;
use crate::capture::{CapturePolicy, CleansingPolicy, TrustPolicy};
use crate::lead::model::{ActivityPolicy, FieldPolicy};
#[cfg(feature = "nurturing")]
use crate::nurturing::{ContactPolicy, ScenarioPolicy, TemplatePolicy};
use crate::qualification::policy::{DisqualifyPolicy, MatrixPolicy, RankPolicy};
#[cfg(feature = "routing")]
use crate::routing::policy::RoutingPolicy;
use crate::scoring::policy::{About, GroupPolicy, ProbabilityPolicy, RulePolicy};
use crate::segment::policy::SegmentPolicy;

/// A playbook: what is known of leads, how they score, what rank that means, and which segments they are in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Version of the format: 1.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 1)))]
    pub ikusei: u32,
    /// Name of the playbook.
    pub name: String,
    /// Where days begin, as a name of the IANA database or an offset such as `+09:00`; UTC if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// What a lead is: its fields by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, FieldPolicy>,
    /// What a lead does: kinds of activities by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub activities: IndexMap<String, ActivityPolicy>,
    /// Questions asked of every lead, by name. The first is the main one: its rank is the lead's rank.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub scorecards: IndexMap<String, ScorecardPolicy>,
    /// Named filters.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub segments: IndexMap<String, SegmentPolicy>,
    /// How values are cleansed as they come in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleansing: Option<CleansingPolicy>,
    /// How records are told to be one person or one company, and what a merged record keeps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<IdentityPolicy>,
    /// How payloads from outside become facts: mappings by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub capture: IndexMap<String, CapturePolicy>,
    /// How machines are told from people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust: Option<TrustPolicy>,
    /// When leads may be contacted, and how often.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_policy: Option<ContactPolicy>,
    /// Messages by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub templates: IndexMap<String, TemplatePolicy>,
    /// What costs money and is to bring something, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub campaigns: IndexMap<String, CampaignPolicy>,
    /// Nurturing flows by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub scenarios: IndexMap<String, ScenarioPolicy>,
    /// How leads reach sales.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing: Option<RoutingPolicy>,
}

/// Something that this build does not have: read over, so that it can be refused by its name.
#[cfg(not(all(feature = "identity", feature = "nurturing", feature = "routing")))]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LeftOut {}

#[cfg(not(all(feature = "identity", feature = "nurturing", feature = "routing")))]
impl<'de> Deserialize<'de> for LeftOut {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self {})
    }
}

#[cfg(not(feature = "identity"))]
type IdentityPolicy = LeftOut;
#[cfg(not(feature = "nurturing"))]
type ContactPolicy = LeftOut;
#[cfg(not(feature = "nurturing"))]
type TemplatePolicy = LeftOut;
#[cfg(not(feature = "nurturing"))]
type ScenarioPolicy = LeftOut;
#[cfg(not(feature = "routing"))]
type RoutingPolicy = LeftOut;

/// Rules and ranks for one question: the lead overall, one product, one solution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScorecardPolicy {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The interest, product or solution that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub about: Option<About>,
    /// What earns and costs points.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<RulePolicy>,
    /// Limits on the sum of several rules, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub groups: IndexMap<String, GroupPolicy>,
    /// The least total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<Points>,
    /// The greatest total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<Points>,
    /// A logistic reading of the total.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<ProbabilityPolicy>,
    /// Conditions under which a lead gets no rank, whatever its score.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disqualify: Vec<DisqualifyPolicy>,
    /// Ranks, best first: a lead gets the first that holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranks: Vec<RankPolicy>,
    /// Ranks by grade of fit and level of engagement, instead of thresholds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<MatrixPolicy>,
    /// The ranks that are hot; the others are cold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hot: Vec<String>,
}
