/** What the README says. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";

import { HOME } from "../load/program.js";
import { readSettings, settingNames } from "../src/settings.js";
import { folder } from "./support.js";

const readme = readFileSync(join(HOME, "README.md"), "utf8");

test("one command starts it, and the form of the README is answered", async () => {
  const data = folder();
  const env = { ...process.env, PORT: "0", SECRET: "x".repeat(32), DATABASE: `sqlite:${data}/a.db`, MAIL: `folder:${data}`, SINK: `folder:${data}` };
  const program = spawn(join(HOME, "run"), { env, cwd: data, stdio: ["ignore", "pipe", "inherit"] });
  let url = "";
  for await (const line of createInterface(program.stdout)) {
    if (!line.includes('"msg":"listening"')) continue;
    ({ url } = JSON.parse(line) as { url: string });
    break;
  }
  const [, body] = /curl http:\/\/127\.0\.0\.1:3001\/capture\/contact -d '(.*)'/.exec(readme)!;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const answer = await fetch(`${url}/capture/contact`, { method: "POST", body: body!, headers });
  const { people } = (await answer.json()) as { people: { rank: string }[] };
  assert.equal(people[0]!.rank, "A");
  program.kill("SIGTERM");
  assert.deepEqual(await once(program, "exit"), [0, null]);
});

test("the README names every setting", () => {
  const missing = settingNames.filter((name) => !readme.includes(`\`${name}\``));
  assert.deepEqual(missing, []);
  assert.equal(readSettings({ SECRET: "x".repeat(32) }).PORT, 3001);
});
