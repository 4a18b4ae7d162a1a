/** How decisions came about, and what changes next. */

import { instant } from "./calls.js";
import { Handing } from "./routing.js";
import type { InstantLike, Lead, TimedChange, Timeline } from "./types.js";

/** The part of an engine that tells the past and the future of a lead. */
export abstract class Tracing extends Handing {
  /**
   * Every change of a lead's scores, ranks, segments and owners after `from` and up to `to`, each with its exact instant, its
   * causes and a sentence. With `known: "now"` an activity that was recorded late counts from when it happened.
   *
   * @throws {CallError} if `to` is before `from`, or too much may change between them
   * @throws {EvaluationError} where a condition's change with time cannot be foreseen; otherwise as `assess`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * const timeline = engine.timeline({ id: "lead-1" }, "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z");
   * console.log(timeline.start.rank, timeline.changes.length); // C 0
   * ```
   */
  timeline(lead: Lead, from: InstantLike, to: InstantLike, options: { known?: "then" | "now" } = {}): Timeline {
    return this.ask("timeline", { lead, from: instant(from), to: instant(to), ...options });
  }

  /**
   * The next change of a lead's scores, ranks or segments if nothing happens after `at`; null if there is none, or none
   * up to `until`.
   *
   * @throws as `timeline`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * console.log(engine.nextChange({ id: "lead-1" }, new Date())); // null
   * ```
   */
  nextChange(lead: Lead, at: InstantLike, options: { until?: InstantLike } = {}): TimedChange | null {
    const { until } = options;
    return this.ask("next_change", { lead, at: instant(at), ...(until !== undefined && { until: instant(until) }) });
  }
}
