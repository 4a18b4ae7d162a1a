/** What an engine does with what comes in: payloads, cleansing, who is who, consent. */

import { Calls, instant } from "./calls.js";
import type {
  Account,
  Applied,
  Captured,
  CapturedPerson,
  Card,
  Cleaner,
  Cleansed,
  Cleansing,
  ConsentChange,
  Duplicates,
  FieldValue,
  InstantLike,
  Json,
  Lead,
  LeadIdentity,
  Match,
  Permission,
  Reclassified,
  Tombstone,
  Trust,
  Unmerged,
} from "./types.js";

/** Something that changes what a lead allows. */
export interface ConsentEvent {
  /** The channel: `email`, `phone`, `post`. */
  channel: string;
  /** The purpose; all of them if absent. */
  purpose?: string;
  /** What happened. */
  event: ConsentChange;
  /** When. */
  at: InstantLike;
  /** On what ground. */
  basis?: string;
  /** Whether a person did it: a mail scanner that follows an unsubscribe link changes nothing. */
  trust?: Trust;
}

/** What is to be sent, and to whom never. */
export interface SendQuestion {
  /** The purpose; without it the channel is asked for. */
  purpose?: string;
  /** The address or number, which the suppression list is searched for. */
  address?: string;
  /** Addresses, numbers and domains (`@rival.example`) to which nobody sends anything. */
  suppression?: readonly string[];
}

/** What is compared among the rows of a table. */
export interface DedupeOptions {
  /** Whether rows are persons or companies; persons if absent. */
  level?: "person" | "company";
  /** The columns that are compared; all of the first row's if absent. */
  columns?: readonly string[];
  /** The column that names the rows: `id` if absent. */
  id?: string;
}

/** What an engine does with what comes in. */
export abstract class Receiving extends Calls {
  /**
   * Reads a payload through a mapping of the playbook: facts per person, and what could not be used.
   *
   * Give the body as it came in, as text: numbers of more than 15 digits stay whole then.
   *
   * @param at when it came in: activities without a time of their own take it
   * @throws {CallError} if there is no such mapping, or the text cannot be read
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const body = "mail=Taro%40Example.jp&company=%E3%88%B1%E3%82%A2%E3%82%AF%E3%83%A1&agree=on";
   * const { people } = engine.capture("contact", body, "2026-05-01T00:00:00Z");
   * console.log(people[0]?.fields); // { email: 'taro@example.jp', company: '株式会社アクメ' }
   * ```
   */
  capture(mapping: string, payload: string | { [name: string]: Json } | Json[], at: InstantLike): Captured {
    const body = typeof payload === "string" ? { text: payload } : { payload };
    return this.ask("capture", { mapping, at: instant(at), ...body });
  }

  /**
   * Reads one row of a table, by the names of its columns, through a mapping for tables.
   *
   * @throws as `capture`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const { people } = engine.captureRow("crm", { Email: "taro@example.jp", Company: "-" }, new Date());
   * console.log(people[0]?.fields); // { email: 'taro@example.jp' }
   * ```
   */
  captureRow(mapping: string, row: { [column: string]: string }, at: InstantLike): Captured {
    const table = { header: Object.keys(row), cells: Object.values(row) };
    return this.ask("capture", { mapping, at: instant(at), row: table });
  }

  /**
   * Puts what was captured of a person into a record, and has the playbook's `trust` rules judge the log. A second
   * delivery of the same changes nothing.
   *
   * @throws {LeadError} if the record is malformed
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const { people } = engine.capture("contact", "mail=taro%40example.jp&submission=s-1", "2026-05-01T00:00:00Z");
   * const first = engine.apply({ id: "lead-1" }, people[0]!);
   * const second = engine.apply(first.lead, people[0]!);
   * console.log(first.recorded, first.changed, second.changed); // [ 's-1' ] true false
   * ```
   */
  apply(lead: Lead, person: CapturedPerson): Applied & { lead: Lead } {
    return this.ask("apply", { lead, person });
  }

  /**
   * Judges the log again after a `trust` rule changed; or sets the trust of some activities, as the host knows better.
   *
   * @throws {LeadError} if the record is malformed
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const lead = { id: "lead-1", activities: [{ id: "e-1", kind: "inquiry", at: "2026-05-01T00:00:00Z" }] };
   * console.log(engine.reclassify(lead, ["e-1"], "machine").reclassified[0]?.to); // machine
   * ```
   */
  reclassify(lead: Lead, activities?: readonly string[], trust?: Trust): { lead: Lead; reclassified: Reclassified[] } {
    return this.ask("reclassify", { lead, activities, trust });
  }

