//! What looks at activities, and until when.
//!
//! Every rule, rank and segment that asks the history becomes a look: which kinds, up to which age, and which of them
//! are enough. What a look no longer needs, it needs at no later instant, whatever is recorded late: ages only grow,
//! what was known stays known, and a condition counts here only where it asks nothing but the activity itself.

use crate::base::time::{Period, Zone};
use crate::columnar::plan::Scope;
use crate::expr::{Frame, Function, Node, NodeKind, Program, Property};
use crate::lead::facts::{Fact, Facts};
use crate::playbook::compile::Compiled;
use crate::scoring::compile::Rule;

/// Everything that looks at activities.
#[derive(Debug)]
pub(super) struct Looks {
    /// Looks that have to see an activity to tell.
    choosy: Vec<Look>,
    /// Per kind.
    kinds: Vec<Kind>,
    zone: Zone,
}

/// What looks at a kind.
#[derive(Debug, Clone, Copy, Default)]
struct Kind {
    /// The age up to which every activity counts, if there is one.
    all: Option<i64>,
    /// The age from which nothing looks any more, if anything ever does.
    end: Option<i64>,
    /// Whether a choosy look is among them.
    choosy: bool,
}

/// One of them.
#[derive(Debug)]
struct Look {
    kinds: Box<[usize]>,
    /// The age from which it does not look any more.
    end: i64,
    /// What an activity has to fulfil, where that stays as it is.
    when: Option<Program>,
    enough: Enough,
}

/// Which of the activities say what all of them say.
#[derive(Debug, Clone, Copy)]
enum Enough {
    All,
    /// The latest: it says whether there is one, and when the last one was.
    Latest,
    /// The first so many of each period.
    First(Period, usize),
}

/// What becomes of an activity, the weakest reason to keep it first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// Nothing looks at it.
    Ignored,
    /// Whatever looked at it does so no longer.
    Expired,
    /// Others say what it says.
    Replaced,
    /// It is there twice.
    Repeated,
    Kept,
}

impl Looks {
    pub(super) fn new(compiled: &Compiled, scope: &Scope) -> Self {
        let kinds = vec![Kind::default(); compiled.model.activities().len()];
        let mut looks = Self { choosy: Vec::new(), kinds, zone: compiled.scoring.zone };
        for (number, card) in compiled.scoring.cards.iter().enumerate() {
            if scope.scored(number) {
                card.rules.iter().for_each(|rule| looks.rule(rule));
            }
        }
        for (number, card) in compiled.cards.iter().enumerate() {
            if scope.ranked(number) {
                card.qualification.programs().for_each(|program| looks.history(program.root()));
            }
        }
        for segment in &compiled.segments.segments {
            segment.when.iter().for_each(|program| looks.history(program.root()));
        }
        looks
    }

    /// What becomes of an activity of a kind and age, where that can be told without seeing it.
    pub(super) fn at_once(&self, kind: usize, age: i64) -> Option<Fate> {
        let of = self.kinds.get(kind).copied().unwrap_or_default();
        match of.end {
            None => Some(Fate::Ignored),
            Some(end) if age >= end => Some(Fate::Expired),
            Some(_) if of.choosy => None,
            Some(_) => Some(Fate::Kept),
        }
    }

    /// What becomes of the activities of one lead, which are in order of time and then of their ids.
    pub(super) fn decide(&self, facts: &[Fact<'_>], nobody: &Facts<'_>, at: i64) -> Vec<Fate> {
        let age = |fact: &Fact<'_>| at.saturating_sub(fact.at);
        let counts = |fact: &Fact<'_>| {
            let all = self.kinds.get(fact.kind).and_then(|kind| kind.all);
            all.is_some_and(|all| age(fact) < all)
        };
        let mut fates: Vec<Fate> =
            facts.iter().map(|fact| if counts(fact) { Fate::Kept } else { Fate::Ignored }).collect();
        let mut raise = |index: usize, to: Fate| {
            if let Some(fate) = fates.get_mut(index) {
                *fate = to.max(*fate);
            }
        };
        for look in &self.choosy {
            let mut latest = None;
            let (mut period, mut in_period) = (None, 0);
            let of_look = facts.iter().enumerate().filter(|(_, fact)| look.kinds.contains(&fact.kind));
            for (index, fact) in of_look {
                let frame = Frame { facts: nobody, at, activity: Some(fact), derived: None };
                match look.when.as_ref().map(|when| when.test(&frame)) {
                    Some(Ok(false)) => continue,
                    // It counts nowhere, and whoever assesses is told.
                    Some(Err(_)) => {
                        raise(index, if age(fact) < look.end { Fate::Kept } else { Fate::Expired });
                        continue;
                    }
                    Some(Ok(true)) | None => {}
                }
                if age(fact) >= look.end {
                    raise(index, Fate::Expired);
                    continue;
                }
                // What is not known yet replaces nothing: until then it is as if it were not there.
                let known = fact.known_at <= at;
                let fate = match look.enough {
                    Enough::Latest if known => {
                        latest = Some(index);
                        Fate::Replaced
                    }
                    Enough::First(name, number) if known => {
                        let this = self.zone.period(fact.at, name);
                        if period != Some(this) {
                            (period, in_period) = (Some(this), 0);
                        }
                        in_period += 1;
                        if in_period <= number { Fate::Kept } else { Fate::Replaced }
                    }
                    _ => Fate::Kept,
                };
                raise(index, fate);
            }
            latest.into_iter().for_each(|index| raise(index, Fate::Kept));
        }
        fates
    }

