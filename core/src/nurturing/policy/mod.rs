//! What an author writes about nurturing: scenarios, templates, and when a lead may be contacted.

mod contact;
mod scenario;
mod step;
mod template;
mod trigger;

pub use contact::{CapPolicy, ChannelPolicy, ClassPolicy, ConsentNeed, ContactPolicy, QuietPolicy, ZoneOf};
pub use scenario::{AgainPolicy, EarlierPolicy, LeavePolicy, ScenarioPolicy};
pub use step::{
    AdjustStep, AttendancePolicy, BranchArm, CallStep, CampaignStep, ExitStep, HandOverStep, InviteStep,
    MoveStep, NotifyStep, RetryPolicy, SendStep, SplitArm, SplitStep, StepPolicy, UpdateStep, WaitStep,
    WindowPolicy,
};
pub use template::{BodyPolicy, TemplatePolicy};
pub use trigger::{
    ActivityMatch, CampaignTrigger, DateTrigger, DealTrigger, DormantTrigger, RankTrigger, ScheduleTrigger,
    ScoreTrigger, TriggerPolicy,
};
