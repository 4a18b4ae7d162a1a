/** A compiled playbook's handle: what it says of leads. The other parts of its face are the classes that it extends. */

import { instant } from "./calls.js";
import { type Envelope, errorOf, type IkuseiError, open } from "./errors.js";
import type { NativeEngine } from "./native.js";
import { Judging } from "./insight.js";
import type { Assessment, InstantLike, Lead, Members, Membership } from "./types.js";

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
export class Engine extends Judging {
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
      const chunk = this.askLater<Envelope<Assessment>[]>("assess_many", args, signal);
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

  protected override async askLater<T>(method: string, args: object, signal: AbortSignal | undefined): Promise<T> {
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
