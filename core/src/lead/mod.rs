//! The lead record: facts only, and the declarations that give them types.

pub(crate) mod activity;
pub(crate) mod enrolment;
pub(crate) mod facts;
pub(crate) mod merged;
pub(crate) mod model;
pub(crate) mod record;
pub(crate) mod value;

pub use activity::{Activity, Trust};
pub use enrolment::{Enrolment, EnrolmentStatus, NurturingState, Retry, TakenInput, Touch, TouchStatus};
pub use merged::MergedLead;
pub use model::{ActivityPolicy, FieldPolicy, FieldType, Identity};
pub use record::{
    CampaignMembership, Consent, ConsentStatus, Deal, Lead, LeadIdentity, PurposeConsent, Standing,
    Suppressed, SuppressedBy,
};
pub use value::Value;
