//! A host on a database of its own, spoken to over its HTTP surface.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use crm::{Clock, Crm, Settings};
use ikusei::Instant;
use serde_json::Value;
use sqlx::Connection as _;
use tower::ServiceExt as _;

pub(crate) const KEY: &str = "the key of the tests";
/// A Friday morning in Tokyo.
pub(crate) const MORNING: &str = "2026-11-20T10:00:00+09:00";

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A folder that goes when the test ends.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("crm-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn database(&self) -> String {
        format!("sqlite://{}?mode=rwc", self.0.join("crm.db").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

pub(crate) fn settings(database: &str) -> Settings {
    let mut settings = Settings::new(database, "a signing key for tests only");
    settings.throwaway = true;
    settings.api_key = Some(KEY.to_owned());
    settings
}

/// One host.
pub(crate) struct Host {
    pub(crate) crm: Arc<Crm>,
    pub(crate) clock: Clock,
    pub(crate) router: Router,
}

impl Host {
    pub(crate) async fn open(settings: Settings) -> Self {
        let clock = Clock::at(at(MORNING));
        let crm = Crm::open(settings, clock.clone()).await.unwrap();
        Self { router: crm.router(), crm, clock }
    }

    pub(crate) async fn on(folder: &Folder) -> Self {
        Self::open(settings(&folder.database())).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// A call of the REST interface.
    pub(crate) async fn call(&self, method: &str, path: &str, body: &str) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {KEY}"))
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.call("GET", path, "").await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text);
        answer.json()
    }

    /// Posts the enquiry form, and gives the lead that it became.
    pub(crate) async fn enquire(&self, submission: &str, more: &str) -> String {
        let form = format!("submission={submission}&form_name=contact{more}");
        let answer = self.call("POST", "/api/capture/contact", &form).await;
        assert_eq!(answer.status, StatusCode::ACCEPTED, "{}", answer.text);
        answer.json()["people"][0]["lead"].as_str().unwrap().to_owned()
    }
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

/// A form of somebody who is rank A at once: hot, and in the area of the eastern team.
pub(crate) fn hot(number: usize) -> String {
    format!(
        "&mail=hot{number}%40kensetsu{number}.example&name=%E9%9D%92%E6%9C%A8&industry=%E5%BB%BA%E8%A8%AD%E6%A5%AD\
         &employees=400&prefecture=%E6%9D%B1%E4%BA%AC%E9%83%BD&agree=on"
    )
}

/// A PostgreSQL server of its own, where the programs for one are installed; `CRM_TEST_POSTGRES` names another one.
pub(crate) struct Postgres {
    _folder: Folder,
    server: Option<Child>,
    pub(crate) url: String,
}

impl Postgres {
    /// None where there is none: the caller says so.
    pub(crate) fn start() -> Option<Self> {
        let folder = Folder::new();
        if let Ok(url) = std::env::var("CRM_TEST_POSTGRES") {
            return Some(Self { _folder: folder, server: None, url });
        }
        let data = folder.0.join("data");
        let root = Command::new("id").arg("-u").output().is_ok_and(|out| out.stdout.starts_with(b"0\n"));
        // The server refuses to be root: then it is whoever its package made for it.
        let program = |name: &str| {
            let mut command = Command::new(if root { "runuser" } else { name });
            if root {
                command.args(["-u", "postgres", "--", name]);
            }
            command.stdout(Stdio::null()).stderr(Stdio::null()).current_dir("/");
            command
        };
        if root {
            let given = Command::new("chown").arg("postgres").arg(&folder.0).stderr(Stdio::null()).status();
            given.ok().filter(|status| status.success())?;
        }
        let made = program("initdb").arg("-D").arg(&data).args(["-A", "trust", "-U", "crm"]).status().ok()?;
        if !made.success() {
            return None;
        }
        let server = program("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&folder.0)
            .args(["-h", "", "-F"])
            .spawn()
            .ok()?;
        let url = format!("postgres://crm@localhost/postgres?host={}", folder.0.display());
        Some(Self { _folder: folder, server: Some(server), url })
    }

    /// Waits until the server takes calls.
    pub(crate) async fn ready(&self) {
        sqlx::any::install_default_drivers();
        for _ in 0..200 {
            if self.server.is_none() || sqlx::AnyConnection::connect(&self.url).await.is_ok() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("PostgreSQL does not come up");
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(server) = &mut self.server {
            // `runuser` hands the signal on; the folder goes with us.
            let _ = Command::new("kill").arg(server.id().to_string()).status();
            let _ = server.wait();
        }
    }
}
