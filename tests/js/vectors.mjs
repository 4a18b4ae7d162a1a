// Reads the conformance cases, with the playbooks that they name.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "tests/vectors");

/** The files, sorted. */
export const files = readdirSync(folder, { recursive: true })
  .filter((file) => file.endsWith(".json"))
  .sort();

/** The cases, each with its file; `playbook` is text, or an object as a user would give it. */
export const cases = files.map((file) => {
  const { playbook_file, ...rest } = JSON.parse(readFileSync(join(folder, file), "utf8"));
  return playbook_file === undefined
    ? { file, ...rest }
    : { file, ...rest, playbook: readFileSync(join(root, playbook_file), "utf8") };
});
