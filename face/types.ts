/** The records that go in and come out, as JSON. Written by scripts/types.mjs from schema/: do not edit. */

import type { ConsentEvent } from "./capture.js";
import type { Input } from "./nurturing.js";
import type { ArrowTable } from "./tables.js";

/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** An instant: a `Date`, or ISO 8601 text with an offset or `Z`. */
export type InstantLike = Date | string;

/** A table: a list of rows, or an object of columns. */
export type Rows = { [name: string]: Cell }[] | { [name: string]: Cell[] };

/** A value of a field or property; a `Date` becomes its ISO text. */
export type FieldValue = Json | Date | FieldValue[];

/**
 * A prospect: who it is, where it came from, what it allowed, and what it did.
 *
 * Keys of the record itself are fixed, and an unknown one is refused, so that a typing error loses nothing
 * silently. `fields`, `source` and an activity's `properties` take any keys: those that the playbook does not
 * declare are kept and not looked at, so a host may store its own data there.
 */
export interface Lead {
  /** The host's id of the lead. */
  id: string;
  /** What the lead is: the playbook's `fields`, and the host's own. */
  fields?: { [name: string]: FieldValue };
  /** Keys that identify the person or the company. */
  identities?: LeadIdentity[];
  /** How it was acquired: channel, campaign, form, search keyword, landing page, click id. */
  source?: { [name: string]: FieldValue };
  /** What it allows, per channel. */
  consent?: { [name: string]: Consent };
  /** What it did. */
  activities?: Activity[];
  /** The campaigns it is a member of. */
  campaigns?: CampaignMembership[];
  /** Its deals. */
  deals?: Deal[];
  /** The rank it last held on each scorecard, for hysteresis. */
  standing?: { [name: string]: Standing };
  /** Its passages through scenarios: of each scenario the present one, or the last. */
  enrolments?: Enrolment[];
  /** What reached it from outside lately, or was to. */
  touches?: Touch[];
  /** What nurturing saw last. */
  nurturing?: NurturingState | null;
  /** The records that were merged into this one, oldest merge first. */
  merged?: MergedLead[];
  /** Who is and was in charge of it. */
  assignments?: Assignment[];
}

/** A key that identifies a person or a company. */
export interface LeadIdentity {
  /** What kind of key: `email`, `phone`, `crm`. */
  kind: string;
  /** The key. */
  value: string;
  /** Whether it was proved to be theirs. */
  verified?: boolean;
}

/** What a lead allows on one channel. */
export interface Consent {
  /** Granted, denied, asked for or not known: for every purpose that has no status of its own. */
  status: ConsentStatus;
  /** Since when. */
  at?: InstantLike | null;
  /** On what ground: a form, a contract, a card handed over. */
  basis?: string | null;
  /** For single purposes: `newsletter`, `seminar`, `sales`. */
  purposes?: { [name: string]: PurposeConsent };
  /** Why nothing may be sent, whatever was granted. */
  suppressed?: Suppressed | null;
}

/** Whether something is allowed. */
export type ConsentStatus = "granted" | "denied" | "pending" | "unknown";

/** What a lead allows on one channel for one purpose. */
export interface PurposeConsent {
  /** Granted, denied, asked for or not known. */
  status: ConsentStatus;
  /** Since when. */
  at?: InstantLike | null;
  /** On what ground. */
  basis?: string | null;
}

/** Why nothing may be sent on a channel. */
export interface Suppressed {
  /** What it was. */
  by: SuppressedBy;
  /** Since when. */
  at: InstantLike;
}

/** What suppresses a channel. */
export type SuppressedBy = "bounce" | "complaint";

/** One thing that a lead did, never changed once recorded. */
export interface Activity {
  /** Unique within the lead; the provider's event id where there is one, so that a second delivery is known. */
  id: string;
  /** One of the playbook's `activities`; others are kept and not looked at. */
  kind: string;
  /** When it happened. */
  at: InstantLike;
  /** When we learnt of it; when it happened, if absent. */
  recorded_at?: InstantLike | null;
  /** What the kind declares, and whatever else the host keeps. */
  properties?: { [name: string]: FieldValue };
  /** The campaign that brought it about. */
  campaign?: string | null;
  /** Whether a person did it. */
  trust?: Trust;
  /** Who says so: the id of a rule of the playbook's `trust`, `provider` or `host`. Absent where nobody judged. */
  trust_by?: string | null;
}

/** Whether a person did it, or a mail scanner, or nobody knows. Only a person's activities score. */
export type Trust = "human" | "machine" | "unsure";

/** A lead's part in one campaign. */
export interface CampaignMembership {
  /** The campaign. */
  campaign: string;
  /** Where the lead stands in it: `invited`, `attended`. */
  status?: string | null;
  /** Since when. */
  at: InstantLike;
  /** Where it stood before, oldest first. */
  before?: MembershipStatus[];
}

/** Where a lead stood in a campaign. */
export interface MembershipStatus {
  /** Where it stood; absent for a member without one. */
  status?: string | null;
  /** Since when. */
  at: InstantLike;
}

/** A deal with the lead. */
export interface Deal {
  /** The host's id of the deal. */
  id: string;
  /** Its stage: `opened`, `won`, `lost`. */
  stage: string;
  /** What it is worth. */
  amount?: string | null;
  /** When it reached the stage. */
  at: InstantLike;
}

/** The rank that a lead last held on a scorecard. `rank` is absent where it held none. */
export interface Standing {
  /** The rank. */
  rank?: string | null;
  /** Since when. */
  since: InstantLike;
}

/** A lead's passage through a scenario: the present one, or the last. */
export interface Enrolment {
  /** The scenario. */
  scenario: string;
  /** The version of the scenario that it follows. */
  version: number;
  /** The version that it began, where it was moved to another. */
  began?: number | null;
  /** Which passage of this lead through this scenario, from 1. */
  number: number;
  /** Since when. */
  since: InstantLike;
  /** What enrolled it. */
  because: string;
  /** How it stands. */
  status: EnrolmentStatus;
  /** When it was over. */
  ended?: InstantLike | null;
  /** The step at which it stands, or stood last. */
  step?: string | null;
  /** Since when it stands there. */
  arrived?: InstantLike | null;
  /** When it goes on by itself. */
  due?: InstantLike | null;
  /**
   * The ways that it took, by step that divides: the arm of a split, the number of a branch's arm or `otherwise`,
   * `then` or `timed_out` of a wait, `attended`, `absent` or `full` of an invitation.
   */
  arms?: { [name: string]: string };
}

/** How an enrolment stands. */
export type EnrolmentStatus = "active" | "done" | "goal" | "exited" | "moved" | "held_out" | "displaced";

/** Something that was to reach the lead from outside: a message, a call, an invitation. */
export interface Touch {
  /** The id of the effect. */
  effect: string;
  /** When. */
  at: InstantLike;
  /** By which channel. */
  channel: string;
  /** Its class. */
  class: string;
  /** The template. */
  template?: string | null;
  /** The scenario that wanted it. */
  scenario: string;
  /** Which passage through it. */
  enrolment: number;
  /** Which step of it. */
  step: string;
  /** Which try of this step, from 0. */
  occurrence?: number;
  /** What became of it. */
  status?: TouchStatus;
}

/** What became of a touch. */
export type TouchStatus = "made" | "delivered" | "failed" | "bounced" | "refused";

/** What was seen last, so that only changes trigger. */
export interface NurturingState {
  /** Up to when time was followed. */
  checked?: InstantLike | null;
  /** What held then: segments and thresholds that triggers look at. */
  marks?: string[];
  /** When time alone next changes what is waited for. */
  review?: InstantLike | null;
  /** Inputs that were taken lately, so that none is taken twice. */
  inputs?: TakenInput[];
  /** Messages that are to be tried again. */
  retries?: Retry[];
}

/** An input that was taken. */
export interface TakenInput {
  /** The host's id of it. */
  id: string;
  /** When it was taken. */
  at: InstantLike;
}

/** A message that is to be tried again, or by another channel. */
export interface Retry {
  /** The scenario. */
  scenario: string;
  /** The version whose step it is. */
  version: number;
  /** The version that was begun, which ids are made of. */
  began: number;
  /** Which passage. */
  enrolment: number;
  /** Which step. */
  step: string;
  /** Which try, from 0. */
  occurrence: number;
  /** Which template: 0 for the step's own, then those to fall back to. */
  choice?: number;
  /** Since when it is wanted. */
  arrived: InstantLike;
  /** When it is tried. */
  due: InstantLike;
}

/**
 * A record that was merged into this one.
 *
 * The merged record's activities stand in this record's log, each once; here are their ids, and the parts of
 * both records as they were before.
 */
export interface MergedLead {
  /** When they were merged. */
  at: InstantLike;
  /** The record that was merged in, without its activities. */
  lead: Lead;
  /** Ids of its activities, in its order. */
  log?: string[];
  /** Those of them that this record had, too. */
  shared?: string[];
  /** Its own reading of activities that both records had under one id, where the readings differ. */
  variants?: Activity[];
  /** This record as it was, without its activities and earlier merges. */
  before: Lead;
  /** JSON Pointers to what was taken from the merged record. */
  taken?: string[];
}

/**
 * One hand-over of a lead to sales: exactly one accountable owner, others informed, a clock that runs.
 *
 * A lead that is handed over separately for several products has one of these for each.
 */
export interface Assignment {
  /** Unique: the lead, the policy, what it is about, and which one it is. */
  id: string;
  /** The policy that decided. */
  policy: string;
  /** The product or solution that is handed over, where the policy separates. */
  about?: string | null;
  /** The rule that decided; `queue` where none did. */
  rule: string;
  /** The one member who is accountable. */
  owner: string;
  /** The team that the owner is chosen from. */
  team?: string | null;
  /** Who knows of it without being accountable, and why. */
  informed?: Informed[];
  /** Why this owner. */
  reason: Words;
  /** How far it has come. */
  state: AssignmentState;
  /** When the present owner became accountable. */
  at: InstantLike;
  /** By when the owner accepts. */
  accept_by?: InstantLike | null;
  /** By when the owner has been in touch with the lead. */
  first_touch_by?: InstantLike | null;
  /** When something happens if nobody does anything, and what. */
  due?: Due | null;
  /** How many deadlines went by in silence. */
  silences?: number;
  /** Every step, the first one first. */
  history: AssignmentEvent[];
}

/** Somebody who knows of a hand-over without being accountable for it. */
export interface Informed {
  /** The team. */
  team?: string | null;
  /** The member: of a team its manager, where it has one. */
  member?: string | null;
  /** Why. */
  reason: Words;
}

/** A sentence in both languages. */
export interface Words {
  /** In English. */
  en: string;
  /** 日本語 */
  ja: string;
}

/** How far a hand-over has come. */
export type AssignmentState = "offered" | "accepted" | "touched" | "recycled" | "closed";

