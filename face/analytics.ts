/** What worked, what it cost, what to change next. */

import { answer } from "./errors.js";
import { bound } from "./native.js";
import { plainTable } from "./tables.js";
import type {
  Analysis,
  AttributionRequest,
  CalibrationRequest,
  FrequencyRequest,
  FunnelRequest,
  IcebergRequest,
  LearnRequest,
  LiftRequest,
  PresenceRequest,
  RetrospectiveRequest,
  ReturnsRequest,
  Table,
  VersionsRequest,
} from "./types.js";

/**
 * What worked, what it cost, what to change next: tables in, tidy tables out. A table is a list of rows, an object of
 * columns, or an Arrow table (`tableFromIPC` of apache-arrow gives one). The slim browser build leaves it out.
 *
 * @example
 * ```ts
 * const { tables } = analytics.attribution({ paths: [{ path: "search > mail", conversions: 3 }], models: ["linear"] });
 * console.log(tables[0]?.rows[0]?.["channel"], tables[0]?.rows[0]?.["conversions"]); // search 1.500000
 * ```
 */
export class analytics {
  private constructor() {}

  /**
   * Which touches share in conversions and revenue, by every model asked for. Credits add up exactly.
   *
   * @throws {CallError} for tables that it cannot read
   *
   * @example
   * ```ts
   * const paths = [{ path: "search > mail", conversions: 3 }];
   * const [credits] = analytics.attribution({ paths, models: ["first"] }).tables;
   * console.log(credits?.rows.map((row) => row["conversions"])); // [ '3.000000', '0.000000' ]
   * ```
   */
  static attribution(request: AttributionRequest): Analysis {
    return analyse("attribution", request);
  }

  /**
   * Conversion of every group against the one that was left alone, with intervals and a sample-ratio check.
   *
   * @throws {CallError} for tables that it cannot read
   *
   * @example
   * ```ts
   * const groups = [{ group: "mailed", leads: 900, conversions: 90 }, { group: "control", leads: 100, conversions: 5 }];
   * console.log(analytics.lift({ groups, holdout: "control" }).tables[0]?.rows[0]?.["rate"]); // 0.1
   * ```
   */
  static lift(request: LiftRequest): Analysis {
    return analyse("lift", request);
  }

  /**
   * Who came how far, how long it took, and where they were lost: by any columns, those who still wait included.
   *
   * @throws {CallError} for tables that it cannot read
   *
   * @example
   * ```ts
   * const leads = [
   *   { lead: "2026-05-01", won: "2026-05-15", origin: "search" },
   *   { lead: "2026-05-02", won: null, origin: "mail" },
   * ];
   * const { tables } = analytics.funnel({ leads, stages: ["lead", "won"], by: ["origin"] });
   * console.log(tables[0]?.rows[1]?.["stage"], tables[0]?.rows[1]?.["rate"]); // won 0.5
   * ```
   */
  static funnel(request: FunnelRequest): Analysis {
    return analyse("funnel", request);
  }

  /**
   * What leads, stages and deals cost, and what came back, at every level of drill-down; amounts are exact.
   *
   * @throws {CallError} for tables that it cannot read
   *
   * @example
   * ```ts
   * const spend = [{ campaign: "expo", cost: 1000 }];
   * const leads = [{ campaign: "expo", won: true, revenue: 1500 }, { campaign: "expo", won: false, revenue: null }];
   * const { tables } = analytics.returns({ spend, leads, stages: ["won"], by: ["campaign"], currency: "JPY" });
   * console.log(tables[0]?.rows[1]?.["cost_per_lead"], tables[0]?.rows[1]?.["roi"]); // 500 0.5
   * ```
   */
  static returns(request: ReturnsRequest): Analysis {
    return analyse("returns", request);
  }

  /**
   * Whether scores, ranks and probabilities mean what they say: conversion by rank and band, AUC, gains, reliability.
   *
   * @throws {CallError} for tables that it cannot read
   *
   * @example
   * ```ts
   * const leads = [{ score: 80, won: true }, { score: 60, won: false }, { score: 20, won: false }];
   * console.log(analytics.calibration({ leads }).figures?.["auc"]); // 1
   * ```
   */
  static calibration(request: CalibrationRequest): Analysis {
    return analyse("calibration", request);
  }

