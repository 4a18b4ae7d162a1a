//! Where the time comes from: the library has no clock, so the host has the only one.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use ikusei::Instant;

/// The clock of the whole program.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The machine's.
    #[default]
    System,
    /// One that stands still until it is set: for tests, and for samples of the past.
    Set(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at an instant.
    #[must_use]
    pub fn at(instant: Instant) -> Self {
        Self::Set(Arc::new(AtomicI64::new(instant.micros())))
    }

    /// Puts a clock that stands still to another instant; the machine's goes on as it does.
    pub fn put(&self, instant: Instant) {
        if let Self::Set(micros) = self {
            micros.store(instant.micros(), Ordering::SeqCst);
        }
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Instant {
        let micros = match self {
            Self::System => {
                #[expect(clippy::disallowed_methods, reason = "a host has a clock: this is where it is read")]
                let now = SystemTime::now();
                let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
            }
            Self::Set(micros) => micros.load(Ordering::SeqCst),
        };
        instant(micros)
    }
}

/// The instant of so many microseconds since 1970, as the database holds them.
pub(crate) fn instant(micros: i64) -> Instant {
    Instant::from_micros(micros).unwrap_or_else(|| Instant::from(DateTime::UNIX_EPOCH))
}

/// An instant so many seconds later, or earlier where they are below zero.
pub(crate) fn later(at: Instant, seconds: i64) -> Instant {
    instant(at.micros().saturating_add(seconds.saturating_mul(1_000_000)))
}
