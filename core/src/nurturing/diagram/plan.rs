//! The steps of a scenario as a tree of boxes: words and ways, no places yet.

use indexmap::IndexMap;

use super::counts::{StepCount, StepCounts};
use super::words::{Tongue, percent, value};
use crate::nurturing::policy::{
    BranchArm, InviteStep, ScenarioPolicy, SendStep, SplitStep, StepPolicy, TemplatePolicy, WaitStep,
};
use crate::nurturing::step::OTHERWISE;

/// A scenario to be drawn.
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) title: String,
    /// Version, and how many passages stand how.
    pub(super) below: Vec<String>,
    /// What enrols.
    pub(super) start: Step,
    /// What ends a passage at any time.
    pub(super) leaves: Vec<Step>,
    pub(super) steps: Vec<Step>,
    pub(super) end: Step,
}

/// One box, and the ways that lead from it.
pub(super) struct Step {
    pub(super) id: String,
    pub(super) role: Role,
    pub(super) head: String,
    pub(super) body: Vec<String>,
    /// How many leads came by: shown below the box.
    pub(super) tally: Option<String>,
    /// Of all that were enrolled, how many came by: in thousandths.
    pub(super) share: Option<u64>,
    pub(super) ways: Vec<Way>,
}

/// One way from a box, with the steps on it.
pub(super) struct Way {
    pub(super) label: String,
    pub(super) steps: Vec<Step>,
}

/// What kind of step it is: colour and form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Where it begins, or is over.
    Terminal,
    /// Reaches the lead.
    Touch,
    Wait,
    Choice,
    /// Changes facts.
    Facts,
    /// Reaches somebody on the inside.
    Inside,
    /// Leaves the scenario.
    Leave,
}

impl Step {
    fn new(id: &str, role: Role, head: String, body: Vec<String>) -> Self {
        let body = body.into_iter().filter(|line| !line.is_empty()).collect();
        Self { id: id.to_owned(), role, head, body, tally: None, share: None, ways: Vec::new() }
    }

    /// Whether what comes after it is ever reached.
    pub(super) fn falls_through(&self) -> bool {
        match self.role {
            Role::Leave => false,
            _ => self.ways.is_empty() || self.ways.iter().any(|way| falls_through(&way.steps)),
        }
    }

    /// All its words, for those who do not see it.
    pub(super) fn text(&self) -> String {
        let mut text = self.head.clone();
        if !self.body.is_empty() {
            text.push_str(": ");
            text.push_str(&self.body.join("; "));
        }
        if let Some(tally) = &self.tally {
            text.push_str(&format!(" ({tally})"));
        }
        text
    }
}

/// Whether the end of a list of steps is ever reached.
pub(super) fn falls_through(steps: &[Step]) -> bool {
    steps.last().is_none_or(Step::falls_through)
}

impl Plan {
    pub(super) fn new(
        name: &str,
        policy: &ScenarioPolicy,
        templates: &IndexMap<String, TemplatePolicy>,
        tongue: Tongue,
        counts: Option<&StepCounts>,
    ) -> Self {
        let counts = counts.filter(|counts| counts.version == policy.version);
        let writer = Writer { tongue, templates, counts };
        let mut start = Step::new(
            "",
            Role::Terminal,
            tongue.say("Enrol", "登録"),
            policy.enrol.iter().map(|trigger| tongue.trigger(trigger)).collect(),
        );
        start.body.extend(
            policy.scope.as_ref().map(|scope| tongue.say(format!("if {scope}"), format!("対象: {scope}"))),
        );
        let mut end = Step::new("", Role::Terminal, tongue.say("Done", "完了"), Vec::new());
        let mut leaves = Vec::new();
        if let Some(goal) = &policy.goal {
            leaves.push(Step::new(
                "",
                Role::Leave,
                tongue.say("Goal, at any time", "ゴール（随時）"),
                vec![goal.clone()],
            ));
        }
        for exit in &policy.exit {
            let to = exit
                .to
                .as_ref()
                .map(|to| tongue.say(format!("on to {to}"), format!("{to} へ")))
                .unwrap_or_default();
            let head = tongue.say("Exit, at any time", "離脱（随時）");
            leaves.push(Step::new("", Role::Leave, head, vec![exit.when.clone(), to]));
        }
        let version = policy.version;
        let title = policy.label.clone().unwrap_or_else(|| name.to_owned());
        let mut first = tongue.say(format!("version {version}"), format!("バージョン {version}"));
        if title != name {
            first = format!("{name}, {first}");
        }
        let mut below = vec![first];
        if let Some(counts) = counts {
            let passages = counts.passages;
            start.tally =
                Some(tongue.say(format!("{} enrolled", passages.all), format!("{}件登録", passages.all)));
            end.tally =
                Some(tongue.say(format!("{} done", passages.done), format!("{}件完了", passages.done)));
            if let Some(goal) = leaves.first_mut().filter(|_| policy.goal.is_some()) {
                let reached = passages.goal;
                goal.tally = Some(tongue.say(format!("{reached} reached"), format!("{reached}件到達")));
            }
            below.push(writer.totals(counts));
        }
        let steps = writer.block(&policy.steps, "");
        Self { name: name.to_owned(), title, below, start, leaves, steps, end }
    }
}

