//! Answers of leads: by a hash of lead, effect and seed, so that the same question always has the same answer.

use crate::assessment::Detail;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::duration::Duration;
use crate::base::hash::stable_hash;
use crate::base::suggest::nearest;
use crate::base::time::Instant;
use crate::capture::ConsentEvent;
use crate::engine::Engine;
use crate::expr::{Env, Expected, Frame, Program};
use crate::lead::activity::{Activity, Trust};
use crate::lead::record::{Deal, Lead};
use crate::nurturing::{Ack, AckStatus, Effect, Input, Intent, Patch};
use crate::playbook::compile::Compiled;
use crate::simulation::request::{EffectWord, ReactionPolicy, ResponseModel, ResponsePolicy};

/// Chances are whole millionths.
const WHOLE: u32 = 1_000_000;

/// A response model, checked against a playbook.
#[derive(Debug, Default)]
pub(super) struct Model {
    seed: String,
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    policy: ResponsePolicy,
    when: Option<Program>,
    /// Of delivered, failed, bounced, refused: where each ends on the way from nothing to a whole.
    ends: [u32; 4],
    reactions: Vec<Reaction>,
}

#[derive(Debug)]
struct Reaction {
    policy: ReactionPolicy,
    chance: u32,
    then: Vec<Reaction>,
}

/// Something that will come in because of an effect.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) at: i64,
    pub(super) input: Input,
}

impl Model {
    pub(super) fn compile(
        policy: Option<&ResponseModel>,
        compiled: &Compiled,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let Some(policy) = policy else { return Self::default() };
        let mut checker = Checker { compiled, problems };
        let rules = policy.responses.iter().enumerate();
        let rules =
            rules.map(|(index, rule)| checker.rule(rule, &format!("/model/responses/{index}"))).collect();
        Self { seed: policy.seed.clone(), rules }
    }

    /// What comes of an effect on a lead, which was made at an instant.
    pub(super) fn answers(&self, engine: &Engine, lead: &Lead, effect: &Effect, found: &mut Vec<Answer>) {
        let Some(rule) = self.rules.iter().find(|rule| rule.fits(engine, lead, effect)) else { return };
        let dice = Dice { model: self, lead: &lead.id, effect: &effect.id };
        let place = dice.bucket("answer", WHOLE);
        let status = [AckStatus::Delivered, AckStatus::Failed, AckStatus::Bounced, AckStatus::Refused]
            .into_iter()
            .zip(rule.ends)
            .find(|(_, end)| place < *end)
            .map(|(status, _)| status);
        let Some(status) = status else { return };
        let at =
            effect.at.micros().saturating_add(dice.delay("answer", rule.policy.after, rule.policy.up_to));
        if effect.intent.gate().is_some() {
            found.push(Answer { at, input: Input::Ack(Ack { effect: effect.id.clone(), status }) });
        }
        if status == AckStatus::Delivered {
            dice.react(&rule.reactions, "", at, effect, found);
        }
    }
}

impl Rule {
    fn fits(&self, engine: &Engine, lead: &Lead, effect: &Effect) -> bool {
        let policy = &self.policy;
        let (word, template, version, queue, event) = match &effect.intent {
            Intent::Send(send) => (EffectWord::Send, Some(&send.template), send.version.as_ref(), None, None),
            Intent::Call(call) => (EffectWord::Call, None, None, Some(&call.queue), None),
            Intent::Invite(invite) => (
                EffectWord::Invite,
                Some(&invite.template),
                invite.version.as_ref(),
                None,
                Some(&invite.event),
            ),
            Intent::Notify(_) => (EffectWord::Notify, None, None, None, None),
            Intent::HandOver(_) => (EffectWord::HandOver, None, None, None, None),
        };
        let among =
            |wanted: &Option<String>, own: Option<&String>| wanted.is_none() || wanted.as_ref() == own;
        let channel = effect.intent.gate().map(|gate| gate.channel());
        policy.effect.is_none_or(|wanted| wanted == word)
            && among(&policy.template, template)
            && among(&policy.version, version)
            && among(&policy.queue, queue)
            && among(&policy.event, event)
            && among(&policy.scenario, Some(&effect.scenario))
            && among(&policy.step, Some(&effect.step))
            && (policy.channel.is_none() || policy.channel.as_deref() == channel)
            && self.when.as_ref().is_none_or(|when| holds(engine, lead, when, effect.at))
    }
}

