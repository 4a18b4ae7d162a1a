/** Builds assessments from what the engine says of them in brief: a row for each, and the frame that many share. */

import type { Assessment, LedgerEntry, ScoreSheet } from "./types.js";

/** An assessment without ledgers whose lead, instants and figures are blank. @internal */
export type Frame = Assessment;

/** The number of its frame, and what is blank there, flat. @internal */
export type Row = readonly [number, ...(string | number)[]];

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
    return build(this.#given[number]!, row, row[row.length - 1] as string, whole);
  }
}

/** An assessment: a frame's copy, filled in from a row. Ledgers are made when somebody looks at one. @internal */
export function build(frame: Frame, row: Row, at: string, whole?: (at: string) => Assessment): Assessment {
  let next = 1;
  const figure = () => row[next++] as number;
  const lead = row[next++] as string;
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

/** The sheet with a ledger, a property that is made when it is read. */
function withLedger(sheet: ScoreSheet, make: () => LedgerEntry[]): ScoreSheet {
  let ledger: LedgerEntry[] | undefined;
  return {
    ...sheet,
    get ledger() {
      return (ledger ??= make());
    },
    set ledger(entries) {
      ledger = entries;
    },
  };
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
