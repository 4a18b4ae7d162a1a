//! Embeddable B2B lead management: scoring, A/B/C ranks and segments, explained and deterministic.

mod base;
mod expr;
mod lead;

pub use base::duration::ParseDurationError;
pub use base::money::ParseMoneyError;
pub use base::points::ParsePointsError;
pub use base::text::normalize_text;
pub use base::time::{Instant, ParseInstantError};
pub use base::{
    Code, Diagnostic, Duration, Error, Money, Points, Related, Severity, Span, Suggestion, bucket,
    stable_hash,
};
pub use lead::{
    Activity, ActivityPolicy, CampaignMembership, Consent, ConsentStatus, Deal, FieldPolicy, FieldType,
    Identity, Lead, LeadIdentity, Standing, Trust, Value,
};
