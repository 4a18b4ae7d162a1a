/** Decisions: two processes at one database, and time. */

import assert from "node:assert/strict";
import { type Lead, Playbook, type Roster } from "ikusei";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { HOME } from "../load/program.js";
import { type Db, Lost, open } from "../src/db.js";
import { Desk } from "../src/desk.js";
import { claim, due, Inbox, next } from "../src/inbox.js";
import { Outbox } from "../src/outbox.js";
import type { Delivery, Job, Outgoing } from "../src/work.js";
import { both, enquiry, HOT } from "./support.js";

const engine = Playbook.load(join(HOME, "playbook.yaml")).compile();
const roster = readFileSync(join(HOME, "roster.json"), "utf8");
const links = { base: "http://shop.example", secret: "secret", company: "見本" };
/** Monday at noon in Tokyo: nobody is out, nothing is quiet. */
const NOON = Date.parse("2026-11-30T12:00:00+09:00");
const HOUR = 3_600_000;

async function seeded(url: string): Promise<Db> {
  const db = await open(url);
  await db.write([{ sql: "INSERT INTO roster (id, revision, body) VALUES (1, 1, $1)", values: [roster] }]);
  return db;
}

const desk = (db: Db, refused = (_code: string) => {}) => new Desk(db, engine, links, refused);
const posted = (form: URLSearchParams, received = NOON): Job => ({ urgent: false, received, work: { kind: "capture", mapping: "contact", text: form.toString() } });
const leads = async (db: Db) => (await db.read<{ record: string }>("SELECT record FROM leads ORDER BY id")).map(({ record }) => JSON.parse(record) as Lead);
const kinds = async (db: Db) => (await db.read<{ kind: string }>("SELECT kind FROM outbox ORDER BY kind")).map(({ kind }) => kind);

both("two processes decide about the same people at once", async (url) => {
  const here = await seeded(url);
  const there = await open(url);
  const desks = [desk(here), desk(there)];
  // Of everybody each process has an enquiry of its own, and an event that the other one has as well.
  const race = desks.map(async (one, side) => {
    for (let round = 0; round < 10; round++) {
      const jobs = Array.from({ length: 5 }, (_, number) => {
        const mail = `p${round}-${number}@kensetsu.example`;
        const shared = posted(enquiry(`shared-${round}-${number}`, { ...HOT, mail }));
        return [posted(enquiry(`${side}-${round}-${number}`, { ...HOT, mail })), shared];
      });
      await one.decide(jobs.flat(), new Date(NOON));
    }
  });
  await Promise.all(race);
  const found = await leads(here);
  assert.equal(found.length, 50, "one record for each person");
  for (const lead of found) {
    assert.equal(lead.activities?.length, 3);
    assert.equal(lead.assignments?.length, 1, "one owner");
  }
  // Everybody's turn was counted once.
  const [stored] = await here.read<{ revision: number; body: string }>("SELECT revision, body FROM roster");
  assert.equal(stored!.revision, 51);
  const { load } = JSON.parse(stored!.body) as Roster;
  assert.deepEqual([load?.["sato"]?.open, load?.["suzuki"]?.open], [25, 25]);
  assert.ok(desks.some(({ lost }) => lost > 0), "nobody was ever in the other's way");
  await here.close();
  await there.close();
});

both("whoever writes from an old revision is sent back, and nothing of it is there", async (url) => {
  const db = await seeded(url);
  const insert = { sql: "INSERT INTO inbox (id, work, urgent, received, due, tries, state, outcome) VALUES ('x', '', 0, 0, 0, 0, 'done', '')" };
  const swap = { sql: "UPDATE roster SET revision = 3 WHERE revision = 2", expect: 1 };
  await assert.rejects(db.write([insert, swap]), Lost);
  assert.deepEqual(await db.read("SELECT id FROM inbox"), []);
  await db.close();
});

