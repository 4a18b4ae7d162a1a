//! The inbox: what webhooks bring is stored and answered first, and decided on afterwards, in its order.
//!
//! Many requests share one transaction: while one is being written, the next ones gather. Decisions share transactions
//! as well, and an event leaves the inbox in the transaction of what was decided on it: it is decided on once, however
//! often the program is killed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use ikusei::{CapturedPerson, Instant, Lead, LeadIdentity};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::desk::{Desk, Live};
use crate::problem::Problem;
use crate::secret::random;
use crate::store::{Event, Store};
use crate::turn::Turn;
use crate::{Crm, LONGEST, note};

/// So many requests gather for the next transaction; who comes then is told to come again.
const GATHERED: usize = 1024;
/// So many events are looked at together.
const EVENTS: i64 = 512;
/// So many leads are written in one transaction, which whoever accepts events waits for.
const LEADS: usize = 24;

/// The way into the inbox.
#[derive(Debug)]
pub(crate) struct Inbox {
    gathered: mpsc::Sender<Arrival>,
    /// About how many events wait; counted where it matters.
    waiting: AtomicI64,
    /// Rung when there are new ones.
    bell: Arc<Notify>,
}

/// An event, and who waits until it is stored.
#[derive(Debug)]
struct Arrival {
    event: Event,
    stored: oneshot::Sender<Result<(), Problem>>,
}

impl Inbox {
    pub(crate) async fn open(store: Store) -> Result<Self, Problem> {
        let (gathered, arrivals) = mpsc::channel(GATHERED);
        let waiting = AtomicI64::new(store.inbox().await?.0);
        let bell = Arc::new(Notify::new());
        tokio::spawn(write(store, random()?, arrivals, Arc::clone(&bell)));
        Ok(Self { gathered, waiting, bell })
    }

    async fn accept(&self, event: Event) -> Result<(), Problem> {
        let (stored, answer) = oneshot::channel();
        self.gathered.try_send(Arrival { event, stored }).map_err(|_| Problem::Busy)?;
        answer.await.map_err(|_| Problem::Broken("nobody writes the inbox any more".to_owned()))??;
        self.waiting.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}

/// Writes what has gathered, and again, until nobody is left who could bring anything.
async fn write(store: Store, host: String, mut arrivals: mpsc::Receiver<Arrival>, bell: Arc<Notify>) {
    let (mut batch, mut last) = (Vec::new(), 0);
    while arrivals.recv_many(&mut batch, GATHERED).await > 0 {
        for Arrival { event, .. } in &mut batch {
            last = event.received.micros().max(last + 1);
            event.number = last;
            event.host.clone_from(&host);
        }
        let events: Vec<&Event> = batch.iter().map(|arrival| &arrival.event).collect();
        let stored = store.put_events(&events).await;
        let why = stored.err().map(|problem| problem.to_string());
        for arrival in batch.drain(..) {
            // Whoever has gone needs no answer: an event that was stored stays stored.
            let _ = arrival.stored.send(why.clone().map_or(Ok(()), |why| Err(Problem::Broken(why))));
        }
        bell.notify_one();
    }
}

impl Crm {
    /// Takes what a webhook brought. When this returns it is stored, and will be decided on.
    pub(crate) async fn accept(&self, mapping: &str, body: &str) -> Result<(), Problem> {
        // What nobody could ever read is refused while its sender listens.
        holds_no_nul(body)?;
        self.desk.live().engine.payload(mapping, body)?;
        if self.inbox.waiting.load(Ordering::Relaxed) >= self.settings.waiting {
            // Other hosts decide on events of this one: now is the time to count.
            let (waiting, _) = self.desk.store.inbox().await?;
            self.inbox.waiting.store(waiting, Ordering::Relaxed);
            if waiting >= self.settings.waiting {
                return Err(Problem::Busy);
            }
        }
        let (mapping, body) = (mapping.to_owned(), body.to_owned());
        let received = self.clock.now();
        self.inbox.accept(Event { number: 0, host: String::new(), mapping, body, received }).await
    }

    /// Decides on what waits in the inbox now, and says how many events that were.
    ///
    /// # Errors
    /// [`Problem::Broken`] where the database is.
    pub async fn decide(&self) -> Result<usize, Problem> {
        let (mut decided, mut most) = (0, LEADS);
        loop {
            match self.desk.decide(self.clock.now(), most).await {
                Ok(0) => return Ok(decided),
                Ok(number) => {
                    decided += number;
                    most = LEADS;
                    let number = i64::try_from(number).unwrap_or(i64::MAX);
                    self.inbox.waiting.fetch_sub(number, Ordering::Relaxed);
                }
                // Somebody was quicker with one of the leads: the fewer there are, the likelier it works.
                Err(Problem::Lost | Problem::Stale) => {
                    most = most.div_ceil(4);
                    self.desk.pause().await?;
                }
                Err(problem) => return Err(problem),
            }
        }
    }

