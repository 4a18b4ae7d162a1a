//! Two records become one, and two again. A merge links two logs: each activity counts once, both records stay
//! readable, and unmerging gives both back to the byte.

use indexmap::IndexMap;

use super::policy::{Survivor, SurvivorshipPolicy};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::text::pointer_escape;
use crate::base::time::Instant;
use crate::lead::activity::Activity;
use crate::lead::assignment::Assignment;
use crate::lead::enrolment::{Enrolment, Touch};
use crate::lead::merged::MergedLead;
use crate::lead::record::{CampaignMembership, Consent, ConsentStatus, Deal, Lead, LeadIdentity};
use crate::lead::value::Value;

/// `a` with `b` merged into it.
pub(crate) fn merge(policy: &SurvivorshipPolicy, a: &Lead, b: &Lead, at: Instant) -> Result<Lead, Error> {
    if let Some(id) = b.ids().into_iter().find(|id| a.answers_to(id)) {
        return Err(refused(
            format!("`{}` answers to `{id}` already", a.id),
            "merge two different records; a record that was merged in can be taken out again",
        ));
    }
    let mut out = a.clone();
    let own = out.swap_activities(Vec::new());
    let earlier = std::mem::take(&mut out.merged);
    let before = Box::new(out.clone());
    let mut absorbed = b.clone();
    let theirs = absorbed.swap_activities(Vec::new());

    let mut taken = Vec::new();
    let judge = Judge { policy, a, b };
    for (name, value) in &b.fields {
        if judge.takes(name, out.fields.get(name), value) {
            out.fields.insert(name.clone(), value.clone());
            taken.push(format!("/fields/{}", pointer_escape(name)));
        }
    }
    // How a person was first acquired is never overwritten: the older record says it.
    if !b.source.is_empty() && (a.source.is_empty() || judge.b_is_older()) {
        out.source.clone_from(&b.source);
        taken.push("/source".to_owned());
    }
    for (card, standing) in &b.standing {
        if !out.standing.contains_key(card) {
            out.standing.insert(card.clone(), standing.clone());
        }
    }
    for identity in &b.identities {
        match out
            .identities
            .iter_mut()
            .find(|known| known.kind == identity.kind && known.value == identity.value)
        {
            Some(known) => known.verified |= identity.verified,
            None => out.identities.push(identity.clone()),
        }
    }
    join_consent(&mut out.consent, &b.consent);
    join(&mut out.campaigns, &b.campaigns);
    join(&mut out.deals, &b.deals);
    // What the other record was told counts for the limits; of passages through one scenario the later counts.
    join(&mut out.enrolments, &b.enrolments);
    join(&mut out.touches, &b.touches);
    join(&mut out.assignments, &b.assignments);

    let (log, shared, variants) = join_logs(own, theirs, &mut out);
    out.merged = earlier;
    out.merged.push(MergedLead { at, lead: Box::new(absorbed), log, shared, variants, before, taken });
    Ok(out)
}

/// The record without the merge of `id`, and the record that had been merged in.
///
/// What was changed or recorded after the merge stays with the first. Later merges are undone and done again.
pub(crate) fn unmerge(policy: &SurvivorshipPolicy, lead: &Lead, id: &str) -> Result<(Lead, Lead), Error> {
    let Some(position) = lead.merged.iter().position(|merged| merged.lead.id == id) else {
        let nested = lead.merged.iter().find(|merged| merged.lead.answers_to(id));
        let help = match nested {
            Some(outer) => format!("it was merged into `{}`: take that out first", outer.lead.id),
            None => "name one of the records in `merged`".to_owned(),
        };
        return Err(refused(format!("no record `{id}` was merged into `{}`", lead.id), &help));
    };
    let mut out = lead.clone();
    let mut later = Vec::new();
    loop {
        let Some(link) = out.merged.pop() else { break };
        let at = link.at;
        let last = out.merged.len() == position;
        let (own, theirs) = part(out, link);
        out = own;
        if last {
            for (lead, at) in later.into_iter().rev() {
                out = merge(policy, &out, &lead, at)?;
            }
            return Ok((out, theirs));
        }
        later.push((theirs, at));
    }
    Err(refused(
        format!("no record `{id}` was merged into `{}`", lead.id),
        "name one of the records in `merged`",
    ))
}

fn refused(message: String, help: &str) -> Error {
    Error::lead(vec![Diagnostic::error(Code::NotMerged, message).at("/merged").with_help(help)])
}

