//! Receipts: what a decision was made of and what it was, in a few hashes that anybody can recompute.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::assessment::{Assessment, Detail};
use crate::base::canonical::{canonical, digest};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::time::Instant;
use crate::engine::Engine;
use crate::lead::record::Lead;
use crate::trust::change::Known;

/// The version of the format: what is hashed, and how.
const FORMAT: u32 = 1;

/// What a decision was made of and what it was.
///
/// Its text ([`Receipt::to_json`]) has the same bytes in every language. Keys are in the order of the canonical text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Receipt {
    /// The instant of the decision.
    pub at: Instant,
    /// The hash of the decision: figures, ranks and segments.
    pub decision: String,
    /// The version of the engine that decided.
    pub engine: String,
    /// The hash of everything else in the receipt: two receipts with one id are the same.
    pub id: String,
    /// The hash of what the decision was made of, but for the playbook.
    pub input: String,
    /// Whether activities counted from when they were recorded, or from when they happened.
    pub known: Known,
    /// The lead's id.
    pub lead: String,
    /// The hash of each part of the record that a decision may look at.
    pub parts: BTreeMap<String, String>,
    /// The fingerprint of the playbook.
    pub playbook: String,
    /// The version of this format: 1.
    pub receipt: u32,
}

/// What came of recomputing a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ReceiptCheck {
    /// Whether the same playbook makes the same decision of the same facts.
    pub holds: bool,
    /// What differs, the causes first.
    pub differs: Vec<ReceiptDifference>,
}

/// One thing in a receipt that is not what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ReceiptDifference {
    /// What: `id` where the receipt itself was changed, `playbook`, `lead`, a part of the record (`fields`, `source`,
    /// `consent`, `standing`, `activities`), `decision`, and `engine` beside that.
    pub what: String,
    /// What the receipt says.
    pub said: String,
    /// What was found.
    pub found: String,
}

impl Receipt {
    /// As JSON text: the same bytes in every language.
    #[must_use]
    pub fn to_json(&self) -> String {
        canonical(&plain(self))
    }

    /// The hash of everything but the id.
    fn hash(&self) -> String {
        let mut value = plain(self);
        if let Value::Object(entries) = &mut value {
            entries.shift_remove("id");
        }
        digest(&value)
    }
}

