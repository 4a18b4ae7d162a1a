// The packed Node package, as installed.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { pathToFileURL } from "node:url";
import {
  Bool,
  DateDay,
  Decimal,
  Dictionary,
  Int32,
  Int64,
  makeVector,
  Table,
  tableFromArrays,
  tableFromIPC,
  tableToIPC,
  TimestampMillisecond,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { run } from "./conformance.mjs";
import { shared } from "./shared.mjs";
import { cases, digitsAreSeen, sample } from "./vectors.mjs";

const folder = process.env.IKUSEI_PACKAGE;
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
const require = createRequire(join(folder, "../../index.js"));
const face = await import(pathToFileURL(join(folder, manifest.exports["."].import.default)));

test("the package loads by import and by require, as one", () => {
  const cjs = require("ikusei");
  assert.equal(face.version(), manifest.version);
  assert.equal(cjs.Playbook, face.Playbook);
  assert.deepEqual(Object.keys(cjs).sort(), Object.keys(face).sort());
});

test("the id of a receipt is the hash of its text without it", () => {
  const engine = face.Playbook.load(join(import.meta.dirname, "../../examples/quickstart/playbook.yaml")).compile();
  const { id, ...receipt } = engine.receipt({ id: "lead-1", fields: { employees: 320, industry: "製造業" } }, "2026-05-01T00:00:00Z");
  assert.equal(id, `sha256:${createHash("sha256").update(JSON.stringify(receipt)).digest("hex")}`);
});

let ran = 0;
for (const { path, content } of cases) {
  test(`case ${path}`, async () => {
    await run(face, content);
    ran += 1;
  });
}

test("every case ran", () => assert.equal(ran, cases.length));

test("one changed digit in an expectation fails", () => digitsAreSeen(face, cases));

shared(face);

test("a form is validated, cleansed and scored while somebody types", async () => {
  const root = join(import.meta.dirname, "../..");
  const { read } = await import(pathToFileURL(join(root, "examples/capture/form.mjs")));
  const cut = face.Playbook.load(join(root, "examples/capture/playbook.yaml")).forBrowser(["overall"], [], ["contact"]);
  const engine = cut.compile();
  const typed = (form) => read(engine, form, "2026-06-01T00:00:00Z");
  const nothing = { fields: {}, remarks: {}, rank: "B", total: 30 };
  assert.deepEqual(typed({}), nothing, "it scores as what it will be when it is sent: an inquiry");
  const half = typed({ mail: "taro@", company: "㈱アクメ", employees: "３２０" });
  assert.deepEqual(half.fields, { company: "株式会社アクメ", employees: 320 });
  assert.match(half.remarks.email, /`taro@` is not a mail address/);
  const whole = typed({ mail: "Taro@Acme.example", employees: "320", submission: "s-1", page: "https://a.example/?gclid=x" });
  assert.deepEqual([whole.fields.email, whole.rank, whole.total, whole.remarks], ["taro@acme.example", "A", 55, {}]);
  const hostile = typed({ mail: "a@b.example", name: "<script>alert(1)</script>", __proto__: "x" });
  assert.equal(hostile.fields.name, "<script>alert(1)</script>");
  assert.equal({}.polluted, undefined);
});

test("tables of Arrow are tables", () => {
  const columns = {
    campaign: vectorFromArray(["expo", "search", null], new Dictionary(new Utf8(), new Int32())),
    cost: vectorFromArray([1000n, 2500n, null], new Int64()),
    at: vectorFromArray([new Date("2026-05-01T00:00:00Z"), null, null], new DateDay()),
  };
  const spend = tableFromIPC(tableToIPC(new Table(columns)));
  const leads = new Table({
    campaign: vectorFromArray(["expo", "expo", "search"], new Utf8()),
    won: vectorFromArray([true, false, false], new Bool()),
    // 1500.25 and -0.05, as apache-arrow holds decimals.
    revenue: makeVector({ type: new Decimal(2, 10, 128), data: new Uint32Array([150025, 0, 0, 0, 4294967291, ...Array(3).fill(4294967295), 0, 0, 0, 0]) }),
    earned_at: vectorFromArray([new Date("2026-05-09T01:02:03Z"), null, null], new TimestampMillisecond("UTC")),
  });
  const rows = (table) => table.toArray().map((row) => ({ ...row.toJSON() }));
  const found = face.analytics.returns({ spend, leads, stages: ["won"], by: ["campaign"], currency: "USD" });
  const same = face.analytics.returns({
    spend: rows(spend).map(({ campaign, cost, at }) => ({ campaign, cost: cost && Number(cost), at: at && "2026-05-01" })),
    leads: [
      { campaign: "expo", won: true, revenue: "1500.25", earned_at: "2026-05-09T01:02:03Z" },
      { campaign: "expo", won: false, revenue: "-0.05", earned_at: null },
      { campaign: "search", won: false, revenue: "0.00", earned_at: null },
    ],
    stages: ["won"],
    by: ["campaign"],
    currency: "USD",
  });
  assert.deepEqual(found, same);
  assert.equal(found.figures.revenue, "1500.20");
});

test("load reads a file", () => {
  const path = join(folder, "../../playbook.yaml");
  writeFileSync(path, "ikusei: 1\nname: demo\n");
  assert.equal(face.Playbook.load(path).name, "demo");
});

test("a batch leaves the event loop free, and stops by signal", async () => {
  const { playbook, args } = sample();
  const engine = face.Playbook.parse(playbook).compile();
  const leads = Array.from({ length: 5_000 }, (_, index) => ({ ...args.lead, id: `lead-${index}` }));
  let turns = 0;
  const counter = setInterval(() => (turns += 1), 1);
  const results = await engine.assessMany(leads, args.at, { signal: new AbortController().signal });
  clearInterval(counter);
  assert.equal(results.length, leads.length);
  assert.ok(turns > 0, "timers went on");

  const controller = new AbortController();
  const mine = () => {};
  controller.signal.onabort = mine;
  const pending = engine.assessMany(leads, args.at, { signal: controller.signal });
  assert.equal(controller.signal.onabort, mine);
  controller.abort();
  await assert.rejects(pending, { name: "AbortError" });
  await assert.rejects(engine.assessMany(leads, args.at, { signal: AbortSignal.abort() }), { name: "AbortError" });
});

const tables = `
ikusei: 1
name: tables
fields: { industry: { type: text }, employees: { type: integer } }
activities: { page_view: { properties: { url: text } } }
scorecards:
  overall:
    rules:
      - { id: target, when: 'industry == "製造業"', points: 20 }
      - { id: size, points: { by: employees, bands: { "50": 10.25, "300": 25 } } }
      - { id: views, on: page_view, when: 'activity.url.startsWith("/pricing")', points: 5, cap: 8, decay: { half_life: 30d } }
    ranks: [{ rank: A, at_least: 30 }, { rank: B }]
segments: { big: "employees >= 300" }
`;

function leadsAndLog() {
  const at = new Date("2026-05-01T00:00:00Z");
  const day = 86_400_000;
  const leads = Array.from({ length: 40 }, (_, row) => ({
    id: `lead-${row}`,
    fields: { industry: ["製造業", "IT", null][row % 3], employees: [10, 320, null, 60][row % 4] },
    activities: Array.from({ length: row % 3 }, (_, number) => ({
      id: `a-${number}`,
      kind: "page_view",
      at: new Date(at - (row + number * 10) * day),
      properties: { url: ["/pricing", "/"][(row + number) % 2] },
    })),
  }));
  const log = leads.flatMap((lead) => lead.activities.map((activity) => ({ lead: lead.id, ...activity })));
  const table = tableFromArrays({
    id: leads.map((lead) => lead.id),
    industry: leads.map((lead) => lead.fields.industry),
    employees: leads.map((lead) => lead.fields.employees),
  });
  const activities = tableFromArrays({
    lead_id: log.map((activity) => activity.lead),
    id: log.map((activity) => activity.id),
    kind: log.map((activity) => activity.kind),
    at: vectorFromArray(log.map((activity) => activity.at), new TimestampMillisecond("UTC")),
    url: log.map((activity) => activity.properties.url),
  });
  return { at, leads, table, activities };
}

for (const form of ["stream", "file"]) {
  test(`a table of an Arrow ${form} gives what leads give`, async () => {
    const { at, leads, table, activities } = leadsAndLog();
    const engine = face.Playbook.parse(tables).compile();
    const answer = await engine.assessTable(tableToIPC(table, form), at, {
      activities: tableToIPC(activities, form),
      segments: "list",
    });
    assert.deepEqual(answer.report, { rows: 40, missing: [], extra: [], warnings: [], bad_rows: 0, problems: [] });
    const rows = tableFromIPC(answer.table).toArray();
    const found = await engine.assessMany(leads, at);
    assert.ok(found.some((assessment) => assessment.scores.overall.engagement_plus > 0));
    found.forEach((assessment, index) => {
      const row = rows[index];
      assert.equal(row.id, assessment.lead);
      assert.equal(row["overall.rank"], assessment.rank);
      assert.deepEqual([...row.segments], assessment.segments);
      for (const figure of ["fit_plus", "fit_minus", "engagement_plus", "engagement_minus", "total"]) {
        assert.equal(row[`overall.${figure}`], assessment.scores.overall[figure]);
      }
    });
  });
}

test("a running state says what the history says", async () => {
  const { at, table, activities } = leadsAndLog();
  const engine = face.Playbook.parse(tables).compile();
  const half = Math.floor(activities.numRows / 2);
  const parts = [activities.slice(0, half), activities.slice(half)].map((part) => tableToIPC(part));
  let state = await engine.activityState(parts[0], at);
  assert.deepEqual([state.report.rows, state.report.kept + state.report.ignored], [half, half]);
  assert.ok(state.report.ignored > 0, "pages that no rule looks at leave");
  const later = new Date("2026-06-01T00:00:00Z");
  state = await engine.activityState(parts[1], later, { state: state.table, scorecards: ["overall"] });
  const rows = async (log) => {
    const { table: found } = await engine.assessTable(tableToIPC(table), later, { activities: log, ledger: "full" });
    return tableFromIPC(found).toArray().map((row) => JSON.stringify(row));
  };
  assert.deepEqual(await rows(state.table), await rows(tableToIPC(activities)));
  assert.equal(tableFromIPC(state.table).numRows, state.report.kept);
  await assert.rejects(engine.activityState(parts[0], at, { scorecards: ["none"] }), (error) => error.code === "IK0601");
  await assert.rejects(engine.activityState(parts[0], at, { state: new Uint8Array([1]) }), /the state cannot be read/);
});

test("what is wrong with a table is said as of a lead", async () => {
  const { at, table } = leadsAndLog();
  const engine = face.Playbook.parse(tables).compile();
  const bytes = tableToIPC(table);
  const refused = (code, kind) => (error) => error instanceof kind && error.code === code;
  await assert.rejects(engine.assessTable(bytes, at, { id: "key" }), refused("IK1101", face.LeadError));
  await assert.rejects(engine.assessTable(bytes, at, { scorecards: ["overal"] }), refused("IK0601", face.CallError));
  await assert.rejects(engine.assessTable(bytes, "yesterday"), refused("IK0601", face.CallError));
  await assert.rejects(engine.assessTable(bytes.slice(0, 100), at), refused("IK0601", face.CallError));
  const stopped = AbortSignal.abort(new Error("enough"));
  await assert.rejects(engine.assessTable(bytes, at, { signal: stopped }), /enough/);
  assert.deepEqual(engine.plan().steps[0].rules, ["target"]);
});