/// Undoes the last merge.
fn part(mut merged: Lead, link: MergedLead) -> (Lead, Lead) {
    let MergedLead { lead, log, shared, variants, before, taken, .. } = link;
    let mut theirs = *lead;
    let fields = then(&before.fields, &theirs.fields, |name| {
        taken.contains(&format!("/fields/{}", pointer_escape(name)))
    });
    merged.fields = restore(&before.fields, &fields, merged.fields);
    let source = if taken.iter().any(|path| path == "/source") { &theirs.source } else { &before.source };
    merged.source = restore(&before.source, source, merged.source);
    let standing = then(&before.standing, &theirs.standing, |card| !before.standing.contains_key(card));
    merged.standing = restore(&before.standing, &standing, merged.standing);
    let mut consent = before.consent.clone();
    join_consent(&mut consent, &theirs.consent);
    merged.consent = restore(&before.consent, &consent, merged.consent);

    let mut identities = before.identities.clone();
    let later = |identity: &&LeadIdentity| {
        let same = |other: &LeadIdentity| other.kind == identity.kind && other.value == identity.value;
        !before.identities.iter().any(same) && !theirs.identities.iter().any(same)
    };
    identities.extend(merged.identities.iter().filter(later).cloned());
    merged.identities = identities;
    merged.campaigns = restore_list(&before.campaigns, &theirs.campaigns, merged.campaigns);
    merged.deals = restore_list(&before.deals, &theirs.deals, merged.deals);
    merged.assignments = restore_list(&before.assignments, &theirs.assignments, merged.assignments);
    merged.enrolments = restore_list(&before.enrolments, &theirs.enrolments, merged.enrolments);
    merged.touches = restore_list(&before.touches, &theirs.touches, merged.touches);

    let whole = merged.swap_activities(Vec::new());
    let by_id: std::collections::HashMap<&str, &Activity> =
        whole.iter().chain(&variants).map(|activity| (activity.id.as_str(), activity)).collect();
    let their_log =
        log.iter().filter_map(|id| by_id.get(id.as_str()).map(|activity| (*activity).clone())).collect();
    theirs.swap_activities(their_log);
    let only_theirs: std::collections::HashSet<&String> =
        log.iter().filter(|id| !shared.contains(id)).collect();
    let own = whole.iter().filter(|activity| !only_theirs.contains(&activity.id)).cloned().collect();
    merged.swap_activities(own);
    (merged, theirs)
}

/// What a map was right after the merge.
fn then<V: Clone>(
    before: &IndexMap<String, V>,
    theirs: &IndexMap<String, V>,
    taken: impl Fn(&str) -> bool,
) -> IndexMap<String, V> {
    let mut out = before.clone();
    out.extend(
        theirs.iter().filter(|(name, _)| taken(name)).map(|(name, value)| (name.clone(), value.clone())),
    );
    out
}

/// A map as it was before the merge, with what was changed since the merge changed.
fn restore<V: Clone + PartialEq>(
    before: &IndexMap<String, V>,
    merged_then: &IndexMap<String, V>,
    now: IndexMap<String, V>,
) -> IndexMap<String, V> {
    let mut out = before.clone();
    out.retain(|name, _| now.contains_key(name) || !merged_then.contains_key(name));
    for (name, value) in now {
        if merged_then.get(&name) != Some(&value) {
            out.insert(name, value);
        }
    }
    out
}

fn restore_list<T: Clone + PartialEq + Listed>(before: &[T], theirs: &[T], now: Vec<T>) -> Vec<T> {
    let mut then = before.to_vec();
    join(&mut then, theirs);
    let mut out: Vec<T> = before.to_vec();
    for item in now {
        if then.contains(&item) {
            continue;
        }
        match out.iter_mut().find(|known| known.key() == item.key()) {
            Some(known) => *known = item,
            None => out.push(item),
        }
    }
    out
}

/// Both logs, each activity once; ids of theirs, of those that both had, and their reading where it differs.
fn join_logs(
    own: Vec<Activity>,
    theirs: Vec<Activity>,
    out: &mut Lead,
) -> (Vec<String>, Vec<String>, Vec<Activity>) {
    let known: std::collections::HashMap<String, usize> =
        own.iter().enumerate().map(|(index, activity)| (activity.id.clone(), index)).collect();
    let mut log = Vec::with_capacity(theirs.len());
    let (mut shared, mut variants) = (Vec::new(), Vec::new());
    let mut both = own;
    for activity in theirs {
        log.push(activity.id.clone());
        match known.get(&activity.id).and_then(|index| both.get(*index)) {
            None => both.push(activity),
            Some(mine) => {
                shared.push(activity.id.clone());
                if *mine != activity {
                    variants.push(activity);
                }
            }
        }
    }
    out.swap_activities(both);
    (log, shared, variants)
}

