//! Embeddable B2B lead management: scoring, A/B/C ranks and segments, explained and deterministic.

pub mod api;
mod assessment;
mod base;
mod capture;
mod engine;
mod explain;
mod expr;
mod lead;
mod playbook;
mod qualification;
#[cfg(feature = "schema")]
mod schema;
mod scoring;
mod segment;

pub use assessment::{Assessment, Detail};
pub use capture::{
    Account, Cleaner, Cleansed, Cleansing, CleansingPolicy, CompanyRules, ComparePolicy, ConsentChange,
    ConsentEvent, DateOrder, Dedupe, Duplicates, EmailRules, Evidence, IdentityPolicy, LegalForm, Likeness,
    LocalCase, Match, NullRules, Permission, PermissionReason, PhoneRules, PlaceFields, PlusTags,
    PostalLookup, PostalTable, Resemblance, ResolvePolicy, ReviewPair, Suppression, Survivor,
    SurvivorshipPolicy, Tombstone, Verdict,
};
pub use capture::{
    AcquisitionPolicy, ActivityMapping, Applied, Burst, CapturePolicy, Captured, CapturedConsent,
    CapturedPerson, ConsentMapping, Mark, Otherwise, Paths, Payload, PayloadFormat, Pick, PickRules,
    Reclassified, SoonAfter, TrustPolicy, TrustRule, UnixUnit, safe_cell,
};
#[cfg(feature = "cards")]
pub use capture::{Card, CardEntry, CardField};
pub use engine::{Engine, Prepared};
pub use explain::Language;
pub use expr::{Operand, Trace};
#[cfg(feature = "schema")]
pub use playbook::playbook_schema;
pub use playbook::{Document, Playbook, ScorecardPolicy, Source};
pub use qualification::{
    Cause, Disqualified, DisqualifyPolicy, GradePolicy, Handler, Handling, HandlingPolicy, HandlingWord, How,
    KeepPolicy, LevelPolicy, MatrixPolicy, RankDecision, RankPolicy,
};
#[cfg(feature = "schema")]
pub use schema::{lead_schema, results_schema};
pub use scoring::{
    About, DecayPolicy, Entry, EntryActivity, EntryKind, GroupPolicy, OneOrMany, PerPolicy, PeriodName,
    PointsBy, PointsPolicy, ProbabilityPolicy, RulePolicy, ScoreSheet, Side,
};
pub use segment::{Members, Membership, OrderPolicy, Reason, SegmentPolicy, SegmentRules};

pub use base::duration::ParseDurationError;
pub use base::money::ParseMoneyError;
pub use base::points::ParsePointsError;
pub use base::text::{normalize_text, use_platform_nfkc};
pub use base::time::{Instant, ParseInstantError};
pub use base::{
    Code, Diagnostic, Duration, Error, Map, Money, Points, Related, Severity, Span, Suggestion, bucket,
    stable_hash,
};
pub use lead::{
    Activity, ActivityPolicy, CampaignMembership, Consent, ConsentStatus, Deal, FieldPolicy, FieldType,
    Identity, Lead, LeadIdentity, MergedLead, PurposeConsent, Standing, Suppressed, SuppressedBy, Trust,
    Value,
};
