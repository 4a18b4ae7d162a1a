/** Two processes on one database, each with its own share of what comes in about the same people. */

import assert from "node:assert/strict";
import type { Lead, Roster } from "ikusei";

import { both, CountingSink, enquiry, HOT, keys, launch, looking, signed, until } from "./support.js";

const PEOPLE = 40;

both("two processes give nobody two records, two owners, two mails", async (DATABASE) => {
  const sink = await CountingSink.open();
  const environment = { ...keys, DATABASE, SINK: sink.url, MAIL: sink.url, RATE_FORMS: "10000" };
  const programs = await Promise.all([launch(environment), launch(environment)]);
  const posts = Array.from({ length: PEOPLE }, (_, number) => {
    const form = enquiry(number, HOT);
    const mail = `p${number}@kensetsu.example`;
    const events = [{ kind: "page_view", id: `seen-${number}`, at: "2026-11-01T00:00:00Z", url: "/pricing" }];
    const seen = signed("tracking", JSON.stringify({ email: mail, events }));
    // The form comes to both, as it does where a browser tries again; so does what the web site tells.
    return programs.flatMap(({ url }) => [
      fetch(`${url}/capture/contact`, { method: "POST", body: form }),
      fetch(`${url}/hooks/signed/tracking`, seen),
    ]);
  });
  for (const answer of await Promise.all(posts.flat())) assert.ok(answer.ok, `${answer.status}`);
  await looking(DATABASE, async (db) => {
    const waiting = "SELECT id FROM inbox WHERE state = 'waiting' UNION ALL SELECT effect FROM outbox WHERE state = 'waiting'";
    await until(async () => (await db.read(waiting)).length === 0, 60);
    for (const program of programs) assert.equal(await program.end("SIGTERM"), 0);
    const leads = (await db.read<{ record: string }>("SELECT record FROM leads")).map(({ record }) => JSON.parse(record) as Lead);
    assert.equal(leads.length, PEOPLE);
    for (const lead of leads) assert.deepEqual([lead.activities?.length, lead.assignments?.length], [2, 1]);
    const [stored] = await db.read<{ revision: number; body: string }>("SELECT revision, body FROM roster");
    const { load } = JSON.parse(stored!.body) as Roster;
    assert.deepEqual([stored!.revision, load?.["sato"]?.open, load?.["suzuki"]?.open], [1 + PEOPLE, PEOPLE / 2, PEOPLE / 2]);
    assert.deepEqual([sink.keys().length, sink.deliveries.length], [2 * PEOPLE, 2 * PEOPLE], "a mail and a notice each");
  });
});
