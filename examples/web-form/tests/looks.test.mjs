// How the page looks and what assistive technology is told, in both languages, both schemes and at both widths.

import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { serve } from "../server.mjs";
import { accessible, introduce, launch, leave, picture, visit } from "./person.mjs";

let browser;
let site;

before(async () => {
  browser = await launch();
  site = await serve();
});

after(async () => {
  await browser?.close();
  await site?.close();
});

/** What the page can look like, each from the one before. */
const states = {
  start: async () => {},
  middle: async (page) => {
    await page.check("[value=製造業]");
    await page.fill("#company", "㈱ｱｸﾒ");
    await page.fill("#mail", "Taro@Acme.example");
    await page.fill("#employees", "約６０名");
  },
  best: async (page) => {
    await page.click(".pass");
    await page.check("[value=half]");
    await page.check("[value=uses]");
    await page.fill("#zip", "１０００００１");
    await page.locator("details").evaluate((details) => (details.open = true));
  },
  wrong: async (page) => {
    await page.fill("#mail", "taro");
    await page.fill("#phone", "12");
    await page.click("#send");
  },
  done: async (page) => {
    await introduce(page);
    await page.fill("#phone", "03-1234-5678");
    await page.click("#send");
    await page.waitForSelector("#done:not([hidden])");
  },
};

for (const language of ["ja", "en"]) {
  for (const colorScheme of ["light", "dark"]) {
    for (const width of [390, 1180]) {
      const name = `${language}-${colorScheme}-${width}`;
      test(`${name}: nothing for axe to find, nothing wider than the page`, async (context) => {
        const viewport = { width, height: width === 390 ? 844 : 900 };
        const visitor = await visit(browser, site.address, { language, colorScheme, viewport, reducedMotion: "reduce" });
        const { page } = visitor;
        for (const [state, reach] of Object.entries(states)) {
          await context.test(state, async () => {
            await reach(page);
            await page.mouse.move(0, 0);
            await picture(page, `${state}-${name}`);
            await accessible(page, `${state} ${name}`);
            for (const narrow of width === 390 ? [390, 320] : [width]) {
              await page.setViewportSize({ ...viewport, width: narrow });
              assert.equal(await page.evaluate("document.documentElement.scrollWidth"), narrow);
            }
            await page.setViewportSize(viewport);
            assert.equal(await page.evaluate("document.documentElement.lang"), language);
            // An English page has no Japanese but that of the visitor's own and of the button for it.
            if (language === "en") {
              const left = await page.evaluate(() =>
                [...document.querySelectorAll("[data-t], option, h2, p, button:not(#language), #ledger span:first-child")]
                  .filter((element) => !element.classList.contains("read") && (element.offsetParent !== null || element.tagName === "OPTION"))
                  .map((element) => element.textContent)
                  .filter((text) => /[\u3040-\u30ff\u4e00-\u9fff]/.test(text)),
              );
              assert.deepEqual(left, []);
            }
          });
        }
        await leave(visitor);
      });
    }
  }
}

test("who wants no motion sees none", async () => {
  for (const [reducedMotion, moves] of [["reduce", false], ["no-preference", true]]) {
    const visitor = await visit(browser, site.address, { reducedMotion });
    const moving = await visitor.page.evaluate(() => {
      document.querySelector("[value=製造業]").click();
      return document.getAnimations().length > 0;
    });
    assert.equal(moving, moves, reducedMotion);
    await leave(visitor);
  }
});
