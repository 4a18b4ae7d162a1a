//! Which member of a team is next.

use super::{Desk, PassedOver, View};
use crate::base::hash::stable_hash;
use crate::lead::facts::Cell;
use crate::routing::compile::Rule;
use crate::routing::fair::{self, Presence, Seat};
use crate::routing::people::Person;
use crate::routing::policy::AssignBy;

impl Desk<'_> {
    /// The next member of a team who is there, has room, and brings what the rule asks for.
    pub(crate) fn pick(
        &mut self,
        team: usize,
        rule: &Rule,
        view: &View<'_>,
        tried: &[usize],
        mut passed: Option<&mut Vec<PassedOver>>,
    ) -> Option<usize> {
        let at = view.frame.at;
        let pool = self.people.pools.get(team)?;
        let mut seats = Vec::with_capacity(pool.len());
        for member in pool {
            let Some(person) = self.people.get(*member) else { continue };
            let full = || !person.has_room(self.load.get(*member).and_then(Option::as_ref), at);
            let (presence, because) = if !person.active {
                (Presence::Away, "inactive")
            } else if tried.contains(member) {
                (Presence::Apart, "tried")
            } else if !skilled(person, rule, view) {
                (Presence::Apart, "skill")
            } else if !speaks(person, rule, view) {
                (Presence::Apart, "language")
            } else if person.calendar.is_away(at) {
                (Presence::Away, "away")
            } else if full() {
                (Presence::Away, "full")
            } else {
                (Presence::Here, "")
            };
            if let (Some(passed), false) = (passed.as_deref_mut(), because.is_empty()) {
                passed.push(PassedOver { member: person.id.clone(), because });
            }
            let weight = if rule.by == AssignBy::RoundRobin { 1 } else { person.weight };
            seats.push(Seat { weight, presence });
        }
        let place = match rule.by {
            AssignBy::RoundRobin | AssignBy::Weighted => {
                self.touched.teams.insert(team);
                fair::next(self.balances.get_mut(team)?, &seats)?
            }
            AssignBy::LeastLoaded => self.least_loaded(pool, &seats)?,
            AssignBy::Sticky => self.sticky(team, &seats, view)?,
        };
        pool.get(place).copied()
    }

    /// Whoever's turn it is among all who work there, away or full or not.
    pub(crate) fn anybody(&mut self, team: usize, rule: &Rule) -> Option<usize> {
        let pool = self.people.pools.get(team)?;
        let seat = |member: &usize| {
            let person = self.people.get(*member);
            let presence =
                if person.is_some_and(|person| person.active) { Presence::Here } else { Presence::Away };
            let weighted = rule.by != AssignBy::RoundRobin;
            Seat { weight: person.filter(|_| weighted).map_or(1, |person| person.weight), presence }
        };
        let seats: Vec<Seat> = pool.iter().map(seat).collect();
        self.touched.teams.insert(team);
        let place = fair::next(self.balances.get_mut(team)?, &seats)?;
        pool.get(place).copied()
    }

    pub(super) fn has_active(&self, team: usize) -> bool {
        let pool = self.people.pools.get(team);
        pool.into_iter().flatten().any(|member| self.people.get(*member).is_some_and(|person| person.active))
    }

    /// The place of the member here with the fewest open leads for the weight; of equals, the first.
    fn least_loaded(&self, pool: &[usize], seats: &[Seat]) -> Option<usize> {
        let open =
            |member: usize| self.load.get(member).copied().flatten().map_or(0, |load| i64::from(load.open));
        let here =
            pool.iter().zip(seats).enumerate().filter(|(_, (_, seat))| seat.presence == Presence::Here);
        here.map(|(place, (member, seat))| (place, open(*member), seat.weight))
            .min_by(|a, b| (a.1 * b.2).cmp(&(b.1 * a.2)).then(a.0.cmp(&b.0)))
            .map(|(place, ..)| place)
    }

    /// The place of the company's member: by a hash over all who could be asked, and over those here if he is not.
    fn sticky(&self, team: usize, seats: &[Seat], view: &View<'_>) -> Option<usize> {
        let company = match (view.account, view.keys.first()) {
            (Some(account), _) => account.id.as_str(),
            (None, Some(key)) => key.as_str(),
            (None, None) => view.frame.facts.lead.id.as_str(),
        };
        let team = self.routing.teams.get(team).map_or("", |team| team.name.as_str());
        let drawn = |round: &str, takes: &dyn Fn(&Seat) -> bool| {
            let total: i64 = seats.iter().filter(|seat| takes(seat)).map(|seat| seat.weight).sum();
            let total = u64::try_from(total).ok().filter(|total| *total > 0)?;
            let mut point = stable_hash(&["sticky", team, company, round]) % total;
            seats.iter().position(|seat| {
                let weight = if takes(seat) { u64::try_from(seat.weight).unwrap_or(0) } else { 0 };
                let hit = point < weight;
                point = point.saturating_sub(weight);
                hit
            })
        };
        let first = drawn("1", &|seat| seat.presence != Presence::Apart)?;
        if seats.get(first).is_some_and(|seat| seat.presence == Presence::Here) {
            return Some(first);
        }
        drawn("2", &|seat| seat.presence == Presence::Here)
    }
}

fn skilled(person: &Person, rule: &Rule, view: &View<'_>) -> bool {
    rule.skills.iter().all(|skill| person.can(skill))
        && rule.skill_field.is_none_or(|field| texts(view, field, |skill| person.can(skill)))
}

fn speaks(person: &Person, rule: &Rule, view: &View<'_>) -> bool {
    rule.language_field.is_none_or(|field| texts(view, field, |language| person.speaks(language)))
}

/// Whether all texts of a field pass; an empty field has none.
fn texts(view: &View<'_>, field: usize, pass: impl Fn(&str) -> bool) -> bool {
    match view.frame.facts.field(field) {
        Cell::Text(text) => pass(text.text),
        Cell::Set(items) => items.iter().all(|item| pass(item.text)),
        _ => true,
    }
}
