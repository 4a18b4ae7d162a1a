/** The outbox: claims effects, has them carried out with their ids as keys, and answers the engine. */

import { type Db, many } from "./db.js";
import { put } from "./inbox.js";
import type { Sinks } from "./sinks.js";
import type { Delivery, Outgoing } from "./work.js";

/** How often an effect is tried before it counts as failed, and the step's `retry` decides. */
const TRIES = 6;
const AT_ONCE = 32;

interface Row {
  effect: string;
  kind: string;
  body: string;
  tries: number;
}

export class Outbox {
  constructor(
    readonly db: Db,
    readonly sinks: Sinks,
    /** Told what failed for good, by its kind. */
    readonly died: (kind: string) => void,
    readonly clock: () => number = Date.now,
  ) {}

  /** Carries out what is due, and says how many that were. */
  async deliver(lease: number): Promise<number> {
    const now = this.clock();
    const sql = `UPDATE outbox SET due = $2, tries = tries + 1 WHERE state = 'waiting' AND due <= $1 AND effect IN (
        SELECT effect FROM outbox WHERE state = 'waiting' AND due <= $1 ORDER BY due LIMIT ${AT_ONCE})
      RETURNING effect, kind, body, tries`;
    const [rows] = (await this.db.write([{ sql, values: [now, now + lease] }])) as [Row[]];
    const done = await Promise.all(rows.map(async (row) => ({ row, delivery: await this.#carryOut(row, now) })));
    await this.#answer(done, this.clock());
    return rows.length;
  }

  /** When there is something to carry out next. */
  async next(): Promise<number> {
    const [row] = await this.db.read<{ next: number | null }>("SELECT min(due) AS next FROM outbox WHERE state = 'waiting'");
    return row?.next ?? Infinity;
  }

  async #carryOut(row: Row, now: number): Promise<Delivery> {
    const out = JSON.parse(row.body) as Outgoing;
    // After the gate's leave is over nothing goes out: `failed` has the step ask the gate anew.
    if (out.until !== undefined && Date.parse(out.until) <= now) return { status: "failed", trouble: "too late" };
    const message = out.kind === "send" || out.kind === "invite";
    if (message && out.message === undefined) return { status: "failed", trouble: `no message could be made: ${out.subject}` };
    let delivery: Delivery;
    try {
      delivery = await (message ? this.sinks.mail : this.sinks.effects).deliver(out);
    } catch (error) {
      delivery = { later: String(error) };
    }
    return "later" in delivery && row.tries >= TRIES ? { status: "failed", trouble: delivery.later } : delivery;
  }

  /** The rows' answers and the engine's acks, in one transaction; an answer that was given stays. */
  async #answer(done: { row: Row; delivery: Delivery }[], now: number): Promise<void> {
    const ended: string[][] = [];
    const later: [string, number, string][] = [];
    const acks = [];
    for (const { row, delivery } of done) {
      if ("later" in delivery) {
        later.push([row.effect, now + wait(row.tries), delivery.later]);
        continue;
      }
      const { status, trouble = "" } = delivery;
      if (status === "failed") this.died(row.kind);
      ended.push([row.effect, status, trouble]);
      if (row.kind !== "notice") {
        const { lead } = JSON.parse(row.body) as Outgoing;
        const work = { kind: "input" as const, lead, input: { ack: { effect: row.effect, status } } };
        acks.push({ id: `ack ${row.effect}`, work, urgent: false, received: now });
      }
    }
    // What was delivered is not kept: it is personal.
    const end = (list: string) => `UPDATE outbox SET state = v.column2, trouble = v.column3,
        body = CASE WHEN v.column2 = 'delivered' THEN '' ELSE body END
      FROM (VALUES ${list}) AS v WHERE outbox.effect = v.column1 AND outbox.state = 'waiting'`;
    const again = later.map(([effect, due, trouble]) => ({
      sql: "UPDATE outbox SET due = $2, trouble = $3 WHERE effect = $1 AND state = 'waiting'",
      values: [effect, due, trouble],
    }));
    if (done.length > 0) await this.db.write([...many(ended, end, false), ...again, ...put(acks)]);
  }
}

/** Twice as long each time: two seconds, four, eight ...; a little apart, so that not all come back at once. */
const wait = (tries: number): number => Math.round(1000 * 2 ** tries * (0.75 + Math.random() / 2));
