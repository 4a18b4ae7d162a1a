// Cuts the playbook to what every visitor may read: the scorecard `form` and the mapping `contact`, once for each language.
//
// PLAYBOOK names another playbook: the one that your server runs.

import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Playbook } from "ikusei-wasm";

const root = new URL("..", import.meta.url);
const path = process.env.PLAYBOOK ?? fileURLToPath(new URL("playbook.yaml", root));

mkdirSync(new URL("src/cut/", root), { recursive: true });
for (const [language, overlays] of [["ja", []], ["en", ["en"]]]) {
  const cut = Playbook.load(path, { overlays }).forBrowser(["form"], [], ["contact"]);
  const text = JSON.stringify(cut);
  writeFileSync(new URL(`src/cut/${language}.json`, root), text);
  console.log(`src/cut/${language}.json: ${text.length} characters that every visitor can read`);
}
