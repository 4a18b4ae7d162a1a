import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const folder = process.env.IKUSEI_PACKAGE;
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const require = createRequire(join(folder, "../../index.js"));

for (const flavour of [".", "./slim"]) {
  test(`${flavour} loads by import and by require, as one`, async () => {
    const cjs = require(join("ikusei-wasm", flavour));
    const esm = await import(pathToFileURL(join(folder, manifest.exports[flavour].node.import.default)));
    await esm.default();
    assert.equal(esm.version(), manifest.version);
    assert.equal(cjs.version, esm.version);
  });
}
