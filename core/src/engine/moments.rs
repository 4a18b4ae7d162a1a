//! The instants at which time alone may change what is derived from a lead.

use indexmap::IndexMap;

use super::Prepared;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::expr::{Frame, Program, Unforeseeable};
use crate::lead::facts::Fact;
use crate::lead::record::Standing;
use crate::playbook::compile::Compiled;
use crate::scoring::compile::{On, escape};

/// An expression that time alone may move, and where it stands.
pub(crate) struct Timed<'p> {
    pub(crate) program: &'p Program,
    pub(crate) path: String,
    /// For a rule with `on`, the kinds whose activities it looks at one by one.
    kinds: Option<&'p [usize]>,
    /// Whether it may name scores, ranks and segments.
    derived: bool,
}

/// Every expression of the playbook that time alone may move.
pub(crate) fn timed(compiled: &Compiled) -> Vec<Timed<'_>> {
    let mut found = Vec::new();
    for (card, scored) in compiled.cards.iter().zip(&compiled.scoring.cards) {
        for rule in &scored.rules {
            let parts = [(rule.when.as_ref(), "when"), (rule.points.program(), "points")];
            for (program, key) in parts.into_iter().filter_map(|(program, key)| Some((program?, key))) {
                if program.is_timed() {
                    let kinds = rule.on.as_ref().map(|on| on.kinds.as_ref());
                    let path = format!("{}/{key}", rule.path);
                    found.push(Timed { program, path, kinds, derived: false });
                }
            }
        }
        let qualification = &card.qualification;
        let disqualify = qualification.disqualify.iter().enumerate();
        let disqualify = disqualify.map(|(index, rule)| (&rule.when, format!("disqualify/{index}/when")));
        let ranks = qualification.ranks.iter().enumerate();
        let ranks =
            ranks.filter_map(|(index, rank)| Some((rank.when.as_ref()?, format!("ranks/{index}/when"))));
        for (program, key) in disqualify.chain(ranks).filter(|(program, _)| program.is_timed()) {
            let path = format!("{}/{key}", qualification.path);
            found.push(Timed { program, path, kinds: None, derived: true });
        }
    }
    for segment in &compiled.segments.segments {
        if let Some(program) = segment.when.as_ref().filter(|program| program.is_timed()) {
            let path = format!("/segments/{}", escape(&segment.name));
            found.push(Timed { program, path, kinds: None, derived: true });
        }
    }
    found
}

impl<'p> Timed<'p> {
    /// A condition of no rule, rank or segment.
    #[cfg(feature = "nurturing")]
    pub(crate) fn condition(program: &'p Program) -> Self {
        Self { program, path: String::new(), kinds: None, derived: true }
    }

    /// Whether when it changes may depend on scores, ranks or segments.
    #[cfg(feature = "nurturing")]
    pub(crate) fn derives(&self) -> bool {
        let reads = self.program.reads();
        self.derived && !(reads.cards.is_empty() && reads.ranks.is_empty() && reads.segments.is_empty())
    }

    /// The first instant after the frame's at which its value may change for this lead.
    pub(crate) fn next(&self, frame: &Frame<'_>) -> Result<Option<i64>, Error> {
        let frame = if self.derived { *frame } else { Frame { derived: None, ..*frame } };
        let one = |frame: &Frame<'_>| self.program.steady_until(frame).map_err(|part| self.refuse(part));
        let Some(kinds) = self.kinds else { return one(&frame) };
        let mut next = None;
        for fact in kinds.iter().flat_map(|kind| frame.facts.of_kind(*kind)) {
            if fact.human && fact.known_at <= frame.at {
                next = earlier(next, one(&Frame { activity: Some(fact), ..frame })?);
            }
        }
        Ok(next)
    }

    fn refuse(&self, Unforeseeable(part): Unforeseeable) -> Error {
        let text = self.program.source().get(part.start..part.end).unwrap_or_default();
        let message = format!("nobody can foresee when `{text}` changes with time");
        Error::evaluation(Diagnostic::error(Code::Unforeseeable, message).at(self.path.clone()).with_help(
            "compare instants and ages with `<` or `>=`, as in `age(since) >= duration(\"30d\")`, or cut an age to whole units by `int(age(since)) / 86400`",
        ))
    }
}

/// What nobody foresaw aside, the first instant at which anything may change.
pub(crate) struct Moment {
    pub(crate) at: Option<Instant>,
    /// The first expression whose change cannot be foreseen.
    pub(crate) unforeseeable: Option<Error>,
}

impl Prepared<'_> {
    /// The first instant after the frame's at which anything may change: between the two nothing does. `standing` are
    /// the ranks that the lead held before.
    pub(crate) fn next_moment(
        &self,
        timed: &[Timed<'_>],
        standing: &IndexMap<String, Standing>,
        frame: &Frame<'_>,
    ) -> Moment {
        let compiled = &*self.engine.compiled;
        let now = frame.at;
        let mut next = None;
        let mut consider = |moment: Option<i64>| next = earlier(next, moment.filter(|moment| *moment > now));
        for fact in self.facts.all().iter().filter(|fact| fact.human) {
            consider(Some(fact.known_at));
        }
        for rule in compiled.scoring.cards.iter().flat_map(|card| &card.rules) {
            let Some(on) = rule.on.as_ref().filter(|on| on.is_timed()) else { continue };
            for fact in on.kinds.iter().flat_map(|kind| self.facts.of_kind(*kind)) {
                if fact.human && fact.known_at <= now {
                    consider(step(on, fact, now));
                }
            }
        }
        for card in &compiled.cards {
            let Some(standing) = standing.get(&card.name) else { continue };
            let since = standing.since.micros();
            let held =
                card.qualification.ranks.iter().find(|rank| standing.rank.as_ref() == Some(&rank.name));
            if let Some(dwell) = held.and_then(|rank| rank.keep?.dwell) {
                consider(Some(since));
                consider(Some(since.saturating_add(dwell.micros())));
            }
        }
        let mut unforeseeable = None;
        for expression in timed {
            match expression.next(frame) {
                Ok(moment) => consider(moment),
                Err(error) => {
                    unforeseeable.get_or_insert(error);
                }
            }
        }
        Moment { at: next.and_then(Instant::from_micros), unforeseeable }
    }
}

/// When an activity that counts now is next worth something else to a rule by its decay or its window.
fn step(on: &On, fact: &Fact<'_>, now: i64) -> Option<i64> {
    let age = now.saturating_sub(fact.at);
    if age >= on.within {
        return None;
    }
    let window = (on.within != i64::MAX).then(|| fact.at.saturating_add(on.within));
    let decay = on.decay.as_ref().and_then(|decay| decay.next_step(age));
    earlier(window, decay.map(|step| fact.at.saturating_add(step)))
}

fn earlier(a: Option<i64>, b: Option<i64>) -> Option<i64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
