/** What ikusei refuses, and how it comes out of a binding. */

import type { Diagnostic } from "./types.js";

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

/** What an error envelope says. @internal */
export interface Refusal {
  kind: string;
  code: string;
  message: string;
  diagnostics: Diagnostic[];
}

/** What a call came to. @internal */
export type Envelope<T> = { ok: T } | { error: Refusal };

const kinds = new Map<string, new (refusal: Refusal) => IkuseiError>([
  ["playbook", PlaybookError],
  ["lead", LeadError],
  ["call", CallError],
  ["evaluation", EvaluationError],
]);

/** @internal */
export function errorOf(refusal: Refusal): IkuseiError {
  return new (kinds.get(refusal.kind) ?? IkuseiError)(refusal);
}

/** What an envelope holds; what it refuses is thrown. @internal */
export function answer<T>(text: string): T {
  const envelope = JSON.parse(text) as Envelope<T>;
  if ("error" in envelope) {
    throw errorOf(envelope.error);
  }
  return envelope.ok;
}

/** What a native call has thrown; an envelope becomes the error that it describes. @internal */
export function described(thrown: unknown): unknown {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  return text.startsWith('{"error":') ? errorOf((JSON.parse(text) as { error: Refusal }).error) : thrown;
}

/** Runs a native call; an envelope that it throws becomes the error that it describes. @internal */
export function attempt<T>(run: () => T): T {
  try {
    return run();
  } catch (thrown) {
    throw described(thrown);
  }
}
