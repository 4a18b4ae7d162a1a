//! The desk: read a lead and the roster, decide, and write if nobody was quicker; otherwise all over again.
//!
//! Several hosts may do so on one database at once. Both the record and the roster carry a revision, and a decision is
//! written by compare-and-swap on both: of two hosts that hand leads out from the same roster one loses, reads the new
//! roster and decides again, so that nobody gets two owners and everybody's turn is counted once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use ikusei::{AckStatus, CapturedPerson, Diagnostic, Engine, Input, Instant, Lead, Playbook, Response};
use serde::Serialize;
use tokio::sync::{Mutex, Notify};

use crate::clock::later;
use crate::inbox::holds_no_nul;
use crate::problem::Problem;
use crate::secret::random;
use crate::store::Store;
use crate::turn::{Links, Turn};

/// How often a decision is made anew before the caller is told to come back later.
const TRIES: u32 = 200;
/// How long a lead that cannot be worked with is left alone, in seconds.
const ASIDE: i64 = 3600;

/// The playbook in force.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) version: i64,
    pub(crate) text: String,
    pub(crate) playbook: Playbook,
    pub(crate) engine: Engine,
}

impl Live {
    pub(crate) fn read(version: i64, text: String) -> Result<Self, Problem> {
        let playbook = Playbook::parse(&text)?;
        let engine = playbook.compile()?;
        Ok(Self { version, text, playbook, engine })
    }
}

/// Where decisions are made.
#[derive(Debug)]
pub(crate) struct Desk {
    pub(crate) store: Store,
    live: RwLock<Arc<Live>>,
    links: Links,
    /// Rung whenever something was written: the scheduler and the outbox look again at what is due.
    pub(crate) bell: Notify,
    /// Whoever lost once stands in line within this process, so that hosts wait for each other and not for themselves.
    pub(crate) line: Mutex<()>,
    lost: AtomicU64,
}

/// What became of a payload.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Received {
    /// The people whom it names.
    pub people: Vec<ReceivedPerson>,
    /// What could not be used, with its place in the payload; everything else was.
    #[schema(value_type = Vec<Object>)]
    pub problems: Vec<Diagnostic>,
}

/// What became of one person of a payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct ReceivedPerson {
    /// The lead; absent for somebody who was forgotten, or whom the payload does not name.
    pub lead: Option<String>,
    /// Whether there was no record before.
    pub new: bool,
    /// Ids of activities that are new.
    pub recorded: Vec<String>,
    /// Ids of those that were there already.
    pub known: Vec<String>,
}

impl Desk {
    pub(crate) fn new(store: Store, live: Live, links: Links) -> Self {
        Self {
            store,
            live: RwLock::new(Arc::new(live)),
            links,
            bell: Notify::new(),
            line: Mutex::new(()),
            lost: AtomicU64::new(0),
        }
    }

