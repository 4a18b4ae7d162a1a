/** Killed at random moments, twenty times: nothing that was accepted is lost, nothing is done twice. */

import assert from "node:assert/strict";
import type { Effect, Lead } from "ikusei";
import { setTimeout as sleep } from "node:timers/promises";

import type { Program } from "../load/program.js";
import { both, CountingSink, enquiry, HOT, keys, launch, looking, signed, until } from "./support.js";

const KILLS = 20;
const CLIENTS = 4;

/** The same numbers in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

both(`kill -9 ${KILLS} times`, async (DATABASE, context) => {
  const sink = await CountingSink.open();
  const next = random(20261122);
  const accepted = new Set<string>();
  const enquiries = new Set<string>();
  let number = 0;
  // One effect in ten is refused at first.
  sink.status = (nth) => (nth === 1 && next() < 0.1 ? 503 : 204);
  const environment = { ...keys, DATABASE, SINK: sink.url, MAIL: sink.url, LOG: "info", RATE_FORMS: "1000000", RATE_HOOKS: "1000000" };

  /** Posts until nobody answers. Of four events one is an enquiry, the others are seen of those who enquired. */
  const client = async (program: Program) => {
    for (;;) {
      const id = ++number;
      const mail = `p${Math.ceil((id * next()) / 4) * 4}@kensetsu.example`;
      const events = [{ kind: "page_view", id: `f-${id}`, at: "2026-11-01T00:00:00Z", url: "/pricing" }];
      const [path, init] =
        id % 4 === 0
          ? ["/capture/contact", { method: "POST", body: enquiry(id, id % 16 === 0 ? HOT : {}) }]
          : ["/hooks/signed/tracking", signed("tracking", JSON.stringify({ email: mail, events }))];
      const answer = await fetch(`${program.url}${path}`, init).catch(() => undefined);
      if (answer === undefined) return;
      assert.ok(answer.ok, `${answer.status}`);
      accepted.add(`f-${id}`);
      if (id % 4 === 0) enquiries.add(`f-${id}`);
      await answer.text().catch(() => "");
    }
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const program = await launch(environment);
    const clients = Array.from({ length: CLIENTS }, () => client(program));
    await sleep(50 + next() * 700);
    assert.equal(await program.end("SIGKILL"), "SIGKILL");
    await Promise.all(clients);
  }
  const last = await launch(environment);
  await looking(DATABASE, async (db) => {
    const waiting = "SELECT id FROM inbox WHERE state = 'waiting' UNION ALL SELECT effect FROM outbox WHERE state = 'waiting'";
    await until(async () => (await db.read(waiting)).length === 0, 120);
    assert.equal(await last.end("SIGTERM"), 0);

    const leads = (await db.read<{ record: string }>("SELECT record FROM leads")).map((row) => JSON.parse(row.record) as Lead);
    const times = new Map<string, number>();
    for (const { id } of leads.flatMap((lead) => lead.activities ?? [])) times.set(id, (times.get(id) ?? 0) + 1);
    const lost = [...accepted].filter((id) => !times.has(id));
    assert.deepEqual(lost, [], "accepted, and in nobody's history");
    assert.deepEqual([...times].filter(([, count]) => count > 1), [], "in two histories");

    // A key is one effect, with one content, however often it was delivered; and every effect went out.
    const effects = await db.read<{ effect: string; state: string; body: string }>("SELECT effect, state, body FROM outbox");
    assert.ok(effects.every(({ state, body }) => state === "delivered" && body === ""), "delivered, and kept no longer");
    assert.deepEqual(effects.map(({ effect }) => effect).sort(), sink.keys().sort());
    for (const key of sink.keys()) assert.equal(new Set(sink.of(key).map(({ body }) => body)).size, 1, key);
    // One step of one passage has one effect: nobody is thanked twice for one enquiry.
    const sent = sink.keys().map((key) => JSON.parse(sink.of(key)[0]!.body) as { lead: string; kind: string; asked: Effect });
    const steps = sent.filter(({ kind }) => kind === "send").map(({ asked }) => [asked.lead, asked.scenario, asked.enrolment, asked.step, asked.occurrence].join(" "));
    assert.equal(new Set(steps).size, steps.length);
    const thanked = sent.filter(({ kind, asked }) => kind === "send" && asked.scenario === "thanks");
    const inquiries = leads.flatMap((lead) => (lead.activities ?? []).filter(({ kind }) => kind === "inquiry"));
    assert.equal(thanked.length, inquiries.length);
    assert.ok(inquiries.length >= enquiries.size && enquiries.size > 0);
    const owners = leads.map((lead) => (lead.assignments ?? []).length);
    assert.ok(Math.max(...owners) === 1, "nobody has two owners");
  });
  context.diagnostic(`${accepted.size} accepted, ${enquiries.size} of them enquiries; ${sink.deliveries.length} deliveries of ${sink.keys().length} effects`);
});
