//! Steps of scenarios that no lead comes to, and waits that the goal makes idle.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sets::{ALL, NONE};
use crate::expr::Program;
use crate::lead::record::Lead;
use crate::nurturing::{
    ActivityMatch, BranchArm, InviteStep, SplitStep, StepPolicy, TriggerPolicy, WaitStep,
};
use crate::scoring::compile::escape;
use crate::trust::lint::Linter;
use crate::trust::lint::arrivals::arrivals;
use crate::trust::lint::places::kinds;
use crate::trust::lint::reach::millionths;
use crate::trust::lint::space::Space;

/// Where the steps of one scenario stand.
struct Scenario<'p> {
    name: &'p str,
    goal: Option<Program>,
    /// Campaigns that a step made the lead a member of, on every way here.
    campaigns: Vec<&'p str>,
    /// Places of steps that leads of other versions go on at.
    arrivals: Vec<String>,
}

impl Scenario<'_> {
    /// Whether leads of other versions come into a part of the scenario.
    fn is_entered(&self, path: &str) -> bool {
        let within = |place: &String| {
            place.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.arrivals.iter().any(within)
    }
}

/// Whether anything comes after a step; if not, why.
type After = Result<(), &'static str>;

impl<'p> Linter<'p> {
    pub(super) fn steps(&mut self) {
        let document = self.document;
        for (name, policy) in &document.scenarios {
            let base = format!("/scenarios/{}", escape(name));
            for (index, trigger) in policy.enrol.iter().enumerate() {
                self.trigger(trigger, &format!("{base}/enrol/{index}"), name);
            }
            let goal = policy.goal.as_ref().and_then(|goal| self.program(goal, &[], false));
            let steps = format!("{base}/steps");
            let arrivals = arrivals(policy, &steps);
            let mut scenario = Scenario { name, goal, campaigns: Vec::new(), arrivals };
            let _ = self.block(&mut scenario, &policy.steps, &steps);
        }
    }

    /// What would enrol leads and never does.
    fn trigger(&mut self, trigger: &TriggerPolicy, path: &str, scenario: &str) {
        let card = |name: Option<&String>| match name {
            Some(name) => self.document.scorecards.get_index_of(name),
            None => Some(0),
        };
        let why = match trigger {
            TriggerPolicy::SegmentEntered(segment) if self.is_always_empty(segment) => {
                format!("no lead is ever in segment `{segment}`")
            }
            TriggerPolicy::SegmentLeft(segment) if self.is_always_empty(segment) => {
                format!("no lead is ever in segment `{segment}`")
            }
            TriggerPolicy::Score(score) => {
                let reach = card(score.card.as_ref()).and_then(|card| self.reaches.get(card));
                let (low, high) = reach.map_or((None, None), |reach| (reach.total.low, reach.total.high));
                let beyond =
                    |wanted: crate::base::points::Points| high.is_some_and(|high| high < millionths(wanted));
                match (score.at_least, score.below) {
                    (Some(wanted), _) if beyond(wanted) => format!("no lead has {wanted} points"),
                    (_, Some(wanted)) if beyond(wanted) => {
                        format!("no lead ever has {wanted} points to lose")
                    }
                    (_, Some(wanted)) if low.is_some_and(|low| low >= millionths(wanted)) => {
                        format!("no lead has less than {wanted} points")
                    }
                    _ => return,
                }
            }
            TriggerPolicy::Rank(rank) if !rank.to.is_empty() => {
                let Some(card) = card(rank.card.as_ref()) else { return };
                let never = |name: &String| self.unreached.contains(&(card, name.clone()));
                if !rank.to.iter().all(never) {
                    return;
                }
                "no lead reaches its ranks".to_owned()
            }
            _ => return,
        };
        let message = format!("nothing enrols a lead in scenario `{scenario}` by this: {why}");
        self.unreachable_step(path.to_owned(), message, "change what enrols, or remove it");
    }

