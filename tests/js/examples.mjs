// Takes the examples out of the documentation of a package: node examples.mjs OUT FACE.D.TS...
//
// Each `@example` becomes a TypeScript module; what it prints, by its comments, lies beside it. Everything public must
// have a comment, and every function, class and method an example.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [out, ...sources] = process.argv.slice(2);
const names = "CallError, Engine, EvaluationError, IkuseiError, type Lead, LeadError, Playbook, PlaybookError, analytics, migrate, readLead, version";
const problems = [];
const blocks = [];

let doc = "";
let holder = "";
let made = false;
for (const [part, comment, indent, kind, name] of sources.map((source) => readFileSync(source, "utf8")).join("\n").matchAll(
  /(\/\*\*.*?\*\/)|^( *)(?:export |declare |abstract |static |private |protected |readonly |get )*(class |function |interface |#|)([\w[][\w.\]]*)[^\n]*/gms,
)) {
  if (comment !== undefined) {
    doc = comment;
    continue;
  }
  const [own, line] = [doc, part.trim()];
  doc = "";
  if (indent === "") {
    holder = kind !== "" && !line.startsWith("interface ") ? name : "";
    made = kind === "class ";
  }
  if (holder === "" && (indent !== "" || kind !== "")) {
    continue; // a part of a type, which is told as a whole; or what is not exported
  }
  if (name.startsWith("[") && !name.startsWith("[Symbol")) {
    continue; // any key
  }
  if (/^(export type|import |private |protected |#|export \{)/.test(line) || (indent !== "" && name === "constructor") || indent.length > 4) {
    continue;
  }
  const where = indent === "" ? name : `${holder}.${name}`;
  if (own === "" && !line.startsWith("name = ") && line !== 'name: string;') {
    problems.push(`${where} has no documentation`);
  }
  const code = own.match(/@example\n\s*\* ```ts\n(.*?)\n\s*\* ```/s)?.[1].replace(/^\s*\* ?/gm, "");
  const runs = (kind === "class " && !line.includes("abstract ")) || kind === "function " || (indent !== "" && made && line.includes("(") && !line.startsWith("get "));
  if (code !== undefined) {
    blocks.push({ where, code });
  } else if (runs && !["free", "[Symbol.dispose]"].includes(name)) {
    problems.push(`${where} has no example`);
  }
}

rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const { where, code } of blocks) {
  const wanted = [...code.matchAll(/^(?:.*; )?\/\/ (.*)$/gm)].map(([, line]) => `${line}\n`).join("");
  if (wanted === "") {
    problems.push(`the example of ${where} prints nothing`);
  }
  writeFileSync(join(out, `${where}.ts`), `import { ${names} } from "ikusei";\n\n${code}\nexport {};\n`);
  writeFileSync(join(out, `${where}.txt`), wanted);
}
console.log(`${blocks.length} examples`);
if (problems.length > 0) {
  console.error(problems.join("\n"));
  process.exit(1);
}
