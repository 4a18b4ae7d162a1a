//! Leads: what comes in, what is known, what was decided and why.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::ETAG;
use axum::response::IntoResponse;
use ikusei::{Assessment, Input, Instant, Known, Language, Lead, Response, Timeline};
use serde::{Deserialize, Serialize};

use super::PROGRAM;
use crate::Crm;
use crate::desk::Received;
use crate::problem::{Problem, Told};
use crate::store::{Filter, LeadLine};

type Answer<T> = Result<Json<T>, Problem>;

/// A page of leads.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Leads {
    /// Those with the most points first.
    leads: Vec<LeadLine>,
    /// How many there are altogether.
    total: i64,
}

/// A lead, and what the playbook says of it now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct One {
    /// How often the record has changed.
    revision: i64,
    /// The record.
    #[schema(value_type = Object)]
    lead: Lead,
    /// Scores with ledgers, ranks and segments.
    #[schema(value_type = Object)]
    assessment: Assessment,
    /// The same in words, in English and in Japanese.
    explained: Explained,
}

/// A text in two languages.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct Explained {
    en: String,
    ja: String,
}

/// A stretch of time.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Stretch {
    /// Where it begins.
    #[param(value_type = String, format = DateTime)]
    from: Instant,
    /// Where it ends.
    #[param(value_type = String, format = DateTime)]
    to: Instant,
}

/// How to hand over.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct HandOver {
    /// The policy; the playbook's first one if absent.
    policy: Option<String>,
}

/// Takes a form post, a webhook or a tracking event by a mapping of the playbook. When it is answered, everything is
/// stored; the same again changes nothing.
#[utoipa::path(post, path = "/api/capture/{mapping}", params(("mapping" = String, Path, description = "One of the playbook's `capture`")),
    request_body(content = String, description = "As the mapping reads it: JSON, or a form", content_type = "application/json"),
    responses((status = 202, body = Received), (status = 422, body = Told)))]
pub(super) async fn capture(
    State(crm): State<Arc<Crm>>,
    Path(mapping): Path<String>,
    body: String,
) -> Result<(StatusCode, Json<Received>), Problem> {
    let received = crm.desk.capture(&mapping, &body, crm.clock.now(), PROGRAM).await?;
    Ok((StatusCode::ACCEPTED, Json(received)))
}

/// Lists leads.
#[utoipa::path(get, path = "/api/leads", params(Filter), responses((status = 200, body = Leads)))]
pub(super) async fn list(State(crm): State<Arc<Crm>>, Query(filter): Query<Filter>) -> Answer<Leads> {
    let (leads, total) = crm.desk.store.list(&filter).await?;
    Ok(Json(Leads { leads, total }))
}

/// One lead: its record, and what the playbook says of it now. `ETag` is the record's revision.
#[utoipa::path(get, path = "/api/leads/{id}", params(("id" = String, Path)),
    responses((status = 200, body = One), (status = 404, body = Told)))]
pub(super) async fn one(
    State(crm): State<Arc<Crm>>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, Problem> {
    let (lead, revision) = crm.lead(&id).await?;
    let assessment = crm.desk.live().engine.assess(&lead, crm.clock.now())?;
    let explained =
        Explained { en: assessment.explain(Language::English), ja: assessment.explain(Language::Japanese) };
    Ok(([(ETAG, format!("\"{revision}\""))], Json(One { revision, lead, assessment, explained })))
}

/// Every change of score, rank and segment in a stretch of time, with its causes.
#[utoipa::path(get, path = "/api/leads/{id}/timeline", params(("id" = String, Path), Stretch),
    responses((status = 200, body = Object), (status = 404, body = Told)))]
pub(super) async fn timeline(
    State(crm): State<Arc<Crm>>,
    Path(id): Path<String>,
    Query(stretch): Query<Stretch>,
) -> Answer<Timeline> {
    let (lead, _) = crm.lead(&id).await?;
    Ok(Json(crm.desk.live().engine.timeline(&lead, stretch.from, stretch.to, Known::Then)?))
}

/// Takes one input of the library: an activity, a patch, a deal, consent, an order to enrol.
#[utoipa::path(post, path = "/api/leads/{id}/inputs", params(("id" = String, Path)), request_body = Object,
    responses((status = 204), (status = 404, body = Told), (status = 422, body = Told)))]
pub(super) async fn input(
    State(crm): State<Arc<Crm>>,
    Path(id): Path<String>,
    body: String,
) -> Result<StatusCode, Problem> {
    let input: Input = serde_json::from_str(&body)?;
    if matches!(input, Input::Ack(_)) {
        return Err(Problem::Bad("answer effects under /api/outbox, where their rows are".to_owned()));
    }
    crm.desk.input(&id, &input, crm.clock.now(), PROGRAM).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Hands the lead over: to exactly one owner. A lead that is in somebody's hands stays there.
#[utoipa::path(post, path = "/api/leads/{id}/hand-over", params(("id" = String, Path)), request_body = HandOver,
    responses((status = 204), (status = 404, body = Told), (status = 422, body = Told)))]
pub(super) async fn hand_over(
    State(crm): State<Arc<Crm>>,
    Path(id): Path<String>,
    Json(order): Json<HandOver>,
) -> Result<StatusCode, Problem> {
    crm.desk.hand_over(&id, order.policy.as_deref(), crm.clock.now(), PROGRAM).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an owner says of a hand-over: `"accept"`, `"touch"`, `{"refuse": {"reason": ...}}`, `{"recycle": ...}`, `{"close": ...}`.
#[utoipa::path(post, path = "/api/leads/{id}/assignments/{assignment}",
    params(("id" = String, Path), ("assignment" = String, Path)), request_body = Object,
    responses((status = 204), (status = 404, body = Told), (status = 422, body = Told)))]
pub(super) async fn respond(
    State(crm): State<Arc<Crm>>,
    Path((id, assignment)): Path<(String, String)>,
    Json(response): Json<Response>,
) -> Result<StatusCode, Problem> {
    crm.desk.respond(&id, &assignment, &response, crm.clock.now(), PROGRAM).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Erases a person and everything that hangs on it. A late event about it makes no new record.
#[utoipa::path(delete, path = "/api/leads/{id}", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Told)))]
pub(super) async fn forget(
    State(crm): State<Arc<Crm>>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    crm.desk.forget(&id, crm.clock.now(), PROGRAM).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Crm {
    /// A record and its revision.
    pub(crate) async fn lead(&self, id: &str) -> Result<(Lead, i64), Problem> {
        let read = self.desk.store.read(id).await?;
        read.lead.ok_or_else(|| Problem::Missing(format!("lead `{id}`")))
    }
}
