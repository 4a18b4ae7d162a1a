//! How many messages a scenario can send one lead within a time, beside what the contact policy lets through.

use std::collections::HashMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::nurturing::CapPolicy;
use crate::nurturing::compile::Nurturing;
use crate::nurturing::flow::{Flow, NodeKind, Wait};
use crate::nurturing::gate::Contact;
use crate::scoring::compile::escape;
use crate::trust::lint::Linter;
use crate::trust::lint::openings::Openings;

const DAY: i64 = 86_400_000_000;
/// By which clocks are set, at most.
const SHIFT: i64 = DAY / 12;
/// A flow with more places and times to be at than this is not counted through.
const MOST_STATES: usize = 20_000;

impl Linter<'_> {
    pub(super) fn load(&mut self) {
        let nurturing = &self.compiled.nurturing;
        let mut found = Vec::new();
        for scenario in &nurturing.scenarios {
            let (flow, openings) = (&scenario.flow, &self.openings(scenario));
            let most = Load { nurturing, flow, openings, cap: None, per: 7 * DAY }.most();
            if let Some(most) = most {
                self.messages.insert(scenario.name.clone(), most);
            }
            for (index, cap) in nurturing.contact.caps.iter().enumerate() {
                let per = cap.per.micros();
                let load = Load { nurturing, flow, openings, cap: Some(cap), per };
                if let Some(most) = load.most().filter(|most| *most > cap.n) {
                    found.push((&scenario.name, index, cap, most));
                }
            }
        }
        for (name, index, cap, most) in found {
            let of = match (&cap.class, &cap.channel) {
                (Some(class), Some(channel)) => format!(" of class `{class}` by `{channel}`"),
                (Some(class), None) => format!(" of class `{class}`"),
                (None, Some(channel)) => format!(" by `{channel}`"),
                (None, None) => String::new(),
            };
            let message = format!(
                "scenario `{name}` can send a lead {most} messages{of} within {}, and the contact policy lets {} through",
                cap.per, cap.n
            );
            let diagnostic = Diagnostic::warning(Code::TooManyMessages, message)
                .at(format!("/scenarios/{}", escape(name)))
                .with_help("put waits between the messages, or raise the limit: what is too much comes late, or is dropped at its deadline")
                .with_related("the limit is here", format!("/contact_policy/at_most/{index}"));
            self.find(diagnostic, None);
        }
    }
}

/// The messages of one flow within a length of time.
struct Load<'a> {
    nurturing: &'a Nurturing,
    flow: &'a Flow,
    openings: &'a Openings,
    /// The limit that has to count them; all messages, if absent.
    cap: Option<&'a CapPolicy>,
    per: i64,
}

impl Load<'_> {
    /// The most that can fall into the time, wherever it begins; nothing if there are too many ways to count.
    fn most(&self) -> Option<u32> {
        let mut known = HashMap::new();
        let mut most = 0;
        for start in 0..self.flow.nodes.len() {
            if self.openings.reached.get(start) == Some(&true) && self.touches(start) > 0 {
                most = most.max(self.from(Some(start), 0, &mut known));
            }
        }
        (known.len() <= MOST_STATES).then_some(most)
    }

    /// The most messages from a step on, so long after the time began.
    fn from(&self, node: Option<usize>, elapsed: i64, known: &mut HashMap<(usize, i64), u32>) -> u32 {
        let Some(number) = node.filter(|_| elapsed < self.per && known.len() <= MOST_STATES) else {
            return 0;
        };
        if let Some(most) = known.get(&(number, elapsed)) {
            return *most;
        }
        let Some(node) = self.flow.nodes.get(number) else { return 0 };
        let own = self.touches(number);
        let most = match &node.kind {
            NodeKind::Wait(wait) => self.wait(number, wait, elapsed, 0, known),
            NodeKind::Branch(arms) => {
                let taken = self.openings.taken(number, arms, node.next);
                taken.map(|target| self.from(target, elapsed, known)).max().unwrap_or(0)
            }
            NodeKind::Split(split) => {
                let arms = split.arms.iter().filter(|(_, share, _)| *share > 0);
                arms.map(|(.., target)| self.from(*target, elapsed, known)).max().unwrap_or(0)
            }
            NodeKind::Move(_) | NodeKind::Exit => 0,
            // An invitation that is refused for want of seats is none.
            NodeKind::Invite(_) => {
                let after = node.next.and_then(|next| Some((next, &self.flow.nodes.get(next)?.kind)));
                match after {
                    Some((next, NodeKind::Wait(wait))) if wait.refused.is_some() => {
                        self.wait(next, wait, elapsed, own, known)
                    }
                    _ => own + self.from(node.next, elapsed, known),
                }
            }
            _ => own + self.from(node.next, elapsed, known),
        };
        known.insert((number, elapsed), most);
        most
    }

    /// The same from a wait on, after so many messages that count unless there was no seat.
    fn wait(
        &self,
        number: usize,
        wait: &Wait,
        elapsed: i64,
        before: u32,
        known: &mut HashMap<(usize, i64), u32>,
    ) -> u32 {
        let mut most = before;
        let (met, timed) = self.openings.ends(number);
        if met {
            most = most.max(before + self.from(wait.met, elapsed, known));
        }
        if let Some((_, full)) = &wait.refused {
            most = most.max(self.from(*full, elapsed, known));
        }
        if timed {
            let later = elapsed.saturating_add(least(wait));
            most = most.max(before + self.from(wait.timed_out, later, known));
        }
        most
    }

    /// How many messages a step is that count: one or none.
    fn touches(&self, number: usize) -> u32 {
        let Some(node) = self.flow.nodes.get(number) else { return 0 };
        let template = |name: &String| {
            let template = self.nurturing.templates.get(name);
            template.is_some_and(|template| {
                counts(&self.nurturing.contact, self.cap, &template.class, &template.channel)
            })
        };
        let counted = match &node.kind {
            NodeKind::Send(send) => send.templates.iter().any(template),
            NodeKind::Invite(invite) => template(&invite.template),
            NodeKind::Call(call) => counts(&self.nurturing.contact, self.cap, &call.class, "phone"),
            _ => false,
        };
        u32::from(counted)
    }
}

/// How long a wait takes at least that ends by time.
fn least(wait: &Wait) -> i64 {
    let calendar = &wait.calendar;
    let days = calendar.business_days.map_or(0, i64::from);
    let business = match calendar.at {
        _ if days == 0 => 0,
        // From the last moment of a day to that time of the last of so many days.
        Some(at) => (days - 1) * DAY + at.micros() - SHIFT,
        None if calendar.day.is_some() || calendar.days.is_some() => (days - 1) * DAY - SHIFT,
        None => days * DAY - SHIFT,
    };
    wait.length.map_or(0, |length| length.micros()).max(business).max(0)
}

/// Whether a limit counts messages of a class by a channel; without a limit everything counts.
fn counts(contact: &Contact, cap: Option<&CapPolicy>, class: &str, channel: &str) -> bool {
    let Some(cap) = cap else { return true };
    let of_class = match &cap.class {
        Some(limited) => limited == class,
        None => contact.class(class).is_none_or(|class| class.capped),
    };
    of_class && cap.channel.as_ref().is_none_or(|limited| limited == channel)
}
