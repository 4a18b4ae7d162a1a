//! The database: SQLite or PostgreSQL, by the same statements.

mod board;
mod change;
mod inbox;
mod leads;
mod outbox;
mod people;

use std::borrow::Cow;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use sqlx::AnyPool;
use sqlx::any::AnyPoolOptions;
use sqlx::error::BoxDynError;
use sqlx::migrate::{Migration, MigrationSource, MigrationType, Migrator};
use tokio::sync::{Mutex, MutexGuard};

use crate::problem::Problem;

pub use board::{Load, OpenAssignment};
pub(crate) use change::Change;
pub(crate) use inbox::Event;
pub(crate) use leads::PAGE;
pub use leads::{Filter, LeadLine};
pub use outbox::OutboxLine;
pub(crate) use outbox::{NewRow, Row as OutboxRow};
pub(crate) use people::User;

const MIGRATIONS: [(i64, &str, &str); 3] = [
    (1, "leads", include_str!("../../migrations/0001_leads.sql")),
    (2, "people", include_str!("../../migrations/0002_people.sql")),
    (3, "inbox", include_str!("../../migrations/0003_inbox.sql")),
];

/// The database of one host.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pool: AnyPool,
    /// SQLite has one writer at a time: within this process writers stand in line instead of polling for the lock.
    line: Option<Arc<Mutex<()>>>,
}

impl Store {
    /// Opens the database and brings its tables up to date. One that is thrown away need not survive the loss of power.
    pub(crate) async fn open(url: &str, throwaway: bool) -> Result<Self, Problem> {
        sqlx::any::install_default_drivers();
        let file = url.starts_with("sqlite:");
        let options = AnyPoolOptions::new().max_connections(8).after_connect(move |connection, _| {
            Box::pin(async move {
                if file {
                    // An accepted event survives the loss of power, and readers never wait for writers.
                    let synchronous = if throwaway { "synchronous = OFF" } else { "synchronous = FULL" };
                    for pragma in ["journal_mode = WAL", synchronous, "busy_timeout = 10000"] {
                        sqlx::query(&format!("PRAGMA {pragma}")).execute(&mut *connection).await?;
                    }
                }
                Ok(())
            })
        });
        let pool = options.connect(url).await?;
        Migrator::new(Embedded).await?.run(&pool).await?;
        Ok(Self { pool, line: file.then(Arc::default) })
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    /// A copy of a SQLite database, whole and consistent.
    pub(crate) async fn backup(&self, file: &str) -> Result<(), Problem> {
        if self.line.is_none() {
            return Err(Problem::Bad("back PostgreSQL up with pg_dump".to_owned()));
        }
        sqlx::query("VACUUM INTO $1").bind(file).execute(&self.pool).await?;
        Ok(())
    }

    async fn stand_in_line(&self) -> Option<MutexGuard<'_, ()>> {
        match &self.line {
            Some(line) => Some(line.lock().await),
            None => None,
        }
    }
}

/// The migrations that come with the program.
#[derive(Debug)]
struct Embedded;

type Resolved = Result<Vec<Migration>, BoxDynError>;

impl MigrationSource<'static> for Embedded {
    fn resolve(self) -> Pin<Box<dyn Future<Output = Resolved> + Send + 'static>> {
        let one = |(version, name, sql): &(i64, &'static str, &'static str)| {
            Migration::new(*version, Cow::Borrowed(*name), MigrationType::Simple, Cow::Borrowed(*sql), false)
        };
        let all = MIGRATIONS.iter().map(one).collect();
        Box::pin(std::future::ready(Ok(all)))
    }
}
