//! One lead's change, written whole or not at all.

use ikusei::{Activity, Assignment, Instant, Lead, Roster};
use sqlx::{Any, AnyConnection, Transaction};

use super::Store;
use super::inbox::{Event, delete};
use super::outbox::NewRow;
use crate::problem::Problem;
use crate::summary::{Summary, word};

/// What one decision comes to: the record and everything that follows of it.
#[derive(Debug)]
pub(crate) struct Change<'c> {
    /// The revision that the decision started from; 0 for a record that there was not.
    pub(crate) from: i64,
    /// The record that it started from.
    pub(crate) before: &'c Lead,
    pub(crate) lead: &'c Lead,
    pub(crate) summary: Summary,
    /// Activities that are new, or judged anew.
    pub(crate) activities: Vec<&'c Activity>,
    pub(crate) wakeup: Option<Instant>,
    pub(crate) rows: &'c [NewRow],
    /// Answers to effects, by id.
    pub(crate) answers: &'c [(String, &'static str)],
    pub(crate) actor: &'c str,
    pub(crate) what: &'c str,
    pub(crate) at: Instant,
}

impl Store {
    /// Writes changes, the roster after them with the revision that they started from, and takes the events that they
    /// come of out of the inbox: all of it, if nobody changed the records, nor the roster where it is concerned, since
    /// they were read.
    ///
    /// # Errors
    /// [`Problem::Lost`] if somebody did: nothing was written, and whoever decided has to read and decide again.
    /// [`Problem::Stale`] if a new record's person has a record by now.
    pub(crate) async fn commit(
        &self,
        changes: &[Change<'_>],
        roster: Option<(u64, &Roster)>,
        events: &[&Event],
    ) -> Result<(), Problem> {
        let _turn = self.stand_in_line().await;
        // A transaction that is dropped is rolled back.
        let mut transaction = self.pool.begin().await?;
        for change in changes {
            change.write(&mut transaction).await?;
        }
        if let Some((from, roster)) = roster {
            swap_roster(&mut transaction, from, roster).await?;
        }
        delete(&mut transaction, events).await?;
        transaction.commit().await?;
        Ok(())
    }
}

impl Change<'_> {
    async fn write(&self, transaction: &mut Transaction<'_, Any>) -> Result<(), Problem> {
        swap_lead(transaction, self).await?;
        put_keys(transaction, self).await?;
        put_activities(transaction, self).await?;
        put_campaigns(transaction, self).await?;
        // Those that are over first: of the open ones there may be one only.
        let assignments = other(&self.before.assignments, &self.lead.assignments);
        for open in [false, true] {
            for assignment in assignments.iter().filter(|known| known.state.is_open() == open) {
                put_assignment(transaction, &self.lead.id, assignment).await?;
            }
        }
        for row in self.rows {
            row.insert(transaction).await?;
        }
        for (effect, answer) in self.answers {
            sqlx::query("UPDATE outbox SET answer = $1 WHERE effect = $2 AND answer = ''")
                .bind(*answer)
                .bind(effect.as_str())
                .execute(&mut **transaction)
                .await?;
        }
        audit(transaction, self.at, self.actor, self.what, &self.lead.id).await
    }
}

/// What is new, or other than it was.
fn other<'c, T: PartialEq>(before: &[T], now: &'c [T]) -> Vec<&'c T> {
    now.iter().filter(|one| !before.contains(one)).collect()
}