/** What happens next if nobody does anything. */
export interface Due {
  /** When. */
  at: InstantLike;
  /** What. */
  step: SilenceStep;
}

/** What is done about silence. */
export type SilenceStep = "remind" | "reassign" | "escalate" | "queue";

/** One step of a hand-over. */
export interface AssignmentEvent {
  /** When. */
  at: InstantLike;
  /** What. */
  kind: AssignmentEventKind;
  /** Who was accountable after it. */
  member: string;
  /** Why: the words of who refused or returned it, or of the engine. */
  reason?: string | null;
  /** The scenario that a returned lead goes to. */
  scenario?: string | null;
  /** Until when that scenario leaves the lead alone. */
  not_before?: InstantLike | null;
}

/** What a step was. */
export type AssignmentEventKind = "assigned" | "accepted" | "touched" | "refused" | "reminded" | "reassigned" | "escalated" | "queued" | "recycled" | "closed";

/** Scores, ranks and segments of a lead as of an instant. */
export interface Assessment {
  /** The lead's id. */
  lead: string;
  /** The instant. */
  at: string;
  /** The rank on the main scorecard, which is the playbook's first. */
  rank: string | null;
  /** The segments that the lead is in, in the order of the playbook. */
  segments: string[];
  /** The score sheet of every scorecard. */
  scores: { [name: string]: ScoreSheet };
  /** The rank on every scorecard, with its cause. */
  ranks: { [name: string]: RankDecision };
  /** Expressions that failed on this lead, and so gave nothing. */
  warnings?: Diagnostic[];
}

/**
 * What one scorecard says of a lead.
 *
 * `total = fit_plus + fit_minus + engagement_plus + engagement_minus`, exactly; and each of the four is the sum
 * of the ledger's entries on its side.
 */
export interface ScoreSheet {
  /** What it is earned for (attributes). */
  fit_plus: number;
  /** What its attributes cost it: zero or below. */
  fit_minus: number;
  /** What its behaviour earned. */
  engagement_plus: number;
  /** What its behaviour cost it: zero or below. */
  engagement_minus: number;
  /** The sum of the four. */
  total: number;
  /** The playbook's logistic reading of the total, between 0 and 1. */
  probability?: number;
  /** Every entry, in the order of the rules; absent where only the figures were asked for. */
  ledger?: LedgerEntry[];
}

/** One line of the ledger. */
export interface LedgerEntry {
  /** What kind of line it is. */
  kind: EntryKind;
  /** Which figure it belongs to. */
  side: Side;
  /** The points that it adds or takes. */
  points: number;
  /** The rule that gave it; absent for the limits of a group or of the scorecard. */
  rule?: string;
  /** What people call the rule or the group. */
  label?: string;
  /** The group whose limit it is. */
  group?: string;
  /** The activity that earned it. */
  activity?: EntryActivity;
  /** The fields that the rule looked at, with their values. */
  values?: { [name: string]: Json };
}

/** What kind of line an entry is. */
export type EntryKind = "fit" | "engagement" | "cap" | "group" | "clamp";

/** One of the four figures that add up to the total. */
export type Side = "fit_plus" | "fit_minus" | "engagement_plus" | "engagement_minus";

/** The activity behind a line of the ledger. */
export interface EntryActivity {
  /** Its id. */
  id: string;
  /** Its kind. */
  kind: string;
  /** When it happened. */
  at: string;
  /** The points before decay. */
  base: number;
  /** What decay leaves of them: between 0 and 1, with six decimals. */
  weight: number;
  /** From when on it counts for nothing, by window or decay; absent if it counts for ever. */
  until?: string;
}

/** What rank a lead has on one scorecard, and why. */
export interface RankDecision {
  /** The rank; none if the lead is disqualified or no rank holds. */
  rank: string | null;
  /** What people call it. */
  label?: string;
  /** The interest, product or solution that the scorecard is about. */
  about?: About;
  /** Whether it is among the scorecard's `hot` ranks; the others are cold. */
  hot: boolean;
  /** Who works it, and how. */
  handling?: Handling;
  /** Since when the lead holds it: as its standing says if the rank is the same, else the instant asked for. */
  since: string;
  /** The rule that decided. */
  cause: Cause;
}

/** What a scorecard is about, so that one lead has a rank per product: give one. */
export type About =
  | {
      interest: string;
    }
  | {
      product: string;
    }
  | {
      solution: string;
    };

/** Who works a rank, and how. */
export interface Handling {
  /** Who. */
  by: Handler;
  /** How. */
  how: How;
}

/** Who works a rank. */
export type Handler = "sales" | "marketing";

/** How a rank is worked: for effect (people) or for efficiency (machines). */
export type How = "high_touch" | "automated";

/** Why a lead has the rank that it has. */
export type Cause =
  | {
      threshold: {
        /** The threshold. */
        at_least: number;
      };
    }
  | {
      condition: {
        /** The condition. */
        when: string;
      };
    }
  | "rest"
  | {
      matrix: {
        /** The grade of fit. */
        fit: string;
        /** The level of engagement. */
        engagement: string;
      };
    }
  | {
      kept_by_margin: {
        /** The rank that it would fall to. */
        instead_of: string | null;
        /** The total below which it falls. */
        leaves_below: number;
      };
    }
  | {
      kept_by_time: {
        /** The rank that it would fall to. */
        instead_of: string | null;
        /** When it falls. */
        until: string;
      };
    }
  | {
      disqualified: Disqualified;
    }
  | "none_holds";

/** The rule that disqualifies a lead. */
export interface Disqualified {
  /** Its id. */
  rule: string;
  /** What people call it. */
  label?: string;
}

/**
 * One problem, addressed to whoever wrote the playbook, the lead or the payload.
 *
 * `message` says what is wrong (lower case, no full stop, user input in backticks), `help` says what to do.
 * Diagnostics are collected: an `Error` carries all that were found, not the first only.
 */
export interface Diagnostic {
  /** Stable code; its meaning never changes, so hosts may match on it. */
  code: string;
  /** How bad it is. */
  severity: Severity;
  /** What is wrong. */
  message: string;
  /** JSON Pointer to the place in the document or record, such as `/scorecards/overall/rules/0/when`. */
  path?: string;
  /** The place in the text, where the text is known. */
  span?: Span;
  /** What to do. */
  help?: string;
  /** A replacement for the text under `span` that would solve it. */
  suggestion?: Suggestion;
  /** Other places that matter, such as the first of two duplicates. */
  related?: Related[];
}

/** How bad a diagnostic is. */
export type Severity = "error" | "warning" | "note";

/** A stretch of source text. Lines and columns count from 1, columns in characters; `start..end` are bytes. */
export interface Span {
  /** The document, where several are merged; absent for the only one. */
  file?: string;
  /** First byte. */
  start: number;
  /** One past the last byte. */
  end: number;
  /** Line of the first character, from 1. */
  line: number;
  /** Column of the first character, from 1. */
  column: number;
}

/** A text to put in place of what the span covers. */
export interface Suggestion {
  /** The replacement. */
  replace_with: string;
}

/** Another place that belongs to the problem. */
export interface Related {
  /** What is there. */
  message: string;
  /** JSON Pointer to it. */
  path: string;
  /** The place in the text, where the text is known. */
  span?: Span;
}

/** Whether a lead is in a segment, and what decided it. */
export interface Membership {
  /** The segment. */
  segment: string;
  /** Whether the lead is in it. */
  member: boolean;
  /** What decided. */
  because: Reason;
  /** The parts of the condition that were looked at, with their values; absent where a list decided. */
  trace?: Trace;
}

/** What decides a membership. */
export type Reason = "excluded" | "included" | "condition";

/** A condition and what became of it. */
export interface Trace {
  /** The part of the expression, as written. */
  text: string;
  /** Whether it held; absent if it was not looked at, or failed. */
  held?: boolean;
  /** False for a part that could not change the outcome any more. */
  looked_at: boolean;
  /** Why it failed. */
  failed?: string;
  /** The values that it compared or tested; constants are left out. */
  operands?: Operand[];
  /** The conditions that it consists of. */
  parts?: Trace[];
}

/** A value that a condition looked at. */
export interface Operand {
  /** The part of the expression, as written. */
  text: string;
  /** Its value; null if it failed. */
  value: Json;
}

/** The members of a segment among some leads. */
export interface Members {
  /** The segment. */
  segment: string;
  /** How many members there are, those beyond the limit included. */
  total: number;
  /** Ids of the members, sorted and limited as the segment says; by id where it says nothing. */
  leads: string[];
}

/**
 * What handing over comes to: the lead's assignments as its record should hold them, the roster as the host should
 * keep it, and whom to tell.
 */
export interface Routed {
  /** The lead's id. */
  lead: string;
  /** All assignments of the lead, those of the past included: they replace the record's. */
  assignments: Assignment[];
  /** What happened now, and whom to tell. */
  steps: RoutingStep[];
  /** When to ask again by `follow_up`, if nothing happens before. */
  next_wakeup?: string;
  /** The roster after it; absent in a batch, which has one for all. */
  roster?: Roster;
  /** The rules that were looked at, up to the one that decided. */
  considered?: Considered[];
  /** Conditions that failed on this lead, and so did not hold. */
  warnings?: Diagnostic[];
}

/** Something that the host does about a hand-over: tells somebody. Its id is the same however often it is asked for. */
export interface RoutingStep {
  /** Unique and stable: a step that comes again is the same step. */
  id: string;
  /**
   * What happened: `assigned`, `informed`, `accepted`, `touched`, `refused`, `reminded`, `reassigned`,
   * `escalated`, `queued`, `recycled` or `closed`.
   */
  kind: string;
  /** The assignment. */
  assignment: string;
  /** The member to tell. */
  member?: string;
  /** The team to tell. */
  team?: string;
  /** What to say. */
  message: Words;
}

/**
 * Who there is to work leads, and how many each has had: state that the host keeps, as one JSON document.
 *
 * Every call that changes it gives a new one with `revision` one higher. A host with several processes stores it
 * only if the stored revision is still the one that it started from, and otherwise routes again.
 */
export interface Roster {
  /** How often it has changed. */
  revision: number;
  /** The time zone of members who have none of their own; that of the playbook if absent. */
  zone?: string;
  /** Working hours of members who have none of their own; Monday to Friday, 9:00 to 18:00, if absent. */
  hours?: Hours[];
  /** Days on which nobody works: dates such as `2026-11-23`, and `JP` for the national holidays of Japan. */
  holidays?: string[];
  /** The members. */
  members?: Member[];
  /** Companies that are known already. */
  accounts?: CompanyAccount[];
  /** For each team, what each member is owed, in millionths of a millionth of a lead: kept by the engine. */
  balances?: { [name: string]: { [name: string]: number } };
  /** What each member has to do: kept by the engine. */
  load?: { [name: string]: Load };
}

