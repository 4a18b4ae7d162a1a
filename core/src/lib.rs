//! Embeddable B2B lead management: scoring, A/B/C ranks and segments, explained and deterministic.

#[cfg(feature = "analytics")]
pub mod analytics;
pub mod api;
mod assessment;
mod base;
#[cfg(feature = "routing")]
mod brief;
mod campaign;
mod capture;
#[cfg(feature = "arrow")]
pub mod columnar;
mod engine;
mod explain;
mod expr;
mod lead;
#[cfg(feature = "migration")]
pub mod migration;
#[cfg(feature = "nurturing")]
mod nurturing;
mod playbook;
mod qualification;
#[cfg(feature = "routing")]
mod routing;
#[cfg(feature = "schema")]
mod schema;
mod scoring;
mod segment;
#[cfg(feature = "simulation")]
mod simulation;
#[cfg(feature = "trust")]
mod trust;

pub use assessment::{Assessment, Detail};
#[cfg(feature = "routing")]
pub use brief::{Brief, BriefActivity, BriefFact, BriefLead, BriefOptions, BriefScore};
pub use campaign::{BudgetPolicy, CampaignAlerts, CampaignPolicy, GoalPolicy, MonthBudget};
#[cfg(feature = "identity")]
pub use capture::{
    Account, ComparePolicy, Dedupe, Duplicates, Evidence, IdentityPolicy, Likeness, Match, Resemblance,
    ResolvePolicy, ReviewPair, Survivor, SurvivorshipPolicy, Verdict,
};
pub use capture::{
    AcquisitionPolicy, ActivityMapping, Applied, Burst, CapturePolicy, Captured, CapturedConsent,
    CapturedPerson, ConsentMapping, Mark, Otherwise, Paths, Payload, PayloadFormat, Pick, PickRules,
    Reclassified, SoonAfter, TrustPolicy, TrustRule, UnixUnit, safe_cell,
};
#[cfg(feature = "cards")]
pub use capture::{Card, CardEntry, CardField};
pub use capture::{
    Cleaner, Cleansed, Cleansing, CleansingPolicy, CompanyRules, ConsentChange, ConsentEvent, DateOrder,
    EmailRules, LegalForm, LocalCase, NullRules, Permission, PermissionReason, PhoneRules, PlaceFields,
    PlusTags, PostalLookup, PostalTable, Suppression, Tombstone,
};
pub use engine::{Engine, Prepared};
#[cfg(feature = "routing")]
pub use engine::{Rebalanced, RouteOptions, Routed, Router, Share};
pub use explain::Language;
pub use expr::{Operand, Trace};
#[cfg(feature = "nurturing")]
pub use nurturing::{
    Ack, AckStatus, ActivityMatch, AdjustStep, AgainPolicy, AttendancePolicy, BodyPolicy, BranchArm,
    CallIntent, CallStep, CampaignStep, CampaignTrigger, CapPolicy, Change, ChangeKind, ChannelPolicy,
    ClassPolicy, CloudEvent, ConsentNeed, ContactPolicy, DateTrigger, DealTrigger, DormantTrigger,
    EarlierPolicy, Effect, ExitStep, HandOverIntent, HandOverStep, Hold, Input, Intent, InviteIntent,
    InviteStep, LeavePolicy, Manual, MissingPolicy, MoveStep, NotEnrolled, NotifyIntent, NotifyStep, Outcome,
    Passed, Patch, QuietPolicy, RankTrigger, Refusal, RetryPolicy, ScenarioPolicy, ScheduleTrigger,
    ScoreTrigger, SendIntent, SendStep, SplitArm, SplitStep, StepPolicy, TemplatePolicy, TriggerPolicy,
    UpdateStep, WaitStep, WindowPolicy, ZoneOf,
};
#[cfg(feature = "simulation")]
pub use nurturing::{DiagramFormat, Passages, StepCount, StepCounts};
#[cfg(feature = "templates")]
pub use nurturing::{MergeField, MergeState, RenderOutcome, Rendered};
#[cfg(feature = "schema")]
pub use playbook::playbook_schema;
pub use playbook::{Document, Playbook, ScorecardPolicy, Source};
pub use qualification::{
    Cause, Disqualified, DisqualifyPolicy, GradePolicy, Handler, Handling, HandlingPolicy, HandlingWord, How,
    KeepPolicy, LevelPolicy, MatrixPolicy, RankDecision, RankPolicy,
};
#[cfg(feature = "routing")]
pub use routing::{
    Absence, AssignBy, AssignPolicy, AssignRules, Capacity, Considered, Example, Finding, FindingKind,
    HandOverPolicy, Hours, Load, Member, PassedOver, QueuePolicy, RecyclePolicy, Response, Roster,
    RosterChange, RouteRulePolicy, RoutingPolicy, RoutingStep, RuleOutcome, SlaPolicy, Taken, Targets,
    TeamPolicy, Verification,
};
#[cfg(all(feature = "schema", feature = "analytics"))]
pub use schema::requests_schema;
#[cfg(feature = "schema")]
pub use schema::{lead_schema, results_schema};
pub use scoring::{
    About, DecayPolicy, Entry, EntryActivity, EntryKind, GroupPolicy, OneOrMany, PerPolicy, PeriodName,
    PointsBy, PointsPolicy, ProbabilityPolicy, RulePolicy, ScoreSheet, Side,
};
pub use segment::{Members, Membership, OrderPolicy, Reason, SegmentPolicy, SegmentRules};
#[cfg(feature = "simulation")]
pub use simulation::{
    EffectWord, HistoryEntry, LeadSimulation, ReactionPolicy, ResponseModel, ResponsePolicy, Simulated,
    SimulatedStep, Simulation, SimulationPeriod,
};
#[cfg(all(feature = "trust", feature = "analytics"))]
pub use trust::CompareOptions;
#[cfg(feature = "trust")]
pub use trust::{
    Accountable, ActivityCost, ActivityInfluence, DecisionFact, FieldCost, FieldInfluence, Influence, Known,
    Lint, LintExample, LintFinding, LintOptions, Obstacle, OverlapRelation, OwnerChange, RankChange, Receipt,
    ReceiptCheck, ReceiptDifference, ScoreChange, ScoreRange, SegmentOverlap, Sentences, Shortfall,
    SuggestedStep, TimedCause, TimedChange, Timeline, Way, WhatWould, WhatWouldOptions, Why, WhyNot,
    WhyNotOptions,
};
#[cfg(feature = "trust")]
pub use trust::{Affects, ChangePlace, ChangedPart, DiffKind, DiffSide, PlaybookChange, PlaybookDiff};

#[cfg(any(feature = "nurturing", feature = "routing"))]
pub use base::calendar::{TimeOfDay, Weekday};
pub use base::duration::ParseDurationError;
pub use base::money::ParseMoneyError;
pub use base::points::ParsePointsError;
pub use base::text::normalize_text;
pub use base::time::{Instant, ParseInstantError};
pub use base::{
    Code, Diagnostic, Duration, Error, Money, Points, Related, Severity, Span, Suggestion, bucket,
    stable_hash,
};
pub use lead::{
    Activity, ActivityPolicy, Assignment, AssignmentEvent, AssignmentEventKind, AssignmentState,
    CampaignMembership, CompanyAccount, Consent, ConsentStatus, Deal, Due, Enrolment, EnrolmentStatus,
    FieldPolicy, FieldType, Identity, Informed, Lead, LeadIdentity, MembershipStatus, MergedLead,
    NurturingState, PurposeConsent, Retry, SilenceStep, Standing, Suppressed, SuppressedBy, TakenInput,
    Touch, TouchStatus, Trust, Value, Words,
};
