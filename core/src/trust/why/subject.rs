//! The decision that is asked about, and what it would be if other facts were known.

use std::collections::BTreeSet;

use crate::assessment::Detail;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::suggest::nearest;
use crate::base::time::Instant;
use crate::engine::Prepared;
use crate::expr::Program;
use crate::lead::facts::{Cell, Facts};
use crate::lead::record::{Lead, Standing};
use crate::playbook::compile::Card;
use crate::qualification::RankDecision;
use crate::scoring::ScoreSheet;
use crate::scoring::compile::{By, PointsForm, Rule};

/// One lead's rank on one scorecard at one instant.
pub(super) struct Subject<'p, 'l> {
    pub(super) prepared: &'p Prepared<'l>,
    pub(super) card: usize,
    pub(super) at: Instant,
    pub(super) sheet: ScoreSheet,
    pub(super) decision: RankDecision,
    pub(super) reads: Reads,
    /// The record without its activities, for what is not read into facts.
    husk: Lead,
}

/// What the decision may look at.
#[derive(Default)]
pub(super) struct Reads {
    /// The scorecards whose figures count, this one among them.
    pub(super) cards: BTreeSet<usize>,
    pub(super) fields: BTreeSet<usize>,
    pub(super) kinds: BTreeSet<usize>,
    source: BTreeSet<Box<str>>,
    consent: BTreeSet<Box<str>>,
}

/// A fact that the decision may look at.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    Field(usize),
    Source(Box<str>),
    Consent(Box<str>),
    Standing,
    /// By its id.
    Activity(String),
}

impl<'p, 'l> Subject<'p, 'l> {
    pub(super) fn new(
        prepared: &'p Prepared<'l>,
        scorecard: Option<&str>,
        at: Instant,
    ) -> Result<Self, Error> {
        let compiled = &*prepared.engine.compiled;
        let card = match scorecard {
            None => 0,
            Some(name) => compiled.cards.iter().position(|card| card.name == name).ok_or_else(|| {
                let known = nearest(name, compiled.cards.iter().map(|card| card.name.as_str()));
                let diagnostic = Diagnostic::error(Code::BadCall, format!("no scorecard is called `{name}`"));
                Error::call(
                    diagnostic.with_help("name one of the playbook's `scorecards`").did_you_mean(known),
                )
            })?,
        };
        let lead = prepared.facts.lead;
        let standing = compiled.cards.get(card).and_then(|card| lead.standing.get(&card.name));
        let (sheet, decision) = prepared.decide(card, &prepared.facts, standing, at, Detail::Ledger)?;
        let mut husk = lead.clone();
        husk.swap_activities(Vec::new());
        let reads = Reads::of(prepared, card);
        Ok(Self { prepared, card, at, sheet, decision, reads, husk })
    }

