/**
 * Load on loopback: signed webhooks at a steady rate, whether the last ones were answered or not; latency counts from the
 * instant at which each was due. Then every accepted event has to be in exactly one lead's history.
 *
 *     npm run load -- --seconds 60 --rate 1000 [--database postgres://...]
 */

import { createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request } from "node:http";
import type { Lead } from "ikusei";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";

import { type Db, open } from "../src/db.js";
import { launch } from "./program.js";

const KEY = "load-test-key";
/** Events of one person; one in fifty is an enquiry, which is answered by mail. */
const EACH = 12;
const ENQUIRIES = 50;

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "60" }, rate: { type: "string", default: "1000" }, database: { type: "string" }, limit: { type: "string", default: "50" } },
});
const [seconds, rate, limit] = [Number(values.seconds), Number(values.rate), Number(values.limit)];
const total = seconds * rate;
const people = Math.ceil(total / EACH);

const folder = await mkdtemp(join(tmpdir(), "load-"));
const database = values.database ?? `sqlite:${join(folder, "load.db")}`;
const program = await launch({
  DATABASE: database,
  HOOK_KEY: KEY,
  RATE_HOOKS: "10000000",
  MAIL: `folder:${join(folder, "mail")}`,
  SINK: `folder:${join(folder, "effects")}`,
});
const { hostname, port } = new URL(program.url);
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

const latencies = new Float64Array(total);
const accepted = new Set<string>();
let answered = 0;
let failed = 0;

/** Who did it is spread as by a hash, and the same in every run. */
function post(number: number, due: number): void {
  const id = `e-${number}`;
  const email = `person-${(number * 7919) % people}@load.example`;
  const enquiry = number % ENQUIRIES === 0;
  const mapping = enquiry ? "contact" : "tracking";
  const events = [{ kind: "page_view", id, at: new Date().toISOString(), url: number % 3 === 0 ? "/pricing" : "/" }];
  const body = enquiry ? new URLSearchParams({ submission: id, mail: email, name: "山田 太郎" }).toString() : JSON.stringify({ email, events });
  const at = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", KEY).update(`${at}.${mapping}.${body}`).digest("base64url");
  const headers = { "x-signature": `t=${at},v1=${signature}`, "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  const posted = request({ agent, hostname, port, method: "POST", path: `/hooks/signed/${mapping}`, headers }, (answer) => {
    answer.resume();
    if (answer.statusCode === 204) accepted.add(id);
    else failed++;
    latencies[answered++] = performance.now() - due;
  });
  posted.on("error", () => {
    failed++;
    latencies[answered++] = performance.now() - due;
  });
  posted.end(body);
}

const began = performance.now();
for (let sent = 0; sent < total; ) {
  const due = Math.min(total, Math.floor(((performance.now() - began) * rate) / 1000));
  for (; sent < due; sent++) post(sent, began + (sent * 1000) / rate);
  await sleep(1);
}
while (answered < total) await sleep(10);
const took = (performance.now() - began) / 1000;
const db = await open(database);
const behind = await left(db);
const drain = performance.now();
for (let stuck = 0, before = behind; (await left(db)) > 0; ) {
  await sleep(100);
  const now = await left(db);
  stuck = now < before ? 0 : stuck + 1;
  before = now;
  if (stuck > 600) break;
}
const drained = (performance.now() - drain) / 1000;

const times = new Map<string, number>();
for (const { record } of await db.read<{ record: string }>("SELECT record FROM leads")) {
  for (const { id } of (JSON.parse(record) as Lead).activities ?? []) times.set(id, (times.get(id) ?? 0) + 1);
}
const lost = [...accepted].filter((id) => !times.has(id)).length;
const twice = [...times.values()].filter((count) => count > 1).length;
const strange = [...times.keys()].filter((id) => !accepted.has(id)).length;
await db.close();
const end = await program.end("SIGTERM");
agent.destroy();
await rm(folder, { recursive: true });

const sorted = latencies.subarray(0, answered).sort();
const at = (share: number) => Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!.toFixed(1));
const found = { database: database.split(":")[0], rate: Math.round(total / took), accepted: accepted.size, failed, p50: at(0.5), p99: at(0.99), max: at(1), behind, drained: Number(drained.toFixed(1)), lost, twice, strange };
console.log(JSON.stringify(found));
const whole = accepted.size === total && failed + lost + twice + strange === 0 && end === 0;
if (!whole) console.error(`events were lost or refused, or the program did not end well (${end})\n${program.log.join("\n")}`);
if (found.p99 > limit) console.error(`p99 is over ${limit} ms`);
process.exit(whole && found.p99 <= limit ? 0 : 1);

/** What waits to be decided. */
async function left(db: Db): Promise<number> {
  const [row] = await db.read<{ number: number }>("SELECT count(*) AS number FROM inbox WHERE state = 'waiting'");
  return row!.number;
}
