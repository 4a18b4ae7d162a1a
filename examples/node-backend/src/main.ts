/** The program: settings from the environment, until it is told to end. */

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";

import { start } from "./host.js";
import { readSettings } from "./settings.js";

/** How long the end may take before it is made short. */
const PATIENCE = 10_000;

/** Links have to be valid after a restart: without a secret of your own, one is made and kept. */
function secret(): string {
  const file = "data/secret";
  if (!existsSync(file)) {
    mkdirSync("data", { recursive: true });
    writeFileSync(file, randomBytes(32).toString("hex"), { mode: 0o600 });
  }
  return readFileSync(file, "utf8").trim();
}

function broken(error: unknown): never {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

try {
  const settings = readSettings({ ...process.env, SECRET: process.env["SECRET"] || secret() });
  const host = await start(settings, broken);
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    setTimeout(() => broken("not everything came to its end in time"), PATIENCE).unref();
    host.stop().then(() => process.exit(0), broken);
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
} catch (error) {
  broken(error);
}
