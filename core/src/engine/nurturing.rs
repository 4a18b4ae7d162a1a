//! The nurturing room's part of the engine.

use indexmap::IndexMap;

use super::ahead::{LOOKS, Search};
use super::{Derivation, Engine, Prepared};
use crate::assessment::Detail;
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::capture::Suppression;
use crate::lead::facts::Facts;
use crate::lead::record::{Lead, Standing};
use crate::nurturing::process::{Assessor, Awaited, Findings, Reading, process};
use crate::nurturing::{CloudEvent, Effect, Input, Outcome};

impl Engine {
    /// Takes an input into a record: what was due is caught up with, and whatever follows happens.
    ///
    /// Store the record of the outcome, carry out its effects and answer each with an [`Ack`](crate::Ack), and call
    /// again at its `next_wakeup` with [`Input::Tick`]. The same input again changes nothing; replaying from any
    /// stored record gives effects with the same ids.
    ///
    /// # Errors
    /// `IK0601` for a scenario that the playbook does not have; otherwise as [`Engine::assess`].
    ///
    /// ```
    /// use ikusei::{Activity, Input, Instant, Intent, Lead, Playbook};
    /// let engine = Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// timezone: Asia/Tokyo
    /// activities: { download: {} }
    /// templates: { thanks: { channel: email } }
    /// scenarios:
    ///   welcome:
    ///     enrol: [{ activity: { kind: download } }]
    ///     steps: [{ wait: { for: 1d } }, { send: { template: thanks } }, { hand_over: {} }]
    /// "#)?.compile()?;
    /// let lead = Lead::from_json(r#"{ "id": "a", "consent": { "email": { "status": "granted" } } }"#)?;
    /// let at: Instant = "2026-05-01T09:00:00+09:00".parse()?;
    /// let outcome = engine.process(lead, &Input::Activity(Activity::new("e", "download", at)), at)?;
    /// let at = outcome.next_wakeup.ok_or("a wait")?;
    /// let outcome = engine.process(outcome.lead, &Input::Tick, at)?;
    /// assert!(matches!(outcome.effects[0].intent, Intent::Send(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn process(&self, lead: Lead, input: &Input, at: impl Into<Instant>) -> Result<Outcome, Error> {
        self.process_with(lead, input, at, None)
    }

    /// The same with a list of addresses to which nothing is sent.
    ///
    /// # Errors
    /// As [`Engine::process`].
    pub fn process_with(
        &self,
        lead: Lead,
        input: &Input,
        at: impl Into<Instant>,
        suppression: Option<&Suppression>,
    ) -> Result<Outcome, Error> {
        process(&self.compiled.nurturing, self, suppression, lead, input, at.into())
    }
}

impl Engine {
    /// Effects as CloudEvents (version 1.0, JSON format), for a queue or a bus.
    #[must_use]
    pub fn cloud_events(&self, effects: &[Effect]) -> Vec<CloudEvent> {
        effects.iter().map(|effect| effect.to_cloud_event(&self.compiled.name)).collect()
    }
}

impl Assessor for Engine {
    fn read<'l>(&'l self, lead: &'l Lead) -> Result<Box<dyn Reading + 'l>, Error> {
        Ok(Box::new(self.prepare(lead)?))
    }
}

impl Reading for Prepared<'_> {
    fn facts(&self) -> &Facts<'_> {
        &self.facts
    }

    fn derive(&self, standing: &IndexMap<String, Standing>, at: Instant) -> Result<Box<dyn Findings>, Error> {
        Ok(Box::new(self.derive_after(standing, at, Detail::Figures)?))
    }

    fn next_turn(&self, awaited: &Awaited<'_>, after: i64, until: i64) -> Result<Option<Instant>, Error> {
        Search::new(self, awaited, LOOKS).first(after, until)
    }
}

impl Findings for Derivation {
    fn since(&self, card: usize) -> Option<Instant> {
        self.ranks.get(card).map(|decision| decision.since)
    }
}
