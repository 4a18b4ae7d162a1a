/** What the form says so far, read by the mapping that the server reads it by. */

import { init, type CapturedPerson, type Engine, type FieldValue, type Lead, type LedgerEntry, Playbook } from "ikusei-wasm/slim";
import en from "./cut/en.json";
import ja from "./cut/ja.json";
import { prefectureOf } from "./places";
import type { Language } from "./words";

/** What the form says so far. */
export interface Reading {
  /** The record as the server will have it. */
  lead: Lead;
  /** The clean fields, and what cleansing did to each. */
  person: CapturedPerson;
  rank: string | null;
  total: number;
  ledger: LedgerEntry[];
  /** How long all of it took, in microseconds. */
  took: number;
}

/** A rank of the scorecard, best first, with what it takes. */
export interface Step {
  rank: string;
  at_least?: number;
}

/** The public scorecard at work. */
export class Reader {
  readonly #engines: { [language in Language]: Engine };

  private constructor() {
    this.#engines = { ja: Playbook.parse(ja).compile(), en: Playbook.parse(en).compile() };
  }

  static async load(): Promise<Reader> {
    await init();
    return new Reader();
  }

  /** The ranks, best first. */
  get steps(): readonly Step[] {
    return ja.scorecards.form.ranks;
  }

  /** Reads a form post, as the server will. */
  read(body: URLSearchParams, language: Language): Reading {
    const engine = this.#engines[language];
    const began = performance.now();
    const at = new Date();
    const person = engine.capture("contact", body.toString(), at).people[0] ?? { identities: [] };
    const { lead } = engine.apply({ id: "visitor" }, person);
    const { rank, scores } = engine.assess(lead, at);
    const sheet = scores["form"];
    const reading = { lead, person, rank, total: sheet?.total ?? 0, ledger: sheet?.ledger ?? [] };
    return { ...reading, took: Math.round((performance.now() - began) * 1000) };
  }

  /** Points and the place of the rank, the best being 0, were these fields known as well. */
  score(lead: Lead, known: { [field: string]: FieldValue }): { total: number; place: number } {
    const { rank, scores } = this.#engines.ja.assess({ ...lead, fields: { ...lead.fields, ...known } }, new Date(), { ledger: false });
    return { total: scores["form"]?.total ?? 0, place: this.steps.findIndex((step) => step.rank === rank) };
  }

  /** Every value of a field that the scorecard tells apart: those that the playbook names, and the lower ends of bands. */
  answers(field: string): FieldValue[] {
    const declared: { type: string; values?: string[] } | undefined = fields[field];
    const values = declared?.values ?? [];
    if (declared?.type === "set") {
      return [values];
    }
    return [...values, ...rules.flatMap(({ points }) => (typeof points === "object" && points.by === field ? Object.keys(points.bands ?? {}).map(Number) : []))];
  }

  /** The prefecture that an address names, or else the one that a postal code lies in. */
  locate(zip: string, address: string): { prefecture: string; rule: string } | undefined {
    const found = this.#engines.ja.cleanse({ postal_code: zip, address, prefecture: null });
    const code = String(found.fields["postal_code"] ?? "").replace("-", "");
    const guess = prefectureOf(code);
    const { fields, changes } =
      found.fields["prefecture"] || guess === undefined
        ? found
        : this.#engines.ja.cleanse({ postal_code: code, prefecture: null }, { [code]: [guess, ""] });
    const prefecture = fields["prefecture"];
    return typeof prefecture === "string" ? { prefecture, rule: changes["prefecture"]?.rules?.at(-1) ?? "" } : undefined;
  }
}

const fields: { [name: string]: { type: string; values?: string[] } } = ja.fields;
const rules: { points?: number | { by: string; bands?: { [from: string]: number } } }[] = ja.scorecards.form.rules;
