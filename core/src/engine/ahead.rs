//! The first instant at which time alone turns something that a lead's scenarios wait for.
//!
//! Between two instants scores move within bounds, and most often these tell that no rank, segment or condition turns
//! there: then nothing in between is looked at. Where they do not, the time is halved, down to single instants at which
//! anything may change; and there everything is derived.

use super::moments::{Timed, timed};
use super::{Derivation, Prepared};
use crate::assessment::Detail;
use crate::base::calendar::DAY;
use crate::base::error::Error;
use crate::base::points::Points;
use crate::base::time::Instant;
use crate::expr::{Figure, Outlook, Stretch};
use crate::nurturing::process::Awaited;
use crate::scoring::foresee::{Course, Given, Reach};

#[cfg(test)]
mod tests;

/// Instants that bounds do not rule out, and at which nothing turned, before it is said when to look on.
pub(super) const LOOKS: usize = 100;

/// A lead on its way through time.
pub(super) struct Search<'s, 'l> {
    prepared: &'s Prepared<'l>,
    awaited: &'s Awaited<'s>,
    timed: Vec<Timed<'s>>,
    /// Whether when an expression changes may depend on scores, ranks or segments.
    derives: bool,
    left: usize,
}

/// An instant, and what rules give then.
#[derive(Clone)]
struct Point {
    at: i64,
    given: Vec<Given>,
}

impl<'s, 'l> Search<'s, 'l> {
    pub(super) fn new(prepared: &'s Prepared<'l>, awaited: &'s Awaited<'s>, looks: usize) -> Self {
        let mut timed = timed(&prepared.engine.compiled);
        let conditions = awaited.conditions.iter().copied().filter(|condition| condition.is_timed());
        timed.extend(conditions.map(Timed::condition));
        let derives = timed.iter().any(Timed::derives);
        Self { prepared, awaited, timed, derives, left: looks }
    }

    /// The first instant after one and up to another at which something turns, or at which to look on.
    pub(super) fn first(&mut self, from: i64, until: i64) -> Result<Option<Instant>, Error> {
        let mut at = from;
        loop {
            // An activity that comes to be known is the end of a stretch in which nothing happens.
            let facts = self.prepared.facts.all().iter().filter(|fact| fact.human);
            let known = facts.map(|fact| fact.known_at).filter(|known| *known > at).min();
            let end = known.map_or(until, |known| until.min(known - 1));
            if let Some(found) = self.within(at, end)? {
                return Ok(Some(found));
            }
            match known.filter(|known| *known <= until) {
                Some(known) if self.turns(known)? => return Ok(Instant::from_micros(known)),
                Some(known) => at = known,
                None => return Ok(None),
            }
        }
    }

    /// The same while no activity comes to be known.
    fn within(&mut self, from: i64, until: i64) -> Result<Option<Instant>, Error> {
        let prepared = self.prepared;
        let course = prepared.engine.compiled.scoring.course(&prepared.facts, from);
        let given = |at: i64| course.as_ref().map(|course| course.given(at)).unwrap_or_default();
        let until = until.min(self.horizon(course.as_ref()));
        if until <= from {
            return Ok(None);
        }
        let mut point = Point { at: from, given: given(from) };
        // Nothing turns up to the point. These are ahead of it, the nearest last.
        let mut ends = vec![Point { at: until, given: given(until) }];
        let mut next = None;
        while let Some(end) = ends.last() {
            if end.at <= point.at || !self.may_turn(course.as_ref(), &point, end) {
                if end.at > point.at {
                    (point, next) = (end.clone(), None);
                }
                ends.pop();
                continue;
            }
            let first = match next {
                Some(first) => first,
                None => *next.insert(self.next(point.at)?),
            };
            let Some(first) = first.filter(|first| *first <= end.at) else {
                // Nothing changes up to the end.
                (point, next) = (end.clone(), None);
                continue;
            };
            if first == end.at {
                if self.turns(first)? {
                    return Ok(Instant::from_micros(first));
                }
                (point, next) = (end.clone(), None);
                continue;
            }
            let middle = point.at + (end.at - point.at) / 2;
            if course.is_none() || middle < first {
                ends.push(Point { at: first, given: given(first) });
                continue;
            }
            match self.next(middle)?.filter(|later| *later < end.at) {
                Some(later) => ends.push(Point { at: later, given: given(later) }),
                None => ends.push(Point { at: middle, given: given(middle) }),
            }
        }
        Ok(None)
    }

