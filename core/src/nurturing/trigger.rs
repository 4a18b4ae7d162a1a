//! Who is enrolled, and when: what happened and what time brings, against what scenarios wait for.

use crate::base::error::Error;
use crate::base::time::{Instant, date_micros};
use crate::expr::{Derived, Figure, Outlook};
use crate::lead::activity::{Activity, Trust};
use crate::lead::enrolment::{Enrolment, EnrolmentStatus};
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::nurturing::calendar::DAY;
use crate::nurturing::compile::{Level, LevelOf, Match, Scenario, Trigger};
use crate::nurturing::input::{ChangeKind, NotEnrolled};
use crate::nurturing::policy::AgainPolicy;
use crate::nurturing::process::{Run, View};

/// Something that scenarios may wait for.
pub(super) enum Event {
    /// By id.
    Activity(String),
    Rank {
        card: usize,
        from: Option<String>,
        to: Option<String>,
    },
    /// A level came to hold, or ceased to.
    Level(usize, bool),
    /// A time of a scenario has come.
    Time(usize, &'static str),
    Deal(String),
    Campaign(String, Option<String>),
    Manual(usize),
    /// An invitation was refused by the host.
    NoSeat {
        scenario: String,
        enrolment: u32,
        step: String,
    },
}

impl Level {
    pub(super) fn holds(&self, derived: &dyn Derived) -> bool {
        match &self.of {
            LevelOf::Segment(segment) => derived.in_segment(*segment),
            LevelOf::Score(card, threshold) => derived.figure(*card, Figure::Total) >= *threshold,
        }
    }

    /// The same throughout a stretch of time, where it is the same throughout.
    pub(super) fn foresee(&self, outlook: &dyn Outlook) -> Option<bool> {
        match &self.of {
            LevelOf::Segment(segment) => outlook.in_segment(*segment),
            LevelOf::Score(card, threshold) => {
                let (least, most) = outlook.figure(*card, Figure::Total);
                (least >= *threshold || most < *threshold).then_some(least >= *threshold)
            }
        }
    }
}

impl Run<'_> {
    /// Enrols the lead wherever something happened that a scenario waits for; the greatest priority first.
    pub(super) fn enrol(&mut self, view: &View<'_>, events: &[Event]) -> Result<(), Error> {
        if events.is_empty() {
            return Ok(());
        }
        let nurturing = self.nurturing;
        let mut wanted: Vec<(usize, String, bool)> = Vec::new();
        for (index, scenario) in nurturing.scenarios.iter().enumerate() {
            let mut because = None;
            let mut by_hand = false;
            for event in events {
                because = self.triggered(view, index, scenario, event)?;
                if because.is_some() {
                    by_hand = matches!(event, Event::Manual(_));
                    break;
                }
            }
            if let Some(because) = because {
                wanted.push((index, because, by_hand));
            }
        }
        wanted.sort_by_key(|(index, ..)| {
            (
                std::cmp::Reverse(nurturing.scenarios.get(*index).map_or(0, |scenario| scenario.priority)),
                *index,
            )
        });
        for (index, because, by_hand) in wanted {
            self.admit(view, index, because, by_hand)?;
        }
        Ok(())
    }

