//! The roster: members, accounts and counters, as the host keeps them between calls.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::base::calendar::Weekday;
use crate::base::diagnostic::{Code, Diagnostic};
use crate::base::error::Error;
use crate::base::wording::Wording;
use crate::lead::account::CompanyAccount;

/// Who there is to work leads, and how many each has had: state that the host keeps, as one JSON document.
///
/// Every call that changes it gives a new one with `revision` one higher. A host with several processes stores it
/// only if the stored revision is still the one that it started from, and otherwise routes again.
///
/// ```
/// use ikusei::Roster;
/// let roster = Roster::from_json(r#"{"members": [{"id": "sato", "teams": ["east"]}]}"#)?;
/// assert_eq!(roster.members[0].weight, 1);
/// assert_eq!(Roster::from_json(&roster.to_json())?, roster);
/// # Ok::<(), ikusei::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Roster {
    /// How often it has changed.
    #[serde(default)]
    pub revision: u64,
    /// The time zone of members who have none of their own; that of the playbook if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Working hours of members who have none of their own; Monday to Friday, 9:00 to 18:00, if absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<Hours>,
    /// Days on which nobody works: dates such as `2026-11-23`, and `JP` for the national holidays of Japan.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// The members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// Companies that are known already.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<CompanyAccount>,
    /// For each team, what each member is owed, in millionths of a millionth of a lead: kept by the engine.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub balances: BTreeMap<String, BTreeMap<String, i64>>,
    /// What each member has to do: kept by the engine.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub load: BTreeMap<String, Load>,
}

/// What calls did to a roster: the counters that they touched, and no others. A host that keeps a roster in rows
/// writes these rows, if the stored revision is still the one before; [`Roster::apply`] does the same to a document.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RosterChange {
    /// The revision of the roster after it: the one before is one lower.
    pub revision: u64,
    /// For each team that was asked, what its members are owed now; who is not named is owed nothing.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub balances: BTreeMap<String, BTreeMap<String, i64>>,
    /// What each member who was given or freed of a lead has to do now.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub load: BTreeMap<String, Load>,
}

/// Somebody who works leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// The host's id.
    pub id: String,
    /// What people call the member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The teams of the playbook that the member belongs to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<String>,
    /// What the member does there: the host's own word, shown in hand-overs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// How many leads the member gets in proportion to others.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 10000)))]
    pub weight: u32,
    /// Whether the member works here: one who does not gets nothing, and his open leads go to others.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub active: bool,
    /// How many leads the member takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Capacity>,
    /// The time zone, as a name of the IANA database or an offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Working hours.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<Hours>,
    /// Days without work besides those of the roster, likewise; with `own_holidays` instead of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<String>,
    /// Whether only the member's own holidays count: somebody who works abroad.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_holidays: bool,
    /// When the member is away.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub absences: Vec<Absence>,
    /// What the member can do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// The languages that the member speaks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Who stands in while the member is away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<String>,
}

/// A stretch of work on some days of the week, in local time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The days.
    pub days: Vec<Weekday>,
    /// From when, as `09:00`.
    pub from: String,
    /// Until when, as `18:00`; at most `24:00`.
    pub to: String,
}

/// Days on which a member is away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Absence {
    /// The first day, as `2026-11-23`.
    pub from: String,
    /// The last day.
    pub to: String,
}

/// How many leads a member takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Capacity {
    /// On one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<u32>,
    /// In one week from Monday.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub week: Option<u32>,
    /// Open at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<u32>,
}

/// What a member has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Load {
    /// Leads that are not closed and not given back.
    #[serde(default)]
    pub open: u32,
    /// Leads taken on the last day on which there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day: Option<Taken>,
    /// Leads taken in the last week in which there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub week: Option<Taken>,
}

/// Leads taken in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Taken {
    /// Which: days or weeks since 1970 in the member's zone.
    pub of: i64,
    /// How many.
    pub leads: u32,
}

impl Roster {
    /// From its JSON document.
    ///
    /// # Errors
    /// `IK0602` if the text is not JSON or not a roster.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str(text).map_err(|error| Error::call(roster_diagnostic(&error.to_string())))
    }

    /// Makes a change that [`Router::change`](crate::Router::change) gave.
    pub fn apply(&mut self, change: &RosterChange) {
        self.revision = change.revision;
        for (team, balances) in &change.balances {
            if balances.is_empty() {
                self.balances.remove(team);
            } else {
                self.balances.insert(team.clone(), balances.clone());
            }
        }
        self.load.extend(change.load.iter().map(|(member, load)| (member.clone(), *load)));
    }

    /// As a JSON document; keys in a fixed order, empty parts left out.
    #[must_use]
    pub fn to_json(&self) -> String {
        // INVARIANT: string keys and whole numbers only, so serialisation cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Serde's words for a malformed roster, as one of our diagnostics.
pub(crate) fn roster_diagnostic(message: &str) -> Diagnostic {
    let wording = Wording::of(message);
    let diagnostic = Diagnostic::error(Code::BadRoster, format!("not a roster: {}", wording.message));
    wording.remedied(
        diagnostic,
        "a roster is an object with `members`, and optionally `accounts`, `hours` and so on",
    )
}

const fn one() -> u32 {
    1
}

const fn yes() -> bool {
    true
}

const fn is_one(number: &u32) -> bool {
    *number == 1
}

const fn is_yes(flag: &bool) -> bool {
    *flag
}
