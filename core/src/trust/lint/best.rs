//! The best lead there can be: what shows that a rank is out of reach.

use crate::assessment::Detail;
use crate::base::points::Points;
use crate::lead::record::Lead;
use crate::scoring::compile::{PointsForm, Rule};
use crate::trust::lint::reach::millionths;
use crate::trust::lint::{LintExample, Linter};

/// On a scorecard of more rules no best lead is looked for.
const MOST_RULES: usize = 200;
/// A best lead has at most so many activities for one rule.
const MOST_TIMES: i64 = 60;

impl Linter<'_> {
    /// A lead that has the most points that the scorecard of a number gives, if one is found.
    pub(super) fn best(&self, number: usize) -> Option<LintExample> {
        let card = self.compiled.scoring.cards.get(number)?;
        let most = self.reaches.get(number)?.total.high?;
        if card.rules.len() > MOST_RULES {
            return None;
        }
        let mut best = self.anybody()?;
        let mut total = self.total(&best, number)?;
        // What one rule takes for itself may stand in the way of another: what helps is kept, and looked for twice.
        for rule in card.rules.iter().chain(&card.rules) {
            for lead in self.leads_of(rule) {
                let next = LintExample { lead: with(&best.lead, &lead, rule), at: best.at };
                if let Some(more) = self.total(&next, number).filter(|more| *more > total) {
                    (best, total) = (next, more);
                }
            }
        }
        (millionths(total) == most).then_some(best)
    }

    fn total(&self, example: &LintExample, number: usize) -> Option<Points> {
        let prepared = self.engine.prepare(&example.lead).ok()?;
        let derivation = prepared.derive(example.at, Detail::Figures).ok()?;
        derivation.sheets.get(number).map(|sheet| sheet.total)
    }

    /// Leads that a rule gives points.
    fn leads_of(&self, rule: &Rule) -> Vec<Lead> {
        let kinds = rule.on.as_ref().map_or(&[][..], |on| &on.kinds);
        let Some(shown) = self.shown(rule.when.as_ref(), kinds) else { return Vec::new() };
        let valued = self.valued(&shown.lead, &rule.points);
        std::iter::once(shown.lead).chain(valued).collect()
    }
}

/// A lead with what another one has besides; its activity as often as the rule's cap takes.
fn with(lead: &Lead, other: &Lead, rule: &Rule) -> Lead {
    let mut lead = lead.clone();
    lead.fields.extend(other.fields.iter().map(|(name, value)| (name.clone(), value.clone())));
    lead.source.extend(other.source.iter().map(|(name, value)| (name.clone(), value.clone())));
    lead.consent.extend(other.consent.iter().map(|(name, consent)| (name.clone(), consent.clone())));
    let times = match (rule.on.as_ref().and_then(|on| on.cap), &rule.points) {
        (Some(cap), PointsForm::Fixed(points)) if *points > Points::ZERO => {
            (cap.millionths() / points.millionths() + 1).min(MOST_TIMES)
        }
        (Some(_), _) => MOST_TIMES,
        (None, _) => 1,
    };
    let known = lead.activities().len();
    for activity in other.activities() {
        for number in 0..times {
            let mut activity = activity.clone();
            activity.id = format!("{}-{known}-{}", activity.kind, number + 1);
            lead.activities_mut().push(activity);
        }
    }
    lead
}
