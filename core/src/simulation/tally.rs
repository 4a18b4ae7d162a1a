//! What is counted while leads live. Counts of several leads add up, in any order.

use std::collections::HashMap;

use indexmap::IndexMap;
use rustc_hash::FxBuildHasher;

use crate::base::time::{Instant, Period, Zone};
use crate::engine::Engine;
use crate::lead::enrolment::{Enrolment, EnrolmentStatus, TouchStatus};
use crate::lead::record::Lead;
use crate::nurturing::compile::Nurturing;
use crate::nurturing::diagram::StepCounts;
use crate::nurturing::flow::NodeKind;
use crate::nurturing::{Change, ChangeKind, Effect, Hold, Input, Intent, Outcome, Refusal};
use crate::simulation::life::Witness;
use crate::simulation::request::SimulationPeriod;

/// What a number is of. The names beside it say which: `""` where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Board {
    /// What, channel; by period.
    Effects,
    /// Who, what; by period.
    Work,
    /// Scenario, how it stands; by period.
    Passages,
    /// Channel, what became of it.
    Channels,
    /// Template, version, what became of it.
    Templates,
    /// Seminar, what became of the invitation.
    Seats,
    /// What the gate said, why.
    Gate,
    /// Scenario, step.
    Touches,
    /// Scenario: under way when it began.
    Before,
    /// Scorecard, rank: when it ended.
    Ranks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    board: Board,
    /// The first day of the period.
    day: i64,
    names: [u32; 3],
}

/// Counts of some leads.
pub(super) struct Tally<'e> {
    nurturing: &'e Nurturing,
    zone: Zone,
    per: SimulationPeriod,
    names: Names,
    counts: HashMap<Key, u64, FxBuildHasher>,
    pub(super) steps: IndexMap<String, StepCounts>,
    pub(super) leads: u64,
    pub(super) calls: u64,
    pub(super) warnings: u64,
    /// Leads that could not be simulated, by the code that says why.
    pub(super) left_out: HashMap<&'static str, u64, FxBuildHasher>,
    /// Of the present lead: its touches with template, version, channel and seminar.
    made: HashMap<String, [u32; 4], FxBuildHasher>,
}

/// Names and their numbers.
#[derive(Default)]
struct Names {
    numbers: HashMap<Box<str>, u32, FxBuildHasher>,
    texts: Vec<Box<str>>,
}

impl Names {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(text.into(), number);
        self.texts.push(text.into());
        number
    }

    fn text(&self, number: u32) -> &str {
        usize::try_from(number).ok().and_then(|number| self.texts.get(number)).map_or("", |text| text)
    }
}

/// One number, with the names beside it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Count<'t> {
    pub(super) day: i64,
    pub(super) names: [&'t str; 3],
    pub(super) count: u64,
}

impl<'e> Tally<'e> {
    pub(super) fn new(engine: &'e Engine, per: SimulationPeriod) -> Self {
        let nurturing = &engine.compiled.nurturing;
        let steps = nurturing.scenarios.iter();
        Self {
            nurturing,
            zone: engine.compiled.zone,
            per,
            names: Names::default(),
            counts: HashMap::default(),
            steps: steps.map(|scenario| (scenario.name.clone(), StepCounts::of(scenario))).collect(),
            leads: 0,
            calls: 0,
            warnings: 0,
            left_out: HashMap::default(),
            made: HashMap::default(),
        }
    }

    /// A lead begins to live.
    pub(super) fn begin(&mut self, lead: &Lead) {
        self.leads += 1;
        self.made.clear();
        for own in lead.enrolments.iter().filter(|own| own.status == EnrolmentStatus::Active) {
            self.add(Board::Before, 0, [&own.scenario, "", ""]);
        }
    }

    /// Its time is over.
    pub(super) fn end(&mut self, lead: &Lead) {
        for own in lead.enrolments.iter().filter(|own| own.status == EnrolmentStatus::Active) {
            self.passage(own, EnrolmentStatus::Active);
        }
        for (card, standing) in &lead.standing {
            self.add(Board::Ranks, 0, [card, standing.rank.as_deref().unwrap_or_default(), ""]);
        }
    }

    /// It could not be simulated: what was counted of it so far stays out of no table, so that numbers add up.
    pub(super) fn leave_out(&mut self, code: &'static str) {
        *self.left_out.entry(code).or_default() += 1;
    }

