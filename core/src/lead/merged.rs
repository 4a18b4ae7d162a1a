//! What a merge leaves in the record, so that it can be undone to the byte.

use serde::{Deserialize, Serialize};

use crate::base::time::Instant;
use crate::lead::activity::Activity;
use crate::lead::record::Lead;

/// A record that was merged into this one.
///
/// The merged record's activities stand in this record's log, each once; here are their ids, and the parts of
/// both records as they were before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct MergedLead {
    /// When they were merged.
    pub at: Instant,
    /// The record that was merged in, without its activities.
    pub lead: Box<Lead>,
    /// Ids of its activities, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log: Vec<String>,
    /// Those of them that this record had, too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<String>,
    /// Its own reading of activities that both records had under one id, where the readings differ.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub variants: Vec<Activity>,
    /// This record as it was, without its activities and earlier merges.
    pub before: Box<Lead>,
    /// JSON Pointers to what was taken from the merged record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub taken: Vec<String>,
}

impl Lead {
    /// True if the record has this id, or a record that was merged into it has: old ids resolve for ever.
    ///
    /// ```
    /// use ikusei::Lead;
    /// assert!(Lead::new("lead-1").answers_to("lead-1"));
    /// ```
    #[must_use]
    pub fn answers_to(&self, id: &str) -> bool {
        self.id == id || self.merged.iter().any(|merged| merged.lead.answers_to(id))
    }

    /// Its id, then those of the records merged into it, oldest merge first.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        let mut ids = vec![self.id.as_str()];
        for merged in &self.merged {
            ids.extend(merged.lead.ids());
        }
        ids
    }
}
