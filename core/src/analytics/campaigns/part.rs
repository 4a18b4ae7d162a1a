//! A lead's part in campaigns.

use crate::base::time::Instant;
use crate::campaign::compile::{Campaign, Campaigns, Reached};
use crate::engine::{Derivation, Prepared};
use crate::expr::Frame;
use crate::lead::record::Lead;
use crate::lead::value::Value;

/// The keys of a lead's `source` that may name the campaign that brought it.
const ACQUIRED_BY: [&str; 2] = ["campaign", "utm_campaign"];

/// How a lead came to be part of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    /// Since when: what happened before is none of the campaign's doing. From the first, for one that it brought.
    pub(super) since: i64,
    /// Whether the campaign brought the lead.
    pub(super) acquired: bool,
}

/// The same for every campaign with its parts: a lead of a part is a lead of the whole.
pub(super) fn wholes(campaigns: &Campaigns, parts: &[Option<Part>]) -> Vec<Option<Part>> {
    let mut wholes: Vec<Option<Part>> = vec![None; parts.len()];
    for (index, part) in parts.iter().enumerate().filter_map(|(index, part)| Some((index, (*part)?))) {
        for held in campaigns.line(index) {
            if let Some(slot) = wholes.get_mut(held) {
                let known = slot.get_or_insert(part);
                known.since = known.since.min(part.since);
                known.acquired |= part.acquired;
            }
        }
    }
    wholes
}

/// For every campaign the lead's own part in it, as of an instant.
pub(super) fn parts(campaigns: &Campaigns, lead: &Lead, at: Instant) -> Vec<Option<Part>> {
    let mut parts: Vec<Option<Part>> = vec![None; campaigns.campaigns.len()];
    let mut join = |name: &str, since: i64, acquired: bool| {
        if let Some(slot) = campaigns.position(name).and_then(|index| parts.get_mut(index)) {
            let known = slot.get_or_insert(Part { since, acquired });
            known.since = known.since.min(since);
            known.acquired |= acquired;
        }
    };
    let acquired_by = ACQUIRED_BY.iter().find_map(|key| match lead.source.get(*key) {
        Some(Value::Text(name)) if campaigns.position(name).is_some() => Some(name),
        _ => None,
    });
    if let Some(name) = acquired_by {
        join(name, i64::MIN, true);
    }
    for membership in &lead.campaigns {
        let first = membership.before.first().map_or(membership.at, |first| first.at);
        if first <= at {
            join(&membership.campaign, first.micros(), false);
        }
    }
    for activity in
        lead.activities().iter().filter(|activity| activity.at <= at && activity.recorded_at() <= at)
    {
        if let Some(campaign) = &activity.campaign {
            join(campaign, activity.at.micros(), false);
        }
    }
    parts
}

/// Which goals of a campaign a lead has reached by an instant, given its part in the campaign, and how many
/// conditions could not be told.
pub(super) fn goals(
    campaigns: &Campaigns,
    (index, campaign): (usize, &Campaign),
    part: Part,
    prepared: &Prepared<'_>,
    derivation: &Derivation,
    at: Instant,
) -> (Vec<bool>, usize) {
    let mut failed = 0;
    let frame = derivation.frame(prepared, at);
    let lead = prepared.facts.lead;
    let mut test = |program: &crate::expr::Program, frame: &Frame<'_>| {
        program.test(frame).unwrap_or_else(|_| {
            failed += 1;
            false
        })
    };
    let reached = campaign
        .goals
        .iter()
        .map(|goal| match &goal.reached {
            Reached::Condition(when) => test(when, &frame),
            Reached::Deal(stage) => lead
                .deals
                .iter()
                .any(|deal| deal.stage == *stage && deal.at <= at && deal.at.micros() >= part.since),
            Reached::Activity { kind, when } => prepared.facts.of_kind(*kind).iter().any(|fact| {
                let own = match &fact.record.campaign {
                    Some(name) => campaigns
                        .position(name)
                        .is_some_and(|brought| campaigns.line(brought).any(|held| held == index)),
                    None => fact.at >= part.since && campaign.over.is_none_or(|over| fact.at < over),
                };
                let counts = fact.human && fact.known_at <= at.micros() && own;
                counts
                    && when.as_ref().is_none_or(|when| test(when, &Frame { activity: Some(fact), ..frame }))
            }),
        })
        .collect();
    (reached, failed)
}