  /**
   * Cleanses fields as the playbook says: the clean fields, and every change with its raw value and rules.
   *
   * @param postalCodes prefecture and city by code, without its hyphen, where the host has them
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const { fields, changes } = engine.cleanse({ email: "Taro@Example.JP ", phone: "０３（１２３４）５６７８" });
   * console.log(fields["phone"], changes["phone"]?.rules); // +81312345678 [ 'width', 'e164' ]
   * ```
   */
  cleanse(fields: { [name: string]: FieldValue }, postalCodes?: { [code: string]: [string, string] }): Cleansing {
    return this.ask("cleanse", { fields, postal_codes: postalCodes });
  }

  /**
   * Cleanses one value, as a form does while somebody types.
   *
   * @throws {CallError} if there is no such cleaner
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * console.log(engine.cleanseValue("company", "ｱｸﾒ(株)").value); // アクメ株式会社
   * console.log(engine.cleanseValue("email", "taro").problem?.message); // `taro` is not a mail address
   * ```
   */
  cleanseValue(cleaner: Cleaner, value: FieldValue): Cleansed {
    return this.ask("cleanse_value", { cleaner, value });
  }

  /**
   * Whether two records are one person, and whether they are of one company, with the evidence.
   * The slim build has none.
   *
   * @throws {LeadError} if a record is malformed
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const a = { id: "a", fields: { email: "taro@acme.jp", company: "㈱アクメ" } };
   * const found = engine.match(a, { id: "b", fields: { email: "Taro@ACME.jp", company: "アクメ" } });
   * console.log(found.person.verdict, found.company.verdict); // same same
   * ```
   */
  match(a: Lead, b: Lead): Match {
    return this.ask("match", { a, b });
  }

  /**
   * The record `a` with `b` merged into it: fields by the playbook's survivorship, each activity once.
   * The slim build has none.
   *
   * @throws {LeadError} if a record is malformed, or `a` answers to an id of `b` already
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const one = engine.merge({ id: "a", fields: { email: "t@acme.jp" } }, { id: "b", fields: { name: "太郎" } }, new Date());
   * console.log(one.fields); // { email: 't@acme.jp', name: '太郎' }
   * ```
   */
  merge(a: Lead, b: Lead, at: InstantLike): Lead {
    return this.ask("merge", { a, b, at: instant(at) });
  }

  /**
   * Both records of a merge as they were; what was changed or recorded since then stays with the first.
   * The slim build has none.
   *
   * @throws {LeadError} if the record is malformed, or no record `id` was merged into it
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const one = engine.merge({ id: "a", fields: { name: "山田" } }, { id: "b", fields: { phone: "+81312345678" } }, new Date());
   * console.log(engine.unmerge(one, "b").taken_out); // { id: 'b', fields: { phone: '+81312345678' } }
   * ```
   */
  unmerge(lead: Lead, id: string): Unmerged {
    return this.ask("unmerge", { lead, id });
  }

  /**
   * Finds the rows of a table that are one person, or one company. The slim build has none.
   *
   * @throws {CallError} if none of the columns is compared
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const rows = [
   *   { id: 1, email: "taro@acme.jp", name: "山田 太郎" },
   *   { id: 2, email: "hanako@acme.jp", name: "佐藤 花子" },
   *   { id: 3, email: "TARO@acme.jp", name: "山田太郎" },
   * ];
   * console.log(engine.dedupe(rows).clusters); // [ [ '1', '3' ] ]
   * ```
   */
  dedupe(
    rows: readonly { [column: string]: string | number | boolean | null | undefined }[],
    options: DedupeOptions = {},
  ): Duplicates {
    const { level = "person", id = "id", columns = Object.keys(rows[0] ?? {}).filter((name) => name !== id) } = options;
    const text = (value: unknown) => (value === null || value === undefined ? null : String(value));
    return this.ask("dedupe", {
      level,
      columns,
      ids: rows.map((row) => String(row[id])),
      rows: rows.map((row) => columns.map((column) => text(row[column]))),
    });
  }

  /**
   * The companies of some leads, and the group that each belongs to. The slim build has none.
   *
   * @throws {LeadError} if a record is malformed
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const leads = [{ id: "a", fields: { company: "㈱アクメ" } }, { id: "b", fields: { company: "アクメ" } }];
   * console.log(engine.accounts(leads).map((account) => account.leads)); // [ [ 'a', 'b' ] ]
   * ```
   */
  accounts(leads: readonly Lead[]): Account[] {
    return this.ask("accounts", { leads });
  }

