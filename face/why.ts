/** Why a lead has its rank, why it has no better one, what would give it that; and receipts of decisions. */

import { instant } from "./calls.js";
import { Tracing } from "./trust.js";
import type {
  InstantLike,
  Known,
  Lead,
  Receipt,
  ReceiptCheck,
  WhatWould,
  WhatWouldOptions,
  Why,
  WhyNot,
  WhyNotOptions,
} from "./types.js";

/** The part of an engine that answers for its decisions. */
export abstract class Explaining extends Tracing {
  /**
   * Why a lead has its rank: the facts that carry it alone, and those on which it hinges.
   *
   * @throws {CallError} if there is no such scorecard; otherwise as `assess`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * const lead = { id: "lead-1", fields: { employees: 320, industry: "製造業" } };
   * console.log(engine.why(lead, "2026-05-01T00:00:00Z").facts.length); // 2
   * ```
   */
  why(lead: Lead, at: InstantLike, options: { scorecard?: string; known?: Known } = {}): Why {
    return this.ask("why", { lead, at: instant(at), ...options });
  }

  /**
   * What stands between a lead and a rank (the next better one where none is named).
   *
   * @throws {CallError} if there is no such scorecard or rank; otherwise as `assess`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * const found = engine.whyNot({ id: "lead-1", fields: { employees: 60 } }, "2026-05-01T00:00:00Z");
   * console.log(found.words.en); // overall is C, not B: 20 points are missing (10 of 30)
   * ```
   */
  whyNot(lead: Lead, at: InstantLike, options: WhyNotOptions = {}): WhyNot {
    return this.ask("why_not", { lead, at: instant(at), ...options });
  }

  /**
   * The cheapest sets of activities and field values with which a lead would have a rank (or a better one), among those
   * that `influence` names: without it every activity that counts, and every field of which nothing is known.
   *
   * @throws {CallError} for what the playbook does not have; otherwise as `assess`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * const influence = { activities: [{ kind: "seminar_attended", cost: 3 }] };
   * const found = engine.whatWould({ id: "lead-1", fields: { employees: 60 } }, "2026-05-01T00:00:00Z", { influence });
   * console.log(found.suggestions.map((way) => `${way.words.en}, ${way.cost}`)); // [ 'seminar_attended happens: B (30 points), 3' ]
   * ```
   */
  whatWould(lead: Lead, at: InstantLike, options: WhatWouldOptions = {}): WhatWould {
    return this.ask("what_would", { lead, at: instant(at), ...options });
  }

  /**
   * A receipt of what `assess` says of a lead at an instant: keep it beside the decision. Its JSON text has the same bytes
   * in every language.
   *
   * @throws as `assess`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * const stored = JSON.stringify(engine.receipt({ id: "lead-1" }, "2026-05-01T00:00:00Z"));
   * console.log(engine.verifyReceipt({ id: "lead-1" }, JSON.parse(stored)).holds); // true
   * ```
   */
  receipt(lead: Lead, at: InstantLike, options: { known?: Known } = {}): Receipt {
    return this.ask("receipt", { lead, at: instant(at), ...options });
  }

  /**
   * Recomputes a receipt from a record, and says what differs.
   *
   * @throws {CallError} for what is no receipt, or one of a format that this version does not know; otherwise as `assess`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * const receipt = engine.receipt({ id: "lead-1" }, "2026-05-01T00:00:00Z");
   * const check = engine.verifyReceipt({ id: "lead-1", fields: { employees: 320 } }, receipt);
   * console.log(check.differs.map(({ what }) => what)); // [ 'fields', 'decision' ]
   * ```
   */
  verifyReceipt(lead: Lead, receipt: Receipt): ReceiptCheck {
    return this.ask("verify_receipt", { lead, receipt });
  }
}
