//! Segments: named compound filters, who is in them, and why.

pub(crate) mod compile;
pub(crate) mod decide;
pub(crate) mod policy;
mod wire;

pub use decide::{Members, Membership, Reason};
pub use policy::{OrderPolicy, SegmentPolicy, SegmentRules};
