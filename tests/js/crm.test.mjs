// The CRM as a person uses it, in Chromium: on a desk and on a phone, with a picture of every page.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import test, { after, before } from "node:test";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.CRM_PICTURES;
const desk = { width: 1280, height: 900 };
const phone = { width: 390, height: 844 };
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync", "--lang=ja"];
/** A lead who tries to be a program. */
const evil = '<img src=x onerror="document.title=1">';

let server, browser, page, address, password, key;
const problems = [];

before(async () => {
  server = spawn(process.env.CRM, ["--demo", "--leads", "60", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "ignore", "pipe"] });
  for await (const line of createInterface({ input: server.stderr })) {
    password ??= line.match(/with the password (\S+)/)?.[1];
    key ??= line.match(/Bearer (\S+)'/)?.[1];
    address = line.match(/^listening on (\S+)/)?.[1];
    if (address) break;
  }
  server.stderr.resume();
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: flags });
  page = await (await browser.newContext({ viewport: desk, locale: "ja-JP" })).newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("dialog", (dialog) => problems.push(dialog.message()) && dialog.dismiss());
  page.on("console", (message) => message.type() === "error" && !/status of 40[13]/.test(message.text()) && problems.push(message.text()));
});

after(async () => {
  await browser?.close();
  server?.kill();
});

/** Looks at a page as it is: accessible, nothing wider than the screen, on a desk and on a phone; and takes pictures. */
async function look(name) {
  for (const [device, size] of Object.entries({ desk, phone })) {
    await page.setViewportSize(size);
    await page.waitForLoadState("networkidle");
    await page.screenshot({ path: join(pictures, `${name}-${device}.png`), fullPage: true });
    const wide = await page.evaluate(() => {
      const clipped = (element) => getComputedStyle(element).overflowX !== "visible";
      const inside = (element) => element && (clipped(element) || inside(element.parentElement));
      return [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !inside(element.parentElement))
        .map((element) => element.outerHTML.slice(0, 120));
    });
    assert.deepEqual(wide, [], `${name} is wider than a ${device}`);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= size.width, `${name} is ${width} pixels wide on a ${device}`);
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
    assert.deepEqual(told, [], `${name} on a ${device}`);
  }
  await page.setViewportSize(desk);
}

async function signIn(name, word = password) {
  await page.goto(`${address}/login`);
  await page.getByLabel("名前").fill(name);
  await page.getByLabel("パスワード").fill(word);
  await page.getByRole("button", { name: "ログイン" }).click();
}

async function signOut() {
  await page.getByRole("button", { name: "ログアウト" }).click();
  await page.waitForURL("**/login");
}

const menu = (name) => page.getByRole("navigation").getByRole("link", { name }).click();
const text = () => page.locator("main").innerText();

/** A hot lead in the area of the eastern team, by the enquiry form. */
async function enquire(number, name, company) {
  const form = { submission: `browser-${number}`, form_name: "contact", mail: `browser${number}@kensetsu.example`, name, company };
  const hot = { industry: "建設業", employees: "400", prefecture: "東京都", agree: "on", message: evil };
  const headers = { Authorization: `Bearer ${key}` };
  const body = new URLSearchParams({ ...form, ...hot });
  const answer = await fetch(`${address}/api/capture/contact`, { method: "POST", headers, body });
  assert.equal(answer.status, 202);
  return (await answer.json()).people[0].lead;
}

test("nobody comes in without a password", async () => {
  await page.goto(`${address}/dashboard`);
  assert.match(page.url(), /\/login$/);
  await look("login");
  await signIn("sato", "not the password");
  assert.match(await page.getByRole("alert").innerText(), /違います/);
});

