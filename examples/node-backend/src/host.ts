/** The whole of it: the server, the thread that decides, and how both begin and end. */

import { Playbook, type Roster } from "ikusei";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { Worker } from "node:worker_threads";

import { buildApp, type Server } from "./app.js";
import { open, turns } from "./db.js";
import { Inbox } from "./inbox.js";
import { logger } from "./log.js";
import { type Settings, words } from "./settings.js";
import type { Given } from "./work.js";

export interface Host {
  app: Server;
  url: string;
  /** Takes no more, finishes what is under way, and lets go of everything. */
  stop(): Promise<void>;
}

/** Starts everything. `broken` is called if the thread ends by itself: the process is of no use then. */
export async function start(settings: Settings, broken: (error: unknown) => void): Promise<Host> {
  const log = logger(settings.LOG);
  const playbook = Playbook.load(settings.PLAYBOOK);
  const captures = new Set(Object.keys((playbook.toJSON() as { capture?: object }).capture ?? {}));
  const missing = words(settings.FORMS).filter((form) => !captures.has(form));
  if (missing.length > 0) throw new Error(`FORMS names ${missing.join(", ")}, which the playbook does not capture`);
  const shared = turns();
  const db = await open(settings.DATABASE, shared);
  const roster = JSON.parse(await readFile(settings.ROSTER, "utf8")) as Roster;
  playbook.compile().verify(roster);
  const seed = "INSERT INTO roster (id, revision, body) VALUES (1, $1, $2) ON CONFLICT (id) DO NOTHING";
  await db.write([{ sql: seed, values: [roster.revision, JSON.stringify(roster)] }]);

  const worker = new Worker(new URL("worker.js", import.meta.url), { workerData: { settings, shared } satisfies Given });
  const [ready] = await once(worker, "message");
  if (ready !== "ready") throw new Error("the worker did not start");
  let stopping = false;
  const waiting = new Set<() => void>();
  worker.on("message", () => {
    for (const go of waiting) go();
  });
  worker.on("error", broken);
  worker.on("exit", (code) => {
    if (!stopping) broken(new Error(`the worker ended with ${code}`));
  });
  const bell = (wait: number) =>
    new Promise<void>((done) => {
      const go = () => {
        clearTimeout(timer);
        waiting.delete(go);
        done();
      };
      const timer = setTimeout(go, wait);
      waiting.add(go);
    });

  const inbox = new Inbox(db, () => worker.postMessage("bell"));
  const app = await buildApp({ settings, log, db, inbox, captures, bell, well: () => !stopping });
  await app.listen({ host: settings.HOST, port: settings.PORT });
  const { address, port } = app.server.address() as AddressInfo;
  const url = `http://${address.includes(":") ? `[${address}]` : address}:${port}`;
  log.info({ url, playbook: playbook.name }, "listening");

  const stop = async () => {
    stopping = true;
    await app.close();
    await inbox.drained();
    const ended = once(worker, "exit");
    worker.postMessage("stop");
    await ended;
    await db.close();
    log.info("stopped");
  };
  return { app, url, stop };
}
