// Engines that nobody frees are freed with their handles, when the collector takes these.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const folder = process.env.IKUSEI_PACKAGE;
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const entry = manifest.exports["."];
const { Playbook } = await import(pathToFileURL(join(folder, (entry.node ?? entry).import.default)));
const text = readFileSync(join(import.meta.dirname, "../../examples/quickstart/playbook.yaml"), "utf8");

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");

test("ten thousand engines left to the collector leave memory flat", async () => {
  const churn = async (count) => {
    for (let index = 0; index < count; index += 1) {
      Playbook.parse(text).compile();
      if (index % 250 === 249) {
        gc();
        await new Promise(setImmediate);
      }
    }
  };
  await churn(2_000);
  const before = process.memoryUsage.rss();
  await churn(8_000);
  const after = process.memoryUsage.rss();
  assert.ok(after - before < 24_000_000, `${before} to ${after}`);
});