  /**
   * The chance that a deal is won, by naive Bayes from counts of won and lost deals, with what each value contributes.
   * The table `counts` is all that needs to be kept.
   *
   * @throws {CallError} for tables that it cannot read
   *
   * @example
   * ```ts
   * const closed = [{ stage: "new", won: true, country: "JP" }, { stage: "new", won: false, country: "US" }];
   * const open = [{ deal: "d1", stage: "new", country: "JP" }];
   * const { tables } = analytics.frequency({ stages: ["new"], fields: ["country"], closed, open });
   * console.log(Number(tables[0]?.rows[0]?.["chance"]).toFixed(4)); // 0.9167
   * ```
   */
  static frequency(request: FrequencyRequest): Analysis {
    return analyse("frequency", request);
  }

  /**
   * Points for a scorecard, learnt from what came of leads, with the evidence for each.
   *
   * @throws {CallError} for tables that it cannot read
   *
   * @example
   * ```ts
   * const leads = Array.from({ length: 200 }, (_, i) => ({ big: i % 2 === 0, won: i % 2 === 0 ? i % 8 < 6 : i % 8 === 1 }));
   * const { tables } = analytics.learn({ leads, features: ["big"] });
   * console.log(tables[0]?.rows.map((row) => `${row["value"]} ${Number(row["points"]) > 0}`)); // [ 'false false', 'true true' ]
   * ```
   */
  static learn(request: LearnRequest): Analysis {
    return analyse("learn", request);
  }

  /**
   * Versions of a template against each other: rates with intervals, the chance of being best, and whether to stop.
   *
   * @throws {CallError} for tables that it cannot read
   *
   * @example
   * ```ts
   * const versions = [{ version: "a", sent: 1000, clicked: 50 }, { version: "b", sent: 1000, clicked: 120 }];
   * console.log(analytics.versions({ versions }).figures?.["advice"]); // stop
   * ```
   */
  static versions(request: VersionsRequest): Analysis {
    return analyse("versions", request);
  }

  /**
   * How many leads at what likelihood, who works them, and which sleeping ones are worth a word.
   *
   * @throws {CallError} for tables that it cannot read
   *
   * @example
   * ```ts
   * const leads = [{ lead: "l1", chance: 0.3, handler: "sales" }, { lead: "l2", chance: 0.01, handler: "marketing" }];
   * console.log(analytics.iceberg({ leads }).figures?.["expected_deals"]); // 0.31
   * ```
   */
  static iceberg(request: IcebergRequest): Analysis {
    return analyse("iceberg", request);
  }

  /**
   * What to change next, in content and in the follow-up of sales: a ranked list of actions with their evidence.
   *
   * @throws {CallError} for tables that it cannot read
   *
   * @example
   * ```ts
   * const contents = [{ content: "guide", seen: 100, converted: 30, others: 100, others_converted: 10 }];
   * console.log(analytics.retrospective({ contents }).tables[0]?.rows[0]?.["effect"]); // 20
   * ```
   */
  static retrospective(request: RetrospectiveRequest): Analysis {
    return analyse("retrospective", request);
  }

  /**
   * Awareness, consideration and use of a brand from weighted survey answers, by segment and wave; share of search.
   *
   * @throws {CallError} for tables that it cannot read
   *
   * @example
   * ```ts
   * const answers = [{ aided: true, weight: 3 }, { aided: false, weight: 1 }];
   * console.log(analytics.presence({ answers, measures: ["aided"] }).tables[0]?.rows[0]?.["rate"]); // 0.75
   * ```
   */
  static presence(request: PresenceRequest): Analysis {
    return analyse("presence", request);
  }

  /**
   * The picture of a table: a Vega-Lite specification, its data inside; null for a table that is for reading only.
   *
   * @example
   * ```ts
   * const groups = [{ group: "mailed", leads: 900, conversions: 90 }, { group: "control", leads: 100, conversions: 5 }];
   * const { tables } = analytics.lift({ groups, holdout: "control" });
   * console.log(tables[0] && analytics.chart(tables[0], "ja")?.["title"]); // ホールドアウトに対するリフト
   * ```
   */
  static chart(table: Table, language: "en" | "ja" = "ja"): { [name: string]: unknown } | null {
    return analyse("chart", { table, language });
  }
}

function analyse<T>(method: string, request: object): T {
  const native = bound().analytics;
  if (native === undefined) {
    throw new Error("the slim build has no analytics: use the full one");
  }
  return answer(native(method, JSON.stringify(request, plainTable)));
}
