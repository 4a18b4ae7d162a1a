//! When time alone may change what a playbook derives: what nurturing has to wake up for.

use crate::nurturing::compile::Varying;
use crate::playbook::compile::Card;
use crate::playbook::document::Document;
use crate::scoring::PointsPolicy;
use crate::segment::compile::Segments;

/// When time alone may change scores, ranks or segments.
pub(crate) fn varying(document: &Document, cards: &[Card], segments: &Segments) -> Varying {
    let mut varying = Varying::default();
    for rule in document.scorecards.values().flat_map(|card| &card.rules) {
        let lasts = |after_activity: i64| Varying { always: false, after_activity };
        if let Some(within) = rule.within {
            varying = varying.and(lasts(within.micros()));
        } else if let Some(decay) = &rule.decay {
            // Twenty-one halvings leave less than half a millionth of a point of one.
            let half_lives = decay.half_life.map(|half| half.micros().saturating_mul(21));
            let steps = decay.every.map(|every| every.micros().saturating_mul(200));
            let extent = decay.linear.map(|linear| linear.micros()).max(half_lives).max(steps);
            varying = varying.and(lasts(extent.unwrap_or(0)));
        }
        // An expression of a rule may look at the clock: its text says so.
        let texts = rule.when.iter().map(String::as_str).chain(match &rule.points {
            PointsPolicy::Expression(text) => Some(text.as_str()),
            _ => None,
        });
        for text in texts {
            varying.always |= ["now", "age", "seen", "count"].iter().any(|word| text.contains(word));
        }
    }
    let conditions = cards.iter().flat_map(|card| {
        let ranks = card.qualification.ranks.iter().filter_map(|rank| rank.when.as_ref());
        ranks.chain(card.qualification.disqualify.iter().map(|rule| &rule.when))
    });
    let segments = segments.segments.iter().filter_map(|segment| segment.when.as_ref());
    for program in conditions.chain(segments) {
        varying = varying.and(Varying::of(program, Varying::default()));
    }
    let dwell = cards
        .iter()
        .flat_map(|card| &card.qualification.ranks)
        .filter_map(|rank| rank.keep.as_ref()?.dwell)
        .map(|length| length.micros())
        .max();
    match dwell {
        Some(dwell) => Varying { after_activity: varying.after_activity.saturating_add(dwell), ..varying },
        None => varying,
    }
}
