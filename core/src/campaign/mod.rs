//! Campaigns: what was planned, what it cost, who came, and what it was to bring.

#[cfg(feature = "analytics")]
mod alerts;
#[cfg(feature = "analytics")]
pub(crate) mod compile;
#[cfg(feature = "analytics")]
mod part;
mod policy;
#[cfg(feature = "analytics")]
pub(crate) mod report;

pub use policy::{BudgetPolicy, CampaignAlerts, CampaignPolicy, GoalPolicy, MonthBudget};