impl Engine {
    /// A receipt of what [`Engine::assess`] says of a lead at an instant.
    ///
    /// What is hashed is what a decision may look at: the declared fields, source, consent, standing, and the activities
    /// of declared kinds that were known then. So a record to which more has happened since gives the same receipt, as
    /// does one that was stored and read again, however its keys were ordered and its numbers written.
    ///
    /// # Errors
    /// As [`Engine::assess`].
    ///
    /// ```
    /// use ikusei::{Instant, Known, Lead, Playbook};
    /// # let engine = Playbook::parse(r#"{ikusei: 1, name: demo, fields: {size: {type: integer}}, scorecards: {overall: {
    /// #   rules: [{id: big, when: 'size >= 300', points: 25}], ranks: [{rank: A, at_least: 20}, {rank: B}]}}}"#)?.compile()?;
    /// let lead = Lead::new("lead-1").with_field("size", 320);
    /// let receipt = engine.receipt(&lead, "2026-05-01T00:00:00Z".parse::<Instant>()?, Known::Then)?;
    /// let stored = receipt.to_json();
    /// assert!(engine.verify_receipt(&lead, &serde_json::from_str(&stored)?)?.holds);
    ///
    /// let other = Lead::new("lead-1").with_field("size", 20);
    /// let check = engine.verify_receipt(&other, &receipt)?;
    /// let what: Vec<&str> = check.differs.iter().map(|difference| difference.what.as_str()).collect();
    /// assert_eq!(what, ["fields", "decision"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn receipt(&self, lead: &Lead, at: impl Into<Instant>, known: Known) -> Result<Receipt, Error> {
        let at = at.into();
        let prepared = self.prepare_as(lead, known)?;
        let assessment = prepared.assess(at, Detail::Figures)?;
        let parts = self.parts(lead, at, known);
        let input = json!({ "at": at, "known": known, "lead": lead.id, "parts": parts });
        let mut receipt = Receipt {
            at,
            decision: digest(&decision(&assessment)),
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            id: String::new(),
            input: digest(&input),
            known,
            lead: lead.id.clone(),
            parts: parts.iter().map(|(name, part)| (name.clone(), digest(part))).collect(),
            playbook: self.fingerprint().to_owned(),
            receipt: FORMAT,
        };
        receipt.id = receipt.hash();
        Ok(receipt)
    }

    /// Recomputes a receipt from a record, and says what differs.
    ///
    /// Another version of the engine that comes to the same decision confirms it.
    ///
    /// # Errors
    /// As [`Engine::assess`]; `IK0601` for a receipt of a format that this version does not know.
    pub fn verify_receipt(&self, lead: &Lead, receipt: &Receipt) -> Result<ReceiptCheck, Error> {
        if receipt.receipt != FORMAT {
            let message = format!("a receipt of format {}: this version knows {FORMAT}", receipt.receipt);
            let help = "verify it with the version that the receipt names under `engine`, or a later one";
            return Err(Error::call(
                Diagnostic::error(Code::BadCall, message).at("/receipt").with_help(help),
            ));
        }
        let now = self.receipt(lead, receipt.at, receipt.known)?;
        let mut differs = Vec::new();
        let mut compare = |what: &str, said: &str, found: &str| {
            if said != found {
                let (what, said, found) = (what.to_owned(), said.to_owned(), found.to_owned());
                differs.push(ReceiptDifference { what, said, found });
            }
        };
        compare("id", &receipt.id, &receipt.hash());
        compare("playbook", &receipt.playbook, &now.playbook);
        compare("lead", &receipt.lead, &now.lead);
        let names: std::collections::BTreeSet<&String> =
            receipt.parts.keys().chain(now.parts.keys()).collect();
        let part = |receipt: &Receipt, name: &String| receipt.parts.get(name).cloned().unwrap_or_default();
        for name in names {
            compare(name, &part(receipt, name), &part(&now, name));
        }
        let same_parts = receipt.parts == now.parts && receipt.lead == now.lead;
        if same_parts {
            compare("input", &receipt.input, &now.input);
        }
        compare("decision", &receipt.decision, &now.decision);
        if receipt.decision != now.decision {
            compare("engine", &receipt.engine, &now.engine);
        }
        Ok(ReceiptCheck { holds: differs.is_empty(), differs })
    }

    /// What a decision may look at, by the part of the record.
    fn parts(&self, lead: &Lead, at: Instant, known: Known) -> BTreeMap<String, Value> {
        let model = &self.compiled.model;
        let fields: serde_json::Map<String, Value> = lead
            .fields
            .iter()
            .filter(|(name, value)| model.field(name).is_some() && **value != crate::lead::value::Value::Null)
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect();
        let mut activities: Vec<_> = lead
            .activities()
            .iter()
            .filter(|activity| model.activity(&activity.kind).is_some())
            .filter(|activity| activity.at <= at && (known == Known::Now || activity.recorded_at() <= at))
            .collect();
        activities.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
        let activities: Vec<Value> = activities.into_iter().map(plain).collect();
        BTreeMap::from([
            ("fields".to_owned(), Value::Object(fields)),
            ("source".to_owned(), plain(&lead.source)),
            ("consent".to_owned(), plain(&lead.consent)),
            ("standing".to_owned(), plain(&lead.standing)),
            ("activities".to_owned(), Value::Array(activities)),
        ])
    }
}

/// What is hashed of a decision. It belongs to the format: what assessments may say besides, one day, does not.
fn decision(assessment: &Assessment) -> Value {
    let scores = assessment.scores.iter().map(|(card, sheet)| {
        let figures = json!({
            "fit_plus": sheet.fit_plus,
            "fit_minus": sheet.fit_minus,
            "engagement_plus": sheet.engagement_plus,
            "engagement_minus": sheet.engagement_minus,
            "total": sheet.total,
        });
        (card.clone(), figures)
    });
    let ranks = assessment.ranks.iter().map(|(card, decision)| (card.clone(), plain(&decision.rank)));
    json!({
        "scores": scores.collect::<serde_json::Map<_, _>>(),
        "ranks": ranks.collect::<serde_json::Map<_, _>>(),
        "segments": assessment.segments,
    })
}

fn plain<T: Serialize>(value: &T) -> Value {
    // INVARIANT: string keys and finite numbers only, so serialisation cannot fail.
    serde_json::to_value(value).unwrap_or_default()
}
