// The examples of the documentation, compiled: each prints what its comments say.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";

const folder = process.env.IKUSEI_EXAMPLES;
const root = join(import.meta.dirname, "../..");
for (const file of readdirSync(folder).filter((file) => file.endsWith(".js"))) {
  test(`example of ${file.slice(0, -3)}`, () => {
    const printed = execFileSync(process.execPath, [join(folder, file)], { cwd: root, encoding: "utf8" });
    assert.equal(printed, readFileSync(join(folder, file.replace(/js$/, "txt")), "utf8"));
  });
}
