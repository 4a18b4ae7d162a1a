//! Who may sign in, and who has.

use ikusei::Instant;
use sqlx::Row;

use super::Store;
use super::change::audit;
use crate::problem::Problem;

/// Somebody who may sign in.
#[derive(Debug, Clone)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) role: String,
    /// The member of the roster that the user is; empty for none.
    pub(crate) member: String,
    /// The password's hash, with its salt and costs.
    pub(crate) hash: String,
}

/// Somebody who has signed in.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) member: String,
    pub(crate) csrf: String,
}

impl Store {
    /// Adds a user, or changes one; sessions of a user who changes are over.
    pub(crate) async fn put_user(&self, user: &User, at: Instant) -> Result<(), Problem> {
        let _turn = self.stand_in_line().await;
        let mut transaction = self.pool.begin().await?;
        sqlx::query(
            "INSERT INTO users (name, role, member, hash) VALUES ($1, $2, $3, $4)
             ON CONFLICT (name) DO UPDATE SET role = excluded.role, member = excluded.member, hash = excluded.hash",
        )
        .bind(user.name.as_str())
        .bind(user.role.as_str())
        .bind(user.member.as_str())
        .bind(user.hash.as_str())
        .execute(&mut *transaction)
        .await?;
        sqlx::query("DELETE FROM sessions WHERE name = $1")
            .bind(user.name.as_str())
            .execute(&mut *transaction)
            .await?;
        audit(&mut transaction, at, "settings", "user", &user.name).await?;
        transaction.commit().await?;
        Ok(())
    }

    pub(crate) async fn user(&self, name: &str) -> Result<Option<User>, Problem> {
        let row =
            sqlx::query("SELECT * FROM users WHERE name = $1").bind(name).fetch_optional(&self.pool).await?;
        row.map(|row| {
            Ok(User {
                name: row.try_get("name")?,
                role: row.try_get("role")?,
                member: row.try_get("member")?,
                hash: row.try_get("hash")?,
            })
        })
        .transpose()
    }

    /// Begins a session; those that are over go.
    pub(crate) async fn sign_in(
        &self,
        digest: &str,
        name: &str,
        csrf: &str,
        at: Instant,
        expires: Instant,
    ) -> Result<(), Problem> {
        let _turn = self.stand_in_line().await;
        let mut transaction = self.pool.begin().await?;
        sqlx::query("DELETE FROM sessions WHERE expires <= $1")
            .bind(at.micros())
            .execute(&mut *transaction)
            .await?;
        sqlx::query("INSERT INTO sessions (digest, name, csrf, expires) VALUES ($1, $2, $3, $4)")
            .bind(digest)
            .bind(name)
            .bind(csrf)
            .bind(expires.micros())
            .execute(&mut *transaction)
            .await?;
        audit(&mut transaction, at, name, "sign in", "").await?;
        transaction.commit().await?;
        Ok(())
    }

    pub(crate) async fn sign_out(&self, digest: &str) -> Result<(), Problem> {
        let _turn = self.stand_in_line().await;
        sqlx::query("DELETE FROM sessions WHERE digest = $1").bind(digest).execute(&self.pool).await?;
        Ok(())
    }

    pub(crate) async fn session(&self, digest: &str, at: Instant) -> Result<Option<Session>, Problem> {
        let row = sqlx::query(
            "SELECT s.name AS name, s.csrf AS csrf, u.role AS role, u.member AS member
             FROM sessions s JOIN users u ON u.name = s.name WHERE s.digest = $1 AND s.expires > $2",
        )
        .bind(digest)
        .bind(at.micros())
        .fetch_optional(&self.pool)
        .await?;
        row.map(|row| {
            Ok(Session {
                name: row.try_get("name")?,
                role: row.try_get("role")?,
                member: row.try_get("member")?,
                csrf: row.try_get("csrf")?,
            })
        })
        .transpose()
    }

    /// Notes a deed that changes no lead.
    pub(crate) async fn note(
        &self,
        at: Instant,
        actor: &str,
        what: &str,
        about: &str,
    ) -> Result<(), Problem> {
        let _turn = self.stand_in_line().await;
        let mut connection = self.pool.acquire().await?;
        audit(&mut connection, at, actor, what, about).await
    }
}
