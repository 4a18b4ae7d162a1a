//! Nurturing: scenarios that follow a lead, react to what it does, touch it at the right hour and hand it over.
//!
//! `policy` is what an author writes, `compile` makes a flow of it. `process` takes an input: `trigger` says who is
//! enrolled, `step` moves enrolments on, `ask` puts every touch to the `gate`, which decides, `effect` is what the host
//! is asked to do.

mod ask;
pub(crate) mod calendar;
pub(crate) mod compile;
mod cron;
#[cfg(feature = "simulation")]
pub(crate) mod diagram;
pub(crate) mod effect;
pub(crate) mod flow;
pub(crate) mod gate;
pub(crate) mod input;
pub(crate) mod policy;
pub(crate) mod process;
mod returned;
mod step;
pub(crate) mod template;
mod trigger;

#[cfg(feature = "simulation")]
pub use diagram::{DiagramFormat, Passages, StepCount, StepCounts};
pub use effect::{
    CallIntent, CloudEvent, Effect, HandOverIntent, Intent, InviteIntent, NotifyIntent, SendIntent,
};
pub use gate::{Hold, Passed, Refusal};
pub use input::{Ack, AckStatus, Change, ChangeKind, Input, Manual, NotEnrolled, Outcome, Patch};
pub use policy::{
    ActivityMatch, AdjustStep, AgainPolicy, AttendancePolicy, BodyPolicy, BranchArm, CallStep, CampaignStep,
    CampaignTrigger, CapPolicy, ChannelPolicy, ClassPolicy, ConsentNeed, ContactPolicy, DateTrigger,
    DealTrigger, DormantTrigger, EarlierPolicy, ExitStep, HandOverStep, InviteStep, LeavePolicy, MoveStep,
    NotifyStep, QuietPolicy, RankTrigger, RetryPolicy, ScenarioPolicy, ScheduleTrigger, ScoreTrigger,
    SendStep, SplitArm, SplitStep, StepPolicy, TemplatePolicy, TriggerPolicy, UpdateStep, WaitStep,
    WindowPolicy, ZoneOf,
};
pub use template::MissingPolicy;
#[cfg(feature = "templates")]
pub use template::{MergeField, MergeState, RenderOutcome, Rendered};
