//! Campaigns of which nobody says what they may cost.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::campaign::{BudgetPolicy, CampaignPolicy, MonthBudget};
use crate::scoring::compile::escape;
use crate::trust::lint::Linter;

impl Linter<'_> {
    pub(super) fn campaigns(&mut self) {
        let campaigns = &self.document.campaigns;
        for (name, campaign) in campaigns {
            // A part of another one may be paid from there, and one that has parts by them.
            let above =
                std::iter::successors(Some(campaign), |campaign| campaigns.get(campaign.parent.as_ref()?));
            let mut above = above.take(campaigns.len() + 1);
            let parts = campaigns.values().filter(|part| part.parent.as_ref() == Some(name));
            if above.any(costs) || parts.into_iter().any(costs) {
                continue;
            }
            let diagnostic = Diagnostic::note(
                Code::CampaignWithoutCost,
                format!("campaign `{name}` has no budget: what it brings has nothing to be set against"),
            )
            .at(format!("/campaigns/{}", escape(name)))
            .with_help(
                "give it a `budget`, such as `3000000 JPY`, or make it a part of a campaign that has one",
            );
            self.find(diagnostic, None);
        }
    }
}

/// Whether it says that it may cost anything.
fn costs(campaign: &CampaignPolicy) -> bool {
    match &campaign.budget {
        None => false,
        Some(BudgetPolicy::Total(_)) => true,
        Some(BudgetPolicy::Months(months)) => months.values().any(|month| match month {
            MonthBudget::Total(_) => true,
            MonthBudget::Kinds(kinds) => !kinds.is_empty(),
        }),
    }
}
