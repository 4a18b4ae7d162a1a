//! How segments lie to each other.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::sets::NONE;
use crate::expr::Program;
use crate::lead::record::Lead;
use crate::scoring::compile::escape;
use crate::trust::lint::space::Space;
use crate::trust::lint::{Linter, OverlapRelation, SegmentOverlap};

/// Among more segments than this, only neighbours are laid beside each other by their texts.
const MOST_SEGMENTS: usize = 400;

impl Linter<'_> {
    pub(super) fn segments(&mut self) {
        let segments = &self.compiled.segments.segments;
        let programs: Vec<&Program> = segments.iter().filter_map(|segment| segment.when.as_ref()).collect();
        if segments.len() > MOST_SEGMENTS {
            return;
        }
        let domain = self.domain(&[]);
        let mut space = Space::new(&domain, &programs, &[]);
        let sets: Vec<Option<u32>> = segments
            .iter()
            .map(|segment| segment.when.as_ref().map(|when| space.truth(when).yes).filter(|set| *set != NONE))
            .collect();
        let mut overlaps = Vec::new();
        let mut same = Vec::new();
        for (index, a) in sets.iter().enumerate() {
            for (other, b) in sets.iter().enumerate().skip(index + 1) {
                let (Some(a), Some(b)) = (*a, *b) else { continue };
                let relation = if a == b {
                    same.push((index, other, a));
                    Some((index, other, OverlapRelation::Same))
                } else if space.sets.and(a, b) == NONE {
                    Some((index, other, OverlapRelation::Disjoint))
                } else if space.sets.minus(a, b) == NONE {
                    Some((index, other, OverlapRelation::Within))
                } else if space.sets.minus(b, a) == NONE {
                    Some((other, index, OverlapRelation::Within))
                } else {
                    None
                };
                overlaps.extend(relation);
            }
        }
        let mut found = Vec::new();
        for (first, second, set) in same {
            let (Some(first), Some(second)) = (segments.get(first), segments.get(second)) else { continue };
            if first.include != second.include || first.exclude != second.exclude {
                continue;
            }
            let Some(when) = &second.when else { continue };
            let check = |lead: &Lead| self.holds(when, &[], lead);
            let example = self.example(&mut space, set, &check);
            found.push((first, second, example));
        }
        if !space.is_known() {
            return;
        }
        drop(space);
        let name =
            |number: usize| segments.get(number).map(|segment| segment.name.clone()).unwrap_or_default();
        self.overlaps = overlaps
            .into_iter()
            .map(|(a, b, relation)| SegmentOverlap { a: name(a), b: name(b), relation })
            .collect();
        let mut told: Vec<&str> = Vec::new();
        for (first, second, example) in found {
            // Of three that are one, each is told once.
            if told.contains(&second.name.as_str()) {
                continue;
            }
            told.push(&second.name);
            let message = format!("segment `{}` always has the members of `{}`", second.name, first.name);
            let diagnostic = Diagnostic::warning(Code::SameSegment, message)
                .at(format!("/segments/{}", escape(&second.name)))
                .with_help("remove one of them, or change its condition")
                .with_related("the other one is here", format!("/segments/{}", escape(&first.name)));
            self.find(diagnostic, example);
        }
    }
}
