/** The typed face of both JavaScript packages. It converts and documents; the work is the engine's. */

import { instant } from "./calls.js";
import { Handing, type RosterLike, type RouteOptions } from "./routing.js";
import type {
  Analysis,
  Assessment,
  AttributionRequest,
  CalibrationRequest,
  Diagnostic,
  FrequencyRequest,
  FunnelRequest,
  IcebergRequest,
  InstantLike,
  Lead,
  LearnRequest,
  LiftRequest,
  Members,
  Membership,
  PresenceRequest,
  RetrospectiveRequest,
  ReturnsRequest,
  Roster,
  Routed,
  Table,
  TimedChange,
  Timeline,
  VersionsRequest,
} from "./types.js";

export type * from "./capture.js";
export type * from "./nurturing.js";
export type * from "./routing.js";
export type * from "./types.js";

/** What a binding gives the face: handles, and JSON text across the border. @internal */
export interface Native {
  version(): string;
  openLead(json: string): string;
  parseLead(json: string): string;
  Playbook: { open(args: string): NativePlaybook };
  /** Absent in the slim browser build. */
  analytics?(method: string, args: string): string;
  /** Where the binding can read files. */
  readText?(path: string): string;
}

/** @internal */
export interface NativePlaybook {
  name(): string;
  fingerprint(): string;
  toText(): string;
  compile(): NativeEngine;
  forBrowser(args: string): NativePlaybook;
  free(): void;
}

/** @internal */
export interface NativeEngine {
  fingerprint(): string;
  call(method: string, args: string): string;
  /** Where the binding has threads. */
  callLater?(method: string, args: string, signal?: AbortSignal): Promise<string>;
  free(): void;
}

let native: Native | undefined;

/** Puts the face before a loaded binding. @internal */
export function bind(loaded: Native): void {
  native = loaded;
}

function bound(): Native {
  if (native === undefined) {
    throw new Error("ikusei is not loaded yet: await init() first");
  }
  return native;
}

/**
 * Whatever ikusei refuses.
 *
 * @example
 * ```ts
 * try {
 *   Playbook.parse({ ikusei: 1, name: "demo", feilds: {} });
 * } catch (error) {
 *   console.log(error instanceof IkuseiError, (error as IkuseiError).code); // true IK0102
 * }
 * ```
 */
export class IkuseiError extends Error {
  override name = "IkuseiError";
  /** The code of the first diagnostic, such as `IK0102`. */
  readonly code: string;
  /** Everything that was found, in document order. */
  readonly diagnostics: readonly Diagnostic[];

  /** @internal */
  constructor(refusal: Refusal) {
    super(refusal.message);
    this.code = refusal.code;
    this.diagnostics = refusal.diagnostics;
  }
}

/**
 * The playbook was refused.
 *
 * @example
 * ```ts
 * try {
 *   Playbook.parse({ ikusei: 1, name: "demo", feilds: {} });
 * } catch (error) {
 *   if (!(error instanceof PlaybookError)) throw error;
 *   console.log(error.diagnostics[0]?.path, error.diagnostics[0]?.help); // /feilds did you mean `fields`?
 * }
 * ```
 */
export class PlaybookError extends IkuseiError {
  override name = "PlaybookError";
}

/**
 * The lead record was refused.
 *
 * @example
 * ```ts
 * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
 * try {
 *   engine.assess({ id: "lead-1", fields: { employees: "many" } }, new Date());
 * } catch (error) {
 *   console.log(error instanceof LeadError, (error as IkuseiError).code); // true IK0402
 * }
 * ```
 */
export class LeadError extends IkuseiError {
  override name = "LeadError";
}

/**
 * The call itself was wrong: arguments that it does not take, a name that the playbook does not have.
 *
 * @example
 * ```ts
 * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
 * try {
 *   engine.assess({ id: "lead-1" }, "yesterday");
 * } catch (error) {
 *   console.log(error instanceof CallError, (error as IkuseiError).code); // true IK0601
 * }
 * ```
 */
export class CallError extends IkuseiError {
  override name = "CallError";
}

/**
 * Playbook and lead are fine, and the figures cannot be held.
 *
 * @example
 * ```ts
 * const rules = Array.from({ length: 3 }, (_, index) => ({ id: `r${index}`, points: 4_000_000_000 }));
 * const engine = Playbook.parse({ ikusei: 1, name: "demo", scorecards: { overall: { rules, ranks: [{ rank: "A" }] } } }).compile();
 * try {
 *   engine.assess({ id: "lead-1" }, new Date());
 * } catch (error) {
 *   console.log(error instanceof EvaluationError, (error as IkuseiError).code); // true IK0501
 * }
 * ```
 */
