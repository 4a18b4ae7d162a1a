//! Capture: what comes in from outside becomes clean facts, and one record per person.

pub(crate) mod cleanse;

pub use cleanse::policy::{
    Cleaner, CleansingPolicy, CompanyRules, DateOrder, EmailRules, LegalForm, LocalCase, NullRules,
    PhoneRules, PlaceFields, PlusTags,
};
pub use cleanse::postal::{PostalLookup, PostalTable};
pub use cleanse::{Cleansed, Cleansing};
