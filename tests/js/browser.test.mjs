// The packed browser package in headless Chromium: as a plain module page, and bundled by Vite for production.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
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
const captures = full.Playbook.parse(readFileSync(join(root, "examples/capture/playbook.yaml"), "utf8"));
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
  const cut = captures.forBrowser(["overall"], [], ["contact"]);
  mkdirSync(join(pages, "contact"));
  cpSync(join(root, "examples/capture/form.mjs"), join(pages, "contact/form.mjs"));
  writeFileSync(join(pages, "contact/form.json"), JSON.stringify(cut));
  const imports = JSON.stringify({ imports: { "ikusei-wasm/slim": "/node_modules/ikusei-wasm/slim/web/index.js" } });
  const fragment = readFileSync(join(root, "examples/capture/form.html"), "utf8");
  writeFileSync(
    join(pages, "contact/index.html"),
    `<!doctype html><meta charset="utf-8" /><link rel="icon" href="data:," /><script type="importmap">${imports}</script>\n${fragment}`,
  );
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

test("a form in slim is checked, cleansed, mapped and ranked while a person types", async (context) => {
  const page = await browser.newPage();
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("dialog", (dialog) => problems.push(dialog.message()) && dialog.dismiss());
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  let sent;
  await page.route("**/contact", (route) => {
    sent = route.request().postData();
    return route.fulfill({ body: "received" });
  });
  await page.goto(`${await serve(installed)}/pages/contact/?utm_source=expo&gclid=click-1`);
  const keys = await page.context().newCDPSession(page);
  const field = (name) => page.locator(`[name=${name}]`);
  const button = page.locator("button");
  const told = (name) => field(name).evaluate((input) => input.validationMessage);
  const understood = async () => (await page.locator("output").textContent()).split(" / ");
  /** Japanese as an input method gives it: first the reading, underlined, then the word that was chosen. */
  const compose = async (name, ...parts) => {
    await field(name).click();
    for (const [reading, word] of parts) {
      for (let end = 1; end <= reading.length; end += 1) {
        await keys.send("Input.imeSetComposition", { text: reading.slice(0, end), selectionStart: end, selectionEnd: end });
      }
      await keys.send("Input.insertText", { text: word });
    }
  };
  const type = (name, text) => field(name).pressSequentially(text);

  await context.test("a half address is told as it is typed, and the remark goes when it is whole", async () => {
    await type("mail", "Taro.Yamada@");
    // Who types before the module is there is answered when it is.
    await page.waitForFunction("document.querySelector('[name=mail]').validity.customError");
    assert.match(await told("mail"), /`Taro\.Yamada@` is not a mail address/);
    await type("mail", "Acme.example");
    assert.equal(await told("mail"), "");
    assert.deepEqual(await understood(), ["taro.yamada@acme.example"]);
  });
  await context.test("what an input method writes is cleansed", async () => {
    await compose("name", ["やまだ", "山田"], ["\u3000", "\u3000"], ["たろう", "太郎"]);
    await compose("company", ["かぶ", "㈱"], ["あくめ", "ｱｸﾒ"]);
    await compose("phone", ["０３", "０３"], ["１２３４５６７８", "（１２３４）５６７８"]);
    assert.deepEqual(await understood(), ["taro.yamada@acme.example", "山田 太郎", "株式会社アクメ", "+81312345678"]);
    assert.equal(await told("phone"), "");
  });
  await context.test("the rank follows each key", async () => {
    assert.equal(await button.textContent(), "送信");
    const seen = [];
    for (const key of "320") {
      await type("employees", key);
      seen.push(await button.textContent());
    }
    assert.deepEqual(seen, ["送信", "送信", "担当者に相談する"]);
    await field("employees").press("Backspace");
    assert.equal(await button.textContent(), "送信");
    await field("employees").fill("");
    await compose("employees", ["やく", "約"], ["３２０", "３２０"], ["めい", "名"]);
    assert.equal(await button.textContent(), "担当者に相談する");
    assert.equal((await understood()).at(-1), "320");
  });
  await context.test("a script in a name is text", async () => {
    await field("name").fill("<img src=x onerror=alert(1)>");
    assert.equal((await understood())[1], "<img src=x onerror=alert(1)>");
    await field("name").fill("山田　太郎");
  });
  await context.test("the server reads what was typed, and comes to the same", async () => {
    const shown = await understood();
    await field("agree").check();
    await Promise.all([page.waitForURL("**/contact"), button.click()]);
    const engine = captures.compile();
    const [person] = engine.capture("contact", sent, "2026-06-01T00:00:00Z").people;
    assert.deepEqual(Object.values(person.fields).map(String), shown);
    assert.equal(person.changes.employees.raw, "約３２０名");
    assert.deepEqual([person.source.gclid, person.source.utm_source, person.source.form], ["click-1", "expo", "contact"]);
    const { lead } = engine.apply({ id: "lead-1" }, person);
    assert.equal(lead.consent.email.status, "granted");
    assert.equal(engine.assess(lead, "2026-06-01T00:00:00Z").rank, "A");
  });
  const modules = asked.filter((path) => path.endsWith(".wasm"));
  assert.deepEqual(modules, ["/node_modules/ikusei-wasm/slim/web/ikusei_bg.wasm"], "the slim build, and nothing else");
  assert.deepEqual(problems, []);
  await page.close();
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
