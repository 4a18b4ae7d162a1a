//! The record of one lead: what the host stores, as one JSON document.

use crate::base::map::{self, Map};
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::money::Money;
use crate::base::time::Instant;
use crate::lead::activity::Activity;
use crate::lead::merged::MergedLead;
use crate::lead::read;
use crate::lead::value::Value;

/// A prospect: who it is, where it came from, what it allowed, and what it did.
///
/// Keys of the record itself are fixed, and an unknown one is refused, so that a typing error loses nothing
/// silently. `fields`, `source` and an activity's `properties` take any keys: those that the playbook does not
/// declare are kept and not looked at, so a host may store its own data there.
///
/// ```
/// use ikusei::Lead;
/// let lead = Lead::from_json(r#"{ "id": "lead-1", "fields": { "industry": "製造業" } }"#)?;
/// assert_eq!(lead.id, "lead-1");
/// assert_eq!(Lead::from_json(&lead.to_json())?, lead);
/// # Ok::<(), ikusei::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
pub struct Lead {
    /// The host's id of the lead.
    pub id: String,
    /// What the lead is: the playbook's `fields`, and the host's own.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
    /// Keys that identify the person or the company.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<LeadIdentity>,
    /// How it was acquired: channel, campaign, form, search keyword, landing page, click id.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub source: Map<String, Value>,
    /// What it allows, per channel.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub consent: Map<String, Consent>,
    /// What it did.
    // INVARIANT: no two with the same id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) activities: Vec<Activity>,
    /// The campaigns it is a member of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub campaigns: Vec<CampaignMembership>,
    /// Its deals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deals: Vec<Deal>,
    /// The rank it last held on each scorecard, for hysteresis.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub standing: Map<String, Standing>,
    /// The records that were merged into this one, oldest merge first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<MergedLead>,
}

/// A key that identifies a person or a company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LeadIdentity {
    /// What kind of key: `email`, `phone`, `crm`.
    pub kind: String,
    /// The key.
    pub value: String,
    /// Whether it was proved to be theirs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub verified: bool,
}

/// What a lead allows on one channel.
///
/// ```
/// use ikusei::Lead;
/// let lead = Lead::from_json(r#"{ "id": "lead-1", "consent": { "email": {
///     "status": "granted", "at": "2026-04-01T00:00:00Z", "basis": "form",
///     "purposes": { "newsletter": { "status": "denied" } },
///     "suppressed": { "by": "bounce", "at": "2026-05-01T00:00:00Z" } } } }"#)?;
/// assert!(lead.consent["email"].suppressed.is_some());
/// # Ok::<(), ikusei::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Granted, denied, asked for or not known: for every purpose that has no status of its own.
    pub status: ConsentStatus,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// On what ground: a form, a contract, a card handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// For single purposes: `newsletter`, `seminar`, `sales`.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub purposes: Map<String, PurposeConsent>,
    /// Why nothing may be sent, whatever was granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<Suppressed>,
}

/// What a lead allows on one channel for one purpose.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PurposeConsent {
    /// Granted, denied, asked for or not known.
    pub status: ConsentStatus,
    /// Since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// On what ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}

/// Why nothing may be sent on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Suppressed {
    /// What it was.
    pub by: SuppressedBy,
    /// Since when.
    pub at: Instant,
}

/// What suppresses a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum SuppressedBy {
    /// Mail came back for good.
    Bounce,
    /// The receiver called it spam.
    Complaint,
}

/// Whether something is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ConsentStatus {
    /// Allowed.
    Granted,
    /// Refused.
    Denied,
    /// Asked for, and not confirmed yet: as good as not known.
    Pending,
    /// Never asked.
    #[default]
    Unknown,
}

impl Consent {
    /// The status for every purpose that has none of its own; `denied` where the channel is suppressed.
    #[must_use]
    pub fn effective(&self) -> ConsentStatus {
        if self.suppressed.is_some() { ConsentStatus::Denied } else { self.status }
    }
}

impl ConsentStatus {
    /// The word that the record and expressions use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Pending => "pending",
            Self::Unknown => "unknown",
        }
    }
}

/// A lead's part in one campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CampaignMembership {
    /// The campaign.
    pub campaign: String,
    /// Where the lead stands in it: `invited`, `attended`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Since when.
    pub at: Instant,
}

/// A deal with the lead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Deal {
    /// The host's id of the deal.
    pub id: String,
    /// Its stage: `opened`, `won`, `lost`.
    pub stage: String,
    /// What it is worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// When it reached the stage.
    pub at: Instant,
}

/// The rank that a lead last held on a scorecard. `rank` is absent where it held none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The rank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rank: Option<String>,
    /// Since when.
    pub since: Instant,
}