    fn rule(&mut self, rule: &Rule) {
        rule.when.iter().for_each(|when| self.history(when.root()));
        rule.points.program().into_iter().for_each(|points| self.history(points.root()));
        let Some(on) = &rule.on else { return };
        let when = rule.when.as_ref().filter(|when| stays(when.root())).cloned();
        let settled = when.is_some() || rule.when.is_none();
        let (end, enough) = match on.per {
            None => (on.end(), Enough::All),
            Some((period, number)) => {
                // Activities that count no more take their place in a period as long as another of it may count.
                let end = on.end().saturating_add(longest(period));
                // Where clocks are set back a period may come twice, and what is recorded late may part the two.
                let once = matches!(self.zone, Zone::Fixed(_)) || period == Period::Ever;
                let first = Enough::First(period, usize::try_from(number).unwrap_or(usize::MAX));
                (end, if settled && once { first } else { Enough::All })
            }
        };
        self.add(Look { kinds: on.kinds.clone(), end, when, enough });
    }

    /// What a part of an expression looks up in the history.
    fn history(&mut self, node: &Node) {
        let (kind, end, enough) = match &node.kind {
            NodeKind::Seen(kind, within) => (*kind, within.unwrap_or(i64::MAX), Enough::Latest),
            NodeKind::Last(kind) => (*kind, i64::MAX, Enough::Latest),
            NodeKind::Count(kind, within) => (*kind, within.unwrap_or(i64::MAX), Enough::All),
            NodeKind::Activities(kind) => (*kind, i64::MAX, Enough::All),
            _ => return node.children().into_iter().for_each(|child| self.history(child)),
        };
        self.add(Look { kinds: Box::new([kind]), end, when: None, enough });
    }

    fn add(&mut self, look: Look) {
        let choosy = look.when.is_some() || !matches!(look.enough, Enough::All);
        for kind in &look.kinds {
            let Some(of) = self.kinds.get_mut(*kind) else { continue };
            of.end = of.end.max(Some(look.end));
            of.choosy |= choosy;
            if !choosy {
                of.all = of.all.max(Some(look.end));
            }
        }
        if choosy {
            self.choosy.push(look);
        }
    }
}

/// Whether a condition on an activity gives the same at every instant and for every lead.
fn stays(node: &Node) -> bool {
    match &node.kind {
        NodeKind::Field(_)
        | NodeKind::Now
        | NodeKind::LeadId
        | NodeKind::Source(_)
        | NodeKind::Consent(_)
        | NodeKind::Account(_)
        | NodeKind::Figure(..)
        | NodeKind::Rank(_)
        | NodeKind::InSegment(_)
        | NodeKind::Seen(..)
        | NodeKind::Count(..)
        | NodeKind::Last(_)
        | NodeKind::Activities(_)
        | NodeKind::Call(Function::Age, _)
        // In a table without a column of ids an activity is called by its place.
        | NodeKind::Property(_, Property::Id) => false,
        _ => node.children().into_iter().all(stays),
    }
}

/// No period takes longer, whatever is done to the clocks.
const fn longest(period: Period) -> i64 {
    const DAY: i64 = 86_400_000_000;
    match period {
        Period::Hour => 2 * DAY,
        Period::Day => 3 * DAY,
        Period::Week => 10 * DAY,
        Period::Month => 35 * DAY,
        Period::Ever => i64::MAX,
    }
}