    /// Decides on whatever comes into the inbox, for ever.
    pub async fn decide_on(&self) {
        loop {
            let wait = match self.decide().await {
                Ok(_) => LONGEST,
                Err(problem) => {
                    note(&format!("inbox: {problem}"));
                    Duration::from_secs(1)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.inbox.bell.notified() => {}
            }
        }
    }
}

/// PostgreSQL holds no NUL in texts, however it is written: it is refused at the door, on every database.
pub(crate) fn holds_no_nul(body: &str) -> Result<(), Problem> {
    let held = ["\0", "%00", "\\u0000"].iter().any(|nul| body.contains(nul));
    if held { Err(Problem::Bad("a text may not hold NUL".to_owned())) } else { Ok(()) }
}

/// What some events say of one lead, in their order.
struct Share {
    lead: String,
    new: bool,
    /// Each with the place of its event.
    people: Vec<(usize, CapturedPerson)>,
}

impl Desk {
    /// Decides on the events that have waited longest, the events of one lead in one turn and some leads in one
    /// transaction, and says how many those were.
    ///
    /// # Errors
    /// [`Problem::Lost`] or [`Problem::Stale`] where the rest has to be looked at again.
    async fn decide(&self, at: Instant, most: usize) -> Result<usize, Problem> {
        let events = self.store.events(EVENTS).await?;
        let live = self.live();
        let shares = self.shares(&live, &events, at).await?;
        // An event leaves with the last lead that it tells of; one that tells of nobody, at once.
        let mut last: Vec<Option<usize>> = vec![None; events.len()];
        for (number, share) in shares.iter().enumerate() {
            for (place, _) in &share.people {
                if let Some(last) = last.get_mut(*place) {
                    *last = Some(number);
                }
            }
        }
        let leaves = |when: &dyn Fn(Option<usize>) -> bool| -> Vec<&Event> {
            events.iter().zip(&last).filter(|(_, last)| when(**last)).map(|(event, _)| event).collect()
        };
        let idle = leaves(&|last| last.is_none());
        if !idle.is_empty() {
            self.store.commit(&[], None, &idle).await?;
        }
        for (number, some) in shares.chunks(most).enumerate() {
            let these = number * most..(number + 1) * most;
            let done = leaves(&|last| last.is_some_and(|last| these.contains(&last)));
            self.settle(&live, some, &events, &done, at).await?;
        }
        Ok(events.len())
    }

    /// Whom events tell of.
    async fn shares(&self, live: &Live, events: &[Event], at: Instant) -> Result<Vec<Share>, Problem> {
        let mut shares: Vec<Share> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut known: HashMap<(String, String), String> = HashMap::new();
        let mut stones = None;
        let key = |known: &LeadIdentity| (known.kind.clone(), known.value.clone());
        for (place, event) in events.iter().enumerate() {
            let engine = &live.engine;
            let payload = engine.payload(&event.mapping, &event.body);
            let captured =
                payload.and_then(|payload| engine.capture(&event.mapping, &payload, event.received));
            let captured = match captured {
                Ok(captured) => captured,
                Err(error) => return self.put_aside(event, &error.into(), at).await,
            };
            for person in captured.people.into_iter().filter(|person| !person.identities.is_empty()) {
                let met = person.identities.iter().find_map(|one| known.get(&key(one))).cloned();
                let found = match met {
                    Some(lead) => Some(lead),
                    None => self.store.find(&person.identities).await?,
                };
                let new = found.is_none();
                if new && stones.is_none() {
                    stones = Some(self.store.tombstones().await?);
                }
                if let Some(stones) = stones.as_deref().filter(|_| new)
                    && engine.forgotten(stones, None, &person.identities).is_some()
                {
                    continue;
                }
                let lead = found.map_or_else(random, Ok)?;
                for one in &person.identities {
                    known.entry(key(one)).or_insert_with(|| lead.clone());
                }
                let share = *places.entry(lead.clone()).or_insert(shares.len());
                match shares.get_mut(share) {
                    Some(share) => share.people.push((place, person)),
                    None => shares.push(Share { lead, new, people: vec![(place, person)] }),
                }
            }
        }
        Ok(shares)
    }

    /// Decides on some leads, and writes it with the events that are done by it.
    async fn settle(
        &self,
        live: &Live,
        shares: &[Share],
        events: &[Event],
        done: &[&Event],
        at: Instant,
    ) -> Result<(), Problem> {
        // Decisions about single leads of this host that lost once wait meanwhile, and so does this one for them.
        let _place = self.line.lock().await;
        let mut roster = self.store.roster().await?.unwrap_or_default();
        let began = roster.revision;
        let mut turns = Vec::with_capacity(shares.len());
        for share in shares {
            let (lead, from) = match self.store.record(&share.lead).await? {
                Some(read) => read,
                None if share.new => (Lead::new(&share.lead), 0),
                // Forgotten a moment ago.
                None => return Err(Problem::Lost),
            };
            let mut turn = Turn::new(&live.engine, self.links(), at, lead, roster);
            for (place, person) in &share.people {
                if let (Err(problem), Some(event)) = (turn.person(person), events.get(*place)) {
                    return self.put_aside(event, &problem, at).await;
                }
            }
            roster = turn.roster.clone();
            turns.push((turn, from));
        }
        let changed = turns.iter().filter(|(turn, _)| turn.changed);
        let changes = changed.map(|(turn, from)| turn.change(*from, "hook", "capture"));
        let changes = changes.collect::<Result<Vec<_>, _>>()?;
        let swap = Some(&roster).filter(|roster| roster.revision != began);
        self.store.commit(&changes, swap.map(|roster| (began, roster)), done).await?;
        self.bell.notify_waiters();
        Ok(())
    }

    /// An event that cannot be decided on keeps nobody waiting: the others are looked at again without it.
    async fn put_aside<T>(&self, event: &Event, problem: &Problem, at: Instant) -> Result<T, Problem> {
        self.store.put_aside(event, &problem.to_string(), at).await?;
        Err(Problem::Lost)
    }
}
