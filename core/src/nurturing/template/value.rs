//! What is handed to the template engine: only the merge fields that the template names, as values of a few kinds.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{DynObject, Object, ObjectRepr, Value as Merged};

use crate::base::time::{Instant, Zone, date_micros};
use crate::lead::model::FieldType;
use crate::lead::value::Value;

/// A date, or an instant on the recipient's clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// What a clock on the wall shows, counted as if it were UTC.
    local: i64,
    is_date: bool,
}

impl Moment {
    pub(super) fn instant(at: Instant, zone: Zone) -> Self {
        Self { local: zone.local_micros(at.micros()), is_date: false }
    }

    /// From a text that a host or a record writes dates in.
    pub(super) fn read(text: &str, zone: Zone) -> Option<Self> {
        if let Some(local) = date_micros(text) {
            return Some(Self { local, is_date: true });
        }
        Some(Self::instant(text.parse().ok()?, zone))
    }

    pub(super) const fn local(self) -> i64 {
        self.local
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = chrono::DateTime::from_timestamp_micros(self.local).unwrap_or_default();
        write!(f, "{}", local.format(if self.is_date { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M" }))
    }
}

impl Object for Moment {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.local.cmp(&other.downcast_ref::<Self>()?.local))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that stands for a missing value: filters leave it as it is.
#[derive(Debug, Clone)]
pub(super) struct Standing {
    pub(super) text: String,
    /// The mark of a preview, not a default.
    pub(super) is_mark: bool,
}

impl Object for Standing {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.text.is_empty()
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether nothing is merged: the engine has no such value, or the lead has none for it.
pub(super) fn is_absent(value: &Merged) -> bool {
    value.is_undefined() || value.is_none()
}

/// Whether a field says nothing.
pub(super) fn is_missing(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Text(text)) => text.trim().is_empty(),
        Some(Value::List(items)) => items.is_empty(),
        Some(_) => false,
    }
}

/// A field of a lead, which was read against its type before.
pub(super) fn of_field(value: &Value, kind: FieldType, zone: Zone) -> Option<Merged> {
    match (kind, value) {
        (FieldType::Date | FieldType::Timestamp, Value::Text(text)) => {
            Moment::read(text, zone).map(Merged::from_object)
        }
        _ => plain(value),
    }
}

/// A value as it is; nothing for one that a message cannot show.
pub(super) fn plain(value: &Value) -> Option<Merged> {
    Some(match value {
        Value::Bool(truth) => Merged::from(*truth),
        Value::Int(number) => Merged::from(*number),
        Value::Float(number) => Merged::from(*number),
        Value::Text(text) => Merged::from(text.as_str()),
        Value::List(items) => items
            .iter()
            .filter_map(|item| match item {
                Value::Text(text) => Some(Merged::from(text.as_str())),
                _ => None,
            })
            .collect(),
        Value::Null | Value::Object(_) => return None,
    })
}

/// How a value is written where no filter says otherwise.
pub(super) fn written(value: &Merged) -> String {
    if let Ok(truth) = bool::try_from(value.clone()) {
        return truth.to_string();
    }
    if value.kind() == minijinja::value::ValueKind::Number
        && !value.is_integer()
        && let Ok(number) = f64::try_from(value.clone())
    {
        return number.to_string();
    }
    if value.kind() == minijinja::value::ValueKind::Seq {
        let items = value.try_iter().into_iter().flatten().map(|item| written(&item));
        return items.collect::<Vec<_>>().join(", ");
    }
    value.to_string()
}

/// Whether a text is an address of the web, of mail or of a telephone, and nothing else.
pub(super) fn is_address(text: &str) -> bool {
    let lower = text.trim_start().to_ascii_lowercase();
    let scheme =
        ["https://", "http://", "mailto:", "tel:"].into_iter().find(|scheme| lower.starts_with(scheme));
    let clean =
        |c: char| !c.is_whitespace() && !c.is_control() && !matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\');
    scheme.is_some_and(|scheme| lower.len() > scheme.len()) && text.chars().all(clean)
}
