//! What every room needs: diagnostics, fixed-point points, money, time, text, stable hashes.

#[cfg(any(feature = "nurturing", feature = "routing"))]
pub(crate) mod calendar;
#[cfg(feature = "trust")]
pub(crate) mod canonical;
pub(crate) mod diagnostic;
pub(crate) mod duration;
pub(crate) mod error;
pub(crate) mod hash;
pub(crate) mod money;
pub(crate) mod nfkc;
pub(crate) mod parallel;
pub(crate) mod points;
#[cfg(any(feature = "routing", feature = "trust"))]
pub(crate) mod sets;
pub(crate) mod suggest;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod wording;

pub use diagnostic::{Code, Diagnostic, Related, Severity, Span, Suggestion};
pub use duration::Duration;
pub use error::Error;
pub use hash::{bucket, stable_hash};
pub use money::Money;
pub use points::Points;
