//! A small CRM around ikusei: see `README.md` beside it.

mod api;
mod clock;
mod demo;
mod desk;
mod hooks;
mod inbox;
mod limit;
mod mail;
mod problem;
mod secret;
mod settings;
mod store;
mod summary;
mod turn;
mod web;
mod worker;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{from_fn_with_state, map_response_with_state};
use axum::response::Response;
use ikusei::{Instant, Roster};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub use clock::Clock;
pub use desk::{Received, ReceivedPerson};
pub use hooks::HookKeys;
pub use limit::Rate;
pub use mail::Mail;
pub use problem::{Problem, Told};
pub use settings::Settings;
pub use store::{Filter, LeadLine, Load, OpenAssignment, OutboxLine};
pub use web::Role;

use desk::{Desk, Live};
use inbox::Inbox;
use limit::{Limit, limited};
use mail::Sender;
use store::Store;
use turn::Links;
use web::Door;

/// How large a request may be.
const BODY: usize = 1024 * 1024;
/// The longest sleep of the scheduler: other hosts do not ring its bell.
const LONGEST: Duration = Duration::from_secs(30);

/// One host: a database, a playbook, a clock.
#[derive(Debug)]
pub struct Crm {
    desk: Desk,
    clock: Clock,
    settings: Settings,
    sender: Sender,
    door: Door,
    inbox: Inbox,
    limit: Limit,
}

impl Crm {
    /// Opens the database, makes what is missing in it, and reads the playbook in force.
    ///
    /// # Errors
    /// [`Problem::Broken`] where the database cannot be opened, [`Problem::Refused`] for a playbook or a roster that
    /// cannot be worked with.
    pub async fn open(settings: Settings, clock: Clock) -> Result<Arc<Self>, Problem> {
        let store = Store::open(&settings.database, settings.throwaway).await?;
        if store.playbook().await?.is_none() {
            // Read before it is stored: a database never holds a playbook that does not run.
            Live::read(1, settings.playbook.clone())?;
            store.publish(0, &settings.playbook, "settings", clock.now()).await?;
        }
        let Some((version, text)) = store.playbook().await? else {
            return Err(Problem::Broken("the database has no playbook".to_owned()));
        };
        let live = Live::read(version, text)?;
        let roster = Roster::from_json(&settings.roster)?;
        live.engine.verify(&roster, None)?;
        store.begin_roster(&roster).await?;
        let links = Links {
            base: settings.base.trim_end_matches('/').to_owned(),
            key: settings.key.clone().into_bytes(),
            sender: settings.sender.clone(),
        };
        let sender = Sender {
            mail: settings.mail.clone(),
            from: settings.from.clone(),
            name: settings.sender.clone(),
        };
        let inbox = Inbox::open(store.clone()).await?;
        let limit = Limit::new(settings.rate);
        let desk = Desk::new(store, live, links);
        Ok(Arc::new(Self { desk, clock, settings, sender, door: Door::default(), inbox, limit }))
    }

    /// Everything that is served over HTTP.
    pub fn router(self: &Arc<Self>) -> Router {
        api::router(self)
            .merge(hooks::router())
            .merge(web::router())
            .layer(from_fn_with_state(Arc::clone(self), limited))
            .layer(DefaultBodyLimit::max(BODY))
            .layer(map_response_with_state(Arc::clone(self), guarded))
            .with_state(Arc::clone(self))
    }

    /// Serves until `stopped` is over; meanwhile events are decided on, leads wake, and messages go out.
    ///
    /// # Errors
    /// [`Problem::Broken`] where the listener is.
    pub async fn serve(
        self: &Arc<Self>,
        listener: TcpListener,
        stopped: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), Problem> {
        let [decides, wakes, delivers] = [Arc::clone(self), Arc::clone(self), Arc::clone(self)];
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { decides.decide_on().await });
        tasks.spawn(async move { wakes.schedule().await });
        tasks.spawn(async move { delivers.work().await });
        let service = self.router().into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).with_graceful_shutdown(stopped).await?;
        tasks.shutdown().await;
        Ok(())
    }

    /// Wakes the leads that are due now, and says how many were.
    ///
    /// # Errors
    /// [`Problem::Broken`] where the database is.
    pub async fn wake(&self) -> Result<u64, Problem> {
        self.desk.wake(self.clock.now()).await
    }

    /// Sleeps until the next lead is due, wakes it, and so on for ever.
    pub async fn schedule(&self) {
        loop {
            let rung = self.desk.bell.notified();
            let next = match self.tick().await {
                Ok(next) => next,
                Err(problem) => {
                    note(&format!("scheduler: {problem}"));
                    None
                }
            };
            let sleep = next.map_or(LONGEST, |next| until(self.clock.now(), next).min(LONGEST));
            tokio::select! {
                () = tokio::time::sleep(sleep) => {}
                () = rung => {}
            }
        }
    }

    async fn tick(&self) -> Result<Option<Instant>, Problem> {
        self.desk.refresh().await?;
        self.wake().await?;
        self.desk.store.next_wakeup().await
    }

    /// How often another host was quicker, so that a decision was made again.
    pub fn lost(&self) -> u64 {
        self.desk.lost()
    }

    /// Writes a copy of a SQLite database into a file that there is not yet.
    ///
    /// # Errors
    /// [`Problem::Bad`] for PostgreSQL, which has its own tools; [`Problem::Broken`] where the file cannot be written.
    pub async fn backup(&self, file: &Path) -> Result<(), Problem> {
        self.desk.store.backup(&file.to_string_lossy()).await
    }

    /// Puts a playbook in the place of the one of version `after`, and has every lead looked at again.
    ///
    /// # Errors
    /// [`Problem::Refused`] for one that does not run, [`Problem::Stale`] if somebody was quicker.
    pub async fn publish(&self, after: i64, text: &str, actor: &str) -> Result<(), Problem> {
        self.desk.publish(after, text, self.clock.now(), actor).await
    }

    /// Lets go of the database.
    pub async fn close(&self) {
        self.desk.store.close().await;
    }

    /// Fills an empty database with invented leads and their last two months, up to now.
    ///
    /// # Errors
    /// As the calls that it makes.
    pub async fn demo(&self, leads: usize) -> Result<(), Problem> {
        demo::fill(&self.desk, leads, self.clock.now()).await
    }
}

/// A long random text, for keys that need not outlive the program.
///
/// # Errors
/// [`Problem::Broken`] where the operating system gives no random numbers.
pub fn random_key() -> Result<String, Problem> {
    secret::random()
}

/// How long it is from one instant to another; nothing if that is over.
fn until(now: Instant, next: Instant) -> Duration {
    Duration::from_micros(u64::try_from(next.micros().saturating_sub(now.micros())).unwrap_or(0))
}

/// What every answer says to browsers: nothing is guessed, framed, kept or fetched from elsewhere.
async fn guarded(State(crm): State<Arc<Crm>>, mut response: Response) -> Response {
    const HEADERS: [(&str, &str); 6] = [
        (
            "content-security-policy",
            "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-store"),
    ];
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if crm.encrypted() {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// A line for whoever runs the program.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
