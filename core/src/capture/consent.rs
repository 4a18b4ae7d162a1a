//! Consent: what was granted and denied, per channel and purpose; what suppresses a channel; and who is forgotten.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::cleanse::policy::{EmailRules, PhoneRules};
use super::cleanse::{email, phone, text};
use crate::base::hash::hex_digest;
use crate::base::time::Instant;
use crate::lead::activity::Trust;
use crate::lead::record::{Consent, ConsentStatus, Lead, PurposeConsent, Suppressed, SuppressedBy};

/// Something that changes what a lead allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ConsentEvent {
    /// The channel: `email`, `phone`, `post`.
    pub channel: String,
    /// The purpose; all of them if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// What happened.
    pub event: ConsentChange,
    /// When.
    pub at: Instant,
    /// On what ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
    /// Whether a person did it: a mail scanner that follows an unsubscribe link changes nothing.
    #[serde(default)]
    pub trust: Trust,
}

/// What happened to a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConsentChange {
    /// Granted at once.
    Grant,
    /// Asked for, to be confirmed: the first half of a double opt-in.
    Request,
    /// Confirmed: the second half. Without a request before it, nothing.
    Confirm,
    /// Refused or withdrawn.
    Deny,
    /// Mail came back for good.
    Bounce,
    /// The receiver called it spam.
    Complaint,
    /// The address works again: lifts a bounce, never a complaint.
    Recover,
}

/// Whether something may be sent, and what decided it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Permission {
    /// Whether it may.
    pub allowed: bool,
    /// What decided.
    pub because: PermissionReason,
    /// Since when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Instant>,
    /// On what ground.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub basis: Option<String>,
}

/// What decides whether something may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PermissionReason {
    /// The address or its domain is on the suppression list.
    SuppressionList,
    /// The channel bounced.
    Bounce,
    /// The receiver complained.
    Complaint,
    /// Granted.
    Granted,
    /// Denied.
    Denied,
    /// Asked for and not confirmed.
    Pending,
    /// Never asked.
    Unknown,
}

/// Addresses and domains to which nobody sends anything. The host keeps it and passes it in.
///
/// ```
/// use ikusei::Suppression;
/// let list = Suppression::new(["Taro@Example.jp", "@rival.example", "03-1234-5678"]);
/// assert!(list.holds("taro@example.jp") && list.holds("anybody@mail.rival.example") && list.holds("+81312345678"));
/// assert!(!list.holds("hanako@example.jp"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Suppression {
    addresses: HashSet<String>,
    domains: HashSet<String>,
}

/// What is left of a forgotten person: enough to know that a late event is about them, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tombstone {
    /// The id of the record.
    pub id: String,
    /// Ids of records that had been merged into it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// When it was forgotten.
    pub at: Instant,
    /// SHA-256 of each key that the record was known by, so that a new record is not made from a late event that
    /// carries an address and no id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
}

/// Records what happened. True if it changed anything: a word that is older than what is known does not, nor does
/// a machine's.
pub(crate) fn apply(lead: &mut Lead, event: &ConsentEvent) -> bool {
    if event.trust != Trust::Human {
        return false;
    }
    let before = lead.consent.get(&event.channel).cloned();
    let consent = lead.consent.entry(event.channel.clone()).or_default();
    match event.event {
        ConsentChange::Bounce => suppress(consent, SuppressedBy::Bounce, event.at),
        ConsentChange::Complaint => suppress(consent, SuppressedBy::Complaint, event.at),
        ConsentChange::Recover => {
            if consent
                .suppressed
                .as_ref()
                .is_some_and(|known| known.by == SuppressedBy::Bounce && known.at <= event.at)
            {
                consent.suppressed = None;
            }
        }
        change => word(consent, change, event),
    }
    let after = lead.consent.get(&event.channel);
    let changed = after != before.as_ref();
    if before.is_none() && after.is_some_and(|consent| *consent == Consent::default()) {
        lead.consent.shift_remove(&event.channel);
        return false;
    }
    changed
}

/// A complaint outweighs a bounce; of two alike the first stands.
fn suppress(consent: &mut Consent, by: SuppressedBy, at: Instant) {
    let stands = consent
        .suppressed
        .as_ref()
        .is_some_and(|known| known.by == by || known.by == SuppressedBy::Complaint);
    if !stands {
        consent.suppressed = Some(Suppressed { by, at });
    }
}

fn word(consent: &mut Consent, change: ConsentChange, event: &ConsentEvent) {
    let own = event.purpose.as_ref().map(|purpose| consent.purposes.get(purpose));
    let (known, known_at) = match own {
        None => (consent.status, consent.at),
        Some(own) => own.map_or((ConsentStatus::Unknown, None), |own| (own.status, own.at)),
    };
    // A purpose without a word of its own follows its channel.
    let granted =
        known == ConsentStatus::Granted || (own == Some(None) && consent.status == ConsentStatus::Granted);
    let late = known_at.is_some_and(|known| event.at < known);
    let status = match change {
        ConsentChange::Grant => ConsentStatus::Granted,
        ConsentChange::Deny => ConsentStatus::Denied,
        // Asking again takes nothing away.
        ConsentChange::Request if granted => return,
        ConsentChange::Request => ConsentStatus::Pending,
        ConsentChange::Confirm if known == ConsentStatus::Pending => ConsentStatus::Granted,
        _ => return,
    };
    if late {
        return;
    }
    let (at, basis) = (Some(event.at), event.basis.clone());
    match &event.purpose {
        Some(purpose) => {
            // The ground of the request is that of the grant, unless the confirmation brings its own.
            let kept = consent.purposes.get(purpose).and_then(|known| known.basis.clone());
            let basis = basis.or(kept.filter(|_| change == ConsentChange::Confirm));
            consent.purposes.insert(purpose.clone(), PurposeConsent { status, at, basis });
        }
        None => {
            let kept = consent.basis.take().filter(|_| change == ConsentChange::Confirm);
            consent.status = status;
            consent.at = at;
            consent.basis = basis.or(kept);
            if status == ConsentStatus::Denied {
                // Who withdraws everything withdraws each purpose.
                for known in consent
                    .purposes
                    .values_mut()
                    .filter(|known| known.at.is_none_or(|known| known <= event.at))
                {
                    *known = PurposeConsent { status, at, basis: consent.basis.clone() };
                }
            }
        }
    }
}

