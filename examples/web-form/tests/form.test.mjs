// The built page in Chromium, as people use it.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import test, { after, before } from "node:test";
import { serve, standIn } from "../server.mjs";
import { asked, button, compose, introduce, launch, leave, remark, type, visit } from "./person.mjs";

const dist = join(import.meta.dirname, "../dist");
const hostile = `"><img src=x onerror=alert(1)><script>alert(2)</script><svg/onload=alert(3)>{{7*7}}'; DROP TABLE leads;--`;

let browser;
let site;
let told = [];
const { take, leads } = standIn((taken) => told.push(taken));

before(async () => {
  browser = await launch();
  site = await serve({ take });
});

after(async () => {
  await browser?.close();
  await site?.close();
});

/** The message where the form was. */
const done = async (page) => {
  await page.waitForSelector("#done:not([hidden])");
  return page.locator("#done h1").textContent();
};

test("the page knows the public scorecard, and nothing else of the playbook", () => {
  const scripts = readdirSync(join(dist, "assets")).filter((name) => name.endsWith(".js"));
  const text = scripts.map((name) => readFileSync(join(dist, "assets", name), "utf8")).join("");
  assert.match(text, /注力業種/);
  assert.doesNotMatch(text, /ライバル|free-mail|gmail|overall/);
});

