/** The records that go in and come out, as JSON. */

/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** An instant: a `Date`, or ISO 8601 text with an offset or `Z`. */
export type InstantLike = Date | string;

/** A value of a field or property; a `Date` becomes its ISO text. */
export type FieldValue = Json | Date | FieldValue[];

/** A lead record. Keys other than these are refused; `fields`, `source` and `properties` take any. */
export interface Lead {
  id: string;
  fields?: { [name: string]: FieldValue };
  identities?: { kind: string; value: string; verified?: boolean }[];
  source?: { [name: string]: FieldValue };
  consent?: { [channel: string]: { status: "granted" | "denied" | "unknown"; at?: InstantLike; basis?: string } };
  activities?: Activity[];
  campaigns?: { campaign: string; status?: string; at: InstantLike }[];
  deals?: { id: string; stage: string; amount?: string; at: InstantLike }[];
  standing?: { [scorecard: string]: Standing };
}

/** One thing that a lead did. */
export interface Activity {
  id: string;
  kind: string;
  /** When it happened. */
  at: InstantLike;
  /** When it was learnt of; when it happened, if absent. */
  recorded_at?: InstantLike;
  properties?: { [name: string]: FieldValue };
  campaign?: string;
  /** Only a person's activities score. */
  trust?: "human" | "machine" | "unsure";
}

/** The rank that a lead last held on a scorecard. */
export interface Standing {
  rank?: string | null;
  since: InstantLike;
}

/** Scores, ranks and segments of a lead as of an instant. */
export interface Assessment {
  lead: string;
  at: string;
  /** The rank on the main scorecard, which is the playbook's first. */
  rank: string | null;
  /** The segments that the lead is in. */
  segments: string[];
  scores: { [scorecard: string]: ScoreSheet };
  ranks: { [scorecard: string]: RankDecision };
  /** Expressions that failed on this lead, and so gave nothing. */
  warnings?: Diagnostic[];
}

/** What one scorecard says: `total` is the sum of the four other figures, exactly. */
export interface ScoreSheet {
  fit_plus: number;
  fit_minus: number;
  engagement_plus: number;
  engagement_minus: number;
  total: number;
  /** Between 0 and 1, where the scorecard has a reading. */
  probability?: number;
  /** Every entry; they add up to the figures. Absent where only figures were asked for. */
  ledger?: LedgerEntry[];
}

/** One line of the ledger. */
export interface LedgerEntry {
  kind: string;
  side: "fit_plus" | "fit_minus" | "engagement_plus" | "engagement_minus";
  points: number;
  rule?: string;
  label?: string;
  group?: string;
  activity?: { id: string; kind: string; at: string; base: number; weight: number; until?: string };
  values?: { [field: string]: Json };
}

/** The rank on one scorecard, and why. */
export interface RankDecision {
  rank: string | null;
  label?: string;
  hot: boolean;
  handling?: { by: string; how: string };
  since: string;
  /** What decided: one word, or one key with its particulars. */
  cause: string | { [cause: string]: { [name: string]: Json } };
}

/** Whether a lead is in a segment, and what decided it. */
export interface Membership {
  segment: string;
  member: boolean;
  because: string;
  /** The parts of the condition that were looked at, with their values. */
  trace?: Json;
}

/** The members of a segment among some leads. */
export interface Members {
  segment: string;
  /** How many there are, those beyond the segment's limit included. */
  total: number;
  leads: string[];
}

/** One problem: what, where, and what to do about it. */
export interface Diagnostic {
  /** Stable code, such as `IK0102`. */
  code: string;
  severity: "error" | "warning";
  message: string;
  /** JSON Pointer to the place, such as `/scorecards/overall/rules/0/when`. */
  path?: string;
  /** The place in the text; lines and columns count from 1, `start` and `end` are bytes of UTF-8. */
  span?: Span;
  help?: string;
  suggestion?: { replace_with: string };
  related?: { message: string; path: string; span?: Span }[];
}

/** A stretch of source text. */
export interface Span {
  file?: string;
  start: number;
  end: number;
  line: number;
  column: number;
}
