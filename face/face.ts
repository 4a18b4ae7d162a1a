/**
 * The typed face of both JavaScript packages. It converts and documents; the work is the engine's.
 *
 * `native` is what it stands on, `errors` what it throws, `playbook` and `engine` are the handles. The methods of an engine
 * stand by room, each part upon the one before: `calls`, `capture`, `nurturing`, `templates`, `simulation`, `routing`, `trust`,
 * `why`, `lint`, `insight`, `engine`. `analytics` needs no engine.
 */

import { attempt } from "./errors.js";
import { bound } from "./native.js";
import type { Lead } from "./types.js";

export { analytics } from "./analytics.js";
export type * from "./capture.js";
export { type AssessOptions, Engine } from "./engine.js";
export { CallError, EvaluationError, IkuseiError, LeadError, PlaybookError } from "./errors.js";
export { migrate, type System } from "./migration.js";
/** @internal */
export { bind, type Native, type NativeEngine, type NativePlaybook } from "./native.js";
export type { LintOptions } from "./lint.js";
export type * from "./nurturing.js";
export { type DiffOptions, Playbook, type PlaybookOptions } from "./playbook.js";
export type * from "./routing.js";
export type { ActivityState, ActivityStateOptions, ArrowTable, AssessedTable, AssessTableOptions } from "./tables.js";
export type * from "./simulation.js";
export type * from "./templates.js";
export type * from "./types.js";

/**
 * The version of the package.
 *
 * @example
 * ```ts
 * console.log(/^\d+\.\d+\.\d+/.test(version())); // true
 * ```
 */
export function version(): string {
  return bound().version();
}

/**
 * Reads a lead record, and gives it back in its normal form: instants in UTC, whole numbers whole, an activity that
 * came twice once, what is empty left out. No playbook is asked: whether fields have their types is told by `assess`.
 *
 * @example
 * ```ts
 * const lead = readLead({ id: "lead-1", fields: { size: 300.0 }, activities: [] });
 * console.log(JSON.stringify(lead)); // {"id":"lead-1","fields":{"size":300}}
 * ```
 *
 * @param record an object, or the text of its JSON document
 * @throws {LeadError} if the record is malformed; where it is text, with line and column
 */
export function readLead(record: Lead | string): Lead {
  const json = attempt(() =>
    typeof record === "string" ? bound().parseLead(record) : bound().openLead(JSON.stringify(record)),
  );
  return JSON.parse(json) as Lead;
}