  /**
   * The record after something that changes what the lead allows; the same where it changes nothing.
   * The slim build has none.
   *
   * @throws {LeadError} if the record is malformed
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const lead = engine.consent({ id: "lead-1" }, { channel: "email", event: "request", at: "2026-05-01T00:00:00Z" });
   * const sure = engine.consent(lead, { channel: "email", event: "confirm", at: "2026-05-02T00:00:00Z" });
   * console.log(lead.consent?.["email"]?.status, sure.consent?.["email"]?.status); // pending granted
   * ```
   */
  consent(lead: Lead, event: ConsentEvent): Lead {
    return this.ask("consent", { lead, event });
  }

  /**
   * Whether something may be sent to a lead: the one gate. The slim build has none.
   *
   * @throws {LeadError} if the record is malformed
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const lead: Lead = { id: "lead-1", consent: { email: { status: "granted" } } };
   * const { allowed, because } = engine.maySend(lead, "email", { address: "t@rival.example", suppression: ["@rival.example"] });
   * console.log(allowed, because); // false suppression_list
   * ```
   */
  maySend(lead: Lead, channel: string, question: SendQuestion = {}): Permission {
    return this.ask("may_send", { lead, channel, ...question });
  }

  /**
   * What to keep of a lead that is forgotten, in the record's place: no fact about the person, only what keeps late
   * events from making the record again. The slim build has none.
   *
   * @throws {LeadError} if the record is malformed
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const left = engine.forget({ id: "lead-1", fields: { email: "taro@acme.jp" } }, "2026-05-01T00:00:00Z");
   * console.log(left.id, left.keys?.length, JSON.stringify(left).includes("acme")); // lead-1 1 false
   * ```
   */
  forget(lead: Lead, at: InstantLike): Tombstone {
    return this.ask("forget", { lead, at: instant(at) });
  }

  /**
   * The id of the tombstone that a late event is about, so that it makes no new record; null if it is of nobody. An
   * event names a lead by its `id`, or by the `identities` that a capture gives. The slim build has none.
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const left = engine.forget({ id: "lead-1", fields: { email: "taro@acme.jp" } }, "2026-05-01T00:00:00Z");
   * const late = engine.capture("contact", "mail=Taro%40ACME.jp", new Date()).people[0];
   * console.log(engine.forgotten([left], { identities: late?.identities }), engine.forgotten([left], { id: "lead-2" })); // lead-1 null
   * ```
   */
  forgotten(
    tombstones: Tombstone[],
    { id, identities }: { id?: string | undefined; identities?: LeadIdentity[] | undefined },
  ): string | null {
    return this.ask("forgotten", { tombstones, id, identities });
  }

  /**
   * Reads the cards of a vCard file; `payload` of each is for the mapping `card` (`extends: ikusei/capture/card`).
   *
   * @throws {CallError} in a build without cards, which the slim one is
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const [card] = engine.readVcards("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Taro Yamada\r\nORG:Acme;Sales\r\nEND:VCARD\r\n");
   * console.log(card?.entries[0]?.value, engine.capture("card", card!.payload, new Date()).people[0]?.fields?.["company"]); // Taro Yamada Acme
   * ```
   */
  readVcards(text: string): Card[] {
    return this.ask("read_vcards", { text });
  }

  /**
   * Reads the lines that an OCR found on a business card, Japanese or English.
   *
   * @throws as `readVcards`
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * const card = engine.readCardLines(["株式会社アクメ", "営業部 部長", "山田 太郎", "TEL 03-1234-5678"]);
   * console.log(card.entries.find((entry) => entry.field === "name")?.value); // 山田 太郎
   * ```
   */
  readCardLines(lines: readonly string[]): Card {
    return this.ask("read_card_lines", { lines });
  }

  /**
   * Cells of a table, safe for a spreadsheet: what begins like a formula gets an apostrophe before it.
   *
   * @example
   * ```ts
   * const engine = Playbook.load("examples/capture/playbook.yaml").compile();
   * console.log(engine.safeCells(["=1+1", "-5"])); // [ "'=1+1", '-5' ]
   * ```
   */
  safeCells(cells: readonly string[]): string[] {
    return this.ask("safe_cells", { cells });
  }
}
