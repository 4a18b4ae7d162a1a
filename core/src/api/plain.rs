//! A lead that is nothing but its id and fields, read from whatever a binding holds without making a record of it.

use crate::assessment::Assessment;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::lead::facts::{Cell, Facts, Single};
use crate::lead::record::Lead;

/// A lead that is nothing but its id and fields, read against an engine's playbook; texts are borrowed.
///
/// ```
/// use ikusei::{Instant, api::{self, PlainLead, Single}};
/// let text = r#"{"text": "ikusei: 1\nname: demo\nfields: {size: {type: integer}}\nscorecards: {overall: {ranks: [{rank: A}]}}"}"#;
/// let engine = api::open_playbook(text).unwrap().compile()?;
/// let lead = |size| PlainLead::read(&engine, "lead-1", [("size", size), ("other", Single::Null)]);
/// let found = lead(Single::Int(300)).unwrap().assess(&engine, "2026-05-01T00:00:00Z".parse::<Instant>()?).unwrap();
/// assert_eq!(found.rank.as_deref(), Some("A"));
/// assert!(lead(Single::Text("big")).is_none(), "its record says what is wrong");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct PlainLead<'a> {
    id: &'a str,
    cells: Box<[Cell<'a>]>,
}

impl<'a> PlainLead<'a> {
    /// Reads it; `None` where a field is not of its declared type. What the playbook does not declare is not looked at.
    #[must_use]
    pub fn read(
        engine: &Engine,
        id: &'a str,
        fields: impl IntoIterator<Item = (&'a str, Single<'a>)>,
    ) -> Option<Self> {
        let model = &engine.compiled.model;
        let mut cells = vec![Cell::Null; model.fields().len()].into_boxed_slice();
        let mut next = 0;
        for (name, value) in fields {
            // Most leads have their fields in the order of the declaration.
            let here = model.field_at(next).filter(|(known, _)| *known == name);
            let found = here.map(|(_, policy)| (next, policy)).or_else(|| model.field(name));
            let Some((place, policy)) = found else { continue };
            if let Some(slot) = cells.get_mut(place) {
                *slot = value.cell(model, policy.kind)?;
            }
            next = place + 1;
        }
        Some(Self { id, cells })
    }

    /// Scores, ranks and segments without ledgers; `None` where they are refused.
    #[must_use]
    pub fn assess(self, engine: &Engine, at: Instant) -> Option<Assessment> {
        let lead = Lead::new(self.id);
        let facts = Facts::of_fields(&engine.compiled.model, &lead, self.cells);
        let found = engine.outcomes(&facts, at).ok()?;
        Some(found.assessment(engine, lead.id, at))
    }
}
