//! What has to be computed for the columns that are asked for, and by which kernel.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::suggest::nearest;
use crate::columnar::behaviour::Behaviour;
use crate::columnar::fit::Fit;
use crate::columnar::options::{LedgerColumns, SegmentColumns, TableOptions};
use crate::expr::Program;
use crate::playbook::compile::Compiled;
use crate::scoring::compile::{By, PointsForm, Rule};

/// What is computed.
#[derive(Debug)]
pub(crate) struct Scope {
    /// Cards to write, in the order of the playbook.
    pub(crate) written: Vec<usize>,
    /// Per card: whether its figures are needed.
    pub(crate) scored: Vec<bool>,
    /// Per card: whether its rank is needed.
    pub(crate) ranked: Vec<bool>,
    pub(crate) segments: bool,
    pub(crate) ledger: bool,
}

/// Kernels that have been made for an engine, by the cards that they score.
#[derive(Debug, Default)]
pub(crate) struct Kernels {
    made: Mutex<Vec<(Vec<bool>, Arc<Made>)>>,
}

/// The kernels for some cards: where every batch begins.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) fit: Fit,
    /// The same, with what the last table taught its automata.
    taught: Mutex<Option<Fit>>,
    /// Fit rules that no kernel covers, as card and number.
    pub(crate) rows: Vec<(usize, usize)>,
    pub(crate) behaviour: Behaviour,
}

impl Kernels {
    pub(crate) fn of(&self, compiled: &Compiled, scope: &Scope) -> Arc<Made> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = made.iter().find(|(scored, _)| *scored == scope.scored) {
            return Arc::clone(known);
        }
        let (fit, rows) = Fit::new(compiled, scope);
        let new = Arc::new(Made {
            fit,
            taught: Mutex::default(),
            rows,
            behaviour: Behaviour::plan(compiled, scope),
        });
        made.push((scope.scored.clone(), Arc::clone(&new)));
        new
    }
}

impl Made {
    /// Where the next table begins: the answers are the same, sooner.
    pub(crate) fn begin(&self) -> Fit {
        let taught = self.taught.lock().unwrap_or_else(PoisonError::into_inner);
        taught.as_ref().unwrap_or(&self.fit).clone()
    }

    pub(crate) fn keep(&self, fit: &Fit) {
        *self.taught.lock().unwrap_or_else(PoisonError::into_inner) = Some(fit.taught());
    }
}

/// What evaluation row by row looks at.
#[derive(Debug, Default)]
pub(crate) struct Needs {
    /// Whether anything is evaluated row by row.
    pub(crate) rows: bool,
    pub(crate) fields: BTreeSet<usize>,
    pub(crate) source: BTreeSet<Box<str>>,
    pub(crate) consent: BTreeSet<Box<str>>,
    /// Kinds of activities whose records are looked at one by one.
    pub(crate) kinds: BTreeSet<usize>,
    /// Declared properties, as kind and place.
    pub(crate) properties: BTreeSet<(usize, usize)>,
}

