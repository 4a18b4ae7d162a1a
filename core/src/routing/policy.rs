//! What an author writes about routing.

use std::fmt;

use indexmap::IndexMap;
use serde::de::value::{MapAccessDeserializer, StrDeserializer};
use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::base::duration::Duration;
use crate::lead::assignment::SilenceStep;

/// How leads reach sales: the teams, and who of them is accountable when.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RoutingPolicy {
    /// Cuts besides `area`, `account`, `solution` and `product`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cuts: Vec<String>,
    /// The teams by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub teams: IndexMap<String, TeamPolicy>,
    /// Who is accountable, by name of the policy; the first is used where none is named.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub policies: IndexMap<String, HandOverPolicy>,
    /// Where a lead goes that sales gives back, by reason.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub recycle: IndexMap<String, RecyclePolicy>,
}

/// A team, and what it covers: the leads for which its condition and those of its parents hold, and its accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TeamPolicy {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// How the organisation is divided here: `area`, `account`, `solution`, `product`, or one of `cuts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// The condition under which a lead is its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub covers: Option<String>,
    /// Named accounts: ids or names of companies that are its own whatever the condition says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<String>,
    /// The team that it is part of. Of several teams that cover a lead, the innermost is chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Chosen before teams of a lower priority; zero if absent.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: u32,
    /// Whether it is a partner or an agency, not a team of the house.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partner: bool,
    /// The member who leads it; where absent, whoever leads its parent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manager: Option<String>,
}

/// Who is accountable for a lead: the first of the rules that gives somebody.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HandOverPolicy {
    /// The rules in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accountable: Vec<RouteRulePolicy>,
    /// Who is informed of every lead, as in a rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub informed: Vec<String>,
    /// Who takes what no rule gives to anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue: Option<QueuePolicy>,
    /// A field of type `set`: each of its values is handed over by itself, with one owner each.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub separate: Option<String>,
    /// By when what is to be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sla: Option<SlaPolicy>,
}

/// One rule of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RouteRulePolicy {
    /// Its name in decisions; `rule-1` and so on if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The condition; without one it holds for every lead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Who is accountable: a cut, `team:name`, `account-owner`, `previous-owner` or `queue`; of several, the first
    /// that has somebody for the lead.
    pub to: Targets,
    /// Who is informed besides: cuts, `team:name`, `member:id`, `account-owner`, `previous-owner` or `manager`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub informed: Vec<String>,
    /// How a member of the team is chosen; in turn if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assign: Option<AssignPolicy>,
}

/// One target, or several in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Targets {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

/// How a member is chosen: in a word, or with what the member must bring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum AssignPolicy {
    /// In a word.
    Word(AssignBy),
    /// The whole of it.
    Full(AssignRules),
}

/// How a member is chosen, and what the member must bring.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AssignRules {
    /// How; in turn if absent.
    #[serde(default)]
    pub by: AssignBy,
    /// Skills that the member must have, all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// A field of the lead that names a skill, or several, that the member must have; nothing where it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skill_field: Option<String>,
    /// A field of the lead that names a language that the member must speak; nothing where it is empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language_field: Option<String>,
}

/// How a member of a team is chosen among those who are there and have room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AssignBy {
    /// In turn, each as often as the others.
    #[default]
    RoundRobin,
    /// In turn, each as often as the weight says.
    Weighted,
    /// Whoever has the fewest open leads for the weight.
    LeastLoaded,
    /// The leads of one company go to one member, chosen by a hash and the weights.
    Sticky,
}

/// Who takes what no rule gives to anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct QueuePolicy {
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The member who is accountable for what lies in it.
    pub owner: String,
}

/// By when what is to be done, in business time of the owner, and what happens if it is not.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SlaPolicy {
    /// By when the owner accepts. Whole days are working days, the rest is spent in working hours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accept: Option<Duration>,
    /// By when the owner has been in touch with the lead, from when it was handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_touch: Option<Duration>,
    /// What happens at each deadline that goes by in silence; after the last, the owner is reminded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<SilenceStep>,
    /// How long an owner who was reminded has; as long as for accepting if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grace: Option<Duration>,
    /// The scenario that a lead goes to which sales gives back for a reason that `recycle` does not list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recycle: Option<String>,
}

/// Where a lead goes that sales gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecyclePolicy {
    /// The scenario that takes it; none if absent, and the lead rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scenario: Option<String>,
    /// How long it is left alone first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cool_down: Option<Duration>,
}

impl Targets {
    /// The targets in their order.
    #[must_use]
    pub fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl AssignPolicy {
    /// The whole of it.
    #[must_use]
    pub fn rules(&self) -> AssignRules {
        match self {
            Self::Word(by) => AssignRules { by: *by, ..AssignRules::default() },
            Self::Full(rules) => rules.clone(),
        }
    }
}

impl<'de> Deserialize<'de> for Targets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TargetsVisitor;

        impl<'de> Visitor<'de> for TargetsVisitor {
            type Value = Targets;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a target, or a list of them")
            }

            fn visit_str<E: de::Error>(self, target: &str) -> Result<Targets, E> {
                Ok(Targets::One(target.to_owned()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Targets, A::Error> {
                let mut targets = Vec::new();
                while let Some(target) = items.next_element()? {
                    targets.push(target);
                }
                Ok(Targets::Many(targets))
            }
        }

        deserializer.deserialize_any(TargetsVisitor)
    }
}

impl<'de> Deserialize<'de> for AssignPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AssignVisitor;

        impl<'de> Visitor<'de> for AssignVisitor {
            type Value = AssignPolicy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("`round-robin`, `weighted`, `least-loaded`, `sticky`, or a mapping with `by`")
            }

            fn visit_str<E: de::Error>(self, word: &str) -> Result<AssignPolicy, E> {
                AssignBy::deserialize(StrDeserializer::new(word)).map(AssignPolicy::Word)
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<AssignPolicy, A::Error> {
                AssignRules::deserialize(MapAccessDeserializer::new(entries)).map(AssignPolicy::Full)
            }
        }

        deserializer.deserialize_any(AssignVisitor)
    }
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