/// Whether a condition holds; one that fails does not.
fn holds(engine: &Engine, lead: &Lead, when: &Program, at: Instant) -> bool {
    let Ok(prepared) = engine.prepare(lead) else { return false };
    let reads = when.reads();
    if reads.cards.is_empty() && reads.ranks.is_empty() && reads.segments.is_empty() {
        let frame = Frame { facts: &prepared.facts, at: at.micros(), activity: None, derived: None };
        return when.test(&frame).unwrap_or(false);
    }
    let Ok(derivation) = prepared.derive(at, Detail::Figures) else { return false };
    when.test(&derivation.frame(&prepared, at)).unwrap_or(false)
}

/// What decides instead of chance.
struct Dice<'a> {
    model: &'a Model,
    lead: &'a str,
    effect: &'a str,
}

impl Dice<'_> {
    fn hash(&self, place: &str, what: &str) -> u64 {
        stable_hash(&[&self.model.seed, self.lead, self.effect, place, what])
    }

    fn bucket(&self, place: &str, buckets: u32) -> u32 {
        let scaled = (u128::from(self.hash(place, "chance")) * u128::from(buckets)) >> 64;
        u32::try_from(scaled).unwrap_or(0)
    }

    /// Microseconds, in whole seconds.
    fn delay(&self, place: &str, after: Option<Duration>, up_to: Option<Duration>) -> i64 {
        let least = after.map_or(0, Duration::seconds);
        let most = up_to.map_or(least, Duration::seconds).max(least);
        if most == least {
            return least.saturating_mul(1_000_000);
        }
        let width = u128::try_from(most - least + 1).unwrap_or(1);
        let more = (u128::from(self.hash(place, "delay")) * width) >> 64;
        least.saturating_add(i64::try_from(more).unwrap_or(0)).saturating_mul(1_000_000)
    }

    fn react(&self, reactions: &[Reaction], place: &str, at: i64, effect: &Effect, found: &mut Vec<Answer>) {
        for (index, reaction) in reactions.iter().enumerate() {
            let place = if place.is_empty() { index.to_string() } else { format!("{place}.{index}") };
            if self.bucket(&place, WHOLE) >= reaction.chance {
                continue;
            }
            let policy = &reaction.policy;
            let at = at.saturating_add(self.delay(&place, policy.after, policy.up_to));
            let Some(instant) = Instant::from_micros(at) else { continue };
            let id = format!("{}.{place}", effect.id);
            let channel = effect.intent.gate().map(|gate| gate.channel());
            if let Some(kind) = &policy.activity {
                let mut activity = Activity::new(id, kind, instant);
                activity.properties.clone_from(&policy.properties);
                found.push(Answer { at, input: Input::Activity(activity) });
            } else if let Some(stage) = &policy.deal {
                // Stages of one effect are stages of one deal.
                let id = format!("{}.deal", effect.id);
                let deal = Deal { id, stage: stage.clone(), amount: None, at: instant };
                found.push(Answer { at, input: Input::Deal(deal) });
            } else if let Some(change) = policy.consent {
                let event = ConsentEvent {
                    channel: channel.unwrap_or_default().to_owned(),
                    purpose: None,
                    event: change,
                    at: instant,
                    basis: None,
                    trust: Trust::Human,
                };
                found.push(Answer { at, input: Input::Consent(event) });
            } else {
                let patch = Patch { id: Some(id), fields: policy.set.clone() };
                found.push(Answer { at, input: Input::Patch(patch) });
            }
            self.react(&reaction.then, &place, at, effect, found);
        }
    }
}

struct Checker<'a> {
    compiled: &'a Compiled,
    problems: &'a mut Vec<Diagnostic>,
}

