//! Capture: what comes in from outside becomes clean facts, and one record per person.

pub(crate) mod cleanse;
pub(crate) mod consent;
pub(crate) mod identity;

pub use cleanse::policy::{
    Cleaner, CleansingPolicy, CompanyRules, DateOrder, EmailRules, LegalForm, LocalCase, NullRules,
    PhoneRules, PlaceFields, PlusTags,
};
pub use cleanse::postal::{PostalLookup, PostalTable};
pub use cleanse::{Cleansed, Cleansing};
pub use consent::{ConsentChange, ConsentEvent, Permission, PermissionReason, Suppression, Tombstone};
pub use identity::dedupe::{Dedupe, Duplicates, ReviewPair};
pub use identity::group::Account;
pub use identity::matching::{Evidence, Match, Resemblance, Verdict};
pub use identity::policy::{
    ComparePolicy, IdentityPolicy, Likeness, ResolvePolicy, Survivor, SurvivorshipPolicy,
};