/** A stretch of work on some days of the week, in local time. */
export interface Hours {
  /** The days. */
  days: Weekday[];
  /** From when, as `09:00`. */
  from: string;
  /** Until when, as `18:00`; at most `24:00`. */
  to: string;
}

/** A day of the week. */
export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

/** Somebody who works leads. */
export interface Member {
  /** The host's id. */
  id: string;
  /** What people call the member. */
  name?: string;
  /** The teams of the playbook that the member belongs to. */
  teams?: string[];
  /** What the member does there: the host's own word, shown in hand-overs. */
  role?: string;
  /** How many leads the member gets in proportion to others. */
  weight?: number;
  /** Whether the member works here: one who does not gets nothing, and his open leads go to others. */
  active?: boolean;
  /** How many leads the member takes. */
  capacity?: Capacity;
  /** The time zone, as a name of the IANA database or an offset. */
  zone?: string;
  /** Working hours. */
  hours?: Hours[];
  /** Days without work besides those of the roster, likewise; with `own_holidays` instead of them. */
  holidays?: string[];
  /** Whether only the member's own holidays count: somebody who works abroad. */
  own_holidays?: boolean;
  /** When the member is away. */
  absences?: Absence[];
  /** What the member can do. */
  skills?: string[];
  /** The languages that the member speaks. */
  languages?: string[];
  /** Who stands in while the member is away. */
  deputy?: string;
}

/** How many leads a member takes. */
export interface Capacity {
  /** On one day. */
  day?: number;
  /** In one week from Monday. */
  week?: number;
  /** Open at once. */
  open?: number;
}

/** Days on which a member is away. */
export interface Absence {
  /** The first day, as `2026-11-23`. */
  from: string;
  /** The last day. */
  to: string;
}

/** A company that is known already: a customer, a prospect with an owner, a member of a group of companies. */
export interface CompanyAccount {
  /** The host's id of it. */
  id: string;
  /** What it is called: each name is compared with the lead's company in normal form. */
  names?: string[];
  /** Its domains: compared with those of the lead's mail addresses and web addresses. */
  domains?: string[];
  /** The member who looks after it; where absent, the owner of the parent. */
  owner?: string;
  /** The account of the parent company. */
  parent?: string;
  /** Whether it buys from us today. */
  customer?: boolean;
}

/** What a member has to do. */
export interface Load {
  /** Leads that are not closed and not given back. */
  open: number;
  /** Leads taken on the last day on which there was one. */
  day?: Taken;
  /** Leads taken in the last week in which there was one. */
  week?: Taken;
}

/** Leads taken in a period. */
export interface Taken {
  /** Which: days or weeks since 1970 in the member's zone. */
  of: number;
  /** How many. */
  leads: number;
}

/** A rule of the policy, and what became of it. */
export interface Considered {
  /** The rule. */
  rule: string;
  /** What is handed over, where the policy separates. */
  about?: string;
  /** The target, as the policy names it; absent where the condition did not hold. */
  target?: string;
  /** What became of it. */
  outcome: RuleOutcome;
  /** The team that was asked. */
  team?: string;
  /** Members who were passed over, and why. */
  passed?: PassedOver[];
}

/** What became of a rule. */
export type RuleOutcome = "taken" | "condition" | "no_team" | "no_owner" | "nobody";

/** A member who was passed over. */
export interface PassedOver {
  /** The member. */
  member: string;
  /** Why: `inactive`, `away`, `full`, `skill`, `language` or `tried`. */
  because: string;
}

/** What the verifier says of the policies. */
export interface Verification {
  /** Whether every lead has exactly one accountable team with somebody active behind it, or a queue with an owner. */
  holds: boolean;
  /** What is wrong or odd, errors first. */
  findings: Finding[];
  /** How many combinations of cells that is a proof for, over all policies; 2^53 stands for as many or more. */
  combinations: number;
}

/** Something wrong or odd in a policy. */
export interface Finding {
  /** What kind. */
  kind: FindingKind;
  /** Whether it breaks the promise; others are worth a look. */
  error: boolean;
  /** The policy. */
  policy: string;
  /** The rule. */
  rule?: string;
  /** The teams. */
  teams?: string[];
  /** In a sentence. */
  message: Words;
  /** A lead that it concerns. */
  example?: Example;
}

/** What kind of finding. */
export type FindingKind = "gap" | "tie" | "unreachable" | "shadowed" | "empty_pool" | "single_point" | "queue_only";

/** A lead as an example: what is not said of it does not matter. */
export interface Example {
  /** The record, with the fields that matter. */
  lead: Lead;
  /** What else must be so, as conditions. */
  given?: string[];
}

/** The work of everybody before and after a change. */
export interface Rebalanced {
  /** How many leads were looked at. */
  leads: number;
  /** How many of them would have another owner, or a first one. */
  moved: number;
  /** How many nobody would be accountable for. */
  unowned: number;
  /** Assignments of each member. */
  members: { [name: string]: Share };
  /** Assignments of each team. */
  teams: { [name: string]: Share };
}

/** A share of the work: open assignments as the records have them, and as they would be. */
export interface Share {
  /** Now. */
  before: number;
  /** After the change. */
  after: number;
}

/**
 * What sales needs to know of a lead before calling, as of an instant.
 *
 * What was not known by then is left out, and so is what machines did. Parts that are empty are left out as well.
 */
export interface Brief {
  /** The lead's id. */
  lead: string;
  /** The instant. */
  at: string;
  /** The language of the sentences. */
  language: Language;
  /** The hand-over: its owner and why, who is informed, and until when what is to be done. */
  assignment?: Assignment;
  /** Who it is: the playbook's fields, but for those that name the company and sets; then other identities. */
  who?: BriefFact[];
  /** The fields that name the company. */
  company?: BriefFact[];
  /** The company's account, where the host knows it. */
  account?: CompanyAccount;
  /** How the lead was acquired. */
  source?: BriefFact[];
  /** What was searched for when the lead first came: the source's `search_keyword`, else its `utm_term`. */
  search_keyword?: string;
  /** Forms that were sent, the latest first. */
  forms?: BriefActivity[];
  /** Pages that were looked at. */
  pages?: BriefActivity[];
  /** What was done with mails. */
  mails?: BriefActivity[];
  /** Seminars, exhibitions and other events. */
  seminars?: BriefActivity[];
  /** Whatever else was done. */
  others?: BriefActivity[];
  /** What was sent to the lead, the latest first. */
  sent?: Touch[];
  /** Score and rank on every scorecard, and why. */
  scores?: BriefScore[];
  /** What it is interested in: the values of fields of type `set`. */
  interests?: string[];
  /** The campaigns that it is a member of, the latest first. */
  campaigns?: CampaignMembership[];
  /** The scenarios that are under way. */
  enrolments?: Enrolment[];
  /** Its deals, the latest first. */
  deals?: Deal[];
  /** The company's other leads, as the host gave them. */
  colleagues?: BriefLead[];
  /** What to mind: what the lead refused, and why sales gave it back before. */
  cautions?: string[];
  /** A suggestion of how to begin. */
  opening: string;
  /** All of it as plain text. */
  text: string;
  /** All of it as Markdown. */
  markdown: string;
  /** All of it as a part of an HTML page; whatever comes from outside is escaped. */
  html: string;
}

/** A language that explanations are written in. */
export type Language = "en" | "ja";

/** Something that is known of a lead. */
export interface BriefFact {
  /** Its name in the record. */
  name: string;
  /** What people call it. */
  label: string;
  /** What it is. */
  value: Json;
}

/** What a lead did, once or more often. */
export interface BriefActivity {
  /** The kind of activity. */
  kind: string;
  /** What people call it. */
  label: string;
  /** Which page, form, mail or seminar, where the activity says so. */
  what?: string;
  /** How often. */
  times: number;
  /** When last. */
  last: string;
}

/** Score and rank on a scorecard, and why. */
export interface BriefScore {
  /** The scorecard. */
  card: string;
  /** What people call it. */
  label: string;
  /** The total. */
  total: number;
  /** The rank. */
  rank?: string;
  /** Whether the rank is hot. */
  hot: boolean;
  /** What the rank is due to. */
  cause: string;
  /** What earned or cost most, a sentence each. */
  why?: string[];
}

/** Another lead of the company. */
export interface BriefLead {
  /** Its id. */
  id: string;
  /** What tells the person: the fields and identities that do. */
  who?: string[];
  /** Its rank on the main scorecard. */
  rank?: string;
  /** Who is accountable for it. */
  owner?: string;
  /** When it last did something. */
  last?: string;
}

/** What a payload says, per person. */
export interface Captured {
  /** The mapping that read it. */
  mapping: string;
  /** When it was captured. */
  at: string;
  /** The people it concerns, in the order of the payload, each once. */
  people: CapturedPerson[];
  /** What could not be used, with its place in the payload; everything else was. */
  problems?: Diagnostic[];
}

/** What a payload says of one person. */
export interface CapturedPerson {
  /** Keys to find the record by, the best first; empty if the payload names nobody. */
  identities: LeadIdentity[];
  /** Fields of the playbook, cleansed; nothing empty among them. */
  fields?: { [name: string]: Json };
  /** What cleansing changed or refused, by field. */
  changes?: { [name: string]: Cleansed };
  /** How the person came by: for the record if it has no source yet, and on every activity. */
  source?: { [name: string]: Json };
  /** What the person did. */
  activities?: Activity[];
  /** What the person allows or refuses. */
  consent?: CapturedConsent[];
}

/**
 * A value before and after cleansing.
 *
 * Cleansing a clean value again changes nothing.
 */
export interface Cleansed {
  /** The clean value; null where the raw one says nothing or was refused. */
  value: Json;
  /** As it came. */
  raw: Json;
  /** The rules that changed something, in the order in which they did: `width`, `spaces`, `disguised_null`... */
  rules?: string[];
  /**
   * What else the value told: `extension` of a telephone number, `key`, `form` and `branch` of a company,
   * `prefecture` and `city` of an address.
   */
  parts?: { [name: string]: string };
  /** How sure the reading is, in millionths; absent where it is certain. */
  confidence?: number;
  /** Why the value was refused. */
  problem?: Diagnostic;
}

/** Something that changes what a person allows, and the activity by which it happened. */
export interface CapturedConsent {
  /** The channel. */
  channel: string;
  /** The purpose, where it is not the whole channel. */
  purpose?: string;
  /** What happened. */
  event: ConsentChange;
  /** When. */
  at: string;
  /** On what ground. */
  basis?: string;
  /** The activity by which it happened; where that turns out to be a machine's, nothing was refused. */
  activity?: string;
}

/** What happened to a consent. */
export type ConsentChange = "grant" | "request" | "confirm" | "deny" | "bounce" | "complaint" | "recover";