    /// The counts of other leads besides.
    pub(super) fn merge(&mut self, other: &Tally<'_>) {
        for (key, count) in &other.counts {
            let names = key.names.map(|number| self.names.number(other.names.text(number)));
            *self.counts.entry(Key { names, ..*key }).or_default() += count;
        }
        for (scenario, counts) in &other.steps {
            self.steps.entry(scenario.clone()).or_default().merge(counts);
        }
        self.leads += other.leads;
        self.calls += other.calls;
        self.warnings += other.warnings;
        for (code, count) in &other.left_out {
            *self.left_out.entry(code).or_default() += count;
        }
    }

    /// All numbers of one kind, in the order of periods and names.
    pub(super) fn of(&self, board: Board) -> Vec<Count<'_>> {
        let own = self.counts.iter().filter(|(key, _)| key.board == board);
        let mut counts: Vec<Count<'_>> = own
            .map(|(key, count)| Count {
                day: key.day,
                names: key.names.map(|number| self.names.text(number)),
                count: *count,
            })
            .collect();
        counts.sort_unstable();
        counts
    }

    /// The seats of a seminar: the most that a step says.
    pub(super) fn capacity(&self, event: &str) -> Option<u64> {
        let nodes = self.nurturing.scenarios.iter().flat_map(|scenario| &scenario.flow.nodes);
        let seats = nodes.filter_map(|node| match &node.kind {
            NodeKind::Invite(invite) if invite.event == event => invite.capacity,
            _ => None,
        });
        seats.max().map(u64::from)
    }

    fn add(&mut self, board: Board, day: i64, names: [&str; 3]) {
        let names = names.map(|name| self.names.number(name));
        *self.counts.entry(Key { board, day, names }).or_default() += 1;
    }

    /// The first day of the period of an instant.
    fn day(&self, at: Instant) -> i64 {
        let day = self.zone.period(at.micros(), Period::Day);
        match self.per {
            SimulationPeriod::Day => day,
            // 1970-01-01 was a Thursday: three days after a Monday.
            SimulationPeriod::Week => (day + 3).div_euclid(7) * 7 - 3,
            SimulationPeriod::Month => {
                use chrono::Datelike;
                let local = Instant::from_micros(self.zone.local_micros(at.micros())).unwrap_or(at);
                day - i64::from(local.to_datetime().day0())
            }
        }
    }

    fn effect(&mut self, effect: &Effect) {
        let day = self.day(effect.at);
        let channel = effect.intent.gate().map_or("", |gate| gate.channel());
        let (what, template, version, event) = match &effect.intent {
            Intent::Send(send) => ("send", send.template.as_str(), send.version.as_deref(), ""),
            Intent::Call(call) => {
                self.add(Board::Work, day, [&call.queue, "call", ""]);
                ("call", "", None, "")
            }
            Intent::Invite(invite) => {
                self.add(Board::Seats, 0, [&invite.event, "invited", ""]);
                ("invite", invite.template.as_str(), invite.version.as_deref(), invite.event.as_str())
            }
            Intent::Notify(notify) => {
                self.add(Board::Work, day, [&notify.to, "notify", ""]);
                ("notify", "", None, "")
            }
            Intent::HandOver(over) => {
                self.add(Board::Work, day, [over.policy.as_deref().unwrap_or_default(), "hand_over", ""]);
                ("hand_over", "", None, "")
            }
        };
        let version = version.unwrap_or_default();
        self.add(Board::Effects, day, [what, channel, ""]);
        if effect.intent.gate().is_some() {
            self.add(Board::Touches, 0, [&effect.scenario, &effect.step, ""]);
            self.add(Board::Channels, 0, [channel, "made", ""]);
        }
        if !template.is_empty() {
            self.add(Board::Templates, 0, [template, version, "sent"]);
        }
        let names = [template, version, channel, event].map(|name| self.names.number(name));
        self.made.insert(effect.id.clone(), names);
    }

    /// What became of an effect: counted by its template, channel and seminar.
    fn became(&mut self, effect: &str, what: &str, answered: bool) {
        let Some([template, version, channel, event]) = self.made.get(effect).copied() else { return };
        let what = self.names.number(what);
        let nothing = self.names.number("");
        let mut count = |board, names| {
            *self.counts.entry(Key { board, day: 0, names }).or_default() += 1;
        };
        if template != nothing {
            count(Board::Templates, [template, version, what]);
        }
        if answered && channel != nothing {
            count(Board::Channels, [channel, what, nothing]);
        }
        if answered && event != nothing {
            count(Board::Seats, [event, what, nothing]);
        }
    }

    fn change(&mut self, change: &Change, over: impl FnOnce(&mut Self, &str, EnrolmentStatus)) {
        let scenario = change.scenario.as_deref().unwrap_or_default();
        match &change.what {
            ChangeKind::Enrolled { .. } => {
                let day = self.day(change.at);
                self.add(Board::Passages, day, [scenario, "enrolled", ""]);
            }
            ChangeKind::Ended(status) => {
                let day = self.day(change.at);
                self.add(Board::Passages, day, [scenario, status_word(*status), ""]);
                over(self, scenario, *status);
            }
            ChangeKind::Touched { effect, status } => {
                if let Some(word) = touch_word(*status) {
                    self.became(effect, word, true);
                }
            }
            ChangeKind::Held { because, .. } => self.add(Board::Gate, 0, ["held", hold_word(because), ""]),
            ChangeKind::Refused { because, .. } => {
                self.add(Board::Gate, 0, ["refused", refusal_word(because), ""]);
            }
            ChangeKind::Dropped => self.add(Board::Gate, 0, ["dropped", "deadline", ""]),
            _ => {}
        }
    }

    /// A passage that is over, or under way when the time is.
    fn passage(&mut self, own: &Enrolment, status: EnrolmentStatus) {
        let scenario = self.nurturing.scenarios.iter().find(|scenario| scenario.name == own.scenario);
        if let (Some(scenario), Some(counts)) = (scenario, self.steps.get_mut(&own.scenario)) {
            counts.add(scenario, own, status);
        }
    }
}

