//! One lead step by step, or a table of leads on one thread or several.

use std::num::NonZeroUsize;

use indexmap::IndexMap;
use serde::Serialize;

use crate::analytics::Analysis;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::parallel::Threads;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::lead::enrolment::Enrolment;
use crate::lead::record::Lead;
use crate::nurturing::{Change, Effect, Input, Outcome, StepCounts};
use crate::simulation::life::{Plan, Witness};
use crate::simulation::report::report;
use crate::simulation::request::Simulation;
use crate::simulation::tally::Tally;

/// Leads that one thread takes at once.
const PORTION: usize = 256;

/// The time of one lead, call by call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct LeadSimulation {
    /// Every call, in order: each is what `process` gives for this input at this instant.
    pub log: Vec<SimulatedStep>,
    /// The record at the end.
    pub lead: Lead,
    /// When something would happen next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_wakeup: Option<Instant>,
}

/// One call.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct SimulatedStep {
    /// When.
    pub at: Instant,
    /// What came in.
    pub input: Input,
    /// The effect that it answers, by the response model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What happened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// What the host is to do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// Conditions that failed, and enrolments that the playbook lost.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Diagnostic>,
}

/// What came of many leads.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Simulated {
    /// Tables: what is to be sent, called and seated by period, who has how much to do, and what comes of it.
    pub analysis: Analysis,
    /// By scenario, how many leads came by each step: for a diagram.
    pub counts: IndexMap<String, StepCounts>,
}

impl Engine {
    /// Lets one lead live through a stretch of time: inputs at their instants, wake-ups when they are due, answers by
    /// the response model.
    ///
    /// The log is what calling [`Engine::process`] by hand would give, with every input and at every `next_wakeup`.
    ///
    /// # Errors
    /// `IK0601` for a time that ends before it begins, or a model that does not fit the playbook: all problems at once.
    /// Otherwise as [`Engine::process`].
    ///
    /// ```
    /// use ikusei::{Lead, Playbook, Simulation};
    /// let engine = Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// templates: { hello: { channel: email } }
    /// scenarios: { welcome: { enrol: [manual], steps: [{ wait: { for: 3d } }, { send: { template: hello } }] } }
    /// "#)?.compile()?;
    /// let simulation: Simulation = serde_json::from_str(r#"{
    ///     "from": "2026-05-01T00:00:00Z", "to": "2026-06-01T00:00:00Z",
    ///     "history": [{ "at": "2026-05-02T00:00:00Z", "input": { "enrol": { "scenario": "welcome" } } }]
    /// }"#)?;
    /// let lead = Lead::from_json(r#"{ "id": "a", "consent": { "email": { "status": "granted" } } }"#)?;
    /// let found = engine.simulate_lead(lead, &simulation)?;
    /// let sent = found.log.iter().find(|step| !step.effects.is_empty()).ok_or("a mail")?;
    /// assert_eq!(sent.at.to_string(), "2026-05-05T00:00:00Z");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn simulate_lead(&self, lead: Lead, simulation: &Simulation) -> Result<LeadSimulation, Error> {
        let plan = Plan::new(self, simulation)?;
        if let Some(other) = plan.named().find(|name| *name != lead.id) {
            return Err(stranger(other));
        }
        let mut log = Log(Vec::new());
        let (lead, next_wakeup) = plan.live(lead, &mut log)?;
        Ok(LeadSimulation { log: log.0, lead, next_wakeup })
    }

    /// Lets many leads live through a stretch of time, and counts what comes of it. Leads do not touch each other: what
    /// one does changes nothing for another.
    ///
    /// Without the feature `threads`, or with `threads` of 1, everything happens here; the result does not depend on
    /// it. Without a number as many threads are used as there are cores.
    ///
    /// # Errors
    /// `IK0601` as [`Engine::simulate_lead`], and for a history of leads that are not there; as [`Engine::process`] for
    /// what history or model tell. Leads whose records cannot be read are left out, and a note says so.
    ///
    /// ```
    /// use ikusei::{Lead, Playbook, Simulation};
    /// let engine = Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// activities: { open: {} }
    /// templates: { news: { channel: email } }
    /// scenarios: { monthly: { enrol: [{ schedule: { cron: "0 9 1 * *" } }], steps: [{ send: { template: news } }] } }
    /// "#)?.compile()?;
    /// let simulation: Simulation = serde_json::from_str(r#"{
    ///     "from": "2026-05-15T00:00:00Z", "to": "2026-07-15T00:00:00Z",
    ///     "model": { "responses": [{ "channel": "email", "reactions": [{ "activity": "open", "chance": 0.25 }] }] }
    /// }"#)?;
    /// let lead = |id: usize| Lead::from_json(&format!(r#"{{ "id": "{id}", "consent": {{ "email": {{ "status": "granted" }} }} }}"#));
    /// let leads = (0..100).map(lead).collect::<Result<Vec<_>, _>>()?;
    /// let found = engine.simulate(leads, &simulation, None)?;
    /// assert_eq!(found.counts["monthly"].steps["0"].entered, 100);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn simulate(
        &self,
        leads: Vec<Lead>,
        simulation: &Simulation,
        threads: Option<NonZeroUsize>,
    ) -> Result<Simulated, Error> {
        let plan = Plan::new(self, simulation)?;
        if plan.leaves_unnamed() {
            let diagnostic =
                Diagnostic::error(Code::BadCall, "a history that does not say of which lead it is");
            return Err(Error::call(diagnostic.at("/history").with_help("give each entry its `lead`")));
        }
        let ids: std::collections::HashSet<&str> = leads.iter().map(|lead| lead.id.as_str()).collect();
        let mut strangers: Vec<&str> = plan.named().filter(|name| !ids.contains(name)).collect();
        strangers.sort_unstable();
        if let Some(name) = strangers.first() {
            return Err(stranger(name));
        }
        let mut portions: Vec<Vec<Lead>> = Vec::with_capacity(leads.len() / PORTION + 1);
        let mut rest = leads.into_iter();
        loop {
            let portion: Vec<Lead> = rest.by_ref().take(PORTION).collect();
            if portion.is_empty() {
                break;
            }
            portions.push(portion);
        }
        let work = |portion: Vec<Lead>| {
            let mut tally = Tally::new(self, simulation.per);
            for lead in portion {
                // What no call could read is left out; what goes wrong later is the history's or the model's.
                if let Err(error) = self.prepare(&lead) {
                    tally.leave_out(error.code().as_str());
                    continue;
                }
                tally.begin(&lead);
                let (lead, _) = plan.live(lead, &mut tally)?;
                tally.end(&lead);
            }
            Ok(tally)
        };
        let mut all = Tally::new(self, simulation.per);
        for tally in Threads::new(threads).map(portions, work) {
            all.merge(&tally?);
        }
        let analysis = report(&all, simulation);
        Ok(Simulated { analysis, counts: all.steps })
    }
}

/// The log of one lead.
struct Log(Vec<SimulatedStep>);

impl Witness for Log {
    fn see(
        &mut self,
        _: &[Enrolment],
        input: Input,
        because: Option<&str>,
        at: Instant,
        outcome: Outcome,
    ) -> Lead {
        let Outcome { lead, changes, effects, warnings, .. } = outcome;
        let because = because.map(str::to_owned);
        self.0.push(SimulatedStep { at, input, because, changes, effects, warnings });
        lead
    }
}

fn stranger(name: &str) -> Error {
    let diagnostic =
        Diagnostic::error(Code::BadCall, format!("the history tells of a lead `{name}` that is not there"));
    Error::call(diagnostic.at("/history").with_help("give its record too, or take it out of the history"))
}
