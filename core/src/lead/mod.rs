//! The lead record: facts only, and the declarations that give them types.

pub(crate) mod activity;
pub(crate) mod facts;
pub(crate) mod merged;
pub(crate) mod model;
#[cfg(feature = "yaml")]
mod place;
pub(crate) mod read;
pub(crate) mod record;
pub(crate) mod symbols;
pub(crate) mod value;

pub use activity::{Activity, Trust};
pub use merged::MergedLead;
pub use model::{ActivityPolicy, FieldPolicy, FieldType, Identity};
pub use record::{
    CampaignMembership, Consent, ConsentStatus, Deal, Lead, LeadIdentity, PurposeConsent, Standing,
    Suppressed, SuppressedBy,
};
pub use value::Value;
