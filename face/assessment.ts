/** Builds assessments from what the engine says of them in brief: a row for each, and the frame that many share. */

import { type Envelope, errorOf, type IkuseiError, type Refusal } from "./errors.js";
import type { Assessment, LedgerEntry, ScoreSheet } from "./types.js";

/** An assessment without ledgers whose lead, instants and figures are blank. @internal */
export type Frame = Assessment;

/** The number of its frame, its lead, and what else is blank there, flat. @internal */
export type Row = readonly [number, string, ...(string | number)[]];

/** The frames that an engine has given, by number. @internal */
export class Frames {
  readonly #given: Frame[] = [];

  /** The assessment of which a binding gave the lines; `whole` makes it again with ledgers, where they are wanted. */
  assessment(lines: string, whole?: (at: string) => Assessment): Assessment {
    const end = lines.indexOf("\n");
    const row = JSON.parse(end < 0 ? lines : lines.slice(0, end)) as Row;
    const number = row[0];
    if (end >= 0) {
      this.#given[number] = JSON.parse(lines.slice(end + 1)) as Frame;
    }
    return build(this.#given[number]!, row[1], row, 2, row[row.length - 1] as string, whole);
  }
}

/** What many leads come to in brief, each refused one with its error. @internal */
export function brief(answers: {
  at: string;
  frames: Frame[];
  rows: (Row | { error: Refusal })[];
}): (Assessment | IkuseiError)[] {
  const { at, frames, rows } = answers;
  return rows.map((row) => ("error" in row ? errorOf(row.error) : build(frames[row[0]]!, row[1], row, 2, at)));
}

/** What many leads come to at length. @internal */
export function opened(answers: Envelope<Assessment>[]): (Assessment | IkuseiError)[] {
  return answers.map((one) => ("error" in one ? errorOf(one.error) : one.ok));
}

/** What packed leads come to; nothing for a refused one. @internal */
export function unpacked(
  ids: readonly string[],
  answers: { at: string; rows: Float64Array; frames: string },
): (Assessment | undefined)[] {
  const { at, rows } = answers;
  const frames = JSON.parse(answers.frames) as Frame[];
  const width = rows.length / ids.length;
  return ids.map((id, place) => {
    const frame = frames[rows[place * width]!];
    return frame && build(frame, id, rows, place * width + 1, at);
  });
}

/**
 * An assessment: a frame's copy, filled in from a place in a row on. Ledgers are made when somebody looks at one.
 * @internal
 */
export function build(
  frame: Frame,
  lead: string,
  row: ArrayLike<string | number>,
  start: number,
  at: string,
  whole?: (at: string) => Assessment,
): Assessment {
  let next = start;
  const figure = () => row[next++] as number;
  // Copies have the keys already: one that is called `__proto__` is set like any other.
  const scores = { ...frame.scores };
  const ranks = { ...frame.ranks };
  const again = whole && once(() => whole(at));
  for (const card in scores) {
    const [fit_plus, fit_minus, engagement_plus] = [figure(), figure(), figure()];
    const sheet: ScoreSheet = { fit_plus, fit_minus, engagement_plus, engagement_minus: figure(), total: figure() };
    if (scores[card]?.probability !== undefined) {
      sheet.probability = figure();
    }
    scores[card] = again === undefined ? sheet : withLedger(sheet, () => again().scores[card]?.ledger ?? []);
    const since = row[next++];
    ranks[card] = { ...copy(frame.ranks[card]!), since: since === 0 ? at : (since as string) };
  }
  const more = frame.warnings === undefined ? undefined : { warnings: copy(frame.warnings) };
  return { ...frame, lead, at, segments: [...frame.segments], scores, ranks, ...more };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** Where a sheet keeps its ledger, or how to make it. */
const kept = Symbol("ledger");

interface Late {
  [kept]: LedgerEntry[] | (() => LedgerEntry[]);
}

// One accessor for all: with closures of its own each sheet would be of a shape of its own, and the collector busy with shapes.
const late: PropertyDescriptor & ThisType<Late> = {
  configurable: true,
  enumerable: true,
  get() {
    const found = this[kept];
    return typeof found === "function" ? (this[kept] = found()) : found;
  },
  set(entries: LedgerEntry[]) {
    this[kept] = entries;
  },
};

/** The sheet with a ledger, a property that is made when it is read. */
function withLedger(sheet: ScoreSheet, make: () => LedgerEntry[]): ScoreSheet {
  Object.defineProperty(sheet, kept, { configurable: true, writable: true, value: make });
  return Object.defineProperty(sheet, "ledger", late);
}

/** A deep copy of plain data. */
function copy<T>(value: T): T {
  if (Array.isArray(value)) {
    return value.map(copy) as T;
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const twin = { ...value };
  for (const key in twin) {
    const part = twin[key];
    if (typeof part === "object" && part !== null) {
      twin[key] = copy(part);
    }
  }
  return twin;
}