/** What became of captured facts. */
export interface Applied {
  /** Whether the record is another one than before. */
  changed: boolean;
  /** Ids of the activities that are new. */
  recorded: string[];
  /** Ids of those that were there already. */
  known: string[];
  /** Activities whose trust the playbook's rules changed. */
  reclassified?: Reclassified[];
  /** What was left as it is, and why. */
  problems?: Diagnostic[];
}

/** An activity whose trust changed. */
export interface Reclassified {
  /** The activity. */
  activity: string;
  /** What it was taken for. */
  from: Trust;
  /** What it is taken for. */
  to: Trust;
  /** The rule that says so; absent where no rule holds any more. */
  rule?: string;
}

/** How a field is cleansed. */
export type Cleaner = "keep" | "text" | "email" | "phone" | "url" | "company" | "person" | "prefecture" | "postal_code" | "address" | "integer" | "number" | "money" | "date" | "timestamp" | "boolean" | "set";

/** All fields of a record, cleansed. */
export interface Cleansing {
  /** The fields, clean, in their order; fields that were derived from an address or a postal code come last. */
  fields: { [name: string]: Json };
  /** What was changed, derived or refused, or tells more than its value (`parts`), by field. */
  changes: { [name: string]: Cleansed };
}

/** What two records are to each other. */
export interface Match {
  /** Whether they are one person. */
  person: Resemblance;
  /** Whether they are of one company. */
  company: Resemblance;
}

/** Whether two records are one, and why. */
export interface Resemblance {
  /** The verdict. */
  verdict: Verdict;
  /** The weighed similarity of what both records have, between 0 and 1; 1 where a key decides. */
  similarity: number;
  /** What was compared. */
  evidence?: Evidence[];
}

/** Whether two records are one. */
export type Verdict = "different" | "review" | "same";

/** One comparison. */
export interface Evidence {
  /** The field, or `identities/` and the kind of a key. */
  field: string;
  /** In what way it was compared. */
  by: Likeness;
  /** How alike the values are, between 0 and 1. */
  similarity: number;
  /** How much it counted: less than its weight where the values differ in what people have several of. */
  weight: number;
  /** True if equal values decide alone. */
  key?: boolean;
}

/** In what way two values are alike. */
export type Likeness = "exact" | "text" | "name" | "company" | "email" | "phone" | "domain";

/** Both records of a merge that was undone. */
export interface Unmerged {
  /** The record that had taken the other in. */
  lead: Lead;
  /** The record that had been merged in. */
  taken_out: Lead;
}

/** Which rows of a table are one. */
export interface Duplicates {
  /** Ids that are one person or company, those of a cluster together, in the order of the rows. */
  clusters: string[][];
  /** Pairs that somebody should look at. */
  review: ReviewPair[];
  /** How many pairs were compared. */
  compared: number;
}

/** Two rows that may be one. */
export interface ReviewPair {
  /** Id of the one. */
  first: string;
  /** Id of the other. */
  second: string;
  /** How alike they are, between 0 and 1. */
  similarity: number;
}

/** A company among some leads. */
export interface Account {
  /** What its names have in common: width, legal form, spacing and branch aside. */
  key: string;
  /** Its name, as the first lead has it. */
  name: string;
  /** Key of the company above it, where leads name one. */
  parent?: string;
  /** Key of the company at the top of its group; its own where nothing stands above it. */
  group: string;
  /** Ids of its leads. */
  leads: string[];
}

/** Whether something may be sent, and what decided it. */
export interface Permission {
  /** Whether it may. */
  allowed: boolean;
  /** What decided. */
  because: PermissionReason;
  /** Since when. */
  at?: string;
  /** On what ground. */
  basis?: string;
}

/** What decides whether something may be sent. */
export type PermissionReason = "suppression_list" | "bounce" | "complaint" | "granted" | "denied" | "pending" | "unknown";

/** What is left of a forgotten person: enough to know that a late event is about them, and nothing else. */
export interface Tombstone {
  /** The id of the record. */
  id: string;
  /** Ids of records that had been merged into it. */
  also?: string[];
  /** When it was forgotten. */
  at: string;
  /**
   * SHA-256 of each key that the record was known by, so that a new record is not made from a late event that
   * carries an address and no id.
   */
  keys?: string[];
}

/** A business card, read. */
export interface Card {
  /** What was found, in the order of the card; a field may come several times. */
  entries: CardEntry[];
  /** Lines that nothing was found in. */
  rest?: string[];
  /** The best of each field, as a payload for the mapping `card`. */
  payload: { [name: string]: Json };
}

/** One thing that a card says. */
export interface CardEntry {
  /** What it is. */
  field: CardField;
  /** As it stands on the card, in plain width. */
  value: string;
  /** How sure that is, in millionths. */
  confidence: number;
}

/** What a card says. */
export type CardField = "name" | "name_kana" | "last_name" | "first_name" | "company" | "department" | "title" | "postal_code" | "address" | "region" | "city" | "country" | "phone" | "mobile" | "fax" | "email" | "url";

/** What came of an input. */
export interface Outcome {
  /** The record to store. */
  lead: Lead;
  /** What happened, in order. */
  changes?: Change[];
  /** What the host is to do, in order. */
  effects?: Effect[];
  /** When to call again with `tick`, if nothing comes in before: nothing would happen an instant earlier. */
  next_wakeup?: string;
  /** Conditions that failed on this lead, and enrolments that the playbook lost. */
  warnings?: Diagnostic[];
}

/** One thing that happened. */
export interface Change {
  /** When. */
  at: string;
  /** In which scenario. */
  scenario?: string;
  /** At which step. */
  step?: string;
  /** What. */
  what: ChangeKind;
}

/** What happened. */
export type ChangeKind =
  | {
      rank: {
        /** The scorecard. */
        card: string;
        /** The old rank. */
        from: string | null;
        /** The new one. */
        to: string | null;
      };
    }
  | {
      enrolled: {
        /** The version. */
        version: number;
        /** Which passage. */
        number: number;
        /** What enrolled it. */
        because: string;
      };
    }
  | {
      not_enrolled: NotEnrolled;
    }
  | {
      arm: string;
    }
  | {
      held: {
        /** Until when. */
        until: string;
        /** What for. */
        because: Hold;
      };
    }
  | {
      refused: {
        /** Why. */
        because: Refusal;
        /** The template. */
        template?: string;
      };
    }
  | {
      skipped: {
        /** The template. */
        template: string;
        /** The merge fields. */
        missing: string[];
      };
    }
  | "dropped"
  | {
      updated: string[];
    }
  | {
      joined: string;
    }
  | {
      recorded: string;
    }
  | {
      touched: {
        /** The effect. */
        effect: string;
        /** What became of it. */
        status: TouchStatus;
      };
    }
  | {
      migrated: {
        /** The version that it leaves. */
        from: number;
      };
    }
  | {
      ended: EnrolmentStatus;
    };

/** Why a lead was not enrolled. */
export type NotEnrolled = "already" | "again" | "group" | "scope";

/** What a touch waits for. */
export type Hold =
  | "quiet"
  | "window"
  | {
      cap: CapPolicy;
    };

/** A limit on touches in any stretch of time of a length. */
export interface CapPolicy {
  /** How many. */
  n: number;
  /** In how long a time, in elapsed time. */
  per: Duration;
  /** The class that it limits; all that are capped, if absent. */
  class?: string;
  /** The channel that it limits; all, if absent. */
  channel?: string;
}

/** elapsed time: whole numbers with units, largest first, such as `30d`, `4h` or `1d12h` */
export type Duration = string;

/** Why a touch is not made. */
export type Refusal =
  | {
      consent: PermissionReason;
    }
  | "no_address"
  | {
      missing: string[];
    }
  | "never_open";

/** Something that the host is to do, once: carry it out, then answer with an `ack`. */
export interface Effect {
  /**
   * Made of lead, scenario, version, enrolment, step and occurrence: replaying gives the same, so the host can
   * tell what it did already.
   */
  id: string;
  /** When it was decided. */
  at: string;
  /** The lead. */
  lead: string;
  /** The scenario. */
  scenario: string;
  /** Its version. */
  version: number;
  /** Which passage of the lead through the scenario, from 1. */
  enrolment: number;
  /** The step. */
  step: string;
  /** Which try of the step, from 0. */
  occurrence: number;
  /** What to do. */
  do: Intent;
}

/** What an effect asks for. */
export type Intent =
  | {
      send: SendIntent;
    }
  | {
      call: CallIntent;
    }
  | {
      invite: InviteIntent;
    }
  | {
      notify: NotifyIntent;
    }
  | {
      hand_over: HandOverIntent;
    };

/** A message to send. */
export interface SendIntent {
  /** The template. */
  template: string;
  /** Its version, where it has versions. */
  version?: string;
  /** What the gate said. */
  gate: Passed;
}

/** That the gate let a touch through, and on what ground. */
export interface Passed {
  channel: string;
  class: string;
  /** Where to: the value of the channel's address field. */
  address?: string;
  /** What the lead said. */
  consent: PermissionReason;
  /** On what ground. */
  basis?: string;
  /** Until when it may be carried out: then quiet hours begin, its window closes, or its deadline is over. */
  until?: string;
}

/** A call to make. */
export interface CallIntent {
  /** Who calls. */
  queue: string;
  /** What they say. */
  script?: string;
  /** What the gate said. */
  gate: Passed;
}

/** An invitation to send. */
export interface InviteIntent {
  /** The seminar. */
  event: string;
  /** How many seats there are. */
  capacity?: number;
  /** The template. */
  template: string;
  /** Its version, where it has versions. */
  version?: string;
  /** What the gate said. */
  gate: Passed;
}

/** A word to somebody on the inside. */
export interface NotifyIntent {
  /** Whom. */
  to: string;
  /** What. */
  text?: string;
}

/** A lead to hand over. */
export interface HandOverIntent {
  /** The routing policy. */
  policy?: string;
}

/** An effect in the envelope of CloudEvents, version 1.0, JSON format. */
export interface CloudEvent {
  /** `1.0`. */
  specversion: string;
  /** The effect's id. */
  id: string;
  /** `/ikusei/` and the name of the playbook. */
  source: string;
  /** `ikusei.effect.` and what is to be done. */
  type: string;
  /** The lead. */
  subject: string;
  /** When it was decided. */
  time: string;
  /** `application/json`. */
  datacontenttype: string;
  /** The effect. */
  data: Effect;
}

/** A message for one lead. */
export interface Rendered {
  /** The template. */
  template: string;
  /** Its version. */
  version: string;
  /** The channel that it goes by. */
  channel: string;
  /** Its class. */
  class: string;
  /** Whether it can be sent. */
  outcome: RenderOutcome;
  /** The subject line: one line, whatever values came into it. */
  subject?: string;
  /** What mail programs show beside the subject, as plain text. */
  preheader?: string;
  /** The body as plain text. */
  text?: string;
  /** The body as HTML: every value in it is escaped. */
  html?: string;
  /** The merge fields, in order of their first use, and what became of each. */
  fields?: MergeField[];
}

