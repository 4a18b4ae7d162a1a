//! Two playbooks over the same leads, in portions on several threads; what is kept does not grow with their number.

use std::borrow::Borrow;
#[cfg(feature = "routing")]
use std::borrow::Cow;
use std::num::NonZeroUsize;

use serde::Deserialize;

use crate::analytics::Analysis;
use crate::base::error::Error;
use crate::base::parallel::Threads;
use crate::base::time::Instant;
use crate::engine::Engine;
#[cfg(feature = "routing")]
use crate::engine::{RouteOptions, Router};
use crate::lead::record::Lead;
#[cfg(feature = "routing")]
use crate::routing::Roster;
#[cfg(feature = "simulation")]
use crate::simulation::{ResponseModel, Simulation, SimulationPeriod};
use crate::trust::diff::model::ChangedPart;
use crate::trust::diff::names::Names;
use crate::trust::diff::report::report;
use crate::trust::diff::tally::{Plan, Tally};

/// Leads that one thread takes at once, and that are held at once.
const PORTION: usize = 1_024;
const CHUNK: usize = 32 * PORTION;
/// Leads listed in each table, unless told otherwise.
const LIMIT: usize = 100;

/// What is asked of leads besides their scores, ranks and segments.
///
/// ```
/// use ikusei::CompareOptions;
/// let options: CompareOptions = serde_json::from_str(r#"{ "limit": 20 }"#)?;
/// assert_eq!(options.limit, Some(20));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct CompareOptions {
    /// How many of the leads that move are listed: 100.
    #[serde(default)]
    pub limit: Option<usize>,
    /// Who there is to work leads: with a roster, how many each member and team would have to take.
    #[cfg(feature = "routing")]
    #[serde(default)]
    pub roster: Option<Roster>,
    /// The routing policy of both playbooks; the first of each if none is named.
    #[cfg(feature = "routing")]
    #[serde(default)]
    pub policy: Option<String>,
    /// How many weeks from the instant are lived through, to count what is sent in each.
    #[cfg(feature = "simulation")]
    #[serde(default)]
    pub weeks: Option<u32>,
    /// How leads answer in these weeks; without one nobody answers.
    #[cfg(feature = "simulation")]
    #[serde(default)]
    pub model: Option<ResponseModel>,
    /// How many threads work, with the feature `threads`: as many as there are cores. The result does not depend on it.
    #[serde(default)]
    pub threads: Option<NonZeroUsize>,
}

/// What things of the first playbook are called in the second.
pub(super) struct Renames<'a> {
    pub(super) names: &'a Names,
    /// By scorecard of the second playbook: old and new name.
    pub(super) ranks: Vec<(String, String, String)>,
    pub(super) rules: Vec<(String, String, String)>,
}

impl Engine {
    /// What another playbook says of leads as of an instant, beside this one: rank migration, scores, sizes of
    /// segments, the rules that make the difference, the leads that move and why; with a roster the load on members
    /// and teams, with weeks what is sent in each.
    ///
    /// Leads come one after another and are let go again: of a million only the first `limit` that move are kept,
    /// those whose scores differ most. Scorecards, ranks and segments are compared by their names;
    /// [`Playbook::diff_with_leads`](crate::Playbook::diff_with_leads) recognises those with another name. Leads that one of the playbooks cannot read
    /// are left out, and a note says so.
    ///
    /// # Errors
    /// `IK0602` for a roster that cannot be worked with, `IK0601` for a routing policy that does not exist or a response
    /// model that does not fit.
    ///
    /// ```
    /// use ikusei::{CompareOptions, Instant, Lead, Playbook};
    /// let engine = |least: u32| Playbook::parse(&format!("{{ikusei: 1, name: demo, fields: {{size: {{type: integer}}}}, scorecards: {{overall: {{rules: [{{id: size, points: {{by: size, times: 1}}}}], ranks: [{{rank: A, at_least: {least}}}, {{rank: B}}]}}}}}}"))?.compile();
    /// let leads: Vec<Lead> = (0..100_i64).map(|size| Lead::new(format!("lead-{size}")).with_field("size", size)).collect();
    /// let at: Instant = "2026-05-01T00:00:00Z".parse()?;
    /// let found = engine(50)?.compare(&engine(40)?, &leads, at, &CompareOptions::default())?;
    /// assert_eq!(found.figures["moved"], ikusei::analytics::Cell::Whole(10));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn compare<L: Borrow<Lead> + Send + Sync>(
        &self,
        other: &Engine,
        leads: impl IntoIterator<Item = L>,
        at: impl Into<Instant>,
        options: &CompareOptions,
    ) -> Result<Analysis, Error> {
        let renames = Renames { names: &Names::default(), ranks: Vec::new(), rules: Vec::new() };
        compare((self, other), leads, at.into(), options, &renames)
    }
}