export class EvaluationError extends IkuseiError {
  override name = "EvaluationError";
}

interface Refusal {
  kind: string;
  code: string;
  message: string;
  diagnostics: Diagnostic[];
}

type Envelope<T> = { ok: T } | { error: Refusal };

const kinds = new Map<string, new (refusal: Refusal) => IkuseiError>([
  ["playbook", PlaybookError],
  ["lead", LeadError],
  ["call", CallError],
  ["evaluation", EvaluationError],
]);

function errorOf(refusal: Refusal): IkuseiError {
  return new (kinds.get(refusal.kind) ?? IkuseiError)(refusal);
}

function open<T>(envelope: Envelope<T>): T {
  if ("error" in envelope) {
    throw errorOf(envelope.error);
  }
  return envelope.ok;
}

/** Runs a native call; an envelope that it throws becomes the error that it describes. */
function attempt<T>(run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    const text = thrown instanceof Error ? thrown.message : String(thrown);
    if (text.startsWith('{"error":')) {
      throw errorOf((JSON.parse(text) as { error: Refusal }).error);
    }
    throw thrown;
  }
}

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

/** What a playbook may refer to. */
export interface PlaybookOptions {
  /** What diagnostics call the text. */
  name?: string;
  /** The texts that `extends` may name. */
  library?: { [name: string]: string };
  /** The playbook's own overlays to lay over it, in this order. */
  overlays?: string[];
}

/**
 * A playbook that has been read and checked as a whole.
 *
 * @example
 * ```ts
 * const playbook = Playbook.parse({ ikusei: 1, name: "demo" });
 * console.log(playbook.name); // demo
 * ```
 */
export class Playbook {
  readonly #native: NativePlaybook;

  private constructor(handle: NativePlaybook) {
    this.#native = handle;
  }

  /**
   * Reads a playbook from YAML or JSON text, or from an object.
   *
   * @throws {PlaybookError} with every problem there is, each with its code, its place and what to do about it
   *
   * @example
   * ```ts
   * const playbook = Playbook.parse('{"ikusei": 1, "name": "demo"}', { name: "demo.json" });
   * console.log(playbook.name); // demo
   * ```
   */
  static parse(playbook: string | object, options: PlaybookOptions = {}): Playbook {
    const text = typeof playbook === "string" ? playbook : JSON.stringify(playbook);
    return new Playbook(attempt(() => bound().Playbook.open(JSON.stringify({ ...options, text }))));
  }

  /**
   * Reads a playbook from a file, where there are files; a page fetches the text and calls `parse`.
   *
   * @throws {PlaybookError} as `parse`
   *
   * @example
   * ```ts
   * const playbook = Playbook.load("examples/quickstart/playbook.yaml");
   * console.log(playbook.name); // quickstart
   * ```
   */
  static load(path: string, options: PlaybookOptions = {}): Playbook {
    const { readText } = bound();
    if (readText === undefined) {
      throw new Error("a page reads no files: fetch the text and call Playbook.parse");
    }
    return Playbook.parse(readText(path), { name: path, ...options });
  }

  /** Its name. */
  get name(): string {
    return this.#native.name();
  }

  /** What identifies it: layout, comments and spelling aside, equal fingerprints mean equal playbooks. */
  get fingerprint(): string {
    return this.#native.fingerprint();
  }

