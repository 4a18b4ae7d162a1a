//! The cheapest sets of moves that reach a rank.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::influence::Influence;
use super::minimal::binomial;
use super::moves::{Change, Menu, Move};
use super::subject::Subject;
use super::words;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::time::Instant;
use crate::lead::activity::Activity;
use crate::lead::facts::{Cell, Fact, Facts, Text, cell};
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::qualification::RankDecision;
use crate::scoring::ScoreSheet;
use crate::trust::change::{Known, Sentences};

/// What may be done to reach a rank, and how far to look.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WhatWouldOptions {
    /// The scorecard; the playbook's first where absent.
    #[serde(default)]
    pub scorecard: Option<String>,
    /// The rank; the next better one where absent.
    #[serde(default)]
    pub rank: Option<String>,
    /// Whether activities count from when they were recorded, or from when they happened.
    #[serde(default)]
    pub known: Known,
    /// What can be influenced. Where absent: every activity that the scorecard looks at, and every field that it looks
    /// at and of which nothing is known, save those that identify somebody; each at a cost of 1.
    #[serde(default)]
    pub influence: Option<Influence>,
    /// The most facts that a set may have: 1 to 6; 3 where absent.
    #[serde(default)]
    pub size: Option<usize>,
    /// The most sets that are told; 5 where absent.
    #[serde(default)]
    pub most: Option<usize>,
}

/// What would give a lead a rank.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct WhatWould {
    /// The lead's id.
    pub lead: String,
    /// The instant.
    pub at: Instant,
    /// Whether activities count from when they were recorded, or from when they happened.
    pub known: Known,
    /// The scorecard.
    pub scorecard: String,
    /// The rank that was asked for.
    pub asked: String,
    /// The rank that the lead has.
    pub rank: Option<String>,
    /// Whether that is the rank that was asked for, or a better one: then nothing is suggested.
    pub reached: bool,
    /// Sets of facts that reach it, each without one too many: by cost, then by size, then by name.
    pub suggestions: Vec<Way>,
    /// With how few facts it can be reached; none if it cannot be with so many as were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fewest: Option<usize>,
    /// Every set of up to so many facts was looked at.
    pub searched: usize,
    /// How many different facts could be brought about.
    pub considered: usize,
    /// Whether those are all that the playbook tells apart: false where an activity has too many properties that matter.
    pub complete: bool,
    /// The best of it in a sentence.
    pub words: Sentences,
}

/// A set of facts that reaches a rank.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Way {
    /// What it costs in all.
    pub cost: Points,
    /// What would have to become true.
    pub steps: Vec<SuggestedStep>,
    /// The rank that the lead would have.
    pub rank: String,
    /// The total that it would have.
    pub total: Points,
    /// In a sentence.
    pub words: Sentences,
}

/// A fact that would have to become true.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SuggestedStep {
    /// A field has another value.
    Field {
        /// The field.
        name: String,
        /// What it holds now.
        from: Value,
        /// What it would hold.
        to: Value,
    },
    /// A set has an item more.
    Item {
        /// The field.
        name: String,
        /// The item.
        item: String,
    },
    /// An activity happens, as it would be recorded.
    Activity(Activity),
}

/// So many sets are looked at for one question.
const MOST_SETS: usize = 50_000;
const SIZES: std::ops::RangeInclusive<usize> = 1..=6;

impl Subject<'_, '_> {
    pub(super) fn what_would(&self, wanted: usize, options: &WhatWouldOptions) -> Result<WhatWould, Error> {
        let size = options.size.unwrap_or(3);
        if !SIZES.contains(&size) {
            let diagnostic =
                Diagnostic::error(Code::BadCall, format!("sets of {size} facts cannot be searched"));
            return Err(Error::call(diagnostic.at("/size").with_help("give a `size` from 1 to 6")));
        }
        let menu = self.menu(options.influence.as_ref())?;
        let asked = self.policy().and_then(|card| card.qualification.ranks.get(wanted));
        let mut found = WhatWould {
            lead: self.prepared.facts.lead.id.clone(),
            at: self.at,
            known: options.known,
            scorecard: self.scorecard().to_owned(),
            asked: asked.map(|rank| rank.name.clone()).unwrap_or_default(),
            rank: self.decision.rank.clone(),
            reached: self.reaches(&self.decision, wanted),
            suggestions: Vec::new(),
            fewest: None,
            searched: 0,
            considered: menu.moves.len(),
            complete: menu.complete,
            words: Sentences { en: String::new(), ja: String::new() },
        };
        if !found.reached {
            let activities = Activities::new(self, &menu, size);
            let most = options.most.unwrap_or(5);
            let mut search = Search {
                subject: self,
                menu: &menu,
                activities: &activities,
                wanted,
                most,
                ways: Vec::new(),
            };
            found.searched = search.run(size);
            found.fewest = search.ways.iter().map(|(way, _)| way.len()).min();
            search.sort();
            let ways = std::mem::take(&mut search.ways);
            found.suggestions =
                ways.into_iter().take(most).map(|(way, outcome)| search.told(&way, outcome)).collect();
        }
        found.words = words::what_would(&self.prepared.engine.compiled, &found);
        Ok(found)
    }
}

