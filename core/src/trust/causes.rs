//! What happened or ended at an instant at which something changed.

use crate::assessment::Detail;
use crate::base::duration::Duration;
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::engine::moments::Timed;
use crate::engine::{Derivation, Prepared};
use crate::qualification::Cause;
use crate::scoring::{Entry, EntryKind};
use crate::trust::change::TimedCause;

/// Everything that happened or ended at the later instant. `before` is the last instant at which something might
/// have changed: all that was the same up to the later one.
pub(super) fn causes(
    prepared: &Prepared<'_>,
    timed: &[Timed<'_>],
    before: (Instant, &Derivation),
    after: (Instant, &Derivation),
) -> Result<Vec<TimedCause>, Error> {
    let at = after.0;
    let mut causes = Vec::new();
    happened(prepared, at, &mut causes);
    counted(prepared, before.0, at, &mut causes)?;
    too_old(prepared, timed, at, &mut causes);
    for (card, decision) in prepared.engine.compiled.cards.iter().zip(&before.1.ranks) {
        if let (Cause::KeptByTime { until, .. }, Some(rank)) = (&decision.cause, &decision.rank)
            && *until == at
        {
            causes.push(TimedCause::KeepEnded { card: card.name.clone(), rank: rank.clone() });
        }
    }
    for expression in timed.iter().filter(|expression| expression.program.reads().now) {
        if expression.next(&before.1.frame(prepared, before.0))? == Some(at.micros()) {
            let (path, expression) = (expression.path.clone(), expression.program.source().to_owned());
            causes.push(TimedCause::TimeReached { path, expression });
        }
    }
    Ok(causes)
}

/// Activities that came to be known, by time and id.
fn happened(prepared: &Prepared<'_>, at: Instant, causes: &mut Vec<TimedCause>) {
    let facts = prepared.facts.all().iter();
    let mut new: Vec<_> = facts.filter(|fact| fact.human && fact.known_at == at.micros()).collect();
    new.sort_by(|a, b| (a.at, &a.record.id).cmp(&(b.at, &b.record.id)));
    for fact in new {
        let (id, kind) = (fact.record.id.clone(), fact.record.kind.clone());
        causes.push(if fact.at < fact.known_at {
            TimedCause::RecordedLate { id, kind, happened: fact.record.at }
        } else {
            TimedCause::Activity { id, kind }
        });
    }
}

/// What activities that were known before are worth less, or nothing any more.
fn counted(
    prepared: &Prepared<'_>,
    before: Instant,
    at: Instant,
    causes: &mut Vec<TimedCause>,
) -> Result<(), Error> {
    let (old, new) = (prepared.derive(before, Detail::Ledger)?, prepared.derive(at, Detail::Ledger)?);
    for (card, (old, new)) in prepared.engine.compiled.cards.iter().zip(old.sheets.iter().zip(&new.sheets)) {
        let new: Vec<&Entry> = new.ledger.iter().flatten().collect();
        for entry in old.ledger.iter().flatten().filter(|entry| entry.kind == EntryKind::Engagement) {
            let (Some(rule), Some(activity)) = (&entry.rule, &entry.activity) else { continue };
            let same = new.iter().find(|other| {
                other.rule.as_ref() == Some(rule)
                    && other.activity.as_ref().is_some_and(|other| other.id == activity.id)
            });
            let (card, rule, activity) = (card.name.clone(), rule.clone(), activity.id.clone());
            match same {
                None => causes.push(TimedCause::Ended { card, rule, activity }),
                Some(other) if other.points != entry.points => {
                    causes.push(TimedCause::Fading { card, rule, activity });
                }
                Some(_) => {}
            }
        }
    }
    Ok(())
}

/// Activities that became too old for a `seen` or `count`.
fn too_old(prepared: &Prepared<'_>, timed: &[Timed<'_>], at: Instant, causes: &mut Vec<TimedCause>) {
    for expression in timed {
        let reads = expression.program.reads();
        for fact in reads.kinds.iter().flat_map(|kind| prepared.facts.of_kind(*kind)) {
            let age = at.micros().saturating_sub(fact.at);
            let known = fact.human && fact.known_at < at.micros();
            let Some(within) =
                Duration::from_seconds(age / 1_000_000).filter(|_| known && reads.windows.contains(&age))
            else {
                continue;
            };
            let (id, kind) = (fact.record.id.clone(), fact.record.kind.clone());
            let cause = TimedCause::WindowEnded { id, kind, within };
            if !causes.contains(&cause) {
                causes.push(cause);
            }
        }
    }
}
