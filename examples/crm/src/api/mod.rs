//! The REST interface: what programs use. Every path is described in `/api/openapi.json`, because it is declared there.

mod leads;
mod work;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Crm;
use crate::problem::Problem;
use crate::secret::same;

/// Who the audit log says it was.
pub(crate) const PROGRAM: &str = "api";

#[derive(OpenApi)]
#[openapi(
    info(title = "ikusei CRM", description = "Leads, hand-overs and effects, decided by a playbook."),
    modifiers(&Key),
    security(("key" = []))
)]
struct Described;

struct Key;

impl utoipa::Modify for Key {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let scheme = SecurityScheme::Http(HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build());
        openapi.components.get_or_insert_with(Default::default).add_security_scheme("key", scheme);
    }
}

pub(crate) fn router(crm: &Arc<Crm>) -> Router<Arc<Crm>> {
    let (router, described) = OpenApiRouter::<Arc<Crm>>::with_openapi(Described::openapi())
        .routes(routes!(leads::capture))
        .routes(routes!(leads::list))
        .routes(routes!(leads::one, leads::forget))
        .routes(routes!(leads::timeline))
        .routes(routes!(leads::input))
        .routes(routes!(leads::hand_over))
        .routes(routes!(leads::respond))
        .routes(routes!(work::roster, work::put_roster))
        .routes(routes!(work::assignments))
        .routes(routes!(work::campaigns))
        .routes(routes!(work::inbox))
        .routes(routes!(work::outbox))
        .routes(routes!(work::answer))
        .split_for_parts();
    let described = Arc::new(described);
    router
        .layer(from_fn_with_state(Arc::clone(crm), known))
        .route("/api/openapi.json", get(move || async move { Json(described.as_ref().clone()) }))
        .route("/health", get(health))
}

/// Whether the database answers.
async fn health(State(crm): State<Arc<Crm>>) -> Result<&'static str, Problem> {
    crm.desk.store.next_wakeup().await?;
    Ok("ok\n")
}

/// Only who has the key passes.
async fn known(State(crm): State<Arc<Crm>>, request: Request, next: Next) -> Result<Response, Problem> {
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    match (&crm.settings.api_key, given) {
        (Some(key), Some(given)) if same(key, given) => Ok(next.run(request).await),
        _ => Err(Problem::Unknown),
    }
}