/// Activities that may happen, read as facts: of each as many as a set may have, with an id for its place in the set.
struct Activities {
    /// By number of the move and place.
    leads: Vec<Vec<Lead>>,
}

impl Activities {
    fn new(subject: &Subject<'_, '_>, menu: &Menu, size: usize) -> Self {
        let held = subject.prepared.facts.lead.activities();
        let mut prefix = "would".to_owned();
        while held.iter().any(|activity| activity.id.starts_with(&format!("{prefix}-"))) {
            prefix.push('-');
        }
        let one = |change: &Change, place: usize| {
            let mut lead = Lead::new("sample");
            if let Change::Do(activity) = change {
                let mut activity = activity.clone();
                activity.id = format!("{prefix}-{}", place + 1);
                lead.swap_activities(vec![activity]);
            }
            lead
        };
        let each = |change: &Change| match change {
            Change::Do(_) => (0..size).map(|place| one(change, place)).collect(),
            _ => Vec::new(),
        };
        Self { leads: menu.moves.iter().map(|made| each(&made.change)).collect() }
    }

    fn get(&self, number: usize, place: usize) -> Option<&Lead> {
        self.leads.get(number)?.get(place)
    }
}

struct Search<'a, 'p, 'l> {
    subject: &'a Subject<'p, 'l>,
    menu: &'a Menu,
    activities: &'a Activities,
    wanted: usize,
    most: usize,
    /// Rising numbers of moves, and what they come to.
    ways: Vec<(Vec<usize>, (ScoreSheet, RankDecision))>,
}

