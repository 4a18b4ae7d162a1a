//! Campaigns as they are planned; `analytics` sets what came of them beside.

#[cfg(feature = "analytics")]
pub(crate) mod compile;
mod policy;

pub use policy::{BudgetPolicy, CampaignAlerts, CampaignPolicy, GoalPolicy, MonthBudget};
