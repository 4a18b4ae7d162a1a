//! The engine: a compiled playbook. It calls the rooms in their one order and adds nothing of its own.

#[cfg(feature = "nurturing")]
mod ahead;
mod capture;
#[cfg(feature = "simulation")]
mod diagram;
#[cfg(feature = "identity")]
mod identity;
mod intake;
#[cfg(any(feature = "nurturing", feature = "trust"))]
pub(crate) mod moments;
#[cfg(feature = "nurturing")]
mod nurturing;
pub(crate) mod outcomes;
#[cfg(feature = "routing")]
mod router;
#[cfg(feature = "routing")]
mod routing;
#[cfg(feature = "templates")]
pub(crate) mod templates;

use std::sync::Arc;

use indexmap::IndexMap;

use crate::assessment::{Assessment, Detail};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::suggest::nearest;
use crate::base::time::Instant;
use crate::expr::{Derived, Figure, Frame};
use crate::lead::account::CompanyAccount;
use crate::lead::facts::Facts;
use crate::lead::record::{Lead, Standing};
use crate::playbook::Playbook;
use crate::playbook::compile::Compiled;
use crate::qualification::RankDecision;
use crate::scoring::ScoreSheet;
use crate::segment::{Members, Membership};

#[cfg(feature = "routing")]
pub use router::Router;
#[cfg(feature = "routing")]
pub use routing::{Rebalanced, RouteOptions, Routed, Share};

/// A compiled playbook: immutable, shared between threads, cloned for the price of a counter.
///
/// ```
/// use ikusei::{Lead, Playbook};
///
/// let engine = Playbook::parse(r#"
/// ikusei: 1
/// name: demo
/// fields: { industry: { type: text } }
/// scorecards:
///   overall:
///     rules: [{ id: target, when: 'industry == "製造業"', points: 20 }]
///     ranks: [{ rank: A, at_least: 20 }, { rank: B }]
/// "#)?.compile()?;
/// let lead = Lead::new("lead-1").with_field("industry", "製造業");
/// let assessment = engine.assess(&lead, "2026-05-01T09:00:00+09:00".parse::<ikusei::Instant>()?)?;
/// assert_eq!(assessment.rank.as_deref(), Some("A"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Engine {
    pub(crate) compiled: Arc<Compiled>,
    /// Kernels for tables, made when the first table comes.
    #[cfg(feature = "arrow")]
    pub(crate) kernels: Arc<crate::columnar::Kernels>,
}

impl Playbook {
    /// The engine that runs it.
    ///
    /// # Errors
    /// None today: a playbook is checked when it is read. The signature leaves room for what only a running
    /// engine can refuse.
    pub fn compile(&self) -> Result<Engine, Error> {
        Ok(Engine::of(self.compiled()))
    }
}

impl Engine {
    /// Scores, then ranks, then segments of a lead that held some ranks before.
    pub(crate) fn derive(
        &self,
        facts: &Facts<'_>,
        standing: &IndexMap<String, Standing>,
        at: Instant,
        detail: Detail,
    ) -> Result<Derivation, Error> {
        let compiled = &*self.compiled;
        let mut warnings = Vec::new();
        let ledger = detail == Detail::Ledger;
        let sheets = compiled.scoring.score(&compiled.model, facts, at.micros(), ledger, &mut warnings)?;
        let mut derivation = Derivation { sheets, ..Derivation::default() };
        let mut ranks = Vec::with_capacity(compiled.cards.len());
        for (card, sheet) in compiled.cards.iter().zip(&derivation.sheets) {
            let frame = derivation.frame_of(facts, at);
            let standing = standing.get(&card.name);
            ranks.push(card.qualification.decide(&frame, sheet, standing, &mut warnings));
        }
        derivation.ranks = ranks;
        derivation.members = vec![false; compiled.segments.segments.len()];
        for index in &compiled.segments.order {
            let member = compiled.segments.decide(*index, &derivation.frame_of(facts, at), &mut warnings);
            if let Some(slot) = derivation.members.get_mut(*index) {
                *slot = member;
            }
        }
        derivation.warnings = warnings;
        Ok(derivation)
    }

    pub(crate) fn of(compiled: &Arc<Compiled>) -> Self {
        Self {
            compiled: Arc::clone(compiled),
            #[cfg(feature = "arrow")]
            kernels: Arc::default(),
        }
    }

