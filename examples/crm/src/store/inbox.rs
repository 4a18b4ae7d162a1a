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

impl Event {
    async fn insert(&self, transaction: &mut Transaction<'_, Any>) -> Result<(), Problem> {
        sqlx::query(
            "INSERT INTO inbox (number, host, mapping, body, received, trouble) VALUES ($1, $2, $3, $4, $5, '')",
        )
        .bind(self.number)
        .bind(self.host.as_str())
        .bind(self.mapping.as_str())
        .bind(self.body.as_str())
        .bind(self.received.micros())
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }

    /// Takes it out, in the transaction of what was decided on it. Where it is gone another host was quicker.
    pub(super) async fn delete(&self, transaction: &mut Transaction<'_, Any>) -> Result<(), Problem> {
        let gone = sqlx::query("DELETE FROM inbox WHERE number = $1 AND host = $2 AND trouble = ''")
            .bind(self.number)
            .bind(self.host.as_str())
            .execute(&mut **transaction)
            .await?;
        if gone.rows_affected() == 1 { Ok(()) } else { Err(Problem::Lost) }
    }
}

impl Store {
    /// Stores events, all of them or none.
    pub(crate) async fn put_events(
        &self,
        events: impl Iterator<Item = &Event> + Send,
    ) -> Result<(), Problem> {
        let _turn = self.stand_in_line().await;
        let mut transaction = self.pool.begin().await?;
        for event in events {
            event.insert(&mut transaction).await?;
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
