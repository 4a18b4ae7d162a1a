//! Campaigns of which nobody says what they may cost.

use crate::base::diagnostic::{Code, Diagnostic};
use crate::scoring::compile::escape;
use crate::trust::lint::Linter;

impl Linter<'_> {
    pub(super) fn campaigns(&mut self) {
        let compiled = self.compiled;
        let campaigns = &compiled.campaigns;
        for (index, campaign) in campaigns.campaigns.iter().enumerate() {
            // A part of another one may be paid from there, and one that has parts by them.
            let costs =
                |index: usize| campaigns.campaigns.get(index).is_some_and(|held| !held.budget.is_empty());
            if campaigns.planned(index).is_some() || campaigns.line(index).any(costs) {
                continue;
            }
            let diagnostic = Diagnostic::note(
                Code::CampaignWithoutCost,
                format!(
                    "campaign `{}` has no budget: what it brings has nothing to be set against",
                    campaign.name
                ),
            )
            .at(format!("/campaigns/{}", escape(&campaign.name)))
            .with_help(
                "give it a `budget`, such as `3000000 JPY`, or make it a part of a campaign that has one",
            );
            self.find(diagnostic, None);
        }
    }
}