test("the call to action follows what a person types, and the server comes to the same", async (context) => {
  told = [];
  const visitor = await visit(browser, site.address);
  const { page, asked: requests } = visitor;
  const took = [];
  const press = async (selector, text) => {
    for (const key of text) {
      await type(page, selector, key);
      took.push(Number((await page.locator("#took").textContent()).replace(/\D/g, "")));
    }
  };

  await context.test("what an input method writes is understood, and nobody is corrected while he types", async () => {
    assert.equal(await button(page), "資料を受け取る");
    await compose(page, "#company", ["かぶ", "㈱"], ["あくめ", "ｱｸﾒ"]);
    assert.equal(await remark(page, "company"), "→ 株式会社アクメ 全角半角をそろえました・会社の種類を略さずに書きました");
    await compose(page, "#name", ["やまだ", "山田"], ["\u3000", "\u3000"], ["たろう", "太郎"]);
    assert.match(await remark(page, "name"), /^→ 山田 太郎 /);
    await press("#mail", "Taro@Acme.");
    assert.equal(await remark(page, "mail"), "");
    await page.locator("#mail").blur();
    assert.match(await remark(page, "mail"), /メールアドレスの形ではない/);
    assert.equal(await page.getAttribute("#mail", "aria-invalid"), "true");
    await page.focus("#mail");
    await page.keyboard.press("End");
    await press("#mail", "Example");
    assert.match(await remark(page, "mail"), /^→ taro@acme\.example /);
    assert.equal(await page.getAttribute("#mail", "aria-invalid"), "false");
  });
  await context.test("the question that matters most comes first", async () => {
    assert.equal(await asked(page), "industry");
    await page.check("[value=卸売業]");
    assert.equal(await asked(page), "size", "20 points, as much as the date, and it comes first");
    assert.equal(await page.locator(".matters").textContent(), "この質問で最大+20点");
  });
  await context.test("the rank follows each key", async () => {
    const seen = [];
    for (const key of "320") {
      await press("#employees", key);
      seen.push(await page.locator("#standing strong").textContent());
    }
    assert.deepEqual(seen, ["0点：製品資料", "0点：製品資料", "20点：製品資料"]);
    await page.fill("#employees", "");
    await compose(page, "#employees", ["やく", "約"], ["３２０", "３２０"], ["めい", "名"]);
    assert.match(await remark(page, "employees"), /^→ 320/);
    await page.click(".pass");
    assert.equal(await asked(page), "timing");
    assert.equal(await page.evaluate("document.activeElement.name"), "timing", "who goes on is where the next question is");
    await page.check("[value=quarter]");
    assert.equal(await button(page), "事例と見積もりを受け取る");
    await page.waitForFunction(() => document.querySelector("#told").textContent.includes("ご案内が「導入事例とお見積もり」に変わりました"));
    assert.match(await page.locator("#told").textContent(), /次の質問: ご検討でのお立場/);
  });
  await context.test("what is skipped is not asked again", async () => {
    assert.equal(await asked(page), "role");
    assert.equal(await page.locator(".pass").textContent(), "とばす");
    await page.click(".pass");
    assert.equal(await asked(page), "place");
  });
  await context.test("a postal code, and then an address, give the prefecture; a choice of the visitor's stays", async () => {
    await compose(page, "#zip", ["１０００００１", "１０００００１"]);
    assert.match(await remark(page, "zip"), /^→ 100-0001 /);
    assert.equal(await page.inputValue("#prefecture"), "東京都");
    assert.match(await remark(page, "prefecture"), /郵便番号から（推定/);
    assert.equal(await button(page), "担当者に相談する");
    await page.fill("#address", "神奈川県川崎市幸区１－２");
    assert.equal(await page.inputValue("#prefecture"), "神奈川県", "an address says more than two digits");
    await page.selectOption("#prefecture", "北海道");
    await page.fill("#address", "神奈川県川崎市幸区１－２－３");
    assert.equal(await page.inputValue("#prefecture"), "北海道");
    assert.equal(await button(page), "事例と見積もりを受け取る");
    await page.selectOption("#prefecture", "東京都");
  });
  await context.test("the panel says what was counted", async () => {
    const ledger = await page.locator("#ledger li").allTextContents();
    assert.deepEqual(ledger, ["従業員規模+20点", "導入時期+20点", "訪問できる地域+10点"]);
    await page.click("#language");
    assert.deepEqual(await page.locator("#ledger span:first-child").allTextContents(), ["Size of the company", "When you want to start", "Within reach of our offices"]);
    assert.equal(await button(page), "Talk to a specialist");
    await page.click("#language");
  });
  await context.test("where somebody will call, the number is asked for", async () => {
    await compose(page, "#phone", ["０３", "０３"], ["１２３４５６７８", "（１２３４）５６７８"]);
    assert.match(await remark(page, "phone"), /^→ \+81312345678 /);
  });
  await context.test("nothing leaves the page before it is sent, and then the server scores again", async () => {
    assert.deepEqual(requests.filter((url) => url.includes("capture")), []);
    await page.check("#privacy");
    await page.check("#agree");
    const [request] = await Promise.all([page.waitForRequest("**/capture/contact"), page.click("#send")]);
    assert.equal(await done(page), "受け付けました");
    assert.match(await page.locator("#done p").textContent(), /担当者とのご相談.*もう一度採点/);
    const sent = new URLSearchParams(request.postData());
    assert.equal(sent.get("company"), "㈱ｱｸﾒ", "what is sent is what was typed");
    assert.deepEqual(["rank", "score", "total", "points"].filter((name) => sent.has(name)), []);
    assert.equal(told.length, 1);
    const { lead, recorded, assessment } = told[0];
    assert.equal(assessment.scores.form.total, 50, "the figure that the page had");
    assert.equal(assessment.ranks.form.rank, "A");
    assert.deepEqual([assessment.rank, assessment.scores.overall.total], ["B", 50], "the server's own scorecard decides");
    assert.deepEqual(recorded, [sent.get("submission")]);
    assert.deepEqual([lead.fields.company, lead.fields.employees, lead.fields.prefecture], ["株式会社アクメ", 320, "東京都"]);
    assert.equal(lead.consent.email.status, "granted");
    assert.equal(lead.activities[0].properties.offer, "担当者とのご相談");
  });
  await context.test("another one is another submission, asked from the start", async () => {
    await page.click("#again");
    assert.equal(await asked(page), "industry");
    assert.equal(await page.inputValue("#company"), "");
    await introduce(page, { mail: "hanako@acme.example" });
    await page.click("#send");
    assert.equal(await done(page), "受け付けました");
    assert.equal(told.length, 2);
    assert.notDeepEqual(told[1].recorded, told[0].recorded);
  });
  const middle = took.sort((a, b) => a - b)[took.length >> 1];
  context.diagnostic(`captured and scored at each key: ${middle} microseconds in the middle of ${took.length}`);
  assert.ok(middle > 0 && middle < 20_000, `${middle} microseconds`);
  await leave(visitor);
});

test("what cannot be sent is said, and nothing is sent", async () => {
  const visitor = await visit(browser, site.address, { language: "en" });
  const { page, asked: requests } = visitor;
  await page.fill("#mail", "taro＠");
  await page.click("#send");
  assert.equal(await page.evaluate("document.activeElement.id"), "problems");
  assert.deepEqual(await page.locator("#problems li").allTextContents(), [
    "Please enter your company",
    "Please enter your name",
    "This does not look like an email address (such as taro@example.co.jp)",
    "Please agree",
  ]);
  await page.click("#problems a >> nth=1");
  assert.equal(await page.evaluate("document.activeElement.id"), "name");
  assert.deepEqual(requests.filter((url) => url.includes("capture")), []);
  await introduce(page);
  await page.click("#send");
  assert.equal(await done(page), "We have received it");
  await leave(visitor);
});

