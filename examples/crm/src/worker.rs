//! The worker of the outbox: claims a row, carries it out with its key, and answers.

use std::time::Duration;

use ikusei::{AckStatus, Instant};

use crate::clock::later;
use crate::mail::Delivery;
use crate::problem::Problem;
use crate::secret::sign;
use crate::store::OutboxRow;
use crate::{Crm, LONGEST, note, until};

/// How long a row is a worker's: if the worker dies, another one takes it after that.
const LEASE: i64 = 30;
/// How often a row is tried before it counts as failed, and the step's `retry` decides.
const TRIES: i64 = 6;

impl Crm {
    /// Carries out what waits in the outbox now, and says how many rows that were.
    ///
    /// # Errors
    /// [`Problem::Broken`] where the database or the disk is.
    pub async fn deliver(&self) -> Result<u64, Problem> {
        let mut done = 0;
        loop {
            let at = self.clock.now();
            let Some(row) = self.desk.store.claim(at, later(at, LEASE)).await? else { return Ok(done) };
            self.carry_out(&row, at).await?;
            done += 1;
        }
    }

    /// Carries out whatever comes into the outbox, for ever.
    pub async fn work(&self) {
        loop {
            let rung = self.desk.bell.notified();
            let next = async {
                self.deliver().await?;
                self.desk.store.next_delivery().await
            };
            let sleep = match next.await {
                Ok(next) => next.map_or(LONGEST, |next| until(self.clock.now(), next).min(LONGEST)),
                Err(problem) => {
                    note(&format!("outbox: {problem}"));
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(sleep) => {}
                () = rung => {}
            }
        }
    }

    async fn carry_out(&self, row: &OutboxRow, at: Instant) -> Result<(), Problem> {
        let delivery = match row.kind.as_str() {
            // After the gate's leave is over nothing goes out: `failed` has the step ask the gate anew.
            _ if row.until.is_some_and(|until| until <= at) => Delivery::Done(AckStatus::Failed),
            "hand_over" => return self.hand_over_again(row, at).await,
            // No message could be made of it when it was decided.
            _ if !row.trouble.is_empty() && row.tries == 1 => Delivery::Done(AckStatus::Failed),
            "send" | "invite" => {
                let url = format!(
                    "{}/unsubscribe/{}/{}",
                    self.desk.links().base,
                    row.lead,
                    sign(&self.desk.links().key, &row.lead)
                );
                self.sender.send(row, &row.recipient, Some(&url)).await?
            }
            _ => {
                let to = format!("{}@{}", row.recipient, self.settings.staff);
                self.sender.send(row, &to, None).await?
            }
        };
        match delivery {
            Delivery::Done(status) => self.desk.answer(&row.effect, status, at, "outbox").await,
            Delivery::Later(_) if row.tries >= TRIES => {
                self.desk.answer(&row.effect, AckStatus::Failed, at, "outbox").await
            }
            Delivery::Later(why) => self.again(row, at, &why).await,
        }
    }

    /// Nobody could take the lead when it was to be handed over.
    async fn hand_over_again(&self, row: &OutboxRow, at: Instant) -> Result<(), Problem> {
        let policy = Some(row.recipient.as_str()).filter(|policy| !policy.is_empty());
        match self.desk.hand_over(&row.lead, policy, at, "outbox").await {
            Ok(()) => self.desk.answer(&row.effect, AckStatus::Delivered, at, "outbox").await,
            Err(problem) => self.again(row, at, &problem.to_string()).await,
        }
    }

    /// Twice as long each time: 30 seconds, a minute, two, four ...
    async fn again(&self, row: &OutboxRow, at: Instant, why: &str) -> Result<(), Problem> {
        let wait = 30_i64 << (row.tries - 1).clamp(0, 12);
        self.desk.store.release(&row.effect, later(at, wait), why).await
    }
}