/** Whether a message can be sent. */
export type RenderOutcome = "ready" | "skipped" | "refused";

/** A merge field of a message. */
export interface MergeField {
  /** Its name: `lead.company`. */
  name: string;
  /** What became of it. */
  state: MergeState;
}

/** What became of a merge field. */
export type MergeState = "given" | "defaulted" | "absent" | "at_sending" | "skipped" | "refused";

/** What a diagram is written in. */
export type DiagramFormat = "mermaid" | "graphviz" | "svg";

/** How many leads came by each step of a scenario: of each lead its present passage, or its last. */
export interface StepCounts {
  /** The version whose steps they are. */
  version: number;
  /** Passages through this version, by how they stand. */
  passages: Passages;
  /** Passages through other versions, which are not counted below. */
  other_versions: number;
  /** The steps in the order of the scenario; each of them is there. */
  steps: { [name: string]: StepCount };
}

/** Passages by how they stand. */
export interface Passages {
  /** All of them. */
  all: number;
  /** Under way. */
  active: number;
  /** Through all steps. */
  done: number;
  /** Their goal was reached. */
  goal: number;
  /** They left before the end. */
  exited: number;
  /** They went on in another scenario. */
  moved: number;
  /** They were held out for comparison. */
  held_out: number;
  /** Another scenario of the group took their place. */
  displaced: number;
}

/** How many leads came by a step: `entered` is `waiting` and `left` together. */
export interface StepCount {
  /** Came to it. */
  entered: number;
  /** Stand there now. */
  waiting: number;
  /** Do not stand there any more. */
  left: number;
  /** Of those that left it, left the scenario there. */
  ended: number;
  /** Where the step divides: how many took which way, by its name. */
  ways?: { [name: string]: number };
}

/** The time of one lead, call by call. */
export interface LeadSimulation {
  /** Every call, in order: each is what `process` gives for this input at this instant. */
  log: SimulatedStep[];
  /** The record at the end. */
  lead: Lead;
  /** When something would happen next. */
  next_wakeup?: string;
}

/** One call. */
export interface SimulatedStep {
  /** When. */
  at: string;
  /** What came in. */
  input: Input;
  /** The effect that it answers, by the response model. */
  because?: string;
  /** What happened. */
  changes?: Change[];
  /** What the host is to do. */
  effects?: Effect[];
  /** Conditions that failed, and enrolments that the playbook lost. */
  warnings?: Diagnostic[];
}

/** New values of fields. */
export interface Patch {
  /** The host's id of the change: a change with an id that came in the last 30 days changes nothing. */
  id?: string;
  /** Values by field; null empties one. */
  fields: { [name: string]: Json };
}

/** What became of an effect. */
export interface Ack {
  /** Its id. */
  effect: string;
  /** What became of it. */
  status: AckStatus;
}

/** What became of an effect. */
export type AckStatus = "delivered" | "failed" | "bounced" | "refused";

/** A scenario by hand. */
export interface Manual {
  /** The scenario. */
  scenario: string;
  /** The host's id of the order: an order with an id that came in the last 30 days changes nothing. */
  id?: string;
}

/** What came of many leads. */
export interface Simulated {
  /** Tables: what is to be sent, called and seated by period, who has how much to do, and what comes of it. */
  analysis: Analysis;
  /** By scenario, how many leads came by each step: for a diagram. */
  counts: { [name: string]: StepCounts };
}

/** What an analysis came to: tables, of which the first is the answer, figures, and notes in words. */
export interface Analysis {
  /** Its name, such as `attribution`. */
  name: string;
  /** Single numbers by name. */
  figures?: { [name: string]: Cell };
  /** What the numbers cannot say by themselves: too few data, what was left out and why. */
  notes?: Note[];
  /** The tables; the first is the answer. */
  tables: Table[];
}

/** One value of a table; exact decimal numbers are text. */
export type Cell = string | number | boolean | null;

/** A remark on an analysis, in both languages. */
export interface Note {
  /** How much it matters. */
  kind: NoteKind;
  /** What it is about, as a stable word. */
  about: string;
  /** What it says. */
  text: Label;
}

/** How much a note matters. */
export type NoteKind = "note" | "warning";

/** A text in English and Japanese. */
export interface Label {
  /** English. */
  en: string;
  /** 日本語 */
  ja: string;
}

/** A tidy table: one observation a row, one meaning a column. */
export interface Table {
  /** Its name. */
  name: string;
  /** What people call it. */
  title: Label;
  /** Its columns, in order. */
  columns: Column[];
  /** Its rows: each a value for every column, by the column's name. */
  rows: { [name: string]: Cell }[];
  /** How it is best drawn; absent where it is for reading only. */
  plot?: Plot;
}

/** A column of a table. */
export interface Column {
  /** Its name in the rows. */
  name: string;
  /** What its values are. */
  kind: ColumnKind;
  /** What people call it. */
  label: Label;
  /** The unit, such as a currency or `days`. */
  unit?: string;
}

/** What the values of a column are. */
export type ColumnKind = "text" | "whole" | "number" | "share" | "decimal" | "flag" | "time";

/** How a table is best drawn. */
export interface Plot {
  /** The form. */
  kind: PlotKind;
  /** The column across. */
  x: string;
  /** The column up. */
  y: string;
  /** The column that colours tell apart. */
  color?: string;
  /** The columns of an interval around `y`: its lower and upper end. */
  interval?: string[];
  /** The columns that tell several pictures beside each other apart. */
  facet?: string;
}

/** The form of a picture. */
export type PlotKind = "bars" | "steps" | "line" | "dots" | "heat" | "diagonal";

/**
 * How a lead's scores, ranks, segments and owners went on over a stretch of time.
 *
 * At every instant of the stretch they are what `Engine::assess` says: `start` with every
 * change up to that instant. The record's `standing` is taken as it is throughout.
 */
export interface Timeline {
  /** The lead's id. */
  lead: string;
  /** Where the stretch begins. */
  from: string;
  /** Where it ends; a change at this very instant belongs to it. */
  to: string;
  /** Whether activities count from when they were recorded, or from when they happened. */
  known: Known;
  /** What held at `from`, without ledgers. */
  start: Assessment;
  /** Who was accountable at `from`, by the record's `assignments`. */
  owners?: Accountable[];
  /** Every change after that, by time. */
  changes: TimedChange[];
}

/** Which knowledge a question about the past goes by. */
export type Known = "then" | "now";

/** Who is accountable for a lead. */
export interface Accountable {
  /** The policy by which the lead was handed over. */
  policy: string;
  /** The product or solution that was handed over, where the policy separates. */
  about?: string;
  /** The member. */
  owner: string;
}

/** What changed at one instant, and why. */
export interface TimedChange {
  /** The first instant at which it holds. */
  at: string;
  /** The score sheets that changed, without ledgers. */
  scores?: { [name: string]: ScoreChange };
  /** The ranks that changed. */
  ranks?: { [name: string]: RankChange };
  /** The segments that the lead enters. */
  entered?: string[];
  /** The segments that it leaves. */
  left?: string[];
  /** The hand-overs for which somebody else, or nobody any more, is accountable. */
  owners?: OwnerChange[];
  /** What happened or ended at this instant. */
  causes: TimedCause[];
  /** All of it in a sentence. */
  words: Sentences;
}

/** One scorecard's figures before and after. */
export interface ScoreChange {
  /** Before. */
  from: ScoreSheet;
  /** After. */
  to: ScoreSheet;
}

/** A rank before and after; none where no rank holds, or the lead is disqualified. */
export interface RankChange {
  /** Before. */
  from: string | null;
  /** After. */
  to: string | null;
}

/** Who was accountable for a lead before and after. */
export interface OwnerChange {
  /** The policy by which the lead was handed over. */
  policy: string;
  /** The product or solution that was handed over, where the policy separates. */
  about?: string;
  /** Before; none if nobody was. */
  from: string | null;
  /** After; none if nobody is. */
  to: string | null;
}

/** Why something changed at an instant. */
export type TimedCause =
  | {
      activity: {
        /** Its id. */
        id: string;
        /** Its kind. */
        kind: string;
      };
    }
  | {
      recorded_late: {
        /** Its id. */
        id: string;
        /** Its kind. */
        kind: string;
        /** When it had happened. */
        happened: string;
      };
    }
  | {
      fading: {
        /** The scorecard. */
        card: string;
        /** The rule. */
        rule: string;
        /** The activity's id. */
        activity: string;
      };
    }
  | {
      ended: {
        /** The scorecard. */
        card: string;
        /** The rule. */
        rule: string;
        /** The activity's id. */
        activity: string;
      };
    }
  | {
      window_ended: {
        /** The activity's id. */
        id: string;
        /** Its kind. */
        kind: string;
        /** How young it had to be. */
        within: Duration;
      };
    }
  | {
      keep_ended: {
        /** The scorecard. */
        card: string;
        /** The rank that was kept. */
        rank: string;
      };
    }
  | {
      hand_over: {
        /** The id of the assignment. */
        id: string;
        /** What happened. */
        kind: AssignmentEventKind;
        /** Why: the words of who refused or returned it, or of the engine. */
        reason?: string;
      };
    }
  | {
      time_reached: {
        /** JSON Pointer to what asks for it. */
        path: string;
        /** The condition, or the expression of points. */
        expression: string;
      };
    };

/** The same in two languages. */
export interface Sentences {
  /** English. */
  en: string;
  /** 日本語 */
  ja: string;
}

/** The least that carries a lead's rank. */
export interface Why {
  /** The lead's id. */
  lead: string;
  /** The instant. */
  at: string;
  /** Whether activities count from when they were recorded, or from when they happened. */
  known: Known;
  /** The scorecard. */
  scorecard: string;
  /** The rank; none if the lead is disqualified or no rank holds. */
  rank: string | null;
  /** The rule that decided. */
  cause: Cause;
  /**
   * Facts that carry the decision alone: if nothing else were known of the lead, it would be the same, and none of
   * them can be left out.
   */
  facts: DecisionFact[];
  /** The fewest facts without which the decision is another one; empty where it is the same whatever is taken away. */
  hinges_on: DecisionFact[];
  /** The rank without those; none if no rank holds then, or there are none. */
  otherwise: string | null;
  /** All of it in a sentence. */
  words: Sentences;
}

/** A fact behind a decision. */
export type DecisionFact =
  | {
      field: {
        /** The field. */
        name: string;
        /** Its value. */
        value: Json;
      };
    }
  | {
      source: {
        /** The key. */
        key: string;
        /** Its value. */
        value: Json;
      };
    }
  | {
      consent: {
        /** The channel. */
        channel: string;
        /** `granted`, `denied`, `pending` or `unknown`. */
        status: string;
      };
    }
  | {
      standing: {
        /** The rank; none if it held none. */
        rank: string | null;
        /** Since when. */
        since: string;
      };
    }
  | {
      activity: {
        /** Its id. */
        id: string;
        /** Its kind. */
        kind: string;
        /** When it happened. */
        at: string;
      };
    };

