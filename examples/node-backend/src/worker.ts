/** The thread that decides and delivers, so that whoever posts does not wait for it. */

import { Playbook } from "ikusei";
import { setTimeout as sleep } from "node:timers/promises";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";

import { open } from "./db.js";
import { Desk } from "./desk.js";
import { claim, due, next, sweep } from "./inbox.js";
import { logger } from "./log.js";
import { Outbox } from "./outbox.js";
import { sinks } from "./sinks.js";
import type { Given } from "./work.js";

/** What comes in within this time is decided together. */
const PACE = 20;
/** The longest sleep: other processes write to the database as well. */
const LONGEST = 5000;
const HOUR = 3_600_000;
/** How long digests of deliveries are kept. */
const KEPT = 30 * 24 * HOUR;

/** Wakes whoever sleeps. */
class Bell {
  #ring = new AbortController();

  ring(): void {
    this.#ring.abort();
    this.#ring = new AbortController();
  }

  async wait(milliseconds: number): Promise<void> {
    const { signal } = this.#ring;
    await sleep(Math.max(0, milliseconds), undefined, { signal }).catch(() => {});
  }
}

const { settings, shared } = workerData as Given;
const port = parentPort as MessagePort;
const log = logger(settings.LOG).child({ part: "worker" });
const bells = [new Bell(), new Bell()] as const;
const [work, effects] = bells;
let stopping = false;

const db = await open(settings.DATABASE, shared);
const links = { base: settings.BASE, secret: settings.SECRET, company: settings.COMPANY };
const engine = Playbook.load(settings.PLAYBOOK).compile();
const desk = new Desk(db, engine, links, (code, kind) => log.warn({ code, kind }, "refused by the playbook"));
const targets = sinks(settings);
const outbox = new Outbox(db, targets, (kind) => log.warn({ kind }, "effect failed for good"));
const lease = settings.LEASE * 1000;
let swept = 0;

/** One round after the other; sleeps until `due` where a round found nothing. */
async function run(name: string, bell: Bell, round: (now: number) => Promise<boolean>, due: () => Promise<number>): Promise<void> {
  while (!stopping) {
    try {
      const rung = bell.wait(LONGEST);
      if (await round(Date.now())) {
        await sleep(PACE);
        continue;
      }
      const wait = Math.min(LONGEST, (await due()) - Date.now());
      await Promise.race([rung, bell.wait(wait)]);
    } catch (error) {
      // The database does not answer: claims run out, nothing is lost.
      log.error({ name, err: { type: (error as Error).name, code: (error as { code?: string }).code } }, "a round failed");
      await sleep(1000);
    }
  }
}

port.on("message", (message: "bell" | "stop") => {
  stopping ||= message === "stop";
  work.ring();
  if (stopping) effects.ring();
});
port.postMessage("ready");

const deciding = run(
  "decide",
  work,
  async (now) => {
    const jobs = [...(await claim(db, now, lease)), ...(await due(db, now, lease))];
    await desk.decide(jobs, new Date());
    if (jobs.length > 0) {
      effects.ring();
      port.postMessage("decided");
    }
    if (now - swept > HOUR) {
      await sweep(db, now - KEPT);
      swept = now;
    }
    return jobs.length > 0;
  },
  () => next(db),
);
const delivering = run(
  "deliver",
  effects,
  async () => {
    const carried = await outbox.deliver(lease);
    if (carried > 0) work.ring();
    return carried > 0;
  },
  () => outbox.next(),
);

await Promise.all([deciding, delivering]);
targets.mail.close();
targets.effects.close();
await db.close();
log.debug({ lost: desk.lost }, "worker done");
port.postMessage("stopped");
port.close();