/// The first statement writes, so that SQLite's lock is taken before anything is read.
async fn swap_lead(transaction: &mut Transaction<'_, Any>, change: &Change<'_>) -> Result<(), Problem> {
    let summary = &change.summary;
    let statement = if change.from == 0 {
        "INSERT INTO leads (id, revision, record, name, company, search, rank, points, segments, owner, seen, wakeup, created)
         VALUES ($1, $2 + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING"
    } else {
        "UPDATE leads SET revision = revision + 1, record = $3, name = $4, company = $5, search = $6, rank = $7,
            points = $8, segments = $9, owner = $10, seen = $11, wakeup = $12
         WHERE id = $1 AND revision = $2"
    };
    let mut query = sqlx::query(statement)
        .bind(change.lead.id.as_str())
        .bind(change.from)
        .bind(change.lead.to_json())
        .bind(summary.name.as_str())
        .bind(summary.company.as_str())
        .bind(summary.search.as_str())
        .bind(summary.rank.as_str())
        .bind(summary.points)
        .bind(summary.segments.as_str())
        .bind(summary.owner.as_str())
        .bind(summary.seen)
        .bind(change.wakeup.map(Instant::micros));
    if change.from == 0 {
        query = query.bind(change.at.micros());
    }
    let written = query.execute(&mut **transaction).await?;
    if written.rows_affected() == 1 { Ok(()) } else { Err(Problem::Lost) }
}

async fn swap_roster(
    transaction: &mut Transaction<'_, Any>,
    from: u64,
    roster: &Roster,
) -> Result<(), Problem> {
    let written = sqlx::query("UPDATE roster SET body = $1, revision = $2 WHERE id = 1 AND revision = $3")
        .bind(roster.to_json())
        .bind(revision(roster.revision)?)
        .bind(revision(from)?)
        .execute(&mut **transaction)
        .await?;
    if written.rows_affected() == 1 { Ok(()) } else { Err(Problem::Lost) }
}

/// A revision as the database holds it.
pub(super) fn revision(number: u64) -> Result<i64, Problem> {
    i64::try_from(number)
        .map_err(|_| Problem::Broken("the roster's revision is beyond all bounds".to_owned()))
}

/// A key that another host gave to another record in the meantime sends a new record back: there is one already. Keys
/// go in by their order, so that no two hosts wait for each other.
async fn put_keys(transaction: &mut Transaction<'_, Any>, change: &Change<'_>) -> Result<(), Problem> {
    let new = other(&change.before.identities, &change.lead.identities);
    let mut keys: Vec<(&str, &str)> = new.iter().map(|key| (key.kind.as_str(), key.value.as_str())).collect();
    keys.sort_unstable();
    for (kind, value) in keys {
        let written =
            sqlx::query("INSERT INTO lead_keys (kind, value, lead) VALUES ($1, $2, $3) ON CONFLICT (kind, value) DO NOTHING")
                .bind(kind)
                .bind(value)
                .bind(change.lead.id.as_str())
                .execute(&mut **transaction)
                .await?;
        if written.rows_affected() == 0 && change.from == 0 {
            return Err(Problem::Stale);
        }
    }
    Ok(())
}

async fn put_activities(transaction: &mut Transaction<'_, Any>, change: &Change<'_>) -> Result<(), Problem> {
    for activity in &change.activities {
        sqlx::query(
            "INSERT INTO activities (lead, id, kind, at, recorded_at, trust, campaign, properties)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (lead, id) DO UPDATE SET trust = excluded.trust",
        )
        .bind(change.lead.id.as_str())
        .bind(activity.id.as_str())
        .bind(activity.kind.as_str())
        .bind(activity.at.micros())
        .bind(activity.recorded_at().micros())
        .bind(word(&activity.trust))
        .bind(activity.campaign.as_deref().unwrap_or_default())
        .bind(serde_json::to_string(&activity.properties)?)
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

async fn put_campaigns(transaction: &mut Transaction<'_, Any>, change: &Change<'_>) -> Result<(), Problem> {
    for part in other(&change.before.campaigns, &change.lead.campaigns) {
        sqlx::query(
            "INSERT INTO campaign_members (campaign, lead, status, since) VALUES ($1, $2, $3, $4)
             ON CONFLICT (campaign, lead) DO UPDATE SET status = excluded.status, since = excluded.since",
        )
        .bind(part.campaign.as_str())
        .bind(change.lead.id.as_str())
        .bind(part.status.as_deref().unwrap_or_default())
        .bind(part.at.micros())
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}

async fn put_assignment(
    transaction: &mut Transaction<'_, Any>,
    lead: &str,
    known: &Assignment,
) -> Result<(), Problem> {
    sqlx::query(
        "INSERT INTO assignments (id, lead, policy, about, owner, team, reason, state, is_open, since, accept_by, touch_by, due, due_step)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, team = excluded.team, reason = excluded.reason,
            state = excluded.state, is_open = excluded.is_open, since = excluded.since, accept_by = excluded.accept_by,
            touch_by = excluded.touch_by, due = excluded.due, due_step = excluded.due_step",
    )
    .bind(known.id.as_str())
    .bind(lead)
    .bind(known.policy.as_str())
    .bind(known.about.as_deref().unwrap_or_default())
    .bind(known.owner.as_str())
    .bind(known.team.as_deref().unwrap_or_default())
    .bind(known.reason.ja.as_str())
    .bind(word(&known.state))
    .bind(i64::from(known.state.is_open()))
    .bind(known.at.micros())
    .bind(known.accept_by.map(Instant::micros))
    .bind(known.first_touch_by.map(Instant::micros))
    .bind(known.due.map(|due| due.at.micros()))
    .bind(known.due.map(|due| word(&due.step)).unwrap_or_default())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Who did what, when.
pub(super) async fn audit(
    connection: &mut AnyConnection,
    at: Instant,
    actor: &str,
    what: &str,
    about: &str,
) -> Result<(), Problem> {
    sqlx::query("INSERT INTO audit (at, actor, what, about) VALUES ($1, $2, $3, $4)")
        .bind(at.micros())
        .bind(actor)
        .bind(what)
        .bind(about)
        .execute(connection)
        .await?;
    Ok(())
}
