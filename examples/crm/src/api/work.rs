//! The roster, the board, campaigns and the outbox.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header::{ETAG, IF_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use ikusei::{AckStatus, Roster};
use serde::{Deserialize, Serialize};

use super::PROGRAM;
use crate::Crm;
use crate::problem::{Problem, Told};
use crate::store::{OpenAssignment, OutboxLine};

type Answer<T> = Result<Json<T>, Problem>;

/// Whose work to show.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Whose {
    /// The accountable member; everybody if absent.
    owner: String,
}

/// Which rows to show.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Of one lead; of all if absent.
    lead: String,
    /// Those that are answered as well.
    all: bool,
}

/// What became of an effect.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Answered {
    /// `delivered`, `failed`, `bounced` or `refused`.
    #[schema(value_type = String)]
    status: AckStatus,
}

/// What webhooks brought and is not decided on yet.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Waiting {
    /// Events that wait for their turn.
    waiting: i64,
    /// Events that could not be decided on; the audit log says why.
    aside: i64,
}

/// A campaign of the playbook.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Campaign {
    /// Its name in the playbook.
    name: String,
    /// What people call it.
    label: String,
    /// Its first and last day.
    period: Vec<String>,
    /// How many leads are members.
    members: i64,
}

/// The roster. `ETag` is its revision.
#[utoipa::path(get, path = "/api/roster", responses((status = 200, body = Object)))]
pub(super) async fn roster(State(crm): State<Arc<Crm>>) -> Result<impl IntoResponse, Problem> {
    let roster = crm.roster().await?;
    Ok(([(ETAG, format!("\"{}\"", roster.revision))], Json(roster)))
}

/// Another roster in the place of the one that was read: `If-Match` names its revision. Counters and turns are the
/// engine's: they stay those of the stored roster.
#[utoipa::path(put, path = "/api/roster", request_body = Object, params(("If-Match" = String, Header, description = "The `ETag` that was read")),
    responses((status = 204), (status = 412, body = Told), (status = 422, body = Told)))]
pub(super) async fn put_roster(
    State(crm): State<Arc<Crm>>,
    headers: HeaderMap,
    body: String,
) -> Result<StatusCode, Problem> {
    let read = headers.get(IF_MATCH).and_then(|value| value.to_str().ok());
    let read: u64 = read
        .and_then(|value| value.trim_matches('"').parse().ok())
        .ok_or_else(|| Problem::Bad("name the revision that was read: `If-Match: \"7\"`".to_owned()))?;
    crm.put_roster(Roster::from_json(&body)?, read, PROGRAM).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Open hand-overs, the most urgent first.
#[utoipa::path(get, path = "/api/assignments", params(Whose), responses((status = 200, body = Vec<OpenAssignment>)))]
pub(super) async fn assignments(
    State(crm): State<Arc<Crm>>,
    Query(whose): Query<Whose>,
) -> Answer<Vec<OpenAssignment>> {
    Ok(Json(crm.desk.store.board(&whose.owner).await?))
}

/// The campaigns of the playbook, and how many leads are members.
#[utoipa::path(get, path = "/api/campaigns", responses((status = 200, body = Vec<Campaign>)))]
pub(super) async fn campaigns(State(crm): State<Arc<Crm>>) -> Answer<Vec<Campaign>> {
    let members = crm.desk.store.campaign_members().await?;
    let live = crm.desk.live();
    let one = |(name, policy): (&String, &ikusei::CampaignPolicy)| Campaign {
        name: name.clone(),
        label: policy.label.clone().unwrap_or_else(|| name.clone()),
        period: policy.period.clone(),
        members: members.iter().find(|load| load.what == *name).map_or(0, |load| load.number),
    };
    Ok(Json(live.playbook.document().campaigns.iter().map(one).collect()))
}

/// Effects and notices, the latest first: those that wait, or all.
#[utoipa::path(get, path = "/api/outbox", params(Which), responses((status = 200, body = Vec<OutboxLine>)))]
pub(super) async fn outbox(
    State(crm): State<Arc<Crm>>,
    Query(which): Query<Which>,
) -> Answer<Vec<OutboxLine>> {
    Ok(Json(crm.desk.store.outbox(&which.lead, !which.all).await?))
}

/// How many events of webhooks wait to be decided on.
#[utoipa::path(get, path = "/api/inbox", responses((status = 200, body = Waiting)))]
pub(super) async fn inbox(State(crm): State<Arc<Crm>>) -> Answer<Waiting> {
    let (waiting, aside) = crm.desk.store.inbox().await?;
    Ok(Json(Waiting { waiting, aside }))
}

/// What became of an effect. The same answer again changes nothing.
#[utoipa::path(post, path = "/api/outbox/{effect}", params(("effect" = String, Path)), request_body = Answered,
    responses((status = 204), (status = 404, body = Told)))]
pub(super) async fn answer(
    State(crm): State<Arc<Crm>>,
    Path(effect): Path<String>,
    Json(answered): Json<Answered>,
) -> Result<StatusCode, Problem> {
    crm.desk.answer(&effect, answered.status, crm.clock.now(), PROGRAM).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl Crm {
    pub(crate) async fn roster(&self) -> Result<Roster, Problem> {
        let roster = self.desk.store.roster().await?;
        roster.ok_or_else(|| Problem::Broken("the database has no roster".to_owned()))
    }

    /// Stores what people change of a roster, if nobody was quicker. Whose turn it is remains what it was.
    pub(crate) async fn put_roster(&self, mut roster: Roster, read: u64, actor: &str) -> Result<(), Problem> {
        let stored = self.roster().await?;
        if stored.revision != read {
            return Err(Problem::Stale);
        }
        roster.balances = stored.balances;
        roster.load = stored.load;
        roster.revision = read + 1;
        // A roster that the playbook cannot work with is refused before anybody needs it.
        self.desk.live().engine.verify(&roster, None)?;
        if self.desk.store.swap_roster(read, &roster, actor, self.clock.now()).await? {
            Ok(())
        } else {
            Err(Problem::Stale)
        }
    }
}
