//! Capture: what comes in from outside becomes clean facts, and one record per person.

mod acquisition;
pub(crate) mod apply;
pub(crate) mod captured;
#[cfg(feature = "cards")]
mod card;
pub(crate) mod cleanse;
pub(crate) mod consent;
#[cfg(feature = "identity")]
pub(crate) mod identity;
pub(crate) mod mapping;
pub(crate) mod payload;
mod presets;
pub(crate) mod trust;

pub use apply::Applied;
pub use captured::{Captured, CapturedConsent, CapturedPerson};
#[cfg(feature = "cards")]
pub use card::{Card, CardEntry, CardField};
pub use cleanse::policy::{
    Cleaner, CleansingPolicy, CompanyRules, DateOrder, EmailRules, LegalForm, LocalCase, NullRules,
    PhoneRules, PlaceFields, PlusTags,
};
pub use cleanse::postal::{PostalLookup, PostalTable};
pub use cleanse::{Cleansed, Cleansing};
pub use consent::{ConsentChange, ConsentEvent, Permission, PermissionReason, Suppression, Tombstone};
#[cfg(feature = "identity")]
pub use identity::dedupe::{Dedupe, Duplicates, ReviewPair};
#[cfg(feature = "identity")]
pub use identity::group::Account;
#[cfg(feature = "identity")]
pub use identity::matching::{Evidence, Match, Resemblance, Verdict};
#[cfg(feature = "identity")]
pub use identity::policy::{
    ComparePolicy, IdentityPolicy, Likeness, ResolvePolicy, Survivor, SurvivorshipPolicy,
};
pub use mapping::policy::{
    AcquisitionPolicy, ActivityMapping, CapturePolicy, ConsentMapping, Otherwise, Paths, PayloadFormat, Pick,
    PickRules, UnixUnit,
};
pub use payload::{Payload, safe_cell};
pub(crate) use presets::PRESETS;
pub use trust::{Burst, Mark, Reclassified, SoonAfter, TrustPolicy, TrustRule};
