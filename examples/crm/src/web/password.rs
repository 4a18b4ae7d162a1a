//! Another password, by whoever knows the one that holds.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

use super::door::Who;
use super::{Trouble, page};
use crate::Crm;
use crate::problem::Problem;

#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    csrf: String,
    old: String,
    new: String,
}

pub(super) async fn ask(who: Who) -> Markup {
    form(&who, "")
}

fn form(who: &Who, trouble: &str) -> Markup {
    let body = html! {
        section.narrow {
            @if !trouble.is_empty() { p.late role="alert" { (trouble) } }
            form.wide method="post" action="/password" {
                input type="hidden" name="csrf" value=(who.csrf);
                label { "今のパスワード" input name="old" type="password" autocomplete="current-password" required; }
                label { "新しいパスワード（12〜128文字）" input name="new" type="password" autocomplete="new-password" minlength="12" maxlength="128" required; }
                button { "変更する" }
            }
            p.soft { "変更すると、すべての端末でログインし直しになります。" }
        }
    };
    page(who, "パスワードの変更", &body)
}

/// Tries count as those at the door do: whoever found a screen unlocked guesses no more often than anybody else.
pub(super) async fn change(
    State(crm): State<Arc<Crm>>,
    who: Who,
    Form(wish): Form<Wish>,
) -> Result<Response, Trouble> {
    who.prove(&wish.csrf)?;
    crm.door.admit(&who.name, crm.clock.now())?;
    if !crm.knows(&who.name, wish.old).await? {
        return Ok((StatusCode::UNAUTHORIZED, form(&who, "今のパスワードが違います")).into_response());
    }
    match crm.put_user(&who.name, who.role, &who.member, &wish.new).await {
        Ok(()) => {
            crm.door.forget(&who.name);
            Ok(Redirect::to("/login").into_response())
        }
        Err(Problem::Bad(_)) => {
            Ok((StatusCode::BAD_REQUEST, form(&who, "パスワードは12〜128文字にしてください")).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}
