//! Lives of leads in scenarios, call by call, and what was seen of them.

use std::collections::{BTreeSet, HashSet};

use ikusei::{
    Ack, AckStatus, Activity, ChangeKind, Engine, EnrolmentStatus, Input, Instant, Intent, Lead, Manual,
    Outcome, Patch, Value,
};
use ikusei_tests::generate::Random;

const HOUR: i64 = 3_600_000_000;

/// A message that was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    id: String,
    /// Scenario and passage.
    pub(crate) passage: (String, u32),
    pub(crate) at: i64,
    pub(crate) class: String,
    pub(crate) channel: String,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Marks that a lead came by.
    pub(crate) marks: BTreeSet<String>,
    /// Marks in order, with when, and the campaigns of the lead.
    pub(crate) trail: Vec<(String, i64, Vec<String>)>,
    /// Scenarios that leads were enrolled in, with what enrolled them.
    pub(crate) enrolled: BTreeSet<(String, String)>,
    pub(crate) ended: HashSet<(String, EnrolmentStatus)>,
    pub(crate) sent: Vec<Sent>,
}

/// How a lead lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// It does nothing.
    Still,
    /// It does everything that may be waited for, at once.
    Eager,
    /// Now this, now that, and what is known of it changes.
    Restless,
}

/// One lead under way.
pub(crate) struct Life<'a> {
    engine: &'a Engine,
    lead: Lead,
    at: i64,
    wakeup: Option<Instant>,
    number: usize,
    pub(crate) seen: Seen,
}

impl<'a> Life<'a> {
    pub(crate) fn new(engine: &'a Engine, lead: Lead, at: &str) -> Self {
        let at = at.parse::<Instant>().unwrap().micros();
        Self { engine, lead, at, wakeup: None, number: 0, seen: Seen::default() }
    }

    /// Takes an input, and answers what comes of it: what is sent arrives, invitations as `seats` says.
    pub(crate) fn take(&mut self, input: &Input, seats: bool) -> Outcome {
        let at = Instant::from_micros(self.at).unwrap();
        let outcome = self.engine.process(self.lead.clone(), input, at).unwrap();
        self.lead = outcome.lead.clone();
        self.wakeup = outcome.next_wakeup;
        self.note(&outcome);
        for effect in &outcome.effects {
            let status = match &effect.intent {
                Intent::Invite(_) if !seats => AckStatus::Refused,
                Intent::Notify(_) | Intent::HandOver(_) => continue,
                _ => AckStatus::Delivered,
            };
            if status == AckStatus::Refused {
                self.seen.sent.retain(|sent| sent.id != effect.id);
            }
            let ack: Ack =
                serde_json::from_value(serde_json::json!({ "effect": effect.id, "status": status })).unwrap();
            self.take(&Input::Ack(ack), seats);
        }
        outcome
    }

    fn note(&mut self, outcome: &Outcome) {
        let campaigns: Vec<String> =
            outcome.lead.campaigns.iter().map(|membership| membership.campaign.clone()).collect();
        for effect in &outcome.effects {
            let gate = match &effect.intent {
                Intent::Send(send) => &send.gate,
                Intent::Call(call) => &call.gate,
                Intent::Invite(invite) => &invite.gate,
                Intent::Notify(notify) => {
                    self.seen.marks.insert(notify.to.clone());
                    self.seen.trail.push((notify.to.clone(), effect.at.micros(), campaigns.clone()));
                    continue;
                }
                _ => continue,
            };
            self.seen.sent.push(Sent {
                id: effect.id.clone(),
                passage: (effect.scenario.clone(), effect.enrolment),
                at: effect.at.micros(),
                class: gate.class().to_owned(),
                channel: gate.channel().to_owned(),
            });
        }
        for change in &outcome.changes {
            let scenario = change.scenario.clone().unwrap_or_default();
            match &change.what {
                ChangeKind::Enrolled { because, .. } => {
                    self.seen.enrolled.insert((scenario, because.clone()));
                }
                ChangeKind::Ended(status) => {
                    self.seen.ended.insert((scenario, *status));
                }
                _ => {}
            }
        }
    }

    pub(crate) fn enrol(&mut self, scenario: &str) -> Outcome {
        self.take(&manual(scenario), true)
    }

    pub(crate) fn act(&mut self, kind: &str, url: &str) -> Outcome {
        self.number += 1;
        let at = Instant::from_micros(self.at).unwrap();
        let mut activity = Activity::new(format!("act-{}", self.number), kind, at);
        activity.properties.insert("url".to_owned(), Value::Text(url.to_owned()));
        self.take(&Input::Activity(activity), true)
    }

    /// Goes on for a while.
    pub(crate) fn go_on(&mut self, style: Style, random: &mut Random) {
        for _ in 0..24 {
            match style {
                Style::Still => {}
                Style::Eager => {
                    for (kind, url) in [("view", "/a"), ("click", "")] {
                        self.act(kind, url);
                    }
                }
                Style::Restless => self.fidget(random),
            }
            let Some(wakeup) = self.wakeup else {
                if style == Style::Still {
                    return;
                }
                continue;
            };
            self.at = wakeup.micros();
            self.take(&Input::Tick, style == Style::Eager || random.chance(50));
        }
    }

    fn fidget(&mut self, random: &mut Random) {
        if random.chance(40) {
            return;
        }
        self.at += HOUR * random.whole(0, 30);
        match random.below(4) {
            0 => drop(self.act("view", random.pick(&["/a", "/b"]))),
            1 => drop(self.act("click", "")),
            _ => {
                let (name, value) = match random.below(3) {
                    0 => ("size", random.pick(&[Value::Null, Value::Int(3), Value::Int(4), Value::Int(5)])),
                    1 => ("hot", random.pick(&[Value::Null, Value::Bool(true), Value::Bool(false)])),
                    _ => {
                        let text = |text: &str| Value::Text(text.to_owned());
                        ("kind", random.pick(&[Value::Null, text("a"), text("b")]))
                    }
                };
                let mut patch = Patch::default();
                patch.fields.insert(name.to_owned(), value);
                self.take(&Input::Patch(patch), random.chance(50));
            }
        }
    }
}

pub(crate) fn manual(scenario: &str) -> Input {
    let manual: Manual = serde_json::from_value(serde_json::json!({ "scenario": scenario })).unwrap();
    Input::Enrol(manual)
}