pub(super) fn compare<L: Borrow<Lead> + Send + Sync>(
    engines: (&Engine, &Engine),
    leads: impl IntoIterator<Item = L>,
    at: Instant,
    options: &CompareOptions,
    renames: &Renames<'_>,
) -> Result<Analysis, Error> {
    let plan = Plan::new(engines, at, options.limit.unwrap_or(LIMIT), renames);
    let threads = Threads::new(options.threads);
    let mut all = Tally::new(&plan);
    #[cfg(feature = "routing")]
    let mut desks = Desks::open(engines, options)?;
    #[cfg(feature = "simulation")]
    let weeks = Weeks::new(engines, at, options)?;
    let mut rest = leads.into_iter();
    loop {
        let chunk: Vec<L> = rest.by_ref().take(CHUNK).collect();
        if chunk.is_empty() {
            break;
        }
        let portions: Vec<&[L]> = chunk.chunks(PORTION).collect();
        let tallies = threads.map(portions, |portion| {
            let mut tally = Tally::new(&plan);
            portion.iter().for_each(|lead| tally.take(&plan, lead.borrow()));
            tally
        });
        for tally in tallies {
            #[cfg(feature = "routing")]
            if let Some(desks) = &mut desks {
                for (number, sales) in &tally.sales {
                    let lead = all.routed.checked_add(*number).and_then(|number| chunk.get(number));
                    if let Some(lead) = lead {
                        desks.take(lead.borrow(), *sales, at)?;
                    }
                }
            }
            all.merge(tally, plan.limit);
        }
        all.routed = 0;
        #[cfg(feature = "simulation")]
        if let Some(weeks) = &weeks {
            weeks.live(chunk.iter().map(Borrow::borrow), &mut all, threads_of(options))?;
        }
    }
    #[cfg(feature = "routing")]
    if let Some(desks) = desks {
        all.load = Some(desks.load);
    }
    Ok(report(&plan, &all))
}

#[cfg(feature = "simulation")]
fn threads_of(options: &CompareOptions) -> Option<NonZeroUsize> {
    options.threads
}

/// What the members and teams have to take, before and after.
#[cfg(feature = "routing")]
#[derive(Debug, Default)]
pub(super) struct Load {
    pub(super) members: std::collections::BTreeMap<String, [u64; 2]>,
    pub(super) teams: std::collections::BTreeMap<String, [u64; 2]>,
    pub(super) unowned: [u64; 2],
}

/// One desk for each playbook, the roster without any load on it.
#[cfg(feature = "routing")]
struct Desks<'e> {
    routers: [Router<'e>; 2],
    load: Load,
}

#[cfg(feature = "routing")]
impl<'e> Desks<'e> {
    fn open(
        (before, after): (&'e Engine, &'e Engine),
        options: &CompareOptions,
    ) -> Result<Option<Self>, Error> {
        let Some(roster) = &options.roster else { return Ok(None) };
        let mut empty = roster.clone();
        empty.load.clear();
        empty.balances.clear();
        let asked = RouteOptions { policy: options.policy.clone(), ..RouteOptions::default() };
        let routers = [before.router(&empty, &asked)?, after.router(&empty, &asked)?];
        let mut load = Load::default();
        for member in empty.members.iter().filter(|member| member.active) {
            load.members.insert(member.id.clone(), [0; 2]);
        }
        Ok(Some(Self { routers, load }))
    }

