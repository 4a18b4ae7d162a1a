//! Who has what to do, and until when; campaigns; the audit log.

use ikusei::Instant;
use serde::Serialize;
use sqlx::Row;

use super::Store;
use crate::clock::instant;
use crate::problem::Problem;

/// A hand-over that somebody is accountable for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct OpenAssignment {
    /// Its id.
    pub id: String,
    /// The lead.
    pub lead: String,
    /// The lead's name.
    pub name: String,
    /// The lead's company.
    pub company: String,
    /// Who is accountable.
    pub owner: String,
    /// The team that the owner is chosen from.
    pub team: String,
    /// Why this owner, in Japanese.
    pub reason: String,
    /// `offered`, `accepted` or `touched`.
    pub state: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub since: Instant,
    /// When something happens if nobody does anything.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due: Option<Instant>,
    /// What happens then.
    pub due_step: String,
}

/// A number of things of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Load {
    /// What is counted.
    pub what: String,
    /// How many there are.
    pub number: i64,
}

/// A line of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Deed {
    pub(crate) at: Instant,
    pub(crate) actor: String,
    pub(crate) what: String,
    pub(crate) about: String,
}

impl Store {
    /// Everything that somebody is accountable for, the most urgent first; of one member where one is named.
    pub(crate) async fn board(&self, owner: &str) -> Result<Vec<OpenAssignment>, Problem> {
        let rows = sqlx::query(
            "SELECT a.*, l.name AS name, l.company AS company FROM assignments a JOIN leads l ON l.id = a.lead
             WHERE a.is_open = 1 AND ($1 = '' OR a.owner = $1)
             ORDER BY CASE WHEN a.due IS NULL THEN 1 ELSE 0 END, a.due, a.id LIMIT 200",
        )
        .bind(owner)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(OpenAssignment {
                    id: row.try_get("id")?,
                    lead: row.try_get("lead")?,
                    name: row.try_get("name")?,
                    company: row.try_get("company")?,
                    owner: row.try_get("owner")?,
                    team: row.try_get("team")?,
                    reason: row.try_get("reason")?,
                    state: row.try_get("state")?,
                    since: instant(row.try_get("since")?),
                    due: row.try_get::<Option<i64>, _>("due")?.map(instant),
                    due_step: row.try_get("due_step")?,
                })
            })
            .collect()
    }

    /// How many leads are members of each campaign.
    pub(crate) async fn campaign_members(&self) -> Result<Vec<Load>, Problem> {
        self.counts("SELECT campaign AS what, count(*) AS number FROM campaign_members GROUP BY campaign")
            .await
    }

    /// How many leads there are of each rank.
    pub(crate) async fn ranks(&self) -> Result<Vec<Load>, Problem> {
        self.counts("SELECT rank AS what, count(*) AS number FROM leads GROUP BY rank ORDER BY rank").await
    }

    /// How many open hand-overs each member has.
    pub(crate) async fn owners(&self) -> Result<Vec<Load>, Problem> {
        self.counts(
            "SELECT owner AS what, count(*) AS number FROM assignments WHERE is_open = 1 GROUP BY owner ORDER BY owner",
        )
        .await
    }

    /// How many activities of each kind people did since then.
    pub(crate) async fn kinds(&self, since: Instant) -> Result<Vec<Load>, Problem> {
        let rows = sqlx::query(
            "SELECT kind AS what, count(*) AS number FROM activities WHERE at >= $1 AND trust = 'human'
             GROUP BY kind ORDER BY number DESC, what",
        )
        .bind(since.micros())
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| Ok(Load { what: row.try_get("what")?, number: row.try_get("number")? }))
            .collect()
    }

    async fn counts(&self, statement: &str) -> Result<Vec<Load>, Problem> {
        let rows = sqlx::query(statement).fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| Ok(Load { what: row.try_get("what")?, number: row.try_get("number")? }))
            .collect()
    }

    /// The latest deeds.
    pub(crate) async fn deeds(&self) -> Result<Vec<Deed>, Problem> {
        let rows =
            sqlx::query("SELECT * FROM audit ORDER BY at DESC LIMIT 100").fetch_all(&self.pool).await?;
        rows.iter()
            .map(|row| {
                Ok(Deed {
                    at: instant(row.try_get("at")?),
                    actor: row.try_get("actor")?,
                    what: row.try_get("what")?,
                    about: row.try_get("about")?,
                })
            })
            .collect()
    }
}
