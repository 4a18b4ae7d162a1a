/** Tables: as analyses take them (rows, columns, or Arrow), and as they are assessed. */

import type { Rows, StateReport, TableOptions, TableReport } from "./types.js";

/** How a table is assessed; all are optional. */
export interface AssessTableOptions extends TableOptions {
  /** What the leads did: a table with `lead_id`, `kind`, `at` and a column per property, as bytes of Arrow's IPC format. */
  activities?: Uint8Array;
  /** Aborts the wait: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** A table that has been assessed. */
export interface AssessedTable {
  /** One row per lead, in the order of the leads, as bytes of an Arrow stream. */
  table: Uint8Array;
  /** What there is to say besides. */
  report: TableReport;
}

/** How activities are read into a running state; all are optional. */
export interface ActivityStateOptions extends Pick<TableOptions, "scorecards" | "activity_columns" | "bad_rows" | "threads"> {
  /** The state so far, as bytes of Arrow's IPC format; none at first. */
  state?: Uint8Array;
  /** Aborts the wait: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** Of all that leads did, what may still count. */
export interface ActivityState {
  /** A table of activities, as bytes of an Arrow stream: what `assessTable` takes, and `activityState` when more has come. */
  table: Uint8Array;
  /** What became of the activities. */
  report: StateReport;
}

/** A table of the package apache-arrow, such as `tableFromIPC` gives. */
export interface ArrowTable {
  /** The names and types of its columns. */
  readonly schema: { readonly fields: readonly ArrowField[] };
  /** The cells of a column. */
  getChild(name: string): Iterable<unknown> | null;
}

interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
}

interface ArrowType {
  readonly typeId: number;
  readonly scale?: number;
  /** The type of the values of a dictionary. */
  readonly dictionary?: ArrowType;
}

/** What apache-arrow calls the types whose values are not what JSON would make of them. */
const DECIMAL = 7;
const DATE = 8;
const TIMESTAMP = 10;

/** What `JSON.stringify` should take for a value: an Arrow table by its columns, all else as it is. @internal */
export function plainTable(_: string, value: unknown): unknown {
  return isArrow(value) ? columns(value) : typeof value === "bigint" ? whole(value) : value;
}

/** A table as rows or columns. @internal */
export function asRows(table: Rows | ArrowTable): Rows {
  return isArrow(table) ? (JSON.parse(JSON.stringify(table, plainTable)) as Rows) : table;
}

function isArrow(value: unknown): value is ArrowTable {
  return typeof value === "object" && value !== null && "getChild" in value && "schema" in value;
}

function columns(table: ArrowTable): { [name: string]: unknown[] } {
  const named = table.schema.fields.map(({ name, type }) => {
    const read = reader(type.dictionary ?? type);
    return [name, [...(table.getChild(name) ?? [])].map((cell) => (cell === null ? null : read(cell)))] as const;
  });
  // Not by assignment: a column may be called `__proto__`.
  return Object.fromEntries(named);
}

function reader(type: ArrowType): (cell: unknown) => unknown {
  switch (type.typeId) {
    case DECIMAL:
      return (cell) => decimal(cell as Uint32Array, type.scale ?? 0);
    case DATE:
      return (cell) => new Date(Number(cell)).toISOString().slice(0, 10);
    case TIMESTAMP:
      return (cell) => new Date(Number(cell)).toISOString();
    default:
      return (cell) => cell;
  }
}

/** Exactly: a number where it can be one, else its digits. */
function whole(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

/** The digits of a decimal, which apache-arrow gives as words, the lowest first, in two's complement. */
function decimal(words: Uint32Array, scale: number): string {
  const unsigned = words.reduceRight((sum, word) => (sum << 32n) | BigInt(word), 0n);
  const value = BigInt.asIntN(words.length * 32, unsigned);
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${value < 0n ? "-" : ""}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ""}`;
}
