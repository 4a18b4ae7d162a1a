//! What the engine offers of the capture room: cleansing.

use indexmap::IndexMap;

use super::Engine;
use crate::capture::{Cleaner, Cleansed, Cleansing, PostalLookup};
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
    /// let fields = [("email".to_owned(), Value::from("Taro@Example.CO.JP ")), ("phone".to_owned(), Value::from("０３（１２３４）５６７８"))];
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
}