test("a salesperson finds a lead, reads why, and answers the hand-over on the board", async () => {
  const leads = [];
  for (const number of [1, 2]) leads.push(await enquire(number, "山本 さくら", "株式会社みらい建設"));
  const evilOne = await enquire(3, evil, `"><script>document.title=1</script>`);
  await signIn("sato");
  await page.waitForURL("**/leads");
  await look("leads");
  await page.getByRole("searchbox", { name: "検索" }).fill("みらい建設");
  await page.getByRole("combobox", { name: "ランク" }).selectOption("A");
  await page.getByRole("button", { name: "絞り込む" }).click();
  assert.match(await text(), /2件中 1〜2/);
  await page.getByRole("combobox", { name: "担当" }).selectOption({ label: "佐藤" });
  await page.getByRole("button", { name: "絞り込む" }).click();
  assert.match(await text(), /1件中 1〜1/, "every second one is sato's");
  await look("leads-filtered");
  await page.getByRole("link", { name: "山本 さくら" }).click();
  const lead = page.url().split("/").at(-1);
  assert.ok(leads.includes(lead));
  for (const part of ["なぜこのランクか", "点数の内訳", "従業員規模", "推移", "お問い合わせ", "東日本営業"]) {
    assert.ok((await text()).includes(part), part);
  }
  await look("lead");

  await menu("担当ボード");
  const row = page.getByRole("row", { name: "みらい建設" }).filter({ has: page.getByRole("button", { name: "引き受ける" }) });
  assert.match(await row.innerText(), /打診中/);
  assert.match(await row.innerText(), /あと\d+(分|時間|日)/, "the clock runs");
  await look("board");
  await row.getByRole("button", { name: "引き受ける" }).click();
  await page.waitForURL("**/board");
  assert.match(await page.getByRole("row", { name: "みらい建設" }).filter({ hasText: "接触した" }).innerText(), /引き受け済み/);

  await page.goto(`${address}/leads/${evilOne}`);
  assert.ok((await text()).includes("onerror"), "what it calls itself is text");
  await look("lead-evil");
  await page.goto(`${address}/audit`);
  assert.match(await text(), /許可されていません/);
  await look("denied");
  await page.goto(`${address}/playbook`);
  assert.equal(await page.getByRole("button", { name: "変更の影響を見る" }).count(), 0);
  await page.goto(`${address}/leads`);
  await page.getByRole("link", { name: "sato（営業）" }).click();
  await page.getByLabel("今のパスワード").fill("not the password");
  await page.getByLabel(/新しいパスワード/).fill("another long password");
  await page.getByRole("button", { name: "変更する" }).click();
  assert.match(await page.getByRole("alert").innerText(), /違います/);
  await look("password");
  await page.goto(`${address}/leads`);
  await signOut();
  await page.goBack();
  await page.reload();
  assert.match(page.url(), /\/login$/, "the way back is shut");
});

test("marketing looks at scenarios and figures, and changes the playbook", async () => {
  await signIn("marketing");
  await menu("シナリオ");
  const picture = page.getByAltText("シナリオ「育成メール」の流れと、各ステップの人数");
  await picture.scrollIntoViewIfNeeded();
  await page.waitForFunction(() => [...document.images].every((image) => image.complete || image.loading === "lazy"));
  for (const image of await page.locator("main img").all()) {
    await image.scrollIntoViewIfNeeded();
    await image.evaluate((image) => image.decode());
    assert.ok((await image.evaluate((image) => image.naturalWidth)) > 100);
  }
  await look("scenarios");
  await menu("ダッシュボード");
  assert.match(await text(), /ランク別のリード/);
  await look("dashboard");

  await menu("プレイブック");
  const editor = page.getByLabel("プレイブック（YAML または JSON）");
  const now = await editor.inputValue();
  await editor.fill(now.replace("cap: 25", "cup: 25"));
  await page.getByText("`cap`").waitFor();
  assert.match(await page.locator("#found").innerText(), /\d+行\d+列: .*cup/);
  await look("playbook-wrong");
  await editor.fill(now.replace("rank: A, at_least: 60, label: ホット", `rank: A, at_least: 75, label: '${evil}'`));
  await page.getByText("問題はありません").waitFor();
  await page.getByRole("button", { name: "変更の影響を見る" }).click();
  await page.getByRole("heading", { name: "変更の確認" }).waitFor();
  for (const part of ["変更の意味", "ランクの移動", "at_least: 75", "どのリードにも担当者が1人決まります"]) {
    assert.ok((await text()).includes(part), part);
  }
  await look("review");
  await page.getByRole("button", { name: "第2版として公開する" }).click();
  await page.waitForURL("**/playbook");
  assert.match(await text(), /第2版が有効です/);
  await look("playbook");
  await menu("リード");
  await page.getByRole("link", { name: "山本 さくら" }).first().click();
  assert.ok((await text()).includes("onerror"), "a label of the playbook is text as well");
  await look("lead-after");
  await signOut();
});

test("an admin reads the audit log and erases a person", async () => {
  await signIn("admin");
  await menu("監査ログ");
  assert.match(await text(), /playbook/);
  await look("audit");
  const lead = await enquire(4, "消える 人", "");
  await page.goto(`${address}/leads/${lead}`);
  await page.getByRole("button", { name: "消去する" }).click();
  await page.waitForURL("**/leads");
  assert.equal((await page.goto(`${address}/leads/${lead}`)).status(), 404);
});

test("the pages had no trouble of their own, and nobody else's program ran", async () => {
  assert.deepEqual(problems.filter((problem) => !/404/.test(problem)), []);
  assert.notEqual(await page.title(), "1");
});
