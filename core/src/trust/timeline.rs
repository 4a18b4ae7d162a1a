//! Timelines and the next change: from one instant at which something may change to the next.

use indexmap::IndexMap;

use crate::assessment::Detail;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::engine::moments::{Timed, timed};
use crate::engine::{Derivation, Engine, Prepared};
use crate::lead::record::Lead;
use crate::trust::change::{Accountable, Known, RankChange, ScoreChange, Sentences, TimedChange, Timeline};
use crate::trust::owners::{changes, next_step, owners};
use crate::trust::words::words;

/// So many instants are looked at for one question: years of daily decay of a hundred activities.
const MOST_MOMENTS: usize = 50_000;

impl Engine {
    /// Every change of a lead's scores, ranks, segments and owners after `from` and up to `to`, with its causes.
    ///
    /// Times are exact to the microsecond, and between two changes nothing changes. With [`Known::Then`] an activity
    /// that was recorded late changes things when it was recorded; with [`Known::Now`] when it happened.
    ///
    /// # Errors
    /// `IK0402` if a field or property is not of its declared type, `IK0501` if points leave their range at any
    /// instant, `IK0503` where a condition's change with time cannot be foreseen, `IK0601` if `to` is before `from`
    /// or too much may change between them.
    ///
    /// ```
    /// use ikusei::{Activity, Instant, Known, Lead, Playbook};
    /// let engine = Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// activities: { page_view: {} }
    /// scorecards:
    ///   overall:
    ///     rules: [{ id: visit, on: page_view, points: 10, within: 30d }]
    ///     ranks: [{ rank: A, at_least: 10 }, { rank: B }]
    /// "#)?.compile()?;
    /// let mut lead = Lead::new("lead-1");
    /// lead.record(Activity::new("evt-1", "page_view", "2026-05-01T00:00:00Z".parse()?))?;
    /// let (from, to): (Instant, Instant) = ("2026-04-01T00:00:00Z".parse()?, "2026-07-01T00:00:00Z".parse()?);
    /// let timeline = engine.timeline(&lead, from, to, Known::Then)?;
    /// let days: Vec<String> = timeline.changes.iter().map(|change| change.at.to_string()).collect();
    /// assert_eq!(days, ["2026-05-01T00:00:00Z", "2026-05-31T00:00:00Z"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn timeline(
        &self,
        lead: &Lead,
        from: impl Into<Instant>,
        to: impl Into<Instant>,
        known: Known,
    ) -> Result<Timeline, Error> {
        let (from, to) = (from.into(), to.into());
        if to < from {
            let diagnostic = Diagnostic::error(Code::BadCall, format!("`to` {to} is before `from` {from}"));
            return Err(Error::call(diagnostic.with_help("exchange the two")));
        }
        let mut prepared = self.prepare(lead)?;
        if known == Known::Now {
            prepared.facts = prepared.facts.in_hindsight();
        }
        let mut walk = Walk::new(&prepared, from)?;
        walk.owners = Some(owners(lead, from));
        let mut changes = Vec::new();
        while let Some(change) = walk.next_change(to)? {
            changes.push(change);
        }
        let (start, owners) = (prepared.assess(from, Detail::Figures)?, owners(lead, from));
        Ok(Timeline { lead: lead.id.clone(), from, to, known, start, owners, changes })
    }

    /// The next change of a lead's scores, ranks or segments if nothing happens after `at`: its exact instant, what
    /// changes and why. None if nothing ever changes again, or nothing until `until`.
    ///
    /// What the record holds of later than `at` is left aside.
    ///
    /// # Errors
    /// As [`Engine::timeline`]; `IK0601` also where no `until` is given and no change can be found.
    ///
    /// ```
    /// use ikusei::{Activity, Instant, Lead, Playbook};
    /// # let engine = Playbook::parse(r#"{ikusei: 1, name: demo, activities: {page_view: {}}, scorecards: {overall: {
    /// #   rules: [{id: visit, on: page_view, points: 10, within: 30d}], ranks: [{rank: A, at_least: 10}, {rank: B}]}}}"#)?.compile()?;
    /// let mut lead = Lead::new("lead-1");
    /// lead.record(Activity::new("evt-1", "page_view", "2026-05-01T00:00:00Z".parse()?))?;
    /// let change = engine.next_change(&lead, "2026-05-02T00:00:00Z".parse::<Instant>()?, None)?.unwrap();
    /// assert_eq!(change.at.to_string(), "2026-05-31T00:00:00Z");
    /// assert!(change.words.en.contains("falls from A to B"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn next_change(
        &self,
        lead: &Lead,
        at: impl Into<Instant>,
        until: Option<Instant>,
    ) -> Result<Option<TimedChange>, Error> {
        let at = at.into();
        let mut prepared = self.prepare(lead)?;
        prepared.facts = prepared.facts.known_by(at.micros());
        let last = until.unwrap_or(Instant::LAST);
        Walk::new(&prepared, at)?.next_change(last)
    }
}

