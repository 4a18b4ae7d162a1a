//! The time of one lead: its inputs and wake-ups in order, each taken by the engine as a host would give it.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, HashMap};

use rustc_hash::FxBuildHasher;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::capture::Suppression;
use crate::engine::Engine;
use crate::lead::enrolment::{Enrolment, EnrolmentStatus};
use crate::lead::record::Lead;
use crate::nurturing::{AgainPolicy, Input, Outcome};
use crate::simulation::model::{Answer, Model};
use crate::simulation::request::{HistoryEntry, Simulation};

/// Calls for one lead: a year of half-minutes.
const MAX_CALLS: usize = 1_000_000;

/// What is the same for all leads.
pub(super) struct Plan<'a> {
    pub(super) engine: &'a Engine,
    pub(super) from: i64,
    pub(super) to: i64,
    list: Suppression,
    model: Model,
    /// By lead; in the order in which things happen.
    history: HashMap<&'a str, Vec<&'a HistoryEntry>, FxBuildHasher>,
    /// What happens to a lead that is simulated alone, without naming it.
    alone: Vec<&'a HistoryEntry>,
    /// Scenarios that take a lead again, whose last passage the record may lose within one call.
    comes_again: Vec<&'a str>,
}

/// Who watches a lead live.
pub(super) trait Witness {
    /// One call: the passages before it that the record may have lost, the effect that it answers, and what came of it.
    fn see(
        &mut self,
        before: &[Enrolment],
        input: Input,
        because: Option<&str>,
        at: Instant,
        outcome: Outcome,
    ) -> Lead;
}

/// Something that will come in.
struct Pending {
    at: i64,
    order: usize,
    input: Input,
    /// The effect that it answers.
    because: Option<String>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(engine: &'a Engine, simulation: &'a Simulation) -> Result<Self, Error> {
        let mut problems = Vec::new();
        if simulation.to < simulation.from {
            problems.push(
                Diagnostic::error(
                    Code::BadCall,
                    format!("`{}` is before `{}`", simulation.to, simulation.from),
                )
                .at("/to")
                .with_help("let the simulation end after it begins"),
            );
        }
        let model = Model::compile(simulation.model.as_ref(), &engine.compiled, &mut problems);
        let mut history: HashMap<&str, Vec<&HistoryEntry>, FxBuildHasher> = HashMap::default();
        let mut alone = Vec::new();
        for (index, entry) in simulation.history.iter().enumerate() {
            if entry.at < simulation.from {
                problems.push(
                    Diagnostic::error(
                        Code::BadCall,
                        format!("`{}` is before the simulation begins", entry.at),
                    )
                    .at(format!("/history/{index}/at"))
                    .with_help("what happened before belongs into the lead's record"),
                );
            }
            match &entry.lead {
                Some(lead) => history.entry(lead.as_str()).or_default().push(entry),
                None => alone.push(entry),
            }
        }
        if !problems.is_empty() {
            return Err(Error::calls(problems));
        }
        let scenarios = engine.compiled.nurturing.scenarios.iter();
        let again = scenarios.filter(|scenario| scenario.again != AgainPolicy::Never);
        Ok(Self {
            engine,
            from: simulation.from.micros(),
            to: simulation.to.micros(),
            list: Suppression::new(simulation.suppression.iter().map(String::as_str)),
            model,
            history,
            alone,
            comes_again: again.map(|scenario| scenario.name.as_str()).collect(),
        })
    }

    /// The leads that the history names, and whether it leaves one unnamed.
    pub(super) fn named(&self) -> impl Iterator<Item = &'a str> {
        self.history.keys().copied()
    }

    pub(super) fn leaves_unnamed(&self) -> bool {
        !self.alone.is_empty()
    }

    /// Lives through the time of one lead.
    pub(super) fn live(
        &self,
        mut lead: Lead,
        witness: &mut impl Witness,
    ) -> Result<(Lead, Option<Instant>), Error> {
        let mut pending = self.expected(&mut lead);
        let mut order = pending.len();
        let mut wake = Some(self.from);
        let mut answers = Vec::new();
        for _ in 0..MAX_CALLS {
            let input = pending.peek().map(|Reverse(next)| next.at);
            let Some(at) = wake.into_iter().chain(input).min().filter(|at| *at <= self.to) else {
                return Ok((lead, wake.and_then(Instant::from_micros)));
            };
            // A wake-up at the instant of an input comes before it.
            let next = if wake == Some(at) { None } else { pending.pop() };
            let (input, because) =
                next.map_or((Input::Tick, None), |Reverse(next)| (next.input, next.because));
            let instant = Instant::from_micros(at).unwrap_or(Instant::EPOCH);
            let before = self.before(&lead);
            let outcome = self.engine.process_with(lead, &input, instant, Some(&self.list))?;
            for effect in &outcome.effects {
                self.model.answers(self.engine, &outcome.lead, effect, &mut answers);
                for Answer { at, input } in answers.drain(..) {
                    let because = Some(effect.id.clone());
                    pending.push(Reverse(Pending { at, order, input, because }));
                    order += 1;
                }
            }
            wake = outcome.next_wakeup.map(|next| next.micros().max(at + 1));
            lead = witness.see(&before, input, because.as_deref(), instant, outcome);
        }
        let diagnostic = Diagnostic::error(
            Code::BadCall,
            format!("lead `{}` is still busy after {MAX_CALLS} calls", lead.id),
        );
        Err(Error::call(diagnostic.with_help("simulate a shorter time, or look at what its scenarios do")))
    }

    /// What will happen to a lead by itself: what its record tells of the future, and what the history says.
    fn expected(&self, lead: &mut Lead) -> BinaryHeap<Reverse<Pending>> {
        let mut coming = Vec::new();
        if lead.activities().iter().any(|activity| activity.recorded_at().micros() > self.from) {
            let mut past = Vec::new();
            for activity in lead.swap_activities(Vec::new()) {
                let at = activity.recorded_at().micros();
                if at > self.from {
                    coming.push((at, Input::Activity(activity)));
                } else {
                    past.push(activity);
                }
            }
            lead.swap_activities(past);
        }
        let named = self.history.get(lead.id.as_str()).into_iter().flatten();
        coming.extend(self.alone.iter().chain(named).map(|entry| (entry.at.micros(), entry.input.clone())));
        let pending = coming.into_iter().enumerate();
        pending.map(|(order, (at, input))| Reverse(Pending { at, order, input, because: None })).collect()
    }

    /// Passages that may be over and have a successor after one call.
    fn before(&self, lead: &Lead) -> Vec<Enrolment> {
        let may_be_lost = |own: &&Enrolment| {
            own.status == EnrolmentStatus::Active && self.comes_again.contains(&own.scenario.as_str())
        };
        lead.enrolments.iter().filter(may_be_lost).cloned().collect()
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Pending {}
