//! Rules beside each other, their decay beside their window, and fields that nobody asks for.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::duration::Duration;
use crate::scoring::compile::escape;
use crate::scoring::{PointsPolicy, RulePolicy};
use crate::trust::lint::Linter;
use crate::trust::lint::domain::verdict;

impl Linter<'_> {
    pub(super) fn rules(&mut self) {
        let document = self.document;
        for (name, card) in &document.scorecards {
            let base = format!("/scorecards/{}", escape(name));
            for (number, rule) in card.rules.iter().enumerate() {
                let path = format!("{base}/rules/{number}");
                if let Some(message) = decay(rule) {
                    let diagnostic = Diagnostic::warning(Code::DecayBeyondWindow, message)
                        .at(format!("{path}/decay"))
                        .with_help("make `within` longer, or the decay quicker, so that points fade instead of vanishing");
                    self.find(diagnostic, None);
                }
                let twin = card.rules.iter().take(number).position(|other| double(rule, other));
                if let Some((first, other)) = twin.and_then(|at| Some((at, card.rules.get(at)?))) {
                    let message =
                        format!("rule `{}` counts what rule `{}` counts already", rule.id, other.id);
                    let diagnostic = Diagnostic::warning(Code::DoubleCount, message)
                        .at(path)
                        .with_help("make one rule of the two, with the points of both")
                        .with_related("the first one is here", format!("{base}/rules/{first}"));
                    let compiled = self.compiled;
                    let when = compiled
                        .scoring
                        .cards
                        .iter()
                        .flat_map(|card| &card.rules)
                        .find(|known| known.path == format!("{base}/rules/{number}"))
                        .filter(|known| known.on.is_none())
                        .and_then(|known| known.when.as_ref());
                    let example = when.and_then(|when| verdict(compiled, when, None).yes);
                    self.find(diagnostic, example);
                }
            }
        }
    }

    /// Fields whose name stands nowhere else in the playbook, that identify nobody, and that nobody reads by a label.
    pub(super) fn fields(&mut self) {
        let mut rest = self.document.clone();
        rest.fields.clear();
        let text = serde_json::to_string(&rest).unwrap_or_default();
        for (name, policy) in &self.document.fields {
            if policy.identity.is_none() && policy.label.is_none() && !names(&text, name) {
                let diagnostic =
                    Diagnostic::warning(Code::UnusedField, format!("nothing looks at the field `{name}`"))
                        .at(format!("/fields/{}", escape(name)))
                        .with_help("use it in a rule or a segment, give it a `label` if people read it, or leave it out: records may hold it all the same");
                self.findings.push(super::Finding { diagnostic, example: None });
            }
        }
    }
}

/// Whether a text holds a name as a word of its own.
fn names(text: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(word) && !after.is_some_and(word)
    })
}

/// What is odd about a rule's decay beside its window.
fn decay(rule: &RulePolicy) -> Option<String> {
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

/// Whether two rules give points of one sign for the very same thing.
fn double(a: &RulePolicy, b: &RulePolicy) -> bool {
    let kinds = |rule: &RulePolicy| {
        let mut kinds = rule.on.as_ref().map(|on| on.names().to_vec()).unwrap_or_default();
        kinds.sort();
        kinds
    };
    let when = |rule: &RulePolicy| rule.when.as_deref().unwrap_or("true").trim().to_owned();
    let (PointsPolicy::Fixed(points), PointsPolicy::Fixed(others)) = (&a.points, &b.points) else {
        return false;
    };
    points.is_negative() == others.is_negative()
        && kinds(a) == kinds(b)
        && when(a) == when(b)
        && a.within == b.within
        && a.decay == b.decay
        && a.per == b.per
}
