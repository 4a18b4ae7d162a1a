//! Steps as a flow: a list of nodes, each with the node after it, in place of a tree.

use indexmap::IndexMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::duration::Duration;
use crate::base::text::pointer_escape;
use crate::expr::{Expected, Program};
use crate::lead::value::Value;
use crate::nurturing::calendar::{Calendar, Days, Hours};
use crate::nurturing::compile::{Compiler, Match};
use crate::nurturing::policy::{
    BranchArm, CallStep, InviteStep, LeavePolicy, RetryPolicy, SendStep, SplitStep, StepPolicy, WaitStep,
    WindowPolicy,
};

/// The steps of one version of a scenario.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    pub(crate) nodes: Vec<Node>,
    pub(crate) entry: Option<usize>,
    pub(crate) goal: Option<Program>,
    pub(crate) exits: Vec<Leave>,
}

#[derive(Debug)]
pub(crate) struct Leave {
    pub(crate) when: Program,
    /// Number of the scenario that follows.
    pub(crate) to: Option<usize>,
}

/// One step.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) id: String,
    pub(crate) kind: NodeKind,
    pub(crate) next: Option<usize>,
}

/// What a step does. Where a step leads elsewhere, its targets are numbers of nodes, or the end.
#[derive(Debug)]
pub(crate) enum NodeKind {
    Send(Send),
    Call(Call),
    Invite(Invite),
    Notify { to: String, text: Option<String> },
    Wait(Box<Wait>),
    Branch(Vec<(Option<Program>, Option<usize>)>),
    Split(Split),
    Update(IndexMap<String, Value>),
    Campaign { campaign: String, status: Option<String> },
    Adjust { kind: String, properties: IndexMap<String, Value> },
    HandOver { policy: Option<String> },
    Move(usize),
    Exit,
}

#[derive(Debug)]
pub(crate) struct Send {
    /// The template, then those to fall back to.
    pub(crate) templates: Vec<String>,
    pub(crate) shares: Vec<(String, u32)>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) window: Option<Hours>,
    pub(crate) deadline: Option<Duration>,
}

#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) queue: String,
    pub(crate) script: Option<String>,
    pub(crate) class: String,
    pub(crate) purpose: Option<String>,
    pub(crate) window: Option<Hours>,
    pub(crate) deadline: Option<Duration>,
}

#[derive(Debug)]
pub(crate) struct Invite {
    pub(crate) event: String,
    pub(crate) template: String,
    pub(crate) capacity: Option<u32>,
    pub(crate) window: Option<Hours>,
    pub(crate) deadline: Option<Duration>,
}

#[derive(Debug)]
pub(crate) struct Wait {
    pub(crate) length: Option<Duration>,
    pub(crate) calendar: Calendar,
    pub(crate) until: Option<Program>,
    pub(crate) activity: Option<Match>,
    pub(crate) met: Option<usize>,
    pub(crate) timed_out: Option<usize>,
    /// For the attendance of an invitation: the step that invited, and what follows where it was refused.
    pub(crate) refused: Option<(String, Option<usize>)>,
}

#[derive(Debug)]
pub(crate) struct Split {
    pub(crate) salt: Option<String>,
    pub(crate) arms: Vec<(String, u32, Option<usize>)>,
    pub(crate) holdout: u32,
}

impl NodeKind {
    /// Whether the gate decides on it.
    pub(crate) const fn is_gated(&self) -> bool {
        matches!(self, Self::Send(_) | Self::Call(_) | Self::Invite(_))
    }
}

