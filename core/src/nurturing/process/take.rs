//! An input as facts, and what it sets off.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::capture::consent;
use crate::lead::activity::Trust;
use crate::lead::enrolment::{EnrolmentStatus, TakenInput};
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::nurturing::input::{ChangeKind, Input};
use crate::nurturing::process::{Mutation, Run};
use crate::nurturing::trigger::Event;

impl Run<'_> {
    /// The input as facts, and what it sets off; nothing where it was taken before.
    pub(super) fn take(&mut self, lead: &mut Lead, input: &Input) -> Result<Option<Vec<Event>>, Error> {
        let now = self.instant();
        Ok(Some(match input {
            Input::Tick => return Ok(None),
            Input::Activity(activity) => {
                if lead.activities().iter().any(|known| known.id == activity.id) {
                    return Ok(None);
                }
                let mut activity = activity.clone();
                if activity.recorded_at.is_none() && activity.at < now {
                    activity.recorded_at = Some(now);
                }
                let event = (activity.trust == Trust::Human).then(|| Event::Activity(activity.id.clone()));
                lead.activities_mut().push(activity);
                event.into_iter().collect()
            }
            Input::Patch(patch) => {
                if !self.is_new(patch.id.as_ref()) {
                    return Ok(None);
                }
                let fields = patch.fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
                self.mutations.push((None, Mutation::Fields(fields)));
                self.apply(lead)
            }
            Input::Deal(deal) => {
                match lead.deals.iter_mut().find(|known| known.id == deal.id) {
                    Some(known) if known.at > deal.at || *known == *deal => return Ok(None),
                    Some(known) if known.at == deal.at && known.stage == deal.stage => {
                        *known = deal.clone();
                        return Ok(None);
                    }
                    Some(known) => *known = deal.clone(),
                    None => lead.deals.push(deal.clone()),
                }
                vec![Event::Deal(deal.stage.clone())]
            }
            Input::Campaign(membership) => {
                self.mutations.push((None, Mutation::Campaign(membership.clone())));
                let events = self.apply(lead);
                if events.is_empty() {
                    return Ok(None);
                }
                events
            }
            Input::Consent(event) => {
                if !consent::apply(lead, event) {
                    return Ok(None);
                }
                Vec::new()
            }
            Input::Ack(ack) => return Ok(self.answer(lead, ack)),
            Input::Enrol(manual) => {
                let scenario = self.scenario(&manual.scenario)?;
                if !self.is_new(manual.id.as_ref()) {
                    return Ok(None);
                }
                vec![Event::Manual(scenario)]
            }
            Input::Leave(manual) => {
                self.scenario(&manual.scenario)?;
                if !self.is_new(manual.id.as_ref()) {
                    return Ok(None);
                }
                if let Some(index) = self.active(&manual.scenario) {
                    self.end(index, EnrolmentStatus::Exited);
                }
                Vec::new()
            }
        }))
    }

    fn scenario(&self, name: &str) -> Result<usize, Error> {
        self.nurturing.position(name).ok_or_else(|| {
            let known = nearest(name, self.nurturing.scenarios.iter().map(|scenario| scenario.name.as_str()));
            let diagnostic = Diagnostic::error(Code::BadCall, format!("no scenario is called `{name}`"));
            Error::call(diagnostic.with_help("name one of the playbook's `scenarios`").did_you_mean(known))
        })
    }

    /// Whether an input was not taken before; it is remembered. One without an id always is new.
    pub(in crate::nurturing) fn is_new(&mut self, id: Option<&String>) -> bool {
        let Some(id) = id else { return true };
        if self.state.inputs.iter().any(|taken| taken.id == *id) {
            return false;
        }
        let at = self.instant();
        self.state.inputs.push(TakenInput { id: id.clone(), at });
        true
    }

    /// Changes of facts, made; what they set off.
    pub(super) fn apply(&mut self, lead: &mut Lead) -> Vec<Event> {
        let mut events = Vec::new();
        for (by, mutation) in std::mem::take(&mut self.mutations) {
            let (scenario, step) =
                by.as_ref().map_or((None, None), |(scenario, step)| (Some(scenario), Some(step)));
            let (scenario, step) = (scenario.map(String::as_str), step.map(String::as_str));
            match mutation {
                Mutation::Fields(fields) => {
                    let mut changed = Vec::new();
                    for (name, value) in fields {
                        if lead.fields.get(&name).unwrap_or(&Value::Null) == &value {
                            continue;
                        }
                        changed.push(name.clone());
                        if value == Value::Null {
                            lead.fields.shift_remove(&name);
                        } else {
                            lead.fields.insert(name, value);
                        }
                    }
                    if !changed.is_empty() {
                        self.log(scenario, step, ChangeKind::Updated(changed));
                    }
                }
                Mutation::Campaign(membership) => {
                    let known = lead.campaigns.iter_mut().find(|known| known.campaign == membership.campaign);
                    let news = match known {
                        Some(known) => known.move_to(membership.status.as_deref(), membership.at),
                        None => {
                            lead.campaigns.push(membership.clone());
                            true
                        }
                    };
                    if !news {
                        continue;
                    }
                    self.log(scenario, step, ChangeKind::Joined(membership.campaign.clone()));
                    events.push(Event::Campaign(membership.campaign, membership.status));
                }
                Mutation::Activity(activity) => {
                    if lead.activities().iter().any(|known| known.id == activity.id) {
                        continue;
                    }
                    self.log(scenario, step, ChangeKind::Recorded(activity.kind.clone()));
                    events.push(Event::Activity(activity.id.clone()));
                    lead.activities_mut().push(activity);
                }
            }
        }
        events
    }
}