impl Lead {
    /// A lead of which nothing is known but its id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            fields: Map::new(),
            identities: Vec::new(),
            source: Map::new(),
            consent: Map::new(),
            activities: Vec::new(),
            campaigns: Vec::new(),
            deals: Vec::new(),
            standing: Map::new(),
            merged: Vec::new(),
        }
    }

    /// From its JSON document.
    ///
    /// # Errors
    /// `IK0401` if the text is not JSON or not a lead, `IK0403` if two different activities share an id; all problems
    /// at once, each with its path and its place in the text.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        // The derived reader is the fastest there is; the other one is the smallest, and tells every problem.
        #[cfg(not(target_arch = "wasm32"))]
        if let Ok(lead) = serde_json::from_str(text) {
            return Ok(lead);
        }
        read::document(text)
    }

    /// From JSON text that is nobody's document: problems have their paths, and no places.
    pub(crate) fn from_data(text: &str) -> Result<Self, Error> {
        #[cfg(not(target_arch = "wasm32"))]
        if let Ok(lead) = serde_json::from_str(text) {
            return Ok(lead);
        }
        read::data(text)
    }

    /// As a JSON document; keys in a fixed order, empty parts left out.
    #[must_use]
    pub fn to_json(&self) -> String {
        // INVARIANT: string keys and finite numbers only, so serialisation cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The same with one field set.
    #[must_use]
    pub fn with_field(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(name.into(), value.into());
        self
    }

    /// What the lead did, in the order in which it was recorded.
    #[must_use]
    pub fn activities(&self) -> &[Activity] {
        &self.activities
    }

    /// Puts another log in the place of the present one, which it gives back.
    // INVARIANT for callers: no two activities with the same id.
    pub(crate) fn swap_activities(&mut self, activities: Vec<Activity>) -> Vec<Activity> {
        std::mem::replace(&mut self.activities, activities)
    }

    /// For the rooms that add to it or judge it; ids stay unique.
    pub(crate) fn activities_mut(&mut self) -> &mut Vec<Activity> {
        &mut self.activities
    }

    /// Records an activity. True if it is new; false if the very same one was there already.
    ///
    /// # Errors
    /// `IK0403` if another activity has its id: nothing is overwritten.
    ///
    /// ```
    /// use ikusei::{Activity, Lead};
    /// let mut lead = Lead::new("lead-1");
    /// let visit = Activity::new("evt-1", "page_view", "2026-05-01T00:00:00Z".parse()?);
    /// assert!(lead.record(visit.clone())?);
    /// assert!(!lead.record(visit)?, "delivered twice, recorded once");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn record(&mut self, activity: Activity) -> Result<bool, Error> {
        match self.activities.iter().find(|known| known.id == activity.id) {
            Some(known) if *known == activity => Ok(false),
            Some(_) => Err(Error::lead(vec![conflict(&activity.id)])),
            None => {
                self.activities.push(activity);
                Ok(true)
            }
        }
    }
}

pub(crate) fn conflict(id: &str) -> Diagnostic {
    Diagnostic::error(Code::ActivityConflict, format!("two different activities have the id `{id}`"))
        .at("/activities")
        .with_help("activities never change once recorded: give the new one an id of its own")
}

/// Each activity once; the error is the id of two different ones.
pub(crate) fn unique(mut activities: Vec<Activity>) -> Result<Vec<Activity>, String> {
    let at = |index: u32| activities.get(index as usize);
    let mut order: Vec<u32> = (0..u32::try_from(activities.len()).unwrap_or(u32::MAX)).collect();
    map::sort(&mut order, &|index| at(index).map_or("", |activity| activity.id.as_str()));
    let mut again = Vec::new();
    let mut first = None;
    for index in order {
        match first.and_then(at).zip(at(index)) {
            Some((one, other)) if one.id == other.id => {
                if one != other {
                    return Err(one.id.clone());
                }
                again.push(index);
            }
            _ => first = Some(index),
        }
    }
    if !again.is_empty() {
        let mut index = 0;
        activities.retain(|_| {
            index += 1;
            !again.contains(&(index - 1))
        });
    }
    Ok(activities)
}

impl<'de> Deserialize<'de> for Lead {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The record as written; [`Lead`] adds the rule that activities are unique.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            id: String,
            #[serde(default)]
            fields: Map<String, Value>,
            #[serde(default)]
            identities: Vec<LeadIdentity>,
            #[serde(default)]
            source: Map<String, Value>,
            #[serde(default)]
            consent: Map<String, Consent>,
            #[serde(default)]
            activities: Vec<Activity>,
            #[serde(default)]
            campaigns: Vec<CampaignMembership>,
            #[serde(default)]
            deals: Vec<Deal>,
            #[serde(default)]
            standing: Map<String, Standing>,
            #[serde(default)]
            merged: Vec<MergedLead>,
        }

        let raw = Raw::deserialize(deserializer)?;
        let activities = unique(raw.activities)
            .map_err(|id| de::Error::custom(format_args!("two different activities have the id `{id}`")))?;
        Ok(Self {
            id: raw.id,
            fields: raw.fields,
            identities: raw.identities,
            source: raw.source,
            consent: raw.consent,
            activities,
            campaigns: raw.campaigns,
            deals: raw.deals,
            standing: raw.standing,
            merged: raw.merged,
        })
    }
}