    fn is_always_empty(&self, name: &str) -> bool {
        let Some(number) = self.compiled.segments.position(name) else { return false };
        let domain = self.domain(&[]);
        let Some(segment) = self.compiled.segments.segments.get(number) else { return false };
        let programs: Vec<&Program> = segment.when.iter().collect();
        let mut space = Space::new(&domain, &programs, &[]);
        let yes = segment.when.as_ref().map_or(NONE, |when| space.truth(when).yes);
        segment.include.is_empty() && yes == NONE && space.is_known()
    }

    /// Walks a list of steps that leads come to.
    fn block(&mut self, scenario: &mut Scenario<'p>, steps: &'p [StepPolicy], path: &str) -> After {
        let mut after: After = Ok(());
        for (index, step) in steps.iter().enumerate() {
            let arrive = (index..steps.len()).any(|index| scenario.is_entered(&format!("{path}/{index}")));
            if let (Err(why), false) = (after, arrive) {
                let message = format!("a step of scenario `{}` is never reached: {why}", scenario.name);
                self.unreachable_step(format!("{path}/{index}"), message, "move it up, or remove it");
                break;
            }
            after = self.step(scenario, step, &format!("{path}/{index}"));
        }
        after
    }

    /// Walks one way of several: of what it does to leads, nothing is known after the others join it.
    fn way(&mut self, scenario: &mut Scenario<'p>, steps: &'p [StepPolicy], path: &str) -> After {
        let joined = scenario.campaigns.len();
        let after = self.block(scenario, steps, path);
        scenario.campaigns.truncate(joined);
        after
    }

