//! What the engine offers of identity resolution: who is who, merging, and what is left of the forgotten.

use super::Engine;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::base::time::Instant;
use crate::capture::consent;
use crate::capture::identity::{group, likeness, matching, merge};
use crate::capture::{Account, Dedupe, Match, Tombstone};
use crate::lead::model::Identity;
use crate::lead::record::{Lead, LeadIdentity};
use crate::lead::value::Value;

impl Engine {
    /// Whether two records are one person, and whether they are of one company, with the evidence.
    ///
    /// ```
    /// use ikusei::{Lead, Playbook, Verdict};
    /// let engine = Playbook::parse(r#"{ "ikusei": 1, "name": "demo", "fields": {
    ///     "email": { "type": "email", "identity": "person" },
    ///     "company": { "type": "text", "identity": "company" } } }"#)?.compile()?;
    /// let a = Lead::new("a").with_field("email", "taro@acme.jp").with_field("company", "㈱アクメ");
    /// let b = Lead::new("b").with_field("email", "Taro@ACME.jp").with_field("company", "株式会社 アクメ");
    /// let found = engine.match_leads(&a, &b);
    /// assert_eq!((found.person.verdict, found.company.verdict), (Verdict::Same, Verdict::Same));
    /// assert!(found.person.evidence[0].key);
    /// # Ok::<(), ikusei::Error>(())
    /// ```
    #[must_use]
    pub fn match_leads(&self, a: &Lead, b: &Lead) -> Match {
        let (identities, cleansers) = (&self.compiled.identities, &self.compiled.cleansers);
        Match {
            person: matching::compare(&identities.person, cleansers, a, b),
            company: matching::compare(&identities.company, cleansers, a, b),
        }
    }

    /// A record with another one merged into it: fields by the playbook's survivorship, each activity once.
    ///
    /// The second record's id resolves to the first from now on ([`Lead::answers_to`]), and
    /// [`Engine::unmerge`] gives both back.
    ///
    /// # Errors
    /// `IK0722` if the first record answers to an id of the second already.
    pub fn merge(&self, a: &Lead, b: &Lead, at: impl Into<Instant>) -> Result<Lead, Error> {
        merge::merge(&self.compiled.identities.survivorship, a, b, at.into())
    }

