// What the page sends, in the hands of real backends: CRM names the program of examples/crm, NODE_BACKEND the built folder of
// examples/node-backend.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { relay, serve } from "../server.mjs";
import { introduce, launch, leave, visit } from "./person.mjs";

const root = join(import.meta.dirname, "..");
const key = "a key for the tests, of 32 letters";

let browser;
let folder;
const running = [];
const sites = [];

before(async () => {
  browser = await launch();
  folder = mkdtempSync(join(tmpdir(), "web-form-"));
});

after(async () => {
  await browser?.close();
  for (const site of sites) {
    await site.close();
  }
  for (const child of running) {
    child.kill();
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** A port that nobody has. */
function port() {
  const server = createServer();
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  }));
}

/** Runs a program until something holds; what it says is shown where that does not come to pass. */
async function run(command, words, env, holds) {
  const child = spawn(command, words, { cwd: folder, env: { ...process.env, ...env } });
  running.push(child);
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part) => (said += part));
  }
  await until(() => holds(said), () => `${command}: ${said}`);
  return { said: () => said };
}

async function until(holds, otherwise) {
  for (let wait = 0; wait < 200; wait += 1) {
    const found = await Promise.resolve(holds()).catch(() => undefined);
    if (found) {
      return found;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(otherwise());
}

/** A visitor of rank A for the page, with an address that costs him points on the server. */
async function enquire(page) {
  await introduce(page, { mail: "Taro.Yamada@gmail.com" });
  await page.check("[value=製造業]");
  await page.fill("#employees", "約３２０名");
  await page.click(".pass");
  await page.check("[value=quarter]");
  assert.match(await page.locator("#standing").textContent(), /^60点/);
  await page.click("#send");
  await page.waitForSelector("#done:not([hidden])");
  assert.equal(await page.locator("#done h1").textContent(), "受け付けました");
}

test("the README's server serves the page, and says what became of a post", async () => {
  const at = await port();
  const server = await run(process.execPath, [join(root, "server.mjs")], { PORT: String(at) }, (said) => said.includes("the form is at"));
  const visitor = await visit(browser, `http://127.0.0.1:${at}`);
  await enquire(visitor.page);
  await leave(visitor);
  await until(() => server.said().includes("lead-1: rank B, 40 points here; 60 on the public scorecard"), () => server.said());
  for (const [body, status] of [["name=x", 422], ["x".repeat(70_000), 413]]) {
    assert.equal((await fetch(`http://127.0.0.1:${at}/capture/contact`, { method: "POST", body })).status, status);
  }
  assert.equal((await fetch(`http://127.0.0.1:${at}/../server.mjs`)).status, 404);
  assert.equal((await fetch(`http://127.0.0.1:${at}/%2e%2e/server.mjs`)).status, 404);
});

test("the CRM takes it by the form's own playbook, and scores again", { skip: process.env.CRM === undefined && "CRM names no program" }, async () => {
  const at = await port();
  const crm = `http://127.0.0.1:${at}`;
  const env = {
    CRM_DATABASE: `sqlite://${join(folder, "crm.db")}?mode=rwc`,
    CRM_LISTEN: `127.0.0.1:${at}`,
    CRM_KEY: key,
    CRM_API_KEY: key,
    CRM_PLAYBOOK: join(root, "playbook.yaml"),
    CRM_ROSTER: join(root, "roster.json"),
  };
  await run(process.env.CRM, [], env, async () => (await fetch(`${crm}/health`)).ok);
  const site = await serve({ take: relay(`${crm}/api/capture/contact`, key) });
  sites.push(site);
  const visitor = await visit(browser, site.address);
  const { page } = visitor;
  const [request] = await Promise.all([page.waitForRequest("**/capture/contact"), enquire(page)]);
  const body = request.postData();
  assert.ok(!body.includes(key));
  // Once more, as a page does whose answer got lost.
  assert.equal((await fetch(`${site.address}/capture/contact`, { method: "POST", body })).status, 202);
  const ask = async (path) => (await fetch(`${crm}${path}`, { headers: { authorization: `Bearer ${key}` } })).json();
  const found = await until(async () => (await ask("/api/leads")).leads[0], () => "the CRM has no lead");
  const { lead, assessment } = await ask(`/api/leads/${found.id}`);
  assert.deepEqual(lead.activities.map(({ id }) => id), [new URLSearchParams(body).get("submission")]);
  assert.deepEqual([lead.fields.email, lead.fields.company, lead.fields.employees], ["taro.yamada@gmail.com", "株式会社アクメ", 320]);
  assert.equal(assessment.scores.form.total, 60, "the figure that the page had");
  assert.deepEqual([assessment.ranks.form.rank, assessment.rank], ["A", "B"], "the address costs 30 points that no page tells of");
  await leave(visitor);
});

test("the Node backend takes it from the page itself, which may talk to nobody else", { skip: process.env.NODE_BACKEND === undefined && "NODE_BACKEND names no folder" }, async () => {
  const at = await port();
  const backend = `http://127.0.0.1:${at}`;
  const dist = join(folder, "dist");
  const vite = join(root, "node_modules/vite/bin/vite.js");
  const env = { ...process.env, VITE_ENDPOINT: `${backend}/capture/contact` };
  execFileSync(process.execPath, [vite, "build", "--outDir", dist, "--logLevel", "error"], { cwd: root, env });
  const site = await serve({ folder: dist, take: () => 404 });
  sites.push(site);
  const program = join(process.env.NODE_BACKEND, "dist/src/main.js");
  const settings = {
    PORT: String(at),
    BASE: backend,
    DATABASE: `sqlite:${join(folder, "backend.db")}`,
    PLAYBOOK: join(root, "playbook.yaml"),
    ROSTER: join(root, "roster.json"),
    ORIGINS: site.address,
    API_KEY: key,
    SECRET: key,
  };
  await run(process.execPath, [program], settings, async () => (await fetch(`${backend}/health`)).ok);
  const visitor = await visit(browser, site.address, { known: [backend] });
  const { page, problems } = visitor;
  const [response] = await Promise.all([page.waitForResponse(`${backend}/capture/contact`), enquire(page)]);
  const { people } = await response.json();
  const { record, rank } = await (await fetch(`${backend}/leads/${people[0].lead}`, { headers: { authorization: `Bearer ${key}` } })).json();
  assert.deepEqual([record.fields.email, record.fields.company, record.fields.employees], ["taro.yamada@gmail.com", "株式会社アクメ", 320]);
  assert.equal(record.activities.length, 1);
  assert.equal(rank, "B", "its own scorecard decides");
  const refused = await page.evaluate(() =>
    Promise.race([
      new Promise((resolve) => addEventListener("securitypolicyviolation", ({ violatedDirective }) => resolve(violatedDirective))),
      fetch("http://127.0.0.1:9/").then(() => "answered", () => new Promise((resolve) => setTimeout(resolve, 1000, "nobody refused"))),
    ]),
  );
  assert.equal(refused, "connect-src");
  assert.deepEqual(problems.splice(0).filter((problem) => !/Content Security Policy|127\.0\.0\.1:9/.test(problem)), []);
  await leave(visitor);
});