struct Writer<'a> {
    tongue: Tongue,
    templates: &'a IndexMap<String, TemplatePolicy>,
    counts: Option<&'a StepCounts>,
}

impl Writer<'_> {
    fn totals(&self, counts: &StepCounts) -> String {
        let passages = counts.passages;
        let parts = [
            (passages.active, "under way", "進行中"),
            (passages.done, "done", "完了"),
            (passages.goal, "at their goal", "ゴール"),
            (passages.exited, "left", "離脱"),
            (passages.moved, "moved on", "移動"),
            (passages.held_out, "held out", "対照群"),
            (passages.displaced, "displaced", "入替"),
            (counts.other_versions, "on other versions", "他バージョン"),
        ];
        let told = parts.into_iter().filter(|(count, ..)| *count > 0);
        let told =
            told.map(|(count, en, ja)| self.tongue.say(format!("{count} {en}"), format!("{ja} {count}")));
        told.collect::<Vec<_>>().join(self.tongue.say(", ", "・").as_str())
    }

    /// Steps up to the first after which nothing comes.
    fn block(&self, steps: &[StepPolicy], prefix: &str) -> Vec<Step> {
        let mut drawn = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            self.step(step, &format!("{prefix}{index}"), &mut drawn);
            if !falls_through(&drawn) {
                break;
            }
        }
        drawn
    }

    fn step(&self, step: &StepPolicy, place: &str, drawn: &mut Vec<Step>) {
        let own = |id: &Option<String>| id.clone().unwrap_or_else(|| place.to_owned());
        let say = |en: &str, ja: &str| self.tongue.say(en, ja);
        let step = match step {
            StepPolicy::Send(send) => self.send(send, &own(&send.id)),
            StepPolicy::Call(call) => {
                let body = vec![call.queue.clone(), call.script.clone().unwrap_or_default()];
                Step::new(&own(&call.id), Role::Touch, say("Call", "架電"), body)
            }
            StepPolicy::Invite(invite) => return self.invite(invite, &own(&invite.id), drawn),
            StepPolicy::Notify(notify) => {
                let body = vec![notify.to.clone(), notify.text.clone().unwrap_or_default()];
                Step::new(&own(&notify.id), Role::Inside, say("Notify", "通知"), body)
            }
            StepPolicy::Wait(wait) => self.wait(wait, &own(&wait.id)),
            StepPolicy::Branch(arms) => self.branch(arms, place),
            StepPolicy::Split(split) => self.split(split, &own(&split.id)),
            StepPolicy::Update(update) => {
                let body = update.set.iter().map(|(name, set)| format!("{name} = {}", value(set))).collect();
                Step::new(&own(&update.id), Role::Facts, say("Set fields", "項目更新"), body)
            }
            StepPolicy::Campaign(campaign) => {
                let body = vec![campaign.campaign.clone(), campaign.status.clone().unwrap_or_default()];
                Step::new(&own(&campaign.id), Role::Facts, say("Campaign", "キャンペーン"), body)
            }
            StepPolicy::Adjust(adjust) => {
                let body = vec![adjust.activity.clone()];
                Step::new(&own(&adjust.id), Role::Facts, say("Record", "行動記録"), body)
            }
            StepPolicy::HandOver(over) => {
                let body = vec![over.policy.clone().unwrap_or_default()];
                Step::new(&own(&over.id), Role::Inside, say("Hand over", "引き渡し"), body)
            }
            StepPolicy::Move(to) => {
                Step::new(&own(&to.id), Role::Leave, say("Move on", "シナリオ移動"), vec![to.to.clone()])
            }
            StepPolicy::Exit(exit) => Step::new(&own(&exit.id), Role::Leave, say("Exit", "終了"), Vec::new()),
        };
        drawn.push(self.counted(step));
    }

    fn send(&self, send: &SendStep, id: &str) -> Step {
        let mut body = vec![self.template(&send.template)];
        body.extend(self.tongue.versions(send));
        let channel = self.templates.get(&send.template).map(|template| template.channel.as_str());
        let head = match channel {
            Some("email") => self.tongue.say("Mail", "メール"),
            Some("sms") => self.tongue.say("SMS", "SMS"),
            Some(channel) => self.tongue.say(format!("Send ({channel})"), format!("送信（{channel}）")),
            None => self.tongue.say("Send", "送信"),
        };
        Step::new(id, Role::Touch, head, body)
    }

    fn template(&self, name: &str) -> String {
        let label = self.templates.get(name).and_then(|template| template.label.as_ref());
        label.map_or_else(|| name.to_owned(), |label| format!("{label} ({name})"))
    }

    fn invite(&self, invite: &InviteStep, id: &str, drawn: &mut Vec<Step>) {
        let seats =
            invite.capacity.map(|seats| self.tongue.say(format!("{seats} seats"), format!("定員 {seats}")));
        let body = vec![invite.event.clone(), self.template(&invite.template), seats.unwrap_or_default()];
        let head = self.tongue.say("Invite", "招待");
        drawn.push(self.counted(Step::new(id, Role::Touch, head, body)));
        let Some(attendance) = &invite.attendance else { return };
        let what = self.tongue.activity(&attendance.activity);
        let within = attendance.within;
        let body = vec![what, self.tongue.say(format!("at most {within}"), format!("最長 {within}"))];
        let head = self.tongue.say("Attendance", "参加待ち");
        let mut wait = Step::new(&format!("{id}.attendance"), Role::Wait, head, body);
        let ways = [
            ("attended", "attended", "参加", &invite.attended),
            ("absent", "absent", "不参加", &invite.absent),
            ("full", "no seat", "満席", &invite.full),
        ];
        if ways.iter().any(|(.., steps)| !steps.is_empty()) {
            wait.ways = ways
                .into_iter()
                .map(|(key, en, ja, steps)| {
                    let label = self.way(&wait.id, key, self.tongue.say(en, ja));
                    Way { label, steps: self.block(steps, &format!("{id}.{key}.")) }
                })
                .collect();
        }
        drawn.push(self.counted(wait));
    }

    fn wait(&self, wait: &WaitStep, id: &str) -> Step {
        let mut step = Step::new(id, Role::Wait, self.tongue.say("Wait", "待機"), self.tongue.wait(wait));
        let asks = wait.activity.is_some() || wait.until.is_some();
        let timed = wait.length.is_some()
            || wait.business_days.is_some()
            || wait.day.is_some()
            || !wait.days.is_empty()
            || wait.at.is_some();
        if wait.then.is_empty() && wait.timed_out.is_empty() {
            return step;
        }
        let ways = [
            (asks, "then", "in time", "期限内", &wait.then),
            (timed, "timed_out", "timed out", "時間切れ", &wait.timed_out),
        ];
        for (_, key, en, ja, steps) in ways.into_iter().filter(|(possible, ..)| *possible) {
            let label = self.way(id, key, self.tongue.say(en, ja));
            step.ways.push(Way { label, steps: self.block(steps, &format!("{id}.{key}.")) });
        }
        step
    }

    fn branch(&self, arms: &[BranchArm], id: &str) -> Step {
        let mut step = Step::new(id, Role::Choice, self.tongue.say("Branch", "分岐"), Vec::new());
        let otherwise = self.tongue.say("otherwise", "その他");
        for (index, arm) in arms.iter().enumerate() {
            let label = arm.when.clone().unwrap_or_else(|| otherwise.clone());
            let steps = self.block(&arm.steps, &format!("{id}.{index}."));
            step.ways.push(Way { label: self.way(id, &index.to_string(), label), steps });
        }
        if arms.last().is_none_or(|arm| arm.when.is_some()) {
            step.ways.push(Way { label: self.way(id, OTHERWISE, otherwise), steps: Vec::new() });
        }
        step
    }

    fn split(&self, split: &SplitStep, id: &str) -> Step {
        let mut step = Step::new(id, Role::Choice, self.tongue.say("Split", "A/B 分割"), Vec::new());
        let shares = split.arms.values().map(|arm| u64::from(arm.share)).sum::<u64>();
        let total = shares + u64::from(split.holdout);
        for (name, arm) in &split.arms {
            let label = self.way(id, name, format!("{name} {}", percent(arm.share, total)));
            step.ways.push(Way { label, steps: self.block(&arm.steps, &format!("{id}.{name}.")) });
        }
        if split.holdout > 0 {
            let label = self.way(id, "holdout", percent(split.holdout, total));
            let out = Step::new("", Role::Leave, self.tongue.say("Held out", "対照群"), Vec::new());
            step.ways.push(Way { label, steps: vec![out] });
        }
        step
    }

    fn count(&self, id: &str) -> Option<&StepCount> {
        self.counts.map(|counts| &counts.steps)?.get(id)
    }

    /// The words on a way, with how many took it.
    fn way(&self, id: &str, key: &str, label: String) -> String {
        match self.count(id).and_then(|count| count.ways.get(key)) {
            Some(count) => format!("{label} ({count})"),
            None => label,
        }
    }

    fn counted(&self, mut step: Step) -> Step {
        if let (Some(count), Some(all)) = (self.count(&step.id), self.counts) {
            let mut parts =
                vec![self.tongue.say(format!("{} in", count.entered), format!("到達 {}", count.entered))];
            if count.waiting > 0 {
                parts.push(
                    self.tongue
                        .say(format!("{} waiting", count.waiting), format!("待機中 {}", count.waiting)),
                );
            }
            if count.ended > 0 {
                parts
                    .push(self.tongue.say(format!("{} ended", count.ended), format!("終了 {}", count.ended)));
            }
            step.tally = Some(parts.join(self.tongue.say(", ", "・").as_str()));
            step.share = (count.entered * 1_000).checked_div(all.passages.all);
        }
        step
    }
}
