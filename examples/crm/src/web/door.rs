//! Who comes in: passwords, sessions, roles, and proof that a form was ours.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::Argon2;
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use axum::Form;
use axum::extract::{FromRequestParts, State};
use axum::http::header::{COOKIE, LOCATION, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use ikusei::Instant;
use maud::{Markup, html};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::{Trouble, bare};
use crate::Crm;
use crate::clock::later;
use crate::problem::Problem;
use crate::secret::{digest, random, same};
use crate::store::User;

/// How long a session lasts, in seconds.
const SESSION: i64 = 12 * 3600;
/// Tries to sign in with one name within a quarter of an hour.
const TRIES: u32 = 10;
const WINDOW: i64 = 900;
/// The shortest password, and the longest.
const LEAST: usize = 12;
const MOST: usize = 128;

/// What somebody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Sees everything, enrols in scenarios.
    Marketing,
    /// Sees everything, answers the hand-overs that are his own.
    Sales,
    /// Everything.
    Admin,
}

impl Role {
    /// The role of a word: `marketing`, `sales` or `admin`.
    #[must_use]
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "marketing" => Some(Self::Marketing),
            "sales" => Some(Self::Sales),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Marketing => "marketing",
            Self::Sales => "sales",
            Self::Admin => "admin",
        }
    }

    pub(super) const fn label(self) -> &'static str {
        match self {
            Self::Marketing => "マーケティング",
            Self::Sales => "営業",
            Self::Admin => "管理者",
        }
    }
}

/// What the door remembers: how often each name was tried, and that passwords are checked two at a time.
#[derive(Debug)]
pub(crate) struct Door {
    tries: Mutex<HashMap<String, (u32, Instant)>>,
    checks: Semaphore,
}

impl Default for Door {
    fn default() -> Self {
        Self { tries: Mutex::default(), checks: Semaphore::new(2) }
    }
}

impl Door {
    /// Refuses a name that was tried too often.
    pub(super) fn admit(&self, name: &str, at: Instant) -> Result<(), Problem> {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        tries.retain(|_, (_, since)| later(*since, WINDOW) > at);
        let (number, _) = tries.entry(name.to_owned()).or_insert((0, at));
        *number += 1;
        if *number <= TRIES { Ok(()) } else { Err(Problem::TooMany(WINDOW)) }
    }

    pub(super) fn forget(&self, name: &str) {
        self.tries.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

impl Crm {
    /// Adds a user, or gives one another role and password. `member` is who that is in the roster, or empty.
    ///
    /// # Errors
    /// [`Problem::Bad`] for a password of fewer than 12 characters or more than 128, or a name with others than letters, digits and
    /// `.-_@`.
    pub async fn put_user(
        &self,
        name: &str,
        role: Role,
        member: &str,
        password: &str,
    ) -> Result<(), Problem> {
        let plain = |c: char| c.is_ascii_alphanumeric() || ".-_@".contains(c);
        if name.is_empty() || !name.chars().all(plain) {
            return Err(Problem::Bad("a user's name has letters, digits and `.-_@`".to_owned()));
        }
        if !(LEAST..=MOST).contains(&password.chars().count()) {
            return Err(Problem::Bad(format!("a password has {LEAST} to {MOST} characters")));
        }
        let password = password.to_owned();
        let hash = tokio::task::spawn_blocking(move || hashed(&password)).await;
        let hash = hash.map_err(|error| Problem::Broken(error.to_string()))??;
        let user =
            User { name: name.to_owned(), role: role.word().to_owned(), member: member.to_owned(), hash };
        self.desk.store.put_user(&user, self.clock.now()).await
    }

    /// Whether a name and a password belong together. A name that there is not takes as long.
    pub(super) async fn knows(&self, name: &str, password: String) -> Result<bool, Problem> {
        let _place = self.door.checks.acquire().await.map_err(|error| Problem::Broken(error.to_string()))?;
        let user = self.desk.store.user(name).await?;
        let checked = tokio::task::spawn_blocking(move || match user {
            Some(user) => PasswordHash::new(&user.hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()),
            None => hashed(&password).is_err(),
        });
        checked.await.map_err(|error| Problem::Broken(error.to_string()))
    }
}

fn hashed(password: &str) -> Result<String, Problem> {
    let broken = |error: argon2::password_hash::Error| Problem::Broken(error.to_string());
    let salt = SaltString::encode_b64(random()?.as_bytes()).map_err(broken)?;
    Ok(Argon2::default().hash_password(password.as_bytes(), &salt).map_err(broken)?.to_string())
}

/// Somebody who has signed in.
#[derive(Debug)]
pub(crate) struct Who {
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) member: String,
    pub(super) csrf: String,
}

impl Who {
    /// Refuses a form that is not from a page of this session.
    pub(super) fn prove(&self, csrf: &str) -> Result<(), Problem> {
        if same(&self.csrf, csrf) { Ok(()) } else { Err(Problem::Denied) }
    }

