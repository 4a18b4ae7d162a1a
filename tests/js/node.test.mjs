// The packed Node package, as installed.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { run } from "./conformance.mjs";
import { shared } from "./shared.mjs";
import { cases, digitsAreSeen, sample } from "./vectors.mjs";

const folder = process.env.IKUSEI_PACKAGE;
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const require = createRequire(join(folder, "../../index.js"));
const face = await import(pathToFileURL(join(folder, manifest.exports["."].import.default)));

test("the package loads by import and by require, as one", () => {
  const cjs = require("ikusei");
  assert.equal(face.version(), manifest.version);
  assert.equal(cjs.Playbook, face.Playbook);
  assert.deepEqual(Object.keys(cjs).sort(), Object.keys(face).sort());
});

let ran = 0;
for (const { path, content } of cases) {
  test(`case ${path}`, async () => {
    await run(face, content);
    ran += 1;
  });
}

test("every case ran", () => assert.equal(ran, cases.length));

test("one changed digit in an expectation fails", () => digitsAreSeen(face, cases));

shared(face);

test("load reads a file", () => {
  const path = join(folder, "../../playbook.yaml");
  writeFileSync(path, "ikusei: 1\nname: demo\n");
  assert.equal(face.Playbook.load(path).name, "demo");
});

test("a batch leaves the event loop free, and stops by signal", async () => {
  const { playbook, args } = sample();
  const engine = face.Playbook.parse(playbook).compile();
  const leads = Array.from({ length: 5_000 }, (_, index) => ({ ...args.lead, id: `lead-${index}` }));
  let turns = 0;
  const counter = setInterval(() => (turns += 1), 1);
  const results = await engine.assessMany(leads, args.at, { signal: new AbortController().signal });
  clearInterval(counter);
  assert.equal(results.length, leads.length);
  assert.ok(turns > 0, "timers went on");

  const controller = new AbortController();
  const mine = () => {};
  controller.signal.onabort = mine;
  const pending = engine.assessMany(leads, args.at, { signal: controller.signal });
  assert.equal(controller.signal.onabort, mine);
  controller.abort();
  await assert.rejects(pending, { name: "AbortError" });
  await assert.rejects(engine.assessMany(leads, args.at, { signal: AbortSignal.abort() }), { name: "AbortError" });
});