/// Whether something may be sent to a lead on a channel for a purpose. The one gate: lists first, then bounces and
/// complaints, then what the lead said of the purpose, then what it said of the channel.
pub(crate) fn permission(
    lead: &Lead,
    channel: &str,
    purpose: Option<&str>,
    address: Option<&str>,
    list: Option<&Suppression>,
) -> Permission {
    let refuse = |because| Permission { allowed: false, because, at: None, basis: None };
    if let (Some(address), Some(list)) = (address, list)
        && list.holds(address)
    {
        return refuse(PermissionReason::SuppressionList);
    }
    let Some(consent) = lead.consent.get(channel) else { return refuse(PermissionReason::Unknown) };
    if let Some(suppressed) = &consent.suppressed {
        let because = match suppressed.by {
            SuppressedBy::Bounce => PermissionReason::Bounce,
            SuppressedBy::Complaint => PermissionReason::Complaint,
        };
        return Permission { at: Some(suppressed.at), ..refuse(because) };
    }
    let own = purpose.and_then(|purpose| consent.purposes.get(purpose));
    let (status, at, basis) = match own.filter(|own| own.status != ConsentStatus::Unknown) {
        Some(own) => (own.status, own.at, &own.basis),
        None => (consent.status, consent.at, &consent.basis),
    };
    let because = match status {
        ConsentStatus::Granted => PermissionReason::Granted,
        ConsentStatus::Denied => PermissionReason::Denied,
        ConsentStatus::Pending => PermissionReason::Pending,
        ConsentStatus::Unknown => PermissionReason::Unknown,
    };
    Permission { allowed: status == ConsentStatus::Granted, because, at, basis: basis.clone() }
}

impl Suppression {
    /// From addresses, telephone numbers and domains, as they are typed; a domain covers those below it.
    #[must_use]
    pub fn new<'a>(entries: impl IntoIterator<Item = &'a str>) -> Self {
        let mut list = Self::default();
        for entry in entries {
            let domain = text::word(entry);
            match domain.strip_prefix('@').or_else(|| domain.strip_prefix("*.")) {
                Some(domain) => list.domains.insert(domain.to_owned()),
                None if !domain.contains('@')
                    && domain.contains('.')
                    && !domain.starts_with(|c: char| c.is_ascii_digit() || c == '+') =>
                {
                    list.domains.insert(domain)
                }
                None => list.addresses.insert(normal_address(entry)),
            };
        }
        list
    }

    /// True if an address, its domain or a domain above it is on the list.
    #[must_use]
    pub fn holds(&self, address: &str) -> bool {
        let address = normal_address(address);
        if self.addresses.contains(&address) {
            return true;
        }
        let Some((_, mut domain)) = email::split(&address) else { return false };
        loop {
            if self.domains.contains(domain) {
                return true;
            }
            match domain.split_once('.') {
                Some((_, above)) => domain = above,
                None => return false,
            }
        }
    }
}

/// An address as lists and digests compare it.
pub(crate) fn normal_address(address: &str) -> String {
    let cleansed = if address.contains(['@', '＠']) {
        email::clean(address, &EmailRules::default())
    } else {
        phone::clean(address, &PhoneRules::default())
    };
    match cleansed.as_ref().and_then(|cleansed| cleansed.text()) {
        Some(clean) => clean.to_owned(),
        None => text::word(address),
    }
}

/// What is left of a person. `keys` are kind and normal value of what it was known by.
#[cfg(feature = "identity")]
pub(crate) fn forget(lead: &Lead, keys: &[(String, String)], at: Instant) -> Tombstone {
    let mut digests: Vec<String> = keys.iter().map(|(kind, value)| digest(kind, value)).collect();
    digests.sort_unstable();
    digests.dedup();
    Tombstone {
        id: lead.id.clone(),
        also: lead.ids().into_iter().skip(1).map(str::to_owned).collect(),
        at,
        keys: digests,
    }
}

fn digest(kind: &str, value: &str) -> String {
    hex_digest(format!("{kind}\u{0}{value}").as_bytes())
}

impl Tombstone {
    /// True if an event for this id is about the forgotten person: it must not make a record again.
    #[must_use]
    pub fn answers_to(&self, id: &str) -> bool {
        self.id == id || self.also.iter().any(|also| also == id)
    }

    /// True if the person was known by this key: kind as in `identities` or the name of the field, and the value as
    /// typed.
    #[must_use]
    pub fn knows(&self, kind: &str, value: &str) -> bool {
        let typed = digest(kind, value);
        let normal = digest(kind, &normal_address(value));
        self.keys.iter().any(|key| *key == typed || *key == normal)
    }
}
