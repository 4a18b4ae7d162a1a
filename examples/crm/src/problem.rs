//! What can go wrong, and how it is answered over HTTP.

use std::fmt;

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use ikusei::Diagnostic;
use serde::Serialize;

/// Why something could not be done.
#[derive(Debug)]
pub enum Problem {
    /// Somebody else was quicker, again and again.
    Lost,
    /// There is no such thing.
    Missing(String),
    /// It is not as it should be.
    Bad(String),
    /// The caller may not.
    Denied,
    /// The caller is not known.
    Unknown,
    /// The caller asks too often, and may come again after so many seconds.
    TooMany(i64),
    /// Too much waits to be done.
    Busy,
    /// It was changed since the caller read it.
    Stale,
    /// The library refused it, and says where and why.
    Refused(ikusei::Error),
    /// The database, the disk or the mail server.
    Broken(String),
}

/// A problem as JSON.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Told {
    /// A word or a code of the library, such as `IK0601`.
    pub code: String,
    /// What it is.
    pub message: String,
    /// All that the library found, with places and suggestions.
    #[schema(value_type = Vec<Object>)]
    pub diagnostics: Vec<Diagnostic>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lost => f.write_str("others changed it at the same time, try again"),
            Self::Missing(what) => write!(f, "there is no {what}"),
            Self::Bad(what) | Self::Broken(what) => f.write_str(what),
            Self::Denied => f.write_str("not allowed"),
            Self::Unknown => f.write_str("sign in first"),
            Self::TooMany(seconds) => write!(f, "too many requests, come again in {seconds} seconds"),
            Self::Busy => f.write_str("too much is waiting already, come again later"),
            Self::Stale => f.write_str("it was changed in the meantime, read it again"),
            Self::Refused(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for Problem {}

impl Problem {
    /// After how many seconds it is worth another try.
    pub(crate) const fn again(&self) -> Option<i64> {
        match self {
            Self::Lost => Some(1),
            Self::Busy => Some(5),
            Self::TooMany(seconds) => Some(*seconds),
            _ => None,
        }
    }

    fn status(&self) -> (StatusCode, &str) {
        match self {
            Self::Lost | Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            Self::Missing(_) => (StatusCode::NOT_FOUND, "missing"),
            Self::Bad(_) => (StatusCode::BAD_REQUEST, "bad"),
            Self::Denied => (StatusCode::FORBIDDEN, "denied"),
            Self::Unknown => (StatusCode::UNAUTHORIZED, "unknown"),
            Self::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many"),
            Self::Stale => (StatusCode::PRECONDITION_FAILED, "stale"),
            Self::Refused(error) => (StatusCode::UNPROCESSABLE_ENTITY, error.code().as_str()),
            Self::Broken(_) => (StatusCode::INTERNAL_SERVER_ERROR, "broken"),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code) = self.status();
        let code = code.to_owned();
        let diagnostics = match &self {
            Self::Refused(error) => error.diagnostics().to_vec(),
            _ => Vec::new(),
        };
        // What broke inside is for the log, not for the caller.
        let message = match &self {
            Self::Broken(what) => {
                crate::note(what);
                "something is broken on our side".to_owned()
            }
            other => other.to_string(),
        };
        let mut response = (status, Json(Told { code, message, diagnostics })).into_response();
        if let Some(seconds) = self.again() {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<ikusei::Error> for Problem {
    fn from(error: ikusei::Error) -> Self {
        Self::Refused(error)
    }
}

impl From<sqlx::Error> for Problem {
    /// What another try may mend counts as lost: SQLite's busy and locked, PostgreSQL's serialisation failures and
    /// deadlocks, and a unique index that was quicker.
    fn from(error: sqlx::Error) -> Self {
        let again = error.as_database_error().is_some_and(|error| {
            error.is_unique_violation()
                || matches!(error.code().as_deref(), Some("5" | "6" | "261" | "517" | "40001" | "40P01"))
        });
        if again { Self::Lost } else { Self::Broken(format!("database: {error}")) }
    }
}

impl From<sqlx::migrate::MigrateError> for Problem {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::Broken(format!("migration: {error}"))
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::Bad(error.to_string())
    }
}

impl From<std::io::Error> for Problem {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(error.to_string())
    }
}
