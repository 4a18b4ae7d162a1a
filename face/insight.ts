/** Analyses that need a playbook: campaigns, where scores come from, what another playbook would have said. */

import { instant } from "./calls.js";
import { Linting } from "./lint.js";
import { type ArrowTable, asRows } from "./tables.js";
import type { Analysis, BacktestOptions, InstantLike, Lead, Rows, ScoreLiftOptions } from "./types.js";

/** The part of an engine that looks at many leads at once to judge campaigns and the playbook itself. */
export abstract class Judging extends Linting {
  /**
   * Plan and actuals of the playbook's campaigns: money, leads, goals, members, and what should be seen to. `spend` has
   * `campaign`, `cost`, and if known `at`, `kind` and `currency`. The slim browser build leaves it out.
   *
   * @throws {CallError} for a campaign or currency that the playbook does not have
   * @throws as `assess`, for the first lead in question
   *
   * @example
   * ```ts
   * const engine = Playbook.parse({ ikusei: 1, name: "demo", campaigns: { expo: { budget: "3000000 JPY" } } }).compile();
   * const [found] = engine.campaigns([], new Date(), [{ campaign: "expo", cost: 1200000 }]).tables;
   * console.log(found?.rows[0]?.["left"]); // 1800000
   * ```
   */
  campaigns(leads: readonly Lead[], at: InstantLike, spend: Rows | ArrowTable = []): Analysis {
    return this.ask("campaigns", { leads, at: instant(at), spend: asRows(spend) });
  }

  /**
   * Where the engagement points of leads come from, out of their ledgers; where the hot ones came from; and which content
   * goes before a won deal. The slim browser build leaves it out.
   *
   * @throws {CallError} if there is no such scorecard
   * @throws as `assess`, for the first lead in question
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * const found = engine.scoreLift([{ id: "lead-1", fields: { employees: 320 } }], new Date());
   * console.log(found.figures?.["engagement"]); // 0
   * ```
   */
  scoreLift(leads: readonly Lead[], at: InstantLike, options: ScoreLiftOptions = {}): Analysis {
    return this.ask("score_lift", { leads, at: instant(at), options });
  }

  /**
   * What another playbook would have said of the same leads over the same time: who moves and why, precision and recall
   * against won deals, load on sales, restlessness. The slim browser build leaves it out.
   *
   * @param candidate the other playbook, or its text
   * @throws {PlaybookError} if the text is not a playbook
   * @throws {CallError} for a time that is over before it begins, or too many instants
   * @throws as `assess`, for the first lead in question
   *
   * @example
   * ```ts
   * const playbook = Playbook.load("examples/quickstart/playbook.yaml");
   * const found = playbook.compile().backtest(playbook, [{ id: "lead-1" }], "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z");
   * console.log(found.figures?.["moved"]); // 0
   * ```
   */
  backtest(
    candidate: string | { toJSON(): unknown },
    leads: readonly Lead[],
    from: InstantLike,
    to: InstantLike,
    options: BacktestOptions = {},
  ): Analysis {
    const text = typeof candidate === "string" ? candidate : JSON.stringify(candidate);
    return this.ask("backtest", { candidate: text, leads, from: instant(from), to: instant(to), options });
  }
}
