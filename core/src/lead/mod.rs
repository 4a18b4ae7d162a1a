//! The lead record: facts only, and the declarations that give them types.

pub(crate) mod account;
pub(crate) mod activity;
pub(crate) mod assignment;
pub(crate) mod cells;
pub(crate) mod enrolment;
pub(crate) mod facts;
pub(crate) mod merged;
pub(crate) mod model;
pub(crate) mod record;
pub(crate) mod value;

pub use account::CompanyAccount;
pub use activity::{Activity, Trust};
pub use assignment::{
    Assignment, AssignmentEvent, AssignmentEventKind, AssignmentState, Due, Informed, SilenceStep, Words,
};
pub use enrolment::{Enrolment, EnrolmentStatus, NurturingState, Retry, TakenInput, Touch, TouchStatus};
pub use merged::MergedLead;
pub use model::{ActivityPolicy, FieldPolicy, FieldType, Identity};
pub use record::{
    CampaignMembership, Consent, ConsentStatus, Deal, Lead, LeadIdentity, MembershipStatus, PurposeConsent,
    Standing, Suppressed, SuppressedBy,
};
pub use value::Value;