impl Flow {
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }

    /// Compiles the steps of one version, which stand at `path` in the document.
    pub(crate) fn compile(
        compiler: &mut Compiler<'_>,
        path: &str,
        steps: &[StepPolicy],
        goal: Option<&String>,
        exits: &[LeavePolicy],
    ) -> Self {
        let goal =
            goal.and_then(|goal| compiler.program(goal, &format!("{path}/goal"), Expected::Bool, None));
        let mut flow = Self { goal, ..Self::default() };
        for (index, exit) in exits.iter().enumerate() {
            let at = format!("{path}/exit/{index}");
            let to = exit.to.as_ref().and_then(|to| compiler.scenario(to, &format!("{at}/to")));
            if let Some(when) = compiler.program(&exit.when, &format!("{at}/when"), Expected::Bool, None) {
                flow.exits.push(Leave { when, to });
            }
        }
        flow.entry = flow.block(compiler, steps, &format!("{path}/steps"), "", None);
        let mut seen: IndexMap<&str, ()> = IndexMap::new();
        for node in &flow.nodes {
            if seen.insert(&node.id, ()).is_some() {
                compiler.problems.push(
                    Diagnostic::error(Code::DuplicateId, format!("two steps have the id `{}`", node.id))
                        .at(format!("{path}/steps"))
                        .with_help("give each step an id of its own"),
                );
            }
        }
        flow
    }

    /// Adds steps that go on at `join`; the number of the first, or `join` where there is none.
    fn block(
        &mut self,
        compiler: &mut Compiler<'_>,
        steps: &[StepPolicy],
        path: &str,
        prefix: &str,
        join: Option<usize>,
    ) -> Option<usize> {
        let mut next = join;
        for (index, step) in steps.iter().enumerate().rev() {
            let id = format!("{prefix}{index}");
            next = Some(self.step(compiler, step, &format!("{path}/{index}"), &id, next));
        }
        next
    }

    fn step(
        &mut self,
        compiler: &mut Compiler<'_>,
        step: &StepPolicy,
        path: &str,
        place: &str,
        next: Option<usize>,
    ) -> usize {
        let own = |id: &Option<String>| id.clone().unwrap_or_else(|| place.to_owned());
        let (id, kind) = match step {
            StepPolicy::Send(send) => {
                (own(&send.id), NodeKind::Send(self::send(compiler, send, &format!("{path}/send"))))
            }
            StepPolicy::Call(call) => {
                (own(&call.id), NodeKind::Call(self::call(compiler, call, &format!("{path}/call"))))
            }
            StepPolicy::Invite(invite) => {
                let id = own(&invite.id);
                return self.invite(compiler, invite, &format!("{path}/invite"), id, next);
            }
            StepPolicy::Notify(notify) => {
                (own(&notify.id), NodeKind::Notify { to: notify.to.clone(), text: notify.text.clone() })
            }
            StepPolicy::Wait(wait) => {
                let id = own(&wait.id);
                let kind = self.wait(compiler, wait, &format!("{path}/wait"), &id, next);
                (id, NodeKind::Wait(Box::new(kind)))
            }
            StepPolicy::Branch(arms) => {
                let arms = self.branch(compiler, arms, &format!("{path}/branch"), place, next);
                (place.to_owned(), NodeKind::Branch(arms))
            }
            StepPolicy::Split(split) => {
                let id = own(&split.id);
                let kind = self.split(compiler, split, &format!("{path}/split"), &id, next);
                (id, NodeKind::Split(kind))
            }
            StepPolicy::Update(update) => {
                for name in update.set.keys() {
                    compiler.field(name, &format!("{path}/update/set/{}", pointer_escape(name)));
                }
                (own(&update.id), NodeKind::Update(update.set.clone()))
            }
            StepPolicy::Campaign(campaign) => (
                own(&campaign.id),
                NodeKind::Campaign { campaign: campaign.campaign.clone(), status: campaign.status.clone() },
            ),
            StepPolicy::Adjust(adjust) => {
                compiler.kind(&adjust.activity, &format!("{path}/adjust/activity"));
                let (kind, properties) = (adjust.activity.clone(), adjust.properties.clone());
                (own(&adjust.id), NodeKind::Adjust { kind, properties })
            }
            StepPolicy::HandOver(over) => (own(&over.id), NodeKind::HandOver { policy: over.policy.clone() }),
            StepPolicy::Move(to) => {
                let target = compiler.scenario(&to.to, &format!("{path}/move/to"));
                (own(&to.id), target.map_or(NodeKind::Exit, NodeKind::Move))
            }
            StepPolicy::Exit(exit) => (own(&exit.id), NodeKind::Exit),
        };
        self.push(Node { id, kind, next })
    }

    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    fn wait(
        &mut self,
        compiler: &mut Compiler<'_>,
        wait: &WaitStep,
        path: &str,
        id: &str,
        next: Option<usize>,
    ) -> Wait {
        let until = wait
            .until
            .as_ref()
            .and_then(|until| compiler.program(until, &format!("{path}/until"), Expected::Bool, None));
        let activity = wait
            .activity
            .as_ref()
            .and_then(|activity| compiler.matches(activity, &format!("{path}/activity")));
        let timed = wait.length.is_some()
            || wait.business_days.is_some()
            || wait.day.is_some()
            || !wait.days.is_empty()
            || wait.at.is_some();
        if !timed && wait.until.is_none() && wait.activity.is_none() {
            compiler.problems.push(
                Diagnostic::error(Code::Empty, "a wait for nothing")
                    .at(path)
                    .with_help("say how long, until when or until what: `for`, `at`, `until`, `activity`"),
            );
        }
        if wait.length.is_some() && wait.business_days.is_some() {
            compiler.problems.push(
                Diagnostic::error(Code::KeyCombination, "`for` and `business_days` exclude each other")
                    .at(format!("{path}/business_days"))
                    .with_help("give one of them"),
            );
        }
        if wait.day.is_some_and(|day| !(1..=31).contains(&day)) {
            compiler.problems.push(
                Diagnostic::error(Code::BadScalar, "not a day of a month")
                    .at(format!("{path}/day"))
                    .with_help("give a number from 1 to 31"),
            );
        }
        Wait {
            length: wait.length,
            calendar: Calendar {
                business_days: wait.business_days,
                day: wait.day,
                days: (!wait.days.is_empty()).then(|| Days::of(&wait.days)),
                at: wait.at,
            },
            until,
            activity,
            met: self.block(compiler, &wait.then, &format!("{path}/then"), &format!("{id}.then."), next),
            timed_out: self.block(
                compiler,
                &wait.timed_out,
                &format!("{path}/timed_out"),
                &format!("{id}.timed_out."),
                next,
            ),
            refused: None,
        }
    }

    /// An invitation, and the wait for attendance after it.
    fn invite(
        &mut self,
        compiler: &mut Compiler<'_>,
        invite: &InviteStep,
        path: &str,
        id: String,
        next: Option<usize>,
    ) -> usize {
        compiler.template(&invite.template, &format!("{path}/template"));
        let mut after = next;
        if let Some(attendance) = &invite.attendance {
            let activity = compiler.matches(&attendance.activity, &format!("{path}/attendance/activity"));
            let met = self.block(
                compiler,
                &invite.attended,
                &format!("{path}/attended"),
                &format!("{id}.attended."),
                next,
            );
            let timed_out = self.block(
                compiler,
                &invite.absent,
                &format!("{path}/absent"),
                &format!("{id}.absent."),
                next,
            );
            let full =
                self.block(compiler, &invite.full, &format!("{path}/full"), &format!("{id}.full."), next);
            let wait = Wait {
                length: Some(attendance.within),
                calendar: Calendar::default(),
                until: None,
                activity,
                met,
                timed_out,
                refused: Some((id.clone(), full)),
            };
            after = Some(self.push(Node {
                id: format!("{id}.attendance"),
                kind: NodeKind::Wait(Box::new(wait)),
                next,
            }));
        } else if !(invite.attended.is_empty() && invite.absent.is_empty() && invite.full.is_empty()) {
            compiler.problems.push(
                Diagnostic::error(Code::KeyCombination, "what follows an invitation needs `attendance`")
                    .at(path)
                    .with_help("say what shows that the lead was there, and how long that is waited for"),
            );
        }
        let kind = NodeKind::Invite(Invite {
            event: invite.event.clone(),
            template: invite.template.clone(),
            capacity: invite.capacity,
            window: invite.window.as_ref().map(hours),
            deadline: invite.deadline,
        });
        self.push(Node { id, kind, next: after })
    }

    fn branch(
        &mut self,
        compiler: &mut Compiler<'_>,
        arms: &[BranchArm],
        path: &str,
        id: &str,
        next: Option<usize>,
    ) -> Vec<(Option<Program>, Option<usize>)> {
        let mut compiled = Vec::with_capacity(arms.len());
        for (index, arm) in arms.iter().enumerate() {
            let at = format!("{path}/{index}");
            if arm.when.is_none() && index + 1 < arms.len() {
                compiler.problems.push(
                    Diagnostic::error(Code::Order, "arms after one without a condition are never taken")
                        .at(at.clone())
                        .with_help("put the arm without `when` last"),
                );
            }
            let when = arm
                .when
                .as_ref()
                .map(|when| compiler.program(when, &format!("{at}/when"), Expected::Bool, None));
            let target =
                self.block(compiler, &arm.steps, &format!("{at}/steps"), &format!("{id}.{index}."), next);
            match when {
                Some(None) => {}
                Some(when) => compiled.push((when, target)),
                None => compiled.push((None, target)),
            }
        }
        compiled
    }

    fn split(
        &mut self,
        compiler: &mut Compiler<'_>,
        split: &SplitStep,
        path: &str,
        id: &str,
        next: Option<usize>,
    ) -> Split {
        let total =
            split.arms.values().map(|arm| u64::from(arm.share)).sum::<u64>() + u64::from(split.holdout);
        if split.arms.is_empty() || total == 0 || total > u64::from(u32::MAX) {
            compiler.problems.push(
                Diagnostic::error(Code::Empty, "a split needs arms whose shares add up to more than nothing")
                    .at(path)
                    .with_help("give arms such as `{ a: { share: 50 }, b: { share: 50 } }`"),
            );
        }
        let arms = split
            .arms
            .iter()
            .map(|(name, arm)| {
                let at = format!("{path}/arms/{}/steps", pointer_escape(name));
                let target = self.block(compiler, &arm.steps, &at, &format!("{id}.{name}."), next);
                (name.clone(), arm.share, target)
            })
            .collect();
        Split { salt: split.salt.clone(), arms, holdout: split.holdout }
    }
}

