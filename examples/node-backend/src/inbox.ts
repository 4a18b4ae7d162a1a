/** The inbox: what came in is on the disk before it is answered, and many deliveries share one commit. */

import { type Db, many } from "./db.js";
import type { Job, Work } from "./work.js";

/** A claim that ended with the process so often kills it: people have to look. */
const CLAIMS = 30;
const BATCH = 200;

interface Delivered {
  job: Job & { id: string };
  done: (fresh: boolean) => void;
  failed: (error: unknown) => void;
}

/** Takes deliveries. While one commit is under way the next ones gather, and share the one after it. */
export class Inbox {
  readonly #gathered: Delivered[] = [];
  #writing: Promise<void> | undefined;

  constructor(
    readonly db: Db,
    readonly stored: () => void,
  ) {}

  /** When this returns the delivery is stored. @returns whether it is the first of its id */
  put(id: string, work: Work, urgent: boolean): Promise<boolean> {
    return new Promise((done, failed) => {
      this.#gathered.push({ job: { id, work, urgent, received: Date.now() }, done, failed });
      this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
    });
  }

  /** When everything that was given is stored. */
  async drained(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    // Whatever arrived with this one goes along.
    await new Promise((next) => setImmediate(next));
    for (let batch = this.#gathered.splice(0, 500); batch.length > 0; batch = this.#gathered.splice(0, 500)) {
      try {
        const rows = await this.db.write(put(batch.map(({ job }) => job)));
        const fresh = new Set((rows.flat() as { id: string }[]).map(({ id }) => id));
        for (const { job, done } of batch) done(fresh.has(job.id));
        this.stored();
      } catch (error) {
        for (const { failed } of batch) failed(error);
      }
    }
  }
}

/** Rows of the inbox; those that are there stay as they are. */
export function put(jobs: (Job & { id: string })[]) {
  const rows = jobs.map(({ id, work, urgent, received }) => [id, JSON.stringify(work), Number(urgent), received, received, 0, "waiting", ""]);
  const sql = (list: string) =>
    `INSERT INTO inbox (id, work, urgent, received, due, tries, state, outcome) VALUES ${list} ON CONFLICT (id) DO NOTHING RETURNING id`;
  return many(rows, sql, false);
}

/** Claims what has waited longest: until the lease is over nobody else takes it. */
export async function claim(db: Db, now: number, lease: number): Promise<Job[]> {
  // The condition stands twice: PostgreSQL looks at the outer one again when another process had the row.
  const sql = `UPDATE inbox SET due = $2, tries = tries + 1 WHERE state = 'waiting' AND due <= $1 AND id IN (
      SELECT id FROM inbox WHERE state = 'waiting' AND due <= $1 ORDER BY urgent DESC, received LIMIT ${BATCH})
    RETURNING id, work, urgent, received, tries`;
  type Row = { id: string; work: string; urgent: number; received: number; tries: number };
  const [rows] = (await db.write([{ sql, values: [now, now + lease] }])) as [Row[]];
  const worn = rows.filter(({ tries }) => tries > CLAIMS).map(({ id }) => [id]);
  await db.write(many(worn, (list) => `UPDATE inbox SET state = 'dead', outcome = 'ends the process' WHERE id IN (${list})`, false));
  return rows
    .filter(({ tries }) => tries <= CLAIMS)
    .sort((a, b) => b.urgent - a.urgent || a.received - b.received)
    .map(({ id, work, urgent, received }) => ({ id, urgent: urgent === 1, received, work: JSON.parse(work) as Work }));
}

/** Claims leads whose time has come. */
export async function due(db: Db, now: number, lease: number): Promise<Job[]> {
  const sql = `UPDATE leads SET wakeup = $2 WHERE wakeup <= $1 AND id IN (
      SELECT id FROM leads WHERE wakeup <= $1 ORDER BY wakeup LIMIT ${BATCH}) RETURNING id`;
  const [rows] = (await db.write([{ sql, values: [now, now + lease] }])) as [{ id: string }[]];
  return rows.map(({ id }) => ({ urgent: false, received: now, work: { kind: "tick", lead: id } }));
}

/** When there is something to decide next. */
export async function next(db: Db): Promise<number> {
  const sql = "SELECT min(due) AS next FROM inbox WHERE state = 'waiting' UNION ALL SELECT min(wakeup) AS next FROM leads";
  const rows = await db.read<{ next: number | null }>(sql);
  return Math.min(...rows.map((row) => row.next ?? Infinity));
}

/** Digests of deliveries are kept as long as one of them may come again. */
export async function sweep(db: Db, before: number): Promise<void> {
  await db.write([{ sql: "DELETE FROM inbox WHERE state = 'done' AND received < $1", values: [before] }]);
}

/** What came of a delivery, as soon as it was decided; nothing if that takes longer than `patience`. */
export async function outcome(db: Db, id: string, bell: (wait: number) => Promise<void>, patience = 5000): Promise<{ state: string; outcome: string } | undefined> {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    const rung = bell(200);
    const [row] = await db.read<{ state: string; outcome: string }>("SELECT state, outcome FROM inbox WHERE id = $1", [id]);
    if (row !== undefined && row.state !== "waiting") return row;
    await rung;
  }
  return undefined;
}
