/** The program from outside: forms and webhooks in, effects out. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import type { Lead } from "ikusei";
import { join } from "node:path";

import type { Program } from "../load/program.js";
import { API_KEY, both, CountingSink, enquiry, folder, fromSendgrid, fromTwilio, HOT, keys, launch, looking, seconds, signed, until } from "./support.js";

interface Said {
  decided: boolean;
  people: { lead: string; rank: string | null; points: number; recorded: string[] }[];
}
interface Stored {
  record: Lead;
  rank: string;
  points: number;
  owner: string;
}

const post = (program: Program, path: string, init: RequestInit) => fetch(`${program.url}${path}`, { method: "POST", ...init });
const authorization = { authorization: `Bearer ${API_KEY}` };
const lead = async (program: Program, id: string) => (await (await fetch(`${program.url}/leads/${id}`, { headers: authorization })).json()) as Stored;
const json = (body: unknown): RequestInit => ({ body: JSON.stringify(body), headers: { "content-type": "application/json" } });

both("a form is scored, answered, thanked for and handed over once", async (DATABASE) => {
  const sink = await CountingSink.open();
  sink.status = (nth) => (nth === 1 ? 503 : 204);
  const program = await launch({ ...keys, DATABASE, SINK: sink.url, MAIL: sink.url, SINK_KEY: "sink" });
  const answer = await post(program, "/capture/contact", { body: enquiry(1, HOT) });
  const said = (await answer.json()) as Said;
  assert.equal(answer.status, 200);
  assert.deepEqual([said.decided, said.people[0]!.rank, said.people[0]!.points, said.people[0]!.recorded], [true, "A", 60, ["f-1"]]);
  // Once more, as a browser does that was not answered: the same.
  assert.deepEqual(await (await post(program, "/capture/contact", { body: enquiry(1, HOT) })).json(), said);
  // As JSON, by another person, with what a browser would never post.
  const other = (await (await post(program, "/capture/contact", json({ submission: "f-2", mail: "Hanako@acme.example", employees: 60, agree: true, interests: ["hinshitsu", "genka"], phone: null }))).json()) as Said;
  assert.deepEqual([other.people[0]!.rank, other.people[0]!.points], ["B", 33]);
  const second = await lead(program, other.people[0]!.lead);
  assert.deepEqual(second.record.fields, { email: "hanako@acme.example", employees: 60, interests: ["hinshitsu", "genka"] });
  assert.equal(second.record.consent?.["email"]?.status, "granted");

  const first = await lead(program, said.people[0]!.lead);
  assert.deepEqual([first.rank, first.owner], ["A", "sato"]);
  // Two thanks, the notice of the hand-over, and cases for the second: each refused at first, and tried again with the same key and content.
  await until(() => sink.deliveries.length >= 8);
  assert.deepEqual(sink.keys().map((key) => sink.of(key).length), [2, 2, 2, 2]);
  for (const key of sink.keys()) assert.equal(new Set(sink.of(key).map(({ body, signature }) => body + signature)).size, 1);
  const kinds = sink.keys().map((key) => (JSON.parse(sink.of(key)[0]!.body) as { kind: string }).kind);
  assert.deepEqual(kinds.sort(), ["notice", "send", "send", "send"]);
  await until(async () => (await lead(program, said.people[0]!.lead)).record.touches?.[0]?.status === "delivered");

  // Whoever posts somebody else's address learns nothing of what is known.
  const probe = (await (await post(program, "/capture/contact", json({ mail: "p1@kensetsu.example" }))).json()) as Said;
  assert.equal(probe.people[0]!.rank, "C");

  // The owner answers; what it is about is there, and what is not there is refused.
  const assignment = first.record.assignments![0]!.id;
  const respond = (id: string) => post(program, `/leads/${said.people[0]!.lead}/assignments/${id}`, { ...json({ response: "accept" }), headers: { ...authorization, "content-type": "application/json" } });
  assert.equal((await respond(assignment)).status, 204);
  assert.equal((await lead(program, said.people[0]!.lead)).record.assignments![0]!.state, "accepted");
  assert.equal((await respond("nothing")).status, 422);
  const dead = (await (await fetch(`${program.url}/dead`, { headers: authorization })).json()) as { inbox: { id: string; outcome: string }[] };
  assert.match(dead.inbox[0]!.outcome, /nothing/);
  assert.equal((await fetch(`${program.url}/dead/${dead.inbox[0]!.id}`, { method: "POST", headers: authorization })).status, 204);

  // Nobody who is known stands in the log.
  assert.equal(await program.end("SIGTERM"), 0);
  assert.ok(program.log.some((line) => line.includes('"route":"/capture/:form"')));
  for (const secret of ["kensetsu", "青木", "hanako", said.people[0]!.lead]) assert.ok(!program.log.join("\n").includes(secret), secret);
});

both("webhooks are believed by their signatures, once", async (DATABASE) => {
  const program = await launch({ ...keys, DATABASE, BASE: "http://shop.example", MAIL: `folder:${folder()}`, SINK: `folder:${folder()}` });
  const status = async (path: string, init: RequestInit) => (await post(program, path, init)).status;
  const id = ((await (await post(program, "/capture/contact", { body: enquiry(7) })).json()) as Said).people[0]!.lead;
  const history = async () => (await lead(program, id)).record.activities!.map((activity) => activity.kind);

  const seen = JSON.stringify({ email: "p7@kensetsu.example", events: [{ kind: "page_view", at: "2026-11-01T00:00:00Z", url: "/pricing" }] });
  const right = signed("tracking", seen);
  assert.equal(await status("/hooks/signed/tracking", right), 204);
  assert.equal(await status("/hooks/signed/tracking", right), 204, "the same delivery again");
  assert.equal(await status("/hooks/signed/tracking", signed("tracking", seen, seconds(), "another key")), 401);
  assert.equal(await status("/hooks/signed/tracking", { ...right, body: seen.replace("/pricing", "/prices") }), 401);
  assert.equal(await status("/hooks/signed/tracking", signed("tracking", seen, seconds() - 600)), 401, "a replay");
  assert.equal(await status("/hooks/signed/contact", right), 401, "meant for another");
  assert.equal(await status("/hooks/signed/nothing", signed("nothing", seen)), 404);
  assert.equal(await status("/hooks/signed/tracking", { body: seen }), 401);

  const clicked = JSON.stringify([{ email: "p7@kensetsu.example", event: "click", timestamp: seconds(), sg_event_id: "sg-1", sg_message_id: "m-1", url: "https://shop.example/" }]);
  const sent = fromSendgrid(clicked);
  assert.equal(await status("/hooks/sendgrid", sent), 204);
  assert.equal(await status("/hooks/sendgrid", sent), 204, "the same delivery again");
  assert.equal(await status("/hooks/sendgrid", fromSendgrid(clicked, seconds() - 600)), 401, "a replay");
  assert.equal(await status("/hooks/sendgrid", { ...sent, body: clicked.replace("click", "open") }), 401);

  const call = { CallSid: "CA1", CallStatus: "completed", From: "+81312345678", To: "+81312345679", Direction: "outbound-api", CallDuration: "60" };
  const called = fromTwilio("http://shop.example/hooks/twilio", call);
  assert.equal(await status("/hooks/twilio", called), 204);
  assert.equal(await status("/hooks/twilio", fromTwilio("http://shop.example/hooks/twilio", call)), 204, "the same delivery again");
  assert.equal(await status("/hooks/twilio", fromTwilio("http://other.example/hooks/twilio", call)), 401);
  assert.equal(await status("/hooks/twilio", fromTwilio("http://shop.example/hooks/twilio", call, "54321")), 401);

  await until(async () => (await history()).length >= 3);
  // Everything that came in is decided before the end, and nothing of a replay is in the history.
  assert.equal(await program.end("SIGTERM"), 0);
  await looking(DATABASE, async (db) => {
    const [row] = await db.read<{ record: string }>("SELECT record FROM leads WHERE id = $1", [id]);
    const kinds = (JSON.parse(row!.record) as Lead).activities!.map(({ kind }) => kind);
    assert.deepEqual(kinds.sort(), ["email_click", "inquiry", "page_view"]);
    const events = await db.read<{ id: string; state: string }>("SELECT id, state FROM inbox WHERE id NOT LIKE 'ack %'");
    assert.equal(events.length, 4);
  });
});

both("a link in a mail takes consent back when the button is pressed", async (DATABASE) => {
  const MAIL = folder();
  const program = await launch({ ...keys, DATABASE, MAIL: `folder:${MAIL}`, SINK: `folder:${folder()}` });
  const id = ((await (await post(program, "/capture/contact", { body: enquiry(1) })).json()) as Said).people[0]!.lead;
  await until(() => readdirSync(MAIL).filter((name) => name.endsWith(".json")).length === 1);
  const { message } = JSON.parse(readFileSync(join(MAIL, readdirSync(MAIL)[0]!), "utf8")) as { message: { unsubscribe: string; text: string } };
  assert.match(message.text, /青木 花子様/);
  const path = new URL(message.unsubscribe).pathname;
  assert.match(await (await fetch(`${program.url}${path}`)).text(), /<button>/);
  const status = async () => (await lead(program, id)).record.consent?.["email"]?.status;
  assert.equal(await status(), "granted");
  assert.equal((await post(program, `${path}x`, {})).status, 404);
  assert.equal((await post(program, path, { body: new URLSearchParams({ "List-Unsubscribe": "One-Click" }) })).status, 200);
  await until(async () => (await status()) === "denied");
  await program.end("SIGTERM");
});
