/** Rules of other systems as a playbook. */

import { answer } from "./errors.js";
import { bound } from "./native.js";
import type { Imported } from "./types.js";

/** A system whose rules can be imported. */
export type System = "zoho" | "hubspot" | "gorules" | "json-rules-engine";

/**
 * Makes a playbook of another system's rules, with a list of what could not be carried over: place, reason, what to do.
 * `text` is the JSON that it exports; of HubSpot also the table (CSV) of its properties. The slim browser build has none.
 *
 * @throws {CallError} for a text that is not of that system
 *
 * @example
 * ```ts
 * const rules = [{ conditions: { all: [{ fact: "size", operator: "greaterThan", value: 300 }] }, event: { type: "large" } }];
 * const { playbook, left } = migrate("json-rules-engine", JSON.stringify(rules));
 * console.log(Playbook.parse(playbook).name, left.length); // imported 0
 * ```
 */
export function migrate(from: System, text: string): Imported {
  const native = bound().migrate;
  if (native === undefined) {
    throw new Error("the slim build imports nothing: use the full one");
  }
  return answer(native(JSON.stringify({ from, text })));
}
