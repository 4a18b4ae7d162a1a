// Gives the answers to generated cases again: IKUSEI_PACKAGE=FOLDER node replay.mjs FILE

import { createReadStream, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { run } from "./conformance.mjs";

const folder = process.env.IKUSEI_PACKAGE;
const entry = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).exports["."];
const face = await import(pathToFileURL(join(folder, (entry.node ?? entry).import.default)));

let [cases, calls, different] = [0, 0, 0];
for await (const line of createInterface({ input: createReadStream(process.argv[2]) })) {
  const content = JSON.parse(line);
  cases += 1;
  calls += content.steps.length;
  await run(face, content).catch((error) => {
    different += 1;
    if (different <= 5) {
      console.log(`${content.name}: ${error.message}`);
    }
  });
}
console.log(`${cases} cases, ${calls} calls, ${different} cases different`);
process.exitCode = different === 0 ? 0 : 1;
