//! Reading leads, the roster and the playbook.

use ikusei::{Instant, Lead, LeadIdentity, Roster, Tombstone};
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::Store;
use super::change::{audit, revision};
use crate::clock::instant;
use crate::problem::Problem;

/// Which leads to list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// A part of the name, the company or the mail address.
    pub q: String,
    /// The rank on the main scorecard.
    pub rank: String,
    /// A segment of the playbook.
    pub segment: String,
    /// The accountable member.
    pub owner: String,
    /// A campaign that the lead is a member of.
    pub campaign: String,
    /// How many to leave out.
    pub offset: u32,
}

/// How many leads a list has at most.
pub(crate) const PAGE: i64 = 50;

/// A lead in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct LeadLine {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its company.
    pub company: String,
    /// Its rank on the main scorecard; empty if it has none.
    pub rank: String,
    /// Its points on the main scorecard, in millionths.
    pub points: i64,
    /// The segments that it is in.
    pub segments: Vec<String>,
    /// Who is accountable for it; empty if nobody is.
    pub owner: String,
    /// When it was last seen.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub seen: Option<Instant>,
}

/// A record with the revision that it was read at; the roster as well.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) lead: Option<(Lead, i64)>,
    pub(crate) roster: Roster,
}

impl Store {
    /// A lead and the roster, by one statement.
    pub(crate) async fn read(&self, lead: &str) -> Result<Read, Problem> {
        let row = sqlx::query(
            "SELECT r.body AS body, l.record AS record, l.revision AS revision
             FROM roster r LEFT JOIN leads l ON l.id = $1 WHERE r.id = 1",
        )
        .bind(lead)
        .fetch_one(&self.pool)
        .await?;
        let roster = Roster::from_json(&row.try_get::<String, _>("body")?)?;
        let lead = match row.try_get::<Option<String>, _>("record")? {
            Some(record) => Some((Lead::from_json(&record)?, row.try_get("revision")?)),
            None => None,
        };
        Ok(Read { lead, roster })
    }

