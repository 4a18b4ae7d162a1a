//! The gate: every outgoing touch asks here, and nowhere else. A touch cannot be made without a [`Passed`], and only
//! this file makes one.
//!
//! | asked in this order | answer |
//! |---|---|
//! | the deadline is over | dropped |
//! | no address; suppression list, bounce; consent | refused |
//! | quiet hours, the step's window, limits on touches | not before an instant |
//! | a value is missing that the message needs | refused, or skipped |
//! | otherwise | passed |

use serde::Serialize;

use crate::base::duration::Duration;
use crate::base::time::{Instant, Zone};
use crate::capture::consent::permission;
use crate::capture::{PermissionReason, Suppression};
use crate::lead::enrolment::Touch;
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::nurturing::calendar::{Closed, Holidays, Hours, Opening, Quiet};
use crate::nurturing::policy::{CapPolicy, ClassPolicy, ConsentNeed, ZoneOf};
use crate::nurturing::template::Lacking;

/// What the playbook says of contacting leads, ready to be asked.
#[derive(Debug)]
pub(crate) struct Contact {
    pub(crate) zone: Zone,
    pub(crate) zone_field: Option<String>,
    pub(crate) holidays: Holidays,
    pub(crate) quiet: Option<(Quiet, ZoneOf)>,
    pub(crate) caps: Box<[CapPolicy]>,
    pub(crate) classes: Vec<(String, ClassPolicy)>,
    pub(crate) channels: Vec<(String, Channel)>,
    pub(crate) deadline: Option<Duration>,
}

/// A channel, ready to be asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Channel {
    pub(crate) address: Option<String>,
    pub(crate) consent: Option<String>,
}

/// A touch that somebody wants to make.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    pub(crate) channel: &'a str,
    pub(crate) class: &'a str,
    pub(crate) purpose: Option<&'a str>,
    pub(crate) window: Option<&'a Hours>,
    /// Since when it is wanted.
    pub(crate) arrived: i64,
    pub(crate) deadline: Option<Duration>,
    /// What its message needs and the lead does not have.
    pub(crate) lacking: Option<&'a Lacking>,
}

/// What the gate says.
pub(crate) enum Verdict {
    Passed(Passed),
    /// Not before an instant.
    Held(i64, Hold),
    /// Never.
    Refused(Refusal),
    /// Its message needs these merge fields, and is not sent without them.
    Skipped(Vec<String>),
    /// It waited too long.
    Dropped,
}

/// That the gate let a touch through, and on what ground.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Passed {
    channel: String,
    class: String,
    /// Where to: the value of the channel's address field.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// What the lead said.
    consent: PermissionReason,
    /// On what ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    basis: Option<String>,
    /// Until when it may be carried out: then quiet hours begin, its window closes, or its deadline is over.
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Instant>,
}

impl Passed {
    /// The channel.
    #[must_use]
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// The class.
    #[must_use]
    pub fn class(&self) -> &str {
        &self.class
    }

    /// Where to, where the playbook says which field holds it.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// Until when it may be carried out.
    #[must_use]
    pub fn until(&self) -> Option<Instant> {
        self.until
    }
}

/// What a touch waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Hold {
    /// Quiet hours.
    Quiet,
    /// The step's window.
    Window,
    /// A limit on touches.
    Cap(CapPolicy),
}

/// Why a touch is not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Refusal {
    /// What the lead said, or that the address does not work.
    Consent(PermissionReason),
    /// The address field is empty.
    NoAddress,
    /// The message needs these merge fields, which the lead does not fill.
    Missing(Vec<String>),
    /// It never opens: quiet hours, windows and limits leave no moment.
    NeverOpen,
}

/// Moments that are tried before it is said that there is none.
const MAX_TRIES: usize = 200;

impl Contact {
    /// The recipient's zone, or the playbook's where it is not known.
    pub(crate) fn zone_of(&self, lead: &Lead) -> Zone {
        let named = self.zone_field.as_ref().and_then(|field| lead.fields.get(field));
        match named {
            Some(Value::Text(name)) => Zone::parse(name).unwrap_or(self.zone),
            _ => self.zone,
        }
    }

    pub(crate) fn class(&self, name: &str) -> Option<ClassPolicy> {
        self.classes.iter().find(|(known, _)| known == name).map(|(_, class)| *class)
    }

    fn channel(&self, name: &str) -> Option<&Channel> {
        self.channels.iter().find(|(known, _)| known == name).map(|(_, channel)| channel)
    }

