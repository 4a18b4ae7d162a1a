/** Leads that are nothing but an id and plain fields, as numbers and one text, which crosses sooner than JSON does. */

import type { Lead } from "./types.js";

/** What stands for what is no number, as the engine reads it: beyond the whole numbers that a cell holds exactly. */
const MOST = 2 ** 53;
const NULL = 2 ** 54;
const FALSE = 2 ** 55;
const TRUE = 2 ** 56;
/** The first text, and from each to the next. */
const TEXT = 2 ** 60;
const STEP = 256;

/** Half a pair of surrogates, which no record may have: the engine finds it in what crosses. */
const torn = /\p{Surrogate}/u;

/** Packed leads. @internal */
export interface Packed {
  ids: string[];
  /** Each followed by a NUL. */
  texts: string;
  /** Of each lead its id, and its fields in the order of the declaration. */
  cells: Float64Array;
}

/** Packs leads for an engine. @internal */
export class Packer {
  readonly #names: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  /** For one lead at a time. */
  readonly #one: Float64Array;

  constructor(names: readonly string[]) {
    this.#names = names;
    this.#places = new Map(names.map((name, place) => [name, place]));
    this.#one = new Float64Array(names.length + 1);
  }

  /** A lead, packed until the next one is; nothing where it is more than an id and plain fields. */
  one(lead: Lead): Packed | undefined {
    return this.#pack([lead], this.#one);
  }

  /** The leads, packed; nothing where one of them is more than an id and plain fields. */
  many(leads: readonly Lead[]): Packed | undefined {
    return this.#pack(leads, new Float64Array(leads.length * (this.#names.length + 1)));
  }

  // What is packed is what `JSON.stringify` would have written of it; whatever else there may be is left to that.
  #pack(leads: readonly Lead[], cells: Float64Array): Packed | undefined {
    const names = this.#names;
    const ids: string[] = [];
    let texts = "";
    let count = 0;
    let next = 0;
    cells.fill(NULL);
    // `for in` sees what an object inherits.
    if (Object.keys(Object.prototype).length > 0) {
      return undefined;
    }
    for (const lead of leads) {
      if (!isPlain(lead) || typeof lead.id !== "string") {
        return undefined;
      }
      for (const part in lead) {
        if (part !== "id" && part !== "fields" && lead[part as keyof Lead] !== undefined) {
          return undefined;
        }
      }
      ids.push(lead.id);
      texts += lead.id + "\0";
      cells[next++] = TEXT + STEP * count++;
      const fields: Record<string, unknown> | undefined = lead.fields;
      if (fields !== undefined) {
        if (!isPlain(fields)) {
          return undefined;
        }
        let place = 0;
        for (const name in fields) {
          const value = fields[name];
          // Most records have their fields in the order of the declaration.
          const found = names[place] === name ? place : this.#places.get(name);
          let cell = NULL;
          if (found === undefined && (torn.test(name) || (typeof value === "string" && torn.test(value)))) {
            return undefined;
          }
          if (typeof value === "string") {
            if (found !== undefined) {
              texts += value + "\0";
              cell = TEXT + STEP * count++;
            }
          } else if (typeof value === "number") {
            if (!(Math.abs(value) <= MOST)) {
              return undefined;
            }
            cell = value;
          } else if (typeof value === "boolean") {
            cell = value ? TRUE : FALSE;
          } else if (value !== null && value !== undefined) {
            return undefined;
          }
          if (found !== undefined) {
            cells[next + found] = cell;
            place = found + 1;
          }
        }
      }
      next += names.length;
    }
    return { ids, texts, cells };
  }
}

/** Whether it is an object as literals and `JSON.parse` make them. */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && typeof (value as { toJSON?: unknown }).toJSON !== "function";
}
