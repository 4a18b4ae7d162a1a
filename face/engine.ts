/** A compiled playbook's handle: what it says of leads. The other parts of its face are the classes that it extends. */

import { brief, Frames, opened, unpacked } from "./assessment.js";
import { instant } from "./calls.js";
import { answer, described, type Envelope, type IkuseiError } from "./errors.js";
import type { NativeEngine } from "./native.js";
import { Judging } from "./insight.js";
import { Packer } from "./packed.js";
import type { ActivityState, ActivityStateOptions, AssessedTable, AssessTableOptions } from "./tables.js";
import type { Assessment, InstantLike, Lead, Members, Membership, StateReport, TableOptions, TablePlan, TableReport } from "./types.js";

/** Leads that go to a thread at once, and how many such portions are under way. */
const CHUNK = 250;
const AHEAD = 4;

/** What to say of a lead. */
export interface AssessOptions {
  /** Whether score sheets carry their ledgers. */
  ledger?: boolean;
  /** Whether activities count from when they were recorded (`"then"`, the default), or from when they happened. */
  known?: "then" | "now";
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
  readonly #frames = new Frames();
  readonly #packer: Packer | undefined;
  #shared: NativeEngine | undefined;

  /** @internal */
  constructor(handle: NativeEngine) {
    super();
    this.#native = handle;
    const names = handle.fieldNames?.();
    this.#packer = names && new Packer(names);
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
    const { ledger = true, ...others } = options;
    const when = typeof at === "string" ? at : at instanceof Date ? at.getTime() : undefined;
    if (when !== undefined && typeof ledger === "boolean" && Object.keys(others).length === 0) {
      const packed = this.#packer?.one(lead);
      if (packed !== undefined) {
        const lines = this.#native.assessPacked?.(packed.texts, packed.cells, when);
        if (typeof lines === "string") {
          // Plain fields: this is a whole copy.
          const held = ledger ? { id: lead.id, fields: { ...lead.fields } } : undefined;
          return this.#frames.assessment(lines, held && this.#whole(() => JSON.stringify(held)));
        }
      }
      const text = JSON.stringify(lead) as string | undefined;
      const lines = text === undefined ? null : this.#native.assess?.(text, when);
      if (typeof lines === "string") {
        return this.#frames.assessment(lines, ledger ? this.#whole(() => text!) : undefined);
      }
    }
    // What is refused in brief is told here what is wrong with it.
    return this.ask("assess", { lead, at: instant(at), ...options });
  }

  /** How to make an assessment again with ledgers, later, whatever becomes of this engine and of the lead. */
  #whole(lead: () => string): (at: string) => Assessment {
    const engine = (this.#shared ??= this.#native.share?.() ?? this.#native);
    return (at) => answer(engine.call("assess", `{"lead":${lead()},"at":"${at}"}`));
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
    const { signal, ...more } = options;
    const { ledger = false, ...others } = more;
    const inBrief = ledger === false && Object.keys(others).length === 0;
    const when = instant(at);
    const found: (Assessment | IkuseiError)[] = [];
    const pending: Promise<(Assessment | IkuseiError)[]>[] = [];
    const take = async () => {
      for (const one of (await pending.shift()) ?? []) {
        found.push(one);
      }
    };
    // While threads assess some leads, this one writes the next and reads the last: a batch never stops it for long.
    for (let start = 0; start === 0 || start < leads.length; start += CHUNK) {
      const some = leads.slice(start, start + CHUNK);
      const portion = inBrief
        ? this.#portion(some, when, signal)
        : this.askLater<Envelope<Assessment>[]>("assess_many", { leads: some, at: when, ...more }, signal).then(opened);
      portion.catch(() => {}); // it is awaited later, and may fail before
      pending.push(portion);
      if (pending.length === AHEAD) {
        await take();
      }
    }
    while (pending.length > 0) {
      await take();
    }
    return found;
  }

