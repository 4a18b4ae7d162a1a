//! Pages for leads: a link in a message, and nobody signs in.

use std::sync::Arc;

use axum::extract::{Path, State};
use ikusei::{ConsentChange, ConsentEvent, Input, Trust};
use maud::html;

use super::{Page, bare};
use crate::Crm;
use crate::problem::Problem;
use crate::secret::signed;

/// Asks first: what opens links in messages may be a scanner.
pub(super) async fn ask(
    State(crm): State<Arc<Crm>>,
    Path((lead, signature)): Path<(String, String)>,
) -> Page {
    crm.invited(&lead, &signature)?;
    Ok(bare(
        "配信停止",
        &html! {
            h1 { "配信停止" }
            section {
                p { "今後のメールによるご案内を停止します。" }
                form method="post" { button { "配信を停止する" } }
            }
        },
    ))
}

/// The link's signature is the leave: mail programs post here with one click, and know no session.
pub(super) async fn unsubscribe(
    State(crm): State<Arc<Crm>>,
    Path((lead, signature)): Path<(String, String)>,
) -> Page {
    crm.invited(&lead, &signature)?;
    let event = ConsentEvent {
        channel: "email".to_owned(),
        purpose: None,
        event: ConsentChange::Deny,
        at: crm.clock.now(),
        basis: Some("unsubscribe link".to_owned()),
        trust: Trust::Human,
    };
    match crm.desk.input(&lead, &Input::Consent(event), crm.clock.now(), "unsubscribe").await {
        // Somebody who was forgotten gets no mail either.
        Ok(()) | Err(Problem::Missing(_)) => {}
        Err(problem) => return Err(problem.into()),
    }
    Ok(bare("配信停止", &html! { h1 { "配信を停止しました" } p { "ご利用ありがとうございました。" } }))
}

impl Crm {
    fn invited(&self, lead: &str, signature: &str) -> Result<(), Problem> {
        let known = signed(&self.desk.links().key, lead, signature);
        if known { Ok(()) } else { Err(Problem::Missing("such link".to_owned())) }
    }
}