impl Scope {
    pub(crate) fn new(compiled: &Compiled, options: &TableOptions, problems: &mut Vec<Diagnostic>) -> Self {
        let cards = compiled.cards.len();
        let mut scope = Self {
            written: Vec::new(),
            scored: vec![false; cards],
            ranked: vec![false; cards],
            segments: options.segments != SegmentColumns::Absent,
            ledger: options.ledger != LedgerColumns::Absent,
        };
        let position = |name: &str| compiled.cards.iter().position(|card| card.name == name);
        for name in options.scorecards.iter().flatten().chain(options.standing.keys()) {
            if position(name).is_none() {
                let known = nearest(name, compiled.cards.iter().map(|card| card.name.as_str()));
                let diagnostic = Diagnostic::error(Code::BadCall, format!("no scorecard is called `{name}`"))
                    .with_help("name one of the playbook's `scorecards`");
                problems.push(diagnostic.did_you_mean(known));
            }
        }
        scope.written = match &options.scorecards {
            None => (0..cards).collect(),
            Some(names) => (0..cards)
                .filter(|card| compiled.cards.get(*card).is_some_and(|card| names.contains(&card.name)))
                .collect(),
        };
        for card in &scope.written {
            mark(&mut scope.scored, *card);
            if options.ranks {
                mark(&mut scope.ranked, *card);
            }
        }
        if scope.segments {
            for segment in &compiled.segments.segments {
                if let Some(program) = &segment.when {
                    let reads = program.reads();
                    reads.cards.iter().for_each(|card| mark(&mut scope.scored, *card));
                    reads.ranks.iter().for_each(|card| mark(&mut scope.ranked, *card));
                }
            }
        }
        for (card, policy) in compiled.cards.iter().enumerate() {
            if scope.ranked(card) {
                mark(&mut scope.scored, card);
                for program in policy.qualification.programs() {
                    program.reads().cards.iter().for_each(|card| mark(&mut scope.scored, *card));
                }
            }
        }
        scope
    }

    pub(crate) fn scored(&self, card: usize) -> bool {
        self.scored.get(card).copied().unwrap_or(false)
    }

    pub(crate) fn ranked(&self, card: usize) -> bool {
        self.ranked.get(card).copied().unwrap_or(false)
    }
}

fn mark(flags: &mut [bool], index: usize) {
    if let Some(flag) = flags.get_mut(index) {
        *flag = true;
    }
}

impl Needs {
    pub(crate) fn program(&mut self, program: &Program) {
        let reads = program.reads();
        self.rows = true;
        self.fields.extend(&reads.fields);
        self.source.extend(reads.source.iter().cloned());
        self.consent.extend(reads.consent.iter().cloned());
        self.kinds.extend(&reads.kinds);
        self.properties.extend(&reads.properties);
    }

    pub(crate) fn rule(&mut self, rule: &Rule) {
        self.rows = true;
        rule.when.iter().for_each(|when| self.program(when));
        if let Some(on) = &rule.on {
            self.kinds.extend(on.kinds.iter());
        }
        match &rule.points {
            PointsForm::Fixed(_) => {}
            PointsForm::Table { by, .. } | PointsForm::Bands { by, .. } | PointsForm::Times { by, .. } => {
                match by {
                    By::Field(field) => {
                        self.fields.insert(*field);
                    }
                    By::Property(places) => self
                        .properties
                        .extend(places.iter().filter_map(|(kind, place)| Some((*kind, (*place)?)))),
                }
            }
            PointsForm::Expression(program) => self.program(program),
        }
    }
}

impl Needs {
    /// What is looked at in activities one by one: by rules that no kernel covers, and by conditions on history.
    pub(crate) fn of_records(compiled: &Compiled, scope: &Scope, behaviour: &Behaviour) -> Self {
        let mut needs = Self::default();
        for (number, card) in compiled.scoring.cards.iter().enumerate() {
            if !scope.scored(number) {
                continue;
            }
            for (index, rule) in card.rules.iter().enumerate() {
                if scope.ledger || !behaviour.covers(number, index) {
                    needs.rule(rule);
                }
            }
        }
        needs.decisions(compiled, scope);
        needs
    }

    /// What ranks and segments look at.
    pub(crate) fn decisions(&mut self, compiled: &Compiled, scope: &Scope) {
        for (number, card) in compiled.cards.iter().enumerate() {
            if scope.ranked(number) {
                card.qualification.programs().for_each(|program| self.program(program));
            }
        }
        if scope.segments {
            let whens = compiled.segments.segments.iter().filter_map(|segment| segment.when.as_ref());
            whens.for_each(|program| self.program(program));
        }
    }
}

/// The fields that a rule looks at.
pub(crate) fn fields_of(rule: &Rule) -> BTreeSet<usize> {
    let mut needs = Needs::default();
    needs.rule(rule);
    needs.fields
}