    pub(super) fn policy(&self) -> Option<&'p Card> {
        self.prepared.engine.compiled.cards.get(self.card)
    }

    pub(super) fn scorecard(&self) -> &'p str {
        self.policy().map_or("", |card| card.name.as_str())
    }

    pub(super) fn standing(&self) -> Option<&'l Standing> {
        self.prepared.facts.lead.standing.get(self.scorecard())
    }

    /// The number of the rank that is asked for: where none is named, the next better one.
    pub(super) fn wanted(&self, rank: Option<&str>) -> Result<usize, Error> {
        let ranks = self.policy().map(|card| &card.qualification.ranks[..]).unwrap_or_default();
        let place = |name: &str| ranks.iter().position(|rank| rank.name == name);
        match (rank, self.decision.rank.as_deref()) {
            (Some(name), _) => place(name).ok_or_else(|| {
                let known = nearest(name, ranks.iter().map(|rank| rank.name.as_str()));
                let message = format!("scorecard `{}` has no rank `{name}`", self.scorecard());
                Error::call(
                    Diagnostic::error(Code::BadCall, message)
                        .with_help("name one of its `ranks`")
                        .did_you_mean(known),
                )
            }),
            (None, Some(held)) => Ok(place(held).unwrap_or(0).saturating_sub(1)),
            (None, None) => ranks.len().checked_sub(1).ok_or_else(|| {
                let message = format!("scorecard `{}` has no ranks", self.scorecard());
                let help = "ask about a scorecard that has some";
                Error::call(Diagnostic::error(Code::BadCall, message).with_help(help))
            }),
        }
    }

    /// Whether a decision is a rank or a better one.
    pub(super) fn reaches(&self, decision: &RankDecision, wanted: usize) -> bool {
        let ranks = self.policy().map(|card| &card.qualification.ranks[..]).unwrap_or_default();
        let mut best = ranks.iter().take(wanted + 1);
        decision.rank.as_ref().is_some_and(|rank| best.any(|known| known.name == *rank))
    }

    /// The decision for other facts.
    pub(super) fn decide(
        &self,
        facts: &Facts<'_>,
        standing: Option<&Standing>,
    ) -> Option<(ScoreSheet, RankDecision)> {
        // Points that leave their range decide nothing.
        self.prepared.decide(self.card, facts, standing, self.at, Detail::Figures).ok()
    }

    /// The decision if nothing were known of some facts.
    pub(super) fn without(&self, parts: &[&Part]) -> Option<RankDecision> {
        let mut fields = Vec::new();
        let mut ids: BTreeSet<&str> = BTreeSet::new();
        let mut standing = self.standing();
        let mut other: Option<Lead> = None;
        for part in parts {
            match part {
                Part::Field(field) => fields.push((*field, Cell::Null)),
                Part::Activity(id) => {
                    ids.insert(id);
                }
                Part::Standing => standing = None,
                Part::Source(key) => {
                    other.get_or_insert_with(|| self.husk.clone()).source.shift_remove(key.as_ref());
                }
                Part::Consent(channel) => {
                    other.get_or_insert_with(|| self.husk.clone()).consent.shift_remove(channel.as_ref());
                }
            }
        }
        let facts = &self.prepared.facts;
        let lead = other.as_ref().unwrap_or(facts.lead);
        let facts = facts.changed(lead, &fields, |fact| !ids.contains(fact.record.id.as_str()), &[]);
        self.decide(&facts, standing).map(|(_, decision)| decision)
    }

    /// The facts that the decision may look at, those with the most points first.
    pub(super) fn parts(&self) -> Vec<Part> {
        let facts = &self.prepared.facts;
        let lead = facts.lead;
        let known = |field: &&usize| *facts.field(**field) != Cell::Null;
        let mut parts: Vec<Part> =
            self.reads.fields.iter().filter(known).map(|field| Part::Field(*field)).collect();
        let source = self.reads.source.iter().filter(|key| lead.source.contains_key(key.as_ref()));
        parts.extend(source.cloned().map(Part::Source));
        let consent = self.reads.consent.iter().filter(|channel| lead.consent.contains_key(channel.as_ref()));
        parts.extend(consent.cloned().map(Part::Consent));
        if self.standing().is_some() {
            parts.push(Part::Standing);
        }
        let counts = |fact: &&crate::lead::facts::Fact<'_>| {
            fact.human && fact.known_at <= self.at.micros() && self.reads.kinds.contains(&fact.kind)
        };
        // The latest first, where points say nothing else.
        let mut activities: Vec<_> = facts.all().iter().filter(counts).collect();
        activities.sort_by(|a, b| (b.at, &a.record.id).cmp(&(a.at, &b.record.id)));
        parts.extend(activities.into_iter().map(|fact| Part::Activity(fact.record.id.clone())));
        parts.sort_by_key(|part| std::cmp::Reverse(self.weight(part)));
        parts
    }

    /// The points behind which a fact stands, gains and losses alike.
    fn weight(&self, part: &Part) -> i64 {
        let name = match part {
            Part::Field(field) => self.prepared.engine.compiled.model.field_at(*field).map(|(name, _)| name),
            _ => None,
        };
        let behind = self.sheet.ledger.iter().flatten().filter(|entry| match part {
            Part::Field(_) => name.is_some_and(|name| entry.values.contains_key(name)),
            Part::Activity(id) => entry.activity.as_ref().is_some_and(|activity| activity.id == *id),
            _ => false,
        });
        behind.fold(0_i64, |sum, entry| sum.saturating_add(entry.points.millionths().saturating_abs()))
    }

    /// Every rule whose points count, of whichever scorecard.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'p Rule> + use<'_, 'p, 'l> {
        let cards = &self.prepared.engine.compiled.scoring.cards;
        self.reads.cards.iter().filter_map(|card| cards.get(*card)).flat_map(|card| card.rules.iter())
    }

    /// Every condition of ranks and disqualification.
    pub(super) fn conditions(&self) -> impl Iterator<Item = &'p Program> + use<'p> {
        self.policy().into_iter().flat_map(|card| card.qualification.programs())
    }

    /// The points that are missing to a threshold.
    pub(super) fn missing(at_least: Points, figure: Points) -> Points {
        at_least.checked_sub(figure).filter(|missing| !missing.is_negative()).unwrap_or(Points::ZERO)
    }
}

impl Reads {
    fn of(prepared: &Prepared<'_>, card: usize) -> Self {
        let compiled = &*prepared.engine.compiled;
        let mut reads = Self { cards: BTreeSet::from([card]), ..Self::default() };
        for program in compiled.cards.get(card).into_iter().flat_map(|card| card.qualification.programs()) {
            reads.cards.extend(&program.reads().cards);
            reads.add(program);
        }
        for card in reads.cards.clone() {
            for rule in compiled.scoring.cards.get(card).into_iter().flat_map(|card| &card.rules) {
                reads.kinds.extend(rule.on.iter().flat_map(|on| on.kinds.iter().copied()));
                if let Some(when) = &rule.when {
                    reads.add(when);
                }
                match &rule.points {
                    PointsForm::Expression(program) => reads.add(program),
                    PointsForm::Table { by: By::Field(field), .. }
                    | PointsForm::Bands { by: By::Field(field), .. }
                    | PointsForm::Times { by: By::Field(field), .. } => {
                        reads.fields.insert(*field);
                    }
                    _ => {}
                }
            }
        }
        reads
    }

    fn add(&mut self, program: &Program) {
        let reads = program.reads();
        self.fields.extend(&reads.fields);
        self.kinds.extend(&reads.kinds);
        self.source.extend(reads.source.iter().cloned());
        self.consent.extend(reads.consent.iter().cloned());
    }
}