both("time alone wakes a lead, at its time", async (url) => {
  const db = await seeded(url);
  const one = desk(db);
  await one.decide([posted(enquiry(1, HOT))], new Date(NOON));
  // Four working hours to accept: at four in the afternoon the owner is reminded.
  assert.equal(await next(db), NOON + 4 * HOUR);
  assert.deepEqual(await due(db, NOON + 4 * HOUR - 1, 1000), []);
  const woken = await due(db, NOON + 4 * HOUR, 1000);
  assert.equal(woken.length, 1);
  assert.deepEqual(await due(db, NOON + 4 * HOUR, 1000), [], "it is claimed");
  await one.decide(woken, new Date(NOON + 4 * HOUR));
  assert.deepEqual(await kinds(db), ["notice", "notice", "send"]);
  const [lead] = await leads(db);
  assert.deepEqual(lead!.assignments![0]!.history.map(({ kind }) => kind), ["assigned", "reminded"]);
  await db.close();
});

both("what the playbook refuses is put aside; what is beside it is not", async (url) => {
  const db = await seeded(url);
  const refused: string[] = [];
  const one = desk(db, (code) => refused.push(code));
  const inbox = new Inbox(db, () => {});
  const text = enquiry(2).toString();
  await Promise.all([
    inbox.put("good", { kind: "capture", mapping: "contact", text }, false),
    inbox.put("bad", { kind: "capture", mapping: "tracking", text: "no JSON" }, false),
    inbox.put("gone", { kind: "input", lead: "nobody", input: "tick" }, false),
    inbox.put("worse", { kind: "capture", mapping: "nothing", text }, false),
  ]);
  assert.equal(await inbox.put("good", { kind: "capture", mapping: "contact", text }, false), false, "the same again");
  const jobs = await claim(db, Date.now(), 60_000);
  assert.equal(jobs.length, 4);
  assert.deepEqual(await claim(db, Date.now(), 60_000), [], "they are claimed");
  await one.decide(jobs, new Date());
  const states = await db.read<{ id: string; state: string; work: string }>("SELECT id, state, work FROM inbox ORDER BY id");
  assert.deepEqual(states.map(({ id, state }) => `${id} ${state}`), ["bad dead", "gone done", "good done", "worse dead"]);
  assert.equal(states[2]!.work, "", "what was said is not kept");
  assert.deepEqual([refused.length, (await leads(db)).length], [2, 1]);
  // A claim that its process did not live to use runs out; decided once more, nothing changes.
  await one.decide(jobs, new Date());
  assert.equal((await leads(db))[0]!.activities!.length, 1);
  await db.close();
});

both("effects are tried again, and in the end are dead letters of which the scenario hears", async (url) => {
  const db = await seeded(url);
  const one = desk(db);
  await one.decide([posted(enquiry(3))], new Date(NOON));
  const tried: string[] = [];
  const sink = {
    deliver: (out: Outgoing): Promise<Delivery> => {
      tried.push(out.effect);
      return tried.length === 1 ? Promise.reject(new Error("no connection")) : Promise.resolve({ later: "HTTP 503" });
    },
    close: () => {},
  };
  const died: string[] = [];
  let now = NOON;
  const outbox = new Outbox(db, { mail: sink, effects: sink }, (kind) => died.push(kind), () => now);
  for (let tries = 1; tries <= 6; tries++) {
    assert.equal(await outbox.deliver(1000), 1);
    assert.equal(await outbox.deliver(1000), 0, "not before its time");
    now += 5 * 60_000;
  }
  assert.deepEqual([tried.length, new Set(tried).size, died], [6, 1, ["send"]]);
  const [row] = await db.read<{ state: string; trouble: string }>("SELECT state, trouble FROM outbox");
  assert.deepEqual(row, { state: "failed", trouble: "HTTP 503" });
  // The step's `retry` makes a new effect of it, with a key of its own.
  await one.decide(await claim(db, now, 60_000), new Date(NOON + HOUR));
  const [lead] = await leads(db);
  assert.equal(lead!.touches![0]!.status, "failed");
  await one.decide([{ urgent: false, received: NOON, work: { kind: "tick", lead: lead!.id } }], new Date(NOON + 2 * HOUR));
  assert.equal((await kinds(db)).length, 2);
  await db.close();
});