    /// A record and its revision.
    pub(crate) async fn record(&self, lead: &str) -> Result<Option<(Lead, i64)>, Problem> {
        let row = sqlx::query("SELECT record, revision FROM leads WHERE id = $1")
            .bind(lead)
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok((Lead::from_json(&row.try_get::<String, _>("record")?)?, row.try_get("revision")?)))
            .transpose()
    }

    /// The record that one of these keys leads to, the best key first.
    pub(crate) async fn find(&self, keys: &[LeadIdentity]) -> Result<Option<String>, Problem> {
        for key in keys {
            let row = sqlx::query("SELECT lead FROM lead_keys WHERE kind = $1 AND value = $2")
                .bind(key.kind.as_str())
                .bind(key.value.as_str())
                .fetch_optional(&self.pool)
                .await?;
            if let Some(row) = row {
                return Ok(Some(row.try_get("lead")?));
            }
        }
        Ok(None)
    }

    /// A page of leads, those with the most points first, and how many there are.
    pub(crate) async fn list(&self, filter: &Filter) -> Result<(Vec<LeadLine>, i64), Problem> {
        const WHERE: &str = "WHERE ($1 = '%%' OR search LIKE $1 ESCAPE '!') AND ($2 = '' OR rank = $2)
            AND ($3 = '' OR segments LIKE $3 ESCAPE '!') AND ($4 = '' OR owner = $4)
            AND ($5 = '' OR id IN (SELECT lead FROM campaign_members WHERE campaign = $5))";
        let search = format!("%{}%", like(&filter.q.to_lowercase()));
        let segment = match filter.segment.as_str() {
            "" => String::new(),
            name => format!("% {} %", like(name)),
        };
        let page = format!(
            "SELECT * FROM leads {WHERE} ORDER BY points DESC, id LIMIT {PAGE} OFFSET {}",
            filter.offset
        );
        let count = format!("SELECT count(*) AS n FROM leads {WHERE}");
        let [page, count] = [&page, &count].map(|statement| {
            sqlx::query(statement)
                .bind(search.as_str())
                .bind(filter.rank.as_str())
                .bind(segment.as_str())
                .bind(filter.owner.as_str())
                .bind(filter.campaign.as_str())
        });
        let lines = page.fetch_all(&self.pool).await?.iter().map(line).collect::<Result<_, _>>()?;
        let n = count.fetch_one(&self.pool).await?.try_get("n")?;
        Ok((lines, n))
    }

    /// Every record: for counts and for calls that look at all leads.
    pub(crate) async fn all(&self) -> Result<Vec<Lead>, Problem> {
        let rows = sqlx::query("SELECT record FROM leads ORDER BY id").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(Lead::from_json(&row.try_get::<String, _>("record")?)?)).collect()
    }

    /// Leads that are due, those that have waited longest first.
    pub(crate) async fn due(&self, at: Instant) -> Result<Vec<String>, Problem> {
        let rows = sqlx::query("SELECT id FROM leads WHERE wakeup <= $1 ORDER BY wakeup, id LIMIT 100")
            .bind(at.micros())
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(|row| Ok(row.try_get("id")?)).collect()
    }

    /// When the next lead is due.
    pub(crate) async fn next_wakeup(&self) -> Result<Option<Instant>, Problem> {
        let row = sqlx::query("SELECT min(wakeup) AS next FROM leads").fetch_one(&self.pool).await?;
        Ok(row.try_get::<Option<i64>, _>("next")?.map(instant))
    }

    /// Lets a lead that cannot be worked with wait.
    pub(crate) async fn postpone(&self, lead: &str, until: Instant) -> Result<(), Problem> {
        let _turn = self.stand_in_line().await;
        sqlx::query("UPDATE leads SET wakeup = $1 WHERE id = $2")
            .bind(until.micros())
            .bind(lead)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Has every lead looked at again, as after another playbook.
    pub(crate) async fn wake_all(&self, at: Instant) -> Result<(), Problem> {
        let _turn = self.stand_in_line().await;
        sqlx::query("UPDATE leads SET wakeup = $1").bind(at.micros()).execute(&self.pool).await?;
        Ok(())
    }

    pub(crate) async fn roster(&self) -> Result<Option<Roster>, Problem> {
        let row = sqlx::query("SELECT body FROM roster WHERE id = 1").fetch_optional(&self.pool).await?;
        row.map(|row| Ok(Roster::from_json(&row.try_get::<String, _>("body")?)?)).transpose()
    }

    /// The first roster; one that is there already stays.
    pub(crate) async fn begin_roster(&self, roster: &Roster) -> Result<(), Problem> {
        sqlx::query("INSERT INTO roster (id, revision, body) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING")
            .bind(revision(roster.revision)?)
            .bind(roster.to_json())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Another roster in the place of the one with this revision; false if that one is gone.
    pub(crate) async fn swap_roster(
        &self,
        from: u64,
        roster: &Roster,
        actor: &str,
        at: Instant,
    ) -> Result<bool, Problem> {
        let _turn = self.stand_in_line().await;
        let mut transaction = self.pool.begin().await?;
        let written =
            sqlx::query("UPDATE roster SET body = $1, revision = $2 WHERE id = 1 AND revision = $3")
                .bind(roster.to_json())
                .bind(revision(roster.revision)?)
                .bind(revision(from)?)
                .execute(&mut *transaction)
                .await?;
        audit(&mut transaction, at, actor, "roster", &roster.revision.to_string()).await?;
        if written.rows_affected() == 0 {
            return Ok(false);
        }
        transaction.commit().await?;
        Ok(true)
    }

    pub(crate) async fn tombstones(&self) -> Result<Vec<Tombstone>, Problem> {
        let rows = sqlx::query("SELECT body FROM tombstones").fetch_all(&self.pool).await?;
        rows.iter().map(|row| Ok(serde_json::from_str(&row.try_get::<String, _>("body")?)?)).collect()
    }

    /// A tombstone in the place of a record of this revision, and of everything that hangs on it.
    pub(crate) async fn bury(&self, stone: &Tombstone, from: i64, actor: &str) -> Result<(), Problem> {
        let _turn = self.stand_in_line().await;
        let mut transaction = self.pool.begin().await?;
        let gone = sqlx::query("DELETE FROM leads WHERE id = $1 AND revision = $2")
            .bind(stone.id.as_str())
            .bind(from)
            .execute(&mut *transaction)
            .await?;
        if gone.rows_affected() == 0 {
            return Err(Problem::Lost);
        }
        sqlx::query("DELETE FROM outbox WHERE lead = $1")
            .bind(stone.id.as_str())
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO tombstones (id, body) VALUES ($1, $2)")
            .bind(stone.id.as_str())
            .bind(serde_json::to_string(stone)?)
            .execute(&mut *transaction)
            .await?;
        audit(&mut transaction, stone.at, actor, "forget", &stone.id).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// The playbook in force and its version.
    pub(crate) async fn playbook(&self) -> Result<Option<(i64, String)>, Problem> {
        let row = sqlx::query("SELECT version, body FROM playbooks ORDER BY version DESC LIMIT 1")
            .fetch_optional(&self.pool)
            .await?;
        row.map(|row| Ok((row.try_get("version")?, row.try_get("body")?))).transpose()
    }

    /// A playbook after the one of this version; false if somebody else put one there.
    pub(crate) async fn publish(
        &self,
        after: i64,
        body: &str,
        author: &str,
        at: Instant,
    ) -> Result<bool, Problem> {
        let _turn = self.stand_in_line().await;
        let mut transaction = self.pool.begin().await?;
        let written = sqlx::query(
            "INSERT INTO playbooks (version, body, author, made) VALUES ($1, $2, $3, $4) ON CONFLICT (version) DO NOTHING",
        )
        .bind(after + 1)
        .bind(body)
        .bind(author)
        .bind(at.micros())
        .execute(&mut *transaction)
        .await?;
        if written.rows_affected() == 0 {
            return Ok(false);
        }
        audit(&mut transaction, at, author, "playbook", &(after + 1).to_string()).await?;
        transaction.commit().await?;
        Ok(true)
    }
}

fn line(row: &AnyRow) -> Result<LeadLine, Problem> {
    let segments: String = row.try_get("segments")?;
    Ok(LeadLine {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        company: row.try_get("company")?,
        rank: row.try_get("rank")?,
        points: row.try_get("points")?,
        segments: segments.split_whitespace().map(str::to_owned).collect(),
        owner: row.try_get("owner")?,
        seen: row.try_get::<Option<i64>, _>("seen")?.map(instant),
    })
}

/// A text as part of a pattern: what means something there means itself.
fn like(text: &str) -> String {
    text.replace('!', "!!").replace('%', "!%").replace('_', "!_")
}
