//! One decision about one lead: the library's calls in their order, with nothing sent and nothing stored.
//!
//! Whatever comes in, the record goes through `process`; what scenarios hand over is routed at once; and everything
//! that the world is to see becomes a row of the outbox.

use std::collections::HashMap;

use ikusei::{
    Ack, AckStatus, Activity, Applied, CapturedPerson, Effect, Engine, Input, Instant, Intent, Lead, Patch,
    RenderOutcome, Response, Roster, RouteOptions, Routed, Trust, Value,
};
use indexmap::IndexMap;

use crate::problem::Problem;
use crate::secret::sign;
use crate::store::{Change, NewRow};
use crate::summary::{Summary, word};

/// Deadlines of one lead that one call catches up with.
const MAX_STEPS: usize = 100;

/// A lead while it is decided about.
#[derive(Debug)]
pub(crate) struct Turn<'e> {
    pub(crate) engine: &'e Engine,
    /// Values that every message may need, such as links.
    pub(crate) links: &'e Links,
    pub(crate) at: Instant,
    pub(crate) lead: Lead,
    pub(crate) roster: Roster,
    /// Whether there is anything to store.
    pub(crate) changed: bool,
    pub(crate) rows: Vec<NewRow>,
    pub(crate) answers: Vec<(String, &'static str)>,
    /// When nurturing is due, as the last call said.
    due: Option<Instant>,
    /// The record as it was.
    pub(crate) before: Lead,
}

/// Where messages point to.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    /// The address under which the program is reached.
    pub(crate) base: String,
    /// What unsubscribe links are signed with.
    pub(crate) key: Vec<u8>,
    /// The company that sends.
    pub(crate) sender: String,
}

impl<'e> Turn<'e> {
    pub(crate) fn new(engine: &'e Engine, links: &'e Links, at: Instant, lead: Lead, roster: Roster) -> Self {
        Self {
            engine,
            links,
            at,
            before: lead.clone(),
            lead,
            roster,
            changed: false,
            rows: Vec::new(),
            answers: Vec::new(),
            due: None,
        }
    }

    /// Takes an input, and everything that follows of it.
    pub(crate) fn input(&mut self, input: &Input) -> Result<(), Problem> {
        let lead = std::mem::replace(&mut self.lead, Lead::new(""));
        let outcome = self.engine.process(lead, input, self.at)?;
        self.lead = outcome.lead;
        self.due = outcome.next_wakeup;
        self.changed = true;
        for effect in &outcome.effects {
            self.effect(effect)?;
        }
        Ok(())
    }

    /// Facts of a person from outside. The same delivery again changes nothing.
    pub(crate) fn person(&mut self, person: &CapturedPerson) -> Result<Applied, Problem> {
        // On a copy first: `apply` knows what is new, and whether a machine did it.
        let mut judged = self.lead.clone();
        let applied = self.engine.apply(&mut judged, person);
        if !applied.changed {
            return Ok(applied);
        }
        // Everything but the log at once, so that nobody sees a lead that has its fields and not yet done what it did;
        // then the activities as inputs, because scenarios follow inputs.
        self.lead.fields.clone_from(&judged.fields);
        self.lead.identities.clone_from(&judged.identities);
        self.lead.source.clone_from(&judged.source);
        self.lead.consent.clone_from(&judged.consent);
        for activity in judged.activities().iter().filter(|known| applied.recorded.contains(&known.id)) {
            self.input(&Input::Activity(activity.clone()))?;
        }
        if applied.recorded.is_empty() {
            self.input(&Input::Patch(Patch::default()))?;
        }
        if !applied.reclassified.is_empty() {
            self.engine.reclassify(&mut self.lead);
            self.input(&Input::Patch(Patch::default()))?;
        }
        Ok(applied)
    }

    /// What time alone brings: deadlines of hand-overs, then nurturing.
    pub(crate) fn wake(&mut self) -> Result<(), Problem> {
        for _ in 0..MAX_STEPS {
            if self.deadline().is_none_or(|due| due > self.at) {
                break;
            }
            let routed = self.engine.follow_up(&self.lead, &self.roster, self.at)?;
            self.routed(routed)?;
        }
        self.input(&Input::Tick)
    }

    /// What an owner says of a hand-over.
    pub(crate) fn respond(&mut self, assignment: &str, response: &Response) -> Result<(), Problem> {
        let routed = self.engine.respond(&self.lead, &self.roster, assignment, response, self.at)?;
        self.routed(routed)?;
        // What was given back goes to the scenario that takes it.
        self.input(&Input::Tick)
    }

    /// Hands the lead over by hand.
    pub(crate) fn hand_over(&mut self, policy: Option<String>) -> Result<(), Problem> {
        let options = RouteOptions { policy, ..RouteOptions::default() };
        let routed = self.engine.route(&self.lead, &self.roster, self.at, &options)?;
        self.routed(routed)?;
        self.input(&Input::Tick)
    }

    /// What became of an effect.
    pub(crate) fn answer(&mut self, effect: &str, kind: &str, status: AckStatus) -> Result<(), Problem> {
        let said = match status {
            AckStatus::Delivered => "delivered",
            AckStatus::Bounced => "bounced",
            AckStatus::Refused => "refused",
            _ => "failed",
        };
        self.answers.push((effect.to_owned(), said));
        self.changed = true;
        match kind {
            "notice" | "hand_over" => Ok(()),
            _ => self.input(&Input::Ack(Ack { effect: effect.to_owned(), status })),
        }
    }