fn send(compiler: &mut Compiler<'_>, send: &SendStep, path: &str) -> Send {
    let versions = compiler.template(&send.template, &format!("{path}/template")).unwrap_or_default();
    for name in send.version.keys() {
        if !versions.contains(name) {
            compiler.unknown(
                name,
                "version",
                versions.iter(),
                &format!("{path}/version/{}", pointer_escape(name)),
            );
        }
    }
    if !send.version.is_empty() && send.version.values().all(|share| *share == 0) {
        compiler.problems.push(
            Diagnostic::error(Code::Empty, "shares that add up to nothing")
                .at(format!("{path}/version"))
                .with_help("give at least one version a share"),
        );
    }
    for (index, name) in send.fallback.iter().enumerate() {
        compiler.template(name, &format!("{path}/fallback/{index}"));
    }
    Send {
        templates: std::iter::once(&send.template).chain(&send.fallback).cloned().collect(),
        shares: send.version.iter().map(|(name, share)| (name.clone(), *share)).collect(),
        retry: send.retry,
        window: send.window.as_ref().map(hours),
        deadline: send.deadline,
    }
}

fn call(compiler: &mut Compiler<'_>, call: &CallStep, path: &str) -> Call {
    let class = call.class.clone().unwrap_or_else(|| "sales".to_owned());
    compiler.class(&class, &format!("{path}/class"));
    Call {
        queue: call.queue.clone(),
        script: call.script.clone(),
        class,
        purpose: call.purpose.clone(),
        window: call.window.as_ref().map(hours),
        deadline: call.deadline,
    }
}

fn hours(window: &WindowPolicy) -> Hours {
    Hours {
        from: window.from,
        to: window.to,
        days: if window.days.is_empty() { Days::ALL } else { Days::of(&window.days) },
        holidays: window.holidays,
    }
}
