//! Two playbooks against each other: what a change means, in words, and what it does to leads.

mod changes;
mod items;
#[cfg(feature = "analytics")]
mod leads;
mod markdown;
mod model;
mod names;
#[cfg(feature = "analytics")]
mod report;
#[cfg(feature = "analytics")]
mod tally;
mod words;

#[cfg(test)]
mod tests;

#[cfg(feature = "analytics")]
pub use leads::CompareOptions;
pub use model::{Affects, ChangePlace, ChangedPart, DiffKind, DiffSide, PlaybookChange, PlaybookDiff};

#[cfg(feature = "analytics")]
use std::borrow::Borrow;

use crate::playbook::Playbook;
use crate::trust::change::Sentences;
use changes::{Found, Sides};
use names::Names;
#[cfg(feature = "analytics")]
use {crate::base::error::Error, crate::base::time::Instant, crate::lead::record::Lead};

impl Playbook {
    /// What another playbook changes in this one: in words, with the place in both and what it may decide otherwise.
    ///
    /// Layout, comments, the spelling of an expression and the order of what has no order are no changes. A thing that
    /// is gone and one that is new and says the same are one that was renamed; what names it may then use its new name.
    ///
    /// ```
    /// use ikusei::{Affects, Playbook};
    /// let text = |points: u32| format!("ikusei: 1\nname: demo\nactivities: {{ visit: {{}} }}\nscorecards:\n  overall:\n    rules:\n      - {{ id: visit, on: visit, points: {points} }}\n");
    /// let diff = Playbook::parse(&text(10))?.diff(&Playbook::parse(&text(15))?);
    /// let change = &diff.changes[0];
    /// assert_eq!(change.words.en, "rule `visit` of scorecard `overall`: points 15 instead of 10");
    /// assert_eq!(change.affects, Affects::Scores);
    /// assert_eq!(change.after.as_ref().and_then(|place| place.span.as_ref()).map(|span| span.line), Some(7));
    /// # Ok::<(), ikusei::Error>(())
    /// ```
    #[must_use]
    pub fn diff(&self, other: &Playbook) -> PlaybookDiff {
        self.differ(other).0
    }

    /// The same with what it does to leads as of an instant: [`Engine::compare`](crate::Engine::compare), by the names that things have
    /// in the other playbook.
    ///
    /// # Errors
    /// As [`Engine::compare`](crate::Engine::compare).
    ///
    /// ```
    /// use ikusei::{CompareOptions, Instant, Lead, Playbook};
    /// let text = |least: u32| format!("{{ikusei: 1, name: demo, fields: {{size: {{type: integer}}}}, scorecards: {{overall: {{rules: [{{id: size, points: {{by: size, times: 1}}}}], ranks: [{{rank: A, at_least: {least}}}, {{rank: B}}]}}}}}}");
    /// let (before, after) = (Playbook::parse(&text(50))?, Playbook::parse(&text(40))?);
    /// let leads = (0..100_i64).map(|size| Lead::new(format!("lead-{size}")).with_field("size", size));
    /// let at: Instant = "2026-05-01T00:00:00Z".parse()?;
    /// let diff = before.diff_with_leads(&after, leads, at, &CompareOptions::default())?;
    /// assert_eq!(diff.leads.unwrap().figures["moved"], ikusei::analytics::Cell::Whole(10));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "analytics")]
    pub fn diff_with_leads<L: Borrow<Lead> + Send + Sync>(
        &self,
        other: &Playbook,
        leads: impl IntoIterator<Item = L>,
        at: impl Into<Instant>,
        options: &CompareOptions,
    ) -> Result<PlaybookDiff, Error> {
        let (mut diff, names) = self.differ(other);
        let renamed = |part: ChangedPart| {
            let changes = diff.changes.iter();
            let same = changes.filter(|change| change.kind == DiffKind::Renamed && change.part == part);
            same.filter_map(|change| {
                let new = change.now.as_ref()?.as_str()?;
                Some((
                    change.within.first().cloned().unwrap_or_default(),
                    change.name.clone(),
                    new.to_owned(),
                ))
            })
            .collect()
        };
        let renames = leads::Renames {
            names: &names,
            ranks: renamed(ChangedPart::Rank),
            rules: renamed(ChangedPart::Rule),
        };
        let engines = (&self.compile()?, &other.compile()?);
        diff.leads = Some(leads::compare(engines, leads, at.into(), options, &renames)?);
        diff.markdown = markdown::both(&diff);
        Ok(diff)
    }

    fn differ(&self, other: &Playbook) -> (PlaybookDiff, Names) {
        // INVARIANT: string keys and finite numbers only, so serialisation cannot fail.
        let data = |playbook: &Playbook| serde_json::to_value(playbook.document()).unwrap_or_default();
        let side = |playbook: &Playbook| DiffSide {
            name: playbook.name().to_owned(),
            fingerprint: playbook.fingerprint().to_owned(),
        };
        let sides = Sides::of(data(self), data(other));
        let (found, names) = sides.changes();
        let changes: Vec<PlaybookChange> =
            found.into_iter().map(|found| change(found, (self, other))).collect();
        let mut diff = PlaybookDiff {
            before: side(self),
            after: side(other),
            affects_results: changes.iter().any(|change| change.affects != Affects::Nothing),
            changes,
            #[cfg(feature = "analytics")]
            leads: None,
            markdown: Sentences { en: String::new(), ja: String::new() },
        };
        diff.markdown = markdown::both(&diff);
        (diff, names)
    }
}

fn change(found: Found<'_>, (before, after): (&Playbook, &Playbook)) -> PlaybookChange {
    let words = words::words(&found);
    let Found { kind, part, name, within, property, was, now, places: [own, other], .. } = found;
    let place = |playbook: &Playbook, path: Option<String>| {
        path.map(|path| ChangePlace { span: playbook.span(&path), path })
    };
    let affects = match (kind, part) {
        // Names that records and ledgers hold, but by which nothing is decided.
        (DiffKind::Renamed, ChangedPart::Rule | ChangedPart::Group | ChangedPart::Disqualification) => {
            Affects::Nothing
        }
        _ => part.affects(property.as_deref()),
    };
    PlaybookChange {
        kind,
        part,
        name,
        within: within.into_iter().map(|(_, name)| name).collect(),
        property,
        was,
        now,
        affects,
        before: place(before, own),
        after: place(after, other),
        words,
    }
}