test("a keyboard is enough, and shows where it is", async () => {
  told = [];
  const visitor = await visit(browser, site.address);
  const { page } = visitor;
  const { keyboard } = page;
  /** Tab by tab to an element; every stop can be seen. */
  const to = async (selector, key = "Tab") => {
    for (let stop = 0; stop < 30; stop += 1) {
      await keyboard.press(key);
      const at = await page.evaluate((wanted) => {
        const { activeElement: at, documentElement: root } = document;
        const ring = at.closest(".chips label") ?? at;
        const { top, bottom, width } = ring.getBoundingClientRect();
        const style = getComputedStyle(ring);
        return {
          there: at.matches(wanted),
          seen: at === document.body || (style.outlineStyle === "solid" && Number.parseFloat(style.outlineWidth) >= 3 && width > 0 && bottom > 0 && top < root.clientHeight),
          name: at.outerHTML.slice(0, 80),
        };
      }, selector);
      assert.ok(at.seen, `focus is not to be seen on ${at.name}`);
      if (at.there) {
        return;
      }
    }
    assert.fail(`${key} does not lead to ${selector}`);
  };
  await to(".skip");
  await keyboard.press("Enter");
  await to("#company");
  await keyboard.type("株式会社アクメ");
  await to("#name");
  await keyboard.type("山田 太郎");
  await to("#mail");
  await keyboard.type("taro2@acme.example");
  await to("[name=industry]");
  await keyboard.press("Space");
  assert.equal(await page.isChecked("[value=製造業]"), true);
  await to("#employees");
  await keyboard.type("500");
  await to(".pass");
  await keyboard.press("Enter");
  assert.equal(await page.evaluate("document.activeElement.value"), "quarter");
  await keyboard.press("ArrowDown");
  assert.equal(await page.isChecked("[value=half]"), true);
  assert.equal(await button(page), "担当者に相談する");
  await to("#message");
  await keyboard.type("見学は できますか");
  await to("#phone");
  await to("[name=timing]", "Shift+Tab");
  await to("#privacy");
  await keyboard.press("Space");
  await to("summary");
  await to("#send", "Shift+Tab");
  await keyboard.press("Enter");
  await done(page);
  assert.equal(await page.evaluate("document.activeElement.closest('#done') !== null"), true);
  assert.equal(told[0].lead.activities[0].properties.message, "見学は できますか");
  await to("#again");
  await keyboard.press("Enter");
  assert.equal(await page.evaluate("document.activeElement.tagName"), "H1");
  await leave(visitor);
});

test("offline the page opens, and what it kept is sent once when the connection is back", async (context) => {
  told = [];
  let shop = await serve({ take });
  const { address } = shop;
  const visitor = await visit(browser, address);
  const { page, context: tabs } = visitor;
  await page.evaluate("navigator.serviceWorker.ready.then(() => true)");
  await shop.close();
  await tabs.setOffline(true);
  await context.test("everything is there after a reload, with the server gone", async () => {
    await page.reload();
    await page.waitForSelector("#panel:not([hidden])");
    await introduce(page);
    await page.check("[value=建設業]");
    assert.match(await page.locator("#standing").textContent(), /^20点/);
  });
  await context.test("an enquiry is kept", async () => {
    await page.click("#send");
    assert.equal(await done(page), "お預かりしました");
    await page.reload();
    await page.waitForSelector("#waiting:not([hidden])");
    assert.match(await page.locator("#waiting").textContent(), /未送信のお問い合わせが1件/);
    assert.deepEqual(told, []);
  });
  await context.test("two tabs that come back at once send it once", async () => {
    const other = await tabs.newPage();
    await other.goto(address);
    await other.waitForSelector("#waiting:not([hidden])");
    shop = await serve({ port: Number(new URL(address).port), take });
    await tabs.setOffline(false);
    for (const tab of [page, other]) {
      await tab.waitForSelector("#waiting", { state: "hidden", timeout: 20_000 });
    }
    assert.equal(told.length, 1);
    assert.equal(told[0].recorded.length, 1);
    await page.reload();
    await page.waitForSelector("#panel:not([hidden])");
    assert.equal(told.length, 1);
    assert.equal(await page.isHidden("#waiting"), true);
  });
  await leave(visitor);
  await shop.close();
});

