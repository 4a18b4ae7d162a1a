//! What the engine offers of the capture room: payloads, records, trust.

use super::Engine;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::suggest::nearest;
use crate::base::time::Instant;
use crate::capture::mapping::compile::Mapping;
use crate::capture::mapping::run::Capture;
use crate::capture::{Applied, Captured, CapturedPerson, Payload, PayloadFormat, Reclassified};
use crate::lead::record::Lead;

impl Engine {
    /// Reads a payload through a mapping of the playbook: facts per person, and what could not be used.
    ///
    /// `at` is when the payload came in: activities without a time of their own take it.
    ///
    /// # Errors
    /// `IK0601` if the playbook has no mapping of this name.
    ///
    /// ```
    /// use ikusei::{Instant, Lead, Payload, Playbook, Value};
    /// let engine = Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// fields: { email: { type: email, identity: person }, company: { type: text } }
    /// activities: { inquiry: { channel: web } }
    /// capture:
    ///   contact:
    ///     from: form
    ///     fields: { email: /mail, company: /company }
    ///     hidden: { form: /form_name }
    ///     acquisition: { page: /page }
    ///     activities: { inquiry: {} }
    /// "#)?.compile()?;
    /// let payload = Payload::form("mail=Taro%40Example.co.jp&company=Acme&form_name=contact&page=https://a.jp/%3Fgclid=Cj0");
    /// let captured = engine.capture("contact", &payload, "2026-05-01T00:00:00Z".parse::<Instant>()?)?;
    /// let person = &captured.people[0];
    /// assert_eq!(person.fields["email"], Value::from("taro@example.co.jp"));
    /// let mut lead = Lead::new("lead-1");
    /// assert!(engine.apply(&mut lead, person).changed);
    /// assert_eq!(lead.source["gclid"], Value::from("Cj0"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn capture(
        &self,
        mapping: &str,
        payload: &Payload,
        at: impl Into<Instant>,
    ) -> Result<Captured, Error> {
        let (name, found) = self.mapping(mapping)?;
        let (model, cleansers) = (&self.compiled.model, &self.compiled.cleansers);
        Ok(Capture { name, mapping: found, model, cleansers, at: at.into() }.run(payload))
    }

    /// Reads a payload's text as the mapping says it is written.
    ///
    /// # Errors
    /// `IK0601` if the playbook has no mapping of this name, or one for rows of tables (use [`Payload::row`]);
    /// `IK0701` if the text cannot be read.
    pub fn payload(&self, mapping: &str, text: &str) -> Result<Payload, Error> {
        match self.mapping(mapping)?.1.from {
            PayloadFormat::Json => Payload::json(text),
            PayloadFormat::Form => Ok(Payload::form(text)),
            PayloadFormat::Csv => {
                let diagnostic =
                    Diagnostic::error(Code::BadCall, format!("`{mapping}` reads rows of a table"));
                Err(Error::call(diagnostic.with_help("give header and cells of one row")))
            }
        }
    }

    /// Puts captured facts into a record as [`Lead::apply`] does, and has the playbook's `trust` rules judge the
    /// log: what a machine did scores nothing, and what it refused does not count.
    pub fn apply(&self, lead: &mut Lead, person: &CapturedPerson) -> Applied {
        let before = lead.clone();
        let mut applied = Applied::default();
        if lead.put(person, &mut applied) {
            applied.reclassified =
                self.compiled.trust.judge(&self.compiled.model, lead, &mut applied.problems);
            lead.consents(person, &mut applied);
        }
        applied.changed = *lead != before;
        applied
    }

    /// Has the playbook's `trust` rules judge every activity again, after a rule changed. Scores follow by
    /// themselves: they are derived from the log.
    ///
    /// ```
    /// use ikusei::{Activity, Lead, Playbook, Trust};
    /// let engine = Playbook::parse(r#"
    /// ikusei: 1
    /// name: demo
    /// activities: { page_view: { properties: { method: text } } }
    /// trust: { rules: { head: { on: page_view, when: 'activity.method == "HEAD"' } } }
    /// "#)?.compile()?;
    /// let mut lead = Lead::new("lead-1");
    /// let at = "2026-05-01T00:00:00Z".parse()?;
    /// lead.record(Activity::new("evt-1", "page_view", at).with_property("method", "HEAD"))?;
    /// let changes = engine.reclassify(&mut lead);
    /// assert_eq!((changes[0].to, changes[0].rule.as_deref()), (Trust::Machine, Some("head")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reclassify(&self, lead: &mut Lead) -> Vec<Reclassified> {
        self.compiled.trust.judge(&self.compiled.model, lead, &mut Vec::new())
    }

    fn mapping(&self, name: &str) -> Result<(&str, &Mapping), Error> {
        let mappings = &self.compiled.mappings.mappings;
        mappings.get_key_value(name).map(|(name, mapping)| (name.as_str(), mapping)).ok_or_else(|| {
            let diagnostic = Diagnostic::error(Code::BadCall, format!("no mapping is called `{name}`"));
            let near = nearest(name, mappings.keys().map(String::as_str));
            Error::call(diagnostic.with_help("name one of the playbook's `capture`").did_you_mean(near))
        })
    }
}
