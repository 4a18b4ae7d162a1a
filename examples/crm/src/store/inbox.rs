//! The inbox: what webhooks brought, from when it is accepted until it is decided on.

use ikusei::Instant;
use sqlx::{Any, Row as _, Transaction};

use super::Store;
use super::change::audit;
use crate::clock::instant;
use crate::problem::Problem;

/// Something that a webhook brought.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// Its place in the line. Numbers grow with time.
    pub(crate) number: i64,
    /// The host that took it: two may give one number.
    pub(crate) host: String,
    /// The playbook's mapping that reads it.
    pub(crate) mapping: String,
    pub(crate) body: String,
    pub(crate) received: Instant,
}

/// So many events go into one statement.
const STATEMENT: usize = 200;

/// Takes events out, in the transaction of what was decided on them. Where one is gone another host was quicker.
pub(super) async fn delete(transaction: &mut Transaction<'_, Any>, events: &[&Event]) -> Result<(), Problem> {
    for same in events.chunk_by(|a, b| a.host == b.host) {
        for some in same.chunks(STATEMENT) {
            let places: Vec<String> = (2..some.len() + 2).map(|place| format!("${place}")).collect();
            let statement = format!(
                "DELETE FROM inbox WHERE trouble = '' AND host = $1 AND number IN ({})",
                places.join(", ")
            );
            let host = some.first().map(|event| event.host.as_str()).unwrap_or_default();
            let query = sqlx::query(&statement).bind(host);
            let query = some.iter().fold(query, |query, event| query.bind(event.number));
            let gone = query.persistent(false).execute(&mut **transaction).await?;
            if usize::try_from(gone.rows_affected()) != Ok(some.len()) {
                return Err(Problem::Lost);
            }
        }
    }
    Ok(())
}

impl Store {
    /// Stores events, all of them or none.
    pub(crate) async fn put_events(&self, events: &[&Event]) -> Result<(), Problem> {
        let _turn = self.stand_in_line().await;
        let mut transaction = self.pool.begin().await?;
        for some in events.chunks(STATEMENT) {
            let row = |place: usize| {
                let [a, b, c, d, e] = [1, 2, 3, 4, 5].map(|column| place * 5 + column);
                format!("(${a}, ${b}, ${c}, ${d}, ${e}, '')")
            };
            let rows: Vec<String> = (0..some.len()).map(row).collect();
            let statement = format!(
                "INSERT INTO inbox (number, host, mapping, body, received, trouble) VALUES {}",
                rows.join(", ")
            );
            let query = some.iter().fold(sqlx::query(&statement), |query, event| {
                query
                    .bind(event.number)
                    .bind(event.host.as_str())
                    .bind(event.mapping.as_str())
                    .bind(event.body.as_str())
                    .bind(event.received.micros())
            });
            query.persistent(false).execute(&mut *transaction).await?;
        }
        transaction.commit().await?;
        Ok(())
    }

    /// The events that have waited longest.
    pub(crate) async fn events(&self, most: i64) -> Result<Vec<Event>, Problem> {
        let rows = sqlx::query("SELECT * FROM inbox WHERE trouble = '' ORDER BY number, host LIMIT $1")
            .bind(most)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(Event {
                    number: row.try_get("number")?,
                    host: row.try_get("host")?,
                    mapping: row.try_get("mapping")?,
                    body: row.try_get("body")?,
                    received: instant(row.try_get("received")?),
                })
            })
            .collect()
    }

    /// How many events wait to be decided on, and how many wait for people.
    pub(crate) async fn inbox(&self) -> Result<(i64, i64), Problem> {
        let row = sqlx::query(
            "SELECT (SELECT count(*) FROM inbox WHERE trouble = '') AS waiting,
                    (SELECT count(*) FROM inbox WHERE trouble <> '') AS aside",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok((row.try_get("waiting")?, row.try_get("aside")?))
    }

    /// Puts an event aside that cannot be decided on, and says why.
    pub(crate) async fn put_aside(&self, event: &Event, why: &str, at: Instant) -> Result<(), Problem> {
        let _turn = self.stand_in_line().await;
        let mut transaction = self.pool.begin().await?;
        sqlx::query("UPDATE inbox SET trouble = $1 WHERE number = $2 AND host = $3")
            .bind(why)
            .bind(event.number)
            .bind(event.host.as_str())
            .execute(&mut *transaction)
            .await?;
        audit(&mut transaction, at, "hook", "event put aside", &format!("{}: {why}", event.mapping)).await?;
        transaction.commit().await?;
        Ok(())
    }
}