    /// The last instant at which anything may change while nothing happens.
    fn horizon(&self, course: Option<&Course<'_>>) -> i64 {
        let Some(course) = course.filter(|_| self.timed.is_empty()) else { return Instant::LAST.micros() };
        let compiled = &*self.prepared.engine.compiled;
        let dwells = compiled.cards.iter().filter_map(|card| {
            let standing = self.awaited.standing.get(&card.name)?;
            let dwells = card.qualification.ranks.iter().filter_map(|rank| rank.keep?.dwell);
            Some(standing.since.micros().saturating_add(dwells.map(|dwell| dwell.micros()).max()?))
        });
        dwells.chain(course.end()).max().unwrap_or(i64::MIN)
    }

    /// The first instant after one at which anything may change.
    fn next(&self, at: i64) -> Result<Option<i64>, Error> {
        let derivation = match self.derives {
            true => self.derive(at)?,
            false => Derivation::default(),
        };
        let standing = self.awaited.standing;
        let frame = derivation.frame(self.prepared, instant(at));
        let moment = self.prepared.next_moment(&self.timed, standing, &frame);
        // What nobody can foresee is looked at every day.
        let day = moment.unforeseeable.and_then(|_| self.next_day(at));
        let moment = moment.at.map(Instant::micros);
        Ok(moment.into_iter().chain(day).min())
    }

    /// The beginning of the next day in the playbook's zone; a day that the clock skips begins with the next.
    fn next_day(&self, at: i64) -> Option<i64> {
        let zone = self.prepared.engine.compiled.zone;
        let day = zone.local_micros(at).div_euclid(DAY);
        (1..4).map(|ahead| zone.instants((day + ahead) * DAY).0).find(|begins| *begins > at)
    }

    fn derive(&self, at: i64) -> Result<Derivation, Error> {
        self.prepared.derive_after(self.awaited.standing, instant(at), Detail::Figures)
    }

    /// Whether something stands otherwise at an instant, or enough instants were looked at.
    fn turns(&mut self, at: i64) -> Result<bool, Error> {
        self.left = self.left.saturating_sub(1);
        let derivation = self.derive(at)?;
        let frame = derivation.frame(self.prepared, instant(at));
        Ok(self.awaited.turned(&frame, &derivation) || self.left == 0)
    }

    /// Whether something may turn between two instants, both included.
    fn may_turn(&self, course: Option<&Course<'_>>, earlier: &Point, later: &Point) -> bool {
        let Some(outlook) = course.and_then(|course| self.prospect(course, earlier, later)) else {
            return true;
        };
        let (facts, from, to) = (&self.prepared.facts, earlier.at, later.at);
        self.awaited.may_turn(&Stretch { facts, from, to, outlook: &outlook })
    }

    /// Scores, then ranks, then segments, between two instants; nothing where points may leave their range.
    fn prospect(&self, course: &Course<'_>, earlier: &Point, later: &Point) -> Option<Prospect<'s>> {
        let sheets = course.reach(&earlier.given, &later.given)?;
        let compiled = &*self.prepared.engine.compiled;
        let mut prospect = Prospect { sheets, ranks: Vec::new(), members: Vec::new() };
        let facts = &self.prepared.facts;
        let (from, to) = (earlier.at, later.at);
        let mut ranks = Vec::with_capacity(compiled.cards.len());
        for (card, sheet) in compiled.cards.iter().zip(&prospect.sheets) {
            let stretch = Stretch { facts, from, to, outlook: &prospect };
            ranks.push(card.qualification.foresee(&stretch, sheet, self.awaited.standing.get(&card.name)));
        }
        prospect.ranks = ranks;
        prospect.members = vec![Some(false); compiled.segments.segments.len()];
        for index in &compiled.segments.order {
            let stretch = Stretch { facts, from, to, outlook: &prospect };
            let member = compiled.segments.foresee(*index, &stretch);
            if let Some(slot) = prospect.members.get_mut(*index) {
                *slot = member;
            }
        }
        Some(prospect)
    }
}

/// Scores, ranks and segments throughout a stretch of time.
struct Prospect<'p> {
    sheets: Vec<Reach>,
    ranks: Vec<Option<Option<&'p str>>>,
    members: Vec<Option<bool>>,
}

impl Outlook for Prospect<'_> {
    fn figure(&self, card: usize, figure: Figure) -> (Points, Points) {
        self.sheets.get(card).map_or((Points::ZERO, Points::ZERO), |sheet| sheet.figure(figure))
    }

    fn rank(&self, card: usize) -> Option<Option<&str>> {
        self.ranks.get(card).copied().unwrap_or(Some(None))
    }

    fn in_segment(&self, segment: usize) -> Option<bool> {
        self.members.get(segment).copied().unwrap_or(Some(false))
    }
}

fn instant(at: i64) -> Instant {
    // INVARIANT: a search looks at no instant that is out of range.
    Instant::from_micros(at).unwrap_or(Instant::LAST)
}