    /// What identifies the playbook: layout, comments and spelling aside, equal fingerprints mean equal playbooks.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.compiled.fingerprint
    }

    /// Scores, ranks and segments of a lead as of an instant, with ledgers.
    ///
    /// Only what happened and was recorded by `at` counts. Where an expression fails on this lead (a division by
    /// zero), its rule gives nothing and [`Assessment::warnings`] says so.
    ///
    /// # Errors
    /// `IK0402` if a field or property is not of its declared type (all of them at once), `IK0501` if points
    /// leave the range that can be held exactly.
    pub fn assess(&self, lead: &Lead, at: impl Into<Instant>) -> Result<Assessment, Error> {
        self.prepare(lead)?.assess(at, Detail::Ledger)
    }

    /// Reads a lead once, to assess it several times.
    ///
    /// # Errors
    /// `IK0402` if a field or property is not of its declared type: all of them at once.
    ///
    /// ```
    /// use ikusei::{Detail, Instant, Lead, Playbook};
    /// # let engine = Playbook::parse("{ikusei: 1, name: demo, scorecards: {overall: {ranks: [{rank: C}]}}}")?.compile()?;
    /// let lead = Lead::new("lead-1");
    /// let prepared = engine.prepare(&lead)?;
    /// for at in ["2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"] {
    ///     let figures = prepared.assess(at.parse::<Instant>()?, Detail::Figures)?;
    ///     assert_eq!(figures.rank.as_deref(), Some("C"));
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prepare<'l>(&self, lead: &'l Lead) -> Result<Prepared<'l>, Error> {
        Ok(Prepared { engine: self.clone(), facts: Facts::read(&self.compiled.model, lead)? })
    }

    /// The members of a segment among some leads, sorted and limited as the segment says.
    ///
    /// # Errors
    /// `IK0601` if there is no such segment; otherwise as [`Engine::assess`], for the first lead in question.
    pub fn members<'l>(
        &self,
        segment: &str,
        leads: impl IntoIterator<Item = &'l Lead>,
        at: impl Into<Instant>,
    ) -> Result<Members, Error> {
        let at = at.into();
        let segments = &self.compiled.segments;
        let found = segments.position(segment).and_then(|index| Some((index, segments.segments.get(index)?)));
        let Some((index, segment)) = found else {
            let known = nearest(segment, segments.segments.iter().map(|segment| segment.name.as_str()));
            let diagnostic = Diagnostic::error(Code::BadCall, format!("no segment is called `{segment}`"));
            return Err(Error::call(
                diagnostic.with_help("name one of the playbook's `segments`").did_you_mean(known),
            ));
        };
        let mut members = Vec::new();
        for lead in leads {
            let prepared = self.prepare(lead)?;
            let derivation = prepared.derive(at, Detail::Figures)?;
            if derivation.member(index) {
                let frame = derivation.frame(&prepared, at);
                members.push((segment.sort_key(&frame), lead.id.clone()));
            }
        }
        Ok(segment.list(members))
    }
}

/// A lead read against a playbook, ready to be assessed at any instant.
#[derive(Debug, Clone)]
pub struct Prepared<'l> {
    pub(crate) engine: Engine,
    pub(crate) facts: Facts<'l>,
}