    /// When to look again if nothing comes in before.
    fn wakeup(&self) -> Option<Instant> {
        self.due.into_iter().chain(self.deadline()).min()
    }

    /// Activities that are new, or judged otherwise than before.
    fn news(&self) -> Vec<&Activity> {
        let before = self.before.activities().iter().map(|known| (known.id.as_str(), known.trust));
        let before: HashMap<&str, Trust> = before.collect();
        let other = |activity: &&Activity| before.get(activity.id.as_str()) != Some(&activity.trust);
        self.lead.activities().iter().filter(other).collect()
    }

    /// All of it, to be written over the record of this revision.
    pub(crate) fn change<'c>(
        &'c self,
        from: i64,
        actor: &'c str,
        what: &'c str,
    ) -> Result<Change<'c>, Problem> {
        Ok(Change {
            from,
            before: &self.before,
            lead: &self.lead,
            summary: Summary::of(self.engine, &self.lead, self.at)?,
            activities: self.news(),
            wakeup: self.wakeup(),
            rows: &self.rows,
            answers: &self.answers,
            actor,
            what,
            at: self.at,
        })
    }

    fn deadline(&self) -> Option<Instant> {
        let open = self.lead.assignments.iter().filter(|known| known.state.is_open());
        open.filter_map(|known| known.due).map(|due| due.at).min()
    }

    /// A hand-over is carried out on the spot; everything else waits in the outbox.
    fn effect(&mut self, effect: &Effect) -> Result<(), Problem> {
        let mut trouble = String::new();
        if let Intent::HandOver(hand_over) = &effect.intent {
            let options = RouteOptions { policy: hand_over.policy.clone(), ..RouteOptions::default() };
            match self.engine.route(&self.lead, &self.roster, self.at, &options) {
                Ok(routed) => return self.routed(routed),
                // What came in is not lost because nobody can take the lead now: a worker tries again.
                Err(error) => trouble = error.to_string(),
            }
        }
        let mut row = NewRow {
            effect: effect.id.clone(),
            lead: effect.lead.clone(),
            kind: "notify".to_owned(),
            recipient: String::new(),
            subject: String::new(),
            plain: String::new(),
            html: String::new(),
            intent: serde_json::to_string(effect)?,
            made: effect.at,
            until: effect.intent.gate().and_then(|gate| gate.until()),
            trouble,
        };
        match &effect.intent {
            Intent::Send(send) => {
                row.kind = "send".to_owned();
                row.recipient = send.gate.address().unwrap_or_default().to_owned();
                self.message(effect, &mut row);
            }
            Intent::Invite(invite) => {
                row.kind = "invite".to_owned();
                row.recipient = invite.gate.address().unwrap_or_default().to_owned();
                self.message(effect, &mut row);
            }
            Intent::Call(call) => {
                row.kind = "call".to_owned();
                row.recipient.clone_from(&call.queue);
                row.subject = call.script.clone().unwrap_or_default();
            }
            Intent::HandOver(hand_over) => {
                row.kind = "hand_over".to_owned();
                row.recipient = hand_over.policy.clone().unwrap_or_default();
            }
            Intent::Notify(notify) => {
                row.recipient.clone_from(&notify.to);
                row.subject = notify.text.clone().unwrap_or_default();
            }
            other => row.trouble = format!("this host does not know what to do: {other:?}"),
        }
        self.rows.push(row);
        Ok(())
    }

    /// The message is made now, so that what is sent is what was decided on.
    fn message(&self, effect: &Effect, row: &mut NewRow) {
        match self.engine.render(effect, &self.lead, &self.links.values(&self.lead)) {
            Ok(message) if message.outcome == RenderOutcome::Ready => {
                row.subject = message.subject.unwrap_or_default();
                row.plain = message.text.unwrap_or_default();
                row.html = message.html.unwrap_or_default();
            }
            Ok(message) => row.trouble = format!("no message: {}", word(&message.outcome)),
            Err(error) => row.trouble = error.to_string(),
        }
    }

    /// The lead's assignments and the roster after a hand-over, and whom to tell.
    fn routed(&mut self, routed: Routed) -> Result<(), Problem> {
        self.lead.assignments = routed.assignments;
        if let Some(roster) = routed.roster {
            self.roster = roster;
        }
        self.changed = true;
        for step in &routed.steps {
            self.rows.push(NewRow {
                effect: step.id.clone(),
                lead: self.lead.id.clone(),
                kind: "notice".to_owned(),
                recipient: step.member.clone().or_else(|| step.team.clone()).unwrap_or_default(),
                subject: step.message.ja.clone(),
                plain: format!("{}\n{}/leads/{}\n", step.message.ja, self.links.base, self.lead.id),
                html: String::new(),
                intent: serde_json::to_string(step)?,
                made: self.at,
                until: None,
                trouble: String::new(),
            });
        }
        Ok(())
    }
}

impl Links {
    /// What messages may say besides what the lead holds.
    fn values(&self, lead: &Lead) -> IndexMap<String, Value> {
        let url = format!("{}/unsubscribe/{}/{}", self.base, lead.id, sign(&self.key, &lead.id));
        let sender = [("company".to_owned(), Value::from(self.sender.as_str()))];
        [
            ("unsubscribe_url".to_owned(), Value::from(url)),
            ("sender".to_owned(), Value::Object(sender.into_iter().collect())),
        ]
        .into_iter()
        .collect()
    }
}