impl Witness for Tally<'_> {
    fn see(
        &mut self,
        before: &[Enrolment],
        input: Input,
        because: Option<&str>,
        _: Instant,
        outcome: Outcome,
    ) -> Lead {
        self.calls += 1;
        self.warnings += u64::try_from(outcome.warnings.len()).unwrap_or(0);
        for effect in &outcome.effects {
            self.effect(effect);
        }
        if let Some(effect) = because {
            match &input {
                Input::Activity(activity) => self.became(effect, &activity.kind, false),
                Input::Deal(deal) => self.became(effect, &format!("deal {}", deal.stage), false),
                Input::Patch(_) => self.became(effect, "fields told", false),
                Input::Consent(_) => self.became(effect, "consent changed", false),
                _ => {}
            }
        }
        for (index, change) in outcome.changes.iter().enumerate() {
            let follows = outcome.changes.iter().skip(index + 1);
            self.change(change, |tally, scenario, status| {
                // Where the lead came again at once, the record holds the new passage.
                let again = |later: &Change| {
                    later.scenario.as_deref() == Some(scenario)
                        && matches!(later.what, ChangeKind::Enrolled { .. })
                };
                let passages = if follows.clone().any(again) { before } else { &outcome.lead.enrolments };
                if let Some(own) = passages.iter().find(|own| own.scenario == scenario) {
                    tally.passage(own, status);
                }
            });
        }
        outcome.lead
    }
}

pub(super) const fn status_word(status: EnrolmentStatus) -> &'static str {
    match status {
        EnrolmentStatus::Active => "active",
        EnrolmentStatus::Done => "done",
        EnrolmentStatus::Goal => "goal",
        EnrolmentStatus::Exited => "exited",
        EnrolmentStatus::Moved => "moved",
        EnrolmentStatus::HeldOut => "held_out",
        EnrolmentStatus::Displaced => "displaced",
    }
}

const fn touch_word(status: TouchStatus) -> Option<&'static str> {
    match status {
        TouchStatus::Made => None,
        TouchStatus::Delivered => Some("delivered"),
        TouchStatus::Failed => Some("failed"),
        TouchStatus::Bounced => Some("bounced"),
        TouchStatus::Refused => Some("refused"),
    }
}

const fn hold_word(hold: &Hold) -> &'static str {
    match hold {
        Hold::Quiet => "quiet",
        Hold::Window => "window",
        Hold::Cap(_) => "cap",
    }
}

const fn refusal_word(refusal: &Refusal) -> &'static str {
    use crate::capture::PermissionReason;
    match refusal {
        Refusal::NoAddress => "no_address",
        Refusal::NeverOpen => "never_open",
        Refusal::Missing(_) => "missing",
        Refusal::Consent(reason) => match reason {
            PermissionReason::SuppressionList => "suppression_list",
            PermissionReason::Bounce => "bounce",
            PermissionReason::Complaint => "complaint",
            PermissionReason::Granted => "granted",
            PermissionReason::Denied => "denied",
            PermissionReason::Pending => "pending",
            PermissionReason::Unknown => "unknown",
        },
    }
}
