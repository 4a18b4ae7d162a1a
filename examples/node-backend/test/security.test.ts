/** What anybody may try. */

import assert from "node:assert/strict";
import type { Lead } from "ikusei";
import { test } from "node:test";

import { readSettings } from "../src/settings.js";
import { API_KEY, both, enquiry, folder, keys, launch, looking, signed, until } from "./support.js";

const json = (body: string): RequestInit => ({ method: "POST", body, headers: { "content-type": "application/json" } });

both("what is posted is data, or refused", async (DATABASE) => {
  const program = await launch({ ...keys, DATABASE, MAIL: `folder:${folder()}`, SINK: `folder:${folder()}` });
  const status = async (path: string, init: RequestInit) => (await fetch(`${program.url}${path}`, { method: "POST", ...init })).status;

  // Too much.
  assert.equal(await status("/capture/contact", { body: enquiry(1, { message: "x".repeat(70_000) }) }), 413);
  assert.equal(await status("/capture/contact", { body: enquiry(1, { message: "x".repeat(9_000) }) }), 400);
  assert.equal(await status("/capture/contact", { body: new URLSearchParams(Array.from({ length: 101 }, (_, n) => [`n${n}`, ""])) }), 400);
  assert.equal(await status("/hooks/signed/tracking", signed("tracking", "x".repeat(1_100_000))), 413);
  assert.equal(await status("/capture/contact", json('{"mail":'.repeat(5_000))), 400);
  // Another kind of thing.
  assert.equal(await status("/capture/contact", json('{"mail": {"$ne": null}}')), 400);
  assert.equal(await status("/capture/contact", json("[]")), 400);
  assert.equal(await status("/capture/contact", { body: "<xml/>", headers: { "content-type": "application/xml" } }), 415);
  for (const key of ["__proto__", "constructor"]) {
    assert.equal(await status("/capture/contact", json(`{"mail": "a@b.example", "${key}": {"prototype": {"x": 1}}}`)), 400, key);
  }
  // Captures that are no forms, and what is no capture.
  for (const form of ["sendgrid", "tracking", "__proto__", "..%2Fcontact"]) assert.equal(await status(`/capture/${form}`, { body: enquiry(1) }), 404, form);

  // Names that mean something elsewhere are names.
  const name = `Robert'); DROP TABLE leads;-- "$1" <script>`;
  const form = enquiry(9, { name, mail: `x'--@a.example`, __proto__: "x", constructor: "y" });
  form.append("__proto__", "polluted");
  assert.equal(await status("/capture/contact", { body: form }), 200);
  const events = [{ kind: "page_view", id: "'; DELETE FROM inbox; --", at: "2026-11-01T00:00:00Z", url: "__proto__" }];
  const hostile = `{"__proto__": {"email": "evil@a.example"}, "email": "q@a.example", "events": ${JSON.stringify(events)}}`;
  assert.equal(await status("/hooks/signed/tracking", signed("tracking", hostile)), 204);
  // A signed payload that cannot be read is put aside, and those beside it are not.
  assert.equal(await status("/hooks/signed/tracking", signed("tracking", "no JSON")), 204);
  assert.equal(await status("/capture/contact", { body: enquiry(10) }), 200);

  // What is behind the key.
  for (const [path, method] of [["/leads/x", "GET"], ["/dead", "GET"], ["/dead/x", "POST"], ["/leads/x/assignments/y", "POST"]] as const) {
    assert.equal((await fetch(`${program.url}${path}`, { method })).status, 401, path);
    assert.equal((await fetch(`${program.url}${path}`, { method, headers: { authorization: `Bearer ${API_KEY}x` } })).status, 401, path);
  }
  const answer = await fetch(`${program.url}/health`);
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  assert.match(answer.headers.get("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'/);
  assert.match(answer.headers.get("strict-transport-security") ?? "", /max-age=\d{8}/);
  assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
  assert.equal(answer.headers.get("content-type"), "application/json; charset=utf-8");
  // What went wrong inside is nobody's business.
  const wrong = await (await fetch(`${program.url}/capture/contact`, json("{"))).text();
  assert.deepEqual(Object.keys(JSON.parse(wrong) as object), ["error"]);
  assert.doesNotMatch(wrong, /\.js|node_modules| {4}at /);

  await looking(DATABASE, async (db) => {
    await until(async () => (await db.read("SELECT id FROM inbox WHERE state = 'waiting'")).length === 0);
    const leads = (await db.read<{ record: string }>("SELECT record FROM leads")).map((row) => JSON.parse(row.record) as Lead);
    assert.ok(leads.some((lead) => lead.fields?.["name"] === name));
    assert.ok(leads.some((lead) => lead.activities?.some(({ id }) => id === events[0]!.id)));
    assert.ok(!JSON.stringify(leads).includes("evil@a.example"));
    const dead = await db.read<{ outcome: string }>("SELECT outcome FROM inbox WHERE state = 'dead'");
    assert.equal(dead.length, 1);
  });
  assert.equal(await program.end("SIGTERM"), 0);
});

test("rates, origins and what has no key", async () => {
  const program = await launch({ DATABASE: `sqlite:${folder()}/a.db`, RATE_FORMS: "3", ORIGINS: "https://shop.example", MAIL: `folder:${folder()}`, SINK: `folder:${folder()}`, HOOK_KEY: "", API_KEY: "" });
  const asked = (origin: string) => fetch(`${program.url}/capture/contact`, { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } });
  assert.equal((await asked("https://shop.example")).headers.get("access-control-allow-origin"), "https://shop.example");
  assert.equal((await asked("https://evil.example")).headers.get("access-control-allow-origin"), null);
  const statuses = [];
  for (let number = 0; number < 4; number++) statuses.push((await fetch(`${program.url}/capture/contact`, { method: "POST", body: enquiry(number) })).status);
  assert.deepEqual(statuses, [200, 200, 200, 429]);
  for (const path of ["/leads/x", "/dead", "/hooks/sendgrid", "/hooks/twilio"]) assert.equal((await fetch(`${program.url}${path}`)).status, 404, path);
  assert.equal((await fetch(`${program.url}/hooks/signed/tracking`, signed("tracking", "{}"))).status, 404);
  assert.equal(await program.end("SIGTERM"), 0);
});

test("settings that are not right are told all at once", () => {
  const wrong = { SECRET: "short", DATABASE: "mysql://x", PORT: "many", API_KEY: "weak" };
  assert.throws(() => readSettings(wrong), (error: Error) => ["SECRET", "DATABASE", "PORT", "API_KEY"].every((name) => error.message.includes(name)));
  assert.throws(() => readSettings({}), /SECRET/);
  assert.equal(readSettings({ SECRET: "x".repeat(32), PORT: "80" }).PORT, 80);
});
