//! Who is in a segment, and why.

use std::cmp::Ordering;

use serde::Serialize;

use crate::base::diagnostic::{Code, Diagnostic};
#[cfg(feature = "nurturing")]
use crate::expr::Stretch;
use crate::expr::{Frame, Trace, Value};
use crate::scoring::compile::escape;
use crate::segment::compile::{Segment, Segments};

/// Whether a lead is in a segment, and what decided it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Membership {
    /// The segment.
    pub segment: String,
    /// Whether the lead is in it.
    pub member: bool,
    /// What decided.
    pub because: Reason,
    /// The parts of the condition that were looked at, with their values; absent where a list decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
}

/// What decides a membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// The lead is on the `exclude` list.
    Excluded,
    /// The lead is on the `include` list.
    Included,
    /// The condition.
    Condition,
}

/// The members of a segment among some leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Members {
    /// The segment.
    pub segment: String,
    /// How many members there are, those beyond the limit included.
    pub total: usize,
    /// Ids of the members, sorted and limited as the segment says; by id where it says nothing.
    pub leads: Vec<String>,
}

impl Segment {
    /// Whether a lead with this id is in, with what decided. A failing condition does not hold.
    fn decide(&self, frame: &Frame<'_>, warnings: &mut Vec<Diagnostic>) -> (bool, Reason) {
        if let Some(listed) = self.listed(&frame.facts.lead.id) {
            return listed;
        }
        let Some(when) = &self.when else { return (false, Reason::Condition) };
        let holds = when.test(frame).unwrap_or_else(|failure| {
            let message =
                format!("the condition of segment `{}` does not hold here: {}", self.name, failure.message);
            warnings.push(
                Diagnostic::warning(Code::ExprFailed, message)
                    .at(format!("/segments/{}", escape(&self.name)))
                    .with_help(
                        "guard the expression, so that it holds for every value that the fields can have",
                    ),
            );
            false
        });
        (holds, Reason::Condition)
    }

    /// What its lists say of a lead.
    fn listed(&self, id: &str) -> Option<(bool, Reason)> {
        let listed = |ids: &[String]| ids.binary_search_by(|listed| listed.as_str().cmp(id)).is_ok();
        if listed(&self.exclude) {
            return Some((false, Reason::Excluded));
        }
        listed(&self.include).then_some((true, Reason::Included))
    }
}

impl Segments {
    /// Decides segment number `index`; those that it names have been decided before.
    pub(crate) fn decide(&self, index: usize, frame: &Frame<'_>, warnings: &mut Vec<Diagnostic>) -> bool {
        self.segments.get(index).is_some_and(|segment| segment.decide(frame, warnings).0)
    }

    /// The same throughout a stretch of time in which nothing happens, where it is the same throughout.
    #[cfg(feature = "nurturing")]
    pub(crate) fn foresee(&self, index: usize, stretch: &Stretch<'_>) -> Option<bool> {
        let Some(segment) = self.segments.get(index) else { return Some(false) };
        if let Some((member, _)) = segment.listed(&stretch.facts.lead.id) {
            return Some(member);
        }
        segment.when.as_ref().map_or(Some(false), |when| when.foresee(stretch))
    }

    /// The same with its reason and trace.
    pub(crate) fn membership(&self, index: usize, frame: &Frame<'_>) -> Option<Membership> {
        let segment = self.segments.get(index)?;
        let (member, because) = segment.decide(frame, &mut Vec::new());
        let trace =
            segment.when.as_ref().filter(|_| because == Reason::Condition).map(|when| when.trace(frame));
        Some(Membership { segment: segment.name.clone(), member, because, trace })
    }
}

/// What a member is sorted by.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum SortKey {
    Number(f64),
    Text(String),
    Empty,
}

impl Segment {
    pub(crate) fn sort_key(&self, frame: &Frame<'_>) -> SortKey {
        let Some(sort) = &self.sort else { return SortKey::Empty };
        #[expect(clippy::cast_precision_loss, reason = "an order, decided by id where two are equal")]
        match sort.by.value(frame) {
            Ok(Value::Int(number) | Value::Time(number) | Value::Duration(number)) => {
                SortKey::Number(number as f64)
            }
            Ok(Value::Double(number)) if !number.is_nan() => SortKey::Number(number),
            Ok(Value::Bool(value)) => SortKey::Number(f64::from(u8::from(value))),
            Ok(Value::Text(text)) => SortKey::Text(text.into_owned()),
            _ => SortKey::Empty,
        }
    }

    /// Sorts and limits members, given as sort key and id.
    pub(crate) fn list(&self, mut members: Vec<(SortKey, String)>) -> Members {
        let descending = self.sort.as_ref().is_some_and(|sort| sort.descending);
        members.sort_by(|(a, a_id), (b, b_id)| compare(a, b, descending).then_with(|| a_id.cmp(b_id)));
        let total = members.len();
        let limit = self.limit.unwrap_or(usize::MAX);
        let leads = members.into_iter().take(limit).map(|(_, id)| id).collect();
        Members { segment: self.name.clone(), total, leads }
    }
}

/// Empty keys come last in either direction.
fn compare(a: &SortKey, b: &SortKey, descending: bool) -> Ordering {
    let order = match (a, b) {
        (SortKey::Number(a), SortKey::Number(b)) => a.total_cmp(b),
        (SortKey::Text(a), SortKey::Text(b)) => a.cmp(b),
        (SortKey::Empty, SortKey::Empty) => return Ordering::Equal,
        (SortKey::Empty, _) => return Ordering::Greater,
        (_, SortKey::Empty) => return Ordering::Less,
        // An expression of no fixed type may give both: numbers first.
        (SortKey::Number(_), SortKey::Text(_)) => Ordering::Less,
        (SortKey::Text(_), SortKey::Number(_)) => Ordering::Greater,
    };
    if descending { order.reverse() } else { order }
}