    /// What in an event makes a scenario enrol the lead.
    fn triggered(
        &mut self,
        view: &View<'_>,
        index: usize,
        scenario: &Scenario,
        event: &Event,
    ) -> Result<Option<String>, Error> {
        match event {
            Event::Manual(wanted) if *wanted == index => return Ok(Some("manual".to_owned())),
            Event::Time(wanted, word) if *wanted == index => return Ok(Some((*word).to_owned())),
            _ => {}
        }
        for trigger in &scenario.triggers {
            let because = match (trigger, event) {
                (Trigger::Activity(wanted), Event::Activity(id)) => {
                    self.is_match(view, wanted, id, &scenario.name)?.then(|| format!("activity {id}"))
                }
                (Trigger::Level(wanted, holds), Event::Level(level, now))
                    if wanted == level && holds == now =>
                {
                    let key = self.nurturing.levels.get(*level).map_or("", |level| level.key.as_str());
                    Some(if *now { key.to_owned() } else { format!("no longer {key}") })
                }
                (Trigger::Rank { card, to, from }, Event::Rank { card: changed, from: old, to: new })
                    if card == changed =>
                {
                    let among = |names: &[String], rank: &Option<String>| {
                        names.is_empty() || rank.as_ref().is_some_and(|rank| names.contains(rank))
                    };
                    let name = self.nurturing.cards.get(*card).map_or("", String::as_str);
                    (among(to, new) && among(from, old))
                        .then(|| format!("rank {name} {}", new.as_deref().unwrap_or("none")))
                }
                (Trigger::Deal { stage }, Event::Deal(reached)) => {
                    (stage == reached).then(|| format!("deal {stage}"))
                }
                (Trigger::Campaign { campaign, status }, Event::Campaign(joined, now)) => {
                    (campaign == joined && (status.is_none() || status == now))
                        .then(|| format!("campaign {campaign}"))
                }
                _ => None,
            };
            if because.is_some() {
                return Ok(because);
            }
        }
        Ok(None)
    }

    /// Whether an activity is one of a kind and condition.
    pub(super) fn is_match(
        &mut self,
        view: &View<'_>,
        wanted: &Match,
        id: &str,
        scenario: &str,
    ) -> Result<bool, Error> {
        let Some(activity) = view.activity(id) else { return Ok(false) };
        if activity.kind != wanted.name {
            return Ok(false);
        }
        match &wanted.when {
            None => Ok(true),
            Some(when) => self.test(view, when, Some(id), scenario),
        }
    }

    /// Enrols the lead in a scenario, unless something stands against it.
    pub(super) fn admit(
        &mut self,
        view: &View<'_>,
        index: usize,
        because: String,
        by_hand: bool,
    ) -> Result<(), Error> {
        let nurturing = self.nurturing;
        let Some(scenario) = nurturing.scenarios.get(index) else { return Ok(()) };
        let mut rivals = Vec::new();
        let obstacle = if self.active(&scenario.name).is_some() {
            Some(NotEnrolled::Already)
        } else if !self.again(scenario, self.clock) {
            Some(NotEnrolled::Again)
        } else if let Some(scope) = &scenario.scope
            && !self.test(view, scope, None, &scenario.name)?
        {
            Some(NotEnrolled::Scope)
        } else {
            rivals = self.rivals(scenario);
            let priority = |rival: &usize| {
                let own = self.enrolments.get(*rival);
                let position = own.and_then(|own| nurturing.position(&own.scenario));
                position
                    .and_then(|position| nurturing.scenarios.get(position))
                    .map_or(0, |rival| rival.priority)
            };
            rivals.iter().any(|rival| priority(rival) >= scenario.priority).then_some(NotEnrolled::Group)
        };
        if let Some(obstacle) = obstacle {
            if by_hand {
                self.log(Some(&scenario.name), None, ChangeKind::NotEnrolled(obstacle));
            }
            return Ok(());
        }
        for rival in rivals {
            self.end(rival, EnrolmentStatus::Displaced);
        }
        let position = self.enrolments.iter().position(|own| own.scenario == scenario.name);
        let number = position.and_then(|index| self.enrolments.get(index)).map_or(1, |own| own.number + 1);
        let since = self.instant();
        let enrolment = Enrolment {
            scenario: scenario.name.clone(),
            version: scenario.version,
            began: None,
            number,
            since,
            because: because.clone(),
            status: EnrolmentStatus::Active,
            ended: None,
            step: None,
            arrived: None,
            due: None,
            arms: indexmap::IndexMap::new(),
        };
        let version = scenario.version;
        self.log(Some(&scenario.name), None, ChangeKind::Enrolled { version, number, because });
        let index = match position.and_then(|index| Some((index, self.enrolments.get_mut(index)?))) {
            Some((index, own)) => {
                *own = enrolment;
                index
            }
            None => {
                self.enrolments.push(enrolment);
                self.enrolments.len() - 1
            }
        };
        self.goes_to(view, index, scenario.flow.entry)?;
        self.leave(view, index).map(drop)
    }

