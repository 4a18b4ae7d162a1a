/** What a playbook says and probably does not mean. */

import type { Lint } from "./types.js";
import { Explaining } from "./why.js";

/** What lint leaves out. */
export interface LintOptions {
  /** Codes of findings that are not wanted, such as `IK0907`. */
  disable?: string[];
  /** The mildest severity that is told: `note`, unless it is said otherwise. */
  severity?: "warning" | "note";
}

/** The part of an engine that speaks of its playbook. */
export abstract class Linting extends Explaining {
  /**
   * What its playbook says and probably does not mean: see `Playbook.lint`.
   *
   * @throws {CallError} for a code that lint does not have
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * console.log(engine.lint().findings.length); // 0
   * ```
   */
  lint(options: LintOptions = {}): Lint {
    return this.ask("lint", { ...options });
  }
}