    /// The record without the merge of `id`, and the record that had been merged in: both as they were. What was
    /// changed or recorded since the merge stays with the first.
    ///
    /// # Errors
    /// `IK0722` if no record with that id was merged into this one.
    ///
    /// ```
    /// use ikusei::{Instant, Lead, Playbook};
    /// let engine = Playbook::parse(r#"{ "ikusei": 1, "name": "demo" }"#)?.compile()?;
    /// let (a, b) = (Lead::new("a").with_field("x", 1), Lead::new("b").with_field("y", 2));
    /// let one = engine.merge(&a, &b, "2026-05-01T00:00:00Z".parse::<Instant>()?)?;
    /// assert!(one.answers_to("b"));
    /// assert_eq!(engine.unmerge(&one, "b")?, (a, b));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unmerge(&self, lead: &Lead, id: &str) -> Result<(Lead, Lead), Error> {
        merge::unmerge(&self.compiled.identities.survivorship, lead, id)
    }

    /// A batch in which rows that are one person or one company are found. `columns` name the fields that each row
    /// brings; those that nothing compares are passed over.
    ///
    /// # Errors
    /// `IK0601` if none of the columns is compared.
    ///
    /// ```
    /// use ikusei::{Identity, Playbook};
    /// let engine = Playbook::parse(r#"{ "ikusei": 1, "name": "demo", "fields": {
    ///     "email": { "type": "email", "identity": "person" }, "name": { "type": "text" } } }"#)?.compile()?;
    /// let mut batch = engine.dedupe(Identity::Person, &["email", "name"])?;
    /// batch.push([Some("taro@acme.jp"), Some("山田 太郎")]);
    /// batch.push([Some("hanako@acme.jp"), Some("佐藤 花子")]);
    /// batch.push([Some("TARO@acme.jp"), Some("山田太郎")]);
    /// assert_eq!(batch.finish().clusters, [[0, 2]]);
    /// # Ok::<(), ikusei::Error>(())
    /// ```
    pub fn dedupe(&self, level: Identity, columns: &[&str]) -> Result<Dedupe, Error> {
        let resolver = self.compiled.identities.resolver(level).clone();
        let known = || resolver.comparisons.iter().map(|comparison| comparison.field.as_str());
        if !columns.iter().any(|column| known().any(|field| field == *column)) {
            let diagnostic = Diagnostic::error(Code::BadCall, "none of the columns is compared");
            let near = columns.first().and_then(|column| nearest(column, known()));
            let help = "name fields that identify, or list them under `identity`";
            return Err(Error::call(diagnostic.with_help(help).did_you_mean(near)));
        }
        Ok(Dedupe::new(self.compiled.cleansers.clone(), resolver, columns))
    }

    /// The companies of some leads, and which group each belongs to by the parents that leads name.
    #[must_use]
    pub fn accounts<'l>(&self, leads: impl IntoIterator<Item = &'l Lead>) -> Vec<Account> {
        group::accounts(&self.compiled.identities, &self.compiled.cleansers, leads)
    }

    /// What the host keeps of a lead in the record's place: no fact about the person, only what keeps late events
    /// from making the record again.
    #[must_use]
    pub fn forget(&self, lead: &Lead, at: impl Into<Instant>) -> Tombstone {
        let cleansers = &self.compiled.cleansers;
        let mut keys = Vec::new();
        self.keys(lead, &mut keys);
        for identity in &lead.identities {
            keys.push((identity.kind.clone(), matching::identity_value(cleansers, identity)));
        }
        consent::forget(lead, &keys, at.into())
    }

    /// The tombstone of the forgotten person whom a late event is about, so that it makes no new record: by the id that
    /// the event names, or by a key that it carries, such as the identities of a [`CapturedPerson`](crate::CapturedPerson).
    ///
    /// ```
    /// use ikusei::{Instant, Lead, Payload, Playbook};
    /// let engine = Playbook::parse(r#"{ "ikusei": 1, "name": "demo",
    ///     "fields": { "email": { "type": "email", "identity": "person" } },
    ///     "capture": { "contact": { "from": "form", "fields": { "email": "/mail" } } } }"#)?.compile()?;
    /// let at: Instant = "2026-05-01T00:00:00Z".parse()?;
    /// let stones = [engine.forget(&Lead::new("a").with_field("email", "taro@acme.jp"), at)];
    /// let late = engine.capture("contact", &Payload::form("mail=Taro%40ACME.jp"), at)?;
    /// assert_eq!(engine.forgotten(&stones, None, &late.people[0].identities), Some(&stones[0]));
    /// assert_eq!(engine.forgotten(&stones, Some("b"), &[]), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn forgotten<'t>(
        &self,
        tombstones: &'t [Tombstone],
        id: Option<&str>,
        identities: &[LeadIdentity],
    ) -> Option<&'t Tombstone> {
        let cleansers = &self.compiled.cleansers;
        let keys = &self.compiled.identities.person.comparisons;
        let normal = |identity: &LeadIdentity| {
            let key = keys.iter().find(|comparison| comparison.key && comparison.field == identity.kind);
            key.and_then(|key| likeness::normal(cleansers, key.by, &Value::Text(identity.value.clone())))
                .unwrap_or_else(|| matching::identity_value(cleansers, identity))
        };
        let carried: Vec<(&str, String)> =
            identities.iter().map(|identity| (identity.kind.as_str(), normal(identity))).collect();
        tombstones.iter().find(|stone| {
            id.is_some_and(|id| stone.answers_to(id))
                || carried.iter().any(|(kind, value)| stone.knows(kind, value))
        })
    }

    /// Values of the fields that identify a person, in the record and in those merged into it.
    fn keys(&self, lead: &Lead, keys: &mut Vec<(String, String)>) {
        for comparison in
            self.compiled.identities.person.comparisons.iter().filter(|comparison| comparison.key)
        {
            let normal = lead
                .fields
                .get(&comparison.field)
                .and_then(|raw| likeness::normal(&self.compiled.cleansers, comparison.by, raw));
            keys.extend(normal.map(|normal| (comparison.field.clone(), normal)));
        }
        for merged in &lead.merged {
            self.keys(&merged.lead, keys);
            self.keys(&merged.before, keys);
        }
    }
}