  /**
   * The engine that runs it.
   *
   * @example
   * ```ts
   * const playbook = Playbook.load("examples/quickstart/playbook.yaml");
   * console.log(playbook.compile().fingerprint === playbook.fingerprint); // true
   * ```
   */
  compile(): Engine {
    return new Engine(attempt(() => this.#native.compile()));
  }

  /**
   * The playbook cut to what a page may see: the named scorecards, segments and captures, with what they look at.
   *
   * What is left is public: every visitor can read the rules, thresholds and conditions, and can send whatever
   * score he likes. Show a page only what may be known, and assess the lead again on the server.
   *
   * @throws {CallError} for a name that the playbook does not have
   *
   * @example
   * ```ts
   * const playbook = Playbook.load("examples/quickstart/playbook.yaml");
   * const cut = playbook.forBrowser(["overall"]);
   * console.log(cut.compile().assess({ id: "visitor", fields: { employees: 320 } }, new Date()).scores["overall"]?.total); // 25
   * ```
   */
  forBrowser(scorecards: string[], segments: string[] = [], captures: string[] = []): Playbook {
    const args = JSON.stringify({ scorecards, segments, captures });
    return new Playbook(attempt(() => this.#native.forBrowser(args)));
  }

  /**
   * The whole of it as data, everything extended and laid over merged in.
   *
   * @example
   * ```ts
   * console.log(Playbook.parse({ ikusei: 1, name: "demo" }).toJSON()); // { ikusei: 1, name: 'demo' }
   * ```
   */
  toJSON(): unknown {
    return JSON.parse(this.#native.toText());
  }

  /** Gives its memory back now; it cannot be used any more. */
  free(): void {
    this.#native.free();
  }

  /** For `using`. */
  [Symbol.dispose](): void {
    this.free();
  }
}

/** Leads that go to a thread at once, and how many such portions are under way. */
const CHUNK = 250;
const AHEAD = 4;

/** What to say of a lead. */
export interface AssessOptions {
  /** Whether score sheets carry their ledgers. */
  ledger?: boolean;
}

/**
 * A compiled playbook: immutable, made once and used for every lead.
 *
 * @example
 * ```ts
 * const engine = Playbook.parse({
 *   ikusei: 1,
 *   name: "demo",
 *   fields: { size: { type: "integer" } },
 *   scorecards: { overall: { rules: [{ id: "big", when: "size >= 300", points: 25 }], ranks: [{ rank: "A", at_least: 20 }] } },
 * }).compile();
 * console.log(engine.assess({ id: "lead-1", fields: { size: 320 } }, new Date()).rank); // A
 * ```
 */
export class Engine extends Handing {
  readonly #native: NativeEngine;

  /** @internal */
  constructor(handle: NativeEngine) {
    super();
    this.#native = handle;
  }

  /** What identifies its playbook. */
  get fingerprint(): string {
    return this.#native.fingerprint();
  }

  /**
   * Scores, ranks and segments of a lead as of an instant; with ledgers, unless the options say otherwise.
   *
   * @throws {LeadError} if the record is malformed, or a field is not of its declared type
   * @throws {CallError} if `at` is not an instant
   * @throws {EvaluationError} if points leave the range that can be held exactly
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * const found = engine.assess({ id: "lead-1", fields: { employees: 320 } }, "2026-05-01T09:00:00+09:00");
   * console.log(found.rank, found.scores["overall"]?.ledger?.map((entry) => `${entry.rule} ${entry.points}`)); // C [ 'size 25' ]
   * ```
   */
  assess(lead: Lead, at: InstantLike, options: AssessOptions = {}): Assessment {
    return this.ask("assess", { lead, at: instant(at), ...options });
  }

  /**
   * Assesses many leads, off the event loop where there are threads; without ledgers, unless asked for.
   *
   * @returns for each lead its assessment, or the error that assessing it alone would throw
   * @throws {CallError} if `at` is not an instant; what `signal` aborts with
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * const leads = [{ id: "lead-1", fields: { employees: 320 } }, { id: "lead-2", fields: { employees: "many" } }];
   * for (const result of await engine.assessMany(leads, new Date())) {
   *   console.log(result instanceof IkuseiError ? result.code : result.rank);
   * }
   * // C
   * // IK0402
   * ```
   */
  async assessMany(
    leads: readonly Lead[],
    at: InstantLike,
    options: AssessOptions & { signal?: AbortSignal } = {},
  ): Promise<(Assessment | IkuseiError)[]> {
    const { signal, ...rest } = options;
    const found: (Assessment | IkuseiError)[] = [];
    const pending: Promise<Envelope<Assessment>[]>[] = [];
    const take = async () => {
      for (const envelope of (await pending.shift()) ?? []) {
        found.push("error" in envelope ? errorOf(envelope.error) : envelope.ok);
      }
    };
    // While threads assess some leads, this one writes the next and reads the last: a batch never stops it for long.
    for (let start = 0; start === 0 || start < leads.length; start += CHUNK) {
      const args = { leads: leads.slice(start, start + CHUNK), at: instant(at), ...rest };
      const chunk = this.#callLater<Envelope<Assessment>[]>("assess_many", args, signal);
      chunk.catch(() => {}); // it is awaited later, and may fail before
      pending.push(chunk);
      if (pending.length === AHEAD) {
        await take();
      }
    }
    while (pending.length > 0) {
      await take();
    }
    return found;
  }

  /**
   * An assessment in words that a salesperson reads.
   *
   * @throws as `assess`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * const text = engine.explain({ id: "lead-1", fields: { employees: 320 } }, new Date());
   * console.log(text.includes("+25 size")); // true
   * ```
   */
  explain(lead: Lead, at: InstantLike, language: "en" | "ja" = "en"): string {
    return this.ask("explain", { lead, at, language });
  }

  /**
   * For every segment, whether the lead is in it and why.
   *
   * @throws as `assess`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * const [membership] = engine.memberships({ id: "lead-1" }, new Date());
   * console.log(membership?.segment, membership?.member, membership?.because); // tokyo-hot false condition
   * ```
   */
  memberships(lead: Lead, at: InstantLike): Membership[] {
    return this.ask("memberships", { lead, at });
  }

  /**
   * The members of a segment among some leads, sorted and limited as the segment says.
   *
   * @throws {CallError} if there is no such segment; otherwise as `assess`, for the first lead in question
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * const members = engine.members("tokyo-hot", [{ id: "lead-1" }], new Date());
   * console.log(members.total, members.leads); // 0 []
   * ```
   */
  members(segment: string, leads: readonly Lead[], at: InstantLike): Members {
    return this.ask("members", { segment, leads, at });
  }

  /**
   * Every change of a lead's scores, ranks and segments after `from` and up to `to`, each with its exact instant, its
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

  /**
   * Hands many leads over, with the owners that they would get one by one.
   *
   * @returns for each lead what `route` gives, or the error that it would throw; and the roster after all of them
   * @throws {CallError} as `route`
   *
   * @example
   * ```ts
   * const engine = Playbook.parse({
   *   ikusei: 1,
   *   name: "demo",
   *   routing: {
   *     teams: { inside: {} },
   *     policies: { default: { accountable: [{ to: "team:inside" }], sla: { accept: "4h", then: ["remind"] } } },
   *   },
   * }).compile();
   * const roster = { members: [{ id: "sato", teams: ["inside"] }, { id: "mori", teams: ["inside"] }] };
   * const { results } = await engine.routeMany([{ id: "a" }, { id: "b" }], roster, new Date());
   * console.log(results.map((result) => (result instanceof IkuseiError ? result.code : result.assignments[0]?.owner))); // [ 'mori', 'sato' ]
   * ```
   */
  async routeMany(
    leads: readonly Lead[],
    roster: RosterLike,
    at: InstantLike,
    options: Omit<RouteOptions, "account"> & { signal?: AbortSignal } = {},
  ): Promise<{ results: (Routed | IkuseiError)[]; roster: Roster }> {
    const { signal, ...rest } = options;
    const args = { leads, roster, at: instant(at), ...rest };
    const found = await this.#callLater<{ results: Envelope<Routed>[]; roster: Roster }>("route_many", args, signal);
    const results = found.results.map((envelope) => ("error" in envelope ? errorOf(envelope.error) : envelope.ok));
    return { results, roster: found.roster };
  }

  /** Gives its memory back now; it cannot be used any more. */
  free(): void {
    this.#native.free();
  }

  /** For `using`. */
  [Symbol.dispose](): void {
    this.free();
  }

  protected override ask<T>(method: string, args: object): T {
    return open(JSON.parse(this.#native.call(method, JSON.stringify(args))) as Envelope<T>);
  }

  async #callLater<T>(method: string, args: object, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    const text = JSON.stringify(args);
    if (this.#native.callLater === undefined) {
      return open(JSON.parse(this.#native.call(method, text)) as Envelope<T>);
    }
    try {
      // The binding takes over the `onabort` of the signal that it is given: not of the caller's.
      const own = signal && AbortSignal.any([signal]);
      return open(JSON.parse(await this.#native.callLater(method, text, own)) as Envelope<T>);
    } finally {
      signal?.throwIfAborted();
    }
  }
}

/**
 * What worked, what it cost, what to change next: tables in, tidy tables out. A table is a list of rows, or an object of
 * columns. The slim browser build leaves it out.
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
  return open(JSON.parse(native(method, JSON.stringify(request))) as Envelope<T>);
}