    /// The playbook in force.
    pub(crate) fn live(&self) -> Arc<Live> {
        Arc::clone(&self.live.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn links(&self) -> &Links {
        &self.links
    }

    /// How often somebody else was quicker and a decision was made again.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Takes a payload: facts become records, scores, ranks, hand-overs and rows of the outbox. When this returns,
    /// all of it is stored; the same payload again changes nothing.
    pub(crate) async fn capture(
        &self,
        mapping: &str,
        text: &str,
        at: Instant,
        actor: &str,
    ) -> Result<Received, Problem> {
        holds_no_nul(text)?;
        let live = self.live();
        let payload = live.engine.payload(mapping, text)?;
        let captured = live.engine.capture(mapping, &payload, at)?;
        let mut people = Vec::with_capacity(captured.people.len());
        for person in &captured.people {
            people.push(self.person(person, at, actor).await?);
        }
        Ok(Received { people, problems: captured.problems })
    }

    async fn person(
        &self,
        person: &CapturedPerson,
        at: Instant,
        actor: &str,
    ) -> Result<ReceivedPerson, Problem> {
        let nobody = ReceivedPerson { lead: None, new: false, recorded: Vec::new(), known: Vec::new() };
        if person.identities.is_empty() {
            return Ok(nobody);
        }
        for _ in 0..TRIES {
            let found = self.store.find(&person.identities).await?;
            let (id, new) = match found {
                Some(id) => (id, false),
                None => {
                    let stones = self.store.tombstones().await?;
                    if self.live().engine.forgotten(&stones, None, &person.identities).is_some() {
                        return Ok(nobody);
                    }
                    (random()?, true)
                }
            };
            match self.change(&id, new, at, (actor, "capture"), |turn| turn.person(person)).await {
                Ok(applied) => {
                    let (recorded, known) = (applied.recorded, applied.known);
                    return Ok(ReceivedPerson { lead: Some(id), new, recorded, known });
                }
                // Somebody else made the record, or it was forgotten: look again who it is.
                Err(Problem::Stale) if new => self.pause().await?,
                Err(Problem::Missing(_)) if !new => {}
                Err(problem) => return Err(problem),
            }
        }
        Err(Problem::Lost)
    }

    /// Takes one input of the library's own vocabulary.
    pub(crate) async fn input(
        &self,
        lead: &str,
        input: &Input,
        at: Instant,
        actor: &str,
    ) -> Result<(), Problem> {
        self.change(lead, false, at, (actor, "input"), |turn| turn.input(input)).await
    }

    /// What an owner says of a hand-over.
    pub(crate) async fn respond(
        &self,
        lead: &str,
        assignment: &str,
        response: &Response,
        at: Instant,
        actor: &str,
    ) -> Result<(), Problem> {
        self.change(lead, false, at, (actor, "respond"), |turn| turn.respond(assignment, response)).await
    }

    /// Hands a lead over by hand.
    pub(crate) async fn hand_over(
        &self,
        lead: &str,
        policy: Option<&str>,
        at: Instant,
        actor: &str,
    ) -> Result<(), Problem> {
        self.change(lead, false, at, (actor, "hand over"), |turn| turn.hand_over(policy.map(str::to_owned)))
            .await
    }

    /// What became of an effect: the row's answer and the record, together.
    pub(crate) async fn answer(
        &self,
        effect: &str,
        status: AckStatus,
        at: Instant,
        actor: &str,
    ) -> Result<(), Problem> {
        let Some((lead, kind)) = self.store.effect(effect).await? else {
            return Err(Problem::Missing(format!("effect `{effect}`")));
        };
        self.change(&lead, false, at, (actor, "answer"), |turn| turn.answer(effect, &kind, status)).await
    }

    /// Wakes whoever is due, and says how many were.
    pub(crate) async fn wake(&self, at: Instant) -> Result<u64, Problem> {
        let mut woken = 0;
        loop {
            let due = self.store.due(at).await?;
            if due.is_empty() {
                return Ok(woken);
            }
            for lead in due {
                match self.change(&lead, false, at, ("clock", "wake"), |turn| turn.wake()).await {
                    // Another host was quicker: it is done, or comes up again.
                    Ok(()) | Err(Problem::Lost | Problem::Missing(_)) => woken += 1,
                    Err(problem) => {
                        crate::note(&format!("lead {lead} cannot be woken: {problem}"));
                        self.store.postpone(&lead, later(at, ASIDE)).await?;
                    }
                }
            }
        }
    }

    /// Erases a person. What is left keeps a late event from making the record again.
    pub(crate) async fn forget(&self, lead: &str, at: Instant, actor: &str) -> Result<(), Problem> {
        for _ in 0..TRIES {
            let Some((record, revision)) = self.store.read(lead).await?.lead else {
                return Err(Problem::Missing(format!("lead `{lead}`")));
            };
            let stone = self.live().engine.forget(&record, at);
            match self.store.bury(&stone, revision, actor).await {
                Err(Problem::Lost) => self.pause().await?,
                done => return done,
            }
        }
        Err(Problem::Lost)
    }

    /// A playbook in the place of the one of this version: every lead is looked at again.
    pub(crate) async fn publish(
        &self,
        after: i64,
        text: &str,
        at: Instant,
        actor: &str,
    ) -> Result<(), Problem> {
        let live = Live::read(after + 1, text.to_owned())?;
        if !self.store.publish(after, text, actor, at).await? {
            return Err(Problem::Stale);
        }
        self.put(live);
        self.store.wake_all(at).await?;
        self.bell.notify_waiters();
        Ok(())
    }

    /// Takes over a playbook that another host published.
    pub(crate) async fn refresh(&self) -> Result<(), Problem> {
        if let Some((version, text)) = self.store.playbook().await?
            && version != self.live().version
        {
            self.put(Live::read(version, text)?);
        }
        Ok(())
    }

    fn put(&self, live: Live) {
        *self.live.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(live);
    }

    /// Read, decide, compare and swap.
    async fn change<T>(
        &self,
        id: &str,
        new: bool,
        at: Instant,
        (actor, what): (&str, &str),
        decide: impl Fn(&mut Turn<'_>) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut place = None;
        for _ in 0..TRIES {
            let live = self.live();
            let read = self.store.read(id).await?;
            let (lead, from) = match read.lead {
                Some((lead, revision)) => (lead, revision),
                None if new => (Lead::new(id), 0),
                None => return Err(Problem::Missing(format!("lead `{id}`"))),
            };
            let roster = read.roster.revision;
            let mut turn = Turn::new(&live.engine, &self.links, at, lead, read.roster);
            let value = decide(&mut turn)?;
            if !turn.changed {
                return Ok(value);
            }
            match self.write(&turn, from, roster, actor, what).await {
                Ok(()) => {
                    self.bell.notify_waiters();
                    return Ok(value);
                }
                Err(Problem::Lost) => {
                    if place.is_none() {
                        place = Some(self.line.lock().await);
                    }
                    self.pause().await?;
                }
                Err(problem) => return Err(problem),
            }
        }
        Err(Problem::Lost)
    }

    async fn write(
        &self,
        turn: &Turn<'_>,
        from: i64,
        roster: u64,
        actor: &str,
        what: &str,
    ) -> Result<(), Problem> {
        let changed = Some(&turn.roster).filter(|now| now.revision != roster);
        let change = turn.change(from, actor, what)?;
        self.store.commit(&[change], changed.map(|now| (roster, now)), &[]).await
    }

    /// A moment, so that hosts that met do not meet again.
    pub(crate) async fn pause(&self) -> Result<(), Problem> {
        self.lost.fetch_add(1, Ordering::Relaxed);
        let mut byte = [0_u8];
        getrandom::fill(&mut byte).map_err(|error| Problem::Broken(error.to_string()))?;
        let [byte] = byte;
        tokio::time::sleep(Duration::from_micros(u64::from(byte) * 40)).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use ikusei::Roster;

    use super::*;
    use crate::settings::Settings;
    use crate::store::Filter;

    const FORM: &str = "submission=S&mail=M%40b.example&industry=%E5%BB%BA%E8%A8%AD%E6%A5%AD&employees=400&prefecture=%E6%9D%B1%E4%BA%AC%E9%83%BD";

    async fn desk(folder: &std::path::Path, at: Instant) -> Desk {
        let settings = Settings::new(format!("sqlite://{}?mode=rwc", folder.join("crm.db").display()), "key");
        let store = Store::open(&settings.database, true).await.unwrap();
        store.publish(0, &settings.playbook, "test", at).await.unwrap();
        store.begin_roster(&Roster::from_json(&settings.roster).unwrap()).await.unwrap();
        let live = Live::read(1, settings.playbook).unwrap();
        let links = Links { base: settings.base, key: b"key".to_vec(), sender: settings.sender };
        Desk::new(store, live, links)
    }

    /// Two hosts read one roster; it is the same member's turn for both. The second to write is sent back, and nothing of
    /// its decision is stored.
    #[tokio::test]
    async fn of_two_that_read_one_roster_the_second_to_write_is_sent_back() {
        let folder = std::env::temp_dir().join(format!("crm-desk-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let at: Instant = "2026-11-20T10:00:00+09:00".parse().unwrap();
        let [here, there] = [desk(&folder, at).await, desk(&folder, at).await];
        let live = here.live();
        let mut turns = Vec::new();
        for (desk, name) in [(&here, "a"), (&there, "b")] {
            let form = FORM.replace(['S', 'M'], name);
            let payload = live.engine.payload("contact", &form).unwrap();
            let captured = live.engine.capture("contact", &payload, at).unwrap();
            let read = desk.store.read(name).await.unwrap();
            let mut turn = Turn::new(&live.engine, &desk.links, at, Lead::new(name), read.roster);
            turn.person(&captured.people[0]).unwrap();
            assert_eq!(turn.lead.assignments[0].owner, "sato", "the same turn");
            turns.push(turn);
        }
        here.write(&turns[0], 0, 1, "here", "test").await.unwrap();
        let lost = there.write(&turns[1], 0, 1, "there", "test").await;
        assert!(matches!(lost, Err(Problem::Lost)), "{lost:?}");
        let (leads, total) = there.store.list(&Filter::default()).await.unwrap();
        assert_eq!((leads[0].id.as_str(), total), ("a", 1));
        assert!(there.store.outbox("b", false).await.unwrap().is_empty());
        assert!(there.store.deeds().await.unwrap().iter().all(|deed| deed.actor != "there"));

        // It reads again and decides again: the next in turn.
        let again = there.capture("contact", &FORM.replace(['S', 'M'], "b"), at, "there").await.unwrap();
        let id = again.people[0].lead.clone().unwrap();
        let read = there.store.read(&id).await.unwrap();
        assert_eq!(read.lead.unwrap().0.assignments[0].owner, "suzuki");
        assert_eq!(read.roster.revision, 3);
        // So with the record: whoever writes from an old revision is sent back.
        let stale = here.write(&turns[0], 0, 3, "here", "test").await;
        assert!(matches!(stale, Err(Problem::Lost)), "{stale:?}");
        here.store.close().await;
        there.store.close().await;
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
