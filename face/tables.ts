/** What goes into an assessment of a table, and what comes out. */

import type { Diagnostic } from "./types.js";

/** How a table is read and what is written; all are optional. */
export interface TableOptions {
  /** What the leads did: a table with `lead_id`, `kind`, `at` and a column per property, as bytes of Arrow's IPC format. */
  activities?: Uint8Array;
  signal?: AbortSignal;
  /** The column of the leads' ids, `id` unless told otherwise. */
  id?: string;
  /** From a field to its column, where it is called otherwise; `source.<key>` and `consent.<channel>` too. */
  columns?: { [field: string]: string };
  /** Per scorecard, the columns of the rank held before and since when. */
  standing?: { [scorecard: string]: { rank: string; since: string } };
  /** The scorecards to write; all if absent. */
  scorecards?: string[];
  /** Which figures; all five if absent. */
  figures?: "five" | "total" | "none";
  /** How points are written; as floats if absent. */
  points?: "floats" | "millionths" | "decimals";
  /** Whether ranks are written; they are if absent. */
  ranks?: boolean;
  /** Whether and how segments are written; not at all if absent. */
  segments?: "none" | "booleans" | "list";
  /** The whole ledger, or so many reasons; none if absent. */
  ledger?: "none" | "full" | { top: number };
  /** What becomes of rows that cannot be assessed: the table is refused, or their results are null. */
  bad_rows?: "refuse" | "empty";
  /** The columns of the table of activities, where they are not called as the keys here are. */
  activity_columns?: {
    lead?: string;
    id?: string;
    kind?: string;
    at?: string;
    recorded_at?: string;
    trust?: string;
    campaign?: string;
    properties?: { [property: string]: string };
  };
  /** How many threads work; all that the machine has if absent. The results are the same. */
  threads?: number;
}

/** A table that has been assessed. */
export interface AssessedTable {
  /** One row per lead, in the order of the leads, as bytes of an Arrow stream. */
  table: Uint8Array;
  /** What there is to say besides. */
  report: TableReport;
}

/** What there is to say about a table besides its result. */
export interface TableReport {
  /** How many rows were assessed. */
  rows: number;
  /** Columns of fields that something in question looks at and that the table lacks: read as empty. */
  missing: string[];
  /** Columns that nothing in question looks at. */
  extra: string[];
  /** Expressions that failed on some row, and gave nothing there: each once. */
  warnings: Diagnostic[];
  /** Rows that could not be assessed, with `bad_rows: "empty"`. */
  bad_rows: number;
  /** The problems of those rows: the first hundred. */
  problems: Diagnostic[];
}

/** How a table would be assessed. */
export interface TablePlan {
  /** As text: one kernel after another with its rules. */
  text: string;
  /** What is done, in this order. */
  steps: { column: string | null; kernel: string; rules: string[] }[];
}
