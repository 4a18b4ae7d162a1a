//! The record of one lead: what the host stores, as one JSON document.

use indexmap::IndexMap;
use serde::de::{self, Deserializer};
use serde::{Deserialize, Serialize};

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::money::Money;
use crate::base::time::Instant;
use crate::base::wording::Wording;
use crate::lead::activity::Activity;
use crate::lead::assignment::Assignment;
use crate::lead::enrolment::{Enrolment, NurturingState, Touch};
use crate::lead::merged::MergedLead;
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
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, Value>,
    /// Keys that identify the person or the company.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<LeadIdentity>,
    /// How it was acquired: channel, campaign, form, search keyword, landing page, click id.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub source: IndexMap<String, Value>,
    /// What it allows, per channel.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub consent: IndexMap<String, Consent>,
    /// What it did.
    // INVARIANT: no two with the same id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    activities: Vec<Activity>,
    /// The campaigns it is a member of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub campaigns: Vec<CampaignMembership>,
    /// Its deals.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deals: Vec<Deal>,
    /// The rank it last held on each scorecard, for hysteresis.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub standing: IndexMap<String, Standing>,
    /// Its passages through scenarios: of each scenario the present one, or the last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub enrolments: Vec<Enrolment>,
    /// What reached it from outside lately, or was to.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub touches: Vec<Touch>,
    /// What nurturing saw last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nurturing: Option<NurturingState>,
    /// The records that were merged into this one, oldest merge first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<MergedLead>,
    /// Who is and was in charge of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assignments: Vec<Assignment>,
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
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub purposes: IndexMap<String, PurposeConsent>,
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
    /// Where it stood before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<MembershipStatus>,
}

/// Where a lead stood in a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MembershipStatus {
    /// Where it stood; absent for a member without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Since when.
    pub at: Instant,
}

impl CampaignMembership {
    /// Where the lead stands now; what it was before is kept. False if nothing is new: the same status, or one
    /// that is older than what is known.
    ///
    /// ```
    /// use ikusei::CampaignMembership;
    /// let mut part: CampaignMembership =
    ///     serde_json::from_str(r#"{ "campaign": "expo", "status": "invited", "at": "2026-04-01T00:00:00Z" }"#)?;
    /// assert!(part.move_to(Some("visited"), "2026-04-08T01:00:00Z".parse()?));
    /// assert!(!part.move_to(Some("invited"), "2026-04-02T00:00:00Z".parse()?), "heard of too late");
    /// assert_eq!((part.status.as_deref(), part.before.len()), (Some("visited"), 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn move_to(&mut self, status: Option<&str>, at: Instant) -> bool {
        if at < self.at || self.status.as_deref() == status {
            return false;
        }
        let before = MembershipStatus { status: self.status.take(), at: self.at };
        self.before.push(before);
        self.status = status.map(str::to_owned);
        self.at = at;
        true
    }
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
            fields: IndexMap::new(),
            identities: Vec::new(),
            source: IndexMap::new(),
            consent: IndexMap::new(),
            activities: Vec::new(),
            campaigns: Vec::new(),
            deals: Vec::new(),
            standing: IndexMap::new(),
            enrolments: Vec::new(),
            touches: Vec::new(),
            nurturing: None,
            merged: Vec::new(),
            assignments: Vec::new(),
        }
    }

    /// From its JSON document.
    ///
    /// # Errors
    /// `IK0401` if the text is not JSON or not a lead (with line and column), `IK0403` if two different
    /// activities share an id.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| {
            let place = if error.line() > 0 {
                format!(", at line {}, column {}", error.line(), error.column())
            } else {
                String::new()
            };
            let full = error.to_string();
            let message = full.split(" at line ").next().unwrap_or(&full);
            Error::lead(vec![record_diagnostic(message, &place)])
        })
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
    #[cfg(any(feature = "identity", feature = "trust", feature = "simulation"))]
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

fn conflict(id: &str) -> Diagnostic {
    Diagnostic::error(Code::ActivityConflict, format!("two different activities have the id `{id}`"))
        .at("/activities")
        .with_help("activities never change once recorded: give the new one an id of its own")
}

/// Serde's words for a malformed record, as one of our diagnostics.
pub(crate) fn record_diagnostic(message: &str, place: &str) -> Diagnostic {
    if let Some(id) = message.strip_prefix(CONFLICT) {
        return conflict(id);
    }
    let wording = Wording::of(message);
    // Of all objects in a record, only the record itself has `fields`.
    let help = if wording.beside("fields") {
        "put the host's own data into `fields`, which takes any key"
    } else {
        "a lead is an object with `id`, and optionally `fields`, `activities` and so on"
    };
    let diagnostic =
        Diagnostic::error(Code::BadRecord, format!("not a lead record: {}{place}", wording.message));
    wording.remedied(diagnostic, help)
}

/// Named values, with room for as many as a record has: no growing step by step.
fn roomy<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IndexMap<String, Value>, D::Error> {
    struct Roomy;

    impl<'de> de::Visitor<'de> for Roomy {
        type Value = IndexMap<String, Value>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a map")
        }

        fn visit_map<A: de::MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
            let mut values = IndexMap::with_capacity(entries.size_hint().unwrap_or(0).clamp(7, 28));
            while let Some((name, value)) = entries.next_entry()? {
                values.insert(name, value);
            }
            Ok(values)
        }
    }

    deserializer.deserialize_map(Roomy)
}

/// Marks an activity conflict in serde's only channel for errors, which is text.
const CONFLICT: &str = "activity conflict: ";

impl<'de> Deserialize<'de> for Lead {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// The record as written; [`Lead`] adds the rule that activities are unique.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            id: String,
            #[serde(default, deserialize_with = "roomy")]
            fields: IndexMap<String, Value>,
            #[serde(default)]
            identities: Vec<LeadIdentity>,
            #[serde(default)]
            source: IndexMap<String, Value>,
            #[serde(default)]
            consent: IndexMap<String, Consent>,
            #[serde(default)]
            activities: Vec<Activity>,
            #[serde(default)]
            campaigns: Vec<CampaignMembership>,
            #[serde(default)]
            deals: Vec<Deal>,
            #[serde(default)]
            standing: IndexMap<String, Standing>,
            #[serde(default)]
            enrolments: Vec<Enrolment>,
            #[serde(default)]
            touches: Vec<Touch>,
            #[serde(default)]
            nurturing: Option<NurturingState>,
            #[serde(default)]
            merged: Vec<MergedLead>,
            #[serde(default)]
            assignments: Vec<Assignment>,
        }

        let raw = Raw::deserialize(deserializer)?;
        let mut first: std::collections::HashMap<&str, usize> =
            std::collections::HashMap::with_capacity(raw.activities.len());
        let mut keep = vec![true; raw.activities.len()];
        for (index, activity) in raw.activities.iter().enumerate() {
            let earlier = *first.entry(activity.id.as_str()).or_insert(index);
            if earlier != index {
                if raw.activities.get(earlier) != Some(activity) {
                    return Err(de::Error::custom(format_args!("{CONFLICT}{}", activity.id)));
                }
                if let Some(slot) = keep.get_mut(index) {
                    *slot = false;
                }
            }
        }
        let mut keep = keep.into_iter();
        let mut activities = raw.activities;
        activities.retain(|_| keep.next().unwrap_or(true));
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
            enrolments: raw.enrolments,
            touches: raw.touches,
            nurturing: raw.nurturing,
            merged: raw.merged,
            assignments: raw.assignments,
        })
    }
}