test("where the answer gets lost, the server takes the second attempt for the same", async () => {
  told = [];
  const visitor = await visit(browser, site.address, { serviceWorkers: "block" });
  const { page } = visitor;
  let attempts = 0;
  await page.route("**/capture/contact", async (route) => {
    attempts += 1;
    if (attempts === 1) {
      await route.fetch();
      await route.abort();
    } else {
      await route.continue();
    }
  });
  await introduce(page, { mail: "lost@acme.example" });
  await page.click("#send");
  assert.equal(await done(page), "お預かりしました");
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.waitForFunction(() => document.querySelector("#done h1").textContent === "受け付けました");
  assert.deepEqual(told.map(({ recorded }) => recorded.length), [1, 0]);
  assert.equal(leads.get("lost@acme.example").activities.length, 1);
  await leave(visitor);
});

test("a refusal is told, and is not tried again", async () => {
  const visitor = await visit(browser, site.address, { serviceWorkers: "block" });
  const { page } = visitor;
  let attempts = 0;
  await page.route("**/capture/contact", (route) => {
    attempts += 1;
    return route.fulfill({ status: 422 });
  });
  await introduce(page);
  await page.click("#send");
  assert.equal(await done(page), "送信できませんでした");
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await page.reload();
  await page.waitForSelector("#waiting:not([hidden])");
  assert.match(await page.locator("#waiting").textContent(), /1件のお問い合わせを送信できませんでした/);
  assert.equal(attempts, 1);
  await page.reload();
  await page.waitForSelector("#panel:not([hidden])");
  assert.equal(await page.isHidden("#waiting"), true, "once is enough");
  await leave(visitor);
});

test("scripts in every field are text, here and on the server", async () => {
  told = [];
  const visitor = await visit(browser, `${site.address}/?utm_source=${encodeURIComponent(hostile)}#${encodeURIComponent(hostile)}`);
  const { page } = visitor;
  await page.check("[value=製造業]");
  await page.fill("#employees", `300${hostile}`);
  await page.click(".pass");
  await page.check("[value=quarter]");
  await page.check("[value=decides]");
  await introduce(page, { company: `㈱${hostile}`, name: `${hostile}様`, mail: `"${hostile}" <x@acme.example>` });
  await page.fill("#message", hostile);
  await page.click("#language");
  await page.click("#send");
  const elements = () => page.evaluate(() => document.querySelectorAll("img[src='x'], svg, body script").length);
  assert.equal(await elements(), 0);
  await page.fill("#mail", "x@acme.example");
  await page.fill("#employees", "300");
  await page.click("#send");
  await done(page);
  assert.equal(await elements(), 0);
  assert.equal(told[0].lead.activities[0].properties.message, hostile);
  assert.match(told[0].lead.fields.company, /<script>alert\(2\)<\/script>/);
  await leave(visitor);
});

test("without scripts, and without the module, it is a form", async (context) => {
  await context.test("no scripts: every question stands there, and the browser sends", async () => {
    told = [];
    const visitor = await visit(browser, site.address, { javaScriptEnabled: false, load: false });
    const { page } = visitor;
    await page.goto(site.address);
    assert.equal(await page.locator("fieldset.question:visible").count(), 6);
    await introduce(page, { mail: "plain@acme.example" });
    await page.check("[value=hinshitsu]");
    await page.check("[value=genka]");
    await page.click("#send");
    await page.waitForURL("**/capture/contact");
    assert.deepEqual(told[0].lead.fields.interests, ["hinshitsu", "genka"]);
    await leave(visitor);
  });
  await context.test("the module does not load: nothing is scored here, and it is sent", async () => {
    told = [];
    const visitor = await visit(browser, site.address, { serviceWorkers: "block", load: false });
    const { page, problems } = visitor;
    await page.route("**/*.wasm", (route) => route.abort());
    await page.goto(site.address);
    await introduce(page, { mail: "plain2@acme.example" });
    await page.click("#send");
    assert.equal(await done(page), "受け付けました");
    assert.equal(told[0].lead.fields.company, "株式会社アクメ");
    assert.deepEqual(problems.splice(0).filter((problem) => !/fetch|wasm/i.test(problem)), []);
    await leave(visitor);
  });
});