impl Search<'_, '_, '_> {
    /// Looks at every set of up to so many moves; says of up to how many.
    fn run(&mut self, size: usize) -> usize {
        let count = self.menu.moves.len();
        let mut left = MOST_SETS;
        for moves in 1..=size {
            // Activities may happen several times, so the sets are multisets.
            let sets = binomial(count.saturating_add(moves - 1), moves);
            match left.checked_sub(sets) {
                Some(rest) => left = rest,
                None if moves > 1 => return moves - 1,
                None => left = 0,
            }
            let mut set = Vec::with_capacity(moves);
            self.extend(&mut set, 0, moves);
        }
        size
    }

    fn extend(&mut self, set: &mut Vec<usize>, from: usize, moves: usize) {
        if set.len() == moves {
            let hopeless = self.too_dear(set);
            if !hopeless
                && let Some((sheet, decision)) = self.outcome(set)
                && self.subject.reaches(&decision, self.wanted)
            {
                self.ways.push((set.clone(), (sheet, decision)));
            }
            return;
        }
        for number in from..self.menu.moves.len() {
            if !self.goes_with(set, number) {
                continue;
            }
            set.push(number);
            // What holds a way already has more than it needs.
            if !self.ways.iter().any(|(way, _)| way.len() < moves && within(way, set)) {
                self.extend(set, number, moves);
            }
            set.pop();
        }
    }

    /// Whether there are as many cheaper ways as are told: what is dearer, and what holds it, is not told.
    fn too_dear(&self, set: &[usize]) -> bool {
        let cost = self.cost(set);
        self.ways.iter().filter(|(way, _)| self.cost(way) < cost).count() >= self.most.max(1)
    }

    fn cost(&self, set: &[usize]) -> i64 {
        let costs = set.iter().filter_map(|number| self.menu.moves.get(*number));
        costs.fold(0_i64, |sum, made| sum.saturating_add(made.cost.millionths()))
    }

    /// A field takes one value, and a set every item once.
    fn goes_with(&self, set: &[usize], number: usize) -> bool {
        let change = |number: usize| self.menu.moves.get(number).map(|made| &made.change);
        let new = change(number);
        set.iter().all(|held| match (change(*held), new) {
            (Some(Change::Set(field, _)), Some(Change::Set(other, _) | Change::Add(other, _)))
            | (Some(Change::Add(field, _)), Some(Change::Set(other, _))) => field != other,
            (Some(Change::Add(field, item)), Some(Change::Add(other, more))) => {
                field != other || item != more
            }
            _ => true,
        })
    }

    /// The decision if all of a set were true.
    fn outcome(&self, set: &[usize]) -> Option<(ScoreSheet, RankDecision)> {
        let subject = self.subject;
        let facts = &subject.prepared.facts;
        let model = &subject.prepared.engine.compiled.model;
        let mut fields: IndexMap<usize, Cell<'_>> = IndexMap::new();
        let mut more: Vec<Fact<'_>> = Vec::new();
        for number in set {
            match &self.menu.moves.get(*number)?.change {
                Change::Set(field, value) => {
                    let (_, policy) = model.field_at(*field)?;
                    fields.insert(*field, cell(model, value, policy.kind).ok()?);
                }
                Change::Add(field, item) => {
                    let held = fields.get(field).unwrap_or_else(|| facts.field(*field));
                    let mut items = match held {
                        Cell::Set(items) => items.to_vec(),
                        _ => Vec::new(),
                    };
                    items.push(Text { text: item, symbol: model.symbol(item) });
                    fields.insert(*field, Cell::Set(items.into_boxed_slice()));
                }
                Change::Do(_) => {
                    let lead = self.activities.get(*number, more.len())?;
                    more.extend(Facts::read(model, lead).ok()?.all().first().cloned());
                }
            }
        }
        let fields: Vec<(usize, Cell<'_>)> = fields.into_iter().collect();
        let changed = facts.changed(facts.lead, &fields, |_| true, &more);
        subject.decide(&changed, subject.standing())
    }

    fn sort(&mut self) {
        let moves = &self.menu.moves;
        let names = |set: &[usize]| -> Vec<&str> {
            set.iter().filter_map(|number| moves.get(*number)).map(|made: &Move| made.name.as_str()).collect()
        };
        let mut ways = std::mem::take(&mut self.ways);
        ways.sort_by(|(a, _), (b, _)| {
            (self.cost(a), a.len(), names(a)).cmp(&(self.cost(b), b.len(), names(b)))
        });
        self.ways = ways;
    }

    fn told(&self, set: &[usize], (sheet, decision): (ScoreSheet, RankDecision)) -> Way {
        let facts = &self.subject.prepared.facts;
        let model = &self.subject.prepared.engine.compiled.model;
        let name = |field: &usize| model.field_at(*field).map_or("", |(name, _)| name).to_owned();
        let mut happened = 0;
        let mut steps = Vec::with_capacity(set.len());
        for number in set {
            match self.menu.moves.get(*number).map(|made| &made.change) {
                Some(Change::Set(field, value)) => {
                    let name = name(field);
                    let from = facts.lead.fields.get(&name).cloned().unwrap_or_default();
                    steps.push(SuggestedStep::Field { name, from, to: value.clone() });
                }
                Some(Change::Add(field, item)) => {
                    steps.push(SuggestedStep::Item { name: name(field), item: item.clone() });
                }
                Some(Change::Do(_)) => {
                    let lead = self.activities.get(*number, happened);
                    let activity = lead.and_then(|lead| lead.activities().first());
                    steps.extend(activity.cloned().map(SuggestedStep::Activity));
                    happened += 1;
                }
                None => {}
            }
        }
        let mut way = Way {
            cost: Points::from_millionths(self.cost(set)).unwrap_or(Points::MAX),
            steps,
            rank: decision.rank.unwrap_or_default(),
            total: sheet.total,
            words: Sentences { en: String::new(), ja: String::new() },
        };
        way.words = words::way(&self.subject.prepared.engine.compiled, &way);
        way
    }
}

/// Whether a set holds another; both rising.
fn within(part: &[usize], set: &[usize]) -> bool {
    let mut rest = set.iter();
    part.iter().all(|number| rest.any(|held| held == number))
}