impl Prepared<'_> {
    /// Scores, ranks and segments as of an instant.
    ///
    /// # Errors
    /// `IK0501` if points leave the range that can be held exactly.
    pub fn assess(&self, at: impl Into<Instant>, detail: Detail) -> Result<Assessment, Error> {
        let at = at.into();
        let derivation = self.derive(at, detail)?;
        Ok(derivation.assessment(&self.engine, self.facts.lead.id.clone(), at))
    }

    /// The score sheets alone, one per scorecard in the order of the playbook: the least work there is.
    ///
    /// # Errors
    /// `IK0501` if points leave the range that can be held exactly.
    pub fn figures(&self, at: impl Into<Instant>) -> Result<Vec<ScoreSheet>, Error> {
        let compiled = &self.engine.compiled;
        compiled.scoring.score(&compiled.model, &self.facts, at.into().micros(), false, &mut Vec::new())
    }

    /// For every segment, whether the lead is in it and why, with the values that its condition looked at.
    ///
    /// # Errors
    /// `IK0501` if points leave the range that can be held exactly.
    pub fn memberships(&self, at: impl Into<Instant>) -> Result<Vec<Membership>, Error> {
        let at = at.into();
        let derivation = self.derive(at, Detail::Figures)?;
        let frame = derivation.frame(self, at);
        let segments = &self.engine.compiled.segments;
        Ok((0..segments.segments.len()).filter_map(|index| segments.membership(index, &frame)).collect())
    }

    /// The same with hindsight: an activity that was recorded late counts from when it happened.
    ///
    /// ```
    /// use ikusei::{Activity, Detail, Instant, Lead, Playbook};
    /// # let engine = Playbook::parse(r#"{ikusei: 1, name: demo, activities: {visit: {}}, scorecards: {overall: {
    /// #   rules: [{id: visit, on: visit, points: 10}], ranks: [{rank: A, at_least: 10}, {rank: B}]}}}"#)?.compile()?;
    /// let mut visit = Activity::new("evt-1", "visit", "2026-05-01T00:00:00Z".parse()?);
    /// visit.recorded_at = Some("2026-05-08T00:00:00Z".parse()?);
    /// let mut lead = Lead::new("lead-1");
    /// lead.record(visit)?;
    /// let at: Instant = "2026-05-02T00:00:00Z".parse()?;
    /// let prepared = engine.prepare(&lead)?;
    /// assert_eq!(prepared.assess(at, Detail::Figures)?.rank.as_deref(), Some("B"));
    /// assert_eq!(prepared.in_hindsight().assess(at, Detail::Figures)?.rank.as_deref(), Some("A"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "trust")]
    #[must_use]
    pub fn in_hindsight(mut self) -> Self {
        self.facts = self.facts.in_hindsight();
        self
    }

    /// The decision on one scorecard for other facts and another standing than the record's.
    #[cfg(feature = "trust")]
    pub(crate) fn decide(
        &self,
        card: usize,
        facts: &Facts<'_>,
        standing: Option<&Standing>,
        at: Instant,
        detail: Detail,
    ) -> Result<(ScoreSheet, RankDecision), Error> {
        let compiled = &*self.engine.compiled;
        let mut warnings = Vec::new();
        let ledger = detail == Detail::Ledger;
        let sheets = compiled.scoring.score(&compiled.model, facts, at.micros(), ledger, &mut warnings)?;
        let derivation = Derivation { sheets, ..Derivation::default() };
        let (Some(policy), Some(sheet)) = (compiled.cards.get(card), derivation.sheets.get(card)) else {
            let diagnostic = Diagnostic::error(Code::BadCall, "the playbook has no scorecard");
            return Err(Error::call(diagnostic.with_help("give the playbook `scorecards`")));
        };
        let frame = Frame { facts, at: at.micros(), activity: None, derived: Some(&derivation) };
        let decision = policy.qualification.decide(&frame, sheet, standing, &mut warnings);
        Ok((sheet.clone(), decision))
    }

    /// Scores, then ranks, then segments: there is no other order.
    pub(crate) fn derive(&self, at: Instant, detail: Detail) -> Result<Derivation, Error> {
        self.derive_after(&self.facts.lead.standing, at, detail)
    }

    /// The same for a lead that held other ranks before than its record says.
    pub(crate) fn derive_after(
        &self,
        standing: &IndexMap<String, Standing>,
        at: Instant,
        detail: Detail,
    ) -> Result<Derivation, Error> {
        self.engine.derive(&self.facts, standing, at, detail)
    }
}

/// What has been derived so far: later rooms look at what earlier ones found.
#[derive(Default)]
pub(crate) struct Derivation {
    pub(crate) sheets: Vec<ScoreSheet>,
    pub(crate) ranks: Vec<RankDecision>,
    pub(crate) members: Vec<bool>,
    pub(crate) warnings: Vec<Diagnostic>,
    account: Option<CompanyAccount>,
}

impl Derivation {
    pub(crate) fn frame<'a>(&'a self, prepared: &'a Prepared<'_>, at: Instant) -> Frame<'a> {
        self.frame_of(&prepared.facts, at)
    }

    fn frame_of<'a>(&'a self, facts: &'a Facts<'_>, at: Instant) -> Frame<'a> {
        Frame { facts, at: at.micros(), activity: None, derived: Some(self) }
    }

    /// The same as its owner sees it.
    pub(crate) fn assessment(self, engine: &Engine, lead: String, at: Instant) -> Assessment {
        let compiled = &engine.compiled;
        let names = || compiled.cards.iter().map(|card| card.name.clone());
        let segments = compiled.segments.segments.iter().zip(&self.members);
        Assessment {
            lead,
            at,
            rank: self.ranks.first().and_then(|decision| decision.rank.clone()),
            segments: segments
                .filter(|(_, member)| **member)
                .map(|(segment, _)| segment.name.clone())
                .collect(),
            scores: names().zip(self.sheets).collect::<IndexMap<_, _>>(),
            ranks: names().zip(self.ranks).collect::<IndexMap<_, _>>(),
            warnings: self.warnings,
            engine: engine.clone(),
        }
    }

    /// Whether the lead is in the segment of a number.
    pub(crate) fn member(&self, segment: usize) -> bool {
        self.members.get(segment).copied().unwrap_or(false)
    }
}

impl Derived for Derivation {
    fn figure(&self, card: usize, figure: Figure) -> Points {
        self.sheets.get(card).map_or(Points::ZERO, |sheet| sheet.figure(figure))
    }

    fn rank(&self, card: usize) -> Option<&str> {
        self.ranks.get(card)?.rank.as_deref()
    }

    fn in_segment(&self, segment: usize) -> bool {
        self.member(segment)
    }

    fn account(&self) -> Option<&CompanyAccount> {
        self.account.as_ref()
    }
}