  /** Leads without ledgers, packed if they can be; what is wrong with one is told of its record. */
  async #portion(
    leads: readonly Lead[],
    at: string | null,
    signal: AbortSignal | undefined,
  ): Promise<(Assessment | IkuseiError)[]> {
    const asRecords = async (some: readonly Lead[]) =>
      brief(await this.askLater("assess_many_in_brief", { leads: some, at }, signal));
    const packed = at === null ? undefined : this.#packer?.many(leads);
    const work = (own?: AbortSignal) => this.#native.assessPackedLater?.(packed!.texts, packed!.cells, at!, own);
    const answers = packed && (await this.#later(work, signal));
    if (packed === undefined || !answers) {
      return asRecords(leads);
    }
    const found = unpacked(packed.ids, answers);
    const refused = leads.filter((_, place) => found[place] === undefined);
    if (refused.length === 0) {
      return found as Assessment[];
    }
    const told = (await asRecords(refused)).values();
    return found.map((one) => one ?? told.next().value!);
  }

  /**
   * Scores, ranks and segments of a table of leads, off the event loop: the figures of `assess`, to the bit.
   *
   * Tables are bytes in Arrow's IPC format, of a stream or a file: what `tableToIPC` of `apache-arrow` gives, or
   * `write_ipc` of Polars. Do not write to them meanwhile. Not in browsers.
   *
   * @throws {CallError} if `at` is not an instant, bytes are no table, or the options name what does not exist
   * @throws {LeadError} for columns and values that do not fit; {EvaluationError} for points out of range; what `signal`
   * aborts with
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * try {
   *   await engine.assessTable(new Uint8Array(), new Date());
   * } catch (error) {
   *   console.log((error as IkuseiError).code); // IK0601
   * }
   * ```
   */
  async assessTable(leads: Uint8Array, at: InstantLike, options: AssessTableOptions = {}): Promise<AssessedTable> {
    const { activities, signal, ...others } = options;
    if (this.#native.assessTable === undefined) {
      throw new Error("a page assesses no tables: use assessMany");
    }
    const args = JSON.stringify({ at: instant(at), options: others });
    try {
      const work = (own?: AbortSignal) => this.#native.assessTable!(leads, activities, args, own);
      const { table, report } = await this.#later(work, signal);
      return { table, report: JSON.parse(report) as TableReport };
    } catch (thrown) {
      throw described(thrown);
    }
  }

  /**
   * The running state of what leads did, off the event loop: `state`, none at first, and what came since give the new one.
   * Tables are bytes of Arrow's IPC format.
   *
   * `assessTable` gives with the state, to the bit, what it gives with the whole history, at `at` and at any later instant,
   * however late what comes later still happened. Activities leave where nothing can depend on them any more. A state
   * belongs to the playbook and scorecards that it was made for. Not in browsers.
   *
   * @throws {CallError} for options that name what does not exist, and bytes that are no table
   * @throws {LeadError} for columns and activities that cannot be read or contradict each other
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * try {
   *   await engine.activityState(new Uint8Array(), new Date());
   * } catch (error) {
   *   console.log((error as IkuseiError).code); // IK0601
   * }
   * ```
   */
  async activityState(added: Uint8Array, at: InstantLike, options: ActivityStateOptions = {}): Promise<ActivityState> {
    const { state, signal, ...others } = options;
    if (this.#native.activityState === undefined) {
      throw new Error("a page assesses no tables: use assessMany");
    }
    const args = JSON.stringify({ at: instant(at), options: others });
    try {
      const work = (own?: AbortSignal) => this.#native.activityState!(added, state, args, own);
      const { table, report } = await this.#later(work, signal);
      return { table, report: JSON.parse(report) as StateReport };
    } catch (thrown) {
      throw described(thrown);
    }
  }

  /**
   * How `assessTable` would go about it with these options: the kernel of each column, and its rules. Not in browsers.
   *
   * @throws {CallError} if the options name what does not exist
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/quickstart/playbook.yaml").compile();
   * console.log(engine.plan().steps[0]?.rules); // [ 'target-industry' ]
   * ```
   */
  plan(options: TableOptions = {}): TablePlan {
    return this.ask("plan", { options });
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
  explain(lead: Lead, at: InstantLike, language: "en" | "ja" = "en", options: { known?: "then" | "now" } = {}): string {
    return this.ask("explain", { lead, at, language, ...options });
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
    this.#shared = undefined;
    this.#native.free();
  }

  /** For `using`. */
  [Symbol.dispose](): void {
    this.free();
  }

  protected override ask<T>(method: string, args: object): T {
    return answer(this.#native.call(method, JSON.stringify(args)));
  }

  protected override async askLater<T>(method: string, args: object, signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted();
    const text = JSON.stringify(args);
    if (this.#native.callLater === undefined) {
      return answer(this.#native.call(method, text));
    }
    return answer(await this.#later((own) => this.#native.callLater!(method, text, own), signal));
  }

  /** What a thread does, unless the signal stops it. */
  async #later<T>(work: (own?: AbortSignal) => T, signal: AbortSignal | undefined): Promise<Awaited<T>> {
    signal?.throwIfAborted();
    try {
      // The binding takes over the `onabort` of the signal that it is given: not of the caller's.
      return await work(signal && AbortSignal.any([signal]));
    } finally {
      signal?.throwIfAborted();
    }
  }
}
