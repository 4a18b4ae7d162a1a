// A browser, and what a person does with the page.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.PICTURES ?? join(import.meta.dirname, "../pictures");

export const launch = () => chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: flags });

/** A visitor: his browser's state is his own. Errors of the page, and requests to anybody but `known`, are the test's. */
export async function visit(browser, address, { known = [], language = "ja", load = true, ...settings } = {}) {
  const context = await browser.newContext({ locale: "ja-JP", viewport: { width: 1180, height: 900 }, ...settings });
  const problems = [];
  const asked = [];
  const allowed = new Set([address, ...known].map((url) => new URL(url).origin));
  context.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    asked.push(request.url());
    if (!allowed.has(origin) && protocol !== "data:") {
      problems.push(`asks ${request.url()}`);
    }
  });
  context.on("dialog", (dialog) => problems.push(`dialog: ${dialog.message()}`) && dialog.dismiss());
  const page = await context.newPage();
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => message.type() === "error" && !/ERR_(CONNECTION|INTERNET|FAILED)|status of/.test(message.text()) && problems.push(message.text()));
  if (language !== "ja") {
    await page.addInitScript((chosen) => localStorage.setItem("language", chosen), language);
  }
  if (load) {
    await page.goto(address);
    await page.waitForSelector("#panel:not([hidden])");
  }
  return { page, context, asked, problems };
}

/** The visitor goes: nothing may have gone wrong. */
export async function leave({ context, problems }) {
  await context.close();
  assert.deepEqual(problems, []);
}

/** Japanese as an input method gives it: first the reading, underlined, then the word that was chosen. */
export async function compose(page, selector, ...parts) {
  const keys = await page.context().newCDPSession(page);
  await page.locator(selector).click();
  for (const [reading, word] of parts) {
    for (let end = 1; end <= reading.length; end += 1) {
      await keys.send("Input.imeSetComposition", { text: reading.slice(0, end), selectionStart: end, selectionEnd: end });
    }
    await keys.send("Input.insertText", { text: word });
  }
  await keys.detach();
}

export const type = (page, selector, text) => page.locator(selector).pressSequentially(text);
export const button = (page) => page.locator("#send").textContent();
export const remark = (page, id) => page.locator(`#${id}-read`).textContent();
export const asked = (page) => page.evaluate(() => document.querySelector('.question[data-state="asked"]')?.dataset.question);

/** Fills in what must be there. */
export async function introduce(page, { company = "㈱アクメ", name = "山田 太郎", mail = "taro@acme.example" } = {}) {
  await page.fill("#company", company);
  await page.fill("#name", name);
  await page.fill("#mail", mail);
  await page.check("#privacy");
}

/** Fails with what axe finds, by rule and element. */
export async function accessible(page, where) {
  await page.evaluate(axe);
  const { violations, incomplete } = await page.evaluate(() =>
    globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }),
  );
  const found = [...violations, ...incomplete].map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(", ")}`);
  assert.deepEqual(found, [], where);
}

/** Keeps a picture of the whole page. */
export async function picture(page, name) {
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}
