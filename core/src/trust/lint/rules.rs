//! Rules by themselves and beside each other: those that give nothing, that count twice, or that a limit swallows.

use std::collections::HashMap;

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::duration::Duration;
use crate::base::points::Points;
use crate::base::sets::{ALL, NONE};
use crate::expr::Program;
use crate::lead::model::FieldType;
use crate::lead::record::Lead;
use crate::lead::value::Value;
use crate::scoring::compile::{By, Card, PointsForm, Rule};
use crate::scoring::{PointsPolicy, RulePolicy};
use crate::trust::lint::reach::{Span, millionths, once, uncapped};
use crate::trust::lint::space::Space;
use crate::trust::lint::{LintExample, Linter};

impl Linter<'_> {
    pub(super) fn rules(&mut self) {
        let (document, compiled) = (self.document, self.compiled);
        for (policy, card) in document.scorecards.values().zip(&compiled.scoring.cards) {
            for (rule, compiled) in policy.rules.iter().zip(&card.rules) {
                self.decay(rule, compiled);
                self.dead(compiled);
                self.cap(compiled);
            }
            self.doubles(&policy.rules, card);
            self.swallowed(card);
        }
    }

    fn decay(&mut self, policy: &RulePolicy, rule: &Rule) {
        let Some(message) = beyond_window(policy) else { return };
        let diagnostic = Diagnostic::warning(Code::DecayBeyondWindow, message)
            .at(format!("{}/decay", rule.path))
            .with_help(
                "make `within` longer, or the decay quicker, so that points fade instead of vanishing",
            );
        self.find(diagnostic, None);
    }

    fn dead(&mut self, rule: &Rule) {
        if once(&self.compiled.model, &rule.points) != Span::ZERO {
            return;
        }
        let kinds = rule.on.as_ref().map_or(&[][..], |on| &on.kinds);
        let example = self.shown(rule.when.as_ref(), kinds);
        let diagnostic =
            Diagnostic::warning(Code::DeadRule, format!("rule `{}` gives no points to any lead", rule.id))
                .at(format!("{}/points", rule.path))
                .with_help("give it points, or remove it");
        self.find(diagnostic, example);
    }

    fn cap(&mut self, rule: &Rule) {
        let Some((on, cap)) = rule.on.as_ref().and_then(|on| Some((on, millionths(on.cap?)))) else { return };
        let Span { low: Some(low), high: Some(high) } = uncapped(self.compiled, rule, on) else { return };
        if high <= cap && low >= -cap {
            let (most, verb) = if high == 0 { (-low, "takes") } else { (high, "gives") };
            let most = Points::from_wide(most).unwrap_or_default();
            self.idle(
                format!("{}/cap", rule.path),
                format!("the cap of rule `{}` never binds: it {verb} at most {most}", rule.id),
            );
        }
    }

    pub(super) fn idle(&mut self, path: String, message: String) {
        let diagnostic = Diagnostic::warning(Code::IdleLimit, message)
            .at(path)
            .with_help("remove the limit, or tighten it to where it should bind");
        self.find(diagnostic, None);
    }

    /// Rules of one card that count the very same thing.
    fn doubles(&mut self, policies: &[RulePolicy], card: &Card) {
        let mut alike: HashMap<String, Vec<usize>> = HashMap::new();
        let mut order: Vec<String> = Vec::new();
        for (number, (policy, rule)) in policies.iter().zip(&card.rules).enumerate() {
            let Some(form) = form(policy) else { continue };
            if once(&self.compiled.model, &rule.points) == Span::ZERO {
                continue;
            }
            let reads = rule.when.as_ref().map(Program::reads);
            let fields = reads.map(|reads| (&reads.fields, &reads.kinds, &reads.properties));
            let key = format!("{form} {fields:?} {:?} {:?} {:?}", policy.within, policy.decay, policy.per);
            if !alike.contains_key(&key) {
                order.push(key.clone());
            }
            alike.entry(key).or_default().push(number);
        }
        for key in order {
            let numbers = alike.remove(&key).unwrap_or_default();
            if numbers.len() > 1 {
                self.alike(card, &numbers);
            }
        }
    }

    /// Rules that look at the same things: those of which one holds where the other does.
    fn alike(&mut self, card: &Card, numbers: &[usize]) {
        let rules: Vec<&Rule> = numbers.iter().filter_map(|number| card.rules.get(*number)).collect();
        let mut kinds: Vec<usize> = rules.iter().flat_map(|rule| kinds(rule)).copied().collect();
        kinds.sort_unstable();
        kinds.dedup();
        let domain = self.domain(&kinds);
        let programs: Vec<&Program> = rules.iter().filter_map(|rule| rule.when.as_ref()).collect();
        let mut space = Space::new(&domain, &programs, &[]);
        let sets: Vec<u32> =
            rules.iter().map(|rule| rule.when.as_ref().map_or(ALL, |when| space.truth(when).yes)).collect();
        let known = space.is_known();
        drop(space);
        let mut first: HashMap<u32, Vec<usize>> = HashMap::new();
        let mut found: Vec<(&Rule, &Rule)> = Vec::new();
        for (index, (rule, set)) in rules.iter().zip(&sets).enumerate() {
            let source = |rule: &Rule| rule.when.as_ref().map_or("", |when| when.source().trim()).to_owned();
            // Where conditions are too intricate to be looked through, their texts are compared.
            let group = if known { *set } else { 0 };
            let earlier = first.entry(group).or_default();
            let twin = earlier.iter().filter_map(|other| rules.get(*other)).find(|other| {
                let common = kinds_meet(rule, other);
                common && (known || source(rule) == source(other))
            });
            if let Some(twin) = twin.filter(|_| !known || *set != NONE) {
                found.push((rule, twin));
            }
            earlier.push(index);
        }
        for (rule, twin) in found {
            let common: Vec<usize> =
                kinds_of(rule).iter().copied().filter(|kind| kinds_of(twin).contains(kind)).collect();
            let example = self.twice(card, rule, twin, &common);
            let message = format!("rule `{}` counts what rule `{}` counts already", rule.id, twin.id);
            let diagnostic = Diagnostic::warning(Code::DoubleCount, message)
                .at(rule.path.clone())
                .with_help("make one rule of the two, with the points of both")
                .with_related("the first one is here", twin.path.clone());
            self.find(diagnostic, example);
        }
    }

    /// Rules of a group that one rule of it fills alone wherever they hold.
    fn swallowed(&mut self, card: &Card) {
        for (group, of_group) in card.groups.iter().enumerate() {
            let Some(max) = of_group.limits.max.map(millionths) else { continue };
            let account = card.account + 1 + group;
            let rules: Vec<&Rule> = card.rules.iter().filter(|rule| rule.account == account).collect();
            let model = &self.compiled.model;
            let span = |rule: &Rule| once(model, &rule.points);
            if rules.iter().any(|rule| span(rule).low.is_none_or(|low| low < 0)) {
                continue;
            }
            let fills = |rule: &Rule| {
                rule.on.is_none()
                    && matches!(&rule.points, PointsForm::Fixed(points) if millionths(*points) >= max)
            };
            if !rules.iter().any(|rule| fills(rule)) {
                continue;
            }
            let domain = self.domain(&[]);
            let fits: Vec<&Program> =
                rules.iter().filter(|rule| rule.on.is_none()).filter_map(|rule| rule.when.as_ref()).collect();
            let mut space = Space::new(&domain, &fits, &[]);
            let sets: Vec<u32> = rules
                .iter()
                .map(|rule| match (&rule.on, &rule.when) {
                    // What an activity gives may come with anything that is true of the lead.
                    (Some(_), _) | (None, None) => ALL,
                    (None, Some(when)) => space.truth(when).yes,
                })
                .collect();
            let mut found: Vec<(&Rule, &Rule)> = Vec::new();
            for (index, (rule, set)) in rules.iter().zip(&sets).enumerate() {
                let over = rules.iter().zip(&sets).enumerate().find(|(other, (filler, filled))| {
                    *other != index
                        && fills(filler)
                        && space.sets.minus(*set, **filled) == NONE
                        && (*other < index || !fills(rule) || *set != **filled)
                });
                if let Some((_, (filler, _))) = over.filter(|_| *set != NONE && span(rule) != Span::ZERO) {
                    found.push((rule, filler));
                }
            }
            let known = space.is_known();
            drop(space);
            for (rule, filler) in found.into_iter().filter(|_| known) {
                let example = self.shown(rule.when.as_ref(), kinds_of(rule));
                let message = format!(
                    "rule `{}` adds nothing: wherever it gives points, rule `{}` fills the group `{}` alone",
                    rule.id, filler.id, of_group.name
                );
                let diagnostic = Diagnostic::warning(Code::Shadowed, message)
                    .at(rule.path.clone())
                    .with_help("raise `max` of the group, give the other rule fewer points, or take this one out of the group")
                    .with_related("the group is filled here", filler.path.clone());
                self.find(diagnostic, example);
            }
        }
    }

    /// A lead that two rules give points for the same.
    fn twice(&self, card: &Card, rule: &Rule, twin: &Rule, kinds: &[usize]) -> Option<LintExample> {
        let number = self.compiled.scoring.cards.iter().position(|known| known.path == card.path)?;
        let base = self.shown(rule.when.as_ref(), kinds)?;
        let gives = |lead: &Lead| {
            let Ok(assessment) = self.engine.assess(lead, base.at) else { return false };
            let ledger = assessment.scores.values().nth(number).and_then(|sheet| sheet.ledger.as_ref());
            let has = |id: &String| ledger.into_iter().flatten().any(|entry| entry.rule.as_ref() == Some(id));
            has(&rule.id) && has(&twin.id)
        };
        let leads = std::iter::once(base.lead.clone()).chain(self.valued(&base.lead, &rule.points));
        leads.into_iter().find(gives).map(|lead| LintExample { lead, ..base })
    }

    /// A lead with each of the values that points go by.
    pub(super) fn valued(&self, lead: &Lead, points: &PointsForm) -> Vec<Lead> {
        let (by, mut texts) = match points {
            PointsForm::Table { by, texts, .. } => {
                (by, texts.keys().map(|text| text.as_ref().to_owned()).collect::<Vec<String>>())
            }
            PointsForm::Bands { by, bands, .. } => {
                (by, bands.iter().map(|band| band.bound.to_string()).collect())
            }
            PointsForm::Times { by, .. } => (by, vec!["1".to_owned()]),
            _ => return Vec::new(),
        };
        texts.sort();
        let model = &self.compiled.model;
        let with = |text: String| {
            let mut lead = lead.clone();
            match by {
                By::Field(field) => {
                    let (name, policy) = model.field_at(*field)?;
                    lead.fields.insert(name.to_owned(), written(&text, policy.kind)?);
                }
                By::Property(slots) => {
                    let activity = lead.activities_mut().first_mut()?;
                    let (kind, policy) = model.activity(&activity.kind)?;
                    let slot = slots.iter().find(|(known, _)| *known == kind).and_then(|(_, slot)| *slot)?;
                    let (name, kind) = policy.properties.get_index(slot)?;
                    activity.properties.insert(name.clone(), written(&text, *kind)?);
                }
            }
            Some(lead)
        };
        texts.into_iter().filter_map(with).collect()
    }

    /// A lead for which a condition holds.
    pub(super) fn shown(&self, when: Option<&Program>, kinds: &[usize]) -> Option<LintExample> {
        let domain = self.domain(kinds);
        let programs: Vec<&Program> = when.into_iter().collect();
        let mut space = Space::new(&domain, &programs, &[]);
        let set = when.map_or(ALL, |when| space.truth(when).yes);
        let check = |lead: &Lead| when.is_none_or(|when| self.holds(when, kinds, lead));
        self.example(&mut space, set, &check)
    }
}

