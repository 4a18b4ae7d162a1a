//! Which teams cover a lead.

use super::{Desk, View};
use crate::base::diagnostic::{Code, Diagnostic};
use crate::expr::{Frame, Program};
use crate::routing::compile::{Routing, Team};

impl Desk<'_> {
    /// The teams of a cut that cover a lead, the one that goes before the others first.
    pub(super) fn covering<'v>(
        &'v self,
        view: &'v View<'v>,
        cut: usize,
        warnings: &'v mut Vec<Diagnostic>,
    ) -> Covering<'v> {
        let teams: &[usize] = self.routing.by_cut.get(cut).map_or(&[], AsRef::as_ref);
        Covering { routing: self.routing, view, teams, warnings }
    }

    /// The team, and those of its own cut that it is part of: they step in where nobody of it is there.
    pub(super) fn upwards(&self, team: usize) -> Vec<usize> {
        let cut = |team: usize| self.routing.teams.get(team).and_then(|team| team.cut);
        let above = self.routing.teams.get(team).map(|team| &team.above).into_iter().flatten();
        std::iter::once(team).chain(above.copied().filter(|above| cut(*above) == cut(team))).collect()
    }
}

/// Teams of a cut, looked at one after another.
pub(super) struct Covering<'v> {
    routing: &'v Routing,
    view: &'v View<'v>,
    teams: &'v [usize],
    warnings: &'v mut Vec<Diagnostic>,
}

impl Covering<'_> {
    /// The team that goes before the others: one that names the account, else the first that covers the lead.
    pub(super) fn next_one(mut self) -> Option<usize> {
        let teams = self.teams;
        let named = teams.iter().copied().find(|team| {
            let own = self.routing.teams.get(*team);
            own.is_some_and(|own| !own.accounts.is_empty() && self.names(own))
        });
        named.or_else(|| teams.iter().copied().find(|team| self.covers(*team)))
    }

    pub(super) fn all(mut self) -> Vec<usize> {
        let teams = self.teams;
        teams.iter().copied().filter(|team| self.covers(*team)).collect()
    }

    fn names(&self, team: &Team) -> bool {
        self.view.keys.iter().any(|key| team.accounts.contains(key))
    }

    fn covers(&mut self, team: usize) -> bool {
        let Some(team) = self.routing.teams.get(team) else { return false };
        if self.names(team) {
            return true;
        }
        self.own(team)
            && team
                .above
                .iter()
                .all(|above| self.routing.teams.get(*above).is_some_and(|above| self.own(above)))
    }

    /// Whether a team's own condition holds, or it names the account; a team with neither covers everything.
    fn own(&mut self, team: &Team) -> bool {
        match &team.covers {
            _ if self.names(team) => true,
            Some(covers) => test(covers, &self.view.frame, &team.name, self.warnings),
            None => team.accounts.is_empty(),
        }
    }
}

/// Whether a condition holds; a failing one does not.
pub(super) fn test(program: &Program, frame: &Frame<'_>, what: &str, warnings: &mut Vec<Diagnostic>) -> bool {
    program.test(frame).unwrap_or_else(|failure| {
        let message = format!("the condition of `{what}` does not hold here: {}", failure.message);
        warnings.push(
            Diagnostic::warning(Code::ExprFailed, message)
                .at("/routing")
                .with_help("guard the expression, so that it holds for every value that the fields can have"),
        );
        false
    })
}
