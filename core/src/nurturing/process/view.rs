//! The lead as it stands in one round, read and derived when first asked for.

use std::cell::OnceCell;

use indexmap::IndexMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::text::pointer_escape;
use crate::base::time::Instant;
use crate::expr::{Frame, Program};
use crate::lead::activity::Activity;
use crate::lead::facts::Fact;
use crate::lead::record::{Lead, Standing};
use crate::nurturing::process::{Assessor, Findings, Reading, Run};

/// The lead in one round.
pub(in crate::nurturing) struct View<'v> {
    host: &'v dyn Assessor,
    pub(in crate::nurturing) lead: &'v Lead,
    clock: i64,
    reading: OnceCell<Box<dyn Reading + 'v>>,
    findings: OnceCell<Box<dyn Findings>>,
}

impl<'v> View<'v> {
    pub(super) fn new(host: &'v dyn Assessor, lead: &'v Lead, clock: i64) -> Self {
        Self { host, lead, clock, reading: OnceCell::new(), findings: OnceCell::new() }
    }
}

impl View<'_> {
    pub(super) fn reading(&self) -> Result<&dyn Reading, Error> {
        if self.reading.get().is_none() {
            let read = self.host.read(self.lead)?;
            let _ = self.reading.set(read);
        }
        // INVARIANT: set just above.
        self.reading.get().map(|reading| &**reading as &dyn Reading).ok_or_else(lost)
    }

    /// What is derived of a lead that held some ranks before.
    pub(super) fn findings(&self, standing: &IndexMap<String, Standing>) -> Result<&dyn Findings, Error> {
        if self.findings.get().is_none() {
            let at = Instant::from_micros(self.clock).unwrap_or(Instant::EPOCH);
            let _ = self.findings.set(self.reading()?.derive(standing, at)?);
        }
        self.findings.get().map(|findings| &**findings).ok_or_else(lost)
    }

    fn frame(&self, standing: &IndexMap<String, Standing>) -> Result<Frame<'_>, Error> {
        let facts = self.reading()?.facts();
        let findings = self.findings(standing)?;
        Ok(Frame { facts, at: self.clock, activity: None, derived: Some(findings) })
    }

    /// The activity of an id, as a condition sees it.
    fn fact<'f>(&self, id: &str, frame: &Frame<'f>) -> Option<&'f Fact<'f>> {
        frame.facts.find(id)
    }

    pub(in crate::nurturing) fn activity(&self, id: &str) -> Option<&Activity> {
        self.lead.activities().iter().rev().find(|activity| activity.id == id)
    }
}

impl Run<'_> {
    /// Whether a condition holds. One that fails does not, and is told.
    pub(in crate::nurturing) fn test(
        &mut self,
        view: &View<'_>,
        program: &Program,
        activity: Option<&str>,
        scenario: &str,
    ) -> Result<bool, Error> {
        let frame = view.frame(&self.standing)?;
        let fact = activity.and_then(|id| view.fact(id, &frame));
        match program.test(&Frame { activity: fact, ..frame }) {
            Ok(holds) => Ok(holds),
            Err(failure) => {
                let message =
                    format!("a condition of scenario `{scenario}` does not hold here: {}", failure.message);
                self.warnings.push(
                    Diagnostic::warning(Code::ExprFailed, message)
                        .at(format!("/scenarios/{}", pointer_escape(scenario)))
                        .with_help(
                            "guard the expression, so that it holds for every value that the fields can have",
                        ),
                );
                Ok(false)
            }
        }
    }
}

fn lost() -> Error {
    Error::call(Diagnostic::error(Code::BadCall, "a lead that was read is gone"))
}
