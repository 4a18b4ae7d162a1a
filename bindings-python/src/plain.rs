//! Leads that are nothing but an id and plain fields: read from their dictionaries without making records of them.

use ikusei::api::{PlainLead, Single};
use ikusei::{Engine, Lead};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};

use crate::read::read;

/// What such a dictionary holds, kept while its texts are borrowed.
pub(crate) struct Fields<'py> {
    id: Bound<'py, PyString>,
    entries: Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>,
}

impl<'py> Fields<'py> {
    /// None for whatever is more than that, or something else.
    pub(crate) fn of(lead: &Bound<'py, PyAny>) -> Option<Self> {
        let (mut id, mut fields) = (None, None);
        for (key, value) in lead.cast_exact::<PyDict>().ok()?.iter() {
            match key.cast_exact::<PyString>().ok()?.to_str().ok()? {
                "id" => id = Some(value.cast_into_exact().ok()?),
                "fields" => fields = Some(value.cast_into_exact::<PyDict>().ok()?),
                _ => return None,
            }
        }
        Some(Self { id: id?, entries: fields.map(|fields| fields.iter().collect()).unwrap_or_default() })
    }

    /// The lead; none where its record has to say what is wrong, or is read otherwise.
    pub(crate) fn read(&self, engine: &Engine) -> Option<PlainLead<'_>> {
        let mut plain = true;
        let entries = self.entries.iter().map_while(|(name, value)| {
            let entry = text(name).zip(single(value));
            plain &= entry.is_some();
            entry
        });
        let lead = PlainLead::read(engine, self.id.to_str().ok()?, entries);
        lead.filter(|_| plain)
    }

    /// The fields, whatever becomes of the dictionary.
    pub(crate) fn keep(self) -> Kept {
        Kept(self.entries.into_iter().map(|(name, value)| (name.unbind(), value.unbind())).collect())
    }
}

/// The fields of a lead that has been read.
pub(crate) struct Kept(Vec<(Py<PyAny>, Py<PyAny>)>);

impl Kept {
    /// The record of the lead.
    pub(crate) fn record(&self, py: Python<'_>, id: &str) -> Lead {
        let mut lead = Lead::new(id);
        for (name, value) in &self.0 {
            // INVARIANT: they were read before, name by name and value by value.
            if let Some((name, value)) = text(name.bind(py)).zip(read(value.bind(py))) {
                lead.fields.insert(name.to_owned(), value);
            }
        }
        lead
    }
}

fn text<'a>(value: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    value.cast_exact::<PyString>().ok()?.to_str().ok()
}

fn single<'a>(value: &'a Bound<'_, PyAny>) -> Option<Single<'a>> {
    if let Ok(text) = value.cast_exact::<PyString>() {
        text.to_str().ok().map(Single::Text)
    } else if value.is_none() {
        Some(Single::Null)
    } else if let Ok(number) = value.cast_exact::<PyInt>() {
        number.extract().ok().map(Single::Int)
    } else if let Ok(number) = value.cast_exact::<PyFloat>() {
        Single::number(number.value())
    } else {
        value.cast_exact::<PyBool>().ok().map(|truth| Single::Bool(truth.is_true()))
    }
}
