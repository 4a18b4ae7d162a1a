//! The score sheet: five figures, and the ledger that adds up to them.

use indexmap::IndexMap;
use serde::Serialize;

use crate::base::points::Points;
use crate::base::time::Instant;
use crate::expr::Figure;
use crate::lead::value::Value;
use crate::scoring::account::Sums;

/// What one scorecard says of a lead.
///
/// `total = fit_plus + fit_minus + engagement_plus + engagement_minus`, exactly; and each of the four is the sum
/// of the ledger's entries on its side.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct ScoreSheet {
    /// What it is earned for (attributes).
    pub fit_plus: Points,
    /// What its attributes cost it: zero or below.
    pub fit_minus: Points,
    /// What its behaviour earned.
    pub engagement_plus: Points,
    /// What its behaviour cost it: zero or below.
    pub engagement_minus: Points,
    /// The sum of the four.
    pub total: Points,
    /// The playbook's logistic reading of the total, between 0 and 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Every entry, in the order of the rules; absent where only the figures were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ledger: Option<Vec<Entry>>,
}

/// One line of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "LedgerEntry"))]
#[non_exhaustive]
pub struct Entry {
    /// What kind of line it is.
    pub kind: EntryKind,
    /// Which figure it belongs to.
    pub side: Side,
    /// The points that it adds or takes.
    pub points: Points,
    /// The rule that gave it; absent for the limits of a group or of the scorecard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// What people call the rule or the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The group whose limit it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The activity that earned it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub activity: Option<EntryActivity>,
    /// The fields that the rule looked at, with their values.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub values: IndexMap<String, Value>,
}

/// The activity behind a line of the ledger.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct EntryActivity {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// When it happened.
    pub at: Instant,
    /// The points before decay.
    pub base: Points,
    /// What decay leaves of them: between 0 and 1, with six decimals.
    pub weight: f64,
    /// From when on it counts for nothing, by window or decay; absent if it counts for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Instant>,
}

/// What kind of line an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EntryKind {
    /// Points for what the lead is.
    Fit,
    /// Points for one thing it did.
    Engagement,
    /// What a rule's `cap` takes off.
    Cap,
    /// What a group's limits take off or add.
    Group,
    /// What the scorecard's limits take off or add.
    Clamp,
}

/// One of the four figures that add up to the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Earned for attributes.
    FitPlus,
    /// Lost for attributes.
    FitMinus,
    /// Earned by behaviour.
    EngagementPlus,
    /// Lost by behaviour.
    EngagementMinus,
}

impl Side {
    /// All four, in the order of the score sheet.
    pub const ALL: [Side; 4] = [Side::FitPlus, Side::FitMinus, Side::EngagementPlus, Side::EngagementMinus];
}

impl ScoreSheet {
    /// Fit: plus and minus together.
    #[must_use]
    pub fn fit(&self) -> Points {
        // INVARIANT: plus is never below and minus never above zero, so their sum is in range.
        self.fit_plus.checked_add(self.fit_minus).unwrap_or_default()
    }

    /// Engagement: plus and minus together.
    #[must_use]
    pub fn engagement(&self) -> Points {
        self.engagement_plus.checked_add(self.engagement_minus).unwrap_or_default()
    }

    /// The figure that an expression names.
    pub(crate) fn figure(&self, figure: Figure) -> Points {
        match figure {
            Figure::FitPlus => self.fit_plus,
            Figure::FitMinus => self.fit_minus,
            Figure::EngagementPlus => self.engagement_plus,
            Figure::EngagementMinus => self.engagement_minus,
            Figure::Fit => self.fit(),
            Figure::Engagement => self.engagement(),
            Figure::Total => self.total,
        }
    }

    /// The figures of four sums; `None` beyond the range of points.
    pub(crate) fn of(sums: &Sums) -> Option<Self> {
        let side = |side: Side| Points::from_millionths(sums.side(side));
        let (fit_plus, fit_minus) = (side(Side::FitPlus)?, side(Side::FitMinus)?);
        let (engagement_plus, engagement_minus) = (side(Side::EngagementPlus)?, side(Side::EngagementMinus)?);
        let fit = fit_plus.checked_add(fit_minus)?;
        let total = fit.checked_add(engagement_plus.checked_add(engagement_minus)?)?;
        Some(Self {
            fit_plus,
            fit_minus,
            engagement_plus,
            engagement_minus,
            total,
            probability: None,
            ledger: None,
        })
    }
}
