//! Who is informed of a hand-over, and the sentences that say why.

use super::{Choice, Desk, View, previous};
use crate::base::diagnostic::Diagnostic;
use crate::lead::account::CompanyAccount;
use crate::lead::assignment::{Assignment, Informed, Words};
use crate::routing::compile::{Policy, Rule, Target, Team};
use crate::routing::words;

impl Desk<'_> {
    /// Who is informed of a hand-over, and why.
    pub(crate) fn informed(
        &self,
        view: &View<'_>,
        policy: &Policy,
        choice: &Choice<'_>,
        lead: &[Assignment],
        warnings: &mut Vec<Diagnostic>,
    ) -> Vec<Informed> {
        let mut all: Vec<Informed> = Vec::new();
        let owner = self.name(choice.owner).to_owned();
        let owner_id = self.person(choice.owner).map_or("", |person| person.id.as_str());
        let mut add = |team: Option<&Team>, member: Option<&str>, en: String, ja: String| {
            // Whoever has left is not told; whom the roster does not know may be.
            let works = |id: &str| self.people.number(id).is_none() || self.people.active(id).is_some();
            let member = member.filter(|member| *member != owner_id && works(member));
            if team.is_none() && member.is_none() {
                return;
            }
            let (team, member) = (team.map(|team| team.name.clone()), member.map(str::to_owned));
            if all.iter().any(|known| (&known.team, &known.member) == (&team, &member)) {
                return;
            }
            let reason =
                Words::new(format!("{en}; {owner} is accountable"), format!("{ja}。責任者は{owner}"));
            all.push(Informed { team, member, reason });
        };
        let rule = choice.rule.map(|rule| &rule.informed).into_iter().flatten();
        for target in rule.chain(&policy.informed) {
            match target {
                Target::Cut(cut) => {
                    let cut_name = self.routing.cut_name(*cut);
                    for team in self.covering(view, *cut, warnings).all() {
                        if Some(team) == choice.team {
                            continue;
                        }
                        let Some(team) = self.routing.teams.get(team) else { continue };
                        let manager = team.manager.as_deref().filter(|id| self.people.active(id).is_some());
                        add(
                            Some(team),
                            manager,
                            format!("covers this lead by {cut_name}"),
                            format!("{}カットの担当範囲", words::cut_ja(cut_name)),
                        );
                    }
                }
                Target::Team(team) if Some(*team) != choice.team => {
                    let Some(team) = self.routing.teams.get(*team) else { continue };
                    let manager = team.manager.as_deref().filter(|id| self.people.active(id).is_some());
                    add(Some(team), manager, "named by the policy".to_owned(), "ポリシーの指定".to_owned());
                }
                Target::Member(member) => {
                    add(None, Some(member), "named by the policy".to_owned(), "ポリシーの指定".to_owned());
                }
                Target::AccountOwner => {
                    let owner = view.account.and_then(|account| account.owner.as_deref());
                    add(None, owner, "looks after the account".to_owned(), "取引先の担当".to_owned());
                }
                Target::PreviousOwner => {
                    let owner = previous(lead, &policy.name, view.about);
                    add(None, owner, "had this lead before".to_owned(), "以前の担当".to_owned());
                }
                Target::Manager => {
                    let team = choice.team.and_then(|team| self.routing.teams.get(team));
                    let manager = team.and_then(|team| team.manager.as_deref());
                    add(None, manager, "manages the team".to_owned(), "チームの責任者".to_owned());
                }
                Target::Team(_) | Target::Queue => {}
            }
        }
        all
    }

    pub(crate) fn label(&self, team: usize) -> &str {
        let team = self.routing.teams.get(team);
        team.map_or("", |team| team.label.as_deref().unwrap_or(&team.name))
    }

    pub(super) fn reason(&self, rule: &Rule, team: usize, target: &Target, owner: usize) -> Words {
        let cut = match target {
            Target::Cut(cut) => Some(self.routing.cut_name(*cut)),
            _ => None,
        };
        let who = words::team(self.label(team), cut);
        let (name, id) = (self.name(owner), &rule.id);
        let (how_en, how_ja) = words::chosen(rule.by);
        let partner = self.routing.teams.get(team).is_some_and(|team| team.partner);
        let (partner_en, partner_ja) = if partner { (", a partner", "・パートナー") } else { ("", "") };
        Words::new(
            format!("rule `{id}`: {}{partner_en}; {name}, {how_en}", who.en),
            format!("ルール「{id}」：{}{partner_ja}、{name}（{how_ja}）", who.ja),
        )
    }

    pub(super) fn personal(
        &self,
        rule: &Rule,
        target: &Target,
        member: usize,
        owner: usize,
        account: Option<&CompanyAccount>,
    ) -> Words {
        let (id, name) = (&rule.id, self.name(member));
        let company = account.map_or("", |account| account.names.first().unwrap_or(&account.id).as_str());
        let mut words = match target {
            Target::AccountOwner => Words::new(
                format!("rule `{id}`: {name} looks after the account {company}"),
                format!("ルール「{id}」：{name}は取引先「{company}」の担当"),
            ),
            Target::PreviousOwner => Words::new(
                format!("rule `{id}`: {name} had this lead before"),
                format!("ルール「{id}」：{name}は以前の担当"),
            ),
            _ => Words::new(
                format!("rule `{id}`: {name} is accountable for the queue"),
                format!("ルール「{id}」：キューの責任者は{name}"),
            ),
        };
        if owner != member {
            let deputy = self.name(owner);
            words.en.push_str(&format!("; {deputy} stands in"));
            words.ja.push_str(&format!("、代理は{deputy}"));
        }
        words
    }
}