/** What stands between a lead and a rank. */
export interface WhyNot {
  /** The lead's id. */
  lead: string;
  /** The instant. */
  at: string;
  /** Whether activities count from when they were recorded, or from when they happened. */
  known: Known;
  /** The scorecard. */
  scorecard: string;
  /** The rank that was asked about. */
  asked: string;
  /** The rank that the lead has. */
  rank: string | null;
  /** Whether that is the rank that was asked about, or a better one. */
  reached: boolean;
  /** What stands in the way. */
  obstacles: Obstacle[];
  /** The fewest facts without which the lead would have the rank; empty where taking away does not help. */
  held_back_by: DecisionFact[];
  /** All of it in a sentence. */
  words: Sentences;
}

/** One thing that stands in the way of a rank. */
export type Obstacle =
  | {
      disqualified: {
        /** The rule. */
        rule: string;
        /** What people call it. */
        label?: string;
        /** Its condition, with the values that it looked at. */
        trace: Trace;
      };
    }
  | {
      points: {
        /** The threshold. */
        at_least: number;
        /** The total. */
        total: number;
        /** What is missing. */
        missing: number;
      };
    }
  | {
      condition: {
        /** The condition, with the values that it looked at. */
        trace: Trace;
      };
    }
  | {
      matrix: {
        /** What each takes. */
        needs: Shortfall[];
      };
    }
  | {
      ceiling: {
        /** The most that it gives. */
        most: number;
        /** The threshold. */
        at_least: number;
      };
    }
  | {
      loss: {
        /** The rule. */
        rule: string;
        /** What people call it. */
        label?: string;
        /** The points, below zero. */
        points: number;
      };
    }
  | {
      limit: {
        /** The rule whose `cap` it is. */
        rule?: string;
        /** The group. */
        group?: string;
        /** What people call the rule or the group. */
        label?: string;
        /** The points, below zero. */
        points: number;
      };
    };

/** What a combination of fit and engagement takes. */
export interface Shortfall {
  /** The grade of fit. */
  fit: string;
  /** The level of engagement. */
  engagement: string;
  /** The rank that they give. */
  rank: string;
  /** Points of fit that are missing. */
  fit_missing?: number;
  /** Points of engagement that are missing. */
  engagement_missing?: number;
}

/** What would give a lead a rank. */
export interface WhatWould {
  /** The lead's id. */
  lead: string;
  /** The instant. */
  at: string;
  /** Whether activities count from when they were recorded, or from when they happened. */
  known: Known;
  /** The scorecard. */
  scorecard: string;
  /** The rank that was asked for. */
  asked: string;
  /** The rank that the lead has. */
  rank: string | null;
  /** Whether that is the rank that was asked for, or a better one: then nothing is suggested. */
  reached: boolean;
  /** Sets of facts that reach it, each without one too many: by cost, then by size, then by name. */
  suggestions: Way[];
  /** With how few facts it can be reached; none if it cannot be with so many as were looked at. */
  fewest?: number;
  /** Every set of up to so many facts was looked at. */
  searched: number;
  /** How many different facts could be brought about. */
  considered: number;
  /** Whether those are all that the playbook tells apart: false where an activity has too many properties that matter. */
  complete: boolean;
  /** The best of it in a sentence. */
  words: Sentences;
}

/** A set of facts that reaches a rank. */
export interface Way {
  /** What it costs in all. */
  cost: number;
  /** What would have to become true. */
  steps: SuggestedStep[];
  /** The rank that the lead would have. */
  rank: string;
  /** The total that it would have. */
  total: number;
  /** In a sentence. */
  words: Sentences;
}

/** A fact that would have to become true. */
export type SuggestedStep =
  | {
      field: {
        /** The field. */
        name: string;
        /** What it holds now. */
        from: Json;
        /** What it would hold. */
        to: Json;
      };
    }
  | {
      item: {
        /** The field. */
        name: string;
        /** The item. */
        item: string;
      };
    }
  | {
      activity: Activity;
    };

/**
 * What a decision was made of and what it was.
 *
 * Its text (`Receipt::to_json`) has the same bytes in every language. Keys are in the order of the canonical text.
 */
export interface Receipt {
  /** The instant of the decision. */
  at: string;
  /** What decided: `assess`, or another method of the engine. */
  call: string;
  /** The hash of the decision: of `assess` figures, ranks and segments, of others the whole answer. */
  decision: string;
  /** The version of the engine that decided. */
  engine: string;
  /** The hash of everything else in the receipt: two receipts with one id are the same. */
  id: string;
  /** The hash of what the decision was made of, but for the playbook. */
  input: string;
  /** Whether activities counted from when they were recorded, or from when they happened. */
  known: Known;
  /** The lead's id. */
  lead: string;
  /** Of `assess` the hash of each part of the record that it may look at, of others that of each argument. */
  parts: { [name: string]: string };
  /** The fingerprint of the playbook. */
  playbook: string;
  /** The version of this format: 1. */
  receipt: number;
}

/** What came of recomputing a receipt. */
export interface ReceiptCheck {
  /** Whether the same playbook makes the same decision of the same facts. */
  holds: boolean;
  /** What differs, the causes first. */
  differs: ReceiptDifference[];
}

/** One thing in a receipt that is not what was found. */
export interface ReceiptDifference {
  /**
   * What: `id` where the receipt itself was changed, `playbook`, `lead`, a part of the record (`fields`, `source`,
   * `consent`, `standing`, `activities`) or an argument, `input`, `decision`, and `engine` beside that.
   */
  what: string;
  /** What the receipt says. */
  said: string;
  /** What was found. */
  found: string;
}

/**
 * What one playbook changes in another: changes of meaning, not of lines.
 *
 * Layout, comments, the spelling of expressions and the order of what has no order are no changes.
 */
export interface PlaybookDiff {
  /** The playbook that is there. */
  before: DiffSide;
  /** The playbook that is to come. */
  after: DiffSide;
  /** Whether some change may decide something otherwise: score, rank, segment, message, owner. */
  affects_results: boolean;
  /** Every change, in the order of the document. */
  changes: PlaybookChange[];
  /** What it does to leads, where some were given: ranks, segments, who moves and why, load, messages. */
  leads?: Analysis;
  /** All of it as Markdown, for a pull request. */
  markdown: Sentences;
}

/** One of two playbooks. */
export interface DiffSide {
  /** Its name. */
  name: string;
  /** Its fingerprint. */
  fingerprint: string;
}

/** One change of meaning. */
export interface PlaybookChange {
  /** What happened to it. */
  kind: DiffKind;
  /** What it is. */
  part: ChangedPart;
  /** Its name; that of a step without an id is its place. */
  name?: string;
  /** What it belongs to, outermost first: the scorecard of a rule, the policy of a routing rule. */
  within?: string[];
  /** The property that changed, with a slash before each key within a key: `points`, `decay/half_life`. */
  property?: string;
  /** What was written; absent for what is added. */
  was?: Json;
  /** What is written; absent for what is removed. */
  now?: Json;
  /** What it may decide otherwise. */
  affects: Affects;
  /** Where it stands in the playbook that is there. */
  before?: ChangePlace;
  /** Where it stands in the playbook that is to come. */
  after?: ChangePlace;
  /** The change in a sentence. */
  words: Sentences;
}

/** What happened to a part of a playbook. */
export type DiffKind = "added" | "removed" | "changed" | "renamed" | "moved";

/** A kind of thing that playbooks are made of. */
export type ChangedPart = "playbook" | "field" | "activity" | "scorecard" | "group" | "rule" | "disqualification" | "rank" | "segment" | "cleansing" | "identity" | "capture" | "trust" | "contact_policy" | "template" | "version" | "campaign" | "goal" | "scenario" | "step" | "arm" | "routing" | "team" | "policy" | "routing_rule" | "recycle";

/** What a change may decide otherwise, at first hand: a score may then change a rank, a rank a segment, and so on. */
export type Affects = "data" | "scores" | "ranks" | "segments" | "messages" | "routing" | "campaigns" | "nothing";

/** A place in a playbook. */
export interface ChangePlace {
  /** JSON Pointer. */
  path: string;
  /** Where that, or the nearest part around it, is in the text. */
  span?: Span;
}

/** A playbook made of another system's rules. */
export interface Imported {
  /** The text of the playbook: JSON, which is YAML as well. It is read without a problem. */
  playbook: string;
  /** What became of each part that was carried: its place there, and the place in the playbook. */
  carried: Carried[];
  /** What could not be carried. */
  left: Left[];
  /** What fields are called there, by their names in the playbook, where that differs. */
  fields?: { [name: string]: string };
}

/** A part that was carried. */
export interface Carried {
  /** JSON Pointer into what was imported; of a table, into its rows by name. */
  from: string;
  /** The line, of a table. */
  line?: number;
  /** JSON Pointer into the playbook. */
  to: string;
}

/** A part that could not be carried. */
export interface Left {
  /** JSON Pointer into what was imported; of a table, into its rows by name. */
  path: string;
  /** The line, of a table. */
  line?: number;
  /** Why. */
  why: string;
  /** What to do. */
  help: string;
}

/** What `Playbook::lint` found. */
export interface Lint {
  /** What is probably not meant, in the order of the document. */
  findings: LintFinding[];
  /** For every scorecard, between what its total can be. No lead goes beyond; not every number between is reached. */
  ranges: { [name: string]: ScoreRange };
  /** Segments of which no lead can be in both, or every member of one is in the other. Lists of ids are left aside. */
  overlaps: SegmentOverlap[];
  /**
   * For every scenario, how many messages it can send one lead within seven days, were there no contact policy:
   * mails, invitations and calls.
   */
  messages: { [name: string]: number };
}

/** Something that a playbook says and probably does not mean. */
export interface LintFinding {
  /** Stable code; its meaning never changes, so hosts may match on it. */
  code: string;
  /** How bad it is. */
  severity: Severity;
  /** What is wrong. */
  message: string;
  /** JSON Pointer to the place in the document or record, such as `/scorecards/overall/rules/0/when`. */
  path?: string;
  /** The place in the text, where the text is known. */
  span?: Span;
  /** What to do. */
  help?: string;
  /** A replacement for the text under `span` that would solve it. */
  suggestion?: Suggestion;
  /** Other places that matter, such as the first of two duplicates. */
  related?: Related[];
  /** A lead that shows it, where one can. */
  example?: LintExample;
}

/** A lead that shows a finding. */
export interface LintExample {
  /** The record; what it does not say does not matter. */
  lead: Lead;
  /** The instant to assess it at. */
  at: string;
}

