// The packed browser package in Node, as installed.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { run } from "./conformance.mjs";
import { shared } from "./shared.mjs";
import { cases, digitsAreSeen, slimCases } from "./vectors.mjs";

const folder = process.env.IKUSEI_PACKAGE;
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const require = createRequire(join(folder, "../../index.js"));
const load = (flavour) =>
  import(pathToFileURL(join(folder, manifest.exports[flavour].node.import.default)));
const full = await load(".");
const slim = await load("./slim");

for (const flavour of [".", "./slim"]) {
  test(`${flavour} loads by import and by require, as one`, async () => {
    const cjs = require(join("ikusei-wasm", flavour));
    const esm = await load(flavour);
    await esm.init();
    assert.equal(esm.version(), manifest.version);
    assert.equal(cjs.Playbook, esm.Playbook);
    assert.deepEqual(Object.keys(cjs).sort(), Object.keys(esm).sort());
  });
}

for (const [flavour, face, wanted] of [
  ["full", full, cases],
  ["slim", slim, slimCases(full)],
]) {
  let ran = 0;
  for (const { path, content } of wanted) {
    test(`${flavour}: case ${path}`, async () => {
      await run(face, content);
      ran += 1;
    });
  }

  test(`${flavour}: every case ran`, () => assert.equal(ran, wanted.length));

  test(`${flavour}: one changed digit in an expectation fails`, () => digitsAreSeen(face, wanted));
}

test("slim refuses by code what it cannot run", () => {
  const refused = (playbook) => {
    try {
      slim.Playbook.parse(playbook);
    } catch (error) {
      assert.ok(error instanceof slim.PlaybookError, String(error));
      return error.code;
    }
    return undefined;
  };
  const base = { ikusei: 1, name: "demo", fields: { company: { type: "text" } } };
  const codes = [
    refused({ ...base, segments: { odd: 'company.matches("^a+$")' } }),
    refused({ ...base, timezone: "Europe/Berlin" }),
    refused("ikusei: 1\nname: demo\n"),
  ];
  assert.deepEqual(codes.map((code) => /^IK\d{4}$/.test(code ?? "")), [true, true, true], String(codes));
  const absent = {
    identity: { review: 0.7 },
    contact_policy: { at_most: [{ n: 1, per: "1d" }] },
    templates: { hello: { channel: "email" } },
    scenarios: { warm: { enrol: ["manual"], steps: [{ notify: { to: "sales" } }] } },
    routing: { teams: {} },
  };
  for (const [key, value] of Object.entries(absent)) {
    assert.equal(refused({ ...base, [key]: value }), "IK0208", key);
  }
  assert.equal(refused({ ...base, timezone: "Asia/Tokyo" }), undefined);
});

shared(full);
