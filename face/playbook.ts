/** The playbook's handle. */

import { Engine } from "./engine.js";
import { instant } from "./calls.js";
import { answer, attempt } from "./errors.js";
import type { LintOptions } from "./lint.js";
import { bound, type NativePlaybook } from "./native.js";
import type { CompareOptions, InstantLike, Lead, Lint, PlaybookDiff } from "./types.js";

/** What is asked of a difference besides words. */
export interface DiffOptions extends CompareOptions {
  /** Leads, to see what becomes of them. */
  leads?: readonly Lead[];
  /** As of when; needed with leads. */
  at?: InstantLike;
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
   * What the playbook says and probably does not mean: ranks that cannot be reached, conditions that hold always or never,
   * limits that never bind and the like, each with its code, its place, what to do and, where one can show it, a lead.
   *
   * @throws {CallError} for a code that lint does not have
   *
   * @example
   * ```ts
   * const { findings, ranges } = Playbook.load("examples/quickstart/playbook.yaml").lint();
   * console.log(findings.length, ranges["overall"]?.max); // 0 115
   * ```
   */
  lint(options: LintOptions = {}): Lint {
    const engine = this.compile();
    try {
      return engine.lint(options);
    } finally {
      engine.free();
    }
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
   * What another playbook changes in this one: in words, with the place in both and what it may decide otherwise. With
   * `leads` also what becomes of them as of `at`: ranks, segments, who moves and why; with a `roster` the load on members
   * and teams, with `weeks` what is sent in each. `markdown` is all of it for a pull request. The slim build has none.
   *
   * @throws {CallError} for leads without `at`, a roster or a model that does not fit
   * @throws {LeadError} for the first lead that is no record
   *
   * @example
   * ```ts
   * const before = Playbook.parse({ ikusei: 1, name: "demo", fields: { size: { type: "integer" } } });
   * const after = Playbook.parse({ ikusei: 1, name: "demo", fields: { size: { type: "number" } } });
   * console.log(before.diff(after).changes[0]?.words.en); // field `size`: type `number` instead of `integer`
   * ```
   */
  diff(other: Playbook, options: DiffOptions = {}): PlaybookDiff {
    const { leads, at, ...chosen } = options;
    const given = { leads, at: at === undefined ? undefined : instant(at), options: chosen };
    const found = attempt(() => this.#native.diff?.(other.#native, JSON.stringify(given)));
    if (found === undefined) {
      throw new Error("the slim build compares no playbooks: use the full one");
    }
    return answer(found);
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
