//! Leads that show something: made of cells, and run before they are shown.

use crate::assessment::Detail;
use crate::base::sets::NONE;
use crate::base::time::Instant;
use crate::expr::{Frame, Program};
use crate::lead::activity::Activity;
use crate::lead::model::FieldType;
use crate::lead::record::{Consent, ConsentStatus, Lead};
use crate::lead::value::Value;
use crate::trust::lint::cells::{Key, Sample};
use crate::trust::lint::space::Space;
use crate::trust::lint::{LintExample, Linter};

/// When examples live: the first instant of 2026.
const AT: i64 = 1_767_225_600_000_000;
/// An example has at most so many activities of one kind.
const MOST_ACTIVITIES: i64 = 50;

impl Linter<'_> {
    /// A lead of a set for which a check holds, if one is found.
    pub(super) fn example(
        &self,
        space: &mut Space<'_>,
        set: u32,
        check: &dyn Fn(&Lead) -> bool,
    ) -> Option<LintExample> {
        let mut set = set;
        // Whatever is not looked into is false of a lead of which little is said.
        for number in 0..space.variables.len() {
            let opaque = |variable: &crate::trust::lint::cells::Variable| {
                matches!(variable.key, Key::Opaque(_) | Key::Failing(_))
            };
            if space.variables.get(number).is_some_and(opaque) {
                let not = space.sets.values(number, |cell| cell == 1);
                let narrower = space.sets.and(set, not);
                set = if narrower == NONE { set } else { narrower };
            }
        }
        if !space.is_known() {
            return None;
        }
        let lead = self.lead(space, set)?;
        check(&lead).then_some(LintExample { lead, at: at()? })
    }

    /// Whether a condition holds for an example; one about an activity, for its first.
    pub(super) fn holds(&self, program: &Program, kinds: &[usize], lead: &Lead) -> bool {
        let held = || {
            let (at, prepared) = (at()?, self.engine.prepare(lead).ok()?);
            let derivation = prepared.derive(at, Detail::Figures).ok()?;
            let activity = kinds.iter().find_map(|kind| prepared.facts.of_kind(*kind).first());
            let frame = Frame { activity, ..derivation.frame(&prepared, at) };
            program.test(&frame).ok()
        };
        held().unwrap_or(false)
    }

    /// A lead of which nothing is known.
    pub(super) fn anybody(&self) -> Option<LintExample> {
        Some(LintExample { lead: Lead::new("example"), at: at()? })
    }

    fn lead(&self, space: &Space<'_>, set: u32) -> Option<Lead> {
        let model = &self.compiled.model;
        let mut lead = Lead::new("example");
        let mut activity: Option<Activity> = None;
        let kinds = space.domain.kinds;
        if let Some((kind, _)) = kinds.first().and_then(|kind| model.activity_at(*kind)) {
            activity = Some(Activity::new("activity", kind, at()?));
        }
        for (number, cell) in space.sets.example(set)? {
            let variable = space.variables.get(number)?;
            let sample = &variable.cells.get(cell)?.sample;
            match &variable.key {
                Key::Field(field) => {
                    let (name, policy) = model.field_at(*field)?;
                    if let Some(value) = value(sample, policy.kind) {
                        lead.fields.insert(name.to_owned(), value);
                    }
                }
                Key::Has(field, text) if *sample == Sample::Bool(true) => {
                    let (name, _) = model.field_at(*field)?;
                    let list = lead.fields.entry(name.to_owned()).or_insert(Value::List(Vec::new()));
                    if let Value::List(items) = list {
                        items.push(Value::Text(text.as_ref().to_owned()));
                    }
                }
                Key::Property(places) => {
                    let (kind, place) = places.first()?;
                    let (name, kind) = model.activity_at(*kind)?.1.properties.get_index(*place)?;
                    if let (Some(activity), Some(value)) = (activity.as_mut(), value(sample, *kind)) {
                        activity.properties.insert(name.clone(), value);
                    }
                }
                Key::Kind => {
                    if let (Some(activity), Sample::Text(kind)) = (activity.as_mut(), sample) {
                        activity.kind.clone_from(kind);
                    }
                }
                Key::LeadId => {
                    if let Sample::Text(id) = sample {
                        lead.id.clone_from(id);
                    }
                }
                Key::Consent(channel) => {
                    if let Some(status) = status(sample) {
                        let consent = Consent { status, ..Consent::default() };
                        lead.consent.insert(channel.as_ref().to_owned(), consent);
                    }
                }
                Key::Source(key) => {
                    if let Some(value) = value(sample, FieldType::Text) {
                        lead.source.insert(key.as_ref().to_owned(), value);
                    }
                }
                Key::Count(kind, _) => {
                    let (name, _) = model.activity_at(*kind)?;
                    let Sample::Int(count) = sample else { continue };
                    let known = lead.activities().iter().filter(|known| known.kind == name).count();
                    let more = (*count).min(MOST_ACTIVITIES) - i64::try_from(known).unwrap_or(0);
                    for number in 0..more {
                        let id = format!("{name}-{}", number + 1);
                        lead.activities_mut().push(Activity::new(id, name, at()?));
                    }
                }
                _ => {}
            }
        }
        lead.activities_mut().splice(0..0, activity);
        Some(lead)
    }
}

pub(super) fn at() -> Option<Instant> {
    Instant::from_micros(AT)
}

fn status(sample: &Sample) -> Option<ConsentStatus> {
    let Sample::Text(word) = sample else { return None };
    [ConsentStatus::Granted, ConsentStatus::Denied, ConsentStatus::Pending, ConsentStatus::Unknown]
        .into_iter()
        .find(|status| status.as_str() == word)
}

/// As a record holds it; a date without its time.
fn value(sample: &Sample, kind: FieldType) -> Option<Value> {
    Some(match sample {
        Sample::Null => return None,
        Sample::Bool(value) => Value::Bool(*value),
        Sample::Int(value) => Value::Int(*value),
        Sample::Double(value) => Value::Float(*value),
        Sample::Text(text) => Value::Text(text.clone()),
        Sample::Time(micros) => {
            let text = Instant::from_micros(*micros)?.to_string();
            Value::Text(if kind == FieldType::Date { text.chars().take(10).collect() } else { text })
        }
    })
}