    /// Hands a lead over as if nobody had it yet.
    fn take(&mut self, lead: &Lead, sales: [bool; 2], at: Instant) -> Result<(), Error> {
        let mut bare = Cow::Borrowed(lead);
        if !bare.assignments.is_empty() {
            bare.to_mut().assignments.clear();
        }
        for (side, (router, _)) in
            self.routers.iter_mut().zip(sales).enumerate().filter(|(_, (_, sales))| *sales)
        {
            let count = |slot: &mut [u64; 2]| {
                if let Some(slot) = slot.get_mut(side) {
                    *slot += 1;
                }
            };
            match router.route(&bare, at) {
                Ok(routed) => {
                    for assignment in routed.assignments {
                        count(self.load.members.entry(assignment.owner).or_default());
                        if let Some(team) = assignment.team {
                            count(self.load.teams.entry(team).or_default());
                        }
                    }
                }
                Err(error) if error.is_evaluation() => count(&mut self.load.unowned),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The weeks to come under each playbook.
#[cfg(feature = "simulation")]
struct Weeks<'e> {
    engines: [&'e Engine; 2],
    simulation: Simulation,
}

#[cfg(feature = "simulation")]
impl<'e> Weeks<'e> {
    fn new(
        (before, after): (&'e Engine, &'e Engine),
        at: Instant,
        options: &CompareOptions,
    ) -> Result<Option<Self>, Error> {
        const WEEK: i64 = 7 * 86_400_000_000;
        let Some(weeks) = options.weeks else { return Ok(None) };
        let end =
            at.micros().checked_add(i64::from(weeks).saturating_mul(WEEK)).and_then(Instant::from_micros);
        let end = end.ok_or_else(|| {
            let diagnostic = crate::base::Diagnostic::error(
                crate::base::Code::BadCall,
                format!("{weeks} weeks from {at} are beyond all time"),
            );
            Error::call(diagnostic.at("/weeks").with_help("give fewer weeks"))
        })?;
        let simulation = Simulation {
            from: at,
            to: end,
            history: Vec::new(),
            model: options.model.clone(),
            per: SimulationPeriod::Week,
            suppression: Vec::new(),
        };
        let weeks = Self { engines: [before, after], simulation };
        // A model that does not fit is told even where there is no lead.
        for engine in weeks.engines {
            engine.simulate(Vec::new(), &weeks.simulation, None)?;
        }
        Ok(Some(weeks))
    }

    fn live<'l>(
        &self,
        leads: impl Iterator<Item = &'l Lead>,
        all: &mut Tally,
        threads: Option<NonZeroUsize>,
    ) -> Result<(), Error> {
        let leads: Vec<Lead> = leads.cloned().collect();
        for (side, engine) in self.engines.into_iter().enumerate() {
            let lived = engine.simulate(leads.clone(), &self.simulation, threads)?;
            if let Some(periods) = lived.analysis.table("periods") {
                all.sent(side, periods);
            }
        }
        Ok(())
    }
}

impl Renames<'_> {
    /// What a scorecard or a segment is called in the second playbook.
    pub(super) fn of<'n>(&'n self, part: ChangedPart, old: &'n str) -> &'n str {
        self.names.get(part, old).unwrap_or(old)
    }

    /// What a rank or a rule of a scorecard (by its new name) is called there.
    pub(super) fn within<'n>(known: &'n [(String, String, String)], card: &str, old: &'n str) -> &'n str {
        let found = known.iter().find(|(own, name, _)| own == card && name == old);
        found.map_or(old, |(.., new)| new)
    }
}
