// The packed browser package in headless Chromium: as a plain module page, and bundled by Vite for production.

import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize, sep } from "node:path";
import test, { after, before } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { build } from "vite";
import { cases, sample, slimCases } from "./vectors.mjs";

const packageFolder = process.env.IKUSEI_PACKAGE;
const installed = join(packageFolder, "../..");
const pages = join(installed, "pages");
const manifest = JSON.parse(readFileSync(join(packageFolder, "package.json"), "utf8"));
const root = join(import.meta.dirname, "../..");
const full = await import(pathToFileURL(join(packageFolder, manifest.exports["."].node.import.default)));
const wanted = { full: cases, slim: slimCases(full) };
const types = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": "application/json" };
const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let browser;
const servers = [];

/** Serves a folder on this machine only; returns its address. */
function serve(folder) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, "http://localhost").pathname));
    const file = join(folder, path.endsWith(sep) ? join(path, "index.html") : path);
    try {
      const body = readFileSync(file);
      response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" }).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  servers.push(server);
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${server.address().port}`)),
  );
}

/** The code that a README gives for the browser: the block that imports the browser package. */
function quickstart(readme) {
  const text = readFileSync(join(root, readme), "utf8");
  return [...text.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code).find((code) => code.includes('"ikusei-wasm"'));
}

/** Opens a page and waits for what it sets as `globalThis.result`; any error of the page is the test's. */
async function result(address, log = []) {
  const page = await browser.newPage();
  const problems = [];
  page.on("console", (message) => log.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("requestfailed", (request) => problems.push(`failed: ${request.url()}`));
  page.on("response", (response) => response.status() >= 400 && problems.push(`${response.status()}: ${response.url()}`));
  try {
    await page.goto(address);
    await page.waitForFunction("globalThis.result !== undefined", null, { timeout: 60_000 });
    assert.deepEqual(problems, []);
    return await page.evaluate("globalThis.result");
  } catch (error) {
    throw problems.length > 0 ? new Error(problems.join("\n"), { cause: error }) : error;
  } finally {
    await page.close();
  }
}

before(async () => {
  rmSync(pages, { recursive: true, force: true });
  cpSync(join(import.meta.dirname, "pages"), pages, { recursive: true });
  cpSync(join(import.meta.dirname, "conformance.mjs"), join(pages, "conformance.mjs"));
  for (const [flavour, cases] of Object.entries(wanted)) {
    writeFileSync(join(pages, `${flavour}.json`), JSON.stringify(cases));
  }
  writeFileSync(join(pages, "bundled/sample.json"), JSON.stringify(sample()));
  cpSync(join(root, "examples/quickstart"), join(pages, "examples/quickstart"), { recursive: true });
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: flags });
});

after(async () => {
  await browser?.close();
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

for (const flavour of ["full", "slim"]) {
  test(`a plain page with <script type="module"> runs the cases in ${flavour}`, async (context) => {
    const page = await result(`${await serve(installed)}/pages/plain.html?flavour=${flavour}`);
    assert.equal(page.version, manifest.version);
    assert.deepEqual(Object.keys(page.results), wanted[flavour].map(({ path }) => path));
    for (const [path, problem] of Object.entries(page.results)) {
      await context.test(`case ${path}`, () => assert.equal(problem, null));
    }
    await context.test("one changed digit in an expectation fails", () => {
      assert.deepEqual(page.unseen, []);
      assert.ok(page.digits > wanted[flavour].length / 2, `only ${page.digits} expectations have a digit`);
    });
  });
}

test("a page bundled by Vite for production runs", async () => {
  const outDir = join(installed, "bundled");
  await build({
    root: join(pages, "bundled"),
    logLevel: "warn",
    build: { outDir, emptyOutDir: true, minify: true },
  });
  const page = await result(`${await serve(outDir)}/`);
  assert.equal(page.version, manifest.version);
  assert.deepEqual(page.assessment, sample().expect);
});

assert.ok(quickstart("README.md"), "README.md has a quickstart for the browser");
for (const readme of ["README.md", "README.ja.md"].filter(quickstart)) {
  test(`the quickstart of ${readme} prints what it should`, async () => {
    const imports = JSON.stringify({ imports: { "ikusei-wasm": "/node_modules/ikusei-wasm/full/web/index.js" } });
    writeFileSync(
      join(pages, `${readme}.html`),
      `<!doctype html><meta charset="utf-8" /><link rel="icon" href="data:," /><script type="importmap">${imports}</script>
<script type="module">${quickstart(readme)}; globalThis.result = true;</script>`,
    );
    const log = [];
    await result(`${await serve(installed)}/pages/${readme}.html`, log);
    assert.equal(`${log.join("\n")}\n`, readFileSync(join(root, "examples/quickstart/expected.txt"), "utf8"));
  });
}