/** The least and the most that a total can be; absent where there is no end. */
export interface ScoreRange {
  /** The least. */
  min?: number;
  /** The most. */
  max?: number;
}

/** How the members of two segments lie to each other. */
export interface SegmentOverlap {
  /** One. */
  a: string;
  /** The other. */
  b: string;
  /** How. */
  relation: OverlapRelation;
}

/** How the members of one segment lie to those of another. */
export type OverlapRelation = "disjoint" | "within" | "same";

/** What was found while a table was read and assessed. */
export interface TableReport {
  /** How many rows were assessed. */
  rows: number;
  /** Columns of fields that something in question looks at and that the table lacks: read as empty. */
  missing: string[];
  /** Columns that nothing in question looks at. */
  extra: string[];
  /** Expressions that failed on some row, and gave nothing there: each once. */
  warnings: Diagnostic[];
  /** Rows that could not be assessed, where the options let them pass: how many. */
  bad_rows: number;
  /** The problems of those rows, in their order: the first hundred. */
  problems: Diagnostic[];
}

/**
 * What became of the activities of a state and of those that came.
 *
 * Every row is one of kept, ignored, expired, replaced and repeated.
 */
export interface StateReport {
  /** How many rows there were, of the state and of what came. */
  rows: number;
  /** How many of them are in the new state. */
  kept: number;
  /** How many nothing looks at: of other kinds, not by a person, or such that no condition ever holds for them. */
  ignored: number;
  /** How many counted once: every window that looks at them has passed, and decay leaves nothing of them. */
  expired: number;
  /**
   * How many others stand for: those beyond a limit per period, and those before the last one where nothing else
   * is asked.
   */
  replaced: number;
  /** How many said again what an earlier row said. */
  repeated: number;
  /** Columns that something looks at and that none of the tables has: read as empty. */
  missing: string[];
  /** Columns that are not in the new state. */
  dropped: string[];
  /**
   * How many rows cannot be read, where the options let them pass. They stay, without their time, and so their
   * leads stay without result.
   */
  bad_rows: number;
  /** The problems of those rows: the first hundred. */
  problems: Diagnostic[];
}

/** How a table would be assessed. */
export interface TablePlan {
  /** As text: one kernel after another with its rules. */
  text: string;
  /** What is done, in this order. */
  steps: PlanStep[];
}

/** One pass over a column, or over rows. */
export interface PlanStep {
  /** The field or property; absent where whole rows are looked at. */
  column?: string;
  /** What is done with it. */
  kernel: string;
  /** The ids of the rules that are decided by it. */
  rules: string[];
}

/** What is asked: journeys in one of three forms, and how to share. */
export interface AttributionRequest {
  /** Rows of `path`, `conversions` (1), `value`, `nulls` (0). */
  paths?: Rows | ArrowTable | null;
  /** Rows of `lead`, `channel`, `at`, `milestone`. */
  touches?: Rows | ArrowTable | null;
  /** Rows of `lead`, `at`, `value`: beside `touches`. */
  conversions?: Rows | ArrowTable | null;
  /** Journeys whose channels are numbers already: the quick way for millions of touches. */
  coded?: CodedJourneys | null;
  /** What stands between the channels of a path. */
  separator?: string | null;
  /** All that the journeys can bear, unless named. */
  models?: AttributionModel[] | null;
  /** Channels that are no marketing: `direct` and `(direct)`, unless said otherwise. */
  direct?: string[] | null;
  /** By which age a touch counts half, 7d unless said otherwise. */
  half_life?: Duration | null;
  /** How long before a conversion a touch may lie. */
  lookback?: Duration | null;
  /** How many touches the Markov chain remembers: 1 to 4. */
  order?: number | null;
  /** Makes the model `custom`. */
  weights?: AttributionWeights | null;
  /** Digits behind the point of credited conversions: 6. */
  digits?: number | null;
  /** Digits behind the point of credited revenue: those of the currency, or of the values where they have more. */
  revenue_digits?: number | null;
  /** What values are in, such as `JPY`. */
  currency?: string | null;
}

/** Journeys one after another, their channels as numbers. */
export interface CodedJourneys {
  /** The names of the channels. */
  channels: string[];
  /** For each journey its touches. */
  lengths: number[];
  /** For each touch the number of its channel, one journey after the other. */
  touches: number[];
  /** For each journey how often it converted. */
  conversions: number[];
  /** For each journey how often it came to nothing. */
  nulls?: number[] | null;
  /** For each journey what its conversions were worth. */
  values?: number[] | null;
  /** For each touch the days from it to the conversion. */
  ages?: number[] | null;
}

/** A model of attribution. */
export type AttributionModel = "first" | "last" | "last_non_direct" | "linear" | "u" | "w" | "time_decay" | "custom" | "markov" | "shapley";

/** Weights of a model of one's own: of the first, the last and a milestone touch, the rest shared by the others. */
export interface AttributionWeights {
  /** Of the first touch. */
  first?: number;
  /** Of all between. */
  middle?: number;
  /** Of the last touch. */
  last?: number;
  /** Of a milestone touch. */
  milestone?: number;
}

/** What is asked. */
export interface CalibrationRequest {
  /** A row for every lead: `score`, `won`, and if known `rank`, `probability`, `at`. */
  leads: Rows | ArrowTable;
  /** The ranks, best first; in the order of their conversion, unless said otherwise. */
  ranks?: string[];
  /** How many bands to cut the scores into: 10. */
  bands?: number | null;
  /** How many leads a week sales can take: gives the score that lets in no more. */
  capacity?: number | null;
  /** Of confidence: 0.95. */
  level?: number | null;
}

/** What is asked. */
export interface FrequencyRequest {
  /** The stages of a deal, first to last. */
  stages: string[];
  /** The columns whose values count, one value each. */
  fields?: string[];
  /** A column of tags, several of them with `|` between. */
  tags?: string | null;
  /** Counts that were kept from an earlier call: its table `counts`. */
  counts?: Rows | ArrowTable | null;
  /** Deals that closed: `won`, `stage` (the one it was lost in), `team`, and the columns of `fields` and `tags`. */
  closed?: Rows | ArrowTable | null;
  /** Deals that were closed and are open again, as they were when they closed. */
  reopened?: Rows | ArrowTable | null;
  /** Open deals whose chances are asked for: `deal`, `stage`, `team`, and the columns of `fields` and `tags`. */
  open?: Rows | ArrowTable | null;
  /** Deals of a value, won and lost together, below which it is ignored: 1; for tags 50. */
  support?: number | null;
  /** The same for tags. */
  tag_support?: number | null;
}

/** What is asked. */
export interface FunnelRequest {
  /** A row for every lead, with the instant of every stage that it reached. */
  leads: Rows | ArrowTable;
  /** The columns of the stages, first to last. */
  stages: string[];
  /** Columns to cut by. */
  by?: string[];
  /** Until when the leads were watched; the last instant in the table, unless said otherwise. */
  at?: InstantLike | null;
  /** Where months begin: UTC, unless said otherwise. */
  timezone?: string | null;
  /** Of confidence: 0.95. */
  level?: number | null;
}

/** What is asked. */
export interface IcebergRequest {
  /** A row for every lead: `lead`, `chance` (0 to 1), and if known `handler`, `amount`, `cost`, `last_active`. */
  leads: Rows | ArrowTable;
  /** As of when leads are quiet; the last instant in the table, unless said otherwise. */
  at?: InstantLike | null;
  /** After how long without activity a lead sleeps: 90d. */
  quiet?: Duration | null;
  /** How many sleeping leads to name: 20. */
  most?: number | null;
  /** What amounts are in. */
  currency?: string | null;
}

/** What is asked. */
export interface LearnRequest {
  /** A row for every lead: `won`, the columns of `features`; `test` where it is kept from learning; `at` for drift. */
  leads: Rows | ArrowTable;
  /** The columns to learn from: texts and flags by value, numbers in bands. A rule's column says whether it holds. */
  features: string[];
  /** How hard weights are pulled to zero: 1. */
  ridge?: number | null;
  /** The points that double the odds: 10. */
  double?: number | null;
  /** Leads of a value, below which it gets no points: 30. */
  support?: number | null;
  /** Into how many bands numbers are cut: 8. */
  bands?: number | null;
  /** Which part of the leads each rank should hold, best first: `{A: 0.1, B: 0.3}` and the rest. */
  ranks?: RankShare[] | null;
  /** Of confidence: 0.95. */
  level?: number | null;
}

/** A rank and the part of the leads that it should hold. */
export interface RankShare {
  /** The rank. */
  rank: string;
  /** The part, between 0 and 1. */
  share: number;
}

/** What is asked. */
export interface LiftRequest {
  /** Rows of `group`, `leads`, `conversions`, and `planned`: the part of the leads that the group should have got. */
  groups: Rows | ArrowTable;
  /** The group that was left alone. */
  holdout: string;
  /** Of confidence: 0.95. */
  level?: number | null;
}

/** What is asked. */
export interface PresenceRequest {
  /** A row for every answer: the columns of `measures` (yes or no), `weight`, `wave` and those of `by` if there are. */
  answers: Rows | ArrowTable;
  /** What was asked, such as `unaided`, `aided`, `consideration`, `preference`, `use`. */
  measures: string[];
  /** Columns to cut by, such as a segment. */
  by?: string[];
  /** Searches for each brand: `brand`, `searches`, and `period` if there are several. */
  searches?: Rows | ArrowTable | null;
  /** Of confidence: 0.95. */
  level?: number | null;
}

/** What is asked. */
export interface RetrospectiveRequest {
  /** Leads that were handed to sales: `handed_over` and `touched` (instants), `won`, `refused` (a reason). */
  follow_ups?: Rows | ArrowTable | null;
  /**
   * Content: `content`, `seen`, `finished`, and of those who saw it `converted`; of the matched leads who did not see it
   * `others` and `others_converted`.
   */
  contents?: Rows | ArrowTable | null;
  /** Of confidence: 0.95. */
  level?: number | null;
}

/** What is asked. */
export interface ReturnsRequest {
  /** What was spent: `cost`, `at` if known, and the columns of `by`. */
  spend: Rows | ArrowTable;
  /**
   * What came of it: a row for every lead, with the columns of `stages` and `by`, `revenue`, and for open deals
   * `pipeline` and `probability`.
   */
  leads: Rows | ArrowTable;
  /** The columns that say whether, or when, a lead reached a stage. */
  stages?: string[];
  /** Columns to drill down by, coarse to fine, such as campaign, ad group, keyword. */
  by?: string[];
  /** What clicks were for: `click_id` and the columns of `by`; fills what leads with that click id leave empty. */
  clicks?: Rows | ArrowTable | null;
  /** What all amounts are in, such as `JPY`. */
  currency?: string | null;
}