    /// Whether a scenario may take the lead again. At most once in an instant: scenarios that move leads to each
    /// other come to an end.
    fn again(&self, scenario: &Scenario, at: i64) -> bool {
        let Some(last) = self.enrolments.iter().find(|own| own.scenario == scenario.name) else {
            return true;
        };
        let ended = last.ended.map_or(at, Instant::micros);
        match scenario.again {
            AgainPolicy::Never => false,
            AgainPolicy::Always => last.since.micros() < at,
            AgainPolicy::After(pause) => {
                last.since.micros() < at && ended.saturating_add(pause.micros()) <= at
            }
        }
    }

    /// Whether a scenario may take the lead at all, now or later, as things stand.
    pub(super) fn may_come(&self, scenario: &Scenario) -> bool {
        match self.enrolments.iter().find(|own| own.scenario == scenario.name) {
            None => true,
            Some(own) => own.status != EnrolmentStatus::Active && scenario.again != AgainPolicy::Never,
        }
    }

    /// The other scenarios of its group that the lead is in.
    fn rivals(&self, scenario: &Scenario) -> Vec<usize> {
        let Some(group) = &scenario.group else { return Vec::new() };
        let of_group = |own: &Enrolment| {
            own.status == EnrolmentStatus::Active
                && self
                    .nurturing
                    .scenarios
                    .iter()
                    .any(|other| other.name == own.scenario && other.group.as_ref() == Some(group))
        };
        let rivals = self.enrolments.iter().enumerate();
        rivals.filter(|(_, own)| of_group(own)).map(|(index, _)| index).collect()
    }

    pub(super) fn active(&self, scenario: &str) -> Option<usize> {
        self.enrolments
            .iter()
            .position(|own| own.scenario == scenario && own.status == EnrolmentStatus::Active)
    }

    /// Times of scenarios that come after an instant, up to another.
    pub(super) fn timed(&self, lead: &Lead, after: i64, until: i64) -> Vec<Event> {
        let mut events = Vec::new();
        for (index, scenario) in self.nurturing.scenarios.iter().enumerate() {
            if !self.may_come(scenario) {
                continue;
            }
            for trigger in &scenario.triggers {
                if let Some((at, word)) = self.time_of(trigger, lead, after)
                    && at <= until
                {
                    events.push(Event::Time(index, word));
                    break;
                }
            }
        }
        events
    }

    pub(super) fn next_timed(&self, lead: &Lead, after: i64) -> Option<i64> {
        let mut next: Option<i64> = None;
        for scenario in self.nurturing.scenarios.iter().filter(|scenario| self.may_come(scenario)) {
            for trigger in &scenario.triggers {
                if let Some((at, _)) = self.time_of(trigger, lead, after)
                    && next.is_none_or(|next| at < next)
                {
                    next = Some(at);
                }
            }
        }
        next
    }

    /// When a trigger fires by time alone, after an instant.
    fn time_of(&self, trigger: &Trigger, lead: &Lead, after: i64) -> Option<(i64, &'static str)> {
        let (at, word) = match trigger {
            Trigger::Schedule { cron, zone } => (cron.next(*zone, after)?, "schedule"),
            Trigger::Date { name, timestamp, days, at } => {
                let Some(Value::Text(text)) = lead.fields.get(name) else { return None };
                let zone = self.nurturing.contact.zone;
                let day = if *timestamp {
                    zone.local_micros(text.parse::<Instant>().ok()?.micros())
                } else {
                    date_micros(text)?
                };
                (zone.instants((day.div_euclid(DAY) + days) * DAY + at.micros()).0, "date")
            }
            Trigger::Dormant { length, kinds } => {
                let sign = |activity: &&Activity| {
                    activity.trust == Trust::Human && (kinds.is_empty() || kinds.contains(&activity.kind))
                };
                let last = lead.activities().iter().filter(sign).map(|activity| activity.at.micros()).max();
                let touched = self.touches.iter().filter(|touch| kinds.is_empty() && touch.status.counts());
                let last = last.max(touched.map(|touch| touch.at.micros()).max())?;
                (last.saturating_add(*length), "dormant")
            }
            _ => return None,
        };
        (at > after).then_some((at, word))
    }
}