/// Lists by key; where both have one, the later counts.
fn join<T: Clone + Listed>(mine: &mut Vec<T>, theirs: &[T]) {
    for item in theirs {
        match mine.iter_mut().find(|known| known.key() == item.key()) {
            Some(known) if item.at() > known.at() => *known = item.clone(),
            Some(_) => {}
            None => mine.push(item.clone()),
        }
    }
}

/// An item of a list in the record, which has one of a key.
trait Listed {
    fn key(&self) -> &str;
    fn at(&self) -> Instant;
}

macro_rules! listed {
    ($($item:ty: $key:ident, $at:ident;)*) => {$(
        impl Listed for $item {
            fn key(&self) -> &str {
                &self.$key
            }

            fn at(&self) -> Instant {
                self.$at
            }
        }
    )*};
}

listed! {
    CampaignMembership: campaign, at;
    Deal: id, at;
    Enrolment: scenario, since;
    Touch: effect, at;
    Assignment: id, at;
}

/// Where both records speak of a channel, the later word counts, and a refusal where times do not decide. A bounce
/// or a complaint of either stays.
fn join_consent(mine: &mut IndexMap<String, Consent>, theirs: &IndexMap<String, Consent>) {
    for (channel, other) in theirs {
        let Some(known) = mine.get_mut(channel) else {
            mine.insert(channel.clone(), other.clone());
            continue;
        };
        if prevails((other.status, other.at), (known.status, known.at)) {
            known.status = other.status;
            known.at = other.at;
            known.basis.clone_from(&other.basis);
        }
        for (purpose, other) in &other.purposes {
            match known.purposes.get_mut(purpose) {
                Some(known) if !prevails((other.status, other.at), (known.status, known.at)) => {}
                Some(known) => *known = other.clone(),
                None => {
                    known.purposes.insert(purpose.clone(), other.clone());
                }
            }
        }
        if known.suppressed.is_none() {
            known.suppressed.clone_from(&other.suppressed);
        }
    }
}

fn prevails(other: (ConsentStatus, Option<Instant>), known: (ConsentStatus, Option<Instant>)) -> bool {
    match (other, known) {
        ((ConsentStatus::Unknown, _), _) => false,
        (_, (ConsentStatus::Unknown, _)) => true,
        ((_, Some(other)), (_, Some(known))) if other != known => other > known,
        ((other, _), (known, _)) => other == ConsentStatus::Denied && known != ConsentStatus::Denied,
    }
}

/// Decides between two records' values.
struct Judge<'a> {
    policy: &'a SurvivorshipPolicy,
    a: &'a Lead,
    b: &'a Lead,
}

impl Judge<'_> {
    /// True if the value of `b` stays.
    fn takes(&self, name: &str, mine: Option<&Value>, theirs: &Value) -> bool {
        let mine = match mine {
            None => return true,
            Some(Value::Null) => return *theirs != Value::Null,
            Some(mine) => mine,
        };
        if *theirs == Value::Null || mine == theirs {
            return false;
        }
        match self.policy.fields.get(name).copied().unwrap_or(self.policy.default) {
            Survivor::Mine => false,
            Survivor::Latest => self.latest(self.b) > self.latest(self.a),
            Survivor::First => self.b_is_older(),
            Survivor::Trusted => self.trust(self.b) < self.trust(self.a),
            Survivor::Longest => length(theirs) > length(mine),
        }
    }

    /// When something was last learnt of a record.
    fn latest(&self, lead: &Lead) -> Option<Instant> {
        lead.activities().iter().map(Activity::recorded_at).chain(source_at(lead)).max()
    }

    fn earliest(&self, lead: &Lead) -> Option<Instant> {
        lead.activities().iter().map(|activity| activity.at).chain(source_at(lead)).min()
    }

    /// A record of which no time is known is not older than another.
    fn b_is_older(&self) -> bool {
        match (self.earliest(self.a), self.earliest(self.b)) {
            (Some(a), Some(b)) => b < a,
            _ => false,
        }
    }

    fn trust(&self, lead: &Lead) -> usize {
        let channel = match lead.source.get("channel") {
            Some(Value::Text(channel)) => channel.as_str(),
            _ => "",
        };
        self.policy.trust.iter().position(|trusted| trusted == channel).unwrap_or(usize::MAX)
    }
}

fn source_at(lead: &Lead) -> Option<Instant> {
    match lead.source.get("at") {
        Some(Value::Text(at)) => at.parse().ok(),
        _ => None,
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.chars().count(),
        Value::List(items) => items.len(),
        _ => 0,
    }
}
