// One lead through a binding and through general rule engines, in Node.
//
//     node node.mjs CROSSING.JSON SECONDS NAME=PACKAGE... [peers]
//
// Prints a line `RESULT {json}` per engine: the best and the median, in microseconds per lead.
// Every engine's answers are compared first.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [file, seconds, ...sides] = process.argv.slice(2);
const data = JSON.parse(readFileSync(file, "utf8"));
const { at, ranks, records, flat } = data;
const now = new Date(at);
const figures = (plus, minus) => {
  const total = plus + minus;
  return [plus, minus, total, ranks.find(([, least]) => total >= least)?.[0] ?? "C"];
};
const read = ({ scores: { overall }, rank }) => [overall.fit_plus, overall.fit_minus, overall.total, rank];

/** How many leads are measured at once: an interruption then spoils one part of a round only; the best of each counts. */
const PART = 50;

/** Measures a function that answers for some leads: all of them once to compare, then part by part. */
async function measure(name, answers, inputs, run, part = PART) {
  const found = await run(inputs);
  for (let index = 0; index < inputs.length; index += 1) {
    if (JSON.stringify(found[index]) !== JSON.stringify(answers[index])) {
      throw new Error(`${name}, lead ${index}: ${JSON.stringify(found[index])}, not ${JSON.stringify(answers[index])}`);
    }
  }
  const parts = [];
  for (let start = 0; start < inputs.length; start += part) {
    parts.push(inputs.slice(start, start + part));
  }
  const lows = parts.map(() => Infinity);
  const rounds = [];
  const until = performance.now() + Number(seconds) * 1_000;
  while (rounds.length < 3 || performance.now() < until) {
    let round = 0;
    for (const [index, leads] of parts.entries()) {
      const began = performance.now();
      await run(leads);
      const took = performance.now() - began;
      lows[index] = Math.min(lows[index], took);
      round += took;
    }
    rounds.push((round * 1_000) / inputs.length);
  }
  const best = (lows.reduce((sum, low) => sum + low, 0) * 1_000) / inputs.length;
  const median = rounds.sort((a, b) => a - b)[rounds.length >> 1];
  console.log(`RESULT ${JSON.stringify({ name, best, median, equal: inputs.length })}`);
}

const each = (one) => (leads) => leads.map(one);
const eachLater = (one) => async (leads) => {
  const found = [];
  for (const lead of leads) {
    found.push(await one(lead));
  }
  return found;
};

async function binding(name, folder) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const entry = manifest.exports["."];
  const face = await import(pathToFileURL(join(folder, (entry.node ?? entry).import.default)));
  const engine = face.Playbook.parse(data.playbook).compile();
  const bare = { ledger: false };
  const run = (what, act, part) => measure(`${name}: ${what}`, data.answers, records, act, part);
  await run("one lead", each((lead) => read(engine.assess(lead, now))));
  await run("one lead, without ledger", each((lead) => read(engine.assess(lead, now, bare))));
  await run("assessMany of 1,000", async (leads) => (await engine.assessMany(leads, now)).map(read), records.length);
}

async function peers() {
  const require = createRequire(join(process.cwd(), "index.js"));
  const patterns = new Map();
  const matches = (text, pattern) => {
    let found = patterns.get(pattern);
    if (found === undefined) {
      found = pattern.startsWith("(?i)") ? new RegExp(pattern.slice(4), "i") : new RegExp(pattern);
      patterns.set(pattern, found);
    }
    return found.test(text);
  };

  const { LogicEngine } = require("json-logic-engine");
  const logic = new LogicEngine();
  const settings = { sync: true, deterministic: true };
  logic.addMethod("regex", ([text, pattern]) => matches(text, pattern), settings);
  logic.addMethod("starts_with", ([text, start]) => text.startsWith(start), settings);
  logic.addMethod("ends_with", ([text, end]) => text.endsWith(end), settings);
  const [plus, minus] = [logic.build(data.json_logic.pos), logic.build(data.json_logic.neg)];
  const compiled = each((lead) => figures(plus(lead), minus(lead)));
  await measure("json-logic-engine, compiled", data.answers, flat, compiled);

  const { Engine } = require("json-rules-engine");
  const rules = new Engine([], { allowUndefinedFacts: true });
  const text = (test) => (found, wanted) => found !== null && test(found, wanted);
  rules.addOperator("strContains", text((found, wanted) => found.includes(wanted)));
  rules.addOperator("startsWith", text((found, wanted) => found.startsWith(wanted)));
  rules.addOperator("endsWith", text((found, wanted) => found.endsWith(wanted)));
  rules.addOperator("regex", text(matches));
  for (const { all, points } of data.json_rules) {
    rules.addRule({ conditions: { all }, event: { type: "hit", params: { points } } });
  }
  const sum = (events) => {
    let [pos, neg] = [0, 0];
    for (const { params } of events) {
      params.points > 0 ? (pos += params.points) : (neg += params.points);
    }
    return figures(pos, neg);
  };
  const ran = eachLater(async (lead) => sum((await rules.run(lead)).events));
  await measure("json-rules-engine", data.answers, flat.slice(0, 200), ran);

  const { ZenEngine, ZenDecisionContent, evaluateExpressionSync } = require("@gorules/zen-engine");
  const decide = (content) => {
    const decision = new ZenEngine().createDecision(new ZenDecisionContent(content));
    return eachLater(async (lead) => {
      const { result } = await decision.evaluate(lead);
      return figures(result.pos, result.neg);
    });
  };
  const some = flat.slice(0, 300);
  const bare = "@gorules/zen-engine, without patterns";
  await measure("@gorules/zen-engine", data.answers, flat.slice(0, 50), decide(data.zen));
  await measure(bare, data.answers_plain, some, decide(data.zen_plain));
  const evaluate = each((lead) => {
    const { pos, neg } = evaluateExpressionSync(data.zen_plain_expression, lead);
    return figures(pos, neg);
  });
  await measure(`${bare}, evaluateExpressionSync`, data.answers_plain, some, evaluate);
}

for (const side of sides) {
  const [name, folder] = side.split("=");
  await (name === "peers" ? peers() : binding(name, folder));
}