    pub(super) fn must(&self, may: bool) -> Result<(), Problem> {
        if may { Ok(()) } else { Err(Problem::Denied) }
    }

    /// Whether the hand-over of an owner is this user's to answer.
    pub(super) fn owns(&self, owner: &str) -> bool {
        match self.role {
            Role::Admin => true,
            Role::Sales => !self.member.is_empty() && self.member == owner,
            Role::Marketing => false,
        }
    }

    pub(super) const fn markets(&self) -> bool {
        matches!(self.role, Role::Marketing | Role::Admin)
    }
}

impl FromRequestParts<Arc<Crm>> for Who {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, crm: &Arc<Crm>) -> Result<Self, Response> {
        let key = crm.cookie(&parts.headers).map(digest);
        let session = match &key {
            Some(key) => crm
                .desk
                .store
                .session(key, crm.clock.now())
                .await
                .map_err(|problem| Trouble::from(problem).into_response())?,
            None => None,
        };
        // Whoever goes from address to address is still one.
        if let (Some(key), Some(_)) = (&key, &session) {
            let taken = crm.limit.take(key, 1, crm.clock.now());
            taken.map_err(|problem| Trouble(problem).into_response())?;
        }
        let known = session.and_then(|session| Some((Role::of(&session.role)?, session)));
        let Some((role, session)) = known else { return Err(Redirect::to("/login").into_response()) };
        Ok(Self { name: session.name, role, member: session.member, csrf: session.csrf })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Credentials {
    name: String,
    password: String,
}

pub(super) async fn form() -> Markup {
    login(false)
}

fn login(wrong: bool) -> Markup {
    bare(
        "ログイン",
        &html! {
            h1 { "ikusei CRM" }
            section.narrow {
                @if wrong { p.late role="alert" { "名前またはパスワードが違います" } }
                form.wide method="post" action="/login" {
                    label { "名前" input name="name" autocomplete="username" required autofocus; }
                    label { "パスワード" input name="password" type="password" autocomplete="current-password" required; }
                    button { "ログイン" }
                }
            }
        },
    )
}

pub(super) async fn sign_in(
    State(crm): State<Arc<Crm>>,
    headers: HeaderMap,
    Form(given): Form<Credentials>,
) -> Result<Response, Trouble> {
    // Another site cannot sign a browser in as somebody else.
    if headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site") {
        return Err(Problem::Denied.into());
    }
    let at = crm.clock.now();
    crm.door.admit(&given.name, at)?;
    if !crm.knows(&given.name, given.password).await? {
        crm.desk
            .store
            .note(at, "", "sign in refused", &given.name.chars().take(64).collect::<String>())
            .await?;
        return Ok((StatusCode::UNAUTHORIZED, login(true)).into_response());
    }
    crm.door.forget(&given.name);
    // A new key for each session: one that was there before is worth nothing.
    let (key, csrf) = (random()?, random()?);
    crm.desk.store.sign_in(&digest(&key), &given.name, &csrf, at, later(at, SESSION)).await?;
    Ok(see("/leads", &crm.baked(&key, SESSION)))
}

#[derive(Debug, Deserialize)]
pub(super) struct Proof {
    csrf: String,
}

pub(super) async fn sign_out(
    State(crm): State<Arc<Crm>>,
    who: Who,
    headers: HeaderMap,
    Form(proof): Form<Proof>,
) -> Result<Response, Trouble> {
    who.prove(&proof.csrf)?;
    if let Some(key) = crm.cookie(&headers) {
        crm.desk.store.sign_out(&digest(key)).await?;
    }
    Ok(see("/login", &crm.baked("", 0)))
}

impl Crm {
    /// A cookie that scripts do not read and other sites do not send. With encryption it is sent encrypted only, and the
    /// prefix of its name keeps other hosts of the domain from setting it.
    fn baked(&self, key: &str, age: i64) -> String {
        let secure = if self.encrypted() { "; Secure" } else { "" };
        format!("{}={key}; HttpOnly; SameSite=Lax; Path=/; Max-Age={age}{secure}", self.name())
    }

    fn cookie<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let mut pairs =
            cookies.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| *name == self.name()).map(|(_, key)| key)
    }

    fn name(&self) -> &'static str {
        if self.encrypted() { "__Host-session" } else { "session" }
    }

    /// Whether people come over an encrypted connection, which ends before this program.
    pub(crate) fn encrypted(&self) -> bool {
        self.desk.links().base.starts_with("https:")
    }
}

fn see(path: &str, cookie: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, path), (SET_COOKIE, cookie)]).into_response()
}