/// A lead on its way through time.
struct Walk<'p, 'l> {
    prepared: &'p Prepared<'l>,
    timed: Vec<Timed<'p>>,
    at: Instant,
    now: Derivation,
    /// Who is accountable, where that is asked as well.
    owners: Option<Vec<Accountable>>,
    left: usize,
}

impl<'p, 'l> Walk<'p, 'l> {
    fn new(prepared: &'p Prepared<'l>, at: Instant) -> Result<Self, Error> {
        let timed = timed(&prepared.engine.compiled);
        let now = prepared.derive(at, Detail::Figures)?;
        Ok(Self { prepared, timed, at, now, owners: None, left: MOST_MOMENTS })
    }

    /// Goes on to the next change, if there is one up to `last`.
    fn next_change(&mut self, last: Instant) -> Result<Option<TimedChange>, Error> {
        loop {
            let standing = &self.prepared.facts.lead.standing;
            let frame = self.now.frame(self.prepared, self.at);
            let moment = self.prepared.next_moment(&self.timed, standing, &frame);
            if let Some(error) = moment.unforeseeable {
                return Err(error);
            }
            let lead = self.prepared.facts.lead;
            let step = self.owners.as_ref().and_then(|_| next_step(lead, self.at));
            let next = moment.at.into_iter().chain(step).min();
            let Some(next) = next.filter(|next| *next <= last) else { return Ok(None) };
            self.left = self.left.checked_sub(1).ok_or_else(|| too_many(last))?;
            let then = self.prepared.derive(next, Detail::Figures)?;
            let before = self.at;
            self.at = next;
            if let Some(mut change) = self.difference(next, &then) {
                change.causes = self.causes(before, &then)?;
                super::owners::causes(lead, next, &change.owners, &mut change.causes);
                change.words = words(&self.prepared.engine.compiled, self.prepared.facts.lead, &change);
                self.now = then;
                return Ok(Some(change));
            }
            self.now = then;
        }
    }

    /// What is different then, without causes and words.
    fn difference(&mut self, at: Instant, then: &Derivation) -> Option<TimedChange> {
        let compiled = &*self.prepared.engine.compiled;
        let mut change = TimedChange {
            at,
            scores: IndexMap::new(),
            ranks: IndexMap::new(),
            entered: Vec::new(),
            left: Vec::new(),
            owners: Vec::new(),
            causes: Vec::new(),
            words: Sentences { en: String::new(), ja: String::new() },
        };
        for (card, (from, to)) in compiled.cards.iter().zip(self.now.sheets.iter().zip(&then.sheets)) {
            if from != to {
                let scores = ScoreChange { from: from.clone(), to: to.clone() };
                change.scores.insert(card.name.clone(), scores);
            }
        }
        for (card, (from, to)) in compiled.cards.iter().zip(self.now.ranks.iter().zip(&then.ranks)) {
            if from.rank != to.rank {
                let ranks = RankChange { from: from.rank.clone(), to: to.rank.clone() };
                change.ranks.insert(card.name.clone(), ranks);
            }
        }
        let segments = compiled.segments.segments.iter();
        for (segment, (from, to)) in segments.zip(self.now.members.iter().zip(&then.members)) {
            match (from, to) {
                (false, true) => change.entered.push(segment.name.clone()),
                (true, false) => change.left.push(segment.name.clone()),
                _ => {}
            }
        }
        if let Some(before) = &mut self.owners {
            let after = owners(self.prepared.facts.lead, at);
            change.owners = changes(before, &after);
            *before = after;
        }
        let nothing = change.owners.is_empty()
            && change.scores.is_empty()
            && change.ranks.is_empty()
            && change.entered.is_empty()
            && change.left.is_empty();
        (!nothing).then_some(change)
    }

    fn causes(&self, before: Instant, then: &Derivation) -> Result<Vec<super::TimedCause>, Error> {
        super::causes::causes(self.prepared, &self.timed, (before, &self.now), (self.at, then))
    }
}

fn too_many(last: Instant) -> Error {
    let message =
        format!("before {last} there are more than {MOST_MOMENTS} instants at which something may change");
    Error::call(
        Diagnostic::error(Code::BadCall, message).with_help("ask for less time: an earlier `to` or `until`"),
    )
}