/** What is asked. */
export interface VersionsRequest {
  /**
   * Rows of `version`, `sent`, and whichever of `delivered`, `opened` (by people), `clicked`, `replied`, `bounced`,
   * `unsubscribed` are counted; `planned` where the versions should not be sent alike.
   */
  versions: Rows | ArrowTable;
  /** What decides: `clicked`, unless said otherwise. */
  goal?: string | null;
  /** The version that the others are compared with: the first, unless said otherwise. */
  control?: string | null;
  /** The smallest difference that would matter: 0.02, two points. */
  matters?: number | null;
  /** Of confidence: 0.95. */
  level?: number | null;
}

/** What is asked besides leads and instant. */
export interface ScoreLiftOptions {
  /** The scorecard; the first if none is named. */
  scorecard?: string | null;
  /** The properties of activities that say which content it was, the first that is there: `content`, `template`, `url`. */
  content?: string[];
  /** The keys of `source` by which hot leads are counted: `channel`, `campaign`, `utm_source`, `utm_campaign`, `keyword`. */
  source?: string[];
  /** The stage of a deal that is a conversion: `won`. */
  converted?: string;
  /** Of confidence: 0.95. */
  level?: number | null;
}

/** What is asked besides leads, playbook and period. */
export interface BacktestOptions {
  /** The scorecard; the first of each playbook if none is named. */
  scorecard?: string | null;
  /** How often to look, at most a thousand times in all: `7d`. */
  every?: Duration | null;
  /** The stage of a deal that is a win: `won`. */
  converted?: string | null;
  /** How many of the leads that move are listed: 100. */
  most?: number | null;
  /** Of confidence: 0.95. */
  level?: number | null;
}

/**
 * A stretch of time to be lived through.
 *
 * Activities of a record that were recorded after `from` happen when they were recorded: a history is replayed.
 */
export interface Simulation {
  /** When it begins. */
  from: InstantLike;
  /** The last instant that is lived through. */
  to: InstantLike;
  /** What happens to leads besides: inputs at their instants. */
  history?: HistoryEntry[];
  /** How leads answer what reaches them; without one nobody answers. */
  model?: ResponseModel | null;
  /** The length of the periods that the tables of a simulation count by. */
  per?: SimulationPeriod;
  /** Addresses, numbers and domains to which nothing is sent. */
  suppression?: string[];
}

/** Something that happens to a lead by itself. */
export interface HistoryEntry {
  /** The lead; where one lead is simulated it may be absent. */
  lead?: string | null;
  /** When. */
  at: InstantLike;
  /** What. */
  input: Input;
}

/** How leads answer: for each effect the first response that fits. */
export interface ResponseModel {
  /** Another seed gives other answers; the same seed the same, in every language. */
  seed?: string;
  /** In this order. */
  responses?: ResponsePolicy[];
}

/** What comes of an effect. Every condition that is given must fit. */
export interface ResponsePolicy {
  /** What the effect asks for. */
  effect?: EffectWord | null;
  /** Its template. */
  template?: string | null;
  /** The version of its template. */
  version?: string | null;
  /** The channel that it goes by. */
  channel?: string | null;
  /** Who is to call. */
  queue?: string | null;
  /** The seminar. */
  event?: string | null;
  /** The scenario. */
  scenario?: string | null;
  /** The step. */
  step?: string | null;
  /** A condition on the lead. */
  when?: string | null;
  /**
   * The chance that it arrives, from 0 to 1: whatever the other three leave, if absent. What all four leave is never
   * answered.
   */
  delivered?: number | null;
  /** The chance that it does not arrive, and may another time. */
  failed?: number;
  /** The chance that it does not arrive, and will not. */
  bounced?: number;
  /** The chance that it is not carried out: no seat, no line. */
  refused?: number;
  /** How long it takes until that is known, at least. */
  after?: Duration | null;
  /** And at most: evenly spread between both. */
  up_to?: Duration | null;
  /** What leads do once it arrived, each by itself. */
  reactions?: ReactionPolicy[];
}

/** What an effect asks for, as a word. */
export type EffectWord = "send" | "call" | "invite" | "notify" | "hand_over";

/** What a lead may do. Give one of `activity`, `deal`, `set` and `consent`. */
export interface ReactionPolicy {
  /** The chance, from 0 to 1. */
  chance?: number;
  /** How long after what it reacts to, at least. */
  after?: Duration | null;
  /** And at most: evenly spread between both. */
  up_to?: Duration | null;
  /** It does this: a kind of activity, such as an opening, a click, a reply, an attendance. */
  activity?: string | null;
  /** The properties of that activity. */
  properties?: { [name: string]: FieldValue };
  /** A deal comes to this stage: it converts. */
  deal?: string | null;
  /** It tells these fields. */
  set?: { [name: string]: FieldValue };
  /** What it allows on the effect's channel changes: `deny` is an unsubscription. */
  consent?: ConsentChange | null;
  /** What it may do then, with times counted from there. */
  then?: ReactionPolicy[];
}

/** Periods of the playbook's zone that tables count by. */
export type SimulationPeriod = "day" | "week" | "month";

/** Which rank is asked about. */
export interface WhyNotOptions {
  /** The scorecard; the playbook's first where absent. */
  scorecard?: string | null;
  /** The rank; the next better one where absent. */
  rank?: string | null;
  /** Whether activities count from when they were recorded, or from when they happened. */
  known?: Known;
}

/** What may be done to reach a rank, and how far to look. */
export interface WhatWouldOptions {
  /** The scorecard; the playbook's first where absent. */
  scorecard?: string | null;
  /** The rank; the next better one where absent. */
  rank?: string | null;
  /** Whether activities count from when they were recorded, or from when they happened. */
  known?: Known;
  /**
   * What can be influenced. Where absent: every activity that the scorecard looks at, and every field that it looks
   * at and of which nothing is known, save those that identify somebody; each at a cost of 1.
   */
  influence?: Influence | null;
  /** The most facts that a set may have: 1 to 6; 3 where absent. */
  size?: number | null;
  /** The most sets that are told; 5 where absent. */
  most?: number | null;
}

/** What can be influenced; with it nothing else. */
export interface Influence {
  /** Fields that can be given another value, or a set another item. */
  fields?: FieldInfluence[];
  /** Activities that can be brought about. */
  activities?: ActivityInfluence[];
}

/** A field that can be influenced: its name, or more. */
export type FieldInfluence = string | FieldCost;

/** What it costs to give a field another value. */
export interface FieldCost {
  /** The field. */
  field: string;
  /** What it costs; 1 where absent. */
  cost?: Points;
  /** The values that it can be given; where there are none, those that the playbook tells apart. */
  values?: FieldValue[];
}

/** points, with at most six decimals */
export type Points = number;

/** An activity that can be brought about: its kind, or more. */
export type ActivityInfluence = string | ActivityCost;

/** What it costs to bring an activity about. */
export interface ActivityCost {
  /** The kind. */
  kind: string;
  /** What it costs; 1 where absent. */
  cost?: Points;
  /** Its properties; where absent, any that the playbook tells apart. */
  properties?: { [name: string]: FieldValue } | null;
  /** The campaign that would bring it about. */
  campaign?: string | null;
}

/** What is asked of leads besides their scores, ranks and segments. */
export interface CompareOptions {
  /** How many of the leads that move are listed: 100. */
  limit?: number | null;
  /** Who there is to work leads: with a roster, how many each member and team would have to take. */
  roster?: Roster | null;
  /** The routing policy of both playbooks; the first of each if none is named. */
  policy?: string | null;
  /** How many weeks from the instant are lived through, to count what is sent in each. */
  weeks?: number | null;
  /** How leads answer in these weeks; without one nobody answers. */
  model?: ResponseModel | null;
  /** How many threads work, with the feature `threads`: as many as there are cores. The result does not depend on it. */
  threads?: number | null;
}

/**
 * How a table is read and what is written.
 *
 * As JSON its keys are the fields' names: `{"id": "lead_id", "figures": "total", "segments": "list",
 * "ledger": {"top": 3}}`.
 */
export interface TableOptions {
  /** The column of the leads' ids: texts or whole numbers. `id` unless told otherwise. */
  id?: string;
  /**
   * From a field of the playbook to the column that holds it; a field that is not here is looked for under its
   * own name. `source.<key>` and `consent.<channel>` name entries of the lead's source and consent.
   */
  columns?: { [name: string]: string };
  /**
   * Per scorecard, the columns of the rank that the lead held before and since when: for ranks that are kept
   * by margin or time.
   */
  standing?: { [name: string]: StandingColumns };
  /** The scorecards to write, in the order of the playbook; all of them if absent. */
  scorecards?: string[] | null;
  /** Which figures are written. */
  figures?: Figures;
  /** How points are written. */
  points?: PointsColumns;
  /** Whether ranks are written. */
  ranks?: boolean;
  /** Whether and how segments are written. */
  segments?: SegmentColumns;
  /** Whether and how much of the ledger is written. */
  ledger?: LedgerColumns;
  /** What becomes of a row with a value that cannot be read, or with points out of range. */
  bad_rows?: BadRows;
  /** The columns of the table of activities; `activity_columns` in JSON. */
  activity_columns?: ActivityColumns;
  /** How many threads work on one batch; all that the machine has if absent. The results are the same. */
  threads?: number | null;
}

/** The columns of a standing. */
export interface StandingColumns {
  /** The rank held: a text, empty for none. */
  rank: string;
  /** Since when: an instant with zone. A row without it has no standing. */
  since: string;
}

/** Which figures of a score sheet are written. */
export type Figures = "five" | "total" | "none";

/** How points are written. */
export type PointsColumns = "floats" | "millionths" | "decimals";

/** How segments are written. */
export type SegmentColumns = "none" | "booleans" | "list";

/** How much of the ledger is written, per scorecard. */
export type LedgerColumns =
  | "none"
  | "full"
  | {
      top: number;
    };

/** What becomes of a row that cannot be assessed: a value that is not of its field's type, points out of range. */
export type BadRows = "refuse" | "empty";

/**
 * The columns of a table of activities.
 *
 * Only those that the playbook's rules look at have to be there, besides lead, kind and time.
 */
export interface ActivityColumns {
  /** The id of the lead. */
  lead?: string;
  /**
   * The activity's own id, unique within the lead. Where the table has no such column, every row is an activity
   * of its own, and activities of one instant are in the order of the table.
   */
  id?: string;
  /** One of the playbook's `activities`; others are not looked at. */
  kind?: string;
  /** When it happened: an instant with zone. */
  at?: string;
  /** When we learnt of it. Without the column, or empty: when it happened. */
  recorded_at?: string;
  /** `human`, `machine` or `unsure`. Without the column, or empty: `human`. */
  trust?: string;
  /** The campaign that brought it about. */
  campaign?: string;
  /** From a property to the column that holds it; a property that is not here is looked for under its own name. */
  properties?: { [name: string]: string };
}
