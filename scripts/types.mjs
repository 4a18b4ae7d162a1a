// Writes face/types.ts from the JSON Schemas of the record and of the results: node scripts/types.mjs [--check]
//
// The schemas come from the Rust types (a test of the core writes them with IKUSEI_WRITE=1); what has no word in a
// schema, such as that a `Date` may stand for an instant, is said here.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const target = join(root, "face/types.ts");
const read = (name) => JSON.parse(readFileSync(join(root, `schema/${name}.schema.json`), "utf8"));
const lead = read("lead");
const results = read("results").$defs;
const requests = read("requests").$defs;

const head = `/** The records that go in and come out, as JSON. Written by scripts/types.mjs from schema/: do not edit. */

import type { ConsentEvent } from "./capture.js";
import type { Input } from "./nurturing.js";
import type { ArrowTable } from "./tables.js";

/** A value of JSON. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** An instant: a \`Date\`, or ISO 8601 text with an offset or \`Z\`. */
export type InstantLike = Date | string;

/** A table: a list of rows, or an object of columns. */
export type Rows = { [name: string]: Cell }[] | { [name: string]: Cell[] };

/** A value of a field or property; a \`Date\` becomes its ISO text. */
export type FieldValue = Json | Date | FieldValue[];
`;

/** What some types are called on the way in, and on the way out. */
const words = {
  in: {
    Value: "FieldValue",
    Instant: "InstantLike",
    Money: "string",
    Rows: "Rows | ArrowTable",
    Input: "Input",
    ConsentEvent: "ConsentEvent",
  },
  out: { Value: "Json", Instant: "string", Money: "string", Points: "number", Code: "string", Input: "Input", ConsentEvent: "ConsentEvent" },
};
const plain = { string: "string", integer: "number", number: "number", boolean: "boolean", null: "null" };

function type(schema, way, indent) {
  if (schema === true) {
    return "Json";
  }
  if (schema.$ref !== undefined) {
    const name = schema.$ref === "#" ? "Lead" : schema.$ref.replace("#/$defs/", "");
    return words[way][name] ?? name;
  }
  if (schema.const !== undefined) {
    return JSON.stringify(schema.const);
  }
  if (schema.enum !== undefined) {
    return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  }
  const forms = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (forms !== undefined) {
    return [...new Set(forms.map((form) => type(form, way, indent)))].join(schema.allOf ? " & " : " | ");
  }
  if (Array.isArray(schema.type)) {
    return schema.type.map((kind) => type({ ...schema, type: kind }, way, indent)).join(" | ");
  }
  if (schema.type === "array") {
    const item = type(schema.items, way, indent);
    return item.includes("|") ? `(${item})[]` : `${item}[]`;
  }
  if (schema.type === "object") {
    return schema.properties === undefined
      ? `{ [name: string]: ${type(schema.additionalProperties ?? true, way, indent)} }`
      : `{\n${members(schema, way, `${indent}  `)}${indent}}`;
  }
  if (Object.keys(schema).every((key) => key === "description")) {
    return "Json";
  }
  if (!Object.hasOwn(plain, schema.type)) {
    throw new Error(`no type for ${JSON.stringify(schema)}`);
  }
  return plain[schema.type];
}

function members(schema, way, indent) {
  return Object.entries(schema.properties)
    .map(([name, property]) => {
      const required = schema.required?.includes(name) ?? false;
      let text = type(property, way, indent);
      // What an engine leaves out it does not write as null.
      if (!required && way === "out") {
        text = text.replace(/ \| null$/, "");
      }
      return `${comment(property.description, indent)}${indent}${name}${required ? "" : "?"}: ${text};\n`;
    })
    .join("");
}

function comment(text, indent) {
  if (text === undefined) {
    return "";
  }
  const lines = text.split("\n").map((line) => line.trimEnd());
  return lines.length === 1
    ? `${indent}/** ${lines[0]} */\n`
    : `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

/** The forms of a union: in one line, or each in its own. */
function union(schema, way) {
  const forms = (schema.oneOf ?? schema.anyOf)?.map((form) => type(form, way, "    ")) ?? [type(schema, way, "  ")];
  return forms.some((form) => form.includes("\n")) ? `\n  | ${forms.join("\n  | ")}` : ` ${forms.join(" | ")}`;
}

function declaration(name, schema, way) {
  const text =
    schema.properties === undefined
      ? `export type ${name} =${union(schema, way)};`
      : `export interface ${name} {\n${members(schema, way, "  ")}}`;
  return `${comment(schema.description, "")}${text}\n`;
}

const parts = [head, declaration("Lead", lead, "in")];
// A record that comes out is one that may go in: it is declared once.
const declared = new Set(["Lead"]);
for (const [definitions, way] of [[lead.$defs, "in"], [results, "out"], [requests, "in"]]) {
  for (const [name, schema] of Object.entries(definitions)) {
    if (!Object.hasOwn(words[way], name) && !declared.has(name)) {
      parts.push(declaration(name, schema, way));
      declared.add(name);
    }
  }
}
const text = parts.join("\n");
if (process.argv[2] !== "--check") {
  writeFileSync(target, text);
} else if (readFileSync(target, "utf8") !== text) {
  console.error("face/types.ts is not what the schemas say: run node scripts/types.mjs and commit it");
  process.exit(1);
}
