//! The roster read against a playbook: members and accounts by number, calendars ready.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use crate::base::calendar::business::{Calendar, Week};
use crate::base::calendar::{DAY, Holidays, TimeOfDay, Weekday};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::base::text::normalize_text;
use crate::base::time::{Period, Zone, date_micros};
use crate::lead::account::CompanyAccount;
use crate::routing::compile::Routing;
use crate::routing::roster::{Capacity, Hours, Load, Member, Roster, Taken};

/// Weights above this say nothing that smaller ones could not.
const MAX_WEIGHT: u32 = 10_000;
/// Groups of companies are not nested deeper.
const MAX_PARENTS: usize = 16;

/// Everybody, and every company.
#[derive(Debug, Clone)]
pub(crate) struct People {
    pub(crate) members: Box<[Person]>,
    numbers: HashMap<Box<str>, usize>,
    /// For each team, its members in order of their ids; where it has none of its own, those of the teams below it.
    pub(crate) pools: Box<[Box<[usize]>]>,
    accounts: Box<[CompanyAccount]>,
    /// Accounts by id, name and domain, each with its kind in front.
    keys: HashMap<String, usize>,
}

/// A member.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) weight: i64,
    pub(crate) active: bool,
    pub(crate) capacity: Capacity,
    pub(crate) calendar: Calendar,
    skills: HashSet<String>,
    languages: HashSet<String>,
    pub(crate) deputy: Option<usize>,
}

impl People {
    /// Reads a roster.
    ///
    /// # Errors
    /// `IK0602`: members that share an id, teams and deputies that do not exist, hours and days that are none.
    pub(crate) fn read(roster: &Roster, routing: &Routing, zone: Zone) -> Result<Self, Error> {
        let mut reader = Reader { roster, problems: Vec::new(), zone };
        let people = reader.people(routing);
        if reader.problems.is_empty() { Ok(people) } else { Err(Error::calls(reader.problems)) }
    }

    pub(crate) fn number(&self, id: &str) -> Option<usize> {
        self.numbers.get(id).copied()
    }

    pub(crate) fn get(&self, number: usize) -> Option<&Person> {
        self.members.get(number)
    }

    /// The number of a member who works here.
    pub(crate) fn active(&self, id: &str) -> Option<usize> {
        self.number(id).filter(|number| self.get(*number).is_some_and(|person| person.active))
    }

    /// The member himself if he is there; else the first of his deputies who is.
    pub(crate) fn there(&self, number: usize, at: i64) -> Option<usize> {
        let mut next = Some(number);
        for _ in 0..MAX_PARENTS {
            let person = self.get(next?)?;
            if person.active && !person.calendar.is_away(at) {
                return next;
            }
            next = person.deputy;
        }
        None
    }

    /// The account of a lead by its keys, as [`account_key`] writes them; with the owner of a parent where it has none.
    pub(crate) fn account<'k>(&self, keys: impl Iterator<Item = &'k String>) -> Option<CompanyAccount> {
        if self.keys.is_empty() {
            return None;
        }
        let mut keys = keys;
        let number = keys.find_map(|key| self.keys.get(key).copied())?;
        Some(self.with_owner(self.accounts.get(number)?.clone()))
    }

    /// The account, with the owner of a parent where it has none.
    pub(crate) fn with_owner(&self, mut account: CompanyAccount) -> CompanyAccount {
        let mut parent = account.parent.clone();
        for _ in 0..MAX_PARENTS {
            if account.owner.is_some() {
                break;
            }
            let above = parent
                .take()
                .and_then(|id| self.keys.get(&account_key(AccountKey::Id, &id)))
                .and_then(|number| self.accounts.get(*number));
            let Some(above) = above else { break };
            account.owner.clone_from(&above.owner);
            parent.clone_from(&above.parent);
        }
        account
    }
}

impl Person {
    /// Whether there is room for one more.
    pub(crate) fn has_room(&self, load: Option<&Load>, at: i64) -> bool {
        let Some(load) = load else {
            return self.capacity.day != Some(0)
                && self.capacity.open != Some(0)
                && self.capacity.week != Some(0);
        };
        let taken = |taken: Option<Taken>, period| match taken {
            Some(taken) if taken.of == self.calendar.zone.period(at, period) => taken.leads,
            _ => 0,
        };
        let below = |limit: Option<u32>, now: u32| limit.is_none_or(|limit| now < limit);
        below(self.capacity.open, load.open)
            && (self.capacity.day.is_none() || below(self.capacity.day, taken(load.day, Period::Day)))
            && (self.capacity.week.is_none() || below(self.capacity.week, taken(load.week, Period::Week)))
    }