fn kinds(rule: &Rule) -> impl Iterator<Item = &usize> {
    rule.on.iter().flat_map(|on| on.kinds.iter())
}

fn kinds_of(rule: &Rule) -> &[usize] {
    rule.on.as_ref().map_or(&[], |on| &on.kinds)
}

/// Whether two rules count the same activities, or are both about fit.
fn kinds_meet(a: &Rule, b: &Rule) -> bool {
    match (&a.on, &b.on) {
        (None, None) => true,
        (Some(a), Some(b)) => a.kinds.iter().any(|kind| b.kinds.contains(kind)),
        _ => false,
    }
}

/// What a rule gives points for, as a text that is the same for rules that give them for the same.
fn form(rule: &RulePolicy) -> Option<String> {
    Some(match &rule.points {
        PointsPolicy::Fixed(points) if *points == Points::ZERO => return None,
        PointsPolicy::Fixed(points) => format!("fixed {} {}", points.is_negative(), rule.on.is_some()),
        PointsPolicy::By(by) => {
            let word = if by.table.is_some() {
                "table"
            } else if by.bands.is_some() {
                "bands"
            } else {
                "times"
            };
            format!("{word} {} {}", by.by, rule.on.is_some())
        }
        PointsPolicy::Expression(_) => return None,
    })
}

/// A key of a table, or the bound of a band, as a record holds it.
fn written(text: &str, kind: FieldType) -> Option<Value> {
    Some(match kind {
        FieldType::Boolean => Value::Bool(text == "true"),
        FieldType::Integer => Value::Int(text.parse().ok()?),
        FieldType::Number => Value::Float(text.parse().ok()?),
        FieldType::Set => Value::List(vec![Value::Text(text.to_owned())]),
        _ => Value::Text(text.to_owned()),
    })
}

/// What is odd about a rule's decay beside its window.
fn beyond_window(rule: &RulePolicy) -> Option<String> {
    let (decay, within) = (rule.decay.as_ref()?, rule.within?);
    let id = &rule.id;
    if let Some(linear) = decay.linear.filter(|linear| *linear > within) {
        return Some(format!("rule `{id}` fades over {linear}, and its window ends after {within}"));
    }
    if let Some(half_life) = decay.half_life.filter(|half_life| *half_life > within) {
        return Some(format!("rule `{id}` halves after {half_life}, and its window ends after {within}"));
    }
    let step = decay.every.or(decay.step).unwrap_or(Duration::DAY);
    (step >= within).then(|| {
        format!("the decay of rule `{id}` takes a step every {step}, and its window ends after {within}")
    })
}
