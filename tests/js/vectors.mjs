// Reads the conformance cases, with the playbooks that they name.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join, sep } from "node:path";
import { inImage, runSpoilt } from "./conformance.mjs";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "tests/vectors");

/** The cases: each its path and its content; `playbook` is text, its lines, or an object as a user would give it. */
export const cases = readdirSync(folder, { recursive: true })
  .filter((path) => path.endsWith(".json"))
  .map((path) => path.replaceAll(sep, "/"))
  .sort()
  .map((path) => {
    const { playbook_file, ...rest } = JSON.parse(readFileSync(join(folder, path), "utf8"));
    return playbook_file === undefined
      ? { path, content: rest }
      : { path, content: { ...rest, playbook: readFileSync(join(root, playbook_file), "utf8") } };
  });

assert.ok(cases.length > 0, "no case found");

/** The cases that the slim build runs: those not marked, with the images of their playbooks that `face` makes. */
export function slimCases(face) {
  const unmarked = cases.filter(({ content }) => content.slim !== false);
  const imaged = unmarked.map(({ path, content }) => ({ path, content: inImage(face, content) }));
  return imaged.filter(({ content }) => content !== undefined);
}

/** A case to build upon. */
export function sample() {
  return cases.find(({ path }) => path === "scoring/ledger.json").content;
}

/** Fails unless a changed digit in an expectation is told, whatever the case. */
export async function digitsAreSeen(face, cases) {
  let count = 0;
  for (const { content } of cases) {
    count += await runSpoilt(face, content);
  }
  assert.ok(count > cases.length / 2, `only ${count} expectations have a digit`);
}
