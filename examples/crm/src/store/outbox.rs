//! The outbox: a row per effect, written in the transaction of the decision that made it.

use ikusei::Instant;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, Row as _, Transaction};

use super::Store;
use crate::clock::instant;
use crate::problem::Problem;

/// An effect on its way into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewRow {
    /// The effect's id: the idempotency key.
    pub(crate) effect: String,
    pub(crate) lead: String,
    /// `send`, `invite`, `call`, `notify`, `hand_over`, or `notice` of a hand-over.
    pub(crate) kind: String,
    /// A mail address, a queue or a member.
    pub(crate) recipient: String,
    pub(crate) subject: String,
    pub(crate) plain: String,
    pub(crate) html: String,
    /// What the engine asked for, as JSON.
    pub(crate) intent: String,
    pub(crate) made: Instant,
    /// When the gate's leave is over.
    pub(crate) until: Option<Instant>,
    /// Why there is no message, where none could be made.
    pub(crate) trouble: String,
}

/// A row that a worker has claimed.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) effect: String,
    pub(crate) lead: String,
    pub(crate) kind: String,
    pub(crate) recipient: String,
    pub(crate) subject: String,
    pub(crate) plain: String,
    pub(crate) html: String,
    pub(crate) until: Option<Instant>,
    pub(crate) tries: i64,
    pub(crate) trouble: String,
}

/// A row as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OutboxLine {
    /// The effect's id, which is the idempotency key.
    pub effect: String,
    /// The lead.
    pub lead: String,
    /// `send`, `invite`, `call`, `notify`, `hand_over`, or `notice` of a hand-over.
    pub kind: String,
    /// A mail address, a queue or a member.
    pub recipient: String,
    /// The subject line, or what is to be said.
    pub subject: String,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    pub made: Instant,
    /// How often it was tried.
    pub tries: i64,
    /// `delivered`, `failed`, `bounced` or `refused`; empty while it waits.
    pub answer: String,
    /// Why it is not done.
    pub trouble: String,
}

impl NewRow {
    /// A row that is there stays as it is: the same effect decided again.
    pub(super) async fn insert(&self, transaction: &mut Transaction<'_, Any>) -> Result<(), Problem> {
        sqlx::query(
            "INSERT INTO outbox (effect, lead, kind, recipient, subject, plain, html, intent, made, until, next, claimed, tries, answer, trouble)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, 0, 0, '', $11) ON CONFLICT (effect) DO NOTHING",
        )
        .bind(self.effect.as_str())
        .bind(self.lead.as_str())
        .bind(self.kind.as_str())
        .bind(self.recipient.as_str())
        .bind(self.subject.as_str())
        .bind(self.plain.as_str())
        .bind(self.html.as_str())
        .bind(self.intent.as_str())
        .bind(self.made.micros())
        .bind(self.until.map(Instant::micros))
        .bind(self.trouble.as_str())
        .execute(&mut **transaction)
        .await?;
        Ok(())
    }
}

impl Store {
    /// Rows of a lead, or of all; those that wait only, or all. The latest first.
    pub(crate) async fn outbox(&self, lead: &str, waiting: bool) -> Result<Vec<OutboxLine>, Problem> {
        let rows = sqlx::query(
            "SELECT * FROM outbox WHERE ($1 = '' OR lead = $1) AND ($2 = 0 OR answer = '')
             ORDER BY made DESC, effect LIMIT 200",
        )
        .bind(lead)
        .bind(i64::from(waiting))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(line).collect()
    }

    /// The lead and the kind of an effect.
    pub(crate) async fn effect(&self, effect: &str) -> Result<Option<(String, String)>, Problem> {
        let row = sqlx::query("SELECT lead, kind FROM outbox WHERE effect = $1")
            .bind(effect)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok((row.try_get("lead")?, row.try_get("kind")?))).transpose()
    }

    /// Claims the row that has waited longest, for a while: if the worker dies, the claim runs out. What people do
    /// (calls) is left to them.
    pub(crate) async fn claim(&self, at: Instant, until: Instant) -> Result<Option<Row>, Problem> {
        let _turn = self.stand_in_line().await;
        // The condition stands twice: PostgreSQL looks at the outer one again when another worker had the row.
        let row = sqlx::query(
            "UPDATE outbox SET claimed = $2, tries = tries + 1
             WHERE answer = '' AND claimed <= $1 AND effect = (
                 SELECT effect FROM outbox WHERE answer = '' AND kind <> 'call' AND next <= $1 AND claimed <= $1
                 ORDER BY next, effect LIMIT 1)
             RETURNING *",
        )
        .bind(at.micros())
        .bind(until.micros())
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(claimed).transpose()
    }

    /// Gives a claimed row back, to be tried again at an instant.
    pub(crate) async fn release(&self, effect: &str, next: Instant, trouble: &str) -> Result<(), Problem> {
        let _turn = self.stand_in_line().await;
        sqlx::query(
            "UPDATE outbox SET claimed = 0, next = $1, trouble = $2 WHERE effect = $3 AND answer = ''",
        )
        .bind(next.micros())
        .bind(trouble)
        .bind(effect)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// When a worker next has something to do.
    pub(crate) async fn next_delivery(&self) -> Result<Option<Instant>, Problem> {
        let row = sqlx::query(
            "SELECT min(CASE WHEN claimed > next THEN claimed ELSE next END) AS next FROM outbox
             WHERE answer = '' AND kind <> 'call'",
        )
        .fetch_one(&self.pool)
        .await?;
        Ok(row.try_get::<Option<i64>, _>("next")?.map(instant))
    }
}

fn line(row: &AnyRow) -> Result<OutboxLine, Problem> {
    Ok(OutboxLine {
        effect: row.try_get("effect")?,
        lead: row.try_get("lead")?,
        kind: row.try_get("kind")?,
        recipient: row.try_get("recipient")?,
        subject: row.try_get("subject")?,
        made: instant(row.try_get("made")?),
        tries: row.try_get("tries")?,
        answer: row.try_get("answer")?,
        trouble: row.try_get("trouble")?,
    })
}

fn claimed(row: &AnyRow) -> Result<Row, Problem> {
    Ok(Row {
        effect: row.try_get("effect")?,
        lead: row.try_get("lead")?,
        kind: row.try_get("kind")?,
        recipient: row.try_get("recipient")?,
        subject: row.try_get("subject")?,
        plain: row.try_get("plain")?,
        html: row.try_get("html")?,
        until: row.try_get::<Option<i64>, _>("until")?.map(instant),
        tries: row.try_get("tries")?,
        trouble: row.try_get("trouble")?,
    })
}
