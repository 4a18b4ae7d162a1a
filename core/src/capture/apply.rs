//! Captured facts into a record: append-only, and the same delivery twice changes nothing.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::capture::captured::{CapturedConsent, CapturedPerson};
use crate::capture::consent::{self, ConsentEvent};
use crate::capture::trust::Reclassified;
use crate::lead::activity::{Activity, Trust};
use crate::lead::record::{ConsentStatus, Lead};
use crate::lead::value::Value;

/// What became of captured facts.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Applied {
    /// Whether the record is another one than before.
    pub changed: bool,
    /// Ids of the activities that are new.
    pub recorded: Vec<String>,
    /// Ids of those that were there already.
    pub known: Vec<String>,
    /// Activities whose trust the playbook's rules changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reclassified: Vec<Reclassified>,
    /// What was left as it is, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Diagnostic>,
}

impl Lead {
    /// Puts what was captured of a person into the record.
    ///
    /// Activities are appended; one whose id is there already is left as it is. If all of them are there already,
    /// this is a second delivery and nothing changes. Fields take the new values. The source is that of the first
    /// capture that has one, whole: later ones stay on their activities. Consent changes if the change is not
    /// older than what is known, and not by a machine.
    ///
    /// [`Engine::apply`](crate::Engine::apply) does the same and has the playbook's `trust` rules look at it.
    ///
    /// ```
    /// use ikusei::{CapturedPerson, Lead};
    /// let person: CapturedPerson = serde_json::from_str(
    ///     r#"{ "fields": { "company": "アクメ" }, "activities": [{ "id": "evt-1", "kind": "visit", "at": "2026-05-01T00:00:00Z" }] }"#,
    /// )?;
    /// let mut lead = Lead::new("lead-1");
    /// assert!(lead.apply(&person).changed);
    /// let once = lead.clone();
    /// assert!(!lead.apply(&person).changed, "delivered twice");
    /// assert_eq!(lead, once);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn apply(&mut self, person: &CapturedPerson) -> Applied {
        let before = self.clone();
        let mut applied = Applied::default();
        if self.put(person, &mut applied) {
            self.consents(person, &mut applied);
        }
        applied.changed = *self != before;
        applied
    }

    /// Sets the trust of some activities, as the host knows better; the rules leave them alone from then on.
    /// Returns those whose trust changed.
    ///
    /// Consent that one of them refused becomes `unknown` if it turns out to be a machine's.
    ///
    /// ```
    /// use ikusei::{Activity, Lead, Trust};
    /// let mut lead = Lead::new("lead-1");
    /// lead.record(Activity::new("evt-1", "email_click", "2026-05-01T00:00:00Z".parse()?))?;
    /// assert_eq!(lead.reclassify(&["evt-1"], Trust::Machine).len(), 1);
    /// assert_eq!(lead.activities()[0].trust, Trust::Machine);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reclassify(&mut self, ids: &[&str], trust: Trust) -> Vec<Reclassified> {
        let mut changes = Vec::new();
        for activity in
            self.activities_mut().iter_mut().filter(|activity| ids.contains(&activity.id.as_str()))
        {
            if activity.trust != trust {
                let (activity, from) = (activity.id.clone(), activity.trust);
                changes.push(Reclassified { activity, from, to: trust, rule: None });
            }
            activity.trust = trust;
            activity.trust_by = Some("host".to_owned());
        }
        self.forget_machine_refusals(ids);
        changes
    }

    /// Everything but consent; false if it was all there already.
    pub(crate) fn put(&mut self, person: &CapturedPerson, applied: &mut Applied) -> bool {
        let known: HashMap<&str, &Activity> =
            self.activities().iter().map(|activity| (activity.id.as_str(), activity)).collect();
        let mut fresh: Vec<Activity> = Vec::new();
        let mut seen: HashSet<&str> = HashSet::new();
        for activity in person.activities.iter().filter(|activity| seen.insert(&activity.id)) {
            let Some(stored) = known.get(activity.id.as_str()) else {
                fresh.push(activity.clone());
                continue;
            };
            applied.known.push(activity.id.clone());
            if (&stored.kind, stored.at) != (&activity.kind, activity.at) {
                let message = format!("another activity has the id `{}` already", activity.id);
                let problem = Diagnostic::warning(Code::ActivityConflict, message)
                    .with_help("have the mapping give an `id` that is the event's own");
                applied.problems.push(problem);
            }
        }
        if fresh.is_empty() && !person.activities.is_empty() {
            return false;
        }
        for identity in &person.identities {
            if !self
                .identities
                .iter()
                .any(|known| known.kind == identity.kind && known.value == identity.value)
            {
                self.identities.push(identity.clone());
            }
        }
        for (name, value) in &person.fields {
            if *value != Value::Null {
                self.fields.insert(name.clone(), value.clone());
            }
        }
        if self.source.is_empty() {
            self.source.clone_from(&person.source);
        }
        applied.recorded.extend(fresh.iter().map(|activity| activity.id.clone()));
        self.activities_mut().extend(fresh);
        true
    }

    pub(crate) fn consents(&mut self, person: &CapturedPerson, applied: &mut Applied) {
        let known: HashSet<&String> = applied.known.iter().collect();
        let machines = self.machines();
        for change in &person.consent {
            if change.activity.as_ref().is_some_and(|id| known.contains(id)) {
                continue;
            }
            let machine = change.activity.as_ref().is_some_and(|id| machines.contains(id));
            let event = ConsentEvent {
                channel: change.channel.clone(),
                purpose: change.purpose.clone(),
                event: change.event,
                at: change.at,
                basis: basis(change),
                trust: if machine { Trust::Machine } else { Trust::Human },
            };
            consent::apply(self, &event);
        }
    }

    /// Consent that these activities refused is not known if they are a machine's.
    pub(crate) fn forget_machine_refusals(&mut self, ids: &[&str]) {
        let machines = self.machines();
        let endings: Vec<String> =
            ids.iter().filter(|id| machines.contains(**id)).map(|id| by_activity(id)).collect();
        let theirs = |status: ConsentStatus, basis: &Option<String>| {
            let basis = basis.as_deref().unwrap_or("");
            status == ConsentStatus::Denied && endings.iter().any(|ending| basis.ends_with(ending.as_str()))
        };
        for consent in self.consent.values_mut() {
            if theirs(consent.status, &consent.basis) {
                consent.status = ConsentStatus::Unknown;
            }
            for purpose in
                consent.purposes.values_mut().filter(|purpose| theirs(purpose.status, &purpose.basis))
            {
                purpose.status = ConsentStatus::Unknown;
            }
        }
    }

    /// Ids of the activities that a machine did.
    fn machines(&self) -> HashSet<String> {
        let theirs = self.activities().iter().filter(|activity| activity.trust == Trust::Machine);
        theirs.map(|activity| activity.id.clone()).collect()
    }
}

/// The ground, with the activity that it came by.
fn basis(change: &CapturedConsent) -> Option<String> {
    let by = change.activity.as_ref().map(|id| by_activity(id));
    match (&change.basis, by) {
        (Some(basis), Some(by)) => Some(format!("{basis} {by}")),
        (basis, by) => basis.clone().or(by),
    }
}

fn by_activity(id: &str) -> String {
    format!("(activity {id})")
}