impl Checker<'_> {
    fn rule(&mut self, policy: &ResponsePolicy, path: &str) -> Rule {
        let compiled = self.compiled;
        let nurturing = &compiled.nurturing;
        if let Some(template) = &policy.template {
            let known: Vec<&str> = nurturing.templates.keys().map(String::as_str).collect();
            self.known(template, "template", &known, &format!("{path}/template"));
        }
        if let Some(scenario) = &policy.scenario {
            let known: Vec<&str> = nurturing.scenarios.iter().map(|known| known.name.as_str()).collect();
            self.known(scenario, "scenario", &known, &format!("{path}/scenario"));
        }
        let when = policy.when.as_ref().and_then(|when| self.program(when, &format!("{path}/when")));
        let mut share = |chance: f64, key: &str| self.chance(chance, &format!("{path}/{key}"));
        let (failed, bounced, refused) = (
            share(policy.failed, "failed"),
            share(policy.bounced, "bounced"),
            share(policy.refused, "refused"),
        );
        let others = failed.saturating_add(bounced).saturating_add(refused);
        let delivered = match policy.delivered {
            Some(delivered) => share(delivered, "delivered"),
            None => WHOLE.saturating_sub(others),
        };
        if others.saturating_add(delivered) > WHOLE {
            self.problem(
                path,
                "chances that are more than 1 together".to_owned(),
                "leave `delivered` out, and it is what the others leave",
            );
        }
        self.delays(policy.after, policy.up_to, path);
        Rule {
            policy: policy.clone(),
            when,
            ends: [delivered, delivered + failed, delivered + failed + bounced, delivered + others],
            reactions: self.reactions(&policy.reactions, &format!("{path}/reactions")),
        }
    }

    fn reactions(&mut self, policies: &[ReactionPolicy], path: &str) -> Vec<Reaction> {
        let policies = policies.iter().enumerate();
        policies.map(|(index, policy)| self.reaction(policy, &format!("{path}/{index}"))).collect()
    }

    fn reaction(&mut self, policy: &ReactionPolicy, path: &str) -> Reaction {
        let model = &self.compiled.model;
        let given = [
            policy.activity.is_some(),
            policy.deal.is_some(),
            !policy.set.is_empty(),
            policy.consent.is_some(),
        ];
        if given.into_iter().filter(|given| *given).count() != 1 {
            let message = "a reaction is one of `activity`, `deal`, `set` and `consent`".to_owned();
            self.problem(path, message, "give one of them");
        }
        if let Some(kind) = &policy.activity {
            let known: Vec<&str> = model.activities().map(|(name, _)| name).collect();
            self.known(kind, "activity", &known, &format!("{path}/activity"));
        }
        let fields: Vec<&str> = model.fields().map(|(name, _)| name).collect();
        for field in policy.set.keys() {
            self.known(field, "field", &fields, &format!("{path}/set"));
        }
        let chance = self.chance(policy.chance, &format!("{path}/chance"));
        self.delays(policy.after, policy.up_to, path);
        let then = self.reactions(&policy.then, &format!("{path}/then"));
        Reaction { policy: policy.clone(), chance, then }
    }

    /// A chance in millionths.
    fn chance(&mut self, chance: f64, path: &str) -> u32 {
        if !(0.0..=1.0).contains(&chance) {
            self.problem(path, format!("`{chance}` is no chance"), "give a number from 0 to 1");
            return 0;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to a million")]
        let millionths = libm::round(chance * f64::from(WHOLE)) as u32;
        millionths
    }

    fn delays(&mut self, after: Option<Duration>, up_to: Option<Duration>, path: &str) {
        if let (Some(after), Some(up_to)) = (after, up_to)
            && up_to < after
        {
            let message = format!("`{up_to}` is before `{after}`");
            self.problem(&format!("{path}/up_to"), message, "give at least as much as `after`");
        }
    }

    fn program(&mut self, source: &str, path: &str) -> Option<Program> {
        let compiled = self.compiled;
        let cards: Vec<&str> = compiled.cards.iter().map(|card| card.name.as_str()).collect();
        let segments: Vec<&str> =
            compiled.segments.segments.iter().map(|segment| segment.name.as_str()).collect();
        let env = Env { cards: &cards, ranks: true, segments: &segments, ..Env::new(&compiled.model) };
        Program::compile(source, &env, Expected::Bool)
            .map_err(|found| {
                self.problems.extend(found.into_iter().map(|mut diagnostic| {
                    // The place is one within the condition, of which the host has no document.
                    diagnostic.span = None;
                    diagnostic.at(path)
                }));
            })
            .ok()
    }

    fn known(&mut self, name: &str, what: &str, known: &[&str], path: &str) {
        if known.contains(&name) {
            return;
        }
        let found = nearest(name, known.iter().copied());
        let diagnostic = Diagnostic::error(Code::BadCall, format!("no {what} is called `{name}`")).at(path);
        self.problems.push(diagnostic.with_help("name one that the playbook has").did_you_mean(found));
    }

    fn problem(&mut self, path: &str, message: String, help: &str) {
        self.problems.push(Diagnostic::error(Code::BadCall, message).at(path).with_help(help));
    }
}