    /// The one decision on whether, and when, a touch may be made.
    pub(crate) fn ask(
        &self,
        lead: &Lead,
        touches: &[Touch],
        list: Option<&Suppression>,
        request: &Request<'_>,
        at: i64,
    ) -> Verdict {
        let over = request.deadline.or(self.deadline).map(|deadline| request.arrived + deadline.micros());
        if over.is_some_and(|over| at >= over) {
            return Verdict::Dropped;
        }
        // INVARIANT: the compiler refuses classes that are not declared.
        let class = self.class(request.class).unwrap_or(ClassPolicy {
            consent: ConsentNeed::Granted,
            quiet: true,
            capped: true,
        });
        let channel = self.channel(request.channel);
        let address = match channel.and_then(|channel| channel.address.as_ref()) {
            None => None,
            Some(field) => match lead.fields.get(field) {
                Some(Value::Text(address)) if !address.is_empty() => Some(address.as_str()),
                _ => return Verdict::Refused(Refusal::NoAddress),
            },
        };
        let consented = channel.and_then(|channel| channel.consent.as_deref()).unwrap_or(request.channel);
        let said = permission(lead, consented, request.purpose, address, list);
        let allowed = match (class.consent, said.because) {
            (_, PermissionReason::SuppressionList | PermissionReason::Bounce) => false,
            (ConsentNeed::Granted, _) => said.allowed,
            (ConsentNeed::NotDenied, reason) => {
                !matches!(reason, PermissionReason::Denied | PermissionReason::Complaint)
            }
            (ConsentNeed::Nothing, _) => true,
        };
        if !allowed {
            return Verdict::Refused(Refusal::Consent(said.because));
        }

        let zone = self.zone_of(lead);
        let quiet = self
            .quiet
            .as_ref()
            .filter(|_| class.quiet)
            .map(|(quiet, of)| (quiet, if *of == ZoneOf::Recipient { zone } else { self.zone }));
        let opening =
            Opening { holidays: &self.holidays, quiet, window: request.window.map(|window| (window, zone)) };
        match self.first(&opening, touches, request, class, at) {
            None => Verdict::Refused(Refusal::NeverOpen),
            Some((first, Some(hold))) => Verdict::Held(over.map_or(first, |over| first.min(over)), hold),
            Some((_, None)) => {
                // Asked last: what is missing may come in while the touch waits.
                if let Some(lacking) = request.lacking {
                    let fields = lacking.fields.clone();
                    return if lacking.skip {
                        Verdict::Skipped(fields)
                    } else {
                        Verdict::Refused(Refusal::Missing(fields))
                    };
                }
                let until = [opening.next_closed(at), over].into_iter().flatten().min();
                Verdict::Passed(Passed {
                    channel: request.channel.to_owned(),
                    class: request.class.to_owned(),
                    address: address.map(str::to_owned),
                    consent: said.because,
                    basis: said.basis,
                    until: until.and_then(Instant::from_micros),
                })
            }
        }
    }

    /// The first instant from `at` on at which nothing holds it, with what holds it at `at`.
    fn first(
        &self,
        opening: &Opening<'_>,
        touches: &[Touch],
        request: &Request<'_>,
        class: ClassPolicy,
        at: i64,
    ) -> Option<(i64, Option<Hold>)> {
        let mut hold = opening.closed(at).map(|closed| match closed {
            Closed::Quiet => Hold::Quiet,
            Closed::Window => Hold::Window,
        });
        let mut first = at;
        for _ in 0..MAX_TRIES {
            let open = opening.next_open(first)?;
            match self
                .caps
                .iter()
                .filter_map(|cap| self.free(cap, touches, request, class, open))
                .max_by_key(|(at, _)| *at)
            {
                None => return Some((open, hold)),
                Some((free, cap)) => {
                    hold.get_or_insert_with(|| Hold::Cap(cap.clone()));
                    first = free;
                }
            }
        }
        None
    }

    /// When a limit that is reached at an instant lets the next touch through; nothing if it does so then.
    fn free<'c>(
        &self,
        cap: &'c CapPolicy,
        touches: &[Touch],
        request: &Request<'_>,
        class: ClassPolicy,
        at: i64,
    ) -> Option<(i64, &'c CapPolicy)> {
        let limits = match &cap.class {
            Some(limited) => limited == request.class,
            None => class.capped,
        };
        if !limits || cap.channel.as_ref().is_some_and(|channel| channel != request.channel) {
            return None;
        }
        let counted = |touch: &&Touch| {
            let of_class = match &cap.class {
                Some(limited) => *limited == touch.class,
                None => self.class(&touch.class).is_none_or(|class| class.capped),
            };
            touch.status.counts()
                && of_class
                && cap.channel.as_ref().is_none_or(|channel| *channel == touch.channel)
        };
        let per = cap.per.micros();
        let mut ends: Vec<i64> = touches
            .iter()
            .filter(counted)
            .map(|touch| touch.at.micros() + per)
            .filter(|end| *end > at)
            .collect();
        ends.sort_unstable();
        let n = usize::try_from(cap.n).unwrap_or(usize::MAX);
        let over = ends.len().checked_sub(n)?;
        // INVARIANT: the compiler refuses limits of zero, so `over` is below the number of touches.
        ends.get(over).map(|end| (*end, cap))
    }
}