    /// Books one more.
    pub(crate) fn take(&self, load: &mut Load, at: i64) {
        let count = |taken: &mut Option<Taken>, period| {
            let of = self.calendar.zone.period(at, period);
            let before = taken.filter(|taken| taken.of == of).map_or(0, |taken| taken.leads);
            *taken = Some(Taken { of, leads: before.saturating_add(1) });
        };
        load.open = load.open.saturating_add(1);
        count(&mut load.day, Period::Day);
        count(&mut load.week, Period::Week);
    }

    pub(crate) fn can(&self, skill: &str) -> bool {
        self.skills.contains(skill)
    }

    pub(crate) fn speaks(&self, language: &str) -> bool {
        self.languages.contains(language)
    }
}

/// What an account is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountKey {
    Id,
    Name,
    Domain,
}

/// A key of an account, in normal form, told apart from keys of other kinds.
pub(crate) fn account_key(kind: AccountKey, text: &str) -> String {
    match kind {
        AccountKey::Id => format!("i{text}"),
        AccountKey::Name => format!("n{}", normalize_text(text)),
        AccountKey::Domain => format!("d{}", normalize_text(text)),
    }
}

struct Reader<'a> {
    roster: &'a Roster,
    problems: Vec<Diagnostic>,
    zone: Zone,
}

