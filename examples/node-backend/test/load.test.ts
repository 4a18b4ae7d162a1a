/** A short load: every event that is accepted is in one history. How fast it is, `npm run load` says. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";

import { HOME } from "../load/program.js";
import { both } from "./support.js";

both("two seconds of load", async (database, context) => {
  const given = ["dist/load/main.js", "--seconds", "2", "--rate", "200", "--limit", "5000", "--database", database];
  const { status, stdout, stderr } = spawnSync(process.execPath, given, { cwd: HOME, encoding: "utf8", timeout: 120_000 });
  assert.equal(status, 0, stderr);
  context.diagnostic(stdout.trim());
  const { accepted, lost, twice } = JSON.parse(stdout) as { accepted: number; lost: number; twice: number };
  assert.deepEqual([accepted, lost, twice], [400, 0, 0]);
});
