//! Whether time alone may change what a playbook derives: whether nurturing has to look ahead.

use crate::playbook::compile::Card;
use crate::scoring::compile::Scoring;
use crate::segment::compile::Segments;

pub(crate) fn is_timed(scoring: &Scoring, cards: &[Card], segments: &Segments) -> bool {
    let mut rules = scoring.cards.iter().flat_map(|card| &card.rules);
    let mut ranks = cards.iter().flat_map(|card| &card.qualification.ranks);
    let conditions = cards.iter().flat_map(|card| {
        let ranks = card.qualification.ranks.iter().filter_map(|rank| rank.when.as_ref());
        ranks.chain(card.qualification.disqualify.iter().map(|rule| &rule.when))
    });
    let mut conditions =
        conditions.chain(segments.segments.iter().filter_map(|segment| segment.when.as_ref()));
    rules.any(|rule| {
        rule.on.as_ref().is_some_and(|on| on.is_timed())
            || rule.when.iter().chain(rule.points.program()).any(|program| program.is_timed())
    }) || ranks.any(|rank| rank.keep.is_some_and(|keep| keep.dwell.is_some()))
        || conditions.any(|program| program.is_timed())
}
