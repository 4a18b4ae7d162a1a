//! Routing: exactly one accountable owner for every lead, others informed, and a clock that runs.
//!
//! `policy` is what an author writes, `compile` checks it; `roster` is the state that the host keeps, `people` reads
//! it. `decide` chooses the owner, `fair` the next one in turn, `sla` watches the clock, `verify` proves a policy.

pub(crate) mod compile;
pub(crate) mod decide;
pub(crate) mod fair;
pub(crate) mod people;
pub(crate) mod policy;
pub(crate) mod roster;
pub(crate) mod sla;
pub(crate) mod verify;
mod words;

pub use decide::{Considered, PassedOver, RoutingStep, RuleOutcome};
pub use policy::{
    AssignBy, AssignPolicy, AssignRules, HandOverPolicy, QueuePolicy, RecyclePolicy, RouteRulePolicy,
    RoutingPolicy, SlaPolicy, Targets, TeamPolicy,
};
pub use roster::{Absence, Capacity, Hours, Load, Member, Roster, RosterChange, Taken};
pub use sla::Response;
pub use verify::{Example, Finding, FindingKind, Verification};
