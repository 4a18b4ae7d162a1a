//! What the engine offers of the capture room: cleansing and consent.

use indexmap::IndexMap;

use super::Engine;
use crate::capture::consent;
use crate::capture::{Cleaner, Cleansed, Cleansing, ConsentEvent, Permission, PostalLookup, Suppression};
use crate::lead::record::Lead;
use crate::lead::value::Value;

impl Engine {
    /// Cleanses the fields of a record as the playbook says.
    ///
    /// Every change is in [`Cleansing::changes`], with the raw value and the names of the rules. What cannot be
    /// right (a mail address without `@`) becomes null, with the reason. `postal` gives prefecture and city of a
    /// postal code; without it they come from the address.
    ///
    /// ```
    /// use ikusei::{Playbook, Value};
    /// let engine = Playbook::parse(r#"{ "ikusei": 1, "name": "demo",
    ///     "fields": { "email": { "type": "email" }, "phone": { "type": "phone" } } }"#)?.compile()?;
    /// let fields = [
    ///     ("email".to_owned(), Value::from("Taro@Example.CO.JP ")),
    ///     ("phone".to_owned(), Value::from("０３（１２３４）５６７８")),
    /// ];
    /// let clean = engine.cleanse(&fields.into_iter().collect(), None);
    /// assert_eq!(clean.fields["email"], Value::from("taro@example.co.jp"));
    /// assert_eq!(clean.fields["phone"], Value::from("+81312345678"));
    /// assert_eq!(clean.changes["phone"].rules, ["width", "e164"]);
    /// # Ok::<(), ikusei::Error>(())
    /// ```
    #[must_use]
    pub fn cleanse(&self, fields: &IndexMap<String, Value>, postal: Option<&dyn PostalLookup>) -> Cleansing {
        self.compiled.cleansers.fields(fields, postal)
    }

    /// Cleanses one value, as a form does while somebody types.
    #[must_use]
    pub fn cleanse_value(&self, cleaner: Cleaner, value: &Value) -> Cleansed {
        self.compiled.cleansers.value(cleaner, value)
    }

    /// The record after something that changes what the lead allows; the same where it changes nothing.
    #[must_use]
    pub fn consent(&self, lead: &Lead, event: &ConsentEvent) -> Lead {
        let mut lead = lead.clone();
        consent::apply(&mut lead, event);
        lead
    }

    /// Whether something may be sent to a lead on a channel, for a purpose, to an address.
    ///
    /// ```
    /// use ikusei::{Lead, Playbook};
    /// let engine = Playbook::parse(r#"{ "ikusei": 1, "name": "demo" }"#)?.compile()?;
    /// let lead = Lead::from_json(r#"{ "id": "a", "consent": { "email": { "status": "granted" } } }"#)?;
    /// assert!(engine.may_send(&lead, "email", None, None, None).allowed);
    /// # Ok::<(), ikusei::Error>(())
    /// ```
    #[must_use]
    pub fn may_send(
        &self,
        lead: &Lead,
        channel: &str,
        purpose: Option<&str>,
        address: Option<&str>,
        suppression: Option<&Suppression>,
    ) -> Permission {
        consent::permission(lead, channel, purpose, address, suppression)
    }
}