    fn step(&mut self, scenario: &mut Scenario<'p>, step: &'p StepPolicy, at: &str) -> After {
        match step {
            StepPolicy::Exit(_) => Err("the step before it leaves the scenario"),
            StepPolicy::Move(_) => Err("the step before it goes on in another scenario"),
            StepPolicy::Wait(wait) => self.wait(scenario, wait, at),
            StepPolicy::Branch(arms) => self.branch(scenario, arms, at),
            StepPolicy::Split(split) => self.split(scenario, split, at),
            StepPolicy::Invite(invite) => self.invite(scenario, invite, at),
            StepPolicy::Campaign(campaign) => {
                scenario.campaigns.push(&campaign.campaign);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn branch(&mut self, scenario: &mut Scenario<'p>, arms: &'p [BranchArm], at: &str) -> After {
        let conditions: Vec<Option<Program>> = arms
            .iter()
            .map(|arm| arm.when.as_ref().and_then(|when| self.program(when, &[], false)))
            .collect();
        let domain = self.domain(&[]);
        let programs: Vec<&Program> = conditions.iter().flatten().collect();
        let mut space = Space::new(&domain, &programs, &[]);
        let mut taken = NONE;
        // Of each arm, whether its condition holds for nobody, and whether those before it leave it anybody.
        let mut verdicts = Vec::with_capacity(arms.len());
        for condition in &conditions {
            let set = condition.as_ref().map_or(ALL, |condition| space.truth(condition).yes);
            let left = space.sets.minus(set, taken);
            verdicts.push((set == NONE, left == NONE));
            taken = space.sets.or(taken, set);
        }
        let known = space.is_known();
        drop(space);
        let mut after: After = Err("every way before it leaves the scenario");
        for (index, (arm, (never, covered))) in arms.iter().zip(verdicts).enumerate() {
            let path = format!("{at}/branch/{index}");
            if known && (never || covered) && !scenario.is_entered(&path) {
                let why = if never {
                    "its condition holds for no lead"
                } else {
                    "every lead that it would take goes by an arm before it"
                };
                let message = format!("an arm of scenario `{}` is never taken: {why}", scenario.name);
                self.unreachable_step(path, message, "change its condition, move it up, or remove it");
                continue;
            }
            if self.way(scenario, &arm.steps, &format!("{path}/steps")).is_ok() {
                after = Ok(());
            }
        }
        // Whom no arm takes goes on.
        if !known || taken != ALL { Ok(()) } else { after }
    }

    fn split(&mut self, scenario: &mut Scenario<'p>, split: &'p SplitStep, at: &str) -> After {
        let mut after: After = Err("every way before it leaves the scenario");
        for (name, arm) in &split.arms {
            let path = format!("{at}/split/arms/{}", escape(name));
            if arm.share == 0 && !scenario.is_entered(&path) {
                let message =
                    format!("arm `{name}` of scenario `{}` is never taken: its share is 0", scenario.name);
                self.unreachable_step(path, message, "give it a share, or remove it");
            } else if self.way(scenario, &arm.steps, &format!("{path}/steps")).is_ok() {
                after = Ok(());
            }
        }
        after
    }

    fn wait(&mut self, scenario: &mut Scenario<'p>, wait: &'p WaitStep, at: &str) -> After {
        let until = wait.until.as_ref().and_then(|until| self.program(until, &[], false));
        let (never, always) = until.as_ref().map_or((true, false), |until| self.ends(until));
        let seen = wait.activity.as_ref().is_some_and(|activity| self.may_come(activity));
        let (met, asked) = (!never || seen, wait.until.is_some() || wait.activity.is_some());
        let timed = wait.length.is_some()
            || wait.business_days.is_some()
            || wait.day.is_some()
            || !wait.days.is_empty()
            || wait.at.is_some();
        self.outlives_goal(scenario, until.as_ref().filter(|_| !never && !always), at);
        #[cfg(feature = "analytics")]
        self.outlives_campaign(scenario, wait, at);
        let mut after: After = Err(if met || timed {
            "every way before it leaves the scenario"
        } else {
            "the wait before it never ends"
        });
        let then = format!("{at}/wait/then");
        if met || scenario.is_entered(&then) {
            if self.way(scenario, &wait.then, &then).is_ok() {
                after = Ok(());
            }
        } else if !wait.then.is_empty() {
            let why = if asked {
                "what the wait is for never comes"
            } else {
                "the wait is for its time alone, with neither `until` nor `activity`"
            };
            let message = format!("steps of scenario `{}` are never reached: {why}", scenario.name);
            self.unreachable_step(then, message, "say what is waited for, or put the steps after the wait");
        }
        let timed_out = format!("{at}/wait/timed_out");
        if timed && !always || scenario.is_entered(&timed_out) {
            if self.way(scenario, &wait.timed_out, &timed_out).is_ok() {
                after = Ok(());
            }
        } else if !wait.timed_out.is_empty() {
            let why =
                if always { "what the wait is for is always so" } else { "the wait has no end in time" };
            let message = format!("steps of scenario `{}` are never reached: {why}", scenario.name);
            self.unreachable_step(timed_out, message, "say how long is waited, with `for`, or remove them");
        }
        after
    }

    fn invite(&mut self, scenario: &mut Scenario<'p>, invite: &'p InviteStep, at: &str) -> After {
        let Some(attendance) = &invite.attendance else { return Ok(()) };
        let mut after: After = Err("every way before it leaves the scenario");
        let attended = format!("{at}/invite/attended");
        if self.may_come(&attendance.activity) || scenario.is_entered(&attended) {
            if self.way(scenario, &invite.attended, &attended).is_ok() {
                after = Ok(());
            }
        } else if !invite.attended.is_empty() {
            let message = format!(
                "steps of scenario `{}` are never reached: nothing shows that a lead attended",
                scenario.name
            );
            self.unreachable_step(attended, message, "change what shows attendance, or remove them");
        }
        for (steps, key) in [(&invite.absent, "absent"), (&invite.full, "full")] {
            if self.way(scenario, steps, &format!("{at}/invite/{key}")).is_ok() {
                after = Ok(());
            }
        }
        after
    }

    /// Whether a condition holds for no lead, and whether for every one.
    pub(super) fn ends(&self, program: &Program) -> (bool, bool) {
        let domain = self.domain(&[]);
        let mut space = Space::new(&domain, &[program], &[]);
        let truth = space.truth(program);
        let known = space.is_known();
        (known && truth.yes == NONE, known && truth.yes == ALL)
    }

    /// Whether there can be such an activity.
    pub(super) fn may_come(&self, activity: &ActivityMatch) -> bool {
        let kinds = kinds(&self.compiled.model, &activity.kind);
        let when = activity.when.as_ref().and_then(|when| self.program(when, &kinds, false));
        when.is_none_or(|when| {
            let domain = self.domain(&kinds);
            let mut space = Space::new(&domain, &[&when], &[]);
            let truth = space.truth(&when);
            !space.is_known() || truth.yes != NONE
        })
    }

    /// A wait for what reaches the goal first.
    fn outlives_goal(&mut self, scenario: &Scenario<'p>, until: Option<&Program>, at: &str) {
        let (Some(goal), Some(until)) = (&scenario.goal, until) else { return };
        let domain = self.domain(&[]);
        let mut space = Space::new(&domain, &[goal, until], &[]);
        let (goal, wanted) = (space.truth(goal).yes, space.truth(until).yes);
        let rest = space.sets.minus(wanted, goal);
        let idle = rest == NONE && goal != ALL;
        let check = |lead: &Lead| self.holds(until, &[], lead);
        let example = if idle { self.example(&mut space, wanted, &check) } else { None };
        let known = space.is_known();
        drop(space);
        if idle && known {
            let message = format!(
                "a wait of scenario `{}` is for what reaches the goal: the scenario is over before it goes on",
                scenario.name
            );
            let diagnostic = Diagnostic::warning(Code::WaitOutlivesGoal, message)
                .at(format!("{at}/wait/until"))
                .with_help(
                    "wait for something that comes before the goal, or let the time alone end the wait",
                )
                .with_related("the goal is here", format!("/scenarios/{}/goal", escape(scenario.name)));
            self.find(diagnostic, example);
        }
    }

    /// A wait whose time is longer than the campaign that it belongs to.
    #[cfg(feature = "analytics")]
    fn outlives_campaign(&mut self, scenario: &Scenario<'p>, wait: &WaitStep, at: &str) {
        let Some(length) = wait.length else { return };
        for name in &scenario.campaigns {
            let Some(campaign) = self.document.campaigns.get(*name) else { continue };
            let days: Vec<i64> = campaign.period.iter().filter_map(|day| day_number(day)).collect();
            let (false, [first, last]) = (campaign.goals.is_empty(), days.as_slice()) else { continue };
            // A day more than there are, for the hour by which clocks are set.
            if length.seconds() <= (last - first + 2) * 86_400 {
                continue;
            }
            let days = last - first + 1;
            let message = format!(
                "the time of a wait of scenario `{}` is {length}, and campaign `{name}`, whose goals it serves, is over after {days} days",
                scenario.name
            );
            let diagnostic = Diagnostic::warning(Code::WaitOutlivesGoal, message)
                .at(format!("{at}/wait/for"))
                .with_help("wait for less time, or give the campaign a longer `period`")
                .with_related("the campaign is here", format!("/campaigns/{}/period", escape(name)));
            self.find(diagnostic, None);
            return;
        }
    }

    fn unreachable_step(&mut self, path: String, message: String, help: &str) {
        let diagnostic = Diagnostic::warning(Code::UnreachableStep, message).at(path).with_help(help);
        self.find(diagnostic, None);
    }
}

/// Days since 1970 of a date such as `2026-04-08`.
#[cfg(feature = "analytics")]
fn day_number(text: &str) -> Option<i64> {
    let at: crate::base::time::Instant = format!("{text}T00:00:00Z").parse().ok()?;
    Some(at.micros().div_euclid(86_400_000_000))
}