impl Reader<'_> {
    fn problem(&mut self, path: String, message: String, help: &str) {
        self.problems.push(Diagnostic::error(Code::BadRoster, message).at(path).with_help(help));
    }

    fn people(&mut self, routing: &Routing) -> People {
        let roster = self.roster;
        let zone = self.zone(roster.zone.as_deref(), "/zone", self.zone);
        let holidays = self.holidays(&roster.holidays, "/holidays");
        let default = [Hours {
            days: vec![Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri],
            from: "09:00".to_owned(),
            to: "18:00".to_owned(),
        }];
        let week = self.week(if roster.hours.is_empty() { &default } else { &roster.hours }, "/hours");
        let week = Arc::new(week);
        let mut numbers: HashMap<Box<str>, usize> = HashMap::new();
        for (index, member) in roster.members.iter().enumerate() {
            if member.id.is_empty() || numbers.insert(member.id.as_str().into(), index).is_some() {
                let message = format!("two members have the id `{}`, or it is empty", member.id);
                self.problem(format!("/members/{index}/id"), message, "give every member an id of its own");
            }
        }
        let members: Box<[Person]> = roster
            .members
            .iter()
            .enumerate()
            .map(|(index, member)| self.person(member, index, zone, &week, &holidays, &numbers))
            .collect();
        let pools = self.pools(routing);
        let mut keys = HashMap::new();
        for (index, account) in roster.accounts.iter().enumerate() {
            let names = account.names.iter().map(|name| account_key(AccountKey::Name, name));
            let domains = account.domains.iter().map(|domain| account_key(AccountKey::Domain, domain));
            for key in names.chain(domains) {
                keys.entry(key).or_insert(index);
            }
            if keys.insert(account_key(AccountKey::Id, &account.id), index).is_some() {
                let message = format!("two accounts have the id `{}`", account.id);
                self.problem(format!("/accounts/{index}/id"), message, "give every account an id of its own");
            }
        }
        People { members, numbers, pools, accounts: roster.accounts.clone().into_boxed_slice(), keys }
    }

    fn person(
        &mut self,
        member: &Member,
        index: usize,
        zone: Zone,
        week: &Arc<Week>,
        holidays: &Holidays,
        numbers: &HashMap<Box<str>, usize>,
    ) -> Person {
        let path = format!("/members/{index}");
        let zone = self.zone(member.zone.as_deref(), &format!("{path}/zone"), zone);
        let week = if member.hours.is_empty() {
            Arc::clone(week)
        } else {
            Arc::new(self.week(&member.hours, &format!("{path}/hours")))
        };
        let mut own = self.holidays(&member.holidays, &format!("{path}/holidays"));
        if !member.own_holidays {
            own.extend(holidays);
        }
        let mut away = Vec::with_capacity(member.absences.len());
        for (number, absence) in member.absences.iter().enumerate() {
            let path = format!("{path}/absences/{number}");
            let first = self.day(&absence.from, &format!("{path}/from"));
            let last = self.day(&absence.to, &format!("{path}/to"));
            if let (Some(first), Some(last)) = (first, last) {
                if last < first {
                    let message = format!("the absence ends on {}, before it begins", absence.to);
                    self.problem(path, message, "`to` is the last day away, which is not before the first");
                }
                away.push((zone.instants(first * DAY).0, zone.instants((last + 1) * DAY).0));
            }
        }
        away.sort_unstable();
        if member.weight == 0 || member.weight > MAX_WEIGHT {
            let message = format!("a weight of {}", member.weight);
            let help = "give a weight from 1 to 10000; who takes nothing is inactive";
            self.problem(format!("{path}/weight"), message, help);
        }
        let deputy = member.deputy.as_deref().and_then(|deputy| {
            let number = numbers.get(deputy).copied();
            if number.is_none() {
                self.unknown(deputy, numbers.keys().map(AsRef::as_ref), &format!("{path}/deputy"), "member");
            }
            number
        });
        Person {
            id: member.id.clone(),
            name: member.name.clone().unwrap_or_else(|| member.id.clone()),
            weight: i64::from(member.weight.clamp(1, MAX_WEIGHT)),
            active: member.active,
            capacity: member.capacity.unwrap_or_default(),
            calendar: Calendar { zone, week, holidays: own, away: away.into_boxed_slice() },
            skills: member.skills.iter().cloned().collect(),
            languages: member.languages.iter().cloned().collect(),
            deputy,
        }
    }

    fn pools(&mut self, routing: &Routing) -> Box<[Box<[usize]>]> {
        let mut pools = vec![BTreeSet::new(); routing.teams.len()];
        for (index, member) in self.roster.members.iter().enumerate() {
            for (place, name) in member.teams.iter().enumerate() {
                match routing.team(name).and_then(|team| pools.get_mut(team)) {
                    Some(pool) => {
                        pool.insert((member.id.as_str(), index));
                    }
                    None => {
                        let known = routing.teams.iter().map(|team| team.name.as_str());
                        self.unknown(name, known, &format!("/members/{index}/teams/{place}"), "team");
                    }
                }
            }
        }
        let below = |team: usize| {
            let inside = routing.teams.iter().enumerate().filter(|(_, other)| other.above.contains(&team));
            inside.filter_map(|(number, _)| pools.get(number)).flatten().copied().collect::<BTreeSet<_>>()
        };
        pools
            .iter()
            .enumerate()
            .map(|(team, own)| {
                let pool = if own.is_empty() { below(team) } else { own.clone() };
                pool.into_iter().map(|(_, index)| index).collect()
            })
            .collect()
    }

    fn unknown<'n>(&mut self, name: &str, known: impl Iterator<Item = &'n str>, path: &str, what: &str) {
        let diagnostic = Diagnostic::error(Code::BadRoster, format!("no {what} is called `{name}`"));
        let diagnostic = diagnostic.at(path).with_help(match what {
            "team" => "name one of the playbook's `routing/teams`",
            _ => "name one of the roster's `members`",
        });
        self.problems.push(diagnostic.did_you_mean(nearest(name, known)));
    }

    fn zone(&mut self, name: Option<&str>, path: &str, otherwise: Zone) -> Zone {
        let Some(name) = name else { return otherwise };
        Zone::parse(name).unwrap_or_else(|_| {
            let message = format!("no time zone is called `{name}`");
            self.problem(
                path.to_owned(),
                message,
                "name one of the IANA database, such as `Asia/Tokyo`, or an offset such as `+09:00`",
            );
            otherwise
        })
    }

    fn holidays(&mut self, entries: &[String], path: &str) -> Holidays {
        let mut holidays = Holidays::default();
        for (index, entry) in entries.iter().enumerate() {
            if let Err(problem) = holidays.add(entry, Code::BadRoster) {
                self.problems.push(problem.at(format!("{path}/{index}")));
            }
        }
        holidays
    }

    fn day(&mut self, day: &str, path: &str) -> Option<i64> {
        let micros = date_micros(day);
        if micros.is_none() {
            self.problem(path.to_owned(), format!("`{day}` is not a date"), "write it as `2026-11-23`");
        }
        micros.map(|micros| micros.div_euclid(DAY))
    }

    fn week(&mut self, hours: &[Hours], path: &str) -> Week {
        let mut week: [Vec<(i64, i64)>; 7] = Default::default();
        for (index, stretch) in hours.iter().enumerate() {
            let hours = (stretch.from.parse::<TimeOfDay>(), stretch.to.parse::<TimeOfDay>());
            let (Ok(from), Ok(to)) = hours else {
                let message = format!("`{}` to `{}` are not hours of a day", stretch.from, stretch.to);
                self.problem(format!("{path}/{index}"), message, "write them as `09:00` and `18:00`");
                continue;
            };
            if to <= from {
                let message = format!("work from `{}` ends at `{}`", stretch.from, stretch.to);
                self.problem(
                    format!("{path}/{index}"),
                    message,
                    "write a night as two stretches, until `24:00` and from `00:00`",
                );
                continue;
            }
            for day in &stretch.days {
                if let Some(day) = week.get_mut(*day as usize) {
                    day.push((from.minutes(), to.minutes()));
                }
            }
        }
        week.map(|mut day| {
            day.sort_unstable();
            // Stretches that touch or overlap are one.
            let mut apart: Vec<(i64, i64)> = Vec::with_capacity(day.len());
            for (from, to) in day {
                match apart.last_mut() {
                    Some((_, end)) if from <= *end => *end = (*end).max(to),
                    _ => apart.push((from, to)),
                }
            }
            apart.into_boxed_slice()
        })
    }
}
